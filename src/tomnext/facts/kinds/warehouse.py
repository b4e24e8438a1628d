"""What a warehouse must load out each day."""

from tomnext.facts.kinds.base import DatedFact, Record


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
