"""From a day and a seed to a folder of import tables."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from iopflow.demo import cast
from iopflow.demo.admissions import Admissions
from iopflow.demo.case import Cases
from iopflow.demo.casebook import CaseBook
from iopflow.demo.casework import CaseWork
from iopflow.demo.classes import ClassWork
from iopflow.demo.dice import Dice
from iopflow.demo.facts import DemoFacts, tell
from iopflow.demo.ledger import Ledger
from iopflow.demo.members import World
from iopflow.demo.network import NetworkWork
from iopflow.demo.plans import Plans
from iopflow.demo.pupils import Pupil
from iopflow.demo.schools import SPECIAL
from iopflow.demo.staff import Staff
from iopflow.demo.tables import Tables
from iopflow.demo.talks import Talks
from iopflow.demo.timetable import Timetable
from iopflow.demo.year import all_skoleruter
from iopflow.schoolyear import Year

SEED = 1814


def write_tables(folder: Path, *, now: date, seed: int = SEED) -> DemoFacts:
    """Writes the tables as they would stand on a day, and tells who and what to look at.

    Three school years of history and the one that holds `now`, with skoleruter from the year before
    them to the coming one. The same seed and day give the same bytes; within a school year a later
    day only adds to what an earlier one knew. The folder is made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    world, ledger = _tell_story(now, seed)
    tables = Tables(world, ledger, now)
    counts = tables.write(folder)
    return tell(world, ledger, now, counts)


def _tell_story(now: date, seed: int) -> tuple[World, Ledger]:
    base = Year.of(now).start
    dice = Dice(seed)
    # The year before the history too: who continues is seen from its last day.
    ruter = all_skoleruter(base - 4, base + 1)
    pupils = Admissions(dice, base).pupils()
    staff = Staff(dice, base)
    cases = CaseBook(dice, ruter, base).write(pupils)
    staff.advise(_first_needs(cases))
    _attach(staff, pupils, date(base, 9, 1))
    world = World(dice, base, ruter, pupils, staff, cases)
    ledger = Ledger(dice)
    times = Timetable(ruter)
    Plans(world, times, ledger).write()
    CaseWork(world, times, ledger).write()
    Talks(world, times, ledger).write()
    ClassWork(world, times, ledger).write()
    NetworkWork(world, times, ledger).write()
    return world, ledger


def _first_needs(cases: Cases) -> Iterator[tuple[Pupil, date]]:
    seen = set()
    for case in cases.all:
        if case.needed_since and case.pupil.key not in seen:
            seen.add(case.pupil.key)
            yield case.pupil, case.needed_since


def _attach(staff: Staff, pupils: tuple[Pupil, ...], day: date) -> None:
    """Bjørnar follows three pupils at the special school, one of them with a hidden address."""
    there = [pupil for pupil in pupils if pupil.school_on(day) == SPECIAL]
    for pupil in sorted(there, key=lambda pupil: (not pupil.protected, pupil.key))[:3]:
        staff.attach(cast.BJORNAR, "miljoarbeider", pupil)
