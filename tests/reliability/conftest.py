"""A process that forks workers, and a filled database, for the tests of crashes."""

from collections.abc import Iterator

import pytest

from tests.databases import Databases, databases
from tests.reliability.kit import Prepared, Runner, Sink, prepared, sink


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Forks workers."""
    made = Runner(tmp_path_factory.mktemp("runner"))
    yield made
    made.close()


@pytest.fixture
def school(database_url: str) -> Iterator[Prepared]:
    """Lia skole, on SQLite and on PostgreSQL, for tests in which processes die and no machine."""
    with prepared(database_url, durable=False) as made:
        yield made


@pytest.fixture(scope="module")
def _sqlite() -> Iterator[Databases]:
    with databases("sqlite") as made:
        yield made


@pytest.fixture
def file(_sqlite: Databases) -> Iterator[Prepared]:
    """Lia skole in an SQLite file, for what concerns files alone."""
    with _sqlite.fresh() as url, prepared(url, durable=False) as made:
        yield made


@pytest.fixture
def post() -> Iterator[Sink]:
    """A mail server."""
    with sink() as made:
        yield made
