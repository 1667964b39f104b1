"""Who has a role at a unit from a day: given in place of those who had it, or beside them."""

from datetime import date

from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.holdings import Holding, last
from iopflow.engine.ledger import Act
from iopflow.models import Person, Unit, metadata
from iopflow.queries.access import NotAllowed, Viewer
from iopflow.refusals import Refused
from iopflow.roles import Action, Place
from iopflow.texts import _

ACT = "appoint"


def appoint(
    session: Session,
    viewer: Viewer,
    person: Person,
    role: str,
    unit: Unit,
    start: date,
    act: Act,
    *,
    beside: bool = False,
) -> None:
    """Gives a role at a unit from a day; those who had it have it until then, unless `beside`.

    Raises NotAllowed for whoever would give it oneself without leading there, Refused where it is
    so already.
    """
    if viewer.person_id == person.id and not (
        viewer.may(Action.HAND_OVER) and viewer.may(Action.SEE)
    ):
        raise NotAllowed(
            _("Den som ikke leder, kan ikke gi seg selv ansvaret: be en leder om det.")
        )
    grant = metadata.tables["role_grant"]
    rows = session.execute(
        select(grant)
        .where(
            grant.c.role == role, grant.c.at_kind == Place.UNIT.value, grant.c.at_id == unit.number
        )
        .order_by(grant.c.id)
    ).all()
    holding, days = Holding(rows), (start, date.max)
    for one in holding.held() if not beside else ():
        if one.person_id != person.id or one.for_id is not None:
            holding.take(one.person_id, one.for_id, days)
    holding.give(person.number, None, days)
    holding.settle()
    begins = [
        {
            "owner_id": unit.owner,
            "person_id": one.person_id,
            "role": role,
            "at_kind": Place.UNIT.value,
            "at_id": unit.number,
            "starts": one.starts,
            "ends": last(one),
            "for_id": one.for_id,
        }
        for one in holding.begins()
    ]
    goes, changes = holding.goes(), holding.changes()
    if not (begins or goes or changes):
        raise Refused(_("{person} har ansvaret fra før.").format(person=person.name))
    ledger.delete_rows(session, "role_grant", goes, act)
    ledger.update_rows(session, "role_grant", changes, act)
    ledger.insert_rows(session, "role_grant", begins, act)
