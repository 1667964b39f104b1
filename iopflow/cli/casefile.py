"""`case`: whose turn it is in a pupil's case, since when, why it is late and what comes next."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.edge import work
from iopflow.cli.options import by_option, now_option, year_option
from iopflow.cli.readings import note
from iopflow.lifecycle import HAPPENED, spent_words
from iopflow.schoolyear import Year
from iopflow.texts import _, counted
from iopflow.words import basis_word, cause_word, lane_state_word, lane_word, timer_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iopflow.queries.casefile import CaseFile, Late, YearCase


@command(
    "case",
    _(
        "Viser en elevs sak: hvor den står, hvem sin tur det er og siden når, hva som skal skje "
        "nå, hvor dagene gikk, og det som er sent med årsak. Nyeste skoleår først. PPT ser veien "
        "fram til sakkyndig vurdering."
    ),
    examples=("iopflow case e-17", "iopflow case e-17 --year 2027-28 --format json --by petra"),
)
@click.argument("pupil", metavar=_("ELEV"), help=_("Elevens id."))
@year_option(_("Bare saken for dette skoleåret."))
@now_option()
@by_option()
@click.option(
    "--format",
    "form",
    type=Words(("table", "json")),
    help=_("Hvordan svaret skrives: table eller json."),
)
def case_command(
    pupil: str, year: Year | None, now: datetime | None, by: str | None, form: str | None
) -> None:
    """The case."""
    from iopflow.queries import access
    from iopflow.queries.casefile import case_file, to_json

    with work(now=now, by=by, write=True) as at:
        found = access.pupil(at.session, at.viewer, pupil)
        note(at, "case", pupils=[found.number])
        told = case_file(at.session, at.rules, at.viewer, found, today=at.today)
        if year is not None:
            told.years = [one for one in told.years if one.course.year == year.start]
        answer, lines = to_json(told), list(_told(told, pupil))
    if form == "json":
        output.show(output.asked("json", None), answer, [])
        return
    for line in lines:
        click.echo(line)


def _told(told: "CaseFile", pupil: str) -> "Iterator[str]":
    if not told.years:
        yield _("Ingen sak er registrert for {pupil}.").format(pupil=pupil)
    for one in told.years:
        yield from _lines(told, one)
        yield ""
    for lane in told.lanes:
        yield _("{what}: {state} (søkt {day})").format(
            what=lane_word(lane.kind).capitalize(),
            state=lane_state_word(lane.state(told.today)),
            day=output.day(lane.sought_on),
        )


def _lines(told: "CaseFile", one: "YearCase") -> "Iterator[str]":
    course, about = one.course, one.course.state.about
    yield _("{pupil} · {year} · {school}").format(
        pupil=told.pupil.key, year=Year(course.year), school=one.school
    )
    yield _("  Står:    {state}").format(state=about.title.get())
    if course.turn is not None and course.since is not None:
        yield _("  Tur:     {who} siden {day} ({days})").format(
            who=course.turn.text.get(),
            day=output.day(course.since),
            days=_days(course.days),
        )
    if course.next is not None:
        row = one.next_task
        due = row.facts.due if row is not None else None
        who = ", ".join(row.responsible) if row is not None else ""
        yield _("  Nå:      {next}").format(next=course.next.get()) + "".join(
            part
            for part in (
                _(", frist {day}").format(day=output.day(due)) if due else "",
                f" ({who})" if who else "",
            )
        )
    for late in one.late:
        yield from _late(late)
    for timer in one.timers:
        if timer.presses or timer.running.value in ("running", "passed"):
            yield _("  Klokke:  {title}: {day}, {state} ({basis})").format(
                title=timer.step.title.get(),
                day=output.day(timer.due),
                state=timer_word(timer.running),
                basis=timer.step.law or basis_word(timer.step.date_basis),
            )
    for appeal in one.appeals:
        yield _("  Klage:   {day}, {state}").format(
            day=output.day(appeal.registered_on),
            state=appeal.result or _("ikke avgjort"),
        )
    for entry in course.irregular:
        yield _("  Merk:    {words}").format(words=entry.words)
    for event in course.events:
        yield f"    {output.day(event.on)}  {HAPPENED[event.kind].get()}"


def _late(late: "Late") -> "Iterator[str]":
    happened = late.row.facts.happened_on
    words = late.row.step.title.get()
    if happened is not None:
        words += f" {output.day(happened)}"
    if late.row.late_days:
        words += _(", {days} etter fristen").format(days=_days(late.row.late_days))
    yield f"  {late.indicator}:      {words}: {spent_words(late.clock, late.after)}"
    for cause in late.causes:
        if cause.cause is not None:
            evidence = f" ({cause.evidence})" if cause.evidence else ""
            yield _("  Årsak:   {cause}{evidence}").format(
                cause=cause_word(cause.cause), evidence=evidence
            )


def _days(count: int) -> str:
    return counted(count, _("{n} dag"), _("{n} dager"))
