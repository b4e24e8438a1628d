"""What a holder of much of the exchange's metal must lend, and at what most."""

from pydantic import Field

from tomnext.facts.kinds.base import DatedFact, Record


class LendingBand(Record):
    """Above ``held_above_pct`` (to ``held_to_pct``, percent of the rule's measure) lend at no more than a premium.

    Premiums are percent of the cash price a day, empty when a cap is said to exist but not how much;
    ``after_five_days`` is the cap once five days have passed.
    """

    held_above_pct: float
    held_to_pct: float | None = None
    max_premium_pct_of_cash_per_day: float | None = None
    max_premium_pct_of_cash_after_five_days: float | None = None


class LendingRule(Record):
    """One regime: what the holding is measured as a share of, for which metals, and its bands.

    ``stock_floor_lots``: the rule does not apply to a metal whose available stock is below that many lots.
    """

    measure: str
    metals: tuple[str, ...]
    bands: tuple[LendingBand, ...]
    stock_floor_lots: dict[str, int] = Field(default_factory=dict)

    def band_for(self, held_pct: float) -> LendingBand | None:
        """The band a holding (percent of the measure) falls in; empty when the rule asks nothing."""
        above = [band for band in self.bands if held_pct > band.held_above_pct]
        return max(above, key=lambda band: band.held_above_pct) if above else None


class LendingRuleFact(DatedFact[LendingRule], kind="lending_rule"):
    """A lending regime through time."""
