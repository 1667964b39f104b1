"""The files of many schools as one network: duplicates, definitions, and the groups they make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iopflow.exchange.hiding import PARTS
from iopflow.exchange.spread import Group
from iopflow.indicators import INDICATORS, version_of
from iopflow.refusals import Refused
from iopflow.tellinger import COUNTINGS
from iopflow.texts import _, sort_key

NAMED = 3  # schools that a refusal names for each definition
School = Mapping[str, Any]
_Telling = tuple[str, str, str, str]  # owner, school, year, counting date


def merged(
    schools: Iterable[School], *, split: bool = False, said: list[str] | None = None
) -> list[Group]:
    """The groups of the schools' figures: by year, counting date and indicator.

    Of a school that is there twice, the newest revision of each counting date stands; `said` takes
    what is to be told of it. Raises Refused where schools counted the same indicator by different
    definitions and `split` does not keep them apart, and where two files contradict each other.
    """
    found: dict[tuple[str, str, str, str], list[tuple[School, Mapping[str, Any]]]] = {}
    for school, figures in _newest(schools, said if said is not None else []):
        for figure in figures:
            key = (figure["year"], figure["counted"], figure["indicator"], figure["definition"])
            found.setdefault(key, []).append((school, figure))
    places = {one.code: place for place, one in enumerate(INDICATORS)}
    dates = list(COUNTINGS)
    groups = [
        Group(code, year, counted, definition, sorted(found[key], key=_by_name))
        for key in sorted(
            found, key=lambda one: (one[0], places[one[2]], dates.index(one[1]), one[3])
        )
        for year, counted, code, definition in [key]
    ]
    if not split:
        for conflict in conflicts(groups):
            raise Refused(
                _(
                    "{what} Be skolene om å bruke samme versjon av iopflow og fryse på nytt, eller "
                    "skriv --split for å holde dem hver for seg."
                ).format(what=conflict.words)
            )
    return groups


@dataclass(frozen=True, slots=True)
class Conflict:
    """An indicator that schools counted by different definitions in a year."""

    year: str
    indicator: str
    words: str


def conflicts(groups: Iterable[Group]) -> list[Conflict]:
    """What cannot be compared, by year and indicator, with the schools of each definition."""
    known: dict[tuple[str, str], dict[str, list[str]]] = {}
    for one in groups:
        names = known.setdefault((one.year, one.indicator), {}).setdefault(one.definition, [])
        names += [school["name"] for school, _figure in one.figures]
    return [
        Conflict(year, code, _different(year, code, definitions))
        for (year, code), definitions in sorted(known.items())
        if len(definitions) > 1
    ]


def _different(year: str, code: str, definitions: Mapping[str, Sequence[str]]) -> str:
    which = _(" og ").join(
        _("versjon {version} ({schools})").format(
            version=version_of(definition), schools=_names(names)
        )
        for definition, names in sorted(definitions.items())
    )
    return _(
        "{code} for {year} er telt etter ulike definisjoner og kan ikke sammenlignes: {which}."
    ).format(code=code, year=year, which=which)


def _by_name(pair: tuple[School, Any]) -> tuple[str, ...]:
    school = pair[0]
    return sort_key(school["name"]), school["municipality"], school["owner"], school["school"]


def _newest(
    schools: Iterable[School], said: list[str]
) -> list[tuple[School, list[Mapping[str, Any]]]]:
    """The figures of each counting date of each school, once."""
    kept: dict[_Telling, tuple[School, list[Mapping[str, Any]]]] = {}
    for school in schools:
        for telling, figures in _tellinger(school).items():
            before = kept.get(telling)
            if before is None:
                kept[telling] = school, figures
                continue
            newest = _newer(telling, before, (school, figures))
            if before[1] != figures:
                said.append(_told(telling, school, before[1], figures, newest[1]))
            kept[telling] = newest
    return list(kept.values())


def _tellinger(school: School) -> dict[_Telling, list[Mapping[str, Any]]]:
    found: dict[_Telling, list[Mapping[str, Any]]] = {}
    for figure in school["figures"]:
        key = (school["owner"], school["school"], figure["year"], figure["counted"])
        found.setdefault(key, []).append(figure)
    return found


_Pair = tuple[School, list[Mapping[str, Any]]]


def _newer(telling: _Telling, one: _Pair, other: _Pair) -> _Pair:
    """Of two files of a counting date the newest revision; of one revision, the newest file.

    The same revision can show less in a newer file: what was frozen in between can tell what is
    hidden. Raises Refused where two files say different things of one revision.
    """
    revisions = [pair[1][0]["revision"] for pair in (one, other)]
    if revisions[0] != revisions[1]:
        return one if revisions[0] > revisions[1] else other
    if _contradict(one[1], other[1]):
        raise Refused(
            _(
                "{school} ({year}, {counted}) har revisjon {n} i to filer som ikke er like: spør "
                "skolen hvilken som gjelder, og ta bort den andre."
            ).format(school=one[0]["name"], year=telling[2], counted=telling[3], n=revisions[0])
        )
    return other if _last(other[0]) > _last(one[0]) else one


def _contradict(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a number or the moment is told as two; that one tells less is no contradiction."""
    first = {figure["indicator"]: figure for figure in one}
    return any(
        first[figure["indicator"]][name] != figure[name]
        for figure in other
        if figure["indicator"] in first
        for name in ("frozen_at", "definition", "denominator", "numerator", *PARTS)
        if figure[name] is not None and first[figure["indicator"]][name] is not None
    )


def _last(school: School) -> tuple[str, int]:
    """When the school last froze something that is in the file, and how much is in it."""
    return max(figure["frozen_at"] for figure in school["figures"]), len(school["figures"])


def _told(
    telling: _Telling,
    school: School,
    before: Sequence[Mapping[str, Any]],
    figures: Sequence[Mapping[str, Any]],
    newest: Sequence[Mapping[str, Any]],
) -> str:
    numbers = sorted({before[0]["revision"], figures[0]["revision"]})
    return _(
        "{school} ({year}, {counted}) er med to ganger: revisjon {n} gjelder{instead}."
    ).format(
        school=school["name"],
        year=telling[2],
        counted=telling[3],
        n=newest[0]["revision"],
        instead=_(", ikke revisjon {n}").format(n=numbers[0]) if len(numbers) > 1 else "",
    )


def _names(names: Sequence[str]) -> str:
    """A few of the schools, and how many more."""
    found = sorted(set(names), key=sort_key)
    more = len(found) - NAMED
    return ", ".join(found[:NAMED]) + (_(" og {n} til").format(n=more) if more > 0 else "")
