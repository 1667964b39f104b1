"""The oracle itself, against the worked cases and cases computed by hand from the definitions."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from tests import oracle, random_school

# First and last school day of the three years, at every school unless a test says otherwise.
FIRST = {"2025-26": "2025-08-18", "2026-27": "2026-08-17", "2027-28": "2027-08-16"}
LAST = {"2025-26": "2026-06-19", "2026-27": "2027-06-18", "2027-28": "2028-06-16"}
Y, PREV, NEXT = "2026-27", "2025-26", "2027-28"
TODAY = date(2028, 7, 1)
NUMBERS = ("numerator", "done_late", "open", "unknown")


@dataclass
class School:
    """A network of invented schools, written down row by row; pupils go to s1 unless told."""

    tables: oracle.Tables = field(default_factory=dict)

    def __post_init__(self) -> None:
        for school, network in (("s1", "n1"), ("s2", "n1"), ("s3", "")):
            self.add("schools", school=school, network=network)
            self.add("units", unit=f"{school}A", school=school, kind="avdeling")
            self.add("units", unit=f"{school}k", school=school, kind="klasse", parent=f"{school}A")
            self.add("units", unit=f"{school}l", school=school, kind="klasse", parent=f"{school}A")
            self.add("units", unit=f"{school}m", school=school, kind="klasse", parent="")
            for year in FIRST:
                self.add(
                    "school_years",
                    school=school,
                    year=year,
                    first_day=FIRST[year],
                    last_day=LAST[year],
                    autumn_end="",
                )

    def add(self, table: str, **values: str) -> None:
        values = {name.removesuffix("_"): value for name, value in values.items()}
        self.tables.setdefault(table, []).append(values)

    def enrol(
        self, pupil: str, from_: str = "2024-08-19", to: str = "", class_: str = "s1k"
    ) -> None:
        self.add(
            "enrolments",
            pupil=pupil,
            school=class_[:2],
            from_=from_,
            class_=class_,
            grade="3",
            to=to,
        )

    def vedtak(
        self,
        pupil: str,
        decided: str = "2026-05-20",
        from_: str = "2026-08-01",
        to: str = "2027-07-31",
        outcome: str = "granted",
        year: str = Y,
        recorded: str = "",
    ) -> None:
        self.add(
            "vedtak",
            pupil=pupil,
            for_year=year,
            decided_on=decided,
            outcome=outcome,
            valid_from=from_,
            valid_to=to,
            recorded_on=recorded or decided,
        )

    def need(
        self,
        pupil: str,
        needed: str = "2026-11-02",
        received: str = "",
        year: str = NEXT,
        valid_to: str = "",
        recorded: str = "",
    ) -> None:
        self.add(
            "assessments",
            pupil=pupil,
            for_year=year,
            needed_since=needed,
            received_on=received,
            valid_to=valid_to,
            recorded_on=recorded or received or needed,
        )

    def consent(self, pupil: str, kind: str, answer: str, on: str, year: str = NEXT) -> None:
        self.add("consents", pupil=pupil, kind=kind, for_year=year, on=on, answer=answer)

    def happens(
        self,
        subject: str,
        step: str,
        what: str,
        on: str,
        year: str = Y,
        recorded: str = "",
        **more: str,
    ) -> None:
        self.add(
            "happenings",
            year=year,
            step=f"iop.{step}",
            subject=subject,
            what=what,
            on=on,
            recorded_on=recorded or on,
            **more,
        )

    def delay(
        self,
        pupil: str,
        step: str,
        on: str,
        cause: str = "elev_fravaer",
        evidence: str = "logg 3",
        year: str = Y,
    ) -> None:
        self.happens(pupil, step, "delay", on, year, cause=cause, evidence=evidence)

    def without_skolerute(self, year: str, school: str = "s1") -> None:
        self.tables["school_years"] = [
            row
            for row in self.tables["school_years"]
            if (row["school"], row["year"]) != (school, year)
        ]

    def figure(
        self, indicator: str, as_of: str = "", year: str = Y, school: str = "s1"
    ) -> dict[str, Any]:
        entries = oracle.figures(
            self.tables,
            year=year,
            today=TODAY,
            as_of=date.fromisoformat(as_of) if as_of else None,
            schools=[school],
        )
        (found,) = [entry for entry in entries if entry["indicator"] == indicator]
        return found

    def result(
        self, indicator: str, pupil: str = "p", as_of: str = "", year: str = Y, school: str = "s1"
    ) -> str:
        """The pupil's one result, or the reason of its exclusion, or "outside"."""
        lines = oracle.explain(
            self.tables,
            indicator,
            year=year,
            today=TODAY,
            as_of=date.fromisoformat(as_of) if as_of else None,
            school=school,
        )
        mine = [line for line in lines if line["pupil"] == pupil]
        if not mine:
            return "outside"
        (line,) = mine
        return str(line["reason"] if line["result"] == "excluded" else line["result"])


def near(text: str, days: int) -> str:
    return (date.fromisoformat(text) + timedelta(days=days)).isoformat()


def counts(entry: dict[str, Any]) -> tuple[int, int, int, int]:
    """(numerator, done_late, open, unknown)"""
    return tuple(entry[name] for name in NUMBERS)


@pytest.fixture
def s() -> School:
    return School()


# ---- P1 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "as_of", "expected"),
    [
        ("2027-05-31", "2027-06-01", "numerator"),
        ("2027-05-31", "2027-05-31", "numerator"),
        ("2027-05-31", "2027-05-30", "open"),
        ("2027-06-01", "2027-06-01", "done_late"),
        ("2027-06-01", "2027-05-31", "open"),
        ("2027-06-02", "", "open"),
        ("2027-06-02", "2027-06-02", "done_late"),
        ("", "2028-06-30", "open"),
    ],
)
def test_p1_is_on_time_through_31_may(s: School, received: str, as_of: str, expected: str) -> None:
    s.enrol("p")
    s.need("p", received=received)
    assert s.result("P1", as_of=as_of) == expected


@pytest.mark.parametrize(
    ("needed", "as_of", "expected"),
    [
        ("2027-05-31", "", "open"),
        ("2027-06-01", "", "meldt_sent"),
        ("2027-06-01", "2027-05-31", "outside"),
        ("2027-06-02", "", "outside"),
        ("2027-06-02", "2027-06-02", "meldt_sent"),
    ],
)
def test_p1_leaves_out_needs_reported_from_1_june(
    s: School, needed: str, as_of: str, expected: str
) -> None:
    s.enrol("p")
    s.need("p", needed=needed)
    assert s.result("P1", as_of=as_of) == expected


def test_p1_counts_at_the_school_of_the_next_first_day(s: School) -> None:
    s.enrol("mover", to="2027-08-15")
    s.enrol("mover", from_=FIRST[NEXT], class_="s2k")
    s.enrol("leaver", to=near(FIRST[NEXT], -1))
    s.enrol("stays", to=FIRST[NEXT])
    for pupil in ("mover", "leaver", "stays"):
        s.need(pupil, received="2027-05-01")
    assert s.result("P1", "mover") == "outside"
    assert s.result("P1", "mover", school="s2") == "numerator"
    assert s.result("P1", "leaver") == "outside"
    assert s.result("P1", "stays") == "numerator"


