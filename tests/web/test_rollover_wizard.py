"""Årsskifte: five pages, each saves facts at once with an undo, and the last one opens the year."""

import re
from datetime import datetime

import pytest

from iopflow.clock import OSLO
from tests.web.conftest import Pages
from tests.web.parts import refuses_parts
from tests.web.test_units_page import events, number, pupil, stays

STEPS = ("1 Skolerute", "2 Elever", "3 Ansvar", "4 Årshjul", "5 Forhåndsvis")


@pytest.fixture
def summer(pages: Pages) -> Pages:
    """In June: 2027-28 has a skolerute and is not open yet; e1 goes out of the tenth grade."""
    pages.now = datetime(2027, 6, 10, 10, 0, tzinfo=OSLO)
    pages.run("DELETE FROM task WHERE year = 2027")
    pages.run("UPDATE school_year SET opened_at = NULL WHERE year = 2027")
    pages.run(f"UPDATE enrolment SET grade = 8 WHERE pupil_id = {pupil(pages, 'e1')}")  # noqa: S608
    return pages


def here(pages: Pages, step: int = 2) -> dict[str, object]:
    """The fields that every form of the wizard has."""
    ((school,),) = pages.rows("SELECT id FROM school WHERE key = 'lia'")
    return {"skole": school, "ar": "2027-28", "steg": step}


def tasks(pages: Pages) -> int:
    """How many tasks the new year has."""
    ((found,),) = pages.rows("SELECT count(*) FROM task WHERE year = 2027")
    return int(found)


def test_every_page_says_which_step_it_is_and_what_is_left(summer: Pages) -> None:
    client = summer.as_("rita")
    for step, title in enumerate(STEPS, start=1):
        page = client.get(f"/arsskifte?steg={step}").text
        assert (
            re.sub(r"\s+", " ", page.partition('id="steget"')[2].partition(">")[2])[: len(title)]
            == title
        )
        assert page.count("✓ klart") == 2
        assert "! 1 har gått ut 10. trinn" in page
        assert "! 1 klasse uten kontaktlærer" in page
        assert "! året er ikke åpnet" in page


def test_the_page_begins_where_something_is_left(summer: Pages) -> None:
    assert "<h2" in summer.as_("rita").get("/arsskifte").text
    assert 'id="steget" tabindex="-1">2 Elever' in summer.as_("rita").get("/arsskifte").text


def test_a_tenth_grader_leaves_and_stays_after_all_and_undo_puts_it_back(summer: Pages) -> None:
    client, before = summer.as_("rita"), stays(summer)
    shown = client.get("/arsskifte?steg=2").text
    assert re.search(rf'value="{pupil(summer, "e1")}" checked', shown)
    form = here(summer) | {"pupil": pupil(summer, "e1"), "word": "slutter"}
    page = client.get(client.post("/arsskifte/elever", data=form).headers["location"]).text
    assert "elevene slutter før det nye skoleåret" in page
    assert ("e1", "3a", "2024-08-01", "2027-07-31") in [
        tuple(str(one) for one in row) for row in stays(summer)
    ]
    client.post("/arsskifte/angre", data=here(summer) | {"hva": events(page)})
    assert stays(summer) == before
    client.post("/arsskifte/elever", data=form)
    assert client.post("/arsskifte/elever", data=form | {"word": "blir"}).status_code == 303
    assert stays(summer) == before


def test_pupils_go_to_another_class_in_bulk_from_the_first_of_august(summer: Pages) -> None:
    client, before = summer.as_("olav"), stays(summer)
    form = here(summer) | {
        "pupil": [pupil(summer, "e2"), pupil(summer, "e3")],
        "word": "flytt",
        "til": number(summer, "3b"),
    }
    page = client.get(client.post("/arsskifte/elever", data=form).headers["location"]).text
    moved = [row for row in stays(summer) if row not in before]
    assert [tuple(str(one) for one in row) for row in moved] == [
        ("e2", "3a", "2024-08-01", "2027-07-31"),
        ("e2", "3b", "2027-08-01", "None"),
        ("e3", "3a", "2024-08-01", "2027-07-31"),
        ("e3", "3b", "2027-08-01", "None"),
    ]
    assert client.post("/arsskifte/elever", data=form).status_code == 422
    undo = here(summer) | {"hva": events(page)}
    refuses_parts(client, "/arsskifte/angre", undo, "hva")
    client.post("/arsskifte/angre", data=undo)
    assert stays(summer) == before


def test_a_class_gets_a_contact_teacher_for_the_new_year(summer: Pages) -> None:
    client = summer.as_("rita")
    ((per,),) = summer.rows("SELECT id FROM person WHERE key = 'per'")
    form = here(summer, 3) | {"unit": number(summer, "3a"), "person": per}
    page = client.get(client.post("/arsskifte/ansvar", data=form).headers["location"]).text
    held = (
        "SELECT p.key, g.starts, g.ends FROM role_grant g JOIN person p ON p.id = g.person_id"  # noqa: S608
        f" WHERE g.role = 'kontaktlaerer' AND g.at_id = {number(summer, '3a')}"
        " AND g.at_kind = 'unit' ORDER BY g.starts"
    )
    assert [tuple(str(one) for one in row) for row in summer.rows(held)] == [
        ("kari", "2024-08-01", "2027-07-31"),
        ("per", "2027-08-01", "None"),
    ]
    answer = client.post("/arsskifte/ansvar", data=form)
    assert (answer.status_code, "har ansvaret fra før" in answer.text) == (422, True)
    client.post("/arsskifte/angre", data=here(summer, 3) | {"hva": events(page)})
    assert [row[0] for row in summer.rows(held)] == ["kari"]
    client.post("/arsskifte/ansvar", data=form | {"beside": "ja"})
    assert [row[0] for row in summer.rows(held)] == ["kari", "per"]


