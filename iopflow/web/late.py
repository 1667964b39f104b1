"""What is late behind an indicator: three rates, bands, courts, causes, the chain; and a form."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from iopflow import measure
from iopflow.engine.delays import Doubted, contradicted, may_have_cause
from iopflow.indicators import BY_CODE, CAUSES, Indicator
from iopflow.measure import TIMED, Chain, Waited
from iopflow.measure.delays import court_word
from iopflow.models import School, Scope, Task
from iopflow.queries.masking import FAMILY, mask_delays
from iopflow.queries.permits import permitted, subject_of
from iopflow.queries.prepared import among, read
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted, percent
from iopflow.web.page import Page
from iopflow.words import band_word, cause_word, chain_words

SURE = "sikker"  # the box that says that a cause holds, whatever else is registered


@dataclass(frozen=True, slots=True)
class Rate:
    """One way to count: what it is called, its share, and how many of how many."""

    title: str
    share: str
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class CourtRow:
    """With whom it lay: how many pupils, how many days after the limit, and the bar of them."""

    court: str
    title: str
    pupils: int | None  # None where it is not shown
    days: int | None
    width: int  # in thousandths of the largest


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed and could not be saved, and why not."""

    tasks: frozenset[int]
    cause: str
    on: str
    evidence: str
    reason: str
    why: str
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Late:
    """What is late behind an indicator of a school, as it stands today and as the asker may see.

    `entry` is the summary, masked. `pupils` are for those lines that the asker is shown.
    """

    entry: Mapping[str, Any]
    pupils: Mapping[str, Waited]
    chain: Chain | None

    @property
    def bands(self) -> list[tuple[str, int, int]]:
        """Each band of days: how many came late, how many are missing still. None of them where one
        of the two is not shown.
        """
        done, still = self.entry["bands"], self.entry["open_bands"]
        if done is None or still is None:
            return []
        return [(band_word(name), done[name], still[name]) for name in done]

    @property
    def courts(self) -> list[CourtRow]:
        """Each court that had something; the bar is of the days, or of the pupils without them."""
        pupils, days = self.entry["by_court"] or {}, self.entry["late_days_by_court"] or {}
        shown = days or pupils
        most = max(shown.values(), default=0) or 1
        return [
            CourtRow(
                name,
                court_word(name),
                pupils.get(name),
                days.get(name),
                round(1000 * shown[name] / most),
            )
            for name in shown
            if pupils.get(name) or days.get(name)
        ]

    @property
    def causes(self) -> list[tuple[str, int]]:
        """Each cause and how many pupils it is given for."""
        return [(cause_word(name), n) for name, n in (self.entry["by_cause"] or {}).items()]

    @property
    def chained(self) -> str:
        """The chain as one sentence; empty where there is none, or it may not be shown."""
        counts = self.entry.get("chain")
        if not counts or not counts["assessment"]:
            return ""
        pupils = counted(counts["assessment"], _("{n} elev"), _("{n} elever"))
        if not counts["vedtak"]:
            return _(
                "{pupils} fikk ikke sakkyndig vurdering i tide; ingen av dem står som for sent med "
                "vedtak."
            ).format(pupils=pupils)
        words = _(
            "{pupils} fikk ikke sakkyndig vurdering i tide; {vedtak} av dem fikk ikke vedtak i tide"
        ).format(pupils=pupils, vedtak=counts["vedtak"])
        if counts["stopped"] is None:
            return words + _(". Skoleåret det gjelder, har ikke begynt.")
        return words + _(
            "; av disse sto {stopped} uten vedtak ved skolestart, og {late_iop} hadde vedtak, men "
            "ingen IOP i bruk ved skolestart."
        ).format(stopped=counts["stopped"], late_iop=counts["late_iop"])

    def links(self, names: Mapping[str, str]) -> list[tuple[str, list[str]]]:
        """How far the chain went with the pupils who are shown, by name, the farthest last."""
        far = self.chain.far() if self.chain is not None else {}
        found: dict[str, list[str]] = {}
        for key, one in self.pupils.items():
            if one.pupil_id in far and key in names:
                found.setdefault(far[one.pupil_id], []).append(names[key])
        return [
            (word, sorted(found[name])) for name, word in chain_words().items() if name in found
        ]


