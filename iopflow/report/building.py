"""The report of a school and year from the database: read once, in one language."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from iopflow.indicator_words import COUNTED, purpose
from iopflow.indicators import BY_CODE, INDICATORS, Indicator
from iopflow.models import School
from iopflow.queries import places
from iopflow.queries.masking import FEWEST
from iopflow.queries.remarks import MeasureRow, remarks_of
from iopflow.queries.rules import Rules
from iopflow.report import chart
from iopflow.report.content import Block, Due, Edition, Middle, Remarked, Report, Said, Step
from iopflow.report.figures import Entry, Told, left_out, outcomes, rates, share, told
from iopflow.report.method import method
from iopflow.report.names import naming
from iopflow.report.network import middles
from iopflow.report.values import kinds, lacking
from iopflow.roles import ROLES
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date, speaking
from iopflow.wheel import due_within


def build(
    session: Session,
    rules: Rules,
    school: School,
    year: Year,
    *,
    today: date,
    language: str | None = None,
    edition: Edition = Edition.SCHOOL,
    wheel: str = "",
    own: Path | None = None,
) -> Report:
    """What the report says, in a language or the school's own.

    `wheel` is the picture of the wheel, which is drawn above this layer; `own` are the operator's
    templates. Whoever asks has been let in already.
    """
    spoken = language or school.language
    with speaking(spoken):
        figures = told(session, school, year, today=today, edition=edition)
        network = middles(session, school, sorted(figures.entries))
        remarks = _remarks(session, school, year, figures, today=today, edition=edition)
        now = figures.entries[year]
        registered = kinds(session, school, year, remarks, edition=edition)
        blocks = [
            _block(one, figures, year, network, remarks, own)
            for one in INDICATORS
            if one.code == one.number
        ]
        return Report(
            language=spoken,
            school=school.name,
            municipality=school.municipality,
            key=school.key,
            year=year,
            edition=edition,
            made_on=today,
            standing=_standing(now.values()),
            summary=_summary(blocks),
            blocks=blocks,
            kinds=registered,
            lacking=lacking(registered),
            wheel=wheel,
            dues=_dues(session, rules, school, year),
            method=method(session, school, year, now, today=today, edition=edition),
            problems=figures.problems,
            naming=naming(session, school, remarks, registered),
        )


def _standing(entries: Iterable[Entry]) -> str:
    """Whether the figures are frozen, in a sentence for the cover."""
    frozen = [entry["revision"] is not None for entry in entries]
    if all(frozen):
        return _("Alle tallene er frosset.")
    if any(frozen):
        return _("Noen av tallene er frosset; de andre kan ennå endres.")
    return _("Tallene er ikke frosset, og kan ennå endres.")


def _summary(blocks: Sequence[Block]) -> list[str]:
    """What stands before the table of all figures."""
    shown = [one for one in blocks if one.now.is_told]
    whole = sum(one.now.rate == 1 for one in shown)
    said = [
        _("{n} av {whole} indikatorer har et tall for dette skoleåret.").format(
            n=len(shown), whole=len(blocks)
        )
    ]
    if whole:
        said.append(_("{n} av dem er på 100 %.").format(n=whole))
    said += _stands_out(shown)
    if any(one.now.masked for one in blocks):
        said.append(
            _("• betyr at tallet hviler på under {n} elever og ikke vises.").format(n=FEWEST)
        )
    if any(one.now.between for one in blocks):
        said.append(
            _(
                "Står det to prosenttall, ligger andelen mellom dem; det skiller under {n} elever."
            ).format(n=FEWEST)
        )
    if any(one.now.provisional for one in blocks):
        said.append(_("Noen tall er foreløpige: tellingsdatoen er ikke kommet."))
    return said


def _stands_out(shown: Sequence[Block]) -> list[str]:
    """Where a reader may begin: the lowest figure, and the one that has changed most."""
    said = []
    # What is not counted yet says nothing of how it goes.
    shown = [one for one in shown if one.is_counted]
    if any(one.now.between or (one.before and one.before.between) for one in shown):
        return []  # which is lowest, or has changed most, is not told
    low = min(shown, key=lambda one: one.now.rate or 0, default=None)
    if low is not None and low.now.rate != 1:
        words = _("Lavest av dem som er telt, er {code} med {rate}.")
        said.append(words.format(code=low.code, rate=low.now.answer))
    changed = [(_change(one), one) for one in shown if _change(one)]
    if changed:
        points, most = max(changed, key=lambda pair: abs(pair[0]))
        words = (
            _("Mest endret fra i fjor er {code}: opp {n} prosentpoeng.")
            if points > 0
            else _("Mest endret fra i fjor er {code}: ned {n} prosentpoeng.")
        )
        said.append(words.format(code=most.code, n=abs(points)))
    return said


def _change(block: Block) -> int:
    """Points up or down from last year, as the two are written; 0 where one of them is missing."""
    before = block.before
    if before is None or before.rate is None or block.now.rate is None:
        return 0
    return round(100 * block.now.rate) - round(100 * before.rate)


def _block(
    one: Indicator,
    figures: Told,
    year: Year,
    network: Mapping[tuple[Year, str], Middle],
    remarks: Mapping[str, Remarked],
    own: Path | None,
) -> Block:
    entry = figures.entries[year][one.code]
    years = [
        share(entries.get(one.code), of, is_past=of != year)
        for of, entries in figures.entries.items()
    ]
    beside = [network[of, one.code] for of in figures.entries if (of, one.code) in network]
    counts, why_not = outcomes(entry)
    halves = [BY_CODE[code] for code in one.parts]
    hidden = years[-1].masked
    notes = [why_not, _why_hidden() if hidden else ""]
    return Block(
        code=one.number,
        title=one.title.get().rstrip("."),
        purpose=purpose(one.code).get(),
        counted=COUNTED[one.code].get(),
        now=years[-1],
        parts=[share(figures.entries[year][half.code], year, half.title.get()) for half in halves],
        years=years,
        network=beside,
        network_words=_network_words(beside, year),
        rates=rates(entry, year),
        excluded=left_out(entry),
        outcomes=counts,
        notes=[note for note in notes if note],
        chart=chart.draw(one.number, one.title.get().rstrip("."), years, beside, own)
        if any(of.is_told for of in years)
        else "",
        chart_words=chart.words(years, beside),
        remarked=_of_parts([one, *halves], remarks),
    )


def _why_hidden() -> str:
    return _(
        "Tallet vises ikke: det hviler på under {n} elever, eller kunne vise et tall som gjør det."
    ).format(n=FEWEST)


def _network_words(beside: Sequence[Middle], year: Year) -> str:
    now = next((one for one in beside if one.year == year), None)
    if now is None:
        return _("vises ikke, for færre enn tre skoler har et tall som kan vises")
    return _("median {median}, fra {lowest} til {highest} ({n} skoler)").format(
        median=now.median.words,
        lowest=now.lowest.words,
        highest=now.highest.words,
        n=now.schools,
    )


def _of_parts(indicators: Sequence[Indicator], remarks: Mapping[str, Remarked]) -> Remarked:
    """What is said of a figure and of its halves, together."""
    found = [(one, remarks[one.code]) for one in indicators if one.code in remarks]
    return Remarked(
        [
            Said("" if one.code == one.number else one.title.get(), said.text)
            for one, remarked in found
            for said in remarked.comments
        ],
        [step for _one, remarked in found for step in remarked.measures],
        [step for _one, remarked in found for step in remarked.earlier],
    )


def _remarks(
    session: Session,
    school: School,
    year: Year,
    figures: Told,
    *,
    today: date,
    edition: Edition,
) -> dict[str, Remarked]:
    # Who has undertaken what is the school's own; the public reads that the school has.
    who = _("skolen") if edition is Edition.PUBLIC else ""
    return {
        code: Remarked(
            [Said("", remark.comment)] if remark.comment.strip() else [],
            [_step(row, today, who) for row in remark.measures],
            [_step(row, today, who, _moved(figures, code, year)) for row in remark.earlier],
        )
        for code, remark in remarks_of(session, school.number, year).items()
    }


def _moved(figures: Told, code: str, year: Year) -> str:
    """What a figure was when a measure of last year was decided, and is now: «72 % → 82 %»."""
    before = share(figures.entries.get(year.previous, {}).get(code), year.previous, is_past=True)
    now = share(figures.entries[year].get(code), year, is_past=True)  # nothing is not 0 %
    if not (before.is_told and now.is_told) or now.provisional:
        return ""
    return f"{BY_CODE[code].number}: {before.answer} → {now.answer}."


def _step(row: MeasureRow, today: date, who: str, moved: str = "") -> Step:
    if row.done_on is not None:
        status = _("gjort {day}").format(day=short_date(row.done_on))
    elif row.closed_on is not None:
        status = _("lukket uten å bli gjort {day}").format(day=short_date(row.closed_on))
    elif row.is_overdue(today):
        status = _("over fristen")
    else:
        status = _("ikke gjort ennå")
    outcome = " ".join(part for part in (row.outcome or "", moved) if part)
    return Step(row.indicator, row.text, who or row.person, row.due, status, outcome)


def _dues(session: Session, rules: Rules, school: School, year: Year) -> list[Due]:
    """The steps due from August to July, the first first, each title once a day."""
    calendar = places.calendars(session, [school.number]).get(school.number, {})
    first = year.on(8, 1)
    last = year.next.on(8, 1) - timedelta(days=1)
    found: dict[Any, Due] = {}
    for step, _served, days in due_within(rules.of_school(school), calendar.get, first, last):
        if days.due is not None:
            role = ROLES.get(step.responsible)
            who = role.title.get() if role is not None else step.responsible
            found.setdefault((days.due, step.key), Due(days.due, step.title.get(), who))
    return sorted(found.values(), key=lambda due: (due.day, due.title))
