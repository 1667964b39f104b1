"""Which events the button «Angre» takes back: one's own acts, each of them whole."""

from iopflow.engine import undoing
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.page import Page


def next_event(page: Page) -> int:
    """The number from which on events are of what is done now: asked before it is done."""
    return undoing.last_event(page.session) + 1


def events_since(page: Page, first: int) -> str:
    """The events of what was done, as addresses and forms name them: «12-15»; empty for none."""
    last = undoing.last_event(page.session)
    return f"{first}-{last}" if last >= first else ""


def whole_acts(page: Page, field: str) -> range:
    """The events that the form names. Raises Unclear for what is none, or a part of an act.

    A form can be written by anybody: each route that undoes asks here.
    """
    events = forms.events(page.form.get(field, ""))
    if events is None or undoing.cuts_an_act(page.session, events, page.who.person_id):
        raise forms.Unclear(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))
    return events
