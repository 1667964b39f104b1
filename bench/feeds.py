"""Calendar feeds: built, kept and unchanged, beside Radicale, a bare ASGI application and nginx.

Requests are made by wrk, 16 connections, each server a process of its own, one after the other.
The file of a real feed is replaced by one of 60, 500 and 5,000 events; the road to it is the same.
"""

import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from icalendar import Calendar, Event
from sqlalchemy import text

from bench import country
from bench.feed_server import NOW
from bench.report import Line, median, ratio
from iopflow import db
from iopflow.engine.feeds import new, path_of
from iopflow.engine.ledger import Act
from iopflow.feeds import render
from iopflow.feeds.files import Around, Fetched, Stale, keep, look_up, write_anew
from iopflow.feeds.writing import Content, Entry, feed_bytes
from iopflow.models import FeedLevel
from iopflow.queries.access import EVERYONE
from iopflow.queries.feeds import by_token, imagined, person_for
from iopflow.queries.rules import Rules

SIZES = (60, 500, 5_000)
SECONDS = 4
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)")
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
_AS_R = "Basic cjpy"  # a user of any name, with any password
_MADE = datetime(2026, 8, 20, 6, 0, tzinfo=UTC)


def run(_pupils: int) -> Iterator[Line]:
    """The lines of the report."""
    yield from _writing()
    with country.folder() as place:
        path, token = _school(place)
        yield from _built(path, token)
        for size in SIZES:
            yield from _served(place, path, token, size)
        yield from _unknown(path, token)


def _content(size: int) -> Content:
    """Events as a feed has them."""
    return Content(
        "IOP-frister",
        tuple(
            Entry(
                f"{n:032x}@iopflow",
                f"Årsevaluering IOP: {n % 40} elever igjen",
                (day := date(2026, 8, 1) + timedelta(days=n % 365)),
                day,
                _MADE,
                _MADE,
            )
            for n in range(size)
        ),
        "https://iop.eikedal.example/",
    )


def _writing() -> Iterator[Line]:
    """The library as one uses it, without our checks of what goes in."""
    for size in SIZES:
        content = _content(size)

        def plainly(content: Content = content) -> bytes:
            calendar = Calendar()
            calendar.add("prodid", "-//x//NO")
            calendar.add("version", "2.0")
            for one in content.entries:
                event = Event()
                for name, value in (
                    ("uid", one.uid),
                    ("dtstamp", one.changed_at),
                    ("last-modified", one.changed_at),
                    ("created", one.created_at),
                    ("sequence", one.changes),
                    ("dtstart", one.first),
                    ("dtend", one.last + timedelta(days=1)),
                    ("summary", one.title),
                    ("url", content.address),
                    ("categories", ["IOP", "Frist"]),
                    ("class", "PRIVATE"),
                    ("transp", "TRANSPARENT"),
                    ("x-microsoft-cdo-busystatus", "FREE"),
                    ("status", "CONFIRMED"),
                ):
                    event.add(name, value)
                calendar.add_component(event)
            return bytes(calendar.to_ical())

        ours = median(lambda content=content: feed_bytes(content))  # type: ignore[misc]
        yield ratio(f"{size} events written, beside icalendar alone", ours, median(plainly), 1.2)


def _school(place: Path) -> tuple[Path, str]:
    """A school of sixty pupils with an open year, and the token of its rektor's feed."""
    path = country.build(place / "school.db", 60)
    engine = country.one_school(path)
    with db.session(engine) as session:
        person = person_for(session, EVERYONE, "r")
        school = session.execute(text("SELECT key FROM school WHERE id = 1")).scalar()
        feed = imagined(
            session, person, f"school:{school}", FeedLevel.COUNTS, today=NOW.date(), key=""
        )
        _number, token = new(session, feed, label="", act=Act("bench", NOW))
    db.analyze(engine)
    engine.dispose()
    return path, token


def _built(path: Path, token: str) -> Iterator[Line]:
    """From the database to the file, and the file as it is kept."""
    engine = db.create_engine(f"sqlite:///{path}")
    rules = Rules()
    around = Around(rules, "", NOW.date())

    def build() -> None:
        with db.session(engine, write=False) as session:
            feed = by_token(session, token)
            assert feed is not None
            render(session, rules, feed, today=NOW.date())

    reading = engine.execution_options(iopflow_reading=True)

    def kept() -> None:
        with reading.connect() as connection:
            assert isinstance(look_up(connection, token, around, now=NOW), Fetched)

    built = median(build)
    with db.session(engine, write=False) as session:
        stale = look_up(session.connection(), token, around, now=NOW)
        assert isinstance(stale, Stale)
        first = write_anew(session, stale, around, now=NOW)
    assert first is not None
    keep(engine, first, now=NOW, by="")
    yield ratio("rektor's feed of 60 pupils built, beside kept", built, median(kept))
    engine.dispose()


