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
