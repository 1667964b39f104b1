"""Skolerute: the days of the school's years, with what a change does to the deadlines first."""

from datetime import date
from hashlib import sha256

from starlette.responses import Response

from iopflow.engine.redating import Effect, tried
from iopflow.engine.skoleruter import SKOLERUTE, earlier, set_skolerute, take_away
from iopflow.models import School
from iopflow.queries.skoleruter import (
    SCHOOL_DAYS,
    Skolerute,
    holidays_of,
    skolerute_of,
    years_of,
)
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date
from iopflow.web import forms
from iopflow.web.effects import lines_of, reminders_in_words
from iopflow.web.indicators import school_of
from iopflow.web.page import Page, back_to
from iopflow.web.typed_skolerute import DAYS, Typed, TypedOff
from iopflow.web.undone import events_since, next_event, whole_acts
from iopflow.web.wheel import year_of

EMPTY_ROWS = 3


def show(page: Page) -> Response:
    """The year as it is; for a year without, what the year before gives as a proposal."""
    school, _schools = school_of(page, Action.ROLLOVER)
    year = year_of(page)
    stored = skolerute_of(page.session, school, year)
    if stored is not None:
        return _show(page, school, Typed.of(stored), stored)
    before = skolerute_of(page.session, school, year.previous)
    if before is None:
        return _show(page, school, Typed(year, dict.fromkeys(DAYS, ""), []))
    return _show(page, school, Typed.of(before.proposed_next()), proposed=True)


def preview(page: Page) -> Response:
    """What the form would move."""
    return _try(page, saves=False)


def save(page: Page) -> Response:
    """Stores it, and moves what counts from it."""
    return _try(page, saves=True)


def take_back(page: Page) -> Response:
    """Undoes one's own change."""
    school, _schools = school_of(page, Action.ROLLOVER)
    year, act = year_of(page), page.act(SKOLERUTE)
    events = whole_acts(page, "hva")
    before = earlier(page.session, school, year, events, act)
    if before is None:
        take_away(page.session, school, year, act=act)
    else:
        set_skolerute(page.session, page.rules, school, before, act=act)
    return back_to(f"/skolerute?skole={school.id}&ar={year}&lagret=angret")


def _try(page: Page, *, saves: bool) -> Response:
    school, _schools = school_of(page, Action.ROLLOVER)
    year = year_of(page)
    stored = skolerute_of(page.session, school, year)
    typed = Typed.read(page, year)
    rute = typed.rute()
    meanwhile = page.form.get("sett", "") != _seen(stored)
    if rute is None:
        return _show(page, school, typed, stored, meanwhile=meanwhile, status=422)
    if stored == rute:
        typed.wrong["first_day"] = _("Ingenting er endret ennå.")
        return _show(page, school, typed, stored, meanwhile=meanwhile, status=422)
    act = page.act(SKOLERUTE)
    if saves and not meanwhile:
        first = next_event(page)
        set_skolerute(page.session, page.rules, school, rute, act=act)
        words = events_since(page, first)
        return back_to(f"/skolerute?skole={school.id}&ar={year}&lagret={words}")
    effect = tried(
        page.session,
        school,
        lambda: set_skolerute(page.session, page.rules, school, rute, act=act),
    )
    status = 422 if meanwhile else 200
    return _show(page, school, typed, stored, rute, effect, meanwhile=meanwhile, status=status)


def _seen(stored: Skolerute | None) -> str:
    """A word for the skolerute that a form was filled from."""
    return sha256(repr(stored).encode()).hexdigest()[:16]


def _show(
    page: Page,
    school: School,
    typed: Typed,
    stored: Skolerute | None = None,
    rute: Skolerute | None = None,
    effect: Effect | None = None,
    *,
    proposed: bool = False,
    meanwhile: bool = False,
    status: int = 200,
) -> Response:
    steps = {step.key: step for one in page.rules.of_school(school) for step in one.steps}
    lines = lines_of(effect, steps) if effect is not None else None
    known, this = years_of(page.session, school), Year.of(page.today)
    shown = rute or (stored if status == 200 else None)
    saved = page.request.query_params.get("lagret", "")
    return page.show(
        "skolerute.html",
        status=status,
        school=school,
        schools=school_of(page, Action.ROLLOVER)[1],
        year=typed.year,
        years=sorted({*known, this.previous, this, this.next, this.next.next, typed.year}),
        typed=typed,
        rows=[*typed.off, *[TypedOff()] * EMPTY_ROWS],
        wrong=typed.wrong,
        places=_places(typed),
        stored=stored,
        sett=_seen(stored),
        proposed=proposed,
        meanwhile=meanwhile,
        theirs=_theirs(stored) if meanwhile else [],
        count=shown.school_days if shown is not None else None,
        wanted=SCHOOL_DAYS,
        warnings=_warnings(shown, known) if shown is not None else [],
        holidays=holidays_of(typed.year),
        effect=None
        if lines is None or effect is None
        else {
            "lines": lines,
            "mails": reminders_in_words(lines, page.today),
            "figures": [],
            "problems": effect.problems,
        },
        tasks=effect.tasks if effect is not None else 0,
        saved=saved if saved == "angret" or forms.events(saved) is not None else None,
    )


def _places(typed: Typed) -> dict[str, str]:
    """The field that each mistake is mended in."""
    return {name: f"fra-{name[4:]}" if name.startswith("off-") else name for name in typed.wrong}


def _theirs(stored: Skolerute | None) -> list[str]:
    if stored is None:
        return [_("Skoleruten er tatt bort.")]
    return [
        _("Første skoledag {first}, siste {last}.").format(
            first=short_date(stored.first_day), last=short_date(stored.last_day)
        ),
        *(f"{_span(one.starts, one.ends)} {one.what}" for one in stored.off),
    ]


def _span(starts: date, ends: date) -> str:
    return short_date(starts) if starts == ends else f"{short_date(starts)}–{short_date(ends)}"


def _warnings(rute: Skolerute, known: list[Year]) -> list[str]:
    """What may be right, but is worth a look."""
    said = []
    count = rute.school_days
    if count != SCHOOL_DAYS:
        said.append(
            _("Året har {count} skoledager; et skoleår har vanligvis {wanted}.").format(
                count=count, wanted=SCHOOL_DAYS
            )
        )
    said += [
        _("{one} og {other} overlapper.").format(one=one.what, other=other.what)
        for one, other in rute.overlapping
    ]
    school_days = rute.days
    for name in ("first_day", "last_day"):
        day = getattr(rute, name)
        if not school_days.is_school_day(day):
            said.append(_("{day} er en fridag eller helg.").format(day=short_date(day)))
    if rute.year.next not in known:
        said.append(
            _("Skoleruten for {year} mangler: frister som regnes fra den, kan ikke settes.").format(
                year=rute.year.next
            )
        )
    return said
