"""Klasser og avdelinger: shown first, done, and taken back; by those who import, and no others."""

import re

from tests.web.conftest import Pages
from tests.web.parts import refuses_parts


def number(pages: Pages, key: str) -> int:
    """A unit's number."""
    ((found,),) = pages.rows(f"SELECT id FROM unit WHERE key = '{key}'")  # noqa: S608 - a key of ours
    return int(found)


def pupil(pages: Pages, key: str) -> int:
    """A pupil's number."""
    ((found,),) = pages.rows(f"SELECT id FROM pupil WHERE key = '{key}'")  # noqa: S608 - a key of ours
    return int(found)


def seen(page: str) -> str:
    """What a preview showed, as its form sends it again."""
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def events(page: str) -> str:
    """The events that the button Angre takes back."""
    found = re.search(r'name="hva" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def stays(pages: Pages) -> list[tuple[object, ...]]:
    """Who is enrolled where from when."""
    return pages.rows(
        "SELECT p.key, u.key, e.starts, e.ends FROM enrolment e JOIN pupil p ON p.id = e.pupil_id"
        " JOIN unit u ON u.id = e.class_id ORDER BY p.key, e.starts"
    )


def test_a_class_is_split_after_a_preview_and_put_together_again(pages: Pages) -> None:
    client, klasse, before = pages.as_("rita"), number(pages, "3a"), stays(pages)
    form = {"pupil": [pupil(pages, "e2")], "name": "3c", "on": "4.1.27", "reason": "Stor klasse"}
    shown = client.post(f"/enheter/{klasse}/del", data=form).text
    assert "1 elev skifter klasse" in shown
    assert stays(pages) == before
    answer = client.post(f"/enheter/{klasse}/del", data=form | {"gjor": "ja", "seen": seen(shown)})
    page = client.get(answer.headers["location"]).text
    assert "Klassen er delt." in page
    assert ("e2", "lia-3c", "2027-01-04") in [
        (key, unit, str(start)) for key, unit, start, _end in stays(pages)
    ]
    school = pages.rows("SELECT id FROM school WHERE key = 'lia'")[0][0]
    undo = {"skole": school, "hva": events(page)}
    refuses_parts(client, "/enheter/angre", undo, "hva")
    client.post("/enheter/angre", data=undo)
    assert stays(pages) == before
    assert pages.rows("SELECT count(*) FROM unit WHERE key = 'lia-3c'") == [(0,)]


def test_what_has_changed_since_the_preview_is_shown_again(pages: Pages) -> None:
    client, klasse, other = pages.as_("olav"), number(pages, "3b"), number(pages, "3a")
    form = {"til": other, "on": "4.1.27"}
    shown = client.post(f"/enheter/{klasse}/sla-sammen", data=form).text
    pages.run(f"UPDATE enrolment SET class_id = {klasse} WHERE pupil_id = {pupil(pages, 'e1')}")  # noqa: S608
    again = form | {"gjor": "ja", "seen": seen(shown)}
    answer = client.post(f"/enheter/{klasse}/sla-sammen", data=again)
    assert (answer.status_code, "Noe er endret imens" in answer.text) == (422, True)
    assert pages.rows("SELECT count(*) FROM unit WHERE closed_on IS NOT NULL") == [(0,)]
    answer = client.post(
        f"/enheter/{klasse}/sla-sammen", data=form | {"gjor": "ja", "seen": seen(answer.text)}
    )
    assert answer.status_code == 303
    assert "Lukket fra 04.01.2027" in client.get(f"/enheter/{klasse}").text


def test_a_new_class_a_new_name_and_another_avdeling(pages: Pages) -> None:
    client = pages.as_("rita")
    school = pages.rows("SELECT id FROM school WHERE key = 'lia'")[0][0]
    form = {"skole": school, "kind": "avdeling", "name": "Mellomtrinn"}
    assert client.post("/enheter", data=form).status_code == 303
    klasse, parent = number(pages, "3a"), number(pages, "lia-mellomtrinn")
    client.post(f"/enheter/{klasse}/avdeling", data={"parent": parent})
    client.post(f"/enheter/{klasse}/navn", data={"name": "Solstrålen"})
    assert pages.rows(f"SELECT name, parent_id FROM unit WHERE id = {klasse}") == [  # noqa: S608
        ("Solstrålen", parent)
    ]


def test_what_is_refused_is_said_and_what_was_typed_is_kept(pages: Pages) -> None:
    client, klasse = pages.as_("rita"), number(pages, "3a")
    e2 = pupil(pages, "e2")
    for path, form, said, at in (
        ("del", {"name": "3c", "on": "4.1.27"}, "Ingen er valgt", "hvem"),
        ("del", {"name": "3b", "on": "4.1.27", "pupil": e2}, "finnes fra før", "ny-klasse"),
        ("del", {"name": "3c", "on": "snart", "pupil": e2}, "er ingen dato", "dag-del"),
        ("sla-sammen", {"on": "4.1.27"}, "Velg en annen klasse", "til"),
        ("lukk", {"on": "4.1.27"}, "har elever", "gjor-lukk"),
        ("lukk", {"on": "4.1.2020"}, "Velg en dag fra", "dag-lukk"),
        ("navn", {"name": "3b"}, "finnes fra før", "navn"),
    ):
        answer = client.post(f"/enheter/{klasse}/{path}", data=form)
        assert (answer.status_code, said in answer.text) == (422, True), path
        assert f'href="#{at}"' in answer.text
        assert f'id="{at}"' in answer.text
        if "on" in form:
            assert f'value="{form["on"]}"' in answer.text


def test_a_split_back_in_time_names_the_day_that_is_possible(pages: Pages) -> None:
    task = pages.task("iop.foreldremote_host", "3a")
    held = {"task": task, "word": "held", "on": "15.9.26"}
    assert pages.as_("kari").post("/oppgaver/samtale", data=held).status_code == 303
    form = {"pupil": [pupil(pages, "e2")], "name": "3c", "on": "1.9.26"}
    answer = pages.as_("rita").post(f"/enheter/{number(pages, '3a')}/del", data=form)
    assert answer.status_code == 422
    assert "3a har holdt møte 15.09.2026" in answer.text
    assert "velg 16.09.2026 eller en senere dag" in answer.text
    assert 'href="#dag-del"' in answer.text


def test_an_empty_class_is_closed_and_opened_again(pages: Pages) -> None:
    client, school = pages.as_("ada"), pages.rows("SELECT id FROM school WHERE key = 'lia'")[0][0]
    client.post("/enheter", data={"skole": school, "kind": "klasse", "name": "9z"})
    klasse = number(pages, "lia-9z")
    shown = client.post(f"/enheter/{klasse}/lukk", data={"on": "i dag"}).text
    form = {"on": "i dag", "gjor": "ja", "seen": seen(shown)}
    answer = client.post(f"/enheter/{klasse}/lukk", data=form)
    page = client.get(answer.headers["location"]).text
    assert "1 er lukket" in client.get(f"/enheter?skole={school}").text
    client.post("/enheter/angre", data={"skole": school, "hva": events(page)})
    assert pages.rows("SELECT count(*) FROM unit WHERE closed_on IS NOT NULL") == [(0,)]


def test_who_sees_no_pupils_moves_counts_and_reads_no_names(still: Pages) -> None:
    klasse = number(still, "3a")
    assert "Elev e1" in still.as_("rita").get(f"/enheter/{klasse}").text
    page = still.as_("ada").get(f"/enheter/{klasse}").text
    assert "Elev e" not in page
    assert "Du ser ingen elever i klassen" in page
    office = still.as_("olav").get(f"/enheter/{klasse}").text
    assert "Elev e5" not in office
    assert "1 elev vises ikke for deg" in office


def test_a_class_of_another_school_is_not_found(still: Pages) -> None:
    rita = still.as_("rita")
    theirs, unknown = rita.get(f"/enheter/{number(still, 'f3')}"), rita.get("/enheter/999999")
    said = [one.text.partition("<main")[2].partition("</main>")[0] for one in (theirs, unknown)]
    assert (theirs.status_code, said[0]) == (404, said[1])
    theirs = still.as_("rita").post(
        f"/enheter/{number(still, '3a')}/sla-sammen",
        data={"til": number(still, "f3"), "on": "4.1.27"},
    )
    assert theirs.status_code == 404
    chosen = {"pupil": pupil(still, "f1"), "name": "3c", "on": "4.1.27"}
    assert (
        still.as_("rita").post(f"/enheter/{number(still, '3a')}/del", data=chosen).status_code
        == 404
    )
