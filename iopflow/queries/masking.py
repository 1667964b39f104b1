"""Small numbers are not shown outside those who know the pupils: their school or avdeling."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from iopflow.indicators import INDICATORS
from iopflow.models import Unit
from iopflow.queries.access import Viewer
from iopflow.roles import Action, Place
from iopflow.texts import _

# Udir and Skoleporten hide results that rest on so few pupils that they may be recognised.
FEWEST = 5
# The sum that each half is in, and each sum itself.
SUMMED = {code: one.code for one in INDICATORS for code in (*one.parts, one.code) if one.parts}
# All that hang together with each of these: the sum and its halves.
FAMILY = {
    code: [one for one, of in SUMMED.items() if of == whole] for code, whole in SUMMED.items()
}
NUMBERS = frozenset(
    {
        "numerator",
        "denominator",
        "rate",
        "done_late",
        "open",
        "unknown",
        "justified",
        "recorded_after",
        "invited",
        "declined",
        "no_reply",
        "cancelled",
        "not_invited",
        "mangler_sv",
        "not_possible",
    }
)


def is_few(n: float | Decimal) -> bool:
    """Whether they are so few that they are recognised: one to four. Nobody is not few."""
    return 0 < n < FEWEST


# The number of the school in an entry, for `mask` alone: the id of a school is its owner's own, and
# two owners of a network may use the same. It is taken out of what is shown.
OF = "school_id"
# What a figure tells beside its numerator and denominator: each group is shown whole or not at all.
SPLIT = ("done_late", "open", "unknown")
TALKS = ("invited", "declined", "no_reply", "cancelled", "not_invited")
GROUPS: tuple[tuple[str, ...], ...] = (
    SPLIT,
    TALKS,
    ("justified",),
    ("recorded_after",),
    ("mangler_sv",),
    ("not_possible",),
)
PARTS = tuple(name for names in GROUPS for name in names)

_Key = tuple[Any, ...]
_Entry = dict[str, Any]


def mask(
    session: Session, viewer: Viewer, entries: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The entries of figures as the viewer may see them.

    One that rests on one to four pupils loses its numbers, says so in `problem` and has `masked`
    true, unless the viewer leads the school or the unit it is about. So do those of the same answer
    from which it could be told. Of the others it is shown how many of how many, but not how one to
    four of them divide.
    """
    shown = [dict(entry) for entry in entries]
    _hide_parts(_hide_few(_not_led(session, viewer, shown)))
    return _plain(shown)


def _plain(shown: Sequence[_Entry]) -> list[_Entry]:
    """The entries without what was there for the judging alone."""
    return [{name: value for name, value in entry.items() if name != OF} for entry in shown]


def _hide_few(others: Sequence[_Entry]) -> list[_Entry]:
    """Hides the figures of few pupils, and those that tell them; the figures that are left."""
    divided = _divided(others)
    small = [entry for entry in others if _small(entry)]
    tied = {key for entry in small for key in _ties(entry, divided)}
    for whole, part in _halves(others):
        if _leaves_few(whole, part):
            tied |= _ties(whole, divided) & _ties(part, divided)
    for entry in small:
        _hide(entry, _("under {n} elever: tallet vises ikke").format(n=FEWEST))
    left = [entry for entry in others if not entry.get("masked")]
    for entry in _tied(left, tied, divided):
        _hide(entry, _("ville vist et tall på under {n} elever").format(n=FEWEST))
    return [entry for entry in left if not entry.get("masked")]


def _divided(entries: Iterable[_Entry]) -> set[_Key]:
    """The places of which there are classes or units."""
    return {_place(entry) for entry in entries if entry["unit"] is not None}


def _tied(entries: Sequence[_Entry], keys: set[_Key], divided: Container[Any]) -> list[_Entry]:
    """Those of the entries that have one of the ties, and those that tie with them in turn: what is
    hidden for another's sake is told by its own ties as well.
    """
    tied, left, all_found = set(keys), list(entries), []
    while found := [entry for entry in left if not tied.isdisjoint(_ties(entry, divided))]:
        left = [entry for entry in left if tied.isdisjoint(_ties(entry, divided))]
        tied |= {key for entry in found for key in _ties(entry, divided)}
        all_found += found
    return all_found


