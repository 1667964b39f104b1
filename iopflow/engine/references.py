"""References to the archive: where a document lies, never the document (arkivlova § 5).

One check for all of them: `archive_ref` of assessments, vedtak and support, and `evidence`.
"""

import re
from collections.abc import Mapping
from typing import Any

from iopflow.bounds import NATIONAL_ID
from iopflow.refusals import Refused
from iopflow.texts import _

LONGEST = 80
REFERENCES = frozenset({"archive_ref", "evidence"})
_SIGNS = re.compile(r"[^\W_](?:[\w/\-.: ]*[^\W_])?")
_CREDENTIALS = re.compile(r"//[^/]*@|[?&](?:\w*token|password|key|sig)=", re.IGNORECASE)
_PATH = re.compile(
    r"[~/\\.]|[A-Za-z]:[/\\]|file:|.*[/\\]\.\.?[/\\]"
    r"|.*\.(?:pdf|docx?|odt|rtf|txt|md|xlsx?|ods|pptx?|jpe?g|png|tiff?|heic|eml|msg|zip|html?)\W*$",
    re.IGNORECASE | re.DOTALL,
)


class BadReference(Refused):
    """A text that is no reference to an archive."""


def reference(text: str) -> str:
    """The reference without blanks around it. Raises BadReference, which says what to write."""
    found = text.strip()
    if NATIONAL_ID.search(found):
        raise BadReference(
            _("Arkivreferansen ser ut som et fødselsnummer: skriv saksnummeret i arkivet.")
        )
    if _CREDENTIALS.search(found):
        raise BadReference(
            _("Arkivreferansen er en adresse med innlogging: skriv saksnummeret i arkivet.")
        )
    if _PATH.match(found) or "\\" in found:
        raise BadReference(
            _(
                "Arkivreferansen ser ut som en fil: legg dokumentet i arkivet, og skriv "
                "saksnummeret der."
            )
        )
    if len(found) > LONGEST or not _SIGNS.fullmatch(found):
        raise BadReference(
            _(
                "En arkivreferanse er inntil {n} bokstaver, tall, mellomrom og tegnene / - . : _ "
                "og begynner og slutter med en bokstav eller et tall: skriv for eksempel "
                "2026/1042-3."
            ).format(n=LONGEST)
        )
    return found


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a row with the references among them checked. Raises BadReference."""
    return {
        name: reference(value) if name in REFERENCES and value is not None else value
        for name, value in values.items()
    }
