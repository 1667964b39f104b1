"""A school year in hourly ticks: few mails, on school days, with something open, naming no pupil.

2026-27: 15.08, 31.01, 28.02 and 30.05 fall on weekends, 31.05 and 17.05 (Whit Monday) on Mondays,
and the clocks change on 25 October and 28 March.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from iopflow import db, mailer, settings, simulation
from iopflow.cli import main
from iopflow.clock import OSLO, local, local_date
from iopflow.engine.opening import open_year
from iopflow.models import MailKind
from iopflow.queries.places import calendars, schools
from iopflow.reminders.days import is_sending_day
from iopflow.schoolyear import Year
from iopflow.simulation import Sent, play
from tests.databases import KINDS, LONG
from tests.factories import RULES, act, lia

YEAR = Year(2026)
SETTINGS = settings.load({}, base_url="https://iopflow.example.no", mail_from="i@example.no")
NAMES = ("Qvist <Zoë>", 'Ødegård-Ærø "Ås"', "شيماء", "O'Xy", "Þórdís Ünal")
KEYS = ("zz-1", "zz-2", "zz-3", "zz-4", "zz-5")
CLASSES = ("9Zq", "8Xw")
WEEK = timedelta(days=7)
CHANGES = (date(2026, 10, 25), date(2027, 3, 28))
LIMIT, LIMIT_OF_LEADERS = 20, 30  # a weekly list comes besides one's own work
IN_SHORT_ON_SQLITE = pytest.mark.parametrize(
    "server", KINDS if LONG else ("sqlite",), indirect=True
)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Lia with five pupils of unusual names in two classes of unusual names, and its staff."""
    with db.session(engine) as session:
        cast = lia(session)
        for number, (key, name) in enumerate(zip(KEYS, NAMES, strict=True)):
            class_ = "3a" if number % 2 else "3b"
            new = number == 4
            cast.pupil(key, class_=class_, starts=date(2026, 8, 17) if new else date(2024, 8, 1))
            for year in (2025, 2026, 2027):
                cast.vedtak(key, year)
            cast.need(key, 2027)
            session.connection().execute(
                text("UPDATE pupil SET name = :name, birth_month = '2014-03' WHERE key = :key"),
                {"name": name, "key": key},
            )
        cast.grant("bo", "kontaktlaerer", "unit", "3b")
        cast.grant("per", "spesialpedagog", "pupil", KEYS[0])
        for unit, name in zip(("3a", "3b"), CLASSES, strict=True):
            session.connection().execute(
                text("UPDATE unit SET name = :name WHERE key = :key"), {"name": name, "key": unit}
            )
        session.connection().execute(text("UPDATE person SET email = key || '@example.no'"))
        session.connection().execute(text("UPDATE school SET live_from = '2026-08-01'"))
        for year in (2025, 2026, 2027):
            open_year(session, RULES, Year(year), schools(session), act=act())
    return engine


def the_days(engine: Engine) -> set[date]:
    with db.session(engine, write=False) as session:
        ((ruter),) = [
            calendars(session)[one.number] for one in schools(session) if one.key == "lia"
        ]
    days = (YEAR.on(8, 1) + timedelta(days=n) for n in range(365))
    return {day for day in days if is_sending_day(ruter, day)}


def of_person(sent: list[Sent]) -> dict[str, list[Sent]]:
    found: dict[str, list[Sent]] = {}
    for one in sent:
        found.setdefault(one.person, []).append(one)
    return found


def is_kind(sent: list[Sent]) -> None:
    """Few mails, in the morning, each with something to say and none of them twice."""
    assert {local(one.at).time() for one in sent} == {time(7)}
    assert [one for one in sent if one.content.is_empty] == []
    assert len({one.message_id for one in sent}) == len(sent)
    for person, mails in of_person(sent).items():
        on = [local_date(one.at) for one in mails]
        assert len(on) == len(set(on)), person
        weeks = Counter(day.isocalendar()[:2] for day in on)
        assert max(weeks.values()) <= 2, person
        leads = any(one.content.more for one in mails)
        assert len(on) <= (LIMIT_OF_LEADERS if leads else LIMIT), (person, len(on))
        nudges = [one for one in mails if one.content.kind is MailKind.NUDGE]
        assert all(one.content.lines and not one.content.more for one in nudges), person


