"""What a program may change: by the rules of the commands, once for each key, signed by itself."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session
from starlette.testclient import TestClient

from iopflow import db
from iopflow.engine.integrations import KEPT
from iopflow.queries.access import viewer
from iopflow.queries.log import log_of
from iopflow.queries.places import find
from tests.cli.conftest import Ask
from tests.factories import RULES, TODAY
from tests.web.api.conftest import V1, Api
from tests.web.conftest import NOW

HALF_YEAR = "iop.halvarsevaluering"
TALK = "iop.utviklingssamtale"


@pytest.fixture
def kari(api: Api) -> TestClient:
    """A program with the role of 3a's contact teacher."""
    return api.of("kontaktlaerer", "unit:3a", writes=True)


def facts(api: Api) -> list[tuple[Any, ...]]:
    """What is recorded."""
    return api.pages.rows("SELECT what, on_day, reason FROM happening ORDER BY id")


def test_a_step_is_done_taken_back_and_waived(api: Api, kari: TestClient) -> None:
    number = api.pages.task(HALF_YEAR, "e1")
    done = kari.post(f"{V1}/completions", json={"tasks": [number, number], "on": "2026-11-25"})
    assert done.status_code == 200, done.text
    (shown,) = done.json()["tasks"]
    assert (done.json()["changed"], shown["status"]) == (1, "done")
    assert (shown["happened_on"], shown["subject"]) == ("2026-11-25", "e1")
    assert shown == kari.get(f"{V1}/tasks/{number}").json()
    back = kari.post(f"{V1}/reopenings", json={"tasks": [number], "reason": "feil elev"})
    assert back.json()["tasks"][0]["status"] != "done"
    waived = kari.post(f"{V1}/not-applicable", json={"tasks": [number], "reason": "avsluttet"})
    assert waived.json()["tasks"][0]["status"] == "not_applicable"


def test_the_words_of_a_talk(api: Api, kari: TestClient) -> None:
    number = api.pages.task(TALK, "e2")
    asked = {"tasks": [number], "what": "declined", "on": "2026-11-20"}
    refused = kari.post(f"{V1}/talks", json=asked)
    assert refused.status_code == 422
    assert "trenger en invitasjon" in refused.json()["detail"]
    assert kari.post(f"{V1}/talks", json=asked | {"what": "invited"}).json()["changed"] == 1
    assert kari.post(f"{V1}/talks", json=asked).json()["tasks"][0]["status"] == "declined"
    held = kari.post(f"{V1}/talks", json={"tasks": [number], "what": "held"})
    assert held.json()["tasks"][0]["status"].startswith("done")


def test_all_are_carried_out_or_none(api: Api, kari: TestClient) -> None:
    mine = api.pages.task(HALF_YEAR, "e1")
    theirs = api.pages.task("iop.elevsamtale_host", "f1")
    lost = kari.post(f"{V1}/completions", json={"tasks": [mine, theirs]})
    assert (lost.status_code, str(theirs) in lost.json()["detail"]) == (404, True)
    unknown = kari.post(f"{V1}/completions", json={"tasks": [mine, 999_999]})
    assert unknown.content == lost.content.replace(str(theirs).encode(), b"999999")
    later = kari.post(f"{V1}/completions", json={"tasks": [mine], "on": "2026-11-27"})
    assert (later.status_code, "etter i dag" in later.json()["detail"]) == (422, True)
    assert facts(api) == []


def test_a_token_that_reads_and_a_role_that_may_not_are_refused(api: Api) -> None:
    number = api.pages.task(HALF_YEAR, "e1")
    asked = {"tasks": [number], "reason": "x"}
    reads = api.of("rektor", "school:lia").post(f"{V1}/completions", json=asked)
    assert (reads.status_code, "bare lese" in reads.json()["detail"]) == (403, True)
    barred = api.of("faglaerer", "unit:3a", writes=True).post(f"{V1}/not-applicable", json=asked)
    assert (barred.status_code, "Rollene dine" in barred.json()["detail"]) == (403, True)
    assert facts(api) == []


def test_the_log_names_the_program(api: Api, kari: TestClient) -> None:
    number = api.pages.task(HALF_YEAR, "e1")
    kari.post(f"{V1}/completions", json={"tasks": [number]})
    with Session(api.pages.engine) as session:
        rita = viewer(session, "rita", today=TODAY)
        last = log_of(session, RULES, rita, find(session, "pupil", "e1"))[-1].to_json()
    assert (last["by"], last["integration"], last["act"]) == (None, "Timeplan", "complete")


