"""Registering the figures that iopflow does not compute: checked, stored, corrected, taken back."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.bounds import CONTROL, NATIONAL_ID
from iopflow.engine import ledger, undoing
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.references import said
from iopflow.engine.remarks import without_names
from iopflow.models import School, metadata
from iopflow.queries.figure_values import Value, decimal_of, places_of
from iopflow.queries.places import NotFound
from iopflow.queries.plausible import is_impossible
from iopflow.queries.told import REGISTERING
from iopflow.registered import Registered
from iopflow.schoolyear import Year
from iopflow.texts import _, number, short_date

VALUE, UNDO, WITHDRAW = "value", "value_undo", "value_withdraw"  # the acts
ACTS = tuple(sorted(REGISTERING))
UNDOABLE = (VALUE, WITHDRAW)
TABLES = frozenset({"figure_value"})
EARLY = timedelta(days=28)  # a counting date is work from four weeks before it, as in the wheel
LONGEST_SOURCE = 200
LONGEST_CATEGORY = 100  # a question of the survey
LONGEST_ATTAINMENT = 40  # room for a word such as «mestrer delvis», and not for a goal
_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,4})?")
_SPACES = re.compile(r"[\s\u00a0\u202f]")
_FORMULA = ("=", "+", "-", "@")
_TABLE = "figure_value"


@dataclass(slots=True)
class Line:
    """What somebody types for one category: as typed, and why it cannot be stored."""

    category: str
    value: str
    of: str = ""
    wrong: dict[str, str] = field(default_factory=dict)  # by field: category, value, of

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said of the category."""
        return not self.value.strip()


def check(one: Registered, lines: Sequence[Line], there: Sequence[Value] = ()) -> None:
    """Says in each line what is wrong with it. An empty line is left as it is.

    `there` is what stands at the same place: parts of one whole are looked at together.
    """
    seen: set[str] = set()
    for line in lines:
        if line.is_empty:
            if line.of.strip() and not one.parts:
                line.wrong["value"] = _("Skriv verdien også, eller tøm feltet «av».")
            continue
        _check_category(one, line)
        if line.category in seen:
            line.wrong["category"] = _("Kategorien står to ganger: slå dem sammen.")
        seen.add(line.category)
        _check_value(one, line)
    if one.parts and not any(line.wrong for line in lines):
        _check_parts(lines, there)


def _check_category(one: Registered, line: Line) -> None:
    if line.category in {each.key for each in one.categories}:
        return
    most = LONGEST_ATTAINMENT if one.parts else LONGEST_CATEGORY
    if not one.own_categories:
        line.wrong["category"] = _("{name} har ikke denne kategorien.").format(name=one.name)
    elif not line.category:
        line.wrong["category"] = _("Skriv hva kategorien heter.")
    elif len(line.category) > most:
        line.wrong["category"] = _("Kategorien kan ha inntil {n} tegn.").format(n=most)
    elif _is_unreadable(line.category) or line.category.startswith(_FORMULA):
        line.wrong["category"] = _("Skriv kategorien med vanlige tegn, på én linje.")


def _check_value(one: Registered, line: Line) -> None:
    value = read(line.value)
    whole = read(line.of) if line.of.strip() else None
    if line.of.strip():
        if whole is None or not whole:
            line.wrong["of"] = _("«Av» må være et tall over 0.")
        elif not one.measure.share:
            line.wrong["of"] = _("{name} har ingen «av»: tøm feltet.").format(name=one.name)
    if value is None:
        line.wrong["value"] = _not_in_range(one)
    elif whole and "%" in line.value:  # 12 % of 50, or 12 of 50
        line.wrong["value"] = _("Skriv antallet når «av» er fylt ut, eller prosenten uten «av».")
    elif whole:
        if value > whole:
            line.wrong["value"] = _more_than_whole(one, whole)
        elif value != value.to_integral_value() or whole != whole.to_integral_value():
            line.wrong["value"] = _("Skriv hele tall når «av» er fylt ut: så mange av så mange.")
    elif is_impossible(one, value):
        line.wrong["value"] = _more_than_all(one) if one.measure.of_all else _not_in_range(one)


def _more_than_all(one: Registered) -> str:
    return _(
        "{name} er en andel, og kan ikke være mer enn 100 prosent. Er tallet et antall, skriv "
        "også hvor mange det er av."
    ).format(name=one.name)


def _more_than_whole(one: Registered, whole: Decimal) -> str:
    said = _("Verdien er større enn «av» ({n}).").format(n=number(whole, places_of(whole)))
    if one.measure.of_all:
        return said
    return said + " " + _("Stemmer det, skriv prosenten uten «av».")


def _not_in_range(one: Registered) -> str:
    if one.measure.key == "money":
        return _(
            "Verdien må være et tall mellom 0 og {most}, i tusen kroner: 712 for 712 000 kroner."
        ).format(most=number(one.measure.most))
    return _("Verdien må være et tall mellom 0 og {most}.").format(most=number(one.measure.most))


