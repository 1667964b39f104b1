"""The facts of cases: assessments, vedtak, consents, what else happened, appeals, supports."""

from iopflow.importing import values as v
from iopflow.importing.tables.columns import (
    COMMENTS,
    FOR_YEAR,
    PUPIL,
    REASON,
    RECORDED,
    Table,
    key,
    may,
    must,
)
from iopflow.lifecycle import Court
from iopflow.models import (
    Answer,
    AppealKind,
    Consenter,
    ConsentKind,
    MoveKind,
    Outcome,
    SupportKind,
)
from iopflow.texts import N_

COURTS = tuple(court.value for court in Court)
_ARCHIVE = may("archive_ref", v.reference, N_("saksnummer i arkivet"), aliases=("arkivref",))
_EVIDENCE = may(
    "evidence", v.reference, N_("henvisning til logg eller arkiv"), aliases=("bevis", "arkivref")
)

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
        _ARCHIVE,
        RECORDED,
    ),
    "Behov for sakkyndig vurdering, og når den kom.",
    title=N_("Sakkyndige vurderinger"),
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
        _ARCHIVE,
        RECORDED,
    ),
    "Enkeltvedtak om individuelt tilrettelagt opplæring.",
    title=N_("Vedtak"),
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
        may(
            "answered_by",
            v.member(Consenter),
            N_("hvem som svarte: foresatte, eller eleven fra 15 år"),
            aliases=("svar_fra",),
        ),
        RECORDED,
    ),
    "Svar på spørsmål om samtykke.",
    title=N_("Samtykker"),
    comments=COMMENTS,
    opens=True,
)
_APPEALS = {
    "vedtaket": "vedtak",
    "på vedtaket": "vedtak",
    "gjennomføring": "gjennomforing",
    "manglende gjennomføring": "gjennomforing",
    "på manglende gjennomføring": "gjennomforing",
}
APPEALS = Table(
    "appeals",
    "appeal",
    ("pupil_id", "year", "registered_on"),
    (
        PUPIL,
        FOR_YEAR,
        key("registered_on", v.day, N_("dagen klagen kom"), aliases=("registrert",)),
        may(
            "kind",
            v.member(AppealKind, aliases=_APPEALS),
            N_("hva klagen gjelder"),
            aliases=("slag", "type"),
        ),
        may("reviewed_on", v.day, N_("vurdert av den som vedtok"), aliases=("vurdert",)),
        may("forwarded_on", v.day, N_("sendt til statsforvalteren"), aliases=("oversendt",)),
        may("result", v.text, N_("utfallet"), aliases=("resultat",)),
        may("closed_on", v.day, N_("avsluttet"), aliases=("avsluttet",)),
    ),
    "Klager.",
    title=N_("Klager"),
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
        _EVIDENCE,
    ),
    "Pauser i en sak, og hvem den venter på.",
    title=N_("Pauser i saker"),
    opens=True,
)
MOVES = Table(
    "moves",
    "case_move",
    ("pupil_id", "year", "kind", "on_day"),
    (
        PUPIL,
        FOR_YEAR,
        key("what", v.member(MoveKind), N_("hva som skjedde i saken"), "kind", aliases=("hva",)),
        key("on", v.day, N_("dagen det skjedde"), "on_day", aliases=("dato",)),
        may("note", v.text, N_("hva som mangler, eller hvorfor"), aliases=("merknad", "notat")),
        _EVIDENCE,
        RECORDED,
    ),
    "Det som ellers har skjedd i en sak: spurt om samtykke, sendt tilbake, avsluttet.",
    title=N_("Saksgang"),
    comments=COMMENTS | {"note", "evidence"},
    opens=True,
)
SUPPORTS = Table(
    "supports",
    "support",
    ("pupil_id", "kind", "sought_on"),
    (
        PUPIL,
        key("kind", v.member(SupportKind), N_("assistanse eller fysisk"), aliases=("slag", "type")),
        key("sought_on", v.day, N_("søkt"), aliases=("søkt", "søkt_dato")),
        may("decided_on", v.day, N_("vedtaksdato"), aliases=("vedtatt", "vedtaksdato")),
        may("outcome", v.member(Outcome), N_("granted, partly eller refused"), aliases=("utfall",)),
        may("valid_from", v.day, N_("gjelder fra"), aliases=("gjelder_fra",)),
        may("valid_to", v.day, N_("gjelder til"), aliases=("gjelder_til",)),
        may("notified_on", v.day, N_("underretning sendt"), aliases=("underrettet",)),
        _ARCHIVE,
        RECORDED,
    ),
    "Personlig assistanse og fysisk tilrettelegging (opplæringslova §§ 11-4 og 11-5).",
    title=N_("Assistanse og fysisk tilrettelegging"),
    comments=COMMENTS,
)
