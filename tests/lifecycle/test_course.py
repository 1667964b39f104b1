"""The course of a case: refusals in words, stretches, pauses, courts, renewal and coming back."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.facts import (
    AssessmentFact,
    CaseFacts,
    ConsentFact,
    MoveFact,
    PauseFact,
    VedtakFact,
)
from iopflow.lifecycle import Circumstances, Course, Court, State, course
from tests.lifecycle.facts import (
    GRANTED,
    PUPIL,
    ROAD,
    YEAR,
    assessment,
    consent,
    day,
    granted,
    move,
    on,
    pause,
    refused,
    states,
)

DAY = timedelta(days=1)
T = TypeVar("T")


def wrong(found: Course) -> list[str]:
    return [one.words for one in found.irregular]


# ------------------------------------------------------------------ the whole road


def test_the_road_of_a_case_day_by_day() -> None:
    found = on(
        "27-02-01",
        *ROAD,
        GRANTED,
        move("asked_utredning", "26-01-20"),
        move("sent_back", "26-02-13", "referat mangler"),
        move("supplied", "26-02-17"),
        move("asked_vedtak", "26-05-22"),
        about=replace(PUPIL, concern_on=day("26-01-05")),
    )
    assert wrong(found) == []
    assert states(found) == [
        ("26-01-05", "concern"),
        ("26-01-12", "needed"),
        ("26-01-20", "asked_utredning"),
        ("26-02-02", "consented_utredning"),
        ("26-02-10", "referred"),
        ("26-02-13", "incomplete"),
        ("26-02-17", "referred"),
        ("26-02-20", "sv_work"),
        ("26-05-20", "sv_received"),
        ("26-05-22", "asked_vedtak"),
        ("26-05-28", "consented_vedtak"),
        ("26-06-10", "granted"),
        ("26-06-12", "notified"),
        ("26-08-01", "in_force"),
        ("27-01-31", "renewal_due"),
    ]
    spent = found.spent(day("26-01-12"), day("26-05-20"))
    assert spent.by_court == {
        Court.SKOLE: 8 + 8 + 4,
        Court.FORESATTE: 13,
        Court.PPT: 3 + 3 + 89,
        Court.KOMMUNE: 0,
    }
    assert (spent.gross, spent.net, spent.resting) == (128, 128, 0)


def test_the_home_municipality_decides_where_it_is_another() -> None:
    about = replace(PUPIL, decider=Court.KOMMUNE)
    assert on("26-06-01", *ROAD, about=about).turn is Court.KOMMUNE
    assert on("26-06-01", *ROAD).turn is Court.SKOLE
    assert on("26-06-11", *ROAD, GRANTED, about=about).turn is Court.KOMMUNE


def test_whose_turn_it_is_and_since_when() -> None:
    found = on("26-05-21", *ROAD)
    assert (found.state, found.turn, found.since) == (
        State.SV_RECEIVED,
        Court.SKOLE,
        day("26-05-20"),
    )
    # PPT has had it since the referral, though the state has changed since.
    assert on("26-03-01", *ROAD).since == day("26-02-10")
    nothing = on("26-01-01", *ROAD)
    assert (nothing.state, nothing.turn, nothing.since, nothing.begun) == (
        State.ORDINARY,
        None,
        None,
        None,
    )


# ------------------------------------------------------------------ what is refused, in words


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            (assessment("26-01-12", referred_on="26-02-10"),),
            (
                "Henvisning til PPT: samtykke til utredning var ikke gitt 10.02.2026: registrer "
                "det først (opplæringslova § 11-7 tredje ledd)."
            ),
        ),
        (
            (*ROAD[:2], granted("26-06-10", "26-08-01", "27-07-31")),
            (
                "Vedtak: innvilget: samtykke til vedtak var ikke gitt 10.06.2026: registrer det "
                "først (opplæringslova § 11-7 tredje ledd)."
            ),
        ),
        (
            (assessment("26-01-12"), refused("26-06-10")),
            (
                "Vedtak: avslag: ingen sakkyndig vurdering som gjelder var mottatt 10.06.2026: "
                "registrer først når den kom (opplæringslova § 11-7 første ledd)."
            ),
        ),
        (
            (*ROAD, granted("26-06-10", "26-08-01", "27-07-31", departs=True)),
            (
                "Vedtak: innvilget: et vedtak som avviker fra sakkyndig vurdering må begrunnes: "
                "skriv begrunnelsen (opplæringslova § 11-7 andre ledd)."
            ),
        ),
        (
            (consent("utredning", "26-02-02", by="elev"),),
            (
                "Samtykke til utredning: eleven er ikke fylt 15 år, og foresatte svarer: registrer "
                "svaret deres (opplæringslova § 24-5)."
            ),
        ),
        (
            (*ROAD, GRANTED, granted("26-06-15", "27-07-31", "28-07-31", 2026)),
            (
                "Vedtak: innvilget: et annet vedtak, av 10.06.2026, gjelder fra 01.08.2026 til "
                "31.07.2027: sett en tidligere siste dag på det, eller rett datoene."
            ),
        ),
        (
            (*ROAD, move("sent_back", "26-02-12", " ")),
            (
                "Sendt tilbake: mangler dokumentasjon: skriv hva som mangler, så skolen kan sende "
                "det."
            ),
        ),
        (
            (assessment("26-01-12"), move("closed", "26-02-12")),
            "Saken avsluttet: skriv hvorfor, så andre kan forstå det siden.",
        ),
        (
            (assessment("26-01-12"), move("supplied", "26-02-12")),
            (
                "Ettersendt til PPT: saken er «behov meldt» da; registrer det som kommer før, "
                "eller rett datoen."
            ),
        ),
    ],
)
def test_what_goes_against_a_rule_says_what_to_do_and_where_the_rule_stands(
    rows: tuple[Any, ...], words: str
) -> None:
    assert wrong(on("26-07-01", *rows)) == [words]


def test_the_pupil_answers_from_fifteen() -> None:
    grown = replace(PUPIL, birth_month="2011-01")
    month = replace(PUPIL, birth_month="2011-02")
    by_parents = consent("utredning", "26-02-02", by="foresatte")
    by_pupil = consent("utredning", "26-02-02", by="elev")
    assert wrong(on("26-03-01", by_parents, about=grown)) == [
        (
            "Samtykke til utredning: eleven er fylt 15 år og svarer selv: registrer elevens svar "
            "(opplæringslova § 24-5)."
        )
    ]
    assert wrong(on("26-03-01", by_pupil, about=grown)) == []
    for row in (by_parents, by_pupil):  # in the month itself the day is not known
        assert wrong(on("26-03-01", row, about=month)) == []
    assert wrong(on("26-03-01", by_pupil, about=replace(PUPIL, birth_month=None))) == []


def test_what_happened_stands_though_it_went_against_a_rule() -> None:
    found = on("26-06-20", assessment("26-01-12"), GRANTED)
    assert found.state is State.NOTIFIED
    assert len(found.irregular) == 2


def test_a_rule_binds_nothing_before_it_was_in_force() -> None:
    before = on("24-06-30", granted("24-06-10", "24-08-01", "25-07-31", 2024), year=2024)
    assert (before.state, wrong(before)) == (State.GRANTED, [])


# ------------------------------------------------------------------ consent


def test_a_yes_in_advance_works_from_when_the_assessment_is_there() -> None:
    early = consent("vedtak", "26-03-01")
    assert on("26-05-19", *ROAD[:2], early).state is State.SV_WORK
    assert states(on("26-05-20", *ROAD[:2], early))[-1] == ("26-05-20", "consented_vedtak")


def test_a_yes_in_advance_does_not_come_back_after_a_no() -> None:
    rows = (*ROAD[:2], consent("vedtak", "26-03-01"), consent("vedtak", "26-04-01", given=False))
    assert on("26-05-01", *rows).state is State.NO_CONSENT
    found = on("26-06-01", *rows)
    assert (found.state, wrong(found)) == (State.SV_RECEIVED, [])
    assert wrong(on("26-06-11", *rows, GRANTED)) == [
        (
            "Vedtak: innvilget: samtykke til vedtak var ikke gitt 10.06.2026: registrer det først "
            "(opplæringslova § 11-7 tredje ledd)."
        )
    ]


def test_a_no_or_an_early_yes_to_the_vedtak_keeps_nobody_from_an_assessment() -> None:
    for answer in (True, False):
        early = consent("vedtak", "26-01-10", given=answer)
        found = on("26-05-21", *ROAD[:2], early)
        assert wrong(found) == []
        expected = State.CONSENTED_VEDTAK if answer else State.SV_RECEIVED
        assert found.state is expected


def test_no_consent_rests_until_there_is_one() -> None:
    no = consent("utredning", "26-02-02", given=False)
    found = on("26-03-01", assessment("26-01-12"), no)
    assert (found.state, found.turn) == (State.NO_CONSENT, None)
    again = on("26-04-01", assessment("26-01-12"), no, consent("utredning", "26-03-20"))
    assert (again.state, again.turn) == (State.CONSENTED_UTREDNING, Court.SKOLE)


@pytest.mark.parametrize(
    ("no", "yes", "expected"),
    [
        ("26-07-01", "26-07-10", [("26-07-10", "notified"), ("26-08-01", "in_force")]),
        ("26-10-01", "26-10-10", [("26-10-10", "in_force")]),
        ("27-02-10", "27-02-20", [("27-02-20", "renewal_due")]),
        ("26-10-01", "27-02-20", [("27-02-20", "renewal_due")]),
    ],
)
def test_a_consent_withdrawn_and_given_anew_leads_to_where_time_has_brought_the_vedtak(
    no: str, yes: str, expected: list[tuple[str, str]]
) -> None:
    rows = (*ROAD, GRANTED, consent("vedtak", no, given=False))
    withdrawn = on(no, *rows)
    assert (withdrawn.state, withdrawn.turn) == (State.CONSENT_WITHDRAWN, Court.SKOLE)
    found = on("27-03-01", *rows, consent("vedtak", yes))
    assert wrong(found) == []
    renewal = [] if yes[:2] == "27" else [("27-01-31", "renewal_due")]
    after = states(found)[[one[1] for one in states(found)].index("consent_withdrawn") + 1 :]
    assert after == expected + renewal


def test_a_vedtak_whose_consent_was_withdrawn_still_ends() -> None:
    rows = (*ROAD, GRANTED, consent("vedtak", "26-10-01", given=False))
    assert on("27-08-01", *rows).state is State.LAPSED


# ------------------------------------------------------------------ renewal, end and succession

NEXT = (
    assessment("27-01-10", 2027, referred_on="27-02-01", received_on="27-05-01"),
    consent("utredning", "27-01-20", 2027),
    consent("vedtak", "27-05-10", 2027),
)


def test_a_vedtak_is_followed_by_the_next() -> None:
    rows = (*ROAD, GRANTED, *NEXT, granted("27-06-10", "27-08-01", "28-07-31", 2027))
    found = on("28-01-01", *rows)
    assert states(found)[-2:] == [("26-08-01", "in_force"), ("27-08-01", "succeeded")]
    assert on("28-01-01", *rows, year=2027).state is State.IN_FORCE
    assert [*wrong(found), *wrong(on("28-01-01", *rows, year=2027))] == []


def test_a_vedtak_that_nothing_follows_lapses_and_the_school_is_asked() -> None:
    found = on("27-08-01", *ROAD, GRANTED)
    assert states(found)[-2:] == [("27-01-31", "renewal_due"), ("27-08-01", "lapsed")]
    assert found.turn is Court.SKOLE
    late = granted("27-09-10", "27-09-15", "28-07-31", 2027)
    assert states(on("27-10-01", *ROAD, GRANTED, *NEXT, late))[-2:] == [
        ("27-08-01", "lapsed"),
        ("27-09-15", "succeeded"),
    ]


def test_a_renewal_that_comes_late_ends_the_waiting_for_it() -> None:
    late = replace(NEXT[0], needed_since=day("27-03-01"))
    assert states(on("27-03-01", *ROAD, GRANTED, late))[-2:] == [
        ("27-01-31", "renewal_due"),
        ("27-03-01", "in_force"),
    ]


def test_no_new_need_closes_the_case_with_its_vedtak_and_never_before_it_was_known() -> None:
    early = move("no_need", "27-03-01", "klarer seg", 2027)
    assert states(on("27-08-01", *ROAD, GRANTED, early))[-1] == ("27-08-01", "closed")
    late = move("no_need", "27-09-01", "klarer seg", 2027)
    assert states(on("27-10-01", *ROAD, GRANTED, late))[-2:] == [
        ("27-08-01", "lapsed"),
        ("27-09-01", "closed"),
    ]
    assert on("27-10-01", early, year=2027).state is State.NOT_NEEDED


def test_a_vedtak_of_several_years_is_renewed_at_its_end() -> None:
    """What is registered for a year that it covers is no renewal."""
    long = granted("26-06-10", "26-08-01", "29-07-31", notified_on="26-06-12")
    looked_at = move("no_need", "27-03-01", "vedtaket gjelder", 2027)
    found = on("29-03-01", *ROAD, long, looked_at)
    assert states(found)[-2:] == [("26-08-01", "in_force"), ("29-01-31", "renewal_due")]
    begun = assessment("29-02-10", 2029)
    assert on("29-03-01", *ROAD, long, looked_at, begun).state is State.IN_FORCE
    assert on("29-08-01", *ROAD, long, looked_at).state is State.LAPSED


def test_two_vedtak_of_a_year_with_and_without_a_gap() -> None:
    first = granted("26-06-10", "26-08-01", "26-12-31", notified_on="26-06-12")
    for starts, between in (("27-01-01", []), ("27-02-01", [("27-01-01", "lapsed")])):
        second = granted("26-12-01", starts, "27-07-31", notified_on="26-12-02")
        found = on("27-01-15", *ROAD, first, second)
        later = on("27-03-01", *ROAD, first, second)
        assert wrong(later) == []
        expected = [
            ("26-12-01", "granted"),
            ("26-12-02", "notified"),
            *between,
            (starts, "in_force"),
        ]
        reached = expected[:-1] if between else expected
        # The renewal of the second, ended in July, was due on the last of January.
        with_renewal = [*expected[:-1], (starts, "in_force")]
        assert states(found)[-len(reached) :] == reached
        if between:
            assert states(later)[-len(with_renewal) :] == with_renewal
        else:
            assert states(later)[-1] == ("27-01-31", "renewal_due")


def test_a_vedtak_decided_when_it_was_over_has_lapsed() -> None:
    late = granted("27-09-10", "26-08-01", "27-07-31")
    assert states(on("27-10-01", *ROAD, late))[-1] == ("27-09-10", "lapsed")


def test_a_vedtak_without_its_days_grants_on_no_day_and_never_begins() -> None:
    found = on("28-01-01", *ROAD, granted("26-06-10", None, None, notified_on="26-06-12"))
    assert states(found)[-1] == ("26-06-12", "notified")


def test_refused_then_granted_after_an_appeal() -> None:
    no = refused("26-06-10", notified_on="26-06-12")
    yes = granted("26-09-01", "26-09-15", "27-07-31", notified_on="26-09-03")
    found = on("26-10-01", *ROAD, no, yes)
    assert wrong(found) == []
    assert states(found)[-5:] == [
        ("26-06-10", "refused"),
        ("26-06-12", "refusal_notified"),
        ("26-09-01", "granted"),
        ("26-09-03", "notified"),
        ("26-09-15", "in_force"),
    ]
    assert on("26-07-01", *ROAD, no).turn is None


def test_a_case_closed_while_the_vedtak_is_in_force_is_irregular_and_stays_closed() -> None:
    rows = (*ROAD, GRANTED, move("closed", "26-11-01", "flytter"))
    assert on("27-09-01", *rows).state is State.CLOSED
    assert wrong(on("26-12-01", *rows, move("asked_vedtak", "26-11-15"))) == [
        "Saken avsluttet: et vedtak gjelder: sett en tidligere siste dag på det først.",
        (
            "Bedt om samtykke til vedtak: saken er «avsluttet» da; registrer det som kommer før, "
            "eller rett datoen."
        ),
    ]


# ------------------------------------------------------------------ leaving and coming back


def test_who_leaves_is_waited_for_no_longer_and_who_comes_back_goes_on() -> None:
    left = replace(PUPIL, left_on=day("26-03-31"))
    assert on("26-03-31", *ROAD, about=left).state is State.SV_WORK
    gone = on("26-04-01", *ROAD[:2], about=left)
    assert (gone.state, gone.turn) == (State.MOVED, None)
    assert on("26-04-15", *ROAD[:2], about=PUPIL).state is State.SV_WORK
    # Who leaves after the year is over leaves no mark on a case that another has followed.
    rows = (*ROAD, GRANTED, *NEXT, granted("27-06-10", "27-08-01", "28-07-31", 2027))
    later = replace(PUPIL, left_on=day("27-10-01"))
    assert on("28-01-01", *rows, about=later).state is State.SUCCEEDED
    assert on("28-01-01", *rows, about=later, year=2027).state is State.MOVED


def test_a_pupil_who_leaves_without_a_case_has_none() -> None:
    found = on("27-01-01", about=replace(PUPIL, left_on=day("26-03-31")))
    assert (found.state, found.turn, found.irregular) == (State.ORDINARY, None, ())


# ------------------------------------------------------------------ corrections


def test_a_correction_changes_the_course_as_if_it_had_been_so() -> None:
    moved = replace(ROAD[0], received_on=day("26-06-03"))
    assert states(on("26-06-05", moved, ROAD[1], ROAD[2]))[-2:] == [
        ("26-02-20", "sv_work"),
        ("26-06-03", "consented_vedtak"),
    ]


def test_what_left_a_state_and_came_back_on_one_day_has_not_left_it() -> None:
    found = on(
        "26-03-01",
        *ROAD,
        move("sent_back", "26-02-14", "referat mangler"),
        move("supplied", "26-02-14"),
    )
    assert states(found)[-2:] == [("26-02-10", "referred"), ("26-02-20", "sv_work")]


# ------------------------------------------------------------------ pauses and days


def test_a_pause_says_whose_days_they_were_and_moves_no_state() -> None:
    ill = pause("26-03-01", "foresatte", "26-03-10")
    found = on("26-05-20", *ROAD[:2], ill)
    assert states(found) == states(on("26-05-20", *ROAD[:2]))
    spent = found.spent(day("26-02-10"), day("26-05-20"))
    assert (spent.by_court[Court.FORESATTE], spent.by_court[Court.PPT]) == (10, 89)
    assert (spent.gross, spent.net, spent.paused) == (99, 89, 10)
    during = on("26-03-05", *ROAD[:2], ill)
    assert (during.turn, during.since) == (Court.FORESATTE, day("26-03-01"))
    after = on("26-03-11", *ROAD[:2], ill)
    assert (after.turn, after.since) == (Court.PPT, day("26-03-11"))


def test_an_open_pause_lasts_until_today() -> None:
    found = on("26-03-05", *ROAD[:2], pause("26-03-01", "foresatte"))
    assert found.pauses[0].ends == day("26-03-06")
    assert found.spent(day("26-03-01"), day("26-03-06")).by_court[Court.FORESATTE] == 5


def test_a_stretch_of_no_days_holds_none() -> None:
    found = on("26-05-01", *ROAD, pause("25-12-01", "ppt", "26-01-31"))
    for first, before in (
        ("26-03-01", "26-03-01"),
        ("26-03-01", "26-02-01"),
        ("25-11-01", "25-12-31"),
    ):
        spent = found.spent(day(first), day(before))
        assert set(spent.by_court.values()) == {0}
        assert spent.gross == spent.resting == max(0, (day(before) - day(first)).days)
        assert spent.paused == 0


# ------------------------------------------------------------------ whatever the facts

when = st.dates(date(2026, 1, 1), date(2027, 10, 31))
maybe = st.none() | when
years = st.sampled_from([2026, 2026, 2026, 2027])


def some(rows: st.SearchStrategy[T], size: int) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(rows, max_size=size).map(tuple)


@st.composite
def anything(draw: st.DrawFn) -> CaseFacts:
    """Any facts of two years, lawful or not, as an import may bring them."""
    assessments = st.builds(AssessmentFact, years, when, maybe, maybe, maybe, st.none() | when)
    vedtak = st.builds(VedtakFact, years, when, st.booleans(), maybe, maybe, maybe, maybe)
    consents = st.builds(
        ConsentFact,
        st.sampled_from(["utredning", "vedtak"]),
        years,
        when,
        st.booleans(),
        st.sampled_from([None, "elev", "foresatte"]),
    )
    kinds = [
        *("measures", "no_need", "asked_utredning", "sent_back", "supplied"),
        *("asked_vedtak", "interim_reply", "closed"),
    ]
    moves = st.builds(
        MoveFact, st.sampled_from(kinds), years, when, st.sampled_from([None, "fordi"])
    )
    pauses = st.builds(PauseFact, years, when, st.sampled_from(list(Court)), maybe)
    by_year = {row.year: row for row in draw(some(assessments, 2))}
    by_day = {(row.kind, row.year, row.on_day): row for row in draw(some(consents, 5))}
    apart = sorted(draw(some(pauses, 2)), key=lambda row: row.starts)
    if len(apart) == 2 and (apart[0].ends or date.max) >= apart[1].starts:
        apart = apart[:1]
    return CaseFacts(
        tuple(by_year.values()),
        draw(some(vedtak, 3)),
        tuple(by_day.values()),
        draw(some(moves, 4)),
        tuple(row for row in apart if row.ends is None or row.ends >= row.starts),
    )


about = st.builds(
    Circumstances,
    st.sampled_from([None, "2011-06", "2014-03"]),
    st.sampled_from([Court.SKOLE, Court.KOMMUNE]),
    st.just(date(2026, 8, 17)),
    st.none() | when,
    st.none() | when,
)


@given(anything(), about, when)
def test_stretches_follow_each_other_and_none_is_empty(
    facts: CaseFacts, whose: Circumstances, until: date
) -> None:
    found = course(facts, YEAR, whose, until=until)
    assert bool(found.stretches) == bool(found.events)
    for stretch in found.stretches:
        assert stretch.starts < stretch.ends
        decides = stretch.state.about.decides
        assert stretch.turn == (whose.decider if decides else stretch.state.about.turn)
    for one, other in pairwise(found.stretches):
        assert one.ends == other.starts
        assert one.state is not other.state
    if found.stretches:
        assert found.stretches[0].starts == found.begun
        assert found.stretches[-1].ends == until + DAY
        assert found.stretches[-1].state is found.state
    if found.since is not None:
        held = [found.holder(found.since + n * DAY) for n in range((until - found.since).days + 1)]
        assert set(held) == {found.turn}
        before = found.since - DAY
        assert before < (found.begun or until) or found.holder(before) is not found.turn


@given(anything(), about, when, when, when)
def test_the_days_by_court_are_those_of_a_count_day_by_day(
    facts: CaseFacts, whose: Circumstances, until: date, first: date, before: date
) -> None:
    found = course(facts, YEAR, whose, until=until)
    spent = found.spent(first, before)
    every = [first + n * DAY for n in range(max(0, (before - first).days))]
    counted: Counter[Court | None] = Counter()
    paused = 0
    for one in every:
        lies = [stretch for stretch in found.stretches if stretch.starts <= one < stretch.ends]
        waits = [row for row in found.pauses if lies and row.starts <= one < row.ends]
        paused += len(waits)
        counted[waits[0].court if waits else lies[0].turn if lies else None] += 1
    assert spent.by_court == {court: counted[court] for court in Court}
    assert (spent.resting, spent.paused) == (counted[None], paused)
    assert (spent.gross, spent.net) == (len(every), len(every) - paused)


def known_by(facts: CaseFacts, until: date) -> CaseFacts:
    """What somebody had written down by a day: later days of the same rows stand empty."""

    def by(one: date | None) -> date | None:
        return one if one is not None and one <= until else None

    return CaseFacts(
        tuple(
            replace(
                row,
                referred_on=by(row.referred_on),
                complete_on=by(row.complete_on),
                received_on=by(row.received_on),
            )
            for row in facts.assessments
            if row.needed_since <= until
        ),
        tuple(
            replace(row, notified_on=by(row.notified_on), arrived_on=by(row.arrived_on))
            for row in facts.vedtak
            if row.decided_on <= until
        ),
        tuple(row for row in facts.consents if row.on_day <= until),
        tuple(row for row in facts.moves if row.on_day <= until),
        tuple(row for row in facts.pauses if row.starts <= until),
    )


@given(anything(), about, when)
def test_a_day_knows_what_had_happened_by_then_and_nothing_later(
    facts: CaseFacts, whose: Circumstances, until: date
) -> None:
    known = known_by(facts, until)
    found, of_known = (course(one, YEAR, whose, until=until) for one in (facts, known))
    assert found.stretches == of_known.stretches
    assert found.pauses == of_known.pauses
    assert wrong(found) == wrong(of_known)
    assert [one.key for one in found.events] == [one.key for one in of_known.events]


def in_order(facts: CaseFacts) -> CaseFacts:
    """The rows with no day before the one that the row is known from."""

    def by(first: date, one: date | None) -> date | None:
        return one if one is None else max(first, one)

    return replace(
        facts,
        assessments=tuple(
            replace(
                row,
                referred_on=by(row.needed_since, row.referred_on),
                complete_on=by(row.needed_since, row.complete_on),
                received_on=by(row.needed_since, row.received_on),
            )
            for row in facts.assessments
        ),
        vedtak=tuple(
            replace(
                row,
                notified_on=by(row.decided_on, row.notified_on),
                arrived_on=by(row.decided_on, row.arrived_on),
            )
            for row in facts.vedtak
        ),
    )


def without_early_yes(facts: CaseFacts) -> CaseFacts:
    received = {row.year: row.received_on for row in facts.assessments}
    return replace(
        facts,
        consents=tuple(
            row
            for row in facts.consents
            if not (row.kind == "vedtak" and row.given)
            or row.on_day >= (received.get(row.year) or date.min)
        ),
    )


@given(anything(), about, when, when)
def test_what_was_so_stays_so_when_more_happens(
    facts: CaseFacts, whose: Circumstances, one: date, other: date
) -> None:
    """The course up to a day is the beginning of the course of a later day.

    Facts whose days are out of order are told when the first of them is known, and a yes in advance
    moves to the day of the assessment.
    """
    until, later = sorted((one, other))
    facts = without_early_yes(in_order(facts))
    early = course(facts, YEAR, whose, until=until)
    cut = [
        replace(row, ends=min(row.ends, until + DAY))
        for row in course(facts, YEAR, whose, until=later).stretches
        if row.starts <= until
    ]
    assert list(early.stretches) == cut
