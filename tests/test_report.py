"""The quality report: one content, and the same of it on the page, on paper and in the workbook."""

import io
import json
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlmodel import Session

from iopflow import report
from iopflow.indicators import BY_CODE
from iopflow.models import School, Telling
from iopflow.queries.masking import FEWEST
from iopflow.report import Edition, Report, chart, figures
from iopflow.report.content import Remarked, Said, Share, Step
from iopflow.report.network import middles
from iopflow.report.typesetting import pages, printable, typst_input, without_variables
from iopflow.schoolyear import Year
from iopflow.tellinger import freeze
from iopflow.texts import speaking
from iopflow.web.report_wheel import picture
from tests.factories import RULES, YEAR, Lia, act, lia

JULY = date(2027, 7, 1)
HOSTILE = '#pagebreak() *fet* $x^2$ \\ "sitat" <script>alert(1)</script> `kode` @ref //x [a] =1+1'
PUPILS = 7


@pytest.fixture
def cast(session: Session) -> Lia:
    """Lia with seven pupils who have a vedtak, five of them with an evaluation in time."""
    cast = lia(session)
    for number in range(PUPILS):
        key = f"r{number}"
        cast.pupil(key)
        cast.vedtak(key)
        if number < 5:
            cast.happening(key, "iop.arsevaluering", "done", date(2027, 6, 1))
    return cast


def _built(
    cast: Lia,
    year: Year = YEAR,
    language: str = "nb",
    *,
    today: date = JULY,
    edition: Edition = Edition.SCHOOL,
) -> Report:
    school = cast.session.get_one(School, cast.ids["lia"])
    build = partial(report.build, cast.session, RULES, school, year, today=today, edition=edition)
    return build(language=language, wheel=picture(cast.session, RULES, school, year, language))


def _p3(made: Report) -> Any:
    return next(block for block in made.blocks if block.code == "P3")


def _sheets(made: Report) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(report.xlsx(made)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_three_files_tell_the_same_numbers(cast: Lia) -> None:
    made = _built(cast)
    shown = _p3(made).now
    data = json.loads(typst_input(made))
    on_paper = {
        block["code"]: (block["now"]["answer"], block["now"]["of"]) for block in data["blocks"]
    }
    page = report.html(made)
    for block in made.blocks:
        part = _text(page.partition(f'id="{block.code}"')[2].partition("</section>")[0])
        assert on_paper[block.code] == (block.now.answer, block.now.of)
        assert block.now.answer.replace("\u00a0", " ") in part
        assert block.now.of in part
    rows = _sheets(made)["Tall"]
    (row,) = (row for row in rows if row[0] == "P3")
    assert (shown.numerator, shown.denominator) == (row[2], row[3])
    assert row[4] == pytest.approx(shown.rate)
    assert shown.denominator is not None
    assert shown.denominator >= PUPILS


def test_shares_in_the_workbook_are_formulas(cast: Lia) -> None:
    content = report.xlsx(_built(cast))
    import zipfile  # noqa: PLC0415 - only this test opens the file as what it is

    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r"<f>(C\d+/D\d+)</f>", sheet)


def test_a_pdf_is_tagged_and_has_its_title_and_language(cast: Lia) -> None:
    content = report.pdf(_built(cast, language="nn"))
    assert content.startswith(b"%PDF-")
    assert b"pdfuaid:part" in content
    assert b"/StructTreeRoot" in content


def test_the_same_report_is_the_same_file(cast: Lia) -> None:
    made = _built(cast)
    assert report.pdf(made) == report.pdf(made)
    assert report.html(made) == report.html(made)


def test_no_pupil_is_named_anywhere(cast: Lia) -> None:
    made = _built(cast)
    everything = report.html(made) + typst_input(made) + str(_sheets(made))
    assert "Elev r" not in everything
    assert "r3" not in _text(everything).split()


def test_a_year_without_anything_is_missing_and_not_zero(cast: Lia) -> None:
    """2024-25 had pupils at the school, and nothing was registered: it stands as missing."""
    for key in ("r0", "r1", "r2", "r3", "r4", "r5"):
        cast.vedtak(key, year=2024)
        cast.vedtak(key, year=2025)
        cast.happening(key, "iop.arsevaluering", "done", date(2025, 6, 1), year=2024)
    years = _p3(_built(cast)).years
    told = {str(one.year): (one.answer, one.problem != "") for one in years}
    assert told["2024-25"] == ("100\xa0%", False)
    assert told["2025-26"] == ("–", True)
    assert years[-1].year == YEAR
    picture_ = _p3(_built(cast)).chart
    assert "2025-26: ingen tall" in picture_
    ElementTree.fromstring(picture_)  # noqa: S314 - our own


