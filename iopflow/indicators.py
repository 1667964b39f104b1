"""P1–P10 as one list of definitions: the same everywhere, so that percentages mean the same.

An entry is data. Each word in it (a population, an exclusion, a day) is defined once, in SQL, in
`iopflow/measure`. Where the network settles another definition, the entry changes and with it the
version that stands beside every figure.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from iopflow.texts import Text

# Causes of a delay, and whether they may justify it where there is evidence.
CAUSES: Mapping[str, bool] = {
    "venter_dokumentasjon_skole": False,
    "kapasitet_ppt": False,
    "foresatte_ikke_naadd": True,
    "foresatte_takket_nei": True,
    "elev_fravaer": True,
    "innflyttet_etter_frist": True,
    "samtykke_mangler": True,
    "sykdom_vikar": False,
    "mote_flyttet": False,
    "registreringsfeil": False,
    "annet": False,
}
JUSTIFYING: tuple[str, ...] = tuple(cause for cause, may in CAUSES.items() if may)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure.

    `counted`, `limit` and the days in `needs` are named days: a month and day ("06-01"), or an
    anchor of the skolerute ("last", "first", "next.first", "previous.last", "autumn_end"). `needs`
    are the anchors without which it cannot be computed. `serves` says whether the steps belong to
    the year counted ("same") or the one after ("next"). `parts` make a sum of other entries, read
    at this entry's own day; a sum has no population of its own.
    """

    code: str
    title: Text
    counted: str | None
    needs: tuple[str, ...] = ()
    population: str = ""
    exclusions: tuple[str, ...] = ()
    outcome: str = ""
    steps: tuple[str, ...] = ()
    serves: str = "same"
    limit: str = ""
    extras: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    about: str = ""

    @property
    def version(self) -> str:
        """The code and a hash of the whole definition, printed beside every figure."""
        content = repr(sorted(asdict(self).items())).encode()
        return f"{self.code}@{hashlib.sha256(content).hexdigest()[:10]}"


