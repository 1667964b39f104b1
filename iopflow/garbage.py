"""How often Python looks through its memory for garbage, in a process that goes on for long."""

import gc

YOUNG = 50_000  # objects between two searches, where Python's own is 700


def settle() -> None:
    """Once, when all is loaded: it stays for good, so that only what comes later is ever searched.

    More than half of a long page's time, and a fifth of a mail's.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
