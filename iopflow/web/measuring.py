"""Comments and measures: written under an indicator or in the list, each with its own page."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from iopflow.engine import remarks as engine
from iopflow.engine.delays import Doubted
from iopflow.indicators import BY_CODE
from iopflow.models import School
from iopflow.queries.access import NotAllowed
from iopflow.queries.places import NotFound
from iopflow.queries.remarks import (
    CODES,
    DeviationRow,
    MeasureRow,
    answerable,
    deviations_of,
    may_end,
    measure_by,
    measures_of,
)
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web import forms, sheet
from iopflow.web.indicators import indicator, school_of
from iopflow.web.late import why_not
from iopflow.web.page import Page, back_to
from iopflow.web.remark_sheets import remarks_sheet
from iopflow.web.remarks import (
    TypedRemark,
    deviations,
    ends,
    figure_word,
    just_said,
    lines,
    lines_with_figures,
    open_deviation,
    open_measure,
    schools_for,
    writes_at,
)
from iopflow.web.undone import events_since, next_event, whole_acts
from iopflow.web.wheel import year_of

Row = TypeVar("Row", MeasureRow, DeviationRow)
ALL = "alle"  # school years
_OURS = re.compile(
    r"(/mine|/tiltak(/avvik)?/[0-9]{1,10}|/tiltak|/indikatorer/[A-Za-z0-9_]{2,12})"
    r"(\?skole=[0-9]{1,10}(&ar=[0-9-]{7,9}|&ar=alle)?)?"
)


def overview(page: Page, *, typed: TypedRemark | None = None, status: int = 200) -> Response:
    """All measures and deviations of a school, what is open first."""
    school, schools = school_of(page, Action.REMARKS)
    year = _year(page)
    found = measures_of(page.session, [school.number])
    raised = deviations_of(page.session, school.number, None)
    there = {one.year for one in found} | {one.year for one in raised}
    years = sorted(there | {Year.of(page.today)}, reverse=True)
    shown = lines_with_figures(page, [one for one in found if year in (None, one.year)])
    raised_lines = deviations(page, [one for one in raised if year in (None, one.year)])
    if sheet.is_wanted(page):
        return sheet.download(page, remarks_sheet(shown, raised_lines))
    writes = school.number in schools_for(page, Action.MEASURE)
    return page.show(
        "measures.html",
        status=status,
        school=school,
        schools=schools,
        year=year,
        years=years,
        this_year=Year.of(page.today),
        measures=shown,
        deviations=raised_lines,
        left=sum(line.gone for line in shown) + sum(line.gone for line in raised_lines),
        writes=writes,
        people=answerable(page.session, school.number, today=page.today) if writes else [],
        figures=[(code, figure_word(code)) for code in CODES],
        figure_word=figure_word,
        here=f"/tiltak?skole={school.id}&ar={year or ALL}",
        typed=typed,
        just=just_said(page) if typed is None else None,
        download=sheet.address(page),
    )


def _year(page: Page) -> Year | None:
    """The school year that the list is narrowed to, None for all."""
    return None if page.request.query_params.get("ar") in (None, ALL, "") else year_of(page)


def one(page: Page, *, typed: TypedRemark | None = None, status: int = 200) -> Response:
    """A measure: what has come of it, and what can be done with it."""
    row = open_measure(page, number_asked(page))
    reads = row.school_id in schools_for(page, Action.REMARKS)
    (line,) = lines_with_figures(page, [row]) if reads else lines(page, [row])
    before = measure_by(page.session, row.follows) if row.follows is not None else None
    return page.show(
        "measure.html",
        status=status,
        line=line,
        row=row,
        figure=figure_word(row.indicator),
        has_page=reads and row.indicator in BY_CODE,
        reads=reads,
        before=before if reads and before and before.school_id == row.school_id else None,
        people=people_for(page, row),
        known=engine.seen(row),
        typed=typed,
        just=just_said(page) if typed is None else None,
    )


def people_for(page: Page, row: MeasureRow | DeviationRow) -> list[tuple[int, str]]:
    """Who may be given it; whoever has it stays among them, also without a role."""
    if row.school_id not in schools_for(page, Action.MEASURE):
        return []
    found = answerable(page.session, row.school_id, today=page.today)
    if row.person_id is None or (row.person_id, row.person) in found:
        return found
    return [(row.person_id, row.person), *found]


def write_comment(page: Page) -> Response:
    """Says something of a figure."""
    about = _about(page)
    text = page.form.get("text", "")

    def do() -> object:
        act = page.act("comment")
        return engine.comment(page.session, about, text, known=page.form.get("known"), act=act)

    return answered(page, do, "kommentar")


def decide(page: Page) -> Response:
    """Decides a measure."""
    about = _about(page)
    follows = _follows(page, about.school_id)
    text = page.form.get("text", "")

    def do() -> object:
        return engine.decide(
            page.session,
            about,
            text,
            person_id=person_chosen(
                page, answerable(page.session, about.school_id, today=page.today)
            ),
            due=day_typed(page),
            follows=follows,
            act=page.act("measure"),
        )

    return answered(page, do, "nytt")


def change(page: Page) -> Response:
    """Writes a measure anew."""
    row = to_change(page, open_measure(page, number_asked(page)))
    text = page.form.get("text", "")

    def do() -> object:
        engine.unchanged(row, page.form.get("known"))
        return engine.change(
            page.session,
            row,
            text,
            person_id=person_chosen(page, people_for(page, row)),
            due=day_typed(page),
            act=page.act("measure_change"),
        )

    return answered(page, do, "endre")


def finish(page: Page) -> Response:
    """A measure is done."""
    row = to_end(page, open_measure(page, number_asked(page)))
    outcome = page.form.get("outcome", "")

    def do() -> object:
        on = forms.day(page.form.get("on", ""), page.today)
        return engine.finish(page.session, row, on, outcome, act=page.act("measure_done"))

    return answered(page, do, "gjort")


def close(page: Page) -> Response:
    """A measure will not be done."""
    row = to_change(page, open_measure(page, number_asked(page)))
    why = page.form.get("outcome", "")

    def do() -> object:
        return engine.close(page.session, row, why, act=page.act("measure_close"))

    return answered(page, do, "lukk")


def take_back(page: Page) -> Response:
    """Takes back what was just done: a new event, and the log keeps what was said."""
    undo(page, whole_acts(page, "what"))
    path = origin(page)
    if not _is_there(page, path):  # what was undone was that there is one
        path = "/tiltak"
    return back_to(with_told(path, {"tiltak": "angret"}))


def _is_there(page: Page, path: str) -> bool:
    """Whether a page of ours still has what it tells of, and the person sees it."""
    found = re.fullmatch(r"/tiltak(/avvik)?/([0-9]+)", path)
    try:
        if found is not None:
            (open_deviation if found[1] else open_measure)(page, found[2])
    except NotFound:
        return False
    return True


def undo(page: Page, events: range) -> None:
    """Takes back one's own acts, where one may still do them. Raises NotNow."""
    at = writes_at(page)

    def meant(row: Mapping[str, Any]) -> bool:  # a comment is nobody's to end
        person_id = row.get("person_id")
        return may_end(page.who, at, school_id=row["school_id"], person_id=person_id)

    engine.undo(page.session, events, page.act(engine.UNDO, _("angret")), meant)


