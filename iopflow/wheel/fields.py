"""The fields of a wheel file: which there are, what each may hold, and what to write instead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from iopflow.days import BadDay, Days
from iopflow.facts import FACTS
from iopflow.roles import HOLDABLE, ROLES
from iopflow.schoolyear import Year
from iopflow.texts import Text, _
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


class BadValue(ValueError):
    """A value that the field does not take; the message says what to write instead."""


Parse = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a row: how it is read, whether it must be there, and whether law locks it.

    `locked` fields may not be changed by a school's own file where the row is law; `dated` ones not
    where the date is law.
    """

    parse: Parse
    required: bool = False
    locked: bool = False
    dated: bool = False


def nearest(word: str, known: tuple[str, ...] | list[str]) -> str:
    """The known words as advice: the nearest one, or all of them."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return _("mente du «{word}»?").format(word=near[0])
    return _("skriv ett av {words}").format(words=", ".join(known))


def text(value: Any) -> str:
    """A text that says something."""
    if not isinstance(value, str):
        raise BadValue(_("skal være tekst i anførselstegn, ikke {value}").format(value=value))
    if not value.strip():
        raise BadValue(_("er tom: skriv teksten, eller stryk feltet"))
    if value != value.strip() or any(ord(letter) < 32 for letter in value):
        raise BadValue(_("har mellomrom i endene eller usynlige tegn: stryk dem"))
    return value


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
        raise BadValue(_("mangler {languages}: skriv alle tre språk").format(
            languages=", ".join(missing)
        ))
    return Text(**{key: text(value[key]) for key in LANGUAGES})


def truth(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise BadValue(_("skal være true eller false, ikke {value}").format(value=value))
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


def days(value: Any) -> Days:
    """Days in the day notation."""
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
            raise BadValue(_("har en linje uten key og title: skriv { key = …, title = { … } }"))
        codes = some_of(*INDICATOR_CODES)(row.get("indicators", []))
        found.append(Item(text(row["key"]), titles(row["title"]), codes))
    return tuple(found)


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
    "key": Field(text, required=True),
    "kind": Field(one_of(*KINDS), required=True, locked=True),
    "title": Field(titles, required=True),
    "scope": Field(one_of(*SCOPES), required=True, locked=True),
    "serves": Field(one_of(*SERVES), locked=True),
    "opens": Field(days),
    "due": Field(days, dated=True),
    "limit": Field(days, locked=True, dated=True),
    "weekend": Field(one_of(*WEEKENDS), locked=True),
    "responsible": Field(one_of(*HOLDABLE, "foresatte"), required=True),
    "contributors": Field(some_of(*ROLES)),
    "approver": Field(one_of(*HOLDABLE)),
    "after": Field(keys),
    "after_previous": Field(keys),
    "hard": Field(keys, locked=True),
    "any_of": Field(truth),
    "cohort": Field(one_of(*Cohort), locked=True),
    "fact": Field(one_of(*FACTS), locked=True),
    "indicators": Field(some_of(*INDICATOR_CODES), locked=True),
    "basis": Field(one_of(*BASES), required=True, locked=True),
    "date_basis": Field(one_of(*BASES), locked=True),
    "law": Field(text, locked=True),
    "source": Field(text, required=True),
    "certainty": Field(one_of(*CERTAINTIES), required=True),
    "confidence": Field(one_of("high", "medium", "low")),
    "note": Field(text),
    "since": Field(year, locked=True),
    "until": Field(year, locked=True),
    "off": Field(truth, locked=True),
    "checklist": Field(items),
}
STATE_FIELDS: Mapping[str, Field] = {
    "key": Field(text, required=True),
    "title": Field(titles, required=True),
    "steps": Field(keys),
    "any_of": Field(truth),
    "enters": Field(one_of("new", "current")),
    "day": Field(one_of("school_start", "school_end")),
    "role": Field(one_of("initial", "suspended")),
}
FILE_FIELDS: Mapping[str, Field] = {
    "title": Field(titles, required=True),
    "source": Field(text, required=True),
    "extends": Field(text),
}
