"""What is remembered between the log-ins of a running iopflow: how often, and the provider."""

from dataclasses import dataclass, field
from datetime import timedelta

from iopflow.settings import Settings
from iopflow.web.limits import Limit
from iopflow.web.provider import Provider

ASKED = (10, timedelta(minutes=15))  # mails asked for from one address


@dataclass(slots=True)
class Entering:
    """The limits of one process, and what it knows of the log-in provider."""

    asked: Limit = field(default_factory=lambda: Limit(*ASKED))
    _provider: Provider | None = None

    def provider(self, settings: Settings) -> Provider | None:
        """The log-in provider of the settings; None where none is set."""
        if self._provider is None and settings.logs_in_by_provider:
            self._provider = Provider(settings)
        return self._provider
