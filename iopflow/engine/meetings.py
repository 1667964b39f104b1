"""Calling colleagues and PPT to a meeting, moving it, calling it off, and what they answer.

Each change writes the fact and, in the same transaction, one mail a person into the outbox; what
the mail says is read when it is sent (`reminders/notices.py`).
"""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session

from iopflow.clock import local, local_date
from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change
from iopflow.models import Delivery, MailKind, MeetingKind, Reply, ReplySource, School, metadata
from iopflow.queries.meetings import Called, Invited, invitable, invited, meetings_by_number
from iopflow.refusals import Refused
from iopflow.settings import Settings
from iopflow.texts import _

LONGEST_PLACE = 60
LONGEST_COMMENT = 200
LONGEST = timedelta(hours=12)
MOST = 100  # people at one meeting
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class NotNow(Refused):
    """The meeting has begun, or is called off."""


@dataclass(frozen=True, slots=True)
class When:
    """From when to when, in aware moments, and where."""

    starts_at: datetime
    ends_at: datetime
    place: str = ""


def require_answers(settings: Settings) -> None:
    """Raises Refused where a mail could not hold an address that only its reader knows."""
    missing = [
        name
        for name, value in (("SECRET", settings.secret), ("BASE_URL", settings.base_url))
        if not value
    ]
    if missing:
        raise Refused(
            _(
                "Innkallingen trenger en svarside: sett {names} (IOPFLOW_SECRET er minst 32 "
                "tilfeldige tegn, IOPFLOW_BASE_URL adressen til sidene)."
            ).format(names=", ".join(f"IOPFLOW_{name}" for name in missing))
        )


def call(session: Session, school: School, kind: MeetingKind, when: When, *, act: Act) -> Called:
    """A new meeting, to which nobody is invited yet. Raises Refused for a time that cannot be."""
    row = {
        "owner_id": school.owner,
        "uid": secrets.token_hex(16),
        "school_id": school.number,
        "kind": kind,
        **_checked(when, act.at),
        "sequence": 0,
        "created_at": act.at,
        "changed_at": act.at,
        "created_by": act.actor_id,
    }
    (number,) = ledger.insert_rows(session, "meeting", [row], act)
    return meetings_by_number(session, [number])[number]


def move(session: Session, meeting: Called, when: When, *, sender: str, act: Act) -> bool:
    """Another time or place: told to all who are invited, whose answers are asked for again.

    Returns whether anything is another. Raises NotNow, Refused.
    """
    _refuse_late(meeting, act)
    new = _checked(when, act.at)
    old = {name: getattr(meeting, name) for name in new}
    if new == old:
        return False
    _change(session, meeting, old, new, sender, act)
    return True


def call_off(session: Session, meeting: Called, *, sender: str, act: Act) -> None:
    """The meeting is not held: told to those who were told of it. Raises NotNow."""
    _refuse_late(meeting, act)
    _change(session, meeting, {"cancelled_at": None}, {"cancelled_at": act.at}, sender, act)


def invite(
    session: Session, meeting: Called, people: Sequence[str], *, sender: str, act: Act
) -> int:
    """Invites people by id; who is invited already stays so. Returns how many are new.

    Raises NotNow, and Refused naming those who cannot be invited.
    """
    _refuse_late(meeting, act)
    wanted = dict.fromkeys(people)
    able = {one.key: one for one in invitable(session, meeting.school_id, today=local_date(act.at))}
    unable = [key for key in wanted if key not in able]
    if unable:
        raise Refused(
            _(
                "{people} kan ikke innkalles: bare de som har en rolle ved {school} eller ved PPT "
                "for elevene der, og en e-postadresse som virker."
            ).format(people=", ".join(unable), school=meeting.school)
        )
    known = {one.person: one for one in invited(session, meeting)}
    standing = [one for one in known.values() if one.removed_at is None]
    new = [able[key] for key in wanted if key not in known]
    back = [known[key] for key in wanted if key in known and known[key].removed_at is not None]
    if len(standing) + len(new) + len(back) > MOST:
        raise Refused(_("Et møte kan ha inntil {n} innkalte: velg færre.").format(n=MOST))
    rows = [
        {
            "owner_id": meeting.owner_id,
            "meeting_id": meeting.number,
            "person_id": one.id,
            "nonce": secrets.token_hex(16),
            "version": meeting.version,
            "invited_at": act.at,
        }
        for one in new
    ]
    numbers = ledger.insert_rows(session, "invitation", rows, act)
    _post(
        session,
        meeting,
        [(n, one.id, meeting.version) for n, one in zip(numbers, new, strict=True)],
        sender,
        act,
    )
    for one in back:  # an address that was taken back does not open again
        again = {"removed_at": None, "invited_at": act.at, "nonce": secrets.token_hex(16)}
        _renew(session, meeting, [one], again, sender, act)
    return len(new) + len(back)


