"""4.4: nights in which the clock changes, clocks that are set, and every day of twenty years."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Engine, text

from iopflow import db
from iopflow.clock import OSLO, local
from iopflow.engine.opening import open_year
from iopflow.models import MailKind
from iopflow.queries.places import schools
from iopflow.reminders import outbox
from iopflow.reminders.days import digest_day, is_sending_day, nudged_until
from iopflow.reminders.due import window
from iopflow.reminders.states import Answer, Letter, Verdict
from iopflow.schoolyear import SchoolYear, Year
from tests.databases import LONG, Sqlite
from tests.factories import RULES, act, lia
from tests.reliability.kit import long
from tests.reliability.naive import School

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FIRST, LAST = date(2025, 8, 1), date(2045, 7, 31)
SCHOOLS = range(long(3, 60))


class Clock:
    """A clock that is set by hand, and the mails that go while it does."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.now = engine, datetime(2026, 1, 1, tzinfo=UTC)
        self.sent: list[tuple[datetime, str]] = []

    def ring(self, now: datetime) -> outbox.Ticked:
        """One pass at a moment."""
        self.now = now
        worker = outbox.Worker(self.engine, RULES, lambda: self.now, self, rate=1_000_000)
        return outbox.tick(worker, sender="example.no")

    def send(self, content: Letter, _message_id: str) -> Answer:
        """Takes it."""
        self.sent.append((local(self.now), content.email))
        return Answer(Verdict.TAKEN, "250")

    def close(self) -> None:
        """Nothing to end."""


def changes(year: int) -> tuple[date, date]:
    """The last Sundays of March and October."""
    marches = [date(year, 3, day) for day in range(25, 32)]
    octobers = [date(year, 10, day) for day in range(25, 32)]
    return next(d for d in marches if d.weekday() == 6), next(
        d for d in octobers if d.weekday() == 6
    )


SUNDAYS = [day for year in range(2026, 2036 if LONG else 2028) for day in changes(year)]


@contextmanager
def school_with_work(server: Sqlite, due: date) -> Iterator[Clock]:
    """Kari's class has everything of its year due on one day, and nothing has been sent."""
    year = Year.of(due)
    with server.in_memory() as engine:
        with db.session(engine) as session:
            cast = lia(session, years=range(year.start - 1, year.start + 3))
            cast.pupil("e1")
            cast.vedtak("e1", year.start)
            open_year(session, RULES, year, schools(session), act=act())
            connection = session.connection()
            connection.execute(text("UPDATE person SET email = 'kari@d.no' WHERE key = 'kari'"))
            connection.execute(text("UPDATE school SET live_from = '2024-01-01'"))
            set_due = text("UPDATE task SET due = :due, opens = NULL, limit_day = NULL")
            connection.execute(set_due, {"due": due.isoformat()})
        yield Clock(engine)


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    """Databases in memory: what is tested is the clock."""
    return Sqlite(tmp_path_factory.mktemp("time"))


def of_lia(around: date) -> School:
    """Lia's days, as the slow way has them."""
    years = [
        (date(year, 8, 12), date(year + 1, 6, 18))
        for year in range(around.year - 1, around.year + 1)
    ]
    return School(years, (), first=around - 60 * DAY, last=around + 60 * DAY)


def minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    """Every minute as it passes: the hour that comes twice is two, the one left out is none."""
    now, end = first.astimezone(UTC), last.astimezone(UTC)
    while now < end:
        yield now
        now += MINUTE


