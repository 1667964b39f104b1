"""The list of pupils as a school keeps it: one file, Norwegian headers, split into the tables."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from iopflow import importing
from iopflow.importing.cells import BadFile
from iopflow.importing.headings import unknown
from iopflow.importing.mending import Mending
from iopflow.importing.tables import PUPIL_LIST
from iopflow.importing.tables.lists import is_pupil_list
from iopflow.queries.imports import Importer
from tests.importing import kit

HEADER = "Navn;Elev-id;Skole;Klasse;Trinn;Kontaktlærer;Startdato;Sluttdato"
LIST = (
    HEADER,
    "Ada Ny;a-1;Lia skole;3 A;3. trinn;kari@example.no;17.08.2026;",
    "Ola Dal;v-1;lia;3A;3;Kari Berg;01.08.2025;",
    "Per Ås;a-2;Fjell skule;3. trinn;4;;01.08.2026;",
)


@pytest.fixture(autouse=True)
def _schools(session: Session, tmp_path: Path) -> None:
    """Lia with class 3A and its teacher Kari; v-1 Ola Dal and v-2 Eva Moe go there."""
    kit.apply(session, kit.write(tmp_path / "there", kit.base()))


def listed(tmp_path: Path, *lines: str, name: str = "elever 2026.csv") -> Path:
    """A list in a file of the school's own name."""
    path = tmp_path / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def planned(
    session: Session, path: Path, *, school: str | None = "lia", mending: Mending | None = None
) -> importing.Plan:
    """The dry run, by somebody who imports for one school, or for all."""
    ids = dict(map(tuple, session.execute(text("SELECT key, id FROM school"))))
    by = Importer() if school is None else Importer(frozenset({ids[school]}))
    return importing.plan(
        session, importing.read(path, mending), kit.RULES, owner="eikedal", now=kit.NOW, by=by
    )


def applied(session: Session, made: importing.Plan) -> importing.Plan:
    """The same, applied: nothing was refused."""
    assert [one.sentence() for one in made.refused] == []
    importing.apply(session, made, kit.RULES, act=kit.act())
    return made


def counts(made: importing.Plan) -> dict[str, tuple[int, int, int]]:
    """New, changed and unchanged rows of each table."""
    return {one["table"]: (one["added"], one["changed"], one["unchanged"]) for one in made.summary}


def enrolled(session: Session, key: str) -> list[tuple[str, ...]]:
    """The enrolments of a pupil."""
    found = session.execute(
        text(
            "SELECT s.key, u.key, n.starts, n.grade, n.ends FROM enrolment n"
            " JOIN pupil p ON p.id = n.pupil_id JOIN school s ON s.id = n.school_id"
            " LEFT JOIN unit u ON u.id = n.class_id WHERE p.key = :key ORDER BY n.starts"
        ),
        {"key": key},
    )
    return [tuple(str(cell) for cell in row) for row in found]


def roles(session: Session) -> list[tuple[str, ...]]:
    """Every role of a contact teacher."""
    found = session.execute(
        text(
            "SELECT p.key, g.at_kind, g.starts FROM role_grant g JOIN person p"
            " ON p.id = g.person_id WHERE g.role = 'kontaktlaerer' ORDER BY g.id"
        )
    )
    return [tuple(str(cell) for cell in row) for row in found]


def test_one_list_becomes_pupils_enrolments_and_roles(session: Session, tmp_path: Path) -> None:
    path = listed(tmp_path, *LIST)
    made = applied(session, planned(session, path, school=None))
    assert counts(made) == {"pupils": (2, 0, 1), "roles": (0, 0, 1), "enrolments": (2, 0, 1)}
    assert enrolled(session, "a-1") == [("lia", "3a", "2026-08-17", "3", "None")]
    assert enrolled(session, "v-1") == [("lia", "3a", "2025-08-01", "2", "None")]
    assert enrolled(session, "a-2") == [("fjell", "f3", "2026-08-01", "4", "None")]
    assert roles(session) == [("kari", "unit", "2026-08-01")]
    before = kit.dump(session)
    again = planned(session, path, school=None)
    assert (again.changes_something, [one.sentence() for one in again.refused]) == (False, [])
    assert kit.dump(session) == before


