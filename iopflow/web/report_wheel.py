"""The picture of a wheel for a report: the steps of the year, not who has done what."""

from sqlmodel import Session

from iopflow.models import School
from iopflow.queries import places
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.texts import speaking
from iopflow.web.wheel_layout import Circle
from iopflow.web.wheel_marks import marks_of
from iopflow.web.wheel_svg import Picture, draw


def picture(
    session: Session, rules: Rules, school: School, year: Year, language: str, *, style: bool = True
) -> str:
    """The wheel as SVG; empty where no step has a day, as without a skolerute."""
    calendar = places.calendars(session, [school.number]).get(school.number, {})
    circle = Circle(year.on(8, 1))
    with speaking(language):
        marks = marks_of(rules.of_school(school), calendar.get, circle)
        if not marks:
            return ""
        drawn = Picture(school.name, str(year), circle.first, marks, link=None, prefix="rapport")
        return draw(drawn, style=style)
