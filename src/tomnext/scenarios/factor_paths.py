"""Plain Schwartz–Smith paths by the exact step: the normal benchmark of the walk, and its oracle in closed form."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tomnext.scenarios.simulate import block_stream
from tomnext.scenarios.two_factor import TwoFactor

BLOCK_PATHS, BATCH_STEPS = 2048, 12
"""Normals of one batch, 400 KB, stay in a core's own cache; a batch is long beside the moment it holds the
interpreter, so that workers do not wait for each other."""


def two_factor_prices(
    model: TwoFactor, state: tuple[float, float], dt: float, shape: tuple[int, int], seed: int, workers: int = 1
) -> NDArray[np.float64]:
    """Spot prices (n_steps, n_paths) from ``state`` (ξ, χ) in log price, ``dt`` years a step.

    ``shape`` is (n_steps, n_paths). Under the physical drift ``mu_xi``; same bits for any number of workers.

    >>> model = TwoFactor(-0.0125, 0.0115, 0.157, 1.49, 0.145, 0.286, 0.3)
    >>> two_factor_prices(model, (3.0, 0.0), 1 / 52, (4, 10), seed=1).shape
    (4, 10)
    """
    prices = np.empty(shape)
    drift, decay, covariance = model.step(dt)
    root = np.linalg.cholesky(covariance)

    def run(block: int) -> None:
        columns = slice(block * BLOCK_PATHS, (block + 1) * BLOCK_PATHS)
        size = prices[:, columns].shape[1]
        rng, factors = block_stream(seed, block), np.empty((2, size))
        factors[0], factors[1] = state
        normals = np.empty((BATCH_STEPS, 2, size))
        for first in range(0, shape[0], BATCH_STEPS):
            batch = prices[first : first + BATCH_STEPS, columns]
            drawn = rng.standard_normal(out=normals[: batch.shape[0]])
            _walk(factors, drawn, drift, decay, root, batch)
            np.exp(batch, out=batch)

    jobs = range(-(-shape[1] // BLOCK_PATHS))
    with ThreadPoolExecutor(max_workers=workers) if workers > 1 else nullcontext() as pool:
        list(map(run, jobs) if pool is None else pool.map(run, jobs))
    return prices


@njit(cache=True, nogil=True, fastmath=True)
def _walk(
    factors: NDArray[np.float64],
    normals: NDArray[np.float64],
    drift: float,
    decay: float,
    root: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Move ``factors`` (ξ, χ) of every path along ``normals`` (n_steps, 2, n_paths); ``out``: their sum."""
    a, b, c = root[0, 0], root[1, 0], root[1, 1]
    for step in range(out.shape[0]):
        for k in range(out.shape[1]):
            first = normals[step, 0, k]
            factors[0, k] += drift + a * first
            factors[1, k] = decay * factors[1, k] + b * first + c * normals[step, 1, k]
            out[step, k] = factors[0, k] + factors[1, k]
