"""What those who lead hear: late, as counts, and never before whoever holds the duty has."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from iopflow import db
from iopflow.models import MailKind
from iopflow.reminders.content import Content, contents
from iopflow.reminders.days import GRACE, digest_day, head_sees_from
from iopflow.reminders.sections import ForCounting, ForHead, ForPpt, ForRektor
from tests.factories import RULES
from tests.reminders.conftest import Post
from tests.reminders.test_days import RUTER, school_days_over

DUE = date(2027, 1, 15)  # a Friday
FIRST, SECOND = date(2027, 1, 18), date(2027, 1, 25)  # the Mondays after


def told(post: Post, day: date, person: str) -> Content:
    """What a digest to a person says on a day."""
    with db.session(post.engine, write=False) as session:
        number = session.connection().execute(
            text("SELECT id FROM person WHERE key = :key"), {"key": person}
        )
        one = int(number.scalar_one())
        return contents(session, RULES, {one: MailKind.DIGEST}, today=day)[one]


def part(content: Content, kind: type[Any]) -> Any:
    """The section of a kind, or None."""
    return next((one for one in content.more if isinstance(one, kind)), None)


def halves(post: Post, day: date, person: str = "heidi") -> dict[str, int]:
    """The head's counts of what was due in January."""
    head = part(told(post, day, person), ForHead)
    return {one.title.nb: one.count for one in head.late} if head is not None else {}


HALF_YEAR = {"Elevsamtale høst": 2, "Halvårsevaluering IOP": 2, "Utviklingssamtale (halvår)": 2}


def test_the_teacher_is_told_first_and_from_which_day_the_head_sees_it(post: Post) -> None:
    behind = {line.title.nb: line.seen_from for line in told(post, FIRST, "kari").behind}
    assert behind["Halvårsevaluering IOP"] == SECOND
    assert not HALF_YEAR.keys() & halves(post, FIRST).keys()
    assert HALF_YEAR.items() <= halves(post, SECOND).items()


def test_a_school_without_a_head_of_the_unit_tells_rektor(post: Post) -> None:
    post.run("UPDATE role_grant SET ends = '2026-12-31' WHERE role = 'avdelingsleder'")
    assert HALF_YEAR.items() <= halves(post, SECOND, "rita").items()


def test_help_that_is_wanted_is_heard_at_once_and_not_as_something_late(post: Post) -> None:
    want_help(post, "iop.halvarsevaluering")
    at_once = part(told(post, FIRST, "heidi"), ForHead)
    assert [(one.title.nb, one.count) for one in at_once.helped] == [("Halvårsevaluering IOP", 1)]
    assert halves(post, SECOND)["Halvårsevaluering IOP"] == 1
    helped = {line.title.nb: line.helped for line in told(post, FIRST, "kari").behind}
    assert helped["Halvårsevaluering IOP"] == 1


def want_help(post: Post, step: str) -> None:
    post.run(
        "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion, on_day,"
        " recorded_on, recorded_at) SELECT owner_id, year, step, scope, subject_id, 'help_wanted',"
        " '2027-01-12', '2027-01-12', '2027-01-12', '2027-01-12 09:00:00' FROM task"
        " WHERE step = :step AND year = 2026 ORDER BY id LIMIT 1",
        step=step,
    )


def test_rektor_gets_numbers_of_what_is_long_over(post: Post) -> None:
    assert part(told(post, date(2027, 1, 25), "rita"), ForRektor) != ()
    early = part(told(post, date(2027, 1, 25), "rita"), ForRektor)
    late = part(told(post, date(2027, 2, 8), "rita"), ForRektor)
    assert late.late - (early.late if early else 0) >= 6


def test_what_nobody_holds_is_told_before_it_is_due_and_in_august_for_the_autumn(
    post: Post,
) -> None:
    post.run("UPDATE role_grant SET ends = '2026-08-01' WHERE role = 'kontaktlaerer'")
    august = part(told(post, date(2026, 8, 12), "rita"), ForRektor)
    assert "Teste og justere IOP" in {one.title.nb for one in august.unheld}
    november = part(told(post, date(2026, 11, 2), "rita"), ForRektor)
    assert "Halvårsevaluering IOP" not in {one.title.nb for one in november.unheld}
    december = part(told(post, date(2026, 12, 21), "rita"), ForRektor)
    assert "Halvårsevaluering IOP" in {one.title.nb for one in december.unheld}


def test_a_pupil_nobody_has_written_about_for_long_is_told_to_the_head_alone(post: Post) -> None:
    day = date(2027, 3, 15)
    assert part(told(post, day, "heidi"), ForHead).quiet == 2
    assert told(post, day, "kari").more == ()
    post.run(
        "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion, on_day,"
        " recorded_on, recorded_at) SELECT owner_id, year, step, scope, subject_id, 'done', '',"
        " '2027-03-01', '2027-03-01', '2027-03-01 09:00:00' FROM task"
        " WHERE step = 'iop.halvarsevaluering' AND year = 2026 ORDER BY id LIMIT 1"
    )
    assert part(told(post, day, "heidi"), ForHead).quiet == 1


