"""Writes the first schema anew from the models: `make migration`, until the first release."""

from pathlib import Path

from alembic import command

from iopflow import db

VERSIONS = Path(db.__file__).parent / "migrations" / "versions"


def main() -> None:
    """Replaces the revision 0001."""
    for old in VERSIONS.glob("0001_*.py"):
        old.unlink()
    engine = db.create_engine("sqlite://")
    with engine.connect() as connection:
        config = db._alembic(connection)
        command.revision(config, "the first schema", autogenerate=True, rev_id="0001")


if __name__ == "__main__":
    main()
