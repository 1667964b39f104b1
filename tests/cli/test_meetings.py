"""Meetings from the command line: who is invited, who answered what to which time, who may."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from iopflow import db
from tests.cli.conftest import Ask, rows_of

NEW = "meeting new --school lia --kind ppt --start 2026-12-01T13:00 --where 'Møterom 2'"


@pytest.fixture
def lia(school: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Lia skole with addresses, Petra of PPT, and what an answer page needs."""
    monkeypatch.setenv("IOPFLOW_SECRET", "s" * 32)
    monkeypatch.setenv("IOPFLOW_BASE_URL", "https://iop.example.no")
    _run(
        school,
        "INSERT INTO person (owner_id, key, name, wish) SELECT id, 'petra', 'Petra', 'nudge'"
        " FROM owner",
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
        " SELECT p.owner_id, p.id, 'ppt_radgiver', 'pupil', e.id, '2024-08-01'"
        " FROM person p, pupil e WHERE p.key = 'petra' AND e.key = 'e1'",
        "UPDATE person SET email = key || '@example.no'",
    )
    return school


def _run(ask: Ask, *statements: str) -> None:
    engine = db.create_engine(ask.url)
    with engine.begin() as connection:
        for one in statements:
            connection.execute(text(one))
    engine.dispose()


def listed(ask: Ask, by: str = "rita") -> dict[str, tuple[Any, ...]]:
    """Who was invited: the state, the version, and which version was answered."""
    answer = ask("meeting list 1 --format json", by=by)
    assert answer.code == 0, answer.err
    return {
        one["person"]: (one["state"], one["version"], one["answered_version"])
        for one in json.loads(answer.out)
    }


def test_an_answer_to_an_older_time_counts_as_none(lia: Ask) -> None:
    made = lia(f"{NEW} --invite kari --invite petra", by="rita")
    assert (
        made.out == "Møte 1: Møte med PPT, tirsdag 1. desember 2026 kl. 13.00–14.00. 2 innkalte.\n"
    )
    assert lia("meeting answer 1 kari accepted", by="rita").out == "kari til møte 1: kommer.\n"
    assert listed(lia) == {"kari": ("accepted", 0, 0), "petra": ("invited", 0, None)}
    moved = lia("meeting move 1 --start 2026-12-02T09:00", by="rita")
    assert moved.out == "Møte 1 er flyttet: onsdag 2. desember 2026 kl. 09.00–10.00.\n"
    assert listed(lia) == {"kari": ("invited", 1, 0), "petra": ("invited", 1, None)}
    assert "kommer til den gamle tiden" in lia("meeting list 1", by="rita").out
    lia("meeting answer 1 kari declined --comment 'på kurs'", by="rita")
    assert listed(lia)["kari"] == ("declined", 1, 1)


def test_every_change_is_a_mail_to_each_and_nothing_changed_is_none(lia: Ask) -> None:
    lia(f"{NEW} --invite kari --invite petra", by="rita")
    lia("meeting invite 1 kari heidi", by="rita")  # Kari is invited already
    lia("meeting move 1 --where 'Møterom 2'", by="rita")  # where it is
    lia("meeting take-off 1 petra", by="rita")
    lia("meeting invite 1 petra", by="rita")
    lia("meeting cancel 1", by="rita")
    mails = rows_of(
        lia.url,
        "SELECT p.key, m.version, m.kind, m.delivery FROM mail m"
        " JOIN person p ON p.id = m.person_id ORDER BY p.key, m.version",
    )
    assert mails == [
        (who, version, "invitation", "due")
        for who, versions in (("heidi", (0, 1)), ("kari", (0, 1)), ("petra", (0, 1, 2, 3)))
        for version in versions
    ]
    assert len(rows_of(lia.url, "SELECT DISTINCT message_id FROM mail")) == 8
    acts = rows_of(lia.url, "SELECT act FROM event WHERE table_name = 'meeting' ORDER BY id")
    assert acts == [("meeting new",), ("meeting cancel",)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("invite 1 siri", "siri kan ikke innkalles: bare de som har en rolle ved lia"),
        ("take-off 1 heidi", "heidi er ikke innkalt til møtet 1"),
        ("move 1 --start 2026-11-25T10:00", "25.11.2026 10.00, som er passert"),
        (f"move 1 --where {'x' * 10_000}", "Stedet kan ha inntil 60 tegn"),
        (f"answer 1 kari accepted --comment {'x' * 201}", "Kommentaren kan ha inntil 200 tegn"),
        ("move 7 --where her", "Fant ikke møtet 7"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(lia: Ask, words: str, says: str) -> None:
    lia(f"{NEW} --invite kari", by="rita")
    before = rows_of(lia.url, "SELECT count(*) FROM event")
    answer = lia(f"meeting {words}", by="rita")
    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert says in answer.err
    assert rows_of(lia.url, "SELECT count(*) FROM event") == before


def test_a_meeting_that_is_off_or_has_begun_stays_as_it_is(lia: Ask) -> None:
    lia(f"{NEW} --invite kari", by="rita")
    late = lia("meeting cancel 1", by="rita", now="2026-12-01T13:00")
    assert "Møtet 1 har begynt" in late.err
    assert lia("meeting answer 1 kari accepted", by="rita", now="2026-12-03T08:00").code == 0
    lia("meeting cancel 1", by="rita")
    for words in ("cancel 1", "move 1 --where her", "invite 1 heidi", "answer 1 kari declined"):
        assert "Møtet 1 er avlyst: lag et nytt." in lia(f"meeting {words}", by="rita").err


def test_a_head_sees_own_meetings_and_rektor_all_at_the_school(lia: Ask) -> None:
    lia(f"{NEW} --invite kari", by="heidi")
    lia(f"{NEW} --invite kari", by="rita")

    def seen(by: str) -> list[int]:
        return [one["meeting"] for one in json.loads(lia("meeting list --format json", by=by).out)]

    assert (seen("heidi"), seen("rita")) == ([1], [1, 2])
    assert "Fant ikke møtet 2" in lia("meeting cancel 2", by="heidi").err
    for who in ("kari", "siri", "petra", "ada"):
        refused = lia(NEW, by=who)
        assert (refused.code, "innkalle til møter" in refused.err) == (1, True)


def test_without_a_secret_nobody_is_invited_and_the_remedy_is_named(
    lia: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IOPFLOW_SECRET")
    refused = lia(f"{NEW} --invite kari", by="rita")
    assert (refused.code, "sett IOPFLOW_SECRET" in refused.err) == (1, True)
    assert rows_of(lia.url, "SELECT count(*) FROM meeting") == [(0,)]


def test_a_place_holds_nothing_that_cannot_be_seen(lia: Ask) -> None:
    lia(f"{NEW.partition(' --where')[0]} --where 'Rom\r\n 2\u202e; \"A\"\u2028'", by="rita")
    assert rows_of(lia.url, "SELECT place FROM meeting") == [('Rom 2 ; "A"',)]
