"""A file does not give back a role that somebody ended in iopflow: that is told, to be mended."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session

from iopflow import importing
from iopflow.engine import ledger
from iopflow.engine.ledger import Change, Gone
from iopflow.models import metadata
from tests.importing import kit

LAST = date(2026, 11, 30)


def the_role(session: Session) -> dict[str, object]:
    """Kari's role at 3a, as it stands."""
    grant = metadata.tables["role_grant"]
    rows = session.execute(select(grant).where(grant.c.role == "kontaktlaerer")).all()
    assert len(rows) == 1
    return dict(rows[0]._asdict())


def end(session: Session, last: date | None = LAST) -> None:
    """Rita ends it on the page of Kari; without a last day it was taken away unbegun."""
    row = the_role(session)
    person = metadata.tables["person"]
    ((rita,),) = session.execute(
        person.insert()
        .values(owner_id=row["owner_id"], key="rita", name="Rita Rektor")
        .returning(person.c.id)
    ).all()
    act = ledger.Act("role end", kit.NOW, actor_id=rita)
    number, owner = int(str(row["id"])), int(str(row["owner_id"]))
    if last is None:
        ledger.delete_rows(session, "role_grant", [Gone(number, row)], act)
    else:
        change = Change(number, {"ends": row["ends"]}, {"ends": last}, owner)
        ledger.update_rows(session, "role_grant", [change], act)


def again(session: Session, folder: Path, **cells: str) -> importing.Plan:
    """The plan of the same files, with other cells in Kari's role."""
    tables = kit.base()
    tables["roles"][0] |= cells
    return kit.plan(session, kit.write(folder, tables), now=kit.LATER)


def test_an_unchanged_file_leaves_the_end_and_says_so(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    end(session)
    made = kit.plan(session, tmp_path / "a", now=kit.LATER)
    (warning,) = made.warnings
    assert warning == (
        "Kari Berg, kontaktlærer (unit:3a): avsluttet i iopflow 26.11.2026 av Rita Rektor med "
        "siste dag 30.11.2026; står i filen uten sluttdato: rett filen."
    )
    assert (made.changes_something, made.refused) == (False, [])
    assert [one["unchanged"] for one in made.summary if one["table"] == "roles"] == [2]
    kit.apply(session, tmp_path / "a", now=kit.LATER)
    assert the_role(session)["ends"] == LAST


def test_one_that_was_taken_away_before_it_began_stays_away(
    session: Session, tmp_path: Path
) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    end(session, None)
    made = kit.plan(session, tmp_path / "a", now=kit.LATER)
    (warning,) = made.warnings
    assert warning == (
        "Kari Berg, kontaktlærer (unit:3a): tatt bort i iopflow 26.11.2026 av Rita Rektor før "
        "den begynte; står i filen uten sluttdato: rett filen."
    )
    assert made.changes_something is False


@pytest.mark.parametrize(
    ("cells", "told", "counts"),
    [
        ({"to": "2027-06-18"}, True, (0, 0)),  # still longer than was decided
        ({"to": "2026-11-30"}, False, (0, 0)),  # the file has been put right
        ({"to": "2026-10-31"}, False, (0, 1)),  # and may say that it ended earlier
        ({"from": "2026-12-01"}, False, (1, 0)),  # another role, after the end
        ({"from": "2026-09-01"}, True, (0, 0)),  # the same by another first day
        ({"from": "2025-08-01", "to": "2026-07-31"}, False, (1, 0)),  # one before it
        ({"role": "faglaerer"}, False, (1, 0)),
    ],
)
def test_what_is_another_role_goes_in(
    session: Session,
    tmp_path: Path,
    cells: dict[str, str],
    told: bool,
    counts: tuple[int, int],
) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    end(session)
    made = again(session, tmp_path / "b", **cells)
    (roles,) = [one for one in made.summary if one["table"] == "roles"]
    assert (bool(made.warnings), (roles["added"], roles["changed"])) == (told, counts)


def test_an_end_that_a_file_set_is_changed_by_a_file(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    end(session)
    tables = kit.base()
    tables["roles"][0]["to"] = "2026-10-31"
    kit.apply(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    made = again(session, tmp_path / "c", to="2027-01-31")
    assert (made.warnings, made.changes_something) == ([], True)


def test_what_was_given_and_taken_back_was_nobodys_end(session: Session, tmp_path: Path) -> None:
    tables = kit.base()
    del tables["roles"][0]
    kit.apply(session, kit.write(tmp_path / "a", tables))
    grant = metadata.tables["role_grant"]
    petra = session.execute(select(grant)).one()._asdict()
    ids = {
        name: session.execute(
            select(metadata.tables[name].c.id).where(metadata.tables[name].c.key == key)
        ).scalar_one()
        for name, key in (("person", "kari"), ("unit", "3a"))
    }
    row = {key: value for key, value in petra.items() if key != "id"} | {
        "person_id": ids["person"],
        "role": "kontaktlaerer",
        "at_kind": "unit",
        "at_id": ids["unit"],
        "ends": None,
    }
    (number,) = ledger.insert_rows(session, "role_grant", [row], ledger.Act("role give", kit.NOW))
    ledger.delete_rows(session, "role_grant", [Gone(number, row)], ledger.Act("role undo", kit.NOW))
    made = again(session, tmp_path / "b")
    assert (made.warnings, made.changes_something) == ([], True)