@pytest.mark.parametrize(
    "lines",
    [
        ("Klasse;Etternavn;Trinn;Fornavn", "3A;Ny;3;Ada", "3A;Øy;3;Bo", "3A;Dal;3;Ola"),
        ("Navn;Klasse;Trinn;Fra", "Ny, Ada;3A;3;17.08.2026", "Bo Øy;3A;3;01.10.2026"),
        ("Navn;Klasse;Trinn;Til", "Ada Ny;3A;3;01.10.2026", "Bo Øy;3A;3;", "Ada Ny;3A;3;"),
        ("Navn;Klasse;Trinn", "Ada Ny;3A;3", "Ada Ny;3A;3", "Ada Ny;;4"),
        ("Navn;Klasse;Trinn;Fødselsmåned", "Ada Ny;3A;3;2018-01", "Ada Ny;3A;3;2018-02"),
        ("Navn;Klasse;Trinn;Elev-id", "Ada Ny;3A;3;", "Bo Øy;3A;3;elev-7", "Ada Ny;3A;3;"),
        ("Navn;Klasse;Trinn;Kontaktlærer", "Ada Ny;3A;3;Petra Li", "Bo Øy;3A;3;kari"),
    ],
    ids=["names", "days", "left", "namesakes", "months", "some ids", "teachers"],
)
def test_a_list_without_ids_changes_nothing_the_second_time(
    session: Session, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    path = listed(tmp_path, *lines)
    made = applied(session, planned(session, path))
    new = sum("Dal" not in line for line in lines[1:])
    assert counts(made)["pupils"][0] == counts(made)["enrolments"][0] == new
    before = kit.dump(session)
    again = planned(session, path)
    assert (again.changes_something, kit.totals(again)["refused"]) == (False, 0)
    applied(session, again)
    assert {**kit.dump(session), "import_batch": 0} == {**before, "import_batch": 0}
    # Nor when it comes sorted otherwise, where nobody has a namesake.
    if len({line.split(";")[0] + line.split(";")[1] for line in lines[1:]}) == len(lines) - 1:
        turned = listed(tmp_path, lines[0], *lines[:0:-1])
        assert planned(session, turned).changes_something is False


def test_an_id_that_is_made_says_nothing_of_whom_it_is(session: Session, tmp_path: Path) -> None:
    applied(session, planned(session, listed(tmp_path, "Navn;Trinn", "Ada Ny;3", "Bo Øy;3")))
    keys = session.execute(text("SELECT key FROM pupil WHERE key LIKE 'elev%' ORDER BY id"))
    assert [key for (key,) in keys] == ["elev-1", "elev-2"]


def test_a_pupil_who_is_there_is_known_by_name_and_keeps_the_enrolment(
    session: Session, tmp_path: Path
) -> None:
    path = listed(tmp_path, "Navn;Klasse;Trinn", "ola  DAL;;3", "Ola Dal;3A;3")
    made = planned(session, path)
    # The one in the class is the one who is there; the other is somebody else of that name.
    assert counts(made)["enrolments"] == (1, 0, 1)
    path = listed(tmp_path, "Navn;Klasse;Trinn;Startdato", "Ola Dal;3A;4;15.08.2023")
    made = planned(session, path)
    (one,) = made.changes("enrolments")
    assert (one.key[2], one.column, one.before, one.after) == ("2025-08-01", "grade", "2", "3")


def test_a_new_class_in_a_new_year_leaves_last_year_as_it_was(
    session: Session, tmp_path: Path
) -> None:
    """Ola was in 3A since 2025; the list of this year has him in 4B. Ada came to 3A this year."""
    units = [{"unit": "4b", "school": "lia", "kind": "klasse", "name": "4B"}]
    kit.apply(session, kit.write(tmp_path / "units", {"units": units}))
    applied(session, planned(session, listed(tmp_path, "Navn;Klasse;Trinn", "Ada Ny;3A;3")))
    path = listed(tmp_path, "Navn;Klasse;Trinn", "Ola Dal;4B;3", "Ada Ny;4B;4", "Eva Moe;3A;3")
    made = applied(session, planned(session, path))
    assert counts(made)["enrolments"] == (1, 2, 1)
    assert "Innmeldingen i den gamle slutter 31.07.2026, og en ny" in made.notes[0]
    assert enrolled(session, "v-1") == [
        ("lia", "3a", "2025-08-01", "2", "2026-07-31"),
        ("lia", "4b", "2026-08-01", "3", "None"),
    ]
    # Within a year nobody knows since when, and the class is put right as it stands.
    assert enrolled(session, "elev-1") == [("lia", "4b", "2026-08-01", "4", "None")]
    # A last day that the list says nothing of stands.
    assert enrolled(session, "v-2") == [("lia", "3a", "2026-08-01", "3", "2027-07-31")]
    again = planned(session, path)
    assert (again.changes_something, again.notes) == (False, [])


def test_all_that_is_wrong_is_told_where_it_stands_in_the_list(
    session: Session, tmp_path: Path
) -> None:
    path = listed(
        tmp_path,
        "Trinn;Navn;Klasse;Kontaktlærer;Fra;Til;Elev-id",
        "x;=Ny;3Z;kari;31.02.2026;;a 1",
        "3;;3A;ingen@example.no;01.08.2026;01.07.2026;a-2",
        "2;Bo Øy;3A;kari;01.08.2020;;a-3",
        "3;Eva Ny;3A;kari;01.08.2026;;a-4",
        "3;Eva To;3A;kari;01.08.2026;;a-4",
    )
    made = planned(session, path)
    assert [(one.file, one.row, one.column, one.value) for one in made.refused] == [
        ("elever 2026.csv", 2, "trinn", "x"),
        ("elever 2026.csv", 2, "navn", "=Ny"),
        ("elever 2026.csv", 2, "fra", "31.02.2026"),
        ("elever 2026.csv", 2, "elev_id", "a 1"),
        ("elever 2026.csv", 2, "klasse", "3Z"),
        ("elever 2026.csv", 3, "navn", ""),
        ("elever 2026.csv", 3, "til", "01.07.2026"),
        ("elever 2026.csv", 3, "kontaktlærer", "ingen@example.no"),
        ("elever 2026.csv", 4, "trinn", "2"),
        ("elever 2026.csv", 6, "elev_id", "a-4"),
    ]
    assert all(one.remedy for one in made.refused)
    assert importing.write_refused(made, tmp_path / "avvist.csv") == len(made.refused)
    assert "x | =Ny | 3Z | kari | 31.02.2026" in (tmp_path / "avvist.csv").read_text("utf-8-sig")
    # A row that is refused leaves nothing behind in any table.
    importing.apply(session, made, kit.RULES, act=kit.act())
    assert enrolled(session, "a-4") == [("lia", "3a", "2026-08-01", "3", "None")]
    names = session.execute(text("SELECT count(*) FROM pupil")).scalar_one()
    assert names == 3


def test_what_is_mended_is_mended_in_the_list(session: Session, tmp_path: Path) -> None:
    path = listed(tmp_path, "Navn;Klasse;Trinn", "=Ny;3Z;3", "Bo Øy;3A;3")
    mending = Mending()
    mending.correct("elevliste", 2, "navn", "Ada Ny")
    mending.correct("elevliste", 2, "klasse", "3a")
    mending.leave_out("elevliste", 3)
    made = applied(session, planned(session, path, mending=mending))
    assert counts(made) == {"pupils": (1, 0, 0), "enrolments": (1, 0, 0)}


def test_a_teacher_gets_the_class_or_only_the_pupil(session: Session, tmp_path: Path) -> None:
    """Petra is named for one pupil of Kari's class; at Fjell she is alone with the class."""
    path = listed(
        tmp_path,
        "Navn;Skole;Klasse;Trinn;Kontaktlærer",
        "Ada Ny;lia;3A;3;Petra Li",
        "Ola Dal;lia;3A;3;Kari Berg",
        "Per Ås;fjell;3. trinn;3;petra",
        "Åse Ås;fjell;3. trinn;3;petra",
    )
    made = applied(session, planned(session, path, school=None))
    assert counts(made)["roles"] == (2, 0, 1)
    assert roles(session)[1:] == [
        ("petra", "pupil", "2026-08-01"),
        ("petra", "unit", "2026-08-01"),
    ]
    assert planned(session, path, school=None).changes_something is False


def test_a_school_without_classes_or_staff_can_begin_with_its_list(
    session: Session, tmp_path: Path
) -> None:
    session.execute(text("UPDATE unit SET kind = 'avdeling' WHERE key = 'f3'"))
    path = listed(tmp_path, "Navn;Klasse;Trinn;Kontaktlærer", "Per Ås;3A;3;Nina Nes")
    made = applied(session, planned(session, path, school="fjell"))
    assert counts(made) == {"pupils": (1, 0, 0), "enrolments": (1, 0, 0)}
    assert [note[:46] for note in made.notes] == [
        "Skolen fjell har ingen klasser i iopflow ennå:",
        "Ingen av kontaktlærerne i filen finnes i iopfl",
        "1 ny elev står uten første dag. Innmeldingen b",
    ]


def test_nobody_becomes_a_teacher_by_ones_own_list(session: Session, tmp_path: Path) -> None:
    (kari,) = session.execute(text("SELECT id FROM person WHERE key = 'petra'")).one()
    path = listed(tmp_path, "Navn;Skole;Klasse;Trinn;Kontaktlærer", "Per Ås;fjell;f3;3;petra")
    made = importing.plan(
        session, importing.read(path), kit.RULES, now=kit.NOW, by=Importer(person_id=kari)
    )
    assert counts(applied(session, made)) == {"pupils": (1, 0, 0), "enrolments": (1, 0, 0)}
    assert "Rollen som kontaktlærer for deg selv leses ikke inn" in made.notes[0]


def test_another_school_is_not_touched(session: Session, tmp_path: Path) -> None:
    path = listed(tmp_path, *LIST)
    made = planned(session, path)
    assert [(one.row, one.column, one.value) for one in made.refused] == [
        (4, "skole", "Fjell skule")
    ]
    made = planned(session, listed(tmp_path, "Navn;Klasse;Trinn", "Per Ås;3A;3"), school="lia")
    assert counts(made)["enrolments"] == (1, 0, 0)
    with pytest.raises(BadFile, match="du kan importere for flere skoler; legg til kolonnen"):
        planned(session, listed(tmp_path, "Navn;Klasse;Trinn", "Per Ås;3A;3"), school=None)


def test_only_the_pupils_of_the_schools_of_the_list_can_be_missing(
    session: Session, tmp_path: Path
) -> None:
    """Also where every row is refused: a row with an error names a school and a pupil."""
    applied(session, planned(session, listed(tmp_path, *LIST), school=None))
    keys = dict(map(tuple, session.execute(text("SELECT id, key FROM pupil"))))
    for grade, refused in (("3", 0), ("x", 1)):
        path = listed(tmp_path, "Navn;Skole;Klasse;Trinn", f"Ola Dal;lia;3A;{grade}")
        made = planned(session, path, school=None)
        assert kit.totals(made)["refused"] == refused
        assert sorted(keys[one] for one in made.absent("pupils")) == ["a-1", "v-2"]


def test_days_of_birth_are_offered_to_be_left_out_and_never_stored(
    session: Session, tmp_path: Path
) -> None:
    path = listed(tmp_path, "Navn;Fødselsdato;Klasse;Trinn", "Ada Ny;03.05.2018;3A;3")
    (asked,) = unknown(path, Mending())
    assert asked.table is PUPIL_LIST
    assert [(one.title, one.guess) for one in asked.headings] == [("Fødselsdato", "")]
    applied(session, planned(session, path))
    assert "2018" not in str(kit.dump(session, ["pupil"])["pupil"][-1])


def test_a_list_is_known_by_its_headers_and_not_by_its_name(tmp_path: Path) -> None:
    for name in ("elevliste.csv", "Uttrekk.csv", "3A.csv"):
        read = importing.read(listed(tmp_path, *LIST, name=name))
        assert list(read.sheets) == ["elevliste"]
    assert not is_pupil_list({"navn", "trinn_før"})
    assert not is_pupil_list({"fornavn", "klasse"})
    with pytest.raises(BadFile, match="kolonnen «navn» mangler"):
        importing.read(listed(tmp_path, "Klasse;Trinn", "3A;3", name="elevliste.csv"))
    with pytest.raises(BadFile, match="kolonnen «trinn» mangler"):
        importing.read(listed(tmp_path, "Klasse;Navn", "3A;Ada", name="a.csv"))


def test_a_list_beside_the_tables_it_holds_is_refused(session: Session, tmp_path: Path) -> None:
    folder = kit.write(tmp_path / "both", {"pupils": kit.base()["pupils"]})
    listed(folder, "Navn;Klasse;Trinn", "Ada Ny;3A;3", name="elevliste.csv")
    with pytest.raises(BadFile, match=r"elevliste.csv og pupils.csv kan ikke leses inn sammen"):
        planned(session, folder)


def test_a_list_may_name_what_stands_in_the_same_folder(session: Session, tmp_path: Path) -> None:
    folder = kit.write(
        tmp_path / "both",
        {
            "units": [{"unit": "4b", "school": "lia", "kind": "klasse", "name": "4 B"}],
            "people": [{"person": "nn", "name": "Nina Nes", "email": "nina@example.no"}],
        },
    )
    listed(folder, "Navn;Klasse;Trinn;Kontaktlærer", "Ada Ny;4B;4;nina@example.no")
    made = applied(session, planned(session, folder, school="lia"))
    assert counts(made)["roles"] == counts(made)["enrolments"] == (1, 0, 0)


def test_it_can_be_undone(session: Session, tmp_path: Path) -> None:
    before = kit.dump(session)
    made = planned(session, listed(tmp_path, *LIST), school=None)
    done = importing.apply(session, made, kit.RULES, act=kit.act())
    importing.undo(session, done.batch_id, act=kit.act(kit.LATER))
    assert kit.dump(session) == before


def told(made: importing.Plan) -> list[str]:
    """What is asked of namesakes."""
    return [one.sentence().partition(". Er det")[0] for one in made.namesakes]


def test_namesakes_of_a_class_are_asked_about_and_stop_nothing(
    session: Session, tmp_path: Path
) -> None:
    path = listed(
        tmp_path,
        "Navn;Elev-id;Klasse;Trinn",
        "Jon Berg;j-1;3A;3",
        "jon  berg;j-2;3A;3",
        "Ola Dal;o-2;3A;3",
        "Eva Moe;e-2;;3",
        "Bo Øy;b-1;3A;3",
        name="liste.csv",
    )
    made = applied(session, planned(session, path))
    assert told(made) == [
        "2 elever heter Ola Dal i klassen 3a: v-1 (i iopflow) og o-2 (liste.csv rad 4)",
        "2 elever heter Jon Berg i klassen 3a: j-1 (liste.csv rad 2) og j-2 (liste.csv rad 3)",
    ]
    # They were let stand, and are not asked about again.
    assert told(planned(session, path)) == []


def test_namesakes_in_the_tables_are_asked_about_too(session: Session, tmp_path: Path) -> None:
    tables = kit.base()
    tables["pupils"] = [{"pupil": "v-3", "name": "Ola Dal"}]
    tables["enrolments"] = [
        {"pupil": "v-3", "school": "lia", "from": "2026-08-01", "class": "3a", "grade": "3"}
    ]
    wanted = ["2 elever heter Ola Dal i klassen 3a: v-1 (i iopflow) og v-3 (pupils.csv rad 2)"]
    assert told(planned(session, kit.write(tmp_path / "a", tables), school=None)) == wanted
    # One who goes, and one who has another class, is nobody's namesake.
    tables["enrolments"][0] |= {"from": "2025-08-01", "to": "2026-06-30"}
    assert told(planned(session, kit.write(tmp_path / "b", tables), school=None)) == []
    tables["enrolments"][0] |= {"school": "fjell", "class": "f3", "to": ""}
    assert told(planned(session, kit.write(tmp_path / "c", tables), school=None)) == []
    # Nor is anybody else's name told by a guess at it.
    tables["enrolments"][0] |= {"school": "lia", "class": "3a"}
    source = importing.read(kit.write(tmp_path / "d", tables))
    for by in (Importer(sees_names=False), Importer(sees_protected=False)):
        made = importing.plan(session, source, kit.RULES, now=kit.NOW, by=by)
        assert told(made) == (wanted if by.sees_names else [])
    session.execute(text("UPDATE pupil SET protected = TRUE WHERE key = 'v-1'"))
    assert told(importing.plan(session, source, kit.RULES, now=kit.NOW, by=by)) == []


def test_no_header_of_the_list_means_two_things() -> None:
    words = [word for one in PUPIL_LIST.columns for word in (one.name, *one.aliases)]
    words += PUPIL_LIST.left_out
    assert {word for word in words if words.count(word) > 1} == set()
    assert [word for word in words if not re.fullmatch(r"[a-zæøå0-9_()-]+", word)] == []
