"""Whether what a school has written names one of its pupils: the report is to be published."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import select
from sqlmodel import Session, col

from iopflow.models import Enrolment, Pupil, School
from iopflow.naming import is_named
from iopflow.report.content import Kind, Remarked


def naming(
    session: Session, school: School, remarks: Mapping[str, Remarked], kinds: Iterable[Kind]
) -> list[str]:
    """The codes of the figures whose comments, measures, sources or categories hold the whole name
    of a pupil.

    First names alone are not looked for: staff have them as well.
    """
    said = {code: "\n".join(_texts(remarked)) for code, remarked in remarks.items()}
    for one in (one for kind in kinds for one in kind.indicators):
        typed = "\n".join(f"{row.source}\n{row.category}" for row in one.rows)
        said[one.code] = f"{said.get(one.code, '')}\n{typed}"
    if not any(text.strip() for text in said.values()):
        return []
    here = select(col(Enrolment.pupil_id)).where(col(Enrolment.school_id) == school.number)
    names = session.execute(select(col(Pupil.name)).where(col(Pupil.id).in_(here))).scalars()
    known = list(names)
    return sorted(code for code, text in said.items() if is_named(known, text))


def _texts(remarked: Remarked) -> Iterator[str]:
    yield from (one.text for one in remarked.comments)
    for step in (*remarked.measures, *remarked.earlier):
        yield from (step.text, step.outcome)
