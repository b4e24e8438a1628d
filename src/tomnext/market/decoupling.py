"""Whether a metal's ties to other markets have changed: betas through time with bands, and tests for a break.

Betas move in a dynamic linear model that forgets at a fixed rate (West and Harrison 1997, *Bayesian Forecasting and
Dynamic Models*, sections 4.5 and 6.3): each week's posterior is the past's, discounted, and its bands are Student t.
A break of one beta is tested by the largest robust score statistic over all possible dates (Andrews 1993, Econometrica
61), its p-value from a wild bootstrap that keeps the regressors (Hansen 2000, Journal of Econometrics 97). Several
tests at once are held to a false-discovery rate (Benjamini and Hochberg 1995, JRSS B 57).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

Floats = NDArray[np.float64]

FORGET = 0.98
"""Weekly discount of the past: half of what a beta rests on is from the last eight months (assumption G5)."""

FORGET_SCATTER = 0.97
_FIRST_WEEKS = 26
"""Weeks whose scatter sets how vague the beginning is."""

EDGE_WEEKS = 26
"""Weeks at either end of the sample within which no break is looked for: a beta needs some to be one.

The usual 15 % of the sample would hide every break of the last year and a half.
"""


@dataclass(frozen=True)
class BetaPath:
    """Betas by week: ``ahead`` known before the week, ``mean`` after it, and the half-width of the 90 % band.

    Arrays are ``(n_weeks, n_factors)`` in units of the move explained per unit of factor; ``intercept`` is by week.
    """

    ahead: Floats
    mean: Floats
    reach: Floats
    intercept: Floats


@dataclass(frozen=True)
class BreakTest:
    """One factor's test: the likeliest break (row number), betas before and after it, p-value and adjusted p-value.

    ``holds`` says that the break survives the false-discovery rate asked for.
    """

    factor: str
    break_at: int
    before: float
    after: float
    p_value: float
    adjusted_p: float
    holds: bool


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its 90 % bounds, in units of the move explained per unit of factor."""

    value: float
    low: float
    high: float


def beta_path(moves: Floats, factors: Floats, forget: float = FORGET) -> BetaPath:
    """Betas of weekly moves (percent) on factors ``(n_weeks, n_factors)``, each week from that week and the past alone.

    ``forget`` is the share of information kept from week to week. Raises InputRejected for other than complete rows.
    """
    _complete(moves, factors)
    from scipy.stats import t as student

    count, width = factors.shape[0], factors.shape[1] + 1
    scale = np.concatenate([[1.0], np.maximum(factors[:_FIRST_WEEKS].std(axis=0), 1e-9)])
    scatter, freedom = float(np.var(moves[:_FIRST_WEEKS])) + 1e-12, 1.0
    state, spread = np.zeros(width), np.diag((10.0 * np.sqrt(scatter) / scale) ** 2)
    ahead, mean, reach = (np.empty((count, width)) for _ in range(3))
    free = np.empty(count)
    for week in range(count):
        row = np.concatenate([[1.0], factors[week]])
        ahead[week] = state
        prior = spread / forget
        variance = float(row @ prior @ row) + scatter
        surprise = moves[week] - float(row @ state)
        gain = prior @ row / variance
        freedom = FORGET_SCATTER * freedom + 1.0
        update = scatter + scatter / freedom * (surprise**2 / variance - 1.0)
        spread = update / scatter * (prior - np.outer(gain, gain) * variance)
        state, scatter = state + gain * surprise, update
        mean[week], free[week] = state, freedom
        reach[week] = np.sqrt(np.maximum(np.diag(spread), 0.0))
    reach *= student.ppf(0.95, free)[:, None]
    return BetaPath(ahead[:, 1:], mean[:, 1:], reach[:, 1:], ahead[:, 0])


def least_squares(moves: Floats, factors: Floats) -> list[Estimate]:
    """Coefficients (after an intercept) with 90 % bounds robust to heteroscedasticity and serial correlation.

    Newey and West 1987 (Econometrica 55, equation 5) with ``floor(4 (n/100)^(2/9))`` lags; moves in percent.
    """
    _complete(moves, factors)
    design = np.column_stack([np.ones(moves.size), factors])
    bread = np.linalg.pinv(design.T @ design)
    coefficients = bread @ design.T @ moves
    scores = design * (moves - design @ coefficients)[:, None]
    meat = _long_run(scores)
    errors = 1.645 * np.sqrt(np.maximum(np.diag(bread @ meat @ bread), 0.0))
    return [
        Estimate(float(value), float(value - error), float(value + error))
        for value, error in zip(coefficients[1:], errors[1:], strict=True)
    ]


