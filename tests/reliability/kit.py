"""What the tests of crashes share: a school, a mail server that counts, and processes to kill."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from iopflow import clock, db
from iopflow.clock import OSLO
from iopflow.engine.opening import open_year
from iopflow.queries.places import schools
from iopflow.reminders import outbox
from iopflow.reminders.states import Answer, Letter, Post, Verdict
from iopflow.schoolyear import Year
from tests.databases import LONG, memory
from tests.factories import RULES, act, lia

MONDAY = date(2027, 1, 11)
ROOT = Path(__file__).parents[2]
MORNING = "2027-01-11T07:00"  # a Monday; the half-year's work is due on Friday the 15th
LATER = "2027-01-11T07:11"  # when the lease of a mail claimed in the morning has run out
AFTER_DOUBT = "2027-01-11T08:30"  # when a mail of unknown fate is tried once more
SETTLED = ("sent", "dropped")

strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed: no process can be stopped so"
)


def long(short: int, many: int) -> int:
    """How many times something is tried: many in `make test-long`."""
    return many if LONG else short


def fill(engine: Engine) -> None:
    """Kari has e1 and e2 in 3a, Per has e1, Rita leads the school: three mails on the Monday."""
    with db.session(engine) as session:
        cast = lia(session)
        for key in ("e1", "e2"):
            cast.pupil(key)
            cast.vedtak(key)
        cast.grant("per", "spesialpedagog", "pupil", "e1")
        for year in (2026, 2027):
            open_year(session, RULES, Year(year), schools(session), act=act())
        connection = session.connection()
        connection.execute(text("UPDATE person SET email = key || '@example.no'"))
        connection.execute(text("UPDATE school SET live_from = '2026-08-01'"))


def many_teachers(engine: Engine, count: int) -> None:
    """More contact teachers of 3a, so that as many more mails are due."""
    with engine.begin() as connection:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
        connection.execute(
            text(
                "INSERT INTO person (owner_id, key, name, email, wish)"  # noqa: S608 - ours
                f" {numbers} SELECT o.id, 't' || i, 'Navn', 't' || i || '@d' || (i % 7) ||"
                " '.example.no', p.wish FROM n, owner o, person p WHERE p.key = 'kari'"
            ),
            {"count": count},
        )
        connection.execute(
            text(
                "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
                " SELECT g.owner_id, p.id, g.role, g.at_kind, g.at_id, g.starts"
                " FROM role_grant g JOIN person k ON k.id = g.person_id AND k.key = 'kari',"
                " person p WHERE p.key LIKE 't%' AND p.name = 'Navn'"
            )
        )


@dataclass
class Sink:
    """A mail server on this machine that takes every mail and remembers its Message-ID.

    A mail counts when its last dot has come, whether or not anybody hears the answer. `during` is
    called with the Message-ID before the answer.
    """

    during: Callable[[str], object] = lambda _id: None
    received: list[str] = field(default_factory=list)
    puts_off: set[str] = field(default_factory=set)  # what it does not take the first time
    _open: set[threading.Thread] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """As IOPFLOW_MAIL names it."""
        return f"smtp://127.0.0.1:{self._listening.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            one = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            self._open.add(one)
            one.start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(b"220 sink\r\n")
                for line in lines:
                    connection.sendall(self._answer(line[:4].upper().strip(), lines, connection))
                    if line[:4].upper() == b"QUIT":
                        break
        except OSError:
            pass
        finally:
            self._open.discard(threading.current_thread())

    def _answer(self, verb: bytes, lines: Iterable[bytes], connection: socket.socket) -> bytes:
        if verb == b"QUIT":
            return b"221 bye\r\n"
        if verb != b"DATA":
            return b"250 ok\r\n"
        connection.sendall(b"354 go on\r\n")
        mail = bytearray()
        for line in lines:
            if line == b".\r\n":
                break
            mail += line
        else:
            return b""  # the other side is gone before the dot: nothing was delivered
        found = re.search(rb"(?im)^Message-ID:\s*(<\S+>)", bytes(mail))
        assert found is not None
        message_id = found[1].decode()
        if message_id in self.puts_off:
            self.puts_off.remove(message_id)
            return b"451 4.7.1 later\r\n"
        self.received.append(message_id)
        self.during(message_id)
        return b"250 taken\r\n"

    def settle(self) -> None:
        """Waits until all that was sent to it by processes that are gone has been read."""
        with socket.create_connection(self._listening.getsockname()) as last:
            last.recv(64)  # connections are accepted in turn: those before this one have been
            last.sendall(b"QUIT\r\n")
            last.recv(64)
        wait_until(lambda: not self._open)

    def close(self) -> None:
        """Listens no more."""
        self._listening.close()


@contextmanager
def sink() -> Iterator[Sink]:
    """A mail server for a test."""
    made = Sink()
    try:
        yield made
    finally:
        made.close()


@dataclass
class Server:
    """A post that takes every mail, and breaks after one of its calls."""

    breaks_at: int = -1
    method: str = "send"
    then: Callable[[], object] = lambda: None
    calls: int = 0
    received: list[str] = field(default_factory=list)

    def _done(self, method: str) -> None:
        if method == self.method:
            self.calls += 1
            if self.calls == self.breaks_at:
                raise ConnectionResetError

    def send(self, _content: Letter, message_id: str) -> Answer:
        """Takes it."""
        self.received.append(message_id)
        self.then()
        self._done("send")
        return Answer(Verdict.TAKEN, "250")

    def close(self) -> None:
        """Ends."""
        self._done("close")


class Runner:
    """The process that forks workers (`runner.py`), and what may be done to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = (folder / "runner.log").open("w", encoding="utf-8")
        environment = {name: text for name, text in os.environ.items() if "IOPFLOW_" not in name}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.runner"],
            cwd=ROOT,
            env=environment | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def _ask(self, **asked: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            pytest.fail((self.folder / "runner.log").read_text(encoding="utf-8"))
        return json.loads(answer)

    def start(self, **job: Any) -> int:
        """Forks a worker, and returns its process number."""
        return int(self._ask(start=job))

    def wait(self, pid: int) -> int:
        """How a worker ended: 0, or less for the signal that killed it."""
        return int(self._ask(wait=pid))

    def here(self, **job: Any) -> None:
        """Does a job in the process that forks: what workers do after it, they do faster."""
        self._ask(here=job)

    def run(self, **job: Any) -> None:
        """Does a job in a worker, which must end well."""
        if self.wait(self.start(**job)) != 0:
            pytest.fail((self.folder / "runner.log").read_text(encoding="utf-8")[-3000:])

    def under_strace(self, *rules: str, **job: Any) -> int:
        """Does a job while strace sees to what `rules` say. Returns how the worker ended."""
        pid = self.start(**job, traced=True)
        wait_until(lambda: _status(pid, "State").startswith("T"))
        words = [word for rule in rules for word in ("-e", rule)]
        log = ["-o", job.get("trace", "/dev/null")]
        tracer = subprocess.Popen(["strace", "-qq", *log, "-p", str(pid), *words])
        wait_until(lambda: _status(pid, "TracerPid") != "0")
        os.kill(pid, signal.SIGCONT)
        code = self.wait(pid)
        tracer.wait()
        return code

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()
        self._log.close()


def _status(pid: int, name: str) -> str:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return line.partition(":")[2].strip()
    raise AssertionError(name)


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for something, and fails where it does not come."""
    began = clock.elapsed()
    while not true():
        assert clock.elapsed() - began < seconds
        clock.pause(0.001)


@dataclass
class Prepared:
    """A database to crash on, made ready again as often as asked."""

    url: str
    engine: Engine
    template: Path | None = None

    def anew(self) -> None:
        """As it was before any mail."""
        if self.template is None:
            with self.engine.begin() as connection:
                for table in ("mail", "tick_slot", "pulse"):
                    connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - ours
            return
        self.engine.dispose()
        for old in self.file.parent.glob(f"{self.file.name}?*"):
            old.unlink()  # the journal, and the list of what was sent
        shutil.copyfile(self.template, self.file)

    def keep(self) -> None:
        """From now on this is how it was."""
        if self.template is not None:
            self.engine.dispose()
            shutil.copyfile(self.file, self.template)

    @property
    def file(self) -> Path:
        """Of an SQLite database."""
        return Path(str(make_url(self.url).database))

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """The outbox."""
        return self.read(f"SELECT {columns} FROM mail ORDER BY id")  # noqa: S608 - ours

    def read(self, statement: str) -> list[tuple[Any, ...]]:
        """What stands in the database, by a connection of its own."""
        engine = db.create_engine(self.url)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(statement))]
        engine.dispose()
        return found

    def is_whole(self) -> bool:
        """Whether the file is in order (SQLite; a PostgreSQL that serves is)."""
        return self.template is None or self.read("PRAGMA integrity_check") == [("ok",)]


@contextmanager
def prepared(url: str, *, durable: bool = True) -> Iterator[Prepared]:
    """A filled database that can be had anew.

    Not `durable`: for tests in which neither the machine nor the server dies, so that a commit need
    not wait for a disk: in memory, where the system has a folder for it.
    """
    engine = db.create_engine(url)
    fill(engine)
    made = Prepared(url, engine)
    with tempfile.TemporaryDirectory(dir=None if durable else memory()) as folder:
        if engine.dialect.name == "sqlite":
            engine.dispose()
            made.template = Path(shutil.copy(made.file, Path(folder) / "template"))
            made.url = f"sqlite:///{folder}/school.db"
            made.engine = db.create_engine(made.url)
            made.anew()
        elif not durable:
            name = engine.url.database
            with engine.begin() as connection:
                connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
            engine.dispose()
        yield made
        made.engine.dispose()


@dataclass
class Tally:
    """What some faults came to."""

    faults: int = 0
    lost: int = 0
    copies: int = 0
    most: int = 0  # copies after one fault

    def add(self, decided: Sequence[str], received: Sequence[str]) -> None:
        """Counts one fault: the mails that were decided, and those that arrived."""
        came = Counter(received)
        assert set(came) <= set(decided), "a mail that nobody decided"
        more = sum(came.values()) - len(came)
        self.faults += 1
        self.lost += len(set(decided) - set(came))
        self.copies += more
        self.most = max(self.most, more)


def told(what: str, tally: Tally, began: datetime | float) -> None:
    """Prints the figures (seen with -s): they stand in docs/reliability.md."""
    assert isinstance(began, float)
    seconds = clock.elapsed() - began
    sys.stdout.write(
        f"\n{what}: {tally.faults} faults, {tally.lost} lost, {tally.copies} copies,"
        f" at most {tally.most} a fault, {seconds:.0f} s\n"
    )


def tick(school: Prepared, post: Post, at: time) -> None:
    """One pass of the clock, which may break."""
    now = datetime.combine(MONDAY, at, OSLO).astimezone(UTC)
    worker = outbox.Worker(school.engine, RULES, lambda: now, post, patience=1)
    outbox.tick(worker, sender="example.no")
