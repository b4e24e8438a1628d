"""A quick price lattice from what was known on a day: a random walk with its own volatility, and squeezes.

For each metal alone. The price without squeeze is a lognormal random walk without drift (its mean stays today's
price), cut into bins; transitions between bins follow from the normal law by their overlaps and are then tilted as
little as possible so that from every node the expected calm price is the price there: a coarse lattice must not
promise a profit from waiting or from buying the dip.
A squeeze begins and ends by stated monthly chances and lifts the cash price and cash minus three months. Used where
a full term-structure fit would be too slow (every month of a replay) or has no data.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from tomnext.procurement.programme import Floats
from tomnext.scenarios.lattice import Lattice

DAYS_A_STAGE = 21
"""Trading days in a month of the lattice."""
QUADRATURE = 64
"""Points across a bin over which the chances of moving on are averaged."""
NEWTON_STEPS = 25
"""Steps of Newton's method for the tilt of a row; it has converged long before."""


@dataclass(frozen=True, slots=True)
class PriceWalk:
    """What the quick lattice needs of a metal: price USD per t, volatility a month (log), squeeze behaviour.

    ``squeeze_starts``, ``squeeze_ends``: chances (0–1) a month. ``squeeze_lift_share``: how much higher cash stands
    in a squeeze. ``calm_spread_share``, ``squeeze_spread_share``: cash minus three months over cash, positive is
    backwardation (convention 1). ``is_squeezed``: whether there is a squeeze today.
    """

    metal: str
    price_usd_per_t: float
    monthly_volatility: float
    squeeze_starts: float
    squeeze_ends: float
    squeeze_lift_share: float
    calm_spread_share: float
    squeeze_spread_share: float
    is_squeezed: bool = False


def price_lattice(walk: PriceWalk, months: int, n_levels: int) -> Lattice:
    """A lattice of ``months`` stages after today with ``n_levels`` prices, each calm and squeezed; USD per t.

    From every node the mean of the next calm price is the calm price there.
    """
    calm_price = walk.price_usd_per_t / (1.0 + walk.squeeze_lift_share * walk.is_squeezed)
    levels = [np.ones(1), *(_levels(walk.monthly_volatility * np.sqrt(t), n_levels) for t in range(1, months + 1))]
    squeeze = np.array([[1 - walk.squeeze_starts, walk.squeeze_starts], [walk.squeeze_ends, 1 - walk.squeeze_ends]])
    moves = [_without_drift(_moves(t, n_levels), levels[t], levels[t + 1]) for t in range(months)]
    first = np.kron(moves[0], squeeze[[int(walk.is_squeezed)]])
    transition = [first, *(np.kron(one, squeeze) for one in moves[1:])]
    values, regimes = [], []
    for stage, level in enumerate(levels):
        flags = np.array([int(walk.is_squeezed)]) if stage == 0 else np.tile([0, 1], n_levels)
        base = calm_price * (level if stage == 0 else np.repeat(level, 2))
        cash = base * (1.0 + walk.squeeze_lift_share * flags)
        share = np.where(flags == 1, walk.squeeze_spread_share, walk.calm_spread_share)
        values.append(np.column_stack([cash, cash * share]))
        regimes.append(flags[:, None].astype(np.int64))
    series = (f"{walk.metal}_cash_usd_per_t", f"{walk.metal}_cash_minus_three_month_usd_per_t")
    days = tuple(DAYS_A_STAGE * stage for stage in range(months + 1))
    return Lattice(series, tuple(values), tuple(transition), tuple(regimes), (walk.metal,), days)


def _edges(n_levels: int) -> Floats:
    """Standard normal edges of equally likely bins, the outermost at ±8."""
    inner = [NormalDist().inv_cdf(k / n_levels) for k in range(1, n_levels)]
    return np.array([-8.0, *inner, 8.0])


def _levels(spread: float, n_levels: int) -> Floats:
    """Mean of exp(spread·z − spread²/2) within each of the equally likely bins of z; their mean is one."""
    normal = NormalDist()
    shifted = [normal.cdf(edge - spread) for edge in _edges(n_levels)]
    shifted[0], shifted[-1] = 0.0, 1.0
    return n_levels * np.diff(np.array(shifted))


@cache
def _moves(stage: int, n_levels: int) -> Floats:
    """Chances of moving from the bins of a stage to those of the next.

    The walk's volatility cancels: bins and steps both scale with it.
    """
    if stage == 0:
        return np.full((1, n_levels), 1.0 / n_levels)
    normal = NormalDist()
    edges = _edges(n_levels)
    before, after = np.sqrt(stage), np.sqrt(stage + 1)
    moves = np.zeros((n_levels, n_levels))
    for level, (low, high) in enumerate(pairwise(edges)):
        shares = (np.arange(QUADRATURE) + 0.5) / QUADRATURE
        starts = [normal.inv_cdf(normal.cdf(low) + share * (normal.cdf(high) - normal.cdf(low))) for share in shares]
        reached = np.array([[normal.cdf(edge * after - start * before) for edge in edges] for start in starts])
        reached[:, 0], reached[:, -1] = 0.0, 1.0
        moves[level] = np.diff(reached, axis=1).mean(axis=0)
    return np.asarray(moves / moves.sum(axis=1, keepdims=True), dtype=np.float64)


def _without_drift(moves: Floats, here: Floats, there: Floats) -> Floats:
    """Chances tilted by exp(θ · price), one θ a row, so that each row's mean price is the price of its node.

    The tilt is the change of least relative entropy that moves a mean (Csiszár 1975, Ann. Prob. 3, 146-158).
    """
    tilted = moves.copy()
    for row, price in enumerate(here):
        theta = 0.0
        for _ in range(NEWTON_STEPS):
            weights = moves[row] * np.exp(theta * (there - price))
            weights /= weights.sum()
            mean = weights @ there
            theta -= (mean - price) / max(float(weights @ (there - mean) ** 2), 1e-300)
        tilted[row] = weights
    return tilted
