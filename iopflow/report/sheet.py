"""A report as a workbook: the numbers to go on with, shares as formulas, words as words."""

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from iopflow.exchange import Between
from iopflow.indicators import version_of
from iopflow.report.content import Block, Remarked, Report, Share
from iopflow.sheets import amount_format
from iopflow.texts import _, speaking

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDEST = 70  # letters: longer text is wrapped


class Sheet:
    """A sheet under writing: a line of titles, then rows of text, numbers, days and shares."""

    def __init__(self, book: Any, name: str, titles: Sequence[str]) -> None:
        self._book, self._sheet = book, book.add_worksheet(name)
        self._amounts: dict[str, Any] = {}
        bold = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 2}
        self._share = book.add_format({"num_format": "0.0 %", "valign": "top"})
        self._day = book.add_format({"num_format": "dd.mm.yyyy", "valign": "top", "align": "left"})
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._plain = book.add_format({"valign": "top"})
        self._widths = [len(title) for title in titles]
        self._line = 0
        for place, title in enumerate(titles):
            self._sheet.write_string(0, place, title, book.add_format(bold))
        self._sheet.freeze_panes(1, 0)

    def add(self, *values: Any) -> None:
        """One more row. A `Rate` is a formula of two other cells of the row."""
        self._line += 1
        for place, value in enumerate(values):
            self._write(place, value)

    def _write(self, place: int, value: Any) -> None:
        line, sheet = self._line, self._sheet
        if isinstance(value, Rate):
            sheet.write_formula(line, place, value.formula(line + 1), self._share, value.known)
        elif isinstance(value, date):
            sheet.write_datetime(line, place, datetime.combine(value, time()), self._day)
        elif isinstance(value, Portion):
            sheet.write_number(line, place, value, self._share)
        elif isinstance(value, float):
            sheet.write_number(line, place, value, self._amount(value))
        elif isinstance(value, int):
            sheet.write_number(line, place, value, self._plain)
        elif value:
            text = str(value)
            self._widths[place] = max(self._widths[place], min(len(text), WIDEST))
            sheet.write_string(line, place, text, self._text)

    def _amount(self, value: float) -> Any:
        """How an amount is shown: its thousands apart, with its own decimals."""
        shown = amount_format(value)
        if shown not in self._amounts:
            self._amounts[shown] = self._book.add_format({"num_format": shown, "valign": "top"})
        return self._amounts[shown]

    def end(self) -> None:
        """Makes the columns as wide as what stands in them."""
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, max(width, 9) + 2)
        if self._line:
            self._sheet.autofilter(0, 0, self._line, len(self._widths) - 1)


class Portion(float):
    """A share that is no formula: the parts of it are not in the book."""


class Rate:
    """A share as a formula, with the number that it gives, for programs that do not calculate."""

    def __init__(self, share: Share, numerator: str, denominator: str) -> None:
        self.known = share.rate
        self._cells = (numerator, denominator)

    def formula(self, line: int) -> str:
        """The formula of a row."""
        numerator, denominator = self._cells
        return f"={numerator}{line}/{denominator}{line}"


def _rate(share: Share, numerator: str, denominator: str) -> Rate | None:
    return Rate(share, numerator, denominator) if share.rate is not None else None


def xlsx(report: Report) -> bytes:
    """The file."""
    import xlsxwriter  # noqa: PLC0415 - only who writes one pays for it

    written = io.BytesIO()
    with speaking(report.language):
        book = xlsxwriter.Workbook(written, {"in_memory": True, **OPTIONS})
        title = f"{_('Kvalitetsrapport')} – {report.school} – {report.year}"
        made = datetime.combine(report.made_on, time(12))
        book.set_properties({"title": title, "author": report.school, "created": made})
        for write in _SHEETS:
            write(book, report)
        book.close()
    return written.getvalue()


def _figures(book: Any, report: Report) -> None:
    titles = [_("Indikator"), _("Hva"), _("Teller"), _("Nevner"), _("Andel"), _("Status")]
    beside = [_("Telles"), _("Holdt utenfor"), _("Versjon av definisjonen")]
    sheet = Sheet(book, _("Tall"), [*titles, *beside])
    for block in report.blocks:
        _figure(sheet, block.code, block.title, block.now, block.excluded)
        for one in (*block.parts, *block.rates):
            _figure(sheet, block.code, one.label, one, "")
        for count in block.outcomes:
            sheet.add(block.code, count.title, count.n)
    sheet.end()


