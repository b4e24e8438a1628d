"""Facts of the event engine: the markets it moves, the events that move them, and sets of events."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from tomnext.facts.kinds.base import DatedFact, Record


class Channel(StrEnum):
    """How an event reaches a market; see docs/explanation/events-and-prices.md for each channel's equation."""

    DEMAND = "demand"
    SUPPLY = "supply"
    STOCK_HELD = "stock_held"
    TRADE_BARRIER = "trade_barrier"
    POLICY = "policy"
    MONETARY_DEMAND = "monetary_demand"
    RISK = "risk"


class Estimate(Record):
    """A figure with its range: the most likely value between the ends of a triangular distribution."""

    low: float
    central: float
    high: float

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.central <= self.high:
            raise ValueError(f"low, central, high must rise: {self.low}, {self.central}, {self.high}")
        return self


class MarketModel(Record):
    """What one market's price answers to.

    ``size_per_year`` in ``size_unit``; elasticities are positive numbers; ``stock_cover_days`` is stock that could
    meet a deficit; ``haven_pct_per_unit`` is the price change in percent for one unit of sustained geopolitical
    risk; ``monetary_pct_per_unit`` the change in percent for one size unit of conviction buying; ``gold_pass_through``
    the part of gold's monetary and haven move that this market shares; ``background_volatility_share`` the yearly
    standard deviation of everything the events do not explain.
    """

    size_per_year: float = Field(gt=0)
    size_unit: str
    supply_elasticity: Estimate
    demand_elasticity: Estimate
    stock_cover_days: Estimate
    background_volatility_share: float = Field(gt=0)
    haven_pct_per_unit: Estimate | None = None
    monetary_pct_per_unit: Estimate | None = None
    gold_pass_through: Estimate | None = None
    assumed: tuple[str, ...] = ()


class MarketFact(DatedFact[MarketModel], kind="scenario_market"):
    """One market of the event engine."""


class Effect(Record):
    """What one event does to one market: signed size per year in the market's unit (or ``pct_of_market``)."""

    market: str
    channel: Channel
    size: Estimate
    unit: str
    why: str = Field(min_length=8)


class Event(Record):
    """One event: how likely it is to be felt within its days in force, and its effects."""

    likelihood_share: float = Field(ge=0, le=1)
    effects: tuple[Effect, ...] = Field(min_length=1)


class EventFact(DatedFact[Event], kind="market_event"):
    """One event through time; the span's days are when it acts."""


class EventSet(Record):
    """Events asked together, and the days over which the price change is counted."""

    horizon_from: str
    horizon_to: str
    events: tuple[str, ...] = Field(min_length=1)


class EventSetFact(DatedFact[EventSet], kind="event_set"):
    """A named set of events."""
