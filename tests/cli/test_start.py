"""How the command line starts and ends: quickly, with the right code, without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from iopflow.cli import main
from iopflow.cli.run import WHERE
from iopflow.engine import ledger
from tests.cli.conftest import Ask

HEAVY = {
    "sqlmodel",
    "sqlalchemy",
    "pydantic",
    "alembic",
    "holidays",
    "babel",
    "xlsxwriter",
    "psycopg",
    "fastapi",
    "apscheduler",
    "asyncio",
    "iopflow.models",
    "iopflow.engine",
    "iopflow.queries",
    "iopflow.importing",
    "iopflow.measure",
    "iopflow.demo",
}


def python(
    *args: str, cwd: Path | None = None, url: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if "IOPFLOW" not in name}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    if url is not None:
        environment["IOPFLOW_DATABASE"] = url
    return subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize(
    "words", ["", "--version", "--help", *(f"{name} --help" for name in WHERE)]
)
def test_help_loads_nothing_heavy(words: str) -> None:
    code = (
        "import sys\n"
        "from iopflow.cli import main\n"
        f"code = main({words.split()!r}) if {bool(words)} else 0\n"
        "print(code, *sorted(sys.modules), file=sys.stderr)"
    )
    code_, *modules = python("-c", code).stderr.split()
    assert code_ == "0"
    assert HEAVY & set(modules) == set()


@pytest.mark.parametrize("name", [*WHERE, "wheel check", "wheel show"])
def test_every_command_has_help_with_an_example_that_names_it(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*name.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Bruk: iopflow {name}")
    examples = shown.partition("Eksempler:\n")[2].splitlines()
    assert any(line.strip().startswith("iopflow") and name in line for line in examples)
    assert max(len(line) for line in shown.splitlines() if not line.startswith("  iopflow")) <= 80


def test_no_command_shows_the_help_as_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Kommandoer:" in capsys.readouterr().err


def test_exit_codes_reach_the_shell(tmp_path: Path) -> None:
    assert python("-m", "iopflow", "--version").returncode == 0
    assert python("-m", "iopflow", "tasks", cwd=tmp_path).returncode == 1
    assert python("-m", "iopflow", "tsks", cwd=tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_init_makes_a_database_and_may_be_repeated(tmp_path: Path) -> None:
    for _time in range(2):
        done = python("-m", "iopflow", "init", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "Databasen sqlite:///iopflow.db er klar.\n"
    assert python("-m", "iopflow", "tasks", cwd=tmp_path).stdout == "Ingen oppgaver.\n"


def test_a_reader_that_has_had_enough_is_no_error(embedded: Ask) -> None:
    code = (
        "import subprocess, sys\n"
        "one = subprocess.Popen([sys.executable, '-m', 'iopflow', 'tasks', '--format', 'json'],"
        " stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "one.stdout.close()\n"
        "print(one.stderr.read().decode(), one.wait())"
    )
    done = python("-c", code, url=embedded.url)
    assert done.stdout.split() == ["0"]


def test_norwegian_letters_survive_any_terminal(embedded: Ask) -> None:
    code = (
        "import os, subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-m', 'iopflow', 'tasks', '--year', '2026-27'],"
        " env=os.environ | {'LC_ALL': 'C', 'PYTHONIOENCODING': 'ascii', 'PYTHONUTF8': '0'},"
        " capture_output=True)\n"
        "print(done.stdout.decode('utf-8').count('Målvalg'), done.stderr)"
    )
    assert python("-c", code, url=embedded.url).stdout == "3 b''\n"


def test_an_interrupted_command_leaves_nothing(
    school: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: object, **_rest: object) -> None:
        raise KeyboardInterrupt

    # The hand on the keyboard comes after the rows are written and before they are kept.
    monkeypatch.setattr(ledger, "update_rows", interrupted)
    words = "complete --step iop.malvalg --year 2026-27 --subject e1"
    answer = school(words, by="kari")
    assert (answer.code, answer.err.strip()) == (1, "Avbrutt: ingenting er endret.")
    monkeypatch.undo()
    monkeypatch.setenv("COLUMNS", "120")
    again = school("tasks --step iop.malvalg --year 2026-27 --status done", by="kari")
    assert again.out == "Ingen oppgaver.\n"
