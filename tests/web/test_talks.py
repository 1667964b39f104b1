"""Samtaler: who was invited, what came of it, and who may see it."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from tests.web.conftest import Pages

TALK = "iop.utviklingssamtale"
AT = f"/samtaler?ar=2026-27&slag={TALK}"
FORM = {"fra": "/samtaler", "ar": "2026-27", "slag": TALK}


def tally(page: str) -> str:
    """The numbers above the list."""
    found = re.search(r'class="lead tally">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return unescape(re.sub(r"<[^>]+>", "", found[1]))


def record(pages: Pages, word: str, *pupils: str, **form: str) -> str:
    """What Kari records of talks on the page; where she is sent."""
    tasks = [str(pages.task(TALK, pupil)) for pupil in pupils]
    data = {**FORM, "word": word, "on": "25.11.2026", "task": tasks, **form}
    answer = pages.as_("kari").post("/oppgaver/samtale", data=data)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def said(pages: Pages) -> list[tuple[str, str, str | None]]:
    """What stands recorded of the talks."""
    rows = pages.rows(
        "SELECT p.key, h.what, h.reason FROM happening h JOIN pupil p ON p.id = h.subject_id"  # noqa: S608 - a step of ours
        f" WHERE h.step = '{TALK}' ORDER BY p.key, h.id"
    )
    return [(key, what, reason) for key, what, reason in rows]


def test_many_are_invited_at_once_and_it_is_said_how(pages: Pages) -> None:
    place = record(pages, "invited", "e1", "e2", "e3", how="telefon", flere="ja", seen="")
    assert said(pages) == [(key, "invited", "telefon") for key in ("e1", "e2", "e3")]
    record(pages, "declined", "e2", reason="fornøyd med dialogen")
    record(pages, "held", "e1")
    page = pages.as_("kari").get(AT).text
    assert tally(page) == (
        "Invitert 3 · Holdt 1 · Takket nei 1 · Ikke svar 0 · Venter på svar 1 · Ikke invitert 1"
    )
    assert "<strong>25 %</strong> av alle (1/4)" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "(1/3)" in page
    assert "fornøyd med dialogen" in page
    asked = parse_qs(urlsplit(place).query)
    assert (urlsplit(place).path, asked["slag"], asked["ar"]) == ("/samtaler", [TALK], ["2026-27"])


def test_all_that_were_invited_at_once_is_taken_back_at_once(pages: Pages) -> None:
    place = record(pages, "invited", "e1", "e2", how="brev", flere="ja", seen="")
    shown = pages.as_("kari").get(place).text
    assert "2 elever er ført: Utviklingssamtale (halvår)." in unescape(shown)
    asked = parse_qs(urlsplit(place).query)
    tasks = asked["fort"][0].split(",")
    data = {**FORM, "task": tasks, "what": asked["hva"][0]}
    answer = pages.as_("kari").post("/oppgaver/angre", data=data)
    assert answer.headers["location"].startswith("/samtaler?ar=2026-27")
    assert said(pages) == []


def test_who_is_not_invited_or_has_not_answered_is_found(pages: Pages) -> None:
    record(pages, "invited", "e1", "e2")
    record(pages, "no_reply", "e2")
    kari = pages.as_("kari")
    names = {
        only: re.findall(r"Elev e\d(?=</label>)", kari.get(f"{AT}&vis={only}").text)
        for only in ("", "ikke-invitert", "ikke-svar")
    }
    assert names == {
        "": ["Elev e1", "Elev e2", "Elev e3", "Elev e5"],
        "ikke-invitert": ["Elev e3", "Elev e5"],
        "ikke-svar": ["Elev e1", "Elev e2"],
    }


def test_a_class_is_chosen_by_whoever_has_several(still: Pages) -> None:
    ((unit,),) = still.rows("SELECT id FROM unit WHERE key = '3b'")
    page = still.as_("heidi").get(f"{AT}&klasse={unit}").text
    assert re.findall(r"Elev e\d(?=</label>)", page) == ["Elev e4"]
    assert tally(page).endswith("Ikke invitert 1")


def test_a_talk_that_was_called_off_may_be_called_again(pages: Pages) -> None:
    record(pages, "invited", "e1")
    record(pages, "cancelled", "e1", reason="sykdom")
    page = pages.as_("kari").get(AT).text
    assert "Avlyst 1" in tally(page)
    record(pages, "invited", "e1", on="26.11.2026")
    assert "Venter på svar 1" in tally(pages.as_("kari").get(AT).text)


def test_what_is_typed_is_shown_again_with_the_reason(pages: Pages) -> None:
    number = pages.task(TALK, "e1")
    data = {**FORM, "word": "declined", "task": number, "on": "snart", "reason": "fornøyd"}
    answer = pages.as_("kari").post("/oppgaver/samtale", data=data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'href="#dag-declined-{number}"' in answer.text
    assert ('value="snart"' in answer.text, 'value="fornøyd"' in answer.text) == (True, True)
    nobody = pages.as_("kari").post(
        "/oppgaver/samtale", data={**FORM, "word": "invited", "on": "1.11.2026", "flere": "ja"}
    )
    assert (nobody.status_code, "Ingen er valgt" in nobody.text) == (422, True)
    assert said(pages) == []


def test_what_another_has_recorded_meanwhile_is_told(pages: Pages) -> None:
    record(pages, "held", "e1")
    data = {**FORM, "word": "held", "task": pages.task(TALK, "e1"), "on": "24.11.2026", "seen": ""}
    answer = pages.as_("heidi").post("/oppgaver/samtale", data=data)
    assert (answer.status_code, "noen andre har ført dette" in answer.text) == (422, True)
    assert said(pages) == [("e1", "held", None)]


def test_only_those_who_see_talks_see_these(still: Pages) -> None:
    seen = {
        who: re.findall(r"Elev [ef]\d(?=</label>)", still.as_(who).get(AT).text)
        for who in ("kari", "per", "heidi", "rita", "olav", "eli", "ada")
    }
    assert seen == {
        "kari": ["Elev e1", "Elev e2", "Elev e3", "Elev e5"],
        "per": ["Elev e1"],
        "heidi": ["Elev e1", "Elev e2", "Elev e3", "Elev e4"],
        "rita": ["Elev e1", "Elev e2", "Elev e3", "Elev e5", "Elev e4"],
        "olav": [],
        "eli": [],
        "ada": [],
    }
