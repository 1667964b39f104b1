"""What the form of a step says, and the school's own changes that come of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iopflow.bounds import CONTROL
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.roles import RESPONSIBLE
from iopflow.schoolyear import Year
from iopflow.texts import Text, _
from iopflow.web.forms import Unclear
from iopflow.web.wheel_days import BEFORE, TypedDay
from iopflow.wheel import BINDING, OwnChanges, Step

LONGEST_TITLE = 80
# What a step of the school's own may be for; those of pupils are for the pupils of a cohort.
SUBJECTS = ("pupil", "class", "unit", "school")
COHORTS = ("enrolled", "iop")
# What is refused of a step, and the field of the form where that is mended.
_PLACES = (
    (r"\bopens\b", "apner"),
    (r"\b(due|limit)\b", "frist"),
    (r"\btitle\b", "nb"),
    (r"\bresponsible\b", "ansvarlig"),
    (r"\b(off|weekend)\b", "bruk"),
)


@dataclass(frozen=True, slots=True)
class TypedStep:
    """The form of a step; `key` is empty for one that is to be added."""

    key: str
    since: Year
    due: TypedDay
    opens: TypedDay
    responsible: str
    used: bool = True
    weekend: str = "internal"
    nb: str = ""
    nn: str = ""
    scope: str = "pupil"
    cohort: str = "iop"

    @classmethod
    def of(cls, step: Step, since: Year) -> "TypedStep":
        """The form of a step as it is."""
        return cls(
            step.key,
            since,
            TypedDay.of(step.due),
            TypedDay.of(step.opens),
            step.responsible,
            not step.off,
            step.weekend,
            step.title.nb,
            step.title.nn,
        )

    @classmethod
    def new(cls, since: Year) -> "TypedStep":
        """The form of a step that is to be added."""
        return cls("", since, TypedDay(), TypedDay("due", "", "4", "w", BEFORE), "kontaktlaerer")

    @classmethod
    def read(cls, form: Mapping[str, str], years: tuple[Year, ...]) -> "TypedStep":
        """What was sent."""
        asked = form.get("fra", "")
        return cls(
            form.get("steg", ""),
            next((year for year in years if str(year) == asked), years[0]),
            TypedDay.read(form, "frist"),
            TypedDay.read(form, "apner"),
            form.get("ansvarlig", ""),
            form.get("bruk") == "ja",
            form.get("helg", "internal"),
            form.get("nb", "").strip(),
            form.get("nn", "").strip(),
            form.get("gjelder", "pupil"),
            form.get("elever", "iop"),
        )


@dataclass(slots=True)
class Wrong:
    """What is wrong with the form: a sentence for each field."""

    fields: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, why: str) -> None:
        """Notes the first thing that is wrong with a field."""
        self.fields.setdefault(name, why)


def changes_of(typed: TypedStep, own: OwnChanges, rules: Rules, wrong: Wrong) -> OwnChanges | None:
    """The school's changes with what the form says; None where that is wrong."""
    if not typed.key:
        return _added(typed, own, wrong)
    rest = own.before(typed.key, typed.since)
    step = _step(rest, rules, typed)
    if typed.responsible not in {*RESPONSIBLE, step.responsible}:
        wrong.note("ansvarlig", _("Velg hvem som har ansvaret."))
    due = _day(typed.due, step.due, "frist", wrong)
    opens = _day(typed.opens, step.opens, "apner", wrong)
    if wrong.fields:
        return None
    values: dict[str, Any] = {}
    for name, value in (("due", due), ("opens", opens)):
        if value != getattr(step, name):
            values[name] = str(value)
    if typed.responsible != step.responsible:
        values["responsible"] = typed.responsible
    if typed.weekend != step.weekend:
        values["weekend"] = typed.weekend
    if typed.used == step.off:
        values["off"] = not typed.used
    return rest.changed(typed.key, typed.since, values)


def _step(own: OwnChanges, rules: Rules, typed: TypedStep) -> Step:
    wheel = rules.wheel(own.written() or own.extends)
    if typed.key not in wheel:
        raise Refused(_("Steget finnes ikke i årshjulet: åpne siden på nytt."))
    return wheel[typed.key].of_year(typed.since)


def _day(typed: TypedDay, now: Any, name: str, wrong: Wrong) -> Any:
    try:
        return typed.days(now)
    except Unclear as why:
        wrong.note(name, str(why))
        return now


def _added(typed: TypedStep, own: OwnChanges, wrong: Wrong) -> OwnChanges | None:
    for name, title in (("nb", typed.nb), ("nn", typed.nn or typed.nb)):
        if not title:
            wrong.note(name, _("Skriv hva steget heter."))
        elif len(title) > LONGEST_TITLE or CONTROL.search(title):
            wrong.note(
                name, _("Navnet kan ha inntil {n} tegn: skriv det kortere.").format(n=LONGEST_TITLE)
            )
    if typed.scope not in SUBJECTS or typed.cohort not in COHORTS:
        wrong.note("gjelder", _("Velg hvem steget gjelder."))
    if typed.responsible not in RESPONSIBLE:
        wrong.note("ansvarlig", _("Velg hvem som har ansvaret."))
    due = _day(typed.due, None, "frist", wrong)
    opens = _day(typed.opens, None, "apner", wrong)
    if wrong.fields:
        return None
    of_pupils = {"cohort": typed.cohort} if typed.scope == "pupil" else {}
    values = {"kind": "task", "scope": typed.scope, "opens": str(opens), "due": str(due)}
    titled = Text(typed.nb, typed.nn or typed.nb, typed.nb)
    rest = {"responsible": typed.responsible, "weekend": typed.weekend}
    return own.added(titled, typed.since, values | rest | of_pupils)


def placed(problems: tuple[str, ...], step: Step | None, wrong: Wrong) -> None:
    """Puts what the strict reader refused beside the fields it is about, in the form's words."""
    for one in problems:
        what = one.partition(": ")[2] or one
        head = what.partition(":")[0]
        name = next((name for words, name in _PLACES if re.search(words, head)), "frist")
        wrong.note(name, _kindly(what, name, step))


def _kindly(what: str, name: str, step: Step | None) -> str:
    law = step.law if step is not None and step.law is not None else ""
    if step is not None and name in {"frist", "apner"} and step.date_basis in BINDING:
        return _("Dagen er satt av lov ({law}): den kan settes tidligere, aldri senere.").format(
            law=law
        )
    if step is not None and step.basis in BINDING and what.startswith(("off ", "weekend ")):
        return _("Steget er pålagt ({law}): det kan ikke tas ut av bruk eller løses opp.").format(
            law=law
        )
    if step is not None and step.limit is not None and " limit " in what:
        return _("Fristen kommer etter siste dag i tide, {limit}: sett den tidligere.").format(
            limit=step.limit.describe()
        )
    if what.startswith("opens ") and " due " in what:
        return _("Steget åpner etter fristen: sett dagen det åpner, tidligere.")
    if what.startswith("title "):
        return _("Et annet steg heter det samme: gi dem hvert sitt navn.")
    return what
