"""The sentences of a mail, in the reader's language: number, step and date, and nobody's name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from iopflow.mailer.parts import Block, Part, of_cases, subject_of_cases
from iopflow.models import MailKind, Scope, Wish
from iopflow.reminders.content import Content
from iopflow.reminders.sections import (
    Count,
    ForCases,
    ForCounting,
    ForHead,
    ForMeasures,
    ForPpt,
    ForRektor,
    Line,
    Section,
)
from iopflow.settings import Settings
from iopflow.texts import _, counted, short_date

# What may stand in braces in a school's own greeting, opening and closing (`mail-text`).
PLACEHOLDERS = ("fornavn", "steg", "over_frist")
_PLACE = re.compile(r"\{([a-z_]+)\}")


def words(content: Content, settings: Settings, *, name: str, today: date) -> dict[str, object]:
    """What the templates need. `name` is the reader's, cleaned; `today` the day it is sent."""
    base = (settings.base_url or "").rstrip("/")
    parts = [_own(content, base, today)] if content.lines or content.behind else []
    parts += [_section(one, base, today) for one in content.more]
    known = {
        "fornavn": " ".join(name.split()[:1]),
        "steg": _steps(content.coming),
        "over_frist": _steps(content.overdue),
    }
    texts = content.texts
    return {
        "language": content.language,
        "subject": subject(content),
        "greeting": filled(texts.get("hilsen") or _("Hei {fornavn}"), known),
        "opening": filled(texts.get("innledning", ""), known),
        "closing": filled(texts.get("avslutning", ""), known),
        "delayed": _delayed(content.delayed),
        "parts": parts,
        "why": _why(content.wish) if not content.summer else _summer(),
        "why_word": _("Hvorfor får jeg denne?"),
        "why_link": f"{base}/paminnelser",
        "change_word": _("Endre påminnelser"),
        "change_link": f"{base}/paminnelser#valg",
    }


def filled(text: str, known: Mapping[str, str]) -> str:
    """A text with its placeholders filled in. Nothing else in it means anything."""
    return _PLACE.sub(lambda found: known.get(found[1], found[0]), text)


def unknown_places(text: str) -> list[str]:
    """What a school's text has in braces that no mail can fill in."""
    return [word for word in _PLACE.findall(text) if word not in PLACEHOLDERS]


def subject(content: Content) -> str:
    """Number and date, and nothing that names anybody."""
    return f"iopflow: {_subject(content)}"


def _subject(content: Content) -> str:
    if content.lines:
        first = short_date(content.lines[0].due)
        one_date = len({line.due for line in content.lines}) == 1
        phrase = _("{steps} med frist {day}") if one_date else _("{steps}, første frist {day}")
        said = phrase.format(steps=_steps(content.coming), day=first)
        if content.overdue and content.kind is MailKind.DIGEST:
            said += _(" og {late} over frist").format(late=_steps(content.overdue))
        return said
    if content.overdue or not content.more:
        return _("{steps} over frist").format(steps=_steps(content.overdue))
    match content.more[0]:
        case ForHead() as head:
            late = sum(one.count for one in (*head.late, *head.helped))
            return _("ukens liste for avdelingen, {n} over frist").format(n=late)
        case ForRektor() as school:
            return _("ukens tall for skolen, {n} lenge over frist").format(n=school.late)
        case ForPpt() as queue:
            return _("PPT-køen, {assessments} igjen").format(assessments=_assessments(queue.left))
        case ForCases() as cases:
            return subject_of_cases(cases)
        case ForCounting() as counting:
            return _("telling {day}").format(day=short_date(counting.day))
        case ForMeasures() as measures:
            return _("tiltak, {what}").format(what=_measures(measures))


