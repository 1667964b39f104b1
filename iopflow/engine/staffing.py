"""The list of people: a new one, and another name, address or name to log in with."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from iopflow.bounds import EMAIL, NATIONAL_ID
from iopflow.engine import ledger
from iopflow.engine.granting import Known, Wrong
from iopflow.engine.ledger import Act, Change
from iopflow.models import metadata
from iopflow.queries import giving
from iopflow.queries.access import NotAllowed, Viewer
from iopflow.queries.staff import Member, may_change
from iopflow.texts import LANGUAGES, _

LONGEST = 120  # signs of a name
_LOGIN = re.compile(r"[^\s\x00-\x1f\x7f]{1,120}")
_WORD = re.compile(r"[a-z0-9]+")


def new(
    session: Session, viewer: Viewer, values: Mapping[str, str], *, act: Act
) -> tuple[int, str]:
    """Puts a person on the list, without a role. Returns the number and the id in people.csv.

    Raises NotAllowed, Wrong.
    """
    if not giving.makes_people(viewer):
        raise NotAllowed(_("Du kan ikke legge til personer: be rektor eller administrator."))
    known = _checked(session, viewer, values, None)
    key = _key(session, viewer, known["name"])
    row = known | {"owner_id": viewer.owner_id, "key": key, "wish": "nudge"}
    (number,) = ledger.insert_rows(session, "person", [row], act)
    return number, key


def may_change_login(viewer: Viewer, member: Member) -> bool:
    """Whether the viewer, who may change the person, may change what the person logs in with: it
    is worth all that the person sees, which may be more than a head sees.
    """
    return member.id != viewer.person_id and giving.makes_people(viewer)


def change(
    session: Session,
    viewer: Viewer,
    known: Known,
    member: Member,
    values: Mapping[str, str],
    *,
    act: Act,
) -> bool:
    """Changes name, address, name to log in with or language. Returns whether anything changed.

    Nobody changes one's own name to log in with. Raises NotAllowed, Wrong.
    """
    if not may_change(viewer, member, known):
        raise NotAllowed(
            _("{person} har roller du ikke administrerer: be en med flere rettigheter.").format(
                person=member.name
            )
        )
    after = _checked(session, viewer, values, member)
    if after["login"] != member.login and not may_change_login(viewer, member):
        raise Wrong(
            "login",
            _("Innloggingsnavnet endres av rektor eller administrator, og aldri av en selv."),
        )
    if after["email"] != member.email and not may_change_login(viewer, member):
        raise Wrong(
            "email",
            _("E-posten kan logge inn: rektor eller administrator endrer den, aldri en selv."),
        )
    before = {name: getattr(member, name) for name in after}
    news = {name: value for name, value in after.items() if value != before[name]}
    if not news or viewer.owner_id is None:
        return False
    row = Change(member.id, {name: before[name] for name in news}, news, viewer.owner_id)
    return bool(ledger.update_rows(session, "person", [row], act))


def _checked(
    session: Session, viewer: Viewer, values: Mapping[str, str], member: Member | None
) -> dict[str, Any]:
    """The values as the table holds them. Raises Wrong."""
    name = " ".join(values.get("name", "").split())
    email, login = values.get("email", "").strip(), values.get("login", "").strip()
    language = values.get("language", "")
    for field, typed in (("name", name), ("email", email), ("login", login)):
        if NATIONAL_ID.search(typed):
            raise Wrong(field, _("Et fødselsnummer hører ikke hjemme her: skriv noe annet."))
    if not name or len(name) > LONGEST or any(not sign.isprintable() for sign in name):
        raise Wrong("name", _("Skriv navnet, med inntil {n} tegn på én linje.").format(n=LONGEST))
    if email and not EMAIL.fullmatch(email):
        raise Wrong(
            "email",
            _("«{typed}» er ingen e-postadresse: skriv som kari@example.no.").format(
                typed=email[:60]
            ),
        )
    if login and not _LOGIN.fullmatch(login):
        raise Wrong("login", _("Innloggingsnavnet er ett ord, som kari@example.no."))
    if language not in ("", *LANGUAGES):
        raise Wrong("language", _("Velg et av språkene."))
    person = metadata.tables["person"]
    if login:
        taken = select(person.c.id).where(
            person.c.owner_id == viewer.owner_id, func.lower(person.c.login) == login.lower()
        )
        others = set(session.execute(taken).scalars()) - {member.id if member else None}
        if others:
            raise Wrong("login", _("Innloggingsnavnet er i bruk av en annen: sjekk skrivemåten."))
    return {
        "name": name,
        "email": email or None,
        "login": login or None,
        "language": language or None,
    }


def _key(session: Session, viewer: Viewer, name: str) -> str:
    """An id for people.csv that nobody has: the names in small letters, numbered if need be."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(str.maketrans("æøå", "aoa")))
    word = ".".join(_WORD.findall(plain.encode("ascii", "ignore").decode()))[:40] or "person"
    person = metadata.tables["person"]
    taken = set(
        session.execute(
            select(person.c.key).where(
                person.c.owner_id == viewer.owner_id, person.c.key.startswith(word)
            )
        ).scalars()
    )
    number = 1
    while (key := word if number == 1 else f"{word}{number}") in taken:
        number += 1
    return key
