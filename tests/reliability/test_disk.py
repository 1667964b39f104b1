"""L3: a disk that is full, or breaks, at the N-th write of a worker; then there is room again."""

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from iopflow import clock, db
from tests.databases import LONG
from tests.reliability.kit import (
    MORNING,
    SETTLED,
    Prepared,
    Runner,
    Server,
    Sink,
    Tally,
    long,
    strace,
    tick,
    told,
)

WRITES = ("write", "pwrite64", "fdatasync", "fsync", "ftruncate", "openat", "unlink")
FULL = ("ENOSPC", "EIO")
# The passes of a worker that lives on; each lease of ten minutes runs out in time for another.
PASSES = [MORNING, *(f"2027-01-11T07:{minute:02}" for minute in (1, 2, 3, 12, 13, 24, 36, 48))]


@strace
@pytest.mark.slow
def test_a_disk_that_fails_at_any_write_loses_nothing_and_the_worker_goes_on(
    file: Prepared, post: Sink, runner: Runner, tmp_path: Path
) -> None:
    job = {"url": file.url, "mail": post.address, "patience": 0.1, "busy_ms": 200}
    runner.here(**job, moments=PASSES)
    post.settle()
    decided = list(post.received)
    points = _points(file, runner, job | {"trace": str(tmp_path / "trace")})
    faults, report = long(40, 2_000), tmp_path / "report"
    tally, broken, began = Tally(), 0, clock.elapsed()
    for number in range(faults):
        name, count = points[number * len(points) // faults % len(points)]
        error = FULL[number % 2]
        file.anew()
        post.received.clear()
        # The fault lasts for a few calls, as a full disk does; the same process then has room.
        last = count + number % 4
        fault = f"inject={name}:error={error}:when={count}..{last}"
        code = runner.under_strace(
            f"trace={name}", fault, **job, moments=PASSES, report=str(report)
        )
        post.settle()
        assert code == 0, (name, count, error)
        passes = json.loads(report.read_text(encoding="utf-8"))
        broken += any(isinstance(one, str) for one in passes)
        tally.add(decided, post.received)
        assert tally.lost == 0, (name, count, error, passes, file.rows("delivery, why, error"))
        assert {state for (state,) in file.rows("delivery")} <= set(SETTLED), (
            name,
            count,
            error,
            passes,
        )
        assert file.is_whole(), (name, count, error)
    told("full or broken disk", tally, began)
    assert (tally.lost, tally.most <= 1) == (0, True)
    assert broken > faults // 10  # the faults were felt


def _points(file: Prepared, runner: Runner, job: dict[str, Any]) -> list[tuple[str, int]]:
    """Every call that the passes make, as its name and the how manieth of that name it is."""
    file.anew()
    assert runner.under_strace(f"trace={','.join(WRITES)}", **job, moments=PASSES[:1]) == 0
    seen: Counter[str] = Counter()
    points = []
    for line in Path(job["trace"]).read_text(encoding="utf-8", errors="replace").splitlines():
        found = re.match(r"(\w+)\(", line)
        if found is not None and not (found[1] == "openat" and file.file.name not in line):
            seen[found[1]] += 1
            points.append((found[1], seen[found[1]]))
    return points


def test_a_disk_without_room_for_the_result_holds_the_mails_back(
    file: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.anew()
    post = Server()
    monkeypatch.setattr(db, "ROOM", 2**62)
    tick(file, post, time(7))
    assert (post.received, {state for (state,) in file.rows("delivery")}) == ([], {"due"})
    monkeypatch.setattr(db, "ROOM", 0)
    tick(file, post, time(7, 1))
    assert {state for (state,) in file.rows("delivery")} == {"sent"}


def test_a_disk_that_fills_up_in_a_batch_ends_it_before_the_next_mail(
    file: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.anew()
    post = Server(then=lambda: monkeypatch.setattr(db, "ROOM", 2**62))
    tick(file, post, time(7))
    assert [state for (state,) in file.rows("delivery")] == ["sent", "due", "due"]


if LONG:  # where root may mount a disk

    @contextmanager
    def small_disk(folder: Path, size: int) -> Iterator[Path]:
        """A disk of a size in kB."""
        folder.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", str(folder)]
        if subprocess.run(words, check=False).returncode != 0:
            pytest.skip("no small disk can be mounted here: it takes root")
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)

    @pytest.mark.slow
    def test_a_small_disk_that_others_fill_holds_the_mails_back_until_there_is_room(
        file: Prepared, post: Sink, runner: Runner, tmp_path: Path
    ) -> None:
        """The room that others leave goes from none to plenty, in steps of two pages."""
        tally, began = Tally(), clock.elapsed()
        assert file.template is not None
        size = file.template.stat().st_size // 1024 + 2048
        with small_disk(tmp_path / "disk", size) as disk:
            url = f"sqlite:///{disk}/school.db"
            job = {"url": url, "mail": post.address, "patience": 0.1, "busy_ms": 200}
            for left in range(0, 1400, 8):
                for old in disk.iterdir():
                    old.unlink()
                post.received.clear()
                shutil.copyfile(file.template, disk / "school.db")
                free = shutil.disk_usage(disk).free
                ballast = disk / "ballast"
                ballast.write_bytes(bytes(free - left * 1024))
                runner.run(**job, moments=PASSES[:5])
                ballast.unlink()
                runner.run(**job, moments=PASSES[4:])
                post.settle()
                there = Prepared(url, file.engine, file.template)
                tally.add([one for (one,) in there.rows("message_id")], post.received)
                assert {state for (state,) in there.rows("delivery")} == {"sent"}, left
                assert there.is_whole()
        told("small disk", tally, began)
        assert (tally.lost, tally.copies) == (0, 0)
