"""K7 and K8: a worker that is told to stop in the middle, and one that stands still too long."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest

from iopflow import clock
from tests.databases import LONG
from tests.reliability.kit import (
    AFTER_DOUBT,
    LATER,
    MORNING,
    ROOT,
    SETTLED,
    Prepared,
    Runner,
    Sink,
)

FAST = 300  # a lease of ten minutes lasts two seconds


def started(school: Prepared, post: Sink, *words: str) -> subprocess.Popen[str]:
    """iopflow as a process, with mails to the sink and the clock at the morning."""
    environment = {name: text for name, text in os.environ.items() if "IOPFLOW_" not in name}
    said = {
        "PYTHONPATH": str(ROOT),
        "IOPFLOW_DATABASE": school.url,
        "IOPFLOW_MAIL": post.address,
        "IOPFLOW_MAIL_FROM": "i@example.no",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "iopflow", *words, "--now", MORNING],
        env=environment | said,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def stopped(process: subprocess.Popen[str]) -> tuple[int, float, str]:
    """Sends SIGTERM: how the process ended, after how many seconds, and what it said."""
    began = clock.elapsed()
    process.send_signal(signal.SIGTERM)
    said, _none = process.communicate(timeout=60)
    return process.returncode, clock.elapsed() - began, said


@pytest.mark.slow
@pytest.mark.parametrize("words", [["worker"], ["serve", "--port", "0"]], ids=["worker", "serve"])
def test_whoever_is_told_to_stop_ends_the_mail_at_hand_and_gives_the_rest_back(
    school: Prepared, post: Sink, runner: Runner, words: list[str]
) -> None:
    begun = threading.Event()

    def slowly(_message_id: str) -> None:
        begun.set()
        clock.pause(0.5)

    post.during = slowly
    process = started(school, post, *words)
    assert begun.wait(60)
    code, seconds, said = stopped(process)
    assert (code, seconds < 30) == (0, True), said
    assert [state for (state,) in school.rows("delivery")] == ["sent", "due", "due"]
    runner.run(url=school.url, mail=post.address, moments=["2027-01-11T07:02"])
    assert {state for (state,) in school.rows("delivery")} == {"sent"}
    assert set(Counter(post.received).values()) == {1}


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="takes half a minute; make test-long runs it")
def test_a_mail_server_that_never_answers_holds_nobody_back(school: Prepared, post: Sink) -> None:
    begun, go = threading.Event(), threading.Event()

    def never(_message_id: str) -> None:
        begun.set()
        go.wait(60)

    post.during = never
    process = started(school, post, "worker")
    assert begun.wait(60)
    code, seconds, said = stopped(process)
    go.set()
    assert (code, seconds < 30) == (0, True), said
    assert [state for (state,) in school.rows("delivery")] == ["unknown", "due", "due"]


@pytest.mark.slow
def test_a_worker_that_stands_still_for_longer_than_its_lease_marks_nothing(
    school: Prepared, post: Sink, runner: Runner
) -> None:
    """It wakes when another has sent its mails: a copy of the one that lay with the server."""
    begun = threading.Event()
    frozen: list[int] = []

    def freeze(_message_id: str) -> None:
        if not begun.is_set():
            os.kill(frozen[0], signal.SIGSTOP)
            begun.set()

    job = {"url": school.url, "mail": post.address}
    runner.here(**job, moments=[MORNING])  # so that the other begins at once
    post.settle()
    school.anew()
    post.received.clear()
    post.during = freeze
    frozen.append(runner.start(**job, moments=[MORNING], speed=FAST))
    assert begun.wait(60)
    clock.pause(2.2)  # the lease of the one that stands still runs out
    runner.run(**job, moments=[LATER, AFTER_DOUBT])
    before = school.rows("delivery, tries, settled_at, ready_at")
    assert {state for (state, *_rest) in before} <= set(SETTLED)
    os.kill(frozen[0], signal.SIGCONT)
    assert runner.wait(frozen[0]) == 0
    assert school.rows("delivery, tries, settled_at, ready_at") == before
    assert sorted(Counter(post.received).values()) == [1, 1, 2]
