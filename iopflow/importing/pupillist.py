"""A school's list of pupils, split into rows of the tables before they are compared.

A row of the list says who, where and with which teacher; the tables want a row of each. What is
found here is only what a list leaves out and a table needs: an id, the first day of an enrolment,
the grade of that day, and which role a teacher has. All the rules of an import come after.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session

from iopflow.importing.cells import BadFile
from iopflow.importing.listed import Directory, Listed, Stay, folded
from iopflow.importing.reading import Source
from iopflow.importing.rows import BadRow, Faults, read_cell
from iopflow.importing.sheets import Sheet
from iopflow.importing.tables import BY_FILE, PUPIL_LIST
from iopflow.queries.imports import Importer
from iopflow.roles import Place
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

ROLE = "kontaktlaerer"
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
ALWAYS = frozenset({"pupil", "name", "school", "from", "grade", "person", "role", "at"})


@dataclass(frozen=True, slots=True)
class Split(Sheet):
    """The rows of one table that a list holds; `list_` is the list itself."""

    made: tuple[tuple[int, list[str]], ...] = ()
    list_: Sheet | None = None
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


@dataclass(slots=True)
class _Line:
    """A row of the list: its cells and values by column, and what was found of it."""

    number: int
    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    name: str = ""
    school: str = ""
    unit: str = ""
    teacher: str = ""
    pupil: Listed | None = None
    key: str = ""
    starts: date = date.max

    def said(self, column: str) -> Any:
        """What a cell says; nothing where it is empty or cannot be read."""
        return self.values.get(column)


class _Splitter:
    """Goes through a list: what the cells say, whose rows they are, and the rows of the tables."""

    def __init__(self, sheet: Sheet, directory: Directory, today: date) -> None:
        self._sheet = sheet
        self._directory = directory
        self._today = today
        self._year = Year.of(today)
        self.notes: list[str] = []
        self._lines = [self._line(number, cells) for number, cells in sheet.rows()]

    def split(self) -> dict[str, Sheet]:
        """A sheet of each table that the list has rows of."""
        self._find_schools()
        self._find_classes()
        self._find_teachers()
        self._find_pupils()
        self._find_days()
        made: dict[str, Sheet] = {
            "pupils": self._made("pupils", self._pupils()),
            "enrolments": self._made("enrolments", self._enrolments()),
        }
        roles = tuple(self._roles())
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
            refused={one.number: one.faults for one in self._lines if one.faults}
            if table == "pupils"
            else {},
        )

    # ------------------------------------------------------------------ cells

    def _line(self, number: int, cells: list[str]) -> _Line:
        columns = self._sheet.columns
        line = _Line(number, dict(zip(columns, cells, strict=False)))
        if any(cells[len(columns) :]):
            line.faults.add(
                BadRow(
                    "-",
                    _("raden har {n} celler, overskriften {m}").format(
                        n=len(cells), m=len(columns)
                    ),
                    _("fjern skilletegnet for mye, eller sett verdien i anførselstegn"),
                )
            )
            return line
        for name in columns:
            line.faults.ask(self._read, line, name)
        line.name = _name(line)
        if not line.name and "navn" not in line.faults and "fornavn" not in line.faults:
            column = "navn" if "navn" in columns else "fornavn"
            line.faults.add(BadRow(column, _("er tom"), _("skriv navnet til eleven")))
        first, last = line.said("fra"), line.said("til")
        if first is not None and last is not None and last < first:
            line.faults.add(
                BadRow(
                    "til",
                    _("er før {column} {day}").format(column="fra", day=_written(first)),
                    _("bytt dem om, eller rett datoen"),
                )
            )
        return line

    @staticmethod
    def _read(line: _Line, name: str) -> None:
        line.values[name] = read_cell(PUPIL_LIST.column(name), line.cells.get(name, ""))

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

    def _find_teachers(self) -> None:
        named = [line for line in self._lines if line.said("kontaktlærer")]
        found = {line.number: self._directory.people(line.said("kontaktlærer")) for line in named}
        if named and not any(found.values()):
            self.notes.append(
                _(
                    "Ingen av kontaktlærerne i filen finnes i iopflow: elevene leses inn uten. "
                    "Legg inn de ansatte, og last opp listen på nytt."
                )
            )
            return
        oneself = False
        for line in named:
            keys = found[line.number]
            if len(keys) == 1:
                line.teacher = keys[0]
            else:
                line.faults.add(_no_teacher(many=len(keys) > 1))
            if line.teacher and line.teacher == self._directory.importer:
                oneself = True
        if oneself:
            self.notes.append(
                _("Rollen som kontaktlærer for deg selv leses ikke inn: be en annen gi deg den.")
            )

    # ------------------------------------------------------------------ pupils

    def _find_pupils(self) -> None:
        """Whom each row is about: by its id, else by name among those of the school."""
        schools = {line.school for line in self._lines if line.school}
        listed = self._directory.pupils(schools)
        for line in self._lines:
            line.key = line.said("elev_id") or ""
            line.pupil = listed.get(line.key)
        said = {line.key for line in self._lines}
        free = {key: one for key, one in listed.items() if key not in said}
        named: dict[str, dict[str, Listed]] = defaultdict(dict)
        for key in sorted(free, key=_in_order):
            named[folded(free[key].name)][key] = free[key]
        # The surest first, so that a namesake does not take the place of somebody.
        for likeness in _LIKE:
            for line in self._lines:
                if line.key or not line.name or not line.school:
                    continue
                same = named.get(folded(line.name), {})
                found = (one for one in same.values() if self._may_be(line, one, likeness))
                line.pupil = next(found, None)
                if line.pupil is not None:
                    line.key = line.pupil.key
                    del same[line.key]
        self._number()

    def _may_be(self, line: _Line, pupil: Listed, likeness: str) -> bool:
        month = line.said("fødselsmåned")
        if month and pupil.month and month != pupil.month:
            return False
        if likeness == "nowhere":
            return not pupil.stays
        return any(self._alike(line, stay, likeness) for stay in pupil.at(line.school))

    def _alike(self, line: _Line, stay: Stay, likeness: str) -> bool:
        if likeness == "start and class":
            return line.said("fra") == stay.starts and line.unit == stay.unit
        if likeness == "start":
            return bool(line.said("fra") == stay.starts)
        if likeness == "end":
            return stay.ends is not None and line.said("til") == stay.ends
        if stay.last < self._today:
            return False
        return likeness == "now" or line.unit == stay.unit

    def _number(self) -> None:
        """New ids, in the order of the file, that say nothing of whom they are."""
        taken = {line.key for line in self._lines} | self._directory.pupil_keys
        last = max((_in_order(key) for key in taken if _is_ours(key)), default=(0, ""))[0]
        for line in self._lines:
            if not line.key and not line.faults:
                last += 1
                line.key = f"{_OURS}{last}"

    # ------------------------------------------------------------------ days

    def _find_days(self) -> None:
        """The first day of each enrolment: as it stands in the database, in the list, or 1.8."""
        unsaid = 0
        for line in self._lines:
            stay = self._stay(line)
            said = line.said("fra")
            if stay is not None:
                line.starts = stay.starts
            elif said is not None:
                line.starts = said
            else:
                line.starts = self._year.on(8, 1)
                unsaid += not line.faults
            line.faults.ask(self._grade, line)
        if unsaid:
            missing = counted(
                unsaid,
                _("{n} ny elev står uten første dag."),
                _("{n} nye elever står uten første dag."),
            )
            told = _("De begynner {day}. Er det en annen dag, skriver du den i kolonnen «Fra».")
            self.notes.append(f"{missing} {told.format(day=_written(self._year.on(8, 1)))}")

    def _stay(self, line: _Line) -> Stay | None:
        """The enrolment that a row is about, where the database has it.

        A list says since when a pupil goes to the school; an enrolment may have begun later, with a
        new class. It is a new one only where the row begins after it.
        """
        stays = line.pupil.at(line.school) if line.pupil is not None else []
        said, last = line.said("fra"), line.said("til")
        if last is not None and last < self._today:
            old = [one for one in stays if one.starts == said or (not said and one.ends == last)]
            return old[0] if old else None
        now = sorted((one for one in stays if one.last >= self._today), key=lambda one: one.starts)
        return next((one for one in now if said is None or said <= one.starts), None)

    def _grade(self, line: _Line) -> None:
        if self._grade_then(line) < 0:
            raise BadRow(
                "trinn",
                _("passer ikke til at eleven begynte {day}").format(day=_written(line.starts)),
                _("rett trinnet eleven går på nå, eller første dag"),
            )

    def _grade_then(self, line: _Line) -> int:
        """The grade of the first day: one less for each 1 August since."""
        now = line.said("trinn")
        if now is None:
            return 0
        until = min(self._today, line.said("til") or date.max)
        return int(now) - max(0, Year.of(until).start - Year.of(line.starts).start)

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

    def _enrolments(self) -> Iterator[tuple[int, dict[str, str]]]:
        for line in self._lines:
            if not line.faults:
                last = line.said("til")
                yield (
                    line.number,
                    {
                        "pupil": line.key,
                        "school": line.school,
                        "from": line.starts.isoformat(),
                        "class": line.unit,
                        "grade": str(self._grade_then(line)),
                        "to": last.isoformat() if last is not None else "",
                    },
                )

    def _roles(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The teacher's role at the class, where the class has one; else at the pupil."""
        lines = [line for line in self._lines if self._teaches(line)]
        classes: dict[str, set[str]] = defaultdict(set)
        first: dict[str, date] = {}
        for line in lines:
            classes[line.unit].add(line.teacher)
            first[line.unit] = min(line.starts, first.get(line.unit, date.max))
        held = self._directory.held(ROLE, self._today)
        holders: dict[str, set[str]] = defaultdict(set)
        for person, at in held:
            holders[at].add(person)
        done: set[tuple[str, str]] = set()
        for line in lines:
            at_class, at_pupil = f"{Place.UNIT}:{line.unit}", f"{Place.PUPIL}:{line.key}"
            alone = classes[line.unit] | holders[at_class] == {line.teacher}
            has = next((at for at in (at_pupil, at_class) if (line.teacher, at) in held), None)
            at = has or (at_class if line.unit and alone else at_pupil)
            if (line.teacher, at) in done:
                continue
            done.add((line.teacher, at))
            begun = first[line.unit] if at == at_class else line.starts
            starts = held.get((line.teacher, at)) or max(begun, self._year.on(8, 1))
            yield (
                line.number,
                {"person": line.teacher, "role": ROLE, "at": at, "from": starts.isoformat()},
            )

    def _teaches(self, line: _Line) -> bool:
        over = (line.said("til") or date.max) < self._today
        mine = line.teacher == self._directory.importer
        return bool(line.teacher) and not (over or mine or line.faults)


