"""Personer: who may give which role to whom, told before it is done, and taken back."""

import pytest

from iopflow.roles import GIVES, HOLDABLE, ROLES
from tests.web.conftest import Pages
from tests.web.parts import refuses_parts

TEACHERS = {"kontaktlaerer", "faglaerer", "spesialpedagog", "miljoterapeut", "miljoarbeider"}
OTHERS = {"avdelingsleder", "skoleadministrasjon"}
PLACES = {
    "unit:3a": ("unit", "3a"),
    "unit:smatrinn": ("unit", "smatrinn"),
    "unit:f3": ("unit", "f3"),
    "school:lia": ("school", "lia"),
    "school:fjell": ("school", "fjell"),
    "pupil:e1": ("pupil", "e1"),
    "pupil:e5": ("pupil", "e5"),  # with a protected address
    "pupil:f1": ("pupil", "f1"),
    "owner": ("owner", "eikedal"),
    "network": ("network", "nett"),
}
AT_UNIT = {f"{role} unit:{at}" for role in TEACHERS for at in ("3a", "smatrinn")}
# What each gives to Per, of all roles at all these places; everything else is refused.
GIVEN: dict[str, set[str]] = {
    "heidi": AT_UNIT | {f"{role} pupil:e1" for role in TEACHERS},
    "rita": AT_UNIT
    | {f"{role} pupil:{pupil}" for role in TEACHERS for pupil in ("e1", "e5")}
    | {f"avdelingsleder unit:{at}" for at in ("3a", "smatrinn")}
    | {"skoleadministrasjon school:lia"},
    "ada": {
        f"{role} unit:{at}"
        for role in (*TEACHERS, "avdelingsleder")
        for at in ("3a", "smatrinn", "f3")
    }
    | {
        f"{role} school:{at}"
        for role in ("rektor", "skoleadministrasjon", "tilsyn")
        for at in ("lia", "fjell")
    }
    | {"skoleeier owner", "admin owner", "ikit_koordinator network"},
}
# And to oneself: nothing that shows more than one sees.
ONESELF: dict[str, set[str]] = {
    "heidi": {one for one in GIVEN["heidi"] if not one.startswith("kontaktlaerer")},
    "rita": {one for one in GIVEN["rita"] if one.split(" ")[0] in TEACHERS},
    "ada": set(),
}


def numbers(pages: Pages) -> dict[str, str]:
    """The places as a form sends them."""
    found = {}
    for word, (kind, key) in PLACES.items():
        ((number,),) = pages.rows(f"SELECT id FROM {kind} WHERE key = '{key}'")  # noqa: S608 - words of ours
        found[word] = f"{kind}:{number}"
    return found


def person(pages: Pages, key: str) -> int:
    """The number of somebody."""
    ((number,),) = pages.rows(f"SELECT id FROM person WHERE key = '{key}'")  # noqa: S608 - a key of ours
    return int(number)


def seen(client: object, number: int) -> str:
    """What a form of the person was shown."""
    text = client.get(f"/personer/{number}").text  # type: ignore[attr-defined]
    return str(text.partition('name="seen" value="')[2].partition('"')[0])


@pytest.mark.parametrize("who", ["heidi", "rita", "ada"])
def test_who_gives_which_role_where(still: Pages, who: str) -> None:
    places = numbers(still)
    client = still.as_(who)
    for taker, allowed in (("per", GIVEN[who]), (who, ONESELF[who])):
        number = person(still, taker)
        word = seen(client, number)
        given = set()
        for role in HOLDABLE:
            for place, at in places.items():
                if PLACES[place][0] not in {one.value for one in ROLES[role].places}:
                    continue
                # From next year on, when nobody holds anything already.
                form = {"rolle": role, "sted": at, "fra": "1.12.2026", "seen": word}
                answer = client.post(f"/personer/{number}/rolle", data=form)
                has_it = "har denne rollen her fra før" in answer.text
                if (answer.status_code == 200 and "Dette skjer" in answer.text) or has_it:
                    given.add(f"{role} {place}")
        assert given == allowed


