"""What a position suffers: rolling it on the curve, lending rules, borrowing metal.

Tonnes are positive long and negative short. Rolling a short is borrowing: buying near and selling far (convention 3),
which costs the near premium; rolling a long is lending and earns it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.facts.kinds.lending import LendingRule

Floats = NDArray[np.float64]
DAYS_A_YEAR = 360


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
    of that many trading days, at their own prices.
    """

    days: int
    today_usd: float
    usual_usd: float | None
    bad_usd: float | None
    worst_usd: float | None
    worst_at: int | None


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


def roll_cost(tonnes: float, near_premium_usd_per_t_day: Floats, days: int, weekdays_a_day: float = 1.0) -> RollCost:
    """What rolling ``tonnes`` (negative short) day by day costs, from each trading day's near premium (USD/t a day).

    Missing days cost nothing and are not windows of their own. ``weekdays_a_day`` calendar days a trading day carries
    (7/5 when the premium is a calendar-day average).
    """
    daily = -tonnes * near_premium_usd_per_t_day * weekdays_a_day
    known = daily[np.isfinite(daily)]
    today = float(known[-1] * days) if known.size else float("nan")
    if known.size < days + 1:
        return RollCost(days, today, None, None, None, None)
    total = np.cumsum(np.concatenate([[0.0], known]))
    windows = total[days:] - total[:-days]
    place = int(np.flatnonzero(np.isfinite(daily))[int(windows.argmax()) + days - 1])
    return RollCost(
        days, today, float(np.median(windows)), float(np.quantile(windows, 0.95)), float(windows.max()), place
    )


def borrow_cost_usd(tonnes: float, price_usd_per_t: float, lease_rate_pct: float, days: int) -> float:
    """What borrowing metal costs in USD: tonnes × price × lease rate (percent a year, actual/360) × days.

    >>> round(borrow_cost_usd(100, 10_000.0, 9.0, 40), 2)
    10000.0
    """
    return abs(tonnes) * price_usd_per_t * lease_rate_pct / 100.0 * days / DAYS_A_YEAR
