"""What iopflow says of itself: how accessible it is, and what it stores and who sees that."""

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from iopflow.texts import Text
from iopflow.web.page import Page

ASSESSED = date(2026, 11, 27)  # the day on which the accessibility was last gone through


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, one sentence or more a line."""

    key: str
    title: Text
    lines: tuple[Text, ...]


ACCESSIBILITY: tuple[Section, ...] = (
    Section(
        "status",
        Text("Hva vi mener å oppfylle", "Kva vi meiner å oppfylle", "What we claim"),
        (
            Text(
                "Sidene er laget for å oppfylle WCAG 2.1 på nivå A og AA, som forskriften om "
                "universell utforming krever av offentlige virksomheter.",
                "Sidene er laga for å oppfylle WCAG 2.1 på nivå A og AA, som forskrifta om "
                "universell utforming krev av offentlege verksemder.",
                "The pages are made to meet WCAG 2.1 at levels A and AA, as the regulation on "
                "universal design requires of public bodies.",
            ),
            Text(
                "Vi sikter mot WCAG 2.2 nivå AA, men hevder det ikke ennå.",
                "Vi siktar mot WCAG 2.2 nivå AA, men hevdar det ikkje enno.",
                "We aim for WCAG 2.2 level AA, but do not claim it yet.",
            ),
        ),
    ),
    Section(
        "proving",
        Text("Slik er det prøvd", "Slik er det prøvd", "How it was tested"),
        (
            Text(
                "Ved hver endring: programmet axe på sidene i tre bredder (1280, 390 og 320 "
                "punkter), på bokmål og nynorsk, uten funn.",
                "Ved kvar endring: programmet axe på sidene i tre breidder (1280, 390 og 320 "
                "punkt), på bokmål og nynorsk, utan funn.",
                "At every change: the program axe on the pages at three widths (1280, 390 and 320 "
                "pixels), in bokmål and nynorsk, without findings.",
            ),
            Text(
                "Ved hver endring: ingen vannrett rulling ved 320 punkter, trykkflater på minst 24 "
                "punkter, og arbeidet gjort bare med tastatur og uten JavaScript.",
                "Ved kvar endring: inga vassrett rulling ved 320 punkt, trykkflater på minst 24 "
                "punkt, og arbeidet gjort berre med tastatur og utan JavaScript.",
                "At every change: no sideways scroll at 320 pixels, targets of at least 24 pixels, "
                "and the work done by keyboard only and without JavaScript.",
            ),
            Text(
                "Skjermleser, 200 % tekst og tvungne farger prøves for hånd av den som innfører "
                "iopflow; det er ikke dokumentert her ennå.",
                "Skjermlesar, 200 % tekst og tvinga fargar blir prøvde for hand av den som "
                "innfører iopflow; det er ikkje dokumentert her enno.",
                "Screen readers, 200 % text and forced colours are tried by hand by whoever "
                "introduces iopflow; that is not documented here yet.",
            ),
        ),
    ),
    Section(
        "faults",
        Text("Kjente mangler", "Kjende manglar", "Known faults"),
        (
            Text(
                "Årshjulet er en tegning. Det samme står i tabellen ved siden av, som er den "
                "tilgjengelige utgaven.",
                "Årshjulet er ei teikning. Det same står i tabellen ved sida av, som er den "
                "tilgjengelege utgåva.",
                "The annual wheel is a drawing. The table beside it says the same and is the "
                "accessible version.",
            ),
            Text(
                "Utskrifter og nedlastede regneark er ikke prøvd med skjermleser.",
                "Utskrifter og nedlasta rekneark er ikkje prøvde med skjermlesar.",
                "Prints and downloaded spreadsheets have not been tried with a screen reader.",
            ),
        ),
    ),
)
PRIVACY: tuple[Section, ...] = (
    Section(
        "stored",
        Text("Hva som lagres", "Kva som blir lagra", "What is stored"),
        (
            Text(
                "Om elever: navn, fødselsmåned, skole, klasse, og hva som er gjort og avgjort i "
                "IOP-året og i saken. Ikke fødselsnummer, diagnoser eller selve dokumentene.",
                "Om elevar: namn, fødselsmånad, skule, klasse, og kva som er gjort og avgjort i "
                "IOP-året og i saka. Ikkje fødselsnummer, diagnosar eller sjølve dokumenta.",
                "Of pupils: name, month of birth, school, class, and what was done and decided in "
                "the IEP year and the case. No identity number, diagnosis, or the documents.",
            ),
            Text(
                "Om ansatte: navn, e-post på jobb, innloggingsnavn, roller, og hva de har ført.",
                "Om tilsette: namn, e-post på jobb, innloggingsnamn, roller, og kva dei har ført.",
                "Of staff: name, e-mail at work, name to log in with, roles, and what they "
                "recorded.",
            ),
        ),
    ),
    Section(
        "seen",
        Text("Hvem som ser det", "Kven som ser det", "Who sees it"),
        (
            Text(
                "Lærere ser sine elever, ledere sin avdeling eller skole, PPT bare saker som er "
                "henvist. Skoleeier og nettverk ser tall, og administrator ser ingen elever.",
                "Lærarar ser elevane sine, leiarar avdelinga eller skulen sin, PPT berre saker som "
                "er tilviste. Skuleeigar og nettverk ser tal, og administrator ser ingen elevar.",
                "Teachers see their pupils, heads their department or school, PPT only referred "
                "cases. Owner and network see figures, and the administrator sees no pupils.",
            ),
            Text(
                "Elever med fortrolig adresse vises bare for rektor, kontaktlærer og dem som har "
                "rolle for eleven.",
                "Elevar med fortruleg adresse blir berre viste for rektor, kontaktlærar og dei som "
                "har rolle for eleven.",
                "Pupils with a protected address are shown only to the head teacher, the contact "
                "teacher and those with a role at the pupil.",
            ),
            Text(
                "E-post og kalendere nevner aldri elever, klasser eller initialer: bare steg og "
                "antall.",
                "E-post og kalendrar nemner aldri elevar, klassar eller initialar: berre steg og "
                "tal.",
                "Mails and calendars never name pupils, classes or initials: only steps and "
                "counts.",
            ),
        ),
    ),
    Section(
        "kept",
        Text("Logg og sletting", "Logg og sletting", "Log and deletion"),
        (
            Text(
                "Hver endring logges med hvem og når, og kan ses i Historikk av dem som ser "
                "eleven.",
                "Kvar endring blir logga med kven og når, og kan sjåast i Historikk av dei som ser "
                "eleven.",
                "Every change is logged with who and when, and can be seen in History by those who "
                "see the pupil.",
            ),
            Text(
                "Skoleeieren er behandlingsansvarlig og bestemmer hvor lenge opplysninger står. Be "
                "om innsyn eller retting hos skolen.",
                "Skuleeigaren er behandlingsansvarleg og avgjer kor lenge opplysningar står. Be om "
                "innsyn eller retting hos skulen.",
                "The school owner is the controller and decides how long information stands. Ask "
                "the school for access or correction.",
            ),
        ),
    ),
)


def accessibility(page: Page) -> Response:
    """The accessibility statement; open to all."""
    return _show(page, ACCESSIBILITY, "accessibility")


def privacy(page: Page) -> Response:
    """What is stored and who sees it; open to all."""
    return _show(page, PRIVACY, "privacy")


def _show(page: Page, sections: tuple[Section, ...], kind: str) -> Response:
    return page.show(
        "statement.html",
        kind=kind,
        sections=sections,
        contact=page.site.settings.mail_reply_to,
        assessed=ASSESSED,
    )
