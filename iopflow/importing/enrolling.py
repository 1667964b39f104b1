"""The enrolments of a list of pupils: since when each is there, and in which grade that day."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from iopflow.importing.listed import Stay
from iopflow.importing.listline import Line, written
from iopflow.importing.rows import BadRow
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

_DAY = timedelta(days=1)


def find_days(lines: Sequence[Line], today: date) -> list[str]:
    """Puts in the first day of each: of the database, of the list, or 1 August of the school year.

    Returns what to tell of it.
    """
    first = Year.of(today).on(8, 1)
    unsaid = moved = 0
    for line in lines:
        line.stay = _stay(line, today)
        if line.stay is not None and _has_moved_up(line, line.stay, first):
            line.starts = first
            moved += not line.faults
        elif line.stay is not None:
            line.starts = line.stay.starts
        else:
            line.starts = line.said("fra") or first
            unsaid += not (line.said("fra") or line.faults)
        line.faults.ask(_refuse_grade, line, today)
    return [*_told_of_days(unsaid, first), *_told_of_moves(moved, first)]


def _told_of_days(count: int, first: date) -> Iterator[str]:
    if count:
        missing = counted(
            count,
            _("{n} ny elev står uten første dag."),
            _("{n} nye elever står uten første dag."),
        )
        told = _("Innmeldingen begynner {day}. Er det en annen dag, skriver du den i «Fra».")
        yield f"{missing} {told.format(day=written(first))}"


def _told_of_moves(count: int, first: date) -> Iterator[str]:
    if count:
        classes = counted(
            count, _("{n} elev har en ny klasse i år."), _("{n} elever har en ny klasse i år.")
        )
        told = _("Innmeldingen i den gamle slutter {last}, og en ny begynner {day}.")
        yield f"{classes} {told.format(last=written(first - _DAY), day=written(first))}"


def _stay(line: Line, today: date) -> Stay | None:
    """The enrolment that a row is about, where the database has it.

    A list says since when a pupil goes to the school; an enrolment may have begun later, with a new
    class. It is a new one only where the row begins after it.
    """
    stays = line.pupil.at(line.school) if line.pupil is not None else []
    said, last = line.said("fra"), line.said("til")
    if last is not None and last < today:
        old = [one for one in stays if one.starts == said or (not said and one.ends == last)]
        return old[0] if old else None
    now = sorted((one for one in stays if one.last >= today), key=lambda one: one.starts)
    return next((one for one in now if said is None or said <= one.starts), None)


def _has_moved_up(line: Line, stay: Stay, first: date) -> bool:
    """Whether the class is another than last year's. Within a year it is put right where it is."""
    last = line.said("til") or date.max
    return bool(line.unit and stay.unit and line.unit != stay.unit) and stay.starts < first <= last


def _refuse_grade(line: Line, today: date) -> None:
    if _grade(line, today) < 0:
        raise BadRow(
            "trinn",
            _("passer ikke til at eleven begynte {day}").format(day=written(line.starts)),
            _("rett trinnet eleven går på nå, eller første dag"),
        )


def _grade(line: Line, today: date) -> int:
    """The grade of the first day: one less than now for each 1 August since."""
    now = line.said("trinn")
    if now is None:
        return 0
    until = min(today, line.said("til") or date.max)
    return int(now) - max(0, Year.of(until).start - Year.of(line.starts).start)


def enrolment_rows(lines: Sequence[Line], today: date) -> Iterator[tuple[int, dict[str, str]]]:
    """A row of each, and one more that ends the old class of who has a new one this year."""
    for line in lines:
        if line.faults:
            continue
        stay = line.stay
        if stay is not None and stay.starts < line.starts:
            yield line.number, _row(line, stay.starts, stay.unit, stay.grade, line.starts - _DAY)
        last = line.said("til")
        if "til" not in line.cells and stay is not None:
            last = stay.ends  # a list without last days says nothing of them
        yield line.number, _row(line, line.starts, line.unit, _grade(line, today), last)


def _row(line: Line, starts: date, unit: str, grade: int, last: date | None) -> dict[str, str]:
    return {
        "pupil": line.key,
        "school": line.school,
        "from": starts.isoformat(),
        "class": unit,
        "grade": str(grade),
        "to": last.isoformat() if last is not None else "",
    }