def test_nobody_who_does_not_lead_gives_a_class_to_oneself(summer: Pages) -> None:
    for key in ("olav", "ada"):
        ((own,),) = summer.rows(f"SELECT id FROM person WHERE key = '{key}'")  # noqa: S608
        form = here(summer, 3) | {"unit": number(summer, "3b"), "person": own}
        assert summer.as_(key).post("/arsskifte/ansvar", data=form).status_code == 403


def test_the_year_is_shown_first_then_opened_and_closed_until_something_is_recorded(
    summer: Pages,
) -> None:
    client = summer.as_("rita")
    shown = client.post("/arsskifte/se", data=here(summer, 5)).text
    assert tasks(summer) == 0
    assert "5 rykker opp ett trinn, 0 slutter, 0 nye" in shown
    assert "! for 1 elev" in shown
    found = re.search(r'name="seen" value="(\d+)"', shown)
    assert found is not None
    stale = client.post("/arsskifte/apne", data=here(summer, 5) | {"seen": "1"})
    assert (stale.status_code, "Noe er endret imens" in stale.text) == (422, True)
    assert tasks(summer) == 0
    answer = client.post("/arsskifte/apne", data=here(summer, 5) | {"seen": found[1]})
    assert tasks(summer) == int(found[1])
    page = client.get(answer.headers["location"]).text
    assert "Angre åpningen" in page
    assert client.post("/arsskifte/lukk", data=here(summer, 5)).status_code == 303
    assert tasks(summer) == 0
    client.post("/arsskifte/apne", data=here(summer, 5) | {"seen": found[1]})
    done = summer.task("iop.elevsamtale_host", "e2", 2027)
    client.post(
        "/oppgaver/samtale", data={"task": done, "word": "held", "on": "10.06.2027", "fra": "/mine"}
    )
    assert summer.rows("SELECT count(*) FROM happening WHERE year = 2027") == [(1,)]
    assert "Angre åpningen" not in client.get("/arsskifte?ar=2027-28&steg=5").text
    answer = client.post("/arsskifte/lukk", data=here(summer, 5))
    assert (answer.status_code, "Noe er ført" in answer.text) == (422, True)


def test_the_administrator_sees_counts_and_no_names(summer: Pages) -> None:
    ((school,),) = summer.rows("SELECT id FROM school WHERE key = 'lia'")
    client = summer.as_("ada")
    for step in range(1, 6):
        page = client.get(f"/arsskifte?skole={school}&steg={step}").text
        assert "Elev e" not in page
    assert "4 vises ikke for deg" in client.get(f"/arsskifte?skole={school}&steg=2").text
    form = here(summer) | {"pupil": pupil(summer, "e2"), "word": "slutter"}
    assert client.post("/arsskifte/elever", data=form).status_code == 404


def test_a_protected_pupil_is_counted_for_the_office_and_not_named(summer: Pages) -> None:
    page = summer.as_("olav").get("/arsskifte?steg=2").text
    assert ("Elev e5" in page, "1 vises ikke for deg" in page) == (False, True)
    assert "Elev e5" in summer.as_("rita").get("/arsskifte?steg=2").text


def test_without_a_skolerute_the_year_is_not_opened(summer: Pages) -> None:
    summer.run("DELETE FROM school_year WHERE year = 2027")
    client = summer.as_("rita")
    assert "Skoleruten for 2027-28 mangler" in client.get("/arsskifte?ar=2027-28&steg=1").text
    assert "kan ikke åpnes før" in client.post("/arsskifte/se", data=here(summer, 5)).text
    answer = client.post("/arsskifte/apne", data=here(summer, 5) | {"seen": "0"})
    assert answer.status_code == 422


def test_what_is_refused_is_said_and_the_ticks_are_kept(summer: Pages) -> None:
    client = summer.as_("rita")
    form = here(summer) | {"word": "flytt", "pupil": pupil(summer, "e2")}
    answer = client.post("/arsskifte/elever", data=form)
    assert (answer.status_code, "Velg klassen" in answer.text) == (422, True)
    assert re.search(rf'value="{pupil(summer, "e2")}" checked', answer.text)
    answer = client.post("/arsskifte/elever", data=here(summer) | {"word": "slutter"})
    assert (answer.status_code, "Ingen er valgt" in answer.text) == (422, True)
    theirs = {"word": "slutter", "pupil": pupil(summer, "f1")}
    assert client.post("/arsskifte/elever", data=here(summer) | theirs).status_code == 404
    for wrong in ("2019-20", "tull"):
        assert client.get(f"/arsskifte?ar={wrong}").status_code == 404
