"""Mine elever: what a person must do, by urgency, each line with what can be done to it (ux S1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from iopflow.engine import undoing
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, at_work, tasks
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.status import SETTLED, Status
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.page import Page
from iopflow.web.rows import Line, lines

LATELY = 50  # lines of what is done, before the whole year is asked for
MOST = 500  # lines of one change that are named
SOON, NEAR = timedelta(days=14), timedelta(days=60)
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
    """What somebody sent that was refused: shown again, so that nothing is lost."""

    task: int
    word: str
    on: str
    reason: str
    why: str


def mine(page: Page, *, typed: Typed | None = None, status: int = 200) -> Response:
    """The page."""
    groups = _groups(page, _mine(page))
    counts = {group.key: len(group.lines) + group.more for group in groups}
    return page.show(
        "mine.html",
        status=status,
        groups=[group for group in groups if group.lines or group.more],
        counts=counts,
        typed=typed,
        decides=page.who.may(Action.DECIDE),
        year=str(Year.of(page.today)),
        done=just_done(page),
        words=page.request.query_params.get("hva", ""),
        next_due=min(
            (line.due for group in groups for line in group.lines if line.open and line.due),
            default=None,
        ),
    )


def _mine(page: Page) -> list[TaskRow]:
    rows = at_work(page.session, page.rules, page.who, today=page.today, person=page.who.key)
    return [row for row in rows if row.status not in _GONE]


def _groups(page: Page, rows: Sequence[TaskRow]) -> list[Group]:
    today = page.today
    done = [row for row in rows if _is_over(row)][::-1]
    late = [row for row in rows if row.status is Status.OVERDUE]
    waiting = [row for row in rows if row.status in _NOT_NOW]
    coming = [row for row in rows if row.status in _COMING]
    soon = [row for row in coming if row.facts.due and row.facts.due <= today + SOON]
    later = [row for row in coming if not row.facts.due or row.facts.due > today + SOON]
    if page.request.query_params.get("vis") == "alt":
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
            folded=True,
            more=len(later) - len(near),
        ),
        Group("waiting", _("Venter på noe annet"), lines(page.session, waiting), folded=True),
        Group(
            "done",
            _("Ført i år"),
            lines(page.session, newest),
            folded=True,
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
