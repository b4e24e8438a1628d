"""Plain Schwartz–Smith paths by the exact step: the normal benchmark of the walk, and its oracle in closed form."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tomnext.scenarios.simulate import block_stream
from tomnext.scenarios.two_factor import TwoFactor

BLOCK_PATHS = 4096


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
        normals = np.empty((2, size))
        for step in range(shape[0]):
            rng.standard_normal(out=normals)
            _step(factors, normals, drift, decay, root, prices[step, columns])
            np.exp(prices[step, columns], out=prices[step, columns])

    jobs = range(-(-shape[1] // BLOCK_PATHS))
    with ThreadPoolExecutor(max_workers=workers) if workers > 1 else nullcontext() as pool:
        list(map(run, jobs) if pool is None else pool.map(run, jobs))
    return prices


@njit(cache=True, nogil=True, fastmath=True)
def _step(
    factors: NDArray[np.float64],
    normals: NDArray[np.float64],
    drift: float,
    decay: float,
    root: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    a, b, c = root[0, 0], root[1, 0], root[1, 1]
    for k in range(out.size):
        first = normals[0, k]
        factors[0, k] += drift + a * first
        factors[1, k] = decay * factors[1, k] + b * first + c * normals[1, k]
        out[k] = factors[0, k] + factors[1, k]
