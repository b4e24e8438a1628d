"""How much of a metal the exchanges hold, how much of it can still be taken, and how long it would last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, cast

import numpy as np
import polars as pl

from tomnext.facts.kinds.balance import CopperBalanceRow, SilverBalanceRow, Standing, WorldUsageRow
from tomnext.facts.kinds.metal import MetalForm
from tomnext.facts.kinds.warehouse import DeliveryPoint
from tomnext.facts.load import Facts, load_facts
from tomnext.market.percentile import percentile_rank
from tomnext.market.stocks import (
    Fitness,
    Holding,
    WarrantStock,
    days_of_cover,
    identity_gaps_t,
    usable_t,
    warrant_stock,
)
from tomnext.observations.catalogue import series_named
from tomnext.observations.reading import Observations, wide
from tomnext.studies.prompts import lme_calendar
from tomnext.studies.sources import kind_of, observed, open_source
from tomnext.studies.trading_days import open_days_only
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import mass_factor
from tomnext.vocabulary.words import Text

ROUNDING_T = 0.5
"""A total may differ from its parts by half a tonne without breaking the identity."""

VENUES = {
    "COMEX": ("comex.{metal}.stock.total", "comex.{metal}.stock.registered"),
    "SHFE": ("shfe.{metal}.stock", None),
    "SGE": ("sge.{metal}.stock", None),
    "LBMA": ("lbma.{metal}.vault", None),
}
"""Headline and available series of the venues besides the LME; registered is what has a warrant."""


@dataclass(frozen=True)
class LmeStock:
    """LME stock of the last report, how unusual it is, and how well the reports add up."""

    stock: WarrantStock
    observed_on: date
    on_warrant_change_t: float | None
    on_warrant_percentile: float | None
    cancelled_share_percentile: float | None
    history_days: int
    identity_breaks: int
    largest_identity_gap_t: float


@dataclass(frozen=True)
class VenueStock:
    """One venue's latest stock in tonnes: everything reported, and the part that can be taken (empty if not told)."""

    venue: str
    observed_on: date
    headline_t: float
    available_t: float | None
    kind: str

    @property
    def available_share(self) -> float | None:
        """What can be taken as a share (0–1) of everything reported."""
        return self.available_t / self.headline_t if self.available_t is not None and self.headline_t else None


@dataclass(frozen=True)
class Usage:
    """The world usage behind days of cover: tonnes a year, of which year, and whether assumed.

    ``counted`` is ``refined_usage``, ``primary_usage``, ``primary_production`` (stands in for usage) or
    ``total_demand``.
    """

    t_per_year: float
    year: int
    counted: str
    is_assumed: bool


@dataclass(frozen=True)
class StockReading:
    """A metal's stocks as of a day. Days of cover are of world usage; ``usable_t`` is per needed form.

    ``locations`` are LME delivery points by id, ``places`` the names of all of them.
    """

    metal: Metal
    as_of: date
    observed_on: date
    kind: str
    lme: LmeStock | None
    venues: tuple[VenueStock, ...]
    locations: Mapping[str, WarrantStock]
    places: Mapping[str, Text]
    usage: Usage | None
    form: MetalForm | None
    usable_t: Mapping[Fitness, float]
    evidence: tuple[Evidence, ...]

    @property
    def days_of_cover(self) -> float | None:
        """Closing LME stock (else every venue's headline) in days of world usage."""
        stock = self.lme.stock.closing_stock_t if self.lme else self.headline_t
        return days_of_cover(stock, self.usage.t_per_year) if self.usage and stock is not None else None

    @property
    def days_of_cover_on_warrant(self) -> float | None:
        """On-warrant LME stock in days of world usage."""
        return days_of_cover(self.lme.stock.on_warrant_t, self.usage.t_per_year) if self.usage and self.lme else None

    @property
    def headline_t(self) -> float | None:
        """Everything the venues report, in tonnes; nothing when none reports a total."""
        return sum(one.headline_t for one in self.venues) if self.venues else None

    @property
    def available_t(self) -> float | None:
        """What can be taken at the venues that say so, in tonnes; nothing when none does."""
        told = [one.available_t for one in self.venues if one.available_t is not None]
        return sum(told) if told else None


