"""Fixtures: every database test runs on SQLite and on PostgreSQL, each in a database of its own."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine
from sqlmodel import Session

from iopflow import db
from iopflow.texts import use_language
from tests.databases import KINDS, LONG, Databases, Sqlite, databases, memory, rolled_back

# What a test writes lives in memory too where there is room: a commit on a disk takes milliseconds.
if (_memory := memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_memory))
settings.register_profile(
    "iopflow",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("long", settings.get_profile("iopflow"), max_examples=2_000)
settings.load_profile("long" if LONG else "iopflow")


def pytest_collection_finish() -> None:
    """All that has been imported stays: nobody needs to look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.fixture(autouse=True)
def _bokmal() -> None:
    """The language that a test before this one may have left behind."""
    use_language("nb")


@pytest.fixture(scope="session", params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """SQLite, then PostgreSQL."""
    with databases(request.param) as made:
        yield made


@pytest.fixture(scope="session")
def files() -> Iterator[Sqlite]:
    """SQLite files, for what is the same whatever the database."""
    with databases("sqlite") as made:
        assert isinstance(made, Sqlite)
        yield made


@pytest.fixture
def database_url(server: Databases) -> Iterator[str]:
    """The address of an empty database with the schema."""
    with server.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def _shared(server: Databases) -> Iterator[Engine]:
    """One database for the tests of a module that roll back."""
    with server.fresh() as url:
        engine = db.create_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def session(_shared: Engine) -> Iterator[Session]:
    """A session in a transaction that is rolled back when the test ends."""
    with rolled_back(_shared) as opened:
        yield opened


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database of the test's own, for tests that commit."""
    made = db.create_engine(database_url)
    yield made
    made.dispose()
