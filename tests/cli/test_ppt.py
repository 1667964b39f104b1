"""`ppt-queue` and `ppt …`: the queue as a list, and what PPT does by command."""

import json
import re
from typing import Any

import pytest

from tests.cli.conftest import Ask, rows_of
from tests.web.ppt_kit import fill_ppt


@pytest.fixture
def ppt(school: Ask) -> Ask:
    """Lia skole with PPT."""
    fill_ppt(school.url)
    return school


def queue(ask: Ask, words: str = "", *, by: str = "liv") -> list[dict[str, Any]]:
    """The queue as JSON."""
    found: list[dict[str, Any]] = json.loads(ask(f"ppt-queue {words} --format json", by=by).out)
    return found


def test_the_queue_is_a_list_with_its_sums_below(ppt: Ask) -> None:
    (first, *others) = queue(ppt)
    assert [first["pupil"], *(one["pupil"] for one in others)] == ["e1", "e2", "e3"]
    assert first == {
        "pupil": "e1",
        "reference": None,
        "year": "2027-28",
        "school": "lia",
        "grade": 4,
        "needed_since": "2026-10-01",
        "referred_on": "2026-11-02",
        "complete_on": None,
        "received_on": None,
        "report": "missing",
        "report_on": None,
        "consent": True,
        "state": "referred",
        "title": "henvist til PPT",
        "turn": "ppt",
        "days": 25,
        "lacking": ["report:skole"],
        "note": None,
        "due": "2027-05-31",
        "guide": None,
        "advisers": ["petra"],
    }
    said = ppt("ppt-queue --waiting-for ppt --adviser ingen", by="liv").out
    assert "e3" in said
    assert "e1" not in said
    assert "3 saker ikke levert, 3 mangler dokumentasjon, 0 over frist." in said
    assert "Fordeling: petra 2, ikke fordelt 1." in said
    assert queue(ppt, "--school fjell") == []


def test_others_have_no_queue(ppt: Ask) -> None:
    for person in ("rita", "kari"):
        answer = ppt("ppt-queue", by=person)
        assert (answer.code, "se PPT-køen" in answer.err) == (1, True)
    assert ppt("ppt deliver e1", by="rita").code == 1


def test_several_are_delivered_and_taken_back(ppt: Ask) -> None:
    dry = ppt("ppt deliver e1 e2 --on 2026-11-20 --valid-to 2030-07-31 --dry-run", by="petra")
    assert (dry.code, dry.out) == (0, "2 saker ført.\n")
    assert len(queue(ppt)) == 3
    answer = ppt("ppt deliver e1 e2 --on 2026-11-20 --valid-to 2030-07-31", by="petra")
    assert [one["pupil"] for one in queue(ppt)] == ["e3"]
    (line,) = re.findall(r"iopflow (ppt undo \S+)", answer.err)
    assert ppt(line, by="liv").code == 1
    assert ppt(line, by="petra").out == "2 registreringer angret.\n"
    assert len(queue(ppt)) == 3
    assert ppt("ppt undo siste", by="petra").code == 2


def test_sent_back_and_complete(ppt: Ask) -> None:
    assert ppt('ppt send-back e1 --note "Rapport"', by="petra").code == 0
    found = {one["pupil"]: one for one in queue(ppt)}
    assert (found["e1"]["turn"], found["e1"]["note"]) == ("skole", "Rapport")
    assert found["e1"]["lacking"] == ["report:skole", "noted:skole"]
    assert ppt("ppt complete e1", by="petra").code == 0
    found = {one["pupil"]: one for one in queue(ppt)}
    assert (found["e1"]["lacking"], found["e1"]["guide"]) == ([], "2027-02-26")
    assert ppt("ppt complete e1", by="petra").out == "1 sak sto slik fra før.\n"


def test_what_the_law_refuses_is_said_in_its_words(ppt: Ask) -> None:
    answer = ppt('ppt send-back e1 e2 --note " "', by="petra")
    assert answer.code == 1
    assert "skriv hva som mangler" in answer.err
    assert "Ingenting er endret: 2 saker var med." in answer.err
    assert rows_of(ppt.url, "SELECT count(*) FROM case_move") == [(0,)]


def test_number_and_assign(ppt: Ask) -> None:
    assert ppt("ppt number e1 2027/9", by="petra").code == 0
    assert queue(ppt)[0]["reference"] == "2027/9"
    assert ppt("ppt number e1 01011412345", by="petra").code == 1
    assert ppt(f"ppt number e1 {'9' * 41}", by="petra").code == 1
    assert ppt("ppt assign e3 --to anne", by="petra").code == 1
    assert ppt("ppt assign e3 --to anne --start 2026-09-01", by="liv").code == 1
    assert ppt("ppt assign e3 e1 --to anne --instead", by="liv").code == 0
    found = {one["pupil"]: one["advisers"] for one in queue(ppt)}
    assert found == {"e1": ["anne"], "e2": ["petra"], "e3": ["anne"]}
    assert ppt("ppt assign e3 --to anne", by="liv").out == "1 sak sto slik fra før.\n"


def test_a_case_given_to_another_the_same_day_is_given_back_by_the_line_that_is_written(
    ppt: Ask,
) -> None:
    assert ppt("ppt assign e3 --to anne", by="liv").code == 0
    answer = ppt("ppt assign e3 --to petra --instead", by="liv")
    (line,) = re.findall(r"iopflow (ppt undo \S+)", answer.err)
    assert {one["pupil"]: one["advisers"] for one in queue(ppt)}["e3"] == ["petra"]
    assert ppt(line, by="liv").code == 0
    assert {one["pupil"]: one["advisers"] for one in queue(ppt)}["e3"] == ["anne"]


def test_a_pupil_without_an_open_case_or_with_two_is_told_so(ppt: Ask) -> None:
    assert ppt("ppt complete e4", by="anne").code == 1
    assert ppt("ppt complete e5", by="liv").code == 1  # protected
    answer = ppt("ppt complete e1 --year 2026-27", by="petra")
    assert "ingen sak som står åpen" in answer.err


def test_a_substitute_of_an_adviser_is_set_by_the_head_of_ppt(ppt: Ask) -> None:
    words = "substitute --from petra --to anne --start 2026-11-26 --end 2026-12-18 --apply"
    assert ppt(words, by="rita").code == 1
    assert ppt(words, by="liv").code == 0
    assert [one["pupil"] for one in queue(ppt, by="anne")] == ["e1", "e2", "e5"]
    stop = "substitute --from petra --to anne --stop --apply"
    assert ppt(stop, by="liv").code == 0
    assert queue(ppt, by="anne") == []


def test_the_head_of_ppt_is_stood_in_for(ppt: Ask) -> None:
    words = "substitute --from liv --to anne --start 2026-11-26 --end 2026-12-18 --apply"
    assert ppt(words, by="liv").code == 0
    assert [one["pupil"] for one in queue(ppt, by="anne")] == ["e1", "e2", "e3"]
    assert ppt("ppt assign e3 --to petra", by="anne").code == 0
