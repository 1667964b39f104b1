"""Files of frozen figures from several schools, laid together on a page: nothing is stored.

What is refused is said by the name of the file and what to do; what is left is shown as the page of
the network shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from iopflow.exchange import Group, conflicts, merged, parsed
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from iopflow.texts import _, counted
from iopflow.web.network import Net, Shown, before_of, shown_of
from iopflow.web.page import LARGEST_UPLOAD, Page
from iopflow.web.uploads import safe_name

MOST_FILES = 500  # a school each


@dataclass(frozen=True, slots=True)
class File:
    """A file that was sent: what is in it, or why it is refused."""

    name: str
    told: str
    refused: bool


@dataclass(frozen=True, slots=True)
class OfYear:
    """The figures of one school year, with the years before it."""

    year: Year
    before: Sequence[Year]
    shown: Sequence[Shown]


def start(page: Page) -> Response:
    """The form."""
    return _show(page)


def merge(page: Page) -> Response:
    """What the files say together; they are gone when the answer is."""
    if page.files(""):
        why = _("Filene er til sammen større enn {mb} MB: ta noen om gangen.")
        return _show(page, why=why.format(mb=LARGEST_UPLOAD >> 20), status=422)
    sent = [one for one in page.files("fil") if one.name or one.content]
    if not sent:
        return _show(page, why=_("Velg minst én fil først."), status=422)
    files: list[File] = []
    schools: list[Mapping[str, Any]] = []
    for one in sent:
        name = safe_name(one.name)
        try:
            found = parsed(one.content or b"", name)["schools"]
        except Refused as refused:
            files.append(File(name, str(refused), refused=True))
            continue
        # What is said of a school names the file it came from as well.
        schools += [school | {"name": f"{school['name']}, {name}"} for school in found]
        files.append(File(name, _holds(found), refused=False))
    return _merged(page, files, schools)


def _holds(schools: Sequence[Mapping[str, Any]]) -> str:
    """What is in a file: its schools by name, how many figures, and of which years."""
    figures = [figure for one in schools for figure in one["figures"]]
    return _("{schools}: {figures} for {years}").format(
        schools=", ".join(one["name"] for one in schools),
        figures=counted(len(figures), _("{n} tall"), _("{n} tall")),
        years=", ".join(sorted({figure["year"] for figure in figures})) or "–",
    )


def _merged(page: Page, files: Sequence[File], schools: Sequence[Mapping[str, Any]]) -> Response:
    said: list[str] = []
    wrong: list[str] = []
    groups: list[Group] = []
    try:
        groups = merged(schools, split=True, said=said)
    except Refused as refused:
        wrong.append(str(refused))
    different = conflicts(groups)
    remedy = _("Be skolene om å bruke samme versjon av iopflow og fryse på nytt.")
    wrong += [f"{one.words} {remedy}" for one in different]
    apart = {(one.year, one.indicator) for one in different}
    kept = [one for one in groups if (one.year, one.indicator) not in apart]
    there = {(one["owner"], one["school"]) for group in kept for one, _figure in group.figures}
    return _show(
        page,
        files=files,
        said=said,
        wrong=wrong,
        schools=len(there),
        years=_years(kept),
        status=200 if kept else 422,
    )


def _years(groups: Sequence[Group]) -> list[OfYear]:
    """The figures by year, the newest first."""
    network = Net("", (), groups)
    return [
        OfYear(year, before_of(year), shown_of(network, year)) for year in reversed(network.years)
    ]


def _show(
    page: Page,
    *,
    why: str = "",
    files: Sequence[File] = (),
    said: Sequence[str] = (),
    wrong: Sequence[str] = (),
    schools: int = 0,
    years: Sequence[OfYear] = (),
    status: int = 200,
) -> Response:
    return page.show(
        "network_files.html",
        status=status,
        why=why,
        files=files,
        said=said,
        wrong=wrong,
        schools=schools,
        years=years,
        most=LARGEST_UPLOAD >> 20,
    )
