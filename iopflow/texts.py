"""Words in bokmål, nynorsk and English, and Norwegian ways of writing days and numbers."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

LANGUAGES = ("nb", "nn", "en")
LOCALES = Path(__file__).parent / "locales"

_language: ContextVar[str] = ContextVar("language", default="nb")

# Own tables: Babel would cost more than the rest of a --help together, for 33 words.
_WEEKDAYS = {
    "nb": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "nn": ("måndag", "tysdag", "onsdag", "torsdag", "fredag", "laurdag", "søndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_NORWEGIAN_MONTHS = (
    *("januar", "februar", "mars", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "desember"),
)
_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_MONTHS = {"nb": _NORWEGIAN_MONTHS, "nn": _NORWEGIAN_MONTHS, "en": _ENGLISH_MONTHS}
_NO_BREAK = "\N{NO-BREAK SPACE}"

# The last letters of the alphabet, as signs that stand after z in this order in every database.
_LAST_LETTERS = str.maketrans({"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}", "ü": "y"})


def use_language(language: str) -> None:
    """The language of `_` and of titles from here on, in this context. Raises ValueError."""
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is none of {', '.join(LANGUAGES)}")
    _language.set(language)


def language_in_use() -> str:
    """nb, nn or en."""
    return _language.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """A language for the length of a block, as for one mail among many."""
    before = _language.get()
    use_language(language)
    try:
        yield
    finally:
        _language.set(before)


def _(message: str) -> str:
    """A phrase in the language in use; the source language is bokmål."""
    language = _language.get()
    return message if language == "nb" else _catalogue(language).gettext(message)


def N_(message: str) -> str:
    """Marks a phrase for the catalogues; it is translated where it is used."""
    return message


@cache
def _catalogue(language: str) -> "NullTranslations":
    import gettext  # noqa: PLC0415 - bokmål needs no catalogue

    return gettext.translation("iopflow", LOCALES, [language], fallback=True)


@dataclass(frozen=True, slots=True)
class Text:
    """A title in the three languages of the product."""

    nb: str
    nn: str
    en: str

    def get(self, language: str | None = None) -> str:
        """The title in a language, or in the one in use."""
        found: str = getattr(self, language or _language.get())
        return found


def long_date(day: date, language: str | None = None) -> str:
    """A day in words: «torsdag 15. januar 2026»."""
    spoken = language or _language.get()
    dot = "" if spoken == "en" else "."
    return (
        f"{_WEEKDAYS[spoken][day.weekday()]} {day.day}{dot} {_MONTHS[spoken][day.month - 1]} "
        f"{day.year}"
    )


def weekday_name(day: date, language: str | None = None) -> str:
    """The weekday of a day in words."""
    return _WEEKDAYS[language or _language.get()][day.weekday()]


def month_name(month: int, language: str | None = None) -> str:
    """A month in words, 1 is January."""
    return _MONTHS[language or _language.get()][month - 1]


def short_date(day: date, language: str | None = None) -> str:
    """A day in figures: «15.01.2026», and the ISO day in English."""
    return f"{day:%Y-%m-%d}" if (language or _language.get()) == "en" else f"{day:%d.%m.%Y}"


def number(value: float | Decimal, decimals: int = 0, language: str | None = None) -> str:
    """A number as it is written: «12 345,6» with no-break spaces; a half is rounded away from 0."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{rounded:,.{decimals}f}"
    if (language or _language.get()) == "en":
        return text
    return text.replace(",", _NO_BREAK).replace(".", ",").replace("-", "\N{MINUS SIGN}")


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun: «1 rad», «12 rader». The phrases hold `{n}`."""
    return (one if count == 1 else many).format(n=count)


def percent(rate: float, decimals: int = 1, language: str | None = None) -> str:
    """A fraction as per cent: «87,4 %» with a no-break space."""
    gap = "" if (language or _language.get()) == "en" else _NO_BREAK
    return f"{number(100 * rate, decimals, language)}{gap}%"


def between(least: float, most: float, decimals: int = 0) -> str:
    """Two fractions that something lies between, as per cent: «78–94 %»; one where they meet."""
    low, high = percent(least, decimals), percent(most, decimals)
    return low if low == high else f"{low.rstrip('%').rstrip()}–{high}"


def sort_key(text: str) -> str:
    """Sorts as Norwegian lists do: æ, ø and å last, aa as å, other accents left out.

    Made of signs whose order is the same in Python, SQLite and PostgreSQL's C collation.
    """
    folded = unicodedata.normalize("NFC", text).casefold().replace("aa", "å")
    plain = unicodedata.normalize("NFD", folded.translate(_LAST_LETTERS))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