def test_p1_is_about_the_next_year_only(s: School) -> None:
    s.enrol("p")
    s.need("p", received="2026-05-01", needed="2025-11-01", year=Y)
    assert s.result("P1") == "outside"
    assert s.result("P1", year=PREV) == "numerator"


def test_p1_reads_the_latest_consent_of_its_kind_and_year(s: School) -> None:
    s.enrol("p")
    s.need("p", needed="2027-06-01")
    s.consent("p", "utredning", "refused", "2027-02-01")
    s.consent("p", "utredning", "given", "2027-03-01")
    s.consent("p", "utredning", "withdrawn", "2027-06-02")
    s.consent("p", "vedtak", "refused", "2027-06-01")
    s.consent("p", "utredning", "refused", "2027-06-01", year=Y)
    assert s.result("P1", as_of="2027-06-01") == "meldt_sent"
    # Both reasons apply: the first of the list.
    assert s.result("P1", as_of="2027-06-02") == "samtykke_mangler"


def test_p1_numbers_and_dates_of_the_entry(s: School) -> None:
    for pupil, received in (("a", "2027-05-31"), ("b", "2027-06-01"), ("c", ""), ("d", "")):
        s.enrol(pupil)
        s.need(pupil, received=received)
    s.consent("d", "utredning", "refused", "2027-02-01")
    assert s.figure("P1") == {
        "indicator": "P1",
        "network": "n1",
        "school": "s1",
        "unit": None,
        "year": Y,
        "as_of": "2027-06-01",
        "counted_on": "2027-06-01",
        "provisional": False,
        "numerator": 1,
        "denominator": 3,
        "rate": 1 / 3,
        "done_late": 1,
        "open": 1,
        "unknown": 0,
        "justified": 0,
        "excluded": {"samtykke_mangler": 1},
        "recorded_after": 0,
        "problem": None,
    }
    assert s.figure("P1", "2027-05-31")["provisional"] is True
    assert counts(s.figure("P1", "2027-05-31")) == (1, 0, 2, 0)


def test_p1_delay_is_that_of_the_year_served(s: School) -> None:
    for pupil in "abcdefg":
        s.enrol(pupil)
        s.need(pupil)
    step = "sakkyndig_vurdering"
    s.delay("a", step, "2027-06-01", year=NEXT)
    s.delay("b", step, "2027-05-01", year=Y)
    s.delay("c", step, "2027-05-01", evidence="", year=NEXT)
    s.delay("d", step, "2027-05-01", cause="kapasitet_ppt", year=NEXT)
    s.delay("e", step, "2027-06-02", year=NEXT)
    s.delay("f", "enkeltvedtak", "2027-05-01", year=NEXT)
    assert s.figure("P1")["justified"] == 1
    assert s.figure("P1", "2027-06-02")["justified"] == 2


@pytest.mark.parametrize(
    ("cause", "justified"),
    [
        ("venter_dokumentasjon_skole", 0),
        ("kapasitet_ppt", 0),
        ("foresatte_ikke_naadd", 1),
        ("foresatte_takket_nei", 1),
        ("elev_fravaer", 1),
        ("innflyttet_etter_frist", 1),
        ("samtykke_mangler", 1),
        ("sykdom_vikar", 0),
        ("mote_flyttet", 0),
        ("registreringsfeil", 0),
        ("annet", 0),
    ],
)
def test_only_five_causes_may_justify(s: School, cause: str, justified: int) -> None:
    s.enrol("p")
    s.need("p")
    s.delay("p", "sakkyndig_vurdering", "2027-05-01", cause, year=NEXT)
    assert s.figure("P1")["justified"] == justified


def test_a_numerator_is_never_justified_and_one_pupil_counts_once(s: School) -> None:
    for pupil, received in (("a", "2027-05-01"), ("b", "2027-06-01")):
        s.enrol(pupil)
        s.need(pupil, received=received)
        s.delay(pupil, "sakkyndig_vurdering", "2027-05-01", year=NEXT)
        s.delay(pupil, "sakkyndig_vurdering", "2027-05-02", year=NEXT)
    assert s.figure("P1")["justified"] == 1


# ---- P2 ----------------------------------------------------------------------------------------


def for_next(s: School, pupil: str = "p", decided: str = "2027-05-20", **more: str) -> None:
    """A vedtak for the next year, valid through it."""
    values = {"from_": "2027-08-01", "to": "2028-07-31", "year": NEXT, **more}
    s.vedtak(pupil, decided, **values)


@pytest.mark.parametrize(
    ("decided", "as_of", "expected"),
    [
        (LAST[Y], "", "numerator"),
        (near(LAST[Y], 1), "", "open"),
        (near(LAST[Y], 1), near(LAST[Y], 1), "done_late"),
        (LAST[Y], near(LAST[Y], -1), "open"),
        (near(FIRST[Y], -1), "", "gyldig_flerarig"),
        (FIRST[Y], "", "numerator"),
    ],
)
def test_p2_decided_by_the_last_school_day(
    s: School, decided: str, as_of: str, expected: str
) -> None:
    s.enrol("p")
    s.need("p")
    for_next(s, decided=decided)
    assert s.result("P2", as_of=as_of) == expected


