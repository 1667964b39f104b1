"""`import`: a trial, the real thing, what is refused, and the way back."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from iopflow.importing.tables import TABLES
from tests.cli.conftest import Ask, rows_of

SCHOOLS = "school;name;owner;municipality\nlia;Lia skole;eikedal;Eikedal\n"
YEARS = (
    "school;year;first_day;last_day\nlia;2025-26;18.08.2025;19.06.2026\n"
    "lia;2026-27;17.08.2026;18.06.2027\n"
)
UNITS = "unit;school;kind;name\n3a;lia;klasse;3A\n"
PUPILS = "pupil;name\ne1;Elev Én\ne2;Elev To\n"
ENROLMENTS = "pupil;school;from;class;grade\ne1;lia;01.08.2024;3a;1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small school's files."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "eksport"
    made.mkdir()
    for name, text in (
        ("schools", SCHOOLS),
        ("school_years", YEARS),
        ("units", UNITS),
        ("pupils", PUPILS),
        ("enrolments", ENROLMENTS),
    ):
        (made / f"{name}.csv").write_text(text, encoding="utf-8")
    return made


def test_a_trial_changes_nothing_and_apply_reads_in(ask: Ask, folder: Path) -> None:
    trial = ask(f"import {folder}")
    assert trial.code == 0
    assert trial.out.splitlines()[-1].startswith("Prøvekjøring: 7 nye og 0 endrede rader.")
    assert rows_of(ask.url, "SELECT count(*) FROM school") == [(0,)]
    done = ask(f"import {folder} --apply --format json")
    assert done.code == 0
    by_table = {row["table"]: row for row in json.loads(done.out)}
    assert by_table["pupils"] == {
        "table": "pupils",
        "added": 2,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "missing": 0,
    }
    again = ask(f"import {folder} --apply --format json")
    assert {(row["added"], row["changed"]) for row in json.loads(again.out)} == {(0, 0)}


def test_where_refused_rows_cannot_be_written_nothing_is_read_in(ask: Ask, folder: Path) -> None:
    (folder / "pupils.csv").write_text(PUPILS + "e 9;Elev Ni\n", encoding="utf-8")
    answer = ask(f"import {folder} --apply --refused ingen/mappe/feil.csv")
    assert answer.code == 1
    assert "velg en annen fil med --refused" in answer.err
    assert rows_of(ask.url, "SELECT count(*) FROM pupil") == [(0,)]


def test_a_long_cell_is_told_in_short(ask: Ask, folder: Path) -> None:
    (folder / "pupils.csv").write_text(PUPILS + f"{'e ' * 500};Elev Ni\n", encoding="utf-8")
    answer = ask(f"import {folder}")
    assert "e e e …" in answer.err
    assert max(map(len, answer.err.splitlines())) < 250


def test_the_list_of_imports_says_whose_they_are_and_what_came_with_them(
    ask: Ask, folder: Path
) -> None:
    ask(f"import {folder} --apply")
    (row,) = json.loads(ask("import --list --format json", now=None).out)
    assert (row["owner"], row["by"], row["undone_at"]) == ("eikedal", None, None)
    assert (row["rows"], row["tasks"]) == (7, 0)


def test_two_owners_may_use_the_same_ids_and_are_told_apart(ask: Ask, folder: Path) -> None:
    ask(f"import {folder} --apply")
    for name in ("schools", "school_years", "units", "enrolments"):
        file = folder / f"{name}.csv"
        changed = file.read_text(encoding="utf-8").replace("eikedal", "nabo")
        file.write_text(changed, encoding="utf-8")
    assert ask(f"import {folder} --apply").code == 0
    words = "need {} --year 2026-27 --since 10.01.2026 --now 2026-11-26T10:00"
    both = ask(words.format("e1"), now=None)
    assert both.code == 1
    assert "skriv skoleeieren foran, som eikedal:e1" in both.err
    assert ask(words.format("nabo:e1"), now=None).code == 0
    owners = "SELECT o.key FROM assessment a JOIN owner o ON o.id = a.owner_id"
    assert rows_of(ask.url, owners) == [("nabo",)]
    named = "complete --step iop.elevsamtale_host --year 2026-27 --subject {} --on 2026-11-02"
    assert ask(named.format("e1")).code == 1
    assert ask(named.format("nabo:e1")).code == 0
    done = "SELECT o.key FROM happening h JOIN owner o ON o.id = h.owner_id"
    assert rows_of(ask.url, done) == [("nabo",)]
    assert ask("rollover 2026-27 --school nabo:lia").code == 0
    assert ask("rollover 2026-27 --school lia").code == 1


def test_refused_rows_are_told_kept_in_a_file_and_need_a_person(ask: Ask, folder: Path) -> None:
    (folder / "enrolments.csv").write_text(
        ENROLMENTS + "e9;lia;01.08.2024;3a;1\n", encoding="utf-8"
    )
    answer = ask(f"import {folder} --apply --refused feil.csv")
    assert answer.code == 3
    assert "enrolments.csv rad 3, pupil «e9»: finnes ikke" in answer.err
    assert "1 rad er avvist: se feil.csv" in answer.err
    text = Path("feil.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [(row["file"], row["row"], row["column"]) for row in rows] == [
        ("enrolments.csv", "3", "pupil")
    ]
    assert rows_of(ask.url, "SELECT count(*) FROM pupil") == [(2,)]


def test_strict_is_all_or_nothing(ask: Ask, folder: Path) -> None:
    (folder / "enrolments.csv").write_text(
        ENROLMENTS + "e9;lia;01.08.2024;3a;1\n", encoding="utf-8"
    )
    answer = ask(f"import {folder} --apply --strict")
    assert answer.code == 1
    assert answer.err.splitlines()[-1] == (
        "Ingenting er lest inn (--strict): rett radene og prøv igjen."
    )
    assert rows_of(ask.url, "SELECT count(*) FROM pupil") == [(0,)]


def test_a_bad_file_is_refused_whole(ask: Ask, folder: Path) -> None:
    (folder / "pupils.csv").write_text("pupil;navnet\ne1;Elev\n", encoding="utf-8")
    answer = ask(f"import {folder} --apply")
    assert (answer.code, answer.out) == (1, "")
    assert "pupils.csv" in answer.err
    assert answer.err.count("\n") == 1
    gone = ask("import finnes-ikke")
    assert (gone.code, gone.err) == (1, "finnes-ikke finnes ikke: sjekk stien.\n")


def test_an_import_is_listed_and_undone_with_a_reason(ask: Ask, folder: Path) -> None:
    ask(f"import {folder} --apply")
    if not ask.embedded:  # the first import of a shared database may bring nobody who can sign
        assert ask("import --list").code == 0
    (batch,) = json.loads(ask("import --list --format json").out)
    assert (batch["by"], batch["source"], batch["undone_at"]) == (None, "eksport", None)
    answer = ask(f"import --undo {batch['batch']} --reason 'feil fil'")
    assert answer.code == 0
    assert rows_of(ask.url, "SELECT count(*) FROM pupil") == [(0,)]
    again = ask(f"import --undo {batch['batch']} --reason 'feil fil'")
    assert again.code == 1


def test_the_template_has_every_table_and_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = Ask("sqlite:///there-is-none.db", capsys)
    path = tmp_path / "mal.xlsx"
    made = ask(f"import --template {path}", now=None)
    assert (made.code, made.out) == (0, f"{path}: 19 ark å fylle ut.\n")
    with zipfile.ZipFile(path) as book:
        names = book.read("xl/workbook.xml").decode()
        words = book.read("xl/sharedStrings.xml").decode()
    assert [table.file for table in TABLES if f'name="{table.file}"' not in names] == []
    assert (names.index("elevliste") < names.index("schools"), "<t>Kontaktlærer</t>" in words) == (
        True,
        True,
    )
    assert "<t>home_municipality</t>" in words
    before = path.read_bytes()
    again = ask(f"import --template {path}", now=None)
    assert again.code == 1
    assert path.read_bytes() == before
    wrong = ask("import --template mal.csv", now=None)
    assert wrong.err == "mal.csv må hete noe på .xlsx: skriv --template mal.xlsx.\n"


def test_what_is_taken_out_is_read_in_again_as_it_was(school: Ask, tmp_path: Path) -> None:
    path = tmp_path / "lia.xlsx"
    made = school(f"import --export {path}", by="rita")
    assert (made.code, made.err) == (0, "")
    assert made.out.startswith(f"{path}: ")
    again = school(f"import {path} --format json", by="rita")
    assert again.code == 0
    rows = json.loads(again.out)
    assert {(row["added"], row["changed"], row["refused"]) for row in rows} == {(0, 0, 0)}
    assert sum(row["unchanged"] for row in rows) > 20
    noted = rows_of(school.url, "SELECT what, n FROM reading WHERE what LIKE '%export'")
    pupils = next(row["unchanged"] for row in rows if row["table"] == "pupils")
    assert noted == [("iopflow import --export", pupils)]
    assert school(f"import --export {path}", by="rita").code == 1


def test_one_table_and_one_school_are_taken_out(school: Ask, tmp_path: Path) -> None:
    path = tmp_path / "lia.xlsx"
    made = school(f"import --export {path} --table units --school lia", by="ada")
    assert (made.code, made.out) == (0, f"{path}: 3 rader i 1 ark.\n")
    assert rows_of(school.url, "SELECT count(*) FROM reading") == [(0,)]
    other = tmp_path / "annen.xlsx"
    for words, by, code in (
        ("--table pupils", "ada", 1),  # sees none
        ("--table elever", "rita", 1),
        ("--table units --school fjell", "rita", 1),
        ("--table units", "kari", 1),
        ("--table units --owner annen", "rita", 1),
    ):
        assert (words, school(f"import --export {other} {words}", by=by).code) == (words, code)
        assert not other.exists()
    assert school("import --list --table units", by="rita").code == 2


def test_the_list_of_imports_can_be_an_excel_book(ask: Ask, folder: Path, tmp_path: Path) -> None:
    ask(f"import {folder} --apply")
    path = tmp_path / "importer.xlsx"
    assert ask(f"import --list --format xlsx -o {path}").code == 0
    with zipfile.ZipFile(path) as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


def test_those_who_import_for_one_school_touch_no_other(school: Ask, folder: Path) -> None:
    (folder / "schools.csv").unlink()
    (folder / "school_years.csv").unlink()
    (folder / "units.csv").unlink()
    (folder / "pupils.csv").write_text("pupil;name\ne1;Nytt Navn\n", encoding="utf-8")
    (folder / "enrolments.csv").write_text(
        "pupil;school;from;class;grade\nf1;fjell;01.08.2024;f3;9\n", encoding="utf-8"
    )
    answer = school(f"import {folder} --apply", by="olav")
    assert answer.code == 3
    assert "enrolments.csv rad 2" in answer.err
    assert rows_of(school.url, "SELECT name FROM pupil WHERE key = 'e1'") == [("Nytt Navn",)]
    (batch,) = json.loads(school("import --list --format json", by="olav").out)
    assert batch["by"] == "olav"
    assert json.loads(school("import --list --format json", by="rita").out) == []
    assert school(f"import --undo {batch['batch']} --reason x", by="rita").code == 1
    assert school(f"import --undo {batch['batch']} --reason x", by="ada").code == 0


def test_files_of_another_owner_are_refused(school: Ask, folder: Path) -> None:
    (folder / "schools.csv").write_text(SCHOOLS.replace("eikedal", "annen"), encoding="utf-8")
    answer = school(f"import {folder} --apply", by="ada")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "Filene tilhører skoleeieren «annen», og rollene dine gjelder en annen.\n"
    )


def test_what_is_left_as_it_stands_is_told(ask: Ask, folder: Path) -> None:
    """A role that was ended in iopflow, and stands without an end in the file."""
    people = "person;name\nkari;Kari\nolav;Olav\nper;Per\n"
    roles = (
        "person;role;at;from;to\nkari;kontaktlaerer;unit:3a;01.08.2024;\n"
        "olav;admin;owner:eikedal;01.08.2024;\n"
    )
    for name, text in (("people", people), ("roles", roles)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    assert ask(f"import {folder} --apply").code == 0
    handed = "hand-over --from kari --to per --start 2026-12-01 --apply"
    assert ask(handed, by="olav").code == 0
    again = ask(f"import {folder} --apply", by="olav")
    assert again.code == 0
    assert "Merk: Kari, kontaktlærer (unit:3a): avsluttet i iopflow" in again.err
    assert "med siste dag 30.11.2026; står i filen uten sluttdato: rett filen." in again.err
    ends = "SELECT CAST(ends AS TEXT) FROM role_grant WHERE role = 'kontaktlaerer' ORDER BY starts"
    assert rows_of(ask.url, ends) == [("2026-11-30",), (None,)]


def test_a_list_of_pupils_is_read_and_what_is_doubtful_is_told(ask: Ask, folder: Path) -> None:
    ask(f"import {folder} --apply")
    lines = "Navn;Klasse;Trinn;Født\nElev Én;3A;3;1.2.2018\nNy Én;3A;3;\nNy Én;3A;3;\n"
    Path("elever.csv").write_text(lines, encoding="utf-8")
    answer = ask("import elever.csv --apply --format json")
    assert answer.code == 0
    added = {row["table"]: row["added"] for row in json.loads(answer.out)}
    assert added == {"pupils": 2, "enrolments": 2}
    assert "2 nye elever står uten første dag. Innmeldingen begynner 01.08.2026." in answer.err
    assert "Obs: 2 elever heter Ny Én i klassen 3a: elev-1 (elever.csv rad 3)" in answer.err
    again = ask("import elever.csv --apply --format json")
    assert {(row["added"], row["changed"]) for row in json.loads(again.out)} == {(0, 0)}
    assert (again.code, "Obs" in again.err) == (0, False)


def test_every_error_of_a_row_is_told(ask: Ask, folder: Path) -> None:
    ask(f"import {folder} --apply")
    Path("elever.csv").write_text("Navn;Klasse;Trinn\n;9Z;x\n", encoding="utf-8")
    answer = ask("import elever.csv")
    assert answer.code == 3
    for said in (
        "elever.csv rad 2, navn «»: er tom; skriv navnet til eleven.",
        "elever.csv rad 2, klasse «9Z»: er ingen klasse ved skolen;",
        "elever.csv rad 2, trinn «x»: er ikke et trinn; skriv et tall fra 0 til 13.",
        "1 rad er avvist",
    ):
        assert said in answer.err
    assert len(Path("avvist.csv").read_text("utf-8-sig").splitlines()) == 4
