"""Importing twice, in another order, in another dress: the same database."""

import random
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session, col

from iopflow import importing
from iopflow.models import (
    CaseMove,
    Consent,
    Consenter,
    MoveKind,
    Outcome,
    Support,
    SupportKind,
    Vedtak,
)
from tests.importing import kit


def test_a_first_import_adds_every_row(session: Session, tmp_path: Path) -> None:
    made = kit.plan(session, kit.write(tmp_path, kit.base()))
    assert made.refused == []
    assert [(one["table"], one["added"]) for one in made.summary] == [
        (name, len(kit.base()[name])) for name in kit.FILES
    ]


def test_planning_writes_nothing(session: Session, tmp_path: Path) -> None:
    before = kit.dump(session)
    kit.plan(session, kit.write(tmp_path, kit.base()))
    assert kit.dump(session) == before


def test_the_same_folder_twice_changes_nothing(session: Session, tmp_path: Path) -> None:
    folder = kit.write(tmp_path, kit.base())
    kit.apply(session, folder)
    before = kit.dump(session)
    again = kit.plan(session, folder, now=kit.LATER)
    assert again.refused == []
    rows = sum(len(rows) for rows in kit.base().values())
    assert kit.totals(again) == {
        "added": 0,
        "changed": 0,
        "unchanged": rows,
        "refused": 0,
        "missing": 0,
    }
    importing.apply(session, again, kit.RULES, act=kit.act(kit.LATER))
    assert kit.dump(session) == before


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_dress_of_a_file_does_not_matter(
    session: Session, tmp_path: Path, separator: str, encoding: str
) -> None:
    kit.apply(session, kit.write(tmp_path / "plain", kit.base()))
    other = kit.write(tmp_path / "other", kit.base(), separator=separator, encoding=encoding)
    assert kit.totals(kit.plan(session, other))["unchanged"] == sum(map(len, kit.base().values()))


