"""A school's list of pupils, split into rows of the tables before they are compared.

A row of the list says who, where and with which teacher; the tables want a row of each. What is
found here is only what a list leaves out and a table needs: an id, the first day of an enrolment,
the grade of that day, and which role a teacher has. All the rules of an import come after.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from iopflow.importing.cells import BadFile
from iopflow.importing.enrolling import enrolment_rows, find_days
from iopflow.importing.listed import Directory
from iopflow.importing.listline import read_line
from iopflow.importing.reading import Source
from iopflow.importing.rows import BadRow, Faults
from iopflow.importing.sheets import Sheet
from iopflow.importing.tables import BY_FILE, PUPIL_LIST
from iopflow.importing.teachers import find_teachers, role_rows
from iopflow.importing.whose import find_pupils
from iopflow.queries.imports import Importer
from iopflow.texts import _

# Where the cells of the list go: table, column, and the column of the list.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "pupils": {
        "pupil": "elev_id",
        "name": "navn",
        "birth_month": "fødselsmåned",
        "protected": "fortrolig",
        "home_municipality": "hjemkommune",
    },
    "enrolments": {
        "pupil": "elev_id",
        "school": "skole",
        "from": "fra",
        "class": "klasse",
        "grade": "trinn",
        "to": "til",
    },
    "roles": {
        "person": "kontaktlærer",
        "role": "kontaktlærer",
        "at": "klasse",
        "from": "kontaktlærer",
    },
}
ALWAYS = frozenset({"pupil", "name", "school", "from", "grade", "to", "person", "role", "at"})


@dataclass(frozen=True, slots=True)
class Split(Sheet):
    """The rows of one table that a list holds.

    `list_` is the list itself, `named` its schools, and `refused` what is wrong with its rows.
    """

    made: tuple[tuple[int, list[str]], ...] = ()
    list_: Sheet | None = None
    named: frozenset[str] = frozenset()
    refused: Mapping[int, Faults] = field(default_factory=dict)

    @property
    def origin(self) -> Sheet:
        """The list as it stands in the file."""
        return self.list_ or self

    def title(self, column: str) -> str:
        """The column of the list that a column of the table was made of."""
        title = COLUMNS[self.table.file].get(column, column)
        return "fornavn" if title == "navn" and title not in self.origin.columns else title

    def wrong(self, number: int) -> Iterable[BadRow]:
        """What is wrong with the row of the list: no table gets anything of it."""
        return self.refused.get(number, ())

    def schools(self) -> set[str]:
        """Those of all rows of the list, also where the rows are refused."""
        return set(self.named)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows, each with the number of that of the list."""
        yield from self.made


def split(
    session: Session, source: Source, *, owners: Sequence[str], today: date, by: Importer
) -> tuple[Source, list[str]]:
    """The source with tables for its list, and what to tell of how it was read. Raises BadFile."""
    sheet = source.sheets.get(PUPIL_LIST.file)
    if sheet is None:
        return source, []
    others = {name: one for name, one in source.sheets.items() if name != PUPIL_LIST.file}
    if others and is_empty_list(sheet):
        return Source(source.name, others), []
    if len(owners) > 1:
        raise BadFile(
            _("{file}: en elevliste gjelder én skoleeier; skriv --owner og en av {owners}.").format(
                file=sheet.file, owners=", ".join(owners)
            )
        )
    splitter = _Splitter(sheet, Directory(session, others, owners[0], by), today)
    made = splitter.split()
    for name in made:
        if name in others and next(others[name].rows(), None) is not None:
            raise BadFile(
                _(
                    "{file} og {other} kan ikke leses inn sammen: elevlisten holder det samme; "
                    "behold én."
                ).format(file=sheet.file, other=others[name].file)
            )
    return Source(source.name, others | made), splitter.notes


def is_empty_list(sheet: Sheet) -> bool:
    """Whether it is the sheet of the template's list, with nothing filled in."""
    return sheet.table is PUPIL_LIST and next(sheet.rows(), None) is None


