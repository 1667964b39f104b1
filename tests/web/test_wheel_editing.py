"""Årshjulet vårt: a step is moved, seen first, saved, shown and taken back, by the head alone."""

import re
from html import unescape
from pathlib import Path

from iopflow import settings
from iopflow.cli import main
from iopflow.web.app import create_app
from iopflow.web.page import Site
from iopflow.wheel import load
from tests.web.conftest import Pages

STEP = "iop.arsevaluering"
FORM = {
    "steg": STEP,
    "revisjon": "0",
    "fra": "2026-27",
    "frist_kind": "dato",
    "frist_on": "15.05.",
    "apner_kind": "due",
    "apner_count": "6",
    "apner_unit": "w",
    "apner_side": "for",
    "ansvarlig": "kontaktlaerer",
    "helg": "internal",
    "bruk": "ja",
}


def dues(pages: Pages, step: str = STEP) -> list[tuple[int, str]]:
    """The due days of a step's tasks at Lia skole, by year served."""
    rows = pages.rows(
        "SELECT DISTINCT t.year, t.due FROM task t JOIN school s ON s.id = t.school_id"  # noqa: S608 - a word of ours
        f" WHERE s.key = 'lia' AND t.step = '{step}' ORDER BY 1, 2"
    )
    return [(year, str(due)) for year, due in rows]


def newest_revision(pages: Pages) -> int:
    """The number of the newest change of a wheel."""
    ((number,),) = pages.rows(
        "SELECT max(id) FROM event WHERE act = 'own_wheel' AND table_name = 'school'"
    )
    return int(number)


def test_a_date_is_seen_saved_shown_and_taken_back(pages: Pages) -> None:
    client = pages.as_("rita")
    before = dues(pages)
    shown = client.post("/arshjul/rediger/se", data=FORM)
    assert shown.status_code == 200
    assert ("31.05.2027" in shown.text, "→ 15.05.2027" in shown.text) == (True, True)
    assert "P3 måles mot indikatorens egen dato" in shown.text
    assert dues(pages) == before
    saved = client.post("/arshjul/rediger", data=FORM)
    assert saved.status_code == 303
    assert dues(pages) == [(2026, "2027-05-15")]
    page = client.get(saved.headers["location"]).text
    assert "endret fra 31.05.2027" in page
    assert "endret fra 31.05.2027" in client.get("/arshjul").text
    number = newest_revision(pages)
    back = client.post("/arshjul/rediger/tilbake", data={"til": number, "revisjon": number})
    assert back.status_code == 303
    assert dues(pages) == before
    assert pages.rows("SELECT own_wheel FROM school WHERE key = 'lia'") == [(None,)]


def test_another_process_shows_the_new_dates_at_once(pages: Pages) -> None:
    other = Pages(pages.engine)  # a site of its own, with rules of its own
    reader = other.as_("heidi")
    assert "endret fra" not in reader.get("/arshjul").text
    assert pages.as_("rita").post("/arshjul/rediger", data=FORM).status_code == 303
    assert "endret fra 31.05.2027" in reader.get("/arshjul").text


def test_a_later_year_leaves_this_years_tasks(pages: Pages) -> None:
    step = "iop.foreldremote_var"
    late = FORM | {"steg": step, "fra": "2027-28"}
    client, before = pages.as_("rita"), dues(pages, step)
    assert before == [(2026, "2027-05-31"), (2027, "2028-05-31")]
    assert client.post("/arshjul/rediger", data=late).status_code == 303
    assert dues(pages, step) == [(2026, "2027-05-31"), (2027, "2028-05-15")]


