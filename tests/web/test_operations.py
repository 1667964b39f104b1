"""Drift: what whoever looks after the machine sees, and that it holds no pupil and no address."""

from tests.web.conftest import Pages


def test_the_administrator_begins_here_and_sees_how_it_stands(pages: Pages) -> None:
    pages.run(
        "INSERT INTO pulse (owner_id, job, at) SELECT id, 'clock', '2026-11-26 08:59:00.000000'"
        " FROM owner"
    )
    client = pages.as_("ada")
    assert client.get("/").headers["location"] == "/drift"
    page = client.get("/drift").text
    assert "26.11.2026 kl. 09.59" in page  # the clock
    assert "27.11.2026 kl. 07.00" in page  # the next sending day
    assert "Det er aldri tatt sikkerhetskopi." in page
    assert "Klokken går ikke" not in page
    assert '<a class="ds-link" href="/drift" aria-current="page">Drift</a>' in page


def test_before_seven_the_next_sending_is_today(pages: Pages) -> None:
    pages.now = pages.now.replace(hour=6)
    assert "26.11.2026 kl. 07.00" in pages.as_("ada").get("/drift").text
    pages.run("UPDATE school SET live_from = NULL")
    assert "ingen skole er i gang" in pages.as_("ada").get("/drift").text


def test_mails_are_counted_and_those_that_did_not_arrive_are_named_by_person(pages: Pages) -> None:
    for day, state, error in (
        ("2026-11-26", "due", None),
        ("2026-11-24", "sent", None),
        ("2026-11-23", "sent", None),
        ("2026-11-12", "sent", None),
        ("2026-11-20", "rejected", "550 5.1.1 kari.nordli@example.no unknown"),
    ):
        said = f"'{error}'" if error else "NULL"
        pages.run(
            "INSERT INTO mail (owner_id, send_on, person_id, kind, delivery, message_id, domain,"  # noqa: S608 - words of ours
            " decided_at, tries, error)"
            f" SELECT owner_id, '{day}', id, 'digest', '{state}', '<{day}@example.no>', 'x',"
            f" '2026-11-26 08:55:00.000000', 1, {said} FROM person WHERE key = 'kari'"
        )
    page = pages.as_("ada").get("/drift").text
    assert "<dt>Venter</dt><dd>1</dd>" in page
    assert "<dt>Sendt de siste 7 dagene</dt><dd>2</dd>" in page
    assert '<th scope="row">kari</th>' in page
    assert ">550<" in page
    assert "@example.no" not in page


def test_no_pupil_is_on_the_page(pages: Pages) -> None:
    pages.run("UPDATE pupil SET name = 'Navnet ' || id")
    page = pages.as_("ada").get("/drift").text
    assert "Ingen har ansvaret" in page
    assert "Navnet" not in page


def test_another_owners_school_is_not_on_the_page(pages: Pages) -> None:
    pages.run("INSERT INTO owner (key) VALUES ('sjoby')")
    pages.run(
        "INSERT INTO school (owner_id, key, name, municipality, language, live_from)"
        " SELECT id, 'sjoskolen', 'Sjøskolen', 'Sjøby', 'nb', '2026-08-01' FROM owner"
        " WHERE key = 'sjoby'"
    )
    page = pages.as_("ada").get("/drift").text
    assert "sjoskolen" not in page
    assert "sjoby" not in page


def test_the_page_is_in_three_languages(pages: Pages) -> None:
    client = pages.as_("ada")
    for language, word in (("nn", "Klokka gjekk sist"), ("en", "Operations")):
        client.post("/sprak", data={"sprak": language, "fra": "/drift"})
        assert word in client.get("/drift").text
