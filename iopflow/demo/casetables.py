"""The tables of the cases: what is known of them on a day, and nothing later."""

from collections.abc import Iterator
from datetime import date

from iopflow.demo import beside, moves
from iopflow.demo.case import Case
from iopflow.demo.ledger import Ledger
from iopflow.demo.members import World
from iopflow.lifecycle import turned_15
from iopflow.schoolyear import Year

Row = dict[str, str]


def day_cell(day: date | None) -> str:
    """A day as a file has it."""
    return day.isoformat() if day else ""


def truth_cell(value: bool) -> str:
    """Yes or no as a file has it."""
    return "ja" if value else "nei"


class CaseTables:
    """Turns cases into rows, with nothing that is not known on `today`."""

    def __init__(self, world: World, ledger: Ledger, today: date, known: frozenset[str]) -> None:
        self._world = world
        self._dice = world.dice
        self._ledger = ledger
        self._today = today
        self._known = known

    def _past(self, day: date | None) -> bool:
        return day is not None and day <= self._today

    def _if_past(self, day: date | None) -> str:
        return day_cell(day) if self._past(day) else ""

    def _cases(self) -> Iterator[Case]:
        return (case for case in self._world.cases.all if case.pupil.key in self._known)

    def _recorded(self, about: object, what: str, day: date) -> str:
        return day_cell(min(self._ledger.recorded(day, what, about), self._today))

    def _archived(self, case: Case, what: str, day: date | None) -> str:
        """The number of a document in the archive, once it is there."""
        if day is None or not self._past(day):
            return ""
        number = self._dice.between(1000, 8999, "archive", case)
        return f"{case.year - 1}/{number}-{self._dice.between(2, 19, 'document', what, case)}"

    def assessments(self) -> Iterator[Row]:
        """The needs, and what became of them."""
        for case in self._cases():
            if not self._past(case.needed_since):
                continue
            facts = [case.needed_since, case.referred_on, case.complete_on, case.received_on]
            latest = max(day for day in facts if day is not None and self._past(day))
            received = self._past(case.received_on)
            yield {
                "pupil": case.pupil.key,
                "for_year": str(Year(case.year)),
                "needed_since": day_cell(case.needed_since),
                "referred_on": self._if_past(case.referred_on),
                "complete_on": self._if_past(case.complete_on),
                "received_on": self._if_past(case.received_on),
                "valid_to": day_cell(case.assessment_to) if received else "",
                "archive_ref": self._archived(case, "assessment", case.received_on),
                "recorded_on": self._recorded(case, "assessment", latest),
            }

    def vedtak(self) -> Iterator[Row]:
        """The decisions; one that is prolonged is two."""
        for case in self._cases():
            if case.decided_on is None or not self._past(case.decided_on):
                continue
            first = self._vedtak(case, case.decided_on)
            if case.first_to is None:
                yield first
                continue
            yield first | {"valid_to": day_cell(case.first_to)}
            if self._past(case.prolonged_on) and case.prolonged_on is not None:
                on = day_cell(case.prolonged_on)
                starts = date(case.first_to.year + 1, 1, 1)
                days = {"decided_on": on, "notified_on": on, "valid_from": day_cell(starts)}
                again = {
                    "arrived_on": "",
                    "archive_ref": self._archived(case, "prolonged", case.prolonged_on),
                    "recorded_on": on,
                }
                yield first | days | again

    def _vedtak(self, case: Case, decided: date) -> Row:
        reason = {
            "partly": "Innvilget færre timer enn anbefalt, se vedtaket.",
            "refused": "Utbytte innenfor ordinær opplæring, se vedtaket.",
        }.get(case.outcome, "")
        if case.departs:
            reason = "Avviker fra sakkyndig vurdering, begrunnet i vedtaket."
        return {
            "pupil": case.pupil.key,
            "for_year": str(Year(case.year)),
            "decided_on": day_cell(decided),
            "outcome": case.outcome,
            "valid_from": day_cell(case.valid_from),
            "valid_to": day_cell(case.valid_to),
            "notified_on": self._if_past(case.notified_on),
            "arrived_on": self._if_past(case.arrived_on),
            "decided_by": f"{case.pupil.home} kommune",
            "departs": truth_cell(case.departs),
            "reason": reason,
            "archive_ref": self._archived(case, "vedtak", decided),
            "recorded_on": self._recorded(case, "vedtak", decided),
        }

    def consents(self) -> Iterator[Row]:
        """The answers, and mostly who gave them."""
        for case in self._cases():
            for kind, day, answer in case.consents:
                if self._past(day):
                    yield {
                        "pupil": case.pupil.key,
                        "kind": kind,
                        "for_year": str(Year(case.year)),
                        "on": day_cell(day),
                        "answer": answer,
                        "answered_by": self._who(case, kind, day),
                        "recorded_on": self._recorded(case, kind + answer, day),
                    }

    def _who(self, case: Case, kind: str, day: date) -> str:
        """From 15 years the pupil answers (§ 24-5); what came on paper may not say who."""
        if self._dice.chance(0.12, "who", kind, case):
            return ""
        return "elev" if turned_15(case.pupil.birth_month, day) else "foresatte"

    def appeals(self) -> Iterator[Row]:
        """The appeals, as far as they have come."""
        for one in beside.appeals(self._world):
            if one.pupil.key in self._known and self._past(one.registered):
                yield {
                    "pupil": one.pupil.key,
                    "for_year": str(Year(one.year)),
                    "registered_on": day_cell(one.registered),
                    "kind": one.kind,
                    "reviewed_on": self._if_past(one.reviewed),
                    "forwarded_on": self._if_past(one.forwarded),
                    "result": one.result if self._past(one.closed) else "",
                    "closed_on": self._if_past(one.closed),
                }

    def pauses(self) -> Iterator[Row]:
        """The pauses; one that lasts has no end."""
        for one in moves.pauses(self._world):
            if one.pupil.key in self._known and self._past(one.starts):
                yield {
                    "pupil": one.pupil.key,
                    "for_year": str(Year(one.year)),
                    "from": day_cell(one.starts),
                    "court": one.court,
                    "to": self._if_past(one.ends),
                    "cause": one.cause,
                    "evidence": one.evidence,
                }

    def moves(self) -> Iterator[Row]:
        """What else has happened."""
        for one in moves.Moves(self._world).all():
            if one.pupil.key in self._known and self._past(one.on):
                yield {
                    "pupil": one.pupil.key,
                    "for_year": str(Year(one.year)),
                    "what": one.what,
                    "on": day_cell(one.on),
                    "note": one.note,
                    "evidence": one.evidence,
                    "recorded_on": self._recorded(one, "move", one.on),
                }

    def supports(self) -> Iterator[Row]:
        """Assistance and physical adaptation, sought and decided."""
        for one in beside.supports(self._world):
            if one.pupil.key not in self._known or not self._past(one.sought):
                continue
            decided = self._past(one.decided)
            latest = one.decided if decided and one.decided is not None else one.sought
            yield {
                "pupil": one.pupil.key,
                "kind": one.kind,
                "sought_on": day_cell(one.sought),
                "decided_on": self._if_past(one.decided),
                "outcome": one.outcome if decided else "",
                "valid_from": day_cell(one.valid_from) if decided else "",
                "valid_to": day_cell(one.valid_to) if decided else "",
                "notified_on": self._if_past(one.decided),
                "archive_ref": one.archive_ref if decided else "",
                "recorded_on": self._recorded(one.pupil.key, "support", latest),
            }
