"""Whose rows they are: one owner's, or a folder of several that is imported owner by owner.

A row belongs to the owners of what it refers to: a class to its school's, a pupil to those of the
schools where it is enrolled, a person to those of its roles.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from iopflow.importing.cells import BadFile
from iopflow.importing.reading import Source
from iopflow.importing.sheets import Sheet
from iopflow.models import Enrolment, Network, Owner, Pupil, School, Unit
from iopflow.texts import _

Cells = Mapping[str, str]
Keep = Callable[[Cells], bool]
Owners = defaultdict[str, set[str]]  # id: the owners it belongs to


def owner_keys(session: Session, source: Source, asked: str | None) -> list[str]:
    """The owners to import for. Raises BadFile where it cannot be told."""
    named = sorted(named_owners(source))
    there = sorted(session.execute(select(col(Owner.key))).scalars())
    if asked is not None:
        if named and asked not in named:
            raise BadFile(
                _("schools.csv har ingen skole med eier «{owner}»: skriv --owner {owners}.").format(
                    owner=asked, owners=_(" eller ").join(named)
                )
            )
        if not named and asked not in there:
            raise BadFile(
                _(
                    "Skoleeieren «{owner}» finnes ikke: legg ved schools.csv, eller skriv "
                    "--owner og en av {owners}."
                ).format(owner=asked, owners=", ".join(there) or "–")
            )
        return [asked]
    if named:
        return named
    if len(there) == 1:
        return there
    raise BadFile(
        _("Hvilken skoleeier gjelder filene? Skriv --owner og en av {owners}.").format(
            owners=", ".join(there)
        )
        if there
        else _("Databasen har ingen skoleeier ennå: legg ved schools.csv.")
    )


def named_owners(source: Source) -> set[str]:
    """The owners that schools.csv names."""
    sheet = source.sheets.get("schools")
    return (
        {row["owner"] for row in _rows(sheet) if row.get("owner")} if sheet is not None else set()
    )


def keepers(
    session: Session, source: Source, keys: Sequence[str], *, only: str | None
) -> dict[str, Mapping[str, Keep]]:
    """For each owner and file, which rows to take. Raises BadFile where a row is nobody's."""
    named = named_owners(source)
    if len(named) <= 1:
        return {key: {} for key in keys}
    belongs = _Belongs(session, source)
    if only is None:
        belongs.refuse_strays(source)
    return {key: {file: belongs.keep(file, key) for file in source.sheets} for key in keys}


def _rows(sheet: Sheet | None) -> Iterator[Cells]:
    if sheet is not None:
        for _number, cells in sheet.rows():
            yield dict(zip(sheet.columns, cells, strict=False))


class _Belongs:
    """The owners of every id, as far as the files and the database tell."""

    def __init__(self, session: Session, source: Source) -> None:
        self._of: dict[str, Owners] = defaultdict(lambda: defaultdict(set))
        self._stored(session)
        sheets = source.sheets
        for row in _rows(sheets.get("schools")):
            self._add("school", row.get("school"), {row.get("owner", "")})
            self._add("network", row.get("network"), {row.get("owner", "")})
            self._add("owner", row.get("owner"), {row.get("owner", "")})
        for row in _rows(sheets.get("units")):
            self._add("unit", row.get("unit"), self._get("school", row.get("school")))
        for row in _rows(sheets.get("enrolments")):
            self._add("pupil", row.get("pupil"), self._get("school", row.get("school")))
        for row in _rows(sheets.get("pupils")):
            self._add("ppt", row.get("ppt"), self._get("pupil", row.get("pupil")))
        for row in _rows(sheets.get("roles")):
            self._add("person", row.get("person"), self._place(row.get("at", "")))

    def _stored(self, session: Session) -> None:
        for kind, table in (("school", School), ("unit", Unit), ("network", Network)):
            for key, owner in session.execute(
                select(table.key, Owner.key).join(Owner, col(Owner.id) == table.owner_id)  # type: ignore[call-overload]
            ):
                self._add(kind, key, {owner})
        for key, owner in session.execute(
            select(col(Pupil.key), col(Owner.key))
            .join(Owner, col(Owner.id) == col(Pupil.owner_id))
            .where(col(Pupil.id).in_(select(col(Enrolment.pupil_id))))
        ):
            self._add("pupil", key, {owner})

    def _add(self, kind: str, key: str | None, owners: set[str]) -> None:
        if key:
            self._of[kind][key] |= owners

    def _get(self, kind: str, key: str | None) -> set[str]:
        return self._of[kind].get(key or "", set())

    def _place(self, at: str) -> set[str]:
        kind, _colon, key = at.partition(":")
        return self._get(kind, key)

    def owners(self, file: str, row: Cells) -> set[str]:
        """Whose a row is; nobody's where nothing says so."""
        if file == "roles":
            return self._place(row.get("at", ""))
        if file == "happenings":
            subject = row.get("subject")
            kinds = ("pupil", "unit", "school", "network")
            return set[str]().union(*(self._get(kind, subject) for kind in kinds))
        for column, kind in (
            ("unit", "unit"),
            ("pupil", "pupil"),
            ("person", "person"),
            ("ppt", "ppt"),
        ):
            if column in row and file != "values" and (column != "ppt" or file == "ppt_offices"):
                if file == "enrolments":
                    break
                return self._get(kind, row[column])
        return self._get("school", row.get("school"))

    def keep(self, file: str, owner: str) -> Keep:
        """Whether a row of a file is an owner's."""
        return lambda row: owner in self.owners(file, row)

    def refuse_strays(self, source: Source) -> None:
        """Raises BadFile for a row that is nobody's: which owner is meant must be said."""
        for file, sheet in source.sheets.items():
            for number, cells in sheet.rows():
                if not self.owners(file, dict(zip(sheet.columns, cells, strict=False))):
                    raise BadFile(
                        _(
                            "{file} rad {row}: ingen av skoleeierne i schools.csv har noe som "
                            "viser til raden; importer én eier om gangen med --owner."
                        ).format(file=sheet.file, row=number)
                    )
