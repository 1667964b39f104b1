"""What a school says of its figures and does about them: comments, measures and deviations."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import ledger, undoing
from iopflow.engine.delays import doubt
from iopflow.engine.happenings import Done, NotNow, not_after_today
from iopflow.engine.ledger import Act, Change
from iopflow.engine.references import BadText, paragraphs, reference, said
from iopflow.indicators import CAUSES
from iopflow.models import LONGEST_COMMENT, Person, School, metadata
from iopflow.queries.access import EVERYONE, Known, Viewer, viewer_of
from iopflow.queries.remarks import (
    CODES,
    Comment,
    DeviationRow,
    MeasureRow,
    comments_of,
    pupils_named,
    steps_of,
)
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date

LONGEST_MEASURE = 500
LONGEST_STORY = 2_000  # of an outcome, a description and a correction
MOST_PUPILS = 5_000
FOLLOW_UP = timedelta(days=14)  # until a deviation is to be put right, where no day is said
TABLES = ("indicator_comment", "measure", "deviation")
UNDO = "remark_undo"
UNDOABLE = frozenset(
    {
        *("comment", "measure", "measure_change", "measure_done", "measure_close"),
        *("deviation", "deviation_change", "deviation_close"),
    }
)


@dataclass(frozen=True, slots=True)
class About:
    """The figure of a year of a school that something is said of."""

    owner_id: int
    school_id: int
    year: Year
    indicator: str


@dataclass(frozen=True, slots=True)
class Story:
    """What is said of a deviation: why, what it is, what is put right, and who follows it up until
    when (None where that is not said).
    """

    cause: str
    description: str
    correction: str
    person_id: int | None = None
    due: date | None = None


def seen(one: Comment | MeasureRow | DeviationRow | None) -> str:
    """A word for what stands there now, so that a form can say what it was typed over."""
    return hashlib.sha256(repr(one).encode()).hexdigest()[:12]


def unchanged(one: Comment | MeasureRow | DeviationRow | None, known: str | None) -> None:
    """Raises NotNow where somebody else has changed it after a form was shown."""
    if known is not None and known != seen(one):
        raise NotNow(
            _("Noen andre har endret dette imens. Se hva som står der nå, før du lagrer på nytt.")
        )


def without_names(session: Session, act: Act, school_id: int, *texts: str) -> None:
    """Raises BadText for the name of a pupil: these texts are read by those who know no pupils."""
    if pupils_named(session, _writer(session, act), school_id, *texts):
        raise BadText(_("Teksten har navnet på en elev: skriv den uten."))


def _writer(session: Session, act: Act) -> Viewer:
    """Whoever writes, with what they see on the day."""
    if act.actor_id is None:
        return EVERYONE
    person = session.get_one(Person, act.actor_id)
    known = Known(person.number, person.owner, person.key)
    return viewer_of(session, known, today=ledger.day_of(act))


def comment(session: Session, about: About, text: str, *, known: str | None, act: Act) -> bool:
    """Says something of a figure; an empty text takes the comment away. Returns whether it is new.

    Raises BadText, and NotNow where `known` is not what stands there (`seen`).
    """
    without_names(session, act, about.school_id, text)
    text = paragraphs(text, longest=LONGEST_COMMENT)
    there = comments_of(session, about.school_id, about.year).get(about.indicator)
    if (there.text if there is not None else "") == text:
        return False  # the button was pressed twice
    unchanged(there, known)
    new = {"text": text, "by_id": act.actor_id, "on_day": ledger.day_of(act)}
    if there is None:
        ledger.insert_rows(session, "indicator_comment", [_place(about) | new], act)
    else:
        before = {"text": there.text, "by_id": there.by_id, "on_day": there.on_day}
        change = Change(there.id, before, new, about.owner_id)
        ledger.update_rows(session, "indicator_comment", [change], act)
    return True


def decide(
    session: Session,
    about: About,
    text: str,
    *,
    person_id: int,
    due: date,
    follows: MeasureRow | None,
    act: Act,
) -> int:
    """Decides a measure about a figure. Returns its number.

    `follows` is one of an earlier year of the same school that it goes on with. Raises BadText, and
    NotNow for a day that has passed.
    """
    without_names(session, act, about.school_id, text)
    today = ledger.day_of(act)
    _not_past(due, today)
    if follows is not None and (follows.school_id != about.school_id or follows.year >= about.year):
        raise NotNow(_("Et tiltak kan bare videreføre et fra et tidligere år ved samme skole."))
    row = _place(about) | {
        "text": _needed(said(text, longest=LONGEST_MEASURE), _("Skriv hva som skal gjøres.")),
        "person_id": person_id,
        "due": due,
        "decided_on": today,
        "done_on": None,
        "closed_on": None,
        "outcome": None,
        "follows": follows.id if follows is not None else None,
    }
    return _once(session, "measure", row, act)


def change(
    session: Session, one: MeasureRow, text: str, *, person_id: int, due: date, act: Act
) -> bool:
    """Writes a measure anew, gives it to somebody else or another date. Returns whether it is new.

    Raises BadText, and NotNow for one that is over, or a new date that has passed.
    """
    without_names(session, act, one.school_id, text)
    _still_open(one)
    if due != one.due:
        _not_past(due, ledger.day_of(act))
    text = _needed(said(text, longest=LONGEST_MEASURE), _("Skriv hva som skal gjøres."))
    return _write(session, "measure", one, {"text": text, "person_id": person_id, "due": due}, act)


def finish(session: Session, one: MeasureRow, on: date, outcome: str, *, act: Act) -> bool:
    """A measure is done, and this is what came of it. Raises BadText, NotNow."""
    without_names(session, act, one.school_id, outcome)
    outcome = paragraphs(outcome, longest=LONGEST_STORY)
    after = {"done_on": on, "outcome": _needed(outcome, _("Skriv hva som kom ut av tiltaket."))}
    if _stands(one, after):
        return False
    _still_open(one)
    not_after_today(on, ledger.day_of(act))
    if on < one.year.on(8, 1):
        raise NotNow(
            _("{day} er før skoleåret {year}: sjekk årstallet.").format(
                day=short_date(on), year=one.year
            )
        )
    return _write(session, "measure", one, after, act)


def close(session: Session, one: MeasureRow, why: str, *, act: Act) -> bool:
    """A measure will not be done, and this is why. Raises BadText, NotNow."""
    without_names(session, act, one.school_id, why)
    why = paragraphs(why, longest=LONGEST_STORY)
    after = {
        "closed_on": ledger.day_of(act),
        "outcome": _needed(why, _("Skriv hvorfor tiltaket avsluttes uten å være gjort.")),
    }
    if _stands(one, after):
        return False
    _still_open(one)
    return _write(session, "measure", one, after, act)


def raise_deviation(
    session: Session,
    about: About,
    story: Story,
    *,
    pupils: int,
    step: str | None = None,
    tasks: Sequence[TaskRow] = (),
    rules: Rules | None = None,
    sure: bool = False,
    act: Act,
) -> int:
    """Says that limits were missed, for how many, why, and what is put right. Returns its number.

    It is about a step where one is given, one of the school's by the `rules`, else about the
    figure. Whoever raises it follows it up within a fortnight, unless the story says otherwise.
    Raises BadText, NotNow, and Doubted for a cause that a talk speaks against, unless `sure`.
    """
    _there_is(session, about, step, rules)
    without_names(session, act, about.school_id, story.description, story.correction)
    doubt(tasks, story.cause, sure=sure)
    today = ledger.day_of(act)
    if story.due is not None:
        _not_past(story.due, today)
    if not 0 <= pupils <= MOST_PUPILS:
        raise NotNow(_("Skriv hvor mange elever avviket gjelder, som et tall."))
    row = {name: value for name, value in _place(about).items() if name != "indicator"} | {
        "indicator": None if step else about.indicator,
        "step": step,
        "tasks": ",".join(map(str, sorted(one.id for one in tasks))),
        "pupils": pupils,
        **_columns(story),
        "raised_on": today,
        "by_id": act.actor_id,
        "person_id": story.person_id if story.person_id is not None else act.actor_id,
        "due": story.due or today + FOLLOW_UP,
        "closed_on": None,
        "evidence": None,
    }
    return _once(session, "deviation", row, act)


def _once(session: Session, table: str, row: Mapping[str, Any], act: Act) -> int:
    """Adds a row and returns its number; of one that stands there word for word, that one's: the
    button was pressed twice.
    """
    there = metadata.tables[table]
    same = (there.c[name].is_not_distinct_from(value) for name, value in row.items())
    number = session.execute(select(there.c.id).where(*same)).scalar()
    if number is None:
        (number,) = ledger.insert_rows(session, table, [dict(row)], act)
    return int(number)


def change_deviation(
    session: Session,
    one: DeviationRow,
    story: Story,
    *,
    tasks: Sequence[TaskRow],
    sure: bool = False,
    act: Act,
) -> bool:
    """Writes a deviation anew, and gives it to somebody else or another day where one is said.

    `tasks` are those that it is about, as far as they are there. Raises BadText, NotNow for one
    that is closed, or a new day that has passed, and Doubted for a new cause that a talk speaks
    against, unless one is `sure`.
    """
    without_names(session, act, one.school_id, story.description, story.correction)
    _not_closed(one)
    if story.cause != one.cause:
        doubt(tasks, story.cause, sure=sure)
    if story.due is not None and story.due != one.due:
        _not_past(story.due, ledger.day_of(act))
    new: dict[str, Any] = _columns(story) | {
        "person_id": story.person_id if story.person_id is not None else one.person_id,
        "due": story.due or one.due,
    }
    return _write(session, "deviation", one, new, act)


def close_deviation(
    session: Session, one: DeviationRow, on: date, evidence: str, *, act: Act
) -> bool:
    """A deviation is put right, and `evidence` says where that is written.

    Raises BadReference, and NotNow without evidence or on a day before it was raised.
    """
    if not evidence.strip():
        raise NotNow(_("Et avvik lukkes med en henvisning: skriv hvor det står at det er rettet."))
    after = {"closed_on": on, "evidence": reference(evidence)}
    if _stands(one, after):
        return False
    _not_closed(one)
    without_names(session, act, one.school_id, evidence)
    not_after_today(on, ledger.day_of(act))
    if on < one.raised_on:
        raise NotNow(
            _("Avviket ble meldt {day}, og kan ikke være lukket før.").format(
                day=short_date(one.raised_on)
            )
        )
    return _write(session, "deviation", one, after, act)


def undo(
    session: Session,
    events: Collection[int],
    act: Act,
    meant: Callable[[Mapping[str, Any]], bool],
) -> Done:
    """Takes back what one's own events did, where `meant` says of a row that one still may."""
    return undoing.taken_back(session, events, TABLES, act, meant, UNDOABLE)


