"""Where to go after logging in: a page of ours, and no other place."""

import re
from urllib.parse import quote

LONGEST = 500
DONE = "/logg-inn/ferdig"  # tells that a form left behind can be sent again
# A path of ours: "//" and "/\\" lead to another host, and browsers leave out tabs and line breaks.
_OWN = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
_NOT_BACK = ("/logg-", "/svar/", "/feeds/")


def is_ours(path: str) -> bool:
    """Whether a browser that is sent to the path stays with us."""
    return len(path) <= LONGEST and _OWN.fullmatch(path) is not None


def own(path: str) -> str:
    """The path (with its query) if one may be led to it after logging in, else the start."""
    fine = path == DONE or (is_ours(path) and not path.startswith(_NOT_BACK))
    return path if fine else "/"


def to_log_in(leads_to: str) -> str:
    """The address of the page to log in on, which remembers where to go then."""
    return "/logg-inn" if leads_to == "/" else f"/logg-inn?neste={quote(leads_to, safe='/')}"
