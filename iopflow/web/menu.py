"""Which pages a person is offered, and where a person begins: the start page is the job (ux 1)."""

from dataclasses import dataclass

from iopflow.queries.access import Viewer
from iopflow.roles import ROLES, Action, Place
from iopflow.texts import _
from iopflow.web.page import Page

SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the menu, and the pages that stand together behind it, itself among them."""

    href: str
    title: str
    within: tuple["Item", ...] = ()

    def is_at(self, path: str) -> bool:
        """Whether a page is this entry's own, or below it."""
        return path == self.href or path.startswith(f"{self.href}/")

    def holds(self, path: str) -> bool:
        """Whether a page is behind this entry. A page below another entry's is that one's."""
        return any(one.is_at(path) for one in self.within or (self,))


@dataclass(frozen=True, slots=True)
class Card:
    """One entry of the page Oppsett: where it leads, and what is done there."""

    href: str
    title: str
    text: str


def menu(page: Page) -> list[Item]:
    """The pages that the person's roles open, in the order of the work.

    Those who lead have so many that what belongs together shares an entry: one line on a laptop.
    """
    who = page.who
    leads = _leads(who)
    items = []
    if who.may(Action.QUEUE):
        items.append(Item("/ppt", _("PPT-kø")))
    if leads:
        items.append(Item("/matrise", _("Hvem mangler hva")))
    own = []
    if who.may(Action.SEE) and _answers(who):
        own.append(Item("/mine", _("Mine elever")))
    if who.may(Action.COMPLETE):
        own.append(Item("/masse", _("Før flere")))
    items += _together(own, leads)
    if who.may(Action.COMPLETE):
        items.append(Item("/samtaler", _("Samtaler")))
    if who.may(Action.REGISTER_CASE):
        cases = [Item("/saker", _("Saker")), Item("/behov", _("Behov neste år"))]
        items += _together(cases, leads)
    if who.may(Action.FIGURES):
        items.append(Item("/indikatorer", _("Indikatorer"), tuple(_figures(who))))
    elif who.may(Action.VALUES):
        items += _together(_figures(who), share=True)
    meetings = []
    if who.may(Action.INVITE):
        meetings.append(Item("/moter", _("Møter")))
    if who.may(Action.MEET_PPT) and not who.may(Action.QUEUE):
        meetings.append(Item("/ppt/moter", _("PPT-møter")))
    items += _together(meetings, leads)
    if _gives_on(who) and not leads:
        items.append(Item("/vikar", _("Vikar")))
    if who.may(Action.SEE) or who.may(Action.FIGURES):
        year = [Item("/arshjul", _("Årshjul")), Item("/kalender", _("Kalender"))]
        items += _together(year, leads)
    if who.may(Action.ADMINISTER):
        items.append(Item("/drift", _("Drift")))
    if arrangements(page):
        items.append(Item("/oppsett", _("Oppsett")))
    return items


def _together(items: list[Item], share: bool) -> list[Item]:
    """The entries as they are, or as one that is called as the first."""
    if not share or len(items) < SEVERAL:
        return items
    return [Item(items[0].href, items[0].title, tuple(items))]


def _figures(who: Viewer) -> list[Item]:
    """The pages of figures: computed, registered, counting dates, and what is done about them."""
    computed = [Item("/indikatorer", _("P1–P10"))] if who.may(Action.FIGURES) else []
    if who.may(Action.FIGURES):
        computed.append(Item("/prognose", _("Prognose")))
    found = [*computed, Item("/verdier", _("Registrerte tall")), Item("/telling", _("Telling"))]
    if who.may(Action.REMARKS):
        found.append(Item("/tiltak", _("Tiltak og avvik")))
    if who.may(Action.NETWORK):
        found.append(Item("/nettverk", _("Nettverket")))
    if who.may(Action.REPORT):
        found.append(Item("/rapport", _("Rapport")))
    return found


def _gives_on(who: Viewer) -> bool:
    return (who.may(Action.SEE) or who.may(Action.HAND_OVER)) and _answers(who)


def arrangements(page: Page) -> list[Card]:
    """What is done a few times a year, and so has no place in the menu of the daily work."""
    who = page.who
    cards = [
        (
            who.may(Action.IMPORT),
            Card(
                "/import",
                _("Import"),
                _("Elever, ansatte, klasser og saker fra fil, med kontroll før noe lagres."),
            ),
        ),
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
        (
            who.may(Action.AUDIT),
            Card("/innsyn", _("Hvem har sett"), _("Hvem som har åpnet sidene om elevene, og når.")),
        ),
        (
            _leads(who) and _gives_on(who),
            Card("/vikar", _("Vikar"), _("Gi ansvaret til en annen, for en tid eller for godt.")),
        ),
        (
            who.may(Action.INVITE),
            Card("/sporsmal", _("Spørsmål"), _("Det du har spurt kolleger om, og hva de svarte.")),
        ),
        (
            who.may(Action.HAND_OVER),
            Card("/personer", _("Personer"), _("Hvem som har hvilke roller, og til når.")),
        ),
        (
            who.may(Action.ROLLOVER),
            Card(
                "/skolerute",
                _("Skolerute"),
                _("Første og siste skoledag og fridagene, som fristene regnes fra."),
            ),
        ),
        (
            who.may(Action.WHEEL),
            Card(
                "/arshjul/rediger",
                _("Årshjulet vårt"),
                _("Skolens egne frister, ansvarlige og steg, med forhåndsvisning."),
            ),
        ),
    ]
    return [card for may, card in cards if may]


def start(who: Viewer) -> str:
    """The page of the person's own job."""
    if who.at(Place.SCHOOL, Action.FIGURES) or not who.may(Action.SEE):
        if who.may(Action.FIGURES):
            return "/indikatorer"
        if who.may(Action.ADMINISTER):
            return "/drift"
        return "/oppsett" if who.may(Action.IMPORT) else "/hjem"
    if _leads(who):
        return "/matrise"
    if who.may(Action.IMPORT) and not who.may(Action.COMPLETE):  # the office: nothing to tick
        return "/oppsett"
    return "/mine" if who.may(Action.COMPLETE) or not who.may(Action.QUEUE) else "/ppt"


def _answers(who: Viewer) -> bool:
    """Whether the person holds anything but the role of one who looks on."""
    return any(ROLES[grant.role].answers for grant in who.grants)


def _leads(who: Viewer) -> bool:
    return who.may(Action.COMPLETE) and who.may(Action.EXPLAIN)
