"""A list as an Excel file: strings stay strings, so that no sheet runs what somebody has typed."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

MOST_DECIMALS = 4


def amount_format(value: float) -> str:
    """The format of an amount: thousands apart as the reader's language writes them, «1 030,2», and
    the decimals that it has.
    """
    text = f"{abs(value):.{MOST_DECIMALS}f}".rstrip("0")
    decimals = len(text.partition(".")[2])
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def xlsx(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """The file. Days are written as days, numbers as numbers, None as an empty cell.

    A whole number may be the number of something, and stands as it is; an amount is a float.
    """
    import xlsxwriter  # noqa: PLC0415 - only who writes one pays for it

    written = io.BytesIO()
    book = xlsxwriter.Workbook(
        written, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    )
    sheet = book.add_worksheet("iopflow")
    bold = book.add_format({"bold": True})
    days = book.add_format({"num_format": "dd.mm.yyyy"})
    amounts: dict[str, Any] = {}
    for place, title in enumerate(titles):
        sheet.write_string(0, place, title, bold)
    for line, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, date) and not isinstance(value, datetime):
                sheet.write_datetime(line, place, value, days)
            elif isinstance(value, bool):
                sheet.write_boolean(line, place, value)
            elif isinstance(value, float):
                shown = amount_format(value)
                if shown not in amounts:
                    amounts[shown] = book.add_format({"num_format": shown})
                sheet.write_number(line, place, value, amounts[shown])
            elif isinstance(value, int):
                sheet.write_number(line, place, value)
            elif value is not None:
                sheet.write_string(line, place, str(value))
    sheet.freeze_panes(1, 0)
    if titles:
        sheet.autofilter(0, 0, len(rows), len(titles) - 1)
    sheet.autofit()
    book.close()
    return written.getvalue()
