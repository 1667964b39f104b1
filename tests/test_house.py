"""The house stands as README says: layers, no clock below the edge, nothing local in the files."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "iopflow").rglob("*.py"))
MODULES = [path for path in SOURCES if path.parent.name != "versions"]


def _tracked() -> list[Path]:
    """Every file that git knows, without those that only hold hashes."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _ruff(code: str, name: str) -> list[str]:
    """The rules that ruff finds broken in code, were it in that file."""
    command = ["-m", "ruff", "check", "--output-format=concise", "--stdin-filename", name, "-"]
    found = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return sorted(set(re.findall(r": ([A-Z]+\d+) ", found)))


@pytest.mark.parametrize(
    "reading",
    ["datetime.datetime.now(datetime.UTC)", "datetime.date.today()", "time.time()"],
)
def test_the_clock_is_read_in_one_module_only(reading: str) -> None:
    code = (
        f'"""A module."""\n\nimport datetime\nimport time\n\nMOMENT = (datetime, time, {reading})\n'
    )

    assert "TID251" in _ruff(code, "iopflow/queries/tasks.py")
    assert "TID251" in _ruff(code, "tests/test_status.py")
    assert "TID251" not in _ruff(code, "iopflow/clock.py")


def test_every_module_says_what_belongs_there() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]

    assert silent == []


def test_every_module_has_its_floor() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][0]
    listed = {name for layer in contract["layers"] for name in re.split(r"[ |]+", layer)}
    there = {path.stem for path in (ROOT / "iopflow").glob("*.py")} | {
        path.parent.name for path in (ROOT / "iopflow").glob("*/__init__.py")
    }

    assert there - listed - set(contract["exhaustive_ignores"]) - {"__init__"} == set()
    assert listed - there == set()


def test_nothing_below_the_edge_commits() -> None:
    edge = {"cli", "db.py", "migrations"}
    committing = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.relative_to(ROOT / "iopflow").parts[0] not in edge
        and ".commit(" in path.read_text(encoding="utf-8")
    ]

    assert committing == []


def test_no_file_knows_a_machine_or_an_address_of_packages() -> None:
    # In pieces, so that this file does not name them.
    local = re.compile("|".join(["/" + "work/", "/" + "root/", "/" + "opt/py", "py" + r"pi\."]))
    found = [
        str(path.relative_to(ROOT))
        for path in _tracked()
        if path.suffix not in {".mo", ".png", ".xlsx", ".pyc", ".woff2", ".ttf"}
        and local.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    "lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name
)
def test_a_lock_holds_names_versions_and_hashes_only(lock: Path) -> None:
    shape = re.compile(
        r"[a-z0-9._-]+==[^ ]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    #.*|#.*|"
    )
    other = [
        line
        for line in lock.read_text(encoding="utf-8").splitlines()
        if not shape.fullmatch(line) or "://" in line
    ]

    assert other == []


def test_no_compiled_python_is_kept() -> None:
    assert [path.name for path in _tracked() if path.suffix == ".pyc"] == []


def test_a_broken_installation_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from iopflow import resources  # noqa: PLC0415 - patched below

    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "iopflow")

    with pytest.raises(FileNotFoundError, match="calendars/ is missing from this installation"):
        resources.resource_dir("calendars")

    (tmp_path / "iopflow" / "calendars").mkdir(parents=True)
    assert resources.resource_dir("calendars") == tmp_path / "iopflow" / "calendars"


@pytest.mark.slow
def test_the_built_package_holds_everything_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(built).namelist() if ".dist-info/" not in name}
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "iopflow").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    beside = {
        f"iopflow/{path.relative_to(ROOT).as_posix()}"
        for folder in ("calendars", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }

    assert held == package | beside
