"""The format: every file of an export, its columns and what they hold (docs/archive.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

FORMAT = "iopflow-archive"
VERSION = 1

README, METADATA, SCHEMA, NAMES = "LESMEG.txt", "metadata.json", "schema.json", "names.csv"
CHECKSUMS = "checksums.txt"
OVERVIEW, TELLINGER = "oversikt.csv", "tellinger.jsonl"
LOG, COURSES = "log.jsonl", "courses.json"
PUPILS = "pupils"  # the folder that holds one for each pupil, in the export of a year


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: its columns in order, each with what it holds."""

    file: str
    columns: Mapping[str, str]

    @property
    def header(self) -> list[str]:
        """The first line."""
        return list(self.columns)


_RECORDED = {
    "recorded_on": "the day it was written down",
    "recorded_at": "the moment iopflow received it (UTC)",
}
_YEAR = {"year": "the school year served, such as 2026-27"}
_GRANTED = {
    "valid_from": "the first day it is valid",
    "valid_to": "the last day it is valid",
    "notified_on": "the day the guardians were notified",
}
_ARCHIVED = {"archive_ref": "where the document lies in the archive"}

# The facts of one pupil, in the order of a case.
FACTS: tuple[Table, ...] = (
    Table(
        "facts/pupil.csv",
        {
            "pupil": "the school's own code of the pupil",
            "birth_month": "such as 2014-03",
            "protected": "true where the address is protected",
            "ppt": "the PPT office",
            "home_municipality": "who decides, where it is not the school's municipality",
            "ppt_reference": "PPT's own reference",
        },
    ),
    Table(
        "facts/enrolments.csv",
        {
            "school": "the school",
            "class": "the class",
            "grade": "the grade on the first day, plus one each 1 August",
            "from": "the first day",
            "to": "the last day; empty while it lasts",
        },
    ),
    Table(
        "facts/roles.csv",
        {
            "person": "a member of staff or of PPT",
            "role": "a code of roles.csv",
            "at": "where it is held, such as unit:3a",
            "from": "the first day",
            "to": "the last day; empty while it lasts",
            "for": "whose place a substitute takes",
        },
    ),
    Table(
        "facts/assessments.csv",
        {
            **_YEAR,
            "needed_since": "the day the need was known",
            "referred_on": "referred to PPT",
            "complete_on": "PPT had all it needed",
            "received_on": "the assessment was received",
            "valid_to": "the last day it is valid",
            **_ARCHIVED,
            **_RECORDED,
        },
    ),
    Table(
        "facts/consents.csv",
        {
            **_YEAR,
            "kind": "utredning or vedtak",
            "on": "the day of the answer",
            "answer": "given, refused or withdrawn",
            "answered_by": "foresatte, elev or empty",
            **_RECORDED,
        },
    ),
    Table(
        "facts/vedtak.csv",
        {
            **_YEAR,
            "decided_on": "the day of the decision",
            "outcome": "granted, partly or refused",
            **_GRANTED,
            "arrived_on": "the day it arrived; the appeal period runs from it",
            "decided_by": "who decided; empty without names",
            "departs": "true where it departs from the assessment",
            "reason": "why it departs",
            **_ARCHIVED,
            **_RECORDED,
        },
    ),
    Table(
        "facts/moves.csv",
        {
            **_YEAR,
            "kind": "measures, no_need, asked_utredning, sent_back, supplied, asked_vedtak, "
            "interim_reply or closed",
            "on": "the day",
            "note": "what was lacking, or why",
            "evidence": "a reference to the archive or the log",
            **_RECORDED,
        },
    ),
    Table(
        "facts/pauses.csv",
        {
            **_YEAR,
            "from": "the first day",
            "to": "the last day; empty while it lasts",
            "court": "who is waited for: skole, ppt, foresatte or kommune",
            "cause": "why",
            "evidence": "a reference to the archive or the log",
        },
    ),
    Table(
        "facts/appeals.csv",
        {
            **_YEAR,
            "registered_on": "the day it came",
            "kind": "what it is about",
            "reviewed_on": "looked at by whoever decided",
            "forwarded_on": "sent to the statsforvalter",
            "result": "what became of it",
            "closed_on": "the day it was closed",
        },
    ),
    Table(
        "facts/support.csv",
        {
            "kind": "assistanse (§ 11-4) or fysisk (§ 11-5)",
            "sought_on": "the day it was sought",
            "decided_on": "the day of the decision",
            "outcome": "granted, partly or refused",
            **_GRANTED,
            **_ARCHIVED,
            **_RECORDED,
        },
    ),
    Table(
        "facts/happenings.csv",
        {
            **_YEAR,
            "step": "the step of the wheel",
            "what": "a code of happenings.csv, such as done, held, invited or delay",
            "on": "the day it happened",
            "by": "the person who did it",
            "reason": "why, in words",
            "cause": "the code of the cause of a delay",
            "evidence": "a reference to the archive or the log",
            **_RECORDED,
        },
    ),
    Table(
        "facts/tasks.csv",
        {
            **_YEAR,
            "school": "the school whose task it is",
            "step": "the step of the wheel",
            "title": "the step in words",
            "opens": "the first day it can be done",
            "due": "the deadline",
            "limit": "the last day that counts as on time, where it is another",
            "status": "as of the export: done, done_late, overdue and the like",
            "happened_on": "the day it was done",
            "recorded_at": "the moment iopflow received it (UTC)",
            "late_days": "calendar days after the limit",
            "responsible": "who answers for it as of the export, with spaces between",
        },
    ),
)
OVERVIEW_TABLE = Table(
    OVERVIEW,
    {
        "pupil": "the school's own code of the pupil",
        "step": "the step of the wheel; empty for what belongs to none",
        "title": "the step in words",
        "due": "the deadline",
        "limit": "the last day that counts as on time, where it is another",
        "status": "as of the export",
        "happened_on": "the day it was done",
        "recorded_on": "the day it was written down",
        "late_days": "calendar days after the limit",
        "cause": "of the delay: a code of happenings.csv, or that of a pause on the limit day",
        "evidence": "a reference to the archive or the log",
        "court": "steps of the case: who had the ball at the end of the limit day",
        "court_days": "where the days late went, such as ppt:3 skole:2; resting: with nobody",
        "irregularities": "what was against a rule, in sentences",
    },
)
NAMES_TABLE = Table(
    NAMES,
    {"kind": "pupil or person", "id": "the code in the other files", "name": "the name"},
)
LOG_KEYS = (
    *("event", "at", "by", "for", "integration", "act", "table", "what", "year"),
    *("before", "after", "reason"),
)
