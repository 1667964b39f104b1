"""A pupil's year as a line of twelve months: where each step stands on it, and how it is drawn."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from itertools import pairwise

from iopflow.status import Status
from iopflow.texts import _, month_name, short_date
from iopflow.web.wheel_shapes import attribute, text
from iopflow.web.wheel_words import brief, shortened

WIDTH, EDGE = 1000.0, 24.0
RADIUS, PILL = 14.0, 26.0  # half the width of a sign for one step, and for several
AIR = 3.0
LONG = timedelta(days=28)  # what lasts as long is a bar, not only the day it ends
_LANE, _TOP, _ROW, _LEGEND = 24.0, 34.0, 16.0, 34.0
_LETTER = 7.4  # the width of a letter of a day, generously
_ROWS = 3  # of days below the signs


class Look(IntEnum):
    """How a step looks on the line, the most pressing last."""

    AWAY = 1
    DONE = 2
    DONE_LATE = 3
    RESTING = 4
    OPEN = 5
    OVERDUE = 6


LOOKS: Mapping[Status, Look] = {
    Status.DONE: Look.DONE,
    Status.DONE_LATE: Look.DONE_LATE,
    Status.PLANNED: Look.OPEN,
    Status.OPEN: Look.OPEN,
    Status.OVERDUE: Look.OVERDUE,
    Status.WAITING: Look.RESTING,
    Status.SUSPENDED: Look.RESTING,
    Status.DECLINED: Look.AWAY,
    Status.NOT_APPLICABLE: Look.AWAY,
    Status.BEFORE_START: Look.AWAY,
    Status.CANCELLED: Look.AWAY,
}
_CLASSES = {
    Look.AWAY: "away",
    Look.DONE: "done",
    Look.DONE_LATE: "late-done",
    Look.RESTING: "resting",
    Look.OPEN: "open",
    Look.OVERDUE: "overdue",
}
# A shape and a sign for each: no two look the same without colour.
_CIRCLE = "M-14 0a14 14 0 1 0 28 0a14 14 0 1 0-28 0Z"
_SQUARE = "M-13-13H13V13H-13Z"
_DIAMOND = "M0-17L17 0L0 17L-17 0Z"
_WIDE = "M-26-14H26V14H-26Z"
_SHAPES = {Look.DONE_LATE: _SQUARE, Look.OVERDUE: _DIAMOND}
_TICK = "M-6 0l4 5 8-10"
_SIGNS = {
    Look.DONE: _TICK,
    Look.DONE_LATE: _TICK,
    Look.OVERDUE: "M0-8V2M0 7v1",
    Look.AWAY: "M-6 0H6",
    Look.RESTING: "M-3.5-6V6M3.5-6V6",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A step on the line; `said` is its name in full with how it stands."""

    title: str
    said: str
    due: date
    look: Look
    opens: date | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """One sign: a step, or several whose signs would overlap."""

    points: tuple[Point, ...]
    x: float

    @property
    def half(self) -> float:
        """Half its width: several steps need room for their number."""
        return RADIUS + AIR if len(self.points) == 1 else PILL

    @property
    def look(self) -> Look:
        """The most pressing of its steps."""
        return max(point.look for point in self.points)


