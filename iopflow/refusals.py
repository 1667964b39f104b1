"""The one family of expected refusals: the message of each is what a person reads."""


class Refused(Exception):
    """Something iopflow will not do; `str()` says why and what to do instead, in one sentence."""
