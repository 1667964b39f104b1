"""The contact teachers whom a list of pupils names, and the roles that they get by it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from iopflow.importing.listed import Directory
from iopflow.importing.listline import Line
from iopflow.importing.rows import BadRow
from iopflow.roles import Place
from iopflow.schoolyear import Year
from iopflow.texts import _

ROLE = "kontaktlaerer"


def find_teachers(lines: Sequence[Line], directory: Directory) -> list[str]:
    """Puts in whom each row means. Returns what to tell of it."""
    named = [line for line in lines if line.said("kontaktlærer")]
    found = {line.number: directory.people(line.said("kontaktlærer")) for line in named}
    if named and not any(found.values()):
        return [
            _(
                "Ingen av kontaktlærerne i filen finnes i iopflow: elevene leses inn uten. "
                "Legg inn de ansatte, og last opp listen på nytt."
            )
        ]
    for line in named:
        keys = found[line.number]
        if len(keys) == 1:
            line.teacher = keys[0]
        else:
            line.faults.add(_no_teacher(many=len(keys) > 1))
    if any(line.teacher and line.teacher == directory.importer for line in named):
        return [_("Rollen som kontaktlærer for deg selv leses ikke inn: be en annen gi deg den.")]
    return []


def _no_teacher(*, many: bool) -> BadRow:
    return BadRow(
        "kontaktlærer",
        _("er navnet på flere ansatte") if many else _("er ingen ansatt i iopflow"),
        _("skriv e-postadressen")
        if many
        else _("skriv e-post, id eller navn, eller la cellen stå tom"),
    )


def role_rows(
    lines: Sequence[Line], directory: Directory, today: date
) -> Iterator[tuple[int, dict[str, str]]]:
    """The role at the class where the class has one teacher, else at the pupil; each once.

    Who has the role already keeps it as it is. Nobody gets one by one's own list.
    """
    lines = [line for line in lines if _teaches(line, directory, today)]
    classes: dict[str, set[str]] = defaultdict(set)
    first: dict[str, date] = {}
    for line in lines:
        classes[line.unit].add(line.teacher)
        first[line.unit] = min(line.starts, first.get(line.unit, date.max))
    held = directory.held(ROLE, today)
    holders: dict[str, set[str]] = defaultdict(set)
    for person, at in held:
        holders[at].add(person)
    done: set[tuple[str, str]] = set()
    for line in lines:
        at_class, at_pupil = f"{Place.UNIT}:{line.unit}", f"{Place.PUPIL}:{line.key}"
        alone = classes[line.unit] | holders[at_class] == {line.teacher}
        has = next((at for at in (at_pupil, at_class) if (line.teacher, at) in held), None)
        at = has or (at_class if line.unit and alone else at_pupil)
        if (line.teacher, at) in done:
            continue
        done.add((line.teacher, at))
        begun = first[line.unit] if at == at_class else line.starts
        starts = held.get((line.teacher, at)) or max(begun, Year.of(today).on(8, 1))
        yield (
            line.number,
            {"person": line.teacher, "role": ROLE, "at": at, "from": starts.isoformat()},
        )


def _teaches(line: Line, directory: Directory, today: date) -> bool:
    over = (line.said("til") or date.max) < today
    return bool(line.teacher) and not (over or line.teacher == directory.importer or line.faults)
