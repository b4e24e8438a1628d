"""Which metal moves most, and how much for its own standards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl

from tomnext.facts.load import Facts, load_facts
from tomnext.market.volatility import (
    MONTHS_PER_YEAR,
    TRADING_DAYS_PER_YEAR,
    Floats,
    VolatilityRank,
    log_returns,
    rolling_volatility_pct,
    volatility_ranking,
)
from tomnext.observations.catalogue import catalogue
from tomnext.observations.reading import Observations
from tomnext.studies.prompts import lme_calendar
from tomnext.studies.sources import kind_of, observed, open_source
from tomnext.studies.trading_days import traded_only
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

SERIES = (
    "lme.{metal}.price.3m",
    "lme.{metal}.price.cash",
    "lbma.{metal}.price",
    "comex.{metal}.price.front",
    "worldbank.{metal}.price",
)
"""Price histories, the preferred first."""

_MONTHLY_WINDOW, _MONTHLY_GAP_DAYS = 24, 45


@dataclass(frozen=True)
class MetalVolatility:
    """One metal's place: volatility in percent a year over the window, rank (1 moves most), percentile in its past."""

    metal: Metal
    rank: int
    volatility_pct: float
    percentile: float | None
    series_id: str
    observed_on: date
    frequency: str
    kind: str


@dataclass(frozen=True)
class VolatilityReading:
    """The ranking as of a day. Monthly averages move less than daily prices and are ranked apart, after them."""

    as_of: date
    window_days: int
    metals: tuple[MetalVolatility, ...]
    evidence: tuple[Evidence, ...]


def volatility_reading(
    as_of: date | datetime | None = None,
    window_days: int = 60,
    metals: Sequence[Metal] = tuple(Metal),
    observations: Observations | None = None,
    facts: Facts | None = None,
) -> VolatilityReading:
    """The metals by rolling volatility with nothing later than ``as_of`` seen.

    The rolling three-month price where there is one (its maturity does not shrink), else cash, fix or front future;
    real prices before simulated ones. Metals with monthly averages only follow, over 24 months. Raises
    ObservationMissing when nothing has a price.
    """
    observations, facts = observations or open_source(), facts or load_facts()
    histories = {metal: _history(metal, as_of, observations, facts) for metal in metals}
    known = {metal: one for metal, one in histories.items() if one is not None}
    rows: list[MetalVolatility] = []
    for frequency in ("daily", "monthly"):
        alike = {metal.value: read for metal, (published, read) in known.items() if published == frequency}
        paths = {name: _path(read, window_days, frequency) for name, read in alike.items()}
        rows += [
            _row(one, len(rows) + one.rank, known[Metal(one.name)][1].row(-1, named=True), frequency)
            for one in volatility_ranking(paths)
        ]
    if not rows:
        raise ObservationMissing(
            Text("No price history is long enough for a volatility.", "沒有足夠長的價格歷史可算波動率。"),
            received=f"as of {as_of}" if as_of else None,
            fix=Text("Import prices with: tomnext import", "可用 tomnext import 匯入價格"),
        )
    day = max(row.observed_on for row in rows) if as_of is None else as_of
    last = [known[row.metal][1].row(-1, named=True) for row in rows]
    return VolatilityReading(
        as_of=day.date() if isinstance(day, datetime) else day,
        window_days=window_days,
        metals=tuple(rows),
        evidence=tuple(observed(row, catalogue()[row["series_id"]].unit) for row in last),
    )


def _history(
    metal: Metal, as_of: date | datetime | None, observations: Observations, facts: Facts
) -> tuple[str, pl.DataFrame] | None:
    """The best price history of a metal in day order and how often it is published; real prices before simulated."""
    held = set(observations.series_ids())
    found = []
    for id in (pattern.format(metal=metal) for pattern in SERIES):
        read = observations.read([id], as_of).drop_nulls("value").sort("observed_on") if id in held else None
        if read is not None and id.startswith("lme."):
            read = traded_only(read, metal, lme_calendar(facts), facts)
        if read is not None and not read.is_empty():
            found.append((catalogue()[id].frequency, read))
    real = [one for one in found if Nature.SIMULATED not in one[1]["nature"].unique()]
    return next(iter(real or found), None)


def _row(one: VolatilityRank, rank: int, last: Mapping[str, Any], frequency: str) -> MetalVolatility:
    return MetalVolatility(
        metal=Metal(one.name),
        rank=rank,
        volatility_pct=one.volatility_pct,
        percentile=one.percentile,
        series_id=last["series_id"],
        observed_on=last["observed_on"],
        frequency=frequency,
        kind=kind_of([last]),
    )


def _path(read: pl.DataFrame, window_days: int, frequency: str) -> Floats:
    prices, days = read["value"].to_numpy().astype(float), read["observed_on"].to_physical().to_numpy().astype(np.int64)
    if frequency == "daily":
        return rolling_volatility_pct(log_returns(prices, days), window_days, TRADING_DAYS_PER_YEAR)
    return rolling_volatility_pct(log_returns(prices, days, _MONTHLY_GAP_DAYS), _MONTHLY_WINDOW, MONTHS_PER_YEAR)
