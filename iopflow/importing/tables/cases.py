"""The facts of cases: assessments, vedtak, consents, appeals and pauses."""

from iopflow.importing import values as v
from iopflow.importing.tables.columns import (
    COMMENTS,
    EVIDENCE,
    FOR_YEAR,
    PUPIL,
    REASON,
    RECORDED,
    Table,
    key,
    may,
    must,
)
from iopflow.models import Answer, ConsentKind, Outcome
from iopflow.texts import N_

COURTS = ("skole", "ppt", "foresatte", "kommune")

ASSESSMENTS = Table(
    "assessments",
    "assessment",
    ("pupil_id", "year"),
    (
        PUPIL,
        FOR_YEAR,
        must("needed_since", v.day, N_("dagen behovet ble kjent"), aliases=("behov_siden",)),
        may("referred_on", v.day, N_("henvist til PPT"), aliases=("henvist",)),
        may("complete_on", v.day, N_("henvisningen fullstendig"), aliases=("fullstendig",)),
        may("received_on", v.day, N_("sakkyndig vurdering mottatt"), aliases=("mottatt",)),
        may("valid_to", v.day, N_("sakkyndig vurdering gjelder til"), aliases=("gjelder_til",)),
        RECORDED,
    ),
    "Behov for sakkyndig vurdering, og når den kom.",
    comments=COMMENTS,
    opens=True,
)
VEDTAK = Table(
    "vedtak",
    "vedtak",
    ("pupil_id", "year", "decided_on"),
    (
        PUPIL,
        FOR_YEAR,
        key("decided_on", v.day, N_("vedtaksdato"), aliases=("vedtatt", "vedtaksdato")),
        must(
            "outcome",
            v.member(Outcome),
            N_("granted, partly eller refused"),
            aliases=("utfall",),
        ),
        may("valid_from", v.day, N_("gjelder fra"), aliases=("gjelder_fra",)),
        may("valid_to", v.day, N_("gjelder til"), aliases=("gjelder_til",)),
        may("notified_on", v.day, N_("underretning sendt"), aliases=("underrettet",)),
        may("arrived_on", v.day, N_("underretning kommet fram"), aliases=("kommet_fram",)),
        may("decided_by", v.name, N_("hvem som vedtok"), aliases=("vedtatt_av",)),
        may(
            "departs",
            v.truth,
            N_("avviker fra sakkyndig vurdering (ja/nei)"),
            aliases=("avviker",),
            empty=False,
        ),
        REASON,
        RECORDED,
    ),
    "Enkeltvedtak om individuelt tilrettelagt opplæring.",
    comments=COMMENTS,
    opens=True,
)
CONSENTS = Table(
    "consents",
    "consent",
    ("pupil_id", "kind", "year", "on_day"),
    (
        PUPIL,
        key(
            "kind",
            v.member(ConsentKind),
            N_("utredning eller vedtak"),
            aliases=("slag", "type"),
        ),
        FOR_YEAR,
        key("on", v.day, N_("dagen svaret kom"), "on_day", aliases=("dato",)),
        must("answer", v.member(Answer), N_("given, refused eller withdrawn"), aliases=("svar",)),
        RECORDED,
    ),
    "Svar på spørsmål om samtykke.",
    comments=COMMENTS,
    opens=True,
)
APPEALS = Table(
    "appeals",
    "appeal",
    ("pupil_id", "year", "registered_on"),
    (
        PUPIL,
        FOR_YEAR,
        key("registered_on", v.day, N_("dagen klagen kom"), aliases=("registrert",)),
        may("kind", v.text, N_("hva klagen gjelder"), aliases=("slag", "type")),
        may("result", v.text, N_("utfallet"), aliases=("resultat",)),
        may("closed_on", v.day, N_("avsluttet"), aliases=("avsluttet",)),
    ),
    "Klager.",
    opens=True,
)
PAUSES = Table(
    "pauses",
    "pause",
    ("pupil_id", "year", "starts"),
    (
        PUPIL,
        FOR_YEAR,
        key("from", v.day, N_("fra og med"), "starts", aliases=("fra",)),
        must("court", v.code(*COURTS), N_("hvem saken venter på"), aliases=("venter_på",)),
        may("to", v.day, N_("til og med"), "ends", aliases=("til",)),
        may("cause", v.text, N_("årsak"), aliases=("årsak",)),
        EVIDENCE,
    ),
    "Pauser i en sak, og hvem den venter på.",
    opens=True,
)
