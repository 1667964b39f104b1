"""The places: schools with their years, classes, and PPT offices."""

from iopflow.importing import values as v
from iopflow.importing.tables.columns import SCHOOL, Table, key, may, must
from iopflow.models import UnitKind
from iopflow.texts import N_

SCHOOLS = Table(
    "schools",
    "school",
    ("key",),
    (
        key("school", v.identity, N_("skolens id"), "key", aliases=("skole", "skole_id")),
        must("name", v.name, N_("skolens navn"), aliases=("navn",)),
        must(
            "owner",
            v.identity,
            N_("skoleeierens id"),
            "owner_key",
            aliases=("eier", "skoleeier"),
        ),
        must("municipality", v.name, N_("kommunen"), aliases=("kommune",)),
        may(
            "network",
            v.identity,
            N_("nettverket"),
            "network_id",
            ref="network",
            aliases=("nettverk",),
        ),
        may(
            "language",
            v.code("nb", "nn"),
            N_("skolens målform"),
            aliases=("språk", "målform"),
            empty="nb",
        ),
        may("wheel", v.identity, N_("skolens årshjul"), aliases=("hjul", "årshjul")),
    ),
    "Skolene, med eier og nettverk.",
    title=N_("Skoler"),
    not_stored=frozenset({"owner_key"}),
)
SCHOOL_YEARS = Table(
    "school_years",
    "school_year",
    ("school_id", "year"),
    (
        SCHOOL,
        key("year", v.year, N_("skoleåret"), aliases=("skoleår", "år")),
        must("first_day", v.day, N_("første skoledag for elevene"), aliases=("første_skoledag",)),
        must("last_day", v.day, N_("siste skoledag for elevene"), aliases=("siste_skoledag",)),
        may(
            "planning_day",
            v.day,
            N_("første planleggingsdag i august"),
            aliases=("planleggingsdag", "første_planleggingsdag"),
        ),
        may(
            "autumn_end",
            v.day,
            N_("siste dag i høsthalvåret (ellers 15. januar)"),
            aliases=("slutt_høst", "siste_dag_høst"),
        ),
    ),
    "Skoleruten, ett skoleår per rad.",
    title=N_("Skoleruten"),
)
DAYS_OFF = Table(
    "days_off",
    "day_off",
    ("school_id", "starts"),
    (
        SCHOOL,
        key("from", v.day, N_("første fridag"), "starts", aliases=("fra",)),
        may("to", v.day, N_("siste fridag (tom: samme dag)"), "ends", aliases=("til",)),
        must("what", v.text, N_("hva, som «høstferie»"), aliases=("hva",)),
    ),
    "Fridager i skoleåret.",
    title=N_("Fridager"),
)
UNITS = Table(
    "units",
    "unit",
    ("key",),
    (
        key(
            "unit",
            v.identity,
            N_("klassens eller avdelingens id"),
            "key",
            aliases=("enhet", "klasse_id"),
        ),
        must("school", v.identity, N_("skolen"), "school_id", ref="school", aliases=("skole",)),
        must("kind", v.member(UnitKind), N_("avdeling eller klasse"), aliases=("type", "slag")),
        must("name", v.name, N_("navnet folk bruker"), aliases=("navn",)),
        may(
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
    title=N_("Klasser og avdelinger"),
    first=("kind", UnitKind.AVDELING),
)
PPT_OFFICES = Table(
    "ppt_offices",
    "ppt_office",
    ("key",),
    (
        key("ppt", v.identity, N_("kontorets id"), "key", aliases=("ppt_kontor",)),
        must("name", v.name, N_("navnet"), aliases=("navn",)),
        must("municipality", v.name, N_("kommunen"), aliases=("kommune",)),
    ),
    "PPT-kontorene, også i andre kommuner.",
    title=N_("PPT-kontorer"),
)
