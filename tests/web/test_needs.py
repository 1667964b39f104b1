"""/behov: the undecided on top with their reasons, decided for many at once, and taken back."""

import re
from typing import Any

from starlette.testclient import TestClient

from tests.web.conftest import Pages

AT = "/behov?ar=2027-28"


def ids(pages: Pages) -> dict[str, int]:
    return dict(pages.rows("SELECT key, id FROM pupil"))


def lia(pages: Pages) -> dict[str, str]:
    ((number,),) = pages.rows("SELECT id FROM school WHERE key = 'lia'")
    return {"skole": str(number), "ar": "2027-28"}


def decide(pages: Pages, client: TestClient, keys: str, word: str, **typed: str) -> Any:
    known = ids(pages)
    chosen = [str(known[key]) for key in keys.split()]
    return client.post("/behov", data=lia(pages) | {"pupil": chosen, "word": word} | typed)


def heading(text: str) -> str:
    found = re.search(r'id="hvem" tabindex="-1">([^<]+)<', text)
    assert found is not None
    return found[1]


def test_the_page_shows_why_and_what_each_rule_rests_on(still: Pages) -> None:
    text = still.as_("rita").get("/behov").text  # from November the next year
    assert "Behov for 2027-28" in text
    assert heading(text) == "3 elever er ikke avklart"
    assert text.count("Vedtaket går ut: vedtaket gjelder til 31.07.2027") == 3
    assert text.count("(veiledning, Udirs veileder 7.4)") == 3
    assert text.count("(lov, opplæringslova § 11-7 første ledd)") == 3
    assert text.count("ny sakkyndig vurdering, nytt vedtak") == 3
    assert text.count('type="checkbox"') == 3
    before = still.as_("rita").get("/behov?ar=2026-27").text
    assert heading(before) == "0 elever er ikke avklart"
    assert "3 elever er avklart" in before


def test_a_teacher_reads_the_own_pupils_and_decides_nothing(still: Pages) -> None:
    text = still.as_("per").get(AT).text
    assert ("Elev e1" in text, "Elev e2" in text) == (True, False)
    assert 'type="checkbox"' not in text
    menus = {
        who: 'href="/behov"' in still.as_(who).get("/saker").text
        for who in ("kari", "heidi", "rita", "olav")
    }
    assert menus == {"kari": False, "heidi": True, "rita": True, "olav": False}


def test_what_one_does_not_see_is_not_found(still: Pages) -> None:
    rita = still.as_("rita")
    answers = [
        rita.get("/behov?skole=999").status_code,
        rita.get("/behov?ar=tull").status_code,
        decide(still, rita, "f1", "need").status_code,
        decide(still, still.as_("heidi"), "e1 e5", "need").status_code,
        decide(still, still.as_("kari"), "e1", "need").status_code,
        decide(still, rita, "e1", "maybe").status_code,
    ]
    assert answers == [404, 404, 404, 404, 403, 422]
    assert still.rows("SELECT count(*) FROM event WHERE act = 'need'") == [(0,)]


def test_a_yes_for_several_is_confirmed_and_undone_at_once(pages: Pages) -> None:
    client = pages.as_("heidi")
    answer = decide(pages, client, "e1 e2", "need", on="2.11.26")
    assert answer.status_code == 303
    text = client.get(answer.headers["location"]).text
    assert "Meldt behov for ny sakkyndig vurdering: 2 elever." in text
    assert (heading(text), "2 elever er avklart" in text) == ("1 elev er ikke avklart", True)
    stored = pages.rows("SELECT needed_since FROM assessment WHERE year = 2027")
    assert [str(day)[:10] for (day,) in stored] == ["2026-11-02"] * 2
    known = ids(pages)
    form = lia(pages) | {"word": "need", "pupil": [str(known["e1"]), str(known["e2"])]}
    undone = client.post("/behov/angre", data=form)
    text = client.get(undone.headers["location"]).text
    assert "Angret: det må avklares på nytt." in text
    assert heading(text) == "3 elever er ikke avklart"
    acts = pages.rows("SELECT act, reason FROM event WHERE table_name = 'assessment' ORDER BY id")
    assert acts == [("need", None)] * 2 + [("withdraw need", "angret")] * 2


