"""The range holds as often as it says, on a year that it had not seen (docs/prognose.md)."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session

from bench.forecast import LAST, Tally, drawn, held_out
from iopflow.indicators import BY_CODE
from iopflow.schoolyear import Year

CODES = ("P3", "P9")


@pytest.mark.slow
def test_the_range_holds_about_as_often_as_promised(tmp_path: Path) -> None:
    together = Tally()
    for seed in range(8):
        with drawn(tmp_path, seed, 6) as engine, Session(engine) as session:
            found = held_out(
                session,
                Year(LAST),
                after=date(LAST + 2, 1, 1),
                indicators=[BY_CODE[code] for code in CODES],
                months=(2, 1),
            )
        for tally in found.values():
            together.merge(tally)
    assert together.few == 0
    assert together.told >= 180
    assert 0.8 <= together.sure / together.told < 0.9
    # Schools of a year are moved together, so that the count scatters more than alone.
    assert abs(together.held - together.sure) / together.told < 0.08
