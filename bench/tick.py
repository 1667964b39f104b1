"""The clock's pass: idle, on a Monday in May, and a whole year, beside raw rows and APScheduler."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from bench import country
from bench.report import Line, median, once, ratio
from iopflow import db
from iopflow.clock import OSLO
from iopflow.queries.rules import Rules
from iopflow.reminders import outbox
from iopflow.reminders.deciding import decide
from iopflow.reminders.states import Answer, Verdict

SMALL = 900  # pupils: some ten thousand tasks
MONDAY = date(country.FIRST + 1, 5, 16)
WEEKS = 40  # of a year before, with a mail to everybody in each
JOBS = 2_000  # of APScheduler; the time is scaled up
NOON = time(12)


def run(pupils: int) -> Iterator[Line]:
    """The lines of the report. Every class has a teacher, and nothing of the year is done."""
    with country.folder() as place:
        small, few = _school_year(place / "small.db", SMALL)
        large, many = _school_year(place / "large.db", pupils)
        idle_small, idle_large = _idle(small), _idle(large)
        yield Line(f"idle tick, {few} tasks", idle_small, None, idle_small * 1000, 1, unit="ms")
        yield ratio(f"idle tick, {many} tasks, beside {few}", idle_large, idle_small, 2)
        small.dispose()
        decided: list[int] = []
        open_tasks = _open(large)
        peak = once(lambda: decided.append(_decide(large, MONDAY)))
        raw = _rows(place / "large.db", open_tasks)
        name = f"Monday in May, {pupils} pupils: {decided[0]} mails about {open_tasks} open tasks"
        yield ratio(f"{name}, beside executemany of a ready row a task", peak, raw, 1)
        jobs = _apscheduler(place / "jobs.db") * open_tasks / JOBS
        yield ratio(
            "the same, beside APScheduler with a job a task (2000, scaled)",
            peak,
            jobs,
            100,
            at_least=True,
        )
        again = once(lambda: _decide(large, MONDAY))
        yield ratio("the same tick again, beside the first", again, peak)
        year = once(lambda: _year(large))
        yield Line("a school year of 365 ticks, deciding only", year, None, year, 5, unit="s")
        large.dispose()


def _school_year(path: Path, pupils: int) -> tuple[Engine, int]:
    """A country with a contact teacher for each class, a year of mails and the next one opened."""
    country.build(path, pupils)
    engine = db.create_engine(f"sqlite:///{path}")
    country.roll(engine, country.FIRST)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE school SET live_from = '{country.FIRST}-08-01'"))
        connection.execute(
            text(
                "INSERT INTO person (id, owner_id, key, name, email, wish) SELECT"
                " id, owner_id, 'l' || id, 'Lærer', 'l' || id || '@example.no', 'nudge' FROM unit"
            )
        )
        connection.execute(
            text(
                "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
                " SELECT owner_id, id, 'kontaktlaerer', 'unit', id, '2020-08-01' FROM unit"
            )
        )
        count = connection.execute(text("SELECT count(*) FROM task")).scalar_one()
    country.mailed(engine, date(country.FIRST, 8, 1), WEEKS)
    db.analyze(engine)
    engine.dispose()
    return engine, count


def _moment(day: date, at: time = NOON) -> datetime:
    return datetime.combine(day, at, OSLO)


class _Taken:
    """A post that takes everything and keeps nothing."""

    def send(self, _content: Any, _message_id: str) -> Answer:
        return Answer(Verdict.TAKEN)

    def close(self) -> None:
        return None


def _worker(engine: Engine, day: date) -> outbox.Worker:
    return outbox.Worker(engine, Rules(), lambda: _moment(day), _Taken(), rate=1_000_000)


def _idle(engine: Engine) -> float:
    """A tick on a day whose work is done, and with no mail waiting."""
    worker = _worker(engine, date(country.FIRST + 1, 7, 14))

    def tick() -> None:
        outbox.tick(worker, sender="example.no")

    tick()
    return median(tick, 9)


def _decide(engine: Engine, day: date) -> int:
    with db.session(engine) as session:
        return decide(session, Rules(), now=_moment(day), sender="example.no")


def _open(engine: Engine) -> int:
    """The tasks that the mails of the Monday are about."""
    until = MONDAY + timedelta(days=14)
    with engine.connect() as connection:
        asked = text("SELECT count(*) FROM task WHERE due <= :until")
        return int(connection.execute(asked, {"until": until}).scalar_one())


def _rows(path: Path, count: int) -> float:
    """As many ready outbox rows with the bare driver, in the same file."""
    connection = country.raw(path)
    columns = "owner_id, send_on, person_id, kind, delivery, message_id, domain, decided_at, tries"
    ready = [
        (
            1,
            "2030-01-07",
            1 + n % 100,
            f"digest{n}",
            "due",
            f"<{n}@x>",
            "example.no",
            "2030-01-07 06:00:00.000000",
            0,
        )
        for n in range(count)
    ]

    def insert() -> None:
        connection.execute("BEGIN IMMEDIATE")
        country.fill(connection, "mail", columns, ready)
        connection.execute("COMMIT")

    seconds = once(insert)
    connection.execute("DELETE FROM mail WHERE send_on = '2030-01-07'")
    connection.close()
    return seconds


def _apscheduler(path: Path) -> float:
    """A stored job for each mail, as one would without an outbox."""
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{path}")}, timezone="UTC"
    )
    scheduler.start(paused=True)

    def add() -> None:
        for _number in range(JOBS):
            scheduler.add_job(print, "date", run_date=datetime(2099, 1, 1, tzinfo=OSLO))

    seconds = once(add)
    scheduler.shutdown()
    return seconds


def _year(engine: Engine) -> None:
    """Every day of the school year, in the morning."""
    day = date(country.FIRST, 8, 1)
    rules = Rules()
    for _day in range(365):
        with db.session(engine) as session:
            decide(session, rules, now=_moment(day), sender="example.no")
        day += timedelta(days=1)
