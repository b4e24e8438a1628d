"""What a plan needs to know of a metal's price on a day, from what was available then."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from tomnext.observations.catalogue import series_named
from tomnext.observations.reading import Observations
from tomnext.procurement.price_chain import DAYS_A_STAGE, PriceWalk
from tomnext.studies.sources import observed
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import factor
from tomnext.vocabulary.words import Text

SQUEEZE_SHARE = 0.015
"""Cash over three months by this share of cash is a squeeze: the standard event of the squeeze warning."""
ENOUGH_MONTHS = 60
ENOUGH_EPISODES = 2
YEARS_OF_VOLATILITY = (1, 5)
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class PriceView:
    """A metal's price on a day with its quick walk, the readings behind it and the assumptions it needed."""

    walk: PriceWalk
    observed_on: date
    evidence: tuple[Evidence, ...]
    assumptions: tuple[str, ...]


def price_view(metal: Metal, observations: Observations, as_of: date | None = None) -> PriceView:
    """Price, volatility and squeeze behaviour as known by ``as_of``; ObservationMissing when there is no price."""
    series, prices = _prices(metal, observations, as_of)
    last = prices.row(-1, named=True)
    unit = series_named(series).unit
    usable = prices.filter(pl.col("value") > 0)
    volatility, assumed = _monthly_volatility(usable)
    price = last["value"] * factor(unit, "usd_per_t")
    calm = PriceWalk(metal.value, price, volatility, 0.015, 0.5, 0.05, -0.004, 0.03)
    walk, squeeze_assumed = _with_seen_squeezes(calm, metal, observations, as_of)
    return PriceView(walk, last["observed_on"], (observed(last, unit),), (*assumed, *squeeze_assumed))


def _prices(metal: Metal, observations: Observations, as_of: date | None) -> tuple[str, pl.DataFrame]:
    names = [f"lme.{metal}.price.cash", f"lbma.{metal}.price", f"comex.{metal}.price.front", f"worldbank.{metal}.price"]
    held = observations.series_ids()
    for name in (one for one in names if one in held):
        readings = observations.read([name], as_of)
        if not readings.is_empty():
            return name, readings
    raise ObservationMissing(
        Text(f"There is no price of {metal} to plan with.", f"沒有{metal.title.zh}的價格可供規劃。"),
        received=f"as of {as_of}" if as_of else None,
        expected=", ".join(names),
        fix=Text("Import one with: tomnext import FILE --map MAP --store STORE", "可用 tomnext import 匯入價格"),
    )


def _monthly_volatility(prices: pl.DataFrame) -> tuple[float, tuple[str, ...]]:
    """Root mean of the one-year and the five-year variance of log returns, scaled to a month (assumption Q10)."""
    days = prices["observed_on"]
    steps = np.array([one.days for one in days.diff().drop_nulls()], dtype=np.float64)
    is_monthly = len(steps) > 0 and float(np.median(steps)) > 20
    per_month = 1 if is_monthly else DAYS_A_STAGE
    returns = np.diff(np.log(prices["value"].to_numpy()))
    variances = []
    for years in YEARS_OF_VOLATILITY:
        window = returns[-years * MONTHS_A_YEAR * per_month :]
        if len(window) >= MONTHS_A_YEAR:
            variances.append(float(np.mean((window - window.mean()) ** 2)) * per_month)
    if not variances:
        return 0.08, ("Q10",)
    averaging = 1.5 if is_monthly else 1.0
    return float(np.sqrt(np.mean(variances) * averaging)), ("Q10",)


def _with_seen_squeezes(
    walk: PriceWalk, metal: Metal, observations: Observations, as_of: date | None
) -> tuple[PriceWalk, tuple[str, ...]]:
    """How often squeezes began, how long they held and how far spreads went; assumed where too few were seen (Q11)."""
    names = [f"lme.{metal}.price.cash", f"lme.{metal}.price.3m"]
    readings = observations.read(names, as_of)
    if readings["series_id"].n_unique() < len(names):
        return walk, ("Q11",)
    both = readings.pivot(on="series_id", index="observed_on", values="value").drop_nulls().sort("observed_on")
    monthly = (
        both.with_columns((1 - pl.col(names[1]) / pl.col(names[0])).alias("share"))
        .group_by_dynamic("observed_on", every="1mo")
        .agg(pl.col("share").max())
    )
    shares = monthly["share"].to_numpy()
    is_squeezed = shares > SQUEEZE_SHARE
    began = int(np.count_nonzero(is_squeezed[1:] & ~is_squeezed[:-1]))
    if len(shares) < ENOUGH_MONTHS or began < ENOUGH_EPISODES:
        return walk, ("Q11",)
    typical = float(np.median(shares[is_squeezed]))
    seen = replace(
        walk,
        squeeze_starts=began / max(int(np.count_nonzero(~is_squeezed)), 1),
        squeeze_ends=min(began / int(np.count_nonzero(is_squeezed)), 1.0),
        squeeze_lift_share=typical,
        calm_spread_share=float(np.median(shares[~is_squeezed])),
        squeeze_spread_share=typical,
        is_squeezed=bool(is_squeezed[-1]),
    )
    return seen, ("Q12",)


def first_of_month(day: date | datetime, later: int = 0) -> date:
    """The first day of the month ``later`` months after a day's own.

    >>> first_of_month(date(2026, 5, 29), 8)
    datetime.date(2027, 1, 1)
    """
    month = day.month - 1 + later
    return date(day.year + month // MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1, 1)


def end_of_month(day: date) -> date:
    """The last day of a day's month."""
    return first_of_month(day, 1) - timedelta(days=1)