class _Splitter:
    """Goes through a list: what the cells say, whose rows they are, and the rows of the tables."""

    def __init__(self, sheet: Sheet, directory: Directory, today: date) -> None:
        self._sheet = sheet
        self._directory = directory
        self._today = today
        self.notes: list[str] = []
        self._lines = [read_line(number, cells, sheet.columns) for number, cells in sheet.rows()]

    def split(self) -> dict[str, Sheet]:
        """A sheet of each table that the list has rows of."""
        self._find_schools()
        self._find_classes()
        self.notes += find_teachers(self._lines, self._directory)
        find_pupils(self._lines, self._directory, self._today)
        self.notes += find_days(self._lines, self._today)
        made: dict[str, Sheet] = {
            "pupils": self._made("pupils", self._pupils()),
            "enrolments": self._made("enrolments", enrolment_rows(self._lines, self._today)),
        }
        roles = tuple(role_rows(self._lines, self._directory, self._today))
        return made | {"roles": self._made("roles", roles)} if roles else made

    def _made(self, table: str, rows: Iterable[tuple[int, dict[str, str]]]) -> Split:
        """The sheet of a table: the columns that the list has, and those that must be."""
        columns = tuple(
            name
            for name, title in COLUMNS[table].items()
            if title in self._sheet.columns or name in ALWAYS
        )
        return Split(
            self._sheet.file,
            BY_FILE[table],
            columns,
            self._sheet.header,
            self._sheet.text,
            made=tuple(
                (number, [cells.get(name, "") for name in columns]) for number, cells in rows
            ),
            list_=self._sheet,
            named=frozenset(line.school for line in self._lines if line.school),
            refused={one.number: one.faults for one in self._lines if one.faults}
            if table == "pupils"
            else {},
        )

    # ------------------------------------------------------------------ places and teachers

    def _find_schools(self) -> None:
        only = self._directory.only_school
        if only is None and "skole" not in self._sheet.columns:
            raise BadFile(
                _("{file}: du kan importere for flere skoler; legg til kolonnen «Skole».").format(
                    file=self._sheet.file
                )
            )
        for line in self._lines:
            said = line.said("skole")
            found = self._directory.schools(said) if said else [only] if only else []
            if len(found) == 1:
                line.school = found[0]
            elif "skole" not in line.faults:
                line.faults.add(
                    BadRow(
                        "skole",
                        _("er ingen skole du kan importere for") if said else _("er tom"),
                        _("skriv navnet eller id-en til skolen"),
                    )
                )

    def _find_classes(self) -> None:
        without: set[str] = set()
        for line in self._lines:
            said = line.said("klasse")
            if not said or not line.school:
                continue
            if not self._directory.has_classes(line.school):
                without.add(line.school)
                continue
            found = self._directory.classes(line.school, said)
            if len(found) == 1:
                line.unit = found[0]
            else:
                line.faults.add(_no_class(many=len(found) > 1))
        if without:
            self.notes.append(
                _(
                    "Skolen {schools} har ingen klasser i iopflow ennå: elevene leses inn uten "
                    "klasse. Lag klassene, og last opp listen på nytt."
                ).format(schools=", ".join(sorted(without)))
            )

    # ------------------------------------------------------------------ rows

    def _pupils(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Also the rows at fault: whom they are about is not missing from the file."""
        seen: dict[str, dict[str, str]] = {}
        for line in self._lines:
            cells = {
                name: line.cells.get(title, "") for name, title in COLUMNS["pupils"].items()
            } | {"pupil": line.key, "name": line.name}
            first = seen.setdefault(line.key, cells)
            # A pupil's second row, as of another time or school, says nothing new of the pupil.
            if first is cells or first != cells or line.faults:
                yield line.number, cells


def _no_class(*, many: bool) -> BadRow:
    return BadRow(
        "klasse",
        _("er navnet på flere klasser ved skolen") if many else _("er ingen klasse ved skolen"),
        _("skriv id-en til klassen") if many else _("skriv navnet på en klasse, eller lag klassen"),
    )
