"""Who answers for what is to be done, and whether they can be reached."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from iopflow.doctor.findings import Examined, Finding, Severity
from iopflow.models import Scope, What, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.duties import OVER, duty_of
from iopflow.queries.duties import open_duties as open_duties_of
from iopflow.queries.holders import Roster
from iopflow.queries.prepared import among, read
from iopflow.queries.tasks import Asked, tasks
from iopflow.roles import ROLES
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _, counted, short_date
from iopflow.wheel import Step

_LEFT = (Status.PLANNED, Status.WAITING, Status.OPEN, Status.OVERDUE)
_SHOWN = 12  # ids in one sentence


@dataclass(frozen=True, slots=True)
class Duties:
    """Duties alike: of one step and date at one school, with the same people responsible."""

    school_id: int
    step: Step
    due: date
    people: Mapping[int, str]
    count: int


def open_duties(on: Examined) -> list[Duties]:
    """What may still be open at the schools, this year's and what is opened of the next.

    Read as sets of duties alike and not task by task. Wider than what is open: a task that follows
    from a fact is among them when the fact is there.
    """
    if on.duties is not None:
        return on.duties
    year = on.year
    roster = Roster(on.session, today=on.today, owners={one.id: one.owner_id for one in on.schools})
    steps = on.rules.of_schools(
        (one.id, one.wheel, one.network_id is not None) for one in on.schools
    )
    rows = read(
        on.session,
        _alike(),
        schools=[one.id for one in on.schools],
        years=[year.previous.start, year.start, year.next.start],
        first=year.previous.previous.on(8, 1),
        last=year.next.on(7, 31),
        today=on.today,
    )
    on.duties = [
        Duties(
            row.school_id,
            step,
            row.due,
            roster.people(step.responsible, duty_of(row)),
            row.n,
        )
        for row in rows
        if (found := steps[row.school_id].get(row.step)) is not None
        and not (step := found.of_year(Year(row.year))).off
    ]
    return on.duties


def responsible(on: Examined) -> Iterator[Finding]:
    """Everything due from today to 31 July is somebody's: from 1 August the whole school year."""
    last = on.year.on(7, 31)
    lacking = {
        (one.school_id, one.step.key)
        for one in open_duties(on)
        if not one.people and on.today <= one.due <= last
    }
    ids = _tasks(on, lacking, last)
    if not ids:
        return
    unheld: dict[tuple[str | None, str], Counter[str]] = {}
    keys = {one.id: one.key for one in on.schools}
    for row in tasks(on.session, on.rules, EVERYONE, Asked(ids=ids), today=on.today):
        # Read one by one only where somebody lacks: what is done by a fact falls away here.
        if not row.responsible and row.status in _LEFT:
            school = None if row.school_id is None else keys[row.school_id]
            steps = unheld.setdefault((school, row.step.responsible), Counter())
            steps[row.step.title.get()] += 1
    for (school, role), steps in sorted(unheld.items(), key=str):
        yield Finding(
            "responsible",
            Severity.PROBLEM,
            _("Ingen har ansvaret som {role} for {tasks} fram til {day}: {steps}.").format(
                role=ROLES[role].title.get(),
                tasks=counted(steps.total(), _("{n} oppgave"), _("{n} oppgaver")),
                day=short_date(last),
                steps=listed(f"{title} ({count})" for title, count in sorted(steps.items())),
            ),
            _("Gi noen rollen {role} i roles.csv, og importer den.").format(role=role),
            school,
        )


def addresses(on: Examined) -> Iterator[Finding]:
    """Everybody who answers for something has an address, and none that a server refused."""
    for school in on.schools:
        people = {
            number for one in open_duties(on) if one.school_id == school.id for number in one.people
        }
        rows = _people(on, people)
        without = [row.key for row in rows if not row.email]
        refused = [row.key for row in rows if row.email and row.email == row.refused_email]
        if without:
            yield Finding(
                "address",
                Severity.PROBLEM,
                _("Har ansvar, men ingen e-postadresse: {people}.").format(people=listed(without)),
                _("Skriv adressene i people.csv, og importer den."),
                school.key,
            )
        if refused:
            yield Finding(
                "address",
                Severity.PROBLEM,
                _("E-posttjeneren kjenner ikke adressen til {people}.").format(
                    people=listed(refused)
                ),
                _("Rett adressen i people.csv, eller prøv den med «iopflow test-mail ADRESSE»."),
                school.key,
            )


def listed(ids: Iterable[str]) -> str:
    """Ids in a sentence, the first of them where there are many."""
    known = list(ids)
    more = len(known) - _SHOWN
    said = ", ".join(known[:_SHOWN])
    return said + _(" og {n} til").format(n=more) if more > 0 else said


def people_of(on: Examined) -> set[int]:
    """The numbers of all who answer for something at the schools."""
    return {number for one in open_duties(on) for number in one.people}


def _people(on: Examined, people: Iterable[int]) -> list[Any]:
    person = metadata.tables["person"]
    return list(
        read(
            on.session,
            select(person.c.key, person.c.email, person.c.refused_email)
            .where(among(person.c.id, "people"))
            .order_by(person.c.key),
            people=sorted(people),
        )
    )


def _tasks(on: Examined, lacking: set[tuple[int, str]], last: date) -> list[int]:
    """The numbers of the tasks that may lack somebody: those of the network are few, and all."""
    task = metadata.tables["task"]
    rows = on.session.connection().execute(
        select(task.c.id, task.c.school_id, task.c.step).where(
            task.c.due.between(on.today, last),
            or_(
                and_(
                    task.c.school_id.in_({school for school, _step in lacking}),
                    task.c.step.in_({step for _school, step in lacking}),
                ),
                and_(
                    task.c.scope == Scope.NETWORK,
                    task.c.owner_id.in_(on.owners if on.whole else []),
                ),
            ),
        )
    )
    return [row.id for row in rows if row.school_id is None or (row.school_id, row.step) in lacking]


@cache
def _alike() -> Select[Any]:
    """Tasks with nothing done on them, counted by all that decides whose they are and when."""
    one = open_duties_of("due", "year", over=(*OVER, What.DECLINED)).subquery()
    return select(*one.c, func.count().label("n")).group_by(*one.c)
