"""The kernel: many metals walked forward together, one block of paths, one day at a time.

Paths stand side by side in lanes, so that the roots and products of a day are done for several of them at once; what
is rare (jumps, changes of regime) is picked out first and settled path by path.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tomnext.scenarios.dynamics import (
    HIGHEST_STRETCH,
    N_OPINIONS,
    N_STATE,
    RECENT,
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
    stretch,
    tightness_drift,
    tightness_variance,
)

HIGHEST_REGIME_CHANCE = 0.1
"""The largest hazard of a day: no regime changes for a uniform below one minus this."""
LANES = 120
"""Paths side by side: their numbers stay in a core's nearest cache, and a block is a whole number of times as many."""
LEVEL, OPINION, DECAY, PRICE, TIGHT, NEXT, MET = range(N_STATE, N_STATE + 7)
"""Rows of the lanes after a metal's state: cumulated log return; the opinion of its variance the path holds, and its
decay; today's innovations of price and of b; the regime after today; whether there was a squeeze so far."""


@njit(cache=True, nogil=True, error_model="numpy")
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
    """Walk ``days_drawn`` (n_days, n_paths) and write at the days of ``report`` (1 = tomorrow).

    ``market``: opening states, pulls, innovations, jumps, jump rates, offsets, widths as in Market; ``uniforms``:
    (n_days + 1, n_metals, n_paths), row 0 opens the regime. Written: ``moved`` (n_paths, n_report, n_metals, 2) the
    cumulated log return and b, ``regime`` (n_paths, n_report, n_metals), ``touched`` (n_paths, n_metals) whether the
    metal was in a squeeze on any day up to the last report. Paths hold the opinions of volatility in turn, the same
    for every metal.
    """
    opening, pulls, innovations, jumps, rates, offsets, widths = market
    for k in range(opening.shape[0]):
        drawn_from = (innovations[:, k].copy(), jumps[: metal_kind[1][k], k].copy())
        own = (pulls[k, 0], pulls[k, 1], widths[k], rates[k], offsets[k])
        for first in range(0, days_drawn.shape[1], LANES):
            paths = slice(first, first + LANES)
            _walk_lanes(
                opening[k], drawn_from, own, metal_kind[0][k], dynamics, days_drawn[:, paths], uniforms[:, k, paths],
                report, (moved[paths, :, k], regime[paths, :, k], touched[paths, k]),
            )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _walk_lanes(
    opening: NDArray[np.float64],
    drawn_from: tuple[NDArray[np.float64], NDArray[np.float64]],
    own: tuple[float, float, float, float, float],
    has_tightness: bool,
    dynamics: Dynamics,
    drawn: NDArray[np.uint16],
    uniforms: NDArray[np.float32],
    report: NDArray[np.int64],
    out: tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.int8]],
) -> None:
    """Walk one metal; ``own``: pulls to the recent and to the usual level, width, jump rate, offset."""
    # Only of an array made here does the compiler know that rows do not overlap, and so does several paths at once.
    lanes, picked, n_paths, slot = np.empty((N_STATE + 7, LANES)), np.empty(LANES, dtype=np.int64), drawn.shape[1], 0
    innovations, jumps = drawn_from
    moved, regime, touched = out
    _open(lanes, opening, has_tightness, dynamics, uniforms)
    for day in range(drawn.shape[0]):
        for path in range(n_paths):
            row = drawn[day, path]
            lanes[PRICE, path], lanes[TIGHT, path] = innovations[row, 0], innovations[row, 1]
        if has_tightness:
            offset = own[4] * dynamics.offset_decay**day
            n_jumped = _settle(lanes, picked, jumps, own[3], offset, dynamics, uniforms[day + 1])
            for path in range(n_paths):
                _move_tightness(lanes, path, own[0], own[1], own[2], dynamics)
            for path in picked[:n_jumped]:
                if lanes[TIGHTNESS, path] > lanes[USUAL, path]:
                    lanes[SQUEEZED, path] = lanes[NEXT, path] = lanes[MET, path] = 1.0
        for path in range(n_paths):
            log_return = np.sqrt(lanes[OPINION, path]) * lanes[PRICE, path]
            lanes[OPINION, path] = absorbed(lanes[OPINION, path], lanes[DECAY, path], log_return * log_return)
            lanes[LEVEL, path] += log_return
        if day + 1 == report[slot]:
            _write(lanes, moved[:, slot], regime[:, slot], touched)
            slot += 1