def _served(place: Path, path: Path, token: str, size: int) -> Iterator[Line]:
    body = feed_bytes(_content(size))
    file = place / "feed.ics"
    file.write_bytes(body)
    tag = sha256(body).hexdigest()[:32]
    engine = db.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE feed_file SET body = :body, tag = :tag"), {"body": body, "tag": tag}
        )
    engine.dispose()
    with _python("ours", path) as port:
        warm, p99 = _wrk(port, path_of(token), expect=body)
        unchanged, _p99 = _wrk(port, path_of(token), headers=[f'If-None-Match: "{tag}"'])
    with _python("bare", file) as port:
        bare, bare_p99 = _wrk(port, "/", expect=body)
    name = f"{size} events"
    yield Line(f"{name}, kept, requests/s", 1 / warm, 1 / bare, warm, unit="/s")
    share = Line(
        f"{name}, kept, through a bare ASGI app", 1 / warm, 1 / bare, warm / bare, 0.2, True
    )
    yield share
    yield Line(f"{name}, kept, p99", p99, bare_p99, p99 * 1000, 5, unit="ms")
    yield Line(f"{name}, 304, requests/s", 1 / unchanged, 1 / bare, unchanged, unit="/s")
    with _radicale(place / f"radicale-{size}", body) as port:
        many = 2 if size > 60 else 16
        peer, _peer_p99 = _wrk(
            port, "/r/iop/", headers=[f"Authorization: {_AS_R}"], connections=many
        )
    wanted = {60: 100.0, 500: 300.0}.get(size)
    yield Line(f"{name}, kept, through Radicale", 1 / warm, 1 / peer, warm / peer, wanted, True)
    if shutil.which("nginx"):
        with _nginx(place, file) as port:
            static, _p99 = _wrk(port, "/feed.ics", expect=body)
        yield Line(f"{name}, kept, through nginx's file", 1 / warm, 1 / static, warm / static)


def _unknown(path: Path, token: str) -> Iterator[Line]:
    """Whether the time of a 404 tells a guess that is near from one that is far."""
    near = path_of(token[:-1] + ("A" if token[-1] != "A" else "B"))
    far, wrong = path_of("A" * len(token)), "/feeds/1/calendar.ics"
    times: dict[str, list[float]] = {near: [], far: [], wrong: []}
    with _python("ours", path) as port:
        link = socket.create_connection(("127.0.0.1", port))
        for turn in range(10_200):
            asked = (near, far, wrong)[turn % 3]
            start = time.perf_counter()
            link.sendall(f"GET {asked} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = link.recv(65_536)
            times[asked].append(time.perf_counter() - start)
            assert answer.startswith(b"HTTP/1.1 404")
        link.close()
    for name, asked in (("a far", far), ("a wrong path", wrong)):
        one, other = statistics.median(times[near]), statistics.median(times[asked])
        apart = abs(one - other) * 1e6
        yield Line(f"404: a near guess and {name}, medians apart", one, other, apart, 50, unit="us")


def _wrk(
    port: int,
    path: str,
    *,
    expect: bytes | None = None,
    headers: Sequence[str] = (),
    connections: int = 16,
) -> tuple[float, float]:
    """Requests a second, and the 99th percentile in seconds."""
    url = f"http://127.0.0.1:{port}{path}"
    if expect is not None:
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == expect
    asked = [word for header in headers for word in ("-H", header)]
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *asked, url],
        capture_output=True,
        text=True,
        check=True,
    )
    rate, late = _RATE.search(done.stdout), _P99.search(done.stdout)
    assert rate is not None and late is not None, done.stdout  # noqa: PT018
    assert "Non-2xx" not in done.stdout, done.stdout
    return float(rate[1]), float(late[1]) * _UNITS[late[2]]


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def _running(command: list[str], port: int) -> Iterator[int]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _turn in range(400):
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield port
        finally:
            process.terminate()


@contextmanager
def _python(what: str, source: Path) -> Iterator[int]:
    port = _free()
    command = [sys.executable, "-m", "bench.feed_server", what, str(source), str(port)]
    with _running(command, port) as there:
        yield there


@contextmanager
def _radicale(folder: Path, body: bytes) -> Iterator[int]:
    """Radicale, which has taken the same events as a collection."""
    port = _free()
    command = [sys.executable, "-m", "radicale", "--hosts", f"127.0.0.1:{port}"]
    command += ["--auth-type", "none", "--storage-filesystem-folder", str(folder)]
    command += ["--logging-level", "error", "--server-max_connections", "100"]
    with _running(command, port) as there:
        put = urllib.request.Request(
            f"http://127.0.0.1:{port}/r/iop/",
            data=body,
            method="PUT",
            headers={"Content-Type": "text/calendar; charset=utf-8", "Authorization": _AS_R},
        )
        with urllib.request.urlopen(put, timeout=120) as answer:  # noqa: S310
            assert answer.status == 201
        yield there


@contextmanager
def _nginx(place: Path, file: Path) -> Iterator[int]:
    """The file as nginx gives it: what a machine can do at most."""
    port = _free()
    configured = place / "nginx.conf"
    configured.write_text(
        f"daemon off; pid {place}/nginx.pid; error_log /dev/null; worker_processes 1;\n"
        "events {}\n"
        f"http {{ access_log off; server {{ listen 127.0.0.1:{port}; root {file.parent}; }} }}\n"
    )
    place.chmod(0o755)
    with _running(["nginx", "-c", str(configured), "-p", str(place)], port) as there:
        yield there
