"""`init`, `rollover`, `go-live`: setting up, opening a school year, and beginning with iopflow."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import Work, address, engine, settings, work
from iopflow.cli.options import (
    SchoolYearType,
    by_option,
    day_option,
    dry_option,
    format_option,
    now_option,
    school_option,
)
from iopflow.cli.output import Column
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

SHOWN = 10  # of the first mails, by their subjects
MONTHS_AHEAD = 62  # days that are looked through for the first mail

if TYPE_CHECKING:
    from iopflow.engine.opening import Opened
    from iopflow.models import School


@command(
    "init",
    _(
        "Setter opp databasen, eller oppgraderer den til denne versjonen av iopflow. Kan kjøres "
        "flere ganger; ingenting som er registrert, går tapt."
    ),
    examples=("iopflow init", "iopflow --database sqlite:///skolen.db init"),
)
def init_command() -> None:
    """Creates or upgrades."""
    from iopflow import db

    with engine() as opened:
        db.upgrade(opened)
    click.echo(_("Databasen {url} er klar.").format(url=address(settings().database)))


@command(
    "rollover",
    _(
        "Åpner et skoleår: hvert steg i årshjulet blir en oppgave for hver elev, klasse og skole "
        "det gjelder, med frister fra skolens egen skolerute.\n\nUten --apply vises bare hva som "
        "ville skjedd. Kommandoen kan gjentas: den legger til det som mangler og sletter aldri noe."
    ),
    examples=(
        "iopflow rollover 2027-28",
        "iopflow rollover 2027-28 --school lia --apply",
    ),
)
@click.argument(
    "year", type=SchoolYearType(), metavar=_("SKOLEÅR"), help=_("For eksempel 2027-28.")
)
@school_option(_("Bare denne skolen; ellers alle du har ansvar for."))
@click.option("--apply", "apply_", is_flag=True, help=_("Gjør det; uten dette er det en prøve."))
@now_option()
@by_option()
@format_option()
@click.pass_context
def rollover_command(
    ctx: click.Context,
    year: Year,
    school: str | None,
    apply_: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """Opens a year."""
    from iopflow.engine.opening import open_year

    how = output.asked(form, path)
    progress = output.Progress()
    with work(now=now, by=by, write=True, dry=not apply_, grows=True) as at:
        schools = schools_for(at, school, Action.ROLLOVER)
        opened = open_year(
            at.session,
            at.rules,
            year,
            schools,
            act=at.act("rollover"),
            apply=apply_,
            progress=lambda _what, done, of: progress(_("Åpner skoleåret"), done, of),
        )
        progress.end()
        closed = [one for one in opened if _closed(one)]
        if len(closed) == len(opened):
            raise Refused("\n".join(f"{one.school}: {_closed(one)}" for one in closed))
    _tell_opened(how, opened, applied=apply_)
    if closed:
        ctx.exit(3)


def schools_for(at: Work, key: str | None, action: Action) -> "list[School]":
    """The school asked for, or all for which the viewer may do it. Raises Refused for none."""
    from iopflow.queries import access

    if key is not None:
        return [access.school(at.session, at.viewer, key, action)]
    at.viewer.require(action)
    schools = access.visible_schools(at.viewer, at.session, action)
    if not schools:
        raise Refused(_("Ingen skoler er importert: begynn med «iopflow import MAPPE --apply»."))
    return schools


def first_mails(
    at: Work, schools: "list[School]", start: date
) -> "tuple[date, list[dict[str, Any]]] | None":
    """The first day from `start` on which the schools' people get mails, and those mails."""
    from iopflow.cli.mails import would_be_sent

    owners = sorted({one.owner for one in schools})
    for number in range(MONTHS_AHEAD):
        day = start + timedelta(days=number)
        mails = would_be_sent(at, day, owners)
        if mails:
            return day, mails
    return None


def _closed(opened: "Opened") -> str | None:
    """Why a school could not be opened at all: no skolerute, or no wheel that can be read."""
    whys = (one.reason for one in opened.uncovered if one.what in {"year", "wheel"})
    return next(whys, None)


