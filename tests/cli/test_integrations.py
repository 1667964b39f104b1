"""`api-token`: a secret shown once, a list without secrets, and only the administrator has them."""

import json
import re

import pytest

from tests.cli.conftest import Ask, rows_of

NEW = 'new "Timeplan" --role kontaktlaerer --at unit:3a'
SECRET = re.compile(r"iop_[\w-]{43}\n", re.ASCII)


def test_new_shows_the_token_once(school: Ask) -> None:
    answer = school(f"api-token {NEW} --write --until 2027-07-31", by="ada")

    assert answer.code == 0
    assert SECRET.fullmatch(answer.out) is not None
    assert "iopflow api-token revoke 1" in answer.err
    listed = school("api-token list --format json", by="ada")
    assert json.loads(listed.out) == [
        {
            "token": 1,
            "label": "Timeplan",
            "role": "kontaktlaerer",
            "at": "unit:3a",
            "scope": "write",
            "protected": False,
            "state": "living",
            "created_at": "2026-11-26T09:00:00+00:00",
            "ends": "2027-07-31",
            "revoked_at": None,
            "used_at": None,
        }
    ]
    stored = rows_of(school.url, "SELECT * FROM api_token")
    assert answer.out.strip() not in f"{stored} {school('api-token list', by='ada').out}"
    later = school("api-token list --format json", by="ada", now="2027-08-01")
    assert json.loads(later.out)[0]["state"] == "ended"


def test_revoke_is_for_good_and_stands_in_the_log(school: Ask) -> None:
    school(f"api-token {NEW}", by="ada")
    gone = school("api-token revoke 1", by="ada")
    again = school("api-token revoke 1", by="ada")

    assert (gone.code, gone.out) == (0, "API-token 1 er trukket tilbake.\n")
    assert (again.code, again.out) == (0, "API-token 1 var trukket tilbake fra før.\n")
    (row,) = json.loads(school("api-token list --format json", by="ada").out)
    assert row["state"] == "revoked"
    assert rows_of(school.url, "SELECT act FROM event WHERE table_name = 'api_token'") == [
        ("api-token new",),
        ("api-token revoke",),
    ]


@pytest.mark.parametrize(
    ("words", "by", "said"),
    [
        (NEW, "rita", "Rollene dine gir ikke lov til å administrere"),
        ("list", "kari", "Rollene dine gir ikke lov til å administrere"),
        ("revoke 1", "heidi", "Rollene dine gir ikke lov til å administrere"),
        ("revoke 99", "ada", "Fant ikke API-token 99"),
        ('new "X" --role rektor --at unit:3a', "ada", "«unit:3a» er ikke et sted for rollen rek"),
        ('new "X" --role rektor --at lia', "ada", "«lia» er ikke et sted for rollen rektor"),
        ('new "X" --role rektor --at school:nord', "ada", "Fant ikke skolen «nord»"),
        ('new "X" --role admin --at owner:eikedal', "ada", "Rollen «admin» ser ingenting i API"),
        ('new "X" --role skoleeier --at owner:eikedal --write', "ada", "Rollen skoleeier registr"),
        ('new " " --role rektor --at school:lia', "ada", "Tokenet trenger et navn"),
    ],
)
def test_refusals(school: Ask, words: str, by: str, said: str) -> None:
    school(f"api-token {NEW}", by="ada")
    answer = school(f"api-token {words}", by=by)

    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(said)
    assert rows_of(school.url, "SELECT revoked_at FROM api_token") == [(None,)]


def test_an_unknown_role_is_wrong_usage(still: Ask) -> None:
    answer = still('api-token new "X" --role kokk --at school:lia', by="ada")

    assert (answer.code, answer.out) == (2, "")
