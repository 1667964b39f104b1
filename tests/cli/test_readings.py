"""Commands that show a pupil say so first, and `readings` tells who has read."""

import json
from pathlib import Path

from tests.cli.conftest import Ask, rows_of

SAID = (
    "SELECT p.key, r.pupil_key, r.what, r.n FROM reading r"
    " LEFT JOIN person p ON p.id = r.person_id ORDER BY r.id"
)


def test_each_command_that_shows_pupils_is_noted(school: Ask, tmp_path: Path) -> None:
    assert school("case e1", by="kari").code == 0
    assert school("case e1 --format json", by="kari").code == 0  # the same, within five minutes
    assert school("log e2", by="rita").code == 0
    explained = school("indicators --school lia --explain P3 --format json", by="rita")
    pupils = {row["pupil"] for row in json.loads(explained.out)}
    for what in ("e1", "--school lia --year 2026-27"):
        path = tmp_path / f"{len(what)}.zip"
        done = school(f"archive export {what} -o {path} --purpose tilsyn", by="rita")
        assert done.code == 0, done.err
    assert school("case f1", by="kari").code == 1  # not shown, not noted
    assert school("indicators --school lia", by="rita").code == 0  # counts
    said = rows_of(school.url, SAID)
    assert said[:-1] == [
        ("kari", "e1", "iopflow case", 1),
        ("rita", "e2", "iopflow log", 1),
        ("rita", None, "iopflow indicators", len(pupils)),
        ("rita", "e1", "iopflow archive export", 1),
    ]
    assert said[-1][:3] == ("rita", None, "iopflow archive export")


def test_the_rektor_lists_them_and_nobody_else(school: Ask) -> None:
    school("case e1", by="kari")
    school("case f1", by="siri")
    shown = school("readings --format json", by="rita", now="2026-11-27T08:00")
    assert json.loads(shown.out) == [
        {
            "at": "2026-11-26T09:00:00+00:00",
            "person": "kari",
            "integration": None,
            "pupil": "e1",
            "school": "lia",
            "what": "iopflow case",
            "n": 1,
        }
    ]
    table = school("readings --pupil e1 --person kari --from 2026-11-26 --to 26.11.2026", by="rita")
    assert "26.11.2026 10:00" in table.out
    assert "Kommandoen «iopflow case»" in table.out
    for narrowed in ("--from 2026-11-27", "--to 2026-11-25", "--person heidi", "--pupil e2"):
        assert "0 lesinger" in school(f"readings {narrowed}", by="rita").out, narrowed
    assert "e1" in school("readings --format csv", by="rita").out
    for person in ("kari", "heidi", "olav", "eli", "ada"):
        refused = school("readings", by=person)
        assert (refused.code, "det kan rektor" in refused.err) == (1, True), person
    assert school("readings --pupil f1", by="rita").code == 1
