"""Samtaler: the talks of a year and kind, who was invited and what came of it (ux S5b)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from iopflow.queries.questions import people_by_key
from iopflow.queries.talks import Came, Counts, Talk, counts, talks_of
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, percent, sort_key
from iopflow.web import forms, sheet
from iopflow.web.bulk import MOST, Choice, classes_of
from iopflow.web.mine import Typed, just_done
from iopflow.web.page import Page
from iopflow.web.rows import Line, lines
from iopflow.web.sheet import Sheet
from iopflow.web.wheel import year_of
from iopflow.words import WAYS, came_word, way_word

NOT_INVITED, NO_ANSWER, NOT_HELD = "ikke-invitert", "ikke-svar", "ikke-holdt"
_SIGNS: Mapping[Came, str] = {
    Came.HELD: "✓",
    Came.DECLINED: "–",
    Came.NO_REPLY: "?",
    Came.CANCELLED: "×",
    Came.NOT_POSSIBLE: "×",
    Came.INVITED: "◐",
    Came.NOT_INVITED: "○",
}
_ASIDE = frozenset({Came.INVITED, Came.NOT_INVITED, Came.HELD})  # what is no answer


@dataclass(frozen=True, slots=True)
class Row:
    """One talk of the list. `answer` is what was said to the invitation, in words."""

    talk: Talk
    line: Line
    unit: str
    sign: str
    word: str
    how: str
    answer: str
    responsible: str

    @property
    def held_on(self) -> date | None:
        """The day it was held."""
        return self.line.happened_on if self.talk.came is Came.HELD else None


def ledger(page: Page, *, typed: Typed | None = None, status: int = 200) -> Response:
    """The page: the numbers, then a line for each pupil with what can be recorded."""
    asked = page.request.query_params if typed is None else page.form
    year = year_of(page) if typed is None else _year(page, asked.get("ar", ""))
    all_talks = talks_of(page.session, page.rules, page.who, year, today=page.today)
    kinds = _kinds(all_talks)
    kind = _kind(all_talks, asked.get("slag", ""), page.today)
    of_kind = [one for one in all_talks if one.row.step.key == kind]
    classes = classes_of(page, [one.row for one in of_kind])
    unit = asked.get("klasse", "") if asked.get("klasse", "") in classes else ""
    in_class = [one for one in of_kind if not unit or one.row.subject_id in classes[unit][1]]
    only = asked.get("vis", "")
    chosen = [one for one in in_class if _is_shown(one, only)]
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(_rows(page, chosen, classes), kind))
    rows = _rows(page, chosen, classes)[:MOST]
    found = counts(in_class)
    return page.show(
        "talks.html",
        status=status,
        typed=typed,
        ticked=set(forms.known_numbers(page.many("task"))) if typed is not None else set(),
        year=year,
        years=[year.previous, year, year.next],
        kinds=kinds,
        kind=kind,
        title=kinds.get(kind, ""),
        indicators=_indicators(page, of_kind),
        classes=[Choice(key, name, 0) for key, (name, _pupils) in classes.items()],
        unit=unit,
        only=only,
        counts=_told(found),
        shares=_shares(found),
        rows=rows,
        more=len(chosen) - len(rows),
        ways=[(way, way_word(way)) for way in WAYS],
        done=just_done(page),
        words=page.request.query_params.get("hva", ""),
        download=sheet.address(page),
    )


def _year(page: Page, typed: str) -> Year:
    try:
        return Year.parse(typed)
    except ValueError:
        return Year.of(page.today)


def _kinds(talks: Sequence[Talk]) -> dict[str, str]:
    """The kinds of talk there are, by date."""
    return {one.row.step.key: one.row.step.title.get() for one in talks}


def _kind(talks: Sequence[Talk], asked: str, today: date) -> str:
    """The kind asked for, or the one whose date comes next and that is not done."""
    dues: dict[str, date] = {}
    for one in talks:
        if one.waits and one.row.facts.due is not None:
            key = one.row.step.key
            dues[key] = min(dues.get(key, date.max), one.row.facts.due)
    known = [one.row.step.key for one in talks]
    if asked in known:
        return asked
    coming = sorted((due < today, due, key) for key, due in dues.items())
    return coming[0][2] if coming else next(iter(known), "")


def _is_shown(talk: Talk, only: str) -> bool:
    match only:
        case "ikke-invitert":
            return talk.came is Came.NOT_INVITED
        case "ikke-svar":
            return talk.came in {Came.NO_REPLY, Came.INVITED}
        case "ikke-holdt":
            return talk.waits
        case _:
            return True


def _rows(
    page: Page, talks: Sequence[Talk], classes: Mapping[str, tuple[str, dict[int, bool]]]
) -> list[Row]:
    units = {pupil: name for name, pupils in classes.values() for pupil in pupils}
    keys = {key for one in talks for key in one.row.responsible}
    owner = page.who.owner_id
    people = people_by_key(page.session, owner, keys) if owner is not None else {}
    shown = lines(page.session, [one.row for one in talks])
    found = [
        Row(
            talk,
            line,
            units.get(talk.row.subject_id, ""),
            _SIGNS[talk.came],
            came_word(talk.came),
            way_word(talk.how),
            came_word(talk.came) if talk.came not in _ASIDE else "",
            ", ".join(people[key].name for key in talk.row.responsible if key in people),
        )
        for talk, line in zip(talks, shown, strict=True)
    ]
    return sorted(found, key=lambda one: (one.unit, sort_key(one.line.name)))


def _told(found: Counts) -> list[tuple[str, int]]:
    """The numbers above the list; what happens rarely is told only where it has happened."""
    told = [(_("Invitert"), found.invited)]
    titles = {
        Came.HELD: _("Holdt"),
        Came.DECLINED: _("Takket nei"),
        Came.NO_REPLY: _("Ikke svar"),
        Came.INVITED: _("Venter på svar"),
        Came.CANCELLED: _("Avlyst"),
        Came.NOT_POSSIBLE: _("Lot seg ikke gjennomføre"),
        Came.NOT_INVITED: _("Ikke invitert"),
    }
    rare = {Came.CANCELLED, Came.NOT_POSSIBLE}
    return told + [
        (title, found.came[came])
        for came, title in titles.items()
        if found.came[came] or came not in rare
    ]


def _shares(found: Counts) -> list[tuple[str, str, str]]:
    """The two ways to count; with the numbers behind them."""
    held = found.came[Came.HELD]
    ways = ((_("av alle"), found.all), (_("uten «takket nei»"), found.but_declined))
    return [
        (title, percent(held / of, 0) if of else _("ikke aktuelt"), f"{held}/{of}")
        for title, of in ways
    ]


def _indicators(page: Page, talks: Sequence[Talk]) -> list[str]:
    """The indicators that the talks count in, for those who see figures."""
    if not talks or not page.who.may(Action.FIGURES):
        return []
    return [code for code in talks[0].row.step.indicators if code in {"P8", "P9"}]


def _sheet(rows: Sequence[Row], kind: str) -> Sheet:
    columns: list[tuple[str, Any]] = [
        (_("Elev"), lambda one: one.line.name),
        (_("Klasse"), lambda one: one.unit),
        (_("Status"), lambda one: one.word),
        (_("Invitert"), lambda one: one.talk.invited_on),
        (_("Hvordan"), lambda one: one.how),
        (_("Svar"), lambda one: one.answer),
        (_("Begrunnelse"), lambda one: one.talk.reason),
        (_("Holdt"), lambda one: one.held_on),
        (_("Ansvarlig"), lambda one: one.responsible),
    ]
    name = f"samtaler-{kind.rpartition('.')[2].replace('_', '-')}"
    return Sheet.of(name, columns, rows, {one.talk.row.subject_id for one in rows})
