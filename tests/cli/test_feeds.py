"""`feed`: an address shown once, a list without addresses, and the file itself on stdout."""

import json
import re
from typing import Any

import pytest

from tests.cli.conftest import NOW, Ask, rows_of
from tests.feeds.readers import READERS

ADDRESS = re.compile(r"/feeds/([\w-]{43})/iop-frister\.ics\n", re.ASCII)


def listed(ask: Ask, words: str = "", by: str = "ada") -> list[dict[str, Any]]:
    """The JSON of `feed list`."""
    answer = ask(f"feed list {words} --format json", by=by)
    assert answer.code == 0, answer.err
    found: list[dict[str, Any]] = json.loads(answer.out)
    return found


def titles(file: str) -> list[str]:
    """The titles, on which all programs agree."""
    first, *others = [[one.title for one in read(file.encode())] for read in READERS]
    assert [other for other in others if other != first] == []
    return first


def test_new_shows_the_address_once(school: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = school('feed new --person kari --label "min mobil"', by="kari")

    assert answer.code == 0
    found = ADDRESS.fullmatch(answer.out)
    assert found is not None
    assert "Kalenderlenke 1 for kari" in answer.err
    assert "IOPFLOW_BASE_URL" in answer.err
    assert listed(school, by="kari") == [
        {
            "feed": 1,
            "person": "kari",
            "at": "person",
            "shows": "deadlines",
            "level": "counts",
            "ticks": False,
            "label": "min mobil",
            "state": "living",
            "created_at": "2026-11-26T09:00:00+00:00",
            "revoked_at": None,
            "valid_to": None,
            "fetched_at": None,
            "fetched_by": None,
        }
    ]
    stored = rows_of(school.url, "SELECT * FROM feed_token")
    assert found[1] not in f"{stored} {school('feed list', by='kari').out}"
    monkeypatch.setenv("IOPFLOW_BASE_URL", "https://iop.eikedal.example/")
    whole = school("feed new --person kari", by="kari")
    assert re.fullmatch(rf"https://iop\.eikedal\.example{ADDRESS.pattern}", whole.out, re.ASCII)
    assert "IOPFLOW_BASE_URL" not in whole.err


def test_show_prints_the_file_byte_for_byte(school: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOPFLOW_BASE_URL", "https://iop.eikedal.example")
    school("feed new --person rita --at school:lia", by="rita")
    stored = school("feed show 1", by="rita")
    imagined = school("feed show --person rita --at school:lia", by="rita")

    assert (stored.code, stored.err) == (0, "")
    assert "Årsevaluering IOP: 3 elever igjen" in titles(stored.out)
    assert titles(imagined.out) == titles(stored.out)
    assert imagined.out == school("feed show --person rita --at school:lia", by="rita").out
    assert "URL:https://iop.eikedal.example/" in stored.out
    assert school("feed show 1", by="ada").out == stored.out


def test_levels(still: Ask) -> None:
    told = {
        level: [
            title
            for title in titles(still(f"feed show --person kari --level {level}", by="kari").out)
            if title.startswith("Årsevaluering")
        ]
        for level in ("counts", "codes", "steps")
    }

    assert told["counts"] == ["Årsevaluering IOP: 3 elever igjen"]
    assert told["steps"] == ["Årsevaluering IOP"]
    assert len(told["codes"]) == 3
    assert all(re.fullmatch(r"Årsevaluering IOP: sak [A-Z2-7]{6}", one) for one in told["codes"])


def test_the_language_of_the_command_is_that_of_the_file(still: Ask) -> None:
    answer = still("--language en feed show --person kari", by="kari")

    assert answer.code == 0
    assert "Årsevaluering IOP: 3 elever igjen" not in titles(answer.out)


def test_a_revoked_feed_says_so(school: Ask) -> None:
    school("feed new --person kari", by="kari")
    gone = school("feed revoke 1", by="kari")
    again = school("feed revoke 1", by="kari")

    assert (gone.code, gone.out) == (0, "Kalenderlenke 1 er trukket tilbake.\n")
    assert (again.code, again.out) == (0, "Kalenderlenke 1 var trukket tilbake fra før.\n")
    assert titles(school("feed show 1", by="kari").out) == [
        "Kalenderlenken er trukket tilbake: lag en ny i iopflow"
    ]
    (row,) = listed(school)
    assert (row["state"], row["revoked_at"]) == ("revoked", "2026-11-26T09:00:00+00:00")
    assert rows_of(school.url, "SELECT act FROM event WHERE table_name = 'feed_token'") == [
        ("feed new",),
        ("feed revoke",),
    ]


def test_everybody_has_their_own_and_the_administrator_all(school: Ask) -> None:
    for words, by in (
        ("feed new --person kari", "kari"),
        ("feed new --person heidi --at unit:smatrinn", "ada"),
        ("feed new --person per --level codes", "per"),
    ):
        assert school(words, by=by).code == 0

    def numbers(words: str, by: str) -> list[int]:
        return [row["feed"] for row in listed(school, words, by)]

    assert numbers("", "ada") == [1, 2, 3]
    assert numbers("--person heidi", "ada") == [2]
    assert [numbers("", by) for by in ("kari", "heidi", "per", "rita")] == [[1], [2], [3], []]
    table = school("feed list", by="heidi").out
    assert "unit:smatrinn" in table
    assert "26.11.2026" in table


@pytest.mark.parametrize(
    ("words", "by", "said"),
    [
        ("new --person heidi", "kari", "Du kan bare ha dine egne kalenderlenker"),
        ("list --person heidi", "kari", "Du kan bare ha dine egne kalenderlenker"),
        ("show --person heidi", "rita", "Du kan bare ha dine egne kalenderlenker"),
        ("new --person kari --at school:lia", "kari", "kari har ingen rolle som ser oppgavene der"),
        ("new --person eli", "eli", "eli har ingen rolle som ser oppgaver"),
        ("new --person ada", "ada", "ada har ingen rolle som ser oppgaver"),
        ("new --person nobody", "ada", "Fant ikke personen «nobody»"),
        ("new --person kari --at unit:3z", "kari", "Fant ikke klassen eller avdelingen «3z»"),
        ("new --person kari --at rot", "kari", "«rot» er ikke et sted"),
        ("show 1", "rita", "Fant ikke kalenderlenke 1"),
        ("revoke 1", "rita", "Fant ikke kalenderlenke 1"),
        ("revoke 99", "ada", "Fant ikke kalenderlenke 99"),
    ],
)
def test_refusals(school: Ask, words: str, by: str, said: str) -> None:
    school("feed new --person kari", by="kari")
    answer = school(f"feed {words}", by=by)

    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(said)
    assert len(rows_of(school.url, "SELECT id FROM feed_token")) == 1


@pytest.mark.parametrize(
    "words",
    [
        "show",
        "show 1 --person kari",
        "show 1 --at unit:3a",
        "show 1 --level codes",
        "show --person kari --level names",
        "new",
        "revoke",
        "revoke x",
    ],
)
def test_usage(still: Ask, words: str) -> None:
    answer = still(f"feed {words}", by="kari")

    assert (answer.code, answer.out) == (2, "")


def test_the_administrator_of_an_embedded_database_signs_nothing(embedded: Ask) -> None:
    assert embedded("feed new --person kari").code == 0
    assert embedded("feed show 1").code == 0
    assert embedded("feed revoke 1").code == 0
    answer = embedded("feed list --format json")
    assert [row["state"] for row in json.loads(answer.out)] == ["revoked"]


def test_the_clock_does_not_show_in_the_file(school: Ask) -> None:
    school("feed new --person kari", by="kari")

    told = {school("feed show 1", by="kari", now=now).out for now in (NOW, "2026-11-27T23:00")}
    assert len(told) == 1


def test_a_renewed_address_lets_the_old_one_live_for_thirty_days(school: Ask) -> None:
    school("feed new --person kari --label mobil --ticks", by="kari")
    answer = school("feed renew 1", by="kari")

    assert ADDRESS.fullmatch(answer.out) is not None
    old, new = listed(school, by="kari")
    assert (old["valid_to"], old["state"]) == ("2026-12-26", "living")
    assert (new["valid_to"], new["label"], new["ticks"]) == (None, "mobil", True)
    later = school("feed list --format json", by="kari", now="2026-12-27")
    assert [one["state"] for one in json.loads(later.out)] == ["replaced", "living"]
    assert "byttet ut" in school("feed show 1", by="kari", now="2026-12-27").out
    again = school("feed renew 1", by="kari")
    assert (again.code, again.err.count("lag en ny")) == (1, 1)


def test_the_wheel_of_the_school_is_for_all_who_work_there_and_counts_nobody(school: Ask) -> None:
    shown = school("feed show --person kari --shows wheel --at school:lia", by="kari")
    assert "Årshjul IOP" in shown.out
    assert not [title for title in titles(shown.out) if "igjen" in title]
    refused = school("feed show --person kari --shows wheel --at unit:3a", by="kari")
    assert (refused.code, "school:ID" in refused.err) == (1, True)
    elsewhere = school("feed show --person kari --shows wheel --at school:fjell", by="kari")
    assert elsewhere.code == 1
