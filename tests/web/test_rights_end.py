"""Rights end with the next request: of the page, of the calendar and of the program (S3)."""

from datetime import date

import pytest

from iopflow import db
from iopflow.engine import ledger
from iopflow.engine.feeds import new
from iopflow.engine.ledger import Change
from iopflow.models import FeedLevel, Person
from iopflow.queries.feeds import imagined
from iopflow.web import sessions
from tests.factories import TODAY, act
from tests.web.api.conftest import V1, Api
from tests.web.conftest import Pages
from tests.web.ppt_kit import cast_of

YESTERDAY, TOMORROW = date(2026, 11, 25), date(2026, 11, 27)


def case(pages: Pages, key: str) -> str:
    ((number,),) = pages.rows(f"SELECT id FROM pupil WHERE key = '{key}'")  # noqa: S608 - a key of ours
    return f"/sak/{number}"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM role_grant WHERE role = 'kontaktlaerer'",
        "UPDATE role_grant SET ends = '2026-11-25' WHERE role = 'kontaktlaerer'",
        "UPDATE role_grant SET starts = '2026-11-27' WHERE role = 'kontaktlaerer'",
        "UPDATE enrolment SET class_id = (SELECT id FROM unit WHERE key = '3b')",
        "UPDATE enrolment SET ends = '2026-11-25'",
        (
            "UPDATE enrolment SET (school_id, class_id) ="
            " (SELECT school_id, id FROM unit WHERE key = 'f3')"
        ),
    ],
)
def test_the_next_request_is_refused(pages: Pages, change: str) -> None:
    api = Api(pages)
    kari, program, path = pages.as_("kari"), api.of("kontaktlaerer", "unit:3a"), case(pages, "e1")
    number = pages.task("iop.halvarsevaluering", "e1")
    form = {"task": number, "on": "25.11.2026", "seen": "another"}
    before = (kari.get(path).status_code, kari.post("/oppgaver/gjort", data=form).status_code)
    assert (*before, program.get(f"{V1}/tasks/{number}").status_code) == (200, 422, 200)
    pages.run(change)
    after = (kari.get(path).status_code, kari.post("/oppgaver/gjort", data=form).status_code)
    assert set(after) <= {403, 404}
    if "role_grant" not in change:  # the role of a program is its own
        assert program.get(f"{V1}/tasks/{number}").status_code == 404


def test_a_substitute_sees_on_the_last_day_and_not_on_the_next(pages: Pages) -> None:
    with db.session(pages.engine) as session:
        cast_of(session).grant("vera", "kontaktlaerer", "unit", "3a", starts=TODAY, ends=TODAY)
    path, vera = case(pages, "e1"), pages.as_("vera")
    assert vera.get(path).status_code == 200
    pages.now = pages.now.replace(hour=23, minute=59)
    again = pages.as_("vera")
    assert again.get(path).status_code == 200
    pages.now = pages.now.replace(day=TOMORROW.day, hour=0, minute=0)
    assert again.get(path).status_code == 403


def test_a_pupil_who_becomes_protected_is_gone_at_once(pages: Pages) -> None:
    path, heidi = case(pages, "e1"), pages.as_("heidi")
    assert heidi.get(path).status_code == 200
    pages.run("UPDATE pupil SET protected = true WHERE key = 'e1'")
    assert heidi.get(path).status_code == 404
    assert "Elev e1" not in heidi.get("/indikatorer/P3").text


def test_a_calendar_says_nothing_more_when_the_role_is_over(pages: Pages) -> None:
    with db.session(pages.engine) as session:
        kari = session.get_one(Person, cast_of(session).ids["kari"])
        own = imagined(session, kari, "person", FeedLevel.CODES, today=TODAY, key="x")
        _number, token = new(session, own, label="", act=act())
    client, path = pages.as_(None), f"/feeds/{token}/iop-frister.ics"
    assert client.get(path).text.count("BEGIN:VEVENT") > 0
    ((number, owner),) = pages.rows(
        "SELECT g.id, g.owner_id FROM role_grant g JOIN person p ON p.id = g.person_id"
        " WHERE p.key = 'kari'"
    )
    with db.session(pages.engine) as session:  # by the ledger: that is how a calendar hears of it
        change = Change(number, {"ends": None}, {"ends": YESTERDAY}, owner)
        ledger.update_rows(session, "role_grant", [change], act())
    left = client.get(path).text
    said = left.count("SUMMARY:Kalenderlenken er trukket tilbake")  # it says why it is empty
    assert (left.count("BEGIN:VEVENT"), said) == (1, 1)


def test_a_log_in_that_somebody_else_ends_is_over(pages: Pages) -> None:
    kari = pages.as_("kari")
    assert kari.get("/mine").status_code == 200
    with db.session(pages.engine) as session:
        ((number,),) = pages.rows("SELECT id FROM web_session")
        sessions.note(session, number, ended_at=pages.now)
    assert kari.get("/mine").headers["location"] == "/logg-inn?neste=/mine"
