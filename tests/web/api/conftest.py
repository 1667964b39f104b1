"""Lia skole behind the API, and programs with tokens."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from iopflow import db
from iopflow.engine import integrations
from iopflow.queries.access import EVERYONE
from iopflow.queries.integrations import where
from tests.factories import act
from tests.web.conftest import Pages

V1 = "/api/v1"


@dataclass
class Api:
    """The site, and a client for each token."""

    pages: Pages
    secrets: dict[int, str] = field(default_factory=dict)

    def token(self, role: str, at: str, **asked: Any) -> str:
        """A new token."""
        values: dict[str, Any] = {"label": "Timeplan", "writes": False, "protected": False}
        values |= {"ends": None} | asked
        with db.session(self.pages.engine) as session:
            place = where(session, EVERYONE, role, at, writes=values["writes"])
            number, secret = integrations.new(session, place, **values, act=act("api-token new"))
        self.secrets[number] = secret
        return secret

    def client(self, secret: str | None) -> TestClient:
        """A program; its errors are answers, as over the wire."""
        headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
        return TestClient(
            self.pages.app, headers=headers, raise_server_exceptions=False, follow_redirects=False
        )

    def of(self, role: str, at: str, **asked: Any) -> TestClient:
        """A program with a new token."""
        return self.client(self.token(role, at, **asked))


@pytest.fixture
def api(pages: Pages) -> Api:
    """A site of the test's own."""
    return Api(pages)


@pytest.fixture(scope="module")
def calm(still: Pages) -> Api:
    """A site for the tests of a module that change no facts."""
    return Api(still)


LAST = date(2026, 11, 26)
