"""Historikk: who did what when, and what of one's own can still be taken back (ux S9)."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from sqlalchemy import select
from starlette.responses import Response

from iopflow.clock import local
from iopflow.engine import figure_values, granting, remarks, undoing
from iopflow.models import metadata
from iopflow.queries import giving
from iopflow.queries.access import NotAllowed, visible_schools
from iopflow.queries.history import MOST, Asked, History, Told
from iopflow.queries.permits import permitted, subject_of
from iopflow.queries.tasks import Asked as Tasks
from iopflow.queries.tasks import tasks
from iopflow.queries.told import ABOUT, UNDOING, About
from iopflow.roles import Action
from iopflow.texts import _, short_date
from iopflow.web import forms, measuring
from iopflow.web.page import Page, back_to
from iopflow.web.undone import whole_acts

USUAL = timedelta(days=30)  # shown unless other days are asked for: what may be taken back
_STEPPED = {"happening", "task"}
_REMARKS = set(remarks.TABLES)
_KEPT = ("fra", "til", "hvem", "klasse", "om")


def history(page: Page) -> Response:
    """The page."""
    query = page.request.query_params
    why: dict[str, str] = {}
    first = _day(page, query, "fra", page.today - USUAL, why)
    last = _day(page, query, "til", page.today, why)
    words = {one.value for one in About}
    asked = Asked(
        first,
        last,
        actor=_number(query, "hvem"),
        class_id=_number(query, "klasse"),
        about=About(query["om"]) if query.get("om") in words else None,
        before=_number(query, "eldre"),
    )
    found = History(page.session, page.rules, page.who)
    acts, older = found.acts(asked) if not why else ([], False)
    kept = {name: query[name] for name in _KEPT if query.get(name)}
    return page.show(
        "history.html",
        status=422 if why else 200,
        asked=asked,
        why=why,
        typed={
            "fra": query.get("fra") or short_date(first),
            "til": query.get("til") or short_date(last),
        },
        days=_days(acts),
        moment=lambda at: f"{local(at):%H.%M}",
        local_day=lambda at: local(at).date(),
        may_undo=lambda one: _may_undo(page, one),
        actors=found.actors(asked),
        classes=found.classes(),
        abouts=[(one.value, text.get()) for one, text in ABOUT.items()],
        older=f"/historikk?{urlencode(kept | {'eldre': acts[-1].last})}" if older else "",
        newest=f"/historikk?{urlencode(kept)}" if asked.before is not None else "",
        undone=query.get("angret") == "ja",
    )


def _days(acts: list[Told]) -> list[tuple[date, list[Told]]]:
    found: dict[date, list[Told]] = {}
    for one in acts:
        found.setdefault(local(one.at).date(), []).append(one)
    return list(found.items())


def _day(page: Page, query: Mapping[str, str], name: str, usual: date, why: dict[str, str]) -> date:
    typed = query.get(name, "").strip()
    try:
        return forms.day(typed, page.today) if typed else usual
    except forms.Unclear as unclear:
        why[name] = str(unclear)
        return usual


def _number(query: Mapping[str, str], name: str) -> int | None:
    return next(iter(forms.known_numbers([query.get(name, "")])), None)


def _may_undo(page: Page, one: Told) -> bool:
    """Whether the act is one's own, of a kind that can be taken back here, and as it was left."""
    if one.actor_id is None or one.actor_id != page.who.person_id or one.changed_since:
        return False
    if page.now - one.at >= undoing.UNDOABLE or one.act in UNDOING or one.rows > MOST:
        return False
    of_steps = bool(one.tables) and one.tables <= _STEPPED
    of_roles = "role_grant" in one.tables and one.tables <= {"role_grant", *_REMARKS}
    of_roles = of_roles and one.act in granting.UNDOABLE
    of_remarks = bool(one.tables) and one.tables <= _REMARKS and one.act in remarks.UNDOABLE
    of_figures = one.tables == figure_values.TABLES and one.act in figure_values.UNDOABLE
    of_figures = of_figures and page.who.may(Action.REGISTER_VALUES)
    return of_steps or of_roles or of_remarks or of_figures


def undo(page: Page) -> Response:
    """Takes back one of one's own acts: a new event, never a deletion of what was said."""
    events = whole_acts(page, "what")
    if _touches(page, events, _STEPPED):
        _undo_steps(page, events)
    elif _touches(page, events, _REMARKS) and not _touches(page, events, {"role_grant"}):
        measuring.undo(page, events)
    elif _touches(page, events, figure_values.TABLES):
        able = visible_schools(page.who, page.session, Action.REGISTER_VALUES)
        schools = {one.number for one in able}
        figure_values.take_back(
            page.session, schools, events, page.act(figure_values.UNDO, _("angret"))
        )
    else:
        act = page.act(granting.UNDO, _("angret"))
        known = giving.spots(page.session, page.who, today=page.today)
        granting.undo(page.session, page.who, known, events, act=act)
    return back_to("/historikk?angret=ja")


def _touches(page: Page, events: range, tables: Collection[str]) -> bool:
    event = metadata.tables["event"]
    found = page.session.execute(
        select(event.c.id).where(
            event.c.id.between(events.start, events.stop - 1),
            event.c.actor_id == page.who.person_id,
            event.c.table_name.in_(tables),
        )
    )
    return found.first() is not None


def _undo_steps(page: Page, events: range) -> None:
    """Raises NotNow where it is changed since, NotAllowed where one may record it no more."""
    act = page.act("reopen", _("angret"))
    subjects = undoing.touched(page.session, events, act)
    task = metadata.tables["task"]
    rows = page.session.execute(
        select(task.c.id, task.c.year, task.c.step, task.c.subject_id, task.c.scope).where(
            task.c.subject_id.in_({subject for _year, _step, subject, _scope in subjects}),
            task.c.step.in_({step for _year, step, _subject, _scope in subjects}),
        )
    )
    ids = [
        row.id for row in rows if (row.year, row.step, row.subject_id, row.scope.value) in subjects
    ]
    found = (
        tasks(page.session, page.rules, page.who, Tasks(ids=ids), today=page.today) if ids else []
    )
    allowed = permitted(page.session, page.who, {subject_of(row) for row in found}, Action.COMPLETE)
    if {undoing.subject_of(row) for row in found if subject_of(row) in allowed} != subjects:
        raise NotAllowed(_("Du kan se dette, men ikke føre det."))
    undoing.undo(page.session, found, events, act)
