"""Deviations: raised for the late pupils that are ticked, or for a number; closed with evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from iopflow.engine import remarks as engine
from iopflow.indicators import BY_CODE
from iopflow.measure import TIMED
from iopflow.models import School
from iopflow.queries.places import NotFound
from iopflow.queries.remarks import CODES, DeviationRow, answerable, steps_of
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date
from iopflow.web import forms
from iopflow.web.causes import rows_behind
from iopflow.web.late import causes, is_sure
from iopflow.web.measuring import (
    answered,
    day_typed,
    number_asked,
    origin,
    people_for,
    person_chosen,
    to_change,
    to_end,
    writable_school,
)
from iopflow.web.page import Page
from iopflow.web.remarks import (
    TypedRemark,
    deviations,
    figure_word,
    just_said,
    open_deviation,
    schools_for,
)
from iopflow.web.wheel import year_of

STEP = "steg:"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that a deviation may be about: each with its word."""

    title: str
    found: Sequence[tuple[str, str]]


def new(page: Page, *, typed: TypedRemark | None = None, status: int = 200) -> Response:
    """The form, or first the choice of what it is about; with the pupils that were ticked under an
    indicator, where some were.
    """
    school, year = writable_school(page), year_of(page)
    asked = page.request.query_params.get("kode") or page.form.get("kode", "")
    figure = dict(_words(page, school)).get(asked, "")
    code = asked if figure else ""
    rows = _rows(page, code, school, year)
    looked_for = " ".join(page.request.query_params.get("sok", "").split())[:80]
    if rows:
        page.listed[school.number] = len({row.subject_id for row in rows})
    return page.show(
        "deviation_new.html",
        status=status,
        school=school,
        year=year,
        code=code,
        figure=figure,
        pupils_at=f"/indikatorer/{code}" if code in TIMED and not rows else "",
        kinds=[] if code else _kinds(page, school, looked_for),
        looked_for=looked_for,
        tasks=rows,
        subjects=sorted({row.subject for row in rows}),
        causes=causes(rows if typed is None else ()),
        people=answerable(page.session, school.number, today=page.today),
        owner=page.who.person_id or 0,
        until=short_date(page.today + engine.FOLLOW_UP),
        cause=page.form.get("cause", ""),
        fra=origin(page),
        typed=typed,
    )


def create(page: Page) -> Response:
    """Raises it."""
    school, year = writable_school(page), year_of(page)
    about, step = _about(page, school, year)
    rows = _rows(page, about.indicator, school, year) if step is None else []

    def do() -> object:
        people = answerable(page.session, school.number, today=page.today)
        return engine.raise_deviation(
            page.session,
            about,
            _story(page, people),
            pupils=len({row.subject_id for row in rows}) if rows else _how_many(page),
            step=step,
            tasks=rows,
            rules=page.rules,
            sure=is_sure(page),
            act=page.act("deviation"),
        )

    return answered(page, do, "avvik", lambda page, typed: new(page, typed=typed, status=422))


def one(page: Page, *, typed: TypedRemark | None = None, status: int = 200) -> Response:
    """A deviation: what it is, and what is put right."""
    row = open_deviation(page, number_asked(page))
    (line,) = deviations(page, [row])
    reads = row.school_id in schools_for(page, Action.REMARKS)
    return page.show(
        "deviation.html",
        status=status,
        line=line,
        row=row,
        reads=reads,
        has_page=reads and row.indicator in BY_CODE,
        causes=causes(_about_tasks(page, row)) if line.changes else [],
        people=people_for(page, row),
        known=engine.seen(row),
        typed=typed,
        just=just_said(page) if typed is None else None,
    )


def change(page: Page) -> Response:
    """Writes it anew."""
    row = to_change(page, open_deviation(page, number_asked(page)))

    def do() -> object:
        engine.unchanged(row, page.form.get("known"))
        return engine.change_deviation(
            page.session,
            row,
            _story(page, people_for(page, row)),
            tasks=_about_tasks(page, row),
            sure=is_sure(page),
            act=page.act("deviation_change"),
        )

    return answered(page, do, "avvik-endre", lambda page, typed: one(page, typed=typed, status=422))


def close(page: Page) -> Response:
    """It is put right, and here is where that is written."""
    row = to_end(page, open_deviation(page, number_asked(page)))

    def do() -> object:
        on = forms.day(page.form.get("on", ""), page.today)
        evidence = page.form.get("evidence", "")
        act = page.act("deviation_close")
        return engine.close_deviation(page.session, row, on, evidence, act=act)

    return answered(page, do, "avvik-lukk", lambda page, typed: one(page, typed=typed, status=422))


def _rows(page: Page, code: str, school: School, year: Year) -> list[TaskRow]:
    """The tasks that are ticked, all of them behind the figure. Raises NotFound, NotAllowed."""
    if not page.many("task"):
        return []
    if code not in TIMED:
        raise NotFound(_("Fant ikke oppgaven: åpne siden på nytt."))
    return rows_behind(page, BY_CODE[code], school, year)


def _story(page: Page, people: Sequence[tuple[int, str]]) -> engine.Story:
    """What is typed, with who is chosen and the day, where they are. Raises Unclear."""
    return engine.Story(
        page.form.get("cause", ""),
        page.form.get("description", ""),
        page.form.get("correction", ""),
        person_chosen(page, people) if page.form.get("person") else None,
        day_typed(page) if page.form.get("due", "").strip() else None,
    )


def _about_tasks(page: Page, row: DeviationRow) -> list[TaskRow]:
    """The tasks of a deviation, as far as they are there and the person sees them."""
    if not row.tasks:
        return []
    return tasks(page.session, page.rules, page.who, Asked(ids=row.tasks), today=page.today)


def _about(page: Page, school: School, year: Year) -> tuple[engine.About, str | None]:
    """The figure, or the step, that the form is about. Raises NotFound."""
    asked = page.form.get("kode", "")
    about = engine.About(school.owner, school.number, year, asked)
    if asked in CODES:
        return about, None
    step = asked.removeprefix(STEP)
    if asked.startswith(STEP) and step in steps_of(page.rules, school):
        return about, step
    raise NotFound(_("Velg hva avviket gjelder."))


def _kinds(page: Page, school: School, looked_for: str) -> list[Kind]:
    """What a deviation may be about, by kind; narrowed to words that have what is looked for."""
    words = looked_for.casefold().split()
    found = [
        (key, word)
        for key, word in _words(page, school)
        if all(one in word.casefold() for one in words)
    ]
    kinds = [
        Kind(_("Indikatorene P1–P10"), [one for one in found if one[0] in BY_CODE]),
        Kind(
            _("Registrerte tall"),
            [one for one in found if one[0] in CODES and one[0] not in BY_CODE],
        ),
        Kind(_("Steg i årshjulet"), [one for one in found if one[0].startswith(STEP)]),
    ]
    return [one for one in kinds if one.found]


def _words(page: Page, school: School) -> list[tuple[str, str]]:
    figures = [(code, figure_word(code)) for code in CODES]
    steps = sorted(steps_of(page.rules, school).items(), key=lambda one: one[1])
    return figures + [(STEP + key, title) for key, title in steps]


def _how_many(page: Page) -> int:
    typed = page.form.get("pupils", "").strip()
    if not typed.isascii() or not typed.isdecimal() or len(typed) > 5:
        raise forms.Unclear(_("Skriv hvor mange elever avviket gjelder, som et tall."))
    return int(typed)
