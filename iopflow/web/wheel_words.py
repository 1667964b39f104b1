"""What the wheel says: a step in full, how it stands, a day without its year."""

from datetime import date

from iopflow.texts import _, language_in_use, month_name, short_date
from iopflow.web.wheel_layout import Mark, State


def name_of(mark: Mark) -> str:
    """A step in full: «Årsevaluering, frist 31.05.2026, 3 av 18 ferdig»."""
    words = [_("{title}, frist {due}").format(title=mark.title, due=short_date(mark.due))]
    counted = mark.done is not None and mark.total is not None
    if counted:
        words.append(_("{done} av {total} ferdig").format(done=mark.done, total=mark.total))
    if mark.state is not None and (not counted or mark.state >= State.SOON):
        words.append(state_name(mark.state))
    return ", ".join(words)


def state_name(state: State) -> str:
    """How a step stands, in a word or two."""
    return {
        State.DONE: _("ferdig"),
        State.NOT_BEGUN: _("ikke startet"),
        State.UNDER_WAY: _("pågår"),
        State.SOON: _("frist nær"),
        State.OVERDUE: _("over frist"),
    }[state]


def brief(day: date) -> str:
    """A day without its year: «31.05», «31 May»."""
    if language_in_use() == "en":
        return f"{day.day} {month_name(day.month)[:3]}"
    return f"{day:%d.%m}"


def shortened(words: str, letters: int) -> str:
    """The words, cut where they are too many letters."""
    return words if len(words) <= letters else words[: letters - 1].rstrip() + "…"
