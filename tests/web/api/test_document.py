"""The API keeps what its document says, whatever a program sends: asked by schemathesis."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok

from iopflow.bounds import LARGEST
from tests.databases import LONG, Sqlite
from tests.web.api.conftest import V1, Api
from tests.web.conftest import site

load_all_checks()
# What is well-formed may still be refused: a day that has not come, a talk nobody was invited to.
# And that no token, or a wrong one, opens nothing stands in test_reading: this one is always sent.
LEFT_OUT: list[Any] = [
    CHECKS.get_one(name) for name in ("positive_data_acceptance", "ignored_auth")
]
OPERATIONS = (
    "GET /v1/tasks",
    "GET /v1/tasks/{task}",
    "GET /v1/indicators",
    "POST /v1/completions",
    "POST /v1/reopenings",
    "POST /v1/not-applicable",
    "POST /v1/talks",
)
SEARCH = settings(max_examples=500, phases=[Phase.generate], database=None)
TASKS = 120  # the first tasks of the small school are of all kinds


@pytest.fixture(scope="module")
def small(files: Sqlite) -> Iterator[Api]:
    """A small school on SQLite."""
    with site(files) as made:
        yield Api(made)


@pytest.fixture(scope="module")
def asked(small: Api) -> dict[str, Any]:
    """The operations of its document, by name."""
    secret = small.token("rektor", "school:lia", writes=True, protected=True)
    schema = schemathesis.openapi.from_asgi(f"{V1}/openapi.json", small.pages.app)
    schema.config.update(headers={"Authorization": f"Bearer {secret}"})
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    return {one.label: one for one in found}


def test_every_operation_is_asked(asked: dict[str, Any]) -> None:
    assert sorted(asked) == sorted(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_one_that_the_document_knows(asked: dict[str, Any], name: str) -> None:
    right = asked[name].as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = asked[name].as_strategy(generation_mode=GenerationMode.NEGATIVE)
    answered = set()

    def ask(case: Case[Any]) -> int:
        tasks = case.body.get("tasks") if isinstance(case.body, dict) else None
        if isinstance(case.body, dict) and isinstance(tasks, list):
            case.body["tasks"] = [_there(one) for one in tasks]
        return case.call_and_validate(excluded_checks=LEFT_OUT).status_code

    @settings(max_examples=1_000 if LONG else 40)
    @given(st.one_of(right, wrong))
    def ask_anything(case: Case[Any]) -> None:
        answered.add(ask(case))

    ask_anything()
    assert 422 in answered
    # What is well-formed comes as far as the tasks; how soon one does hangs on what is drawn.
    find(right, lambda case: ask(case) in {200, 404, 409}, settings=SEARCH)


def _there(number: Any) -> Any:
    """A task that is there, where any number would do."""
    real = type(number) is int and 1 <= number <= LARGEST
    return 1 + number % TASKS if real else number
