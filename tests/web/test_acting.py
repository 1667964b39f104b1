"""What the buttons do, by the same rules as the commands, and taken back whole."""

import inspect
import random
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from iopflow.clock import OSLO
from iopflow.engine import undoing
from iopflow.web.app import ROUTES
from tests.databases import LONG
from tests.web.conftest import Pages
from tests.web.parts import refuses_parts

STEP = "iop.halvarsevaluering"
TALK = "iop.utviklingssamtale"
ROWS = "SELECT year, step, subject_id, what, on_day, occasion FROM happening ORDER BY id"


def said(pages: Pages, step: str) -> list[tuple[Any, ...]]:
    return pages.rows(f"SELECT what, on_day FROM happening WHERE step = '{step}' ORDER BY id")  # noqa: S608 - a step of ours


def undo_of(answer: Any) -> str:
    """What the page after an act offers to take back."""
    found = parse_qs(urlsplit(str(answer.headers["location"])).query).get("hva", [""])
    return found[0]


@pytest.mark.parametrize(
    "typed", ["25.11.2026", "25.11.26", "2511 26".replace(" ", ""), "25/11-2026", "2026-11-25"]
)
def test_a_day_may_be_written_in_many_ways(pages: Pages, typed: str) -> None:
    number = pages.task(STEP, "e1")
    answer = pages.as_("kari").post("/oppgaver/gjort", data={"task": number, "on": typed})
    assert answer.headers["location"].startswith(f"/mine?fort={number}&hva=")
    assert [(what, str(on)) for what, on in said(pages, STEP)] == [("done", "2026-11-25")]


def test_no_day_is_today(pages: Pages) -> None:
    pages.as_("kari").post("/oppgaver/gjort", data={"task": pages.task(STEP, "e1"), "on": "i dag"})
    assert [str(on) for _what, on in said(pages, STEP)] == ["2026-11-26"]


@pytest.mark.parametrize("typed", ["27.11.2026", "32.11.2026", "snart", "25.11.2019", "<b>"])
def test_a_day_that_cannot_be_is_shown_again_with_the_reason(pages: Pages, typed: str) -> None:
    number = pages.task(STEP, "e1")
    answer = pages.as_("kari").post(
        "/oppgaver/gjort", data={"task": number, "on": typed, "fra": "/mine"}
    )
    assert answer.status_code == 422
    shown = typed.replace("<", "&lt;").replace(">", "&gt;")
    assert f'value="{shown}"' in answer.text
    assert "Dette må rettes før det kan lagres" in answer.text
    assert said(pages, STEP) == []


def test_not_applicable_needs_its_reason(pages: Pages) -> None:
    number, client = pages.task(STEP, "e1"), pages.as_("kari")
    path = "/oppgaver/ikke-aktuelt"
    assert client.post(path, data={"task": number, "fra": "/mine"}).status_code == 422
    answer = client.post(path, data={"task": number, "reason": "IOP er avsluttet"})
    assert answer.headers["location"].startswith(f"/mine?fort={number}&hva=")


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("held", ["held"]),
        ("declined", ["invited", "declined"]),
        ("no_reply", ["invited", "no_reply"]),
    ],
)
def test_a_word_of_a_talk_is_one_form_and_one_undo(
    pages: Pages, word: str, words: list[str]
) -> None:
    number, client = pages.task(TALK, "e1"), pages.as_("kari")
    answer = client.post("/oppgaver/samtale", data={"task": number, "word": word})
    assert [what for what, _on in said(pages, TALK)] == words
    undone = undo_of(answer)
    client.post("/oppgaver/angre", data={"task": number, "what": undone})
    assert said(pages, TALK) == []
    acts = pages.rows("SELECT act FROM event WHERE table_name = 'happening' ORDER BY id")
    assert [act for (act,) in acts] == ["talk"] * len(words) + ["reopen"] * len(words)


