"""`feed new`, `list`, `renew`, `revoke`, `show`: deadlines in a person's own calendar."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli import output
from iopflow.cli.command import Group, Words, command
from iopflow.cli.edge import Work, settings, work
from iopflow.cli.options import Number, by_option, format_option, now_option
from iopflow.cli.output import Column, day
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.queries.feeds import Feed

LEVELS = ("counts", "codes", "steps")
SHOWS = ("deadlines", "wheel", "dates")
KEYS = (
    "feed",
    "person",
    "at",
    "shows",
    "level",
    "ticks",
    "label",
    "state",
    "created_at",
    "revoked_at",
    "valid_to",
    "fetched_at",
    "fetched_by",
)

feed_command = Group(
    name="feed",
    help=_(
        "Kalenderlenker: fristene i din egen kalender, uten navn og klasser. Lenken er personlig; "
        "den som har den, ser fristene. Endringer vises i kalenderen innen et døgn."
    ),
    where={"new": "feeds", "list": "feeds", "renew": "feeds", "revoke": "feeds", "show": "feeds"},
    short={
        "new": _("Lag en kalenderlenke"),
        "list": _("Se kalenderlenkene, og når de sist ble hentet"),
        "renew": _("Bytt ut adressen til en kalenderlenke"),
        "revoke": _("Trekk tilbake en kalenderlenke"),
        "show": _("Vis kalenderen slik den er nå (.ics)"),
    },
    examples=(
        "iopflow feed new --person kari --by kari",
        "iopflow feed show --person heidi --at unit:smatrinn --by heidi",
        "iopflow feed revoke 3 --by kari",
    ),
    no_args_is_help=True,
)

_at = click.option(
    "--at",
    "at",
    default="person",
    metavar=_("STED"),
    help=_("Egne frister (person), eller dem ved unit:ID, school:ID eller ppt:ID."),
)
_level = click.option(
    "--level",
    type=Words(LEVELS),
    default="counts",
    metavar=_("NIVÅ"),
    help=_(
        "Hva som står: counts (hvor mange elever som er igjen), codes (en kode for hver elev) "
        "eller steps (bare steget)."
    ),
)
_shows = click.option(
    "--shows",
    type=Words(SHOWS),
    default="deadlines",
    metavar=_("HVA"),
    help=_(
        "Hva kalenderen viser: deadlines (fristene som gjenstår), wheel (skolens årshjul, uten "
        "tall) eller dates (telledatoer og samlinger)."
    ),
)
_ticks = click.option(
    "--ticks", is_flag=True, help=_("Det som er gjort, blir stående med en hake foran.")
)


@command(
    "new",
    _(
        "Lager en kalenderlenke og viser adressen, én gang: bare et avtrykk av den lagres. Lim "
        "adressen inn som «kalender fra nettet» i Outlook, Google eller på mobilen.\n\nUten --at "
        "gjelder den dine egne frister. Fristene ved en avdeling, en skole eller et PPT-kontor kan "
        "den få som har en rolle der. Administratoren kan lage lenker for andre."
    ),
    examples=(
        "iopflow feed new --person kari --by kari",
        'iopflow feed new --person heidi --at unit:smatrinn --label "mobilen" --by heidi',
    ),
)
@click.option("--person", required=True, metavar=_("PERSON"), help=_("Hvem lenken er for."))
@_shows
@_at
@_level
@_ticks
@click.option("--label", default="", metavar=_("TEKST"), help=_("Et navn du kjenner den igjen på."))
@now_option()
@by_option()
def new_command(
    person: str,
    shows: str,
    at: str,
    level: str,
    ticks: bool,
    label: str,
    now: datetime | None,
    by: str | None,
) -> None:
    """The address, once."""
    from iopflow.engine import feeds

    with work(now=now, by=by, write=True) as doing:
        feed = _imagined(doing, person, at, level, shows, ticks)
        number, token = feeds.new(
            doing.session, feed, label=label.strip(), act=doing.act("feed new")
        )
    _say_address(number, token, feed.person)


def _say_address(number: int, token: str, person: str) -> None:
    """The address on stdout, and what to do with it on stderr."""
    from iopflow.engine import feeds

    base = settings().base_url
    click.echo((base or "") + feeds.path_of(token))
    click.echo(
        _(
            "Kalenderlenke {n} for {person}. Ta vare på adressen nå: den vises ikke igjen. "
            "Trekk den tilbake med «iopflow feed revoke {n}»."
        ).format(n=number, person=person),
        err=True,
    )
    if base is None:
        click.echo(_("Sett IOPFLOW_BASE_URL for å få hele adressen, med https:// foran."), err=True)


@command(
    "list",
    _(
        "Viser dine kalenderlenker (administratoren ser alles): hva de gjelder, om de virker, og "
        "når de sist ble hentet. En lenke som ikke er hentet på 13 måneder, er avsluttet."
    ),
    examples=("iopflow feed list --by kari", "iopflow feed list --person kari --format json"),
)
@click.option("--person", metavar=_("PERSON"), help=_("Bare denne personens."))
@now_option()
@by_option()
@format_option()
def list_command(
    person: str | None, now: datetime | None, by: str | None, form: str | None, path: str | None
) -> None:
    """The feeds, never their addresses."""
    from iopflow.queries import feeds

    how = output.asked(form, path)
    with work(now=now, by=by) as doing:
        rows = [_row(doing, feed) for feed in feeds.feeds(doing.session, doing.viewer, person)]
    states = {
        "living": _("virker"),
        "revoked": _("trukket tilbake"),
        "ended": _("avsluttet"),
        "replaced": _("byttet ut"),
        "withdrawn": _("rollen er avsluttet"),
    }
    columns = [
        Column(_("Nr."), lambda row: row["feed"], right=True),
        Column(_("Person"), lambda row: row["person"]),
        Column(_("Gjelder"), lambda row: row["at"], gives=True),
        Column(_("Viser"), lambda row: row["shows"], gives=True),
        Column(_("Nivå"), lambda row: row["level"]),
        Column(_("Navn"), lambda row: row["label"], gives=True, drops=True),
        Column(_("Laget"), lambda row: day(row["created_at"])),
        Column(_("Sist hentet"), lambda row: day(row["fetched_at"])),
        Column(_("Tilstand"), lambda row: states[row["state"]]),
    ]
    said = counted(len(rows), _("{n} kalenderlenke."), _("{n} kalenderlenker."))
    output.show(how, rows, columns, keys=KEYS, counted=said)


@command(
    "renew",
    _(
        "Bytter ut adressen til en kalenderlenke, for eksempel når noen andre har sett den. Den "
        "gamle virker i tretti dager til, så du rekker å legge inn den nye; trekk den tilbake med "
        "«iopflow feed revoke» når det haster."
    ),
    examples=("iopflow feed renew 3 --by kari",),
)
@click.argument("number", type=Number(), metavar=_("NR"), help=_("Nummeret i «iopflow feed list»."))
@now_option()
@by_option()
def renew_command(number: int, now: datetime | None, by: str | None) -> None:
    """Another address for the same."""
    from iopflow.engine import feeds
    from iopflow.queries.feeds import feed_of

    with work(now=now, by=by, write=True) as doing:
        feed = feed_of(doing.session, doing.viewer, number)
        another, token = feeds.renew(doing.session, feed, act=doing.act("feed renew"))
    _say_address(another, token, feed.person)


@command(
    "revoke",
    _(
        "Trekker tilbake en kalenderlenke. Kalendere som har den, får i stedet én hendelse som "
        "sier fra om det, neste gang de henter. Det kan ikke gjøres om: lag en ny."
    ),
    examples=("iopflow feed revoke 3 --by kari",),
)
@click.argument("number", type=Number(), metavar=_("NR"), help=_("Nummeret i «iopflow feed list»."))
@now_option()
@by_option()
def revoke_command(number: int, now: datetime | None, by: str | None) -> None:
    """The end of one."""
    from iopflow.engine import feeds
    from iopflow.queries.feeds import feed_of

    with work(now=now, by=by, write=True) as doing:
        feed = feed_of(doing.session, doing.viewer, number)
        changed = feeds.revoke(doing.session, feed, act=doing.act("feed revoke"))
    click.echo(
        _("Kalenderlenke {n} er trukket tilbake.").format(n=number)
        if changed
        else _("Kalenderlenke {n} var trukket tilbake fra før.").format(n=number)
    )


@command(
    "show",
    _(
        "Viser kalenderen som en .ics-fil: den en lenke gir nå, eller den en person ville fått. "
        "Den inneholder verken navn, initialer eller klasser."
    ),
    examples=(
        "iopflow feed show 3 --by kari",
        "iopflow feed show --person kari --by kari > frister.ics",
        "iopflow feed show --person rita --at school:lia --level steps --by rita",
    ),
)
@click.argument(
    "number",
    type=Number(),
    required=False,
    metavar=_("[NR]"),
    help=_("Nummeret i «iopflow feed list»; ellers --person."),
)
@click.option("--person", metavar=_("PERSON"), help=_("Hvem kalenderen er for."))
@_shows
@_at
@_level
@_ticks
@now_option()
@by_option()
@click.pass_context
def show_command(
    ctx: click.Context,
    number: int | None,
    person: str | None,
    shows: str,
    at: str,
    level: str,
    ticks: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """The file, byte for byte."""
    from iopflow.feeds import render
    from iopflow.queries.feeds import feed_of

    if (number is None) == (person is None):
        raise click.UsageError(_("skriv nummeret på en kalenderlenke, eller --person PERSON."))
    set_ = [
        f"--{name}"
        for name in ("shows", "at", "level", "ticks")
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    if number is not None and set_:
        raise click.UsageError(
            _("{options} hører til --person: lenken har sitt eget.").format(options=", ".join(set_))
        )
    with work(now=now, by=by) as doing:
        if number is not None:
            feed = feed_of(doing.session, doing.viewer, number)
        else:
            feed = _imagined(doing, person or "", at, level, shows, ticks)
        chosen = settings()
        written = render(
            doing.session,
            doing.rules,
            feed,
            today=doing.today,
            language=chosen.language,
            address=chosen.base_url,
        )
    click.echo(written.body, nl=False)


def _imagined(doing: Work, person: str, at: str, level: str, shows: str, ticks: bool) -> "Feed":
    from iopflow.models import FeedLevel, FeedShows
    from iopflow.queries.feeds import imagined, person_for

    return imagined(
        doing.session,
        person_for(doing.session, doing.viewer, person),
        at,
        FeedLevel(level),
        today=doing.today,
        key=settings().secret or "",
        shows=FeedShows(shows),
        ticks=ticks,
    )


def _row(doing: Work, feed: "Feed") -> output.Row:
    from iopflow.queries.feeds import state, viewer_of

    owner = viewer_of(doing.session, feed, today=doing.today)
    return {
        "feed": feed.id,
        "person": feed.person,
        "at": feed.at,
        "shows": feed.shows.value,
        "level": feed.level.value,
        "ticks": feed.ticks,
        "label": feed.label,
        "state": state(doing.session, owner, feed, today=doing.today).value,
        "created_at": feed.created_at,
        "revoked_at": feed.revoked_at,
        "valid_to": feed.valid_to,
        "fetched_at": feed.fetched_at,
        "fetched_by": feed.fetched_by,
    }