def _not_led(session: Session, viewer: Viewer, shown: Sequence[_Entry]) -> list[_Entry]:
    """The figures that there are of schools and units that the viewer does not lead."""
    if viewer.is_everyone:
        return []
    schools = viewer.at(Place.SCHOOL, Action.FIGURES)
    units = _units(session, viewer.at(Place.UNIT, Action.FIGURES))
    return [
        entry
        for entry in shown
        if entry.get(OF) not in schools
        and (entry.get(OF), entry["unit"]) not in units
        and entry["denominator"] is not None
    ]


def _units(session: Session, at: Collection[int]) -> set[tuple[int, str]]:
    """The units that are led, by school and id."""
    if not at:
        return set()
    led = or_(col(Unit.id).in_(at), col(Unit.parent_id).in_(at))
    rows = session.execute(select(col(Unit.school_id), col(Unit.key)).where(led))
    return {(row.school_id, row.key) for row in rows}


def _halves(entries: Iterable[_Entry]) -> list[tuple[_Entry, _Entry]]:
    """Each sum with each of its halves, of whatever counting date: the sum less the half is the
    other one, whether it is in the answer or not.
    """
    found: dict[_Key, list[_Entry]] = {}
    for entry in entries:
        if entry["indicator"] in SUMMED:
            key = (SUMMED[entry["indicator"]], entry["unit"], *_place(entry))
            found.setdefault(key, []).append(entry)
    return [
        (whole, part)
        for family in found.values()
        for whole in family
        if SUMMED[whole["indicator"]] == whole["indicator"]
        for part in family
        if part["indicator"] != whole["indicator"]
    ]


def _leaves_few(whole: _Entry, part: _Entry) -> bool:
    """Whether one to four pupils are left of a sum when a half is taken from it."""
    counted: int = whole["denominator"] - part["denominator"]
    return is_few(counted) or is_few(_everyone(whole) - _everyone(part))


def _hide_parts(entries: Sequence[_Entry]) -> None:
    """Hides how figures divide where a part is of one to four pupils: in every figure that ties
    with it, since what a sum leaves is told by its other parts.
    """
    divided, halves = _divided(entries), _halves(entries)
    hidden = [(names, _parted(entries, names, divided, halves)) for names in GROUPS]
    for names, some in hidden:  # all are judged by what stands there before any is hidden
        for entry in some:
            entry |= dict.fromkeys(names)


def _parted(
    entries: Iterable[_Entry],
    names: tuple[str, ...],
    divided: Container[Any],
    halves: Iterable[tuple[_Entry, _Entry]],
) -> list[_Entry]:
    """The entries that do not show a group of numbers."""
    some = [entry for entry in entries if all(name in entry for name in names)]
    few = [entry for entry in some if _part_is_few(entry, names)]
    tied = {key for entry in few for key in _ties(entry, divided)}
    for whole, part in halves:
        if any(
            is_few(whole[name] - part[name]) for name in names if name in whole and name in part
        ):
            tied |= _ties(whole, divided) & _ties(part, divided)
    return [*few, *_tied(some, tied, divided)]


def _part_is_few(entry: _Entry, names: tuple[str, ...]) -> bool:
    """Whether a group of numbers tells of one to four: by itself, or by what it leaves."""
    counted, rest = entry["denominator"], entry["denominator"] - entry["numerator"]
    if names == SPLIT:
        return any(is_few(entry[name]) for name in SPLIT)
    if names == TALKS:
        became = [entry[name] for name in TALKS if name != "invited"]
        all_of = (*became, entry["invited"], counted - sum(became))
        return any(map(is_few, all_of)) or _part_is_few(entry, SPLIT)
    (name,) = names
    said: int = entry[name]
    of = {
        "justified": (rest, entry["done_late"] + entry["open"]),
        "recorded_after": (entry["numerator"],),
    }
    return said > 0 and any(map(is_few, (said, *(n - said for n in of.get(name, (counted,))))))


