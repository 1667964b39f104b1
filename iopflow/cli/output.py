"""Lists as tables for the screen, JSON, CSV and Excel sheets."""

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from iopflow.clock import OSLO, local_date
from iopflow.refusals import Refused
from iopflow.sheets import xlsx
from iopflow.texts import _, short_date

Row = Mapping[str, Any]
WIDE = 110  # where nobody says how wide the screen is
_READABLE = 18  # below this a title says little
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the screen's table: its heading, and how a row's value is read.

    When the screen is narrow, a column that `gives` is cut, and one that `drops` is left out before
    the others become too short to read. `right` says that it holds numbers.
    """

    title: str
    show: Callable[[Row], Any]
    gives: bool = False
    drops: bool = False
    right: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """How a list is wanted: the format, and perhaps a file."""

    form: str
    path: Path | None

    @property
    def on_screen(self) -> bool:
        """Whether people read it here and now."""
        return self.form == "table" and self.path is None


def asked(form: str | None, output: str | None) -> Asked:
    """What --format and -o mean together; the file's ending may stand for the format."""
    path = Path(output) if output is not None else None
    ending = path.suffix.lstrip(".").lower() if path is not None else ""
    form = form or (ending if ending in {"json", "csv", "xlsx"} else "table")
    if form == "xlsx" and path is None:
        raise click.UsageError(_("--format xlsx trenger en fil: skriv -o FIL.xlsx."))
    return Asked(form, path)


def show(
    how: Asked,
    rows: Sequence[Row],
    columns: Sequence[Column],
    *,
    keys: Sequence[str] = (),
    counted: str | None = None,
) -> None:
    """Writes a list. `rows` hold the `keys` of the JSON; `columns` are what people see."""
    keys = keys or list(dict.fromkeys(key for row in rows for key in row))
    match how.form:
        case "json":
            _write(how, json.dumps(list(rows), ensure_ascii=False, indent=2, default=plain) + "\n")
        case "csv":
            _write(how, _csv(rows, keys, for_excel=how.path is not None))
        case "xlsx":
            _xlsx(how.path or Path("iopflow.xlsx"), rows, keys)
        case _:
            _write(how, table(rows, columns, width=_width()) if rows else "")
    if counted is not None:
        click.echo(counted, err=how.form != "table" or how.path is not None)


def write(path: Path, text: str) -> None:
    """A text as a file. Raises Refused where it cannot be written."""
    _can_write(path)
    path.write_bytes(text.encode())


def write_json(value: Any) -> None:
    """One JSON value to stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=plain))


def show_json(how: Asked, value: Any) -> None:
    """One JSON value to where it is wanted."""
    _write(how, json.dumps(value, ensure_ascii=False, indent=2, default=plain) + "\n")


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, date):  # a datetime is a date
        return value.isoformat()
    return str(value)


def day(value: Any) -> str:
    """A day as Norwegians write it; empty where there is none. Takes ISO text as well."""
    if not value:
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):  # just after midnight in Norway is the day before in UTC
        value = local_date(value) if value.tzinfo is not None else value.date()
    return short_date(value)


def moment(iso: str) -> str:
    """A moment as it was in Norway."""
    return f"{datetime.fromisoformat(iso).astimezone(OSLO):%d.%m.%Y %H:%M}"


def table(rows: Sequence[Row], columns: Sequence[Column], *, width: int) -> str:
    """A table with aligned columns that fits the width, as far as its ids allow."""
    cells = [[_cell(column.show(row)) for column in columns] for row in rows]
    used = [
        place
        for place in range(len(columns))
        if any(row[place] for row in cells) or not (columns[place].gives or columns[place].drops)
    ]
    titles = [column.title for column in columns]
    widths = {place: max(len(row[place]) for row in [titles, *cells]) for place in used}
    for place in reversed(used):
        room = sum(max(0, widths[one] - _READABLE) for one in used if columns[one].gives)
        if columns[place].drops and _over(used, widths, width) > room:
            used = [one for one in used if one != place]
    spare = _over(used, widths, width)
    while spare > 0:
        giving = max(
            (place for place in used if columns[place].gives), key=widths.__getitem__, default=None
        )
        if giving is None or widths[giving] <= 8:
            break
        widths[giving] -= 1
        spare -= 1
    lines = [titles, ["─" * widths.get(place, 0) for place in range(len(columns))], *cells]
    return "".join(
        "  ".join(
            _fit(line[place], widths[place], right=columns[place].right) for place in used
        ).rstrip()
        + "\n"
        for line in lines
    )


def _over(used: Sequence[int], widths: Mapping[int, int], width: int) -> int:
    """By how many signs the columns in use are wider than the screen."""
    return sum(widths[place] for place in used) + 2 * (len(used) - 1) - width


def _fit(text: str, width: int, *, right: bool) -> str:
    if len(text) > width:
        text = text[: width - 1] + "…"
    return text.rjust(width) if right else text.ljust(width)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value).replace("\n", " ")


def _flat(value: Any) -> Any:
    """A value as one cell of a sheet; text that a sheet would run as a formula is disarmed."""
    if isinstance(value, Mapping):
        value = "; ".join(f"{key}: {number}" for key, number in value.items())
    elif isinstance(value, list | tuple):
        value = " ".join(map(str, value))
    elif isinstance(value, date):
        value = value.isoformat()
    return value


def _csv(rows: Sequence[Row], keys: Sequence[str], *, for_excel: bool) -> str:
    """CSV; a file gets what a Norwegian Excel opens as it is, a pipe gets commas."""
    import csv
    import io

    text = io.StringIO()
    if for_excel:
        text.write("\ufeff")
    writer = csv.writer(text, delimiter=";" if for_excel else ",", lineterminator="\r\n")
    writer.writerow(keys)
    for row in rows:
        writer.writerow([_disarmed(_flat(value)) for value in map(row.get, keys)])
    return text.getvalue()


def _disarmed(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def _xlsx(path: Path, rows: Sequence[Row], keys: Sequence[str]) -> None:
    """An Excel sheet of the same keys as the CSV."""
    _can_write(path)
    path.write_bytes(xlsx(keys, [[_cell_of(row.get(key)) for key in keys] for row in rows]))


def _cell_of(value: Any) -> Any:
    """A day stays a day in a sheet; all else is as in the CSV."""
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return value if is_day else _flat(value)


def _can_write(path: Path) -> None:
    try:
        path.write_bytes(b"")
    except OSError as error:
        raise Refused(
            _("Får ikke skrevet {path}: {why}.").format(path=path, why=error.strerror)
        ) from error


def _write(how: Asked, text: str) -> None:
    if how.path is None:
        click.echo(text, nl=False)
        return
    write(how.path, text)


def _width() -> int:
    return shutil.get_terminal_size((WIDE, 24)).columns


class Progress:
    """A line on stderr that says how far long work has come; silent where nobody watches."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._shown = False

    def __call__(self, what: str, done: int, of: int) -> None:
        """The work has come to `done` of `of`."""
        if self._watched:
            self._shown = True
            click.echo(f"\r\033[K{what} {done}/{of}", nl=False, err=True)

    def say(self, what: str) -> None:
        """A step of the work begins."""
        if self._watched:
            self._shown = True
            click.echo(f"\r\033[K{what} …", nl=False, err=True)

    def end(self) -> None:
        """Takes the line away."""
        if self._shown:
            click.echo("\r\033[K", nl=False, err=True)
