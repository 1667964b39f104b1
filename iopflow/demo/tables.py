"""The import tables as a school would export them: what is known on a day, and nothing later."""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from iopflow.demo.casetables import CaseTables, Row, day_cell, truth_cell
from iopflow.demo.columns import COLUMNS
from iopflow.demo.ledger import Happening, Ledger
from iopflow.demo.members import World
from iopflow.demo.pupils import Pupil, Stay
from iopflow.demo.schools import (
    LARGE,
    MUNICIPALITY,
    NETWORK,
    OWNER,
    PPT_OFFICES,
    SCHOOLS,
    UNITS,
)
from iopflow.demo.values import values
from iopflow.demo.year import breaks
from iopflow.schoolyear import Year


class Tables:
    """Turns the world into rows, with nothing that is not known on `today`."""

    def __init__(self, world: World, ledger: Ledger, today: date) -> None:
        self._world = world
        self._ledger = ledger
        self._today = today
        self._known = {
            pupil.key: rows for pupil in world.pupils if (rows := list(self._enrolments_of(pupil)))
        }

    def write(self, folder: Path) -> dict[str, int]:
        """Writes one file per table and returns how many rows each has."""
        cases = CaseTables(self._world, self._ledger, self._today, frozenset(self._known))
        makers: dict[str, Callable[[], Iterable[Row]]] = {
            name: getattr(cases, name, None) or getattr(self, f"_{name}") for name in COLUMNS
        }
        counts = {}
        for name, make in makers.items():
            rows = list(make())
            counts[name] = len(rows)
            # With a BOM and semicolons a Norwegian Excel opens the file as it is.
            path = folder / f"{name}.csv"
            with path.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS[name], delimiter=";", lineterminator="\r\n")
                writer.writeheader()
                writer.writerows(rows)
        return counts

    def _past(self, day: date | None) -> bool:
        return day is not None and day <= self._today

    def _if_past(self, day: date | None) -> str:
        return day_cell(day) if self._past(day) else ""

    # ------------------------------------------------------------------ places and people

    def _schools(self) -> Iterator[Row]:
        for school in SCHOOLS:
            yield {
                "school": school.key,
                "name": school.name,
                "owner": OWNER,
                "municipality": MUNICIPALITY,
                "network": NETWORK,
                "language": school.language,
                "wheel": "",
            }

    def _school_years(self) -> Iterator[Row]:
        for key, ruter in self._world.ruter.items():
            for rute in ruter.years.values():
                yield {
                    "school": key,
                    "year": str(rute.year),
                    "first_day": day_cell(rute.first_day),
                    "last_day": day_cell(rute.last_day),
                    "planning_day": day_cell(rute.planning_day),
                    "autumn_end": day_cell(rute.autumn_end) if key == LARGE else "",
                }

    def _days_off(self) -> Iterator[Row]:
        for key, ruter in self._world.ruter.items():
            for start in ruter.years:
                for off in breaks(Year(start), key):
                    yield {
                        "school": key,
                        "from": day_cell(off.starts),
                        "to": day_cell(off.ends) if off.ends != off.starts else "",
                        "what": off.what,
                    }

    def _units(self) -> Iterator[Row]:
        for unit in UNITS:
            yield {
                "unit": unit.key,
                "school": unit.school,
                "kind": unit.kind,
                "name": unit.name,
                "parent": unit.parent or "",
            }

    def _ppt_offices(self) -> Iterator[Row]:
        for key, name, municipality in PPT_OFFICES:
            yield {"ppt": key, "name": name, "municipality": municipality}

    def _people(self) -> Iterator[Row]:
        there = {row["person"] for row in self._roles()}
        for person in self._world.staff.people:
            if person.key in there:
                yield {
                    "person": person.key,
                    "name": person.name,
                    "email": person.email,
                    "login": person.email,
                    "language": person.language,
                }

    def _roles(self) -> Iterator[Row]:
        for grant in self._world.staff.grants:
            kind, _, place = grant.at.partition(":")
            if not self._past(grant.known) or (kind == "pupil" and place not in self._known):
                continue
            # A post ends when somebody leaves it; a school year or a substitute's weeks are agreed.
            agreed = grant.role == "kontaktlaerer" and grant.ends is not None
            yield {
                "person": grant.person.key,
                "role": grant.role,
                "at": grant.at,
                "from": day_cell(grant.starts),
                "to": day_cell(grant.ends) if agreed else self._if_past(grant.ends),
            }

    # ------------------------------------------------------------------ pupils

    def _pupils(self) -> Iterator[Row]:
        for pupil in self._world.pupils:
            if pupil.key not in self._known:
                continue
            referred = any(
                self._past(case.referred_on)
                for case in self._world.cases.all
                if case.pupil is pupil
            )
            number = self._world.dice.between(100, 999, "reference", pupil.key)
            yield {
                "pupil": pupil.key,
                "name": pupil.name,
                "birth_month": pupil.birth_month,
                "protected": truth_cell(pupil.protected),
                "ppt": pupil.ppt or "" if referred else "",
                "home_municipality": pupil.home,
                "ppt_reference": f"{pupil.entry}/{number}" if referred else "",
            }

    def _enrolments(self) -> Iterator[Row]:
        for rows in self._known.values():
            yield from rows

    def _enrolments_of(self, pupil: Pupil) -> Iterator[Row]:
        for stay in pupil.stays:
            if not self._past(stay.known_from):
                continue
            ends = stay.ends if self._past(stay.known_to) else None
            parts = list(self._parts(pupil, stay))
            for (starts, class_key, grade), following in zip(
                parts, [*parts[1:], None], strict=True
            ):
                until = following[0] - timedelta(days=1) if following else ends
                yield {
                    "pupil": pupil.key,
                    "school": stay.school,
                    "from": day_cell(starts),
                    "class": class_key,
                    "grade": str(grade),
                    "to": day_cell(until),
                }

    def _parts(self, pupil: Pupil, stay: Stay) -> Iterator[tuple[date, str, int]]:
        """A new row each time the class changes, as far as classes are set up."""
        starts, before = stay.starts, ""
        while stay.covers(starts):
            year = Year.of(starts).start
            # From February the lists for the coming year are made.
            if starts > stay.starts and not self._past(date(year, 2, 1)):
                return
            class_key = stay.class_in(pupil.grade(year))
            if class_key != before:
                yield starts, class_key, pupil.grade(year)
            starts, before = date(year + 1, 8, 1), class_key

    # ------------------------------------------------------------------ what happened

    def _happenings(self) -> Iterator[Row]:
        known = [row for row in self._ledger.rows if self._past(max(row.on, row.recorded_on))]
        for row in sorted(known, key=_order):
            yield {
                "year": str(Year(row.year)),
                "step": row.step,
                "subject": row.subject,
                "what": row.what,
                "on": day_cell(row.on),
                "recorded_on": day_cell(row.recorded_on),
                "by": row.by,
                "reason": row.reason,
                "cause": row.cause,
                "evidence": row.evidence,
            }

    def _values(self) -> Iterator[Row]:
        return (row for row in values(self._world) if row["counted_on"] <= day_cell(self._today))


def _order(row: Happening) -> tuple[date, str, str, str]:
    return row.recorded_on, row.step, row.subject, row.what
