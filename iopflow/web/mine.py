"""Mine elever: what a person must do, by urgency, each line with what can be done to it (ux S1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from iopflow.status import SETTLED, Status
from iopflow.texts import _
from iopflow.web.page import Page
from iopflow.web.rows import Line, lines

SOON, NEAR = timedelta(days=14), timedelta(days=60)
_GONE = frozenset({Status.CANCELLED, Status.BEFORE_START})


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are equally pressing; those that are not are folded away."""

    key: str
    title: str
    lines: list[Line]
    folded: bool = False
    more: int = 0  # lines that are left out until the whole year is asked for


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody sent that was refused: shown again, so that nothing is lost."""

    task: int
    word: str
    on: str
    reason: str
    why: str


def mine(page: Page, *, typed: Typed | None = None, status: int = 200) -> Response:
    """The page."""
    groups = _groups(page, _mine(page))
    counts = {group.key: len(group.lines) for group in groups}
    return page.show(
        "mine.html",
        status=status,
        groups=[group for group in groups if group.lines or group.more],
        counts=counts,
        typed=typed,
        done=just_done(page),
        words=page.request.query_params.get("hva", ""),
        next_due=min(
            (line.due for group in groups for line in group.lines if line.open and line.due),
            default=None,
        ),
    )


def _mine(page: Page) -> list[TaskRow]:
    year = Year.of(page.today)
    asked = Asked(person=page.who.key, years=(year, year.next))
    rows = tasks(page.session, page.rules, page.who, asked, today=page.today)
    return [row for row in rows if row.status not in _GONE]


def _groups(page: Page, rows: Sequence[TaskRow]) -> list[Group]:
    today = page.today
    done = [row for row in rows if _is_over(row)]
    late = [row for row in rows if row.status is Status.OVERDUE]
    coming = [row for row in rows if not _is_over(row) and row.status is not Status.OVERDUE]
    soon = [row for row in coming if row.facts.due and row.facts.due <= today + SOON]
    later = [row for row in coming if not row.facts.due or row.facts.due > today + SOON]
    if page.request.query_params.get("vis") == "alt":
        near = later
    else:
        near = [row for row in later if row.facts.due and row.facts.due <= today + NEAR]
    return [
        Group("late", _("Over frist"), lines(page.session, late)),
        Group("soon", _("Frist innen 14 dager"), lines(page.session, soon)),
        Group(
            "later",
            _("Senere"),
            lines(page.session, near),
            folded=True,
            more=len(later) - len(near),
        ),
        Group("done", _("Ført i år"), lines(page.session, done[::-1]), folded=True),
    ]


def _is_over(row: TaskRow) -> bool:
    return row.status in SETTLED or row.status is Status.DECLINED


def just_done(page: Page) -> list[Line]:
    """The lines of the change before this page: what is confirmed, and can be undone."""
    asked = page.request.query_params.get("fort", "")
    ids = [int(word) for word in asked.split(",") if word.isdecimal()][:500]
    if not ids:
        return []
    return lines(
        page.session,
        tasks(page.session, page.rules, page.who, Asked(ids=ids), today=page.today),
    )
