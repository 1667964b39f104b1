"""Rules that nobody could follow."""

from pathlib import Path

from iopflow.queries.rules import Rules
from tests.doctor.conftest import Schools
from tests.wheel.wheel_kit import RIGHT


def own_wheel(healthy: Schools, folder: Path, text: str) -> None:
    """Fjell gets a wheel of its own."""
    (folder / "eget.toml").write_text(text, encoding="utf-8")
    healthy.run("UPDATE school SET wheel = 'eget' WHERE key = 'fjell'")
    healthy.rules = Rules([folder])


def test_a_wheel_of_ones_own_that_can_be_followed(healthy: Schools, tmp_path: Path) -> None:
    own_wheel(healthy, tmp_path, RIGHT)
    assert healthy.said("wheel", "rule") == []


def test_a_wheel_that_cannot_be_read(healthy: Schools, tmp_path: Path) -> None:
    own_wheel(healthy, tmp_path, RIGHT.replace('due = "09-15"', 'due = "15.09"'))
    (found,) = healthy.found("wheel")
    assert (found.school, found.severity.value) == ("fjell", "problem")
    assert found.wrong.startswith("Årshjulet «eget» kan ikke leses: ")


def test_a_step_for_a_role_that_nobody_can_hold(healthy: Schools, tmp_path: Path) -> None:
    head, mote, tail = RIGHT.partition('key = "iop.mote"')
    tail = tail.replace('responsible = "kontaktlaerer"', 'responsible = "foresatte"', 1)
    own_wheel(healthy, tmp_path, head + mote + tail)
    assert healthy.said("rule") == [
        "fjell: Ingen kan ha rollen «foresatte», som har ansvaret for «Møte»."
    ]


def test_a_step_with_neither_day_nor_fact(healthy: Schools, tmp_path: Path) -> None:
    head, mote, tail = RIGHT.partition('key = "iop.mote"')
    tail = tail.replace('due = "09-15"\n', "", 1).replace('opens = "school_start"\n', "", 1)
    own_wheel(healthy, tmp_path, head + mote + tail)
    assert healthy.said("rule") == ["fjell: «Møte» har ingen frist, og ingen blir minnet om det."]
