"""What rolling a position day by day costs in simulated futures, with and without a squeeze, and how that has fared."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from tomnext.facts.load import Facts
from tomnext.market.position import (
    USUAL_DAYS,
    WalkedRoll,
    front_loaded_premium,
    linear_premium,
    usual_gap,
    walked_roll,
)
from tomnext.observations.reading import Observations
from tomnext.scenarios.calibrate import Market, market_at
from tomnext.scenarios.dynamics import Dynamics
from tomnext.scenarios.self_check import WINDOW, PastForecasts, past_forecasts
from tomnext.scenarios.simulate import simulate
from tomnext.scenarios.trace import History, Trace, trace
from tomnext.studies.price_history import price_history
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal

N_PATHS, RECORD_PATHS = 2000, 300
RECORD_WINDOWS = 100
RECORD_FIRST_DAY = 500


@dataclass(frozen=True)
class RollRecord:
    """How past simulations did: of ``windows`` that do not overlap, how many cost a short more than the simulated 95th
    percentile (``dearer``) or less than the 5th (``cheaper``), from and to which day. A twentieth each is right."""

    windows: int
    dearer: int
    cheaper: int
    first: date
    last: date


@dataclass(frozen=True)
class SimulatedRoll:
    """Rolling along simulated paths by both readings of a day's premium (assumption G9), and the linear one's record.

    ``record`` is empty when the history is too short to look back.
    """

    linear: WalkedRoll
    front_loaded: WalkedRoll
    seed: int
    record: RollRecord | None


def simulated_roll(
    source: Observations,
    metal: Metal,
    tonnes: float,
    days: int,
    as_of: date | datetime | None = None,
    cap_usd_per_t: float | None = None,
    n_paths: int = N_PATHS,
    seed: int = 0,
    facts: Facts | None = None,
) -> SimulatedRoll | None:
    """Roll ``tonnes`` (negative short) for ``days`` trading days on ``n_paths`` futures seen from the newest price.

    ``cap_usd_per_t`` limits a day's backwardation. Nothing when the history is too short for the price model.
    """
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    try:
        history = price_history(source, metal.value, day, facts).history
        past = _Past.of(history)
        market = past.market(history.level.size - 1)
    except InputRejected:
        return None
    walked = simulate(market, n_paths, range(1, days + 1), seed)
    gap, met, squeezed = walked.values[:, :, 1], walked.touched[:, 0] > 0, walked.regime[:, :, 0] > 0
    before = np.broadcast_to(past.gap(history.level.size - USUAL_DAYS, USUAL_DAYS - 1), (n_paths, USUAL_DAYS - 1))
    usual = usual_gap(np.hstack([before, gap]))[:, USUAL_DAYS - 1 :]
    return SimulatedRoll(
        linear=walked_roll(tonnes, linear_premium(gap, cap_usd_per_t), met),
        front_loaded=walked_roll(tonnes, front_loaded_premium(gap, usual, squeezed, cap_usd_per_t), met),
        seed=seed,
        record=past.record(days),
    )


@dataclass(frozen=True)
class _Past:
    """A history traced once, from which the market of any of its days is made as known on that day."""

    history: History
    traced: Trace
    forecasts: PastForecasts
    dynamics: Dynamics

    @classmethod
    def of(cls, history: History) -> "_Past":
        dynamics = Dynamics()
        traced = trace(history, dynamics)
        first = history.level.size - 1 - 2 * WINDOW
        return cls(history, traced, past_forecasts(history, traced, dynamics, first), dynamics)

    def market(self, row: int) -> Market:
        return market_at([(self.history, self.traced, row)], self.dynamics, np.array([self.forecasts.width(row)]))

    def record(self, days: int) -> RollRecord | None:
        """Past windows of ``days`` trading days that do not overlap, each forecast from the day before it began."""
        last = self.history.level.size - 1 - days
        rows = np.arange(last, max(last - WINDOW, RECORD_FIRST_DAY), -days)[:RECORD_WINDOWS]
        if rows.size == 0:
            return None
        beyond = np.array([self._beyond(int(row), days) for row in rows])
        seen = self.history.observed_on
        return RollRecord(
            windows=rows.size,
            dearer=int((beyond > 0).sum()),
            cheaper=int((beyond < 0).sum()),
            first=seen[rows[-1]].item(),
            last=seen[rows[0] + days].item(),
        )

    def _beyond(self, row: int, days: int) -> int:
        """1 when the window after a row cost a short more than the 95th percentile, -1 less than the 5th, else 0."""
        gap = simulate(self.market(row), RECORD_PATHS, range(1, days + 1), seed=row).values[:, :, 1]
        low, high = np.quantile(linear_premium(gap).sum(axis=1), (0.05, 0.95))
        came = float(linear_premium(self.gap(row, days)).sum())
        return int(came > high) - int(came < low)

    def gap(self, row: int, days: int) -> NDArray[np.float64]:
        """Cash less three months (USD/t) on the ``days`` days after a row."""
        rows = slice(row + 1, row + 1 + days)
        return np.asarray(self.history.level[rows] * np.expm1(self.history.tightness[rows]))
