"""The words of a PDF that Chromium has written, read without a program for it."""

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)\nendstream", re.DOTALL)
_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj(.*?)endobj", re.DOTALL)


def written(pdf: bytes) -> str:
    """All that is written on the pages, piece by piece in the order of the file."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    letters: dict[bytes, dict[int, str]] = {}
    for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", pdf):
        there = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
        if there is not None:
            letters[name] = _letters(_read(objects[int(there[1])]))
    pages = (_read(body) for body in objects.values() if b"stream" in body)
    return " ".join(_words(page, letters) for page in pages if b" Tf" in page)


def _words(page: bytes, letters: dict[bytes, dict[int, str]]) -> str:
    said, font = [], b""
    for name, one, many in re.findall(
        rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)> Tj|\[(.*?)\] TJ", page, re.DOTALL
    ):
        font = name or font
        for code in [one] if one else re.findall(rb"<([0-9A-Fa-f]+)>", many):
            known = letters.get(font, {})
            glyphs = (int(code[at : at + 4], 16) for at in range(0, len(code), 4))
            said.append("".join(known.get(glyph, "") for glyph in glyphs))
    return " ".join("".join(said).split())


def _read(body: bytes) -> bytes:
    found = _STREAM.search(body)
    if found is None:
        return b""
    return zlib.decompressobj().decompress(found[1]) if b"/FlateDecode" in body else found[1]


def _letters(cmap: bytes) -> dict[int, str]:
    """What each glyph stands for, by the tables that a PDF carries for those who search it."""
    found: dict[int, str] = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for glyph, text in re.findall(rb"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>", part):
            found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, last, text in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", part):
            for more in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + more] = chr(int(text, 16) + more)
    return found
