"""The Kalman filter for two states, one observation at a time: the likelihood of a panel of futures prices.

Observing a week's prices one after another gives the same likelihood as all at once when their errors are
independent (Durbin and Koopman 2012, section 6.4), needs no matrix inverse, passes over missing prices, and stays
exact when a measurement error is zero. Variances do not depend on prices: once they repeat from one whole row to the
next, only the means are filtered until a price is missing. State order is (ξ, χ); P0 = 100·I and (log first price, 0)
are the *predicted* state of the first row.
"""

from dataclasses import dataclass
from math import exp, expm1, isnan, log, pi, sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

FIRST_VARIANCE = 100.0
IMPOSSIBLE = -1e12
"""What the likelihood returns where an innovation has no positive variance; no optimiser moves towards it."""
REPEATS = 1e-13
"""The relative change from row to row below which predicted variances are taken to repeat: far below 1e-6 nats."""

Mean = tuple[float, float]
Variance = tuple[float, float, float]


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


@njit(cache=True, error_model="numpy", fastmath={"contract"})
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
    drift, decay, shocks = _step(theta, dt)
    loading, adjustment = _loadings(log_prices, years, theta)
    logliks, states, variances, innovations = keep
    gain = np.empty((3, log_prices.shape[1]))
    mean, predicted = (_first_price(log_prices), 0.0), (FIRST_VARIANCE, 0.0, FIRST_VARIANCE if theta[5] > 0 else 0.0)
    fixed, total, t = years.shape[0] == 1, 0.0, 0
    while t < log_prices.shape[0]:
        row = 0 if fixed else t
        mean, filtered, loglik = _observe(
            log_prices, t, loading[row], adjustment[row], variance, gain, mean, predicted, innovations
        )
        if loglik == IMPOSSIBLE:
            return IMPOSSIBLE
        first, t, total = t, t + 1, total + loglik
        if logliks.shape[0] > 0:
            logliks[first], states[first, 0], states[first, 1] = loglik, mean[0], mean[1]
        before, predicted = predicted, (
            filtered[0] + shocks[0], filtered[1] * decay + shocks[1], filtered[2] * decay * decay + shocks[2]
        )  # fmt: skip
        if fixed and _is_near(before, predicted) and _is_whole(log_prices, first):
            mean, t, more = _observe_on(
                log_prices, t, loading[0], adjustment[0], gain, mean, (drift, decay), logliks, states, innovations
            )
            total += more
        if logliks.shape[0] > 0:
            variances[first:t, 0], variances[first:t, 1], variances[first:t, 2] = filtered
        mean = (mean[0] + drift, mean[1] * decay)
    return total


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _observe(
    log_prices: NDArray[np.float64],
    t: int,
    loading: NDArray[np.float64],
    adjustment: NDArray[np.float64],
    variance: NDArray[np.float64],
    gain: NDArray[np.float64],
    mean: Mean,
    predicted: Variance,
    innovations: NDArray[np.float64],
) -> tuple[Mean, Variance, float]:
    """Mean and variance after a row, and its log-likelihood.

    The gains, precision and log 2πf of each price are left in ``gain`` for the rows whose variances repeat these.
    """
    xi, chi = mean
    p_xi, p_cross, p_chi = predicted
    squares, logs, product = 0.0, 0.0, 1.0
    for j in range(log_prices.shape[1]):
        price = log_prices[t, j]
        if isnan(price):
            continue
        h = loading[j]
        c_xi, c_chi = p_xi + h * p_cross, p_cross + h * p_chi
        f = (c_xi + variance[j]) + h * c_chi
        if f <= 0.0:
            return mean, predicted, IMPOSSIBLE
        precision = 1 / f
        g_xi, g_chi = c_xi * precision, c_chi * precision
        v = (price - adjustment[j]) - xi - h * chi
        xi, chi = xi + g_xi * v, chi + g_chi * v
        p_xi, p_cross, p_chi = p_xi - g_xi * c_xi, p_cross - g_xi * c_chi, p_chi - g_chi * c_chi
        squares += v * v * precision
        product *= 2 * pi * f
        if product < 1e-200:
            logs += log(product)
            product = 1.0
        gain[0, j], gain[1, j], gain[2, j] = g_xi, g_chi, precision
        if innovations.shape[0] > 0:
            innovations[t, j] = v * sqrt(precision)
    return (xi, chi), (p_xi, p_cross, p_chi), -0.5 * (squares + logs + log(product))


