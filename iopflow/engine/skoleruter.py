"""A school sets the days of its year: stored as a whole, followed by open tasks, and taken back."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.bounds import CONTROL
from iopflow.engine import ledger, redating
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.redating import Effect
from iopflow.engine.undoing import UNDOABLE
from iopflow.models import School, metadata
from iopflow.queries.rules import Rules
from iopflow.queries.skoleruter import Off, Skolerute, off_rows, skolerute_of, year_row
from iopflow.schoolyear import Year
from iopflow.texts import _

SKOLERUTE = "skolerute"  # the act
LONGEST_BREAK = timedelta(days=120)
LONGEST_NAME = 80
_DAYS = ("first_day", "last_day", "planning_day", "autumn_end")
_TABLES = ("school_year", "day_off")


def mistakes(rute: Skolerute) -> list[tuple[str, str]]:
    """What cannot be stored: the field, or the number of the day off, and what to do."""
    found = []
    for name in _DAYS:
        day = getattr(rute, name)
        if day is not None and Year.of(day) != rute.year:
            found.append(
                (
                    name,
                    _("Dagen ligger ikke i skoleåret {year}: rett den.").format(year=rute.year),
                )
            )
    if rute.first_day >= rute.last_day:
        found.append(("last_day", _("Siste skoledag må komme etter den første.")))
    if rute.planning_day is not None and rute.planning_day > rute.first_day:
        found.append(
            ("planning_day", _("Første planleggingsdag kan ikke komme etter første skoledag."))
        )
    if rute.autumn_end is not None and not rute.first_day <= rute.autumn_end <= rute.last_day:
        found.append(("autumn_end", _("Høsthalvåret må slutte mellom første og siste skoledag.")))
    starts = [one.starts for one in rute.off]
    for number, one in enumerate(rute.off):
        why = _wrong_off(one, rute.year)
        if why is None and starts.index(one.starts) != number:
            why = _("To fridager begynner samme dag: slå dem sammen.")
        if why is not None:
            found.append((f"off-{number}", why))
    return found


def _wrong_off(one: Off, year: Year) -> str | None:
    if one.ends < one.starts:
        return _("Siste fridag kommer før den første: bytt dem om.")
    if Year.of(one.starts) != year or Year.of(one.ends) != year:
        return _("Dagen ligger ikke i skoleåret {year}: rett den.").format(year=year)
    if one.ends - one.starts > LONGEST_BREAK:
        return _("Fridagene varer lenger enn fire måneder: rett datoen.")
    if not one.what or len(one.what) > LONGEST_NAME or CONTROL.search(one.what):
        return _("Skriv hva fridagen er, med inntil {n} tegn.").format(n=LONGEST_NAME)
    return None


def set_skolerute(
    session: Session, rules: Rules, school: School, rute: Skolerute, *, act: Act
) -> Effect:
    """Stores the year as it is given, and redates what is open: its own duties, those that are done
    in it and serve the next, and those of the year before that look forward.

    What `mistakes` tells of must be mended first.
    """

    def write() -> None:
        _store_year(session, school, rute, act)
        _store_off(session, school, rute, act)

    years = (rute.year.previous, rute.year, rute.year.next)
    return redating.follow(session, rules, school, act, write, years=years)


def take_away(session: Session, school: School, year: Year, *, act: Act) -> None:
    """Takes away a skolerute that nothing counts from yet. Raises NotNow."""
    row, task = year_row(session, school, year), metadata.tables["task"]
    in_use = select(task.c.id).where(task.c.school_id == school.id, task.c.year == year.start)
    if row.opened_at is not None or session.execute(in_use.limit(1)).first() is not None:
        raise NotNow(_("Skoleåret er åpnet, og må ha en skolerute: rett dagene i stedet."))
    off = [Gone(one.id, one._asdict()) for one in off_rows(session, school, year)]
    ledger.delete_rows(session, "day_off", off, act)
    ledger.delete_rows(session, "school_year", [Gone(row.id, row._asdict())], act)


def earlier(
    session: Session, school: School, year: Year, events: Collection[int], act: Act
) -> Skolerute | None:
    """The skolerute as it was before one's own events; None where there was none then.

    Raises NotNow where it was changed since.
    """
    event = metadata.tables["event"]
    asked = list(events)
    rows = session.execute(
        select(event)
        .where(
            event.c.id.in_(asked),
            event.c.owner_id == school.owner_id,
            event.c.actor_id == act.actor_id,
            event.c.act == SKOLERUTE,
            event.c.at > act.at - UNDOABLE,
            event.c.table_name.in_(_TABLES),
            event.c.row_id.is_not(None),
        )
        .order_by(event.c.id.desc())
    ).all()
    now = skolerute_of(session, school, year)
    if not rows or now is None or _changed_since(session, school, max(asked)):
        raise _too_late()
    off = {row.id: _off(row._asdict()) for row in off_rows(session, school, year)}
    of_year = year_row(session, school, year).id
    for row in rows:
        before = ledger.decode(row.table_name, row.before)
        if row.table_name == "school_year":
            if row.row_id != of_year:
                raise _too_late()
            if row.before is None:
                return None
            now = replace(now, **before)
        elif row.before is None:
            off.pop(row.row_id, None)
        elif row.after is None:
            off[row.row_id] = _off(before)
        else:
            off[row.row_id] = _off(_values(off[row.row_id]) | before)
    return replace(now, off=tuple(sorted(off.values())))


def _values(one: Off) -> dict[str, Any]:
    return {"starts": one.starts, "ends": one.ends, "what": one.what}


def _off(row: dict[str, Any]) -> Off:
    return Off(row["starts"], row["ends"] or row["starts"], row["what"])


def _too_late() -> NotNow:
    return NotNow(_("Dette er endret siden, og kan ikke angres: se hva som står der nå."))


def _changed_since(session: Session, school: School, last: int) -> bool:
    """Whether anybody has set the school's days since: imports and pages alike."""
    event = metadata.tables["event"]
    own = {
        name: set(
            session.execute(select(table.c.id).where(table.c.school_id == school.id)).scalars()
        )
        for name in _TABLES
        for table in (metadata.tables[name],)
    }
    later = session.execute(
        select(event.c.table_name, event.c.row_id, event.c.before).where(
            event.c.id > last,
            event.c.owner_id == school.owner_id,
            event.c.table_name.in_(_TABLES),
        )
    )
    return any(
        row.row_id in own[row.table_name]
        or ledger.decode(row.table_name, row.before).get("school_id") == school.id
        for row in later
    )


