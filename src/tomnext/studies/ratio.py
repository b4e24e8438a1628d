"""How many units of one metal another buys today, and how unusual that is in the same series."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from tomnext.facts.kinds.ratio import RatioExtreme
from tomnext.facts.load import Facts, load_facts
from tomnext.market.ratio import price_ratio, share_below, standing
from tomnext.observations.catalogue import catalogue
from tomnext.observations.reading import Observations, wide
from tomnext.studies.prompts import lme_calendar
from tomnext.studies.sources import kind_of, observed, open_source
from tomnext.studies.trading_days import traded_only
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import price_factor
from tomnext.vocabulary.words import Text

BASES = {
    "lbma": "lbma.{metal}.price",
    "comex": "comex.{metal}.price.front",
    "lme": "lme.{metal}.price.cash",
    "worldbank": "worldbank.{metal}.price",
    "imf": "imf.{metal}.price",
}
"""Places that price several metals in one unit at one time, the preferred first."""


@dataclass(frozen=True)
class RatioReading:
    """A ratio as of a day, by mass: how much of the second metal one of the first buys, with its own history beside it.

    ``basis`` names the place both prices come from, ``series_kind`` their nature. ``path`` holds ``observed_on`` and
    ``ratio``; ``percentile`` is 0–100 in it.
    """

    numerator: Metal
    denominator: Metal
    as_of: date
    observed_on: date
    basis: str
    frequency: str
    series_kind: str
    value: float
    percentile: float | None
    mean: float
    median: float
    low: tuple[date, float]
    high: tuple[date, float]
    path: pl.DataFrame
    published: tuple[RatioExtreme, ...]
    evidence: tuple[Evidence, ...]

    def share_below(self, level: float) -> float:
        """The share (0–1) of its history on which the ratio was below a level."""
        return share_below(self.path["ratio"].to_numpy(), level)


def ratio_reading(
    numerator: Metal,
    denominator: Metal,
    as_of: date | datetime | None = None,
    basis: str | None = None,
    observations: Observations | None = None,
    facts: Facts | None = None,
) -> RatioReading:
    """The ratio of two metals' prices of the same place and day, with nothing later than ``as_of`` seen.

    Without a ``basis`` the first of LBMA, COMEX, LME, World Bank, IMF that holds both metals answers, real prices
    before simulated ones. Raises ObservationMissing when none does, InputRejected for an unknown basis or one metal
    named twice.
    """
    if numerator is denominator:
        raise InputRejected(
            Text("A ratio needs two different metals.", "比值需要兩種不同的金屬。"),
            received=f"{numerator} / {denominator}",
            expected="gold silver",
        )
    observations, facts = observations or open_source(), facts or load_facts()
    place, readings = _same_place(numerator, denominator, as_of, basis, observations, facts)
    above, below = (BASES[place].format(metal=metal) for metal in (numerator, denominator))
    into_unit_below = price_factor(catalogue()[above].unit, catalogue()[below].unit)
    prices = wide(readings).drop_nulls().cast({above: pl.Float64, below: pl.Float64})
    ratios = price_ratio(prices[above].to_numpy() * into_unit_below, prices[below].to_numpy())
    path = prices.select("observed_on", pl.Series("ratio", ratios)).filter(pl.col("ratio").is_not_nan())
    now = standing(path["ratio"].to_numpy())
    if now is None:
        raise _missing(numerator, denominator, as_of, observations)
    days = path["observed_on"]
    last = readings.filter(pl.col("observed_on") == days[-1]).to_dicts()
    day = days[-1] if as_of is None else as_of.date() if isinstance(as_of, datetime) else as_of
    return RatioReading(
        numerator=numerator,
        denominator=denominator,
        as_of=day,
        observed_on=days[-1],
        basis=place,
        frequency=catalogue()[above].frequency,
        series_kind=kind_of(last),
        value=now.value,
        percentile=now.percentile,
        mean=now.mean,
        median=now.median,
        low=(days[now.low_at], path["ratio"][now.low_at]),
        high=(days[now.high_at], path["ratio"][now.high_at]),
        path=path,
        published=_published(numerator, denominator, day, facts),
        evidence=tuple(observed(row, catalogue()[row["series_id"]].unit) for row in last),
    )


def _same_place(
    numerator: Metal,
    denominator: Metal,
    as_of: date | datetime | None,
    basis: str | None,
    observations: Observations,
    facts: Facts,
) -> tuple[str, pl.DataFrame]:
    """The place that answers and its readings of both metals, on days both could be traded."""
    if basis is not None and basis not in BASES:
        raise InputRejected(
            Text("This is not a place that prices several metals.", "這不是同時報價多種金屬的來源。"),
            received=basis,
            expected=", ".join(BASES),
        )
    found = {}
    for place in BASES if basis is None else (basis,):
        ids = {BASES[place].format(metal=metal) for metal in (numerator, denominator)}
        read = observations.read(sorted(ids), as_of).drop_nulls("value")
        if place == "lme":
            for metal in (numerator, denominator):
                read = traded_only(read, metal, lme_calendar(facts), facts)
        if set(read["series_id"].unique()) == ids:
            found[place] = read
    real = {place: read for place, read in found.items() if Nature.SIMULATED not in read["nature"].unique()}
    if not found:
        raise _missing(numerator, denominator, as_of, observations)
    return next(iter((real or found).items()))


def _published(numerator: Metal, denominator: Metal, on: date, facts: Facts) -> tuple[RatioExtreme, ...]:
    """What others had printed about the ratio by a day."""
    if (numerator, denominator) != (Metal.GOLD, Metal.SILVER):
        return ()
    return tuple(row for row in facts.table("ratio/gold_silver_extremes", RatioExtreme) if row.last_day <= on)


def _missing(
    numerator: Metal, denominator: Metal, as_of: date | datetime | None, observations: Observations
) -> ObservationMissing:
    return ObservationMissing(
        Text("No place prices both metals in one unit here.", "沒有同一來源同時報價這兩種金屬。"),
        received=f"{numerator} / {denominator}" + (f", as of {as_of}" if as_of else ""),
        nearest=sorted({id.split(".")[1] for id in observations.series_ids() if ".price" in id}),
        fix=Text("Import both with: tomnext import", "可用 tomnext import 匯入兩者"),
    )
