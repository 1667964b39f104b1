"""The command line: one small module for each word of the domain, loaded when it is asked for."""

import os
import sys
from collections.abc import Sequence

from iopflow.texts import LANGUAGES, use_language


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Returns 0 done, 1 refused, 2 wrong usage, 3 needs a person."""
    from iopflow.cli import run

    args = list(sys.argv[1:] if argv is None else argv)
    use_language(_language(args))
    return run.run(args)


def _language(args: Sequence[str]) -> str:
    """The language asked for, before anything is parsed: the help texts depend on it."""
    asked = os.environ.get("IOPFLOW_LANGUAGE", "nb")
    for place, word in enumerate(args):
        if word == "--language" and place + 1 < len(args):
            asked = args[place + 1]
        elif word.startswith("--language="):
            asked = word.partition("=")[2]
    return asked if asked in LANGUAGES else "nb"
