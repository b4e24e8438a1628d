"""What is known of each metal on the day asked: the one gathering that the board, the curves and the verdict read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from tomnext.market.curve import Shape
from tomnext.market.percentile import percentile_rank
from tomnext.market.reading import Reading, Signals, State, reading
from tomnext.market.tightness import UNJUDGED_DAYS, resumed_on
from tomnext.studies.curve import CurveReading, curve_reading
from tomnext.studies.sections import Number, percentile_number
from tomnext.studies.stocks import LmeStock, StockReading, VenueStock, stock_reading
from tomnext.studies.today.asked import FRESH_DAYS, Asked, History, month_before, price_ids
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

NOTHING_KNOWN = Reading(State.NOT_KNOWN, {})


@dataclass(frozen=True)
class MetalToday:
    """One metal: its price and daily history, curves now and a month before, stocks, lease rate, and the reading.

    ``price`` is what the board shows (a measured month before a simulated day); ``daily`` gives the one-day change
    and the volatility. ``resumed_on`` is the day prices came back after a halt when that is at most five trading days
    ago. Whatever is missing or out of date is empty.
    """

    metal: Metal
    price: History | None
    daily: History | None
    curve: CurveReading | None = None
    curve_before: CurveReading | None = None
    stock: StockReading | None = None
    lease: History | None = None
    registered: History | None = None
    reading: Reading = NOTHING_KNOWN
    halted_since: date | None = None
    resumed_on: date | None = None
    last_price_day: date | None = None

    @property
    def absent(self) -> str:
        """The word for a missing price: halted, out of date, or no data."""
        if self.halted_since is not None:
            return "halted"
        return "stale" if self.price is None and self.last_price_day is not None else "absent"

    @property
    def carry_usd_per_t(self) -> float | None:
        """Cash minus three-month in USD/t, positive in backwardation."""
        return self.curve.carry.cash_minus_three_month_usd_per_t if self.curve and self.curve.carry else None

    @property
    def near_premium_pct(self) -> float | None:
        """The percentile (0–100) of what having metal now costs: the curve's, or the lease rate's."""
        if self.curve is not None and self.curve.carry is not None:
            return self.curve.carry.percentile
        return percentile_rank(self.lease.values, float(self.lease.values[-1])) if self.lease else None

    @property
    def lme(self) -> LmeStock | None:
        """The metal's LME stock."""
        return self.stock.lme if self.stock else None

    @property
    def cancelled_share(self) -> Number:
        """Cancelled warrants as a share of LME closing stock."""
        share = self.lme.stock.cancelled_share if self.lme else None
        return Number(share, "share", 1, nature=self._stock_nature)

    @property
    def cover(self) -> Number:
        """Free (on-warrant) LME stock in days of world usage; assumed when the usage behind it is."""
        days = self.stock.days_of_cover_on_warrant if self.stock else None
        is_assumed = self.stock is not None and self.stock.usage is not None and self.stock.usage.is_assumed
        is_simulated = self._stock_nature is Nature.SIMULATED
        return Number(days, "days", 1, nature=Nature.ASSUMED if is_assumed and not is_simulated else self._stock_nature)

    @property
    def free_percentile(self) -> Number:
        """Where free stock (LME on warrant, COMEX registered) stands in its own history (percentile 0–100)."""
        if self.registered is not None:
            rank = percentile_rank(self.registered.values, float(self.registered.values[-1]))
            return Number(rank, "pct", 0, nature=self.registered.nature)
        return percentile_number(self.lme.on_warrant_percentile if self.lme else None, self._stock_nature)

    @property
    def registered_share(self) -> Number:
        """The share of COMEX stock that is registered for delivery."""
        comex = self.venue("COMEX")
        is_known = comex is not None and comex.available_t is not None and comex.headline_t > 0
        share = comex.available_t / comex.headline_t if is_known else None  # type: ignore[union-attr, operator]
        return Number(share, "share", 1, nature=self._stock_nature)

    def venue(self, name: str) -> VenueStock | None:
        """One venue's stock, when it reports the metal."""
        return next((one for one in self.stock.venues if one.venue == name), None) if self.stock else None

    @property
    def _stock_nature(self) -> Nature | None:
        return Nature(self.stock.kind) if self.stock else None

    @property
    def day_change(self) -> float | None:
        """Change (share) from the trading day before, of the daily price."""
        return _change(self.daily, len(self.daily.values) - 2) if self.daily and len(self.daily.values) > 1 else None

    @property
    def month_change(self) -> float | None:
        """Change (share) over one month of the price shown."""
        if self.price is None:
            return None
        last = self.price.days[-1]
        start = month_before(last) if self.price.is_daily else last.replace(day=1) - timedelta(days=1)
        return _change(self.price, self.price.before(start))


