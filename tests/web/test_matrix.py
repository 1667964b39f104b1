"""Hvem mangler hva: classes, steps and pupils, and the kind question to whoever is responsible."""

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest

from iopflow import mailer, settings
from iopflow.clock import OSLO
from iopflow.reminders import outbox
from tests.factories import RULES
from tests.web.conftest import Pages

STEP = "iop.halvarsevaluering"
MARCH = datetime(2027, 3, 3, 10, 0, tzinfo=OSLO)


def unit(pages: Pages, key: str) -> int:
    """The number of a class."""
    ((number,),) = pages.rows(f"SELECT id FROM unit WHERE key = '{key}'")  # noqa: S608 - a key of ours
    return int(number)


def person(pages: Pages, key: str) -> int:
    """The number of a person."""
    ((number,),) = pages.rows(f"SELECT id FROM person WHERE key = '{key}'")  # noqa: S608 - a key of ours
    return int(number)


def cell(pages: Pages, class_: str = "3a", step: str = STEP) -> str:
    """The address of a cell."""
    return f"/matrise/celle?steg=2026:{step}&klasse={unit(pages, class_)}"


def ask(pages: Pages, who: str = "heidi", **more: str) -> Any:
    """Somebody asks Kari about the half-year's evaluation of 3a."""
    form = {"steg": f"2026:{STEP}", "klasse": str(unit(pages, "3a")), "asking": "how"}
    return pages.as_(who).post(
        "/sporsmal", data=form | {"person": str(person(pages, "kari"))} | more
    )


