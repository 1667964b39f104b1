"""Årshjulet vårt: a step is moved, seen first, saved, shown and taken back, by the head alone."""

from tests.web.conftest import Pages

STEP = "iop.arsevaluering"
FORM = {
    "steg": STEP,
    "revisjon": "0",
    "fra": "2026-27",
    "frist_kind": "dato",
    "frist_on": "15.05.",
    "apner_kind": "due",
    "apner_count": "6",
    "apner_unit": "w",
    "apner_side": "for",
    "ansvarlig": "kontaktlaerer",
    "helg": "internal",
    "bruk": "ja",
}


def dues(pages: Pages, step: str = STEP) -> list[tuple[int, str]]:
    """The due days of a step's tasks, by year served."""
    return [
        (year, str(due))
        for year, due in pages.rows(
            f"SELECT DISTINCT year, due FROM task WHERE step = '{step}' ORDER BY 1, 2"  # noqa: S608 - a word of ours
        )
    ]


def test_a_date_is_seen_saved_shown_and_taken_back(pages: Pages) -> None:
    client = pages.as_("rita")
    before = dues(pages)
    shown = client.post("/arshjul/rediger/se", data=FORM)
    assert shown.status_code == 200
    assert ("31.05.2027" in shown.text, "→ 15.05.2027" in shown.text) == (True, True)
    assert "P3 måles mot indikatorens egen dato" in shown.text
    assert dues(pages) == before
    saved = client.post("/arshjul/rediger", data=FORM)
    assert saved.status_code == 303
    assert dues(pages) == [(2026, "2027-05-15")]
    page = client.get(saved.headers["location"]).text
    assert "endret fra 31.05.2027" in page
    assert "endret fra 31.05.2027" in client.get("/arshjul").text
    ((number,),) = pages.rows(
        "SELECT max(id) FROM event WHERE act = 'own_wheel' AND table_name = 'school'"
    )
    back = client.post("/arshjul/rediger/tilbake", data={"til": number, "revisjon": number})
    assert back.status_code == 303
    assert dues(pages) == before
    assert pages.rows("SELECT own_wheel FROM school WHERE key = 'lia'") == [(None,)]
