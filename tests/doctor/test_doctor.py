"""The list of checks as a whole: nothing where all is well, and what does not work first."""

from iopflow.doctor import CHECKS, Severity
from tests.doctor.conftest import Schools


def test_a_school_where_all_is_well_has_no_finding(healthy: Schools) -> None:
    assert healthy.found() == []


def test_every_check_has_a_name_of_its_own() -> None:
    keys = [check.key for check in CHECKS]
    assert len(keys) == len(set(keys))


def test_what_does_not_work_comes_before_what_only_might(healthy: Schools) -> None:
    healthy.known.pop("monitor_url")
    healthy.run("DELETE FROM pulse WHERE job = 'clock'")
    assert [one.severity for one in healthy.found()] == [Severity.PROBLEM, Severity.WARNING]


def test_one_school_is_told_of_itself_alone(healthy: Schools) -> None:
    healthy.known.pop("monitor_url")
    healthy.run("DELETE FROM pulse")
    healthy.run("UPDATE person SET email = NULL")
    assert {one.school for one in healthy.found(school="fjell")} == {"fjell"}


def test_a_page_does_not_wait_for_another_machine(healthy: Schools) -> None:
    healthy.known["mail"] = "smtp://127.0.0.1:9"
    assert [one.check for one in healthy.found()] == ["mail-server"]
    assert healthy.found(quick=True) == []


def test_no_finding_names_a_pupil(healthy: Schools) -> None:
    healthy.run("UPDATE pupil SET name = 'Navnet', key = 'elevkoden' || id")
    healthy.run("DELETE FROM role_grant")
    healthy.run("UPDATE school SET live_from = NULL WHERE key = 'fjell'")
    said = " ".join(f"{one.wrong} {one.remedy}" for one in healthy.found())
    assert "Ingen har ansvaret" in said
    assert "Navnet" not in said
    assert "elevkoden" not in said


def test_an_empty_database_is_told_where_to_begin(healthy: Schools) -> None:
    for table in ("task", "event", "enrolment", "role_grant", "school_year", "unit"):
        healthy.run(f"DELETE FROM {table}")  # noqa: S608 - tables of ours
    healthy.run("DELETE FROM school")
    (found,) = healthy.found("schools")
    assert "iopflow import" in found.remedy


def test_looking_changes_nothing(healthy: Schools) -> None:
    healthy.run("DELETE FROM role_grant")
    assert healthy.found() == healthy.found()
