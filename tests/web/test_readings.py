"""Who has read of which pupil: noted before it is shown, seen by the rektor, kept as it is."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import exc
from sqlmodel import Session
from starlette.testclient import TestClient

from iopflow import db
from iopflow.engine import readings
from iopflow.engine.readings import AGAIN, Unnoted
from iopflow.models import KEPT
from iopflow.queries.access import EVERYONE, viewer
from iopflow.queries.readings import MANY, WITHIN, rushes
from iopflow.web.app import ROUTES
from iopflow.words import reading_word
from tests.factories import TODAY
from tests.web.api.conftest import V1, Api
from tests.web.conftest import NOW, Pages

SAID = (
    "SELECT p.key, t.label, r.pupil_key, s.key, r.what, r.n FROM reading r"
    " LEFT JOIN person p ON p.id = r.person_id LEFT JOIN api_token t ON t.id = r.token_id"
    " LEFT JOIN school s ON s.id = r.school_id ORDER BY r.id"
)


def number(pages: Pages, key: str) -> int:
    ((found,),) = pages.rows(f"SELECT id FROM pupil WHERE key = '{key}'")  # noqa: S608 - a key of ours
    return int(found)


def test_a_pupils_page_is_noted_once_in_five_minutes(pages: Pages) -> None:
    case = f"/sak/{number(pages, 'e1')}"
    kari, rita = pages.as_("kari"), pages.as_("rita")
    assert [kari.get(case).status_code, kari.get(case).status_code] == [200, 200]
    assert rita.get(case).status_code == 200
    pages.now += AGAIN
    assert kari.get(case).status_code == 200
    row = ("kari", None, "e1", "lia", "/sak/{number}", 1)
    assert pages.rows(SAID) == [row, ("rita", *row[1:]), row]


def test_what_is_not_shown_is_not_noted(pages: Pages) -> None:
    for key in ("f1", "e6"):
        assert pages.as_("kari").get(f"/sak/{number(pages, key)}").status_code == 404
    assert pages.as_("eli").get("/indikatorer/P3").status_code == 200  # counts, and no pupils
    assert pages.as_("rita").get("/innsyn").status_code == 200
    assert pages.rows(SAID) == []


def test_a_list_behind_a_figure_leaves_one_row_with_how_many(pages: Pages) -> None:
    page = pages.as_("rita").get("/indikatorer/P3").text
    shown = sum(f"Elev e{n}" in page for n in range(1, 7))
    assert shown > 1
    assert pages.rows(SAID) == [("rita", None, None, "lia", "/indikatorer/P3", shown)]


def test_whatever_is_noted_is_told_in_words(pages: Pages) -> None:
    e1, e2 = number(pages, "e1"), number(pages, "e2")
    filled = {"{number}": str(e1), "{other}": str(e2), "{code}": "P3", "{figure}": "R1"}
    for key in ("kari", "rita", "heidi", "per"):
        client = pages.as_(key)
        for route in ROUTES:
            path = re.sub(r"{\w+}", lambda of: filled.get(of[0], "x"), route.path)
            if route.method == "GET":
                client.get(path, params={"format": "xlsx"})
                client.get(path, params={"elev": e1})
            elif path.endswith(f"{e2}/se"):
                client.post(path, data={"bli": e1})
    noted = {what for _who, _by, _of, _at, what, _n in pages.rows(SAID)}
    assert len(noted) > 8
    assert [what for what in noted if reading_word(what).startswith(("/", what))] == []


def test_a_program_is_noted_by_its_token(pages: Pages) -> None:
    api = Api(pages)
    client = api.of("kontaktlaerer", "unit:3a")
    e1 = api.pages.task("iop.halvarsevaluering", "e1")
    ((class_,),) = pages.rows(
        "SELECT min(t.id) FROM task t JOIN unit u ON u.id = t.subject_id AND t.scope = 'unit'"
        " WHERE u.key = '3a'"
    )
    assert client.get(f"{V1}/tasks/{e1}").status_code == 200
    assert client.get(f"{V1}/tasks/{class_}").status_code == 200
    assert client.get(f"{V1}/tasks", params={"pupil": "e2", "limit": 1}).status_code == 200
    assert client.get(f"{V1}/tasks").status_code == 200
    said = api.pages.rows(SAID)
    assert [row[1:5] for row in said] == [
        ("Timeplan", "e1", "lia", f"{V1}/tasks/{{task}}"),
        ("Timeplan", "e2", "lia", f"{V1}/tasks"),
        ("Timeplan", None, "lia", f"{V1}/tasks"),
    ]
    assert said[-1][5] == 3  # e1, e2, e3


def test_what_cannot_be_noted_is_not_shown(pages: Pages) -> None:
    token = Api(pages).of("kontaktlaerer", "unit:3a")
    case, cookies = f"/sak/{number(pages, 'e1')}", pages.as_("rita").cookies
    client = TestClient(pages.app, cookies=cookies, raise_server_exceptions=False)
    assert client.get(case).status_code == 200
    pages.now += AGAIN
    pages.run("ALTER TABLE reading RENAME COLUMN n TO m")  # it is read, and not written
    for path in (case, "/indikatorer/P3"):
        answer = client.get(path)
        assert (answer.status_code, "Elev" in answer.text) == (500, False)
        assert 'href="/">Til forsiden' in answer.text
    refused = token.get(f"{V1}/tasks")
    assert (refused.status_code, "e1" in refused.text) == (500, False)


def test_nobody_changes_what_has_been_noted(pages: Pages) -> None:
    pages.as_("kari").get(f"/sak/{number(pages, 'e1')}")
    forbidden = ["UPDATE reading SET person_id = NULL", "DELETE FROM reading"]
    if pages.engine.dialect.name == "postgresql":
        forbidden.append("TRUNCATE reading")
    for statement in forbidden:
        with pytest.raises(exc.DBAPIError, match="append-only"):
            pages.run(statement)
    assert len(pages.rows(SAID)) == 1


def test_it_goes_after_its_time_and_not_before(pages: Pages) -> None:
    e1 = number(pages, "e1")
    for at in (NOW - KEPT - timedelta(minutes=1), NOW - KEPT + timedelta(minutes=1), NOW):
        with db.session(pages.engine) as session:
            readings.note(session, Unnoted(EVERYONE, "x", [e1], {}), now=at)
    with db.session(pages.engine) as session:
        readings.forget_readings(session, NOW)
    assert len(pages.rows(SAID)) == 2


def test_the_rektor_sees_who_and_narrows_it_down(pages: Pages) -> None:
    e1, e5, f1 = (number(pages, key) for key in ("e1", "e5", "f1"))
    pages.as_("kari").get(f"/sak/{e1}")
    pages.as_("kari").get(f"/sak/{e5}")  # protected
    pages.as_("heidi").get("/indikatorer/P3")
    pages.as_("siri").get(f"/sak/{f1}")  # another school
    rita = pages.as_("rita")
    page = rita.get("/innsyn").text
    assert [page.count(f">{name}<") for name in ("Kari", "Heidi", "Siri")] == [3, 2, 0]
    assert ("26.11.2026 kl. 10.00" in page, "Elev f1" in page, "Elev e5" in page) == (
        True,
        False,
        True,
    )
    assert "Elevene bak P3" in page
    of_e1 = rita.get(f"/innsyn?elev={e1}").text
    assert (of_e1.count("<td"), of_e1.count(">Saken<")) == (3, 1)
    (heidi,) = pages.rows("SELECT id FROM person WHERE key = 'heidi'")
    assert "Saken" not in rita.get(f"/innsyn?person={heidi[0]}").text.partition("<table")[2]
    assert rita.get(f"/innsyn?elev={f1}").status_code == 404
    assert f'href="/innsyn?elev={e1}"' in rita.get(f"/sak/{e1}").text
    assert "/innsyn" not in pages.as_("heidi").get(f"/sak/{e1}").text


def test_a_pupil_who_has_moved_takes_the_readings_of_the_new_school_along(pages: Pages) -> None:
    e6 = number(pages, "e6")
    pages.as_("siri").get(f"/sak/{e6}")
    pages.now -= timedelta(days=90)
    pages.as_("rita").get(f"/sak/{e6}")
    pages.now += timedelta(days=90)
    assert [row[3] for row in pages.rows(SAID)] == ["fjell", "lia"]
    page = pages.as_("rita").get("/innsyn?dager=365").text
    assert (page.count("Elev e6"), "Siri" in page) == (2, False)  # the row, and the choice


def test_one_who_opens_very_many_is_told_to_the_rektor(pages: Pages) -> None:
    e1 = number(pages, "e1")
    for n in range(MANY + 1):
        pages.run(
            "INSERT INTO pupil (owner_id, key, name, protected)"  # noqa: S608 - numbers of ours
            f" SELECT owner_id, 'm{n}', 'Mange {n}', false FROM pupil WHERE id = {e1}"
        )
        pages.run(
            "INSERT INTO enrolment (owner_id, pupil_id, school_id, starts, grade) SELECT"  # noqa: S608 - as above
            f" p.owner_id, p.id, s.id, '2026-08-01', 1 FROM pupil p, school s"
            f" WHERE p.key = 'm{n}' AND s.key = 'lia'"
        )
    many = [row[0] for row in pages.rows("SELECT id FROM pupil WHERE key LIKE 'm%' ORDER BY id")]

    def opens(person: str, every: timedelta) -> None:
        with Session(pages.engine) as session:
            who = viewer(session, person, today=TODAY)
        for place, one in enumerate(many):
            with db.session(pages.engine) as session:
                read = Unnoted(who, "/sak/{number}", [one], {})
                readings.note(session, read, now=NOW - timedelta(hours=9) + place * every)

    opens("kari", WITHIN / (MANY - 1))  # 41 in a little more than ten minutes
    rita = pages.as_("rita")
    assert "svært mange" not in rita.get("/innsyn").text
    opens("heidi", WITHIN / MANY)
    assert f"Heidi åpnet {MANY + 1} elever på kort tid, fra 26.11.2026 kl. 01.00." in (
        rita.get("/innsyn").text
    )
    assert f"lia: heidi åpnet {MANY + 1} elever" in pages.as_("ada").get("/drift").text
    with Session(pages.engine) as session:
        told = rushes(session, EVERYONE, NOW - timedelta(days=1))
    assert [(one.person, one.n, one.school) for one in told] == [("heidi", MANY + 1, "lia")]
