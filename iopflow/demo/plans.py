"""The IOP of each pupil through the year: draft, assurance, ready at the start, evaluations."""

from datetime import date, timedelta

from iopflow.demo.ledger import Ledger
from iopflow.demo.members import Member, World
from iopflow.demo.story import CAUSES_SCHOOL
from iopflow.demo.timetable import Timetable
from iopflow.demo.year import Skoleruter

_NEVER = 0.12  # of the late ones that a figure counts: nobody gets round to it
_FORGOTTEN = 0.4  # of the late ones that none counts
_EXPLAINED = 0.4  # of the late ones: somebody registers why

_ASSISTANCE = "Vedtaket gjelder bare personlig assistanse (§ 11-4)."
_ASSISTANCE_STEPS = (
    "iop.klar_skolestart",
    "iop.teste_justere",
    "iop.halvarsevaluering",
    "iop.arsevaluering",
)


class Plans:
    """Writes what happens on the pupils' IOP-er."""

    def __init__(self, world: World, times: Timetable, ledger: Ledger) -> None:
        self._world = world
        self._times = times
        self._ledger = ledger
        self._dice = world.dice

    def write(self) -> None:
        """Every year served."""
        for year in self._world.years:
            members = self._world.members[year]
            concerned = [member for member in members if member.granted_on]
            assistance = {
                str(member)
                for member in concerned
                if not member.new
                and member.granted_on == member.start
                and self._dice.chance(0.012, "assistance", member)
            }
            for member in concerned:
                if str(member) in assistance:
                    self._not_applicable(member)
            planned = [member for member in concerned if str(member) not in assistance]
            self._drafts(year, [member for member in planned if not member.new and not member.late])
            self._assurance(year, planned)
            self._ready(year, [member for member in planned if not member.new and not member.late])
            self._newcomers(year, [member for member in planned if member.new or member.late])
            self._try_out(year, planned)
            self._evaluations(year, planned)

    # ------------------------------------------------------------------ tools

    def _rute(self, member: Member) -> Skoleruter:
        return self._world.ruter[member.school]

    def _back(self, most: int, what: str, member: Member) -> timedelta:
        """So many days before the date, mostly near it: work is done when it is due."""
        return timedelta(days=int(most * self._dice.roll(what, "back", member) ** 1.6))

    def _late(self, member: Member, limit: date, most: int, what: str) -> date:
        count = 1 + int(most * self._dice.roll(what, "late", member) ** 2)
        return self._rute(member).after_school_days(limit, count)

    def _document(
        self,
        member: Member,
        step: str,
        on_time: bool,
        due: date,
        early: int,
        late: date,
        *,
        start: date | None = None,
        counted: bool = True,
    ) -> date | None:
        """A document of the pupil: on a school day up to the date, after it, or never."""
        rute = self._rute(member)
        if on_time:
            day = rute.school_day(due - self._back(early, step, member))
            day = max(day, start or day)
        else:
            if counted and self._dice.chance(_EXPLAINED, step, "explained", member):
                self._explain(member, step, due)
            forgotten = _NEVER
            if not counted:
                forgotten = self._world.forgets(member.class_key, due, _FORGOTTEN)
            if self._dice.chance(forgotten, step, "never", member):
                return None
            day = max(late, start or due)
        if day > member.end and due <= member.end:
            day = max(due, member.start) if on_time else day
        if school := member.pupil.school_on(day):
            # Who has moved during the year follows the days of the new school.
            day = self._world.ruter[school].school_day(day) if day <= member.end else day
        elif step != "iop.arsevaluering":
            return None
        by = self._world.teacher(member.pupil, day)
        self._ledger.add(member.year, step, member.key, "done", day, by)
        return day

    def _explain(self, member: Member, step: str, due: date) -> None:
        rute = self._rute(member)
        if step in ("iop.klar_skolestart", "iop.forenklet_nye"):
            day = rute.days_on(due, self._dice.between(1, 9, step, "delay", member))
        else:
            # Those who see that a counting date will not be met often say so before it.
            days = self._dice.between(-7, 5, step, "delay", member)
            day = rute.work_day(due + timedelta(days=days))
        by = self._world.teacher(member.pupil, day)
        self._ledger.delay(member.year, step, member.key, day, by, CAUSES_SCHOOL)

    def _not_applicable(self, member: Member) -> None:
        day = self._rute(member).school_day(member.start - timedelta(days=1))
        by = self._world.leader(member.avdeling, day)
        for step in _ASSISTANCE_STEPS:
            self._ledger.add(
                member.year, step, member.key, "not_applicable", day, by, reason=_ASSISTANCE
            )

    def _split(
        self, indicator: str, members: list[Member], year: int, about: str
    ) -> frozenset[str]:
        return self._world.in_time(indicator, members, counted=year, about=about)

    # ------------------------------------------------------------------ spring before

    def _drafts(self, year: int, members: list[Member]) -> None:
        prompt = self._split("other", members, year - 1, "malvalg")
        for member in members:
            due = self._times.due("iop.malvalg", member.school, year)
            self._document(
                member,
                "iop.malvalg",
                str(member) in prompt,
                due,
                24,
                self._late(member, due, 12, "malvalg"),
                counted=False,
            )

    def _assurance(self, year: int, members: list[Member]) -> None:
        """Signed off by the avdelingsleder, many on the same day."""
        prompt = self._split("other", members, year - 1, "assurance")
        for member in members:
            rute = self._rute(member)
            about = (member.avdeling, year)
            june = rute.last(year - 1) + timedelta(days=self._dice.between(3, 7, "june", *about))
            august = rute.planning(year)
            if member.granted_on != member.start or member.new:
                day = rute.after_school_days(member.granted_on or member.start, 12)
                if member.new:
                    day = max(day, rute.after_school_days(member.start, 15))
            elif str(member) in prompt:
                day = rute.work_day(june if self._dice.chance(0.6, "when", member) else august)
            elif self._dice.chance(_NEVER, "assurance never", member):
                continue
            else:
                day = self._late(member, rute.first(year), 20, "assurance")
            if not member.pupil.stay_on(day):
                continue
            by = self._world.leader(member.avdeling, day)
            self._ledger.add(year, "iop.kvalitetssikring", member.key, "done", day, by)

    # ------------------------------------------------------------------ autumn

    def _ready(self, year: int, members: list[Member]) -> None:
        with_vedtak = [member for member in members if member.granted_on == member.start]
        prompt = self._split("P4", with_vedtak, year, "ready")
        for member in members:
            rute = self._rute(member)
            first = rute.first(year)
            if member.granted_on != member.start:
                # No IOP can be taken into use before the vedtak (§ 11-10).
                self._after_vedtak(member, "iop.klar_skolestart", 4, 12)
            elif str(member) in prompt:
                day = rute.planning(year) + timedelta(
                    days=self._dice.between(0, 2, "ready", member)
                )
                day = first if self._dice.chance(0.3, "first day", member) else day
                by = self._world.teacher(member.pupil, day)
                self._ledger.add(year, "iop.klar_skolestart", member.key, "done", day, by)
            else:
                self._document(
                    member,
                    "iop.klar_skolestart",
                    False,
                    first,
                    0,
                    self._late(member, first, 28, "ready"),
                )

    def _after_vedtak(self, member: Member, step: str, soon: int, late: int) -> None:
        count = self._dice.between(soon, late, step, "after", member)
        day = self._rute(member).after_school_days(member.granted_on or member.start, count)
        if member.pupil.stay_on(day):
            by = self._world.teacher(member.pupil, day)
            self._ledger.add(member.year, step, member.key, "done", day, by)

    def _newcomers(self, year: int, members: list[Member]) -> None:
        on_start = [m for m in members if m.granted_on == m.start and not m.late]
        simple = self._split("P5", on_start, year, "simple")
        by_october = [m for m in members if m.granted_on and m.granted_on <= date(year, 9, 15)]
        complete = self._split("P6", by_october, year, "complete")
        for member in members:
            rute = self._rute(member)
            if str(member) in simple:
                day = rute.planning(year) + timedelta(
                    days=self._dice.between(0, 2, "simple", member)
                )
                by = self._world.teacher(member.pupil, day)
                self._ledger.add(year, "iop.forenklet_nye", member.key, "done", day, by)
            elif member in on_start:
                self._document(
                    member,
                    "iop.forenklet_nye",
                    False,
                    member.start,
                    0,
                    self._late(member, member.start, 18, "simple"),
                )
            else:
                self._after_vedtak(member, "iop.forenklet_nye", 2, 7)
            october = date(year, 10, 1)
            if str(member) in complete:
                latest = rute.school_day(october)
                day = rute.school_day(latest - self._back(12, "complete", member))
                day = min(latest, max(day, rute.after_school_days(member.granted_on or day, 6)))
                if member.pupil.stay_on(day):
                    by = self._world.teacher(member.pupil, day)
                    self._ledger.add(year, "iop.ferdig_nye", member.key, "done", day, by)
            elif member in by_october:
                self._document(
                    member,
                    "iop.ferdig_nye",
                    False,
                    october,
                    0,
                    self._late(member, october, 25, "complete"),
                )
            else:
                self._after_vedtak(member, "iop.ferdig_nye", 14, 24)

    def _try_out(self, year: int, members: list[Member]) -> None:
        prompt = self._split("other", members, year, "try out")
        for member in members:
            due = self._times.due("iop.teste_justere", member.school, year)
            rute = self._rute(member)
            start = rute.after_school_days(member.granted_on or member.start, 9)
            self._document(
                member,
                "iop.teste_justere",
                str(member) in prompt and start <= due,
                due,
                12,
                self._late(member, due, 25, "try out"),
                start=start,
                counted=False,
            )

    # ------------------------------------------------------------------ evaluations

    def _evaluations(self, year: int, members: list[Member]) -> None:
        half = self._split("other", members, year, "half-year")
        for member in members:
            due = self._times.due("iop.halvarsevaluering", member.school, year)
            if (member.granted_on or due) > due or member.end < due:
                continue
            self._document(
                member,
                "iop.halvarsevaluering",
                str(member) in half,
                due,
                32,
                self._late(member, due, 22, "half-year"),
                counted=False,
            )
        at_end = [
            member
            for member in members
            if member.pupil.stay_on(self._rute(member).last(year))
            and self._world.cases.granted(member.pupil, self._rute(member).last(year))
        ]
        whole = self._split("P3", at_end, year, "year")
        for member in at_end:
            rute = self._rute(member)
            due = self._times.due("iop.arsevaluering", member.school, year)
            if str(member) in whole and self._dice.chance(0.3, "after the 31st", member):
                # After the school's own date, before the limit of P3.
                rest = (rute.last(year) - due).days
                due += timedelta(days=self._dice.between(1, rest, "after the 31st", "day", member))
            limit = rute.last(year)
            self._document(
                member,
                "iop.arsevaluering",
                str(member) in whole,
                due if str(member) in whole else limit,
                20,
                rute.work_day(
                    limit + timedelta(days=self._dice.between(3, 11, "year late", member))
                ),
            )
