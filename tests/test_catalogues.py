"""Every phrase of the source exists in nynorsk and English, compiled and with the same places."""

import gettext
import re

import pytest

from tests.catalogues import TRANSLATED, messages, path, translations


def _places(phrase: str) -> list[str]:
    return sorted(re.findall(r"\{[^{}]*\}", phrase))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_phrase_is_translated(language: str) -> None:
    found = translations(language)

    assert sorted(found) == messages(), "run: make locales"
    assert [phrase for phrase, said in found.items() if not said] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_fills_the_same_places(language: str) -> None:
    other = [
        phrase
        for phrase, said in translations(language).items()
        if said and _places(said) != _places(phrase)
    ]

    assert other == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_that_of_the_text_file(language: str) -> None:
    with path(language, "mo").open("rb") as opened:
        compiled = gettext.GNUTranslations(opened)

    found = {phrase: said for phrase, said in translations(language).items() if said}
    assert {phrase: compiled.gettext(phrase) for phrase in found} == found, "run: make locales"
