"""What is taken out to a workbook and read in again changes nothing but what was changed in it."""

import random
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlmodel import Session

from iopflow import importing
from iopflow.importing.extract import Extract, Row, extract, reach
from iopflow.importing.tables import BY_FILE, TABLES
from iopflow.importing.takeout import book
from iopflow.queries.access import EVERYONE, Viewer, viewer
from iopflow.queries.imports import importer
from tests import random_school
from tests.databases import LONG
from tests.importing import kit

NIGHT = datetime(2028, 7, 1, 9, 0, tzinfo=UTC)  # random_school.TODAY
Cell = tuple[str, int, int]  # table, row and column by place
Edit = Callable[[Any, random.Random], Any]
WORDS = ("Ny «Æ» & <b>", 'Sier "hei", og; går', "a=b", "'=HYPERLINK(1)", "Åse 'Øy", "#N/A", "1e5")


def taken(
    session: Session,
    who: Viewer = EVERYONE,
    *,
    owner: str = "eikedal",
    now: datetime = kit.NOW,
    school: str | None = None,
) -> Extract:
    number = _id(session, "owner", owner)
    only = None if school is None else _id(session, "school", school)
    reaching = reach(session, who, school=only)
    return extract(session, kit.RULES, reaching, owner=(number, owner), now=now)


def _id(session: Session, table: str, key: str) -> int:
    found = session.execute(text(f"SELECT id FROM {table} WHERE key = :key"), {"key": key})  # noqa: S608
    return int(found.scalar_one())


def read_again(
    session: Session,
    made: Extract,
    folder: Path,
    *,
    who: Viewer = EVERYONE,
    owner: str = "eikedal",
    now: datetime = kit.NOW,
) -> importing.Plan:
    """What an import of the book says."""
    path = folder / "uttrekk.xlsx"
    path.write_bytes(book(made, by="Rita", now=now))
    by = importer(session, who)
    return importing.plan(session, importing.read(path), kit.RULES, owner=owner, now=now, by=by)


def assert_nothing(made: importing.Plan) -> None:
    totals = kit.totals(made)
    totals.pop("unchanged")
    assert [one.sentence() for one in made.refused] == []
    assert totals == {"added": 0, "changed": 0, "refused": 0, "missing": totals["missing"]}
    assert (made.warnings, made.changes_something) == ([], False)


def cell(made: Extract, table: str, key: str, column: str) -> Any:
    """The cell of the row whose first column says so."""
    place = [one.name for one in BY_FILE[table].columns].index(column)
    return next(row[place] for row in made.rows[table] if row[0] == key)


# ---------------------------------------------------------------------- a random school


def _other(*choices: Any) -> Edit:
    return lambda was, dice: dice.choice([one for one in choices if one != was])


def _move(was: Any, dice: random.Random) -> Any:
    return was + timedelta(days=dice.choice((-400, -1, 1)))


WORD = _other(*WORDS)
REFERENCE = _other("2026/77-1", "logg 12-3", "A 9")
# Cells of which no rule says more than how they are written.
EDITS: dict[tuple[str, str], Edit] = {
    ("schools", "name"): WORD,
    ("schools", "municipality"): WORD,
    ("days_off", "what"): _other(*WORDS, "=1+1", "-x", "+47", "@x"),
    ("units", "name"): WORD,
    ("ppt_offices", "name"): WORD,
    ("people", "name"): WORD,
    ("people", "email"): _other("", "ny@example.no"),
    ("pupils", "name"): WORD,
    ("pupils", "birth_month"): _other("", "2015-11", "2014-03"),
    ("pupils", "protected"): _other("ja", "nei"),
    ("pupils", "home_municipality"): _other("", *WORDS),
    ("pupils", "ppt_reference"): _other("", "=1+1", "-x", *WORDS),
    ("enrolments", "grade"): _other(*range(14)),
    ("assessments", "needed_since"): _move,
    ("assessments", "archive_ref"): REFERENCE,
    ("vedtak", "decided_by"): _other("", *WORDS),
    ("vedtak", "reason"): _other("=1+1", *WORDS),
    ("consents", "answer"): _other("given", "refused", "withdrawn"),
    ("happenings", "reason"): _other("=1+1", *WORDS),
    ("happenings", "evidence"): _other("", *WORDS),
    ("appeals", "result"): _other("", "=1+1", *WORDS),
    ("pauses", "cause"): _other("", *WORDS),
    ("supports", "archive_ref"): REFERENCE,
    ("values", "value"): _other("0", "8,5", "3", "12"),
    ("values", "source"): _other("", "=1+1", *WORDS),
}