def test_what_law_keeps_is_refused_beside_the_field_and_nothing_typed_is_lost(
    pages: Pages,
) -> None:
    client, before = pages.as_("rita"), dues(pages)
    later = client.post("/arshjul/rediger", data=FORM | {"frist_on": "30.06."})
    assert (later.status_code, 'value="30.06."' in later.text) == (422, True)
    assert 'id="frist-feil">Fristen kommer etter siste dag i tide, skoleslutt' in later.text
    off = {name: value for name, value in FORM.items() if name != "bruk"}
    unused = client.post("/arshjul/rediger", data=off | {"frist_on": "31.05."})
    assert unused.status_code == 422
    assert 'id="bruk-feil">Steget er pålagt (opplæringslova § 11-11)' in unused.text
    talk = FORM | {"steg": "iop.elevsamtale_host", "frist_on": "01.03.", "apner_kind": "slik"}
    law = client.post("/arshjul/rediger/se", data=talk)
    assert law.status_code == 422
    assert "Dagen er satt av lov (opplæringsforskrifta § 9-6)" in law.text
    wrong = client.post("/arshjul/rediger/se", data=FORM | {"frist_on": "31.02."})
    assert (wrong.status_code, "«31.02.» er ingen dag i året" in wrong.text) == (422, True)
    assert dues(pages) == before


def test_nothing_changed_is_said(pages: Pages) -> None:
    same = pages.as_("rita").post("/arshjul/rediger", data=FORM | {"frist_on": "31.05."})
    assert (same.status_code, "Ingenting er endret ennå." in same.text) == (422, True)


def test_what_somebody_else_changed_meanwhile_is_shown_and_not_overwritten(pages: Pages) -> None:
    client = pages.as_("rita")
    assert client.post("/arshjul/rediger", data=FORM).status_code == 303
    mine = FORM | {"frist_on": "10.05."}
    answer = client.post("/arshjul/rediger", data=mine)
    assert (answer.status_code, 'value="10.05."' in answer.text) == (422, True)
    assert "Årshjulet ble endret mens du skrev" in answer.text
    assert "31.05 → 15.05" in answer.text
    assert dues(pages) == [(2026, "2027-05-15")]
    newest = answer.text.partition('name="revisjon" value="')[2].partition('"')[0]
    assert client.post("/arshjul/rediger", data=mine | {"revisjon": newest}).status_code == 303
    assert dues(pages) == [(2026, "2027-05-10")]


OWN = {
    "steg": "",
    "revisjon": "0",
    "fra": "2026-27",
    "nb": "Brannøvelse",
    "nn": "Brannøving",
    "gjelder": "school",
    "frist_kind": "school_start",
    "frist_count": "20",
    "frist_unit": "w",
    "frist_side": "etter",
    "apner_kind": "due",
    "apner_count": "2",
    "apner_unit": "w",
    "apner_side": "for",
    "ansvarlig": "rektor",
    "helg": "internal",
    "bruk": "ja",
}


def test_a_step_of_the_schools_own_is_a_task_of_whoever_has_it(
    pages: Pages, tmp_path: Path
) -> None:
    client = pages.as_("rita")
    shown = client.post("/arshjul/rediger/se", data=OWN).text
    assert "1 oppgave kommer til" in shown
    assert client.post("/arshjul/rediger", data=OWN).status_code == 303
    assert dues(pages, "egen.steg_1")[0] == (2026, "2027-01-04")
    assert "Brannøvelse" in client.get("/arshjul").text
    file = client.get("/arshjul/rediger/fil")
    path = tmp_path / "egne.toml"
    path.write_bytes(file.content)
    assert load(path)["egen.steg_1"].title.nn == "Brannøving"
    assert client.post("/arshjul/rediger", data=OWN | {"nb": ""}).status_code == 422


def test_an_older_revision_is_given_back_only_by_those_who_have_seen_the_newest(
    pages: Pages,
) -> None:
    client = pages.as_("rita")
    client.post("/arshjul/rediger", data=FORM)
    first = newest_revision(pages)
    client.post("/arshjul/rediger", data=FORM | {"frist_on": "10.05.", "revisjon": str(first)})
    newest = newest_revision(pages)
    late = client.post("/arshjul/rediger/tilbake", data={"til": first, "revisjon": first})
    assert late.status_code == 422
    back = client.post("/arshjul/rediger/tilbake", data={"til": newest, "revisjon": newest})
    assert (back.status_code, dues(pages)) == (303, [(2026, "2027-05-15")])


