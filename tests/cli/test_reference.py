"""The reference in docs/ is what the commands themselves say."""

from pathlib import Path

from iopflow.cli.reference import document

FILE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_reference_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), (
        "python -m iopflow.cli.reference > docs/commands.md"
    )
