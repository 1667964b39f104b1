"""Who gets a mail and when, what stops it, and that nobody gets the same one twice."""

import threading
from datetime import date, time

from iopflow.models import MailKind
from iopflow.reminders import delivery, outbox
from iopflow.reminders.deciding import message_id
from iopflow.reminders.states import Answer, Verdict
from tests.reminders.conftest import TAKEN, Post

JANUARY = date(2027, 1, 11)  # a Monday; the half-year's work is due on Friday the 15th
DIGEST, NUDGE = MailKind.DIGEST, MailKind.NUDGE
DONE = (
    "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion, on_day,"
    " recorded_on, recorded_at) SELECT owner_id, year, step, scope, subject_id,"
    " CASE WHEN step LIKE '%samtale%' OR step LIKE '%mote%' THEN 'held' ELSE 'done' END,"
    # In time, and before the days on which the clock is rung: what is to come has not happened.
    " '', CASE WHEN due < '2027-01-04' THEN due ELSE '2027-01-04' END, '2027-01-04',"
    " '2027-01-04 09:00:00' FROM task WHERE due <= '2027-02-15'"
)


def lines(post: Post, number: int = -1) -> list[tuple[str, int]]:
    return [(line.title.nb, line.count) for line in post.sent[number][2].lines]


def test_a_week_has_one_digest_and_one_nudge_before_a_date(post: Post) -> None:
    sent = post.week(JANUARY)
    assert [one for one in sent if one[2] == "kari"] == [
        ("Mon", DIGEST, "kari"),
        ("Thu", NUDGE, "kari"),
    ]
    kari = [one for one in post.sent if one[1] == "kari"]
    assert [(line.title.nb, line.count, line.due) for line in kari[1][2].lines] == [
        ("Elevsamtale høst", 2, date(2027, 1, 15)),
        ("Halvårsevaluering IOP", 2, date(2027, 1, 15)),
        ("Utviklingssamtale (halvår)", 2, date(2027, 1, 15)),
    ]


def test_nothing_goes_before_seven_in_norway_whatever_the_season(post: Post) -> None:
    assert post.tick(JANUARY, time(6, 59)).decided == 0
    assert post.tick(JANUARY, time(7)).decided > 0
    assert post.tick(date(2027, 5, 24), time(6, 59)).decided == 0
    assert post.tick(date(2027, 5, 24), time(7)).decided > 0


def test_a_second_tick_sends_nothing(post: Post) -> None:
    first = post.tick(JANUARY)
    assert first.sent == len(post.sent) > 0
    assert post.tick(JANUARY, time(7, 1)) == outbox.Ticked()
    assert post.tick(JANUARY, time(15)) == outbox.Ticked()


