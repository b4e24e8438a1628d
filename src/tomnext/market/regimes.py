"""At which level a ratio lives, when it left the last one, and on which day one could have known.

The log of the ratio wanders about a level, drawn back to it with a half-life; now and then the level itself jumps to
any other place. A forward filter over a grid of levels gives, day by day and from the past alone, the probability of
each level (Hamilton 1989, Econometrica 57, equations 4.5 to 4.8, with as many states as grid places). Because a state
*is* a level, its label cannot switch. A new regime is declared on the first day on which the filter puts nine tenths
of its weight clearly away from the level in force: that day it was knowable. When it began is read afterwards from the
smoothed probability of a jump on each day.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

BANDS = (50.0, 65.0, 80.0)
"""Edges of the bands that gold/silver levels are reported in (ounces of silver for one of gold)."""


@dataclass(frozen=True)
class LevelModel:
    """What a regime is (assumption G3): half-life in days, jumps a year, how far away is another level, how sure.

    ``apart_share`` 0.12 means that a level counts as another one from 12 % away; ``sure`` is the probability at which
    a break is declared. The innovation's tails are Student t with ``tail_freedom`` degrees of freedom, its size
    follows the ratio's own movements with a half-life of ``size_half_life_days``.
    """

    half_life_days: float = 60.0
    jumps_a_year: float = 0.5
    apart_share: float = 0.12
    sure: float = 0.90
    tail_freedom: float = 5.0
    size_half_life_days: float = 365.0
    grid_step: float = 0.025


@dataclass(frozen=True)
class Regime:
    """One regime: first day with its 90 % interval, the day it was knowable, its level, and its last day (or none)."""

    began: np.datetime64
    began_low: np.datetime64
    began_high: np.datetime64
    knowable_on: np.datetime64
    level: float
    ended: np.datetime64 | None


@dataclass(frozen=True)
class LevelPath:
    """The filter's answer: grid levels, probability of each on each day ``(n_days, n_levels)`` from the past alone."""

    days: Days
    levels: Floats
    filtered: Floats
    smoothed_jump: Floats
    smoothed: Floats

    def band_probabilities(self, place: int, edges: Sequence[float] = BANDS) -> Floats:
        """Probability of each band of levels between ``edges`` on one day; sums to 1."""
        band = np.searchsorted(np.asarray(edges), self.levels, side="right")
        return np.bincount(band, weights=self.filtered[place], minlength=len(edges) + 1)

    def level(self, place: int) -> float:
        """The filtered mean level (geometric) on one day, in the ratio's own unit."""
        return float(np.exp(self.filtered[place] @ np.log(self.levels)))


def level_path(ratio: Floats, days: Days, model: LevelModel | None = None) -> LevelPath:
    """Filter and smooth the level of a ratio (positive numbers) over its observed days, in day order, no gaps filled.

    ``filtered[t]`` uses the ratio up to day t only; the grid is fixed in advance (from a tenth to ten times the first
    value), so adding later days changes no earlier probability.
    """
    model = model or LevelModel()
    value = np.log(ratio)
    levels = value[0] + np.arange(-np.log(10.0), np.log(10.0), model.grid_step)
    gaps = np.diff(days).astype("timedelta64[D]").astype(np.float64)
    size = _movement(value, gaps, model)
    likely = _likelihoods(value, levels, gaps, size, model)
    hazard = 1.0 - np.exp(-model.jumps_a_year * gaps / 365.25)
    filtered, seen = _forward(likely, hazard)
    smoothed, jump = _backward(filtered, seen, likely, hazard)
    return LevelPath(days, np.exp(levels), filtered, jump, smoothed)


def regimes(path: LevelPath, ratio: Floats, model: LevelModel | None = None) -> list[Regime]:
    """The regimes a path went through, in order; the first begins with the data and has no interval of its own.

    ``level`` is the geometric mean of the ratio over the regime's days. A declaration that is taken back within a
    month, the filter being sure again of the level before, is no regime.
    """
    model = model or LevelModel()
    apart = np.log1p(model.apart_share)
    logs = np.log(path.levels)
    known, centre = [0], float(path.filtered[min(20, len(ratio) - 1)] @ logs)
    for place in range(min(20, len(ratio) - 1), len(ratio)):
        away = float(path.filtered[place][np.abs(logs - centre) > apart].sum())
        if away >= model.sure:
            known.append(place)
            centre = float(path.filtered[place] @ logs)
        elif place - known[-1] > 5:
            centre = _followed(centre, path.filtered[place], logs, apart)
    starts = [_began(path, before, place) for before, place in zip(known, known[1:], strict=False)]
    return _spans(path, ratio, known, starts, apart)


