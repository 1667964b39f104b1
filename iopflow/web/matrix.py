"""Who lacks what: a class a row, a step a column, and the pupils behind each cell (ux S4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from starlette.responses import Response

from iopflow.models import Scope
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import at_work
from iopflow.status import Status
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.bulk import classes_of
from iopflow.web.page import Page
from iopflow.web.rows import Line, lines

_DONE = frozenset({Status.DONE, Status.DONE_LATE})
_AROUND = timedelta(days=60)
_OUTSIDE = frozenset({Status.CANCELLED, Status.NOT_APPLICABLE, Status.BEFORE_START})


@dataclass(slots=True)
class Cell:
    """How many of a class have done a step, and who has not."""

    done: int = 0
    of: int = 0
    late: int = 0
    left: list[Line] = field(default_factory=list)

    @property
    def sign(self) -> str:
        """✓ all done, ! something overdue, ◐ some done, ○ none."""
        if self.done == self.of:
            return "✓"
        if self.late:
            return "!"
        return "◐" if self.done else "○"


@dataclass(frozen=True, slots=True)
class Column:
    """A step with its date."""

    key: str
    title: str
    due: date


@dataclass(frozen=True, slots=True)
class Row:
    """A class with its cells, one for each column (None where it has no such step)."""

    unit: str
    name: str
    cells: list[Cell | None]


def matrix(page: Page) -> Response:
    """The page: the classes that the person leads, and the steps due in a stretch of time."""
    first, last = _stretch(page)
    found = at_work(page.session, page.rules, page.who, today=page.today, due_by=last)
    counted = [
        row
        for row in found
        if row.scope is Scope.PUPIL
        and row.step.ticked
        and row.facts.due is not None
        and row.status not in _OUTSIDE
    ]
    # A step with something overdue is shown whole, however long ago it was due.
    shown = {
        _key(row)
        for row in counted
        if row.status is Status.OVERDUE or (row.facts.due and row.facts.due >= first)
    }
    rows = [row for row in counted if _key(row) in shown]
    columns = _columns(rows)
    return page.show(
        "matrix.html",
        columns=columns,
        rows=_rows(page, rows, columns),
        first=first,
        last=last,
    )


def _stretch(page: Page) -> tuple[date, date]:
    asked = page.request.query_params
    first = forms.day(asked.get("fra", "") or (page.today - _AROUND).isoformat(), page.today)
    last = forms.day(asked.get("til", "") or (page.today + _AROUND).isoformat(), page.today)
    if last < first:
        raise forms.Unclear(_("«Til» er før «fra»: bytt dem om."))
    return first, last


def _key(row: TaskRow) -> str:
    return f"{row.year.start}:{row.step.key}"


def _columns(rows: Sequence[TaskRow]) -> list[Column]:
    """By date; a step that is due on several dates stands at its first."""
    found: dict[str, Column] = {}
    for row in rows:
        due = row.facts.due
        key = _key(row)
        if due is not None and (key not in found or due < found[key].due):
            found[key] = Column(key, row.step.title.get(), due)
    return sorted(found.values(), key=lambda one: (one.due, one.title))


def _rows(page: Page, rows: Sequence[TaskRow], columns: Sequence[Column]) -> list[Row]:
    shown = dict(zip((row.id for row in rows), lines(page.session, rows), strict=True))
    found = []
    for unit, (name, pupils) in classes_of(page, rows).items():
        cells: dict[str, Cell] = {}
        for row in rows:
            if row.subject_id in pupils:
                cell = cells.setdefault(_key(row), Cell())
                cell.of += 1
                cell.done += row.status in _DONE
                cell.late += row.status is Status.OVERDUE
                if row.status not in _DONE:
                    cell.left.append(shown[row.id])
        found.append(Row(unit, name, [cells.get(column.key) for column in columns]))
    return found
