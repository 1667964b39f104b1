"""/import: a file with errors is put right on the page, imported once, and taken back (ux S8a)."""

import io
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape

import pytest
import xlsxwriter

from iopflow import settings
from iopflow.cli.mails import pass_once
from tests.web.conftest import NOW, Pages
from tests.web.import_kit import Form, do, facts, problems, send, sheet, uploaded, zipped

# Errors of different kinds, more than twenty, in three rows two at a time: the row, the column,
# and what is written instead.
PEOPLE = sheet(
    "person;name;email;language",
    "n1;Nora Ny;nora(at)example.no;nb",
    "n2;;nils@example.no;nb",
    "n3;Nina Ny;nina.example.no;dansk",
    "ny lærer;Nils Ny;;",
)
UNITS = sheet("unit;school;kind;name;parent", "4a;lia;gruppe;4A;smatrinn")
PUPILS = sheet(
    "pupil;name;birth_month;protected;ppt;home_municipality",
    "p1;=HYPERLINK(1);2014-03;nei;;Eikedal",
    "p2;Ola To;31.02.2014;nei;;Eikedal",
    "p3;Ola Tre;2014-03;kanskje;;Eikedal",
    "01020312345;Ola Fire;2014-03;nei;;Eikedal",
    "p5;Ola Fem;2014-03;nei;ppt-x;Eikedal",
    "p6;Ola Seks;2014-03;nei;;Eikedal",
    "p6;Ola Sju;2014-03;nei;;Eikedal",
    f"p8;{'x' * 501};2014-03;nei;;Eikedal",
    "p9;Ola Ni;2014-13;kanskje;;Eikedal",
)
ROLES = sheet(
    "person;role;at;from;to",
    "kari;kontaktlærer;unit:3b;2026-08-01;",
    "kari;kontaktlaerer;klasse:3b;2026-08-01;",
)
ENROLMENTS = sheet(
    "pupil;school;from;class;grade;to",
    "e1;lia;1.8.23;3a;1;2023-12-01",
    "p6;lja;2026-08-01;3a;3;",
    "e4;lia;2022-08-01;3z;1;2022-12-01",
    "e4;lia;2024-08-01;3a;fjorten;2024-12-01",
    "e4;lia;2023-08-01;3a;en;2023-01-01",
)
CONSENTS = sheet("pupil;kind;for_year;on;answer", "e4;utredning;2026-27;2026-05-05;kanskje")
PLANTED = {
    "units.csv": UNITS,
    "people.csv": PEOPLE,
    "pupils.csv": PUPILS,
    "roles.csv": ROLES,
    "enrolments.csv": ENROLMENTS,
    "consents.csv": CONSENTS,
}
RIGHT = {
    "units|2|kind": "klasse",
    "people|2|email": "nora@example.no",
    "people|3|name": "Nils To",
    "people|4|email": "nina@example.no",
    "people|4|language": "nb",
    "people|5|person": "n4",
    "pupils|3|birth_month": "2014-02",
    "pupils|4|protected": "ja",
    "pupils|5|pupil": "p4",
    "pupils|6|ppt": "",
    "pupils|8|pupil": "p7",
    "pupils|9|name": "Ola Åtte",
    "pupils|10|birth_month": "2014-12",
    "pupils|10|protected": "nei",
    "roles|2|role": "kontaktlaerer",
    "roles|3|at": "unit:3a",
    "enrolments|2|from": "2023-08-01",
    "enrolments|3|school": "lia",
    "enrolments|4|class": "3b",
    "enrolments|5|grade": "1",
    "enrolments|6|grade": "1",
    "enrolments|6|to": "2023-12-01",
    "consents|2|answer": "given",
}
AS_TEXT = "pupils|2|name"


