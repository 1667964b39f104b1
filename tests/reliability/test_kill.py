"""K1: a worker is killed at the N-th call of the operating system, for every N that it comes to."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from iopflow import clock
from tests.reliability.kit import (
    AFTER_DOUBT,
    LATER,
    MORNING,
    SETTLED,
    Prepared,
    Runner,
    Sink,
    Tally,
    long,
    strace,
    told,
)

CALLS = (
    *("write", "pwrite64", "fdatasync", "fsync", "sendto", "recvfrom", "connect"),
    *("ftruncate", "unlink", "openat"),
)


@strace
@pytest.mark.slow
def test_a_worker_killed_at_any_call_loses_nothing_and_sends_at_most_one_copy(
    school: Prepared, post: Sink, runner: Runner, tmp_path: Path
) -> None:
    job = {"url": school.url, "mail": post.address}
    decided = _warmed(school, post, runner, job)
    points = _points(school, runner, job | {"trace": str(tmp_path / "trace")})
    kills = long(120, 10_000)
    tally, began = Tally(), clock.elapsed()
    for number in range(kills):
        name, count = points[number * len(points) // kills % len(points)]
        school.anew()
        post.received.clear()
        post.puts_off = {decided[number % 3]} if number % 4 == 3 else set()
        kill = f"inject={name}:signal=SIGKILL:when={count}"
        runner.under_strace(f"trace={name}", kill, **job, moments=[MORNING])
        post.settle()
        runner.here(**job, moments=[LATER, AFTER_DOUBT])
        post.settle()
        tally.add(decided, post.received)
        assert {state for (state,) in school.rows("delivery")} <= set(SETTLED), (name, count)
        assert school.is_whole(), (name, count)
    told(f"kill -9, {school.engine.dialect.name}", tally, began)
    assert (tally.faults, tally.lost) == (kills, 0)
    assert tally.most == 1  # and the one moment in which there is one was met


def _warmed(school: Prepared, post: Sink, runner: Runner, job: dict[str, Any]) -> list[str]:
    """The Message-IDs that the morning decides."""
    runner.here(**job, moments=[MORNING, LATER])
    post.settle()
    assert sorted(post.received) == sorted(one for (one,) in school.rows("message_id"))
    assert len(post.received) == 3
    return list(post.received)


def _points(school: Prepared, runner: Runner, job: dict[str, Any]) -> list[tuple[str, int]]:
    """Every call that a morning makes, as its name and the how manieth of that name it is."""
    school.anew()
    code = runner.under_strace(f"trace={','.join(CALLS)}", **job, moments=[MORNING])
    assert code == 0
    seen: Counter[str] = Counter()
    points = []
    for line in Path(job["trace"]).read_text(encoding="utf-8", errors="replace").splitlines():
        found = re.match(r"(\w+)\(", line)
        if found is not None and found[1] in CALLS:
            seen[found[1]] += 1
            points.append((found[1], seen[found[1]]))
    assert len(points) > 50
    return points
