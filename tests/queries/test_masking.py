"""What hides a small number hides what it could be told from, in the same answer."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import pytest
from sqlmodel import Session

from iopflow.queries.access import Viewer, viewer
from iopflow.queries.masking import (
    ALONE,
    ONE_PUPIL,
    TABLES,
    few_reasons,
    is_few,
    mask,
    mask_delays,
    mask_network,
)
from iopflow.roles import Action, Place
from tests.exchange.kit import Entry, entry
from tests.factories import TODAY, lia


@pytest.fixture
def eli(session: Session) -> tuple[Session, Viewer]:
    """A school owner."""
    lia(session).grant("eli", "skoleeier", "owner", "eikedal")
    return session, viewer(session, "eli", today=TODAY)


def figure(code: str, numerator: int, rest: int, unit: str | None = None, **more: Any) -> Entry:
    known = {"counted": "skoleslutt", "school": "lia", "network": None, "unit": unit} | more
    return entry(code, known.pop("counted"), numerator, 0, rest, **known)


def shown(who: tuple[Session, Viewer], *entries: Entry) -> list[Any]:
    return [one["numerator"] for one in mask(*who, entries)]


def test_a_small_half_is_not_told_by_the_sum_and_the_other_half(
    eli: tuple[Session, Viewer],
) -> None:
    halves = figure("P7", 20, 3), figure("P7_host", 2, 1), figure("P7_var", 18, 2)
    assert shown(eli, *halves, figure("P3", 18, 2)) == [None, None, None, 18]
    assert shown(eli, figure("P7", 30, 3), figure("P7_var", 18, 2)) == [30, 18]


def test_nor_where_the_half_was_frozen_at_another_date_or_not_at_all(
    eli: tuple[Session, Viewer],
) -> None:
    half = figure("P7_host", 2, 1, counted="0103", revision=2)
    later = figure("P7", 22, 1), figure("P7_var", 20, 0)
    assert shown(eli, half, *later) == [None] * 3
    assert shown(eli, *later) == [None] * 2
    assert shown(eli, figure("P7", 22, 1, year="2024-25"), later[1]) == [22, 20]
    left_out = figure("P7", 30, 0, excluded={"kort_tid": 3}), figure("P7_var", 30, 0)
    assert shown(eli, *left_out) == [None] * 2


def test_who_leads_a_school_does_not_lead_the_one_of_the_same_id(session: Session) -> None:
    cast = lia(session)
    cast.grant("rita", "ikit_koordinator", "network", "nett")
    number = cast.ids["lia"]
    schools = (figure("P3", 2, 1, school_id=one) for one in (number, number + 1000))
    own, other = mask(session, viewer(session, "rita", today=TODAY), schools)
    assert (own["numerator"], other["numerator"]) == (2, None)
    assert "school_id" not in own
    units = (figure("P3", 2, 1, "3a", school_id=one) for one in (number, number + 1000))
    own, other = mask(session, viewer(session, "heidi", today=TODAY), units)
    assert (own["numerator"], other["numerator"]) == (2, None)


def split(code: str, numerator: int, *parts: int, **more: int) -> Entry:
    """A figure of the whole school with how it divides: late, open, unknown, justified."""
    known = {"recorded_after": 0, "school": "lia", "network": None, "unit": None}
    return entry(code, "skoleslutt", numerator, *parts, **known | more)


def told(who: tuple[Session, Viewer], name: str, *entries: Entry) -> list[Any]:
    return [one[name] for one in mask(*who, entries)]


def test_how_one_to_four_divide_is_not_told(eli: tuple[Session, Viewer]) -> None:
    few = split("P3", 17, 0, 0, 1)
    names = ("numerator", "unknown", "open")
    assert [told(eli, name, few) for name in names] == [[17], [None], [None]]
    assert told(eli, "open", split("P3", 12, 0, 8, 0)) == [8]
    assert told(eli, "open", split("P3", 12, 3, 8, 0)) == [None]
    assert told(eli, "justified", split("P3", 12, 8, 0, 0, 6)) == [None]
    assert told(eli, "justified", split("P3", 12, 12, 0, 0, 6)) == [6]


def test_nor_by_a_sum_and_the_other_half(eli: tuple[Session, Viewer]) -> None:
    halves = split("P7_host", 12, 0, 6), split("P7_var", 12, 0, 2)
    whole = split("P7", 24, 0, 8)
    assert told(eli, "open", whole, *halves) == [None] * 3
    assert told(eli, "open", whole, halves[0]) == [None] * 2
    after = (split(code, 12, recorded_after=n) for code, n in (("P7_host", 6), ("P7_var", 3)))
    sums = split("P7", 24, recorded_after=9)
    assert told(eli, "recorded_after", sums, *after, split("P3", 24, recorded_after=9)) == [
        None,
        None,
        None,
        9,
    ]
    assert told(eli, "recorded_after", split("P3", 9, recorded_after=6)) == [None]


def test_nor_by_a_sum_over_schools(eli: tuple[Session, Viewer]) -> None:
    schools = [split("P3", 12, 0, 2), split("P3", 12, 0, 6) | {"school": "fjell"}]
    (total,) = mask_network(*eli, [split("P3", 24, 0, 8) | {"school": None}], schools)
    assert (total["numerator"], total["open"]) == (24, None)


def test_what_became_of_talks_is_told_whole_or_not_at_all(eli: tuple[Session, Viewer]) -> None:
    became = {"invited": 20, "declined": 5, "no_reply": 5, "cancelled": 0, "not_invited": 0}
    assert told(eli, "declined", split("P8", 20, 0, 0, **became)) == [5]
    few = became | {"no_reply": 2}
    assert told(eli, "declined", split("P8", 20, 0, 0, **few)) == [None]


def test_a_small_class_is_not_told_by_the_other_classes(eli: tuple[Session, Viewer]) -> None:
    classes = figure("P3", 2, 1, "3a"), figure("P3", 8, 0, "3b"), figure("P9", 8, 0, "3b")
    assert shown(eli, *classes) == [None, None, 8]
    told = mask(*eli, classes)
    assert [one["problem"] for one in told if one.get("masked")] == [
        "under 5 elever: tallet vises ikke",
        "ville vist et tall på under 5 elever",
    ]


def test_what_is_hidden_for_a_small_class_is_not_told_by_the_school_less_the_others(
    eli: tuple[Session, Viewer],
) -> None:
    """P7 and the spring of 3a are the school's less those of 3b: then the autumn of 3a is told."""
    sums = figure("P7", 9, 1, "3a"), figure("P7", 20, 0, "3b")
    halves = figure("P7_host", 2, 1, "3a"), figure("P7_var", 7, 0, "3a")
    others = figure("P7_host", 10, 0, "3b"), figure("P7_var", 10, 0, "3b")
    assert shown(eli, *sums, *halves, *others) == [None] * 6


