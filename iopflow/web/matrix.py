"""Who lacks what: a class a row, a step a column, and each cell the way to act on it (ux S4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from iopflow.clock import local_date
from iopflow.measure.delays import last_days
from iopflow.models import Scope
from iopflow.queries.names import names_of
from iopflow.queries.places import NotFound
from iopflow.queries.questions import (
    Asked,
    asked_about,
    people_by_key,
    questions_of,
    week_of,
)
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import at_work
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _
from iopflow.web import forms, sheet
from iopflow.web.bulk import Choice
from iopflow.web.matrix_cells import (
    Cell,
    Column,
    Group,
    by_name,
    cells,
    columns,
    counted,
    groups,
    step_of,
)
from iopflow.web.mine import just_done
from iopflow.web.page import Page
from iopflow.web.rows import SIGNS, Line, lines
from iopflow.web.sheet import Sheet
from iopflow.words import status_word, talk_word

_AROUND = timedelta(days=60)
_LATELY = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Row:
    """A class with its cells, one for each column (None where it has no such step).

    `pupils` are its pupils with what each has of the same steps, where they are unfolded.
    """

    group: Group
    cells: list[Cell | None]
    pupils: list[tuple[int, str, list[list[tuple[str, str]]]]]
    toggle: str  # the address that folds the pupils out, or in again

    @property
    def total(self) -> str:
        """16/41."""
        there = [cell for cell in self.cells if cell is not None]
        return f"{sum(len(cell.done) for cell in there)}/{sum(cell.of for cell in there)}"


def matrix(page: Page) -> Response:
    """The page: the classes that the person leads, and the steps due in a stretch of time."""
    first, last = _stretch(page)
    asked = page.request.query_params
    found = counted(at_work(page.session, page.rules, page.who, today=page.today, due_by=last))
    # A step with something overdue is shown whole, however long ago it was due.
    wanted = {
        step_of(row)
        for row in found
        if row.status is Status.OVERDUE or (row.facts.due and row.facts.due >= first)
    }
    in_time = [row for row in found if step_of(row) in wanted]
    every = groups(page, in_time)
    unit = asked.get("klasse", "")
    unit = unit if any(one.key == unit for one in every) else ""
    chosen = [one for one in every if unit in ("", one.key)]
    rows = [row for row in in_time if any(one.holds(row) for one in chosen)] if unit else in_time
    lacking = asked.get("mangler") == "ja"
    made, shown = _rows(page, rows, chosen, lacking=lacking)
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(made, shown))
    return page.show(
        "matrix.html",
        columns=shown,
        rows=made,
        unfolded=any(row.pupils for row in made),
        classes=[Choice(one.key, one.name, 0) for one in every],
        unit=unit,
        chosen_name=f"{chosen[0].name}, " if unit else "",
        lacking=lacking,
        first=first,
        last=last,
        done=just_done(page),
        words=asked.get("hva", ""),
        download=sheet.address(page),
        asked=_asked(page),
        summary=_summary,
    )


def _asked(page: Page) -> list[Asked]:
    """What the person has asked lately."""
    number = page.who.person_id
    if number is None or not page.who.may(Action.INVITE):
        return []
    since = page.today - _LATELY
    return [
        one
        for one in questions_of(page.session, number)
        if one.asker_id == number and local_date(one.asked_at) >= since
    ]


def _stretch(page: Page) -> tuple[date, date]:
    asked = page.request.query_params
    first = forms.day(asked.get("fra", "") or (page.today - _AROUND).isoformat(), page.today)
    last = forms.day(asked.get("til", "") or (page.today + _AROUND).isoformat(), page.today)
    if last < first:
        raise forms.Unclear(_("«Til» er før «fra»: bytt dem om."))
    return first, last


def _rows(
    page: Page, rows: Sequence[TaskRow], chosen: Sequence[Group], *, lacking: bool
) -> tuple[list[Row], list[Column]]:
    """The rows and columns; only those where something is left, if only that is asked for."""
    of_groups = list(zip(chosen, cells(rows, chosen), strict=True))
    left = {key for _one, found in of_groups for key, cell in found.items() if cell.left}
    schools = sorted({row.school_id for row in rows if row.school_id is not None})
    limits = last_days(page.session, schools, {row.year for row in rows}) if schools else {}
    shown = [one for one in columns(rows, limits) if not lacking or one.key in left]
    opened = set(page.request.query_params.getlist("apne"))
    unfolded = {p for one in chosen if one.key in opened for p in one.pupils}
    names = {
        number: name
        for (_scope, number), name in names_of(
            page.session, {(Scope.PUPIL, pupil) for pupil in unfolded}
        ).items()
    }
    made = []
    for one, found in of_groups:
        kept = [found.get(column.key) for column in shown]
        if not any(cell is not None and (cell.left or not lacking) for cell in kept):
            continue
        pupils = []
        if one.key in opened:
            mine = {pupil: names[pupil] for pupil in one.pupils}
            each = ((pupil, _of_pupil(kept, pupil)) for pupil in by_name(mine))
            pupils = [
                (pupil, names[pupil], marks)
                for pupil, marks in each
                if any(marks) and (not lacking or _lacks(kept, pupil))
            ]
        made.append(Row(one, kept, pupils, _toggle(page, one.key) if one.pupils else ""))
    return made, shown


def _lacks(kept: Sequence[Cell | None], pupil: int) -> bool:
    return any(cell and any(_is_of(row, pupil) for row in cell.left) for cell in kept)


def _is_of(row: TaskRow, pupil: int) -> bool:
    return row.scope is Scope.PUPIL and row.subject_id == pupil


def _of_pupil(kept: Sequence[Cell | None], pupil: int) -> list[list[tuple[str, str]]]:
    """A pupil's marks in each column: sign and word."""
    return [
        [
            (SIGNS[row.status], _word(row))
            for row in (*cell.done, *cell.left, *cell.aside)
            if _is_of(row, pupil)
        ]
        if cell is not None
        else []
        for cell in kept
    ]


