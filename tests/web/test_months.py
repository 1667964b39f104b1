"""«Mine elever» month by month: what is due in it, what was done in it, and the way on."""

import re

import pytest

from tests.web.conftest import Pages
from tests.web.test_pupil import words


def groups(html: str) -> dict[str, list[tuple[str, str]]]:
    """Who and what, by the heading they stand under."""
    found = {}
    for part in re.split(r"(?=<h2)", html)[1:]:
        rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>', part, re.DOTALL)
        if rows:
            title = words(re.findall(r"<h2[^>]*>(.*?)</h2>", part, re.DOTALL)[0])
            found[title] = [(words(who), words(what)) for who, what in rows]
    return found


def test_a_month_shows_what_is_due_in_it_and_what_was_done_in_it(pages: Pages) -> None:
    kari = pages.as_("kari")
    for key, on in (("e1", "15.9.26"), ("e2", "1.10.26")):
        task = {"task": pages.task("iop.teste_justere", key), "on": on}
        assert kari.post("/oppgaver/gjort", data=task).status_code == 303
    september = kari.get("/mine?maned=2026-09").text
    found = groups(september)
    (late,) = (rows for title, rows in found.items() if title.startswith("Over frist ("))
    assert [who for who, what in late if what == "Teste og justere IOP"] == ["Elev e3"]
    assert found["Gjort i september 2026 (1)"] == [("Elev e1", "Teste og justere IOP")]
    october = groups(kari.get("/mine?maned=2026-10").text)
    assert october == {"Gjort i oktober 2026 (1)": [("Elev e2", "Teste og justere IOP")]}
    assert "<h1" in september
    assert "Mine elever i september 2026" in september


def test_the_spring_holds_steps_of_two_years_and_last_years_are_still_there(still: Pages) -> None:
    kari = still.as_("kari")
    may = groups(kari.get("/mine?maned=2027-05").text)
    (title,) = may
    assert title.startswith("Frist i mai 2027 (")
    assert ("Elev e1", "Årsevaluering IOP") in may[title]
    assert kari.get("/mine?maned=2025-05").text.count("Ingen steg har frist i mai 2025.") == 1


def test_the_months_lead_to_each_other_and_back(still: Pages) -> None:
    kari = still.as_("kari")

    def ways(path: str) -> list[str]:
        nav = kari.get(path).text.partition('<nav class="months')[2].partition("</nav>")[0]
        return re.findall(r'href="([^"]+)"', nav)

    assert ways("/mine?maned=2027-01") == [
        "/mine?maned=2026-12",
        "/mine?maned=2027-02",
        "/mine",
        "/mine?vis=alt",
    ]
    now = ["/mine?maned=2026-10", "/mine?maned=2026-11", "/mine?maned=2026-12"]
    assert ways("/mine") == [*now, "/mine?vis=alt"]
    assert ways("/mine?vis=alt") == [*now, "/mine"]


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "mai", "1889-05", "9999-12", "2026-5"])
def test_no_month_is_not_found(still: Pages, month: str) -> None:
    answer = still.as_("kari").get(f"/mine?maned={month}")
    assert (answer.status_code, "Fant ikke måneden." in answer.text) == (404, True)


def test_what_is_recorded_or_refused_leaves_one_in_the_month(pages: Pages) -> None:
    kari = pages.as_("kari")
    form = {
        "task": pages.task("iop.teste_justere", "e1"),
        "word": "done",
        "fra": "/mine",
        "maned": "2026-09",
    }
    refused = kari.post("/oppgaver/gjort", data=form | {"on": "31.2.26"})
    assert (refused.status_code, "Mine elever i september 2026" in refused.text) == (422, True)
    answer = kari.post("/oppgaver/gjort", data=form | {"on": "15.9.26"})
    assert answer.headers["location"].startswith("/mine?maned=2026-09&fort=")
    assert 'name="maned" value="2026-09"' in kari.get(answer.headers["location"]).text