def test_the_table_gives_no_more_than_it_has() -> None:
    for key, gives in GIVES.items():
        own = ROLES[key].may
        if key != "admin":
            assert [one for one in gives.roles if not ROLES[one].may <= own] == []
        assert set(gives.oneself) <= set(gives.roles)
    assert not GIVES["admin"].oneself
    assert not GIVES["admin"].at_pupils


def test_a_role_is_told_in_words_then_given_then_taken_back(pages: Pages) -> None:
    client, number, places = pages.as_("rita"), person(pages, "per"), numbers(pages)
    form = {"rolle": "kontaktlaerer", "sted": places["unit:3a"], "fra": "1.12.2026", "til": ""}
    form["seen"] = seen(client, number)
    shown = client.post(f"/personer/{number}/rolle", data=form | {"trinn": "se"})
    assert "Per ser 4 elever fra 01.12.2026, til rollen avsluttes." in shown.text
    assert pages.rows(f"SELECT count(*) FROM role_grant WHERE person_id = {number}") == [(1,)]  # noqa: S608 - a number of ours
    answer = client.post(f"/personer/{number}/rolle", data=form | {"trinn": "gi"})
    after = client.get(answer.headers["location"]).text
    assert "Rollen er lagret" in after
    assert "01.12.2026" in after
    what = after.partition('name="what" value="')[2].partition('"')[0]
    client.post(f"/personer/{number}/angre", data={"what": what})
    assert pages.rows(f"SELECT role FROM role_grant WHERE person_id = {number}") == [  # noqa: S608 - a number of ours
        ("spesialpedagog",)
    ]


def test_what_another_changed_meanwhile_is_told_and_nothing_typed_is_lost(pages: Pages) -> None:
    client, number = pages.as_("rita"), person(pages, "kari")
    word = seen(client, number)
    pages.run("UPDATE person SET email = 'kari@example.no' WHERE key = 'kari'")
    form = {"name": "Kari Nordli", "email": "", "login": "", "language": "nn", "seen": word}
    answer = client.post(f"/personer/{number}", data=form)
    assert (answer.status_code, "Noen andre har endret dette imens" in answer.text) == (422, True)
    assert 'value="Kari Nordli"' in answer.text
    assert pages.rows("SELECT name, email FROM person WHERE key = 'kari'") == [
        ("Kari", "kari@example.no")
    ]


def test_an_address_is_mended_by_who_administers_all_that_the_person_holds(pages: Pages) -> None:
    number = person(pages, "kari")
    pages.run(
        "UPDATE person SET email = 'kari@x.no', refused_email = 'kari@x.no' WHERE key = 'kari'"
    )
    ada = pages.as_("ada")
    assert "Kari" in ada.get("/personer?bare=epost").text
    form = {"name": "Kari", "email": "ikke en adresse", "seen": seen(ada, number)}
    wrong = ada.post(f"/personer/{number}", data=form)
    assert (wrong.status_code, 'id="endre-email-feil"' in wrong.text) == (422, True)
    ada.post(f"/personer/{number}", data=form | {"email": "kari@example.no"})
    assert pages.rows("SELECT email FROM person WHERE key = 'kari'") == [("kari@example.no",)]
    # Siri works at another school: rektor of Lia changes neither her address nor her log-in.
    siri, rita = person(pages, "siri"), pages.as_("rita")
    form = {"name": "Siri", "login": "rita2@example.no", "seen": seen(rita, siri)}
    assert rita.post(f"/personer/{siri}", data=form).status_code == 403


def test_nobody_changes_the_name_one_logs_in_with(pages: Pages) -> None:
    for who in ("rita", "ada"):
        client, number = pages.as_(who), person(pages, who)
        form = {"name": who, "login": "annen@example.no", "seen": seen(client, number)}
        answer = client.post(f"/personer/{number}", data=form)
        assert (answer.status_code, "aldri av en selv" in answer.text) == (422, True)
    heidi, kari = pages.as_("heidi"), person(pages, "kari")  # Kari sees a pupil whom Heidi does not
    form = {"name": "Kari", "login": "annen@example.no", "seen": seen(heidi, kari)}
    assert heidi.post(f"/personer/{kari}", data=form).status_code == 422
    # A link to log in by goes to the address: it is worth as much as the name.
    form |= {"email": "kari@example.no", "login": ""}
    assert heidi.post(f"/personer/{kari}", data=form).status_code == 422
    assert pages.as_("rita").post(f"/personer/{kari}", data=form).status_code == 303


