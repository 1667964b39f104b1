"""What happens in a school year, and the registered figures."""

from iopflow.importing import values as v
from iopflow.importing.tables.columns import (
    COMMENTS,
    EVIDENCE,
    REASON,
    RECORDED,
    SCHOOL,
    Column,
    Table,
    key,
    may,
    must,
)
from iopflow.indicators import CAUSES
from iopflow.models import NEVER_IMPORTED, What
from iopflow.registered import ALIASES, IMPORTED
from iopflow.texts import N_

HAPPENINGS = Table(
    "happenings",
    "happening",
    ("year", "step", "what", "scope", "subject_id", "occasion"),
    (
        key("year", v.year, N_("skoleåret steget tjener"), aliases=("skoleår",)),
        key("step", v.identity, N_("steget i årshjulet"), aliases=("steg",)),
        Column(
            "subject",
            v.identity,
            N_("eleven, klassen, skolen eller nettverket"),
            key=True,
            required=True,
            aliases=("gjelder", "elev"),
        ),
        key(
            "what",
            v.member(What, without=NEVER_IMPORTED),
            N_("hva som skjedde"),
            aliases=("hva",),
        ),
        must("on", v.day, N_("dagen det skjedde"), "on_day", aliases=("dato",)),
        RECORDED,
        may("by", v.identity, N_("hvem som registrerte"), "by_id", ref="person", aliases=("av",)),
        REASON,
        may("cause", v.code(*CAUSES), N_("årsak til en forsinkelse"), aliases=("årsak",)),
        EVIDENCE,
    ),
    "Det som er gjort, holdt, takket nei til eller forsinket.",
    title=N_("Det som er gjort"),
    comments=COMMENTS,
    opens=True,
)
VALUES = Table(
    "values",
    "figure_value",
    ("school_id", "year", "indicator", "counted_on", "category", "unit_key"),
    (
        SCHOOL,
        key("year", v.year, N_("skoleåret"), aliases=("skoleår",)),
        key(
            "indicator",
            v.code(*IMPORTED, aliases=dict(ALIASES)),
            N_("indikatoren"),
            aliases=("indikator",),
        ),
        key("counted_on", v.day, N_("telletidspunkt"), aliases=("telletidspunkt",)),
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
        must("value", v.number, N_("verdien"), aliases=("verdi",)),
        may("of", v.number, N_("av"), aliases=("av",)),
        may("source", v.text, N_("kilden"), aliases=("kilde",)),
    ),
    "Registrerte tall for de andre indikatorene.",
    title=N_("Registrerte tall"),
)
