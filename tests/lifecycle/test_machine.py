"""The case as a state machine on a real database, held by random acts against the case on paper.

After every act both must say the same state and the same turn. A refused act must have changed no
row and say why and what to do; one that is taken must have left an event for each row changed.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
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

from iopflow.engine import cases, casework
from iopflow.engine.happenings import Done, NotNow
from iopflow.engine.ledger import Act
from iopflow.lifecycle import Course, Court
from iopflow.models import (
    Answer,
    AppealKind,
    Consenter,
    ConsentKind,
    MoveKind,
    Outcome,
    Pupil,
    metadata,
)
from iopflow.queries.courses import Histories
from iopflow.queries.rules import Rules
from tests.databases import LONG, Databases
from tests.factories import YEAR, Lia, lia
from tests.lifecycle.paper import DAY, Paper

RULES = Rules()
START, LAST = date(2026, 1, 5), date(2028, 2, 1)
TABLES = ("assessment", "vedtak", "consent", "case_move", "pause", "appeal")
REMEDY = re.compile(
    r"\b(registrer|skriv|rett|bytt|sett|avslutt|sjekk|bruk|trekk|importer)\b.*[.]$",
    re.IGNORECASE | re.DOTALL,
)

back = st.sampled_from([0, 0, 0, 0, 1, 7, 30]).map(timedelta)
notes = st.sampled_from([None, "referat mangler", "foresatte ønsker det"])
kinds = st.sampled_from(list(ConsentKind))


class Machine(RuleBasedStateMachine):
    """Random acts on one pupil's case; `databases` is set by the test that runs it."""

    databases: Databases

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        engine = self.stack.enter_context(self.databases.in_memory())
        self.session = self.stack.enter_context(Session(engine))
        self.today = START
        self.paper = Paper()
        self.appeals: set[date] = set()
        self.cast: Lia = lia(self.session)

    def teardown(self) -> None:
        """At the end each day lies with the one that paper says, from first to last."""
        found, (roads, _bad) = self.course(), self.paper.walk(self.today)
        if roads:
            first = roads[0][0]
            every = [first + n * DAY for n in range((self.today - first).days + 1)]
            counted = Counter(self.paper.turn(one, roads) for one in every)
            spent = found.spent(first, self.today + DAY)
            assert {court.value: n for court, n in spent.by_court.items()} == {
                court.value: counted[court.value] for court in Court
            }
            assert (spent.resting, spent.gross) == (counted[None], len(every))
        self.stack.close()

    @initialize()
    def a_pupil(self) -> None:
        self.cast.pupil("v-001")
        pupil = metadata.tables["pupil"]
        self.session.execute(pupil.update().values(birth_month="2011-06"))

    # ------------------------------------------------------------------ how an act is tried

    def act(self, kind: str) -> Act:
        return Act(kind, datetime.combine(self.today, time(12), tzinfo=UTC), reason="prøve")

    def case(self, *, following: bool = False) -> cases.Case:
        pupil = self.session.get_one(Pupil, self.cast.ids["v-001"])
        return cases.case_of(self.session, RULES, pupil, YEAR.next if following else YEAR)

    def course(self) -> Course:
        number = self.cast.ids["v-001"]
        return Histories(self.session, [number]).course(number, YEAR.start, until=self.today)

    def rows(self) -> dict[str, int]:
        """How many rows each table has; of the log those of the case's own tables."""
        event = metadata.tables["event"]
        counts = {
            name: select(func.count()).select_from(metadata.tables[name])
            for name in (*TABLES, "task")
        } | {"event": select(func.count()).where(event.c.table_name.in_(TABLES))}
        return {name: self.session.execute(one).scalar_one() for name, one in counts.items()}

    def attempt(
        self, act: Callable[[], Done], then: Paper, row: Any, *, plain: bool = True
    ) -> None:
        """Tries an act. `then` is the paper with it, `row` what it writes, `plain` that nothing
        but the law can refuse it.
        """
        known = self.paper.walk(self.today)[1]
        new = then.walk(self.today)[1] - known
        against = {why for _on, _kind, what, why in new if what == row or why == "et annet vedtak"}
        before = self.rows()
        try:
            done = act()
        except NotNow as refused:
            said = str(refused)
            assert against or not plain, said
            assert self.rows() == before
            assert len(said) > 40
            assert REMEDY.search(said), said
            if plain:
                for why in against:
                    assert ("saken er «" if why.startswith("saken er") else why) in said
            return
        assert plain, "should have been refused"
        assert against == set()
        assert self.rows()["event"] == before["event"] + done.changed
        assert done.changed + done.unchanged == 1
        self.paper = then

    # ------------------------------------------------------------------ what people do

    @rule(ago=back)
    def need(self, ago: timedelta) -> None:
        on, then = self.today - ago, self.paper.copy()
        then.need["need"] = on

        def act() -> Done:
            return cases.need(
                self.session, RULES, self.case(), since=on, today=self.today, act=self.act("need")
            )

        left = self.paper.left
        gone = left is not None and left < min(on, date(2026, 8, 1))
        later = all(
            on <= day for name, day in then.need.items() if name in ("referred", "received")
        )
        self.attempt(act, then, "need", plain=later and not gone)

    @rule(step=st.sampled_from(["referred", "complete", "received"]), ago=back)
    def assessment(self, step: str, ago: timedelta) -> None:
        on, then = self.today - ago, self.paper.copy()
        then.need[step] = on
        order = [then.need.get(one, None) for one in ("referred", "complete", "received")]
        days = [one for one in order if one is not None]
        values = {f"{step}_on": on}

        def act() -> Done:
            return cases.assessment(
                self.session, RULES, self.case(), values, today=self.today, act=self.act("a")
            )

        plain = "need" in self.paper.need and days == sorted(days)
        self.attempt(act, then, "need", plain=plain)

    @rule(
        kind=kinds,
        answer=st.sampled_from(list(Answer)),
        by=st.sampled_from([None, *Consenter]),
        ago=back,
    )
    def consent(
        self, kind: ConsentKind, answer: Answer, by: Consenter | None, ago: timedelta
    ) -> None:
        on, then = self.today - ago, self.paper.copy()
        key = (kind.value, on)
        given = answer is Answer.GIVEN
        who = by.value if by else then.answers.get(key, {}).get("by")
        other = self.paper.answers.get(key, {}).get("answer", answer) is not answer
        then.answers[key] = {"given": given, "by": who, "answer": answer}
        gave = any(
            of == kind.value and one["given"] and day <= on
            for (of, day), one in self.paper.answers.items()
        )

        def act() -> Done:
            return cases.consent(
                self.session,
                RULES,
                self.case(),
                kind=kind,
                answer=answer,
                on=on,
                today=self.today,
                act=self.act("consent"),
                answered_by=by,
            )

        self.attempt(act, then, key, plain=not other and (answer is not Answer.WITHDRAWN or gave))

    @rule(kind=st.sampled_from(list(MoveKind)), note=notes, ago=back)
    def move(self, kind: MoveKind, note: str | None, ago: timedelta) -> None:
        on, then = self.today - ago, self.paper.copy()
        key = (kind.value, on)
        then.notes[key] = note or then.notes.get(key)

        def act() -> Done:
            return casework.move(
                self.session,
                self.case(),
                kind,
                on=on,
                note=note,
                today=self.today,
                act=self.act("move"),
            )

        delivered = kind is MoveKind.SENT_BACK and "received" in self.paper.need
        self.attempt(act, then, key, plain=not delivered)

    @rule(
        outcome=st.sampled_from([Outcome.GRANTED, *Outcome]),
        starts=st.sampled_from([0, 30, None]),
        days=st.sampled_from([-10, 60, 200, 400]),
        departs=st.sampled_from([False, False, True]),
        reason=st.sampled_from([None, "arkiv 17"]),
        ago=back,
    )
    def decide(
        self,
        outcome: Outcome,
        starts: int | None,
        days: int,
        departs: bool,
        reason: str | None,
        ago: timedelta,
    ) -> None:
        on = self.today - ago
        first = date(2026, 8, 1) if starts is None else on + timedelta(starts)
        values = {
            "valid_from": first,
            "valid_to": first + timedelta(days),
            "departs": departs,
            "reason": reason,
        }
        self.vedtak(on, outcome, values, plain=days > 0)

    @precondition(lambda self: self.paper.vedtak)
    @rule(data=st.data(), what=st.sampled_from(["notified", "arrived"]), ago=back)
    def tell(self, data: st.DataObject, what: str, ago: timedelta) -> None:
        decided = data.draw(st.sampled_from(sorted(self.paper.vedtak)))
        one, on = self.paper.vedtak[decided], self.today - ago
        notified = on if what == "notified" else one.get("notified")
        arrived = on if what == "arrived" else one.get("arrived")
        days = [day for day in (decided, notified, arrived) if day is not None]
        plain = days == sorted(days)
        self.vedtak(decided, Outcome(one["outcome"]), {f"{what}_on": on}, plain=plain)

    def vedtak(self, on: date, outcome: Outcome, values: Mapping[str, Any], *, plain: bool) -> None:
        then = self.paper.copy()
        names = {"valid_from": "first", "valid_to": "last"}
        said = {
            names.get(name, name.removesuffix("_on")): value
            for name, value in values.items()
            if value is not None
        }
        then.vedtak[on] = then.vedtak.get(on, {}) | said | {"outcome": outcome.value}

        def act() -> Done:
            return cases.vedtak(
                self.session,
                RULES,
                self.case(),
                values,
                decided=on,
                outcome=outcome,
                today=self.today,
                act=self.act("vedtak"),
            )

        self.attempt(act, then, on, plain=plain)

    @rule(court=st.sampled_from(list(Court)), days=st.sampled_from([None, -3, 0, 10]), ago=back)
    def pause(self, court: Court, days: int | None, ago: timedelta) -> None:
        starts, then = self.today - ago, self.paper.copy()
        given = None if days is None else starts + timedelta(days)
        ends = given or then.pauses.get(starts, ("", None))[1]
        then.pauses[starts] = (court.value, ends)
        last = ends or date.max
        clear = last >= starts and not any(
            other != starts and other <= last and starts <= (until or date.max)
            for other, (_court, until) in self.paper.pauses.items()
        )

        def act() -> Done:
            return casework.pause(
                self.session,
                self.case(),
                starts=starts,
                court=court,
                ends=given,
                cause="sykdom",
                today=self.today,
                act=self.act("pause"),
            )

        self.attempt(act, then, None, plain=clear)

    @rule(ago=back, implementation=st.booleans())
    def appeal(self, ago: timedelta, implementation: bool) -> None:
        on = self.today - ago
        decided = any(day <= on for day in self.paper.vedtak)
        values = {"kind": AppealKind.GJENNOMFORING if implementation else AppealKind.VEDTAK}

        def act() -> Done:
            return casework.appeal(
                self.session,
                self.case(),
                values,
                registered=on,
                today=self.today,
                act=self.act("appeal"),
            )

        self.attempt(act, self.paper.copy(), None, plain=implementation or decided)

    @precondition(lambda self: self.paper.left is None)
    @rule(need=st.booleans())
    def next_year(self, need: bool) -> None:
        then, case = self.paper.copy(), self.case(following=True)
        if need:
            then.next_need = self.today
        else:
            then.next_days.add(self.today)

        def act() -> Done:
            if need:
                return cases.need(
                    self.session, RULES, case, since=self.today, today=self.today, act=self.act("n")
                )
            return casework.move(
                self.session,
                case,
                MoveKind.NO_NEED,
                on=self.today,
                note="klarer seg",
                today=self.today,
                act=self.act("move"),
            )

        self.attempt(act, then, None)

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """A row that was wrong is withdrawn; there may be none."""
        then = self.paper.copy()
        rows: list[tuple[str, dict[str, Any], dict[Any, Any], Any]] = [
            *(("consent", {"kind": k, "on_day": d}, then.answers, (k, d)) for k, d in then.answers),
            *(("case_move", {"kind": k, "on_day": d}, then.notes, (k, d)) for k, d in then.notes),
            *(("vedtak", {"decided_on": d}, then.vedtak, d) for d in then.vedtak),
            *(("pause", {"starts": d}, then.pauses, d) for d in then.pauses),
        ]
        none: Any = ("vedtak", {"decided_on": date(2020, 1, 1)}, {None: None}, None)
        table, key, where, at = data.draw(st.sampled_from([none, *rows]))
        where.pop(at)

        def act() -> Done:
            return cases.withdraw(
                self.session, table, self.case(), key, reason="feil elev", act=self.act("withdraw")
            )

        before = self.rows()["event"]
        if at is None:
            self.attempt(act, then, None, plain=False)
        else:  # whatever rested on it is told as irregular from now on
            assert act().changed == 1
            assert self.rows()["event"] == before + 1
            self.paper = then

    @rule()
    def take_the_assessment_back(self) -> None:
        then = self.paper.copy()
        then.need = {name: day for name, day in then.need.items() if name == "need"}

        def act() -> Done:
            return cases.withdraw_assessment(
                self.session, self.case(), reason="feil elev", act=self.act("withdraw")
            )

        if then.need == self.paper.need:
            self.attempt(act, then, None, plain=False)
        else:
            assert act().changed == 1
            self.paper = then

    @rule()
    def leave_or_come_back(self) -> None:
        self.paper.left = self.today if self.paper.left is None else None
        self.session.execute(metadata.tables["enrolment"].update().values(ends=self.paper.left))

    @rule(days=st.sampled_from([1, 3, 14, 60, 150]))
    def time_passes(self, days: int) -> None:
        self.today = min(self.today + timedelta(days), LAST)

    # ------------------------------------------------------------------ what always holds

    @invariant()
    def both_say_the_same(self) -> None:
        found, (roads, _bad) = self.course(), self.paper.walk(self.today)
        assert found.state.value == (roads[-1][1] if roads else "ordinary")
        assert found.turn == self.paper.turn(self.today, roads)
        assert len(found.irregular) == len(_bad)
        if found.begun is not None:
            days = (self.today - found.begun).days + 1
            assert found.spent(found.begun, self.today + DAY).gross == days


def test_the_case_equals_the_case_on_paper(server: Databases) -> None:
    machine = type("OnOneDatabase", (Machine,), {"databases": server})
    examples = (12 if server.kind == "sqlite" else 2) * (60 if LONG else 1)
    run_state_machine_as_test(
        machine,
        settings=settings(
            settings.get_profile("iopflow"), max_examples=examples, stateful_step_count=30
        ),
    )
