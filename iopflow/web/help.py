"""Help in place: what the words mean, in one table that every page and the word list take from."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from iopflow.indicators import INDICATORS
from iopflow.texts import Text, _


@dataclass(frozen=True, slots=True)
class Term:
    """A word, and what it means in a sentence or two."""

    title: Text
    text: Text


TERMS: Mapping[str, Term] = {
    "malvalg": Term(
        Text("målvalg", "målval", "choice of goals"),
        Text(
            "De målene eleven skal arbeide mot i året, valgt fra læreplanen eller egne mål. De "
            "velges før IOP-en skrives.",
            "Dei måla eleven skal arbeide mot i året, valde frå læreplanen eller eigne mål. Dei "
            "blir valde før IOP-en blir skriven.",
            "The goals that the pupil works towards in the year, from the curriculum or the "
            "pupil's own. They are chosen before the IEP is written.",
        ),
    ),
    "iop": Term(
        Text("IOP", "IOP", "IEP"),
        Text(
            "Individuell opplæringsplan: mål, innhold og organisering for en elev med vedtak om "
            "individuelt tilrettelagt opplæring.",
            "Individuell opplæringsplan: mål, innhald og organisering for ein elev med vedtak om "
            "individuelt tilrettelagd opplæring.",
            "Individual education plan: goals, content and organisation for a pupil with a "
            "decision on individually adapted education.",
        ),
    ),
    "sakkyndig": Term(
        Text("sakkyndig vurdering", "sakkunnig vurdering", "expert assessment"),
        Text(
            "PPTs vurdering av hva eleven trenger. Loven krever den før skolen gjør vedtak, og "
            "foresatte eller eleven må ha samtykket først.",
            "Vurderinga frå PPT av kva eleven treng. Lova krev henne før skulen gjer vedtak, og "
            "føresette eller eleven må ha samtykt først.",
            "What the pupil needs, assessed by PPT. The law requires it before the school decides, "
            "and guardians or the pupil must have consented first.",
        ),
    ),
    "vedtak": Term(
        Text("enkeltvedtak", "enkeltvedtak", "individual decision"),
        Text(
            "Skolens avgjørelse om hva eleven får. Den kan klages på. Uten et gyldig vedtak hviler "
            "stegene i IOP-året.",
            "Avgjerda til skulen om kva eleven får. Ho kan klagast på. Utan eit gyldig vedtak "
            "kviler stega i IOP-året.",
            "The school's decision on what the pupil is given. It can be appealed. Without a valid "
            "decision the steps of the IEP year rest.",
        ),
    ),
    "behov": Term(
        Text("behov", "behov", "need"),
        Text(
            "At noen har meldt at eleven kan trenge noe nytt for et skoleår. Reglene foreslår, og "
            "en leder avgjør.",
            "At nokon har meldt at eleven kan trenge noko nytt for eit skuleår. Reglane føreslår, "
            "og ein leiar avgjer.",
            "Somebody has said that the pupil may need something new for a school year. Rules "
            "propose, and a head decides.",
        ),
    ),
    "frys": Term(
        Text("frys en telling", "frys ei teljing", "freeze a count"),
        Text(
            "Tallene slik de sto på en telledato, signert av rektor. De endrer seg ikke siden, "
            "selv om noe rettes; en ny frysing er en revisjon med begrunnelse.",
            "Tala slik dei stod på ein teljedato, signerte av rektor. Dei endrar seg ikkje sidan, "
            "sjølv om noko blir retta; ei ny frysing er ein revisjon med grunngiving.",
            "The figures as they stood on a counting date, signed by the head teacher. They do not "
            "change afterwards; freezing again is a revision with a reason.",
        ),
    ),
    "vikar": Term(
        Text("vikar", "vikar", "substitute"),
        Text(
            "En som har rollene til en annen i noen dager. Begge ser og kan føre; bare vikaren får "
            "påminnelsene. Det går over av seg selv.",
            "Ein som har rollene til ein annan nokre dagar. Begge ser og kan føre; berre vikaren "
            "får påminningane. Det går over av seg sjølv.",
            "Somebody who holds another's roles for some days. Both see and can record; only the "
            "substitute is reminded. It ends by itself.",
        ),
    ),
    "kvalitetssikring": Term(
        Text("kvalitetssikring", "kvalitetssikring", "quality assurance"),
        Text(
            "Lederen leser IOP-en og sier at den holder. Det føres for hver elev, og kan føres for "
            "en hel klasse samtidig.",
            "Leiaren les IOP-en og seier at han held. Det blir ført for kvar elev, og kan førast "
            "for ein heil klasse samtidig.",
            "The head reads the IEP and says that it is good. It is recorded for each pupil, and "
            "can be recorded for a whole class at once.",
        ),
    ),
    "itide": Term(
        Text("i tide", "i tide", "on time"),
        Text(
            "Gjort senest den dagen som teller for steget. Dagen det ble gjort, teller, ikke dagen "
            "det ble skrevet inn.",
            "Gjort seinast den dagen som tel for steget. Dagen det blei gjort, tel, ikkje dagen "
            "det blei skrive inn.",
            "Done on the last day that counts for the step, or before. The day it was done counts, "
            "not the day it was entered.",
        ),
    ),
    "fortetter": Term(
        Text("ført etter", "ført etter", "recorded after"),
        Text(
            "Gjort i tide, men skrevet inn etter telledatoen. Det står ved siden av tallet og "
            "gjør det ikke dårligere.",
            "Gjort i tide, men skrive inn etter teljedatoen. Det står ved sida av talet og gjer "
            "det ikkje dårlegare.",
            "Done on time but entered after the counting date. It stands beside the figure and "
            "does not lower it.",
        ),
    ),
    "frist": Term(
        Text("frist", "frist", "deadline"),
        Text(
            "Dagen noe skal være gjort. Er den på en fridag, minner iopflow på det siste skoledag "
            "før.",
            "Dagen noko skal vere gjort. Er han på ein fridag, minner iopflow om det siste "
            "skuledag før.",
            "The day by which something is to be done. If that is a day off, iopflow reminds on "
            "the last school day before it.",
        ),
    ),
    "rolle": Term(
        Text("rolle", "rolle", "role"),
        Text(
            "Det en person er, på ett sted, fra en dag: kontaktlærer i 4B, rektor ved skolen. "
            "Rollene avgjør hvem som ser hvilke elever, og hvem som får oppgavene.",
            "Det ein person er, på éin stad, frå ein dag: kontaktlærar i 4B, rektor ved skulen. "
            "Rollene avgjer kven som ser kva elevar, og kven som får oppgåvene.",
            "What a person is, at one place, from a day: contact teacher of 4B, head teacher of "
            "the school. Roles decide who sees which pupils and who gets the tasks.",
        ),
    ),
    "historikk": Term(
        Text("historikk", "historikk", "history"),
        Text(
            "Alt som er ført, med hvem og når. Ingenting slettes: det som angres, står med hvem "
            "som angret.",
            "Alt som er ført, med kven og når. Ingenting blir sletta: det som er angra, står med "
            "kven som angra.",
            "All that was recorded, with who and when. Nothing is deleted: what was undone stands "
            "with who undid it.",
        ),
    ),
    "fortrolig": Term(
        Text("fortrolig adresse", "fortruleg adresse", "protected address"),
        Text(
            "Eleven vises bare for rektor, kontaktlærer og de som har rolle for nettopp den "
            "eleven. I tallene er alle med.",
            "Eleven blir berre vist for rektor, kontaktlærar og dei som har rolle for nettopp den "
            "eleven. I tala er alle med.",
            "The pupil is shown only to the head teacher, the contact teacher and those with a "
            "role at that very pupil. The figures hold everybody.",
        ),
    ),
    "arshjul": Term(
        Text("årshjul", "årshjul", "annual wheel"),
        Text(
            "Alle stegene i IOP-året med dato og ansvarlig. Skolen kan flytte datoer som ikke er "
            "satt av loven.",
            "Alle stega i IOP-året med dato og ansvarleg. Skulen kan flytte datoar som ikkje er "
            "sette av lova.",
            "All steps of the IEP year with date and who answers for them. The school may move "
            "dates that are not set by law.",
        ),
    ),
    "samtykke": Term(
        Text("samtykke", "samtykke", "consent"),
        Text(
            "Svaret fra foresatte, eller eleven selv fra 15 år, på om saken kan gå videre. Uten "
            "det stopper saken.",
            "Svaret frå føresette, eller eleven sjølv frå 15 år, på om saka kan gå vidare. Utan "
            "det stoppar saka.",
            "The answer of the guardians, or of the pupil from 15 years, on whether the case may "
            "go on. Without it the case stops.",
        ),
    ),
    "kalender": Term(
        Text("kalenderabonnement", "kalenderabonnement", "calendar subscription"),
        Text(
            "En hemmelig adresse som kalenderen din henter fristene fra. Den nevner steg og "
            "antall, aldri elever.",
            "Ei hemmeleg adresse som kalenderen din hentar fristane frå. Ho nemner steg og tal, "
            "aldri elevar.",
            "A secret address from which your calendar fetches the deadlines. It tells steps and "
            "counts, never pupils.",
        ),
    ),
}


def terms() -> dict[str, Term]:
    """All words: those of the table, and the indicators by their codes; a half is in its whole."""
    of_figures = {
        one.code: Term(Text(*(one.code,) * 3), one.title)
        for one in INDICATORS
        if one.code.isalnum()
    }
    return dict(TERMS) | of_figures


def what(*keys: str) -> Markup:
    """«Hva betyr …?» to unfold beside a heading; works without script and by keyboard."""
    known = terms()
    parts = (
        Markup(
            '<details class="what"><summary><span class="mark" aria-hidden="true">?</span> {}'
            "</summary><p>{}</p></details>"
        ).format(
            escape(_("Hva betyr «{word}»?").format(word=known[key].title.get())),
            escape(known[key].text.get()),
        )
        for key in keys
    )
    return Markup("").join(parts)
