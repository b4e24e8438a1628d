"""Rolling correlations of all pairs of series at once.

For every pair the sums of one window are carried from day to day, about an anchor near the window's own mean (Chan,
Golub and LeVeque 1983, *The American Statistician* 37, 242-247: shifted data). The sums start afresh about a new anchor
every ``window`` days, and at once when the mean has strayed three deviations from it, as it does when a spike leaves;
so rounding neither gathers nor is magnified. A window in which a series never moves is found by counting equal values,
not by a variance that rounds to nearly zero.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

Floats = NDArray[np.float64]

_SHARES = 16
"""Parts the work is cut into for threads; a part's result does not depend on who does it."""
_STRAYED = 9.0
"""Squared deviations the mean may lie from its anchor before the sums start afresh."""


def pairs(count: int) -> list[tuple[int, int]]:
    """The pairs of series numbers in the order in which correlations are returned.

    >>> pairs(3)
    [(0, 1), (0, 2), (1, 2)]
    """
    return list(combinations(range(count), 2))


def rolling_correlations(values: Floats, window: int, min_periods: int | None = None) -> Floats:
    """Pearson correlation of every pair over the last ``window`` days, -1 to 1, as an array ``(n_pairs, n_days)``.

    ``values`` is an array ``(n_days, n_series)``, NaN where a day is missing; pairs come in the order of
    :func:`pairs`. A day counts for a pair when both series have it; below ``min_periods`` such days (default: the
    whole window), or when one series does not move, the correlation is NaN. Raises InputRejected for a window under 2.

    >>> rolling_correlations(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 5.0]]), window=3).round(4)
    array([[  nan,   nan, 0.982]])
    """
    least = window if min_periods is None else min_periods
    if not 2 <= least <= window:
        raise InputRejected(
            Text("A rolling correlation needs at least two days.", "滾動相關至少需要兩天。"),
            received=f"window {window}, min_periods {least}",
            expected="2 ≤ min_periods ≤ window",
        )
    columns = np.ascontiguousarray(np.asarray(values, dtype=np.float64).T)
    whole = ~np.isnan(columns).any(axis=1)
    moments = np.empty((3, *columns.shape))
    numbers = np.array(pairs(columns.shape[0]), dtype=np.int64).reshape(-1, 2)
    correlations = np.empty((len(numbers), columns.shape[1]))
    with ThreadPoolExecutor() as threads:
        for count, work, arguments in (
            (len(columns), _moments_of, (columns, window, moments)),
            (len(numbers), _correlations_of, (columns, whole, window, least, moments, numbers, correlations)),
        ):
            shares = np.array_split(np.arange(count), min(_SHARES, count) or 1)
            list(threads.map(lambda share, work=work, arguments=arguments: work(share, *arguments), shares))
    return correlations


@njit(cache=True, nogil=True)
def _moments_of(numbers, columns, window, moments):  # type: ignore[no-untyped-def]
    for i in numbers:
        _own_moments(columns[i], window, moments[0, i], moments[1, i], moments[2, i])


@njit(cache=True, nogil=True)
def _correlations_of(rows, columns, whole, window, least, moments, numbers, out):  # type: ignore[no-untyped-def]
    """Pairs of whole series share their own sums; a pair with gaps keeps sums over the days both have."""
    for row in rows:
        i, j = numbers[row]
        if whole[i] and whole[j] and least == window:
            _whole_pair(columns[i], columns[j], window, moments[:, i], moments[:, j], out[row])
        else:
            _gappy_pair(columns[i], columns[j], window, least, out[row])


@njit(cache=True, nogil=True)
def _own_moments(x, window, anchors, sums, scales):  # type: ignore[no-untyped-def]
    """For each day: the anchor in use, the sum about it, and one over the root of the squares' sum about the mean."""
    moves = _moves_within(x, window)
    anchor, s, q, fresh = 0.0, 0.0, 0.0, window - 1
    for t in range(window - 1, x.size):
        if t < fresh:
            new, old = x[t] - anchor, x[t - window] - anchor
            s += new - old
            q += new * new - old * old
        if t == fresh or s * s > _STRAYED * (window * q - s * s):
            anchor, s, q, fresh = x[t - window + 1 : t + 1].mean(), 0.0, 0.0, t + window
            for u in range(t - window + 1, t + 1):
                s += x[u] - anchor
                q += (x[u] - anchor) * (x[u] - anchor)
        squares = q - s * s / window
        anchors[t], sums[t] = anchor, s
        scales[t] = 1.0 / np.sqrt(squares) if moves[t] and squares > 0.0 else np.nan


