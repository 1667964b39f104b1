"""Who holds which role where, what each role sees, and what each may do: one table."""

from dataclasses import dataclass
from enum import StrEnum

from iopflow.texts import Text


class Action(StrEnum):
    """Something a person can do; commands, pages and the API ask for one of these."""

    SEE = "see"  # tasks and pupils, as far as the role sees
    COMPLETE = "complete"  # complete, reopen, talks, help
    DECIDE = "decide"  # not applicable, move a deadline
    REGISTER_CASE = "register_case"  # need, consent, vedtak
    REGISTER_ASSESSMENT = "register_assessment"  # what PPT delivers
    IMPORT = "import"
    ROLLOVER = "rollover"
    GO_LIVE = "go_live"
    FIGURES = "figures"  # indicators as counts
    NETWORK = "network"  # median and spread of the frozen figures of a network's schools
    EXPLAIN = "explain"  # the pupils behind a figure
    VALUES = "values"  # the registered figures of a school (S, T, R and ØK)
    REGISTER_VALUES = "register_values"  # type them in
    FREEZE = "freeze"  # sign the figures of a counting date
    REMARKS = "remarks"  # what a school says of its figures and does about them
    MEASURE = "measure"  # comment on figures, decide measures, raise and close deviations
    REPORT = "report"  # the quality report of a school, masked as it is published
    EXPORT = "export"  # take pupils' cases out of iopflow, for the archive or for supervision
    HAND_OVER = "hand_over"  # give the roles of those one leads to others, for good or for a time
    INVITE = "invite"  # call colleagues and PPT to meetings, and see who comes
    AUDIT = "audit"  # see who has opened the pages of pupils
    QUEUE = "queue"  # PPT's queue of assessments, and what PPT records in it
    ASSIGN = "assign"  # say which adviser has a pupil's case
    MEET_PPT = "meet_ppt"  # plan and record the meetings of school and PPT
    WHEEL = "wheel"  # change the school's own wheel
    ADMINISTER = "administer"


class Sight(StrEnum):
    """How much of a pupil a role sees."""

    ALL = "all"
    NO_TALKS = "no_talks"  # everything but the content of talks
    ASSESSMENT = "assessment"  # only the steps of the case that lead to an assessment
    NOTHING = "nothing"


class Place(StrEnum):
    """The kind of place a role is held at: the word before the colon in roles.csv."""

    PUPIL = "pupil"
    UNIT = "unit"
    SCHOOL = "school"
    PPT = "ppt"
    OWNER = "owner"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Role:
    """A role: where it may be held, what it sees there and what it may do there.

    `places` is empty for those who take part without an account (guardians, the pupil, teams).
    `sees_protected` are the places from which also pupils with a protected address are seen.
    `answers` is false of those who only look on: they answer for no step, and give no role on.
    """

    key: str
    title: Text
    places: tuple[Place, ...] = ()
    sight: Sight = Sight.NOTHING
    sees_protected: tuple[Place, ...] = ()
    may: frozenset[Action] = frozenset()
    answers: bool = True


_TEACHING = frozenset({Action.SEE, Action.COMPLETE})
_HEAD = _TEACHING | {
    Action.DECIDE,
    Action.REGISTER_CASE,
    Action.REGISTER_ASSESSMENT,
    Action.MEET_PPT,
}
_PPT = frozenset({Action.SEE, Action.REGISTER_ASSESSMENT, Action.QUEUE, Action.MEET_PPT})
_NEAR = (Place.UNIT, Place.PUPIL)


def _roles(*roles: Role) -> dict[str, Role]:
    return {role.key: role for role in roles}


