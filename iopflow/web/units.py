"""Klasser og avdelinger: new, renamed, split, merged, moved and closed; shown first, then done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from iopflow.engine import reversing, units
from iopflow.engine.units import Changed
from iopflow.models import School, Unit, UnitKind
from iopflow.queries.access import NotAllowed
from iopflow.queries.places import NotFound
from iopflow.queries.units import pupils_of, school_by_number, unit_at, units_of
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date
from iopflow.web import forms
from iopflow.web.page import Page, back_to
from iopflow.web.undone import events_since, next_event, whole_acts

AHEAD = timedelta(days=400)  # how far ahead a change of classes may be decided
Do = Callable[[], Changed]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form said, why it was refused, and what it would do."""

    word: str
    typed: Mapping[str, str] = field(default_factory=dict)
    pupils: frozenset[int] = frozenset()
    why: str = ""
    at: str = ""  # the field that is wrong
    changed: Changed | None = None
    seen: str = ""
    meanwhile: bool = False


NOTHING = Asked("")


def overview(page: Page, asked: Asked = NOTHING, status: int = 200) -> Response:
    """The units of a school."""
    wanted = asked.typed.get("skole") or page.request.query_params.get("skole")
    school, schools = school_by_number(page.session, page.who, wanted, Action.IMPORT)
    rows = units_of(page.session, school, page.today)
    return page.show(
        "units.html",
        status=status,
        school=school,
        schools=schools,
        rows=[one for one in rows if one.closed_on is None or one.closed_on > page.today],
        closed=[one for one in rows if one.closed_on is not None and one.closed_on <= page.today],
        asked=asked,
        said=_said(page),
        events=_events(page),
    )


def new(page: Page) -> Response:
    """A new class or avdeling."""
    number = page.form.get("skole", "")
    school, _schools = school_by_number(page.session, page.who, number, Action.IMPORT)
    first = next_event(page)
    try:
        if page.form.get("kind") not in set(UnitKind):
            raise forms.Unclear(_("Velg klasse eller avdeling."))
        kind = UnitKind(page.form["kind"])
        parent = _parent(page, school) if kind is UnitKind.KLASSE else None
        name = page.form.get("name", "")
        with page.session.begin_nested():
            units.create(page.session, school, kind, name, page.act("unit_new"), parent=parent)
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return overview(page, Asked("ny", page.form, why=str(refused), at="navn"), 422)
    return _back(page, f"/enheter?skole={school.id}", first, "ny")


def one(page: Page, asked: Asked = NOTHING, status: int = 200) -> Response:
    """One unit with all that can be done to it."""
    school, unit = _unit(page)
    rows = units_of(page.session, school, page.today)
    row = next(one for one in rows if one.id == unit.id)
    inside = (
        pupils_of(page.session, page.who, school, page.today, class_id=unit.number)
        if row.is_class
        else []
    )
    use = [one for one in rows if one.closed_on is None]
    return page.show(
        "unit.html",
        status=status,
        school=school,
        unit=row,
        below=[one for one in use if one.parent_id == unit.id],
        inside=inside,
        hidden=row.pupils - len(inside),
        others=[one for one in use if one.is_class and one.id != unit.id],
        parents=[one for one in use if not one.is_class],
        asked=asked,
        said=_said(page),
        events=_events(page),
    )


def rename(page: Page) -> Response:
    """Another name."""
    school, unit = _unit(page)
    act = page.act("unit_name", _reason(page))
    name = page.form.get("name", "")
    return _at_once(page, "navn", lambda: units.rename(page.session, school, unit, name, act))


def move(page: Page) -> Response:
    """Another avdeling."""
    school, unit = _unit(page)
    act = page.act("unit_avdeling", _reason(page))
    return _at_once(
        page,
        "avdeling",
        lambda: units.move(page.session, school, unit, _parent(page, school), act),
    )


def split(page: Page) -> Response:
    """Some pupils go on in a new class."""
    school, unit = _unit(page)
    chosen = forms.known_numbers(page.many("pupil"))

    def do() -> Changed:
        inside = pupils_of(page.session, page.who, school, page.today, class_id=unit.number)
        if not set(chosen) <= {one.pupil_id for one in inside}:
            raise NotFound(_("Fant ikke eleven: åpne siden på nytt."))
        return units.split(
            page.session,
            page.rules,
            school,
            unit,
            chosen,
            page.form.get("name", ""),
            _day(page),
            page.act("unit_split", _reason(page)),
        )

    return _shown_first(page, "del", do)


def merge(page: Page) -> Response:
    """All pupils go on in another class."""
    school, unit = _unit(page)

    def do() -> Changed:
        number = next(iter(forms.known_numbers([page.form.get("til", "")])), None)
        if number is None:
            raise forms.Unclear(_("Velg en annen klasse å slå sammen med."))
        other_school, other = unit_at(page.session, page.who, number, Action.IMPORT)
        if other_school.id != school.id:
            raise NotFound(_("Fant ikke klassen eller avdelingen."))
        act = page.act("unit_merge", _reason(page))
        return units.merge(page.session, page.rules, school, unit, other, _day(page), act)

    return _shown_first(page, "sla-sammen", do)


