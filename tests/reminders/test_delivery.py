"""What becomes of a mail: each answer of a mail server, each crash, each clock that is late."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Engine

from iopflow.clock import OSLO
from iopflow.models import Delivery
from iopflow.reminders import delivery
from iopflow.reminders.claiming import BATCH, LEASE, TOO_OLD, Claimed, claim
from iopflow.reminders.delivery import Ticked
from iopflow.reminders.states import MOVES, SETTLED, Answer, Verdict, mermaid
from tests.reminders.conftest import TAKEN, Post

MONDAY = date(2027, 1, 11)  # the half-year's work is due on Friday the 15th
SEVEN = datetime.combine(MONDAY, time(7), OSLO).astimezone(UTC)
LATER = Answer(Verdict.LATER, "451 4.7.1")
DOWN = Answer(Verdict.LATER, "ConnectionRefusedError", down=True)
UNKNOWN = Answer(Verdict.UNKNOWN, "SMTPServerDisconnected")


def minute(number: int) -> time:
    return time(7 + number // 60, number % 60)


def tries(post: Post, minutes: Sequence[int]) -> list[int]:
    """How many mails were tried at each minute after seven."""
    found = []
    for number in minutes:
        done = post.tick(MONDAY, minute(number))
        found.append(done.sent + done.failed)
    return found


def test_a_mail_that_is_put_off_is_tried_after_1_5_15_and_60_minutes(post: Post) -> None:
    post.answer = LATER
    assert tries(post, [0, 0, 1, 2, 6, 7, 21, 22, 81, 82]) == [3, 0, 3, 0, 3, 0, 3, 0, 3, 0]
    assert set(post.rows("delivery, tries, error")) == {("retry", 5, "451 4.7.1")}
    ids = post.rows("message_id")
    post.answer = TAKEN
    assert post.tick(MONDAY, time(9, 22)).sent == 3
    assert [(one,) for *_rest, one in post.sent] == ids
    assert set(post.rows("delivery, ready_at")) == {("sent", None)}


def test_a_server_that_is_down_is_not_asked_by_every_mail(post: Post) -> None:
    post.answer = DOWN
    done = post.tick(MONDAY)
    assert (done.failed, done.down) == (1, True)
    assert post.rows("delivery, tries") == [("retry", 1), ("due", 0), ("due", 0)]
    post.answer = TAKEN
    assert post.tick(MONDAY, time(7, 1)).sent == 3


def test_a_mail_of_unknown_fate_is_tried_once_more_after_an_hour_with_the_same_id(
    post: Post,
) -> None:
    post.answer = UNKNOWN
    assert tries(post, [0, 1, 59, 60, 61, 200]) == [3, 0, 0, 3, 0, 0]
    assert set(post.rows("delivery, tries, ready_at")) == {("unknown", 2, None)}


def test_a_mail_that_is_refused_for_good_is_not_tried_again(post: Post) -> None:
    post.answer = Answer(Verdict.REFUSED, "554 5.7.1")
    assert tries(post, [0, 1, 61]) == [3, 0, 0]
    assert set(post.rows("delivery, error")) == {("rejected", "554 5.7.1")}
    post.answer = TAKEN
    assert post.tick(date(2027, 1, 14)).sent > 0  # it was the mail, not the address


def test_an_address_that_is_refused_gets_nothing_until_it_is_another(post: Post) -> None:
    post.answer = Answer(Verdict.REFUSED, "550 5.1.1", address=True)
    post.tick(MONDAY)
    post.answer = TAKEN
    assert post.week(date(2027, 1, 12)) == []
    post.run("UPDATE person SET email = 'kari.ny@example.no' WHERE key = 'kari'")
    assert {who for _day, _kind, who in post.week(date(2027, 1, 19))} == {"kari.ny"}


def test_a_mail_that_cannot_be_written_is_set_aside_and_the_others_go(post: Post) -> None:
    post.broken = "kari"
    done = post.tick(MONDAY)
    assert (done.sent, done.failed) == (2, 1)
    assert sorted(post.rows("delivery, error")) == [
        ("quarantined", "ValueError"),
        ("sent", "250"),
        ("sent", "250"),
    ]


def test_where_no_mail_can_be_read_none_is_given_up(post: Post) -> None:
    """It is a fault of ours or of the school's files, not of a row."""
    post.run("UPDATE person SET wish = 'x'")
    with pytest.raises((RuntimeError, LookupError)):
        post.tick(MONDAY)
    assert "quarantined" not in {state for (state,) in post.rows("delivery")}


def test_a_worker_that_was_killed_is_followed_by_another_when_its_lease_is_over(
    post: Post,
) -> None:
    post.during = _killed
    with pytest.raises(KeyboardInterrupt):
        post.tick(MONDAY)
    assert set(post.rows("delivery")) == {("sending",)}
    post.during = lambda: None
    assert post.tick(MONDAY, time(7, 9)).sent == 0
    assert post.tick(MONDAY, time(7, 10)).sent == 3
    assert set(post.rows("delivery, tries")) == {("sent", 2)}


def _killed() -> None:
    raise KeyboardInterrupt


def test_a_frozen_worker_that_wakes_marks_nothing(post: Post) -> None:
    """While one mail is with the server, its worker stands still for longer than the lease."""
    other = Post(post.engine)

    def freeze() -> None:
        post.during = lambda: None
        assert other.tick(MONDAY, time(7, 11)).sent == 3

    post.during, post.answer = freeze, Answer(Verdict.REFUSED, "550 5.1.1")
    post.tick(MONDAY)
    assert set(post.rows("delivery, tries, error")) == {("sent", 2, "250")}


