"""Deciding for many at once: all or none, with a reason for a no, and the way back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from iopflow.engine import needing
from iopflow.engine.happenings import Done, NotNow
from iopflow.engine.needing import Word
from iopflow.engine.opening import open_year
from iopflow.models import MoveKind, Pupil, School, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.needs import needs
from iopflow.queries.rules import Rules
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from tests.factories import TODAY, Lia, act, lia, received

RULES = Rules()
NEXT = Year(2027)


@pytest.fixture
def cast(session: Session) -> Lia:
    """Three pupils whose vedtak ends; the assessment of the third lasts."""
    cast = lia(session)
    for key in ("a", "b", "c"):
        cast.pupil(key)
        cast.vedtak(key)
    cast.need("c", 2026, received_on=date(2026, 5, 1), valid_to=date(2030, 7, 31))
    return cast


def pupils(cast: Lia, keys: Sequence[str]) -> list[Pupil]:
    return [cast.session.get_one(Pupil, cast.ids[key]) for key in keys]


def decide(cast: Lia, keys: Sequence[str], word: Word, **values: Any) -> Done:
    known: dict[str, Any] = {"on": TODAY, "today": TODAY, "act": act(word.value)} | values
    return needing.decide(cast.session, RULES, pupils(cast, keys), NEXT, word, **known)


def take_back(cast: Lia, keys: Sequence[str], word: Word, reason: str = "feil") -> Done:
    found = pupils(cast, keys)
    return needing.take_back(
        cast.session, RULES, found, NEXT, word, reason=reason, act=act("withdraw")
    )


def standing(cast: Lia) -> dict[str, str]:
    school = cast.session.get_one(School, cast.ids["lia"])
    rows = needs(cast.session, EVERYONE, [school], NEXT, today=TODAY)
    return {row.pupil: row.proposal.decision.value for row in rows}


def events(cast: Lia) -> list[tuple[str, int]]:
    event = metadata.tables["event"]
    statement = select(event.c.table_name, func.count()).group_by(event.c.table_name)
    rows = cast.session.execute(statement.where(event.c.act != "rollover"))
    return sorted((name, count) for name, count in rows if name in {"assessment", "case_move"})


def steps(cast: Lia, key: str) -> int:
    return len(tasks(cast.session, RULES, EVERYONE, Asked(pupil=key, year=NEXT), today=TODAY))


def test_a_need_for_several_opens_their_tasks_and_leaves_an_event_each(cast: Lia) -> None:
    school = cast.session.get_one(School, cast.ids["lia"])
    open_year(cast.session, RULES, NEXT, [school], act=act("rollover"))
    before = steps(cast, "a")
    done = decide(cast, "ab", Word.NEED, on=date(2026, 11, 2))
    assert (done.changed, done.unchanged) == (2, 0)
    assert standing(cast) == {"a": "yes", "b": "yes", "c": "undecided"}
    assert steps(cast, "a") > before
    assert events(cast) == [("assessment", 2)]
    again = decide(cast, "abc", Word.NEED)
    assert (again.changed, again.unchanged) == (1, 2)


def test_a_no_needs_a_reason_and_another_reason_corrects_it(cast: Lia) -> None:
    with pytest.raises(NotNow, match="Skriv hvorfor"):
        decide(cast, "a", Word.NO_NEED, reason=" ")
    assert decide(cast, "ab", Word.NO_NEED, reason="har utbytte").changed == 2
    assert standing(cast) == {"a": "no", "b": "no", "c": "undecided"}
    assert decide(cast, "ab", Word.NO_NEED, reason="har utbytte").unchanged == 2
    corrected = decide(cast, "a", Word.NO_NEED, reason="går over til ordinær opplæring")
    assert (corrected.changed, corrected.added) == (1, 0)


def test_asking_for_consent_needs_an_assessment_that_holds_and_refuses_all(cast: Lia) -> None:
    with pytest.raises(NotNow, match=r"^Ikke registrert for Elev a\. .*ingen sakkyndig") as told:
        decide(cast, "ac", Word.VEDTAK, called=lambda pupil: pupil.name)
    assert "Elev c" not in str(told.value)
    assert standing(cast) == {"a": "undecided", "b": "undecided", "c": "undecided"}
    assert events(cast) == []
    assert decide(cast, "c", Word.VEDTAK).changed == 1
    assert standing(cast)["c"] == "yes"


def test_nothing_is_decided_for_a_day_that_has_not_come_or_a_pupil_at_no_school(
    cast: Lia,
) -> None:
    with pytest.raises(NotNow, match="etter i dag"):
        decide(cast, "a", Word.NEED, on=date(2026, 11, 27))
    cast.ids["z"] = cast.add("pupil", key="z", name="Elev z", protected=False)
    with pytest.raises(NotNow, match=r"^z er ikke innskrevet"):
        decide(cast, "az", Word.NEED)
    assert events(cast) == []


@pytest.mark.parametrize("word", [Word.NEED, Word.NO_NEED])
def test_what_is_taken_back_is_undecided_again(cast: Lia, word: Word) -> None:
    decide(cast, "ab", word, reason="nok" if word is Word.NO_NEED else None)
    with pytest.raises(NotNow, match="--reason"):
        take_back(cast, "a", word, " ")
    assert take_back(cast, "ab", word).changed == 2
    assert standing(cast) == dict.fromkeys("abc", "undecided")
    with pytest.raises(NotNow, match="ingen slik registrering å trekke for a"):
        take_back(cast, "a", word)


def test_a_need_on_which_more_is_built_is_not_taken_back(cast: Lia) -> None:
    decide(cast, "ab", Word.NEED)
    table = metadata.tables["assessment"]
    cast.session.execute(
        table.update()
        .where(table.c.pupil_id == cast.ids["b"], table.c.year == 2027)
        .values(referred_on=TODAY)
    )
    with pytest.raises(NotNow, match=r"^Saken er i gang for b:"):
        take_back(cast, "ab", Word.NEED)
    assert standing(cast) == {"a": "yes", "b": "yes", "c": "undecided"}


@pytest.mark.parametrize("built", ["move", "consent"])
def test_a_need_is_not_taken_back_from_under_its_case(cast: Lia, built: str) -> None:
    decide(cast, "ab", Word.NEED, on=date(2026, 10, 1))
    about = {"pupil_id": cast.ids["b"], "year": 2027, **received()}
    if built == "consent":
        cast.consent("b", "utredning", year=2027, on=date(2026, 10, 8))
    else:
        cast.add("case_move", kind=MoveKind.ASKED_UTREDNING, on_day=date(2026, 10, 5), **about)
    # What came before the need, and what needs none, rests on no need.
    cast.consent("a", "utredning", year=2027, on=date(2026, 9, 1))
    measures = about | {"pupil_id": cast.ids["a"]}
    cast.add("case_move", kind=MoveKind.MEASURES, on_day=date(2026, 10, 1), **measures)
    with pytest.raises(NotNow, match=r"^Saken er i gang for b: trekk først"):
        take_back(cast, "ab", Word.NEED)
    assert standing(cast) == {"a": "yes", "b": "yes", "c": "undecided"}
    assert take_back(cast, "a", Word.NEED).changed == 1


def test_what_would_leave_the_rest_against_a_rule_is_not_taken_back(cast: Lia) -> None:
    decide(cast, "c", Word.VEDTAK, on=date(2026, 10, 1))
    about = {"pupil_id": cast.ids["c"], "year": 2027, **received()}
    cast.add("case_move", kind=MoveKind.INTERIM_REPLY, on_day=date(2026, 11, 2), **about)
    with pytest.raises(NotNow, match=r"^Saken er i gang for c:"):
        take_back(cast, "c", Word.VEDTAK)
    assert standing(cast)["c"] == "yes"
