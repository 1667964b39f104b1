"""`log` tells of a case in words, and PPT of the road to the assessment alone."""

import json
import re
from datetime import date

import pytest
from sqlalchemy import text

from iopflow import db
from iopflow.engine import ledger
from iopflow.models import MoveKind, Outcome, SupportKind
from tests.cli.conftest import Ask
from tests.factories import Lia, act, received

MARCH = date(2026, 3, 1)


@pytest.fixture
def told(school: Ask) -> Ask:
    """The school, where all that a case may hold beside its dates has been registered of e1."""
    engine = db.create_engine(school.url)
    with db.session(engine) as session:
        rows = session.connection().execute(text("SELECT key, id FROM pupil")).all()
        ids: dict[str, int] = dict(map(tuple, rows))
        cast = Lia(session, 1, ids)
        cast.grant("petra", "ppt_radgiver", "pupil", "e1")
        about = {"owner_id": 1, "pupil_id": ids["e1"]}
        case = about | {"year": 2026}
        for table, row in (
            *(
                ("case_move", case | received() | {"kind": kind, "on_day": MARCH, "note": note})
                for kind, note in (
                    (MoveKind.SENT_BACK, "pedagogisk rapport"),
                    (MoveKind.ASKED_VEDTAK, None),
                )
            ),
            (
                "support",
                about
                | received()
                | {
                    "kind": SupportKind.ASSISTANSE,
                    "sought_on": MARCH,
                    "outcome": Outcome.GRANTED,
                    "archive_ref": "2026/31-4",
                },
            ),
            ("pause", case | {"starts": MARCH, "court": "kommune", "cause": "flytting"}),
            ("appeal", case | {"registered_on": MARCH, "reviewed_on": date(2026, 3, 9)}),
        ):
            ledger.insert_rows(session, table, [row], act("test"))
    engine.dispose()
    return school


def test_log_tells_of_a_case_in_words(told: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    lines = told("log e1", by="rita").out.splitlines()[2:7]
    assert [re.split("  +", line)[2:] for line in lines] == [
        [
            "Hendelse i saken",
            "2026-27, Sendt tilbake: mangler dokumentasjon, 01.03.2026, pedagogisk rapport",
        ],
        ["Hendelse i saken", "2026-27, Bedt om samtykke til vedtak, 01.03.2026"],
        [
            "Assistanse og tilrettelegging",
            "personlig assistanse, søkt 01.03.2026, innvilget, arkiv 2026/31-4",
        ],
        ["Opphold i saken", "2026-27, fra 01.03.2026, hjemkommunen, flytting"],
        ["Klage", "2026-27, kommet inn 01.03.2026, vurdert 09.03.2026"],
    ]


def test_ppt_reads_of_the_road_to_the_assessment_alone(told: Ask) -> None:
    rows = json.loads(told("log e1 --format json", by="petra").out)
    assert [(row["table"], row["after"].get("kind")) for row in rows] == [
        ("case_move", "sent_back"),
    ]
    everything = json.loads(told("log e1 --format json", by="rita").out)
    assert [row["table"] for row in everything] == [
        "case_move",
        "case_move",
        "support",
        "pause",
        "appeal",
    ]
