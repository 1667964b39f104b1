"""Møtene mellom skolen og PPT: planned with an agenda, recorded by either side, printed."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from iopflow.engine import ppt_meetings as acts
from iopflow.lifecycle import Court
from iopflow.models import Side
from iopflow.queries import ppt_meetings as read
from iopflow.queries.access import NotAllowed
from iopflow.queries.places import NotFound
from iopflow.queries.ppt_meetings import Attending, WithPpt
from iopflow.refusals import Refused
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.page import Page, back_to

SIDES: Mapping[Side, Court] = {Side.SKOLE: Court.SKOLE, Side.PPT: Court.PPT}


def overview(page: Page) -> Response:
    """The meetings of this year and the next, how many had both sides, and the form of a new."""
    return _overview(page, {})


def new(page: Page) -> Response:
    """Plans a meeting, with the open cases on its agenda."""
    typed = {name: page.form.get(name, "").strip() for name in ("unit", "day")}
    try:
        unit = read.unit_of(page.session, page.who, typed["unit"], today=page.today)
        cases = read.proposed(page.session, page.rules, page.who, unit, today=page.today)
        made = acts.plan(
            page.session,
            unit,
            forms.day(typed["day"], page.today),
            {one.pupil_id for one in cases},
            act=page.act("ppt-meeting plan"),
        )
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return _overview(page, typed, why=str(refused), status=422)
    return back_to(f"/ppt/moter/{made}")


def one(page: Page) -> Response:
    """One meeting: its agenda, and who was there."""
    return _one(page, _meeting(page))


def agenda(page: Page) -> Response:
    """Other pupils on the agenda."""

    def act(meeting: WithPpt) -> None:
        cases = read.proposed(page.session, page.rules, page.who, meeting.unit, today=page.today)
        known = {one.pupil_id for one in meeting.agenda} | {one.pupil_id for one in cases}
        wanted = set(forms.numbers(page.many("pupil")))
        if wanted - known:
            raise NotFound(_("Fant ikke eleven: åpne siden på nytt."))
        acts.change_agenda(page.session, meeting, wanted, act=page.act("ppt-meeting agenda"))

    return _do(page, act)


def hold(page: Page) -> Response:
    """The meeting was held."""

    def act(meeting: WithPpt) -> None:
        able = {one.person_id: one for one in _able(page, meeting)}
        people = forms.numbers(page.many("person"))
        if set(people) - set(able):
            raise NotFound(_("Fant ikke personen: åpne siden på nytt."))
        acts.hold(
            page.session,
            page.rules,
            meeting,
            [able[number] for number in people],
            set(forms.numbers(page.many("treated"))),
            today=page.today,
            act=page.act("ppt-meeting held"),
        )

    return _do(page, act)


def withdraw(page: Page) -> Response:
    """A meeting that never was."""
    meeting = _meeting(page)
    reason = page.form.get("reason", "")
    try:
        acts.withdraw(
            page.session,
            page.rules,
            meeting,
            reason=reason,
            today=page.today,
            act=page.act("ppt-meeting withdraw", reason.strip() or None),
        )
    except Refused as refused:
        return _one(page, meeting, why=str(refused), status=422)
    return back_to("/ppt/moter")


def _do(page: Page, act: Callable[[WithPpt], None]) -> Response:
    meeting = _meeting(page)
    try:
        with page.session.begin_nested():
            act(meeting)
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return _one(page, meeting, why=str(refused), status=422)
    return back_to(f"/ppt/moter/{meeting.number}?lagret=ja")


def _meeting(page: Page) -> WithPpt:
    known = forms.known_numbers([str(page.request.path_params["number"])])
    if not known:
        raise NotFound(_("Fant ikke møtet: gå til listen over møter."))
    return read.one_with_ppt(page.session, page.who, known[0], today=page.today)


def _able(page: Page, meeting: WithPpt) -> list[Attending]:
    """Who may be ticked: those of today, and those who are recorded already."""
    able = read.attendable(page.session, meeting.unit, today=page.today)
    known = {one.person_id for one in able}
    return able + [one for one in meeting.people if one.person_id not in known]


def _overview(
    page: Page, typed: Mapping[str, str], *, why: str = "", status: int = 200
) -> Response:
    found = read.with_ppt(page.session, page.who, today=page.today)
    held = [one for one in found if one.held]
    return page.show(
        "ppt_meetings.html",
        status=status,
        meetings=found,
        held=len(held),
        both=sum(one.both for one in held),
        units=read.units(page.session, page.who, today=page.today),
        typed={"unit": "", "day": ""} | dict(typed),
        why=why,
    )


def _one(page: Page, meeting: WithPpt, *, why: str = "", status: int = 200) -> Response:
    cases = read.proposed(page.session, page.rules, page.who, meeting.unit, today=page.today)
    states = {one.pupil_id: one for one in cases}
    on_agenda = {one.pupil_id for one in meeting.agenda}
    there = {one.person_id for one in meeting.people}
    sides: list[dict[str, Any]] = [
        {
            "title": SIDES[side].text.get(),
            "people": [one for one in _able(page, meeting) if one.side is side],
        }
        for side in Side
    ]
    return page.show(
        "ppt_meeting.html",
        status=status,
        meeting=meeting,
        states={pupil_id: one.course.state.about.title.get() for pupil_id, one in states.items()},
        others=[one for one in cases if one.pupil_id not in on_agenda],
        sides=sides,
        there=there,
        absent=[one["title"] for one in sides if not there & {p.person_id for p in one["people"]}],
        why=why,
        saved=page.request.query_params.get("lagret") == "ja",
    )
