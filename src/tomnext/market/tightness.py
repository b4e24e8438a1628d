"""What a metal's daily tape says about tightness on each evening, and nothing that was not known then.

A tape holds one metal's closing prices with the stock figures that were out by the same evening. Days on which the
tape merely repeats itself are taken out, and a repetition of four weekdays or more is a halt (convention 8).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]

HALT_WEEKDAYS = 4
"""Weekdays in a row without a fresh price after which a market counts as halted: no holiday of London is as long."""

RESUMED_DAYS = 20
"""Trading days after a halt for which what is read from the tape carries a caveat (assumption G10)."""

UNJUDGED_DAYS = 5
"""Trading days after a halt on which prices may stand at daily limits and alerts are not judged (assumption G10)."""

QUIET_SPEED_PCT = 0.01
"""Least daily movement of cash–3M, in percent of cash, that speed is measured with."""

CURVE_INPUTS = ("room", "level", "highest_20d", "speed", "change_20d", "beyond_3m", "beyond_3m_change_20d")
STOCK_INPUTS = (
    "on_warrant_change_60d",
    "cancelled_share_change_60d",
    "on_warrant_against_usual",
    "open_interest_cover",
)
INPUTS = CURVE_INPUTS + STOCK_INPUTS

PARTS: dict[str, tuple[str, ...]] = {
    "tightness": ("room", "level", "highest_20d", "beyond_3m"),
    "momentum": ("speed", "change_20d", "beyond_3m_change_20d"),
    "availability": ("on_warrant_change_60d", "cancelled_share_change_60d", "on_warrant_against_usual"),
    "concentration": ("open_interest_cover",),
}
"""Which inputs make up each named part of the score."""


@dataclass(frozen=True)
class Tape:
    """One metal's history, one row a trading day in day order; every array has the length of ``days``.

    Prices are USD/t closing evaluations; ``on_warrant_t``, ``closing_stock_t`` and ``open_interest_t`` (lots times
    the lot's tonnes) are the newest figures out on that evening. Missing is nan (convention 8).
    """

    metal: str
    days: Days
    cash_usd_per_t: Floats
    three_month_usd_per_t: Floats
    twelve_month_usd_per_t: Floats
    on_warrant_t: Floats
    closing_stock_t: Floats
    open_interest_t: Floats

    def __len__(self) -> int:
        return int(self.days.size)

    def until(self, day: np.datetime64) -> "Tape":
        """The tape up to and including a day."""
        return self.only(self.days <= day)

    def only(self, keep: Flags) -> "Tape":
        """The rows of the tape that are marked."""
        return Tape(
            self.metal,
            self.days[keep],
            self.cash_usd_per_t[keep],
            self.three_month_usd_per_t[keep],
            self.twelve_month_usd_per_t[keep],
            self.on_warrant_t[keep],
            self.closing_stock_t[keep],
            self.open_interest_t[keep],
        )

    @property
    def cash_minus_three_month_pct(self) -> Floats:
        """Cash less three months in percent of cash; positive is backwardation (convention 1)."""
        backwardation: Floats = 100.0 * (self.cash_usd_per_t - self.three_month_usd_per_t) / self.cash_usd_per_t
        return backwardation


def fresh_days(tape: Tape) -> Flags:
    """Which days of a tape brought a price: cash and three months (USD/t) do not both repeat the day before.

    >>> day = np.array(["2022-03-07", "2022-03-08"], "datetime64[D]")
    >>> fresh_days(Tape("nickel", day, *[np.array([1.0, 1.0])] * 6)).tolist()
    [True, False]
    """
    fresh = np.isfinite(tape.cash_usd_per_t) & np.isfinite(tape.three_month_usd_per_t)
    fresh &= (tape.cash_usd_per_t > 0) & (tape.three_month_usd_per_t > 0)
    repeated = (tape.cash_usd_per_t[1:] == tape.cash_usd_per_t[:-1]) & (
        tape.three_month_usd_per_t[1:] == tape.three_month_usd_per_t[:-1]
    )
    fresh[1:] &= ~repeated
    return fresh


def halts_after(fresh_on: Days) -> Flags:
    """Whether the market was halted after each fresh day: at least four weekdays passed before the next one.

    ``fresh_on`` are the days with a fresh price, in order; the last of them is never marked.

    >>> halts_after(np.array(["2022-03-04", "2022-03-07", "2022-03-16"], "datetime64[D]")).tolist()
    [False, True, False]
    """
    halted = np.zeros(fresh_on.size, dtype=bool)
    if fresh_on.size > 1:
        skipped = np.busday_count(fresh_on[:-1].astype("datetime64[D]"), fresh_on[1:].astype("datetime64[D]")) - 1
        halted[:-1] = skipped >= HALT_WEEKDAYS
    return halted


def resumed_on(fresh_on: Days, within_days: int = RESUMED_DAYS) -> date | None:
    """The day prices came back after a halt or a gap, when that is at most ``within_days`` fresh days ago.

    >>> resumed_on(np.array(["2022-03-07", "2022-03-16", "2022-03-17"], "datetime64[D]"))
    datetime.date(2022, 3, 16)
    """
    recent = fresh_on[-(within_days + 1) :]
    stops = np.flatnonzero(halts_after(recent))
    resumed: date | None = recent[stops[-1] + 1].astype("datetime64[D]").item() if stops.size else None
    return resumed


def tightness_inputs(tape: Tape, beyond_pct: float) -> Floats:
    """The inputs of the squeeze model, ``(n_days, len(INPUTS))``, each from that day and the days before it.

    ``beyond_pct`` is the backwardation, in percent of cash, whose coming is asked about. The tape must hold fresh
    days only. What a tape lacks (stocks, a twelve-month price) is nan. Differences are over trading days.

    ``room`` log of the distance to ``beyond_pct`` plus 0.4 percent · ``level`` cash–3M percent, held to ±3 ·
    ``highest_20d`` its 20-day highest · ``speed`` log of the median daily movement over 60 days · ``beyond_3m`` tanh
    of a third of 3M–12M in percent of 3M · ``on_warrant_against_usual`` tanh of the log of on-warrant stock over its
    three-year median · ``open_interest_cover`` log of open interest over on-warrant stock, 0 to 6.
    """
    level = tape.cash_minus_three_month_pct
    beyond = 100.0 * (tape.three_month_usd_per_t - tape.twelve_month_usd_per_t) / tape.three_month_usd_per_t
    movement = np.abs(np.diff(level, prepend=level[:1]))
    on_warrant = np.log(np.maximum(tape.on_warrant_t, 1.0))
    cancelled_share = np.clip(1.0 - tape.on_warrant_t / np.maximum(tape.closing_stock_t, 1.0), 0.0, 1.0)
    usual = np.log(np.maximum(rolling(tape.on_warrant_t, 750, pl.Series.rolling_median), 1.0))
    columns = {
        "room": _room(level, beyond_pct),
        "level": np.clip(level, -3.0, 3.0),
        "highest_20d": np.clip(rolling(level, 20, pl.Series.rolling_max), -3.0, 5.0),
        "speed": np.log(np.maximum(rolling(movement, 60, pl.Series.rolling_median), QUIET_SPEED_PCT) + QUIET_SPEED_PCT),
        "change_20d": np.clip(level - lagged(level, 20), -3.0, 3.0),
        "beyond_3m": np.tanh(beyond / 3.0),
        "beyond_3m_change_20d": np.tanh((beyond - lagged(beyond, 20)) / 1.5),
        "on_warrant_change_60d": np.clip(on_warrant - lagged(on_warrant, 60), -1.0, 1.0),
        "cancelled_share_change_60d": np.clip(cancelled_share - lagged(cancelled_share, 60), -0.3, 0.3),
        "on_warrant_against_usual": np.tanh(on_warrant - usual),
        "open_interest_cover": np.clip(np.log(np.maximum(tape.open_interest_t, 1.0)) - on_warrant, 0.0, 6.0),
    }
    return np.column_stack([columns[name] for name in INPUTS])


def asked_of(inputs: Floats, tape: Tape, beyond_pct: float) -> Floats:
    """The same inputs asked of another level of backwardation (percent of cash): only ``room`` depends on it."""
    other = inputs.copy()
    other[:, INPUTS.index("room")] = _room(tape.cash_minus_three_month_pct, beyond_pct)
    return other


def _room(level_pct: Floats, beyond_pct: float) -> Floats:
    room: Floats = np.log(np.maximum(beyond_pct - level_pct, 0.0) + 0.4)
    return room


def rolling(values: Floats, days: int, statistic: Callable[..., pl.Series]) -> Floats:
    """A polars rolling statistic over the ``days`` values up to each place; nan where fewer than a third are known."""
    series = pl.Series(values, dtype=pl.Float64).fill_nan(None)
    result: Floats = statistic(series, days, min_samples=max(1, days // 3)).to_numpy().astype(np.float64)
    return result


def lagged(values: Floats, days: int) -> Floats:
    """The values of ``days`` places earlier; nan before there were any."""
    earlier = np.full(values.shape, np.nan)
    if days < values.size:
        earlier[days:] = values[:-days]
    return earlier
