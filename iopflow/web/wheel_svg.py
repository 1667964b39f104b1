"""The wheel as a picture: SVG that needs no script, and no style but `static/wheel.css`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import hypot, pi
from pathlib import Path
from textwrap import wrap
from urllib.parse import quote
from xml.sax.saxutils import escape

from iopflow.texts import _, month_name
from iopflow.web.wheel_layout import (
    CENTRE,
    SIZE,
    TRACK,
    Box,
    Circle,
    Mark,
    Marker,
    State,
    lanes,
    point,
)
from iopflow.web.wheel_shapes import arc, attribute, pair, sector, text
from iopflow.web.wheel_words import brief, name_of, shortened, state_name

STYLE = Path(__file__).parent / "static" / "wheel.css"
RIM, RING = 241.0, 206.0  # the months lie between
LANES = (105.0, 84.0)  # windows; a third would run into the words in the middle
LETTER = 0.56  # the width of a letter as part of its height, generously
WIDE = 0.62  # the same along a bow, where letters that do not fit are not shown
LEGEND = 36  # the height of the line that explains the signs
_CLASSES = {
    State.DONE: "done",
    State.NOT_BEGUN: "idle",
    State.UNDER_WAY: "busy",
    State.SOON: "soon",
    State.OVERDUE: "late",
}
# What is drawn in a marker: a tick, a half moon, an exclamation mark; nothing for not begun.
_BANG = "M0-9V2M0 7.5v1"
_SIGNS = {
    State.DONE: "M-7 0l5 6 9-11",
    State.UNDER_WAY: "M0-10a10 10 0 0 0 0 20a10 10 0 0 0 0-20v3a7 7 0 0 1 0 14Z",
    State.SOON: _BANG,
    State.OVERDUE: _BANG,
    None: "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be drawn: twelve months from `first`, with the steps due in them.

    `name` and `period` stand in the middle. `link` is what a step's key is put after to find it on
    the page (None draws signs that lead nowhere, for a file of its own); `prefix` keeps the ids of
    two wheels on one page apart.
    """

    name: str
    period: str
    first: date
    marks: tuple[Mark, ...]
    today: date | None = None
    link: str | None = "#steg-"
    prefix: str = "wheel"


def draw(picture: Picture, *, style: bool = False) -> str:
    """The picture as SVG, in the language in use; the same text for the same picture.

    Steps due outside the twelve months are left out. With `style` the style sheet is inside, as a
    file of its own needs; a page has it already, and its policy forbids style in the page.
    """
    circle = Circle(picture.first)
    marks = tuple(mark for mark in picture.marks if circle.holds(mark.due))
    markers = circle.markers(marks)
    states = sorted({mark.state for mark in marks if mark.state is not None})
    height = SIZE + (LEGEND if states else 0)
    body = [
        *_heading(picture, circle, len(marks)),
        f"<style>{escape(STYLE.read_text(encoding='utf-8'))}</style>" if style else "",
        f'<circle class="wheel-face" cx="{CENTRE:g}" cy="{CENTRE:g}" r="{RIM:g}"/>',
        *_months(circle),
        *_today(circle, picture.today),
        *_windows(picture, circle, marks),
        _ticks(circle, markers),
        *_labels(markers),
        *_middle(picture, marks),
        *(_marker(marker, picture.link) for marker in markers),
        *_legend(states),
    ]
    ids = f"{picture.prefix}-title {picture.prefix}-desc"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="wheel" viewBox="0 0 {SIZE} {height}" '
        f'role="group" aria-labelledby={attribute(ids)}>\n'
        + "\n".join(line for line in body if line)
        + "\n</svg>\n"
    )


def _heading(picture: Picture, circle: Circle, count: int) -> Iterator[str]:
    title = _("Årshjul for {name} {period}").format(name=picture.name, period=picture.period)
    told = _("Måneder fra {first} til {last} i en sirkel, med {n} steg på fristene sine.").format(
        first=month_name(circle.first.month), last=month_name(circle.months[11].month), n=count
    )
    yield f"<title id={attribute(picture.prefix + '-title')}>{text(title)}</title>"
    yield f"<desc id={attribute(picture.prefix + '-desc')}>{text(told)}</desc>"


