"""Daily prices that average exactly to given months."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def path_through_months(walk: Floats, month_of_day: Integers, averages: Floats) -> Floats:
    """A daily price in cents-exact currency units whose mean over each month is that month's average.

    ``walk`` is a log-price random walk (one value a day), ``month_of_day`` the month number of each day from 0,
    ``averages`` one price a month, given to the cent. The walk is bent by a curve that is straight in logs between
    mid-months, so no jump appears where months meet; the last cents are spread evenly over each month's days.
    """
    days = np.arange(walk.size)
    count = np.bincount(month_of_day)
    middle = np.bincount(month_of_day, weights=days) / count
    path = walk.copy()
    for _ in range(40):
        mean = np.bincount(month_of_day, weights=np.exp(path)) / count
        path += np.interp(days, middle, np.log(averages / mean))
    cents = np.rint(np.exp(path) * 100).astype(np.int64)
    owed = np.rint(averages * 100).astype(np.int64) * count - np.bincount(month_of_day, weights=cents).astype(np.int64)
    place = days - np.searchsorted(month_of_day, month_of_day)
    share = owed[month_of_day] // count[month_of_day]
    rest = owed[month_of_day] - share * count[month_of_day]
    exact: Floats = (cents + share + (place < rest)) / 100.0
    return exact


def mean_reverting(shocks: Floats, half_life: float) -> Floats:
    """A stationary process of unit variance driven by standard normal shocks, with its half-life in days."""
    keep = 0.5 ** (1.0 / half_life)
    push = np.sqrt(1.0 - keep * keep)
    state = np.empty_like(shocks)
    state[0] = shocks[0]
    for day in range(1, shocks.size):
        state[day] = keep * state[day - 1] + push * shocks[day]
    return state
