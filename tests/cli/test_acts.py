"""What a person does to tasks and cases from the command line."""

import json

from sqlalchemy import text

from iopflow import db
from tests.cli.conftest import Ask, rows_of
from tests.factories import Lia

MALVALG = "--step iop.malvalg --year 2026-27"
TALK = "--step iop.utviklingssamtale --year 2026-27"


def status(ask: Ask, step: str, subject: str, by: str = "rita") -> tuple[str, str | None]:
    """The status of one task, and when it happened."""
    words = f"tasks --step {step} --year 2026-27 --format json"
    rows = json.loads(ask(words, by=by).out)
    (row,) = (row for row in rows if row["subject"] == subject)
    return row["status"], row["happened_on"]


def test_complete_records_the_day_signs_and_offers_the_way_back(school: Ask) -> None:
    answer = school(f"complete {MALVALG} --subject e1 e2 --on 29.05.2026", by="kari")
    assert answer.code == 0
    assert answer.out.splitlines()[-1] == "2 endret."
    assert "Angre: iopflow reopen" in answer.err
    assert '--reason "…" --by kari' in answer.err
    assert status(school, "iop.malvalg", "e1") == ("done", "2026-05-29")
    assert status(school, "iop.malvalg", "e3") == ("overdue", None)
    signed = rows_of(
        school.url,
        "SELECT h.on_day, p.key FROM happening h JOIN person p ON p.id = h.by_id ORDER BY h.id",
    )
    assert [key for _day, key in signed] == ["kari", "kari"]


def test_complete_takes_task_numbers(school: Ask) -> None:
    rows = json.loads(school(f"tasks {MALVALG} --format json", by="kari").out)
    numbers = " ".join(str(row["task"]) for row in rows)
    answer = school(f"complete {numbers} --on 2026-05-29 --format json", by="kari")
    assert {row["status"] for row in json.loads(answer.out)} == {"done"}
    assert "3 endret." in answer.err


def test_completing_again_changes_nothing(school: Ask) -> None:
    words = f"complete {MALVALG} --subject e1 --on 2026-05-29"
    school(words, by="kari")
    again = school(words, by="kari")
    assert (again.code, again.out.splitlines()[-1]) == (0, "0 endret, 1 sto slik fra før.")
    assert "Angre" not in again.err


def test_a_dry_run_shows_and_stores_nothing(school: Ask) -> None:
    answer = school(f"complete {MALVALG} --subject e1 --dry-run", by="kari")
    assert answer.code == 0
    assert answer.err == "Prøvekjøring: ingenting er lagret.\n"
    assert status(school, "iop.malvalg", "e1") == ("overdue", None)
    assert rows_of(school.url, "SELECT count(*) FROM event WHERE act = 'complete'") == [(0,)]


def test_predecessors_that_are_not_law_only_warn(school: Ask) -> None:
    answer = school(
        "complete --step iop.klar_skolestart --year 2026-27 --subject e1 --on 2026-08-17", by="kari"
    )
    assert answer.code == 0
    assert answer.err.splitlines()[0].startswith("Merk: ")
    assert "er ikke registrert ennå" in answer.err


def test_one_refusal_refuses_all_and_every_refused_one_is_named(school: Ask) -> None:
    school(f"not-applicable {MALVALG} --subject e1 e2 --reason ferdig", by="kari")
    answer = school(f"complete {MALVALG} --subject e1 e2 e3", by="kari")
    assert answer.code == 1
    assert answer.out == ""
    lines = answer.err.splitlines()
    assert len(lines) == 3
    assert [line.split(" for ")[1].split()[0] for line in lines[:2]] == ["e1", "e2"]
    assert lines[2] == "Ingenting er endret: 3 oppgaver var med i kommandoen."
    assert status(school, "iop.malvalg", "e3") == ("overdue", None)


def test_reopen_takes_back_and_move_agrees_another_day(school: Ask) -> None:
    school(f"complete {MALVALG} --subject e1 --on 2026-05-29", by="kari")
    assert school(f"reopen {MALVALG} --subject e1 --reason feil", by="kari").code == 0
    assert status(school, "iop.malvalg", "e1") == ("overdue", None)
    moved = school(f"move {MALVALG} --subject e1 --due 15.12.2026 --reason avtalt", by="heidi")
    assert moved.code == 0
    assert "Angre: iopflow move" in moved.err
    assert "--due 2026-05-31" in moved.err
    assert status(school, "iop.malvalg", "e1") == ("open", None)


def test_a_talk_that_served_both_is_registered_as_both(school: Ask) -> None:
    words = f"talk held {TALK} --subject e1 --also iop.elevsamtale_host --on 2026-11-20"
    assert school(words, by="kari").code == 0
    assert status(school, "iop.utviklingssamtale", "e1") == ("done", "2026-11-20")
    assert status(school, "iop.elevsamtale_host", "e1") == ("done", "2026-11-20")


