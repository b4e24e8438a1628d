"""Which series move before a metal's price: a ranked table of what holds, what does not, what cannot be tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from tomnext.market.leads import Lead, rank_leads
from tomnext.observations.catalogue import catalogue, series_named
from tomnext.observations.reading import Observations
from tomnext.studies.sources import kind_of, open_source
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

TARGETS = ("comex.{metal}.price.front", "lme.{metal}.price.3m", "lbma.{metal}.price", "worldbank.{metal}.price")
CANDIDATES = (
    "shfe.{metal}.stock", "sge.{metal}.stock", "comex.{metal}.stock.registered", "lme.{metal}.stock.on_warrant",
    "shfe.{metal}.price.main", "lease.{metal}.1m", "etf.{metal}.holdings.slv", "mysteel.{metal}.yangshan_premium",
    "cftc.{metal}.managed_money.long", "tsmc.revenue.yoy", "taiwan.electronics_exports.yoy", "volatility.vix",
    "carbon.eua", "pv.raw_material.turnover_days",
)  # fmt: skip
"""What the article and the trade name; the last has no series anywhere and is kept so that the table says so."""

NOWHERE = "pv.raw_material.turnover_days"
SEED = 20_260_105
LEVELS = ("pct", "index", "days")


@dataclass(frozen=True)
class LeadTable:
    """The ranked candidates for one target, by month or week; ``frequency`` is that of the slowest comparison used."""

    metal: Metal
    target: str
    as_of: date
    leads: tuple[Lead, ...]
    kind: str


def leading_indicators(
    metal: Metal = Metal.SILVER,
    as_of: date | datetime | None = None,
    also: Sequence[str] = (),
    observations: Observations | None = None,
) -> LeadTable:
    """Rank the article's leading indicators, and any series named in ``also``, for a metal's price.

    Weekly moves, candidates dated by the week in which they were *available*; monthly series move in the week of their
    release. Raises ObservationMissing when the metal has no price for two years.
    """
    source = observations or open_source()
    held = set(source.series_ids())
    target = next((id for id in (one.format(metal=metal) for one in TARGETS) if id in held), None)
    weeks = _weekly(source, target, as_of) if target else None
    if target is None or weeks is None or weeks.height < 104:
        raise ObservationMissing(
            Text("This metal has no price for two years of weeks.", "這種金屬沒有兩年以上的週價格。"),
            received=metal.value,
        )
    for id in also:
        series_named(id)
    named = [one.format(metal=metal) for one in CANDIDATES]
    names = [one for one in named if one in catalogue() or one == NOWHERE] + list(also)
    frame = weeks.rename({"move": "target"})
    for name in names:
        moves = _weekly(source, name, as_of) if name in held else None
        column = pl.lit(None, pl.Float64).alias(name)
        frame = (
            frame.with_columns(column)
            if moves is None
            else frame.join(moves.rename({"move": name}), on="week", how="left", maintain_order="left")
        )
    arrays = [(name, frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()) for name in names]
    ranked = rank_leads(frame["target"].to_numpy(), arrays, np.random.default_rng(SEED), draws=199)
    used = source.read([target], as_of).drop_nulls("value")
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    kind = kind_of(used.unique("nature").iter_rows(named=True))
    return LeadTable(metal, target, day or used["observed_on"].max(), tuple(ranked), kind)  # type: ignore[arg-type]


def _weekly(source: Observations, id: str, as_of: date | datetime | None) -> pl.DataFrame | None:
    """Moves from week to week by the week in which the figure was out: percent, or points of a rate or an index."""
    read = source.read([id], as_of).drop_nulls("value")
    if read.height < 24:
        return None
    week = pl.col("available_at").dt.date().dt.truncate("1w") + pl.duration(days=4)
    last = read.sort("available_at").group_by(week.alias("week"), maintain_order=True).agg(pl.col("value").last())
    value = pl.col("value")
    row = catalogue().get(id)
    points = row is not None and (row.unit in LEVELS or bool((last["value"] <= 0).any()))
    move = value - value.shift() if points else 100.0 * (value / value.shift()).log()
    return last.select("week", move=move).filter(pl.col("move").is_finite())
