"""The list of definitions: complete, made of steps that exist, and with a version that holds."""

from dataclasses import replace

import pytest

from iopflow.indicator_words import COUNTED, purpose
from iopflow.indicators import ANCHORS, BY_CODE, CAUSES, INDICATORS, JUSTIFYING, Indicator, when
from iopflow.schoolyear import Year
from iopflow.texts import Text
from iopflow.wheel import load


def test_the_list_is_p1_to_p10_with_the_halves_beside_their_sum() -> None:
    assert " ".join(indicator.code for indicator in INDICATORS) == (
        "P1 P2 P3 P4 P5 P6 P7 P7_host P7_var P8 P9 P10 P10_host P10_var"
    )


@pytest.mark.parametrize("indicator", INDICATORS, ids=list(BY_CODE))
def test_every_step_stands_in_the_shipped_wheel_and_serves_the_same_year(
    indicator: Indicator,
) -> None:
    wheel = load("spesialskole")
    for step in indicator.steps:
        # A task of spring serves the year after; so does the figure that counts it.
        assert wheel[step].serves == indicator.serves


@pytest.mark.parametrize("indicator", INDICATORS, ids=list(BY_CODE))
def test_every_figure_has_a_title_in_three_languages(indicator: Indicator) -> None:
    title = indicator.title
    assert all((title.nb, title.nn, title.en, indicator.about))
    for said in (purpose(indicator.code), COUNTED[indicator.code]):
        assert len({said.nb, said.nn, said.en}) == 3


def test_a_sum_adds_entries_that_stand_in_the_list_and_has_no_words_of_its_own() -> None:
    sums = {
        indicator.code: indicator.parts for indicator in INDICATORS if not indicator.outcome.word
    }
    assert sums == {"P7": ("P7_host", "P7_var"), "P10": ("P10_host", "P10_var")}
    assert [one.code for one in BY_CODE["P7"].summed()] == ["P7_host", "P7_var"]


def test_needs_are_the_days_of_the_skolerute_that_the_definition_names() -> None:
    assert {indicator.code: indicator.needs for indicator in INDICATORS} == {
        "P1": ("next.first",),
        "P2": ("first", "last", "next.first"),
        "P3": ("first", "last"),
        "P4": ("first", "previous.last"),
        "P5": ("first", "previous.last"),
        "P6": ("first", "previous.last"),
        "P7": ("first", "last", "autumn_end"),
        "P7_host": ("first", "autumn_end"),
        "P7_var": ("last", "autumn_end"),
        "P8": ("last", "next.first"),
        "P9": (),
        "P10": (),
        "P10_host": (),
        "P10_var": (),
    }
    assert all(set(indicator.needs) <= set(ANCHORS) for indicator in INDICATORS)


def test_the_version_changes_with_what_decides_the_number_and_not_with_the_words() -> None:
    p3 = BY_CODE["P3"]
    code, at, digest = p3.definition.partition("@")
    assert (code, at, len(digest)) == ("P3", "@", 10)
    assert replace(p3, title=Text("a", "b", "c"), about="d").definition == p3.definition
    other = replace(p3, outcome=when("done", "first"))
    assert other.definition != p3.definition
    assert len({indicator.definition for indicator in INDICATORS}) == len(INDICATORS)


def test_the_version_of_a_sum_covers_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = BY_CODE["P7"].definition
    changed = replace(BY_CODE["P7_var"], exclusions=())
    monkeypatch.setitem(BY_CODE, "P7_var", changed)
    assert replace(BY_CODE["P7"]).definition != before


def test_the_causes_that_may_justify_are_those_outside_the_schools_reach() -> None:
    assert len(CAUSES) == 11
    assert JUSTIFYING == (
        "foresatte_ikke_naadd",
        "foresatte_takket_nei",
        "elev_fravaer",
        "innflyttet_etter_frist",
        "samtykke_mangler",
    )


def test_each_figure_says_on_which_day_it_asks_for_a_vedtak_and_when_it_is_settled() -> None:
    asked = {one.code: one.vedtak_day for one in INDICATORS if one.vedtak_day is not None}
    assert asked == {"P4": "first", "P5": "first", "P6": "10-01"}
    assert [one.code for one in INDICATORS if one.settles != one.counted] == [
        "P10",
        "P10_host",
        "P10_var",
    ]


def test_the_year_that_the_steps_serve() -> None:
    year = Year(2026)
    assert (BY_CODE["P3"].serving(year), BY_CODE["P8"].serving(year)) == (year, year.next)
