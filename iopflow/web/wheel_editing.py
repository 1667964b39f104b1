"""Årshjulet vårt: a school's own dates, roles and steps, seen before they are saved (ux S2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from iopflow.days import MissingSkolerute
from iopflow.engine.own_wheel import LONGEST, changed_steps, set_own
from iopflow.engine.redating import Effect, Place, tried
from iopflow.models import School
from iopflow.queries.own_wheel import OWN_WHEEL, Revision, revisions
from iopflow.queries.places import NotFound, calendars
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.roles import RESPONSIBLE, ROLES, Action
from iopflow.schoolyear import SchoolYear, Year
from iopflow.texts import _
from iopflow.web.effects import figures_in_words, lines_of, reminders_in_words
from iopflow.web.indicators import school_of
from iopflow.web.page import Page, back_to
from iopflow.web.wheel_changes import (
    COHORTS,
    SUBJECTS,
    TypedStep,
    Wrong,
    changes_of,
    placed,
)
from iopflow.web.wheel_days import BEFORE, kinds, units
from iopflow.web.wheel_differences import Difference, differences
from iopflow.wheel import BINDING, OwnChanges, Step, Wheel, WheelError

NEW = "nytt"
SHOWN = 20  # revisions


@dataclass(frozen=True, slots=True)
class StepRow:
    """A line of the list: a step with its dates in two years served."""

    key: str
    title: str
    this: date | None
    was: date | None
    next: date | None
    basis: str
    responsible: str
    used: bool
    own: bool


def edit(page: Page) -> Response:
    """All steps, or the form of the one that the address names."""
    school, _schools = school_of(page, Action.WHEEL)
    asked = page.request.query_params.get("steg")
    if asked is None:
        return _list(page, school)
    if asked == NEW:
        return _form(page, school, TypedStep.new(_years(page)[0]))
    step = _step(page, school, asked)
    return _form(page, school, TypedStep.of(step, _first_year(page, school, step)))


def preview(page: Page) -> Response:
    """What the form would change, before it is saved."""
    return _try(page, saves=False)


def save(page: Page) -> Response:
    """Saves it: the rules, and the dates of what is open."""
    return _try(page, saves=True)


def go_back(page: Page) -> Response:
    """Makes the wheel what it was before the newest change, or before an earlier one.

    What it moves is shown first where the form asks for it, and wherever the dates would count from
    another wheel than now: schools.csv may have given the school another since the change.
    """
    school, _schools = school_of(page, Action.WHEEL)
    found = revisions(page.session, school)
    asked = next((one for one in found if str(one.number) == page.form.get("til")), None)
    if asked is None:
        raise NotFound(_("Fant ikke endringen: åpne siden på nytt."))
    if page.form.get("revisjon") != str(found[0].number):
        raise Refused(_("Årshjulet er endret siden du åpnet siden: se hva som står der nå."))
    base, now = _base(school, asked.before), _base(school, school.own_wheel)
    seen = page.form.get("sett", "") == base
    if not seen and (page.form.get("se") or base != now):
        return _show_back(page, school, asked, found[0])
    _set(page, page.rules, school, asked.before)
    return back_to(f"/arshjul/rediger?skole={school.id}&lagret=angret")


def _base(school: School, text: str | None) -> str:
    """The wheel that a text of the school's own changes counts from."""
    return school.wheel_of_others if text is None else OwnChanges.parse(text).extends


def _show_back(page: Page, school: School, asked: Revision, newest: Revision) -> Response:
    """What it would move to go back.

    Raises Refused where the changes of then cannot stand any more.
    """
    rules, text = Rules(page.site.settings.wheel_directories), asked.before
    try:
        effect = tried(page.session, school, lambda: _set(page, rules, school, text))
        wheels = rules.of_school(school)[0], rules.wheel(text or school.wheel_of_others)
    except WheelError as wrong:
        raise Refused(str(wrong)) from wrong
    return page.show(
        "wheel_back.html",
        school=school,
        asked=asked,
        newest=newest,
        base=_base(school, text),
        now=_base(school, school.own_wheel),
        effect=_in_words(page, school, wheels, effect),
    )


def download(page: Page) -> Response:
    """The changes as a file that `iopflow wheel check` reads."""
    school, _schools = school_of(page, Action.WHEEL)
    if school.own_wheel is None:
        raise NotFound(_("Skolen har ingen egne endringer i årshjulet."))
    return Response(
        school.own_wheel,
        media_type="application/toml",
        headers={"content-disposition": 'attachment; filename="arshjulet-vart.toml"'},
    )


