"""What a long or short in an LME metal suffers: rolling, lending rules with their dated versions, borrowing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import isfinite

import numpy as np
import polars as pl

from tomnext.facts.kinds.lending import LendingRule, LendingRuleFact
from tomnext.facts.load import Facts, load_facts
from tomnext.market.position import (
    CALENDAR_DAYS_A_TRADING_DAY,
    LendingDuty,
    RollCost,
    borrow_cost_usd,
    front_loaded_premium,
    lending_duty,
    linear_premium,
    roll_cost,
    rolled_windows,
    usual_gap,
)
from tomnext.market.squeeze import STANDARD_PCT
from tomnext.market.tightness import HALT_WEEKDAYS, Tape, fresh_days, resumed_on
from tomnext.observations.reading import Observations
from tomnext.studies.prompts import lme_contract
from tomnext.studies.simulated_roll import N_PATHS, SimulatedRoll, simulated_roll
from tomnext.studies.sources import open_source
from tomnext.studies.tapes import TapeRead, lme_tapes, no_tape
from tomnext.studies.trading_days import halt_on
from tomnext.vocabulary.clocks import IN_FORCE
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

LONGEST_DAYS = 250
HIGHEST_LEASE_PCT = 200.0
TOM_NEXT_LIMITS = {
    Metal.COPPER: "lme/lending/tom_next_limit_copper",
    Metal.NICKEL: "lme/lending/backwardation_limit_nickel",
}


@dataclass(frozen=True)
class RuleReading:
    """One dated rule applied to the position, and the stock (t) below which it asks nothing."""

    rule_id: str
    title: Text
    measure: str
    duty: LendingDuty
    floor_t: float
    status: str
    evidence: Evidence


@dataclass(frozen=True)
class Rolls:
    """Rolling day by day: near less far of one trading day's roll (USD/t), today and in all past windows.

    ``linear`` prices the past with the published tom-next where there is one, else cash–3M evenly over 91 days;
    ``front_loaded`` lets a fifth of its new part fall on each day beyond 1.5 percent of cash (assumption G9). Today's
    figures are empty while the market is halted or its prices are old.
    ``past_usd`` is what each past window cost by the first, by its last day in ``past_days``.
    """

    near_premium_usd_per_t: float | None
    is_published: bool
    linear: RollCost
    worst_on: date | None
    front_loaded: RollCost
    past_days: tuple[date, ...]
    past_usd: tuple[float, ...]


@dataclass(frozen=True)
class PositionReading:
    """What a position of ``tonnes`` (negative short) suffers, in USD.

    ``three_month_usd`` is the cost of one carry to three months instead of rolling daily, ``cap_usd_per_t`` a limit on
    a day's backwardation in force.
    While ``is_halted`` or ``is_stale`` nothing is said of today and nothing is simulated; ``resumed_on`` is the day
    prices came back when that is less than twenty trading days ago.
    """

    metal: Metal
    as_of: date
    observed_on: date
    tonnes: float
    lots: float
    cash_usd_per_t: float
    rolls: Rolls
    three_month_usd: float | None
    cap_usd_per_t: float | None
    simulated: SimulatedRoll | None
    available_t: float | None
    rules: tuple[RuleReading, ...]
    borrow_usd: float | None
    borrow_days: int
    is_halted: bool
    is_stale: bool
    resumed_on: date | None
    kind: str
    evidence: tuple[Evidence, ...]


def position_exposure(
    metal: Metal,
    tonnes: float,
    as_of: date | datetime | None = None,
    days: int = 20,
    lease_rate_pct: float | None = None,
    observations: Observations | None = None,
    facts: Facts | None = None,
    n_paths: int = N_PATHS,
    seed: int = 0,
) -> PositionReading:
    """What a position suffers, nothing later than ``as_of`` seen: ``days`` trading days of rolling, rules, borrowing.

    A day's near premium is the published tom-next when the source holds it, else cash–3M spread evenly over 91 days;
    ``n_paths`` simulated futures say what rolling would cost with and without a squeeze. Raises ObservationMissing
    without prices of the metal, InputRejected for a position or a span of nothing.
    """
    _check(tonnes, days, lease_rate_pct)
    source, facts = observations or open_source(), facts or load_facts()
    read = lme_tapes(source, as_of, [metal], facts).get(metal)
    if read is None:
        raise no_tape(metal, as_of)
    tape, day = read.tape, _day(as_of) or read.tape.days[-1].item()
    cash, gap = float(tape.cash_usd_per_t[-1]), float(tape.cash_usd_per_t[-1] - tape.three_month_usd_per_t[-1])
    cap = _cap_usd_per_t(metal, cash, day, facts)
    is_halted = halt_on(metal, day, facts) is not None
    is_stale = bool(np.busday_count(tape.days[-1], np.datetime64(day, "D")) > HALT_WEEKDAYS)
    is_silent = is_halted or is_stale
    rolls = _rolls(source, read, tonnes, days, as_of, cap)
    contract = lme_contract(metal, day, facts).value
    available = next((float(t) for t in (tape.on_warrant_t[-1], tape.closing_stock_t[-1]) if np.isfinite(t)), None)
    lent_days = round(days * CALENDAR_DAYS_A_TRADING_DAY)
    return PositionReading(
        metal=metal,
        as_of=day,
        observed_on=tape.days[-1].item(),
        tonnes=tonnes,
        lots=tonnes / contract.lot_t,
        cash_usd_per_t=cash,
        rolls=_silent(rolls) if is_silent else rolls,
        three_month_usd=None if is_silent else -tonnes * gap,
        cap_usd_per_t=cap,
        simulated=None if is_silent else simulated_roll(source, metal, tonnes, days, as_of, cap, n_paths, seed, facts),
        available_t=available,
        rules=tuple(_rules(metal, tonnes, available, cash, day, contract.lot_t, facts)) if available else (),
        borrow_usd=None if lease_rate_pct is None else borrow_cost_usd(tonnes, cash, lease_rate_pct, lent_days),
        borrow_days=lent_days,
        is_halted=is_halted,
        is_stale=is_stale,
        resumed_on=resumed_on(tape.days[fresh_days(tape)]),
        kind=read.kind,
        evidence=read.evidence,
    )


def _rolls(
    source: Observations, read: TapeRead, tonnes: float, days: int, as_of: date | datetime | None, cap: float | None
) -> Rolls:
    """Rolling at today's premium, a limit in force applied, and over all past windows at their own prices."""
    tape = read.tape
    gap, in_squeeze = tape.cash_usd_per_t - tape.three_month_usd_per_t, tape.cash_minus_three_month_pct > STANDARD_PCT
    premium, is_published = _near_premium(source, read, as_of)
    near = _capped(float(premium[np.isfinite(premium)][-1]), cap)
    linear = roll_cost(tonnes, premium, days, in_squeeze)
    steep = front_loaded_premium(gap, usual_gap(gap), in_squeeze)
    return Rolls(
        near_premium_usd_per_t=near,
        is_published=is_published,
        linear=replace(linear, today_usd=-tonnes * near * days),
        worst_on=None if linear.worst_at is None else tape.days[linear.worst_at].item(),
        front_loaded=replace(
            roll_cost(tonnes, steep, days, in_squeeze), today_usd=-tonnes * _capped(float(steep[-1]), cap) * days
        ),
        past_days=tuple(tape.days[days - 1 :].tolist()),
        past_usd=tuple(rolled_windows(tonnes, premium, days).tolist()) if len(tape) >= days else (),
    )


