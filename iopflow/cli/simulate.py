"""`simulate`: a school year in advance, its mails and what should be mended before it begins."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import engine, settings, work
from iopflow.cli.options import (
    SchoolYearType,
    by_option,
    format_option,
    now_option,
    school_option,
)
from iopflow.cli.output import Column, day
from iopflow.cli.year import schools_for
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.simulation import Findings, Sent

NAMED = 3  # people in one sentence; more are only counted
_MONTHS = (*range(8, 13), *range(1, 7))


@command(
    "simulate",
    _(
        "Spiller et skoleår gjennom på en kopi av databasen: hvor mange e-poster hver person ville "
        "fått, uker med for mange frister, frister på fridager og oppgaver ingen har ansvaret for."
        "\n\nFolkene i spillet gjør alt en uke etter hver frist; --delay sier noe annet."
    ),
    examples=("iopflow simulate 2026-27", "iopflow simulate 2026-27 --delay 0 --format json"),
)
@click.argument(
    "year", type=SchoolYearType(), metavar=_("SKOLEÅR"), help=_("For eksempel 2027-28.")
)
@school_option(_("Bare denne skolen; ellers alle du har ansvar for."))
@click.option(
    "--delay",
    type=click.IntRange(0, 60),
    default=7,
    metavar="N",
    help=_("Hvor mange dager etter fristen alt blir gjort; ellers 7."),
)
@now_option()
@by_option()
@format_option()
def simulate_command(
    year: Year,
    school: str | None,
    delay: int,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """A year in advance."""
    from iopflow import simulation
    from iopflow.queries.rules import Rules

    how = output.asked(form, path)
    progress = output.Progress()
    with work(now=now, by=by) as at:
        chosen = [one.number for one in schools_for(at, school, Action.GO_LIVE)]
        found = simulation.findings(at.session, at.rules, year, schools=chosen)
        people = _people(at.session, chosen)
        if school is not None or not at.viewer.may(Action.ADMINISTER):
            # Who leads one school does not read how those at another are reminded.
            people = {mail: key for mail, key in people.items() if key in found.people}
    with engine() as opened, simulation.copied(opened) as copy:
        sent = simulation.play(
            copy,
            Rules(settings().wheel_directories),
            year,
            delay=delay,
            progress=lambda done, of: progress(_("Spiller året"), done, of),
        )
    progress.end()
    rows = _rows([one for one in sent if one.person in people], people)
    if how.form == "json":
        output.write_json({"mails": rows} | _findings(found))
        return
    columns = [
        Column(_("Hvem"), lambda row: row["person"]),
        *(_month(month) for month in _MONTHS),
        Column(_("Året"), lambda row: row["year"], right=True),
    ]
    keys = ("person", *(f"m{month}" for month in _MONTHS), "year")
    said = _("{mails} i {year}.").format(
        mails=counted(sum(row["year"] for row in rows), _("{n} e-post"), _("{n} e-poster")),
        year=year,
    )
    output.show(how, rows, columns, keys=keys, counted=said)
    if how.on_screen:
        _tell(found)


def _people(session: Any, schools: Sequence[int]) -> dict[str, str]:
    """The ids of people by address, at the owners of the schools."""
    from sqlalchemy import select
    from sqlmodel import col

    from iopflow.models import Person, School

    owners = select(col(School.owner_id)).where(col(School.id).in_(schools))
    rows = session.execute(
        select(col(Person.email), col(Person.key)).where(col(Person.owner_id).in_(owners))
    )
    return {email: key for email, key in rows if email}


def _rows(sent: "Sequence[Sent]", people: dict[str, str]) -> list[dict[str, Any]]:
    counts: dict[str, Counter[int]] = {}
    for one in sent:
        counts.setdefault(people[one.person], Counter())[one.at.month] += 1
    return [
        {"person": person}
        | {f"m{month}": months[month] for month in _MONTHS}
        | {"year": months.total()}
        for person, months in sorted(counts.items())
    ]


def _month(month: int) -> Column:
    title = f"{date(2000, month, 1):%m}"
    return Column(title, lambda row: row[f"m{month}"] or "", right=True)


def _findings(found: "Findings") -> dict[str, Any]:
    return {
        "full_weeks": [
            {"person": who, "week": week.monday.isoformat(), "due": n}
            for week in found.full_weeks
            for who, n in week.people.items()
        ],
        "days_off": [
            {"step": step, "due": due.isoformat(), "last_day": last.isoformat(), "tasks": n}
            for step, due, last, n in found.days_off
        ],
        "unheld": [{"step": step, "role": role, "tasks": n} for step, role, n in found.unheld],
    }


def _tell(found: "Findings") -> None:
    from iopflow.simulation import FULL

    for week in found.full_weeks:
        click.echo(
            _("Full uke fra {day}: {people} har mer enn {n} frister. Mest er {steps}.").format(
                day=day(week.monday),
                people=", ".join(week.people)
                if len(week.people) <= NAMED
                else counted(len(week.people), _("{n} person"), _("{n} personer")),
                n=FULL,
                steps=", ".join(week.steps),
            )
        )
    for step, due, last, _n in found.days_off:
        click.echo(
            _("På en fridag: {step}, {due}; siste skoledag er {last}.").format(
                step=step, due=day(due), last=day(last)
            )
        )
    for step, role, n in found.unheld:
        click.echo(
            _("Ingen har ansvaret: {step} ({role}), {tasks}. Gi noen rollen i roles.csv.").format(
                step=step, role=role, tasks=counted(n, _("{n} oppgave"), _("{n} oppgaver"))
            )
        )
