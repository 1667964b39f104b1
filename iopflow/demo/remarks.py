"""What the three schools say of their figures and do about them: a story over three school years.

A measure of one year shows its outcome in the next, one goes on, one is over its date, and a
deviation waits to be closed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import and_, or_, select
from sqlmodel import Session

from iopflow import measure
from iopflow.clock import OSLO
from iopflow.demo.schools import LARGE, SPECIAL, TINY
from iopflow.engine import remarks
from iopflow.engine.ledger import Act
from iopflow.engine.remarks import About
from iopflow.indicators import BY_CODE
from iopflow.models import School, metadata
from iopflow.queries.remarks import MeasureRow, deviation_by, measure_by
from iopflow.schoolyear import Year

_Day = tuple[int, int, int]  # the school years back from the one in progress, month, day


@dataclass(frozen=True, slots=True)
class Tiltak:
    """A measure: about a figure of a year so far back, decided and due, and what came of it."""

    back: int
    code: str
    text: str
    decided: _Day
    due: _Day
    done: _Day | None = None
    outcome: str = ""
    goes_on: bool = False  # with the last one about the same figure
    by_head: bool = True


@dataclass(frozen=True, slots=True)
class Kommentar:
    """A comment on a figure of a year so far back."""

    back: int
    code: str
    text: str
    on: _Day


@dataclass(frozen=True, slots=True)
class Avvik:
    """A deviation about a figure of a year so far back: of all pupils that are missing in it."""

    back: int
    code: str
    cause: str
    description: str
    correction: str
    on: _Day
    closed: _Day | None = None
    evidence: str = ""


Said = Tiltak | Kommentar | Avvik
STORY: Mapping[str, tuple[Said, ...]] = {
    SPECIAL: (
        Tiltak(
            *(2, "P1", "Melde behov for ny sakkyndig vurdering innen 1. desember"),
            *((2, 9, 10), (2, 12, 1), (2, 11, 28)),
            "Alle behov var meldt 28. november. PPT fikk dokumentasjonen to måneder før året før.",
        ),
        Kommentar(
            *(1, "P1"),
            "De vurderingene som ikke kom i tide, var henvist etter jul, og noen av dem gjaldt "
            "elever som flyttet hit i vinter.\n\nSamarbeidet med PPT har "
            "blitt bedre etter at vi begynte å møtes fast hver måned.",
            (1, 6, 12),
        ),
        Tiltak(
            *(1, "P1", "Fast møte med PPT hver måned om saker som venter"),
            *((1, 9, 8), (1, 6, 1), (1, 5, 27)),
            "Ni møter er holdt. Ingen sak har ventet på dokumentasjon fra oss siden februar.",
        ),
        Kommentar(
            *(1, "P8"),
            "En del foresatte svarte ikke, og noen takket nei. Flere sier at innkallingen kom for "
            "sent, og at tidspunktet midt på dagen er vanskelig.",
            (1, 6, 16),
        ),
        Avvik(
            *(1, "P2", "kapasitet_ppt"),
            "Enkeltvedtak som ventet på sakkyndige vurderinger, ble fattet etter skoleslutt.",
            "Vedtakene skrives mens vi venter, og fattes samme uke som vurderingen kommer.",
            *((1, 6, 24), (0, 8, 28)),
            evidence="2026/1042-7",
        ),
        Tiltak(
            *(1, "P8", "Innkalle til samtalen om mål tre uker før, og tilby kveldstid"),
            *((1, 6, 18), (0, 12, 18)),
        ),
        Tiltak(
            *(0, "P1", "Fast møte med PPT hver måned, også med hjemkommunene"),
            *((0, 9, 7), (0, 6, 1)),
            goes_on=True,
            by_head=False,
        ),
    ),
    LARGE: (
        Kommentar(
            *(1, "P1"),
            "Mange vurderinger kom etter fristen. I noen av sakene sendte vi den pedagogiske "
            "rapporten for sent, i resten hadde PPT ikke kapasitet.",
            (1, 6, 10),
        ),
        Tiltak(
            *(1, "P1", "Pedagogisk rapport leveres innen 15. januar på alle trinn"),
            *((1, 9, 20), (1, 1, 15), (1, 2, 3)),
            "Levert på fem av sju trinn innen fristen. Mal og tid på teamet hjalp; 5. og 6. trinn "
            "manglet kontaktlærer i perioden.",
        ),
        Avvik(
            *(1, "P2", "sykdom_vikar"),
            "Vedtak ble fattet etter skoleslutt.",
            "Inspektør får fullmakt til å fatte vedtak når rektor er borte.",
            *((1, 6, 24), (0, 9, 4)),
            evidence="2026/311-4",
        ),
        Tiltak(
            *(0, "P1", "Pedagogisk rapport innen 15. januar: avdelingsleder følger opp hver uke"),
            *((0, 9, 3), (0, 1, 15)),
            goes_on=True,
        ),
        Tiltak(
            *(0, "P4", "Sjekke at alle IOP-er er tatt i bruk den første uken"),
            *((0, 8, 20), (0, 10, 1)),
        ),
        Avvik(
            *(0, "P4", "venter_dokumentasjon_skole"),
            "Elever hadde ikke IOP klar ved skolestart.",
            "Planene skrives ferdig i uke 47, og neste år før sommeren.",
            (0, 10, 6),
        ),
    ),
    TINY: (
        Kommentar(
            *(1, "P1"),
            "Skolen har så få vurderinger at tallet bare vises for oss. Vi melder behovet i "
            "november hvert år, og det vil vi fortsette med.",
            (1, 6, 9),
        ),
        Tiltak(
            *(0, "P9", "Legge utviklingssamtalen sammen med halvårsvurderingen"),
            *((0, 9, 15), (0, 11, 30)),
            by_head=False,
        ),
    ),
}


def say(session: Session, schools: Iterable[School], year: Year, today: date) -> None:
    """Writes the story up to today, each act on its own day, by the school's own people."""
    for school in schools:
        rektor, head = people(session, school)
        last: dict[str, MeasureRow | None] = {}
        for one in STORY.get(school.key, ()):
            about = About(school.owner, school.number, _back(year, one.back), one.code)
            match one:
                case Tiltak():
                    person = head if one.by_head else rektor
                    _decide(session, one, about, (rektor, person), year, today, last)
                case Kommentar():
                    act = _act("comment", one.on, year, rektor, today)
                    if act is not None:
                        remarks.comment(session, about, one.text, known=None, act=act)
                case Avvik():
                    _raise(session, one, about, rektor, year, today)


