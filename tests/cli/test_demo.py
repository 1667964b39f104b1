"""`demo`: what it leaves, and that every command it suggests works."""

import shlex
import sqlite3
from pathlib import Path

import pytest

from iopflow.cli import main


@pytest.mark.e2e
def test_every_command_that_the_demo_suggests_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IOPFLOW_DATABASE", raising=False)
    assert main(["demo", "--no-serve", "--now", "2026-11-26"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert {path.name for path in (tmp_path / "iopflow-demo").iterdir()} == {
        "tabeller",
        "iopflow.db",
        "iopflow.db.sent",
        "post",
    }
    with sqlite3.connect(tmp_path / "iopflow-demo" / "iopflow.db") as database:
        count = "SELECT count(*), count(done_on) FROM measure WHERE school_id = ?"
        for (school,) in database.execute("SELECT id FROM school"):
            decided, done = database.execute(count, (school,)).fetchone()
            assert decided > done  # something is always to be done
    database.close()
    lines = shown.out.partition("Prøv i tur og orden:\n")[2].splitlines()
    exports = dict(line.split(maxsplit=1)[1].split("=", 1) for line in lines if "export" in line)
    monkeypatch.setenv("IOPFLOW_DATABASE", exports["IOPFLOW_DATABASE"])
    commands = [line.strip() for line in lines if line.startswith("  iopflow")]
    assert len(commands) == 10
    for line in commands:
        _iopflow, *args = shlex.split(line)
        assert (line, main(args), capsys.readouterr().err.count("Traceback")) == (line, 0, 0)
