"""From traced histories to a market that can be walked forward: opening states, pulls, shared innovations, jumps.

Nothing is fitted but two pulls a metal (shrunk to typical ones) and a jump rate (shrunk to the five metals'); the
shapes, tails and correlations are the standardised days of the past, drawn whole across metals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.scenarios.dynamics import RECENT, SQUEEZED, TIGHT_FAST, TIGHT_SLOW, TIGHTNESS, USUAL, Dynamics
from tomnext.scenarios.trace import BASE_JUMP_RATE, TYPICAL_PULL, WARM_UP_DAYS, History, Trace
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

POOL_DAYS = 2000
FEWEST_SHARED_DAYS = 150
WIDEST_INNOVATION, WIDEST_JUMP = 8.0, 12.0
PULL_PRIOR_SD = (0.02, 0.003)
PULL_PRIOR_WEIGHT = 2.0
PULL_DAYS = 2000
JUMP_PRIOR_DAYS = 600
TYPICAL_JUMPS = (5.2, 5.7, 6.5, 8.0)
"""Jump sizes in calm standard deviations that every metal's own are added to (assumption T2)."""


@dataclass(frozen=True)
class Market:
    """Everything a walk needs, for metals in the order of ``names``.

    ``opening``: (n_metals, N_STATE); ``level``: last price; ``has_tightness``: whether there is a cash price;
    ``pulls``: (n_metals, 2) shares of the gap closed a day; ``innovations``: (n_days, n_metals, 2) standardised, the
    same day in every row; ``jumps``: (n_longest, n_metals, 2) with ``n_jumps`` used; ``jump_rate``: per day;
    ``offset``: log intensity from stocks today; ``width``: (n_metals,) what the moves of tightness
    are multiplied by, from the metal's own past forecasts.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    last_day: tuple[np.datetime64, ...]
    level: NDArray[np.float64]
    opening: NDArray[np.float64]
    has_tightness: NDArray[np.bool_]
    pulls: NDArray[np.float64]
    innovations: NDArray[np.float64]
    jumps: NDArray[np.float64]
    n_jumps: NDArray[np.int64]
    jump_rate: NDArray[np.float64]
    offset: NDArray[np.float64]
    width: NDArray[np.float64]
    dynamics: Dynamics

    @property
    def squeeze_probability(self) -> NDArray[np.float64]:
        """Filtered probability (0–1) that each metal is in a squeeze on its last day, (n_metals,)."""
        return self.opening[:, SQUEEZED]

    @property
    def today(self) -> NDArray[np.float64]:
        """The last values in the order and units of ``series``."""
        values: list[float] = []
        for level, state, two in zip(self.level, self.opening, self.has_tightness, strict=True):
            cash = level * np.exp(state[TIGHTNESS])
            values += (cash, cash - level) if two else (level,)
        return np.array(values)

    @property
    def series(self) -> tuple[str, ...]:
        """Names with units of what a walk gives: two a metal with a cash price, else one."""
        names: list[str] = []
        for name, unit, two in zip(self.names, self.units, self.has_tightness, strict=True):
            both = (f"{name}_cash_{unit}", f"{name}_cash_minus_three_month_{unit}")
            names += both if two else (f"{name}_price_{unit}",)
        return tuple(names)


Part = tuple[History, Trace, int]
"""A history, its trace, and the row of the day on which the market is known."""


def market_at(parts: Sequence[Part], dynamics: Dynamics, widths: NDArray[np.float64] | None = None) -> Market:
    """A market as known on one day of each history (trading days): nothing after a part's row is looked at.

    ``widths``: (n_metals,), see Market.width; ones when absent. Raises InputRejected when the metals share fewer
    than 150 trading days, or a name stands twice.
    """
    names = tuple(history.name for history, _, _ in parts)
    if len(set(names)) < len(names):
        raise InputRejected(Text("A metal stands twice.", "同一金屬出現兩次。"), received=", ".join(names))
    shared = _shared_days(parts)
    pairs, jumps, rates = [], [], []
    for (history, traced, day), rows in zip(parts, shared, strict=True):
        pair, jump, rate = _innovations(traced, rows, day, dynamics, history.cash is not None)
        pairs.append(pair)
        jumps.append(jump)
        rates.append(rate)
    pool = np.zeros((max(len(one) for one in jumps), len(parts), 2))
    for k, one in enumerate(jumps):
        pool[: len(one), k] = one
    return Market(
        names=names,
        units=tuple(history.unit for history, _, _ in parts),
        last_day=tuple(history.observed_on[day] for history, _, day in parts),
        level=np.array([history.level[day] for history, _, day in parts]),
        opening=np.array([traced.states[day] for _, traced, day in parts]),
        has_tightness=np.array([history.cash is not None for history, _, _ in parts]),
        pulls=np.array([_pulls(traced, day, dynamics) for _, traced, day in parts]),
        innovations=np.ascontiguousarray(np.stack(pairs, axis=1)),
        jumps=pool,
        n_jumps=np.array([len(one) for one in jumps]),
        jump_rate=np.array(rates),
        offset=np.array([0.0 if h.offset is None else h.offset[day] for h, _, day in parts]),
        width=np.ones(len(parts)) if widths is None else widths,
        dynamics=dynamics,
    )


def _shared_days(parts: Sequence[Part]) -> list[NDArray[np.int64]]:
    """For each part the rows of the last days on which all of them traded."""
    common = parts[0][0].observed_on[WARM_UP_DAYS + 1 : parts[0][2] + 1]
    for history, _, day in parts[1:]:
        common = np.intersect1d(common, history.observed_on[WARM_UP_DAYS + 1 : day + 1], assume_unique=True)
    common = common[-POOL_DAYS:]
    if common.size < FEWEST_SHARED_DAYS:
        raise InputRejected(
            Text("These metals share too few trading days.", "這些金屬共同的交易日太少。"),
            received=f"{', '.join(part[0].name for part in parts)}: {common.size}",
            expected=f"≥ {FEWEST_SHARED_DAYS}",
        )
    return [np.searchsorted(history.observed_on, common) for history, _, _ in parts]


def _innovations(
    traced: Trace, rows: NDArray[np.int64], day: int, dynamics: Dynamics, has_tightness: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Standardised (price, tightness) innovations on the shared days, the jumps, and the jump rate a day.

    A day on which this metal jumped takes its tightness innovation of the day before: jumps are drawn apart.
    """
    price = np.clip(traced.price_innovation[rows], -WIDEST_INNOVATION, WIDEST_INNOVATION)
    centre, scale = float(price.mean()), float(price.std()) or 1.0
    pair = np.zeros((rows.size, 2))
    pair[:, 0] = (price - centre) / scale
    if not has_tightness:
        return pair, np.zeros((1, 2)), 0.0
    own = np.arange(max(WARM_UP_DAYS + 1, day + 1 - POOL_DAYS), day + 1)
    jumped = own[traced.tight_innovation[own] > dynamics.jump]
    tight = traced.tight_innovation[rows].copy()
    for at in np.flatnonzero(tight > dynamics.jump):
        tight[at] = min(tight[at - 1], dynamics.jump) if at else 0.0
    tight = np.maximum(tight, -WIDEST_JUMP)
    middle = float(tight.mean())
    unit = float(np.clip(tight - middle, -dynamics.jump, dynamics.jump).std()) or 1.0
    pair[:, 1] = (tight - middle) / unit
    seen = np.column_stack(
        [
            (np.clip(traced.price_innovation[jumped], -WIDEST_INNOVATION, WIDEST_INNOVATION) - centre) / scale,
            np.minimum(traced.tight_innovation[jumped], WIDEST_JUMP) / unit,
        ]
    )
    typical = np.column_stack([np.zeros(len(TYPICAL_JUMPS)), TYPICAL_JUMPS])
    rate = (jumped.size + BASE_JUMP_RATE * JUMP_PRIOR_DAYS) / (own.size + JUMP_PRIOR_DAYS)
    return pair, np.vstack([typical, seen]), float(rate)


def _pulls(traced: Trace, day: int, dynamics: Dynamics) -> NDArray[np.float64]:
    """How fast b is pulled to its recent and to its usual level: weighted least squares shrunk to the typical pulls."""
    first = max(WARM_UP_DAYS, day - PULL_DAYS)
    rows = slice(first, day)
    states = traced.states[rows]
    near = dynamics.tight_fast_weight * states[:, TIGHT_FAST] + (1 - dynamics.tight_fast_weight) * states[:, TIGHT_SLOW]
    weight = 1 / np.sqrt(near + dynamics.floor**2)
    gaps = np.column_stack([states[:, RECENT] - states[:, TIGHTNESS], states[:, USUAL] - states[:, TIGHTNESS]])
    moves = np.clip(np.diff(traced.states[first : day + 1, TIGHTNESS]) * weight, -4.0, 4.0)
    gaps *= weight[:, None]
    prior = np.diag(PULL_PRIOR_WEIGHT / np.square(PULL_PRIOR_SD))
    found = np.linalg.solve(gaps.T @ gaps + prior, gaps.T @ moves + prior @ np.array(TYPICAL_PULL))
    return np.maximum(found, (0.0, 0.0005))