def _movement(value: Floats, gaps: Floats, model: LevelModel) -> Floats:
    """Size of a day's movement before each step, from earlier steps only; a crash counts three times itself at most."""
    squares = np.diff(value) ** 2 / np.maximum(gaps, 1.0)
    size = np.empty(squares.size)
    now = float(np.median(squares[: min(20, squares.size)])) * 2.2 + 1e-10
    for place, square in enumerate(squares):
        size[place] = now
        keep = 0.5 ** (gaps[place] / model.size_half_life_days)
        now = keep * now + (1.0 - keep) * min(square, 9.0 * now)
    return np.sqrt(size)


def _likelihoods(value: Floats, levels: Floats, gaps: Floats, size: Floats, model: LevelModel) -> Floats:
    """Likelihood of each step under each level, ``(n_days, n_levels)``; the first day says nothing."""
    keep = 0.5 ** (gaps / model.half_life_days)
    daily = 0.5 ** (1.0 / model.half_life_days)
    spread = size * np.sqrt((1.0 - keep**2) / (1.0 - daily**2))
    surprise = (value[1:, None] - levels - keep[:, None] * (value[:-1, None] - levels)) / spread[:, None]
    freedom = model.tail_freedom
    scaled = surprise**2 / (freedom - 2.0)
    likely = np.ones((value.size, levels.size))
    logs = -0.5 * (freedom + 1.0) * np.log1p(scaled)
    likely[1:] = np.exp(logs - logs.max(axis=1, keepdims=True))
    return likely


def _forward(likely: Floats, hazard: Floats) -> tuple[Floats, Floats]:
    filtered, scale = np.empty_like(likely), np.ones(likely.shape[0])
    width = likely.shape[1]
    filtered[0] = 1.0 / width
    for place in range(1, likely.shape[0]):
        leap = hazard[place - 1]
        weight = ((1.0 - leap) * filtered[place - 1] + leap / width) * likely[place]
        scale[place] = weight.sum()
        filtered[place] = weight / scale[place]
    return filtered, scale


def _backward(filtered: Floats, scale: Floats, likely: Floats, hazard: Floats) -> tuple[Floats, Floats]:
    """Probability of each level given all days, and of a jump at each step (Kim 1994, J. Econometrics 60)."""
    count, width = likely.shape
    smoothed, jump = np.empty_like(likely), np.zeros(count)
    ahead = np.ones(width)
    smoothed[-1] = filtered[-1]
    for place in range(count - 1, 0, -1):
        leap = hazard[place - 1]
        weight = likely[place] * ahead / scale[place]
        jump[place] = leap * weight.sum() / width
        ahead = (1.0 - leap) * weight + leap * weight.sum() / width
        smoothed[place - 1] = filtered[place - 1] * ahead
        smoothed[place - 1] /= smoothed[place - 1].sum()
    return smoothed, np.minimum(jump, 1.0)


def _followed(centre: float, weights: Floats, logs: Floats, apart: float) -> float:
    """The level in force drifts with the filter's mean while that stays near: a regime is not nailed to its first day."""
    mean = float(weights @ logs)
    return centre + 0.02 * (mean - centre) if abs(mean - centre) < apart else centre


def _began(path: LevelPath, before: int, knowable: int) -> tuple[int, int, int]:
    """Median and 90 % interval of the jump's place, given that it fell between one declaration and the next."""
    first = before + 1
    weight = path.smoothed_jump[first : knowable + 1]
    if weight.sum() <= 0.0:
        return knowable, first, knowable
    share = np.cumsum(weight) / weight.sum()
    low, middle, high = (first + int(np.searchsorted(share, at)) for at in (0.05, 0.5, 0.95))
    return min(middle, knowable), min(low, knowable), min(high, knowable)


def _spans(
    path: LevelPath, ratio: Floats, known: Sequence[int], starts: Sequence[tuple[int, int, int]], apart: float
) -> list[Regime]:
    """Regimes between the dated jumps, each with the geometric mean of its days."""
    marks = [(0, 0, 0, 0), *[(*start, knowable) for start, knowable in zip(starts, known[1:], strict=True)]]
    found: list[Regime] = []
    for number, (began, low, high, knowable) in enumerate(marks):
        last = marks[number + 1][0] if number + 1 < len(marks) else len(ratio)
        last = max(last, began + 1)
        level = float(np.exp(np.log(ratio[began:last]).mean()))
        ended = path.days[last - 1] if number + 1 < len(marks) else None
        found.append(Regime(path.days[began], path.days[low], path.days[high], path.days[knowable], level, ended))
    return found
