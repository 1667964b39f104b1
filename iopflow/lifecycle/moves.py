"""The case as a state machine: one row per legal move, and the guards with their reasons.

A move goes from some states to another when something happens. What happened stands, in whatever
order it was written down; a happening without a row here, or whose guard does not hold, is told as
irregular, and is refused where somebody registers it (opplæringslova chapter 11, domain 2.3).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from iopflow.facts import CaseFacts, ConsentFact, MoveFact, VedtakFact
from iopflow.lifecycle.happened import CaseEvent, Circumstances, Happened
from iopflow.lifecycle.law import RULES, Rule
from iopflow.lifecycle.states import State
from iopflow.schoolyear import Year, how_to_add_skolerute
from iopflow.texts import _, short_date


@dataclass(frozen=True, slots=True)
class Look:
    """What a guard looks at: the case as known on the day, what happens, and of whom."""

    case: CaseFacts
    year: int
    event: CaseEvent
    about: Circumstances


@dataclass(frozen=True, slots=True)
class Guard:
    """What must be so for a move: the rule that says it, and in words why not and what to do."""

    rule: Rule
    holds: Callable[[Look], bool]
    why: Callable[[Look], str]


@dataclass(frozen=True, slots=True)
class Move:
    """A legal move. `to` is None where the case stays where it is."""

    on: Happened
    sources: frozenset[State]
    to: State | None
    guards: tuple[Guard, ...] = ()


def turned_15(birth_month: str | None, day: date) -> bool | None:
    """Whether the pupil is 15 on a day, by month: None in the month itself, or without a month."""
    if birth_month is None:
        return None
    year, month = (int(part) for part in birth_month.split("-"))
    now, then = (day.year, day.month), (year + 15, month)
    return None if now == then else now > then


# ---------------------------------------------------------------- guards


def _consented(kind: str) -> Callable[[Look], bool]:
    def holds(look: Look) -> bool:
        answer = look.case.answer(kind, look.year)
        return answer is not None and answer.given

    return holds


def _assessed(look: Look) -> bool:
    return look.case.assessed(look.year, look.about.first_day)


def _has_note(look: Look) -> bool:
    fact = look.event.fact
    return isinstance(fact, MoveFact) and bool(fact.note and fact.note.strip())


def _reason_to_depart(look: Look) -> bool:
    fact = look.event.fact
    return not isinstance(fact, VedtakFact) or not fact.departs or bool(fact.reason)


def _right_person(look: Look) -> bool:
    fact = look.event.fact
    if not isinstance(fact, ConsentFact) or fact.by is None:
        return True
    grown = turned_15(look.about.birth_month, fact.on_day)
    return grown is None or (fact.by == "elev") == grown


def _overlapping(look: Look) -> VedtakFact | None:
    """Another vedtak that grants on a day on which this one does."""
    mine = look.event.fact
    if not isinstance(mine, VedtakFact) or not (mine.grants and mine.valid_from and mine.valid_to):
        return None
    return next(
        (
            row
            for row in look.case.vedtak
            if (row.year, row.decided_on) != (mine.year, mine.decided_on)
            and row.grants
            and row.valid_from
            and row.valid_to
            and row.valid_from <= mine.valid_to
            and mine.valid_from <= row.valid_to
        ),
        None,
    )


def _why_overlapping(look: Look) -> str:
    other = _overlapping(look)
    if other is None or other.valid_from is None or other.valid_to is None:
        return ""
    return _(
        "et annet vedtak, av {day}, gjelder fra {start} til {end}: sett en tidligere siste dag på "
        "det, eller rett datoene"
    ).format(
        day=short_date(other.decided_on),
        start=short_date(other.valid_from),
        end=short_date(other.valid_to),
    )


def _why_not_right_person(look: Look) -> str:
    fact = look.event.fact
    if isinstance(fact, ConsentFact) and fact.by == "elev":
        return _("eleven er ikke fylt 15 år, og foresatte svarer: registrer svaret deres")
    return _("eleven er fylt 15 år og svarer selv: registrer elevens svar")


CONSENT_UTREDNING = Guard(
    RULES["samtykke"],
    _consented("utredning"),
    lambda look: _("samtykke til utredning var ikke gitt {day}: registrer det først").format(
        day=short_date(look.event.on)
    ),
)
CONSENT_VEDTAK = Guard(
    RULES["samtykke"],
    _consented("vedtak"),
    lambda look: _("samtykke til vedtak var ikke gitt {day}: registrer det først").format(
        day=short_date(look.event.on)
    ),
)
ASSESSED = Guard(
    RULES["sakkyndig"],
    _assessed,
    lambda look: (
        _("ingen sakkyndig vurdering som gjelder var mottatt {day}: registrer først når den kom")
        if look.about.first_day is not None
        else _(
            "ingen sakkyndig vurdering var mottatt {day}, og om en eldre fortsatt gjelder, kan "
            "ikke sees uten skoleruten for {year}: {remedy}"
        )
    ).format(day=short_date(look.event.on), year=Year(look.year), remedy=how_to_add_skolerute()),
)
REASON = Guard(
    RULES["avvik"],
    _reason_to_depart,
    lambda _look: _(
        "et vedtak som avviker fra sakkyndig vurdering må begrunnes: skriv begrunnelsen"
    ),
)
RIGHT_PERSON = Guard(RULES["femten"], _right_person, _why_not_right_person)
NO_OVERLAP = Guard(RULES["overlapp"], lambda look: _overlapping(look) is None, _why_overlapping)
WHAT_IS_MISSING = Guard(
    RULES["rekkefolge"],
    _has_note,
    lambda _look: _("skriv hva som mangler, så skolen kan sende det"),
)
WHY = Guard(
    RULES["rekkefolge"], _has_note, lambda _look: _("skriv hvorfor, så andre kan forstå det siden")
)

NOTHING_STANDS = Guard(
    RULES["rekkefolge"],
    lambda look: not look.case.granted(look.event.on),
    lambda _look: _("et vedtak gjelder: sett en tidligere siste dag på det først"),
)

# ---------------------------------------------------------------- moves

_S = State
_BEFORE = {_S.ORDINARY, _S.CONCERN, _S.MEASURES, _S.NOT_NEEDED}
_SEEKING = {_S.NEEDED, _S.ASKED_UTREDNING, _S.CONSENTED_UTREDNING}
_AT_PPT = {_S.REFERRED, _S.INCOMPLETE, _S.SV_WORK}
_DECIDING = {_S.SV_RECEIVED, _S.ASKED_VEDTAK, _S.CONSENTED_VEDTAK}
_WORKING = _SEEKING | _AT_PPT | _DECIDING
_UNTOLD = {_S.GRANTED, _S.PARTLY}
_REFUSALS = {_S.REFUSED, _S.REFUSAL_NOTIFIED}
_IN_FORCE = {_S.IN_FORCE, _S.RENEWAL_DUE}
_STANDING = _UNTOLD | {_S.NOTIFIED} | _IN_FORCE
_WITHDRAWN, _SUCCEEDED, _LAPSED = {_S.CONSENT_WITHDRAWN}, {_S.SUCCEEDED}, {_S.LAPSED}
_NO_CONSENT = {_S.NO_CONSENT}
_ALL = frozenset(State)
_LIVE = _ALL - {_S.CLOSED, _S.MOVED}


def _row(on: Happened, sources: Collection[State], to: State | None, *guards: Guard) -> Move:
    return Move(on, frozenset(sources), to, guards)


_H = Happened
# Where a kind has several rows their sources never overlap, which a test holds.
MOVES: tuple[Move, ...] = (
    _row(_H.CONCERN, {_S.ORDINARY}, _S.CONCERN),
    _row(_H.CONCERN, _ALL - {_S.ORDINARY}, None),
    _row(_H.MEASURES, {_S.ORDINARY, _S.CONCERN, _S.MEASURES}, _S.MEASURES),
    _row(_H.NO_NEED, _BEFORE | {_S.NEEDED, _S.ASKED_UTREDNING}, _S.NOT_NEEDED, WHY),
    # Also beside a vedtak that stands: then it is a new assessment for the same year.
    _row(_H.NEEDED, _LIVE - _WORKING - _NO_CONSENT, _S.NEEDED),
    _row(_H.NEEDED, _WORKING | _NO_CONSENT, None),
    _row(_H.ASKED_UTREDNING, {_S.NEEDED, _S.ASKED_UTREDNING} | _NO_CONSENT, _S.ASKED_UTREDNING),
    _row(_H.ASKED_UTREDNING, {_S.CONSENTED_UTREDNING} | _AT_PPT, None),
    _row(
        _H.CONSENT_UTREDNING,
        _BEFORE | {_S.NEEDED, _S.ASKED_UTREDNING} | _NO_CONSENT,
        _S.CONSENTED_UTREDNING,
        RIGHT_PERSON,
    ),
    _row(
        _H.CONSENT_UTREDNING,
        _LIVE - _BEFORE - {_S.NEEDED, _S.ASKED_UTREDNING} - _NO_CONSENT,
        None,
        RIGHT_PERSON,
    ),
    _row(
        _H.NO_UTREDNING,
        _BEFORE | _SEEKING | _AT_PPT | _NO_CONSENT,
        _S.NO_CONSENT,
        RIGHT_PERSON,
    ),
    _row(_H.NO_UTREDNING, _LIVE - _BEFORE - _SEEKING - _AT_PPT - _NO_CONSENT, None, RIGHT_PERSON),
    # A no to the vedtak, or a yes to it in advance, keeps nobody from being assessed.
    _row(
        _H.REFERRED,
        _BEFORE | _SEEKING | _NO_CONSENT | {_S.CONSENTED_VEDTAK},
        _S.REFERRED,
        CONSENT_UTREDNING,
    ),
    _row(_H.SENT_BACK, _AT_PPT, _S.INCOMPLETE, WHAT_IS_MISSING),
    _row(_H.SUPPLIED, {_S.INCOMPLETE}, _S.REFERRED),
    _row(_H.COMPLETE, _AT_PPT, _S.SV_WORK),
    # What was received has been referred, whether or not somebody wrote down the day.
    _row(
        _H.RECEIVED,
        _AT_PPT | _NO_CONSENT | {_S.CONSENTED_UTREDNING, _S.CONSENTED_VEDTAK},
        _S.SV_RECEIVED,
        CONSENT_UTREDNING,
    ),
    # An assessment of an earlier year may still be valid: then a case begins at the second consent.
    _row(
        _H.ASKED_VEDTAK,
        _BEFORE | _SEEKING | _DECIDING | _NO_CONSENT | _LAPSED | _REFUSALS,
        _S.ASKED_VEDTAK,
        ASSESSED,
    ),
    _row(
        _H.CONSENT_VEDTAK,
        _BEFORE | _DECIDING | _NO_CONSENT | _LAPSED | _REFUSALS,
        _S.CONSENTED_VEDTAK,
        RIGHT_PERSON,
    ),
    # Where the vedtak has begun already, that happens once more on the day.
    _row(_H.CONSENT_VEDTAK, _WITHDRAWN, _S.NOTIFIED, RIGHT_PERSON),
    _row(_H.CONSENT_VEDTAK, _SEEKING | _AT_PPT | _STANDING | _SUCCEEDED, None, RIGHT_PERSON),
    _row(
        _H.NO_VEDTAK,
        _BEFORE | _SEEKING | _AT_PPT | _DECIDING | _NO_CONSENT,
        _S.NO_CONSENT,
        RIGHT_PERSON,
    ),
    _row(_H.NO_VEDTAK, _STANDING | _WITHDRAWN, _S.CONSENT_WITHDRAWN, RIGHT_PERSON),
    _row(_H.NO_VEDTAK, _REFUSALS | _SUCCEEDED | _LAPSED, None, RIGHT_PERSON),
    _row(_H.GRANTED, _LIVE, _S.GRANTED, ASSESSED, CONSENT_VEDTAK, REASON, NO_OVERLAP),
    _row(_H.PARTLY, _LIVE, _S.PARTLY, ASSESSED, CONSENT_VEDTAK, REASON, NO_OVERLAP),
    _row(_H.REFUSED, _LIVE, _S.REFUSED, ASSESSED, REASON),
    _row(_H.NOTIFIED, _UNTOLD | {_S.NOTIFIED}, _S.NOTIFIED),
    _row(_H.NOTIFIED, _REFUSALS, _S.REFUSAL_NOTIFIED),
    _row(_H.NOTIFIED, _IN_FORCE | _WITHDRAWN | _SUCCEEDED | _LAPSED | _DECIDING, None),
    _row(_H.ARRIVED, _ALL, None),
    _row(_H.INTERIM_REPLY, _SEEKING | _AT_PPT | _DECIDING, None),
    _row(_H.BEGINS, _UNTOLD | _LAPSED | _NO_CONSENT | {_S.NOTIFIED}, _S.IN_FORCE),
    _row(_H.BEGINS, _ALL - _UNTOLD - _LAPSED - _NO_CONSENT - {_S.NOTIFIED}, None),
    _row(_H.RENEWAL, _STANDING, _S.RENEWAL_DUE),
    _row(_H.RENEWAL, _ALL - _STANDING, None),
    _row(_H.RENEWING, {_S.RENEWAL_DUE}, _S.IN_FORCE),
    _row(_H.RENEWING, _ALL - {_S.RENEWAL_DUE}, None),
    _row(_H.ENDS, _STANDING | _WITHDRAWN, _S.LAPSED),
    _row(_H.ENDS, _ALL - _STANDING - _WITHDRAWN, None),
    _row(_H.ENDS_CLOSED, _STANDING | _WITHDRAWN | _LAPSED, _S.CLOSED),
    _row(_H.ENDS_CLOSED, _ALL - _STANDING - _WITHDRAWN - _LAPSED, None),
    # A new assessment for a year whose vedtak another has followed is no longer waited for.
    _row(_H.SUCCEEDED, _STANDING | _WITHDRAWN | _LAPSED | _WORKING, _S.SUCCEEDED),
    _row(_H.SUCCEEDED, _ALL - _STANDING - _WITHDRAWN - _LAPSED - _WORKING, None),
    _row(_H.CLOSED, _LIVE, _S.CLOSED, WHY, NOTHING_STANDS),
    _row(_H.LEFT, _LIVE - _BEFORE - _SUCCEEDED, _S.MOVED),
    _row(_H.LEFT, _BEFORE | _SUCCEEDED | {_S.CLOSED, _S.MOVED}, None),
)

TABLE: Mapping[tuple[State, Happened], Move] = {
    (source, move.on): move for move in MOVES for source in move.sources
}
# Where something leads that happened in a state that has no row for it.
ANYWAY: Mapping[Happened, State] = {
    kind: next(move.to for move in MOVES if move.on is kind and move.to is not None)
    for kind in Happened
    if any(move.on is kind and move.to is not None for move in MOVES)
}
# What is asked of something that happened in such a state: a guard says best what is missing.
GUARDS: Mapping[Happened, tuple[Guard, ...]] = {
    move.on: move.guards for move in reversed(MOVES) if move.guards
}
