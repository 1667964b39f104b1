"""References to the archive: what is one, what is refused, and where they are stored."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import cases, casework, needing
from iopflow.engine.happenings import Done
from iopflow.engine.references import LONGEST, BadReference, BadText, reference, said
from iopflow.lifecycle import Court
from iopflow.models import MoveKind, Outcome, Pupil, SupportKind, metadata
from iopflow.queries.rules import Rules
from tests.factories import TODAY, YEAR, act, lia


@pytest.mark.parametrize(
    "written",
    [
        "2026/1042-3",
        "Elev: 17.3 mappe_4",
        "Websak 2026/104",
        "https://arkiv.example.no/sak/2026/1042",
        "sak 26/12345678901234",
        "2026/1042-3, 2026/1042-7",
        "Ålesund 7",
        "7",
        "x" * LONGEST,
    ],
)
def test_a_reference_is_taken_as_it_is(written: str) -> None:
    assert reference(f"  {written} ") == written


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "inntil 80"),
        ("   ", "inntil 80"),
        ("x" * (LONGEST + 1), "inntil 80"),
        ("sak 1; sak 2", "inntil 80"),
        ("=2026/1042", "inntil 80"),
        ("sak\n2", "inntil 80"),
        ("2026/1042-", "inntil 80"),
        ("https://arkiv.example.no/sak?id=4", "inntil 80"),
        ("C:/elever/vedtak", "en fil"),
        ("C:\\elever\\vedtak", "en fil"),
        ("\\\\server\\elever", "en fil"),
        ("/home/kari/vedtak", "en fil"),
        ("../vedtak", "en fil"),
        ("elever/../vedtak", "en fil"),
        ("file://server/vedtak", "en fil"),
        ("vedtak 2026.pdf", "en fil"),
        ("Elev 4/vurdering.DOCX", "en fil"),
        ("https://kari:hemmelig@arkiv.example.no/sak/1", "innlogging"),
        ("https://arkiv.example.no/sak/1?access_token=abc", "innlogging"),
        ("01021412345", "fødselsnummer"),
        ("sak 010214 12345", "fødselsnummer"),
    ],
)
def test_what_is_no_reference_is_refused_with_a_remedy(written: str, why: str) -> None:
    with pytest.raises(BadReference, match=why) as refusal:
        reference(written)
    assert "skriv" in str(refusal.value)


def test_words_are_taken_as_they_are() -> None:
    for written in ("", "foresatte spurt 01.02.2026", "telefon 22334455 · 2026/114", "x" * 500):
        assert said(f" {written}  ") == written


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("foresatte til 01017012345 spurt", "fødselsnummer: skriv den uten"),
        ("410170 12345", "fødselsnummer: skriv den uten"),
        ("rapport\nmangler", "skriv på én linje"),
        ("rapport\x07", "skriv på én linje"),
        ("x" * 501, "lengre enn 500 tegn: forkort den"),
    ],
)
def test_words_that_have_no_place_are_refused_with_a_remedy(written: str, why: str) -> None:
    with pytest.raises(BadText, match=why):
        said(written)


def test_no_words_of_a_case_hold_an_identity_number(session: Session) -> None:
    cast = lia(session)
    cast.pupil("e1")
    cast.need("e1", received_on=date(2026, 2, 1), valid_to=date(2029, 7, 31))
    cast.consent("e1", "vedtak", on=date(2026, 2, 2))
    cast.vedtak("e1", decided_on=date(2026, 2, 3))
    pupil = session.get_one(Pupil, cast.ids["e1"])
    case = cases.case_of(session, Rules(), pupil, YEAR)
    before = [session.execute(select(metadata.tables[name])).all() for name in _WRITTEN]
    words, day = "foresatte til 01017012345 spurt", date(2026, 2, 10)
    about: dict[str, Any] = {"today": TODAY, "act": act()}
    granted: dict[str, Any] = {"decided": date(2026, 2, 3), "outcome": Outcome.GRANTED}
    doing: tuple[Callable[[], Done], ...] = (
        lambda: casework.move(session, case, MoveKind.CLOSED, on=day, note=words, **about),
        lambda: casework.pause(session, case, starts=day, court=Court.PPT, cause=words, **about),
        lambda: casework.appeal(session, case, {"result": words}, registered=day, **about),
        lambda: cases.vedtak(session, Rules(), case, {"reason": words}, **granted, **about),
        lambda: cases.vedtak(session, Rules(), case, {"decided_by": words}, **granted, **about),
        lambda: needing.decide(
            session, Rules(), [pupil], YEAR, needing.Word.NO_NEED, on=day, reason=words, **about
        ),
    )
    for do in doing:
        with pytest.raises(BadText):
            do()
    assert [session.execute(select(metadata.tables[name])).all() for name in _WRITTEN] == before


_WRITTEN = ("case_move", "pause", "appeal", "vedtak", "event")


def test_every_other_reference_of_a_case_is_checked_too(session: Session) -> None:
    cast = lia(session)
    cast.pupil("e1")
    cast.need("e1")
    pupil = session.get_one(Pupil, cast.ids["e1"])
    case = cases.case_of(session, Rules(), pupil, YEAR)
    day = date(2026, 2, 1)
    with pytest.raises(BadReference):
        casework.move(
            session,
            case,
            MoveKind.ASKED_UTREDNING,
            on=day,
            evidence="a.pdf",
            today=TODAY,
            act=act(),
        )
    with pytest.raises(BadReference):
        casework.pause(
            session,
            case,
            starts=day,
            court=Court.PPT,
            cause="kapasitet",
            evidence="/a",
            today=TODAY,
            act=act(),
        )
    values = {
        "decided_on": day,
        "outcome": Outcome.GRANTED,
        "valid_from": day,
        "archive_ref": "a.pdf",
    }
    with pytest.raises(BadReference):
        casework.support(
            session, case, SupportKind.ASSISTANSE, values, sought=day, today=TODAY, act=act()
        )
    for table in ("case_move", "pause", "support"):
        assert session.execute(select(metadata.tables[table])).all() == []
