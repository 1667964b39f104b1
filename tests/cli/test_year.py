"""`rollover`, `go-live`, `wheel`: opening a year, beginning, and the wheel with real days."""

import json
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from iopflow import db
from tests.cli.conftest import Ask, rows_of
from tests.factories import lia

TASKS = "SELECT count(*) FROM task WHERE year = 2026"


@pytest.fixture
def unopened(ask: Ask) -> Ask:
    """Lia and Fjell with pupils and no open year; Fjell lacks the skolerute of 2027-28."""
    engine = db.create_engine(ask.url)
    with db.session(engine) as session:
        cast = lia(session)
        cast.pupil("e1")
        cast.vedtak("e1")
        cast.pupil("f1", "fjell", "f3")
        cast.grant("ada", "admin", "owner", "eikedal")
        session.connection().exec_driver_sql(
            f"DELETE FROM school_year WHERE year = 2027 AND school_id = {cast.ids['fjell']}"  # noqa: S608 - a number
        )
    engine.dispose()
    return ask


def test_a_rollover_is_a_trial_until_apply(unopened: Ask) -> None:
    answer = unopened("rollover 2026-27 --school lia", by="rita")
    assert answer.code == 0
    assert answer.out.splitlines()[-1].endswith("Skriv --apply for å åpne skoleåret.")
    assert rows_of(unopened.url, TASKS) == [(0,)]
    applied = unopened("rollover 2026-27 --school lia --apply", by="rita")
    assert applied.code == 0
    ((count,),) = rows_of(unopened.url, TASKS)
    assert applied.out.splitlines()[-1] == f"Skoleåret 2026-27 er åpnet: {count} nye oppgaver."
    again = unopened("rollover 2026-27 --school lia --apply --format json", by="rita")
    (entry,) = json.loads(again.out)
    assert (entry["school"], entry["added"], entry["existing"]) == ("lia", 0, count)


def test_a_rollover_tells_who_is_not_covered_and_why(unopened: Ask) -> None:
    answer = unopened("rollover 2026-27 --format json", by="ada")
    fjell, lia_ = json.loads(answer.out)
    assert fjell["uncovered"] == [
        {
            "what": "pupil",
            "id": "f1",
            "reason": "uten vedtak og uten behov: får samtaler og foreldremøter, ikke IOP-steg",
        }
    ]
    assert lia_["uncovered"] == []


def test_a_school_without_a_skolerute_needs_a_person(unopened: Ask) -> None:
    answer = unopened("rollover 2027-28 --apply", by="ada")
    assert answer.code == 3
    assert "fjell: 1 skoleår ikke dekket: skoleruten for 2027-28 mangler" in answer.err


def _own_wheel(ask: Ask, key: str) -> None:
    engine = db.create_engine(ask.url)
    with db.session(engine) as session:
        session.connection().execute(
            text("UPDATE school SET wheel = 'eget' WHERE key = :key"), {"key": key}
        )
    engine.dispose()


def test_a_wheel_that_cannot_be_read_stops_only_its_own_school(unopened: Ask) -> None:
    """Fjell's own wheel is gone: its steps are left out, and said so; Lia goes on."""
    _own_wheel(unopened, "fjell")
    answer = unopened("rollover 2026-27 --apply", by="ada")
    assert answer.code == 3
    assert "fjell: 1 årshjul ikke dekket: Årshjulet «eget» finnes ikke" in answer.err
    assert "legg eget.toml i mappen i IOPFLOW_CALENDARS" in answer.err
    listed = unopened("tasks --step iop.malvalg", by="rita")
    assert listed.code == 0
    assert "Merk: stegene til fjell er ikke med." in listed.err
    alone = unopened("rollover 2026-27 --school fjell", by="ada")
    assert (alone.code, "Årshjulet «eget» finnes ikke" in alone.err) == (1, True)


def test_what_was_done_on_a_step_stays_when_the_wheel_drops_it(
    school: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """e1's goals were chosen; then Lia switches the step off. e2's were not."""
    done = "complete --step iop.malvalg --year 2026-27 --subject e1 --on 29.05.2026"
    assert school(done, by="kari").code == 0
    (tmp_path / "eget.toml").write_text(
        'extends = "spesialskole"\n[[step]]\nkey = "iop.malvalg"\noff = true\n', encoding="utf-8"
    )
    monkeypatch.setenv("IOPFLOW_CALENDARS", str(tmp_path))
    _own_wheel(school, "lia")
    words = "tasks --step iop.malvalg --year 2026-27 --format json"
    rows = json.loads(school(words, by="kari").out)
    assert [(row["subject"], row["status"]) for row in rows] == [("e1", "done")]


def test_go_live_is_logged_and_ends_what_was_overdue(school: Ask) -> None:
    words = "tasks --step iop.malvalg --year 2026-27 --status before_start --format json"
    assert json.loads(school(words, by="kari").out) == []
    answer = school("go-live --from 01.08.2026", by="rita")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "lia: i bruk fra 01.08.2026.")
    assert len(json.loads(school(words, by="kari").out)) == 3
    logged = rows_of(
        school.url,
        "SELECT e.act, e.after, p.key FROM event e JOIN person p ON p.id = e.actor_id "
        "WHERE table_name = 'school'",
    )
    assert logged == [("go_live", '{"live_from": "2026-08-01"}', "rita")]


def test_the_wheel_has_real_days(still: Ask) -> None:
    answer = still("wheel show --school lia --year 2026-27 --format json", by="kari")
    steps = {row["step"]: row for row in json.loads(answer.out)}
    assert steps["iop.klar_skolestart"]["due"] == date(2026, 8, 17).isoformat()
    assert steps["iop.arsevaluering"]["limit"] == "2027-06-18"
    assert steps["iop.periodemal"]["due"] is None
    assert "iop.film_praksis" not in steps


def test_a_wheel_file_is_checked_strictly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = Ask("sqlite:///there-is-none.db", capsys)
    good = ask("wheel check spesialskole", now=None)
    assert (good.code, good.err) == (0, "")
    assert good.out.startswith("spesialskole: ")
    bad = tmp_path / "mitt.toml"
    bad.write_text('name = "mitt"\n[[step]]\nkey = "iop.x"\ndue = "31.05"\n', encoding="utf-8")
    answer = ask(f"wheel check {bad}", now=None)
    assert (answer.code, answer.out) == (1, "")
    assert all(line.startswith("mitt.toml") for line in answer.err.splitlines())
    missing = ask(f"wheel check {tmp_path / 'ingen.toml'}", now=None)
    assert missing.err == f"Filen {tmp_path / 'ingen.toml'} finnes ikke: sjekk stien.\n"


def test_the_wheel_is_drawn_for_the_wall(still: Ask, tmp_path: Path) -> None:
    file = tmp_path / "hjulet.svg"
    answer = still(f"wheel show --school lia --year 2026-27 --svg {file}", by="kari")
    drawn = file.read_text(encoding="utf-8")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith(f"frister i skoleåret 2026-27 er tegnet i {file}.\n")
    assert "Årsevaluering IOP, frist 31.05.2027" in drawn
    assert "Samarbeidsmøter med PPT 01.02–31.05" in drawn
    assert "frist 31.05.2026" not in drawn  # that was the school year before

    twice = still(f"wheel show --school lia --svg {file} --format json", by="kari")
    assert twice.code == 2
    nowhere = still(f"wheel show --school lia --svg {tmp_path}/er/ikke/her.svg", by="kari")
    assert (nowhere.code, nowhere.err.startswith("Får ikke skrevet ")) == (1, True)