def test_twenty_planted_errors_are_all_told_and_put_right_on_the_page(pages: Pages) -> None:
    client = pages.as_("rita")
    before = facts(pages)
    at = uploaded(client, "skolen.zip", zipped(PLANTED))
    text = client.get(at).text
    told = problems(text)
    wanted = {
        (f"{table}.csv", int(row), column)
        for table, row, column in (one.split("|") for one in [*RIGHT, AS_TEXT])
    }
    assert (len(told), set(told)) == (24, wanted)
    assert "! 20 rader må rettes</strong> (24 feil i alt)" in text
    reasons = re.findall(r'id="galt-[^"]*">([!?]) ([^;]+); ([^<]+)</td>', text)
    assert (len(reasons), [sign for sign, _reason, _remedy in reasons].count("?")) == (24, 1)
    listed = client.get(f"{at}/avvist.csv").content.decode("utf-8-sig").splitlines()[1:]
    places = [line.split(";")[:3] for line in listed]
    assert {(file, int(row), column) for file, row, column in places} == wanted
    # What is typed is taken only through the rules: another error is told in the same way.
    fields = Form(text, "/rett").fields
    half = fields | {f"rett|{one}": word for one, word in RIGHT.items()}
    half |= {f"tekst|{AS_TEXT}": "ja", "rett|people|4|language": "svensk"}
    answer = client.post(f"{at}/rett", data=half)
    assert answer.status_code == 303
    text = client.get(answer.headers["location"]).text
    assert problems(text) == [("people.csv", 4, "language")]
    assert "1 rad gjenstår." in text
    assert facts(pages) == before
    fields = Form(text, "/rett").fields | {"rett|people|4|language": "nb"}
    client.post(f"{at}/rett", data=fields)
    text = client.get(at).text
    assert (problems(text), "må rettes" in text, ">Importer</button>" in text) == ([], False, True)
    answer = do(client, at)
    assert answer.headers["location"].startswith("/import/gjort/")
    assert pages.rows("SELECT name FROM pupil WHERE key IN ('p1', 'p7') ORDER BY key") == [
        ("'=HYPERLINK(1)",),
        ("Ola Sju",),
    ]
    # The same file and the same answers once more: nothing to do.
    after = facts(pages)
    at = uploaded(client, "skolen.zip", zipped(PLANTED))
    fields = Form(client.get(at).text, "/rett").fields
    fields |= {f"rett|{one}": word for one, word in RIGHT.items()} | {f"tekst|{AS_TEXT}": "ja"}
    client.post(f"{at}/rett", data=fields)
    text = client.get(at).text
    assert "Ingenting å endre: alt i filen står slik fra før." in text
    assert do(client, at).headers["location"] == at
    assert facts(pages) == after


def test_a_role_that_was_ended_on_a_page_is_not_given_back(pages: Pages) -> None:
    """An older file still has it: the page says whose it is, and leaves it."""
    client = pages.as_("rita")
    ((kari,), (grant,)) = pages.rows(
        "SELECT id FROM person WHERE key = 'kari' UNION ALL SELECT id FROM role_grant"
        " WHERE person_id = (SELECT id FROM person WHERE key = 'kari')"
    )
    page = client.get(f"/personer/{kari}").text
    (stamp,) = set(re.findall(r'name="seen" value="([^"]*)"', page))
    form = {"rolle": grant, "siste": "18.12.2026", "seen": stamp}
    assert client.post(f"/personer/{kari}/slutt", data=form).status_code == 303
    lines = ("person;role;at;from;to", "kari;kontaktlaerer;unit:3a;2024-08-01;")
    text = unescape(client.get(uploaded(client, "roles.csv", sheet(*lines).encode())).text)
    assert (
        "Kari, kontaktlærer (unit:3a): avsluttet i iopflow 26.11.2026 av Rita med siste dag "
        "18.12.2026; står i filen uten sluttdato: rett filen."
    ) in text
    assert "Ingenting å endre" in text


