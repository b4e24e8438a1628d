"""What the recursion knows of a metal's past, day by day, using nothing later than each day."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tomnext.scenarios.dynamics import (
    FAST,
    N_STATE,
    PLAIN,
    PLAIN_DAYS,
    RECENT,
    SLOW,
    SPREAD_SQUARE,
    SQUEEZED,
    TIGHT_FAST,
    TIGHT_SLOW,
    TIGHTNESS,
    USUAL,
    Dynamics,
    absorbed,
    absorbed_tightness,
    jump_intensity,
    return_variance,
    stretch,
    tightness_drift,
    tightness_variance,
    usual_deviation,
)
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

WARM_UP_DAYS = PLAIN_DAYS
FEWEST_DAYS = 250
BASE_JUMP_RATE = 0.003
TYPICAL_PULL = (0.03, 0.004)
"""Share of the gap to the recent and to the usual level closed a day (assumption T2)."""
STOCK_SLOPE, CANCELLED_SLOPE = -0.4, 0.25
"""How log stock relative to its own year, and the cancelled share, move the log intensity (assumption T3)."""


@dataclass(frozen=True)
class History:
    """One metal's (or factor's) trading days, oldest first; halted and carried-forward days already left out.

    ``level``: three-month price, or the only price; ``cash``: None where there is no cash price; both in ``unit``.
    ``offset``: log of what stocks and cancelled warrants add to the intensity of a squeeze each day, 0 without.
    """

    name: str
    unit: str
    observed_on: NDArray[np.datetime64]
    level: NDArray[np.float64]
    cash: NDArray[np.float64] | None = None
    offset: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Refuse a history too short or with a price that is not positive."""
        prices = self.level if self.cash is None else np.concatenate([self.level, self.cash])
        if not np.isfinite(prices).all() or (prices <= 0).any() or (np.diff(self.observed_on.astype("i8")) <= 0).any():
            raise InputRejected(
                Text("Prices must be positive, on rising days.", "價格須為正，且日期遞增。"), received=self.name
            )
        if self.level.size < FEWEST_DAYS:
            raise InputRejected(
                Text("The history is too short for a model.", "歷史資料太短，無法建立模型。"),
                received=f"{self.name}: {self.level.size}",
                expected=Text(f"≥ {FEWEST_DAYS} trading days", f"≥ {FEWEST_DAYS} 個交易日"),
            )

    @property
    def tightness(self) -> NDArray[np.float64]:
        """b = log(cash / three-month), positive in backwardation; zeros where there is no cash price."""
        return np.zeros(self.level.size) if self.cash is None else np.log(self.cash / self.level)


@dataclass(frozen=True)
class Trace:
    """The recursion along a history: ``states`` (n_days, N_STATE) after each day; standardised innovations of the
    log return ``price_innovation`` and of tightness ``tight_innovation`` (n_days,), made with what was known the
    day before; ``stretch`` (n_days,) in usual deviations."""

    states: NDArray[np.float64]
    price_innovation: NDArray[np.float64]
    tight_innovation: NDArray[np.float64]
    stretch: NDArray[np.float64]

    @property
    def squeeze_probability(self) -> NDArray[np.float64]:
        """Filtered probability (0–1) of being in a squeeze on each day, from that day and before."""
        return self.states[:, SQUEEZED]


def trace(history: History, dynamics: Dynamics | None = None) -> Trace:
    """Run the recursion along a history (log price, trading days): causal, so a longer history changes no past row."""
    dynamics = dynamics or Dynamics()
    n_days = history.level.size
    states, out = np.zeros((n_days, N_STATE)), np.zeros((3, n_days))
    offset = np.zeros(n_days) if history.offset is None else history.offset
    _run(np.log(history.level), history.tightness, offset, dynamics, states, out)
    return Trace(states, out[0], out[1], out[2])


def squeeze_base_rate(traced: Trace, days: int) -> float:
    """How often (share 0–1) a squeeze was on at some point of ``days`` trading days, over all such windows so far.

    Not known (nan) when there is no whole window after the first year.
    """
    on = np.append(0, np.cumsum(traced.squeeze_probability[FEWEST_DAYS:] > 0.5))
    return float(np.mean(on[days:] > on[:-days])) if on.size > days else float("nan")


