"""Rules that nobody could follow: a wheel that cannot be read, a step for nobody or for no day."""

from collections.abc import Iterator

from iopflow.doctor.findings import Examined, Finding, Severity
from iopflow.models import DEFAULT_WHEEL
from iopflow.queries.rules import NETWORK_WHEEL, called
from iopflow.roles import RESPONSIBLE
from iopflow.texts import _
from iopflow.wheel import WheelError


def readable(on: Examined) -> Iterator[Finding]:
    """Every school's wheels can be read."""
    for school in on.schools:
        for name in (
            school.wheel or DEFAULT_WHEEL,
            *([NETWORK_WHEEL] if school.network_id else ()),
        ):
            try:
                on.rules.wheel(name)
            except WheelError as error:
                yield Finding(
                    "wheel",
                    Severity.PROBLEM,
                    _("Årshjulet «{name}» kan ikke leses: {why}").format(
                        name=called(name), why=str(error).splitlines()[0]
                    ),
                    _("Rett filen, og prøv den med «iopflow wheel check FIL»."),
                    school.key,
                )


def rules(on: Examined) -> Iterator[Finding]:
    """Every step that becomes a duty is somebody's, and has a day or a fact that ends it.

    A step that lasts all year, or that counts by itself (a timer), is never a duty.
    """
    steps = on.rules.of_schools(
        (one.id, one.wheel, one.network_id is not None) for one in on.schools
    )
    for school in on.schools:
        for step in steps[school.id].values():
            if not step.opens_tasks_in(on.year) and not step.opens_tasks_in(on.year.next):
                continue
            title = step.title.get()
            if step.responsible not in RESPONSIBLE:
                yield Finding(
                    "rule",
                    Severity.PROBLEM,
                    _("Ingen kan ha rollen «{role}», som har ansvaret for «{step}».").format(
                        role=step.responsible, step=title
                    ),
                    _("Skriv en rolle som ansatte kan ha, i responsible i årshjulet."),
                    school.key,
                )
            if step.due is None and step.fact is None:
                yield Finding(
                    "rule",
                    Severity.PROBLEM,
                    _("«{step}» har ingen frist, og ingen blir minnet om det.").format(step=title),
                    _('Skriv due i årshjulet, eller kind = "recurring" om det varer hele året.'),
                    school.key,
                )
