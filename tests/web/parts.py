"""What every undo refuses: a part of an act, asked for with a form that somebody has written."""

from html import unescape
from typing import Any

from starlette.testclient import TestClient

SAID = "Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."


def refuses_parts(client: TestClient, path: str, form: dict[str, Any], field: str) -> None:
    """All but the last event of an act, and all but the first, are refused in the same words."""
    first, last = map(int, form[field].split("-"))
    assert last > first, "one event has no parts"
    for part in (f"{first}-{last - 1}", f"{first + 1}-{last}", f"{last}-{last}"):
        answer = client.post(path, data=form | {field: part})
        assert (part, answer.status_code) == (part, 422)
        assert SAID in unescape(answer.text)
