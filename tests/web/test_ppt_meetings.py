"""The meetings of school and PPT: planned, recorded by either side, counted with both parties."""

import re
from typing import Any

import pytest

from tests.web.conftest import Pages
from tests.web.ppt_kit import with_ppt


@pytest.fixture
def ppt(pages: Pages) -> Pages:
    """Pages with PPT."""
    with_ppt(pages)
    return pages


def planned(pages: Pages, person: str = "heidi", day: str = "26.11.2026") -> str:
    """The path of a new meeting."""
    answer = pages.as_(person).post("/ppt/moter", data={"unit": "smatrinn", "day": day})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def numbers(pages: Pages, table: str, *keys: str) -> list[int]:
    found = pages.rows(f"SELECT key, id FROM {table}")  # noqa: S608 - words of ours
    return [number for key, number in found if key in keys]


def held(pages: Pages) -> list[tuple[Any, ...]]:
    """The days on which the step of the avdeling is held."""
    rows = pages.rows(
        "SELECT on_day FROM happening WHERE step = 'iop.ppt_samarbeidsmoter' AND year = 2027"
    )
    return [(str(day),) for (day,) in rows]


def test_the_agenda_begins_with_the_open_cases_that_the_planner_sees(ppt: Pages) -> None:
    path = planned(ppt)
    page = ppt.as_("heidi").get(path).text
    assert re.findall(r"<td data-label=\"Elev\">(.*?)</td>", page) == [
        "Elev e1",
        "Elev e2",
        "Elev e3",
    ]
    # PPT sees those who are its own, and how many more there are.
    page = ppt.as_("petra").get(path).text
    assert re.findall(r"<td data-label=\"Elev\">(.*?)</td>", page) == ["Elev e1", "Elev e2"]
    assert "1 sak til, som du ikke ser." in page
    assert "Elev e3" not in page
    assert ppt.as_("siri").get(path).status_code == 403


def test_an_adviser_plans_one_with_the_protected_pupil(ppt: Pages) -> None:
    path = planned(ppt, "petra")
    assert "Elev e5" in ppt.as_("petra").get(path).text
    page = ppt.as_("heidi").get(path).text
    assert "Elev e5" not in page
    assert "1 sak til, som du ikke ser." in page


def test_a_meeting_is_with_both_parties_only_when_both_were_there(ppt: Pages) -> None:
    path, client = planned(ppt), ppt.as_("heidi")
    heidi, petra = numbers(ppt, "person", "heidi"), numbers(ppt, "person", "petra")
    e1 = numbers(ppt, "pupil", "e1")
    client.post(f"{path}/holdt", data={"person": heidi, "treated": e1})
    page = client.get(path).text
    assert "ikke med begge parter: ingen fra PPT." in page
    assert "1 holdt, 0 av dem med begge parter til stede." in client.get("/ppt/moter").text
    assert held(ppt) == [("2026-11-26",)]
    # PPT records that it was there after all.
    data = {"person": heidi + petra, "treated": e1}
    ppt.as_("petra").post(f"{path}/holdt", data=data)
    assert "Holdt med begge parter til stede." in client.get(path).text
    assert "1 holdt, 1 av dem med begge parter til stede." in client.get("/ppt/moter").text
    assert ppt.rows(
        "SELECT p.key, m.treated FROM ppt_meeting_pupil m JOIN pupil p ON p.id = m.pupil_id"
        " ORDER BY p.key"
    ) == [("e1", True), ("e2", False), ("e3", False)]
    assert held(ppt) == [("2026-11-26",)]


def test_the_first_meeting_holds_the_step_and_a_withdrawn_one_gives_it_on(ppt: Pages) -> None:
    client, heidi = ppt.as_("heidi"), numbers(ppt, "person", "heidi")
    later, first = planned(ppt), planned(ppt, day="20.11.2026")
    client.post(f"{later}/holdt", data={"person": heidi})
    client.post(f"{first}/holdt", data={"person": heidi})
    assert held(ppt) == [("2026-11-20",)]
    assert client.post(f"{first}/trekk", data={"reason": " "}).status_code == 422
    client.post(f"{first}/trekk", data={"reason": "feil avdeling"})
    assert held(ppt) == [("2026-11-26",)]
    client.post(f"{later}/trekk", data={"reason": "feil avdeling"})
    assert held(ppt) == []
    assert ppt.rows("SELECT count(*) FROM ppt_meeting_person") == [(0,)]


def test_the_agenda_is_changed_and_what_one_does_not_see_stays(ppt: Pages) -> None:
    path = planned(ppt)
    e1, e5 = numbers(ppt, "pupil", "e1"), numbers(ppt, "pupil", "e5")
    ppt.as_("petra").post(f"{path}/saker", data={"pupil": e1 + e5})
    assert ppt.rows(
        "SELECT p.key FROM ppt_meeting_pupil m JOIN pupil p ON p.id = m.pupil_id ORDER BY p.key"
    ) == [("e1",), ("e3",), ("e5",)]
    answer = ppt.as_("heidi").post(f"{path}/saker", data={"pupil": e5})
    assert answer.status_code == 404


def test_what_cannot_be_is_said(ppt: Pages) -> None:
    path, client = planned(ppt), ppt.as_("heidi")
    again = client.post("/ppt/moter", data={"unit": "smatrinn", "day": "26.11.2026"})
    assert (again.status_code, "har alt et møte" in again.text) == (422, True)
    assert client.post("/ppt/moter", data={"unit": "3a", "day": ""}).status_code == 404
    nobody = client.post(f"{path}/holdt", data={})
    assert (nobody.status_code, "kryss av hvem" in nobody.text) == (422, True)
    stranger = numbers(ppt, "person", "siri")
    assert client.post(f"{path}/holdt", data={"person": stranger}).status_code == 404
    coming = planned(ppt, day="2.2.2027")
    heidi = numbers(ppt, "person", "heidi")
    assert client.post(f"{coming}/holdt", data={"person": heidi}).status_code == 422
    assert "Før at møtet er holdt" not in client.get(coming).text
    assert client.get("/ppt/moter/999999").status_code == 404
    assert held(ppt) == []