def test_what_is_ready_goes_in_once_and_the_rest_can_be_kept(pages: Pages) -> None:
    client = pages.as_("rita")
    lines = ("elev;navn;fødselsmåned", "e1;Elev e1;2014-03", "ny;Ny;2014-03", "gal;=1+1;", "e2;;")
    at = uploaded(client, "pupils.csv", sheet(*lines).encode())
    text = client.get(at).text
    assert "Importer 2 og vent med resten" in text
    fields = Form(text, "/rett").fields
    first, second = (client.post(f"{at}/importer", data=fields) for _click in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert pages.rows("SELECT count(*) FROM import_batch") == [(1,)]
    done = first.headers["location"]
    page = client.get(done).text
    assert "Importen er lagret." in page
    kept = client.get(f"{done}/avvist.csv")
    assert kept.headers["content-disposition"] == 'attachment; filename="avvist.csv"'
    assert kept.text.splitlines()[1].split(";")[:4] == ["pupils.csv", "4", "name", "'=1+1"]
    # And taken back, with a reason.
    refused = client.post(f"{done}/angre", data={"reason": " "})
    assert (refused.status_code, "Skriv hvorfor importen angres." in refused.text) == (422, True)
    assert client.post(f"{done}/angre", data={"reason": "feil fil"}).status_code == 303
    assert "Importen ble angret 26.11.2026 kl. 10.00" in client.get(done).text
    assert pages.rows("SELECT count(*) FROM pupil WHERE key = 'ny'") == [(0,)]
    assert "angret 26.11.2026" in client.get("/import").text


def test_what_was_typed_or_has_changed_since_is_shown_before_it_is_imported(pages: Pages) -> None:
    client = pages.as_("rita")
    lines = ("pupil;name", "ny;Ny", "gal;=1+1", "e1;Elev Een")
    at = uploaded(client, "pupils.csv", sheet(*lines).encode())
    fields = Form(client.get(at).text, "/rett").fields
    answer = client.post(f"{at}/importer", data=fields | {"rett|pupils|3|name": "Gal"})
    assert answer.headers["location"] == f"{at}?rettet=ja"
    assert "ikke importert ennå" in client.get(answer.headers["location"]).text
    fields = Form(client.get(at).text, "/rett").fields
    pages.run("UPDATE pupil SET name = 'Endret imens' WHERE key = 'e1'")
    answer = client.post(f"{at}/importer", data=fields)
    assert (answer.status_code, "Noe i iopflow er endret siden" in answer.text) == (422, True)
    assert "Endret imens" in answer.text
    assert pages.rows("SELECT count(*) FROM import_batch") == [(0,)]


def test_two_clicks_at_once_import_once(pages: Pages) -> None:
    clients = [pages.as_("rita") for _tab in range(2)]
    at = uploaded(clients[0], "pupils.csv", TEXT.encode())
    fields = Form(clients[0].get(at).text, "/rett").fields
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda one: one.post(f"{at}/importer", data=fields), clients))
    assert [one.headers["location"] for one in answers] == ["/import/gjort/1"] * 2
    assert pages.rows("SELECT count(*) FROM import_batch") == [(1,)]


def test_two_equal_rows_are_asked_about(pages: Pages) -> None:
    client = pages.as_("rita")
    lines = ("pupil;name", "ny;Jon Berg", "ny;Jon Berg")
    at = uploaded(client, "pupils.csv", sheet(*lines).encode())
    text = client.get(at).text
    assert "? 1 rad må avgjøres" in text
    fields = Form(text, "/rett").fields | {"lik|pupils|3": "samme"}
    client.post(f"{at}/rett", data=fields)
    text = client.get(at).text
    assert (problems(text), "Elever rad 3 leses ikke inn" in text) == ([], True)
    client.post(f"{at}/rett", data={"fjern": "ja"})
    assert problems(client.get(at).text) == [("pupils.csv", 3, "pupil")]