def _months(circle: Circle) -> Iterator[str]:
    for place, (month, after) in enumerate(pairwise(circle.months)):
        start, end = circle.angle(month), circle.angle(after)
        kind = "july" if month.month == 7 else ("even", "odd")[place % 2]
        yield f'<path class="wheel-month wheel-{kind}" d="{sector(start, end, RIM, RING)}"/>'
        turn = (start + end) / 2
        flipped = 90 < turn % 360 < 270
        x, y = point(turn, (RIM + RING) / 2)
        angle = turn + 180 if flipped else turn
        yield (
            f'<text class="wheel-name" dy=".36em" transform="translate({x:.1f} {y:.1f}) '
            f'rotate({angle:.1f})">{text(month_name(month.month))}</text>'
        )


def _today(circle: Circle, today: date | None) -> Iterator[str]:
    """An arrow outside the ring that points at the day."""
    if today is not None and circle.holds(today):
        angle = circle.angle(today)
        tip, left, right = point(angle, RIM - 4), point(angle - 2, 250), point(angle + 2, 250)
        yield f'<path class="wheel-today" d="M{pair(*tip)}L{pair(*left)}L{pair(*right)}Z"/>'


def _windows(picture: Picture, circle: Circle, marks: Sequence[Mark]) -> Iterator[str]:
    for number, (mark, lane) in enumerate(lanes(marks), 1):
        opens = mark.opens or mark.due
        start, end = circle.clip(opens), circle.clip(mark.due)
        if lane >= len(LANES):
            continue
        radius = LANES[lane]
        shown = f"{brief(opens)}–{brief(mark.due)}"
        yield (
            f'<path class="wheel-window" d="{arc(start, end, radius)}">'
            f"<title>{text(mark.title)} {shown}</title></path>"
        )
        flipped = 90 < (start + end) / 2 % 360 < 270
        inner = radius + 4.6 if flipped else radius - 4.6  # so that letters stand in the middle
        length = (end - start) / 360 * 2 * pi * inner - 8
        room = int(length / (13 * WIDE))
        if room < 8:
            continue
        # What comes before a colon is a name of its own: rather that than half a sentence.
        full = mark.title if len(mark.title) <= room * 1.25 else mark.title.partition(":")[0]
        path = arc(end, start, inner) if flipped else arc(start, end, inner)
        name = f"{picture.prefix}-window-{number}"
        # A little too long is drawn narrower, so that a name is whole where it can be.
        narrow = room < len(full) <= room * 1.25
        fitted = f' textLength="{length:.0f}" lengthAdjust="spacingAndGlyphs"' if narrow else ""
        title = full if narrow else shortened(full, room)
        yield (
            f'<path id={attribute(name)} class="wheel-line" d="{path}"/>'
            f'<text class="wheel-span"{fitted}><textPath href={attribute("#" + name)} '
            f'startOffset="50%"{fitted}>{text(title)}</textPath></text>'
        )


def _ticks(circle: Circle, markers: Sequence[Marker]) -> str:
    """The true days at the edge of the ring; those of a joint marker are tied together."""
    days = sorted({mark.due for marker in markers for mark in marker.marks})
    angles = [circle.angle(day) + 180 / 365 for day in days]
    lines = [f"M{pair(*point(angle, RING))}L{pair(*point(angle, RING - 7))}" for angle in angles]
    ties = [
        arc(circle.angle(marker.first) + 0.5, circle.angle(marker.last) + 0.5, RING - 3.5)
        for marker in markers
        if marker.first != marker.last
    ]
    return f'<path class="wheel-ticks" d="{"".join(lines + ties)}"/>' if days else ""


def _labels(markers: Sequence[Marker]) -> Iterator[str]:
    """The days beside their markers, as far as there is room: joint markers first."""
    taken = [
        Box(*point(marker.angle, TRACK), 2 * marker.radius, 2 * marker.radius) for marker in markers
    ]
    shown = []
    for marker in sorted(markers, key=lambda marker: (-len(marker.marks), marker.first)):
        lines, box = _label(marker)
        if not box.meets(taken):
            taken.append(box)
            shown.append((marker.first, lines, box))
    for _first, lines, box in sorted(shown, key=lambda label: label[0]):
        rows = "".join(
            f'<tspan x="{box.x:.1f}" y="{box.y + place * 14 - (len(lines) - 1) * 7:.1f}" '
            f'dy=".36em">{text(line)}</tspan>'
            for place, line in enumerate(lines)
        )
        yield f'<text class="wheel-day">{rows}</text>'


