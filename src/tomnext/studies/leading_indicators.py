"""Which series move before a metal's price or spread: what holds, what does not, what cannot be tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import numpy as np
import polars as pl

from tomnext.market.leads import Lead, rank_leads
from tomnext.observations.catalogue import catalogue, series_named
from tomnext.observations.reading import Observations
from tomnext.studies.sources import kind_of, open_source
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

TARGETS = ("comex.{metal}.price.front", "lme.{metal}.price.3m", "lbma.{metal}.price", "worldbank.{metal}.price")
SPREAD_LEGS = ("lme.{metal}.price.cash", "lme.{metal}.price.3m")
LEASE = "lease.{metal}.1m"
CANDIDATES = (
    "shfe.{metal}.stock", "sge.{metal}.stock", "comex.{metal}.stock.registered", "lme.{metal}.stock.on_warrant",
    "shfe.{metal}.price.main", "lease.{metal}.1m", "etf.{metal}.holdings.slv", "mysteel.{metal}.yangshan_premium",
    "cftc.{metal}.managed_money.long", "tsmc.revenue.yoy", "taiwan.electronics_exports.yoy", "volatility.vix",
    "carbon.eua", "pv.raw_material.turnover_days",
)  # fmt: skip
"""What the article and the trade name; the last has no series anywhere and is kept so that the table says so."""

NOWHERE = "pv.raw_material.turnover_days"
SEED = 20_260_105
DRAWS = 499
FEWEST_WEEKS = 104
LEVELS = ("pct", "index", "days")


class Of(StrEnum):
    """What is to be led: the price, or the spread (LME cash less three months; the one-month lease of a precious)."""

    PRICE = "price"
    SPREAD = "spread"


@dataclass(frozen=True)
class LeadTable:
    """The ranked candidates for one target, by week; ``kind`` is the nature of everything used together."""

    metal: Metal
    of: Of
    target: str
    as_of: date
    last_week: date
    leads: tuple[Lead, ...]
    kind: str


def leading_indicators(
    metal: Metal = Metal.SILVER,
    as_of: date | datetime | None = None,
    also: Sequence[str] = (),
    observations: Observations | None = None,
    of: Of = Of.PRICE,
) -> LeadTable:
    """Rank the article's leading indicators, and any series named in ``also``, for a metal's price or spread.

    Weekly moves, candidates dated by the week in which they were *available*; monthly series move in the week of their
    release. Raises ObservationMissing when the target has not been there for two years, InputRejected for a series
    that is not in the catalogue or is the target itself.
    """
    source = observations or open_source()
    held = set(source.series_ids())
    legs, weeks = _target(source, metal, of, held, as_of)
    if weeks is None or weeks.height < FEWEST_WEEKS:
        raise _missing(metal, of)
    names = _candidates(metal, also, legs)
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
    ranked = rank_leads(frame["target"].to_numpy(), arrays, np.random.default_rng(SEED), draws=DRAWS)
    tested = [one.name for one in ranked if one.standing != "not_testable"]
    used = source.read(legs + tested, as_of).drop_nulls("value")
    last = frame["week"][-1]
    day = as_of.date() if isinstance(as_of, datetime) else as_of or last
    kind = kind_of(used.unique("nature").iter_rows(named=True))
    return LeadTable(metal, of, " − ".join(legs), day, last, tuple(ranked), kind)


def _target(
    source: Observations, metal: Metal, of: Of, held: set[str], as_of: date | datetime | None
) -> tuple[list[str], pl.DataFrame | None]:
    """The series of what is to be led (two: the first less the second) and its weekly moves."""
    legs = [one.format(metal=metal) for one in SPREAD_LEGS]
    if of is Of.SPREAD and not metal.is_precious:
        return legs, _spread_moves(source, legs, as_of) if held >= set(legs) else None
    wanted = (LEASE,) if of is Of.SPREAD else TARGETS
    id = next((one for one in (name.format(metal=metal) for name in wanted) if one in held), None)
    return ([id], _weekly(source, id, as_of)) if id else ([], None)


def _candidates(metal: Metal, also: Sequence[str], legs: Sequence[str]) -> list[str]:
    for id in also:
        series_named(id)
        if id in legs:
            raise InputRejected(
                Text("A series cannot lead itself.", "序列不能領先自己。"),
                received=id,
                expected=Text("another series", "其他序列"),
            )
    usual = [one.format(metal=metal) for one in CANDIDATES]
    return list(dict.fromkeys(one for one in usual if (one in catalogue() or one == NOWHERE) and one not in legs)) + [
        one for one in dict.fromkeys(also) if one not in usual
    ]


def _spread_moves(source: Observations, legs: Sequence[str], as_of: date | datetime | None) -> pl.DataFrame:
    """Change from week to week of cash less three months, in points of percent of cash."""
    read = source.read(legs, as_of).filter(pl.col("value") > 0)
    columns = ("observed_on", "value", "available_at")
    cash, later = (read.filter(pl.col("series_id") == id).select(columns) for id in legs)
    both = cash.join(later, on="observed_on", suffix="_3m").sort("observed_on")
    level = both.select(
        pl.max_horizontal("available_at", "available_at_3m").alias("available_at"),
        (100.0 * (1.0 - pl.col("value_3m") / pl.col("value"))).alias("value"),
    )
    return _by_week(level, points=True)


def _weekly(source: Observations, id: str, as_of: date | datetime | None) -> pl.DataFrame | None:
    """Moves from week to week by the week in which the figure was out: percent, or points of a rate or an index."""
    read = source.read([id], as_of).filter(pl.col("value").is_finite())
    if read.height < 24:
        return None
    row = catalogue().get(id)
    points = row is not None and (row.unit in LEVELS or bool((read["value"] <= 0).any()))
    return _by_week(read, points)


def _by_week(read: pl.DataFrame, points: bool) -> pl.DataFrame:
    week = pl.col("available_at").dt.date().dt.truncate("1w") + pl.duration(days=4)
    last = read.sort("available_at").group_by(week.alias("week"), maintain_order=True).agg(pl.col("value").last())
    value = pl.col("value")
    move = value - value.shift() if points else 100.0 * (value / value.shift()).log()
    return last.select("week", move=move).filter(pl.col("move").is_finite())


def _missing(metal: Metal, of: Of) -> ObservationMissing:
    wanted = TARGETS if of is Of.PRICE else (LEASE,) if metal.is_precious else SPREAD_LEGS
    return ObservationMissing(
        Text("There are not two years of weeks of what is to be led.", "要被領先的序列不足兩年的週資料。"),
        received=f"{metal.value} {of.value}",
        expected=", ".join(one.format(metal=metal) for one in wanted),
        fix=Text("Import it with: tomnext import", "可用 tomnext import 匯入"),
    )
