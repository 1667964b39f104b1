"""The case of one pupil for 2026-27 as a school would keep it on paper: the model of the machine.

Written from the law and the life of a case; it knows nothing of the product's rules or tables.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

DAY = timedelta(days=1)
WORDS = """measures no_need need asked_utredning yes_utredning no_utredning referred sent_back
 supplied complete received asked_vedtak yes_vedtak no_vedtak granted partly refused notified
 arrived interim_reply begins renewal renewing ends ends_closed closed left"""
ORDER = WORDS.split()  # in which things of one day are taken
EARLY, SEEKING = "ordinary measures not_needed ", "needed asked_utredning consented_utredning "
AT_PPT, DECIDING = "referred incomplete sv_work ", "sv_received asked_vedtak consented_vedtak "
UNTOLD, STANDS = "granted partly ", "granted partly notified in_force renewal_due "
NO, REFUSED, LIVE = "no_consent ", "refused refusal_notified ", "not closed moved"
# What happens: from which states to which ("" stays); the first is also where it leads out of turn.
WAYS: dict[str, list[tuple[str, str]]] = {
    "measures": [("ordinary measures", "measures")],
    "no_need": [(EARLY + "needed asked_utredning", "not_needed")],
    "need": [("not closed moved no_consent " + SEEKING + AT_PPT + DECIDING, "needed"), (LIVE, "")],
    "asked_utredning": [
        ("needed asked_utredning " + NO, "asked_utredning"),
        ("consented_utredning " + AT_PPT, ""),
    ],
    "yes_utredning": [(EARLY + "needed asked_utredning " + NO, "consented_utredning"), (LIVE, "")],
    "no_utredning": [(EARLY + SEEKING + AT_PPT + NO, "no_consent"), (LIVE, "")],
    "referred": [(EARLY + SEEKING + NO + "consented_vedtak", "referred")],
    "sent_back": [(AT_PPT, "incomplete")],
    "supplied": [("incomplete", "referred")],
    "complete": [(AT_PPT, "sv_work")],
    "received": [(AT_PPT + NO + "consented_utredning consented_vedtak", "sv_received")],
    "asked_vedtak": [(EARLY + SEEKING + DECIDING + NO + REFUSED + "lapsed", "asked_vedtak")],
    "yes_vedtak": [
        (EARLY + DECIDING + NO + REFUSED + "lapsed", "consented_vedtak"),
        ("consent_withdrawn", "notified"),
        (LIVE, ""),
    ],
    "no_vedtak": [
        (EARLY + SEEKING + AT_PPT + DECIDING + NO, "no_consent"),
        (STANDS + "consent_withdrawn", "consent_withdrawn"),
        (LIVE, ""),
    ],
    **{outcome: [(LIVE, outcome)] for outcome in ("granted", "partly", "refused")},
    "notified": [
        (UNTOLD + "notified", "notified"),
        (REFUSED, "refusal_notified"),
        ("in_force renewal_due consent_withdrawn lapsed " + DECIDING, ""),
    ],
    "arrived": [("not", "")],
    "interim_reply": [(SEEKING + AT_PPT + DECIDING, "")],
    "begins": [(UNTOLD + "notified lapsed no_consent", "in_force"), ("not", "")],
    "renewal": [(STANDS, "renewal_due"), ("not", "")],
    "renewing": [("renewal_due", "in_force"), ("not", "")],
    "ends": [(STANDS + "consent_withdrawn", "lapsed"), ("not", "")],
    "ends_closed": [(STANDS + "consent_withdrawn lapsed", "closed"), ("not", "")],
    "closed": [(LIVE, "closed")],
    "left": [("not closed moved " + EARLY, "moved"), ("not", "")],
}
SCHOOL = """measures needed consented_utredning incomplete sv_received consented_vedtak granted
 partly refused renewal_due consent_withdrawn lapsed"""
TURN = dict.fromkeys(SCHOOL.split(), "skole") | {
    "asked_utredning": "foresatte",
    "asked_vedtak": "foresatte",
    "referred": "ppt",
    "sv_work": "ppt",
}


@dataclass
class Paper:
    """The sheets: the need and its days, answers, decisions, notes, pauses, and the next year."""

    need: dict[str, date] = field(default_factory=dict)
    answers: dict[tuple[str, date], dict[str, Any]] = field(default_factory=dict)
    vedtak: dict[date, dict[str, Any]] = field(default_factory=dict)
    notes: dict[tuple[str, date], str | None] = field(default_factory=dict)
    pauses: dict[date, tuple[str, date | None]] = field(default_factory=dict)
    next_days: set[date] = field(default_factory=set)  # no need for the next year
    next_need: date | None = None
    left: date | None = None

    def copy(self) -> "Paper":
        return deepcopy(self)

    def answer(self, kind: str, on: date) -> bool:
        told = {day: one["given"] for (of, day), one in self.answers.items() if of == kind}
        return bool(told.get(max((day for day in told if day <= on), default=date.min), False))

    def happened(self) -> list[tuple[date, str, Any]]:
        found: list[tuple[date, str, Any]] = [(on, kind, "need") for kind, on in self.need.items()]
        received = self.need.get("received", date.min)
        for (kind, on), one in self.answers.items():
            used = any(on <= made < received for made in self.vedtak)
            moved = kind == "vedtak" and one["given"] and on < received and not used
            after = any(of == kind and on < day <= received for of, day in self.answers)
            when = received if moved and not after else on
            found.append((when, f"{'yes' if one['given'] else 'no'}_{kind}", (kind, on)))
        for on, one in self.vedtak.items():
            days = {kind: one[kind] for kind in ("notified", "arrived") if one.get(kind)}
            found += [(day, kind, on) for kind, day in ({one["outcome"]: on} | days).items()]
            found += [(day, kind, None) for day, kind in self.by_time(on, one)]
        found += [(on, kind, (kind, on)) for kind, on in self.notes]
        found += [(self.left + DAY, "left", None)] if self.left else []
        return sorted(found, key=lambda one: (one[0], ORDER.index(one[1])))

    def by_time(self, decided: date, one: dict[str, Any]) -> Iterator[tuple[date, str]]:
        if one["outcome"] == "refused":
            return
        last, begins = one["last"], max(one["first"], decided)
        said = sorted(
            (day, told["given"]) for (of, day), told in self.answers.items() if of == "vedtak"
        )
        anew = [b for (a, no), (b, yes) in pairwise(said) if yes and not no and a >= decided]
        anew += [
            day
            for (of, day), told in self.answers.items()
            if of == "utredning" and not told["given"] and day >= decided
        ]
        yield from ((day, "begins") for day in [begins, *(d for d in anew if begins < d <= last)])
        after = max(last + DAY, decided)
        counts = last < date(2028, 7, 31)  # what serves 2027-28 serves the time after
        dropped = min(self.next_days, default=None) if counts else None
        grants = [(d, v) for d, v in self.vedtak.items() if v["outcome"] != "refused"]
        if after not in {max(v["first"], d, after) for d, v in grants if v["last"] >= after}:
            yield from [(after, "ends")] if dropped is None or dropped > after else []
            yield from [(max(dropped, after), "ends_closed")] if dropped else []
        due = max(months_before(last), decided)
        begun = min([*self.next_days, self.next_need or date.max]) if counts else date.max
        if begun > due and not any(d <= due and v["last"] > last for d, v in grants):
            yield from (
                (d, "renewal") for d in [due, *(d for d in anew if due < d <= last and d < begun)]
            )
            yield from [(begun, "renewing")] if begun < date.max else []

    def wrong(self, kind: str, on: date, what: Any) -> set[str]:
        """What is against the law, by paragraph, or against a local rule, by its words."""
        found = set()
        one = self.vedtak.get(what, {}) if isinstance(what, date) else {}
        if kind in ("referred", "received") and not self.answer("utredning", on):
            found.add("§ 11-7 tredje ledd")
        if kind in ("granted", "partly") and not self.answer("vedtak", on):
            found.add("§ 11-7 tredje ledd")
        if kind in ("asked_vedtak", "granted", "partly", "refused"):
            found |= {"§ 11-7 første ledd"} if self.need.get("received", date.max) > on else set()
            found |= (
                {"§ 11-7 andre ledd"} if one.get("departs") and not one.get("reason") else set()
            )
        if kind[:3] in ("yes", "no_") and isinstance(what, tuple) and what in self.answers:
            by, month = self.answers[what]["by"], (what[1].year, what[1].month)
            if by and month != (2026, 6) and (by == "elev") != (month > (2026, 6)):
                found.add("§ 24-5")
        if kind in ("granted", "partly"):
            others = [
                v
                for d, v in self.vedtak.items()
                if d != what and d <= on and v["outcome"] != "refused"
            ]
            if any(v["first"] <= one["last"] and one["first"] <= v["last"] for v in others):
                found.add("et annet vedtak")
        if kind == "closed" and any(
            v["outcome"] != "refused" and d <= on and v["first"] <= on <= v["last"]
            for d, v in self.vedtak.items()
        ):
            found.add("et vedtak gjelder")
        if kind in ("sent_back", "closed", "no_need") and not self.notes[what]:
            found.add("skriv hv")
        return found

    def walk(self, today: date) -> tuple[list[tuple[date, str]], set[tuple[Any, ...]]]:
        """The states by the day each began, and what was wrong: day, kind, row and why."""
        state, roads, bad = "ordinary", [], set()
        for on, kind, what in self.happened():
            if on > today:
                break
            ways = [to for names, to in WAYS[kind] if fits(state, names.split())]
            way = ways[0] if ways else None
            wrong = self.wrong(kind, on, what) or ({f"saken er {state}"} if way is None else set())
            bad |= {(on, kind, what, why) for why in wrong}
            state = (WAYS[kind][0][1] if way is None else way) or state
            roads.append((on, state))
        return roads, bad

    def turn(self, day: date, roads: list[tuple[date, str]]) -> str | None:
        """Who has the ball at the end of a day."""
        there = [state for on, state in roads if on <= day]
        for starts, (court, ends) in self.pauses.items():
            if there and TURN.get(there[-1]) and starts <= day and (ends is None or day <= ends):
                return court
        return TURN.get(there[-1]) if there else None


def fits(state: str, names: list[str]) -> bool:
    """Whether a state is among the names, or, after "not", is none of them."""
    return (state in names) != (names[0] == "not")


def months_before(last: date) -> date:
    """Six months before a day; the last of a shorter month."""
    year, month = (last.year, last.month - 6) if last.month > 6 else (last.year - 1, last.month + 6)
    for number in range(last.day, 27, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    return date(year, month, last.day)
