"""Where mails go by the settings, as the outbox knows it: `Post`."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import jinja2

from iopflow.mailer.asking import compose_inquiry
from iopflow.mailer.composing import compose
from iopflow.mailer.entering import compose_entrance
from iopflow.mailer.inviting import compose_notice
from iopflow.mailer.smtp import Conversation
from iopflow.mailer.witness import Witness
from iopflow.reminders.content import Content
from iopflow.reminders.entering import Entrance
from iopflow.reminders.inquiries import Inquiry
from iopflow.reminders.notices import Notice
from iopflow.reminders.states import BUDGET, Answer, Letter, Post, Verdict
from iopflow.settings import Settings


class _Posting:
    """Composes and hands over, and notes outside the database what was taken."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        server: Conversation | None,
        witness: Witness | None,
    ) -> None:
        self._settings, self._clock = settings, clock
        self._server, self._witness = server, witness

    def send(self, content: Letter, message_id: str) -> Answer:
        """Tries one mail, unless it has gone out before: by a database since restored."""
        try:
            if self._witness is not None and message_id in self._witness:
                return Answer(Verdict.TAKEN, "250")
        except OSError:  # what has gone out is not known: nothing is sent twice for that
            return Answer(Verdict.LATER, "SENT_LOG", down=True)
        if not isinstance(content, Content):  # without an address to lead to it waits
            for name in ("base_url",) if isinstance(content, Inquiry) else ("secret", "base_url"):
                if getattr(self._settings, name) is None:
                    return Answer(Verdict.LATER, f"IOPFLOW_{name.upper()}")
        try:
            message = _written(content, message_id, self._settings, self._clock())
        except jinja2.TemplateError as error:  # a template of the operator's own: all mails wait
            return Answer(Verdict.LATER, type(error).__name__, down=True)
        except Exception as error:  # this mail, and no other: somebody must look at it
            if self._settings.templates is not None:  # or the operator's own templates: all wait
                return Answer(Verdict.LATER, type(error).__name__, down=True)
            return Answer(Verdict.BROKEN, type(error).__name__)
        if self._server is None:
            answer = to_folder(self._settings, message)
        else:
            answer = self._server.send(message)
        if answer.verdict is Verdict.TAKEN and self._witness is not None:
            self._witness.note(message_id, self._clock())
        return answer

    def close(self) -> None:
        """Ends the conversation."""
        if self._server is not None:
            self._server.close()


def _written(content: Letter, message_id: str, settings: Settings, now: datetime) -> EmailMessage:
    if isinstance(content, Notice):
        return compose_notice(content, message_id, settings, now=now)
    if isinstance(content, Entrance):
        return compose_entrance(content, message_id, settings, now=now)
    if isinstance(content, Inquiry):
        return compose_inquiry(content, message_id, settings, now=now)
    return compose(content, message_id, settings, now=now)


def post_of(
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
    budget: timedelta = BUDGET,
) -> Post:
    """Where the settings say that mails go. `budget` is what one mail may take of a server."""
    server = None
    if settings.mail.kind != "dir":
        server = Conversation(settings, stopping=stopping, budget=budget)
    return _Posting(settings, clock, server, Witness.of(settings))


def to_folder(settings: Settings, message: EmailMessage) -> Answer:
    """One file for each mail, named by its Message-ID: the same mail is the same file."""
    folder = settings.mail.folder or Path("outbox")
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    part = folder / f".{name}.part"
    try:
        content = bytes(message)
    except Exception as error:  # the library's own faults differ with its version
        return Answer(Verdict.BROKEN, type(error).__name__)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / f"{name}.eml")
    except OSError as error:
        return Answer(Verdict.LATER, error.strerror or type(error).__name__, down=True)
    return Answer(Verdict.TAKEN)
