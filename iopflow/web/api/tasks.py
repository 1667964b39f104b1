"""Tasks: the list with the filters of the command, page by page, and one of them."""

from collections import Counter
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from iopflow.models import Scope
from iopflow.queries.permits import known_pupil
from iopflow.queries.places import NotFound
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked as Wanted
from iopflow.queries.tasks import tasks
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _
from iopflow.web.api.calls import Call, Token, reading
from iopflow.web.api.problems import told
from iopflow.web.api.shapes import Asked, Id, Number, SchoolYear, Shown, TaskShown

MOST = 500
router = APIRouter(tags=["tasks"])


class TasksAsked(Asked):
    """Which tasks; without a filter all that the token sees."""

    person: Id | None = Field(default=None, description="Only the duties of this person.")
    pupil: Id | None = None
    unit: Id | None = Field(default=None, alias="class", description="A class or a unit.")
    school: Id | None = None
    step: Id | None = Field(default=None, examples=["iop.halvarsevaluering"])
    status: list[Status] = Field(default=[], description="May be repeated.")
    year: SchoolYear | None = None
    limit: int = Field(default=100, ge=1, le=MOST)
    cursor: int = Field(default=0, ge=0, le=2**31 - 1, description="From `next`.")


class TaskList(Shown):
    """One page of tasks, by number."""

    tasks: list[TaskShown]
    next: str | None = Field(description="The address of the next page; null on the last.")


@router.get("/tasks", operation_id="listTasks", responses=told(401, 403, 422, 503))
def list_tasks(request: Request, token: Token, asked: Annotated[TasksAsked, Query()]) -> TaskList:
    """The tasks that the token sees, by number, a page at a time.

    A filter that names what is not there, or what the token does not see, gives an empty list.
    """
    with reading(request, token) as call:
        _may_see(call)
        found = [
            row
            for row in _found(call, asked)
            if row.id > asked.cursor and (not asked.status or row.status in asked.status)
        ]
        found.sort(key=lambda row: row.id)
        page = found[: asked.limit]
        more = len(found) > len(page)
        if asked.pupil is not None:
            call.opened.extend(row.subject_id for row in page if row.scope is Scope.PUPIL)
        else:
            call.listed.update(_pupils(page))
        shown = [TaskShown.model_validate(row.to_json()) for row in page]
    return TaskList(tasks=shown, next=_next(request, page[-1].id) if more else None)


@router.get("/tasks/{task}", operation_id="getTask", responses=told(401, 403, 404, 422, 503))
def get_task(request: Request, token: Token, task: Annotated[Number, Path()]) -> TaskShown:
    """One task by its number."""
    with reading(request, token) as call:
        _may_see(call)
        found = of_numbers(call, [task])
        if not found:
            raise NotFound(_("Fant ikke oppgaven: den finnes ikke, eller tokenet ser den ikke."))
        call.opened.extend(row.subject_id for row in found if row.scope is Scope.PUPIL)
        return TaskShown.model_validate(found[0].to_json())


def of_numbers(call: Call, ids: list[int]) -> list[TaskRow]:
    """Those of the tasks that the token sees, by number."""
    rows = tasks(call.session, call.rules, call.viewer, Wanted(ids=ids), today=call.today)
    return sorted(rows, key=lambda row: row.id)


def _pupils(rows: list[TaskRow]) -> dict[int, int]:
    """How many pupils of each school some tasks are about."""
    of_school = {(row.school_id, row.subject_id) for row in rows if row.scope is Scope.PUPIL}
    return Counter(school for school, _pupil in of_school if school is not None)


def _may_see(call: Call) -> None:
    if not call.viewer.may(Action.FIGURES):  # whoever has figures sees the network's own tasks
        call.viewer.require(Action.SEE)


def _found(call: Call, asked: TasksAsked) -> list[TaskRow]:
    wanted = Wanted(
        person=asked.person,
        pupil=asked.pupil,
        unit=asked.unit,
        school=asked.school,
        step=asked.step,
        year=Year.parse(asked.year) if asked.year is not None else None,
    )
    try:
        if asked.pupil is not None:
            known_pupil(call.session, call.viewer, asked.pupil)
        return tasks(call.session, call.rules, call.viewer, wanted, today=call.today)
    except NotFound:
        return []  # as for what is there and not seen


def _next(request: Request, last: int) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', str(last))])}"
