"""The demo's cases keep the rules of a case, save those made on purpose, and stand everywhere."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from iopflow.demo import write_tables
from iopflow.demo.story import IRREGULAR
from iopflow.lifecycle import Court, State, turned_15
from iopflow.lifecycle.states import STATES
from tests.demo.courses import Ran, ran
from tests.demo.rules import Tables, read

NOVEMBER, TODAY, MAY = date(2026, 11, 20), date(2026, 11, 27), date(2027, 5, 20)
DAYS = (NOVEMBER, TODAY, MAY)
BEFORE_CONSENT, WITHOUT_CONSENT = ("m-347", 2025), ("m-050", 2025)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Mapping[date, Tables]:
    """What the demo knows on each day."""
    found = {}
    for now in DAYS:
        folder: Path = tmp_path_factory.mktemp("cases")
        write_tables(folder, now=now)
        found[now] = read(folder)
    return found


@pytest.fixture(scope="module")
def cases(tables: Mapping[date, Tables]) -> Mapping[date, list[Ran]]:
    """Every case as it stands on each day."""
    return {now: ran(known, now) for now, known in tables.items()}


@pytest.mark.parametrize("now", DAYS, ids=str)
def test_all_cases_but_two_keep_the_rules(cases: Mapping[date, list[Ran]], now: date) -> None:
    found = {
        (one.pupil, one.course.year): tuple(
            (irregular.event.kind.value, irregular.rule.key) for irregular in one.course.irregular
        )
        for one in cases[now]
        if one.course.irregular
    }
    assert found == {
        BEFORE_CONSENT: (("granted", "samtykke"),),
        WITHOUT_CONSENT: (("referred", "samtykke"), ("received", "samtykke")),
    }
    kinds = {tuple(kind for kind, _rule in broken) for broken in found.values()}
    assert kinds == set(IRREGULAR)


def test_another_seed_and_year_break_the_same_rules(tmp_path: Path) -> None:
    now = date(2028, 2, 29)
    write_tables(tmp_path, now=now, seed=2)
    found = [one.course.irregular for one in ran(read(tmp_path), now) if one.course.irregular]
    assert sorted(tuple(one.event.kind.value for one in broken) for broken in found) == sorted(
        IRREGULAR
    )


@pytest.mark.parametrize("now", DAYS, ids=str)
def test_cases_wait_for_everybody(cases: Mapping[date, list[Ran]], now: date) -> None:
    waits = {one.course.turn for one in cases[now]}
    assert waits == {*Court, None}
    stand = {one.course.state for one in cases[now]}
    wanted = {
        State.INCOMPLETE,
        State.SV_WORK,
        State.LAPSED,
        State.RENEWAL_DUE,
        State.CLOSED,
        State.NO_CONSENT,
        State.NOT_NEEDED,
        State.MEASURES,
    }
    assert wanted - stand == set()


@pytest.mark.parametrize("now", DAYS, ids=str)
def test_no_case_of_a_year_gone_by_waits_for_ppt_or_a_consent(
    cases: Mapping[date, list[Ran]], now: date
) -> None:
    """What never came to an end was closed, so that queues hold what is to be done."""
    seeking = {state for state in State if STATES[state].turn in (Court.PPT, Court.FORESATTE)}
    left = [one for one in cases[now] if one.course.year < 2026 and one.course.state in seeking]
    assert [(one.pupil, one.course.year, one.course.state) for one in left] == []


def test_pupils_of_fifteen_answer_for_themselves(tables: Mapping[date, Tables]) -> None:
    born = {row["pupil"]: row["birth_month"] for row in tables[MAY]["pupils"]}
    answers = Counter(
        (turned_15(born[row["pupil"]], date.fromisoformat(row["on"])) is True, row["answered_by"])
        for row in tables[MAY]["consents"]
    )
    assert set(answers) - {(True, "")} == {(False, "foresatte"), (False, ""), (True, "elev")}
    assert answers[False, "foresatte"] > 3 * answers[False, ""]


def test_every_kind_of_move_appeal_and_support_is_there(tables: Mapping[date, Tables]) -> None:
    found = tables[MAY]
    assert {row["what"] for row in found["moves"]} == {
        "measures",
        "no_need",
        "asked_utredning",
        "sent_back",
        "supplied",
        "asked_vedtak",
        "interim_reply",
        "closed",
    }
    assert {(row["kind"], bool(row["closed_on"])) for row in found["appeals"]} == {
        ("vedtak", True),
        ("gjennomforing", False),
    }
    supports = {(row["kind"], row["outcome"]) for row in found["supports"]}
    assert {("assistanse", "granted"), ("fysisk", "granted"), ("assistanse", "")} <= supports
    assert all(row["cause"] and row["evidence"] for row in found["pauses"])
    assert {row["court"] for row in found["pauses"]} == {"foresatte", "kommune"}


def test_some_pupils_live_in_the_neighbour_municipality(tables: Mapping[date, Tables]) -> None:
    homes = Counter(row["home_municipality"] for row in tables[TODAY]["pupils"])
    assert set(homes) == {"Marefjord", "Kråkvær"}
    assert 10 <= homes["Kråkvær"] <= 40