def _capped(near_premium_usd_per_t: float, cap_usd_per_t: float | None) -> float:
    return near_premium_usd_per_t if cap_usd_per_t is None else min(near_premium_usd_per_t, cap_usd_per_t)


def _silent(rolls: Rolls) -> Rolls:
    """The same with nothing said of today."""
    linear, front_loaded = (replace(one, today_usd=None) for one in (rolls.linear, rolls.front_loaded))
    return replace(rolls, near_premium_usd_per_t=None, linear=linear, front_loaded=front_loaded)


def _check(tonnes: float, days: int, lease_rate_pct: float | None) -> None:
    if not isfinite(tonnes) or tonnes == 0:
        raise InputRejected(
            Text("A position has tonnes.", "部位需要公噸數。"),
            received=tonnes,
            expected=Text("a number: long positive, short negative", "一個數字：多頭為正、空頭為負"),
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise InputRejected(
            Text("This many trading days cannot be rolled.", "無法計算這麼多交易日的展期。"),
            received=days,
            expected=f"1–{LONGEST_DAYS}",
        )
    if lease_rate_pct is not None and not 0 <= lease_rate_pct <= HIGHEST_LEASE_PCT:
        raise InputRejected(
            Text("This is not a lease rate in percent a year.", "這不是年百分比的租賃利率。"),
            received=lease_rate_pct,
            expected=f"0–{HIGHEST_LEASE_PCT}",
        )


def _cap_usd_per_t(metal: Metal, cash_usd_per_t: float, day: date, facts: Facts) -> float | None:
    """The exchange's limit on a day's backwardation in force that day, as known that day."""
    if metal not in TOM_NEXT_LIMITS:
        return None
    fact = facts.get(TOM_NEXT_LIMITS[metal])
    if not fact.has(day, day):
        return None
    limit = float(fact.at(day, day).value)
    return limit if fact.unit == "usd_per_t_day" else limit / 100.0 * cash_usd_per_t


def _near_premium(
    source: Observations, read: TapeRead, as_of: date | datetime | None
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], bool]:
    """Near less far of each trading day's roll, USD/t, and whether the newest is a published tom-next."""
    tape: Tape = read.tape
    legs = linear_premium(tape.cash_usd_per_t - tape.three_month_usd_per_t)
    published = source.read([f"lme.{read.metal.value}.carry.tom_minus_next"], as_of).drop_nulls("value")
    if published.is_empty():
        return legs, False
    days = pl.DataFrame({"observed_on": tape.days.astype("datetime64[ms]")}).cast({"observed_on": pl.Date})
    joined = days.join(published.select("observed_on", "value"), on="observed_on", how="left", maintain_order="left")
    quoted = joined["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(quoted), quoted, legs), bool(np.isfinite(quoted[-1]))


def _rules(
    metal: Metal, tonnes: float, available: float, cash: float, day: date, lot_t: float, facts: Facts
) -> Iterator[RuleReading]:
    """Every lending rule in force that day, as known that day; a short holds nothing and is asked nothing."""
    for fact in facts.of(LendingRuleFact, "lme/lending/"):
        if not fact.has(day, day, IN_FORCE):
            continue
        span = fact.at(day, day, IN_FORCE)
        rule: LendingRule = span.value
        if metal.value not in rule.metals:
            continue
        floor = rule.stock_floor_lots.get(metal.value, 0) * lot_t
        duty = lending_duty(rule, max(tonnes, 0.0), available, cash, floor)
        yield RuleReading(fact.id, fact.title, rule.measure, duty, floor, span.status.value, fact.evidence(span))


def _day(as_of: date | datetime | None) -> date | None:
    return as_of.date() if isinstance(as_of, datetime) else as_of
