"""Nobody can count back: all that is published of random schools, and a solver that knows sums.

The attacker has the file of each school from March and from June, the network's file with names,
and knows how the figures hang together; an insider also knows everything of one of the schools. The
solver of the kit then says whether a number that is hidden can be anything else than it is.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iopflow.exchange import hidden, merged
from iopflow.indicators import INDICATORS
from iopflow.queries.masking import FEWEST
from iopflow.tellinger import COUNTINGS
from tests.databases import LONG
from tests.exchange.kit import NUMBERS, Entry, Solver, entry

PARTS = ("numerator", "done_late", "open", "unknown")
MOST = 1_000  # pupils of a school, and no more is known
HAS_UNKNOWN = {"P2", "P10", "P10_host", "P10_var"}
# A date reads facts to the very limit of these, so that nothing can be there after it.
NEVER_LATE = {("P1", "0106"), *((code, "skoleslutt") for code in ("P2", "P3", "P7_var", "P8"))}
REASONS = {one.code: [why.reason for why in one.exclusions] for one in INDICATORS}
REASONS |= {"P7": REASONS["P7_host"]}
# What the definitions say of who is looked at: all of the first are among those of the second.
AMONG = [("P9", "P7_host"), ("P1", "P2"), ("P3", "P7_var"), ("P8", "P7_var")]
SAME = [("P3", "P8")]
Key = tuple[str, str, str, str, str]  # school, year, counted, indicator, number

small = st.one_of(st.integers(0, 6), st.integers(0, 20))


@st.composite
def figures(draw: st.DrawFn, code: str, counted: str, pupils: int | None = None) -> Entry:
    """A figure of a school; of so many pupils in all, where it is said how many."""
    late = 0 if (code, counted) in NEVER_LATE or code.startswith("P10") else draw(small)
    unknown = draw(small) if code in HAS_UNKNOWN else 0
    numbers = [draw(small), late, draw(small), unknown]
    excluded = {why: draw(st.sampled_from((0, 0, 0, 1, 2, 5, 7))) for why in REASONS[code]}
    if pupils is not None:
        numbers, excluded = _fitted(numbers, excluded, pupils)
    justified = 0 if code.startswith("P10") else draw(st.integers(0, numbers[1] + numbers[2]))
    told = {why: n for why, n in excluded.items() if n}
    return entry(code, counted, *(*numbers, justified), excluded=told)


def _fitted(
    numbers: list[int], excluded: Mapping[str, int], pupils: int
) -> tuple[list[int], dict[str, int]]:
    """The same shape for so many pupils: what is too much is taken away, the rest are on time."""
    fitted, left = {}, pupils
    for why, n in excluded.items():
        fitted[why] = min(n, left)
        left -= fitted[why]
    parts = []
    for n in numbers[1:]:
        parts.append(min(n, left))
        left -= parts[-1]
    return [left, *parts], fitted


@st.composite
def school_years(draw: st.DrawFn, year: str) -> list[Entry]:
    """All that a school freezes in a year, or as much of it as it came to."""
    pupils = draw(st.sampled_from((1, 2, 6, 9, 14, 25, 40)))
    frozen = []
    for counted, counting in COUNTINGS.items():
        if not draw(st.integers(0, 5)):
            continue
        for code in counting.indicators:
            if code not in ("P7", "P10"):
                asked = pupils if code in ("P3", "P8") else None
                frozen.append(draw(figures(code, counted, asked)) | {"year": year})
    frozen += list(_sums(frozen, draw, year))
    return _settled(frozen)


def _sums(frozen: Sequence[Entry], draw: st.DrawFn, year: str) -> Iterator[Entry]:
    """P7 and P10: the spring half with an autumn half that is as it was, or has been corrected."""
    for code in ("P7", "P10"):
        var = _find(frozen, "skoleslutt", f"{code}_var")
        if var is None:
            continue
        before = _find(frozen, "0103", f"{code}_host")
        if before is None or draw(st.booleans()):
            before = draw(figures(f"{code}_host", "0103"))
        reasons = {*before["excluded"], *var["excluded"]}
        excluded = {
            why: before["excluded"].get(why, 0) + var["excluded"].get(why, 0) for why in reasons
        }
        numbers = [before[name] + var[name] for name in (*PARTS, "justified")]
        yield entry(code, "skoleslutt", *numbers, excluded=excluded) | {"year": year}


def _settled(frozen: list[Entry]) -> list[Entry]:
    """Without the figures whose pupils are not among those that they must be among."""
    for one, other in AMONG:
        for inner in [found for found in frozen if found["indicator"] == one]:
            outer = _find(frozen, inner["counted"], other)
            if outer is not None and _everyone(inner) > _everyone(outer):
                outer["excluded"] = outer["excluded"] | {
                    REASONS[other][0]: outer["excluded"].get(REASONS[other][0], 0)
                    + _everyone(inner)
                    - _everyone(outer)
                }
    whole = _find(frozen, "skoleslutt", "P7")
    if whole is not None:  # the pupils who were put beside the spring half are beside the sum
        var = _find(frozen, "skoleslutt", "P7_var")
        assert var is not None
        least = var["excluded"].get("kort_tid", 0)
        whole["excluded"] = {"kort_tid": max(least, whole["excluded"].get("kort_tid", 0))}
    return frozen


def _find(frozen: Sequence[Entry], counted: str, code: str) -> Entry | None:
    return next(
        (one for one in frozen if (one["counted"], one["indicator"]) == (counted, code)), None
    )


def _everyone(one: Entry) -> int:
    return int(one["denominator"] + sum(one["excluded"].values()))


@st.composite
def networks(draw: st.DrawFn) -> dict[str, list[Entry]]:
    """Two or three schools with a year or two each."""
    names = draw(st.sampled_from((("a", "b"), ("a", "b", "c"))))
    return {
        name: [
            one
            for year in draw(st.sampled_from((("2025-26",), ("2024-25", "2025-26"))))
            for one in draw(school_years(year))
        ]
        for name in names
    }


def published(name: str, frozen: Sequence[Entry]) -> dict[str, Any]:
    """A school of an exchange file, as it comes out of the JSON."""
    place = {"owner": "o", "school": name, "name": name, "municipality": "m", "network": "n"}
    found: dict[str, Any] = json.loads(json.dumps(place | {"figures": hidden(frozen)}))
    return found


def _key(school: str, one: Mapping[str, Any], number: str) -> Key:
    return school, one["year"], one["counted"], one["indicator"], number


def _truth(school: str, frozen: Sequence[Entry]) -> dict[Key, int]:
    """Every number there is, with those that follow of them."""
    found: dict[Key, int] = {}
    for one in frozen:
        for name in NUMBERS:
            found[_key(school, one, name)] = one[name]
        for why in REASONS[one["indicator"]]:
            found[_key(school, one, why)] = one["excluded"].get(why, 0)
        found[_key(school, one, "everyone")] = _everyone(one)
    for whole in [one for one in frozen if one["indicator"] in ("P7", "P10")]:
        code = whole["indicator"]
        for name in (*NUMBERS, "everyone"):
            var = found[_key(school, whole | {"indicator": f"{code}_var"}, name)]
            implied = (school, whole["year"], "skoleslutt", f"{code}_host", name)
            found[implied] = found[_key(school, whole, name)] - var
    return found


def _rules(solver: Solver, school: str, frozen: Sequence[Entry]) -> None:
    """What anybody knows of how the numbers hang together, of the figures that a school has."""
    for one in frozen:
        parts = {_key(school, one, part): 1 for part in PARTS}
        solver.tie(parts | {_key(school, one, "denominator"): -1}, 0)
        late = {_key(school, one, part): 1 for part in ("done_late", "open")}
        solver.tie(late | {_key(school, one, "justified"): -1}, 0, MOST)
        reasons = {_key(school, one, why): 1 for why in REASONS[one["indicator"]]}
        everyone = reasons | {_key(school, one, "denominator"): 1}
        solver.tie(everyone | {_key(school, one, "everyone"): -1}, 0)
    for code in ("P7", "P10"):
        for whole in [one for one in frozen if one["indicator"] == code]:
            var = whole | {"indicator": f"{code}_var"}
            for name in (*NUMBERS, "everyone"):
                ties = {_key(school, whole, name): 1, _key(school, var, name): -1}
                implied = (school, whole["year"], "skoleslutt", f"{code}_host", name)
                solver.tie(ties | {implied: -1}, 0)
    for one in frozen:
        for inner, outer in AMONG + SAME:
            if one["indicator"] == inner and _has(frozen, one, outer):
                other = _key(school, one | {"indicator": outer}, "everyone")
                more = 0 if (inner, outer) in SAME else MOST
                solver.tie({other: 1, _key(school, one, "everyone"): -1}, 0, more)


def _has(frozen: Sequence[Entry], like: Entry, code: str) -> bool:
    return any(
        (one["year"], one["counted"], one["indicator"]) == (like["year"], like["counted"], code)
        for one in frozen
    )


def _told(solver: Solver, school: str, figures: Sequence[Mapping[str, Any]]) -> None:
    """What a file says."""
    for one in figures:
        for name in NUMBERS:
            if one[name] is not None:
                solver.tie({_key(school, one, name): 1}, one[name])
        if one["numerator_least"] is not None:
            solver.tie(
                {_key(school, one, "numerator"): 1}, one["numerator_least"], one["numerator_most"]
            )
        if one["excluded"] is not None:
            for why in REASONS[one["indicator"]]:
                solver.tie({_key(school, one, why): 1}, one["excluded"].get(why, 0))


def _summed(solver: Solver, schools: Sequence[Mapping[str, Any]]) -> None:
    """What the network's file says: the sums over the schools."""
    for group in merged(schools):
        named = [(school["school"], figure) for school, figure in group.figures]
        if group.denominator is not None:
            every = {_key(name, one, "denominator"): 1 for name, one in named}
            solver.tie(every, group.denominator)
        least, most = group.numerators
        if least is not None:
            solver.tie({_key(name, one, "numerator"): 1 for name, one in named}, least, most)