def test_one_who_administers_takes_over_nothing_by_that_though_a_teacher_too(pages: Pages) -> None:
    pages.run(
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
        " SELECT u.owner_id, p.id, 'faglaerer', 'unit', u.id, '2026-08-01'"
        " FROM person p, unit u WHERE p.key = 'ada' AND u.key = 'f3'"
    )
    ada = pages.as_("ada")
    form = {"away": "rita", "taker": "ada", "start": "27.11.2026", "end": "18.12.2026"}
    for kind in ("vikar", "godt"):
        assert ada.post("/vikar", data=form | {"kind": kind}).status_code == 403
    number = person(pages, "ada")
    places = numbers(pages)
    for role, at in (("kontaktlaerer", "unit:3a"), ("rektor", "school:lia")):
        given = {"rolle": role, "sted": places[at], "fra": "1.12.2026", "trinn": "gi"}
        given["seen"] = seen(ada, number)
        assert ada.post(f"/personer/{number}/rolle", data=given).status_code == 403


def test_a_role_ends_with_a_day_and_the_last_administrator_stays(pages: Pages) -> None:
    ada, number = pages.as_("ada"), person(pages, "siri")
    ((grant,),) = pages.rows(f"SELECT id FROM role_grant WHERE person_id = {number}")  # noqa: S608 - a number of ours
    form = {"rolle": grant, "siste": "18.12.2026", "seen": seen(ada, number)}
    assert ada.post(f"/personer/{number}/slutt", data=form).status_code == 303
    ends = f"SELECT CAST(ends AS TEXT) FROM role_grant WHERE id = {grant}"  # noqa: S608 - a number of ours
    assert pages.rows(ends) == [("2026-12-18",)]
    own = person(pages, "ada")
    ((grant,),) = pages.rows(f"SELECT id FROM role_grant WHERE person_id = {own}")  # noqa: S608 - a number of ours
    form = {"rolle": grant, "siste": "18.12.2026", "seen": seen(ada, own)}
    answer = ada.post(f"/personer/{own}/slutt", data=form)
    assert (answer.status_code, "Da har ingen rollen administrator" in answer.text) == (422, True)


def test_a_head_ends_neither_rektor_nor_another_schools_teacher(pages: Pages) -> None:
    for who, whose in (("heidi", "rita"), ("rita", "siri"), ("heidi", "heidi")):
        client, number = pages.as_(who), person(pages, whose)
        ((grant,),) = pages.rows(f"SELECT id FROM role_grant WHERE person_id = {number}")  # noqa: S608 - a number of ours
        form = {"rolle": grant, "siste": "18.12.2026", "seen": seen(client, number)}
        assert client.post(f"/personer/{number}/slutt", data=form).status_code in (403, 404)


@pytest.mark.parametrize(
    ("taker", "due", "said"),
    [
        ("per", "2027-01-15", "Per overtar 1 åpent tiltak eller avvik."),
        ("per", "2026-12-01", "1 åpent tiltak eller avvik står fortsatt på Kari"),
        ("", "2027-01-15", "1 åpent tiltak eller avvik står fortsatt på Kari"),
    ],
)
def test_what_becomes_of_a_measure_is_said_before_somebody_leaves(
    pages: Pages, taker: str, due: str, said: str
) -> None:
    client, number = pages.as_("rita"), person(pages, "kari")
    pages.run(
        "INSERT INTO measure (owner_id, school_id, year, indicator, text, person_id, due,"  # noqa: S608 - a number of ours
        f" decided_on) SELECT owner_id, id, 2026, 'P1', 'Melde behov', {number}, '{due}',"
        " '2026-10-01' FROM school WHERE key = 'lia'"
    )
    form = {
        "siste": "18.12.2026",
        "overtar": str(person(pages, taker)) if taker else "",
        "seen": seen(client, number),
    }
    shown = client.post(f"/personer/{number}/slutter", data=form | {"trinn": "se"}).text
    assert said in shown
    assert pages.rows("SELECT person_id FROM measure") == [(number,)]
    client.post(f"/personer/{number}/slutter", data=form | {"trinn": "gjor"})
    moved = said.startswith("Per")
    assert pages.rows("SELECT person_id FROM measure") == [
        (person(pages, "per") if moved else number,)
    ]


