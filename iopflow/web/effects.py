"""What a change of dates does to tasks, reminders and figures, in the lines of a preview."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from iopflow.engine.redating import Effect, Place
from iopflow.reminders.days import AHEAD
from iopflow.schoolyear import Year
from iopflow.texts import _, counted, short_date
from iopflow.wheel import Step


@dataclass(frozen=True, slots=True)
class Line:
    """One step in one year served: the date that was, the one it gets, and how many tasks."""

    title: str
    year: Year
    was: date | None
    now: date | None
    tasks: int
    notes: tuple[str, ...] = ()


def lines_of(
    effect: Effect,
    steps: Mapping[str, Step],
    dates: Mapping[Place, tuple[date | None, date | None]] | None = None,
) -> list[Line]:
    """The lines of a preview. `dates` are the steps whose own dates differ, with tasks or without;
    where None the lines are the tasks'.
    """
    found = []
    counts: Counter[Place] = Counter()
    for shift in effect.shifts:
        counts[shift.year, shift.step] += shift.count
    told: set[Place] = set()
    rows = (
        [(*place, *days, counts[place]) for place, days in dates.items()]
        if dates is not None
        else [(one.year, one.step, one.was, one.now, one.count) for one in effect.shifts]
    )
    for year, key, was, now, count in rows:
        notes = _notes(effect, (year, key)) if (year, key) not in told else ()
        told.add((year, key))
        if was is None and now is None and not count and not notes:
            continue  # a year without a skolerute: nothing to see yet
        title = steps[key].title.get() if key in steps else key
        found.append(Line(title, year, was, now, count, notes))
    return sorted(found, key=lambda one: (one.year, one.now or date.max, one.title))


def _notes(effect: Effect, place: Place) -> tuple[str, ...]:
    return tuple(
        counted(number, one, many)
        for number, one, many in (
            (
                effect.added[place],
                _("{n} oppgave kommer til"),
                _("{n} oppgaver kommer til"),
            ),
            (
                effect.taken[place],
                _("{n} oppgave blir borte"),
                _("{n} oppgaver blir borte"),
            ),
            (
                effect.done[place],
                _("{n} er ført og beholder datoen"),
                _("{n} er ført og beholder datoen"),
            ),
            (
                effect.moved[place],
                _("{n} har en avtalt dato og beholder den"),
                _("{n} har en avtalt dato og beholder den"),
            ),
        )
        if number
    )


def reminders_in_words(lines: Iterable[Line], today: date) -> list[str]:
    """What whoever is responsible notices: when the first mail comes, and what is late at once."""
    said = []
    for line in lines:
        if line.now is None or line.now == line.was:
            continue
        if line.now < today:
            if line.tasks:
                said.append(
                    _("{step} {year}: {tasks} er over fristen med en gang.").format(
                        step=line.title,
                        year=line.year,
                        tasks=counted(line.tasks, _("{n} oppgave"), _("{n} oppgaver")),
                    )
                )
            continue
        first = max(line.now - AHEAD, today)
        said.append(
            _("{step} {year}: kan stå i påminnelsene fra {day}, to uker før fristen.").format(
                step=line.title, year=line.year, day=short_date(first)
            )
        )
    return list(dict.fromkeys(said))


def figures_in_words(steps: Iterable[Step]) -> list[str]:
    """What the indicators that a step feeds are counted against: never the school's own date."""
    said = []
    for step in steps:
        codes = [code for code in step.indicators if code.startswith("P")]
        if codes:
            said.append(
                _(
                    "{step}: {codes} måles mot indikatorens egen dato, som er lik ved alle skoler. "
                    "Tallet endres ikke av at skolen flytter fristen: det som gjøres etter "
                    "indikatorens dato, teller som for sent."
                ).format(step=step.title.get(), codes=", ".join(codes))
            )
    return list(dict.fromkeys(said))
