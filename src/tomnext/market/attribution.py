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

PREMIUM = "venue_premium"
"""What New York pays over London for the same metal: a part of a New York price by arithmetic, not by estimation."""


@dataclass(frozen=True)
class Attribution:
    """Percent log return of a span shared out: by factor, by force, the residual, their sum.

    A force none of whose factors was there is ``None``: its part is unknown and lies in the residual.
    """

    by_factor: Mapping[str, float]
    by_force: Mapping[str, float | None]
    residual: float
    total: float

    @property
    def explained(self) -> float:
        """The sum of the forces that could be measured, percent."""
        return sum(part for part in self.by_force.values() if part is not None)


def attribute(
    moves: Floats, factors: Floats, betas: Floats, names: Sequence[str], premium_moves: Floats | None = None
) -> Attribution:
    """Share the sum of log moves (percent) over factors ``(n, n_factors)`` by the betas known before each move.

    ``premium_moves`` is the change of New York's premium in the same moves (percent) and counts one for one. The
    residual is what is left, so ``explained + residual == total`` to rounding.

    >>> one = attribute(np.array([2.0]), np.array([[3.0]]), np.array([[0.5]]), ["gold"])
    >>> one.by_force["monetary_geopolitical"], one.by_force["trade_policy"], one.residual, one.total
    (1.5, None, 0.5, 2.0)
    """
    parts = (betas * factors).sum(axis=0)
    by_factor = {name: float(part) for name, part in zip(names, parts, strict=True)}
    if premium_moves is not None:
        by_factor[PREMIUM] = float(premium_moves.sum())
    by_force = {force: _sum_of(members, by_factor) for force, members in FORCES.items()}
    total = float(moves.sum())
    explained = sum(part for part in by_force.values() if part is not None)
    return Attribution(by_factor, by_force, total - explained, total)


def _sum_of(members: Sequence[str], by_factor: Mapping[str, float]) -> float | None:
    held = [by_factor[name] for name in members if name in by_factor]
    return sum(held) if held else None
