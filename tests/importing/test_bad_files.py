"""Files that cannot be read at all: nothing is imported, and the sentence says what to do."""

import zipfile
from pathlib import Path

import pytest

from iopflow import importing
from iopflow.importing import BadFile

PUPILS = "pupil;name\r\nv-1;Ola Dal\r\n"


def _folder(tmp_path: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / f"{name}.csv").write_bytes(data)
    return tmp_path


def _refusal(path: Path) -> str:
    with pytest.raises(BadFile) as caught:
        importing.read(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("pupil", PUPILS, ("pupil.csv", "mente du pupils.csv?")),
        ("xyzzy", PUPILS, ("xyzzy.csv", "schools.csv")),
        ("pupils", b"", ("pupils.csv er tom", "overskriftene")),
        ("pupils", "\r\n  \r\n", ("pupils.csv er tom", "overskriftene")),
        ("pupils", ";;;\r\n;;\r\n", ("pupils.csv er tom", "overskriftene")),
        ("pupils", b"pupil;na\0me\r\n", ("pupils.csv er ikke tekst", "CSV UTF-8")),
        (
            "pupils",
            "pupil;name\r\n".encode("utf-16-le"),
            ("pupils.csv er ikke tekst", "CSV UTF-8"),
        ),
        ("pupils", b"\xff\xfep\0u\0p\0\xd8", ("pupils.csv er ikke tekst", "CSV UTF-8")),
        ("pupils", b"pupil;name\r\nv-1;\x81\r\n", ("pupils.csv er ikke tekst", "CSV UTF-8")),
        (
            "pupils",
            "pupil;name\r\nv-1;Åse\r\n".encode() + b"v-2;\xc5se\r\n",
            ("blander UTF-8 og Windows-1252", "CSV UTF-8"),
        ),
        (
            "pupils",
            "pupil;name;birth_mnth\r\n",
            ("rad 1, kolonne 3", "«birth_mnth»", "mente du «birth_month»?"),
        ),
        (
            "pupils",
            "pupil;name;sko\r\n",
            ("rad 1, kolonne 3", "«sko»", "skriv en av pupil, name"),
        ),
        ("pupils", "pupil;name;;protected\r\n", ("rad 1, kolonne 3", "skriv en av")),
        ("pupils", "pupil;name;elev\r\n", ("rad 1", "«pupil» står to ganger", "behold én")),
        ("pupils", "pupil\r\nv-1\r\n", ("rad 1", "«name» mangler", "elevens navn")),
        ("pupils", "\r\npupil\r\n", ("rad 2", "«name» mangler", "legg den til")),
    ],
)
def test_a_bad_file_is_refused_with_its_remedy(
    tmp_path: Path, name: str, content: str | bytes, words: tuple[str, ...]
) -> None:
    said = _refusal(_folder(tmp_path, **{name: content}))
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ('pupil;name\r\nv-1;Ola\r\nv-2;"Eva\r\nv-3;Ivar\r\n', 3),
        ('pupil;name\r\nv-1;"Ola" Dal\r\n', 2),
        ("pupil;name\r\nv-1;" + "x" * 200_000 + "\r\n", 2),
    ],
)
def test_broken_quoting_names_the_row_where_it_begins(
    tmp_path: Path, content: str, row: int
) -> None:
    source = importing.read(_folder(tmp_path, pupils=content))
    with pytest.raises(BadFile) as caught:
        list(source.sheets["pupils"].rows())
    assert f"pupils.csv rad {row}:" in str(caught.value)
    assert "rett raden" in str(caught.value)


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    content = 'pupil;name\r\n\r\nv-1;"to\nlinjer"\r\n;;\r\nv-2;Eva\r\n'
    source = importing.read(_folder(tmp_path, pupils=content))
    assert list(source.sheets["pupils"].rows()) == [(3, ["v-1", "to\nlinjer"]), (5, ["v-2", "Eva"])]


def test_the_line_that_names_the_separator_is_passed_by(tmp_path: Path) -> None:
    source = importing.read(_folder(tmp_path, pupils=f"sep=;\r\n{PUPILS}"))
    assert source.sheets["pupils"].columns == ("pupil", "name")
    assert list(source.sheets["pupils"].rows()) == [(3, ["v-1", "Ola Dal"])]


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    _folder(tmp_path, pupils=PUPILS, avvist="file;row\r\n")
    for name in ("README.txt", ".DS_Store", "~$pupils.csv", "notat.docx"):
        (tmp_path / name).write_bytes(b"\0")
    (tmp_path / "arkiv").mkdir()
    assert list(importing.read(tmp_path).sheets) == ["pupils"]


def test_a_single_file_is_read_alone(tmp_path: Path) -> None:
    _folder(tmp_path, pupils=PUPILS)
    assert list(importing.read(tmp_path / "pupils.csv").sheets) == ["pupils"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    said = _refusal(tmp_path / "borte")
    assert "finnes ikke" in said
    assert "sjekk stien" in said


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert "legg inn filer som schools.csv" in _refusal(tmp_path)


@pytest.mark.parametrize("name", ["bok.ods", "gammel.xls"])
def test_an_older_workbook_is_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\3\4")
    assert "lagre den som .xlsx" in _refusal(tmp_path / name)


def test_a_workbook_among_csv_files_is_not_passed_by(tmp_path: Path) -> None:
    (tmp_path / "bok.xlsx").write_bytes(b"PK\3\4")
    assert "importer den alene" in _refusal(tmp_path)


def test_a_torn_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pupils.csv", PUPILS)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "lag den på nytt" in _refusal(path)
    path.write_bytes(whole.replace(b"Ola", b"Ole"))  # the sum no longer fits
    assert "lag den på nytt" in _refusal(path)


def test_a_table_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/pupils.csv", PUPILS)
        archive.writestr("../../b/Pupils.CSV", PUPILS)
    said = _refusal(path)
    assert "Pupils.CSV finnes to ganger i e.zip" in said
    assert "behold én" in said


def test_a_locked_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pupils.csv", PUPILS)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1  # the flag for a password, in the directory
    path.write_bytes(bytes(data))
    assert "pakk uten passord" in _refusal(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "e.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("pupils.csv", "w", force_zip64=True) as entry,
    ):
        for _ in range(201):
            entry.write(b"\0" * (1 << 20))
    assert path.stat().st_size < 1 << 20
    said = _refusal(path)
    assert "pupils.csv er større enn 200 MB" in said
    assert "del den opp" in said


def test_a_file_that_is_no_table_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notat.txt").write_text("hei")
    assert "verken mappe, zip, .xlsx eller CSV" in _refusal(tmp_path / "notat.txt")
