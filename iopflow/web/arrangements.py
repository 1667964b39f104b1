"""Oppsett: the pages that are used a few times a year, each with what is done there."""

from starlette.responses import Response

from iopflow.web.menu import arrangements
from iopflow.web.page import Page


def overview(page: Page) -> Response:
    """The pages that the person's roles open."""
    return page.show("arrangements.html", cards=arrangements(page))
