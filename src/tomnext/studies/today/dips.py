"""Volatility and buying dips on the page: which metal moves most, and what waiting for dips did to a buyer's cost."""

import numpy as np
import polars as pl

from tomnext.market.dips import DipRule
from tomnext.studies.dips import SERIES, DipReading, dips
from tomnext.studies.sections import Cell, Chart, Column, Line, Number, Plot, Section, Sentence, Table, Tone
from tomnext.studies.today.asked import Asked, years_before
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal

SHOWN_YEARS = 2
TOPIC = "signals"


def dips_section(asked: Asked) -> Section:
    """The metals with real daily prices, the most volatile first, each with the record of the dip rule."""
    found = [one for one in _readings(asked) if _is_fresh(asked, one)]
    if not found:
        return Section("dips", (Sentence("missing"),), topic=TOPIC)
    evidence = tuple(history.evidence for one in found if (history := asked.history(one.series_id)) is not None)
    said, notes = (_volatile(found[0]), *_paid(found)), (Sentence("rule"), Sentence("caveat"))
    return Section("dips", said, _charts(asked, found[0]), (_table(found),), notes, evidence, TOPIC)


def _readings(asked: Asked) -> list[DipReading]:
    real = [metal for metal in Metal if _is_real(asked, metal)]
    try:
        return dips(real, as_of=asked.as_of, observations=asked.observations, facts=asked.facts)
    except ObservationMissing:
        return []


def _is_real(asked: Asked, metal: Metal) -> bool:
    held = next((id for id in (one.format(metal=metal) for one in SERIES) if id in asked.held), None)
    history = asked.history(held) if held else None
    return history is not None and history.nature is not Nature.SIMULATED


def _is_fresh(asked: Asked, one: DipReading) -> bool:
    history = asked.history(one.series_id)
    return one.kind != Nature.SIMULATED.value and history is not None and history.is_fresh(asked.as_of)


def _volatile(one: DipReading) -> Sentence:
    values: dict[str, Cell] = {
        "metal": one.metal.title,
        "volatility": Number(one.volatility_pct, "pct", 0),
        "low": Number(one.volatility_low_pct, "pct", 0),
        "high": Number(one.volatility_high_pct, "pct", 0),
    }
    return Sentence("volatile", values)


def _paid(found: list[DipReading]) -> list[Sentence]:
    """What the dip rule did over all metals with a record, and its best and worst middle."""
    records = [(one.record.median_pct, one) for one in found if one.record is not None]
    if not records:
        return []
    (low, best), (high, worst) = min(records, key=lambda pair: pair[0]), max(records, key=lambda pair: pair[0])
    values: dict[str, Cell] = {
        "cheaper": Number(sum(middle < 0 for middle, _ in records), "count"),
        "metals": Number(len(records), "count"),
        "best": best.metal.title,
        "low": Number(low, "pct", 1, signed=True),
        "worst": worst.metal.title,
        "high": Number(high, "pct", 1, signed=True),
    }
    return [Sentence("paid", values)]


def _table(found: list[DipReading]) -> Table:
    percents = ("volatility", "low", "high", "middle", "cheapest", "dearest")
    columns = (Column("metal"), *(Column(key, "pct") for key in percents), Column("cheaper", "share"))
    return Table("metals", (*columns, Column("starts", "count"), Column("years", "count")), tuple(map(_row, found)))


def _row(one: DipReading) -> tuple[Cell, ...]:
    kind, record = Nature(one.kind), one.record
    volatilities = (one.volatility_pct, one.volatility_low_pct, one.volatility_high_pct)
    costs = (record.median_pct, record.low_pct, record.high_pct) if record else (None, None, None)
    return (
        one.metal.title,
        *(Number(value, "pct", 1, nature=kind) for value in volatilities),
        *(Number(value, "pct", 1, signed=True, nature=kind, absent="too_short") for value in costs),
        Number(record.share_cheaper if record else None, "share", 0, nature=kind, absent="too_short"),
        Number(record.starts if record else None, "count", nature=kind, absent="too_short"),
        Number(record.independent if record else None, "count", 0, nature=kind, absent="too_short"),
    )


def _charts(asked: Asked, one: DipReading) -> tuple[Chart, ...]:
    """The most volatile metal's price and the price from which the rule buys: below the grey line is a dip."""
    history, rule = asked.history(one.series_id), DipRule()
    if history is None:
        return ()
    high = pl.Series(history.values).rolling_max(rule.look_back_days, min_samples=20).to_numpy()
    limit = np.where(np.isfinite(high), (1.0 - rule.dip_share) * high, np.nan)
    kept = [at for at, day in enumerate(history.days) if day >= years_before(asked.as_of, SHOWN_YEARS)]
    days = tuple(history.days[at] for at in kept)
    lines = (
        Line("limit", days, tuple(None if np.isnan(limit[at]) else float(limit[at]) for at in kept), history.nature,
             tone=Tone.QUIET),
        Line("price", days, tuple(float(history.values[at]) for at in kept), history.nature, label=one.metal.title),
    )  # fmt: skip
    return (Chart("price", (Plot("price", history.unit, lines),)),)
