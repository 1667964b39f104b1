"""Lines of the report: what was timed, beside what, the ratio, and whether the target holds."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

FAST, SLOW = 0.2, 5.0  # seconds: what is slow is run once, the rest several times


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison. `target` bounds `value` (a ratio, or seconds or MB where `unit` says so)."""

    name: str
    ours: float
    peer: float | None
    value: float
    target: float | None = None
    at_least: bool = False
    unit: str = "x"

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def text(self) -> str:
        """The line of the table."""
        peer = "" if self.peer is None else _seconds(self.peer)
        bound = ""
        if self.target is not None:
            bound = f"{'>=' if self.at_least else '<='} {self.target:g} {self.unit}"
        verdict = {None: "", True: "yes", False: "NO"}[self.holds]
        value = f"{self.value:.3g} {self.unit}"
        return f"| {self.name} | {_seconds(self.ours)} | {peer} | {value} | {bound} | {verdict} |"


HEADER = (
    "| what | ours | peer or limit | value | target | ok? |\n| --- | --- | --- | --- | --- | --- |"
)


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.3g} ms"


def ratio(
    name: str, ours: float, peer: float, target: float | None = None, *, at_least: bool = False
) -> Line:
    """Ours through the peer's time: at most the target. `at_least` turns it: peer through ours."""
    value = peer / ours if at_least else ours / peer
    return Line(name, ours, peer, value, target, at_least)


def once(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work: Callable[[], object], runs: int = 5) -> float:
    """Median seconds: of `runs`, of three where one takes a while, of one where it is slow."""
    first = once(work)
    if first > SLOW:
        return first
    more = runs if first < FAST else 2
    return statistics.median([first, *(once(work) for _ in range(more))])


def peak_mb() -> float:
    """The most memory this process has held, in MB (Linux; getrusage would count the parent's)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def each(work: Callable[[int], None], numbers: Iterable[int]) -> None:
    """Does the work for every number."""
    for number in numbers:
        work(number)