OUTCOMES: tuple[str, ...] = ("declined", "no_reply", "cancelled", "not_invited")

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "P1",
        Text(
            "Andel nødvendige sakkyndige vurderinger som foreligger før 1.6.",
            "Del nødvendige sakkunnige vurderingar som ligg føre før 1.6.",
            "Share of needed expert assessments in place before 1 June",
        ),
        counted="06-01",
        needs=("next.first",),
        population="needed_next",
        exclusions=("samtykke_mangler_utredning", "meldt_sent"),
        outcome="received",
        steps=("iop.sakkyndig_vurdering",),
        serves="next",
        limit="06-01",
        about="received before 1 June, of those needed for the year after",
    ),
    Indicator(
        "P2",
        Text(
            "Andel enkeltvedtak innen frist (skoleslutt)",
            "Del enkeltvedtak innan fristen (skuleslutt)",
            "Share of individual decisions made in time (by school end)",
        ),
        counted="last",
        needs=("first", "last", "next.first"),
        population="concerned_next",
        exclusions=("gyldig_flerarig", "samtykke_mangler_vedtak"),
        outcome="decided",
        steps=("iop.enkeltvedtak",),
        serves="next",
        limit="last",
        extras=("mangler_sv",),
        about="decided by the last school day, of those who need a decision for the year after",
    ),
    Indicator(
        "P3",
        Text(
            "Andel årsevalueringer innen frist (senest skoleslutt)",
            "Del årsevalueringar innan fristen (seinast skuleslutt)",
            "Share of annual evaluations in time (at latest by school end)",
        ),
        counted="last",
        needs=("first", "last"),
        population="granted_last",
        exclusions=("ikke_aktuelt", "kort_tid_year"),
        outcome="done",
        steps=("iop.arsevaluering",),
        limit="last",
        about="annual evaluation done by the last school day, of those with a vedtak that day",
    ),
    Indicator(
        "P4",
        Text(
            "Andel «nåværende» elever med utarbeidet IOP ved skolestart",
            "Del «noverande» elevar med utarbeidd IOP ved skulestart",
            "Share of continuing pupils with an IEP at school start",
        ),
        counted="10-01",
        needs=("first", "previous.last"),
        population="current",
        exclusions=("uten_vedtak_first", "ikke_aktuelt"),
        outcome="done",
        steps=("iop.klar_skolestart",),
        limit="first",
        about="IOP ready on the first school day, of continuing pupils",
    ),
    Indicator(
        "P5",
        Text(
            "Andel «nye» elever med utarbeidet IOP (forenklet variant) ved skolestart",
            "Del «nye» elevar med utarbeidd IOP (forenkla variant) ved skulestart",
            "Share of new pupils with an IEP (simplified version) at school start",
        ),
        counted="10-01",
        needs=("first", "previous.last"),
        population="new",
        exclusions=("uten_vedtak_first", "ikke_aktuelt"),
        outcome="done",
        steps=("iop.forenklet_nye", "iop.ferdig_nye"),
        limit="first",
        about="simplified or complete IOP on the first school day, of new pupils",
    ),
    Indicator(
        "P6",
        Text(
            "Andel «nye» elever med utarbeidet IOP innen 01.10.",
            "Del «nye» elevar med utarbeidd IOP innan 01.10.",
            "Share of new pupils with a complete IEP by 1 October",
        ),
        counted="10-01",
        needs=("first", "previous.last"),
        population="new_and_late",
        exclusions=("sluttet", "sen_start", "uten_vedtak_october", "ikke_aktuelt"),
        outcome="done",
        steps=("iop.ferdig_nye",),
        limit="10-01",
        about="complete IOP by 1 October, of new pupils and those who came by 3 September",
    ),
    Indicator(
        "P7",
        Text(
            "Andel gjennomførte elevsamtaler, to i året",
            "Del gjennomførte elevsamtalar, to i året",
            "Share of pupil talks held, two a year",
        ),
        counted="last",
        needs=("first", "autumn_end", "last"),
        extras=("not_possible",),
        parts=("P7_host", "P7_var"),
        about="the talks of both half-years",
    ),
    Indicator(
        "P7_host",
        Text("Elevsamtaler, høst", "Elevsamtalar, haust", "Pupil talks, autumn"),
        counted="03-01",
        needs=("first", "autumn_end"),
        population="enrolled_march",
        exclusions=("kort_tid_host",),
        outcome="held_within_host",
        steps=("iop.elevsamtale_host",),
        limit="autumn_end",
        extras=("not_possible",),
        about="held within the autumn half-year",
    ),
    Indicator(
        "P7_var",
        Text("Elevsamtaler, vår", "Elevsamtalar, vår", "Pupil talks, spring"),
        counted="last",
        needs=("first", "autumn_end", "last"),
        population="enrolled_last",
        exclusions=("kort_tid_var",),
        outcome="held_within_var",
        steps=("iop.elevsamtale_var",),
        limit="last",
        extras=("not_possible",),
        about="held within the spring half-year",
    ),
    Indicator(
        "P8",
        Text(
            "Foreldresamtaler ved gjennomgang, ferdigstillelse og målvalg av IOP",
            "Foreldresamtalar ved gjennomgang, ferdigstilling og målval av IOP",
            "Guardian talks on review, completion or choice of goals of the IEP",
        ),
        counted="last",
        needs=("last", "next.first"),
        population="granted_last",
        exclusions=("slutter",),
        outcome="held_by",
        steps=("iop.malvalgsamtale",),
        serves="next",
        limit="last",
        extras=("invited", *OUTCOMES),
        about="held by the last school day, of those who go on",
    ),
    Indicator(
        "P9",
        Text(
            "Foreldresamtaler (utviklingssamtaler) ved halvårsvurdering",
            "Foreldresamtalar (utviklingssamtalar) ved halvårsvurdering",
            "Guardian talks (development talks) at the half-year assessment",
        ),
        counted="03-01",
        population="granted_march",
        outcome="held_within_winter",
        steps=("iop.utviklingssamtale",),
        limit="03-01",
        extras=("invited", *OUTCOMES),
        about="held from 1 November to 1 March",
    ),
    Indicator(
        "P10",
        Text(
            "Foreldrerepresentasjon på foreldremøter",
            "Foreldrerepresentasjon på foreldremøte",
            "Guardian representation at parents' meetings",
        ),
        counted=None,
        needs=("last",),
        parts=("P10_host", "P10_var"),
        about="pupils represented, of the class on the day of each meeting",
    ),
    Indicator(
        "P10_host",
        Text(
            "Foreldrerepresentasjon, høst",
            "Foreldrerepresentasjon, haust",
            "Representation, autumn",
        ),
        counted=None,
        needs=("last",),
        population="meetings",
        outcome="represented",
        steps=("iop.foreldremote_host",),
        about="autumn meetings",
    ),
    Indicator(
        "P10_var",
        Text(
            "Foreldrerepresentasjon, vår", "Foreldrerepresentasjon, vår", "Representation, spring"
        ),
        counted=None,
        needs=("last",),
        population="meetings",
        outcome="represented",
        steps=("iop.foreldremote_var",),
        about="spring meetings",
    ),
)
BY_CODE: Mapping[str, Indicator] = {indicator.code: indicator for indicator in INDICATORS}
