"""Why somebody gets mails, and how often they want them."""

from tests.web.conftest import Pages


def test_one_chooses_how_often_and_only_for_oneself(pages: Pages) -> None:
    client = pages.as_("kari")
    assert 'value="nudge" checked' in client.get("/paminnelser").text
    answer = client.post("/paminnelser", data={"wish": "weekly"})
    assert "Valget ditt er lagret" in client.get(str(answer.headers["location"])).text
    assert pages.rows("SELECT key FROM person WHERE wish = 'weekly'") == [("kari",)]
    assert 'value="weekly" checked' in client.get("/paminnelser").text


def test_a_choice_that_is_none_changes_nothing(pages: Pages) -> None:
    assert pages.as_("kari").post("/paminnelser", data={"wish": "never"}).status_code == 422
    assert pages.rows("SELECT count(*) FROM person WHERE wish <> 'nudge'") == [(0,)]


def test_whose_address_is_refused_is_told(pages: Pages) -> None:
    told = "E-posttjeneren kjenner ikke adressen din"
    assert told not in pages.as_("kari").get("/paminnelser").text
    pages.run("UPDATE person SET email = 'k@example.no', refused_email = 'k@example.no'")
    assert told in pages.as_("kari").get("/paminnelser").text


def test_the_next_mail_is_told_with_how_much_is_in_it(pages: Pages) -> None:
    pages.run("UPDATE person SET email = key || '@example.no'")
    for who in ("kari", "heidi"):
        page = pages.as_(who).get("/paminnelser").text
        assert "mandag 30.11.2026 kl. 07.00: " in page
    assert "Leder du noen" in pages.as_("heidi").get("/paminnelser").text
    assert "Leder du noen" not in pages.as_("kari").get("/paminnelser").text


def test_a_choice_that_was_changed_meanwhile_is_told_and_kept(pages: Pages) -> None:
    pages.run("UPDATE person SET wish = 'weekly' WHERE key = 'kari'")
    form = {"wish": "june", "seen": "nudge"}
    answer = pages.as_("kari").post("/paminnelser", data=form)
    assert (answer.status_code, "Valget er endret imens" in answer.text) == (422, True)
    assert 'value="june" checked' in answer.text
    assert pages.rows("SELECT wish FROM person WHERE key = 'kari'") == [("weekly",)]
