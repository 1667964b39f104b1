"""The states of a case, whose turn it is in each, and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from iopflow.texts import Text


class Court(StrEnum):
    """Who has the ball: every day of a case lies with one of them (peers 3, seed slide P1)."""

    SKOLE = "skole"
    PPT = "ppt"
    FORESATTE = "foresatte"
    KOMMUNE = "kommune"

    @property
    def text(self) -> Text:
        """The word in the three languages."""
        return _COURTS[self]


_COURTS = {
    Court.SKOLE: Text("skolen", "skulen", "the school"),
    Court.PPT: Text("PPT", "PPT", "PPT"),
    Court.FORESATTE: Text("foresatte", "føresette", "the guardians"),
    Court.KOMMUNE: Text("hjemkommunen", "heimkommunen", "the home municipality"),
}


class Phase(StrEnum):
    """The chapters of Udir's guide that head a pupil's time line (domain 2.2)."""

    ORDINAER = "ordinaer"
    UTREDNING = "utredning"
    VEDTAK = "vedtak"
    GJENNOMFORING = "gjennomforing"

    @property
    def text(self) -> Text:
        """The word in the three languages."""
        return _PHASES[self]


_PHASES = {
    Phase.ORDINAER: Text("ordinær opplæring", "ordinær opplæring", "ordinary teaching"),
    Phase.UTREDNING: Text("utredning", "utgreiing", "assessment"),
    Phase.VEDTAK: Text("vedtak", "vedtak", "decision"),
    Phase.GJENNOMFORING: Text("gjennomføring", "gjennomføring", "in force"),
}


class State(StrEnum):
    """Where a case for one year served stands (domain 2.3)."""

    ORDINARY = "ordinary"
    CONCERN = "concern"
    MEASURES = "measures"
    NEEDED = "needed"
    NOT_NEEDED = "not_needed"
    ASKED_UTREDNING = "asked_utredning"
    CONSENTED_UTREDNING = "consented_utredning"
    REFERRED = "referred"
    INCOMPLETE = "incomplete"
    SV_WORK = "sv_work"
    SV_RECEIVED = "sv_received"
    ASKED_VEDTAK = "asked_vedtak"
    CONSENTED_VEDTAK = "consented_vedtak"
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    NOTIFIED = "notified"
    REFUSAL_NOTIFIED = "refusal_notified"
    IN_FORCE = "in_force"
    RENEWAL_DUE = "renewal_due"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    SUCCEEDED = "succeeded"
    LAPSED = "lapsed"
    NO_CONSENT = "no_consent"
    CLOSED = "closed"
    MOVED = "moved"

    @property
    def about(self) -> "About":
        """What is to be known of the state."""
        return STATES[self]


@dataclass(frozen=True, slots=True)
class About:
    """A state: its title, its phase, whose turn it is, and what should happen next.

    `decides` says that it is whoever decides: the school, or the pupil's home municipality where
    that is another (domain 2.2: the deciding authority is data on the pupil). `fact` is what the
    wheel's step of the next thing is known by: its people, and its date, are those of the state.
    """

    title: Text
    phase: Phase
    next: Text | None = None
    turn: Court | None = None
    decides: bool = False
    fact: str | None = None

    @property
    def rests(self) -> bool:
        """Whether nobody is waited for."""
        return self.turn is None and not self.decides


STATES: Mapping[State, About] = {
    State.ORDINARY: About(
        Text("ordinær opplæring", "ordinær opplæring", "ordinary teaching"), Phase.ORDINAER
    ),
    State.CONCERN: About(
        Text(
            "meldt tvil om utbytte", "meldt tvil om utbyte", "doubt about the benefit of teaching"
        ),
        Phase.ORDINAER,
        Text(
            "Prøv tiltak innenfor ordinær opplæring, eller meld behov for sakkyndig vurdering",
            "Prøv tiltak innanfor ordinær opplæring, eller meld behov for sakkunnig vurdering",
            "Try measures within ordinary teaching, or register the need for an assessment",
        ),
        Court.SKOLE,
    ),
    State.MEASURES: About(
        Text("tiltak prøves", "tiltak blir prøvde", "measures are tried"),
        Phase.ORDINAER,
        Text(
            "Vurder om tiltakene er nok, eller meld behov for sakkyndig vurdering",
            "Vurder om tiltaka er nok, eller meld behov for sakkunnig vurdering",
            "Judge whether they are enough, or register the need for an assessment",
        ),
        Court.SKOLE,
    ),
    State.NEEDED: About(
        Text("behov meldt", "behov meldt", "need registered"),
        Phase.UTREDNING,
        Text(
            "Be om samtykke til sakkyndig vurdering",
            "Be om samtykke til sakkunnig vurdering",
            "Ask for consent to the assessment",
        ),
        Court.SKOLE,
        fact="consent.utredning",
    ),
    State.NOT_NEEDED: About(
        Text("ikke noe nytt behov", "ikkje noko nytt behov", "no new need"), Phase.ORDINAER
    ),
    State.ASKED_UTREDNING: About(
        Text(
            "venter på samtykke til utredning",
            "ventar på samtykke til utgreiing",
            "waits for consent to the assessment",
        ),
        Phase.UTREDNING,
        Text(
            "Svar på om det samtykkes til sakkyndig vurdering",
            "Svar på om det blir samtykt til sakkunnig vurdering",
            "Answer whether there is consent to the assessment",
        ),
        Court.FORESATTE,
        fact="consent.utredning",
    ),
    State.CONSENTED_UTREDNING: About(
        Text(
            "samtykke til utredning gitt",
            "samtykke til utgreiing gitt",
            "consent to the assessment given",
        ),
        Phase.UTREDNING,
        Text("Henvis til PPT", "Tilvis til PPT", "Refer to PPT"),
        Court.SKOLE,
        fact="assessment.referred_on",
    ),
    State.REFERRED: About(
        Text("henvist til PPT", "tilvist til PPT", "referred to PPT"),
        Phase.UTREDNING,
        Text(
            "Se om henvisningen er fullstendig, eller send den tilbake",
            "Sjå om tilvisinga er fullstendig, eller send ho tilbake",
            "Check whether the referral is complete, or send it back",
        ),
        Court.PPT,
        fact="assessment.received_on",
    ),
    State.INCOMPLETE: About(
        Text("mangler dokumentasjon", "manglar dokumentasjon", "documentation is missing"),
        Phase.UTREDNING,
        Text("Send PPT det som mangler", "Send PPT det som manglar", "Send PPT what is missing"),
        Court.SKOLE,
        fact="assessment.referred_on",
    ),
    State.SV_WORK: About(
        Text(
            "PPT utarbeider sakkyndig vurdering",
            "PPT utarbeider sakkunnig vurdering",
            "PPT works on the assessment",
        ),
        Phase.UTREDNING,
        Text("Lever sakkyndig vurdering", "Lever sakkunnig vurdering", "Deliver the assessment"),
        Court.PPT,
        fact="assessment.received_on",
    ),
    State.SV_RECEIVED: About(
        Text(
            "sakkyndig vurdering mottatt",
            "sakkunnig vurdering motteken",
            "assessment received",
        ),
        Phase.VEDTAK,
        Text("Be om samtykke til vedtak", "Be om samtykke til vedtak", "Ask for consent to decide"),
        Court.SKOLE,
        fact="consent.vedtak",
    ),
    State.ASKED_VEDTAK: About(
        Text(
            "venter på samtykke til vedtak",
            "ventar på samtykke til vedtak",
            "waits for consent to the decision",
        ),
        Phase.VEDTAK,
        Text(
            "Svar på om det samtykkes til vedtak",
            "Svar på om det blir samtykt til vedtak",
            "Answer whether there is consent to the decision",
        ),
        Court.FORESATTE,
        fact="consent.vedtak",
    ),
    State.CONSENTED_VEDTAK: About(
        Text(
            "samtykke til vedtak gitt",
            "samtykke til vedtak gitt",
            "consent to the decision given",
        ),
        Phase.VEDTAK,
        Text("Fatt vedtak", "Fatt vedtak", "Decide"),
        decides=True,
        fact="vedtak.decided_on",
    ),
    State.GRANTED: About(
        Text("innvilget, ikke underrettet", "innvilga, ikkje melding sendt", "granted, not told"),
        Phase.VEDTAK,
        Text(
            "Underrett foresatte om vedtaket",
            "Send melding til føresette om vedtaket",
            "Notify the guardians of the decision",
        ),
        decides=True,
        fact="vedtak.notified_on",
    ),
    State.PARTLY: About(
        Text(
            "delvis innvilget, ikke underrettet",
            "delvis innvilga, ikkje melding sendt",
            "partly granted, not told",
        ),
        Phase.VEDTAK,
        Text(
            "Underrett foresatte om vedtaket",
            "Send melding til føresette om vedtaket",
            "Notify the guardians of the decision",
        ),
        decides=True,
        fact="vedtak.notified_on",
    ),
    State.REFUSED: About(
        Text("avslått, ikke underrettet", "avslått, ikkje melding sendt", "refused, not told"),
        Phase.VEDTAK,
        Text(
            "Underrett foresatte om avslaget",
            "Send melding til føresette om avslaget",
            "Notify the guardians of the refusal",
        ),
        decides=True,
        fact="vedtak.notified_on",
    ),
    State.NOTIFIED: About(
        Text(
            "vedtatt og underrettet, ikke begynt å gjelde",
            "vedteke og melding send, ikkje byrja å gjelde",
            "decided and notified, not yet in force",
        ),
        Phase.VEDTAK,
    ),
    State.REFUSAL_NOTIFIED: About(
        Text("avslått og underrettet", "avslått og melding send", "refused and notified"),
        Phase.ORDINAER,
    ),
    State.IN_FORCE: About(
        Text("vedtaket gjelder", "vedtaket gjeld", "the decision is in force"), Phase.GJENNOMFORING
    ),
    State.RENEWAL_DUE: About(
        Text(
            "vedtaket gjelder, behovet må vurderes på nytt",
            "vedtaket gjeld, behovet må vurderast på nytt",
            "in force, due for renewal",
        ),
        Phase.GJENNOMFORING,
        Text(
            "Vurder behovet på nytt før vedtaket går ut",
            "Vurder behovet på nytt før vedtaket går ut",
            "Judge the need anew before the decision expires",
        ),
        Court.SKOLE,
    ),
    State.CONSENT_WITHDRAWN: About(
        Text(
            "samtykket trukket, vedtaket står",
            "samtykket trekt, vedtaket står",
            "consent withdrawn, the decision stands",
        ),
        Phase.VEDTAK,
        Text(
            "Avslutt vedtaket, eller avklar samtykket",
            "Avslutt vedtaket, eller avklar samtykket",
            "End the decision, or clear up the consent",
        ),
        decides=True,
    ),
    State.SUCCEEDED: About(
        Text("avløst av et nytt vedtak", "avløyst av eit nytt vedtak", "followed by a new one"),
        Phase.GJENNOMFORING,
    ),
    State.LAPSED: About(
        Text("gått ut uten nytt vedtak", "gått ut utan nytt vedtak", "lapsed"),
        Phase.VEDTAK,
        Text(
            "Meld behov for neste skoleår, eller avslutt saken med en begrunnelse",
            "Meld behov for neste skuleår, eller avslutt saka med ei grunngjeving",
            "Register the need for the next year, or close the case with a reason",
        ),
        Court.SKOLE,
    ),
    State.NO_CONSENT: About(
        Text("samtykke ikke gitt", "samtykke ikkje gitt", "no consent"), Phase.ORDINAER
    ),
    State.CLOSED: About(Text("avsluttet", "avslutta", "closed"), Phase.ORDINAER),
    State.MOVED: About(Text("eleven har sluttet", "eleven har slutta", "moved"), Phase.ORDINAER),
}
