"""Vikar: chosen, shown, set and ended on one page, with or without script."""

from tests.web.conftest import Pages

FORM = {"away": "kari", "taker": "siri", "start": "27.11.2026", "end": "18.12.2026"}


def test_a_head_sets_a_substitute_in_two_forms_and_ends_it_with_a_button(pages: Pages) -> None:
    client = pages.as_("heidi")
    shown = client.post("/vikar/se", data=FORM).text
    assert "kontaktlærer (3a), 27.11.2026–18.12.2026" in shown
    assert pages.rows("SELECT count(*) FROM role_grant WHERE for_id IS NOT NULL") == [(0,)]
    answer = client.post("/vikar", data=FORM)
    page = client.get(str(answer.headers["location"])).text
    assert "18.12.2026" in page
    assert "Avslutt nå" in page
    client.post("/vikar/slutt", data={"away": "kari", "taker": "siri"})
    assert pages.rows("SELECT count(*) FROM role_grant WHERE for_id IS NOT NULL") == [(0,)]


def test_a_teacher_sets_one_for_herself_and_for_nobody_else(pages: Pages) -> None:
    client = pages.as_("kari")
    assert client.post("/vikar", data=FORM | {"taker": "per"}).status_code == 303
    assert 'value="heidi"' not in client.get("/vikar").text.partition('name="taker"')[0]
    assert client.post("/vikar", data=FORM | {"away": "rita"}).status_code == 403


def test_a_day_that_cannot_be_is_said_and_the_form_kept(pages: Pages) -> None:
    answer = pages.as_("heidi").post("/vikar/se", data=FORM | {"end": "snart"})
    assert (answer.status_code, 'value="snart"' in answer.text) == (422, True)
    assert pages.as_("heidi").post("/vikar", data=FORM | {"end": ""}).status_code == 422


def test_an_administrator_sets_one_for_anybody_and_a_stranger_for_nobody(pages: Pages) -> None:
    assert pages.as_("ada").post("/vikar", data=FORM).status_code == 303
    assert pages.as_("eli").post("/vikar/se", data=FORM).status_code == 403
    assert "Avslutt nå" not in pages.as_("eli").get("/vikar").text


def test_a_head_gives_on_what_is_led_and_is_told_of_the_rest(pages: Pages) -> None:
    pages.run(
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
        " SELECT u.owner_id, p.id, 'faglaerer', 'unit', u.id, '2026-08-01'"
        " FROM person p, unit u WHERE p.key = 'kari' AND u.key = 'f3'"
    )
    shown = pages.as_("heidi").post("/vikar/se", data=FORM).text
    assert "1 rolle er ikke med" in shown
    assert "faglærer" not in shown
    assert pages.as_("heidi").post("/vikar", data=FORM).status_code == 303
    assert pages.rows("SELECT role FROM role_grant WHERE for_id IS NOT NULL") == [
        ("kontaktlaerer",)
    ]


def test_one_who_stands_in_for_oneself_is_told_so_in_the_form(pages: Pages) -> None:
    for path in ("/vikar/se", "/vikar"):
        answer = pages.as_("kari").post(path, data=FORM | {"taker": "kari"})
        assert (answer.status_code, "Velg en annen enn den som blir borte" in answer.text) == (
            422,
            True,
        )
        assert 'value="27.11.2026"' in answer.text


def test_the_pupils_page_leads_there(pages: Pages) -> None:
    assert "Jeg blir borte" in pages.as_("kari").get("/mine").text


def test_only_some_pupils_are_chosen_and_none_of_another(pages: Pages) -> None:
    (e1,), (f1,) = pages.rows("SELECT id FROM pupil WHERE key IN ('e1', 'f1') ORDER BY key")
    client = pages.as_("heidi")
    some = FORM | {"which": "velg", "pupil": e1}
    assert (
        "kontaktlærer (1 elev), 27.11.2026–18.12.2026" in client.post("/vikar/se", data=some).text
    )
    for wrong in (FORM | {"which": "velg"}, some | {"pupil": f1}):
        assert client.post("/vikar", data=wrong).status_code == 422
    assert client.post("/vikar", data=some).status_code == 303
    assert pages.rows("SELECT at_kind, at_id FROM role_grant WHERE for_id IS NOT NULL") == [
        ("pupil", e1)
    ]


def test_a_teacher_is_away_in_four_interactions(pages: Pages) -> None:
    """Choose who, write the last day, see, set: the rest is filled in."""
    page = pages.as_("kari").get("/vikar").text
    assert '<option value="kari" selected>Kari, Lia skole</option>' in page
    assert 'name="start" value="26.11.2026"' in page
    assert '<option value="per">Per, Lia skole</option>' in page
    form = {"away": "kari", "taker": "per", "end": "18.12.2026"}
    assert "Dette skjer" in pages.as_("kari").post("/vikar/se", data=form).text
    assert pages.as_("kari").post("/vikar", data=form).status_code == 303


def test_who_from_another_school_is_to_see_the_pupils_is_for_a_leader(pages: Pages) -> None:
    kari, heidi = pages.as_("kari"), pages.as_("heidi")
    assert "Fjell skole" not in kari.get("/vikar").text
    refused = kari.post("/vikar/se", data=FORM)
    assert (refused.status_code, "be lederen din sette inn vikaren" in refused.text) == (422, True)
    assert kari.post("/vikar", data=FORM).status_code == 422
    shown = heidi.post("/vikar/se", data=FORM).text
    assert '<option value="siri" selected>Siri, Fjell skole</option>' in shown
    assert "Siri har ingen rolle ved skolen i dag" in shown


def test_what_a_substitute_has_for_another_does_not_follow_and_is_told(pages: Pages) -> None:
    pages.as_("heidi").post("/vikar", data=FORM)
    chain = {"away": "siri", "taker": "per", "start": "27.11.2026", "end": "4.12.2026"}
    shown = pages.as_("ada").post("/vikar/se", data=chain).text
    assert "Siri er selv vikar for Kari til 18.12.2026. Det følger ikke med" in shown


def test_nobody_chosen_is_said_at_the_field(pages: Pages) -> None:
    answer = pages.as_("heidi").post("/vikar/se", data=FORM | {"taker": ""})
    assert (answer.status_code, 'href="#vikar"' in answer.text) == (422, True)
    assert 'value="18.12.2026"' in answer.text
