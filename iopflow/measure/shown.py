"""The figures as somebody may see them: what the command and the integrations both answer."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from iopflow.measure.figures import figures
from iopflow.measure.groups import By
from iopflow.queries.access import Viewer
from iopflow.queries.masking import mask, mask_network
from iopflow.schoolyear import Year


def shown(
    session: Session,
    viewer: Viewer,
    *,
    schools: Sequence[int],
    year: Year,
    today: date,
    as_of: date | None = None,
    by: By = "school",
) -> list[dict[str, Any]]:
    """The entries of `figures`, small numbers hidden for those who do not know the pupils.

    The sum of a network is hidden where a school of it is: the two could be subtracted.
    """

    def entries(by: By) -> list[dict[str, Any]]:
        found = figures(session, schools=schools, year=year, today=today, as_of=as_of, by=by)
        return [one.numbered() for one in found]

    if by == "network" and not viewer.is_everyone:
        return mask_network(session, viewer, entries("network"), entries("school"))
    return mask(session, viewer, entries(by))
