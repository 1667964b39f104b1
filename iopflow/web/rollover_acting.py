"""What the pages of the year's turn save: classes, who leaves, who answers, and the year itself."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from iopflow.engine import appointing, classes, closing, reversing
from iopflow.engine.opening import open_year
from iopflow.engine.units import open_after
from iopflow.models import Person, School, UnitKind
from iopflow.queries.access import NotAllowed
from iopflow.queries.places import NotFound
from iopflow.queries.turning import Turn, enrolled_elsewhere, turn
from iopflow.queries.units import TEACHER, unit_at
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.page import Page, back_to
from iopflow.web.rollover import Typed, place, show
from iopflow.web.undone import events_since, next_event, whole_acts

CLASS_CHANGE = "class_change"
ACTS = (CLASS_CHANGE, appointing.ACT)


def pupils(page: Page) -> Response:
    """Those who are ticked change class, leave or stay."""
    word = page.form.get("word", "")
    acts: dict[str, Callable[[Page, Turn, list[int]], None]] = {
        "flytt": _change,
        "slutter": _leave,
        "blir": _stay,
    }
    if word not in acts:
        raise forms.Unclear(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))
    school, _schools, year = place(page, page.form)

    def do() -> None:
        found = turn(page.session, page.rules, page.who, school, year, today=page.today)
        chosen = forms.numbers(page.many("pupil"))
        if not chosen:
            raise Refused(_("Ingen er valgt: kryss av minst én."))
        seen = {one.pupil_id for one in found.movers if one.name is not None}
        if not set(chosen) <= seen:
            raise NotFound(_("Fant ikke eleven: åpne siden på nytt."))
        acts[word](page, found, chosen)

    return _saved(page, 2, word, do)


def _change(page: Page, found: Turn, chosen: list[int]) -> None:
    number = next(iter(forms.known_numbers([page.form.get("til", "")])), None)
    if number is None:
        raise forms.Unclear(_("Velg klassen de skal gå i."))
    school, unit = unit_at(page.session, page.who, number, Action.ROLLOVER)
    if school.id != found.school.id or unit.kind is not UnitKind.KLASSE or unit.closed_on:
        raise NotFound(_("Fant ikke klassen."))
    day, act = found.change_day, page.act(CLASS_CHANGE)
    stays = classes.stays_from(page.session, school.number, day)
    moves = classes.into(
        page.session, [one for one in stays if one.pupil_id in chosen], unit.number, day
    )
    if not moves.pupils:
        raise Refused(_("De som er valgt, går i den klassen fra før."))
    moves.write(page.session, act)
    open_after(page.session, page.rules, school, day, act)


def _leave(page: Page, found: Turn, chosen: list[int]) -> None:
    last = found.year.on(8, 1) - timedelta(days=1)
    if page.today > last:
        raise Refused(_("Skoleåret har begynt: skriv siste dag i enrolments.csv."))
    stays = classes.stays_from(page.session, found.school.number, last + timedelta(days=1))
    _end(page, [one for one in stays if one.pupil_id in chosen], last)


def _stay(page: Page, found: Turn, chosen: list[int]) -> None:
    day = found.year.on(8, 1)
    elsewhere = enrolled_elsewhere(page.session, found.school, chosen, day)
    if elsewhere:
        raise Refused(
            _("{names} er skrevet inn på en annen skole neste år.").format(
                names=", ".join(elsewhere.values())
            )
        )
    stays = classes.stays_from(page.session, found.school.number, found.old_day)
    ending = [
        one
        for one in stays
        if one.pupil_id in chosen and one.ends is not None and one.ends <= found.new_day
    ]
    follows = {one.pupil_id for one in stays if one not in ending}
    _end(page, [one for one in ending if one.pupil_id not in follows], None)


def _end(page: Page, stays: list[Any], last: date | None) -> None:
    moves = classes.until(stays, last)
    if not moves.pupils:
        raise Refused(_("Det står slik fra før."))
    moves.write(page.session, page.act(CLASS_CHANGE))


def duty(page: Page) -> Response:
    """Somebody is contact teacher of a class in the new year."""
    school, _schools, year = place(page, page.form)

    def do() -> None:
        found = turn(page.session, page.rules, page.who, school, year, today=page.today)
        if not page.form.get("person"):
            raise forms.Unclear(_("Velg hvem som skal ha klassen."))
        unit_id, person_id = (
            next(iter(forms.known_numbers([page.form.get(name, "")])), 0)
            for name in ("unit", "person")
        )
        own, unit = unit_at(page.session, page.who, unit_id, Action.ROLLOVER)
        person = page.session.get(Person, person_id)
        if own.id != school.id or person is None or person.owner_id != page.who.owner_id:
            raise NotFound(_("Fant ikke personen: åpne siden på nytt."))
        appointing.appoint(
            page.session,
            page.who,
            person,
            TEACHER,
            unit,
            found.change_day,
            page.act(appointing.ACT),
            beside=page.form.get("beside") == "ja",
        )

    return _saved(page, 3, "ansvar", do)


def open_(page: Page) -> Response:
    """Opens the year, where nothing that was shown has changed since."""
    school, _schools, year = place(page, page.form)

    def do() -> None:
        act = page.act("rollover")
        opened = open_year(page.session, page.rules, year, [school], act=act)[0]
        if any(one.what in {"year", "wheel"} for one in opened.uncovered):
            raise Refused(next(one.reason for one in opened.uncovered))
        if page.form.get("seen") != str(opened.added):
            raise Refused(_("Noe er endret imens: forhåndsvis på nytt før du gjennomfører."))

    return _saved(page, 5, "apnet", do, undoable=False)


def close(page: Page) -> Response:
    """Takes the opening back, as long as nothing is recorded in the year."""
    school, _schools, year = place(page, page.form)

    def do() -> None:
        if not page.form.get("ar"):  # never a year that the form does not name
            raise forms.Unclear(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))
        act = page.act("rollover_undo", _("angret"))
        closing.close_year(page.session, page.rules, year, school, act=act)

    return _saved(page, 5, "lukket", do, undoable=False)


def undo(page: Page) -> Response:
    """Takes back one's own act of these pages as a whole."""
    school, _schools, year = place(page, page.form)
    events = whole_acts(page, "hva")
    reversing.take_back(page.session, events, ACTS, page.act("rollover_undo", _("angret")))
    step = next(iter(forms.known_numbers([page.form.get("steg", "")])), 2)
    return _back(school, year, step, ord="angret")


def _saved(
    page: Page, step: int, word: str, do: Callable[[], None], *, undoable: bool = True
) -> Response:
    first = next_event(page)
    try:
        with page.session.begin_nested():
            do()
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        chosen = frozenset(forms.known_numbers(page.many("pupil")))
        page.session.expire_all()
        return show(page, typed=Typed(page.form, chosen, str(refused)), status=422)
    school, _schools, year = place(page, page.form)
    said = {"hva": events_since(page, first)} if undoable else {}
    return _back(school, year, step, ord=word, **said)


def _back(school: School, year: Year, step: int, **said: str) -> Response:
    words = {"skole": str(school.id), "ar": str(year), "steg": str(step), **said}
    return back_to(f"/arsskifte?{urlencode(words)}")
