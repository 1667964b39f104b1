"""What people of a school owner have left behind: uploads, imports, questions, log-ins, a wheel."""

from datetime import date, datetime, timedelta
from typing import Any

from iopflow.clock import OSLO
from iopflow.engine.own_wheel import set_own
from iopflow.models import Asking
from iopflow.queries.hashes import hashed
from iopflow.queries.own_wheel import OWN_WHEEL
from iopflow.queries.places import schools
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.texts import Text
from iopflow.wheel import OwnChanges
from tests.factories import Lia, act

AT = datetime(2026, 11, 26, 9, 0, tzinfo=OSLO)
IMPORTERS = ("rita", "olav", "ada")
_SHEET = "pupil;name;birth_month;protected;ppt;home_municipality\r\n{key};{name};2014-03;nei;;\r\n"


def leave_behind(cast: Lia, mark: str) -> None:
    """The same at each owner, with `mark` in what no column of text holds."""
    _imports(cast, mark)
    for person, pupil, unit in (("kari", "e2", "3a"), ("siri", "f1", "f3")):
        _question(cast, person, unit)
        _log_in(cast, person)
        _act(cast, person, pupil)
    for school in ("lia", "fjell"):
        cast.add(
            "day_off",
            school_id=cast.ids[school],
            starts=date(2026, 10, 5),
            ends=date(2026, 10, 9),
            what="Høstferie",
        )
        _figure(cast, school, mark)
    _own_wheel(cast, mark)
    _remarks(cast)


def _remarks(cast: Lia) -> None:
    """What each school has said of a figure, what people are to do, and a deviation."""
    people = (("lia", "rita"), ("lia", "heidi"), ("lia", "kari"), ("fjell", "siri"))
    for school, person in people:
        about = {"school_id": cast.ids[school], "year": 2026, "indicator": "P7_host"}
        cast.add(
            "measure",
            **about,
            text=f"Tiltak {school}",
            person_id=cast.ids[person],
            due=date(2026, 12, 18),
            decided_on=date(2026, 10, 1),
            outcome="Slik gikk det",
        )
    for school in ("lia", "fjell"):
        about = {"school_id": cast.ids[school], "year": 2026, "indicator": "P7_host"}
        cast.add("indicator_comment", **about, text=f"Sagt {school}", on_day=date(2026, 11, 1))
        cast.add(
            "deviation",
            **about,
            pupils=2,
            cause="kapasitet_ppt",
            description="For sent",
            correction="Møte",
            raised_on=date(2026, 11, 1),
            due=date(2026, 11, 15),
        )


def _imports(cast: Lia, mark: str) -> None:
    """Of each who imports, a file that waits, and an import with a row that was refused."""
    for person in IMPORTERS:
        content = _SHEET.format(key=f"ny-{person}", name=f"Ny {person} {mark}").encode()
        kept: dict[str, Any] = {
            "person_id": cast.ids[person],
            "created_at": AT,
            "name": "pupils.csv",
            "content": content,
            "mending": "",
            "leaving": "{}",
        }
        cast.add("import_draft", **kept)
        batch = cast.add("import_batch", at=AT, actor_id=cast.ids[person], source="pupils.csv")
        cast.add("import_draft", **kept, batch_id=batch)


def _figure(cast: Lia, school: str, mark: str) -> None:
    """Goals attained in a class."""
    cast.add(
        "figure_value",
        school_id=cast.ids[school],
        year=2026,
        indicator="R1",
        counted_on=date(2026, 10, 1),
        category=f"mestrer {mark}".strip(),
        unit_key="3a" if school == "lia" else "f3",
        value="4",
        of="9",
        source="IOP",
    )


def _question(cast: Lia, person: str, unit: str) -> None:
    cast.add(
        "question",
        asker_id=cast.ids["rita"],
        person_id=cast.ids[person],
        year=2026,
        step="iop.elevsamtale_host",
        unit_id=cast.ids[unit],
        week="2026-W47",
        asking=Asking.HOW,
        tasks=2,
        note="Hei",
        asked_at=AT - timedelta(days=7),
    )


def _log_in(cast: Lia, person: str) -> None:
    """A log-in elsewhere, and an account at a log-in provider."""
    cast.add(
        "web_session",
        token_hash=hashed(f"{cast.owner_id} {person}"),
        person_id=cast.ids[person],
        created_at=AT,
        seen_at=AT,
        ends_at=AT + timedelta(hours=10),
    )
    cast.add(
        "person_identity",
        person_id=cast.ids[person],
        issuer="https://inn.example.no",
        subject=f"{cast.owner_id}-{person}",
        connected_at=AT,
    )


def _act(cast: Lia, person: str, pupil: str) -> None:
    """Something that a person has recorded, and may take back."""
    row = cast.happening(pupil, "iop.elevsamtale_host", "held", date(2026, 11, 25))
    cast.add(
        "event",
        at=AT,
        actor_id=cast.ids[person],
        act="complete",
        table_name="happening",
        row_id=row,
        pupil_id=cast.ids[pupil],
    )


def _own_wheel(cast: Lia, mark: str) -> None:
    """A step of the school's own at Lia and at Fjell."""
    values = {"kind": "task", "scope": "school", "opens": "due - 2w", "due": "11-30"}
    years = tuple(map(Year, range(2025, 2029)))
    for school in schools(cast.session, owner_id=cast.owner_id):
        title = f"Foreldrekveld {mark}".strip()
        own = OwnChanges(school.wheel_of_others).added(
            Text(title, title, title), Year(2026), values | {"responsible": "rektor"}
        )
        set_own(cast.session, Rules(), school, own.written(), years=years, act=act(OWN_WHEEL))
