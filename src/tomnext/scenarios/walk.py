"""The kernel: many metals walked forward together, one block of paths, one day at a time."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tomnext.scenarios.dynamics import (
    HIGHEST_JUMP_CHANCE,
    N_OPINIONS,
    SQUEEZED,
    TIGHTNESS,
    Dynamics,
    absorb_tightness,
    absorbed,
    jump_intensity,
    stretch,
    tightness_drift,
    tightness_variance,
)

HIGHEST_REGIME_CHANCE = 0.1
"""The largest hazard of a day: nothing is looked up for a uniform between this and the largest jump chance."""


@njit(cache=True, nogil=True)
def walk_block(
    market: tuple[NDArray[np.float64], ...],
    metal_kind: tuple[NDArray[np.bool_], NDArray[np.int64]],
    dynamics: Dynamics,
    days_drawn: NDArray[np.uint16],
    uniforms: NDArray[np.float32],
    report: NDArray[np.int64],
    moved: NDArray[np.float64],
    regime: NDArray[np.int8],
    touched: NDArray[np.int8],
) -> None:
    """Walk ``days_drawn`` (n_paths, n_days) and write at the days of ``report`` (1 = tomorrow).

    ``market``: opening states, pulls, innovations, jumps, jump rates, offsets, widths as in Market; ``uniforms``:
    (n_paths, n_days + 1, n_metals), row 0 opens the regime. Written: ``moved`` (n_paths, n_report, n_metals, 2) the
    cumulated log return and b, ``regime`` (n_paths, n_report, n_metals), ``touched`` (n_paths, n_metals) whether the
    metal was in a squeeze on any day. Paths hold the opinions of volatility in turn, the same for every metal.
    """
    opening = market[0]
    fades = dynamics.offset_decay ** np.arange(days_drawn.shape[1])
    state = np.empty(opening.shape[1])
    decays = (dynamics.fast_decay, dynamics.slow_decay, dynamics.plain_decay)
    for path in range(days_drawn.shape[0]):
        for k in range(opening.shape[0]):
            state[:] = opening[k]
            variance, decay = opening[k, path % N_OPINIONS], decays[path % N_OPINIONS]
            in_squeeze = metal_kind[0][k] and uniforms[path, 0, k] < opening[k, SQUEEZED]
            state[SQUEEZED] = 1.0 if in_squeeze else 0.0
            level, slot, met = 0.0, 0, in_squeeze
            for day in range(days_drawn.shape[1]):
                drawn = days_drawn[path, day]
                innovation = market[2][drawn, k, 0]
                if metal_kind[0][k]:
                    uniform = uniforms[path, day + 1, k]
                    innovation = _tight_day(state, k, market, metal_kind[1][k], drawn, uniform, fades[day], dynamics)
                    met = met or state[SQUEEZED] > 0
                log_return = np.sqrt(variance) * innovation
                variance = absorbed(variance, decay, log_return)
                level += log_return
                if day + 1 == report[slot]:
                    moved[path, slot, k, 0], moved[path, slot, k, 1] = level, state[TIGHTNESS]
                    regime[path, slot, k] = np.int8(state[SQUEEZED])
                    slot += 1
            touched[path, k] = met


# The parts are inlined: passing a tuple of arrays through a call counts references and costs seven times the day.
@njit(cache=True, nogil=True, inline="always")
def _tight_day(
    state: NDArray[np.float64],
    k: int,
    market: tuple[NDArray[np.float64], ...],
    n_jumps: int,
    drawn: int,
    uniform: float,
    fade: float,
    dynamics: Dynamics,
) -> float:
    """One day of b; gives the price's innovation of that day. The one uniform decides, from below a jump and which,
    from above a change of regime."""
    pulls, innovations, jumps = market[1], market[2], market[3]
    price, tight = innovations[drawn, k, 0], innovations[drawn, k, 1]
    scale, now, jump = 1 + (dynamics.squeeze_scale - 1) * state[SQUEEZED], state[SQUEEZED], -1
    if uniform < HIGHEST_JUMP_CHANCE or uniform > 1 - HIGHEST_REGIME_CHANCE:
        now, jump = _change(state, k, market, n_jumps, uniform, fade, dynamics)
    if jump >= 0:
        price, tight = jumps[jump, k, 0], jumps[jump, k, 1]
    variance = tightness_variance(state, dynamics)
    calm = np.sqrt(variance) * tight
    moved = state[TIGHTNESS] + tightness_drift(state, pulls[k, 0], pulls[k, 1], dynamics) + scale * market[6][k] * calm
    absorb_tightness(state, moved, calm, variance, dynamics)
    if jump >= 0 and stretch(state, dynamics) > 0:
        now = 1.0
    state[SQUEEZED] = now
    return float(price)


@njit(cache=True, nogil=True, inline="always")
def _change(
    state: NDArray[np.float64],
    k: int,
    market: tuple[NDArray[np.float64], ...],
    n_jumps: int,
    uniform: float,
    fade: float,
    dynamics: Dynamics,
) -> tuple[float, int]:
    """The regime after today and which jump was drawn, -1 for none."""
    stretched = stretch(state, dynamics)
    chance = jump_intensity(stretched, market[4][k], market[5][k] * fade, dynamics)
    if uniform < chance:
        return state[SQUEEZED], int(uniform / chance * n_jumps)
    if state[SQUEEZED] > 0:
        leave = dynamics.leave_when_stretched if stretched > dynamics.stretched else dynamics.leave_when_normal
        return (0.0 if uniform > 1 - leave else 1.0), -1
    entered = stretched > dynamics.stretched and uniform > 1 - dynamics.enter_when_stretched
    return (1.0 if entered else 0.0), -1
