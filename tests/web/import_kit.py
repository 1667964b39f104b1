"""Files to upload on the page Import, and the form of its third step as a browser would send it."""

import io
import re
import zipfile
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from starlette.testclient import TestClient

from tests.web.conftest import Pages


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of files by name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def send(client: TestClient, name: str, content: bytes) -> Any:
    """Uploads a file."""
    return client.post("/import", files={"fil": (name, content)})


def uploaded(client: TestClient, name: str, content: bytes) -> str:
    """Uploads a file that is taken, and returns where its next step is."""
    answer = send(client, name, content)
    assert answer.status_code == 303, re.findall(r'#fil">([^<]*)', answer.text)
    return str(answer.headers["location"])


def sheet(*lines: str) -> str:
    """A CSV file."""
    return "\r\n".join(lines) + "\r\n"


class Form(HTMLParser):
    """The fields of the form of a page whose first action ends as said, with what they hold."""

    def __init__(self, text: str, action: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.buttons: dict[str, str] = {}  # where each goes
        self._action, self._inside, self._over = action, False, False
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes in a field, as a browser would send it untouched."""
        named = {key: value or "" for key, value in attrs}
        if tag == "form" and not self._over and named.get("action", "").endswith(self._action):
            self._inside = True
        if not self._inside:
            return
        if tag == "input" and named.get("type") not in {"checkbox", "radio"}:
            self.fields[named["name"]] = named.get("value", "")
        elif tag == "select":
            self._select = named["name"]
        elif tag == "option" and (self._select not in self.fields or "selected" in named):
            self.fields[self._select] = named.get("value", "")
        elif tag == "button":
            self.buttons[named.get("formaction", "")] = named.get("id", "")

    def handle_endtag(self, tag: str) -> None:
        """The form is over."""
        if tag == "form" and self._inside:
            self._inside, self._over = False, True


def problems(text: str) -> list[tuple[str, int, str]]:
    """The rows that cannot be taken: file, row and column, in the order of the page."""
    found = re.findall(
        r'<span class="hint">([^<]+) rad (\d+)</span></th>.*?id="galt-\w+-\d+-([^"]+)"',
        text,
        re.DOTALL,
    )
    return [(file, int(row), column) for file, row, column in found]


def do(client: TestClient, at: str, **more: str) -> Any:
    """Presses «Importer» on the page as it stands."""
    fields = Form(client.get(at).text, "/rett").fields
    return client.post(f"{at}/importer", data=fields | more)


def facts(pages: Pages) -> list[tuple[Any, ...]]:
    """How many rows each table of facts has, and how many events there are but log-ins."""
    tables = ("person", "pupil", "enrolment", "unit", "role_grant", "consent", "import_batch")
    found = pages.rows(
        " UNION ALL ".join(f"SELECT '{one}', count(*) FROM {one}" for one in tables)  # noqa: S608
    )
    return sorted(found) + pages.rows("SELECT 'event', count(*) FROM event WHERE act <> 'log in'")
