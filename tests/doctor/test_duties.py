"""Who answers for what is to be done, and whether they can be reached."""

from datetime import UTC, datetime

from tests.doctor.conftest import Schools


def test_a_class_without_a_contact_teacher(healthy: Schools) -> None:
    healthy.run(
        "DELETE FROM role_grant WHERE person_id = (SELECT id FROM person WHERE key = 'kari')"
    )
    (said,) = healthy.said("responsible")
    assert said.startswith("lia: Ingen har ansvaret som kontaktlærer for ")
    assert " fram til 31.07.2027: Elevsamtale høst (2), Elevsamtale vår (2), " in said
    assert "Telletidspunkt" not in said  # those are rektor's


def test_a_role_that_has_ended_is_nobodys(healthy: Schools) -> None:
    healthy.run("UPDATE role_grant SET ends = '2026-11-25' WHERE role = 'rektor'")
    assert {one.partition(":")[0] for one in healthy.said("responsible")} == {"lia", "fjell"}


def test_a_meeting_of_the_network_that_nobody_calls(healthy: Schools) -> None:
    healthy.run("DELETE FROM role_grant WHERE role = 'ikit_koordinator'")
    found = healthy.found("responsible")
    assert {one.school for one in found} == {None}
    assert found[0].remedy.startswith("Gi noen rollen ikit_koordinator i roles.csv")
    assert healthy.found("responsible", school="lia") == []  # the network is not one school's


def test_what_is_done_needs_nobody(healthy: Schools) -> None:
    """A fact of the case does a task without a happening: the assessment has come."""
    healthy.run("DELETE FROM role_grant WHERE role = 'ppt_radgiver'")
    assert len(healthy.said("responsible")) == 1
    healthy.run(
        "UPDATE assessment SET referred_on = '2026-02-01', complete_on = '2026-03-01',"
        " received_on = '2026-04-01'"
    )
    assert healthy.said("responsible") == []


def test_in_august_the_whole_autumn_is_looked_at_and_in_july_only_july(healthy: Schools) -> None:
    healthy.run("DELETE FROM role_grant WHERE role = 'kontaktlaerer'")
    healthy.now = datetime(2027, 7, 20, 8, tzinfo=UTC)
    assert healthy.said("responsible") == []
    healthy.now = datetime(2027, 8, 2, 8, tzinfo=UTC)
    said = " ".join(healthy.said("responsible"))
    assert "Elevsamtale" in said  # due in December
    assert "31.07.2028" in said


def test_somebody_responsible_without_an_address(healthy: Schools) -> None:
    healthy.run("UPDATE person SET email = NULL WHERE key IN ('kari', 'siri')")
    assert healthy.said("address") == [
        "fjell: Har ansvar, men ingen e-postadresse: siri.",
        "lia: Har ansvar, men ingen e-postadresse: kari.",
    ]


def test_somebody_without_a_duty_needs_no_address(healthy: Schools) -> None:
    healthy.run("UPDATE role_grant SET ends = '2026-11-01' WHERE role = 'rektor'")
    healthy.run("UPDATE person SET email = NULL WHERE key = 'rita'")
    assert healthy.said("address") == []


def test_an_address_that_was_refused_until_it_is_another(healthy: Schools) -> None:
    healthy.run("UPDATE person SET refused_email = email WHERE key = 'kari'")
    (found,) = healthy.found("address")
    assert found.wrong == "E-posttjeneren kjenner ikke adressen til kari."
    assert "example.no" not in found.wrong
    healthy.run("UPDATE person SET email = 'kari.ny@example.no' WHERE key = 'kari'")
    assert healthy.found("address") == []