def _word(row: TaskRow) -> str:
    is_open = row.status in {Status.OPEN, Status.PLANNED}
    return talk_word(row.said) if row.said and is_open else status_word(row.status)


def _toggle(page: Page, key: str) -> str:
    """The same page with one class unfolded, or folded again."""
    asked = [(k, v) for k, v in page.request.query_params.multi_items() if k not in _NOT_KEPT]
    mine = ("apne", key)
    asked = [one for one in asked if one != mine] if mine in asked else [*asked, mine]
    return f"/matrise?{urlencode(asked)}#k{key}"


_NOT_KEPT = frozenset({"fort", "hva", "format"})


def _summary(name: str, column: Column, cell: Cell) -> str:
    """A cell as a name: «4B, årsevaluering, 3 av 6 ferdig»."""
    first, rest = column.title[:1], column.title[1:]
    step = column.title if rest[:1].isupper() else first.lower() + rest  # IOP-team stays as it is
    return _("{name}, {step}, {done} av {of} ferdig").format(
        name=name, step=step, done=len(cell.done), of=cell.of
    )


def _sheet(rows: Sequence[Row], shown: Sequence[Column]) -> Sheet:
    """The table as it stands: classes, and the pupils of those that are unfolded."""
    titles = [_("Klasse"), _("Elev")] if any(row.pupils for row in rows) else [_("Klasse")]
    lead = [""] * (len(titles) - 1)
    written: list[list[Any]] = []
    for row in rows:
        shares = [cell.share if cell is not None else None for cell in row.cells]
        written.append([row.group.name, *lead, row.total, *shares])
        for _pupil, name, marks in row.pupils:
            words = [", ".join(word for _sign, word in one) or None for one in marks]
            written.append([row.group.name, name, None, *words])
    titles.append(_("Sum"))
    titles += [f"{one.title} {one.due:%d.%m.%Y}" for one in shown]
    pupils = {pupil for row in rows if row.pupils for pupil in row.group.pupils}
    return Sheet("matrise", titles, written, pupils)


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody responsible for what is left in a cell, and whether there is a question already."""

    person: Any  # number, name and e-mail
    tasks: int
    asked: Asked | None
    is_oneself: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A cell with all that its page says."""

    key: str
    group: Group
    column: Column
    cell: Cell
    year: Year
    step: str
    holders: list[Held]


def open_cell(page: Page, step: str, unit: str) -> Opened:
    """A cell of the matrix by its step and class. Raises NotFound."""
    rows = counted(at_work(page.session, page.rules, page.who, today=page.today))
    mine = [row for row in rows if step_of(row) == step]
    group = next((one for one in groups(page, mine) if one.key == unit), None)
    if group is None:
        raise NotFound(_("Fant ikke dette i oversikten: åpne siden på nytt."))
    cell = cells(mine, [group])[0][step]
    column = columns([row for row in mine if group.holds(row)])[0]
    year, key = mine[0].year, mine[0].step.key
    return Opened(step, group, column, cell, year, key, _holders(page, cell, year, key))


def _holders(page: Page, cell: Cell, year: Year, step: str) -> list[Held]:
    """Those who are to be asked: the holders, or who has their place today."""
    tasks: dict[str, int] = {}
    for row in cell.left:
        for key in row.reminded or row.responsible:
            tasks[key] = tasks.get(key, 0) + 1
    owner = page.who.owner_id
    people = people_by_key(page.session, owner, tasks) if owner is not None and tasks else {}
    numbers = {person.id for person in people.values()}
    asked = asked_about(page.session, numbers, year, step, week_of(page.today)) if numbers else {}
    return [
        Held(one, tasks[key], asked.get(one.id), one.id == page.who.person_id)
        for key, one in sorted(people.items(), key=lambda item: (-tasks[item[0]], item[1].name))
    ]


def responsible_names(page: Page, rows: Sequence[TaskRow]) -> dict[int, str]:
    """Who is responsible for each task, in words."""
    keys = {key for row in rows for key in row.responsible}
    owner = page.who.owner_id
    people = people_by_key(page.session, owner, keys) if owner is not None and keys else {}
    return {
        row.id: ", ".join(people[key].name for key in row.responsible if key in people)
        for row in rows
    }


def shown_lines(page: Page, cell: Cell) -> list[Line]:
    """What a cell's page lists: what is left first, then what is settled another way."""
    return lines(page.session, [*cell.left, *cell.aside])
