"""Pieces of SVG: arcs, sectors, and words that cannot break out of their place."""

from xml.sax.saxutils import escape, quoteattr

from iopflow.web.wheel_layout import point


def sector(start: float, end: float, outer: float, inner: float) -> str:
    """A piece of a ring."""
    a, b = point(start, outer), point(end, outer)
    c, d = point(end, inner), point(start, inner)
    return (
        f"M{pair(*a)}A{outer:g} {outer:g} 0 0 1 {pair(*b)}L{pair(*c)}"
        f"A{inner:g} {inner:g} 0 0 0 {pair(*d)}Z"
    )


def arc(start: float, end: float, radius: float) -> str:
    """A piece of a circle, against the clock where `end` lies before `start`."""
    large, sweep = int(abs(end - start) > 180), int(end > start)
    return (
        f"M{pair(*point(start, radius))}A{radius:g} {radius:g} 0 {large} {sweep} "
        f"{pair(*point(end, radius))}"
    )


def pair(x: float, y: float) -> str:
    """A place, as paths write it."""
    return f"{x:.1f} {y:.1f}"


def _allowed(words: str) -> str:
    """The words without signs that no XML may hold."""
    return "".join(
        sign
        for sign in words
        if sign in "\t\n"
        or " " <= sign <= "\ud7ff"
        or "\ue000" <= sign <= "\ufffd"
        or sign > "\uffff"
    )


def text(words: str) -> str:
    """Words that cannot be anything but words."""
    return escape(_allowed(words))


def attribute(words: str) -> str:
    """The same as the value of an attribute, with its quotation marks."""
    return quoteattr(_allowed(words))
