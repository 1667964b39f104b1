"""What stands at the foot of every printed page: the school, the day, who printed, and the number.

A margin of a page has no place in HTML, and a style in the page is refused by our own policy: so
it is a style sheet of its own, for whoever asks.
"""

from hashlib import sha256

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from iopflow.models import School
from iopflow.queries.own import own_schools
from iopflow.texts import _, short_date
from iopflow.web.page import Page

_PLAIN = frozenset(" .,-")
MOST = 2  # schools that are named; who has more to do with has them on the page itself


def sheet(page: Page) -> Response:
    """The style sheet."""
    said = [
        *_schools(page),
        _("Skrevet ut {day} av {person}").format(day=short_date(page.today), person=_name(page)),
    ]
    secret = _("Inneholder taushetsbelagte opplysninger")
    if page.request.query_params.get("navn"):
        said.append(secret)
    side, of = (quoted(word) for word in _("Side {n} av {of}").replace("{of}", "").split("{n}"))
    text = (
        "@page {\n"
        f"  @bottom-left {{ content: {quoted(' · '.join(said))}; text-align: left; width: 82%; }}\n"
        f"  @bottom-right {{ content: {side} counter(page) {of} counter(pages); }}\n"
        "}\n"
    )
    # The address is another for another person, language and day.
    headers = {"cache-control": "private, max-age=3600"}
    return Response(text, media_type="text/css", headers=headers)


def stamp(page: Page) -> str:
    """What the address of the style sheet ends in: another where it would say something else."""
    who = page.who.person_id if page.viewer is not None else None
    return sha256(f"{who} {page.language} {page.today} {_name(page)}".encode()).hexdigest()[:12]


def quoted(text: str) -> str:
    """A text as a string of CSS: all but letters and figures by their number."""
    kept = (one if one.isalnum() or one in _PLAIN else f"\\{ord(one):x} " for one in text)
    return f'"{"".join(kept)}"'


def _name(page: Page) -> str:
    return str(page.log_in.name) if page.log_in is not None else ""


def _schools(page: Page) -> list[str]:
    own = own_schools(page.session, page.who, today=page.today)
    names = page.session.execute(
        select(col(School.name)).where(col(School.id).in_(own)).order_by(col(School.name))
    ).scalars()
    found = list(names)
    return found if len(found) <= MOST else []