@pytest.mark.parametrize(
    ("from_", "to", "expected"),
    [
        (FIRST[NEXT], FIRST[NEXT], "numerator"),
        (near(FIRST[NEXT], 1), "2028-07-31", "open"),
        ("2027-01-01", near(FIRST[NEXT], -1), "open"),
        ("", "2028-07-31", "unknown"),
        ("2027-08-01", "", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_p2_vedtak_covers_the_next_first_day(s: School, from_: str, to: str, expected: str) -> None:
    s.enrol("p")
    for_next(s, from_=from_, to=to)
    assert s.result("P2") == expected


def test_p2_a_refusal_counts_only_for_the_next_year(s: School) -> None:
    s.enrol("p")
    s.enrol("q")
    s.enrol("r")
    for_next(s, "p", outcome="refused", from_="", to="")
    s.vedtak("q", decided="2026-11-20", outcome="refused", from_="", to="", year=Y)
    s.need("q")
    for_next(s, "r", decided="2027-06-30", outcome="refused", from_="", to="")
    assert s.result("P2", "p") == "numerator"
    assert s.result("P2", "q") == "open"
    assert s.result("P2", "r") == "outside"
    assert s.result("P2", "r", as_of="2027-06-30") == "done_late"


@pytest.mark.parametrize(
    ("decided", "expected"),
    [(FIRST[NEXT], "open"), (near(FIRST[NEXT], 1), "done_late")],
)
def test_p2_a_vedtak_for_the_next_year_after_its_first_day_is_late_whatever_it_covers(
    s: School, decided: str, expected: str
) -> None:
    s.enrol("p")
    s.need("p")
    for_next(s, decided=decided, from_="2027-10-01")
    assert s.result("P2", as_of="2027-10-01") == expected


def test_p2_late_comes_before_unknown(s: School) -> None:
    s.enrol("p")
    for_next(s, decided="2027-09-01", to="")
    assert s.result("P2", as_of="2027-09-01") == "done_late"
    s.enrol("q")
    for_next(s, "q", to="")
    for_next(s, "q", decided="2027-06-30")
    assert s.result("P2", "q") == "unknown"
    assert s.result("P2", "q", as_of="2027-06-30") == "done_late"


def test_p2_population_is_everyone_somebody_has_a_case_for(s: School) -> None:
    for pupil in ("nobody", "granted", "ends", "need", "need_later", "ahead"):
        s.enrol(pupil)
    s.vedtak("granted", to=LAST[Y])
    s.vedtak("ends", to=near(LAST[Y], -1))
    s.need("need")
    s.need("need_later", needed=near(LAST[Y], 1))
    s.vedtak("ahead", from_="2027-08-16", to="2028-07-31", year=PREV, decided="2026-09-01")
    assert s.result("P2", "nobody") == "outside"
    assert s.result("P2", "granted") == "open"
    assert s.result("P2", "ends") == "outside"
    assert s.result("P2", "need") == "open"
    assert s.result("P2", "need_later") == "outside"
    assert s.result("P2", "need_later", as_of=near(LAST[Y], 1)) == "open"
    # Valid on the next first day only, and for another year: nobody's case on the last school day.
    assert s.result("P2", "ahead") == "outside"


def test_p2_excludes_the_vedtak_of_several_years_before_the_consent(s: School) -> None:
    s.enrol("p")
    s.vedtak("p", decided="2026-05-20", to="2028-07-31")
    s.consent("p", "vedtak", "refused", "2027-03-01")
    s.enrol("q")
    s.vedtak("q")
    s.consent("q", "vedtak", "refused", "2027-03-01")
    s.consent("q", "utredning", "given", "2027-04-01")
    assert s.result("P2", "p") == "gyldig_flerarig"
    assert s.result("P2", "q") == "samtykke_mangler"
    s.consent("q", "vedtak", "given", "2027-05-01")
    assert s.result("P2", "q") == "open"


def test_p2_several_vedtak_the_earliest_decides(s: School) -> None:
    s.enrol("p")
    s.vedtak("p")
    for_next(s, decided="2027-07-01")
    for_next(s, decided="2027-06-01", recorded="2027-07-05")
    for_next(s, decided="2027-05-01", outcome="refused", from_="", to="", recorded="2027-05-02")
    assert counts(s.figure("P2", "2027-08-01")) == (1, 0, 0, 0)
    assert s.figure("P2", "2027-08-01")["recorded_after"] == 0


def test_p2_mangler_sv(s: School) -> None:
    for pupil in ("none", "other", "long", "short", "for_next", "after", "fine", "undated"):
        s.enrol(pupil)
        s.vedtak(pupil)
    s.need("other", "2025-11-01", "2026-05-01", year=Y)
    s.need("long", "2025-11-01", "2026-05-01", year=Y, valid_to=FIRST[NEXT])
    s.need("short", "2025-11-01", "2026-05-01", year=Y, valid_to=near(FIRST[NEXT], -1))
    s.need("for_next", received="2027-06-18")
    s.need("after", received="2027-06-19")
    for_next(s, "fine")
    for_next(s, "undated", to="")
    entry = s.figure("P2")
    assert counts(entry) == (1, 0, 6, 1)
    assert entry["mangler_sv"] == 4
    assert s.figure("P2", "2027-06-19")["mangler_sv"] == 3


# ---- P3 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "as_of", "expected"),
    [
        (LAST[Y], "", "numerator"),
        (near(LAST[Y], 1), "", "open"),
        (near(LAST[Y], 1), near(LAST[Y], 1), "done_late"),
        (LAST[Y], near(LAST[Y], -1), "open"),
    ],
)
def test_p3_done_by_the_last_school_day(s: School, done: str, as_of: str, expected: str) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.happens("p", "arsevaluering", "done", done)
    assert s.result("P3", as_of=as_of) == expected


def test_p3_registered_ten_days_later_is_on_time_and_said(s: School) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.happens("p", "arsevaluering", "done", LAST[Y], recorded=near(LAST[Y], 10))
    assert counts(s.figure("P3")) == (1, 0, 0, 0)
    assert s.figure("P3")["recorded_after"] == 1


def test_p3_recorded_on_the_counting_date_is_not_after(s: School) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.happens("p", "arsevaluering", "done", near(LAST[Y], -1), recorded=LAST[Y])
    assert s.figure("P3")["recorded_after"] == 0


def test_p3_an_empty_recorded_on_is_the_day_of_the_import(s: School) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.happens("p", "arsevaluering", "done", LAST[Y])
    s.tables["happenings"][0]["recorded_on"] = ""

    def after(imported: date | None) -> Any:
        entries = oracle.figures(s.tables, year=Y, today=TODAY, imported=imported)
        return next(e for e in entries if e["indicator"] == "P3")["recorded_after"]

    assert after(None) == 1
    assert after(date(2027, 6, 18)) == 0


@pytest.mark.parametrize(
    ("from_", "to", "expected"),
    [
        (near(LAST[Y], -55), "", "open"),
        (near(LAST[Y], -54), "", "kort_tid"),
        ("2024-08-19", LAST[Y], "open"),
        ("2024-08-19", near(LAST[Y], -1), "outside"),
        (LAST[Y], "", "kort_tid"),
        (near(LAST[Y], 1), "", "outside"),
    ],
)
def test_p3_needs_56_days(s: School, from_: str, to: str, expected: str) -> None:
    s.enrol("p", from_, to)
    s.vedtak("p")
    assert s.result("P3") == expected


@pytest.mark.parametrize(("first_spell_ends", "expected"), [(10, "kort_tid"), (11, "open")])
def test_p3_days_are_the_union_of_the_enrolments(
    s: School, first_spell_ends: int, expected: str
) -> None:
    # 11 or 12 days from the first school day, and the last 44.
    s.enrol("p", "2026-08-01", near(FIRST[Y], first_spell_ends))
    s.enrol("p", near(LAST[Y], -43), class_="s1l")
    s.vedtak("p")
    assert s.result("P3") == expected


def test_p3_days_at_another_school_do_not_count_but_its_step_does(s: School) -> None:
    s.enrol("p", to=near(LAST[Y], -41), class_="s2k")
    s.enrol("p", near(LAST[Y], -40))
    s.enrol("q", to=near(LAST[Y], -101), class_="s2k")
    s.enrol("q", near(LAST[Y], -100))
    for pupil in "pq":
        s.vedtak(pupil)
        s.happens(pupil, "arsevaluering", "done", "2027-01-10")
    assert s.result("P3", "p") == "kort_tid"
    assert s.result("P3", "q") == "numerator"
    assert s.result("P3", "q", school="s2") == "outside"


def test_p3_not_applicable_comes_before_short_time(s: School) -> None:
    s.enrol("p", LAST[Y])
    s.vedtak("p")
    s.happens("p", "arsevaluering", "not_applicable", LAST[Y])
    assert s.result("P3") == "ikke_aktuelt"
    assert s.result("P3", as_of=near(LAST[Y], -1)) == "kort_tid"


@pytest.mark.parametrize(
    ("from_", "to", "decided", "outcome", "expected"),
    [
        ("2026-08-01", LAST[Y], "2026-05-20", "granted", "open"),
        ("2026-08-01", LAST[Y], "2026-05-20", "partly", "open"),
        ("2026-08-01", LAST[Y], "2026-05-20", "refused", "outside"),
        ("2026-08-01", near(LAST[Y], -1), "2026-05-20", "granted", "outside"),
        (LAST[Y], "2028-07-31", "2026-05-20", "granted", "open"),
        (near(LAST[Y], 1), "2028-07-31", "2026-05-20", "granted", "outside"),
        ("2026-08-01", "", "2026-05-20", "granted", "outside"),
        ("", "2027-07-31", "2026-05-20", "granted", "outside"),
        ("2026-08-01", "2027-07-31", LAST[Y], "granted", "open"),
        ("2026-08-01", "2027-07-31", near(LAST[Y], 1), "granted", "outside"),
    ],
)
def test_p3_granted_on_the_last_school_day(
    s: School, from_: str, to: str, decided: str, outcome: str, expected: str
) -> None:
    s.enrol("p")
    s.vedtak("p", decided, from_, to, outcome)
    assert s.result("P3") == expected


def test_a_later_refusal_does_not_end_a_vedtak(s: School) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.vedtak("p", "2026-12-01", "", "", "refused")
    assert s.result("P3") == "open"


def test_the_step_of_another_year_does_not_count(s: School) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.happens("p", "arsevaluering", "done", "2027-06-01", NEXT)
    s.happens("p", "halvarsevaluering", "done", "2027-06-01")
    assert s.result("P3") == "open"


# ---- P4 and P5 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "as_of", "expected"),
    [
        (FIRST[Y], "", "numerator"),
        ("2026-06-01", "", "numerator"),
        (near(FIRST[Y], 1), "", "done_late"),
        ("2026-10-01", "", "done_late"),
        ("2026-10-02", "", "open"),
        (near(FIRST[Y], 1), FIRST[Y], "open"),
    ],
)
def test_p4_done_by_the_first_school_day(s: School, done: str, as_of: str, expected: str) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.happens("p", "klar_skolestart", "done", done)
    assert s.result("P4", as_of=as_of) == expected


@pytest.mark.parametrize(
    ("from_", "p4", "p5", "p6"),
    [
        (LAST[PREV], "open", "outside", "outside"),
        (near(LAST[PREV], 1), "outside", "open", "open"),
        (FIRST[Y], "outside", "open", "open"),
        (near(FIRST[Y], 1), "outside", "outside", "open"),
        ("2026-09-03", "outside", "outside", "open"),
        ("2026-09-04", "outside", "outside", "sen_start"),
        ("2026-10-01", "outside", "outside", "sen_start"),
        ("2026-10-02", "outside", "outside", "outside"),
    ],
)
def test_current_new_and_late_arrivals(s: School, from_: str, p4: str, p5: str, p6: str) -> None:
    s.enrol("p", from_)
    s.vedtak("p")
    assert (s.result("P4"), s.result("P5"), s.result("P6")) == (p4, p5, p6)


def test_a_summer_away_leaves_a_pupil_current(s: School) -> None:
    s.enrol("p", to=LAST[PREV])
    s.enrol("p", FIRST[Y], class_="s1l")
    s.vedtak("p")
    assert s.result("P4") == "open"
    assert s.result("P5") == "outside"


def test_back_after_a_gap_over_the_first_day_is_a_late_arrival(s: School) -> None:
    s.enrol("p", to=LAST[PREV])
    s.enrol("p", near(FIRST[Y], 1))
    s.vedtak("p")
    assert (s.result("P4"), s.result("P5"), s.result("P6")) == ("outside", "outside", "open")


def test_a_mover_is_new_at_the_new_school(s: School) -> None:
    s.enrol("p", to="2026-07-31")
    s.enrol("p", "2026-08-01", class_="s2k")
    s.vedtak("p")
    s.happens("p", "klar_skolestart", "done", FIRST[Y])
    assert s.result("P4") == "outside"
    assert s.result("P4", school="s2") == "outside"
    assert s.result("P5", school="s2") == "open"
    assert s.result("P6", school="s2") == "open"


@pytest.mark.parametrize("indicator", ["P4", "P5"])
def test_without_a_vedtak_on_the_first_day(s: School, indicator: str) -> None:
    start = "2026-08-01" if indicator == "P5" else "2024-08-19"
    for pupil in ("need", "later", "ends", "ends_that_day", "undated", "nobody", "decided_after"):
        s.enrol(pupil, start)
    s.need("need", "2026-02-01", year=Y)
    s.vedtak("later", from_=near(FIRST[Y], 1))
    s.vedtak("ends", from_="2025-08-01", to=near(FIRST[Y], -1))
    s.vedtak("ends_that_day", from_="2025-08-01", to=FIRST[Y])
    s.vedtak("undated", to="")
    s.vedtak("decided_after", decided="2026-10-02")
    assert s.result(indicator, "need") == "uten_vedtak"
    assert s.result(indicator, "later") == "uten_vedtak"
    assert s.result(indicator, "ends") == "uten_vedtak"
    assert s.result(indicator, "ends_that_day") == "open"
    assert s.result(indicator, "undated") == "uten_vedtak"
    assert s.result(indicator, "nobody") == "outside"
    assert s.result(indicator, "decided_after") == "outside"
    assert s.result(indicator, "decided_after", as_of="2026-10-02") == "open"


def test_p4_without_vedtak_comes_before_not_applicable(s: School) -> None:
    for pupil in "pq":
        s.enrol(pupil)
        s.happens(pupil, "klar_skolestart", "not_applicable", "2026-09-01")
    s.need("p", "2026-02-01", year=Y)
    s.vedtak("q")
    assert s.result("P4", "p") == "uten_vedtak"
    assert s.result("P4", "q") == "ikke_aktuelt"
    assert s.result("P4", "q", as_of="2026-08-31") == "open"


@pytest.mark.parametrize(
    ("forenklet", "ferdig", "expected"),
    [
        (FIRST[Y], "", "numerator"),
        ("", FIRST[Y], "numerator"),
        ("2026-09-01", FIRST[Y], "numerator"),
        (near(FIRST[Y], 1), "", "done_late"),
        (near(FIRST[Y], 1), "2026-09-01", "done_late"),
        ("", "", "open"),
        ("na", "", "open"),
        ("", "na", "open"),
        ("na", "na", "ikke_aktuelt"),
        ("na", FIRST[Y], "numerator"),
    ],
)
def test_p5_the_earlier_of_two_steps(s: School, forenklet: str, ferdig: str, expected: str) -> None:
    s.enrol("p", "2026-08-01")
    s.vedtak("p")
    for step, on in (("forenklet_nye", forenklet), ("ferdig_nye", ferdig)):
        if on == "na":
            s.happens("p", step, "not_applicable", FIRST[Y])
        elif on:
            s.happens("p", step, "done", on)
    assert s.result("P5") == expected


def test_p5_a_delay_of_either_step_justifies(s: School) -> None:
    for pupil, step in (("a", "forenklet_nye"), ("b", "ferdig_nye"), ("c", "klar_skolestart")):
        s.enrol(pupil, "2026-08-01")
        s.vedtak(pupil)
        s.delay(pupil, step, "2026-09-01")
    assert s.figure("P5")["justified"] == 2
    assert s.figure("P6")["justified"] == 1


def test_p5_the_earlier_step_is_the_one_whose_registration_counts(s: School) -> None:
    s.enrol("p", "2026-08-01")
    s.vedtak("p")
    s.happens("p", "forenklet_nye", "done", "2026-08-10", recorded="2026-11-01")
    s.happens("p", "ferdig_nye", "done", "2026-08-12", recorded="2026-08-12")
    assert s.figure("P5")["recorded_after"] == 1


def test_nobody_new_is_no_rate(s: School) -> None:
    s.enrol("p")
    s.vedtak("p")
    for indicator in ("P5", "P6"):
        entry = s.figure(indicator)
        assert (entry["numerator"], entry["denominator"], entry["rate"]) == (0, 0, None)
        assert entry["problem"] is None


def test_a_late_assessment_goes_through_the_chain(s: School) -> None:
    s.enrol("p", "2026-08-01")
    s.need("p", "2026-02-01", "2026-08-30", year=Y)
    s.vedtak("p", decided="2026-09-10", from_="2026-09-10")
    assert s.result("P1", year=PREV) == "open"
    assert s.result("P2", year=PREV) == "open"
    assert s.result("P2", year=PREV, as_of="2026-09-10") == "done_late"
    assert s.result("P5") == "uten_vedtak"
    assert s.result("P6") == "open"
    s.consent("p", "vedtak", "refused", "2026-03-01", year=Y)
    assert s.result("P2", year=PREV) == "samtykke_mangler"


# ---- P6 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "as_of", "expected"),
    [
        ("2026-10-01", "", "numerator"),
        ("2026-10-02", "", "open"),
        ("2026-10-02", "2026-10-02", "done_late"),
        ("2026-10-01", "2026-09-30", "open"),
    ],
)
def test_p6_done_by_1_october(s: School, done: str, as_of: str, expected: str) -> None:
    s.enrol("p", "2026-08-01")
    s.vedtak("p")
    s.happens("p", "ferdig_nye", "done", done)
    s.happens("p", "forenklet_nye", "done", FIRST[Y])
    assert s.result("P6", as_of=as_of) == expected


