"""Personer: who works here and holds what, and by whom it is given, ended and mended (ux S12)."""

from starlette.responses import Response

from iopflow.engine import granting, staffing
from iopflow.engine.granting import Wrong
from iopflow.queries import giving, staff
from iopflow.queries.access import NotAllowed
from iopflow.queries.staff import Member
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.page import Page, back_to
from iopflow.web.person import Typed

PER_PAGE = 50
FILTERS = ("", "epost", "innlogging", "ingen")


def overview(page: Page) -> Response:
    """The list: those whose roles one administers, or whoever is searched for."""
    asked = page.request.query_params
    words = asked.get("sok", "").strip()[:60]
    only = asked.get("bare", "")
    only = only if only in FILTERS else ""
    everyone = staff.members(page.session, page.who, today=page.today)
    counts = {word: sum(_matches(one, word) for one in everyone) for word in FILTERS[1:]}
    if words:
        found = [one for one in everyone if _named(one, words)]
    else:
        found = [one for one in everyone if one.roles or only == "ingen"]
    found = [one for one in found if _matches(one, only)]
    side = next(iter(forms.known_numbers([asked.get("side", "")])), 1)
    return page.show(
        "people.html",
        words=words,
        only=only,
        counts=counts,
        people=found[PER_PAGE * (side - 1) : PER_PAGE * side],
        found=len(found),
        side=side,
        sides=max(1, -(-len(found) // PER_PAGE)),
        summed=lambda one: staff.summed(held for held in one.roles if held.lasts(page.today)),
        may_add=giving.makes_people(page.who),
    )


def _named(one: Member, words: str) -> bool:
    return words.casefold() in one.name.casefold() or words.casefold() == one.key.casefold()


def _matches(one: Member, only: str) -> bool:
    """Whether somebody belongs under a filter: among those whom one administers, or who hold
    nothing.
    """
    if only == "ingen":
        return one.holds_nothing
    if not only:
        return True
    missing = one.email is None or one.refused if only == "epost" else one.login is None
    return bool(one.roles) and missing


def new(page: Page, *, typed: Typed | None = None, status: int = 200) -> Response:
    """The form of a new person."""
    if not giving.makes_people(page.who):
        raise NotAllowed(_("Du kan ikke legge til personer: be rektor eller administrator."))
    values = typed.values if typed is not None else {}
    return page.show(
        "person_new.html",
        status=status,
        value=lambda _form, name, usual="": values.get(name, usual),
        wrong=lambda _form, name: typed.wrong.get(name, "") if typed is not None else "",
        typed=typed,
        same=_same_name(page, values.get("name", "")),
    )


def _same_name(page: Page, name: str) -> list[Member]:
    """Those who are called so already: a person stands once on the list."""
    words = " ".join(name.split()).casefold()
    if not words:
        return []
    everyone = staff.members(page.session, page.who, today=page.today)
    return [one for one in everyone if one.name.casefold() == words]


def create(page: Page) -> Response:
    """A new person; one with the name of somebody only after having been told."""
    try:
        if page.form.get("likevel") != "ja" and _same_name(page, page.form.get("name", "")):
            raise Wrong("name", _("Det finnes en med samme navn: se under, eller lagre likevel."))
        number, _key = staffing.new(page.session, page.who, page.form, act=page.act(granting.NEW))
    except Wrong as wrong:
        return new(page, typed=Typed("ny", page.form, {wrong.field: str(wrong)}), status=422)
    return back_to(f"/personer/{number}?lagret=ny")
