"""The daily recursion of one metal: the same few lines filter the past and walk the future.

A metal is its three-month price (or its only price) and, where there is a cash price, the *tightness*
b = log(cash / three-month), the observed short-term factor (positive is backwardation). Of the volatility of the price
there are three equally good opinions, of which every path holds one; that of tightness is an exponentially weighted
mean square at two speeds. Tightness is pulled to its recent and to its usual level; in a
squeeze it moves ``squeeze_scale`` times as much and is pulled harder. ``docs/explanation/price-model.md`` holds the
equations.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

FAST, SLOW, PLAIN, TIGHTNESS, TIGHT_FAST, TIGHT_SLOW, RECENT, USUAL, SPREAD_SQUARE, SQUEEZED = range(10)
N_STATE = 10
"""Places in a metal's state: three opinions of the variance of the daily log return; b; variances of its daily
innovation at two speeds; recent and usual level of b; mean square of b around its usual level; probability of (or, on
a path, being in) a squeeze."""

N_OPINIONS = 3
PLAIN_DAYS = 60
"""The plain opinion is the mean square of this many days and does not change along a path."""
HIGHEST_JUMP_CHANCE, LOWEST_STRETCH, HIGHEST_STRETCH = 0.1, -2.0, 3.0


class Dynamics(NamedTuple):
    """Constants of the recursion per trading day (assumption T2): chosen on 2003–2015, never on what is reported.

    Decays are of exponential weights: 0.5**(1/half-life in days).
    """

    fast_decay: float = 0.5 ** (1 / 16)
    slow_decay: float = 0.5 ** (1 / 128)
    plain_decay: float = 1.0
    tight_fast_decay: float = 0.5 ** (1 / 6)
    tight_slow_decay: float = 0.5 ** (1 / 32)
    tight_fast_weight: float = 0.7
    recent_decay: float = 0.5 ** (1 / 10)
    usual_decay: float = 0.5 ** (1 / 500)
    floor: float = 2e-4
    ceiling: float = 0.01
    jump: float = 5.0
    squeeze_scale: float = 2.0
    squeeze_pull: float = 0.01
    evidence: float = 1.0
    stretched: float = 1.5
    leave_when_normal: float = 0.10
    leave_when_stretched: float = 0.02
    enter_when_stretched: float = 0.05
    stretch_slope: float = 0.2
    offset_decay: float = 0.5 ** (1 / 60)


State = NDArray[np.float64] | tuple[float, ...]
"""A metal's state by its places: a row of a trace, or the numbers of one path."""


@njit(cache=True)
def return_variance(state: State) -> float:
    """The variance of the next daily log return: the mean of the opinions."""
    return float((state[FAST] + state[SLOW] + state[PLAIN]) / N_OPINIONS)


@njit(cache=True)
def absorbed(variance: float, decay: float, square: float) -> float:
    """A running variance with a day's square let in (squared log return, or squared share of price)."""
    return float(decay * variance + (1 - decay) * square)


@njit(cache=True)
def tightness_variance(state: State, dynamics: Dynamics) -> float:
    """The calm variance of the next daily innovation of b (share of price, squared)."""
    near = dynamics.tight_fast_weight * state[TIGHT_FAST] + (1 - dynamics.tight_fast_weight) * state[TIGHT_SLOW]
    return float(min(near, dynamics.ceiling * dynamics.ceiling) + dynamics.floor * dynamics.floor)


@njit(cache=True)
def tightness_drift(state: State, recent: float, usual: float, dynamics: Dynamics) -> float:
    """How far the pulls move b in a day; ``recent`` and ``usual`` are shares of the gap closed a day."""
    slow = usual + dynamics.squeeze_pull * state[SQUEEZED]
    return float(recent * (state[RECENT] - state[TIGHTNESS]) + slow * (state[USUAL] - state[TIGHTNESS]))


@njit(cache=True)
def absorbed_tightness(
    state: State, tightness: float, calm_innovation: float, variance: float, dynamics: Dynamics
) -> tuple[float, float, float]:
    """Both variances of b and its recent level with a new b let in (shares of price, the variances squared).

    An innovation beyond the jump threshold counts as one at it, so a jump does not feed itself.
    """
    square = min(calm_innovation * calm_innovation, dynamics.jump * dynamics.jump * variance)
    fast = absorbed(state[TIGHT_FAST], dynamics.tight_fast_decay, square)
    slow = absorbed(state[TIGHT_SLOW], dynamics.tight_slow_decay, square)
    return fast, slow, state[RECENT] + (1 - dynamics.recent_decay) * (tightness - state[RECENT])


@njit(cache=True)
def usual_deviation(state: State, dynamics: Dynamics) -> float:
    """The standard deviation of b around its usual level, never below five floors (share of price)."""
    return float(np.sqrt(state[SPREAD_SQUARE] + 25 * dynamics.floor * dynamics.floor))


@njit(cache=True)
def stretch(state: State, dynamics: Dynamics) -> float:
    """How many usual deviations b stands above its usual level (no unit)."""
    return float((state[TIGHTNESS] - state[USUAL]) / usual_deviation(state, dynamics))


@njit(cache=True)
def jump_intensity(stretched: float, rate: float, offset: float, dynamics: Dynamics) -> float:
    """The probability of an upward jump on a day: the metal's own rate times what tightness adds.

    ``stretched`` is :func:`stretch`; ``offset`` is the log of what stocks and cancelled warrants add.
    """
    bounded = min(max(stretched, LOWEST_STRETCH), HIGHEST_STRETCH)
    return float(min(rate * np.exp(dynamics.stretch_slope * bounded + offset), HIGHEST_JUMP_CHANCE))
