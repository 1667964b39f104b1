"""What an administrator must know before it hurts: a list of checks, each of which yields findings.

Start in `checks.py`: the list says what is looked at. Nothing here changes anything, and nothing
that is found names a pupil.
"""

from iopflow.doctor.checks import CHECKS, examine
from iopflow.doctor.findings import Check, Examined, Finding, Severity, examined

__all__ = ["CHECKS", "Check", "Examined", "Finding", "Severity", "examine", "examined"]