@njit(cache=True, error_model="numpy", fastmath={"contract"})
def _observe_on(
    log_prices: NDArray[np.float64],
    t: int,
    loading: NDArray[np.float64],
    adjustment: NDArray[np.float64],
    gain: NDArray[np.float64],
    mean: Mean,
    step: Mean,
    logliks: NDArray[np.float64],
    states: NDArray[np.float64],
    innovations: NDArray[np.float64],
) -> tuple[Mean, int, float]:
    """From row ``t`` on while no price is missing and gains repeat: mean, the row reached, their log-likelihood."""
    xi, chi = mean
    constant, total = 0.0, 0.0
    for j in range(gain.shape[1]):
        constant -= log(2 * pi / gain[2, j])
    while t < log_prices.shape[0] and _is_whole(log_prices, t):
        xi, chi, squares = xi + step[0], chi * step[1], 0.0
        for j in range(log_prices.shape[1]):
            v = (log_prices[t, j] - adjustment[j]) - xi - loading[j] * chi
            xi, chi = xi + gain[0, j] * v, chi + gain[1, j] * v
            squares += v * v * gain[2, j]
            if innovations.shape[0] > 0:
                innovations[t, j] = v * sqrt(gain[2, j])
        loglik = 0.5 * (constant - squares)
        if logliks.shape[0] > 0:
            logliks[t], states[t, 0], states[t, 1] = loglik, xi, chi
        t, total = t + 1, total + loglik
    return (xi, chi), t, total


@njit(cache=True)
def _step(theta: NDArray[np.float64], dt: float) -> tuple[float, float, Variance]:
    """Drift of ξ, decay of χ and variance of the shocks over ``dt`` years, as TwoFactor.step."""
    mu, kappa, sigma_xi, sigma_chi, rho = theta[0], theta[3], theta[4], theta[5], theta[6]
    decay = exp(-kappa * dt)
    cross = rho * sigma_xi * sigma_chi * (1 - decay) / kappa
    return mu * dt, decay, (sigma_xi**2 * dt, cross, sigma_chi**2 * (1 - decay**2) / (2 * kappa))


@njit(cache=True)
def _is_whole(log_prices: NDArray[np.float64], t: int) -> bool:
    whole = True
    for j in range(log_prices.shape[1]):
        whole = whole and not isnan(log_prices[t, j])
    return whole


@njit(cache=True)
def _is_near(before: Variance, now: Variance) -> bool:
    """Whether ξξ, ξχ and χχ have stopped changing, each against its own scale."""
    near_cross = (now[1] - before[1]) ** 2 <= REPEATS**2 * now[0] * now[2]
    return near_cross and abs(now[0] - before[0]) <= REPEATS * now[0] and abs(now[2] - before[2]) <= REPEATS * now[2]


@njit(cache=True)
def _loadings(
    log_prices: NDArray[np.float64], years: NDArray[np.float64], theta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """exp(−κT) and A(T), as TwoFactor.adjustment, of every maturity when fixed, of every price when it moves."""
    star, lam, kappa, sigma_xi, sigma_chi, rho = theta[1], theta[2], theta[3], theta[4], theta[5], theta[6]
    loading, adjustment = np.empty_like(years), np.empty_like(years)
    per_year = star + sigma_xi * sigma_xi / 2
    once_weight = (rho * sigma_xi * sigma_chi - lam) / kappa
    twice_weight = sigma_chi * sigma_chi / (4 * kappa)
    for i in range(years.shape[0]):
        for j in range(years.shape[1]):
            if years.shape[0] > 1 and isnan(log_prices[i, j]):
                continue
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
