"""The tables: what is stored, and nothing that can be derived.

Facts live here once. `happening` is what took place on a step of the wheel, `task` is the plan for
it, and a status is never a column. Every table carries `owner_id` and every unique key contains it,
so that a school owner can be moved to a database of its own.
"""

from iopflow.models.api import ApiAnswer, ApiToken
from iopflow.models.base import another, metadata
from iopflow.models.cases import (
    Answer,
    Appeal,
    AppealKind,
    Assessment,
    CaseMove,
    Consent,
    Consenter,
    ConsentKind,
    MoveKind,
    Outcome,
    Pause,
    Support,
    SupportKind,
    Vedtak,
)
from iopflow.models.feeds import FeedFile, FeedLevel, FeedShows, FeedToken
from iopflow.models.meetings import Invitation, Meeting, MeetingKind, Reply, ReplySource
from iopflow.models.outbox import (
    REMINDERS,
    Delivery,
    Mail,
    MailKind,
    Pulse,
    SchoolText,
    Slot,
)
from iopflow.models.people import Enrolment, NotSame, Person, Pupil, RoleGrant, Wish
from iopflow.models.places import (
    DEFAULT_WHEEL,
    DayOff,
    Network,
    Owner,
    PptOffice,
    School,
    SchoolYearRow,
    Unit,
    UnitKind,
)
from iopflow.models.ppt_meetings import PptMeeting, PptMeetingPerson, PptMeetingPupil, Side
from iopflow.models.questions import Answering, Asking, Question
from iopflow.models.readings import KEPT, Reading
from iopflow.models.records import Event, ImportBatch, ImportDraft
from iopflow.models.remarks import LONGEST_COMMENT, Deviation, IndicatorComment, Measure
from iopflow.models.sessions import LoginLink, PersonIdentity, WebSession
from iopflow.models.tellinger import Telling, TellingFigure, TellingPupil
from iopflow.models.year import NEVER_IMPORTED, FigureValue, Happening, Scope, Task, What

__all__ = [
    "DEFAULT_WHEEL",
    "KEPT",
    "LONGEST_COMMENT",
    "NEVER_IMPORTED",
    "REMINDERS",
    "Answer",
    "Answering",
    "ApiAnswer",
    "ApiToken",
    "Appeal",
    "AppealKind",
    "Asking",
    "Assessment",
    "CaseMove",
    "Consent",
    "ConsentKind",
    "Consenter",
    "DayOff",
    "Delivery",
    "Deviation",
    "Enrolment",
    "Event",
    "FeedFile",
    "FeedLevel",
    "FeedShows",
    "FeedToken",
    "FigureValue",
    "Happening",
    "ImportBatch",
    "ImportDraft",
    "IndicatorComment",
    "Invitation",
    "LoginLink",
    "Mail",
    "MailKind",
    "Measure",
    "Meeting",
    "MeetingKind",
    "MoveKind",
    "Network",
    "NotSame",
    "Outcome",
    "Owner",
    "Pause",
    "Person",
    "PersonIdentity",
    "PptMeeting",
    "PptMeetingPerson",
    "PptMeetingPupil",
    "PptOffice",
    "Pulse",
    "Pupil",
    "Question",
    "Reading",
    "Reply",
    "ReplySource",
    "RoleGrant",
    "School",
    "SchoolText",
    "SchoolYearRow",
    "Scope",
    "Side",
    "Slot",
    "Support",
    "SupportKind",
    "Task",
    "Telling",
    "TellingFigure",
    "TellingPupil",
    "Unit",
    "UnitKind",
    "Vedtak",
    "WebSession",
    "What",
    "Wish",
    "another",
    "metadata",
]
