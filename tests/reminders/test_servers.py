"""The outbox and a mail server that misbehaves: nothing is lost, and nothing comes twice."""

import ssl
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Engine

from iopflow import clock, db, mailer
from iopflow.clock import OSLO
from iopflow.reminders import outbox
from iopflow.reminders.states import Verdict
from tests.databases import LONG as ALL
from tests.databases import Databases
from tests.factories import RULES
from tests.mailer.modes import MODES, Mode
from tests.mailer.server import Server, certificate
from tests.mailer.test_smtp import AWAY, HERE, LONG, told
from tests.reminders.conftest import Post, fill

SEVEN = datetime.combine(date(2027, 1, 11), time(7), OSLO).astimezone(UTC)
SHORT = timedelta(seconds=0.2)
Shown = dict[str, ssl.SSLContext]


@pytest.fixture(scope="module")
def filled(server: Databases) -> Iterator[Engine]:
    """One database for all the servers: the outbox is emptied before each."""
    with server.fresh(fill) as url:
        engine = db.create_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def school(filled: Engine) -> Post:
    """Lia skole, in which nobody has been told anything yet."""
    emptied = Post(filled)
    _empty(emptied)
    return emptied


def _empty(school: Post) -> None:
    for table in ("mail", "tick_slot", "pulse"):
        school.run(f"DELETE FROM {table}")  # noqa: S608 - names of ours
    school.run("UPDATE person SET refused_email = NULL")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The certificates that servers show; the system knows who vouches for two of them."""
    made = {
        name: certificate(tmp_path_factory.mktemp(name), address)
        for name, address in (("right", AWAY), ("unknown", AWAY), ("another", "127.0.0.3"))
    }
    trusted = tmp_path_factory.mktemp("system") / "trusted.pem"
    trusted.write_bytes(b"".join(made[name][1].read_bytes() for name in ("right", "another")))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(trusted))
        yield {name: context for name, (context, _path) in made.items()}


def tick(
    school: Post, server: Server, minute: int, mode: Mode | None = None, *, budget: timedelta = LONG
) -> outbox.Ticked:
    """One pass of the clock, as `iopflow tick` makes it."""
    now = SEVEN + timedelta(minutes=minute)
    user, kind = (mode.user, mode.kind) if mode is not None else ("", "plain")
    known = told(server, user=user, kind="smtps" if kind == "smtps" else "smtp")
    way = mailer.post_of(known, clock=lambda: now, budget=budget)
    worker = outbox.Worker(school.engine, RULES, lambda: now, way, rate=10_000)
    return outbox.tick(worker, sender="example.no")


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_nothing_is_lost_and_nothing_comes_twice(school: Post, shown: Shown, mode: Mode) -> None:
    """Bad at seven, well a minute later; what is in doubt is tried once more after an hour."""
    host = HERE if mode.kind == "plain" else AWAY
    with Server(mode.play, host=host, kind=mode.kind, tls=shown[mode.certificate]) as server:
        if mode.refuses:
            server.refuse()
        done = tick(school, server, 0, mode, budget=SHORT if mode.waits else LONG)
        assert done.down == mode.down or mode.large or mode.kept
        server.behave()
        server.tls = shown["right"]
        if mode.refuses:
            server.listen()
        tick(school, server, 1, mode)
        tick(school, server, 61, mode)

    mails = dict(school.rows("message_id, delivery"))
    assert len(mails) == 3
    assert set(server.copies) <= set(mails)
    assert {len(one.recipients) for one in server.got} <= {1}
    assert mode.kind == "plain" or server.clear == 0
    if mode.verdict is Verdict.REFUSED:
        assert set(mails.values()) == {"rejected"}
        assert server.copies.total() == 0
        blocked = school.rows_of("SELECT count(refused_email) FROM person")
        assert blocked == [(3 if mode.address else 0,)]
        return
    assert set(mails.values()) == {"sent"}
    most = 2 if mode.verdict is Verdict.UNKNOWN or mode.large else 1
    assert set(server.copies) == set(mails)
    assert max(server.copies.values()) <= most


MANY = 1_000 if ALL else 200


@pytest.mark.parametrize(
    ("people", "poison", "reason"),
    [
        (MANY, "UPDATE person SET email = 'no address' WHERE key = 'p7'", "InvalidHeaderDefect"),
        (MANY, "UPDATE person SET wish = 'x' WHERE key = 'p7'", "LookupError"),
    ],
    ids=["cannot be written", "cannot be read"],
)
def test_one_poisoned_row_among_a_thousand(
    post: Post, people: int, poison: str, reason: str
) -> None:
    """All others are sent, one is set aside with the reason; by the thousand, in no more than twice
    the time (M10).
    """
    _teachers(post, people)
    with Server() as server:
        well = _seconds(post, server, people)
        assert (server.copies.total(), set(server.copies.values())) == (people, {1})
        server.got.clear()
        ill = _seconds(post, server, people, poison)
    assert (server.copies.total(), set(server.copies.values())) == (people - 1, {1})
    rows = post.rows_of("SELECT delivery, error FROM mail WHERE delivery <> 'sent'")
    assert rows == [("quarantined", reason)]
    assert not ALL or ill < 2 * well + 0.5


def _teachers(school: Post, people: int) -> None:
    """So many teachers of 3a, and nobody else with an address."""
    school.run("UPDATE person SET email = NULL")
    school.run(
        "INSERT INTO person (owner_id, key, name, email, wish)"
        " WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :people)"
        " SELECT owner.id, 'p' || n, 'Lærer', 'p' || n || '@example.no', 'nudge'"
        " FROM n, owner WHERE owner.id > 0",
        people=people,
    )
    school.run(
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
        " SELECT person.owner_id, person.id, 'kontaktlaerer', 'unit', unit.id, '2024-08-01'"
        " FROM person, unit WHERE person.name = 'Lærer' AND unit.key = '3a'"
    )


def _seconds(school: Post, server: Server, people: int, change: str | None = None) -> float:
    """How long their mails take, decided while the server was away and changed since then."""
    _empty(school)
    server.refuse()
    assert tick(school, server, 0).decided == people
    server.listen()
    if change is not None:
        school.run(change)
    began = clock.elapsed()
    tick(school, server, 1)
    return clock.elapsed() - began
