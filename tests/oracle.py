"""P1-P10 once more, naively: loops over the import tables, written from the words.

Shares nothing with the product, so that the two can be held against each other.

WHERE THE WORDS LEAVE SOMETHING OPEN, and how it is read here:

 1. P6 "*new*": the enrolment half of P5's *new* only; concerned is asked on 1 October, not also
    on first(Y).
 2. P6 a pupil enrolled on last(prev(Y)), not on first(Y), back by 1 October is a *late arrival*.
    "start" is the earliest `from` after first(Y), also when that enrolment had ended again.
 3. P6 "class of the start when gone": for *new* the class on first(Y), for a late arrival that of
    `start`.
 4. P2 "decided after first(next(Y))" is strict, any outcome and validity; a vedtak for next(Y)
    decided after last(Y) up to first(next(Y)) that does not cover that day is open (or unknown).
 5. P2 done_late comes before unknown ("Else unknown"): an undated vedtak for next(Y) decided
    after first(next(Y)) is done_late. Unknown pupils are never justified and never in mangler_sv.
 6. Deciding fact where several vedtak decide: the earliest decided_on, on the same day the
    earliest recorded_on. P5 with both steps done on one day: the earliest recorded_on.
 7. An assessment with needed_since > as_of does not exist, even if its received_on <= as_of
    (mangler_sv).
 8. recorded_after of P7 is measured from P7's own counting date last(Y) for both halves (so it is
    not the sum of P7_host and P7_var); of P10 from the day of the meeting.
 9. not_possible (P7): pupils that are *open* and have such a row. The same pupil counts once per
    half.
10. P8, P9 "invited and nothing more": an `invited` row and none of the outcomes before it in the
    list; a not_possible row or a talk held too early does not make an invited pupil not_invited.
    Rows of any day up to as_of count for the outcome; only `held` looks at the window.
11. P10 "without any present row": of the pupils in that class that day. A present row of a pupil
    who is in two classes (two schools) counts in both meetings if they fall on the same day.
12. P10 provisional is always false (counted_on is null); default as_of is last(Y) or today if
    earlier.
13. Needed skoleruter, and no others: P1 next; P2 Y, next; P3 Y; P4-P6 prev, Y; P7* Y; P8 Y, next;
    P9 none; P10 Y, only for its default as_of. A missing one is a problem also for a school
    without pupils.
14. With a problem: all numbers and rate null, excluded {}, unknown counted_on null, provisional
    false unless both dates are known; as_of the one asked for, else the default, else (no
    counting date) null.
15. A network with one school that cannot be computed cannot be computed. Its schools are each
    read on their own counting date; the entry shows the latest counted_on and as_of, provisional
    if any school is.
16. A school's entry has its network in `network`; a network's entry has school null.
17. --by class lists every klasse of the school, --by unit every avdeling above one (else the
    klasse itself), also without cases; not only in P10.
18. explain: on and recorded_on are those of the deciding fact of a numerator or done_late, else
    null; in P10 `on` is always the day of the meeting. With a problem there are no lines.
19. kort_tid counts calendar days, both ends included, inside the interval; P8 has no "too early".
20. An empty recorded_on is the day of the import (`imported`, by default today).
21. Both steps of P5 are "not applicable" only together; one that is not applicable just cannot be
    done.
22. delay rows of a step that the pupil has done late, or too early, justify like those of a step
    not done.
23. enrolled/granted on a day later than as_of or today is read from the plans as they stand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

Tables = dict[str, list[dict[str, str]]]
Entry = dict[str, Any]

MAY_JUSTIFY = {
    "foresatte_ikke_naadd",
    "foresatte_takket_nei",
    "elev_fravaer",
    "innflyttet_etter_frist",
    "samtykke_mangler",
}


class MissingSkolerute(Exception):
    """A needed skolerute that is missing."""


@dataclass(frozen=True)
class Fact:
    """What decides: the day it happened and the day it was registered."""

    on: date
    recorded_on: date


@dataclass(frozen=True)
class Line:
    """The one result of a pupil (per half-year in P7, per meeting in P10)."""

    pupil: str
    klasse: str
    result: str
    reason: str | None = None
    on: date | None = None
    recorded_on: date | None = None
    justified: bool = False
    not_possible: bool = False
    outcome: str | None = None
    mangler_sv: bool = False


# ---- days and years ----------------------------------------------------------------------------


@cache
def day(text: str) -> date:
    if "." in text:
        d, m, y = text.split(".")
        return date(int(y), int(m), int(d))
    return date.fromisoformat(text)


def maybe_day(text: str) -> date | None:
    return day(text) if text else None


def shifted(year: str, by: int) -> str:
    start = int(year[:4]) + by
    return f"{start}-{(start + 1) % 100:02d}"


def next_(year: str) -> str:
    return shifted(year, 1)


def prev(year: str) -> str:
    return shifted(year, -1)


def on_day(year: str, month: int, number: int) -> date:
    """1 October, 1 November, 1 December in its first calendar year, the others in its second."""
    return date(int(year[:4]) + (0 if month >= 8 else 1), month, number)


# ---- one school, as it was known on one day ----------------------------------------------------


class World:
    """The tables as one school sees them on `as_of`."""

    def __init__(self, tables: Tables, school: str, as_of: date, imported: date) -> None:
        self.tables = tables
        self.school = school
        self.as_of = as_of
        self.imported = imported
        self.index: dict[tuple[str, str], list[dict[str, str]]] = {}
        for table in ("enrolments", "assessments", "vedtak", "consents", "happenings"):
            for row in self.rows(table):
                subject = row["subject" if table == "happenings" else "pupil"]
                self.index.setdefault((table, subject), []).append(row)

    def rows(self, table: str) -> list[dict[str, str]]:
        return self.tables.get(table, [])

    def rows_of(self, pupil: str, table: str) -> list[dict[str, str]]:
        return self.index.get((table, pupil), [])

    # «`first(Y)`, `last(Y)`: the school's first and last school day for pupils, from its skolerute»

    def skolerute(self, year: str) -> dict[str, str]:
        for row in self.rows("school_years"):
            if row["school"] == self.school and row["year"] == year:
                return row
        raise MissingSkolerute(f"{self.school} {year}")

    def first(self, year: str) -> date:
        return day(self.skolerute(year)["first_day"])

    def last(self, year: str) -> date:
        return day(self.skolerute(year)["last_day"])

    def autumn_end(self, year: str) -> date:
        # «last day of the autumn half-year (default 15 January)»
        return maybe_day(self.skolerute(year).get("autumn_end", "")) or on_day(year, 1, 15)

    # «Enrolments, skoleruter and periods of validity are plans and are never filtered»

    def enrolments(self, pupil: str) -> list[dict[str, str]]:
        return [r for r in self.rows_of(pupil, "enrolments") if r["school"] == self.school]

    def pupils(self) -> list[str]:
        rows = self.rows("enrolments")
        return sorted({row["pupil"] for row in rows if row["school"] == self.school})

    def class_on(self, pupil: str, d: date) -> str | None:
        # «an enrolment at this school with `from <= d` and (`to` empty or `d <= to`)»
        for row in self.enrolments(pupil):
            to = row.get("to", "")
            if day(row["from"]) <= d and (not to or d <= day(to)):
                return row["class"]
        return None

    def enrolled(self, pupil: str, d: date) -> bool:
        return self.class_on(pupil, d) is not None

    def the_class(self, pupil: str, d: date) -> str:
        klasse = self.class_on(pupil, d)
        assert klasse is not None, f"{pupil} is in no class on {d}"
        return klasse

    def days_enrolled(self, pupil: str, start: date, end: date) -> int:
        # «Days enrolled are the union of a pupil's enrolments at the school.»
        d, days = start, 0
        while d <= end:
            days += self.enrolled(pupil, d)
            d += timedelta(days=1)
        return days

    # «happenings by `on`, assessments by `needed_since` and `received_on`, vedtak by `decided_on`,
    # consents by `on`: later ones do not exist»

    def vedtak(self, pupil: str) -> list[dict[str, str]]:
        return [
            row for row in self.rows_of(pupil, "vedtak") if day(row["decided_on"]) <= self.as_of
        ]

    def assessments(self, pupil: str) -> list[dict[str, str]]:
        return [
            row
            for row in self.rows_of(pupil, "assessments")
            if day(row["needed_since"]) <= self.as_of
        ]

    def received(self, assessment: dict[str, str]) -> date | None:
        received_on = maybe_day(assessment.get("received_on", ""))
        return received_on if received_on is not None and received_on <= self.as_of else None

    def happenings(self, subject: str, year: str, step: str, what: str) -> list[dict[str, str]]:
        return [
            row
            for row in self.rows_of(subject, "happenings")
            if (row["year"], row["step"], row["what"]) == (year, step, what)
            and day(row["on"]) <= self.as_of
        ]

    def refused(self, pupil: str, kind: str, year: str) -> bool:
        # «the latest consent of that kind and year dated `<= as_of` is `refused` or `withdrawn`»
        answers = [
            (day(row["on"]), row["answer"])
            for row in self.rows_of(pupil, "consents")
            if (row["kind"], row["for_year"]) == (kind, year) and day(row["on"]) <= self.as_of
        ]
        return bool(answers) and max(answers)[1] in ("refused", "withdrawn")

    def granted(self, pupil: str, d: date) -> bool:
        return any(grants(vedtak, d) for vedtak in self.vedtak(pupil))

    def concerned(self, pupil: str, year: str, d: date) -> bool:
        # «`granted(p, d)`, or an assessment row for the year Z (`needed_since <= as_of`),
        # or a vedtak with `for_year = Z` (`decided_on <= as_of`)»
        return (
            self.granted(pupil, d)
            or any(row["for_year"] == year for row in self.assessments(pupil))
            or any(row["for_year"] == year for row in self.vedtak(pupil))
        )

    def recorded(self, row: dict[str, str]) -> date:
        return maybe_day(row.get("recorded_on", "")) or self.imported

    def fact(self, pupil: str, year: str, step: str, what: str) -> Fact | None:
        # «the day the step **happened** (never the day it was registered)»
        return earliest(
            Fact(day(row["on"]), self.recorded(row))
            for row in self.happenings(pupil, year, step, what)
        )

    def not_applicable(self, pupil: str, year: str, step: str) -> bool:
        return bool(self.happenings(pupil, year, step, "not_applicable"))

    def may_be_justified(self, pupil: str, year: str, steps: Iterable[str]) -> bool:
        # «those with a `delay` happening (same year served, step of the indicator, pupil;
        # `on <= as_of`) that has a cause marked "may justify" below and a non-empty `evidence`»
        return any(
            row.get("cause", "") in MAY_JUSTIFY and row.get("evidence", "").strip() != ""
            for step in steps
            for row in self.happenings(pupil, year, step, "delay")
        )


def grants(vedtak: dict[str, str], d: date) -> bool:
    # «a vedtak with outcome `granted` or `partly`, `valid_from <= d <= valid_to`»;
    # «One that lacks a date of validity grants on no day.»
    valid_from = maybe_day(vedtak.get("valid_from", ""))
    valid_to = maybe_day(vedtak.get("valid_to", ""))
    if vedtak["outcome"] not in ("granted", "partly") or valid_from is None or valid_to is None:
        return False
    return valid_from <= d <= valid_to


def earliest(facts: Iterable[Fact]) -> Fact | None:
    return min(facts, key=lambda fact: (fact.on, fact.recorded_on), default=None)


def excluded(pupil: str, klasse: str, reason: str) -> Line:
    return Line(pupil, klasse, "excluded", reason)


def judged(
    w: World,
    pupil: str,
    klasse: str,
    fact: Fact | None,
    limit: date,
    *,
    served: str,
    steps: tuple[str, ...],
    not_before: date | None = None,
) -> Line:
    """Numerator up to the limit, done_late after it, open without it or before its window."""
    if fact is None or (not_before is not None and fact.on < not_before):
        return Line(pupil, klasse, "open", justified=w.may_be_justified(pupil, served, steps))
    if fact.on <= limit:
        return Line(pupil, klasse, "numerator", on=fact.on, recorded_on=fact.recorded_on)
    return Line(
        pupil,
        klasse,
        "done_late",
        on=fact.on,
        recorded_on=fact.recorded_on,
        justified=w.may_be_justified(pupil, served, steps),
    )


# ---- the indicators ----------------------------------------------------------------------------


def p1(w: World, year: str) -> list[Line]:
    lines = []
    first_next = w.first(next_(year))
    june = on_day(year, 6, 1)
    for pupil in w.pupils():
        # «pupils with an assessment row for `next(Y)` whose `needed_since <= as_of`»
        rows = [row for row in w.assessments(pupil) if row["for_year"] == next_(year)]
        # «who are enrolled at `s` on `first(next(Y))`»
        if not rows or not w.enrolled(pupil, first_next):
            continue
        row = rows[0]
        klasse = w.the_class(pupil, first_next)
        if w.refused(pupil, "utredning", next_(year)):
            lines.append(excluded(pupil, klasse, "samtykke_mangler"))
        elif day(row["needed_since"]) >= june:
            lines.append(excluded(pupil, klasse, "meldt_sent"))
        else:
            # «that row's `received_on < 1 June` (31 May is on time, 1 June is not)»
            received_on = w.received(row)
            fact = None if received_on is None else Fact(received_on, w.recorded(row))
            lines.append(
                judged(
                    w,
                    pupil,
                    klasse,
                    fact,
                    on_day(year, 5, 31),
                    served=next_(year),
                    steps=("iop.sakkyndig_vurdering",),
                )
            )
    return lines


def p2(w: World, year: str) -> list[Line]:
    lines = []
    first, last, first_next = w.first(year), w.last(year), w.first(next_(year))
    for pupil in w.pupils():
        # «pupils enrolled at `s` on `first(next(Y))` and concerned(`next(Y)`, `last(Y)`)»
        if not w.enrolled(pupil, first_next) or not w.concerned(pupil, next_(year), last):
            continue
        klasse = w.the_class(pupil, first_next)
        # «granted on `first(next(Y))` by a vedtak with `decided_on < first(Y)`»
        if any(grants(v, first_next) and day(v["decided_on"]) < first for v in w.vedtak(pupil)):
            lines.append(excluded(pupil, klasse, "gyldig_flerarig"))
            continue
        if w.refused(pupil, "vedtak", next_(year)):
            lines.append(excluded(pupil, klasse, "samtykke_mangler"))
            continue
        counting, later, undated = [], [], False
        for v in w.vedtak(pupil):
            decided_on = day(v["decided_on"])
            fact = Fact(decided_on, w.recorded(v))
            for_next = v["for_year"] == next_(year)
            # «granted/partly and covers `first(next(Y))`, or is `refused` with
            # `for_year = next(Y)`»
            such = grants(v, first_next) or (v["outcome"] == "refused" and for_next)
            if such and decided_on <= last:
                counting.append(fact)
            # «such a vedtak decided later, or one for `next(Y)` decided after `first(next(Y))`»
            elif such or (for_next and decided_on > first_next):
                later.append(fact)
            # «a granted/partly vedtak with `for_year = next(Y)` lacks `valid_from` or `valid_to`»
            lacks = not v.get("valid_from", "") or not v.get("valid_to", "")
            if v["outcome"] in ("granted", "partly") and for_next and lacks:
                undated = True
        decided = earliest(counting) or earliest(later)
        if decided is None and undated:
            lines.append(Line(pupil, klasse, "unknown"))
            continue
        line = judged(
            w, pupil, klasse, decided, last, served=next_(year), steps=("iop.enkeltvedtak",)
        )
        # «of done_late + open, how many have no assessment received by `as_of` that is for
        # `next(Y)` or has `valid_to >= first(next(Y))`»
        has_sv = False
        for row in w.assessments(pupil):
            valid_to = maybe_day(row.get("valid_to", ""))
            fits = row["for_year"] == next_(year) or (valid_to and valid_to >= first_next)
            if w.received(row) is not None and fits:
                has_sv = True
        lines.append(
            Line(
                pupil,
                klasse,
                line.result,
                on=line.on,
                recorded_on=line.recorded_on,
                justified=line.justified,
                mangler_sv=line.result in ("done_late", "open") and not has_sv,
            )
        )
    return lines


def p3(w: World, year: str) -> list[Line]:
    lines = []
    first, last = w.first(year), w.last(year)
    step = "iop.arsevaluering"
    for pupil in w.pupils():
        # «enrolled on `last(Y)` with `granted` on `last(Y)`»
        if not w.enrolled(pupil, last) or not w.granted(pupil, last):
            continue
        klasse = w.the_class(pupil, last)
        if w.not_applicable(pupil, year, step):
            lines.append(excluded(pupil, klasse, "ikke_aktuelt"))
        # «enrolled on fewer than 56 days from `first(Y)` to `last(Y)`»
        elif w.days_enrolled(pupil, first, last) < 56:
            lines.append(excluded(pupil, klasse, "kort_tid"))
        else:
            fact = w.fact(pupil, year, step, "done")
            lines.append(judged(w, pupil, klasse, fact, last, served=year, steps=(step,)))
    return lines


def p4(w: World, year: str) -> list[Line]:
    lines = []
    last_prev, first = w.last(prev(year)), w.first(year)
    step = "iop.klar_skolestart"
    for pupil in w.pupils():
        # «*current*: enrolled on `last(prev(Y))` and on `first(Y)`, and concerned(Y, `first(Y)`)»
        if not w.enrolled(pupil, last_prev) or not w.enrolled(pupil, first):
            continue
        if not w.concerned(pupil, year, first):
            continue
        klasse = w.the_class(pupil, first)
        if not w.granted(pupil, first):
            lines.append(excluded(pupil, klasse, "uten_vedtak"))
        elif w.not_applicable(pupil, year, step):
            lines.append(excluded(pupil, klasse, "ikke_aktuelt"))
        else:
            fact = w.fact(pupil, year, step, "done")
            lines.append(judged(w, pupil, klasse, fact, first, served=year, steps=(step,)))
    return lines


def p5(w: World, year: str) -> list[Line]:
    lines = []
    last_prev, first = w.last(prev(year)), w.first(year)
    steps = ("iop.forenklet_nye", "iop.ferdig_nye")
    for pupil in w.pupils():
        # «*new*: enrolled on `first(Y)`, not on `last(prev(Y))`, and concerned(Y, `first(Y)`)»
        if not w.enrolled(pupil, first) or w.enrolled(pupil, last_prev):
            continue
        if not w.concerned(pupil, year, first):
            continue
        klasse = w.the_class(pupil, first)
        if not w.granted(pupil, first):
            lines.append(excluded(pupil, klasse, "uten_vedtak"))
        # «`ikke_aktuelt` (both steps)»
        elif all(w.not_applicable(pupil, year, step) for step in steps):
            lines.append(excluded(pupil, klasse, "ikke_aktuelt"))
        else:
            # «the earlier of `iop.forenklet_nye` and `iop.ferdig_nye` of Y done `<= first(Y)`»
            facts = [w.fact(pupil, year, step, "done") for step in steps]
            fact = earliest(fact for fact in facts if fact is not None)
            lines.append(judged(w, pupil, klasse, fact, first, served=year, steps=steps))
    return lines


def p6(w: World, year: str) -> list[Line]:
    lines = []
    last_prev, first, october = w.last(prev(year)), w.first(year), on_day(year, 10, 1)
    step = "iop.ferdig_nye"
    for pupil in w.pupils():
        late_arrival = False
        if w.enrolled(pupil, first):
            # «*new*»: on `first(Y)`, not on `last(prev(Y))`
            if w.enrolled(pupil, last_prev):
                continue
            start = first
        else:
            # «*late arrivals*: not enrolled on `first(Y)`, start = first day of the first enrolment
            # at `s` after it, start `<= 1 October`»
            later = [day(row["from"]) for row in w.enrolments(pupil)]
            later = [from_ for from_ in later if from_ > first]
            if not later or min(later) > october:
                continue
            late_arrival, start = True, min(later)
        # «and concerned(Y, 1 October)»
        if not w.concerned(pupil, year, october):
            continue
        # «1 October, or the class of the start when gone»
        klasse = w.class_on(pupil, october) or w.the_class(pupil, start)
        if not w.enrolled(pupil, october):
            lines.append(excluded(pupil, klasse, "sluttet"))
        elif late_arrival and start > on_day(year, 9, 3):
            lines.append(excluded(pupil, klasse, "sen_start"))
        elif not w.granted(pupil, october):
            lines.append(excluded(pupil, klasse, "uten_vedtak"))
        elif w.not_applicable(pupil, year, step):
            lines.append(excluded(pupil, klasse, "ikke_aktuelt"))
        else:
            fact = w.fact(pupil, year, step, "done")
            lines.append(judged(w, pupil, klasse, fact, october, served=year, steps=(step,)))
    return lines


def half_year(w: World, year: str, step: str, counted: date, start: date, end: date) -> list[Line]:
    lines = []
    for pupil in w.pupils():
        # «enrolled on the counting date of the half-year»
        if not w.enrolled(pupil, counted):
            continue
        klasse = w.the_class(pupil, counted)
        # «enrolled fewer than 28 days of the half-year»
        if w.days_enrolled(pupil, start, end) < 28:
            lines.append(excluded(pupil, klasse, "kort_tid"))
            continue
        # «held within its half-year; held after it, done_late; held before it, open»
        fact = w.fact(pupil, year, step, "held")
        line = judged(w, pupil, klasse, fact, end, served=year, steps=(step,), not_before=start)
        # «`not_possible` stays open, P7 entries give its count»
        not_possible = line.result == "open" and bool(
            w.happenings(pupil, year, step, "not_possible")
        )
        lines.append(
            Line(
                pupil,
                klasse,
                line.result,
                on=line.on,
                recorded_on=line.recorded_on,
                justified=line.justified,
                not_possible=not_possible,
            )
        )
    return lines


def p7_host(w: World, year: str) -> list[Line]:
    # «host `[first(Y), autumn_end(Y)]`», counted 1 March
    return half_year(
        w,
        year,
        "iop.elevsamtale_host",
        on_day(year, 3, 1),
        w.first(year),
        w.autumn_end(year),
    )


def p7_var(w: World, year: str) -> list[Line]:
    # «var `(autumn_end(Y), last(Y)]`», counted `last(Y)`
    return half_year(
        w,
        year,
        "iop.elevsamtale_var",
        w.last(year),
        w.autumn_end(year) + timedelta(days=1),
        w.last(year),
    )


def p7(w: World, year: str) -> list[Line]:
    # «P7 adds the two halves, both read at its own `as_of`»
    return p7_host(w, year) + p7_var(w, year)


def talk(w: World, pupil: str, klasse: str, step: str, year: str, line: Line) -> Line:
    """The same line with its final outcome."""

    def has(what: str) -> bool:
        return bool(w.happenings(pupil, year, step, what))

    # «the first of: held (also too late, not too early), declined, no_reply (a row says so),
    # cancelled, no_reply (invited and nothing more), not_invited»
    if line.result in ("numerator", "done_late"):
        outcome = "held"
    elif has("declined"):
        outcome = "declined"
    elif has("no_reply"):
        outcome = "no_reply"
    elif has("cancelled"):
        outcome = "cancelled"
    elif has("invited"):
        outcome = "no_reply"
    else:
        outcome = "not_invited"
    return Line(
        pupil,
        klasse,
        line.result,
        outcome,
        on=line.on,
        recorded_on=line.recorded_on,
        justified=line.justified,
        outcome=outcome,
    )


def p8(w: World, year: str) -> list[Line]:
    lines = []
    last, first_next = w.last(year), w.first(next_(year))
    step = "iop.malvalgsamtale"
    for pupil in w.pupils():
        # «enrolled on `last(Y)` with `granted` on `last(Y)`»
        if not w.enrolled(pupil, last) or not w.granted(pupil, last):
            continue
        klasse = w.the_class(pupil, last)
        # «`slutter`: not enrolled on `first(next(Y))`»
        if not w.enrolled(pupil, first_next):
            lines.append(excluded(pupil, klasse, "slutter"))
            continue
        # «`iop.malvalgsamtale` of `next(Y)` held `<= last(Y)`»
        fact = w.fact(pupil, next_(year), step, "held")
        line = judged(w, pupil, klasse, fact, last, served=next_(year), steps=(step,))
        lines.append(talk(w, pupil, klasse, step, next_(year), line))
    return lines


def p9(w: World, year: str) -> list[Line]:
    lines = []
    step = "iop.utviklingssamtale"
    november, march = on_day(year, 11, 1), on_day(year, 3, 1)
    for pupil in w.pupils():
        # «enrolled on 1 December and on 1 March with `granted` on 1 March»
        if not w.enrolled(pupil, on_day(year, 12, 1)) or not w.enrolled(pupil, march):
            continue
        if not w.granted(pupil, march):
            continue
        klasse = w.the_class(pupil, march)
        # «held from 1 November to 1 March; held later, done_late; held earlier, open»
        fact = w.fact(pupil, year, step, "held")
        line = judged(
            w, pupil, klasse, fact, march, served=year, steps=(step,), not_before=november
        )
        lines.append(talk(w, pupil, klasse, step, year, line))
    return lines


def meetings(w: World, year: str, step: str) -> list[Line]:
    lines = []
    classes = sorted(
        row["unit"]
        for row in w.rows("units")
        if row["school"] == w.school and row["kind"] == "klasse"
    )
    for klasse in classes:
        # «per `held` row of a class's `iop.foreldremote_host` / `_var` of Y (each row
        # is a meeting)»
        for d in sorted(day(row["on"]) for row in w.happenings(klasse, year, step, "held")):
            # «pupils enrolled in the class that day»
            there = [pupil for pupil in w.pupils() if w.class_on(pupil, d) == klasse]
            present: dict[str, dict[str, str]] = {}
            for pupil in there:
                # «a `present` row of that pupil with the same year, step and day»
                for row in w.happenings(pupil, year, step, "present"):
                    if day(row["on"]) == d:
                        present[pupil] = row
            for pupil in there:
                if pupil in present:
                    recorded_on = w.recorded(present[pupil])
                    lines.append(Line(pupil, klasse, "numerator", on=d, recorded_on=recorded_on))
                elif present:
                    lines.append(Line(pupil, klasse, "open", on=d))
                else:
                    # «Held without any `present` row: all unknown.»
                    lines.append(Line(pupil, klasse, "unknown", on=d))
    return lines


def p10_host(w: World, year: str) -> list[Line]:
    return meetings(w, year, "iop.foreldremote_host")


def p10_var(w: World, year: str) -> list[Line]:
    return meetings(w, year, "iop.foreldremote_var")


def p10(w: World, year: str) -> list[Line]:
    # «P10 adds the two»
    return p10_host(w, year) + p10_var(w, year)


INDICATORS: dict[str, Callable[[World, str], list[Line]]] = {
    "P1": p1,
    "P2": p2,
    "P3": p3,
    "P4": p4,
    "P5": p5,
    "P6": p6,
    "P7": p7,
    "P7_host": p7_host,
    "P7_var": p7_var,
    "P8": p8,
    "P9": p9,
    "P10": p10,
    "P10_host": p10_host,
    "P10_var": p10_var,
}
OUTCOMES = ("invited", "declined", "no_reply", "cancelled", "not_invited")


def extra_fields(indicator: str) -> tuple[str, ...]:
    if indicator == "P2":
        return ("mangler_sv",)
    if indicator.startswith("P7"):
        return ("not_possible",)
    return OUTCOMES if indicator in ("P8", "P9") else ()


def counting_date(w: World, indicator: str, year: str) -> date | None:
    """The column "Counted"; null for P10, whose meetings each have their own day."""
    if indicator == "P1":
        return on_day(year, 6, 1)
    if indicator in ("P4", "P5", "P6"):
        return on_day(year, 10, 1)
    if indicator in ("P7_host", "P9"):
        return on_day(year, 3, 1)
    if indicator.startswith("P10"):
        return None
    return w.last(year)


# ---- figures -----------------------------------------------------------------------------------


@dataclass
class Reading:
    """One indicator at one school: its dates, and its lines or the problem."""

    school: str
    counted_on: date | None = None
    as_of: date | None = None
    lines: list[Line] | None = None
    problem: str | None = None

    @property
    def provisional(self) -> bool:
        # «`provisional` = `as_of < counted_on`»
        return bool(self.as_of and self.counted_on and self.as_of < self.counted_on)

    def recorded_after(self, line: Line, indicator: str) -> bool:
        # «numerator pupils whose deciding fact has `recorded_on` after the counting date»
        limit = line.on if indicator.startswith("P10") else self.counted_on
        if line.result != "numerator" or line.recorded_on is None or limit is None:
            return False
        return line.recorded_on > limit


def read(
    tables: Tables,
    indicator: str,
    school: str,
    *,
    year: str,
    today: date,
    as_of: date | None,
    imported: date | None,
) -> Reading:
    reading = Reading(school, as_of=as_of)
    plan = World(tables, school, date.max, imported or today)
    try:
        reading.counted_on = counting_date(plan, indicator, year)
        if as_of is None:
            # «Default: the counting date, or today if that is earlier»; P10 «`last(Y)`»
            reading.as_of = min(reading.counted_on or plan.last(year), today)
        assert reading.as_of is not None
        w = World(tables, school, reading.as_of, imported or today)
        reading.lines = INDICATORS[indicator](w, year)
    except MissingSkolerute as missing:
        # «the figure is null with the `problem` named, never a guess»
        reading.problem = f"skolerute mangler: {missing}"
    return reading


def entry(
    indicator: str,
    readings: list[Reading],
    *,
    year: str,
    network: str | None,
    school: str | None,
    unit: str | None,
    klasser: set[str] | None,
) -> Entry:
    counted = [reading.counted_on for reading in readings if reading.counted_on]
    as_ofs = [reading.as_of for reading in readings if reading.as_of]
    problems = [reading.problem for reading in readings if reading.problem]
    result: Entry = {
        "indicator": indicator,
        "network": network,
        "school": school,
        "unit": unit,
        "year": year,
        "as_of": max(as_ofs).isoformat() if as_ofs else None,
        "counted_on": max(counted).isoformat() if counted else None,
        "provisional": any(reading.provisional for reading in readings),
        "problem": "; ".join(problems) or None,
    }
    numbers = ("numerator", "denominator", "done_late", "open", "unknown", "justified")
    if problems:
        for name in (*numbers, "rate", "recorded_after", *extra_fields(indicator)):
            result[name] = None
        result["excluded"] = {}
        return result
    pairs = [(r, line) for r in readings for line in r.lines or []]
    pairs = [(r, line) for r, line in pairs if klasser is None or line.klasse in klasser]
    lines = [line for _, line in pairs]
    for name in ("numerator", "done_late", "open", "unknown"):
        result[name] = sum(line.result == name for line in lines)
    # «`denominator = numerator + done_late + open + unknown`»
    result["denominator"] = (
        result["numerator"] + result["done_late"] + result["open"] + result["unknown"]
    )
    # «no cases -> »ikke aktuelt« (JSON `null`), never 0 % or 100 %»
    result["rate"] = result["numerator"] / result["denominator"] if result["denominator"] else None
    result["justified"] = sum(line.justified for line in lines)
    result["excluded"] = {}
    for line in lines:
        if line.result == "excluded":
            reasons = result["excluded"]
            reasons[line.reason] = reasons.get(line.reason, 0) + 1
    result["recorded_after"] = sum(r.recorded_after(line, indicator) for r, line in pairs)
    if indicator == "P2":
        result["mangler_sv"] = sum(line.mangler_sv for line in lines)
    if indicator.startswith("P7"):
        result["not_possible"] = sum(line.not_possible for line in lines)
    if indicator in ("P8", "P9"):
        for name in ("declined", "no_reply", "cancelled", "not_invited"):
            result[name] = sum(line.outcome == name for line in lines)
        # «`invited = denominator - not_invited`»
        result["invited"] = result["denominator"] - result["not_invited"]
    return result


def figures(
    tables: Tables,
    *,
    year: str,
    today: date,
    as_of: date | None = None,
    by: str = "school",
    schools: Iterable[str] | None = None,
    network: str | None = None,
    imported: date | None = None,
) -> list[Entry]:
    """Every indicator for every group; `network` keeps its schools, by="network" adds them up."""
    kept = [
        row
        for row in tables.get("schools", [])
        if (schools is None or row["school"] in set(schools))
        and (network is None or row.get("network", "") == network)
    ]
    kept.sort(key=lambda row: row["school"])
    result = []
    for indicator in INDICATORS:
        readings = {
            row["school"]: read(
                tables,
                indicator,
                row["school"],
                year=year,
                today=today,
                as_of=as_of,
                imported=imported,
            )
            for row in kept
        }
        if by == "network":
            for name in sorted({row.get("network", "") for row in kept} - {""}):
                of_network = [
                    readings[row["school"]] for row in kept if row.get("network", "") == name
                ]
                result.append(
                    entry(
                        indicator,
                        of_network,
                        year=year,
                        network=name,
                        school=None,
                        unit=None,
                        klasser=None,
                    )
                )
            continue
        for row in kept:
            school = row["school"]
            group = grouping(tables, school, by)
            units: list[str | None] = list(dict.fromkeys(sorted(group.values())))
            result += [
                entry(
                    indicator,
                    [readings[school]],
                    year=year,
                    network=row.get("network", "") or None,
                    school=school,
                    unit=unit,
                    klasser=None if unit is None else {k for k in group if group[k] == unit},
                )
                for unit in ([None] if by == "school" else units)
            ]
    return result


def grouping(tables: Tables, school: str, by: str) -> dict[str, str]:
    """Class -> the group it is shown in; by="unit" is the unit above the class, else the class."""
    classes = [
        row
        for row in tables.get("units", [])
        if row["school"] == school and row["kind"] == "klasse"
    ]
    if by == "unit":
        return {row["unit"]: row.get("parent", "") or row["unit"] for row in classes}
    return {row["unit"]: row["unit"] for row in classes}


def explain(
    tables: Tables,
    indicator: str,
    *,
    year: str,
    today: date,
    school: str,
    as_of: date | None = None,
    imported: date | None = None,
) -> list[Entry]:
    """Every pupil with result and reason, excluded ones too; P10 per meeting, P7 per half-year."""
    reading = read(
        tables, indicator, school, year=year, today=today, as_of=as_of, imported=imported
    )
    result: list[Entry] = [
        {
            "pupil": line.pupil,
            "result": line.result,
            "reason": line.reason,
            "on": line.on.isoformat() if line.on else None,
            "recorded_on": line.recorded_on.isoformat() if line.recorded_on else None,
        }
        for line in reading.lines or []
    ]
    result.sort(key=lambda row: (row["pupil"], row["on"] or "", row["result"], row["reason"] or ""))
    return result


# ---- holding two lists against each other ------------------------------------------------------


def comparable(entries: Iterable[Entry]) -> list[Entry]:
    """Sorted, without revision and definition; of a problem only whether there is one."""
    result = []
    for one in entries:
        kept = {k: v for k, v in one.items() if k not in ("revision", "definition")}
        kept["problem"] = kept.get("problem") is not None
        result.append(kept)
    order = list(INDICATORS)
    result.sort(
        key=lambda e: (
            order.index(e["indicator"]),
            e["network"] or "",
            e["school"] or "",
            e["unit"] or "",
        )
    )
    return result


def differences(expected: Iterable[Entry], actual: Iterable[Entry]) -> list[str]:
    """Readable lines, one per field that differs; empty when the two lists say the same."""

    def keyed(entries: Iterable[Entry]) -> dict[tuple[Any, ...], Entry]:
        keys = ("indicator", "school", "unit") if not by_network(entries) else ("indicator",)
        return {tuple(e[k] for k in keys): e for e in comparable(entries)}

    def by_network(entries: Iterable[Entry]) -> bool:
        return all(e["school"] is None for e in entries)

    left, right = keyed(list(expected)), keyed(list(actual))
    found = [f"{key}: only in the oracle" for key in left.keys() - right.keys()]
    found += [f"{key}: only in the product" for key in right.keys() - left.keys()]
    for key in left.keys() & right.keys():
        for field in left[key].keys() | right[key].keys():
            one, other = left[key].get(field, "absent"), right[key].get(field, "absent")
            if one != other:
                found.append(f"{key} {field}: oracle {one!r}, product {other!r}")
    return sorted(found)
