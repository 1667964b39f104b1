"""PPT-køen in the browser: what is shown to whom, done to several at once, refused, taken back."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.databases import Databases
from tests.web.conftest import Pages, site
from tests.web.parts import refuses_parts
from tests.web.ppt_kit import with_ppt


@pytest.fixture
def ppt(pages: Pages) -> Pages:
    """Pages with PPT, for tests that change something."""
    with_ppt(pages)
    return pages


@pytest.fixture(scope="module")
def quiet(server: Databases) -> Iterator[Pages]:
    """The same for those that change nothing."""
    with site(server) as made:
        with_ppt(made)
        yield made


def case(pages: Pages, key: str) -> int:
    """The number of a pupil's assessment for 2027-28."""
    ((number,),) = pages.rows(
        "SELECT a.id FROM assessment a JOIN pupil p ON p.id = a.pupil_id"  # noqa: S608 - a key of ours
        f" WHERE p.key = '{key}' AND a.year = 2027"
    )
    return int(number)


def stored(pages: Pages, column: str) -> dict[str, Any]:
    """A column of the assessments for 2027-28, by pupil; only those that hold something."""
    rows = pages.rows(
        f"SELECT p.key, a.{column} FROM assessment a JOIN pupil p ON p.id = a.pupil_id"  # noqa: S608 - words of ours
        f" WHERE a.year = 2027 AND a.{column} IS NOT NULL"
    )
    return {key: str(value) for key, value in rows}


def cases_on(page: str) -> list[str]:
    """The case numbers of the list, in order."""
    return re.findall(r'href="/sak/\d+">([^<]+)<', page)


def test_ppt_begins_in_the_queue_and_others_have_none(quiet: Pages) -> None:
    for person in ("petra", "liv"):
        assert quiet.as_(person).get("/").headers["location"] == "/ppt"
        assert 'href="/ppt"' in quiet.as_(person).get("/mine").text
    for person in ("rita", "kari", "siri", "eli", "ada"):
        assert quiet.as_(person).get("/ppt").status_code == 403


def test_each_sees_the_cases_of_the_role(quiet: Pages) -> None:
    assert cases_on(quiet.as_("petra").get("/ppt").text) == ["e1", "e2", "e5"]
    assert cases_on(quiet.as_("liv").get("/ppt").text) == ["e1", "e2", "e3"]  # e5 is protected
    assert cases_on(quiet.as_("anne").get("/ppt").text) == []
    page = quiet.as_("liv").get("/ppt").text
    assert "3 saker er ikke levert, 3 mangler dokumentasjon." in page
    assert "Petra 2 · ikke fordelt 1" in page
    assert (
        "Levert for neste skoleår: 0\N{NO-BREAK SPACE}% (0 av 3). I fjor samme dag: ingen meldt."
        in page
    )
    assert "venter på PPT, 25 dager" in page


def test_the_filters_narrow_the_list(quiet: Pages) -> None:
    client = quiet.as_("liv")
    assert cases_on(client.get("/ppt?radgiver=ingen").text) == ["e3"]
    assert cases_on(client.get("/ppt?radgiver=petra&venter=ppt").text) == ["e1", "e2"]
    assert cases_on(client.get("/ppt?venter=skole").text) == []
    assert cases_on(client.get("/ppt?skole=fjell").text) == []


def test_several_are_sent_back_and_it_is_undone_as_one(ppt: Pages) -> None:
    client = ppt.as_("petra")
    numbers = [case(ppt, "e1"), case(ppt, "e2")]
    form = {"case": numbers, "on": "25.11.2026", "note": "Rapport om lesing"}
    answer = client.post("/ppt/mangler", data=form | {"venter": ""})
    page = client.get(answer.headers["location"]).text
    assert page.count(": sendt tilbake til skolen, noe mangler.") == 1
    assert page.count("venter på skolen, 2 dager") == 2
    assert "Rapport om lesing (fra skolen)" in page
    assert ppt.rows("SELECT count(*) FROM case_move") == [(2,)]
    (events,) = re.findall(r'name="what" value="([\d-]+)"', page)
    assert ppt.as_("liv").post("/ppt/angre", data={"what": events}).status_code == 422
    refuses_parts(client, "/ppt/angre", {"what": events}, "what")
    client.post("/ppt/angre", data={"what": events})
    assert ppt.rows("SELECT count(*) FROM case_move") == [(0,)]
    assert client.post("/ppt/angre", data={"what": events}).status_code == 422


