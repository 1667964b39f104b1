"""Best, worst and expected of figures: of Lia skole, and of random schools run to their end."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from iopflow import measure
from iopflow.forecast import FORESEEN, Outlook, gains, outlooks
from iopflow.indicators import BY_CODE
from iopflow.queries.places import schools
from iopflow.schoolyear import Year
from tests import random_school
from tests.databases import LONG, Databases
from tests.factories import Lia, lia
from tests.measure.test_against_oracle import load

IOP, EVALUATION = "iop.klar_skolestart", "iop.arsevaluering"
MAY = date(2027, 5, 1)  # the last school day is 18 June


@pytest.fixture
def cast(session: Session) -> Lia:
    return lia(session)


def outlook(cast: Lia, code: str = "P3", day: date = MAY, year: int = 2026) -> Outlook:
    (found,) = outlooks(
        cast.session,
        schools=[cast.ids["lia"]],
        year=Year(year),
        day=day,
        indicators=[BY_CODE[code]],
    )
    return found


def evaluated(cast: Lia, *, years: tuple[int, ...] = (2024, 2025), pupils: int = 8) -> None:
    """Pupils with vedtak in some years: all but one evaluated in time, in June."""
    for n in range(pupils):
        cast.pupil(f"p{n}")
        cast.vedtak(f"p{n}", 2026)
        for year in years:
            cast.vedtak(f"p{n}", year)
            if n:
                cast.happening(f"p{n}", EVALUATION, "done", date(year + 1, 6, 1 + n), year=year)


def test_best_is_all_that_is_open_and_worst_is_none_of_it(cast: Lia) -> None:
    evaluated(cast)
    cast.happening("p1", EVALUATION, "done", date(2027, 4, 1))
    cast.happening("p2", EVALUATION, "not_applicable", date(2027, 4, 1))
    found = outlook(cast)
    assert (found.numerator, found.lost, found.open, found.denominator) == (1, 0, 6, 7)
    assert found.excluded == {"ikke_aktuelt": 1}
    assert found.worst == pytest.approx(1 / 7)
    assert found.best == 1
    assert found.expected is not None
    assert found.worst < found.low <= found.expected <= found.high <= found.best  # type: ignore[operator]


def test_the_expected_rises_with_history_and_counts_those_open_then(cast: Lia) -> None:
    evaluated(cast)
    found = outlook(cast)
    (part,) = found.parts
    assert part.left == (date(2027, 6, 18) - MAY).days
    assert part.chance is not None
    assert (part.chance.followed, part.chance.own, part.chance.years) == (16, 16, 2)
    assert 0.7 < part.chance.rate < 0.9  # 14 of 16, drawn a little towards the middle


def test_later_in_june_only_those_who_were_open_as_late_tell(cast: Lia) -> None:
    evaluated(cast)
    late = outlook(cast, day=date(2027, 6, 4))  # p4-p7 and p0 were open on 4 June of each year
    (part,) = late.parts
    assert part.chance is not None
    assert part.chance.followed == 2 * 5


def test_with_too_little_history_it_says_so_and_still_knows_best_and_worst(cast: Lia) -> None:
    evaluated(cast, years=(2025,))
    found = outlook(cast)
    assert (found.few, found.expected, found.range) == (True, None, None)
    assert (found.worst, found.best) == (0, 1)
    assert found.to_json()["few"] is True


def test_a_year_in_which_nothing_at_all_was_registered_is_no_history(cast: Lia) -> None:
    evaluated(cast, years=(2024, 2025))
    for n in range(8):
        cast.vedtak(f"p{n}", 2023)
    (part,) = outlook(cast).parts
    assert part.chance is not None
    assert part.chance.years == 2


def test_a_school_with_one_pupil(cast: Lia) -> None:
    cast.pupil("alene")
    cast.vedtak("alene")
    found = outlook(cast)
    assert (found.open, found.denominator, found.few) == (1, 1, True)
    cast.happening("alene", EVALUATION, "done", date(2027, 4, 1))
    found = outlook(cast)
    assert (found.open, found.few, found.low, found.expected, found.high) == (0, False, 1, 1, 1)


def test_nobody_to_count_is_no_number(cast: Lia) -> None:
    found = outlook(cast)
    assert (found.denominator, found.worst, found.expected, found.best) == (0, None, None, None)


def test_a_missing_skolerute_is_named_and_no_guess(cast: Lia) -> None:
    evaluated(cast)
    cast.session.execute(text("DELETE FROM school_year WHERE year = 2026"))
    found = outlook(cast)
    assert found.problem is not None
    assert "2026-27" in found.problem
    entry = found.to_json()
    assert {entry[name] for name in ("worst", "expected", "best", "numerator", "open")} == {None}


def test_a_missing_skolerute_of_an_earlier_year_only_leaves_that_year_out(cast: Lia) -> None:
    evaluated(cast, pupils=12)
    cast.session.execute(text("DELETE FROM school_year WHERE year = 2024"))
    (part,) = outlook(cast).parts
    assert part.chance is not None
    assert (part.chance.years, part.chance.followed) == (1, 12)


def test_what_passed_its_limit_is_lost_although_it_is_counted_later(cast: Lia) -> None:
    """P4 is counted on 1 October, and its limit is the first school day."""
    for key in ("a", "b"):
        cast.pupil(key)
        cast.vedtak(key)
    cast.happening("a", IOP, "done", date(2026, 8, 10))
    before, after = outlook(cast, "P4", date(2026, 8, 12)), outlook(cast, "P4", date(2026, 9, 1))
    assert (before.numerator, before.open, before.lost) == (1, 1, 0)
    assert (after.numerator, after.open, after.lost) == (1, 0, 1)
    assert after.best == after.worst == after.expected == 0.5


def test_a_gain_is_what_the_expected_rate_rises(cast: Lia) -> None:
    evaluated(cast)
    found = outlook(cast)
    (gain,) = gains([found])
    assert found.expected is not None
    assert found.expected + gain.all == pytest.approx(1)
    assert gain.known
    assert [one.pupil for one in gain.part.waiting] == [f"p{n}" for n in range(8)]


def test_the_most_gain_comes_first_and_what_cannot_begin_after_it(cast: Lia) -> None:
    """P3 lifts more than the autumn talks, though it is due later; P8 more, but begins in June."""
    evaluated(cast)
    codes = [BY_CODE[code] for code in ("P7_host", "P3", "P8")]
    november = date(2026, 11, 20)
    for n in range(7):
        cast.happening(f"p{n}", "iop.elevsamtale_host", "held", november)
    found = outlooks(
        cast.session,
        schools=[cast.ids["lia"]],
        year=Year(2026),
        day=november,
        indicators=codes,
    )
    opens = {"P3": november, "P8": date(2027, 6, 1)}
    made = gains(found, opens)
    assert [one.outlook.indicator.code for one in made] == ["P3", "P7_host", "P8"]
    assert [one.begins_later for one in made] == [False, False, True]
    assert made[0].all > made[1].all
    assert made[0].part.left > made[1].part.left
    assert made[0].before == made[0].outlook.expected


def _states(session: Session, code: str, school: int, year: Year, day: date) -> dict[Any, str]:
    """What a pupil counts as on a day, as `explain` says it."""
    lines = measure.explain(session, BY_CODE[code], schools=[school], year=year, today=day)
    return {(line["pupil"], line["indicator"]): line["result"] for line in lines}


@pytest.mark.parametrize("around", range(100 if LONG else 3))
def test_what_truly_happened_lies_between_worst_and_best(server: Databases, around: int) -> None:
    """The year is run on to its end: of those counted both times, nobody leaves the bracket."""
    with server.in_memory() as engine, engine.connect() as connection:
        for seed in range(around * 4, around * 4 + 4):
            dice = random.Random(seed)  # noqa: S311 - a seed, no secret
            with connection.begin() as transaction, Session(connection) as session:
                load(session, random_school.tables(dice))
                _brackets(session, dice)
                transaction.rollback()


def _brackets(session: Session, dice: random.Random) -> None:
    year = Year.parse(dice.choice(random_school.YEARS))
    numbers = [one.number for one in schools(session)]
    day = year.on(8, 1) + timedelta(days=dice.randrange(340))
    for then in outlooks(session, schools=numbers, year=year, day=day):
        if then.problem is not None:
            continue
        code, school = then.indicator.code, then.school_id
        before = _states(session, code, school, year, day)
        after = _states(session, code, school, year, random_school.TODAY)
        waiting = {(one.pupil, part.indicator.code) for part in then.parts for one in part.waiting}
        counted = {key for key, result in before.items() if result != "excluded"}
        assert then.denominator == len(counted)
        assert then.numerator == sum(before[key] == "numerator" for key in counted)
        both = {key for key in counted if after.get(key, "excluded") != "excluded"}
        sure = {key for key in both if before[key] == "numerator"}
        came = {key for key in both if after[key] == "numerator"}
        assert sure <= came <= sure | waiting, (code, year, day)
        if both == counted == {key for key, result in after.items() if result != "excluded"}:
            (ended,) = outlooks(
                session,
                schools=[school],
                year=year,
                day=random_school.TODAY,
                indicators=[then.indicator],
            )
            if counted:
                assert then.worst <= ended.worst <= then.best  # type: ignore[operator]


def test_all_but_the_meetings_are_foreseen() -> None:
    assert {one.code for one in FORESEEN} == {c for c in BY_CODE if not c.startswith("P10")}
