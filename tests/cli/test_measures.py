"""`measure` and `deviation`: listed, decided, done, raised and closed, as on the pages."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Ask, rows_of

ADD = "measure add P1 --school lia --text 'Melde behov' --person heidi --due 18.12.2026"
RAISE = (
    "deviation raise P4 --school lia --pupils 3 --cause kapasitet_ppt --description Sent "
    "--correction Møte"
)

NOT_ALLOWED = "Rollene dine gir ikke lov til å"


def listed(school: Ask, words: str, by: str = "rita") -> list[dict[str, Any]]:
    answer = school(f"{words} --format json", by=by)
    assert answer.code == 0, answer.err
    found: list[dict[str, Any]] = json.loads(answer.out)
    return found


def test_a_measure_from_the_decision_to_what_came_of_it(school: Ask) -> None:
    assert "vedtatt" in school(ADD, by="rita").out
    (one,) = listed(school, "measure list --school lia --open")
    assert (one["indicator"], one["year"], one["person"], one["due"], one["status"]) == (
        *("P1", "2026-27", "heidi", "2026-12-18", "open"),
    )
    done = f"measure done {one['measure']} --outcome Bra"
    assert school(done, by="kari").code == 1
    assert len(listed(school, "measure list --mine", "heidi")) == 1
    assert school(f"{done} --dry-run", by="heidi").code == 0
    assert school(done, by="heidi").code == 0
    assert "fra før" in school(done, by="heidi").out
    assert listed(school, "measure list --open") == []
    table = school("measure list", by="eli")
    assert "Melde behov" in table.out
    assert "1 tiltak, 0 over fristen." in table.out
    acts = rows_of(school.url, "SELECT act FROM event WHERE table_name = 'measure' ORDER BY id")
    assert acts == [("measure",), ("measure_done",)]


def test_a_deviation_from_the_report_to_the_evidence(school: Ask) -> None:
    assert school(RAISE, by="rita").code == 0
    (one,) = listed(school, "deviation list")
    assert (one["about"], one["pupils"], one["person"], one["due"]) == (
        *("P4", 3, "rita", "2026-12-10"),
    )
    assert listed(school, "deviation list", "eli")[0]["pupils"] is None
    assert "•" in school("deviation list", by="eli").out
    close = f"deviation close {one['deviation']}"
    assert school(f"{close} --evidence 2026/7", by="kari").code == 1
    assert school(f"{close} --evidence '2026/7, 2026/9'", by="rita").code == 0
    assert listed(school, "deviation list --mine") == []
    (one,) = listed(school, "deviation list")
    assert (one["status"], one["evidence"]) == ("closed", "2026/7, 2026/9")
    assert (
        school(RAISE.replace("P4", "iop.elevsamtale_host") + " --person kari", by="rita").code == 0
    )
    assert listed(school, "deviation list --mine", "kari")[0]["about"] == "iop.elevsamtale_host"


def test_a_hand_over_shows_the_measures_that_go_along(school: Ask) -> None:
    school(ADD.replace("heidi", "kari"), by="rita")
    hand = "hand-over --from kari --to siri"
    assert "Overtas: Tiltak om P1, innen 18.12.2026" in school(hand, by="rita").out
    assert listed(school, "measure list")[0]["person"] == "kari"
    assert school(f"{hand} --apply", by="rita").code == 0
    assert listed(school, "measure list")[0]["person"] == "siri"


@pytest.mark.parametrize(
    ("words", "by", "said"),
    [
        (ADD, "heidi", f"{NOT_ALLOWED} kommentere tall, vedta tiltak og melde avvik: det kan"),
        (ADD.replace("heidi", "siri"), "rita", "har ingen rolle ved lia"),
        (ADD.replace("18.12.2026", "01.01.2026"), "rita", "passert"),
        (ADD.replace("Melde behov", "Følg opp Elev e1"), "rita", "navnet på en elev"),
        (f"{ADD} --follows 99", "rita", "Fant ikke nummeret"),
        (RAISE.replace("P4", "iop.x"), "rita", "Fant verken"),
        (RAISE, "kari", f"{NOT_ALLOWED} kommentere tall, vedta tiltak og melde avvik: det kan"),
        ("measure done 99 --outcome Bra", "rita", "Fant ikke nummeret"),
        ("measure list", "kari", f"{NOT_ALLOWED} se kommentarer og tiltak: det kan"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(school: Ask, words: str, by: str, said: str) -> None:
    answer = school(words, by=by)
    assert (answer.code, said in answer.err) == (1, True), answer.err
    assert rows_of(school.url, "SELECT id FROM measure") == []
    assert rows_of(school.url, "SELECT id FROM deviation") == []
