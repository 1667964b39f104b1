"""`ppt-queue`: PPT's queue, by deadline: whose turn it is, what is missing, who has the case."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.edge import work
from iopflow.cli.options import by_option, format_option, now_option, school_option
from iopflow.cli.output import Column
from iopflow.texts import _, counted, percent

if TYPE_CHECKING:
    from iopflow.queries.ppt import QueueCase
    from iopflow.queries.ppt_figures import Share, Summary


@command(
    "ppt-queue",
    _(
        "Viser PPTs kø: de sakkyndige vurderingene som trengs for dette skoleåret og det neste, "
        "etter frist. Hver dag ligger hos én: PPT, skolen eller foresatte. Under listen står "
        "hvem som har hvor mange, og hvor langt det er kommet mot samme dag i fjor."
    ),
    examples=(
        "iopflow ppt-queue --waiting-for ppt --by petra",
        "iopflow ppt-queue --adviser ingen --format xlsx -o fordeling.xlsx --by liv",
    ),
)
@school_option(_("Bare denne skolen."))
@click.option(
    "--waiting-for",
    "waiting",
    type=Words(("ppt", "skole")),
    help=_("Bare det som venter på ppt eller på skolen (skole)."),
)
@click.option(
    "--adviser",
    metavar=_("PERSON"),
    help=_("Bare sakene til denne rådgiveren; «ingen» er de som ikke er fordelt."),
)
@click.option("--delivered", is_flag=True, help=_("Ta med det som er levert i år."))
@format_option()
@now_option()
@by_option()
def ppt_queue_command(
    school: str | None,
    waiting: str | None,
    adviser: str | None,
    delivered: bool,
    form: str | None,
    path: str | None,
    now: datetime | None,
    by: str | None,
) -> None:
    """The queue."""
    from iopflow.lifecycle import Court
    from iopflow.queries.ppt import queue
    from iopflow.queries.ppt_figures import Wanted, shares, summary
    from iopflow.roles import Action

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        at.viewer.require(Action.QUEUE)
        everything = queue(at.session, at.rules, at.viewer, today=at.today, delivered=delivered)
        turn = Court(waiting) if waiting else None
        wanted = Wanted(school or "", adviser or "", turn)
        rows = [_entry(one) for one in everything if wanted.holds(one)]
        of_school = [one for one in everything if school in (None, one.school)]
        told = summary(of_school, today=at.today)
        now_, before = shares(at.session, at.viewer, today=at.today, school=school)
    columns = [
        Column(_("Sak"), lambda row: row["reference"] or row["pupil"]),
        Column(_("Skole"), lambda row: row["school"]),
        Column(_("Trinn"), lambda row: row["grade"], right=True),
        Column(_("Behov"), lambda row: output.day(row["needed_since"]), drops=True),
        Column(_("Status"), lambda row: row["title"], gives=True),
        Column(_("Venter på"), lambda row: row["turn"] or ""),
        Column(_("Dager"), lambda row: row["days"], right=True),
        Column(_("Mangler"), _lacking, gives=True),
        Column(_("Frist"), lambda row: output.day(row["due"])),
        Column(_("Rådgiver"), lambda row: row["advisers"], gives=True),
    ]
    output.show(how, rows, columns, keys=KEYS, counted=_said(told, now_, before))


KEYS = (
    "pupil",
    "reference",
    "year",
    "school",
    "grade",
    "needed_since",
    "referred_on",
    "complete_on",
    "received_on",
    "report",
    "report_on",
    "consent",
    "state",
    "title",
    "turn",
    "days",
    "lacking",
    "note",
    "due",
    "guide",
    "advisers",
)


def _entry(case: "QueueCase") -> dict[str, Any]:
    course = case.course
    turn = course.turn if not case.delivered else None
    return {
        "pupil": case.pupil,
        "reference": case.reference,
        "year": str(case.year),
        "school": case.school,
        "grade": case.grade,
        "needed_since": case.fact.needed_since,
        "referred_on": case.fact.referred_on,
        "complete_on": case.fact.complete_on,
        "received_on": case.fact.received_on,
        "report": case.report.value,
        "report_on": case.report_on,
        "consent": case.consent,
        "state": course.state.value,
        "title": course.state.about.title.get(),
        "turn": turn.value if turn is not None else None,
        "days": case.days if turn is not None else None,
        "lacking": [f"{one.what.value}:{one.court.value}" for one in case.lacking],
        "note": next((one.note for one in case.lacking if one.note), None),
        "due": case.due,
        "guide": case.guide,
        "advisers": [one.key for one in case.advisers],
    }


def _lacking(row: output.Row) -> str:
    """What is missing, as people say it."""
    from iopflow.words import lack_word

    return ", ".join(lack_word(one.partition(":")[0]) for one in row["lacking"])


def _said(told: "Summary", now: "Share", before: "Share") -> str:
    """The lines below the list."""
    advisers = [f"{one.key} {n}" for one, n in told.advisers]
    advisers.append(_("ikke fordelt {n}").format(n=told.not_assigned))
    lines = [
        _("{cases} ikke levert, {n} mangler dokumentasjon, {late} over frist.").format(
            cases=counted(told.cases, _("{n} sak"), _("{n} saker")),
            n=told.lacking,
            late=told.late,
        ),
        _("Fordeling: {advisers}.").format(advisers=", ".join(advisers)),
    ]
    if now.rate is not None:
        line = _("Levert for neste skoleår: {rate}").format(rate=percent(now.rate, 0))
        if before.rate is not None:
            line += _(", i fjor samme dag {rate}").format(rate=percent(before.rate, 0))
        lines.append(line + ".")
    return "\n".join(lines)
