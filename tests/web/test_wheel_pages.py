"""The page of the wheel: whose it is, of which months, and that the table says what it shows."""

import re
from html import unescape

import pytest

from iopflow.web.wheel import SIGNS
from iopflow.web.wheel_layout import State
from tests.web.conftest import Pages
from tests.web.test_pupil import number, words


def unit(pages: Pages, key: str) -> int:
    ((found,),) = pages.rows(f"SELECT id FROM unit WHERE key = '{key}'")  # noqa: S608 - ours
    return int(found)


def table(html: str) -> dict[str, tuple[str, ...]]:
    """The cells by the step: how it stands, when it is due, how many have done it, who answers."""
    rows = re.findall(r'<tr id="steg-[^"]*">(.*?)</tr>', html, re.DOTALL)
    found = {}
    for row in rows:
        cells = [words(one) for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        found[cells[1]] = (cells[0], *cells[2:])
    return found


def picture(html: str) -> str:
    """The SVG."""
    return html[html.index("<svg xmlns") : html.index("</svg>")]


def chosen(html: str, name: str) -> list[str]:
    """What a list offers, the choice that is made with a star."""
    (found,) = re.findall(rf'<select[^>]*name="{name}">(.*?)</select>', html, re.DOTALL)
    return [
        unescape(word) + ("*" if "selected" in attributes else "")
        for attributes, word in re.findall(r"<option([^>]*)>(.*?)</option>", found)
    ]


def test_a_class_counts_its_own_pupils_and_the_school_all_of_them(pages: Pages) -> None:
    rita = pages.as_("rita")
    task = {"task": pages.task("iop.teste_justere", "e1"), "on": "15.9.26"}
    assert rita.post("/oppgaver/gjort", data=task).status_code == 303
    school = table(rita.get("/arshjul").text)["Teste og justere IOP"]
    ours = rita.get(f"/arshjul?klasse={unit(pages, '3a')}").text
    assert table(ours)["Teste og justere IOP"] == (
        "! over frist", "15.09.2026", "1 av 3", "kontaktlærer",
    )  # fmt: skip
    assert school[2] == "1 av 3"  # e4 has no vedtak, e5 has none either
    talks = {
        key: table(rita.get(f"/arshjul?klasse={unit(pages, key)}").text)["Elevsamtale høst"][2]
        for key in ("3a", "3b", "smatrinn")
    }
    assert talks == {"3a": "0 av 4", "3b": "0 av 1", "smatrinn": "0 av 5"}
    assert "Teste og justere IOP, frist 15.09.2026, 1 av 3 ferdig, over frist" in picture(ours)
    assert words(ours[ours.index('class="lead"') - 3 : ours.index('<details class="what"')]) == (
        "3a, Lia skole, skoleåret 2026-27"
    )


def test_a_pupil_has_a_wheel_without_what_others_do(still: Pages) -> None:
    html = still.as_("kari").get(f"/arshjul?elev={number(still, 'e1')}").text
    rows = table(html)
    assert {row[2] for row in rows.values()} == {"0 av 1"}
    assert "Elev e1" in picture(html)
    assert "Foreldremøte vår" not in rows
    assert 'name="klasse"' not in html
    assert "Elev" not in re.findall(r"<title>(.*?)</title>", html)[0]


@pytest.mark.parametrize(
    ("who", "query"),
    [
        ("kari", "elev=f1"),
        ("kari", "elev=999999"),
        ("heidi", "elev=e5"),
        ("kari", "klasse=3b"),
        ("rita", "klasse=f3"),
        ("rita", "klasse=999999"),
        ("rita", "klasse=x"),
        ("eli", "klasse=3a"),
    ],
)
def test_what_one_does_not_see_is_not_found(still: Pages, who: str, query: str) -> None:
    name, _is, key = query.partition("=")
    known = {"elev": "pupil", "klasse": "unit"}[name]
    ids = dict(still.rows(f"SELECT key, id FROM {known}"))  # noqa: S608 - words of ours
    answer = still.as_(who).get(f"/arshjul?{name}={ids.get(key, key)}")
    said = {"elev": "Fant ikke eleven", "klasse": "Fant ikke klassen."}[name]
    assert (answer.status_code, said in answer.text) == (404, True)


def test_who_sees_no_pupils_asks_for_none(still: Pages) -> None:
    eli = still.as_("eli")
    assert eli.get(f"/arshjul?elev={number(still, 'e1')}").status_code == 403
    html = eli.get("/arshjul").text
    assert ('name="klasse"' in html, "Ferdig</th>" in html) == (False, False)


def test_the_classes_offered_are_those_one_sees(still: Pages) -> None:
    offered = {
        who: chosen(still.as_(who).get("/arshjul").text, "klasse") for who in ("kari", "heidi")
    }
    assert offered == {
        "kari": ["alle elevene mine", "3a"],
        "heidi": ["alle elevene mine", "Småtrinn", "3a", "3b"],
    }
    picked = chosen(still.as_("heidi").get(f"/arshjul?klasse={unit(still, '3b')}").text, "klasse")
    assert picked == ["alle elevene mine", "Småtrinn", "3a", "3b*"]
    assert chosen(still.as_("rita").get("/arshjul").text, "klasse")[0] == "hele skolen"
    fjell = still.rows("SELECT id FROM school WHERE key = 'fjell'")[0][0]
    other = still.as_("heidi").get(f"/arshjul?klasse={unit(still, '3b')}&skole={fjell}").text
    assert "Fjell skole, skoleåret 2026-27" in other  # a class of another school is let go


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "skoleåret 2026-27"),
        ("ar=2025-26", "skoleåret 2025-26"),
        ("ar=2026", "skoleåret 2026-27"),  # this year is this year in both
        ("ar=2028", "skoleåret 2027-28"),
        ("vis=kalender", "kalenderåret 2026"),
        ("vis=kalender&ar=2026-27", "kalenderåret 2026"),
        ("vis=kalender&ar=2027-28", "kalenderåret 2028"),
        ("vis=kalender&ar=2027", "kalenderåret 2027"),
    ],
)
def test_twelve_months_begin_in_august_or_in_january(still: Pages, query: str, shown: str) -> None:
    html = still.as_("rita").get(f"/arshjul?{query}").text
    assert shown in html
    first = "august" if "skole" in shown else "januar"
    assert f"Måneder fra {first} til" in html
    rows = re.findall(r'<tr id="steg-.*?</tr>', html, re.DOTALL)
    dues = [re.findall(r"\d\d\.\d\d\.\d{4}", row)[0] for row in rows]
    year = int(shown.split()[1][:4])
    months = {int(day[6:]) * 12 + int(day[3:5]) for day in dues}
    start = year * 12 + (8 if first == "august" else 1)
    assert start <= min(months)
    assert max(months) < start + 12