def _figure(sheet: Sheet, code: str, title: str, share: Share, excluded: str) -> None:
    numbers = (share.numerator, share.denominator, _rate(share, "C", "D"))
    told = (_status(share), share.counted_on, excluded, version_of(share.definition))
    sheet.add(code, title, *numbers, *told)


def _years(book: Any, report: Report) -> None:
    titles = [_("Indikator"), _("Skoleår"), _("Teller"), _("Nevner"), _("Andel"), _("Status")]
    beside = [_("Nettverkets median"), _("Laveste"), _("Høyeste"), _("Skoler")]
    sheet = Sheet(book, _("År"), [*titles, *beside])
    for block in report.blocks:
        for share in block.years:
            _year(sheet, block, share)
    sheet.end()


def _year(sheet: Sheet, block: Block, share: Share) -> None:
    of = next((one for one in block.network if one.year == share.year), None)
    beside: tuple[Any, ...] = ()
    if of is not None:
        beside = (*map(_portion, (of.median, of.lowest, of.highest)), of.schools)
    numbers = (share.numerator, share.denominator, _rate(share, "C", "D"))
    sheet.add(block.code, str(share.year), *numbers, _status(share), *beside)


def _portion(one: Between) -> Portion | str:
    return Portion(one.least) if one.is_known else one.words


def _status(share: Share) -> str:
    """Why there is no number, or what it lies between; else whether it is frozen."""
    if share.between is not None:
        return f"{share.of}. {share.source}"
    return share.problem or share.source


def _values(book: Any, report: Report) -> None:
    titles = [_("Indikator"), _("Hva"), _("Gruppe"), _("Verdi"), _("Antall"), _("Telt"), _("Kilde")]
    sheet = Sheet(book, _("Registrerte tall"), titles)
    for kind in report.kinds:
        for one in kind.indicators:
            for row in one.rows:
                value = row.value if row.amount is None else row.amount
                told = (row.category, value, row.of, row.counted_on, row.source)
                sheet.add(one.code, one.title, *told)
    for title in report.lacking:
        sheet.add("", title, "", _("ikke registrert"))
    sheet.end()


def _measures(book: Any, report: Report) -> None:
    titles = [_("Indikator"), _("Hva slags"), _("Tekst"), _("Hvem"), _("Frist"), _("Status")]
    sheet = Sheet(book, _("Kommentarer og tiltak"), [*titles, _("Utfall")])
    for code, remarked in _all(report):
        for said in remarked.comments:
            text = f"{said.about}: {said.text}" if said.about else said.text
            sheet.add(code, _("Kommentar"), text)
        for what, steps in (
            (_("Tiltak"), remarked.measures),
            (_("Tiltak fra i fjor"), remarked.earlier),
        ):
            for one in steps:
                sheet.add(code, what, one.text, one.who, one.due, one.status, one.outcome)
    sheet.end()


def _all(report: Report) -> Iterable[tuple[str, Remarked]]:
    yield from ((block.code, block.remarked) for block in report.blocks)
    yield from ((one.code, one.remarked) for kind in report.kinds for one in kind.indicators)


def _method(book: Any, report: Report) -> None:
    sheet = Sheet(book, _("Metode"), [_("Om"), _("Hva"), _("Merk")])
    how = report.method
    about = (report.school, report.municipality, str(report.year), report.standing)
    for line in (*about, *how.about):
        sheet.add(_("Rapporten"), line)
    for title, lines in (
        (_("Små tall"), how.small),
        (_("Holdt utenfor"), how.excluded),
        (_("Registrert sent"), how.late),
        (_("Årsaker"), how.causes),
    ):
        for line in lines:
            sheet.add(title, line)
    for one in how.definitions:
        sheet.add(one.code, one.words, f"{one.counted_on}, {one.version}")
    for unclear in how.unclear:
        sheet.add(_("Der kildene spriker"), unclear.what, unclear.done)
    sheet.end()


_SHEETS: Sequence[Callable[[Any, Report], None]] = (_figures, _years, _values, _measures, _method)
