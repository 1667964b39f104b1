"""Mine elever: what a person must do, by urgency, each line with what can be done to it (ux S1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from iopflow.bounds import FIRST_DAY, LAST_DAY
from iopflow.clock import local_date
from iopflow.engine import undoing
from iopflow.models import Answering
from iopflow.queries.places import NotFound
from iopflow.queries.questions import Asked as Question
from iopflow.queries.questions import asked_of, questions_of
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, at_work, tasks
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.status import SETTLED, Status
from iopflow.texts import _, month_name
from iopflow.web import forms, sheet
from iopflow.web.page import Page
from iopflow.web.remarks import just_said, my_deviations, my_measures
from iopflow.web.rows import Line, lines
from iopflow.web.sheet import Sheet

LATELY = 50  # lines of what is done, before the whole year is asked for
MOST = 500  # lines of one change that are named
SOON, NEAR = timedelta(days=14), timedelta(days=60)
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_COMING = frozenset({Status.PLANNED, Status.OPEN})
_NOT_NOW = frozenset({Status.WAITING, Status.SUSPENDED})
_GONE = frozenset({Status.CANCELLED, Status.BEFORE_START})


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are equally pressing; those that are not are folded away."""

    key: str
    title: str
    lines: list[Line]
    folded: bool = False
    more: int = 0  # lines that are left out until the whole year is asked for


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody sent that was refused: shown again, so that nothing is lost.

    `how` is how somebody was invited; `many` says that it was for all that were ticked.
    """

    task: int
    word: str
    on: str
    reason: str
    why: str
    how: str = ""
    many: bool = False


def mine(page: Page, *, typed: Typed | None = None, status: int = 200) -> Response:
    """The page: what presses now, or all of one month where the address names one."""
    asked = page.request.query_params if typed is None else page.form
    month = _month(asked.get("maned", ""))
    shown = month or page.today.replace(day=1)
    groups = _now(page) if month is None else _of_month(page, month)
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(groups))
    waiting, answered = _questions(page)
    counts = {group.key: len(group.lines) + group.more for group in groups}
    return page.show(
        "mine.html",
        status=status,
        groups=[group for group in groups if group.lines or group.more],
        counts=counts,
        typed=typed,
        decides=page.who.may(Action.DECIDE),
        counting=page.who.may(Action.VALUES),
        year=str(Year.of(page.today)),
        done=just_done(page),
        words=page.request.query_params.get("hva", ""),
        next_due=min(
            (line.due for group in groups for line in group.lines if line.open and line.due),
            default=None,
        ),
        month=month_in_words(month) if month is not None else "",
        around=[(f"{one:%Y-%m}", month_in_words(one)) for one in _around(shown)],
        whole=asked.get("vis") == "alt",
        origin="/mine",
        kept={"maned": f"{month:%Y-%m}"} if month is not None else {},
        questions=waiting,
        answered=answered,
        answers=[(one.value, one.text.get()) for one in Answering],
        titles=titles(page, waiting),
        day_of=local_date,
        measures=my_measures(page),
        deviations=my_deviations(page),
        just_said=just_said(page) if typed is None else None,
        download=sheet.address(page),
    )


def _month(typed: str) -> date | None:
    """The first day of the month of the address. Raises NotFound for what is none."""
    if not typed:
        return None
    found = _MONTH.fullmatch(typed)
    first = date(int(found[1]), int(found[2]), 1) if found is not None else None
    if first is None or not FIRST_DAY <= first <= LAST_DAY - timedelta(days=366):
        raise NotFound(_("Fant ikke måneden."))
    return first


def _around(first: date) -> tuple[date, date, date]:
    """A month between the one before and the one after."""
    before = (first - timedelta(days=1)).replace(day=1)
    return before, first, (first + timedelta(days=31)).replace(day=1)


def month_in_words(first: date) -> str:
    """A month with its year: «mai 2026»."""
    return f"{month_name(first.month)} {first.year}"


def _questions(page: Page) -> tuple[list[Question], Question | None]:
    """What waits for the person's answer, and what was answered a moment ago."""
    number = page.who.person_id
    if number is None:
        return [], None
    asked = page.request.query_params.get("svart", "")
    answered = [
        one
        for one in (questions_of(page.session, number) if asked else ())
        if str(one.number) == asked and one.person_id == number and one.answer is not None
    ]
    return asked_of(page.session, number), next(iter(answered), None)


def titles(page: Page, found: Sequence[Question]) -> dict[str, str]:
    """What the steps of some questions are called; none is asked for where there are none."""
    if not found:
        return {}
    known = {step.key: step.title.get() for step in page.rules.all_steps(page.session)}
    return {one.step: known.get(one.step, one.step) for one in found}