def test_what_a_form_may_not_say_is_refused(pages: Pages) -> None:
    number, client = pages.task(TALK, "e1"), pages.as_("kari")
    for path, data in (
        ("/oppgaver/samtale", {"task": number, "word": "present"}),
        ("/oppgaver/samtale", {"task": "x", "word": "held"}),
        ("/oppgaver/gjort", {"task": 2**64}),
        ("/oppgaver/angre", {"task": number, "what": "everything"}),
        ("/oppgaver/gjort", {}),
    ):
        assert client.post(path, data=data).status_code == 422, (path, data)
    assert pages.rows(ROWS) == []


def test_a_class_is_recorded_and_undone_as_one(pages: Pages) -> None:
    client = pages.as_("kari")
    numbers = [pages.task(STEP, key) for key in ("e1", "e2", "e3")]
    answer = client.post("/oppgaver/gjort", data={"task": numbers, "on": "", "fra": "/masse"})
    assert len(said(pages, STEP)) == 3
    page = client.get(answer.headers["location"])
    assert "3 elever er ført: Halvårsevaluering IOP." in page.text
    undo = {"task": numbers, "what": undo_of(answer), "fra": "/masse"}
    refuses_parts(client, "/oppgaver/angre", undo, "what")
    refuses_parts(client, "/historikk/angre", {"what": undo["what"]}, "what")
    client.post("/oppgaver/angre", data=undo)
    assert said(pages, STEP) == []


def test_one_that_cannot_be_recorded_stops_all(pages: Pages) -> None:
    client = pages.as_("kari")
    numbers = [pages.task(STEP, "e1"), pages.task("iop.sakkyndig_vurdering", "e1")]
    assert client.post("/oppgaver/gjort", data={"task": numbers, "on": ""}).status_code == 422
    assert pages.rows(ROWS) == []


def test_whatever_is_done_and_undone_leaves_what_was_there(pages: Pages) -> None:
    """Random acts of a teacher, each undone by its own button at once."""
    choose = random.Random(7)  # noqa: S311 - a test's own dice
    client = pages.as_("kari")
    steps = [(STEP, "e1"), (STEP, "e2"), (TALK, "e1"), (TALK, "e3"), ("iop.teste_justere", "e2")]
    for _turn in range(300 if LONG else 40):
        step, subject = choose.choice(steps)
        number = pages.task(step, subject)
        data: dict[str, Any] = {"task": number, "on": choose.choice(["", "24.11.2026"])}
        if step == TALK:
            path, data = (
                "/oppgaver/samtale",
                data | {"word": choose.choice(["held", "declined", "no_reply"])},
            )
        elif choose.random() < 0.5:
            path, data = "/oppgaver/ikke-aktuelt", data | {"reason": "x"}
        else:
            path = "/oppgaver/gjort"
        before = pages.rows(ROWS)
        answer = client.post(path, data=data)
        if answer.status_code != 303:
            assert pages.rows(ROWS) == before
            continue
        undone = undo_of(answer)
        if not undone:  # it stood like that already, and there is nothing to take back
            assert pages.rows(ROWS) == before
            continue
        assert pages.rows(ROWS) != before
        if choose.random() < 0.7:
            client.post("/oppgaver/angre", data={"task": number, "what": undone})
            assert pages.rows(ROWS) == before


def test_a_correction_is_undone_to_the_day_that_stood_there(pages: Pages) -> None:
    number, client = pages.task(STEP, "e1"), pages.as_("kari")
    client.post("/oppgaver/gjort", data={"task": number, "on": "20.11.2026"})
    answer = client.post("/oppgaver/gjort", data={"task": number, "on": "24.11.2026"})
    events = undo_of(answer)
    client.post("/oppgaver/angre", data={"task": number, "what": events})
    assert [(what, str(on)) for what, on in said(pages, STEP)] == [("done", "2026-11-20")]


def test_the_same_again_offers_nothing_to_undo(pages: Pages) -> None:
    number, client = pages.task(STEP, "e1"), pages.as_("kari")
    for _time in range(2):
        answer = client.post("/oppgaver/gjort", data={"task": number, "on": "20.11.2026"})
    page = client.get(answer.headers["location"]).text
    assert "Det sto slik fra før." in page
    assert "/oppgaver/angre" not in page


