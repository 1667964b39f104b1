"""`case` and what is registered in one: whose turn, since when, why late, what next."""

import json
from typing import Any

import pytest

from iopflow.cli.casework import APPEALS, COURTS, MOVES
from iopflow.lifecycle import Court
from iopflow.models import AppealKind, MoveKind
from tests.cli.conftest import Ask, rows_of

YEAR = "--year 2027-28"


def told(school: Ask, pupil: str = "e4", *, by: str = "heidi", now: str | None = None) -> Any:
    """The latest case, as JSON."""
    words = f"case {pupil} {YEAR} --format json"
    answer = school(words, by=by) if now is None else school(words, by=by, now=now)
    assert answer.code == 0, answer.err
    return json.loads(answer.out)[0]


@pytest.fixture
def referred(school: Ask) -> Ask:
    """e4 in 3b has been referred to PPT."""
    for words in (
        f"need e4 {YEAR} --since 2026-10-01",
        f"case-event e4 {YEAR} --what asked_utredning --on 2026-10-03",
        f"consent e4 {YEAR} --kind utredning --answer given --on 2026-10-10",
        f"assessment e4 {YEAR} --referred 2026-10-20",
    ):
        assert school(words, by="heidi").code == 0
    return school


def test_the_words_of_the_command_are_those_of_the_tables() -> None:
    assert tuple(MoveKind) == MOVES
    assert tuple(Court) == COURTS
    assert tuple(AppealKind) == APPEALS


def test_a_case_tells_whose_turn_it_is_and_since_when(referred: Ask) -> None:
    case = told(referred)
    assert {key: case[key] for key in ("state", "turn", "since", "days", "due")} == {
        "state": "referred",
        "turn": "ppt",
        "since": "2026-10-20",
        "days": 38,
        "due": "2027-05-31",
    }
    assert case["next"] == "Se om henvisningen er fullstendig, eller send den tilbake"
    (late,) = [one for one in case["late"] if one["indicator"] == "P1"]
    assert late["days"] == {"skole": 12, "ppt": 38, "foresatte": 7, "kommune": 0}
    assert (late["late_days"], late["late_by_court"]) == (0, {})


def test_after_the_limit_it_tells_with_whom_the_days_are(referred: Ask) -> None:
    words = f"case-event e4 {YEAR} --what sent_back --on 2027-06-10 --note rapport"
    assert referred(words, by="heidi", now="2027-06-12T10:00").code == 0
    case = told(referred, now="2027-06-15T10:00")
    (late,) = [one for one in case["late"] if one["indicator"] == "P1"]
    assert late["late_days"] == 15
    assert late["late_by_court"] == {"skole": 5, "ppt": 10, "foresatte": 0, "kommune": 0}


def test_on_the_screen_it_is_read_in_lines(referred: Ask) -> None:
    out = referred(f"case e4 {YEAR}", by="heidi").out.splitlines()
    assert out[:4] == [
        "e4 · 2027-28 · Lia skole",
        "  Står:    henvist til PPT",
        "  Tur:     PPT siden 20.10.2026 (38 dager)",
        "  Nå:      Se om henvisningen er fullstendig, eller send den tilbake, frist 31.05.2027",
    ]


def test_timers_follow_from_the_facts_and_stop(referred: Ask) -> None:
    assert referred(f"assessment e4 {YEAR} --complete 2026-10-25", by="heidi").code == 0
    (ppt,) = [one for one in told(referred)["timers"] if one["step"] == "case.ppt_frist"]
    assert (ppt["due"], ppt["state"], ppt["basis"]) == ("2027-01-25", "running", "guidance")
    (late,) = [
        one
        for one in told(referred, now="2027-01-26T10:00")["timers"]
        if one["step"] == "case.ppt_frist"
    ]
    assert late["state"] == "late"
    done = f"assessment e4 {YEAR} --received 2027-02-01 --valid-to 2030-07-31"
    assert referred(done, by="heidi", now="2027-02-02T10:00").code == 0
    timers = {one["step"]: one for one in told(referred, now="2027-02-02T10:00")["timers"]}
    assert (timers["case.ppt_frist"]["state"], timers["case.ppt_frist"]["stopped_on"]) == (
        "stopped",
        "2027-02-01",
    )
    assert timers["case.forelopig_svar"]["due"] == "2027-03-01"
    assert timers["case.sv_utlop"]["due"] == "2029-10-31"


def test_a_pupil_one_does_not_see_has_no_case(school: Ask) -> None:
    answer = school("case e1", by="siri")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "Fant ikke eleven «e1»: sjekk id-en.\n"


def test_every_act_can_be_withdrawn_by_the_line_it_gives(referred: Ask) -> None:
    acts = (
        (f"case-event e4 {YEAR} --what sent_back --on 2026-11-01 --note rapport", "case_move"),
        (f"pause e4 {YEAR} --from 2026-11-02 --court foresatte --cause reise", "pause"),
        (f"support e4 {YEAR} --kind fysisk --sought 2026-11-03", "support"),
        (f"appeal e4 {YEAR} --registered 2026-11-04 --kind gjennomforing", "appeal"),
    )
    for words, table in acts:
        before = rows_of(referred.url, f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
        done = referred(words, by="heidi")
        assert (done.code, done.out.rpartition(": ")[2]) == (0, "registrert.\n"), done.err
        line = done.err.removeprefix("Angre: iopflow ").replace("…", "feil elev").strip()
        line = line.replace(" --by heidi", "")
        assert referred(line, by="heidi").code == 0
        assert rows_of(referred.url, f"SELECT count(*) FROM {table}") == before  # noqa: S608 - ours


def test_a_dry_run_changes_nothing(referred: Ask) -> None:
    words = f"case-event e4 {YEAR} --what closed --note ferdig --dry-run"
    assert referred(words, by="heidi").code == 0
    assert told(referred)["state"] == "referred"


def test_all_cases_one_leads_are_listed_by_whose_turn_it_is(referred: Ask) -> None:
    answer = referred("cases --waiting-for ppt --format json", by="heidi")
    (row,) = json.loads(answer.out)
    assert (row["pupil"], row["turn"], row["since"], row["days"]) == (
        "e4",
        "ppt",
        "2026-10-20",
        38,
    )
    assert referred("cases --waiting-for kommune", by="heidi").out.endswith("Ingen venter.\n")
    assert "1 venter på PPT" in referred("cases", by="heidi").out
