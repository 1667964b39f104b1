"""`simulate`: a year in advance, on a copy, with what should be mended before it begins."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache

import pytest

from iopflow import db
from iopflow.cli import main
from tests.cli.conftest import NOW, Answer, Ask, fill, rows_of
from tests.databases import Sqlite


def live(url: str) -> None:
    """Lia skole in use, with addresses."""
    fill(url)
    engine = db.create_engine(url)
    with db.session(engine) as session:
        connection = session.connection()
        connection.exec_driver_sql("UPDATE school SET live_from = '2026-08-01'")
        connection.exec_driver_sql("UPDATE person SET email = key || '@example.no'")
    engine.dispose()


@pytest.fixture(scope="module")
def url(files: Sqlite, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A school whose year is played, which leaves it as it was."""
    return files.copy(tmp_path_factory.mktemp("simulate") / "lia.db", live)


Simulate = Callable[[str, str], Answer]


@pytest.fixture(scope="module")
def simulate(url: str) -> Simulate:
    """What the command answers; nobody's year is played twice."""

    @cache
    def asked(by: str, words: str) -> Answer:
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            given = ["--database", url, "simulate", "2026-27", *words.split()]
            code = main([*given, "--by", by, "--now", NOW])
        return Answer(code, out.getvalue(), err.getvalue())

    return asked


def test_a_year_is_played_on_a_copy_and_told_per_person(simulate: Simulate, url: str) -> None:
    answer = simulate("ada", "--format json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert set(told) == {"mails", "full_weeks", "days_off", "unheld"}
    kari = next(row for row in told["mails"] if row["person"] == "kari")
    assert 0 < kari["year"] <= 20
    assert kari["year"] == sum(count for name, count in kari.items() if name.startswith("m"))
    assert rows_of(url, "SELECT count(*) FROM mail") == [(0,)]
    assert rows_of(url, "SELECT count(*) FROM tick_slot") == [(0,)]


def test_what_should_be_mended_is_told_without_a_pupil(simulate: Simulate) -> None:
    answer = simulate("rita", "--school lia")
    assert answer.code == 0
    assert "På en fridag: " in answer.out
    assert "Ingen har ansvaret: " in answer.out
    assert [key for key in ("e1", "e2", "Elev") if key in answer.out.split()] == []


def test_who_leads_one_school_is_told_of_those_who_work_there(simulate: Simulate) -> None:
    people = {row["person"] for row in json.loads(simulate("rita", "--format json").out)["mails"]}
    everybody = json.loads(simulate("ada", "--format json").out)["mails"]
    assert "kari" in people
    assert people < {row["person"] for row in everybody}
    table = simulate("rita", "--school lia").out
    mails = sum(row["year"] for row in everybody if row["person"] in people)
    assert f"{mails} e-poster i 2026-27." in table


def test_a_teacher_does_not_play_the_year(simulate: Simulate) -> None:
    assert simulate("kari", "").code == 1


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_on_a_server_it_asks_for_a_copy(school: Ask) -> None:
    answer = school("simulate 2026-27", by="ada")
    assert (answer.code, "Et år prøves på en kopi" in answer.err) == (1, True)