def test_a_pupil_who_is_not_in_the_file_can_be_said_to_have_left(pages: Pages) -> None:
    client = pages.as_("rita")
    lines = ("pupil;name", "e1;Elev e1", "e2;Elev e2", "e3;=Elev", "e5;Elev e5", "f1;Elev f1")
    at = uploaded(client, "pupils.csv", sheet(*lines).encode())
    text = client.get(at).text
    # (e3 is in the file, though its row is wrong; e6 has moved, and f1 is of another school.)
    assert re.findall(r"> (\S+ \S+) har sluttet<", text) == ["Elev e4"]
    ((stay,),) = pages.rows(
        "SELECT n.id FROM enrolment n JOIN pupil p ON p.id = n.pupil_id WHERE p.key = 'e4'"
    )
    fields = Form(text, "/rett").fields | {"slutt": str(stay)}
    wrong = client.post(f"{at}/rett", data=fields | {f"dag|{stay}": "1.8.2001"})
    assert (wrong.status_code, "skriv en dag etter det" in wrong.text) == (422, True)
    assert 'value="1.8.2001"' in wrong.text
    client.post(f"{at}/rett", data=fields | {f"dag|{stay}": "20.11.26"})
    text = client.get(at).text
    assert ("1 elev meldes sluttet" in text, 'value="20.11.2026"' in text) == (True, True)
    answer = do(client, at, slutt=str(stay))
    ends = f"SELECT ends FROM enrolment WHERE id = {stay}"  # noqa: S608 - a number of ours
    assert [str(day)[:10] for (day,) in pages.rows(ends)] == ["2026-11-20"]
    acts = "SELECT act, reason FROM event WHERE table_name = 'enrolment' AND row_id = "
    assert pages.rows(f"{acts}{stay} ORDER BY id")[-1] == ("end enrolment", None)
    client.post(f"{answer.headers['location']}/angre", data={"reason": "feil elev"})
    assert pages.rows(ends) == [(None,)]


def test_unknown_headers_and_files_are_asked_about_with_a_suggestion(pages: Pages) -> None:
    client = pages.as_("rita")
    lines = ("Kode;Namn;Skostørrelse", "ny;Åse Øygård;38")
    at = uploaded(client, "Uttrekk fra systemet.csv", sheet(*lines).encode("cp1252"))
    text = client.get(at).text
    assert "Hvilken tabell er «Uttrekk fra systemet.csv»?" in text
    client.post(f"{at}/kolonner", data={"t0": "pupils"})
    text = client.get(at).text
    assert ("Skostørrelse" in text, "Åse Øygård" in text) == (True, True)
    assert Form(text, "/kolonner").fields == {"k0-0": "", "k0-1": "name", "k0-2": ""}
    refused = client.post(f"{at}/kolonner", data={"k0-0": "", "k0-1": "name", "k0-2": ""})
    assert (refused.status_code, "kolonnen «pupil» mangler" in refused.text) == (422, True)
    client.post(f"{at}/kolonner", data={"k0-0": "pupil", "k0-1": "name", "k0-2": ""})
    assert "✓ 1 rad er klar" in client.get(at).text
    do(client, at)
    assert pages.rows("SELECT name FROM pupil WHERE key = 'ny'") == [("Åse Øygård",)]
    # The answers were for that upload alone, and can be given anew.
    at = uploaded(client, "Uttrekk fra systemet.csv", sheet(*lines).encode("cp1252"))
    client.post(f"{at}/kolonner", data={"t0": "pupils"})
    client.post(f"{at}/kolonner", data={"om": "ja"})
    assert "Hvilken tabell er" in client.get(at).text


LIST = sheet(
    "Klasse;Fødselsdato;Navn;Trinn;Kontaktlærer;Startdato",
    "3B;31.02.2014;=HYPERLINK(1);3;kari;17.08.2026",
    "3Q;03.05.2014;Jon Berg;tre;ukjent@example.no;17.08.2026",
    "3B;04.05.2014;Mia Moe;3;kari;17.08.2026",
    "3B;04.05.2014;Mia Moe;3;kari;17.08.2026",
)


