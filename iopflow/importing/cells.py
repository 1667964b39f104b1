"""From bytes to numbered rows of cells: encodings, separators, quoting."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from iopflow.refusals import Refused
from iopflow.texts import _

SEPARATORS = ";,\t"
BLOCK = 1 << 20
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# æøåÆØÅ in UTF-8: in a file that is no UTF-8 they show that two encodings were pasted together.
_UTF8_LETTERS = re.compile(rb"\xc3[\xa5\xa6\xb8\x85\x86\x98]")

Opener = Callable[[], IO[bytes]]


class BadFile(Refused):
    """A file that cannot be read at all, so that nothing of the import can be trusted."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file as text: how to open it, its encoding and separator, about how many lines."""

    name: str
    open: Opener
    encoding: str
    separator: str
    lines: int

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with its number as a spreadsheet shows it, the cells without outer spaces."""
        number = 0
        with self.open() as stream:
            text = io.TextIOWrapper(stream, encoding=self.encoding, newline="")
            try:
                for cells in csv.reader(text, delimiter=self.separator, strict=True):
                    number += 1
                    yield number, [cell.strip() for cell in cells]
            except csv.Error as error:
                raise BadFile(
                    _(
                        "{file} rad {row}: et anførselstegn er ikke lukket, eller en celle er for "
                        "lang; rett raden."
                    ).format(file=self.name, row=number + 1)
                ) from error


def examine(name: str, opener: Opener) -> Text:
    """Finds out how a file is written. Raises BadFile where it is no text, or empty."""
    start, lines, encoding = _encoding(name, opener)
    if not start.decode(encoding, "ignore").strip():
        raise BadFile(_("{file} er tom: skriv minst overskriftene.").format(file=name))
    if start.decode(encoding, "ignore").lstrip("\ufeff \r\n\t").startswith("<"):
        raise BadFile(
            _(
                "{file} er en nettside eller et bilde, ingen tabell: lagre som CSV eller .xlsx fra "
                "regnearket."
            ).format(file=name)
        )
    return Text(name, opener, encoding, _separator(start.decode(encoding, "ignore")), lines)


def _encoding(name: str, opener: Opener) -> tuple[bytes, int, str]:
    """The beginning, the number of lines, and the encoding."""
    utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    start, lines, pasted = b"", 0, False
    with opener() as stream:
        while block := stream.read(BLOCK):
            start = start or block
            lines += block.count(b"\n")
            if start.startswith(_UTF16):
                continue
            if b"\0" in block:
                raise _no_text(name)
            pasted = pasted or _UTF8_LETTERS.search(block) is not None
            utf8 = _goes_on(utf8, block)
    if start.startswith(_UTF16):
        return start, lines, _checked(name, opener, "utf-16")
    if utf8 is not None and _goes_on(utf8, b"", final=True):
        return start, lines, "utf-8-sig"
    if pasted:
        raise BadFile(
            _("{file} blander UTF-8 og Windows-1252: lagre hele filen som CSV UTF-8.").format(
                file=name
            )
        )
    return start, lines, _checked(name, opener, "cp1252")


def _goes_on(
    decoder: codecs.IncrementalDecoder | None, block: bytes, *, final: bool = False
) -> codecs.IncrementalDecoder | None:
    if decoder is None:
        return None
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return None
    return decoder


def _checked(name: str, opener: Opener, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    with opener() as stream:
        try:
            while block := stream.read(BLOCK):
                if "\0" in decoder.decode(block):
                    raise _no_text(name)
            decoder.decode(b"", True)
        except UnicodeDecodeError as error:
            raise _no_text(name) from error
    return encoding


def _no_text(name: str) -> BadFile:
    return BadFile(_("{file} er ikke tekst: lagre som CSV UTF-8 fra regnearket.").format(file=name))


def _separator(start: str) -> str:
    """The separator that cuts the header into most columns; a header of one column has none."""
    header = next(line for line in start.splitlines() if line.strip())
    return max(SEPARATORS, key=header.count)
