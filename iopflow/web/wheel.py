"""The wheel of a school's year, as a picture and as the table that says the same (ux S2)."""

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from iopflow.models import School
from iopflow.queries.places import NotFound, calendars, schools
from iopflow.roles import ROLES
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web.page import Page
from iopflow.wheel import MissingSkolerute


@dataclass(frozen=True, slots=True)
class Mark:
    """A step of the year with its real days."""

    key: str
    title: str
    opens: date | None
    due: date | None
    limit: date | None
    responsible: str
    law: str | None
    serves_next: bool


def wheel(page: Page) -> Response:
    """The page: what is done in one school year, whichever year it serves."""
    found = schools(page.session, owner_id=page.who.owner_id)
    asked = page.request.query_params.get("skole")
    school = next((one for one in found if asked in (None, str(one.id))), None)
    if school is None:
        raise NotFound(_("Fant ikke skolen."))
    year = _year(page)
    marks = marks_of(page, school, year)
    return page.show(
        "wheel.html",
        school=school,
        schools=found,
        year=year,
        years=[year.previous, year, year.next],
        marks=[mark for mark in marks if mark.due is not None],
        always=[mark for mark in marks if mark.due is None],
    )


def marks_of(page: Page, school: School, year: Year) -> list[Mark]:
    """The steps whose days lie in a school year, by date."""
    ruter = calendars(page.session, [school.number]).get(school.number, {})
    found = []
    for one in page.rules.of_school(school):
        for step in one.steps:
            served = year.next if step.serves == "next" else year
            if step.off or not step.lives_in(served):
                continue
            try:
                dates = one.dates(step, served, ruter.get)
            except MissingSkolerute:
                continue
            role = ROLES.get(step.responsible)
            found.append(
                Mark(
                    step.key,
                    step.title.get(),
                    dates.opens,
                    dates.due,
                    dates.limit,
                    role.title.get() if role is not None else step.responsible,
                    step.law,
                    step.serves == "next",
                )
            )
    return sorted(found, key=lambda mark: (mark.due or date.max, mark.title))


def _year(page: Page) -> Year:
    asked = page.request.query_params.get("ar")
    try:
        return Year.parse(asked) if asked else Year.of(page.today)
    except ValueError as error:
        raise NotFound(_("Fant ikke skoleåret.")) from error
