"""The files of others that are shipped: each is listed, unchanged, and free to use."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "iopflow/web/static/vendor", ROOT / "tests/vendor")
LICENCES = {  # words of each licence
    "0BSD": "Zero-Clause BSD",
    "MIT": "Permission is hereby granted, free of charge",
    "OFL-1.1": "SIL OPEN FONT LICENSE",
    "MPL-2.0": "Mozilla Public License",
}
LINE = re.compile(
    r"(?P<hash>[0-9a-f]{64}) (?P<file>\S+) (?P<package>@?[a-z./-]+@[\d.]+) (?P<licence>\S+)"
)


def listed(folder: Path) -> list[dict[str, str]]:
    """The lines of a folder's CHECKSUMS."""
    lines = (folder / "CHECKSUMS").read_text(encoding="utf-8").splitlines()
    found = [LINE.fullmatch(line) for line in lines]
    return [match.groupdict() for match in found if match is not None] if all(found) else []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_file_is_listed_and_unchanged(folder: Path) -> None:
    there = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "CHECKSUMS"
    }

    assert there == {line["file"]: line["hash"] for line in listed(folder)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_package_brings_the_text_of_its_licence(folder: Path) -> None:
    packages = {line["package"]: line["licence"] for line in listed(folder)}
    texts = {
        package: [
            LICENCES[licence] in (folder / line["file"]).read_text(encoding="utf-8")
            for line in listed(folder)
            if line["package"] == package and line["file"].startswith("LICENSE-")
        ]
        for package, licence in packages.items()
    }

    assert packages
    assert [package for package, there in texts.items() if not any(there)] == []


def test_no_style_fetches_anything_from_elsewhere() -> None:
    away = re.compile(r"""url\(\s*["']?(?:https?:)?//|@import""")
    fetching = [
        path.name
        for path in FOLDERS[0].glob("*.css")
        if away.search(path.read_text(encoding="utf-8"))
    ]

    assert fetching == []
