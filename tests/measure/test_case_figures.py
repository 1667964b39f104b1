"""P1 and P2: assessments and vedtak for the year after, at their boundaries."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from iopflow.models import Outcome
from iopflow.schoolyear import Year
from tests.factories import lia
from tests.measure.figure_kit import counts, figure, lines, results


def test_an_assessment_is_on_time_until_31_may(session: Session) -> None:
    cast = lia(session)
    for key, received in (("a", date(2026, 5, 31)), ("b", date(2026, 6, 1)), ("c", None)):
        cast.pupil(key)
        cast.need(key, received_on=received)
    assert counts(cast, "P1") == {
        "numerator": 1,
        "done_late": 1,
        "open": 1,
        "recorded_after": 1,  # the factory records everything in November
    }
    assert counts(cast, "P1", as_of=date(2026, 5, 31)) == {
        "numerator": 1,
        "open": 2,
        "recorded_after": 1,
    }
    assert results(cast, "P1", as_of=date(2026, 5, 30))["a"] == ("open", None)


def test_a_need_from_1_june_is_excluded_after_a_refused_consent(session: Session) -> None:
    cast = lia(session)
    for key, needed in (("a", date(2026, 5, 31)), ("b", date(2026, 6, 1)), ("c", date(2026, 6, 1))):
        cast.pupil(key)
        cast.need(key, needed_since=needed)
    cast.consent("c", "utredning", "refused", on=date(2026, 5, 1))
    assert counts(cast, "P1") == {"open": 1, "meldt_sent": 1, "samtykke_mangler": 1}
    # Before they were needed they do not exist.
    assert counts(cast, "P1", as_of=date(2026, 5, 31)) == {"open": 1}


def test_the_latest_consent_of_the_kind_and_year_decides(session: Session) -> None:
    cast = lia(session)
    for key in "abcd":
        cast.pupil(key)
        cast.need(key)
    cast.consent("a", "utredning", "refused", on=date(2026, 2, 1))
    cast.consent("a", "utredning", "given", on=date(2026, 3, 1))
    cast.consent("b", "utredning", "given", on=date(2026, 2, 1))
    cast.consent("b", "utredning", "withdrawn", on=date(2026, 3, 1))
    cast.consent("c", "vedtak", "refused")
    cast.consent("d", "utredning", "refused", year=2025)
    assert results(cast, "P1") == {
        "a": ("open", None),
        "b": ("excluded", "samtykke_mangler"),
        "c": ("open", None),
        "d": ("open", None),
    }
    assert results(cast, "P1", as_of=date(2026, 2, 28))["a"] == ("excluded", "samtykke_mangler")


def test_only_pupils_enrolled_on_the_next_first_day_need_an_assessment(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a", ends=date(2026, 8, 16))
    cast.pupil("b", ends=date(2026, 8, 17))
    cast.pupil("c", school="fjell", class_="f3")
    for key in "abc":
        cast.need(key)
    assert list(results(cast, "P1")) == ["b"]


def decided(session: Session, **values: Any) -> dict[str, tuple[str, str | None]]:
    cast = lia(session)
    cast.pupil("a")
    cast.need("a")
    cast.vedtak("a", **values)
    return results(cast, "P2")


@pytest.mark.parametrize(
    ("values", "result"),
    [
        ({"decided_on": date(2026, 6, 18)}, ("numerator", None)),
        ({"decided_on": date(2026, 6, 19)}, ("open", None)),  # read to the counting date
        ({"outcome": Outcome.PARTLY}, ("numerator", None)),
        ({"valid_from": date(2026, 8, 18)}, ("open", None)),
        ({"valid_to": date(2026, 8, 16)}, ("open", None)),
        ({"valid_from": date(2026, 8, 17), "valid_to": date(2026, 8, 17)}, ("numerator", None)),
        ({"outcome": Outcome.REFUSED, "valid_from": None, "valid_to": None}, ("numerator", None)),
        ({"valid_from": None}, ("unknown", None)),
        ({"valid_to": None}, ("unknown", None)),
    ],
)
def test_a_vedtak_in_time_covers_the_next_first_day_or_refuses(
    session: Session, values: dict[str, Any], result: tuple[str, str | None]
) -> None:
    assert decided(session, **values)["a"] == result


def test_a_vedtak_decided_later_is_late(session: Session) -> None:
    cast = lia(session)
    late_ones: dict[str, dict[str, Any]] = {
        "a": {"decided_on": date(2026, 6, 19)},
        "b": {"decided_on": date(2026, 7, 1), "outcome": Outcome.REFUSED},
        # For the year, and decided when the school had begun: it covers only what is left.
        "c": {"decided_on": date(2026, 8, 18), "valid_from": date(2026, 8, 18)},
        "d": {"decided_on": date(2026, 8, 17), "valid_from": date(2026, 8, 18)},
        "e": {"decided_on": date(2026, 8, 18), "valid_from": None},
    }
    for key, values in late_ones.items():
        cast.pupil(key)
        cast.need(key)
        cast.vedtak(key, **values)
    late = ("done_late", None)
    assert results(cast, "P2", as_of=date(2026, 9, 1)) == {
        "a": late,
        "b": late,
        "c": late,
        "d": ("open", None),
        "e": late,
    }
    on = {line["pupil"]: line["on"] for line in lines(cast, "P2", as_of=date(2026, 9, 1))}
    assert on == {
        "a": "2026-06-19",
        "b": "2026-07-01",
        "c": "2026-08-18",
        "d": None,
        "e": "2026-08-18",
    }


def test_a_vedtak_of_several_years_decided_before_the_year_needs_no_new_one(
    session: Session,
) -> None:
    cast = lia(session)
    for key, day in (("a", date(2025, 8, 16)), ("b", date(2025, 8, 17))):
        cast.pupil(key)
        cast.vedtak(key, 2025, decided_on=day, valid_to=date(2027, 7, 31))
        cast.consent(key, "vedtak", "refused")
    assert results(cast, "P2") == {
        "a": ("excluded", "gyldig_flerarig"),
        "b": ("excluded", "samtykke_mangler"),
    }


def test_p2_counts_those_who_have_a_case(session: Session) -> None:
    cast = lia(session)
    for key in "abcd":
        cast.pupil(key)
    cast.vedtak("a", 2025)  # granted on the last day of this year
    cast.need("b")
    cast.vedtak("c", 2026, decided_on=date(2026, 6, 18), outcome=Outcome.REFUSED)
    assert list(results(cast, "P2")) == ["a", "b", "c"]
    assert list(results(cast, "P2", as_of=date(2026, 6, 17))) == ["a", "b"]


def test_mangler_sv_is_of_those_without_a_vedtak_in_time(session: Session) -> None:
    cast = lia(session)
    received = (("a", date(2026, 6, 1)), ("b", None), ("c", date(2026, 6, 19)), ("d", None))
    for key, day in received:
        cast.pupil(key)
        cast.need(key, received_on=day)
    cast.vedtak("d")
    # One of an earlier year that still holds on the first day, and one that has run out.
    for key, valid_to in (("e", date(2026, 8, 17)), ("f", date(2026, 8, 16))):
        cast.pupil(key)
        cast.vedtak(key, 2025)
        cast.need(key, 2025, received_on=date(2025, 5, 1), valid_to=valid_to)
    assert counts(cast, "P2") == {
        "numerator": 1,
        "open": 5,
        "mangler_sv": 3,
        "recorded_after": 1,
    }


def test_a_new_pupil_without_vedtak_is_out_of_p5_and_open_in_p2(session: Session) -> None:
    cast = lia(session)
    for key in "ab":
        cast.pupil(key, starts=date(2026, 8, 1))
        cast.need(key)
    cast.consent("b", "vedtak", "refused")
    assert results(cast, "P2") == {"a": ("open", None), "b": ("excluded", "samtykke_mangler")}
    assert counts(cast, "P5", year=Year(2026)) == {"uten_vedtak": 2}
    cast.vedtak("a", decided_on=date(2026, 9, 20), valid_from=date(2026, 9, 20))
    assert counts(cast, "P2", as_of=date(2026, 9, 20)) == {
        "done_late": 1,
        "samtykke_mangler": 1,
        "mangler_sv": 1,
    }


def test_a_delay_with_a_cause_and_evidence_justifies(session: Session) -> None:
    cast = lia(session)
    step, on = "iop.enkeltvedtak", date(2026, 6, 18)
    delays: dict[str, dict[str, Any]] = {
        "a": {"cause": "samtykke_mangler", "evidence": "sak 1"},
        "b": {"cause": "samtykke_mangler", "evidence": None},
        "c": {"cause": "samtykke_mangler", "evidence": ""},
        "d": {"cause": "kapasitet_ppt", "evidence": "sak 2"},
        "e": {"cause": "elev_fravaer", "evidence": "sak 3", "on": date(2026, 6, 19)},
        "f": {"cause": "elev_fravaer", "evidence": "sak 4", "year": 2025},
        "g": {"cause": "elev_fravaer", "evidence": "sak 5", "step": "iop.arsevaluering"},
        "h": {"cause": "elev_fravaer", "evidence": "sak 6"},
    }
    for key, values in delays.items():
        cast.pupil(key)
        cast.need(key, received_on=date(2026, 5, 1))
        day, late = values.pop("on", on), values.pop("step", step)
        cast.happening(key, late, "delay", day, **values)
    cast.vedtak("h")  # in time: nothing to justify
    assert counts(cast, "P2") == {
        "numerator": 1,
        "open": 7,
        "justified": 1,
        "recorded_after": 1,
    }
    assert counts(cast, "P2", as_of=date(2026, 6, 19))["justified"] == 2
    assert figure(cast, "P2")["rate"] == 1 / 8
