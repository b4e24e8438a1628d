"""How good a forecast of yes or no has been: skill, discrimination, reliability, lead time and false alarms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BIN_EDGES = (0.0, 0.02, 0.05, 0.10, 0.20, 0.35, 0.50, 0.70, 1.0)
"""Edges of the calibration bins, probability 0 to 1."""


@dataclass(frozen=True)
class CalibrationBin:
    """Days forecast between two probabilities: mean forecast, share that came true, and sampling bounds of the gap."""

    low: float
    high: float
    days: int
    forecast: float
    observed: float
    observed_low: float
    observed_high: float

    @property
    def holds(self) -> bool:
        """Whether the mean forecast lies within what sampling alone would allow."""
        return self.observed_low <= self.forecast <= self.observed_high


@dataclass(frozen=True)
class AlarmRecord:
    """Alarm spells of one tape: how many, how many were followed by no event, days watched, years watched."""

    spells: int
    false_spells: int
    alarm_days: int
    years: float


def brier(event: Floats, forecast: Floats) -> float:
    """Mean squared error of probabilities (0 to 1) against outcomes 0 or 1 (Brier 1950, Mon. Weather Rev. 78, eq. 2).

    >>> brier(np.array([1.0, 0.0]), np.array([1.0, 0.5]))
    0.125
    """
    return float(np.mean((forecast - event) ** 2))


def skill(event: Floats, forecast: Floats, rival: Floats) -> float:
    """Brier skill: the share (0 to 1, negative when worse) of a rival forecast's Brier score that is saved.

    >>> skill(np.array([1.0, 0.0]), np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    1.0
    """
    against = brier(event, rival)
    return float("nan") if against == 0.0 else 1.0 - brier(event, forecast) / against


def area_under_curve(event: Floats, forecast: Floats) -> float:
    """Probability that a day with an event was given the higher forecast (ROC area, 0 to 1, ties count half).

    >>> area_under_curve(np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.1, 0.9]))
    0.75
    """
    _, place, count = np.unique(forecast, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2.0)[place]
    yes = float(event.sum())
    no = event.size - yes
    if yes == 0 or no == 0:
        return float("nan")
    return float((rank[event == 1.0].sum() - yes * (yes + 1) / 2.0) / (yes * no))


def calibration(
    event: Floats, forecast: Floats, block: NDArray[np.int64], cluster: NDArray[np.int64], width: float = 1.96
) -> list[CalibrationBin]:
    """Forecast against outcome by bin of probability (0 to 1), with bounds that know that neighbouring days repeat.

    The bounds are ``width`` times the larger of two standard errors: that of cluster sums of the gap (``cluster``:
    metal and quarter), and that of a true forecast whose outcome is the same on every day of a ``block`` (metal and
    month), which does not vanish where nothing happened. Bins without a day are left out.
    """
    bins = []
    place = np.clip(np.digitize(forecast, BIN_EDGES[1:-1]), 0, len(BIN_EDGES) - 2)
    for number in np.unique(place):
        inside = place == number
        count = int(inside.sum())
        said, seen = float(forecast[inside].mean()), float(event[inside].mean())
        gaps = np.bincount(np.unique(cluster[inside], return_inverse=True)[1], weights=event[inside] - forecast[inside])
        sizes = np.bincount(np.unique(block[inside], return_inverse=True)[1]).astype(np.float64)
        by_cluster = np.sqrt((gaps**2).sum() * gaps.size / max(gaps.size - 1, 1)) / count
        by_block = np.sqrt(said * (1.0 - said) * (sizes**2).sum()) / count
        reach = width * float(max(by_cluster, by_block))
        bounds = max(seen - reach, 0.0), min(seen + reach, 1.0)
        bins.append(CalibrationBin(BIN_EDGES[number], BIN_EDGES[number + 1], count, said, seen, *bounds))
    return bins


def alarms(
    forecast: Floats, event: Floats, days: NDArray[np.datetime64], warn_at: float, quiet_days: int
) -> AlarmRecord:
    """Spells of forecasts at or above ``warn_at`` (probability), and how many were followed by no event at all.

    A spell ends after ``quiet_days`` days below. ``event`` is 1 where an event followed within the horizon, nan on
    days inside one: a spell that touches either was not false.
    """
    alarmed = np.flatnonzero(forecast >= warn_at)
    years = float((days[-1] - days[0]) / np.timedelta64(1, "D")) / 365.25 if days.size else 0.0
    if alarmed.size == 0:
        return AlarmRecord(0, 0, 0, years)
    spells = np.split(alarmed, np.flatnonzero(np.diff(alarmed) > quiet_days) + 1)
    false = sum(not np.any((event[spell] == 1.0) | np.isnan(event[spell])) for spell in spells)
    return AlarmRecord(len(spells), int(false), int(alarmed.size), years)


def lead_days(forecast: Floats, peak_place: int, warn_at: float, look_back_days: int) -> int | None:
    """Trading days between the first warning (probability ≥ ``warn_at``) of the run-up and the peak; None if silent.

    The run-up is the ``look_back_days`` before ``peak_place``; nan forecasts (already in the event) never warn.

    >>> lead_days(np.array([0.1, 0.4, 0.5, 0.2]), 3, 0.3, 10)
    2
    """
    first = max(peak_place - look_back_days, 0)
    warned = np.flatnonzero(np.nan_to_num(forecast[first:peak_place]) >= warn_at)
    return int(peak_place - first - warned[0]) if warned.size else None


def episodes(days_beyond: Sequence[Flags], gap_days: int = 60) -> int:
    """How many separate squeezes there were: runs of marked days more than ``gap_days`` trading days apart, per metal.

    >>> episodes([np.array([True, False, True]), np.array([False])])
    1
    """
    count = 0
    for marked in days_beyond:
        places = np.flatnonzero(marked)
        count += 0 if places.size == 0 else 1 + int((np.diff(places) > gap_days).sum())
    return count
