"""A school's own file: what it may change of the wheel it extends, and what law keeps."""

from dataclasses import replace
from typing import Any, Protocol

from iopflow.texts import _
from iopflow.wheel.fields import STEP_FIELDS
from iopflow.wheel.step import BINDING, Step


class Notes(Protocol):
    """Where mistakes are noted."""

    def problem(self, row: str | None, column: str | None, message: str) -> None:
        """Notes a mistake."""


def change_step(source: Notes, step: Step, values: dict[str, Any]) -> Step:
    """The step with the school's changes. What may not be changed is noted and left out."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name == "key" or value == getattr(step, name):
            continue
        refusal = _refusal(step, name)
        if refusal is None:
            changes[name] = value
        else:
            source.problem(step.key, name, refusal)
    return replace(step, **changes)


def _refusal(step: Step, name: str) -> str | None:
    """Why a school may not change this field of this step, and what it may do; or nothing."""
    field = STEP_FIELDS[name]
    law = step.law or ""
    counted = [code for code in step.indicators if code.startswith("P")]
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
