"""Mails a second from an outbox to a mail server, beside raw claims, bare SMTP and procrastinate.

`python -m bench.delivery DATABASE PORT` is one worker: it says when it is ready, begins when told
to, and delivers until nothing is left.
"""

import os
import smtplib
import statistics
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from subprocess import PIPE, Popen
from typing import Any

from sqlalchemy import Engine, text

from bench import country, postgres
from bench.report import Line, once, ratio
from bench.sink import sink
from iopflow import db, mailer, settings
from iopflow.clock import OSLO, elapsed
from iopflow.garbage import settle
from iopflow.models import Delivery
from iopflow.queries.rules import Rules
from iopflow.reminders import delivery, outbox
from iopflow.reminders.claiming import claim
from iopflow.reminders.content import contents
from iopflow.reminders.deciding import decide
from iopflow.reminders.states import Answer, Verdict
from tests.databases import databases

MONDAY = datetime(country.FIRST + 1, 5, 16, 12, tzinfo=OSLO)
SOME = 8_000  # pupils of the outbox on PostgreSQL: 2,800 mails
RUNS = 3
JOBS = 3_000  # of procrastinate
AT_ONCE = 10
UNLIMITED = 1_000_000
BATCH = 100


def run(pupils: int) -> Iterator[Line]:
    """The lines of the report: PostgreSQL first, then a peak day on SQLite with one process."""
    with databases("postgresql") as server, server.fresh() as url:
        yield from _rates(url, min(pupils, SOME), list(_procrastinate(server)))
    yield from _peak(pupils)


def _rates(url: str, pupils: int, peer: list[float]) -> Iterator[Line]:
    engine = db.create_engine(url)
    postgres.build(engine, pupils)
    mails = _outbox(engine, pupils)
    with sink() as far:
        took = {
            count: statistics.median(_deliver(engine, far.port, count) for _run in range(RUNS))
            for count in (1, 2, 4)
        }
        smtp = _bare_smtp(engine, far.port, mails)
    # One conversation of the bare client, and as many mails again.
    assert far.taken == mails * (RUNS * len(took) + 1), far.taken
    for count, seconds in took.items():
        name = f"PostgreSQL: {mails} mails delivered by {count} worker{'s' * (count > 1)}"
        yield Line(name, seconds, None, mails / seconds, unit="mails/s")
    one = took[1]
    yield ratio("2 workers beside 1", took[2], one, 1.6, at_least=True)
    yield ratio("4 workers beside 1", took[4], one, at_least=True)
    yield ratio("1 worker beside bare SMTP to the same sink, a ready mail", one, smtp)
    ours, raw = (
        statistics.median(work(engine, mails) for _run in range(RUNS))
        for work in (_claim_and_mark, _raw)
    )
    yield ratio("1 worker beside raw claim and mark, no sending", one, raw)
    yield ratio("claim and mark by iopflow beside raw", ours, raw)
    for seconds in peer:
        jobs = seconds * mails / JOBS
        name = f"procrastinate, no-op jobs, concurrency {AT_ONCE} (scaled)"
        yield ratio(f"1 worker beside {name}", one, jobs, 1.5, at_least=True)
        yield ratio(f"claim and mark by iopflow beside {name}", ours, jobs, at_least=True)
        yield ratio(f"raw claim and mark beside {name}", raw, jobs, 30, at_least=True)
    engine.dispose()


def _outbox(engine: Engine, pupils: int) -> int:
    """A year opened, people for it, and the mails of a Monday in May with nothing done."""
    country.roll(engine, country.FIRST)
    country.staff(engine, pupils)
    db.analyze(engine)
    with db.session(engine) as session:
        count = decide(session, Rules(), now=MONDAY, sender="example.no")
    db.analyze(engine)
    return count


