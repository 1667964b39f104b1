"""Calendar feeds follow the roles of the day when people change."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from iopflow.engine import feeds
from iopflow.engine.opening import open_year
from iopflow.engine.people import carry_out, hand_over, substitute
from iopflow.feeds import render
from iopflow.models import FeedLevel, Person
from iopflow.queries.access import EVERYONE
from iopflow.queries.feeds import Feed, feed_of, imagined, person_for
from iopflow.queries.places import find, schools
from tests.factories import RULES, TODAY, YEAR, Lia, act, lia
from tests.feeds.readers import READERS

START, END = date(2026, 11, 30), date(2027, 1, 8)
DAY = timedelta(days=1)
GONE = "Kalenderlenken er trukket tilbake: rollen den gjaldt, er avsluttet"


@pytest.fixture
def cast(session: Session) -> Lia:
    """Kari has e1 and e2 in 3a; Bo teaches f1 at Fjell."""
    cast = lia(session)
    for key, where in (("e1", ("lia", "3a")), ("e2", ("lia", "3a")), ("f1", ("fjell", "f3"))):
        cast.pupil(key, *where)
        cast.need(key)
        cast.vedtak(key)
    cast.grant("bo", "kontaktlaerer", "unit", "f3")
    open_year(session, RULES, YEAR, schools(session), act=act())
    return cast


def feed(cast: Lia, person: str) -> Feed:
    """A feed of somebody's own deadlines."""
    whose = person_for(cast.session, EVERYONE, person)
    asked = imagined(cast.session, whose, "person", FeedLevel.COUNTS, today=TODAY, key="")
    number, _token = feeds.new(cast.session, asked, label="", act=act())
    return feed_of(cast.session, EVERYONE, number)


def titles(cast: Lia, feed: Feed, today: date) -> set[str]:
    """What the feed says on a day."""
    written = render(cast.session, RULES, feed, today=today).body
    return {one.title for one in READERS[0](written)}


def people(cast: Lia) -> tuple[Person, Person]:
    """Kari and Bo."""
    return find(cast.session, "person", "kari"), find(cast.session, "person", "bo")


def test_the_feed_of_who_handed_over_ends_and_comes_back_with_the_roles(cast: Lia) -> None:
    hers = feed(cast, "kari")
    before = titles(cast, hers, START - DAY)
    plan = hand_over(cast.session, EVERYONE, *people(cast), start=START, end=END, today=TODAY)
    carry_out(cast.session, plan, act())
    assert titles(cast, hers, START - DAY) == before
    assert titles(cast, hers, START) == {GONE}
    assert titles(cast, hers, END) == {GONE}
    assert GONE not in titles(cast, hers, END + DAY)


def test_a_substitutes_feed_has_the_duties_in_the_days_and_no_longer(cast: Lia) -> None:
    his = feed(cast, "bo")
    days = (START - DAY, START, END, END + DAY)
    before = {day: titles(cast, his, day) for day in days}
    plan = substitute(cast.session, EVERYONE, *people(cast), start=START, end=END, today=TODAY)
    carry_out(cast.session, plan, act())
    after = {day: titles(cast, his, day) for day in days}
    assert [after[day] == before[day] for day in days] == [True, False, False, True]
    assert any("3 elever igjen" in title for title in after[START])
    assert not any("3 elever igjen" in title for title in before[START])