def _try(page: Page, *, saves: bool) -> Response:
    school, _schools = school_of(page, Action.WHEEL)
    typed, wrong = TypedStep.read(page.form, _years(page)), Wrong()
    found = revisions(page.session, school)
    newest = str(found[0].number) if found else "0"
    meanwhile = page.form.get("revisjon", "0") != newest
    # Rules of this request only: what is tried and not saved is not kept.
    rules = Rules(page.site.settings.wheel_directories)
    own = changes_of(typed, _own(school), rules, wrong)
    text = own.written() if own is not None else None
    if text is not None and len(text) > LONGEST:
        wrong.note("frist", _("Det er for mange egne endringer: ta noen tilbake først."))
    if own is None or wrong.fields:
        return _form(page, school, typed, wrong=wrong, meanwhile=meanwhile, status=422)
    try:
        effect = tried(page.session, school, lambda: _set(page, rules, school, text))
    except WheelError as refused:
        step = _step(page, school, typed.key).of_year(typed.since) if typed.key else None
        placed(refused.problems, step, wrong)
        return _form(page, school, typed, wrong=wrong, meanwhile=meanwhile, status=422)
    wheels = rules.of_school(school)[0], rules.wheel(text or school.wheel_of_others)
    if not changed_steps(*wheels, _years_open(page)):
        wrong.note("frist", _("Ingenting er endret ennå."))
        return _form(page, school, typed, wrong=wrong, meanwhile=meanwhile, status=422)
    if meanwhile:
        return _form(page, school, typed, wheels, effect, meanwhile=True, status=422)
    if saves:
        _set(page, page.rules, school, text)
        return back_to(f"/arshjul/rediger?skole={school.id}&lagret=ja")
    return _form(page, school, typed, wheels, effect)


def _set(page: Page, rules: Rules, school: School, text: str | None) -> Effect:
    act, years = page.act(OWN_WHEEL), _years_open(page)
    return set_own(page.session, rules, school, text, years=years, act=act)


def _own(school: School) -> OwnChanges:
    if school.own_wheel is None:
        return OwnChanges(school.wheel_of_others)
    return OwnChanges.parse(school.own_wheel)


def _years(page: Page) -> tuple[Year, ...]:
    """The years served from which a change may begin."""
    this = Year.of(page.today)
    return (this, this.next, this.next.next)


def _years_open(page: Page) -> tuple[Year, ...]:
    """The years served that may be open: last year's is corrected by undoing only."""
    this = Year.of(page.today)
    return (this.previous, this, this.next, this.next.next)


def _step(page: Page, school: School, key: str) -> Step:
    wheel = page.rules.of_school(school)[0]
    if key not in wheel:
        raise NotFound(_("Fant ikke steget i årshjulet til skolen."))
    return wheel[key]


def _first_year(page: Page, school: School, step: Step) -> Year:
    """The first year served whose date of the step has not gone by."""
    wheel, rute = page.rules.of_school(school)[0], _rute(page, school)
    years = _years(page)
    for year in years:
        due = _due(wheel, step, year, rute)
        if due is None or due >= page.today:
            return year
    return years[0]


def _rute(page: Page, school: School) -> dict[Year, SchoolYear]:
    return calendars(page.session, [school.number]).get(school.number, {})


def _due(wheel: Wheel, step: Step, year: Year, rute: Mapping[Year, SchoolYear]) -> date | None:
    step = step.of_year(year)
    if step.off or not step.lives_in(year):
        return None
    try:
        return wheel.dates(step, year, rute.get).due
    except MissingSkolerute:
        return None


def _list(page: Page, school: School) -> Response:
    wheels, rute = page.rules.of_school(school), _rute(page, school)
    this, _next, _later = _years(page)
    found = revisions(page.session, school)
    saved = page.request.query_params.get("lagret")
    return page.show(
        "wheel_own.html",
        school=school,
        schools=school_of(page, Action.WHEEL)[1],
        year=this,
        rows=[_row(wheels[0], step, this, rute) for step in wheels[0].steps if _dated(step)],
        others=[_row(wheels[0], step, this, rute) for step in wheels[0].steps if not _dated(step)],
        network=[_row(wheels[1], step, this, rute) for step in wheels[1].steps]
        if len(wheels) > 1
        else [],
        history=[(one, _differences(page, school, one)) for one in found[:SHOWN]],
        newest=found[0] if found else None,
        saved=saved if saved in {"ja", "angret"} else None,
    )


def _dated(step: Step) -> bool:
    """Whether the step has a day that is the same for many, and not one of each case."""
    return step.due is not None and not step.due.day.is_fact