def test_p6_exclusions_in_their_order(s: School) -> None:
    s.enrol("gone", "2026-09-10", "2026-09-30")
    s.enrol("gone_new", "2026-08-01", "2026-09-30")
    s.enrol("last_day", "2026-08-01", "2026-10-01")
    s.enrol("late", "2026-09-04")
    s.enrol("without", "2026-09-03")
    s.enrol("not_applicable", "2026-09-03")
    for pupil in ("gone", "gone_new", "last_day", "late", "without"):
        s.need(pupil, "2026-02-01", year=Y)
    s.vedtak("not_applicable")
    for pupil in ("gone", "gone_new", "last_day", "late", "without", "not_applicable"):
        s.happens(pupil, "ferdig_nye", "not_applicable", "2026-09-30")
    assert s.result("P6", "gone") == "sluttet"
    assert s.result("P6", "gone_new") == "sluttet"
    assert s.result("P6", "last_day") == "uten_vedtak"
    assert s.result("P6", "late") == "sen_start"
    assert s.result("P6", "without") == "uten_vedtak"
    assert s.result("P6", "not_applicable") == "ikke_aktuelt"
    assert s.figure("P6")["excluded"] == {
        "sluttet": 2,
        "sen_start": 1,
        "uten_vedtak": 2,
        "ikke_aktuelt": 1,
    }