def take_off(
    session: Session, meeting: Called, people: Sequence[str], *, sender: str, act: Act
) -> int:
    """Takes people (by id) off the list: told to those who were told of the meeting.

    Returns how many. Raises NotNow, Refused.
    """
    _refuse_late(meeting, act)
    gone = [_one(session, meeting, key) for key in dict.fromkeys(people)]
    _renew(session, meeting, gone, {"removed_at": act.at}, sender, act)
    return len(gone)


def enter(
    session: Session, meeting: Called, person: str, reply: Reply, *, comment: str = "", act: Act
) -> None:
    """Records what somebody said otherwise than on the page. Raises NotNow, Refused.

    Allowed after the meeting too: who came to know late, writes late.
    """
    if meeting.cancelled_at is not None:
        raise _called_off(meeting)
    one = _one(session, meeting, person)
    _answer(session, meeting, one, reply, ReplySource.ENTERED, comment, act)


def answer(
    session: Session,
    meeting: Called,
    number: int,
    reply: Reply,
    *,
    to: int,
    comment: str = "",
    act: Act,
) -> None:
    """Records the answer of the person of an invitation, `to` the version they have seen.

    Raises NotNow, Refused.
    """
    _refuse_late(meeting, act)
    (one,) = (each for each in invited(session, meeting) if each.number == number)
    if to != one.version:
        raise NotNow(_("Møtet er endret siden du åpnet siden: se på tiden og svar på nytt."))
    _answer(session, meeting, one, reply, ReplySource.WEB, comment, act)


def tidy(text: str) -> str:
    """One line without signs that nobody sees, such as those that turn the text around."""
    seen = "".join(" " if unicodedata.category(one) in _UNSEEN else one for one in text)
    return " ".join(seen.split())


def _checked(when: When, now: datetime) -> dict[str, Any]:
    place = tidy(when.place)
    if len(place) > LONGEST_PLACE:
        raise Refused(
            _("Stedet kan ha inntil {n} tegn: skriv det kortere.").format(n=LONGEST_PLACE)
        )
    if when.starts_at <= now:
        raise Refused(
            _("Møtet begynner {at}, som er passert: skriv et tidspunkt som kommer.").format(
                at=f"{local(when.starts_at):%d.%m.%Y %H.%M}"
            )
        )
    if not when.starts_at < when.ends_at <= when.starts_at + LONGEST:
        raise Refused(_("Møtet må vare fra et minutt til tolv timer: rett slutten."))
    return {"starts_at": when.starts_at, "ends_at": when.ends_at, "place": place}


def _refuse_late(meeting: Called, act: Act) -> None:
    if meeting.cancelled_at is not None:
        raise _called_off(meeting)
    if meeting.has_begun(act.at):
        raise NotNow(
            _("Møtet {n} har begynt: det som gjelder det, kan ikke endres lenger.").format(
                n=meeting.number
            )
        )


def _called_off(meeting: Called) -> NotNow:
    return NotNow(_("Møtet {n} er avlyst: lag et nytt.").format(n=meeting.number))


def _one(session: Session, meeting: Called, person: str) -> Invited:
    found = [
        one for one in invited(session, meeting) if one.person == person and one.removed_at is None
    ]
    if not found:
        raise Refused(
            _("{person} er ikke innkalt til møtet {n}: se hvem som er det i listen.").format(
                person=person, n=meeting.number
            )
        )
    return found[0]


