"""A process that has read the program once and forks whoever is to be killed: cheap crashes.

It is told by lines of JSON. `start` forks a child and answers its number; `wait` answers how it
ended; `here` does the job in this process, so that children find every statement compiled. A child
that is `traced` stops itself until whoever traces it lets it go on.
"""

import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg  # noqa: F401 - so that no child has to read it
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError

from iopflow import clock, db, mailer, settings
from iopflow.queries.rules import Rules
from iopflow.reminders import outbox
from iopflow.reminders.states import Answer, Letter, Post, Verdict

RULES = Rules()
_engines: dict[str, Engine] = {}


class Written:
    """A post that writes each Message-ID to a file of the process's own."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("a", encoding="ascii")  # noqa: SIM115 - for as long as it is

    def send(self, content: Letter, message_id: str) -> Answer:
        """Always takes the mail."""
        assert content.email
        self._file.write(f"{message_id}\n")
        self._file.flush()
        return Answer(Verdict.TAKEN, "250")

    def close(self) -> None:
        """Nothing to end: the next pass writes on."""


def work(job: dict[str, Any]) -> None:
    """Ticks once at each of the job's `moments`, or from the first on until it is told to stop.

    `speed` is how many seconds pass in one of ours: 0 for a clock that stands. What the passes came
    to, and what broke them, goes to the file `report`.
    """
    clock.pause(job.get("wait", 0))
    engine = _engine(job)
    stopped: list[int] = []
    if job.get("until_stopped"):
        signal.signal(signal.SIGTERM, lambda number, _frame: stopped.append(number))
    said: list[Any] = []
    for moment in _moments(job, stopped):
        now = _clock(moment, job.get("speed", 0))
        worker = outbox.Worker(
            *(engine, RULES, now, _post(job, now)),
            rate=job.get("rate", 600),
            stopping=lambda: bool(stopped),
            **({"patience": job["patience"]} if "patience" in job else {}),
        )
        try:
            said.append(asdict(outbox.tick(worker, sender="example.no")))
        except (DBAPIError, OSError) as error:  # as a bell does: it is told, and rings again
            said.append(f"{type(error).__name__}: {getattr(error, 'orig', error)}")
    if "report" in job:
        _report(Path(job["report"]), json.dumps(said))


def _report(path: Path, said: str) -> None:
    """The fault that a test has ordered may last until here, for a few calls more."""
    for _try in range(9):
        with suppress(OSError):
            path.write_text(said, encoding="utf-8")
            return
    raise AssertionError(path)


def _moments(job: dict[str, Any], stopped: list[int]) -> Iterator[datetime]:
    moments = [clock.parse_moment(one) for one in job["moments"]]
    if not job.get("until_stopped"):
        yield from moments
        return
    began = clock.elapsed()
    while not stopped:
        yield moments[0] + timedelta(seconds=(clock.elapsed() - began) * job["speed"])
        clock.pause(0.1)


def _clock(moment: datetime, speed: float) -> Callable[[], datetime]:
    began = clock.elapsed()
    return lambda: moment + timedelta(seconds=(clock.elapsed() - began) * speed if speed else 0)


def _post(job: dict[str, Any], now: Callable[[], datetime]) -> Post:
    if "writes" in job:
        return Written(job["writes"])
    given = {name: job[name] for name in ("mail", "sent_log") if name in job}
    known = settings.load(
        {}, **given, database=job["url"], mail_from="i@example.no", base_url="https://i.example.no"
    )
    return mailer.post_of(known, clock=now)


def _engine(job: dict[str, Any]) -> Engine:
    url = job["url"]
    if url not in _engines:
        _engines[url] = db.create_engine(url)
        if "busy_ms" in job:
            event.listen(_engines[url], "connect", _less_patient(job["busy_ms"]))
    return _engines[url]


def _less_patient(milliseconds: int) -> Callable[[Any, Any], None]:
    def set_it(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout={milliseconds}")

    return set_it


def _start(job: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        if job.get("traced"):
            os.kill(os.getpid(), signal.SIGSTOP)
        work(job)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _here(job: dict[str, Any]) -> None:
    """Leaves no connection open for children to inherit, and no page that they need to copy."""
    try:
        work(job)
    finally:
        _engine(job).dispose()
        gc.collect()
        gc.freeze()


def main() -> None:
    """Does as it is told until nobody tells it anything."""
    gc.disable()
    for line in sys.stdin:
        asked = json.loads(line)
        answer: Any = None
        if "start" in asked:
            answer = _start(asked["start"])
        elif "wait" in asked:
            answer = os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])
        else:
            _here(asked["here"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
