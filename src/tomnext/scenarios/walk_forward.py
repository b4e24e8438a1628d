"""The proof: forecasts made at past days from nothing later, scored against what came.

The forecast is the very walk of :func:`tomnext.scenarios.simulate.simulate`; nothing is tuned on what is scored.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.scenarios.calibrate import market_at
from tomnext.scenarios.dynamics import Dynamics
from tomnext.scenarios.rivals import garch_sd, random_walk_sd
from tomnext.scenarios.scores import crps_of_lognormal, crps_of_normal, crps_of_sample, probability_below
from tomnext.scenarios.self_check import past_forecasts
from tomnext.scenarios.simulate import simulate
from tomnext.scenarios.trace import History, trace
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

HORIZONS = (5, 20, 60)
FIRST_ORIGIN = 500
PRICE, CASH_MINUS_THREE_MONTH = "price", "cash_minus_three_month"


@dataclass(frozen=True)
class Scores:
    """Forecasts of one target, each array (n_origins, n_horizons): PIT values (0–1) and CRPS in the price's unit."""

    pit: NDArray[np.float64]
    crps: NDArray[np.float64]
    random_walk: NDArray[np.float64]
    garch: NDArray[np.float64]


@dataclass(frozen=True)
class WalkForward:
    """A metal's record: ``origins`` (n_origins,) days on which forecasts were made; scores by target."""

    name: str
    unit: str
    horizons: tuple[int, ...]
    origins: NDArray[np.datetime64]
    scores: dict[str, Scores]


def walk_forward(
    history: History,
    every: int = 5,
    n_paths: int = 2000,
    seed: int = 0,
    first_day: np.datetime64 | None = None,
    has_garch: bool = True,
    progress: Callable[[float], None] | None = None,
    dynamics: Dynamics | None = None,
) -> WalkForward:
    """Forecast from every ``every``-th trading day after the first 500 to 5, 20 and 60 trading days ahead, and score.

    Targets: the cash price (or the only price), and cash minus three-month where there is one, in the history's
    unit. ``has_garch`` False leaves that rival's scores missing (nan). Raises InputRejected when no forecast
    can be both made and scored.
    """
    dynamics = dynamics or Dynamics()
    origins = _origins(history, every, first_day)
    targets = _targets(history)
    traced = trace(history, dynamics)
    past = past_forecasts(history, traced, dynamics)
    pit, crps = np.empty((2, len(targets), origins.size, len(HORIZONS)))
    for row, day in enumerate(origins):
        market = market_at([(history, traced, int(day))], dynamics, np.array([past.width(int(day))]))
        paths = simulate(market, n_paths, HORIZONS, seed + int(day))
        for column, series in enumerate(targets.values()):
            for h, horizon in enumerate(HORIZONS):
                sample, seen = paths.values[:, h, column], float(series[day + horizon])
                pit[column, row, h], crps[column, row, h] = (
                    probability_below(sample, seen),
                    crps_of_sample(sample, seen),
                )
        if progress is not None:
            progress((row + 1) / origins.size)
    rivals = {name: _rivals(name, series, origins, has_garch) for name, series in targets.items()}
    scores = {name: Scores(pit[k], crps[k], *rivals[name]) for k, name in enumerate(targets)}
    return WalkForward(history.name, history.unit, HORIZONS, history.observed_on[origins], scores)


def _origins(history: History, every: int, first_day: np.datetime64 | None) -> NDArray[np.int64]:
    first = (
        FIRST_ORIGIN if first_day is None else max(FIRST_ORIGIN, int(np.searchsorted(history.observed_on, first_day)))
    )
    origins = np.arange(first, history.level.size - max(HORIZONS), every)
    if origins.size == 0:
        raise InputRejected(
            Text("No forecast can be both made and scored in these days.", "這段期間無法既做預測又評分。"),
            received=f"{history.name}: {history.level.size}, {history.observed_on[-1]}, --start {first_day}",
            expected=Text(
                f"{FIRST_ORIGIN} days before the first forecast and {max(HORIZONS)} after it",
                f"首次預測前有 {FIRST_ORIGIN} 個交易日、其後有 {max(HORIZONS)} 個交易日",
            ),
        )
    return origins


def _targets(history: History) -> dict[str, NDArray[np.float64]]:
    if history.cash is None:
        return {PRICE: history.level}
    return {PRICE: history.cash, CASH_MINUS_THREE_MONTH: history.cash - history.level}


def _rivals(
    name: str, series: NDArray[np.float64], origins: NDArray[np.int64], has_garch: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """CRPS of the random walk and of GARCH: lognormal for a price, normal for a difference."""
    horizons = np.array(HORIZONS)
    seen, last = series[origins[:, None] + horizons], series[origins][:, None]
    moves = np.append(0.0, np.diff(np.log(series) if name == PRICE else series))

    def score(sd: NDArray[np.float64]) -> NDArray[np.float64]:
        return crps_of_lognormal(last, sd, seen) if name == PRICE else crps_of_normal(seen - last, sd)

    walk = score(random_walk_sd(moves, origins, horizons))
    return walk, score(garch_sd(moves, origins, horizons)) if has_garch else np.full_like(walk, np.nan)
