"""Who needs something new for a year: proposed by rules, decided here for many at once (S9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select
from sqlmodel import Session, col
from starlette.responses import Response

from iopflow.engine import needing
from iopflow.engine.needing import Word
from iopflow.lifecycle import Decision, year_to_prepare
from iopflow.models import Pupil, School
from iopflow.queries.access import NotAllowed
from iopflow.queries.needs import NeedRow, needs, schools_with_needs
from iopflow.queries.places import NotFound, calendars
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web import forms, sheet
from iopflow.web.page import Page, back_to
from iopflow.web.sheet import Sheet

PER_PAGE = 100
_ACTS = {Word.NEED: "need", Word.VEDTAK: "asked-vedtak", Word.NO_NEED: "no-need"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed and could not be saved, and why not."""

    pupils: frozenset[int]
    on: str
    reason: str
    why: str


def overview(page: Page, *, typed: Typed | None = None, status: int = 200) -> Response:
    """The page: those nobody has decided on, then those somebody has."""
    asked = page.request.query_params if typed is None else page.form
    school, schools, year = _place(page, asked)
    rows = needs(page.session, page.who, [school], year, today=page.today)
    waiting = [row for row in rows if row.is_undecided]
    decided = [row for row in rows if row.proposal.decision in (Decision.YES, Decision.NO)]
    side = next(iter(forms.known_numbers([asked.get("side", "")])), 1)
    first = PER_PAGE * (side - 1)
    word, just = _just(rows, asked)
    prepared = year_to_prepare(page.today)
    shown = [*waiting[:PER_PAGE], *decided[first : first + PER_PAGE]]
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(shown))
    return page.show(
        "needs.html",
        status=status,
        typed=typed,
        school=school,
        schools=schools,
        year=year,
        years=sorted({year, *_years(prepared)}),
        has_rute=year in calendars(page.session, [school.number]).get(school.number, {}),
        waiting=waiting[:PER_PAGE],
        waits=len(waiting),
        decided=decided[first : first + PER_PAGE],
        is_decided=len(decided),
        side=side,
        sides=max(1, -(-len(decided) // PER_PAGE)),
        enrolled=len(rows),
        may_decide=any(row.may_decide for row in rows),
        word=word,
        just=just,
        taken_back=asked.get("ord") == "angret",
        word_of=word_of,
        download=sheet.address(page) if typed is None and shown else "",
    )


def _sheet(rows: Sequence[NeedRow]) -> Sheet:
    """Those who are not decided on, then those who are, as the page has them."""
    columns: list[tuple[str, Any]] = [
        (_("Elev"), lambda row: row.name),
        (_("Trinn"), lambda row: row.grade),
        (_("Klasse"), lambda row: row.unit),
        (_("Avklart"), lambda row: row.proposal.decision.text.get()),
        (_("Dato"), lambda row: row.proposal.decided_on),
        (_("Begrunnelse"), lambda row: row.proposal.note),
        (_("Hvorfor"), _why),
        (_("Kan avklares fra"), lambda row: row.proposal.since),
        (_("Forslag"), lambda row: ", ".join(one.text.get() for one in row.proposal.proposes)),
    ]
    return Sheet.of("behov", columns, rows, {row.pupil_id for row in rows})


def _why(row: NeedRow) -> str:
    return "; ".join(f"{one.rule.title.get()}: {one.why}" for one in row.proposal.reasons)


def _years(year: Year) -> tuple[Year, ...]:
    return year.previous, year, year.next


def word_of(row: NeedRow) -> str:
    """What can be taken back here; empty where more has been built on it, or it was elsewhere."""
    ways: dict[tuple[str, ...], Word] = {
        ("need",): Word.NEED,
        ("asked_vedtak",): Word.VEDTAK,
        ("no_need",): Word.NO_NEED,
    }
    found = ways.get(row.proposal.by) if row.may_decide else None
    return found.value if found is not None else ""


def _place(page: Page, asked: Mapping[str, str]) -> tuple[School, list[School], Year]:
    schools = schools_with_needs(page.session, page.who, today=page.today)
    wanted = asked.get("skole") or None
    school = next((one for one in schools if wanted in (None, str(one.id))), None)
    if school is None:
        raise NotFound(_("Fant ikke skolen."))
    try:
        year = Year.parse(asked["ar"]) if asked.get("ar") else year_to_prepare(page.today)
    except ValueError:
        raise NotFound(_("Fant ikke skoleåret.")) from None
    return school, schools, year


def _just(rows: Iterable[NeedRow], asked: Mapping[str, str]) -> tuple[str, list[NeedRow]]:
    """What was decided a moment ago, for whom: only of those the person may decide on."""
    words = {one.value for one in Word}
    word = asked.get("ord", "")
    ids = set(forms.known_numbers(asked.get("fort", "").split(",")))
    if word not in words:
        return "", []
    return word, [
        row for row in rows if row.pupil_id in ids and row.may_decide and not row.is_undecided
    ]


def decide(page: Page) -> Response:
    """Yes or no for all that are ticked, or for none of them."""
    school, _schools, year = _place(page, page.form)
    try:
        word = Word(page.form.get("word", ""))
    except ValueError:
        raise _unreadable() from None
    try:
        rows = _chosen(page, school, year)
        taken = [row.name for row in rows if not row.is_undecided]
        if taken:
            raise Refused(
                _("{names}: noen andre har avklart dette imens. Se hva som står der nå.").format(
                    names=", ".join(taken)
                )
            )
        reason = page.form.get("reason", "").strip()
        if word is Word.NO_NEED and not reason:
            raise forms.Unclear(_("Skriv hvorfor det ikke trengs noe nytt."))
        if word is not Word.NO_NEED and reason:  # Enter in that field presses the first button
            raise forms.Unclear(
                _("Du skrev hvorfor noe nytt ikke trengs: trykk «Trenger ikke», eller fjern det.")
            )
        act = page.act(_ACTS[word], reason or None)
        needing.decide(
            page.session,
            page.rules,
            _pupils(page.session, rows),
            year,
            word,
            on=forms.day(page.form.get("on", ""), page.today),
            reason=reason if word is Word.NO_NEED else None,
            called=lambda pupil: pupil.name,
            today=page.today,
            act=act,
        )
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        page.session.rollback()
        typed = Typed(
            frozenset(forms.known_numbers(page.many("pupil"))),
            page.form.get("on", ""),
            page.form.get("reason", ""),
            str(refused),
        )
        return overview(page, typed=typed, status=422)
    return _back(school, year, ord=word.value, fort=",".join(str(row.pupil_id) for row in rows))


def take_back(page: Page) -> Response:
    """The pupils are undecided again: what was registered is withdrawn, and the log keeps it."""
    school, _schools, year = _place(page, page.form)
    try:
        word = Word(page.form.get("word", ""))
    except ValueError:
        raise _unreadable() from None
    rows = _chosen(page, school, year)
    needing.take_back(
        page.session,
        page.rules,
        _pupils(page.session, rows),
        year,
        word,
        reason=_("angret"),
        called=lambda pupil: pupil.name,
        act=page.act(f"withdraw {_ACTS[word]}", _("angret")),
    )
    return _back(school, year, ord="angret")


def _chosen(page: Page, school: School, year: Year) -> list[NeedRow]:
    """The pupils of the form. Raises NotFound for one that the person does not see, NotAllowed."""
    ids = forms.numbers(page.many("pupil"))
    if not ids:
        raise Refused(_("Ingen er valgt: kryss av minst én."))
    rows = needs(page.session, page.who, [school], year, today=page.today, only=ids)
    if len(rows) != len(ids):
        raise NotFound(_("Fant ikke eleven: åpne siden på nytt."))
    if not all(row.may_decide for row in rows):
        raise NotAllowed(_("Du kan se dette, men ikke føre det."))
    return rows


def _pupils(session: Session, rows: Sequence[NeedRow]) -> list[Pupil]:
    ids = [row.pupil_id for row in rows]
    found = session.execute(select(Pupil).where(col(Pupil.id).in_(ids))).scalars()
    by_id = {pupil.number: pupil for pupil in found}
    return [by_id[one] for one in ids]


def _unreadable() -> forms.Unclear:
    return forms.Unclear(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))


def _back(school: School, year: Year, **said: str) -> Response:
    words = {"skole": str(school.id), "ar": str(year), **said}
    return back_to(f"/behov?{urlencode(words, safe=',')}")
