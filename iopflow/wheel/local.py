"""A school's own file: what it may change of the wheel it extends, and what law keeps."""

from dataclasses import replace
from typing import Any, Protocol

from iopflow.texts import _
from iopflow.wheel.fields import STEP_FIELDS
from iopflow.wheel.step import Step


class Notes(Protocol):
    """Where mistakes are noted."""

    def problem(self, row: str | None, column: str | None, message: str) -> None:
        """Notes a mistake."""


def change_step(source: Notes, step: Step, values: dict[str, Any]) -> Step:
    """The step with the school's changes. A change of what is law is noted and left out."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name == "key" or value == getattr(step, name):
            continue
        known = STEP_FIELDS[name]
        law = f" ({step.law})" if step.law else ""
        if step.basis == "law" and known.locked:
            source.problem(
                step.key,
                name,
                _("er lov{law} og kan ikke endres her: stryk feltet; tittel, ansvar og intern "
                  "frist kan endres").format(law=law),
            )
        elif step.date_basis == "law" and known.dated:
            source.problem(
                step.key,
                name,
                _("er satt av lov{law} og kan ikke flyttes: stryk feltet").format(law=law),
            )
        else:
            changes[name] = value
    return replace(step, **changes)