def _there_is(session: Session, about: About, step: str | None, rules: Rules | None) -> None:
    """Raises NotNow where there is no such figure, or the school has no such step."""
    if step is None:
        known = about.indicator in CODES
    else:
        school = session.get_one(School, about.school_id)
        known = rules is not None and step in steps_of(rules, school)
    if not known:
        raise NotNow(_("Velg hva avviket gjelder."))


def _place(about: About) -> dict[str, Any]:
    return {
        "owner_id": about.owner_id,
        "school_id": about.school_id,
        "year": about.year.start,
        "indicator": about.indicator,
    }


def _columns(story: Story) -> dict[str, Any]:
    if story.cause not in CAUSES:
        raise NotNow(_("Velg en årsak."))
    told = paragraphs(story.description, longest=LONGEST_STORY)
    put_right = paragraphs(story.correction, longest=LONGEST_STORY)
    return {
        "cause": story.cause,
        "description": _needed(told, _("Skriv hva avviket er.")),
        "correction": _needed(put_right, _("Skriv hva som gjøres for å rette det.")),
    }


def _needed(text: str, why: str) -> str:
    if not text:
        raise NotNow(why)
    return text


def _not_past(due: date, today: date) -> None:
    if due < today:
        raise NotNow(_("Den nye datoen er passert: skriv en som kommer."))


def _still_open(one: MeasureRow) -> None:
    if one.done_on is not None:
        raise NotNow(_("Tiltaket er ført som gjort {day}.").format(day=short_date(one.done_on)))
    if one.closed_on is not None:
        raise NotNow(_("Tiltaket er avsluttet {day}.").format(day=short_date(one.closed_on)))


def _not_closed(one: DeviationRow) -> None:
    if one.closed_on is not None:
        raise NotNow(_("Avviket er lukket {day}.").format(day=short_date(one.closed_on)))


def _stands(one: MeasureRow | DeviationRow, after: Mapping[str, Any]) -> bool:
    return all(getattr(one, name) == value for name, value in after.items())


def _write(
    session: Session,
    table: str,
    one: MeasureRow | DeviationRow,
    new: Mapping[str, Any],
    act: Act,
) -> bool:
    """Writes the columns that change. Returns whether there were any."""
    after = {name: value for name, value in new.items() if value != getattr(one, name)}
    if not after:
        return False
    before = {name: getattr(one, name) for name in after}
    ledger.update_rows(session, table, [Change(one.id, before, after, one.owner_id)], act)
    return True
