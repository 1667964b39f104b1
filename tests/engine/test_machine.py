"""The pupil's year as a state machine, held against a small model by random acts and days.

The model below knows three steps and the vedtak of one pupil, in plain sets; the product runs the
shipped wheel on a real database. After every act both must say the same status of every step, the
log must have grown by one event per changed row, and a refused act must have changed nothing.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlmodel import Session

from iopflow.engine import acts, cases, talks
from iopflow.engine.happenings import Done, NotNow
from iopflow.engine.ledger import Act
from iopflow.engine.opening import open_year
from iopflow.models import Answer, ConsentKind, Outcome, Pupil, School, What, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.status import Status
from tests.databases import LONG, Databases
from tests.factories import RULES, YEAR, Lia, lia

START = date(2026, 6, 1)
FIRST, LAST = date(2026, 8, 17), date(2027, 6, 18)
READY, TALK, REPORT = "iop.klar_skolestart", "iop.utviklingssamtale", "iop.halvarsevaluering"
STEPS = (READY, TALK, REPORT)
DAYS = {  # opens, due, limit: as the wheel says for 2026-27
    READY: (date(2026, 6, 1), FIRST, None),
    TALK: (date(2026, 11, 1), date(2027, 1, 15), date(2027, 3, 1)),
    REPORT: (date(2026, 12, 4), date(2027, 1, 15), None),
}


@dataclass
class Model:
    """What a school would say on paper."""

    today: date = START
    done: dict[str, date] = field(default_factory=dict)
    waived: set[str] = field(default_factory=set)
    invited: set[date] = field(default_factory=set)
    declined: set[date] = field(default_factory=set)
    consent: list[tuple[date, bool]] = field(default_factory=list)
    answers: dict[tuple[ConsentKind, date], bool] = field(default_factory=dict)
    received: date | None = None
    vedtak: dict[date, tuple[date, date]] = field(default_factory=dict)
    left: date | None = None

    def gone_by(self, day: date) -> bool:
        """Whether the pupil had left by a day; of the last day nothing is hidden."""
        return self.left is not None and self.today > self.left and day > self.left

    def consents(self) -> bool:
        """The latest answer stands; of two on one day the last one written."""
        if not self.consent:
            return False
        latest = max(day for day, _given in self.consent)
        return [given for day, given in self.consent if day == latest][-1]

    def grants(self, day: date) -> bool:
        return any(start <= day <= end for start, end in self.vedtak.values())

    def overlaps(self, start: date, end: date) -> bool:
        """Whether a vedtak of another day grants on one of the days."""
        others = [valid for decided, valid in self.vedtak.items() if decided != self.today]
        return any(first <= end and start <= last for first, last in others)

    def decided(self) -> bool:
        return bool(self.vedtak)

    def said_no(self) -> bool:
        last_no = max(self.declined, default=date.min)
        return bool(self.declined) and last_no >= max(self.invited, default=date.min)

    def status(self, step: str) -> Status:
        opens, due, limit = DAYS[step]
        if step in self.done:
            late = self.done[step] > (limit or due)
            return Status.DONE_LATE if late else Status.DONE
        if step in self.waived:
            return Status.NOT_APPLICABLE
        if self.left is not None and self.today > self.left:
            return Status.CANCELLED
        if step == TALK and self.said_no():
            return Status.DECLINED
        if self.today < opens:
            return Status.PLANNED
        if step == READY and not self.decided():
            return Status.WAITING
        if step != TALK and self.today >= FIRST and not self.grants(min(self.today, LAST)):
            return Status.SUSPENDED
        return Status.OVERDUE if self.today > due else Status.OPEN


steps = st.sampled_from(STEPS)
back = st.integers(0, 40).map(timedelta)


class Machine(RuleBasedStateMachine):
    """Random acts on one pupil; `databases` is set by the test that runs it."""

    databases: Databases

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        engine = self.stack.enter_context(self.databases.in_memory())
        self.session = self.stack.enter_context(Session(engine))
        self.model = Model()
        self.cast: Lia = lia(self.session)

    def teardown(self) -> None:
        self.stack.close()

    @initialize()
    def a_pupil_with_a_need(self) -> None:
        self.cast.pupil("v-001")
        self.cast.need("v-001")
        school = self.session.get_one(School, self.cast.ids["lia"])
        open_year(self.session, RULES, YEAR, [school], act=self.act("rollover"))

    # ------------------------------------------------------------------ helpers

    def act(self, kind: str) -> Act:
        noon = datetime.combine(self.model.today, time(12), tzinfo=UTC)
        return Act(kind, noon, reason="prøve")

    def rows(self) -> dict[str, TaskRow]:
        asked = Asked(pupil="v-001", year=YEAR)
        found = tasks(self.session, RULES, EVERYONE, asked, today=self.model.today)
        return {row.step.key: row for row in found}

    def events(self) -> int:
        event = metadata.tables["event"]
        return int(self.session.execute(select(func.count()).select_from(event)).scalar_one())

    def facts(self) -> list[Any]:
        tables = ("happening", "vedtak", "consent", "assessment")
        return [
            self.session.execute(select(metadata.tables[name]).order_by("id")).all()
            for name in tables
        ]

    def attempt(self, act: Callable[[], Done], *, allowed: bool) -> bool:
        """Runs an act. Refused exactly when the model says so, and then nothing has changed."""
        before, facts = self.events(), self.facts()
        try:
            done = act()
        except NotNow:
            assert not allowed
            assert (self.events(), self.facts()) == (before, facts)
            return False
        assert allowed
        assert self.events() >= before + done.changed
        return True

    # ------------------------------------------------------------------ what people do

    @rule(step=steps, ago=back)
    def complete(self, step: str, ago: timedelta) -> None:
        day = self.model.today - ago
        waits = step == READY and not self.model.decided()
        blocked = self.model.gone_by(day) or (step != TALK and (step in self.model.waived or waits))
        row = self.rows()[step]

        def done() -> Done:
            if step == TALK:
                return talks.talk(
                    self.session,
                    [row],
                    What.HELD,
                    on=day,
                    today=self.model.today,
                    act=self.act("t"),
                )
            return acts.complete(
                self.session, [row], on=day, today=self.model.today, act=self.act("complete")
            )

        if self.attempt(done, allowed=not blocked):
            self.model.done[step] = day

    @rule(step=steps)
    def reopen(self, step: str) -> None:
        row = self.rows()[step]
        there = step in self.model.done or step in self.model.waived
        if self.attempt(
            lambda: acts.reopen(self.session, [row], reason="feil", act=self.act("reopen")),
            allowed=there,
        ):
            self.model.done.pop(step, None)
            self.model.waived.discard(step)

    @rule(step=steps)
    def not_applicable(self, step: str) -> None:
        row = self.rows()[step]
        if self.attempt(
            lambda: acts.not_applicable(
                self.session,
                [row],
                on=self.model.today,
                today=self.model.today,
                reason="annet opplegg",
                act=self.act("not_applicable"),
            ),
            allowed=step != TALK
            and step not in self.model.done
            and not self.model.gone_by(self.model.today),
        ):
            self.model.waived.add(step)

    @rule(what=st.sampled_from([What.INVITED, What.DECLINED]), ago=back)
    def talk(self, what: What, ago: timedelta) -> None:
        day = self.model.today - ago
        row = self.rows()[TALK]
        asked = any(one <= day for one in self.model.invited)
        if self.attempt(
            lambda: talks.talk(
                self.session, [row], what, on=day, today=self.model.today, act=self.act("talk")
            ),
            allowed=(what is What.INVITED or asked) and not self.model.gone_by(day),
        ):
            days = self.model.invited if what is What.INVITED else self.model.declined
            days.add(day)

    @precondition(lambda self: not self.model.gone_by(self.model.today))
    @rule(kind=st.sampled_from(list(ConsentKind)), given=st.booleans())
    def consent(self, kind: ConsentKind, given: bool) -> None:
        """An answer; another one of the same day would take the first away, and is refused."""
        answer = Answer.GIVEN if given else Answer.REFUSED
        today = self.model.today
        if not self.attempt(
            lambda: cases.consent(
                self.session,
                RULES,
                self.case(),
                kind=kind,
                answer=answer,
                on=today,
                today=today,
                act=self.act("consent"),
            ),
            allowed=self.model.answers.get((kind, today), given) is given,
        ):
            return
        self.model.answers[kind, today] = given
        if kind is ConsentKind.VEDTAK:
            self.model.consent.append((today, given))

    def case(self) -> cases.Case:
        pupil = self.session.get_one(Pupil, self.cast.ids["v-001"])
        return cases.case_of(self.session, RULES, pupil, YEAR)

    @precondition(lambda self: not self.model.gone_by(self.model.today))
    @rule()
    def receive_assessment(self) -> None:
        """Also corrects the day; never to one after a decision that rests on it."""
        facts = self.case().facts
        answer = facts.answer("utredning", YEAR.start)
        if self.attempt(
            lambda: cases.assessment(
                self.session,
                RULES,
                self.case(),
                {"received_on": self.model.today},
                today=self.model.today,
                act=self.act("assessment"),
            ),
            allowed=answer is not None
            and answer.given
            and all(decided >= self.model.today for decided in self.model.vedtak),
        ):
            self.model.received = self.model.today

    @precondition(lambda self: not self.model.gone_by(self.model.today))
    @rule(days=st.integers(30, 400))
    def decide(self, days: int) -> None:
        start = min(self.model.today, date(2026, 8, 1))
        end = self.model.today + timedelta(days)
        if self.attempt(
            lambda: cases.vedtak(
                self.session,
                RULES,
                self.case(),
                {"valid_from": start, "valid_to": end},
                decided=self.model.today,
                outcome=Outcome.GRANTED,
                today=self.model.today,
                act=self.act("vedtak"),
            ),
            allowed=self.model.received is not None
            and self.model.consents()
            and not self.model.overlaps(start, end),
        ):
            self.model.vedtak[self.model.today] = (start, end)

    @precondition(lambda self: self.model.left is None)
    @rule()
    def leave(self) -> None:
        enrolment = metadata.tables["enrolment"]
        self.session.execute(enrolment.update().values(ends=self.model.today))
        self.model.left = self.model.today

    @rule(days=st.sampled_from([1, 7, 30, 60, 120]))
    def time_passes(self, days: int) -> None:
        self.model.today = min(self.model.today + timedelta(days), date(2027, 8, 1))

    # ------------------------------------------------------------------ what always holds

    @invariant()
    def both_say_the_same(self) -> None:
        rows = self.rows()
        assert {step: rows[step].status for step in STEPS if step in rows} == {
            step: self.model.status(step) for step in STEPS if step in rows
        }


def test_the_years_machine_equals_its_model(server: Databases) -> None:
    machine = type("OnOneDatabase", (Machine,), {"databases": server})
    examples = (10 if server.kind == "sqlite" else 2) * (60 if LONG else 1)
    run_state_machine_as_test(
        machine,
        settings=settings(
            settings.get_profile("iopflow"), max_examples=examples, stateful_step_count=25
        ),
    )
