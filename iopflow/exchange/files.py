"""The exchange file: its form, its checksum, and reading one that somebody else has made."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from iopflow.bounds import LARGEST
from iopflow.exchange.hiding import PARTS, Shows
from iopflow.indicators import BY_CODE
from iopflow.queries.masking import FEWEST, is_few
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS
from iopflow.texts import _

FORMAT = "iopflow-exchange"
NETWORK = "iopflow-network"
VERSION = 1
MOST_BYTES = 64 * 1024 * 1024  # the figures of ten thousand schools
LONGEST = 500  # signs of a name
_PLACE = ("owner", "school", "name", "municipality", "network")
_COUNTS = ("denominator", "numerator", "numerator_least", "numerator_most", *PARTS, "justified")
_TEXTS = ("indicator", "year", "counted", "frozen_at", "definition", "wheel", "shows")
_FIGURE = {*_TEXTS, *_COUNTS, "revision", "as_of", "counted_on", "excluded"}


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with the checksum of all of it."""
    return {**content, "sha256": _checksum(content)}


def of_network(figures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The file of a network, with its checksum."""
    return sealed(
        {"format": NETWORK, "format_version": VERSION, "fewest": FEWEST, "figures": list(figures)}
    )


def _checksum(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content without its checksum, written in the one way that JSON sorts."""
    plain = {name: value for name, value in content.items() if name != "sha256"}
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def written(content: Mapping[str, Any]) -> str:
    """The file as text: one figure a line, so that people can read and compare it."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def read(path: Path) -> dict[str, Any]:
    """A file of frozen figures. Raises Refused for what is not whole, or shows small numbers."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Refused(_("{path} er for stor til å være en tallfil.").format(path=path))
        raw = path.read_bytes()
    except OSError as error:
        raise Refused(
            _("Får ikke lest {path}: {why}.").format(path=path, why=error.strerror)
        ) from error
    return parsed(raw, str(path))


def parsed(raw: bytes, path: str) -> dict[str, Any]:
    """What a file holds; `path` is what a refusal calls it. Raises Refused as `read` does."""
    content = _json(raw, path)
    if content.get("format") != FORMAT:
        raise Refused(
            _(
                "{path} er ikke en tallfil fra iopflow: bruk filer laget med «iopflow exchange "
                "export»."
            ).format(path=path)
        )
    if content.get("format_version") != VERSION:
        raise Refused(
            _(
                "{path} har formatversjon {version}, og denne iopflow leser versjon {ours}: "
                "oppgrader den eldste og lag filen på nytt."
            ).format(path=path, version=str(content.get("format_version"))[:20], ours=VERSION)
        )
    if content.get("sha256") != _checksum(content):
        raise Refused(
            _(
                "{path} er endret etter at den ble laget, for sjekksummen stemmer ikke: be om "
                "filen på nytt."
            ).format(path=path)
        )
    wrong = next(_wrong(content), None)
    if wrong is not None:
        raise Refused(
            _("{path} kan ikke brukes ({what}): be om filen på nytt.").format(path=path, what=wrong)
        )
    return content


def _json(raw: bytes, path: str) -> dict[str, Any]:
    try:
        content = json.loads(raw, object_pairs_hook=_once, parse_constant=_no_number)
        # Half a sign («\\ud800») is JSON and no text: nothing could be written of it.
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refused(
            _("{path} er ikke JSON som iopflow har laget: be om filen på nytt.").format(path=path)
        ) from error
    return content if isinstance(content, dict) else {}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names stand once: of two, one reader takes the first and one the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _wrong(content: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a file whose checksum holds: another program can have made it."""
    schools = content.get("schools")
    if not isinstance(schools, list) or not schools:
        yield _("den har ingen skoler")
        return
    for one in schools:
        if not isinstance(one, dict) or not all(_is_text(one.get(name)) for name in _PLACE[:4]):
            yield _("en skole mangler navn")
        elif one.get("network") is not None and not _is_text(one["network"]):
            yield _("nettverket til {school} er ikke en tekst").format(school=one["school"])
        elif not isinstance(one.get("figures"), list):
            yield _("{school} mangler tall").format(school=one["school"])
        else:
            told = set()
            for figure in one["figures"]:
                if not _is_whole(figure):
                    yield _("et tall fra {school} er ikke slik iopflow skriver det").format(
                        school=one["school"]
                    )
                elif _is_small(figure):
                    yield _("{school} viser tall på under {n} elever").format(
                        school=one["school"], n=FEWEST
                    )
                elif (place := _place_of(figure)) in told:
                    yield _("{school} har to tall for {code}").format(
                        school=one["school"], code=figure["indicator"]
                    )
                else:
                    told.add(place)


def _place_of(figure: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a school has one figure of in a file: the newest revision."""
    return figure["year"], figure["counted"], figure["indicator"]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


def _is_whole(figure: Any) -> bool:
    """Whether a figure has the names and kinds of values of one that iopflow has written."""
    if not isinstance(figure, dict) or set(figure) != _FIGURE:
        return False
    excluded = figure["excluded"]
    fine = (
        all(_is_text(figure[name]) for name in _TEXTS)
        and figure["indicator"] in BY_CODE
        and figure["counted"] in COUNTINGS
        and figure["shows"] in set(Shows)
        and all(figure[name] is None or _is_count(figure[name]) for name in _COUNTS)
        and type(figure["revision"]) is int
        and 0 < figure["revision"] <= LARGEST
        and (excluded is None or isinstance(excluded, dict))
        and all(_is_text(why) and _is_count(n) for why, n in (excluded or {}).items())
    )
    return fine and _are_days(figure) and _agrees(figure)


def _are_days(figure: Mapping[str, Any]) -> bool:
    try:
        if figure["year"] != str(Year.parse(figure["year"])):
            return False  # one year in two spellings would be two
        datetime.fromisoformat(figure["frozen_at"])
        for name in ("as_of", "counted_on"):
            if figure[name] is not None:
                date.fromisoformat(figure[name])
    except (ValueError, TypeError):
        return False
    return True


def _agrees(figure: Mapping[str, Any]) -> bool:
    """Whether what is shown is as much as `shows` says, and adds up."""
    of, numerator, least, most, *parts = (
        figure[name]
        for name in ("denominator", "numerator", "numerator_least", "numerator_most", *PARTS)
    )
    match Shows(figure["shows"]):
        case Shows.ALL:
            whole = None not in (of, numerator, *parts) and numerator + sum(parts) == of
            return bool(whole and least == most == numerator)
        case Shows.SHARE:
            whole = None not in (of, numerator) and parts == [None] * len(parts)
            return bool(whole and least == most == numerator <= of)
        case Shows.RANGE:
            whole = None not in (of, least, most) and least < most < of
            return bool(whole and (numerator, *parts) == (None,) * (1 + len(parts)))
        case Shows.COUNT:
            return of is not None and {numerator, least, most, *parts} == {None}
        case Shows.NOTHING:
            return all(figure[name] is None for name in _COUNTS)


def _is_small(figure: Mapping[str, Any]) -> bool:
    """Whether a number is shown that iopflow hides: whoever made the file has not hidden it."""
    numbers: Sequence[int | None] = [
        *(figure[name] for name in ("denominator", "numerator", *PARTS, "justified")),
        *(figure["excluded"] or {}).values(),
    ]
    if any(number is not None and is_few(number) for number in numbers):
        return True
    if figure["numerator"] is not None:
        return is_few(figure["denominator"] - figure["numerator"])
    if figure["numerator_least"] is not None:  # a range says as little as that it is small
        return bool(figure["numerator_most"] - figure["numerator_least"] < FEWEST - 2)
    return False
