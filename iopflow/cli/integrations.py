"""`api-token new`, `api-token list`, `api-token revoke`: programs that use the API."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli import output
from iopflow.cli.command import Group, Words, command
from iopflow.cli.edge import work
from iopflow.cli.options import Number, by_option, day_option, format_option, now_option
from iopflow.cli.output import Column, day
from iopflow.roles import HOLDABLE
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.queries.integrations import Integration

KEYS = (
    "token",
    "label",
    "role",
    "at",
    "scope",
    "protected",
    "state",
    "created_at",
    "ends",
    "revoked_at",
    "used_at",
)

api_token_command = Group(
    name="api-token",
    help=_(
        "Tokener for programmer som bruker API-et (/api/v1): hvert har en rolle på et sted, og ser "
        "og gjør det rollen kan. Bare administratoren lager og trekker tilbake dem."
    ),
    where={"new": "integrations", "list": "integrations", "revoke": "integrations"},
    short={
        "new": _("Lag et token for et program"),
        "list": _("Se tokenene, og når de sist ble brukt"),
        "revoke": _("Trekk tilbake et token"),
    },
    examples=(
        'iopflow api-token new "Timeplan" --role kontaktlaerer --at unit:3a --by ada',
        "iopflow api-token list --by ada",
        "iopflow api-token revoke 2 --by ada",
    ),
    no_args_is_help=True,
)


@command(
    "new",
    _(
        "Lager et token og viser det, én gang: bare et avtrykk av det lagres. Programmet sender "
        "det i «Authorization: Bearer …».\n\nTokenet ser det rollen ser på stedet, og bare leser "
        "uten --write. Elever med skjermet adresse er ikke med uten --protected. Loggen sier "
        "hvilket token som har registrert noe."
    ),
    examples=(
        'iopflow api-token new "Timeplan" --role kontaktlaerer --at unit:3a --by ada',
        'iopflow api-token new "Arkiv" --role rektor --at school:lia --write --until 31.07.2027',
    ),
)
@click.argument("label", metavar=_("NAVN"), help=_("Hva tokenet er for; står i loggen."))
@click.option("--role", type=Words(HOLDABLE), required=True, metavar=_("ROLLE"), help=_("Rollen."))
@click.option(
    "--at",
    "at",
    required=True,
    metavar=_("STED"),
    help=_("Stedet: pupil:, unit:, school:, ppt:, owner: eller network: med id."),
)
@click.option("--write", "writes", is_flag=True, help=_("Kan også registrere, ikke bare lese."))
@click.option("--protected", is_flag=True, help=_("Viser også elever med skjermet adresse."))
@day_option("--until", _("Siste dag det virker; ellers til det trekkes tilbake."))
@now_option()
@by_option()
def new_command(
    label: str,
    role: str,
    at: str,
    writes: bool,
    protected: bool,
    until: date | None,
    now: datetime | None,
    by: str | None,
) -> None:
    """The secret, once."""
    from iopflow.engine import integrations
    from iopflow.queries.integrations import where

    with work(now=now, by=by, write=True) as doing:
        number, token = integrations.new(
            doing.session,
            where(doing.session, doing.viewer, role, at, writes=writes),
            label=label.strip(),
            writes=writes,
            protected=protected,
            ends=until,
            act=doing.act("api-token new"),
        )
    click.echo(token)
    click.echo(
        _(
            "API-token {n}. Ta vare på det nå: det vises ikke igjen. Trekk det tilbake med "
            "«iopflow api-token revoke {n}»."
        ).format(n=number),
        err=True,
    )


@command(
    "list",
    _(
        "Viser tokenene: rolle og sted, om de kan registrere, om de virker, og når de sist "
        "var i bruk."
    ),
    examples=("iopflow api-token list --by ada", "iopflow api-token list --format json"),
)
@now_option()
@by_option()
@format_option()
def list_command(now: datetime | None, by: str | None, form: str | None, path: str | None) -> None:
    """The tokens, never the secrets."""
    from iopflow.queries.integrations import integrations

    how = output.asked(form, path)
    with work(now=now, by=by) as doing:
        rows = [_row(one, doing.today) for one in integrations(doing.session, doing.viewer)]
    states = {"living": _("virker"), "revoked": _("trukket tilbake"), "ended": _("avsluttet")}
    columns = [
        Column(_("Nr."), lambda row: row["token"], right=True),
        Column(_("Navn"), lambda row: row["label"], gives=True),
        Column(_("Rolle"), lambda row: row["role"]),
        Column(_("Sted"), lambda row: row["at"], gives=True),
        Column(_("Kan"), lambda row: _("registrere") if row["scope"] == "write" else _("lese")),
        Column(_("Skjermede"), lambda row: _("ja") if row["protected"] else "", drops=True),
        Column(_("Til"), lambda row: day(row["ends"])),
        Column(_("Sist brukt"), lambda row: day(row["used_at"])),
        Column(_("Tilstand"), lambda row: states[row["state"]]),
    ]
    said = counted(len(rows), _("{n} API-token."), _("{n} API-tokener."))
    output.show(how, rows, columns, keys=KEYS, counted=said)


@command(
    "revoke",
    _("Trekker tilbake et token. Det virker ikke fra neste forespørsel. Det kan ikke gjøres om."),
    examples=("iopflow api-token revoke 2 --by ada",),
)
@click.argument(
    "number", type=Number(), metavar=_("NR"), help=_("Nummeret i «iopflow api-token list».")
)
@now_option()
@by_option()
def revoke_command(number: int, now: datetime | None, by: str | None) -> None:
    """The end of one."""
    from iopflow.engine import integrations
    from iopflow.queries.integrations import integration

    with work(now=now, by=by, write=True) as doing:
        one = integration(doing.session, doing.viewer, number)
        changed = integrations.revoke(doing.session, one, act=doing.act("api-token revoke"))
    click.echo(
        _("API-token {n} er trukket tilbake.").format(n=number)
        if changed
        else _("API-token {n} var trukket tilbake fra før.").format(n=number)
    )


def _row(one: "Integration", today: date) -> output.Row:
    return {
        "token": one.id,
        "label": one.label,
        "role": one.role,
        "at": one.at,
        "scope": "write" if one.writes else "read",
        "protected": one.protected,
        "state": one.state(today).value,
        "created_at": one.created_at,
        "ends": one.ends,
        "revoked_at": one.revoked_at,
        "used_at": one.used_at,
    }