def test_a_frozen_figure_stands_whatever_is_registered_later(cast: Lia) -> None:
    school = cast.session.get_one(School, cast.ids["lia"])
    before = _p3(_built(cast)).now
    assert not before.frozen
    signed = replace(act("freeze", at=_moment(JULY)), actor_id=cast.ids["rita"], reason=None)
    freeze(cast.session, RULES, school, YEAR, "skoleslutt", act=signed)
    cast.happening("r5", "iop.arsevaluering", "done", date(2027, 6, 2))
    after = _p3(_built(cast)).now
    assert (after.numerator, after.frozen) == (before.numerator, True)
    assert "Frosset 01.07.2027" in after.source


def _moment(day: date) -> Any:
    from datetime import UTC, datetime, time  # noqa: PLC0415 - beside the one who uses it

    return datetime.combine(day, time(10), UTC)


def _entry(code: str, n: int, whole: int, **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "indicator": code,
        "school": "lia",
        "unit": None,
        "year": "2026-27",
        "as_of": "2027-06-18",
        "counted_on": "2027-06-18",
        "provisional": False,
        "numerator": n,
        "denominator": whole,
        "rate": n / whole if whole else None,
        "done_late": 0,
        "open": whole - n,
        "unknown": 0,
        "justified": 0,
        "excluded": {},
        "recorded_after": 0,
        "revision": None,
        "definition": BY_CODE[code].definition,
        "problem": None,
    }
    return base | more


def test_the_other_half_of_a_hidden_one_is_hidden_too(session: Session) -> None:
    """P10 less its autumn would be its spring: with one half of 3 pupils nothing is shown."""
    entries = [_entry("P10", 9, 13), _entry("P10_host", 2, 3), _entry("P10_var", 7, 10)]
    masked = {one["indicator"]: one for one in figures.public(session, entries)}
    shown = figures.apart(masked)
    assert [shown[code]["numerator"] for code in ("P10", "P10_host", "P10_var")] == [None] * 3
    assert figures.share(shown["P10_var"], YEAR).answer == "•"


def test_what_is_not_told_of_a_half_is_not_told_by_the_other_one(cast: Lia) -> None:
    """Registered late: 9 less 6 are 3; left out: 13 less 10 are 3."""
    for code, n, late, without in (("P7", 24, 9, 13), ("P7_host", 12, 6, 10), ("P7_var", 12, 3, 3)):
        more = {"recorded_after": late, "excluded": {"kort_tid": without}, "revision": 1}
        _frozen(cast, cast.ids["lia"], _entry(code, n, n, open=0, **more))
    for edition in Edition:
        method = _built(cast, edition=edition).method
        assert [line for line in method.late if re.search(r"[69]|\b3\b", line[3:])] == []
        assert [line for line in method.excluded if re.search(r"1[03]|\b3\b", line[3:])] == []
    assert len(method.late) == 3


def test_of_how_many_are_left_out_each_reason_is_told_or_none(cast: Lia) -> None:
    for code, why in (
        ("P7", {"kort_tid": 13, "gyldig_flerarig": 12}),
        ("P7_var", {"kort_tid": 10, "gyldig_flerarig": 6}),
    ):
        _frozen(cast, cast.ids["lia"], _entry(code, 12, 12, excluded=why, revision=1))
    (whole, spring) = _built(cast).method.excluded
    assert "25 elever er holdt utenfor" in whole
    assert ("(13)" in whole, "(10)" in spring) == (False, False)


@pytest.mark.parametrize("counts", [(2, 3, 0, 0), (0, 0, 0, 1), (6, 4, 5, 0)])
def test_outcomes_of_talks_are_shown_whole_or_not_at_all(counts: tuple[int, ...]) -> None:
    names = ("declined", "no_reply", "cancelled", "not_invited")
    more: Mapping[str, int] = dict(zip(names, counts, strict=True)) | {"invited": 20}
    shown, why = figures.outcomes(_entry("P8", 12, 20, **more))
    assert shown == []
    assert f"under {FEWEST} elever" in why


