"""The counting dates of the two years that are over, frozen by each rektor: what is compared."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from sqlmodel import Session

from iopflow.demo.remarks import people
from iopflow.engine.ledger import Act
from iopflow.models import School
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS, freeze


def freeze_past(
    session: Session, rules: Rules, schools: Iterable[School], year: Year, now: datetime
) -> None:
    """Freezes them now, which is when iopflow got to know what happened.

    A figure that needs a year from before the first is not frozen.
    """
    for school in schools:
        rektor, _head = people(session, school)
        act = Act("freeze", now, actor_id=rektor)
        for past in (year.previous.previous, year.previous):
            for counted in COUNTINGS:
                with suppress(Refused), session.begin_nested():
                    freeze(session, rules, school, past, counted, act=act)
