"""Whom to log in as and what to look at: what the introduction of the demo prints."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from iopflow.demo import cast
from iopflow.demo.cast import Person
from iopflow.demo.ledger import Ledger
from iopflow.demo.members import World
from iopflow.demo.schools import NETWORK, OWNER, SPECIAL, UNIT
from iopflow.schoolyear import Year
from iopflow.texts import _


@dataclass(frozen=True)
class Login:
    """Somebody to log in as: the id, the role at its place, and in one line why."""

    person: str
    name: str
    role: str
    at: str
    why: str


@dataclass(frozen=True)
class DemoFacts:
    """What the demo command tells after the import.

    `year` is the school year in progress; `live_from` the day from which the schools answer for
    their duties in iopflow (go-live); `examples` ids worth trying, by word; `rows` how many rows
    each table has.
    """

    owner: str
    network: str
    year: Year
    live_from: date
    logins: tuple[Login, ...]
    examples: Mapping[str, str]
    rows: Mapping[str, int]


def tell(world: World, ledger: Ledger, today: date, rows: Mapping[str, int]) -> DemoFacts:
    """The facts for a day."""
    return DemoFacts(
        owner=OWNER,
        network=NETWORK,
        year=Year(world.base),
        live_from=_live_from(world.base, today),
        logins=tuple(_logins(world, today)),
        examples=_examples(world, ledger, today),
        rows=rows,
    )


def _live_from(base: int, today: date) -> date:
    # Right after the summer the spring's unfinished work is what there is to look at.
    return date(base, 8, 1) if today >= date(base, 10, 1) else date(base, 4, 1)


def _offers() -> tuple[tuple[Person, str, str], ...]:
    """The person, the role, and why it is worth a look."""
    return (
        (
            cast.MALFRID,
            "kontaktlaerer",
            _("kontaktlærer for {place} på spesialskolen, har nesten alltid alt i rute"),
        ),
        (
            cast.MORGAN,
            "kontaktlaerer",
            _("kontaktlærer for {place} på den store skolen, har mye som venter"),
        ),
        (
            cast.FRIDA,
            "avdelingsleder",
            _("avdelingsleder på {place}, følger opp fire klasser og samtykkene"),
        ),
        (
            cast.RAGNA,
            "rektor",
            _("rektor på spesialskolen, fatter vedtak og ser tallene bli bedre år for år"),
        ),
        (
            cast.SANDER,
            "kontaktlaerer",
            _("kontaktlærer for {place} på spesialskolen, ligger litt etter"),
        ),
        (cast.STYRK, "rektor", _("rektor på den store skolen, der avdelingene er ulike")),
        (
            cast.SOLVEIG,
            "rektor",
            _("rektor på øyskolen med tolv elever, og avdelingsleder der også"),
        ),
        (
            cast.VIGGO,
            "kontaktlaerer",
            _("vikar i {place} fra midten av oktober til jul, ser klassen bare så lenge"),
        ),
        (
            cast.SYNNE,
            "ppt_radgiver",
            _("PPT-rådgiver, ser bare henviste elever og bare utredningen"),
        ),
        (
            cast.PIA_PAULA,
            "ppt_leder",
            _("PPT-leder i nabokommunen, som også har elever på spesialskolen"),
        ),
        (
            cast.TELLEF,
            "ikit_koordinator",
            _("koordinator i nettverket, ser tall fra alle skolene og ingen elever"),
        ),
        (cast.EIVOR, "skoleeier", _("skoleeier, ser tall der de minste er skjult")),
        (
            cast.ARVID,
            "skoleadministrasjon",
            _("skoleadministrasjon, importerer og ruller over året"),
        ),
        (cast.ODD, "admin", _("administrator, drifter uten å se elevnavn")),
    )


def _logins(world: World, today: date) -> Iterator[Login]:
    """Those of the cast who hold their role today; a substitute is there for some weeks only."""
    for person, role, why in _offers():
        places = [
            grant.at
            for grant in world.staff.grants
            if grant.person is person
            and grant.role == role
            and grant.starts <= today <= (grant.ends or today)
        ]
        if places:
            unit = UNIT.get(places[0].removeprefix("unit:"))
            place = unit.name if unit else ""
            yield Login(person.key, person.name, role, places[0], why.format(place=place))


def _examples(world: World, ledger: Ledger, today: date) -> dict[str, str]:
    """Ids by word: pupils with a story, a class and a step."""
    invited = {
        row.subject
        for row in ledger.rows
        if row.step == "iop.utviklingssamtale" and row.year == world.base and row.on <= today
    }
    found = {"school": SPECIAL, "class": "t-blaklokke", "step": "iop.arsevaluering"}
    for case in world.cases.all:
        dragged = (
            case.year == world.base
            and case.school == SPECIAL
            and case.received_on is not None
            and case.received_on > date(world.base, 6, 15)
            and case.decided_on is not None
            and case.decided_on > world.ruter[SPECIAL].first(world.base)
        )
        if dragged:
            found.setdefault("pupil_late_assessment", case.pupil.key)
    for row in ledger.rows:
        special = row.subject.startswith("t-")
        if special and row.what == "declined" and row.on <= today and row.year >= world.base:
            found.setdefault("pupil_declined", row.subject)
    for pupil in world.pupils:
        if pupil.stay_on(today) is None:
            continue
        if pupil.protected and pupil.need:
            found.setdefault("pupil_protected", pupil.key)
        if pupil.story == "mover":
            found.setdefault("pupil_moved", pupil.key)
        if pupil.story.startswith("late_"):
            found.setdefault("pupil_arrived_late", pupil.key)
        if pupil.class_on(today) == "t-blaklokke":
            # Somebody who is still to be invited, so that there is something to do.
            if pupil.key not in invited:
                found["pupil"] = pupil.key
            found.setdefault("pupil", pupil.key)
    return found
