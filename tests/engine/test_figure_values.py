"""Figures that are typed in: what is refused and why, and that the log can bring all back."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from iopflow.engine import figure_values as registering
from iopflow.engine.figure_values import At, Line, check, read, register, too_early, wrong_source
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Act
from iopflow.engine.references import BadText
from iopflow.engine.undoing import last_event
from iopflow.models import School
from iopflow.queries.access import EVERYONE, viewer
from iopflow.queries.figure_values import Value, decimal_of, shown_to, values_of
from iopflow.queries.places import NotFound
from iopflow.queries.plausible import doubts
from iopflow.queries.value_history import history
from iopflow.registered import BY_CODE
from iopflow.schoolyear import Year
from tests.factories import NOW, TODAY, Lia, lia

Y = Year(2026)
OCTOBER = date(2026, 10, 1)


def wrong(code: str, *lines: Line) -> list[dict[str, str]]:
    check(BY_CODE[code], lines)
    return [line.wrong for line in lines]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("87,4", Decimal("87.4")),
        ("87.4", Decimal("87.4")),
        ("1 240", Decimal(1240)),
        ("1\u00a0240,5", Decimal("1240.5")),
        ("87 %", Decimal(87)),
        ("0", Decimal(0)),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, number: Decimal) -> None:
    assert read(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-1",
        "nei",
        "1e9",
        "NaN",
        "Infinity",
        "1,2,3",
        "87,12345",
        "9" * 10_000,
        "=1+1",
        "١٢"[:0] + "½",
    ],
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read(typed) is None


@given(st.decimals(0, 999_999, places=4, allow_nan=False, allow_infinity=False))
def test_what_is_stored_is_what_was_typed(number: Decimal) -> None:
    stored = registering._stored(f"{number:f}".replace(".", ","))
    assert decimal_of(stored) == number


def test_a_value_lies_between_nothing_and_the_most_of_its_unit() -> None:
    (share,) = wrong("S8", Line("", "101"))
    assert "S8 er en andel, og kan ikke være mer enn 100 prosent." in share["value"]
    assert wrong("T1", Line("", "150")) == wrong("S3", Line("", "480")) == [{}]
    assert "prosenten uten «av»" in wrong("T1", Line("", "3", "2"))[0]["value"]
    (hours,) = wrong("S6", Line("", "41"))
    assert hours == {"value": "Verdien må være et tall mellom 0 og 40."}
    (money,) = wrong("OK1a", Line("", "712 000"))
    assert "i tusen kroner: 712 for 712 000" in money["value"]
    assert wrong("S8", Line("", "100")) == [{}]
    assert wrong("S8", Line("", "")) == [{}]


@pytest.mark.parametrize(
    ("code", "before", "now", "odd"),
    [
        ("S8", "60", "90", False),
        ("S8", "60", "91", True),
        ("S8", "60", "12", True),
        ("T1", "2", "8", False),  # one more of a few who are new
        ("T1", "12", "1,2", True),
        ("T1", None, "101", True),
        ("S3", None, "100", False),
        ("S1", "20", "60", False),
        ("S1", "20", "61", True),
        ("S1", "20", "6,6", True),
        ("OK1a", "712", "7,12", True),
        ("S6", "0", "2", True),
        ("S6", "0", "0", False),
        ("S6", "mange", "2", False),
        ("S1", None, "900", False),
    ],
)
def test_what_is_far_from_last_year_is_asked_about(
    code: str, before: str | None, now: str, odd: bool
) -> None:
    day = OCTOBER if "0110" in BY_CODE[code].counted else date(2027, 3, 1)
    last = [
        Value(
            1, Y.previous, code, day.replace(year=day.year - 1), "", "prosent", before, None, None
        )
        for before in [before]
        if before is not None
    ]
    found = doubts([Value(2, Y, code, day, "", "", now, None, None)], last, {"3a"})
    assert bool(found) is odd
    elsewhere = [Value(3, Y, code, day, "", "3a", now, None, None)]
    assert before is None or doubts(elsewhere, last, {"3a"}) == []


def test_a_number_of_a_whole_is_whole_and_no_more_than_it() -> None:
    assert wrong("S8", Line("", "12", "14")) == [{}]
    assert "større enn «av»" in wrong("S8", Line("", "15", "14"))[0]["value"]
    assert "hele tall" in wrong("S8", Line("", "1,5", "14"))[0]["value"]
    assert "over 0" in wrong("S8", Line("", "1", "0"))[0]["of"]
    assert "ingen «av»" in wrong("S6", Line("", "2", "14"))[0]["of"]
    assert "Skriv verdien også" in wrong("S8", Line("", "", "14"))[0]["value"]


def test_a_percentage_of_a_number_is_asked_for_again() -> None:
    (said,) = wrong("S8", Line("", "12 %", "50"))
    assert "prosenten uten" in said["value"]


def test_parts_are_never_more_than_the_whole() -> None:
    three = ("1:1", "2:1", "gruppe")
    assert wrong("OK2", *(Line(key, "4", "12") for key in three)) == [{}, {}, {}]
    found = wrong("OK2", *(Line(key, "5", "12") for key in three))
    assert found[2] == {"value": "Kategoriene er til sammen 15, og det er mer enn 12."}
    found = wrong("OK2", *(Line(key, "40") for key in three))
    assert "mer enn 100 prosent" in found[2]["value"]
    # Three shares rounded up are no mistake.
    assert wrong("OK2", Line("1:1", "33,4"), Line("2:1", "33,4"), Line("gruppe", "33,4")) == [
        {},
        {},
        {},
    ]


def test_parts_are_looked_at_with_those_that_stand_there() -> None:
    there = [
        Value(1, Y, "OK2", OCTOBER, "1:1", "", "4", "12", None),
        Value(2, Y, "OK2", OCTOBER, "2:1", "", "4", "12", None),
    ]

    def asked(*lines: Line) -> list[dict[str, str]]:
        check(BY_CODE["OK2"], lines, there)
        return [line.wrong for line in lines]

    assert asked(Line("gruppe", "4", "12")) == [{}]
    assert "til sammen 13" in asked(Line("gruppe", "5", "12"))[0]["value"]
    assert asked(Line("1:1", "3", "12"), Line("gruppe", "5", "12")) == [{}, {}]
    assert "skriv alle på nytt" in asked(Line("gruppe", "4", "13"))[0]["value"]
    assert "skriv alle på nytt" in asked(Line("gruppe", "30"))[0]["value"]
    every = [Line(key, "4", "13") for key in ("1:1", "2:1", "gruppe")]
    assert asked(*every) == [{}, {}, {}]


def test_categories_are_those_asked_for_or_short_words_of_the_schools_own() -> None:
    assert "har ikke denne" in wrong("OK2", Line("3:1", "4"))[0]["category"]
    assert "har ikke denne" in wrong("S8", Line("x", "4"))[0]["category"]
    assert wrong("R1", Line("på vei", "4", "9")) == [{}]
    goal = "Eleven kan kjøpe bussbillett på egen hånd og ta bussen hjem"
    assert "inntil 40 tegn" in wrong("R1", Line(goal, "4", "9"))[0]["category"]
    assert wrong("R2", Line("Barnet mitt trives på skolen", "8", "9")) == [{}]
    for hostile in ("=HYPERLINK(1)", "a\nb", "01010112345", "x" * 101):
        assert "category" in wrong("R2", Line(hostile, "8", "9"))[0]
    assert "to ganger" in wrong("R2", Line("", "8", "9"), Line("", "7", "9"))[1]["category"]


def test_a_source_is_a_short_line_without_a_persons_number() -> None:
    assert wrong_source("GSI 2026") is None
    for hostile in ("x" * 201, "a\nb", "01010112345"):
        assert wrong_source(hostile) is not None


def test_a_counting_date_is_work_from_four_weeks_before() -> None:
    assert too_early(date(2027, 3, 1), date(2027, 2, 1)) is None
    assert too_early(date(2027, 3, 1), date(2027, 1, 31)) == (
        "Det telles 01.03.2027. Tall kan registreres fra 01.02.2027."
    )


# ---------------------------------------------------------------- in the database


@pytest.fixture
def cast(session: Session) -> Lia:
    return lia(session)


def school(cast: Lia, key: str = "lia") -> School:
    return cast.session.get_one(School, cast.ids[key])


def put(cast: Lia, code: str, *lines: Line, unit: str = "", reason: str | None = None) -> int:
    signed = registering_act(cast, reason)
    at = At(school(cast), Y, BY_CODE[code], OCTOBER, unit)
    return register(cast.session, at, lines, source="GSI", act=signed)


def registering_act(cast: Lia, reason: str | None = None, kind: str = "value") -> Act:
    return Act(kind, NOW, actor_id=cast.ids["rita"], reason=reason)


def stored(cast: Lia, code: str) -> list[Value]:
    return values_of(cast.session, school(cast), (Y,), code=code)


def test_a_figure_is_added_corrected_left_alone_and_taken_back(cast: Lia) -> None:
    assert put(cast, "S8", Line("", "12", "14")) == 1
    first = last_event(cast.session) + 1
    assert put(cast, "S8", Line("", "12,0", "14")) == 0  # the same
    assert put(cast, "S8", Line("", "13", "14"), reason="talte feil") == 1
    (value,) = stored(cast, "S8")
    assert (value.word, value.of_word, value.source) == ("93\u00a0%", "13/14", "GSI")
    events = range(first, last_event(cast.session) + 1)
    undo = registering_act(cast, kind="value_undo")
    registering.take_back(cast.session, {school(cast).number}, events, undo, code="S8")
    (value,) = stored(cast, "S8")
    assert value.of_word == "12/14"
    with pytest.raises(NotNow):
        registering.take_back(cast.session, {school(cast).number}, events, undo, code="S8")
    told = history(cast.session, school(cast), Y, "S8")
    assert [
        (line.act, line.before and line.before.of_word, line.after and line.after.of_word)
        for line in told
    ] == [("value_undo", "13/14", "12/14"), ("value", "12/14", "13/14"), ("value", None, "12/14")]
    assert told[1].reason == "talte feil"


def test_an_undo_reaches_no_other_indicator_or_school(cast: Lia) -> None:
    first = last_event(cast.session) + 1
    put(cast, "S8", Line("", "12", "14"))
    events = range(first, last_event(cast.session) + 1)
    undo = registering_act(cast, kind="value_undo")
    for where, code in (("lia", "S6"), ("fjell", "S8")):
        with pytest.raises(NotNow):
            registering.take_back(
                cast.session, {school(cast, where).number}, events, undo, code=code
            )
    assert len(stored(cast, "S8")) == 1


def test_a_figure_is_removed_with_a_reason_and_the_log_has_it(cast: Lia) -> None:
    put(cast, "S8", Line("", "12", "14"))
    (value,) = stored(cast, "S8")
    signed = registering_act(cast, "feil år", kind="value_withdraw")
    with pytest.raises(NotNow, match="hvorfor"):
        registering.withdraw(
            cast.session, school(cast), "S8", value.number, act=registering_act(cast)
        )
    for where, code in (("fjell", "S8"), ("lia", "S6")):
        with pytest.raises(NotFound):
            registering.withdraw(cast.session, school(cast, where), code, value.number, act=signed)
    registering.withdraw(cast.session, school(cast), "S8", value.number, act=signed)
    assert stored(cast, "S8") == []
    told = history(cast.session, school(cast), Y, "S8")
    assert (told[0].act, told[0].about.of_word, told[0].after) == ("value_withdraw", "12/14", None)
    assert history(cast.session, school(cast, "fjell"), Y, "S8") == []


def test_no_source_names_a_pupil(cast: Lia) -> None:
    cast.pupil("e1")
    at = At(school(cast), Y, BY_CODE["S2"], OCTOBER, "")
    with pytest.raises(BadText, match="navnet på en elev"):
        register(
            *(cast.session, at, [Line("", "80")]),
            source="Samtale med Elev e1",
            act=registering_act(cast),
        )


def test_a_persons_number_in_a_reason_is_refused(cast: Lia) -> None:
    at = At(cast.session.get_one(School, cast.ids["lia"]), Y, BY_CODE["S2"], OCTOBER, "")
    act = Act("value", NOW, cast.ids["rita"], reason="01018012345 sa det")
    with pytest.raises(BadText, match="fødselsnummer"):
        register(cast.session, at, [Line("", "80")], source=None, act=act)


def test_a_figure_that_was_removed_comes_back_and_never_over_another(cast: Lia) -> None:
    put(cast, "S8", Line("", "12", "14"))
    (value,) = stored(cast, "S8")
    first = last_event(cast.session) + 1
    signed = registering_act(cast, "feil år", kind="value_withdraw")
    registering.withdraw(cast.session, school(cast), "S8", value.number, act=signed)
    events = range(first, last_event(cast.session) + 1)
    undo = registering_act(cast, kind="value_undo")
    lia = {school(cast).number}
    put(cast, "S6", Line("", "2"))  # takes the number of the row that is gone, in SQLite
    registering.take_back(cast.session, lia, events, undo)
    assert [(one.of_word, one.source) for one in stored(cast, "S8")] == [("12/14", "GSI")]
    with pytest.raises(NotNow):
        registering.take_back(cast.session, lia, events, undo)
    told = history(cast.session, school(cast), Y, "S8")
    assert [line.act for line in told] == ["value_undo", "value_withdraw", "value"]
    assert [line.act for line in history(cast.session, school(cast), Y, "S6")] == ["value"]


@pytest.mark.parametrize(
    ("value", "of", "word", "of_word"),
    [
        ("31", None, "31\u00a0%", ""),
        ("4", "13", "31\u00a0%", "4/13"),
        ("87,4", "52", "87,4\u00a0%", "av 52"),  # no number of 52: a share, and what of
        ("1 240,5", None, "1\u00a0240,5\u00a0%", ""),
        ("tull", None, "tull", ""),
        ("NaN", None, "NaN", ""),
    ],
)
def test_what_a_file_brought_is_shown_as_it_was_meant(
    value: str, of: str | None, word: str, of_word: str
) -> None:
    one = Value(1, Y, "S8", OCTOBER, "", "", value, of, None)
    assert (one.word, one.of_word) == (word, of_word)


# ---------------------------------------------------------------- who sees


def small(cast: Lia, code: str, value: str, of: str | None = None, **more: str) -> None:
    cast.add(
        "figure_value",
        school_id=cast.ids["lia"],
        year=2026,
        indicator=code,
        counted_on=OCTOBER,
        category=more.get("category", ""),
        unit_key=more.get("unit", ""),
        value=value,
        of=of,
        source=None,
    )


def seen(cast: Lia, person: str | None) -> dict[tuple[str, str, str], str]:
    who = EVERYONE if person is None else viewer(cast.session, person, today=TODAY)
    found = shown_to(cast.session, who, school(cast), values_of(cast.session, school(cast), (Y,)))
    return {(one.indicator, one.category, one.unit): one.word for one in found}


def test_what_rests_on_few_pupils_is_hidden_outside_the_school(cast: Lia) -> None:
    cast.grant("eli", "skoleeier", "owner", "eikedal")
    cast.pupil("e1")  # the only pupil
    small(cast, "OK2", "100", category="1:1")
    small(cast, "R1", "3", "9", category="mestrer", unit="3a")
    small(cast, "OK1a", "712")
    small(cast, "S8", "3", "4")
    assert seen(cast, "rita") == seen(cast, None)
    # Of staff all is shown; of classes nothing, and of the one pupil nothing.
    assert seen(cast, "eli") == {
        ("OK2", "1:1", ""): "•",
        ("OK1a", "", ""): "•",
        ("S8", "", ""): "75\u00a0%",
    }


def test_one_small_part_hides_all_of_its_day(cast: Lia) -> None:
    cast.grant("eli", "skoleeier", "owner", "eikedal")
    for number in range(12):
        cast.pupil(f"e{number}")
    for category, value in (("1:1", "1"), ("2:1", "5"), ("gruppe", "6")):
        small(cast, "OK2", value, "12", category=category)
    assert set(seen(cast, "eli").values()) == {"•"}
    assert "•" not in seen(cast, "rita").values()


def test_the_head_of_an_avdeling_sees_its_own_classes(cast: Lia) -> None:
    other = cast.add("unit", key="5a", school_id=cast.ids["lia"], kind="klasse", name="5a")
    assert other
    for unit in ("3a", "5a", ""):
        small(cast, "R1", "3", "9", category="mestrer", unit=unit)
    assert {unit for _code, _category, unit in seen(cast, "heidi")} == {"3a", ""}
