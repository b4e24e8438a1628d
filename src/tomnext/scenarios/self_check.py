"""How wide a metal's own past forecasts of tightness should have been, and the market calibrated with it.

Every ten trading days the raw walk forecasts b = log(cash / three-month) twenty days ahead; where what came stood in
those forecasts says by how much the metal's moves of b must be widened or narrowed. Only forecasts that had matured
by a day are used on that day. The price needs no such factor (decision 0062).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.scenarios.calibrate import Market, market_at
from tomnext.scenarios.dynamics import TIGHTNESS, Dynamics
from tomnext.scenarios.scores import probability_below
from tomnext.scenarios.simulate import simulate
from tomnext.scenarios.trace import FEWEST_DAYS, History, Trace, trace

EVERY, AHEAD, WINDOW = 10, 20, 2000
N_PATHS = 300
PRIOR_FORECASTS = 50.0
FURTHEST = 0.002
"""A PIT value nearer to 0 or 1 than this counts as this: a sample of 300 knows no more."""


@dataclass(frozen=True)
class PastForecasts:
    """Raw forecasts of one metal: ``days`` (n,) rows on which they were made; ``scores`` (n,) how many normal
    deviations above the forecast's median the tightness that came stood."""

    days: NDArray[np.int64]
    scores: NDArray[np.float64]

    def width(self, day: int) -> float:
        """The factor on the moves of b, from forecasts matured by row ``day``, shrunk to one (assumption T2)."""
        matured = self.scores[(self.days + AHEAD <= day) & (self.days > day - WINDOW)]
        if matured.size == 0:
            return 1.0
        independent = matured.size * EVERY / AHEAD
        return float(np.sqrt(np.mean(matured**2)) ** (independent / (independent + PRIOR_FORECASTS)))


def past_forecasts(history: History, traced: Trace, dynamics: Dynamics, first: int = FEWEST_DAYS) -> PastForecasts:
    """Forecast from every tenth trading day of a history, from row ``first`` on, and place what came in it.

    Empty where there is no cash price: the factor is then one.
    """
    from scipy.special import ndtri

    start = FEWEST_DAYS + -(-max(first - FEWEST_DAYS, 0) // EVERY) * EVERY
    last = history.level.size - AHEAD if history.cash is not None else start
    days = np.arange(start, last, EVERY)
    pit = np.empty(days.size)
    for row, day in enumerate(days):
        market = market_at([(history, traced, int(day))], dynamics)
        sample = simulate(market, N_PATHS, (AHEAD,), seed=int(day)).values[:, 0]
        ratio = sample[:, 0] / (sample[:, 0] - sample[:, 1])
        pit[row] = probability_below(np.log(ratio), float(traced.states[day + AHEAD, TIGHTNESS]))
    return PastForecasts(days, np.asarray(ndtri(np.clip(pit, FURTHEST, 1 - FURTHEST))))


def calibrate(histories: Sequence[History], dynamics: Dynamics | None = None) -> Market:
    """A market from the whole of each history (prices in each history's unit), as known on its last day."""
    dynamics = dynamics or Dynamics()
    parts, widths = [], []
    for history in histories:
        traced, last = trace(history, dynamics), history.level.size - 1
        parts.append((history, traced, last))
        widths.append(past_forecasts(history, traced, dynamics, first=last - WINDOW).width(last))
    return market_at(parts, dynamics, np.array(widths))