def mask_network(
    session: Session,
    viewer: Viewer,
    totals: Iterable[Mapping[str, Any]],
    by_school: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The sums of a network as the viewer may see them; `by_school` is what they are the sums of.

    Whoever sees a sum may ask school by school too: a sum is shown where each of its schools is,
    and so is how it divides.
    """
    shown = _plain([dict(total) for total in totals])
    schools = mask(session, viewer, by_school)
    hidden = {one["indicator"] for one in schools if one.get("masked")}
    lacks = {
        (one["indicator"], name)
        for one in schools
        for name in PARTS
        if not one.get("problem") and one.get(name, 0) is None
    }
    for total in shown:
        if total["denominator"] is None:
            continue
        if total["indicator"] in hidden:
            _hide(total, _("en skole har under {n} elever: summen vises ikke").format(n=FEWEST))
        else:
            total |= {name: None for name in total if (total["indicator"], name) in lacks}
    return shown


def _hide(entry: dict[str, Any], why: str) -> None:
    entry |= {name: None for name in entry if name in NUMBERS}
    entry["excluded"] = {}
    entry["problem"] = why
    entry["masked"] = True


def _ties(entry: Mapping[str, Any], divided: Container[Any]) -> set[_Key]:
    """With which others of an answer it adds up: one that is left out could be told from the rest.

    A sum with its halves, and the classes or units of a school, with those who have none.
    """
    found: set[_Key] = set()
    if entry["indicator"] in SUMMED:
        found.add(("sum", SUMMED[entry["indicator"]], entry["unit"], *_place(entry)))
    if _place(entry) in divided:
        found.add(("units", entry["indicator"], *_place(entry)))
    return found


def _place(entry: Mapping[str, Any]) -> _Key:
    """The school and year: a sum and its halves are of the same pupils at whatever counting date
    and in whatever revision each was frozen.
    """
    return tuple(entry.get(name) for name in (OF, "network", "school", "year"))


# What a summary of delays divides the pupils by: shown whole, or not at all.
TABLES = ("bands", "open_bands", "by_court", "late_days_by_court", "by_cause", "chain")
ALONE = (
    "missed",
    "still_open",
    "without_cause",
    "without_evidence",
    "announced",
    "data_errors",
    "rate_justified",
    "rate_late",
)
ONE_PUPIL = ("least", "median", "most")  # the number of one pupil


def mask_delays(
    session: Session,
    viewer: Viewer,
    entries: Iterable[Mapping[str, Any]],
    *,
    beside: Iterable[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """The summaries of delays as the viewer may see them: where the figure is masked, nothing.

    Where it is not, those who do not lead the school see a number or a table only when every part
    of it, and what is left when it is taken from another, is of five pupils or of none. `beside`
    are figures that may be asked for too, from which these could be told.
    """
    plain = [dict(entry) for entry in entries]
    if viewer.is_everyone:
        return _plain(plain)
    schools = viewer.at(Place.SCHOOL, Action.FIGURES)
    shown = mask(session, viewer, [*plain, *beside])[: len(plain)]
    for entry, own in zip(shown, plain, strict=True):
        if own.get(OF) in schools or own["denominator"] is None:
            continue
        if entry.get("masked"):
            entry |= dict.fromkeys((*TABLES, *ALONE, *ONE_PUPIL))
            continue
        names = {*ONE_PUPIL, "late_days_by_court", *_untold(own, entry)}
        entry |= {name: None for name in entry if name in names}
    return shown


# What a forecast adds to the numbers of a figure.
FORESEEN = ("lost", "worst", "low", "expected", "high", "best", "followed", "own", "days_left")


def mask_forecasts(
    session: Session, viewer: Viewer, entries: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The forecasts as the viewer may see them: where the figure would be masked, nothing."""
    shown = [dict(entry) for entry in entries]
    _hide_few(_not_led(session, viewer, shown))  # what is still open is what a forecast is of
    for entry in shown:
        if entry.get("masked"):
            entry |= dict.fromkeys(FORESEEN)
            entry["few"] = False
    return _plain(shown)


def _untold(entry: Mapping[str, Any], shown: Mapping[str, Any]) -> set[str]:
    """The numbers and tables of a summary that tell of one to four pupils; `shown` is what is told
    of the figure itself.
    """
    missed: int = entry["missed"]
    rest: int = entry["denominator"] - entry["numerator"]
    late: int = entry["done_late"] + entry["open"]
    hidden = {name for name in TABLES if any(map(is_few, _parts(entry, name)))}
    if is_few(entry["announced"]):
        hidden.add("announced")
    if shown["justified"] is None:
        hidden.add("rate_justified")
    if shown["done_late"] is None:
        hidden.add("rate_late")
    # The bands, the courts and the causes sum to the missed, so they go with it.
    left = [missed, rest - missed, entry["data_errors"]]
    left += [] if shown["open"] is None else [late - missed]
    if any(map(is_few, left)):
        return hidden | {*TABLES, *ALONE} - {"announced", "rate_justified", "rate_late"}
    if is_few(rest - missed - entry["data_errors"]):
        hidden.add("data_errors")
    return hidden | _untold_bands(entry, shown) | _untold_causes(entry) | _untold_chain(entry)


def _untold_bands(entry: Mapping[str, Any], shown: Mapping[str, Any]) -> set[str]:
    """Those still missing, and the bands: the missed less one of them are the other."""
    missed, still = entry["missed"], entry["still_open"]
    came = missed - still
    left = [still, came]
    if shown["open"] is not None:
        left += [entry["open"] - still, entry["done_late"] - came]
    return {"still_open", "bands", "open_bands"} if any(map(is_few, left)) else set()


def _untold_causes(entry: Mapping[str, Any]) -> set[str]:
    """The causes: each less the missed, and all of them, are those of another cause or of none."""
    missed, without = entry["missed"], entry["without_cause"]
    unproven, given = entry["without_evidence"], _parts(entry, "by_cause")
    hidden = set()
    proven = missed - without - unproven
    if is_few(without) or is_few(missed - without):
        hidden |= {"without_cause", "by_cause"}
    if any(is_few(n) for n in (unproven, missed - unproven, proven, proven - entry["justified"])):
        hidden.add("without_evidence")
    if any(is_few(missed - n) for n in (*given, sum(given)) if given):
        hidden.add("by_cause")
    return hidden


def _untold_chain(entry: Mapping[str, Any]) -> set[str]:
    """The links of the chain: each is a part of the one before it, the last two of the same one."""
    links = entry.get("chain") or {}
    if not links:
        return set()
    first, second = links["assessment"], links["vedtak"]
    last = [n for n in (links["stopped"], links["late_iop"]) if n is not None]
    left = (first - second, *(second - n for n in last), second - sum(last))
    return {"chain"} if any(map(is_few, left)) else set()


def _parts(entry: Mapping[str, Any], name: str) -> list[int]:
    return [n or 0 for n in (entry.get(name) or {}).values()]


def _small(entry: Mapping[str, Any]) -> bool:
    """Whether one to four pupils are counted, or are all that there are with those left out."""
    counted: int = entry["denominator"]
    return is_few(counted) or is_few(_everyone(entry))


def _everyone(entry: Mapping[str, Any]) -> int:
    """All that a figure is about: those counted, and those left out."""
    counted: int = entry["denominator"] + sum(entry["excluded"].values())
    return counted


def few_reasons(entry: Mapping[str, Any], family: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """For which reasons one to four are left out of a figure, or of what a half leaves of it.

    `family` are the entries of a sum and its halves, by code: what is hidden of one is to be hidden
    of all, since they add up.
    """
    own = entry["excluded"] or {}
    parts = [
        family[one]["excluded"] or {} for one in FAMILY.get(entry["indicator"], ()) if one in family
    ]
    is_sum = SUMMED.get(entry["indicator"]) == entry["indicator"]
    return {
        why
        for why, n in own.items()
        if is_few(n) or (is_sum and any(is_few(n - part.get(why, 0)) for part in parts))
    }
