"""Days as people type them: read kindly, and never as another day."""

from datetime import date

import pytest

from iopflow.web.forms import Unclear, day

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    "typed",
    [
        *("4.5.26", "04.05.2026", "4. 5. 2026", "4/5-26", "4-5-2026", "4 5 26", "040526"),
        *("04052026", "2026-05-04", " 4.5.26 "),
    ],
)
def test_a_day_is_read_whatever_the_separator(typed: str) -> None:
    assert day(typed, TODAY) == date(2026, 5, 4)


@pytest.mark.parametrize("typed", ["", "i dag", "I dag"])
def test_nothing_is_today(typed: str) -> None:
    assert day(typed, TODAY) == TODAY


@pytest.mark.parametrize("typed", ["19.11", "19.11.", "9/1", "1 11", "19-11"])
def test_a_day_without_its_year_is_asked_for_and_never_guessed(typed: str) -> None:
    with pytest.raises(Unclear, match=r"mangler årstallet: skriv som 20\.11\.2026"):
        day(typed, TODAY)


@pytest.mark.parametrize("typed", ["1911", "19112", "4526", "31.2.26", "19.11.1", "x", "4.5.026"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(Unclear, match="er ingen dato"):
        day(typed, TODAY)
