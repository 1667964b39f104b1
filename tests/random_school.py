"""Random small networks as import tables, whose days lie on the boundaries of P1-P10.

Every network can be imported on `TODAY` without a refused row. `tables(random.Random(7))` gives one
without hypothesis; `networks()` is the strategy, and shrinks towards fewer rows.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Tables = dict[str, list[dict[str, str]]]

TODAY = date(2028, 7, 1)
YEARS = ("2025-26", "2026-27", "2027-28")
OWNER = "eier"

COLUMNS: dict[str, tuple[str, ...]] = {
    "schools": ("school", "name", "owner", "municipality", "network", "language", "wheel"),
    "school_years": ("school", "year", "first_day", "last_day", "planning_day", "autumn_end"),
    "units": ("unit", "school", "kind", "name", "parent"),
    "pupils": (
        "pupil",
        "name",
        "birth_month",
        "protected",
        "ppt",
        "home_municipality",
        "ppt_reference",
    ),
    "enrolments": ("pupil", "school", "from", "class", "grade", "to"),
    "assessments": (
        "pupil",
        "for_year",
        "needed_since",
        "referred_on",
        "complete_on",
        "received_on",
        "valid_to",
        "recorded_on",
    ),
    "vedtak": (
        "pupil",
        "for_year",
        "decided_on",
        "outcome",
        "valid_from",
        "valid_to",
        "notified_on",
        "arrived_on",
        "decided_by",
        "departs",
        "reason",
        "recorded_on",
    ),
    "consents": ("pupil", "kind", "for_year", "on", "answer", "recorded_on"),
    "happenings": (
        "year",
        "step",
        "subject",
        "what",
        "on",
        "recorded_on",
        "by",
        "reason",
        "cause",
        "evidence",
    ),
}
JUSTIFYING = (
    "foresatte_ikke_naadd",
    "foresatte_takket_nei",
    "elev_fravaer",
    "innflyttet_etter_frist",
    "samtykke_mangler",
)
CAUSES = (
    *JUSTIFYING,
    "venter_dokumentasjon_skole",
    "kapasitet_ppt",
    "sykdom_vikar",
    "mote_flyttet",
    "registreringsfeil",
    "annet",
)
# Mostly the causes that may justify, with evidence; each of the others, and some without evidence.
DELAYS = (
    *((cause, "logg 12") for cause in (*JUSTIFYING, *CAUSES)),
    *((cause, "") for cause in JUSTIFYING),
)


class Dice:
    """Chooses by a `random.Random` or by hypothesis' `draw`; the first choice is the simplest."""

    def __init__(self, source: "random.Random | st.DrawFn") -> None:
        self.source = source

    def count(self, low: int, high: int) -> int:
        if isinstance(self.source, random.Random):
            return self.source.randint(low, high)
        return self.source(st.integers(low, high))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.count(0, len(choices) - 1)]

    def chance(self, percent: int) -> bool:
        return self.count(1, 100) > 100 - percent


@dataclass(frozen=True)
class Edges:
    """The days of one school year on which something turns."""

    year: str
    first: date
    last: date
    autumn_end: date

    def on(self, month: int, number: int) -> date:
        return date(int(self.year[:4]) + (0 if month >= 8 else 1), month, number)

    def enrolments(self) -> list[date]:
        """First days: each also makes the day before a last day."""
        around = [self.first + timedelta(days=n) for n in (0, 1, -1, 27, 28, 55, 56)]
        around += [self.autumn_end + timedelta(days=n) for n in (-27, -26, 1, 28, 29)]
        around += [self.last + timedelta(days=n) for n in (-55, -54, -27, -26, 0, 1)]
        fixed = [(8, 1), (9, 3), (9, 4), (10, 1), (10, 2), (12, 1), (12, 2), (3, 1), (3, 2)]
        return around + [self.on(*d) for d in fixed]


def near(*days: date) -> list[date]:
    """Each day, and the day before and after it."""
    return [d + timedelta(days=n) for d in days for n in (0, -1, 1)]


def row(table: str, **values: str) -> dict[str, str]:
    values = {name.removesuffix("_"): value for name, value in values.items()}
    assert values.keys() <= set(COLUMNS[table]), values
    return {name: values.get(name, "") for name in COLUMNS[table]}


def next_year(year: str, by: int = 1) -> str:
    start = int(year[:4]) + by
    return f"{start}-{(start + 1) % 100:02d}"


