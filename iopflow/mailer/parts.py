"""The parts of a mail, and what the part about the timers of the cases says."""

from collections.abc import Sequence
from dataclasses import dataclass

from iopflow.reminders.sections import ForCases, TimerLine
from iopflow.texts import _, counted, short_date
from iopflow.wheel import BINDING
from iopflow.words import basis_word


@dataclass(frozen=True, slots=True)
class Block:
    """A sentence and the lines under it, the urgent ones first."""

    said: str
    urgent: Sequence[str] = ()
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mail, as the templates show it: for the reader's own work, or one that is led."""

    heading: str
    blocks: Sequence[Block]
    button: str
    link: str


def of_cases(cases: ForCases, base: str) -> Part:
    """The timers that come or are late, each with what it rests on."""
    said = _("Dette teller av seg selv i elevenes saker og venter på noen:")
    lines = [_timer(line) for line in cases.lines]
    return Part(
        _("Frister i sakene"),
        [Block(said, lines=lines)],
        _("Se sakene"),
        f"{base}/saker",
    )


def subject_of_cases(cases: ForCases) -> str:
    """What the subject says where the timers come first."""
    count = sum(line.count for line in cases.lines)
    first = min(line.day for line in cases.lines)
    return _("{timers}, nærmest {day}").format(
        timers=counted(count, _("en frist i sakene"), _("{n} frister i sakene")),
        day=short_date(first),
    )


def _timer(line: TimerLine) -> str:
    day = short_date(line.day)
    step = line.title.get()
    if line.late == 0:
        said = _("{step}: {n}, nærmest {day}").format(step=step, n=line.count, day=day)
    elif line.late < line.count:
        said = _("{step}: {n} ({late} over tiden), nærmest {day}").format(
            step=step, n=line.count, late=line.late, day=day
        )
    else:
        said = _("{step}: {n}, over tiden siden {day}").format(step=step, n=line.count, day=day)
    basis = basis_word(line.date_basis)
    if line.date_basis in BINDING and line.law is not None:
        return f"{said} ({basis}: {line.law})"
    return f"{said} ({basis})"
