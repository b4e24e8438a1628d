"""Where warehouses stand and what they must load out each day."""

from datetime import date

from tomnext.facts.kinds.base import DatedFact, Record, Row
from tomnext.vocabulary.words import Text


class LoadOutTier(Record):
    """From ``stored_t_from`` tonnes stored at a delivery point, at least ``t_per_day`` must leave each day."""

    stored_t_from: float
    t_per_day: float


class LoadOutSchedule(Record):
    """The tiers in rising order; between them the published schedule steps in ways that were not found."""

    per: str
    tiers: tuple[LoadOutTier, ...]


class LoadOutFact(DatedFact[LoadOutSchedule], kind="load_out"):
    """Minimum daily load-out through time."""


class DeliveryPoint(Row, row="delivery_point"):
    """A place where metal can be put on warrant; ``country`` is its ISO 3166 code."""

    location: str
    name: str
    name_zh: str
    country: str
    listed_from: date | None = None
    note: str | None = None

    @property
    def title(self) -> Text:
        """The place's name in both languages."""
        return Text(self.name, self.name_zh)