ROLES: dict[str, Role] = _roles(
    Role(
        "kontaktlaerer",
        Text("kontaktlærer", "kontaktlærar", "contact teacher"),
        _NEAR,
        Sight.ALL,
        _NEAR,
        _TEACHING | {Action.DECIDE},
    ),
    Role(
        "faglaerer",
        Text("faglærer", "faglærar", "subject teacher"),
        _NEAR,
        Sight.ALL,
        (Place.PUPIL,),
        _TEACHING,
    ),
    Role(
        "spesialpedagog",
        Text("spesialpedagog", "spesialpedagog", "special educator"),
        _NEAR,
        Sight.ALL,
        (Place.PUPIL,),
        _TEACHING | {Action.DECIDE},
    ),
    Role(
        "miljoterapeut",
        Text("miljøterapeut", "miljøterapeut", "milieu therapist"),
        _NEAR,
        Sight.ALL,
        (Place.PUPIL,),
        _TEACHING,
    ),
    Role(
        "miljoarbeider",
        Text("miljøarbeider", "miljøarbeidar", "milieu worker"),
        _NEAR,
        Sight.ALL,
        (Place.PUPIL,),
        _TEACHING,
    ),
    Role(
        "avdelingsleder",
        Text("avdelingsleder", "avdelingsleiar", "department head"),
        (Place.UNIT,),
        Sight.ALL,
        (),
        _HEAD
        | {Action.FIGURES, Action.VALUES, Action.EXPLAIN, Action.REMARKS}
        | {Action.HAND_OVER, Action.INVITE},
    ),
    Role(
        "rektor",
        Text("rektor", "rektor", "head teacher"),
        (Place.SCHOOL,),
        Sight.ALL,
        (Place.SCHOOL,),
        _HEAD
        | {Action.FIGURES, Action.EXPLAIN, Action.FREEZE, Action.EXPORT, Action.AUDIT}
        | {Action.NETWORK}
        | {Action.IMPORT, Action.ROLLOVER, Action.GO_LIVE, Action.HAND_OVER, Action.INVITE}
        | {Action.WHEEL, Action.REMARKS, Action.MEASURE}
        | {Action.VALUES, Action.REGISTER_VALUES, Action.REPORT},
    ),
    Role(
        "skoleadministrasjon",
        Text("skoleadministrasjon", "skuleadministrasjon", "school office"),
        (Place.SCHOOL,),
        Sight.NO_TALKS,
        (),
        frozenset({Action.SEE, Action.IMPORT, Action.ROLLOVER})
        | {Action.VALUES, Action.REGISTER_VALUES},
    ),
    Role(
        "ppt_radgiver",
        Text("PPT-rådgiver", "PPT-rådgivar", "PPT adviser"),
        (Place.PUPIL,),
        Sight.ASSESSMENT,
        (Place.PUPIL,),
        _PPT,
    ),
    Role(
        "ppt_leder",
        Text("PPT-leder", "PPT-leiar", "head of PPT"),
        (Place.PPT,),
        Sight.ASSESSMENT,
        (),
        _PPT | {Action.HAND_OVER, Action.ASSIGN},
    ),
    Role(
        "skoleeier",
        Text("skoleeier", "skuleeigar", "school owner"),
        (Place.OWNER,),
        may=frozenset(
            {Action.FIGURES, Action.VALUES, Action.REMARKS, Action.NETWORK, Action.REPORT}
        ),
    ),
    Role(
        "ikit_koordinator",
        Text("IKIT-koordinator", "IKIT-koordinator", "IKIT coordinator"),
        (Place.NETWORK,),
        may=frozenset({Action.FIGURES, Action.VALUES, Action.NETWORK}),
    ),
    # The Statsforvalter's inspector (§ 29-2), or internal control (kommuneloven § 25-1).
    Role(
        "tilsyn",
        Text("tilsyn", "tilsyn", "supervision"),
        (Place.SCHOOL,),
        Sight.NO_TALKS,
        (),
        frozenset({Action.SEE, Action.FIGURES, Action.VALUES, Action.EXPLAIN, Action.REMARKS}),
        answers=False,
    ),
    Role(
        "admin",
        Text("administrator", "administrator", "administrator"),
        (Place.OWNER,),
        may=frozenset(
            {Action.IMPORT, Action.ROLLOVER, Action.GO_LIVE, Action.HAND_OVER, Action.ADMINISTER}
        ),
    ),
    Role("iop_team", Text("IOP-team", "IOP-team", "IEP team")),
    Role("ressursteam", Text("ressursteam", "ressursteam", "resource team")),
    Role("foresatte", Text("foresatte", "føresette", "guardians")),
    Role("elev", Text("elev", "elev", "pupil")),
)

HOLDABLE: tuple[str, ...] = tuple(key for key, role in ROLES.items() if role.places)
# Those that a step of the wheel can name: who looks on is not among them.
ANSWERING: tuple[str, ...] = tuple(key for key, role in ROLES.items() if role.answers)
RESPONSIBLE: tuple[str, ...] = tuple(key for key in HOLDABLE if key in ANSWERING)


@dataclass(frozen=True, slots=True)
class Gives:
    """What one who holds a role may give to others, at the own place and what lies below it.

    `oneself` are those of `roles` that one may give to oneself as well: none that shows more than
    one sees already. `at_pupils`: also at one pupil, whom one must see. `people`: may put a new
    person on the list.
    """

    roles: tuple[str, ...]
    oneself: tuple[str, ...] = ()
    at_pupils: bool = True
    people: bool = True


_TEACHERS = ("kontaktlaerer", "faglaerer", "spesialpedagog", "miljoterapeut", "miljoarbeider")
# Who gives which role: never one with more rights than the own place has. A role that is not here
# gives none. Whoever administers sees no pupils, so gives no role at one and none to oneself.
GIVES: dict[str, Gives] = {
    "avdelingsleder": Gives(_TEACHERS, _TEACHERS[1:], people=False),
    "rektor": Gives((*_TEACHERS, "avdelingsleder", "skoleadministrasjon"), _TEACHERS),
    "ppt_leder": Gives(("ppt_radgiver",), ("ppt_radgiver",)),
    "admin": Gives(HOLDABLE, at_pupils=False),
}
# What a school gives by a file: its office puts in what its rektor decides.
GIVEN_BY_SCHOOL = frozenset(GIVES["rektor"].roles)