def _change(
    session: Session,
    meeting: Called,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    sender: str,
    act: Act,
) -> None:
    """Writes a change of the meeting, and tells all who are invited."""
    version = meeting.version + 1
    before = {**old, "sequence": meeting.version, "changed_at": meeting.changed_at}
    after = {**new, "sequence": version, "changed_at": act.at}
    changes = [Change(meeting.number, before, after, meeting.owner_id)]
    ledger.update_rows(session, "meeting", changes, act)
    changed = meetings_by_number(session, [meeting.number])[meeting.number]
    standing = [one for one in invited(session, changed) if one.removed_at is None]
    _renew(session, changed, standing, {}, sender, act)


def _renew(
    session: Session,
    meeting: Called,
    people: Iterable[Invited],
    new: Mapping[str, Any],
    sender: str,
    act: Act,
) -> None:
    """The next version of some people's invitations, and the mail that tells them of it.

    A person's own copy has its own count: who was taken off and is invited again must get a higher
    SEQUENCE than the cancellation had, which the others never saw.
    """
    changes, told = [], []
    for one in people:
        version = max(one.version + 1, meeting.version)
        before = {"version": one.version, **{name: getattr(one, name) for name in new}}
        changes.append(Change(one.number, before, {"version": version, **new}, meeting.owner_id))
        told.append((one.number, one.person_id, version))
    ledger.update_rows(session, "invitation", changes, act)
    _post(session, meeting, told, sender, act)


def _answer(
    session: Session,
    meeting: Called,
    one: Invited,
    reply: Reply,
    source: ReplySource,
    comment: str,
    act: Act,
) -> None:
    said = tidy(comment)
    if len(said) > LONGEST_COMMENT:
        raise Refused(
            _("Kommentaren kan ha inntil {n} tegn: skriv den kortere.").format(n=LONGEST_COMMENT)
        )
    if source is ReplySource.ENTERED and not said:
        said = one.comment or ""  # what the person wrote is not for a colleague to take away
    new = {
        "answer": reply,
        "answered_at": act.at,
        "answered_version": one.version,
        "source": source,
        "comment": said or None,
    }
    before = {name: getattr(one, name) for name in new}
    if {name: v for name, v in before.items() if name != "answered_at"} == {
        name: v for name, v in new.items() if name != "answered_at"
    }:
        return  # the button was pressed twice
    changes = [Change(one.number, before, new, meeting.owner_id)]
    ledger.update_rows(session, "invitation", changes, act)


def _post(
    session: Session,
    meeting: Called,
    told: Sequence[tuple[int, int, int]],
    sender: str,
    act: Act,
) -> None:
    """One mail for each (invitation, person, version), ready at once."""
    if not told:
        return
    person, mail = metadata.tables["person"], metadata.tables["mail"]
    people = [person_id for _number, person_id, _version in told]
    rows = session.connection().execute(
        select(person.c.id, person.c.email).where(person.c.id.in_(people))
    )
    domains = {row.id: (row.email or "").rpartition("@")[2].lower() for row in rows}
    session.connection().execute(
        insert(mail),
        [
            {
                "owner_id": meeting.owner_id,
                "send_on": local_date(act.at),
                "person_id": person_id,
                "kind": MailKind.INVITATION,
                "about_id": number,
                "version": version,
                "delivery": Delivery.DUE,
                "message_id": _message_id(meeting.uid, number, version, act, sender),
                "domain": domains[person_id],
                "decided_at": act.at,
                "ready_at": act.at,
                "tries": 0,
            }
            for number, person_id, version in told
        ],
    )


def _message_id(uid: str, number: int, version: int, act: Act, sender: str) -> str:
    """The same for every try of a mail, and saying nothing of whom it is for.

    With the moment: a database restored from a copy counts its versions once more, and what has
    gone out of the first count must not silence the second (`mailer/witness.py`).
    """
    told = f"{uid}:{number}:{version}:{act.at.isoformat()}"
    return f"<{hashlib.sha256(told.encode()).hexdigest()[:32]}@{sender}>"
