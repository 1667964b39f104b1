"""`indicators`: the entries of the contract, who sees them, and the pupils behind them."""

import json
from typing import Any

from tests.cli.conftest import Ask

P = ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P7_host", "P7_var", "P8", "P9", "P10"]
P += ["P10_host", "P10_var"]


def entries(ask: Ask, words: str, by: str) -> list[dict[str, Any]]:
    """The JSON of some figures."""
    answer = ask(f"indicators {words} --format json", by=by)
    assert answer.code in {0, 3}
    found: list[dict[str, Any]] = json.loads(answer.out)
    return found


def test_one_entry_for_each_indicator_and_school(still: Ask) -> None:
    found = entries(still, "--year 2026-27", "rita")
    assert {row["indicator"] for row in found} == set(P)
    assert {row["school"] for row in found} == {"lia"}
    assert {row["unit"] for row in found} == {None}


def test_a_figure_that_cannot_be_computed_needs_a_person(still: Ask) -> None:
    answer = still("indicators --year 2023-24", by="rita")
    assert answer.code == 3
    assert "2023-24" in answer.err


def test_by_takes_a_grouping_and_a_person(still: Ask) -> None:
    found = entries(still, "--year 2026-27 --by class", "rita")
    assert {row["unit"] for row in found} >= {"3a", "3b"}


def test_those_outside_the_school_see_no_small_numbers(still: Ask) -> None:
    own = {row["indicator"]: row for row in entries(still, "--school lia --year 2026-27", "rita")}
    far = {row["indicator"]: row for row in entries(still, "--school lia --year 2026-27", "eli")}
    assert own["P4"]["denominator"] == 3
    assert far["P4"] == own["P4"] | {
        name: None
        for name in own["P4"]
        if name in {"numerator", "denominator", "rate", "done_late", "open", "unknown"}
        or name in {"justified", "recorded_after"}
    } | {"excluded": {}, "problem": "under 5 elever: tallet vises ikke", "masked": True}
    assert far["P7_host"]["denominator"] == own["P7_host"]["denominator"] == 5


def test_explain_lists_the_pupils_whom_the_asker_sees(school: Ask) -> None:
    school(
        "complete --step iop.klar_skolestart --year 2026-27 --subject e1 --on 2026-08-17", by="kari"
    )
    answer = school("indicators --year 2026-27 --explain P4 --format json", by="rita")
    lines = json.loads(answer.out)
    assert [(line["pupil"], line["result"], line["on"]) for line in lines] == [
        ("e1", "numerator", "2026-08-17"),
        ("e2", "open", None),
        ("e3", "open", None),
    ]
    seen = school("indicators --year 2026-27 --explain P7_host --format json", by="heidi")
    assert "e5" not in {line["pupil"] for line in json.loads(seen.out)}


def test_the_table_says_ikke_aktuelt_and_never_none(still: Ask) -> None:
    table = still("indicators --year 2026-27", by="rita").out
    (p5,) = (line for line in table.splitlines() if line.startswith("P5"))
    assert "ikke aktuelt" in p5
    assert "None" not in table


def test_a_network_is_one_entry_of_all_its_schools(still: Ask) -> None:
    found = entries(still, "--year 2026-27 --network nett", "eli")
    assert {(row["school"], row["network"]) for row in found} == {(None, "nett")}
    assert [row["indicator"] for row in found] == list(dict.fromkeys(r["indicator"] for r in found))


def test_the_sum_of_a_network_hides_where_a_school_does(still: Ask) -> None:
    """Less the school that is shown, the sum would tell of the one that is not."""
    whole = {row["indicator"]: row for row in entries(still, "--network nett", "eli")}
    hidden = {row["indicator"] for row in entries(still, "", "eli") if row.get("masked")}
    assert hidden == {code for code, row in whole.items() if row.get("masked")} != set()
    assert {row["problem"] for row in whole.values() if row.get("masked")} == {
        "en skole har under 5 elever: summen vises ikke"
    }
