"""A school's own file: what it may change of the wheel it extends, and what law keeps."""

# ruff: noqa: ISC004 - the sentences are asserted whole

from pathlib import Path

import pytest

from iopflow.schoolyear import Year
from iopflow.wheel import Wheel, load
from tests.wheel.wheel_kit import problems, write

HEAD = """\
extends = "spesialskole"
title = { nb = "Vårt hjul", nn = "Hjulet vårt", en = "Our wheel" }
source = "Vedtatt av ledergruppa"

"""
NEW_STEP = """\
[[step]]
key = "lokal.medarbeidersamtale"
kind = "conversation"
title = { nb = "Samtale i teamet", nn = "Samtale i teamet", en = "Team talk" }
scope = "unit"
opens = "due - 2w"
due = "11-15"
responsible = "avdelingsleder"
basis = "local"
source = "Vår egen"
certainty = "certain"
"""


def own(folder: Path, rows: str) -> Wheel:
    """The wheel of a school with these rows."""
    return load(write(folder, HEAD + rows, "var.toml"))


def row(key: str, *fields: str) -> str:
    """A row with a key and fields."""
    return "\n".join(["[[step]]", f'key = "{key}"', *fields, ""])


def test_a_row_names_only_what_changes(tmp_path: Path) -> None:
    ours, theirs = own(tmp_path, row("iop.felles_tema", 'due = "09-08"')), load("spesialskole")
    assert [step.key for step in ours.steps] == [step.key for step in theirs.steps]
    assert [
        step.key for step, other in zip(ours.steps, theirs.steps, strict=True) if step != other
    ] == ["iop.felles_tema"]
    assert str(ours["iop.felles_tema"].due) == "09-08"
    assert str(ours["iop.felles_tema"].opens) == "school_start"
    assert (ours.name, ours.title.nb) == ("var", "Vårt hjul")
    assert ours.states == theirs.states


def test_a_school_may_have_steps_of_its_own(tmp_path: Path) -> None:
    ours = own(tmp_path, NEW_STEP)
    assert ours.steps[-1].key == "lokal.medarbeidersamtale"
    assert len(ours.steps) == len(load("spesialskole").steps) + 1


def test_a_local_step_may_be_switched_off(tmp_path: Path) -> None:
    ours = own(tmp_path, row("iop.workshop", "off = true"))
    assert not ours["iop.workshop"].opens_tasks_in(Year(2026))


def test_what_ships_switched_off_may_be_switched_on(tmp_path: Path) -> None:
    assert not load("spesialskole")["iop.film_praksis"].ticked
    assert not own(tmp_path, row("iop.film_praksis", "off = false"))["iop.film_praksis"].off


def test_a_state_whose_step_is_switched_off_is_passed_over(tmp_path: Path) -> None:
    ours = own(tmp_path, row("iop.kvalitetssikring", "off = true"))
    theirs = load("spesialskole")
    assert {state.key for state in theirs.states} - {state.key for state in ours.states} == {
        "kvalitetssikret"
    }


def test_law_may_be_worded_given_away_and_dated_earlier(tmp_path: Path) -> None:
    ours = own(
        tmp_path,
        row(
            "iop.arsevaluering",
            'title = { nb = "Årsrapport", nn = "Årsrapport", en = "Annual report" }',
            'responsible = "spesialpedagog"',
            'opens = "due - 8w"',
            'due = "05-15"',
            'note = "Vi begynner tidlig"',
        ),
    )["iop.arsevaluering"]
    assert (ours.title.nb, ours.responsible, str(ours.due)) == (
        "Årsrapport",
        "spesialpedagog",
        "05-15",
    )
    assert (ours.basis, ours.law, str(ours.limit)) == (
        "law",
        "opplæringslova § 11-11",
        "school_end",
    )


