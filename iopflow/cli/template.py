"""An empty Excel book to fill in: a sheet for each import table, its columns explained."""

from pathlib import Path

from iopflow.refusals import Refused
from iopflow.texts import _


def write_template(path: Path) -> int:
    """Writes the book and returns how many sheets it has. Raises Refused."""
    import xlsxwriter

    from iopflow.importing.tables import TABLES

    if path.suffix.lower() != ".xlsx":
        raise Refused(
            _("{path} må hete noe på .xlsx: skriv --template mal.xlsx.").format(path=path)
        )
    if path.exists():
        raise Refused(
            _("{path} finnes allerede: velg et annet navn, så ingenting blir skrevet over.").format(
                path=path
            )
        )
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    needed = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
    optional = book.add_format({"bottom": 1, "num_format": "@"})
    # Excel would make a day of 2026-27 and a number of an id.
    text = book.add_format({"num_format": "@"})
    for table in TABLES:
        sheet = book.add_worksheet(table.file)
        for place, column in enumerate(table.columns):
            must = column.required or column.key
            sheet.set_column(place, place, max(12, len(column.name) + 2), text)
            sheet.write_string(0, place, column.name, needed if must else optional)
            words = f"{table.about}\n\n" if place == 0 else ""
            words += column.meaning + (_(" (må fylles ut)") if must else "")
            sheet.write_comment(0, place, words)
        sheet.freeze_panes(1, 0)
    try:
        book.close()
    except OSError as error:
        raise Refused(
            _("Får ikke skrevet {path}: {why}.").format(path=path, why=error.strerror)
        ) from error
    return len(TABLES)
