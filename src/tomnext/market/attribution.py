"""What moved a price: its return shared out over named forces so that the parts sum to the return exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FORCES: dict[str, tuple[str, ...]] = {
    "ai_industrial": ("ai", "copper"),
    "monetary_geopolitical": ("gold", "usd", "real_yield"),
    "trade_policy": ("venue_premium",),
}
"""Which factors stand for which of the article's forces; what none of them explains is the residual."""


@dataclass(frozen=True)
class Attribution:
    """Percent log return of a span shared out: by factor, by force, the drift of the model, the residual, their sum."""

    by_factor: Mapping[str, float]
    by_force: Mapping[str, float]
    residual: float
    total: float


def attribute(moves: Floats, factors: Floats, betas: Floats, names: Sequence[str]) -> Attribution:
    """Share the sum of log moves (percent) over factors ``(n, n_factors)`` by the betas known before each move.

    The residual is what is left, so ``sum(by_force.values()) + residual == total`` to rounding.

    >>> one = attribute(np.array([2.0]), np.array([[3.0]]), np.array([[0.5]]), ["gold"])
    >>> one.by_force["monetary_geopolitical"], one.residual, one.total
    (1.5, 0.5, 2.0)
    """
    parts = (betas * factors).sum(axis=0)
    by_factor = {name: float(part) for name, part in zip(names, parts, strict=True)}
    by_force = {
        force: sum(by_factor[name] for name in members if name in by_factor) for force, members in FORCES.items()
    }
    total = float(moves.sum())
    return Attribution(by_factor, by_force, total - sum(by_force.values()), total)
