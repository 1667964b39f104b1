"""How often the forecast's range held, on years of generated history that it had not seen.

`python -m bench.forecast` holds out the last year: of demo networks with other seeds, and of drawn
schools whose years differ from each other. It prints the tables of docs/prognose.md.
"""

import argparse
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from sqlmodel import Session

from bench import country
from iopflow import db, demo, importing
from iopflow.engine.ledger import Act
from iopflow.forecast import FORESEEN, Outlook, outlooks
from iopflow.indicators import BY_CODE, Indicator
from iopflow.models import metadata
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year

MONTHS = (6, 4, 3, 2, 1, 0)
MONTH = 30  # days
LAST = country.FIRST + country.YEARS - 1
# The steps that are drawn: code, and whether its happening is held.
DRAWN: Mapping[str, bool] = {"P3": False, "P4": False, "P7_var": True, "P8": True, "P9": True}


@dataclass(slots=True)
class Tally:
    """What the forecasts of one month before the limit promised, and what came."""

    told: int = 0  # with a range
    few: int = 0  # without, since there was too little history
    sure: float = 0.0
    held: int = 0  # of the pupils who were counted that day
    whole: int = 0  # of the figure as it was counted in the end
    width: float = 0.0
    off: float = 0.0

    def add(self, then: Outlook, came: int, rate: float | None) -> None:
        """One forecast, how many of its open pupils were in time, and the final rate."""
        if then.range is None or then.low is None or then.high is None or then.expected is None:
            self.few += 1
            return
        self.told += 1
        self.sure += then.range.sure
        self.held += then.range.low <= came <= then.range.high
        self.whole += rate is not None and then.low - 1e-9 <= rate <= then.high + 1e-9
        self.width += then.high - then.low
        self.off += (then.numerator + came) / then.denominator - then.expected

    def merge(self, other: "Tally") -> None:
        """Both together."""
        for name in ("told", "few", "sure", "held", "whole", "width", "off"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


Tallies = dict[int, Tally]


def held_out(
    session: Session,
    year: Year,
    *,
    after: date,
    indicators: Sequence[Indicator],
    months: Iterable[int] = MONTHS,
) -> Tallies:
    """The forecasts of a year on days before each limit, beside what is known `after` it."""
    table = metadata.tables["school"]
    numbers = list(session.execute(select(table.c.id).order_by(table.c.id)).scalars())
    tallies = {month: Tally() for month in months}
    for indicator in indicators:
        asked = {"schools": numbers, "year": year, "indicators": [indicator]}
        ended = {one.school_id: one for one in outlooks(session, day=after, **asked)}  # type: ignore[arg-type]
        day_of = {n: min((p.limit for p in one.parts), default=None) for n, one in ended.items()}
        limit = min((day for day in day_of.values() if day), default=None)
        if limit is None:
            continue
        in_time = _in_time(session, numbers, year, indicator, after)
        for month, tally in tallies.items():
            day = limit - timedelta(days=MONTH * month + 1)
            for then in outlooks(session, day=day, **asked):  # type: ignore[arg-type]
                if then.problem is None and then.open:
                    waiting = (one for part in then.parts for one in part.waiting)
                    came = sum((then.school_id, one.pupil_id) in in_time for one in waiting)
                    tally.add(then, came, ended[then.school_id].worst)
    return tallies


def _in_time(
    session: Session, numbers: Sequence[int], year: Year, indicator: Indicator, after: date
) -> set[tuple[int, int]]:
    """Who was in the numerator in the end, by school and pupil."""
    from iopflow.measure.calendar import known_schools
    from iopflow.measure.explain import behind
    from iopflow.measure.figures import Asked

    asked = Asked(known_schools(session, year, numbers), year, after, None)
    rows = behind(session, asked, indicator, indicator, None)
    return {(row.school_id, row.pupil_id) for row in rows if row.result == "numerator"}


@contextmanager
def drawn(place: Path, seed: int, schools: int) -> Iterator[Engine]:
    """Schools of twenty pupils with five years, each school and year a little early or late."""
    path = country.build(place / f"drawn-{seed}.db", schools * country.PER_SCHOOL)
    connection = country.raw(path)
    connection.execute("BEGIN IMMEDIATE")
    columns = (
        "owner_id, year, step, scope, subject_id, what, occasion, on_day, recorded_on, recorded_at"
    )
    country.fill(connection, "happening", columns, happened(seed, schools))
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()
    engine = db.create_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()
    path.unlink()


def happened(seed: int, schools: int) -> Iterator[tuple[object, ...]]:
    """What happened when. A pupil's day is the step's own, moved by school, by year and by chance.

    One in twenty is never done.
    """
    dice = random.Random(seed)  # noqa: S311 - a seed, no secret
    for code, is_talk in DRAWN.items():
        indicator = BY_CODE[code]
        middle, apart = dice.uniform(-45, -5), dice.uniform(12, 40)
        of_school = {n: dice.gauss(0, 8) for n in range(1, schools + 1)}
        for year in range(country.FIRST, LAST + 1):
            of_all = dice.gauss(0, 4)
            limit = _limit(code, year)
            of_year = {n: dice.gauss(0, 8) for n in of_school}
            for pupil in range(1, schools * country.PER_SCHOOL + 1):
                school = country.school(pupil)
                moved = middle + of_school[school] + of_all + of_year[school]
                days = round(dice.gauss(moved, apart))
                if dice.random() < 0.05:
                    continue
                on = max(_first(code, year), limit + timedelta(days=days))
                what, served = ("held" if is_talk else "done"), year + (indicator.serves == "next")
                moment = f"{on} 09:00:00.000000"
                step = indicator.steps[0]
                yield (1, served, step, "pupil", pupil, what, "", f"{on}", f"{on}", moment)


def _limit(code: str, year: int) -> date:
    """As the skoleruter of `country` have it."""
    return {"P4": date(year, 8, 17), "P9": date(year + 1, 3, 1)}.get(code, date(year + 1, 6, 18))


def _first(code: str, year: int) -> date:
    """The first day on which it counts."""
    return {
        "P4": date(year, 3, 1),
        "P7_var": date(year + 1, 1, 16),
        "P9": date(year, 11, 1),
    }.get(code, date(year, 8, 17))


def of_drawn(runs: int, schools: int) -> Tallies:
    """All runs together."""
    together = {month: Tally() for month in MONTHS}
    with country.folder() as place:
        for seed in range(runs):
            with drawn(place, seed, schools) as engine, Session(engine) as session:
                found = held_out(
                    session,
                    Year(LAST),
                    after=date(LAST + 2, 1, 1),
                    indicators=[BY_CODE[code] for code in DRAWN],
                )
            _merge(together, found)
    return together


def of_demo(seeds: int, now: date = date(2027, 7, 31)) -> Tallies:
    """Demo networks with three years of history and a fourth held out."""
    together = {month: Tally() for month in MONTHS}
    at = datetime(now.year, now.month, now.day, 12, tzinfo=UTC)
    for seed in range(seeds):
        with country.folder() as place:
            demo.write_tables(place / "tables", now=now, seed=seed + 1)
            engine = db.create_engine(f"sqlite:///{country.empty(place / 'demo.db')}")
            with db.session(engine) as session:
                rules = Rules()
                plan = importing.plan(session, importing.read(place / "tables"), rules, now=at)
                importing.apply(session, plan, rules, act=Act("import", at))
            with Session(engine) as session:
                alone = [one for one in FORESEEN if not one.parts]
                found = held_out(session, Year.of(now), after=now, indicators=alone)
            engine.dispose()
            _merge(together, found)
    return together


def _merge(together: Tallies, found: Tallies) -> None:
    for month, tally in found.items():
        together[month].merge(tally)


def table(tallies: Tallies) -> Iterator[str]:
    """The lines of the report."""
    yield (
        "| måneder før fristen | prognoser | for lite historikk | lovet | holdt"
        " | holdt, hele tallet | bredde | skjevhet |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    whole = Tally()
    for month, tally in tallies.items():
        whole.merge(tally)
        yield _line(str(month), tally)
    yield _line("alle", whole)


def _line(name: str, tally: Tally) -> str:
    n = tally.told or 1
    shares = (tally.sure / n, tally.held / n, tally.whole / n, tally.width / n, tally.off / n)
    told = " | ".join(f"{100 * one:.0f} %" for one in shares) if tally.told else "– | – | – | – | –"
    return f"| {name} | {tally.told} | {tally.few} | {told} |"


def main() -> int:
    """Both tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecast", description=__doc__)
    parser.add_argument("--runs", type=int, default=25, help="drawn owners")
    parser.add_argument("--schools", type=int, default=8, help="schools of each")
    parser.add_argument("--demos", type=int, default=8, help="demo networks")
    asked = parser.parse_args()
    print("Trukne skoler\n", *table(of_drawn(asked.runs, asked.schools)), sep="\n", flush=True)
    print("\nDemonettverk\n", *table(of_demo(asked.demos)), sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