def edited(made: Extract, dice: random.Random, count: int) -> set[tuple[str, str, str, str]]:
    """Changes some cells; returns table, column, and the cell before and after, as a diff says."""
    cells = [
        (table, row, column)
        for table, rows in made.rows.items()
        for row in range(len(rows))
        for column in range(len(BY_FILE[table].columns))
        if (table, BY_FILE[table].columns[column].name) in EDITS
    ]
    changes = set()
    for table, row, place in dice.sample(cells, min(count, len(cells))):
        column, values = BY_FILE[table].columns[place].name, made.rows[table][row]
        was = values[place]
        values[place] = EDITS[table, column](was, dice)
        key = " ".join(_keys(table, values))
        changes.add((f"{table} {key}", column, str(was), str(values[place])))
    return changes


def _keys(table: str, row: Row) -> list[str]:
    return [
        str(cell)
        for column, cell in zip(BY_FILE[table].columns, row, strict=True)
        if column.key and column.name not in {"subject", "at"}
    ]


def told(made: importing.Plan) -> set[tuple[str, str, str, str]]:
    """The diff, with the keys that a file has."""
    found = [one for entry in made.summary for one in made.changes(entry["table"])]
    names = {
        table.file: [column.stored for column in table.columns if column.key] for table in TABLES
    }
    return {
        (
            " ".join(
                (
                    one.table,
                    *(
                        dict(zip(BY_FILE[one.table].key, one.key, strict=True))[name]
                        for name in names[one.table]
                        if name is not None
                    ),
                )
            ),
            one.column,
            one.before,
            one.after,
        )
        for one in found
    }


@settings(max_examples=200 if LONG else 12)
@given(seed=st.integers(0, 2**32))
def test_a_random_school_comes_back_with_the_cells_that_were_changed(
    session: Session, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - a school to test with
    folder, owner = tmp_path_factory.mktemp("random"), random_school.OWNER
    savepoint = session.begin_nested()
    tables = random_school.tables(dice)
    kit.apply(session, kit.write(folder / "first", tables), now=NIGHT)
    made = taken(session, owner=owner, now=NIGHT)
    assert made.left == []
    assert {file: len(rows) for file, rows in made.rows.items() if rows} == {
        file: len(rows) for file, rows in tables.items()
    }
    again = read_again(session, made, folder, owner=owner, now=NIGHT)
    assert_nothing(again)
    assert kit.totals(again)["missing"] == 0

    changes = edited(made, dice, dice.randint(1, 12))
    plan = read_again(session, made, folder, owner=owner, now=NIGHT)
    assert (plan.refused, kit.totals(plan)["added"]) == ([], 0)
    assert told(plan) == changes
    importing.apply(session, plan, kit.RULES, act=kit.act(NIGHT))
    assert taken(session, owner=owner, now=NIGHT).rows == made.rows
    savepoint.rollback()


@settings(max_examples=100 if LONG else 8)
@given(seed=st.integers(0, 2**32))
def test_every_table_comes_back_with_the_cells_that_were_changed(
    session: Session, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - cells to test with
    folder = tmp_path_factory.mktemp("every")
    savepoint = session.begin_nested()
    kit.apply(session, kit.write(folder / "first", kit.base()))
    made = taken(session)
    assert [file for file, rows in made.rows.items() if rows] == list(kit.FILES)
    assert_nothing(read_again(session, made, folder))
    changes = edited(made, dice, dice.randint(1, 20))
    plan = read_again(session, made, folder)
    assert [one.sentence() for one in plan.refused] == []
    assert told(plan) == changes
    importing.apply(session, plan, kit.RULES, act=kit.act(kit.LATER))
    assert taken(session).rows == made.rows
    savepoint.rollback()


# ---------------------------------------------------------------------- hostile cells


HOSTILE = ('=HYPERLINK("http://x";"y")', "+1", "-x", "@x", "'=1", 'a "b" c', '<c t="e">', "ja")


def test_what_looks_like_a_formula_is_text_all_the_way(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "first", kit.base()))
    for name in HOSTILE:
        for table in ("pupil", "person", "unit", "school"):
            session.execute(text(f"UPDATE {table} SET name = :name"), {"name": name})  # noqa: S608
        session.execute(text("UPDATE day_off SET what = :name"), {"name": name})
        session.execute(text("UPDATE figure_value SET source = :name"), {"name": name})
        made = taken(session)
        assert made.left == []
        assert_nothing(read_again(session, made, tmp_path))
        assert b"<f>" not in _sheets(tmp_path / "uttrekk.xlsx")


def _sheets(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if "worksheets/sheet" in name]
        return b"".join(archive.read(name) for name in names)


def test_what_no_file_could_bring_back_stays_out_and_is_told(
    session: Session, tmp_path: Path
) -> None:
    kit.apply(session, kit.write(tmp_path / "first", kit.base()))
    broken = {"name": "Ola\nDal"}
    session.execute(text("UPDATE pupil SET name = :name WHERE key = 'v-1'"), broken)
    session.execute(text("UPDATE pupil SET name = '  Eva ' WHERE key = 'v-2'"))
    session.execute(text("UPDATE assessment SET needed_since = '1899-12-31'"))
    made = taken(session)
    assert [(one.table, one.key, one.column) for one in made.left] == [
        ("pupils", "v-1", "name"),
        ("pupils", "v-2", ""),
        ("assessments", "v-1 2026-27", "needed_since"),
    ]
    assert_nothing(read_again(session, made, tmp_path))
    sheet = CalamineWorkbook.from_path(str(tmp_path / "uttrekk.xlsx")).get_sheet_by_name("Hjelp")
    lines = [str(row[0]) for row in sheet.to_python() if row[0]]
    assert "3 rader er ikke med, for importen kan ikke lese dem slik de står:" in lines
    assert "pupils v-1: name har linjeskift eller usynlige tegn" in lines


def test_a_day_is_a_day_and_an_id_is_text(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "first", kit.base()))
    session.execute(text("UPDATE pupil SET key = '00101' WHERE key = 'v-1'"))
    made = taken(session)
    (tmp_path / "x.xlsx").write_bytes(book(made, by="Rita", now=kit.NOW))
    rows = CalamineWorkbook.from_path(str(tmp_path / "x.xlsx"))
    found = {row[0]: row for row in rows.get_sheet_by_name("enrolments").to_python()}
    assert found["00101"] == ["00101", "lia", date(2025, 8, 1), "3a", 2, ""]
    assert cell(made, "pupils", "00101", "birth_month") == "2018-03"


