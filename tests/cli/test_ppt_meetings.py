"""`ppt-meeting`: planned, held, shown to each side, and withdrawn."""

import json
import re

import pytest

from tests.cli.conftest import Ask, rows_of
from tests.web.ppt_kit import fill_ppt


@pytest.fixture
def ppt(school: Ask) -> Ask:
    """Lia skole with PPT."""
    fill_ppt(school.url)
    return school


def planned(ask: Ask, words: str = "") -> str:
    """The number of a new meeting of smatrinn on the day itself."""
    answer = ask(f"ppt-meeting plan smatrinn --on 2026-11-26 {words}", by="heidi")
    (number,) = re.findall(r"Møte (\d+), 26.11.2026", answer.out)
    return str(number)


def test_it_is_planned_held_by_both_and_shown(ppt: Ask) -> None:
    number = planned(ppt)
    shown = json.loads(ppt("ppt-meeting show --format json", by="rita").out)
    assert [(one["unit"], one["pupils"], one["held"]) for one in shown] == [("smatrinn", 3, False)]
    words = f"ppt-meeting held {number} --present heidi"
    assert "bare én part" in ppt(words, by="heidi").out
    answer = ppt(f"{words} --present petra --all-treated", by="petra")
    assert "begge parter" in answer.out
    # The adviser has treated those whom the adviser sees.
    agenda = json.loads(ppt(f"ppt-meeting show {number} --format json", by="heidi").out)
    assert {one["pupil"]: one["treated"] for one in agenda} == {
        "e1": True,
        "e2": True,
        "e3": False,
    }
    assert "1 holdt, 1 med begge parter til stede." in ppt("ppt-meeting show", by="liv").out
    said = ppt(f"ppt-meeting show {number}", by="petra").out
    assert "1 sak til, som du ikke ser. Til stede: petra, heidi." in said
    assert ppt("tasks --step iop.ppt_samarbeidsmoter --status done --year 2027-28", by="heidi").out


def test_one_pupil_only_and_nothing_kept_of_a_trial(ppt: Ask) -> None:
    trial = ppt("ppt-meeting plan smatrinn --on 2026-11-26 --pupil e1 --dry-run", by="heidi")
    assert (trial.code, "1 sak." in trial.out) == (0, True)
    assert rows_of(ppt.url, "SELECT count(*) FROM ppt_meeting") == [(0,)]
    number = planned(ppt, "--pupil e1")
    assert len(json.loads(ppt(f"ppt-meeting show {number} --format json", by="heidi").out)) == 1


def test_what_is_refused(ppt: Ask) -> None:
    number = planned(ppt)
    for words, by in (
        ("plan smatrinn --on 2026-11-26", "heidi"),
        ("plan smatrinn --on 2026-12-26 --pupil e4", "heidi"),
        ("plan smatrinn --on 2026-12-26", "kari"),
        (f"held {number} --present siri", "heidi"),
        (f"held {number} --present heidi --treated e4", "heidi"),
        (f"show {number}", "siri"),
        (f"withdraw {number}", "heidi"),
    ):
        answer = ppt(f"ppt-meeting {words}", by=by)
        assert answer.code == 1, words
    assert ppt(f'ppt-meeting withdraw {number} --reason "feil"', by="heidi").code == 0
    assert json.loads(ppt("ppt-meeting show --format json", by="heidi").out) == []


def test_what_was_held_for_others_too_is_not_an_advisers_to_take_away(ppt: Ask) -> None:
    number = planned(ppt)
    ppt(f"ppt-meeting held {number} --present heidi --present petra", by="heidi")
    words = f'ppt-meeting withdraw {number} --reason "feil"'
    refused = ppt(words, by="petra")
    assert (refused.code, "elever du ikke ser" in refused.err) == (1, True)
    assert ppt(words, by="heidi").code == 0
