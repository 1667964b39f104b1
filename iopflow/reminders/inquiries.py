"""What the mail of a colleague's question says, read when it is sent: a step, and how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.models import MailKind, another, metadata
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.texts import N_, Text

ANSWERED = N_("spørsmålet er besvart")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """All that the mail of a question says: never a pupil, a class, or a word that was typed.

    `answers_to` is the address of whoever asks. `why` is why there is nothing to say, if so.
    """

    name: str
    email: str
    language: str
    asker: str
    answers_to: str | None
    title: Text
    year: Year
    tasks: int
    is_refused: bool = False
    why: str | None = None
    kind: MailKind = MailKind.QUESTION
    late: str = ""  # nothing of it is told in a digest
    said: frozenset[str] = frozenset()


def inquiries(session: Session, rules: Rules, mails: Sequence[Any]) -> dict[int, Inquiry]:
    """What each of the claimed mails about a question says, by the mail's number.

    Those of people without an address have none.
    """
    titles = {step.key: step.title for step in rules.all_steps(session)}
    rows = _questions(session, [mail.about_id for mail in mails])
    return {
        mail.id: Inquiry(
            *(row.name, row.email, row.language or "nb", row.asker, row.answers_to),
            title=titles.get(row.step) or Text(row.step, row.step, row.step),
            year=Year(row.year),
            tasks=row.tasks,
            is_refused=row.refused_email == row.email,
            why=None if row.answered_at is None else ANSWERED,
        )
        for mail in mails
        if (row := rows.get(mail.about_id)) is not None and row.email
    }


def _questions(session: Session, numbers: Sequence[int]) -> dict[int, Any]:
    table, person, asker = metadata.tables["question"], another("person"), another("person")
    rows = session.connection().execute(
        select(
            *(table.c.id, table.c.step, table.c.year, table.c.tasks, table.c.answered_at),
            *(person.c.name, person.c.email, person.c.language, person.c.refused_email),
            asker.c.name.label("asker"),
            asker.c.email.label("answers_to"),
        )
        .join(person, person.c.id == table.c.person_id)
        .join(asker, asker.c.id == table.c.asker_id)
        .where(table.c.id.in_(numbers))
    )
    return {row.id: row for row in rows}
