"""Making and revoking the secret addresses of calendar feeds."""

import secrets
from datetime import timedelta

from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change
from iopflow.queries.feeds import Feed, State, state, viewer_of
from iopflow.queries.hashes import hashed
from iopflow.refusals import Refused
from iopflow.texts import _

OVERLAP = timedelta(days=30)  # both addresses are good while programs are told the new one
FILE = "iop-frister.ics"  # what a calendar program shows where it ignores the calendar's name


def new(
    session: Session, feed: Feed, *, label: str, act: Act, token: str | None = None
) -> tuple[int, str]:
    """Stores a feed that was only imagined. Returns its number and its token.

    The token is 256 random bits, or those given, and is nowhere else: who loses it makes another
    feed.
    """
    token = token or secrets.token_urlsafe(32)
    row = {
        "owner_id": feed.owner_id,
        "person_id": feed.person_id,
        "token_hash": hashed(token),
        "at_kind": feed.at_kind,
        "at_id": feed.at_id,
        "shows": feed.shows,
        "level": feed.level,
        "ticks": feed.ticks,
        "label": label,
        "created_at": act.at,
    }
    (number,) = ledger.insert_rows(session, "feed_token", [row], act)
    return number, token


def revoke(session: Session, feed: Feed, *, act: Act) -> bool:
    """Ends a feed at once. Returns whether it was not revoked before."""
    if feed.id is None or feed.revoked_at is not None:
        return False
    change = Change(feed.id, {"revoked_at": None}, {"revoked_at": act.at}, feed.owner_id)
    return ledger.update_rows(session, "feed_token", [change], act) == 1


def renew(session: Session, feed: Feed, *, act: Act, token: str | None = None) -> tuple[int, str]:
    """A new address for the same feed; the old one is good for thirty days more.

    Returns the number and the token of the new one. Raises Refused for a feed that has ended, or
    that has been renewed before: then another is made from nothing.
    """
    today = ledger.day_of(act)
    standing = state(session, viewer_of(session, feed, today=today), feed, today=today)
    if feed.id is None or feed.valid_to or standing is not State.LIVING:
        raise Refused(
            _("Kalenderlenke {n} er avsluttet eller byttet ut: lag en ny.").format(n=feed.id)
        )
    until = today + OVERLAP
    change = Change(feed.id, {"valid_to": None}, {"valid_to": until}, feed.owner_id)
    ledger.update_rows(session, "feed_token", [change], act)
    return new(session, feed, label=feed.label, act=act, token=token)


def path_of(token: str) -> str:
    """The path of a feed's address."""
    return f"/feeds/{token}/{FILE}"
