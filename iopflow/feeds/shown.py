"""Whom a feed shows, so that what happens to others leaves its file alone."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from iopflow.models import Scope
from iopflow.queries.standing import TaskRow

# What no feed says anything of.
NEVER = frozenset(
    {
        "api_answer",
        "api_token",
        "deviation",
        "export",  # an event of what was read, and no table
        "feed_token",  # its own row is read at every fetch
        "figure_value",
        "indicator_comment",
        "invitation",
        "login_link",
        "measure",
        "meeting",
        "not_same",
        "person_identity",
        "ppt_meeting",
        "ppt_meeting_person",
        "ppt_meeting_pupil",
        "reading",
        "question",
        "school_text",
        "telling",
        "telling_figure",
        "telling_pupil",
        "web_session",
    }
)
# What is about one subject. Everything else may decide who is seen at all, and touches every feed
# of the owner: places, roles, who is enrolled, skoleruter, and an assessment, which lets PPT see.
_OF_SUBJECTS = frozenset(
    {"appeal", "case_move", "consent", "happening", "pause", "support", "task", "vedtak"}
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The subjects of a feed, whether anything is left to do for them or not."""

    pupils: frozenset[int] = frozenset()
    others: frozenset[tuple[str, int]] = frozenset()  # scope and number

    @classmethod
    def of(cls, rows: Iterable[TaskRow]) -> "Shown":
        """Those of the tasks at the feed's place, whatever their days."""
        pupils, others = set(), set()
        for row in rows:
            if row.scope is Scope.PUPIL:
                pupils.add(row.subject_id)
            else:
                others.add((row.scope.value, row.subject_id))
        return cls(frozenset(pupils), frozenset(others))

    def is_touched_by(self, event: Any, *, person_id: int) -> bool:
        """Whether a change (a row of `event`) may alter that person's feed. In doubt it may.

        It is not about any of NEVER.
        """
        if event.table_name == "person":
            return bool(event.row_id == person_id)
        if event.table_name not in _OF_SUBJECTS:
            return True
        if event.pupil_id is not None:
            return event.pupil_id in self.pupils
        said = json.loads(event.after or event.before or "{}")
        if "subject_id" in said and "scope" in said:
            return (said["scope"], said["subject_id"]) in self.others
        return True  # a roll-over says only how many tasks it added

    def written(self) -> str:
        """As it is stored."""
        return json.dumps([sorted(self.pupils), sorted(self.others)])

    @classmethod
    def read(cls, text: str) -> "Shown":
        """From what is stored."""
        pupils, others = json.loads(text)
        return cls(frozenset(pupils), frozenset((scope, number) for scope, number in others))
