"""What may be typed in a case: references to the archive, and a few words.

A reference says where a document lies, never the document (arkivlova § 5). One check for all of
them, `archive_ref` of assessments, vedtak and support and `evidence`, and one for all words.
"""

import re
from collections.abc import Mapping
from typing import Any

from iopflow.bounds import CONTROL, LONGEST_TEXT, NATIONAL_ID
from iopflow.refusals import Refused
from iopflow.texts import _

LONGEST = 80
REFERENCES = frozenset({"archive_ref", "evidence"})
TEXTS = frozenset({"note", "cause", "result", "reason", "decided_by"})
_BREAKS = re.compile(r"[\n\t]")
_SIGNS = re.compile(r"[^\W_](?:[\w/\-.:, ]*[^\W_])?")
_CREDENTIALS = re.compile(r"//[^/]*@|[?&](?:\w*token|password|key|sig)=", re.IGNORECASE)
_PATH = re.compile(
    r"[~/\\.]|[A-Za-z]:[/\\]|file:|.*[/\\]\.\.?[/\\]"
    r"|.*\.(?:pdf|docx?|odt|rtf|txt|md|xlsx?|ods|pptx?|jpe?g|png|tiff?|heic|eml|msg|zip|html?)\W*$",
    re.IGNORECASE | re.DOTALL,
)


class BadReference(Refused):
    """A text that is no reference to an archive."""


class BadText(Refused):
    """Words that have no place in iopflow."""


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
                "En arkivreferanse er inntil {n} bokstaver, tall, mellomrom og tegnene / - . , : _ "
                "og begynner og slutter med en bokstav eller et tall: skriv for eksempel "
                "2026/1042-3."
            ).format(n=LONGEST)
        )
    return found


def said(text: str, *, longest: int = LONGEST_TEXT) -> str:
    """The words without blanks around them. Raises BadText, which says what to write."""
    found = text.strip()
    if NATIONAL_ID.search(found):
        raise BadText(_("Teksten har noe som ser ut som et fødselsnummer: skriv den uten."))
    if CONTROL.search(found):
        raise BadText(_("Teksten har linjeskift eller usynlige tegn: skriv på én linje."))
    if len(found) > longest:
        raise BadText(
            _("Teksten er lengre enn {n} tegn: forkort den, eller vis til arkivet.").format(
                n=longest
            )
        )
    return found


def paragraphs(text: str, *, longest: int) -> str:
    """Words of several lines, without blanks around them. Raises BadText."""
    found = text.replace("\r\n", "\n").strip()
    if NATIONAL_ID.search(found):
        raise BadText(_("Teksten har noe som ser ut som et fødselsnummer: skriv den uten."))
    if CONTROL.search(_BREAKS.sub(" ", found)):
        raise BadText(_("Teksten har usynlige tegn: skriv den på nytt uten."))
    if len(found) > longest:
        raise BadText(
            _("Teksten er på {there} tegn, og kan ha inntil {n}: forkort den.").format(
                there=len(found), n=longest
            )
        )
    return found


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a row with the references and the words among them checked. Raises Refused."""
    return {name: _checked(name, value) for name, value in values.items()}


def _checked(name: str, value: Any) -> Any:
    if value is None or name not in REFERENCES | TEXTS:
        return value
    return reference(value) if name in REFERENCES else said(value)
