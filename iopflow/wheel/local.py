"""A school's own file: what it may change of the wheel it extends, and what law keeps."""

from dataclasses import replace
from typing import Any, Protocol

from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.wheel.checks import no_later
from iopflow.wheel.fields import STEP_FIELDS
from iopflow.wheel.step import BINDING, Step


class Notes(Protocol):
    """Where mistakes are noted."""

    def problem(self, row: str | None, column: str | None, message: str) -> None:
        """Notes a mistake."""


def change_step(
    source: Notes, step: Step, values: dict[str, Any], since: Year | None = None
) -> Step:
    """The step with the school's changes. What may not be changed is noted and left out.

    With `since` they begin with that year served, and the years before keep the step as it was.
    """
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name == "key" or value == getattr(step, name):
            continue
        refusal = None if _only_earlier(step, name, value) else _refusal(step, name)
        if refusal is None:
            changes[name] = value
        else:
            source.problem(step.key, name, refusal)
    if not changes:
        return step
    if "due" in changes and step.date_basis in BINDING and step.limit is None:
        changes["limit"] = step.due  # the day to aim at is the school's, the last one is the law's
    return replace(step, **changes, unchanged=step, changed_from=since)


def _only_earlier(step: Step, name: str, value: Any) -> bool:
    """Whether this sets a day of law earlier, as a day for the school itself to aim at.

    What counts by itself, and what counts from a fact of the case, is never the school's to set.
    """
    if name not in {"opens", "due"} or step.date_basis not in BINDING or step.kind == "timer":
        return False
    return no_later(step.shared, replace(step.shared, **{name: value}), name)


def _refusal(step: Step, name: str) -> str | None:
    """Why a school may not change this field of this step, and what it may do; or nothing."""
    field = STEP_FIELDS[name]
    law = step.law or ""
    counted = [code for code in step.indicators if code.startswith("P")]
    if name in {"opens", "due"} and step.date_basis in BINDING and step.kind != "timer":
        return _(
            "er satt av lov ({law}) og kan ikke flyttes til senere: stryk feltet, eller skriv en "
            "tidligere dag; tittel, ansvar og rekkefølge kan endres"
        ).format(law=law)
    if field.dated and step.date_basis in BINDING:
        return _(
            "er satt av lov ({law}) og kan ikke flyttes: stryk feltet; tittel, ansvar og "
            "rekkefølge kan endres"
        ).format(law=law)
    if (field.locked or field.shape) and step.basis in BINDING:
        return _(
            "er lov ({law}) og kan ikke endres: stryk feltet; tittel, ansvar, rekkefølge og "
            "skolens egne frister (opens og due) kan endres"
        ).format(law=law)
    if field.shape:
        return _(
            "kan ikke endres på «{step}», som lister og tall kjenner steget på: stryk feltet, "
            "eller lag et nytt steg med egen key"
        ).format(step=step.key)
    if name == "limit" and counted:
        return _(
            "er fristen {codes} måler, og er lik ved alle skoler: stryk feltet, og sett due "
            "tidligere om skolen vil"
        ).format(codes=", ".join(counted))
    return None