def test_a_decline_stops_the_talk_and_can_be_taken_back(school: Ask) -> None:
    school(f"talk invited {TALK} --subject e1 --on 2026-11-10", by="kari")
    answer = school(f"talk declined {TALK} --subject e1 --on 2026-11-12", by="kari")
    assert answer.code == 0
    assert "--what declined" in answer.err
    assert status(school, "iop.utviklingssamtale", "e1") == ("declined", None)
    school(f"reopen {TALK} --subject e1 --what declined --reason 'kom likevel'", by="kari")
    assert status(school, "iop.utviklingssamtale", "e1") == ("open", None)


def test_present_counts_who_was_represented(school: Ask) -> None:
    meeting = "--step iop.foreldremote_host --year 2026-27"
    school(f"complete {meeting} --subject 3a --on 2026-09-10", by="kari")
    words = "present --step iop.foreldremote_host --class 3a --on 10.09.2026"
    answer = school(f"{words} e1 e2", by="kari")
    assert (answer.code, answer.out) == (
        0,
        "3a 10.09.2026: 2 elever registrert, 0 sto der fra før.\n",
    )
    again = school(f"{words} e2 e5", by="kari")
    assert again.out == "3a 10.09.2026: 1 elever registrert, 1 sto der fra før.\n"


def test_a_case_from_need_to_vedtak(school: Ask) -> None:
    year = "--year 2027-28"
    assert school(f"need e4 {year} --since 2026-11-01", by="heidi").code == 0
    assert (
        school(
            f"consent e4 {year} --kind utredning --answer given --on 2026-11-05", by="heidi"
        ).code
        == 0
    )
    assert school(f"assessment e4 {year} --received 2026-11-20", by="heidi").code == 0
    late = f"consent e4 {year} --kind vedtak --answer given --on 2026-11-24"
    assert school(late, by="heidi").code == 0
    granted = school(
        f"vedtak e4 {year} --decided 2026-11-25 --outcome granted "
        "--valid-from 2027-08-01 --valid-to 2028-07-31",
        by="rita",
    )
    assert (granted.code, granted.out) == (0, "Vedtaket for e4 i 2027-28: registrert.\n")
    assert rows_of(school.url, "SELECT outcome, departs FROM vedtak WHERE year = 2027") == [
        ("granted", False)
    ] or rows_of(school.url, "SELECT outcome, departs FROM vedtak WHERE year = 2027") == [
        ("granted", 0)
    ]


def test_a_later_vedtak_line_corrects_only_what_it_names(school: Ask) -> None:
    school("consent e1 --year 2026-27 --kind vedtak --answer given --on 2026-05-01", by="rita")
    school("assessment e1 --year 2026-27 --received 2026-05-20", by="rita")
    answer = school(
        "vedtak e1 --year 2026-27 --decided 2026-06-10 --notified 2026-06-11", by="rita"
    )
    assert (answer.code, answer.err.count("Merk")) == (0, 0)
    (row,) = rows_of(
        school.url,
        "SELECT outcome, valid_to, notified_on FROM vedtak v JOIN pupil p ON p.id = v.pupil_id "
        "WHERE p.key = 'e1'",
    )
    assert [str(value) for value in row] == ["granted", "2027-07-31", "2026-06-11"]


def test_a_wrong_registration_is_withdrawn_with_a_reason(school: Ask) -> None:
    school("need e4 --year 2027-28 --since 2026-11-01", by="heidi")
    answer = school("need e4 --year 2027-28 --withdraw --reason 'feil elev'", by="heidi")
    assert (answer.code, answer.out) == (0, "Behovet for e4 i 2027-28: trukket.\n")
    assert rows_of(school.url, "SELECT count(*) FROM assessment WHERE year = 2027") == [(0,)]


def test_an_assessment_is_complete_after_it_was_referred(school: Ask) -> None:
    words = "assessment e1 --year 2026-27 --referred 20.01.2026 --complete 19.01.2026"
    answer = school(words, by="rita")
    assert answer.code == 1
    assert "Komplett 19.01.2026 er før henvist 20.01.2026: bytt dem om." in answer.err


def test_a_number_that_no_database_gives_is_no_task(school: Ask) -> None:
    answer = school(f"complete {2**63}", by="kari")
    assert answer.code == 2
    assert f"«{2**63}» er ikke et oppgavenummer" in answer.err


def test_ppt_reads_in_the_log_only_what_leads_to_an_assessment(school: Ask) -> None:
    engine = db.create_engine(school.url)
    with db.session(engine) as session:
        cast = Lia(
            session, 1, dict(session.connection().execute(text("SELECT key, id FROM pupil")).all())
        )
        cast.grant("petra", "ppt_radgiver", "pupil", "e1")
    engine.dispose()
    for kind in ("utredning", "vedtak"):
        school(f"consent e1 --year 2026-27 --kind {kind} --answer given --on 01.03.2026", by="rita")
    shown = json.loads(school("log e1 --format json", by="petra").out)
    assert [row["after"]["kind"] for row in shown if row["table"] == "consent"] == ["utredning"]
