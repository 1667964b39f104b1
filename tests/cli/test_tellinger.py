"""`freeze` and `tellinger`: who may freeze, what the answers hold, and who sees which numbers."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from iopflow import db
from iopflow.models import metadata
from iopflow.tellinger import COUNTINGS
from tests.cli.conftest import Ask, rows_of
from tests.exchange.kit import entry
from tests.factories import NOW, add

REMEDY = "rektor eller skoleadministrasjonen legger den inn under «Skolerute»"

FREEZE = "freeze 0110 --school lia --year 2026-27"
KEYS = [
    "indicator",
    "network",
    "school",
    "unit",
    "year",
    "as_of",
    "counted_on",
    "provisional",
    "numerator",
    "denominator",
    "rate",
    "done_late",
    "open",
    "unknown",
    "justified",
    "excluded",
    "recorded_after",
    "revision",
    "definition",
    "problem",
    "frozen_at",
    "by",
    "reason",
    "counted",
]
DONE = "complete --step iop.klar_skolestart --year 2026-27 --subject e1 --on 2026-08-17"


def listed(ask: Ask, words: str, by: str | None = "rita") -> list[dict[str, Any]]:
    """The JSON of a command that is done."""
    answer = ask(f"{words} --format json", by=by)
    assert (answer.code, answer.err) == (0, answer.err)
    found: list[dict[str, Any]] = json.loads(answer.out)
    return found


def test_rektor_freezes_and_sees_what_was_frozen(school: Ask) -> None:
    live = {
        row["indicator"]: row for row in listed(school, "indicators --school lia --year 2026-27")
    }
    answer = school(FREEZE, by="rita")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[-1] == "Tellingen 0110 for 2026-27 er frosset, revisjon 1."
    assert school(DONE, by="kari").code == 0
    frozen = listed(school, "tellinger --school lia")
    assert [list(row) for row in frozen] == [KEYS] * 4
    signed = {
        "revision": 1,
        "frozen_at": "2026-11-26T09:00:00+00:00",
        "by": "rita",
        "reason": None,
        "counted": "0110",
    }
    codes = ("P4", "P5", "P6", "P10_host")
    assert frozen == [live[code] | signed for code in codes]
    (now,) = (
        row
        for row in listed(school, "indicators --school lia --year 2026-27")
        if row["indicator"] == "P4"
    )
    assert (now["numerator"], now["revision"]) == (1, None)


def test_freeze_answers_with_the_frozen_entries(school: Ask) -> None:
    assert listed(school, FREEZE) == listed(school, "tellinger")


def test_a_revision_needs_a_reason_and_all_are_listed(school: Ask) -> None:
    assert school("freeze 0110 --school lia --year 2025-26", by="rita").code == 0
    assert school(FREEZE, by="rita").code == 0
    again = school(FREEZE, by="rita")
    assert (again.code, again.out) == (1, "")
    assert again.err == (
        "Tellingen 0110 for 2026-27 ved lia er alt frosset: skriv --reason om den skal rettes med "
        "en ny revisjon.\n"
    )
    assert school(DONE, by="kari").code == 0
    corrected = school(f"{FREEZE} --reason 'glemt IOP'", by="rita")
    assert corrected.code == 0
    assert corrected.out.splitlines()[-1] == "Tellingen 0110 for 2026-27 er frosset, revisjon 2."

    def told(words: str) -> list[tuple[int, int, str | None]]:
        rows = listed(school, f"tellinger --indicator P4 --year 2026-27 {words}")
        return [(row["revision"], row["numerator"], row["reason"]) for row in rows]

    assert told("") == [(2, 1, "glemt IOP")]
    assert told("--revision 1") == [(1, 0, None)]
    assert told("--revision all") == [(1, 0, None), (2, 1, "glemt IOP")]
    assert told("--revision 3") == []
    assert len(listed(school, "tellinger --indicator P4 --revision all")) == 3


def test_a_dry_run_shows_and_keeps_nothing(embedded: Ask) -> None:
    answer = embedded(f"{FREEZE} --dry-run", by="rita")
    assert answer.code == 0
    assert answer.out.splitlines()[-1] == (
        "Prøvekjøring: tellingen 0110 for 2026-27 ville blitt frosset, revisjon 1."
    )
    assert listed(embedded, "tellinger") == []
    assert rows_of(embedded.url, "SELECT count(*) FROM event WHERE act = 'freeze'") == [(0,)]


@pytest.mark.parametrize("person", ["kari", "heidi", "olav", "eli", "ada", "per"])
def test_only_rektor_freezes(still: Ask, person: str) -> None:
    answer = still(FREEZE, by=person)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "Rollene dine gir ikke lov til å fryse en telling: det kan rektor.\n"


def test_rektor_freezes_her_own_school_only(still: Ask) -> None:
    answer = still("freeze 0110 --school fjell --year 2026-27", by="rita")
    assert (answer.code, answer.err) == (1, "Fant ikke skolen «fjell»: sjekk id-en.\n")


def test_without_a_name_nothing_is_frozen(embedded: Ask) -> None:
    answer = embedded(FREEZE)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "En telling skal være signert: skriv hvem du er med --by PERSON.\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            "freeze 0103 --school lia --year 2026-27",
            1,
            "Tellingen 0103 for 2026-27 er foreløpig til 01.03.2027: frys den den dagen",
        ),
        (
            "freeze skoleslutt --school lia --year 2022-23",
            1,
            f"Skoleruten for 2022-23 mangler ved Lia skole: {REMEDY}.",
        ),
        (
            "freeze 0110 --school lia --year 2024-25",
            1,
            f"P4 kan ikke fryses: skoleruten for 2023-24 mangler ved Lia skole: {REMEDY}",
        ),
        ("freeze 0111 --school lia --year 2026-27", 2, "0110"),
        ("freeze 0110 --school lia", 2, "--year mangler: skriv --year SKOLEÅR."),
        ("freeze 0110 --year 2026-27", 2, "--school mangler: skriv --school SKOLE."),
        ("tellinger --revision 0", 2, "«0» er ikke en revisjon: skriv et tall fra 1, eller all."),
        ("tellinger --explain P3 --indicator P3", 2, "velg én"),
        ("tellinger --indicator P99", 2, "«P99» finnes ikke."),
    ],
)
def test_what_is_refused_says_why(still: Ask, words: str, code: int, said: str) -> None:
    answer = still(words, by="rita")
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err.splitlines()[0]


def test_those_outside_the_school_see_no_small_numbers(school: Ask) -> None:
    own = {row["indicator"]: row for row in listed(school, FREEZE)}
    answer = school("tellinger --format json", by="eli")
    far = {row["indicator"]: row for row in json.loads(answer.out)}
    masked = "under 5 elever: tallet vises ikke"
    numbers = ("numerator", "denominator", "rate", "done_late", "open", "unknown")
    hidden = dict.fromkeys((*numbers, "justified", "recorded_after"))
    assert own["P4"]["denominator"] == 3
    assert far["P4"] == own["P4"] | hidden | {"excluded": {}, "problem": masked, "masked": True}
    assert (answer.code, answer.err.splitlines()[-1]) == (0, masked)


def test_a_hidden_half_is_not_told_by_asking_for_the_others_alone(school: Ask) -> None:
    engine = db.create_engine(school.url)
    with db.session(engine) as session:
        number, owner_id = (
            session.execute(select(table.c.id).where(table.c.key == key)).scalar_one()
            for table, key in (
                (metadata.tables["school"], "lia"),
                (metadata.tables["owner"], "eikedal"),
            )
        )
        for counted, revision, figures in (
            ("0103", 2, {"P7_host": (2, 1)}),
            ("skoleslutt", 1, {"P7": (22, 1), "P7_var": (20, 0), "P3": (22, 1)}),
        ):
            of = {"school_id": number, "owner_id": owner_id, "year": 2026, "counted": counted}
            telling = add(
                session,
                "telling",
                **of,
                revision=revision,
                frozen_at=NOW,
                actor_id=None,
                wheel="x@1",
            )
            for code, (done, still) in figures.items():
                known = entry(code, counted, done, 0, still, unit=None, year="2026-27")
                known |= {"school": "lia", "network": "nett", "revision": revision, "problem": None}
                row = {"telling_id": telling, "owner_id": owner_id, "indicator": code}
                add(session, "telling_figure", **row, entry=json.dumps(known))
    engine.dispose()
    shown = {
        code: [
            row["numerator"] for row in listed(school, f"tellinger --indicator {code}", by="eli")
        ]
        for code in ("P7_host", "P7", "P7_var", "P3")
    }
    assert shown == {"P7_host": [None], "P7": [None], "P7_var": [None], "P3": [22]}
    assert "school_id" not in listed(school, "tellinger")[0]


def test_explain_lists_the_frozen_pupils_whom_the_asker_sees(school: Ask) -> None:
    assert school(DONE, by="kari").code == 0
    assert school(FREEZE, by="rita").code == 0
    words = "complete --step iop.klar_skolestart --year 2026-27 --subject e2 --on 2026-08-17"
    assert school(words, by="kari").code == 0
    lines = listed(school, "tellinger --explain P4")
    assert [(line["pupil"], line["result"], line["on"]) for line in lines] == [
        ("e1", "numerator", "2026-08-17"),
        ("e2", "open", None),
        ("e3", "open", None),
    ]
    assert lines[0] == {
        "pupil": "e1",
        "result": "numerator",
        "reason": None,
        "on": "2026-08-17",
        "recorded_on": "2026-11-26",
        "school": "lia",
        "indicator": "P4",
        "year": "2026-27",
        "counted": "0110",
        "revision": 1,
    }
    for person in ("kari", "eli", "olav", "ada"):
        answer = school("tellinger --explain P4", by=person)
        assert (answer.code, answer.out) == (1, "")
    assert "e1" in school("tellinger --explain P4", by="rita").out


def test_explain_leaves_out_pupils_with_a_protected_address(school: Ask) -> None:
    words = "freeze 0103 --school lia --year 2026-27 --by rita --now 2027-03-02"
    assert school(words, now=None).code == 0
    seen = {line["pupil"] for line in listed(school, "tellinger --explain P7_host", by="heidi")}
    assert seen == {"e1", "e2", "e3", "e4"}
    assert {line["pupil"] for line in listed(school, "tellinger --explain P7_host")} == {
        "e1",
        "e2",
        "e3",
        "e4",
        "e5",
    }


def test_teachers_see_no_frozen_figures(still: Ask) -> None:
    answer = still("tellinger", by="kari")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Rollene dine gir ikke lov til å se indikatorene")


def test_the_lists_as_a_table_and_as_files(embedded: Ask, tmp_path: Path) -> None:
    assert embedded(FREEZE, by="rita").code == 0
    table = embedded("tellinger", by="rita").out
    assert table.splitlines()[0].split() == [
        "Skoleår",
        "Telling",
        "Indikator",
        "Skole",
        "Andel",
        "Teller",
        "Nevner",
        "For",
        "sent",
        "Åpne",
        "Utenfor",
        "Frosset",
        "Av",
    ]
    assert table.splitlines()[2].split()[:4] == ["2026-27", "0110", "P4", "lia"]
    assert "None" not in table
    path = tmp_path / "tellinger.xlsx"
    assert embedded(f"tellinger -o {path}", by="rita").code == 0
    assert path.read_bytes().startswith(b"PK")
    csv = embedded("tellinger --format csv", by="rita").out
    assert csv.splitlines()[0] == ",".join(KEYS)


def test_help_says_what_each_counting_date_freezes(still: Ask) -> None:
    words = " ".join(still("freeze --help", now=None).out.split())
    for counted, counting in COUNTINGS.items():
        *most, last = counting.indicators
        codes = f"{', '.join(most)} og {last}" if most else last
        assert f"{counted} fryser {codes}" in words
