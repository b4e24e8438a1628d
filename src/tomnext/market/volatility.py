"""How much a price moves: returns over known gaps, rolling volatility in percent a year, and who moves most."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.market.percentile import percentile_rank

Floats = NDArray[np.float64]

TRADING_DAYS_PER_YEAR = 252
MONTHS_PER_YEAR = 12


def log_returns(prices: Floats, days: NDArray[np.int64], max_gap_days: int = 5) -> Floats:
    """Log returns of an array of prices on day numbers, one shorter; NaN where they cannot be compared.

    A return is missing when either price is, or is not positive, or when more than ``max_gap_days`` calendar days lie
    between: a market that was shut for longer did not move "in a day", and the jump at its reopening is not spread
    over quiet days either (assumption M9).

    >>> log_returns(np.array([100.0, 101.0, 110.0]), np.array([0, 1, 9])).round(5)
    array([0.00995,     nan])
    """
    known = np.where(prices > 0, prices, np.nan)
    steps: Floats = np.diff(np.log(known))
    steps[np.diff(days) > max_gap_days] = np.nan
    return steps


def rolling_volatility_pct(
    returns: Floats, window: int, periods_per_year: float = TRADING_DAYS_PER_YEAR, least_share: float = 0.8
) -> Floats:
    """Volatility in percent a year over the last ``window`` returns, as an array as long as they are.

    The sample standard deviation (one degree of freedom for the mean) of the returns that are there, times the root of
    the periods in a year; NaN until at least ``least_share`` (0–1) of the window is.

    >>> float(rolling_volatility_pct(np.array([0.01, -0.01, 0.01, -0.01]), window=4)[-1].round(4))
    18.3303
    """
    volatility = np.full(returns.size, np.nan)
    if returns.size < window:
        return volatility
    windows = np.lib.stride_tricks.sliding_window_view(returns, window)
    counts = np.count_nonzero(~np.isnan(windows), axis=1)
    enough = counts >= max(2, np.ceil(least_share * window))
    deviations = np.nanstd(windows[enough], axis=1, ddof=1)
    volatility[window - 1 :][enough] = deviations * np.sqrt(periods_per_year) * 100
    return volatility


@dataclass(frozen=True, slots=True)
class VolatilityRank:
    """One name in the ranking: its volatility in percent a year, its rank (1 moves most) and percentile in its past."""

    name: str
    rank: int
    volatility_pct: float
    percentile: float | None


def volatility_ranking(paths_pct: Mapping[str, Floats]) -> list[VolatilityRank]:
    """Names by the last volatility of their path (arrays in percent a year), the most volatile first.

    The percentile (0–100) is of the last value in the name's own path. Equal volatilities keep the order given; names
    whose last volatility is not known are left out.
    """
    last = {name: float(path[-1]) for name, path in paths_pct.items() if path.size and not np.isnan(path[-1])}
    order = sorted(last, key=lambda name: -last[name])
    return [
        VolatilityRank(name, rank, last[name], percentile_rank(paths_pct[name], last[name]))
        for rank, name in enumerate(order, start=1)
    ]