@njit(cache=True, nogil=True)
def _write(
    lanes: NDArray[np.float64], moved: NDArray[np.float64], regime: NDArray[np.int8], touched: NDArray[np.int8]
) -> None:
    for path in range(touched.size):
        moved[path, 0], moved[path, 1] = lanes[LEVEL, path], lanes[TIGHTNESS, path]
        regime[path], touched[path] = np.int8(lanes[SQUEEZED, path]), np.int8(lanes[MET, path])


@njit(cache=True, nogil=True)
def _open(
    lanes: NDArray[np.float64],
    opening: NDArray[np.float64],
    has_tightness: bool,
    dynamics: Dynamics,
    uniforms: NDArray[np.float32],
) -> None:
    decays = (dynamics.fast_decay, dynamics.slow_decay, dynamics.plain_decay)
    for path in range(uniforms.shape[1]):
        lanes[:N_STATE, path] = opening
        lanes[OPINION, path], lanes[DECAY, path] = opening[path % N_OPINIONS], decays[path % N_OPINIONS]
        in_squeeze = has_tightness and uniforms[0, path] < opening[SQUEEZED]
        lanes[SQUEEZED, path] = lanes[NEXT, path] = lanes[MET, path] = 1.0 if in_squeeze else 0.0
        lanes[LEVEL, path] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(
    lanes: NDArray[np.float64],
    picked: NDArray[np.int64],
    jumps: NDArray[np.float64],
    rate: float,
    offset: float,
    dynamics: Dynamics,
    uniforms: NDArray[np.float32],
) -> int:
    """Put jumps in the place of innovations and set the regimes after today; the jumped are first in ``picked``.

    The one uniform decides, from below a jump and which, from above a change of regime.
    """
    highest, n_picked, n_jumped = jump_intensity(HIGHEST_STRETCH, rate, offset, dynamics), 0, 0
    for path in range(uniforms.size):
        picked[n_picked] = path
        n_picked += int((uniforms[path] < highest) | (uniforms[path] > 1 - HIGHEST_REGIME_CHANCE))
    for path in picked[:n_picked]:
        uniform, stretched = uniforms[path], stretch(_state(lanes, path), dynamics)
        if uniform < highest:
            chance = jump_intensity(stretched, rate, offset, dynamics)
            if uniform < chance:
                jump = min(int(uniform / chance * jumps.shape[0]), jumps.shape[0] - 1)
                lanes[PRICE, path], lanes[TIGHT, path] = jumps[jump, 0], jumps[jump, 1]
                picked[n_jumped] = path
                n_jumped += 1
        elif lanes[SQUEEZED, path] > 0:
            leave = dynamics.leave_when_stretched if stretched > dynamics.stretched else dynamics.leave_when_normal
            lanes[NEXT, path] = 0.0 if uniform > 1 - leave else 1.0
        elif stretched > dynamics.stretched and uniform > 1 - dynamics.enter_when_stretched:
            lanes[NEXT, path] = 1.0
    return n_jumped


@njit(cache=True, nogil=True, inline="always")
def _move_tightness(
    lanes: NDArray[np.float64], path: int, recent: float, usual: float, width: float, dynamics: Dynamics
) -> None:
    """One day of b; ``recent`` and ``usual`` are pulls."""
    state = _state(lanes, path)
    variance = tightness_variance(state, dynamics)
    calm = np.sqrt(variance) * lanes[TIGHT, path]
    scale = width * (1 + (dynamics.squeeze_scale - 1) * state[SQUEEZED])
    moved = state[TIGHTNESS] + tightness_drift(state, recent, usual, dynamics) + scale * calm
    fast, slow, level = absorbed_tightness(state, moved, calm, variance, dynamics)
    lanes[TIGHT_FAST, path], lanes[TIGHT_SLOW, path], lanes[RECENT, path] = fast, slow, level
    lanes[TIGHTNESS, path], lanes[SQUEEZED, path] = moved, lanes[NEXT, path]
    lanes[MET, path] = max(lanes[MET, path], lanes[NEXT, path])


@njit(cache=True, nogil=True, inline="always")
def _state(lanes: NDArray[np.float64], path: int) -> tuple[float, ...]:
    """What dynamics asks of one path (the opinions of the variance of the price are not among it)."""
    return (
        0.0, 0.0, 0.0, lanes[TIGHTNESS, path], lanes[TIGHT_FAST, path], lanes[TIGHT_SLOW, path], lanes[RECENT, path],
        lanes[USUAL, path], lanes[SPREAD_SQUARE, path], lanes[SQUEEZED, path],
    )  # fmt: skip
