"""The list of pupils as a school keeps it: one row of a pupil, its class and its teacher.

It is no table of the contract: `pupillist.py` splits it into rows of pupils, enrolments and roles.
"""

import re

from iopflow.importing import values as v
from iopflow.importing.tables.columns import Column, Table, may, must
from iopflow.texts import N_

_GRADE = re.compile(r"(\d{1,2})\.?(?: ?(?:trinn|klasse))?", re.IGNORECASE)


def grade_now(cell: str) -> int:
    """A grade as lists have it: 3, «3.» or «3. trinn»."""
    found = _GRADE.fullmatch(cell)
    return v.grade(found[1] if found is not None else cell)


PUPIL_LIST = Table(
    "elevliste",
    "",
    (),
    (
        may(
            "elev_id",
            v.identity,
            N_("elevens kode"),
            aliases=("elev-id", "elevid", "elevnummer", "elevnr", "elevkode"),
        ),
        may("navn", v.name, N_("elevens navn"), aliases=("elevnavn", "elevens_navn", "fullt_navn")),
        may("fornavn", v.name, N_("fornavnet, der etternavnet står for seg")),
        may("etternavn", v.name, N_("etternavnet, der fornavnet står for seg")),
        may("fødselsmåned", v.month, N_("fødselsmåned, 2014-03")),
        may("fortrolig", v.truth, N_("fortrolig adresse (ja/nei)"), aliases=("skjermet",)),
        may("hjemkommune", v.name, N_("hjemkommunen")),
        may(
            "skole",
            v.text,
            N_("skolen, med navn eller id"),
            ref="school",
            aliases=("skolenavn", "skole_id"),
        ),
        may(
            "klasse",
            v.text,
            N_("klassen, med navn eller id"),
            ref="unit",
            aliases=("klassenavn", "klasse_id", "basisgruppe", "gruppe"),
        ),
        must(
            "trinn",
            grade_now,
            N_("trinnet eleven går på nå"),
            aliases=("årstrinn", "klassetrinn"),
        ),
        may(
            "kontaktlærer",
            v.text,
            N_("kontaktlæreren, med e-post, id eller navn"),
            ref="person",
            aliases=("kontaktlærer_(e-post)", "kontaktlærer_e-post", "kontaktlærers_e-post"),
        ),
        may(
            "fra",
            v.day,
            N_("første dag ved skolen"),
            aliases=("startdato", "fra_dato", "begynte"),
        ),
        may("til", v.day, N_("siste dag ved skolen"), aliases=("sluttdato", "til_dato", "sluttet")),
    ),
    "Elevene med klasse, trinn og kontaktlærer i én liste.",
    title=N_("Elevliste"),
    left_out=frozenset(
        {
            *("fødselsdato", "født", "fødselsnummer", "fødselsnr", "personnummer", "fnr"),
            *("kjønn", "adresse", "postnummer", "postnr", "poststed", "telefon", "mobil"),
            *("foresatt", "foresatte", "foresatt_1", "foresatt_2", "merknad", "nr"),
        }
    ),
    either=(("navn",), ("fornavn", "etternavn")),
)


def column(name: str) -> Column:
    """A column of the list."""
    return PUPIL_LIST.column(name)


def is_pupil_list(words: set[str]) -> bool:
    """Whether headers are those of such a list, whatever the file is called."""
    there = {one.name for one in PUPIL_LIST.columns if words.intersection((one.name, *one.aliases))}
    named = any(there.issuperset(names) for names in PUPIL_LIST.either)
    return named and not there.isdisjoint({"klasse", "trinn"})