def test_no_year_is_not_found(still: Pages) -> None:
    rita = still.as_("rita")
    wrong = ("ar=i+fjor", "ar=20267", "vis=kalender&ar=0001", "ar=%EF%BC%92026")
    assert {rita.get(f"/arshjul?{one}").status_code for one in wrong} == {404}


def test_every_step_of_the_picture_stands_in_the_table(still: Pages) -> None:
    for query in ("", f"klasse={unit(still, '3a')}", "vis=kalender"):
        html = still.as_("rita").get(f"/arshjul?{query}").text
        marks = re.findall(r"<title>([^<]+)</title><circle", picture(html))
        named = [
            unescape(one)
            for said in marks
            for one in re.sub(r"^\d+ steg [\d.–]+: ", "", said).split("; ")
        ]
        drawn = sorted((one.split(", frist ")[0], one.split(", frist ")[1][:10]) for one in named)
        rows = re.findall(r'<tr id="steg-.*?</tr>', html, re.DOTALL)
        told = sorted(
            (
                words(re.findall(r"<th[^>]*>(.*?)(?: <span|</th>)", row, re.DOTALL)[0]),
                re.findall(r"\d\d\.\d\d\.\d{4}", row)[0],
            )
            for row in rows
        )
        assert drawn == told


def test_every_state_has_a_sign_and_a_word() -> None:
    assert set(SIGNS) == set(State)
