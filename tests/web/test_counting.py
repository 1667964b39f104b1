"""Telling: a counting date as work, what a revision changed, and the sheet for GSI."""

import io
import re
from datetime import datetime
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import Session

from iopflow.clock import OSLO
from iopflow.words import reading_word
from tests.factories import Lia
from tests.web.conftest import Pages

KEYS = "SELECT key, id FROM unit UNION SELECT key, id FROM school"
ALL = ("0110", "0103", "0106", "skoleslutt")


def table(page: str, title: str) -> str:
    """The table below a heading."""
    found = re.search(rf"<h2[^>]*>{re.escape(title)}</h2>\s*<table.*?</table>", page, re.DOTALL)
    assert found is not None, title
    return found[0]


def test_each_counting_date_has_its_own_list(still: Pages) -> None:
    client = still.as_("rita")
    wanted = {
        "0110": (["P4", "P5", "P6", "P10"], ["S2", "S3", "S4", "S5", "S6", "S7a", "S8", "ØK2"]),
        "0103": (
            ["P7", "P9", "P10"],
            ["S1", "S4", "S5", "T1", "T2", "R1", "ØK1a", "ØK1b", "ØK2"],
        ),
        "0106": (["P1"], []),
        "skoleslutt": (["P1", "P2", "P3", "P7", "P7", "P8", "P10", "P10"], ["R1", "R2"]),
    }
    for key, (computed, registered) in wanted.items():
        page = client.get(f"/telling?dato={key}").text
        name = r'<th scope="row"><a[^>]*>(\S+) '
        assert re.findall(name, table(page, "Det iopflow regner ut")) == computed
        if registered:
            assert re.findall(name, table(page, "Det skolen registrerer")) == registered
        else:
            assert "Ingen tall skal registreres til denne datoen." in page


def test_the_page_begins_with_the_date_that_is_work_now(pages: Pages) -> None:
    for now, title in (
        (datetime(2026, 9, 10, 8, 0, tzinfo=OSLO), "Telling 1. oktober"),
        (datetime(2026, 11, 26, 8, 0, tzinfo=OSLO), "Telling 1. oktober"),
        (datetime(2027, 2, 10, 8, 0, tzinfo=OSLO), "Telling 1. mars"),
        (datetime(2027, 5, 10, 8, 0, tzinfo=OSLO), "Telling 1. juni"),
        (datetime(2027, 6, 10, 8, 0, tzinfo=OSLO), "Telling skoleslutt"),
    ):
        pages.now = now
        assert f">{title}</h1>" in pages.as_("rita").get("/telling").text
    assert pages.as_("rita").get("/telling?dato=1224").status_code == 404


def test_a_registered_figure_is_ticked_off_and_what_lacks_is_one_press_away(pages: Pages) -> None:
    client = pages.as_("rita")
    before = table(client.get("/telling?dato=0110").text, "Det skolen registrerer")
    assert before.count("! mangler") == 8
    (address,) = re.findall(r'href="(/verdier/S8[^"]*#fyll-inn)"', before)
    page = client.get(address.replace("&amp;", "&")).text
    (sett,) = re.findall(r'name="sett" value="([^"]*)"', page)
    asked = {"dag": "2026-10-01", "sett": sett, "kategori": "", "verdi": "12", "av": "14"}
    assert client.post(address.replace("&amp;", "&"), data=asked).status_code == 303
    after = table(client.get("/telling?dato=0110").text, "Det skolen registrerer")
    assert after.count("! mangler") == 7
    assert "12/14" in after


