"""What must hold between the rows of a wheel file, once each row is right by itself."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from iopflow.days import Days
from iopflow.schoolyear import SchoolYear, Year
from iopflow.texts import _
from iopflow.wheel.fields import nearest
from iopflow.wheel.local import Notes
from iopflow.wheel.step import State, Step
from iopflow.wheel.wheel import Wheel
from iopflow.texts import Text

# Any year will do to see whether days stand in order: this one has no date on a weekend.
_TRIAL = Year(2026)


def _trial_calendar(year: Year) -> SchoolYear:
    return SchoolYear(
        year,
        date(year.start, 8, 17),
        date(year.start + 1, 6, 18),
        planning_day=date(year.start, 8, 12),
    )


def check_steps(source: Notes, steps: Sequence[Step]) -> None:
    """References, scopes, days in order, and no ring when unrolled over the years."""
    by_key = {step.key: step for step in steps}
    _same_titles(source, steps)
    for step in steps:
        _references(source, step, by_key)
        _dates(source, step)
        _cohort(source, step)
        if step.since is not None and step.until is not None and step.until < step.since:
            source.problem(step.key, "until", _("er før since: bytt dem om"))
    ring = _ring(by_key)
    if ring:
        source.problem(
            ring[0],
            "after",
            _("går i ring ({ring}): flytt ett av stegene til after_previous").format(
                ring=" → ".join(ring)
            ),
        )


def _same_titles(source: Notes, steps: Sequence[Step]) -> None:
    seen: dict[str, str] = {}
    for step in steps:
        other = seen.setdefault(step.title.nb, step.key)
        if other != step.key:
            source.problem(
                step.key,
                "title",
                _("«{title}» har også {other}: gi dem hver sin tittel").format(
                    title=step.title.nb, other=other
                ),
            )


def _references(source: Notes, step: Step, by_key: Mapping[str, Step]) -> None:
    before = {"after": step.after, "after_previous": step.after_previous}
    for name, keys in before.items():
        for key in keys:
            if key not in by_key:
                source.problem(
                    step.key,
                    name,
                    _("«{key}» finnes ikke: {advice}").format(
                        key=key, advice=nearest(key, list(by_key))
                    ),
                )
    for key in step.hard:
        if key not in {*step.after, *step.after_previous}:
            source.problem(
                step.key,
                "hard",
                _("«{key}» står ikke i after eller after_previous: skriv det der også").format(
                    key=key
                ),
            )
        elif key in by_key and by_key[key].scope != step.scope:
            source.problem(
                step.key,
                "hard",
                _("«{key}» gjelder {other}, ikke {scope}, og kan ikke sperre: stryk det").format(
                    key=key, other=by_key[key].scope, scope=step.scope
                ),
            )


def _cohort(source: Notes, step: Step) -> None:
    if step.scope == "pupil" and step.cohort is None and step.ticked:
        source.problem(
            step.key, "cohort", _("mangler: skriv hvilke elever steget gjelder, som «iop»")
        )
    if step.scope != "pupil" and step.cohort is not None:
        source.problem(
            step.key,
            "cohort",
            _("gjelder bare steg for elever, ikke {scope}: stryk feltet").format(scope=step.scope),
        )


def _dates(source: Notes, step: Step) -> None:
    if step.due is None and step.limit is not None:
        source.problem(step.key, "limit", _("står uten due: skriv due, eller stryk limit"))
    for name in ("due", "limit"):
        days: Days | None = getattr(step, name)
        if days is not None and any(day.anchor == "due" for day in days.all_days):
            source.problem(
                step.key, name, _("kan ikke telle fra «due»: det ankeret gjelder bare opens")
            )
            return
    wheel = Wheel("", Text("", "", ""), "", (step,))
    for grade in (None, *sorted(step.grades)):
        dates = wheel.dates(step, _TRIAL, _trial_calendar, grade=grade)
        if dates.opens is not None and dates.due is not None and dates.opens > dates.due:
            source.problem(
                step.key,
                "opens",
                _("{opens} er etter due {due}: bytt dem om").format(
                    opens=dates.opens, due=dates.due
                ),
            )
        if dates.limit is not None and dates.due is not None and dates.due > dates.limit:
            source.problem(
                step.key,
                "due",
                _("{due} er etter limit {limit}: bytt dem om").format(
                    due=dates.due, limit=dates.limit
                ),
            )


def _ring(by_key: Mapping[str, Step]) -> list[str]:
    """A ring of steps, unrolled over three years: (year, step) waits for (same or earlier year)."""
    done: set[tuple[int, str]] = set()

    def before(node: tuple[int, str]) -> Iterable[tuple[int, str]]:
        year, key = node
        step = by_key[key]
        yield from ((year, other) for other in step.after if other in by_key)
        if year > 0:
            yield from ((year - 1, other) for other in step.after_previous if other in by_key)

    def walk(node: tuple[int, str], path: list[tuple[int, str]]) -> list[str]:
        if node in path:
            return [key for _year, key in [*path[path.index(node) :], node]]
        if node in done:
            return []
        for other in before(node):
            found = walk(other, [*path, node])
            if found:
                return found
        done.add(node)
        return []

    for year in range(3):
        for key in by_key:
            found = walk((year, key), [])
            if found:
                return found
    return []


def check_states(source: Notes, states: Sequence[State], steps: Sequence[Step]) -> None:
    """States name steps that exist, each step once, and the two special states are there."""
    if not states:
        return
    by_key = {step.key: step for step in steps}
    owners: dict[str, str] = {}
    for state in states:
        for key in state.steps:
            if key not in by_key:
                source.problem(
                    state.key,
                    "steps",
                    _("«{key}» finnes ikke: {advice}").format(
                        key=key, advice=nearest(key, list(by_key))
                    ),
                )
            elif by_key[key].scope != "pupil":
                source.problem(
                    state.key, "steps", _("«{key}» gjelder ikke en elev: stryk det").format(key=key)
                )
            if not state.any_of and owners.setdefault(key, state.key) != state.key:
                source.problem(
                    state.key,
                    "steps",
                    _("«{key}» står også i {other}: behold ett").format(key=key, other=owners[key]),
                )
        if not state.steps and state.day is None and state.role is None:
            source.problem(state.key, "steps", _("mangler: skriv stegene som fører dit, eller day"))
    for role in ("initial", "suspended"):
        if sum(state.role == role for state in states) != 1:
            source.problem(
                None, "state", _("trenger akkurat én tilstand med role = «{role}»").format(role=role)
            )
