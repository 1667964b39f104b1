"""The book of what stands in the database: what it may hold, and what its first sheet says."""

from collections.abc import Mapping
from datetime import datetime

from iopflow.clock import local
from iopflow.importing.extract import Extract
from iopflow.importing.tables import TABLES
from iopflow.importing.template import filled
from iopflow.texts import N_, _, counted, short_date

ALL = "alt"
# What a person asks for, and the tables that it is.
CHOICES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "elever": (N_("Elever og klasser"), ("units", "pupils", "enrolments")),
    "personer": (N_("Personer og roller"), ("people", "roles")),
    "skolerute": (N_("Skolerute"), ("school_years", "days_off")),
    "verdier": (N_("Registrerte verdier"), ("values",)),
    ALL: (N_("Alt"), tuple(table.file for table in TABLES)),
}
_MOST = 20  # rows left out that are named


def book(made: Extract, *, by: str, now: datetime) -> bytes:
    """The workbook, as an import reads it back."""
    return filled(made.rows, _lines(made, by, now))


def _lines(made: Extract, by: str, now: datetime) -> list[str]:
    here = local(now)
    lines = [
        _("Rett i regneark og last opp igjen"),
        _("Hentet ut {day} kl. {time} av {who}, for {schools}.").format(
            day=short_date(here.date()),
            time=f"{here:%H.%M}",
            who=by,
            schools=", ".join(made.schools) or "–",
        ),
        _("Endre celler og last opp på siden Import: ingenting lagres før du har sett endringene."),
        _(
            "En ny rad legges til. En rad du tar bort, blir stående i iopflow. Endrer du en id "
            "eller en annen kolonne med fet skrift som kjenner igjen raden, blir det en ny rad."
        ),
    ]
    if not any(file in made.rows for file in ("pupils", "enrolments")):
        lines.append(_("Ingen opplysninger om elever er med i denne boka."))
    if made.shared:
        lines.append(
            _("Til å slå opp i: {sheets}. Endringer der blir avvist.").format(
                sheets=", ".join(made.shared)
            )
        )
    if made.left:
        lines.append(
            _("{rows} er ikke med, for importen kan ikke lese dem slik de står:").format(
                rows=counted(len(made.left), _("{n} rad"), _("{n} rader"))
            )
        )
        lines += [
            f"{one.table} {one.key}: {one.column} {one.reason}".rstrip(": ")
            for one in made.left[:_MOST]
        ]
        if len(made.left) > _MOST:
            lines.append(_("… og {n} til.").format(n=len(made.left) - _MOST))
    return lines
