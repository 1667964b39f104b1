"""The import tables of the contract: one entry per file. All else iterates over them."""

from collections.abc import Mapping
from dataclasses import dataclass

from iopflow.importing import values as v
from iopflow.indicators import CAUSES
from iopflow.models import NEVER_IMPORTED, Answer, ConsentKind, Outcome, UnitKind, What
from iopflow.roles import HOLDABLE
from iopflow.texts import N_


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file.

    `stored` is the column of the database it fills (None where a rule of the table uses it);
    `ref` the kind of thing its id points at (`late`: a row of the same file); `aliases` other
    headers that mean the same; `empty` what an empty cell means where that is not nothing at all.
    """

    name: str
    parse: v.Parse
    meaning: str
    stored: str | None = None
    key: bool = False
    required: bool = False
    ref: str | None = None
    aliases: tuple[str, ...] = ()
    empty: object = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A file, the table of the database it fills, and the database columns that make its key.

    `comments` are columns that decide nothing: a change there is no new fact received. `opens` says
    that its rows need the school year they speak of. `first` is a column and the value of the rows
    that others of the same file refer to. `not_stored` are columns that the database has elsewhere.
    """

    file: str
    stored: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    about: str
    comments: frozenset[str] = frozenset()
    opens: bool = False
    first: tuple[str, object] | None = None
    not_stored: frozenset[str] = frozenset()

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def _key(
    name: str, parse: v.Parse, meaning: str, stored: str | None = None, **more: object
) -> Column:
    return Column(name, parse, meaning, stored or name, key=True, required=True, **more)  # type: ignore[arg-type]


def _must(
    name: str, parse: v.Parse, meaning: str, stored: str | None = None, **more: object
) -> Column:
    return Column(name, parse, meaning, stored or name, required=True, **more)  # type: ignore[arg-type]


def _may(
    name: str, parse: v.Parse, meaning: str, stored: str | None = None, **more: object
) -> Column:
    return Column(name, parse, meaning, stored or name, **more)  # type: ignore[arg-type]


_PUPIL = _key(
    "pupil", v.identity, N_("eleven"), "pupil_id", ref="pupil", aliases=("elev", "elev_id")
)
_SCHOOL = _key("school", v.identity, N_("skolen"), "school_id", ref="school", aliases=("skole",))
_FOR_YEAR = _key(
    "for_year", v.year, N_("skoleåret det gjelder"), "year", aliases=("for_skoleår", "skoleår")
)
_RECORDED = _may(
    "recorded_on", v.day, N_("dagen det ble skrevet ned"), aliases=("registrert", "registrert_dato")
)
_REASON = _may("reason", v.text, N_("begrunnelse"), aliases=("begrunnelse", "grunn"))
_EVIDENCE = _may(
    "evidence", v.text, N_("henvisning til logg eller arkiv"), aliases=("bevis", "arkivref")
)
_COMMENTS = frozenset({"recorded_on", "by_id", "reason", "decided_by"})
COURTS = ("skole", "ppt", "foresatte", "kommune")
FIGURES = (
    *(f"S{number}" for number in range(1, 7)),
    *("S7a", "S8", "T1", "T2", "R1", "R2", "R3", "OK1a", "OK1b", "OK2"),
)
_FIGURE_ALIASES = {"ØK1a": "OK1a", "ØK1b": "OK1b", "ØK2": "OK2"}

