"""The indicators of a school, beside last year's, and the pupils behind each number (ux S5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, or_, select
from sqlmodel import col
from starlette.responses import Response

from iopflow import measure
from iopflow.engine import undoing
from iopflow.forecast import FORESEEN
from iopflow.indicator_words import COUNTED, purpose
from iopflow.indicators import BY_CODE, INDICATORS, Indicator, version_of
from iopflow.measure import CLOCKED, Waited
from iopflow.models import Enrolment, Pupil, School, Unit
from iopflow.queries.access import sees_behind, visible_schools
from iopflow.queries.masking import FEWEST, SUMMED, few_reasons, is_few, mask
from iopflow.queries.needs import undecided
from iopflow.queries.places import NotFound
from iopflow.queries.remarks import raised_for, remarks_of
from iopflow.queries.tasks import Asked, tasks
from iopflow.registered import UNCLEAR
from iopflow.roles import Action, Place
from iopflow.schoolyear import Year
from iopflow.tellinger import frozen
from iopflow.texts import _, counted, percent, short_date, sort_key
from iopflow.web import forms, sheet
from iopflow.web.indicator_sheets import figures_sheet, pupils_sheet
from iopflow.web.late import Late, Rate, Typed, causes, late, open_to_causes, rates
from iopflow.web.outcomes import ended
from iopflow.web.page import Page
from iopflow.web.remarks import TypedRemark, just_said, said_of, schools_for
from iopflow.web.wheel import year_of
from iopflow.words import cause_word, reason_word, result_word


@dataclass(frozen=True, slots=True)
class Shown:
    """One indicator of one school: this year, and last year's rate."""

    code: str
    number: str
    title: str
    rate: str
    share: str
    before: str
    then: str  # last year's on the same day, where this year's is not counted yet
    frozen: str
    entry: Mapping[str, Any]
    more: Sequence[Rate]  # the other two ways to count, where one of them says something else
    said: str = ""  # whether there is a comment, and how many measures


def indicators(page: Page) -> Response:
    """All indicators of one school and year."""
    school, schools = school_of(page, Action.FIGURES)
    year = year_of(page)
    entries = _entries(page, school, year)
    told = frozen(page.session, schools=[school.number], year=year, numbered=True)
    kept = _frozen(page, told)
    before = _entries(page, school, year.previous)
    now = year == Year.of(page.today)
    then = _entries(page, school, year.previous, today=year_ago(page.today)) if now else {}
    said = _said(page, school, year)
    shown = [
        Shown(
            one.code,
            one.number,
            one.title.get(),
            rate_word(entries[one.code]),
            share_word(entries[one.code]),
            rate_word(before[one.code]),
            _then(entries[one.code], then.get(one.code)),
            kept.get(one.code, ""),
            entries[one.code],
            _more(page, entries[one.code]),
            said.get(one.code, ""),
        )
        for one in INDICATORS
    ]
    if sheet.is_wanted(page):
        return sheet.download(page, figures_sheet(shown))
    return page.show(
        "indicators.html",
        school=school,
        schools=schools,
        year=year,
        years=[year.previous, year, year.next],
        is_now=now,
        shown=shown,
        compares=len(led_schools(page)) > 1,
        just_frozen=_just_frozen(page, told),
        freezes=page.who.may(Action.FREEZE),
        download=sheet.address(page),
    )


def _said(page: Page, school: School, year: Year) -> dict[str, str]:
    """What is said of each figure and done about it, in few words, for those who may read it."""
    if school.number not in schools_for(page, Action.REMARKS):
        return {}
    told = {}
    for code, one in remarks_of(page.session, school.number, year).items():
        still = sum(row.is_open for row in one.measures)
        words = [_("kommentert")] if one.comment else []
        words += [counted(still, _("{n} åpent tiltak"), _("{n} åpne tiltak"))] if still else []
        told[code] = ", ".join(words)
    return told


def _more(page: Page, entry: Mapping[str, Any]) -> Sequence[Rate]:
    if not page.who.may(Action.EXPLAIN) or not (entry["justified"] or entry["done_late"]):
        return ()
    return rates(entry)[1:]