def test_p6_start_is_the_first_enrolment_after_the_first_day(s: School) -> None:
    s.enrol("p", "2026-09-01", "2026-09-10")
    s.enrol("p", "2026-09-20")
    s.vedtak("p")
    assert s.result("P6") == "open"


def test_p6_vedtak_is_asked_on_1_october(s: School) -> None:
    for pupil in "pqr":
        s.enrol(pupil, "2026-08-01")
    s.vedtak("p", from_="2026-10-01")
    s.vedtak("q", to="2026-09-30")
    s.vedtak("r", from_="2026-08-01", to="2026-09-30", year=PREV)
    assert s.result("P6", "p") == "open"
    assert s.result("P6", "q") == "uten_vedtak"
    assert s.result("P6", "r") == "outside"


def test_p6_new_needs_a_case_on_1_october_only(s: School) -> None:
    s.enrol("p", "2026-08-01")
    s.vedtak("p", from_="2026-09-15", year=PREV)
    assert s.result("P5") == "outside"
    assert s.result("P6") == "open"


# ---- P7 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "as_of", "expected"),
    [
        (near(FIRST[Y], -1), "", "open"),
        (FIRST[Y], "", "numerator"),
        ("2027-01-15", "", "numerator"),
        ("2027-01-16", "", "done_late"),
        ("2027-03-01", "", "done_late"),
        ("2027-03-02", "", "open"),
        ("2027-03-02", "2027-03-02", "done_late"),
        ("2027-01-15", "2027-01-14", "open"),
    ],
)
def test_p7_host_is_held_within_the_autumn(s: School, held: str, as_of: str, expected: str) -> None:
    s.enrol("p")
    s.happens("p", "elevsamtale_host", "held", held)
    assert s.result("P7_host", as_of=as_of) == expected


@pytest.mark.parametrize(
    ("held", "as_of", "expected"),
    [
        ("2027-01-15", "", "open"),
        ("2027-01-16", "", "numerator"),
        (LAST[Y], "", "numerator"),
        (near(LAST[Y], 1), "", "open"),
        (near(LAST[Y], 1), near(LAST[Y], 1), "done_late"),
    ],
)
def test_p7_var_begins_the_day_after_the_autumn(
    s: School, held: str, as_of: str, expected: str
) -> None:
    s.enrol("p")
    s.happens("p", "elevsamtale_var", "held", held)
    assert s.result("P7_var", as_of=as_of) == expected


def test_p7_follows_the_skolerutes_own_half_year(s: School) -> None:
    s.tables["school_years"][1]["autumn_end"] = "2027-01-22"
    s.enrol("p")
    s.happens("p", "elevsamtale_host", "held", "2027-01-22")
    s.happens("p", "elevsamtale_var", "held", "2027-01-22")
    assert s.result("P7_host") == "numerator"
    assert s.result("P7_var") == "open"


@pytest.mark.parametrize(
    ("from_", "to", "host", "var"),
    [
        ("2026-12-19", "", "open", "open"),
        ("2026-12-20", "", "kort_tid", "open"),
        ("2027-03-01", "", "kort_tid", "open"),
        ("2027-03-02", "", "outside", "open"),
        (near(LAST[Y], -27), "", "outside", "open"),
        (near(LAST[Y], -26), "", "outside", "kort_tid"),
        ("2024-08-19", "2027-02-28", "outside", "outside"),
        ("2024-08-19", "2027-03-01", "open", "outside"),
        ("2024-08-19", LAST[Y], "open", "open"),
    ],
)
def test_p7_needs_28_days_of_the_half_year(
    s: School, from_: str, to: str, host: str, var: str
) -> None:
    s.enrol("p", from_, to)
    assert (s.result("P7_host"), s.result("P7_var")) == (host, var)


def test_p7_days_before_the_first_school_day_do_not_count(s: School) -> None:
    s.enrol("p", "2026-08-01", near(FIRST[Y], 26))
    s.enrol("p", "2027-02-01")
    s.enrol("q", "2026-08-01", near(FIRST[Y], 27))
    s.enrol("q", "2027-02-01")
    assert s.result("P7_host", "p") == "kort_tid"
    assert s.result("P7_host", "q") == "open"


