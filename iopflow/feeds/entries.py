"""The events of one feed: their ids, which say nothing, and when they last changed."""

import base64
import hmac
import uuid
from datetime import date
from hashlib import sha256

from iopflow.feeds.changes import Change
from iopflow.feeds.writing import Entry, plain
from iopflow.queries.feeds import Feed
from iopflow.texts import Text

_TITLE = 120  # signs of a step's title, so that what stands after it is never cut


def entry_of(
    feed: Feed, uid: str, title: str, first: date, last: date, change: Change | None = None
) -> Entry:
    """An event that is never older than the feed it stands in."""
    at, times = (change.at, change.times) if change is not None else (feed.created_at, 0)
    return Entry(uid, title, first, last, feed.created_at, max(at, feed.created_at), times)


def uid_of(feed: Feed, *parts: object) -> str:
    """The same for the same event, says nothing of it, and is another in each feed."""
    return f"{uuid.UUID(bytes=_mixed(feed, *parts)[:16], version=4)}@iopflow"


def code_of(feed: Feed, pupil_id: int) -> str:
    """The pupil's code in this feed: looks random, and is another in each feed."""
    return base64.b32encode(_mixed(feed, "pupil", pupil_id)).decode()[:6]


def short(title: Text) -> str:
    """A step's title in the language in use, cut where it is very long."""
    words = plain(title.get())
    return words if len(words) <= _TITLE else words[: _TITLE - 1].rstrip() + "…"


def _mixed(feed: Feed, *parts: object) -> bytes:
    return hmac.digest(feed.key.encode(), "|".join(map(str, parts)).encode(), sha256)
