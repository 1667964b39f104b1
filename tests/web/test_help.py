"""Help in place: the words, the jobs of each role, and the same links on every page."""

import pytest

from iopflow.web.app import ROUTES
from iopflow.web.help import TERMS, what
from iopflow.web.helping import JOBS
from iopflow.web.statements import ACCESSIBILITY, PRIVACY
from tests.web.conftest import Pages

FOOTER = ("/hjelp", "/tilgjengelighet", "/personvern")


def test_a_word_is_explained_in_three_languages_and_escaped() -> None:
    for term in TERMS.values():
        for text in (term.title, term.text):
            assert all((text.nb, text.nn, text.en))
    assert str(what("vikar")).startswith('<details class="what"><summary>')
    with pytest.raises(KeyError):
        what("finnes-ikke")


def test_every_job_has_its_page() -> None:
    there = {route.path for route in ROUTES if route.method == "GET"}
    assert {job.href for job in JOBS} - there == set()


@pytest.mark.parametrize(
    ("who", "jobs"),
    [
        ("kari", {"/mine", "/masse", "/vikar", "/kalender"}),
        ("rita", {"/matrise", "/indikatorer", "/frys", "/moter", "/personer", "/saker"}),
        ("ada", {"/personer", "/drift"}),
        ("eli", {"/indikatorer"}),
    ],
)
def test_each_is_led_to_the_own_jobs_and_to_nothing_that_is_closed(
    still: Pages, who: str, jobs: set[str]
) -> None:
    client = still.as_(who)
    text = client.get("/hjelp").text.partition("<main")[2].partition("</main>")[0]
    linked = {job.href for job in JOBS if f'href="{job.href}"' in text}
    assert jobs <= linked
    assert {href: client.get(href).status_code for href in linked} == dict.fromkeys(linked, 200)


def test_help_and_statements_are_linked_on_every_page_before_the_log_in_too(still: Pages) -> None:
    for who, path in ((None, "/logg-inn"), ("kari", "/mine"), ("ada", "/drift"), (None, "/hjelp")):
        footer = still.as_(who).get(path).text.partition('<footer class="foot">')[2]
        places = [footer.find(f'href="{href}"') for href in FOOTER]
        assert min(places) > 0
        assert places == sorted(places)


def test_the_statements_are_open_and_in_three_languages(still: Pages) -> None:
    for path, sections in (("/tilgjengelighet", ACCESSIBILITY), ("/personvern", PRIVACY)):
        client = still.as_(None)
        assert sections[0].title.nb in client.get(path).text
        client.post("/sprak", data={"sprak": "nn", "fra": path})
        assert sections[0].lines[0].nn in client.get(path).text


def test_a_page_explains_its_words_where_they_stand(still: Pages) -> None:
    shown = {
        ("kari", "/mine"): "i tide",
        ("rita", "/frys"): "frys en telling",
        ("rita", "/behov"): "sakkyndig vurdering",
        ("kari", "/vikar"): "vikar",
        ("kari", "/masse"): "kvalitetssikring",
    }
    for (who, path), word in shown.items():
        assert f"Hva betyr «{word}»?" in still.as_(who).get(path).text
