"""A school's own changes of its wheel: stored, undone, and followed by the tasks that are open.

What is in force stands on the school's row; the revisions are that row's events.
"""

from collections.abc import Mapping

from sqlmodel import Session

from iopflow.engine import ledger, redating
from iopflow.engine.ledger import Act, Change
from iopflow.engine.redating import Effect
from iopflow.models import School
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.wheel import Step, Wheel

LONGEST = 100_000  # signs; some hundred changes


def set_own(
    session: Session,
    rules: Rules,
    school: School,
    text: str | None,
    *,
    years: tuple[Year, ...],
    act: Act,
) -> Effect:
    """Stores the changes (None: the wheel as others have it), and redates what is open.

    `years` are the years served that may be open. A year whose rules are the same before and after
    is left alone. Raises WheelError for changes that are refused, with what to do.
    """
    old = rules.of_school(school)[0]
    new = rules.wheel(text or school.wheel_of_others)
    concerned = changed_steps(old, new, years)
    there = {step.key for step in new.steps}

    def write() -> None:
        before, after = {"own_wheel": school.own_wheel}, {"own_wheel": text}
        change = Change(school.number, before, after, school.owner)
        ledger.update_rows(session, "school", [change], act)
        session.refresh(school)

    return redating.follow(
        session,
        rules,
        school,
        act,
        write,
        years=sorted({year for year, _key in concerned}),
        concerned={key for _year, key in concerned},
        gone={step.key for step in old.steps} - there,
    )


def changed_steps(
    old: Wheel, new: Wheel, years: tuple[Year, ...]
) -> Mapping[tuple[Year, str], tuple[Step | None, Step | None]]:
    """The steps that are not the same in two wheels, by the year served: before and after."""
    found = {}
    for year in years:
        for key in dict.fromkeys([*old.by_key, *new.by_key]):
            was, now = (
                wheel.by_key[key].of_year(year) if key in wheel else None for wheel in (old, new)
            )
            was, now = (one if one and one.lives_in(year) else None for one in (was, now))
            if was != now:
                found[year, key] = (was, now)
    return found
