"""What a token reads: the tasks that its role shows, page by page, and never more."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from iopflow import db
from iopflow.engine import integrations
from iopflow.queries.access import EVERYONE, viewer
from iopflow.queries.integrations import integration
from iopflow.queries.tasks import Asked, tasks
from tests.factories import RULES, TODAY, act
from tests.web.api.conftest import LAST, V1, Api
from tests.web.conftest import NOW

PROBLEM = "application/problem+json"


def listed(client: Any, **asked: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    found, address = [], f"{V1}/tasks"
    answer = client.get(address, params=asked)
    while True:
        assert answer.status_code == 200, answer.text
        found += answer.json()["tasks"]
        if answer.json()["next"] is None:
            return found
        answer = client.get(answer.json()["next"])


def rows_of(api: Api, who_asks: str, **asked: Any) -> list[dict[str, Any]]:
    """What the command `tasks` gives a person, by number."""
    with Session(api.pages.engine) as session:
        who = viewer(session, who_asks, today=TODAY)
        rows = tasks(session, RULES, who, Asked(**asked), today=TODAY)
    return sorted((row.to_json() for row in rows), key=lambda row: row["task"])


@pytest.mark.parametrize(
    ("person", "role", "at"),
    [
        ("kari", "kontaktlaerer", "unit:3a"),
        ("heidi", "avdelingsleder", "unit:smatrinn"),
        ("rita", "rektor", "school:lia"),
        ("per", "spesialpedagog", "pupil:e1"),
        ("olav", "skoleadministrasjon", "school:lia"),
        ("eli", "skoleeier", "owner:eikedal"),
    ],
)
def test_a_token_sees_what_a_person_of_its_role_sees(
    calm: Api, person: str, role: str, at: str
) -> None:
    found = listed(calm.of(role, at, protected=True), limit=500)
    assert found == rows_of(calm, person)
    assert len(found) > 0 or person == "eli"


def test_protected_pupils_are_shown_only_where_that_was_chosen(calm: Api) -> None:
    for role, at in (("rektor", "school:lia"), ("spesialpedagog", "pupil:e5")):
        plain, chosen = calm.of(role, at), calm.of(role, at, protected=True)
        assert "e5" not in {row["subject"] for row in listed(plain, limit=500)}
        assert listed(plain, pupil="e5") == []
        assert {row["subject"] for row in listed(chosen, pupil="e5")} == {"e5"}


def test_no_answer_holds_a_name(calm: Api) -> None:
    text = calm.of("rektor", "school:lia").get(f"{V1}/tasks", params={"limit": 500}).text
    assert "Elev e" not in text
    assert "Kari" not in text


@pytest.mark.parametrize(
    "asked",
    [
        {"pupil": "e1"},
        {"person": "kari"},
        {"unit": "3a"},
        {"school": "lia"},
        {"step": "iop.halvarsevaluering"},
    ],
)
def test_the_filters_are_those_of_the_command(calm: Api, asked: dict[str, str]) -> None:
    words = {"class" if name == "unit" else name: value for name, value in asked.items()}
    found = listed(calm.of("rektor", "school:lia", protected=True), **words, limit=7)
    assert found == rows_of(calm, "rita", **asked)
    assert found


def test_year_and_several_statuses_narrow_the_list(calm: Api) -> None:
    client = calm.of("rektor", "school:lia", protected=True)
    every = rows_of(calm, "rita")
    both = listed(client, year="2026-27", status=["open", "overdue"])
    wanted = {"open", "overdue"}
    assert both == [row for row in every if row["year"] == "2026-27" and row["status"] in wanted]
    assert {row["status"] for row in both} == wanted


def test_pages_neither_repeat_nor_skip_what_was_there_from_the_start(api: Api) -> None:
    client = api.of("rektor", "school:lia", protected=True)
    first = client.get(f"{V1}/tasks", params={"limit": 10, "school": "lia"}).json()
    api.pages.run("UPDATE task SET due = '2026-11-01' WHERE id > 20")  # other days, other order
    rest = listed(client, limit=10, school="lia")
    second = client.get(first["next"]).json()["tasks"]
    assert [row["task"] for row in first["tasks"] + second] == [row["task"] for row in rest[:20]]


def test_a_filter_on_what_is_not_seen_answers_as_one_on_what_is_not_there(calm: Api) -> None:
    client = calm.of("kontaktlaerer", "unit:3a")
    for name, theirs in (
        ("pupil", "f1"),
        ("class", "f3"),
        ("school", "fjell"),
        ("person", "siri"),
        ("step", "x"),
    ):
        seen = client.get(f"{V1}/tasks", params={name: theirs})
        unknown = client.get(f"{V1}/tasks", params={name: "finnes-ikke"})
        assert (seen.status_code, seen.text) == (200, unknown.text), name
        assert seen.json() == {"tasks": [], "next": None}


def test_one_task_and_the_same_404_for_theirs_and_for_none(calm: Api) -> None:
    client = calm.of("kontaktlaerer", "unit:3a")
    number = calm.pages.task("iop.halvarsevaluering", "e1")
    assert client.get(f"{V1}/tasks/{number}").json() in rows_of(calm, "kari")
    theirs = client.get(f"{V1}/tasks/{calm.pages.task('iop.elevsamtale_host', 'f1')}")
    unknown = client.get(f"{V1}/tasks/999999")
    assert (theirs.status_code, theirs.content) == (404, unknown.content)
    assert theirs.headers["content-type"] == PROBLEM


def test_without_a_living_token_nothing_is_answered(api: Api) -> None:
    secret = api.token("rektor", "school:lia", ends=LAST)
    living = api.client(secret)
    assert living.get(f"{V1}/tasks").status_code == 200
    api.pages.now = NOW + timedelta(days=1)
    ended = living.get(f"{V1}/tasks")
    api.pages.now = NOW
    (number,) = api.secrets
    with db.session(api.pages.engine) as session:
        one = integration(session, EVERYONE, number)
        integrations.revoke(session, one, act=act("api-token revoke"))
    revoked = living.get(f"{V1}/tasks")
    guessed = api.client("iop_guessed").get(f"{V1}/tasks")
    assert ended.content == revoked.content == guessed.content
    for answer in (ended, revoked, guessed, api.client(None).get(f"{V1}/tasks")):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == PROBLEM
        assert answer.headers["www-authenticate"].startswith('Bearer realm="iopflow"')


def test_a_cookie_opens_nothing_here(calm: Api) -> None:
    person = calm.pages.as_("rita")
    assert person.get("/mine").status_code == 200
    assert person.get(f"{V1}/tasks").status_code == 401


def test_only_a_hash_of_the_token_is_stored_and_its_use_is_noted_now_and_then(api: Api) -> None:
    secret = api.token("rektor", "school:lia")
    client = api.client(secret)
    used = []
    for hours in (0, 1, 7):
        api.pages.now = NOW + timedelta(hours=hours)
        client.get(f"{V1}/tasks", params={"limit": 1})
        used += api.pages.rows("SELECT used_at FROM api_token")
    assert used[0] == used[1] != used[2]
    assert secret[4:] not in str(api.pages.rows("SELECT * FROM api_token"))
    assert secret not in str(api.pages.rows("SELECT * FROM event"))


def test_every_error_is_a_problem(calm: Api) -> None:
    client = calm.of("rektor", "school:lia")
    for method, path, status in (
        ("GET", "/api/v1/tasks?limit=501", 422),
        ("GET", "/api/v1/tasks?limt=5", 422),
        ("GET", "/api/v1/tasks?year=2026-99", 422),
        ("GET", "/api/v1/tasks?pupil=%00", 422),
        ("GET", "/api/v1/tasks/x", 422),
        ("GET", "/api/v1/tasks/99999999999", 422),
        ("GET", "/api/v2/tasks", 404),
        ("GET", "/api/v1/tasks/%0A", 422),
        ("GET", "/api/v1/%0A", 404),
        ("GET", "/api/v1/tasks/", 404),
        ("DELETE", "/api/v1/tasks", 405),
    ):
        answer = client.request(method, path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == PROBLEM, path
        said = answer.json()
        assert (said["type"], said["status"]) == ("about:blank", answer.status_code)
        assert said["detail"].endswith(("json.", "«errors»."))
    assert "allow" in client.delete(f"{V1}/tasks").headers


def test_a_role_without_tasks_is_told_so(calm: Api) -> None:
    answer = calm.of("skoleeier", "owner:eikedal").get(f"{V1}/tasks")
    assert (answer.status_code, answer.json()["tasks"]) == (200, [])


def test_the_document_is_open_and_holds_no_secret(calm: Api) -> None:
    answer = calm.client(None).get(f"{V1}/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    assert document["servers"] == [{"url": "/api"}]
    assert set(document["paths"]["/v1/tasks"]["get"]["responses"]) >= {"200", "401", "403", "422"}
    errors = document["paths"]["/v1/tasks"]["get"]["responses"]["422"]["content"]
    assert set(errors) == {PROBLEM}


def test_a_token_of_a_place_that_is_gone_sees_nothing_of_the_one_with_its_number(api: Api) -> None:
    client = api.of("kontaktlaerer", "unit:3a")
    assert listed(client)
    api.pages.run("UPDATE unit SET key = '4c' WHERE key = '3a'")
    assert client.get(f"{V1}/tasks").status_code == 403
