"""Which tasks a command is about, in the words of the command line, and what they are shown as."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from iopflow.bounds import LARGEST
from iopflow.cli.command import nearest
from iopflow.cli.output import Column, day
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _, counted
from iopflow.words import status_word

if TYPE_CHECKING:
    from iopflow.cli.edge import Work
    from iopflow.queries.standing import TaskRow

_NUMBER = re.compile(r"[0-9]{1,10}")


def steps_of_all(work: "Work") -> dict[str, Any]:
    """Every step of every school's wheels, by key."""
    from iopflow.queries import places

    schools = [one.id for one in places.schools(work.session, owner_id=work.viewer.owner_id)]
    of_schools = work.rules.by_school(work.session, [one for one in schools if one is not None])
    return {key: step for steps in of_schools.values() for key, step in steps.items()}


def check_step(work: "Work", key: str) -> None:
    """Refuses a step that no wheel has, with the nearest keys."""
    known = steps_of_all(work)
    if known and key not in known:
        raise Refused(
            _("Steget «{key}» finnes ikke i årshjulet: se «iopflow wheel show».").format(key=key)
            + nearest(key, list(known))
        )


def titles(work: "Work") -> dict[str, str]:
    """The title of every step, for sentences."""
    return {key: step.title.get() for key, step in steps_of_all(work).items()}


def task_numbers(words: Sequence[str]) -> list[int]:
    """The task numbers written; anything else is wrong usage."""
    wrong = [word for word in words if not _NUMBER.fullmatch(word) or int(word) > LARGEST]
    if wrong:
        raise click.UsageError(
            _(
                "«{word}» er ikke et oppgavenummer: skriv numre fra «iopflow tasks», "
                "eller --step, --year og --subject."
            ).format(word=wrong[0])
        )
    return list(dict.fromkeys(map(int, words)))


def check_words(
    words: Sequence[str], step: str | None, year: Year | None, subjects: Sequence[str]
) -> None:
    """Raises wrong usage before a database is opened: numbers, or step, year and subjects."""
    if step is None:
        if year is not None or subjects:
            raise click.UsageError(
                _("--year og --subject hører sammen med --step: skriv hvilket steg det gjelder.")
            )
        if not task_numbers(words):
            raise click.UsageError(
                _(
                    "Hvilke oppgaver? Skriv numre fra «iopflow tasks», eller --step, --year og "
                    "--subject."
                )
            )
        return
    if year is None:
        raise click.UsageError(_("--step trenger --year: skriv skoleåret steget gjelder."))
    if not subjects and not words:
        raise click.UsageError(_("--step trenger --subject: skriv hvem eller hva det gjelder."))


def chosen(
    work: "Work",
    words: Sequence[str],
    *,
    step: str | None,
    year: Year | None,
    subjects: Sequence[str],
    action: Action,
) -> "list[TaskRow]":
    """The tasks named by number, or by step, year and subject; all must be seen and allowed.

    Raises Refused for every one that is not found or not allowed, in one message.
    """
    work.viewer.require(action)
    if step is None or year is None:
        rows = _numbered(work, task_numbers(words))
    else:
        rows = _named(work, step, year, [*subjects, *words])
    _allowed(work, rows, action)
    return rows


def _numbered(work: "Work", ids: Sequence[int]) -> "list[TaskRow]":
    from iopflow.queries.places import NotFound
    from iopflow.queries.tasks import Asked, tasks

    rows = tasks(work.session, work.rules, work.viewer, Asked(ids=ids), today=work.today)
    found = {row.id for row in rows}
    missing = [str(one) for one in ids if one not in found]
    if missing:
        raise NotFound(
            _("Fant ikke oppgave {ids}: se numrene med «iopflow tasks».").format(
                ids=", ".join(missing)
            )
        )
    return rows


def _named(work: "Work", step: str, year: Year, subjects: Sequence[str]) -> "list[TaskRow]":
    from iopflow.queries.places import NotFound
    from iopflow.queries.tasks import Asked, tasks

    check_step(work, step)
    wanted = list(dict.fromkeys(subjects))
    rows = tasks(
        work.session,
        work.rules,
        work.viewer,
        Asked(step=step, year=year, subjects=wanted),
        today=work.today,
    )
    found = {row.subject for row in rows}
    missing = [one for one in wanted if one.rpartition(":")[2] not in found]
    if missing:
        raise NotFound(
            _("Fant ingen oppgave «{step}» i {year} for {subjects}: se «iopflow tasks».").format(
                step=step, year=year, subjects=", ".join(missing)
            )
        )
    return rows


def _allowed(work: "Work", rows: "Sequence[TaskRow]", action: Action) -> None:
    from iopflow.queries.access import NotAllowed
    from iopflow.queries.permits import permitted, subject_of

    allowed = permitted(work.session, work.viewer, {subject_of(row) for row in rows}, action)
    barred = [row for row in rows if subject_of(row) not in allowed]
    if barred:
        raise NotAllowed(
            "\n".join(
                _("Du kan se, men ikke endre, {step} for {subject}.").format(
                    step=row.step.title.get(), subject=row.subject
                )
                for row in barred
            )
        )


KEYS = (
    "task",
    "year",
    "step",
    "title",
    "scope",
    "subject",
    "opens",
    "due",
    "limit",
    "status",
    "happened_on",
    "recorded_at",
    "responsible",
    "late_days",
)


def columns(rows: Sequence[Any], *, step: bool = True) -> list[Column]:
    """The columns of a list of tasks on the screen."""
    several_years = len({row["year"] for row in rows}) > 1
    shown = [Column(_("Nr."), lambda row: row["task"], right=True)]
    if several_years:
        shown.append(Column(_("År"), lambda row: row["year"]))
    if step:
        shown.append(Column(_("Steg"), lambda row: row["title"], gives=True))
    return [
        *shown,
        Column(_("Gjelder"), lambda row: row["subject"]),
        Column(_("Frist"), lambda row: day(row["due"])),
        Column(_("Status"), lambda row: status_word(row["status"])),
        Column(_("Gjort"), lambda row: day(row["happened_on"]), drops=True),
        Column(_("Sent"), lambda row: row["late_days"] or "", gives=True, right=True),
        Column(_("Ansvarlig"), lambda row: row["responsible"], gives=True),
    ]


def summed_up(rows: Sequence[Any]) -> str:
    """The last line of a list of tasks: how many, and how many of each status."""
    if not rows:
        return _("Ingen oppgaver.")
    found: dict[str, int] = {}
    for row in rows:
        found[row["status"]] = found.get(row["status"], 0) + 1
    parts = ", ".join(
        f"{status_word(status)} {found[status]}" for status in Status if status in found
    )
    years = sorted({row["year"] for row in rows})
    return _("{tasks} i {years}: {parts}.").format(
        tasks=counted(len(rows), _("{n} oppgave"), _("{n} oppgaver")),
        years=", ".join(years),
        parts=parts,
    )