# ---------------------------------------------------------------------- who gets what


@pytest.fixture
def staffed(session: Session, tmp_path: Path) -> Session:
    """Rita leads Lia, Odd is its office, Ada administers; a pupil of Fjell, and a substitute."""
    tables = kit.base()
    tables["pupils"].append({"pupil": "f-1", "name": "Nils Fjell"})
    tables["enrolments"].append(
        {"pupil": "f-1", "school": "fjell", "from": "2026-08-01", "class": "f3", "grade": "3"}
    )
    tables["people"] += [{"person": key, "name": key} for key in ("rita", "odd", "ada", "siri")]
    tables["roles"] += [
        {"person": person, "role": role, "at": at, "from": "2026-08-01"}
        for person, role, at in (
            ("rita", "rektor", "school:lia"),
            ("odd", "skoleadministrasjon", "school:lia"),
            ("ada", "admin", "owner:eikedal"),
            ("siri", "kontaktlaerer", "unit:f3"),
        )
    ]
    kit.apply(session, kit.write(tmp_path / "all", tables))
    session.execute(
        text(
            "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts, for_id)"
            " SELECT s.owner_id, s.id, 'kontaktlaerer', 'unit', u.id, '2026-10-01', k.id"
            " FROM person s, person k, unit u"
            " WHERE s.key = 'siri' AND k.key = 'kari' AND u.key = '3a'"
        )
    )
    return session


def _as(session: Session, key: str) -> Viewer:
    return viewer(session, key, today=kit.NOW.date())


def _ids(made: Extract, table: str) -> list[str]:
    return [str(row[0]) for row in made.rows[table]]


def test_a_head_takes_out_the_own_school(staffed: Session, tmp_path: Path) -> None:
    rita = _as(staffed, "rita")
    made = taken(staffed, rita)
    assert made.left == []
    assert made.schools == ["Lia skole"]
    assert _ids(made, "schools") == ["lia"]
    assert _ids(made, "pupils") == ["v-1", "v-2"]
    assert _ids(made, "units") == ["3a", "sma"]
    assert [(row[0], row[1], row[2]) for row in made.rows["roles"]] == [
        ("kari", "kontaktlaerer", "unit:3a"),
        ("odd", "skoleadministrasjon", "school:lia"),
    ]
    assert _ids(made, "people") == ["kari", "odd"]
    assert made.shared == ["ppt_offices", "people"]
    assert len(made.pupils) == 2
    assert {len(row) for row in made.rows["happenings"]} == {10}
    assert_nothing(read_again(staffed, made, tmp_path, who=rita))