def indicator(
    page: Page,
    *,
    typed: Typed | None = None,
    remark: TypedRemark | None = None,
    status: int = 200,
) -> Response:
    """One indicator: what it means, its numbers, what is late, and the pupils behind them."""
    code = str(page.request.path_params["code"])
    if code not in BY_CODE:
        raise NotFound(_("Fant ikke indikatoren «{code}».").format(code=code[:20]))
    school, schools = school_of(page, Action.FIGURES)
    year = year_of(page)
    one = BY_CODE[code]
    family = _entries(page, school, year, (one,))
    entry = family[code]
    told = late(page, one, school, year)
    explains = page.who.may(Action.EXPLAIN)
    pupils = _behind(page, one, school, year, told) if explains else None
    page.listed[school.number] = len({line["pupil"] for line in pupils or () if line["pupil"]})
    if pupils is not None and sheet.is_wanted(page):
        return sheet.download(page, pupils_sheet(one, pupils, is_late=told is not None))
    return page.show(
        "indicator.html",
        status=status,
        indicator=one,
        title=one.title.get(),
        school=school,
        schools=schools,
        year=year,
        purpose=purpose(code).get(),
        counted_as=COUNTED[code].get(),
        unclear=[text.get() for text in UNCLEAR.get(one.number, ())],
        entry=entry,
        version=version_of(entry["definition"]),
        foreseen=entry["provisional"] and one in FORESEEN,
        excluded=_excluded(entry, family, whole=leads_school(page, school)),
        rate=rate_word(entry),
        read_to=_day(entry["as_of"]),
        usual_day=date.fromisoformat(entry["as_of"]) if entry["as_of"] else page.today,
        rates=ways_to_count(entry, explains=explains) if told is not None else [],
        late=told,
        few=FEWEST,
        since=_since(entry, told),
        ended=ended(page, school, told.pupils) if told is not None else {},
        clocked=code in CLOCKED,
        pupils=pupils,
        links=told.links({line["pupil"]: line["name"] for line in pupils})
        if told is not None and pupils is not None
        else [],
        gives=any(line["task"] for line in pupils or ()),
        causes=causes(),
        typed=typed,
        just=_just(page) if typed is None else None,
        said=said_of(page, code, school, year),
        remark=remark,
        back=f"/indikatorer/{code}?skole={school.id}&ar={year}",
        just_said=just_said(page) if remark is None else None,
        undecided=_undecided(page, one, school, year),
        download=sheet.address(page) if typed is None and remark is None else "",
    )


def ways_to_count(entry: Mapping[str, Any], *, explains: bool) -> Sequence[Rate]:
    """The three ways to count; the first alone for those who see no pupils, where another would
    tell of one to four.
    """
    few = any(is_few(entry[name] or 0) for name in ("justified", "done_late"))
    return rates(entry)[:1] if few and not explains else rates(entry)


def leads_school(page: Page, school: School) -> bool:
    """Whether all figures of the school are the person's to see, with those of few pupils."""
    return page.who.is_everyone or school.number in page.who.at(Place.SCHOOL, Action.FIGURES)


def _excluded(
    entry: Mapping[str, Any], family: Mapping[str, Mapping[str, Any]], *, whole: bool
) -> list[str]:
    """How many are left out, by the reason; for those who do not lead the school not how many where
    they are one to four, nor where a half of one to four could be told from it.
    """
    few = _("under {n}").format(n=FEWEST)
    hidden = (
        set() if whole else {why for one in family.values() for why in few_reasons(one, family)}
    )
    return [
        reason_word(why)
        if why in hidden and not is_few(n)
        else f"{few if why in hidden else n} {reason_word(why)}"
        for why, n in entry["excluded"].items()
    ]


@dataclass(frozen=True, slots=True)
class Just:
    """The causes that were given before this page: for which tasks, and what takes them back."""

    tasks: Sequence[int]
    events: str
    unproven: bool
    undone: bool
    too_late: bool = False


def _just(page: Page) -> Just | None:
    """Only what the person did: the address of a page is nobody's word that it is recorded."""
    asked = page.request.query_params
    if asked.get("ord") == "angret":
        return Just((), "", unproven=False, undone=True)
    ids = forms.known_numbers(asked.get("fort", "").split(","))
    if not ids:
        return None
    events = forms.events(asked.get("hva", ""))
    if events is None:
        return Just((), "", unproven=False, undone=False)
    mine = undoing.touched(page.session, events, page.act("see"))
    rows = tasks(page.session, page.rules, page.who, Asked(ids=ids), today=page.today)
    found = [row.id for row in rows if undoing.subject_of(row) in mine]
    if not found:
        return None
    unproven = asked.get("uten") == "bevis"
    late_for_it = asked.get("dag") == "sen"
    return Just(found, asked.get("hva", ""), unproven=unproven, undone=False, too_late=late_for_it)