def _sheet(groups: Sequence[Group]) -> Sheet:
    """All lines of the page, those that are folded away as well, in its order."""
    shown = [(group.title, line) for group in groups for line in group.lines]
    columns: list[tuple[str, Any]] = [
        (_("Hva haster"), lambda one: one[0]),
        (_("Hvem"), lambda one: one[1].name),
        (_("Steg"), lambda one: one[1].step),
        (_("Skoleår"), lambda one: one[1].year),
        (_("Frist"), lambda one: one[1].due),
        (_("Status"), lambda one: ", ".join(filter(None, (one[1].word, one[1].said)))),
        (_("Gjort"), lambda one: one[1].happened_on),
    ]
    pupils = {line.pupil for _title, line in shown if line.pupil is not None}
    return Sheet.of("mine", columns, shown, pupils)


def _now(page: Page) -> list[Group]:
    rows = at_work(page.session, page.rules, page.who, today=page.today, person=page.who.key)
    return _groups(page, [row for row in rows if row.status not in _GONE])


def _of_month(page: Page, first: date) -> list[Group]:
    """What is due in a month, whichever year it serves, and what was done in it."""
    after = _around(first)[2]
    year = Year.of(first)
    asked = Asked(person=page.who.key, years=(year.previous, year, year.next))
    found = tasks(page.session, page.rules, page.who, asked, today=page.today)

    def is_in(day: date | None) -> bool:
        return day is not None and first <= day < after

    rows = [row for row in found if row.status not in _GONE]
    due = [row for row in rows if is_in(row.facts.due)]
    # What is settled without a day of its own, as what does not apply, is of the month it is due.
    done = [row for row in rows if _is_over(row) and is_in(row.facts.happened_on or row.facts.due)]
    late = [row for row in due if row.status is Status.OVERDUE]
    name = month_in_words(first)
    return [
        Group("late", _("Over frist"), lines(page.session, late)),
        Group(
            "soon",
            _("Frist i {month}").format(month=name),
            lines(page.session, [row for row in due if row.status in _COMING]),
        ),
        Group(
            "waiting",
            _("Venter på noe annet"),
            lines(page.session, [row for row in due if row.status in _NOT_NOW]),
        ),
        Group("done", _("Gjort i {month}").format(month=name), lines(page.session, done)),
    ]


def _groups(page: Page, rows: Sequence[TaskRow]) -> list[Group]:
    today = page.today
    done = [row for row in rows if _is_over(row)][::-1]
    late = [row for row in rows if row.status is Status.OVERDUE]
    waiting = [row for row in rows if row.status in _NOT_NOW]
    coming = [row for row in rows if row.status in _COMING]
    soon = [row for row in coming if row.facts.due and row.facts.due <= today + SOON]
    later = [row for row in coming if not row.facts.due or row.facts.due > today + SOON]
    whole = page.request.query_params.get("vis") == "alt"
    if whole:
        near, newest = later, done
    else:
        newest = done[:LATELY]
        near = [row for row in later if row.facts.due and row.facts.due <= today + NEAR]
    return [
        Group("late", _("Over frist"), lines(page.session, late)),
        Group("soon", _("Frist innen 14 dager"), lines(page.session, soon)),
        Group(
            "later",
            _("Senere"),
            lines(page.session, near),
            folded=not whole and "fort" not in page.request.query_params,
            more=len(later) - len(near),
        ),
        Group("waiting", _("Venter på noe annet"), lines(page.session, waiting), folded=True),
        Group(
            "done",
            _("Ført i år"),
            lines(page.session, newest),
            folded=not whole,
            more=len(done) - len(newest),
        ),
    ]


def _is_over(row: TaskRow) -> bool:
    return row.status in SETTLED or row.status is Status.DECLINED


def just_done(page: Page) -> list[Line]:
    """The lines of the change before this page: what is confirmed, and can be undone.

    Only what the person did: the address of a page is nobody's word that something is recorded.
    """
    asked = page.request.query_params
    ids = forms.known_numbers(asked.get("fort", "").split(","))[:MOST]
    if not ids:
        return []
    found = tasks(page.session, page.rules, page.who, Asked(ids=ids), today=page.today)
    events = forms.events(asked.get("hva", ""))
    if events is None:
        return lines(page.session, [row for row in found if _is_over(row)])
    mine = undoing.touched(page.session, events, page.act("see"))
    return lines(page.session, [row for row in found if undoing.subject_of(row) in mine])
