"""The rules that propose who needs something new for a year, one row each.

A rule reads what is known of earlier years, and the doubt reported for this one, so that its
reasons stand when somebody has decided. It decides nothing.
"""

from datetime import date

from iopflow.days import add_months
from iopflow.facts import AssessmentFact
from iopflow.lifecycle.happened import RENEWAL_MONTHS
from iopflow.lifecycle.law import Basis
from iopflow.lifecycle.needs import Found, Look, NeedRule, Proposed
from iopflow.schoolyear import Year
from iopflow.texts import Text, _, short_date

NEW_STAGE = frozenset({1, 8, 11})  # the first grades of the three main stages
SAYS_NO = frozenset({"no_need", "closed"})


def _in_good_time(look: Look, last: date | None, known: date) -> date:
    """Six months before the last day, and in the autumn before at the latest; once it was known."""
    days = [look.opens, *([] if last is None else [add_months(last, -RENEWAL_MONTHS)])]
    return max(min(days), known)


def _vedtak_ends(look: Look) -> Found | None:
    standing = look.standing
    if not standing or look.covered:
        return None
    dated = [row for row in standing if row.valid_from and row.valid_to]
    last = max(dated or standing, key=lambda row: (row.valid_to or date.min, row.decided_on))
    since = _in_good_time(look, last.valid_to, last.decided_on)
    if last.valid_from is None or last.valid_to is None:
        why = _("vedtaket av {day} sier ikke når det gjelder").format(
            day=short_date(last.decided_on)
        )
    elif last.valid_to < look.about.day:
        why = _("vedtaket gjelder til {day}").format(day=short_date(last.valid_to))
    else:
        why = _("vedtaket gjelder først fra {day}").format(day=short_date(last.valid_from))
    return why, since


def _assessment_ends(look: Look) -> Found | None:
    if not look.standing:
        return None
    received = [
        (row.received_on, row.valid_to)
        for row in look.case.assessments
        if row.year < look.year and row.received_on is not None
    ]
    if not received:
        return _("ingen sakkyndig vurdering er registrert som mottatt"), look.opens
    came, last = max(received, key=lambda one: one[0])
    if last is None:
        why = _("sakkyndig vurdering av {day} sier ikke hvor lenge den gjelder: spør PPT").format(
            day=short_date(came)
        )
    elif last < look.about.day:
        why = _("sakkyndig vurdering gjelder til {day}").format(day=short_date(last))
    else:
        return None
    return why, _in_good_time(look, last, came)


def _new_stage(look: Look) -> Found | None:
    if look.about.grade not in NEW_STAGE or not look.standing:
        return None
    known = min(row.decided_on for row in look.standing)
    why = _("begynner på {grade}. trinn, og et vedtak følger ikke med til et nytt hovedtrinn")
    return why.format(grade=look.about.grade), max(look.opens, known)


def _is_new(look: Look) -> Found | None:
    if look.about.new_from is None or look.covered:
        return None
    why = _("ny ved skolen fra {day}").format(day=short_date(look.about.new_from))
    return why, look.opens


def _new_with_case(look: Look) -> Found | None:
    return _is_new(look) if _had_case(look) else None


def _new_at_special(look: Look) -> Found | None:
    return _is_new(look) if look.about.special and not _had_case(look) else None


def _had_case(look: Look) -> bool:
    return any(year < look.year for year in look.case.years)


def _doubt(look: Look) -> Found | None:
    on = look.about.concern_on
    if on is None:
        return None
    return _("tvil om utbyttet av opplæringen er meldt {day}").format(day=short_date(on)), on


def _open_case(look: Look) -> Found | None:
    """A need of an earlier year that came to nothing, so that nobody falls between two years."""
    rows = [row for row in look.case.assessments if row.year < look.year]
    last = max(rows, key=lambda row: row.year, default=None)
    if last is None or _is_over(look, last):
        return None
    why = _("behovet meldt {day} for {year} er ikke avgjort").format(
        day=short_date(last.needed_since), year=Year(last.year)
    )
    return why, max(look.opens, last.needed_since)


def _is_over(look: Look, need: AssessmentFact) -> bool:
    """A vedtak followed, the parents or the pupil said no, or somebody closed it."""
    between = range(need.year, look.year)
    answers = [look.case.answer(kind, need.year) for kind in ("utredning", "vedtak")]
    return (
        any(row.year in between for row in look.case.vedtak)
        or any(answer is not None and not answer.given for answer in answers)
        or any(
            row.kind in SAYS_NO and row.year in between and row.on_day > need.needed_since
            for row in look.case.moves
        )
    )


_A, _V = Proposed.ASSESSMENT, Proposed.VEDTAK
NEED_RULES: tuple[NeedRule, ...] = (
    NeedRule(
        "vedtak_utlop",
        Text("Vedtaket går ut", "Vedtaket går ut", "The decision ends"),
        Basis.GUIDANCE,
        "Udirs veileder 7.4",
        (_V,),
        _vedtak_ends,
    ),
    NeedRule(
        "sv_utlop",
        Text(
            "Sakkyndig vurdering går ut",
            "Sakkunnig vurdering går ut",
            "The expert assessment ends",
        ),
        Basis.LAW,
        "opplæringslova § 11-7 første ledd",
        (_A,),
        _assessment_ends,
    ),
    NeedRule(
        "nytt_hovedtrinn",
        Text("Nytt hovedtrinn", "Nytt hovudtrinn", "New main stage"),
        Basis.GUIDANCE,
        "Udirs veileder 7.5",
        (_V,),
        _new_stage,
    ),
    NeedRule(
        "ny_elev",
        Text("Ny ved skolen", "Ny ved skulen", "New at the school"),
        Basis.GUIDANCE,
        "Udirs veileder 7.5",
        (_A, _V),
        _new_with_case,
    ),
    NeedRule(
        "ny_spesialskole",
        Text("Ny ved spesialskolen", "Ny ved spesialskulen", "New at the special school"),
        Basis.LOCAL,
        "",
        (_A, _V),
        _new_at_special,
    ),
    NeedRule(
        "melding",
        Text("Meldt tvil om utbytte", "Meldt tvil om utbyte", "Doubt reported"),
        Basis.LAW,
        "opplæringslova § 11-2",
        (_A,),
        _doubt,
    ),
    NeedRule(
        "apen_sak",
        Text("Saken er ikke avgjort", "Saka er ikkje avgjord", "The case is not decided"),
        Basis.LOCAL,
        "",
        (_A, _V),
        _open_case,
    ),
)
