"""Which wheels apply to which school."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from iopflow.models import DEFAULT_WHEEL, School, Scope
from iopflow.texts import Text, _
from iopflow.wheel import Step, Wheel, WheelError, load, read

NETWORK_WHEEL = "ikit"


def wheel_in_force(school: Any) -> ColumnElement[str | None]:
    """SQL: what Rules know a school's wheel by, from the columns of a school, named `wheel`.

    The school's own changes are known by their text: whoever has read the school has the rules
    that stand in the same transaction, in every process, and no cache can be behind.
    """
    return func.coalesce(school.own_wheel, school.wheel).label("wheel")


def is_own(name: str | None) -> bool:
    """Whether a school's wheel is known by a text of its own rather than by a name."""
    return name is not None and "\n" in name


def called(name: str | None) -> str:
    """A school's wheel in a sentence."""
    return _("skolens eget") if is_own(name) else name or DEFAULT_WHEEL


class Rules:
    """The wheels of the schools: each has its own, and schools in a network share the network's.

    `directories` are searched before the wheels that ship with iopflow (IOPFLOW_CALENDARS).
    """

    def __init__(self, directories: Sequence[Path] = ()) -> None:
        self._directories = tuple(directories)
        self._wheels: dict[str, Wheel] = {}
        self.unreadable: dict[str, WheelError] = {}

    def wheel(self, name: str) -> Wheel:
        """A wheel by name or by its text, read once. Raises WheelError."""
        if name not in self._wheels:
            reader = read if is_own(name) else load
            self._wheels[name] = reader(name, directories=self._directories)
        return self._wheels[name]

    def named(self, wheel: str | None, *, in_network: bool) -> tuple[Wheel, ...]:
        """The wheels of a school with this `wheel` column."""
        own = self.wheel(wheel or DEFAULT_WHEEL)
        return (own, self.wheel(NETWORK_WHEEL)) if in_network else (own,)

    def readable(self, wheel: str | None, *, in_network: bool) -> tuple[Wheel, ...]:
        """The same without those that cannot be read, which `unreadable` then tells of.

        One school's mistake in its own file must not take the lists of all the others.
        """
        found = []
        for name in (wheel or DEFAULT_WHEEL, *((NETWORK_WHEEL,) if in_network else ())):
            try:
                found.append(self.wheel(name))
            except WheelError as error:
                self.unreadable[name] = error
        return tuple(found)

    def of_school(self, school: School) -> tuple[Wheel, ...]:
        """The wheels of a school."""
        return self.named(school.wheel_in_force, in_network=school.network_id is not None)

    def steps(self, school: School) -> dict[str, Step]:
        """All steps of a school by key, in the order of its wheels."""
        return {step.key: step for wheel in self.of_school(school) for step in wheel.steps}

    def retired(self, key: str, scope: Scope) -> Step:
        """A step that a school's wheel no longer has, for what is recorded on it.

        As it ships, where it does; else a bare row with the key as its title.
        """
        for name in (DEFAULT_WHEEL, NETWORK_WHEEL):
            for step in self.readable(name, in_network=False)[:1]:
                found = next((one for one in step.steps if one.key == key), None)
                if found is not None:
                    return found
        return Step(key, "task", Text(key, key, key), scope.value, "", "")

    def all_steps(self, session: Session) -> list[Step]:
        """Every step of every school's wheels; a key that two wheels share stands once."""
        return list({step.key: step for step in self._in_use(session)}.values())

    def all_versions(self, session: Session) -> Iterator[Step]:
        """Every step of every school's wheels, in each of them and as it was before each change."""
        for step in self._in_use(session):
            version: Step | None = step
            while version is not None:
                yield version
                version = version.unchanged

    def _in_use(self, session: Session) -> Iterator[Step]:
        kinds = session.execute(
            select(wheel_in_force(School), col(School.network_id).is_not(None)).distinct()
        )
        for wheel, in_network in kinds:
            for one in self.readable(wheel, in_network=bool(in_network)):
                yield from one.steps

    def require_readable(self, session: Session, school_ids: Collection[int]) -> None:
        """Raises WheelError where a wheel of one of the schools cannot be read."""
        kinds = session.execute(
            select(wheel_in_force(School), col(School.network_id).is_not(None))
            .where(col(School.id).in_(school_ids))
            .distinct()
        )
        for wheel, in_network in kinds:
            self.named(wheel, in_network=bool(in_network))

    def by_school(self, session: Session, school_ids: Sequence[int]) -> dict[int, dict[str, Step]]:
        """The steps of several schools by the school's number."""
        rows = session.execute(
            select(
                col(School.id), wheel_in_force(School), col(School.network_id).is_not(None)
            ).where(col(School.id).in_(school_ids))
        )
        return self.of_schools((one_id, wheel, bool(net)) for one_id, wheel, net in rows)

    def of_schools(
        self, schools: Iterable[tuple[int, str | None, bool]]
    ) -> dict[int, dict[str, Step]]:
        """The same for schools already read: number, `wheel` column, whether in a network."""
        kinds: dict[tuple[str | None, bool], dict[str, Step]] = {}
        found: dict[int, dict[str, Step]] = {}
        for school_id, wheel, in_network in schools:
            kind = (wheel, in_network)
            if kind not in kinds:
                kinds[kind] = {
                    step.key: step
                    for one in self.readable(wheel, in_network=in_network)
                    for step in one.steps
                }
            found[school_id] = kinds[kind]
        return found