def test_a_list_as_a_school_keeps_it_is_mended_read_in_and_comes_again(pages: Pages) -> None:
    client = pages.as_("rita")
    at = uploaded(client, "Elever i høst.csv", LIST.encode("cp1252"))
    # Only what is never stored is asked about, and left out unless somebody says otherwise.
    text = client.get(at).text
    assert Form(text, "/kolonner").fields == {"k0-0": ""}
    assert ("Hvilken tabell er" in text, "Elever i høst.csv: Elevliste" in text) == (False, True)
    client.post(f"{at}/kolonner", data={"k0-0": ""})
    text = client.get(at).text
    assert problems(text) == [
        ("Elever i høst.csv", 2, "navn"),
        ("Elever i høst.csv", 3, "trinn"),
        ("Elever i høst.csv", 3, "klasse"),
        ("Elever i høst.csv", 3, "kontaktlærer"),
    ]
    assert "! 2 rader må rettes</strong> (4 feil i alt)" in text
    assert "2 elever heter Mia Moe i klassen 3b: elev-1 (Elever i høst.csv rad 4) og" in text
    fields = Form(text, "/rett").fields | {
        "tekst|elevliste|2|navn": "ja",
        "rett|elevliste|3|trinn": "3",
        "rett|elevliste|3|klasse": "3b",
        "rett|elevliste|3|kontaktlærer": "kari",
        "lik|elevliste|5": "samme",
    }
    client.post(f"{at}/rett", data=fields)
    text = client.get(at).text
    assert (problems(text), ">Importer</button>" in text) == ([], True)
    assert "Elevliste rad 3, Trinn: «3»" in text
    assert "Elevliste rad 5 leses ikke inn" in text
    for title in ("Elever", "Innmeldinger", "Roller"):
        assert f'<th scope="row">{title} <span class="hint">' in text
    done = do(client, at).headers["location"]
    assert pages.rows("SELECT name FROM pupil WHERE key LIKE 'elev-%' ORDER BY id") == [
        ("'=HYPERLINK(1)",),
        ("Jon Berg",),
        ("Mia Moe",),
    ]
    assert "2014" not in str(pages.rows("SELECT * FROM pupil WHERE key LIKE 'elev-%'"))
    # The same list and the same answers once more: nothing to do.
    before = facts(pages)
    again = uploaded(client, "Elever i høst.csv", LIST.encode("cp1252"))
    client.post(f"{again}/kolonner", data={"k0-0": ""})
    fields |= Form(client.get(again).text, "/rett").fields | fields
    client.post(f"{again}/rett", data=fields)
    assert "Ingenting å endre: alt i filen står slik fra før." in client.get(again).text
    assert facts(pages) == before
    assert client.post(f"{done}/angre", data={"reason": "feil fil"}).status_code == 303
    assert pages.rows("SELECT count(*) FROM pupil WHERE key LIKE 'elev-%'") == [(0,)]


def test_a_list_in_a_book_of_any_name_is_known_by_its_headers(pages: Pages) -> None:
    client = pages.as_("olav")
    rows = [["Fornavn", "Etternavn", "Trinn", "Klasse"], ["Åse", "Øygård", "3. trinn", "3 B"]]
    at = uploaded(client, "Bok1.xlsx", book(rows, "Ark1"))
    assert "Elevlisten er delt i tabellene under." in client.get(at).text
    do(client, at)
    assert pages.rows("SELECT name FROM pupil WHERE key = 'elev-1'") == [("Åse Øygård",)]


def test_a_list_of_one_who_imports_for_all_schools_names_the_school(pages: Pages) -> None:
    client = pages.as_("ada")
    answer = send(client, "liste.csv", sheet("Navn;Klasse;Trinn", "Åse;3B;3").encode())
    assert (answer.status_code, "legg til kolonnen «Skole»" in answer.text) == (422, True)
    lines = ("Navn;Klasse;Trinn;Skole", "Åse Øygård;3B;3;Lia skole")
    do(client, uploaded(client, "liste.csv", sheet(*lines).encode()))
    assert pages.rows("SELECT name FROM pupil WHERE key = 'elev-1'") == [("Åse Øygård",)]


def book(rows: list[list[str]], name: str = "pupils") -> bytes:
    made = io.BytesIO()
    workbook = xlsxwriter.Workbook(made, {"in_memory": True})
    page = workbook.add_worksheet(name)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    workbook.close()
    return made.getvalue()


TEXT = sheet("pupil;name", "ny;Åse Øygård")


# Made in the test and not beside it: a packed file holds the minute it was made, and each process
# of a run must find the same tests.
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("elever.xlsx", lambda: book([["pupil", "name"], ["ny", "Åse Øygård"]])),
        ("elever.zip", lambda: zipped({"pupils.csv": TEXT})),
        ("pupils.csv", lambda: TEXT.encode("utf-16")),
        ("pupils.csv", lambda: TEXT.encode("cp1252")),
        ("pupils.csv", lambda: TEXT.encode("utf-8-sig")),
        ("..\\..\\C:\\pupils.csv", lambda: TEXT.encode()),
        ("/etc/../pupils.csv", lambda: TEXT.encode()),
    ],
    ids=["xlsx", "zip", "utf-16", "cp1252", "utf-8-sig", "windows-path", "path"],
)
def test_files_as_schools_save_them(pages: Pages, name: str, content: Callable[[], bytes]) -> None:
    client = pages.as_("rita")
    do(client, uploaded(client, name, content()))
    assert pages.rows("SELECT name FROM pupil WHERE key = 'ny'") == [("Åse Øygård",)]
    ((source,),) = pages.rows("SELECT source FROM import_batch")
    assert re.fullmatch(r"(elever|pupils)\.(xlsx|zip|csv)", source)


