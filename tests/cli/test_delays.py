"""`delay`, `delays` and what `indicators --explain P1` tells: who may, and what is never shown."""

import json
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from iopflow import db
from iopflow.clock import OSLO
from iopflow.engine.opening import open_year
from iopflow.models import metadata
from iopflow.queries.places import schools
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from tests.cli.conftest import Ask, rows_of
from tests.databases import Databases
from tests.factories import YEAR, Lia, act, lia
from tests.web.conftest import Pages

SV = "--step iop.sakkyndig_vurdering --year 2026-27"
CAUSES = "SELECT cause, evidence FROM happening WHERE what = 'delay' ORDER BY id"


@pytest.fixture(scope="module")
def _missed(server: Databases) -> Any:
    """Lia with more pupils than are masked, of whom many were missed."""
    with server.fresh() as url:
        engine = db.create_engine(url)
        with db.session(engine) as session:
            populate(lia(session))
            for year in (YEAR, Year(2027)):
                open_year(session, Rules(), year, schools(session), act=act())
        engine.dispose()
        yield url


def populate(cast: Lia) -> None:
    """p0-p5 were never assessed, q0-q3 in time; s9 is protected, and was not either."""
    for key in [f"p{n}" for n in range(6)] + [f"q{n}" for n in range(4)] + ["s9"]:
        cast.pupil(key, protected=key == "s9")
        cast.need(key, received_on=date(2026, 5, 1) if key.startswith("q") else None)
    cast.grant("eli", "skoleeier", "owner", "eikedal")


@pytest.fixture
def many(_missed: str, capsys: pytest.CaptureFixture[str]) -> Ask:
    return Ask(_missed, capsys)


def test_a_cause_is_given_signed_and_taken_back(school: Ask) -> None:
    words = f"delay {SV} --subject e1 e2 --cause kapasitet_ppt --on 02.06.2026"
    answer = school(words + ' --evidence "arkiv 12"', by="rita")
    assert (answer.code, answer.out.splitlines()[-1]) == (0, "2 endret.")
    assert rows_of(school.url, CAUSES) == [("kapasitet_ppt", "arkiv 12")] * 2
    (undo,) = (line for line in answer.err.splitlines() if line.startswith("Angre: iopflow "))
    back = undo.removeprefix("Angre: iopflow ").removesuffix(" --by rita").replace("…", "feil")
    assert "--what delay --on 2026-06-02" in back
    assert school(back, by="per").code == 1
    assert school(back, by="rita").code == 0
    assert rows_of(school.url, CAUSES) == []


def test_a_cause_without_evidence_is_kept_and_said_not_to_justify(school: Ask) -> None:
    answer = school(f"delay {SV} --subject e1 --cause foresatte_takket_nei", by="rita")
    assert answer.code == 0
    assert "Merk: e1: «foresatte takket nei» rettferdiggjør ikke" in answer.err


def test_a_cause_that_a_talk_speaks_against_is_asked_about(school: Ask) -> None:
    talk = "--step iop.utviklingssamtale --year 2026-27 --subject e1"
    assert school(f"talk invited {talk} --on 10.11.2026", by="rita").code == 0
    assert school(f"talk no-reply {talk} --on 20.11.2026", by="rita").code == 0
    words = f"delay {talk} --cause foresatte_takket_nei"
    asked = school(words, by="rita")
    assert (asked.code, asked.out) == (1, "")
    assert asked.err.strip() == (
        "Årsaken «foresatte takket nei» stemmer ikke med samtalen for 1 elev: der er det ført "
        "«ikke svar». Stemmer det? Velg en annen årsak, rett samtalen først, eller skriv --sure."
    )
    assert rows_of(school.url, CAUSES) == []
    assert school(f"{words} --sure", by="rita").code == 0
    assert rows_of(school.url, CAUSES) == [("foresatte_takket_nei", None)]


@pytest.mark.parametrize(
    ("words", "by", "code"),
    [
        ("--cause kapasitet", "rita", 2),
        ("--cause annet --on 27.11.2026", "rita", 1),
        ("--cause annet", "siri", 1),
        ("--cause annet", "olav", 1),
    ],
)
def test_what_is_wrong_or_not_allowed_changes_nothing(
    still: Ask, words: str, by: str, code: int
) -> None:
    assert still(f"delay {SV} --subject e1 {words}", by=by).code == code
    assert rows_of(still.url, CAUSES) == []


def test_explain_tells_where_the_days_went(many: Ask) -> None:
    asked = "indicators --year 2025-26 --explain P1 --as-of 2026-06-10"
    lines = {
        line["pupil"]: line for line in json.loads(many(asked + " --format json", by="rita").out)
    }
    names = ("result", "late_days", "days", "late_by_court", "paused", "net_days", "court", "turn")
    nobody = {"skole": 0, "ppt": 0, "foresatte": 0, "kommune": 0, "ingen": 0}
    assert {name: lines["p0"][name] for name in names} == {
        "result": "open",
        "late_days": 10,
        "days": nobody | {"skole": 152},  # from 10 January to 10 June
        "late_by_court": nobody | {"skole": 10},
        "paused": 0,
        "net_days": 152,
        "court": "skole",
        "turn": "skole",
    }
    assert lines["q0"]["late_days"] == 0
    assert lines["q0"]["days"] == nobody | {"skole": 111}
    table = many(asked, by="rita").out
    assert "skolen 152 (10 etter fristen); skolen har saken" in table
    assert "where" not in many(asked.replace("P1", "P3") + " --format csv", by="rita").out
    assert "skole: 152; ppt: 0" in many(asked + " --format csv", by="rita").out


