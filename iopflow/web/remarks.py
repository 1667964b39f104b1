"""What is said of a figure and done about it, as the pages show it; the acts are in `measuring`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from iopflow.engine import undoing
from iopflow.engine.remarks import TABLES, UNDO, UNDOABLE, seen
from iopflow.indicators import BY_CODE
from iopflow.models import LONGEST_COMMENT, School, metadata
from iopflow.queries.access import visible_schools
from iopflow.queries.own import own_schools
from iopflow.queries.places import NotFound
from iopflow.queries.remarks import (
    Comment,
    DeviationRow,
    MeasureRow,
    answerable,
    comments_of,
    deviation_by,
    deviations_for,
    deviations_of,
    holding,
    may_end,
    measure_by,
    measures_for,
    pupils_shown,
    remarks_of,
    sees,
    writable,
)
from iopflow.registered import BY_CODE as REGISTERED
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.tellinger import BeforeAfter, before_after
from iopflow.texts import _, counted, short_date
from iopflow.web import forms
from iopflow.web.page import Page
from iopflow.words import cause_word

_SIGNS = {"done": "✓", "overdue": "!", "open": "○", "not_applicable": "–"}


@dataclass(frozen=True, slots=True)
class TypedRemark:
    """What was typed in one of the forms and could not be saved, and why not."""

    form: str
    values: Mapping[str, str]
    why: str
    doubted: bool = False  # whether it is saved once the person says that the cause holds


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure as a list shows it, and what the person may do with it."""

    row: MeasureRow
    status: str
    sign: str
    word: str
    changes: bool  # whether the person may write it anew, and close it
    finishes: bool  # whether the person may say that it is done
    gone: bool = False  # whether whoever is responsible has no role at the school now
    moved: BeforeAfter | None = None  # its figure then and in the year after


