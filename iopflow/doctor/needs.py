"""Whether somebody has decided who needs something new for the year whose duties fall due."""

from collections.abc import Iterator

from iopflow.doctor.findings import Examined, Finding, Severity
from iopflow.lifecycle import year_due
from iopflow.models import School
from iopflow.queries.access import EVERYONE
from iopflow.queries.needs import undecided
from iopflow.texts import _, counted


def decided(on: Examined) -> Iterator[Finding]:
    """From 15 January the pupils of the coming year are decided on, at schools in use: counts."""
    year = year_due(on.today)
    live = [on.session.get_one(School, one.id) for one in on.schools if one.live_from is not None]
    waiting = undecided(on.session, EVERYONE, live, year, today=on.today)
    for school in live:
        if waiting[school.number]:
            yield Finding(
                "needs",
                Severity.WARNING,
                _(
                    "{pupils} er ikke avklart for {year}: ingen har sagt om de trenger noe nytt."
                ).format(
                    pupils=counted(waiting[school.number], _("{n} elev"), _("{n} elever")),
                    year=year,
                ),
                _(
                    "Avklar dem på siden «Behov neste år», eller se dem med "
                    "«iopflow needs --year {year} --school {school} --undecided»."
                ).format(year=year, school=school.key),
                school.key,
            )