def _label(marker: Marker) -> tuple[list[str], Box]:
    """The day or days of a marker, and the room for them on its inner side.

    At the sides of the wheel a span of days is written on two lines: there it is width that lacks.
    """
    lines = [brief(marker.first)]
    if marker.last != marker.first:
        lines = [f"{brief(marker.first)}–", brief(marker.last)]
    x, y = point(marker.angle, 1)
    across, down = abs(x - CENTRE), abs(y - CENTRE)
    if across < 0.4:
        lines = ["".join(lines)]
    width, height = max(map(len, lines)) * 13 * LETTER, 14 * len(lines)
    away = marker.radius
    while hypot(max(0, away * across - width / 2), max(0, away * down - height / 2)) < (
        marker.radius + 4
    ):
        away += 1
    return lines, Box(*point(marker.angle, TRACK - away), width, height)


def _middle(picture: Picture, marks: Sequence[Mark]) -> Iterator[str]:
    done = [mark.done for mark in marks if mark.done is not None and mark.total is not None]
    total = [mark.total for mark in marks if mark.done is not None and mark.total is not None]
    name = wrap(picture.name, 14, max_lines=3, placeholder="…")
    lines = [("wheel-title", words) for words in name] + [("wheel-period", picture.period)]
    if total:
        counted = _("{done} av {total} ferdig").format(
            done=sum(done), total=sum(number or 0 for number in total)
        )
        lines.append(("wheel-count", counted))
    if picture.today is not None:
        lines.append(("wheel-count", _("i dag {day}").format(day=brief(picture.today))))
    top = CENTRE - (len(lines) - 1) * 10
    for number, (kind, words) in enumerate(lines):
        yield (
            f'<text class="{kind}" x="{CENTRE:g}" y="{top + 20 * number:g}" dy=".36em">'
            f"{text(words)}</text>"
        )


def _marker(marker: Marker, link: str | None) -> str:
    x, y = point(marker.angle, TRACK)
    kind = _CLASSES[marker.state] if marker.state is not None else "plain"
    names = "; ".join(name_of(mark) for mark in marker.marks)
    inside = _sign(marker.state)
    if len(marker.marks) > 1:
        names = _("{n} steg {first}–{last}: {names}").format(
            n=len(marker.marks),
            first=brief(marker.first),
            last=brief(marker.last),
            names=names,
        )
        signed = marker.state is not None and marker.state is not State.NOT_BEGUN
        # Two digits leave less room for the sign.
        aside, sign, scale = (-6, 11, 0.45) if len(marker.marks) > 9 else (-5, 9, 0.55)
        small = (
            f'<g transform="translate({sign} 0) scale({scale:g})">{inside}</g>' if signed else ""
        )
        number = f'<text class="wheel-number" x="{aside if signed else 0}" dy=".36em">'
        inside = f"{number}{len(marker.marks)}</text>{small}"
    opening, closing = 'g role="img"', "g"
    if link is not None:
        opening, closing = f"a href={attribute(link + quote(marker.marks[0].key))}", "a"
    return (
        f'<{opening} class="wheel-mark wheel-{kind}" transform="translate({x:.1f} {y:.1f})">'
        f'<title>{text(names)}</title><circle r="{marker.radius:g}"/>{inside}</{closing}>'
    )


def _sign(state: State | None) -> str:
    drawn = _SIGNS.get(state)
    return f'<path class="wheel-sign" d="{drawn}"/>' if drawn else ""


def _legend(states: Iterable[State]) -> Iterator[str]:
    """What the signs mean, those that are in use."""
    listed = list(states)
    width = SIZE / max(1, len(listed))
    for place, state in enumerate(listed):
        yield (
            f'<g class="wheel-mark wheel-{_CLASSES[state]}" '
            f'transform="translate({width * place + 14:.1f} {SIZE + LEGEND / 2:g}) scale(.7)">'
            f'<circle r="16"/>{_sign(state)}</g>'
            f'<text class="wheel-legend" x="{width * place + 31:.1f}" y="{SIZE + LEGEND / 2:g}" '
            f'dy=".36em">{text(state_name(state))}</text>'
        )
