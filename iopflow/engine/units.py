"""Classes and avdelinger change: new, another name, split, merged, another avdeling, closed.

History stays right: enrolments, tasks and roles of before the day stay with the old unit. From the
day pupils and the holders of roles go on in the new one; the tasks of what has closed go where
nothing has happened on them, and the new unit gets its own, from the day on.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from iopflow.engine import classes, ledger
from iopflow.engine.holdings import Holding, Where, common, last, where_of
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.opening import open_year, untouched
from iopflow.models import School, SchoolYearRow, Scope, Unit, UnitKind, What, metadata
from iopflow.queries.places import NotFound
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.roles import Place
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date

ACTS = ("unit_new", "unit_name", "unit_avdeling", "unit_split", "unit_merge", "unit_close")
LONGEST_NAME = 80
_DAY = timedelta(days=1)


class TooEarly(Refused):
    """A day on which a class still had to be as it was."""


@dataclass(slots=True)
class Changed:
    """How much a change of units moves."""

    unit_id: int = 0  # the new unit, if one was made
    pupils: int = 0
    roles: int = 0
    closed_tasks: int = 0
    new_tasks: int = 0
    feeds: int = 0


def create(
    session: Session,
    school: School,
    kind: UnitKind,
    name: str,
    act: Act,
    *,
    parent: Unit | None,
    formed_on: date | None = None,
) -> Changed:
    """A new class or avdeling. Raises Refused for a name that is taken."""
    name = _free_name(session, school, name)
    row = {
        "owner_id": school.owner,
        "key": _free_key(session, school, name),
        "school_id": school.number,
        "kind": kind,
        "name": name,
        "parent_id": None if parent is None else _avdeling(parent, school).number,
        "closed_on": None,
        "formed_on": formed_on,
    }
    return Changed(unit_id=ledger.insert_rows(session, "unit", [row], act)[0])


def rename(session: Session, school: School, unit: Unit, name: str, act: Act) -> Changed:
    """Another name, from now on and for what was. Raises Refused for one that is taken."""
    name = _free_name(session, school, name, but=unit.number)
    _update(session, unit, {"name": name}, act)
    return Changed()


def move(session: Session, school: School, unit: Unit, parent: Unit | None, act: Act) -> Changed:
    """A class lies in another avdeling from now on."""
    if unit.kind is not UnitKind.KLASSE:
        raise Refused(_("Bare en klasse kan ligge i en avdeling."))
    above = None if parent is None else _avdeling(parent, school).number
    if above == unit.parent_id:
        raise Refused(_("Klassen ligger der fra før."))
    _update(session, unit, {"parent_id": above}, act)
    return Changed()


def split(
    session: Session,
    rules: Rules,
    school: School,
    unit: Unit,
    pupils: Collection[int],
    name: str,
    day: date,
    act: Act,
) -> Changed:
    """Some pupils of a class go on in a new one from a day, and the roles are held in both.

    What was due before the day was due of the class that is split. Raises Refused.
    """
    _klasse(unit)
    _after_meetings(session, [unit], day)
    stays = [
        one
        for one in classes.stays_from(session, school.number, day, classes=[unit.number])
        if one.pupil_id in pupils
    ]
    if not stays:
        raise Refused(_("Ingen er valgt: kryss av minst én."))
    parent = None if unit.parent_id is None else session.get_one(Unit, unit.parent_id)
    done = create(session, school, UnitKind.KLASSE, name, act, parent=parent, formed_on=day)
    new_id = done.unit_id
    moves = classes.into(session, stays, new_id, day)
    moves.write(session, act)
    done.pupils = len(moves.pupils)
    done.roles = _roles_follow(session, unit, new_id, day, act, ends=False)
    done.new_tasks = open_after(session, rules, school, day, act)
    return done


def merge(
    session: Session, rules: Rules, school: School, unit: Unit, to: Unit, day: date, act: Act
) -> Changed:
    """All pupils of a class go on in another from a day, with the roles; the class closes."""
    _klasse(unit)
    _klasse(to)
    if unit.id == to.id:
        raise Refused(_("Velg en annen klasse å slå sammen med."))
    _after_meetings(session, [unit, to], day)
    stays = classes.stays_from(session, school.number, day, classes=[unit.number])
    moves = classes.into(session, stays, to.number, day)
    moves.write(session, act)
    done = Changed(pupils=len(moves.pupils))
    done.roles = _roles_follow(session, unit, to.number, day, act, ends=True)
    done.feeds = _feeds_follow(session, unit, to, act)
    _update(session, unit, {"closed_on": day}, act)
    done.closed_tasks = _close_tasks(session, unit, day, act)
    done.new_tasks = open_after(session, rules, school, day, act)
    return done


def close(session: Session, school: School, unit: Unit, day: date, act: Act) -> Changed:
    """A unit without pupils and classes is in use no more from a day. Raises Refused."""
    if classes.stays_from(session, school.number, day, classes=[unit.number]):
        raise Refused(
            _("{unit} har elever {day}: flytt dem, eller slå klassen sammen med en annen.").format(
                unit=unit.name, day=short_date(day)
            )
        )
    below = session.execute(
        select(col(Unit.name)).where(
            col(Unit.parent_id) == unit.id,
            or_(col(Unit.closed_on).is_(None), col(Unit.closed_on) > day),
        )
    ).first()
    if below is not None:
        raise Refused(
            _("{unit} har klasser: flytt dem til en annen avdeling først.").format(unit=unit.name)
        )
    done = Changed(roles=_roles_end(session, unit, day, act))
    _update(session, unit, {"closed_on": day}, act)
    done.closed_tasks = _close_tasks(session, unit, day, act)
    return done


def _klasse(unit: Unit) -> None:
    if unit.kind is not UnitKind.KLASSE:
        raise Refused(_("Bare klasser kan deles og slås sammen: flytt klassene i avdelingen."))
    if unit.closed_on is not None:
        raise Refused(_("{unit} er lukket.").format(unit=unit.name))


def _after_meetings(session: Session, concerned: Collection[Unit], day: date) -> None:
    """Raises TooEarly for a day on which, or after which, a class has met as it was.

    P10 counts those who were in the class on the day of the meeting: they must not be moved away
    from it afterwards, nor others into it.
    """
    happening = metadata.tables["happening"]
    named = {unit.number: unit.name for unit in concerned}
    held = session.execute(
        select(happening.c.on_day, happening.c.subject_id)
        .where(
            happening.c.scope == Scope.UNIT,
            happening.c.subject_id.in_(named),
            happening.c.what == What.HELD,
            happening.c.on_day >= day,
        )
        .order_by(happening.c.on_day.desc())
        .limit(1)
    ).first()
    if held is not None:
        raise TooEarly(
            _(
                "{unit} har holdt møte {held}, og tallene for møtet gjelder dem som gikk der da: "
                "velg {day} eller en senere dag."
            ).format(
                unit=named[held.subject_id],
                held=short_date(held.on_day),
                day=short_date(held.on_day + _DAY),
            )
        )


def _avdeling(unit: Unit, school: School) -> Unit:
    if unit.school_id != school.id or unit.kind is not UnitKind.AVDELING:
        raise NotFound(_("Fant ikke avdelingen."))
    return unit


def _update(session: Session, unit: Unit, after: dict[str, Any], act: Act) -> None:
    before = {name: getattr(unit, name) for name in after}
    ledger.update_rows(session, "unit", [Change(unit.number, before, after, unit.owner)], act)


def _free_name(session: Session, school: School, name: str, *, but: int | None = None) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(_("Skriv et navn, inntil {n} tegn.").format(n=LONGEST_NAME))
    taken = select(col(Unit.id)).where(
        col(Unit.school_id) == school.id,
        func.lower(col(Unit.name)) == name.lower(),
        col(Unit.closed_on).is_(None),
    )
    if any(one != but for one in session.execute(taken).scalars()):
        raise Refused(_("«{name}» finnes fra før på skolen: velg et annet navn.").format(name=name))
    return name


def _free_key(session: Session, school: School, name: str) -> str:
    """An id for the import tables: the school and the name, with a number where it is taken."""
    plain = "".join(
        one for one in name.lower().translate(_ASCII) if one.isascii() and one.isalnum()
    )
    base = f"{school.key}-{plain or 'enhet'}"[:60]
    taken = set(
        session.execute(
            select(col(Unit.key)).where(
                col(Unit.owner_id) == school.owner_id, col(Unit.key).startswith(base)
            )
        ).scalars()
    )
    names = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
    return next(one for one in names if one not in taken)


_ASCII = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o"})


def _roles_follow(
    session: Session, unit: Unit, new_id: int, day: date, act: Act, *, ends: bool
) -> int:
    """Who holds a role at a unit holds it at the new one from a day; `ends`: there only."""
    at = _holdings(session, (unit.number, new_id))
    days = (day, date.max)
    for role, place, at_id in list(at):
        if at_id != unit.number:
            continue
        old = at[role, place, at_id]
        new = at.setdefault((role, place, new_id), Holding([]))
        for one in old.held():
            held = common((one.starts, one.ends), days)
            if held is not None:
                new.give(one.person_id, one.for_id, held)
                if ends:
                    old.take(one.person_id, one.for_id, days)
    return _settle(session, unit.owner, at, act)


def _roles_end(session: Session, unit: Unit, day: date, act: Act) -> int:
    at = _holdings(session, (unit.number,))
    for holding in at.values():
        for one in holding.held():
            holding.take(one.person_id, one.for_id, (day, date.max))
    return _settle(session, unit.owner, at, act)


def _holdings(session: Session, units: Collection[int]) -> dict[Where, Holding]:
    grant = metadata.tables["role_grant"]
    found: dict[Where, list[Any]] = {}
    rows = session.execute(
        select(grant)
        .where(grant.c.at_kind == Place.UNIT.value, grant.c.at_id.in_(list(units)))
        .order_by(grant.c.id)
    )
    for row in rows:
        found.setdefault(where_of(row), []).append(row)
    return {where: Holding(some) for where, some in found.items()}


def _settle(session: Session, owner_id: int, at: dict[Where, Holding], act: Act) -> int:
    """Writes what has become of the roles. Returns how many begin, end or last otherwise."""
    goes: list[Gone] = []
    changes: list[Change] = []
    begins: list[dict[str, Any]] = []
    for (role, place, at_id), holding in at.items():
        holding.settle()
        goes += holding.goes()
        changes += holding.changes()
        begins += [
            {
                "owner_id": owner_id,
                "person_id": one.person_id,
                "role": role,
                "at_kind": place.value,
                "at_id": at_id,
                "starts": one.starts,
                "ends": last(one),
                "for_id": one.for_id,
            }
            for one in holding.begins()
        ]
    ledger.delete_rows(session, "role_grant", goes, act)
    ledger.update_rows(session, "role_grant", changes, act)
    ledger.insert_rows(session, "role_grant", begins, act)
    return max(len(begins), len(goes) + len(changes))


def _feeds_follow(session: Session, unit: Unit, to: Unit, act: Act) -> int:
    """A calendar of the class shows the one that it has become."""
    feed = metadata.tables["feed_token"]
    rows = session.execute(
        select(feed.c.id).where(feed.c.at_kind == Place.UNIT.value, feed.c.at_id == unit.id)
    ).scalars()
    changes = [
        Change(number, {"at_id": unit.number}, {"at_id": to.number}, unit.owner) for number in rows
    ]
    return ledger.update_rows(session, "feed_token", changes, act)


def _close_tasks(session: Session, unit: Unit, day: date, act: Act) -> int:
    task = metadata.tables["task"]
    rows = session.execute(
        select(task).where(
            task.c.scope == Scope.UNIT,
            task.c.subject_id == unit.id,
            or_(task.c.due >= day, (task.c.due.is_(None)) & (task.c.year > Year.of(day).start)),
            untouched(task),
        )
    ).all()
    return ledger.delete_rows(session, "task", [Gone(row.id, row._asdict()) for row in rows], act)


def open_after(session: Session, rules: Rules, school: School, day: date, act: Act) -> int:
    """The years already open get what the units now want. Returns how many tasks came."""
    task = metadata.tables["task"]
    years = session.execute(
        select(col(SchoolYearRow.year)).where(
            col(SchoolYearRow.school_id) == school.id,
            col(SchoolYearRow.opened_at).is_not(None),
            col(SchoolYearRow.year) >= Year.of(day).start,
        )
    ).scalars()
    newest = session.execute(select(func.coalesce(func.max(task.c.id), 0))).scalar_one()
    for start in sorted(years):
        open_year(session, rules, Year(start), [school], act=act)
    rows = session.execute(select(task).where(task.c.id > newest)).mappings()
    return ledger.note_rows(session, act, "task", [dict(row) for row in rows])
