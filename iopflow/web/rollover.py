"""Årsskifte: five pages from the skolerute to the preview, and the year is opened (ux S8b).

Nothing is a draft: what is saved on a page is a fact at once, with its undo, and each page reads
anew what is done and what is left. So it can be left at any time, and taken up again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from iopflow.engine import closing
from iopflow.engine.foreseen import Foreseen, foresee, plan_of
from iopflow.models import School, SchoolYearRow
from iopflow.queries.places import NotFound
from iopflow.queries.staff import everybody
from iopflow.queries.turning import Mover, Turn, class_names, turn
from iopflow.queries.units import school_by_number
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted, sort_key
from iopflow.web import forms
from iopflow.web.page import Page

STEPS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed and could not be saved, and why not."""

    form: Mapping[str, str] = field(default_factory=dict)
    pupils: frozenset[int] = frozenset()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the five pages, as the line on top shows it."""

    number: int
    title: str
    done: bool
    left: str


@dataclass(frozen=True, slots=True)
class ClassList:
    """The pupils of one class of the old year, with where they go."""

    name: str
    movers: list[Mover]
    hidden: int


NOTHING = Typed()


def wizard(page: Page) -> Response:
    """The page that is asked for, or the first that is not done."""
    return show(page)


def preview(page: Page) -> Response:
    """What opening the year would do; nothing is stored."""
    school, _schools, year = place(page, page.form)
    found = turn(page.session, page.rules, page.who, school, year, today=page.today)
    leaving = {one.pupil_id for one in found.leaving}
    foreseen = foresee(page.session, page.rules, school, year, leaving, page.act("rollover"))
    return show(page, foreseen=foreseen)


def show(
    page: Page, *, typed: Typed = NOTHING, foreseen: Foreseen | None = None, status: int = 200
) -> Response:
    """The page of a step, with what is done and what is left."""
    params = page.form if page.request.method == "POST" else page.request.query_params
    school, schools, year = place(page, params)
    found = turn(page.session, page.rules, page.who, school, year, today=page.today)
    plan = plan_of(page.session, page.rules, school, year)
    opened = found.rute is not None and found.rute.opened_on is not None
    stages = _stages(found, bool(plan.why or plan.lacking), opened=opened)
    step = next(iter(forms.known_numbers([params.get("steg", "")])), 0)
    if step not in STEPS:
        step = next((one.number for one in stages if not one.done), STEPS[-1])
    names = class_names(page.session, school)
    return page.show(
        "rollover.html",
        status=status,
        school=school,
        schools=schools,
        year=year,
        years=[Year.of(page.today), Year.of(page.today).next],
        stages=stages,
        step=step,
        turn=found,
        plan=plan,
        opened=opened,
        obstacle=closing.obstacle(page.session, year, school) if opened else None,
        lists=_lists(found, names) if step == 2 else [],
        names=names,
        staff=everybody(page.session, page.who) if step == 3 else [],
        foreseen=foreseen,
        typed=typed,
        said=_said(page),
        events=_events(page),
    )


def place(page: Page, params: Mapping[str, Any]) -> tuple[School, list[School], Year]:
    """The school and the year. Raises NotFound for what the person may not open."""
    school, schools = school_by_number(page.session, page.who, params.get("skole"), Action.ROLLOVER)
    try:
        year = Year.parse(params["ar"]) if params.get("ar") else _next_to_open(page, school)
    except ValueError:
        raise NotFound(_("Fant ikke skoleåret.")) from None
    if year not in (Year.of(page.today), Year.of(page.today).next):
        raise NotFound(_("Fant ikke skoleåret."))
    return school, schools, year


def _next_to_open(page: Page, school: School) -> Year:
    """This year where it has a skolerute and is not open, else the next."""
    year = Year.of(page.today)
    closed = page.session.execute(
        select(col(SchoolYearRow.id)).where(
            col(SchoolYearRow.school_id) == school.id,
            col(SchoolYearRow.year) == year.start,
            col(SchoolYearRow.opened_at).is_(None),
        )
    ).first()
    return year if closed is not None else year.next


def _stages(found: Turn, lacking: bool, *, opened: bool) -> list[Stage]:
    """The five pages in order, each with what is left to do there."""
    pupils = [
        counted(len(found.done), _("{n} har gått ut 10. trinn"), _("{n} har gått ut 10. trinn"))
        if found.done
        else "",
        counted(len(found.unplaced), _("{n} mangler klasse"), _("{n} mangler klasse"))
        if found.unplaced
        else "",
    ]
    teachers = len(found.without_teacher)
    return [
        Stage(
            1,
            _("Skolerute"),
            found.rute is not None,
            "" if found.rute is not None else _("skoleruten mangler"),
        ),
        Stage(2, _("Elever"), not any(pupils), ", ".join(one for one in pupils if one)),
        Stage(
            3,
            _("Ansvar"),
            not teachers,
            counted(teachers, _("{n} klasse uten kontaktlærer"), _("{n} klasser uten kontaktlærer"))
            if teachers
            else "",
        ),
        Stage(
            4,
            _("Årshjul"),
            found.rute is not None and not lacking,
            _("noen steg har ingen dato") if lacking else "",
        ),
        Stage(5, _("Forhåndsvis"), opened, "" if opened else _("året er ikke åpnet")),
    ]


def _lists(found: Turn, names: Mapping[int | None, str]) -> list[ClassList]:
    """The pupils by the class they are in: those of the old year, then those who are new."""
    groups: dict[tuple[bool, str], list[Mover]] = {}
    for one in found.movers:
        name = names.get(one.class_before, _("Uten klasse")) if one.before else _("Nye elever")
        groups.setdefault((not one.before, name), []).append(one)
    return [
        ClassList(
            name,
            [one for one in some if one.name is not None],
            sum(one.name is None for one in some),
        )
        for (_new, name), some in sorted(
            groups.items(), key=lambda item: (item[0][0], sort_key(item[0][1]))
        )
    ]


def _said(page: Page) -> str:
    """What was done a moment ago, in words."""
    words = {
        "flytt": _("Lagret: elevene har fått ny klasse."),
        "slutter": _("Lagret: elevene slutter før det nye skoleåret."),
        "blir": _("Lagret: elevene blir på skolen."),
        "ansvar": _("Lagret: ansvaret gjelder fra det nye skoleåret."),
        "apnet": _("Skoleåret er åpnet."),
        "lukket": _("Åpningen er angret. Ingen steg er borte som noen hadde ført noe på."),
        "angret": _("Angret: det står som før."),
    }
    return words.get(page.request.query_params.get("ord", ""), "")


def _events(page: Page) -> str:
    word = page.request.query_params.get("hva", "")
    return word if forms.events(word) is not None else ""