@dataclass(frozen=True, slots=True)
class Line:
    """Twelve months from `first`, from left to right."""

    first: date

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of the months, and of the month after."""
        ordinal = self.first.year * 12 + self.first.month - 1
        return tuple(date((ordinal + n) // 12, (ordinal + n) % 12 + 1, 1) for n in range(13))

    def x(self, day: date) -> float:
        """Where a day stands, those outside the months at their edge."""
        last = self.months[-1]
        kept = min(max(day, self.first), last)
        return EDGE + (WIDTH - 2 * EDGE) * (kept - self.first).days / (last - self.first).days

    def markers(self, points: Iterable[Point]) -> tuple[Marker, ...]:
        """The signs, in order of days: whoever would overlap stand together."""
        ordered = sorted(points, key=lambda point: (point.due, point.title))
        markers = [self._marker((point,)) for point in ordered]
        while True:
            near = [
                (other.x - other.half - one.x - one.half - AIR, place)
                for place, (one, other) in enumerate(pairwise(markers))
            ]
            least, place = min(near, default=(0.0, 0))
            if least >= 0:
                return tuple(markers)
            joined = self._marker(markers[place].points + markers[place + 1].points)
            markers[place : place + 2] = [joined]

    def _marker(self, points: tuple[Point, ...]) -> Marker:
        middle = (self.x(points[0].due) + self.x(points[-1].due)) / 2
        return Marker(points, min(max(middle, PILL + AIR), WIDTH - PILL - AIR))


def draw(points: Sequence[Point], first: date, *, title: str, today: date) -> str:
    """The line as SVG, in the language in use; it leads nowhere, and the table says the same."""
    line = Line(first)
    markers = line.markers(points)
    bars = _lanes(point for point in points if _lasts(point))
    lanes = max((lane for _point, lane in bars), default=-1) + 1
    track = _TOP + lanes * _LANE + 24
    labels, rows = _labels(markers, track)
    looks = sorted({point.look for point in points}, reverse=True)
    bottom = track + 24 + rows * _ROW
    height = bottom + (_LEGEND if looks else 0)
    body = [
        f'<title id="timeline-title">{text(title)}</title>',
        f'<desc id="timeline-desc">{text(_described(looks, points))}</desc>',
        *_months(line, bottom),
        *_bars(line, bars),
        f'<path class="timeline-axis" d="M{EDGE:g} {track:g}H{WIDTH - EDGE:g}"/>',
        *_today(line, today, bottom),
        *labels,
        *(_sign(marker, track) for marker in markers),
        *_legend(looks, bottom + _LEGEND / 2),
    ]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="timeline" '
        f'viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        'aria-labelledby="timeline-title timeline-desc">\n' + "\n".join(body) + "\n</svg>\n"
    )


def look_name(look: Look) -> str:
    """How a step stands, in a word or two."""
    return {
        Look.DONE: _("gjort"),
        Look.DONE_LATE: _("gjort for sent"),
        Look.OPEN: _("åpen"),
        Look.OVERDUE: _("over frist"),
        Look.RESTING: _("venter"),
        Look.AWAY: _("ikke aktuelt eller takket nei"),
    }[look]


def _described(looks: Iterable[Look], points: Sequence[Point]) -> str:
    counts = ", ".join(
        f"{sum(point.look is look for point in points)} {look_name(look)}" for look in looks
    )
    return _("Stegene står på fristene sine: {counts}. Tabellen sier det samme.").format(
        counts=counts or _("ingen steg")
    )


def _lasts(point: Point) -> bool:
    return point.opens is not None and point.due - point.opens >= LONG


def _lanes(points: Iterable[Point]) -> list[tuple[Point, int]]:
    """The bars with their lanes: those that meet have different ones."""
    ends: list[date] = []
    placed = []
    for point in sorted(points, key=lambda point: (point.opens or point.due, point.due)):
        opens = point.opens or point.due
        lane = next((lane for lane, end in enumerate(ends) if end < opens), len(ends))
        ends[lane : lane + 1] = [point.due]
        placed.append((point, lane))
    return placed


def _months(line: Line, bottom: float) -> Iterator[str]:
    for place, (month, after) in enumerate(pairwise(line.months)):
        x, end = line.x(month), line.x(after)
        kind = "timeline-odd" if place % 2 else "timeline-even"
        yield (
            f'<rect class="{kind}" x="{x:.1f}" y="26" width="{end - x:.1f}" '
            f'height="{bottom - 26:.1f}"/>'
        )
        name = month_name(month.month)[:3]
        year = f" {month.year}" if month.month == 1 or place == 0 else ""
        yield (
            f'<text class="timeline-month" x="{(x + end) / 2:.1f}" y="18">{text(name + year)}'
            "</text>"
        )


def _bars(line: Line, bars: Iterable[tuple[Point, int]]) -> Iterator[str]:
    for point, lane in bars:
        x, end = line.x(point.opens or point.due), line.x(point.due)
        y = _TOP + lane * _LANE
        room = int((end - x - 8) / _LETTER)
        shown = text(shortened(point.title, room)) if room >= 6 else ""
        span = f"{brief(point.opens or point.due)}–{brief(point.due)}"
        yield (
            f'<g><title>{text(point.title)} {span}</title><rect class="timeline-bar" '
            f'x="{x:.1f}" y="{y:g}" width="{max(4.0, end - x):.1f}" height="20" rx="4"/>'
            f'<text class="timeline-span" x="{(x + end) / 2:.1f}" y="{y + 14:g}">{shown}</text></g>'
        )


def _today(line: Line, today: date, bottom: float) -> Iterator[str]:
    if line.first <= today < line.months[-1]:
        x = line.x(today)
        said = _("i dag {day}").format(day=short_date(today))
        yield (
            f'<g><title>{text(said)}</title><path class="timeline-today" '
            f'd="M{x:.1f} 26V{bottom:g}"/></g>'
        )


def _labels(markers: Sequence[Marker], track: float) -> tuple[list[str], int]:
    """The days below their signs, on as many rows as they need, and how many that is."""
    ends = [float("-inf")] * _ROWS
    drawn, used = [], 0
    for marker in markers:
        first, last = marker.points[0].due, marker.points[-1].due
        words = brief(first) if first == last else f"{brief(first)}–{brief(last)}"
        half = len(words) * _LETTER / 2
        x = min(max(marker.x, half), WIDTH - half)
        row = next((row for row, end in enumerate(ends) if x - half > end), None)
        if row is None:
            continue
        ends[row] = x + half + 4
        used = max(used, row + 1)
        y = track + 32 + row * _ROW
        drawn.append(f'<text class="timeline-day" x="{x:.1f}" y="{y:g}">{text(words)}</text>')
    return drawn, used


def _sign(marker: Marker, track: float) -> str:
    several = len(marker.points) > 1
    shape = _WIDE if several else _SHAPES.get(marker.look, _CIRCLE)
    drawn = _SIGNS.get(marker.look, "")
    said = "; ".join(point.said for point in marker.points)
    inside = f'<path class="timeline-sign" d="{drawn}"/>' if drawn else ""
    if several:
        said = _("{n} steg: {names}").format(n=len(marker.points), names=said)
        inside = (
            f'<text class="timeline-number" x="{-9 if drawn else 0}" dy=".36em">'
            f"{len(marker.points)}</text>"
        ) + (f'<g transform="translate(12 0)">{inside}</g>' if drawn else "")
    return (
        f"<g class={attribute('timeline-mark timeline-' + _CLASSES[marker.look])} "
        f'transform="translate({marker.x:.1f} {track:g})"><title>{text(said)}</title>'
        f'<path class="timeline-shape" d="{shape}"/>{inside}</g>'
    )


def _legend(looks: Sequence[Look], y: float) -> Iterator[str]:
    """What the signs mean, those that are in use."""
    x = EDGE
    for look in looks:
        drawn = _SIGNS.get(look)
        inside = f'<path class="timeline-sign" d="{drawn}"/>' if drawn else ""
        yield (
            f'<g class="timeline-mark timeline-{_CLASSES[look]}" '
            f'transform="translate({x + 12:.1f} {y:g}) scale(.7)">'
            f'<path class="timeline-shape" d="{_SHAPES.get(look, _CIRCLE)}"/>{inside}</g>'
            f'<text class="timeline-legend" x="{x + 28:.1f}" y="{y:g}" dy=".36em">'
            f"{text(look_name(look))}</text>"
        )
        x += 52 + len(look_name(look)) * _LETTER
