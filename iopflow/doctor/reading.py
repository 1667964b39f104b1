"""Whether somebody reads of more pupils than anybody's work needs."""

from collections.abc import Iterator
from datetime import timedelta

from iopflow.doctor.findings import Examined, Finding, Severity
from iopflow.doctor.running import moment
from iopflow.queries.access import EVERYONE
from iopflow.queries.readings import rushes
from iopflow.texts import _

LATELY = timedelta(days=14)


def many(on: Examined) -> Iterator[Finding]:
    """No account has opened very many pupils in a short time, in the last days."""
    schools = [school.id for school in on.schools]
    for one in rushes(on.session, EVERYONE, on.now - LATELY, schools=schools):
        yield Finding(
            "readings",
            Severity.WARNING,
            _("{who} åpnet {n} elever på kort tid, fra {at}.").format(
                who=one.integration or one.person or _("administrator"),
                n=one.n,
                at=moment(one.starts),
            ),
            _("Be rektor se «Hvem har sett» og spørre hvorfor; er det misbruk, ta rollen bort."),
            one.school,
        )
