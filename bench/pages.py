"""What a page costs the server, beside its own queries with the bare driver."""

import gzip
import re
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
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
SCHOOLS = {60: 200, 1_000: 500}  # pupils, and the limit in milliseconds
PAGES = ("/mine", "/masse", "/matrise", "/samtaler", "/indikatorer", "/arshjul")
HEAVIEST = 100  # kB on the wire, without the font (decisions 18)
_LINKED = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"')


def run(_pupils: int) -> Iterator[Line]:
    """The lines of the report: a school of sixty pupils in one class, and one of a thousand in
    classes of twenty, asked by the rektor (ux U4).
    """
    for pupils, limit in SCHOOLS.items():
        with country.folder() as place:
            path = country.build(place / "school.db", pupils)
            engine = country.one_school(path, classes=pupils > min(SCHOOLS))
            country.happen(path, [country.FIRST])  # four in five of this year's tasks are done
            db.analyze(engine)
            app = create_app(Site(engine, settings.load({}), lambda: NOW, demo=True))
            client = TestClient(app, headers={"Sec-Fetch-Site": "same-origin"})
            client.post("/logg-inn", data={"person": "1"})
            settle()
            for page in PAGES:
                statements: list[tuple[str, Any]] = []
                _listen(engine, statements)
                answer = client.get(page)
                assert answer.status_code == 200, page
                asked = list(statements)
                took = _p95(partial(client.get, page))
                about = f"{page}, {pupils} pupils"
                yield Line(f"{about}, p95", took, None, took * 1000, limit, unit="ms")
                raw = _p95(_bare(path, asked))
                yield ratio(f"{about}, beside its {len(asked)} queries alone", took, raw)
                weight = _weight(client, answer.text)
                yield Line(
                    f"{about}, with styles and script", took, None, weight, HEAVIEST, unit="kB"
                )
            engine.dispose()


def _weight(client: TestClient, page: str) -> float:
    """Kilobytes of a page as it is sent, with what it links to but for the font."""
    linked = [client.get(one).text for one in sorted(set(_LINKED.findall(page)))]
    return sum(len(gzip.compress(one.encode())) for one in [page, *linked]) / 1_000


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
