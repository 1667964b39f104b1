"""What a check is given, and what it says: a finding with what is wrong and what to do."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.clock import OSLO, local_date
from iopflow.models import metadata
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules, wheel_in_force
from iopflow.schoolyear import Year
from iopflow.settings import Settings

if TYPE_CHECKING:
    from iopflow.doctor.duties import Duties


class Severity(StrEnum):
    """Something does not work; or something will not, or nobody would notice if it did not."""

    PROBLEM = "problem"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `school` is the id of the school it is about, None for the whole."""

    check: str
    severity: Severity
    wrong: str
    remedy: str
    school: str | None = None


def free_bytes(folder: Path) -> int:
    """The room that is left where a folder lies."""
    return shutil.disk_usage(folder).free


@dataclass(slots=True)
class Examined:
    """What is looked at: schools (rows of `school`), their owners, the settings and the moment.

    `whole` is whether the installation itself is looked at, and not only some schools of it.
    `zone` and `free` are the machine's time zone data and disk.
    """

    session: Session
    rules: Rules
    settings: Settings
    now: datetime
    schools: Sequence[Any]
    owners: Sequence[int]
    whole: bool = True
    zone: tzinfo = OSLO
    free: Callable[[Path], int] = free_bytes
    duties: "list[Duties] | None" = field(default=None, init=False)  # read once, by duties.py

    @property
    def today(self) -> date:
        """The day in Norway."""
        return local_date(self.now)

    @property
    def year(self) -> Year:
        """The school year of today."""
        return Year.of(self.today)

    @property
    def database(self) -> Path | None:
        """The file of the database; None where it is a server's, or lies in memory."""
        url = self.session.connection().engine.url
        if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
            return None
        return Path(str(url.database))


def examined(
    session: Session,
    rules: Rules,
    settings: Settings,
    *,
    now: datetime,
    schools: Sequence[int],
    owners: Sequence[int],
    whole: bool = True,
) -> Examined:
    """What is to be looked at, by the numbers of the schools and their owners."""
    school = metadata.tables["school"]
    rows = read(
        session,
        select(
            school.c.id,
            school.c.key,
            school.c.owner_id,
            wheel_in_force(school.c),
            school.c.network_id,
            school.c.live_from,
        )
        .where(among(school.c.id, "schools"))
        .order_by(school.c.key),
        schools=schools,
    ).all()
    return Examined(session, rules, settings, now, rows, owners, whole)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at. `whole`: it is about the installation, not about schools.

    `slow`: it asks another machine or reads the whole database, and a page does not wait for it.
    """

    key: str
    look: Callable[[Examined], Iterator[Finding]]
    whole: bool = False
    slow: bool = False
