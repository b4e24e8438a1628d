"""Does buying dips pay a metal buyer, and which metal moves most: every start date, finance and storage charged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import polars as pl

from tomnext.facts.load import Facts, load_facts
from tomnext.market.dips import DipRecord, DipRule, dip_record, interval, rank_intervals, volatility_draws
from tomnext.market.volatility import Floats, log_returns
from tomnext.observations.catalogue import catalogue
from tomnext.observations.reading import Observations
from tomnext.studies.prompts import lme_calendar
from tomnext.studies.sources import kind_of, open_source
from tomnext.studies.trading_days import traded_only
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import price_factor
from tomnext.vocabulary.words import Text

SERIES = ("comex.{metal}.price.front", "lbma.{metal}.price", "lme.{metal}.price.cash", "lme.{metal}.price.3m")
TENORS = ("cash", "3m", "12m", "24m")
WINDOWS = (20, 60, 120, 252)
WINDOW_DAYS = 252
LEAST_SHARE = 0.8
SEED = 20_260_130
PRECIOUS_STORAGE_USD_PER_T_DAY = 5.0


@dataclass(frozen=True)
class DipReading:
    """One metal: volatility of the last year with its 90 % interval (percent a year), and the dip rule's record.

    ``rank_low`` and ``rank_high`` bound its rank at 90 %. The term structure, percent a year: ``by_window`` over the
    last 20 to 252 trading days, ``by_tenor`` of the last 252 days by LME tenor (empty where a price is missing).
    """

    metal: Metal
    series_id: str
    observed_on: date
    volatility_pct: float
    volatility_low_pct: float
    volatility_high_pct: float
    rank_low: int
    rank_high: int
    by_window: Mapping[int, float | None]
    by_tenor: Mapping[str, float | None]
    record: DipRecord | None
    kind: str


def dips(
    metals: Sequence[Metal] = tuple(Metal),
    as_of: date | datetime | None = None,
    rule: DipRule | None = None,
    observations: Observations | None = None,
    facts: Facts | None = None,
) -> list[DipReading]:
    """Every metal with a year of daily prices, the most volatile first, with nothing later than ``as_of`` seen.

    Real prices come before simulated ones. Raises ObservationMissing when no metal asked for has a year of prices.
    """
    source, facts = observations or open_source(), facts or load_facts()
    found = [one for one in (_reading(metal, as_of, rule, source, facts) for metal in metals) if one is not None]
    if not found:
        raise ObservationMissing(
            Text("No metal asked for has a year of daily prices.", "所問金屬都沒有一年的日價格。"),
            received=", ".join(metal.value for metal in metals) + (f", as of {as_of}" if as_of else ""),
            expected=", ".join(one.format(metal=metal) for metal in metals[:1] for one in SERIES),
            fix=Text("Import prices with: tomnext import", "可用 tomnext import 匯入價格"),
        )
    ordered = sorted(found, key=lambda one: -one[0].volatility_pct)
    bounds = rank_intervals(np.array([draws for _, draws in ordered]))
    return [replace(one, rank_low=low, rank_high=high) for (one, _), (low, high) in zip(ordered, bounds, strict=True)]


def _reading(
    metal: Metal, as_of: date | datetime | None, rule: DipRule | None, source: Observations, facts: Facts
) -> tuple[DipReading, Floats] | None:
    held = set(source.series_ids())
    usable = []
    for id in (one.format(metal=metal) for one in SERIES):
        read = _traded(source, id, metal, as_of, facts) if id in held else None
        if read is not None and read.height > WINDOW_DAYS:
            usable.append((id, read))
    real = [one for one in usable if Nature.SIMULATED.value not in one[1]["nature"].unique()]
    best = next(iter(real or usable), None)
    if best is None:
        return None
    tenors = {tenor: _traded(source, f"lme.{metal}.price.{tenor}", metal, as_of, facts) for tenor in TENORS}
    return _measured(metal, *best, rule, tenors)


def _traded(source: Observations, id: str, metal: Metal, as_of: date | datetime | None, facts: Facts) -> pl.DataFrame:
    read = source.read([id], as_of).filter(pl.col("value") > 0).sort("observed_on")
    return traded_only(read, metal, lme_calendar(facts), facts) if id.startswith("lme.") else read


def _measured(
    metal: Metal, id: str, read: pl.DataFrame, rule: DipRule | None, tenors: Mapping[str, pl.DataFrame]
) -> tuple[DipReading, Floats]:
    price = read["value"].to_numpy().astype(np.float64) * price_factor(catalogue()[id].unit, "usd_per_t")
    moves = _moves(read)
    draws = volatility_draws(moves[-WINDOW_DAYS:], np.random.default_rng(SEED))
    low, high = interval(draws)
    storage = PRECIOUS_STORAGE_USD_PER_T_DAY if metal.is_precious else DipRule().storage_usd_per_t_day
    last = read["observed_on"][-1]
    fresh = {tenor: one for tenor, one in tenors.items() if one.height and one["observed_on"][-1] == last}
    reading = DipReading(
        metal=metal,
        series_id=id,
        observed_on=last,
        volatility_pct=float(np.nanstd(moves[-WINDOW_DAYS:], ddof=1) * np.sqrt(252.0) * 100.0),
        volatility_low_pct=low,
        volatility_high_pct=high,
        rank_low=1,
        rank_high=1,
        by_window={window: _volatility(moves[-window:], window) for window in WINDOWS},
        by_tenor={
            tenor: _volatility(_moves(fresh[tenor])[-WINDOW_DAYS:], WINDOW_DAYS) if tenor in fresh else None
            for tenor in TENORS
        },
        record=dip_record(price, rule or DipRule(storage_usd_per_t_day=storage)),
        kind=kind_of(read.unique("nature").iter_rows(named=True)),
    )
    return reading, draws


def _moves(read: pl.DataFrame) -> Floats:
    days = read["observed_on"].to_physical().to_numpy().astype(np.int64)
    return log_returns(read["value"].to_numpy().astype(np.float64), days)


def _volatility(moves: Floats, window: int) -> float | None:
    """Percent a year; empty when fewer than four fifths of the window's returns are there."""
    known = moves[np.isfinite(moves)]
    if known.size < LEAST_SHARE * window:
        return None
    return float(known.std(ddof=1) * np.sqrt(252.0) * 100.0)