def test_a_zip_is_read_as_a_folder(session: Session, tmp_path: Path) -> None:
    folder = kit.write(tmp_path / "plain", kit.base())
    with zipfile.ZipFile(tmp_path / "alt.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"eksport/{file.name}")
        archive.writestr("README.txt", "ikke en tabell")
        archive.writestr("__MACOSX/._schools.csv", b"\0\1")
    kit.apply(session, folder)
    zipped = kit.plan(session, tmp_path / "alt.zip")
    assert kit.totals(zipped)["unchanged"] == sum(map(len, kit.base().values()))


def test_dates_years_and_headers_may_be_norwegian(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "plain", kit.base()))
    folder = tmp_path / "norsk"
    folder.mkdir()
    (folder / "school_years.csv").write_text(
        "Skole;Skoleår;Første skoledag;Siste skoledag\r\nlia;2026/27;17.08.2026;18.6.2027\r\n",
        encoding="utf-8",
    )
    (folder / "enrolments.csv").write_text(
        "Elev;Skole;Fra;Klasse;Trinn;Til\r\nv-1;lia;01.08.2025;3a;2;\r\n", encoding="utf-8"
    )
    (folder / "vedtak.csv").write_text(
        "elev;for_skoleår;vedtaksdato;utfall;gjelder_fra;gjelder_til\r\n"
        "v-1;2026-2027;10.06.2026;granted;01.08.2026;31.07.2027\r\n",
        encoding="utf-8",
    )
    made = kit.plan(session, folder)
    assert made.refused == []
    assert [(one["table"], one["unchanged"], one["changed"]) for one in made.summary] == [
        ("school_years", 1, 0),
        ("enrolments", 1, 0),
        ("vedtak", 1, 0),
    ]


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32))
def test_the_order_of_rows_and_columns_does_not_matter(
    session: Session, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - an order to test with
    tables = kit.base()
    for name, rows in tables.items():
        columns = list(rows[0])
        dice.shuffle(columns)
        dice.shuffle(rows)
        tables[name] = [{column: row[column] for column in columns} for row in rows]
    savepoint = session.begin_nested()
    kit.apply(session, kit.write(tmp_path_factory.mktemp("plain"), kit.base()))
    folder = kit.write(tmp_path_factory.mktemp("other"), tables)
    made = kit.plan(session, folder)
    assert made.refused == []
    assert kit.totals(made)["unchanged"] == sum(map(len, kit.base().values()))
    savepoint.rollback()
    fresh = session.begin_nested()
    kit.apply(session, folder)
    again = kit.plan(session, kit.write(tmp_path_factory.mktemp("again"), kit.base()))
    assert kit.totals(again)["unchanged"] == sum(map(len, kit.base().values()))
    fresh.rollback()


def test_facts_of_a_case_stand_as_they_were_written(session: Session, tmp_path: Path) -> None:
    """In whatever order: a supply before it was sent back is what somebody wrote down."""
    tables = kit.base()
    tables["moves"][1]["on"] = "2025-11-01"
    kit.apply(session, kit.write(tmp_path, tables))
    moves = select(col(CaseMove.kind), col(CaseMove.on_day), col(CaseMove.note))
    assert session.execute(moves.order_by(col(CaseMove.on_day))).all() == [
        (MoveKind.SUPPLIED, date(2025, 11, 1), None),
        (MoveKind.SENT_BACK, date(2025, 11, 5), "pedagogisk rapport"),
    ]
    answers = select(col(Consent.answered_by)).order_by(col(Consent.on_day))
    assert session.execute(answers).scalars().all() == [Consenter.FORESATTE, None]
    assert session.execute(select(col(Vedtak.archive_ref))).scalars().all() == ["2025/12-9"]
    supports = select(col(Support.kind), col(Support.outcome)).order_by(col(Support.sought_on))
    assert session.execute(supports).all() == [
        (SupportKind.ASSISTANSE, Outcome.GRANTED),
        (SupportKind.FYSISK, None),
    ]


def test_headers_of_a_case_may_be_norwegian(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "plain", kit.base()))
    folder = tmp_path / "norsk"
    folder.mkdir()
    (folder / "moves.csv").write_text(
        "Elev;Skoleår;Hva;Dato;Merknad;Arkivref\r\n"
        "v-1;2026-27;sent_back;05.11.2025;pedagogisk rapport;arkiv 14\r\n",
        encoding="utf-8",
    )
    (folder / "supports.csv").write_text(
        "Elev;Slag;Søkt;Vedtatt;Utfall;Gjelder fra;Gjelder til;Underrettet;Arkivref\r\n"
        "v-1;assistanse;02.03.2026;12.05.2026;granted;01.08.2026;31.07.2027;12.05.2026;2026/31-4"
        "\r\n",
        encoding="utf-8",
    )
    (folder / "consents.csv").write_text(
        "Elev;Slag;Skoleår;Dato;Svar;Svar fra\r\n"
        "v-1;utredning;2026-27;05.10.2025;given;foresatte\r\n",
        encoding="utf-8",
    )
    (folder / "appeals.csv").write_text(
        "Elev;Skoleår;Registrert;Type;Vurdert;Oversendt\r\n"
        "v-1;2026-27;01.07.2026;På vedtaket;20.07.2026;21.07.2026\r\n",
        encoding="utf-8",
    )
    made = kit.plan(session, folder)
    assert [one.sentence() for one in made.refused] == []
    assert [(one["table"], one["unchanged"], one["changed"]) for one in made.summary] == [
        ("consents", 1, 0),
        ("appeals", 1, 0),
        ("moves", 1, 0),
        ("supports", 1, 0),
    ]


def test_a_number_of_the_archive_is_no_new_fact(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    received = session.execute(select(col(Vedtak.recorded_at))).scalar_one()
    tables = {"vedtak": [kit.base()["vedtak"][0] | {"archive_ref": "2025/12-10"}]}
    kit.apply(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    assert session.execute(select(col(Vedtak.archive_ref), col(Vedtak.recorded_at))).all() == [
        ("2025/12-10", received)
    ]
