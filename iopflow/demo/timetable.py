"""The dates of the wheel, as the wheel file states them."""

from collections.abc import Mapping
from datetime import date

from iopflow.demo.year import Skoleruter


class Timetable:
    """When steps are due at a school, in the year they serve."""

    def __init__(self, ruter: Mapping[str, Skoleruter]) -> None:
        self._ruter = ruter

    def due(self, step: str, school: str, year: int) -> date:
        """The date a step is due."""
        fixed = {
            "iop.malvalg": (5, 31, 0),
            "iop.malvalgsamtale": (5, 31, 0),
            "iop.pedagogisk_rapport": (1, 15, 0),
            "iop.etablere_team": (6, 1, 0),
            "iop.soknad_faglaerertimer": (6, 1, 0),
            "iop.workshop": (6, 10, 0),
            "iop.felles_tema": (8, 31, 0),
            "iop.teste_justere": (9, 15, 0),
            "iop.samarbeidsmote": (9, 15, 0),
            "iop.halvarsevaluering": (1, 15, 1),
            "iop.utviklingssamtale": (1, 15, 1),
            "iop.arsevaluering": (5, 31, 1),
            "iop.ppt_samarbeidsmoter": (5, 31, 0),
            "iop.foreldremote_var": (5, 31, 1),
        }
        month, day, later = fixed[step]
        return date(year + later, month, day)