def stock_reading(
    metal: Metal,
    as_of: date | datetime | None = None,
    form: str | None = None,
    observations: Observations | None = None,
    facts: Facts | None = None,
) -> StockReading:
    """A metal's exchange stocks with nothing later than ``as_of`` seen; ``form`` asks what is fit for that form.

    Rows carried through London holidays are not reports. Raises ObservationMissing when no venue reported by then,
    InputRejected for a form the metal does not have.
    """
    observations, facts = observations or open_source(), facts or load_facts()
    needed = _form(metal, form, facts)
    readings = _readings(metal, as_of, observations, facts)
    latest = readings.sort("observed_on").group_by("series_id", maintain_order=True).last()
    rows = {row["series_id"]: row for row in latest.to_dicts()}
    lme = _lme(metal, readings)
    venues = _venues(metal, rows, lme)
    last_day = cast(date, latest["observed_on"].max())
    day = last_day if as_of is None else as_of.date() if isinstance(as_of, datetime) else as_of
    usage, counted = _usage(metal, day, facts)
    return StockReading(
        metal=metal,
        as_of=day,
        observed_on=last_day,
        kind=kind_of(rows.values()),
        lme=lme,
        venues=venues,
        locations=_locations(rows),
        places={one.location: one.title for one in facts.table("lme/warehouse/locations", DeliveryPoint)},
        usage=usage,
        form=needed,
        usable_t=_usable(venues, needed, facts) if needed else {},
        evidence=(*(observed(row, _unit(id)) for id, row in rows.items()), *counted),
    )


def _readings(metal: Metal, as_of: date | datetime | None, observations: Observations, facts: Facts) -> pl.DataFrame:
    """Every stock series of the metal, each value in tonnes beside its own unit; LME rows of closed days dropped."""
    stem, others = f"lme.{metal}.stock.", {id.format(metal=metal) for pair in VENUES.values() for id in pair if id}
    held = [id for id in observations.series_ids() if id.startswith(stem) or id in others]
    read = observations.read(held, as_of).drop_nulls("value")
    if read.is_empty():
        raise ObservationMissing(
            Text("No stock of this metal was reported.", "當時沒有這種金屬的庫存資料。"),
            received=f"{metal.value}" + (f", as of {as_of}" if as_of else ""),
            nearest=sorted({id.split(".")[1] for id in observations.series_ids() if ".stock" in id}),
            fix=Text("Import its history with: tomnext import", "可用 tomnext import 匯入歷史資料"),
        )
    is_lme = pl.col("series_id").str.starts_with("lme.")
    kept = pl.concat([open_days_only(read.filter(is_lme), lme_calendar(facts)), read.filter(~is_lme)])
    tonnes = {id: mass_factor(_unit(id), "t") for id in held}
    return kept.with_columns(t=pl.col("value") * pl.col("series_id").replace_strict(tonnes, return_dtype=pl.Float64))


def _lme(metal: Metal, readings: pl.DataFrame) -> LmeStock | None:
    """The last LME report: the last day on which two of total, on-warrant and cancelled are there."""
    parts = {f"lme.{metal}.stock.{part}": part for part in ("total", "on_warrant", "cancelled")}
    own = readings.filter(pl.col("series_id").is_in(list(parts))).drop("value").rename({"t": "value"})
    by_day = wide(own).rename(parts, strict=False)
    by_day = by_day.with_columns(pl.lit(None, pl.Float64).alias(part) for part in parts.values() if part not in by_day)
    by_day = by_day.filter(pl.sum_horizontal(pl.col(*parts.values()).is_not_null()) >= 2)
    if by_day.is_empty():
        return None
    total, on_warrant, cancelled = (by_day[part].to_numpy().astype(float) for part in parts.values())
    gaps = identity_gaps_t(total, on_warrant, cancelled)
    on_warrant = np.where(np.isnan(on_warrant), total - cancelled, on_warrant)
    cancelled = np.where(np.isnan(cancelled), total - on_warrant, cancelled)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = cancelled / (on_warrant + cancelled)
    last = by_day.row(-1, named=True)
    stock = warrant_stock(last["on_warrant"], last["cancelled"], last["total"])
    return LmeStock(
        stock=cast(WarrantStock, stock),
        observed_on=last["observed_on"],
        on_warrant_change_t=float(on_warrant[-1] - on_warrant[-2]) if on_warrant.size > 1 else None,
        on_warrant_percentile=percentile_rank(on_warrant, float(on_warrant[-1])),
        cancelled_share_percentile=percentile_rank(shares, float(shares[-1])),
        history_days=by_day.height,
        identity_breaks=int(np.count_nonzero(np.abs(gaps) > ROUNDING_T)),
        largest_identity_gap_t=float(np.nanmax(np.abs(gaps), initial=0.0)),
    )