def late(page: Page, one: Indicator, school: School, year: Year) -> Late | None:
    """What is late behind a timed indicator, as it stands today; None for the others."""
    if one.code not in TIMED:
        return None
    asked: dict[str, Any] = {
        "schools": [school.number],
        "year": year,
        "today": page.today,
        "as_of": page.today,
    }
    pupils = measure.waited(page.session, one, **asked)
    others = [BY_CODE[code] for code in FAMILY.get(one.code, ()) if code != one.code]
    figure, *beside = measure.figures(page.session, indicators=[one, *others], **asked)
    entry = measure.summary(figure, pupils)
    chain = None
    if one.code == "P1":
        (chain,) = measure.chains(page.session, **asked)
        entry["chain"] = chain.counts()
    (shown,) = mask_delays(
        page.session, page.who, [entry], beside=[other.numbered() for other in beside]
    )
    explains = page.who.may(Action.EXPLAIN)
    return Late(
        shown,
        {waited.pupil: waited for waited in pupils} if explains else {},
        chain if explains else None,
    )


def rates(entry: Mapping[str, Any]) -> list[Rate]:
    """The three rates of an entry on its own day: those whose numbers are shown."""
    if entry["problem"] or not entry["denominator"] or entry["indicator"] not in TIMED:
        return []
    in_time, whole = entry["numerator"], entry["denominator"]
    return [
        Rate(title, percent((in_time + more) / whole, 0), in_time + more, whole)
        for title, more in (
            (_("I tide"), 0),
            (_("Med begrunnet forsinkelse"), entry["justified"]),
            (_("Med det som kom for sent"), entry["done_late"]),
        )
        if more is not None
    ]


def open_to_causes(
    page: Page, one: Indicator, school: School, year: Year, pupils: Collection[int]
) -> dict[int, int]:
    """For which of the pupils the person may give a cause: their numbers, and that of the task."""
    if not pupils or not page.who.may(Action.DECIDE):
        return {}
    served = one.serving(year)
    statement = select(col(Task.id)).where(
        col(Task.school_id) == school.number,
        col(Task.year) == served.start,
        col(Task.scope) == Scope.PUPIL,
        col(Task.step).in_(one.steps),
        among(col(Task.subject_id), "pupils"),
    )
    ids = list(read(page.session, statement, pupils=sorted(pupils)).scalars())
    if not ids:
        return {}
    rows = tasks(page.session, page.rules, page.who, Asked(ids=ids), today=page.today)
    able = [row for row in rows if may_have_cause(row)]
    allowed = permitted(page.session, page.who, {subject_of(row) for row in able}, Action.DECIDE)
    found: dict[int, int] = {}
    for row in sorted(able, key=lambda row: one.steps.index(row.step.key)):
        if subject_of(row) in allowed:
            found.setdefault(row.subject_id, row.id)
    return found


def causes(rows: Sequence[TaskRow] = ()) -> Sequence[tuple[str, str, bool]]:
    """The causes to choose from: the word, as people say it, and whether it may justify.

    One that is wrong for all that it would be given to is no choice.
    """
    return [
        (cause, cause_word(cause), may)
        for cause, may in CAUSES.items()
        if not rows or len(contradicted(rows, cause)) < len(rows)
    ]


def is_sure(page: Page) -> bool:
    """Whether the person has ticked that a cause holds, whatever else is registered."""
    return page.form.get(SURE) == "ja"


def why_not(refused: Refused) -> str:
    """Why something is not saved, as a page says it: one that is doubted, with the way on."""
    if not isinstance(refused, Doubted):
        return str(refused)
    way = _(
        "Velg en annen årsak, rett samtalen først, eller kryss av for at årsaken likevel stemmer."
    )
    return f"{refused} {way}"