def test_pupils_without_a_class_are_not_told_by_the_classes(eli: tuple[Session, Viewer]) -> None:
    """The school as a whole is another answer of the same asker: less its classes, they are few."""
    classes = figure("P3", 9, 1, "3a"), figure("P3", 2, 0), figure("P9", 8, 0, "3a")
    assert shown(eli, *classes) == [None, None, 8]


CODES = ("P3", "P7", "P7_host", "P7_var")
World = dict[tuple[str, str, str | None], int]  # school, figure that is no sum, class: how many
Sum = frozenset[tuple[str, str, str | None]]


def _worlds(n: int) -> Iterator[World]:
    """Random networks: three schools with two classes, and pupils who are in none."""
    dice = random.Random(20)  # noqa: S311 - the same worlds each time
    for _world in range(n):
        yield {
            (school, code, unit): dice.choice((0, 1, 2, 4, 5, 6, 9, 15))
            for school in ("lia", "s1", "s2")
            for code in ("P3", "P7_host", "P7_var")
            for unit in ("a", "b", None)
        }


def _sums(world: World, by: str) -> dict[tuple[Any, Any, Any], Sum]:
    """What each entry of an answer adds up, by school, figure and class."""
    found: dict[tuple[Any, Any, Any], set[Any]] = {}
    for school, leaf, unit in world:
        for code in (leaf, "P7") if leaf.startswith("P7") else (leaf,):
            place = (None if by == "network" else school, code, unit if by == "class" else None)
            found.setdefault(place, set()).add((school, leaf, unit))
    return {place: frozenset(some) for place, some in found.items()}