def _undecided(page: Page, one: Indicator, school: School, year: Year) -> int:
    """Pupils whom P1 and P2 do not count yet, as far as the person may decide on them."""
    if one.code not in {"P1", "P2"} or not page.who.may(Action.REGISTER_CASE):
        return 0
    return undecided(page.session, page.who, [school], year, today=page.today)[school.number]


def rate_word(entry: Mapping[str, Any]) -> str:
    """A rate as people read it, or why there is none."""
    if entry["problem"]:
        return "•" if entry.get("masked") else "–"
    if entry["rate"] is None:
        return _("ikke aktuelt")
    return percent(entry["rate"], 0)


def share_word(entry: Mapping[str, Any]) -> str:
    """How many of how many; empty where that is not shown, or there is nobody."""
    if entry["problem"] or not entry["denominator"]:
        return ""
    return f"{entry['numerator']}/{entry['denominator']}"


def _just_frozen(page: Page, found: Sequence[Mapping[str, Any]]) -> str:
    """What was frozen before this page, by what is frozen: the address alone says nothing."""
    asked = page.request.query_params.get("frosset")
    one = next((one for one in found if one["counted"] == asked), None)
    if one is None:
        return ""
    day = _day(one["as_of"])
    if one["revision"] > 1:
        return _("Tallene per {day} er frosset som revisjon {n}.").format(
            day=day, n=one["revision"]
        )
    return _("Tallene per {day} er frosset.").format(day=day)


