"""The people who work with the pupils: a cast with speaking names, and colleagues around them."""

from dataclasses import dataclass
from functools import cached_property

from iopflow.demo.schools import (
    LARGE,
    M_FYRET,
    M_MIDDLE,
    M_SMALL,
    M_YOUTH,
    NETWORK,
    OWNER,
    PPT_AWAY,
    PPT_HOME,
    SPECIAL,
    T_MIDDLE,
    T_SMALL,
    T_YOUTH,
    TINY,
    V_ALL,
)

_ASCII = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "Æ": "ae", "Ø": "o", "Å": "a", "é": "e"})


def slug(name: str) -> str:
    """The id made of a name: `Målfrid Målset` is `malfrid-malset`."""
    return name.translate(_ASCII).lower().replace(" ", "-")


@dataclass(frozen=True)
class Person:
    """A row of people.csv. Addresses are at example.no, which belongs to nobody."""

    name: str
    language: str = ""

    @cached_property
    def key(self) -> str:
        """The id."""
        return slug(self.name)

    @property
    def email(self) -> str:
        """The address; also the Feide user name."""
        return f"{self.key.replace('-', '.')}@example.no"


# Solveig leads the tiny school and signs as its avdelingsleder too, as heads of tiny schools do.
SOLVEIG = Person("Solveig Skjelbred", "nn")
TIRIL = Person("Tiril Tidemann", "nn")
JON = Person("Jon Jamne", "nn")
MILLE = Person("Mille Miljeteig", "nn")
SIF = Person("Sif Skrivervik", "nn")
STINE = Person("Stine Spetland")

SEVERIN = Person("Severin Seinhaug")
RAGNA = Person("Ragna Rådal")
FRIDA = Person("Frida Fristad")
KJERSTI = Person("Kjersti Kvalheim")
ORVAR = Person("Orvar Orheim")
MALFRID = Person("Målfrid Målset")
SANDER = Person("Sander Samland")
HALLVARD = Person("Hallvard Halvårhaug")
TRYGVE = Person("Trygve Tryland")
VIGGO = Person("Viggo Vikan")
BJORNAR = Person("Bjørnar Bærheim")
ARVID = Person("Arvid Arkholm")

STYRK = Person("Styrk Styrvold")
LISBET = Person("Lisbet Listøl")
NILS = Person("Nils Nøland")
UNN = Person("Unn Ungstad")
LYDER = Person("Lyder Fyrland")
KAIA = Person("Kaia Kvikne")
MORGAN = Person("Morgan Dagestad")
STIAN = Person("Stian Støtvik")
EMILY = Person("Emily Overland", "en")
MERETE = Person("Merete Merkesdal")

PER_PEDER = Person("Per Peder Tveit")
SYNNE = Person("Synne Sakkestad")
ULRIK = Person("Ulrik Utnes")
GRETA = Person("Greta Greinland")
PIA_PAULA = Person("Pia Paula Torp")
VIGDIS = Person("Vigdis Vurdal")

EIVOR = Person("Eivor Eigeland")
TELLEF = Person("Tellef Tellnes")
ODD = Person("Odd Driftnes")

CAST = (
    SOLVEIG, TIRIL, JON, MILLE, SIF, STINE,
    SEVERIN, RAGNA, FRIDA, KJERSTI, ORVAR, MALFRID, SANDER, HALLVARD, TRYGVE, VIGGO, BJORNAR, ARVID,
    STYRK, LISBET, NILS, UNN, LYDER, KAIA, MORGAN, STIAN, EMILY, MERETE,
    PER_PEDER, SYNNE, ULRIK, GRETA, PIA_PAULA, VIGDIS,
    EIVOR, TELLEF, ODD,
)  # fmt: skip

# Posts held all through: role, place, person.
STEADY = (
    ("rektor", f"school:{TINY}", SOLVEIG),
    ("avdelingsleder", f"unit:{V_ALL}", SOLVEIG),
    ("kontaktlaerer", "unit:v-fjora", TIRIL),
    ("kontaktlaerer", "unit:v-berget", JON),
    ("miljoterapeut", "unit:v-fjora", MILLE),
    ("miljoterapeut", "unit:v-berget", MILLE),
    ("skoleadministrasjon", f"school:{TINY}", SIF),
    ("avdelingsleder", f"unit:{T_SMALL}", FRIDA),
    ("avdelingsleder", f"unit:{T_MIDDLE}", KJERSTI),
    ("avdelingsleder", f"unit:{T_YOUTH}", ORVAR),
    ("kontaktlaerer", "unit:t-blaklokke", MALFRID),
    ("miljoterapeut", "unit:t-blaklokke", TRYGVE),
    ("skoleadministrasjon", f"school:{SPECIAL}", ARVID),
    ("rektor", f"school:{LARGE}", STYRK),
    ("avdelingsleder", f"unit:{M_SMALL}", LISBET),
    ("avdelingsleder", f"unit:{M_MIDDLE}", NILS),
    ("avdelingsleder", f"unit:{M_YOUTH}", UNN),
    ("avdelingsleder", f"unit:{M_FYRET}", LYDER),
    ("kontaktlaerer", "unit:m-fyrlykta", EMILY),
    ("skoleadministrasjon", f"school:{LARGE}", MERETE),
    ("ppt_leder", f"ppt:{PPT_HOME}", PER_PEDER),
    ("ppt_leder", f"ppt:{PPT_AWAY}", PIA_PAULA),
    ("skoleeier", f"owner:{OWNER}", EIVOR),
    ("ikit_koordinator", f"network:{NETWORK}", TELLEF),
    ("admin", f"owner:{OWNER}", ODD),
)
