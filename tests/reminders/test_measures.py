"""Measures in the weekly digest: how many, by when, to whoever is to do them, and no word more."""

from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from typing import Any

from iopflow import settings
from iopflow.mailer.composing import compose
from iopflow.models import MailKind
from iopflow.reminders.content import Content
from iopflow.reminders.sections import ForMeasures
from tests.reminders.conftest import Post
from tests.reminders.test_leading import part, told
from tests.web.conftest import NOW

MONDAY = date(2026, 11, 16)
UNTOLD = "Ring heimen til Elev e1"


def add(post: Post, person: str, due: date, *, school: str = "lia", over: str = "") -> None:
    """A measure of somebody; `over` is the column that says that it is."""
    columns, value = (f", {over}", ", '2026-11-02'") if over else ("", "")
    post.run(
        "INSERT INTO measure (owner_id, school_id, year, indicator, text, person_id, due,"  # noqa: S608 - columns of ours
        f" decided_on{columns}) SELECT s.owner_id, s.id, 2026, 'P1', :said, p.id, :due,"
        f" '2026-09-01'{value} FROM school s, person p WHERE s.key = :school AND p.key = :person",
        said=UNTOLD,
        due=due,
        school=school,
        person=person,
    )


def measures(post: Post, person: str) -> Any:
    return part(told(post, MONDAY, person), ForMeasures)


def written(content: Content) -> EmailMessage:
    known = settings.load({}, base_url="https://iop.example.no", mail="dir:post")
    return compose(content, "<x@example.no>", known, now=NOW)


def test_what_comes_within_a_fortnight_and_what_is_late_is_counted(post: Post) -> None:
    for due in (date(2026, 11, 2), MONDAY, date(2026, 11, 20), date(2026, 11, 30)):
        add(post, "heidi", due)
    add(post, "heidi", date(2026, 12, 24))  # later
    add(post, "heidi", date(2026, 11, 18), over="done_on")
    add(post, "heidi", date(2026, 11, 18), over="closed_on")
    add(post, "heidi", date(2026, 11, 18), school="fjell")  # where she has no role
    days = (MONDAY, date(2026, 11, 20), date(2026, 11, 30))
    assert measures(post, "heidi") == ForMeasures(3, 1, days)
    assert measures(post, "kari") is None


def test_the_mail_has_one_line_and_no_word_of_what_is_to_be_done(post: Post) -> None:
    add(post, "heidi", date(2026, 11, 2))
    add(post, "heidi", date(2026, 11, 20))
    content = replace(told(post, MONDAY, "heidi"), behind=(), lines=(), overdue=0)
    content = replace(content, more=(part(content, ForMeasures),))
    mail = written(content)
    assert mail["Subject"] == "iopflow: tiltak, 1 innen 20.11.2026, 1 over fristen"
    for body in ("plain", "html"):
        found = mail.get_body((body,))
        assert found is not None
        told_ = found.get_content()
        assert "Tiltak: 1 innen 20.11.2026, 1 over fristen." in told_
        assert "https://iop.example.no/mine" in told_
        assert "Ring heimen" not in told_
        assert "Elev e1" not in told_


def test_a_person_with_a_measure_alone_gets_the_digest_and_no_nudge(post: Post) -> None:
    post.run(
        "INSERT INTO person (owner_id, key, name, email, wish)"
        " SELECT id, 'olav', 'Olav', 'olav@example.no', 'nudge' FROM owner"
    )
    post.run(
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
        " SELECT p.owner_id, p.id, 'skoleadministrasjon', 'school', s.id, '2026-08-01'"
        " FROM person p, school s WHERE p.key = 'olav' AND s.key = 'lia'"
    )
    before = [who for _day, _kind, who in post.week(date(2026, 11, 9))]
    assert "olav" not in before
    add(post, "olav", date(2026, 11, 20))
    got = [(day, kind) for day, kind, who in post.week(MONDAY) if who == "olav"]
    assert got == [("Mon", MailKind.DIGEST)]
    add(post, "siri", date(2026, 11, 27))  # she has no role at Lia
    post.run("UPDATE measure SET done_on = '2026-11-19' WHERE due = '2026-11-20'")
    assert "olav" not in [who for _day, _kind, who in post.week(date(2026, 11, 23))]


def test_a_late_measure_is_among_what_is_told_once(post: Post) -> None:
    add(post, "heidi", date(2026, 11, 2))
    one = told(post, MONDAY, "heidi").late
    assert one == told(post, MONDAY, "heidi").late
    add(post, "heidi", date(2026, 11, 3))
    two = told(post, MONDAY, "heidi").late
    post.run("DELETE FROM measure")
    assert len({one, two, told(post, MONDAY, "heidi").late}) == 3
