"""Where mails go by the settings, as the outbox knows it: `Post`."""

import os
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import jinja2

from iopflow.mailer.composing import compose
from iopflow.mailer.smtp import Conversation
from iopflow.mailer.witness import Witness
from iopflow.reminders.content import Content
from iopflow.reminders.delivery import Answer, Post, Verdict
from iopflow.settings import Settings


class _Posting:
    """Composes and hands over, and notes outside the database what was taken."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        witness: Witness | None,
    ) -> None:
        self._settings, self._clock, self._witness = settings, clock, witness
        mail = settings.mail
        self._server = None if mail.kind == "dir" else Conversation(settings, stopping=stopping)

    def send(self, content: Content, message_id: str) -> Answer:
        """Tries one mail, unless it has gone out before: by a database since restored."""
        if self._witness is not None and message_id in self._witness:
            return Answer(Verdict.TAKEN, "250")
        try:
            message = compose(content, message_id, self._settings, now=self._clock())
        except jinja2.TemplateError as error:  # a template of the operator's own: all mails wait
            return Answer(Verdict.LATER, type(error).__name__, down=True)
        except Exception as error:  # this mail, and no other: somebody must look at it
            return Answer(Verdict.BROKEN, type(error).__name__)
        if self._server is None:
            answer = _write(self._settings.mail.folder or Path("outbox"), message)
        else:
            answer = self._server.send(message)
        if answer.verdict is Verdict.TAKEN and self._witness is not None:
            self._witness.note(message_id, self._clock())
        return answer

    def close(self) -> None:
        """Ends the conversation."""
        if self._server is not None:
            self._server.close()


def post_of(
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> Post:
    """Where the settings say that mails go."""
    return _Posting(settings, clock, stopping, Witness.of(settings))


def _write(folder: Path, message: EmailMessage) -> Answer:
    """One file for each mail, named by its Message-ID: the same mail is the same file."""
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    part = folder / f".{name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(bytes(message))
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / f"{name}.eml")
    except OSError as error:
        return Answer(Verdict.LATER, error.strerror or type(error).__name__, down=True)
    return Answer(Verdict.TAKEN)