def test_what_is_lacking_must_be_said_and_what_was_typed_stays(ppt: Pages) -> None:
    form = {"case": case(ppt, "e1"), "on": "25.11.2026", "note": " "}
    answer = ppt.as_("petra").post("/ppt/mangler", data=form)
    assert (answer.status_code, "Skriv hva som mangler" in answer.text) == (422, True)
    assert 'value="25.11.2026"' in answer.text
    assert f'value="{form["case"]}" form="valgte" checked' in answer.text
    assert ppt.rows("SELECT count(*) FROM case_move") == [(0,)]


def test_a_form_on_a_row_is_refused_and_confirmed_there(ppt: Pages) -> None:
    """It stays open with what was typed; what was done names the case."""
    client, number = ppt.as_("petra"), case(ppt, "e1")
    form = {"case": number, "rad": f"m{number}", "on": "25.11.2026"}
    refused = client.post("/ppt/mangler", data=form | {"note": ""}).text
    assert f'<li><a class="ds-link" href="#m{number}">Skriv hva som mangler' in refused
    assert f'id="m{number}-feil">Skriv hva som mangler' in refused
    assert re.search(
        rf'<details class="act" open>(?:(?!</details>).)*id="m{number}"', refused, re.DOTALL
    )
    answer = client.post("/ppt/mangler", data=form | {"note": "Rapport om lesing"})
    page = client.get(answer.headers["location"]).text
    assert "sendt tilbake til skolen, noe mangler." in page
    (events,) = re.findall(r'name="what" value="([\d-]+)"', page)
    back = client.post("/ppt/angre", data={"what": events})
    assert "✓ Angret: det står som før." in client.get(back.headers["location"]).text


def test_complete_then_delivered_with_a_last_day(ppt: Pages) -> None:
    client, number = ppt.as_("petra"), case(ppt, "e1")
    client.post("/ppt/fullstendig", data={"case": number, "on": "10.11.2026"})
    assert stored(ppt, "complete_on") == {"e1": "2026-11-10"}
    assert "PPTs veiledende tid til 10.02.2027 (norm, ikke lov)" in client.get("/ppt").text
    form = {"case": [number, case(ppt, "e2")], "on": "i dag", "valid_to": "31.07.2030"}
    answer = client.post("/ppt/foreligger", data=form)
    assert stored(ppt, "received_on") == {"e1": "2026-11-26", "e2": "2026-11-26"}
    assert stored(ppt, "valid_to") == {"e1": "2030-07-31", "e2": "2030-07-31"}
    assert cases_on(client.get("/ppt").text) == ["e5"]
    assert cases_on(client.get("/ppt?levert=ja").text) == ["e5", "e1", "e2"]
    (events,) = re.findall(r"hva=([\d-]+)", answer.headers["location"])
    client.post("/ppt/angre", data={"what": events})
    assert (stored(ppt, "received_on"), stored(ppt, "complete_on")) == ({}, {"e1": "2026-11-10"})


def test_one_that_refuses_stops_them_all_and_is_named(ppt: Pages) -> None:
    form = {"case": [case(ppt, "e1"), case(ppt, "e2")], "on": "1.11.2026"}
    ppt.run(
        "UPDATE assessment SET referred_on = '2026-10-20' WHERE year = 2027 AND pupil_id ="
        " (SELECT id FROM pupil WHERE key = 'e1')"
    )
    answer = ppt.as_("petra").post("/ppt/foreligger", data=form)
    assert answer.status_code == 422
    assert "Ingenting er endret: 2 saker var med." in answer.text
    assert "Ikke registrert for Elev e2. Mottatt 01.11.2026 er før henvist" in answer.text
    assert "for e2" not in answer.text
    assert stored(ppt, "received_on") == {}


def test_what_others_have_built_on_is_not_undone(ppt: Pages) -> None:
    client = ppt.as_("petra")
    answer = client.post("/ppt/foreligger", data={"case": case(ppt, "e1"), "on": "20.11.2026"})
    (events,) = re.findall(r"hva=([\d-]+)", answer.headers["location"])
    ppt.run(
        "INSERT INTO consent (owner_id, pupil_id, kind, year, on_day, answer, recorded_on,"
        " recorded_at) SELECT owner_id, id, 'vedtak', 2027, '2026-11-21', 'given', '2026-11-21',"
        " '2026-11-21 09:00:00' FROM pupil WHERE key = 'e1'"
    )
    ppt.run(
        "INSERT INTO vedtak (owner_id, pupil_id, year, decided_on, outcome, departs, valid_from,"
        " valid_to, recorded_on, recorded_at) SELECT owner_id, id, 2027, '2026-11-22', 'granted',"
        " false, '2027-08-01', '2028-07-31', '2026-11-22', '2026-11-22 09:00:00'"
        " FROM pupil WHERE key = 'e1'"
    )
    answer = client.post("/ppt/angre", data={"what": events})
    assert (answer.status_code, "bygger på dette" in answer.text) == (422, True)
    assert stored(ppt, "received_on") == {"e1": "2026-11-20"}


