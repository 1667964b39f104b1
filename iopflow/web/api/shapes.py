"""The words that the API shares: ids, days and school years as they are written, and a task."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from iopflow.bounds import FIRST_DAY, LARGEST, LAST_DAY
from iopflow.schoolyear import Year
from iopflow.status import Status

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Asked(BaseModel):
    """What a caller sends. A name that is not known is refused: it would widen what is asked."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """What the API answers."""


def _year(written: str) -> str:
    Year.parse(written)
    return written


def _written(day: object) -> object:
    if not isinstance(day, str) or not _ISO.fullmatch(day):
        raise ValueError("the day must be written as 2026-11-26")
    return day


def _within(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"the day must lie between {FIRST_DAY} and {LAST_DAY}")
    return day


# What an id of the import tables may hold, and for a longer text as well: nothing unprintable.
Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
SchoolYear = Annotated[
    str,
    Field(pattern=r"^(199|20[0-9])[0-9]-[0-9]{2}$", examples=["2026-27"]),
    AfterValidator(_year),
]
# A number would be read as seconds since 1970.
Day = Annotated[date, BeforeValidator(_written), AfterValidator(_within)]
Number = Annotated[int, Field(ge=1, le=LARGEST)]
# In a body, where true and 1.0 are no numbers of tasks.
StrictNumber = Annotated[int, Field(ge=1, le=LARGEST, strict=True)]
Iso = Annotated[str, Field(json_schema_extra={"format": "date"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class TaskShown(Shown):
    """A task: a step of the wheel for a pupil, a class, a unit, a school or a network."""

    task: int = Field(description="The task's number, which never changes.")
    year: str = Field(description="The school year it serves, such as 2026-27.")
    step: str
    title: str
    scope: str = Field(description="pupil, class, unit, school or network.")
    subject: str = Field(description="The id of that pupil, class, unit, school or network.")
    opens: Iso | None
    due: Iso | None
    limit: Iso | None = Field(description="The last day that counts as on time.")
    status: Status
    happened_on: Iso | None
    recorded_at: Moment | None
    responsible: list[str] = Field(description="The ids of those who hold the duty.")
    late_days: int | None