def _venues(metal: Metal, rows: Mapping[str, dict[str, Any]], lme: LmeStock | None) -> tuple[VenueStock, ...]:
    """The last figure of each venue that reports the metal, the LME first."""
    venues = []
    if lme:
        kind = kind_of(row for id, row in rows.items() if id.startswith("lme."))
        stock = lme.stock
        venues.append(VenueStock("LME", lme.observed_on, stock.closing_stock_t, stock.on_warrant_t, kind))
    elif row := rows.get(f"lme.{metal}.stock.total"):
        venues.append(VenueStock("LME", row["observed_on"], row["t"], None, kind_of([row])))
    for venue, (headline, available) in VENUES.items():
        row = rows.get(headline.format(metal=metal))
        if row is None:
            continue
        free = rows.get(available.format(metal=metal)) if available else None
        if venue == "SHFE" and metal.is_precious:
            free = row
        available_t = free["t"] if free else None
        venues.append(VenueStock(venue, row["observed_on"], row["t"], available_t, kind_of([row])))
    return tuple(venues)


def _locations(rows: Mapping[str, dict[str, Any]]) -> dict[str, WarrantStock]:
    """LME stock by location, where ``lme.<metal>.stock.<part>.<location>`` series are held."""
    found: dict[str, dict[str, float]] = {}
    for id, row in rows.items():
        pieces = id.split(".")
        if len(pieces) == 5:
            found.setdefault(pieces[4], {})[pieces[3]] = row["t"]
    stocks = {
        place: warrant_stock(parts.get("on_warrant"), parts.get("cancelled"), parts.get("total"))
        for place, parts in sorted(found.items())
    }
    return {place: stock for place, stock in stocks.items() if stock}


def _usage(metal: Metal, on: date, facts: Facts) -> tuple[Usage | None, tuple[Evidence, ...]]:
    """The world usage of the last complete year that had been published by a day (forecasts do not count)."""
    known = [one for one in _usages(metal, facts) if one[0].published_on <= on and one[1] < on.year]
    if not known:
        return None, ()
    row, year, t_per_year, counted, id = max(known, key=lambda one: (one[1], one[0].published_on))
    note = Evidence(
        id=id,
        value=t_per_year,
        unit="t_per_year",
        nature=Nature.ASSUMED if row.is_assumed else Nature.MEASURED,
        source=row.source,
        valid_from=date(year, 1, 1),
        valid_to=date(year, 12, 31),
        known_at=row.published_on,
        confidence=row.confidence.value,
    )
    return Usage(t_per_year, year, counted, row.is_assumed), (note,)


_Counted = tuple[SilverBalanceRow | CopperBalanceRow | WorldUsageRow, int, float, str, str]


def _usages(metal: Metal, facts: Facts) -> list[_Counted]:
    """Each published figure as row, year, tonnes a year, what was counted, and the fact that holds it."""
    rows: list[_Counted] = [
        (row, row.year, row.usage_kt * mass_factor("kt", "t"), row.counted, "balance/world_usage")
        for row in facts.table("balance/world_usage", WorldUsageRow)
        if row.metal is metal
    ]
    if metal is Metal.COPPER:
        rows += [
            (row, row.year, row.refined_usage_kt * mass_factor("kt", "t"), "refined_usage", "balance/copper")
            for row in facts.table("balance/copper", CopperBalanceRow)
            if row.refined_usage_kt is not None and row.standing is not Standing.FORECAST
        ]
    if metal is Metal.SILVER:
        rows += [
            (row, row.year, row.total_demand_moz * mass_factor("moz", "t"), "total_demand", "balance/silver")
            for row in facts.table("balance/silver", SilverBalanceRow)
            if row.total_demand_moz is not None and row.standing is Standing.ACTUAL
        ]
    return rows


def _form(metal: Metal, name: str | None, facts: Facts) -> MetalForm | None:
    if name is None:
        return None
    forms = {one.form: one for one in facts.table("metals/forms", MetalForm) if one.metal is metal}
    if name not in forms:
        raise InputRejected(
            Text("This metal has no form of that name.", "這種金屬沒有這個型態。"),
            received=name,
            expected=", ".join(forms),
            nearest=get_close_matches(name, forms, n=2),
        )
    return forms[name]


def _usable(venues: tuple[VenueStock, ...], needed: MetalForm, facts: Facts) -> dict[Fitness, float]:
    """What can be taken, by what must be done to it; what a venue does not say to be free counts as not known."""
    forms = facts.table("metals/forms", MetalForm)
    told = [Holding(one.venue, one.available_t) for one in venues if one.available_t is not None]
    sums = usable_t(told, needed, forms)
    sums[Fitness.NOT_KNOWN] += sum(one.headline_t for one in venues if one.available_t is None)
    return sums


def _unit(series_id: str) -> str:
    return series_named(series_id).unit