def _about(page: Page) -> engine.About:
    """The figure that the form is about. Raises NotFound, NotAllowed."""
    code = str(page.request.path_params.get("code") or page.form.get("kode", ""))
    if code not in CODES:
        raise NotFound(_("Fant ikke indikatoren «{code}».").format(code=code[:20]))
    school = writable_school(page)
    return engine.About(school.owner, school.number, year_of(page), code)


def writable_school(page: Page) -> School:
    """The school of the address, where the person may write. Raises NotFound."""
    return school_of(page, Action.MEASURE)[0]


def number_asked(page: Page) -> str:
    """The number of the measure or deviation of the address."""
    return str(page.request.path_params["number"])


def to_end(page: Page, row: Row) -> Row:
    """What the person sees, if the person may say that it is over. Raises NotAllowed."""
    return _allowed(row, may=ends(page, row, writes_at(page)))


def to_change(page: Page, row: Row) -> Row:
    """What the person sees, if the person may write it anew. Raises NotAllowed."""
    return _allowed(row, may=row.school_id in writes_at(page))


def _allowed(row: Row, *, may: bool) -> Row:
    if not may:
        raise NotAllowed(_("Du kan se dette, men ikke føre det."))
    return row


def person_chosen(page: Page, people: Sequence[tuple[int, str]]) -> int:
    """Who is chosen, of those who may be. Raises Unclear."""
    given = forms.known_numbers([page.form.get("person", "")])
    found = next((number for number, _name in people if number in given), None)
    if found is None:
        raise forms.Unclear(_("Velg hvem som er ansvarlig."))
    return found


def day_typed(page: Page) -> date:
    """The day that is typed. Raises Unclear."""
    typed = page.form.get("due", "")
    if not typed.strip():
        raise forms.Unclear(_("Skriv når tiltaket skal være gjort."))
    return forms.day(typed, page.today)


def _follows(page: Page, school_id: int) -> MeasureRow | None:
    """The measure that a new one goes on with, if any. Raises NotFound for one of elsewhere."""
    if not page.form.get("folger"):
        return None
    found = open_measure(page, page.form["folger"])
    if found.school_id != school_id:
        raise NotFound(_("Fant ikke tiltaket: åpne siden på nytt."))
    return found


def answered(
    page: Page,
    do: Callable[[], object],
    form: str,
    again: Callable[[Page, TypedRemark], Response] | None = None,
) -> Response:
    """Does it, and goes back to where the form was; a form that is refused is shown again."""
    first = next_event(page)
    try:
        with page.session.begin_nested():
            do()
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        typed = TypedRemark(form, page.form, why_not(refused), isinstance(refused, Doubted))
        return (again or _again)(page, typed)
    events = events_since(page, first)
    told = {"tiltak": form, "hva": events} if events else {}
    return back_to(with_told(origin(page), told))


def _again(page: Page, typed: TypedRemark) -> Response:
    if "number" in page.request.path_params:
        return one(page, typed=typed, status=422)
    if "code" in page.request.path_params:
        return indicator(page, remark=typed, status=422)
    return overview(page, typed=typed, status=422)


def origin(page: Page) -> str:
    """The page the form was on: one of ours, never an address that somebody brings along."""
    path = page.form.get("fra") or page.request.query_params.get("fra", "")
    return path if _OURS.fullmatch(path) else "/tiltak"


def with_told(path: str, told: Mapping[str, str]) -> str:
    """An address of ours with what the page is to tell."""
    return f"{path}{'&' if '?' in path else '?'}{urlencode(told)}" if told else path
