"""The pages of Lia skole as they are outside the demo: with a provider, or with mails."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.testclient import TestClient

from iopflow import settings
from iopflow.web.app import create_app
from iopflow.web.page import Site
from tests.web.conftest import OURS, Pages

KEY = "lia-skole-og-trettito-tegn-til-0123"
PLAIN = {"IOPFLOW_SECRET": KEY, "IOPFLOW_BASE_URL": "http://localhost"}


def served(pages: Pages, given: Mapping[str, str]) -> Site:
    """A site on the pages' database and clock, with settings of its own."""
    return Site(pages.engine, settings.load(dict(given)), lambda: pages.now)


def browser(site: Site, **more: Any) -> TestClient:
    """Somebody's browser. It follows nothing by itself."""
    base = site.settings.base_url or "http://testserver"
    return TestClient(create_app(site), headers=OURS, follow_redirects=False, base_url=base, **more)


def query(address: str) -> dict[str, str]:
    """What stands behind the ? of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def who(client: TestClient) -> str:
    """The id on the page of one's own account; nothing for nobody."""
    text = client.get("/konto").text
    return text.partition("<dt>Id i iopflow</dt><dd>")[2].partition("<")[0]
