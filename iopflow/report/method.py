"""The last pages of a report: how the figures came to be, what is left out, and what is unclear."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from iopflow import measure
from iopflow.indicator_words import COUNTED
from iopflow.indicators import BY_CODE, INDICATORS, Indicator, version_of
from iopflow.measure import TIMED
from iopflow.models import School
from iopflow.queries.masking import FEWEST, mask_delays
from iopflow.registered import BY_CODE as REGISTERED
from iopflow.registered import UNCLEAR
from iopflow.report.content import Definition, Edition, Method, Unclear
from iopflow.report.figures import PUBLIC, Entry, left_out, recorded_late
from iopflow.schoolyear import Year
from iopflow.texts import Text, _, short_date
from iopflow.words import cause_word


def method(
    session: Session,
    school: School,
    year: Year,
    entries: Mapping[str, Entry],
    *,
    today: date,
    edition: Edition,
) -> Method:
    """The page of the method, for the masked entries of the year."""
    own = {code: left_out(entry) for code, entry in entries.items()}
    after = {code: recorded_late(entry) for code, entry in entries.items()}
    return Method(
        about=_about(entries),
        definitions=[_definition(one, entries[one.code]) for one in INDICATORS],
        excluded=[f"{_called(code)}: {words}" for code, words in own.items() if words]
        or [*_untold(entries)],
        late=[f"{_called(code)}: {words}" for code, words in after.items() if words],
        causes=list(_causes(session, school, year, entries, today=today)),
        small=_small(edition),
        unclear=list(_unclear()),
    )


def _untold(entries: Mapping[str, Entry]) -> Iterator[str]:
    """Of all figures of a year the public edition tells how many are left out, or of none."""
    if any(entry["excluded"] is None for entry in entries.values()):
        yield _("Hvor mange som er holdt utenfor, vises ikke i en offentlig rapport.")


def _unclear() -> Iterator[Unclear]:
    """Where the seed says two things: each once, with the figures it is about."""
    about: dict[Text, list[str]] = {}
    for code, texts in UNCLEAR.items():
        for text in texts:
            about.setdefault(text, []).append(REGISTERED[code].name if code in REGISTERED else code)
    for text, codes in about.items():
        yield Unclear(", ".join(codes), text.get())


def _called(code: str) -> str:
    one = BY_CODE[code]
    return one.number if one.code == one.number else f"{one.number} ({one.title.get()})"


def _about(entries: Mapping[str, Entry]) -> list[str]:
    frozen = sum(entry["revision"] is not None for entry in entries.values())
    words = [
        _(
            "Tallene regnes ut av det skolen har registrert om hvert steg i arbeidet med de "
            "individuelle opplæringsplanene. Ingen skriver inn et tall for P1–P10."
        ),
        _(
            "Dagen noe skjedde, avgjør om det var i tide, ikke dagen det ble skrevet inn. Det som "
            "mangler, regnes som ikke gjort."
        ),
        _(
            "På tellingsdatoene fryses tallene og signeres av rektor. Et frosset tall endres "
            "aldri; blir noe rettet etterpå, lages en ny revisjon med begrunnelse, og den nyeste "
            "står her."
        ),
    ]
    if not frozen:
        return [*words, _("Ingen av tallene for dette skoleåret er frosset ennå.")]
    if frozen == len(entries):
        return [*words, _("Alle tallene for dette skoleåret er frosset.")]
    return [
        *words,
        _(
            "{n} av {whole} tall for dette skoleåret er frosset. Resten er regnet ut den dagen "
            "rapporten ble laget, og er merket med det."
        ).format(n=frozen, whole=len(entries)),
    ]


def _definition(one: Indicator, entry: Entry) -> Definition:
    day = entry["counted_on"]
    words = short_date(date.fromisoformat(day)) if day else _("på møtedagen")
    version = version_of(one.definition)
    if entry["revision"] is not None:
        version = version_of(str(entry["definition"]))
    return Definition(
        one.number if one.code == one.number else f"{one.number} {_half(one.code)}",
        one.title.get(),
        COUNTED[one.code].get(),
        words,
        version,
    )


def _half(code: str) -> str:
    return _("høst") if code.endswith("_host") else _("vår")


def _causes(
    session: Session, school: School, year: Year, told: Mapping[str, Entry], *, today: date
) -> Iterator[str]:
    """Why something was late, as far as causes are recorded and no group is of a few pupils.

    Of a figure whose numerator is not told there is none: they say how many were late at least.
    """
    asked: dict[str, Any] = {
        "schools": [school.number],
        "year": year,
        "today": today,
        "as_of": today,
    }
    timed = [
        one
        for one in INDICATORS
        if one.code in TIMED and one.code == one.number and told[one.code]["numerator"] is not None
    ]
    found = {one.indicator.code: one for one in measure.figures(session, indicators=timed, **asked)}
    entries = [
        measure.summary(found[one.code], measure.waited(session, one, **asked))
        for one in timed
        if not found[one.code].problem
    ]
    for entry in mask_delays(session, PUBLIC, entries):
        causes = {code: n for code, n in (entry.get("by_cause") or {}).items() if n}
        if causes:
            words = ", ".join(f"{cause_word(code)} ({n})" for code, n in causes.items())
            yield f"{entry['indicator']}: {words}."


def _small(edition: Edition) -> Sequence[str]:
    return [
        *(_of_all() if edition is Edition.PUBLIC else _of_school()),
        _(
            "Kunne et skjult tall regnes ut av de andre, er også et annet tall skjult: begge "
            "halvårene, når ett av dem er skjult. Grupper under {n} elever slås sammen eller "
            "utelates."
        ).format(n=FEWEST),
        _(
            "Nettverket vises bare der minst tre skoler har et frosset tall etter samme "
            "definisjon. Ingen annen skole er nevnt."
        ),
        _(
            "Rapporten inneholder ingen elever ved navn. Kommentarer og tiltak er skolens egen "
            "tekst: les dem før rapporten deles."
        ),
    ]


def _of_school() -> Sequence[str]:
    return [
        _(
            "Denne utgaven er til skolen og skoleeieren. Et tall som hviler på under {n} elever, "
            "vises ikke; der står det •. Men «17 av 18» viser at én mangler. Skal rapporten "
            "offentliggjøres, bruk den offentlige utgaven."
        ).format(n=FEWEST)
    ]


def _of_all() -> Sequence[str]:
    return [
        _(
            "Denne utgaven kan offentliggjøres. Et tall som hviler på under {n} elever, vises "
            "ikke; der står det •."
        ).format(n=FEWEST),
        _(
            "Er det under {n} elever i telleren, eller under {n} som mangler, vises det bare hva "
            "andelen ligger mellom: 14–17 av 18 er 78–94 %. Slik vises skolene også i nettverket."
        ).format(n=FEWEST),
    ]