def _secret(frozen: Sequence[Entry], files: Sequence[Sequence[Mapping[str, Any]]]) -> Iterator[Any]:
    """The numbers that no file shows: the figure, and the name of the number."""
    for one in frozen:
        code, counted = one["indicator"], one["counted"]
        same = [
            figure
            for file in files
            for figure in file
            if all(figure[name] == one[name] for name in ("year", "counted", "indicator"))
        ]
        known = {"unknown"} - ({"unknown"} if code in HAS_UNKNOWN else set())
        if (code, counted) in NEVER_LATE or code.startswith("P10"):
            known |= {"done_late"}
        if code.startswith("P10"):
            known |= {"justified"}
        for name in NUMBERS:
            if name not in known and all(figure[name] is None for figure in same):
                yield one, name
        if all(figure["excluded"] is None for figure in same):
            for why in REASONS[code]:
                yield one, why


def _implied(school: str, frozen: Sequence[Entry], truth: Mapping[Key, int]) -> Iterator[Key]:
    """The small numbers of the autumn half that June does not name, but the sum and the spring."""
    for whole in [one for one in frozen if one["indicator"] in ("P7", "P10")]:
        for name in ("denominator", *PARTS):
            key = (school, whole["year"], "skoleslutt", f"{whole['indicator']}_host", name)
            if 0 < truth[key] < FEWEST:
                yield key


