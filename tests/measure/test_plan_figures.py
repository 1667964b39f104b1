"""P3–P6: the plan of each pupil, evaluated in June and ready in August and October."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from iopflow.schoolyear import Year
from tests.factories import Lia, lia
from tests.measure.figure_kit import counts, figure, lines, recorded, results

FIRST, LAST = date(2025, 8, 17), date(2026, 6, 18)
DAY = timedelta(days=1)


def test_an_evaluation_registered_late_is_on_time_and_said_to_be_late(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a")
    cast.vedtak("a", 2025)
    recorded(cast, "a", "iop.arsevaluering", "done", LAST, LAST + timedelta(days=10))
    assert counts(cast, "P3") == {"numerator": 1, "recorded_after": 1}
    assert lines(cast, "P3") == [
        {
            "pupil": "a",
            "result": "numerator",
            "reason": None,
            "on": "2026-06-18",
            "recorded_on": "2026-06-28",
            "school": "lia",
            "indicator": "P3",
        }
    ]


@pytest.mark.parametrize(
    ("on", "as_of", "result"),
    [
        (LAST, None, "numerator"),
        (LAST + DAY, None, "open"),
        (LAST + DAY, LAST + DAY, "done_late"),
        (LAST, LAST - DAY, "open"),
    ],
)
def test_the_day_it_happened_decides(
    session: Session, on: date, as_of: date | None, result: str
) -> None:
    cast = lia(session)
    cast.pupil("a")
    cast.vedtak("a", 2025)
    cast.happening("a", "iop.arsevaluering", "done", on, year=2025)
    assert results(cast, "P3", as_of=as_of) == {"a": (result, None)}


def test_p3_excludes_not_applicable_before_short_stays(session: Session) -> None:
    cast = lia(session)
    stays = {
        "a": date(2026, 4, 24),  # 56 days to 18 June
        "b": date(2026, 4, 25),  # 55
        "c": date(2026, 4, 25),
    }
    for key, starts in stays.items():
        cast.pupil(key, starts=starts)
        cast.vedtak(key, 2025)
    cast.happening("c", "iop.arsevaluering", "not_applicable", LAST, year=2025, reason="Flyttet.")
    assert results(cast, "P3") == {
        "a": ("open", None),
        "b": ("excluded", "kort_tid"),
        "c": ("excluded", "ikke_aktuelt"),
    }
    assert results(cast, "P3", as_of=LAST - DAY)["c"] == ("excluded", "kort_tid")


def test_days_enrolled_are_the_union_of_the_stays_within_the_year(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a", starts=date(2024, 8, 1), ends=FIRST + timedelta(days=9))  # 10 days
    cast.enrol("a", starts=LAST - timedelta(days=45))  # 46 days, and those after
    cast.pupil("b", starts=date(2024, 8, 1), ends=FIRST + timedelta(days=8))
    cast.enrol("b", starts=LAST - timedelta(days=45))
    for key in "ab":
        cast.vedtak(key, 2025)
    assert counts(cast, "P3") == {"open": 1, "kort_tid": 1}


def test_p3_counts_pupils_enrolled_and_granted_on_the_last_day(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a", ends=LAST)
    cast.pupil("b", ends=LAST - DAY)
    cast.pupil("c")
    cast.pupil("d")
    cast.vedtak("a", 2025, valid_to=LAST)
    cast.vedtak("b", 2025)
    cast.vedtak("c", 2025, valid_to=LAST - DAY)
    cast.vedtak("d", 2025, valid_from=None)
    assert list(results(cast, "P3")) == ["a"]


def ready(cast: Lia, step: str, on: date, *keys: str) -> None:
    for key in keys:
        cast.happening(key, step, "done", on, year=2025)


def test_continuing_pupils_are_in_p4_and_new_ones_in_p5(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a", starts=date(2025, 6, 18))  # the last day of the year before
    cast.pupil("b", starts=date(2025, 6, 19))
    cast.pupil("c", starts=date(2024, 8, 1), ends=date(2025, 6, 18))
    cast.enrol("c", starts=date(2025, 8, 1))
    cast.pupil("d", starts=FIRST + DAY)
    cast.pupil("e")  # nobody's case
    for key in "abcd":
        cast.vedtak(key, 2025)
    ready(cast, "iop.klar_skolestart", FIRST, "a")
    ready(cast, "iop.klar_skolestart", FIRST + DAY, "c")
    assert results(cast, "P4") == {"a": ("numerator", None), "c": ("done_late", None)}
    assert list(results(cast, "P5")) == ["b"]
    assert list(results(cast, "P6")) == ["b", "d"]


def test_without_vedtak_on_the_first_day_goes_before_not_applicable(session: Session) -> None:
    cast = lia(session)
    for key in "abc":
        cast.pupil(key)
        cast.need(key, 2025)
        cast.happening(key, "iop.klar_skolestart", "not_applicable", FIRST, year=2025, reason="x")
    cast.vedtak("a", 2025)
    cast.vedtak("b", 2025, valid_from=FIRST + DAY)
    # Whatever day before `as_of` it was decided, it grants from its first day of validity.
    cast.vedtak("c", 2025, decided_on=date(2025, 9, 1))
    assert results(cast, "P4", as_of=date(2025, 9, 1)) == {
        "a": ("excluded", "ikke_aktuelt"),
        "b": ("excluded", "uten_vedtak"),
        "c": ("excluded", "ikke_aktuelt"),
    }
    assert results(cast, "P4", as_of=date(2025, 8, 31))["c"] == ("excluded", "uten_vedtak")


def test_p5_takes_the_earlier_of_the_simplified_and_the_complete_plan(session: Session) -> None:
    cast = lia(session)
    early, late = FIRST - DAY, FIRST + DAY
    days: dict[str, tuple[date | None, date | None]] = {
        "a": (early, None),
        "b": (None, early),
        "c": (early, FIRST),
        "d": (late, FIRST),
        "e": (late, late),
        "f": (None, None),
    }
    counted = date(2025, 10, 1)
    for key, (simplified, complete) in days.items():
        cast.pupil(key, starts=date(2025, 8, 1))
        cast.vedtak(key, 2025)
        for step, on, written in (
            ("iop.forenklet_nye", simplified, counted),
            ("iop.ferdig_nye", complete, counted + DAY),
        ):
            if on is not None:
                recorded(cast, key, step, "done", on, written)
    for line in lines(cast, "P5"):
        both = [day for day in days[line["pupil"]] if day is not None]
        assert line["on"] == (min(both).isoformat() if both else None)
    assert counts(cast, "P5") == {
        "numerator": 4,
        "done_late": 1,
        "open": 1,
        "recorded_after": 2,  # b and d rest on what was recorded after 1 October
    }


def test_of_two_plans_done_the_same_day_the_one_recorded_first_decides(session: Session) -> None:
    cast = lia(session)
    counted = date(2025, 10, 1)
    for key, (simplified, complete) in {"a": (DAY, -DAY), "b": (-DAY, DAY)}.items():
        cast.pupil(key, starts=date(2025, 8, 1))
        cast.vedtak(key, 2025)
        recorded(cast, key, "iop.forenklet_nye", "done", FIRST, counted + simplified)
        recorded(cast, key, "iop.ferdig_nye", "done", FIRST, counted + complete)
    assert {line["recorded_on"] for line in lines(cast, "P5")} == {"2025-09-30"}
    assert counts(cast, "P5") == {"numerator": 2}


def test_p5_is_not_applicable_when_both_steps_are_and_justified_by_either(session: Session) -> None:
    cast = lia(session)
    for key in "abc":
        cast.pupil(key, starts=date(2025, 8, 1))
        cast.vedtak(key, 2025)
    for key, step in (
        ("a", "iop.forenklet_nye"),
        ("a", "iop.ferdig_nye"),
        ("b", "iop.forenklet_nye"),
    ):
        cast.happening(key, step, "not_applicable", FIRST, year=2025, reason="x")
    cast.happening(
        "c", "iop.ferdig_nye", "delay", FIRST, year=2025, cause="elev_fravaer", evidence="logg 4"
    )
    assert counts(cast, "P5") == {"open": 2, "ikke_aktuelt": 1, "justified": 1}


@pytest.mark.parametrize(
    ("starts", "found"),
    [
        (date(2025, 9, 3), {"open": 1}),
        (date(2025, 9, 4), {"sen_start": 1}),
        (date(2025, 10, 1), {"sen_start": 1}),
        (date(2025, 10, 2), {}),
    ],
)
def test_p6_takes_those_who_came_by_3_september(
    session: Session, starts: date, found: dict[str, int]
) -> None:
    cast = lia(session)
    cast.pupil("a", starts=starts)
    cast.vedtak("a", 2025)
    assert counts(cast, "P6") == found


def test_p6_excludes_in_order(session: Session) -> None:
    cast = lia(session)
    stays: dict[str, dict[str, Any]] = {
        "a": {"starts": date(2025, 9, 4), "ends": date(2025, 9, 30)},
        "b": {"starts": date(2025, 8, 1), "ends": date(2025, 9, 30)},
        "c": {"starts": date(2025, 9, 4)},
        "d": {"starts": date(2025, 8, 18)},
        "e": {"starts": date(2025, 8, 18)},
        "f": {"starts": date(2025, 8, 18)},
    }
    for key, stay in stays.items():
        cast.pupil(key, **stay)
        cast.need(key, 2025)
        cast.happening(key, "iop.ferdig_nye", "not_applicable", FIRST, year=2025, reason="x")
    for key in "abcef":
        cast.vedtak(key, 2025, valid_to=date(2025, 9, 30 if key == "f" else 29) + DAY)
    assert {key: reason for key, (_result, reason) in results(cast, "P6").items()} == {
        "a": "sluttet",
        "b": "sluttet",
        "c": "sen_start",
        "d": "uten_vedtak",
        "e": "uten_vedtak",
        "f": "ikke_aktuelt",
    }


def test_p6_looks_at_the_first_stay_after_the_first_day(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a", starts=date(2025, 9, 1), ends=date(2025, 9, 10))
    cast.enrol("a", starts=date(2025, 9, 20))
    cast.pupil("b", starts=date(2024, 8, 1), ends=date(2025, 8, 16))  # back after the first day
    cast.enrol("b", starts=date(2025, 8, 20))
    for key in "ab":
        cast.vedtak(key, 2025)
    assert results(cast, "P6") == {"a": ("open", None), "b": ("open", None)}


def test_a_step_done_at_a_former_school_counts(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a", school="fjell", class_="f3", ends=date(2025, 9, 1))
    cast.enrol("a", starts=date(2025, 9, 2))
    cast.vedtak("a", 2025)
    ready(cast, "iop.ferdig_nye", date(2025, 8, 30), "a")
    assert results(cast, "P6") == {"a": ("numerator", None)}


def test_nobody_new_is_ikke_aktuelt_and_never_0_percent(session: Session) -> None:
    cast = lia(session)
    for code in ("P5", "P6"):
        entry = figure(cast, code)
        assert (entry["rate"], entry["denominator"], entry["problem"]) == (None, 0, None)


def test_a_figure_before_its_counting_date_is_provisional(session: Session) -> None:
    cast = lia(session)
    early = figure(cast, "P4", today=date(2025, 9, 30))
    assert (early["as_of"], early["counted_on"], early["provisional"]) == (
        "2025-09-30",
        "2025-10-01",
        True,
    )
    counted = figure(cast, "P4")
    assert (counted["as_of"], counted["provisional"]) == ("2025-10-01", False)
    asked = figure(cast, "P4", as_of=date(2026, 1, 1))
    assert (asked["as_of"], asked["provisional"]) == ("2026-01-01", False)


def test_the_entry_has_the_fields_of_the_contract_in_order(session: Session) -> None:
    entry = figure(lia(session), "P3", year=Year(2025))
    assert " ".join(entry) == (
        "indicator network school unit year as_of counted_on provisional numerator denominator "
        "rate done_late open unknown justified excluded recorded_after revision definition problem"
    )
    assert (entry["network"], entry["school"], entry["unit"]) == ("nett", "lia", None)
    assert (entry["year"], entry["revision"], entry["excluded"]) == ("2025-26", None, {})