@pytest.mark.parametrize(
    ("key", "field", "expected"),
    [
        (
            "iop.enkeltvedtak",
            "off = true",
            "off er lov (opplæringslova § 11-7) og kan ikke endres: stryk feltet; tittel, ansvar, "
            "rekkefølge og skolens egne frister (opens og due) kan endres.",
        ),
        (
            "iop.arsevaluering",
            'limit = "06-30"',
            "limit er lov (opplæringslova § 11-11) og kan ikke endres: stryk feltet; tittel, "
            "ansvar, rekkefølge og skolens egne frister (opens og due) kan endres.",
        ),
        (
            "iop.enkeltvedtak",
            "hard = []",
            "hard er lov (opplæringslova § 11-7) og kan ikke endres: stryk feltet; tittel, ansvar, "
            "rekkefølge og skolens egne frister (opens og due) kan endres.",
        ),
        (
            "iop.sakkyndig_vurdering",
            'cohort = "iop"',
            "cohort er lov (opplæringslova §§ 11-7 og 11-13) og kan ikke endres: stryk feltet; "
            "tittel, ansvar, rekkefølge og skolens egne frister (opens og due) kan endres.",
        ),
        (
            "case.samtykke_vedtak",
            'scope = "school"',
            "scope er lov (opplæringslova § 11-7 tredje ledd og § 24-5) og kan ikke endres: stryk "
            "feltet; tittel, ansvar, rekkefølge og skolens egne frister (opens og due) kan endres.",
        ),
        (
            "case.underretning",
            'fact = "vedtak.decided_on"',
            "fact er lov (forvaltningsloven § 27) og kan ikke endres: stryk feltet; tittel, "
            "ansvar, rekkefølge og skolens egne frister (opens og due) kan endres.",
        ),
        (
            "iop.foreldremote_host",
            'basis = "local"',
            "basis er lov (opplæringsforskrifta § 11-1) og kan ikke endres: stryk feltet; tittel, "
            "ansvar, rekkefølge og skolens egne frister (opens og due) kan endres.",
        ),
        (
            "case.klagefrist",
            'due = "vedtak.arrived_on + 2w"',
            "due er satt av lov (forvaltningsloven §§ 29–30, domstolloven §§ 148–149) og kan ikke "
            "flyttes: stryk feltet; tittel, ansvar og rekkefølge kan endres.",
        ),
        (
            "iop.elevsamtale_host",
            'opens = "12-01"',
            "opens er satt av lov (opplæringsforskrifta § 9-6) og kan ikke flyttes til senere: "
            "stryk feltet, eller skriv en tidligere dag; tittel, ansvar og rekkefølge kan endres.",
        ),
        (
            "iop.malvalgsamtale",
            'limit = "06-30"',
            "limit er fristen P8 måler, og er lik ved alle skoler: stryk feltet, og sett due "
            "tidligere om skolen vil.",
        ),
        (
            "iop.malvalgsamtale",
            'kind = "task"',
            "kind kan ikke endres på «iop.malvalgsamtale», som lister og tall kjenner steget på: "
            "stryk feltet, eller lag et nytt steg med egen key.",
        ),
        (
            "iop.klar_skolestart",
            "hard = []",
            "hard kan ikke endres på «iop.klar_skolestart», som lister og tall kjenner steget på: "
            "stryk feltet, eller lag et nytt steg med egen key.",
        ),
        (
            "iop.enkeltvedtak",
            "after = []",
            "hard «iop.sakkyndig_vurdering» står ikke i after eller after_previous: "
            "skriv det der også.",
        ),
        (
            "iop.arsevaluering",
            'due = "06-30"',
            "due 2027-06-30 er etter limit 2027-06-18: sett due tidligere.",
        ),
        (
            "iop.malvlag",
            'due = "05-20"',
            "key finnes ikke i «spesialskole»: mente du «iop.malvalg»?",
        ),
        ("iop.ny", 'due = "05-20"', 'kind mangler: skriv kind = "document".'),
        (
            "iop.malvalg",
            'due = "20.05"',
            "due «20.05» er ikke dagnotasjon: skriv 05-20 (måned-dag).",
        ),
    ],
)
def test_a_refused_change_says_why_and_what_is_allowed(
    tmp_path: Path, key: str, field: str, expected: str
) -> None:
    told = problems(write(tmp_path, HEAD + row(key, field), "var.toml"))
    place, _, what = told[0].partition(": ")
    assert (place.split(", ")[0], place.split(", ")[-1]) == ("var.toml", key)
    assert what == expected


def test_the_same_value_as_before_is_no_change(tmp_path: Path) -> None:
    same = row("iop.enkeltvedtak", 'cohort = "uten_vedtak"', 'limit = "school_end"')
    assert own(tmp_path, same)["iop.enkeltvedtak"] == load("spesialskole")["iop.enkeltvedtak"]


@pytest.mark.parametrize("field", ["off = true", 'scope = "unit"', "hard = []", 'cohort = "need"'])
def test_no_step_that_law_demands_can_be_bent(tmp_path: Path, field: str) -> None:
    name = field.split()[0]
    value = {"off": True, "scope": "unit", "hard": (), "cohort": "need"}[name]
    law = [step for step in load("spesialskole").steps if step.basis == "law"]
    rows = "\n".join(row(step.key, field) for step in law)
    told = problems(write(tmp_path, HEAD + rows, "var.toml"))
    assert [one for one in told if f": {name} er lov" in one] == [
        one for one in told if "kan ikke endres" in one
    ]
    bent = [step.key for step in law if getattr(step, name) != value]
    assert sorted(one.split(", ")[2].split(":")[0] for one in told) == sorted(bent)


def test_an_unknown_wheel_to_extend_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    text = HEAD.replace("spesialskole", "spesialskule")
    assert problems(write(tmp_path, text, "var.toml")) == (
        "var.toml, linje 1: extends Årshjulet «spesialskule» finnes ikke: "
        "skriv ett av ikit, spesialskole, var eller en sti til en fil, eller legg "
        "spesialskule.toml i mappen i IOPFLOW_CALENDARS.",
    )


def test_files_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path, HEAD.replace("spesialskole", "to"), "en.toml")
    write(tmp_path, HEAD.replace("spesialskole", "en"), "to.toml")
    assert problems(tmp_path / "en.toml") == (
        "to.toml, linje 1: extends går i ring (en → to → en): stryk ett av dem.",
    )


def test_an_owners_file_may_bear_the_name_of_the_one_it_extends(tmp_path: Path) -> None:
    write(tmp_path, HEAD + row("iop.felles_tema", 'due = "09-08"'), "spesialskole.toml")
    ours = load("spesialskole", directories=[tmp_path])
    assert (str(ours["iop.felles_tema"].due), ours.title.nb) == ("09-08", "Vårt hjul")


def test_a_file_may_extend_one_that_extends_another(tmp_path: Path) -> None:
    own(tmp_path, row("iop.felles_tema", 'due = "09-08"'))
    text = HEAD.replace("spesialskole", "./var.toml") + row("iop.workshop", 'due = "06-08"')
    last = load(write(tmp_path, text, "siste.toml"))
    assert [str(last[key].due) for key in ("iop.felles_tema", "iop.workshop")] == ["09-08", "06-08"]


def test_a_mistake_in_the_file_below_is_told_of_that_file(tmp_path: Path) -> None:
    write(tmp_path, HEAD + row("iop.workshop", 'due = "10.06"'), "var.toml")
    text = HEAD.replace("spesialskole", "var")
    assert problems(write(tmp_path, text, "siste.toml")) == (
        "var.toml, linje 7, iop.workshop: due «10.06» er ikke dagnotasjon: "
        "skriv 06-10 (måned-dag).",
    )