def _attack(network: Mapping[str, Sequence[Entry]], *, insider: bool) -> list[str]:
    """The numbers that can be told."""
    solver = Solver()
    june = [published(name, frozen) for name, frozen in network.items() if frozen]
    march = {
        name: published(name, [one for one in frozen if one["counted"] in ("0110", "0103")])
        for name, frozen in network.items()
    }
    known = min(network) if insider else None
    for school in june:
        name = school["school"]
        solver.truth |= _truth(name, network[name])
        _rules(solver, name, network[name])
        _told(solver, name, school["figures"])
        _told(solver, name, march[name]["figures"])
        if name == known:
            for one in network[name]:
                for number in NUMBERS:
                    solver.tie({_key(name, one, number): 1}, one[number])
    _summed(solver, june)
    assert solver.broken({}) == []  # the truth is one of the solutions
    found = []
    for school in june:
        name = school["school"]
        if name == known:
            continue
        files = [school["figures"], march[name]["figures"]]
        secret = [_key(name, one, number) for one, number in _secret(network[name], files)]
        for key in [*secret, *_implied(name, network[name], solver.truth)]:
            true = solver.truth[key]
            if not any(solver.can_be(key, true + step) for step in (1, -1, 2, -2, 3, -3)):
                found.append(f"{key} is {true}")
    return found


@settings(
    max_examples=1_000 if LONG else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(networks(), st.booleans())
def test_no_hidden_number_can_be_told(
    network: Mapping[str, Sequence[Entry]], insider: bool
) -> None:
    assert _attack(network, insider=insider) == []


def _alone(*frozen: Entry) -> list[str]:
    return _attack({"a": frozen, "b": [entry("P3", "skoleslutt", 12, 0, 6)]}, insider=False)


def test_a_school_with_one_pupil_tells_nothing() -> None:
    for on_time in (0, 1):
        frozen = [
            entry(code, counted, on_time, 0, 1 - on_time)
            for counted, counting in COUNTINGS.items()
            for code in counting.indicators
        ]
        assert {one["shows"] for one in hidden(frozen)} == {"nothing"}
        assert _alone(*frozen) == []


def test_the_attacker_finds_what_is_not_hidden(monkeypatch: Any) -> None:
    """The same attack on a file that hides only the small numbers themselves: it must find them."""

    def only_small(entries: Sequence[Entry]) -> list[Entry]:
        return [
            one
            | {name: None if 0 < one[name] < 5 else one[name] for name in NUMBERS}
            | {"numerator_least": None, "numerator_most": None, "excluded": None, "shows": "all"}
            for one in entries
        ]

    monkeypatch.setattr("tests.exchange.test_attack.hidden", only_small)
    assert _alone(entry("P3", "skoleslutt", 17, 0, 1)) != []
    assert _alone(entry("P3", "skoleslutt", 17, 0, 1, excluded={"kort_tid": 2})) != []
    halves = [entry("P7", "skoleslutt", 30, 0, 8), entry("P7_var", "skoleslutt", 15, 0, 2)]
    assert _alone(*halves) != []
