"""The page of one pupil: what it tells of the year, to whom, and what can be recorded there."""

import re
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event

from iopflow import db
from iopflow.clock import OSLO
from iopflow.models import metadata
from tests.web.conftest import Pages
from tests.web.ppt_kit import cast_of, with_ppt


def number(pages: Pages, key: str) -> int:
    ((found,),) = pages.rows(f"SELECT id FROM pupil WHERE key = '{key}'")  # noqa: S608 - ours
    return int(found)


def words(html: str) -> str:
    """What a piece of a page says."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def table(html: str, label: str = "Stegene i") -> dict[str, tuple[str, ...]]:
    """The cells of a table of steps by the step, without what can be done with it."""
    (found,) = re.findall(rf'<table[^>]*aria-label="{label}.*?</table>', html, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", found.partition("<tbody>")[2], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)[:6] for row in rows]
    return {words(step): tuple(map(words, rest)) for step, *rest in cells}


def record(pages: Pages, who: str, key: str, step: str, on: str, **more: str) -> Any:
    """Records a step of a pupil from the page of the pupil."""
    form = {
        "task": str(pages.task(step, key)),
        "on": on,
        "word": "done",
        "fra": f"/elev/{number(pages, key)}",
        "ar": "2026-27",
    }
    path = "/oppgaver/samtale" if "word" in more else "/oppgaver/gjort"
    return pages.as_(who).post(path, data=form | more)


def test_the_table_tells_what_was_done_when_by_whom_and_whether_on_time(pages: Pages) -> None:
    record(pages, "kari", "e1", "iop.klar_skolestart", "17.8.26")
    record(pages, "per", "e1", "iop.teste_justere", "19.9.26")
    record(pages, "kari", "e1", "iop.utviklingssamtale", "20.11.26", word="no_reply")
    html = pages.as_("kari").get(f"/elev/{number(pages, 'e1')}").text
    rows = table(html)
    ready = "IOP utarbeidet ved skolestart (nåværende elever)"
    assert rows[ready] == (
        "17.08.2026", "17.08.2026", "26.11.2026", "Kari", "✓ ja (ført 101 dager senere)",
    )  # fmt: skip
    assert rows["Teste og justere IOP"] == (
        "15.09.2026", "19.09.2026", "26.11.2026", "Per", "✓ nei, 4 dager",
    )  # fmt: skip
    assert rows["Utviklingssamtale (halvår)"] == (
        "15.01.2027", "", "", "", "○ invitert 20.11.2026, ikke svar 20.11.2026",
    )  # fmt: skip
    assert rows["Kvalitetssikring av alle IOP-er"][4] == "! 106 dager over"
    assert rows["Årsevaluering IOP"] == ("31.05.2027", "", "", "", "○ planlagt")
    assert "Målvalg ny IOP (utkast) for 2027-28" not in rows  # e1 has no vedtak for that year yet
    assert "kontaktlærer: Kari" in html
    assert "IOP-team: Per (spesialpedagog)" in html


def test_the_state_of_the_year_is_a_road(pages: Pages) -> None:
    page = f"/elev/{number(pages, 'e1')}"

    def road() -> str:
        html = pages.as_("kari").get(page).text
        return words(re.findall(r'<ol class="road".*?</ol>', html, re.DOTALL)[0])

    rest = "I bruk Prøvd og justert Halvårsevaluert Årsevaluert Arkivert"
    assert (
        road() == f"Ikke begynt ✓ , nådd Målvalg gjort Kvalitetssikret Klar ved skolestart {rest}"
    )
    for step in ("iop.malvalg", "iop.kvalitetssikring", "iop.klar_skolestart"):
        task = {"task": pages.task(step, "e1"), "on": "17.8.26"}
        assert pages.as_("rita").post("/oppgaver/gjort", data=task).status_code == 303
    done = "Målvalg gjort ✓ , nådd Kvalitetssikret ✓ , nådd Klar ved skolestart ✓ , nådd"
    assert road() == f"{done} I bruk ✓ , nådd {rest.removeprefix('I bruk ')}"


def test_a_year_is_chosen_and_holds_what_is_due_in_it(still: Pages) -> None:
    page = f"/elev/{number(still, 'e1')}"
    kari = still.as_("kari")
    html = kari.get(f"{page}?ar=2026-27").text
    assert (f"{page}?ar=2025-26" in html, f"{page}?ar=2027-28" in html) == (True, True)
    assert {row[0][-4:] for row in table(html).values()} == {"2026", "2027", ""}
    before = table(html, "Stegene for")
    assert {row[0] for row in before.values()} == {"15.01.2026", "31.05.2026"}
    empty = kari.get(f"{page}?ar=2029-30").text
    assert "Ingen steg har frist i 2029-30." in empty
    assert kari.get(f"{page}?ar=2029").status_code == 404


def test_who_does_not_see_the_pupil_finds_nobody_in_the_same_words(still: Pages) -> None:
    kari = still.as_("kari")
    wrong = [f"/elev/{one}" for one in (number(still, "f1"), 999999, "x", 10**12)]
    answers = {
        (answer.status_code, answer.text.replace(path, ""))
        for path in wrong
        for answer in [kari.get(path)]
    }
    assert len(answers) == 1
    ((status, text),) = answers
    assert status == 404
    assert "Fant ikke eleven: den finnes ikke, eller rollene dine viser den ikke." in text


def test_a_protected_pupil_is_shown_only_to_those_who_may(still: Pages) -> None:
    page = f"/elev/{number(still, 'e5')}"
    assert {who: still.as_(who).get(page).status_code for who in ("kari", "heidi", "rita")} == {
        "kari": 200,
        "heidi": 404,
        "rita": 200,
    }


def test_ppt_sees_the_road_to_the_assessment_and_no_more(pages: Pages) -> None:
    with_ppt(pages)
    record(pages, "kari", "e1", "iop.utviklingssamtale", "20.11.26", word="declined")
    page = f"/elev/{number(pages, 'e1')}"
    html = pages.as_("petra").get(page).text
    assert set(table(html)) == {"Henvisning til PPT", "Samtykke til sakkyndig vurdering"}
    for hidden in ("amtale", 'class="road"', "takket nei", "IOP-team", "edtak", "<form method"):
        assert (hidden, hidden in html.partition("<main")[2].partition("</main")[0]) == (
            hidden,
            False,
        )
    assert pages.as_("petra").get(f"/elev/{number(pages, 'e3')}").status_code == 404


def test_the_school_office_sees_no_talks_and_records_nothing(pages: Pages) -> None:
    record(pages, "kari", "e1", "iop.utviklingssamtale", "20.11.26", word="declined")
    html = pages.as_("olav").get(f"/elev/{number(pages, 'e1')}").text
    main = html.partition("<main")[2].partition("</main")[0]
    assert ("Teste og justere IOP" in main, "samtale" in main.lower()) == (True, False)
    assert ("takket nei" in main, "<form" in main) == (False, False)


def test_what_is_recorded_on_the_page_is_confirmed_there_and_undone(pages: Pages) -> None:
    e1 = number(pages, "e1")
    kari = pages.as_("kari")
    answer = record(pages, "kari", "e1", "iop.teste_justere", "15.9.26")
    where = answer.headers["location"]
    assert where.startswith(f"/elev/{e1}?ar=2026-27&fort=")
    html = kari.get(where).text
    assert "Teste og justere IOP for Elev e1 er ført: gjort 15.09.2026." in words(html)
    form = dict(re.findall(r'name="(task|what|fra|ar)" value="([^"]+)"', html))
    form["what"] = re.findall(r'name="what" value="([^"]+)"', html)[0]
    form["task"] = str(pages.task("iop.teste_justere", "e1"))
    answer = kari.post("/oppgaver/angre", data=form)
    assert answer.headers["location"] == f"/elev/{e1}?ar=2026-27&ord=angret"
    assert "✓ Angret: det står som før." in kari.get(answer.headers["location"]).text
    html = kari.get(f"/elev/{e1}?historikk=1").text
    history = [
        row
        for row in map(words, re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL))
        if "Teste og justere" in row
    ][-2:]
    when, said = "26.11.2026 kl. 10.00 Kari Teste og justere IOP", "2026-27, gjort, 15.09.2026"
    assert history == [
        f"{when} tatt tilbake Før sto det: {said} Begrunnelse: angret",
        f"{when} {said} ↶ tatt tilbake 26.11.2026",
    ]


def test_what_is_refused_is_said_on_the_page_and_nothing_typed_is_lost(pages: Pages) -> None:
    answer = record(pages, "kari", "e1", "iop.teste_justere", "31.2.26")
    assert answer.status_code == 422
    assert "«31.2.26» er ingen dato" in answer.text
    assert (' value="31.2.26"' in answer.text, "<h1" in answer.text) == (True, True)
    assert f'name="fra" value="/elev/{number(pages, "e1")}"' in answer.text
    elsewhere = record(pages, "kari", "e1", "iop.teste_justere", "15.9.26", fra="/elev/1//evil")
    assert elsewhere.headers["location"].startswith("/mine?")


def test_a_colleague_of_another_school_is_answered_as_if_nobody_were_there(pages: Pages) -> None:
    answer = record(pages, "siri", "e1", "iop.teste_justere", "31.2.26")
    assert (answer.status_code, "Elev e1" in answer.text) == (404, False)


def test_the_history_comes_fifty_at_a_time_the_newest_first(pages: Pages) -> None:
    e1 = number(pages, "e1")
    with db.session(pages.engine) as session:
        cast = cast_of(session)
        for n in range(60):
            cast.add(
                "event",
                pupil_id=e1,
                at=datetime(2026, 9, 1, 8, n % 60, tzinfo=OSLO),
                act="test",
                table_name="pupil",
                row_id=e1,
                before=f'{{"home_municipality": "K{n:02}"}}',
                after=f'{{"home_municipality": "K{n + 1:02}"}}',
            )
    kari = pages.as_("kari")

    def shown(side: int) -> list[str]:
        html = kari.get(f"/elev/{e1}?historikk={side}").text.partition('id="historikk"')[2]
        return re.findall(r'data-label="Nå">(K\d\d)', html)

    assert shown(1) == [f"K{n:02}" for n in range(60, 10, -1)]
    assert shown(2) == [f"K{n:02}" for n in range(10, 0, -1)]
    assert "side 1 av 2" in kari.get(f"/elev/{e1}?historikk=1").text
    assert (
        " open"
        not in re.findall(r'<details[^>]*id="historikk"[^>]*>', kari.get(f"/elev/{e1}").text)[0]
    )


@pytest.mark.parametrize("person", ["kari", "heidi", "rita"])
def test_every_name_that_leads_to_a_pupil_finds_the_pupil(still: Pages, person: str) -> None:
    client = still.as_(person)
    paths = ("/mine?vis=alt", "/masse", "/matrise", "/behov", "/saker", "/indikatorer/P7")
    found = {path: set(re.findall(r'href="(/elev/\d+)"', client.get(path).text)) for path in paths}
    seen = {link for links in found.values() for link in links}
    assert seen
    assert {client.get(link).status_code for link in seen} == {200}
    left = f"/elev/{number(still, 'e6')}"  # at Fjell since October
    assert left not in seen
    if person == "rita":
        one = f"/elev/{number(still, 'e1')}"
        # The matrix shows classes until it is unfolded, and the case rests.
        assert [path for path in paths if one not in found[path]] == ["/matrise", "/saker"]


def test_more_that_has_happened_is_read_in_as_many_statements(pages: Pages) -> None:
    e1, client, seen = number(pages, "e1"), pages.as_("rita"), []

    def listen(*said: Any) -> None:
        seen.append(said[2])

    def statements() -> int:
        seen.clear()
        assert client.get(f"/elev/{e1}").status_code == 200
        return len(seen)

    record(pages, "kari", "e1", "iop.teste_justere", "15.9.26")
    statements()
    event.listen(pages.engine, "before_cursor_execute", listen)
    few = statements()
    happening = metadata.tables["happening"]
    with db.session(pages.engine) as session:
        cast = cast_of(session)
        for year in (2023, 2024, 2025):
            for step in ("iop.halvarsevaluering", "iop.arsevaluering", "iop.malvalg"):
                cast.happening("e1", step, "done", date(year + 1, 1, 15), year=year)
        assert session.execute(happening.select()).first() is not None
    for step in ("iop.kvalitetssikring", "iop.klar_skolestart", "iop.malvalg"):
        record(pages, "rita", "e1", step, "17.8.26")
    seen.clear()
    assert statements() == few