def _store_year(session: Session, school: School, rute: Skolerute, act: Act) -> None:
    row = year_row(session, school, rute.year)
    after = {name: getattr(rute, name) for name in _DAYS}
    if row is None:
        new = {"owner_id": school.owner, "school_id": school.number, "year": rute.year.start}
        ledger.insert_rows(session, "school_year", [new | after], act)
        return
    before = {name: getattr(row, name) for name in _DAYS}
    changed = [name for name in _DAYS if before[name] != after[name]]
    if changed:
        was, now = ({name: days[name] for name in changed} for days in (before, after))
        ledger.update_rows(session, "school_year", [Change(row.id, was, now, school.owner)], act)


def _store_off(session: Session, school: School, rute: Skolerute, act: Act) -> None:
    """Rows that begin on the same day are changed, the others come and go."""
    there = {row.starts: row for row in off_rows(session, school, rute.year)}
    wanted = {one.starts: one for one in rute.off}
    gone = [Gone(row.id, row._asdict()) for day, row in there.items() if day not in wanted]
    changes = []
    for day, row in there.items():
        one = wanted.get(day)
        if one is None or ((row.ends or row.starts), row.what) == (one.ends, one.what):
            continue
        before, after = {"ends": row.ends, "what": row.what}, {"ends": one.ends, "what": one.what}
        changes.append(Change(row.id, before, after, school.owner))
    new = [
        {"owner_id": school.owner, "school_id": school.number, **_values(one)}
        for day, one in wanted.items()
        if day not in there
    ]
    ledger.delete_rows(session, "day_off", gone, act)
    ledger.update_rows(session, "day_off", changes, act)
    ledger.insert_rows(session, "day_off", new, act)