def test_pupils_are_named_to_those_who_see_them_and_counted_for_others(pages: Pages) -> None:
    ((lia,),) = pages.rows("SELECT id FROM school WHERE key = 'lia'")
    pages.run(
        "INSERT INTO vedtak (owner_id, pupil_id, year, decided_on, outcome, valid_from, valid_to,"
        " departs, recorded_on, recorded_at) SELECT owner_id, id, 2026, '2026-06-10', 'granted',"
        " '2026-08-01', '2027-07-31', false, '2026-06-10', '2026-06-10 10:00:00' FROM pupil"
        " WHERE key = 'e5'"
    )
    addresses = {
        who: pages.as_(who).get(f"/telling?dato=0110&skole={lia}")
        for who in ("rita", "heidi", "eli")
    }
    shown = {who: set(re.findall(r"Elev (e\d)", one.text)) for who, one in addresses.items()}
    # e5 has a protected address: the head of the avdeling counts that pupil, and sees no name.
    assert "✓" not in table(addresses["rita"].text, "Det iopflow regner ut")
    assert "kan fryses" in table(addresses["rita"].text, "Det iopflow regner ut")
    assert shown == {"rita": {"e1", "e2", "e3", "e5"}, "heidi": {"e1", "e2", "e3"}, "eli": set()}
    assert "4 elever mangler ennå" in addresses["rita"].text
    assert "færre enn 5 elever mangler ennå" in addresses["heidi"].text
    assert "mangler ennå" not in addresses["eli"].text
    noted = pages.rows("SELECT what, n FROM reading ORDER BY n")
    assert {what for what, _n in noted} == {"/telling"}
    assert reading_word("/telling") != "/telling"


def test_of_a_figure_that_is_hidden_nothing_is_found(pages: Pages) -> None:
    """Fjell has two pupils, of whom the owner is told nothing."""
    pages.run("UPDATE enrolment SET class_id = NULL")
    ((fjell,),) = pages.rows("SELECT id FROM school WHERE key = 'fjell'")
    pages.run(
        "INSERT INTO vedtak (owner_id, pupil_id, year, decided_on, outcome, valid_from, valid_to,"
        " departs, recorded_on, recorded_at) SELECT owner_id, id, 2026, '2026-06-10', 'granted',"
        " '2026-08-01', '2027-07-31', false, '2026-06-10', '2026-06-10 10:00:00' FROM pupil"
        " WHERE key = 'f1'"
    )
    page = pages.as_("eli").get(f"/telling?dato=0110&skole={fjell}").text
    assert "under 5 elever: tallet vises ikke" in page
    assert "mangler ennå" not in page
    assert "færre enn 5 elever går på skolen uten å stå i en klasse" in page


def test_the_office_fills_in_and_sees_no_figures(pages: Pages) -> None:
    pages.run(
        "UPDATE enrolment SET class_id = NULL"
        " WHERE pupil_id = (SELECT id FROM pupil WHERE key = 'e4')"
    )
    page = pages.as_("olav").get("/telling?dato=0110").text
    assert "Det iopflow regner ut" not in page
    assert "Fyll inn" in page
    assert "1 elev går på skolen uten å stå i en klasse" in page
    assert "Elev e4" in page
    assert "mangler ennå" not in page
    assert "Frys tallene" not in page


def test_undecided_needs_stand_in_the_way_of_p1(pages: Pages) -> None:
    pages.now = datetime(2027, 5, 20, 10, 0, tzinfo=OSLO)
    page = pages.as_("rita").get("/telling?dato=0106").text
    assert "har ikke fått behovet for neste skoleår avklart" in page
    assert "/behov?skole=" in page
    assert "/behov?skole=" not in pages.as_("eli").get("/telling?dato=0106").text


def test_a_school_without_a_skolerute_is_told(pages: Pages) -> None:
    client = pages.as_("rita")
    found = [client.get(f"/telling?dato={key}&ar=2031-32").status_code for key in ALL]
    assert found == [200, 200, 200, 200]
    page = pages.as_("rita").get("/telling?dato=skoleslutt&ar=2031-32").text
    assert "Skoleruten for 2031-32 mangler" in page
    assert "Frys tallene" not in page


def test_the_step_of_the_wheel_leads_there(pages: Pages) -> None:
    ((lia,),) = pages.rows("SELECT id FROM school WHERE key = 'lia'")
    page = pages.as_("rita").get("/arshjul").text
    found = re.findall(r'href="/telling\?skole=(\d+)&amp;ar=([\d-]+)&amp;dato=(\w+)"', page)
    assert [(int(school), key) for school, _year, key in found] == [
        (lia, "0110"),
        (lia, "0103"),
        (lia, "skoleslutt"),
    ]
    assert "/telling?" not in pages.as_("kari").get("/arshjul").text
    mine = pages.as_("rita").get("/mine").text
    assert f'href="/telling?skole={lia}&amp;ar=2026-27&amp;dato=0110">Telletidspunkt' in mine