def test_the_head_hears_how_many_mails_do_not_reach(post: Post) -> None:
    post.run("UPDATE person SET refused_email = email WHERE key = 'kari'")
    assert part(told(post, FIRST, "heidi"), ForHead).unreached == 1


def test_a_leader_without_anything_to_hear_gets_no_mail(post: Post) -> None:
    assert told(post, date(2026, 8, 12), "heidi").more == ()


@pytest.fixture
def queue(post: Post) -> Post:
    """Two pupils need an assessment for next year; one is referred, and the referral complete."""
    post.run(
        "INSERT INTO assessment (owner_id, pupil_id, year, needed_since, referred_on,"
        " recorded_on, recorded_at) SELECT owner_id, id, 2027, '2027-01-10',"
        " '2027-01-11', '2027-01-11', '2027-01-11 09:00:00' FROM pupil"
    )
    post.run(
        "UPDATE assessment SET complete_on = '2027-01-20'"
        " WHERE pupil_id = (SELECT id FROM pupil WHERE key = 'e2')"
    )
    post.run("UPDATE assessment SET referred_on = NULL WHERE complete_on IS NULL")
    with db.session(post.engine) as session:
        connection = session.connection()
        connection.execute(
            text(
                "INSERT INTO person (owner_id, key, name, email, wish)"
                " SELECT id, 'petra', 'Petra', 'petra@example.no', 'nudge' FROM owner"
            )
        )
        connection.execute(
            text(
                "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
                " SELECT pupil.owner_id, person.id, 'ppt_radgiver', 'pupil', pupil.id, '2026-08-01'"
                " FROM pupil, person WHERE person.key = 'petra'"
            )
        )
        connection.execute(
            text(
                "INSERT INTO task (owner_id, year, subject_id, step, scope, school_id, due, moved)"
                " SELECT p.owner_id, 2027, p.id, 'iop.sakkyndig_vurdering', 'pupil', s.id,"
                " '2027-05-31', false FROM pupil p, school s WHERE s.key = 'lia'"
                " AND NOT EXISTS (SELECT 1 FROM task t WHERE t.subject_id = p.id AND t.year = 2027"
                " AND t.step = 'iop.sakkyndig_vurdering')"
            )
        )
    return post


def test_ppt_hears_of_its_queue_monthly_and_weekly_when_the_date_is_near(queue: Post) -> None:
    assert part(told(queue, date(2027, 2, 1), "petra"), ForPpt) == ForPpt(
        1, 1, 0, date(2027, 5, 31)
    )
    assert part(told(queue, date(2027, 2, 8), "petra"), ForPpt) is None
    assert part(told(queue, date(2027, 5, 10), "petra"), ForPpt) is not None


def test_a_counting_date_is_told_a_fortnight_before_and_until_it_is_frozen(post: Post) -> None:
    def counted(day: date) -> list[str]:
        return [one.counted for one in told(post, day, "rita").more if isinstance(one, ForCounting)]

    assert counted(date(2027, 2, 8)) == []
    assert counted(date(2027, 2, 15)) == ["0103"]
    assert counted(date(2027, 3, 8)) == ["0103"]
    post.run(
        "INSERT INTO telling (owner_id, school_id, year, counted, revision, frozen_at, actor_id,"
        " wheel) SELECT school.owner_id, school.id, 2026, '0103', 1, '2027-03-02 09:00:00',"
        " person.id, '' FROM school, person WHERE school.key = 'lia' AND person.key = 'rita'"
    )
    assert counted(date(2027, 3, 8)) == []
    assert counted(date(2027, 4, 5)) == []


def test_a_list_of_a_leader_that_has_not_changed_rests_like_any_other(post: Post) -> None:
    for number in range(8):
        post.tick(date(2027, 1, 25) + timedelta(days=7 * number))
    heads = [day for day, who, content, _id in post.sent if who == "heidi" and content.more]
    assert len(heads) < 8
    assert all(later - day >= timedelta(days=7) for day, later in pairwise(heads))


@given(st.dates(date(2026, 8, 20), date(2027, 5, 20)))
def test_the_head_sees_nothing_before_whoever_holds_it_has_been_told(due: date) -> None:
    """Five school days at least, on a digest day, and never the first digest day after the date."""
    day = head_sees_from(RUTER, due)
    assert day is not None
    assert digest_day(RUTER, day) == day
    assert school_days_over(due, day) >= GRACE
    between = [due + timedelta(days=n) for n in range(1, (day - due).days)]
    announced = [one for one in between if digest_day(RUTER, one) == one]
    assert announced
    assert all(one == announced[0] or school_days_over(due, one) < GRACE for one in announced)
