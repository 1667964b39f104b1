"""The service as processes: several on one database, and an end that breaks nothing."""

import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import ExitStack, closing

import pytest

from iopflow import clock, db
from tests.reliability.kit import Prepared, Sink, wait_until
from tests.reliability.test_stop import started, stopped

SPEAK = (
    b"POST /sprak HTTP/1.1\r\nHost: iop.example.no\r\nSec-Fetch-Site: same-origin\r\n"
    b"Cookie: iopflow=x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 16\r\n\r\nsprak=nn&fra=%2F"
)


def address_of(process: subprocess.Popen[str]) -> tuple[str, int]:
    """Where a process that serves can be reached, when it has said so."""
    said = []
    for line in process.stdout or ():
        said.append(line)
        found = re.search(r"Sidene er på http://(\S+):(\d+)\.", line)
        if found is not None:
            return found[1], int(found[2])
    raise AssertionError("".join(said))


def fetched(at: tuple[str, int], path: str) -> tuple[int, str]:
    """The status and the body."""
    try:
        with urllib.request.urlopen(f"http://{at[0]}:{at[1]}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def is_refused(at: tuple[str, int]) -> bool:
    """Whether nobody listens there any more."""
    try:
        socket.create_connection(at, timeout=5).close()
    except OSError:
        return True
    return False


@pytest.mark.slow
def test_who_is_told_to_stop_ends_the_request_at_hand_and_takes_no_other(
    school: Prepared, post: Sink
) -> None:
    process = started(school, post, "serve", "--port", "0", "--no-worker")
    at = address_of(process)
    with closing(socket.create_connection(at, timeout=30)) as asking:
        with db.session(school.engine) as writing:
            writing.connection()  # whoever changes something now, waits
            asking.sendall(SPEAK)
            assert fetched(at, "/healthz") == (200, "ok")  # it has come, and others are served
            process.send_signal(signal.SIGTERM)
            wait_until(lambda: is_refused(at), seconds=10)
            clock.pause(0.2)
            assert process.poll() is None
        with asking.makefile("rb") as answered:
            answer = answered.read().decode()  # to its end: the connection is closed
    said, _none = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert answer.startswith("HTTP/1.1 303 "), answer
    assert re.search(r"POST /sprak 303 \d{3,}ms 0B\n", said), said


@pytest.mark.slow
def test_several_processes_serve_one_database_and_one_of_them_rings_the_clock(
    school: Prepared, post: Sink
) -> None:
    with ExitStack() as running:

        def start(*words: str) -> subprocess.Popen[str]:
            process = started(school, post, *words)
            running.callback(process.kill)
            return process

        pages = [start("serve", "--port", "0", "--no-worker") for _one in range(2)]
        places = [address_of(process) for process in pages]
        silent = {"database": "ok", "schema": "ok", "clock": "silent"}
        for at in places:
            status, body = fetched(at, "/readyz")
            assert (status, json.loads(body)["checks"]) == (503, silent)
        worker = start("worker")
        wait_until(lambda: {fetched(at, "/readyz")[0] for at in places} == {200})
        wait_until(lambda: len(post.received) == 3)
        for at in places:
            assert 'iopflow_last_age_seconds{job="clock"}' in fetched(at, "/metrics")[1]
        for process in (*pages, worker):
            assert stopped(process)[0] == 0
    assert [state for (state,) in school.rows("delivery")] == ["sent"] * 3
