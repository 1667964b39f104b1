"""References to the archive, and exports: what the commands take, write, check and refuse."""

import json
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import Ask, rows_of


def test_the_commands_store_references_and_say_what_is_none(school: Ask) -> None:
    answer = school("assessment e1 --year 2026-27 --archive-ref 2026/7-1", by="rita")
    assert (answer.code, answer.err) == (0, "")
    again = "vedtak e1 --year 2026-27 --decided 2026-06-10"
    assert school(f"{again} --archive-ref '2026/7-2'", by="rita").code == 0
    assert rows_of(school.url, "SELECT archive_ref FROM assessment WHERE archive_ref > ''") == [
        ("2026/7-1",)
    ]
    assert rows_of(school.url, "SELECT archive_ref FROM vedtak WHERE archive_ref > ''") == [
        ("2026/7-2",)
    ]
    refused = school(f"{again} --archive-ref vedtak.pdf", by="rita")
    assert (refused.code, refused.err) == (
        1,
        (
            "Arkivreferansen ser ut som en fil: legg dokumentet i arkivet, og skriv saksnummeret "
            "der.\n"
        ),
    )
    assert school(f"{again} --notified 2026-06-11", by="rita").code == 0  # a correction keeps it
    assert rows_of(school.url, "SELECT count(*) FROM vedtak WHERE archive_ref = '2026/7-2'") == [
        (1,)
    ]


YEAR = "archive export --school lia --year 2026-27 --purpose tilsyn"


def test_an_export_is_written_logged_on_the_pupil_and_whole(school: Ask, tmp_path: Path) -> None:
    path = tmp_path / "e1.zip"
    answer = school(f"archive export e1 -o {path} --purpose 'til arkivet'", by="rita")
    digest = sha256(path.read_bytes()).hexdigest()
    assert (answer.code, answer.out, answer.err) == (0, f"{path}: 1 elev, SHA-256 {digest}.\n", "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir() if one.suffix == ".zip") == ["e1.zip"]
    (last,) = json.loads(school("log e1 --format json", by="rita").out)[-1:]
    assert {key: last[key] for key in ("by", "act", "table", "before", "after", "reason")} == {
        "by": "rita",
        "act": "archive export",
        "table": "export",
        "before": None,
        "after": {"sha256": digest, "names": False},
        "reason": "til arkivet",
    }
    checked = school(f"archive check {path}", now=None)
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.startswith(f"{path} er helt: 1 elev, ")


def test_an_export_of_a_year_is_logged_on_each_pupil_and_on_the_school(
    school: Ask, tmp_path: Path
) -> None:
    answer = school(f"{YEAR} --names -o {tmp_path / 'a.zip'}", by="rita")
    assert (answer.code, answer.err) == (0, "")
    logged = (
        "SELECT e.row_id, p.key, e.after, e.reason FROM event e LEFT JOIN pupil p"
        " ON p.id = e.pupil_id WHERE e.table_name = 'export' ORDER BY e.id"
    )
    digest = sha256((tmp_path / "a.zip").read_bytes()).hexdigest()
    said = {"sha256": digest, "names": True, "export": "2026-27"}
    found = [
        (row, key, json.loads(after), why) for row, key, after, why in rows_of(school.url, logged)
    ]
    assert found == [
        (None, None, said | {"school": "lia"}, "tilsyn"),
        *((None, f"e{n}", said, "tilsyn") for n in range(1, 7)),
    ]
    told = [line for line in school("log e1", by="rita").out.splitlines() if "tilsyn" in line]
    assert ["Eksport av saken" in line for line in told] == [True]


@pytest.mark.parametrize("by", ["heidi", "kari", "olav", "per", "eli", "ada", "siri"])
def test_only_the_head_of_the_school_exports(still: Ask, tmp_path: Path, by: str) -> None:
    path = tmp_path / "a.zip"
    for words in (f"{YEAR} -o {path}", f"archive export e1 -o {path} --purpose arkiv"):
        assert still(words, by=by).code == 1
    assert list(tmp_path.glob("*a.zip*")) == []
    assert rows_of(still.url, "SELECT id FROM event WHERE act = 'archive export'") == []


def test_a_pupil_of_another_school_is_not_found(still: Ask, tmp_path: Path) -> None:
    for pupil in ("f1", "e6"):
        answer = still(f"archive export {pupil} -o {tmp_path}/a.zip --purpose arkiv", by="rita")
        assert (answer.code, answer.err) == (1, f"Fant ikke eleven «{pupil}»: sjekk id-en.\n")


@pytest.mark.parametrize(
    ("words", "code", "err"),
    [
        ("archive export -o a.zip --purpose x", 2, "Skriv enten ELEV, eller --school og --year."),
        ("archive export e1 --year 2026-27 -o a.zip --purpose x", 2, "Skriv enten ELEV"),
        ("archive export --school lia -o a.zip --purpose x", 2, "Skriv både --school og --year."),
        ("archive export e1 -o a.zip", 2, "--purpose mangler"),
        ("archive export e1 -o a.zip --purpose ' '", 1, "Skriv hva eksporten skal brukes til"),
        ("archive export e1 -o {here} --purpose x", 1, "finnes fra før: velg et annet navn."),
        ("archive export e1 -o {here}/a.zip --purpose x", 1, "Får ikke skrevet"),
    ],
)
def test_what_is_wrong_with_the_words_is_said(
    still: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, code: int, err: str
) -> None:
    monkeypatch.chdir(tmp_path)
    here = tmp_path / "here"
    here.write_text("there already")
    answer = still(words.format(here=here), by="rita")
    assert (answer.code, err in answer.err) == (code, True), answer.err
    assert not (tmp_path / "a.zip").exists()
    assert here.read_text() == "there already"


def test_check_names_the_file_that_was_changed(embedded: Ask, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    assert embedded(f"{YEAR} -o {path}").code == 0
    content = path.read_bytes()
    path.write_bytes(content.replace(b"LESMEG.txt", b"LESMEH.txt"))
    answer = embedded(f"archive check {path}", now=None)
    assert (answer.code, answer.out) == (1, "")
    assert f"{path}: LESMEG.txt mangler.\n" in answer.err
    path.write_bytes(content[:-40])
    assert "ikke en hel zip-fil" in embedded(f"archive check {path}", now=None).err
    assert "Får ikke lest" in embedded(f"archive check {tmp_path / 'b.zip'}", now=None).err
