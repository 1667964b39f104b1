"""Logging in and out: a session, an account of a provider, an address that works once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.models import Delivery, MailKind, metadata
from iopflow.queries import logins
from iopflow.queries.hashes import hashed
from iopflow.refusals import Refused
from iopflow.texts import _

LINK_LASTS = timedelta(minutes=15)
MOST_LINKS = 3  # to one person while one lasts


class NotKnown(Refused):
    """Somebody who has proved who they are, and is nobody here, or may not come in."""


def begin(session: Session, person: Any, *, now: datetime) -> str:
    """Logs a person in (a row with id and owner_id) and returns what the cookie holds."""
    token = secrets.token_urlsafe(32)
    row = {
        "owner_id": person.owner_id,
        "token_hash": hashed(token),
        "person_id": person.id,
        "created_at": now,
        "seen_at": now,
        "ends_at": now + logins.ABSOLUTE,
    }
    ledger.insert_rows(session, "web_session", [row], Act("log in", now, actor_id=person.id))
    return token


def end(
    session: Session, person_id: int, *, act: Act, only: int | None = None, but: int | None = None
) -> int:
    """Ends a person's open log-ins: all, `only` one of them, or all `but` one. Returns how many."""
    ended = [
        Change(one.id, {"ended_at": None}, {"ended_at": act.at}, one.owner_id)
        for one in logins.open_log_ins(session, person_id, now=act.at)
        if one.id != but and only in (None, one.id)
    ]
    return ledger.update_rows(session, "web_session", ended, act)


def person_with(
    session: Session, issuer: str, subject: str, login: str | None, *, name: str, now: datetime
) -> Any:
    """The person who logs in with an account, which becomes theirs at the first log-in.

    Known by issuer and subject; at the first log-in by `login` of people.csv, never by an e-mail.
    `name` is what the provider is called. Raises NotKnown, in words.
    """
    person = logins.person_of(session, issuer, subject)
    if person is None:
        person = _by_login(session, issuer, login, name)
        act = Act("account connect", now, actor_id=person.id)
        connect(session, person, issuer, subject, act=act)
    if not logins.holds_a_role(session, person.id, today=local_date(now)):
        raise NotKnown(
            _(
                "Du er logget inn hos {provider}, men har ingen rolle i iopflow i dag: be den som "
                "administrerer iopflow ved skolen om en."
            ).format(provider=name)
        )
    return person


def _by_login(session: Session, issuer: str, login: str | None, name: str) -> Any:
    found = logins.people_by_login(session, login) if login else []
    if len(found) > 1:
        raise NotKnown(
            _(
                "Du er logget inn hos {provider}, men brukernavnet «{login}» står på flere "
                "personer: be den som administrerer iopflow rette people.csv."
            ).format(provider=name, login=login)
        )
    if not found:
        raise NotKnown(
            _(
                "Du er logget inn hos {provider}, men iopflow kjenner ikke brukeren{login}: be den "
                "som administrerer iopflow ved skolen føre brukernavnet i people.csv (kolonnen "
                "login)."
            ).format(provider=name, login=f" «{login}»" if login else "")
        )
    (person,) = found
    if any(one.issuer == issuer for one in logins.identities(session, person.id)):
        # A user name that a provider has given to somebody else since.
        raise NotKnown(
            _(
                "Brukernavnet «{login}» er alt koblet til en annen konto hos {provider}: be den "
                "som administrerer iopflow sjekke om det er din, og koble fra den gamle."
            ).format(provider=name, login=login)
        )
    return person


