"""A task as a line of a page: what, who, by when and its status, and what can be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from iopflow.models import Scope
from iopflow.queries.names import Subject, names_of
from iopflow.queries.places import calendars
from iopflow.queries.standing import TaskRow
from iopflow.reminders.days import last_school_day
from iopflow.status import Status
from iopflow.tellinger import COUNTINGS
from iopflow.texts import _, short_date
from iopflow.wheel import BINDING
from iopflow.words import status_word, talk_word

# A sign and a word for every status: never colour alone (ux 2).
SIGNS: Mapping[Status, str] = {
    Status.PLANNED: "○",
    Status.WAITING: "⏸",
    Status.OPEN: "○",
    Status.OVERDUE: "!",
    Status.DONE: "✓",
    Status.DONE_LATE: "✓",
    Status.DECLINED: "–",
    Status.NOT_APPLICABLE: "–",
    Status.SUSPENDED: "⏸",
    Status.BEFORE_START: "–",
    Status.CANCELLED: "–",
}


COUNTING_STEPS = "ikit.telling_"  # what the steps that are counting dates begin with


def counting_href(key: str, year: object, school: int | None) -> str:
    """Where a step of the IKIT wheel that is a counting date is done; nothing for other steps."""
    counted = key.removeprefix(COUNTING_STEPS)
    if counted == key or counted not in COUNTINGS or school is None:
        return ""
    return f"/telling?skole={school}&ar={year}&dato={counted}"


_STILL = frozenset({Status.OPEN, Status.OVERDUE, Status.PLANNED})


@dataclass(frozen=True, slots=True)
class Line:
    """One line."""

    task: int
    name: str
    pupil: int | None  # the number of the pupil, where it is about one
    case: int | None  # the number of the pupil whose case it belongs to
    leads_to: int | None  # the number of the pupil whose page the name leads to
    step: str
    key: str
    opens: date | None
    due: date | None
    last_day: date | None
    status: Status
    sign: str
    word: str
    said: str  # while it is open: invited, no answer, help wanted, another date
    late: int
    year: str
    happened_on: date | None
    talk: bool
    meeting: bool
    waivable: bool
    movable: bool
    open: bool
    helpable: bool
    school: int | None = None

    @property
    def counting(self) -> str:
        """Where a counting date is done; nothing for other steps."""
        return counting_href(self.key, self.year, self.school)

    @property
    def seen(self) -> str:
        """What stands recorded: a form says it, so that nobody overwrites another unseen."""
        return "" if self.open else f"{self.status.value} {self.happened_on or ''}"


def lines(session: Session, rows: Sequence[TaskRow]) -> list[Line]:
    """The tasks as lines, in their order, with the names of those they are about."""
    subjects: set[Subject] = {(row.scope, row.subject_id) for row in rows}
    names = names_of(session, subjects)
    ruter = calendars(session, sorted({row.school_id for row in rows if row.school_id is not None}))
    found = []
    for row in rows:
        due = row.facts.due
        last = last_school_day(ruter.get(row.school_id or 0, {}), due) if due else None
        found.append(
            Line(
                task=row.id,
                name=names[row.scope, row.subject_id],
                pupil=row.subject_id if row.scope is Scope.PUPIL else None,
                case=row.subject_id if row.scope is Scope.PUPIL and row.step.fact else None,
                # A pupil who has left is seen by the school that has the pupil now.
                leads_to=row.subject_id if row.scope is Scope.PUPIL and not row.left_on else None,
                step=row.step.title.get(),
                key=row.step.key,
                opens=row.facts.opens,
                due=due,
                last_day=last if last != due else None,
                status=row.status,
                sign=SIGNS[row.status],
                word=status_word(row.status),
                said=_said(row),
                late=row.late_days,
                year=str(row.year),
                happened_on=row.facts.happened_on,
                talk=row.step.kind == "conversation",
                meeting=row.step.kind == "meeting",
                waivable=row.step.kind != "conversation",
                movable=row.step.date_basis not in BINDING
                and due is not None
                and _is_pressing(row),
                helpable=_is_pressing(row),
                open=row.status in {Status.OPEN, Status.OVERDUE, Status.PLANNED, Status.SUSPENDED}
                and row.step.recordable,
                school=row.school_id,
            )
        )
    return found


def _is_pressing(row: TaskRow) -> bool:
    return row.status in {Status.OPEN, Status.OVERDUE}


def _said(row: TaskRow) -> str:
    """What has been said of a task that is not settled."""
    if row.status not in _STILL:
        return ""
    words = [talk_word(row.said)] if row.said else []
    if row.help_wanted_on is not None:
        words.append(_("hjelp ønsket"))
    if row.moved and row.facts.due is not None:
        words.append(_("ny dato {day}").format(day=short_date(row.facts.due)))
    return ", ".join(words)
