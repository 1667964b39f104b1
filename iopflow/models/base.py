"""What every table shares: names of keys, the owner, and how choices are stored."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Enum as SqlEnum
from sqlalchemy import MetaData
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
metadata: MetaData = SQLModel.metadata


def another(name: str) -> Any:
    """A table under a name of its own, so that one statement may read it many times.

    Any, because the columns of a table are known by name only.
    """
    return metadata.tables[name].alias()


def choice(kind: type[StrEnum]) -> Any:
    """Stores the value, not the member's name, and leaves no CHECK that a migration would miss.

    Any, because sqlmodel types `sa_type` as a class while SQLAlchemy takes an instance as well.
    """
    return SqlEnum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=40,
    )


class Row(SQLModel):
    """What every table has: its own number, and the owner whose data it is."""

    id: int | None = Field(default=None, primary_key=True)
    owner_id: int | None = Field(default=None, foreign_key="owner.id", nullable=False)

    @property
    def number(self) -> int:
        """The row's number. Raises ValueError for a row that was never stored."""
        if self.id is None:
            raise ValueError("a row that is not stored has no number")
        return self.id

    @property
    def owner(self) -> int:
        """The number of the owner. Raises ValueError for a row that was never stored."""
        if self.owner_id is None:
            raise ValueError("a row that is not stored has no owner")
        return self.owner_id
