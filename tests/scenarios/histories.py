"""Synthetic and real trading days for the tests of the price model."""

from pathlib import Path

import numpy as np
import polars as pl

from tomnext.scenarios.trace import History, stock_offset


def made_up(name: str = "copper", n_days: int = 1200, seed: int = 1, two_prices: bool = True) -> History:
    """Volatility that changes slowly, tightness that reverts and now and then jumps: no market data."""
    rng = np.random.default_rng(seed)
    volatility = 0.012 * np.exp(0.3 * np.sin(np.arange(n_days) / 90))
    level = 5000 * np.exp(np.cumsum(volatility * rng.standard_t(6, n_days) * np.sqrt(4 / 6)))
    tight = np.zeros(n_days)
    for t in range(1, n_days):
        jump = rng.exponential(0.02) if rng.random() < 0.004 else 0.0
        tight[t] = -0.003 + 0.97 * (tight[t - 1] + 0.003) + 0.0008 * rng.standard_normal() + jump
    days = np.datetime64("2015-01-01") + np.arange(n_days)
    return History(name, "usd_per_t", days, level, level * np.exp(tight) if two_prices else None)


def real(folder: Path, metal: str) -> History:
    """A metal of the licensed daily history, carried-forward rows left out."""
    frame = pl.read_csv(folder / "lme_daily" / f"{metal}.csv", try_parse_dates=True)
    cash, level = frame["cash_usd_t"].to_numpy(), frame["m3_usd_t"].to_numpy()
    kept = np.append(True, (np.diff(cash) != 0) | (np.diff(level) != 0))
    offset = None
    if "stock_total_t" in frame.columns:
        stock, warrant = (
            frame[name].cast(pl.Float64).to_numpy()[kept] for name in ("stock_total_t", "stock_on_warrant_t")
        )
        offset = stock_offset(stock, np.maximum(stock - warrant, 0.0))
    return History(
        metal, "usd_per_t", frame["date"].to_numpy().astype("datetime64[D]")[kept], level[kept], cash[kept], offset
    )