def test_one_who_leaves_hands_all_over_the_day_after(pages: Pages) -> None:
    client, number, per = pages.as_("rita"), person(pages, "kari"), person(pages, "per")
    form = {"siste": "18.12.2026", "overtar": per, "seen": seen(client, number)}
    shown = client.post(f"/personer/{number}/slutter", data=form | {"trinn": "se"}).text
    assert "Per overtar 1 rolle fra dagen etter." in shown
    before = pages.rows("SELECT count(*) FROM role_grant")
    answer = client.post(f"/personer/{number}/slutter", data=form | {"trinn": "gjor"})
    assert (answer.status_code, before) == (303, [(8,)])
    held = (
        "SELECT p.key, CAST(g.starts AS TEXT), CAST(g.ends AS TEXT) FROM role_grant g"
        " JOIN person p ON p.id = g.person_id WHERE g.role = 'kontaktlaerer'"
        " AND p.key IN ('kari', 'per') ORDER BY g.starts"
    )
    assert pages.rows(held) == [
        ("kari", "2024-08-01", "2026-12-18"),
        ("per", "2026-12-19", None),
    ]
    what = answer.headers["location"].partition("hva=")[2]
    refuses_parts(client, f"/personer/{number}/angre", {"what": what}, "what")
    assert client.post(f"/personer/{number}/angre", data={"what": what}).status_code == 303
    assert pages.rows(held) == [("kari", "2024-08-01", None)]


def test_a_new_person_stands_once_on_the_list(pages: Pages) -> None:
    client = pages.as_("rita")
    form = {"name": "Åse  Bø", "email": "ase@example.no", "login": "ase@example.no"}
    answer = client.post("/personer/ny", data=form)
    assert "Uten rolle ser personen ingen elever" in client.get(answer.headers["location"]).text
    assert pages.rows("SELECT key, name FROM person WHERE login = 'ase@example.no'") == [
        ("ase.bo", "Åse Bø")
    ]
    again = client.post("/personer/ny", data=form)
    assert (again.status_code, "Finnes fra før" in again.text) == (422, True)
    taken = client.post("/personer/ny", data=form | {"likevel": "ja"})
    assert (taken.status_code, "i bruk av en annen" in taken.text) == (422, True)
    assert "Åse Bø" in client.get("/personer?bare=ingen").text


def test_an_administrator_sees_no_pupils_name(pages: Pages) -> None:
    pages.run("UPDATE pupil SET name = 'Navnet ' || id")
    ada = pages.as_("ada")
    one = ada.get(f"/personer/{person(pages, 'per')}").text
    assert ("én elev" in one, "Navnet" in one) == (True, False)
    assert "spesialpedagog (1 elev)" in ada.get("/personer").text


def test_another_owners_people_are_not_found(pages: Pages) -> None:
    pages.run("INSERT INTO owner (key) VALUES ('sjoby')")
    pages.run(
        "INSERT INTO person (owner_id, key, name, wish) SELECT id, 'olga', 'Olga', 'nudge'"
        " FROM owner WHERE key = 'sjoby'"
    )
    ada = pages.as_("ada")
    said = []
    for number in (person(pages, "olga"), 999_999):
        answer = ada.get(f"/personer/{number}")
        said.append((answer.status_code, answer.text.replace(f"/{number}", "")))
    assert said[0] == said[1]
    assert said[0][0] == 404
    assert "Olga" not in ada.get("/personer?sok=olga").text
