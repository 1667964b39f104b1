"""`tick`, `worker`, `reminders`, `why`: the clock, what would be sent, and what was."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow import clock
from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import Work, engine, moment, running_from, settings, work
from iopflow.cli.options import Day, by_option, day_option, format_option, now_option
from iopflow.cli.output import Column
from iopflow.roles import Action
from iopflow.texts import _

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from iopflow.reminders.content import Content
    from iopflow.reminders.outbox import Ticked
    from iopflow.reminders.watch import Watch
    from iopflow.settings import Settings


@command(
    "tick",
    _(
        "Gjør alt som skal gjøres nå, én gang: finner ut hvem som skal ha en påminnelse i dag, og "
        "sender den. Kan kjøres så ofte man vil; ingen får samme e-post to ganger."
    ),
    examples=("iopflow tick", "iopflow tick --now 2026-11-30T07:00"),
)
@now_option()
@click.pass_context
def tick_command(ctx: click.Context, now: datetime | None) -> None:
    """One pass."""
    with engine() as opened:
        done = pass_once(opened, settings(), lambda: moment(now))
    click.echo(
        _(
            "{decided} nye e-poster, {sent} sendt, {dropped} uten noe å si, {failed} ikke sendt."
        ).format(decided=done.decided, sent=done.sent, dropped=done.dropped, failed=done.failed)
    )
    if done.decided and settings().base_url is None:
        click.echo(
            _("E-postene har ingen lenke til sidene: sett IOPFLOW_BASE_URL, med https:// foran."),
            err=True,
        )
    if done.paused:
        click.echo(
            _(
                "Klokken har gått lenger enn til nå, så ingenting sendes: rett den, eller kjør "
                "«iopflow resume» om den er rett."
            ),
            err=True,
        )
    if done.failed or done.paused:
        ctx.exit(3)


@command(
    "worker",
    _(
        "Klokken alene: gjør det samme som «tick» hvert minutt til den stoppes. Flere kan gå "
        "samtidig på samme database."
    ),
    examples=("iopflow worker",),
)
@now_option()
def worker_command(now: datetime | None) -> None:
    """Only the clock."""
    from iopflow import db
    from iopflow.garbage import settle
    from iopflow.reminders.watch import Watch
    from iopflow.scheduler import clock as ringing
    from iopflow.scheduler import stopping

    with engine() as opened, stopping() as stop:
        known, reads, watch = settings(), running_from(now), Watch()
        db.require_schema(opened.execution_options(iopflow_reading=True))
        bell = ringing(lambda: pass_once(opened, known, reads, stop.is_asked, watch))
        settle()
        bell.start()
        click.echo(_("Klokken går. Stopp den med Ctrl-C."), err=True)
        stop.wait()
        bell.shutdown()
        click.echo(_("Klokken er stoppet."), err=True)


def pass_once(
    opened: "Engine",
    known: "Settings",
    now: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
    watch: "Watch | None" = None,
) -> "Ticked":
    """One tick on a database, and the pulse to whoever listens outside whether all is well.

    `watch` is that of a clock that goes on: it sees when the machine's time jumps.
    """
    from iopflow import db, mailer, monitor
    from iopflow.engine import drafts
    from iopflow.queries import deliveries
    from iopflow.queries.places import all_owners
    from iopflow.queries.rules import Rules
    from iopflow.reminders import outbox, pulse

    db.require_schema(opened.execution_options(iopflow_reading=True))
    with db.session(opened, write=False) as session:
        resumed = pulse.last(session, pulse.RESUMED)
    if watch is not None and watch.holds(now(), clock.elapsed(), resumed):
        monitor.ping(known, ok=False)
        return outbox.Ticked(paused=True)
    worker = outbox.Worker(
        opened,
        Rules(known.wheel_directories),
        now,
        mailer.post_of(known, clock=now, stopping=stopping),
        rate=known.mail_rate,
        stopping=stopping,
    )
    done = outbox.tick(worker, sender=mailer.sender_domain(known))
    with db.session(opened, write=False) as session:
        late = deliveries.waiting(session, all_owners(session), now=now())
        old = drafts.are_old(session, now=now())
    if old:
        with db.session(opened) as session:
            drafts.forget_old(session, now=now())
    monitor.ping(known, ok=not (done.paused or late))
    return done


@command(
    "reminders",
    _(
        "Viser hvem som ville fått e-post en dag, og hva den ville si, slik det står nå. "
        "Ingenting sendes."
    ),
    examples=(
        "iopflow reminders --on 30.11.2026",
        "iopflow reminders --on 30.11.2026 --person kari",
    ),
)
@day_option("--on", _("Dagen det gjelder; ellers i dag."))
@click.option("--person", metavar=_("PERSON"), help=_("Bare denne personen."))
@now_option()
@by_option()
@format_option()
def reminders_command(
    on: date | None,
    person: str | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """What would be sent."""
    from iopflow.queries.places import all_owners

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        only = None if person is None else _asked(at, person).id
        if only is None:
            at.viewer.require(Action.ADMINISTER)
        day = on or at.today
        mine = at.viewer.owner_id
        owners = all_owners(at.session) if mine is None else [mine]
        rows = would_be_sent(at, day, owners, only)
        if only is not None and how.on_screen:
            for row in rows:
                _show_whole(row["content"], at.now)
    columns = [
        Column(_("Hvem"), lambda row: row["person"]),
        Column(_("Hva"), lambda row: _kind(row["kind"])),
        Column(_("Over frist"), lambda row: row["overdue"] or "", right=True),
        Column(_("Frist snart"), lambda row: row["coming"] or "", right=True),
        Column(_("Emne"), lambda row: row["subject"], gives=True),
    ]
    keys = ("person", "kind", "overdue", "coming", "subject")
    rows = [{key: row[key] for key in keys} for row in rows]
    output.show(how, rows, columns, keys=keys, counted=_("{n} e-poster.").format(n=len(rows)))


@command(
    "why",
    _("Forteller hvorfor en person fikk en e-post en dag, eller ikke fikk noen."),
    examples=("iopflow why kari 30.11.2026",),
)
@click.argument("person", metavar=_("PERSON"), help=_("Id-en fra people.csv."))
@click.argument("day", type=Day(), metavar=_("DATO"), help=_("Dagen det gjelder."))
@now_option()
@by_option()
def why_command(person: str, day: date, now: datetime | None, by: str | None) -> None:
    """What was, and why."""
    from iopflow.reminders.reasons import reasons

    with work(now=now, by=by) as at:
        asked = _asked(at, person)
        for sentence in reasons(at.session, at.rules, asked, day=day, today=at.today):
            click.echo(sentence)


def _show_whole(content: "Content", now: datetime) -> None:
    """The mail to one person as it would come, as text."""
    from iopflow.mailer import compose

    message = compose(content, "<proveutskrift@iopflow.invalid>", settings(), now=now)
    body = message.get_body(("plain",))
    click.echo(_("Emne: {subject}").format(subject=message["Subject"]))
    click.echo()
    click.echo(str(body.get_content()) if body is not None else "")


def _asked(at: Work, key: str) -> Any:
    """The person asked about. Everybody may ask about themselves; about others whoever runs it."""
    from iopflow.queries.places import find

    person = find(at.session, "person", key, owner_id=at.viewer.owner_id)
    if person.id != at.viewer.person_id:
        at.viewer.require(Action.ADMINISTER)
    return person


def would_be_sent(
    at: Work, day: date, owners: Sequence[int], only: int | None = None
) -> list[dict[str, Any]]:
    """The mails of a day as it stands now, by the person's id. `owners` and `only` are numbers."""
    from sqlalchemy import select
    from sqlmodel import col

    from iopflow.mailer import subject
    from iopflow.models import Person
    from iopflow.reminders.content import contents
    from iopflow.reminders.due import due
    from iopflow.texts import speaking

    people = due(at.session, at.rules, owners, today=day)
    asked = {number: one.kind for number, one in people.items() if only in (None, number)}
    if not asked:
        return []
    told = contents(at.session, at.rules, asked, today=day)
    named = select(col(Person.id), col(Person.key)).where(col(Person.id).in_(told))
    keys = {row.id: row.key for row in at.session.execute(named)}
    rows = []
    for number, one in sorted(told.items(), key=lambda pair: keys[pair[0]]):
        if one.is_empty or one.is_refused:
            continue
        with speaking(one.language):
            said = subject(one)
        rows.append(
            {
                "person": keys[number],
                "kind": one.kind.value,
                "overdue": one.overdue,
                "coming": one.coming,
                "subject": said,
                "content": one,
            }
        )
    return rows


def _kind(kind: str) -> str:
    return {"digest": _("ukens oversikt"), "nudge": _("siste skoledag før frist")}[kind]
