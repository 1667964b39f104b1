"""A school's own sentences in the mails: fixed places to fill in, and nothing else that means."""

import pytest

from iopflow.mailer.words import filled
from tests.cli.conftest import Ask


def test_a_sentence_is_written_shown_and_taken_away(school: Ask) -> None:
    said = school('mail-text avslutning "Hilsen Lise, {fornavn}" --school lia', by="rita")
    assert (said.code, "Hilsen Lise, {fornavn}" in said.out) == (0, True)
    assert "Hilsen Lise" in school("mail-text --format csv", by="rita").out
    assert "Hilsen Lise" not in school('mail-text avslutning "" --school lia', by="rita").out


@pytest.mark.parametrize(
    ("text", "word"), [("Hei {etternavn}", "{etternavn}"), ("{elev} mangler", "{elev}")]
)
def test_a_place_that_cannot_be_filled_is_refused(school: Ask, text: str, word: str) -> None:
    answer = school(f'mail-text innledning "{text}" --school lia', by="rita")
    assert (answer.code, word in answer.err) == (1, True)


def test_a_teacher_writes_none(school: Ask) -> None:
    assert school('mail-text innledning "Hei" --school lia', by="kari").code == 1


@pytest.mark.parametrize(
    "text", ["{{ 7 * 7 }}", "{% for x in y %}", "${fornavn}", "{0.__class__}", "{}", "a" * 100]
)
def test_what_looks_like_code_is_text(text: str) -> None:
    assert filled(text, {"fornavn": "Kari"}) == text.replace("{fornavn}", "Kari")
