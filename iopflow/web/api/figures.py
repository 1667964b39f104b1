"""The indicators P1–P10, in the entries of the command."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from iopflow import measure
from iopflow.measure import By
from iopflow.models import School
from iopflow.queries import places
from iopflow.queries.access import visible_schools
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web.api.calls import Call, Token, reading
from iopflow.web.api.problems import told
from iopflow.web.api.shapes import Asked, Day, Id, Iso, SchoolYear, Shown

router = APIRouter(tags=["indicators"])


class Division(StrEnum):
    """How the entries are divided."""

    SCHOOL = "school"
    UNIT = "unit"
    CLASS = "class"


class FiguresAsked(Asked):
    """Which figures; without a filter those of every school that the token sees."""

    school: Id | None = None
    network: Id | None = Field(default=None, description="The whole network as one entry.")
    year: SchoolYear | None = Field(default=None, description="Otherwise the present one.")
    as_of: Day | None = Field(default=None, description="As it stood on this day.")
    by: Division | None = None


class FigureShown(Shown):
    """An indicator of one school, group or network. With a `problem` it has no numbers."""

    indicator: str
    network: str | None
    school: str | None
    unit: str | None
    year: str
    as_of: Iso | None
    counted_on: Iso | None
    provisional: bool
    numerator: int | None
    denominator: int | None
    rate: float | None = Field(description="An unrounded fraction; null where nobody is counted.")
    done_late: int | None
    open: int | None
    unknown: int | None
    justified: int | None
    excluded: dict[str, int]
    recorded_after: int | None
    revision: int | None
    definition: str
    problem: str | None
    masked: bool = Field(default=False, description="Fewer than five pupils: not shown.")
    invited: int | None = Field(default=None, description="P8 and P9, as the next four.")
    declined: int | None = None
    no_reply: int | None = None
    cancelled: int | None = None
    not_invited: int | None = None
    mangler_sv: int | None = Field(default=None, description="P2.")
    not_possible: int | None = Field(default=None, description="P7.")


@router.get(
    "/indicators",
    operation_id="listIndicators",
    responses=told(401, 403, 422, 503),
    response_model=list[FigureShown],
    response_model_exclude_unset=True,
)
def list_indicators(
    request: Request, token: Token, asked: Annotated[FiguresAsked, Query()]
) -> list[dict[str, Any]]:
    """The live figures, one entry for each indicator and school, as far as the role has them."""
    with reading(request, token) as call:
        if asked.school is not None and asked.network is not None:
            raise Refused(_("Spør om en skole eller et nettverk, ikke begge: velg én."))
        call.viewer.require(Action.FIGURES)
        return measure.shown(
            call.session,
            call.viewer,
            schools=[one.number for one in _schools(call, asked)],
            year=Year.parse(asked.year) if asked.year is not None else Year.of(call.today),
            today=call.today,
            as_of=asked.as_of,
            by=_by(asked),
        )


def _schools(call: Call, asked: FiguresAsked) -> list[School]:
    schools = visible_schools(call.viewer, call.session, Action.FIGURES)
    if asked.network is not None:
        # Schools of several owners may share a network, each owner with a row of its own for it.
        members = {one.number for one in places.schools(call.session, network=asked.network)}
        return [one for one in schools if one.number in members]
    return [one for one in schools if asked.school in (None, one.key)]


def _by(asked: FiguresAsked) -> By:
    match asked.by:
        case None:
            return "school" if asked.network is None else "network"
        case Division.SCHOOL:
            return "school"
        case Division.UNIT:
            return "unit"
        case Division.CLASS:
            return "class"
