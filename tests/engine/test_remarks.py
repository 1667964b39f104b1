"""Comments, measures and deviations: what is refused, and that every act can be taken back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import remarks, undoing
from iopflow.engine.delays import Doubted
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Act
from iopflow.engine.references import BadReference, BadText
from iopflow.engine.remarks import TABLES, About, Story, seen
from iopflow.models import LONGEST_COMMENT, What, metadata
from iopflow.queries.access import EVERYONE, Known, viewer_of
from iopflow.queries.remarks import (
    DeviationRow,
    MeasureRow,
    answerable,
    comments_of,
    deviation_by,
    measure_by,
    pupils_named,
    remarks_of,
)
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from tests.factories import NOW, RULES, TODAY, YEAR, Lia, lia

DUE = date(2026, 12, 18)


@pytest.fixture
def cast(session: Session) -> Lia:
    cast = lia(session)
    cast.pupil("e1")
    cast.pupil("e5", protected=True)
    return cast


def rita(cast: Lia, kind: str, *, at: datetime = NOW) -> Act:
    """The rektor does something."""
    return Act(kind, at, actor_id=cast.ids["rita"])


def about(cast: Lia, code: str = "P1", year: Year = YEAR) -> About:
    return About(cast.owner_id, cast.ids["lia"], year, code)


def comment(cast: Lia, text: str, code: str = "P1", *, known: str | None = None) -> bool:
    act = rita(cast, "comment")
    return remarks.comment(cast.session, about(cast, code), text, known=known, act=act)


def measure(cast: Lia, text: str = "Melde behov før jul", **said: Any) -> MeasureRow:
    values: dict[str, Any] = {"person_id": cast.ids["heidi"], "due": DUE, "follows": None} | said
    of = values.pop("about", about(cast))
    number = remarks.decide(cast.session, of, text, **values, act=rita(cast, "measure"))
    return measure_of(cast, number)


def measure_of(cast: Lia, number: int) -> MeasureRow:
    found = measure_by(cast.session, number)
    assert found is not None
    return found


def task(number: int, said: What | None = None) -> Any:
    """What the engine reads of a task that a deviation is about."""
    return SimpleNamespace(id=number, subject_id=number, said=said)


def deviation(cast: Lia, **said: Any) -> DeviationRow:
    values: dict[str, Any] = {
        "step": None,
        "tasks": [task(7), task(3)],
        "pupils": 2,
        "cause": "kapasitet_ppt",
        "description": "To vurderinger kom etter fristen.",
        "correction": "Møte med PPT i januar.",
    } | said
    act = rita(cast, "deviation")
    of = about(cast, values.pop("code", "P1"))
    story = Story(*(values.pop(name) for name in ("cause", "description", "correction")))
    number = remarks.raise_deviation(cast.session, of, story, **values, act=act)
    found = deviation_by(cast.session, number)
    assert found is not None
    return found


def test_a_comment_is_one_and_the_log_keeps_the_one_before(cast: Lia) -> None:
    assert comment(cast, "Første.\r\n\r\nAndre avsnitt.")
    assert not comment(cast, "Første.\n\nAndre avsnitt. ")
    assert comment(cast, "Ny.")
    there = comments_of(cast.session, cast.ids["lia"], YEAR)["P1"]
    assert (there.text, there.by, there.on_day) == ("Ny.", "Rita", TODAY)
    event = metadata.tables["event"]
    kept = cast.session.execute(
        select(event.c.before).where(event.c.act == "comment", event.c.before.is_not(None))
    ).scalar_one()
    assert "Første." in kept


def test_a_comment_takes_ten_thousand_characters_and_not_one_more(cast: Lia) -> None:
    whole = "Æ" * LONGEST_COMMENT
    assert comment(cast, f" {whole}\r\n")
    assert remarks_of(cast.session, cast.ids["lia"], YEAR)["P1"].comment == whole
    with pytest.raises(BadText, match="10001"):
        comment(cast, whole + "Æ")


@pytest.mark.parametrize("text", ["Født 01019012345", "slem\x1b[2Jtekst", "a\x00b", "a\x85b"])
def test_a_text_holds_no_national_id_and_nothing_unseen(cast: Lia, text: str) -> None:
    with pytest.raises(BadText):
        comment(cast, text)
    with pytest.raises(BadText):
        measure(cast, text)
    with pytest.raises(BadText):
        deviation(cast, description=text)


def test_a_comment_that_somebody_has_changed_meanwhile_is_not_written_over(cast: Lia) -> None:
    empty = seen(None)
    comment(cast, "Ritas", known=empty)
    with pytest.raises(NotNow, match="imens"):
        comment(cast, "Heidis", known=empty)
    there = comments_of(cast.session, cast.ids["lia"], YEAR)["P1"]
    assert comment(cast, "Heidis", known=seen(there))


def test_a_measure_needs_words_and_a_day_that_comes(cast: Lia) -> None:
    with pytest.raises(NotNow, match="hva som skal gjøres"):
        measure(cast, " ")
    with pytest.raises(NotNow, match="passert"):
        measure(cast, due=TODAY - timedelta(days=1))
    with pytest.raises(BadText, match="500"):
        measure(cast, "x" * 501)
    assert measure(cast, due=TODAY).is_overdue(TODAY) is False


def test_a_measure_goes_on_with_one_of_an_earlier_year_of_the_school(cast: Lia) -> None:
    before = measure(cast, about=about(cast, year=YEAR.previous))
    after = measure(cast, follows=before)
    assert after.follows == before.id
    fjell = About(cast.owner_id, cast.ids["fjell"], YEAR, "P1")
    for of, follows in ((fjell, before), (about(cast), after)):
        with pytest.raises(NotNow, match="tidligere år"):
            measure(cast, about=of, follows=follows)


def test_a_measure_is_done_with_what_came_of_it(cast: Lia) -> None:
    one = measure(cast)
    act = rita(cast, "measure_done")
    with pytest.raises(NotNow, match="Skriv hva som kom ut"):
        remarks.finish(cast.session, one, TODAY, " ", act=act)
    with pytest.raises(NotNow, match="etter i dag"):
        remarks.finish(cast.session, one, TODAY + timedelta(days=1), "Bra", act=act)
    with pytest.raises(NotNow, match="årstallet"):
        remarks.finish(cast.session, one, date(2026, 7, 31), "Bra", act=act)
    assert remarks.finish(cast.session, one, TODAY, "Alle fikk svar.", act=act)
    done = measure_of(cast, one.id)
    assert (done.done_on, done.outcome, done.is_open) == (TODAY, "Alle fikk svar.", False)
    assert not remarks.finish(cast.session, done, TODAY, "Alle fikk svar.", act=act)
    late_ones: list[Callable[[], object]] = [
        lambda: remarks.close(cast.session, done, "Nei", act=act),
        lambda: remarks.change(cast.session, done, "Nytt", person_id=1, due=DUE, act=act),
        lambda: remarks.finish(cast.session, done, TODAY, "Igjen", act=act),
    ]
    for late in late_ones:
        with pytest.raises(NotNow, match=r"gjort 26\.11\.2026"):
            late()


def test_a_measure_is_closed_without_being_done_only_with_why(cast: Lia) -> None:
    one = measure(cast)
    with pytest.raises(NotNow, match="Skriv hvorfor"):
        remarks.close(cast.session, one, "", act=rita(cast, "measure_close"))
    remarks.close(cast.session, one, "PPT har fått nytt system.", act=rita(cast, "measure_close"))
    closed = measure_of(cast, one.id)
    assert (closed.closed_on, closed.done_on, closed.is_open) == (TODAY, None, False)


def test_a_measure_that_is_late_keeps_its_day_and_may_get_one_that_comes(cast: Lia) -> None:
    one = measure(cast, due=TODAY)
    later = rita(cast, "measure_change", at=NOW + timedelta(days=5))
    rita_is = cast.ids["rita"]
    assert remarks.change(cast.session, one, "Bedre", person_id=rita_is, due=TODAY, act=later)
    with pytest.raises(NotNow, match="passert"):
        remarks.change(
            cast.session,
            *(one, "Ord"),
            person_id=rita_is,
            due=TODAY + timedelta(days=2),
            act=later,
        )


def test_a_deviation_says_why_and_is_closed_only_with_evidence(cast: Lia) -> None:
    one = deviation(cast)
    assert (one.tasks, one.pupils, one.indicator, one.step) == ((3, 7), 2, "P1", None)
    act = rita(cast, "deviation_close")
    for evidence in ("", "  "):
        with pytest.raises(NotNow, match="henvisning"):
            remarks.close_deviation(cast.session, one, TODAY, evidence, act=act)
    with pytest.raises(BadReference):
        remarks.close_deviation(cast.session, one, TODAY, "C:\\avvik.docx", act=act)
    with pytest.raises(NotNow, match="meldt"):
        remarks.close_deviation(cast.session, one, date(2026, 1, 1), "2026/12", act=act)
    remarks.close_deviation(cast.session, one, TODAY, "2026/1042-3", act=act)
    closed = deviation_by(cast.session, one.id)
    assert closed is not None
    assert (closed.closed_on, closed.evidence) == (TODAY, "2026/1042-3")
    with pytest.raises(NotNow, match="lukket"):
        remarks.change_deviation(cast.session, closed, Story("annet", "x", "y"), tasks=[], act=act)


@pytest.mark.parametrize(
    "said",
    [
        {"cause": "x"},
        {"cause": ""},
        {"description": " "},
        {"correction": ""},
        {"pupils": -1},
        {"pupils": 10_000},
    ],
)
def test_a_deviation_is_whole_or_refused(cast: Lia, said: dict[str, Any]) -> None:
    with pytest.raises(NotNow):
        deviation(cast, **said)


def test_a_deviation_may_be_about_a_step(cast: Lia) -> None:
    of = {"step": "iop.elevsamtale_host", "tasks": [], "pupils": 0}
    one = deviation(cast, **of, rules=RULES)
    assert (one.indicator, one.step, one.tasks) == (None, "iop.elevsamtale_host", ())
    for wrong in ({"step": "iop.x", "rules": RULES}, {"rules": None}):
        with pytest.raises(NotNow, match="hva avviket gjelder"):
            deviation(cast, **of | wrong)


def test_a_deviation_is_about_no_figure_but_those_that_are_there(cast: Lia) -> None:
    assert deviation(cast, code="T1").indicator == "T1"
    for code in ("P11", "", "iop.elevsamtale_host"):
        with pytest.raises(NotNow, match="hva avviket gjelder"):
            deviation(cast, code=code)


SPOKEN_AGAINST = [
    ("foresatte_takket_nei", What.NO_REPLY, "ikke svar"),
    ("foresatte_ikke_naadd", What.DECLINED, "takket nei"),
]


@pytest.mark.parametrize(("cause", "said", "word"), SPOKEN_AGAINST)
def test_a_cause_that_a_talk_speaks_against_is_doubted(
    cast: Lia, cause: str, said: What, word: str
) -> None:
    rows = [task(7, said), task(3), task(4, said)]
    with pytest.raises(Doubted, match=f"for 2 elever: der er det ført «{word}»"):
        deviation(cast, tasks=rows, cause=cause)
    one = deviation(cast, tasks=rows, cause=cause, sure=True)
    act = rita(cast, "deviation_change")
    story = Story(cause, "Nytt", "Nytt")
    to: dict[str, Any] = {"tasks": rows, "act": act}
    assert remarks.change_deviation(cast.session, one, story, **to)  # it was sure before
    assert remarks.change_deviation(cast.session, one, replace(story, cause="annet"), **to)
    other = deviation_by(cast.session, one.id)
    assert other is not None
    with pytest.raises(Doubted):
        remarks.change_deviation(cast.session, other, story, **to)
    assert remarks.change_deviation(cast.session, other, story, sure=True, **to)


def test_no_text_names_a_pupil_whom_the_writer_sees(cast: Lia) -> None:
    one, avvik = measure(cast), deviation(cast)
    session, act, name = cast.session, rita(cast, "test"), "Følg opp Elev e1."
    to: dict[str, Any] = {"person_id": cast.ids["heidi"], "due": DUE}
    writers: dict[str, Callable[[str], object]] = {
        "comment": lambda text: comment(cast, text),
        "decide": lambda text: measure(cast, text),
        "change": lambda text: remarks.change(session, one, text, **to, act=act),
        "finish": lambda text: remarks.finish(session, one, TODAY, text, act=act),
        "close": lambda text: remarks.close(session, measure(cast), text, act=act),
        "raise": lambda text: deviation(cast, description=text),
        "raise_correction": lambda text: deviation(cast, correction=text),
        "change_deviation": lambda text: remarks.change_deviation(
            *(session, avvik, Story("annet", text, "x")), tasks=[], act=act
        ),
        "change_correction": lambda text: remarks.change_deviation(
            *(session, avvik, Story("annet", "x", text)), tasks=[], act=act
        ),
        "evidence": lambda text: remarks.close_deviation(
            session, avvik, TODAY, text.removesuffix("."), act=act
        ),
    }
    for write in writers.values():
        with pytest.raises(BadText, match="navnet på en elev"):
            write(name)
    heidi = Act("measure_change", NOW, actor_id=cast.ids["heidi"])
    assert remarks.change(session, one, "Følg opp Elev e5.", **to, act=heidi)  # whom she sees not
    with pytest.raises(BadText, match="navnet på en elev"):
        remarks.change(session, one, "Følg opp Elev e5.", **to, act=Act("measure_change", NOW))


@pytest.mark.parametrize("text", ["Elev E1s vedtak", "e1, Elev: vedtak", "Elev  e1"])
def test_a_name_is_one_in_either_order_and_with_an_s(cast: Lia, text: str) -> None:
    with pytest.raises(BadText, match="navnet på en elev"):
        measure(cast, text)


def test_a_button_pressed_twice_decides_and_raises_once(cast: Lia) -> None:
    assert measure(cast).id == measure(cast).id != measure(cast, "Noe annet").id
    assert deviation(cast).id == deviation(cast).id != deviation(cast, pupils=3).id


def test_whoever_has_a_role_at_the_school_today_may_be_responsible(cast: Lia) -> None:
    cast.grant("olav", "skoleadministrasjon", "school", "lia")
    cast.grant("tora", "tilsyn", "school", "lia")
    cast.grant("gro", "kontaktlaerer", "unit", "3b", ends=date(2026, 11, 25))
    found = [name for _number, name in answerable(cast.session, cast.ids["lia"], today=TODAY)]
    assert found == ["Heidi", "Kari", "Olav", "Rita"]


def test_the_name_of_a_pupil_is_seen_in_a_text_by_those_who_see_the_pupil(cast: Lia) -> None:
    lia_school = cast.ids["lia"]

    def found(text: str, key: str | None = None) -> bool:
        who = EVERYONE
        if key is not None:
            who = viewer_of(cast.session, Known(cast.ids[key], cast.owner_id, key), today=TODAY)
        return pupils_named(cast.session, who, lia_school, "Bra.", text)

    assert found("Vi venter på elev\nE1, som er sent ute.")
    assert not found("Vi venter på elev e12.")
    assert not found("Elev")
    assert (found("Elev e5", "rita"), found("Elev e5", "heidi")) == (True, False)
    assert not pupils_named(cast.session, EVERYONE, cast.ids["fjell"], "Elev e1")


# ---------------------------------------------------------------- taking back

WORDS = st.sampled_from(["", "En", "To\n\ntre", "<b>fire</b>", "=1+1"])
DAYS = st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def acts(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """An act and what it says; many are refused as things stand."""
    kind = draw(
        st.sampled_from(
            ["comment", "measure", "change", "finish", "close", "raise", "change_d", "close_d"]
        )
    )
    return kind, {
        "text": draw(WORDS),
        "other": draw(WORDS),
        "code": draw(st.sampled_from(["P1", "T1"])),
        "day": draw(DAYS),
        "who": draw(st.sampled_from(["heidi", "rita"])),
        "nth": draw(st.integers(0, 5)),
        "cause": draw(st.sampled_from(["annet", "kapasitet_ppt", "x"])),
    }


def stored(cast: Lia) -> dict[str, list[dict[str, Any]]]:
    """All that stands in the three tables."""
    return {
        name: [
            row._asdict()
            for row in cast.session.execute(
                select(metadata.tables[name]).order_by(metadata.tables[name].c.id)
            )
        ]
        for name in TABLES
    }


def do(cast: Lia, kind: str, said: dict[str, Any]) -> None:
    """Does one act to one of what is there, as a page would."""
    session, text, other, day = cast.session, said["text"], said["other"], said["day"]
    person = cast.ids[said["who"]]
    there = stored(cast)
    measures = [measure_of(cast, row["id"]) for row in there["measure"]]
    raised = [deviation_by(session, row["id"]) for row in there["deviation"]]
    one: Any = measures[said["nth"] % len(measures)] if measures else None
    avvik: Any = raised[said["nth"] % len(raised)] if raised else None
    names = {
        "comment": "comment",
        "measure": "measure",
        "change": "measure_change",
        "finish": "measure_done",
        "close": "measure_close",
        "raise": "deviation",
        "change_d": "deviation_change",
        "close_d": "deviation_close",
    }
    act = rita(cast, names[kind])
    story = {"cause": said["cause"], "description": text, "correction": other}
    every: dict[str, Callable[[], object]] = {
        "comment": lambda: comment(cast, text, said["code"]),
        "measure": lambda: measure(
            cast, other, about=about(cast, said["code"]), due=day, person_id=person
        ),
        "change": lambda: (
            one and remarks.change(session, one, other, person_id=person, due=day, act=act)
        ),
        "finish": lambda: one and remarks.finish(session, one, day, text, act=act),
        "close": lambda: one and remarks.close(session, one, text, act=act),
        "raise": lambda: deviation(cast, **story),
        "change_d": lambda: (
            avvik and remarks.change_deviation(session, avvik, Story(**story), tasks=[], act=act)
        ),
        "close_d": lambda: (
            avvik and remarks.close_deviation(session, avvik, day, "2026/1", act=act)
        ),
    }
    every[kind]()


@settings(max_examples=50)
@given(st.lists(acts(), min_size=1, max_size=6))
def test_every_act_is_taken_back_whole_and_in_the_log(
    session: Session, course: list[tuple[str, dict[str, Any]]]
) -> None:
    with session.begin_nested() as started:
        cast = lia(session)
        for kind, said in course:
            before, first = stored(cast), undoing.last_event(session) + 1
            try:
                do(cast, kind, said)
            except Refused:
                assert stored(cast) == before
                continue
            after, last = stored(cast), undoing.last_event(session)
            assert (after == before) == (last < first)
            if last < first:
                continue
            act = rita(cast, "remark_undo")
            remarks.undo(session, range(first, last + 1), act, lambda _row: True)
            assert stored(cast) == before
            assert undoing.last_event(session) == last + 1
            do(cast, kind, said)  # and it may be done again
            assert without_ids(stored(cast)) == without_ids(after)
        started.rollback()


def without_ids(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {name: [row | {"id": None} for row in rows] for name, rows in found.items()}


def test_what_somebody_has_changed_since_is_not_taken_back(cast: Lia) -> None:
    first = undoing.last_event(cast.session) + 1
    one = measure(cast)
    events = range(first, undoing.last_event(cast.session) + 1)
    other = Act("measure_done", NOW, actor_id=cast.ids["heidi"])
    remarks.finish(cast.session, one, TODAY, "Bra", act=other)
    with pytest.raises(NotNow, match="endret siden"):
        remarks.undo(cast.session, events, rita(cast, "remark_undo"), lambda _row: True)


def test_only_what_is_ones_own_and_allowed_is_taken_back(cast: Lia) -> None:
    first = undoing.last_event(cast.session) + 1
    measure(cast)
    events = range(first, undoing.last_event(cast.session) + 1)
    heidi = Act("remark_undo", NOW, actor_id=cast.ids["heidi"])
    with pytest.raises(NotNow):
        remarks.undo(cast.session, events, heidi, lambda _row: True)
    with pytest.raises(NotNow):
        remarks.undo(cast.session, events, rita(cast, "remark_undo"), lambda _row: False)