def test_the_own_number_is_written_in_place(ppt: Pages) -> None:
    client, number = ppt.as_("petra"), case(ppt, "e2")
    client.post("/ppt/nummer", data={"case": number, "reference": " 2026/114 "})
    assert cases_on(client.get("/ppt").text) == ["e1", "2026/114", "e5"]
    answer = client.post("/ppt/nummer", data={"case": number, "reference": "010114 12345"})
    assert (answer.status_code, "fødselsnummer" in answer.text) == (422, True)
    client.post("/ppt/nummer", data={"case": number, "reference": ""})
    assert cases_on(client.get("/ppt").text) == ["e1", "e2", "e5"]


def test_the_head_of_ppt_assigns_and_nobody_else(ppt: Pages) -> None:
    form = {"case": [case(ppt, "e3"), case(ppt, "e1")], "on": "26.11.2026", "adviser": "anne"}
    assert ppt.as_("petra").post("/ppt/fordel", data=form).status_code == 403
    assert ppt.as_("rita").post("/ppt/fordel", data=form).status_code == 403
    assert 'formaction="/ppt/fordel"' not in ppt.as_("petra").get("/ppt").text
    client = ppt.as_("liv")
    answer = client.post("/ppt/fordel", data=form | {"instead": "ja"})
    assert "Anne 2 · Petra 1 · ikke fordelt 0" in client.get("/ppt").text
    assert cases_on(ppt.as_("anne").get("/ppt").text) == ["e1", "e3"]
    assert cases_on(ppt.as_("petra").get("/ppt").text) == ["e2", "e5"]
    (events,) = re.findall(r"hva=([\d-]+)", answer.headers["location"])
    client.post("/ppt/angre", data={"what": events})
    assert cases_on(ppt.as_("petra").get("/ppt").text) == ["e1", "e2", "e5"]


def test_an_adviser_who_is_not_there_is_not_found(ppt: Pages) -> None:
    client, number = ppt.as_("liv"), case(ppt, "e3")
    for form in ({}, {"other": "hvem"}):
        data = {"case": number, "on": "26.11.2026"} | form
        assert client.post("/ppt/fordel", data=data).status_code == 422
    assert ppt.rows("SELECT count(*) FROM role_grant WHERE role = 'ppt_radgiver'") == [(4,)]


def test_what_one_does_not_see_is_not_found(ppt: Pages) -> None:
    for person, key in (("anne", "e1"), ("liv", "e5")):
        form = {"case": case(ppt, key), "on": "26.11.2026"}
        assert ppt.as_(person).post("/ppt/foreligger", data=form).status_code == 404
    assert ppt.as_("liv").post("/ppt/foreligger", data={"case": "x"}).status_code == 422
    assert stored(ppt, "received_on") == {}


SUBSTITUTE = {"away": "petra", "taker": "anne", "start": "26.11.2026", "end": "18.12.2026"}


@pytest.mark.parametrize("person", ["petra", "liv"])
def test_somebody_stands_in_for_an_adviser(ppt: Pages, person: str) -> None:
    """Set by the adviser or by the head of PPT; the protected pupil comes along."""
    client = ppt.as_(person)
    assert "PPT-rådgiver (3 elever)" in client.post("/vikar/se", data=SUBSTITUTE).text
    assert client.post("/vikar", data=SUBSTITUTE).status_code == 303
    assert cases_on(ppt.as_("anne").get("/ppt").text) == ["e1", "e2", "e5"]
    page = ppt.as_("liv").get("/ppt").text
    assert "Anne (for Petra), Petra" in page
    assert "Petra 2 · ikke fordelt 1" in page  # a substitute is no second holder
    client.post("/vikar/slutt", data={"away": "petra", "taker": "anne"})
    assert cases_on(ppt.as_("anne").get("/ppt").text) == []


def test_a_rektor_sets_no_substitute_for_ppt(ppt: Pages) -> None:
    assert ppt.as_("rita").post("/vikar", data=SUBSTITUTE).status_code == 403


def test_a_page_that_is_old_delivers_nothing_over_another(ppt: Pages) -> None:
    petra, form = ppt.as_("petra"), {"case": str(case(ppt, "e1")), "note": "", "valid_to": ""}
    assert petra.post("/ppt/foreligger", data=form | {"on": "18.11.26"}).status_code == 303
    again = petra.post("/ppt/foreligger", data=form | {"on": "20.11.26"})
    assert (again.status_code, "Levert 18.11.2026 fra før" in again.text) == (422, True)
    assert stored(ppt, "received_on")["e1"] == "2026-11-18"
