"""Which events somebody sees in the history: one's own, and those about what one sees."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, union

from iopflow.facts import ON_THE_ROAD
from iopflow.models import ConsentKind, Scope, another, metadata
from iopflow.queries.access import Viewer, sees_pupil, sees_unit, shows
from iopflow.queries.handing import led
from iopflow.roles import Action, Place, Sight
from iopflow.wheel import Step

_STEPPED = ("happening", "task")
# What an administrator sees of: people and operations, never a pupil's row.
_RUNNING = (
    *("role_grant", "person", "school", "school_year", "day_off", "unit", "ppt_office", "network"),
    *("api_token", "school_text", "import_batch"),
)
_REMARKS = ("indicator_comment", "measure", "deviation")
_BATCHES = ("import", "undo import", "rollover", "go_live")


class Seen:
    """SQL over events and pupils, for one asker."""

    def __init__(self, viewer: Viewer, steps: Mapping[str, Step]) -> None:
        self._viewer = viewer
        self._steps = steps
        self._event = metadata.tables["event"]

    def events(self) -> ColumnElement[bool]:
        """SQL: the events that the asker sees: one's own, and those about what one sees."""
        event, who = self._event, self._viewer
        grant = metadata.tables["role_grant"]
        own = event.c.actor_id == who.person_id if who.person_id is not None else false()
        found: list[ColumnElement[bool]] = [own]
        for sight in who.sights:
            shown = event.c.pupil_id.in_(self._pupils_of(sight))
            found.append(and_(shown, self._shows(sight)))
        if who.may(Action.SEE):
            for name in _STEPPED:
                row = another(name)
                rows = select(row.c.id).where(
                    row.c.scope == Scope.UNIT, sees_unit(who, row.c.subject_id)
                )
                found.append(and_(event.c.table_name == name, event.c.row_id.in_(rows)))
        if who.may(Action.HAND_OVER):
            rows = select(grant.c.id).where(led(who, grant, today=who.today))
            found.append(and_(event.c.table_name == "role_grant", event.c.row_id.in_(rows)))
        schools = who.at(Place.SCHOOL, Action.REMARKS)
        for name in _REMARKS if schools else ():
            row = another(name)
            rows = select(row.c.id).where(row.c.school_id.in_(schools))
            found.append(and_(event.c.table_name == name, event.c.row_id.in_(rows)))
        owners = who.at(Place.OWNER, Action.ADMINISTER)
        if owners:
            running = or_(event.c.table_name.in_(_RUNNING), event.c.act.in_(_BATCHES))
            found.append(and_(event.c.owner_id.in_(owners), running))
        return and_(event.c.owner_id == who.owner_id, or_(*found))

    def _pupils_of(self, sight: Sight) -> Any:
        """SQL: the pupils that the asker sees so much of, where they are, will be, or last were."""
        pupil, stay, later = (another(one) for one in ("pupil", "enrolment", "enrolment"))
        today = self._viewer.today
        lasting = or_(stay.c.ends.is_(None), stay.c.ends >= today)
        after = select(later.c.id).where(
            later.c.pupil_id == stay.c.pupil_id, later.c.starts > stay.c.starts
        )
        return (
            select(pupil.c.id)
            .outerjoin(stay, stay.c.pupil_id == pupil.c.id)
            .where(
                pupil.c.owner_id == self._viewer.owner_id,
                or_(stay.c.id.is_(None), lasting, ~after.exists()),
                sees_pupil(
                    self._viewer,
                    pupil.c.id,
                    school_id=func.coalesce(stay.c.school_id, 0),
                    sight=sight,
                ),
            )
        )

    def pupils(self) -> Any:
        """SQL: the pupils of whom the asker sees something."""
        return union(*(self._pupils_of(sight) for sight in self._viewer.sights))

    def _shows(self, sight: Sight) -> ColumnElement[bool]:
        """SQL: the events about a pupil that a sight shows, as the pupil's own log does."""
        event = self._event
        if sight is Sight.ALL:
            return event.c.pupil_id.is_not(None)
        keys = [step.key for step in self._steps.values() if shows(sight, step)]
        rows = [
            and_(
                event.c.table_name == name,
                event.c.row_id.in_(
                    select(metadata.tables[name].c.id).where(metadata.tables[name].c.step.in_(keys))
                ),
            )
            for name in _STEPPED
        ]
        if sight is Sight.NO_TALKS:
            return or_(event.c.table_name.not_in(_STEPPED), *rows)
        moves, consents = metadata.tables["case_move"], metadata.tables["consent"]
        road = select(moves.c.id).where(moves.c.kind.in_(ON_THE_ROAD))
        asked = select(consents.c.id).where(consents.c.kind == ConsentKind.UTREDNING)
        return or_(
            event.c.table_name == "assessment",
            and_(event.c.table_name == "case_move", event.c.row_id.in_(road)),
            and_(event.c.table_name == "consent", event.c.row_id.in_(asked)),
            *rows,
        )
