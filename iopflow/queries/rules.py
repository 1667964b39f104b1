"""Which wheels apply to which school."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from iopflow.models import School, Scope
from iopflow.texts import Text
from iopflow.wheel import Step, Wheel, WheelError, load

DEFAULT_WHEEL = "spesialskole"
NETWORK_WHEEL = "ikit"


class Rules:
    """The wheels of the schools: each has its own, and schools in a network share the network's.

    `directories` are searched before the wheels that ship with iopflow (IOPFLOW_CALENDARS).
    """

    def __init__(self, directories: Sequence[Path] = ()) -> None:
        self._directories = tuple(directories)
        self._wheels: dict[str, Wheel] = {}
        self.unreadable: dict[str, WheelError] = {}

    def wheel(self, name: str) -> Wheel:
        """A wheel by name, read once. Raises WheelError."""
        if name not in self._wheels:
            self._wheels[name] = load(name, directories=self._directories)
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
        return self.named(school.wheel, in_network=school.network_id is not None)

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
        kinds = session.execute(
            select(col(School.wheel), col(School.network_id).is_not(None)).distinct()
        )
        return list(
            {
                step.key: step
                for wheel, in_network in kinds
                for one in self.readable(wheel, in_network=bool(in_network))
                for step in one.steps
            }.values()
        )

    def require_readable(self, session: Session, school_ids: Collection[int]) -> None:
        """Raises WheelError where a wheel of one of the schools cannot be read."""
        kinds = session.execute(
            select(col(School.wheel), col(School.network_id).is_not(None))
            .where(col(School.id).in_(school_ids))
            .distinct()
        )
        for wheel, in_network in kinds:
            self.named(wheel, in_network=bool(in_network))

    def by_school(self, session: Session, school_ids: Sequence[int]) -> dict[int, dict[str, Step]]:
        """The steps of several schools by the school's number."""
        rows = session.execute(
            select(col(School.id), col(School.wheel), col(School.network_id).is_not(None)).where(
                col(School.id).in_(school_ids)
            )
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