@dataclass(frozen=True, slots=True)
class DeviationLine:
    """A deviation as a list shows it."""

    row: DeviationRow
    about: str
    pupils: str
    cause: str
    status: str
    sign: str
    word: str
    changes: bool = False  # whether the person may write it anew
    closes: bool = False
    gone: bool = False  # whether whoever follows it up has no role at the school now


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one figure and done about it, with what the forms need."""

    comment: Comment | None
    known: str
    measures: Sequence[MeasureLine]
    earlier: Sequence[MeasureLine]
    raised: Sequence[DeviationLine]
    follows: MeasureRow | None
    people: Sequence[tuple[int, str]]
    writes: bool
    longest: int = LONGEST_COMMENT


@dataclass(frozen=True, slots=True)
class JustSaid:
    """What the person did a moment ago, in words, and what takes it back."""

    sentence: str
    events: str


def said_of(page: Page, code: str, school: School, year: Year) -> Said | None:
    """What is said of a figure, for those who may read it."""
    if school.number not in schools_for(page, Action.REMARKS):
        return None
    there = comments_of(page.session, school.number, year).get(code)
    found = remarks_of(page.session, school.number, year).get(code)
    writes = school.number in schools_for(page, Action.MEASURE)
    earlier = found.earlier if found is not None else []
    raised = [
        one for one in deviations_of(page.session, school.number, year) if one.indicator == code
    ]
    asked = page.request.query_params.get("folger", "")
    return Said(
        there if there is not None and there.text else None,
        seen(there),
        lines(page, found.measures if found is not None else []),
        lines_with_figures(page, earlier),
        deviations(page, raised),
        next((one for one in earlier if writes and str(one.id) == asked), None),
        answerable(page.session, school.number, today=page.today) if writes else (),
        writes,
    )


def schools_for(page: Page, action: Action) -> set[int]:
    """The schools where the person may read, or write, what is said of figures."""
    return {one.number for one in visible_schools(page.who, page.session, action)}


def lines(page: Page, rows: Sequence[MeasureRow]) -> list[MeasureLine]:
    """Measures as a list shows them: what is to be done first, then what is over."""
    if not rows:
        return []
    at = writes_at(page)
    left = _left(page, rows)
    known = [_line(page, row, at, gone=row.id in left) for row in rows]
    return sorted(known, key=lambda one: (not one.row.is_open, one.row.due, one.row.id))


def lines_with_figures(page: Page, rows: Sequence[MeasureRow]) -> list[MeasureLine]:
    """The same with what came of those of earlier years, in numbers."""
    moved = before_after(page.session, page.who, rows, today=page.today)
    return [replace(one, moved=moved.get(one.row.id)) for one in lines(page, rows)]


def writes_at(page: Page) -> set[int]:
    """The schools whose measures and deviations the person may write."""
    return writable(page.session, page.who)


def ends(page: Page, row: MeasureRow | DeviationRow, at: set[int]) -> bool:
    """Whether the person may say that it is over; `at` are the schools where the person writes."""
    return may_end(page.who, at, school_id=row.school_id, person_id=row.person_id)


def _left(page: Page, rows: Sequence[MeasureRow] | Sequence[DeviationRow]) -> set[int]:
    """Which of the rows are open with somebody who has no role at the school, for its readers."""
    at = schools_for(page, Action.REMARKS) if page.who.may(Action.REMARKS) else set()
    still = [row for row in rows if row.is_open and row.school_id in at]
    if not still:
        return set()
    there = holding(page.session, {row.school_id for row in still}, today=page.today)
    return {
        row.id
        for row in still
        if row.person_id is not None and (row.school_id, row.person_id) not in there
    }


def _line(page: Page, row: MeasureRow, at: set[int], *, gone: bool) -> MeasureLine:
    status, word = _standing(row, page.today)
    finishes = row.is_open and ends(page, row, at)
    return MeasureLine(row, status, _SIGNS[status], word, row.school_id in at, finishes, gone)


def _standing(row: MeasureRow, today: date) -> tuple[str, str]:
    if row.done_on is not None:
        return "done", _("gjort {day}").format(day=short_date(row.done_on))
    if row.closed_on is not None:
        word = _("avsluttet {day}, ikke gjort").format(day=short_date(row.closed_on))
        return "not_applicable", word
    if row.is_overdue(today):
        return "overdue", _late(row.due, today)
    return "open", _("ikke gjort ennå")


def deviations(page: Page, rows: Sequence[DeviationRow]) -> list[DeviationLine]:
    """Deviations as a list shows them: those that are not closed first, the first due first."""
    if not rows:
        return []
    titles = {step.key: step.title.get() for step in page.rules.all_steps(page.session)}
    at, left = writes_at(page), _left(page, rows)
    known = []
    for row in rows:
        status, word = _stands(row, page.today)
        known.append(
            DeviationLine(
                row,
                titles.get(row.step, row.step) if row.step else figure_word(row.indicator or ""),
                "•" if (pupils := pupils_shown(page.who, row)) is None else str(pupils),
                cause_word(row.cause),
                status,
                _SIGNS[status],
                word,
                row.school_id in at,
                row.is_open and ends(page, row, at),
                row.id in left,
            )
        )
    return sorted(known, key=lambda one: one.row.due if one.row.is_open else date.max)


def _stands(row: DeviationRow, today: date) -> tuple[str, str]:
    if row.closed_on is not None:
        return "done", _("lukket {day}").format(day=short_date(row.closed_on))
    if row.is_overdue(today):
        return "overdue", _late(row.due, today)
    return "open", _("åpent")


def _late(due: date, today: date) -> str:
    days = counted((today - due).days, _("{n} dag"), _("{n} dager"))
    return _("over fristen, {days}").format(days=days)


def figure_word(code: str) -> str:
    """A figure with its title, where it has one."""
    if code in BY_CODE:
        return f"{BY_CODE[code].number} {BY_CODE[code].title.get()}"
    one = REGISTERED.get(code)
    return f"{one.name} {one.title.get()}" if one is not None else code


def my_measures(page: Page) -> list[MeasureLine]:
    """What the person is to do still, at the schools where the person has a role today."""
    number = page.who.person_id
    found = measures_for(page.session, [number]) if number is not None else []
    if not found:
        return []
    at = own_schools(page.session, page.who, today=page.today)
    return lines(page, [row for row in found if row.school_id in at])


def my_deviations(page: Page) -> list[DeviationLine]:
    """What the person is to put right still, at the schools where the person has a role today."""
    number = page.who.person_id
    found = deviations_for(page.session, [number]) if number is not None else []
    if not found:
        return []
    at = own_schools(page.session, page.who, today=page.today)
    return deviations(page, [row for row in found if row.school_id in at])


def open_measure(page: Page, number: str) -> MeasureRow:
    """A measure that the person may see: of a school of theirs, or their own. Raises NotFound."""
    found = measure_by(page.session, next(iter(forms.known_numbers([number])), 0))
    if found is None or not sees(page.session, page.who, found, today=page.today):
        raise NotFound(_("Fant ikke tiltaket: åpne siden på nytt."))
    return found


def open_deviation(page: Page, number: str) -> DeviationRow:
    """A deviation that the person may see: of a school of theirs, or their own. Raises NotFound."""
    found = deviation_by(page.session, next(iter(forms.known_numbers([number])), 0))
    if found is None or not sees(page.session, page.who, found, today=page.today):
        raise NotFound(_("Fant ikke avviket: åpne siden på nytt."))
    return found


def just_said(page: Page) -> JustSaid | None:
    """Only what the person did: the address of a page is nobody's word that it is recorded."""
    asked = page.request.query_params
    if asked.get("tiltak") == "angret":
        return JustSaid(_("Angret: det står som det gjorde før."), "")
    events = forms.events(asked.get("hva", "")) if "tiltak" in asked else None
    if events is None:
        return None
    act = _act_of(page, events)
    rows = undoing.rows_of(page.session, events, TABLES, page.act("see"), UNDOABLE)
    if act is None or not rows:
        return None
    return JustSaid(_sentence(page, act, rows[0]), asked["hva"])


def _act_of(page: Page, events: range) -> str | None:
    """The kind of one's own newest act among the events, where it can be taken back."""
    event = metadata.tables["event"]
    found: str | None = page.session.execute(
        select(event.c.act)
        .where(
            event.c.id.in_(list(events)),
            event.c.actor_id == page.who.person_id,
            event.c.act.in_(UNDOABLE),
        )
        .order_by(event.c.id.desc())
        .limit(1)
    ).scalar()
    return found if found != UNDO else None


def _sentence(page: Page, act: str, row: Mapping[str, Any]) -> str:
    match act:
        case "comment" if not row["text"]:
            return _("Kommentaren er tatt bort.")
        case "comment":
            return _("Kommentaren er lagret.")
        case "measure":
            who = dict(answerable(page.session, row["school_id"], today=page.today))
            return _("Tiltaket er vedtatt: {person}, innen {day}.").format(
                person=who.get(row["person_id"], ""), day=short_date(row["due"])
            )
        case "measure_change":
            return _("Tiltaket er endret.")
        case "measure_done":
            return _("Tiltaket er ført som gjort.")
        case "measure_close":
            return _("Tiltaket er avsluttet uten å være gjort.")
        case "deviation":
            return _("Avviket er meldt.")
        case "deviation_change":
            return _("Avviket er endret.")
        case _:
            return _("Avviket er lukket.")
