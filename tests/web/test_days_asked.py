"""Tasks of some days stand exactly as they do among all: what they wait for is read as well."""

from datetime import date, timedelta

from sqlmodel import Session

from iopflow.queries.access import EVERYONE
from iopflow.queries.rules import Rules
from iopflow.queries.tasks import Asked, tasks
from tests.web.conftest import Pages

TODAY = date(2027, 6, 20)


def test_tasks_of_some_days_stand_as_they_do_among_all(still: Pages) -> None:
    with Session(still.engine) as session:
        every = tasks(session, Rules(), EVERYONE, Asked(), today=TODAY)
        assert any(row.facts.waits_for for row in every)
        for month in range(12):
            first = date(2026, 8, 1) + timedelta(days=30 * month)
            last = first + timedelta(days=45)
            asked = Asked(due_from=first, due_by=last)
            found = tasks(session, Rules(), EVERYONE, asked, today=TODAY)
            assert [(row.id, row.status, row.facts.waits_for) for row in found] == [
                (row.id, row.status, row.facts.waits_for)
                for row in every
                if row.moved or (row.facts.due is not None and first <= row.facts.due <= last)
            ]
