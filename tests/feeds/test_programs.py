"""ical.js and libical read the same as the readers in Python, and notice what is broken."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iopflow.feeds.writing import Entry, feed_bytes
from iopflow.models import FeedLevel, FeedShows
from tests.factories import Lia
from tests.feeds.programs import Libical, icaljs, missing
from tests.feeds.readers import Read
from tests.feeds.test_content import events, made, shown
from tests.feeds.test_writing import NASTY, content, entries, entry, meant

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")


@pytest.fixture(scope="module")
def programs() -> Iterator[dict[str, Callable[[bytes], list[Read]]]]:
    """Both, by name."""
    with icaljs() as reader:
        yield {"ical.js": reader, "libical": Libical()}


@given(st.lists(entries(), min_size=1, max_size=5, unique_by=lambda one: one.uid))
@example([entry(NASTY), entry("x" * 10_000, "b@iopflow"), entry("漢" * 199, "c@iopflow")])
def test_they_read_what_was_meant_whatever_the_titles(
    programs: dict[str, Callable[[bytes], list[Read]]], made: list[Entry]
) -> None:
    written = feed_bytes(content(*made))
    assert {name: read(written) for name, read in programs.items()} == dict.fromkeys(
        programs, meant(made)
    )


def test_they_read_every_kind_of_feed_as_the_others_do(
    programs: dict[str, Callable[[bytes], list[Read]]], cast: Lia
) -> None:
    kinds = [
        *(made(cast, "rita", "school:lia", level, ticks=True) for level in FeedLevel),
        made(cast, "kari", shows=FeedShows.WHEEL),
        made(cast, "eli", shows=FeedShows.DATES),
    ]
    for feed, _token in kinds:
        written = shown(cast, feed)
        for name, read in programs.items():
            assert read(written) == events(written), name


BROKEN: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "the last day as the end": (
        "ical.js libical",
        lambda file: file.replace(b"DTEND;VALUE=DATE:20270601", b"DTEND;VALUE=DATE:20270531"),
    ),
    "a day lost": (
        "ical.js libical",
        lambda file: file.replace(b"DTSTART;VALUE=DATE:20270531", b"DTSTART;VALUE=DATE:20270530"),
    ),
    "a title that is unescaped": (
        "ical.js libical",
        lambda file: file.replace(rb"A\, b", b"A\r\n b"),
    ),
    "a duration without its T": (
        "libical",
        lambda file: file.replace(b"PT4H", b"P4H"),
    ),
    "a file that ends too early": (
        "ical.js",
        lambda file: file[: file.index(b"END:VCALENDAR")],
    ),
    "PUBLISH without an organiser": (
        "libical",
        lambda file: file.replace(b"VERSION:2.0", b"VERSION:2.0\r\nMETHOD:PUBLISH"),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_they_notice_what_is_broken(
    programs: dict[str, Callable[[bytes], list[Read]]], what: str
) -> None:
    one = entry("A, b")
    right = feed_bytes(content(one))
    names, breaking = BROKEN[what]
    broken = breaking(right)
    assert broken != right
    noticed = {name for name, read in programs.items() if not _agrees(read, broken, one)}
    assert set(names.split()) <= noticed


def _agrees(read: Callable[[bytes], list[Read]], written: bytes, one: Entry) -> bool:
    try:
        return read(written) == meant([one])
    except ValueError:
        return False
