"""Does buying dips pay a metal buyer, and which metal moves most: every start date, finance and storage charged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from tomnext.facts.load import Facts, load_facts
from tomnext.market.dips import DipRecord, DipRule, dip_record, volatility_interval
from tomnext.market.volatility import log_returns
from tomnext.observations.catalogue import catalogue
from tomnext.observations.reading import Observations
from tomnext.studies.prompts import lme_calendar
from tomnext.studies.sources import kind_of, open_source
from tomnext.studies.trading_days import traded_only
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import price_factor
from tomnext.vocabulary.words import Text

SERIES = ("comex.{metal}.price.front", "lbma.{metal}.price", "lme.{metal}.price.cash", "lme.{metal}.price.3m")
WINDOW_DAYS = 252
SEED = 20_260_130
PRECIOUS_STORAGE_USD_PER_T_DAY = 5.0


@dataclass(frozen=True)
class DipReading:
    """One metal: volatility of the last year with its 90 % interval (percent a year), and the dip rule's record."""

    metal: Metal
    series_id: str
    observed_on: date
    volatility_pct: float
    volatility_low_pct: float
    volatility_high_pct: float
    record: DipRecord | None
    kind: str


def dips(
    metals: Sequence[Metal] = tuple(Metal),
    as_of: date | datetime | None = None,
    rule: DipRule | None = None,
    observations: Observations | None = None,
    facts: Facts | None = None,
) -> list[DipReading]:
    """Every metal with a year of daily prices, the most volatile first, with nothing later than ``as_of`` seen."""
    source, facts = observations or open_source(), facts or load_facts()
    found = [one for one in (_reading(metal, as_of, rule, source, facts) for metal in metals) if one is not None]
    if not found:
        raise ObservationMissing(Text("No metal has a year of daily prices.", "沒有任何金屬有一年的日價格。"))
    return sorted(found, key=lambda one: -one.volatility_pct)


def _reading(
    metal: Metal, as_of: date | datetime | None, rule: DipRule | None, source: Observations, facts: Facts
) -> DipReading | None:
    held = set(source.series_ids())
    for id in (one.format(metal=metal) for one in SERIES):
        read = source.read([id], as_of).drop_nulls("value").sort("observed_on") if id in held else pl.DataFrame()
        if read.height and id.startswith("lme."):
            read = traded_only(read, metal, lme_calendar(facts), facts)
        if read.height > WINDOW_DAYS:
            return _measured(metal, id, read, rule)
    return None


def _measured(metal: Metal, id: str, read: pl.DataFrame, rule: DipRule | None) -> DipReading:
    price = read["value"].to_numpy().astype(np.float64) * price_factor(catalogue()[id].unit, "usd_per_t")
    moves = log_returns(price, read["observed_on"].to_physical().to_numpy().astype(np.int64))[-WINDOW_DAYS:]
    low, high = volatility_interval(moves, np.random.default_rng(SEED))
    storage = PRECIOUS_STORAGE_USD_PER_T_DAY if metal.is_precious else DipRule().storage_usd_per_t_day
    return DipReading(
        metal=metal,
        series_id=id,
        observed_on=read["observed_on"][-1],
        volatility_pct=float(np.nanstd(moves, ddof=1) * np.sqrt(252.0) * 100.0),
        volatility_low_pct=low,
        volatility_high_pct=high,
        record=dip_record(price, rule or DipRule(storage_usd_per_t_day=storage)),
        kind=kind_of(read.unique("nature").iter_rows(named=True)),
    )
