"""The frozen figures of a network: median and spread, no ranking, and one's own school beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import col
from starlette.responses import Response

from iopflow.exchange import Between, Group, merged, published
from iopflow.indicators import BY_CODE, INDICATORS, version_of
from iopflow.models import Network, School
from iopflow.queries import places
from iopflow.queries.access import visible_schools
from iopflow.queries.places import NotFound
from iopflow.roles import Action, Place
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS, frozen
from iopflow.texts import _, percent
from iopflow.web import sheet
from iopflow.web.network_svg import in_words, strip
from iopflow.web.network_values import ShownValue, shown_values
from iopflow.web.page import Page
from iopflow.web.wheel import year_of

BEFORE = 2  # years that stand beside the one shown


@dataclass(frozen=True, slots=True)
class Shown:
    """One indicator of the network, in words and as a picture."""

    code: str
    number: str
    title: str
    median: str
    middle: str
    outer: str
    schools: str
    before: Sequence[tuple[str, str]]  # the years before with their medians, the newest first
    own: str
    own_rate: float | None
    telling: str
    definition: str
    group: Group

    @property
    def words(self) -> str:
        """All that the picture tells."""
        return in_words(self)

    def picture(self, width: int = 260) -> str:
        """The strip of schools as SVG."""
        return strip(self.group, own=self.own_rate, words=self.words, width=width)


def overview(page: Page) -> Response:
    """All indicators of a network and year."""
    network, networks = network_of(page)
    years = network.years
    year = year_of(page) if page.request.query_params.get("ar") else network.newest(page)
    own = _own(page, network)
    shown = shown_of(network, year, own=_rates(page, own, year))
    values = shown_values(page, network.schools, year, before_of(year), own=own)
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(shown, values))
    return page.show(
        "network.html",
        network=network.key,
        networks=networks,
        schools=len(network.schools),
        year=year,
        years=sorted({*years, year}),
        before=before_of(year),
        shown=shown,
        values=values,
        own=own,
        download=sheet.address(page),
    )


@dataclass(frozen=True, slots=True)
class Net:
    """A network, and what its schools may show of the years they have frozen."""

    key: str
    schools: Sequence[School]
    groups: Sequence[Group]

    @property
    def years(self) -> list[Year]:
        """The years with frozen figures."""
        return sorted({Year.parse(one.year) for one in self.groups})

    def newest(self, page: Page) -> Year:
        """The newest year with frozen figures, or the one it is."""
        return max(self.years, default=Year.of(page.today))

    def of(self, year: Year) -> list[Group]:
        """Each indicator of a year at its last counting date, in their order."""
        dates = list(COUNTINGS)
        found: dict[tuple[str, str], Group] = {}
        for one in self.groups:
            key = (one.indicator, one.definition)
            before = found.get(key)
            newer = before is None or dates.index(one.counted) > dates.index(before.counted)
            if one.year == str(year) and newer:
                found[key] = one
        places_of = {one.code: place for place, one in enumerate(INDICATORS)}
        return sorted(found.values(), key=lambda one: (places_of[one.indicator], one.definition))


def network_of(page: Page) -> tuple[Net, list[str]]:
    """The network of the address, or the first that the person has to do with, and all of them.

    What is read of the schools is only what they may show: nothing else leaves this function.
    """
    keys = _networks(page)
    asked = page.request.query_params.get("nett")
    key = next((one for one in keys if asked in (None, "", one)), None)
    if key is None:
        if asked or keys:
            raise NotFound(_("Fant ikke nettverket."))
        return Net("", [], []), []
    schools = places.schools(page.session, network=key)
    this = Year.of(page.today)
    years = [Year(start) for start in range(this.start - 9, this.start + 2)]
    return Net(key, schools, merged(published(page.session, schools, years), split=True)), keys


def _networks(page: Page) -> list[str]:
    """The networks of the person's schools, and those the person works for."""
    who = page.who
    schools = visible_schools(who, page.session, Action.NETWORK)
    ids = {one.network_id for one in schools} | who.at(Place.NETWORK, Action.NETWORK)
    statement = select(col(Network.key)).where(or_(col(Network.id).in_(ids - {None})))
    return sorted(set(page.session.execute(statement).scalars()))