# Ids of ours, where a list has none.
_OURS = "elev-"
# How surely a row is about a pupil of the same name, the surest first.
_LIKE = ("start and class", "start", "end", "class", "now", "nowhere")


def _written(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _is_ours(key: str) -> bool:
    return key.startswith(_OURS) and key.removeprefix(_OURS).isdecimal()


def _in_order(key: str) -> tuple[int, str]:
    """Ids of ours by number, after all others."""
    return (int(key.removeprefix(_OURS)), "") if _is_ours(key) else (0, key)


def _name(line: _Line) -> str:
    """The name as it is said: «Dal, Ola» is Ola Dal."""
    whole = line.said("navn") or ""
    last, comma, first = whole.partition(",")
    if comma and first.strip() and "," not in first:
        return f"{first.strip()} {last.strip()}"
    parts = [line.said("fornavn") or "", line.said("etternavn") or ""]
    return whole or " ".join(part for part in parts if part)


def _no_class(*, many: bool) -> BadRow:
    return BadRow(
        "klasse",
        _("er navnet på flere klasser ved skolen") if many else _("er ingen klasse ved skolen"),
        _("skriv id-en til klassen") if many else _("skriv navnet på en klasse, eller lag klassen"),
    )


def _no_teacher(*, many: bool) -> BadRow:
    return BadRow(
        "kontaktlærer",
        _("er navnet på flere ansatte") if many else _("er ingen ansatt i iopflow"),
        _("skriv e-postadressen")
        if many
        else _("skriv e-post, id eller navn, eller la cellen stå tom"),
    )
