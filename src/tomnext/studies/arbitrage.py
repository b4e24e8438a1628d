"""What a metal costs in New York, London and Shanghai, what moving it would leave, and what that says of a duty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from tomnext.facts.kinds.history import VenueGap
from tomnext.facts.load import Facts, load_facts
from tomnext.market.arbitrage import (
    Gap,
    MoveCosts,
    ParityGap,
    booked_as_certain,
    implied_probability,
    import_parity_cny_per_t,
    parity_gap,
    usd_per_t,
    venue_gap,
)
from tomnext.observations.catalogue import catalogue
from tomnext.observations.reading import Observations
from tomnext.studies.sources import kind_of, observed, open_source
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import mass_factor
from tomnext.vocabulary.words import Text

NEW_YORK = {Metal.COPPER: "comex.copper.price.front", Metal.SILVER: "comex.silver.price.front"}
LONDON = {Metal.COPPER: "lme.copper.price.3m", Metal.SILVER: "lbma.silver.price"}
SHANGHAI = {Metal.COPPER: "shfe.copper.price.main", Metal.SILVER: "shfe.silver.price.main"}
YANGSHAN, FX, MONEY = "mysteel.copper.yangshan_premium", "fx.usdcny", "rates.us.fed_funds"
STOCKS = {
    Metal.COPPER: ("lme.copper.stock.total", "comex.copper.stock.total", "shfe.copper.stock"),
    Metal.SILVER: ("lbma.silver.vault", "comex.silver.stock.total", "shfe.silver.stock", "sge.silver.stock"),
}
COSTS = {
    Metal.COPPER: MoveCosts(95.0, 45.0, 45.0, 4.5, 0.0, 0.015),
    Metal.SILVER: MoveCosts(4_000.0, 1_500.0, 7.0, 4.5, 0.0, 0.003),
}
"""Assumption G7: sea freight of cathode (air freight of bars), handling at both ends, days, money, duty, logistics."""

VAT_SHARE = 0.13
OZ_PER_T = mass_factor("t", "oz")
SHIPPING_PREMIUM_USD_PER_T = {Metal.COPPER: 60.0, Metal.SILVER: -0.2 * OZ_PER_T}
TALKED_OF = "expectation/us_refined_copper_tariff"
FRESH = timedelta(days=7)
MIGRATION = timedelta(days=91)


@dataclass(frozen=True)
class Booked:
    """One dated press premium: booked as certain that day, found on 1 August 2025, lost on a thousand tonnes (USD)."""

    quoted_on: date
    booked_usd_per_t: float
    implied_probability: float | None
    found_usd_per_t: float | None
    lost_usd_per_1000_t: float | None
    event: str | None
    source: str


@dataclass(frozen=True)
class Arbitrage:
    """The gaps of one metal on a day. ``implied_tariff_probability`` is empty where no duty was being talked of.

    ``migration_t`` is by stock series the change over the quarter before, in tonnes. ``kind`` is ``decreed`` when the
    prices are dated press figures because the source has none near the day.
    """

    metal: Metal
    as_of: date
    observed_on: date
    new_york_usd_per_t: float
    london_usd_per_t: float
    gap: Gap
    implied_tariff_probability: float | None
    duty_talked_of_pct: float | None
    shanghai: ParityGap | None
    shanghai_on: date | None
    migration_t: Mapping[str, float]
    costs: MoveCosts
    replay: tuple[Booked, ...]
    kind: str
    evidence: tuple[Evidence, ...]


def arbitrage(
    metal: Metal = Metal.COPPER,
    as_of: date | datetime | None = None,
    observations: Observations | None = None,
    costs: MoveCosts | None = None,
    facts: Facts | None = None,
) -> Arbitrage:
    """The gaps between the places on the last day New York and London were priced, nothing later than ``as_of`` seen.

    Without prices within a week of ``as_of`` the dated press figures of copper answer instead. Raises
    ObservationMissing when there are neither, InputRejected for a metal that is not priced in these places.
    """
    if metal not in NEW_YORK:
        raise InputRejected(
            Text("Copper and silver are priced in all three places.", "三地都有報價的是銅與銀。"),
            received=metal.value,
            nearest=[one.value for one in NEW_YORK],
        )
    source, facts, costs = observations or open_source(), facts or load_facts(), costs or COSTS[metal]
    wanted = [NEW_YORK[metal], LONDON[metal], SHANGHAI[metal], YANGSHAN, FX, MONEY, *STOCKS[metal]]
    readings = source.read(wanted, as_of).drop_nulls("value").sort("observed_on")
    pair = _pair(metal, readings, _day(as_of)) or _press(metal, _day(as_of), facts)
    if pair is None:
        raise _missing(metal, as_of, source)
    on, new_york, london, kind, footnotes = pair
    gap = venue_gap(new_york, london, costs)
    duty = _duty(metal, on, facts)
    parity = _shanghai(metal, readings, on)
    return Arbitrage(
        metal=metal,
        as_of=_day(as_of) or on,
        observed_on=on,
        new_york_usd_per_t=new_york,
        london_usd_per_t=london,
        gap=gap,
        implied_tariff_probability=duty and implied_probability(gap.share, costs.logistics_share, duty / 100.0),
        duty_talked_of_pct=duty,
        shanghai=parity[1] if parity else None,
        shanghai_on=parity[0] if parity else None,
        migration_t=_migration(metal, readings, on),
        costs=costs,
        replay=_replay(facts, costs, _day(as_of)) if metal is Metal.COPPER else (),
        kind=kind,
        evidence=footnotes,
    )


Pair = tuple[date, float, float, str, tuple[Evidence, ...]]


def _pair(metal: Metal, readings: pl.DataFrame, as_of: date | None) -> Pair | None:
    """The last day on which both places were priced, unless that is more than a week before ``as_of``."""
    legs = [readings.filter(pl.col("series_id") == id) for id in (NEW_YORK[metal], LONDON[metal])]
    days = set(legs[0]["observed_on"]) & set(legs[1]["observed_on"])
    if not days or (as_of is not None and max(days) < as_of - FRESH):
        return None
    on = max(days)
    rows = [leg.filter(pl.col("observed_on") == on).to_dicts()[0] for leg in legs]
    units = [catalogue()[row["series_id"]].unit for row in rows]
    prices = [usd_per_t(row["value"], unit) for row, unit in zip(rows, units, strict=True)]
    return on, prices[0], prices[1], kind_of(rows), tuple(map(observed, rows, units))


def _press(metal: Metal, as_of: date | None, facts: Facts) -> Pair | None:
    """The newest dated press pair of copper within a week of the day."""
    if metal is not Metal.COPPER or as_of is None:
        return None
    near = [
        row
        for row in facts.table("history/comex_lme_copper", VenueGap)
        if as_of - FRESH <= row.quoted_on <= as_of and (_premium(row) and _london(row)) is not None
    ]
    if not near:
        return None
    row = max(near, key=lambda one: one.quoted_on)
    london, premium = _london(row), _premium(row)
    assert london is not None
    assert premium is not None
    note = Evidence(
        "history/comex_lme_copper", premium, "usd_per_t", Nature.DECREED, row.source, row.quoted_on,
        known_at=row.quoted_on, confidence=row.confidence.value,
    )  # fmt: skip
    return row.quoted_on, london + premium, london, Nature.DECREED.value, (note,)


def _premium(row: VenueGap) -> float | None:
    if row.comex_minus_lme_usd_per_t is not None:
        return row.comex_minus_lme_usd_per_t
    if row.premium_pct_of_lme is not None and row.lme_three_month_usd_per_t is not None:
        return row.premium_pct_of_lme / 100.0 * row.lme_three_month_usd_per_t
    return None


def _london(row: VenueGap) -> float | None:
    if row.lme_three_month_usd_per_t is not None:
        return row.lme_three_month_usd_per_t
    if row.comex_minus_lme_usd_per_t is not None and row.premium_pct_of_lme:
        return 100.0 * row.comex_minus_lme_usd_per_t / row.premium_pct_of_lme
    return None


def _duty(metal: Metal, on: date, facts: Facts) -> float | None:
    """The duty (percent) the market talked of on a day, as known that day."""
    fact, talked = facts.get(TALKED_OF), IN_FORCE | {Status.PROPOSED}
    if metal is not Metal.COPPER or not fact.has(on, on, talked):
        return None
    return float(fact.at(on, on, talked).value)


def _shanghai(metal: Metal, readings: pl.DataFrame, on: date) -> tuple[date, ParityGap] | None:
    """Shanghai's last close over parity at London's closes (New York's for silver) either side of it."""
    west = readings.filter(pl.col("series_id") == (NEW_YORK if metal is Metal.SILVER else LONDON)[metal])
    home = readings.filter((pl.col("series_id") == SHANGHAI[metal]) & (pl.col("observed_on") <= on))
    if home.is_empty() or home["observed_on"][-1] < on - FRESH:
        return None
    day = home["observed_on"][-1]
    before = _parity(metal, readings, west.filter(pl.col("observed_on") < day))
    same = west.filter(pl.col("observed_on") == day)
    after = _parity(metal, readings, same) if same.height else None
    if before is None:
        return None
    unit = catalogue()[SHANGHAI[metal]].unit
    per_t = home["value"][-1] * (1000.0 if unit == "cny_per_kg" else 1.0)
    return day, parity_gap(per_t, before, after)


def _parity(metal: Metal, readings: pl.DataFrame, west: pl.DataFrame) -> float | None:
    if west.is_empty():
        return None
    row = west.row(-1, named=True)
    rate = _last(readings, FX, row["observed_on"])
    if rate is None:
        return None
    shipping = _last(readings, YANGSHAN, row["observed_on"]) if metal is Metal.COPPER else None
    shipping = SHIPPING_PREMIUM_USD_PER_T[metal] if shipping is None else shipping
    price = usd_per_t(row["value"], catalogue()[row["series_id"]].unit)
    return import_parity_cny_per_t(price, shipping, rate, VAT_SHARE)


def _last(readings: pl.DataFrame, id: str, on: date) -> float | None:
    """The last value of a series in the ten days up to a day."""
    rows = readings.filter((pl.col("series_id") == id) & pl.col("observed_on").is_between(on - timedelta(days=10), on))
    return float(rows["value"][-1]) if rows.height else None


def _migration(metal: Metal, readings: pl.DataFrame, on: date) -> dict[str, float]:
    """Change of each place's stock over the quarter before a day, in tonnes, where both ends are known."""
    moved = {}
    for id in STOCKS[metal]:
        now, then = _last(readings, id, on), _last(readings, id, on - MIGRATION)
        if now is not None and then is not None:
            factor = 1.0 / OZ_PER_T if catalogue()[id].unit == "oz" else 1.0
            moved[id] = (now - then) * factor
    return moved


def _replay(facts: Facts, costs: MoveCosts, as_of: date | None) -> tuple[Booked, ...]:
    """The dated premiums of the tariff episode, and what each would have lost if booked as certain."""
    rows = [row for row in facts.table("history/comex_lme_copper", VenueGap) if as_of is None or row.quoted_on <= as_of]
    collapse = next((row for row in rows if row.quoted_on >= date(2025, 8, 1)), None)
    found = collapse.comex_minus_lme_usd_per_t if collapse else None
    booked = []
    for row in rows:
        if row.comex_minus_lme_usd_per_t is None:
            continue
        premium, share = row.comex_minus_lme_usd_per_t, row.premium_pct_of_lme
        duty = _duty(Metal.COPPER, row.quoted_on, facts)
        likely = implied_probability(share / 100.0, costs.logistics_share, duty / 100.0) if duty and share else None
        caught = found if row.quoted_on < date(2025, 7, 31) else None
        lost = None if caught is None else booked_as_certain(premium, caught)
        booked.append(Booked(row.quoted_on, premium, likely, caught, lost, row.event, row.source))
    return tuple(booked)


def _day(as_of: date | datetime | None) -> date | None:
    return as_of.date() if isinstance(as_of, datetime) else as_of


def _missing(metal: Metal, as_of: date | datetime | None, source: Observations) -> ObservationMissing:
    return ObservationMissing(
        Text("The metal is not priced in both places near that day.", "該日附近沒有兩地同時的報價。"),
        received=f"{metal.value}" + (f", as of {as_of}" if as_of else ""),
        expected=f"{NEW_YORK[metal]}, {LONDON[metal]}",
        nearest=[id for id in source.series_ids() if metal.value in id and "price" in id][:6],
        fix=Text("Import both with: tomnext import", "可用 tomnext import 匯入兩者"),
    )
