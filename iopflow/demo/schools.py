"""The network: its three schools with their avdelinger and classes, and the two PPT offices."""

from dataclasses import dataclass

OWNER = "marefjord"
MUNICIPALITY = "Marefjord"
NEIGHBOUR = "Kråkvær"
NETWORK = "fjordnettverket"

PPT_HOME = "ppt-marefjord"
PPT_AWAY = "ppt-krakver"

TINY = "vesleskjer"
SPECIAL = "tussevik"
LARGE = "makeskjer"


@dataclass(frozen=True)
class School:
    """A school as schools.csv has it; `prefix` starts the codes of its pupils and units."""

    key: str
    name: str
    prefix: str
    language: str


@dataclass(frozen=True)
class Unit:
    """An avdeling (no parent) or a class."""

    key: str
    school: str
    name: str
    parent: str | None = None

    @property
    def kind(self) -> str:
        """The code of units.csv."""
        return "avdeling" if self.parent is None else "klasse"


SCHOOLS = (
    School(TINY, "Vesleskjer skule", "v", "nn"),
    School(SPECIAL, "Tussevik skole og ressurssenter", "t", "nb"),
    School(LARGE, "Måkeskjær skole", "m", "nb"),
)
SCHOOL_KEYS = tuple(school.key for school in SCHOOLS)

PPT_OFFICES = (
    (PPT_HOME, "PPT for Marefjord", MUNICIPALITY),
    (PPT_AWAY, "PP-tjenesten i Kråkvær", NEIGHBOUR),
)

V_ALL = "v-skulen"
T_SMALL, T_MIDDLE, T_YOUTH = "t-smatrinn", "t-mellomtrinn", "t-ungdomstrinn"
M_SMALL, M_MIDDLE, M_YOUTH, M_FYRET = "m-smatrinn", "m-mellomtrinn", "m-ungdomstrinn", "m-fyret"

_TUSSEVIK_CLASSES = {
    T_SMALL: (
        ("t-blaklokke", "Blåklokke"),
        ("t-hvitveis", "Hvitveis"),
        ("t-tiriltunge", "Tiriltunge"),
        ("t-rodklover", "Rødkløver"),
    ),
    T_MIDDLE: (
        ("t-torsk", "Torsk"),
        ("t-makrell", "Makrell"),
        ("t-sei", "Sei"),
        ("t-breiflabb", "Breiflabb"),
    ),
    T_YOUTH: (
        ("t-bris", "Bris"),
        ("t-kuling", "Kuling"),
        ("t-storm", "Storm"),
        ("t-nordlys", "Nordlys"),
    ),
}


def stage(grade: int) -> int:
    """0 småtrinn (1–4), 1 mellomtrinn (5–7), 2 ungdomstrinn (8–10)."""
    return 0 if grade <= 4 else 1 if grade <= 7 else 2


def tussevik_class(grade: int, number: int) -> str:
    """The class of a pupil at Tussevik; `number` spreads the pupils over the four classes."""
    classes = _TUSSEVIK_CLASSES[(T_SMALL, T_MIDDLE, T_YOUTH)[stage(grade)]]
    return classes[number % len(classes)][0]


def makeskjer_class(grade: int, number: int) -> str:
    """The A or B class of a grade at Måkeskjær."""
    return f"m-{grade}{'ab'[number % 2]}"


def vesleskjer_class(grade: int) -> str:
    """One of the two classes at Vesleskjer."""
    return "v-fjora" if grade <= 5 else "v-berget"


def _units() -> tuple[Unit, ...]:
    units = [
        Unit(V_ALL, TINY, "Heile skulen"),
        Unit("v-fjora", TINY, "Fjøra", V_ALL),
        Unit("v-berget", TINY, "Berget", V_ALL),
        Unit(T_SMALL, SPECIAL, "Småtrinnet"),
        Unit(T_MIDDLE, SPECIAL, "Mellomtrinnet"),
        Unit(T_YOUTH, SPECIAL, "Ungdomstrinnet"),
    ]
    for parent, classes in _TUSSEVIK_CLASSES.items():
        units += [Unit(key, SPECIAL, name, parent) for key, name in classes]
    units += [
        Unit(M_SMALL, LARGE, "Småtrinnet"),
        Unit(M_MIDDLE, LARGE, "Mellomtrinnet"),
        Unit(M_YOUTH, LARGE, "Ungdomstrinnet"),
        Unit(M_FYRET, LARGE, "Fyret, forsterket avdeling"),
    ]
    for grade in range(1, 11):
        parent = (M_SMALL, M_MIDDLE, M_YOUTH)[stage(grade)]
        units += [
            Unit(f"m-{grade}{letter}", LARGE, f"{grade}{letter.upper()}", parent) for letter in "ab"
        ]
    units.append(Unit("m-fyrlykta", LARGE, "Fyrlykta", M_FYRET))
    return tuple(units)


UNITS = _units()
UNIT = {unit.key: unit for unit in UNITS}
AVDELINGER = tuple(unit for unit in UNITS if unit.parent is None)
CLASSES = tuple(unit for unit in UNITS if unit.parent is not None)


def avdeling_of(class_key: str) -> str:
    """The avdeling that a class lies in."""
    return UNIT[class_key].parent or class_key
