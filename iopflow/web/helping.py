"""Hjelp: what each role does here, with a link to each job, and the words (ux 1, WCAG 3.2.6)."""

from dataclasses import dataclass

from starlette.responses import Response

from iopflow.roles import HOLDABLE, ROLES
from iopflow.texts import Text, sort_key
from iopflow.web import help as words
from iopflow.web.menu import arrangements, menu
from iopflow.web.page import Page

# Pages that all may open who are logged in, and that stand in the footer.
EVERYBODY = ("/vikar", "/paminnelser", "/kalender", "/arshjul", "/historikk", "/oppsett")


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that people come here to do: where, and how."""

    href: str
    title: Text
    text: Text


JOBS: tuple[Job, ...] = (
    Job(
        "/mine",
        Text("Se hva du må gjøre nå", "Sjå kva du må gjere no", "See what you must do now"),
        Text(
            "Åpne Mine elever. Det som haster, står øverst. Trykk Ferdig og Lagre; dagens dato er "
            "fylt ut. Angre står rett etter.",
            "Opne Mine elevar. Det som hastar, står øvst. Trykk Ferdig og Lagre; dagens dato er "
            "fylt ut. Angre står rett etter.",
            "Open My pupils. What is urgent stands first. Press Done and Save; today's date is "
            "filled in. Undo is offered right after.",
        ),
    ),
    Job(
        "/masse",
        Text("Føre et steg for mange", "Føre eit steg for mange", "Record a step for many"),
        Text(
            "Velg steg og klasse, kryss av elevene, og før alle med ett trykk. Alle kan angres "
            "samlet.",
            "Vel steg og klasse, kryss av elevane, og før alle med eitt trykk. Alle kan angrast "
            "samla.",
            "Choose step and class, tick the pupils, and record all at once. All can be undone "
            "together.",
        ),
    ),
    Job(
        "/vikar",
        Text("Sette inn en vikar", "Setje inn ein vikar", "Set a substitute"),
        Text(
            "Velg hvem som er borte, vikaren og dagene. Du ser hva som skjer før det lagres. "
            "Ingen grunn til fraværet skal skrives.",
            "Vel kven som er borte, vikaren og dagane. Du ser kva som skjer før det blir lagra. "
            "Ingen grunn til fråværet skal skrivast.",
            "Choose who is away, the substitute and the days. You see what happens before it is "
            "saved. No reason for the absence is to be written.",
        ),
    ),
    Job(
        "/kalender",
        Text(
            "Få fristene i kalenderen din",
            "Få fristane i kalenderen din",
            "Get the deadlines in your calendar",
        ),
        Text(
            "Lag en adresse og lim den inn i Outlook, Google eller telefonen.",
            "Lag ei adresse og lim ho inn i Outlook, Google eller telefonen.",
            "Make an address and paste it into Outlook, Google or the phone.",
        ),
    ),
    Job(
        "/matrise",
        Text("Se hvem som mangler hva", "Sjå kven som manglar kva", "See who lacks what"),
        Text(
            "Klasse mot steg. Trykk på en celle for å se elevene og spørre den det gjelder.",
            "Klasse mot steg. Trykk på ei celle for å sjå elevane og spørje den det gjeld.",
            "Class against step. Press a cell to see the pupils and ask the right person.",
        ),
    ),
    Job(
        "/behov",
        Text(
            "Avklare behov for neste år",
            "Avklare behov for neste år",
            "Decide on needs for next year",
        ),
        Text(
            "Reglene foreslår hvem som trenger noe nytt; du avgjør for mange samtidig.",
            "Reglane føreslår kven som treng noko nytt; du avgjer for mange samtidig.",
            "The rules propose who needs something new; you decide for many at once.",
        ),
    ),
    Job(
        "/saker",
        Text("Følge sakene", "Følgje sakene", "Follow the cases"),
        Text(
            "Hvem som har neste trekk i hver sak, og siden når. Det som skjer, føres på sakens "
            "side.",
            "Kven som har neste trekk i kvar sak, og sidan når. Det som skjer, blir ført på sida "
            "til saka.",
            "Whose turn it is in each case, and since when. What happens is recorded on its page.",
        ),
    ),
    Job(
        "/indikatorer",
        Text(
            "Se tallene og elevene bak",
            "Sjå tala og elevane bak",
            "See the figures and who is behind",
        ),
        Text(
            "Hvert tall er en lenke til det som ligger bak. De som eier skolen, ser bare tall.",
            "Kvart tal er ei lenkje til det som ligg bak. Dei som eig skulen, ser berre tal.",
            "Every figure is a link to what lies behind it. School owners see figures only.",
        ),
    ),
    Job(
        "/frys",
        Text("Fryse en telling", "Fryse ei teljing", "Freeze a count"),
        Text(
            "Ved 1. mars, 1. juni, skoleslutt og 1. oktober. Du ser tallene før du signerer.",
            "Ved 1. mars, 1. juni, skuleslutt og 1. oktober. Du ser tala før du signerer.",
            "On 1 March, 1 June, the end of school and 1 October. You see the figures before you "
            "sign.",
        ),
    ),
    Job(
        "/moter",
        Text("Kalle inn til møter", "Kalle inn til møte", "Call meetings"),
        Text(
            "Innkallingen går på e-post med ja- og nei-lenke, og svarene samles her.",
            "Innkallinga går på e-post med ja- og nei-lenkje, og svara blir samla her.",
            "The invitation goes by e-mail with links for yes and no, and answers gather here.",
        ),
    ),
    Job(
        "/ppt",
        Text("Arbeide i PPT-køen", "Arbeide i PPT-køen", "Work in PPT's queue"),
        Text(
            "Sakene etter frist. Før at vurderingen foreligger, eller send tilbake med hva som "
            "mangler.",
            "Sakene etter frist. Før at vurderinga ligg føre, eller send tilbake med kva som "
            "manglar.",
            "The cases by deadline. Record that the assessment is in place, or send back with what "
            "is missing.",
        ),
    ),
    Job(
        "/personer",
        Text(
            "Gi roller, og avslutte dem",
            "Gi roller, og avslutte dei",
            "Give roles, and end them",
        ),
        Text(
            "Finn personen, velg rolle, sted og dager. Slutter noen, avsluttes alt samme dag, og "
            "en annen overtar.",
            "Finn personen, vel rolle, stad og dagar. Sluttar nokon, blir alt avslutta same dag, "
            "og ein annan tek over.",
            "Find the person, choose role, place and days. When somebody leaves, all ends the same "
            "day and another takes over.",
        ),
    ),
    Job(
        "/drift",
        Text("Se at alt går ut", "Sjå at alt går ut", "See that everything goes out"),
        Text(
            "Klokken, e-posten og sikkerhetskopien. Avviste adresser rettes på Personer.",
            "Klokka, e-posten og tryggingskopien. Avviste adresser blir retta på Personar.",
            "The clock, the mail and the backup. Refused addresses are mended on People.",
        ),
    ),
    Job(
        "/paminnelser",
        Text(
            "Velge hvor ofte du blir minnet på",
            "Velje kor ofte du blir mint på",
            "Choose how often you are reminded",
        ),
        Text(
            "Der står også når neste e-post kommer, og hvorfor.",
            "Der står òg når neste e-post kjem, og kvifor.",
            "It also says when the next e-mail comes, and why.",
        ),
    ),
    Job(
        "/historikk",
        Text(
            "Se hva som er gjort, og angre",
            "Sjå kva som er gjort, og angre",
            "See what was done, and undo",
        ),
        Text(
            "Alt du og dine har ført. Det du selv har gjort de siste 30 dagene, kan du angre.",
            "Alt du og dine har ført. Det du sjølv har gjort dei siste 30 dagane, kan du angre.",
            "All that you and yours recorded. What you did in the last 30 days you can undo.",
        ),
    ),
)


def jobs(page: Page) -> list[Job]:
    """The jobs of the roles that the person holds, in the order of the table."""
    if page.viewer is None:
        return []
    opened = {one.href for one in menu(page)} | {one.href for one in arrangements(page)}
    return [job for job in JOBS if job.href in opened or job.href in EVERYBODY]


def overview(page: Page) -> Response:
    """What one does here, and the words; open to all, so that it is there before the log-in."""
    held = dict.fromkeys(grant.role for grant in page.viewer.grants) if page.viewer else {}
    known = sorted(words.terms().items(), key=lambda one: _order(one[1].title.get()))
    return page.show(
        "help.html",
        jobs=jobs(page),
        held=[ROLES[key].title.get() for key in held],
        words=[(key, term) for key, term in known],
        roles=[ROLES[key] for key in HOLDABLE],
        contact=page.site.settings.mail_reply_to,
    )


def _order(title: str) -> str:
    """By the alphabet, and P10 after P9."""
    return sort_key(f"{title[:1]}{title[1:]:0>3}" if title[1:].isdecimal() else title)