def checks(page: str) -> str:
    """The step of the wheel, at the end of the page."""
    found = re.search(r'<section aria-labelledby="steget">.*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def put(pages: Pages, code: str, category: str = "") -> None:
    pages.run(
        "INSERT INTO figure_value (owner_id, school_id, year, indicator, counted_on, category,"  # noqa: S608 - values of ours
        f" unit_key, value) SELECT owner_id, id, 2026, '{code}', '2026-10-01', '{category}', '',"
        " '10' FROM school WHERE key = 'lia'"
    )


def test_the_step_of_the_wheel_follows_the_figures_and_is_done_by_one_press(pages: Pages) -> None:
    client = pages.as_("rita")
    before = checks(client.get("/telling?dato=0110").text)
    assert "S2, S3, S4, S5, S6, S7a, S8 mangler" in before
    assert "8 tall mangler før steget kan føres som gjort her." in before
    assert ("regnes ut av iopflow" in before, "Se arket til GSI" in before) == (True, True)
    for code in ("S2", "S3", "S4", "S5", "S6", "S7a", "S8"):
        put(pages, code)
    for category in ("1:1", "2:1"):
        put(pages, "OK2", category)
    lacking = checks(client.get("/telling?dato=0110").text)
    assert "Registrere bemanning, høst (GSI): registrert" in lacking
    assert "ØK2 mangler" in lacking
    assert "Før steget som gjort" not in lacking
    put(pages, "OK2", "gruppe")
    assert "Før steget som gjort" in checks(client.get("/telling?dato=0110").text)
    for who in ("eli", "heidi"):
        assert "Før steget som gjort" not in pages.as_(who).get("/telling?dato=0110").text
    client = pages.as_("rita")
    ready = checks(client.get("/telling?dato=0110").text)
    asked = dict(re.findall(r'<input [^>]*name="(\w+)" value="([^"]*)"', ready))
    assert asked["on"] == "26.11.2026"
    asked["on"] = "01.10.2026"
    done = client.post("/oppgaver/gjort", data=asked)
    assert done.headers["location"].startswith("/telling?")
    page = client.get(done.headers["location"]).text
    assert "Steget er ført: gjort 01.10.2026." in checks(page)
    back = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert client.post("/oppgaver/angre", data=back).status_code == 303
    assert "Før steget som gjort" in checks(client.get("/telling?dato=0110").text)


def test_a_figure_far_from_last_years_is_looked_at_before_freezing(pages: Pages) -> None:
    put(pages, "S8")
    page = pages.as_("rita").get("/telling?dato=0110").text
    assert "Stemmer det?" not in page
    pages.run("UPDATE figure_value SET year = 2025, counted_on = '2025-10-01', value = '80'")
    put(pages, "S8")
    page = pages.as_("rita").get("/telling?dato=0110").text
    assert "10\u00a0% nå, 80\u00a0% i fjor.</a> Stemmer det?" in page
    assert "Stemmer det?" not in pages.as_("rita").get("/telling?dato=0103").text


def test_a_step_waits_for_its_day_and_a_school_without_the_wheel_has_none(pages: Pages) -> None:
    client = pages.as_("rita")
    assert "kan føres som gjort her fra 01.03.2027" in client.get("/telling?dato=0103").text
    assert checks(client.get("/telling?dato=0106").text) == ""


# ---------------------------------------------------------------- freezing again


def frozen_twice(pages: Pages) -> Any:
    client = pages.as_("rita")
    assert client.post("/frys", data={"telling": "0110"}).status_code == 303
    pages.run(
        "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion, on_day,"
        " recorded_on, recorded_at) SELECT owner_id, 2026, 'iop.klar_skolestart', 'pupil', id,"
        " 'done', '', '2026-08-10', '2026-11-20', '2026-11-20 10:00:00' FROM pupil"
        " WHERE key IN ('e1', 'e2')"
    )
    asked = {"telling": "0110", "reason": "to planer var ikke ført"}
    assert client.post("/frys", data=asked).status_code == 303
    return client


def test_a_revision_tells_what_it_changed_and_for_whom(pages: Pages) -> None:
    client = frozen_twice(pages)
    page = client.get("/frys?telling=0110").text
    assert "Dette endret revisjon 2" in page
    assert "Begrunnelse: to planer var ikke ført" in page
    changed = re.search(r'id="endret".*?</section>', page, re.DOTALL)
    assert changed is not None
    assert re.findall(r'<th scope="row">(\S+) ', changed[0]) == ["P4"]
    assert "(0/3)" in changed[0]
    assert "(2/3)" in changed[0]
    assert re.findall(r"Elev e\d: [^<]*", changed[0]) == [
        "Elev e1: åpen → i teller",
        "Elev e2: åpen → i teller",
    ]
    assert "3 indikatorer er som før." in changed[0]
    assert pages.rows("SELECT what, n FROM reading WHERE what = '/frys'") == [("/frys", 2)]


def test_one_revision_is_compared_with_nothing(pages: Pages) -> None:
    client = pages.as_("rita")
    client.post("/frys", data={"telling": "0110"})
    assert "Dette endret" not in client.get("/frys?telling=0110").text
    assert "Frosset 26.11.2026, revisjon 1" in client.get("/telling?dato=0110").text


@pytest.mark.parametrize("asked", ["2", "99", "1", "x", "-1", "9" * 5_000])
def test_a_revision_that_is_not_there_is_the_newest(pages: Pages, asked: str) -> None:
    client = frozen_twice(pages)
    page = client.get("/frys", params={"telling": "0110", "revisjon": asked})
    assert (page.status_code, "Dette endret revisjon 2" in page.text) == (200, True)


# ---------------------------------------------------------------- GSI


def cells(page: str) -> list[list[str]]:
    return [
        re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row)
        for row in re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", page, re.DOTALL)
    ]


