"""Whether what a school has written names one of its pupils: the report is to be published."""

import re
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import select
from sqlmodel import Session, col

from iopflow.models import Enrolment, Pupil, School
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
    known = [_pattern(name) for name in names if " " in name.strip()]
    return sorted(code for code, text in said.items() if _any(known, text))


def _texts(remarked: Remarked) -> Iterator[str]:
    yield from (one.text for one in remarked.comments)
    for step in (*remarked.measures, *remarked.earlier):
        yield from (step.text, step.outcome)


def _pattern(name: str) -> re.Pattern[str]:
    """The name as whole words, whatever the spaces and the case; also with an s for its owner."""
    words = r"\s+".join(re.escape(word) for word in name.split())
    return re.compile(rf"(?<!\w){words}s?(?!\w)", re.IGNORECASE)


def _any(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)
