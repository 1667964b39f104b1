"""A school year of cases rung through by the clock, with July: the mails, and whose turn it is.

In short sixty cases and a tick each Monday; in the long run four hundred, and every hour of every
day. Mails are written to a folder and read back as whoever gets them does.
"""

import email
import email.policy
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from iopflow import db, mailer, settings, simulation
from iopflow.clock import OSLO
from iopflow.lifecycle import Court
from iopflow.queries.courses import Histories
from iopflow.reminders import outbox
from tests.databases import LONG
from tests.factories import RULES
from tests.reminders.case_year import REKTORS, CaseYear, world
from tests.reminders.test_year import IN_SHORT_ON_SQLITE, LIMIT

COUNT, HOURS, STEP = (400, range(24), 1) if LONG else (60, range(7, 8), 7)
FIRST, LAST = date(2026, 8, 3), date(2027, 8, 9)
SUMMERS = ((date(2026, 8, 1), date(2026, 8, 12)), (date(2027, 6, 19), date(2027, 8, 11)))
DONE_AFTER = timedelta(days=5)  # the teachers do what is due within a week
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Mail:
    """A mail as it was read: on which day, whose, and all its words."""

    on: date
    to: str
    words: str


class Box:
    """The folder that mails are written to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: set[str] = set()

    def new(self, on: date) -> Iterator[Mail]:
        """Those that have come since it was read last."""
        for path in sorted(self.folder.glob("*.eml")):
            if path.name not in self._read:
                self._read.add(path.name)
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                parts = [str(value) for _name, value in message.items()]
                parts += [
                    str(part.get_content()) for part in message.walk() if not part.is_multipart()
                ]
                yield Mail(on, str(message["To"]).rpartition("<")[2].partition("@")[0], str(parts))


@pytest.mark.slow
@IN_SHORT_ON_SQLITE
def test_a_year_of_cases_is_told_kindly_and_every_day_lies_with_somebody(
    engine: Engine, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with db.session(engine) as session:
        played = world(session, COUNT)
    box = Box(tmp_path / "mails")
    known = settings.load(
        {}, mail=f"dir:{box.folder}", mail_from="i@example.no", database="sqlite://"
    )
    forbidden = re.compile("|".join(map(re.escape, sorted(played.names))))
    mails: list[Mail] = []
    day = FIRST
    while day <= LAST:
        for hour in HOURS:
            now = datetime.combine(day, time(hour), OSLO).astimezone(UTC)
            post = mailer.post_of(known, clock=lambda now=now: now)  # type: ignore[misc]
            worker = outbox.Worker(engine, RULES, lambda now=now: now, post, rate=10_000)  # type: ignore[misc]
            assert outbox.tick(worker, sender="example.no").failed == 0
        new = list(box.new(day))
        assert [one.to for one in new if forbidden.search(one.words)] == []
        mails += new
        with db.session(engine) as session:
            played.register(session, day, day)
            simulation._do(session, RULES, day, date.min, day - DONE_AFTER)
            if day.weekday() == 0:
                whole = day.day <= 7 or day == LAST  # once a month, and at the end
                everybody_has_a_turn(Histories(session, played.pupils), played, day, whole=whole)
        day += STEP * DAY
    record_property("mails", len(mails))
    assert all(one.on > LAST for one in played.coming)
    are_kind(mails)
    is_rektors_alone(mails)
    assert per_day(engine) == {1}


def everybody_has_a_turn(histories: Histories, played: CaseYear, day: date, *, whole: bool) -> None:
    """It is somebody's turn in each case, or it rests; `whole` counts its days one by one."""
    courses = [one for pupil in played.pupils for one in histories.courses(pupil, until=day)]
    assert courses
    for one in courses:
        assert one.irregular == ()
        assert (one.turn in set(Court)) != one.state.about.rests, one.state
        assert one.begun is not None
        count = (day + DAY - one.begun).days
        spent = one.spent(one.begun, day + DAY)
        assert spent.gross == sum(spent.by_court.values()) + spent.resting == count
        if whole:
            counted = Counter(one.holder(one.begun + n * DAY) for n in range(count))
            assert {court: counted[court] for court in Court} == dict(spent.by_court)
            assert counted[None] == spent.resting


def are_kind(mails: list[Mail]) -> None:
    """No teacher gets more than twenty in the year, nobody two on a day, and there are some."""
    assert len(mails) > COUNT // 2
    assert max(Counter((one.on, one.to) for one in mails).values()) == 1
    of_teachers = Counter(one.to for one in mails if one.to.startswith("t-"))
    assert of_teachers
    assert max(of_teachers.values()) <= LIMIT


def is_rektors_alone(mails: list[Mail]) -> None:
    """What goes between the last school day and the planning day."""
    summer = [one for one in mails if any(a <= one.on < b for a, b in SUMMERS)]
    assert summer
    assert {one.to for one in summer} <= REKTORS


def per_day(engine: Engine) -> set[int]:
    """How many mails anybody was sent on a day."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT count(*) FROM mail WHERE delivery = 'sent' GROUP BY person_id, send_on")
        )
        return set(rows.scalars())
