"""How a cell is read: dates, years, yes and no, codes; and what to write when it cannot be."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from iopflow.bounds import CONTROL, EMAIL, FIRST_DAY, LAST_DAY, LONGEST_TEXT, NATIONAL_ID
from iopflow.engine import references
from iopflow.engine.references import BadReference
from iopflow.schoolyear import Year
from iopflow.texts import _

_NORWEGIAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?")
_NOT_IN_ONE = re.compile(r"[\s:]")
_ELEVEN = re.compile(r"\d{11}")
_NUMBER = re.compile(r"-?\d+(?:[ \u00a0]\d{3})*(?:[.,]\d+)?")
_EARLIEST, _LATEST = FIRST_DAY.year, LAST_DAY.year

FORMULA = ("=", "+", "-", "@")  # what a sheet takes for the beginning of one

Parse = Callable[[str], Any]
Cell = str | int | date


class BadCell(ValueError):
    """A cell that cannot be read: why, and what to write instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def text(cell: str) -> str:
    """Free text on one line."""
    if len(cell) > LONGEST_TEXT:
        raise BadCell(
            _("er lengre enn {n} tegn").format(n=LONGEST_TEXT), _("forkort, eller vis til arkivet")
        )
    if CONTROL.search(cell):
        raise BadCell(_("har linjeskift eller usynlige tegn"), _("skriv på én linje"))
    if NATIONAL_ID.search(cell):
        raise _national_id()
    return cell


def reference(cell: str) -> str:
    """A reference to the archive, as everywhere else: never the document, nor a person."""
    text(cell)
    try:
        return references.reference(cell)
    except BadReference as refused:
        reason, _colon, remedy = str(refused).rpartition(": ")
        raise BadCell(reason[:1].lower() + reason[1:], remedy.removesuffix(".")) from refused


def looks_like_national_id(digits: str) -> bool:
    """Whether eleven digits may be a national identity number (fødselsnummer, D-nummer)."""
    return NATIONAL_ID.fullmatch(digits) is not None


def _national_id() -> BadCell:
    return BadCell(_("ser ut som et fødselsnummer"), _("bruk skolens egen kode, som v-017"))


def name(cell: str) -> str:
    """A name: text that a spreadsheet will not take for a formula."""
    if cell.startswith(FORMULA):
        raise BadCell(_("begynner som en formel"), _("skriv navnet uten tegnet foran"))
    return text(cell)


def identity(cell: str) -> str:
    """An id. A national identity number has no place in iopflow."""
    if _ELEVEN.fullmatch(cell.replace(" ", "")):
        raise _national_id()
    if _NOT_IN_ONE.search(cell):
        raise BadCell(_("har mellomrom eller kolon"), _("skriv id-en i ett, som v-017"))
    return name(cell)


def day(cell: str) -> date:
    """A date: 2026-08-17 or 17.08.2026."""
    iso, norwegian = _ISO.fullmatch(cell), _NORWEGIAN.fullmatch(cell)
    try:
        if iso is not None:
            read = date(int(iso[1]), int(iso[2]), int(iso[3]))
        elif norwegian is not None:
            read = date(int(norwegian[3]), int(norwegian[2]), int(norwegian[1]))
        else:
            raise ValueError(cell)
    except ValueError as error:
        raise BadCell(_("er ingen dato"), _("skriv som 2026-08-17 eller 17.08.2026")) from error
    if not _EARLIEST <= read.year <= _LATEST:
        raise BadCell(
            _("er et år utenfor {a}–{b}").format(a=_EARLIEST, b=_LATEST), _("rett årstallet")
        )
    return read


def year(cell: str) -> int:
    """A school year, stored as the calendar year it begins in."""
    try:
        read = Year.parse(cell).start
    except ValueError as error:
        raise BadCell(_("er ikke et skoleår"), _("skriv som 2026-27")) from error
    if not _EARLIEST <= read <= _LATEST:
        raise BadCell(
            _("er et år utenfor {a}–{b}").format(a=_EARLIEST, b=_LATEST), _("rett årstallet")
        )
    return read


def month(cell: str) -> str:
    """A month: 2014-03. Never a whole date of birth."""
    found = _MONTH.fullmatch(cell)
    if found is None or not 1 <= int(found[2]) <= 12:
        raise BadCell(_("er ingen måned"), _("skriv år og måned, som 2014-03"))
    return cell


def truth(cell: str) -> bool:
    """ja or nei."""
    word = cell.lower()
    if word not in {"ja", "nei"}:
        raise BadCell(_("er verken ja eller nei"), _("skriv ja eller nei"))
    return word == "ja"


def grade(cell: str) -> int:
    """A grade (trinn), 0 to 13."""
    if not cell.isdecimal() or not 0 <= int(cell) <= 13:
        raise BadCell(_("er ikke et trinn"), _("skriv et tall fra 0 til 13"))
    return int(cell)


def email(cell: str) -> str:
    """An e-mail address."""
    if not EMAIL.fullmatch(cell):
        raise BadCell(_("er ingen e-postadresse"), _("skriv som kari@example.no"))
    return cell


def number(cell: str) -> str:
    """A number as written, with a comma or a point."""
    if not _NUMBER.fullmatch(cell):
        raise BadCell(_("er ikke et tall"), _("skriv et tall, som 87,4"))
    return cell


@dataclass(frozen=True)
class Code:
    """One of a few codes. An unknown one is an error, never a silent default.

    `aliases` are other words for them; those in small letters stand for large ones too.
    """

    known: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    kind: type[StrEnum] | None = None

    def __call__(self, cell: str) -> str:
        """The code, as its enumeration where it has one. Raises BadCell."""
        word = self.aliases.get(cell) or self.aliases.get(cell.lower(), cell)
        if word in self.known:
            return word if self.kind is None else self.kind(word)
        near = get_close_matches(cell, self.known, n=1, cutoff=0.6)
        remedy = (
            _("mente du «{word}»?").format(word=near[0])
            if near
            else _("skriv en av {words}").format(words=", ".join(self.known))
        )
        raise BadCell(_("er ingen kjent kode"), remedy)


def code(*known: str, aliases: dict[str, str] | None = None) -> Code:
    """A code that is stored as it is written."""
    return Code(known, aliases or {})


def member(
    kind: type[StrEnum],
    *,
    without: Container[StrEnum] = (),
    aliases: Mapping[str, str] | None = None,
) -> Code:
    """A code that is stored as an enumeration; some may only be said in the product itself."""
    return Code(tuple(one.value for one in kind if one not in without), aliases or {}, kind)


def shielded(cell: str) -> str:
    """A text with an apostrophe before it where a sheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def written(parse: Parse, value: Any) -> Cell:
    """What is stored as the cell that its column reads as the same; a name is shielded."""
    match value:
        case None:
            return ""
        case bool():
            return "ja" if value else "nei"
        case int() if parse is year:
            return str(Year(value))
        case int() | date():
            return value
    return shielded(str(value)) if parse is name else str(value)


def choices(parse: Parse) -> tuple[str, ...]:
    """The values that a column takes, where they are few; nothing where they are not."""
    if parse is truth:
        return ("ja", "nei")
    return parse.known if isinstance(parse, Code) else ()
