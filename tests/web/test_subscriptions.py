"""Kalender (S7): a feed is made, copied, seen, renewed and switched off, by its own person only."""

import re

from tests.web.conftest import Pages

NEW = {"skjema": "a", "hva": "deadlines person", "niva": "counts", "navn": "mobil"}
ADDRESS = re.compile(r'value="(http://testserver(/feeds/[\w-]{43}/iop-frister\.ics))"')


def test_the_address_is_shown_once_and_works_at_once(pages: Pages) -> None:
    kari = pages.as_("kari")
    made = kari.post("/kalender", data=NEW)
    found = ADDRESS.search(made.text)
    assert found is not None
    assert f'href="webcal://testserver{found[2]}"' in made.text
    assert made.headers["cache-control"] == "no-store"
    assert pages.as_(None).get(found[2]).text.count("BEGIN:VEVENT") > 0
    again = kari.get("/kalender").text
    assert found[2].split("/")[2] not in again
    assert "mobil" in again


def test_when_it_was_last_fetched_is_told_by_kind_of_program(pages: Pages) -> None:
    kari = pages.as_("kari")
    found = ADDRESS.search(kari.post("/kalender", data=NEW).text)
    assert found is not None
    assert "Ikke hentet ennå" in kari.get("/kalender").text
    pages.as_(None).get(found[2], headers={"User-Agent": "Google-Calendar-Importer"})
    assert "26.11.2026 (Google)" in kari.get("/kalender").text


def test_what_is_offered_is_what_ones_roles_see(still: Pages) -> None:
    offered = {
        who: re.findall(r'name="hva" value="([^"]+)"', still.as_(who).get("/kalender").text)
        for who in ("kari", "heidi", "rita", "olav", "eli", "ada")
    }
    assert offered["kari"] == ["deadlines person", "deadlines unit:3a", "wheel person"]
    assert offered["heidi"] == [
        "deadlines person",
        "deadlines unit:smatrinn",
        "wheel person",
        "dates person",
    ]
    assert "deadlines school:lia" in offered["rita"]
    assert "deadlines school:lia" in offered["olav"]
    assert offered["eli"] == ["wheel person", "dates person"]
    assert "deadlines person" not in offered["ada"]


def test_every_offer_can_be_taken_and_no_other_place(pages: Pages) -> None:
    for who in ("kari", "heidi", "rita", "olav", "eli"):
        client = pages.as_(who)
        for value in re.findall(r'name="hva" value="([^"]+)"', client.get("/kalender").text):
            made = client.post("/kalender", data=NEW | {"hva": value, "skjema": value})
            assert ADDRESS.search(made.text), (who, value)
    kari = pages.as_("kari")
    for other in ("deadlines school:lia", "dates person", "wheel school:fjell"):
        assert kari.post("/kalender", data=NEW | {"hva": other}).status_code == 403, other
    assert kari.post("/kalender", data=NEW | {"hva": "wheel unit:3a"}).status_code == 422
    assert kari.post("/kalender", data=NEW | {"niva": "names"}).status_code == 422
    long = kari.post("/kalender", data=NEW | {"navn": "x" * 41})
    assert (long.status_code, "inntil 40 tegn" in long.text) == (422, True)


def test_a_new_address_and_the_end_are_for_the_person_alone(pages: Pages) -> None:
    kari = pages.as_("kari")
    old = ADDRESS.search(kari.post("/kalender", data=NEW).text)
    assert old is not None
    for path in ("/kalender", "/kalender/av"):
        assert pages.as_("heidi").post(path, data={"nr": "1"}).status_code == 404
        assert pages.as_("ada").post(path, data={"nr": "1"}).status_code == 404
    new = ADDRESS.search(kari.post("/kalender", data={"nr": "1", "skjema": "b"}).text)
    assert new is not None
    assert new[2] != old[2]
    assert pages.as_(None).get(old[2]).text.count("BEGIN:VEVENT") > 1  # for thirty days
    assert kari.post("/kalender/av", data={"nr": "2"}).headers["location"] == "/kalender?av=ja"
    assert pages.as_(None).get(new[2]).text.count("BEGIN:VEVENT") == 1
    assert "Slått av" in kari.get("/kalender").text


def test_a_form_sent_twice_gives_one_calendar_and_the_same_address(pages: Pages) -> None:
    kari = pages.as_("kari")
    made = [ADDRESS.search(kari.post("/kalender", data=NEW).text) for _turn in range(2)]
    form = {"nr": "1", "skjema": "b"}
    renewed = [ADDRESS.search(kari.post("/kalender", data=form).text) for _turn in range(2)]
    found = [one[2] if one else "" for one in (*made, *renewed)]
    assert (found[0], found[2]) == (found[1], found[3])
    assert found[0] != found[2]
    assert len(pages.rows("SELECT id FROM feed_token")) == 2
    # Another log-in, also of the same person, gets another from the same form.
    again = ADDRESS.search(pages.as_("kari").post("/kalender", data=NEW).text)
    assert again is not None
    assert again[2] not in found


def test_who_the_codes_are_is_told_after_log_in_to_the_person_alone(pages: Pages) -> None:
    heidi = pages.as_("heidi")
    form = NEW | {"hva": "deadlines unit:smatrinn", "niva": "codes"}
    found = ADDRESS.search(heidi.post("/kalender", data=form).text)
    assert found is not None
    written = pages.as_(None).get(found[2]).text.replace("\r\n ", "")
    in_file = set(re.findall(r": sak ([A-Z2-7]{6})", written))
    page = heidi.get("/kalender/1/koder").text
    told = dict(re.findall(r'<th scope="row">(\w{6})</th><td[^>]*>([^<]+)<', page))
    assert in_file
    assert in_file <= set(told)
    protected = {name for (name,) in pages.rows("SELECT name FROM pupil WHERE protected")}
    assert not protected & set(told.values())
    for other in ("kari", "rita", "ada"):
        assert pages.as_(other).get("/kalender/1/koder").status_code == 404
