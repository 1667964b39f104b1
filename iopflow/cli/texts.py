"""`mail-text`: the sentences of the mails that a school may put its own instead of."""

from datetime import datetime
from typing import Any

import click

from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import by_option, format_option, now_option, school_option
from iopflow.cli.output import Column
from iopflow.cli.year import schools_for
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.texts import LANGUAGES, _

PARTS = ("hilsen", "innledning", "avslutning")


@command(
    "mail-text",
    _(
        "Viser eller endrer setningene i e-postene som skolen kan skrive selv: hilsenen, en "
        "innledning og en avslutning. I dem kan {fornavn}, {steg} og {over_frist} stå; alt annet "
        "står som det er skrevet. En tom tekst gir tilbake den vanlige."
    ),
    examples=(
        "iopflow mail-text --school lia",
        'iopflow mail-text avslutning "Spør Lise på kontoret om noe er uklart." --school lia',
        'iopflow mail-text avslutning "" --school lia',
    ),
)
@click.argument(
    "part",
    required=False,
    type=Words(PARTS),
    metavar=_("DEL"),
    help=_("hilsen, innledning eller avslutning; uten vises alle."),
)
@click.argument("text", required=False, metavar=_("TEKST"), help=_("Den nye setningen."))
@school_option(_("Skolen det gjelder; ellers alle du har ansvar for."))
@click.option(
    "--in",
    "language",
    type=Words(LANGUAGES),
    help=_("Språket setningen er skrevet på; ellers skolens."),
)
@now_option()
@by_option()
@format_option()
def mail_text_command(
    part: str | None,
    text: str | None,
    school: str | None,
    language: str | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """A school's own sentences."""
    how = output.asked(form, path)
    if part is not None and text is None:
        raise click.UsageError(_("Skriv den nye teksten etter {part}.").format(part=part))
    with work(now=now, by=by, write=part is not None) as at:
        schools = schools_for(at, school, Action.GO_LIVE)
        if part is not None:
            _write(at, schools, part, text or "", language)
        rows = _rows(at, schools)
    columns = [
        Column(_("Skole"), lambda row: row["school"]),
        Column(_("Språk"), lambda row: row["language"]),
        Column(_("Del"), lambda row: row["part"]),
        Column(_("Tekst"), lambda row: row["text"], gives=True),
    ]
    keys = ("school", "language", "part", "text")
    said = _("Alle andre setninger er de vanlige.")
    output.show(how, rows, columns, keys=keys, counted=said)


def _write(at: Work, schools: Any, part: str, text: str, language: str | None) -> None:
    from iopflow.engine.wishes import set_text
    from iopflow.mailer.words import PLACEHOLDERS, unknown_places

    unknown = unknown_places(text)
    if unknown:
        raise Refused(
            _("{{{word}}} kan ikke fylles inn: skriv {known}, eller uten klammer.").format(
                word=unknown[0], known=", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            )
        )
    for one in schools:
        spoken = language or one.language
        set_text(at.session, one, part, spoken, text.strip(), act=at.act("mail_text"))


def _rows(at: Work, schools: Any) -> list[dict[str, str]]:
    from sqlalchemy import select

    from iopflow.models import metadata

    names = {one.id: one.key for one in schools}
    table = metadata.tables["school_text"]
    found = at.session.execute(select(table).where(table.c.school_id.in_(names)))
    rows = [
        {
            "school": names[row.school_id],
            "language": row.language,
            "part": row.part,
            "text": row.text,
        }
        for row in found
    ]
    return sorted(rows, key=lambda row: (row["school"], row["language"], row["part"]))
