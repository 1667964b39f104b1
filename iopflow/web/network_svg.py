"""The schools of a network on one line from nought: a box, a median, and a sign for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from xml.sax.saxutils import quoteattr

from iopflow.exchange import Between, Spread
from iopflow.texts import _, percent

HEIGHT, MIDDLE, EDGE = 56, 20, 14
ROW = 5  # signs that would hide each other are moved a little


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the line ends, and how a number on it is written."""

    most: float
    word: Callable[[float], str]


SHARES = Axis(1, lambda share: percent(share, 0))


class Told(Protocol):
    """What a picture tells, as words; what is not told is empty."""

    @property
    def schools(self) -> str: ...
    @property
    def median(self) -> str: ...
    @property
    def middle(self) -> str: ...
    @property
    def outer(self) -> str: ...
    @property
    def own(self) -> str: ...


def in_words(one: Told) -> str:
    """All that a picture tells, as sentences."""
    told = [
        _("Median {share}.").format(share=one.median) if one.median else "",
        one.schools,
        _("Lavest og høyest: {shares}.").format(shares=one.outer) if one.outer else "",
        _("Halvparten av skolene ligger mellom {shares}.").format(shares=one.middle)
        if one.middle
        else "",
        _("Skolen vår: {share}.").format(share=one.own) if one.own else "",
    ]
    return " ".join(part for part in told if part)


def strip(
    group: Spread, *, own: float | None, words: str, width: int = 260, axis: Axis = SHARES
) -> str:
    """The picture; black on white tells as much, and `words` say the same."""
    scale = _Scale(width, axis.most)
    size = f'viewBox="0 0 {width} {HEIGHT}"'
    parts = [f'<svg class="strip" role="img" {size} aria-label={quoteattr(words)}>']
    parts.append(f'<path class="axis" d="M{scale.at(0)} {MIDDLE + 16}H{scale.at(axis.most)}"/>')
    for part, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        x, word = scale.at(part * axis.most), axis.word(part * axis.most)
        parts.append(f'<path class="axis" d="M{x} {MIDDLE + 13}v6"/>')
        parts.append(f'<text x="{x}" y="{MIDDLE + 32}" text-anchor="{anchor}">{word}</text>')
    if group.lower is not None and group.upper is not None:
        left, right = scale.at(group.lower.least), scale.at(group.upper.most)
        parts.append(
            f'<rect class="box" x="{left}" y="{MIDDLE - 13}" width="{max(right - left, 2)}" '
            'height="26"/>'
        )
    parts += [_school(one, place, scale) for place, one in enumerate(group.shares)]
    if group.median is not None:
        left, right = scale.at(group.median.least), scale.at(group.median.most)
        wide = round(right - left + 2, 1)
        parts.append(
            f'<rect class="median" x="{round(left - 1, 1)}" y="{MIDDLE - 16}" width="{wide}" '
            'height="32"/>'
        )
    if own is not None:
        x = scale.at(own)
        parts.append(f'<path class="own" d="M{x} {MIDDLE - 9}l8 9l-8 9l-8-9z"/>')
    return "".join([*parts, "</svg>"])


class _Scale:
    """Where a number is on the line."""

    def __init__(self, width: int, most: float) -> None:
        self._width, self._most = width, most

    def at(self, number: float) -> float:
        """The place from the left."""
        return round(EDGE + number / self._most * (self._width - 2 * EDGE), 1)


def _school(between: Between, place: int, scale: _Scale) -> str:
    """A ring where the share is known, a line with ends where it lies between two."""
    y = MIDDLE + (place % 3 - 1) * ROW
    if between.is_known:
        return f'<circle class="school" cx="{scale.at(between.least)}" cy="{y}" r="4"/>'
    left, right = scale.at(between.least), scale.at(between.most)
    return f'<path class="between" d="M{left} {y - 3}v6M{left} {y}H{right}M{right} {y - 3}v6"/>'