def metals_today(asked: Asked, metals: Sequence[Metal] = tuple(Metal)) -> tuple[MetalToday, ...]:
    """Every metal as of the day asked, base metals with curves and stocks, precious ones with lease rates.

    Raises ObservationMissing when no price of any metal was available by then.
    """
    found = tuple(_with_reading(_gathered(asked, metal)) for metal in metals)
    if all(one.last_price_day is None for one in found):
        raise ObservationMissing(
            Text("No price of any metal was available by this day.", "這一天之前沒有任何金屬價格可用。"),
            received=asked.as_of,
            fix=Text("Ask for a later day, or import earlier prices.", "請改問較晚的日期，或匯入更早的價格。"),
        )
    return found


def _gathered(asked: Asked, metal: Metal) -> MetalToday:
    name = metal.value
    daily_ids, monthly_id = price_ids(metal)
    daily = asked.first_of(daily_ids, is_daily=True)
    price = asked.first_of([*daily_ids, monthly_id])
    known = [one for id in (*daily_ids, monthly_id) if (one := asked.history(id)) is not None]
    last_day = max((one.days[-1] for one in known), default=None)
    found = MetalToday(metal, price, daily, stock=_stock(asked, metal), last_price_day=last_day)
    if metal.is_precious:
        registered = asked.first_of([f"comex.{name}.stock.registered"])
        return replace(found, lease=asked.first_of([f"lease.{name}.1m"]), registered=registered)
    now = _curve(asked, metal, asked.as_of)
    is_halted = now is not None and now.shape is Shape.HALTED
    return replace(
        found,
        price=None if is_halted else price,
        daily=None if is_halted else daily,
        curve=now,
        curve_before=_curve(asked, metal, asked.month_before),
        halted_since=daily.days[-1] if is_halted and daily else None,
        resumed_on=_resumed(daily) if daily and not is_halted else None,
    )


def _resumed(daily: History) -> date | None:
    """The day prices came back, when that is so little ago that they may stand at daily limits (assumption G10)."""
    return resumed_on(np.array(daily.days, "datetime64[D]"), UNJUDGED_DAYS)


def _curve(asked: Asked, metal: Metal, day: date) -> CurveReading | None:
    try:
        found = curve_reading(metal, day, observations=asked.observations, facts=asked.facts)
    except ObservationMissing:
        return None
    is_fresh = (day - found.observed_on).days <= FRESH_DAYS["daily"] or found.shape is Shape.HALTED
    return found if is_fresh else None


def _stock(asked: Asked, metal: Metal) -> StockReading | None:
    try:
        found = stock_reading(metal, asked.as_of, observations=asked.observations, facts=asked.facts)
    except ObservationMissing:
        return None
    is_fresh = {one.venue for one in found.venues if (asked.as_of - one.observed_on).days <= FRESH_DAYS["daily"]}
    venues = tuple(one for one in found.venues if one.venue in is_fresh)
    return replace(found, lme=found.lme if "LME" in is_fresh else None, venues=venues) if venues else None


def _with_reading(one: MetalToday) -> MetalToday:
    is_halted = one.curve is not None and one.curve.shape is Shape.HALTED
    premium = float(one.lease.values[-1]) if one.lease is not None else one.carry_usd_per_t
    signals = Signals(
        near_premium=premium,
        near_premium_pct=one.near_premium_pct,
        cancelled_share=one.cancelled_share.value,
        free_stock_pct=one.free_percentile.value,
        is_halted=is_halted,
        has_just_resumed=one.resumed_on is not None,
    )
    return replace(one, reading=reading(signals))


def _change(history: History | None, before: int | None) -> float | None:
    if history is None or before is None or not history.values[before]:
        return None
    return float(history.values[-1] / history.values[before] - 1)
