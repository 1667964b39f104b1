"""A school's own changes of its wheel as a document: rows are added, and the text written anew."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iopflow.schoolyear import Year
from iopflow.texts import Text
from iopflow.wheel.reader import FROM

OWN_STEPS = "egen."  # the keys of a school's own steps begin so

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OwnChanges:
    """The changes: which wheel they extend, and the rows as they stand in the file.

    A row that changes a step of that wheel has a `from`, the first year served it is for; a step of
    the school's own has `since`.
    """

    extends: str
    rows: tuple[Row, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "OwnChanges":
        """Reads what `written` wrote."""
        table = tomllib.loads(text)
        return cls(table["extends"], tuple(table.get("step", ())))

    def before(self, key: str, year: Year) -> "OwnChanges":
        """The changes without those of a step that begin with a year served or later."""
        kept = [row for row in self.rows if row["key"] != key or not _begins(row, year)]
        return OwnChanges(self.extends, tuple(kept))

    def changed(self, key: str, year: Year, values: Row) -> "OwnChanges":
        """With new values for a step from a year served on, in the place of what began later."""
        rest = self.before(key, year)
        if not values:
            return rest
        row = {"key": key, FROM: str(year), **values}
        return OwnChanges(self.extends, (*rest.rows, row))

    def added(self, title: Text, year: Year, values: Row) -> "OwnChanges":
        """With one more step of the school's own, from a year served on."""
        row = {
            "key": self.free_key(),
            "title": {"nb": title.nb, "nn": title.nn, "en": title.en},
            **values,
            "basis": "local",
            "source": "Skolens eget steg",
            "certainty": "certain",
            "since": str(year),
        }
        return OwnChanges(self.extends, (*self.rows, row))

    def free_key(self) -> str:
        """The key that the next step of the school's own gets."""
        used = {row["key"] for row in self.rows}
        return next(key for n in range(1, 10_000) if (key := f"{OWN_STEPS}steg_{n}") not in used)

    def written(self) -> str | None:
        """As a file; None where nothing is changed."""
        if not self.rows:
            return None
        lines = [f"extends = {_value(self.extends)}"]
        for row in self.rows:
            lines += ["", "[[step]]", *(f"{name} = {_value(value)}" for name, value in row.items())]
        return "\n".join(lines) + "\n"


def _begins(row: Row, year: Year) -> bool:
    return FROM in row and Year.parse(row[FROM]) >= year


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{name} = {_value(one)}" for name, one in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)  # texts and truths are written alike in TOML