def iso(d: date | None) -> str:
    return "" if d is None else d.isoformat()


class Maker:
    """One network in the making."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.out: Tables = {name: [] for name in COLUMNS}
        self.years = YEARS if dice.chance(85) else YEARS[:2]
        self.edges: dict[str, Edges] = {}
        self.classes: dict[str, list[str]] = {}
        self.pupils: list[str] = []

    def add(self, table: str, **values: str) -> None:
        self.out[table].append(row(table, **values))

    def recorded(self, d: date) -> str:
        """Left out, the same day, or later."""
        lag = self.dice.pick((0, 0, 1, 10, 40, None))
        return "" if lag is None else iso(min(d + timedelta(days=lag), TODAY))

    # ---- the plans -----------------------------------------------------------------------------

    def schools(self) -> None:
        for number in range(1, self.dice.count(1, 3) + 1):
            school = f"s{number}"
            network = "n1" if number == 1 else self.dice.pick(("n1", "", "n2"))
            self.add(
                "schools",
                school=school,
                name=f"Skole {number}",
                owner=OWNER,
                municipality="Storvik",
                network=network,
                language="nb",
            )
            avdeling = f"a{number}"
            self.add("units", unit=avdeling, school=school, kind="avdeling", name=f"Avd {number}")
            self.classes[school] = [f"k{number}a", f"k{number}b", f"k{number}c"]
            for klasse in self.classes[school]:
                parent = "" if klasse.endswith("c") else avdeling
                self.add(
                    "units", unit=klasse, school=school, kind="klasse", name=klasse, parent=parent
                )
            for year in self.years:
                self.skolerute(school, year)
        rows = self.out["school_years"]
        if self.dice.chance(20):
            rows.remove(self.dice.pick(rows))

    def skolerute(self, school: str, year: str) -> None:
        start = int(year[:4])
        first = date(start, 8, self.dice.pick((18, 14)))
        last = date(start + 1, 6, self.dice.pick((18, 19)))
        autumn_end = self.dice.pick((None, date(start + 1, 1, 16), date(start + 1, 1, 22)))
        self.add(
            "school_years",
            school=school,
            year=year,
            first_day=iso(first),
            last_day=iso(last),
            autumn_end=iso(autumn_end),
        )
        if school == "s1":
            ends = autumn_end or date(start + 1, 1, 15)
            self.edges[year] = Edges(year, first, last, ends)

    def enrol(self) -> None:
        cuts_of_all = [d for edges in self.edges.values() for d in edges.enrolments()]
        new = [d for edges in self.edges.values() for d in (edges.first, edges.on(8, 1))]
        simple_starts = [date(2025, 8, 1), date(2024, 8, 19)]
        for number in range(1, self.dice.count(3, 12) + 1):
            pupil = f"p{number:02d}"
            self.pupils.append(pupil)
            self.add(
                "pupils",
                pupil=pupil,
                name=f"Elev {number}",
                birth_month="2014-03",
                protected="ja" if self.dice.chance(8) else "nei",
            )
            base = self.dice.count(1, 5)
            start = self.dice.pick(simple_starts * 12 + new * 4 + cuts_of_all)
            amount = self.dice.pick((0, 0, 1, 1, 2, 3))
            later = {self.dice.pick(new * 4 + cuts_of_all) for _ in range(amount)}
            cuts = [start, *sorted(d for d in later if d > start)]
            everywhere = [(s, k) for s in self.classes for k in self.classes[s]]
            place: tuple[str, str] | None = self.dice.pick(everywhere)
            for cut, following in zip(cuts, [*cuts[1:], None], strict=True):
                if place is not None:
                    to = None if following is None else following - timedelta(days=1)
                    self.enrolment(pupil, place, cut, to, base)
                stay = self.dice.chance(40)
                place = None if place is not None and stay else self.dice.pick(everywhere)
            missing = [s for s in self.classes if not self.at(pupil, s)]
            if missing and self.dice.chance(8):
                second = missing[0]
                klasse = self.dice.pick(self.classes[second])
                self.enrolment(pupil, (second, klasse), self.dice.pick(cuts_of_all), None, base)

    def at(self, pupil: str, school: str) -> bool:
        return any((r["pupil"], r["school"]) == (pupil, school) for r in self.out["enrolments"])

    def enrolment(
        self, pupil: str, place: tuple[str, str], from_: date, to: date | None, base: int
    ) -> None:
        school_year = from_.year if from_.month >= 8 else from_.year - 1
        self.add(
            "enrolments",
            pupil=pupil,
            school=place[0],
            from_=iso(from_),
            class_=place[1],
            grade=str(base + school_year - 2024),
            to=iso(to),
        )

    # ---- the case ------------------------------------------------------------------------------

    def cases(self) -> None:
        for pupil in self.pupils:
            for year in self.years:
                before, now = self.edges.get(next_year(year, -1)), self.edges[year]
                self.assessment(pupil, year, before, now)
                self.one_vedtak(pupil, year, before, now)
                self.consents(pupil, year, before, now)
            if self.dice.chance(20):
                year = self.dice.pick(self.years)
                edges = self.edges.get(next_year(year, -1))
                self.one_vedtak(pupil, year, edges, self.edges[year])

    def spring(self, before: Edges | None, now: Edges) -> Edges:
        """The year in whose spring the facts for `now` usually fall."""
        if before is not None:
            return before
        back = [d.replace(year=d.year - 1) for d in (now.first, now.last, now.autumn_end)]
        return Edges(next_year(now.year, -1), *back)

    def assessment(self, pupil: str, year: str, before: Edges | None, now: Edges) -> None:
        if not self.dice.chance(55):
            return
        spring = self.spring(before, now)
        june = spring.on(6, 1)
        needed = self.dice.pick([spring.on(11, 1)] * 6 + [*near(june), spring.last, now.first])
        received = self.dice.pick(
            [None, *near(june), *near(june), *near(spring.last), *near(now.first), spring.on(3, 1)]
        )
        if received is not None and (received < needed or received > TODAY):
            received = None
        valid_to = None
        if received is not None:
            days = [None, *near(now.first), now.last + timedelta(days=365), None]
            valid_to = self.dice.pick([d for d in days if d is None or d >= received])
        self.add(
            "assessments",
            pupil=pupil,
            for_year=year,
            needed_since=iso(needed),
            received_on=iso(received),
            valid_to=iso(valid_to),
            recorded_on=self.recorded(received or needed),
        )

    def one_vedtak(self, pupil: str, year: str, before: Edges | None, now: Edges) -> None:
        if not self.dice.chance(75):
            return
        spring = self.spring(before, now)
        usual = [spring.on(5, 20)] * 6
        edge = [*near(spring.last), *near(now.first), *near(spring.first), now.on(10, 1)]
        decided = self.dice.pick(usual + edge)
        if any(
            (r["pupil"], r["for_year"], r["decided_on"]) == (pupil, year, iso(decided))
            for r in self.out["vedtak"]
        ):
            return
        outcome = self.dice.pick(("granted",) * 8 + ("partly", "refused", "refused"))
        span = self.dice.pick((0, 0, 0, 1, 2))
        last = now.last.replace(year=now.last.year + span)
        edge = [*near(now.first), *near(now.on(10, 1)), *near(now.on(3, 1)), now.last]
        valid_from = self.dice.pick([now.on(8, 1)] * 30 + edge)
        ends = [*near(last), *near(now.first), *near(now.on(10, 1)), *near(now.on(3, 1))]
        valid_to = self.dice.pick([last.replace(month=7, day=31)] * 36 + ends)
        valid_to = max(valid_from, valid_to)
        lacks = self.dice.pick(("",) * 20 + ("from", "to", "both"))
        dated = outcome != "refused"
        self.add(
            "vedtak",
            pupil=pupil,
            for_year=year,
            decided_on=iso(decided),
            outcome=outcome,
            valid_from=iso(valid_from) if dated and lacks not in ("from", "both") else "",
            valid_to=iso(valid_to) if dated and lacks not in ("to", "both") else "",
            recorded_on=self.recorded(decided),
        )

    def consents(self, pupil: str, year: str, before: Edges | None, now: Edges) -> None:
        if not self.dice.chance(30):
            return
        spring = self.spring(before, now)
        days = [*near(spring.on(6, 1)), *near(spring.last), spring.on(3, 1), spring.on(2, 1)]
        kind = self.dice.pick(("utredning", "vedtak"))
        taken = {self.dice.pick(days) for _ in range(self.dice.count(1, 3))}
        for d in sorted(taken):
            self.add(
                "consents",
                pupil=pupil,
                kind=kind,
                for_year=year,
                on=iso(d),
                answer=self.dice.pick(("refused", "given", "withdrawn")),
                recorded_on=self.recorded(d),
            )

    # ---- what happened -------------------------------------------------------------------------

    def happened(self, year: str, step: str, subject: str, what: str, d: date, **more: str) -> None:
        if d > TODAY:
            return
        reason = "avtalt" if what in ("not_applicable", "not_possible", "cancelled") else ""
        self.add(
            "happenings",
            year=year,
            step=step,
            subject=subject,
            what=what,
            on=iso(d),
            recorded_on=self.recorded(d),
            reason=reason,
            **more,
        )

    def delay(self, year: str, step: str, pupil: str, d: date, percent: int = 20) -> None:
        if self.dice.chance(percent):
            cause, evidence = self.dice.pick(DELAYS)
            self.happened(year, step, pupil, "delay", d, cause=cause, evidence=evidence)

    def document(self, year: str, step: str, pupil: str, days: list[date]) -> None:
        what = self.dice.pick(("", "done", "done", "done", "done", "not_applicable"))
        if what:
            self.happened(year, step, pupil, what, self.dice.pick(days))
        if what != "not_applicable":
            self.delay(year, step, pupil, self.dice.pick(days))

    def conversation(self, year: str, step: str, pupil: str, days: list[date]) -> None:
        stories: tuple[tuple[str, ...], ...] = (
            (),
            ("held",),
            ("held",),
            ("held",),
            ("invited",),
            ("invited", "held"),
            ("invited", "declined"),
            ("invited", "declined", "held"),
            ("invited", "no_reply"),
            ("invited", "no_reply", "declined"),
            ("invited", "no_reply", "cancelled"),
            ("invited", "cancelled"),
            ("cancelled",),
            ("not_possible",),
            ("invited", "not_possible"),
            ("not_possible", "held"),
        )
        story = self.dice.pick(stories)
        invited: date | None = None
        for what in story:
            d = self.dice.pick(days)
            if what == "invited":
                invited = d
            elif what in ("declined", "no_reply"):
                assert invited is not None
                if d < invited or invited > TODAY:
                    d = invited
            self.happened(year, step, pupil, what, d)
        if "held" not in story or self.dice.chance(10):
            self.delay(year, step, pupil, self.dice.pick(days), 30)

    def happenings(self) -> None:
        for pupil in self.pupils:
            for year in self.years:
                now = self.edges[year]
                spring = self.spring(self.edges.get(next_year(year, -1)), now)
                october, march = now.on(10, 1), now.on(3, 1)
                start = [*near(now.first), spring.last, october]
                self.document(year, "iop.arsevaluering", pupil, [*near(now.last), now.on(5, 31)])
                self.document(year, "iop.klar_skolestart", pupil, start)
                self.document(year, "iop.forenklet_nye", pupil, start)
                self.document(year, "iop.ferdig_nye", pupil, [*near(now.first), *near(october)])
                self.conversation(
                    year,
                    "iop.elevsamtale_host",
                    pupil,
                    [*near(now.autumn_end), *near(now.first), march],
                )
                self.conversation(
                    year, "iop.elevsamtale_var", pupil, [*near(now.last), *near(now.autumn_end)]
                )
                self.conversation(
                    year, "iop.malvalgsamtale", pupil, [*near(spring.last), now.first, now.first]
                )
                self.conversation(
                    year,
                    "iop.utviklingssamtale",
                    pupil,
                    [*near(march), *near(now.on(11, 1)), now.on(1, 20)],
                )
                self.delay(year, "iop.sakkyndig_vurdering", pupil, spring.on(6, 1))
                self.delay(year, "iop.enkeltvedtak", pupil, spring.last)

    def meetings(self) -> None:
        for year in self.years:
            now = self.edges[year]
            host = [*near(now.on(9, 3)), *near(now.on(10, 1)), now.first, now.autumn_end]
            var = [*near(now.on(3, 1)), *near(now.last)]
            for klasse in [k for classes in self.classes.values() for k in classes]:
                self.class_meetings(year, "iop.foreldremote_host", klasse, host)
                self.class_meetings(year, "iop.foreldremote_var", klasse, var)

    def class_meetings(self, year: str, step: str, klasse: str, days: list[date]) -> None:
        held = {self.dice.pick(days) for _ in range(self.dice.pick((0, 1, 1, 2)))}
        for d in sorted(held):
            if d > TODAY:
                continue
            self.happened(year, step, klasse, "held", d)
            pupils = [p for p in self.pupils if klasse in self.classes_on(p, d)]
            represented = self.dice.count(0, 2 ** len(pupils) - 1)
            for number, pupil in enumerate(pupils):
                key = (year, step, pupil, "present", iso(d))
                if represented >> number & 1 and not self.has(key):
                    self.happened(year, step, pupil, "present", d)

    def has(self, key: tuple[str, ...]) -> bool:
        names = ("year", "step", "subject", "what", "on")
        return any(tuple(r[n] for n in names) == key for r in self.out["happenings"])

    def classes_on(self, pupil: str, d: date) -> set[str]:
        return {
            r["class"]
            for r in self.out["enrolments"]
            if r["pupil"] == pupil and r["from"] <= iso(d) and (not r["to"] or iso(d) <= r["to"])
        }

    def make(self) -> Tables:
        self.schools()
        self.enrol()
        self.cases()
        self.happenings()
        self.meetings()
        return {name: rows for name, rows in self.out.items() if rows}


def tables(source: "random.Random | st.DrawFn") -> Tables:
    """One network, as import tables keyed by the file's name without .csv."""
    return Maker(Dice(source)).make()


