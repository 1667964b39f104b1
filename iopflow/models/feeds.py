"""Calendar feeds: the secret addresses, and the files as they were last written."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row, choice


class FeedLevel(StrEnum):
    """How much a feed tells: a count per step and date, an event per pupil's code, or the step."""

    COUNTS = "counts"
    CODES = "codes"
    STEPS = "steps"


class FeedShows(StrEnum):
    """What a feed is about: what is left to do, the wheel as it hangs on the wall, or the dates of
    the network (when is counted, when one meets).
    """

    DEADLINES = "deadlines"
    WHEEL = "wheel"
    DATES = "dates"


class FeedToken(Row, table=True):
    """A secret address of a calendar feed; only a hash of it is kept. Never deleted.

    `at_kind` and `at_id` say whose deadlines: a person's own (place "person"), or those of a unit,
    a school or a PPT office, as in `role_grant`. `ticks` says that what is done stays, with a tick.
    One that another has taken over from is good until `valid_to`, that day included.
    """

    __tablename__ = "feed_token"
    __table_args__ = (UniqueConstraint("token_hash", "owner_id"), Index(None, "person_id"))
    person_id: int = Field(foreign_key="person.id")
    token_hash: str
    at_kind: str
    at_id: int
    shows: FeedShows = Field(default=FeedShows.DEADLINES, sa_type=choice(FeedShows))
    level: FeedLevel = Field(default=FeedLevel.COUNTS, sa_type=choice(FeedLevel))
    ticks: bool = False
    label: str = ""
    created_at: datetime
    revoked_at: datetime | None = None
    valid_to: date | None = None
    fetched_at: datetime | None = None
    fetched_by: str | None = None


class FeedFile(Row, table=True):
    """The whole file of a feed as it was last written, so that a poll is one look-up.

    It holds what was true up to the event `mark`, under the circumstances `stamp` (the day, the
    language, the rules). `shown` says whom it shows, as JSON, so that what happens to others leaves
    it alone; None where the feed has come to its end. Nothing is lost with it.
    """

    __tablename__ = "feed_file"
    __table_args__ = (UniqueConstraint("feed_id", "owner_id"),)
    feed_id: int = Field(foreign_key="feed_token.id")
    mark: int
    stamp: str
    tag: str
    body: bytes
    shown: str | None = None
