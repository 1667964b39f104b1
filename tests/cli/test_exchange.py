"""`exchange export` and `exchange merge`: what is in the file, who may make one, what comes out."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from iopflow.exchange import hidden, sealed, written
from iopflow.exchange.files import FORMAT
from tests.cli.conftest import Ask, rows_of
from tests.exchange.kit import entry

FREEZE = "freeze 0110 --school lia --year 2026-27"
EXPORT = "exchange export --school lia --year 2026-27"


def a_file(path: Path, name: str, *numbers: int) -> Path:
    school = {"owner": "e", "school": name, "name": name, "municipality": name, "network": None}
    figures = hidden([entry("P3", "skoleslutt", *numbers)])
    whole = {"format": FORMAT, "format_version": 1, "schools": [school | {"figures": figures}]}
    path.write_text(written(sealed(whole)), encoding="utf-8")
    return path


def test_the_file_holds_frozen_figures_and_no_pupil_or_person(school: Ask, tmp_path: Path) -> None:
    assert school(FREEZE, by="rita").code == 0
    path = tmp_path / "lia.json"
    answer = school(f"{EXPORT} -o {path}", by="rita")
    assert (answer.code, answer.err) == (0, "")
    assert "4 frosne tall fra 1 skole. Elever og personer er ikke med." in answer.out
    text = path.read_text(encoding="utf-8")
    whole = json.loads(text)
    assert whole["sha256"] in answer.out
    (lia,) = whole["schools"]
    assert (lia["school"], [one["indicator"] for one in lia["figures"]]) == (
        "lia",
        ["P4", "P5", "P6", "P10_host"],
    )
    assert lia["figures"][0]["wheel"].count("@") == 2  # its own and the network's
    assert lia["figures"][0]["shows"] == "nothing"  # three pupils
    pupils = rows_of(school.url, "SELECT key, name FROM pupil")
    for key, name in [*pupils, *rows_of(school.url, "SELECT key, name FROM person")]:
        assert f'"{key}"' not in text
        assert name not in text
    again = tmp_path / "again.json"
    assert school(f"{EXPORT} -o {again}", by="rita").code == 0
    assert again.read_bytes() == path.read_bytes()


def test_who_leads_a_school_or_owns_it_may_and_others_may_not(school: Ask, tmp_path: Path) -> None:
    assert school(FREEZE, by="rita").code == 0
    path = tmp_path / "a.json"
    for person, code in {"rita": 0, "heidi": 0, "eli": 0, "kari": 1, "ada": 1, "siri": 1}.items():
        assert (person, school(f"{EXPORT} -o {path}", by=person).code) == (person, code)
    answer = school(f"exchange export --owner eikedal --year 2026-27 -o {path}", by="eli")
    assert (answer.code, answer.err) == (0, "Uten frosne tall for 2026-27: fjell.\n")
    unknown = school(f"exchange export --owner x --year 2026-27 -o {path}", by="eli")
    assert (unknown.code, unknown.err.count("\n")) == (1, 1)


def test_without_a_freezing_there_is_no_file(still: Ask, tmp_path: Path) -> None:
    answer = still(f"{EXPORT} -o {tmp_path / 'a.json'}", by="rita")
    assert (answer.code, list(tmp_path.iterdir())) == (1, [])
    assert answer.err == "Ingen telling er frosset for 2026-27: frys med «iopflow freeze» først.\n"


def _merge(ask: Ask, words: str) -> Any:
    return ask(f"exchange merge {words}", now=None)


def test_the_network_has_no_names_unless_they_are_asked_for(still: Ask, tmp_path: Path) -> None:
    files = " ".join(
        str(a_file(tmp_path / f"{name}.json", name, on_time, 0, rest))
        for name, on_time, rest in (("Å", 10, 10), ("B", 17, 1), ("a", 12, 0))
    )
    answer = _merge(still, f"{files} --format json")
    found = json.loads(answer.out)
    (figure,) = found["figures"]
    assert (figure["schools"], figure["shown"], figure["denominator"]) == (3, 3, 50)
    assert (figure["numerator_from"], figure["numerator_to"]) == (36, 39)
    assert (figure["median_from"], figure["median_to"]) == (14 / 18, 17 / 18)
    assert "by_school" not in figure
    assert answer.err == "3 skoler og 1 tall, ingen rangering.\n"
    named = json.loads(_merge(still, f"{files} --names --format json").out)["figures"][0]
    assert [one["name"] for one in named["by_school"]] == ["a", "B", "Å"]
    table = _merge(still, files).out.splitlines()
    assert "78–94\u00a0%" in table[2]
    assert "36–39/50" in table[2]


def test_a_changed_file_is_one_sentence(still: Ask, tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.json", "A", 12, 0, 6)
    path.write_text(path.read_text(encoding="utf-8").replace("18", "19"), encoding="utf-8")
    answer = _merge(still, str(path))
    assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1)


EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("x")')


@pytest.mark.parametrize("name", EVIL)
def test_no_name_becomes_a_formula(still: Ask, tmp_path: Path, name: str) -> None:
    path = a_file(tmp_path / "a.json", "A", 12, 0, 6)
    whole = json.loads(path.read_text(encoding="utf-8"))
    whole["schools"][0] |= {"name": name, "municipality": name}
    path.write_text(written(sealed(whole)), encoding="utf-8")
    told = _merge(still, f"{path} --names --format csv").out
    cells = [cell for row in csv.reader(io.StringIO(told, newline="")) for cell in row]
    assert "'" + name in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert _merge(still, f"{path} --names -o {tmp_path / 'a.xlsx'}").code == 0
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
