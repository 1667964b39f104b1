"""What every kind of act is called in the history: a sentence's beginning, and what it is about."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from iopflow.texts import LANGUAGES, Text, _, speaking


class About(StrEnum):
    """What an act is about: the choices of the history."""

    STEP = "steg"
    TALK = "samtaler"
    CASE = "sak"
    MEETING = "moter"
    PEOPLE = "folk"
    REMARK = "tiltak"
    RUNNING = "drift"


ABOUT: Mapping[About, Text] = {
    About.STEP: Text("Steg i årshjulet", "Steg i årshjulet", "Steps of the wheel"),
    About.TALK: Text("Samtaler", "Samtalar", "Talks"),
    About.CASE: Text("Saker og PPT", "Saker og PPT", "Cases and PPT"),
    About.MEETING: Text("Møter", "Møte", "Meetings"),
    About.PEOPLE: Text("Personer og roller", "Personar og roller", "People and roles"),
    About.REMARK: Text("Tiltak og avvik", "Tiltak og avvik", "Measures and deviations"),
    About.RUNNING: Text("Drift", "Drift", "Operations"),
}
_STEP, _TALK, _CASE, _MEETING, _PEOPLE, _REMARK, _RUNNING = About
WITHDRAW = "withdraw "
_WITHDREW = Text("Trakk tilbake", "Trekte tilbake", "Withdrew")

# Every act that leaves an event. One that is not here has no sentence, and a test says so.
ACTS: Mapping[str, tuple[About, Text]] = {
    "complete": (_STEP, Text("Førte som gjort", "Førte som gjort", "Recorded as done")),
    "reopen": (_STEP, Text("Angret", "Angra", "Undid")),
    "not_applicable": (
        _STEP,
        Text("Førte som ikke aktuelt", "Førte som ikkje aktuelt", "Recorded as not applicable"),
    ),
    "help_wanted": (_STEP, Text("Ba om hjelp med", "Bad om hjelp med", "Asked for help with")),
    "move": (_STEP, Text("Flyttet datoen for", "Flytta datoen for", "Moved the date of")),
    "delay": (
        _STEP,
        Text(
            "Ga årsaken til at det ble sent",
            "Gav årsaka til at det blei seint",
            "Gave the cause of a delay",
        ),
    ),
    "talk": (_TALK, Text("Førte samtale", "Førte samtale", "Recorded a talk")),
    "present": (_TALK, Text("Førte frammøte", "Førte frammøte", "Recorded who came")),
    "need": (_CASE, Text("Meldte behov", "Melde behov", "Reported a need")),
    "asked-vedtak": (
        _CASE,
        Text(
            "Ba om samtykke til nytt vedtak",
            "Bad om samtykke til nytt vedtak",
            "Asked for consent to a new decision",
        ),
    ),
    "no-need": (
        _CASE,
        Text(
            "Avklarte at noe nytt ikke trengs",
            "Avklarte at noko nytt ikkje trengst",
            "Decided that nothing new is needed",
        ),
    ),
    "assessment": (
        _CASE,
        Text(
            "Førte sakkyndig vurdering",
            "Førte sakkunnig vurdering",
            "Recorded the expert assessment",
        ),
    ),
    "consent": (_CASE, Text("Førte samtykke", "Førte samtykke", "Recorded consent")),
    "vedtak": (_CASE, Text("Førte vedtak", "Førte vedtak", "Recorded a decision")),
    "case-event": (
        _CASE,
        Text(
            "Førte noe som skjedde i saken",
            "Førte noko som skjedde i saka",
            "Recorded what happened in the case",
        ),
    ),
    "pause": (
        _CASE,
        Text("Førte en pause i saken", "Førte ein pause i saka", "Recorded a pause in the case"),
    ),
    "appeal": (_CASE, Text("Førte en klage", "Førte ei klage", "Recorded an appeal")),
    "support": (
        _CASE,
        Text(
            "Førte assistanse eller tilrettelegging",
            "Førte assistanse eller tilrettelegging",
            "Recorded assistance or adaptation",
        ),
    ),
    "ppt deliver": (
        _CASE,
        Text(
            "Førte at vurderingen foreligger",
            "Førte at vurderinga ligg føre",
            "Recorded that the assessment is in place",
        ),
    ),
    "ppt send-back": (
        _CASE,
        Text(
            "Sendte saken tilbake til skolen",
            "Sende saka tilbake til skulen",
            "Sent the case back to the school",
        ),
    ),
    "ppt complete": (
        _CASE,
        Text(
            "Førte at saken er fullstendig",
            "Førte at saka er fullstendig",
            "Recorded that the case is complete",
        ),
    ),
    "ppt number": (
        _CASE,
        Text("Ga saken PPTs nummer", "Gav saka PPTs nummer", "Gave the case PPT's number"),
    ),
    "ppt assign": (_CASE, Text("Fordelte saken", "Fordelte saka", "Assigned the case")),
    "ppt undo": (_CASE, Text("Angret i PPT-køen", "Angra i PPT-køen", "Undid in PPT's queue")),
    "ppt-meeting plan": (
        _MEETING,
        Text("Planla møte med PPT", "Planla møte med PPT", "Planned a meeting with PPT"),
    ),
    "ppt-meeting agenda": (
        _MEETING,
        Text(
            "Endret sakene på møtet med PPT",
            "Endra sakene på møtet med PPT",
            "Changed the agenda of the meeting with PPT",
        ),
    ),
    "ppt-meeting held": (
        _MEETING,
        Text("Førte møtet med PPT", "Førte møtet med PPT", "Recorded the meeting with PPT"),
    ),
    "ppt-meeting withdraw": (
        _MEETING,
        Text(
            "Trakk tilbake møtet med PPT",
            "Trekte tilbake møtet med PPT",
            "Withdrew the meeting with PPT",
        ),
    ),
    "meeting new": (_MEETING, Text("Opprettet et møte", "Oppretta eit møte", "Called a meeting")),
    "meeting move": (_MEETING, Text("Flyttet et møte", "Flytta eit møte", "Moved a meeting")),
    "meeting cancel": (
        _MEETING,
        Text("Avlyste et møte", "Avlyste eit møte", "Cancelled a meeting"),
    ),
    "meeting invite": (
        _MEETING,
        Text("Inviterte til et møte", "Inviterte til eit møte", "Invited to a meeting"),
    ),
    "meeting take-off": (
        _MEETING,
        Text("Tok noen av et møte", "Tok nokon av eit møte", "Took somebody off a meeting"),
    ),
    "meeting answer": (
        _MEETING,
        Text(
            "Førte svar på en innkalling",
            "Førte svar på ei innkalling",
            "Entered an answer to an invitation",
        ),
    ),
    "answer": (
        _MEETING,
        Text("Svarte på en innkalling", "Svarte på ei innkalling", "Answered an invitation"),
    ),
    "role give": (_PEOPLE, Text("Ga en rolle", "Gav ei rolle", "Gave a role")),
    "role end": (_PEOPLE, Text("Avsluttet en rolle", "Avslutta ei rolle", "Ended a role")),
    "role undo": (
        _PEOPLE,
        Text(
            "Angret en endring av roller", "Angra ei endring av roller", "Undid a change of roles"
        ),
    ),
    "person new": (_PEOPLE, Text("La til en person", "La til ein person", "Added a person")),
    "person change": (
        _PEOPLE,
        Text(
            "Endret opplysninger om en person",
            "Endra opplysningar om ein person",
            "Changed what is known of a person",
        ),
    ),
    "person leave": (
        _PEOPLE,
        Text(
            "Avsluttet alle rollene til en som slutter",
            "Avslutta alle rollene til ein som sluttar",
            "Ended all roles of one who leaves",
        ),
    ),
    "substitute": (_PEOPLE, Text("Endret vikarer", "Endra vikarar", "Changed substitutes")),
    "hand_over": (_PEOPLE, Text("Ga oppgaver videre", "Gav oppgåver vidare", "Handed duties over")),
    "wish": (
        _PEOPLE,
        Text(
            "Valgte hvor ofte det skal minnes på",
            "Valde kor ofte det skal minnast om",
            "Chose how often to be reminded",
        ),
    ),
    "log in": (_PEOPLE, Text("Logget inn", "Logga inn", "Logged in")),
    "comment": (
        _REMARK,
        Text("Kommenterte en indikator", "Kommenterte ein indikator", "Commented on a figure"),
    ),
    "measure": (_REMARK, Text("Vedtok et tiltak", "Vedtok eit tiltak", "Decided a measure")),
    "measure_change": (
        _REMARK,
        Text("Endret et tiltak", "Endra eit tiltak", "Changed a measure"),
    ),
    "measure_done": (
        _REMARK,
        Text("Førte et tiltak som gjort", "Førte eit tiltak som gjort", "Recorded a measure done"),
    ),
    "measure_close": (
        _REMARK,
        Text(
            "Avsluttet et tiltak uten at det er gjort",
            "Avslutta eit tiltak utan at det er gjort",
            "Closed a measure without doing it",
        ),
    ),
    "deviation": (_REMARK, Text("Meldte et avvik", "Melde eit avvik", "Raised a deviation")),
    "deviation_change": (
        _REMARK,
        Text("Endret et avvik", "Endra eit avvik", "Changed a deviation"),
    ),
    "deviation_close": (
        _REMARK,
        Text("Lukket et avvik", "Lukka eit avvik", "Closed a deviation"),
    ),
    "remark_undo": (
        _REMARK,
        Text("Angret", "Angra", "Undid"),
    ),
    "value": (
        _RUNNING,
        Text("Registrerte tall for skolen", "Registrerte tal for skulen", "Registered figures"),
    ),
    "value_undo": (
        _RUNNING,
        Text("Angret registrerte tall", "Angra registrerte tal", "Undid registered figures"),
    ),
    "value_withdraw": (
        _RUNNING,
        Text("Fjernet et registrert tall", "Fjerna eit registrert tal", "Removed a figure"),
    ),
    "freeze": (_RUNNING, Text("Frøs en telling", "Fraus ei teljing", "Froze a count")),
    "import": (_RUNNING, Text("Importerte", "Importerte", "Imported")),
    "undo import": (_RUNNING, Text("Angret en import", "Angra ein import", "Undid an import")),
    "rollover": (_RUNNING, Text("Åpnet et skoleår", "Opna eit skuleår", "Opened a school year")),
    "go_live": (
        _RUNNING,
        Text("Satte oppstartsdato", "Sette oppstartsdato", "Set the day of the start"),
    ),
    "mail_text": (
        _RUNNING,
        Text(
            "Endret en tekst i e-posten",
            "Endra ein tekst i e-posten",
            "Changed a text of the mails",
        ),
    ),
    "test-mail": (
        _RUNNING,
        Text("Sendte en prøve-e-post", "Sende ein prøve-e-post", "Sent a test mail"),
    ),
    "archive export": (_RUNNING, Text("Eksporterte saker", "Eksporterte saker", "Exported cases")),
    "feed new": (
        _RUNNING,
        Text("Laget en kalenderadresse", "Laga ei kalenderadresse", "Made a calendar address"),
    ),
    "feed renew": (
        _RUNNING,
        Text(
            "Fornyet en kalenderadresse", "Fornya ei kalenderadresse", "Renewed a calendar address"
        ),
    ),
    "feed revoke": (
        _RUNNING,
        Text(
            "Trakk tilbake en kalenderadresse",
            "Trekte tilbake ei kalenderadresse",
            "Revoked a calendar address",
        ),
    ),
    "api-token new": (
        _RUNNING,
        Text("Ga et program adgang", "Gav eit program tilgang", "Gave a program access"),
    ),
    "api-token revoke": (
        _RUNNING,
        Text(
            "Tok adgangen fra et program",
            "Tok tilgangen frå eit program",
            "Took access from a program",
        ),
    ),
    "log out": (_PEOPLE, Text("Logget ut", "Logga ut", "Logged out")),
    "log-in link": (
        _PEOPLE,
        Text(
            "Ba om en lenke til innlogging", "Bad om ei lenkje til innlogging", "Asked for a link"
        ),
    ),
    "log-in link used": (
        _PEOPLE,
        Text("Logget inn med en lenke", "Logga inn med ei lenkje", "Logged in by a link"),
    ),
    "account connect": (
        _PEOPLE,
        Text("Koblet til en konto", "Kopla til ein konto", "Connected an account"),
    ),
    "account disconnect": (
        _PEOPLE,
        Text("Koblet fra en konto", "Kopla frå ein konto", "Disconnected an account"),
    ),
    "user link": (
        _PEOPLE,
        Text("Laget en lenke til innlogging", "Laga ei lenkje til innlogging", "Made a link"),
    ),
    "user log-out": (
        _PEOPLE,
        Text("Avsluttet innlogginger", "Avslutta innloggingar", "Ended log-ins"),
    ),
    "appoint": (
        _PEOPLE,
        Text("Ga klassen en lærer", "Gav klassen ein lærar", "Gave a class a teacher"),
    ),
    "ask": (_STEP, Text("Spurte om", "Spurde om", "Asked about")),
    "end enrolment": (
        _RUNNING,
        Text(
            "Satte siste dag for en elev", "Sette siste dag for ein elev", "Set a pupil's last day"
        ),
    ),
    "class_change": (
        _RUNNING,
        Text(
            "Flyttet elever til en klasse",
            "Flytta elevar til ein klasse",
            "Moved pupils to a class",
        ),
    ),
    "pupil_merge": (
        _RUNNING,
        Text(
            "Slo sammen to like elever", "Slo saman to like elevar", "Merged a pupil entered twice"
        ),
    ),
    "pupil_not_same": (
        _RUNNING,
        Text(
            "Sa at to elever ikke er like", "Sa at to elevar ikkje er like", "Told two pupils apart"
        ),
    ),
    "pupil_undo": (
        _RUNNING,
        Text("Angret om like elever", "Angra om like elevar", "Undid a merger of pupils"),
    ),
    "unit_new": (_RUNNING, Text("La til en klasse", "La til ein klasse", "Added a class")),
    "unit_name": (
        _RUNNING,
        Text("Ga en klasse nytt navn", "Gav ein klasse nytt namn", "Renamed a class"),
    ),
    "unit_avdeling": (
        _RUNNING,
        Text(
            "Flyttet en klasse til en avdeling",
            "Flytta ein klasse til ei avdeling",
            "Moved a class",
        ),
    ),
    "unit_split": (_RUNNING, Text("Delte en klasse", "Delte ein klasse", "Split a class")),
    "unit_merge": (
        _RUNNING,
        Text("Slo sammen to klasser", "Slo saman to klassar", "Merged two classes"),
    ),
    "unit_close": (_RUNNING, Text("Lukket en klasse", "Lukka ein klasse", "Closed a class")),
    "unit_undo": (
        _RUNNING,
        Text("Angret om en klasse", "Angra om ein klasse", "Undid a change of a class"),
    ),
    "rollover_undo": (
        _RUNNING,
        Text("Angret i årsskiftet", "Angra i årsskiftet", "Undid in the turn of the year"),
    ),
    "skolerute": (
        _RUNNING,
        Text("Endret skoleruten", "Endra skuleruta", "Changed the school's days"),
    ),
    "own_wheel": (
        _RUNNING,
        Text("Endret skolens årshjul", "Endra årshjulet til skulen", "Changed the school's wheel"),
    ),
}
# Acts that type figures in, correct them and take them away: told with the figures.
REGISTERING = frozenset({"value", "value_undo", "value_withdraw"})
# Acts that take back what another did.
UNDOING = frozenset(
    {
        "reopen",
        "ppt undo",
        "role undo",
        "undo import",
        "unit_undo",
        "rollover_undo",
        "pupil_undo",
        "remark_undo",
        "value_undo",
    }
)


@cache
def only_undone() -> frozenset[str]:
    """The reason that an undoing gives itself, in each language: it says nothing that is not
    said.
    """
    found = []
    for language in LANGUAGES:
        with speaking(language):
            found.append(_("angret"))
    return frozenset(found)


def sentence(act: str) -> str:
    """What an act is called, in the language in use; an unknown one by its own name."""
    if act in ACTS:
        return ACTS[act][1].get()
    if act.startswith(WITHDRAW):
        of = ACTS.get(act.removeprefix(WITHDRAW))
        return f"{_WITHDREW.get()}: {of[1].get().lower()}" if of else _WITHDREW.get()
    return act


def acts_about(about: About) -> list[str]:
    """The acts under one choice of the history."""
    found = [act for act, (one, _text) in ACTS.items() if one is about]
    return found + ([f"{WITHDRAW}{act}" for act in found] if about is About.CASE else [])
