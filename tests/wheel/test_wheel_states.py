"""The states of a pupil's year: derived from what is done, for continuing and new pupils."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.wheel import load, mermaid
from tests.wheel.wheel_kit import RIGHT, write

WHEEL = load("spesialskole")
START, END = date(2026, 8, 17), date(2027, 6, 18)
CURRENT = [
    "iop.malvalg",
    "iop.kvalitetssikring",
    "iop.klar_skolestart",
    "iop.teste_justere",
    "iop.halvarsevaluering",
    "iop.arsevaluering",
]
NEW = [
    "iop.forenklet_nye",
    "iop.teste_justere",
    "iop.ferdig_nye",
    "iop.halvarsevaluering",
    "iop.arsevaluering",
]
STEPS = sorted({*CURRENT, *NEW})


def state(
    done: list[str], today: date = START, *, new: bool = False, suspended: bool = False
) -> str:
    """The key of the state reached."""
    return WHEEL.state_of(
        set(done),
        entered_new=new,
        today=today,
        school_start=START,
        school_end=END,
        suspended=suspended,
    ).key


def test_a_continuing_pupils_year_passes_every_state_in_order() -> None:
    before = START - timedelta(days=1)
    road = [state(CURRENT[:n], before) for n in range(4)]
    road += [state(CURRENT[:n]) for n in range(3, 7)]
    road.append(state(CURRENT, END + timedelta(days=1)))
    assert road == [
        "for_start",
        "malvalg",
        "kvalitetssikret",
        "klar",
        "i_bruk",
        "provd_justert",
        "halvarsevaluert",
        "arsevaluert",
        "arkivert",
    ]


def test_a_new_pupil_enters_by_a_simplified_plan() -> None:
    before = START - timedelta(days=1)
    road = [state(NEW[:n], before, new=True) for n in range(2)]
    road += [state(NEW[:n], new=True) for n in range(1, 6)]
    assert road == [
        "for_start",
        "forenklet",
        "i_bruk",
        "provd_justert",
        "ferdig",
        "halvarsevaluert",
        "arsevaluert",
    ]


def test_a_new_pupil_with_a_complete_plan_at_once_is_past_the_simplified_one() -> None:
    assert state(["iop.ferdig_nye"], new=True) == "ferdig"


def test_the_last_school_day_is_not_yet_the_archive() -> None:
    assert state(CURRENT, END) == "arsevaluert"


def test_without_a_plan_nothing_is_in_use_on_the_first_school_day() -> None:
    assert state(["iop.malvalg"]) == "malvalg"


def test_what_is_done_out_of_order_counts() -> None:
    assert state(["iop.halvarsevaluering"]) == "halvarsevaluert"


@pytest.mark.parametrize("done", [[], CURRENT[:1], CURRENT])
def test_without_a_valid_vedtak_the_year_rests(done: list[str]) -> None:
    assert state(done, suspended=True) == "suspendert"


def test_a_year_that_is_over_is_archived_also_where_it_rested() -> None:
    assert state([], END + timedelta(days=1), suspended=True) == "arkivert"


@given(
    done=st.sets(st.sampled_from(STEPS)),
    today=st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    new=st.booleans(),
    suspended=st.booleans(),
)
def test_every_pupil_is_in_exactly_one_state_of_the_right_road(
    done: set[str], today: date, new: bool, suspended: bool
) -> None:
    found = WHEEL.state_of(
        done,
        entered_new=new,
        today=today,
        school_start=START,
        school_end=END,
        suspended=suspended,
    )
    road = WHEEL.road(entered_new=new)
    assert found in road or (suspended and found.role == "suspended")


@given(
    done=st.sets(st.sampled_from(STEPS)),
    more=st.sampled_from(STEPS),
    today=st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    new=st.booleans(),
)
def test_doing_more_never_leads_back(done: set[str], more: str, today: date, new: bool) -> None:
    road = [one.key for one in WHEEL.road(entered_new=new)]
    before = state(sorted(done), today, new=new)
    after = state(sorted({*done, more}), today, new=new)
    assert road.index(before) <= road.index(after)


@given(
    done=st.sets(st.sampled_from(STEPS)),
    today=st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    new=st.booleans(),
)
def test_time_never_leads_back(done: set[str], today: date, new: bool) -> None:
    road = [one.key for one in WHEEL.road(entered_new=new)]
    before = state(sorted(done), today, new=new)
    after = state(sorted(done), today + timedelta(days=1), new=new)
    assert road.index(before) <= road.index(after)


def test_a_network_has_no_pupils_and_so_no_states() -> None:
    network = load("ikit")
    found = network.state_of(
        set(), entered_new=False, today=START, school_start=START, school_end=END, suspended=True
    )
    assert (found.key, found.title.nb, network.states) == ("", "–", ())
    assert mermaid(network) == "stateDiagram-v2\n    direction TB\n"


def test_the_drawing_shows_both_roads_and_the_rest() -> None:
    assert mermaid(WHEEL, "nb").splitlines()[2:] == [
        '    state "ikke begynt" as for_start',
        '    state "målvalg gjort" as malvalg',
        '    state "kvalitetssikret" as kvalitetssikret',
        '    state "klar ved skolestart" as klar',
        '    state "forenklet IOP" as forenklet',
        '    state "i bruk" as i_bruk',
        '    state "prøvd og justert" as provd_justert',
        '    state "ferdig IOP" as ferdig',
        '    state "halvårsevaluert" as halvarsevaluert',
        '    state "årsevaluert" as arsevaluert',
        '    state "arkivert" as arkivert',
        '    state "hviler – ikke noe gyldig vedtak" as suspendert',
        "    [*] --> for_start",
        "    for_start --> malvalg: Målvalg ny IOP (utkast)",
        "    malvalg --> kvalitetssikret: Kvalitetssikring av alle IOP-er",
        "    kvalitetssikret --> klar: IOP utarbeidet ved skolestart (nåværende elever)",
        "    klar --> i_bruk: skolestart",
        "    i_bruk --> provd_justert: Teste og justere IOP",
        "    provd_justert --> halvarsevaluert: Halvårsevaluering IOP",
        "    halvarsevaluert --> arsevaluert: Årsevaluering IOP",
        "    arsevaluert --> arkivert: skoleåret er over",
        "    arkivert --> [*]",
        "    for_start --> forenklet: Forenklet IOP ved skolestart (nye elever)",
        "    forenklet --> i_bruk: skolestart",
        "    provd_justert --> ferdig: Ferdig IOP for nye elever",
        "    ferdig --> halvarsevaluert: Halvårsevaluering IOP",
        "    i_bruk --> suspendert: vedtaket går ut",
        "    suspendert --> i_bruk: nytt vedtak",
    ]


def test_the_drawing_speaks_the_language_asked_for() -> None:
    assert "    klar --> i_bruk: skulestart" in mermaid(WHEEL, "nn").splitlines()
    assert "    arsevaluert --> arkivert: the school year is over" in mermaid(WHEEL, "en")


def test_a_title_cannot_break_the_drawing(tmp_path: Path) -> None:
    text = RIGHT.replace('nb = "Plan"', "nb = 'Plan: \"ny\"; #1'").replace(
        'steps = ["iop.plan"]', 'steps = ["iop.plan", "iop.samtale"]\nany_of = true'
    )
    assert "    ny --> planlagt: Plan – 'ny', nr. 1 eller Samtale" in mermaid(
        load(write(tmp_path, text)), "nb"
    )
