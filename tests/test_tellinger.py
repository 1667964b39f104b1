"""Tellinger: what is frozen, that it stays as it was, and what cannot be frozen."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select, update
from sqlmodel import Session, col

from iopflow import measure, tellinger
from iopflow.engine.ledger import Act
from iopflow.importing.undo import undo
from iopflow.indicators import BY_CODE
from iopflow.models import Person, School, Scope, What, metadata
from iopflow.queries.access import EVERYONE, sees_pupil, viewer
from iopflow.queries.remarks import MeasureRow, measure_by
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from tests.databases import LONG
from tests.factories import RULES, Lia, lia
from tests.importing import kit
from tests.measure.figure_kit import counts

REMEDY = "rektor eller skoleadministrasjonen legger den inn under «Skolerute»"

Y = Year(2025)
LAST = date(2026, 6, 18)  # of Y, at Lia
FROZEN = datetime(2026, 6, 20, 9, 0, tzinfo=UTC)
NEXT = date(2027, 7, 20)  # after the year that follows Y
LATER = FROZEN + timedelta(days=30)
DAYS = {
    "0110": date(2025, 10, 1),
    "0103": date(2026, 3, 1),
    "0106": date(2026, 6, 1),
    "skoleslutt": LAST,
}
FREEZES = {
    "0110": ["P4", "P5", "P6", "P10_host"],
    "0103": ["P7_host", "P9", "P10_host"],
    "0106": ["P1"],
    "skoleslutt": ["P1", "P2", "P3", "P7", "P7_var", "P8", "P10", "P10_var"],
}


@pytest.fixture
def cast(session: Session) -> Lia:
    """e1 and e2 in 3a, with a vedtak for Y."""
    cast = lia(session)
    for key in ("e1", "e2"):
        cast.pupil(key)
        cast.vedtak(key, 2025)
    return cast


def school(cast: Lia, key: str = "lia") -> School:
    return cast.session.get_one(School, cast.ids[key])


def freeze(
    cast: Lia,
    counted: str = "skoleslutt",
    *,
    at: datetime = FROZEN,
    reason: str | None = None,
    year: Year = Y,
    by: str | None = "rita",
) -> int:
    actor = cast.ids[by] if by is not None else None
    act = Act("freeze", at, actor_id=actor, reason=reason)
    return tellinger.freeze(cast.session, RULES, school(cast), year, counted, act=act)


def refusal(cast: Lia, *asked: Any, **more: Any) -> str:
    with pytest.raises(Refused) as caught:
        freeze(cast, *asked, **more)
    return str(caught.value)


def frozen(cast: Lia, **asked: Any) -> list[dict[str, Any]]:
    return tellinger.frozen(cast.session, schools=[cast.ids["lia"]], **asked)


def results(cast: Lia, code: str, **asked: Any) -> dict[str, tuple[str, str | None]]:
    lines = tellinger.pupils(cast.session, code, schools=[cast.ids["lia"]], **asked)
    return {line["pupil"]: (line["result"], line["reason"]) for line in lines}


def evaluated(cast: Lia, key: str, on: date, received: datetime) -> None:
    """The annual evaluation took place on a day, and reached iopflow at a moment."""
    cast.add(
        "happening",
        year=Y.start,
        step="iop.arsevaluering",
        scope=Scope.PUPIL,
        subject_id=cast.ids[key],
        what=What.DONE,
        occasion="",
        on_day=on,
        recorded_on=received.date(),
        recorded_at=received,
    )


def stored(cast: Lia) -> dict[str, list[dict[str, Any]]]:
    """Every row of the frozen tables, as it stands."""
    return {
        name: [
            dict(row)
            for row in cast.session.execute(
                select(metadata.tables[name]).order_by(metadata.tables[name].c.id)
            ).mappings()
        ]
        for name in ("telling", "telling_figure", "telling_pupil")
    }


def test_done_in_time_and_registered_after_the_freezing_is_open_there_and_counts_live(
    cast: Lia,
) -> None:
    freeze(cast)
    evaluated(cast, "e1", LAST, FROZEN + timedelta(days=8))
    (entry,) = frozen(cast, indicator="P3")
    assert (entry["numerator"], entry["open"], entry["recorded_after"]) == (0, 2, 0)
    assert results(cast, "P3") == {"e1": ("open", None), "e2": ("open", None)}
    assert counts(cast, "P3", today=LATER.date()) == {
        "numerator": 1,
        "open": 1,
        "recorded_after": 1,
    }


def test_a_later_freezing_has_what_was_received_in_between(cast: Lia) -> None:
    evaluated(cast, "e1", LAST, FROZEN + timedelta(days=8))
    freeze(cast, at=LATER)
    (entry,) = frozen(cast, indicator="P3")
    assert (entry["numerator"], entry["open"], entry["recorded_after"]) == (1, 1, 1)
    assert entry["as_of"] == entry["counted_on"] == LAST.isoformat()
    (line, _other) = tellinger.pupils(cast.session, "P3", schools=[cast.ids["lia"]])
    assert line == {
        "pupil": "e1",
        "result": "numerator",
        "reason": None,
        "on": "2026-06-18",
        "recorded_on": "2026-06-28",
        "school": "lia",
        "indicator": "P3",
        "year": "2025-26",
        "counted": "skoleslutt",
        "revision": 1,
    }


def test_a_second_freezing_is_a_revision_with_a_reason(cast: Lia) -> None:
    freeze(cast)
    evaluated(cast, "e1", LAST, FROZEN + timedelta(days=8))
    said = (
        "Tellingen skoleslutt for 2025-26 ved lia er alt frosset: skriv --reason om den skal "
        "rettes med en ny revisjon."
    )
    assert refusal(cast, at=LATER) == said
    assert refusal(cast, at=LATER, reason=" ") == said
    freeze(cast, at=LATER, reason="glemt registrering")
    told = [
        (one["revision"], one["numerator"], one["by"], one["reason"])
        for one in frozen(cast, indicator="P3", revision="all")
    ]
    assert told == [(1, 0, "rita", None), (2, 1, "rita", "glemt registrering")]
    assert [one["numerator"] for one in frozen(cast, indicator="P3")] == [1]
    assert [one["numerator"] for one in frozen(cast, indicator="P3", revision=1)] == [0]
    assert frozen(cast, indicator="P3", revision=3) == []
    assert results(cast, "P3")["e1"] == ("numerator", None)
    assert results(cast, "P3", revision=1)["e1"] == ("open", None)


def test_another_school_year_or_counting_date_is_no_revision(cast: Lia) -> None:
    assert freeze(cast) == 1
    assert freeze(cast, "0106") == 1
    assert freeze(cast, year=Year(2024)) == 1
    assert freeze(cast, reason="rettet") == 2


def test_an_old_revision_is_the_same_to_the_byte_whatever_happens_after(cast: Lia) -> None:
    cast.happening("e1", "iop.elevsamtale_var", "held", date(2026, 3, 2), year=Y.start)
    freeze(cast)
    before = stored(cast)
    evaluated(cast, "e1", LAST, LATER)
    happening, vedtak = metadata.tables["happening"], metadata.tables["vedtak"]
    cast.session.execute(delete(happening).where(happening.c.what == What.HELD))
    cast.session.execute(update(vedtak).values(valid_to=date(2026, 1, 1)))
    cast.pupil("e3")
    freeze(cast, at=LATER, reason="rettet")
    after = stored(cast)
    assert {name: rows[: len(before[name])] for name, rows in after.items()} == before
    assert len(after["telling"]) == 2


@pytest.mark.parametrize("counted", list(FREEZES))
def test_each_counting_date_freezes_its_indicators_from_that_day_on(
    cast: Lia, counted: str
) -> None:
    day = DAYS[counted]
    noon = datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC)
    told = f"{day:%d.%m.%Y}"
    assert refusal(cast, counted, at=noon - timedelta(days=1)) == (
        f"Tellingen {counted} for 2025-26 er foreløpig til {told}: frys den den dagen eller senere."
    )
    assert stored(cast) == {"telling": [], "telling_figure": [], "telling_pupil": []}
    freeze(cast, counted, at=noon)
    found = frozen(cast)
    assert sorted(one["indicator"] for one in found) == sorted(FREEZES[counted])
    assert {one["counted"] for one in found} == {counted}
    assert {one["provisional"] for one in found} == {False}


def test_the_day_is_the_one_in_norway(cast: Lia) -> None:
    freeze(cast, "0106", at=datetime(2026, 5, 31, 22, 30, tzinfo=UTC))
    assert "foreløpig" in refusal(cast, "0103", at=datetime(2026, 2, 28, 22, 30, tzinfo=UTC))


def test_a_figure_without_its_skolerute_is_not_frozen(cast: Lia) -> None:
    rute = metadata.tables["school_year"]
    cast.session.execute(delete(rute).where(rute.c.year == Y.start + 1))
    whole = f"kan ikke fryses: skoleruten for 2026-27 mangler ved Lia skole: {REMEDY}"
    assert refusal(cast, "0106") == f"P1 {whole}"
    assert refusal(cast, "skoleslutt").splitlines() == [f"{code} {whole}" for code in _next()]
    freeze(cast, "0103")
    cast.session.execute(delete(rute).where(rute.c.year == Y.start))
    assert refusal(cast, "skoleslutt") == (
        f"Skoleruten for 2025-26 mangler ved Lia skole: {REMEDY}."
    )


def _next() -> list[str]:
    """The figures of school end that need the skolerute of the year after."""
    return ["P1", "P2", "P8"]


def test_a_telling_is_signed(cast: Lia) -> None:
    assert refusal(cast, by=None) == (
        "En telling skal være signert: skriv hvem du er med --by PERSON."
    )


def test_a_telling_says_who_when_and_by_which_rules(cast: Lia) -> None:
    freeze(cast, reason="ny rektor")
    (row,) = stored(cast)["telling"]
    wheels = RULES.of_school(school(cast))
    assert row == {
        "id": row["id"],
        "owner_id": cast.owner_id,
        "school_id": cast.ids["lia"],
        "year": 2025,
        "counted": "skoleslutt",
        "revision": 1,
        "frozen_at": FROZEN,
        "actor_id": cast.ids["rita"],
        "reason": "ny rektor",
        "wheel": " ".join(f"{wheel.name}@{wheel.version}" for wheel in wheels),
    }
    (entry,) = frozen(cast, indicator="P3")
    assert entry["definition"] == BY_CODE["P3"].definition


def test_a_freezing_stands_in_the_log(cast: Lia) -> None:
    freeze(cast)
    (telling,) = stored(cast)["telling"]
    event = metadata.tables["event"]
    rows = cast.session.execute(
        select(event.c.table_name, event.c.row_id, event.c.actor_id, event.c.after).where(
            event.c.act == "freeze", event.c.table_name != "telling_figure"
        )
    ).all()
    lines = len(stored(cast)["telling_pupil"])
    rita = cast.ids["rita"]
    assert [tuple(row) for row in rows] == [
        ("telling", telling["id"], rita, None),
        ("telling_pupil", None, rita, json.dumps({"telling": telling["id"], "lines": lines})),
    ]


def test_a_sum_keeps_a_line_for_each_half_and_each_meeting(cast: Lia) -> None:
    for step, day in (
        ("iop.foreldremote_host", date(2025, 9, 10)),
        ("iop.foreldremote_var", date(2026, 4, 10)),
        ("iop.foreldremote_var", date(2026, 5, 10)),
    ):
        held = {"scope": Scope.UNIT, "occasion": day.isoformat()}
        cast.happening("3a", step, "held", day, year=Y.start, **held)
    cast.happening(
        "e1",
        "iop.foreldremote_var",
        "present",
        date(2026, 5, 10),
        year=Y.start,
        occasion="2026-05-10",
    )
    freeze(cast)
    of_e1 = [
        (line["indicator"], line["on"], line["result"])
        for code in ("P7", "P10")
        for line in tellinger.pupils(cast.session, code, schools=[cast.ids["lia"]])
        if line["pupil"] == "e1"
    ]
    assert of_e1 == [
        ("P7_host", None, "open"),
        ("P7_var", None, "open"),
        ("P10_host", "2025-09-10", "unknown"),
        ("P10_var", "2026-04-10", "unknown"),
        ("P10_var", "2026-05-10", "numerator"),
    ]


def test_the_frozen_pupils_are_shown_to_those_who_see_them(cast: Lia) -> None:
    cast.pupil("e3", class_="3b", protected=True)
    cast.vedtak("e3", 2025)
    freeze(cast)

    def shown(person: str) -> set[str]:
        who = viewer(cast.session, person, today=LATER.date())
        see = sees_pupil(who, metadata.tables["pupil"].c.id)
        return set(results(cast, "P3", visible=see))

    assert shown("rita") == {"e1", "e2", "e3"}
    assert shown("heidi") == {"e1", "e2"}
    assert shown("siri") == set()


def test_another_school_is_another_telling(cast: Lia) -> None:
    freeze(cast)
    assert tellinger.frozen(cast.session, schools=[cast.ids["fjell"]]) == []
    assert tellinger.pupils(cast.session, "P3", schools=[cast.ids["fjell"]]) == []
    assert frozen(cast, year=Year(2024)) == []
    assert len(frozen(cast, year=Y)) == len(FREEZES["skoleslutt"])


MOMENTS = st.integers(0, 40).map(lambda days: FROZEN - timedelta(days=10 - days))
FACTS = st.tuples(
    st.sampled_from(("iop.arsevaluering", "iop.elevsamtale_var", "iop.malvalgsamtale")),
    st.dates(date(2026, 3, 1), date(2026, 7, 20)),
)


@settings(max_examples=2_000 if LONG else 40)
@given(
    facts=st.dictionaries(st.sampled_from(("e1", "e2", "e3")), FACTS),
    counted=st.sampled_from(list(FREEZES)),
    at=MOMENTS,
    after=st.booleans(),
)
def test_a_telling_is_the_live_figures_of_its_moment(
    session: Session, facts: dict[str, Any], counted: str, at: datetime, after: bool
) -> None:
    with session.begin_nested() as trial:
        cast = lia(session)
        for key in ("e1", "e2", "e3"):
            cast.pupil(key)
            cast.vedtak(key, 2025)
            cast.vedtak(key, 2026)
        for key, (step, day) in facts.items():
            what = "held" if "samtale" in step else "done"
            served = Y.next if step == "iop.malvalgsamtale" else Y
            cast.happening(key, step, what, day, year=served.start)
        asked: dict[str, Any] = {"schools": [cast.ids["lia"]], "year": Y, "today": at.date()}
        chosen = [BY_CODE[code] for code in FREEZES[counted]]
        live = [
            one.to_json() | {"revision": 1}
            for one in measure.figures(session, **asked, indicators=chosen)
        ]
        lines = {
            one.code: [
                {key: line[key] for key in ("pupil", "result", "reason", "on", "indicator")}
                for line in measure.explain(session, one, **asked)
                if line["pupil"] is not None
            ]
            for one in chosen
        }
        if at.date() < DAYS[counted]:
            assert "foreløpig" in refusal(cast, counted, at=at)
        else:
            freeze(cast, counted, at=at)
            if after:
                cast.pupil("e4")
                cast.vedtak("e4", 2025)
            found = {one["indicator"]: one for one in frozen(cast)}
            more = {
                "frozen_at": at.isoformat(),
                "by": "rita",
                "reason": None,
                "counted": counted,
            }
            assert found == {one["indicator"]: one | more for one in live}
            assert {
                code: [
                    {key: line[key] for key in ("pupil", "result", "reason", "on", "indicator")}
                    for line in tellinger.pupils(session, code, schools=[cast.ids["lia"]])
                ]
                for code in lines
            } == lines
        trial.rollback()


def test_an_import_that_a_telling_rests_on_is_not_undone(session: Session, tmp_path: Path) -> None:
    applied = kit.apply(session, kit.write(tmp_path, kit.base()))
    found = session.execute(select(School).where(col(School.key) == "lia")).scalar_one()
    kari = session.execute(select(col(Person.id)).where(col(Person.key) == "kari")).scalar_one()
    act = Act("freeze", kit.LATER, actor_id=kari)
    tellinger.freeze(session, RULES, found, Year(2026), "0110", act=act)
    with pytest.raises(Refused) as caught:
        undo(session, applied.batch_id, act=kit.act(kit.LATER))
    assert str(caught.value) == (
        f"Import nr. {applied.batch_id} kan ikke angres: den la inn noe som en frosset telling "
        "bygger på; rett det som er feil, og frys tellingen på nytt."
    )


# ---------------------------------------------------------------- what came of a measure


def measured(cast: Lia, code: str = "P1", year: Year = Y) -> MeasureRow:
    """A measure about a figure of a year."""
    number = cast.add(
        "measure",
        school_id=cast.ids["lia"],
        year=year.start,
        indicator=code,
        text="Melde behov før jul",
        person_id=cast.ids["heidi"],
        due=date(2026, 12, 18),
        decided_on=date(2026, 10, 1),
    )
    found = measure_by(cast.session, number)
    assert found is not None
    return found


def assessed(cast: Lia, pupils: int, *, before: int = 1, after: int = 5) -> None:
    """So many of the pupils had their assessment in time in Y, and so many the year after."""
    for n in range(pupils):
        cast.pupil(f"m{n}")
        for year, in_time in ((2026, before), (2027, after)):
            on = date(year, 5, 1) if n < in_time else date(year, 6, 10)
            cast.need(f"m{n}", year, received_on=on)


def told_to(cast: Lia, one: MeasureRow, person: str = "rita", today: date = NEXT) -> list[str]:
    who = viewer(cast.session, person, today=today)
    found = tellinger.before_after(cast.session, who, [one], today=today)
    return [one.words.replace("\xa0", " ") for one in found.values()]


def test_a_measure_shows_its_figure_before_and_after(session: Session) -> None:
    cast = lia(session)
    assessed(cast, 6)
    one = measured(cast)
    assert told_to(cast, one) == ["P1: 17 % → 83 %"]
    assert told_to(cast, one, today=date(2027, 2, 1)) == ["P1: 17 % → ikke telt ennå"]
    assert told_to(cast, one, today=date(2026, 7, 1)) == []  # its year is not over
    for other in (measured(cast, "T1"), measured(cast, "P2"), measured(cast, "P1", Y.next)):
        assert told_to(cast, other) == []


def test_a_measure_shows_what_is_frozen(session: Session) -> None:
    cast = lia(session)
    assessed(cast, 6)
    freeze(cast, "0106")
    session.execute(update(metadata.tables["assessment"]).values(received_on=date(2026, 5, 1)))
    assert told_to(cast, measured(cast)) == ["P1: 17 % → 100 %"]


@pytest.mark.parametrize("pupils", [4, 5])
def test_a_measure_shows_no_small_number_to_those_outside(session: Session, pupils: int) -> None:
    cast = lia(session)
    cast.grant("eli", "skoleeier", "owner", "eikedal")
    assessed(cast, pupils, after=3)
    one = measured(cast)
    assert len(told_to(cast, one)) == 1
    assert len(told_to(cast, one, "eli")) == (pupils > 4)


@pytest.mark.parametrize("code", ["P7", "P7_host", "P7_var"])
def test_a_measure_shows_no_half_that_its_sum_and_the_other_half_would_tell(
    session: Session, code: str
) -> None:
    """The sum and the spring are frozen as they were, and the autumn, of four pupils, is not."""
    cast = lia(session)
    cast.grant("eli", "skoleeier", "owner", "eikedal")
    for n in range(8):
        cast.pupil(f"m{n}", starts=date(2024, 8, 1) if n < 4 else date(2026, 3, 2))
    cast.happening("m0", "iop.elevsamtale_host", "held", date(2025, 10, 1), year=2025)
    cast.happening("m1", "iop.elevsamtale_var", "held", date(2026, 4, 8), year=2025)
    for n in range(2):
        cast.happening(f"m{n}", "iop.elevsamtale_host", "held", date(2026, 10, 1))
        cast.happening(f"m{n}", "iop.elevsamtale_var", "held", date(2027, 4, 8))
    freeze(cast)
    cast.happening("m2", "iop.elevsamtale_var", "held", date(2026, 4, 8), year=2025)
    shares = {"P7": "17 %", "P7_host": "25 %", "P7_var": "13 %"}
    one = measured(cast, code)
    assert told_to(cast, one) == [f"P7: {shares[code]} → 25 %"]
    assert told_to(cast, one, "eli") == []


def test_two_owners_may_use_the_same_id_of_a_school(session: Session) -> None:
    ours, theirs = lia(session), lia(session, owner="nabodal")
    assessed(ours, 6)
    assessed(theirs, 6, before=3, after=6)
    rows = [measured(ours), measured(theirs)]
    found = tellinger.before_after(session, EVERYONE, rows, today=NEXT)
    assert [round(found[one.id].before, 2) for one in rows] == [0.17, 0.5]
    assert told_to(ours, rows[0], "eikedal:rita") == ["P1: 17 % → 83 %"]


def test_years_that_are_frozen_are_read_in_as_many_statements(session: Session) -> None:
    cast = lia(session, years=range(2018, 2028))
    for year in range(2019, 2027):
        at = datetime(year + 1, 6, 20, 9, 0, tzinfo=UTC)
        freeze(cast, "0106", at=at, year=Year(year))
    rows = [measured(cast, "P1", Year(year)) for year in range(2019, 2026)]
    cast.pupil("e1")

    def statements(some: list[MeasureRow]) -> int:
        sent: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        tellinger.before_after(session, EVERYONE, some, today=NEXT)
        event.remove(connection, "before_cursor_execute", note)
        return len(sent)

    few, many = statements(rows[:1]), statements(rows)
    assert (few, many) == (2, 2)  # the schools, and all that is frozen
