"""What each thing that may happen in a case is called."""

from collections.abc import Mapping

from iopflow.lifecycle.happened import Happened
from iopflow.texts import Text

HAPPENED: Mapping[Happened, Text] = {
    Happened.CONCERN: Text(
        "Melding til rektor om tvil om utbytte",
        "Melding til rektor om tvil om utbyte",
        "Doubt reported to the head teacher",
    ),
    Happened.MEASURES: Text(
        "Tiltak i ordinær opplæring", "Tiltak i ordinær opplæring", "Measures in ordinary teaching"
    ),
    Happened.NO_NEED: Text(
        "Ikke behov for noe nytt", "Ikkje behov for noko nytt", "Nothing new needed"
    ),
    Happened.NEEDED: Text(
        "Behov for sakkyndig vurdering",
        "Behov for sakkunnig vurdering",
        "Need for an expert assessment",
    ),
    Happened.ASKED_UTREDNING: Text(
        "Bedt om samtykke til utredning",
        "Bedt om samtykke til utgreiing",
        "Consent to assessment asked for",
    ),
    Happened.CONSENT_UTREDNING: Text(
        "Samtykke til utredning", "Samtykke til utgreiing", "Consent to assessment"
    ),
    Happened.NO_UTREDNING: Text(
        "Nei til utredning", "Nei til utgreiing", "No consent to assessment"
    ),
    Happened.REFERRED: Text("Henvisning til PPT", "Tilvising til PPT", "Referral to PPT"),
    Happened.SENT_BACK: Text(
        "Sendt tilbake: mangler dokumentasjon",
        "Sendt tilbake: manglar dokumentasjon",
        "Sent back: documentation is missing",
    ),
    Happened.SUPPLIED: Text("Ettersendt til PPT", "Ettersendt til PPT", "Supplied to PPT"),
    Happened.COMPLETE: Text(
        "Henvisningen fullstendig", "Tilvisinga fullstendig", "Referral complete"
    ),
    Happened.RECEIVED: Text(
        "Sakkyndig vurdering mottatt", "Sakkunnig vurdering motteken", "Assessment received"
    ),
    Happened.ASKED_VEDTAK: Text(
        "Bedt om samtykke til vedtak",
        "Bedt om samtykke til vedtak",
        "Consent to the decision asked for",
    ),
    Happened.CONSENT_VEDTAK: Text(
        "Samtykke til vedtak", "Samtykke til vedtak", "Consent to the decision"
    ),
    Happened.NO_VEDTAK: Text("Nei til vedtak", "Nei til vedtak", "No consent to the decision"),
    Happened.GRANTED: Text("Vedtak: innvilget", "Vedtak: innvilga", "Decision: granted"),
    Happened.PARTLY: Text(
        "Vedtak: delvis innvilget", "Vedtak: delvis innvilga", "Decision: partly granted"
    ),
    Happened.REFUSED: Text("Vedtak: avslag", "Vedtak: avslag", "Decision: refused"),
    Happened.NOTIFIED: Text(
        "Underretning om vedtaket", "Melding om vedtaket", "Notification of the decision"
    ),
    Happened.ARRIVED: Text(
        "Underretningen kommet fram", "Meldinga komen fram", "Notification arrived"
    ),
    Happened.INTERIM_REPLY: Text("Foreløpig svar", "Førebels svar", "Interim reply"),
    Happened.BEGINS: Text(
        "Vedtaket begynner å gjelde", "Vedtaket tek til å gjelde", "Decision comes into force"
    ),
    Happened.RENEWAL: Text(
        "Behovet må vurderes på nytt", "Behovet må vurderast på nytt", "Need to be judged anew"
    ),
    Happened.RENEWING: Text("Ny vurdering begynt", "Ny vurdering påbyrja", "Renewal begun"),
    Happened.ENDS: Text(
        "Vedtaket gikk ut uten et nytt", "Vedtaket gjekk ut utan eit nytt", "Decision lapsed"
    ),
    Happened.ENDS_CLOSED: Text(
        "Vedtaket gikk ut, uten nytt behov",
        "Vedtaket gjekk ut, utan nytt behov",
        "Decision ended, nothing new needed",
    ),
    Happened.SUCCEEDED: Text(
        "Et nytt vedtak tok over", "Eit nytt vedtak tok over", "A new decision took over"
    ),
    Happened.CLOSED: Text("Saken avsluttet", "Saka avslutta", "Case closed"),
    Happened.LEFT: Text("Eleven sluttet", "Eleven slutta", "The pupil left"),
}
