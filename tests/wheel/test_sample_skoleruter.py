"""The sample skoleruter are files a school owner can import as they are."""

from datetime import UTC, datetime

from sqlmodel import Session

from iopflow import importing
from iopflow.resources import resource_dir


def test_the_samples_are_imported_without_a_refusal(session: Session) -> None:
    folder = resource_dir("calendars") / "skoleruter" / "eksempel"
    made = importing.plan(
        session, importing.read(folder), now=datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    )
    assert made.refused == []
