"""Days on which a place is closed."""

from datetime import date
from typing import Literal

from tomnext.facts.kinds.base import Row, Table
from tomnext.vocabulary.words import Text


class Holiday(Row, row="holiday"):
    """One weekday on which banks are closed; ``known_from`` when it was proclaimed later than the year's usual list."""

    day: date
    name: str
    name_zh: str
    basis: Literal["statute", "common_law", "proclamation", "projected"]
    known_from: date | None = None

    @property
    def title(self) -> Text:
        """The holiday's name in both languages."""
        return Text(self.name, self.name_zh)


def closures(table: Table[Holiday], known_on: date | None = None) -> dict[date, Holiday]:
    """The closed days by date, as known on a day (default: with all hindsight, convention 12)."""
    return {one.day: one for one in table if known_on is None or one.known_from is None or one.known_from <= known_on}
