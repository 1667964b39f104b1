"""The catalogues of nynorsk and English: `make locales` brings them up to date with the source."""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from iopflow import texts
from iopflow.resources import resource_dir

SOURCE = Path(texts.__file__).parent
TRANSLATED = tuple(language for language in texts.LANGUAGES if language != "nb")


def messages() -> list[str]:
    """Every phrase inside `_()` or `N_()` in source and templates, once, sorted."""
    found = [
        *extract_from_dir(SOURCE, [("**.py", "python")], keywords={"_": None, "N_": None}),
        *extract_from_dir(
            resource_dir("templates"),
            [("**.html", "jinja2"), ("**.txt", "jinja2")],
            keywords={"_": None},
        ),
    ]
    return sorted({str(message) for _name, _line, message, _comments, _context in found})


def path(language: str, ending: str) -> Path:
    """The .po or .mo file of a language."""
    return texts.LOCALES / language / "LC_MESSAGES" / f"iopflow.{ending}"


def read(language: str) -> Catalog:
    """The catalogue as it stands in the file; empty where there is none."""
    file = path(language, "po")
    if not file.exists():
        return Catalog(language)
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def translations(language: str) -> dict[str, str]:
    """Each phrase and its translation, which is empty where nobody has made one."""
    return {str(one.id): str(one.string or "") for one in read(language) if one.id}


def current(language: str) -> Catalog:
    """The catalogue with the phrases of the source: kept, new and empty, or gone."""
    old = translations(language)
    made = Catalog(language, header_comment=f"# iopflow, {language}", fuzzy=False)
    for message in messages():
        made.add(message, old.get(message, ""))
    return made


def main() -> None:
    """Writes and compiles both catalogues, and says what is left to translate."""
    for language in TRANSLATED:
        made = current(language)
        path(language, "po").parent.mkdir(parents=True, exist_ok=True)
        # The header is left out of the .po for all but its kind: dates would change on every run.
        with path(language, "po").open("wb") as opened:
            opened.write(b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n')
            write_po(opened, made, omit_header=True, no_location=True, width=100)
        with path(language, "mo").open("wb") as opened:
            write_mo(opened, _dateless(made))
        missing = sum(not one.string for one in made if one.id)
        print(f"{language}: {missing} to translate")  # noqa: T201 - a tool's answer


class Dateless(Catalog):
    """A catalogue whose header does not change from run to run."""

    mime_headers = property(
        lambda self: [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Language", str(self.locale)),
        ],
        lambda _self, _value: None,
    )


def _dateless(catalogue: Catalog) -> Catalog:
    made = Dateless(catalogue.locale, fuzzy=False)
    for one in catalogue:
        if one.id:
            made.add(one.id, one.string)
    return made


if __name__ == "__main__":
    main()
