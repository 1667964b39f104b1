"""Mails as people get them, and the ways they leave: a folder, or a mail server step by step."""

from iopflow.mailer.composing import NOBODY, compose, compose_test, sender_domain
from iopflow.mailer.posting import post_of, to_folder
from iopflow.mailer.smtp import Conversation, Step
from iopflow.mailer.words import subject

__all__ = [
    "NOBODY",
    "Conversation",
    "Step",
    "compose",
    "compose_test",
    "post_of",
    "sender_domain",
    "subject",
    "to_folder",
]