def test_clocks_that_ring_at_once_decide_each_mail_once(post: Post) -> None:
    clocks = [threading.Thread(target=post.tick, args=(JANUARY,)) for _ in range(4)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    people = post.rows("person_id")
    assert len(people) == len(set(people)) > 0
    assert {one for (one,) in post.rows("delivery")} <= {"sent", "dropped"}


def test_nobody_hears_anything_before_the_school_begins_with_iopflow(post: Post) -> None:
    post.run("UPDATE school SET live_from = '2027-01-18'")
    assert post.week(JANUARY) == []
    post.run("UPDATE school SET live_from = NULL")
    assert post.week(date(2027, 1, 18)) == []


def test_what_was_due_before_the_school_began_is_never_mentioned(post: Post) -> None:
    post.run("UPDATE school SET live_from = '2027-01-01'")
    post.tick(JANUARY)
    assert [content.overdue for _day, who, content, _id in post.sent if who == "kari"] == [0]


def test_when_all_is_done_no_mail_goes(post: Post) -> None:
    post.run(DONE)
    assert post.week(JANUARY) == []


def test_what_is_done_after_it_was_decided_is_dropped_with_the_reason(post: Post) -> None:
    post.answer = Answer(Verdict.LATER, "421")
    post.tick(JANUARY)
    post.run(DONE)
    post.answer = TAKEN
    done = post.tick(JANUARY, time(9))
    assert (done.sent, done.failed) == (0, 0)
    assert set(post.rows("delivery, why")) == {("dropped", delivery.NOTHING_OPEN)}


def test_a_list_of_overdue_steps_that_has_not_changed_rests_for_a_month(post: Post) -> None:
    """From 1 March to Easter Kari has nothing that comes, and the same that is over."""
    weeks = [date.fromordinal(date(2027, 2, 15).toordinal() + 7 * n) for n in range(5)]
    said = [(week, one) for week in weeks for one in post.week(week) if one[2] == "kari"]
    overdue_only = [
        content for _day, who, content, _id in post.sent if who == "kari" and not content.lines
    ]
    assert len(overdue_only) <= 2
    assert len(said) <= 4
    assert ("dropped", delivery.UNCHANGED) in set(post.rows("delivery, why"))


def test_what_was_said_on_friday_is_not_said_again_on_monday(post: Post) -> None:
    """The plan of the class is due on Monday 31 August; Kari was nudged on the Friday before."""
    post.run(DONE.replace("due <= '2027-02-15'", "due <= '2026-08-17'"))
    nudged = post.week(date(2026, 8, 24))
    assert ("Fri", NUDGE, "kari") in nudged
    assert "kari" not in {who for _day, _kind, who in post.week(date(2026, 8, 31))[:1]}
    assert ("dropped", delivery.JUST_SAID) in set(post.rows("delivery, why"))


def test_a_digest_that_no_clock_rang_for_goes_the_next_day(post: Post) -> None:
    post.tick(date(2027, 1, 8))  # it has run before
    tuesday = date(2027, 1, 12)
    assert post.tick(tuesday).sent > 0
    assert {content.kind for day, _who, content, _id in post.sent if day == tuesday} == {DIGEST}


def test_nobody_gets_more_than_two_mails_a_week(post: Post) -> None:
    """Dates on Wednesday, Thursday and Friday of one week: the third nudge is left out."""
    post.run("UPDATE task SET due = '2027-01-13' WHERE step = 'iop.halvarsevaluering'")
    post.run("UPDATE task SET due = '2027-01-14' WHERE step = 'iop.utviklingssamtale'")
    sent = [one for one in post.week(JANUARY) if one[2] == "kari"]
    assert [(day, kind) for day, kind, _who in sent] == [("Mon", DIGEST), ("Tue", NUDGE)]


def test_somebody_without_an_address_gets_none(post: Post) -> None:
    post.run("UPDATE person SET email = NULL WHERE key = 'kari'")
    assert "kari" not in {who for _day, _kind, who in post.week(JANUARY)}


def test_a_declined_talk_is_not_asked_for_again(post: Post) -> None:
    talk = "step = 'iop.utviklingssamtale' AND due <= '2027-02-15'"
    post.run(DONE.replace("due <=", "step <> 'iop.utviklingssamtale' AND due <="))
    declined = DONE.replace("due <= '2027-02-15'", talk).replace("'held'", "'declined'")
    post.run(declined)
    assert "kari" not in {who for _day, _kind, who in post.week(JANUARY)}


def test_a_message_id_names_nobody() -> None:
    made = message_id("eikedal", "kari", JANUARY, DIGEST, "example.no")
    assert made == message_id("eikedal", "kari", JANUARY, DIGEST, "example.no")
    assert made != message_id("eikedal", "kari", JANUARY, NUDGE, "example.no")
    assert "kari" not in made
    assert made.endswith("@example.no>")


def test_whoever_coordinates_the_network_is_reminded_of_its_meetings(post: Post) -> None:
    """The gathering before the counting date of 1 March: on the last day of February."""
    post.run(
        "INSERT INTO person (owner_id, key, name, email, wish)"
        " SELECT id, 'ine', 'Ine', 'ine@example.no', 'nudge' FROM owner"
    )
    post.run(
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
        " SELECT p.owner_id, p.id, 'ikit_koordinator', 'network', n.id, '2026-08-01'"
        " FROM person p, network n WHERE p.key = 'ine'"
    )
    post.week(date(2027, 2, 15))
    (content,) = [one for _day, who, one, _id in post.sent if who == "ine"]
    assert [(line.due, line.count) for line in content.lines] == [(date(2027, 2, 28), 1)]


def test_a_substitute_is_reminded_and_whoever_is_away_is_not(post: Post) -> None:
    """Until the Tuesday: the nudge on Thursday goes to Kari again."""
    post.run("UPDATE role_grant SET ends = '2027-06-30' WHERE ends IS NULL")
    post.run(
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts, ends, for_id)"
        " SELECT g.owner_id, p.id, g.role, g.at_kind, g.at_id, '2027-01-04', '2027-01-12',"
        " g.person_id FROM role_grant g, person k, person p"
        " WHERE g.person_id = k.id AND k.key = 'kari' AND p.key = 'siri'"
    )
    sent = [(day, who) for day, _kind, who in post.week(JANUARY) if who in ("kari", "siri")]
    assert sent == [("Mon", "siri"), ("Thu", "kari")]
