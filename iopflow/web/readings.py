"""Hvem har sett: who has opened the pages of pupils, for whoever answers for the school (S17)."""

from datetime import datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from iopflow.clock import OSLO, local
from iopflow.models import KEPT, Pupil
from iopflow.queries import access
from iopflow.queries.places import NotFound
from iopflow.queries.readings import MANY, WITHIN, Asked, Read, Rush, found_in, readings, rushes
from iopflow.roles import Action
from iopflow.texts import _, counted, short_date, sort_key
from iopflow.web import forms
from iopflow.web.page import Page
from iopflow.words import reading_word

DAYS = (1, 7, 30, 90, 365, KEPT.days)
USUAL = 30
SHOWN = 200


def overview(page: Page) -> Response:
    """The readings of some days, the newest first, narrowed to a pupil or a person."""
    pupil = _pupil(page)
    person = _number(page, "person")
    days = _number(page, "dager")
    days = days if days in DAYS else USUAL
    first = page.today - timedelta(days=days - 1)
    asked = Asked(pupil.key if pupil is not None else None, person, first)
    found = readings(page.session, page.who, asked, most=SHOWN + 1)
    people, pupils = found_in(page.session, page.who, asked)
    if pupil is not None and pupil.number not in {number for number, _name in pupils}:
        pupils.append((pupil.number, pupil.name))
    since = datetime.combine(first, time(), OSLO)
    return page.show(
        "readings.html",
        rows=[_row(one) for one in found[:SHOWN]],
        more=len(found) > SHOWN,
        rushes=[_rush(one) for one in rushes(page.session, page.who, since)],
        rule=_("mer enn {n} elever på {minutes} minutter").format(
            n=MANY, minutes=int(WITHIN.total_seconds() // 60)
        ),
        people=sorted(people, key=lambda one: sort_key(one[1])),
        pupils=sorted(pupils, key=lambda one: sort_key(one[1])),
        pupil=pupil.number if pupil is not None else None,
        chosen=person,
        days=days,
        choices=[(n, counted(n, _("i dag"), _("{n} dager"))) for n in DAYS],
        kept=KEPT.days // 365,
        shown=SHOWN,
    )


def _pupil(page: Page) -> Pupil | None:
    """The pupil of the address. Raises NotFound for one whose readings are not for the viewer."""
    asked = page.request.query_params.get("elev", "")
    if not asked:
        return None
    number = _number(page, "elev")
    found = page.session.get(Pupil, number) if number is not None else None
    gone = NotFound(_("Fant ikke eleven: den finnes ikke, eller rollene dine viser den ikke."))
    if found is None or page.who.owner_id not in (None, found.owner_id):
        raise gone
    try:
        return access.pupil(page.session, page.who, found.key, Action.AUDIT)
    except (NotFound, access.NotAllowed):
        raise gone from None


def _number(page: Page, name: str) -> int | None:
    return next(iter(forms.known_numbers([page.request.query_params.get(name, "")])), None)


def _row(one: Read) -> dict[str, Any]:
    at = local(one.at)
    return {
        "at": _("{day} kl. {time}").format(day=short_date(at.date()), time=f"{at:%H.%M}"),
        "who": who(one),
        "pupil": one.pupil_id,
        "name": one.pupil_name
        or one.pupil
        or counted(one.n, _("liste med {n} elev"), _("liste med {n} elever")),
        "what": reading_word(one.what),
    }


def _rush(one: Rush) -> str:
    at = local(one.starts)
    return _("{who} åpnet {n} elever på kort tid, fra {day} kl. {time}.").format(
        who=who(one), n=one.n, day=short_date(at.date()), time=f"{at:%H.%M}"
    )


def who(one: Read | Rush) -> str:
    """The person by name, the program by its label, or the administrator of the machine."""
    if one.integration is not None:
        return _("API: {label}").format(label=one.integration)
    return one.name or _("administrator")
