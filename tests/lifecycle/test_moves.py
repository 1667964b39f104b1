"""The table of moves: one row for each state and happening, ways on, rules, and the month of 15."""

from collections import Counter
from datetime import date, timedelta

import pytest

from iopflow.lifecycle import BY_TIME, HAPPENED, MOVES, STATES, Happened, State, mermaid, turned_15
from iopflow.lifecycle.law import RULES, Basis
from iopflow.lifecycle.moves import TABLE

RESTING = {
    State.ORDINARY,
    State.NOT_NEEDED,
    State.NOTIFIED,
    State.REFUSAL_NOTIFIED,
    State.IN_FORCE,
    State.SUCCEEDED,
    State.NO_CONSENT,
    State.CLOSED,
    State.MOVED,
}


def test_a_state_and_a_happening_have_one_row_at_most() -> None:
    pairs = Counter((source, move.on) for move in MOVES for source in move.sources)
    assert [pair for pair, count in pairs.items() if count > 1] == []
    assert len(TABLE) == len(pairs)


def test_every_happening_may_happen_somewhere_and_has_a_title() -> None:
    assert {move.on for move in MOVES} == set(Happened) == set(HAPPENED)


def test_every_state_is_reached_from_ordinary_teaching() -> None:
    reached, new = {State.ORDINARY}, {State.ORDINARY}
    while new:
        new = {move.to for move in MOVES if move.to and move.sources & new} - reached
        reached |= new
    assert reached == set(State)


def test_every_state_has_a_way_on_but_the_two_that_end() -> None:
    ends = {
        state
        for state in State
        if not any(state in move.sources and move.to not in {None, state} for move in MOVES)
    }
    assert ends == {State.CLOSED, State.MOVED}


def test_where_somebody_is_waited_for_it_is_said_for_what() -> None:
    assert set(STATES) == set(State)
    assert {state for state in State if state.about.rests} == RESTING
    assert {state for state in State if state.about.next is None} == RESTING


def test_whoever_is_waited_for_can_do_something_that_leads_on() -> None:
    stuck = {
        state
        for state in set(State) - RESTING
        if not any(
            state in move.sources and move.to not in {None, state} and move.on not in BY_TIME
            for move in MOVES
        )
    }
    assert stuck == set()


def test_time_always_has_a_row() -> None:
    lacking = {(state, on) for state in State for on in BY_TIME if (state, on) not in TABLE}
    assert lacking == set()


@pytest.mark.parametrize(
    ("key", "paragraph", "basis"),
    [
        ("sakkyndig", "opplæringslova § 11-7 første ledd", Basis.LAW),
        ("avvik", "opplæringslova § 11-7 andre ledd", Basis.LAW),
        ("samtykke", "opplæringslova § 11-7 tredje ledd", Basis.LAW),
        ("femten", "opplæringslova § 24-5", Basis.LAW),
        ("rekkefolge", "", Basis.LOCAL),
        ("overlapp", "", Basis.LOCAL),
    ],
)
def test_a_rule_says_where_it_stands(key: str, paragraph: str, basis: Basis) -> None:
    rule = RULES[key]
    assert (rule.key, rule.paragraph, rule.basis) == (key, paragraph, basis)
    assert bool(rule.paragraph) == (basis is not Basis.LOCAL)


def test_the_rules_above_are_all_of_them_and_those_of_the_act_begin_with_it() -> None:
    assert len(RULES) == 6
    begin = {rule.since for rule in RULES.values() if rule.paragraph.startswith("opplæringslova")}
    assert begin == {date(2024, 8, 1)}
    rule = RULES["femten"]
    assert [rule.in_force(date(2024, 7, 31)), rule.in_force(date(2024, 8, 1))] == [False, True]


def test_the_month_of_fifteen_over_twenty_years() -> None:
    """Against a count of whole months, for every birth month and the first and last day of each."""
    for number in range(20 * 12):
        year, month = 2009 + number // 12, number % 12 + 1
        born = f"{year}-{month:02}"
        month_of_15 = date(year + 15, month, 1)
        following = (month_of_15 + timedelta(days=31)).replace(day=1)
        assert turned_15(born, month_of_15 - timedelta(days=1)) is False
        assert turned_15(born, month_of_15) is None
        assert turned_15(born, following - timedelta(days=1)) is None
        assert turned_15(born, following) is True
    assert turned_15(None, date(2026, 1, 1)) is None


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_drawing_names_every_state_and_every_way(language: str) -> None:
    lines = mermaid(language).splitlines()
    assert lines[0] == "stateDiagram-v2"
    for state in State:
        assert f'    state "{STATES[state].title.get(language)}" as {state.value}' in lines
    drawn = {tuple(line.split(":")[0].split(" --> ")) for line in lines if " --> " in line}
    targets = {to for _source, to in drawn}
    assert targets == {state.value for state in State}
    known = {*(f"    {state.value}" for state in State), "    anywhere", "    [*]"}
    assert {source for source, _to in drawn} <= known
    assert [line for line in lines if line.count(":") > 1] == []