@st.composite
def networks(draw: st.DrawFn) -> Tables:
    """The same as a strategy, shrinking towards fewer pupils, schools and rows."""
    return tables(draw)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Tables, str, date | None]:
    """A network, a year (mostly the one that has both neighbours) and a day to read it on."""
    network = tables(draw)
    year = draw(st.sampled_from((YEARS[1], YEARS[1], YEARS[1], YEARS[0], YEARS[2])))
    return network, year, draw(st.sampled_from(as_ofs(network)))


def as_ofs(network: Tables) -> list[date | None]:
    """Days worth asking on: none (the default), and the boundaries before, on and after."""
    days: set[date] = set()
    for school_year in network.get("school_years", []):
        edges = Edges(
            school_year["year"],
            date.fromisoformat(school_year["first_day"]),
            date.fromisoformat(school_year["last_day"]),
            date.fromisoformat(school_year["autumn_end"] or f"{TODAY.year}-01-15"),
        )
        fixed = (edges.on(6, 1), edges.on(10, 1), edges.on(3, 1))
        days |= set(near(edges.first, edges.last, *fixed))
    return [None, *sorted(d for d in days if d <= TODAY)]


def refusals(network: Tables) -> Iterable[str]:
    """What an import would refuse, by the words of the contract: nothing in networks made here."""
    keys = {
        "schools": ("school",),
        "school_years": ("school", "year"),
        "units": ("unit",),
        "pupils": ("pupil",),
        "enrolments": ("pupil", "school", "from"),
        "assessments": ("pupil", "for_year"),
        "vedtak": ("pupil", "for_year", "decided_on"),
        "consents": ("pupil", "kind", "for_year", "on"),
        "happenings": ("year", "step", "subject", "what", "on"),
    }
    for table, key in keys.items():
        seen = set()
        for r in network.get(table, []):
            k = tuple(r[name] for name in key)
            if k in seen:
                yield f"{table}: {k} twice"
            seen.add(k)
    rows = sorted(network["enrolments"], key=lambda r: (r["pupil"], r["school"], r["from"]))
    for one, other in pairwise(rows):
        same = (one["pupil"], one["school"]) == (other["pupil"], other["school"])
        if same and (not one["to"] or one["to"] >= other["from"]):
            yield f"enrolments: {one} overlaps {other}"
    for r in rows:
        if r["to"] and r["to"] < r["from"]:
            yield f"enrolments: {r} ends before it begins"
    once: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for r in network.get("happenings", []):
        once.setdefault((r["year"], r["step"], r["subject"]), []).append(r)
        if r["on"] > iso(TODAY):
            yield f"happenings: {r} lies ahead"
    klasser = {r["unit"] for r in network["units"]}
    for (_, _, subject), group in once.items():
        whats = [r["what"] for r in group]
        final = [w for w in whats if w in ("done", "not_applicable", "held")]
        if len(final) > 1 and subject not in klasser:
            yield f"happenings: {group} more than one of done, held, not_applicable"
        invited = min((r["on"] for r in group if r["what"] == "invited"), default="9")
        yield from (
            f"happenings: {r} before an invitation"
            for r in group
            if r["what"] in ("declined", "no_reply") and r["on"] < invited
        )
