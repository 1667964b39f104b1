"""Files become a network: what is refused, which of two stands, and what median and spread say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.exchange import hidden, merged, read, sealed, written
from iopflow.exchange.files import FORMAT
from iopflow.exchange.spread import Between, share
from iopflow.refusals import Refused
from tests.exchange.kit import Entry, entry


def a_school(name: str, *frozen: Entry, **more: Any) -> dict[str, Any]:
    place = {"owner": "eier", "school": name.lower(), "name": name, "municipality": "Eikedal"}
    return {**place, "network": "nett", "figures": hidden(frozen), **more}


def content(*schools: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format": FORMAT, "format_version": 1, "schools": list(schools), **more}


def p3(numerator: int, rest: int, **more: Any) -> Entry:
    return entry("P3", "skoleslutt", numerator, 0, rest, **more)


def put(path: Path, what: dict[str, Any] | str) -> Path:
    path.write_text(what if isinstance(what, str) else written(what), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as caught:
        read(path)
    return str(caught.value)


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    whole = sealed(content(a_school("Lia", p3(17, 1), p3(20, 0) | {"counted": "0103"})))
    assert read(put(tmp_path / "lia.json", whole)) == whole


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["schools"][0]["figures"][0].update(denominator=19),
        lambda one: one["schools"][0].update(name="Lie"),
        lambda one: one.update(sha256="0" * 64),
        lambda one: one.pop("sha256"),
        lambda one: one["schools"].append(one["schools"][0]),
    ],
)
def test_a_file_that_is_changed_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    whole = sealed(content(a_school("Lia", p3(17, 1))))
    change(whole)
    assert "sjekksummen stemmer ikke: be om filen på nytt." in refusal(put(tmp_path / "a", whole))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "er ikke JSON som iopflow har laget"),
        ("[]", "er ikke en tallfil fra iopflow"),
        ("{}", "er ikke en tallfil fra iopflow"),
        ('{"format": "iopflow-exchange", "format": "x"}', "er ikke JSON som iopflow har laget"),
        (
            '{"format": "iopflow-exchange", "format_version": "\\ud800"}',
            "er ikke JSON som iopflow har laget",
        ),
        ('{"format": NaN}', "er ikke JSON som iopflow har laget"),
        ("[" * 100_000, "er ikke JSON som iopflow har laget"),
        ('{"format": "iopflow-exchange", "format_version": 2}', "har formatversjon 2"),
    ],
)
def test_what_is_no_such_file_is_refused_in_a_sentence(tmp_path: Path, text: str, why: str) -> None:
    assert why in refusal(put(tmp_path / "a.json", text))
    assert "Får ikke lest" in refusal(tmp_path / "borte.json")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"numerator": 3, "numerator_least": 3, "numerator_most": 3, "open": 15}, "under 5"),
        ({"denominator": 18.5}, "ikke slik iopflow"),
        ({"denominator": True}, "ikke slik iopflow"),
        ({"open": 7}, "ikke slik iopflow"),
        ({"indicator": "P99"}, "ikke slik iopflow"),
        ({"year": "i fjor"}, "ikke slik iopflow"),
        ({"year": "2025-2026"}, "ikke slik iopflow"),
        ({"pupil": "e1"}, "ikke slik iopflow"),
        ({"excluded": {"kort_tid": 1}}, "under 5"),
        (
            {"shows": "range", "numerator": None, "open": None, "done_late": None, "unknown": None}
            | {"justified": None, "numerator_least": 16, "numerator_most": 17},
            "under 5",
        ),
    ],
)
def test_a_file_that_is_whole_but_wrong_is_refused(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    school = a_school("Lia", p3(12, 6))
    assert read(put(tmp_path / "fine.json", sealed(content(school))))
    school["figures"][0] |= change
    assert why in refusal(put(tmp_path / "wrong.json", sealed(content(school))))


def test_a_file_with_two_figures_for_one_is_refused(tmp_path: Path) -> None:
    school = a_school("Lia", p3(12, 6), p3(18, 0))
    assert "lia har to tall for P3" in refusal(put(tmp_path / "a.json", sealed(content(school))))


def test_different_definitions_are_refused_and_can_be_kept_apart() -> None:
    schools = [
        a_school("Lia", p3(12, 6)),
        a_school("Fjell", p3(20, 6), p3(9, 9) | {"year": "2024-25"}),
        a_school("Aas", p3(10, 6) | {"definition": "P3@2"}),
    ]
    with pytest.raises(Refused) as caught:
        merged(schools)
    assert str(caught.value) == (
        "P3 for 2025-26 er telt etter ulike definisjoner og kan ikke sammenlignes: "
        "versjon 1 (Fjell, Lia) og versjon 2 (Aas). Be skolene om å bruke samme versjon av "
        "iopflow og fryse på nytt, eller skriv --split for å holde dem hver for seg."
    )
    groups = merged(schools, split=True)
    assert [(one.year, one.definition, len(one.figures)) for one in groups] == [
        ("2024-25", "P3@1", 1),
        ("2025-26", "P3@1", 2),
        ("2025-26", "P3@2", 1),
    ]


def test_of_a_school_that_is_there_twice_the_newest_revision_stands() -> None:
    old = a_school("Lia", p3(12, 6), entry("P9", "0103", 11, 0, 5))
    new = a_school("Lia", p3(13, 5, revision=2, frozen_at="2026-08-01T09:00:00+00:00"))
    for order in ([old, new], [new, old]):
        said: list[str] = []
        groups = merged(order, said=said)
        assert said == [
            "Lia (2025-26, skoleslutt) er med to ganger: revisjon 2 gjelder, ikke revisjon 1."
        ]
        assert [(one.indicator, one.numerators) for one in groups] == [
            ("P3", (13, 13)),
            ("P9", (11, 11)),
        ]
    said = []
    assert len(merged([old, old], said=said)) == 2
    assert said == []  # the same file twice is no news


def test_two_files_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(Refused, match=r"Lia .* har revisjon 1 i to filer som ikke er like"):
        merged([a_school("Lia", p3(12, 6)), a_school("Lia", p3(13, 5))])


def test_a_newer_file_that_hides_more_of_the_same_revision_stands() -> None:
    march = a_school("Lia", entry("P7_host", "0103", 12, 0, 6))
    june = a_school(
        "Lia",
        entry("P7_host", "0103", 12, 0, 6),
        entry("P7", "skoleslutt", 28, 0, 8, frozen_at="2026-06-21T09:00:00+00:00"),
        entry("P7_var", "skoleslutt", 16, 0, 2, frozen_at="2026-06-21T09:00:00+00:00"),
    )
    for order in ([march, june], [june, march]):
        (host,) = (one for one in merged(order) if one.indicator == "P7_host")
        assert host.numerators == (None, None)


def test_median_and_spread_are_between_what_the_schools_show() -> None:
    (group,) = merged(
        [
            a_school("A", p3(10, 10)),
            a_school("B", p3(18, 0)),
            a_school("C", p3(17, 1)),  # 14 to 17 of 18
            a_school("D", p3(0, 0)),
            a_school("E", p3(1, 1)),
            a_school("F", p3(12, 8)),
        ]
    )
    assert (len(group.figures), group.without_cases, group.not_shown) == (6, 1, 1)
    assert group.shares == [
        Between(0.5, 0.5),
        Between(0.6, 0.6),
        Between(14 / 18, 17 / 18),
        Between(1, 1),
    ]
    assert group.median == Between((0.6 + 14 / 18) / 2, (0.6 + 17 / 18) / 2)
    assert (group.least, group.most) == (Between(0.5, 0.5), Between(1, 1))
    assert (group.denominator, group.numerators) == (None, (None, None))  # E hides how many
    assert [school["name"] for school, _figure in group.figures] == list("ABCDEF")


def test_one_school_makes_no_median() -> None:
    (group,) = merged([a_school("A", p3(10, 10))])
    assert (group.median, group.lower, group.least) == (None, None, None)


tables = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), min_size=2, max_size=12)


@given(tables)
def test_the_true_median_and_spread_lie_within(numbers: list[tuple[int, int]]) -> None:
    schools = [a_school(f"S{place}", p3(*one)) for place, one in enumerate(numbers)]
    (group,) = merged(schools)
    shown = [
        one[0] / sum(one)
        for one, school in zip(numbers, schools, strict=True)
        if share(school["figures"][0]) is not None
    ]
    if len(shown) < 2:
        assert group.median is None
        return
    assert group.median is not None
    assert group.least is not None
    assert group.most is not None
    middle = sorted(shown)[(len(shown) - 1) // 2], sorted(shown)[len(shown) // 2]
    assert group.median.least <= sum(middle) / 2 <= group.median.most
    assert group.least.least <= min(shown) <= group.least.most
    assert group.most.least <= max(shown) <= group.most.most


def test_the_checksum_is_of_the_content_however_it_is_laid_out(tmp_path: Path) -> None:
    whole = sealed(content(a_school("Lia", p3(17, 1))))
    turned = json.dumps(dict(reversed(whole.items())))
    assert read(put(tmp_path / "a.json", turned)) == whole
