"""The pupil that an address names, for those who see the pupil."""

from iopflow.models import Pupil
from iopflow.queries import access
from iopflow.queries.places import NotFound
from iopflow.web import forms
from iopflow.web.page import Page


def seen_pupil(page: Page, number: str, gone: str) -> Pupil:
    """The pupil of that number. Raises NotFound in the words of `gone`, whether there is no such
    pupil, or the person does not see the pupil.
    """
    numbers = forms.known_numbers([number])
    found = page.session.get(Pupil, numbers[0]) if numbers else None
    if found is None or page.who.owner_id not in (None, found.owner_id):
        raise NotFound(gone)
    try:
        return access.pupil(page.session, page.who, found.key)
    except NotFound:
        raise NotFound(gone) from None
