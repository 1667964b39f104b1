"""The people and the pupils, who has which role, and who is enrolled where."""

from iopflow.importing import values as v
from iopflow.importing.tables.columns import PUPIL, SCHOOL, Column, Table, key, may, must
from iopflow.roles import HOLDABLE
from iopflow.texts import N_

PEOPLE = Table(
    "people",
    "person",
    ("key",),
    (
        key("person", v.identity, N_("personens id"), "key", aliases=("ansatt", "person_id")),
        must("name", v.name, N_("navnet"), aliases=("navn",)),
        may("email", v.email, N_("e-postadressen på jobb"), aliases=("epost", "e-post")),
        may("login", v.identity, N_("brukernavn i Feide"), aliases=("brukernavn", "feide")),
        may(
            "language",
            v.code("nb", "nn", "en"),
            N_("språk i mail og sider"),
            aliases=("språk",),
        ),
    ),
    "Ansatte og PPT-rådgivere.",
    title=N_("Ansatte"),
)
PUPILS = Table(
    "pupils",
    "pupil",
    ("key",),
    (
        key("pupil", v.identity, N_("elevens kode"), "key", aliases=("elev", "elev_id")),
        must("name", v.name, N_("elevens navn"), aliases=("navn",)),
        may("birth_month", v.month, N_("fødselsmåned, 2014-03"), aliases=("fødselsmåned",)),
        may(
            "protected",
            v.truth,
            N_("fortrolig adresse (ja/nei)"),
            aliases=("fortrolig", "skjermet"),
            empty=False,
        ),
        may("ppt", v.identity, N_("PPT-kontoret"), "ppt_id", ref="ppt", aliases=("ppt_kontor",)),
        may("home_municipality", v.name, N_("hjemkommunen"), aliases=("hjemkommune",)),
        may(
            "ppt_reference",
            v.text,
            N_("PPTs saksnummer"),
            aliases=("ppt_referanse", "ppt_saksnr"),
        ),
    ),
    "Elevene.",
    title=N_("Elever"),
)
ROLES = Table(
    "roles",
    "role_grant",
    ("person_id", "role", "at_kind", "at_id", "starts"),
    (
        key("person", v.identity, N_("personen"), "person_id", ref="person", aliases=("ansatt",)),
        key("role", v.code(*HOLDABLE), N_("rollen"), aliases=("rolle",)),
        Column(
            "at",
            v.text,
            N_("hvor: unit:3a, pupil:v-017, school:lia, ppt:x, owner:x, network:x"),
            key=True,
            required=True,
            aliases=("ved", "sted"),
        ),
        key("from", v.day, N_("fra og med"), "starts", aliases=("fra",)),
        may("to", v.day, N_("til og med"), "ends", aliases=("til",)),
    ),
    "Hvem som har hvilken rolle hvor.",
    title=N_("Roller"),
)
ENROLMENTS = Table(
    "enrolments",
    "enrolment",
    ("pupil_id", "school_id", "starts"),
    (
        PUPIL,
        SCHOOL,
        key("from", v.day, N_("første dag"), "starts", aliases=("fra",)),
        may("class", v.identity, N_("klassen"), "class_id", ref="unit", aliases=("klasse",)),
        must("grade", v.grade, N_("trinnet den første dagen"), aliases=("trinn",)),
        may("to", v.day, N_("siste dag"), "ends", aliases=("til",)),
    ),
    "Hvor og når elevene går på skole.",
    title=N_("Innmeldinger"),
)
