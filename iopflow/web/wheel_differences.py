"""What two wheels of a school say differently, in words."""

from dataclasses import dataclass

from iopflow.roles import ROLES
from iopflow.texts import _
from iopflow.wheel import Step, Wheel


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing of a step: what it was, and what it is."""

    step: str
    what: str
    was: str
    now: str
    since: str


def differences(old: Wheel, new: Wheel) -> list[Difference]:
    """All that differs, step by step, as it is in the end: the latest change of a step counts."""
    found = []
    for key in dict.fromkeys([*old.by_key, *new.by_key]):
        was, now = old.by_key.get(key), new.by_key.get(key)
        step = now or was
        if step is None or (was == now and _since(was) == _since(now)):
            continue
        title = step.title.get()
        if was is None or now is None:
            found.append(Difference(title, "", _word(was), _word(now), _since(step)))
            continue
        since = _since(now) or _since(was)
        pairs = [
            (what, one, other)
            for (what, one), (_what, other) in zip(_said(was), _said(now), strict=True)
            if one != other
        ]
        found += [Difference(title, *pair, since) for pair in pairs]
        if not pairs:
            found.append(Difference(title, _("fra"), _since(was) or "–", _since(now) or "–", ""))
    return found


def _word(step: Step | None) -> str:
    return _("finnes ikke") if step is None else _("eget steg")


def _since(step: Step | None) -> str:
    if step is None:
        return ""
    return str(step.changed_from or step.since or "")


def _said(step: Step) -> list[tuple[str, str]]:
    due, opens = step.due, step.opens
    return [
        (_("frist"), due.describe() if due is not None else "–"),
        (_("åpner"), opens.describe() if opens is not None else "–"),
        (_("ansvarlig"), ROLES[step.responsible].title.get()),
        (_("i bruk"), _("nei") if step.off else _("ja")),
        (_("helg"), step.weekend),
        (_("navn"), step.title.get()),
    ]
