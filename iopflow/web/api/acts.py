"""What a program does to tasks: the acts of the commands, to all of them or to none."""

from collections.abc import Callable
from enum import StrEnum

from fastapi import APIRouter, Request, Response
from pydantic import Field

from iopflow.engine import acts, talks
from iopflow.engine.happenings import Done
from iopflow.models import What
from iopflow.queries.access import NotAllowed
from iopflow.queries.permits import ids_around, permitted, subject_of
from iopflow.queries.places import NotFound
from iopflow.queries.standing import TaskRow
from iopflow.roles import Action
from iopflow.texts import _
from iopflow.web.api.calls import Call, Json, Key, Token, writing
from iopflow.web.api.problems import told
from iopflow.web.api.shapes import Asked, Day, Shown, StrictNumber, TaskShown, Text
from iopflow.web.api.tasks import MOST, of_numbers

_ERRORS = told(400, 401, 403, 404, 409, 413, 415, 422, 503)
router = APIRouter(tags=["acts"], dependencies=[Json], responses=_ERRORS)


class Word(StrEnum):
    """What became of a talk or a meeting."""

    INVITED = "invited"
    HELD = "held"
    DECLINED = "declined"
    NO_REPLY = "no-reply"
    CANCELLED = "cancelled"
    NOT_POSSIBLE = "not-possible"


class TakenBack(StrEnum):
    """What can be taken back; without a word done, held and not applicable."""

    DONE = "done"
    NOT_APPLICABLE = "not-applicable"
    HELP_WANTED = "help-wanted"
    INVITED = "invited"
    HELD = "held"
    DECLINED = "declined"
    NO_REPLY = "no-reply"
    CANCELLED = "cancelled"
    NOT_POSSIBLE = "not-possible"


class ActAsked(Asked):
    """Which tasks."""

    tasks: list[StrictNumber] = Field(
        min_length=1, max_length=MOST, description="All are carried out, or none."
    )


class CompletionAsked(ActAsked):
    """Steps that happened: done, and held for talks and meetings."""

    on: Day | None = Field(default=None, description="The day it happened; otherwise today.")
    reason: Text | None = None


class ReopeningAsked(ActAsked):
    """Something that was recorded by mistake."""

    reason: Text
    what: TakenBack | None = None
    on: Day | None = Field(default=None, description="Only what is recorded on this day.")


class WaiverAsked(ActAsked):
    """Steps that do not apply this year."""

    reason: Text
    on: Day | None = Field(default=None, description="The day it was decided; otherwise today.")


class TalkAsked(ActAsked):
    """A word of talks or meetings. `declined` and `no-reply` need an invitation before."""

    what: Word
    on: Day | None = Field(default=None, description="The day it happened; otherwise today.")
    reason: Text | None = None


class ActDone(Shown):
    """What was changed, and the tasks as they are now."""

    changed: int
    unchanged: int = Field(description="What stood so before.")
    warnings: list[str] = Field(description="What a person may want to look at.")
    tasks: list[TaskShown]


@router.post("/completions", operation_id="complete", response_model=ActDone)
def complete(request: Request, token: Token, body: CompletionAsked, key: Key = None) -> Response:
    """Records that steps happened. Where the law requires something first, it is refused."""

    def do(call: Call, rows: list[TaskRow]) -> Done:
        others = of_numbers(call, ids_around(call.session, rows))
        done = acts.complete(
            call.session,
            rows,
            on=body.on or call.today,
            today=call.today,
            act=call.act("complete", body.reason),
            titles={one.key: one.title.get() for one in call.rules.all_steps(call.session)},
        )
        done.warnings[:0] = acts.waiting_warnings(rows, others)
        return done

    return _all(request, token, key, body, Action.COMPLETE, do)


@router.post("/reopenings", operation_id="reopen", response_model=ActDone)
def reopen(request: Request, token: Token, body: ReopeningAsked, key: Key = None) -> Response:
    """Takes back what was recorded, with a reason; the log keeps both."""

    def do(call: Call, rows: list[TaskRow]) -> Done:
        what = What(body.what.value.replace("-", "_")) if body.what is not None else None
        act = call.act("reopen", body.reason)
        return acts.reopen(call.session, rows, reason=body.reason, act=act, what=what, on=body.on)

    return _all(request, token, key, body, Action.COMPLETE, do)


@router.post("/not-applicable", operation_id="notApplicable", response_model=ActDone)
def not_applicable(request: Request, token: Token, body: WaiverAsked, key: Key = None) -> Response:
    """Says that steps do not apply this year. A talk cannot be waived: see /talks."""

    def do(call: Call, rows: list[TaskRow]) -> Done:
        return acts.not_applicable(
            call.session,
            rows,
            on=body.on or call.today,
            today=call.today,
            reason=body.reason,
            act=call.act("not_applicable", body.reason),
        )

    return _all(request, token, key, body, Action.DECIDE, do)


@router.post("/talks", operation_id="talk", response_model=ActDone)
def talk(request: Request, token: Token, body: TalkAsked, key: Key = None) -> Response:
    """Records what became of talks and meetings."""

    def do(call: Call, rows: list[TaskRow]) -> Done:
        return talks.talk(
            call.session,
            rows,
            What(body.what.value.replace("-", "_")),
            on=body.on or call.today,
            today=call.today,
            act=call.act("talk", body.reason),
            reason=body.reason,
        )

    return _all(request, token, key, body, Action.COMPLETE, do)


def _all(
    request: Request,
    token: str,
    key: str | None,
    body: ActAsked,
    action: Action,
    do: Callable[[Call, list[TaskRow]], Done],
) -> Response:
    """The act, with its tasks found before and shown after."""
    ids = list(dict.fromkeys(body.tasks))

    def may(call: Call) -> list[TaskRow]:
        return _chosen(call, ids, action)

    def act(call: Call) -> ActDone:
        done = do(call, may(call))
        return ActDone(
            changed=done.changed,
            unchanged=done.unchanged,
            warnings=list(dict.fromkeys(done.warnings)),
            tasks=[TaskShown.model_validate(row.to_json()) for row in of_numbers(call, ids)],
        )

    return writing(request, token, key, body, act, may)


def _chosen(call: Call, ids: list[int], action: Action) -> list[TaskRow]:
    """The tasks asked for. Raises NotFound for one that is not seen, NotAllowed."""
    call.viewer.require(action)
    rows = of_numbers(call, ids)
    missing = sorted(set(ids) - {row.id for row in rows})
    if missing:
        raise NotFound(
            _("Fant ikke oppgave {ids}: den finnes ikke, eller tokenet ser den ikke.").format(
                ids=", ".join(map(str, missing))
            )
        )
    allowed = permitted(call.session, call.viewer, {subject_of(row) for row in rows}, action)
    if any(subject_of(row) not in allowed for row in rows):
        raise NotAllowed(_("Tokenet kan se dette, men ikke føre det: rollen gir ikke lov."))
    return rows
