"""When something last went well: what the clock and the backups leave behind."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.prepared import among, read

CLOCK = "clock"  # a pass of the clock that went well
BACKUP = "backup"  # a copy of the database that was made and is whole
SILENT = timedelta(minutes=10)  # a clock that has not passed for so long does not run
AHEAD = timedelta(minutes=5)  # a pass so far in the future: the machine's time was set back


def pulses(session: Session, job: str, owners: Sequence[int]) -> dict[int, datetime]:
    """The last time of a job for each owner; an owner for whom it never went well is left out."""
    pulse = metadata.tables["pulse"]
    rows = read(
        session,
        select(pulse.c.owner_id, pulse.c.at).where(
            among(pulse.c.owner_id, "owners"), pulse.c.job == job
        ),
        owners=owners,
    )
    return {row.owner_id: row.at for row in rows}
