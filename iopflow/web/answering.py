"""The page that an invitation leads to: open without log-in, and only the button records."""

from typing import Any

from starlette.responses import Response

from iopflow.engine import meetings
from iopflow.engine.ledger import Act
from iopflow.models import Reply
from iopflow.queries.meetings import Called, by_token, meetings_by_number, told_when
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.page import Page, back_to


def show(page: Page) -> Response:
    """The meeting and the buttons. Programs that open every address in a mail change nothing."""
    return _show(page, *_found(page))


def answer(page: Page) -> Response:
    """Records the answer of the person that the address was sent to."""
    invitation, meeting = _found(page)
    word, comment = page.form.get("answer", ""), page.form.get("comment", "")
    if word not in set(Reply):
        raise forms.Unclear(_("Velg ett av svarene: åpne siden på nytt og prøv igjen."))
    act = Act("answer", page.now, actor_id=invitation.person_id)
    seen = forms.known_numbers([page.form.get("version", "")])
    given = {"to": seen[0] if seen else -1, "comment": comment, "act": act}
    try:
        meetings.answer(page.session, meeting, invitation.id, Reply(word), **given)
    except Refused as refused:
        return _show(page, invitation, meeting, comment=comment, why=str(refused), status=422)
    return back_to(f"{page.request.url.path}?lagret=ja")


def _found(page: Page) -> tuple[Any, Called]:
    """The invitation and its meeting: any other address is the same page that is not there."""
    token = str(page.request.path_params["token"])
    invitation = by_token(page.session, token, page.site.settings.secret)
    if invitation is None:
        raise NotFound(
            _("Denne adressen gjelder ingen innkalling: bruk lenken i den nyeste e-posten.")
        )
    meeting = meetings_by_number(page.session, [invitation.meeting_id])[invitation.meeting_id]
    return invitation, meeting


def _show(
    page: Page,
    invitation: Any,
    meeting: Called,
    *,
    comment: str | None = None,
    why: str = "",
    status: int = 200,
) -> Response:
    given = invitation.answer
    current = given is not None and invitation.answered_version == invitation.version
    return page.show(
        "answer.html",
        status=status,
        title=meeting.kind.text.get(),
        when=told_when(meeting),
        where=", ".join(part for part in (meeting.place, meeting.school_name) if part),
        is_off=meeting.cancelled_at is not None,
        has_begun=meeting.has_begun(page.now),
        answer=given.value if current else "",
        is_older=given is not None and not current,
        comment=comment if comment is not None else (invitation.comment or ""),
        version=invitation.version,
        longest=meetings.LONGEST_COMMENT,
        why=why,
        saved=page.request.query_params.get("lagret") == "ja",
    )
