"""Invitations through the outbox to a real mail server, read by other programs than ours."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar
from sqlalchemy import Engine, text

from iopflow import db, mailer, settings
from iopflow.engine import meetings
from iopflow.engine.meetings import When
from iopflow.mailer.inviting import calendar_of, compose_notice
from iopflow.models import Invitation, MeetingKind, Reply, School
from iopflow.queries.meetings import Called, invited, meetings_by_number, state_of, token_of
from iopflow.reminders import outbox
from iopflow.reminders.notices import Notice
from tests.factories import RULES, act, lia
from tests.mailer.server import DROP, Kept, Server

BEGINS = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 28, 20, 30, tzinfo=UTC)  # a Saturday
WHEN = When(BEGINS, BEGINS + timedelta(hours=1), "Møterom 2; øst")
SECRET = "s" * 32


@dataclass
class Office:
    """Lia skole with a mail server, and a clock that stands where it is put."""

    engine: Engine
    server: Server
    folder: Path
    now: datetime = EVENING
    number: int = 0
    more: dict[str, str] = field(default_factory=lambda: {"secret": SECRET})

    @property
    def settings(self) -> settings.Settings:
        return settings.load(
            {},
            mail=f"smtp://127.0.0.1:{self.server.port}",
            mail_from="iop@example.no",
            base_url="https://iop.example.no",
            database=f"sqlite:///{self.folder / 'none.db'}",
            **self.more,
        )

    def tick(self, *, later: timedelta = timedelta(0)) -> list[EmailMessage]:
        """One pass, and what the server got by it."""
        self.now += later
        post = mailer.post_of(self.settings, clock=lambda: self.now)
        worker = outbox.Worker(self.engine, RULES, lambda: self.now, post)
        before = len(self.server.got)
        outbox.tick(worker, sender="example.no")
        return [
            email.message_from_bytes(one.content, policy=email.policy.default)
            for one in self.server.got[before:]
        ]

    def do(self, what: Any, *given: Any, **known: Any) -> Any:
        """One act on the meeting."""
        with db.session(self.engine) as session:
            meeting = meetings_by_number(session, [self.number])[self.number]
            return what(session, meeting, *given, sender="example.no", **self.signed(), **known)

    def signed(self) -> dict[str, Any]:
        return {"act": act(at=self.now)}

    def states(self) -> dict[str, tuple[str, int]]:
        with db.session(self.engine, write=False) as session:
            meeting = meetings_by_number(session, [self.number])[self.number]
            return {one.person: (one.state, one.version) for one in invited(session, meeting)}

    def mails(self) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            found = connection.execute(
                text("SELECT version, delivery, why FROM mail ORDER BY person_id, version")
            )
            return [tuple(row) for row in found]

    def run(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    """A meeting tomorrow week to which Kari and Heidi have just been invited."""
    with Server() as server:
        made = Office(engine, server, tmp_path)
        with db.session(engine) as session:
            cast = lia(session)
            session.connection().execute(text("UPDATE person SET email = key || '@example.no'"))
            school = session.get_one(School, cast.ids["lia"])
            meeting = meetings.call(session, school, MeetingKind.PPT, WHEN, **made.signed())
            made.number = meeting.number
        made.do(meetings.invite, ["kari", "heidi"])
        yield made


def ics(mail: EmailMessage) -> bytes:
    """The calendar part, and that the file says the same."""
    (part,) = (one for one in mail.walk() if one.get_content_type() == "text/calendar")
    (file,) = (one for one in mail.walk() if one.get_content_type() == "application/ics")
    written = part.get_payload(decode=True)
    assert isinstance(written, bytes)
    assert file.get_payload(decode=True) == written
    assert part.get_param("method") == Calendar.from_ical(written)["METHOD"]
    return written


def understood(written: bytes) -> tuple[Any, ...]:
    """Method, SEQUENCE, status and times, as three programs read them alike."""
    ours: Any = Calendar.from_ical(written)
    (event,) = ours.walk("VEVENT")
    theirs = vobject.readOne(written.decode())
    theirs.validate(raiseException=True)
    (strict,) = IcsCalendarStream.calendar_from_ics(written.decode()).events
    assert theirs.vevent.dtstart.value == strict.start == event["DTSTART"].dt
    assert theirs.vevent.summary.value == strict.summary == event["SUMMARY"]
    assert theirs.vevent.location.value == strict.location == event["LOCATION"]
    assert strict.sequence == event["SEQUENCE"] == int(theirs.vevent.sequence.value)
    return str(ours["METHOD"]), int(event["SEQUENCE"]), str(event["STATUS"]), event["DTSTART"].dt


def test_an_invitation_has_the_shape_that_outlook_looks_for(office: Office) -> None:
    mail = office.tick()[0]
    assert [(one.get_content_type(), one.get_content_disposition()) for one in mail.walk()] == [
        ("multipart/mixed", None),
        ("multipart/alternative", None),
        ("text/plain", None),
        ("text/html", None),
        ("text/calendar", None),
        ("application/ics", "attachment"),
    ]
    (part,) = (one for one in mail.walk() if one.get_content_type() == "text/calendar")
    assert part["Content-Transfer-Encoding"] == "base64"
    assert part.get_param("charset") == "utf-8"
    assert understood(ics(mail)) == ("REQUEST", 0, "CONFIRMED", BEGINS)
    lines = ics(mail).decode().replace("\r\n ", "").split("\r\n")
    (organizer,) = (line for line in lines if line.startswith("ORGANIZER"))
    (attendee,) = (line for line in lines if line.startswith("ATTENDEE"))
    assert organizer.startswith("ORGANIZER;CN=iopflow:mailto:iop+")
    assert mail["Reply-To"].addresses[0].addr_spec == organizer.partition("mailto:")[2]
    for word in (
        "PARTSTAT=NEEDS-ACTION",
        "RSVP=TRUE",
        f"mailto:{mail['To'].addresses[0].addr_spec}",
    ):
        assert word in attendee
    assert not {"BEGIN:VALARM", "BEGIN:VTIMEZONE"} & set(lines)


def test_an_evening_and_a_saturday_are_no_reason_to_wait_and_each_sees_only_oneself(
    office: Office,
) -> None:
    kari, heidi = sorted(office.tick(), key=lambda one: str(one["To"]), reverse=True)
    for mail, own, other in ((kari, "kari", "heidi"), (heidi, "heidi", "kari")):
        whole = mail.as_string() + ics(mail).decode()
        assert f"{own}@example.no" in whole
        assert f"{other}@example.no" not in whole.lower()
    assert (
        str(kari["Subject"]) == "Innkalling: Møte med PPT, tirsdag 1. desember 2026 kl. 13.00–14.00"
    )
    links = {
        str(mail.get_body(("plain",)).get_content()).partition("/svar/")[2].split()[0]  # type: ignore[union-attr]
        for mail in (kari, heidi)
    }
    assert len(links) == 2
    for stored in ("meeting", "invitation", "mail", "event"):
        with office.engine.connect() as connection:
            rows = str(connection.execute(text(f"SELECT * FROM {stored}")).all())  # noqa: S608
        assert not [link for link in links if link in rows]


def test_request_update_and_cancel_count_upwards_under_one_uid(office: Office) -> None:
    seen = [ics(office.tick()[0])]
    office.do(meetings.move, replace(WHEN, starts_at=BEGINS + timedelta(minutes=30)))
    seen.append(ics(office.tick()[0]))
    office.do(meetings.call_off)
    seen.append(ics(office.tick()[0]))
    assert [understood(one) for one in seen] == [
        ("REQUEST", 0, "CONFIRMED", BEGINS),
        ("REQUEST", 1, "CONFIRMED", BEGINS + timedelta(minutes=30)),
        ("CANCEL", 2, "CANCELLED", BEGINS + timedelta(minutes=30)),
    ]
    assert len({str(Calendar.from_ical(one).walk("VEVENT")[0]["UID"]) for one in seen}) == 1
    assert office.tick() == []


def test_who_is_taken_off_is_told_and_who_comes_back_is_asked_under_a_higher_number(
    office: Office,
) -> None:
    office.tick()
    office.do(meetings.take_off, ["kari"])
    assert [understood(ics(one))[:2] for one in office.tick()] == [("CANCEL", 1)]
    office.do(meetings.invite, ["kari"])
    assert [understood(ics(one))[:2] for one in office.tick()] == [("REQUEST", 2)]
    assert office.states() == {"kari": ("invited", 2), "heidi": ("invited", 0)}


def test_a_cancellation_goes_only_to_those_who_may_have_been_told(office: Office) -> None:
    office.do(meetings.call_off)  # before anything was sent
    assert office.tick() == []
    assert {(state, why) for _version, state, why in office.mails()} == {
        ("dropped", "en nyere sier hva som gjelder"),
        ("dropped", "innkallingen ble aldri sendt, så det er ingenting å avlyse"),
    }


def test_an_invitation_that_may_have_arrived_is_cancelled(office: Office) -> None:
    office.server.play = {"dot": Kept(DROP)}  # it took the mail, and nobody heard its yes
    assert len(office.tick()) >= 1
    office.server.behave()
    office.do(meetings.call_off)
    methods = [understood(ics(one))[0] for one in office.tick(later=timedelta(hours=2))]
    assert set(methods) == {"CANCEL"}


def test_several_changes_before_the_next_tick_are_one_mail(office: Office) -> None:
    for minutes in (10, 20, 30):
        office.do(meetings.move, replace(WHEN, starts_at=BEGINS + timedelta(minutes=minutes)))
    mails = office.tick()
    assert sorted(str(one["To"]) for one in mails) == [
        "Heidi <heidi@example.no>",
        "Kari <kari@example.no>",
    ]
    assert [understood(ics(one))[:2] for one in mails] == [("REQUEST", 3)] * 2
    assert all(str(one["Subject"]).startswith("Innkalling:") for one in mails)


def test_a_crash_after_the_servers_yes_costs_one_copy_with_the_same_id(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = mailer.Conversation.send

    def dies(self: Any, message: EmailMessage) -> Any:
        marked(self, message)
        raise SystemExit

    monkeypatch.setattr(mailer.Conversation, "send", dies)
    with pytest.raises(SystemExit):
        office.tick()
    monkeypatch.undo()
    office.tick(later=timedelta(minutes=11))
    assert sorted(office.server.copies.values()) == [1, 2]
    assert {state for _version, state, _why in office.mails()} == {"sent"}
    files = {
        ics(email.message_from_bytes(one.content, policy=email.policy.default))
        for one in office.server.got
    }
    assert len(files) == 2


def test_an_address_that_is_refused_is_shown_as_not_delivered(office: Office) -> None:
    office.server.play = {"RCPT": b"550 5.1.1 no such user\r\n"}
    office.tick()
    assert office.states() == {"kari": ("not_delivered", 0), "heidi": ("not_delivered", 0)}


def test_what_waits_is_sent_after_a_week_but_not_after_the_meeting_has_begun(
    office: Office,
) -> None:
    office.now -= timedelta(days=10)
    office.do(meetings.move, replace(WHEN, place="Kantina"))
    assert len(office.tick(later=timedelta(days=9))) == 2
    office.do(meetings.move, WHEN)
    assert office.tick(later=timedelta(days=5)) == []
    assert [why for version, _state, why in office.mails() if version == 2] == [
        "møtet har begynt"
    ] * 2


def test_without_a_secret_the_mail_waits_until_there_is_one(office: Office) -> None:
    office.more = {}
    assert office.tick() == []
    office.more = {"secret": SECRET}
    assert len(office.tick(later=timedelta(minutes=2))) == 2


def test_invitations_are_no_reminders(office: Office) -> None:
    from iopflow.reminders.deciding import _had_enough  # noqa: PLC0415 - the rule itself

    office.tick()
    office.do(meetings.move, replace(WHEN, place="Kantina"))
    office.tick()
    with db.session(office.engine, write=False) as session:
        assert _had_enough(session, office.now.date()) == set()


HOSTILE = (
    "Kari\r\nBcc: ola@evil.example.no",
    'Kari"; RSVP=FALSE:mailto:ola@evil.example.no',
    "Kari\u202eoN\u2028\x0b\x00",
    "a\\nb; c, d: ^n",
    "x" * 10_000,
)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_name_or_a_place_holds_the_file_has_one_attendee(hostile: str) -> None:
    meeting = Called(
        *(1, 1, "0" * 32, "lia", hostile, 1, MeetingKind.TEAM, hostile[:60], BEGINS),
        *(BEGINS + timedelta(hours=1), 0, EVENING, EVENING, None, None),
    )
    notice = Notice(
        *(hostile, "kari@example.no", "nb", meeting, 0, "1" * 32, EVENING),
        is_removed=False,
        is_update=False,
    )
    known = settings.load({}, secret=SECRET, base_url="https://iop.example.no")
    message = compose_notice(notice, "<1@example.no>", known, now=EVENING)
    sent = email.message_from_bytes(bytes(message), policy=email.policy.default)
    assert [one.addr_spec for one in sent["To"].addresses] == ["kari@example.no"]
    assert sent["Bcc"] is None
    written = ics(sent)
    understood(written)
    lines = written.decode().replace("\r\n ", "").split("\r\n")
    (attendee,) = (line for line in lines if line.startswith("ATTENDEE"))
    assert "RSVP=TRUE" in attendee
    assert attendee.endswith(":mailto:kari@example.no")
    assert "\\\\" not in written.decode()
    assert max(len(line) for line in written.split(b"\r\n")) <= 75
    assert calendar_of(notice, "iop+1@example.no", "K", "k@example.no") == calendar_of(
        notice, "iop+1@example.no", "K", "k@example.no"
    )


def test_a_token_is_of_one_invitation_and_one_secret() -> None:
    tokens = {token_of(nonce * 32, secret * 32) for nonce in "01" for secret in "ab"}
    assert len(tokens) == 4
    answered = Invitation(
        meeting_id=1,
        person_id=1,
        nonce="",
        invited_at=EVENING,
        answer=Reply.ACCEPTED,
        answered_version=0,
        version=1,
    )
    assert state_of(answered, None) == "invited"


def test_what_was_in_the_hand_of_a_worker_that_is_gone_is_called_off_all_the_same(
    office: Office,
) -> None:
    """The server took the invitation, nobody marked it, and the cancellation is put off."""
    office.tick()
    office.run("UPDATE mail SET delivery = 'sending', settled_at = NULL, ready_at = decided_at")
    office.do(meetings.call_off)
    office.server.play = {"MAIL": b"451 4.7.1 later\r\n"}
    office.tick(later=timedelta(minutes=5))
    office.server.play = {}
    told = [office.tick(later=timedelta(minutes=n)) for n in (5, 30, 60)]
    methods = [understood(ics(mail))[0] for mails in told for mail in mails]
    assert methods == ["CANCEL", "CANCEL"]


def test_what_changes_while_a_batch_is_under_way_is_not_told_as_it_was(office: Office) -> None:
    """The first mail takes its time; meanwhile the meeting is moved, and the second says so."""
    post = mailer.post_of(office.settings, clock=lambda: office.now)
    worker = outbox.Worker(office.engine, RULES, lambda: office.now, _Slow(office, post))
    outbox.tick(worker, sender="example.no")
    sent = [
        email.message_from_bytes(one.content, policy=email.policy.default)
        for one in office.server.got
    ]
    by_person: dict[str, list[int]] = {}
    for mail in sent:
        by_person.setdefault(str(mail["To"]), []).append(understood(ics(mail))[1])
    assert sorted(by_person.values()) == [[0, 1], [1]]


class _Slow:
    """Hands the mails on; during the first of them the meeting is moved."""

    def __init__(self, office: Office, post: Any) -> None:
        self._office, self._post, self._moved = office, post, False

    def send(self, content: Any, message_id: str) -> Any:
        answer = self._post.send(content, message_id)
        if not self._moved:
            self._moved = True
            self._office.do(meetings.move, replace(WHEN, place="Kantina"))
        return answer

    def close(self) -> None:
        self._post.close()


def test_an_address_that_was_taken_back_does_not_open_when_one_is_invited_again(
    office: Office,
) -> None:
    def nonces() -> set[str]:
        with office.engine.connect() as connection:
            return set(connection.execute(text("SELECT nonce FROM invitation")).scalars())

    before = nonces()
    office.do(meetings.take_off, ["kari"])
    office.do(meetings.invite, ["kari"])
    assert len(nonces() & before) == 1


def test_a_later_version_waits_while_another_worker_has_an_earlier_one_in_hand(
    office: Office,
) -> None:
    until = (office.now + timedelta(minutes=9)).strftime("%Y-%m-%d %H:%M:%S")
    office.run(f"UPDATE mail SET delivery = 'sending', ready_at = '{until}'")  # noqa: S608 - ours
    office.do(meetings.call_off)
    assert office.tick() == []
    office.run("UPDATE mail SET delivery = 'sent', ready_at = NULL WHERE version = 0")
    assert [understood(ics(mail))[0] for mail in office.tick()] == ["CANCEL", "CANCEL"]
