"""docs/import-tables.md says what the tables are, and its examples can be imported."""

import re
from pathlib import Path

from sqlmodel import Session

from iopflow.importing.guide import CODES, EXAMPLES, guide
from iopflow.importing.tables import BY_FILE, TABLES
from tests.importing import kit

PAGE = Path(__file__).parents[2] / "docs" / "import-tables.md"


def test_the_page_agrees_with_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == guide()


def test_every_code_on_the_page_is_taken() -> None:
    for (file, name), codes in CODES.items():
        parse = BY_FILE[file].column(name).parse
        assert [str(parse(str(code))) for code in codes] == [str(code) for code in codes]


def test_no_header_means_two_things() -> None:
    for table in TABLES:
        words = [word for one in table.columns for word in (one.name, *one.aliases)]
        twice = {word for word in words if words.count(word) > 1}
        # `av` and the like would be read as the first of the two, silently.
        assert (table.file, twice) == (table.file, set())


def test_the_headers_are_written_as_they_are_read() -> None:
    words = [word for table in TABLES for one in table.columns for word in (one.name, *one.aliases)]
    assert [word for word in words if not re.fullmatch(r"[a-zæøå_-]+", word)] == []


def test_the_examples_can_be_imported(session: Session, tmp_path: Path) -> None:
    for name, lines in EXAMPLES.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    made = kit.plan(session, tmp_path)
    assert [one.sentence() for one in made.refused] == []
    assert [one["added"] for one in made.summary] == [
        len(EXAMPLES[table.file]) - 1 for table in TABLES
    ]
