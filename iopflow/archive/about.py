"""What an export says of itself: a readme in the school's language, and the schema."""

from pathlib import Path
from typing import TYPE_CHECKING

from iopflow.archive.tables import FORMAT, VERSION
from iopflow.clock import local_date
from iopflow.schoolyear import Year
from iopflow.texts import _, counted, short_date

if TYPE_CHECKING:
    from iopflow.archive.packing import Order

_SCHEMA = Path(__file__).parent / "metadata.schema.json"


def schema() -> bytes:
    """The JSON schema of metadata.json, the lines of log.jsonl and the items of courses.json."""
    return _SCHEMA.read_bytes()


def readme(kind: str, school: str, year: Year | None, pupils: int, order: "Order") -> str:
    """LESMEG.txt, in the language in use."""
    if kind == "pupil":
        what = _("Alt iopflow har registrert om saken til én elev ved {school}.").format(
            school=school
        )
    else:
        what = _("Sakene ved {school} i skoleåret {year}: {pupils}.").format(
            school=school, year=year, pupils=counted(pupils, _("{n} elev"), _("{n} elever"))
        )
    paragraphs = [
        what,
        _(
            "Taushetsbelagt (forvaltningsloven § 13). Uttrekket er laget {day} for dette formålet: "
            "{purpose}. Hvert uttrekk står i loggen til eleven."
        ).format(day=short_date(local_date(order.now)), purpose=order.purpose),
        _("Uttrekket har navn på elever og ansatte i names.csv.")
        if order.names
        else _("Uttrekket har koder og ikke navn. Fritekst står slik den ble skrevet."),
        _(
            "Dokumentene er ikke med: de ligger i arkivet, og «archive_ref» og «evidence» sier "
            "hvor."
        ),
        _(
            "Filene er tekst i UTF-8. CSV-filene har komma mellom cellene; en celle som begynner "
            "med =, +, -, @ eller ' har fått en ' foran. metadata.json sier hva som er med, "
            "facts/ har opplysningene, log.jsonl alt som er registrert i rekkefølge, og "
            "courses.json hvor saken sto og hvem som hadde ballen."
        ),
        _(
            "checksums.txt har SHA-256 av hver fil: «sha256sum -c checksums.txt» eller «iopflow "
            "archive check FIL» prøver om uttrekket er helt. Formatet er {format} {version}, og er "
            "beskrevet i docs/archive.md i iopflow."
        ).format(format=FORMAT, version=VERSION),
    ]
    return "\n\n".join(paragraphs) + "\n"
