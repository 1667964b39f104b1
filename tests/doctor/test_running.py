"""The clock, the time zone, backups, the database, the disk and the monitor."""

import sqlite3
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from iopflow.doctor.running import ROOM
from tests.doctor.conftest import Schools
from tests.factories import NOW


def pulse(healthy: Schools, job: str, at: str) -> None:
    healthy.run("UPDATE pulse SET at = :at WHERE job = :job", at=at, job=job)


def test_a_clock_that_never_ran(healthy: Schools) -> None:
    healthy.run("DELETE FROM pulse WHERE job = 'clock'")
    assert healthy.said() == ["Klokken går ikke: den har aldri gått."]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (9, []),
        (11, ["Klokken går ikke: den gikk sist 26.11.2026 kl. 10.00."]),
        (-4, []),
        (-6, ["Klokken ble stilt tilbake: den gikk sist 26.11.2026 kl. 10.00."]),
    ],
)
def test_a_clock_that_stopped_or_was_set_back(
    healthy: Schools, minutes: int, said: list[str]
) -> None:
    healthy.now = NOW + timedelta(minutes=minutes)
    assert healthy.said("clock") == said


def test_an_owner_whose_clock_does_not_run_is_named_where_there_are_several(
    healthy: Schools,
) -> None:
    healthy.run("INSERT INTO owner (key) VALUES ('sjoby')")
    assert healthy.said("clock") == ["sjoby: Klokken går ikke: den har aldri gått."]


def test_pages_that_nobody_can_come_into(healthy: Schools) -> None:
    healthy.known.pop("secret")
    (found,) = healthy.found()
    assert (found.check, found.severity.value) == ("log-in", "problem")
    provider = {"oidc_issuer": "https://konto.example.no", "oidc_client_id": "iopflow"}
    healthy.known |= provider | {"oidc_client_secret": "ord"}
    assert healthy.said() == []


def test_a_machine_that_does_not_know_the_summer(healthy: Schools) -> None:
    healthy.zone = UTC
    assert healthy.said() == ["Maskinen regner feil på sommertid og vintertid i Norge."]


def test_a_backup_that_is_old_or_missing(healthy: Schools) -> None:
    pulse(healthy, "backup", "2026-11-18 08:59:00.000000")
    (found,) = healthy.found("backup")
    assert (found.severity.value, found.wrong) == (
        "warning",
        "Den siste sikkerhetskopien er fra 18.11.2026 kl. 09.59.",
    )
    command = "iopflow backup" if healthy.engine.dialect.name == "sqlite" else "pg_dump"
    assert command in found.remedy
    healthy.run("DELETE FROM pulse WHERE job = 'backup'")
    assert healthy.said("backup") == ["Det er aldri tatt sikkerhetskopi."]


def test_a_row_that_points_at_nothing(embedded: Schools) -> None:
    with sqlite3.connect(str(embedded.engine.url.database)) as raw:  # without foreign keys
        raw.execute("DELETE FROM pupil WHERE key = 'e1'")
    raw.close()
    (found,) = embedded.found("database")
    assert found.wrong == "Rader i assessment hører til noe som ikke finnes."


def test_a_damaged_file(embedded: Schools) -> None:
    with embedded.engine.connect() as connection:
        size = connection.execute(text("PRAGMA page_size")).scalar_one()
        page = connection.execute(
            text("SELECT rootpage FROM sqlite_master WHERE name = 'ix_event_batch_id'")
        ).scalar_one()
    embedded.engine.dispose()
    with Path(str(embedded.engine.url.database)).open("rb+") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)
    (found,) = embedded.found("database")
    assert found.wrong.startswith("Databasefilen er skadet: ")
    assert "iopflow restore" in found.remedy


def test_a_disk_that_is_nearly_full(healthy: Schools, tmp_path: Path) -> None:
    healthy.free = lambda _folder: ROOM
    healthy.known["mail"] = f"dir:{tmp_path}"
    assert healthy.found("disk") == []
    healthy.free = lambda _folder: ROOM - 1
    places = [one.wrong for one in healthy.found("disk")]
    assert any(str(tmp_path) in one for one in places)
    assert len(places) == (2 if healthy.engine.dialect.name == "sqlite" else 1)


def test_nobody_outside_listens(healthy: Schools) -> None:
    healthy.known.pop("monitor_url")
    assert healthy.said() == ["Ingen utenfor får vite det om ingenting går."]
