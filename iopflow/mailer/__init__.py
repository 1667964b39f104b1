"""Mails as people get them, and the ways they leave: a folder, or a mail server step by step."""

from iopflow.mailer.composing import NOBODY, compose, sender_domain
from iopflow.mailer.posting import post_of
from iopflow.mailer.smtp import Conversation
from iopflow.mailer.words import subject

__all__ = ["NOBODY", "Conversation", "compose", "post_of", "sender_domain", "subject"]
