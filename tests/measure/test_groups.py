"""Figures by school, avdeling, class and network; and what cannot be computed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, col

from iopflow import measure
from iopflow.indicators import BY_CODE, INDICATORS
from iopflow.models import Pupil
from iopflow.schoolyear import Year
from tests.factories import Lia, lia
from tests.measure.figure_kit import LATER, Y, counts, figure, lines

REMEDY = "rektor eller skoleadministrasjonen legger den inn under «Skolerute»"

BOTH = ("lia", "fjell")


def entries(
    cast: Lia,
    code: str,
    by: measure.By,
    *,
    schools: Sequence[str] = BOTH,
    year: Year = Y,
    today: date = LATER,
    as_of: date | None = None,
) -> list[dict[str, Any]]:
    found = measure.figures(
        cast.session,
        schools=[cast.ids[key] for key in schools],
        year=year,
        today=today,
        as_of=as_of,
        by=by,
        indicators=[BY_CODE[code]],
    )
    return [one.to_json() for one in found]


def talks(session: Session) -> Lia:
    """Five pupils at Lia, one of them in no class and one at Fjell; two talks held."""
    cast = lia(session)
    for key, class_ in (("a", "3a"), ("b", "3a"), ("c", "3b"), ("d", None)):
        cast.pupil(key, class_=class_)
    cast.pupil("e", school="fjell", class_="f3")
    for key in "ae":
        cast.happening(key, "iop.elevsamtale_host", "held", date(2025, 11, 1), year=2025)
    return cast


def test_every_indicator_and_school_has_an_entry_in_order(session: Session) -> None:
    cast = lia(session)
    found = measure.figures(
        session, schools=[cast.ids["lia"], cast.ids["fjell"]], year=Y, today=LATER
    )
    assert [(one.indicator.code, one.school) for one in found] == [
        (indicator.code, school) for indicator in INDICATORS for school in BOTH
    ]


def test_classes_add_up_with_those_who_have_none(session: Session) -> None:
    cast = talks(session)
    found = entries(cast, "P7_host", "class")
    assert [(one["school"], one["unit"], one["numerator"], one["open"]) for one in found] == [
        ("lia", "3a", 1, 1),
        ("lia", "3b", 0, 1),
        ("lia", None, 0, 1),
        ("fjell", "f3", 1, 0),
    ]
    assert sum(one["denominator"] for one in found[:3]) == 4


def test_a_class_lies_in_its_avdeling_or_stands_alone(session: Session) -> None:
    found = entries(talks(session), "P7_host", "unit")
    assert [(one["school"], one["unit"], one["denominator"]) for one in found] == [
        ("lia", "smatrinn", 3),
        ("lia", None, 1),
        ("fjell", "f3", 1),
    ]


def test_the_network_adds_numbers_and_never_averages(session: Session) -> None:
    (found,) = entries(talks(session), "P7_host", "network")
    assert (found["network"], found["school"], found["unit"]) == ("nett", None, None)
    assert (found["numerator"], found["denominator"], found["rate"]) == (2, 5, 2 / 5)


def test_no_schools_have_no_figure(session: Session) -> None:
    cast = lia(session)
    assert entries(cast, "P7_host", "network", schools=()) == []
    assert entries(cast, "P7_host", "school", schools=()) == []


def test_schools_of_different_networks_have_none_together(session: Session) -> None:
    cast = lia(session)
    network = cast.add("network", key="annet")
    cast.ids["alene"] = cast.add(
        "school",
        key="alene",
        name="Alene",
        municipality="Eikedal",
        language="nb",
        network_id=network,
    )
    (found,) = entries(cast, "P9", "network", schools=("lia", "alene"))
    assert (found["network"], found["problem"], found["denominator"]) == (None, None, 0)


def test_the_class_is_that_of_the_figures_own_day(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a", class_="3a", starts=date(2025, 8, 1), ends=date(2025, 9, 20))
    cast.enrol("a", class_="3b", starts=date(2025, 9, 21))
    cast.pupil("b", class_="3a", starts=date(2025, 8, 1), ends=date(2025, 9, 20))
    for key in "ab":
        cast.vedtak(key, 2025)

    def at(code: str) -> dict[str | None, int]:
        found = entries(cast, code, "class", schools=("lia",))
        return {one["unit"]: one["denominator"] + sum(one["excluded"].values()) for one in found}

    assert at("P5") == {"3a": 2, "3b": 0}
    assert at("P6") == {"3a": 1, "3b": 1}  # the class of the start when gone
    assert at("P7_host") == {"3a": 0, "3b": 1}


def test_a_missing_skolerute_is_named_and_leaves_no_number(session: Session) -> None:
    cast = lia(session, years=range(2025, 2026))
    problems = {code: figure(cast, code)["problem"] for code in BY_CODE if "_" not in code}
    rest = f" mangler ved Lia skole: {REMEDY}"
    assert problems == {
        "P1": "skoleruten for 2026-27" + rest,
        "P2": "skoleruten for 2026-27" + rest,
        "P3": None,
        "P4": "skoleruten for 2024-25" + rest,
        "P5": "skoleruten for 2024-25" + rest,
        "P6": "skoleruten for 2024-25" + rest,
        "P7": None,
        "P8": "skoleruten for 2026-27" + rest,
        "P9": None,
        "P10": None,
    }
    entry = figure(cast, "P8")
    numbers = ("numerator", "denominator", "rate", "open", "invited", "recorded_after")
    assert {entry[name] for name in numbers} == {None}
    assert entry["excluded"] == {}
    assert lines(cast, "P8") == []


def test_two_years_missing_are_both_named(session: Session) -> None:
    cast = lia(session, years=range(2030, 2031))
    assert figure(cast, "P4")["problem"] == (
        f"skoleruten for 2024-25 og 2025-26 mangler ved Lia skole: {REMEDY}"
    )
    # The default end of the autumn half-year is no skolerute.
    assert figure(cast, "P7_host")["problem"] is not None


def test_meetings_need_the_skolerute_only_to_know_how_far_to_read(session: Session) -> None:
    cast = lia(session, years=range(2030, 2031))
    assert figure(cast, "P10")["problem"] is not None
    assert figure(cast, "P10", as_of=date(2026, 6, 1))["problem"] is None


def test_a_school_without_skolerute_is_a_problem_of_its_network(session: Session) -> None:
    cast = talks(session)
    cast.ids["uten"] = cast.add(
        "school",
        key="uten",
        name="Uten",
        municipality="Eikedal",
        language="nb",
        network_id=cast.ids["nett"],
    )
    schools = (*BOTH, "uten")
    problem = f"skoleruten for 2025-26 mangler ved Uten: {REMEDY}"
    alone = entries(cast, "P7_host", "school", schools=schools)
    assert [one["problem"] for one in alone] == [None, None, problem]
    assert [one["denominator"] for one in alone] == [4, 1, None]
    (found,) = entries(cast, "P7_host", "network", schools=schools)
    assert (found["problem"], found["denominator"]) == (problem, None)


def test_a_network_is_provisional_while_one_school_is(session: Session) -> None:
    cast = lia(session)
    cast.ids["sen"] = cast.add(
        "school",
        key="sen",
        name="Sen",
        municipality="Eikedal",
        language="nb",
        network_id=cast.ids["nett"],
    )
    cast.add(
        "school_year",
        school_id=cast.ids["sen"],
        year=2025,
        first_day=date(2025, 8, 17),
        last_day=date(2026, 6, 20),
    )
    (found,) = entries(cast, "P3", "network", schools=("lia", "sen"), today=date(2026, 6, 19))
    assert (found["as_of"], found["counted_on"], found["provisional"]) == (
        "2026-06-19",
        "2026-06-20",
        True,
    )


def test_a_delay_justifies_each_half_by_its_own_step(session: Session) -> None:
    cast = talks(session)
    cast.happening(
        "b",
        "iop.elevsamtale_host",
        "delay",
        date(2025, 12, 1),
        year=2025,
        cause="elev_fravaer",
        evidence="logg 1",
    )
    assert counts(cast, "P7_host")["justified"] == 1
    assert counts(cast, "P7_var").get("justified") is None
    assert counts(cast, "P7")["justified"] == 1


def test_explain_narrows_to_those_who_may_be_seen(session: Session) -> None:
    cast = talks(session)
    visible = col(Pupil.key).in_(["a", "d"])
    assert [line["pupil"] for line in lines(cast, "P7_host", visible=visible)] == ["a", "d"]