def _frozen(page: Page, found: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The newest frozen rate of each indicator, with its revision where there is more than one."""
    shown = {}
    for entry in mask(page.session, page.who, found):
        again = _(" (rev. {n})").format(n=entry["revision"]) if entry["revision"] > 1 else ""
        shown[entry["indicator"]] = rate_word(entry) + again
    return shown


def school_of(page: Page, action: Action) -> tuple[School, list[School]]:
    """The school of the address, or the first for which the person may do something, and all."""
    schools = visible_schools(page.who, page.session, action)
    asked = page.request.query_params.get("skole")
    found = next((one for one in schools if asked in (None, str(one.id))), None)
    if found is None:
        raise NotFound(_("Fant ikke skolen."))
    return found, schools


def led_schools(page: Page) -> list[School]:
    """The schools whose figures are the person's own work, by name: not those of a network."""
    at, of = (page.who.at(place, Action.FIGURES) for place in (Place.SCHOOL, Place.OWNER))
    schools = visible_schools(page.who, page.session, Action.FIGURES)
    led = [one for one in schools if one.number in at or one.owner in of]
    return sorted(led, key=lambda one: (sort_key(one.name), one.key))


def year_ago(day: date) -> date:
    """The same day of the year before; 28 February for the leap day."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def as_shown(one: measure.Figure) -> dict[str, Any]:
    """An entry with whether more is to be counted in it: of P10 the entry itself does not say."""
    return one.numbered() | {"running": one.running}


def _then(now: Mapping[str, Any], then: Mapping[str, Any] | None) -> str:
    """Last year's rate on the same day, beside one that is not counted yet."""
    if then is None or not now["running"] or then["problem"]:
        return ""
    return rate_word(then)


def _entries(
    page: Page,
    school: School,
    year: Year,
    only: Sequence[Indicator] | None = None,
    *,
    today: date | None = None,
) -> dict[str, dict[str, Any]]:
    if only is not None:  # what is hidden for the others' sake is hidden when it stands alone
        sums = {SUMMED[one.code] for one in only if one.code in SUMMED}
        only = [*only, *(BY_CODE[code] for code, whole in SUMMED.items() if whole in sums)]
        only = list({one.code: one for one in only}.values())
    found = measure.figures(
        page.session,
        schools=[school.number],
        year=year,
        today=today or page.today,
        indicators=only,
    )
    entries = mask(page.session, page.who, [as_shown(one) for one in found])
    return {one["indicator"]: one for one in entries}


_WAITS = frozenset({"open", "unknown", "done_late"})


def _behind(
    page: Page, one: Indicator, school: School, year: Year, told: Late | None
) -> list[dict[str, Any]]:
    """The pupils of the figure whom the person may see, those it waits for first."""
    found = measure.explain(
        page.session,
        one,
        schools=[school.number],
        year=year,
        today=page.today,
        visible=sees_behind(page.who, one, col(Pupil.id)),
    )
    pupils = pupils_by_key(page, [line["pupil"] for line in found if line["pupil"]], school)
    waits = told.pupils if told is not None else {}
    shown = {line["pupil"] for line in found}
    late_ones = {waited.pupil_id for key, waited in waits.items() if key in shown and waited.counts}
    able = open_to_causes(page, one, school, year, late_ones)
    raised = _raised(page, one, school, year)
    order = ("open", "unknown", "done_late", "numerator", "excluded", "not_counted")
    lines = []
    for line in found:
        pupil, waited = pupils.get(line["pupil"]), waits.get(line["pupil"])
        later = waited.line if waited is not None and _came_later(line, waited) else None
        lines.append(
            line
            | {
                "name": pupil.name if pupil is not None else line.get("unit", ""),
                "klasse": pupil.klasse or "" if pupil is not None else "",
                "waits": line["result"] in _WAITS,
                "number": pupil.id if pupil is not None else None,
                "case": pupil.id if pupil is not None and pupil.here else None,
                "result_word": _result(line, waited),
                "reason_word": reason_word(line["reason"]),
                "on_day": _day((later or line)["on"]),
                "recorded_day": _day((later or line)["recorded_on"]),
                "late_days": waited.late_days if waited is not None else 0,
                "where": waited.went if waited is not None else "",
                "causes": [
                    (cause_word(said.cause), said.evidence)
                    for said in (waited.causes if waited is not None else ())
                    if said.cause is not None
                ],
                "raised": raised.get(pupil.id, ()) if pupil is not None else (),
                "task": able.get(waited.pupil_id) if waited is not None else None,
            }
        )
    return sorted(lines, key=lambda line: (order.index(line["result"]), line["name"]))


def _came_later(line: Mapping[str, Any], waited: Waited) -> bool:
    """Whether it was open on the day the figure is read to, and is there today."""
    return line["result"] == "open" and waited.result == "done_late"


def _result(line: Mapping[str, Any], waited: Waited | None) -> str:
    """What became of it: of what came after the day of the figure, how long after its limit."""
    if waited is not None and waited.late_days and _came_later(line, waited):
        return counted(waited.late_days, _("kom {n} dag etter"), _("kom {n} dager etter"))
    return result_word(line["result"], line["indicator"])


def _since(entry: Mapping[str, Any], told: Late | None) -> str:
    """The rate with what came after the day of the figure, where that is another."""
    if told is None or entry["problem"] or told.entry["rate_late"] is None:
        return ""
    hidden = entry["done_late"] is None
    if hidden or entry["as_of"] == told.entry["as_of"] or not entry["denominator"]:
        return ""
    then = (entry["numerator"] + entry["done_late"]) / entry["denominator"]
    now = told.entry["rate_late"]
    return percent(now, 0) if percent(now, 0) != percent(then, 0) else ""


def _raised(page: Page, one: Indicator, school: School, year: Year) -> Mapping[int, Sequence[int]]:
    """The deviations that are open about the figure, by pupil, for those who read them."""
    if school.number not in schools_for(page, Action.REMARKS):
        return {}
    return raised_for(page.session, school.number, year, one.code)


def _day(iso: str | None) -> str:
    return short_date(date.fromisoformat(iso)) if iso else ""


def pupils_by_key(page: Page, keys: Sequence[str], school: School) -> dict[str, Any]:
    """The pupils by id: number, name, the class at the school today or the last one, and whether
    the school has the pupil, and so the case.
    """
    here = exists(
        select(col(Enrolment.id)).where(
            col(Enrolment.pupil_id) == col(Pupil.id),
            col(Enrolment.school_id) == school.number,
            or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= page.today),
        )
    )
    klasse = (
        select(col(Unit.name))
        .join(Enrolment, col(Enrolment.class_id) == col(Unit.id))
        .where(
            col(Enrolment.pupil_id) == col(Pupil.id),
            col(Enrolment.school_id) == school.number,
            col(Enrolment.starts) <= page.today,
        )
        .order_by(col(Enrolment.starts).desc())
        .limit(1)
        .scalar_subquery()
    )
    wanted = (col(Pupil.id), col(Pupil.key), col(Pupil.name), klasse.label("klasse"))
    rows = page.session.execute(
        select(*wanted, here.label("here")).where(
            col(Pupil.owner_id) == school.owner_id, col(Pupil.key).in_(keys)
        )
    )
    return {row.key: row for row in rows}
