"""The tokens of the API: what each may see and do, asked anew at every request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from iopflow.clock import aware
from iopflow.models import ApiToken
from iopflow.queries.access import Grant, Viewer
from iopflow.queries.hashes import hashed
from iopflow.queries.places import KINDS, NotFound, find, names
from iopflow.refusals import Refused
from iopflow.roles import ROLES, Action, Place
from iopflow.texts import _

SEEING = frozenset({Action.SEE, Action.FIGURES})


class State(StrEnum):
    """Whether a token opens anything."""

    LIVING = "living"
    REVOKED = "revoked"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Integration:
    """A token as it is shown and used: never the secret, nor its hash.

    `at` is the place in the words of a command, `at_id` its number, None where it is gone.
    `protected`: pupils with a protected address are shown as far as the role shows them.
    """

    id: int
    owner_id: int
    label: str
    role: str
    place: Place
    at: str
    at_id: int | None
    writes: bool
    protected: bool
    created_at: datetime
    ends: date | None
    revoked_at: datetime | None
    used_at: datetime | None

    def state(self, today: date) -> State:
        """Whether it opens anything on a day; `ends` is its last."""
        if self.revoked_at is not None:
            return State.REVOKED
        return State.ENDED if self.ends is not None and today > self.ends else State.LIVING

    def viewer(self, today: date) -> Viewer:
        """Who asks: the role at the place, as `roles.py` has it today."""
        grants = (
            (Grant(self.role, self.place, self.at_id, sheltering=not self.protected),)
            if self.role in ROLES and self.at_id is not None
            else ()
        )
        return Viewer(None, self.owner_id, None, grants, today, token_id=self.id)


@dataclass(frozen=True, slots=True)
class Where:
    """A role at a place of an owner, checked: what a new token is made of."""

    owner_id: int
    role: str
    place: Place
    at_key: str


def by_token(session: Session, token: str, *, today: date) -> Integration | None:
    """The living integration of a secret. It is found by the hash: no secret is compared."""
    found = next(iter(_some(session, col(ApiToken.token_hash) == hashed(token))), None)
    return found if found is not None and found.state(today) is State.LIVING else None


def integrations(session: Session, viewer: Viewer) -> list[Integration]:
    """All tokens of the administrator's owner. Raises NotAllowed for everybody else."""
    viewer.require(Action.ADMINISTER)
    if viewer.is_everyone:
        return _some(session)
    return _some(session, col(ApiToken.owner_id) == viewer.owner_id)


def integration(session: Session, viewer: Viewer, number: int) -> Integration:
    """One of them by number. Raises NotFound and NotAllowed."""
    for one in integrations(session, viewer):
        if one.id == number:
            return one
    raise NotFound(_("Fant ikke API-token {n}: se «iopflow api-token list».").format(n=number))


def where(session: Session, viewer: Viewer, role: str, at: str, *, writes: bool) -> Where:
    """The role and the place of a token to be made.

    Raises NotAllowed for whoever is no administrator, NotFound for an unknown place, and Refused
    for a role that cannot be held there or that the API has nothing for.
    """
    viewer.require(Action.ADMINISTER)
    found = ROLES.get(role)
    useful = [one for one in ROLES.values() if SEEING & one.may]
    if found is None or found not in useful:
        raise Refused(
            _("Rollen «{role}» ser ingenting i API-et: velg blant {roles}.").format(
                role=role, roles=", ".join(one.key for one in useful)
            )
        )
    kind, _colon, key = at.partition(":")
    if kind not in found.places or not key:
        raise Refused(
            _("«{at}» er ikke et sted for rollen {role}: skriv {places}.").format(
                at=at, role=role, places=_(" eller ").join(f"{one}:ID" for one in found.places)
            )
        )
    if writes and Action.COMPLETE not in found.may:
        raise Refused(
            _("Rollen {role} registrerer ikke at noe er gjort: lag tokenet uten --write.").format(
                role=role
            )
        )
    row = find(session, kind, key, owner_id=viewer.owner_id)
    owner_id: int = row.id if kind == "owner" else row.owner_id
    if viewer.owner_id not in (None, owner_id):
        raise NotFound(
            _("Fant ikke {what} «{key}»: sjekk id-en.").format(what=names("owner"), key=key)
        )
    return Where(owner_id, role, Place(kind), row.key)


def _some(session: Session, *conditions: ColumnElement[bool]) -> list[Integration]:
    rows = session.execute(select(ApiToken).where(*conditions).order_by(col(ApiToken.id)))
    found = rows.scalars().all()
    places = _places(session, found)
    return [
        Integration(
            id=row.number,
            owner_id=row.owner,
            label=row.label,
            role=row.role,
            place=Place(row.at_kind),
            at=f"{row.at_kind}:{row.at_key}",
            at_id=places.get((row.at_kind, row.owner, row.at_key)),
            writes=row.writes,
            protected=row.protected,
            created_at=aware(row.created_at),
            ends=row.ends,
            revoked_at=aware(row.revoked_at) if row.revoked_at else None,
            used_at=aware(row.used_at) if row.used_at else None,
        )
        for row in found
    ]


def _places(session: Session, rows: Sequence[ApiToken]) -> dict[tuple[str, int, str], int]:
    """The numbers of the places that are there, by kind, owner and id."""
    found = {}
    for kind in {row.at_kind for row in rows}:
        table: Any = KINDS[kind]
        owner = table.id if kind == "owner" else table.owner_id
        keys = [row.at_key for row in rows if row.at_kind == kind]
        for at_id, owner_id, key in session.execute(
            select(table.id, owner, table.key).where(table.key.in_(keys))
        ):
            found[kind, owner_id, key] = at_id
    return found
