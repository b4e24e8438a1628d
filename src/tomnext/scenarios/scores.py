"""Proper scores and calibration of distribution forecasts.

CRPS is the continuous ranked probability score in the unit of what is forecast: smaller is better, and it equals the
absolute error when the forecast is a single number (Gneiting and Raftery 2007, section 4.2).
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

LEVELS = (0.50, 0.80, 0.95)


def crps_of_sample(sample: NDArray[np.float64], seen: float) -> float:
    """The score of the law that a sample (n,) was drawn from, without bias, against what was seen, in its unit.

    The fair form (Ferro 2014, equation 4): pairs of two different draws, so that a small sample is not punished
    beside a rival scored in closed form. A single number scores its absolute error.

    >>> crps_of_sample(np.array([1.0, 3.0, 5.0]), 3.0)
    0.0
    """
    ordered, size = np.sort(sample), sample.size
    ranks = 2 * np.arange(size) + 1 - size
    return float(np.mean(np.abs(ordered - seen)) - np.dot(ranks, ordered) / (size * max(size - 1, 1)))


def crps_of_normal(error: NDArray[np.float64], sd: NDArray[np.float64]) -> NDArray[np.float64]:
    """The score of N(mean, sd²) for ``error`` = seen − mean, in their unit (Gneiting et al. 2005, equation 5)."""
    z = error / sd
    return np.asarray(sd * (z * (2 * _cdf(z) - 1) + 2 * _pdf(z) - 1 / np.sqrt(np.pi)))


def crps_of_lognormal(
    median: NDArray[np.float64], log_sd: NDArray[np.float64], seen: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The score of a lognormal with a median (price unit) and log standard deviation (Baran and Lerch 2015)."""
    z = np.log(seen / median) / log_sd
    mean = median * np.exp(log_sd**2 / 2)
    return np.asarray(seen * (2 * _cdf(z) - 1) - 2 * mean * (_cdf(z - log_sd) + _cdf(log_sd / np.sqrt(2)) - 1))


def probability_below(sample: NDArray[np.float64], seen: float) -> float:
    """The probability integral transform: the share (0–1) of the sample below what was seen, ties counted half."""
    return float(np.mean(sample < seen) + np.mean(sample == seen) / 2)


def coverage(pit: NDArray[np.float64]) -> dict[str, float]:
    """How often (share 0–1) the central 50, 80 and 95 % intervals held what was seen, from PIT values (n,).

    >>> coverage(np.linspace(0.005, 0.995, 100))
    {'50': 0.5, '80': 0.8, '95': 0.96}
    """
    away = np.abs(pit - 0.5)
    return {f"{100 * level:.0f}": float(np.mean(away <= level / 2)) for level in LEVELS}


def pit_histogram(pit: NDArray[np.float64], bins: int = 10) -> list[float]:
    """Shares (0–1) of PIT values in equal bins; flat when the forecast is calibrated."""
    counts, _ = np.histogram(pit, bins=bins, range=(0.0, 1.0))
    return [float(count) / pit.size for count in counts]


def skill(score: NDArray[np.float64], rival: NDArray[np.float64]) -> float:
    """1 − mean score / mean rival score, as a share: positive is better than the rival."""
    return float(1 - np.mean(score) / np.mean(rival))


def skill_error(score: NDArray[np.float64], rival: NDArray[np.float64], n_blocks: int = 12) -> float:
    """The standard error of :func:`skill` (a share) of scores in order of time, (n,) or (n, n_horizons).

    Neighbouring forecasts overlap, so whole blocks of them are left out in turn (jackknife, Künsch 1989). Not known
    (nan) with fewer scores than blocks.
    """
    if len(score) < n_blocks:
        return float("nan")
    cuts = np.linspace(0, len(score), n_blocks + 1).astype(int)
    left = [np.r_[0:first, last : len(score)] for first, last in pairwise(cuts)]
    without = np.array([skill(score[rows], rival[rows]) for rows in left])
    return float(np.sqrt((n_blocks - 1) * np.mean((without - without.mean()) ** 2)))


def _cdf(z: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def _pdf(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