def test_the_sheet_for_gsi_counts_who_is_there_on_the_first_of_october(pages: Pages) -> None:
    pages.run("UPDATE pupil SET home_municipality = 'Nabo' WHERE key = 'e2'")
    pages.run("UPDATE pupil SET home_municipality = 'EIKEDAL' WHERE key = 'e1'")
    for key, kind, outcome, ends in (
        ("e1", "assistanse", "granted", "NULL"),
        ("e2", "assistanse", "refused", "NULL"),
        ("e3", "assistanse", "granted", "'2026-09-30'"),
        ("e4", "fysisk", "partly", "'2026-10-01'"),
    ):
        pages.run(
            "INSERT INTO support (owner_id, pupil_id, kind, sought_on, decided_on, outcome,"  # noqa: S608 - values of ours
            " valid_to, recorded_on, recorded_at)"
            f" SELECT owner_id, id, '{kind}', '2026-05-01', '2026-06-01', '{outcome}', {ends},"
            f" '2026-06-01', '2026-06-01 10:00:00' FROM pupil WHERE key = '{key}'"
        )
    pages.run(
        "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion, on_day,"
        " recorded_on, recorded_at) SELECT owner_id, 2026, 'iop.klar_skolestart', 'pupil', id,"
        " 'done', '', '2026-08-10', '2026-08-10', '2026-08-10 10:00:00' FROM pupil"
        " WHERE key IN ('e1', 'e4')"
    )
    page = pages.as_("olav").get("/telling/gsi").text
    # e1–e5, in grade 1 since 2024; e6 left the day before. e4 has an IOP and no vedtak.
    assert cells(page) == [
        ["3.", "5", "1", "3", "1", "1", "1"],
        ["I alt", "5", "1", "3", "1", "1", "1"],
    ]
    assert "3 elever har ingen hjemkommune" in page
    for words in ("iopflow lagrer ikke kjønn", "Timer:", "SFO"):
        assert words in page
    answer = pages.as_("olav").get("/telling/gsi?format=xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[1:] == [["3.", 5, 1, 3, 1, 1, 1], ["I alt", 5, 1, 3, 1, 1, 1]]


def test_who_has_a_vedtak_and_no_iop_is_told_to_those_who_see_the_pupils(pages: Pages) -> None:
    pages.run(
        "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion, on_day,"
        " recorded_on, recorded_at) SELECT owner_id, 2026, 'iop.klar_skolestart', 'pupil', id,"
        " 'done', '', '2026-08-10', '2026-08-10', '2026-08-10 10:00:00' FROM pupil"
        " WHERE key = 'e1'"
    )
    page = pages.as_("rita").get("/telling/gsi").text
    assert "2 elever med vedtak har ikke IOP ført" in page
    assert re.findall(r'<li><a class="ds-link" href="/elev/\d+">(Elev e\d)</a>', page) == [
        "Elev e2",
        "Elev e3",
    ]
    assert pages.rows("SELECT what, n FROM reading") == [("/telling/gsi", 2)]
    assert reading_word("/telling/gsi") != "/telling/gsi"
    office = pages.as_("olav").get("/telling/gsi").text
    assert ("Elev e2" in office, "har ikke IOP ført" in office) == (False, False)


def test_one_with_a_protected_address_is_counted_and_not_named(pages: Pages) -> None:
    """Heidi heads the avdeling of e1–e3 and e5, and is at the office too; e5 is protected."""
    pages.run(
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts) SELECT"
        " owner_id, person_id, 'skoleadministrasjon', 'school',"
        " (SELECT id FROM school WHERE key = 'lia'), starts FROM role_grant"
        " WHERE role = 'avdelingsleder'"
    )
    pages.run(
        "INSERT INTO vedtak (owner_id, pupil_id, year, decided_on, outcome, valid_from, valid_to,"
        " departs, recorded_on, recorded_at) SELECT owner_id, id, 2026, '2026-06-10', 'granted',"
        " '2026-08-01', '2027-07-31', false, '2026-06-10', '2026-06-10 10:00:00' FROM pupil"
        " WHERE key = 'e5'"
    )
    named = r'<li><a class="ds-link" href="/elev/\d+">(Elev e\d)</a>'
    pupils = {
        who: re.findall(named, pages.as_(who).get("/telling/gsi").text) for who in ("rita", "heidi")
    }
    assert pupils["rita"] == [*pupils["heidi"], "Elev e5"]
    assert pupils["heidi"] != []


