"""Exports of cases: they hold what is stored, and show when they were changed."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from sqlalchemy import event, select
from sqlmodel import Session

from iopflow import archive, tellinger
from iopflow.archive import Order, Wrong, check
from iopflow.archive.tables import FACTS, OVERVIEW_TABLE
from iopflow.archive.writing import cell, zipped
from iopflow.engine import cases, casework
from iopflow.engine.opening import open_year
from iopflow.lifecycle import Court
from iopflow.models import Pupil, School, metadata
from iopflow.queries.access import EVERYONE, Viewer, viewer
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from tests.factories import NOW, TODAY, YEAR, Lia, act, lia

RULES = Rules()
ORDER = Order("rita", NOW, "avlevering")
HOSTILE = '=HYPERLINK("http://x";"y")\n+1, "-2"\r\n@3 \u2028 æøå'


@pytest.fixture
def cast(session: Session) -> Lia:
    """e1 has a case that went wrong in two ways, e2 none; e5 is protected, e6 moved to Fjell."""
    cast = lia(session)
    for key in ("e1", "e2"):
        cast.pupil(key)
    cast.pupil("e5", protected=True)
    cast.pupil("e6", ends=date(2026, 9, 30))
    cast.enrol("e6", "fjell", "f3", starts=date(2026, 10, 1))
    cast.need("e1", needed_since=date(2026, 1, 10), referred_on=date(2026, 2, 3), archive_ref="7/1")
    cast.consent("e1", "utredning")
    case = cases.case_of(session, RULES, pupil(cast, "e1"), YEAR)
    casework.pause(
        session,
        case,
        starts=date(2026, 5, 20),
        court=Court.FORESATTE,
        ends=date(2026, 6, 1),
        cause="samtykke_mangler",
        evidence="logg 3",
        today=TODAY,
        act=act("pause"),
    )
    cast.vedtak("e1", decided_by="Rita Rektor")
    cast.grant("per", "spesialpedagog", "pupil", "e1")
    schools = [session.get_one(School, cast.ids[key]) for key in ("lia", "fjell")]
    open_year(session, RULES, YEAR, schools, act=act("rollover"))
    return cast


def pupil(cast: Lia, key: str) -> Pupil:
    return cast.session.get_one(Pupil, cast.ids[key])


def of_pupil(
    cast: Lia, key: str = "e1", by: str = "rita", order: Order = ORDER
) -> dict[str, bytes]:
    who = viewer(cast.session, by, today=TODAY)
    return archive.of_pupil(cast.session, RULES, who, pupil(cast, key), key, order).files


def of_year(cast: Lia, school: str = "lia", order: Order = ORDER, year: Year = YEAR) -> Any:
    where = cast.session.get_one(School, cast.ids[school])
    who: Viewer = EVERYONE
    return archive.of_school_year(cast.session, RULES, who, where, year, order)


def rows(files: Mapping[str, bytes], name: str) -> list[dict[str, str]]:
    text = io.StringIO(files[name].decode(), newline="")
    return [
        {key: value.removeprefix("'") for key, value in row.items()} for row in csv.DictReader(text)
    ]


def lines(files: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[name].decode().split("\n") if line]


def about(files: Mapping[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["metadata.json"])
    return found


def saved(files: Mapping[str, bytes], tmp_path: Path) -> Path:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(files))
    return path


# ---------------------------------------------------------------- what it holds


def test_a_pupils_facts_are_those_of_the_tables(cast: Lia) -> None:
    files = of_pupil(cast)
    assert sorted(files) == sorted(
        ["LESMEG.txt", "courses.json", "log.jsonl", "metadata.json", "schema.json"]
        + [table.file for table in FACTS]
    )
    for file, name in (
        ("facts/assessments.csv", "assessment"),
        ("facts/consents.csv", "consent"),
        ("facts/vedtak.csv", "vedtak"),
        ("facts/pauses.csv", "pause"),
    ):
        table = metadata.tables[name]
        where = table.c.pupil_id == cast.ids["e1"]
        (stored,) = cast.session.execute(select(table).where(where)).all()
        (row,) = rows(files, file)
        for column, value in row.items():
            if column in ("year", "decided_by"):
                continue
            stored_as = {"on": "on_day", "from": "starts", "to": "ends"}.get(column, column)
            assert (column, value) == (column, cell(stored._asdict()[stored_as]))
        assert row["year"] == "2026-27"
    task = metadata.tables["task"]
    mine = select(task).where(task.c.subject_id == cast.ids["e1"], task.c.scope == "pupil")
    planned = sorted((one.step, cell(one.due)) for one in cast.session.execute(mine))
    assert sorted((row["step"], row["due"]) for row in rows(files, "facts/tasks.csv")) == planned
    assert len(planned) > 10
    assert {(row["role"], row["at"]) for row in rows(files, "facts/roles.csv")} == {
        ("avdelingsleder", "unit:smatrinn"),
        ("kontaktlaerer", "unit:3a"),
        ("spesialpedagog", "pupil:e1"),
        ("rektor", "school:lia"),
    }
    assert [row["from"] for row in rows(files, "facts/enrolments.csv")] == ["2024-08-01"]


def test_the_log_and_the_course_of_a_case_are_in_it(cast: Lia) -> None:
    files = of_pupil(cast)
    log = lines(files, "log.jsonl")
    assert [(entry["act"], entry["table"], entry["year"]) for entry in log] == [
        ("pause", "pause", "2026-27")
    ]
    assert log[0]["after"]["cause"] == "samtykke_mangler"
    (course,) = json.loads(files["courses.json"])
    assert (course["year"], course["as_of"]) == ("2026-27", "2026-11-26")
    assert course["days"]["foresatte"] >= 13  # 20 May to 1 June, both included
    assert (
        sum(course["days"][court] for court in Court) + course["days"]["resting"]
        == (course["days"]["gross"])
    )
    assert {one["what"] for one in course["irregular"]} == {"granted"}


def test_exports_are_what_the_schema_says(cast: Lia) -> None:
    whole = json.loads(of_pupil(cast)["schema.json"])

    def part(name: str) -> dict[str, Any]:
        return {key: whole[key] for key in ("$schema", "$defs")} | {"$ref": f"#/$defs/{name}"}

    for files in (of_pupil(cast), of_year(cast).files):
        jsonschema_rs.validate(whole, about(files))
        for name in files:
            if name.endswith("log.jsonl"):
                for line in lines(files, name):
                    jsonschema_rs.validate(part("log"), line)
            if name.endswith("courses.json"):
                for course in json.loads(files[name]):
                    jsonschema_rs.validate(part("course"), course)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(whole, about(of_pupil(cast)) | {"more": 1})


def test_without_names_there_are_codes_only(cast: Lia) -> None:
    ledger_name = "Elev e1"
    files = of_pupil(cast)
    assert [name for name, text in files.items() if ledger_name.encode() in text] == []
    assert [name for name, text in files.items() if b"Rita Rektor" in text] == []
    named = of_pupil(cast, order=replace(ORDER, names=True))
    assert rows(named, "names.csv") == [
        {"kind": "person", "id": "heidi", "name": "Heidi"},
        {"kind": "person", "id": "kari", "name": "Kari"},
        {"kind": "person", "id": "per", "name": "Per"},
        {"kind": "person", "id": "rita", "name": "Rita"},
        {"kind": "pupil", "id": "e1", "name": "Elev e1"},
    ]
    assert rows(named, "facts/vedtak.csv")[0]["decided_by"] == "Rita Rektor"
    assert about(named)["names"] is True


def test_hostile_text_stays_text(cast: Lia, tmp_path: Path) -> None:
    cast.happening(
        "e1", "iop.elevsamtale_host", "declined", TODAY, reason=HOSTILE, occasion=f"{TODAY}"
    )
    long = "@" + "x" * 10_000
    cast.happening("e1", "iop.klar_skolestart", "done", TODAY, reason=long, cause="'=1")
    files = of_pupil(cast)
    found = rows(files, "facts/happenings.csv")
    assert [(row["reason"], row["cause"]) for row in found] == [(HOSTILE, ""), (long, "'=1")]
    text = io.StringIO(files["facts/happenings.csv"].decode(), newline="")
    cells = [one for row in csv.reader(text) for one in row]
    assert [one for one in cells if one.startswith(("=", "+", "-", "@"))] == []
    assert check(saved(files, tmp_path))[1] == []


def test_the_year_of_a_school_has_a_folder_for_each_pupil_and_an_overview(cast: Lia) -> None:
    files = of_year(cast).files
    found = about(files)
    assert [one["folder"] for one in found["pupils"]] == [
        "pupils/e1/",
        "pupils/e2/",
        "pupils/e5/",
        "pupils/e6/",
    ]
    overview = rows(files, "oversikt.csv")
    assert len(overview) == found["counts"]["oversikt.csv"]
    (late,) = [
        row for row in overview if (row["pupil"], row["step"]) == ("e1", "iop.sakkyndig_vurdering")
    ]
    assert (late["due"], late["happened_on"], late["cause"], late["evidence"], late["court"]) == (
        "2026-05-31",
        "",
        "samtykke_mangler",
        "logg 3",
        "foresatte",
    )
    days = dict(part.split(":") for part in late["court_days"].split())
    assert sum(map(int, days.values())) == int(late["late_days"])
    referred = [row for row in overview if row["happened_on"] == "2026-02-03"]
    assert [(row["pupil"], row["recorded_on"]) for row in referred] == [("e1", "2026-11-26")]
    # There is no task for a vedtak that stood when the year was opened: the case has its own line.
    wrong = [row for row in overview if row["irregularities"]]
    assert [(row["pupil"], row["step"], row["title"]) for row in wrong] == [("e1", "", "saken")]
    assert "§ 11-7" in wrong[0]["irregularities"]
    assert files["tellinger.jsonl"] == b""


def test_the_frozen_figures_of_the_year_are_in_it_with_all_revisions(cast: Lia) -> None:
    where = cast.session.get_one(School, cast.ids["lia"])
    for reason in (None, "rettet"):
        tellinger.freeze(
            cast.session,
            RULES,
            where,
            YEAR,
            "0110",
            act=replace(act("freeze", reason=reason), actor_id=cast.ids["rita"]),
        )
    frozen = lines(of_year(cast).files, "tellinger.jsonl")
    assert [(one["indicator"], one["revision"]) for one in frozen] == [
        (code, revision) for revision in (1, 2) for code in ("P4", "P5", "P6", "P10_host")
    ]


def test_another_years_facts_are_not_in_the_year(cast: Lia) -> None:
    cast.need("e1", 2025, needed_since=date(2025, 1, 10))
    cast.vedtak("e2", 2025, valid_to=date(2027, 7, 31))
    cast.vedtak("e5", 2025)
    files = of_year(cast).files
    assert [row["year"] for row in rows(files, "pupils/e1/facts/assessments.csv")] == ["2026-27"]
    assert [row["year"] for row in rows(files, "pupils/e2/facts/vedtak.csv")] == ["2025-26"]
    assert rows(files, "pupils/e5/facts/vedtak.csv") == []
    assert of_year(cast, year=Year(2019)).pupils == []


def test_a_school_does_not_see_what_came_after_a_pupil_left(cast: Lia) -> None:
    cast.need("e6", referred_on=date(2026, 9, 1), received_on=date(2026, 11, 1), archive_ref="f/1")
    cast.vedtak("e6", decided_on=date(2026, 11, 10))
    files = of_year(cast).files
    (row,) = rows(files, "pupils/e6/facts/assessments.csv")
    assert (row["referred_on"], row["received_on"], row["archive_ref"]) == ("2026-09-01", "", "")
    assert rows(files, "pupils/e6/facts/vedtak.csv") == []
    assert [row["school"] for row in rows(files, "pupils/e6/facts/enrolments.csv")] == ["lia"]
    assert {row["at"] for row in rows(files, "pupils/e6/facts/roles.csv")} == {
        "school:lia",
        "unit:3a",
        "unit:smatrinn",
    }
    (course,) = json.loads(files["pupils/e6/courses.json"])
    assert course["as_of"] == "2026-09-30"
    theirs = of_year(cast, "fjell").files
    assert rows(theirs, "pupils/e6/facts/assessments.csv")[0]["received_on"] == "2026-11-01"


def test_the_plan_of_a_pupil_who_left_is_as_it_stood_on_the_last_day(cast: Lia) -> None:
    cast.need("e6", referred_on=date(2026, 9, 1), received_on=date(2026, 11, 1))
    open_year(cast.session, RULES, YEAR, [cast.session.get_one(School, cast.ids["lia"])], act=act())
    cast.happening("e6", "iop.elevsamtale_host", "held", date(2026, 10, 20))
    cast.happening("e6", "iop.malvalgsamtale", "not_applicable", date(2026, 10, 20))
    files = of_year(cast).files
    found = {row["step"]: row for row in rows(files, "pupils/e6/facts/tasks.csv")}
    told = {row["step"]: row for row in rows(files, "oversikt.csv") if row["pupil"] == "e6"}
    expected = {
        "iop.sakkyndig_vurdering": ("waiting", ""),
        "iop.malvalgsamtale": ("overdue", ""),
        "iop.elevsamtale_host": ("open", ""),
    }
    for some in (found, told):
        stood = {step: (some[step]["status"], some[step]["happened_on"]) for step in expected}
        assert stood == expected
    late = (date(2026, 9, 30) - date(2026, 5, 31)).days
    days = dict(part.split(":") for part in told["iop.sakkyndig_vurdering"]["court_days"].split())
    assert sum(map(int, days.values())) == late
    assert told["iop.sakkyndig_vurdering"]["late_days"] == str(late)


def test_an_export_is_the_same_bytes_for_the_same_data(cast: Lia) -> None:
    first, second = (zipped(of_pupil(cast)) for _ in range(2))
    assert sha256(first).hexdigest() == sha256(second).hexdigest()
    assert of_year(cast).zipped() == of_year(cast).zipped()
    with zipfile.ZipFile(io.BytesIO(first)) as book:
        assert {one.date_time for one in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert book.namelist() == sorted(book.namelist())


def test_codes_that_no_file_system_keeps_apart_get_folders_of_their_own(cast: Lia) -> None:
    for key in ("../x", "E1", "a/b"):
        cast.pupil(key)
    assert [one["folder"] for one in about(of_year(cast).files)["pupils"]][:3] == [
        "pupils/%2E%2E%2Fx/",
        "pupils/E1/",
        "pupils/a%2Fb/",
    ]
    assert "pupils/e1~2/log.jsonl" in of_year(cast).files


def test_sixty_pupils_cost_no_more_statements_than_four(cast: Lia) -> None:
    """One has left: the tasks are read once more for each such day, not for each pupil."""

    def statements() -> int:
        sent: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        connection = cast.session.connection()
        event.listen(connection, "before_cursor_execute", note)
        of_year(cast)
        event.remove(connection, "before_cursor_execute", note)
        return len(sent)

    few = statements()
    for n in range(56):
        cast.pupil(f"n{n:02}")
        cast.need(f"n{n:02}")
    open_year(cast.session, RULES, YEAR, [cast.session.get_one(School, cast.ids["lia"])], act=act())
    cast.session.expire_all()
    assert (statements() - few <= 2, few < 80) == (True, True)


# ---------------------------------------------------------------- whether it is whole


def test_a_whole_export_has_nothing_wrong(cast: Lia, tmp_path: Path) -> None:
    for files in (of_pupil(cast), of_year(cast, order=replace(ORDER, names=True)).files):
        told, wrong = check(saved(files, tmp_path))
        assert (told["format"], wrong) == ("iopflow-archive", [])


def _changed(path: Path, change: Callable[[dict[str, bytes]], None]) -> list[Wrong]:
    """What is wrong when the files of an export are changed, and the checksums are not."""
    with zipfile.ZipFile(path) as book:
        files = {name: book.read(name) for name in book.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as book:
        for name, content in files.items():
            book.writestr(name, content)
    return check(path)[1]


@pytest.mark.parametrize(
    "name", ["facts/tasks.csv", "log.jsonl", "courses.json", "LESMEG.txt", "schema.json"]
)
def test_a_changed_byte_is_noticed_and_its_file_named(cast: Lia, tmp_path: Path, name: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[name] = files[name][:-3] + bytes([files[name][-3] ^ 1]) + files[name][-2:]

    wrong = _changed(saved(of_pupil(cast), tmp_path), change)
    assert Wrong(name, "er endret: sjekksummen stemmer ikke") in wrong
    assert {one.file for one in wrong} == {name}


def test_a_missing_file_and_a_file_too_many_are_noticed(cast: Lia, tmp_path: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        del files["facts/vedtak.csv"]
        files["more.txt"] = b""

    assert _changed(saved(of_pupil(cast), tmp_path), change) == [
        Wrong("facts/vedtak.csv", "mangler"),
        Wrong("more.txt", "har ingen sjekksum"),
        Wrong("more.txt", "hører ikke til"),
    ]


def test_what_is_changed_with_its_checksum_is_noticed_by_counts_and_columns(
    cast: Lia, tmp_path: Path
) -> None:
    files = of_pupil(cast)
    tasks = files["facts/tasks.csv"].split(b"\r\n")
    files["facts/tasks.csv"] = b"\r\n".join(tasks[:-2] + tasks[-1:])
    files["facts/vedtak.csv"] = files["facts/vedtak.csv"].replace(b"outcome", b"result")
    files["log.jsonl"] += b"{}\n"
    files["courses.json"] = b"{}"
    files["facts/pupil.csv"] += b"1,2\r\n"
    count = len(tasks) - 2
    assert check(saved(files, tmp_path))[1] == [
        Wrong("courses.json", "er ikke en liste"),
        Wrong("facts/pupil.csv", "rad 2 har 2 celler"),
        Wrong("facts/tasks.csv", f"har {count - 1} rader, og metadata sier {count}"),
        Wrong(
            "facts/vedtak.csv",
            "har andre kolonner enn year, decided_on, outcome, valid_from, valid_to, notified_on, "
            "arrived_on, decided_by, departs, reason, archive_ref, recorded_on, recorded_at",
        ),
        Wrong("log.jsonl", "linje 2 mangler noe"),
    ]


@pytest.mark.parametrize(
    ("metadata_json", "why"),
    [
        (b"", "er ikke metadata for iopflow-archive"),
        (b"[]", "er ikke metadata for iopflow-archive"),
        (b'{"format": "x"}', "er ikke metadata for iopflow-archive"),
        (
            b'{"format": "iopflow-archive", "format_version": 9, "counts": {"n": 0}, "pupils": []}',
            "har formatversjon 9, som denne iopflow ikke kjenner",
        ),
    ],
)
def test_metadata_of_something_else_is_told(tmp_path: Path, metadata_json: bytes, why: str) -> None:
    assert check(saved({"metadata.json": metadata_json}, tmp_path))[1] == [
        Wrong("metadata.json", why)
    ]


def test_the_documentation_names_every_file_and_column() -> None:
    text = (Path(__file__).parent.parent / "docs" / "archive.md").read_text(encoding="utf-8")
    for table in (*FACTS, OVERVIEW_TABLE):
        for column, meaning in table.columns.items():
            assert f"| `{column}` | {meaning} |" in text.split(f"### `{table.file}`")[1]


def test_two_files_of_one_name_are_no_export(cast: Lia, tmp_path: Path) -> None:
    """One reader would show the forged one, another the true one."""
    path = saved(of_pupil(cast), tmp_path)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as book:
        book.writestr("facts/vedtak.csv", "forged")
    with pytest.raises(Refused, match=r"to filer med navnet facts/vedtak\.csv"):
        check(path)


def test_a_zip_damaged_inside_a_file_is_told_in_a_sentence(cast: Lia, tmp_path: Path) -> None:
    path = saved(of_pupil(cast), tmp_path)
    with zipfile.ZipFile(path) as book:
        one = book.getinfo("facts/tasks.csv")
        place = one.header_offset + 30 + len(one.filename) + one.compress_size // 2
    content = bytearray(path.read_bytes())
    for number in range(place, place + 8):
        content[number] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(Refused, match="er ikke en hel zip-fil"):
        check(path)
