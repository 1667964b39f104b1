"""The fields of a wheel file: which there are, what each may hold, and what to write instead."""

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from iopflow.days import BadDay, Days
from iopflow.facts import FACTS, STOPS
from iopflow.roles import ANSWERING, RESPONSIBLE
from iopflow.schoolyear import Year
from iopflow.texts import N_, Text, _
from iopflow.wheel.step import (
    BASES,
    CERTAINTIES,
    INDICATOR_CODES,
    KINDS,
    SCOPES,
    SERVES,
    WEEKENDS,
    Cohort,
    Item,
)

LANGUAGES = ("nb", "nn", "en")
_TITLE = 'title = { nb = "…", nn = "…", en = "…" }'
_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*", re.ASCII)


class BadValue(ValueError):
    """A value that the field does not take; the message says what to write instead."""


Parse = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a row: how it is read, whether it must be there, and who may change it.

    In a school's own file `shape` fields may not be changed at all (other code and the figures
    know the step by them), `locked` ones not where the row is law, and `dated` ones not where the
    date is law. `example` is what to write where a required field is missing.
    """

    parse: Parse
    example: str = ""
    shape: bool = False
    locked: bool = False
    dated: bool = False

    @property
    def required(self) -> bool:
        """Whether every row must have it: those have an example."""
        return bool(self.example)


def near(word: str, known: Sequence[str]) -> str | None:
    """The known word that this one looks like, if any."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.7)), None)


def nearest(word: str, known: Sequence[str]) -> str:
    """The known words as advice: the nearest one, or all of them."""
    found = near(word, known)
    if found is not None:
        return _("mente du «{word}»?").format(word=found)
    return _("skriv ett av {words}").format(words=", ".join(known))


def text(value: Any) -> str:
    """A text that says something."""
    if not isinstance(value, str):
        raise BadValue(
            _('skal være tekst, ikke {value}: skriv "…" med anførselstegn').format(
                value=_shown(value)
            )
        )
    if not value.strip():
        raise BadValue(_("er tom: skriv en tekst"))
    if value != value.strip() or any(ord(letter) < 32 for letter in value):
        raise BadValue(_("har mellomrom i endene eller usynlige tegn: stryk dem"))
    return value


def is_key(word: str) -> bool:
    """Whether a word may be the key of a row."""
    return _KEY.fullmatch(word) is not None


def key(value: Any) -> str:
    """A key: small letters, digits, _ and points, since files and addresses hold it."""
    word = text(value)
    if not is_key(word):
        raise BadValue(
            _("«{word}» er ikke en nøkkel: skriv små bokstaver a–z, tall, _ og punktum").format(
                word=word
            )
        )
    return word


def titles(value: Any) -> Text:
    """A title in all three languages."""
    if not isinstance(value, dict):
        raise BadValue(_('skal ha tre språk: skriv { nb = "…", nn = "…", en = "…" }'))
    unknown = [key for key in value if key not in LANGUAGES]
    if unknown:
        raise BadValue(
            _("har ukjent språk «{language}»: skriv nb, nn og en").format(language=unknown[0])
        )
    missing = [key for key in LANGUAGES if key not in value]
    if missing:
        raise BadValue(
            _("mangler {languages}: skriv alle tre språk").format(languages=", ".join(missing))
        )
    found = {}
    for language in LANGUAGES:
        try:
            found[language] = text(value[language])
        except BadValue as bad:
            raise BadValue(f"{language} {bad}") from bad
    return Text(**found)


