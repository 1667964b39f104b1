"""A calendar feed over HTTP: by its secret address only, the same bytes, 304 where unchanged."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlmodel import Session
from starlette.testclient import TestClient

from iopflow import db, settings
from iopflow.clock import OSLO
from iopflow.engine import ledger
from iopflow.engine.feeds import new
from iopflow.engine.ledger import Change
from iopflow.engine.opening import open_year
from iopflow.models import FeedLevel, Person, metadata
from iopflow.queries.feeds import imagined
from iopflow.queries.places import schools
from iopflow.schoolyear import Year
from iopflow.web.app import create_app
from iopflow.web.feed import matches, program
from iopflow.web.page import Site
from tests.factories import RULES, act, lia

NOW = datetime(2027, 1, 11, 8, 0, tzinfo=OSLO)


@pytest.fixture
def site(engine: Engine) -> Iterator[tuple[TestClient, str, Engine]]:
    """Kari's own feed, and a client that has not logged in."""
    with db.session(engine) as session:
        cast = lia(session)
        cast.pupil("e1")
        cast.vedtak("e1")
        open_year(session, RULES, Year(2026), schools(session), act=act())
        session.connection().execute(text("UPDATE school SET live_from = '2026-08-01'"))
        kari = session.get_one(Person, cast.ids["kari"])
        own = imagined(session, kari, "person", FeedLevel.COUNTS, today=NOW.date(), key="x")
        _number, token = new(session, own, label="", act=act())
    app = create_app(Site(engine, settings.load({}), lambda: NOW))
    with TestClient(app) as client:
        yield client, f"/feeds/{token}/iop-frister.ics", engine


