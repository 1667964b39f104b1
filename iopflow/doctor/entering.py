"""Whether anybody can log in on the pages."""

from collections.abc import Iterator

from iopflow.doctor.findings import Examined, Finding, Severity
from iopflow.texts import _


def ways(on: Examined) -> Iterator[Finding]:
    """Pages that others reach have a way in."""
    known = on.settings
    if known.base_url is None or known.logs_in_by_provider or known.logs_in_by_mail:
        return
    yield Finding(
        "log-in",
        Severity.PROBLEM,
        _("Ingen kan logge inn på sidene."),
        _("Sett IOPFLOW_OIDC_…, eller IOPFLOW_SECRET så lenker kan sendes på e-post."),
    )
