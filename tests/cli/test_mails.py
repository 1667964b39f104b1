"""`tick`, `reminders`, `why`: what would be sent, what was, and why not."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from iopflow import db
from tests.cli.conftest import Ask, rows_of

MONDAY, THURSDAY = "2027-01-11T07:00", "2027-01-14T07:00"


@pytest.fixture
def live(school: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Lia skole in use since August, with addresses, and mails to a folder."""
    return _in_use(school, tmp_path, monkeypatch)


def _in_use(school: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("IOPFLOW_MAIL", f"dir:{tmp_path / 'post'}")
    engine = db.create_engine(school.url)
    with db.session(engine) as session:
        connection = session.connection()
        connection.exec_driver_sql("UPDATE school SET live_from = '2026-08-01'")
        connection.exec_driver_sql("UPDATE person SET email = key || '@example.no'")
    engine.dispose()
    return school


def test_a_tick_writes_each_mail_once(live: Ask, tmp_path: Path) -> None:
    first = live("tick", now=MONDAY)
    assert first.code == 0
    files = sorted((tmp_path / "post").glob("*.eml"))
    assert first.out.startswith(f"{len(files)} nye e-poster, {len(files)} sendt")
    again = live("tick", now="2027-01-11T07:01")
    assert again.out == "0 nye e-poster, 0 sendt, 0 uten noe å si, 0 ikke sendt.\n"
    assert sorted((tmp_path / "post").glob("*.eml")) == files


def test_whoever_sends_mails_without_a_link_is_told(
    live: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "sett IOPFLOW_BASE_URL" in live("tick", now=MONDAY).err
    monkeypatch.setenv("IOPFLOW_BASE_URL", "https://iop.example.no")
    assert live("tick", now=THURSDAY).err == ""


def test_a_mail_that_cannot_be_sent_needs_a_person(
    live: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    monkeypatch.setenv("IOPFLOW_MAIL", f"dir:{tmp_path / 'taken'}")
    assert live("tick", now=MONDAY).code == 3


def test_reminders_shows_what_a_day_would_send_and_sends_nothing(live: Ask) -> None:
    answer = live("reminders --on 11.01.2027 --person kari --format json", by="kari")
    (row,) = json.loads(answer.out)
    assert (row["person"], row["kind"]) == ("kari", "digest")
    assert row["subject"].startswith("iopflow: ")
    assert rows_of(live.url, "SELECT count(*) FROM mail") == [(0,)]


def test_others_mails_are_for_whoever_runs_iopflow(live: Ask) -> None:
    assert live("reminders --on 11.01.2027", by="ada").code == 0
    assert live("reminders --on 11.01.2027", by="kari").code == 1
    assert live("why rita 11.01.2027", by="kari").code == 1


def test_why_tells_what_was_sent_and_why_not(live: Ask) -> None:
    def why(person: str, day: str) -> str:
        answer = live(f"why {person} {day}", by="ada", now="2027-01-20T10:00")
        assert answer.code == 0
        return answer.out

    for day in ("2027-01-11", "2027-01-12", "2027-01-14"):
        live("tick", now=f"{day}T07:00")
    assert why("kari", "11.01.2027") == "Sendt: ukens oversikt.\n"
    assert why("kari", "14.01.2027") == "Sendt: siste skoledag før frist.\n"
    assert why("kari", "16.01.2027") == "16.01.2027 er ingen skoledag: da sendes ingenting.\n"
    assert why("kari", "12.01.2027") == (
        "Ukens oversikt går 11.01.2027, og ingen frist kommer før neste skoledag.\n"
    )
    engine = db.create_engine(live.url)
    with db.session(engine) as session:
        session.connection().exec_driver_sql("UPDATE person SET email = NULL WHERE key = 'per'")
        session.connection().exec_driver_sql(
            "UPDATE role_grant SET ends = '2027-01-01'"
            " WHERE person_id = (SELECT id FROM person WHERE key = 'siri')"
        )
        session.connection().exec_driver_sql(
            "UPDATE person SET email = 'b@b.no' WHERE key = 'siri'"
        )
    engine.dispose()
    assert why("siri", "12.01.2027") == (
        "siri har ingen rolle denne dagen, og dermed ingen oppgaver.\n"
    )
    with db.session(engine) as session:
        session.connection().exec_driver_sql("UPDATE school SET live_from = NULL")
    engine.dispose()
    assert why("per", "13.01.2027") == "per har ingen e-postadresse: legg den inn i people.csv.\n"
    assert why("rita", "13.01.2027").startswith("Ingen skole er i gang ennå")


def test_going_live_shows_the_first_mails_before_they_go(school: Ask) -> None:
    engine = db.create_engine(school.url)
    with db.session(engine) as session:
        session.connection().exec_driver_sql("UPDATE person SET email = key || '@example.no'")
    engine.dispose()
    command = "go-live --from 2027-01-01 --school lia"
    answer = school(f"{command} --dry-run", now="2026-12-30T10:00", by="rita")
    assert "De første e-postene går 04.01.2027 kl. 7" in answer.out
    assert "kari: " in answer.out
    assert "ingenting er lagret" in answer.err
    assert rows_of(school.url, "SELECT live_from FROM school WHERE key = 'lia'") == [(None,)]
    assert school(command, now="2026-12-30T10:00", by="rita").code == 0


def test_one_mail_is_shown_whole_before_it_goes(live: Ask) -> None:
    answer = live("reminders --on 11.01.2027 --person kari", by="kari")
    assert "Hei Kari" in answer.out
    assert "Åpne Mine elever" in answer.out


def test_a_clock_that_was_wrong_goes_on_when_somebody_says_so(live: Ask) -> None:
    live("tick", now="2037-01-11T07:00")
    paused = live("tick", now=MONDAY)
    assert (paused.code, "iopflow resume" in paused.err) == (3, True)
    assert live("resume", now=MONDAY, by="kari").code == 1
    assert "Klokken går videre" in live("resume", now=MONDAY, by="ada").out
    assert live("tick", now=MONDAY).code == 0


class Monitor:
    """A monitor outside, and what it has heard."""

    def __init__(self) -> None:
        heard = self.heard = list[str]()

        class Listens(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Listens)
        self.url = f"http://127.0.0.1:{self._server.server_port}/iop"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_monitor_outside_hears_of_each_pass_and_whether_it_was_well(
    live: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = Monitor()
    monkeypatch.setenv("IOPFLOW_MONITOR_URL", monitor.url)
    live("tick", now="2027-01-10T09:00")
    (tmp_path / "taken").write_text("", encoding="utf-8")
    monkeypatch.setenv("IOPFLOW_MAIL", f"dir:{tmp_path / 'taken'}")
    live("tick", now=MONDAY)  # the mails do not get out, and that may pass
    live("tick", now="2027-01-11T07:16")
    monitor.close()
    assert monitor.heard == ["/iop", "/iop", "/iop/fail"]


def test_a_restored_database_sends_nothing_that_has_gone_out(
    embedded: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy from before Monday's mails, put back on Monday: neither then nor on Tuesday again."""
    live = _in_use(embedded, tmp_path, monkeypatch)
    live("tick", now="2027-01-08T07:00")
    copy = tmp_path / "sunday.db"
    assert live(f"backup {copy}", now="2027-01-10T20:00").code == 0
    live("tick", now=MONDAY)
    sent = {path: path.stat().st_mtime_ns for path in (tmp_path / "post").glob("*.eml")}
    assert live(f"restore {copy} --apply", now="2027-01-11T09:00").code == 0
    for moment in ("2027-01-11T09:05", "2027-01-12T07:00"):
        live("tick", now=moment)
    now = {path: path.stat().st_mtime_ns for path in (tmp_path / "post").glob("*.eml")}
    assert now == sent
    assert rows_of(live.url, "SELECT DISTINCT delivery FROM mail WHERE send_on > '2027-01-10'")
