"""What a page costs the server, beside its own queries with the bare driver."""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from bench import country
from bench.report import Line, ratio
from iopflow import db, settings
from iopflow.clock import OSLO
from iopflow.garbage import settle
from iopflow.web.app import create_app
from iopflow.web.page import Site

NOW = datetime(country.FIRST + 1, 5, 16, 9, 0, tzinfo=OSLO)
RUNS = 40
PAGES = ("/mine", "/masse", "/matrise", "/indikatorer", "/arshjul")


def run(_pupils: int) -> Iterator[Line]:
    """The lines of the report: a school of sixty pupils, asked by its rektor."""
    with country.folder() as place:
        path = country.build(place / "school.db", 60)
        engine = country.one_school(path)
        country.happen(path, [country.FIRST])  # four in five of this year's tasks are done
        db.analyze(engine)
        app = create_app(Site(engine, settings.load({}), lambda: NOW, demo=True))
        client = TestClient(app, headers={"Sec-Fetch-Site": "same-origin"})
        client.post("/logg-inn", data={"person": "1"})
        settle()
        for page in PAGES:
            statements: list[tuple[str, Any]] = []
            _listen(engine, statements)
            client.get(page)
            asked = list(statements)
            took = _p95(lambda page=page: client.get(page))  # type: ignore[misc]
            yield Line(f"{page}, 60 pupils, p95", took, None, took * 1000, 200, unit="ms")
            raw = _p95(_bare(path, asked))
            yield ratio(f"{page} beside its {len(asked)} queries alone", took, raw)
        engine.dispose()


def _bare(path: Path, asked: list[tuple[str, Any]]) -> Callable[[], object]:
    connection = country.raw(path)
    return lambda: [connection.execute(*one).fetchall() for one in asked]


def _listen(engine: Any, statements: list[tuple[str, Any]]) -> None:
    from sqlalchemy import event

    def note(_c: Any, _cursor: Any, statement: str, known: Any, _x: Any, many: bool) -> None:
        if not many and statement.startswith(("SELECT", "WITH")):
            statements.append((statement, known))

    event.listen(engine, "before_cursor_execute", note)


def _p95(work: Callable[[], object]) -> float:
    times = []
    for _run in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.quantiles(times, n=20)[-1]