def _again(engine: Engine) -> None:
    """The outbox as it was decided."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "UPDATE mail SET delivery = 'due', ready_at = decided_at, tries = 0,"
                " settled_at = NULL, listed = NULL, error = NULL"
            )
        )
        connection.execute(text("VACUUM ANALYZE mail"))


def _deliver(engine: Engine, port: int, count: int) -> float:
    """Seconds from the word go until the last of the workers has nothing left."""
    _again(engine)
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "bench.delivery", url, str(port)]
    workers: list[Any] = [Popen(command, stdin=PIPE, stdout=PIPE) for _number in range(count)]
    for one in workers:
        one.stdout.readline()

    def work() -> None:
        for one in workers:
            one.stdin.write(b"go\n")
            one.stdin.flush()
        for one in workers:
            one.stdout.readline()

    seconds = once(work)
    for one in workers:
        one.communicate()
    return seconds


def _worker(engine: Engine, port: int) -> outbox.Worker:
    """One that sends to the sink, on the Monday, with a clock that runs."""
    known = settings.load(
        {},
        database=engine.url.render_as_string(hide_password=False),
        mail=f"smtp://127.0.0.1:{port}",
        mail_from="iop@example.no",
        base_url="https://iop.example.no",
    )
    began = elapsed()

    def clock() -> datetime:
        return MONDAY + timedelta(seconds=elapsed() - began)

    post = mailer.post_of(known, clock=clock)
    return outbox.Worker(engine, Rules(), clock, post, rate=UNLIMITED)


def main() -> None:
    """One worker process."""
    url, port = sys.argv[1:]
    engine = db.create_engine(url)
    worker = _worker(engine, int(port))
    with db.session(engine, write=False) as session:
        contents(session, worker.rules, {}, today=MONDAY.date())
    settle()
    print("ready", flush=True)
    sys.stdin.readline()
    done = outbox.Ticked()
    delivery.deliver(worker, done)
    worker.post.close()
    print(done.sent, flush=True)


def _bare_smtp(engine: Engine, port: int, mails: int) -> float:
    """The same number of ready mails through smtplib in one conversation, without a database."""
    taken: list[Any] = []

    class Keeping:
        def send(self, content: Any, message_id: str) -> Answer:
            known = settings.load({}, mail_from="iop@example.no", base_url="https://x.example.no")
            taken.append(mailer.compose(content, message_id, known, now=MONDAY).as_bytes())
            return Answer(Verdict.TAKEN)

        def close(self) -> None:
            return None

    _again(engine)
    worker = outbox.Worker(engine, Rules(), lambda: MONDAY, Keeping(), rate=UNLIMITED)
    (some,) = claim(engine, MONDAY, rate=UNLIMITED, most=1)
    with db.session(engine, write=False) as session:
        said = contents(session, worker.rules, {some.person_id: some.kind}, today=MONDAY.date())
    Keeping().send(said[some.person_id], some.message_id)
    server = smtplib.SMTP("127.0.0.1", port, local_hostname="example.no")

    def send() -> None:
        for _number in range(mails):
            server.sendmail("iop@example.no", ["kari@example.no"], taken[0])

    seconds = once(send)
    server.quit()
    return seconds


def _claim_and_mark(engine: Engine, mails: int) -> float:
    """iopflow's own claims and marks, with nothing read, written or sent between."""
    _again(engine)
    worker = _worker(engine, 1)
    marked: list[bool] = []

    def work() -> None:
        while claimed := claim(engine, worker.clock(), rate=UNLIMITED):
            for one in claimed:
                gone = {"ready_at": None, "settled_at": worker.clock()}
                marked.append(delivery._mark(worker, one, delivery=Delivery.SENT, **gone))

    seconds = once(work)
    assert sum(marked) == mails
    return seconds


def _raw(engine: Engine, mails: int) -> float:
    """The same by the bare driver: a batch with SKIP LOCKED, each mark a transaction of its own."""
    _again(engine)
    connection: Any = engine.raw_connection()
    cursor = connection.cursor()
    marked: list[int] = []
    until = MONDAY + timedelta(minutes=10)
    claim = (
        "UPDATE mail SET delivery = 'sending', ready_at = %s, tries = tries + 1 WHERE id IN"
        " (SELECT id FROM mail WHERE ready_at <= %s ORDER BY send_on, id LIMIT %s"
        " FOR UPDATE SKIP LOCKED) RETURNING id, tries"
    )
    mark = (
        "UPDATE mail SET delivery = 'sent', ready_at = NULL, settled_at = %s"
        " WHERE id = %s AND tries = %s AND delivery = 'sending'"
    )

    def work() -> None:
        while True:
            cursor.execute(claim, (until, MONDAY, BATCH))
            claimed = cursor.fetchall()
            connection.commit()
            if not claimed:
                return
            for number, tries in claimed:
                cursor.execute(mark, (MONDAY, number, tries))
                connection.commit()
                marked.append(cursor.rowcount)

    seconds = once(work)
    assert sum(marked) == mails
    connection.close()
    return seconds


def _procrastinate(server: Any) -> Iterator[float]:
    """Seconds of its worker for no-op jobs on the same server; none where it is not installed."""
    try:
        import procrastinate
    except ImportError:
        print("procrastinate is not installed: `make bench` installs it", file=sys.stderr)
        return
    import asyncio

    async def work(url: str) -> float:
        app: Any = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

        async def nothing(number: int) -> None:
            """Does nothing."""

        job = app.task(name="nothing")(nothing)
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            await job.batch_defer_async(*({"number": n} for n in range(JOBS)))
            began = elapsed()
            await app.run_worker_async(
                wait=False, concurrency=AT_ONCE, install_signal_handlers=False
            )
            return elapsed() - began

    def once_more() -> float:
        with server.fresh() as url:
            return asyncio.run(work(url.replace("postgresql+psycopg", "postgresql")))

    yield statistics.median(once_more() for _run in range(RUNS))


def _peak(pupils: int) -> Iterator[Line]:
    """A Monday in May on SQLite: decided, written and sent by one process, with nothing done."""
    with country.folder() as place:
        path = country.build(place / "country.db", pupils)
        engine = db.create_engine(f"sqlite:///{path}")
        country.roll(engine, country.FIRST)
        country.staff(engine, pupils)
        db.analyze(engine)
        engine.dispose()
        done: list[outbox.Ticked] = []
        with sink() as far:
            worker = _worker(engine, far.port)
            settle()
            began = os.times()
            seconds = once(lambda: done.append(outbox.tick(worker, sender="example.no")))
            ended = os.times()
        assert far.taken == done[0].sent == done[0].decided
        name = f"a peak day on SQLite, one process: {pupils} pupils, {far.taken} mails"
        yield Line(name, seconds, None, seconds, 60, unit="s")
        processor = ended.user - began.user + ended.system - began.system
        yield Line("the same, time of the processor", processor, None, processor, unit="s")
        engine.dispose()


if __name__ == "__main__":
    main()
