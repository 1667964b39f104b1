"""A report as one HTML file: its styles, font and pictures inside, no script, ready for A4."""

from base64 import b64encode
from functools import cache
from importlib import resources
from pathlib import Path

from markupsafe import Markup

from iopflow.rendering import environment
from iopflow.report.content import Report
from iopflow.texts import speaking

_STATIC = resources.files("iopflow") / "web" / "static"


def html(report: Report, own: Path | None = None) -> str:
    """The file. `own` are the operator's templates."""
    with speaking(report.language):
        made = environment(own).get_template("report/report.html")
        return made.render(report=report, style=_style(), font=_font())


def body(report: Report, own: Path | None = None) -> Markup:
    """What stands on the file, for a page that has its styles already."""
    with speaking(report.language):
        return Markup(environment(own).get_template("report/body.html").render(report=report))  # noqa: S704 - made by a template that escapes


@cache
def _style() -> str:
    return (_STATIC / "report.css").read_text(encoding="utf-8")


@cache
def _font() -> str:
    return b64encode((_STATIC / "vendor" / "inter-latin-wght-normal.woff2").read_bytes()).decode()