def test_the_head_sees_the_list_and_the_summary(many: Ask) -> None:
    answer = many("delays --year 2025-26 --as-of 2026-06-10 --format json", by="rita")
    found = json.loads(answer.out)
    p1, p2 = found["summary"]
    assert (p1["indicator"], p1["missed"], p1["open_bands"]["8-30"]) == ("P1", 7, 7)
    assert (p1["by_court"]["skole"], p1["without_cause"]) == (7, 7)
    assert p1["chain"] == {"assessment": 7, "vedtak": 0, "stopped": None, "late_iop": None}
    assert (p2["indicator"], p2["missed"]) == ("P2", 0)
    assert sorted(line["pupil"] for line in found["pupils"]) == [*(f"p{n}" for n in range(6)), "s9"]


def test_the_chain_goes_on_to_the_start_of_school(many: Ask) -> None:
    found = json.loads(many("delays --year 2025-26 --format json", by="rita").out)
    chain = found["summary"][0]["chain"]
    assert chain == {"assessment": 7, "vedtak": 7, "stopped": 7, "late_iop": 0}
    far = {line["pupil"]: line["chain"] for line in found["pupils"] if line["indicator"] == "P1"}
    assert far == dict.fromkeys([*(f"p{n}" for n in range(6)), "s9"], "stopped")
    told = many("delays --year 2025-26", by="rita").out
    assert (
        "Kjeden: uten sakkyndig vurdering i tide 7; derfor uten vedtak i tide 7; "
        "uten vedtak ved skolestart 7"
    ) in told
    assert "over 90 dager 7" in told


def test_who_leads_no_school_sees_numbers_alone_and_no_small_ones(many: Ask) -> None:
    for by in ("eli", "heidi"):
        found = json.loads(many("delays --school lia --year 2025-26 --format json", by=by).out)
        p1 = found["summary"][0]
        assert (p1["missed"], p1["open_bands"]["over_90"], p1["by_court"]["skole"]) == (7, 7, 7)
        assert (p1["least"], p1["median"], p1["most"], p1["late_days_by_court"]) == (None,) * 4
        pupils = {line["pupil"] for line in found["pupils"] if line["indicator"] == "P1"}
        assert pupils == (set() if by == "eli" else {f"p{n}" for n in range(6)})
    assert many("delays --year 2025-26", by="kari").code == 1


def test_a_table_with_a_small_part_is_left_out_whole(school: Ask) -> None:
    engine = db.create_engine(school.url)
    with db.session(engine) as session:
        more(session)
    engine.dispose()
    school(f"delay {SV} --subject e1 --cause foresatte_takket_nei --on 01.06.2026", by="rita")
    school(f"delay {SV} --subject e2 --cause registreringsfeil --on 01.06.2026", by="rita")
    asked = "delays --year 2025-26 --indicator P1 --format json"
    (own,) = json.loads(school(asked, by="rita").out)["summary"]
    assert (own["missed"], own["data_errors"]) == (8, 1)
    assert own["by_cause"] == {"foresatte_takket_nei": 1}
    (lia,) = (
        one for one in json.loads(school(asked, by="eli").out)["summary"] if one["school"] == "lia"
    )
    hidden = ("by_cause", "missed", "data_errors", "without_cause", "still_open")
    assert {name: lia[name] for name in hidden} == dict.fromkeys(hidden)
    told = school("delays --year 2025-26 --indicator P1 --school lia", by="eli").out
    assert "takket nei" not in told
    assert "registreringen" not in told


def more(session: Session) -> None:
    """Six pupils more at Lia who were never assessed."""
    names: dict[str, int] = {}
    for table in ("school", "unit"):
        rows = session.execute(select(metadata.tables[table].c.key, metadata.tables[table].c.id))
        names |= {row.key: row.id for row in rows}
    owner_id = session.execute(select(metadata.tables["owner"].c.id)).scalar_one()
    cast = Lia(session, owner_id, names)
    for n in range(6):
        cast.pupil(f"m{n}")
        cast.need(f"m{n}")


def test_small_schools_are_masked_altogether(still: Ask) -> None:
    answer = still("delays --year 2025-26 --school lia --format json", by="eli")
    assert answer.code == 0
    found = json.loads(answer.out)
    assert found["pupils"] == []
    for entry in found["summary"]:
        assert entry["masked"]
        numbers = {
            name: value
            for name, value in entry.items()
            if isinstance(value, int | float | dict) and not isinstance(value, bool)
        }
        assert numbers == {"excluded": {}}


def test_the_delays_of_a_half_are_hidden_with_the_other_one(
    server: Databases, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three had a talk to come in the autumn, twelve in the spring: asked for alone, each tells."""
    with server.fresh() as url:
        engine = db.create_engine(url)
        with db.session(engine) as session:
            cast = lia(session)
            for n in range(12):
                cast.pupil(f"p{n}", starts=date(2024, 8, 1) if n < 3 else date(2026, 3, 20))
            cast.grant("eli", "skoleeier", "owner", "eikedal")
        page = Pages(engine, datetime(2026, 11, 26, 10, 0, tzinfo=OSLO))
        ask = Ask(url, capsys)
        for code, missed in (("P7_host", 3), ("P7_var", 12)):
            asked = f"delays --school lia --year 2025-26 --indicator {code} --format json"
            own, far = (json.loads(ask(asked, by=by).out)["summary"][0] for by in ("rita", "eli"))
            assert (own["missed"], far["missed"]) == (missed, None)
            at = f"/indikatorer/{code}?ar=2025-26&skole={cast.ids['lia']}"
            shown = [f"<dd>{missed}</dd>" in page.as_(by).get(at).text for by in ("rita", "eli")]
            assert shown == [True, False]
        engine.dispose()