def test_outcomes_of_talks_in_large_groups_are_shown() -> None:
    more = {"declined": 6, "no_reply": 5, "cancelled": 0, "not_invited": 0, "invited": 30}
    shown, why = figures.outcomes(_entry("P8", 19, 30, **more))
    assert [(one.title, one.n) for one in shown][:3] == [
        ("Invitert", 30),
        ("Holdt", 19),
        ("Takket nei", 6),
    ]
    assert why == ""


def test_reasons_of_few_pupils_are_named_without_their_numbers() -> None:
    few = figures.left_out(_entry("P2", 5, 9, excluded={"samtykke_mangler": 2}))
    some = figures.left_out(
        _entry("P2", 5, 9, excluded={"samtykke_mangler": 2, "gyldig_flerarig": 6})
    )
    many = figures.left_out(_entry("P2", 5, 9, excluded={"gyldig_flerarig": 6}))
    assert few == "Under 5 elever er holdt utenfor."
    assert "2" not in some
    assert "8 elever" in some
    assert many == "6 elever er holdt utenfor: flerårig vedtak gjelder (6)."


def test_other_rates_are_left_out_where_they_would_show_few_pupils() -> None:
    few = _entry("P3", 40, 50, done_late=2, justified=2)
    many = _entry("P3", 30, 50, done_late=10, justified=5)
    assert figures.rates(few, YEAR) == []
    assert [one.of for one in figures.rates(many, YEAR)] == ["35 av 50", "40 av 50"]


def test_a_school_with_one_pupil_gets_a_report_without_a_number(session: Session) -> None:
    cast = lia(session)
    cast.pupil("eneste")
    cast.vedtak("eneste")
    cast.happening("eneste", "iop.arsevaluering", "done", date(2027, 6, 1))
    made = _built(cast)
    assert _p3(made).now.masked
    assert _p3(made).now.numerator is None
    assert _p3(made).chart == ""
    rows = [row for row in _sheets(made)["Tall"] if row[0] == "P3"]
    assert [row[2:5] for row in rows] == [["", "", ""]]
    assert "•" in report.html(made)
    assert report.pdf(made).startswith(b"%PDF-")


def _all_text(made: Report) -> str:
    """What the three files say together."""
    cells = [str(cell) for rows in _sheets(made).values() for row in rows for cell in row]
    return "\n".join([_text(report.html(made)), typst_input(made), *cells])


def test_the_public_edition_tells_what_a_share_lies_between_and_not_that_two_are_missing(
    cast: Lia,
) -> None:
    for number in range(PUPILS, 18):
        cast.pupil(f"r{number}")
        cast.vedtak(f"r{number}")
    for number in range(5, 16):
        cast.happening(f"r{number}", "iop.arsevaluering", "done", date(2027, 6, 1))
    own = _built(cast)
    assert _p3(own).now.of == "16 av 18"
    assert "16 av 18" in _all_text(own)
    public = _built(cast, edition=Edition.PUBLIC)
    now = _p3(public).now
    assert (now.answer, now.of, now.numerator) == ("78–94\u00a0%", "14–17 av 18", None)
    told = _all_text(public)
    assert "14–17 av 18" in told
    assert "16 av 18" not in told
    assert "89\u00a0%" not in told
    row = next(row for row in _sheets(public)["Tall"] if row[0] == "P3")
    assert row[2:6] == ["", 18.0, "", f"14–17 av 18. {now.source}"]
    assert "2 3" in _p3(public).chart  # a dashed part of the bar: somewhere there


@pytest.mark.parametrize("seed", range(8))
def test_no_number_of_the_public_edition_is_of_one_to_four(cast: Lia, seed: int) -> None:
    """Frozen at several dates, with halves and live figures beside them."""
    draw = random.Random(seed)  # noqa: S311 - figures, not secrets
    for code in ("P3", "P7", "P7_var", "P8", "P10_var"):
        whole = draw.randrange(30)
        n = draw.randint(0, whole)
        late = draw.randint(0, whole - n)
        more = {"done_late": late, "open": whole - n - late, "recorded_after": draw.randint(0, n)}
        excluded = {"kort_tid": draw.randint(1, 9)} if draw.random() < 0.5 else {}
        talk = dict.fromkeys(figures.TALK, 0) | {"invited": n} if code == "P8" else {}
        entry = _entry(code, n, whole, revision=1, excluded=excluded, **more, **talk)
        _frozen(cast, cast.ids["lia"], entry)
    made = _built(cast, edition=Edition.PUBLIC)
    for block in made.blocks:
        for share in (block.now, *block.parts, *block.years, *block.rates):
            if share.between is not None:
                assert share.between[1] - share.between[0] >= FEWEST - 2
            if share.numerator is not None and share.denominator is not None:
                numbers = {share.numerator, share.denominator - share.numerator, share.denominator}
                assert not numbers & set(range(1, FEWEST))


