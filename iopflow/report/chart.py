"""Bars over the years as SVG: read without colour, and told as a sentence beside the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from iopflow.rendering import environment
from iopflow.report.content import Middle, Share
from iopflow.texts import _, percent

WIDTH, TOP, BOTTOM, LEFT = 620, 10, 158, 46
BAR = 58  # the widest that a bar is


@dataclass(frozen=True, slots=True)
class Bar:
    """A year's place in the picture. Without a number it has no height, and `sign` says why."""

    year: str
    sign: str
    of: str
    x: float
    y: float
    width: float
    kind: str  # now, before, provisional, none
    unsure: tuple[float, float] | None  # the top and the height of what it lies within
    band: tuple[float, float] | None  # the top and the height of the network's spread
    median: float | None

    @property
    def middle(self) -> float:
        """The middle of the bar."""
        return self.x + self.width / 2


def draw(
    code: str, title: str, years: Sequence[Share], network: Sequence[Middle], own: Path | None
) -> str:
    """The picture; the same text for the same figures."""
    of = {one.year: one for one in network}
    step = (WIDTH - LEFT) / max(len(years), 3)
    bars = [
        _bar(one, place, step, of.get(one.year), is_last=place == len(years) - 1)
        for place, one in enumerate(years)
    ]
    made = environment(own).get_template("report/chart.html")
    return made.render(
        code=code,
        title=title,
        words=words(years, network),
        bars=bars,
        lines=[(_y(rate), percent(rate, 0)) for rate in (0.0, 0.25, 0.5, 0.75, 1.0)],
        left=LEFT,
        right=WIDTH,
        bottom=BOTTOM,
        has_network=any(bar.band is not None for bar in bars),
        has_provisional=any(bar.kind == "provisional" for bar in bars),
    )


def _y(rate: float) -> float:
    return round(BOTTOM - rate * (BOTTOM - TOP), 1)


def _bar(share: Share, place: int, step: float, middle: Middle | None, *, is_last: bool) -> Bar:
    width = min(BAR, step * 0.6)
    x = LEFT + step * place + (step - width) / 2
    band = None
    if middle is not None:
        # So that a spread of nothing is seen as well.
        height = max(_y(middle.lowest.least) - _y(middle.highest.most), 3)
        band = (_y(middle.highest.most), round(height, 1))
    y, kind = float(BOTTOM), "none"
    unsure = None
    if share.between is not None and share.denominator:
        least, most = (_y(n / share.denominator) for n in share.between)
        unsure = (most, round(least - most, 1))
    if share.is_told:
        y = _y(share.rate) if share.rate is not None else y if unsure is None else sum(unsure)
        kind = "provisional" if share.provisional else "now" if is_last else "before"
    sign = share.answer if share.is_told or share.masked else "–"
    of = _of(share)
    return Bar(
        str(share.year),
        sign,
        of,
        round(x, 1),
        y,
        round(width, 1),
        kind,
        unsure,
        band,
        _y(middle.median.least) if middle is not None and middle.median.is_known else None,
    )


def _of(share: Share) -> str:
    """How many of how many, short."""
    if share.between is not None:
        least, most = share.between
        return f"{least}–{most}/{share.denominator}"
    return f"{share.numerator}/{share.denominator}" if share.rate is not None else ""


def words(years: Sequence[Share], network: Sequence[Middle]) -> str:
    """What the picture shows, as a sentence."""
    of = {one.year: one for one in network}
    return "; ".join(_told(one, of.get(one.year)) for one in years) + "."


def _told(share: Share, middle: Middle | None) -> str:
    if share.masked:
        text = _("{year}: vises ikke").format(year=share.year)
    elif not share.is_told:
        text = _("{year}: ingen tall").format(year=share.year)
    else:
        text = f"{share.year}: {share.answer} ({share.of})"
        if share.provisional:
            text += _(", foreløpig")
    if middle is None:
        return text
    return text + _(", nettverket {median} ({lowest}–{highest})").format(
        median=middle.median.words,
        lowest=middle.lowest.words,
        highest=middle.highest.words,
    )
