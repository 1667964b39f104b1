"""The page of a pupil's case: what it tells, what may be registered, and who sees it."""

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import Pages

EMPTY = {"year": "2027-28", "what": "", "on": "", "note": "", "valid_from": "", "valid_to": ""}


def number(pages: Pages, key: str) -> int:
    ((found,),) = pages.rows(f"SELECT id FROM pupil WHERE key = '{key}'")  # noqa: S608 - ours
    return int(found)


def sends(client: TestClient, pupil: int, **typed: str) -> tuple[int, str]:
    """The status of a registration, and where it leads or the page."""
    answer = client.post(f"/sak/{pupil}", data=EMPTY | typed)
    return answer.status_code, answer.headers.get("location", answer.text)


def test_a_case_is_registered_step_by_step_on_its_page(pages: Pages) -> None:
    heidi, e4 = pages.as_("heidi"), number(pages, "e4")
    assert "Ingen sak er registrert." in heidi.get(f"/sak/{e4}").text
    steps = (
        {"what": "needed", "on": "1.10.26"},
        {"what": "asked_utredning", "on": "3.10.26"},
        {"what": "consent_utredning", "on": "10.10.2026", "by": "foresatte"},
        {"what": "referred", "on": "201026"},
        {"what": "sent_back", "on": "2026-10-25", "note": "pedagogisk rapport"},
    )
    for typed in steps:
        assert sends(heidi, e4, **typed) == (303, f"/sak/{e4}?fort=ny&ar=2027-28")
    page = heidi.get(f"/sak/{e4}").text
    for words in (
        "mangler dokumentasjon",
        "<strong>skolen</strong>, siden 25.10.2026, 33 dager",
        "Send PPT det som mangler",
        "Sendt tilbake: mangler dokumentasjon: pedagogisk rapport",
        "skolen 45 · PPT 5 · foresatte 7",
    ):
        assert words in page


def test_a_wrong_registration_is_taken_back_with_a_reason(pages: Pages) -> None:
    heidi, e4 = pages.as_("heidi"), number(pages, "e4")
    sends(heidi, e4, what="needed", on="1.10.26")
    sends(heidi, e4, what="consent_utredning", on="2.10.26")
    sends(heidi, e4, what="referred", on="3.10.26")
    form = {"year": "2027-28", "what": "referred", "on": "2026-10-03", "reason": ""}
    assert heidi.post(f"/sak/{e4}/trekk", data=form).status_code == 422
    answer = heidi.post(f"/sak/{e4}/trekk", data=form | {"reason": "feil elev"})
    assert answer.headers["location"] == f"/sak/{e4}?fort=trukket&ar=2027-28"
    assert "Trukket. Loggen beholder det." in heidi.get(answer.headers["location"]).text
    form |= {"what": "consent_utredning", "on": "2026-10-02", "reason": "feil elev"}
    assert heidi.post(f"/sak/{e4}/trekk", data=form).status_code == 303
    assert pages.rows("SELECT referred_on FROM assessment WHERE year = 2027") == [(None,)]
    assert pages.rows("SELECT id FROM consent WHERE year = 2027") == []
    kari = pages.as_("kari")
    assert kari.post(f"/sak/{number(pages, 'e1')}/trekk", data=form).status_code == 403


def test_what_is_refused_is_told_with_the_paragraph_and_stays_typed(pages: Pages) -> None:
    heidi, e4 = pages.as_("heidi"), number(pages, "e4")
    sends(heidi, e4, what="needed", on="1.10.26")
    status, page = sends(heidi, e4, what="referred", on="2.10.26", note="skrevet")
    assert status == 422
    assert "samtykke til utredning var ikke gitt 02.10.2026" in page
    assert "§ 11-7 tredje ledd" in page
    assert 'value="skrevet"' in page
    assert pages.rows("SELECT referred_on FROM assessment WHERE year = 2027") == [(None,)]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"what": ""}, "Velg hva som skjedde."),
        ({"what": "succeeded"}, "Velg hva som skjedde."),
        ({"what": "needed", "year": "2027"}, "Velg skoleåret saken gjelder."),
        ({"what": "needed", "on": "31.2.26"}, "er ingen dato"),
        ({"what": "needed", "on": "27.11.26"}, "etter i dag"),
        ({"what": "notified", "on": "1.11.26"}, "ikke registrert noe vedtak"),
    ],
)
def test_a_form_that_says_nothing_clear_is_refused(
    pages: Pages, typed: dict[str, str], why: str
) -> None:
    status, page = sends(pages.as_("heidi"), number(pages, "e4"), **typed)
    assert status == 422
    assert why in page


