"""What a long or short in an LME metal suffers: rolling, lending rules with their dated versions, borrowing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from tomnext.facts.kinds.lending import LendingRule, LendingRuleFact
from tomnext.facts.load import Facts, load_facts
from tomnext.market.position import LendingDuty, RollCost, borrow_cost_usd, lending_duty, roll_cost
from tomnext.market.tightness import Tape
from tomnext.observations.reading import Observations
from tomnext.studies.prompts import lme_contract
from tomnext.studies.sources import open_source
from tomnext.studies.tapes import TapeRead, lme_tapes
from tomnext.studies.trading_days import halt_on
from tomnext.vocabulary.clocks import IN_FORCE
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

THREE_MONTHS_DAYS = 91
WEEKDAYS_A_DAY = 7.0 / 5.0


@dataclass(frozen=True)
class RuleReading:
    """One dated rule applied to the position, with the stock it was measured against (t)."""

    rule_id: str
    title: Text
    measure: str
    duty: LendingDuty
    status: str
    evidence: Evidence


@dataclass(frozen=True)
class PositionReading:
    """What a position of ``tonnes`` (negative short) suffers, in USD; while ``is_halted`` nothing can be rolled."""

    metal: Metal
    as_of: date
    observed_on: date
    tonnes: float
    lots: float
    cash_usd_per_t: float
    near_premium_usd_per_t_day: float
    roll: RollCost
    worst_roll_on: date | None
    available_t: float | None
    rules: tuple[RuleReading, ...]
    borrow_usd: float | None
    is_halted: bool
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
) -> PositionReading:
    """What a position suffers, nothing later than ``as_of`` seen: ``days`` trading days of rolling, rules, borrowing.

    A day's near premium is the published tom-next when the source holds it, else cash–3M spread over 91 days. Raises
    ObservationMissing without prices of the metal, InputRejected for a position or a span of nothing.
    """
    if tonnes == 0 or days < 1:
        raise InputRejected(
            Text("A position has tonnes and a number of days.", "部位需要公噸數與天數。"),
            received=f"{tonnes} t, {days} d",
        )
    source, facts = observations or open_source(), facts or load_facts()
    read = lme_tapes(source, as_of, [metal], facts).get(metal)
    if read is None:
        raise ObservationMissing(
            Text(
                "There are no LME cash and three-month prices of this metal.", "沒有這種金屬的 LME 現貨與三月期價格。"
            ),
            received=metal.value,
        )
    tape, day = read.tape, _day(as_of) or read.tape.days[-1].item()
    premium = _near_premium(source, read, as_of)
    roll = roll_cost(tonnes, premium, days, WEEKDAYS_A_DAY)
    available = next((float(t) for t in (tape.on_warrant_t[-1], tape.closing_stock_t[-1]) if np.isfinite(t)), None)
    cash = float(tape.cash_usd_per_t[-1])
    contract = lme_contract(metal, day, facts).value
    return PositionReading(
        metal=metal,
        as_of=day,
        observed_on=tape.days[-1].item(),
        tonnes=tonnes,
        lots=tonnes / contract.lot_t,
        cash_usd_per_t=cash,
        near_premium_usd_per_t_day=float(premium[np.isfinite(premium)][-1]),
        roll=roll,
        worst_roll_on=None if roll.worst_at is None else tape.days[roll.worst_at].item(),
        available_t=available,
        rules=tuple(_rules(metal, tonnes, available, cash, day, contract.lot_t, facts)) if available else (),
        borrow_usd=lease_rate_pct and borrow_cost_usd(tonnes, cash, lease_rate_pct, round(days * WEEKDAYS_A_DAY)),
        is_halted=halt_on(metal, day, facts) is not None,
        kind=read.kind,
        evidence=read.evidence,
    )


def _near_premium(
    source: Observations, read: TapeRead, as_of: date | datetime | None
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Near less far a calendar day, USD/t, on each day of the tape."""
    tape: Tape = read.tape
    legs = (tape.cash_usd_per_t - tape.three_month_usd_per_t) / THREE_MONTHS_DAYS
    published = source.read([f"lme.{read.metal.value}.carry.tom_minus_next"], as_of).drop_nulls("value")
    if published.is_empty():
        return legs
    days = pl.DataFrame({"observed_on": tape.days.astype("datetime64[ms]")}).cast({"observed_on": pl.Date})
    joined = days.join(published.select("observed_on", "value"), on="observed_on", how="left")["value"]
    quoted = joined.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(quoted), quoted, legs)


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
        yield RuleReading(fact.id, fact.title, rule.measure, duty, span.status.value, fact.evidence(span))


def _day(as_of: date | datetime | None) -> date | None:
    return as_of.date() if isinstance(as_of, datetime) else as_of
