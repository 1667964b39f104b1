"""What the schools of the network have: only frozen figures, none of them named.

A report says nothing of other schools that the network's own page and files hide: it is made of
the same figures (`iopflow.exchange`). But what rests on two schools is left out: who knows the one
would know the other.
"""

from collections.abc import Sequence

from sqlmodel import Session

from iopflow.exchange import FEWEST_UNNAMED, Group, merged, published
from iopflow.models import Network, School
from iopflow.queries import places
from iopflow.report.content import Middle
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS


def middles(
    session: Session, school: School, years: Sequence[Year]
) -> dict[tuple[Year, str], Middle]:
    """The middle, the lowest and the highest of each year and figure, this school among them.

    Only of figures that were counted by the same definition, the one most schools have used.
    """
    if school.network_id is None:
        return {}
    network = session.get_one(Network, school.network_id)
    members = places.schools(session, network=network.key)
    found: dict[tuple[Year, str], Group] = {}
    for group in merged(published(session, members, years), split=True):
        key = Year.parse(group.year), group.indicator
        if key not in found or _stands_before(group, found[key]):
            found[key] = group
    return {
        (year, code): middle
        for (year, code), group in found.items()
        if (middle := _middle(year, group)) is not None
    }


def _stands_before(one: Group, other: Group) -> bool:
    """The later counting date, and of one date the definition that most schools used."""
    dates = list(COUNTINGS)
    return (dates.index(one.counted), len(one.figures)) > (
        dates.index(other.counted),
        len(other.figures),
    )


def _middle(year: Year, group: Group) -> Middle | None:
    median, least, most = group.median, group.least, group.most
    schools = len(group.shares)
    if schools < FEWEST_UNNAMED or median is None or least is None or most is None:
        return None
    return Middle(year, schools, median, least, most)
