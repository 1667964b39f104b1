"""Days late, causes and courts behind a figure: worked cases, and sums that must always hold."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from iopflow import measure
from iopflow.indicators import BY_CODE, CAUSES, COURTS, JUSTIFYING
from iopflow.measure import Waited
from iopflow.models import MoveKind
from iopflow.texts import use_language
from iopflow.words import cause_word
from tests.factories import Lia, lia, received
from tests.measure.figure_kit import LATER, Y

SV, VEDTAK, READY = "iop.sakkyndig_vurdering", "iop.enkeltvedtak", "iop.klar_skolestart"
NONE = {"skole": 0, "ppt": 0, "foresatte": 0, "kommune": 0, "ingen": 0}


def waited(cast: Lia, code: str, as_of: date) -> dict[str, Waited]:
    """The pupils of a figure of Lia, by their ids."""
    found = measure.waited(
        cast.session,
        BY_CODE[code],
        schools=[cast.ids["lia"]],
        year=Y,
        today=LATER,
        as_of=as_of,
    )
    return {one.pupil: one for one in found}


def told(cast: Lia, code: str, as_of: date, key: str = "a") -> dict[str, Any]:
    """What the line of one pupil says beside the contract."""
    line = waited(cast, code, as_of)[key].to_json()
    names = ("late_days", "days", "late_by_court", "paused", "net_days", "court", "turn")
    return {name: line[name] for name in names}


def summed(cast: Lia, code: str, as_of: date) -> dict[str, Any]:
    """The summary of Lia."""
    asked: dict[str, Any] = {"schools": [cast.ids["lia"]], "year": Y, "today": LATER}
    (figure,) = measure.figures(cast.session, indicators=[BY_CODE[code]], as_of=as_of, **asked)
    return measure.summary(figure, waited(cast, code, as_of).values())


def move(cast: Lia, key: str, kind: str, on: date) -> None:
    """Something that happened in the case for the year after Y."""
    cast.add(
        "case_move",
        pupil_id=cast.ids[key],
        year=2026,
        kind=MoveKind(kind),
        on_day=on,
        **received(),
    )


def cause(cast: Lia, key: str, word: str, on: date, step: str = SV, **said: Any) -> None:
    """A cause of a delay of what serves the year after Y."""
    cast.happening(key, step, "delay", on, occasion=on.isoformat(), cause=word, **said)


def referred(session: Session, **values: Any) -> Lia:
    """A pupil needed on 10 January, with consent of 1 February, referred on 1 March."""
    cast = lia(session)
    cast.pupil("a")
    cast.need("a", referred_on=date(2026, 3, 1), **values)
    cast.consent("a", "utredning")
    return cast


def test_an_assessment_of_1_june_is_one_day_late_and_that_day_lay_with_ppt(
    session: Session,
) -> None:
    cast = referred(session, received_on=date(2026, 6, 1))
    # 10 January to 28 February is 22 + 28 days, March to May 31 + 30 + 31.
    assert told(cast, "P1", date(2026, 6, 1)) == {
        "late_days": 1,
        "days": NONE | {"skole": 50, "ppt": 92},
        "late_by_court": NONE | {"ppt": 1},
        "paused": 0,
        "net_days": 142,
        "court": "ppt",
        "turn": None,
    }
    assert waited(cast, "P1", date(2026, 6, 1))["a"].words == "skolen 50 · PPT 92 (1 etter fristen)"


def test_in_time_is_no_day_late_and_nobodys_fault(session: Session) -> None:
    cast = referred(session, received_on=date(2026, 5, 31))
    cause(cast, "a", "kapasitet_ppt", date(2026, 5, 1))
    line = waited(cast, "P1", date(2026, 6, 1))["a"]
    assert (line.result, line.late_days, line.court, line.missed) == ("numerator", 0, None, False)
    assert line.words == "skolen 50 · PPT 91"


def test_what_ppt_sent_back_lies_with_the_school_until_it_is_supplied(session: Session) -> None:
    cast = referred(session, received_on=date(2026, 6, 15))
    move(cast, "a", "asked_utredning", date(2026, 1, 20))
    move(cast, "a", "sent_back", date(2026, 3, 15))
    move(cast, "a", "supplied", date(2026, 4, 10))
    # School 10-19 January, 1-28 February, 15 March - 9 April; guardians 20-31 January.
    assert told(cast, "P1", date(2026, 7, 1)) == {
        "late_days": 15,
        "days": NONE | {"skole": 10 + 28 + 26, "foresatte": 12, "ppt": 14 + 66},
        "late_by_court": NONE | {"ppt": 15},
        "paused": 0,
        "net_days": 156,
        "court": "ppt",
        "turn": None,
    }


def test_a_pause_lies_with_its_own_court_and_is_no_part_of_the_net(session: Session) -> None:
    cast = referred(session)
    cast.add(
        "pause",
        pupil_id=cast.ids["a"],
        year=2026,
        starts=date(2026, 4, 1),
        ends=date(2026, 4, 30),
        court="foresatte",
        cause="reise",
    )
    assert told(cast, "P1", date(2026, 6, 10)) == {
        "late_days": 10,
        "days": NONE | {"skole": 50, "foresatte": 30, "ppt": 31 + 31 + 10},
        "late_by_court": NONE | {"ppt": 10},
        "paused": 30,
        "net_days": 122,
        "court": "ppt",
        "turn": "ppt",
    }
    assert waited(cast, "P1", date(2026, 6, 10))["a"].words == (
        "skolen 50 · PPT 72 (10 etter fristen) · foresatte 30; 30 dager pause; PPT har saken"
    )


def test_the_clock_of_a_vedtak_begins_with_the_need_as_well(session: Session) -> None:
    cast = referred(session, received_on=date(2026, 5, 20))
    move(cast, "a", "asked_vedtak", date(2026, 6, 1))
    cast.consent("a", "vedtak", on=date(2026, 6, 25))
    cast.vedtak("a", decided_on=date(2026, 7, 1))
    assert told(cast, "P2", date(2026, 9, 1)) == {
        "late_days": 13,  # the last school day is 18 June
        "days": NONE | {"skole": 50 + 12 + 6, "ppt": 80, "foresatte": 24},
        "late_by_court": NONE | {"skole": 6, "foresatte": 7},
        "paused": 0,
        "net_days": 172,
        "court": "foresatte",
        "turn": None,
    }


def test_days_after_the_limit_lie_with_ppt_where_the_assessment_came_later_still(
    session: Session,
) -> None:
    cast = referred(session, received_on=date(2026, 6, 28))
    found = told(cast, "P2", date(2026, 6, 30))
    assert found["days"] == NONE | {"skole": 50 + 3, "ppt": 119}  # 28, 29 and 30 June
    assert found["late_by_court"] == NONE | {"ppt": 10, "skole": 2}
    assert waited(cast, "P2", date(2026, 6, 30))["a"].words == (
        "skolen 53 (2 etter fristen) · PPT 119 (10 etter fristen); skolen har saken"
    )


def test_of_two_causes_the_last_decides_and_one_with_evidence_is_enough_to_justify(
    session: Session,
) -> None:
    cast = referred(session, received_on=date(2026, 6, 15))
    cause(cast, "a", "foresatte_ikke_naadd", date(2026, 6, 1), evidence="arkiv 12")
    cause(cast, "a", "kapasitet_ppt", date(2026, 6, 10))
    before = waited(cast, "P1", date(2026, 6, 9))["a"]
    after = waited(cast, "P1", date(2026, 6, 15))["a"]
    assert (before.cause, before.court, before.justified) == (
        "foresatte_ikke_naadd",
        "ppt",  # who had it on the day, whatever is claimed
        True,
    )
    assert (after.cause, after.court, after.justified) == ("kapasitet_ppt", "ppt", True)
    assert after.words.endswith("; foresatte er ikke nådd; kapasitet i PPT")
    entry = summed(cast, "P1", date(2026, 6, 15))
    assert entry["by_cause"] == {"foresatte_ikke_naadd": 1, "kapasitet_ppt": 1}
    assert entry["by_court"] == NONE | {"ppt": 1}
    assert (entry["rate"], entry["rate_justified"], entry["rate_late"]) == (0, 1, 1)
    assert (entry["without_cause"], entry["without_evidence"]) == (0, 0)


def test_a_wrong_registration_is_no_delay(session: Session) -> None:
    cast = referred(session)
    cause(cast, "a", "registreringsfeil", date(2026, 6, 5))
    entry = summed(cast, "P1", date(2026, 7, 10))
    assert (entry["open"], entry["missed"], entry["data_errors"]) == (1, 0, 1)
    assert (entry["open_bands"], entry["by_court"]) == (dict.fromkeys(entry["bands"], 0), NONE)
    assert (entry["by_cause"], entry["most"]) == ({}, None)


def test_before_the_limit_nothing_is_missed_and_a_cause_is_a_warning(session: Session) -> None:
    cast = referred(session)
    cause(cast, "a", "kapasitet_ppt", date(2026, 5, 2))
    entry = summed(cast, "P1", date(2026, 5, 31))
    assert (entry["open"], entry["missed"], entry["announced"]) == (1, 0, 1)
    assert summed(cast, "P1", date(2026, 6, 1))["missed"] == 1


@pytest.mark.parametrize(
    ("word", "court"),
    [("annet", "skole"), ("innflyttet_etter_frist", None), ("foresatte_takket_nei", "foresatte")],
)
def test_the_case_says_with_whom_it_lay_and_without_one_the_cause_does(
    session: Session, word: str, court: str | None
) -> None:
    cast = referred(session)
    cause(cast, "a", word, date(2026, 6, 2))
    assert waited(cast, "P1", date(2026, 6, 10))["a"].court == "ppt"
    cast.vedtak("a", year=2025)
    cause(cast, "a", word, date(2026, 6, 19), step="iop.arsevaluering", year=2025)
    assert waited(cast, "P3", date(2026, 6, 30))["a"].court == court


def test_what_no_case_tells_is_the_schools(session: Session) -> None:
    cast = lia(session)
    cast.pupil("a")
    cast.vedtak("a", year=2025)
    line = waited(cast, "P3", date(2026, 6, 20))["a"]
    assert (line.late_days, line.court, line.words) == (2, "skole", "skolen")


def test_every_cause_has_words_in_three_languages_and_those_of_courts_are_known() -> None:
    for language in ("nb", "en"):
        use_language(language)
        assert len({cause_word(one) for one in CAUSES}) == len(CAUSES)
    assert set(COURTS) <= set(CAUSES)


# ---------------------------------------------------------------- many cases


@dataclass
class Drawn:
    """What was drawn for a pupil."""

    needed: date
    received: date | None
    decided: date | None
    starts: date
    ready: date | None
    causes: dict[date, str]


def draw(cast: Lia, seed: int, pupils: int = 40) -> dict[str, Drawn]:
    """Pupils with cases of all kinds, in any order of days."""
    dice = random.Random(seed)  # noqa: S311 - for tests
    found = {}

    def day(first: date, days: int) -> date:
        return first + timedelta(days=dice.randrange(days))

    for n in range(pupils):
        key = f"x{n:02}"
        cast.pupil(key)
        needed = day(date(2026, 1, 1), 150)
        got = dice.choice([None, day(date(2026, 5, 25), 160), day(needed, 60)])
        referred_on = dice.choice([None, day(needed, 40)])
        cast.need(key, needed_since=needed, referred_on=referred_on, received_on=got)
        for kind in ("asked_utredning", "sent_back", "supplied", "asked_vedtak"):
            if dice.random() < 0.5:
                move(cast, key, kind, day(needed, 150))
        for kind in ("utredning", "vedtak"):
            if dice.random() < 0.7:
                cast.consent(key, kind, on=day(needed, 120))
        if dice.random() < 0.4:
            starts = day(needed, 150)
            ends = dice.choice([None, day(starts, 30)])
            court = dice.choice(["skole", "ppt", "foresatte", "kommune"])
            cast.add(
                "pause",
                pupil_id=cast.ids[key],
                year=2026,
                starts=starts,
                ends=ends,
                court=court,
                cause="annet",
            )
        decided = dice.choice([None, day(date(2026, 6, 10), 120)])
        begins = dice.choice([date(2026, 8, 1), decided or date(2026, 8, 1)])
        if decided is not None:
            cast.vedtak(key, decided_on=decided, valid_from=begins)
        ready = dice.choice([None, day(date(2026, 8, 10), 20)])
        if ready is not None:
            cast.happening(key, READY, "done", ready)
        said = {}
        for _n in range(dice.randrange(3)):
            on, word = day(date(2026, 5, 20), 60), dice.choice(list(CAUSES))
            if on not in said:
                said[on] = word
                cause(cast, key, word, on, evidence=dice.choice([None, "arkiv 1"]))
        found[key] = Drawn(needed, got, decided, begins, ready, said)
    return found


AS_OF = (date(2026, 5, 31), date(2026, 6, 20), date(2026, 10, 20))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_days_by_court_are_all_days_and_the_late_ones_all_late_days(
    session: Session, seed: int
) -> None:
    cast = lia(session)
    draw(cast, seed)
    for code in ("P1", "P2"):
        for as_of in AS_OF:
            for line in waited(cast, code, as_of).values():
                told = line.to_json()
                on = told["on"]
                end = date.fromisoformat(on) if on else as_of + timedelta(days=1)
                whole = max(0, (end - date.fromisoformat(told["since"])).days)
                assert sum(told["days"].values()) == whole
                assert told["net_days"] == whole - told["paused"]
                assert 0 <= told["paused"] <= whole
                assert min(told["days"].values()) >= 0
                assert sum(told["late_by_court"].values()) == told["late_days"]
                assert told["late_days"] == (
                    max(0, (end - line.limit).days - (0 if on else 1)) if line.counts else 0
                )


def naive_bands(days: list[int]) -> dict[str, int]:
    """The bands, counted day by day."""
    return {
        "0-7": sum(d in range(8) for d in days),
        "8-30": sum(d in range(8, 31) for d in days),
        "31-90": sum(d in range(31, 91) for d in days),
        "over_90": sum(d > 90 for d in days),
    }


@pytest.mark.parametrize("as_of", AS_OF[1:])
def test_the_bands_and_the_causes_are_those_counted_by_hand(session: Session, as_of: date) -> None:
    cast = lia(session)
    limit = date(2026, 5, 31)
    done, missing, causes, errors = [], [], [], 0
    for one in draw(cast, 7).values():
        said = [one.causes[on] for on in sorted(one.causes) if on <= as_of]
        got = one.received if one.received and one.received <= as_of else None
        if got is not None and got <= limit:
            continue
        if said and said[-1] == "registreringsfeil":
            errors += 1
            continue
        causes.append(set(said))
        if got is not None:
            done.append((got - limit).days)
        else:
            missing.append((as_of - limit).days)
    entry = summed(cast, "P1", as_of)
    assert entry["bands"] == naive_bands(done)
    assert entry["open_bands"] == naive_bands(missing)
    assert (entry["missed"], entry["still_open"]) == (len(done + missing), len(missing))
    assert entry["data_errors"] == errors
    assert (entry["least"], entry["median"], entry["most"]) == (
        min(done + missing),
        median(done + missing),
        max(done + missing),
    )
    assert entry["by_cause"] == {
        word: n for word in CAUSES if (n := sum(word in said for said in causes))
    }
    assert entry["without_cause"] == sum(not said for said in causes)
    assert sum(entry["by_court"].values()) == entry["missed"]
    assert sum(entry["late_days_by_court"].values()) == sum(done + missing)


@pytest.mark.parametrize("as_of", [*AS_OF, date(2026, 8, 17)])
def test_the_chain_is_the_one_counted_by_hand(session: Session, as_of: date) -> None:
    cast = lia(session)
    drawn = draw(cast, 11)
    first, last = date(2026, 8, 17), date(2026, 6, 18)

    def known(day: date | None) -> date | None:
        return day if day is not None and day <= as_of else None

    links: dict[str, set[str]] = {name: set() for name in ("assessment", "vedtak", "stopped")}
    links["late_iop"] = set()
    for key, one in drawn.items():
        said = [one.causes[on] for on in sorted(one.causes) if on <= as_of]
        got, decided = known(one.received), known(one.decided)
        late = as_of > date(2026, 5, 31) and (got is None or got > date(2026, 5, 31))
        if not late or (said and said[-1] == "registreringsfeil"):
            continue
        links["assessment"].add(key)
        covers = decided is not None and (one.starts <= first or decided > first)
        if as_of <= last or (covers and decided is not None and decided <= last):
            continue
        links["vedtak"].add(key)
        if not (decided is not None and one.starts <= first):
            links["stopped"].add(key)
        elif known(one.ready) is None or (one.ready and one.ready > first):
            links["late_iop"].add(key)
    (found,) = measure.chains(
        cast.session, schools=[cast.ids["lia"]], year=Y, today=LATER, as_of=as_of
    )
    begun = as_of > first
    assert {one.pupil for one in found.assessment} == links["assessment"]
    assert {one.pupil for one in found.vedtak} == links["vedtak"]
    for name, pupils in (("stopped", found.stopped), ("late_iop", found.late_iop)):
        named = None if pupils is None else {one.pupil for one in pupils}
        assert named == (links[name] if begun else None)
    counts: Mapping[str, int | None] = found.counts()
    assert counts["assessment"] == len(links["assessment"])
    assert counts["stopped"] == (len(links["stopped"]) if begun else None)


def test_justified_is_what_the_figure_counts(session: Session) -> None:
    cast = lia(session)
    draw(cast, 3)
    for as_of in AS_OF:
        entry = summed(cast, "P1", as_of)
        lines = waited(cast, "P1", as_of).values()
        assert entry["justified"] == sum(line.justified for line in lines)
        assert {line.cause for line in lines if line.justified and len(line.causes) == 1} <= set(
            JUSTIFYING
        )


def test_the_number_of_statements_does_not_grow_with_the_pupils(session: Session) -> None:
    cast = referred(session)
    said: list[str] = []
    counts = []

    def listen(*args: Any) -> None:
        said.append(args[2])

    event.listen(session.connection(), "before_cursor_execute", listen)
    for more in ("bc", "defgh", ""):
        said.clear()
        waited(cast, "P1", AS_OF[1])
        counts.append(len(said))
        for key in more:
            cast.pupil(key)
            cast.need(key)
    event.remove(session.connection(), "before_cursor_execute", listen)
    assert len(set(counts)) == 1
