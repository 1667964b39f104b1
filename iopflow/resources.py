"""Finds the folders that ship beside the code: calendars/ and templates/."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_dir(name: str) -> Path:
    """A folder of an installed wheel, or of a checkout. Raises FileNotFoundError."""
    packaged = _PACKAGE / name
    if packaged.is_dir():
        return packaged
    if (_PACKAGE.parent / "pyproject.toml").is_file():
        return _PACKAGE.parent / name
    raise FileNotFoundError(f"{name}/ is missing from this installation of iopflow")