def close(page: Page) -> Response:
    """In use no more."""
    school, unit = _unit(page)

    def do() -> Changed:
        act = page.act("unit_close", _reason(page))
        return units.close(page.session, school, unit, _day(page), act)

    return _shown_first(page, "lukk", do)


def undo(page: Page) -> Response:
    """Takes back one's own change of units as a whole."""
    number = page.form.get("skole", "")
    school, _schools = school_by_number(page.session, page.who, number, Action.IMPORT)
    events = whole_acts(page, "hva")
    reversing.take_back(page.session, events, units.ACTS, page.act("unit_undo", _("angret")))
    return back_to(f"/enheter?skole={school.id}&ord=angret")


def _at_once(page: Page, word: str, do: Do) -> Response:
    first = next_event(page)
    try:
        with page.session.begin_nested():
            do()
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return one(page, _asked(page, word, refused), 422)
    return _back(page, f"/enheter/{page.request.path_params['number']}", first, word)


def _shown_first(page: Page, word: str, do: Do) -> Response:
    """Shows what it would do; does it when what is done is what was shown."""
    first = next_event(page)
    try:
        with page.session.begin_nested() as tried:
            changed = do()
            seen = _seen(changed)
            agreed = page.form.get("gjor") == "ja" and page.form.get("seen") == seen
            if not agreed:
                tried.rollback()
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return one(page, _asked(page, word, refused), 422)
    if agreed:
        return _back(page, f"/enheter/{page.request.path_params['number']}", first, word)
    meanwhile = page.form.get("gjor") == "ja"
    page.session.expire_all()
    shown = _asked(page, word, changed=changed, seen=seen, meanwhile=meanwhile)
    return one(page, shown, 422 if meanwhile else 200)


def _asked(
    page: Page,
    word: str,
    refused: Refused | None = None,
    *,
    changed: Changed | None = None,
    seen: str = "",
    meanwhile: bool = False,
) -> Asked:
    pupils = frozenset(forms.known_numbers(page.many("pupil")))
    why = "" if refused is None else str(refused)
    at = "" if refused is None else _field(page, word, refused)
    return Asked(word, page.form, pupils, why, at, changed, seen, meanwhile)


def _field(page: Page, word: str, refused: Refused) -> str:
    """The field that a refusal is about, by its id on the page; else the part of the page."""
    if word == "sla-sammen" and not page.form.get("til"):
        return "til"
    if isinstance(refused, (forms.Unclear, units.TooEarly)):
        return f"dag-{word}"
    if word == "del":
        return "ny-klasse" if page.many("pupil") else "hvem"
    return "navn" if word == "navn" else f"gjor-{word}"


def _seen(changed: Changed) -> str:
    return f"{changed.pupils}-{changed.roles}-{changed.closed_tasks}-{changed.new_tasks}"


def _unit(page: Page) -> tuple[School, Unit]:
    number = next(iter(forms.known_numbers([page.request.path_params["number"]])), 0)
    return unit_at(page.session, page.who, number, Action.IMPORT)


def _parent(page: Page, school: School) -> Unit | None:
    word = page.form.get("parent", "")
    if not word:
        return None
    number = next(iter(forms.known_numbers([word])), 0)
    other, parent = unit_at(page.session, page.who, number, Action.IMPORT)
    if other.id != school.id:
        raise NotFound(_("Fant ikke avdelingen."))
    return parent


def _day(page: Page) -> date:
    day = forms.day(page.form.get("on", ""), page.today)
    first, last = Year.of(page.today).on(8, 1), page.today + AHEAD
    if not first <= day <= last:
        raise forms.Unclear(
            _("Velg en dag fra {first} til {last}.").format(
                first=short_date(first), last=short_date(last)
            )
        )
    return day


def _reason(page: Page) -> str | None:
    return page.form.get("reason", "").strip() or None


def _back(page: Page, path: str, first: int, word: str) -> Response:
    events = events_since(page, first)
    sign = "&" if "?" in path else "?"
    return back_to(f"{path}{sign}{urlencode({'ord': word, 'hva': events})}")


def _said(page: Page) -> str:
    """What was done a moment ago, in words."""
    words = {
        "ny": _("Lagret: den nye enheten er klar til bruk."),
        "navn": _("Det nye navnet er lagret."),
        "avdeling": _("Lagret: klassen er flyttet."),
        "del": _("Klassen er delt."),
        "sla-sammen": _("Klassene er slått sammen."),
        "lukk": _("Lagret: enheten er lukket."),
        "angret": _("Angret: alt står som før."),
    }
    return words.get(page.request.query_params.get("ord", ""), "")


def _events(page: Page) -> str:
    word = page.request.query_params.get("hva", "")
    return word if forms.events(word) is not None else ""