def test_to_go_back_is_shown_first_where_it_is_asked_for(pages: Pages) -> None:
    client, before = pages.as_("rita"), dues(pages)
    client.post("/arshjul/rediger", data=FORM)
    number = newest_revision(pages)
    listed = unescape(client.get("/arshjul/rediger").text)
    assert 'name="se" value="ja"' in listed
    back = {"til": number, "revisjon": number}
    shown = client.post("/arshjul/rediger/tilbake", data=back | {"se": "ja"})
    assert (shown.status_code, "→ 31.05.2027" in shown.text) == (200, True)
    assert "regnes fristene fra" not in shown.text
    assert dues(pages) == [(2026, "2027-05-15")]
    agreed = dict(re.findall(r'name="(til|revisjon|sett)" value="([^"]*)"', shown.text))
    assert client.post("/arshjul/rediger/tilbake", data=agreed).status_code == 303
    assert dues(pages) == before


def test_to_go_back_to_another_wheel_is_never_unseen(pages: Pages, tmp_path: Path) -> None:
    """schools.csv gave the school another wheel: to take the own changes back moves more dates."""
    (tmp_path / "tidlig.toml").write_text(
        f'extends = "spesialskole"\n[[step]]\nkey = "{STEP}"\ndue = "05-20"\n', encoding="utf-8"
    )
    known = settings.load({}, calendars=str(tmp_path))
    pages.app = create_app(Site(pages.engine, known, pages.moment, demo=True))
    client = pages.as_("rita")
    assert client.post("/arshjul/rediger", data=FORM).status_code == 303
    pages.run("UPDATE school SET wheel = 'tidlig' WHERE key = 'lia'")
    number = newest_revision(pages)
    back = {"til": number, "revisjon": number}
    shown = client.post("/arshjul/rediger/tilbake", data=back)
    assert (shown.status_code, "→ 20.05.2027" in shown.text) == (200, True)
    said = "regnes fristene fra årshjulet «tidlig», og ikke fra «spesialskole» som i dag."
    assert said in unescape(shown.text)
    assert dues(pages) == [(2026, "2027-05-15")]
    agreed = dict(re.findall(r'name="(til|revisjon|sett)" value="([^"]*)"', shown.text))
    # Another wheel again, while it was read: that is shown, and nothing is saved.
    pages.run("UPDATE school SET wheel = NULL WHERE key = 'lia'")
    pages.run("UPDATE school SET own_wheel = replace(own_wheel, 'spesialskole', 'tidlig')")
    again = client.post("/arshjul/rediger/tilbake", data=agreed)
    assert (again.status_code, "fra årshjulet «spesialskole»" in unescape(again.text)) == (
        200,
        True,
    )
    pages.run("UPDATE school SET wheel = 'tidlig' WHERE key = 'lia'")
    assert client.post("/arshjul/rediger/tilbake", data=agreed).status_code == 303
    assert dues(pages) == [(2026, "2027-05-20")]


def test_a_school_that_one_does_not_lead_is_not_found(pages: Pages) -> None:
    ((fjell,),) = pages.rows("SELECT id FROM school WHERE key = 'fjell'")
    client = pages.as_("rita")
    codes = {
        client.get(f"/arshjul/rediger?skole={fjell}").status_code,
        client.post(f"/arshjul/rediger?skole={fjell}", data=FORM).status_code,
        client.get("/arshjul/rediger?skole=999999").status_code,
        client.get("/arshjul/rediger?steg=finnes.ikke").status_code,
    }
    assert codes == {404}


def test_to_import_the_schools_again_leaves_the_own_changes(pages: Pages, tmp_path: Path) -> None:
    assert pages.as_("rita").post("/arshjul/rediger", data=FORM).status_code == 303
    rows = "school;name;owner;municipality;wheel\nlia;Lia nye skole;eikedal;Eikedal;spesialskole\n"
    (tmp_path / "schools.csv").write_text(rows)
    url = pages.engine.url.render_as_string(hide_password=False)
    now = f"{pages.now:%Y-%m-%dT%H:%M}"
    words = ["--database", url, "import", str(tmp_path), "--apply", "--by", "ada", "--now", now]
    assert main(words) == 0
    assert pages.rows("SELECT name, wheel FROM school WHERE key = 'lia'") == [
        ("Lia nye skole", "spesialskole")
    ]
    assert dues(pages) == [(2026, "2027-05-15")]
    assert "endret fra 31.05.2027" in pages.as_("rita").get("/arshjul").text
