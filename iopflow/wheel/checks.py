"""What must hold between the fields and rows of a wheel file, once each value can be read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter

from iopflow.days import FACT_ANCHORS, Days
from iopflow.schoolyear import SchoolYear, Year
from iopflow.texts import _
from iopflow.wheel.fields import LANGUAGES, nearest
from iopflow.wheel.places import Problem, Source
from iopflow.wheel.step import ALL_YEAR, BINDING, Step
from iopflow.wheel.wheel import declared_dates

# Any year will do to see whether days stand in order: this one has no date on a weekend.
_TRIAL = Year(2026)
_TRIAL_ARRIVAL = date(2026, 9, 21)
_TRIAL_FACTS = dict.fromkeys(FACT_ANCHORS, date(2027, 3, 1))


def _trial_calendar(year: Year) -> SchoolYear:
    return SchoolYear(
        year,
        date(year.start, 8, 17),
        date(year.start + 1, 6, 18),
        planning_day=date(year.start, 8, 12),
    )


def check_steps(source: Source, steps: Sequence[Step], declared: frozenset[str] | None) -> None:
    """Every row by itself, references, and no ring. `declared` are the keys of all rows, also those
    that could not be read: to name them is no mistake. None: they are not known.
    """
    by_key = {step.key: step for step in steps}
    broken = frozenset(source.broken)  # a row with unreadable values gets no follow-on mistakes
    for step in steps:
        unknown = () if declared is None else _unknown(step, {*by_key, *declared})
        for column, message in unknown:
            source.problem(step.key, column, message)
        if step.key in broken:
            continue
        for check in (_hard, _order, _basis, _cohort, _kind, _fact, _notation, _dates):
            for column, message in check(step, by_key):
                source.problem(step.key, column, message)
    _alike(source, steps)
    _rings(source, by_key)


def _alike(source: Source, steps: Sequence[Step]) -> None:
    """No two rows have the same title, in any language, or follow from the same fact."""
    titles: dict[tuple[str, str], str] = {}
    facts: dict[str, str] = {}
    for step in steps:
        for language in LANGUAGES:
            title = step.title.get(language)
            other = titles.setdefault((language, title.casefold()), step.key)
            if other != step.key:
                source.problem(
                    step.key,
                    "title",
                    _("«{title}» ({language}) har også {other}: gi dem hver sin tittel").format(
                        title=title, language=language, other=other
                    ),
                )
                break
        if step.fact is not None and facts.setdefault(step.fact, step.key) != step.key:
            source.problem(
                step.key,
                "fact",
                _("«{fact}» har også {other}: behold ett").format(
                    fact=step.fact, other=facts[step.fact]
                ),
            )


def _unknown(step: Step, known: set[str]) -> Iterator[Problem]:
    for name in ("after", "after_previous"):
        for key in getattr(step, name):
            if key not in known:
                yield (
                    name,
                    _("«{key}» finnes ikke: {advice}").format(
                        key=key, advice=nearest(key, sorted(known))
                    ),
                )


def _hard(step: Step, by_key: Mapping[str, Step]) -> Iterator[Problem]:
    for key in step.hard:
        if key not in {*step.after, *step.after_previous}:
            yield (
                "hard",
                _("«{key}» står ikke i after eller after_previous: skriv det der også").format(
                    key=key
                ),
            )
        elif key in by_key and by_key[key].scope != step.scope:
            yield (
                "hard",
                _("«{key}» gjelder {other}, ikke {scope}, og kan ikke sperre: stryk det").format(
                    key=key, other=by_key[key].scope, scope=step.scope
                ),
            )
    if step.hard and step.law is None and step.basis not in BINDING:
        yield "hard", _("sperrer uten hjemmel: skriv paragrafen i law, eller stryk hard")


def _order(step: Step, by_key: Mapping[str, Step]) -> Iterator[Problem]:
    for key in step.after:
        if key in step.after_previous:
            yield (
                "after_previous",
                _("«{key}» står også i after: behold ett av stedene").format(key=key),
            )
    if step.any_of and len(step.after) + len(step.after_previous) < 2:
        yield (
            "any_of",
            _("gjelder valg mellom flere i after: skriv minst to der, eller stryk any_of"),
        )
    if step.since is not None and step.until is not None and step.until < step.since:
        yield (
            "until",
            _("{until} er før since {since}: bytt dem om").format(
                until=step.until, since=step.since
            ),
        )
    due = _trial(step)[1]
    for key in step.after:
        if key in by_key and due is not None and not by_key[key].off:
            opens = _trial(by_key[key])[0]
            if opens is not None and by_key[key].serves == step.serves and opens > due:
                yield (
                    "after",
                    _(
                        "«{key}» åpner {opens}, etter fristen {due}: skriv det i after_previous"
                    ).format(key=key, opens=opens, due=due),
                )


def _basis(step: Step, _by_key: Mapping[str, Step]) -> Iterator[Problem]:
    for name in ("basis", "date_basis"):
        basis = getattr(step, name)
        if basis in BINDING and step.law is None:
            yield (
                "law",
                _(
                    "mangler når {field} er {basis}: skriv paragrafen, som «opplæringslova § 11-7»"
                ).format(field=name, basis=basis),
            )
            return
    if step.certainty == "guess" and step.confidence is None:
        yield "confidence", _("mangler når certainty er guess: skriv high, medium eller low")
    if step.certainty == "certain" and step.confidence is not None:
        yield "confidence", _("står der certainty er certain: stryk det, eller skriv guess")


def _cohort(step: Step, _by_key: Mapping[str, Step]) -> Iterator[Problem]:
    if step.scope == "pupil" and step.cohort is None and step.ticked:
        yield "cohort", _('mangler: skriv hvilke elever steget gjelder, som cohort = "iop"')
    if step.scope != "pupil" and step.cohort is not None:
        yield (
            "cohort",
            _("gjelder bare steg for elever, ikke {scope}: stryk feltet").format(scope=step.scope),
        )


def _kind(step: Step, _by_key: Mapping[str, Step]) -> Iterator[Problem]:
    if step.kind == "timer" and step.due is None:
        yield "due", _('mangler: en timer teller mot en dag, skriv due = "vedtak.valid_to - 6m"')
    for name in ("stops", "only_grades"):
        if getattr(step, name) and step.kind != "timer":
            yield (
                name,
                _("hører bare til en timer, ikke {kind}: stryk feltet").format(kind=step.kind),
            )
    if step.kind in ALL_YEAR:
        for name in ("opens", "due", "limit"):
            if getattr(step, name) is not None:
                yield (
                    name,
                    _("står på et steg som varer hele året ({kind}): stryk feltet").format(
                        kind=step.kind
                    ),
                )
    if step.kind == "consent" and not (step.fact or "").startswith("consent."):
        yield "fact", _("mangler: skriv hvilket samtykke steget følger, som consent.vedtak")
    if step.checklist and step.kind != "snapshot":
        yield (
            "checklist",
            _("hører bare til telletidspunkter (snapshot), ikke {kind}: stryk den").format(
                kind=step.kind
            ),
        )


def _fact(step: Step, _by_key: Mapping[str, Step]) -> Iterator[Problem]:
    if step.scope == "pupil":
        return
    if step.fact is not None:
        yield "fact", _("gjelder elevens sak, ikke {scope}: stryk feltet").format(scope=step.scope)
    for name, days in _days(step):
        if any(day.is_fact for day in days.all_days):
            yield (
                name,
                _("teller fra elevens sak, men steget gjelder {scope}: skriv en annen dag").format(
                    scope=step.scope
                ),
            )
        if days.variants:
            yield (
                name,
                _("skiller mellom elever, men steget gjelder {scope}: stryk «| …»").format(
                    scope=step.scope
                ),
            )


def _notation(step: Step, _by_key: Mapping[str, Step]) -> Iterator[Problem]:
    for name, days in _days(step):
        if name != "opens" and any(day.anchor == "due" for day in days.all_days):
            yield name, _("kan ikke telle fra «due», som bare gjelder opens: skriv en annen dag")
        if name == "opens" and step.due is None and any(d.anchor == "due" for d in days.all_days):
            yield "opens", _("teller fra «due», som mangler: skriv due, eller en annen dag")
    if step.due is None and step.limit is not None:
        yield "limit", _("står uten due: skriv due, eller stryk limit")
    if step.due is not None and step.opens is None and not step.due.day.is_fact:
        yield "opens", _('mangler: skriv når steget åpner, som opens = "due - 6w"')


def _dates(step: Step, _by_key: Mapping[str, Step]) -> Iterator[Problem]:
    if any(
        name != "opens" and day.anchor == "due"
        for name, days in _days(step)
        for day in days.all_days
    ):
        return  # told above
    variants: list[tuple[int | None, date | None]] = [(None, None)]
    variants += [(grade, None) for grade in sorted(step.grades)]
    variants += [(None, _TRIAL_ARRIVAL)] if step.has_late else []
    for grade, arrival in variants:
        opens, due, limit = _trial(step, grade, arrival)
        if opens is not None and due is not None and opens > due:
            yield (
                "opens",
                _("{opens} er etter due {due}: sett opens tidligere").format(opens=opens, due=due),
            )
            return
        if limit is not None and due is not None and due > limit:
            yield (
                "due",
                _("{due} er etter limit {limit}: sett due tidligere").format(due=due, limit=limit),
            )
            return


def no_later(step: Step, other: Step, name: str) -> bool:
    """Whether a day of `other` (opens or due) is never after the same day of `step`, and known.

    Tried with an early, a usual and a late skolerute, since a day may count from one.
    """
    for start, end in ((10, 12), (17, 18), (24, 25)):

        def calendar(year: Year, start: int = start, end: int = end) -> SchoolYear:
            first, last = date(year.start, 8, start), date(year.start + 1, 6, end)
            return SchoolYear(year, first, last, planning_day=first - timedelta(days=5))

        days = [
            getattr(declared_dates(replace(one, weekend="counting"), _TRIAL, calendar), name)
            for one in (step, other)
        ]
        if days[0] is None or days[1] is None or days[1] > days[0]:
            return False
    return True


def _trial(
    step: Step, grade: int | None = None, arrival: date | None = None
) -> tuple[date | None, date | None, date | None]:
    """The days in a trial year. Facts are only there where every day counts from one.

    A day that is no working day is not moved: which days are depends on the year, and every command
    would pay for the library that knows the holidays.
    """
    only_facts = all(day.is_fact for _name, days in _days(step) for day in days.all_days)
    facts = _TRIAL_FACTS if only_facts else None
    as_written = replace(step, weekend="counting")
    dates = declared_dates(
        as_written, _TRIAL, _trial_calendar, grade=grade, arrival=arrival, facts=facts
    )
    return dates.opens, dates.due, dates.limit


def _days(step: Step) -> Iterator[tuple[str, Days]]:
    for name in ("opens", "due", "limit"):
        days: Days | None = getattr(step, name)
        if days is not None:
            yield name, days


def _rings(source: Source, by_key: Mapping[str, Step]) -> None:
    """No ring of `after`. Unrolled over the years `after_previous` points a year back, so it can
    close none; each ring is told once and opened, until none is left.
    """
    graph = {
        key: {other for other in step.after if other in by_key} for key, step in by_key.items()
    }
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            ring: list[str] = error.args[1][::-1]
        else:
            return
        source.problem(
            ring[0],
            "after",
            _("går i ring ({ring}): flytt ett av stegene til after_previous").format(
                ring=" → ".join(ring)
            ),
        )
        graph[ring[0]].discard(ring[1])
