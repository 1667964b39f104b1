"""The page of one pupil: a school year step by step, and all that is registered (ux S3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup
from starlette.responses import Response

from iopflow.clock import OSLO
from iopflow.queries.log import Entry
from iopflow.queries.log_words import values_words, what_word
from iopflow.queries.permits import permitted, subject_of
from iopflow.queries.places import NotFound
from iopflow.queries.pupil_year import ADVISER, CONTACT, PupilYear, Recorded, pupil_year
from iopflow.queries.standing import TaskRow
from iopflow.roles import ROLES, Action
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _, counted, short_date
from iopflow.web import forms
from iopflow.web.mine import Typed, just_done
from iopflow.web.page import Page
from iopflow.web.rows import Line, lines
from iopflow.web.seen import seen_pupil
from iopflow.web.timeline import LOOKS, Point, draw
from iopflow.words import talk_word

PER_PAGE = 50  # events of the history


@dataclass(frozen=True, slots=True)
class Row:
    """A step as a line of the table: the line of «Mine elever», and what became of it."""

    line: Line
    recorded_on: date | None
    by: str
    outcome: str
    acts: bool


@dataclass(frozen=True, slots=True)
class Told:
    """An event as a line of the history; `undone` is when it was taken back."""

    at: datetime
    who: str
    what: str
    now: str
    before: str
    reason: str
    undone: datetime | None


def show(page: Page) -> Response:
    """The page of the pupil in the address."""
    return pupils_own(page, str(page.request.path_params["number"]))


def pupils_own(
    page: Page, number: str, *, typed: Typed | None = None, status: int = 200
) -> Response:
    """The page of a pupil by number; with what was typed and refused on it."""
    pupil = seen_pupil(
        page, number, _("Fant ikke eleven: den finnes ikke, eller rollene dine viser den ikke.")
    )
    page.opened.append(pupil.number)
    asked = page.request.query_params if typed is None else page.form
    year = _year(asked.get("ar", ""), page.today)
    found = pupil_year(page.session, page.rules, page.who, pupil, year, today=page.today)
    rows, before = _rows(page, found, found.rows), _rows(page, found, found.before)
    side = next(iter(forms.known_numbers([asked.get("historikk", "")])), 0)
    return page.show(
        "pupil.html",
        status=status,
        pupil=pupil,
        found=found,
        year=str(year),
        staff=_staff(found),
        rows=rows,
        before=before,
        road=_road(found),
        rests=_rests(found),
        picture=Markup(  # noqa: S704 - written by us, every word in it escaped
            draw(
                _points(rows),
                year.on(8, 1),
                title=_("Skoleåret {year} fra august til juli").format(year=year),
                today=page.today,
            )
        ),
        history=_history(found, max(1, side)),
        side=max(1, side),
        sides=max(1, -(-len(found.log) // PER_PAGE)),
        unfolded=side > 0,
        typed=typed,
        decides=page.who.may(Action.DECIDE),
        done=just_done(page),
        words=asked.get("hva", ""),
        origin=f"/elev/{pupil.number}",
        kept={"ar": str(year)},
    )


def _year(typed: str, today: date) -> Year:
    try:
        return Year.parse(typed) if typed else Year.of(today)
    except ValueError:
        raise NotFound(_("Fant ikke skoleåret.")) from None


def _staff(found: PupilYear) -> list[tuple[str, str]]:
    """Who works with the pupil, as «kontaktlærer Kari Nordli»; the team with the role of each."""
    shown = [
        (ROLES[role].title.get(), ", ".join(found.staff[role]))
        for role in (CONTACT, ADVISER)
        if role in found.staff
    ]
    team = [
        f"{name} ({ROLES[role].title.get()})"
        for role, names in found.staff.items()
        if role not in (CONTACT, ADVISER)
        for name in names
    ]
    return [*shown, (ROLES["iop_team"].title.get(), ", ".join(team))] if team else shown


def _road(found: PupilYear) -> list[tuple[str, bool, bool]]:
    """The states of the year: the title, whether it is reached, and whether it is the last one.

    That nothing has begun says nothing once something has.
    """
    road = found.road
    if road is None:
        return []
    return [
        (_upper(state.title.get()), place < road.passed, place == road.passed - 1)
        for place, state in enumerate(road.states)
        if state.role != "initial" or road.passed <= 1
    ]


def _rests(found: PupilYear) -> str:
    """Why the year stands still, where it does."""
    road = found.road
    return _upper(road.state.title.get()) if road and road.state not in road.states else ""


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


# ---------------------------------------------------------------- the steps


def _rows(page: Page, found: PupilYear, rows: Sequence[TaskRow]) -> list[Row]:
    able = permitted(page.session, page.who, {subject_of(row) for row in rows}, Action.COMPLETE)
    return [
        Row(
            line,
            found.recorded.get(row.id, Recorded()).on,
            _recorder(found.recorded.get(row.id, Recorded()).entry, found.names),
            _outcome(row, line, found),
            subject_of(row) in able,
        )
        for row, line in zip(rows, lines(page.session, rows), strict=True)
    ]


def _recorder(entry: Entry | None, names: Mapping[str, str]) -> str:
    if entry is None:
        return ""
    return _("import") if entry.act == "import" else _who(entry, names)


def _outcome(row: TaskRow, line: Line, found: PupilYear) -> str:
    """Whether it was on time, and how it stands where it has not happened."""
    if row.status is Status.DONE and row.facts.last_on_time is None:
        return line.word
    if row.status is Status.DONE:
        after = _days_after(row, found.recorded.get(row.id))
        return _("ja (ført {days} senere)").format(days=_days(after)) if after else _("ja")
    if row.status is Status.DONE_LATE:
        return _("nei, {days}").format(days=_days(row.late_days))
    said = [f"{talk_word(what)} {short_date(on)}" for what, on in found.words.get(row.id, ())]
    if row.status is Status.OVERDUE:
        over = counted(row.late_days, _("1 dag over"), _("{n} dager over"))
        return ", ".join([over, *said, *([] if said or not line.said else [line.said])])
    if said:
        return ", ".join(said if row.status is not Status.SUSPENDED else [line.word, *said])
    return ", ".join([line.word, line.said] if line.said else [line.word])


def _days_after(row: TaskRow, recorded: Recorded | None) -> int:
    """The days from when it happened until it was written down."""
    if recorded is None or recorded.on is None or row.facts.happened_on is None:
        return 0
    return max(0, (recorded.on - row.facts.happened_on).days)


def _days(number: int) -> str:
    return counted(number, _("1 dag"), _("{n} dager"))


def _points(rows: Sequence[Row]) -> list[Point]:
    return [
        Point(
            row.line.step,
            _("{step}, frist {day}: {outcome}").format(
                step=row.line.step, day=short_date(row.line.due), outcome=row.outcome
            ),
            row.line.due,
            LOOKS[row.line.status],
            row.line.opens if row.line.talk or row.line.meeting else None,
        )
        for row in rows
        if row.line.due is not None
    ]


# ---------------------------------------------------------------- the history


def _history(found: PupilYear, side: int) -> list[Told]:
    undone = _undone(found.log)
    newest = found.log[::-1][PER_PAGE * (side - 1) : PER_PAGE * side]
    return [_told(one, found.names, undone.get(one.number)) for one in newest]


def _undone(log: Sequence[Entry]) -> dict[int, datetime]:
    """When each event was taken back: its row was taken away later, or became what it was."""
    found: dict[int, datetime] = {}
    of_row: dict[tuple[str, int | None], list[int]] = {}
    for one in log:
        earlier = of_row.setdefault((one.table, one.row), [])
        if one.after is None:
            found |= dict.fromkeys(earlier, one.at)
        elif one.act == "reopen" and one.before is not None and earlier:
            found[earlier[-1]] = one.at
        else:
            earlier.append(one.number)
    return found


def _told(one: Entry, names: Mapping[str, str], undone: datetime | None) -> Told:
    now, before = values_words(one.after), values_words(one.before)
    return Told(
        one.at.astimezone(OSLO),
        _who(one, names),
        what_word(one.what),
        now if one.after is not None else _("tatt tilbake"),
        before,
        one.reason or "",
        undone.astimezone(OSLO) if undone is not None else None,
    )


def _who(one: Entry, names: Mapping[str, str]) -> str:
    """Who did it, and in whose place; or which program, over the API."""
    if one.integration is not None:
        return _("API: {label}").format(label=one.integration)
    if one.by is None:
        return _("administrator")
    who, away = names.get(one.by, one.by), one.stands_in_for
    return _("{who} for {away}").format(who=who, away=names.get(away, away)) if away else who