def test_a_refusal_says_the_days_in_words_and_no_code_of_the_pupil(pages: Pages) -> None:
    heidi, e4 = pages.as_("heidi"), number(pages, "e4")
    refused = sends(heidi, e4, what="referred", on="2.10.26")[1]
    assert "Behovet for 2027-28 er ikke registrert: registrer det først." in refused
    for typed in (
        {"what": "needed", "on": "1.10.26"},
        {"what": "consent_utredning", "on": "2.10.26"},
        {"what": "referred", "on": "10.10.26"},
    ):
        assert sends(heidi, e4, **typed)[0] == 303
    for typed, why in (
        ({"what": "received", "on": "9.10.26"}, "Mottatt 09.10.2026 er før henvist 10.10.2026: "),
        ({"what": "received", "on": "9.2.27"}, "Mottatt 09.02.2027 er etter i dag (26.11.2026): "),
        ({"what": "asked_utredning", "on": "9.2.27"}, ">09.02.2027 er etter i dag (26.11.2026): "),
        ({"what": "closed", "on": "2.11.26"}, ">Saken avsluttet: skriv hvorfor, "),
    ):
        page = sends(heidi, e4, **typed)[1]
        assert why in page
        assert "Ikke registrert for" not in page
        assert "--" not in page.partition("ds-error-summary")[2].partition("</")[0]


def test_the_decision_is_registered_with_its_days(pages: Pages) -> None:
    rita, e4 = pages.as_("rita"), number(pages, "e4")
    for typed in (
        {"what": "needed", "on": "1.10.26"},
        {"what": "consent_utredning", "on": "2.10.26"},
        {"what": "referred", "on": "3.10.26"},
        {"what": "received", "on": "1.11.26", "valid_to": "31.7.30"},
        {"what": "consent_vedtak", "on": "2.11.26"},
        {"what": "granted", "on": "3.11.26", "valid_from": "1.8.27", "valid_to": "31.7.28"},
        {"what": "notified", "on": "4.11.26"},
        {"what": "arrived", "on": "6.11.26"},
    ):
        assert sends(rita, e4, **typed)[0] == 303
    page = rita.get(f"/sak/{e4}").text
    for words in (
        "vedtatt og underrettet, ikke begynt å gjelde",
        "ingen: saken hviler",
        "27.11.2026",  # three weeks after the notification arrived
        "forvaltningsloven §§ 29–30",
    ):
        assert words in page
    assert sends(rita, e4, what="no_vedtak", on="20.11.26")[0] == 303
    assert "samtykket trukket, vedtaket står" in rita.get(f"/sak/{e4}").text


def test_a_teacher_reads_the_case_and_registers_nothing(pages: Pages) -> None:
    kari, e1 = pages.as_("kari"), number(pages, "e1")
    page = kari.get(f"/sak/{e1}")
    assert page.status_code == 200
    assert "Registrer noe som har skjedd" not in page.text
    assert sends(kari, e1, what="closed", on="1.11.26", note="x")[0] == 403
    assert pages.rows("SELECT * FROM case_move") == []


def test_who_is_not_seen_and_who_does_not_exist_look_the_same(pages: Pages) -> None:
    kari = pages.as_("kari")
    wrong = [f"/sak/{one}" for one in (number(pages, "f1"), 999999, "x", 10**12)]
    answers = [kari.get(path) for path in wrong]
    assert {answer.status_code for answer in answers} == {404}
    pairs = zip(answers, wrong, strict=True)
    assert len({answer.text.replace(path, "") for answer, path in pairs}) == 1


def test_a_protected_pupils_case_is_the_class_teachers_and_rektors(pages: Pages) -> None:
    e5 = number(pages, "e5")
    seen = {key: pages.as_(key).get(f"/sak/{e5}").status_code for key in ("kari", "heidi", "rita")}
    assert seen == {"kari": 200, "heidi": 404, "rita": 200}
