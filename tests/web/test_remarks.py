"""Kommentar, tiltak and avvik on the pages: from a figure to what is done, and next year's page."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import escape
from typing import Any

import pytest
from starlette.testclient import TestClient

from iopflow import db
from iopflow.models import LONGEST_COMMENT
from tests.web.conftest import NOW, Pages
from tests.web.test_downloads import column, offered, rows
from tests.web.test_indicator_causes import P1, SV, made, words

HOSTILE = "<script>alert(1)</script>\"'>&"
LIST = "/tiltak"


@pytest.fixture
def pages(server: Any) -> Iterator[Pages]:
    with server.fresh(with_late_pupils) as url:
        engine = db.create_engine(url)
        yield Pages(engine)
        engine.dispose()


def with_late_pupils(url: str) -> None:
    for _pages in made(url):
        pass


def number(pages: Pages, key: str) -> int:
    ((found,),) = pages.rows(f"SELECT id FROM person WHERE key = '{key}'")  # noqa: S608 - a key of ours
    return int(found)


def comment(client: TestClient, text: str, path: str = "/indikatorer/P1", **said: str) -> Any:
    return client.post(
        f"{path}/kommentar?ar=2025-26", data={"text": text, "fra": P1.split("?")[0]} | said
    )


def decide(pages: Pages, client: TestClient, who: str = "heidi", **said: str) -> Any:
    data = {"text": "Melde behov før jul", "person": str(number(pages, who)), "due": "18.12.26"}
    ar = said.pop("ar", "2025-26")
    return client.post(f"/indikatorer/P1/tiltak?ar={ar}", data=data | {"fra": "/tiltak"} | said)


def the_measure(pages: Pages) -> int:
    ((found,),) = pages.rows("SELECT max(id) FROM measure")
    return int(found)


def follow(client: TestClient, answer: Any) -> str:
    """The page that comes after."""
    assert answer.status_code == 303, words(answer.text)
    return str(client.get(answer.headers["location"]).text)


def take_back(client: TestClient, html: str) -> Any:
    """Presses «Angre»."""
    (form,) = re.findall(r'<form method="post" action="/tiltak/angre">.*?</form>', html, re.DOTALL)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return client.post("/tiltak/angre", data=fields)


def test_from_a_figure_to_the_comment_the_measure_and_next_years_outcome(pages: Pages) -> None:
    rita, heidi = pages.as_("rita"), pages.as_("heidi")
    assert "✓ Kommentaren er lagret." in follow(rita, comment(rita, "Vi ventet på PPT.\n\nNå: to."))
    told = words(follow(rita, decide(pages, rita)))
    assert "✓ Tiltaket er vedtatt: Heidi, innen 18.12.2026." in told
    page = rita.get(P1).text
    assert "<p>Vi ventet på PPT.</p>" in page
    assert "<p>Nå: to.</p>" in page
    assert "Rita, 26.11.2026" in page
    assert "Melde behov før jul" in page

    overview = words(rita.get("/indikatorer?ar=2025-26").text)
    assert "kommentert, 1 åpent tiltak" in overview

    mine = heidi.get("/mine").text
    assert "Tiltak (1)" in words(mine)
    one = the_measure(pages)
    done = heidi.post(
        f"/tiltak/{one}/gjort", data={"on": "i dag", "outcome": "Alle meldt.", "fra": "/mine"}
    )
    after = follow(heidi, done)
    assert "✓ Tiltaket er ført som gjort." in after
    assert "Tiltak (1)" not in words(after)

    next_year = words(rita.get("/indikatorer/P1?ar=2026-27").text)
    assert "P1: 42 % → ikke telt ennå" in next_year
    assert "P1: 42 % → ikke telt ennå" in words(rita.get(LIST).text)
    assert "Tiltak fra i fjor" in next_year
    assert "✓ gjort 26.11.2026 Alle meldt." in next_year
    assert "Vi ventet på PPT." not in next_year


def test_a_measure_goes_on_into_the_next_year(pages: Pages) -> None:
    rita = pages.as_("rita")
    decide(pages, rita)
    before = the_measure(pages)
    page = rita.get("/indikatorer/P1?ar=2026-27").text
    (link,) = re.findall(r'href="([^"]*folger=[^"]*)"', page)
    form = rita.get(link.replace("&amp;", "&")).text
    assert "Viderefører et tiltak fra 2025-26." in form
    assert f'name="folger" value="{before}"' in form
    told = decide(pages, rita, ar="2026-27", folger=str(before))
    assert told.status_code == 303
    after = rita.get(f"/tiltak/{the_measure(pages)}").text
    assert f'href="/tiltak/{before}"' in after


def test_each_act_is_taken_back_from_the_page_that_tells_it(pages: Pages) -> None:
    rita = pages.as_("rita")
    html = follow(rita, comment(rita, "Sagt"))
    assert "✓ Angret" in follow(rita, take_back(rita, html))
    assert pages.rows("SELECT count(*) FROM indicator_comment") == [(0,)]
    assert "<p>Sagt</p>" not in rita.get(P1).text

    html = follow(rita, decide(pages, rita))
    assert "✓ Angret" in follow(rita, take_back(rita, html))
    assert pages.rows("SELECT count(*) FROM measure") == [(0,)]

    decide(pages, rita)
    one = the_measure(pages)
    here = {"fra": f"/tiltak/{one}"}
    html = follow(rita, rita.post(f"/tiltak/{one}/gjort", data={"on": "", "outcome": "Bra"} | here))
    assert "✓ Tiltaket er ført som gjort." in html
    take_back(rita, html)
    assert pages.rows("SELECT done_on, outcome FROM measure") == [(None, None)]


def test_a_measure_is_changed_and_closed_on_its_own_page(pages: Pages) -> None:
    rita = pages.as_("rita")
    decide(pages, rita)
    one = the_measure(pages)
    page = rita.get(f"/tiltak/{one}").text
    (known,) = re.findall(r'name="known" value="(\w+)"', page)
    new = {"text": "Nye ord", "person": str(number(pages, "rita")), "due": "20.12.2026"}
    here = {"fra": f"/tiltak/{one}", "known": known}
    assert "✓ Tiltaket er endret." in follow(
        rita, rita.post(f"/tiltak/{one}/endre", data=new | here)
    )
    again = rita.post(f"/tiltak/{one}/endre", data=new | here | {"text": "Over"})
    assert again.status_code == 422
    assert "imens" in again.text
    assert ">\nOver</textarea>" in again.text
    closed = rita.post(f"/tiltak/{one}/lukk", data={"outcome": "Ikke nå"} | here)
    assert "– avsluttet 26.11.2026, ikke gjort" in words(follow(rita, closed))
    assert "Før som gjort" not in rita.get(f"/tiltak/{one}").text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"text": ""}, "Skriv hva som skal gjøres."),
        ({"person": ""}, "Velg hvem som er ansvarlig."),
        ({"person": "999999"}, "Velg hvem som er ansvarlig."),
        ({"due": ""}, "Skriv når tiltaket skal være gjort."),
        ({"due": "1.1.2026"}, "Den nye datoen er passert"),
        ({"due": "snart"}, "er ingen dato"),
        ({"text": "Følg opp Elev p2"}, "navnet på en elev"),
        ({"text": "01019012345"}, "fødselsnummer"),
    ],
)
def test_a_measure_that_cannot_be_is_shown_again_with_what_was_typed(
    pages: Pages, said: dict[str, str], why: str
) -> None:
    rita = pages.as_("rita")
    answer = decide(pages, rita, **{"text": "Skrevet <i>"} | said)
    assert answer.status_code == 422
    assert why in words(answer.text)
    if "text" not in said:
        assert ">\nSkrevet &lt;i&gt;</textarea>" in answer.text
    assert pages.rows("SELECT count(*) FROM measure") == [(0,)]


def test_siri_of_another_school_is_not_given_a_measure(pages: Pages) -> None:
    assert decide(pages, pages.as_("rita"), who="siri").status_code == 422


def test_a_comment_of_ten_thousand_characters_is_kept_whole(pages: Pages) -> None:
    rita = pages.as_("rita")
    text = ("Æ" * 99 + "\r\n") * (LONGEST_COMMENT // 100)
    assert comment(rita, text).status_code == 303
    ((kept,),) = pages.rows("SELECT text FROM indicator_comment")
    assert kept == text.replace("\r\n", "\n").strip()
    assert rita.get(P1).text.count("<p>" + "Æ" * 99 + "</p>") == LONGEST_COMMENT // 100
    refused = comment(rita, "Æ" * (LONGEST_COMMENT + 1))
    assert refused.status_code == 422
    assert "Æ" * (LONGEST_COMMENT + 1) in refused.text


def test_what_others_have_written_meanwhile_is_not_written_over(pages: Pages) -> None:
    rita = pages.as_("rita")
    (known,) = re.findall(r'name="known" value="(\w+)"', rita.get(P1).text)
    comment(rita, "Den første", known=known)
    answer = comment(rita, "Den andre", known=known)
    assert (answer.status_code, "imens" in answer.text) == (422, True)
    assert ">\nDen andre</textarea>" in answer.text


def test_a_deviation_is_raised_for_those_that_are_ticked_without_their_names(pages: Pages) -> None:
    rita = pages.as_("rita")
    tasks = [str(pages.task(SV, key)) for key in ("p2", "p3")]
    back = P1.replace("?", "?skole=1&")
    page = rita.get(P1).text
    assert 'formaction="/tiltak/avvik/ny?' in page
    form = rita.post("/tiltak/avvik/ny?ar=2025-26", data={"task": tasks, "kode": "P1", "fra": back})
    assert form.status_code == 200
    assert "2 elever: Elev p2, Elev p3" in words(form.text)
    assert pages.rows("SELECT n FROM reading WHERE what = '/tiltak/avvik/ny'") == [(2,)]
    said = {
        "task": tasks,
        "kode": "P1",
        "cause": "kapasitet_ppt",
        "description": "To kom etter 01.06.",
        "correction": "Møte i januar.",
        "fra": back,
    }
    told = follow(rita, rita.post("/tiltak/avvik?ar=2025-26", data=said))
    assert "✓ Avviket er meldt." in told
    assert told.count(">Avvik meldt<") == 2
    ((kept, pupils),) = pages.rows("SELECT tasks, pupils FROM deviation")
    assert (kept, pupils) == (",".join(sorted(tasks, key=int)), 2)
    ((texts,),) = pages.rows("SELECT description || correction FROM deviation")
    assert "Elev" not in texts

    ((one,),) = pages.rows("SELECT id FROM deviation")
    here = {"fra": f"/tiltak/avvik/{one}"}
    bare = rita.post(f"/tiltak/avvik/{one}/lukk", data={"on": "", "evidence": " "} | here)
    assert (bare.status_code, "henvisning" in bare.text) == (422, True)
    closed = follow(
        rita, rita.post(f"/tiltak/avvik/{one}/lukk", data={"on": "", "evidence": "2026/7"} | here)
    )
    assert "✓ lukket 26.11.2026" in words(closed)
    assert ">Avvik meldt<" not in rita.get(P1).text


def test_a_deviation_is_not_raised_for_pupils_of_another_figure(pages: Pages) -> None:
    rita = pages.as_("rita")
    for code, ar in (("P3", "2025-26"), ("P1", "2026-27"), ("T1", "2025-26")):
        data = {"task": str(pages.task(SV, "p2")), "kode": code}
        assert rita.post(f"/tiltak/avvik/ny?ar={ar}", data=data).status_code == 404


def test_a_deviation_is_raised_about_a_step_from_the_list(pages: Pages) -> None:
    rita = pages.as_("rita")
    assert "/tiltak/avvik/ny?" in rita.get(LIST).text
    said = {
        "kode": "steg:iop.elevsamtale_host",
        "pupils": "3",
        "cause": "sykdom_vikar",
        "description": HOSTILE,
        "correction": "Vikar",
    }
    assert "✓ Avviket er meldt." in follow(rita, rita.post("/tiltak/avvik", data=said))
    for wrong in ({"pupils": "tre"}, {"pupils": "-1"}, {"cause": "x"}, {"correction": ""}):
        answer = rita.post("/tiltak/avvik", data=said | wrong)
        assert answer.status_code == 422
        assert escape(HOSTILE, quote=False) in answer.text.replace("&#34;", '"').replace(
            "&#39;", "'"
        )
    assert rita.post("/tiltak/avvik", data=said | {"kode": "steg:x"}).status_code == 404
    ((one,),) = pages.rows("SELECT id FROM deviation")
    page = rita.get(f"/tiltak/avvik/{one}").text
    (known,) = re.findall(r'name="known" value="(\w+)"', page)
    new = said | {"description": "Bedre", "known": known, "fra": f"/tiltak/avvik/{one}"}
    assert "✓ Avviket er endret." in follow(rita, rita.post(f"/tiltak/avvik/{one}/endre", data=new))


def test_what_is_open_comes_first_and_what_is_overdue_says_so(pages: Pages) -> None:
    rita = pages.as_("rita")
    for text, due in (("Sist", "31.12.26"), ("Snart", "27.11.26"), ("Ferdig", "26.11.26")):
        decide(pages, rita, text=text, due=due)
    one = the_measure(pages)
    rita.post(f"/tiltak/{one}/gjort", data={"on": "", "outcome": "Bra"})
    decide(pages, rita, text="Nyere", due="30.12.26", ar="2026-27")
    pages.now = NOW + timedelta(days=4)
    rita = pages.as_("rita")
    page = rita.get(LIST).text
    assert re.findall(r'href="/tiltak/\d+">(\w+)<', page) == ["Snart", "Nyere", "Sist", "Ferdig"]
    assert "! over fristen, 3 dager" in words(page)
    narrowed = rita.get(f"{LIST}?ar=2026-27").text
    assert re.findall(r'href="/tiltak/\d+">(\w+)<', narrowed) == ["Nyere"]


def test_the_file_has_what_is_shown_and_runs_nothing(pages: Pages) -> None:
    rita = pages.as_("rita")
    formulas = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "http://x.no/", HOSTILE]
    for text in formulas:
        assert decide(pages, rita, text=text).status_code == 303
    said = {"kode": "T1", "pupils": "6", "cause": "annet", "fra": LIST}
    assert (
        rita.post(
            "/tiltak/avvik", data=said | {"description": "=HYPERLINK(1)", "correction": "=2+2"}
        ).status_code
        == 303
    )
    found = rows(rita.get(offered(rita.get(LIST).text)))
    assert sorted(column(found, "Hva")) == sorted([*formulas, "=HYPERLINK(1)"])
    assert column(found, "Slag") == ["Tiltak"] * len(formulas) + ["Avvik"]
    assert column(found, "Hva som kom ut av det")[-1] == "=2+2"
    page = rita.get(LIST).text
    assert "<script>alert" not in page


def test_hostile_words_are_shown_as_they_are(pages: Pages) -> None:
    rita = pages.as_("rita")
    comment(rita, HOSTILE)
    decide(pages, rita, text=HOSTILE)
    one = the_measure(pages)
    rita.post(f"/tiltak/{one}/gjort", data={"on": "", "outcome": HOSTILE})
    for path in (P1, LIST, f"/tiltak/{one}", "/indikatorer/P1?ar=2026-27", "/historikk"):
        page = rita.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_the_owner_reads_it_without_small_numbers_and_changes_nothing(pages: Pages) -> None:
    rita, eli = pages.as_("rita"), pages.as_("eli")
    comment(rita, "Sagt")
    decide(pages, rita)
    said = {"kode": "P1", "cause": "annet", "description": "Sent", "correction": "Møte"}
    for pupils in ("4", "5"):
        rita.post("/tiltak/avvik?ar=2025-26", data=said | {"pupils": pupils})
    ((lia,),) = pages.rows("SELECT id FROM school WHERE key = 'lia'")
    at = f"skole={lia}"
    found = rows(eli.get(f"/tiltak?format=xlsx&{at}"))
    assert column(found, "Elever") == ["", 5, "•"]
    assert column(rows(rita.get("/tiltak?format=xlsx")), "Elever") == ["", 5, 4]
    page = eli.get(f"{P1}&{at}").text
    assert "<p>Sagt</p>" in page
    assert "Melde behov" in page
    for path in (f"{P1}&{at}", f"{LIST}?{at}", f"/tiltak/{the_measure(pages)}"):
        html = eli.get(path).text
        assert 'method="post" action="/tiltak' not in html
        assert "/kommentar" not in html


def test_the_coordinator_of_the_network_sees_the_figure_and_nothing_that_is_said(
    pages: Pages,
) -> None:
    rita = pages.as_("rita")
    comment(rita, "Sagt")
    pages.run(
        "INSERT INTO person (owner_id, key, name, wish) SELECT id, 'nils', 'Nils', 'nudge'"
        " FROM owner"
    )
    pages.run(
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
        " SELECT p.owner_id, p.id, 'ikit_koordinator', 'network', n.id, '2026-08-01'"
        " FROM person p, network n WHERE p.key = 'nils'"
    )
    nils = pages.as_("nils")
    school = pages.rows("SELECT id FROM school WHERE key = 'lia'")[0][0]
    page = nils.get(f"{P1}&skole={school}")
    assert (page.status_code, "Kommentar" in page.text, "Sagt" in page.text) == (200, False, False)
    assert nils.get(LIST).status_code == 403


def test_a_head_marks_her_own_measure_and_no_other(pages: Pages) -> None:
    rita, heidi = pages.as_("rita"), pages.as_("heidi")
    decide(pages, rita, who="rita")
    ritas = the_measure(pages)
    said = {"on": "", "outcome": "Bra"}
    assert heidi.get(f"/tiltak/{ritas}").status_code == 200
    assert heidi.post(f"/tiltak/{ritas}/gjort", data=said).status_code == 403
    decide(pages, rita, who="heidi")
    heidis = the_measure(pages)
    assert heidi.post(f"/tiltak/{heidis}/endre", data=said).status_code == 403
    assert heidi.post(f"/tiltak/{heidis}/gjort", data=said).status_code == 303


def test_whoever_has_left_the_school_sees_the_measure_no_more(pages: Pages) -> None:
    rita, kari = pages.as_("rita"), pages.as_("kari")
    decide(pages, rita, who="kari")
    one = the_measure(pages)
    assert "Tiltak (1)" in words(kari.get("/mine").text)
    assert "har sluttet" not in rita.get(LIST).text
    assert kari.get(f"/tiltak/{one}").status_code == 200
    pages.run(
        "UPDATE role_grant SET at_id = (SELECT id FROM unit WHERE key = 'f3')"
        " WHERE person_id = (SELECT id FROM person WHERE key = 'kari')"
    )
    assert "Tiltak (1)" not in words(kari.get("/mine").text)
    assert kari.get(f"/tiltak/{one}").status_code == 404
    assert kari.post(f"/tiltak/{one}/gjort", data={"on": "", "outcome": "x"}).status_code == 404
    assert "har sluttet" in rita.get(LIST).text
    page = rita.get(f"/tiltak/{one}").text  # she stays among those to choose from
    assert re.search(r"<option value=\"\d+\" selected>Kari</option>", page)


def test_the_history_tells_the_acts_and_takes_them_back(pages: Pages) -> None:
    rita = pages.as_("rita")
    comment(rita, "Første linje\nAndre linje")
    decide(pages, rita)
    told = words(rita.get("/historikk?om=tiltak").text)
    assert "Kommenterte en indikator: P1 Første linje Andre linje" in told
    assert "Vedtok et tiltak: P1 Melde behov før jul" in told
    html = rita.get("/historikk?om=tiltak").text
    what = re.findall(r'name="what" value="(\d+-\d+)"', html)
    for one in what:
        assert rita.post("/historikk/angre", data={"what": one}).status_code == 303
    assert pages.rows("SELECT count(*) FROM measure") == [(0,)]
    assert pages.rows("SELECT count(*) FROM indicator_comment") == [(0,)]


def test_the_history_tells_each_text_as_it_was_written_then(pages: Pages) -> None:
    rita = pages.as_("rita")
    for text in ("Første", "Andre", ""):
        comment(rita, text)
    decide(pages, rita, text="Gammelt tiltak")
    one = the_measure(pages)
    new = {"text": "Nytt tiltak", "person": str(number(pages, "rita")), "due": "20.12.2026"}
    rita.post(f"/tiltak/{one}/endre", data=new)
    said = {"kode": "P1", "pupils": "6", "cause": "annet", "correction": "Møte"}
    rita.post("/tiltak/avvik?ar=2025-26", data=said | {"description": "Galt"})
    ((avvik,),) = pages.rows("SELECT id FROM deviation")
    rita.post(f"/tiltak/avvik/{avvik}/endre", data=said | {"description": "Rettet"})
    told = words(rita.get("/historikk?om=tiltak").text)
    for sentence in (
        "Kommenterte en indikator: P1 Første",
        "Kommenterte en indikator: P1 Andre",
        "Kommenterte en indikator: P1 (tatt bort)",
        "Vedtok et tiltak: P1 Gammelt tiltak",
        "Endret et tiltak: P1 Nytt tiltak",
        "Meldte et avvik: P1 Galt",
        "Endret et avvik: P1 Rettet",
    ):
        assert sentence in told


@pytest.mark.parametrize("fra", ["//ond.no", "https://ond.no", "/logg-ut", "/tiltak?skole=1&x=y"])
def test_a_form_leads_to_no_page_but_ours(pages: Pages, fra: str) -> None:
    answer = comment(pages.as_("rita"), "Sagt", fra=fra)
    assert answer.headers["location"].startswith("/tiltak?tiltak=kommentar&hva=")


def test_a_page_tells_only_what_the_person_did(pages: Pages) -> None:
    rita, heidi = pages.as_("rita"), pages.as_("heidi")
    where = comment(rita, "Sagt").headers["location"]
    assert "Kommentaren er lagret" in rita.get(where).text
    assert "Kommentaren er lagret" not in heidi.get(where).text
    assert rita.get("/tiltak?tiltak=nytt&hva=x").status_code == 200


def raise_avvik(client: TestClient, code: str = "P1", **said: str) -> Any:
    data = {
        "kode": code,
        "pupils": "6",
        "cause": "annet",
        "description": "Sent",
        "correction": "Nå",
    }
    return client.post("/tiltak/avvik?ar=2025-26", data=data | said)


def the_avvik(pages: Pages) -> int:
    ((found,),) = pages.rows("SELECT max(id) FROM deviation")
    return int(found)


def test_the_page_of_a_figure_lists_its_deviations_open_and_closed(pages: Pages) -> None:
    rita, here = pages.as_("rita"), P1
    assert 'id="avvik"' not in rita.get(here).text
    raise_avvik(rita, fra=LIST)
    link = f'href="/tiltak/avvik/{the_avvik(pages)}"'
    assert link in rita.get(here).text
    rita.post(f"/tiltak/avvik/{the_avvik(pages)}/lukk", data={"on": "", "evidence": "2026/7"})
    assert link in rita.get(here).text
    assert link not in rita.get(here.replace("P1", "P3")).text


def test_a_deviation_is_followed_up_by_somebody_until_a_day(pages: Pages) -> None:
    rita, heidi, kari = (pages.as_(one) for one in ("rita", "heidi", "kari"))
    form = rita.get("/tiltak/avvik/ny?ar=2025-26&kode=P1").text
    assert re.search(r"<option value=\"\d+\" selected>Rita</option>", form)
    assert 'value="10.12.2026"' in form
    raise_avvik(rita)
    assert "Avvik (1)" in words(rita.get("/mine").text)
    one = the_avvik(pages)
    assert kari.get(f"/tiltak/avvik/{one}").status_code == 404
    new = {"cause": "annet", "description": "Sent", "correction": "Nå"}
    to_kari = {"person": str(number(pages, "kari")), "due": "1.12.26"}
    assert rita.post(f"/tiltak/avvik/{one}/endre", data=new | to_kari).status_code == 303
    assert "Avvik (1)" not in words(rita.get("/mine").text)
    mine = words(kari.get("/mine").text)
    assert "Avvik (1)" in mine
    assert "01.12.2026" in mine
    pages.now = NOW + timedelta(days=7)
    kari = pages.as_("kari")
    page = kari.get(f"/tiltak/avvik/{one}").text
    assert "! over fristen, 2 dager" in words(page)
    assert "/endre" not in page
    assert heidi.post(f"/tiltak/avvik/{one}/lukk", data={"evidence": "2026/7"}).status_code == 403
    closed = kari.post(
        f"/tiltak/avvik/{one}/lukk",
        data={"on": "", "evidence": "2026/7, 2026/9", "fra": f"/tiltak/avvik/{one}"},
    )
    assert "✓ Avviket er lukket." in follow(kari, closed)


@pytest.mark.parametrize("said", [{"person": "999999"}, {"due": "1.1.2026"}, {"due": "snart"}])
def test_a_deviation_of_nobody_or_of_a_day_that_has_passed_is_refused(
    pages: Pages, said: dict[str, str]
) -> None:
    assert raise_avvik(pages.as_("rita"), **said).status_code == 422
    assert pages.rows("SELECT id FROM deviation") == []


def test_one_comes_back_to_a_deviation_that_is_open_again(pages: Pages) -> None:
    rita = pages.as_("rita")
    raise_avvik(rita)
    here = f"/tiltak/avvik/{the_avvik(pages)}"
    closed = rita.post(f"{here}/lukk", data={"on": "", "evidence": "2026/7", "fra": here})
    answer = take_back(rita, follow(rita, closed))
    assert answer.headers["location"] == f"{here}?tiltak=angret"
    assert "Lukk avviket" in rita.get(here).text
    raised = raise_avvik(rita, fra=LIST, description="Et til").headers["location"]
    html = rita.get(raised).text.replace(f'"{LIST}"', f'"/tiltak/avvik/{the_avvik(pages)}"')
    answer = take_back(
        rita, re.sub(r'name="fra" value="[^"]*"', f'name="fra" value="{here}0"', html)
    )
    assert answer.headers["location"] == "/tiltak?tiltak=angret"


def test_what_a_deviation_is_about_is_found_by_a_word(pages: Pages) -> None:
    rita = pages.as_("rita")
    choice = rita.get("/tiltak/avvik/ny?ar=2025-26").text
    assert choice.count("<details") >= 3
    assert "Meld avviket" not in choice
    narrowed = rita.get("/tiltak/avvik/ny?ar=2025-26&sok=Elevsamtale").text
    found = re.findall(r'href="(/tiltak/avvik/ny[^"]*kode=[^"]*)">([^<]*)<', narrowed)
    assert {"P7_host", "steg%3Aiop.elevsamtale_host"} <= {
        re.sub(r".*kode=|#.*", "", link) for link, _word in found
    }
    assert all("elevsamtale" in word.lower() for _link, word in found)
    assert "Meld avviket" in rita.get(found[-1][0].replace("&amp;", "&")).text
    assert "Ingen treff" in rita.get("/tiltak/avvik/ny?ar=2025-26&sok=xyzzy").text


def no_reply(pages: Pages) -> int:
    """The task of a talk to which the guardians of p5 gave no reply."""
    task = pages.task("iop.malvalgsamtale", "p5")
    pages.run(
        "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion, on_day,"  # noqa: S608 - a number of ours
        " recorded_on, recorded_at) SELECT owner_id, year, step, scope, subject_id, 'no_reply', '',"
        " '2026-06-01', '2026-06-01', '2026-06-01 10:00:00+00:00' FROM task"
        f" WHERE id = {task}"
    )
    return task


def test_a_cause_that_the_talk_speaks_against_is_asked_about(pages: Pages) -> None:
    rita = pages.as_("rita")
    task = no_reply(pages)
    ar = "2025-26"
    form = rita.post(f"/tiltak/avvik/ny?ar={ar}", data={"task": str(task), "kode": "P8"})
    assert form.status_code == 200
    assert 'value="foresatte_takket_nei"' not in form.text  # wrong for all that are ticked
    assert 'value="foresatte_ikke_naadd"' in form.text
    said = {
        "task": str(task),
        "cause": "foresatte_takket_nei",
        "description": "Ingen samtale",
        "correction": "Ringe",
    }
    for path, data in (
        (f"/tiltak/avvik?ar={ar}", said | {"kode": "P8"}),
        (f"/indikatorer/P8/arsak?ar={ar}", said | {"on": "i dag"}),
    ):
        asked = rita.post(path, data=data)
        assert asked.status_code == 422
        assert "stemmer ikke med samtalen for 1 elev: der er det ført «ikke svar»" in asked.text
        assert rita.post(path, data=data | {"sikker": "ja"}).status_code == 303
    shown = rita.post(f"/tiltak/avvik?ar={ar}", data=said | {"kode": "P8"}).text
    assert 'name="sikker" value="ja"' in shown
    assert '<option value="foresatte_takket_nei" selected' in shown


def test_a_new_cause_of_a_deviation_is_asked_about_as_well(pages: Pages) -> None:
    rita = pages.as_("rita")
    task = no_reply(pages)
    said = {"task": str(task), "description": "Ingen samtale", "correction": "Ringe"}
    raised = {"kode": "P8", "cause": "annet"}
    assert rita.post("/tiltak/avvik?ar=2025-26", data=said | raised).status_code == 303
    path = f"/tiltak/avvik/{the_avvik(pages)}/endre"
    new = said | {"cause": "foresatte_takket_nei"}
    asked = rita.post(path, data=new)
    assert asked.status_code == 422
    assert "stemmer ikke med samtalen for 1 elev: der er det ført «ikke svar»" in asked.text
    assert "kryss av for at årsaken likevel stemmer" in asked.text
    assert 'name="sikker" value="ja"' in asked.text
    assert rita.post(path, data=new | {"sikker": "ja"}).status_code == 303
    assert rita.post(path, data=new | {"description": "Nytt"}).status_code == 303  # it was said
    assert pages.rows("SELECT cause, description FROM deviation") == [
        ("foresatte_takket_nei", "Nytt")
    ]
