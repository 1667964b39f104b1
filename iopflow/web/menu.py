"""Which pages a person is offered, and where a person begins: the start page is the job (ux 1)."""

from dataclasses import dataclass

from iopflow.queries.access import Viewer
from iopflow.roles import ROLES, Action, Place
from iopflow.texts import _
from iopflow.web.page import Page


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the menu."""

    href: str
    title: str


@dataclass(frozen=True, slots=True)
class Card:
    """One entry of the page Oppsett: where it leads, and what is done there."""

    href: str
    title: str
    text: str


def menu(page: Page) -> list[Item]:
    """The pages that the person's roles open, in the order of the work."""
    who = page.who
    items = []
    if who.may(Action.QUEUE):
        items.append(Item("/ppt", _("PPT-kø")))
    if who.may(Action.SEE) and _answers(who):
        items.append(Item("/mine", _("Mine elever")))
    if who.may(Action.COMPLETE):
        items.append(Item("/masse", _("Før flere")))
    if _leads(who):
        items.append(Item("/matrise", _("Hvem mangler hva")))
    if who.may(Action.REGISTER_CASE):
        items.append(Item("/behov", _("Behov neste år")))
    if who.may(Action.REGISTER_CASE):
        items.append(Item("/saker", _("Saker")))
    if who.may(Action.FIGURES):
        items.append(Item("/indikatorer", _("Indikatorer")))
    if who.may(Action.INVITE):
        items.append(Item("/moter", _("Møter")))
    if who.may(Action.MEET_PPT) and not who.may(Action.QUEUE):
        items.append(Item("/ppt/moter", _("PPT-møter")))
    if (who.may(Action.SEE) or who.may(Action.HAND_OVER)) and _answers(who):
        items.append(Item("/vikar", _("Vikar")))
    if who.may(Action.SEE) or who.may(Action.FIGURES):
        items.append(Item("/arshjul", _("Årshjul")))
        items.append(Item("/kalender", _("Kalender")))
    if who.may(Action.ADMINISTER):
        items.append(Item("/drift", _("Drift")))
    if arrangements(page):
        items.append(Item("/oppsett", _("Oppsett")))
    return items


def arrangements(page: Page) -> list[Card]:
    """What is done a few times a year, and so has no place in the menu of the daily work."""
    who = page.who
    cards = [
        (
            who.may(Action.ROLLOVER),
            Card(
                "/arsskifte",
                _("Årsskifte"),
                _("Klargjør neste skoleår og åpne det, ett steg om gangen."),
            ),
        ),
        (
            who.may(Action.IMPORT),
            Card(
                "/enheter",
                _("Klasser og avdelinger"),
                _("Nye, nytt navn, del, slå sammen og lukk."),
            ),
        ),
        (
            who.may(Action.IMPORT) and who.may(Action.SEE),
            Card(
                "/like-elever",
                _("Like elever"),
                _("Samme elev lagt inn to ganger: slå sammen, eller si at de er to."),
            ),
        ),
        (
            who.may(Action.FREEZE),
            Card(
                "/frys", _("Frys en telling"), _("Tallene ved en telledato, med forhåndsvisning.")
            ),
        ),
    ]
    return [card for may, card in cards if may]


def start(who: Viewer) -> str:
    """The page of the person's own job."""
    if who.at(Place.SCHOOL, Action.FIGURES) or not who.may(Action.SEE):
        if who.may(Action.FIGURES):
            return "/indikatorer"
        return "/drift" if who.may(Action.ADMINISTER) else "/hjem"
    if _leads(who):
        return "/matrise"
    return "/mine" if who.may(Action.COMPLETE) or not who.may(Action.QUEUE) else "/ppt"


def _answers(who: Viewer) -> bool:
    """Whether the person holds anything but the role of one who looks on."""
    return any(ROLES[grant.role].answers for grant in who.grants)


def _leads(who: Viewer) -> bool:
    return who.may(Action.COMPLETE) and who.may(Action.EXPLAIN)
