"""What goes beside the cases: appeals, and assistance or physical adaptation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from iopflow.demo.members import World
from iopflow.demo.pupils import Pupil
from iopflow.demo.schools import SPECIAL
from iopflow.models import AppealKind


@dataclass(frozen=True)
class Appeal:
    """A row of appeals.csv in the making."""

    pupil: Pupil
    year: int
    registered: date
    kind: str
    reviewed: date
    forwarded: date
    closed: date
    result: str


@dataclass(frozen=True)
class Support:
    """A row of supports.csv in the making; one that nobody has decided has no outcome."""

    pupil: Pupil
    kind: str
    sought: date
    decided: date | None
    outcome: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    archive_ref: str = ""


def appeals(world: World) -> Iterator[Appeal]:
    """On some of the vedtak that give less than was asked for, and one that nothing comes of it."""
    dice = world.dice
    for case in world.cases.all:
        if case.outcome == "granted" or case.arrived_on is None:
            continue
        if not dice.chance(0.4, "appeal", case):
            continue
        rute = world.ruter[case.school]
        registered = rute.work_day(case.arrived_on + timedelta(days=12))
        reviewed = rute.days_on(registered, dice.between(8, 16, "reviewed", case))
        result = dice.pick(("opprettholdt", "delvis medhold"), "result", case)
        yield Appeal(
            case.pupil,
            case.year,
            registered,
            AppealKind.VEDTAK.value,
            reviewed,
            rute.days_on(reviewed, 2),
            rute.days_on(reviewed, dice.between(50, 70, "closed", case)),
            result,
        )
    yield from _on_implementation(world)


def _on_implementation(world: World) -> Iterator[Appeal]:
    """Hours that a vedtak gives are not held: may be complained of at any time (Udir 8.4)."""
    base = world.base
    rute = world.ruter[SPECIAL]
    registered = rute.work_day(date(base, 10, 26))
    granted = [
        case
        for case in world.cases.all
        if case.year == base
        and case.school == SPECIAL
        and case.arrival is None
        and case.valid_to is not None
        and case.decided_on is not None
        and case.decided_on < registered
    ]
    case = min(granted, key=lambda one: world.dice.roll("implementation", one), default=None)
    if case is not None:
        yield Appeal(
            case.pupil,
            base,
            registered,
            AppealKind.GJENNOMFORING.value,
            rute.work_day(date(base, 11, 12)),
            rute.work_day(date(base, 12, 3)),
            rute.work_day(date(base + 1, 6, 10)),
            "delvis medhold",
        )


def supports(world: World) -> Iterator[Support]:
    """For a few of those with a vedtak, each year; the last application of the autumn is open."""
    dice = world.dice
    for year in (world.base - 1, world.base):
        there = [
            member.pupil
            for member in world.members[year]
            if member.granted_on is not None and member.pupil.stay_on(date(year, 3, 1)) is not None
        ]
        chosen = sorted(there, key=lambda one: dice.roll("support", year, one.key))[:6]
        for place, pupil in enumerate(chosen):
            yield _support(world, pupil, year, place)


def _support(world: World, pupil: Pupil, year: int, place: int) -> Support:
    dice, about = world.dice, (pupil.key, year)
    rute = world.ruter[world.members[year][0].school]
    kind = "fysisk" if place % 3 == 2 else "assistanse"
    if place == 0:  # sought when the year has begun
        sought = rute.work_day(date(year, 10, 20))
        decided = None if year == world.base else rute.work_day(date(year, 11, 24))
    else:
        spring = date(year, 3, 1) + timedelta(days=dice.between(0, 60, "sought", *about))
        sought = rute.work_day(spring)
        decided = rute.days_on(sought, dice.between(18, 45, "decided", *about))
    if decided is None:
        return Support(pupil, kind, sought, None)
    outcome = ("granted", "granted", "granted", "partly", "granted", "refused")[place]
    granted = outcome != "refused"
    number = dice.between(1000, 8999, "support", *about)
    return Support(
        pupil,
        kind,
        sought,
        decided,
        outcome,
        max(date(year, 8, 1), decided) if granted else None,
        date(year + 1, 7, 31) if granted and kind == "assistanse" else None,
        f"{decided.year}/{number}-2",
    )
