"""Figures that schools type in: structure, service, results and money (S, T, R and ØK)."""

from collections.abc import Iterator
from datetime import date

from iopflow.demo.members import World
from iopflow.demo.schools import LARGE, SCHOOL_KEYS, SPECIAL, TINY
from iopflow.registered import BY_CODE

# Level in the oldest year and the change per year, for the tiny, the special and the large school.
_LEVELS: dict[str, dict[str, tuple[float, float]]] = {
    "S1": {TINY: (41.0, 0.0), SPECIAL: (28.5, 0.0), LARGE: (13.2, 0.1)},
    "S2": {TINY: (100.0, 0.0), SPECIAL: (86.0, 1.5), LARGE: (93.0, 0.5)},
    "S4": {TINY: (0.52, 0.0), SPECIAL: (0.41, 0.015), LARGE: (0.11, 0.0)},
    "S5": {TINY: (0.75, 0.0), SPECIAL: (1.02, 0.04), LARGE: (0.05, 0.002)},
    "S6": {TINY: (3.0, 0.0), SPECIAL: (1.0, 0.5), LARGE: (1.0, 0.0)},
    "S7a": {TINY: (9.0, 0.0), SPECIAL: (24.0, -1.0), LARGE: (19.0, 0.5)},
    "S8": {TINY: (92.0, 0.0), SPECIAL: (71.0, 3.0), LARGE: (84.0, -0.5)},
    "T1": {TINY: (0.0, 0.0), SPECIAL: (27.0, -4.0), LARGE: (12.0, 1.0)},
    "T2": {TINY: (96.1, 0.2), SPECIAL: (88.4, 0.9), LARGE: (91.7, -0.2)},
    "R2": {TINY: (66.0, 2.0), SPECIAL: (24.0, 7.0), LARGE: (31.0, -1.0)},
    "OK1a": {TINY: (712.0, 21.0), SPECIAL: (968.0, 30.0), LARGE: (171.0, 6.0)},
    "OK1b": {TINY: (655.0, 19.0), SPECIAL: (803.0, 24.0), LARGE: (149.0, 5.0)},
}
_ATTAINMENT = (
    ("mestrer", 46.0, 3.0),
    ("mestrer delvis", 37.0, -1.0),
    ("mestrer ikke ennå", 17.0, -2.0),
)
_STAFFING = (("1:1", 31.0), ("2:1", 14.0), ("gruppe", 55.0))
_IN_OCTOBER = frozenset({"S2", "S6", "S7a", "S8", "S4", "S5"})
_SOURCES = {
    "OK1a": "Regnskap (1000 kr)",
    "OK1b": "Regnskap (1000 kr)",
    "R2": "Foreldreundersøkelsen, svarprosent",
}


def values(world: World) -> Iterator[dict[str, str]]:
    """The rows of values.csv, from the oldest year of the story on."""
    for age, year in enumerate(range(world.base - 3, world.base + 1)):
        october, march = date(year, 10, 1), date(year + 1, 3, 1)
        for school in SCHOOL_KEYS:
            june = world.ruter[school].last(year)
            for indicator, levels in _LEVELS.items():
                day = october if indicator in _IN_OCTOBER else june if indicator == "R2" else march
                level, step = levels[school]
                wobble = (world.dice.roll(indicator, school, year) - 0.5) * 0.02 * level
                source = _SOURCES.get(indicator, "GSI" if day == october else "Egen telling")
                value = level + step * age + wobble
                value = min(value, float(BY_CODE[indicator].measure.most))
                yield _row(school, year, indicator, day, "", value, source)
            for day, shift in ((march, -3.0), (june, 0.0)):
                for category, level, step in _ATTAINMENT:
                    spread = shift if category == "mestrer" else -shift / 2
                    value = level + step * age + spread
                    yield _row(school, year, "R1", day, category, value, "IOP, samlet")
            if school != LARGE:
                for day in (october, march):
                    for category, level in _STAFFING:
                        value = level + (age if category == "gruppe" else -age / 2)
                        yield _row(school, year, "OK2", day, category, value, "Egen telling")


def _row(
    school: str, year: int, indicator: str, day: date, category: str, value: float, source: str
) -> dict[str, str]:
    number = f"{value:.2f}" if value < 3 else f"{value:.1f}"
    return {
        "school": school,
        "year": f"{year}-{(year + 1) % 100:02}",
        "indicator": indicator,
        "counted_on": day.isoformat(),
        "category": category,
        "unit": "",
        "value": number.rstrip("0").rstrip(".") or "0",
        "of": "",
        "source": source,
    }
