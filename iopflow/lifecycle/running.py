"""The course of a case: each thing that happened taken through the moves, up to a day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from iopflow.facts import CaseFacts, PauseFact
from iopflow.lifecycle.happened import BY_TIME, CaseEvent, Circumstances, events
from iopflow.lifecycle.law import RULES, Rule
from iopflow.lifecycle.moves import ANYWAY, GUARDS, TABLE, Look
from iopflow.lifecycle.states import Court, State
from iopflow.lifecycle.titles import HAPPENED
from iopflow.texts import Text, _

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Irregular:
    """Something that happened against a rule: it stands, and this says what is wrong with it."""

    event: CaseEvent
    rule: Rule
    why: str

    @property
    def words(self) -> str:
        """The sentence: what, why not, and the paragraph."""
        title = HAPPENED[self.event.kind].get()
        law = f" ({self.rule.paragraph})" if self.rule.paragraph else ""
        return _("{what}: {why}{law}.").format(what=title, why=self.why, law=law)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in one state, from `starts` until before `ends`; `turn` is who had the ball."""

    state: State
    starts: date
    ends: date
    turn: Court | None


@dataclass(frozen=True, slots=True)
class Pause:
    """Days with a cause of their own, from `starts` until before `ends`."""

    starts: date
    ends: date
    court: Court
    cause: str | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class Spent:
    """Where the days of a stretch of time went. `gross` is the sum; `net` leaves pauses out."""

    by_court: Mapping[Court, int]
    resting: int  # days on which nobody was waited for
    paused: int

    @property
    def gross(self) -> int:
        """All days."""
        return sum(self.by_court.values()) + self.resting

    @property
    def net(self) -> int:
        """The days outside pauses."""
        return self.gross - self.paused


@dataclass(frozen=True, slots=True)
class Course:
    """A case for one year served, up to and including a day."""

    year: int
    until: date
    events: tuple[CaseEvent, ...]
    stretches: tuple[Stretch, ...]
    pauses: tuple[Pause, ...]
    irregular: tuple[Irregular, ...]

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.stretches[-1].state if self.stretches else State.ORDINARY

    @property
    def turn(self) -> Court | None:
        """Whose turn it is."""
        return self.holder(self.until)

    @property
    def since(self) -> date | None:
        """Since when it has been that one's turn, without a break."""
        since = None
        for starts, _ends, court, _paused in reversed(list(self._cut(date.min, self.until))):
            if court is not self.turn:
                break
            since = starts
        return since

    @property
    def days(self) -> int:
        """How many days it has been that one's turn, today among them; 0 where it is nobody's."""
        return (self.until - self.since).days + 1 if self.turn and self.since else 0

    @property
    def next(self) -> Text | None:
        """What should happen next, where anybody is waited for."""
        return self.state.about.next if self.turn is not None else None

    @property
    def begun(self) -> date | None:
        """The first day anything happened."""
        return self.events[0].on if self.events else None

    def holder(self, day: date) -> Court | None:
        """Who had the ball at the end of a day; a pause says so before the state does.

        Before anything happened nobody had, and where nobody is waited for nothing is paused.
        """
        turn = next((one.turn for one in self.stretches if one.starts <= day < one.ends), None)
        paused = self._pause(day)
        return paused.court if turn is not None and paused is not None else turn

    def _pause(self, day: date) -> Pause | None:
        return next((one for one in self.pauses if one.starts <= day < one.ends), None)

    def spent(self, first: date, before: date) -> Spent:
        """Where the days from `first` until before `before` went: each lies with one court.

        A day lies with whoever had the ball at its end.
        """
        by_court = dict.fromkeys(Court, 0)
        resting = paused = counted = 0
        for starts, ends, court, in_pause in self._cut(first, before - _DAY):
            days = (ends - starts).days
            counted += days
            paused += days if in_pause else 0
            if court is None:
                resting += days
            else:
                by_court[court] += days
        # Days before anything happened lie with nobody.
        return Spent(by_court, resting + max(0, (before - first).days) - counted, paused)

    def _cut(self, first: date, last: date) -> Iterator[tuple[date, date, Court | None, bool]]:
        """The days from first to last, cut where the ball goes over or a pause begins or ends."""
        end = last + _DAY
        begun = max(first, self.stretches[0].starts) if self.stretches else end
        if begun >= end:
            return
        bounds = [(one.starts, one.ends) for one in self.stretches]
        bounds += [(one.starts, one.ends) for one in self.pauses]
        edges = {day for both in bounds for day in both if begun < day < end}
        for starts, ends in pairwise(sorted({begun, *edges, end})):
            court = self.holder(starts)
            yield starts, ends, court, court is not None and self._pause(starts) is not None


def course(case: CaseFacts, year: int, about: Circumstances, *, until: date) -> Course:
    """Runs a case. It knows only what has happened by the day, as the figures do."""
    known = case.known_on(until)
    taken = events(known, year, about, until=until)
    pauses = tuple(_pause(row, until) for row in known.pauses if row.year == year)
    stretches: list[Stretch] = []
    irregular: list[Irregular] = []
    state = State.ORDINARY
    since: date | None = None
    for event in taken:
        irregular += _against(known, year, about, state, event)
        move = TABLE.get((state, event.kind))
        to = (move.to if move is not None else ANYWAY.get(event.kind)) or state
        if since is None:
            since = event.on
        elif to is not state and since < event.on:
            _add(stretches, _stretch(state, since, event.on, about))
            since = event.on
        state = to
    if since is not None:
        _add(stretches, _stretch(state, since, until + _DAY, about))
    return Course(year, until, tuple(taken), tuple(stretches), pauses, tuple(irregular))


def _add(stretches: list[Stretch], more: Stretch) -> None:
    """Adds a stretch; what left a state and came back on one day has not left it."""
    if stretches and stretches[-1].state is more.state:
        more = replace(more, starts=stretches.pop().starts)
    stretches.append(more)


def _stretch(state: State, starts: date, ends: date, about: Circumstances) -> Stretch:
    known = state.about
    turn = about.decider if known.decides else known.turn
    if about.ends_with_assessment and state is State.SV_RECEIVED:
        turn = None
    return Stretch(state, starts, ends, turn)


def _pause(row: PauseFact, until: date) -> Pause:
    last = min(row.ends, until) if row.ends is not None else until
    return Pause(row.starts, last + _DAY, Court(row.court), row.cause, row.evidence)


def _against(
    case: CaseFacts, year: int, about: Circumstances, state: State, event: CaseEvent
) -> Iterator[Irregular]:
    """What is wrong with something that happened in a state."""
    move = TABLE.get((state, event.kind))
    # A guard says better than the order what is missing.
    guards = move.guards if move is not None else GUARDS.get(event.kind, ())
    if move is not None and not guards:
        return
    look = Look(case.known_on(event.on), year, event, about)
    broken = [
        Irregular(event, guard.rule, guard.why(look))
        for guard in guards
        if guard.rule.in_force(event.on) and not guard.holds(look)
    ]
    yield from broken
    if move is None and not broken and event.kind not in BY_TIME:
        why = _("saken er «{state}» da; registrer det som kommer før, eller rett datoen").format(
            state=state.about.title.get()
        )
        yield Irregular(event, RULES["rekkefolge"], why)
