"""`report`: which file it writes, who may ask, and what the exit code says."""

from pathlib import Path

import pytest

from tests.cli.conftest import Ask

ASKED = "report --school lia --year 2026-27"


@pytest.mark.parametrize(
    ("ending", "begins"), [("html", b"<!doctype html>"), ("pdf", b"%PDF-"), ("xlsx", b"PK")]
)
def test_the_ending_of_the_file_says_what_is_written(
    still: Ask, tmp_path: Path, ending: str, begins: bytes
) -> None:
    path = tmp_path / f"rapport.{ending}"
    answer = still(f"{ASKED} -o {path}", by="rita")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"Rapporten er skrevet: {path}\n"
    assert path.read_bytes().startswith(begins)


def test_another_ending_is_wrong_usage(still: Ask, tmp_path: Path) -> None:
    answer = still(f"{ASKED} -o {tmp_path / 'rapport.docx'}", by="rita")
    assert answer.code == 2
    assert "filen skal slutte på .html, .pdf eller .xlsx" in answer.err


def test_a_folder_that_is_not_there_is_said_in_words(still: Ask, tmp_path: Path) -> None:
    answer = still(f"{ASKED} -o {tmp_path / 'mangler' / 'rapport.html'}", by="rita")
    assert answer.code == 1
    assert "Får ikke skrevet" in answer.err


@pytest.mark.parametrize("who", ["kari", "heidi"])
def test_only_rektor_and_school_owner_make_it(still: Ask, tmp_path: Path, who: str) -> None:
    path = tmp_path / "rapport.html"
    answer = still(f"{ASKED} -o {path}", by=who)
    assert answer.code == 1
    assert "lage kvalitetsrapporten" in answer.err
    assert not path.exists()


def test_the_language_is_the_schools_own_or_the_one_asked_for(still: Ask, tmp_path: Path) -> None:
    path = tmp_path / "rapport.html"
    still(f"{ASKED} -o {path}", by="rita")
    own = path.read_text(encoding="utf-8")
    still(f"{ASKED} -o {path} --language nn", by="rita")
    asked = path.read_text(encoding="utf-8")
    assert '<html lang="nb">' in own
    assert '<html lang="nn">' in asked
    assert "Del enkeltvedtak innan fristen" in asked


def test_a_figure_that_cannot_be_computed_is_told(still: Ask, tmp_path: Path) -> None:
    path = tmp_path / "rapport.html"
    answer = still(f"report --school lia --year 2030-31 -o {path}", by="rita")
    assert answer.code == 3
    assert "lia: P1: skoleruten for" in answer.err
    assert "kan ikke regnes ut" in path.read_text(encoding="utf-8")


def test_several_schools_get_a_file_each(still: Ask, tmp_path: Path) -> None:
    words = f"report --school lia --school fjell --year 2026-27 -o {tmp_path / 'r.html'}"
    assert still(words, by="eli").code == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["r-fjell.html", "r-lia.html"]
