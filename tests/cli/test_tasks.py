"""`tasks`, `pupils`, `log`: what whom is shown, and how."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ask

KEYS = [
    "task",
    "year",
    "step",
    "title",
    "scope",
    "subject",
    "opens",
    "due",
    "limit",
    "status",
    "happened_on",
    "recorded_at",
    "responsible",
    "late_days",
]


def listed(ask: Ask, words: str, by: str = "rita") -> list[dict[str, Any]]:
    """The JSON of a list."""
    answer = ask(f"{words} --format json", by=by)
    assert (answer.code, answer.err) == (0, answer.err)
    found: list[dict[str, Any]] = json.loads(answer.out)
    return found


def test_tasks_json_has_the_keys_of_the_contract_and_nothing_else_on_stdout(still: Ask) -> None:
    rows = listed(still, "tasks --pupil e1 --year 2026-27 --step iop.malvalg")
    assert [list(row) for row in rows] == [KEYS]
    assert rows[0] | {"task": 0} == {
        "task": 0,
        "year": "2026-27",
        "step": "iop.malvalg",
        "title": "Målvalg ny IOP (utkast)",
        "scope": "pupil",
        "subject": "e1",
        "opens": "2026-04-19",
        "due": "2026-05-31",
        "limit": None,
        "status": "overdue",
        "happened_on": None,
        "recorded_at": None,
        "responsible": ["kari"],
        "late_days": 179,
    }


def test_tasks_filters_narrow_each_other(still: Ask) -> None:
    of_class = listed(still, "tasks --class 3b --year 2026-27")
    assert {row["subject"] for row in of_class} == {"3b", "e4"}
    late = listed(still, "tasks --person kari --status overdue --status done --year 2026-27")
    assert {row["status"] for row in late} == {"overdue"}
    assert all("kari" in row["responsible"] for row in late)
    assert {row["year"] for row in listed(still, "tasks --school lia --year 2027-28")} == {
        "2027-28"
    }


def test_what_a_person_does_not_see_is_not_there(still: Ask) -> None:
    assert {row["subject"] for row in listed(still, "tasks", by="siri")} == {"e6", "f1", "f3"}
    assert listed(still, "tasks --school lia", by="siri") == []
    assert "e5" not in {row["subject"] for row in listed(still, "tasks", by="heidi")}
    titles = {row["step"] for row in listed(still, "tasks --class 3a --year 2026-27", by="olav")}
    assert "iop.utviklingssamtale" not in titles
    assert "iop.malvalg" in titles


def test_a_school_still_sees_its_own_tasks_for_a_pupil_who_left(still: Ask) -> None:
    left = listed(still, "tasks --pupil e6 --year 2026-27")
    assert {row["status"] for row in left} <= {"cancelled", "done", "before_start", "planned"}
    here = listed(still, "tasks --pupil e6 --year 2026-27", by="siri")
    assert {row["task"] for row in left} & {row["task"] for row in here} == set()


def test_tasks_table_is_aligned_has_norwegian_days_and_counts_at_the_end(still: Ask) -> None:
    answer = still("tasks --step iop.malvalg --year 2026-27", by="kari")
    lines = answer.out.splitlines()
    assert lines[0].split() == ["Nr.", "Steg", "Gjelder", "Frist", "Status", "Sent", "Ansvarlig"]
    assert lines[1].replace("─", "").strip() == ""
    assert all("31.05.2026" in line and "Målvalg ny IOP (utkast)" in line for line in lines[2:5])
    assert lines[5] == "3 oppgaver i 2026-27: over frist 3."
    assert len({line.index("over frist") for line in lines[2:5]}) == 1


def test_tasks_table_fits_a_narrow_terminal(still: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    answer = still("tasks --year 2026-27", by="rita")
    assert max(len(line) for line in answer.out.splitlines()[:-1]) <= 80


def test_an_empty_list_says_so(still: Ask) -> None:
    answer = still("tasks --status declined", by="kari")
    assert (answer.code, answer.out) == (0, "Ingen oppgaver.\n")


def test_tasks_csv_on_stdout_has_commas_and_a_header_even_when_empty(still: Ask) -> None:
    answer = still("tasks --class 3a --year 2026-27 --format csv", by="kari")
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert list(rows[0]) == KEYS
    assert rows[0]["responsible"] == "kari"
    empty = still("tasks --status declined --format csv", by="kari")
    assert empty.out == ",".join(KEYS) + "\r\n"


def test_a_csv_file_opens_in_a_norwegian_excel(still: Ask, tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    answer = still(f"tasks --class 3a -o {path}", by="kari")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.count("oppgaver") == 1
    assert path.read_bytes().startswith(b"\xef\xbb\xbftask;year;step;")


def test_an_excel_file_is_one(still: Ask, tmp_path: Path) -> None:
    path = tmp_path / "liste.xlsx"
    assert still(f"tasks --class 3a --format xlsx -o {path}", by="kari").code == 0
    assert path.read_bytes()[:2] == b"PK"


def test_pupils_says_where_each_is_in_the_year(still: Ask) -> None:
    rows = listed(still, "pupils --class 3a", by="kari")
    assert [(row["pupil"], row["year"]) for row in rows] == [
        (key, "2026-27") for key in ("e1", "e2", "e3", "e5")
    ]
    table = still("pupils --class 3a", by="kari").out
    assert table.splitlines()[-1] == "4 elever i 2026-27, 4 med noe over frist."


def test_log_tells_what_stood_before_with_the_newest_last(school: Ask) -> None:
    school("complete --step iop.malvalg --year 2026-27 --subject e1 --on 2026-05-29", by="kari")
    school("complete --step iop.malvalg --year 2026-27 --subject e1 --on 2026-05-28", by="rita")
    school("reopen --step iop.malvalg --year 2026-27 --subject e1 --reason 'feil elev'", by="kari")
    rows = listed(school, "log e1", by="kari")
    assert [(row["by"], row["act"], row["reason"]) for row in rows] == [
        ("kari", "complete", None),
        ("rita", "complete", None),
        ("kari", "reopen", "feil elev"),
    ]
    assert [row["what"] for row in rows] == ["Målvalg ny IOP (utkast)"] * 3
    assert rows[0]["after"]["on_day"] == "2026-05-29"
    assert (rows[1]["before"]["on_day"], rows[1]["after"]["on_day"]) == ("2026-05-29", "2026-05-28")
    assert rows[2]["before"]["on_day"] == "2026-05-28"
    assert rows[2]["after"] is None


def test_log_keeps_talks_from_those_who_do_not_see_them(school: Ask) -> None:
    school("talk invited --step iop.utviklingssamtale --year 2026-27 --subject e1", by="kari")
    school("complete --step iop.malvalg --year 2026-27 --subject e1", by="kari")
    assert [row["what"] for row in listed(school, "log e1", by="olav")] == [
        "Målvalg ny IOP (utkast)"
    ]
    assert len(listed(school, "log e1", by="kari")) == 2