@pytest.mark.slow
@pytest.mark.parametrize("sunday", SUNDAYS, ids=str)
def test_a_night_in_which_the_clock_changes_gives_nobody_two_mails_or_none(
    memory: Sqlite, sunday: date
) -> None:
    monday = next(day for day in sorted(of_lia(sunday).digests) if day > sunday)
    spans = [(sunday, 0, 9), (monday, 6, 8)]
    if LONG:
        spans = [(sunday + n * DAY, 0, 24) for n in range(-1, (monday - sunday).days + 1)]
    with school_with_work(memory, sunday + 12 * DAY) as clock:
        for day, first, last in spans:
            begin = datetime.combine(day, time(first), OSLO)
            end = datetime.combine(day + last // 24 * DAY, time(last % 24), OSLO)
            for now in minutes(begin, end):
                clock.ring(now)
    assert clock.sent == [(datetime.combine(monday, time(7), OSLO), "kari@d.no")]


@pytest.mark.parametrize(
    ("jump", "paused"),
    [
        (timedelta(minutes=-1), False),
        (timedelta(minutes=-5), False),
        (timedelta(minutes=-6), True),
        (timedelta(hours=-1), True),
        (timedelta(days=-1), True),
        (timedelta(days=-3650), True),
        (timedelta(hours=1), False),
        (timedelta(days=1), False),
    ],
    ids=str,
)
def test_a_clock_that_is_set_sends_nothing_twice(
    memory: Sqlite, jump: timedelta, *, paused: bool
) -> None:
    monday = date(2026, 11, 16)
    with school_with_work(memory, monday + 11 * DAY) as clock:
        seven = datetime.combine(monday, time(7, 2), OSLO).astimezone(UTC)
        clock.ring(seven)
        assert len(clock.sent) == 1
        assert clock.ring(seven + jump).paused is paused
        for now in minutes(seven + jump, seven + jump + timedelta(minutes=20)):
            clock.ring(now)
        for now in minutes(seven, seven + timedelta(minutes=20)):  # it is put right
            clock.ring(now)
        assert len(clock.sent) == 1


def drawn(chance: random.Random) -> tuple[Mapping[Year, SchoolYear], School]:
    """Twenty skoleruter drawn at random, as iopflow has them and as the slow way has them."""
    ruter, years, all_off = {}, [], []
    for start in range(FIRST.year, LAST.year):
        first = date(start, 8, chance.randint(10, 25))
        planning = chance.choice([None, first - chance.randint(0, 7) * DAY])
        last = date(start + 1, 6, chance.randint(12, 26))
        off = {
            begins + n * DAY
            for begins, days in [
                (date(start, 9, 28) + chance.randint(0, 7) * DAY, 5),
                (date(start, 12, 19) + chance.randint(0, 4) * DAY, chance.randint(10, 16)),
                (date(start + 1, 2, 15) + chance.randint(0, 10) * DAY, 7),
                (date(start + 1, 5, 14), chance.randint(1, 4)),
                (first + chance.randint(0, 300) * DAY, 1),
            ]
            for n in range(days)
        }
        ruter[Year(start)] = SchoolYear(
            Year(start), first, last, planning_day=planning, days_off=frozenset(off)
        )
        years.append((planning or first, last))
        all_off += sorted(off)
    return ruter, School(years, all_off, first=FIRST, last=LAST)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SCHOOLS)
def test_every_day_of_twenty_years_has_the_mail_that_the_slow_way_gives_it(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    ruter, school = drawn(chance)
    said: Counter[str] = Counter()
    for number in range((LAST - FIRST).days - 30):
        day = FIRST + number * DAY
        mail = school.mail(day)
        is_summer = mail is not None and mail[0] == "summer"
        assert is_sending_day(ruter, day) == (mail is not None and not is_summer), day
        assert (digest_day(ruter, day) == day) == (mail is not None and mail[0] == "digest"), day
        found = window(ruter, day, ran=day - DAY)
        said[mail[0] if mail else "none"] += 1
        if mail is None:
            assert found is None, day
            continue
        assert found is not None, day
        assert found.summer == is_summer, day
        assert found.due.kind == (MailKind.DIGEST if is_summer else MailKind(mail[0])), day
        if found.due.kind is MailKind.DIGEST:
            assert found.last == day + timedelta(days=14), day
        else:
            assert (found.first, found.last) == (day + DAY, nudged_until(ruter, day)), day
            nudged = school.nudged[day]
            reached = [due for due in nudged if found.first <= due <= found.last]
            assert reached == nudged, day
            assert found.last in {nudged[-1], *school.sending}, day
    assert said["summer"] > 100
    assert said["digest"] > 600
    assert said["nudge"] > 2_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", SCHOOLS)
def test_after_any_silence_goes_what_the_slow_way_says_and_one_digest_at_most(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    ruter, school = drawn(chance)
    ran, digests = FIRST, Counter[tuple[int, int]]()
    day = FIRST
    while day < LAST - 40 * DAY:
        found = window(ruter, day, ran=ran)
        then = school.after_silence(day, ran)
        kind = None if found is None else "summer" if found.summer else found.due.kind.value
        assert kind == then, (day, ran)
        if found is not None and then in ("digest", "summer"):
            digests[day.isocalendar()[:2]] += 1
            assert found.due.since == school.delayed_since(day, ran), (day, ran)
        ran = day
        day += chance.choice([1, 1, 1, 2, 3, 8, 25, 60]) * DAY
    assert set(digests.values()) == {1}
