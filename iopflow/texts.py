"""Words in bokmål, nynorsk and English, and Norwegian ways of writing days and numbers."""

from contextvars import ContextVar
from dataclasses import dataclass

_language: ContextVar[str] = ContextVar("language", default="nb")


def _(message: str) -> str:
    """A phrase in the language in use; the source language is bokmål."""
    return message


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
