"""The seed's other indicators: all there, in three languages, and as the contract has them."""

import re
from datetime import date

import pytest

from iopflow.importing.tables import BY_FILE
from iopflow.importing.values import BadCell
from iopflow.indicators import BY_CODE as COMPUTED
from iopflow.registered import (
    ALIASES,
    BY_CODE,
    IMPORTED,
    REGISTERED,
    UNCLEAR,
    Kind,
    Standing,
    slot_of,
)
from iopflow.tellinger import COUNTINGS
from iopflow.texts import Text
from tests.factories import RULES

# As the seed's tables list them: the detailed tables where the two disagree.
SEED = {
    Kind.STRUKTUR: ["S1", "S2", "S3", "S4", "S5", "S6", "S7a", "S8"],
    Kind.PROSESS: ["P11"],
    Kind.TJENESTE: ["T1", "T2"],
    Kind.RESULTAT: ["R1", "R2", "R3"],
    Kind.OKONOMI: ["OK1a", "OK1b", "OK2"],
}
CONTRACT = (
    *("S1", "S2", "S3", "S4", "S5", "S6", "S7a", "S8"),
    *("T1", "T2", "R1", "R2", "R3", "OK1a", "OK1b", "OK2"),
)


def test_every_indicator_of_the_seed_is_there_once_and_none_is_computed_as_well() -> None:
    found: dict[Kind, list[str]] = {}
    for one in REGISTERED:
        found.setdefault(one.kind, []).append(one.code)
    assert found == SEED
    assert set(BY_CODE) & set(COMPUTED) == set()
    developed = {one.code for one in REGISTERED if one.standing is Standing.NOT_DEVELOPED}
    assert developed == {"P11", "R3"}


def test_the_import_takes_the_codes_of_the_contract_and_no_other() -> None:
    parse = BY_FILE["values"].column("indicator").parse
    assert IMPORTED == CONTRACT
    assert [parse(code) for code in CONTRACT] == list(CONTRACT)
    assert [parse(word) for word in ALIASES] == list(ALIASES.values())
    assert {"ØK1a": "OK1a", "ØK1b": "OK1b", "ØK2": "OK2", "ØK4": "OK2"}.items() <= ALIASES.items()
    for other in ("P11", "P1", "S7", "S9", "OK3", "s1", ""):
        with pytest.raises(BadCell):
            parse(other)


def _texts() -> list[tuple[str, Text]]:
    found = [
        (one.code, text)
        for one in REGISTERED
        for text in (one.title, one.definition, *(each.title for each in one.categories))
    ]
    found += [
        (one.code, text)
        for one in REGISTERED
        if one.is_developed
        for text in (one.purpose, one.source, one.measure.title, one.measure.sign)
    ]
    return found + [(code, text) for code, texts in UNCLEAR.items() for text in texts]


def test_all_is_said_in_three_languages() -> None:
    assert [code for code, text in _texts() if not (text.nb and text.nn and text.en)] == []
    # Nynorsk is no copy: none of the words that only bokmål has.
    bokmaal = re.compile(r"\b(ikke|skolen|elever|hvor|noe|skole)\b")
    assert [text.nn for _code, text in _texts() if bokmaal.search(text.nn)] == []


def test_the_wheel_and_the_catalogue_count_the_same_on_the_same_days() -> None:
    """The steps of the IKIT wheel name what is counted; T1 and T2 and the rest with them."""
    steps = {
        step.key.removeprefix("ikit.telling_"): step
        for wheel in RULES.readable("ikit", in_network=False)
        for step in wheel.steps
        if step.key.startswith("ikit.telling_")
    }
    counted = {
        key: {one.code for one in REGISTERED if key in one.counted and one.is_developed}
        for key in steps
    }
    named = {
        key: {code for code in step.indicators if code in BY_CODE} for key, step in steps.items()
    }
    assert counted == named
    assert set(COUNTINGS) - set(steps) == {"0106"}  # P1 alone, which is computed


def test_every_contradiction_of_the_seed_is_told_with_what_iopflow_does() -> None:
    told = {code: " ".join(text.nb for text in texts) for code, texts in UNCLEAR.items()}
    for code, words in {
        "S6": "byttet om",
        "S8": "byttet om",
        "P10": "tre telledatoer",
        "P7": "ikke ferdigstilt",
        "P9": "mangler i årshjulets liste",
        "OK1a": "1. mars året etter",
        "OK1b": "1. mars året etter",
        "OK2": "ØK4 i oversikten",
        "P11": "ikke ferdig utviklet",
        "R3": "ikke ferdig",
    }.items():
        assert words in told[code]
    assert [code for code, text in told.items() if "iopflow" not in text] == []
    assert set(UNCLEAR) <= {*BY_CODE, *(one.number for one in COMPUTED.values())}


@pytest.mark.parametrize(
    ("day", "slot"),
    [
        (date(2026, 8, 1), "0110"),
        (date(2026, 10, 1), "0110"),
        (date(2026, 12, 31), "0110"),
        (date(2027, 1, 1), "0103"),
        (date(2027, 4, 30), "0103"),
        (date(2027, 5, 1), "skoleslutt"),
        (date(2027, 7, 31), "skoleslutt"),
    ],
)
def test_a_day_belongs_to_one_counting_date(day: date, slot: str) -> None:
    assert slot_of(day) == slot