def _check_parts(lines: Sequence[Line], there: Sequence[Value]) -> None:
    """Parts of one whole have the same whole, and are never more than it."""
    filled = [line for line in lines if not line.is_empty]
    if not filled:
        return
    typed = {line.category for line in filled}
    kept = [value for value in there if value.category not in typed]
    whole = read(filled[0].of) if filled[0].of.strip() else None
    if any((decimal_of(value.of) if value.is_part else None) != whole for value in kept):
        filled[-1].wrong["value"] = _(
            "De andre kategoriene er ikke av like mange: skriv alle på nytt."
        )
        return
    total = sum((read(line.value) or Decimal(0) for line in filled), Decimal(0))
    total += sum((decimal_of(value.value) or Decimal(0) for value in kept), Decimal(0))
    # Shares that are rounded each may come to a little more.
    most = whole if whole is not None else Decimal(101)
    if total > most:
        filled[-1].wrong["value"] = _(
            "Kategoriene er til sammen {total}, og det er mer enn {most}."
        ).format(
            total=number(total, places_of(total)),
            most=number(whole, places_of(whole)) if whole is not None else _("100 prosent"),
        )


def read(typed: str) -> Decimal | None:
    """A number as people write it: 87,4 or 1 240 or 87 %. None where it is none."""
    text = _SPACES.sub("", typed).removesuffix("%")
    return decimal_of(text) if _NUMBER.fullmatch(text) else None


def wrong_source(source: str) -> str | None:
    """Why a source cannot be stored."""
    if len(source) > LONGEST_SOURCE:
        return _("Kilden kan ha inntil {n} tegn.").format(n=LONGEST_SOURCE)
    if _is_unreadable(source):
        return _("Skriv kilden med vanlige tegn, på én linje, uten fødselsnummer.")
    return None


def _is_unreadable(text: str) -> bool:
    return bool(CONTROL.search(text) or NATIONAL_ID.search(text))


def too_early(day: date, today: date) -> str | None:
    """Why a figure cannot be registered yet."""
    if day - EARLY <= today:
        return None
    return _("Det telles {day}. Tall kan registreres fra {first}.").format(
        day=short_date(day), first=short_date(day - EARLY)
    )


@dataclass(frozen=True, slots=True)
class At:
    """Where figures are registered: school, year, indicator, day and class (empty: the school)."""

    school: School
    year: Year
    one: Registered
    day: date
    unit: str = ""


def register(
    session: Session, at: At, lines: Sequence[Line], *, source: str | None, act: Act
) -> int:
    """Stores the lines that `check` found right, and returns how many rows are new or changed.

    Raises BadText where the reason has no place in iopflow.
    """
    said(act.reason or "")
    typed = (source or "", act.reason or "", *(line.category for line in lines))
    without_names(session, act, at.school.number, *typed)
    table = metadata.tables[_TABLE]
    there = {
        row.category: row
        for row in session.execute(
            select(table).where(
                table.c.school_id == at.school.number,
                table.c.year == at.year.start,
                table.c.indicator == at.one.code,
                table.c.counted_on == at.day,
                table.c.unit_key == at.unit,
            )
        )
    }
    new: list[dict[str, Any]] = []
    changes = []
    for line in lines:
        if line.is_empty:
            continue
        after = {"value": _stored(line.value), "of": _stored(line.of), "source": source}
        row = there.get(line.category)
        if row is None:
            new.append(_row(at, line.category) | after)
            continue
        before = {name: getattr(row, name) for name in after}
        changed = [name for name in after if not _same(before[name], after[name])]
        if changed:
            was, now = ({name: side[name] for name in changed} for side in (before, after))
            changes.append(Change(row.id, was, now, at.school.owner))
    ledger.insert_rows(session, _TABLE, new, act)
    ledger.update_rows(session, _TABLE, changes, act)
    return len(new) + len(changes)


def _row(at: At, category: str) -> dict[str, Any]:
    return {
        "owner_id": at.school.owner,
        "school_id": at.school.number,
        "year": at.year.start,
        "indicator": at.one.code,
        "counted_on": at.day,
        "category": category,
        "unit_key": at.unit,
    }


def _same(one: str | None, other: str | None) -> bool:
    """Whether two stored texts say the same: a file may write 87,40 for 87.4."""
    first, second = decimal_of(one), decimal_of(other)
    return first == second if first is not None and second is not None else one == other


def _stored(typed: str) -> str | None:
    """As files write numbers: with a point, without spaces; nothing for nothing."""
    found = read(typed)
    if found is None:
        return None
    return f"{found.normalize():f}"


def withdraw(session: Session, school: School, code: str, row_id: int, *, act: Act) -> None:
    """Takes a figure away that should not stand. Raises NotFound, NotNow, BadText: say why."""
    table = metadata.tables[_TABLE]
    row = session.execute(
        select(table).where(
            table.c.id == row_id, table.c.school_id == school.number, table.c.indicator == code
        )
    ).first()
    if row is None:
        raise NotFound(_("Fant ikke tallet: åpne siden på nytt."))
    if not (act.reason or "").strip():
        raise NotNow(_("Skriv hvorfor tallet fjernes."))
    said(act.reason or "")
    without_names(session, act, school.number, act.reason or "")
    ledger.delete_rows(session, _TABLE, [Gone(row.id, row._asdict())], act)


def take_back(
    session: Session,
    schools: Collection[int],
    events: Collection[int],
    act: Act,
    *,
    code: str | None = None,
) -> None:
    """Undoes what one registered or removed at some schools, of one indicator or any.

    Raises NotNow.
    """
    undoing.taken_back(
        session,
        events,
        {_TABLE},
        act,
        lambda row: row["school_id"] in schools and code in (None, row["indicator"]),
        UNDOABLE,
    )