def connect(session: Session, person: Any, issuer: str, subject: str, *, act: Act) -> bool:
    """Makes an account a person's (a row with id and owner_id). Returns whether that is news.

    Raises Refused where it is somebody else's, or the person has another of that provider.
    """
    other = logins.person_of(session, issuer, subject)
    if other is not None and other.id == person.id:
        return False
    if other is not None:
        raise Refused(_("Kontoen er alt koblet til en annen person i iopflow."))
    if any(one.issuer == issuer for one in logins.identities(session, person.id)):
        raise Refused(_("En annen konto er alt koblet til deg: koble fra den først."))
    row = {
        "owner_id": person.owner_id,
        "person_id": person.id,
        "issuer": issuer,
        "subject": subject,
        "connected_at": act.at,
    }
    ledger.insert_rows(session, "person_identity", [row], act)
    return True


def disconnect(session: Session, person_id: int, *, act: Act, number: int | None = None) -> int:
    """Takes away a person's accounts, or the one of a number. Returns how many there were."""
    gone = [
        Gone(one.id, one._asdict())
        for one in logins.identities(session, person_id)
        if number in (None, one.id)
    ]
    return ledger.delete_rows(session, "person_identity", gone, act)


def new_link(session: Session, person: Any, *, act: Act) -> str:
    """The secret of an address that logs a person in once, to be handed over by hand.

    Raises NotKnown for somebody without a role today.
    """
    if not logins.holds_a_role(session, person.id, today=local_date(act.at)):
        raise NotKnown(_("Personen har ingen rolle i dag, og kommer ikke inn: gi en rolle først."))
    token = secrets.token_hex(32)
    _store(session, person, token, None, "/", act)
    return token


def mail_links(
    session: Session, email: str, leads_to: str, *, secret: str, sender: str, now: datetime
) -> int:
    """A mail with an address that logs in, to each person with a role today who has that e-mail.

    Where two share an address, each gets one: it is the mailbox that proves who somebody is. At
    most three while one lasts. Returns how many mails.
    """
    sent = 0
    for person in logins.people_by_email(session, email, today=local_date(now)):
        act = Act("log-in link", now, actor_id=person.id)
        if _lately(session, person.id, now) >= MOST_LINKS:
            continue
        nonce = secrets.token_hex(16)
        number = _store(session, person, logins.secret_of(nonce, secret), nonce, leads_to, act)
        session.connection().execute(
            insert(metadata.tables["mail"]),
            {
                "owner_id": person.owner_id,
                "send_on": local_date(now),
                "person_id": person.id,
                "kind": MailKind.LOG_IN,
                "about_id": number,
                "version": 0,
                "delivery": Delivery.DUE,
                "message_id": f"<{hashlib.sha256(nonce.encode()).hexdigest()[:32]}@{sender}>",
                "domain": email.rpartition("@")[2].lower(),
                "decided_at": now,
                "ready_at": now,
                "tries": 0,
            },
        )
        sent += 1
    return sent


def _lately(session: Session, person_id: int, now: datetime) -> int:
    link = metadata.tables["login_link"]
    counting = select(func.count()).where(
        link.c.person_id == person_id,
        link.c.created_at > now - LINK_LASTS,
        link.c.nonce.is_not(None),
    )
    return int(session.connection().execute(counting).scalar_one())


def _store(
    session: Session, person: Any, token: str, nonce: str | None, leads_to: str, act: Act
) -> int:
    row = {
        "owner_id": person.owner_id,
        "token_hash": hashed(token),
        "person_id": person.id,
        "created_at": act.at,
        "ends_at": act.at + LINK_LASTS,
        "nonce": nonce,
        "leads_to": leads_to,
    }
    return ledger.insert_rows(session, "login_link", [row], act)[0]


def use_link(session: Session, token: str, *, now: datetime) -> Any:
    """Uses up an address that logs in, and returns its row; None where it does not work."""
    link = logins.usable_link(session, token, now=now)
    if link is None or not logins.holds_a_role(session, link.person_id, today=local_date(now)):
        return None
    used = Change(link.id, {"used_at": None}, {"used_at": now}, link.owner_id)
    act = Act("log-in link used", now, actor_id=link.person_id)
    ledger.update_rows(session, "login_link", [used], act)
    return link
