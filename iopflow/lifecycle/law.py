"""The rules that a case follows: what each says, where it stands, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from iopflow.texts import Text


class Basis(StrEnum):
    """What a rule rests on; shown beside each, so that nobody takes a local date for the law's."""

    LAW = "law"
    REGULATION = "regulation"
    GUIDANCE = "guidance"
    NETWORK = "network"
    LOCAL = "local"

    @property
    def text(self) -> Text:
        """The word in the three languages."""
        return _WORDS[self]


_WORDS = {
    Basis.LAW: Text("lov", "lov", "law"),
    Basis.REGULATION: Text("forskrift", "forskrift", "regulation"),
    Basis.GUIDANCE: Text("veiledning", "rettleiing", "guidance"),
    Basis.NETWORK: Text("nettverk", "nettverk", "network"),
    Basis.LOCAL: Text("lokal regel", "lokal regel", "local rule"),
}

ACT = "LOV-2023-06-09-30"  # opplæringslova, in force from 1 August 2024
NEW_ACT = date(2024, 8, 1)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its paragraph, the version of the text, and the days between which it is in force."""

    key: str
    paragraph: str
    basis: Basis
    version: str
    since: date
    until: date | None = None

    def in_force(self, day: date) -> bool:
        """Whether it binds what happens on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


def _rules(*rules: Rule) -> Mapping[str, Rule]:
    return {rule.key: rule for rule in rules}


def _act(key: str, paragraph: str) -> Rule:
    return Rule(key, f"opplæringslova {paragraph}", Basis.LAW, ACT, NEW_ACT)


# Source: domain, 2.2. A rule that changes gets a second row and the first its last day.
RULES: Mapping[str, Rule] = _rules(
    _act("sakkyndig", "§ 11-7 første ledd"),
    _act("avvik", "§ 11-7 andre ledd"),
    _act("samtykke", "§ 11-7 tredje ledd"),
    _act("femten", "§ 24-5"),
    Rule("rekkefolge", "", Basis.LOCAL, "1", date(1970, 1, 1)),
    Rule("overlapp", "", Basis.LOCAL, "1", date(1970, 1, 1)),
)