def test_p7_adds_its_halves_on_its_own_day(s: School) -> None:
    for pupil in "abc":
        s.enrol(pupil)
    s.happens("a", "elevsamtale_host", "held", "2026-11-01", recorded="2027-03-05")
    s.happens("b", "elevsamtale_host", "held", "2027-05-01")
    s.happens("a", "elevsamtale_var", "held", "2027-04-01", recorded="2027-07-05")
    s.happens("c", "elevsamtale_host", "not_possible", "2026-12-01")
    s.happens("c", "elevsamtale_var", "not_possible", "2027-05-01")
    s.happens("c", "elevsamtale_var", "not_possible", "2027-05-02")
    s.happens("b", "elevsamtale_host", "not_possible", "2026-12-01")
    s.delay("c", "elevsamtale_host", "2026-12-01")
    s.delay("b", "elevsamtale_var", "2027-05-01")
    host, var, both = (s.figure(i) for i in ("P7_host", "P7_var", "P7"))
    assert (host["as_of"], host["counted_on"]) == ("2027-03-01", "2027-03-01")
    assert (both["as_of"], both["counted_on"]) == (LAST[Y], LAST[Y])
    # On 1 March b is not held yet; P7 reads the autumn on the last school day.
    assert counts(host) == (1, 0, 2, 0)
    assert counts(var) == (1, 0, 2, 0)
    assert counts(both) == (2, 1, 3, 0)
    assert both["rate"] == 2 / 6
    assert (host["not_possible"], var["not_possible"], both["not_possible"]) == (2, 1, 2)
    assert (host["justified"], var["justified"], both["justified"]) == (1, 1, 2)
    # Registered on 5 March: after 1 March, not after the last school day.
    assert (host["recorded_after"], var["recorded_after"], both["recorded_after"]) == (1, 1, 1)


def test_p7_counts_pupils_without_any_case_and_steps_of_a_former_school(s: School) -> None:
    s.enrol("p", to="2026-10-31", class_="s2k")
    s.enrol("p", "2026-11-01")
    s.happens("p", "elevsamtale_host", "held", "2026-10-01")
    assert s.result("P7_host") == "numerator"
    assert s.result("P7_host", school="s2") == "outside"


def test_p7_explains_each_half(s: School) -> None:
    s.enrol("p")
    s.happens("p", "elevsamtale_host", "held", "2026-11-01", recorded="2026-11-03")
    lines = oracle.explain(s.tables, "P7", year=Y, today=TODAY, school="s1")
    shown = [(line["result"], line["on"], line["recorded_on"]) for line in lines]
    assert shown == [("open", None, None), ("numerator", "2026-11-01", "2026-11-03")]


# ---- P8 and P9 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "as_of", "expected"),
    [
        (LAST[Y], "", "numerator"),
        ("2026-09-01", "", "numerator"),
        (near(LAST[Y], 1), "", "open"),
        (near(LAST[Y], 1), near(LAST[Y], 1), "done_late"),
    ],
)
def test_p8_held_by_the_last_school_day(s: School, held: str, as_of: str, expected: str) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.happens("p", "malvalgsamtale", "held", held, NEXT)
    assert s.result("P8", as_of=as_of) == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (near(LAST[Y], -1), "outside"),
        (LAST[Y], "slutter"),
        (near(FIRST[NEXT], -1), "slutter"),
        (FIRST[NEXT], "open"),
    ],
)
def test_p8_leavers(s: School, to: str, expected: str) -> None:
    s.enrol("p", to=to)
    s.vedtak("p")
    assert s.result("P8") == expected


def test_p8_a_mover_leaves_this_school(s: School) -> None:
    s.enrol("p", to="2027-07-31")
    s.enrol("p", "2027-08-01", class_="s2k")
    s.vedtak("p")
    assert s.result("P8") == "slutter"
    assert s.result("P8", school="s2") == "outside"


def test_p8_a_talk_for_this_year_is_another_talk(s: School) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.happens("p", "malvalgsamtale", "held", "2027-05-01", Y)
    s.delay("p", "malvalgsamtale", "2027-05-01", year=Y)
    entry = s.figure("P8")
    assert (entry["open"], entry["not_invited"], entry["justified"]) == (1, 1, 0)
    s.delay("p", "malvalgsamtale", "2027-05-01", year=NEXT)
    assert s.figure("P8")["justified"] == 1


def test_p8_ten_pupils(s: School) -> None:
    for number in range(10):
        pupil = f"p{number}"
        s.enrol(pupil)
        s.vedtak(pupil)
        if number < 6:
            s.happens(pupil, "malvalgsamtale", "held", "2027-05-20", NEXT)
        elif number < 9:
            s.happens(pupil, "malvalgsamtale", "invited", "2027-05-01", NEXT)
        if number in (6, 7):
            s.happens(pupil, "malvalgsamtale", "declined", "2027-05-10", NEXT)
    entry = s.figure("P8")
    assert entry["rate"] == 0.6
    assert entry["invited"] == 9
    assert (entry["declined"], entry["no_reply"], entry["not_invited"]) == (2, 1, 1)
    assert entry["numerator"] / (entry["denominator"] - entry["declined"]) == 0.75


OUTCOMES = [
    ((), "not_invited"),
    (("invited",), "no_reply"),
    (("invited", "held"), "held"),
    (("invited", "declined", "held"), "held"),
    (("invited", "declined"), "declined"),
    (("invited", "no_reply", "declined"), "declined"),
    (("invited", "declined", "cancelled"), "declined"),
    (("invited", "no_reply", "cancelled"), "no_reply"),
    (("invited", "cancelled"), "cancelled"),
    (("cancelled",), "cancelled"),
    (("not_possible",), "not_invited"),
    (("invited", "not_possible"), "no_reply"),
]


@pytest.mark.parametrize(("rows", "outcome"), OUTCOMES)
@pytest.mark.parametrize("indicator", ["P8", "P9"])
def test_the_first_outcome_that_applies(
    s: School, indicator: str, rows: tuple[str, ...], outcome: str
) -> None:
    s.enrol("p")
    s.vedtak("p")
    step, year = ("malvalgsamtale", NEXT) if indicator == "P8" else ("utviklingssamtale", Y)
    for what in rows:
        s.happens("p", step, what, "2027-02-01", year)
    entry = s.figure(indicator)
    names = ("declined", "no_reply", "cancelled", "not_invited")
    assert {name: entry[name] for name in names} == {name: int(name == outcome) for name in names}
    assert (
        entry["invited"]
        == entry["denominator"] - entry["not_invited"]
        == int(outcome != "not_invited")
    )
    (line,) = oracle.explain(s.tables, indicator, year=Y, today=TODAY, school="s1")
    assert line["reason"] == outcome


@pytest.mark.parametrize(
    ("held", "as_of", "expected", "outcome"),
    [
        ("2026-10-31", "", "open", "no_reply"),
        ("2026-11-01", "", "numerator", "held"),
        ("2027-03-01", "", "numerator", "held"),
        ("2027-03-02", "", "open", "no_reply"),
        ("2027-03-02", "2027-03-02", "done_late", "held"),
    ],
)
def test_p9_held_from_1_november_to_1_march(
    s: School, held: str, as_of: str, expected: str, outcome: str
) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.happens("p", "utviklingssamtale", "invited", "2026-10-01")
    s.happens("p", "utviklingssamtale", "held", held)
    (line,) = oracle.explain(
        s.tables,
        "P9",
        year=Y,
        today=TODAY,
        school="s1",
        as_of=date.fromisoformat(as_of) if as_of else None,
    )
    assert (line["result"], line["reason"]) == (expected, outcome)


