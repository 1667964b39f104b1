"""The rules of happenings.csv: which word fits which step, and whose step it is."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from iopflow.importing.rows import BadRow, Row
from iopflow.models import Scope, What
from iopflow.texts import _
from iopflow.wheel import Step

if TYPE_CHECKING:
    from iopflow.importing.planner import Planner

Rule = Callable[["Planner", Row], None]
# A step's scope: how it is stored, and the kind of id that `subject` is.
SCOPES: Mapping[str, tuple[Scope, str]] = {
    "pupil": (Scope.PUPIL, "pupil"),
    "class": (Scope.UNIT, "unit"),
    "unit": (Scope.UNIT, "unit"),
    "school": (Scope.SCHOOL, "school"),
    "network": (Scope.NETWORK, "network"),
}
ONCE = frozenset({What.DONE, What.NOT_APPLICABLE})
TALK = frozenset({What.INVITED, What.DECLINED, What.NO_REPLY, What.CANCELLED, What.NOT_POSSIBLE})
FILES = {"assessment": "assessments", "consent": "consents", "vedtak": "vedtak"}


def _fitting_word(planner: "Planner", row: Row) -> None:
    _right_word(planner.known.step(row["step"]), row["what"])


def _complete(planner: "Planner", row: Row) -> None:
    """Finds the subject and the occasion, which the key holds."""
    step = planner.known.step(row["step"])
    what: What = row["what"]
    scope, kind = (Scope.PUPIL, "pupil") if what is What.PRESENT else SCOPES[step.scope]
    row["scope"] = scope
    row["subject_id"] = planner.known.number("subject", kind, row[":subject"])
    once = what in ONCE or (what is What.HELD and not step.many)
    row["occasion"] = "" if once else row["on_day"].isoformat()


def not_after_today(column: str, stored: str) -> Rule:
    """The rule that what has not happened yet is no fact."""

    def rule(planner: "Planner", row: Row) -> None:
        if row[stored] > planner.today:
            raise BadRow(
                column,
                _("er etter i dag ({today})").format(today=planner.today),
                _("importer den når den har skjedd, eller rett datoen"),
            )

    return rule


def _reasoned(_planner: "Planner", row: Row) -> None:
    if row["what"] is What.NOT_APPLICABLE and not row["reason"]:
        raise BadRow("reason", _("«ikke aktuelt» trenger en begrunnelse"), _("skriv hvorfor"))


def _in_a_wheel(planner: "Planner", row: Row) -> None:
    schools = _schools(planner, row)
    if schools and not any(planner.known.has_step(school, row["step"]) for school in schools):
        raise BadRow(
            "step",
            _("finnes ikke i årshjulet til skolen"),
            _("rett steget, eller skolens årshjul (wheel i schools.csv)"),
        )


def _schools(planner: "Planner", row: Row) -> set[int]:
    """The schools whose wheel the step is in; none where that cannot be told."""
    known, subject = planner.known, row["subject_id"]
    if row["scope"] is Scope.PUPIL:
        return {stay.school_id for stay in known.stays.get(subject, ())}
    if row["scope"] is Scope.UNIT:
        return {known.units[subject][1]}
    return {subject} if row["scope"] is Scope.SCHOOL else set()


def _right_word(step: Step, what: What) -> None:
    """Whether the word fits the step. Raises BadRow with the one that does."""
    if what is What.DELAY:
        return
    if step.fact is not None:
        file = f"{FILES[step.fact.partition('.')[0]]}.csv"
        raise BadRow(
            "what",
            _("{step} følger av {file} og tar bare delay").format(step=step.key, file=file),
            _("skriv datoen i {file}").format(file=file),
        )
    if not step.recordable:
        raise BadRow("step", _("er en helårsoppgave som ikke krysses av"), _("stryk raden"))
    talk = step.happening == "held"
    if what is What.PRESENT:
        if not step.many:
            raise BadRow(
                "what",
                _("present gjelder klassens foreldremøter"),
                _("skriv et foreldremøte i step"),
            )
    elif what is (What.DONE if talk else What.HELD):
        right = What.HELD if talk else What.DONE
        raise BadRow(
            "what",
            _("passer ikke for {step}").format(step=step.key),
            _("skriv {word}").format(word=right.value),
        )
    elif what in TALK and not talk:
        raise BadRow(
            "what",
            _("gjelder samtaler og møter, ikke {step}").format(step=step.key),
            _("skriv done eller not_applicable"),
        )
    elif what is What.NOT_APPLICABLE and step.kind == "conversation":
        raise BadRow(
            "what",
            _("en samtale kan ikke være not_applicable"),
            _("skriv declined eller not_possible"),
        )


# Its key is completed, and then it must have a day that has come, a reason, a school with the step.
COMPLETE_HAPPENING: tuple[Rule, ...] = (_fitting_word, _complete)
CHECK_HAPPENING: tuple[Rule, ...] = (not_after_today("on", "on_day"), _reasoned, _in_a_wheel)
