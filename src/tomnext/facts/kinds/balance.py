"""World balances of a metal by calendar year, each row as one edition of a survey printed it."""

from datetime import date
from enum import StrEnum
from typing import Literal

from tomnext.facts.kinds.base import Row
from tomnext.vocabulary.metals import Metal


class Standing(StrEnum):
    """actual: a past year as that edition counts it; preliminary: its first count; forecast: a year not yet over when
    the edition was printed; estimate: a house's view."""

    ACTUAL = "actual"
    PRELIMINARY = "preliminary"
    FORECAST = "forecast"
    ESTIMATE = "estimate"


class SilverBalanceRow(Row, row="silver_balance"):
    """One year of the silver market in one edition; million troy ounces (``_moz``), empty where it was not read.

    ``published_on`` is the day the edition came out, or the last day of its month when only the month is known, so
    that nothing is known too early. ``balance_moz`` is supply minus demand as printed (it may differ by 0.1 from the
    difference of the rounded totals); ``etp_net_moz`` is metal added to exchange-traded products, outside demand.
    """

    year: int
    edition: str
    published_on: date
    standing: Standing
    mine_moz: float | None = None
    recycling_moz: float | None = None
    hedging_and_official_moz: float | None = None
    total_supply_moz: float | None = None
    industrial_moz: float | None = None
    photovoltaics_moz: float | None = None
    photography_moz: float | None = None
    jewellery_moz: float | None = None
    silverware_moz: float | None = None
    coin_and_bar_moz: float | None = None
    dehedging_moz: float | None = None
    total_demand_moz: float | None = None
    balance_moz: float
    etp_net_moz: float | None = None


class CopperBalanceRow(Row, row="copper_balance"):
    """One statement about one year of the refined-copper market; thousand tonnes (``_kt``), empty where not stated.

    ``published_on`` is the last day of the month when only the month is known. Rows of different editions and houses
    contradict each other and are never joined into one series; ``months`` is how much of the year a row covers.
    """

    year: int
    edition: str
    published_on: date
    standing: Standing
    months: int = 12
    refined_production_kt: float | None = None
    refined_usage_kt: float | None = None
    balance_kt: float | None = None
    mine_production_kt: float | None = None
    note: str | None = None


class WorldUsageRow(Row, row="world_usage"):
    """How much of a metal the world used in a year, thousand tonnes (``usage_kt``), and what was counted."""

    metal: Metal
    year: int
    usage_kt: float
    counted: Literal["refined_usage", "primary_usage", "primary_production"]
    published_on: date
