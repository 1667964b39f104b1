"""Templates of mails and pages: where they are found, and what every one of them may use."""

from functools import cache
from pathlib import Path

import jinja2

from iopflow.resources import resource_dir
from iopflow.texts import _, counted, long_date, number, percent, short_date


@cache
def environment(own: Path | None = None) -> jinja2.Environment:
    """The templates, those in `own` (IOPFLOW_TEMPLATES) before the ones that ship.

    Everything is escaped but plain text, whatever a file is called; a name that is not there is an
    error and not an empty place.
    """
    places = [*([own] if own is not None else []), resource_dir("templates")]
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(places),
        autoescape=jinja2.select_autoescape(
            disabled_extensions=("txt",), default=True, default_for_string=True
        ),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"_": _, "counted": counted}
    made.filters |= {
        "day": short_date,
        "long_day": long_date,
        "number": number,
        "percent": percent,
    }
    return made
