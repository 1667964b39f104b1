"""The figures of a report: frozen where they are, else live, and masked as for its edition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from iopflow import measure
from iopflow.clock import local_date
from iopflow.exchange import hidden
from iopflow.indicators import BY_CODE, INDICATORS
from iopflow.measure import TIMED
from iopflow.models import School
from iopflow.queries.access import Viewer
from iopflow.queries.masking import FAMILY, FEWEST, NUMBERS, SUMMED, few_reasons, is_few, mask
from iopflow.report.content import Count, Edition, Share
from iopflow.schoolyear import Year
from iopflow.tellinger import frozen, is_blank
from iopflow.texts import _, between, counted, percent, short_date
from iopflow.words import reason_word

EARLIER = 5  # years before the one told
# A person who leads nothing: whoever reads what is published.
PUBLIC = Viewer(person_id=0)
TALK = ("declined", "no_reply", "cancelled", "not_invited")

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """The entries of one school by year and code, masked; and the codes of this year's problems."""

    entries: Mapping[Year, Mapping[str, Entry]]
    problems: Sequence[str]


def told(
    session: Session, school: School, year: Year, *, today: date, edition: Edition = Edition.SCHOOL
) -> Told:
    """This year's figures and those of up to five years before it, as an edition shows them.

    A year in which no figure rests on anybody is left out at the beginning of the row, and shown as
    missing between others.
    """
    every = frozen(session, schools=[school.number], numbered=True)
    kept = newest(every)
    years = [Year(year.start - n) for n in range(EARLIER, -1, -1)]
    found: dict[Year, dict[str, Entry]] = {}
    for one in years:
        have = {code: kept[one, code] for code in BY_CODE if (one, code) in kept}
        lacking = [indicator for indicator in INDICATORS if indicator.code not in have]
        live = measure.figures(
            session, schools=[school.number], year=one, today=today, indicators=lacking
        )
        found[one] = have | {
            # Of P10 an entry does not say that meetings are still to come.
            entry.indicator.code: entry.numbered() | {"provisional": entry.running}
            for entry in live
        }
    problems = [
        f"{code}: {entry['problem']}" for code, entry in found[year].items() if entry["problem"]
    ]
    begun = next((one for one in years if _counts(found[one])), year)
    masked = public(session, (one for each in found.values() for one in each.values()))
    if edition is Edition.PUBLIC:
        masked = narrowed(masked, found, every)
    shown: dict[Year, dict[str, Entry]] = {one: {} for one in years if one >= begun}
    for entry in masked:
        of = Year.parse(entry["year"])
        if of in shown:
            shown[of][entry["indicator"]] = entry
    return Told({one: apart(entries) for one, entries in shown.items()}, problems)


def newest(entries: Iterable[Entry]) -> dict[tuple[Year, str], Entry]:
    """Of the frozen entries of one school the one in force: a later counting date decides."""
    return {(Year.parse(one["year"]), one["indicator"]): one for one in entries}


