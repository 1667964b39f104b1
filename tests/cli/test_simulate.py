"""`simulate`: a year in advance, on a copy, with what should be mended before it begins."""

import json

from iopflow import db
from tests.cli.conftest import Ask, rows_of


def _live(ask: Ask) -> None:
    engine = db.create_engine(ask.url)
    with db.session(engine) as session:
        connection = session.connection()
        connection.exec_driver_sql("UPDATE school SET live_from = '2026-08-01'")
        connection.exec_driver_sql("UPDATE person SET email = key || '@example.no'")
    engine.dispose()


def test_a_year_is_played_on_a_copy_and_told_per_person(embedded: Ask) -> None:
    _live(embedded)
    answer = embedded("simulate 2026-27 --format json", by="ada")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert set(told) == {"mails", "full_weeks", "days_off", "unheld"}
    kari = next(row for row in told["mails"] if row["person"] == "kari")
    assert 0 < kari["year"] <= 20
    assert kari["year"] == sum(count for name, count in kari.items() if name.startswith("m"))
    assert rows_of(embedded.url, "SELECT count(*) FROM mail") == [(0,)]
    assert rows_of(embedded.url, "SELECT count(*) FROM tick_slot") == [(0,)]


def test_what_should_be_mended_is_told_without_a_pupil(embedded: Ask) -> None:
    _live(embedded)
    answer = embedded("simulate 2026-27 --school lia", by="rita")
    assert answer.code == 0
    assert "På en fridag: " in answer.out
    assert "Ingen har ansvaret: " in answer.out
    assert [key for key in ("e1", "e2", "Elev") if key in answer.out.split()] == []


def test_who_leads_one_school_is_told_of_those_who_work_there(embedded: Ask) -> None:
    _live(embedded)
    answer = embedded("simulate 2026-27 --format json", by="rita")
    people = {row["person"] for row in json.loads(answer.out)["mails"]}
    everybody = json.loads(embedded("simulate 2026-27 --format json", by="ada").out)["mails"]
    assert "kari" in people
    assert people < {row["person"] for row in everybody}
    table = embedded("simulate 2026-27 --school lia", by="rita").out
    mails = sum(row["year"] for row in everybody if row["person"] in people)
    assert f"{mails} e-poster i 2026-27." in table


def test_a_teacher_does_not_play_the_year(embedded: Ask) -> None:
    assert embedded("simulate 2026-27", by="kari").code == 1


def test_on_a_server_it_asks_for_a_copy(school: Ask) -> None:
    _live(school)
    answer = school("simulate 2026-27", by="ada")
    assert (answer.code, "Et år prøves på en kopi" in answer.err) == (
        (0, False) if school.embedded else (1, True)
    )
