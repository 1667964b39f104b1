"""The indicators over the API: the entries of the command, masked by the same rule."""

from typing import Any

import pytest
from sqlmodel import Session

from iopflow import measure
from iopflow.queries.access import viewer, visible_schools
from iopflow.queries.masking import mask
from iopflow.roles import Action
from iopflow.schoolyear import Year
from tests.factories import TODAY
from tests.web.api.conftest import V1, Api

ADDRESS = f"{V1}/indicators"


def entries(api: Api, person: str, **asked: Any) -> list[dict[str, Any]]:
    """What the command gives a person."""
    with Session(api.pages.engine) as session:
        who = viewer(session, person, today=TODAY)
        ids = [one.number for one in visible_schools(who, session, Action.FIGURES)]
        found = measure.figures(session, schools=ids, year=Year(2026), today=TODAY, **asked)
        return mask(session, who, [one.numbered() for one in found])


@pytest.mark.parametrize(
    ("person", "role", "at"),
    [
        ("heidi", "avdelingsleder", "unit:smatrinn"),
        ("rita", "rektor", "school:lia"),
        ("eli", "skoleeier", "owner:eikedal"),
    ],
)
def test_the_entries_are_those_of_the_command(calm: Api, person: str, role: str, at: str) -> None:
    client = calm.of(role, at)
    assert client.get(ADDRESS).json() == entries(calm, person)
    by_class = client.get(ADDRESS, params={"by": "class", "year": "2026-27"})
    assert by_class.json() == entries(calm, person, by="class")


def test_small_numbers_are_masked_for_those_who_do_not_know_the_pupils(calm: Api) -> None:
    found = calm.of("skoleeier", "owner:eikedal").get(ADDRESS).json()
    assert {one["school"] for one in found} == {"lia", "fjell"}
    assert all(one["numerator"] is None for one in found if one.get("masked"))
    assert any(one.get("masked") for one in found)


def test_the_network_is_one_entry_and_what_is_not_seen_gives_none(calm: Api) -> None:
    client = calm.of("ikit_koordinator", "network:nett")
    whole = client.get(ADDRESS, params={"network": "nett"}).json()
    assert {(one["network"], one["school"]) for one in whole} == {("nett", None)}
    few = {one["indicator"] for one in client.get(ADDRESS).json() if one.get("masked")}
    assert few == {one["indicator"] for one in whole if one.get("masked")} != set()
    head = calm.of("rektor", "school:lia")
    for asked in ({"school": "fjell"}, {"school": "x"}, {"network": "x"}):
        assert head.get(ADDRESS, params=asked).json() == []


def test_a_teacher_has_no_figures_and_two_places_are_refused(calm: Api) -> None:
    barred = calm.of("kontaktlaerer", "unit:3a").get(ADDRESS)
    assert (barred.status_code, barred.json()["title"]) == (403, "Forbidden")
    assert "se indikatorene" in barred.json()["detail"]
    both = calm.of("rektor", "school:lia").get(ADDRESS, params={"school": "lia", "network": "n"})
    assert both.status_code == 422
    assert both.json()["detail"].startswith("Spør om en skole eller et nettverk")
