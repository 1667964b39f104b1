"""`meeting new`, `move`, `cancel`, `invite`, `take-off`, `answer`, `list`: invited by mail."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import Group, Words, command
from iopflow.cli.edge import Work, settings, work
from iopflow.cli.options import Moment, Number, by_option, format_option, now_option
from iopflow.cli.output import Column
from iopflow.clock import local
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.queries.meetings import Called

KINDS = ("samarbeid", "ppt", "team", "overgang", "evaluering")
REPLIES = ("accepted", "tentative", "declined")
MINUTES = 60

meeting_command = Group(
    name="meeting",
    help=_(
        "Møter med kolleger og PPT: innkalling på e-post med kalenderfil, og svar på en nettside. "
        "Innkallingen nevner aldri eleven, og foresatte innkalles ikke her."
    ),
    where=dict.fromkeys(
        ("new", "move", "cancel", "invite", "take-off", "answer", "list"), "meetings"
    ),
    short={
        "new": _("Lag et møte og innkall til det"),
        "move": _("Flytt et møte til et annet tidspunkt eller sted"),
        "cancel": _("Avlys et møte"),
        "invite": _("Innkall flere til et møte"),
        "take-off": _("Ta noen av listen over innkalte"),
        "answer": _("Før svaret fra en som svarte på annen måte"),
        "list": _("Se møtene, eller hvem som har svart hva på ett"),
    },
    examples=(
        (
            "iopflow meeting new --school lia --kind ppt --start 2027-01-20T13:00 --invite kari "
            "--invite petra --by rita"
        ),
        "iopflow meeting list 3 --by rita",
        "iopflow meeting move 3 --start 2027-01-21T09:00 --by rita",
    ),
    no_args_is_help=True,
)

_number = click.argument(
    "number", type=Number(), metavar=_("NR"), help=_("Nummeret i «iopflow meeting list».")
)
_people = click.argument(
    "people", nargs=-1, required=True, metavar=_("PERSON …"), help=_("Hvem (id-en i people.csv).")
)
_place = click.option("--where", "place", metavar=_("STED"), help=_("Rom eller sted, kort."))
_minutes = click.option(
    "--minutes",
    type=click.IntRange(1, 720),
    metavar=_("MINUTTER"),
    help=_("Hvor lenge møtet varer; ellers som før, eller 60."),
)


@command(
    "new",
    _(
        "Lager et møte ved en skole og innkaller til det. Hver får sin egen e-post ved neste tick "
        "og kan svare på siden den viser til. Uten --invite er ingen innkalt ennå."
    ),
    examples=(
        (
            "iopflow meeting new --school lia --kind ppt --start 2027-01-20T13:00 --invite petra "
            "--by rita"
        ),
    ),
)
@click.option("--school", required=True, metavar=_("SKOLE"), help=_("Hvilken skole."))
@click.option(
    "--kind", required=True, type=Words(KINDS), help=_("Hva slags møte: ") + ", ".join(KINDS)
)
@click.option("--start", required=True, type=Moment(), help=_("Når det begynner (norsk tid)."))
@_minutes
@_place
@click.option(
    "--invite", "people", multiple=True, metavar=_("PERSON"), help=_("Hvem; kan gjentas.")
)
@now_option()
@by_option()
def new_command(
    school: str,
    kind: str,
    start: datetime,
    minutes: int | None,
    place: str | None,
    people: tuple[str, ...],
    now: datetime | None,
    by: str | None,
) -> None:
    """A meeting, and who is to come."""
    from iopflow.engine import meetings
    from iopflow.models import MeetingKind
    from iopflow.queries import access
    from iopflow.queries.meetings import told_when
    from iopflow.roles import Action

    with work(now=now, by=by, write=True) as at:
        if people:
            meetings.require_answers(settings())
        where = access.school(at.session, at.viewer, school, Action.INVITE)
        when = meetings.When(start, start + timedelta(minutes=minutes or MINUTES), place or "")
        act = at.act("meeting new")
        made = meetings.call(at.session, where, MeetingKind(kind), when, act=act)
        meetings.invite(at.session, made, people, sender=_sender(), act=act)
        said = told_when(made)
    click.echo(
        _("Møte {n}: {kind}, {when}. {invited}").format(
            n=made.number,
            kind=made.kind.text.get(),
            when=said,
            invited=counted(len(set(people)), _("{n} innkalt."), _("{n} innkalte.")),
        )
    )


@command(
    "move",
    _(
        "Flytter et møte, eller gir det et annet sted. De innkalte får ny e-post, og svarene de "
        "har gitt, gjelder den gamle tiden: de spørres på nytt."
    ),
    examples=("iopflow meeting move 3 --start 2027-01-21T09:00 --by rita",),
)
@_number
@click.option("--start", type=Moment(), help=_("Når det begynner nå; ellers som før."))
@_minutes
@_place
@now_option()
@by_option()
def move_command(
    number: int,
    start: datetime | None,
    minutes: int | None,
    place: str | None,
    now: datetime | None,
    by: str | None,
) -> None:
    """Another time or place."""
    from iopflow.engine import meetings
    from iopflow.queries.meetings import told_when

    with work(now=now, by=by, write=True) as at:
        one = _meeting(at, number)
        first = start or one.starts_at
        lasts = timedelta(minutes=minutes) if minutes else one.ends_at - one.starts_at
        when = meetings.When(first, first + lasts, one.place if place is None else place)
        act = at.act("meeting move")
        changed = meetings.move(at.session, one, when, sender=_sender(), act=act)
        said = told_when(_meeting(at, number))
    click.echo(
        _("Møte {n} er flyttet: {when}.").format(n=number, when=said)
        if changed
        else _("Møte {n} sto slik fra før: {when}.").format(n=number, when=said)
    )


@command(
    "cancel",
    _(
        "Avlyser et møte. De som har fått innkallingen, får en avlysning. Det kan ikke gjøres om: "
        "lag et nytt møte."
    ),
    examples=("iopflow meeting cancel 3 --by rita",),
)
@_number
@now_option()
@by_option()
def cancel_command(number: int, now: datetime | None, by: str | None) -> None:
    """Not held."""
    from iopflow.engine import meetings

    with work(now=now, by=by, write=True) as at:
        one = _meeting(at, number)
        meetings.call_off(at.session, one, sender=_sender(), act=at.act("meeting cancel"))
    click.echo(_("Møte {n} er avlyst.").format(n=number))


@command(
    "invite",
    _("Innkaller flere til et møte. Den som er innkalt fra før, får ikke ny e-post."),
    examples=("iopflow meeting invite 3 kari petra --by rita",),
)
@_number
@_people
@now_option()
@by_option()
def invite_command(
    number: int, people: tuple[str, ...], now: datetime | None, by: str | None
) -> None:
    """More of them."""
    from iopflow.engine import meetings

    with work(now=now, by=by, write=True) as at:
        meetings.require_answers(settings())
        act, one = at.act("meeting invite"), _meeting(at, number)
        new = meetings.invite(at.session, one, people, sender=_sender(), act=act)
    click.echo(counted(new, _("{n} ny innkalt."), _("{n} nye innkalte.")))


@command(
    "take-off",
    _(
        "Tar noen av listen over innkalte. De som har fått innkallingen, får en avlysning, og "
        "svarsiden deres virker ikke lenger. Angre med «iopflow meeting invite»."
    ),
    examples=("iopflow meeting take-off 3 petra --by rita",),
)
@_number
@_people
@now_option()
@by_option()
def take_off_command(
    number: int, people: tuple[str, ...], now: datetime | None, by: str | None
) -> None:
    """Fewer of them."""
    from iopflow.engine import meetings

    with work(now=now, by=by, write=True) as at:
        act, one = at.act("meeting take-off"), _meeting(at, number)
        gone = meetings.take_off(at.session, one, people, sender=_sender(), act=act)
    click.echo(counted(gone, _("{n} er tatt av listen."), _("{n} er tatt av listen.")))


@command(
    "answer",
    _(
        "Fører svaret fra en som er innkalt, og som svarte på annen måte enn på siden. Det siste "
        "svaret gjelder."
    ),
    examples=('iopflow meeting answer 3 petra declined --comment "på kurs" --by rita',),
)
@_number
@click.argument("person", metavar=_("PERSON"), help=_("Hvem svaret er fra."))
@click.argument("reply", type=Words(REPLIES), metavar=_("SVAR"), help=", ".join(REPLIES))
@click.option("--comment", default="", metavar=_("TEKST"), help=_("En kort merknad."))
@now_option()
@by_option()
def answer_command(
    number: int, person: str, reply: str, comment: str, now: datetime | None, by: str | None
) -> None:
    """What somebody said."""
    from iopflow.engine import meetings
    from iopflow.models import Reply
    from iopflow.words import reply_word

    with work(now=now, by=by, write=True) as at:
        act, one = at.act("meeting answer"), _meeting(at, number)
        meetings.enter(at.session, one, person, Reply(reply), comment=comment, act=act)
    click.echo(
        _("{person} til møte {n}: {answer}.").format(
            person=person, n=number, answer=reply_word(reply)
        )
    )


@command(
    "list",
    _(
        "Viser møtene du har innkalt til, de neste først (rektor ser alle ved skolen); med NR "
        "hvem som har svart hva. Et svar på en tid som ikke gjelder lenger, teller ikke."
    ),
    examples=("iopflow meeting list --by rita", "iopflow meeting list 3 --format json --by rita"),
)
@click.argument("number", type=Number(), required=False, metavar=_("[NR]"), help=_("Ett møte."))
@format_option()
@now_option()
@by_option()
def list_command(
    number: int | None,
    form: str | None,
    path: str | None,
    now: datetime | None,
    by: str | None,
) -> None:
    """The meetings, or one of them."""
    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        if number is None:
            _list(at, how)
        else:
            _list_invited(at, _meeting(at, number), how)


def _list(at: Work, how: output.Asked) -> None:
    from iopflow.queries import meetings

    rows = [
        {
            "meeting": one.number,
            "school": one.school,
            "kind": one.kind.value,
            "where": one.place,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "version": one.version,
            "cancelled_at": one.cancelled_at,
        }
        for one in meetings.called(at.session, at.viewer, ends_after=at.now)
    ]
    columns = [
        Column(_("Nr"), lambda row: row["meeting"], right=True),
        Column(_("Når"), lambda row: f"{local(row['starts_at']):%d.%m.%Y %H.%M}"),
        Column(_("Møte"), lambda row: _kind(row["kind"])),
        Column(_("Sted"), lambda row: row["where"], gives=True),
        Column(_("Skole"), lambda row: row["school"]),
        Column("", lambda row: _("avlyst") if row["cancelled_at"] else ""),
    ]
    said = counted(len(rows), _("{n} møte."), _("{n} møter."))
    output.show(how, rows, columns, counted=said)


def _list_invited(at: Work, meeting: "Called", how: output.Asked) -> None:
    from iopflow.queries import meetings
    from iopflow.words import invitation_word, reply_word

    rows: list[dict[str, Any]] = [
        {
            "person": one.person,
            "state": one.state.value,
            "version": one.version,
            "answer": one.answer.value if one.answer is not None else None,
            "answered_version": one.answered_version,
            "answered_at": one.answered_at,
            "source": one.source.value if one.source is not None else None,
            "comment": one.comment,
        }
        for one in meetings.invited(at.session, meeting)
    ]

    def older(row: output.Row) -> str:
        if row["answer"] is None or row["answered_version"] == row["version"]:
            return ""
        return _("{answer} til den gamle tiden").format(answer=reply_word(row["answer"]))

    columns = [
        Column(_("Person"), lambda row: row["person"]),
        Column(_("Svar"), lambda row: invitation_word(row["state"])),
        Column(_("Før"), older),
        Column(_("Merknad"), lambda row: row["comment"] or "", gives=True),
    ]
    output.show(
        how, rows, columns, counted=counted(len(rows), _("{n} person."), _("{n} personer."))
    )


def _kind(kind: str) -> str:
    from iopflow.models import MeetingKind

    return MeetingKind(kind).text.get()


def _meeting(at: Work, number: int) -> "Called":
    from iopflow.queries.meetings import meeting_of

    return meeting_of(at.session, at.viewer, number)


def _sender() -> str:
    from iopflow.mailer import sender_domain

    return sender_domain(settings())
