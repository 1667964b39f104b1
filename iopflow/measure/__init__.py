"""An indicator becomes one SQL statement; its rows become figures and the pupils behind them."""

from iopflow.measure.explain import explain
from iopflow.measure.figures import Figure, figures
from iopflow.measure.groups import By

__all__ = ["By", "Figure", "explain", "figures"]