def _remarked(made: Report, text: str) -> Report:
    steps = [Step("P3", text, text[:60], JULY, "i arbeid", text)]
    remarked = Remarked([Said("", text)], steps, steps)
    blocks = [replace(one, remarked=remarked) if one.code == "P3" else one for one in made.blocks]
    return replace(made, blocks=blocks)


def test_without_comments_the_report_says_so(cast: Lia) -> None:
    made = _built(cast)
    words = "Skolen har ikke skrevet noen kommentar og ikke ført noen tiltak."
    assert report.html(made).count(words) == len(made.blocks)


@pytest.mark.parametrize(
    "text", [HOSTILE, "x" * 10_000, "Vi må snakke sammen. " * 480, "\U0001f600 漢字 \u202e æøå"]
)
def test_what_is_written_is_text_and_fits(cast: Lia, text: str) -> None:
    made = _remarked(_built(cast), text)
    assert report.pdf(made).startswith(b"%PDF-")
    html = report.html(made)
    assert "<script" not in html
    sheet = _sheets(made)["Kommentarer og tiltak"]
    assert [row[2] for row in sheet if row[1] == "Kommentar"] == [text]


def test_text_that_begins_as_a_formula_stays_text(cast: Lia) -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")'):
        sheet = _sheets(_remarked(_built(cast), text))["Kommentarer og tiltak"]
        assert [row[2] for row in sheet if row[1] == "Tiltak"] == [text]


def test_what_is_written_in_iopflow_comes_with_its_measures(cast: Lia) -> None:
    cast.add(
        "indicator_comment",
        school_id=cast.ids["lia"],
        year=2026,
        indicator="P3",
        text="To evalueringer kom etter fristen.\n\nVi begynner tidligere.",
        on_day=JULY,
    )
    for year, done in ((2026, None), (2025, date(2026, 12, 1))):
        cast.add(
            "measure",
            school_id=cast.ids["lia"],
            year=year,
            indicator="P3",
            text=f"Tiltak {year}",
            person_id=cast.ids["rita"],
            due=JULY + timedelta(days=100),
            decided_on=date(year, 11, 1),
            done_on=done,
            outcome="Alle var ferdige i mai." if done else None,
        )
    said = _p3(_built(cast)).remarked
    assert said.comments[0].paragraphs == [
        "To evalueringer kom etter fristen.",
        "Vi begynner tidligere.",
    ]
    assert [(one.text, one.status) for one in said.measures] == [("Tiltak 2026", "ikke gjort ennå")]
    assert [(one.text, one.status, one.outcome) for one in said.earlier] == [
        ("Tiltak 2025", "gjort 01.12.2026", "Alle var ferdige i mai.")
    ]


def test_a_measure_of_last_year_tells_what_its_figure_was_and_is(cast: Lia) -> None:
    for number in range(6):
        cast.vedtak(f"r{number}", year=2025)
    cast.happening("r0", "iop.arsevaluering", "done", date(2026, 6, 1), year=2025)
    cast.add(
        "measure",
        school_id=cast.ids["lia"],
        year=2025,
        indicator="P3",
        text="Begynne tidligere",
        person_id=cast.ids["rita"],
        due=date(2027, 3, 1),
        decided_on=date(2026, 8, 1),
    )
    (own,) = _p3(_built(cast)).remarked.earlier
    assert own.outcome == "P3: 17\u00a0% → 71\u00a0%."
    (public,) = _p3(_built(cast, edition=Edition.PUBLIC)).remarked.earlier
    assert public.outcome == "P3: 17–83\u00a0% → 14–86\u00a0%."  # 1 of 6, and 5 of 7


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Vi ventet på elev  R3s vedtak.", ["P3"]),
        ("Elev r33 og elevrad.", []),
        ("Alle elevene fikk vedtak.", []),
    ],
)
def test_a_text_that_names_a_pupil_is_told(cast: Lia, text: str, found: list[str]) -> None:
    cast.add(
        "indicator_comment",
        school_id=cast.ids["lia"],
        year=2026,
        indicator="P3",
        text=text,
        on_day=JULY,
    )
    assert _built(cast).naming == found


