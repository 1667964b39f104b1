"""`serve` and `demo` as processes of their own: pages on this machine, mails in a folder."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.cli.conftest import Ask

ROOT = Path(__file__).parents[2]


@contextmanager
def running(
    *words: str, cwd: Path, environment: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[str, list[str]]]:
    """A command that serves: its address, and what it said before."""
    clean = {name: value for name, value in os.environ.items() if "IOPFLOW" not in name}
    process = subprocess.Popen(
        [sys.executable, "-m", "iopflow", *words],
        cwd=cwd,
        env=clean | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    said: list[str] = []
    try:
        for line in process.stdout or ():
            said.append(line.rstrip())
            found = re.search(r"Sidene er på (http://\S+)\.", line)
            if found is not None:
                yield found[1], said
                break
        else:
            pytest.fail("\n".join(said))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


def fetched(address: str) -> tuple[int, str]:
    """The status and the page."""
    with urllib.request.urlopen(address) as answer:  # noqa: S310 - an address of our own
        return answer.status, answer.read().decode()


def test_serve_shows_pages_behind_a_log_in_and_stops_when_told(
    embedded: Ask, tmp_path: Path
) -> None:
    with running("--database", embedded.url, "serve", "--port", "0", cwd=tmp_path) as (at, _said):
        assert fetched(f"{at}/healthz") == (200, "ok")
        status, page = fetched(f"{at}/")
        assert status == 200
        assert "Innlogging er ikke satt opp ennå" in page


def test_a_port_that_is_taken_is_refused(embedded: Ask, tmp_path: Path) -> None:
    with running("--database", embedded.url, "serve", "--port", "0", cwd=tmp_path) as (at, _said):
        port = at.rpartition(":")[2]
        answer = embedded(f"serve --port {port} --no-worker", now=None)
    assert (answer.code, f"Port {port} er opptatt" in answer.err) == (1, True)


@pytest.mark.slow
def test_the_demo_has_mails_to_read_and_lets_one_choose_who_to_be(tmp_path: Path) -> None:
    words = ("demo", "--port", "0", "--now", "2027-01-11T08:00")
    with running(*words, cwd=tmp_path) as (at, said):
        mails = sorted((tmp_path / "iopflow-demo" / "post").glob("*.eml"))
        assert len(mails) > 10
        first = message_from_bytes(mails[0].read_bytes(), policy=policy.default)
        assert str(first["Subject"]).startswith("iopflow: ")
        _status, page = fetched(f"{at}/")
        assert "Dette er en demo: velg hvem du vil være." in page
    assert any("Logg inn som" in line for line in said)


def test_an_address_of_another_machine_is_refused(embedded: Ask) -> None:
    answer = embedded("serve --host 192.0.2.1 --port 0 --no-worker", now=None)
    assert (answer.code, "192.0.2.1 er ingen adresse på denne maskinen" in answer.err) == (1, True)