def test_a_name_is_shown_as_text_whatever_it_holds(pages: Pages) -> None:
    client = pages.as_("rita")
    at = uploaded(client, "<img src=x>&.csv", TEXT.encode())
    text = client.get(at).text
    assert "<img" not in text
    assert "_img src_x__" in text


def bomb() -> bytes:
    return zipped({"pupils.csv": b"pupil;name\r\n" + b"0" * (120 << 20)})


def half() -> bytes:
    whole = zipped({"pupils.csv": TEXT})
    return whole[: len(whole) // 2]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bombe.zip", bomb, "blir større enn 100 MB"),
        ("bombe.xlsx", bomb, "blir større enn 100 MB"),
        (
            "side.html",
            lambda: b"<html><script>alert(1)</script>",
            "verken mappe, zip, .xlsx eller CSV",
        ),
        ("pupils.csv", lambda: b"<svg onload='alert(1)'/>", "er en nettside eller et bilde"),
        ("pupils.csv", lambda: b"", "er tom"),
        ("pupils.csv", lambda: b"\x00\x01\x02", "er ikke tekst"),
        ("elever.xls", lambda: b"\xd0\xcf\x11\xe0", "er en eldre arbeidsbok"),
        ("halv.zip", half, "er ikke en hel zip-fil"),
        ("pupils.csv", lambda: b'pupil;name\r\nny;"Ola\r\n', "et anførselstegn er ikke lukket"),
        ("stor.csv", lambda: b"0" * (50 << 20), "Filen er større enn 25 MB"),
        (
            "schools.csv",
            lambda: sheet("school;name;owner;municipality", "by;By;annen;By").encode(),
            "Filene tilhører skoleeieren «annen»",
        ),
    ],
    ids=[
        "bomb",
        "bomb-xlsx",
        "html",
        "svg",
        "empty",
        "binary",
        "xls",
        "half",
        "quote",
        "large",
        "owner",
    ],
)
def test_what_cannot_be_read_is_refused_in_words_and_not_kept(
    still: Pages, name: str, content: Callable[[], bytes], said: str
) -> None:
    answer = send(still.as_("rita"), name, content())
    assert (answer.status_code, answer.text.count(said)) == (422, 2)
    assert "alert(1)" not in answer.text
    assert still.rows("SELECT count(*) FROM import_draft") == [(0,)]


def test_a_file_is_taken_on_this_page_alone(still: Pages) -> None:
    answer = still.as_("rita").post("/vikar", files={"fil": ("a.csv", b"x")})
    assert answer.status_code == 400
    assert still.as_("kari").post("/import", files={"fil": ("a.csv", b"x")}).status_code == 403
    assert still.as_("rita").post("/import").status_code == 422


def test_an_upload_is_its_uploaders_for_a_day_and_goes_when_it_is_dropped(pages: Pages) -> None:
    rita, olav = pages.as_("rita"), pages.as_("olav")
    at = uploaded(rita, "pupils.csv", TEXT.encode())
    assert rita.get("/import").text.count(f'href="{at}"') == 1
    assert olav.get("/import").text.count(f'href="{at}"') == 0
    there, not_there = olav.get(at), olav.get("/import/99999")
    assert (there.status_code, there.text) == (404, not_there.text.replace("99999", at[-1]))
    assert olav.get("/import/٣").status_code == 404
    for act in ("kolonner", "rett", "avbryt"):
        assert olav.post(f"{at}/{act}").status_code == 404
    assert olav.get(f"{at}/avvist.csv").status_code == 404
    assert olav.post(f"{at}/importer").headers["location"] == "/import?borte=ja"
    pages.now += timedelta(hours=25)
    rita = pages.as_("rita")
    assert rita.get(at).status_code == 404
    other = uploaded(rita, "pupils.csv", TEXT.encode())
    assert pages.rows("SELECT count(*) FROM import_draft") == [(1,)]
    assert rita.post(f"{other}/avbryt").headers["location"] == "/import?avbrutt=ja"
    assert pages.rows("SELECT count(*) FROM import_draft") == [(0,)]
    assert pages.rows("SELECT count(*) FROM pupil WHERE key = 'ny'") == [(0,)]