def test_what_is_asked_about_last_year_is_not_told_of_few(pages: Pages) -> None:
    ((lia,),) = pages.rows("SELECT id FROM school WHERE key = 'lia'")
    for year, count in ((2025, 2), (2026, 18)):
        for category, n in (("1:1", count), ("gruppe", 20 - count)):
            pages.run(
                "INSERT INTO figure_value (owner_id, school_id, year, indicator, counted_on,"  # noqa: S608 - values of ours
                f" category, unit_key, value, \"of\") SELECT owner_id, id, {year}, 'OK2',"
                f" '{year}-10-01', '{category}', '', '{n}', '20' FROM school WHERE key = 'lia'"
            )
    at = f"/telling?dato=0110&skole={lia}"
    asked = {who: pages.as_(who).get(at).text for who in ("rita", "eli")}
    assert {who: "Stemmer det" in page for who, page in asked.items()} == {
        "rita": True,
        "eli": False,
    }
    assert ("10\xa0%" in asked["rita"], "10\xa0%" in asked["eli"]) == (True, False)


def test_both_pages_say_by_which_day_a_vedtak_counts(pages: Pages) -> None:
    pages.run("UPDATE vedtak SET valid_from = '2026-09-15'")
    said = "P4 og P5 teller etter vedtak som gjaldt første skoledag 17.08.2026, P6 og tallene"
    page = pages.as_("rita").get("/telling?dato=0110").text
    assert said in page
    assert "elever er holdt utenfor: uten vedtak som gjaldt første skoledag" in page
    assert said in pages.as_("olav").get("/telling/gsi").text
    ((lia,),) = pages.rows("SELECT id FROM school WHERE key = 'lia'")
    owner = pages.as_("eli").get(f"/telling?dato=0110&skole={lia}").text
    assert said in owner
    assert said not in pages.as_("rita").get("/telling?dato=0103").text


def test_the_sheet_for_gsi_says_when_there_is_nothing_to_type(pages: Pages) -> None:
    client = pages.as_("rita")
    assert "har ikke begynt" in client.get("/telling/gsi?ar=2027-28").text
    assert "Ingen elever er innskrevet" in client.get("/telling/gsi?ar=2001-02").text
    pages.now = datetime(2026, 9, 1, 10, 0, tzinfo=OSLO)
    assert "Tallene er per i dag (01.09.2026)" in pages.as_("rita").get("/telling/gsi").text


# ---------------------------------------------------------------- what was missing and is there


def done_on(pages: Pages, key: str, on: str) -> None:
    pages.run(
        "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion, on_day,"  # noqa: S608 - words of ours
        " recorded_on, recorded_at) SELECT owner_id, 2026, 'iop.klar_skolestart', 'pupil', id,"
        f" 'done', '', '{on}', '{on}', '{on} 10:00:00' FROM pupil WHERE key = '{key}'"
    )


