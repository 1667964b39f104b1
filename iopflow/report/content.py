"""What a report says, made once: every writer lays out these words and numbers and adds none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from iopflow.exchange import Between
from iopflow.schoolyear import Year
from iopflow.texts import _


class Edition(StrEnum):
    """Who a report is for: the school and its owner, or anybody (docs/decisions/0022).

    Both hide a figure that rests on one to four pupils. The public one also hides a numerator or a
    rest of one to four, as the network's files do, and tells what it lies between.
    """

    SCHOOL = "skole"
    PUBLIC = "offentlig"


@dataclass(frozen=True, slots=True)
class Share:
    """One figure of one year: so many of so many, or why there is no number.

    `answer` is what people read («86 %»), `of` how many of how many. `masked` says that the number
    is there and not shown; `between` what it lies between where that much may be told. `source`
    says whether it is frozen, and to which day it is read.
    """

    year: Year
    label: str
    answer: str
    of: str
    numerator: int | None
    denominator: int | None
    source: str
    problem: str = ""
    masked: bool = False
    provisional: bool = False
    frozen: bool = False
    counted_on: date | None = None
    definition: str = ""
    between: tuple[int, int] | None = None

    @property
    def rate(self) -> float | None:
        """The share, where there is one to show."""
        if self.numerator is None or not self.denominator:
            return None
        return self.numerator / self.denominator

    @property
    def is_told(self) -> bool:
        """Whether there is a share, or two that it lies between."""
        return self.rate is not None or self.between is not None


@dataclass(frozen=True, slots=True)
class Middle:
    """What the schools of a network have: the one in the middle, the lowest and the highest.

    Each is one number, or two that it lies between where a school shows no more.
    """

    year: Year
    schools: int
    median: Between
    lowest: Between
    highest: Between


@dataclass(frozen=True, slots=True)
class Count:
    """A number with its name, as in a small table."""

    title: str
    n: int


@dataclass(frozen=True, slots=True)
class Step:
    """A measure as the report tells it: what, who, by when, and how it stands or went."""

    indicator: str
    text: str
    who: str
    due: date
    status: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Said:
    """A comment of the school; `about` says which part of a figure, where it is of one."""

    about: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        """The lines as they were written, without the empty ones."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]


@dataclass(frozen=True, slots=True)
class Remarked:
    """What the school says of a figure and does about it, and what came of last year's measures."""

    comments: Sequence[Said] = ()
    measures: Sequence[Step] = ()
    earlier: Sequence[Step] = ()

    @property
    def is_there(self) -> bool:
        """Whether anything is said or done."""
        return bool(self.comments or self.measures or self.earlier)


@dataclass(frozen=True, slots=True)
class Block:
    """One indicator: Hensikt – figur – Kommentar – Tiltak."""

    code: str
    title: str
    purpose: str
    counted: str
    now: Share
    parts: Sequence[Share]
    years: Sequence[Share]  # the oldest first, this year last
    network: Sequence[Middle]
    network_words: str
    rates: Sequence[Share]  # the other ways to count, where one says something else
    excluded: str
    outcomes: Sequence[Count]
    notes: Sequence[str]
    chart: str  # SVG
    chart_words: str  # the same as a sentence
    remarked: Remarked = field(default_factory=Remarked)

    @property
    def is_counted(self) -> bool:
        """Whether the figure is no longer under way: neither it nor one of its halves."""
        return not any(one.provisional for one in (self.now, *self.parts))

    @property
    def before(self) -> Share | None:
        """Last year's figure."""
        return self.years[-2] if len(self.years) > 1 else None

    @property
    def beside(self) -> Middle | None:
        """What the schools of the network have this year."""
        return next((one for one in self.network if one.year == self.now.year), None)


@dataclass(frozen=True, slots=True)
class Value:
    """A registered figure as people read it; `amount` is the number in it, if one is shown.

    Of a share it is the percentage, `of` says how many of how many.
    """

    category: str
    counted_on: date
    value: str
    of: str
    source: str
    amount: float | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """The registered figures of one indicator, with what the school says of them."""

    code: str
    title: str
    rows: Sequence[Value]
    remarked: Remarked

    def called(self, place: int) -> str:
        """What stands before the number of a row: the title once, then only the groups."""
        category = self.rows[place].category
        if not category:
            return self.title
        return f"{self.title}: {category}" if place == 0 else f"– {category}"


@dataclass(frozen=True, slots=True)
class Kind:
    """The registered figures of a kind of quality."""

    title: str
    indicators: Sequence[Registered]

    @property
    def has_rows(self) -> bool:
        """Whether any figure is registered."""
        return any(one.rows for one in self.indicators)


@dataclass(frozen=True, slots=True)
class Due:
    """A step of the wheel with its day and who answers for it."""

    day: date
    title: str
    responsible: str


@dataclass(frozen=True, slots=True)
class Definition:
    """How an indicator is counted, in words, with the version that stands beside its figures."""

    code: str
    title: str
    words: str
    counted_on: str
    version: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Where the sources contradict each other, and what iopflow does."""

    what: str
    done: str


@dataclass(frozen=True, slots=True)
class Method:
    """How the figures came to be."""

    about: Sequence[str]
    definitions: Sequence[Definition]
    excluded: Sequence[str]
    late: Sequence[str]
    causes: Sequence[str]
    small: Sequence[str]
    unclear: Sequence[Unclear]


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one school and year, in one language.

    `lacking` are the registered figures that the school has not registered, `wheel` is the picture
    as SVG with its style inside; empty where the school has no skolerute. `problems` are the
    figures that could not be computed, `naming` those whose comments or measures hold the name of
    a pupil.
    """

    language: str
    school: str
    municipality: str
    key: str
    year: Year
    edition: Edition
    made_on: date
    standing: str
    summary: Sequence[str]
    blocks: Sequence[Block]
    kinds: Sequence[Kind]
    lacking: Sequence[str]
    wheel: str
    dues: Sequence[Due]
    method: Method
    problems: Sequence[str]
    naming: Sequence[str] = ()

    @property
    def edition_words(self) -> str:
        """Who it is for, as its cover says it."""
        if self.edition is Edition.PUBLIC:
            return _("Offentlig utgave")
        return _("Til skolen og skoleeieren")