def _answers(who: tuple[Session, Viewer], world: World) -> Iterator[tuple[Sum, Any]]:
    """All that somebody may ask: the network, each school, and each school by class."""
    made = {by: _sums(world, by) for by in ("network", "school", "class")}

    led = next(iter(who[1].at(Place.SCHOOL, Action.FIGURES)), 0)
    numbers = {"lia": led, "s1": -1, "s2": -2}

    def entries(by: str, only: str | None = None) -> list[Entry]:
        return [
            entry(code, "", sum(world[one] for one in some), school=school, unit=unit, network="n")
            | {"school_id": numbers.get(school)}
            for (school, code, unit), some in made[by].items()
            if only in (None, school)
        ]

    for told in mask_network(*who, entries("network"), entries("school")):
        yield made["network"][None, told["indicator"], None], told["denominator"]
    for school in ("lia", "s1", "s2"):
        for by in ("school", "class"):
            for told in mask(*who, entries(by, school)):
                yield made[by][school, told["indicator"], told["unit"]], told["denominator"]


def _span(rows: Sequence[Sum]) -> list[Counter[Any]]:
    """The sums with what is told twice left out: in each, its first number is in no later one."""
    basis: list[Counter[Any]] = []
    for row in rows:
        left = _less(Counter(row), basis)
        if left:
            basis.append(left)
    return basis


def _less(row: Counter[Any], basis: Sequence[Counter[Any]]) -> Counter[Any]:
    """What is left of a sum when known ones are subtracted from it; nothing where it is told."""
    left: dict[Any, Fraction] = {name: Fraction(n) for name, n in row.items()}
    for known in basis:
        first = next(iter(known))
        times = left.get(first, Fraction(0)) / Fraction(known[first])
        for name, n in known.items() if times else ():
            left[name] = left.get(name, Fraction(0)) - times * n
        left = {name: n for name, n in left.items() if n}
    return Counter(left)


def _told(who: tuple[Session, Viewer], world: World, own: Sequence[str] = ()) -> list[Any]:
    """The small numbers of schools one does not lead that follow from what is shown."""
    answers = list(_answers(who, world))
    basis = _span([some for some, n in answers if n is not None])
    small = {
        some
        for some, n in answers
        if n is None and is_few(sum(world[one] for one in some))
        if not any(school in own for school, _code, _unit in some)
    }
    return [sorted(map(str, some)) for some in small if not _less(Counter(some), basis)]


def test_no_small_number_is_told_by_what_can_be_asked_beside_it(
    eli: tuple[Session, Viewer],
) -> None:
    session, owner = eli
    for world in _worlds(60):
        assert _told((session, owner), world) == []


def test_nor_by_one_who_leads_a_school_of_the_network(session: Session) -> None:
    cast = lia(session)
    for role in (("rektor", "school", "lia"), ("ikit_koordinator", "network", "nett")):
        cast.grant("rune", *role)
    rune = viewer(session, "rune", today=TODAY)
    for world in _worlds(40):
        assert _told((session, rune), world, own=("lia",)) == []