def test_registered_figures_come_by_kind_and_few_are_hidden(cast: Lia) -> None:
    for code, value, of, unit in (
        ("S1", "28.3", None, ""),
        ("OK1a", "1030.20", None, ""),
        ("R2", "3", "4", ""),
        ("R1", "50", None, "3a"),
    ):
        cast.add(
            "figure_value",
            school_id=cast.ids["lia"],
            year=2026,
            indicator=code,
            counted_on=date(2027, 3, 1),
            value=value,
            of=of,
            unit_key=unit,
        )
    made = _built(cast)
    rows = [
        (one.code, row.value, row.of)
        for kind in made.kinds
        for one in kind.indicators
        for row in one.rows
    ]
    # And nothing of a class.
    assert rows == [("S1", "28,3", ""), ("R2", "•", ""), ("ØK1a", "1\u00a0030,2", "")]
    for made_in in (made, _built(cast, language="en")):
        told = [row[3] for row in list(_sheets(made_in).values())[2][1:]]
        assert told[:3] == [28.3, "•", 1030.2]
    assert {row[3] for row in _sheets(made)["Registrerte tall"][4:]} == {"ikke registrert"}
    assert "Ikke registrert for dette skoleåret: S2 " in _text(report.html(made))


def test_a_share_of_few_pupils_is_hidden_in_the_public_edition_though_no_number_is_said(
    cast: Lia,
) -> None:
    """Everybody knows how many pupils a school has: 29 % of seven are two."""
    cast.add(
        "figure_value",
        school_id=cast.ids["lia"],
        year=2026,
        indicator="OK2",
        category="1:1",
        counted_on=date(2027, 3, 1),
        value="29",
        source="Samtale med Elev R3",
    )
    made = _built(cast, edition=Edition.PUBLIC)
    ((row,),) = [one.rows for kind in made.kinds for one in kind.indicators]
    assert (row.value, row.amount) == ("•", None)
    assert made.naming == ["ØK2"]  # and its source names a pupil


def test_the_public_edition_names_no_staff_and_the_own_one_does(cast: Lia) -> None:
    for year in (2025, 2026):
        cast.add(
            "measure",
            school_id=cast.ids["lia"],
            year=year,
            indicator="P3",
            text="Begynne tidligere",
            person_id=cast.ids["rita"],
            due=date(2027, 3, 1),
            decided_on=date(2026, 8, 1),
        )

    def who(edition: Edition) -> set[str]:
        said = _p3(_built(cast, edition=edition)).remarked
        return {one.who for one in (*said.measures, *said.earlier)}

    assert who(Edition.PUBLIC) == {"skolen"}
    assert len(who(Edition.SCHOOL)) == 1
    assert "skolen" not in who(Edition.SCHOOL)


def test_the_network_is_shown_from_three_schools_with_frozen_figures(cast: Lia) -> None:
    told: dict[str, Any] = {"key": "dal", "name": "Dal", "municipality": "Lia", "language": "nb"}
    cast.ids["dal"] = cast.add("school", network_id=cast.ids["nett"], **told)
    numbers = [cast.ids[name] for name in ("lia", "fjell", "dal")]
    lia_ = cast.session.get_one(School, cast.ids["lia"])
    for place, number in enumerate(numbers):
        assert middles(cast.session, lia_, [YEAR]) == {}
        _frozen(cast, number, _entry("P3", 20 + 4 * place, 40, revision=1))
    found = middles(cast.session, lia_, [YEAR])[YEAR, "P3"]
    words = (found.lowest.words, found.median.words, found.highest.words)
    assert (found.schools, *words) == (3, "50\u00a0%", "60\u00a0%", "70\u00a0%")