def _row(wheel: Wheel, step: Step, year: Year, rute: Mapping[Year, SchoolYear]) -> StepRow:
    of_year = step.of_year(year)
    due = _due(wheel, step, year, rute)
    was = _due(wheel, of_year.shared, year, rute)
    return StepRow(
        step.key,
        step.title.get(),
        due,
        was if was != due and of_year.unchanged is not None else None,
        _due(wheel, step, year.next, rute),
        basis_word(step),
        role_word(of_year.responsible),
        not of_year.off,
        step.unchanged is not None or step.key.startswith("egen."),
    )


def _differences(page: Page, school: School, one: Revision) -> list[Difference]:
    try:
        wheels = [
            page.rules.wheel(text or school.wheel_of_others) for text in (one.before, one.after)
        ]
    except WheelError:  # changed by a wheel file since then
        return []
    return differences(*wheels)


def _form(
    page: Page,
    school: School,
    typed: TypedStep,
    wheels: tuple[Wheel, Wheel] | None = None,
    effect: Effect | None = None,
    *,
    wrong: Wrong | None = None,
    meanwhile: bool = False,
    status: int = 200,
) -> Response:
    step = _step(page, school, typed.key).of_year(typed.since) if typed.key else None
    found = revisions(page.session, school)
    shown: dict[str, Any] = {"lines": None, "mails": [], "figures": [], "problems": []}
    if wheels is not None and effect is not None:
        shown = _in_words(page, school, wheels, effect)
    return page.show(
        "wheel_step.html",
        status=status,
        school=school,
        typed=typed,
        step=step,
        basis=basis_word(step) if step is not None else "",
        bound=step is not None and step.date_basis in BINDING,
        fixed=step is not None and not _dated(step),
        years=[(str(year), str(year)) for year in _years(page)],
        due_kinds=kinds(opens=False, days=step.due if step else None),
        opens_kinds=kinds(opens=True, days=step.opens if step else None),
        units=units(),
        before=BEFORE,
        roles=_roles(step),
        subjects=[(one, _subject(one)) for one in SUBJECTS],
        cohorts=[(one, _cohort(one)) for one in COHORTS],
        weekends=[(one, _weekend(one)) for one in ("internal", "counting", "statutory")],
        revision=found[0].number if found else 0,
        theirs=_differences(page, school, found[0]) if meanwhile and found else [],
        meanwhile=meanwhile,
        wrong=wrong.fields if wrong is not None else {},
        effect=shown,
    )


def _in_words(
    page: Page, school: School, wheels: tuple[Wheel, Wheel], effect: Effect
) -> dict[str, Any]:
    """What a change from one wheel to another does, as a preview tells it."""
    concerned = changed_steps(*wheels, _years_open(page))
    rute = _rute(page, school)
    days: dict[Place, tuple[date | None, date | None]] = {
        (year, key): (
            _due(wheels[0], was, year, rute) if was else None,
            _due(wheels[1], now, year, rute) if now else None,
        )
        for (year, key), (was, now) in concerned.items()
    }
    steps = {**wheels[0].by_key, **wheels[1].by_key}
    lines = lines_of(effect, steps, days)
    return {
        "lines": lines,
        "mails": reminders_in_words(lines, page.today),
        "figures": figures_in_words(steps[key] for _year, key in concerned),
        "problems": effect.problems,
        "said": differences(*wheels),
    }


def _roles(step: Step | None) -> list[tuple[str, str]]:
    """Who may answer for a step; guardians only where the wheel itself says so."""
    keys = [*RESPONSIBLE, *([step.responsible] if step is not None else [])]
    return [(key, ROLES[key].title.get()) for key in dict.fromkeys(keys)]


def basis_word(step: Step) -> str:
    """What a step rests on, with the paragraph where it is law, and whose its date is."""
    word = {
        "law": _("lov"),
        "regulation": _("forskrift"),
        "guidance": _("veiledning"),
        "network": _("nettverket"),
        "local": _("skolen"),
    }[step.basis]
    if step.basis not in BINDING or not step.law:
        return word
    if step.date_basis in BINDING or step.due is None or step.due.day.is_fact:
        return f"{word}: {step.law}"
    return _("{basis}: {law}; datoen er skolens").format(basis=word, law=step.law)


def role_word(key: str) -> str:
    """A role, as it is called."""
    return ROLES[key].title.get() if key in ROLES else key


def _subject(scope: str) -> str:
    return {
        "pupil": _("hver elev"),
        "class": _("hver klasse"),
        "unit": _("hver avdeling"),
        "school": _("skolen"),
    }[scope]


def _cohort(cohort: str) -> str:
    return {"enrolled": _("alle elever"), "iop": _("elever med IOP")}[cohort]


def _weekend(policy: str) -> str:
    return {
        "internal": _("siste arbeidsdag før"),
        "counting": _("dagen som den er"),
        "statutory": _("neste virkedag, som lovens frister"),
    }[policy]
