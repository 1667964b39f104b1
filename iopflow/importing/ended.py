"""Roles that somebody ended in iopflow: a file that still has them does not give them back.

Whoever wrote the file did not know of the end. A role with a first day after it is another one.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.engine import ledger
from iopflow.importing.rows import Row
from iopflow.models import metadata
from iopflow.queries.told import UNDOING
from iopflow.roles import ROLES
from iopflow.texts import _, short_date

_WHERE = ("person_id", "role", "at_kind", "at_id")


@dataclass(frozen=True, slots=True)
class End:
    """What somebody decided of a role: its last day; None where it was taken away unbegun."""

    starts: date
    last: date | None
    at: datetime
    by: str

    def stands_against(self, row: Row, there: date | None) -> bool:
        """Whether the row would give back what was ended; `there` is the last day as it stands."""
        beyond = row["ends"] is None or self.last is None or row["ends"] > self.last
        if not row.is_new:
            return bool(self.last is not None and self.last == there and beyond)
        if self.last is None:
            return bool(row["starts"] == self.starts)
        return bool(beyond and row["starts"] <= self.last)

    def sentence(self, row: Row, person: str) -> str:
        """The warning: who, what, where, when, and what to do about the file."""
        until = row["ends"]
        words = {"day": short_date(local_date(self.at)), "who": self.by}
        if self.last is None:
            ended = _("tatt bort i iopflow {day} av {who} før den begynte").format(**words)
        else:
            ended = _("avsluttet i iopflow {day} av {who} med siste dag {last}").format(
                **words, last=short_date(self.last)
            )
        return _("{person}, {role} ({place}): {ended}; står i filen {until}: rett filen.").format(
            person=person,
            role=ROLES[row["role"]].title.get(),
            place=row[":at"],
            ended=ended,
            until=_("uten sluttdato")
            if until is None
            else _("til {day}").format(day=short_date(until)),
        )


class Ended:
    """The ends of an owner's roles that were decided in iopflow, and not by a file."""

    def __init__(self, session: Session, owner_id: int | None) -> None:
        self._session = session
        self._owner_id = owner_id
        self._found: dict[tuple[Any, ...], list[End]] | None = None

    def warning(self, row: Row) -> str | None:
        """What to say of a row that would give a role back; None for one that may go in."""
        if self._owner_id is None:
            return None
        if self._found is None:
            self._found = self._read(self._owner_id)
        there = row.before.get("ends", row["ends"])
        for end in self._found.get(tuple(row[name] for name in _WHERE), ()):
            if (row.is_new or end.starts == row["starts"]) and end.stands_against(row, there):
                return end.sentence(row, self._person(row["person_id"]))
        return None

    def _person(self, number: int) -> str:
        person = metadata.tables["person"]
        return str(
            self._session.execute(select(person.c.name).where(person.c.id == number)).scalar_one()
        )

    def _read(self, owner_id: int) -> dict[tuple[Any, ...], list[End]]:
        """The last word on each role's end, by person, role and place."""
        last: dict[int, tuple[dict[str, Any], Any]] = {}
        for event, row in self._events(owner_id):
            before = ledger.decode("role_grant", event.before)
            after = ledger.decode("role_grant", event.after)
            if event.after is None:
                last[event.row_id] = (before | {"ends": None}, event)
            elif "ends" in after and row is not None:
                last[event.row_id] = (row | after, event)
        found: dict[tuple[Any, ...], list[End]] = {}
        for values, event in last.values():
            taken = event.after is None
            # What was given in iopflow and taken back at once was never anybody's end.
            if values["for_id"] is not None or (taken and event.act in UNDOING):
                continue
            if not taken and values["ends"] is None:
                continue
            at = event.at if event.at.tzinfo else event.at.replace(tzinfo=UTC)
            by = event.label or event.name or _("administrator")
            key = tuple(values[name] for name in _WHERE)
            found.setdefault(key, []).append(End(values["starts"], values["ends"], at, by))
        return found

    def _events(self, owner_id: int) -> Any:
        """The changes of roles that no import made, with the role as it stands, in their order."""
        event, person = metadata.tables["event"], metadata.tables["person"]
        token, grant = metadata.tables["api_token"], metadata.tables["role_grant"]
        rows = self._session.execute(
            select(event, person.c.name, token.c.label)
            .outerjoin(person, person.c.id == event.c.actor_id)
            .outerjoin(token, token.c.id == event.c.token_id)
            .where(
                event.c.table_name == "role_grant",
                event.c.owner_id == owner_id,
                event.c.batch_id.is_(None),
                event.c.before.is_not(None),
            )
            .order_by(event.c.id)
        ).all()
        ids = {row.row_id for row in rows}
        there: dict[int, dict[str, Any]] = {}
        for some in ledger.chunks(sorted(ids)):
            for one in self._session.execute(select(grant).where(grant.c.id.in_(some))):
                there[one.id] = one._asdict()
        return [(row, there.get(row.row_id)) for row in rows]