def _tell_opened(how: output.Asked, opened: "list[Opened]", *, applied: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "school": one.school,
            "year": str(one.year),
            "pupils": one.pupils,
            "added": one.added,
            "existing": one.existing,
            "redated": one.redated,
            "uncovered": [
                {"what": lack.what, "id": lack.id, "reason": lack.reason} for lack in one.uncovered
            ],
        }
        for one in opened
    ]
    if how.form in {"csv", "xlsx"}:
        rows = [row | {"uncovered": len(row["uncovered"])} for row in rows]
    columns = [
        Column(_("Skole"), lambda row: row["school"]),
        Column(_("Elever"), lambda row: row["pupils"], right=True),
        Column(_("Nye oppgaver"), lambda row: row["added"], right=True),
        Column(_("Fra før"), lambda row: row["existing"], right=True),
        Column(_("Ny frist"), lambda row: row["redated"], right=True),
        Column(_("Ikke dekket"), lambda row: len(row["uncovered"]), right=True),
    ]
    year = opened[0].year
    words = (
        _("Skoleåret {year} er åpnet: {n} nye oppgaver.")
        if applied
        else _("Prøvekjøring: {n} nye oppgaver i {year}. Skriv --apply for å åpne skoleåret.")
    )
    output.show(how, rows, columns, counted=words.format(year=year, n=sum(o.added for o in opened)))
    if how.on_screen:
        _tell_uncovered(opened)


def _tell_uncovered(opened: "list[Opened]") -> None:
    """Who and what is not covered, gathered by reason: each reason is read once."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for one in opened:
        for lack in one.uncovered:
            found.setdefault((one.school, lack.what, lack.reason), []).append(lack.id)
    kinds = {"pupil": _("elever"), "step": _("steg"), "year": _("skoleår"), "wheel": _("årshjul")}
    for (school, what, reason), ids in found.items():
        some = ", ".join(ids[:6]) + (" …" if len(ids) > 6 else "")
        click.echo(
            _("{school}: {n} {kind} ikke dekket: {reason} ({ids})").format(
                school=school, n=len(ids), kind=kinds.get(what, what), reason=reason, ids=some
            ),
            err=True,
        )


@command(
    "go-live",
    _(
        "Sier fra hvilken dag skolen bruker iopflow. Oppgaver med frist før den dagen blir «før "
        "oppstart» og aldri «over frist», og ingen får påminnelser om dem."
    ),
    examples=("iopflow go-live --from 01.08.2026 --school lia",),
)
@day_option("--from", _("Den første dagen skolen svarer for fristene sine her."), required=True)
@school_option(_("Bare denne skolen; ellers alle du har ansvar for."))
@dry_option()
@now_option()
@by_option()
def go_live_command(
    school: str | None, dry_run: bool, now: datetime | None, by: str | None, **options: date
) -> None:
    """Begins."""
    from iopflow.engine import ledger

    day = options["from"]
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        schools = schools_for(at, school, Action.GO_LIVE)
        changes = [
            ledger.Change(one.id, {"live_from": one.live_from}, {"live_from": day}, one.owner_id)
            for one in schools
            if one.live_from != day and one.id is not None and one.owner_id is not None
        ]
        ledger.update_rows(at.session, "school", changes, at.act("go_live"))
        keys = ", ".join(one.key for one in schools)
        preview = first_mails(at, schools, max(day, at.today))
    click.echo(_("{schools}: i bruk fra {day}.").format(schools=keys, day=output.day(day)))
    _tell_preview(preview)
    if dry_run:
        click.echo(_("Prøvekjøring: ingenting er lagret."), err=True)


def _tell_preview(preview: "tuple[date, list[dict[str, Any]]] | None") -> None:
    """The first mails, before they go: who gets them, and what they begin with."""
    if preview is None:
        click.echo(_("Ingen e-post går de første to månedene, slik det står nå."))
        return
    first, mails = preview
    click.echo(
        _("De første e-postene går {day} kl. 7, til {people}:").format(
            day=output.day(first),
            people=counted(len(mails), _("{n} person"), _("{n} personer")),
        )
    )
    for mail in mails[:SHOWN]:
        click.echo(f"  {mail['person']}: {mail['subject'].removeprefix('iopflow: ')}")
    if len(mails) > SHOWN:
        click.echo(_("  … og {n} til.").format(n=len(mails) - SHOWN))
    click.echo(
        _("Se én hel: iopflow reminders --on {day} --person {person}").format(
            day=first.isoformat(), person=mails[0]["person"]
        )
    )
