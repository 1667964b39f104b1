"""Whether a text names somebody: the whole name, in either order, as such or with an s behind."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"\w+")


def is_named(names: Iterable[str], *texts: str) -> bool:
    """Whether one of the texts holds one of the names whole: «Yusuf Haga», «Haga, Yusuf» or «Yusuf
    Hagas».

    A name of one word may be any word, and is not looked for.
    """
    told = [f" {' '.join(_words(text))} " for text in texts]
    for name in names:
        words = _words(name)
        if len(words) > 1:
            orders = (" ".join(words), " ".join([words[-1], *words[:-1]]))
            sought = [f" {one}{ending} " for one in orders for ending in ("", "s")]
            if any(one in text for one in sought for text in told):
                return True
    return False


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
