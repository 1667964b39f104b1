"""Pupils on whom nobody has decided: asked for from 15 January, in numbers, without names."""

from datetime import UTC, datetime

from tests.doctor.conftest import Schools


def test_the_undecided_are_counted_from_15_january(healthy: Schools) -> None:
    # e1 and e2 of Lia have a need for 2027-28; f1 of Fjell has a vedtak that ends, and nothing.
    healthy.now = datetime(2027, 1, 14, 12, tzinfo=UTC)
    assert healthy.said("needs") == []
    healthy.now = datetime(2027, 1, 15, 12, tzinfo=UTC)
    (found,) = healthy.found("needs")
    assert (found.school, found.severity) == ("fjell", "warning")
    assert found.wrong == (
        "1 elev er ikke avklart for 2027-28: ingen har sagt om de trenger noe nytt."
    )
    assert "«iopflow needs --year 2027-28 --school fjell --undecided»" in found.remedy
    assert healthy.said("needs", school="lia") == []


def test_the_year_that_has_begun_is_asked_for_until_the_next_is_due(healthy: Schools) -> None:
    healthy.now = datetime(2027, 8, 20, 12, tzinfo=UTC)
    assert [one.partition(" er ")[0] for one in healthy.said("needs")] == ["fjell: 1 elev"]


def test_a_decision_or_a_school_not_in_use_asks_nothing(healthy: Schools) -> None:
    healthy.now = datetime(2027, 1, 20, 12, tzinfo=UTC)
    healthy.run("UPDATE school SET live_from = NULL WHERE key = 'fjell'")
    assert healthy.said("needs") == []
    healthy.run("UPDATE school SET live_from = '2026-08-01'")
    assert len(healthy.said("needs")) == 1
    healthy.run(
        "UPDATE assessment SET pupil_id = (SELECT id FROM pupil WHERE key = 'f1')"
        " WHERE pupil_id = (SELECT id FROM pupil WHERE key = 'e1')"
    )
    assert [one.partition(" er ")[0] for one in healthy.said("needs")] == ["lia: 1 elev"]