def truth(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise BadValue(
            _("skal ikke være {value}: skriv true eller false uten anførselstegn").format(
                value=_shown(value)
            )
        )
    return value


def one_of(*known: str) -> Parse:
    """One of a few words."""

    def parse(value: Any) -> str:
        word = text(value)
        if word not in known:
            raise BadValue(
                _("«{word}» finnes ikke: {advice}").format(word=word, advice=nearest(word, known))
            )
        return word

    return parse


def some_of(*known: str) -> Parse:
    """A list of some of a few words, each once."""
    one = one_of(*known)

    def parse(value: Any) -> tuple[str, ...]:
        words = tuple(one(word) for word in _list(value))
        return _once(words)

    return parse


def keys(value: Any) -> tuple[str, ...]:
    """A list of step keys; whether they exist is known when the whole file is read."""
    return _once(tuple(text(word) for word in _list(value)))


def grades(value: Any) -> tuple[int, ...]:
    """A list of grades, 1 to 13."""
    found = tuple(_list(value))
    if not found or any(type(one) is not int or not 1 <= one <= 13 for one in found):
        raise BadValue(_("skal være en liste av trinn fra 1 til 13: skriv som [8, 11]"))
    if len(set(found)) < len(found):
        raise BadValue(_("nevner samme trinn to ganger: behold ett"))
    return found


def days(value: Any) -> Days:
    """Days in the day notation."""
    if isinstance(value, datetime.date):  # TOML has dates of its own
        raise BadValue(
            _('{value} gjelder bare ett år: skriv "{day}" med anførselstegn').format(
                value=value, day=f"{value:%m-%d}"
            )
        )
    try:
        return Days.parse(text(value))
    except BadDay as bad:
        raise BadValue(str(bad)) from bad


def year(value: Any) -> Year:
    """A school year."""
    try:
        return Year.parse(text(value))
    except ValueError as bad:
        raise BadValue(
            _("«{value}» er ikke et skoleår: skriv som 2026-27").format(value=value)
        ) from bad


def items(value: Any) -> tuple[Item, ...]:
    """The lines of a checklist."""
    found = []
    for row in _list(value):
        if not isinstance(row, dict) or not {"key", "title"} <= set(row) <= {
            "key",
            "title",
            "indicators",
        }:
            raise BadValue(
                _('skal ha key og title i hver linje: skriv {{ key = "…", {title} }}').format(
                    title=_TITLE
                )
            )
        codes = some_of(*INDICATOR_CODES)(row.get("indicators", []))
        found.append(Item(key(row["key"]), titles(row["title"]), codes))
    _once(tuple(item.key for item in found))
    return tuple(found)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadValue(_('skal være en liste: skriv ["…", "…"]'))
    return value


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if words.count(word) > 1:
            raise BadValue(_("nevner «{word}» to ganger: behold ett").format(word=word))
    return words


STEP_FIELDS: Mapping[str, Field] = {
    "key": Field(key, 'key = "iop.navn_pa_steget"'),
    "kind": Field(one_of(*KINDS), 'kind = "document"', shape=True),
    "title": Field(titles, _TITLE),
    "scope": Field(one_of(*SCOPES), 'scope = "pupil"', shape=True),
    "serves": Field(one_of(*SERVES), shape=True),
    "opens": Field(days, dated=True),
    "due": Field(days, dated=True),
    "limit": Field(days, locked=True, dated=True),
    "weekend": Field(one_of(*WEEKENDS), locked=True),
    "responsible": Field(one_of(*RESPONSIBLE, "foresatte"), 'responsible = "kontaktlaerer"'),
    "contributors": Field(some_of(*ANSWERING)),
    "approver": Field(one_of(*RESPONSIBLE)),
    "after": Field(keys),
    "after_previous": Field(keys),
    "hard": Field(keys, shape=True),
    "any_of": Field(truth, locked=True),
    "cohort": Field(one_of(*Cohort), locked=True),
    "fact": Field(one_of(*FACTS), shape=True),
    "stops": Field(some_of(*STOPS), locked=True),
    "only_grades": Field(grades, locked=True),
    "indicators": Field(some_of(*INDICATOR_CODES), shape=True),
    "basis": Field(one_of(*BASES), 'basis = "local"', locked=True),
    "date_basis": Field(one_of(*BASES), locked=True),
    "law": Field(text, locked=True),
    "source": Field(text, N_('source = "…", hvor steget kommer fra')),
    "certainty": Field(one_of(*CERTAINTIES), 'certainty = "certain"'),
    "confidence": Field(one_of("high", "medium", "low")),
    "note": Field(text),
    "since": Field(year, locked=True),
    "until": Field(year, locked=True),
    "off": Field(truth, locked=True),
    "checklist": Field(items),
}
STATE_FIELDS: Mapping[str, Field] = {
    "key": Field(key, 'key = "navn_pa_tilstanden"'),
    "title": Field(titles, _TITLE),
    "steps": Field(keys),
    "any_of": Field(truth),
    "enters": Field(one_of("new", "current")),
    "day": Field(one_of("school_start", "school_end")),
    "role": Field(one_of("initial", "suspended")),
}
FILE_FIELDS: Mapping[str, Field] = {
    "title": Field(titles, _TITLE),
    "source": Field(text, N_('source = "…", hvor hjulet kommer fra')),
    "extends": Field(text),
}
