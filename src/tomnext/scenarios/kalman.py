"""The Kalman filter for two states, one observation at a time: the likelihood of a panel of futures prices.

Observing a week's prices one after another gives the same likelihood as all at once when their errors are
independent (Durbin and Koopman 2012, section 6.4), needs no matrix inverse, passes over missing prices, and stays
exact when a measurement error is zero. State order is (ξ, χ); P0 = 100·I and (log first price, 0) are the
*predicted* state of the first row.
"""

from dataclasses import dataclass
from math import exp, expm1, isnan, log, pi

import numpy as np
from numba import njit
from numpy.typing import NDArray

FIRST_VARIANCE = 100.0
IMPOSSIBLE = -1e12
"""What the likelihood returns where an innovation has no positive variance; no optimiser moves towards it."""


@dataclass(frozen=True)
class FilteredPanel:
    """What the filter knows row by row.

    ``loglik``: (n_rows,) contributions; ``states``: (n_rows, 2) filtered (ξ, χ) in log price; ``variances``:
    (n_rows, 3) their variances ξξ, ξχ, χχ; ``innovations``: (n_rows, n_columns) standardised, missing is NaN.
    """

    loglik: NDArray[np.float64]
    states: NDArray[np.float64]
    variances: NDArray[np.float64]
    innovations: NDArray[np.float64]


@njit(cache=True)
def panel_loglik(
    log_prices: NDArray[np.float64],
    years: NDArray[np.float64],
    theta: NDArray[np.float64],
    variance: NDArray[np.float64],
    dt: float,
    keep: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> float:
    """The log-likelihood of log prices (n_rows, n_columns), NaN where missing.

    ``years``: time to maturity, (1, n_columns) when fixed or (n_rows, n_columns) when it moves; ``theta``: as
    TwoFactor.theta; ``variance``: measurement variance a column; ``keep``: where to write what FilteredPanel
    holds, arrays of no rows to keep nothing.
    """
    mu, kappa, sigma_xi, sigma_chi, rho = theta[0], theta[3], theta[4], theta[5], theta[6]
    decay = exp(-kappa * dt)
    q_xi, q_chi = sigma_xi**2 * dt, sigma_chi**2 * (1 - decay**2) / (2 * kappa)
    q_cross = rho * sigma_xi * sigma_chi * (1 - decay) / kappa
    loading, adjustment = _loadings(years, theta)
    n_rows, n_columns = log_prices.shape
    moving = years.shape[0] > 1
    keeping = keep[0].shape[0] > 0
    xi, chi, total = _first_price(log_prices), 0.0, 0.0
    p_xi, p_cross, p_chi = FIRST_VARIANCE, 0.0, FIRST_VARIANCE if sigma_chi > 0 else 0.0
    for t in range(n_rows):
        if t > 0:
            xi, chi = xi + mu * dt, chi * decay
            p_xi, p_cross, p_chi = p_xi + q_xi, p_cross * decay + q_cross, p_chi * decay * decay + q_chi
        row, before, product = t if moving else 0, total, 1.0
        for j in range(n_columns):
            price = log_prices[t, j]
            if isnan(price):
                continue
            h = loading[row, j]
            c_xi, c_chi = p_xi + h * p_cross, p_cross + h * p_chi
            f = c_xi + h * c_chi + variance[j]
            if f <= 0.0:
                return IMPOSSIBLE
            v = price - adjustment[row, j] - xi - h * chi
            g_xi, g_chi = c_xi / f, c_chi / f
            xi, chi = xi + g_xi * v, chi + g_chi * v
            p_xi, p_cross, p_chi = p_xi - g_xi * c_xi, p_cross - g_xi * c_chi, p_chi - g_chi * c_chi
            total -= 0.5 * v * v / f
            product *= 2 * pi * f
            if product < 1e-200:
                total -= 0.5 * log(product)
                product = 1.0
            if keeping:
                keep[3][t, j] = v / f**0.5
        total -= 0.5 * log(product)
        if keeping:
            keep[0][t] = total - before
            keep[1][t, 0], keep[1][t, 1] = xi, chi
            keep[2][t, 0], keep[2][t, 1], keep[2][t, 2] = p_xi, p_cross, p_chi
    return total


@njit(cache=True)
def _loadings(
    years: NDArray[np.float64], theta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """exp(−κT) and A(T) of every maturity, as TwoFactor.adjustment."""
    star, lam, kappa, sigma_xi, sigma_chi, rho = theta[1], theta[2], theta[3], theta[4], theta[5], theta[6]
    loading, adjustment = np.empty_like(years), np.empty_like(years)
    per_year = star + sigma_xi * sigma_xi / 2
    once_weight = (rho * sigma_xi * sigma_chi - lam) / kappa
    twice_weight = sigma_chi * sigma_chi / (4 * kappa)
    for i in range(years.shape[0]):
        for j in range(years.shape[1]):
            once = -expm1(-kappa * years[i, j])
            loading[i, j] = 1 - once
            adjustment[i, j] = per_year * years[i, j] + once * once_weight + once * (2 - once) * twice_weight
    return loading, adjustment


@njit(cache=True)
def _first_price(log_prices: NDArray[np.float64]) -> float:
    for t in range(log_prices.shape[0]):
        for j in range(log_prices.shape[1]):
            if not isnan(log_prices[t, j]):
                return float(log_prices[t, j])
    return 0.0
