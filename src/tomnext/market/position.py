"""What a position suffers: rolling it on the curve, lending rules, borrowing metal.

Tonnes are positive long and negative short. Rolling a short is borrowing: buying near and selling far (convention 3),
which costs the near premium; rolling a long is lending and earns it.

How much of cash less three months falls into one day is not known from the two prices. Two readings stand for it
(assumption G9): *linear*, the same on every calendar day, and *front-loaded*, where on a day in a squeeze a fifth of
what is new in it, above its own sixty-day median, falls into that one day and the rest is linear.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.facts.kinds.lending import LendingRule

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
DAYS_A_YEAR = 360
THREE_MONTHS_DAYS = 91
CALENDAR_DAYS_A_TRADING_DAY = 7.0 / 5.0
FRONT_LOADED_SHARE = 0.20
"""Share of the new part of a backwardation in one deal of tom-next on the days of a squeeze (assumption G9)."""

USUAL_DAYS = 60

FEWEST_PATHS = 20
"""Paths, or past windows, of a kind below which no mean of that kind is given."""


@dataclass(frozen=True)
class LendingDuty:
    """What a rule asks of a holding: share held (percent), cap in percent of cash and USD/t a day, tonnes to lend.

    ``cap_*`` are empty when a cap is said to exist but not how high; ``binds`` is false where the rule asks nothing.
    ``to_lend_t`` is what brings the holding down to the band's lower edge.
    """

    held_pct: float
    binds: bool
    cap_pct_of_cash: float | None
    cap_usd_per_t: float | None
    cap_after_five_days_usd_per_t: float | None
    to_lend_t: float


@dataclass(frozen=True)
class RollCost:
    """Cost of rolling a position for a number of days: at today's curve, and over history's windows (all USD).

    Positive is a cost. ``usual``, ``bad`` and ``worst`` are the median, 95th percentile and largest of all past windows
    of that many trading days, at their own prices; ``squeezed_mean_usd`` and ``calm_mean_usd`` the means over windows
    with and without a day in a squeeze, empty under twenty windows.
    """

    days: int
    today_usd: float | None
    usual_usd: float | None
    bad_usd: float | None
    worst_usd: float | None
    worst_at: int | None
    squeezed_mean_usd: float | None = None
    calm_mean_usd: float | None = None


@dataclass(frozen=True)
class WalkedRoll:
    """Cost of rolling along simulated paths, all USD and plus a cost.

    ``worst_twentieth_usd`` is the mean of the dearest 5 percent of paths; ``squeezed_mean_usd`` and ``calm_mean_usd``
    are means over the paths with and without a squeeze on some day, empty when fewer than twenty are of that kind.
    """

    paths: int
    squeezed_paths: int
    mean_usd: float
    p05_usd: float
    median_usd: float
    p95_usd: float
    worst_twentieth_usd: float
    squeezed_mean_usd: float | None
    calm_mean_usd: float | None


def lending_duty(
    rule: LendingRule, held_t: float, available_t: float, cash_usd_per_t: float, floor_t: float = 0.0
) -> LendingDuty:
    """What a lending rule asks of a holder of ``held_t`` tonnes against ``available_t`` tonnes of stock.

    Below ``floor_t`` of available stock the rule asks nothing. Premium caps are USD/t a day of the cash price.

    >>> from tomnext.facts.kinds.lending import LendingBand
    >>> rule = LendingRule(measure="x", metals=("copper",), bands=(LendingBand(held_above_pct=50, held_to_pct=80,
    ...     max_premium_pct_of_cash_per_day=0.5, max_premium_pct_of_cash_after_five_days=0.25),))
    >>> lending_duty(rule, 6200, 10000, 10000.0).cap_usd_per_t
    50.0
    """
    share = 100.0 * held_t / available_t
    band = rule.band_for(share) if available_t >= floor_t else None
    if band is None:
        return LendingDuty(share, False, None, None, None, 0.0)
    cap, later = band.max_premium_pct_of_cash_per_day, band.max_premium_pct_of_cash_after_five_days
    return LendingDuty(
        held_pct=share,
        binds=True,
        cap_pct_of_cash=cap,
        cap_usd_per_t=None if cap is None else cap / 100.0 * cash_usd_per_t,
        cap_after_five_days_usd_per_t=None if later is None else later / 100.0 * cash_usd_per_t,
        to_lend_t=held_t - band.held_above_pct / 100.0 * available_t,
    )


def linear_premium(cash_minus_three_month_usd_per_t: Floats, cap_usd_per_t: float | None = None) -> Floats:
    """Near less far of one trading day's roll, USD/t, when cash–3M falls evenly over 91 calendar days.

    ``cap_usd_per_t`` is a limit on a day's backwardation that is in force.

    >>> linear_premium(np.array([65.0, -65.0])).tolist()
    [1.0, -1.0]
    """
    return _capped(cash_minus_three_month_usd_per_t / THREE_MONTHS_DAYS * CALENDAR_DAYS_A_TRADING_DAY, cap_usd_per_t)


def front_loaded_premium(
    cash_minus_three_month_usd_per_t: Floats,
    usual_usd_per_t: Floats,
    in_squeeze: Flags,
    cap_usd_per_t: float | None = None,
) -> Floats:
    """Near less far of one trading day's roll, USD/t: a fifth of what is new in a squeeze falls today, the rest evenly.

    New is the backwardation above ``usual_usd_per_t``, its own median of sixty days (contango counts as none).

    >>> gap, usual = np.array([650.0, 650.0, 65.0]), np.array([-20.0, 585.0, 0.0])
    >>> front_loaded_premium(gap, usual, np.array([True, True, False])).tolist()
    [130.0, 22.0, 1.0]
    """
    gap = cash_minus_three_month_usd_per_t
    new = np.where(in_squeeze, np.maximum(np.maximum(gap, 0.0) - np.maximum(usual_usd_per_t, 0.0), 0.0), 0.0)
    return _capped(FRONT_LOADED_SHARE * new + linear_premium(gap - new), cap_usd_per_t)


def usual_gap(cash_minus_three_month_usd_per_t: Floats) -> Floats:
    """The median over the sixty days up to each, USD/t, along the last axis; the first 59 take that of the sixtieth.

    >>> usual_gap(np.arange(61.0))[[0, 59, 60]].tolist()
    [29.5, 29.5, 30.5]
    """
    gap = cash_minus_three_month_usd_per_t
    if gap.shape[-1] < USUAL_DAYS:
        return np.broadcast_to(np.median(gap, axis=-1, keepdims=True), gap.shape)
    medians = np.median(np.lib.stride_tricks.sliding_window_view(gap, USUAL_DAYS, axis=-1), axis=-1)
    first = np.repeat(medians[..., :1], USUAL_DAYS - 1, axis=-1)
    return np.concatenate([first, medians], axis=-1)


def rolled_windows(tonnes: float, near_premium_usd_per_t: Floats, days: int) -> Floats:
    """What every past run of ``days`` trading days cost, USD, at its own premiums; as long as there are runs.

    >>> rolled_windows(-10, np.array([1.0, 2.0, 3.0]), 2).tolist()
    [30.0, 50.0]
    """
    return _windows(-tonnes * near_premium_usd_per_t, days)


def roll_cost(tonnes: float, near_premium_usd_per_t: Floats, days: int, in_squeeze: Flags | None = None) -> RollCost:
    """What rolling ``tonnes`` (negative short) day by day costs, from each trading day's near premium (USD/t a roll).

    Missing days cost nothing and are not windows of their own. ``in_squeeze`` marks the days that count as squeezed.
    """
    kept = np.isfinite(near_premium_usd_per_t)
    known = -tonnes * near_premium_usd_per_t[kept]
    today = float(known[-1] * days) if known.size else float("nan")
    if known.size < days + 1:
        return RollCost(days, today, None, None, None, None)
    windows = _windows(known, days)
    squeezed = np.zeros(known.size) if in_squeeze is None else in_squeeze[kept].astype(np.float64)
    met = _windows(squeezed, days) > 0
    return RollCost(
        days=days,
        today_usd=today,
        usual_usd=float(np.median(windows)),
        bad_usd=float(np.quantile(windows, 0.95)),
        worst_usd=float(windows.max()),
        worst_at=int(np.flatnonzero(kept)[int(windows.argmax()) + days - 1]),
        squeezed_mean_usd=_mean(windows[met]),
        calm_mean_usd=_mean(windows[~met]),
    )


def walked_roll(tonnes: float, near_premium_usd_per_t: Floats, met_squeeze: Flags) -> WalkedRoll:
    """What rolling ``tonnes`` (negative short) along simulated paths costs in USD.

    ``near_premium_usd_per_t``: (n_paths, n_days), one roll a trading day; ``met_squeeze``: (n_paths,) whether the path
    was in a squeeze on any of the days.
    """
    costs = (-tonnes * near_premium_usd_per_t).sum(axis=1)
    low, middle, high = (float(spot) for spot in np.quantile(costs, (0.05, 0.5, 0.95)))
    dearest = np.sort(costs)[-max(costs.size // 20, 1) :]
    return WalkedRoll(
        paths=costs.size,
        squeezed_paths=int(met_squeeze.sum()),
        mean_usd=float(costs.mean()),
        p05_usd=low,
        median_usd=middle,
        p95_usd=high,
        worst_twentieth_usd=float(dearest.mean()),
        squeezed_mean_usd=_mean(costs[met_squeeze]),
        calm_mean_usd=_mean(costs[~met_squeeze]),
    )


def borrow_cost_usd(tonnes: float, price_usd_per_t: float, lease_rate_pct: float, days: int) -> float:
    """What borrowing metal costs in USD: tonnes × price × lease rate (percent a year, actual/360) × days.

    >>> round(borrow_cost_usd(100, 10_000.0, 9.0, 40), 2)
    10000.0
    """
    return abs(tonnes) * price_usd_per_t * lease_rate_pct / 100.0 * days / DAYS_A_YEAR


def _windows(daily: Floats, days: int) -> Floats:
    """Sums of every run of ``days`` values."""
    total = np.cumsum(np.concatenate([[0.0], daily]))
    sums: Floats = total[days:] - total[:-days]
    return sums


def _capped(premium: Floats, cap_usd_per_t: float | None) -> Floats:
    return premium if cap_usd_per_t is None else np.minimum(premium, cap_usd_per_t)


def _mean(costs: Floats) -> float | None:
    return float(costs.mean()) if costs.size >= FEWEST_PATHS else None
