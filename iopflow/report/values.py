"""The registered figures of a report, by the kind of quality that the network divides them into."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from iopflow.models import FigureValue
from iopflow.queries.masking import FEWEST
from iopflow.report.content import Kind, Registered, Remarked, Value
from iopflow.schoolyear import Year
from iopflow.texts import Text, _, language_in_use

KINDS: Mapping[str, Text] = {
    "S": Text("Strukturkvalitet", "Strukturkvalitet", "Structural quality"),
    "T": Text("Tjenestekvalitet", "Tenestekvalitet", "Service quality"),
    "R": Text("Resultatkvalitet", "Resultatkvalitet", "Quality of results"),
    "O": Text("Økonomi og ressursbruk", "Økonomi og ressursbruk", "Money and resources"),
}
_PER_PUPIL = ("Utgifter per elev", "Utgifter per elev", "Cost per pupil")
TITLES: Mapping[str, Text] = {
    "S1": Text(
        "Areal per elev, innendørs (m²)", "Areal per elev, innandørs (m²)", "Area per pupil (m²)"
    ),
    "S2": Text(
        "Undervisning gitt av personale med godkjent utdanning (%)",
        "Undervisning gitt av personale med godkjend utdanning (%)",
        "Teaching given by qualified staff (%)",
    ),
    "S3": Text(
        "Pedagogtimer av elevårstimer (%)",
        "Pedagogtimar av elevårstimar (%)",
        "Teacher hours of pupil hours (%)",
    ),
    "S4": Text(
        "Årsverk per elev, pedagogisk personale",
        "Årsverk per elev, pedagogisk personale",
        "Posts per pupil, teaching staff",
    ),
    "S5": Text(
        "Årsverk per elev, miljøterapeuter og miljøarbeidere",
        "Årsverk per elev, miljøterapeutar og miljøarbeidarar",
        "Posts per pupil, milieu staff",
    ),
    "S6": Text(
        "Ukentlig tid til samarbeid på tvers av yrkesgrupper (timer)",
        "Vekentleg tid til samarbeid på tvers av yrkesgrupper (timar)",
        "Weekly time to work together across professions (hours)",
    ),
    "S7a": Text(
        "Lederspenn (ansatte per leder)", "Leiarspenn (tilsette per leiar)", "Staff per head"
    ),
    "S8": Text("Fast ansatte (%)", "Fast tilsette (%)", "Permanent staff (%)"),
    "T1": Text(
        "Stabilitet: nytilsatte og turnover (%)",
        "Stabilitet: nytilsette og turnover (%)",
        "Stability: new staff and turnover (%)",
    ),
    "T2": Text(
        "Stabilitet: nærvær (%)", "Stabilitet: nærvær (%)", "Stability: attendance of staff (%)"
    ),
    "R1": Text(
        "Måloppnåelse i elevenes IOP-er (%)",
        "Måloppnåing i IOP-ane til elevane (%)",
        "Goals attained in the pupils' IEPs (%)",
    ),
    "R2": Text(
        "Foreldreundersøkelsen (svarprosent)",
        "Foreldreundersøkinga (svarprosent)",
        "Survey of guardians (response, %)",
    ),
    "R3": Text("Elevundersøkelse", "Elevundersøking", "Survey of pupils"),
    "OK1a": Text(
        f"{_PER_PUPIL[0]}, skole og SFO (1000 kr)",
        f"{_PER_PUPIL[1]}, skule og SFO (1000 kr)",
        f"{_PER_PUPIL[2]}, school and after-school (1000 kr)",
    ),
    "OK1b": Text(
        f"{_PER_PUPIL[0]}, skole (1000 kr)",
        f"{_PER_PUPIL[1]}, skule (1000 kr)",
        f"{_PER_PUPIL[2]}, school (1000 kr)",
    ),
    "OK2": Text(
        "Elever med bemanning 1:1, 2:1 og i gruppe (%)",
        "Elevar med bemanning 1:1, 2:1 og i gruppe (%)",
        "Pupils staffed 1:1, 2:1 and in a group (%)",
    ),
}


def name(code: str) -> str:
    """What people call it: Ø where files may write O."""
    return code.replace("OK", "ØK")


def kinds(
    session: Session, school_id: int, year: Year, remarks: Mapping[str, Remarked]
) -> list[Kind]:
    """The registered figures of the school as a whole; those of a class are not published."""
    rows = (
        session.execute(
            select(FigureValue)
            .where(
                col(FigureValue.school_id) == school_id,
                col(FigureValue.year) == year.start,
                col(FigureValue.unit_key) == "",
            )
            .order_by(col(FigureValue.counted_on), col(FigureValue.id))
        )
        .scalars()
        .all()
    )
    codes = {row.indicator for row in rows} | {code for code in remarks if code[0] in KINDS}
    found = []
    for letter, title in KINDS.items():
        indicators = [
            Registered(
                name(code),
                TITLES[code].get() if code in TITLES else "",
                [_value(row) for row in rows if row.indicator == code],
                remarks.get(code, Remarked()),
            )
            for code in sorted(codes)
            if code.startswith(letter)
        ]
        if indicators:
            found.append(Kind(title.get(), indicators))
    return found


def _value(row: Any) -> Value:
    """A figure that rests on one to four is not shown, nor how many they are."""
    value, of = decimal(row.value), decimal(row.of or "")
    if _few(row.of):
        value, of = "•", _("under {n}").format(n=FEWEST)
    return Value(row.category, row.counted_on, value, of, row.source or "")


def _few(of: str | None) -> bool:
    try:
        return of is not None and 0 < float(of) < FEWEST
    except ValueError:
        return False


def decimal(text: str) -> str:
    """A number as it is written in the language; what is no number stands as it is."""
    try:
        float(text)
    except ValueError:
        return text
    return (
        text if language_in_use() == "en" else text.replace(".", ",").replace("-", "\N{MINUS SIGN}")
    )
