"""Historikk: who did what when, as far as one sees, and what of one's own is taken back."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event

from iopflow.engine import appointing, figure_values, granting, merging, units
from iopflow.engine.skoleruter import SKOLERUTE
from iopflow.queries.own_wheel import OWN_WHEEL
from iopflow.queries.told import ACTS, sentence
from iopflow.web import rollover_acting
from tests.web.conftest import Pages

ROOT = Path(__file__).parents[2] / "iopflow"
DONE = {"on": "25.11.2026"}


def acts() -> Iterator[str]:
    """Every act that the code signs a change with."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", None))
            first = node.args[0]
            if called in ("act", "Act") and isinstance(first, ast.Constant):
                yield str(first.value)
    yield from (granting.GIVE, granting.END, granting.NEW, granting.CHANGE, granting.LEAVE)
    yield from (
        granting.UNDO,
        appointing.ACT,
        merging.ACT,
        merging.NOT_SAME,
        rollover_acting.CLASS_CHANGE,
    )
    yield from (*units.ACTS, *figure_values.ACTS, OWN_WHEEL, SKOLERUTE)


def test_no_act_is_without_a_sentence() -> None:
    silent = {one for one in acts() if one != "see" and sentence(one) == one}
    assert silent == set()
    assert {text.nn for _about, text in ACTS.values()} & {""} == set()


def record(pages: Pages, who: str, step: str, pupil: str) -> None:
    """Somebody records a step as done."""
    number = pages.task(step, pupil)
    answer = pages.as_(who).post("/oppgaver/gjort", data=DONE | {"task": number})
    assert answer.status_code == 303


def test_it_is_seen_by_those_who_see_the_pupil_and_undone_by_who_did_it(pages: Pages) -> None:
    record(pages, "kari", "iop.halvarsevaluering", "e1")
    pages.now += timedelta(minutes=1)
    said = "Førte som gjort: Halvårsevaluering"
    shown = {who: pages.as_(who).get("/historikk").text for who in ("kari", "heidi", "siri", "ada")}
    assert {who: said in text for who, text in shown.items()} == {
        "kari": True,
        "heidi": True,
        "siri": False,
        "ada": False,
    }
    assert ("Elev e1" in shown["kari"], "Elev e1" in shown["ada"]) == (True, False)
    assert ('action="/historikk/angre"' in shown["kari"]) is True
    assert ('action="/historikk/angre"' in shown["heidi"]) is False
    what = shown["kari"].partition('name="what" value="')[2].partition('"')[0]
    assert pages.as_("heidi").post("/historikk/angre", data={"what": what}).status_code == 422
    answer = pages.as_("kari").post("/historikk/angre", data={"what": what})
    assert answer.headers["location"] == "/historikk?angret=ja"
    assert pages.rows("SELECT count(*) FROM happening") == [(0,)]
    after = pages.as_("heidi").get("/historikk").text
    assert "Angret av Kari 26.11.2026" in after
    assert 'action="/historikk/angre"' not in pages.as_("kari").get("/historikk").text


def test_after_thirty_days_it_is_corrected_and_not_undone(pages: Pages) -> None:
    record(pages, "kari", "iop.halvarsevaluering", "e1")
    pages.now += timedelta(days=31)
    text = pages.as_("kari").get("/historikk?fra=1.11.2026").text
    assert ("Førte som gjort" in text, "/historikk/angre" in text) == (True, False)


def test_a_protected_pupil_is_in_nobodys_history_who_does_not_see_the_pupil(pages: Pages) -> None:
    record(pages, "kari", "iop.elevsamtale_host", "e5")
    seen = {
        who: "Elev e5" in pages.as_(who).get("/historikk").text
        for who in ("kari", "heidi", "rita", "olav", "ada")
    }
    assert seen == {"kari": True, "heidi": False, "rita": True, "olav": False, "ada": False}


def test_an_act_on_many_is_one_line_and_filters_narrow_it(pages: Pages) -> None:
    tasks = [pages.task("iop.halvarsevaluering", key) for key in ("e1", "e2", "e3")]
    kari = pages.as_("kari")
    kari.post("/oppgaver/gjort", data=DONE | {"task": tasks})
    text = pages.as_("rita").get("/historikk").text
    assert "Elev e1, Elev e2, Elev e3" in text
    ((number,),) = pages.rows("SELECT id FROM person WHERE key = 'rita'")
    ((unit,),) = pages.rows("SELECT id FROM unit WHERE key = '3a'")
    for query, found in (
        (f"hvem={number}", False),
        (f"klasse={unit}", True),
        ("om=steg", True),
        ("om=moter", False),
        ("til=20.11.2026", False),
    ):
        assert ("Elev e1" in pages.as_("rita").get(f"/historikk?{query}").text) is found, query
    wrong = kari.get("/historikk?fra=snart")
    assert (wrong.status_code, 'value="snart"' in wrong.text) == (422, True)


