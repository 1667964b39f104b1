"""Three schools and as many cases as asked for, whose facts are registered as the days go by.

Every twelfth case is registered by the acts of the engine, which refuse what is not lawful; the
others are rows of the same days through the ledger, which is faster and leaves the same events.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from iopflow.clock import OSLO
from iopflow.engine import cases, casework
from iopflow.engine.ledger import Act, Change, insert_rows, update_rows
from iopflow.engine.opening import open_needed, open_year
from iopflow.models import Answer, ConsentKind, MoveKind, Outcome, Pupil, UnitKind
from iopflow.queries.places import schools
from iopflow.schoolyear import Year
from tests.factories import RULES, Lia, act, lia

SERVED = 2027
DAY = timedelta(days=1)
BY_ENGINE = 12  # one case of so many
IN_CLASS = 8
FIRST_NAMES = ("Zoëlle", "Ødegjerd", "Xaverius", "Þórdís", "Quirine", "Åzmund", "شيماء")
LAST_NAMES = ("Qvistgaard", "Zwartsen", "Ünalson", "Xylander", "Wøllersjø")
AT = ("lia", "fjell", "nes")
REKTORS = {"rita", "fredrik", "nora"}


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """Something that is registered of a case: on which day, its place in the case, and what."""

    on: date
    number: int
    order: int
    kind: str
    values: tuple[tuple[str, Any], ...] = ()


@dataclass(slots=True)
class CaseYear:
    """The world: its pupils by number in the database, and what is still to be registered."""

    owner_id: int
    pupils: list[int]
    names: set[str]  # of the pupils; with their codes and classes what no mail may hold
    coming: list[Fact]
    rows: dict[tuple[int, str], int] = field(default_factory=dict)
    known: dict[int, dict[str, Any]] = field(default_factory=dict)

    def register(self, session: Session, until: date, today: date) -> int:
        """Registers what is dated to a day or before. Returns how many facts."""
        now = [one for one in self.coming if one.on <= until]
        self.coming = [one for one in self.coming if one.on > until]
        done = Act("test", datetime.combine(today, time(6), OSLO).astimezone(UTC))
        opened = set()
        for one in now:
            if one.number % BY_ENGINE == 0:
                self._by_engine(session, one, today, done)
            else:
                self._as_row(session, one, today, done)
                if one.kind in ("need", "vedtak"):  # what tasks follow from
                    opened.add(self.pupils[one.number])
        if opened:
            open_needed(
                session,
                RULES,
                owner_id=self.owner_id,
                years=[Year(SERVED)],
                act=done,
                pupil_ids=sorted(opened),
            )
        return len(now)

    def _by_engine(self, session: Session, one: Fact, today: date, done: Act) -> None:
        pupil = session.get_one(Pupil, self.pupils[one.number])
        case, values = cases.case_of(session, RULES, pupil, Year(SERVED)), dict(one.values)
        known: dict[str, Any] = {"today": today, "act": done}
        match one.kind:
            case "need":
                cases.need(session, RULES, case, since=one.on, **known)
            case "assessment":
                cases.assessment(session, RULES, case, values, **known)
            case "consent":
                cases.consent(session, RULES, case, on=one.on, **values, **known)
            case "move":
                kind = values.pop("kind")
                casework.move(session, case, kind, on=one.on, **values, **known)
            case "vedtak":
                decided, outcome = values.pop("decided_on"), values.pop("outcome")
                more = {"decided": decided, "outcome": outcome}
                cases.vedtak(session, RULES, case, values, **more, **known)

    def _as_row(self, session: Session, one: Fact, today: date, done: Act) -> None:
        pupil, values = self.pupils[one.number], dict(one.values)
        base: dict[str, Any] = {"owner_id": self.owner_id, "pupil_id": pupil, "year": SERVED}
        base |= {"recorded_on": today, "recorded_at": done.at}
        table = {"need": "assessment", "move": "case_move"}.get(one.kind, one.kind)
        at = (one.number, table)
        if at in self.rows and table in ("assessment", "vedtak"):
            change = Change(self.rows[at], {}, values, self.owner_id, pupil)
            update_rows(session, table, [change], done)
            return
        own = {"need": {"needed_since": one.on}, "vedtak": {}}.get(one.kind, {"on_day": one.on})
        (self.rows[at],) = insert_rows(session, table, [base | own | values], done)


def world(session: Session, count: int, seed: int = 27) -> CaseYear:
    """Three schools with as many cases; half of the pupils have a vedtak for this year."""
    chance = random.Random(seed)  # noqa: S311 - no secret: the same world each time
    cast = lia(session)
    _more_places(cast)
    pupils, names = [], set()
    for number in range(count):
        school, key = AT[number % 3], f"zz-{number:03}"
        pupils.append(cast.pupil(key, school, _class(cast, school, number), grade=3))
        name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
        names |= {key, *name.split()}
        other, protected = chance.random() < 0.12, chance.random() < 0.08
        session.connection().execute(
            text(
                "UPDATE pupil SET name = :name, home_municipality = :home, protected = :protected,"
                " birth_month = '2018-03' WHERE key = :key"
            ),
            {"name": name, "home": "Fjernvik" if other else None, "protected": protected}
            | {"key": key},
        )
        if chance.random() < 0.5:
            _this_year(cast, key)
    names |= {key for key in cast.ids if key.endswith("Zq")}
    cast.session.connection().execute(text("UPDATE person SET email = key || '@example.no'"))
    cast.session.connection().execute(text("UPDATE school SET live_from = '2026-08-01'"))
    for year in (2026, 2027):
        open_year(session, RULES, Year(year), schools(session), act=act())
    facts = [fact for number in range(count) for fact in _case(chance, number)]
    return CaseYear(cast.owner_id, pupils, names, sorted(facts))


def _this_year(cast: Lia, key: str) -> None:
    """The whole case for the year that is played, from the spring before."""
    days = {"referred_on": date(2026, 2, 1), "complete_on": date(2026, 2, 10)}
    cast.need(key, 2026, received_on=date(2026, 5, 5), **days)
    cast.consent(key, "utredning", year=2026, on=date(2026, 1, 20))
    cast.consent(key, "vedtak", year=2026, on=date(2026, 5, 20))
    cast.vedtak(key, 2026, notified_on=date(2026, 6, 11), arrived_on=date(2026, 6, 15))


def _more_places(cast: Lia) -> None:
    """Nes skole with an avdeling of its own, rektor of the others, and a head of PPT for all."""
    nes = cast.ids["nes"] = cast.add(
        "school", key="nes", name="Nes skole", municipality="Eikedal", language="nb"
    )
    for year in range(2024, 2028):
        first, last = date(year, 8, 17), date(year + 1, 6, 18)
        days = {"planning_day": date(year, 8, 12), "first_day": first, "last_day": last}
        cast.add("school_year", school_id=nes, year=year, **days)
    cast.ids["tun"] = cast.add(
        "unit", key="tun", school_id=nes, name="Tunet", kind=UnitKind.AVDELING
    )
    cast.grant("hanne", "avdelingsleder", "unit", "tun")
    cast.grant("fredrik", "rektor", "school", "fjell")
    cast.grant("nora", "rektor", "school", "nes")
    cast.ids["ppt"] = cast.add("ppt_office", key="ppt", name="PPT", municipality="Eikedal")
    cast.grant("petra", "ppt_leder", "ppt", "ppt")


def _class(cast: Lia, school: str, number: int) -> str:
    """The class of a pupil, with a teacher of its own."""
    key = f"{school[0].upper()}{number // (3 * IN_CLASS)}Zq"
    if key not in cast.ids:
        parent = {"lia": "smatrinn", "nes": "tun"}.get(school)
        cast.ids[key] = cast.add(
            "unit",
            key=key,
            name=key,
            school_id=cast.ids[school],
            kind=UnitKind.KLASSE,
            parent_id=cast.ids[parent] if parent else None,
        )
        cast.grant(f"t-{len(cast.ids)}", "kontaktlaerer", "unit", key)
    return key


@dataclass(slots=True)
class _Making:
    """A case while its facts are made up, one after the other."""

    chance: random.Random
    number: int
    day: date
    facts: list[Fact] = field(default_factory=list)

    def then(self, least: int, most: int) -> "_Making":
        """Some days go by."""
        self.day += self.chance.randint(least, most) * DAY
        return self

    def add(self, what: str, **values: Any) -> None:
        """Something is registered."""
        fact = Fact(self.day, self.number, len(self.facts), what, tuple(values.items()))
        self.facts.append(fact)

    def move(self, kind: MoveKind, note: str | None = None) -> None:
        self.add("move", kind=kind, note=note)

    def consent(self, kind: ConsentKind, refused: float) -> bool:
        """The answer, and whether the case goes on."""
        no = self.chance.random() < refused
        self.add("consent", kind=kind, answer=Answer.REFUSED if no else Answer.GIVEN)
        return not no


def _case(chance: random.Random, number: int) -> Sequence[Fact]:
    """The facts of one case, each some days after the one before it."""
    case = _Making(chance, number, date(2026, 8, 20) + chance.randint(0, 200) * DAY)
    case.add("need")
    case.then(1, 10).move(MoveKind.ASKED_UTREDNING)
    if not case.then(1, 14).consent(ConsentKind.UTREDNING, 0.06):
        return case.facts
    case.then(1, 20).add("assessment", referred_on=case.day)
    if chance.random() < 0.25:
        case.then(5, 15).move(MoveKind.SENT_BACK, "rapport mangler")
        case.then(5, 20).move(MoveKind.SUPPLIED)
    case.then(1, 10).add("assessment", complete_on=case.day)
    if chance.random() < 0.08:
        return case.facts  # never delivered
    case.then(30, 130)
    case.add("assessment", received_on=case.day, valid_to=date(SERVED + 1, 7, 31))
    case.then(1, 7).move(MoveKind.ASKED_VEDTAK)
    if case.then(1, 14).consent(ConsentKind.VEDTAK, 0.05):
        _decided(case.then(1, 60))
    return case.facts


def _decided(case: _Making) -> None:
    """The vedtak, then its notification and arrival."""
    if case.chance.random() < 0.08:
        more: dict[str, Any] = {"reason": "dekkes av ordinær opplæring", "departs": False}
        decided = {"decided_on": case.day, "outcome": Outcome.REFUSED}
    else:
        starts = max(case.day, date(SERVED, 8, 1))
        more = {"valid_from": starts, "valid_to": date(SERVED + 1, 7, 31), "departs": False}
        decided = {"decided_on": case.day, "outcome": Outcome.GRANTED}
    case.add("vedtak", **decided, **more)
    case.then(0, 3).add("vedtak", **decided, notified_on=case.day)
    case.then(2, 5).add("vedtak", **decided, arrived_on=case.day)
