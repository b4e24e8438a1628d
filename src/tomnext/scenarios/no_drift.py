"""A lattice on which no price is expected to move: waiting and buying the dip promise nothing.

A node of a reduced lattice gathers paths of different prices, so on average the next price lies nearer the middle than
the node does, and a planner would buy every dip. Here every row of the transitions is changed as little as possible
(least relative entropy: an exponential tilt, Csiszár 1975, Ann. Prob. 3, 146-158) until the mean of the next
three-month (or only) price is the node's own and its variance is that of a month, in proportion to the price squared.
The mean is met exactly; the variance, and with it how often the next month is squeezed, gives way where nodes stand
too far apart. A node at the rim from which no row
reaches its price takes the mean it does reach. Cash keeps its distance to three months, so cash is expected to move
exactly as the spread is.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tomnext.scenarios.lattice import Lattice
from tomnext.scenarios.reduce import SPREAD
from tomnext.scenarios.simulate import Simulation
from tomnext.vocabulary.errors import ModelFailed
from tomnext.vocabulary.words import Text

Floats = NDArray[np.float64]

GIVES = (1e-10, 0.05, 0.002)
"""How readily mean, variance and squeeze frequency give way against relative entropy (0: never)."""
STEPS, CLOSE = 60, 1e-11
"""Newton steps a row, and the relative error of the mean at which they end."""
ROOT_MISS = 1e-9


def without_drift(lattice: Lattice, paths: Simulation) -> Lattice:
    """``lattice`` (of ``paths``, prices in any unit) with the expected next three-month price of every node its own.

    Raises ModelFailed when today's price cannot be kept: the paths then lie on one side of it.
    """
    here = [anchors(lattice.series, values) for values in lattice.values]
    monthly = step_variance(here[0], paths)
    rows = list(lattice.transition)
    for stage in range(lattice.n_stages - 2, -1, -1):
        weight = np.square(here[stage])
        chance = lattice.probabilities()[stage]
        variance = monthly[stage] * weight / (chance @ weight)
        after, squeezed = here[stage + 1], lattice.regime[stage + 1].astype(np.float64)
        targets = zip(rows[stage], here[stage], variance, strict=True)
        rows[stage] = np.array([_tilted(*one, after, squeezed) for one in targets])
        reached = rows[stage] @ here[stage + 1]
        if stage == 0 and np.abs(reached / here[0] - 1.0).max() > ROOT_MISS:
            raise ModelFailed(
                Text("Today's price cannot be kept as the mean of the lattice.", "晶格的平均無法維持今日價格。"),
                received=f"{reached[0].tolist()} instead of {here[0][0].tolist()}",
            )
        here[stage] = here[stage] if stage == 0 else reached
    values = [_with_anchors(lattice.series, *one) for one in zip(lattice.values, here, strict=True)]
    return replace(lattice, values=tuple(values), transition=tuple(rows))


def anchors(series: tuple[str, ...], values: Floats) -> Floats:
    """Three-month (or only) prices, one column a metal in the series' units, of values (..., n_series)."""
    spread = [k for k, name in enumerate(series) if SPREAD in name]
    prices = [k for k in range(len(series)) if k not in spread]
    columns = [values[..., k] - values[..., k + 1] if k + 1 in spread else values[..., k] for k in prices]
    return np.stack(columns, axis=-1)


def step_variance(today: Floats, paths: Simulation) -> Floats:
    """By how much the variance of each three-month price grows from stage to stage, (stages, metals), units squared."""
    spread = np.vstack([np.zeros(today.shape[-1]), anchors(paths.series, paths.values).var(axis=0)])
    return np.asarray(np.maximum(np.diff(spread, axis=0), 1e-12 * np.square(today)))


def _tilted(chances: Floats, price: Floats, variance: Floats, there: Floats, squeezed: Floats) -> Floats:
    """One row (n_next,) tilted so that the mean of ``there`` (n_next, metals) is ``price`` and its variance near.

    ``squeezed`` (n_next, metals), 0 or 1: how often each metal is squeezed next stays as near as the variance does.
    """
    on = np.flatnonzero(chances)
    move = (there[on] - price) / np.sqrt(variance)
    share = chances @ squeezed
    regime = (squeezed[on] - share) / np.sqrt(np.maximum(share * (1.0 - share), 1e-6))
    features = np.hstack([move, np.square(move) - 1.0, regime])
    gives = np.repeat(GIVES, len(price))
    prior, theta = np.log(chances[on]), np.zeros(features.shape[1])
    for _ in range(STEPS):
        weights, height = _weighed(prior, features, theta, gives)
        mean = weights @ features
        slope = mean + gives * theta
        if np.abs(slope).max() < CLOSE:
            break
        bend = (features * weights[:, None]).T @ features - np.outer(mean, mean) + np.diag(gives)
        step, pace = np.linalg.solve(bend + 1e-14 * np.eye(len(theta)), slope), 1.0
        while pace > 1e-8 and _weighed(prior, features, theta - pace * step, gives)[1] > height:
            pace /= 2
        theta = theta - pace * step
    row = np.zeros(len(chances))
    row[on] = _weighed(prior, features, theta, gives)[0]
    return row


def _weighed(prior: Floats, features: Floats, theta: Floats, gives: Floats) -> tuple[Floats, float]:
    """The tilted row and the height of the dual at ``theta``."""
    tilt = prior + features @ theta
    top = float(tilt.max())
    weights = np.exp(tilt - top)
    total = float(weights.sum())
    return weights / total, top + float(np.log(total)) + 0.5 * float(gives @ np.square(theta))


def _with_anchors(series: tuple[str, ...], values: Floats, anchor: Floats) -> Floats:
    """Values whose prices stand at ``anchor`` plus the spreads they had."""
    changed = values.copy()
    prices = [k for k, name in enumerate(series) if SPREAD not in name]
    for metal, k in enumerate(prices):
        has_spread = k + 1 < len(series) and SPREAD in series[k + 1]
        changed[:, k] = anchor[:, metal] + (values[:, k + 1] if has_spread else 0.0)
    return changed
