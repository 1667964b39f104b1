"""Like elever: pairs that are alike are shown to whoever may merge them, merged, and told apart."""

import pytest
from sqlmodel import Session

from iopflow.queries.access import viewer
from iopflow.queries.duplicates import candidates
from tests.factories import TODAY, Lia, lia
from tests.web.conftest import Pages
from tests.web.parts import refuses_parts
from tests.web.test_units_page import events, pupil, seen


@pytest.fixture
def twins(pages: Pages) -> Pages:
    """x1 is e1 once more, in 3b since August; x1 has no birth month."""
    pages.run(
        "INSERT INTO pupil (owner_id, key, name, protected) SELECT owner_id, 'x1', 'ELEV  e1',"
        " protected FROM pupil WHERE key = 'e1'"
    )
    pages.run(
        "INSERT INTO enrolment (owner_id, pupil_id, school_id, starts, class_id, grade)"
        " SELECT p.owner_id, p.id, u.school_id, '2026-08-01', u.id, 3 FROM pupil p, unit u"
        " WHERE p.key = 'x1' AND u.key = '3b'"
    )
    return pages


def path(pages: Pages) -> str:
    """The page of the two."""
    return f"/like-elever/{pupil(pages, 'e1')}/{pupil(pages, 'x1')}"


def kept(pages: Pages) -> list[tuple[object, ...]]:
    """Whose enrolments there are."""
    return pages.rows(
        "SELECT p.key, e.starts, e.ends, e.class_id FROM enrolment e"
        " JOIN pupil p ON p.id = e.pupil_id WHERE p.key IN ('e1', 'x1') ORDER BY e.starts"
    )


def test_two_are_merged_after_a_preview_and_are_two_again(twins: Pages) -> None:
    client, before = twins.as_("rita"), kept(twins)
    assert "samme navn, og fødselsmåned mangler" in client.get("/like-elever").text
    page = client.get(path(twins)).text
    assert (page.count("Denne blir stående"), "Elev e1" in page.partition("<title>")[2][:60]) == (
        2,
        False,
    )
    form = {"stays": pupil(twins, "e1")}
    shown = client.post(f"{path(twins)}/se", data=form).text
    assert "1 innskriving" in shown
    assert kept(twins) == before
    answer = client.post(path(twins), data=form | {"seen": seen(shown), "reason": "To ganger"})
    page = client.get(answer.headers["location"]).text
    assert "slått sammen til én elev" in page
    assert [(key, str(first), str(last)) for key, first, last, _class in kept(twins)] == [
        ("e1", "2024-08-01", "2026-07-31"),
        ("e1", "2026-08-01", "None"),
    ]
    assert "Sammenlikn" not in page
    refuses_parts(client, "/like-elever/angre", {"hva": events(page)}, "hva")
    client.post("/like-elever/angre", data={"hva": events(page)})
    assert kept(twins) == before


def test_two_who_are_told_apart_are_proposed_no_more_until_it_is_undone(twins: Pages) -> None:
    client = twins.as_("olav")
    answer = client.post(f"{path(twins)}/ikke-samme")
    page = client.get(answer.headers["location"]).text
    assert "Sammenlikn" not in page
    client.post("/like-elever/angre", data={"hva": events(page)})
    assert "Sammenlikn" in client.get("/like-elever").text


def test_cases_that_contradict_each_other_are_named_and_not_merged(twins: Pages) -> None:
    client, before = twins.as_("rita"), kept(twins)
    twins.run(
        "INSERT INTO assessment (owner_id, pupil_id, year, needed_since, recorded_on, recorded_at)"
        " SELECT owner_id, (SELECT id FROM pupil WHERE key = 'x1'), year, '2026-01-12',"
        " recorded_on, recorded_at FROM assessment WHERE pupil_id ="
        " (SELECT id FROM pupil WHERE key = 'e1')"
    )
    form = {"stays": pupil(twins, "e1")}
    shown = client.post(f"{path(twins)}/se", data=form).text
    assert "Sakkyndig vurdering 12.01.2026" in shown
    assert ">Slå sammen<" not in shown
    stale = client.post(path(twins), data=form | {"seen": "0-0"})
    assert (stale.status_code, "endret imens" in stale.text) == (422, True)
    forced = client.post(path(twins), data=form | {"seen": "9-1"})
    assert forced.status_code == 422
    assert kept(twins) == before


def test_who_stays_must_be_chosen(twins: Pages) -> None:
    answer = twins.as_("rita").post(f"{path(twins)}/se")
    assert (answer.status_code, "Velg hvem" in answer.text) == (422, True)


def test_a_pupil_of_another_school_or_not_seen_is_not_found(twins: Pages) -> None:
    one = pupil(twins, "e1")
    for key, other in (("rita", "f1"), ("olav", "e5"), ("ada", "x1"), ("rita", "e1")):
        answer = twins.as_(key).get(f"/like-elever/{one}/{pupil(twins, other)}")
        assert answer.status_code == 404, (key, other)
    assert "Elev e1" not in twins.as_("ada").get("/like-elever").text


def test_which_pupils_are_alike(session: Session) -> None:
    cast: Lia = lia(session)
    for key, name, month in (
        ("a", "Ola Aas", "2016-03"),
        ("b", "ola  aas", "2016-03"),
        ("c", "Ola Aasen", "2016-03"),
        ("d", "Ola Aas", "2015-01"),
        ("e", "Kari Li", None),
        ("f", "Kari Li", "2014-02"),
        ("g", "Per Berg", "2016-03"),
    ):
        cast.ids[key] = cast.add("pupil", key=key, name=name, birth_month=month, protected=False)
        cast.enrol(key)
    names = {number: key for key, number in cast.ids.items() if len(key) == 1}
    pairs = candidates(session, viewer(session, "rita", today=TODAY), today=TODAY)
    assert sorted((names[one.one.id], names[one.other.id], one.why) for one in pairs) == [
        ("a", "b", "samme navn og fødselsmåned"),
        ("a", "c", "liknende navn og samme fødselsmåned"),
        ("b", "c", "liknende navn og samme fødselsmåned"),
        ("e", "f", "samme navn, og fødselsmåned mangler"),
    ]


def test_a_pupil_who_is_also_elsewhere_is_merged_by_nobody_here(session: Session) -> None:
    cast = lia(session)
    for key in ("a", "b"):
        cast.ids[key] = cast.add("pupil", key=key, name="Ola Aas", protected=False)
        cast.enrol(key)
    rita = viewer(session, "rita", today=TODAY)
    assert len(candidates(session, rita, today=TODAY)) == 1
    cast.enrol("b", "fjell", "f3")
    assert candidates(session, rita, today=TODAY) == []