def _own(page: Page, network: Net) -> School | None:
    """The school that the person leads, in the network."""
    led = page.who.at(Place.SCHOOL, Action.NETWORK)
    return next((one for one in network.schools if one.number in led), None)


def _rates(page: Page, own: School | None, year: Year) -> Mapping[tuple[str, str], float | None]:
    """The own school's shares as they were frozen: whoever leads it sees them whole."""
    if own is None:
        return {}
    found: list[dict[str, Any]] = frozen(page.session, schools=[own.number], year=year)
    return {(one["indicator"], one["counted"]): one["rate"] for one in found}


def before_of(year: Year) -> list[Year]:
    """The years that stand beside a year, the newest first."""
    return [Year(year.start - back) for back in range(1, BEFORE + 1)]


def shown_of(
    network: Net, year: Year, *, own: Mapping[tuple[str, str], float | None] | None = None
) -> list[Shown]:
    """The indicators of a year, with the years before by the same definition."""
    earlier = {
        one: {group.indicator: group for group in network.of(one)} for one in before_of(year)
    }
    found = []
    for group in network.of(year):
        one = BY_CODE[group.indicator]
        key = (group.indicator, group.counted)
        rate = (own or {}).get(key)
        before = [
            (str(past), _past(group, groups.get(group.indicator)))
            for past, groups in earlier.items()
        ]
        found.append(
            Shown(
                one.code,
                one.number,
                one.title.get(),
                word(group.median),
                _pair(group.lower, group.upper),
                _pair(group.least, group.most),
                _schools(group),
                before,
                percent(rate, 0) if rate is not None else "",
                rate,
                group.counted,
                group.definition,
                group,
            )
        )
    return found


def _past(now: Group, before: Group | None) -> str:
    """The median of a year before, where it was counted in the same way."""
    if before is None:
        return ""
    if before.definition != now.definition:
        return _("telt på en annen måte")
    return word(before.median)


def word(lies: Between | None) -> str:
    """A share, or the two that it lies between; empty for none."""
    return lies.words if lies is not None else ""


def _pair(lower: Between | None, upper: Between | None) -> str:
    if lower is None or upper is None:
        return ""
    return _("{lower} og {upper}").format(lower=word(lower), upper=word(upper))


def _schools(group: Group) -> str:
    """How many schools are in the figure, and why the others are not."""
    told = [
        _("{shown} av {n} skoler er med.").format(shown=len(group.shares), n=len(group.figures))
    ]
    if group.not_shown:
        told.append(_("{n} har for små tall.").format(n=group.not_shown))
    if group.without_cases:
        told.append(_("{n} hadde ingen å telle.").format(n=group.without_cases))
    return " ".join(told)


def _sheet(shown: Sequence[Shown], values: Sequence[ShownValue]) -> sheet.Sheet:
    """The computed figures and then the registered ones, a line a category."""
    share = _("andel")
    rows = [
        (f"{one.number} {one.title}", "", share, one, version_of(one.definition), one.telling)
        for one in shown
    ] + [
        (f"{one.number} {one.title}", part.title, one.sign, part, "", one.when)
        for one in values
        for part in one.parts
    ]
    return sheet.Sheet.of(
        "nettverk",
        [
            (_("Indikator"), lambda row: row[0]),
            (_("Del"), lambda row: row[1]),
            (_("Enhet"), lambda row: row[2]),
            (_("Telling"), lambda row: row[5]),
            (_("Median"), lambda row: row[3].median),
            (_("Halvparten mellom"), lambda row: row[3].middle),
            (_("Lavest og høyest"), lambda row: row[3].outer),
            (_("Skoler"), lambda row: row[3].schools),
            (_("Skolen vår"), lambda row: row[3].own),
            (_("Versjon av definisjonen"), lambda row: row[4]),
        ],
        rows,
    )
