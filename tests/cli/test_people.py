"""`hand-over` and `substitute` as commands: shown first, done with --apply, repeatable."""

import json

from tests.cli.conftest import Ask, rows_of

HAND = "hand-over --from kari --to siri --start 2026-12-01"
LATER = "2026-12-01T10:00"
STAND = "substitute --from kari --to siri --start 2026-11-26 --end 2026-12-18"


def test_a_hand_over_is_shown_before_it_is_done(school: Ask) -> None:
    before = rows_of(school.url, "SELECT count(*), max(ends) FROM role_grant")
    shown = school(HAND, by="rita")
    assert (shown.code, "Prøvekjøring" in shown.err) == (0, True)
    assert "Overtas: kontaktlærer (unit:3a), 01.12.2026–videre" in shown.out
    assert "siri får fra 01.12.2026: " in shown.out
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


def test_a_dry_run_counts_what_moves_and_says_whose_calendars_follow(school: Ask) -> None:
    assert school("feed new --person kari", by="kari").code == 0
    shown = school(HAND, by="rita").out
    assert "Kalendere som følger etter: kari (1)." in shown
    (total,) = [line for line in shown.splitlines() if line.startswith("siri får fra")]
    held = json.loads(school("tasks --person kari --format json", by="rita", now=LATER).out)
    left = [row for row in held if row["status"] in ("open", "overdue")]
    late = sum(row["status"] == "overdue" for row in left)
    assert f"{len(left)} åpne oppgaver, {late} over frist" in total
    assert "kari har igjen: 0 åpne oppgaver." in shown


def test_pupils_that_are_not_covered_are_named_and_unknown_ones_refused(school: Ask) -> None:
    shown = school(f"{HAND} --pupil e1 --pupil e4", by="rita")
    assert "Overtas: kontaktlærer (pupil:e1)" in shown.out
    assert "Ikke med: e4: kari har ingen rolle for eleven i de dagene." in shown.out
    assert school(f"{HAND} --pupil nix", by="rita").code == 1
    # A teacher does not learn of a pupil elsewhere by handing it over.
    unknown = school("hand-over --from kari --to per --pupil nix", by="kari").err
    unseen = school("hand-over --from kari --to per --pupil f1", by="kari").err
    assert unseen == unknown.replace("nix", "f1")


def test_nothing_held_is_said(school: Ask) -> None:
    answer = school("hand-over --from eli --to per --start 2020-01-01", by="eli")
    assert (answer.code, "mer enn en måned" in answer.err) == (1, True)
    answer = school("hand-over --from siri --to per --pupil f1 --apply", by="siri")
    assert answer.code == 0
    answer = school("substitute --from per --to siri --stop", by="per")
    assert "Ingenting å endre" in answer.out


def test_a_substitution_that_ends_is_told_as_such(school: Ask) -> None:
    school(f"{STAND} --apply", by="kari")
    shown = school("substitute --from kari --to siri --stop", by="siri").out
    assert "Avsluttes: kontaktlærer (unit:3a), 26.11.2026–18.12.2026" in shown
    assert "Overtas" not in shown
