"""The file: read alike by every program, the same bytes for the same content, and no more."""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iopflow.feeds import writing
from iopflow.feeds.writing import LONGEST, Content, Entry, feed_bytes, plain
from tests.feeds.readers import READERS, Read

MADE = datetime(2026, 8, 20, 6, 0, tzinfo=UTC)
CHANGED = datetime(2026, 11, 3, 7, 30, 12, 999, tzinfo=UTC)
NASTY = 'Målvalg; "IOP", 3\\nivåer – \N{EARTH GLOBE EUROPE-AFRICA}:\r\nBEGIN:VEVENT\x0b\x00'


def entry(title: str = "Målvalg: 3 elever igjen", uid: str = "a@iopflow") -> Entry:
    """A deadline on 31 May."""
    day = date(2027, 5, 31)
    return Entry(uid, title, day, day, MADE, CHANGED, 4)


def content(*entries: Entry) -> Content:
    """A feed with these entries."""
    return Content("IOP-frister", entries, "https://iop.eikedal.example/")


def meant(entries: Sequence[Entry]) -> list[Read]:
    """What every program should read."""
    return sorted(Read(one.first, one.last, plain(one.title), one.uid) for one in entries)


def disagreeing(written: bytes, entries: Sequence[Entry]) -> set[str]:
    """The readers that read something else than what was meant."""
    return {read.__name__ for read in READERS if read(written) != meant(entries)}


days = st.dates(date(2025, 8, 1), date(2028, 7, 31))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
titles = st.one_of(
    st.text(st.characters(), min_size=1, max_size=80),
    st.text(
        "\\;,:\"'\r\n\t\x00\x0b\x1c\x85\u2028\ufeff aåøæ漢字👩‍👧e\u0301", min_size=1, max_size=400
    ),
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    first, moment = draw(days), draw(moments)
    return Entry(
        f"{draw(st.uuids())}@iopflow",
        draw(titles.filter(plain)),
        first,
        first + timedelta(days=draw(st.integers(0, 200))),
        moment,
        moment + timedelta(days=draw(st.integers(0, 400))),
        draw(st.integers(0, 2**31 - 1)),
    )


@given(st.lists(entries(), min_size=1, max_size=5, unique_by=lambda one: one.uid))
@example([entry(NASTY), entry("x" * 5000, "b@iopflow"), entry("漢" * 199, "c@iopflow")])
def test_every_program_reads_the_same_whatever_the_titles(made: list[Entry]) -> None:
    assert disagreeing(feed_bytes(content(*made)), made) == set()


@given(st.lists(entries(), min_size=1, max_size=5, unique_by=lambda one: one.uid), st.randoms())
def test_the_lines_are_those_of_the_standard_and_no_control_character_passes(
    made: list[Entry], dice: Random
) -> None:
    written = feed_bytes(content(*made))
    lines = written.split(b"\r\n")
    text = written.decode()

    assert lines[-1] == b""
    assert [line for line in lines if len(line) > 75] == []
    assert {sign for sign in text if unicodedata.category(sign) == "Cc"} == {"\r", "\n"}
    assert text.count("\r") == text.count("\n") == text.count("\r\n")
    assert text.count("\r\nBEGIN:VEVENT\r\n") == len(made)
    dice.shuffle(made)
    assert feed_bytes(content(*made)) == written


def test_the_file_is_this() -> None:
    """Section by section, as it was tried on fifteen programs."""
    window = Entry("w@iopflow", "Vindu", date(2027, 2, 1), date(2027, 5, 31), MADE, MADE)

    assert feed_bytes(content(entry(), window)).decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "PRODID:-//iopflow//feed 1//NO",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "NAME:IOP-frister",
        "X-WR-CALNAME:IOP-frister",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "X-PUBLISHED-TTL:PT4H",
        "BEGIN:VEVENT",
        "UID:w@iopflow",
        "DTSTAMP:20260820T060000Z",
        "LAST-MODIFIED:20260820T060000Z",
        "CREATED:20260820T060000Z",
        "SEQUENCE:0",
        "DTSTART;VALUE=DATE:20270201",
        "DTEND;VALUE=DATE:20270601",
        "SUMMARY:Vindu",
        "URL:https://iop.eikedal.example/",
        "CATEGORIES:IOP,Frist",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:a@iopflow",
        "DTSTAMP:20261103T073012Z",
        "LAST-MODIFIED:20261103T073012Z",
        "CREATED:20260820T060000Z",
        "SEQUENCE:4",
        "DTSTART;VALUE=DATE:20270531",
        "DTEND;VALUE=DATE:20270601",
        "SUMMARY:Målvalg: 3 elever igjen",
        "URL:https://iop.eikedal.example/",
        "CATEGORIES:IOP,Frist",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_calendar_name_cannot_bring_events_of_its_own() -> None:
    written = feed_bytes(Content(NASTY, (entry(),)))

    name = 'Målvalg\\; "IOP"\\, 3/nivåer – \N{EARTH GLOBE EUROPE-AFRICA}: BEGIN:VEVENT'
    assert [
        line.partition(":")[2]
        for line in written.decode().replace("\r\n ", "").split("\r\n")
        if line.startswith(("NAME", "X-WR-CALNAME"))
    ] == [name, name]
    assert written.count(b"\r\nBEGIN:VEVENT\r\n") == 1
    assert disagreeing(written, [entry()]) == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mål\\valg", "Mål/valg"),
        ("  to\r\nlinjer\x0b\u2028og \x00tre ", "to linjer og tre"),
        ("\x85\ufeff", ""),
        ("halv\ud83dt tegn", "halvt tegn"),
        ("a" * 201, "a" * 199 + "…"),
        ("a" * LONGEST, "a" * LONGEST),
    ],
)
def test_a_title_is_one_line_of_readable_signs(text: str, shown: str) -> None:
    assert plain(text) == shown


def _end_is_the_last_day(written: bytes) -> bytes:
    return written.replace(b"DTEND;VALUE=DATE:20270601", b"DTEND;VALUE=DATE:20270531")


def _no_end(written: bytes) -> bytes:
    return written.replace(b"DTEND;VALUE=DATE:20270601", b"DTEND;VALUE=DATE:20270602")


def _comma_bare(written: bytes) -> bytes:
    return written.replace(rb"SUMMARY:A\, b", rb"SUMMARY:A\nb")


def _uid_lost(written: bytes) -> bytes:
    return written.replace(b"UID:a@iopflow", b"UID:b@iopflow")


@pytest.mark.parametrize("broken", [_end_is_the_last_day, _no_end, _comma_bare, _uid_lost])
def test_the_comparison_notices_a_broken_file(broken: Callable[[bytes], bytes]) -> None:
    made = entry("A, b")
    right = feed_bytes(content(made))

    assert disagreeing(right, [made]) == set()
    assert broken(right) != right
    assert disagreeing_or_refused(broken(right), made) == {read.__name__ for read in READERS}


def test_the_comparison_notices_a_writer_without_the_exclusive_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Entry("w@iopflow", "Vindu", date(2027, 2, 1), date(2027, 5, 31), MADE, MADE)
    monkeypatch.setattr(writing, "_DAY", timedelta(0))

    assert disagreeing_or_refused(feed_bytes(content(made)), made) == {
        read.__name__ for read in READERS
    }


def disagreeing_or_refused(written: bytes, made: Entry) -> set[str]:
    """The readers that read something else, or refuse."""
    found = set()
    for read in READERS:
        try:
            agrees = read(written) == meant([made])
        except Exception:
            agrees = False
        if not agrees:
            found.add(read.__name__)
    return found
