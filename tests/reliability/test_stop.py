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

# Seconds until the mail server answers, and what its mail then is; beyond a minute: never.
ANSWERS = [(0.5, "sent"), *([(90.0, "unknown")] if LONG else [])]
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
@pytest.mark.parametrize(("answers_after", "then"), ANSWERS)
@pytest.mark.parametrize("words", [["worker"], ["serve", "--port", "0"]], ids=["worker", "serve"])
def test_whoever_is_told_to_stop_ends_the_mail_at_hand_and_gives_the_rest_back(
    school: Prepared,
    post: Sink,
    runner: Runner,
    words: list[str],
    answers_after: float,
    then: str,
) -> None:
    begun, go = threading.Event(), threading.Event()

    def slowly(_message_id: str) -> None:
        begun.set()
        go.wait(answers_after)

    post.during = slowly
    process = started(school, post, *words)
    assert begun.wait(60)
    code, seconds, said = stopped(process)
    assert (code, seconds < 30) == (0, True), said
    assert [state for (state,) in school.rows("delivery")] == [then, "due", "due"]
    go.set()
    runner.here(url=school.url, mail=post.address, moments=["2027-01-11T07:02"])
    assert [state for (state,) in school.rows("delivery")] == [then, "sent", "sent"]
    assert set(Counter(post.received).values()) == {1}


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
