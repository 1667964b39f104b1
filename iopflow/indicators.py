"""P1–P10 as one list of definitions: the same everywhere, so that percentages mean the same.

An entry is data. Each word in it (`enrolled`, `granted`, `held`, …) is a word of the definitions
and stands once, as SQL, in `iopflow/measure`. Where the network settles another definition, the
entry changes and with it the version that stands beside every figure.

A day is named: a month and day of the year counted ("06-01"), or an anchor of the school's
skolerute (`ANCHORS`). "after autumn_end" begins a stretch on the day after.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from iopflow.lifecycle import Court
from iopflow.schoolyear import Year
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
# With whom the thing lay, as the cause says it (None: with nobody). The others do not say. No
# figure depends on it, so that it is no part of a definition.
COURTS: Mapping[str, Court | None] = {
    "venter_dokumentasjon_skole": Court.SKOLE,
    "kapasitet_ppt": Court.PPT,
    "foresatte_ikke_naadd": Court.FORESATTE,
    "foresatte_takket_nei": Court.FORESATTE,
    "elev_fravaer": Court.FORESATTE,
    "innflyttet_etter_frist": None,
    "samtykke_mangler": Court.FORESATTE,
    "sykdom_vikar": Court.SKOLE,
    "mote_flyttet": Court.SKOLE,
}
# The last word on a talk that says otherwise than a cause does. Nor is it a part of a definition: a
# cause that is given all the same counts.
AGAINST: Mapping[str, str] = {
    "foresatte_takket_nei": "no_reply",
    "foresatte_ikke_naadd": "declined",
}
# Where an indicator names no counting date: the day after which nothing more is counted. No figure
# depends on it, so that it is no part of a definition.
SETTLES: Mapping[str, str] = {"P10": "last", "P10_host": "autumn_end", "P10_var": "last"}
DATA_ERROR = "registreringsfeil"  # what was registered is wrong, and nothing was late

ANCHORS: tuple[str, ...] = ("first", "last", "autumn_end", "next.first", "previous.last")
AFTER = "after "


@dataclass(frozen=True, slots=True)
class Condition:
    """A word about a pupil, with the days, the number of days or the kind that it asks about."""

    word: str
    days: tuple[str, ...] = ()
    fewest: int = 0
    kind: str = ""


def when(word: str, *days: str, fewest: int = 0, kind: str = "") -> Condition:
    """A condition as the list below writes it."""
    return Condition(word, days, fewest, kind)


_NONE = Condition("")
_NO_TITLE = Text("", "", "")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Pupils who are not counted, and the reason that the figures give."""

    reason: str
    condition: Condition


