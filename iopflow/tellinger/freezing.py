"""Freezing a counting date: the figures and the pupils behind them, signed, never changed again."""

import json
from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, insert, select
from sqlmodel import Session

from iopflow import measure
from iopflow.engine import ledger
from iopflow.engine.ledger import Act
from iopflow.indicators import ANCHORS, BY_CODE
from iopflow.measure.calendar import fixed_day, known_schools
from iopflow.models import School, metadata
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.schoolyear import Year, how_to_add_skolerute
from iopflow.tellinger.countings import COUNTINGS
from iopflow.texts import _, short_date


def counting_day(session: Session, school: School, year: Year, counted: str) -> date:
    """The day of a counting date. Raises Refused where it needs a skolerute that is missing."""
    named = COUNTINGS[counted].day
    if named not in ANCHORS:
        return fixed_day(year, named)
    found = known_schools(session, year, [school.number])[school.number].anchors[named]
    if found is None:
        raise Refused(
            _("Skoleruten for {year} mangler ved {school}: {remedy}.").format(
                year=year, school=school.name, remedy=how_to_add_skolerute()
            )
        )
    return found


def freeze(
    session: Session, rules: Rules, school: School, year: Year, counted: str, *, act: Act
) -> int:
    """Freezes a counting date as it stands at `act.at`, and returns the number of the revision.

    `counted` is a key of `COUNTINGS`. What has reached iopflow by now is in it, and nothing that
    comes later ever will be. Raises Refused before the counting date, where a figure cannot be
    computed, where nobody signs, and where a revision has no reason.
    """
    if act.actor_id is None:
        raise Refused(_("En telling skal være signert: skriv hvem du er med --by PERSON."))
    today = ledger.day_of(act)
    _refuse_early(counting_day(session, school, year, counted), year, counted, today)
    figures = measure.figures(
        session,
        schools=[school.number],
        year=year,
        today=today,
        indicators=[BY_CODE[code] for code in COUNTINGS[counted].indicators],
    )
    _refuse_problems(figures)
    revision = _revision(session, school, year, counted, act.reason)
    telling = {
        "owner_id": school.owner,
        "school_id": school.number,
        "year": year.start,
        "counted": counted,
        "revision": revision,
        "frozen_at": act.at,
        "actor_id": act.actor_id,
        "reason": act.reason,
        "wheel": " ".join(f"{one.name}@{one.version}" for one in rules.of_school(school)),
    }
    (telling_id,) = ledger.insert_rows(session, "telling", [telling], act)
    entries = [
        {
            "owner_id": school.owner,
            "telling_id": telling_id,
            "indicator": one.indicator.code,
            "entry": json.dumps(one.to_json() | {"revision": revision}, ensure_ascii=False),
        }
        for one in figures
    ]
    ledger.insert_rows(session, "telling_figure", entries, act)
    _keep_pupils(session, school, year, counted, telling_id, act)
    return revision


def _refuse_early(day: date, year: Year, counted: str, today: date) -> None:
    if today < day:
        raise Refused(
            _(
                "Tellingen {counted} for {year} er foreløpig til {day}: frys den den dagen eller "
                "senere."
            ).format(counted=counted, year=year, day=short_date(day))
        )


def _refuse_problems(figures: Iterable[measure.Figure]) -> None:
    problems = [
        _("{code} kan ikke fryses: {problem}").format(code=one.indicator.code, problem=one.problem)
        for one in figures
        if one.problem
    ]
    if problems:
        raise Refused("\n".join(problems))


def _revision(
    session: Session, school: School, year: Year, counted: str, reason: str | None
) -> int:
    """The number of the freezing to come. Raises Refused for a second one without a reason."""
    telling = metadata.tables["telling"]
    last = session.execute(
        select(func.max(telling.c.revision)).where(
            telling.c.owner_id == school.owner,
            telling.c.school_id == school.number,
            telling.c.year == year.start,
            telling.c.counted == counted,
        )
    ).scalar()
    if last is not None and not (reason or "").strip():
        raise Refused(
            _(
                "Tellingen {counted} for {year} ved {school} er alt frosset: skriv --reason om den "
                "skal rettes med en ny revisjon."
            ).format(counted=counted, year=year, school=school.key)
        )
    return (last or 0) + 1


def _keep_pupils(
    session: Session, school: School, year: Year, counted: str, telling_id: int, act: Act
) -> None:
    """What each figure says of each pupil; one event says how many lines, for they never change."""
    pupil, enrolment = metadata.tables["pupil"], metadata.tables["enrolment"]
    here = select(enrolment.c.pupil_id).where(enrolment.c.school_id == school.number)
    rows = session.execute(select(pupil.c.key, pupil.c.id).where(pupil.c.id.in_(here)))
    numbers: dict[str, int] = {row.key: row.id for row in rows}
    kept = 0
    for code in COUNTINGS[counted].indicators:
        found = measure.explain(
            session,
            BY_CODE[code],
            schools=[school.number],
            year=year,
            today=ledger.day_of(act),
        )
        lines = [
            {
                "owner_id": school.owner,
                "telling_id": telling_id,
                "indicator": code,
                "part": line["indicator"],
                "pupil_id": numbers[line["pupil"]],
                "result": line["result"],
                "reason": line["reason"],
                "on_day": _day(line["on"]),
                "recorded_on": _day(line["recorded_on"]),
            }
            for line in found
            if line["pupil"] is not None  # a class without a meeting has no pupils counted
        ]
        for chunk in ledger.chunks(lines):
            session.connection().execute(insert(metadata.tables["telling_pupil"]), chunk)
        kept += len(lines)
    said = {"telling": telling_id, "lines": kept}
    ledger.note_all(session, act, "telling_pupil", [(school.owner, said)])


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