def sent(pages: Pages, folder: Any) -> list[str]:
    """The mails of one pass of the clock, as text."""
    known = settings.load(
        {},
        mail=f"dir:{folder}",
        base_url="https://iop.example.no",
        database=f"sqlite:///{folder / 'none.db'}",
    )
    post = mailer.post_of(known, clock=pages.moment)
    worker = outbox.Worker(pages.engine, RULES, pages.moment, post)
    outbox.tick(worker, sender="example.no")
    import email  # noqa: PLC0415 - to read what was written
    import email.policy  # noqa: PLC0415

    found = []
    for path in sorted(folder.glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        found.append(f"{mail['to']}\n{mail['subject']}\n{body.get_content()}")
    return found


def test_a_cell_says_what_it_is_and_leads_to_those_who_lack_it(pages: Pages) -> None:
    pages.now = MARCH
    shown = unescape(pages.as_("heidi").get("/matrise").text)
    assert "3a, halvårsevaluering IOP, 0 av 3 ferdig" in shown
    page = pages.as_("heidi").get(cell(pages)).text
    names = re.findall(r'<th scope="row"><a[^>]*>(Elev e\d)</a>', page)
    assert names == ["Elev e1", "Elev e2", "Elev e3"]
    assert ("Spør Kari" in page, "/masse?steg=2026%3A" in page, "/vikar" in page) == (True,) * 3
    assert "Elev" not in re.findall(r"<title>.*</title>", page)[0]


def test_the_sum_stands_where_no_narrow_screen_cuts_it(still: Pages) -> None:
    page = still.as_("heidi").get("/matrise").text
    assert re.findall(r'<th scope="col">([^<]*)', page)[:2] == ["Klasse", "Sum"]
    assert re.search(r"</th>\s*<td><strong>\d+/\d+</strong></td>", page)


def test_nothing_is_urgent_for_the_person_whatever_others_lack(pages: Pages) -> None:
    pages.now = datetime(2026, 8, 3, 10, 0, tzinfo=OSLO)
    assert "Ingenting haster hos deg." in pages.as_("rita").get("/mine").text


def test_classes_and_days_are_chosen_and_pupils_unfolded(pages: Pages) -> None:
    pages.now = MARCH
    client, number = pages.as_("heidi"), unit(pages, "3a")
    every = re.findall(r'<tr id="k([^"]+)"', client.get("/matrise").text)
    assert str(number) in every
    one = client.get(f"/matrise?klasse={number}&apne={number}").text
    assert re.findall(r'<tr id="k([^"]+)"', one) == [str(number)]
    pupils = re.findall(
        r'<tr class="pupil"><th scope="row"><a class="ds-link" href="/elev/\d+">([^<]+)', one
    )
    assert pupils == ["Elev e1", "Elev e2", "Elev e3"]
    assert "Elev e1" not in client.get("/matrise").text
    none = client.get("/matrise?fra=01.07.2027&til=02.07.2027&mangler=ja").text
    assert "Halvårsevaluering" in none  # what is overdue is always shown
    backwards = client.get("/matrise?fra=02.07.2027&til=01.07.2027")
    assert backwards.status_code == 422


def test_only_what_is_lacking(pages: Pages) -> None:
    pages.now = MARCH
    kari = pages.as_("kari")
    tasks = [pages.task(STEP, key) for key in ("e1", "e2", "e3")]
    kari.post("/oppgaver/gjort", data={"task": tasks, "on": "10.01.2027"})
    client = pages.as_("kari")
    assert "halvårsevaluering" in client.get("/matrise").text
    assert "halvårsevaluering" not in client.get("/matrise?mangler=ja").text


def test_the_classes_own_steps_and_next_years_pupils_have_their_place(pages: Pages) -> None:
    shown = unescape(pages.as_("heidi").get("/matrise").text)
    assert re.search(r"3a, foreldremøte høst, 0 av 1 ferdig", shown) is not None
    pages.run(
        "UPDATE enrolment SET starts = '2027-08-01' WHERE pupil_id ="
        " (SELECT id FROM pupil WHERE key = 'e4')"
    )
    later = unescape(pages.as_("rita").get("/matrise?til=30.06.2027").text)
    assert "Uten klasse nå" in later


def test_a_question_reaches_the_one_responsible_without_a_pupil_in_it(
    pages: Pages, tmp_path: Any
) -> None:
    pages.run("UPDATE person SET email = 'kari@example.no' WHERE key = 'kari'")
    pages.run("DELETE FROM mail")
    answer = ask(pages, note="Elev e1 haster mest")
    assert answer.status_code == 303
    assert "✓ Spørsmålet er sendt til" in pages.as_("heidi").get(answer.headers["location"]).text
    (mail,) = [one for one in sent(pages, tmp_path) if "spørsmål" in one]
    assert mail.startswith("Kari <kari@example.no>\niopflow: du har fått et spørsmål\n")
    assert "Heidi har spurt deg om dette i iopflow:" in mail
    assert "  Halvårsevaluering IOP 2026-27\n  3 steg gjenstår\n" in mail.replace("\r", "")
    assert ("Elev" in mail, "3a" in mail, "haster" in mail) == (False, False, False)
    mine = pages.as_("kari").get("/mine").text
    assert ("Hvordan går det med dette?" in mine, "Elev e1 haster mest" in mine) == (True, True)


def test_a_question_is_answered_and_both_see_it(pages: Pages) -> None:
    ask(pages)
    ((number,),) = pages.rows("SELECT id FROM question")
    form = {"question": str(number), "answer": "waits", "note": "venter på PPT"}
    answer = pages.as_("kari").post("/sporsmal/svar", data=form)
    assert answer.status_code == 303
    shown = pages.as_("kari").get(answer.headers["location"]).text
    assert "Svaret til Heidi er lagret: «Det venter på andre»." in unescape(shown)
    assert "Spørsmål til deg" not in shown
    for who in ("kari", "heidi"):
        page = pages.as_(who).get("/sporsmal").text
        assert ("Det venter på andre" in page, "venter på PPT" in page) == (True, True)
    assert "Det venter på andre" in pages.as_("heidi").get(cell(pages)).text
    assert "Det venter på andre" not in pages.as_("rita").get("/sporsmal").text
    what = answer.headers["location"].partition("hva=")[2]
    undone = pages.as_("kari").post("/sporsmal/angre", data={"question": str(number), "what": what})
    assert undone.status_code == 303
    assert pages.rows("SELECT answer, answer_note FROM question") == [(None, None)]


def test_nobody_is_asked_twice_in_a_week_about_the_same(pages: Pages) -> None:
    assert ask(pages).status_code == 303
    again = ask(pages, who="rita", note="haster")
    assert (again.status_code, "er alt spurt om dette steget" in again.text) == (422, True)
    assert pages.rows("SELECT count(*) FROM question") == [(1,)]
    pages.now = datetime(2026, 12, 1, 10, 0, tzinfo=OSLO)
    assert ask(pages, who="rita").status_code == 303
    assert pages.rows("SELECT count(*) FROM question") == [(2,)]


def test_an_answered_question_is_not_sent(pages: Pages, tmp_path: Any) -> None:
    pages.run("UPDATE person SET email = 'kari@example.no' WHERE key = 'kari'")
    ask(pages)
    ((number,),) = pages.rows("SELECT id FROM question")
    pages.as_("kari").post("/sporsmal/svar", data={"question": str(number), "answer": "done"})
    assert [one for one in sent(pages, tmp_path) if "spørsmål" in one] == []
    assert pages.rows("SELECT delivery, why FROM mail WHERE kind = 'question'") == [
        ("dropped", "spørsmålet er besvart")
    ]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"person": "999999"}, 404),
        ({"klasse": "999999"}, 404),
        ({"steg": "2026:finnes.ikke"}, 404),
        ({"asking": "hvorfor"}, 422),
        ({"note": "01019912345"}, 422),
    ],
)
def test_a_question_that_cannot_be_is_refused(
    pages: Pages, form: dict[str, str], code: int
) -> None:
    assert ask(pages, **form).status_code == code
    assert pages.rows("SELECT count(*) FROM question") == [(0,)]


def test_only_who_leads_asks_and_only_the_one_asked_answers(pages: Pages) -> None:
    assert ask(pages, who="kari").status_code == 403
    ask(pages)
    ((number,),) = pages.rows("SELECT id FROM question")
    form = {"question": str(number), "answer": "done"}
    codes = [
        pages.as_(who).post("/sporsmal/svar", data=form).status_code for who in ("per", "siri")
    ]
    assert codes == [404, 404]


def test_those_who_lead_have_their_pages_under_few_entries(still: Pages) -> None:
    menus = {
        who: re.findall(r'href="([^"]+)"', page.partition("</ul>")[0].partition('class="menu"')[2])
        for who in ("kari", "heidi", "rita")
        if (page := still.as_(who).get("/hjem").text)
    }
    heads = ["/matrise", "/mine", "/samtaler", "/saker", "/indikatorer", "/moter", "/arshjul"]
    assert menus == {
        "kari": ["/mine", "/masse", "/samtaler", "/vikar", "/arshjul", "/kalender"],
        "heidi": [*heads, "/oppsett"],
        "rita": [*heads, "/oppsett"],
    }
    page = still.as_("heidi").get("/behov").text
    assert re.findall(r'class="tabs".*?</nav>', page, re.DOTALL)[0].count("<li>") == 2