def public(session: Session, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The entries as anybody may see them."""
    return mask(session, PUBLIC, entries)


def narrowed(
    entries: Iterable[Entry], found: Mapping[Year, Mapping[str, Entry]], every: Sequence[Entry]
) -> list[dict[str, Any]]:
    """The entries with as much of their numbers as the files of the network show of them.

    Judged together with all that the school has frozen (`every`), of which others may have a file;
    what is not frozen is judged as one more counting date.
    """
    wanted = {str(year) for year in found}
    live = [
        {"counted": "", "frozen_at": None, "wheel": "", **entry}
        for each in found.values()
        for entry in each.values()
        if entry["revision"] is None and not entry["problem"]
    ]
    known = [*({"wheel": "", **one} for one in every if one["year"] in wanted), *live]
    # The last of a year and code is the one that is told: a later counting date, else live.
    shown = {(one["year"], one["indicator"]): one for one in hidden(known)}
    return [
        dict(entry)
        if entry["problem"]
        else _narrowed(entry, shown[entry["year"], entry["indicator"]])
        for entry in entries
    ]


_TOLD = ("numerator", "done_late", "open", "unknown", "justified", "excluded")


def _narrowed(entry: Entry, shown: Entry) -> dict[str, Any]:
    if shown["shows"] == "nothing":
        return _hidden(entry)
    told = {name: shown[name] for name in (*_TOLD, "numerator_least", "numerator_most")}
    return dict(entry) | told


def apart(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries of a year, without the half that would give a hidden one away.

    A sum less the half that is shown is the other half: where one of them is hidden, both are; and
    where the sum is, its halves are. So it is with those who are left out (`_UNTOLD`).
    """
    shown = dict(entries)
    for code, entry in entries.items():
        parts = [one for one in BY_CODE[code].parts if one in entries]
        hidden = [one for one in parts if entries[one].get("masked")]
        if not hidden and not entry.get("masked"):
            continue
        for one in parts:
            if entries[one]["problem"] is None and entries[one]["denominator"]:
                shown[one] = _hidden(entries[one])
    return {code: dict(entry) | _untold(code, shown) for code, entry in shown.items()}


# What `apart` adds to an entry: whether it is not told how many are left out, or by which reason.
_UNTOLD = ("total_untold", "reasons_untold")


def _untold(code: str, entries: Mapping[str, Entry]) -> dict[str, bool]:
    family = {one: entries[one] for one in FAMILY.get(code, (code,)) if one in entries}
    totals = {one: sum((entry["excluded"] or {}).values()) for one, entry in family.items()}
    left = [
        totals[whole] - totals[part] for part in family if (whole := SUMMED.get(part)) in totals
    ]
    total = any(map(is_few, (*totals.values(), *left)))
    reasons = any(few_reasons(entry, family) for entry in family.values())
    return dict(zip(_UNTOLD, (total, reasons), strict=True))


def _hidden(entry: Entry) -> dict[str, Any]:
    emptied = dict.fromkeys(name for name in entry if name in NUMBERS)
    why = _("vises ikke, fordi det ville røpe et tall under {n} elever").format(n=FEWEST)
    return dict(entry) | emptied | {"excluded": {}, "problem": why, "masked": True}


def _counts(entries: Mapping[str, Entry]) -> bool:
    return any(entry["denominator"] for entry in entries.values())


def share(entry: Entry | None, year: Year, label: str = "", *, is_past: bool = False) -> Share:
    """An entry as the report shows it; None is a year without any."""
    if entry is None:
        return Share(year, label, "–", "", None, None, _("ingen tall for dette året"))
    day = date.fromisoformat(entry["counted_on"]) if entry["counted_on"] else None
    known: dict[str, Any] = {
        "source": _source(entry),
        "provisional": bool(entry["provisional"]),
        "frozen": entry["revision"] is not None,
        "counted_on": day,
        "definition": entry["definition"],
    }
    if entry["problem"]:
        masked = bool(entry.get("masked"))
        answer = "•" if masked else "–"
        numbers = (answer, "", None, None)
        return Share(year, label, *numbers, problem=entry["problem"], masked=masked, **known)
    n, whole = entry["numerator"], entry["denominator"]
    if n is None:
        return _unsure(entry, year, label, known)
    if is_past and is_blank(entry):
        why = _("ingenting er registrert for dette året")
        return Share(year, label, "–", "", None, None, problem=why, **known)
    if not whole:
        return Share(year, label, _("ikke aktuelt"), "", n, whole, **known)
    return Share(year, label, percent(n / whole, 0), of_words(n, whole), n, whole, **known)


def _unsure(entry: Entry, year: Year, label: str, known: Mapping[str, Any]) -> Share:
    """A figure whose numerator is not shown: what it lies between, or only of how many it is."""
    least, most, whole = entry["numerator_least"], entry["numerator_most"], entry["denominator"]
    if least is None:
        why = _("teller eller rest er under {n} elever").format(n=FEWEST)
        of = _("av {whole}").format(whole=whole)
        return Share(year, label, "•", of, None, whole, problem=why, masked=True, **known)
    of = _("{least}–{most} av {whole}").format(least=least, most=most, whole=whole)
    answer = between(least / whole, most / whole)
    return Share(year, label, answer, of, None, whole, between=(least, most), **known)


def of_words(n: int, whole: int) -> str:
    """How many of how many."""
    return _("{n} av {whole}").format(n=n, whole=whole)


def _source(entry: Entry) -> str:
    """Whether a figure is frozen, and to which day it is read."""
    if entry["revision"] is not None:
        on = short_date(local_date(datetime.fromisoformat(entry["frozen_at"])))
        if entry["revision"] > 1:
            return _("Frosset {day}, revisjon {n}").format(day=on, n=entry["revision"])
        return _("Frosset {day}").format(day=on)
    if entry["as_of"] is None:
        return _("Ikke frosset")
    day = short_date(date.fromisoformat(entry["as_of"]))
    if entry["provisional"]:
        return _("Foreløpig tall per {day}").format(day=day)
    return _("Ikke frosset; slik det er registrert per {day}").format(day=day)


def rates(entry: Entry, year: Year) -> list[Share]:
    """The two other ways to count, where they say something else and give nobody away."""
    if entry["problem"] or not entry["denominator"] or entry["indicator"] not in TIMED:
        return []
    n, whole = entry["numerator"], entry["denominator"]
    if n is None:  # another way to count would say how many less
        return []
    found = []
    for label, more in (
        (_("Med begrunnet forsinkelse"), entry["justified"]),
        (_("Med det som kom for sent"), entry["done_late"]),
    ):
        if more and not is_few(more) and not is_few(whole - n - more):
            both = n + more
            numbers = (percent(both / whole, 0), of_words(both, whole), both, whole)
            found.append(Share(year, label, *numbers, source=_source(entry)))
    return found


def outcomes(entry: Entry) -> tuple[list[Count], str]:
    """What became of the invitations to a talk, shown whole or not at all; or why it is not."""
    if "declined" not in entry or entry["problem"] or not entry["denominator"]:
        return [], ""
    counts = [entry[name] for name in TALK]  # None where they are not told
    late = entry["done_late"]
    if None in (*counts, late) or any(map(is_few, (*counts, late))):
        why = _(
            "Hvor mange som ble invitert, takket nei eller ikke svarte, vises ikke: en av gruppene "
            "er under {n} elever."
        ).format(n=FEWEST)
        return [], why
    held = entry["denominator"] - sum(counts)
    shown = [Count(_("Invitert"), entry["invited"]), Count(_("Holdt"), held)]
    return [*shown, *(Count(reason_word(name).capitalize(), entry[name]) for name in TALK)], ""


def left_out(entry: Entry) -> str:
    """How many are not counted and why, as a sentence; the reasons only as whole groups."""
    reasons = entry["excluded"] or {}  # None where a public edition does not tell them
    total = sum(reasons.values())
    if entry["problem"] or not total:
        return ""
    if is_few(total):
        return _("Under {n} elever er holdt utenfor.").format(n=FEWEST)
    if entry.get("total_untold"):
        named = ", ".join(reason_word(reason) for reason in reasons)
        return _(
            "Noen elever er holdt utenfor: {reasons}. Hvor mange vises ikke, for det ville vist et "
            "tall under {n}."
        ).format(reasons=named, n=FEWEST)
    pupils = counted(total, _("{n} elev er holdt utenfor"), _("{n} elever er holdt utenfor"))
    words = [reason_word(reason) for reason in reasons]
    if not any(map(is_few, reasons.values())) and not entry.get("reasons_untold"):
        words = [f"{reason_word(reason)} ({n})" for reason, n in reasons.items()]
    return f"{pupils}: {', '.join(words)}."


def recorded_late(entry: Entry) -> str:
    """How many facts were recorded after the counting date, as a sentence."""
    n = entry["recorded_after"]
    if entry["problem"] or n == 0:
        return ""
    if n is None:
        return _(
            "Hvor mange av dem i telleren som er registrert etter tellingsdatoen, vises ikke, for "
            "det ville vist et tall under {n}."
        ).format(n=FEWEST)
    if entry["numerator"] is None:  # how many would tell of the numerator
        return _("Noen av dem i telleren er registrert etter tellingsdatoen.")
    return _("{n} av dem i telleren er registrert etter tellingsdatoen.").format(n=n)
