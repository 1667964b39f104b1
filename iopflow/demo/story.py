"""The plot: how well each school keeps its dates, year by year, and where it is uneven."""

from collections.abc import Mapping
from dataclasses import dataclass

from iopflow.demo.schools import LARGE, M_FYRET, M_MIDDLE, M_SMALL, M_YOUTH, SPECIAL, TINY

Rates = tuple[float, float, float, float]


@dataclass(frozen=True)
class Plot:
    """Shares from the oldest year to the one in progress, per school.

    The tiny school keeps nearly everything. The special school improves from year to year, as a
    school does that begins to look at its figures. The large one is uneven, and no year is quite
    like the one before.
    """

    tiny: Rates
    special: Rates
    large: Rates

    def of(self, school: str) -> Rates:
        """The shares of a school."""
        return {TINY: self.tiny, SPECIAL: self.special, LARGE: self.large}[school]


PLOTS: Mapping[str, Plot] = {
    "P1": Plot((1, 1, 1, 1), (0.62, 0.74, 0.83, 0.87), (0.71, 0.55, 0.66, 0.60)),
    # Of those whose assessment was there in time; the rest is dragged along.
    "P2": Plot((1, 1, 1, 1), (0.90, 0.93, 0.96, 0.97), (0.82, 0.88, 0.78, 0.85)),
    "P3": Plot((1, 0.92, 1, 1), (0.78, 0.86, 0.91, 0.94), (0.70, 0.64, 0.75, 0.72)),
    "P4": Plot((0.9, 1, 1, 1), (0.71, 0.80, 0.89, 0.92), (0.60, 0.71, 0.64, 0.70)),
    "P5": Plot((1, 1, 1, 1), (0.60, 0.72, 0.86, 0.88), (0.50, 0.67, 0.55, 0.67)),
    "P6": Plot((1, 1, 1, 1), (0.72, 0.80, 0.88, 0.90), (0.60, 0.70, 0.62, 0.75)),
    "P7_host": Plot((1, 0.92, 1, 1), (0.74, 0.82, 0.88, 0.92), (0.81, 0.84, 0.80, 0.86)),
    "P7_var": Plot((0.92, 1, 1, 1), (0.70, 0.79, 0.87, 0.90), (0.74, 0.80, 0.77, 0.82)),
    "P8": Plot((0.92, 1, 0.92, 1), (0.58, 0.64, 0.70, 0.73), (0.52, 0.60, 0.55, 0.62)),
    "P9": Plot((1, 1, 0.92, 1), (0.79, 0.84, 0.89, 0.91), (0.72, 0.78, 0.75, 0.80)),
    "P10": Plot((0.92, 0.92, 0.96, 0.96), (0.62, 0.68, 0.72, 0.74), (0.70, 0.69, 0.73, 0.71)),
    # Talks with guardians of pupils without a vedtak: many, short, and mostly held.
    "ordinary": Plot((1, 1, 1, 1), (0.90, 0.92, 0.95, 0.96), (0.90, 0.93, 0.91, 0.94)),
    # Steps that no indicator counts.
    "other": Plot((0.96, 1, 1, 0.96), (0.70, 0.78, 0.85, 0.85), (0.68, 0.72, 0.70, 0.76)),
}

_UNEVEN: Mapping[str, float] = {M_SMALL: 0.12, M_MIDDLE: -0.17, M_YOUTH: -0.03, M_FYRET: 0.08}


def share(indicator: str, school: str, avdeling: str | None, age: int) -> float:
    """The share on time; `age` is 0 in the oldest year of the story, 3 in the one in progress."""
    rate = PLOTS[indicator].of(school)[min(max(age, 0), 3)]
    return min(1.0, max(0.0, rate + _UNEVEN.get(avdeling or "", 0.0)))


# Of the talks that were not held: how they ended. The rest was never invited to.
TALK_ENDS = (
    ("declined", 0.42),
    ("no_reply", 0.22),
    ("cancelled", 0.12),
    ("late", 0.12),
)

# Causes of delays and how often they are given, per kind of step; * in the contract may justify.
CAUSES_PPT = (
    "kapasitet_ppt",
    "kapasitet_ppt",
    "venter_dokumentasjon_skole",
    "foresatte_ikke_naadd",
    "samtykke_mangler",
    "innflyttet_etter_frist",
)
CAUSES_SCHOOL = (
    "sykdom_vikar",
    "sykdom_vikar",
    "mote_flyttet",
    "elev_fravaer",
    "foresatte_ikke_naadd",
    "annet",
)
CAUSES_TALK: Mapping[str, tuple[str, ...]] = {
    "declined": ("foresatte_takket_nei",),
    "no_reply": ("foresatte_ikke_naadd",),
    "cancelled": ("mote_flyttet", "sykdom_vikar"),
    "late": ("mote_flyttet", "sykdom_vikar", "annet"),
}

REASONS: Mapping[str, str] = {
    "kapasitet_ppt": "PPT varslet lengre saksbehandlingstid.",
    "venter_dokumentasjon_skole": "Pedagogisk rapport ble ettersendt.",
    "foresatte_ikke_naadd": "Flere forsøk på kontakt er loggført.",
    "foresatte_takket_nei": "Foresatte ønsket ikke egen samtale.",
    "elev_fravaer": "Langvarig fravær fra skolen.",
    "innflyttet_etter_frist": "Saken fulgte med fra en annen kommune.",
    "samtykke_mangler": "Samtykket kom etter påminnelse.",
    "sykdom_vikar": "Kontaktlærer var sykmeldt, vikar overtok.",
    "mote_flyttet": "Møtet måtte flyttes.",
    "annet": "Se møtereferat.",
}
JUSTIFYING = frozenset(
    {
        "foresatte_ikke_naadd",
        "foresatte_takket_nei",
        "elev_fravaer",
        "innflyttet_etter_frist",
        "samtykke_mangler",
    }
)

# What PPT lacked, what was tried first, and why nothing new was needed.
MISSING = (
    "pedagogisk rapport",
    "kartlegging i lesing",
    "rapport fra helsesykepleier",
    "beskrivelse av tiltak som er prøvd",
)
MEASURES = (
    "Intensiv lesing i liten gruppe, åtte uker.",
    "Fast plass i klasserommet og dagsplan.",
    "Ekstra lærer i matematikk, seks uker.",
)
NOT_NEEDED = (
    "Eleven har godt utbytte av ordinær opplæring, drøftet med foresatte.",
    "Målene er nådd, og klassen har to lærere neste år.",
    "Foresatte og skole er enige om å prøve uten.",
)

# What somebody did against a rule in one case each, a year ago (see `mending`): a vedtak made
# before the consent, and a referral, and so an assessment, without any. All others keep the rules.
IRREGULAR = (("granted",), ("referred", "received"))