def test_a_feed_is_a_calendar_that_may_be_kept_but_must_be_asked_for(
    site: tuple[TestClient, str, Engine],
) -> None:
    client, path, _engine = site
    answer = client.get(path, headers={"Authorization": "Bearer x"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "content-encoding" not in answer.headers
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")
    assert client.get(path).content == answer.content
    head = client.head(path)
    assert (head.status_code, head.headers["etag"]) == (200, answer.headers["etag"])


def test_what_has_not_changed_is_not_sent_again(site: tuple[TestClient, str, Engine]) -> None:
    client, path, engine = site
    tag = client.get(path).headers["etag"]
    same = client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (same.status_code, same.content) == (304, b"")
    with db.session(engine) as session:
        _move(session)
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def _move(session: Session) -> None:
    """Another day is agreed for the half-year evaluation."""
    task = metadata.tables["task"]
    row = session.execute(select(task).where(task.c.due == date(2027, 1, 15))).first()
    assert row is not None
    change = Change(
        row.id, {"due": row.due}, {"due": date(2027, 1, 29)}, row.owner_id, row.subject_id
    )
    ledger.update_rows(session, "task", [change], act())


def test_whatever_is_no_feed_gets_the_same_answer(site: tuple[TestClient, str, Engine]) -> None:
    client, path, _engine = site
    near = path.replace(path[10:12], "AA" if path[10:12] != "AA" else "BB", 1)
    wrong = [
        near,
        path.replace("/feeds/", "/feeds/x"),
        path.replace("iop-frister", "iop-elever"),
        path + "/",
        "/feeds/",
        "/feeds/1/iop-frister.ics",
        "/feeds/%00/iop-frister.ics",
        "/feeds/..%2f..%2fetc/iop-frister.ics",
    ]
    answers = [client.get(one) for one in wrong]
    assert {(one.status_code, one.content) for one in answers} == {(404, b"")}
    assert len({tuple(sorted(one.headers.items())) for one in answers}) == 1


def test_guesses_are_limited_and_leave_no_trace_and_lock_nobody_out(
    site: tuple[TestClient, str, Engine], caplog: pytest.LogCaptureFixture
) -> None:
    client, path, engine = site
    client.get(path)
    before = _everything(engine)
    answers = [client.get(f"/feeds/{n:043}/iop-frister.ics") for n in range(200)]
    assert [one.status_code for one in answers] == [404] * 20 + [429] * 180
    assert answers[-1].headers["retry-after"] == "600"
    assert _everything(engine) == before
    assert caplog.text == ""
    assert client.get(path).status_code == 200  # the others at the same address


def test_a_feed_is_not_given_more_than_sixty_times_an_hour(
    site: tuple[TestClient, str, Engine],
) -> None:
    client, path, _engine = site
    assert {client.get(path).status_code for _n in range(60)} == {200}
    late = client.get(path)
    assert (late.status_code, late.content) == (429, b"")


def test_where_something_is_wrong_with_us_programs_are_asked_to_come_again(
    site: tuple[TestClient, str, Engine], caplog: pytest.LogCaptureFixture
) -> None:
    client, path, engine = site
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE feed_file"))
    answer = client.get(path)
    assert (answer.status_code, answer.content) == (503, b"")
    assert int(answer.headers["retry-after"]) > 0
    assert path.split("/")[2] not in caplog.text


def test_a_feed_takes_nothing_and_shows_robots_the_door(
    site: tuple[TestClient, str, Engine],
) -> None:
    client, path, _engine = site
    assert client.post(path).status_code == 403
    assert client.options(path).status_code == 405
    headers = client.get(path).headers
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers
    assert "location" not in headers


def test_one_that_ended_because_nobody_fetched_it_is_not_woken_by_a_fetch(
    site: tuple[TestClient, str, Engine],
) -> None:
    client, path, engine = site
    with engine.begin() as connection:
        connection.execute(text("UPDATE feed_token SET created_at = '2025-08-01 00:00:00'"))
    assert "ikke var i bruk" in client.get(path).text.replace("\r\n ", "")
    assert "ikke var i bruk" in client.get(path).text.replace("\r\n ", "")


def _everything(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        } | {"fetched": hash(str(connection.execute(text("SELECT * FROM feed_token")).all()))}


def test_a_feed_that_is_withdrawn_says_so_instead(site: tuple[TestClient, str, Engine]) -> None:
    client, path, engine = site
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM role_grant"))
    answer = client.get(path)
    assert (answer.status_code, answer.text.count("BEGIN:VEVENT")) == (200, 1)


def test_who_fetches_is_noted_by_the_kind_of_program(site: tuple[TestClient, str, Engine]) -> None:
    client, path, engine = site
    client.get(path, headers={"User-Agent": "Google-Calendar-Importer"})
    with engine.connect() as connection:
        assert connection.execute(text("SELECT fetched_by FROM feed_token")).scalars().all() == [
            "Google"
        ]


def test_tags_match_as_the_standard_says() -> None:
    assert [matches(one, '"a"') for one in ('"a"', 'W/"a"', '"b", "a"', "*", '"b"', "")] == [
        *[True] * 4,
        *[False] * 2,
    ]


def test_a_program_is_told_by_its_name_and_a_person_is_not() -> None:
    assert program("Microsoft.Exchange/15.20") == "Outlook"
    assert program("iOS/18.0 (22A) dataaccessd/1.0") == "Apple"
    assert program("Mozilla/5.0 kari@example.no") == ""


def test_a_poll_does_not_wait_for_whoever_writes(site: tuple[TestClient, str, Engine]) -> None:
    client, path, engine = site
    client.get(path)
    with engine.begin() as writing:  # on SQLite this has the one lock there is for writing
        writing.execute(text("UPDATE person SET name = name"))
        assert client.get(path).status_code == 200
        assert client.get(path.replace("/feeds/", "/feeds/x")).status_code == 404


def test_a_wheel_that_cannot_be_read_empties_nobodys_calendar(
    site: tuple[TestClient, str, Engine], tmp_path: Path
) -> None:
    _client, path, engine = site
    (tmp_path / "spesialskole.toml").write_text("title = ", encoding="utf-8")
    known = settings.load({"IOPFLOW_CALENDARS": str(tmp_path)})
    with TestClient(create_app(Site(engine, known, lambda: NOW))) as client:
        assert client.get(path).status_code == 503