# In the order in which they are read: what is referred to comes first.
TABLES: tuple[Table, ...] = (
    Table(
        "schools",
        "school",
        ("key",),
        (
            _key("school", v.identity, N_("skolens id"), "key", aliases=("skole", "skole_id")),
            _must("name", v.name, N_("skolens navn"), aliases=("navn",)),
            _must(
                "owner",
                v.identity,
                N_("skoleeierens id"),
                "owner_key",
                aliases=("eier", "skoleeier"),
            ),
            _must("municipality", v.name, N_("kommunen"), aliases=("kommune",)),
            _may(
                "network",
                v.identity,
                N_("nettverket"),
                "network_id",
                ref="network",
                aliases=("nettverk",),
            ),
            _may(
                "language",
                v.code("nb", "nn"),
                N_("skolens målform"),
                aliases=("språk", "målform"),
                empty="nb",
            ),
            _may("wheel", v.identity, N_("skolens årshjul"), aliases=("hjul", "årshjul")),
        ),
        "Skolene, med eier og nettverk.",
        not_stored=frozenset({"owner_key"}),
    ),
    Table(
        "school_years",
        "school_year",
        ("school_id", "year"),
        (
            _SCHOOL,
            _key("year", v.year, N_("skoleåret"), aliases=("skoleår", "år")),
            _must(
                "first_day", v.day, N_("første skoledag for elevene"), aliases=("første_skoledag",)
            ),
            _must("last_day", v.day, N_("siste skoledag for elevene"), aliases=("siste_skoledag",)),
            _may(
                "planning_day",
                v.day,
                N_("første planleggingsdag i august"),
                aliases=("planleggingsdag", "første_planleggingsdag"),
            ),
            _may(
                "autumn_end",
                v.day,
                N_("siste dag i høsthalvåret (ellers 15. januar)"),
                aliases=("slutt_høst", "siste_dag_høst"),
            ),
        ),
        "Skoleruten, ett skoleår per rad.",
    ),
    Table(
        "days_off",
        "day_off",
        ("school_id", "starts"),
        (
            _SCHOOL,
            _key("from", v.day, N_("første fridag"), "starts", aliases=("fra",)),
            _may("to", v.day, N_("siste fridag (tom: samme dag)"), "ends", aliases=("til",)),
            _must("what", v.text, N_("hva, som «høstferie»"), aliases=("hva",)),
        ),
        "Fridager i skoleåret.",
    ),
    Table(
        "units",
        "unit",
        ("key",),
        (
            _key(
                "unit",
                v.identity,
                N_("klassens eller avdelingens id"),
                "key",
                aliases=("enhet", "klasse_id"),
            ),
            _must(
                "school", v.identity, N_("skolen"), "school_id", ref="school", aliases=("skole",)
            ),
            _must(
                "kind", v.member(UnitKind), N_("avdeling eller klasse"), aliases=("type", "slag")
            ),
            _must("name", v.name, N_("navnet folk bruker"), aliases=("navn",)),
            _may(
                "parent",
                v.identity,
                N_("avdelingen klassen hører til"),
                "parent_id",
                ref="unit",
                late=True,
                aliases=("avdeling",),
            ),
        ),
        "Avdelinger og klasser.",
        first=("kind", UnitKind.AVDELING),
    ),
    Table(
        "ppt_offices",
        "ppt_office",
        ("key",),
        (
            _key("ppt", v.identity, N_("kontorets id"), "key", aliases=("ppt_kontor",)),
            _must("name", v.name, N_("navnet"), aliases=("navn",)),
            _must("municipality", v.name, N_("kommunen"), aliases=("kommune",)),
        ),
        "PPT-kontorene, også i andre kommuner.",
    ),
    Table(
        "people",
        "person",
        ("key",),
        (
            _key("person", v.identity, N_("personens id"), "key", aliases=("ansatt", "person_id")),
            _must("name", v.name, N_("navnet"), aliases=("navn",)),
            _may("email", v.email, N_("e-postadressen på jobb"), aliases=("epost", "e-post")),
            _may("login", v.identity, N_("brukernavn i Feide"), aliases=("brukernavn", "feide")),
            _may(
                "language",
                v.code("nb", "nn", "en"),
                N_("språk i mail og sider"),
                aliases=("språk",),
            ),
        ),
        "Ansatte og PPT-rådgivere.",
    ),
    Table(
        "pupils",
        "pupil",
        ("key",),
        (
            _key("pupil", v.identity, N_("elevens kode"), "key", aliases=("elev", "elev_id")),
            _must("name", v.name, N_("elevens navn"), aliases=("navn",)),
            _may("birth_month", v.month, N_("fødselsmåned, 2014-03"), aliases=("fødselsmåned",)),
            _may(
                "protected",
                v.truth,
                N_("fortrolig adresse (ja/nei)"),
                aliases=("fortrolig", "skjermet"),
                empty=False,
            ),
            _may(
                "ppt", v.identity, N_("PPT-kontoret"), "ppt_id", ref="ppt", aliases=("ppt_kontor",)
            ),
            _may("home_municipality", v.name, N_("hjemkommunen"), aliases=("hjemkommune",)),
            _may(
                "ppt_reference",
                v.text,
                N_("PPTs saksnummer"),
                aliases=("ppt_referanse", "ppt_saksnr"),
            ),
        ),
        "Elevene.",
    ),
    Table(
        "roles",
        "role_grant",
        ("person_id", "role", "at_kind", "at_id", "starts"),
        (
            _key(
                "person", v.identity, N_("personen"), "person_id", ref="person", aliases=("ansatt",)
            ),
            _key("role", v.code(*HOLDABLE), N_("rollen"), aliases=("rolle",)),
            Column(
                "at",
                v.text,
                N_("hvor: unit:3a, pupil:v-017, school:lia, ppt:x, owner:x, network:x"),
                key=True,
                required=True,
                aliases=("ved", "sted"),
            ),
            _key("from", v.day, N_("fra og med"), "starts", aliases=("fra",)),
            _may("to", v.day, N_("til og med"), "ends", aliases=("til",)),
        ),
        "Hvem som har hvilken rolle hvor.",
    ),
    Table(
        "enrolments",
        "enrolment",
        ("pupil_id", "school_id", "starts"),
        (
            _PUPIL,
            _SCHOOL,
            _key("from", v.day, N_("første dag"), "starts", aliases=("fra",)),
            _may("class", v.identity, N_("klassen"), "class_id", ref="unit", aliases=("klasse",)),
            _must("grade", v.grade, N_("trinnet den første dagen"), aliases=("trinn",)),
            _may("to", v.day, N_("siste dag"), "ends", aliases=("til",)),
        ),
        "Hvor og når elevene går på skole.",
    ),
    Table(
        "assessments",
        "assessment",
        ("pupil_id", "year"),
        (
            _PUPIL,
            _FOR_YEAR,
            _must("needed_since", v.day, N_("dagen behovet ble kjent"), aliases=("behov_siden",)),
            _may("referred_on", v.day, N_("henvist til PPT"), aliases=("henvist",)),
            _may("complete_on", v.day, N_("henvisningen fullstendig"), aliases=("fullstendig",)),
            _may("received_on", v.day, N_("sakkyndig vurdering mottatt"), aliases=("mottatt",)),
            _may(
                "valid_to", v.day, N_("sakkyndig vurdering gjelder til"), aliases=("gjelder_til",)
            ),
            _RECORDED,
        ),
        "Behov for sakkyndig vurdering, og når den kom.",
        comments=_COMMENTS,
        opens=True,
    ),
    Table(
        "vedtak",
        "vedtak",
        ("pupil_id", "year", "decided_on"),
        (
            _PUPIL,
            _FOR_YEAR,
            _key("decided_on", v.day, N_("vedtaksdato"), aliases=("vedtatt", "vedtaksdato")),
            _must(
                "outcome",
                v.member(Outcome),
                N_("granted, partly eller refused"),
                aliases=("utfall",),
            ),
            _may("valid_from", v.day, N_("gjelder fra"), aliases=("gjelder_fra",)),
            _may("valid_to", v.day, N_("gjelder til"), aliases=("gjelder_til",)),
            _may("notified_on", v.day, N_("underretning sendt"), aliases=("underrettet",)),
            _may("arrived_on", v.day, N_("underretning kommet fram"), aliases=("kommet_fram",)),
            _may("decided_by", v.name, N_("hvem som vedtok"), aliases=("vedtatt_av",)),
            _may(
                "departs",
                v.truth,
                N_("avviker fra sakkyndig vurdering (ja/nei)"),
                aliases=("avviker",),
                empty=False,
            ),
            _REASON,
            _RECORDED,
        ),
        "Enkeltvedtak om individuelt tilrettelagt opplæring.",
        comments=_COMMENTS,
        opens=True,
    ),
    Table(
        "consents",
        "consent",
        ("pupil_id", "kind", "year", "on_day"),
        (
            _PUPIL,
            _key(
                "kind",
                v.member(ConsentKind),
                N_("utredning eller vedtak"),
                aliases=("slag", "type"),
            ),
            _FOR_YEAR,
            _key("on", v.day, N_("dagen svaret kom"), "on_day", aliases=("dato",)),
            _must(
                "answer", v.member(Answer), N_("given, refused eller withdrawn"), aliases=("svar",)
            ),
            _RECORDED,
        ),
        "Svar på spørsmål om samtykke.",
        comments=_COMMENTS,
        opens=True,
    ),
    Table(
        "happenings",
        "happening",
        ("year", "step", "what", "scope", "subject_id", "occasion"),
        (
            _key("year", v.year, N_("skoleåret steget tjener"), aliases=("skoleår",)),
            _key("step", v.identity, N_("steget i årshjulet"), aliases=("steg",)),
            Column(
                "subject",
                v.identity,
                N_("eleven, klassen, skolen eller nettverket"),
                key=True,
                required=True,
                aliases=("gjelder", "elev"),
            ),
            _key(
                "what",
                v.member(What, without=NEVER_IMPORTED),
                N_("hva som skjedde"),
                aliases=("hva",),
            ),
            _must("on", v.day, N_("dagen det skjedde"), "on_day", aliases=("dato",)),
            _RECORDED,
            _may(
                "by", v.identity, N_("hvem som registrerte"), "by_id", ref="person", aliases=("av",)
            ),
            _REASON,
            _may("cause", v.code(*CAUSES), N_("årsak til en forsinkelse"), aliases=("årsak",)),
            _EVIDENCE,
        ),
        "Det som er gjort, holdt, takket nei til eller forsinket.",
        comments=_COMMENTS,
        opens=True,
    ),
    Table(
        "appeals",
        "appeal",
        ("pupil_id", "year", "registered_on"),
        (
            _PUPIL,
            _FOR_YEAR,
            _key("registered_on", v.day, N_("dagen klagen kom"), aliases=("registrert",)),
            _may("kind", v.text, N_("hva klagen gjelder"), aliases=("slag", "type")),
            _may("result", v.text, N_("utfallet"), aliases=("resultat",)),
            _may("closed_on", v.day, N_("avsluttet"), aliases=("avsluttet",)),
        ),
        "Klager.",
        opens=True,
    ),
    Table(
        "pauses",
        "pause",
        ("pupil_id", "year", "starts"),
        (
            _PUPIL,
            _FOR_YEAR,
            _key("from", v.day, N_("fra og med"), "starts", aliases=("fra",)),
            _must("court", v.code(*COURTS), N_("hvem saken venter på"), aliases=("venter_på",)),
            _may("to", v.day, N_("til og med"), "ends", aliases=("til",)),
            _may("cause", v.text, N_("årsak"), aliases=("årsak",)),
            _EVIDENCE,
        ),
        "Pauser i en sak, og hvem den venter på.",
        opens=True,
    ),
    Table(
        "values",
        "figure_value",
        ("school_id", "year", "indicator", "counted_on", "category", "unit_key"),
        (
            _SCHOOL,
            _key("year", v.year, N_("skoleåret"), aliases=("skoleår",)),
            _key(
                "indicator",
                v.code(*FIGURES, aliases=_FIGURE_ALIASES),
                N_("indikatoren"),
                aliases=("indikator",),
            ),
            _key("counted_on", v.day, N_("telletidspunkt"), aliases=("telletidspunkt",)),
            Column(
                "category",
                v.text,
                N_("kategori"),
                "category",
                key=True,
                aliases=("kategori",),
                empty="",
            ),
            Column("unit", v.text, N_("enhet"), "unit_key", key=True, aliases=("enhet",), empty=""),
            _must("value", v.number, N_("verdien"), aliases=("verdi",)),
            _may("of", v.number, N_("av"), aliases=("av",)),
            _may("source", v.text, N_("kilden"), aliases=("kilde",)),
        ),
        "Registrerte tall for de andre indikatorene.",
    ),
)
BY_FILE: Mapping[str, Table] = {table.file: table for table in TABLES}
