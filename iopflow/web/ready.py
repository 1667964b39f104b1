"""Whether this service can do its work: `/readyz`, for whoever watches it.

Three checks, each one word: the database answers; its schema is this version's; the clock, here or
in another process, has passed lately. Nothing is written, and nobody waits longer than `probe`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import exc, select
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from iopflow import db
from iopflow.models import metadata
from iopflow.queries.pulses import AHEAD, CLOCK, SILENT
from iopflow.reminders import pulse
from iopflow.web.page import Site
from iopflow.web.probe import Probe

OK, UNKNOWN, SLOW, FAILED = "ok", "unknown", "slow", "failed"
OTHER = "other"  # a schema of another version, or none
IDLE = "idle"  # no school has gone live: nothing is sent, so that nobody misses the clock
SILENCE = "silent"  # it has not passed lately, or never
WRONG = "ahead"  # it passed in the future: the machine's time was set back
WELL = {OK, IDLE}


def endpoint(site: Site) -> Callable[[Request], Any]:
    """The answer: 200 where all is well and 503 where not, with the checks by name."""
    probe = Probe(lambda: checks(site))

    async def answer(_request: Request) -> Response:
        found = await probe.ask() or {"database": SLOW, "schema": UNKNOWN, "clock": UNKNOWN}
        ready = set(found.values()) <= WELL
        return JSONResponse({"ready": ready, "checks": found}, 200 if ready else 503)

    return answer


def checks(site: Site) -> dict[str, str]:
    """What each check found; what comes after one that failed is not known."""
    found = {"database": FAILED, "schema": UNKNOWN, "clock": UNKNOWN}
    try:
        if db.missing_file(site.engine):
            return found
        with db.session(site.engine, write=False) as session:
            session.execute(select(1))
        found["database"] = OK
        db.require_schema(site.engine.execution_options(iopflow_reading=True))
        found["schema"] = OK
        with db.session(site.engine, write=False) as session:
            found["clock"] = _clock(session, site.clock())
    except db.NotReady:
        found["schema"] = OTHER
    except (exc.SQLAlchemyError, OSError):
        found["database"] = FAILED
    return found


def _clock(session: Session, now: datetime) -> str:
    at = pulse.last(session, CLOCK)
    if at is not None and at > now + AHEAD:
        return WRONG
    if at is not None and at >= now - SILENT:
        return OK
    school = metadata.tables["school"]
    live = session.execute(select(school.c.id).where(school.c.live_from.is_not(None)).limit(1))
    return IDLE if live.first() is None else SILENCE