def _own(content: Content, base: str, today: date) -> Part:
    behind = content.behind if content.kind is MailKind.DIGEST else ()
    blocks = [
        Block(
            _lead(content),
            [_late(line, today) for line in behind],
            [_line(line) for line in content.lines],
        )
    ]
    if any(_is_seen(line, today) for line in behind):
        blocks.append(Block(_("Det som har stått lengst, ser lederen din i sin ukentlige liste.")))
    return Part("", blocks, _("Åpne Mine elever"), f"{base}/mine")


def _is_seen(line: Line, today: date) -> bool:
    return line.seen_from is not None and line.seen_from <= today and line.helped < line.count


def _section(section: Section, base: str, today: date) -> Part:
    match section:
        case ForHead():
            return _for_head(section, base)
        case ForRektor():
            return _for_rektor(section, base)
        case ForPpt():
            return _for_ppt(section, base)
        case ForCases():
            return of_cases(section, base)
        case ForCounting():
            return _for_counting(section, base, today)
        case ForMeasures():
            said = _("Tiltak: {what}.").format(what=_measures(section))
            return Part(_("Tiltak"), [Block(said)], _("Åpne Mine elever"), f"{base}/mine")


def _for_head(head: ForHead, base: str) -> Part:
    return Part(
        _("Avdelingen"), list(_head_blocks(head)), _("Se hvem som mangler hva"), f"{base}/matrise"
    )


def _head_blocks(head: ForHead) -> Iterator[Block]:
    if head.helped:
        yield Block(_("Noen ber om hjelp med dette:"), urgent=_counts(head.helped))
    if head.late:
        said = _(
            "Dette har stått over frist i fem skoledager eller mer, og de ansvarlige har fått "
            "beskjed:"
        )
        yield Block(said, lines=_counts(head.late))
    if head.quiet:
        yield Block(
            counted(
                head.quiet,
                _("{n} elev har noe lenge over frist, og ingenting er ført på åtte uker."),
                _("{n} elever har noe lenge over frist, og ingenting er ført på åtte uker."),
            )
        )
    if head.unreached:
        yield Block(
            counted(
                head.unreached,
                _("E-post når ikke fram til {n} ansatt med oppgaver her."),
                _("E-post når ikke fram til {n} ansatte med oppgaver her."),
            )
        )


def _for_rektor(school: ForRektor, base: str) -> Part:
    blocks = []
    if school.late:
        said = _("{tasks} i {steps} har stått over frist i mer enn ti skoledager.").format(
            tasks=counted(school.late, _("{n} oppgave"), _("{n} oppgaver")),
            steps=_steps(school.of_steps),
        )
        blocks.append(Block(said))
    if school.unheld:
        said = _("Dette har frist snart, og ingen har ansvaret for det:")
        blocks.append(Block(said, lines=_counts(school.unheld)))
    return Part(_("Skolen"), blocks, _("Se hvem som mangler hva"), f"{base}/matrise")


def _for_ppt(queue: ForPpt, base: str) -> Part:
    said = [
        _(
            "{assessments} er ikke ferdige: {school} venter på skolen, {guardians} på foresatte, "
            "{ppt} er hos PPT."
        ).format(
            assessments=_assessments(queue.left),
            school=queue.waiting_for_school,
            guardians=queue.waiting_for_guardians,
            ppt=queue.at_work,
        )
    ]
    if queue.due is not None:
        said.append(_("Første frist er {day}.").format(day=short_date(queue.due)))
    if queue.late:
        said.append(_("Over frist: {n}.").format(n=queue.late))
    if queue.over_guide:
        said.append(_("Lenger hos PPT enn den veiledende tiden: {n}.").format(n=queue.over_guide))
    return Part(_("PPT-køen"), [Block(" ".join(said))], _("Åpne PPT-køen"), f"{base}/ppt")


def _assessments(count: int) -> str:
    return counted(count, _("{n} sakkyndig vurdering"), _("{n} sakkyndige vurderinger"))