def test_a_worker_that_is_told_to_stop_ends_the_mail_at_hand_and_gives_the_rest_back(
    post: Post,
) -> None:
    def stop() -> None:
        post.stop = True

    post.during = stop
    assert post.tick(MONDAY).sent == 1
    assert post.rows("delivery, tries") == [("sent", 1), ("due", 0), ("due", 0)]
    post.stop, post.during = False, lambda: None
    assert post.tick(MONDAY).sent == 2


def test_no_mail_is_begun_that_may_outlast_the_lease(post: Post) -> None:
    mails = _claimed(post.engine)
    worker = post.worker(lambda: SEVEN + timedelta(minutes=1) + LEASE - timedelta(seconds=59))
    assert delivery._send_all(worker, mails, Ticked()) == mails


def _claimed(engine: Engine) -> list[Claimed]:
    Post(engine, answer=DOWN).tick(MONDAY)
    return claim(engine, SEVEN + timedelta(minutes=1), rate=100)


def test_what_is_older_than_three_days_is_told_of_and_not_sent(post: Post) -> None:
    post.answer = LATER
    post.tick(MONDAY)
    post.run("UPDATE mail SET ready_at = '2027-01-15 05:00:00'")
    post.run("DELETE FROM tick_slot")
    post.answer = TAKEN
    assert post.tick(date(2027, 1, 15), time(6, 59)) == Ticked()
    post.tick(date(2027, 1, 15))
    assert ("expired", TOO_OLD) in set(post.rows("delivery, why"))
    assert {one.delayed for _day, _who, one, _id in post.sent} <= {None}


def test_a_late_mail_says_when_it_should_have_come(post: Post) -> None:
    post.answer = LATER
    post.tick(MONDAY)
    post.answer = TAKEN
    post.tick(date(2027, 1, 12))
    assert {one.delayed for _day, _who, one, _id in post.sent} == {MONDAY}


def test_a_nudge_does_not_come_beside_a_digest_that_still_waits(post: Post) -> None:
    post.answer = LATER
    post.tick(MONDAY)
    post.run("UPDATE mail SET send_on = '2027-01-13', ready_at = '2027-01-14 05:30:00'")
    post.answer = TAKEN
    post.tick(date(2027, 1, 14))
    assert [who for _day, who, _content, _id in post.sent].count("kari") == 1


def test_a_new_digest_overtakes_an_old_one(post: Post) -> None:
    post.answer = LATER
    post.tick(MONDAY)
    post.run("UPDATE mail SET send_on = '2027-01-15'")
    post.answer = TAKEN
    post.tick(date(2027, 1, 18))
    kari = [who for _day, who, _content, _id in post.sent].count("kari")
    assert kari == 1
    assert len({who for _day, who, _content, _id in post.sent}) == len(post.sent)


def test_no_domain_gets_more_in_a_minute_than_it_may(post: Post) -> None:
    post.rate = 2
    assert post.tick(MONDAY).sent == 2
    assert post.tick(MONDAY, time(7, 0, 59)).sent == 0
    assert post.tick(MONDAY, time(7, 1, 1)).sent == 1


def test_a_full_domain_does_not_hold_up_another(post: Post) -> None:
    post.run("UPDATE person SET email = key || '@elsewhere.no' WHERE key = 'rita'")
    post.rate = 1
    assert post.tick(MONDAY).sent == 2


def test_a_holiday_at_the_school_lets_a_mail_rest_until_the_next_day(post: Post) -> None:
    post.answer = LATER
    post.tick(MONDAY)
    post.run(
        "INSERT INTO day_off (owner_id, school_id, starts, what)"
        " SELECT owner_id, id, '2027-01-12', 'strøm' FROM school"
    )
    post.answer = TAKEN
    assert post.tick(date(2027, 1, 12)).sent == 0
    assert set(post.rows("delivery, tries")) == {("retry", 1)}
    post.tick(date(2027, 1, 13))
    assert {one.delayed for _day, _who, one, _id in post.sent} == {MONDAY}


def test_the_table_of_moves_is_whole() -> None:
    """Every state is reached, every one that is not an end is left, and the ends never are."""
    reached = {move.target for move in MOVES} | {Delivery.DUE}
    left = {source for move in MOVES for source in move.sources}
    assert reached == set(Delivery)
    assert left | set(SETTLED) == set(Delivery)
    assert left & set(SETTLED) == set()
    diagram = mermaid()
    assert all(state.value in diagram for state in Delivery)


def test_a_batch_is_a_hundred() -> None:
    assert BATCH == 100


def test_a_mail_in_the_hand_of_a_worker_that_is_gone_grows_old_like_any_other(post: Post) -> None:
    """Killed in the middle; the clock goes again three weeks later: one mail a person, not two."""
    post.during = _killed
    with pytest.raises(KeyboardInterrupt):
        post.tick(MONDAY)
    post.during = lambda: None
    post.tick(date(2027, 2, 1))
    people = [who for _day, who, _content, _id in post.sent]
    assert len(people) == len(set(people))
    assert ("expired", MONDAY.isoformat()) in {
        (a, str(b)) for a, b in post.rows("delivery, send_on")
    }


def test_doubt_is_counted_whatever_the_server_says_in_between(post: Post) -> None:
    for hour, answer in enumerate((UNKNOWN, LATER, UNKNOWN, LATER, UNKNOWN)):
        post.answer = answer
        post.tick(MONDAY, time(7 + 2 * hour))
    assert set(post.rows("delivery, doubts, ready_at")) == {("unknown", 2, None)}
