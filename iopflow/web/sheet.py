"""A list of a page as its columns: the same rows go to the screen and to the file one downloads."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.responses import Response

from iopflow.queries.readings import pupils_by_school
from iopflow.sheets import xlsx
from iopflow.web.page import Page

T = TypeVar("T")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a list shows, with its filters in use. `name` is of the page and never of a pupil."""

    name: str
    titles: Sequence[str]
    rows: Sequence[Sequence[Any]]
    pupils: Collection[int] = ()  # by number: that they are taken out is noted, as a number

    @classmethod
    def of(
        cls,
        name: str,
        columns: Sequence[tuple[str, Callable[[T], Any]]],
        shown: Sequence[T],
        pupils: Collection[int] = (),
    ) -> "Sheet":
        """The sheet of the things shown, in their order, by columns: title and reader."""
        rows = [[read(one) for _title, read in columns] for one in shown]
        return cls(name, [title for title, _read in columns], rows, pupils)


def is_wanted(page: Page) -> bool:
    """Whether the address asks for the file and not for the page."""
    return page.request.query_params.get("format") == "xlsx"


def download(page: Page, sheet: Sheet) -> Response:
    """The list as a file."""
    page.listed |= pupils_by_school(page.session, sheet.pupils, today=page.today)
    name = f"iopflow-{sheet.name}-{page.today.isoformat()}.xlsx"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(xlsx(sheet.titles, sheet.rows), media_type=XLSX, headers=headers)


def address(page: Page) -> str:
    """Where the file is: the page's own address, with its filters."""
    asked = page.request.url.remove_query_params(["fort", "hva", "format"])
    url = asked.include_query_params(format="xlsx")
    return f"{url.path}?{url.query}"
