"""The form under an indicator: why it is late or missing, for several pupils at once."""

from datetime import date
from urllib.parse import urlencode

from starlette.responses import Response

from iopflow import measure
from iopflow.engine import delays, undoing
from iopflow.indicators import BY_CODE, CAUSES, JUSTIFYING, Indicator
from iopflow.measure import TIMED
from iopflow.models import School
from iopflow.queries.access import NotAllowed
from iopflow.queries.places import NotFound
from iopflow.queries.standing import TaskRow
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.acting import chosen
from iopflow.web.indicators import indicator, school_of
from iopflow.web.late import Typed, is_sure, why_not
from iopflow.web.page import Page, back_to
from iopflow.web.undone import events_since, next_event, whole_acts
from iopflow.web.wheel import year_of


def give(page: Page) -> Response:
    """A cause for all that are ticked, or for none of them."""
    one, school, year = _place(page)
    cause, evidence = page.form.get("cause", ""), page.form.get("evidence", "")
    reason = page.form.get("reason", "")
    first = next_event(page)
    try:
        rows = rows_behind(page, one, school, year)
        if cause not in CAUSES:
            raise forms.Unclear(_("Velg en årsak."))
        on = forms.day(page.form.get("on", ""), page.today)
        done = delays.delay(
            page.session,
            rows,
            cause=cause,
            on=on,
            today=page.today,
            act=page.act("delay", reason.strip() or None),
            evidence=evidence,
            reason=reason,
            sure=is_sure(page),
        )
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        page.session.rollback()
        typed = Typed(
            frozenset(forms.known_numbers(page.many("task"))),
            cause,
            page.form.get("on", ""),
            evidence,
            reason,
            why_not(refused),
            isinstance(refused, delays.Doubted),
        )
        return indicator(page, typed=typed, status=422)
    events = events_since(page, first) if done.changed else ""
    said = {"fort": ",".join(str(row.id) for row in rows), "hva": events}
    if cause in JUSTIFYING and done.warnings:
        said["uten"] = "bevis"
    if cause in JUSTIFYING and on > _counted(page, one, school, year):
        said["dag"] = "sen"
    return _back(one, school, year, **said)


def take_back(page: Page) -> Response:
    """Takes back what was just given: a new event, and the log keeps what was said."""
    one, school, year = _place(page)
    events = whole_acts(page, "what")
    rows = rows_behind(page, one, school, year)
    undoing.undo(page.session, rows, events, page.act("reopen", _("angret")))
    return _back(one, school, year, ord="angret")


def _place(page: Page) -> tuple[Indicator, School, Year]:
    code = str(page.request.path_params["code"])
    if code not in TIMED:
        raise NotFound(_("Fant ikke indikatoren «{code}».").format(code=code[:20]))
    school, _schools = school_of(page, Action.EXPLAIN)
    return BY_CODE[code], school, year_of(page)


def _counted(page: Page, one: Indicator, school: School, year: Year) -> date:
    """The last day that the figure reads: what is dated later justifies nothing in it."""
    found = measure.figures(
        page.session, schools=[school.number], year=year, today=page.today, indicators=(one,)
    )
    return found[0].as_of or date.max


def rows_behind(page: Page, one: Indicator, school: School, year: Year) -> list[TaskRow]:
    """The tasks of the form. Raises NotFound for one that is not behind this very figure."""
    rows = chosen(page, Action.DECIDE)
    served = one.serving(year)
    here = (school.number, served)
    if any((row.school_id, row.year) != here or row.step.key not in one.steps for row in rows):
        raise NotFound(_("Fant ikke oppgaven: åpne siden på nytt."))
    return rows


def _back(one: Indicator, school: School, year: Year, **said: str) -> Response:
    words = {"skole": str(school.id), "ar": str(year), **said}
    return back_to(f"/indikatorer/{one.code}?{urlencode(words, safe=',')}")
