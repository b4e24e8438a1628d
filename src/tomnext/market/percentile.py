"""Where a value stands in its own history."""

import numpy as np
from numpy.typing import NDArray


def percentile_rank(history: NDArray[np.float64], value: float) -> float | None:
    """The percentile (0–100) of a value in an array of past values that holds it too; days without one (NaN) skipped.

    Values equal to it count half: a constant history gives 50, the highest of four values 87.5.
    Nothing when fewer than two values are known.

    >>> percentile_rank(np.array([1.0, 2.0, np.nan, 3.0, 4.0]), 4.0)
    87.5
    """
    known = history[~np.isnan(history)]
    if known.size < 2:
        return None
    below = np.count_nonzero(known < value)
    equal = np.count_nonzero(known == value)
    return float((below + equal / 2) / known.size * 100)
