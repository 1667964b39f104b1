"""Hostile texts in every field that a person fills: printed as they are, and run by nobody (S5).

They are planted in the database itself, past every form, and all pages are opened as those who see
the most. What would have run sets `window.__xss`; what would only have run at a touch is found as
an attribute; and what the policy stopped has told so, which is a fault as well.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page
from sqlalchemy import text, update
from sqlmodel.sql.sqltypes import AutoString

from iopflow import db
from iopflow.models import metadata
from iopflow.web.app import ROUTES
from tests.browser.conftest import Pages, _serve, sixty
from tests.databases import Sqlite
from tests.factories import add

X = "window.__xss=1"
PAYLOADS = (
    f"<script>{X}</script>",
    f"</script><script>{X}</script>",
    f"<ScRiPt>{X}</sCrIpT>",
    f"<script/x>{X}</script>",
    f"<<script>{X}//<</script>",
    f"<img src=x onerror={X}>",
    f'"><img src=x onerror={X}>',
    f"'><img src=x onerror={X}>",
    f"`><img src=x onerror={X}>",
    f"<img src=`x`onerror={X}>",
    f"<img/src=x/onerror={X}>",
    f"<svg onload={X}>",
    f"<svg/onload={X}>",
    f'"><svg/onload={X}>',
    f"<svg><script>{X}</script></svg>",
    f"<svg><a xlink:href='javascript:{X}'><text y='9'>x</text></a></svg>",
    f"<svg><animate onbegin={X} attributeName=x dur=1s>",
    f"<svg><title></title><script>{X}</script>",
    f"</title><script>{X}</script>",
    f"</text></svg><script>{X}</script>",
    f"</option></select><script>{X}</script>",
    f"</textarea><script>{X}</script>",
    f"</style><script>{X}</script>",
    f"--><script>{X}</script>",
    f"]]><script>{X}</script>",
    f'" autofocus onfocus={X} x="',
    f"' autofocus onfocus={X} x='",
    f'" onmouseover={X} x="',
    f"' onmouseover={X} x='",
    f'" style="x:expression({X})"',
    f'" accesskey=x onclick={X} x="',
    f"<details open ontoggle={X}>",
    f"<body onload={X}>",
    f"<input autofocus onfocus={X}>",
    f"<video><source onerror={X}></video>",
    f"<audio src=x onerror={X}>",
    f"<iframe srcdoc='<script>parent.{X}</script>'></iframe>",
    f"<iframe src=javascript:parent.{X}></iframe>",
    f"<object data=javascript:{X}></object>",
    f"<embed src=javascript:{X}>",
    f"<a href=javascript:{X}>x</a>",
    f"<form action=javascript:{X}><button>x</button></form>",
    f"<math><mi xlink:href=javascript:{X}>x</mi></math>",
    f"<marquee onstart={X}>x</marquee>",
    f"<base href=javascript:{X}//>",
    f"<meta http-equiv=refresh content='0;url=javascript:{X}'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>*{display:none}</style>",
    f"<div hx-on:load={X} hx-get=/x hx-trigger=load>x</div>",
    f"<div data-hx-on::load={X}>x</div>",
    f"javascript:{X}",
    f"jAvAsCrIpT:{X}//",
    f"data:text/html,<script>{X}</script>",
    "{{7*7}}",
    "{% for x in (1,) %}{{x}}{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{0.__class__} %s %(name)s",
    "\u202e\u2066 txt.exe \u2069 \u202c",
    "a\u0300\u0301\u0302" * 50,
    "&lt;script&gt; &amp;#60; &#x3c;",
    "A" * 10_000,
)
PRINTED = " {{7*7}} {0.__class__} <b>%s</b>"  # at the end of every pupil's name
# What a person, an import or another system may fill.
FILLED = frozenset(
    {"name", "label", "place", "note", "reason", "comment", "archive_ref", "evidence", "text"}
    | {"municipality", "error", "result", "source", "fetched_by"}
    | {"outcome", "description", "correction", "answer_note", "home_municipality"}
    | {"ppt_reference", "category", "decided_by", "login", "refused_email", "subject", "issuer"}
)
HERE = frozenset({("day_off", "what"), ("mail", "why")})  # of a column whose name others have too
# What only iopflow writes, or takes from a list of its own: ids, codes, hashes, keys and logs.
OURS = frozenset(
    {"act", "after", "asked_hash", "at_key", "at_kind", "before", "birth_month", "body", "cause"}
    | {"counted", "court", "domain", "email", "entry", "indicator", "job", "key", "language"}
    | {"leads_to", "leaving", "listed", "mending", "message_id", "nonce", "occasion", "of"}
    | {"own_wheel", "part", "pupil_key", "role", "shown", "slot", "stamp", "step", "table_name"}
    | {"tag", "tasks", "token_hash", "uid", "unit_key", "value", "week", "what", "wheel", "why"}
)
SEEN = """() => ({
  xss: window.__xss ?? null,
  attributes: [...document.querySelectorAll('*')].flatMap(one => [...one.attributes]
    .filter(a => a.name.startsWith('on') || a.name.includes('hx-on') || a.name === 'srcdoc'
      || /^\\s*(javascript|data):/i.test(a.value) && a.name !== 'value')
    .map(a => one.tagName + ' ' + a.name)),
  strangers: [...document.querySelectorAll(
    'script, iframe, object, embed, base, style, link, meta')]
    .filter(one => !(one.closest('head') && !(one.src || one.href || '').includes('evil')
      && one.httpEquiv !== 'refresh')).map(one => one.outerHTML.slice(0, 80)),
})"""


def hostile(url: str) -> None:
    """The school of sixty pupils, with another payload in each field of each row."""
    sixty(url)
    engine = db.create_engine(url)
    with db.session(engine) as session:
        _say(session)
        for table in metadata.sorted_tables:
            for column in table.c:
                if _is_filled(table.name, column):
                    _plant(session, table, column)
    engine.dispose()


def _say(session: Any) -> None:
    """Something said of figures, with as many rows as there are payloads."""
    ((owner, school, person),) = session.execute(
        text(
            "SELECT s.owner_id, s.id, p.id FROM school s, person p"
            " WHERE s.key = 'lia' AND p.key = 'kari'"
        )
    )
    about = {"owner_id": owner, "school_id": school, "year": 2026, "indicator": "P1"}
    day = date(2026, 12, 1)
    add(session, "indicator_comment", **about, text="x", on_day=day)
    for _payload in PAYLOADS:
        measure = {"text": "x", "outcome": "x", "person_id": person, "due": day}
        add(session, "measure", **about, **measure, decided_on=day)
        story = {"description": "x", "correction": "x", "evidence": "x", "cause": "annet"}
        add(session, "deviation", **about, **story, pupils=1, raised_on=day, due=day)


def _is_filled(table: str, column: Any) -> bool:
    if not isinstance(column.type, AutoString):
        return False
    return column.name in FILLED or (table, column.name) in HERE


def test_every_text_is_planted_or_is_ours() -> None:
    """A new column says who writes it, so that none is forgotten."""
    texts = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, AutoString)
    }
    assert {name for _table, name in texts} - FILLED - OURS == set()
    assert (FILLED | OURS) - {name for _table, name in texts} == set()
    assert texts >= HERE


def _plant(session: Any, table: Any, column: Any) -> None:
    rows = session.execute(table.select().with_only_columns(table.c.id, column)).all()
    for place, (number, value) in enumerate(rows):
        payload = PAYLOADS[(place + len(column.name)) % len(PAYLOADS)]
        # People begin with their names, by which a test chooses who to be.
        planted = f"{value} {payload}" if table.name == "person" else payload
        planted += PRINTED if table.name == "pupil" else ""
        session.execute(update(table).where(table.c.id == number).values({column.name: planted}))


@pytest.fixture(scope="module")
def planted(browser: Browser, files: Sqlite) -> Iterator[Pages]:
    """The site."""
    with files.fresh(hostile) as url:
        yield from _serve(browser, url)


FILES = (".xlsx", ".csv", ".css", "/fil")  # no page: what they hold is tried where they are made


def paths(pages: Pages) -> list[str]:
    """Every page there is, with an object that the roles below see."""
    numbers = {
        "/sak/{number}": "SELECT min(id) FROM pupil",
        "/ppt/moter/{number}": "SELECT min(id) FROM ppt_meeting",
        "/tiltak/{number}": "SELECT min(id) FROM measure",
        "/tiltak/avvik/{number}": "SELECT min(id) FROM deviation",
        "/moter/{number}": "SELECT coalesce(min(id), 1) FROM meeting",
    }
    found = []
    for route in ROUTES:
        if route.method == "GET" and not route.path.endswith(FILES):
            ((number,),) = pages.rows(numbers.get(route.path, "SELECT min(id) FROM pupil"))
            path = route.path.replace("{number}", str(number)).replace("{token}", "x")
            path = path.replace("{other}", str(number + 1))
            found.append(path.replace("{figure}", "R1").replace("{code}", "P1"))
    return [*found, "/indikatorer/P9", "/masse?steg=2026:iop.malvalgsamtale", "/mine?vis=alt"]


@pytest.mark.parametrize("person", ["Rita", "Kari", "Petra", "Ada"])
def test_no_text_runs_on_any_page(planted: Pages, person: str) -> None:
    page = planted.as_(person)
    told: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        told.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismissed)
    page.on("console", lambda said: told.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    wrong, printed = [], ""
    for path in paths(planted):
        answer = page.goto(planted.address + path)
        assert answer is not None
        assert answer.status in (200, 403, 404), (path, answer.status)
        seen: dict[str, Any] = page.evaluate(SEEN)
        if seen != {"xss": None, "attributes": [], "strangers": []}:
            wrong.append(f"{path}: {seen}")
        assert page.url.startswith(planted.address), path
        printed += _text(page)
    # A page that is refused says so in the console, and that is all that may stand there.
    assert [one for one in told if "the server responded with a status of 40" not in one] == []
    assert wrong == []
    if person != "Ada":  # who sees no pupil, and nothing that anybody has written of one
        assert PRINTED in printed


def _text(page: Page) -> str:
    return str(page.evaluate("document.documentElement.textContent"))
