"""Talks with pupils and guardians: invited, held, declined, unanswered, cancelled, not possible."""

from collections.abc import Sequence
from datetime import date, timedelta

from iopflow.demo.ledger import Ledger
from iopflow.demo.members import Member, World
from iopflow.demo.story import CAUSES_SCHOOL, CAUSES_TALK, TALK_ENDS
from iopflow.demo.timetable import Timetable
from iopflow.demo.year import Skoleruter

_NOT_POSSIBLE = (
    "Eleven var ikke i form til samtale i halvåret.",
    "Langvarig fravær, samtale lot seg ikke gjennomføre.",
    "Tilrettelagt samtale med ASK er påbegynt.",
)
_DECLINED = (
    "Foresatte synes de har god nok dialog i hverdagen.",
    "Foresatte ønsker å ta det i ansvarsgruppen.",
    "Foresatte takket nei på telefon.",
)


class Talks:
    """Writes the talks of every year served."""

    def __init__(self, world: World, times: Timetable, ledger: Ledger) -> None:
        self._world = world
        self._times = times
        self._ledger = ledger
        self._dice = world.dice

    def write(self) -> None:
        """Pupil talks, development talks, talks on goals, and meetings around a pupil."""
        for year in self._world.years:
            members = self._world.members[year]
            self._goals(year, members)
            self._meetings(year, members)
            self._development(year, members)
            self._pupil_talks(year, members)

    def _rute(self, member: Member) -> Skoleruter:
        return self._world.ruter[member.school]

    def _add(self, member: Member, step: str, what: str, day: date, reason: str = "") -> None:
        # Who has moved during the year follows the days of the new school.
        if school := member.pupil.school_on(day):
            day = self._world.ruter[school].school_day(day)
            by = self._world.teacher(member.pupil, day)
            # What is sent is noted as it is sent; answers and talks sometimes later.
            at_once = what == "invited"
            self._ledger.add(
                member.year, step, member.key, what, day, by, reason=reason, at_once=at_once
            )

    # ------------------------------------------------------------------ pupil talks

    def _pupil_talks(self, year: int, members: Sequence[Member]) -> None:
        for step, indicator in (
            ("iop.elevsamtale_host", "P7_host"),
            ("iop.elevsamtale_var", "P7_var"),
        ):
            there = []
            for member in members:
                opens, closes = self._half(member, step)
                if member.start < closes - timedelta(days=28) and member.end >= closes:
                    there.append(member)
                elif member.end < opens or member.start > closes:
                    continue
            held = self._world.in_time(indicator, there, counted=year, about=step)
            for member in there:
                self._pupil_talk(member, step, str(member) in held)

    def _half(self, member: Member, step: str) -> tuple[date, date]:
        """The stretch of the half-year in which talks are held."""
        rute = self._rute(member)
        end = rute[member.year].autumn_end or date(member.year + 1, 1, 15)
        if step == "iop.elevsamtale_host":
            return date(member.year, 9, 7), end
        return date(member.year + 1, 2, 1), rute.last(member.year)

    def _pupil_talk(self, member: Member, step: str, held: bool) -> None:
        rute = self._rute(member)
        opens, closes = self._half(member, step)
        opens = max(opens, member.start + timedelta(days=10))
        # Mostly in the middle of the half-year, class by class.
        spread = (
            self._dice.roll(step, "day", member)
            + self._dice.roll(step, member.class_key, member.year)
        ) / 2
        day = rute.school_day(opens + timedelta(days=int((closes - opens).days * spread)))
        if held:
            self._add(member, step, "held", max(day, rute.school_day(opens)))
            return
        roll = self._dice.roll(step, "not held", member)
        if roll < 0.16:
            reason = self._dice.pick(_NOT_POSSIBLE, step, "reason", member)
            self._add(member, step, "not_possible", day, reason)
        elif roll < 0.34:
            self._add(member, step, "cancelled", day)
        elif roll < 0.62 and step == "iop.elevsamtale_host":
            self._add(member, step, "held", rute.after_school_days(closes, 1 + int(20 * roll)))
        if 0.3 < roll < 0.5:
            self._why(member, step, closes, CAUSES_SCHOOL)

    def _why(self, member: Member, step: str, due: date, causes: tuple[str, ...]) -> None:
        days = self._dice.between(-7, 3, step, "why", member)
        day = self._rute(member).work_day(due + timedelta(days=days))
        by = self._world.teacher(member.pupil, day)
        self._ledger.delay(member.year, step, member.key, day, by, causes)

    # ------------------------------------------------------------------ guardians

    def _goals(self, year: int, members: Sequence[Member]) -> None:
        """On the goals of the coming year, in the spring before it; everyone is invited."""
        step = "iop.malvalgsamtale"
        staying = [member for member in members if not member.new and not member.late]
        last = {school: rute.last(year - 1) for school, rute in self._world.ruter.items()}
        granted = self._world.cases.granted
        with_vedtak = [m for m in staying if granted(m.pupil, last[m.school])]
        others = [m for m in staying if not granted(m.pupil, last[m.school])]
        held = self._world.in_time("P8", with_vedtak, counted=year - 1, about="goals")
        held |= self._world.in_time("ordinary", others, counted=year - 1, about="goals")
        for member in staying:
            due = self._times.due(step, member.school, year)
            rute = self._rute(member)
            day = due - timedelta(days=int(26 * self._dice.roll("goals", "day", member) ** 1.4))
            if self._dice.chance(0.2, "goals", "june", member):
                day = due + timedelta(days=self._dice.between(1, 12, "goals", "in june", member))
            after = rute.first(year) + timedelta(days=4)
            on_time = str(member) in held
            self._talk(member, step, on_time, rute.school_day(day), last[member.school], after)
        for member in members:
            if member.new and not member.late:
                self._welcome(member, step)

    def _welcome(self, member: Member, step: str) -> None:
        """Guardians of those who begin in August come to a first talk in June."""
        rute = self._rute(member)
        last = rute.last(member.year - 1)
        day = rute.school_day(last - timedelta(days=self._dice.between(2, 14, "welcome", member)))
        if member.pupil.stays[0].known_from < day and self._dice.chance(0.92, step, member):
            by = self._world.staff.teacher(member.class_key, day)
            self._ledger.add(member.year, step, member.key, "held", day, by)

    def _development(self, year: int, members: Sequence[Member]) -> None:
        """With guardians and pupil at the half-year; everyone is invited."""
        step = "iop.utviklingssamtale"
        there = [
            member
            for member in members
            if member.start <= date(year, 12, 1) and member.end >= date(year + 1, 1, 31)
        ]
        march = date(year + 1, 3, 1)
        with_vedtak = [m for m in there if self._world.cases.granted(m.pupil, march)]
        others = [m for m in there if not self._world.cases.granted(m.pupil, march)]
        held = self._world.in_time("P9", with_vedtak, counted=year, about="development")
        held |= self._world.in_time("ordinary", others, counted=year, about="development")
        for member in there:
            due = self._times.due(step, member.school, year)
            rute = self._rute(member)
            opens = date(year, 11, 9)
            roll = (
                self._dice.roll(step, member) + self._dice.roll(step, member.class_key, year)
            ) / 2
            day = opens + timedelta(days=int(((due - opens).days + 10) * roll))
            self._talk(
                member, step, str(member) in held, rute.school_day(day), march, date(year + 1, 3, 8)
            )

    def _talk(
        self, member: Member, step: str, held: bool, day: date, limit: date, after: date
    ) -> None:
        rute = self._rute(member)
        invited = rute.school_day(
            day - timedelta(days=self._dice.between(9, 18, step, "invited", member))
        )
        end = "" if held else self._end(step, member)
        there = member.pupil.stay_on(invited) is not None
        if not held and not (end and there):
            # Nobody remembered to invite, or the pupil had only just come.
            return
        self._add(member, step, "invited", invited)
        if held:
            self._add(member, step, "held", min(day, rute.school_day(limit)))
        elif end == "late":
            self._add(
                member,
                step,
                "held",
                rute.after_school_days(after, self._dice.between(1, 9, step, "late", member)),
            )
        else:
            answered = rute.school_day(
                invited + timedelta(days=self._dice.between(2, 8, step, "answer", member))
            )
            if end == "declined":
                reason = self._dice.pick(_DECLINED, step, "declined", member)
                self._add(member, step, "declined", max(answered, invited), reason)
            elif end == "cancelled":
                self._add(member, step, "cancelled", max(day, invited))
            elif self._dice.chance(0.6, step, "says so", member):
                self._add(member, step, "no_reply", max(day, invited))
        if end and self._dice.chance(0.3, step, "explained", member):
            self._why(member, step, limit, CAUSES_TALK[end])

    def _end(self, step: str, member: Member) -> str:
        roll = self._dice.roll(step, "end", member)
        for end, part in TALK_ENDS:
            if roll < part:
                return end
            roll -= part
        return ""

    def _meetings(self, year: int, members: Sequence[Member]) -> None:
        """Ansvarsgruppe and cooperation meetings in early autumn."""
        step = "iop.samarbeidsmote"
        concerned = [m for m in members if m.granted_on and m.granted_on <= date(year, 11, 1)]
        prompt = self._world.in_time("other", concerned, counted=year, about=step)
        for member in concerned:
            rute = self._rute(member)
            due = self._times.due(step, member.school, year)
            earliest = rute.after_school_days(member.granted_on or member.start, 4)
            if str(member) in prompt and earliest <= due:
                day = due - timedelta(days=int(18 * self._dice.roll(step, member)))
                self._add(member, step, "held", max(rute.school_day(day), earliest))
            elif not self._dice.chance(
                self._world.forgets(member.class_key, due, 0.4), step, "never", member
            ):
                count = self._dice.between(1, 30, step, "late by", member)
                self._add(member, step, "held", rute.after_school_days(max(due, earliest), count))