@pytest.mark.parametrize(
    ("spells", "expected"),
    [
        ([("2026-12-01", "")], "open"),
        ([("2026-12-02", "")], "outside"),
        ([("2024-08-19", "2027-03-01")], "open"),
        ([("2024-08-19", "2027-02-28")], "outside"),
        ([("2024-08-19", "2026-12-01"), ("2027-03-01", "")], "open"),
    ],
)
def test_p9_enrolled_on_both_days(s: School, spells: list[tuple[str, str]], expected: str) -> None:
    for from_, to in spells:
        s.enrol("p", from_, to)
    s.vedtak("p")
    assert s.result("P9") == expected


def test_p9_granted_on_1_march(s: School) -> None:
    s.enrol("p")
    s.vedtak("p", to="2027-03-01")
    s.enrol("q")
    s.vedtak("q", to="2027-02-28")
    s.enrol("r")
    s.vedtak("r", from_="2027-03-02")
    s.enrol("need")
    s.need("need", year=Y)
    assert [s.result("P9", pupil) for pupil in ("p", "q", "r", "need")] == [
        "open",
        "outside",
        "outside",
        "outside",
    ]


def test_a_vedtak_that_lacks_a_date_opens_no_talk(s: School) -> None:
    s.enrol("p")
    s.vedtak("p", to="")
    assert (s.result("P8"), s.result("P9"), s.result("P3")) == ("outside",) * 3


# ---- P10 ---------------------------------------------------------------------------------------


def test_p10_counts_the_pupils_of_the_class_that_day(s: School) -> None:
    meeting = "2026-09-15"
    s.enrol("here")
    s.enrol("absent")
    s.enrol("left", to=near(meeting, -1))
    s.enrol("last_day", to=meeting)
    s.enrol("first_day", meeting)
    s.enrol("next_day", near(meeting, 1))
    s.enrol("moved", to=near(meeting, -1))
    s.enrol("moved", meeting, class_="s1l")
    s.happens("s1k", "foreldremote_host", "held", meeting)
    s.happens("here", "foreldremote_host", "present", meeting, recorded=near(meeting, 1))
    s.happens("last_day", "foreldremote_host", "present", meeting)
    lines = oracle.explain(s.tables, "P10_host", year=Y, today=TODAY, school="s1")
    assert {line["pupil"]: line["result"] for line in lines} == {
        "here": "numerator",
        "absent": "open",
        "last_day": "numerator",
        "first_day": "open",
    }
    entry = s.figure("P10")
    assert counts(entry) == (2, 0, 2, 0)
    assert (entry["counted_on"], entry["as_of"]) == (None, LAST[Y])
    assert entry["recorded_after"] == 1


def test_p10_each_row_is_a_meeting_and_without_anyone_present_all_are_unknown(s: School) -> None:
    for pupil in "ab":
        s.enrol(pupil)
    s.enrol("c", class_="s1l")
    s.happens("s1k", "foreldremote_host", "held", "2026-09-15")
    s.happens("s1k", "foreldremote_host", "held", "2026-11-15")
    s.happens("s1l", "foreldremote_host", "held", "2026-11-15")
    s.happens("s1k", "foreldremote_var", "held", "2027-04-15")
    s.happens("a", "foreldremote_host", "present", "2026-09-15")
    s.happens("c", "foreldremote_host", "present", "2026-11-15")
    s.happens("a", "foreldremote_var", "present", "2027-04-15")
    s.delay("b", "foreldremote_host", "2026-09-15")
    assert counts(s.figure("P10_host")) == (2, 0, 1, 2)
    assert counts(s.figure("P10_var")) == (1, 0, 1, 0)
    both = s.figure("P10")
    assert counts(both) == (3, 0, 2, 2)
    assert (both["rate"], both["justified"]) == (3 / 7, 0)
    assert counts(s.figure("P10", "2026-11-14")) == (1, 0, 1, 0)
    assert counts(s.figure("P10", "2026-11-15")) == (2, 0, 1, 2)


def test_p10_another_days_presence_is_not_this_meetings(s: School) -> None:
    s.enrol("a")
    s.enrol("b")
    s.happens("s1k", "foreldremote_host", "held", "2026-09-15")
    s.happens("s1k", "foreldremote_host", "held", "2026-09-22")
    s.happens("a", "foreldremote_host", "present", "2026-09-15")
    s.happens("b", "foreldremote_host", "present", "2026-09-22")
    assert counts(s.figure("P10_host")) == (2, 0, 2, 0)


def test_p10_without_a_meeting_there_is_no_rate_and_the_class_is_listed(s: School) -> None:
    s.enrol("a")
    entry = s.figure("P10")
    assert (entry["denominator"], entry["rate"]) == (0, None)
    entries = oracle.figures(s.tables, year=Y, today=TODAY, by="class", schools=["s1"])
    listed = [e["unit"] for e in entries if e["indicator"] == "P10"]
    assert listed == ["s1k", "s1l", "s1m"]


# ---- what all of them share --------------------------------------------------------------------


NEEDS = {
    PREV: {"P4", "P5", "P6"},
    Y: set(oracle.INDICATORS) - {"P1", "P9"},
    NEXT: {"P1", "P2", "P8"},
}


@pytest.mark.parametrize("missing", [PREV, Y, NEXT])
def test_a_missing_skolerute_is_a_problem_never_a_guess(s: School, missing: str) -> None:
    s.enrol("p")
    s.vedtak("p")
    s.without_skolerute(missing)
    entries = oracle.figures(s.tables, year=Y, today=TODAY, schools=["s1"])
    broken = {e["indicator"] for e in entries if e["problem"]}
    assert broken == NEEDS[missing]
    for entry in entries:
        if entry["problem"]:
            assert missing in entry["problem"]
            assert entry["numerator"] is entry["denominator"] is entry["rate"] is None
            assert entry["excluded"] == {}
    # Another school's skolerute does not help, and is not hurt.
    others = oracle.figures(s.tables, year=Y, today=TODAY, schools=["s2"])
    assert [e for e in others if e["problem"]] == []


@pytest.mark.parametrize(
    ("today", "as_of", "provisional"),
    [
        (date(2027, 6, 17), "2027-06-17", True),
        (date(2027, 6, 18), "2027-06-18", False),
        (date(2027, 6, 19), "2027-06-18", False),
    ],
)
def test_the_default_day_is_the_counting_date_or_today(
    s: School, today: date, as_of: str, provisional: bool
) -> None:
    entries = oracle.figures(s.tables, year=Y, today=today, schools=["s1"])
    p3 = next(e for e in entries if e["indicator"] == "P3")
    assert (p3["as_of"], p3["provisional"]) == (as_of, provisional)
    p10 = next(e for e in entries if e["indicator"] == "P10")
    assert (p10["as_of"], p10["provisional"]) == (as_of, False)


