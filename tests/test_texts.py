"""Days, numbers and lists are written as Norwegians write them, in the language in use."""

import subprocess
import sys
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.texts import (
    Text,
    language_in_use,
    long_date,
    number,
    percent,
    short_date,
    sort_key,
    speaking,
    use_language,
)

DAY = date(2026, 1, 15)


@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("nb", "torsdag 15. januar 2026", "15.01.2026"),
        ("nn", "torsdag 15. januar 2026", "15.01.2026"),
        ("en", "Thursday 15 January 2026", "2026-01-15"),
    ],
)
def test_a_day_is_written_in_words_and_figures(language: str, long: str, short: str) -> None:
    with speaking(language):
        assert (long_date(DAY), short_date(DAY)) == (long, short)


def test_nynorsk_has_its_own_days() -> None:
    week = [long_date(date(2026, 1, 12 + place), "nn").split()[0] for place in range(7)]

    assert week == ["måndag", "tysdag", "onsdag", "torsdag", "fredag", "laurdag", "søndag"]


@pytest.mark.parametrize(
    ("value", "decimals", "norwegian", "english"),
    [
        (12345.65, 1, "12\N{NO-BREAK SPACE}345,7", "12,345.7"),
        (-3, 0, "\N{MINUS SIGN}3", "-3"),
        (6.25, 1, "6,3", "6.3"),
        (0, 0, "0", "0"),
    ],
)
def test_a_number_has_a_comma_and_hard_spaces(
    value: float, decimals: int, norwegian: str, english: str
) -> None:
    assert number(value, decimals) == norwegian
    assert number(value, decimals, "en") == english


def test_per_cent_stands_apart_in_norwegian() -> None:
    assert percent(0.874) == "87,4\N{NO-BREAK SPACE}%"
    assert percent(0.874, language="en") == "87.4%"
    assert percent(1, 0) == "100\N{NO-BREAK SPACE}%"


def test_lists_end_with_the_last_letters_of_the_alphabet() -> None:
    names = [
        "Zoe",
        "Åse",
        "Aase",
        "Ærlig",
        "Østen",
        "Ärna",
        "Müller",
        "Mylder",
        "Éva",
        "eva",
        "Anne",
    ]

    assert sorted(names, key=lambda name: (sort_key(name), name)) == [
        "Anne",
        "eva",
        "Éva",
        "Mylder",
        "Müller",
        "Zoe",
        "Ærlig",
        "Ärna",
        "Østen",
        "Aase",
        "Åse",
    ]


@given(st.text("abcæøåÆØÅaéüz", max_size=8))
def test_the_sort_key_ignores_case_and_how_accents_are_stored(name: str) -> None:
    assert sort_key(name) == sort_key(name.upper())
    assert sort_key(name) == sort_key(unicodedata.normalize("NFD", name))


def test_a_title_follows_the_language_in_use() -> None:
    title = Text("skole", "skule", "school")

    assert title.get() == "skole"
    with speaking("nn"):
        assert (title.get(), title.get("en")) == ("skule", "school")
    assert language_in_use() == "nb"


def test_the_language_is_put_back_when_the_block_fails() -> None:
    with pytest.raises(LookupError), speaking("en"):
        raise LookupError
    assert language_in_use() == "nb"


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="'no' is none of nb, nn, en"):
        use_language("no")


def test_words_cost_no_babel() -> None:
    code = "import sys, iopflow.texts; print({'babel', 'gettext'} & set(sys.modules))"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "set()\n"