def _decide(
    session: Session,
    one: Tiltak,
    about: About,
    people: tuple[int, int],
    year: Year,
    today: date,
    last: dict[str, MeasureRow | None],
) -> None:
    rektor, person = people
    act = _act("measure", one.decided, year, rektor, today)
    if act is None:
        return
    number = remarks.decide(
        session,
        about,
        one.text,
        person_id=person,
        due=_day(one.due, year),
        follows=last.get(one.code) if one.goes_on else None,
        act=act,
    )
    row = measure_by(session, number)
    last[one.code] = row
    done = _act("measure_done", one.done, year, person, today) if one.done else None
    if row is not None and one.done is not None and done is not None:
        remarks.finish(session, row, _day(one.done, year), one.outcome, act=done)


def _raise(
    session: Session, one: Avvik, about: About, rektor: int, year: Year, today: date
) -> None:
    act = _act("deviation", one.on, year, rektor, today)
    if act is None:
        return
    number = remarks.raise_deviation(
        session,
        about,
        remarks.Story(one.cause, one.description, one.correction),
        pupils=_missing(session, about, today),
        act=act,
    )
    row = deviation_by(session, number)
    closed = _act("deviation_close", one.closed, year, rektor, today) if one.closed else None
    if row is not None and one.closed is not None and closed is not None:
        remarks.close_deviation(session, row, _day(one.closed, year), one.evidence, act=closed)


def _missing(session: Session, about: About, today: date) -> int:
    """How many are not in the numerator of a figure."""
    (found,) = measure.figures(
        session,
        schools=[about.school_id],
        year=about.year,
        today=today,
        indicators=[BY_CODE[about.indicator]],
    )
    return (found.denominator or 0) - (found.numerator or 0)


def _back(year: Year, back: int) -> Year:
    return Year(year.start - back)


def _day(day: _Day, year: Year) -> date:
    back, month, of_month = day
    return _back(year, back).on(month, of_month)


def _act(kind: str, day: _Day, year: Year, person: int, today: date) -> Act | None:
    """Somebody on a day at noon; None for a day that has not come."""
    on = _day(day, year)
    return Act(kind, datetime.combine(on, time(12), OSLO), person) if on <= today else None


def people(session: Session, school: School) -> tuple[int, int]:
    """The rektor, and the first head of an avdeling or else the rektor as well."""
    grant, unit = metadata.tables["role_grant"], metadata.tables["unit"]
    units = select(unit.c.id).where(unit.c.school_id == school.number)
    rows = session.execute(
        select(grant.c.role, grant.c.person_id)
        .where(
            or_(
                and_(grant.c.at_kind == "school", grant.c.at_id == school.number),
                and_(grant.c.at_kind == "unit", grant.c.at_id.in_(units)),
            ),
            grant.c.role.in_(["rektor", "avdelingsleder"]),
        )
        .order_by(grant.c.ends.is_not(None), grant.c.id)
    ).all()
    found: dict[str, Any] = {}
    for row in rows:
        found.setdefault(row.role, row.person_id)
    return found["rektor"], found.get("avdelingsleder", found["rektor"])
