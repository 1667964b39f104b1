"""`forecast`: numbers, words and refusals, and what is masked."""

import json
import subprocess
import sys
from datetime import date
from typing import Any

import pytest

from iopflow import db
from tests.cli.conftest import Ask
from tests.databases import Databases
from tests.factories import lia
from tests.web.test_forecast import populate

NOW = "2027-05-03T10:00"
AT = "--year 2026-27"


@pytest.fixture(scope="module")
def _foreseen(server: Databases) -> Any:
    with server.fresh() as url:
        engine = db.create_engine(url)
        with db.session(engine) as session:
            populate(lia(session))
        engine.dispose()
        yield url


@pytest.fixture
def many(_foreseen: str, capsys: pytest.CaptureFixture[str]) -> Ask:
    return Ask(_foreseen, capsys)


def entry(many: Ask, words: str, by: str) -> dict[str, Any]:
    answer = many(f"forecast --indicator P3 {AT} --format json {words}", by=by, now=NOW)
    (found,) = json.loads(answer.out)
    assert isinstance(found, dict)
    return found


def test_the_json_has_what_is_sure_open_and_expected(many: Ask) -> None:
    found = entry(many, "--school lia", "rita")
    assert (found["numerator"], found["open"], found["lost"], found["denominator"]) == (
        1,
        11,
        0,
        12,
    )
    assert found["limit"] == "2027-06-18"
    assert found["days_left"] == (date(2027, 6, 18) - date(2027, 5, 3)).days
    assert found["worst"] < found["low"] <= found["expected"] <= found["high"] <= found["best"] == 1
    assert (found["followed"], found["own"], found["few"], found["share"]) == (24, 24, False, 0.8)


def test_the_table_says_too_little_history_instead_of_a_number(many: Ask) -> None:
    answer = many(f"forecast --school lia {AT}", by="rita", now=NOW)
    assert answer.code == 0
    (p8,) = (line for line in answer.out.splitlines() if line.startswith("P8 "))
    assert "for lite historikk" in p8


def test_small_numbers_are_not_for_those_outside_the_school(many: Ask) -> None:
    found = entry(many, "--school fjell", "eli")
    assert found["masked"]
    numbers = (
        "numerator",
        "open",
        "lost",
        "denominator",
        "worst",
        "best",
        "expected",
        "low",
        "own",
    )
    assert {found[name] for name in numbers} == {None}
    assert not found["few"]


@pytest.mark.parametrize(
    ("words", "by", "code"),
    [
        ("--school lia --as-of 04.05.2027", "rita", 1),
        ("--school lia --indicator P10", "rita", 2),
        ("--school lia", "kari", 1),
        ("--school fjell", "rita", 1),
    ],
)
def test_what_nobody_can_know_or_may_see_is_refused(
    many: Ask, words: str, by: str, code: int
) -> None:
    assert many(f"forecast {words}", by=by, now=NOW).code == code


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    asked = (
        "import sys, iopflow.forecast, iopflow.web.forecast, iopflow.cli.forecast;"
        "print('scipy' in sys.modules or 'numpy' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "False"