def _for_counting(counting: ForCounting, base: str, today: date) -> Part:
    day = short_date(counting.day)
    heading = _("Telling {day}").format(day=day)
    if counting.school is not None:
        heading = _("Telling {day}, {school}").format(day=day, school=counting.school)
    if counting.day > today:
        said = counted(
            (counting.day - today).days,
            _("Om {n} dag telles dette. Slik står det nå:"),
            _("Om {n} dager telles dette. Slik står det nå:"),
        )
    else:
        said = _("Tallene kan fryses, og er det ikke ennå. Slik står det nå:")
    shares = [
        _("{code} {title}: {n} av {of}").format(
            code=one.code.partition("_")[0],
            title=one.title.get(),
            n=one.numerator,
            of=one.denominator,
        )
        for one in counting.shares
    ]
    return Part(heading, [Block(said, lines=shares)], _("Se tallene"), f"{base}/indikatorer")


def _measures(measures: ForMeasures) -> str:
    """How many are to be done by the last of the days that come, and how many are late."""
    told = []
    if measures.coming:
        last = short_date(measures.days[-1])
        told.append(_("{n} innen {day}").format(n=measures.coming, day=last))
    if measures.late:
        told.append(_("{n} over fristen").format(n=measures.late))
    return ", ".join(told)


def _lead(content: Content) -> str:
    if content.kind is MailKind.NUDGE:
        return _("Dette har frist nå og står åpent:")
    if not content.lines:
        return _("Du har {late} over frist.").format(late=_steps(content.overdue))
    said = _("Du har {steps} med frist de neste 14 dagene").format(steps=_steps(content.coming))
    if content.overdue:
        said += _(" og {late} over frist").format(late=_steps(content.overdue))
    return f"{said}."


def _delayed(meant: date | None) -> str:
    if meant is None:
        return ""
    return _("Denne skulle ha kommet {day}; systemet sto stille.").format(day=short_date(meant))


def _summer() -> str:
    return _("I sommerferien går bare frister som loven setter i sakene, og bare til rektor.")


def _why(wish: Wish) -> str:
    return {
        Wish.NUDGE: _(
            "Du får den første skoledagen i uka når noe haster, og siste skoledag før en frist."
        ),
        Wish.WEEKLY: _("Du får den første skoledagen i uka når noe haster."),
        Wish.JUNE: _(
            "Du får den første skoledagen i uka når noe haster, siste skoledag før en frist, og "
            "hver skoledag i juni."
        ),
        Wish.CALENDAR: _("Du får den første skoledagen i uka når noe er over frist."),
    }[wish]


def _steps(count: int) -> str:
    return counted(count, _("ett steg"), _("{n} steg"))


def _line(line: Line) -> str:
    said = _("{step}: {subjects} innen {day}").format(
        step=line.title.get(), subjects=_subjects(line.scope, line.count), day=short_date(line.due)
    )
    if line.last_day != line.due:
        said += _(" (siste skoledag er {day})").format(day=short_date(line.last_day))
    if line.counts_in:
        said += _(" – teller i {codes}").format(codes=", ".join(line.counts_in))
    return said


def _late(line: Line, today: date) -> str:
    said = _("Over frist: {step}, {subjects} (frist {day})").format(
        step=line.title.get(), subjects=_subjects(line.scope, line.count), day=short_date(line.due)
    )
    if line.helped == line.count:
        return said + _(" – du har bedt om hjelp")
    if line.seen_from is not None and line.seen_from > today:
        said += _(" – lederen din ser dette fra {day}").format(day=short_date(line.seen_from))
    return said


def _counts(some: Sequence[Count]) -> list[str]:
    return [f"{one.title.get()}: {_subjects(one.scope, one.count)}" for one in some]


def _subjects(scope: Scope, count: int) -> str:
    one, many = {
        Scope.PUPIL: (_("{n} elev"), _("{n} elever")),
        Scope.UNIT: (_("{n} klasse"), _("{n} klasser")),
        Scope.SCHOOL: (_("{n} skole"), _("{n} skoler")),
        Scope.NETWORK: (_("{n} nettverk"), _("{n} nettverk")),
    }[scope]
    return counted(count, one, many)
