"""At which level a ratio lives, when it left the last one, and on which day one could have known.

The log of the ratio scatters about a level with fat tails; now and then the level itself jumps to any other place.
Neighbouring days repeat each other, so a day's likelihood counts only as the share of a month that it is. A forward
filter over a grid of levels gives, day by day and from the past alone, the probability of each level (Hamilton 1989,
Econometrica 57, section 4, with as many states as grid places). Because a state *is* a level, its label cannot switch.
A new regime is declared on the first day on which the filter puts nine tenths of its weight clearly away, on one side,
from the level in force: that day it was knowable. The level in force is the filter's own mean since the last
declaration, begun with a year of the level declared. When a regime began is read afterwards from the smoothed
probability of being there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

BANDS = (50.0, 65.0, 80.0)
"""Edges of the bands that gold/silver levels are reported in (ounces of silver for one of gold)."""

FIRM_DAYS = 365.0
"""What a declared level weighs, in days, in the level in force: a spike that passes within months is left again."""


@dataclass(frozen=True)
class LevelModel:
    """What a regime is (assumption G3): its scatter, how often it changes, how far away is another, how sure to be.

    ``scatter_share`` 0.10 is the usual distance of the ratio from its level; ``days_an_opinion`` calendar days say as
    much as one independent look; a level counts as another one from ``apart_share`` away; a break is declared at
    probability ``sure``. Tails are Student t.
    """

    scatter_share: float = 0.10
    days_an_opinion: float = 28.0
    jumps_a_year: float = 0.25
    apart_share: float = 0.20
    sure: float = 0.90
    tail_freedom: float = 5.0
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
    """The filter's answer: grid levels, and the probability of each on each day, ``(n_days, n_levels)``.

    ``filtered`` is from the past alone, ``smoothed`` from all days: with it a break is dated afterwards.
    """

    days: Days
    levels: Floats
    filtered: Floats
    smoothed: Floats

    def band_probabilities(self, place: int, edges: Sequence[float] = BANDS) -> Floats:
        """Probability of each band of levels between ``edges`` on one day; sums to 1."""
        band = np.searchsorted(np.asarray(edges), self.levels, side="right")
        chances: Floats = np.bincount(band, self.filtered[place], len(edges) + 1).astype(np.float64)
        return chances

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
    likely = _likelihoods(value, levels, gaps, model)
    hazard = 1.0 - np.exp(-model.jumps_a_year * gaps / 365.25)
    filtered, scale = _forward(likely, hazard)
    return LevelPath(days, np.exp(levels), filtered, _smoothed(filtered, likely, scale, hazard))


def regimes(path: LevelPath, ratio: Floats, model: LevelModel | None = None) -> list[Regime]:
    """The regimes a path went through, in order; the first begins with the data and has no interval of its own.

    ``level`` is the geometric mean of the ratio over the regime's days. The first year only teaches the first level.
    """
    model = model or LevelModel()
    apart, logs = np.log1p(model.apart_share), np.log(path.levels)
    means = path.filtered @ logs
    gaps = np.concatenate([[0.0], np.diff(path.days).astype("timedelta64[D]").astype(np.float64)])
    begin = min(int(np.searchsorted(path.days, path.days[0] + np.timedelta64(365, "D"))), len(ratio) - 1)
    last, weight, total, marks = 0, FIRM_DAYS, FIRM_DAYS * means[begin], [(0, 0, 0, 0)]
    for place in range(begin, len(ratio)):
        gap = logs - total / weight
        for away in (gap > apart, gap < -apart):
            if path.filtered[place][away].sum() >= model.sure:
                marks.append((*_began(path, last, place, away), place))
                last, weight, total = place, FIRM_DAYS, FIRM_DAYS * means[place]
        weight, total = weight + gaps[place], total + gaps[place] * means[place]
    return _spans(path, ratio, marks)


def _likelihoods(value: Floats, levels: Floats, gaps: Floats, model: LevelModel) -> Floats:
    """Tempered likelihood of each day under each level, ``(n_days, n_levels)``, its largest being 1."""
    freedom = model.tail_freedom
    scaled = ((value[:, None] - levels) / np.log1p(model.scatter_share)) ** 2 / (freedom - 2.0)
    weight = np.minimum(np.concatenate([[1.0], gaps]) / model.days_an_opinion, 1.0)
    logs = -0.5 * (freedom + 1.0) * np.log1p(scaled) * weight[:, None]
    likely: Floats = np.exp(logs - logs.max(axis=1, keepdims=True))
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


def _smoothed(filtered: Floats, likely: Floats, scale: Floats, hazard: Floats) -> Floats:
    """Probability of each level on each day given all days (backward recursion of the same reference)."""
    width = likely.shape[1]
    smoothed = np.empty_like(likely)
    ahead = np.ones(width)
    for place in range(likely.shape[0] - 1, -1, -1):
        weight = filtered[place] * ahead
        smoothed[place] = weight / weight.sum()
        onward = likely[place] * ahead / scale[place]
        leap = hazard[place - 1] if place else 0.0
        ahead = (1.0 - leap) * onward + leap * onward.sum() / width
    return smoothed


def _began(path: LevelPath, first: int, knowable: int, away: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Median and 90 % interval of the day on which the level came to be ``away`` for good, given all days.

    The probability of being away on a day is the chance that the break lay on it or before; each bound follows the
    last day, between the last declaration and this one, on which that chance was still smaller.
    """
    chance = path.smoothed[first:knowable][:, away].sum(axis=1)
    low, middle, high = (
        min(first + 1 + int(np.max(np.flatnonzero(chance < at), initial=-1)), knowable) for at in (0.05, 0.5, 0.95)
    )
    return middle, low, high


def _spans(path: LevelPath, ratio: Floats, marks: Sequence[tuple[int, int, int, int]]) -> list[Regime]:
    """Regimes between the dated jumps, each with the geometric mean of its days."""
    found: list[Regime] = []
    for number, (began, low, high, knowable) in enumerate(marks):
        last = marks[number + 1][0] if number + 1 < len(marks) else len(ratio)
        level = float(np.exp(np.log(ratio[began : max(last, began + 1)]).mean()))
        ended = path.days[last - 1] if number + 1 < len(marks) else None
        found.append(Regime(path.days[began], path.days[low], path.days[high], path.days[knowable], level, ended))
    return found
