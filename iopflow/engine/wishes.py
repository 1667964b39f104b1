"""How people and schools want their mails: a person's own choice, a school's own sentences."""

from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.models import Person, School, Wish, metadata
from iopflow.refusals import Refused
from iopflow.texts import _

LONGEST = 300  # signs of a sentence


def set_wish(session: Session, person: Person, wish: Wish, *, act: Act) -> bool:
    """Stores how often a person wants to be reminded. Returns whether that is news."""
    if person.wish is wish:
        return False
    change = Change(person.number, {"wish": person.wish}, {"wish": wish}, person.owner)
    ledger.update_rows(session, "person", [change], act)
    return True


def set_text(
    session: Session, school: School, part: str, language: str, text: str, *, act: Act
) -> None:
    """Stores a school's own sentence; an empty one gives back the usual. Raises Refused.

    What a sentence may be about is checked by the caller, who knows what a mail can fill in.
    """
    if len(text) > LONGEST or any(ord(sign) < ord(" ") for sign in text):
        raise Refused(
            _("Teksten kan ha inntil {n} tegn på én linje: skriv den kortere.").format(n=LONGEST)
        )
    table = metadata.tables["school_text"]
    key = {"school_id": school.number, "part": part, "language": language}
    there = session.execute(
        select(table).where(*(table.c[name] == value for name, value in key.items()))
    ).first()
    if there is None and text:
        row = key | {"owner_id": school.owner, "text": text}
        ledger.insert_rows(session, "school_text", [row], act)
    elif there is not None and not text:
        ledger.delete_rows(session, "school_text", [Gone(there.id, there._asdict())], act)
    elif there is not None and there.text != text:
        change = Change(there.id, {"text": there.text}, {"text": text}, school.owner)
        ledger.update_rows(session, "school_text", [change], act)
