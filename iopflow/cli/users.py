"""`user`: the log-ins of a person, an address that logs in once, and the accounts of a person."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli import output
from iopflow.cli.command import Group, command
from iopflow.cli.edge import Work, settings, work
from iopflow.cli.options import by_option, format_option, now_option
from iopflow.cli.output import Column
from iopflow.refusals import Refused
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.models import Person

SERVED = "http://127.0.0.1:8765"  # where `iopflow serve` is without settings
KEYS = ("log_in", "created_at", "seen_at")

user_command = Group(
    name="user",
    help=_(
        "Innloggingene til en person: se og avslutt dem, lag en lenke som logger inn én gang, og "
        "koble til eller fra en konto hos leverandøren. For administratoren."
    ),
    where=dict.fromkeys(("sessions", "log-out", "link", "connect", "disconnect"), "users"),
    short={
        "sessions": _("Se hvor en person er logget inn"),
        "log-out": _("Avslutt alle innloggingene til en person"),
        "link": _("Lag en adresse som logger en person inn én gang"),
        "connect": _("Koble en konto hos leverandøren til en person"),
        "disconnect": _("Koble fra kontoene til en person"),
    },
    examples=(
        "iopflow user link ada",
        "iopflow user sessions kari --by ada",
        "iopflow user log-out kari --by ada",
        "iopflow user disconnect kari --by ada",
    ),
    no_args_is_help=True,
)

_person = click.argument("key", metavar=_("PERSON"), help=_("Id-en fra people.csv."))


@command(
    "sessions",
    _("Viser innloggingene som ikke er avsluttet, den som sist var i bruk først."),
    examples=("iopflow user sessions kari --by ada",),
)
@_person
@now_option()
@by_option()
@format_option()
def sessions_command(
    key: str, now: datetime | None, by: str | None, form: str | None, path: str | None
) -> None:
    """The open log-ins."""
    from iopflow.queries.logins import open_log_ins

    how = output.asked(form, path)
    with work(now=now, by=by) as doing:
        person = _found(doing, key)
        rows: list[output.Row] = [
            {"log_in": one.id, "created_at": one.created_at, "seen_at": one.seen_at}
            for one in open_log_ins(doing.session, person.number, now=doing.now)
        ]
    columns = [
        Column(_("Nr."), lambda row: row["log_in"], right=True),
        Column(_("Logget inn"), lambda row: _moment(row["created_at"])),
        Column(_("Sist i bruk"), lambda row: _moment(row["seen_at"])),
    ]
    said = counted(len(rows), _("{n} innlogging."), _("{n} innlogginger."))
    output.show(how, rows, columns, keys=KEYS, counted=said)


@command(
    "log-out",
    _("Avslutter alle innloggingene til en person. De virker ikke fra neste forespørsel."),
    examples=("iopflow user log-out kari --by ada",),
)
@_person
@now_option()
@by_option()
def log_out_command(key: str, now: datetime | None, by: str | None) -> None:
    """The end of all of them."""
    from iopflow.engine import logins

    with work(now=now, by=by, write=True) as doing:
        person = _found(doing, key)
        ended = logins.end(doing.session, person.number, act=doing.act("user log-out"))
    click.echo(
        counted(ended, _("{n} innlogging er avsluttet."), _("{n} innlogginger er avsluttet."))
    )


@command(
    "link",
    _(
        "Lager en adresse som logger personen inn én gang, de neste 15 minuttene. Gi den til "
        "personen selv: den som har den, kommer inn som personen. Slik logger administratoren seg "
        "inn første gang."
    ),
    examples=("iopflow user link ada", "iopflow user link kari --by ada"),
)
@_person
@now_option()
@by_option()
def link_command(key: str, now: datetime | None, by: str | None) -> None:
    """The address, once."""
    from iopflow.engine import logins

    base = settings().base_url
    with work(now=now, by=by, write=True) as doing:
        person = _found(doing, key)
        token = logins.new_link(doing.session, person, act=doing.act("user link"))
    click.echo(f"{base or SERVED}/logg-inn/{token}")
    said = _("Adressen virker én gang, i 15 minutter. Den vises ikke igjen.")
    if base is None:
        said += " " + _(
            "IOPFLOW_BASE_URL er ikke satt, så den gjelder «iopflow serve» på denne maskinen."
        )
    click.echo(said, err=True)


@command(
    "connect",
    _(
        "Kobler en konto hos leverandøren (IOPFLOW_OIDC_ISSUER) til en person, når brukernavnet "
        "ikke står i people.csv. SUBJECT er det leverandøren kaller «sub»."
    ),
    examples=("iopflow user connect kari 8f2c61f0-5b1e-4c1d-9d0a-2f4f1f0c7a11 --by ada",),
)
@_person
@click.argument("subject", metavar="SUBJECT", help=_("Kontoens «sub» hos leverandøren."))
@now_option()
@by_option()
def connect_command(key: str, subject: str, now: datetime | None, by: str | None) -> None:
    """An account that becomes somebody's."""
    from iopflow.engine import logins

    issuer = settings().oidc_issuer
    if issuer is None:
        raise Refused(
            _("Ingen leverandør er satt opp: sett IOPFLOW_OIDC_ISSUER og de andre IOPFLOW_OIDC_….")
        )
    if not 0 < len(subject) <= 255 or not subject.isprintable():
        raise Refused(_("«sub» kan ha inntil 255 tegn, uten styretegn."))
    with work(now=now, by=by, write=True) as doing:
        person = _found(doing, key)
        act = doing.act("account connect")
        news = logins.connect(doing.session, person, issuer, subject, act=act)
    click.echo(
        _("Kontoen er koblet til {person}.").format(person=key)
        if news
        else _("Kontoen var koblet til {person} fra før.").format(person=key)
    )


@command(
    "disconnect",
    _(
        "Kobler fra kontoene til en person, og avslutter innloggingene. Står brukernavnet fortsatt "
        "i people.csv, kobles kontoen til igjen ved neste innlogging."
    ),
    examples=("iopflow user disconnect kari --by ada",),
)
@_person
@now_option()
@by_option()
def disconnect_command(key: str, now: datetime | None, by: str | None) -> None:
    """Accounts that are nobody's again."""
    from iopflow.engine import logins

    with work(now=now, by=by, write=True) as doing:
        person = _found(doing, key)
        act = doing.act("account disconnect")
        gone = logins.disconnect(doing.session, person.number, act=act)
        logins.end(doing.session, person.number, act=act)
    click.echo(counted(gone, _("{n} konto er koblet fra."), _("{n} kontoer er koblet fra.")))


def _found(doing: Work, key: str) -> "Person":
    """The person, for the administrator of the same owner. Raises NotFound and NotAllowed."""
    from iopflow.queries.places import find
    from iopflow.roles import Action

    doing.viewer.require(Action.ADMINISTER)
    person: Person = find(doing.session, "person", key, owner_id=doing.viewer.owner_id)
    return person


def _moment(at: datetime) -> str:
    from iopflow.clock import aware, local

    there = local(aware(at))
    return f"{there:%d.%m.%Y %H.%M}"