def test_a_report_tells_no_more_of_the_network_than_its_own_page(cast: Lia) -> None:
    """Two of twenty were late at one school: the highest share would say so."""
    told: dict[str, Any] = {"key": "dal", "name": "Dal", "municipality": "Lia", "language": "nb"}
    cast.ids["dal"] = cast.add("school", network_id=cast.ids["nett"], **told)
    for name, on_time in (("lia", 20), ("fjell", 24), ("dal", 38)):
        _frozen(cast, cast.ids[name], _entry("P3", on_time, 40, revision=1))
    lia_ = cast.session.get_one(School, cast.ids["lia"])
    found = middles(cast.session, lia_, [YEAR])[YEAR, "P3"]
    assert (found.median.words, found.highest.words) == ("60\u00a0%", "90–98\u00a0%")
    made = _built(cast)
    assert "fra 50\u00a0% til 90–98\u00a0% (3 skoler)" in _p3(made).network_words
    assert "95\u00a0%" not in _all_text(made)


def _frozen(cast: Lia, school: int, entry: dict[str, Any]) -> None:
    key = cast.session.get_one(School, school).key
    known = {"school_id": school, "year": 2026, "counted": "skoleslutt", "revision": 1}
    there = cast.session.execute(select(Telling).filter_by(**known)).scalar()
    more = {"frozen_at": _moment(JULY), "actor_id": cast.ids["rita"], "wheel": "spesialskole@1"}
    telling = there.id if there else cast.add("telling", **known, **more)
    content = json.dumps(entry | {"school": key})
    cast.add("telling_figure", telling_id=telling, indicator=entry["indicator"], entry=content)


def test_the_wheel_on_paper_uses_no_variables(cast: Lia) -> None:
    made = _built(cast)
    assert "var(--" in made.wheel
    plain = without_variables(made.wheel)
    assert "var(" not in plain
    assert "@media" not in plain
    ElementTree.fromstring(plain)  # noqa: S314 - our own
    assert made.dues == sorted(made.dues, key=lambda one: (one.day, one.title))


def test_a_school_without_a_skolerute_says_what_is_missing(session: Session) -> None:
    cast = lia(session)
    made = _built(cast, Year(2029), today=date(2030, 7, 1))
    assert any("skoleruten" in problem for problem in made.problems)
    assert made.wheel  # the steps that hold a date of their own are there still
    assert "kan ikke regnes ut" in report.html(made)
    assert report.pdf(made).startswith(b"%PDF-")


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_the_report_is_in_the_language_asked_for(cast: Lia, language: str) -> None:
    made = _built(cast, language=language)
    with speaking("nb"):
        html = report.html(made)
    assert f'<html lang="{language}">' in html
    assert json.loads(typst_input(made))["lang"] == language


def test_a_long_word_gets_places_to_break_and_unknown_signs_a_mark() -> None:
    assert "\u200b" in printable("x" * 100)
    assert printable("Kort – «tekst» på 1 000 kr: æøåÆØÅčšŋ €") == (
        "Kort – «tekst» på 1 000 kr: æøåÆØÅčšŋ €"
    )
    assert printable("漢\U0001f600") == "??"


def test_what_is_not_counted_yet_is_not_called_the_lowest(cast: Lia) -> None:
    """In November only P4–P6 of the year are counted: P1 and P3 with 0 of 7 have no word yet."""
    early = _built(cast, today=date(2026, 11, 26))
    assert {one.code for one in early.blocks if one.now.rate == 0 and one.now.provisional} >= {"P3"}
    said = [line for line in early.summary if line.startswith("Lavest")]
    assert said == ["Lavest av dem som er telt, er P4 med 0\u00a0%."]


def test_the_chart_says_in_words_what_it_draws() -> None:
    years = [
        Share(Year(2024), "", "•", "", None, None, "", masked=True),
        Share(Year(2025), "", "50 %", "5 av 10", 5, 10, ""),
        Share(Year(2026), "", "70 %", "7 av 10", 7, 10, "", provisional=True),
    ]
    words = "2024-25: vises ikke; 2025-26: 50 % (5 av 10); 2026-27: 70 % (7 av 10), foreløpig."
    assert chart.words(years, []) == words
    drawn = ElementTree.fromstring(chart.draw("P1", "A & B <c>", years, [], None))  # noqa: S314
    tags = {one.tag.rpartition("}")[2]: one.text for one in drawn}
    assert tags["title"] == "P1: A & B <c>"
    assert tags["desc"] == words


def test_pages_can_be_looked_at(cast: Lia) -> None:
    assert all(page.startswith(b"\x89PNG") for page in pages(_built(cast)))
