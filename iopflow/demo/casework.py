"""What is done in the cases beside the facts: doubts told, reports to PPT, causes of delays."""

from datetime import date, timedelta

from iopflow.demo.case import Case
from iopflow.demo.ledger import Ledger
from iopflow.demo.members import World
from iopflow.demo.story import CAUSES_PPT
from iopflow.demo.timetable import Timetable


class CaseWork:
    """Writes the school's reports, and the delays of assessments and vedtak."""

    def __init__(self, world: World, times: Timetable, ledger: Ledger) -> None:
        self._world = world
        self._times = times
        self._ledger = ledger
        self._dice = world.dice

    def write(self) -> None:
        """All cases; steps whose facts have a table of their own take delays only."""
        for case in self._world.cases.all:
            self._report(case)
            if not case.arrival:
                self._why_assessment(case)
                self._why_vedtak(case)
        for pupil, year, day in self._world.concerns:
            by = self._world.teacher(pupil, day)
            self._ledger.add(year, "case.melding_rektor", pupil.key, "done", day, by)

    def _report(self, case: Case) -> None:
        """The school's report to PPT, some weeks after the referral at the latest."""
        rute = self._world.ruter[case.school]
        due = self._times.due("iop.pedagogisk_rapport", case.school, case.year)
        if case.arrival or case.pupil.school_on(due) is None:
            self._written_elsewhere(case, due)
            return
        if case.referred_on is None:
            return
        may = date(case.year, 5, 31)
        # Where the assessment came late, the report often had too.
        most = 24 if case.received_on is None or case.received_on > may else 4
        shift = self._dice.between(-12, most, "report", case)
        day = max(due - timedelta(days=5), case.referred_on + timedelta(days=20))
        day = rute.school_day(day + timedelta(days=shift))
        if case.pupil.school_on(day):
            by = self._world.teacher(case.pupil, day)
            key = case.pupil.key
            self._ledger.add(case.year, "iop.pedagogisk_rapport", key, "done", day, by)

    def _written_elsewhere(self, case: Case, due: date) -> None:
        """Who is not at the school yet has the report from a kindergarten or another school."""
        rute = self._world.ruter[case.school]
        stay = next(stay for stay in case.pupil.stays if stay.school == case.school)
        known = max(due, stay.known_from, case.needed_since or due)
        day = rute.days_on(known, self._dice.between(2, 9, "elsewhere", case))
        first = case.pupil.grade(case.year) == 1
        reason = "Rapporten er skrevet av barnehagen." if first else "Skrevet av forrige skole."
        by = self._world.leader(case.avdeling, day)
        step = "iop.pedagogisk_rapport"
        self._ledger.add(case.year, step, case.pupil.key, "not_applicable", day, by, reason=reason)

    def _why_assessment(self, case: Case) -> None:
        may = date(case.year, 5, 31)
        late = case.received_on is None or case.received_on > may
        if case.referred_on and late and self._dice.chance(0.6, "why", case):
            days = self._dice.between(-12, 6, "why on", case)
            day = self._world.ruter[case.school].work_day(may + timedelta(days=days))
            by = self._world.leader(case.avdeling, day)
            step = "iop.sakkyndig_vurdering"
            self._ledger.delay(case.year, step, case.pupil.key, day, by, CAUSES_PPT)

    def _why_vedtak(self, case: Case) -> None:
        rute = self._world.ruter[case.school]
        last = rute.last(case.year - 1)
        late = case.decided_on is None or case.decided_on > last
        if case.needs_vedtak and late and self._dice.chance(0.5, "why vedtak", case):
            days = self._dice.between(-5, 5, "why vedtak on", case)
            day = rute.work_day(last + timedelta(days=days))
            by = self._world.head(case.school, day)
            step = "iop.enkeltvedtak"
            self._ledger.delay(case.year, step, case.pupil.key, day, by, CAUSES_PPT)
