"""Whose wheel is shown, and of which twelve months: what the address asks for, and may see."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlmodel import col

from iopflow.models import Enrolment, Pupil, School, Unit
from iopflow.queries.access import sees_unit
from iopflow.queries.own import own_schools
from iopflow.queries.places import NotFound
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.page import Page
from iopflow.web.seen import seen_pupil
from iopflow.web.wheel_layout import Circle

CALENDAR = "kalender"  # January on top; else August is
_CALENDAR_YEAR = re.compile(r"[12][0-9]{3}")


@dataclass(frozen=True, slots=True)
class Group:
    """Whose wheel it is: a school's, or that of a class or a pupil of it."""

    school: School
    unit: Unit | None = None
    pupil: Pupil | None = None

    @property
    def name(self) -> str:
        """What stands in the middle."""
        if self.pupil is not None:
            return self.pupil.name
        return self.unit.name if self.unit is not None else self.school.name


@dataclass(frozen=True, slots=True)
class Period:
    """The twelve months: a school year, or a calendar year by its number."""

    circle: Circle

    @property
    def year(self) -> Year:
        """The school year that holds the first day."""
        return Year.of(self.circle.first)

    @property
    def of_calendar(self) -> bool:
        """Whether it is a calendar year."""
        return self.circle.first.month == 1

    @property
    def served(self) -> tuple[Year, ...]:
        """The school years whose steps are due in the months."""
        last = Year.of(self.circle.end - timedelta(days=1))
        return tuple(map(Year, range(self.year.start, last.start + 2)))

    def __str__(self) -> str:
        return str(self.circle.first.year) if self.of_calendar else str(self.year)

    def around(self) -> list["Period"]:
        """The one before, the one itself and the one after."""
        first = self.circle.first
        return [Period(Circle(first.replace(year=first.year + n))) for n in (-1, 0, 1)]


def own_first(page: Page, found: Sequence[School]) -> list[School]:
    """The schools, those where the person holds a role before the others."""
    own = own_schools(page.session, page.who, today=page.today)
    return sorted(found, key=lambda one: one.number not in own)


def group_of(page: Page, found: Sequence[School]) -> Group:
    """The group of the address. Raises NotFound for one that the person does not see."""
    asked = page.request.query_params
    if asked.get("elev"):
        return _of_pupil(page, asked["elev"])
    wanted = asked.get("skole") or None
    unit = _unit(page, asked["klasse"]) if asked.get("klasse") else None
    if unit is not None and wanted not in (None, str(unit.school_id)):
        unit = None  # another school was chosen, where the class is none
    if unit is not None:
        wanted = str(unit.school_id)
    school = next((one for one in found if wanted in (None, str(one.id))), None)
    if school is None:
        raise NotFound(_("Fant ikke skolen."))
    return Group(school, unit)


def _of_pupil(page: Page, number: str) -> Group:
    gone = _("Fant ikke eleven: den finnes ikke, eller rollene dine viser den ikke.")
    page.who.require(Action.SEE)
    pupil = seen_pupil(page, number, gone)
    page.opened.append(pupil.number)
    at = page.session.execute(
        select(col(Enrolment.school_id))
        .where(col(Enrolment.pupil_id) == pupil.number)
        .order_by(col(Enrolment.starts) > page.today, col(Enrolment.starts).desc())
    ).first()
    if at is None:
        raise NotFound(gone)
    return Group(page.session.get_one(School, at.school_id), pupil=pupil)


def _unit(page: Page, number: str) -> Unit:
    numbers = forms.known_numbers([number])
    shown = sees_unit(page.who, col(Unit.id))
    found: Unit | None = page.session.execute(
        select(Unit).where(col(Unit.id).in_(numbers), shown)
    ).scalar_one_or_none()
    if found is None or not page.who.may(Action.SEE):
        raise NotFound(_("Fant ikke klassen."))
    return found


def units_of(page: Page, school: School) -> list[Unit]:
    """The classes and avdelinger of the school that the person sees."""
    if not page.who.may(Action.SEE):
        return []
    statement = (
        select(Unit)
        .where(col(Unit.school_id) == school.id, sees_unit(page.who, col(Unit.id)))
        .order_by(col(Unit.kind), col(Unit.name))
    )
    return list(page.session.execute(statement).scalars())


def period_of(page: Page) -> Period:
    """The months of the address, or those of today. Raises NotFound for no year.

    A school year named in the view of calendar years is the one it ends in, and the other way
    round; this year is this year in both.
    """
    typed = page.request.query_params.get("ar", "")
    try:
        if _CALENDAR_YEAR.fullmatch(typed):
            day = date(int(typed), 1, 1)
            now = day.year == page.today.year
        else:
            year = Year.parse(typed) if typed else Year.of(page.today)
            day, now = year.on(1, 1), year == Year.of(page.today)
    except ValueError as error:
        raise NotFound(_("Fant ikke skoleåret.")) from error
    if now:
        day = page.today
    if page.request.query_params.get("vis") == CALENDAR:
        return Period(Circle(date(day.year, 1, 1)))
    return Period(Circle(Year.of(day).on(8, 1)))
