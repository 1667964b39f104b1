"""What a table of an import is made of, and the columns that several have."""

from dataclasses import dataclass

from iopflow.importing import values as v
from iopflow.texts import N_


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file.

    `stored` is the column of the database it fills (None where a rule of the table uses it);
    `ref` the kind of thing its id points at (`late`: a row of the same file); `aliases` other
    headers that mean the same; `empty` what an empty cell means where that is not nothing at all.
    """

    name: str
    parse: v.Parse
    meaning: str
    stored: str | None = None
    key: bool = False
    required: bool = False
    ref: str | None = None
    aliases: tuple[str, ...] = ()
    empty: object = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A file, the table of the database it fills, and the database columns that make its key.

    `comments` are columns that decide nothing: a change there is no new fact received. `opens` says
    that its rows need the school year they speak of. `first` is a column and the value of the rows
    that others of the same file refer to. `not_stored` are columns that the database has elsewhere.
    `title` is what people call it. `left_out` are headers whose cells are never stored, and
    `either` sets of columns of which a file must have all of one.
    """

    file: str
    stored: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    about: str
    comments: frozenset[str] = frozenset()
    opens: bool = False
    first: tuple[str, object] | None = None
    not_stored: frozenset[str] = frozenset()
    title: str = ""
    left_out: frozenset[str] = frozenset()
    either: tuple[tuple[str, ...], ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    def heading(self, name: str) -> str:
        """What a school calls a column; a list, which fills no table itself, has it as its name."""
        found = next((one for one in self.columns if one.name == name), None)
        word = found.aliases[0] if found is not None and self.stored and found.aliases else name
        return word[:1].upper() + word[1:].replace("_", " ")


def key(
    name: str, parse: v.Parse, meaning: str, stored: str | None = None, **more: object
) -> Column:
    """A column of the key."""
    return Column(name, parse, meaning, stored or name, key=True, required=True, **more)  # type: ignore[arg-type]


def must(
    name: str, parse: v.Parse, meaning: str, stored: str | None = None, **more: object
) -> Column:
    """A column that every row fills."""
    return Column(name, parse, meaning, stored or name, required=True, **more)  # type: ignore[arg-type]


def may(
    name: str, parse: v.Parse, meaning: str, stored: str | None = None, **more: object
) -> Column:
    """A column that may be empty, or lacking."""
    return Column(name, parse, meaning, stored or name, **more)  # type: ignore[arg-type]


PUPIL = key("pupil", v.identity, N_("eleven"), "pupil_id", ref="pupil", aliases=("elev", "elev_id"))
SCHOOL = key("school", v.identity, N_("skolen"), "school_id", ref="school", aliases=("skole",))
FOR_YEAR = key(
    "for_year", v.year, N_("skoleåret det gjelder"), "year", aliases=("for_skoleår", "skoleår")
)
RECORDED = may(
    "recorded_on", v.day, N_("dagen det ble skrevet ned"), aliases=("registrert", "registrert_dato")
)
REASON = may("reason", v.text, N_("begrunnelse"), aliases=("begrunnelse", "grunn"))
EVIDENCE = may(
    "evidence", v.text, N_("henvisning til logg eller arkiv"), aliases=("bevis", "arkivref")
)
COMMENTS = frozenset({"recorded_on", "by_id", "reason", "decided_by", "archive_ref", "answered_by"})
