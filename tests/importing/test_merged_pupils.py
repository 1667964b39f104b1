"""A pupil who was merged into another does not come back with a file that has the former id."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlmodel import Session

from iopflow.engine import merging
from iopflow.engine.ledger import Act
from iopflow.engine.reversing import take_back
from iopflow.engine.undoing import last_event
from iopflow.models import metadata
from iopflow.queries.places import find
from iopflow.refusals import Refused
from tests.importing import kit

SAID = (
    "Eleven «x-1» er slått sammen med «v-1»: det filen har om «x-1», gjelder «v-1», men navn og "
    "opplysninger i pupils.csv er latt være. Rett id-en i filen."
)


def twice() -> kit.Tables:
    """v-1 is there once more as x-1, at another school since August and with one fact more."""
    tables = kit.base()
    tables["pupils"].append({"pupil": "x-1", "name": "OLA DAL", "protected": "nei"})
    tables["enrolments"].append(
        {"pupil": "x-1", "school": "fjell", "from": "2026-08-01", "class": "f3", "grade": "3"}
    )
    tables["consents"].append(
        {"pupil": "x-1", "kind": "utredning", "for_year": "2027-28", "on": "2026-10-05"}
        | {"answer": "given", "answered_by": "foresatte"}
    )
    tables["roles"].append(
        {"person": "kari", "role": "spesialpedagog", "at": "pupil:x-1", "from": "2026-08-01"}
    )
    tables["happenings"].append(
        {"year": "2026-27", "step": "iop.utviklingssamtale", "subject": "x-1", "what": "held"}
        | {"on": "2026-10-20"}
    )
    return tables


@pytest.fixture
def folder(session: Session, tmp_path: Path) -> Path:
    """The files of before the merger, read in; then x-1 goes into v-1."""
    folder = kit.write(tmp_path / "a", twice())
    kit.apply(session, folder)
    merge(session)
    return folder


def merge(session: Session) -> None:
    """x-1 goes into v-1."""
    stays, goes = (find(session, "pupil", key) for key in ("v-1", "x-1"))
    plan = merging.planned(session, stays, goes)
    merging.merge(session, kit.RULES, plan, Act(merging.ACT, kit.NOW))


def belongings(session: Session) -> list[int]:
    """How much there is of x-1."""
    (number,) = session.execute(text("SELECT id FROM pupil WHERE key = 'x-1'")).one()
    return [
        session.execute(select(func.count()).where(table.c[column] == number)).scalar_one()
        for table, column in (
            (metadata.tables["enrolment"], "pupil_id"),
            (metadata.tables["consent"], "pupil_id"),
        )
    ]


def test_the_old_files_once_more_change_nothing_and_say_so(session: Session, folder: Path) -> None:
    made = kit.plan(session, folder, now=kit.LATER)
    assert made.warnings == [SAID]
    assert (made.refused, made.changes_something) == ([], False)
    assert {one["missing"] for one in made.summary} == {0}
    kit.apply(session, folder, now=kit.LATER)
    assert belongings(session) == [0, 0]


@pytest.mark.usefixtures("folder")
def test_what_is_new_by_the_former_id_is_the_pupils_who_stayed(
    session: Session, tmp_path: Path
) -> None:
    tables = twice()
    tables["consents"][-1]["answer"] = "withdrawn"
    row = {"pupil": "x-1", "kind": "vedtak", "for_year": "2027-28", "on": "2026-11-05"}
    tables["consents"].append(row | {"answer": "given"})
    made = kit.plan(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    (consents,) = [one for one in made.summary if one["table"] == "consents"]
    assert (consents["added"], consents["changed"], made.refused) == (1, 1, [])
    assert made.changes("consents")[0].key[0] == "v-1"
    kit.apply(session, tmp_path / "b", now=kit.LATER)
    assert belongings(session) == [0, 0]


@pytest.mark.usefixtures("folder")
def test_two_rows_of_one_fact_that_differ_are_a_question(session: Session, tmp_path: Path) -> None:
    """The row by the pupil's own id decides, wherever it stands in the file."""
    tables = twice()
    other = tables["consents"][0] | {"pupil": "x-1", "answer": "refused"}
    same = tables["consents"][1] | {"pupil": "x-1"}
    tables["consents"] = [other, same, *tables["consents"]]
    made = kit.plan(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    (refused,) = made.refused
    assert (refused.file, refused.row, refused.value, refused.fault) == (
        "consents.csv",
        2,
        "x-1",
        "twin",
    )
    assert "eleven er slått sammen med en annen, som har noe annet i rad 4" in refused.sentence()
    assert made.changes_something is False


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("both", [True, False])
def test_a_protected_address_is_never_missed(session: Session, tmp_path: Path, both: bool) -> None:
    tables = twice()
    tables["pupils"][-1] |= {"protected": "ja", "name": "Et Annet Navn"}
    if not both:
        del tables["pupils"][0]
    kit.apply(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    assert session.execute(
        text("SELECT name, protected, birth_month FROM pupil WHERE key = 'v-1'")
    ).one() == ("Ola Dal", True, "2018-03")


def test_a_merger_that_is_taken_back_is_followed_no_more(session: Session, tmp_path: Path) -> None:
    folder = kit.write(tmp_path / "a", twice())
    kit.apply(session, folder)
    first = last_event(session) + 1
    merge(session)
    events = range(first, last_event(session) + 1)
    take_back(session, events, {merging.ACT}, Act("pupil_undo", kit.LATER))
    made = kit.plan(session, folder, now=kit.LATER)
    assert (made.warnings, made.refused, made.changes_something) == ([], [], False)


@pytest.mark.usefixtures("folder")
def test_who_was_merged_is_merged_no_more(session: Session) -> None:
    with pytest.raises(Refused, match="alt slått sammen"):
        merge(session)


def test_two_enrolments_that_were_put_after_each_other_stay_so(
    session: Session, tmp_path: Path
) -> None:
    """The old files let both last: the row that would overlap is refused, and says why."""
    tables = twice()
    tables["enrolments"][-1] |= {"school": "lia", "class": "3a"}
    folder = kit.write(tmp_path / "a", tables)
    kit.apply(session, folder)
    merge(session)
    before = kit.dump(session, ["enrolment"])
    made = kit.plan(session, folder, now=kit.LATER)
    (refused,) = made.refused
    assert (refused.file, refused.column) == ("enrolments.csv", "from")
    assert "overlapper en annen innskrivning" in refused.sentence()
    assert made.changes_something is False
    assert kit.dump(session, ["enrolment"]) == before
