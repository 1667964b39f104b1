"""L1: eight workers over thousands of mails that are ready, on both databases."""

import json
from collections import Counter
from pathlib import Path

import pytest

from iopflow import clock
from tests.reliability.kit import (
    MORNING,
    Prepared,
    Runner,
    Tally,
    long,
    many_teachers,
    told,
)

WORKERS = 8
SEEDS = range(long(1, 5))


@pytest.mark.slow
def test_many_workers_send_each_of_many_mails_once(
    school: Prepared, runner: Runner, tmp_path: Path
) -> None:
    mails = long(2_000, 10_000)
    many_teachers(school.engine, mails - 3)
    school.keep()
    tally, began = Tally(), clock.elapsed()
    for seed in SEEDS:
        school.anew()
        folder = tmp_path / str(seed)
        folder.mkdir()
        # They begin at different moments, and together.
        workers = [
            runner.start(
                url=school.url,
                writes=str(folder / f"{number}.ids"),
                report=str(folder / f"{number}.report"),
                moments=[MORNING] * 3,
                rate=1_000_000,
                wait=((seed * 7 + number * 3) % WORKERS) / 40,
            )
            for number in range(WORKERS)
        ]
        assert [runner.wait(one) for one in workers] == [0] * WORKERS
        passes = [json.loads(one.read_text("utf-8")) for one in folder.glob("*.report")]
        assert [one for some in passes for one in some if isinstance(one, str)] == []
        sent = [line for one in folder.glob("*.ids") for line in one.read_text("ascii").split()]
        tally.add([one for (one,) in school.rows("message_id")], sent)
        assert len(sent) == mails
        assert Counter(school.rows("delivery, tries")) == {("sent", 1): mails}
        took_part = sum(1 for one in folder.glob("*.ids") if one.stat().st_size)
        assert took_part > 1
    told(f"{WORKERS} workers, {mails} mails, {school.engine.dialect.name}", tally, began)
    assert (tally.lost, tally.copies) == (0, 0)
