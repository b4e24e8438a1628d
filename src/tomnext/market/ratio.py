"""One metal's price in units of another's, and where that stands in its own past."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.market.percentile import percentile_rank

Floats = NDArray[np.float64]


def price_ratio(numerator: Floats, denominator: Floats) -> Floats:
    """How many units of the second metal buy one of the first, for arrays of prices in the same unit on the same days.

    Gold over silver is ounces of silver for an ounce of gold. NaN where either is missing or not positive.
    """
    ratio: Floats = np.where(numerator > 0, numerator, np.nan) / np.where(denominator > 0, denominator, np.nan)
    return ratio


@dataclass(frozen=True, slots=True)
class Standing:
    """The last ratio of a path, its percentile (0–100) and its past; ``low_at`` and ``high_at`` are row numbers."""

    value: float
    percentile: float | None
    count: int
    mean: float
    median: float
    low_at: int
    high_at: int


def standing(path: Floats) -> Standing | None:
    """Where the last known ratio of an array stands among all before it; nothing for an array without one."""
    known = np.flatnonzero(~np.isnan(path))
    if known.size == 0:
        return None
    values = path[known]
    return Standing(
        value=float(values[-1]),
        percentile=percentile_rank(values, float(values[-1])),
        count=known.size,
        mean=float(values.mean()),
        median=float(np.median(values)),
        low_at=int(known[values.argmin()]),
        high_at=int(known[values.argmax()]),
    )


def share_below(path: Floats, level: float) -> float:
    """The share (0–1) of known days on which the ratio was below a level; NaN days do not count."""
    known = path[~np.isnan(path)]
    return float(np.count_nonzero(known < level) / known.size) if known.size else float("nan")