def is_silent(sent: list[Sent], names: Iterable[str], others: Iterable[str]) -> None:
    """No header and no part of a mail has a word of a name, its initials, a code or a class."""
    forbidden = set(others)
    for name in names:
        own = re.findall(r"[^\W\d_]{2,}", name)
        forbidden |= {*own, "".join(word[0] for word in own)}
    forbidden = {word for word in forbidden if len(word) > 1}
    for one in sent:
        message = mailer.compose(one.content, one.message_id, SETTINGS, now=one.at)
        parts = [str(value) for name, value in message.items() if name != "To"]
        parts += [str(part.get_content()) for part in message.walk() if not part.is_multipart()]
        greeted = set(re.findall(r"\w+", one.content.name))  # the reader's own name stands there
        words = set(re.findall(r"[\w-]+", " ".join(parts))) - greeted
        assert words & forbidden == set()


@pytest.mark.slow
def test_a_year_is_kind_to_people_and_silent_about_pupils(filled: Engine) -> None:
    """Every morning, on both databases."""
    days = the_days(filled)
    sent = play(filled, RULES, YEAR)
    assert len(sent) > 30
    assert {local_date(one.at) for one in sent} <= days
    is_kind(sent)
    is_silent(sent, NAMES, {*KEYS, *CLASSES, "2014-03", "3a", "3b"})


@pytest.mark.slow
@IN_SHORT_ON_SQLITE
def test_a_clock_that_rings_every_hour_gives_the_mails_of_one_that_rings_once_a_day(
    filled: Engine,
) -> None:
    """In every fourth week and those in which clocks change; in the long run all the year."""
    sent = play(filled, RULES, YEAR, hourly=True) if LONG else rung_by_the_hour(filled)
    assert len(sent) > 30
    is_kind(sent)
    as_before(filled)
    morning = play(filled, RULES, YEAR)
    assert [told(one) for one in morning] == [told(one) for one in sent]


def rung_by_the_hour(engine: Engine) -> list[Sent]:
    """As `play` does it, in some weeks at every hour of every day."""
    sent: list[Sent] = []
    for number in range(365):
        day = YEAR.on(8, 1) + timedelta(days=number)
        often = day.isocalendar().week % 4 == 0 or any(abs(day - one) < WEEK for one in CHANGES)
        for hour in range(24) if often else (7,):
            moment = datetime.combine(day, time(hour), OSLO).astimezone(UTC)
            simulation._ring(engine, RULES, moment, sent)
        with db.session(engine) as session:
            past = day - timedelta(days=simulation.WEEK)
            simulation._do(session, RULES, day, date.min if number == 0 else past, past)
    return sent


def told(one: Sent) -> tuple[object, ...]:
    return local_date(one.at), one.person, one.content.lines, one.content.behind, one.content.more


def as_before(engine: Engine) -> None:
    """A database that is as it was before the year."""
    with engine.begin() as connection:
        for table in ("mail", "tick_slot", "pulse", "happening"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of ours


@pytest.mark.slow
def test_a_year_of_a_whole_network_is_as_kind_and_as_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo's three schools with 472 pupils and their staff, every morning of a year, and every
    hour in the long run.
    """
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--no-serve", "--now", "2026-08-03T06:00"]) == 0
    engine = db.create_engine(f"sqlite:///{tmp_path / 'iopflow-demo' / 'iopflow.db'}")
    sent = play(engine, RULES, YEAR, hourly=LONG)
    with engine.connect() as connection:
        pupils = connection.execute(text("SELECT name, key FROM pupil")).all()
        classes = connection.execute(text("SELECT name, key FROM unit WHERE kind = 'klasse'")).all()
    engine.dispose()
    assert len(sent) > 500
    is_kind(sent)
    assert pupils
    assert classes
    codes = {word for one in (*classes, *((key,) for _name, key in pupils)) for word in one}
    is_silent(sent, [name for name, _key in pupils], codes)


@IN_SHORT_ON_SQLITE
def test_the_later_the_work_is_done_the_more_mails(filled: Engine) -> None:
    early = play(filled, RULES, YEAR, delay=0)
    as_before(filled)
    late = play(filled, RULES, YEAR, delay=40)
    assert len(early) < len(late)