def test_the_clock_takes_away_what_is_a_day_old(pages: Pages) -> None:
    uploaded(pages.as_("rita"), "pupils.csv", TEXT.encode())
    left = []
    for hours in (23, 25):
        pages.now = NOW + timedelta(hours=hours)
        pass_once(pages.engine, settings.load({}), lambda: pages.now)
        left += pages.rows("SELECT count(*) FROM import_draft")
    assert left == [(1,), (0,)]


def test_the_administrator_sees_what_is_in_the_file_and_no_name_of_the_database(
    pages: Pages,
) -> None:
    lines = ("pupil;name", "e1;Nytt navn", "e2;Elev e2")
    shown = {}
    for who in ("ada", "rita", "olav"):
        client = pages.as_(who)
        text = client.get(uploaded(client, "pupils.csv", sheet(*lines).encode())).text
        shown[who] = (
            "Nytt navn" in text,
            ": Elev e1, e1 <" in text,  # which row changes
            "vises ikke for deg" in text,
            re.findall(r"> ([^<]+) har sluttet<", text),
        )
    assert shown == {
        "ada": (True, False, True, ["e6", "f1", "e3", "e4", "e5"]),
        "rita": (True, True, False, ["Elev e3", "Elev e4", "Elev e5"]),
        "olav": (True, True, False, ["Elev e3", "Elev e4"]),
    }


def test_who_imports_for_a_school_is_refused_the_rows_of_another(pages: Pages) -> None:
    client = pages.as_("olav")
    at = uploaded(client, "pupils.csv", sheet("pupil;name", "f1;Nytt navn").encode())
    text = client.get(at).text
    assert problems(text) == [("pupils.csv", 2, "pupil")]
    assert "hører ikke til en skole du kan importere for" in text
    fields = Form(text, "/rett").fields
    client.post(f"{at}/importer", data=fields)
    assert pages.rows("SELECT count(*) FROM import_batch") == [(0,)]


def test_the_imports_of_others_are_theirs_or_the_administrators(pages: Pages) -> None:
    rita = pages.as_("rita")
    done = do(rita, uploaded(rita, "pupils.csv", TEXT.encode())).headers["location"]
    codes = {who: pages.as_(who).get(done).status_code for who in ("rita", "olav", "ada")}
    assert codes == {"rita": 200, "olav": 404, "ada": 200}
    assert pages.as_("olav").post(f"{done}/angre", data={"reason": "x"}).status_code == 404
    assert pages.as_("ada").get(f"{done}/avvist.csv").status_code == 404
    assert pages.as_("ada").post(f"{done}/angre", data={"reason": "x"}).status_code == 303


def test_the_template_is_a_workbook_that_can_be_filled_in_and_uploaded(still: Pages) -> None:
    answer = still.as_("rita").get("/import/mal.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="iopflow-import.xlsx"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
    empty = send(still.as_("rita"), "mal.xlsx", answer.content)
    assert empty.status_code == 303


def test_figures_that_cannot_be_are_stopped_and_those_far_from_last_years_asked_about(
    pages: Pages,
) -> None:
    figures = sheet(
        "school;year;indicator;counted_on;value",
        "lia;2025-26;S3;2025-10-01;60",
        "lia;2026-27;S3;2026-10-01;480",
        "lia;2026-27;S8;2026-10-01;480",
    )
    client = pages.as_("rita")
    text = client.get(uploaded(client, "values.csv", figures.encode())).text
    assert "Stemmer disse tallene?" in text
    assert "S3, lia 2026-27, rad 3: 480\u00a0% nå, 60\u00a0% i fjor." in text
    assert "S8 er en andel, og kan bare være fra 0 til 100 prosent" in text
