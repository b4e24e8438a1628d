"""Buying dips against buying steadily: the same tonnes, with finance and storage charged, from every start date."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]


EVERY_DAYS = 5
"""Trading days between one start date and the next."""


@dataclass(frozen=True)
class DipRule:
    """Buy when the price is ``dip_share`` below its highest of ``look_back_days`` trading days.

    What is bought ahead of use is financed (percent a year) and stored (USD/t a day); whatever is not there when it is
    needed is bought that day at the market (assumption G8).
    """

    dip_share: float = 0.08
    look_back_days: int = 120
    ahead_days: int = 63
    finance_pct_a_year: float = 6.0
    storage_usd_per_t_day: float = 0.5


@dataclass(frozen=True)
class DipRecord:
    """Cost of the rule over that of steady buying, percent, over all start dates: quantiles, share cheaper, worst.

    Negative is cheaper. ``starts`` overlap, so ``independent`` (history over horizon) is what the shares rest on.
    """

    starts: int
    independent: float
    median_pct: float
    low_pct: float
    high_pct: float
    worst_pct: float
    share_cheaper: float
    bought_on_dips_share: float


def dip_record(price: Floats, rule: DipRule, horizon_days: int = 252) -> DipRecord | None:
    """Replay a year of one tonne a day from every start date; price in USD/t, trading days, no gaps.

    A dip day buys the need of the next ``ahead_days`` days that is not yet in store. Empty without two horizons.
    """
    if price.size < 2 * horizon_days:
        return None
    high = pl.Series(price).rolling_max(rule.look_back_days, min_samples=20).to_numpy()
    dip = price <= (1.0 - rule.dip_share) * high
    carry = price * rule.finance_pct_a_year / 100.0 / 252.0 + rule.storage_usd_per_t_day * 365.0 / 252.0
    first = rule.look_back_days
    extra, bought = [], []
    for start in range(first, price.size - horizon_days, EVERY_DAYS):
        cost, early = _year(price[start : start + horizon_days], dip[start : start + horizon_days],
                            carry[start : start + horizon_days], rule.ahead_days)  # fmt: skip
        extra.append(100.0 * (cost / price[start : start + horizon_days].sum() - 1.0))
        bought.append(early)
    found = np.array(extra)
    low, middle, high_at = np.quantile(found, (0.05, 0.5, 0.95))
    return DipRecord(
        starts=found.size,
        independent=(price.size - first) / horizon_days,
        median_pct=float(middle),
        low_pct=float(low),
        high_pct=float(high_at),
        worst_pct=float(found.max()),
        share_cheaper=float((found < 0).mean()),
        bought_on_dips_share=float(np.mean(bought)),
    )


def _year(price: Floats, dip: NDArray[np.bool_], carry: Floats, ahead_days: int) -> tuple[float, float]:
    """Cost in USD of one tonne a day, and the share bought before it was needed.

    Between dips every day is bought at its own price, so only the dips need looking at.
    """
    summed = np.concatenate([[0.0], np.cumsum(price)])
    covered_to, cost, early = 0, 0.0, 0
    for day in np.flatnonzero(dip):
        first, target = max(covered_to, int(day)), min(int(day) + ahead_days, price.size)
        cost += float(summed[first] - summed[covered_to])
        more = max(target - first, 0)
        waits = more * (first + target - 1 - 2 * int(day)) / 2
        cost += more * float(price[day]) + float(carry[day]) * waits
        early += more
        covered_to = first + more
    return cost + float(summed[-1] - summed[covered_to]), early / price.size


def volatility_draws(returns: Floats, rng: np.random.Generator, draws: int = 400, block: int = 20) -> Floats:
    """Annual volatility (percent) of daily log returns in each of ``draws`` circular block resamples."""
    known = returns[np.isfinite(returns)]
    starts = rng.integers(0, known.size, size=(draws, known.size // block + 1))
    places = ((starts[:, :, None] + np.arange(block)) % known.size).reshape(draws, -1)[:, : known.size]
    sizes: Floats = known[places].std(axis=1, ddof=1) * np.sqrt(252.0) * 100.0
    return sizes


def interval(draws: Floats) -> tuple[float, float]:
    """The 90 % interval of an array of draws.

    >>> interval(np.arange(101.0))
    (5.0, 95.0)
    """
    low, high = np.quantile(draws, (0.05, 0.95))
    return float(low), float(high)


def rank_intervals(draws: Floats) -> list[tuple[int, int]]:
    """90 % interval of each row's rank (1 is the largest) over draws ``(n_names, n_draws)``.

    >>> rank_intervals(np.array([[3.0, 3.0], [1.0, 1.0]]))
    [(1, 1), (2, 2)]
    """
    ranks = 1 + (draws[:, None, :] < draws[None, :, :]).sum(axis=1)
    bounds = np.quantile(ranks, (0.05, 0.95), axis=1, method="nearest").astype(int)
    return [(int(low), int(high)) for low, high in bounds.T]