def test_the_command_log_says_it_in_words(
    api: Api, kari: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    kari.post(f"{V1}/completions", json={"tasks": [api.pages.task(HALF_YEAR, "e1")]})
    url = api.pages.engine.url.render_as_string(hide_password=False)
    assert "API: Timeplan" in Ask(url, capsys)("log e1", by="rita").out


def test_the_same_key_is_answered_and_not_done_again(api: Api, kari: TestClient) -> None:
    number = api.pages.task(HALF_YEAR, "e1")
    key, asked = {"Idempotency-Key": "a-1"}, {"tasks": [number], "on": "2026-11-20"}
    first = kari.post(f"{V1}/completions", json=asked, headers=key)
    kari.post(f"{V1}/reopenings", json={"tasks": [number], "reason": "feil"})
    again = kari.post(f"{V1}/completions", json=asked, headers=key)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert facts(api) == []
    for path, body in (("completions", asked | {"on": "2026-11-21"}), ("reopenings", None)):
        other = body or {"tasks": [number], "reason": "feil"}
        refused = kari.post(f"{V1}/{path}", json=other, headers=key)
        assert (refused.status_code, refused.json()["title"]) == (409, "Conflict")
    other_program = api.of("rektor", "school:lia", writes=True)
    assert other_program.post(f"{V1}/completions", json=asked, headers=key).json()["changed"] == 1


def test_what_was_refused_may_be_tried_again_under_its_key(api: Api, kari: TestClient) -> None:
    number = api.pages.task(TALK, "e2")
    key, asked = {"Idempotency-Key": "a-1"}, {"tasks": [number], "what": "declined"}
    assert kari.post(f"{V1}/talks", json=asked, headers=key).status_code == 422
    kari.post(f"{V1}/talks", json=asked | {"what": "invited"})
    assert kari.post(f"{V1}/talks", json=asked, headers=key).status_code == 200


def test_answers_are_kept_for_seven_days(api: Api, kari: TestClient) -> None:
    key, asked = {"Idempotency-Key": "a-1"}, {"tasks": [api.pages.task(HALF_YEAR, "e1")]}
    kari.post(f"{V1}/completions", json=asked | {"on": "2026-11-20"}, headers=key)
    api.pages.now = NOW + KEPT - timedelta(milliseconds=1)  # each request takes a moment
    kept = kari.post(f"{V1}/completions", json=asked | {"on": "2026-11-20"}, headers=key)
    assert "idempotency-replayed" in kept.headers
    api.pages.now += timedelta(seconds=1)
    anew = kari.post(f"{V1}/completions", json=asked | {"on": "2026-11-21"}, headers=key)
    assert anew.json()["changed"] == 1
    assert len(api.pages.rows("SELECT * FROM api_answer")) == 1


def test_two_at_once_do_it_once(api: Api) -> None:
    secret = api.token("kontaktlaerer", "unit:3a", writes=True)
    asked = {"tasks": [api.pages.task(TALK, "e2")], "what": "invited"}
    start, answers = threading.Barrier(6), []

    def ask() -> None:
        client = api.client(secret)
        start.wait()
        answers.append(client.post(f"{V1}/talks", json=asked, headers={"Idempotency-Key": "same"}))

    threads = [threading.Thread(target=ask) for _n in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert sum("idempotency-replayed" not in one.headers for one in answers) == 1
    assert len(facts(api)) == 1


def test_what_is_malformed_says_where(api: Api, kari: TestClient) -> None:
    for body, at in (
        ({}, "body.tasks"),
        ({"tasks": []}, "body.tasks"),
        ({"tasks": [0]}, "body.tasks.0"),
        ({"tasks": ["x"]}, "body.tasks.0"),
        ({"tasks": [1], "on": "29.05.2026"}, "body.on"),
        ({"tasks": [1], "on": "9999-12-31"}, "body.on"),
        ({"tasks": [1], "reason": "\x00"}, "body.reason"),
        ({"tasks": [1], "reson": "x"}, "body.reson"),
        ([], "body"),
    ):
        answer = kari.post(f"{V1}/completions", json=body)
        assert answer.status_code == 422, body
        assert [one["at"] for one in answer.json()["errors"]] == [at]
    for key in (b"", "æ".encode(), b"x" * 256):
        headers = {b"idempotency-key": key}
        answer = kari.post(f"{V1}/completions", json={"tasks": [1]}, headers=headers)
        assert (answer.status_code, "errors" in answer.json()) == (422, True)
    assert facts(api) == []


def test_bodies_are_json_and_small(kari: TestClient) -> None:
    address = f"{V1}/completions"
    json = {"Content-Type": "application/json"}
    large = b'{"tasks": [1], "reason": "' + b"x" * 70_000 + b'"}'

    def pieces() -> Any:
        yield large[:40_000]
        yield large[40_000:]

    for answer, status in (
        (kari.post(address, content=b"tasks=1"), 415),
        (kari.post(address, data={"tasks": "1"}), 415),
        (kari.post(address, content=b"{", headers=json), 400),
        (kari.post(address, content=b"\xff", headers=json), 400),
        (kari.post(address, content=large, headers=json), 413),
        (kari.post(address, content=pieces(), headers=json), 413),
        (kari.put(address, json={}), 405),
    ):
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_cookie_alone_writes_nothing(api: Api) -> None:
    person = api.pages.as_("kari")
    number = api.pages.task(HALF_YEAR, "e1")
    answer = person.post(f"{V1}/completions", json={"tasks": [number]})
    assert answer.status_code == 401
    assert facts(api) == []


def test_a_fault_of_ours_is_a_problem_without_its_inside(api: Api, kari: TestClient) -> None:
    api.pages.run("DROP TABLE happening")
    answer = kari.get(f"{V1}/tasks")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "happening" not in answer.text


def test_a_database_that_somebody_else_holds_is_worth_another_try(
    api: Api, kari: TestClient
) -> None:
    number = api.pages.task(HALF_YEAR, "e1")
    engine = api.pages.engine
    sqlite = engine.dialect.name == "sqlite"

    def impatient(connection: Any, *_others: Any) -> None:
        said = "PRAGMA busy_timeout=50" if sqlite else "SET lock_timeout = '50ms'"
        connection.cursor().execute(said)

    event.listen(engine, "checkout", impatient)
    with db.session(engine) as other:
        other.execute(text("SELECT 1"))  # it has begun, and so holds the turn to write
        answer = kari.post(f"{V1}/completions", json={"tasks": [number]})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"
    assert kari.post(f"{V1}/completions", json={"tasks": [number]}).status_code == 200


def test_a_protected_pupils_task_is_not_found_unless_that_was_chosen(
    api: Api, kari: TestClient
) -> None:
    asked = {"tasks": [api.pages.task("iop.elevsamtale_host", "e5")]}
    assert kari.post(f"{V1}/completions", json=asked).status_code == 404
    chosen = api.of("kontaktlaerer", "unit:3a", writes=True, protected=True)
    assert chosen.post(f"{V1}/completions", json=asked).json()["changed"] == 1


def test_the_clock_forgets_answers_that_nobody_asks_for_again(
    api: Api,
    kari: TestClient,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, key = {"tasks": [api.pages.task(TALK, "e2")], "what": "invited"}, "a-1"
    kari.post(f"{V1}/talks", json=asked, headers={"Idempotency-Key": key})
    monkeypatch.setenv("IOPFLOW_MAIL", f"dir:{tmp_path}")
    ask = Ask(api.pages.engine.url.render_as_string(hide_password=False), capsys)
    left = []
    for now in ("2026-12-03T09:59", "2026-12-03T10:01"):
        assert ask("tick", now=now).code in (0, 3)
        left += api.pages.rows("SELECT count(*) FROM api_answer")
    assert left == [(1,), (0,)]


def test_who_may_not_write_waits_for_no_writer(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    number = api.pages.task(HALF_YEAR, "e1")
    reads = api.of("kontaktlaerer", "unit:3a")
    monkeypatch.setattr(db, "BUSY_MS", 200)  # for whoever does wait, to note when it was used
    api.pages.engine.dispose()
    with api.pages.engine.begin() as writing:  # on SQLite this has the one lock there is
        writing.execute(text("UPDATE person SET name = name"))
        asked = {"tasks": [number]}
        assert reads.post(f"{V1}/completions", json=asked).status_code == 403
        # Of no pupil: noted afterwards, or the next time.
        assert reads.get(f"{V1}/tasks", params={"step": "ukjent"}).status_code == 200
        assert api.client("iop_junk").post(f"{V1}/completions", json=asked).status_code == 401


def test_an_answer_is_repeated_only_to_who_still_sees_the_task(api: Api, kari: TestClient) -> None:
    key, asked = {"Idempotency-Key": "a-1"}, {"tasks": [api.pages.task(HALF_YEAR, "e1")]}
    assert kari.post(f"{V1}/completions", json=asked, headers=key).status_code == 200
    api.pages.run("UPDATE pupil SET protected = true WHERE key = 'e1'")
    assert kari.post(f"{V1}/completions", json=asked, headers=key).status_code == 404


def test_what_only_looks_like_a_number_or_a_day_is_none(api: Api, kari: TestClient) -> None:
    number = api.pages.task(HALF_YEAR, "e1")
    bodies = ({"tasks": [True]}, {"tasks": [1.0]}, {"tasks": [number], "on": 1764547200})
    for body in bodies:
        assert kari.post(f"{V1}/completions", json=body).status_code == 422, body
    assert kari.get(f"{V1}/indicators", params={"as_of": "1764547200"}).status_code in (403, 422)
    assert facts(api) == []