@dataclass(frozen=True)
class Indicator:
    """One figure; `about` says in a few words what it counts.

    `counted` is the counting date. `population` is who is looked at (its first day is that of the
    class for `--by`), narrowed by `where`; `exclusions` are tried in order. `outcome` is what must
    have happened on the steps and by when. `serves` says whether the steps belong to the year
    counted ("same") or to the one after ("next"). `parts` make a sum of other entries, read at this
    entry's own day; a sum has no population of its own.
    """

    code: str
    title: Text
    about: str
    counted: str | None
    population: Condition = _NONE
    where: tuple[Condition, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    outcome: Condition = _NONE
    steps: tuple[str, ...] = ()
    serves: str = "same"
    extras: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """What people call it: the halves of a sum go by its number and their own title."""
        return self.code.partition("_")[0]

    @cached_property
    def definition(self) -> str:
        """The version: the code and a hash of all that decides the number (not the titles)."""
        content = repr([replace(one, title=_NO_TITLE, about="") for one in (self, *self.summed())])
        return f"{self.code}@{hashlib.sha256((content + repr(CAUSES)).encode()).hexdigest()[:10]}"

    def summed(self) -> tuple["Indicator", ...]:
        """The entries that a sum adds."""
        return tuple(BY_CODE[code] for code in self.parts)

    @property
    def of_talks(self) -> bool:
        """Whether it tells of talks, whose content is not for all who may explain a figure."""
        return any(one.outcome.word.startswith("held") for one in (self, *self.summed()))

    @property
    def read_to(self) -> str:
        """The day to which facts are read unless another is asked for."""
        return self.counted or "last"

    @property
    def settles(self) -> str:
        """The day from which it is counted in full; before it, it is no whole year."""
        return self.counted or SETTLES.get(self.code, "last")

    @property
    def vedtak_day(self) -> str | None:
        """The named day on which it asks for a vedtak; None where it excludes nobody for that."""
        asked = (one for one in self.exclusions if one.reason == "uten_vedtak")
        return next((one.condition.days[0] for one in asked), None)

    @property
    def half(self) -> str:
        """The half-year of a sum that it is of, as codes say it: host, var; empty for a whole."""
        return self.code.partition("_")[2]

    def serving(self, year: Year) -> Year:
        """The year that its steps serve, in the figure of a year."""
        return year.next if self.serves == "next" else year

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The anchors that the definition names: without them there is no number."""
        named = {name for one in (self, *self.summed()) for name in _days(one)}
        return tuple(anchor for anchor in ANCHORS if anchor in named)


def _days(indicator: Indicator) -> Iterator[str]:
    yield indicator.counted or ""
    told = [indicator.population, indicator.outcome, *indicator.where]
    for condition in told + [exclusion.condition for exclusion in indicator.exclusions]:
        for day in condition.days:
            yield day.removeprefix(AFTER)


def version_of(definition: str) -> str:
    """The version alone, as people read it: «P1@3f2a…» is for programs."""
    return definition.partition("@")[2]


TALK = ("invited", "declined", "no_reply", "cancelled", "not_invited")
_NOT_APPLICABLE = Exclusion("ikke_aktuelt", when("not_applicable"))

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "P1",
        Text(
            "Andel nødvendige sakkyndige vurderinger som foreligger før 1.6.",
            "Del nødvendige sakkunnige vurderingar som ligg føre før 1.6.",
            "Share of needed expert assessments in place before 1 June",
        ),
        "received before 1 June, of those needed for the year after",
        counted="06-01",
        population=when("needed", "next.first"),
        exclusions=(
            Exclusion("samtykke_mangler", when("refused", kind="utredning")),
            Exclusion("meldt_sent", when("needed_from", "06-01")),
        ),
        outcome=when("received_before", "06-01"),
        steps=("iop.sakkyndig_vurdering",),
        serves="next",
    ),
    Indicator(
        "P2",
        Text(
            "Andel enkeltvedtak innen frist (skoleslutt)",
            "Del enkeltvedtak innan fristen (skuleslutt)",
            "Share of individual decisions made in time (by school end)",
        ),
        "decided by the last school day, of those who need a decision for the year after",
        counted="last",
        population=when("enrolled", "next.first"),
        where=(when("concerned", "last"),),
        exclusions=(
            Exclusion("gyldig_flerarig", when("granted_before", "first", "next.first")),
            Exclusion("samtykke_mangler", when("refused", kind="vedtak")),
        ),
        outcome=when("decided", "last", "next.first"),
        steps=("iop.enkeltvedtak",),
        serves="next",
        extras=("mangler_sv",),
    ),
    Indicator(
        "P3",
        Text(
            "Andel årsevalueringer innen frist (senest skoleslutt)",
            "Del årsevalueringar innan fristen (seinast skuleslutt)",
            "Share of annual evaluations in time (at latest by school end)",
        ),
        "annual evaluation done by the last school day, of those with a vedtak that day",
        counted="last",
        population=when("enrolled", "last"),
        where=(when("granted", "last"),),
        exclusions=(
            _NOT_APPLICABLE,
            Exclusion("kort_tid", when("enrolled_less", "first", "last", fewest=56)),
        ),
        outcome=when("done", "last"),
        steps=("iop.arsevaluering",),
    ),
    Indicator(
        "P4",
        Text(
            "Andel «nåværende» elever med utarbeidet IOP ved skolestart",
            "Del «noverande» elevar med utarbeidd IOP ved skulestart",
            "Share of continuing pupils with an IEP at school start",
        ),
        "IOP ready on the first school day, of continuing pupils",
        counted="10-01",
        population=when("enrolled", "first"),
        where=(when("enrolled", "previous.last"), when("concerned", "first")),
        exclusions=(Exclusion("uten_vedtak", when("not_granted", "first")), _NOT_APPLICABLE),
        outcome=when("done", "first"),
        steps=("iop.klar_skolestart",),
    ),
    Indicator(
        "P5",
        Text(
            "Andel «nye» elever med utarbeidet IOP (forenklet variant) ved skolestart",
            "Del «nye» elevar med utarbeidd IOP (forenkla variant) ved skulestart",
            "Share of new pupils with an IEP (simplified version) at school start",
        ),
        "simplified or complete IOP on the first school day, of new pupils",
        counted="10-01",
        population=when("enrolled", "first"),
        where=(when("not_enrolled", "previous.last"), when("concerned", "first")),
        exclusions=(Exclusion("uten_vedtak", when("not_granted", "first")), _NOT_APPLICABLE),
        outcome=when("done", "first"),
        steps=("iop.forenklet_nye", "iop.ferdig_nye"),
    ),
    Indicator(
        "P6",
        Text(
            "Andel «nye» elever med utarbeidet IOP innen 01.10.",
            "Del «nye» elevar med utarbeidd IOP innan 01.10.",
            "Share of new pupils with a complete IEP by 1 October",
        ),
        "complete IOP by 1 October, of new pupils and those who came by 3 September",
        counted="10-01",
        population=when("new_or_late", "10-01", "first", "previous.last"),
        where=(when("concerned", "10-01"),),
        exclusions=(
            Exclusion("sluttet", when("not_enrolled", "10-01")),
            Exclusion("sen_start", when("started_after", "09-03")),
            Exclusion("uten_vedtak", when("not_granted", "10-01")),
            _NOT_APPLICABLE,
        ),
        outcome=when("done", "10-01"),
        steps=("iop.ferdig_nye",),
    ),
    Indicator(
        "P7",
        Text(
            "Andel gjennomførte elevsamtaler, to i året",
            "Del gjennomførte elevsamtalar, to i året",
            "Share of pupil talks held, two a year",
        ),
        "the talks of both half-years",
        counted="last",
        extras=("not_possible",),
        parts=("P7_host", "P7_var"),
    ),
    Indicator(
        "P7_host",
        Text("Elevsamtaler, høst", "Elevsamtalar, haust", "Pupil talks, autumn"),
        "held within the autumn half-year",
        counted="03-01",
        population=when("enrolled", "03-01"),
        exclusions=(
            Exclusion("kort_tid", when("enrolled_less", "first", "autumn_end", fewest=28)),
        ),
        outcome=when("held_within", "first", "autumn_end"),
        steps=("iop.elevsamtale_host",),
        extras=("not_possible",),
    ),
    Indicator(
        "P7_var",
        Text("Elevsamtaler, vår", "Elevsamtalar, vår", "Pupil talks, spring"),
        "held within the spring half-year",
        counted="last",
        population=when("enrolled", "last"),
        exclusions=(
            Exclusion("kort_tid", when("enrolled_less", "after autumn_end", "last", fewest=28)),
        ),
        outcome=when("held_within", "after autumn_end", "last"),
        steps=("iop.elevsamtale_var",),
        extras=("not_possible",),
    ),
    Indicator(
        "P8",
        Text(
            "Foreldresamtaler ved gjennomgang, ferdigstillelse og målvalg av IOP",
            "Foreldresamtalar ved gjennomgang, ferdigstilling og målval av IOP",
            "Guardian talks on review, completion or choice of goals of the IEP",
        ),
        "held by the last school day, of those who go on",
        counted="last",
        population=when("enrolled", "last"),
        where=(when("granted", "last"),),
        exclusions=(Exclusion("slutter", when("not_enrolled", "next.first")),),
        outcome=when("held", "last"),
        steps=("iop.malvalgsamtale",),
        serves="next",
        extras=TALK,
    ),
    Indicator(
        "P9",
        Text(
            "Foreldresamtaler (utviklingssamtaler) ved halvårsvurdering",
            "Foreldresamtalar (utviklingssamtalar) ved halvårsvurdering",
            "Guardian talks (development talks) at the half-year assessment",
        ),
        "held from 1 November to 1 March",
        counted="03-01",
        population=when("enrolled", "03-01"),
        where=(when("enrolled", "12-01"), when("granted", "03-01")),
        outcome=when("held_within", "11-01", "03-01"),
        steps=("iop.utviklingssamtale",),
        extras=TALK,
    ),
    Indicator(
        "P10",
        Text(
            "Foreldrerepresentasjon på foreldremøter",
            "Foreldrerepresentasjon på foreldremøte",
            "Guardian representation at parents' meetings",
        ),
        "pupils represented, of the class on the day of each meeting",
        counted=None,
        parts=("P10_host", "P10_var"),
    ),
    Indicator(
        "P10_host",
        Text(
            "Foreldrerepresentasjon, høst",
            "Foreldrerepresentasjon, haust",
            "Representation, autumn",
        ),
        "autumn meetings",
        counted=None,
        population=when("in_class_of_meeting"),
        outcome=when("represented"),
        steps=("iop.foreldremote_host",),
    ),
    Indicator(
        "P10_var",
        Text(
            "Foreldrerepresentasjon, vår", "Foreldrerepresentasjon, vår", "Representation, spring"
        ),
        "spring meetings",
        counted=None,
        population=when("in_class_of_meeting"),
        outcome=when("represented"),
        steps=("iop.foreldremote_var",),
    ),
)
BY_CODE: Mapping[str, Indicator] = {indicator.code: indicator for indicator in INDICATORS}
