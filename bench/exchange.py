"""Frozen figures of many schools: hidden and written, read and merged, beside json alone."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import country
from bench.report import Line, median, ratio
from iopflow.exchange import hidden, merged, read, sealed, written
from iopflow.exchange.files import FORMAT
from iopflow.tellinger import COUNTINGS

SCHOOLS = 500
PUPILS = 60  # of the largest school


def run(_pupils: int) -> Iterator[Line]:
    """The lines of the report; the schools do not come from a database."""
    dice = random.Random(8)  # noqa: S311 - the same schools in every run
    frozen = {f"skole {place}": list(_figures(dice)) for place in range(SCHOOLS)}
    with country.folder() as place:

        def export() -> list[Path]:
            return [_written(place, name, figures) for name, figures in frozen.items()]

        files = export()
        mine = median(export, 3)
        yield Line(f"exchange: {SCHOOLS} schools hidden and written", mine, None, mine, 5, unit="s")
        plain = median(lambda: [json.loads(path.read_bytes()) for path in files], 5)

        def merge() -> None:
            groups = merged([one for path in files for one in read(path)["schools"]])
            assert all(group.median is not None for group in groups)

        whole = median(merge, 3)
        yield Line(f"exchange: {SCHOOLS} files merged", whole, None, whole, 3, unit="s")
        yield ratio("the same beside reading them with json alone", whole, plain, 12)


def _figures(dice: random.Random) -> Iterator[dict[str, Any]]:
    """All that a school freezes in a year."""
    for counted, counting in COUNTINGS.items():
        for code in counting.indicators:
            of = dice.randint(0, PUPILS)
            late, open_ = dice.randint(0, of // 4), dice.randint(0, of // 4)
            yield {
                "indicator": code,
                "year": "2025-26",
                "counted": counted,
                "revision": 1,
                "frozen_at": "2026-06-20T09:00:00+00:00",
                "as_of": "2026-06-18",
                "counted_on": "2026-06-18",
                "definition": f"{code}@1",
                "wheel": "spesialskole@1",
                "numerator": of - late - open_,
                "denominator": of,
                "done_late": late,
                "open": open_,
                "unknown": 0,
                "justified": 0,
                "excluded": {},
            }


def _written(place: Path, name: str, figures: list[dict[str, Any]]) -> Path:
    school = {"owner": "eier", "school": name, "name": name, "municipality": "x", "network": "n"}
    content = {
        "format": FORMAT,
        "format_version": 1,
        "schools": [school | {"figures": hidden(figures)}],
    }
    path = place / f"{name}.json"
    path.write_text(written(sealed(content)), encoding="utf-8")
    return path