def test_a_no_needs_a_reason_and_what_was_typed_is_kept(pages: Pages) -> None:
    client = pages.as_("rita")
    refused = decide(pages, client, "e1 e3", "no_need", on="24.11.2026")
    assert (refused.status_code, "Skriv hvorfor det ikke trengs noe nytt." in refused.text) == (
        422,
        True,
    )
    assert refused.text.count(" checked") == 2
    assert 'value="24.11.2026"' in refused.text
    # Enter in the field of the reason presses the first button of the form.
    wrong = decide(pages, client, "e1", "need", reason="har utbytte")
    assert (wrong.status_code, "trykk «Trenger ikke»" in wrong.text) == (422, True)
    assert decide(pages, client, "", "need").status_code == 422
    assert decide(pages, client, "e1", "need", on="snart").status_code == 422
    assert pages.rows("SELECT count(*) FROM case_move") == [(0,)]
    done = decide(pages, client, "e1 e3", "no_need", reason="har utbytte")
    text = client.get(done.headers["location"]).text
    assert "Trenger ikke noe nytt: 2 elever." in text
    assert text.count('<span class="hint">har utbytte</span>') == 2


def test_what_somebody_else_decided_meanwhile_is_said(pages: Pages) -> None:
    decide(pages, pages.as_("heidi"), "e2", "no_need", reason="har utbytte")
    late = decide(pages, pages.as_("rita"), "e1 e2", "need")
    assert late.status_code == 422
    assert "Elev e2: noen andre har avklart dette imens." in late.text
    assert pages.rows("SELECT count(*) FROM assessment WHERE year = 2027") == [(0,)]


def test_only_a_new_vedtak_needs_an_assessment_that_holds(pages: Pages) -> None:
    client = pages.as_("rita")
    refused = decide(pages, client, "e1 e2", "vedtak")
    assert refused.status_code == 422
    assert "Ikke registrert for Elev e1." in refused.text
    pages.run(
        "UPDATE assessment SET received_on = '2026-05-01', valid_to = '2030-07-31'"
        " WHERE pupil_id = (SELECT id FROM pupil WHERE key = 'e1')"
    )
    done = decide(pages, client, "e1", "vedtak")
    assert "Bedt om samtykke til nytt vedtak: Elev e1." in client.get(done.headers["location"]).text


def test_a_need_with_more_built_on_it_is_not_taken_back_here(pages: Pages) -> None:
    client = pages.as_("rita")
    decide(pages, client, "e1", "need")
    number = ids(pages)["e1"]
    pages.run(
        "UPDATE assessment SET referred_on = '2026-11-26' WHERE year = 2027"
        " AND pupil_id = (SELECT id FROM pupil WHERE key = 'e1')"
    )
    form = lia(pages) | {"word": "need", "pupil": str(number)}
    refused = client.post("/behov/angre", data=form)
    assert (refused.status_code, "Saken er i gang for Elev e1" in refused.text) == (422, True)


def test_a_year_without_a_skolerute_says_so(still: Pages) -> None:
    assert "Skoleruten for 2030-31 mangler" in still.as_("rita").get("/behov?ar=2030-31").text


def test_p1_and_p2_say_how_many_they_do_not_count_yet(still: Pages) -> None:
    said = "3 elever er ikke avklart for 2027-28, og telles ikke med ennå."
    texts = {
        (who, code): still.as_(who).get(f"/indikatorer/{code}?ar=2027-28").text
        for who in ("rita", "heidi", "eli")
        for code in ("P1", "P2", "P3")
    }
    told = {key for key, text in texts.items() if said in text}
    assert told == {(who, code) for who in ("rita", "heidi") for code in ("P1", "P2")}
    assert all('href="/behov?skole=' in texts[key] for key in told)
    now = still.as_("rita").get("/indikatorer/P1?ar=2026-27").text
    assert "telles ikke med ennå" not in now
