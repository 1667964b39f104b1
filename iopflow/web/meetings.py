"""Møter: called, moved, called off and answered for, by whoever leads; as the commands do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from iopflow.clock import OSLO, local
from iopflow.engine import meetings
from iopflow.engine.meetings import When
from iopflow.mailer import sender_domain
from iopflow.models import MeetingKind, Reply
from iopflow.queries import access
from iopflow.queries.access import NotAllowed, visible_schools
from iopflow.queries.meetings import (
    Called,
    Invited,
    called,
    invitable,
    invited,
    invited_to,
    meeting_of,
    of_ppt,
    told_when,
)
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.texts import _
from iopflow.web import forms, sheet
from iopflow.web.page import Page, back_to
from iopflow.web.sheet import Sheet
from iopflow.words import invitation_word, reply_word

LENGTHS = (30, 45, 60, 90, 120)  # minutes
BACK = timedelta(days=60)  # how long a meeting that is over stays in the list


def overview(page: Page) -> Response:
    """The meetings, and the form of a new one."""
    return _overview(page, {})


def new(page: Page) -> Response:
    """Makes a meeting; whom to invite is asked on its own page."""
    typed = _typed(page)
    try:
        school = access.school(page.session, page.who, typed["school"], Action.INVITE)
        if typed["kind"] not in set(MeetingKind):
            raise forms.Unclear(_("Velg hva slags møte det er."))
        kind, when = MeetingKind(typed["kind"]), _when(page, typed)
        made = meetings.call(page.session, school, kind, when, act=page.act("meeting new"))
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return _overview(page, typed, why=str(refused), status=422)
    return back_to(f"/moter/{made.number}")


def one(page: Page) -> Response:
    """One meeting: who comes, and all that can be done with it."""
    return _one(page, _meeting(page), {})


def move(page: Page) -> Response:
    """Another time or place."""
    typed = _typed(page)
    return _do(
        page,
        lambda meeting: meetings.move(
            page.session, meeting, _when(page, typed), **_signed(page, "meeting move")
        ),
        typed,
    )


def call_off(page: Page) -> Response:
    """Not held."""
    return _do(
        page,
        lambda meeting: meetings.call_off(page.session, meeting, **_signed(page, "meeting cancel")),
    )


def invite(page: Page) -> Response:
    """Those who were ticked."""

    def act(meeting: Called) -> None:
        people = page.many("person")
        if not people:
            raise forms.Unclear(_("Ingen er valgt: kryss av minst én."))
        meetings.require_answers(page.site.settings)
        meetings.invite(page.session, meeting, people, **_signed(page, "meeting invite"))

    return _do(page, act)


def take_off(page: Page) -> Response:
    """Somebody is not to come after all."""
    person = page.form.get("person", "")
    return _do(
        page,
        lambda meeting: meetings.take_off(
            page.session, meeting, [person], **_signed(page, "meeting take-off")
        ),
    )


def enter(page: Page) -> Response:
    """What somebody answered otherwise than on the page."""

    def act(meeting: Called) -> None:
        person, word = page.form.get("person", ""), page.form.get("answer", "")
        if word not in set(Reply):
            raise forms.Unclear(_("Velg hva svaret er."))
        meetings.enter(page.session, meeting, person, Reply(word), act=page.act("meeting answer"))

    return _do(page, act)


def _do(page: Page, act: Any, typed: Mapping[str, str] | None = None) -> Response:
    """One act on the meeting; what is refused is said on its page."""
    meeting = _meeting(page)
    try:
        with page.session.begin_nested():
            act(meeting)
    except Refused as refused:
        return _one(page, meeting, typed or {}, why=str(refused), status=422)
    return back_to(f"/moter/{meeting.number}?lagret=ja")


def _signed(page: Page, kind: str) -> dict[str, Any]:
    return {"sender": sender_domain(page.site.settings), "act": page.act(kind)}


def _meeting(page: Page) -> Called:
    known = forms.known_numbers([str(page.request.path_params["number"])])
    if not known:
        raise NotFound(_("Fant ikke møtet: gå til listen over møter."))
    return meeting_of(page.session, page.who, known[0])


def _typed(page: Page) -> dict[str, str]:
    names = ("school", "kind", "day", "clock", "minutes", "place")
    return {name: page.form.get(name, "").strip() for name in names}


def _when(page: Page, typed: Mapping[str, str]) -> When:
    day = forms.day(typed["day"], page.today)
    starts_at = datetime.combine(day, _clock(typed["clock"]), OSLO)
    minutes = forms.known_numbers([typed["minutes"]]) or [0]
    lasts = timedelta(minutes=min(minutes[0], 24 * 60))
    return When(starts_at, starts_at + lasts, typed["place"])


def _clock(typed: str) -> time:
    """A time of day such as 13, 13.30, 13:30 or 1330. Raises Unclear."""
    digits = typed.replace(":", "").replace(".", "")
    if digits.isascii() and digits.isdigit() and len(digits) <= 4:
        hour, minute = (
            (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
        )
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise forms.Unclear(
        _("«{typed}» er ikke et klokkeslett: skriv som 13.30.").format(typed=typed[:20])
    )


def _overview(
    page: Page, typed: Mapping[str, str], *, why: str = "", status: int = 200
) -> Response:
    found = called(page.session, page.who, ends_after=page.now - BACK)
    people = invited_to(page.session, [meeting.number for meeting in found])
    rows: list[dict[str, Any]] = [
        {
            "meeting": meeting,
            "title": meeting.kind.text.get(),
            "when": told_when(meeting),
            "comes": _counts(people.get(meeting.number, ())),
        }
        for meeting in found
    ]
    coming = [one for one in rows if one["meeting"].ends_at > page.now]
    over = [one for one in rows if one["meeting"].ends_at <= page.now][::-1]
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet([*coming, *over]))
    return page.show(
        "meetings.html",
        status=status,
        coming=coming,
        over=over,
        download=sheet.address(page) if rows and not why else "",
        schools=visible_schools(page.who, page.session, Action.INVITE),
        kinds=[(kind.value, kind.text.get()) for kind in MeetingKind],
        lengths=LENGTHS,
        typed={"school": "", "kind": "", "day": "", "clock": "", "minutes": "60", "place": ""}
        | dict(typed),
        longest=meetings.LONGEST_PLACE,
        why=why,
    )


def _sheet(rows: Sequence[Mapping[str, Any]]) -> Sheet:
    columns: list[tuple[str, Any]] = [
        (_("Møte"), lambda row: row["title"]),
        (_("Når"), lambda row: row["when"]),
        (_("Sted"), lambda row: row["meeting"].place or row["meeting"].school_name),
        (_("Svar"), lambda row: _("avlyst") if row["meeting"].cancelled_at else row["comes"]),
    ]
    return Sheet.of("moter", columns, rows)


def _counts(people: Sequence[Invited]) -> str:
    """«3 kommer, 1 har ikke svart»."""
    states = Counter(one.state for one in people if one.removed_at is None)
    said = [f"{n} {invitation_word(state)}" for state, n in sorted(states.items())]
    return ", ".join(said) or _("ingen innkalt ennå")


def _one(
    page: Page,
    meeting: Called,
    typed: Mapping[str, str],
    *,
    why: str = "",
    status: int = 200,
) -> Response:
    first = local(meeting.starts_at)
    people = invited(page.session, meeting)
    standing = {one.person for one in people if one.removed_at is None}
    able = invitable(page.session, meeting.school_id, today=page.today)
    ppt = of_ppt(page.session, [one.id for one in able], today=page.today)
    minutes = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
    return page.show(
        "meeting.html",
        status=status,
        meeting=meeting,
        title=meeting.kind.text.get(),
        when=told_when(meeting),
        people=[
            {
                "one": one,
                "word": invitation_word(one.state),
                "before": reply_word(one.answer.value)
                if one.answer is not None and one.answered_version != one.version
                else "",
            }
            for one in people
        ],
        able=[one for one in able if one.key not in standing],
        ppt={one.key for one in able if one.id in ppt},
        replies=[(reply.value, reply_word(reply.value)) for reply in Reply],
        is_off=meeting.cancelled_at is not None,
        has_begun=meeting.has_begun(page.now),
        lengths=sorted({*LENGTHS, minutes}),
        typed={
            "day": f"{first:%d.%m.%Y}",
            "clock": f"{first:%H.%M}",
            "minutes": str(minutes),
            "place": meeting.place,
        }
        | dict(typed),
        longest=meetings.LONGEST_PLACE,
        why=why,
        saved=page.request.query_params.get("lagret") == "ja",
    )
