"""An indicator becomes one SQL statement; its rows become figures and the pupils behind them."""

from iopflow.measure.bands import summary
from iopflow.measure.chain import Chain, chains
from iopflow.measure.delays import CLOCKED, TIMED, Waited, waited
from iopflow.measure.explain import explain
from iopflow.measure.figures import Figure, figures
from iopflow.measure.groups import By
from iopflow.measure.shown import shown

__all__ = [
    "CLOCKED",
    "TIMED",
    "By",
    "Chain",
    "Figure",
    "Waited",
    "chains",
    "explain",
    "figures",
    "shown",
    "summary",
    "waited",
]
