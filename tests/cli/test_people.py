"""`hand-over` and `substitute` as commands: shown first, done with --apply, repeatable."""

import json

from tests.cli.conftest import Ask, rows_of

HAND = "hand-over --from kari --to siri --start 2026-12-01"
STAND = "substitute --from kari --to siri --start 2026-11-26 --end 2026-12-18"


def test_a_hand_over_is_shown_before_it_is_done(school: Ask) -> None:
    before = rows_of(school.url, "SELECT count(*), max(ends) FROM role_grant")
    shown = school(HAND, by="rita")
    assert (shown.code, "Prøvekjøring" in shown.err) == (0, True)
    assert "Overtas: kontaktlærer (unit), 01.12.2026–videre" in shown.out
    assert "siri har fra 01.12.2026: " in shown.out
    assert rows_of(school.url, "SELECT count(*), max(ends) FROM role_grant") == before
    assert "Gjort" in school(f"{HAND} --apply", by="rita").out
    assert "Ingenting å endre" in school(f"{HAND} --apply", by="rita").out


def test_a_substitute_ends_and_is_ended(school: Ask) -> None:
    assert school("substitute --from kari --to siri", by="rita").code == 2
    assert school(f"{STAND} --apply", by="kari").code == 0
    tasks = json.loads(school("tasks --person siri --class 3a --format json", by="siri").out)
    assert tasks
    assert {"kari", "siri"} <= set(tasks[0]["responsible"])
    stopped = school("substitute --from kari --to siri --stop --apply", by="kari")
    assert "Gjort" in stopped.out
    assert json.loads(school("tasks --class 3a --person siri --format json", by="rita").out) == []


def test_what_a_substitute_does_is_logged_for_whom(school: Ask) -> None:
    school(f"{STAND} --apply", by="rita")
    rows = json.loads(school("tasks --class 3a --format json", by="rita").out)
    number = next(row["task"] for row in rows if row["step"] == "iop.teste_justere")
    pupil = next(row["subject"] for row in rows if row["task"] == number)
    assert school(f"complete {number} --on 26.11.2026", by="siri").code == 0
    assert "siri (for kari)" in school(f"log {pupil}", by="rita").out
    (last,) = json.loads(school(f"log {pupil} --format json", by="rita").out)[-1:]
    assert (last["by"], last["for"]) == ("siri", "kari")


def test_a_pupil_that_is_not_the_givers_is_refused(school: Ask) -> None:
    answer = school(f"{HAND} --pupil f1", by="rita")
    assert answer.code == 1


def test_a_teacher_gives_on_only_what_is_theirs(school: Ask) -> None:
    assert school("hand-over --from heidi --to kari --start 2026-12-01", by="kari").code == 1
    assert "den som leder der" in school("hand-over --from rita --to kari", by="kari").err
