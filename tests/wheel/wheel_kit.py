"""A small wheel file that is right, and ways of making it wrong."""

from pathlib import Path

import pytest

from iopflow.wheel import WheelError, load

RIGHT = """\
title = { nb = "Prøvehjul", nn = "Prøvehjul", en = "Trial wheel" }
source = "Laget for prøvene"

[[step]]
key = "iop.samtale"
kind = "conversation"
title = { nb = "Samtale", nn = "Samtale", en = "Talk" }
scope = "pupil"
serves = "same"
opens = "11-01"
due = "01-15 | grade 1: 01-31 | late: arrival + 4w"
responsible = "kontaktlaerer"
contributors = ["elev", "foresatte"]
cohort = "enrolled"
indicators = ["P9"]
basis = "local"
source = "Laget for prøvene"
certainty = "certain"

[[step]]
key = "iop.plan"
kind = "document"
title = { nb = "Plan", nn = "Plan", en = "Plan" }
scope = "pupil"
opens = "due - 4w"
due = "05-31"
limit = "school_end"
weekend = "internal"
responsible = "kontaktlaerer"
approver = "avdelingsleder"
after = ["iop.samtale"]
hard = ["iop.samtale"]
cohort = "iop"
basis = "law"
date_basis = "local"
law = "opplæringslova § 11-10"
source = "Laget for prøvene"
certainty = "guess"
confidence = "high"
since = "2024-25"
until = "2030-31"

[[step]]
key = "iop.mote"
kind = "meeting"
title = { nb = "Møte", nn = "Møte", en = "Meeting" }
scope = "class"
opens = "school_start"
due = "09-15"
responsible = "kontaktlaerer"
basis = "local"
source = "Laget for prøvene"
certainty = "certain"

[[state]]
key = "ny"
title = { nb = "ny", nn = "ny", en = "new" }
role = "initial"

[[state]]
key = "planlagt"
title = { nb = "planlagt", nn = "planlagt", en = "planned" }
steps = ["iop.plan"]

[[state]]
key = "hviler"
title = { nb = "hviler", nn = "kviler", en = "resting" }
role = "suspended"
"""


def changed(old: str, new: str, *, after: str = "") -> str:
    """The right file with one piece replaced: the first one after another piece."""
    start = RIGHT.index(after)
    place = RIGHT.index(old, start)
    return RIGHT[:place] + new + RIGHT[place + len(old) :]


def problems(path: Path) -> tuple[str, ...]:
    """What the reader says of a file."""
    with pytest.raises(WheelError) as caught:
        load(path)
    return caught.value.problems


def write(folder: Path, text: str, name: str = "prove.toml") -> Path:
    """A wheel file with that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