def test_only_ones_own_act_is_undone_and_only_while_nobody_has_changed_it(pages: Pages) -> None:
    number, kari, rita = pages.task(STEP, "e1"), pages.as_("kari"), pages.as_("rita")
    answer = kari.post("/oppgaver/gjort", data={"task": number, "on": "20.11.2026"})
    events = undo_of(answer)
    undo = {"task": number, "what": events}
    assert rita.post("/oppgaver/angre", data=undo).status_code == 422
    rita.post("/oppgaver/gjort", data={"task": number, "on": "21.11.2026"})
    assert kari.post("/oppgaver/angre", data=undo).status_code == 422
    other = pages.task(STEP, "e2")
    assert kari.post("/oppgaver/angre", data=undo | {"task": other}).status_code == 422
    assert [str(on) for _what, on in said(pages, STEP)] == ["2026-11-21"]


NASTY = [
    "<script>alert(1)</script>",
    'O\'Brien "Å" & Sønn',
    "شيماء \u202eevil",
    "👩‍🏫 " * 20,
    "{{ 7*7 }}",
]


@pytest.mark.parametrize("name", NASTY)
def test_no_name_breaks_a_page_or_leaves_it(pages: Pages, name: str) -> None:
    quoted = name.replace("'", "''").replace(":", "\\:")
    for table in ("pupil", "unit", "school", "person"):
        pages.run(f"UPDATE {table} SET name = '{quoted}'")  # noqa: S608 - names of ours
    client = pages.as_("rita")
    paths = ("/mine", "/masse", "/matrise", "/indikatorer", "/indikatorer/P7", "/arshjul", "/frys")
    for path in paths:
        page = client.get(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text
        assert "49" not in page.text.partition("<title>")[2].partition("</title>")[0]
        title = page.text.partition("<title>")[2].partition("</title>")[0]
        assert name not in title


def test_freezing_is_signed_and_a_second_one_needs_its_reason(pages: Pages) -> None:
    client = pages.as_("rita")
    assert "Dette fryses for 01.10.2026" in client.get("/frys").text
    first = client.post("/frys", data={"telling": "0110"})
    assert first.headers["location"].startswith("/indikatorer?skole=")
    assert "✓ Tallene per 01.10.2026 er frosset." in client.get(first.headers["location"]).text
    assert "✓" not in client.get("/indikatorer?frosset=0103").text  # an address is nobody's word
    again = client.post("/frys", data={"telling": "0110"})
    assert again.status_code == 422
    third = client.post("/frys", data={"telling": "0110", "reason": "ført på feil elev"})
    assert third.status_code == 303
    assert pages.rows("SELECT counted, revision, reason FROM telling ORDER BY id") == [
        ("0110", 1, None),
        ("0110", 2, "ført på feil elev"),
    ]
    assert "(rev. 2)" in client.get("/indikatorer").text
    assert client.post("/frys", data={"telling": "0103"}).status_code == 422


def test_what_was_left_undone_last_year_is_still_on_the_pages(pages: Pages) -> None:
    """School starts in August, and spring's evaluation was never held."""
    pages.now = datetime(2027, 8, 25, 10, 0, tzinfo=OSLO)
    pages.run("UPDATE role_grant SET ends = NULL")
    kari = pages.as_("kari")
    mine = kari.get("/mine").text
    late = mine.partition("Over frist (")[2].partition("</section>")[0]
    assert "Årsevaluering IOP" in late
    assert "2026-27" in late  # which year it is of is said, where it is not this one
    assert "2026:iop.arsevaluering" in kari.get("/masse").text
    assert "Årsevaluering IOP" in pages.as_("rita").get("/matrise").text


def test_a_step_with_something_overdue_is_shown_whole_however_long_ago(pages: Pages) -> None:
    rita = pages.as_("rita")
    rita.post("/oppgaver/gjort", data={"task": pages.task(STEP, "e1"), "on": "25.11.2026"})
    pages.now = datetime(2027, 5, 20, 10, 0, tzinfo=OSLO)
    shown = pages.as_("rita").get("/matrise").text
    assert "3a, halvårsevaluering IOP, 1 av 3 ferdig" in shown


def test_a_class_with_a_wrong_day_keeps_what_was_ticked_and_typed(pages: Pages) -> None:
    client, step = pages.as_("kari"), f"2026:{STEP}"
    numbers = {key: pages.task(STEP, key) for key in ("e1", "e2", "e3")}
    data = {"task": [numbers["e1"], numbers["e3"]], "on": "31.12.2026", "fra": "/masse"}
    answer = client.post("/oppgaver/gjort", data=data | {"steg": step})
    assert answer.status_code == 422
    ticked = {key: f'value="{number}" checked>' in answer.text for key, number in numbers.items()}
    assert ticked == {"e1": True, "e2": False, "e3": True}
    assert 'value="31.12.2026"' in answer.text
    assert f'value="{step}" selected' in answer.text
    assert said(pages, STEP) == []


def test_a_second_press_of_the_button_records_nothing_more(pages: Pages) -> None:
    """Who was left out stays out, and the step after is nobody's until it is chosen."""
    client, step = pages.as_("kari"), f"2026:{STEP}"
    assert client.get(f"/masse?steg={step}").text.count(" checked>") == 3
    numbers = {key: pages.task(STEP, key) for key in ("e1", "e2", "e3")}
    form = {"on": "25.11.2026", "fra": "/masse", "steg": step, "seen": ""}
    two = client.post("/oppgaver/gjort", data=form | {"task": [numbers["e1"], numbers["e3"]]})
    page = client.get(two.headers["location"]).text
    assert ("2 elever er ført" in page, " checked>" in page) == (True, False)
    nobody = client.post("/oppgaver/gjort", data=form)
    assert nobody.status_code == 422
    assert nobody.text.count("Ingen er valgt: kryss av minst én.") == 2
    last = client.post("/oppgaver/gjort", data=form | {"task": numbers["e2"]})
    page = client.get(last.headers["location"]).text
    assert "Her er alt ført av steget" in page
    assert ("Før som ferdig" in page, " checked>" in page) == (False, False)


def test_nobody_overwrites_what_another_recorded_meanwhile(pages: Pages) -> None:
    number, kari, rita = pages.task(STEP, "e1"), pages.as_("kari"), pages.as_("rita")
    shown = {"task": number, "seen": "", "fra": "/mine"}  # as both pages showed it: open
    rita.post("/oppgaver/gjort", data=shown | {"on": "20.11.2026"})
    answer = kari.post("/oppgaver/gjort", data=shown | {"on": "25.11.2026"})
    assert answer.status_code == 422
    assert "Elev e1: noen andre har ført dette imens (gjort)." in answer.text
    assert [str(on) for _what, on in said(pages, STEP)] == ["2026-11-20"]


def test_a_talk_says_what_was_said_of_it(pages: Pages) -> None:
    number, client = pages.task(TALK, "e1"), pages.as_("kari")
    answer = client.post("/oppgaver/samtale", data={"task": number, "word": "no_reply"})
    page = client.get(answer.headers["location"]).text
    assert "for Elev e1 er ført: ikke svar." in page
    assert "åpen, ikke svar" in page


def test_an_address_is_nobodys_word_that_something_is_recorded(pages: Pages) -> None:
    number, client = pages.task(STEP, "e1"), pages.as_("kari")
    for query in (f"fort={number}", f"fort={number}&hva=1-2", "fort=9" * 300, "fort=٣", "hva=1-1"):
        assert "er ført" not in client.get(f"/mine?{query}").text.partition("<h2")[0], query


def test_what_is_old_is_corrected_not_undone(pages: Pages) -> None:
    number, client = pages.task(STEP, "e1"), pages.as_("kari")
    events = undo_of(client.post("/oppgaver/gjort", data={"task": number, "on": ""}))
    pages.now += undoing.UNDOABLE
    undo = {"task": number, "what": events}
    assert pages.as_("kari").post("/oppgaver/angre", data=undo).status_code == 422
    assert len(said(pages, STEP)) == 1


@pytest.mark.parametrize("reason", ["x" * 501, "nul\0", "bell\a", "  "])
def test_a_reason_that_nobody_can_read_is_refused(pages: Pages, reason: str) -> None:
    data = {"task": pages.task(STEP, "e1"), "reason": reason, "fra": "/mine"}
    answer = pages.as_("kari").post("/oppgaver/ikke-aktuelt", data=data)
    assert answer.status_code == 422
    assert "--reason" not in answer.text
    assert pages.rows(ROWS) == []


@pytest.mark.parametrize("number", ["9" * 5_000, "2147483648", "-1", "1.5", "٣", "1\0"])
def test_a_number_that_no_task_has_is_refused_kindly(pages: Pages, number: str) -> None:
    client = pages.as_("kari")
    assert client.post("/oppgaver/gjort", data={"task": number}).status_code == 422
    undo = {"task": pages.task(STEP, "e1"), "what": f"1-{number}"}
    assert client.post("/oppgaver/angre", data=undo).status_code == 422


def test_a_reload_of_what_a_form_was_sent_to_leads_home(still: Pages) -> None:
    assert still.as_("kari").get("/oppgaver/gjort").headers["location"] == "/"


def test_help_is_asked_for_with_one_button_and_taken_back_with_one(pages: Pages) -> None:
    number, client = pages.task(STEP, "e1"), pages.as_("kari")
    answer = client.post("/oppgaver/hjelp", data={"task": number, "reason": "mangler rapporten"})
    assert said(pages, STEP) == [("help_wanted", pages.rows("SELECT on_day FROM happening")[0][0])]
    assert "hjelp ønsket" in client.get(str(answer.headers["location"])).text
    client.post("/oppgaver/angre", data={"task": number, "what": undo_of(answer)})
    assert said(pages, STEP) == []


def test_another_date_is_agreed_by_whoever_holds_the_duty_and_taken_back(pages: Pages) -> None:
    number, client = pages.task(STEP, "e1"), pages.as_("kari")
    form = {"task": number, "on": "22.01.2027", "reason": "sykdom", "fra": "/mine"}
    answer = client.post("/oppgaver/ny-dato", data=form)
    assert "ny dato 22.01.2027" in client.get(str(answer.headers["location"])).text
    assert pages.rows(f"SELECT due, moved FROM task WHERE id = {number}")[0][0] is not None  # noqa: S608
    client.post("/oppgaver/angre", data={"task": number, "what": undo_of(answer)})
    due = pages.rows(f"SELECT due FROM task WHERE id = {number}")[0][0]  # noqa: S608 - a number of ours
    assert str(due) == "2027-01-15"


@pytest.mark.parametrize(
    ("on", "reason", "why"),
    [
        ("22.01.2027", "", "Skriv hvorfor datoen er en annen."),
        ("20.11.2026", "sykdom", "Den nye datoen er passert"),
        ("snart", "sykdom", "er ingen dato"),
    ],
)
def test_another_date_needs_a_reason_and_a_day_that_comes(
    pages: Pages, on: str, reason: str, why: str
) -> None:
    form = {"task": pages.task(STEP, "e1"), "on": on, "reason": reason, "fra": "/mine"}
    answer = pages.as_("kari").post("/oppgaver/ny-dato", data=form)
    assert (answer.status_code, why in answer.text) == (422, True)


def test_every_undo_asks_whether_the_act_is_whole() -> None:
    """All routes that take events from a form do it by the one rule."""
    undoing_routes = [route for route in ROUTES if route.path.endswith("/angre")]
    # (a need is withdrawn pupil by pupil, and an import by its number: neither names events)
    asking = {
        route.path
        for route in undoing_routes
        if route.path not in ("/behov/angre", "/import/gjort/{number}/angre")
    }
    assert len(asking) > 9
    silent = [
        route.path
        for route in undoing_routes
        if route.path in asking and "whole_acts(page" not in inspect.getsource(route.handler)
    ]
    assert silent == []
