"""Everybody, every object, every route: the table of `matrix.txt`, which leaves nothing out."""

import re
from collections.abc import Iterator

import pytest

from iopflow import db
from iopflow.web.app import ROUTES
from tests.databases import KINDS, LONG, databases
from tests.web import matrix
from tests.web.conftest import Pages
from tests.web.matrix import NO_OBJECT, PRINCIPALS, ROWS, TABLE, Asked, Row
from tests.web.two_owners import MARK, two_owners

Answers = dict[str, dict[Row, list[Asked]]]


# Some four thousand requests: on one database, and on both of them when there is time.
@pytest.fixture(scope="module", params=KINDS if LONG else KINDS[:1])
def asked(request: pytest.FixtureRequest) -> Iterator[Answers]:
    """What everybody got of everything."""
    with databases(request.param) as server, server.fresh(two_owners) as url:
        engine = db.create_engine(url)
        pages = Pages(engine)
        ids = matrix.instances(pages)
        yield {who: dict(matrix.answers(pages, who, ids)) for who in PRINCIPALS}
        engine.dispose()


def test_a_route_that_names_an_object_has_its_row() -> None:
    rows = {(row.method, row.path) for row in ROWS}
    assert {one for one in rows if one[1] in NO_OBJECT} == {("POST", "/vikar")} - rows
    routes = {(route.method, route.path) for route in ROUTES}
    assert rows - routes == set()
    left = {one for one in routes - rows if one[1] not in NO_OBJECT}
    overviews = {("GET", one) for one in ("/moter", "/vikar", "/innsyn", "/sporsmal")}
    assert left == overviews - rows
    assert [path for path in NO_OBJECT if "{" in path] == []


def test_every_cell_is_as_the_table_says(asked: Answers) -> None:
    found = {
        row.name: {who: "".join(one.sign for one in asked[who][row]) for who in PRINCIPALS}
        for row in ROWS
    }
    assert matrix.written(found).splitlines() == TABLE.read_text(encoding="utf-8").splitlines()


def plain(one: Asked) -> str:
    """The page without what was asked for, which it may repeat, and without numbers."""
    asked = re.escape(one.what).replace("/", "(/|%2F)").replace(":", "(:|%3A)")
    body = one.body if one.what.isdecimal() else re.sub(rf"(?<![\w-]){asked}\b", "", one.body)
    return re.sub(r"[0-9]+", "#", body)


# Here the object is seen, and what is not there is something beside it: a count, an avdeling to put
# it in, rows that were refused. What is another owner's is compared for them below.
SEEN = frozenset(
    {
        "POST /frys skole={it}",
        "POST /enheter parent={it}",
        "POST /enheter/{number}/avdeling",
        "GET /import/gjort/{number}/avvist.csv",
    }
)


def test_what_may_not_be_seen_looks_as_what_is_not_there(asked: Answers) -> None:
    """Byte for byte, but for the number or id that was asked for."""
    differing = []
    for who in PRINCIPALS:
        for row, cells in asked[who].items():
            alike = len({plain(one) for one in cells if one.sign == "."}) <= 1
            if not alike and row.name not in SEEN:
                differing.append((who, row.name))
    assert differing == []


def test_another_owners_looks_as_what_is_not_there_whatever_the_answer(asked: Answers) -> None:
    differing = []
    for who in PRINCIPALS:
        for row, cells in asked[who].items():
            *_ours, missing, theirs = [None, *cells]
            if missing is None:  # of a secret there is only one that is not there
                assert row.kind == "token"
            elif (missing.sign, plain(missing)) != (theirs.sign, plain(theirs)):
                differing.append((who, row.name))
    assert differing == []


def test_a_calendars_secret_opens_no_page(asked: Answers) -> None:
    assert asked["feed"] == asked["nobody"]


def test_no_answer_holds_a_word_of_another_owner(asked: Answers) -> None:
    bodies = [one.body for who in PRINCIPALS for cells in asked[who].values() for one in cells]
    assert [body for body in bodies if MARK in body] == []
