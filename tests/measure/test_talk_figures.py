"""P7–P10: talks with pupils and guardians, and the parents' meetings."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from iopflow.models import Scope
from tests.factories import Lia, lia
from tests.measure.figure_kit import counts, figure, lines, recorded, results

FIRST, LAST = date(2025, 8, 17), date(2026, 6, 18)
DAY = timedelta(days=1)
HOST, VAR = "iop.elevsamtale_host", "iop.elevsamtale_var"


def held(cast: Lia, key: str, step: str, on: date, year: int = 2025, what: str = "held") -> None:
    occasion = "" if what == "held" else on.isoformat()
    cast.happening(key, step, what, on, year=year, occasion=occasion)


@pytest.mark.parametrize(
    ("code", "step", "on", "result"),
    [
        ("P7_host", HOST, FIRST - DAY, "open"),
        ("P7_host", HOST, FIRST, "numerator"),
        ("P7_host", HOST, date(2026, 1, 15), "numerator"),
        ("P7_host", HOST, date(2026, 1, 16), "done_late"),
        ("P7_host", HOST, date(2026, 3, 2), "open"),  # not there by 1 March
        ("P7_var", VAR, date(2026, 1, 15), "open"),
        ("P7_var", VAR, date(2026, 1, 16), "numerator"),
        ("P7_var", VAR, LAST, "numerator"),
        ("P9", "iop.utviklingssamtale", date(2025, 10, 31), "open"),
        ("P9", "iop.utviklingssamtale", date(2025, 11, 1), "numerator"),
        ("P9", "iop.utviklingssamtale", date(2026, 3, 1), "numerator"),
    ],
)
def test_a_talk_counts_within_its_time(
    session: Session, code: str, step: str, on: date, result: str
) -> None:
    cast = lia(session)
    cast.pupil("a")
    cast.vedtak("a", 2025)
    held(cast, "a", step, on)
    assert results(cast, code)["a"][0] == result


def test_a_talk_after_its_time_is_late_when_read_later(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a")
    cast.vedtak("a", 2025)
    held(cast, "a", VAR, LAST + DAY)
    held(cast, "a", "iop.utviklingssamtale", date(2026, 3, 2))
    assert counts(cast, "P7_var", as_of=LAST + DAY) == {"done_late": 1}
    assert counts(cast, "P9", as_of=date(2026, 3, 2)) == {"done_late": 1, "invited": 1}
    assert counts(cast, "P9") == {"open": 1, "not_invited": 1}


def test_the_schools_own_end_of_autumn_goes_before_15_january(session: Session) -> None:
    cast = lia(session, years=range(2024, 2025))
    cast.add(
        "school_year",
        school_id=cast.ids["lia"],
        year=2025,
        first_day=FIRST,
        last_day=LAST,
        autumn_end=date(2026, 1, 30),
    )
    cast.pupil("a")
    held(cast, "a", HOST, date(2026, 1, 30))
    assert counts(cast, "P7_host") == {"numerator": 1, "recorded_after": 1}


def test_p7_adds_the_halves_read_at_its_own_day(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a")
    cast.pupil("b", starts=date(2026, 2, 1))  # too short a stay in the autumn half-year
    held(cast, "a", HOST, date(2026, 3, 10))
    held(cast, "a", VAR, date(2026, 3, 10))
    held(cast, "b", VAR, date(2026, 1, 15), what="not_possible")
    assert counts(cast, "P7_host") == {"open": 1, "kort_tid": 1}
    assert counts(cast, "P7") == {
        "numerator": 1,
        "done_late": 1,
        "open": 1,
        "not_possible": 1,
        "kort_tid": 1,
        "recorded_after": 1,
    }
    assert [
        (line["pupil"], line["indicator"], line["result"], line["reason"])
        for line in lines(cast, "P7")
    ] == [
        ("a", "P7_host", "done_late", None),
        ("a", "P7_var", "numerator", None),
        ("b", "P7_host", "excluded", "kort_tid"),
        ("b", "P7_var", "open", None),
    ]


@pytest.mark.parametrize(
    ("code", "starts", "ends", "found"),
    [
        ("P7_host", date(2025, 12, 19), None, {"open": 1}),  # 28 days to 15 January
        ("P7_host", date(2025, 12, 20), None, {"kort_tid": 1}),
        ("P7_host", date(2024, 8, 1), date(2026, 2, 28), {}),
        ("P7_var", date(2026, 5, 22), None, {"open": 1}),  # 28 days to 18 June
        ("P7_var", date(2026, 5, 23), None, {"kort_tid": 1}),
    ],
)
def test_a_stay_of_less_than_28_days_of_the_half_year_is_left_out(
    session: Session, code: str, starts: date, ends: date | None, found: dict[str, int]
) -> None:
    cast = lia(session)
    cast.pupil("a", starts=starts, ends=ends)
    assert counts(cast, code) == found


def test_the_last_day_of_autumn_is_no_day_of_spring(session: Session) -> None:
    cast = lia(session)
    for key, days in (("a", 27), ("b", 26)):
        cast.pupil(key, starts=date(2026, 1, 1), ends=date(2026, 1, 15) + timedelta(days=days))
        cast.enrol(key, starts=LAST)
    assert results(cast, "P7_var") == {"a": ("open", None), "b": ("excluded", "kort_tid")}


def test_p8_gives_each_pupil_one_final_outcome(session: Session) -> None:
    cast = lia(session)
    step, on = "iop.malvalgsamtale", date(2026, 5, 20)
    for number in range(10):
        key = f"e{number}"
        cast.pupil(key)
        cast.vedtak(key, 2025)
        if number != 9:
            held(cast, key, step, on - DAY, 2026, "invited")
        if number < 6:
            held(cast, key, step, on, 2026)
        if number in (6, 7):
            held(cast, key, step, on, 2026, "declined")
    entry = figure(cast, "P8")
    assert (entry["rate"], entry["invited"]) == (0.6, 9)
    assert entry["numerator"] / (entry["denominator"] - entry["declined"]) == 0.75
    assert counts(cast, "P8") == {
        "numerator": 6,
        "open": 4,
        "declined": 2,
        "no_reply": 1,
        "not_invited": 1,
        "invited": 9,
        "recorded_after": 6,
    }


def test_the_first_outcome_in_order_is_the_final_one(session: Session) -> None:
    cast = lia(session)
    step, on = "iop.malvalgsamtale", date(2026, 5, 20)
    said = {
        "a": ("held", "declined", "no_reply", "cancelled", "invited"),
        "b": ("declined", "no_reply", "cancelled", "invited"),
        "c": ("no_reply", "cancelled", "invited"),
        "d": ("cancelled", "invited"),
        "e": ("invited",),
        "f": (),
    }
    for key, outcomes in said.items():
        cast.pupil(key)
        cast.vedtak(key, 2025)
        for what in outcomes:
            held(cast, key, step, on, 2026, what)
    assert results(cast, "P8") == {
        "a": ("numerator", "held"),
        "b": ("open", "declined"),
        "c": ("open", "no_reply"),
        "d": ("open", "cancelled"),
        "e": ("open", "no_reply"),
        "f": ("open", "not_invited"),
    }
    entry = figure(cast, "P8")
    outcomes = ("declined", "no_reply", "cancelled", "not_invited")
    assert entry["denominator"] == 1 + sum(entry[name] for name in outcomes)


def test_p8_leaves_out_those_who_go(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a", ends=date(2026, 8, 16))
    cast.pupil("b", ends=date(2026, 8, 17))
    for key in "ab":
        cast.vedtak(key, 2025)
        held(cast, key, "iop.malvalgsamtale", LAST, 2026, "declined")
    assert results(cast, "P8") == {"a": ("excluded", "slutter"), "b": ("open", "declined")}
    assert counts(cast, "P8") == {"open": 1, "declined": 1, "invited": 1, "slutter": 1}


def test_p9_counts_those_there_in_december_and_march(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a", starts=date(2025, 12, 1))
    cast.pupil("b", starts=date(2025, 12, 2))
    cast.pupil("c", ends=date(2026, 2, 28))
    cast.pupil("d")
    for key in "abc":
        cast.vedtak(key, 2025)
    assert list(results(cast, "P9")) == ["a"]


def meeting(cast: Lia, class_: str, on: date, *present: str, step: str = "host") -> None:
    step = f"iop.foreldremote_{step}"
    occasion = on.isoformat()
    cast.happening(class_, step, "held", on, year=2025, scope=Scope.UNIT, occasion=occasion)
    for key in present:
        recorded(cast, key, step, "present", on, on, occasion)


def test_each_meeting_counts_the_pupils_of_the_class_that_day(session: Session) -> None:
    cast = lia(session)
    one, two = date(2025, 9, 10), date(2025, 10, 8)
    cast.pupil("a")
    cast.pupil("b", ends=one)
    cast.pupil("c", starts=two)
    cast.pupil("d", class_="3b")
    meeting(cast, "3a", one, "a")
    meeting(cast, "3a", two)
    assert [
        (line["pupil"], line["on"], line["result"], line["recorded_on"])
        for line in lines(cast, "P10_host")
        if line["pupil"]
    ] == [
        ("a", "2025-09-10", "numerator", "2025-09-10"),
        ("a", "2025-10-08", "unknown", None),
        ("b", "2025-09-10", "open", None),
        ("c", "2025-10-08", "unknown", None),
    ]
    entry = figure(cast, "P10_host")
    assert counts(cast, "P10_host") == {"numerator": 1, "open": 1, "unknown": 2}
    assert (entry["counted_on"], entry["as_of"], entry["provisional"]) == (
        None,
        "2026-06-18",
        False,
    )
    assert counts(cast, "P10_host", as_of=one) == {"numerator": 1, "open": 1}


def test_two_classes_that_meet_the_same_day_are_two_meetings(session: Session) -> None:
    cast = lia(session)
    on = date(2025, 9, 10)
    cast.pupil("a")
    cast.pupil("b", class_="3b")
    meeting(cast, "3a", on, "a")
    meeting(cast, "3b", on)
    assert counts(cast, "P10_host") == {"numerator": 1, "unknown": 1}


def test_p10_adds_the_meetings_of_autumn_and_spring(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a")
    meeting(cast, "3a", date(2025, 9, 10), "a")
    meeting(cast, "3a", date(2026, 3, 10), step="var")
    cast.happening(
        "a",
        "iop.foreldremote_var",
        "delay",
        date(2026, 3, 10),
        year=2025,
        cause="elev_fravaer",
        evidence="x",
    )
    assert counts(cast, "P10") == {"numerator": 1, "unknown": 1}
    # A guardian written down after the meeting is a fact recorded late.
    cast.happening(
        "a",
        "iop.foreldremote_var",
        "present",
        date(2026, 3, 10),
        year=2025,
        occasion="2026-03-10",
    )
    assert counts(cast, "P10") == {"numerator": 2, "recorded_after": 1}


def test_a_class_without_a_meeting_is_listed_and_not_counted(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a")
    cast.pupil("d", class_="3b")
    cast.add("unit", key="tom", school_id=cast.ids["lia"], kind="klasse", name="Tom")
    on = date(2025, 9, 10)
    meeting(cast, "3a", on, "a")

    def missing(**asked: date) -> list[str]:
        found = [line for line in lines(cast, "P10_host", **asked) if line["pupil"] is None]
        assert {line["result"] for line in found} <= {"not_counted"}
        return [line["unit"] for line in found]

    assert missing() == ["3b"]
    assert missing(as_of=on) == ["3b"]
    assert missing(as_of=on - DAY) == ["3a", "3b"]
    assert counts(cast, "P10_host") == {"numerator": 1}