def findings(page: str) -> list[str]:
    """The list of what to look at, as text."""
    (found,) = re.findall(r'<ul class="findings">.*?</ul>', page, re.DOTALL)
    items = re.findall(r"<li>(.*?)</li>", found, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in items]


def test_what_came_after_the_date_is_not_missing_still(pages: Pages) -> None:
    done_on(pages, "e1", "2026-10-05")
    done_on(pages, "e2", "2026-09-01")
    page = pages.as_("rita").get("/telling?dato=0110").text
    found = findings(page)
    assert "P4 1 elev mangler ennå Elev e3" in found
    assert "P4 1 elev fikk det etter telledatoen Elev e1" in found
    (row,) = [one for one in rows_of(page) if one.startswith("P4 ")]
    assert row.endswith("○ 1 mangler, 1 kom etter telledatoen")


def rows_of(page: str) -> list[str]:
    found = re.findall(r"<tr>.*?</tr>", table(page, "Det iopflow regner ut"), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one.replace("\xa0", " ")).split()) for one in found]


def test_who_sees_no_pupils_is_not_told_of_two_parts_that_are_few(pages: Pages) -> None:
    """The owner sees that some were missing on the day: how many came since is of one to four."""
    pages.run("DELETE FROM vedtak")
    with Session(pages.engine) as session:
        cast = Lia(session, 1, dict(pages.rows(KEYS)))
        for n in range(7):
            cast.pupil(f"x{n}")
            cast.vedtak(f"x{n}")
        session.commit()
    done_on(pages, "x0", "2026-10-05")
    ((lia,),) = pages.rows("SELECT id FROM school WHERE key = 'lia'")
    page = pages.as_("eli").get(f"/telling?dato=0110&skole={lia}").text
    assert "P4 7 elever manglet det på telledatoen" in findings(page)
    assert "etter telledatoen" not in page
    assert [one for one in rows_of(page) if one.endswith("○ 7 manglet på telledatoen")]
    # The head of the avdeling is told by name, and as many as the line of the figure says.
    page = pages.as_("heidi").get("/telling?dato=0110").text
    assert "P4 1 elev fikk det etter telledatoen Elev x0" in findings(page)
    assert any(one.startswith("P4 6 elever mangler ennå") for one in findings(page))


def test_after_freezing_the_page_says_frozen_and_not_that_it_can_be(pages: Pages) -> None:
    client = pages.as_("rita")
    before = client.get("/telling?dato=0110").text
    assert "kan fryses" in table(before, "Det iopflow regner ut")
    assert ">Se på dette før tallene fryses</h2>" in before
    client.post("/frys", data={"telling": "0110"})
    after = client.get("/telling?dato=0110").text
    assert "kan fryses" not in after
    assert ">Se på dette før tallene fryses</h2>" not in after
    assert ">Fortsatt å se på</h2>" in after
    said = {one.split()[0]: one for one in rows_of(after)}
    assert said["P5"].endswith("✓ frosset")
    assert said["P4"].endswith("✓ frosset, ○ 3 mangler")


def test_the_meetings_of_the_spring_are_not_those_of_the_autumn(pages: Pages) -> None:
    """Autumn's are held; both halves of a sum are told below their names, as the sum counts."""
    pages.run(
        "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion, on_day,"
        " recorded_on, recorded_at) SELECT owner_id, 2026, 'iop.foreldremote_host', 'unit', id,"
        " 'held', '2026-09-10', '2026-09-10', '2026-09-10', '2026-09-10 10:00:00' FROM unit"
        " WHERE kind = 'klasse'"
    )
    page = pages.as_("rita").get("/telling?dato=skoleslutt").text
    found = findings(page)
    assert [one for one in found if "foreldremøte" in one] == [
        "P10 vår 2 klasser har ikke holdt vårens foreldremøte: 3a, 3b"
    ]
    parts = {one.split(" elev")[0] for one in found if one.startswith("P7 ")}
    assert len(parts) == 2
    assert sum(int(one.split()[-1]) for one in parts) == int(
        re.findall(r"○ (\d+) mangler", next(one for one in rows_of(page) if one.startswith("P7 ")))[
            0
        ]
    )
    spring = next(one for one in rows_of(page) if "P10 Foreldrerepresentasjon, vår" in one)
    assert spring.endswith("2 møter gjenstår")
