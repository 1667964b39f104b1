"""Masseføring: one step for many pupils of a class at once, and undone as one (ux S9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import col
from starlette.responses import Response

from iopflow.models import Enrolment, Scope, Unit
from iopflow.queries.access import sees_pupil
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import at_work
from iopflow.roles import Action
from iopflow.status import Status
from iopflow.web import forms
from iopflow.web.mine import Typed, just_done
from iopflow.web.page import Page
from iopflow.web.rows import lines

SEVERAL = 2
MOST = 100  # pupils on one page: of more, a class is shown at a time (decision 0017)
# By number as text: the name, and the pupils that are meant.
Classes = dict[str, tuple[str, dict[int, bool]]]
_LEFT = frozenset({Status.OPEN, Status.OVERDUE, Status.PLANNED})


@dataclass(frozen=True, slots=True)
class Choice:
    """A step or a class to choose, and how much of it is left."""

    value: str
    title: str
    left: int


def bulk(page: Page, *, typed: Typed | None = None, status: int = 200) -> Response:
    """The page: what is left of a step in a class, all of it ticked from the start.

    Of several classes nobody is ticked: whoever records for all of them says so. Nor is anybody
    right after something was recorded: who is left then was left out, and a second press of the
    button must never record another step.
    """
    asked = page.request.query_params if typed is None else page.form
    classes = _classes(page)
    whole = sum(len(pupils) for _name, pupils in classes.values()) <= MOST
    chosen_class = asked.get("klasse", "") if asked.get("klasse", "") in classes else ""
    if not chosen_class and not whole:
        chosen_class = next(iter(classes))
    rows = _mine(page, int(chosen_class) if chosen_class else None)
    steps = _steps(rows, classes, chosen_class)
    step = _valid(asked.get("steg", ""), steps)
    of_step = [
        row
        for row in rows
        if f"{row.year.start}:{row.step.key}" == step
        and (not chosen_class or classes[chosen_class][1].get(row.subject_id))
    ]
    left = [row for row in of_step if row.status in _LEFT]
    done = just_done(page)
    one_class = bool(chosen_class) or len(classes) < SEVERAL
    return page.show(
        "bulk.html",
        status=status,
        typed=typed,
        nobody=typed is not None and not page.many("task"),
        ticked=_ticked(page, left, typed, from_start=one_class and not done),
        steps=steps,
        step=step,
        asked_step=asked.get("steg", ""),
        classes=[Choice(key, name, 0) for key, (name, _pupils) in classes.items()],
        chosen_class=chosen_class,
        whole=whole,
        left=lines(page.session, left),
        settled=lines(page.session, [row for row in of_step if row.status not in _LEFT]),
        done=done,
        words=page.request.query_params.get("hva", ""),
    )


def _mine(page: Page, unit_id: int | None) -> list[TaskRow]:
    """The tasks of pupils that may be ticked by hand, of one class where there are many."""
    rows = at_work(page.session, page.rules, page.who, today=page.today, unit_id=unit_id)
    return [row for row in rows if row.scope is Scope.PUPIL and row.step.recordable]


def _ticked(
    page: Page, left: Sequence[TaskRow], typed: Typed | None, *, from_start: bool
) -> set[int]:
    if typed is not None:
        return set(forms.known_numbers(page.many("task")))
    return {row.id for row in left} if from_start else set()


def _classes(page: Page) -> Classes:
    """The classes of today with the pupils for whom the person may record something."""
    may = sees_pupil(
        page.who,
        col(Enrolment.pupil_id),
        school_id=col(Enrolment.school_id),
        action=Action.COMPLETE,
    )
    return _by_class(page, may)


def classes_of(page: Page, rows: Sequence[TaskRow]) -> Classes:
    """The classes of today of the pupils among the rows."""
    return _by_class(page, col(Enrolment.pupil_id).in_({row.subject_id for row in rows}))


def _by_class(page: Page, who: ColumnElement[bool]) -> Classes:
    found: Classes = {}
    statement = (
        select(col(Unit.id), col(Unit.name), col(Enrolment.pupil_id))
        .join(Enrolment, col(Enrolment.class_id) == col(Unit.id))
        .where(
            who,
            col(Enrolment.starts) <= page.today,
            (col(Enrolment.ends).is_(None)) | (col(Enrolment.ends) >= page.today),
        )
        .order_by(col(Unit.name))
    )
    for unit_id, name, pupil_id in page.session.execute(statement):
        found.setdefault(str(unit_id), (name, {}))[1][pupil_id] = True
    return found


def _steps(rows: Sequence[TaskRow], classes: Classes, chosen: str) -> list[Choice]:
    """The steps with something left, the most pressing first."""
    found: dict[str, list[Any]] = {}
    pupils = classes[chosen][1] if chosen in classes else None
    for row in rows:
        if row.status in _LEFT and (pupils is None or row.subject_id in pupils):
            key = f"{row.year.start}:{row.step.key}"
            title = f"{row.step.title.get()} {row.year}"
            found.setdefault(key, [title, 0])[1] += 1
    return [Choice(key, title, count) for key, (title, count) in found.items()]


def _valid(asked: str, steps: Sequence[Choice]) -> str:
    """The step asked for, none where nothing of it is left, the most pressing where none was."""
    known = [one.value for one in steps]
    if asked:
        return asked if asked in known else ""
    return next(iter(known), "")