def test_all_that_a_head_is_given_can_be_changed_but_what_is_shared(
    staffed: Session, tmp_path: Path
) -> None:
    rita = _as(staffed, "rita")
    made = taken(staffed, rita)
    for table in made.shared:
        made.rows[table][0][1] = "Et annet navn"
    plan = read_again(staffed, made, tmp_path, who=rita)
    assert [(one.file, one.row) for one in plan.refused] == [("ppt_offices", 2), ("people", 2)]
    made = taken(staffed, rita)
    made.rows = {file: rows for file, rows in made.rows.items() if file not in made.shared}
    changes = edited(made, random.Random(7), 1000)  # noqa: S311 - every cell there is
    plan = read_again(staffed, made, tmp_path, who=rita)
    assert [one.sentence() for one in plan.refused] == []
    assert told(plan) == changes


def test_the_office_gets_neither_protected_pupils_nor_talks_nor_figures(
    staffed: Session, tmp_path: Path
) -> None:
    odd = _as(staffed, "odd")
    made = taken(staffed, odd)
    assert _ids(made, "pupils") == ["v-1"]
    assert {str(row[0]) for row in made.rows["supports"]} == {"v-1"}
    steps = {str(row[1]) for row in made.rows["happenings"]}
    assert "iop.klar_skolestart" in steps
    assert "iop.elevsamtale_host" not in steps
    assert "values" not in made.rows
    assert "odd" not in _ids(made, "roles")
    assert_nothing(read_again(staffed, made, tmp_path, who=odd))


def test_whoever_administers_gets_everything_but_pupils(staffed: Session, tmp_path: Path) -> None:
    ada = _as(staffed, "ada")
    made = taken(staffed, ada)
    assert list(made.rows) == [
        *("schools", "school_years", "days_off", "units", "ppt_offices", "people", "roles")
    ]
    assert (made.pupils, made.shared) == (set(), [])
    assert len(made.rows["schools"]) == 2
    assert [row for row in made.rows["roles"] if str(row[2]).startswith("pupil:")] == []
    plan = read_again(staffed, made, tmp_path, who=ada)
    assert_nothing(plan)
    assert plan.absent("pupils") == []
    sheets = _words(tmp_path / "uttrekk.xlsx")
    assert "Ingen opplysninger om elever er med i denne boka." in sheets
    assert "Ola Dal" not in sheets
    assert "v-1" not in sheets.split("Slik skriver du")[1].replace("v-017", "")


def _words(path: Path) -> str:
    found = CalamineWorkbook.from_path(str(path))
    return "\n".join(
        str(cell)
        for name in found.sheet_names
        for row in found.get_sheet_by_name(name).to_python()
        for cell in row
    )


def test_a_teacher_reaches_nothing(staffed: Session) -> None:
    made = taken(staffed, _as(staffed, "kari"))
    assert [file for file, rows in made.rows.items() if rows] == ["ppt_offices"]


def test_one_school_of_several(staffed: Session, tmp_path: Path) -> None:
    made = taken(staffed, school="fjell")
    assert (_ids(made, "schools"), _ids(made, "pupils")) == (["fjell"], ["f-1"])
    assert _ids(made, "people") == ["siri"]
    assert_nothing(read_again(staffed, made, tmp_path))


def test_a_pupil_who_is_another_is_nobody(staffed: Session, tmp_path: Path) -> None:
    staffed.execute(
        text(
            "UPDATE pupil SET merged_into = (SELECT id FROM pupil WHERE key = 'v-1')"
            " WHERE key = 'v-2'"
        )
    )
    made = taken(staffed)
    assert _ids(made, "pupils") == ["f-1", "v-1"]
    assert_nothing(read_again(staffed, made, tmp_path))


def test_another_owners_rows_stay_there(staffed: Session, tmp_path: Path) -> None:
    tables = kit.base()
    for row in tables["schools"]:
        row["owner"] = "annen"
    kit.apply(staffed, kit.write(tmp_path / "annen", tables), owner="annen")
    made = taken(staffed)
    assert {str(row[2]) for row in made.rows["schools"]} == {"eikedal"}
    assert_nothing(read_again(staffed, made, tmp_path))
    assert_nothing(read_again(staffed, taken(staffed, owner="annen"), tmp_path, owner="annen"))
