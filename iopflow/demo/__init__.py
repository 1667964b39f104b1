"""An invented network of three schools, written as the import tables any school would hand in."""

from iopflow.demo.facts import DemoFacts, Login
from iopflow.demo.write import SEED, write_tables

__all__ = ["SEED", "DemoFacts", "Login", "write_tables"]