def test_the_attack_finds_a_network_that_is_not_hidden(
    eli: tuple[Session, Viewer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_itself(session: Session, who: Viewer, totals: Any, _schools: Any) -> Any:
        return mask(session, who, totals)

    monkeypatch.setattr("tests.queries.test_masking.mask_network", by_itself)
    assert any(_told(eli, world) for world in _worlds(60))


def summary(whole: Entry, **more: Any) -> Entry:
    """A summary of delays: nothing is told but what is said here."""
    nobody: Entry = dict.fromkeys((*ALONE, *ONE_PUPIL), 0)
    missed = {"missed": whole["denominator"] - whole["numerator"]}
    return whole | nobody | dict.fromkeys(TABLES) | missed | more


def delays(who: tuple[Session, Viewer], one: Entry, *beside: Entry) -> set[str]:
    """What of a summary is not shown, of all that is there."""
    (seen,) = mask_delays(*who, [one], beside=beside)
    return {name for name in (*TABLES, *ALONE) if seen[name] is None and one[name] is not None}


@pytest.mark.parametrize(
    ("parts", "more", "hidden"),
    [
        ((8, 0, 0), {"by_cause": {"x": 8}}, set()),
        # two have no cause: hidden by itself, and not told by those who have
        (
            (8, 0, 0),
            {"by_cause": {"x": 6}, "without_cause": 2},
            {"by_cause", "without_cause"},
        ),
        ((8, 0, 0), {"by_cause": {"x": 6, "y": 5}}, {"by_cause"}),
        ((12, 0, 0), {"without_cause": 5, "without_evidence": 5}, {"without_evidence"}),
        # sixteen are missed: twelve of them still, so four came late
        (
            (4, 12, 0),
            {"still_open": 12, "open_bands": {"a": 12}, "bands": {"a": 4}},
            {"still_open", "open_bands", "bands"},
        ),
        ((16, 0, 0), {"by_court": {"skole": 13, "ppt": 3}}, {"by_court"}),
        (
            (16, 0, 0),
            {"chain": {"assessment": 16, "vedtak": 13, "stopped": 6, "late_iop": 7}},
            {"chain"},
        ),
        (
            (16, 0, 0),
            {"chain": {"assessment": 16, "vedtak": 11, "stopped": 6, "late_iop": 5}},
            set(),
        ),
    ],
)
def test_a_table_is_not_shown_where_what_it_leaves_is_few(
    eli: tuple[Session, Viewer],
    parts: tuple[int, ...],
    more: dict[str, Any],
    hidden: set[str],
) -> None:
    found = delays(eli, summary(split("P1", 20, *parts), **more))
    assert found - {"rate_late"} == hidden


def test_nothing_of_delays_is_told_where_one_is_missing_or_unknown(
    eli: tuple[Session, Viewer],
) -> None:
    whole = {"missed", "still_open", "without_cause"}
    assert whole <= delays(eli, summary(split("P8", 17, 0, 1, 0)))
    assert whole <= delays(eli, summary(split("P8", 17, 16, 0, 1), missed=16))
    assert whole <= delays(eli, summary(split("P8", 17, 16, 0, 0), missed=10, data_errors=3))


def test_the_delays_of_a_half_are_hidden_with_the_other_one(eli: tuple[Session, Viewer]) -> None:
    late = summary(split("P7_var", 12, 8, 0, 0))
    beside = split("P7_host", 2, 1, 0, 0), split("P7", 14, 9, 0, 0)
    assert delays(eli, late) == set()
    assert {"missed", "rate_late"} <= delays(eli, late, *beside)


@pytest.mark.parametrize(
    ("left_out", "hidden"),
    [((13, 10, 3), {"P7", "P7_var"}), ((13, 10, None), {"P7"}), ((13, 7, 6), set())],
)
def test_how_many_are_left_out_of_a_half_is_not_told_by_the_sum(
    left_out: tuple[int | None, ...], hidden: set[str]
) -> None:
    codes = ("P7", "P7_host", "P7_var")
    family = {
        code: figure(code, 20, 0, excluded={"kort_tid": n})
        for code, n in zip(codes, left_out, strict=True)
        if n is not None
    }
    assert {code for code, one in family.items() if few_reasons(one, family)} == hidden