def test_one_entry_per_school_and_indicator_also_without_cases(s: School) -> None:
    entries = oracle.figures(s.tables, year=Y, today=TODAY)
    assert [(e["school"], e["indicator"]) for e in entries] == [
        (school, indicator) for indicator in oracle.INDICATORS for school in ("s1", "s2", "s3")
    ]
    assert all(e["rate"] is None and e["denominator"] == 0 for e in entries)


def test_the_network_adds_numerators_and_denominators(s: School) -> None:
    for pupil, klasse, done in (("a", "s1k", True), ("b", "s2k", True), ("c", "s2k", False)):
        s.enrol(pupil, class_=klasse)
        s.vedtak(pupil)
        if done:
            s.happens(pupil, "arsevaluering", "done", LAST[Y])
    s.enrol("d", class_="s3k")
    s.vedtak("d")
    entries = oracle.figures(s.tables, year=Y, today=TODAY, by="network", network="n1")
    assert len(entries) == len(oracle.INDICATORS)
    p3 = next(e for e in entries if e["indicator"] == "P3")
    assert (p3["network"], p3["school"], p3["numerator"], p3["denominator"]) == ("n1", None, 2, 3)
    s.without_skolerute(Y, "s2")
    entries = oracle.figures(s.tables, year=Y, today=TODAY, by="network", network="n1")
    p3 = next(e for e in entries if e["indicator"] == "P3")
    assert (p3["numerator"], p3["problem"] is not None) == (None, True)


def test_by_class_each_indicator_uses_the_class_of_its_own_day(s: School) -> None:
    # One pupil changes class the day after each day that decides a class.
    turns = [FIRST[Y], "2026-10-01", "2027-03-01", LAST[Y], FIRST[NEXT]]
    classes = ["s1k", "s1l", "s1m", "s1k", "s1l"]
    start = "2024-08-19"
    for end, klasse in zip(turns, classes, strict=True):
        s.enrol("p", start, end, klasse)
        start = near(end, 1)
    s.enrol("n", "2026-08-01", "2026-09-20", "s1l")
    s.enrol("l", "2026-08-20", "2026-09-20", "s1m")
    s.enrol("o", "2026-08-01", FIRST[Y], "s1k")
    s.enrol("o", near(FIRST[Y], 1), "", "s1m")
    for pupil in "pnlo":
        s.vedtak(pupil)
    s.need("p")
    entries = oracle.figures(s.tables, year=Y, today=TODAY, by="class", schools=["s1"])
    found: dict[str, dict[str, int]] = {}
    for e in entries:
        people = e["denominator"] + sum(e["excluded"].values())
        if people:
            found.setdefault(e["indicator"], {})[e["unit"]] = people
    assert found == {
        "P1": {"s1l": 1},
        "P2": {"s1l": 1, "s1m": 1},
        "P3": {"s1k": 1, "s1m": 1},
        "P4": {"s1k": 1},
        "P5": {"s1k": 1, "s1l": 1},
        "P6": {"s1l": 1, "s1m": 2},
        "P7": {"s1m": 3, "s1k": 1},
        "P7_host": {"s1m": 2},
        "P7_var": {"s1k": 1, "s1m": 1},
        "P8": {"s1k": 1, "s1m": 1},
        "P9": {"s1m": 2},
    }


def test_by_unit_is_the_avdeling_or_the_class_without_one(s: School) -> None:
    for pupil, klasse in (("a", "s1k"), ("b", "s1l"), ("c", "s1m")):
        s.enrol(pupil, class_=klasse)
        s.vedtak(pupil)
    entries = oracle.figures(s.tables, year=Y, today=TODAY, by="unit", schools=["s1"])
    assert {e["unit"]: e["open"] for e in entries if e["indicator"] == "P3"} == {
        "s1A": 2,
        "s1m": 1,
    }


def test_norwegian_dates_are_the_same_dates(s: School) -> None:
    s.enrol("p", "19.08.2024", "18.06.2027")
    s.vedtak("p", "20.05.2026", "01.08.2026", "31.07.2027")
    s.happens("p", "arsevaluering", "done", "18.06.2027")
    assert s.result("P3") == "numerator"


@settings(max_examples=40)
@given(random_school.questions())
def test_random_networks_keep_what_holds_for_all_figures(
    question: tuple[oracle.Tables, str, date | None],
) -> None:
    network, year, as_of = question
    assert list(random_school.refusals(network)) == []

    def asked(by: str) -> list[oracle.Entry]:
        return oracle.figures(network, year=year, today=random_school.TODAY, as_of=as_of, by=by)

    per_school, per_class, per_unit = asked("school"), asked("class"), asked("unit")
    for e in per_school:
        if e["problem"]:
            continue
        assert e["denominator"] == sum(e[name] for name in NUMBERS)
        assert e["justified"] <= e["done_late"] + e["open"]
        assert e["recorded_after"] <= e["numerator"]
        assert (e["rate"] is None) == (e["denominator"] == 0)
        if e["indicator"] in ("P8", "P9"):
            held = e["numerator"] + e["done_late"]
            rest = e["declined"] + e["no_reply"] + e["cancelled"] + e["not_invited"]
            assert held + rest == e["denominator"]
        lines = oracle.explain(
            network,
            e["indicator"],
            year=year,
            today=random_school.TODAY,
            as_of=as_of,
            school=e["school"],
        )
        for name in NUMBERS:
            assert sum(line["result"] == name for line in lines) == e[name]
        for groups in (per_class, per_unit):
            mine = [
                g for g in groups if (g["indicator"], g["school"]) == (e["indicator"], e["school"])
            ]
            for name in (*NUMBERS, "denominator", "justified", "recorded_after"):
                assert sum(g[name] for g in mine) == e[name]
    assert oracle.differences(per_school, per_school) == []


def test_random_networks_reach_every_result() -> None:
    """A generator that never meets an exclusion would let any mistake in it pass."""
    expected = {
        "P1": "samtykke_mangler meldt_sent",
        "P2": "gyldig_flerarig samtykke_mangler unknown mangler_sv",
        "P3": "ikke_aktuelt kort_tid",
        "P4": "uten_vedtak ikke_aktuelt",
        "P5": "uten_vedtak ikke_aktuelt",
        "P6": "sluttet sen_start uten_vedtak ikke_aktuelt",
        "P7_host": "kort_tid not_possible",
        "P7_var": "kort_tid not_possible",
        "P8": "slutter declined no_reply cancelled not_invited",
        "P9": "declined no_reply cancelled not_invited",
    }
    wanted = {(i, name) for i, names in expected.items() for name in names.split()}
    common = ("numerator", "done_late", "open", "justified", "recorded_after")
    wanted |= {(i, name) for i in expected for name in common}
    wanted |= {("P10", name) for name in ("numerator", "open", "unknown", "recorded_after")}
    seen: set[tuple[str, str]] = set()
    for seed in range(200):
        if wanted <= seen:
            break
        network = random_school.tables(random.Random(seed))  # noqa: S311
        for as_of in (None, date(2027, 9, 1), date(2026, 10, 2)):
            for e in oracle.figures(
                network, year=Y, today=random_school.TODAY, as_of=as_of, by="school"
            ):
                counted = {k: v for k, v in e.items() if isinstance(v, int)} | e["excluded"]
                seen |= {(e["indicator"], name) for name, number in counted.items() if number}
    assert wanted - seen == set()
