"""The two forecasts every price model must beat: a random walk with rolling volatility, and GARCH(1,1) from ``arch``.

Both centre on today's value. ``moves`` are daily log returns of a price, or daily changes of cash minus three-month.
"""

import warnings

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tomnext.vocabulary.errors import ModelFailed
from tomnext.vocabulary.words import Text

ROLLING_DAYS = 60
REFIT_DAYS = 250
GARCH_DAYS = 2500


def random_walk_sd(
    moves: NDArray[np.float64], origins: NDArray[np.int64], horizons: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Standard deviation of the sum of the next moves, (n_origins, n_horizons), in the unit of ``moves``.

    Rolling mean square of the last 60 daily moves up to the origin, times the square root of the horizon (days).
    ``moves[t]`` is the move into day t; ``origins`` are days whose move is known.
    """
    square = np.cumsum(np.append(0.0, moves**2))
    daily = np.sqrt((square[origins + 1] - square[origins + 1 - ROLLING_DAYS]) / ROLLING_DAYS)
    return np.asarray(np.maximum(daily, _least(moves))[:, None] * np.sqrt(horizons))


def garch_sd(
    moves: NDArray[np.float64], origins: NDArray[np.int64], horizons: NDArray[np.int64]
) -> NDArray[np.float64]:
    """As :func:`random_walk_sd` from GARCH(1,1) with normal errors, re-estimated every 250 days on the past 2,500.

    Raises ModelFailed when ``arch`` is not installed (the ``stats`` extra).
    """
    out = np.empty((origins.size, horizons.size))
    refit_on, parameters = 0, (0.0, 0.0, 0.0)
    for row, at in enumerate(origins):
        past = moves[max(1, at + 1 - GARCH_DAYS) : at + 1]
        if at >= refit_on:
            refit_on, parameters = at + REFIT_DAYS, _garch(past)
        out[row] = np.sqrt(_summed(_filtered(past, *parameters), *parameters, horizons))
    return np.maximum(out, _least(moves))


def _least(moves: NDArray[np.float64]) -> float:
    """A hundredth of the whole sample's typical move, so that a dead-quiet window forecasts no certainty."""
    return float(0.01 * np.median(np.abs(moves[moves != 0])))


def _garch(moves: NDArray[np.float64]) -> tuple[float, float, float]:
    try:
        from arch import arch_model
    except ImportError:
        raise ModelFailed(
            Text("The GARCH rival needs the package arch.", "GARCH 對照需要 arch 套件。"),
            fix=Text("Install the stats extra of tomnext.", "請安裝 tomnext 的 stats 選用套件。"),
        ) from None
    scale = 1 / float(moves.std())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = arch_model(moves * scale, mean="Zero", vol="GARCH", p=1, q=1, rescale=False).fit(
            disp="off", show_warning=False
        )
    omega, alpha, beta = (float(one) for one in found.params.to_numpy())
    return omega / scale**2, alpha, beta


@njit(cache=True)
def _filtered(moves: NDArray[np.float64], omega: float, alpha: float, beta: float) -> float:
    """The variance of the next move."""
    variance = np.mean(moves * moves)
    for move in moves:
        variance = omega + alpha * move * move + beta * variance
    return float(variance)


def _summed(
    variance: float, omega: float, alpha: float, beta: float, horizons: NDArray[np.int64]
) -> NDArray[np.float64]:
    persistence = min(alpha + beta, 0.99999)
    usual = omega / (1 - persistence)
    away = (1 - persistence**horizons) / (1 - persistence)
    return np.asarray(usual * horizons + (variance - usual) * away)
