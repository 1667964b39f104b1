"""A small school with a cast that the database tests share.

Lia skole has the classes 3a and 3b under avdeling `smatrinn`. Kari is contact teacher of 3a, Per
educator of one pupil, Heidi heads the avdeling, Rita the school; Siri teaches at Fjell skole and
must see nothing of Lia. Petra is PPT adviser of one pupil.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from iopflow.engine.ledger import Act
from iopflow.models import (
    Answer,
    ConsentKind,
    Outcome,
    Scope,
    UnitKind,
    What,
    metadata,
)
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 26)
YEAR = Year(2026)
RULES = Rules()  # as they ship; read once, for reading them takes longer than most tests


def act(kind: str = "test", *, at: datetime = NOW, reason: str | None = None) -> Act:
    """Somebody at the embedded database does something."""
    return Act(kind, at, reason=reason)


@dataclass
class Lia:
    """The cast, by the ids of the import tables, and their numbers in the database."""

    session: Session
    owner_id: int
    ids: dict[str, int]

    def add(self, table: str, **values: Any) -> int:
        """Inserts a row straight into a table and returns its number."""
        return add(self.session, table, owner_id=self.owner_id, **values)

    def pupil(self, key: str, school: str = "lia", class_: str | None = "3a", **stay: Any) -> int:
        """A pupil enrolled since the autumn of 2024 unless said otherwise."""
        protected = stay.pop("protected", False)
        self.ids[key] = self.add(
            "pupil",
            key=key,
            name=f"Elev {key}",
            protected=protected,
            ppt_id=stay.pop("ppt_id", None),
        )
        self.enrol(key, school, class_, **stay)
        return self.ids[key]

    def enrol(self, key: str, school: str = "lia", class_: str | None = "3a", **stay: Any) -> int:
        """One more enrolment of a pupil."""
        values = {"starts": date(2024, 8, 1), "ends": None, "grade": 1} | stay
        return self.add(
            "enrolment",
            pupil_id=self.ids[key],
            school_id=self.ids[school],
            class_id=self.ids[class_] if class_ else None,
            **values,
        )

    def vedtak(self, key: str, year: int = 2026, **values: Any) -> int:
        """A granted vedtak for the whole school year, decided the June before."""
        base = {
            "decided_on": date(year, 6, 10),
            "outcome": Outcome.GRANTED,
            "valid_from": date(year, 8, 1),
            "valid_to": date(year + 1, 7, 31),
            "departs": False,
        }
        return self.add("vedtak", pupil_id=self.ids[key], year=year, **received(), **base | values)

    def need(self, key: str, year: int = 2026, **values: Any) -> int:
        """An assessment is needed for the year."""
        base = {"needed_since": date(year, 1, 10)}
        return self.add(
            "assessment", pupil_id=self.ids[key], year=year, **received(), **base | values
        )

    def consent(
        self, key: str, kind: str, answer: str = "given", year: int = 2026, on: date | None = None
    ) -> int:
        """An answer to a request for consent."""
        return self.add(
            "consent",
            pupil_id=self.ids[key],
            kind=ConsentKind(kind),
            year=year,
            on_day=on or date(year, 2, 1),
            answer=Answer(answer),
            **received(),
        )

    def happening(
        self, key: str, step: str, what: str, on: date, *, year: int = 2026, **values: Any
    ) -> int:
        """Something that took place on a step."""
        base = {"scope": Scope.PUPIL, "occasion": ""}
        return self.add(
            "happening",
            subject_id=self.ids[key],
            step=step,
            what=What(what),
            on_day=on,
            year=year,
            **received(),
            **base | values,
        )

    def grant(self, person: str, role: str, kind: str, at: str, **values: Any) -> int:
        """A role at a place."""
        base = {"starts": date(2024, 8, 1)}
        if person not in self.ids:
            self.ids[person] = self.add("person", key=person, name=person.title())
        at_id = self.owner_id if kind == "owner" else self.ids[at]
        return self.add(
            "role_grant",
            person_id=self.ids[person],
            role=role,
            at_kind=kind,
            at_id=at_id,
            **base | values,
        )


def received() -> dict[str, Any]:
    """When a fact reached iopflow, where the test does not care."""
    return {"recorded_on": TODAY, "recorded_at": NOW}


def add(session: Session, table: str, **values: Any) -> int:
    """Inserts one row and returns its number."""
    target = metadata.tables[table]
    row_id: int = session.execute(insert(target).returning(target.c.id), values).scalar_one()
    return row_id


def lia(session: Session, *, years: range = range(2024, 2028), owner: str = "eikedal") -> Lia:
    """Lia skole and Fjell skole with their skoleruter, classes and staff, and no pupils."""
    owner_id = add(session, "owner", key=owner)
    cast = Lia(session, owner_id, {})
    cast.ids["nett"] = cast.add("network", key="nett")
    for key in ("lia", "fjell"):
        cast.ids[key] = cast.add(
            "school",
            key=key,
            name=f"{key.title()} skole",
            municipality="Eikedal",
            language="nb",
            network_id=cast.ids["nett"],
        )
        for year in years:
            cast.add(
                "school_year",
                school_id=cast.ids[key],
                year=year,
                first_day=date(year, 8, 17),
                last_day=date(year + 1, 6, 18),
                planning_day=date(year, 8, 12),
            )
    cast.ids["smatrinn"] = cast.add(
        "unit", key="smatrinn", school_id=cast.ids["lia"], kind=UnitKind.AVDELING, name="Småtrinn"
    )
    for key, school, parent in (
        ("3a", "lia", "smatrinn"),
        ("3b", "lia", "smatrinn"),
        ("f3", "fjell", None),
    ):
        cast.ids[key] = cast.add(
            "unit",
            key=key,
            school_id=cast.ids[school],
            kind=UnitKind.KLASSE,
            name=key,
            parent_id=cast.ids[parent] if parent else None,
        )
    cast.grant("kari", "kontaktlaerer", "unit", "3a")
    cast.grant("heidi", "avdelingsleder", "unit", "smatrinn")
    cast.grant("rita", "rektor", "school", "lia")
    cast.grant("siri", "kontaktlaerer", "unit", "f3")
    return cast