@njit(cache=True, nogil=True)
def _moves_within(x, window):  # type: ignore[no-untyped-def]
    """Whether a series takes more than one value in the window that ends on each day."""
    moves, run = np.zeros(x.size, np.bool_), 0
    for t in range(x.size):
        run = run + 1 if t > 0 and x[t] == x[t - 1] else 1
        moves[t] = run < window
    return moves


@njit(cache=True, nogil=True)
def _whole_pair(x, y, window, moments_x, moments_y, out):  # type: ignore[no-untyped-def]
    (anchors_x, sums_x, scales_x), (anchors_y, sums_y, scales_y) = moments_x, moments_y
    out[: window - 1] = np.nan
    start, share = window - 1, 1.0 / window
    while start < x.size:
        a, b, end = anchors_x[start], anchors_y[start], start + 1
        while end < min(x.size, start + window) and anchors_x[end] == a and anchors_y[end] == b:
            end += 1
        p = 0.0
        for u in range(start - window + 1, start):
            p += (x[u] - a) * (y[u] - b)
        gone = 0.0
        for t in range(start, end):
            p += (x[t] - a) * (y[t] - b) - gone
            gone = (x[t - window + 1] - a) * (y[t - window + 1] - b)
            out[t] = (p - sums_x[t] * sums_y[t] * share) * scales_x[t] * scales_y[t]
        start = end
    for t in range(window - 1, x.size):
        if out[t] > 1.0:
            out[t] = 1.0
        elif out[t] < -1.0:
            out[t] = -1.0


@njit(cache=True, nogil=True)
def _gappy_pair(x, y, window, least, out):  # type: ignore[no-untyped-def]
    """Sums over the days both series have, started afresh like those of a whole series."""
    out[:] = np.nan
    sums, n, a, b, fresh = np.zeros(5), 0, 0.0, 0.0, 0
    run_x, run_y, last_x, last_y = 0, 0, np.nan, np.nan
    for t in range(x.size):
        if x[t] == x[t] and y[t] == y[t]:
            run_x = run_x + 1 if x[t] == last_x else 1
            run_y = run_y + 1 if y[t] == last_y else 1
            last_x, last_y = x[t], y[t]
        if t < fresh:
            n += _count_in(sums, x[t] - a, y[t] - b, 1.0)
            if t >= window:
                n -= _count_in(sums, x[t - window] - a, y[t - window] - b, -1.0)
        strayed_x = sums[0] * sums[0] > _STRAYED * (n * sums[2] - sums[0] * sums[0])
        strayed_y = sums[1] * sums[1] > _STRAYED * (n * sums[3] - sums[1] * sums[1])
        if t == fresh or strayed_x or strayed_y:
            a, b = _joint_means(x, y, max(t - window + 1, 0), t)
            sums[:], n, fresh = 0.0, 0, t + window
            for u in range(max(t - window + 1, 0), t + 1):
                n += _count_in(sums, x[u] - a, y[u] - b, 1.0)
        if n < least or run_x >= n or run_y >= n:
            continue
        xx, yy = sums[2] - sums[0] * sums[0] / n, sums[3] - sums[1] * sums[1] / n
        if xx > 0.0 and yy > 0.0:
            out[t] = min(1.0, max(-1.0, (sums[4] - sums[0] * sums[1] / n) / np.sqrt(xx) / np.sqrt(yy)))


@njit(cache=True, nogil=True)
def _joint_means(x, y, first, last):  # type: ignore[no-untyped-def]
    total_x, total_y, n = 0.0, 0.0, 0
    for u in range(first, last + 1):
        if x[u] == x[u] and y[u] == y[u]:
            total_x, total_y, n = total_x + x[u], total_y + y[u], n + 1
    return (total_x / n, total_y / n) if n else (0.0, 0.0)


@njit(cache=True, nogil=True)
def _count_in(sums, dx, dy, sign):  # type: ignore[no-untyped-def]
    """Add (or with -1 take away) one day's deviations; tells whether both were there."""
    if dx != dx or dy != dy:
        return 0
    sums[0] += sign * dx
    sums[1] += sign * dy
    sums[2] += sign * dx * dx
    sums[3] += sign * dy * dy
    sums[4] += sign * dx * dy
    return 1