def break_tests(
    moves: Floats, factors: Floats, names: Sequence[str], rng: np.random.Generator, draws: int = 499, rate: float = 0.10
) -> list[BreakTest]:
    """Test each factor's beta for one change at an unknown date, others held fixed; moves in percent a week.

    ``rng`` draws the signs of the bootstrap; ``rate`` is the false-discovery rate over all factors together.
    """
    _complete(moves, factors)
    design = np.column_stack([np.ones(moves.size), factors])
    project = design @ np.linalg.pinv(design)
    left = moves - project @ moves
    signs = rng.choice((-1.0, 1.0), size=(moves.size, draws))
    redrawn = left[:, None] * signs
    redrawn -= project @ redrawn
    first, last = EDGE_WEEKS, moves.size - EDGE_WEEKS
    found = []
    for number, name in enumerate(names):
        steps = factors[:, number, None] * (np.arange(moves.size)[:, None] >= np.arange(first, last))
        steps -= project @ steps
        statistics = (steps.T @ left) ** 2 / np.maximum((steps**2).T @ (left**2), 1e-300)
        largest = ((steps.T @ redrawn) ** 2 / np.maximum((steps**2).T @ (redrawn**2), 1e-300)).max(axis=0)
        p_value = (1.0 + float((largest >= statistics.max()).sum())) / (draws + 1.0)
        at = first + int(statistics.argmax())
        before, after = (_beta_of(moves[part], factors[part], number) for part in (slice(None, at), slice(at, None)))
        found.append((name, at, before, after, p_value))
    adjusted = false_discovery(np.array([one[4] for one in found]))
    return [BreakTest(*one, float(q), bool(q <= rate)) for one, q in zip(found, adjusted, strict=True)]


def false_discovery(p_values: Floats) -> Floats:
    """Benjamini–Hochberg adjusted p-values (0 to 1): the rate at which each would just be called a discovery.

    >>> false_discovery(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(p_values)
    ranked = p_values[order] * p_values.size / np.arange(1, p_values.size + 1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return adjusted


def correlation(one: Floats, other: Floats) -> Estimate:
    """Correlation (−1 to 1) of two arrays of moves with 90 % bounds robust to fat tails and serial correlation.

    The variance is that of the mean of the correlation's influence function, Newey and West as above, on Fisher's
    scale (Fisher 1921, Metron 1) so that the bounds stay inside −1 and 1.
    """
    a, b = ((moves - moves.mean()) / max(float(moves.std()), 1e-300) for moves in (one, other))
    value = float(np.clip((a * b).mean(), -0.999999, 0.999999))
    influence = a * b - value / 2.0 * (a**2 + b**2)
    error = 1.645 * np.sqrt(_long_run(influence[:, None])[0, 0]) / a.size / (1.0 - value**2)
    centre = np.arctanh(value)
    return Estimate(value, float(np.tanh(centre - error)), float(np.tanh(centre + error)))


def _long_run(scores: Floats) -> Floats:
    """Newey–West sum of the cross products of scores ``(n, k)`` with ``floor(4 (n/100)^(2/9))`` lags."""
    meat: Floats = scores.T @ scores
    lags = int(4 * (scores.shape[0] / 100.0) ** (2.0 / 9.0))
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat = meat + (1.0 - lag / (lags + 1.0)) * (cross + cross.T)
    return meat


def _beta_of(moves: Floats, factors: Floats, number: int) -> float:
    design = np.column_stack([np.ones(moves.size), factors])
    return float(np.linalg.lstsq(design, moves, rcond=None)[0][1 + number])


def _complete(moves: Floats, factors: Floats) -> None:
    if moves.shape[0] == factors.shape[0] and np.isfinite(moves).all() and np.isfinite(factors).all():
        return
    raise InputRejected(
        Text("Every week needs the move and every factor.", "每週都需要報酬率與所有因子。"),
        received=f"{moves.shape}, {factors.shape}",
    )