def test_roles_are_told_in_words_and_undone(pages: Pages) -> None:
    form = {"away": "kari", "taker": "siri", "start": "27.11.2026", "end": "18.12.2026"}
    pages.as_("heidi").post("/vikar", data=form)
    pages.now += timedelta(minutes=1)
    said = "Endret vikarer: Siri, kontaktlærer (3a), 27.11.2026–18.12.2026"
    for who in ("heidi", "rita", "ada"):
        assert said in pages.as_(who).get("/historikk").text
    text = pages.as_("heidi").get("/historikk").text
    what = text.partition('name="what" value="')[2].partition('"')[0]
    assert pages.as_("heidi").post("/historikk/angre", data={"what": what}).status_code == 303
    assert pages.rows("SELECT count(*) FROM role_grant WHERE for_id IS NOT NULL") == [(0,)]


def test_one_who_gave_all_away_does_not_take_it_back(pages: Pages) -> None:
    form = {"away": "kari", "taker": "per", "start": "26.11.2026", "kind": "godt"}
    kari = pages.as_("kari")
    assert kari.post("/vikar", data=form).status_code == 303
    text = kari.get("/historikk").text
    what = text.partition('name="what" value="')[2].partition('"')[0]
    assert kari.post("/historikk/angre", data={"what": what}).status_code == 422


def test_a_hand_over_comes_back_with_the_measures_that_went_along(pages: Pages) -> None:
    pages.run(
        "INSERT INTO measure (owner_id, school_id, year, indicator, text, person_id, due,"
        " decided_on) SELECT s.owner_id, s.id, 2026, 'P1', 'Melde behov', p.id, '2026-12-18',"
        " '2026-10-01' FROM school s, person p WHERE s.key = 'lia' AND p.key = 'kari'"
    )
    whose = "SELECT key FROM person WHERE id = (SELECT person_id FROM measure)"
    heidi = pages.as_("heidi")
    form = {"away": "kari", "taker": "siri", "start": "26.11.2026", "kind": "godt"}
    assert "Tiltak om P1, innen 18.12.2026" in heidi.post("/vikar/se", data=form).text
    assert heidi.post("/vikar", data=form).status_code == 303
    assert pages.rows(whose) == [("siri",)]
    text = heidi.get("/historikk").text
    what = text.partition('name="what" value="')[2].partition('"')[0]
    assert heidi.post("/historikk/angre", data={"what": what}).status_code == 303
    assert pages.rows(whose) == [("kari",)]


def test_what_is_undone_is_named_and_gives_no_reason_for_itself(pages: Pages) -> None:
    ((rita,),) = pages.rows("SELECT id FROM person WHERE key = 'rita'")
    client = pages.as_("rita")
    asked = {"text": "Melde behov før jul", "person": str(rita), "due": "18.12.26"}
    assert client.post("/indikatorer/P1/tiltak?ar=2026-27", data=asked).status_code == 303
    what = client.get("/historikk").text.partition('name="what" value="')[2].partition('"')[0]
    assert client.post("/historikk/angre", data={"what": what}).status_code == 303
    after = client.get("/historikk").text
    assert "Angret: tiltaket «P1 Melde behov før jul»" in after
    assert "Vedtok et tiltak: P1 Melde behov før jul" in after
    assert "Begrunnelse" not in after


def test_as_many_statements_for_many_acts_as_for_few(pages: Pages) -> None:
    counts = []
    for _round in range(2):
        for key in ("e1", "e2"):
            record(pages, "kari", f"iop.{'halvarsevaluering'}", key)
            pages.now += timedelta(minutes=1)
            pages.run("DELETE FROM happening")
        client = pages.as_("rita")
        said: list[object] = []

        def note(*args: object, said: list[object] = said) -> None:
            said.append(args[2])

        event.listen(pages.engine, "before_cursor_execute", note)
        client.get("/historikk")
        event.remove(pages.engine, "before_cursor_execute", note)
        counts.append(len(said))
    assert counts[0] == counts[1]
