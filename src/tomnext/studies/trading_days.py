"""On which days an LME figure is an observation: not on a closed day, and no price on a halted one.

Terminals carry the last value through London holidays and through suspensions; such rows say nothing new and would
make a closed or halted market look calm (convention 8).
"""

from datetime import date

import polars as pl

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.halt import MarketHalt, MarketHaltFact
from tomnext.facts.load import Facts
from tomnext.market.prompts import LmeCalendar
from tomnext.vocabulary.metals import Metal


def open_days_only(readings: pl.DataFrame, calendar: LmeCalendar) -> pl.DataFrame:
    """The rows observed on days on which London was open (stocks are counted during a halt too)."""
    return readings.filter(pl.col("observed_on").dt.weekday() <= 5, ~pl.col("observed_on").is_in(list(calendar.london)))


def traded_only(readings: pl.DataFrame, metal: Metal, calendar: LmeCalendar, facts: Facts) -> pl.DataFrame:
    """The rows observed on days on which the metal could be traded."""
    return open_days_only(readings, calendar).filter(~pl.col("observed_on").is_in(sorted(halted_days(metal, facts))))


def halted_days(metal: Metal, facts: Facts, known_on: date | None = None) -> set[date]:
    """The days on which the LME had suspended the metal, as known on a day."""
    return {day for fact in _halts(metal, facts) for day in fact.days(known_on)}


def halt_on(metal: Metal, day: date, facts: Facts) -> tuple[MarketHaltFact, DatedValue[MarketHalt]] | None:
    """The suspension a day falls in, as known that day, with the fact that says so."""
    return next(((fact, fact.at(day, known_on=day)) for fact in _halts(metal, facts) if fact.has(day, day)), None)


def _halts(metal: Metal, facts: Facts) -> list[MarketHaltFact]:
    halts = facts.of(MarketHaltFact, "lme/halt/")
    return [fact for fact in halts if any(one.value.metal == metal.value for one in fact.spans)]
