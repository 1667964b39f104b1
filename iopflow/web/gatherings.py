"""The gatherings of a network, one indicator a screen: first the figures, then the objections.

What is talked of at which gathering, and in which order, is the seed's (Årshjul IKIT; «se på
tallene først, deretter diskutere motforestilling mot tallene», K. Roald). No school is named, and
none is shown as one's own: everybody looks at the same screen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from iopflow.indicator_words import purpose
from iopflow.queries.places import NotFound
from iopflow.registered import Kind
from iopflow.tellinger import COUNTINGS
from iopflow.texts import N_, _
from iopflow.web.network import before_of, network_of, shown_of
from iopflow.web.network_values import ShownValue, shown_values
from iopflow.web.page import Page
from iopflow.web.wheel import year_of

ALL = "alle"
_EVERY = tuple(COUNTINGS)
_SPRING = ("0103", "0106", "skoleslutt")
_BUT_MONEY = (Kind.STRUKTUR, Kind.TJENESTE, Kind.RESULTAT)  # «unntatt øk.»


@dataclass(frozen=True, slots=True)
class Gathering:
    """A gathering: when it is held, what is on it, and the counting dates it looks at.

    `kinds` are those of the registered figures; with `resources` they come first.
    """

    title: str
    when: str
    about: str
    counted: tuple[str, ...] = _EVERY
    kinds: tuple[Kind, ...] = _BUT_MONEY
    resources: bool = False
    developing: bool = False  # whether the years before stand beside


GATHERINGS: Mapping[str, Gathering] = {
    "1": Gathering(
        N_("IKIT-samling 1"), N_("januar eller februar"), N_("Drøfte og analysere indikatorene")
    ),
    "2": Gathering(
        N_("IKIT-samling 2"),
        N_("april"),
        N_("Drøfte tallene sammen med ressursbruken og økonomien"),
        kinds=tuple(Kind),
        resources=True,
    ),
    "3": Gathering(
        N_("IKIT-samling 3"), N_("september"), N_("Vårens tall"), _SPRING, kinds=tuple(Kind)
    ),
    "4": Gathering(
        N_("IKIT-samling 4"), N_("oktober eller november"), N_("Drøfte alle indikatorene")
    ),
    "juni": Gathering(
        N_("Fellessamling med skoleeierne"),
        N_("juni"),
        N_("Resultatene, utviklingen over tid, og tiltak på tvers"),
        kinds=tuple(Kind),
        developing=True,
    ),
}


def _questions(gathering: Gathering) -> list[str]:
    """What to talk of at each figure, in this order."""
    found = [
        _("Se på tallet først: hva viser det?"),
        _("Hvor har vi ulik praksis? Hva er vi nysgjerrige på hos de andre?"),
        _("Først nå: hvilke motforestillinger har vi mot tallet, og hvilke feilkilder?"),
        _("Hva tar vi med hjem og prøver?"),
    ]
    if gathering.developing:
        found[1] = _("Hva har endret seg, og hva gjorde skolene da?")
        found[3] = _("Hvilke tiltak kan vi gjøre sammen, på tvers av skolene?")
    return found


def gathering(page: Page) -> Response:
    """One screen of a gathering, or all of them for the printer."""
    key = page.request.url.path.rpartition("/")[2]  # a route for each
    one = GATHERINGS[key]
    network, _keys = network_of(page)
    year = year_of(page) if page.request.query_params.get("ar") else network.newest(page)
    computed = [found for found in shown_of(network, year) if found.telling in one.counted]
    values = shown_values(
        page, network.schools, year, before_of(year), kinds=one.kinds, counted=one.counted
    )
    figures = [(found, purpose(found.code).get(), False) for found in computed]
    registered = [(found, found.purpose, True) for found in sorted(values, key=_money_first)]
    shown = [*registered, *figures] if one.resources else [*figures, *registered]
    screen = _screen(page, len(shown))
    address = f"/nettverk/samling/{key}?nett={quote(network.key)}&ar={year}"
    return page.show(
        "gathering.html",
        title=_(one.title),
        when=_(one.when),
        about=_(one.about),
        developing=one.developing,
        network=network.key,
        schools=len(network.schools),
        year=year,
        shown=[(place, *found) for place, found in enumerate(shown, 1)],
        screen=screen,
        last=len(shown) + 1,
        every=screen is None,
        questions=_questions(one),
        address=address,
        wide=True,
    )


def _money_first(one: ShownValue) -> bool:
    """Money and what it is spent on open the talk; the rest keep their order."""
    return one.kind is not Kind.OKONOMI


def _screen(page: Page, figures: int) -> int | None:
    """The number of the screen: 0 begins, one after the last figure ends; None for all."""
    asked = page.request.query_params.get("bilde", "0")
    if asked == ALL:
        return None
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 4):
        raise NotFound(_("Fant ikke bildet."))
    if int(asked) > figures + 1:
        raise NotFound(_("Fant ikke bildet."))
    return int(asked)