def stock_offset(stock_t: NDArray[np.float64], cancelled_t: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """The log intensity that stocks (tonnes) add each day, from that day and before; 0 where a stock is missing.

    Low stock against its own last 250 days and a high cancelled share raise it (assumption T3).

    >>> low = np.r_[np.full(300, 100.0), 50.0]
    >>> round(float(stock_offset(low, None)[-1]), 2)
    0.28
    """
    seen = np.isfinite(stock_t) & (stock_t > 0)
    year = np.array(
        [np.mean(part[np.isfinite(part)]) if np.isfinite(part).any() else np.nan for part in _years(stock_t)]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(seen, np.log(stock_t / year), 0.0)
        share = np.zeros_like(stock_t) if cancelled_t is None else np.where(seen, cancelled_t / stock_t, 0.0)
    share = np.nan_to_num(share)
    total = STOCK_SLOPE * np.nan_to_num(relative) + CANCELLED_SLOPE * share
    return np.asarray(np.clip(total, -1.0, 1.0))


def _years(values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    return [values[max(0, end - 249) : end + 1] for end in range(values.size)]


@njit(cache=True)
def _open(level: NDArray[np.float64], tightness: NDArray[np.float64], state: NDArray[np.float64]) -> None:
    """The state before the first day, from the first sixty (these rows are never used to forecast)."""
    moves, tight_moves = 0.0, 0.0
    for t in range(1, WARM_UP_DAYS + 1):
        moves += (level[t] - level[t - 1]) ** 2 / WARM_UP_DAYS
        tight_moves += (tightness[t] - tightness[t - 1]) ** 2 / WARM_UP_DAYS
    state[FAST], state[SLOW], state[PLAIN] = moves, moves, moves
    state[TIGHT_FAST], state[TIGHT_SLOW] = tight_moves, tight_moves
    state[TIGHTNESS], state[RECENT], state[USUAL] = tightness[0], tightness[0], tightness[0]
    state[SPREAD_SQUARE] = np.var(tightness[: WARM_UP_DAYS + 1])


@njit(cache=True)
def _learn_usual(state: NDArray[np.float64], day: int, dynamics: Dynamics) -> None:
    """The usual level of b and the spread around it; what lies beyond three deviations counts as three."""
    weight = max(1 - dynamics.usual_decay, 1.0 / (day + 1))
    limit = 3 * usual_deviation(state, dynamics)
    gap = min(max(state[TIGHTNESS] - state[USUAL], -limit), limit)
    state[USUAL] += weight * gap
    state[SPREAD_SQUARE] += weight * (gap * gap - state[SPREAD_SQUARE])


@njit(cache=True)
def _learn_regime(state: NDArray[np.float64], before: float, innovation: float, offset: float, d: Dynamics) -> float:
    """Two-state filter: yesterday's odds moved by the hazards, then weighed by how stretched b stands today.

    A jump that leaves b above its usual level is taken for an entry.
    """
    leave = d.leave_when_stretched if before > d.stretched else d.leave_when_normal
    enter = jump_intensity(before, BASE_JUMP_RATE, offset, d) + (
        d.enter_when_stretched if before > d.stretched else 0.0
    )
    prior = state[SQUEEZED] * (1 - leave) + (1 - state[SQUEEZED]) * enter
    now = stretch(state, d)
    odds = prior / (1 - prior) * np.exp(min(max(d.evidence * (now - d.stretched), -20.0), 20.0))
    chance = odds / (1 + odds)
    if innovation > d.jump and now > 0:
        chance = max(chance, 0.95)
    state[SQUEEZED] = min(max(chance, 1e-4), 1 - 1e-4)
    return float(now)


@njit(cache=True)
def _run(
    level: NDArray[np.float64],
    tightness: NDArray[np.float64],
    offset: NDArray[np.float64],
    dynamics: Dynamics,
    states: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    state = np.zeros(N_STATE)
    _open(level, tightness, state)
    states[0] = state
    for t in range(1, level.size):
        log_return = level[t] - level[t - 1]
        out[0, t] = log_return / np.sqrt(return_variance(state))
        state[FAST] = absorbed(state[FAST], dynamics.fast_decay, log_return**2)
        state[SLOW] = absorbed(state[SLOW], dynamics.slow_decay, log_return**2)
        if t >= PLAIN_DAYS:
            state[PLAIN] = np.mean(np.square(np.diff(level[t - PLAIN_DAYS : t + 1])))
        scale = 1 + (dynamics.squeeze_scale - 1) * state[SQUEEZED]
        drift = tightness_drift(state, TYPICAL_PULL[0], TYPICAL_PULL[1], dynamics)
        calm = (tightness[t] - state[TIGHTNESS] - drift) / scale
        variance = tightness_variance(state, dynamics)
        out[1, t] = calm / np.sqrt(variance)
        fast, slow, recent = absorbed_tightness(state, tightness[t], calm, variance, dynamics)
        state[TIGHT_FAST], state[TIGHT_SLOW], state[TIGHTNESS], state[RECENT] = fast, slow, tightness[t], recent
        before = out[2, t - 1]
        _learn_usual(state, t, dynamics)
        out[2, t] = _learn_regime(state, before, out[1, t], offset[t], dynamics)
        states[t] = state
