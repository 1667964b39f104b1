"""The registered figures of a network: which schools' may be shown, and from how many a median."""

from datetime import date

import pytest
from sqlmodel import Session

from iopflow.exchange import Numbers, of_registered
from iopflow.models import School
from iopflow.queries.access import EVERYONE, viewer
from iopflow.queries.figure_values import public_values, shown_to, values_of
from iopflow.schoolyear import Year
from tests.factories import Lia, lia

MARCH = date(2026, 3, 1)


def network(session: Session) -> Lia:
    """Five schools: Fjell has three pupils, Lia has six, and the others none."""
    cast = lia(session)
    for key in ("vik", "ness", "moen"):
        cast.ids[key] = cast.add(
            "school",
            key=key,
            name=f"{key.title()} skole",
            municipality="Eikedal",
            language="nb",
            network_id=cast.ids["nett"],
        )
    for n in range(3):
        cast.pupil(f"f{n}", school="fjell", class_="f3")
    for n in range(6):
        cast.pupil(f"p{n}")
    return cast


def value(cast: Lia, school: str, value: str, code: str = "OK1a", **more: object) -> None:
    cast.add(
        "figure_value",
        **{
            "school_id": cast.ids[school],
            "year": 2025,
            "indicator": code,
            "counted_on": MARCH,
            "category": "",
            "unit_key": "",
            "value": value,
        }
        | more,
    )


def asked(cast: Lia) -> list[Numbers]:
    schools = [cast.ids[key] for key in ("lia", "fjell", "vik", "ness", "moen")]
    return of_registered(cast.session, schools, [Year(2025)])


def test_a_school_with_few_pupils_is_left_out_and_said_to_be(session: Session) -> None:
    cast = network(session)
    for school, amount in (("lia", "700"), ("fjell", "9000"), ("vik", "800"), ("ness", "950,5")):
        value(cast, school, amount)
    value(cast, "lia", "300", unit_key="3a")  # of a class
    (one,) = asked(cast)
    assert (one.indicator, one.counted, one.hidden) == ("OK1a", "0103", 1)
    assert sorted(one.numbers) == [700, 800, 950.5]
    assert one.median is not None
    assert (one.median.least, one.median.is_known) == (800, True)


def test_two_schools_make_no_median_and_neither_do_ends(session: Session) -> None:
    cast = network(session)
    value(cast, "vik", "700")
    value(cast, "ness", "800")
    (one,) = asked(cast)
    assert (one.median, one.least, one.most) == (None, None, None)


def test_a_share_of_few_is_hidden_with_all_that_is_said_that_day(session: Session) -> None:
    cast = network(session)
    for category, amount in (("1:1", "4"), ("2:1", "7"), ("gruppe", "9")):
        value(cast, "lia", amount, "OK2", category=category, of="20")
    value(cast, "vik", "2", "S8", of="4")  # of staff: few are few
    value(cast, "ness", "12", "S8", of="14")
    found = {(one.indicator, one.category): (list(one.numbers), one.hidden) for one in asked(cast)}
    assert {found["OK2", part] == ([], 1) for part in ("1:1", "2:1", "gruppe")} == {True}
    assert found["S8", ""] == ([1200 / 14], 1)


def test_a_percentage_of_the_pupils_that_are_known_to_be_there_is_hidden_too(
    session: Session,
) -> None:
    """Lia has six pupils: a third of them is two, and of all of them nobody is left."""
    cast = network(session)
    value(cast, "lia", "33", "OK2", category="1:1")
    value(cast, "lia", "100", "R2", counted_on=date(2026, 6, 18))
    found = {one.indicator: (list(one.numbers), one.hidden) for one in asked(cast)}
    assert found == {"OK2": ([], 1), "R2": ([100], 0)}


@pytest.mark.parametrize(
    ("code", "values", "is_hidden"),
    [
        ("R2", [("", "25", "12")], True),  # a percentage, and what it is of: three of twelve
        ("R2", [("", "75", "12")], True),
        ("R2", [("", "50", "12")], False),
        ("R2", [("", "33", None)], True),  # of the six who are there
        ("R1", [("mestrer", "25", "12")], False),  # of goals
        ("OK2", [("1:1", "8", "20"), ("2:1", "9", "20")], True),  # three are left
        ("OK2", [("1:1", "8", "20"), ("2:1", "7", "20")], False),
        ("OK2", [("1:1", "40", "20"), ("2:1", "9", "20")], True),
        ("OK2", [("1:1", "8", "20"), ("2:1", "6", "20"), ("gruppe", "6", "20")], False),
    ],
)
def test_neither_the_owner_nor_anybody_is_told_of_few(
    session: Session, code: str, values: list[tuple[str, str, str | None]], is_hidden: bool
) -> None:
    cast = network(session)
    cast.grant("eli", "skoleeier", "owner", "eikedal")
    for category, amount, of in values:
        value(cast, "lia", amount, code, category=category, of=of)
    number, year = cast.ids["lia"], Year(2025)
    school = session.get_one(School, number)
    stored = values_of(session, school, [year])
    for shown in (
        shown_to(session, viewer(session, "eli", today=MARCH), school, stored),
        public_values(session, [number], [year])[number],
    ):
        assert {one.hidden for one in shown} == {is_hidden}
    assert not any(one.hidden for one in shown_to(session, EVERYONE, school, stored))


def test_the_last_day_of_a_half_year_stands_and_own_categories_are_not_compared(
    session: Session,
) -> None:
    cast = network(session)
    value(cast, "vik", "20", "R2", counted_on=date(2026, 6, 1))
    value(cast, "vik", "30", "R2", counted_on=date(2026, 6, 18))
    value(cast, "vik", "50", "R1", category="kan litt")
    (one,) = asked(cast)
    assert (one.indicator, list(one.numbers)) == ("R2", [30])
