"""Going live, standing still and coming back; clocks that jump; and what people have chosen."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from iopflow.models import MailKind
from iopflow.reminders.watch import Watch
from tests.reminders.conftest import Post
from tests.reminders.test_outbox import DONE

MONDAY = date(2027, 1, 11)
NOON = datetime(2027, 1, 11, 12, tzinfo=UTC)


def mails(post: Post, person: str = "kari") -> list[tuple[date, MailKind, date | None]]:
    """Day, kind and the day it should have come, of what a person was sent."""
    return [(day, one.kind, one.delayed) for day, who, one, _id in post.sent if who == person]


@pytest.mark.parametrize("away", [1, 2, 7, 21, 42, 365])
def test_after_any_downtime_a_person_gets_one_mail_at_most_marked_as_late(
    post: Post, away: int
) -> None:
    back = date(2027, 1, 13)  # a Wednesday
    post.run(
        "INSERT INTO tick_slot (owner_id, job, slot, at) SELECT id, 'mails', :slot,"
        " '2026-01-01 06:00:00' FROM owner",
        slot=(back - timedelta(days=away + 1)).isoformat(),
    )
    for minute in range(0, 60, 5):
        post.tick(back, time(9, minute))
    people = [who for _day, who, _one, _id in post.sent]
    assert len(people) == len(set(people))
    if away >= 2:  # Monday's digest was missed
        ((_day, kind, delayed),) = mails(post)
        assert kind is MailKind.DIGEST
        assert delayed is not None
        assert delayed <= MONDAY


def test_coming_back_on_the_day_of_the_digest_it_says_since_when_nothing_came(post: Post) -> None:
    post.tick(date(2026, 12, 17))
    post.sent.clear()
    post.tick(MONDAY, time(11))
    assert mails(post) == [(MONDAY, MailKind.DIGEST, date(2026, 12, 21))]


def test_a_nudge_that_was_missed_comes_on_the_day_itself(post: Post) -> None:
    """Due on Friday: Thursday's nudge never went."""
    for number in (11, 12, 13):
        post.tick(date(2027, 1, number))
    post.sent.clear()
    post.tick(date(2027, 1, 15), time(8))
    ((day, kind, delayed),) = mails(post)
    assert (day, kind, delayed) == (date(2027, 1, 15), MailKind.NUDGE, date(2027, 1, 14))


def test_the_first_run_ever_has_missed_nothing(post: Post) -> None:
    post.tick(date(2027, 1, 13))
    assert mails(post) == []


def test_a_clock_that_is_set_back_sends_nothing_until_it_is_right(post: Post) -> None:
    post.tick(MONDAY, time(9))
    sent = len(post.sent)
    assert post.tick(date(2027, 1, 4), time(9)).paused
    assert post.tick(MONDAY, time(8, 54)).paused
    assert len(post.sent) == sent
    assert not post.tick(MONDAY, time(8, 56)).paused  # no more than clocks are put right by
    assert not post.tick(date(2027, 1, 14)).paused


def test_a_clock_that_jumps_forward_waits_for_a_person() -> None:
    watch = Watch()
    assert not watch.holds(NOON, 1000.0, None)
    assert not watch.holds(NOON + timedelta(minutes=1), 1060.0, None)
    jumped = NOON + timedelta(days=3650)
    assert watch.holds(jumped, 1120.0, None)
    assert watch.holds(jumped + timedelta(minutes=1), 1180.0, NOON)  # that was before the jump
    assert not watch.holds(NOON + timedelta(minutes=5), 1300.0, None)  # it is right again
    assert watch.holds(jumped, 1360.0, None)
    assert not watch.holds(jumped + timedelta(minutes=1), 1420.0, jumped)  # somebody said so
    assert not watch.holds(jumped + timedelta(minutes=2), 1480.0, jumped)


def test_a_machine_that_slept_has_not_jumped() -> None:
    watch = Watch()
    watch.holds(NOON, 1000.0, None)
    assert not watch.holds(NOON + timedelta(days=3), 1000.0 + 3 * 86400, None)


def choose(post: Post, wish: str) -> None:
    post.run("UPDATE person SET wish = :wish WHERE key = 'kari'", wish=wish)


def test_whoever_wants_it_weekly_gets_no_nudge(post: Post) -> None:
    choose(post, "weekly")
    assert [kind for _d, kind, who in post.week(MONDAY) if who == "kari"] == [MailKind.DIGEST]


def test_whoever_wants_only_the_calendar_hears_of_what_is_overdue_once_a_week(post: Post) -> None:
    choose(post, "calendar")
    post.run(DONE.replace("due <= '2027-02-15'", "due < '2027-01-15'"))
    post.week(MONDAY)
    assert mails(post) == []
    post.week(date(2027, 1, 18))
    assert [kind for _day, kind, _late in mails(post)] == [MailKind.DIGEST]
    assert post.sent[-1][2].lines == ()


def test_whoever_wants_it_daily_in_june_gets_it_every_school_day_then_and_not_in_may(
    post: Post,
) -> None:
    choose(post, "june")
    post.week(date(2027, 5, 24))
    assert len(mails(post)) <= 2
    post.sent.clear()
    post.week(date(2027, 6, 7))
    assert [day.day for day, _kind, _late in mails(post)] == [7, 8, 9, 10, 11]
    assert len({one for *_rest, one in post.sent}) == len(post.sent)


def test_daily_in_june_goes_on_in_the_second_week(post: Post) -> None:
    choose(post, "june")
    post.week(date(2027, 6, 7))
    post.sent.clear()
    post.week(date(2027, 6, 14))
    assert [day.day for day, _kind, _late in mails(post)] == [14, 15, 16, 17, 18]


def test_a_nudge_does_not_make_the_next_digest_silent(post: Post) -> None:
    """What fell due on the Tuesday was in no mail yet: Thursday's nudge was about other steps."""
    post.run("UPDATE task SET due = '2027-01-12' WHERE step = 'iop.elevsamtale_host'")
    post.week(MONDAY)
    post.sent.clear()
    post.week(date(2027, 1, 18))
    ((_day, kind, _late),) = mails(post)
    assert kind is MailKind.DIGEST
    assert "Elevsamtale høst" in {
        line.title.nb for _d, who, one, _id in post.sent if who == "kari" for line in one.behind
    }


def test_the_digest_goes_also_in_the_week_after_one_that_began_on_a_tuesday(post: Post) -> None:
    post.run(
        "INSERT INTO day_off (owner_id, school_id, starts, what)"
        " SELECT owner_id, id, '2027-01-11', 'fri' FROM school"
    )
    post.week(MONDAY)
    post.sent.clear()
    post.week(date(2027, 1, 18))
    assert [day for day, _kind, _late in mails(post)][:1] == [date(2027, 1, 18)]
