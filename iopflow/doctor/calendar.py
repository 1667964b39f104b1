"""Whether the year can run: skoleruter, years that are open, schools in use, days of reminding."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from iopflow.doctor.duties import listed, open_duties
from iopflow.doctor.findings import Examined, Finding, Severity
from iopflow.models import metadata
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.reminders.days import AHEAD, Skoleruter, digest_day, is_sending_day, nudged_until
from iopflow.schoolyear import Year, how_to_add_skolerute
from iopflow.texts import _, short_date

_DAY = timedelta(days=1)


def schools(on: Examined) -> Iterator[Finding]:
    """There is a school at all."""
    if not on.schools:
        yield Finding(
            "schools",
            Severity.WARNING,
            _("Ingen skoler er importert."),
            _("Begynn med «iopflow import MAPPE --apply»."),
        )


def asks_for_next(today: date) -> bool:
    """Whether the next school year should be there: from 1 November (decisions 4)."""
    return today >= Year.of(today).on(11, 1)


def skoleruter(on: Examined) -> Iterator[Finding]:
    """The skolerute of this year, and from 1 November that of the next, for schools in use."""
    known = _years(on)
    for school in _live(on):
        if (school.id, on.year.start) not in known:
            yield _no_skolerute(school, on.year, Severity.PROBLEM)
        if asks_for_next(on.today) and (school.id, on.year.next.start) not in known:
            yield _no_skolerute(school, on.year.next, Severity.WARNING)


def _no_skolerute(school: Any, year: Year, severity: Severity) -> Finding:
    return Finding(
        "skolerute",
        severity,
        _("Skoleruten for {year} mangler.").format(year=year),
        _skolerute_remedy(),
        school.key,
    )


def _skolerute_remedy() -> str:
    how = how_to_add_skolerute()
    return f"{how[:1].upper()}{how[1:]}."


def opened(on: Examined) -> Iterator[Finding]:
    """This year is open, and from 1 November the next, whose first duty is due on 15 January."""
    known = _years(on)
    for school in _live(on):
        years = [(on.year, Severity.PROBLEM)]
        years += [(on.year.next, Severity.WARNING)] if asks_for_next(on.today) else []
        for year, severity in years:
            # Without a skolerute it cannot be opened, and that is said already.
            if known.get((school.id, year.start), True) is None:
                yield Finding(
                    "opened",
                    severity,
                    _("Skoleåret {year} er ikke åpnet.").format(year=year),
                    _("Skriv «iopflow rollover {year} --school {school} --apply».").format(
                        year=year, school=school.key
                    ),
                    school.key,
                )


def live(on: Examined) -> Iterator[Finding]:
    """A school with open tasks is in use: before that nobody is reminded of anything."""
    for school in on.schools:
        count = sum(
            one.count
            for one in open_duties(on)
            if one.school_id == school.id and one.due >= on.today
        )
        if school.live_from is None and count:
            yield Finding(
                "live",
                Severity.WARNING,
                _("Skolen har {n} åpne oppgaver, men er ikke i gang: ingen blir minnet.").format(
                    n=count
                ),
                _("Skriv «iopflow go-live --from DATO --school {school}».").format(
                    school=school.key
                ),
                school.key,
            )


def reminders(on: Examined) -> Iterator[Finding]:
    """Every step that is open has a day on which those who must do it are reminded of it."""
    ruter = calendars(on.session, [one.id for one in on.schools])
    for school in _live(on):
        known = ruter.get(school.id, {})
        silent: dict[Year | None, dict[str, date]] = {}
        for one in open_duties(on):
            if one.school_id != school.id or one.due < on.today:
                continue
            if reminded_on(known, one.due, since=school.live_from) is None:
                year = Year.of(one.due)
                steps = silent.setdefault(None if year in known else year, {})
                steps[one.step.title.get()] = min(one.due, steps.get(one.step.title.get(), one.due))
        for why, steps in silent.items():
            said = listed(f"{title} ({short_date(due)})" for title, due in sorted(steps.items()))
            yield _without_skolerute(school, why, said) if why else _in_holidays(school, said)


def reminded_on(ruter: Skoleruter, due: date, *, since: date = date.min) -> date | None:
    """The first day on which a mail tells of a date: a digest up to 14 days before, or a nudge."""
    for days in range(AHEAD.days, -1, -1):
        day = due - days * _DAY
        if day < since or not is_sending_day(ruter, day):
            continue
        until = nudged_until(ruter, day)
        if digest_day(ruter, day) == day or (until is not None and day < due <= until):
            return day
    return None


def _without_skolerute(school: Any, year: Year, steps: str) -> Finding:
    return Finding(
        "reminder",
        Severity.PROBLEM,
        _("Ingen blir minnet, for skoleruten {year} mangler: {steps}.").format(
            year=year, steps=steps
        ),
        _skolerute_remedy(),
        school.key,
    )


def _in_holidays(school: Any, steps: str) -> Finding:
    return Finding(
        "reminder",
        Severity.WARNING,
        _("Ingen blir minnet før fristen, for ingenting sendes de to ukene før: {steps}.").format(
            steps=steps
        ),
        _("Flytt fristen i årshjulet til en dag i skoleåret, eller si fra på en annen måte."),
        school.key,
    )


def _live(on: Examined) -> list[Any]:
    return [one for one in on.schools if one.live_from is not None]


def _years(on: Examined) -> dict[tuple[int, int], Any]:
    """The skoleruter there are, with when the year was opened; None where it was not."""
    year = metadata.tables["school_year"]
    rows = read(
        on.session,
        select(year.c.school_id, year.c.year, year.c.opened_at).where(
            among(year.c.school_id, "schools")
        ),
        schools=[one.id for one in on.schools],
    )
    return {(row.school_id, row.year): row.opened_at for row in rows}
