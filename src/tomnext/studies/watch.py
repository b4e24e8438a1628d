"""Alert rules over a store: each says whether it fired, what was found, and what could not be known.

What cannot be known (no data, stale, halted) fires too: silence must never look like calm (convention 8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from tomnext.facts.load import Facts, load_facts
from tomnext.market.tightness import HALT_WEEKDAYS, UNJUDGED_DAYS, fresh_days, resumed_on
from tomnext.observations.catalogue import series_named
from tomnext.observations.reading import Observations
from tomnext.studies.sources import open_source
from tomnext.studies.squeeze_watch import SqueezeReading, squeeze_watch
from tomnext.studies.tapes import TapeRead, lme_tapes
from tomnext.studies.today.asked import FRESH_DAYS
from tomnext.studies.trading_days import halt_on
from tomnext.studies.watch_rules import Rule
from tomnext.vocabulary.errors import TomnextError
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text


@dataclass(frozen=True)
class Watched:
    """What a rule found: ``status`` is fired, quiet or not_known (which fires too)."""

    name: str
    kind: str
    status: str
    value: float | None
    above: float | None
    below: float | None
    observed_on: date | None
    why: Text

    @property
    def fired(self) -> bool:
        """Whether somebody should look."""
        return self.status != "quiet"


def watch(
    rules: Sequence[Rule],
    as_of: date | datetime | None = None,
    observations: Observations | None = None,
    facts: Facts | None = None,
) -> list[Watched]:
    """Every rule evaluated with nothing later than ``as_of`` seen (default: the newest day of any LME price held)."""
    source, facts = observations or open_source(), facts or load_facts()
    tapes = lme_tapes(source, as_of, facts=facts)
    newest = max((read.tape.days[-1].item() for read in tapes.values()), default=None)
    day = as_of.date() if isinstance(as_of, datetime) else as_of or newest
    chances: dict[Metal, SqueezeReading] = {}
    if any(rule.kind == "probability" for rule in rules):
        chances = {one.metal: one for one in _chances(source, as_of, facts)}
    return [_evaluated(rule, day, tapes, chances, source, as_of, facts) for rule in rules]


def _chances(source: Observations, as_of: date | datetime | None, facts: Facts) -> list[SqueezeReading]:
    try:
        return squeeze_watch(source, None, as_of, facts)
    except TomnextError:
        return []


def _evaluated(
    rule: Rule,
    day: date | None,
    tapes: Mapping[Metal, TapeRead],
    chances: Mapping[Metal, SqueezeReading],
    source: Observations,
    as_of: date | datetime | None,
    facts: Facts,
) -> Watched:
    if rule.series is not None:
        found = _of_series(rule, day, source, as_of)
    elif rule.metal is None or rule.metal not in tapes or day is None:
        found = None, None, _NO_DATA
    elif halt_on(rule.metal, day, facts):
        found = None, None, _HALTED
    elif rule.kind == "probability":
        found = _of_chance(rule, chances)
    else:
        found = _of_tape(rule, day, tapes[rule.metal])
    value, on, unknown = found
    if value is None or not np.isfinite(value):
        return Watched(rule.name, rule.kind, "not_known", None, rule.above, rule.below, on, unknown)
    fired = (rule.above is not None and value > rule.above) or (rule.below is not None and value < rule.below)
    status = "fired" if fired else "quiet"
    return Watched(rule.name, rule.kind, status, float(value), rule.above, rule.below, on, _FIRED if fired else _QUIET)


Found = tuple[float | None, date | None, Text]


def _of_series(rule: Rule, day: date | None, source: Observations, as_of: date | datetime | None) -> Found:
    read = source.read([str(rule.series)], as_of).drop_nulls("value").sort("observed_on")
    if read.is_empty():
        return None, None, _NO_DATA
    last = read.row(-1, named=True)
    today = day or last["observed_on"]
    if rule.kind == "value":
        row = series_named(str(rule.series))
        is_old = (today - last["observed_on"]).days > FRESH_DAYS.get(row.frequency, FRESH_DAYS["daily"])
        return None if is_old else last["value"], last["observed_on"], _OLD.format(on=last["observed_on"], day=today)
    return float(np.busday_count(last["observed_on"], today)), last["observed_on"], _NO_DATA


def _of_chance(rule: Rule, chances: Mapping[Metal, SqueezeReading]) -> Found:
    one = chances.get(rule.metal) if rule.metal else None
    if one is None:
        return None, None, _NO_DATA
    if one.is_unjudged:
        return None, one.observed_on, one.lead_reading
    if one.status == "in_event":
        return 1.0, one.observed_on, _NO_DATA
    return one.horizons[rule.horizon].probability, one.observed_on, one.lead_reading


def _of_tape(rule: Rule, day: date, read: TapeRead) -> Found:
    tape = read.tape
    on, fresh = tape.days[-1].item(), tape.days[fresh_days(tape)]
    if fresh.size == 0 or np.busday_count(fresh[-1], np.datetime64(day, "D")) > HALT_WEEKDAYS:
        return None, on, _STALE.format(on=on, day=day)
    if rule.kind == "spread" and (resumed := resumed_on(fresh, UNJUDGED_DAYS)) is not None:
        return None, on, _RESUMED.format(day=resumed)
    closing, warrant = tape.closing_stock_t, tape.on_warrant_t
    if rule.kind == "spread":
        return float(tape.cash_minus_three_month_pct[-1]), on, _NO_DATA
    if rule.kind == "cancelled_share":
        return float(1.0 - warrant[-1] / closing[-1]) if closing[-1] > 0 else None, on, _NO_DATA
    if rule.kind == "composition":
        change = pl.Series(closing).pct_change().abs()
        return change[-1], on, _NO_DATA
    return float({"on_warrant": warrant, "total": closing}[rule.figure][-1]), on, _NO_DATA


_FIRED = Text("the limit is passed", "已超過門檻")
_QUIET = Text("within the limit", "在門檻之內")
_NO_DATA = Text("there is no figure to judge by", "沒有可供判斷的數字")
_STALE = Text("the newest price is of {on}, too old to judge {day} by", "最新價格為 {on}，太舊而無法判斷 {day}")
_RESUMED = Text(
    "prices resumed on {day} after a halt or a gap and may stand at daily limits: not known is not calm",
    "價格在暫停或中斷後於 {day} 恢復，可能停在每日漲跌限制：未知不等於平靜",
)
_OLD = Text("the newest figure is of {on}, too old to judge {day} by", "最新數字為 {on}，太舊而無法判斷 {day}")
_HALTED = Text("the market is halted: not known is not calm", "市場暫停交易：未知不等於平靜")
