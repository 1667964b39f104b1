"""The pictures of the user guide: which page of the demo each shows, and how it is taken.

`make pictures` takes those anew that no longer look like the page; `test_guide.py` fails till then.
"""

import base64
import contextlib
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, FloatRect, Page, sync_playwright

from iopflow.cli import main as iopflow
from iopflow.clock import OSLO
from tests.browser.conftest import Pages, chromium, serve

DOCS = Path(__file__).parents[2] / "docs"
PICTURES = DOCS / "bilder"
NOW = datetime(2027, 1, 11, 8, 0, tzinfo=OSLO)
ALIKE = 0.01  # of the pixels may differ: another version of the browser draws a letter otherwise


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: the page that a person of the demo sees, after what was done on it."""

    name: str
    person: str
    path: str
    does: Callable[[Page], object] | None = None
    width: int = 1120
    height: int = 780  # what is longer is cut off below


TEACHER, HEAD, REKTOR, PPT, ADMIN = (
    "Målfrid Målset",
    "Frida Fristad",
    "Ragna Rådal",
    "Per Peder Tveit",
    "Odd Driftnes",
)


def _first_row_opened(page: Page) -> None:
    page.locator("main section details.act summary").first.click()


def _first_pupil(page: Page) -> None:
    page.locator("main a[href^='/elev/']").first.click()
    page.wait_for_selector("main table")


def _first_cell(page: Page) -> None:
    page.locator("main a.cell[data-sign='!']").first.click()
    page.wait_for_selector("main .ask")


def _a_file_with_errors(page: Page) -> None:
    page.set_input_files("input[type=file]", files=[_FILE])
    page.locator("main form:has(input[type=file]) button").first.click()
    page.wait_for_url("**/import/*")


_FILE = FilePayload(
    name="pupils.csv",
    mimeType="text/csv",
    buffer=b"""pupil;name;birth_month;protected
t-901;Nora Nordnes;2016-04;nei
t-902;Emil Engset;2016-13;nei
t-903;Aud Aksnes;2017-01;kanskje
""",
)
SHOTS: tuple[Shot, ...] = (
    Shot("mine-elever", TEACHER, "/mine"),
    Shot("ferdig", TEACHER, "/mine", _first_row_opened),
    Shot("masse", TEACHER, "/masse"),
    Shot("samtaler", TEACHER, "/samtaler"),
    Shot("elev", TEACHER, "/mine", _first_pupil, height=900),
    Shot("matrise", HEAD, "/matrise"),
    Shot("celle", HEAD, "/matrise", _first_cell),
    Shot("indikatorer", REKTOR, "/indikatorer"),
    Shot("indikator", REKTOR, "/indikatorer/P9"),
    Shot("arsskifte", REKTOR, "/arsskifte"),
    Shot("arshjul", REKTOR, "/arshjul", height=900),
    Shot("ppt-ko", PPT, "/ppt"),
    Shot("drift", ADMIN, "/drift"),
    Shot("import", ADMIN, "/import", _a_file_with_errors),
    Shot("personer", ADMIN, "/personer"),
    Shot("kalender", TEACHER, "/kalender"),
)


@contextmanager
def site(browser: Browser) -> Iterator[Pages]:
    """The demo, as it stands on a morning in January, served to the browser."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "demo"
        asked = ["demo", "--no-serve", "--now", NOW.isoformat(), "--folder", str(home)]
        with contextlib.redirect_stdout(io.StringIO()):
            assert iopflow(asked) == 0
        url = f"sqlite:///{(home / 'iopflow.db').as_posix()}"
        with serve(browser, url, NOW, **_known(home)) as pages:
            yield pages


def _known(home: Path) -> dict[str, str]:
    return {"mail": f"dir:{home / 'post'}", "secret": "0123456789" * 4}


def take(pages: Pages, shot: Shot) -> bytes:
    """The picture as the page looks now."""
    page = pages.as_(shot.person, width=shot.width)
    page.goto(pages.address + shot.path)
    if shot.does is not None:
        shot.does(page)
    page.evaluate("document.fonts.ready")
    high: int = page.evaluate("Math.ceil(document.documentElement.scrollHeight)")
    clip = FloatRect(x=0, y=0, width=shot.width, height=min(high, shot.height))
    taken = page.screenshot(full_page=True, clip=clip, animations="disabled", caret="hide")
    page.context.close()
    return taken


def difference(browser: Browser, one: bytes, other: bytes) -> float:
    """The share of pixels that differ clearly: 1.0 where the pictures are not of one size."""
    page = browser.new_page()
    told: float = page.evaluate(
        _COMPARE, [base64.b64encode(each).decode() for each in (one, other)]
    )
    page.close()
    return told


_COMPARE = """async pictures => {
    const drawn = await Promise.all(pictures.map(async picture => {
        const image = new Image();
        image.src = 'data:image/png;base64,' + picture;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
    }));
    const [a, b] = drawn;
    if (a.width !== b.width || a.height !== b.height) return 1;
    let differ = 0;
    for (let at = 0; at < a.data.length; at += 4) {
        const far = Math.abs(a.data[at] - b.data[at]) + Math.abs(a.data[at + 1] - b.data[at + 1])
            + Math.abs(a.data[at + 2] - b.data[at + 2]);
        if (far > 96) differ += 1;
    }
    return differ / (a.width * a.height);
}"""


def main() -> None:
    """Takes the pictures that are missing or no longer true."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        with site(browser) as pages:
            for shot in SHOTS:
                if sys.argv[1:] and shot.name not in sys.argv[1:]:
                    continue
                file, taken = PICTURES / f"{shot.name}.png", take(pages, shot)
                if not file.exists() or difference(browser, file.read_bytes(), taken) > 0:
                    file.write_bytes(taken)
                    print(file.name)  # noqa: T201 - a tool's answer
        browser.close()


if __name__ == "__main__":
    main()
