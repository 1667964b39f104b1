"""The day notation: it parses what it prints, resolves in any year, and refuses what it is not."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from iopflow.days import (
    ANCHORS,
    FACT_ANCHORS,
    BadDay,
    Day,
    Days,
    MissingSkolerute,
    Moment,
    add_months,
)
from iopflow.schoolyear import SchoolYear, Year

YEAR = Year(2026)


def rute(year: Year) -> SchoolYear:
    """A skolerute for any year: Monday in mid-August to Friday before midsummer."""
    first, last = year.on(8, 15), year.on(6, 16)
    return SchoolYear(
        year,
        first + timedelta(days=-first.weekday() % 7),
        last + timedelta(days=(4 - last.weekday()) % 7),
    )


MOMENT = Moment(
    YEAR,
    rute,
    arrival=date(2026, 10, 5),
    due=date(2027, 1, 15),
    facts=dict.fromkeys(FACT_ANCHORS, date(2027, 3, 31)),
)
FIXED = st.sampled_from([f"{date(2027, 1, 1) + timedelta(days=n):%m-%d}" for n in range(365)])
NAMED = st.sampled_from(sorted(ANCHORS))
PAST = st.sampled_from(sorted(["due", *FACT_ANCHORS]))
SHIFTED = st.tuples(st.sampled_from(["", "next.", "previous."]), FIXED | NAMED).map("".join)
DISTANCE = st.tuples(
    st.sampled_from([" + ", " - "]),
    st.integers(min_value=1, max_value=999).map(str),
    st.sampled_from(["d", "w", "m", "y"]),
).map("".join)
PLAIN = st.tuples(SHIFTED | PAST, st.just("") | DISTANCE).map("".join)
LATE = st.tuples(st.just("arrival"), st.just("") | DISTANCE).map("".join)
DAY = PLAIN | LATE
GRADES = st.sets(st.integers(min_value=0, max_value=13), min_size=1).map(sorted)


@st.composite
def days_text(draw: st.DrawFn) -> str:
    """DAYS in canonical form."""
    grades = draw(st.lists(GRADES, max_size=3))
    flat = [grade for group in grades for grade in group]
    assume(len(flat) == len(set(flat)))
    parts = [draw(PLAIN)]
    parts += [f"grade {','.join(map(str, group))}: {draw(PLAIN)}" for group in grades]
    if draw(st.booleans()):
        parts.append(f"late: {draw(DAY)}")
    return " | ".join(parts)


@given(DAY)
def test_a_day_prints_what_it_was_read_from(text: str) -> None:
    assert str(Day.parse(text)) == text


@given(days_text())
def test_days_print_what_they_were_read_from(text: str) -> None:
    assert str(Days.parse(text)) == text


@given(days_text())
def test_days_read_what_they_print(text: str) -> None:
    days = Days.parse(text)
    assert Days.parse(str(days)) == days


@given(DAY)
def test_every_day_has_a_date_once_its_facts_are_there(text: str) -> None:
    assert isinstance(Day.parse(text).resolve(MOMENT), date)


@given(days_text(), st.sampled_from(["nb", "nn", "en"]))
def test_every_day_can_be_told_in_words(text: str, language: str) -> None:
    assert "_" not in Days.parse(text).describe(language)


@given(st.dates(date(1950, 1, 1), date(2080, 12, 31)), st.integers(min_value=-500, max_value=500))
def test_months_are_cut_at_the_end_of_a_short_month_and_never_flow_over(
    day: date, count: int
) -> None:
    moved = add_months(day, count)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == count
    assert moved.day <= day.day
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2027, 8, 31), -6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 1, 15), -1, date(2026, 12, 15)),
    ],
)
def test_known_months(day: date, count: int, expected: date) -> None:
    assert add_months(day, count) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("05-31", date(2027, 5, 31)),
        ("08-31", date(2026, 8, 31)),
        ("previous.05-31", date(2026, 5, 31)),
        ("next.08-01", date(2027, 8, 1)),
        ("school_start", date(2026, 8, 17)),
        ("school_end", date(2027, 6, 18)),
        ("next.school_start", date(2027, 8, 16)),
        ("previous.school_end", date(2026, 6, 19)),
        ("planning_day", date(2026, 8, 17)),
        ("autumn_end", date(2027, 1, 15)),
        ("school_start + 6w", date(2026, 9, 28)),
        ("school_end - 3d", date(2027, 6, 15)),
        ("due - 6w", date(2026, 12, 4)),
        ("arrival + 2w", date(2026, 10, 19)),
        ("vedtak.valid_to - 6m", date(2026, 9, 30)),
        ("assessment.complete_on + 3m", date(2027, 6, 30)),
        ("pupil.birth_month + 15y", date(2042, 3, 31)),
        ("school_start + 5sd", date(2026, 8, 24)),
        ("school_end - 5sd", date(2027, 6, 11)),
        ("01-15 + 1sd", date(2027, 1, 18)),
        ("10-01 + 0d", date(2026, 10, 1)),
    ],
)
def test_a_day_resolves_to(text: str, expected: date) -> None:
    assert Day.parse(text).resolve(MOMENT) == expected


def test_a_planning_day_of_its_own_goes_before_the_first_school_day() -> None:
    def with_planning(year: Year) -> SchoolYear:
        return SchoolYear(year, year.on(8, 17), year.on(6, 18), planning_day=year.on(8, 12))

    found = Day.parse("next.planning_day").resolve(Moment(YEAR, with_planning))
    assert found == date(2027, 8, 12)


@pytest.mark.parametrize("text", ["vedtak.valid_to - 6m", "arrival + 2w", "due - 6w"])
def test_a_day_that_counts_from_what_is_not_there_is_nothing(text: str) -> None:
    assert Day.parse(text).resolve(Moment(YEAR, rute)) is None


@pytest.mark.parametrize(
    ("text", "year"),
    [("school_end", YEAR), ("next.planning_day", YEAR.next), ("05-31 + 3sd", YEAR)],
)
def test_a_day_of_a_skolerute_that_is_missing_says_which_year(text: str, year: Year) -> None:
    with pytest.raises(MissingSkolerute) as caught:
        Day.parse(text).resolve(Moment(YEAR, lambda _year: None))
    assert caught.value.year == year


def test_a_fixed_date_needs_no_skolerute() -> None:
    moment = Moment(YEAR, lambda _year: None)
    assert Day.parse("05-31 - 6w").resolve(moment) == date(2027, 4, 19)


@pytest.mark.parametrize(
    ("grade", "late", "expected"),
    [
        (None, False, "06-15"),
        (1, False, "06-01"),
        (8, False, "06-01"),
        (5, False, "06-15"),
        (5, True, "arrival + 4w"),
        (1, True, "arrival + 4w"),
    ],
)
def test_grades_and_late_arrivals_have_days_of_their_own(
    grade: int | None, late: bool, expected: str
) -> None:
    days = Days.parse("06-15 | grade 1,8: 06-01 | late: arrival + 4w")
    assert str(days.choose(grade=grade, late=late)) == expected
    assert (sorted(days.grades), days.has_late) == ([1, 8], True)


def test_who_comes_late_follows_the_grade_where_no_late_day_is_given() -> None:
    assert str(Days.parse("06-15 | grade 1: 06-01").choose(grade=1, late=True)) == "06-01"


def test_spaces_around_the_parts_do_not_matter() -> None:
    assert str(Days.parse(" 06-15|grade 8,1:06-01 ")) == "06-15 | grade 1,8: 06-01"


@pytest.mark.parametrize(
    ("text", "nb", "nn", "en"),
    [
        ("05-31", "31.05", "31.05", "31.05"),
        ("school_end", "skoleslutt", "skuleslutt", "school end"),
        (
            "school_end + 6w",
            "skoleslutt + 6 uker",
            "skuleslutt + 6 veker",
            "school end + 6 weeks",
        ),
        ("due - 1m", "fristen − 1 måned", "fristen − 1 månad", "the due day − 1 month"),
        (
            "next.planning_day",
            "første planleggingsdag (året etter)",
            "første planleggingsdag (året etter)",
            "first planning day (the year after)",
        ),
        (
            "previous.06-01 + 2sd",
            "01.06 (året før) + 2 skoledager",
            "01.06 (året før) + 2 skuledagar",
            "01.06 (the year before) + 2 school days",
        ),
        (
            "06-15 | grade 1,8: 06-01 | late: arrival + 1w",
            "15.06; trinn 1, 8: 01.06; kommer sent: elevens første dag + 1 uke",
            "15.06; trinn 1, 8: 01.06; kjem seint: første dagen til eleven + 1 veke",
            "15.06; grade 1, 8: 01.06; arrives late: the pupil's first day + 1 week",
        ),
    ],
)
def test_a_day_in_words(text: str, nb: str, nn: str, en: str) -> None:
    days = Days.parse(text)
    assert [days.describe(language) for language in ("nb", "nn", "en")] == [nb, nn, en]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("31.05", "skriv 05-31 (måned-dag)"),
        ("1.6", "skriv 06-01 (måned-dag)"),
        ("31. 05.", "skriv 05-31 (måned-dag)"),
        ("31.05.2027", "skriv 05-31 (måned-dag)"),
        ("2027-05-31", "skriv 05-31, som gjelder hvert år"),
        ("31.13", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
        ("5-31", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
        ("31 mai", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
        ("", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
        ("school_end+6w", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
        ("school_end + 6", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
        ("school_end + 6u", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
        ("school_end + 6000d", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
        ("school_end + 1w + 1d", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
        ("next.next.school_end", "skriv ett av school_start, school_end, planning_day, autumn_end"),
        ("02-29", "skriv måned-dag, som 05-31"),
        ("13-01", "skriv måned-dag, som 05-31"),
        ("31-05", "skriv måned-dag, som 05-31"),
        ("00-00", "skriv måned-dag, som 05-31"),
        ("skoleslutt", "skriv ett av school_start, school_end, planning_day, autumn_end"),
        ("vedtak.sent_on", "skriv ett av school_start, school_end, planning_day, autumn_end"),
        ("next.due", "stryk det"),
        ("previous.vedtak.decided_on", "stryk det"),
        ("arrival + 2w", "skriv «… | late: arrival …»"),
        ("05-31 | grade 1: arrival", "skriv «late: arrival …»"),
        ("05-31 | 1. trinn: 06-01", "skriv «grade 1: DAG» eller «late: DAG»"),
        ("05-31 | grade 14: 06-01", "skriv «grade 1: DAG» eller «late: DAG»"),
        ("05-31 | grade 01: 06-01", "skriv «grade 1: DAG» eller «late: DAG»"),
        ("05-31 | grade: 06-01", "skriv «grade 1: DAG» eller «late: DAG»"),
        ("05-31 | late arrival", "skriv «grade 1: DAG» eller «late: DAG»"),
        ("05-31 |", "skriv «grade 1: DAG» eller «late: DAG»"),
        ("05-31 | late: 06-01 | late: 06-02", "behold ett"),
        ("05-31 | grade 1: 06-01 | grade 1: 06-02", "behold ett"),
        ("05-31 | grade 1,2: 06-01 | grade 2: 06-02", "behold ett"),
        ("٠٥-٣١", "skriv som «05-31», «school_end» eller «school_start + 6w»"),
    ],
)
def test_what_is_no_day_is_refused_with_what_to_write(text: str, remedy: str) -> None:
    with pytest.raises(BadDay) as caught:
        Days.parse(text)
    assert remedy in str(caught.value)


@given(st.text(max_size=30) | st.text("0123456789-+ .|:,dwmysgradelt", max_size=20))
def test_any_text_is_a_day_or_is_refused_with_a_remedy(text: str) -> None:
    refusal = ": skriv "
    try:
        again = Days.parse(text)
    except BadDay as bad:
        refusal = str(bad)
    else:
        assert Days.parse(str(again)) == again
    assert any(word in refusal for word in (": skriv ", ": stryk ", ": behold "))
