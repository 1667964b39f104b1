"""What a second import changes, and what it leaves."""

from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from tests.importing import kit


def _one(session: Session, sql: str) -> tuple[object, ...]:
    return tuple(session.execute(text(sql)).one())


def test_another_value_is_a_change(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    tables = kit.base()
    tables["pupils"][0]["name"] = "Ola Dahl"
    made = kit.plan(session, kit.write(tmp_path / "b", tables))
    assert kit.totals(made) | {"unchanged": 0} == {
        "added": 0,
        "changed": 1,
        "unchanged": 0,
        "refused": 0,
        "missing": 0,
    }


def test_an_empty_cell_empties_and_an_absent_column_leaves(
    session: Session, tmp_path: Path
) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    pupils = [{"pupil": "v-1", "name": "Ola Dal", "ppt_reference": ""}]
    kit.apply(session, kit.write(tmp_path / "b", {"pupils": pupils}))
    assert _one(
        session,
        "SELECT birth_month, ppt_reference, home_municipality FROM pupil WHERE key = 'v-1'",
    ) == ("2018-03", None, "Eikedal")


def test_absent_rows_are_counted_and_stay(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    tables = {"units": [row for row in kit.base()["units"] if row["unit"] == "sma"]}
    made = kit.plan(session, kit.write(tmp_path / "b", tables))
    assert made.summary == [
        {"table": "units", "added": 0, "changed": 0, "unchanged": 1, "refused": 0, "missing": 1}
    ]
    kit.apply(session, tmp_path / "b")
    assert _one(session, "SELECT count(*) FROM unit") == (3,)


def test_figures_far_from_last_years_are_taken_and_asked_about(
    session: Session, tmp_path: Path
) -> None:
    """Beside those of the database and those of the same file; what was said once is not again."""
    columns = ("school", "year", "indicator", "counted_on", "unit", "value", "of")
    lines = (
        ("lia", "2025-26", "S3", "2025-10-01", "prosent", "60", ""),
        ("lia", "2026-27", "S3", "2026-10-01", "", "480", ""),
        ("lia", "2026-27", "S8", "2026-10-01", "", "12", "14"),
    )
    tables = kit.base() | {"values": [dict(zip(columns, line, strict=True)) for line in lines]}
    folder = kit.write(tmp_path / "a", tables)
    said = ["S3, lia 2026-27, rad 3: 480\u00a0% nå, 60\u00a0% i fjor."]
    assert kit.plan(session, folder).unlikely == said
    kit.apply(session, folder)
    assert kit.plan(session, folder).unlikely == []
    more = {
        "values": [
            dict(zip(columns, ("lia", "2025-26", "S8", "2025-10-01", "", "9", "14"), strict=True))
        ]
    }
    assert kit.plan(session, kit.write(tmp_path / "b", more)).unlikely == []
    more["values"] = [
        dict(zip(columns, ("lia", "2026-27", "S3", "2026-10-01", "", "9", ""), strict=True))
    ]
    assert kit.plan(session, kit.write(tmp_path / "c", more)).unlikely == [
        "S3, lia 2026-27, rad 2: 9\u00a0% nå, 60\u00a0% i fjor."
    ]


def test_another_day_of_a_done_step_is_a_change(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    tables = kit.base()
    tables["happenings"][0]["on"] = "2026-08-15"
    tables["happenings"][2]["on"] = "2026-09-21"
    made = kit.plan(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    assert kit.totals(made)["changed"] == 2
    assert kit.totals(made)["added"] == 0
    kit.apply(session, tmp_path / "b", now=kit.LATER)
    on_day, recorded_on = session.execute(
        text("SELECT on_day, recorded_on FROM happening WHERE step = 'iop.klar_skolestart'")
    ).one()
    assert (str(on_day), str(recorded_on)) == ("2026-08-15", "2026-08-20")


def test_another_day_of_a_class_meeting_is_another_meeting(
    session: Session, tmp_path: Path
) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    row = kit.base()["happenings"][5] | {"on": "2026-09-22"}
    made = kit.plan(session, kit.write(tmp_path / "b", {"happenings": [row]}))
    assert [(one["added"], one["changed"]) for one in made.summary] == [(1, 0)]


def test_recorded_on_is_the_day_of_the_first_import(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    kit.apply(session, tmp_path / "a", now=kit.LATER)
    sql = "SELECT recorded_on FROM consent WHERE kind = 'utredning'"
    assert str(_one(session, sql)[0]) == "2026-11-26"


def test_received_moves_only_with_what_decides(session: Session, tmp_path: Path) -> None:
    """`recorded_at` says when iopflow had the fact: a reason typed later does not move it."""
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    tables = kit.base()
    tables["happenings"][7]["reason"] = "Ny grunn"
    tables["happenings"][0]["on"] = "2026-08-13"
    kit.apply(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    rows = session.execute(
        text(
            "SELECT step, recorded_at FROM happening WHERE step IN "
            "('iop.klar_skolestart', 'iop.teste_justere') ORDER BY step"
        )
    ).all()
    assert [(step, str(at)[:10]) for step, at in rows] == [
        ("iop.klar_skolestart", "2026-12-03"),
        ("iop.teste_justere", "2026-11-26"),
    ]


def test_the_log_keeps_what_stood_there(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    tables = kit.base()
    tables["enrolments"][0]["to"] = "2026-12-01"
    applied = kit.apply(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    before, after, pupil = session.execute(
        text(
            "SELECT before, after, pupil_id FROM event WHERE table_name = 'enrolment' "
            "AND batch_id = :batch AND before IS NOT NULL"
        ),
        {"batch": applied.batch_id},
    ).one()
    assert (before, after) == ('{"ends": null}', '{"ends": "2026-12-01"}')
    assert pupil is not None


def test_a_changed_enrolment_reaches_the_class_of_a_meeting(
    session: Session, tmp_path: Path
) -> None:
    tables = kit.base()
    tables["enrolments"][0]["class"] = ""
    made = kit.plan(session, kit.write(tmp_path, tables))
    assert [(one.row, one.column) for one in made.refused if one.file == "happenings.csv"] == [
        (8, "on")
    ]


def test_the_day_is_norwegian(session: Session, tmp_path: Path) -> None:
    """At 23.30 UTC it is tomorrow in Norway, and what happens then has happened."""
    tables = kit.base()
    tables["happenings"][2]["on"] = "2026-11-27"
    late = kit.NOW.replace(hour=23, minute=30)
    folder = kit.write(tmp_path, tables)
    assert [one.column for one in kit.plan(session, folder).refused] == ["on"]
    assert kit.plan(session, folder, now=late).refused == []
    assert date(2026, 11, 27) > kit.NOW.date()


def test_the_changes_can_be_read(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    tables = kit.base()
    tables["enrolments"][0] |= {"class": "", "to": "01.12.2026"}
    tables["pupils"][0] |= {"protected": "ja", "ppt": ""}
    tables["vedtak"][0]["outcome"] = "partly"
    made = kit.plan(session, kit.write(tmp_path / "b", tables))
    assert [
        (one.key, one.column, one.before, one.after)
        for table in ("pupils", "enrolments", "vedtak", "consents")
        for one in made.changes(table)
    ] == [
        (("v-1",), "protected", "nei", "ja"),
        (("v-1",), "ppt", "ppt-e", ""),
        (("v-1", "lia", "2025-08-01"), "class", "3a", ""),
        (("v-1", "lia", "2025-08-01"), "to", "", "2026-12-01"),
        (("v-1", "2026-27", "2026-06-10"), "outcome", "granted", "partly"),
    ]


def test_a_folder_of_one_school_misses_nothing_of_another(session: Session, tmp_path: Path) -> None:
    tables = kit.base()
    tables["pupils"].append({"pupil": "f-1", "name": "Nils Fjell"})
    tables["enrolments"].append(
        {"pupil": "f-1", "school": "fjell", "from": "2026-08-01", "class": "f3", "grade": "3"}
    )
    kit.apply(session, kit.write(tmp_path / "a", tables))
    one = kit.base()
    for name in ("school_years", "units"):
        one[name] = [row for row in one[name] if row["school"] == "lia"]
    del one["schools"], one["people"][1], one["pupils"][1], one["happenings"][3:5]
    one["roles"] = one["roles"][:1]
    one["enrolments"] = one["enrolments"][:1]
    made = kit.plan(session, kit.write(tmp_path / "b", one))
    missing = {entry["table"]: entry["missing"] for entry in made.summary if entry["missing"]}
    assert missing == {"pupils": 1, "roles": 1, "enrolments": 1, "happenings": 2}


def test_a_substitutes_role_is_not_missing_from_a_file_that_never_had_it(
    session: Session, tmp_path: Path
) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    session.execute(
        text(
            "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts, ends,"
            " for_id) SELECT g.owner_id, p.id, g.role, g.at_kind, g.at_id, '2026-11-02',"
            " '2026-12-18', g.person_id FROM role_grant g, person p"
            " WHERE p.id <> g.person_id LIMIT 1"
        )
    )
    made = kit.plan(session, kit.write(tmp_path / "b", kit.base()), now=kit.LATER)
    assert kit.totals(made)["missing"] == 0
    assert kit.totals(made)["changed"] == 0


def test_a_row_does_not_make_a_substitutes_role_one_for_good(
    session: Session, tmp_path: Path
) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    first = _one(session, "SELECT min(id) FROM role_grant")[0]
    session.execute(
        text("UPDATE role_grant SET for_id = person_id, ends = '2026-12-18' WHERE id = :first"),
        {"first": first},
    )
    made = kit.plan(session, kit.write(tmp_path / "b", kit.base()), now=kit.LATER)
    assert {name: kit.totals(made)[name] for name in ("changed", "refused", "missing")} == {
        "changed": 0,
        "refused": 1,
        "missing": 0,
    }
