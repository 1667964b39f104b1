"""Who did what when, newest first, as far as the asker sees: acts of many rows as one (ux S9)."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session

from iopflow.clock import OSLO
from iopflow.models import metadata
from iopflow.queries.access import Viewer
from iopflow.queries.rules import Rules
from iopflow.queries.seen import Seen
from iopflow.queries.staff import places_named
from iopflow.queries.told import REGISTERING, UNDOING, About, acts_about, only_undone, sentence
from iopflow.queries.value_history import told_by_event
from iopflow.roles import ROLES, Place
from iopflow.texts import _, counted, short_date, sort_key

PER_PAGE = 50
MOST = 200  # rows of one act that are read one by one; more are only counted
NAMED = 3  # pupils of one act that are named
_STEPPED = ("happening", "task")
_SAID = {"indicator_comment": "text", "measure": "text", "deviation": "description"}
LONGEST = 80  # signs of what somebody has written


@dataclass(frozen=True, slots=True)
class Asked:
    """Which acts are asked for."""

    first: date
    last: date
    actor: int | None = None
    class_id: int | None = None
    about: About | None = None
    before: int | None = None  # the number of an event: only acts that ended earlier


@dataclass(slots=True)
class Told:
    """One act: what was done, by whom, to what, and whether it has been taken back."""

    at: datetime
    by: str
    first: int
    last: int
    rows: int
    act: str
    actor_id: int | None
    what: str = ""
    whom: str = ""
    reason: str | None = None
    undone_by: str = ""
    undone_at: datetime | None = None
    changed_since: bool = False
    tables: set[str] = field(default_factory=set)

    @property
    def sentence(self) -> str:
        """The act in words."""
        parts = [one for one in (self.what, self.whom) if one]
        return f"{sentence(self.act)}: {', '.join(parts)}" if parts else sentence(self.act)


class History:
    """The acts that one asker sees; every question costs a constant number of statements."""

    def __init__(self, session: Session, rules: Rules, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer
        self._steps = {step.key: step for step in rules.all_steps(session)}
        self._event = metadata.tables["event"]
        seen = Seen(viewer, self._steps)
        self._seen = seen.events()
        self._pupils = seen.pupils

    def acts(self, asked: Asked) -> tuple[list[Told], bool]:
        """A page of acts, and whether there are older ones."""
        event = self._event
        last = func.max(event.c.id)
        having = [last < asked.before] if asked.before is not None else []
        key = (event.c.actor_id, event.c.token_id, event.c.at, event.c.act)
        groups = self._session.execute(
            select(func.min(event.c.id).label("first"), last.label("last"), func.count(), *key)
            .where(self._seen, *self._asked(asked))
            .group_by(*key)
            .having(*having)
            .order_by(last.desc())
            .limit(PER_PAGE + 1)
        ).all()
        tokens = self._labels(groups)
        people = self._names({row.actor_id for row in groups if row.actor_id is not None})
        told = [
            Told(
                row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC),
                _who(row, people, tokens),
                *(row.first, row.last, row[2], row.act, row.actor_id),
            )
            for row in groups[:PER_PAGE]
        ]
        self._fill(told)
        return told, len(groups) > PER_PAGE

    def actors(self, asked: Asked) -> list[tuple[int, str]]:
        """Who has done something that the asker sees in the days, by name."""
        event, person = self._event, metadata.tables["person"]
        rows = self._session.execute(
            select(person.c.id, person.c.name)
            .join(event, event.c.actor_id == person.c.id)
            .where(self._seen, *self._days(asked))
            .distinct()
        )
        return sorted(((row.id, row.name) for row in rows), key=lambda one: sort_key(one[1]))

    def classes(self) -> list[tuple[int, str]]:
        """The classes of the pupils that the asker sees, by name."""
        if not self._viewer.sights:
            return []
        stay, unit = metadata.tables["enrolment"], metadata.tables["unit"]
        rows = self._session.execute(
            select(unit.c.id, unit.c.name)
            .join(stay, stay.c.class_id == unit.c.id)
            .where(
                or_(stay.c.ends.is_(None), stay.c.ends >= self._viewer.today),
                stay.c.pupil_id.in_(self._pupils()),
            )
            .distinct()
        )
        return sorted(((row.id, row.name) for row in rows), key=lambda one: sort_key(one[1]))

    def _asked(self, asked: Asked) -> list[ColumnElement[bool]]:
        event, stay = self._event, metadata.tables["enrolment"]
        found = self._days(asked)
        if asked.actor is not None:
            found.append(event.c.actor_id == asked.actor)
        if asked.about is not None:
            found.append(event.c.act.in_(acts_about(asked.about)))
        if asked.class_id is not None:
            here = select(stay.c.pupil_id).where(
                stay.c.class_id == asked.class_id,
                or_(stay.c.ends.is_(None), stay.c.ends >= self._viewer.today),
            )
            found.append(event.c.pupil_id.in_(here))
        return found

    def _days(self, asked: Asked) -> list[ColumnElement[bool]]:
        event = self._event
        first = datetime.combine(asked.first, time.min, OSLO)
        end = datetime.combine(asked.last + timedelta(days=1), time.min, OSLO)
        return [event.c.at >= first.astimezone(UTC), event.c.at < end.astimezone(UTC)]

    def _fill(self, told: Sequence[Told]) -> None:
        """What each act was about, and what has become of it."""
        few = [one for one in told if one.rows <= MOST]
        if not few:
            return
        event = self._event
        rows = self._session.execute(
            select(event).where(
                self._seen, or_(*(event.c.id.between(one.first, one.last) for one in few))
            )
        ).all()
        of = {(one.actor_id, one.act, one.first): one for one in few}
        content = self._content(rows)
        written = self._written(rows, content)
        names = self._pupils_named({row.pupil_id for row in rows if row.pupil_id is not None})
        later = self._later(rows)
        figures = told_by_event(
            self._session,
            self._viewer,
            {
                row.row_id
                for row in rows
                if row.table_name == "figure_value" and row.act in REGISTERING
            },
        )
        for (_actor, _act, first), one in of.items():
            own = [
                row
                for row in rows
                if first <= row.id <= one.last
                and (row.actor_id, row.act) == (one.actor_id, one.act)
            ]
            self._tell(one, own, content, written, names, later)
            typed = [figures[row.id] for row in own if row.id in figures]
            if typed:
                one.what = _some(typed)

    def _tell(
        self,
        one: Told,
        rows: Sequence[Any],
        content: Mapping[tuple[str, int], Mapping[str, Any]],
        written: Mapping[int, str],
        names: Mapping[int, str],
        later: Mapping[tuple[str, int], list[Any]],
    ) -> None:
        one.tables = {row.table_name for row in rows}
        reasons = (row.reason for row in rows if row.reason)
        one.reason = next((why for why in reasons if why not in only_undone()), None)
        whole = [content.get((row.table_name, row.row_id), {}) for row in rows]
        steps = dict.fromkeys(
            self._steps[key].title.get() for row in whole if (key := row.get("step")) in self._steps
        )
        roles = dict.fromkeys(row["said"] for row in whole if "said" in row)
        texts = dict.fromkeys(written[row.id] for row in rows if row.id in written)
        one.what = "; ".join([*list(steps)[:NAMED], *list(roles)[:NAMED], *list(texts)[:NAMED]])
        pupils = list(dict.fromkeys(row.pupil_id for row in rows if row.pupil_id is not None))
        one.whom = _named(pupils, names)
        places = {(row.table_name, row.row_id) for row in rows if row.row_id is not None}
        since = sorted(
            (event for place in places for event in later.get(place, ()) if event.id > one.last),
            key=lambda event: int(event.id),
        )
        one.changed_since = bool(since)
        undone = next((event for event in since if event.act in UNDOING), None)
        if undone is not None:
            one.undone_by = undone.name or _("administrator")
            one.undone_at = undone.at if undone.at.tzinfo else undone.at.replace(tzinfo=UTC)

    def _content(self, rows: Sequence[Any]) -> dict[tuple[str, int], dict[str, Any]]:
        """The rows that the events are about, of steps and roles: as they stand, or stood when they
        were taken away.
        """
        found: dict[tuple[str, int], dict[str, Any]] = {}
        for name in (*_STEPPED, "role_grant", "person", *_SAID):
            ids = {row.row_id for row in rows if row.table_name == name and row.row_id is not None}
            if not ids:
                continue
            table = metadata.tables[name]
            for row in self._session.connection().execute(select(table).where(table.c.id.in_(ids))):
                found[name, row.id] = row._asdict()
            event = self._event
            gone = self._session.execute(
                select(event.c.row_id, event.c.before).where(
                    event.c.table_name == name,
                    event.c.row_id.in_(ids - {one for at, one in found if at == name}),
                    event.c.before.is_not(None),
                    event.c.after.is_(None),
                )
            )
            for row_id, before in gone:
                found[name, row_id] = json.loads(before)
        self._say_roles(found)
        return found

    def _say_roles(self, found: dict[tuple[str, int], dict[str, Any]]) -> None:
        """Roles in words: who holds what where, from when to when."""
        grants = [row for (name, _id), row in found.items() if name == "role_grant"]
        people = self._names({row["person_id"] for row in grants})
        places = places_named(
            self._session,
            self._viewer,
            {(Place(row["at_kind"]), row["at_id"]) for row in grants},
        )
        for row in grants:
            where = places.get((Place(row["at_kind"]), row["at_id"]), "")
            until = _shown(row["ends"]) if row["ends"] else _("videre")
            row["said"] = (
                f"{people.get(row['person_id'], '')}, {ROLES[row['role']].title.get()} ({where}), "
                f"{_shown(row['starts'])}–{until}"
            )
        for (name, _id), row in found.items():
            if name == "person":
                row["said"] = row["name"]

    def _written(
        self, rows: Sequence[Any], content: Mapping[tuple[str, int], Mapping[str, Any]]
    ) -> dict[int, str]:
        """What somebody had written as each event left it, by the number of the event.

        A row holds what was written last, so that an earlier text is what the next change of it
        replaced.
        """
        mine = [row for row in rows if row.table_name in _SAID]
        if not mine:
            return {}
        event = self._event
        changes: dict[tuple[str, int], list[tuple[int, dict[str, Any]]]] = {}
        for row in self._session.execute(
            select(event.c.id, event.c.table_name, event.c.row_id, event.c.before)
            .where(
                event.c.table_name.in_({row.table_name for row in mine}),
                event.c.row_id.in_({row.row_id for row in mine}),
                event.c.id > min(row.id for row in mine),
                event.c.before.is_not(None),
            )
            .order_by(event.c.id)
        ):
            at = (row.table_name, row.row_id)
            changes.setdefault(at, []).append((row.id, json.loads(row.before)))
        found = {}
        for row in mine:
            at = (row.table_name, row.row_id)
            since = [before for number, before in changes.get(at, ()) if number > row.id]
            left = json.loads(row.after or row.before or "{}")
            said = _said(row.table_name, [left, *since, content.get(at, {})])
            found[row.id] = _about(row.table_name, said) if row.act in UNDOING else said
        return found

    def _later(self, rows: Sequence[Any]) -> dict[tuple[str, int], list[Any]]:
        """What has been done since to the rows that the events are about."""
        event, person = self._event, metadata.tables["person"]
        ids: dict[str, set[int]] = {}
        for row in rows:
            if row.row_id is not None:
                ids.setdefault(row.table_name, set()).add(row.row_id)
        if not ids:
            return {}
        touched = or_(
            *(
                and_(event.c.table_name == name, event.c.row_id.in_(some))
                for name, some in ids.items()
            )
        )
        found: dict[tuple[str, int], list[Any]] = {}
        for row in self._session.execute(
            select(
                *(event.c.id, event.c.table_name, event.c.row_id, event.c.act, event.c.at),
                person.c.name,
            )
            .outerjoin(person, person.c.id == event.c.actor_id)
            .where(touched, event.c.id > min(one.id for one in rows))
        ):
            found.setdefault((row.table_name, row.row_id), []).append(row)
        return found

    def _pupils_named(self, ids: Collection[int]) -> dict[int, str]:
        if not ids or not self._viewer.sights:
            return {}
        pupil = metadata.tables["pupil"]
        rows = self._session.execute(
            select(pupil.c.id, pupil.c.name).where(
                pupil.c.id.in_(ids), pupil.c.id.in_(self._pupils())
            )
        )
        return {row.id: row.name for row in rows}

    def _names(self, ids: Collection[int]) -> dict[int, str]:
        person = metadata.tables["person"]
        rows = self._session.execute(select(person.c.id, person.c.name).where(person.c.id.in_(ids)))
        return {row.id: row.name for row in rows}

    def _labels(self, groups: Iterable[Any]) -> dict[int, str]:
        token = metadata.tables["api_token"]
        ids = {row.token_id for row in groups if row.token_id is not None}
        rows = self._session.execute(select(token.c.id, token.c.label).where(token.c.id.in_(ids)))
        return {row.id: row.label for row in rows}


def _who(row: Any, people: Mapping[int, str], tokens: Mapping[int, str]) -> str:
    if row.token_id is not None:
        return _("programmet {label}").format(label=tokens.get(row.token_id, ""))
    return people.get(row.actor_id, "") if row.actor_id is not None else _("administrator")


def _named(pupils: Sequence[int], names: Mapping[int, str]) -> str:
    """The pupils of an act: by name where the asker sees them, else by how many."""
    if not pupils:
        return ""
    known = sorted((names[one] for one in pupils if one in names), key=sort_key)
    rest = len(pupils) - min(len(known), NAMED)
    if not known:
        return counted(rest, _("{n} elev"), _("{n} elever"))
    more = " " + counted(rest, _("og {n} til"), _("og {n} til")) if rest else ""
    return ", ".join(known[:NAMED]) + more


def _some(told: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    rest = len(told) - NAMED
    more = [counted(rest, _("og {n} til"), _("og {n} til"))] if rest > 0 else []
    return "; ".join([*told[:NAMED], *more])


def _said(table: str, told: Sequence[Mapping[str, Any]]) -> str:
    """The code and the text of a row, from the first of some parts of it that says each."""

    def first(name: str) -> str:
        return next((one[name] for one in told if name in one), None) or ""

    return _shortened(f"{first('indicator')} {first(_SAID[table]) or _('(tatt bort)')}")


def _about(table: str, said: str) -> str:
    """What was undone: the act itself says only that it was."""
    return {
        "indicator_comment": _("kommentaren «{text}»"),
        "measure": _("tiltaket «{text}»"),
        "deviation": _("avviket «{text}»"),
    }[table].format(text=said)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _shown(day: date | str) -> str:
    return short_date(date.fromisoformat(day) if isinstance(day, str) else day)
