"""Who may open and do what on the pages: one table of people and routes, and none left out."""

from collections.abc import Iterator

import pytest

from iopflow.web.app import ROUTES
from tests.databases import KINDS, Databases, databases
from tests.web.conftest import Pages


@pytest.fixture(scope="session", params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Both databases: here every page is read."""
    with databases(request.param) as made:
        yield made


PEOPLE = ("kari", "heidi", "rita", "per", "olav", "eli", "ada", None)
OK, AWAY, NO, LOST, BAD = 200, 303, 403, 404, 422
# What each gets, in the order of PEOPLE; forms are sent empty.
EXPECTED: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/"): (AWAY,) * 8,
    ("GET", "/hjem"): (OK,) * 7 + (AWAY,),
    ("GET", "/oppsett"): (OK,) * 7 + (AWAY,),
    ("GET", "/logg-inn"): (OK,) * 8,
    ("POST", "/logg-inn"): (LOST,) * 8,
    ("POST", "/logg-inn/e-post"): (LOST,) * 8,
    ("GET", "/logg-inn/oidc"): (LOST,) * 8,
    ("GET", "/logg-inn/tilbake"): (LOST,) * 8,
    ("GET", "/logg-inn/ferdig"): (OK,) * 7 + (AWAY,),
    ("GET", "/logg-inn/{token}"): (LOST,) * 8,
    ("POST", "/logg-inn/{token}"): (LOST,) * 8,
    ("POST", "/logg-ut"): (AWAY,) * 8,
    ("GET", "/konto"): (OK,) * 7 + (AWAY,),
    ("POST", "/konto/logg-ut"): (LOST,) * 7 + (NO,),
    ("POST", "/konto/koble"): (BAD,) * 7 + (NO,),
    ("POST", "/konto/koble-fra"): (LOST,) * 7 + (NO,),
    ("POST", "/sprak"): (LOST,) * 8,
    ("GET", "/mine"): (OK, OK, OK, OK, OK, NO, NO, AWAY),
    ("GET", "/masse"): (OK, OK, OK, OK, NO, NO, NO, AWAY),
    ("GET", "/matrise"): (OK, OK, OK, OK, NO, NO, NO, AWAY),
    ("GET", "/matrise/celle"): (LOST, LOST, LOST, LOST, NO, NO, NO, AWAY),
    ("GET", "/sporsmal"): (OK,) * 7 + (AWAY,),
    ("POST", "/sporsmal"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("POST", "/sporsmal/svar"): (LOST,) * 7 + (NO,),
    ("POST", "/sporsmal/angre"): (LOST,) * 7 + (NO,),
    ("GET", "/samtaler"): (OK, OK, OK, OK, NO, NO, NO, AWAY),
    ("GET", "/utskrift.css"): (OK,) * 7 + (AWAY,),
    ("GET", "/behov"): (OK, OK, OK, OK, OK, NO, NO, AWAY),
    ("POST", "/behov"): (NO, BAD, BAD, NO, NO, NO, NO, NO),
    ("POST", "/behov/angre"): (NO, BAD, BAD, NO, NO, NO, NO, NO),
    ("POST", "/oppgaver/gjort"): (BAD, BAD, BAD, BAD, NO, NO, NO, NO),
    ("POST", "/oppgaver/ikke-aktuelt"): (BAD, BAD, BAD, BAD, NO, NO, NO, NO),
    ("POST", "/oppgaver/hjelp"): (BAD, BAD, BAD, BAD, NO, NO, NO, NO),
    ("POST", "/oppgaver/ny-dato"): (BAD, BAD, BAD, BAD, NO, NO, NO, NO),
    ("POST", "/oppgaver/samtale"): (BAD, BAD, BAD, BAD, NO, NO, NO, NO),
    ("POST", "/oppgaver/angre"): (BAD, BAD, BAD, BAD, NO, NO, NO, NO),
    ("GET", "/elev/{number}"): (LOST,) * 5 + (NO, NO, AWAY),
    ("GET", "/saker"): (NO, OK, OK, NO, NO, NO, NO, AWAY),
    ("GET", "/sak/{number}"): (LOST,) * 5 + (NO, NO, AWAY),
    ("POST", "/sak/{number}"): (LOST,) * 5 + (NO, NO, NO),
    ("POST", "/sak/{number}/trekk"): (LOST,) * 5 + (NO, NO, NO),
    ("GET", "/nettverk"): (NO, NO, OK, NO, NO, OK, NO, AWAY),
    ("GET", "/nettverk/filer"): (NO, NO, OK, NO, NO, OK, NO, AWAY),
    ("POST", "/nettverk/filer"): (NO, NO, BAD, NO, NO, BAD, NO, NO),
    ("GET", "/nettverk/samling/1"): (NO, NO, OK, NO, NO, OK, NO, AWAY),
    ("GET", "/nettverk/samling/2"): (NO, NO, OK, NO, NO, OK, NO, AWAY),
    ("GET", "/nettverk/samling/3"): (NO, NO, OK, NO, NO, OK, NO, AWAY),
    ("GET", "/nettverk/samling/4"): (NO, NO, OK, NO, NO, OK, NO, AWAY),
    ("GET", "/nettverk/samling/juni"): (NO, NO, OK, NO, NO, OK, NO, AWAY),
    ("GET", "/indikatorer"): (NO, OK, OK, NO, NO, OK, NO, AWAY),
    ("GET", "/indikatorer/{code}"): (NO, OK, OK, NO, NO, OK, NO, AWAY),
    ("POST", "/indikatorer/{code}/arsak"): (NO, BAD, BAD, NO, NO, NO, NO, NO),
    ("POST", "/indikatorer/{code}/arsak/angre"): (NO, BAD, BAD, NO, NO, NO, NO, NO),
    ("POST", "/indikatorer/{code}/kommentar"): (NO, NO, AWAY, NO, NO, NO, NO, NO),
    ("POST", "/indikatorer/{code}/tiltak"): (NO, NO, BAD, NO, NO, NO, NO, NO),
    ("GET", "/tiltak"): (NO, OK, OK, NO, NO, OK, NO, AWAY),
    ("POST", "/tiltak"): (NO, NO, LOST, NO, NO, NO, NO, NO),
    ("POST", "/tiltak/angre"): (BAD,) * 7 + (NO,),
    ("POST", "/tiltak/avvik"): (NO, NO, LOST, NO, NO, NO, NO, NO),
    ("GET", "/tiltak/avvik/ny"): (NO, NO, OK, NO, NO, NO, NO, AWAY),
    ("POST", "/tiltak/avvik/ny"): (NO, NO, OK, NO, NO, NO, NO, NO),
    ("GET", "/tiltak/avvik/{number}"): (LOST,) * 7 + (AWAY,),
    ("POST", "/tiltak/avvik/{number}/endre"): (NO, NO, LOST, NO, NO, NO, NO, NO),
    ("POST", "/tiltak/avvik/{number}/lukk"): (LOST,) * 7 + (NO,),
    ("GET", "/tiltak/{number}"): (LOST,) * 7 + (AWAY,),
    ("POST", "/tiltak/{number}/endre"): (NO, NO, LOST, NO, NO, NO, NO, NO),
    ("POST", "/tiltak/{number}/gjort"): (LOST,) * 7 + (NO,),
    ("POST", "/tiltak/{number}/lukk"): (NO, NO, LOST, NO, NO, NO, NO, NO),
    ("GET", "/verdier"): (NO, OK, OK, NO, OK, OK, NO, AWAY),
    ("GET", "/verdier/{figure}"): (NO, OK, OK, NO, OK, OK, NO, AWAY),
    ("POST", "/verdier/{figure}"): (NO, NO, BAD, NO, BAD, NO, NO, NO),
    ("POST", "/verdier/{figure}/angre"): (NO, NO, BAD, NO, BAD, NO, NO, NO),
    ("POST", "/verdier/{figure}/fjern"): (NO, NO, LOST, NO, LOST, NO, NO, NO),
    ("GET", "/telling"): (NO, OK, OK, NO, OK, OK, NO, AWAY),
    ("GET", "/telling/gsi"): (NO, NO, OK, NO, OK, NO, NO, AWAY),
    ("GET", "/prognose"): (NO, OK, OK, NO, NO, OK, NO, AWAY),
    ("GET", "/frys"): (NO, NO, OK, NO, NO, NO, NO, AWAY),
    ("POST", "/frys"): (NO, NO, LOST, NO, NO, NO, NO, NO),
    ("GET", "/rapport"): (NO, NO, OK, NO, NO, OK, NO, AWAY),
    ("GET", "/innsyn"): (NO, NO, OK, NO, NO, NO, NO, AWAY),
    ("GET", "/arshjul"): (OK,) * 7 + (AWAY,),
    ("GET", "/arshjul/rediger"): (NO, NO, OK, NO, NO, NO, NO, AWAY),
    ("POST", "/arshjul/rediger/se"): (NO, NO, BAD, NO, NO, NO, NO, NO),
    ("POST", "/arshjul/rediger"): (NO, NO, BAD, NO, NO, NO, NO, NO),
    ("POST", "/arshjul/rediger/tilbake"): (NO, NO, LOST, NO, NO, NO, NO, NO),
    ("GET", "/arshjul/rediger/fil"): (NO, NO, LOST, NO, NO, NO, NO, AWAY),
    ("GET", "/skolerute"): (NO, NO, OK, NO, OK, NO, OK, AWAY),
    ("POST", "/skolerute/se"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("POST", "/skolerute"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("POST", "/skolerute/angre"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("GET", "/vikar"): (OK,) * 7 + (AWAY,),
    ("POST", "/vikar/se"): (BAD,) * 7 + (NO,),
    ("POST", "/vikar"): (BAD,) * 7 + (NO,),
    ("POST", "/vikar/slutt"): (LOST,) * 7 + (NO,),
    ("GET", "/personer"): (NO, OK, OK, NO, NO, NO, OK, AWAY),
    ("GET", "/personer/ny"): (NO, NO, OK, NO, NO, NO, OK, AWAY),
    ("POST", "/personer/ny"): (NO, NO, BAD, NO, NO, NO, BAD, NO),
    ("GET", "/personer/{number}"): (NO, LOST, LOST, NO, NO, NO, LOST, AWAY),
    ("POST", "/personer/{number}"): (NO, LOST, LOST, NO, NO, NO, LOST, NO),
    ("POST", "/personer/{number}/rolle"): (NO, LOST, LOST, NO, NO, NO, LOST, NO),
    ("POST", "/personer/{number}/slutt"): (NO, LOST, LOST, NO, NO, NO, LOST, NO),
    ("POST", "/personer/{number}/slutter"): (NO, LOST, LOST, NO, NO, NO, LOST, NO),
    ("POST", "/personer/{number}/angre"): (NO, LOST, LOST, NO, NO, NO, LOST, NO),
    ("GET", "/historikk"): (OK,) * 7 + (AWAY,),
    ("POST", "/historikk/angre"): (BAD,) * 7 + (NO,),
    ("GET", "/hjelp"): (OK,) * 8,
    ("GET", "/tilgjengelighet"): (OK,) * 8,
    ("GET", "/personvern"): (OK,) * 8,
    ("GET", "/paminnelser"): (OK,) * 7 + (AWAY,),
    ("POST", "/paminnelser"): (BAD,) * 7 + (NO,),
    ("GET", "/kalender"): (OK,) * 7 + (AWAY,),
    ("POST", "/kalender"): (BAD,) * 7 + (NO,),
    ("GET", "/kalender/{number}/koder"): (LOST,) * 7 + (AWAY,),
    ("POST", "/kalender/av"): (LOST,) * 7 + (NO,),
    ("GET", "/moter"): (NO, OK, OK, NO, NO, NO, NO, AWAY),
    ("POST", "/moter"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("GET", "/moter/{number}"): (NO, LOST, LOST, NO, NO, NO, NO, AWAY),
    ("POST", "/moter/{number}/flytt"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("POST", "/moter/{number}/avlys"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("POST", "/moter/{number}/inviter"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("POST", "/moter/{number}/ta-av"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("POST", "/moter/{number}/svar"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("GET", "/ppt"): (NO,) * 7 + (AWAY,),
    ("POST", "/ppt/foreligger"): (NO,) * 8,
    ("POST", "/ppt/mangler"): (NO,) * 8,
    ("POST", "/ppt/fullstendig"): (NO,) * 8,
    ("POST", "/ppt/nummer"): (NO,) * 8,
    ("POST", "/ppt/fordel"): (NO,) * 8,
    ("POST", "/ppt/angre"): (NO,) * 8,
    ("GET", "/ppt/moter"): (NO, OK, OK, NO, NO, NO, NO, AWAY),
    ("POST", "/ppt/moter"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("GET", "/ppt/moter/{number}"): (NO, LOST, LOST, NO, NO, NO, NO, AWAY),
    ("POST", "/ppt/moter/{number}/saker"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("POST", "/ppt/moter/{number}/holdt"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("POST", "/ppt/moter/{number}/trekk"): (NO, LOST, LOST, NO, NO, NO, NO, NO),
    ("GET", "/arsskifte"): (NO, NO, OK, NO, OK, NO, OK, AWAY),
    ("POST", "/arsskifte/elever"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("POST", "/arsskifte/ansvar"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("POST", "/arsskifte/se"): (NO, NO, OK, NO, OK, NO, OK, NO),
    ("POST", "/arsskifte/apne"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("POST", "/arsskifte/lukk"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("POST", "/arsskifte/angre"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("GET", "/enheter"): (NO, NO, OK, NO, OK, NO, OK, AWAY),
    ("POST", "/enheter"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("POST", "/enheter/angre"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("GET", "/enheter/{number}"): (NO, NO, LOST, NO, LOST, NO, LOST, AWAY),
    ("POST", "/enheter/{number}/navn"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("POST", "/enheter/{number}/avdeling"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("POST", "/enheter/{number}/del"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("POST", "/enheter/{number}/sla-sammen"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("POST", "/enheter/{number}/lukk"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("GET", "/like-elever"): (NO, NO, OK, NO, OK, NO, OK, AWAY),
    ("POST", "/like-elever/angre"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("GET", "/like-elever/{number}/{other}"): (NO, NO, LOST, NO, LOST, NO, LOST, AWAY),
    ("POST", "/like-elever/{number}/{other}"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("POST", "/like-elever/{number}/{other}/se"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("POST", "/like-elever/{number}/{other}/ikke-samme"): (
        *(NO, NO, LOST, NO),
        *(LOST, NO, LOST, NO),
    ),
    ("GET", "/svar/{token}"): (LOST,) * 8,
    ("POST", "/svar/{token}"): (LOST,) * 8,
    ("GET", "/import"): (NO, NO, OK, NO, OK, NO, OK, AWAY),
    ("POST", "/import"): (NO, NO, BAD, NO, BAD, NO, BAD, NO),
    ("GET", "/import/mal.xlsx"): (NO, NO, OK, NO, OK, NO, OK, AWAY),
    ("GET", "/import/uttrekk.xlsx"): (NO, NO, OK, NO, OK, NO, OK, AWAY),
    ("GET", "/import/gjort/{number}"): (NO, NO, LOST, NO, LOST, NO, LOST, AWAY),
    ("POST", "/import/gjort/{number}/angre"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("GET", "/import/gjort/{number}/avvist.csv"): (NO, NO, LOST, NO, LOST, NO, LOST, AWAY),
    ("GET", "/import/{number}"): (NO, NO, LOST, NO, LOST, NO, LOST, AWAY),
    ("POST", "/import/{number}/kolonner"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("POST", "/import/{number}/rett"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    # What has been imported meanwhile is in the list: whoever clicks twice is led there.
    ("POST", "/import/{number}/importer"): (NO, NO, AWAY, NO, AWAY, NO, AWAY, NO),
    ("POST", "/import/{number}/avbryt"): (NO, NO, LOST, NO, LOST, NO, LOST, NO),
    ("GET", "/import/{number}/avvist.csv"): (NO, NO, LOST, NO, LOST, NO, LOST, AWAY),
    ("GET", "/drift"): (NO, NO, NO, NO, NO, NO, OK, AWAY),
}


def test_every_route_has_its_row() -> None:
    assert sorted(EXPECTED) == sorted((route.method, route.path) for route in ROUTES)


@pytest.mark.parametrize("person", PEOPLE)
def test_what_each_person_gets_of_each_page(still: Pages, person: str | None) -> None:
    place = PEOPLE.index(person)
    found, wanted = {}, {}
    with still.as_(person) as usual, still.as_(person) as leaving:
        for (method, path), answers in EXPECTED.items():
            # A log-out must not be felt by the next.
            client = leaving if path == "/logg-ut" else usual
            answer = client.request(method, path.replace("{figure}", "R1").replace("{code}", "P3"))
            found[method, path] = answer.status_code
            wanted[method, path] = answers[place]
    assert found == wanted


def test_a_start_page_is_the_job(still: Pages) -> None:
    starts = {who: still.as_(who).get("/").headers["location"] for who in PEOPLE}
    assert starts == {
        "kari": "/mine",
        "heidi": "/matrise",
        "rita": "/indikatorer",
        "per": "/mine",
        "olav": "/oppsett",
        "eli": "/indikatorer",
        "ada": "/drift",
        None: "/logg-inn",
    }


def test_another_classs_task_is_not_found_in_the_same_words_as_one_that_is_not_there(
    pages: Pages,
) -> None:
    theirs = pages.task("iop.elevsamtale_host", "f1")
    siri = pages.task("iop.halvarsevaluering", "e1")
    for person, number in (("kari", theirs), ("siri", siri)):
        client = pages.as_(person)
        seen = client.post("/oppgaver/gjort", data={"task": number, "on": "25.11.2026"})
        unknown = client.post("/oppgaver/gjort", data={"task": 999_999, "on": "25.11.2026"})
        assert (seen.status_code, seen.text) == (404, unknown.text)
    assert pages.rows("SELECT count(*) FROM happening") == [(0,)]


def test_a_protected_pupil_is_seen_only_by_those_who_may(still: Pages) -> None:
    path = "/masse?steg=2026:iop.elevsamtale_host"
    seen = {who: "Elev e5" in still.as_(who).get(path).text for who in ("kari", "heidi", "rita")}
    assert seen == {"kari": True, "heidi": False, "rita": True}


def test_nothing_of_another_school_is_shown(still: Pages) -> None:
    for path in ("/mine", "/masse", "/matrise", "/samtaler", "/behov", "/indikatorer"):
        assert "Elev f1" not in still.as_("rita").get(path).text


def test_supervision_reads_and_is_offered_nothing_to_do(pages: Pages) -> None:
    pages.run(
        "INSERT INTO person (owner_id, key, name, wish) SELECT id, 'tora', 'Tora', 'nudge'"
        " FROM owner"
    )
    pages.run(
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
        " SELECT p.owner_id, p.id, 'tilsyn', 'school', s.id, '2026-08-01'"
        " FROM person p, school s WHERE p.key = 'tora' AND s.key = 'lia'"
    )
    client = pages.as_("tora")
    assert client.get("/").headers["location"] == "/indikatorer"
    opened = {path for method, path in EXPECTED if method == "GET" and "{" not in path}
    codes = {path: client.get(path).status_code for path in opened}
    assert {path for path, code in codes.items() if code == NO} == {
        "/masse",
        "/matrise",
        "/matrise/celle",
        "/samtaler",
        "/frys",
        "/tiltak/avvik/ny",
        "/telling/gsi",
        "/nettverk",
        "/nettverk/filer",
        *(f"/nettverk/samling/{key}" for key in ("1", "2", "3", "4", "juni")),
        "/rapport",
        "/import",
        "/import/mal.xlsx",
        "/import/uttrekk.xlsx",
        "/moter",
        "/innsyn",
        "/arshjul/rediger",
        "/arshjul/rediger/fil",
        "/skolerute",
        "/ppt",
        "/ppt/moter",
        "/saker",
        "/personer",
        "/personer/ny",
        "/drift",
        "/arsskifte",
        "/enheter",
        "/like-elever",
    }
    page = client.get("/indikatorer/P3").text
    assert ("Elev e1" in page, "Elev e5" in page, "/vikar" in page) == (True, False, False)
    for (method, path), answers in EXPECTED.items():
        asks = path == "/sporsmal"
        if method == "POST" and (
            asks or path.startswith(("/oppgaver", "/frys", "/import", "/moter"))
        ):
            assert (path, client.post(path).status_code) == (path, NO), answers
