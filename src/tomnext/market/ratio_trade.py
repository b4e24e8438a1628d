"""The ratio trade as desks have played it, replayed day by day with its costs.

Short the ratio means short the first metal and long the second for the same money. A signal seen at one close is
dealt at the next. Returns are percent of the money on one leg.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class TradeCosts:
    """Dealing in basis points of one leg's money each time and leg, carrying in percent a year (assumption G4)."""

    dealing_bps_a_leg: float = 5.0
    carrying_pct_a_year: float = 0.3


@dataclass(frozen=True)
class Trade:
    """One trade: side (−1 short the ratio, +1 long), days, ratios, net return and deepest loss in percent."""

    side: int
    entered_on: np.datetime64
    left_on: np.datetime64 | None
    entry_ratio: float
    exit_ratio: float
    net_return_pct: float
    worst_pct: float


@dataclass(frozen=True)
class Replay:
    """A rule over a history: its trades, net percent of one leg's money by day, and the deepest fall from a high."""

    rule: str
    trades: tuple[Trade, ...]
    cumulative_pct: Floats
    deepest_fall_pct: float

    def between(self, days: Days, first: np.datetime64, last: np.datetime64) -> float:
        """Net percent made from the close before ``first`` to the close of ``last``."""
        inside = np.flatnonzero((days >= first) & (days <= last))
        if inside.size == 0:
            return 0.0
        start = self.cumulative_pct[inside[0] - 1] if inside[0] else 0.0
        return float(self.cumulative_pct[inside[-1]] - start)


def sides_by_level(ratio: Floats, enter: float, leave: float) -> Floats:
    """Position wanted at each close: short (−1) the ratio from above ``enter`` until below ``leave``, else 0.

    >>> sides_by_level(np.array([70.0, 81.0, 70.0, 59.0]), 80, 60).tolist()
    [0.0, -1.0, -1.0, 0.0]
    """
    side, sides = 0.0, np.zeros(ratio.size)
    for place, value in enumerate(ratio):
        if side == 0.0 and value > enter:
            side = -1.0
        elif side < 0.0 and value < leave:
            side = 0.0
        sides[place] = side
    return sides


def sides_by_score(ratio: Floats, window: int = 500, enter: float = 2.0, leave: float = 0.0) -> Floats:
    """Position wanted at each close by the score of the log ratio against its last ``window`` days.

    Short (−1) from above ``enter`` standard deviations until below ``leave``, long (+1) the mirror of it. Nothing is
    done before half a window of days.
    """
    value = pl.Series(np.log(ratio))
    mean = value.rolling_mean(window, min_samples=window // 2).to_numpy()
    spread = value.rolling_std(window, min_samples=window // 2).to_numpy()
    score = (np.log(ratio) - mean) / np.where(spread > 1e-9, spread, np.nan)
    side, sides = 0.0, np.zeros(ratio.size)
    for place, at in enumerate(score):
        if side == 0.0 and abs(at) > enter:
            side = -float(np.sign(at))
        elif side != 0.0 and -side * at < leave:
            side = 0.0
        sides[place] = side
    return sides


def replay(rule: str, ratio: Floats, days: Days, sides: Floats, costs: TradeCosts | None = None) -> Replay:
    """What a path of wanted positions made, in percent of one leg's money, dealt at the close after each signal."""
    costs = costs or TradeCosts()
    held = np.concatenate([[0.0], sides[:-1]])
    gaps = np.concatenate([[0.0], np.diff(days).astype("timedelta64[D]").astype(np.float64)])
    moves = np.concatenate([[0.0], np.diff(np.log(ratio))]) * 100.0
    carried = np.concatenate([[0.0], held[:-1]])
    dealt = np.abs(held - carried) * 2.0 * costs.dealing_bps_a_leg / 100.0
    made = carried * moves - np.abs(carried) * costs.carrying_pct_a_year * gaps / 365.0 - dealt
    total = np.cumsum(made)
    fall = float(np.min(total - np.maximum.accumulate(np.maximum(total, 0.0)))) if total.size else 0.0
    return Replay(rule, tuple(_trades(ratio, days, held, made)), total, fall)


def _trades(ratio: Floats, days: Days, held: Floats, made: Floats) -> list[Trade]:
    changes = np.flatnonzero(np.diff(np.concatenate([[0.0], held, [0.0]])) != 0.0)
    found = []
    for first, last in pairwise(changes):
        if held[first] == 0.0:
            continue
        open_still = last == held.size
        end = min(int(last), held.size - 1)
        path = np.cumsum(made[first : end + 1])
        found.append(
            Trade(
                side=int(held[first]),
                entered_on=days[first],
                left_on=None if open_still else days[end],
                entry_ratio=float(ratio[first]),
                exit_ratio=float(ratio[end]),
                net_return_pct=float(path[-1]),
                worst_pct=float(min(path.min(), 0.0)),
            )
        )
    return found
