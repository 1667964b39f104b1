"""Deviations: raised for the late pupils that are ticked, or for a number; closed with evidence."""

from starlette.responses import Response

from iopflow.engine import remarks as engine
from iopflow.indicators import BY_CODE
from iopflow.measure import TIMED
from iopflow.models import School
from iopflow.queries.places import NotFound
from iopflow.queries.standing import TaskRow
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.causes import rows_behind
from iopflow.web.late import causes
from iopflow.web.measuring import done, origin, without_names, writable_school
from iopflow.web.page import Page
from iopflow.web.remarks import (
    CODES,
    TypedRemark,
    deviations,
    figure_word,
    just_said,
    open_deviation,
    schools_for,
)
from iopflow.web.wheel import year_of

STEP = "steg:"


def new(page: Page, *, typed: TypedRemark | None = None, status: int = 200) -> Response:
    """The form; with the pupils that were ticked under an indicator, where some were."""
    school, year = writable_school(page), year_of(page)
    asked = page.request.query_params.get("kode") or page.form.get("kode", "")
    code = asked if asked in CODES else ""
    rows = _rows(page, code, school, year)
    if rows:
        page.listed[school.number] = len({row.subject_id for row in rows})
    return page.show(
        "deviation_new.html",
        status=status,
        school=school,
        year=year,
        code=code,
        figure=figure_word(code) if code else "",
        tasks=rows,
        subjects=sorted({row.subject for row in rows}),
        figures=[(one, figure_word(one)) for one in CODES],
        steps=_steps(page, school),
        causes=causes(),
        cause=page.form.get("cause", ""),
        fra=origin(page),
        typed=typed,
    )


def create(page: Page) -> Response:
    """Raises it."""
    school, year = writable_school(page), year_of(page)
    about, step = _about(page, school, year)
    rows = _rows(page, about.indicator, school, year) if step is None else []
    description, correction = page.form.get("description", ""), page.form.get("correction", "")

    def do() -> object:
        without_names(page, school.number, description, correction)
        return engine.raise_deviation(
            page.session,
            about,
            step=step,
            tasks=[row.id for row in rows],
            pupils=len({row.subject_id for row in rows}) if rows else _number(page),
            cause=page.form.get("cause", ""),
            description=description,
            correction=correction,
            act=page.act("deviation"),
        )

    return done(page, do, "avvik", lambda page, typed: new(page, typed=typed, status=422))


def one(page: Page, *, typed: TypedRemark | None = None, status: int = 200) -> Response:
    """A deviation: what it is, and what is put right."""
    row = open_deviation(page, str(page.request.path_params["number"]))
    (line,) = deviations(page, [row])
    return page.show(
        "deviation.html",
        status=status,
        line=line,
        row=row,
        has_page=row.indicator in BY_CODE,
        writes=row.school_id in schools_for(page, Action.MEASURE),
        causes=causes(),
        known=engine.seen(row),
        typed=typed,
        just=just_said(page) if typed is None else None,
    )


def change(page: Page) -> Response:
    """Writes it anew."""
    row = open_deviation(page, str(page.request.path_params["number"]), Action.MEASURE)
    description, correction = page.form.get("description", ""), page.form.get("correction", "")

    def do() -> object:
        engine.unchanged(row, page.form.get("known"))
        without_names(page, row.school_id, description, correction)
        return engine.change_deviation(
            page.session,
            row,
            cause=page.form.get("cause", ""),
            description=description,
            correction=correction,
            act=page.act("deviation_change"),
        )

    return done(page, do, "avvik-endre", lambda page, typed: one(page, typed=typed, status=422))


def close(page: Page) -> Response:
    """It is put right, and here is where that is written."""
    row = open_deviation(page, str(page.request.path_params["number"]), Action.MEASURE)

    def do() -> object:
        on = forms.day(page.form.get("on", ""), page.today)
        evidence = page.form.get("evidence", "")
        act = page.act("deviation_close")
        return engine.close_deviation(page.session, row, on, evidence, act=act)

    return done(page, do, "avvik-lukk", lambda page, typed: one(page, typed=typed, status=422))


def _rows(page: Page, code: str, school: School, year: Year) -> list[TaskRow]:
    """The tasks that are ticked, all of them behind the figure. Raises NotFound, NotAllowed."""
    if not page.many("task"):
        return []
    if code not in TIMED:
        raise NotFound(_("Fant ikke oppgaven: åpne siden på nytt."))
    return rows_behind(page, BY_CODE[code], school, year)


def _about(page: Page, school: School, year: Year) -> tuple[engine.About, str | None]:
    """The figure, or the step, that the form is about. Raises NotFound."""
    asked = page.form.get("kode", "")
    about = engine.About(school.owner, school.number, year, asked)
    if asked in CODES:
        return about, None
    step = asked.removeprefix(STEP)
    if asked.startswith(STEP) and step in {key for key, _title in _steps(page, school)}:
        return about, step
    raise NotFound(_("Velg hva avviket gjelder."))


def _steps(page: Page, school: School) -> list[tuple[str, str]]:
    wheels = page.rules.of_school(school)
    found = {step.key: step.title.get() for one in wheels for step in one.steps if not step.off}
    return sorted(found.items(), key=lambda one: one[1])


def _number(page: Page) -> int:
    typed = page.form.get("pupils", "").strip()
    if not typed.isascii() or not typed.isdecimal() or len(typed) > 5:
        raise forms.Unclear(_("Skriv hvor mange elever avviket gjelder, som et tall."))
    return int(typed)
