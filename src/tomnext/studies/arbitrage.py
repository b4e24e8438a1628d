"""What a metal costs in New York, London and Shanghai, what moving it would leave, and what that says of a duty."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import polars as pl

from tomnext.facts.kinds.history import ExpectedDuty
from tomnext.facts.load import Facts, load_facts
from tomnext.market.arbitrage import (
    Clocked,
    Gap,
    MoveCosts,
    ParityGap,
    implied_probability,
    import_parity_cny_per_t,
    parity_gap,
    price_at,
    usd_per_t,
    venue_gap,
)
from tomnext.observations.catalogue import catalogue
from tomnext.observations.reading import Observations
from tomnext.studies.arbitrage_record import (
    Booked,
    Reported,
    booked_premiums,
    printed_pair,
    reported_stocks,
    talked_of,
)
from tomnext.studies.duty import Duty, Entry, duty_on
from tomnext.studies.sources import kind_of, observed, open_source
from tomnext.studies.venue_premium import LONDON, LONDON_SHARE, NEW_YORK, SHUT_DAYS
from tomnext.vocabulary.errors import FactMissing, InputRejected, ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import mass_factor
from tomnext.vocabulary.words import Text

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

GOODS = {
    Metal.COPPER: ("74031100", "CL", frozenset({"us_chile_fta"})),
    Metal.SILVER: ("71069110", "GB", frozenset[str]()),
}
"""What would cross the border: Chilean cathode under the free-trade agreement, bullion from London."""

VAT_SHARE = 0.13
OZ_PER_T = mass_factor("t", "oz")
SHIPPING_PREMIUM_USD_PER_T = {Metal.COPPER: 60.0, Metal.SILVER: -0.2 * OZ_PER_T}
FRESH = timedelta(days=7)
MIGRATION = timedelta(days=91)
FRONT_LIVES = timedelta(days=60)
NEAR = {"daily": timedelta(days=10), "weekly": timedelta(days=10), "monthly": timedelta(days=45)}
"""How old the last figure of a series may be to stand for a day."""

TARIFF_EDITION_FROM = date(2025, 1, 1)
"""The tariff schedule held is that of 2025; what preferences were worth before is not in the facts."""


@dataclass(frozen=True)
class Arbitrage:
    """The gaps of one metal on a day. ``gap`` is empty when it would be an artefact of closing times.

    ``implied_tariff_probability`` (not clipped) is empty where no duty was being talked of; ``front_reaches_duty``
    says whether the front month still trades when that duty is to begin. ``migration_t`` is by stock series the change
    over the quarter before, in tonnes; ``stocks_not_held`` names those that are missing. ``kind`` is ``decreed`` when
    the prices are dated press figures because the source has none, or only simulated ones, near the day; real prices
    are never set beside simulated stocks or Shanghai closes.
    """

    metal: Metal
    as_of: date
    observed_on: date
    new_york: Clocked
    london_usd_per_t: float
    gap: Gap | None
    implied_tariff_probability: float | None
    duty_talked_of: ExpectedDuty | None
    front_reaches_duty: bool | None
    duty: Duty | None
    shanghai: ParityGap | None
    shanghai_on: date | None
    migration_t: Mapping[str, float]
    stocks_not_held: tuple[str, ...]
    costs: MoveCosts
    money_series: str | None
    replay: tuple[Booked, ...]
    reported_stocks: tuple[Reported, ...]
    kind: str
    evidence: tuple[Evidence, ...]


def arbitrage(
    metal: Metal = Metal.COPPER,
    as_of: date | datetime | None = None,
    observations: Observations | None = None,
    costs: MoveCosts | None = None,
    facts: Facts | None = None,
    expected: ExpectedDuty | None = None,
) -> Arbitrage:
    """The gaps between the places on the last day New York and London were priced, nothing later than ``as_of`` seen.

    Without real prices within a week of ``as_of`` the dated press figures of copper answer instead. ``costs`` replaces
    assumption G7 whole, ``expected`` the duty talked of. The episode of 2025 is replayed at G7 as it is written, not at
    the money rate and the duty of the day asked. Raises ObservationMissing when there are no prices,
    InputRejected for a metal that is not priced in these places or a duty that is no rate.
    """
    _asked(metal, expected)
    source, facts = observations or open_source(), facts or load_facts()
    wanted = [NEW_YORK[metal], LONDON[metal], SHANGHAI[metal], YANGSHAN, FX, MONEY, *STOCKS[metal]]
    readings = source.read(wanted, as_of).filter(pl.col("value").is_finite()).sort("observed_on")
    pair = _best_pair(metal, readings, _day(as_of), facts)
    if pair is None:
        raise _missing(metal, as_of, readings)
    on, new_york, london, kind, footnotes = pair
    if kind != Nature.SIMULATED.value:
        readings = readings.filter(pl.col("nature") != Nature.SIMULATED.value)
    border = _border_duty(metal, on)
    money = None if costs else _last(readings, MONEY, on)
    then, costs = costs or COSTS[metal], costs or _dated(COSTS[metal], border, money)
    gap = None if new_york.value is None else venue_gap(new_york.value, london, costs)
    talk = expected or (_talk(on, facts) if metal is Metal.COPPER else None)
    parity = _shanghai(metal, readings, on)
    moved = _migration(metal, readings, on)
    copper = metal is Metal.COPPER
    return Arbitrage(
        metal=metal,
        as_of=_day(as_of) or on,
        observed_on=on,
        new_york=new_york,
        london_usd_per_t=london,
        gap=gap,
        implied_tariff_probability=_odds(gap, costs, talk),
        duty_talked_of=talk,
        front_reaches_duty=None if talk is None or talk.begins_on is None else talk.begins_on <= on + FRONT_LIVES,
        duty=border,
        shanghai=parity[1] if parity else None,
        shanghai_on=parity[0] if parity else None,
        migration_t=moved,
        stocks_not_held=tuple(id for id in STOCKS[metal] if id not in moved),
        costs=costs,
        money_series=None if money is None else MONEY,
        replay=booked_premiums(facts, then, _day(as_of)) if copper else (),
        reported_stocks=reported_stocks(facts, _day(as_of)) if copper else (),
        kind=kind,
        evidence=footnotes,
    )


def _asked(metal: Metal, expected: ExpectedDuty | None) -> None:
    if metal not in SHANGHAI:
        raise InputRejected(
            Text("Copper and silver are priced in all three places.", "三地都有報價的是銅與銀。"),
            received=metal.value,
            nearest=[one.value for one in SHANGHAI],
        )
    if expected is not None and not 0.0 < expected.rate_pct <= 1000.0:
        raise InputRejected(
            Text("A duty is a rate above zero, in percent.", "關稅須為大於零的百分比。"),
            received=expected.rate_pct,
            expected="0–1000",
        )


def _talk(on: date, facts: Facts) -> ExpectedDuty | None:
    talk = talked_of(on, facts)
    return None if talk is None else talk.value


def _odds(gap: Gap | None, costs: MoveCosts, talk: ExpectedDuty | None) -> float | None:
    if gap is None or talk is None:
        return None
    return implied_probability(gap.share, costs.logistics_share, talk.rate_pct / 100.0)


def _border_duty(metal: Metal, on: date) -> Duty | None:
    """The duty in force on a day as known that day; nothing before the tariff facts begin."""
    code, origin, declared = GOODS[metal]
    if on < TARIFF_EDITION_FROM:
        return None
    try:
        return duty_on(Entry(code, origin, on, known_on=on, declared=declared))
    except FactMissing:
        return None


def _dated(costs: MoveCosts, border: Duty | None, money_pct: float | None) -> MoveCosts:
    """Assumed costs with the day's money rate and duty where they are known."""
    share = costs.duty_share if border is None else border.known_rate_pct / 100.0
    finance = costs.finance_pct_a_year if money_pct is None else money_pct
    return replace(costs, duty_share=share, finance_pct_a_year=finance)


Pair = tuple[date, Clocked, float, str, tuple[Evidence, ...]]


def _best_pair(metal: Metal, readings: pl.DataFrame, as_of: date | None, facts: Facts) -> Pair | None:
    """Real prices first, then press figures, then simulated prices."""
    own = _pair(metal, readings, as_of)
    if metal is not Metal.COPPER or (own is not None and own[3] != Nature.SIMULATED.value):
        return own
    printed = printed_pair(as_of, FRESH, facts)
    if printed is None:
        return own
    close = price_at(None, printed.new_york_usd_per_t, 1.0)
    return printed.on, close, printed.london_usd_per_t, Nature.DECREED.value, (printed.evidence,)


def _pair(metal: Metal, readings: pl.DataFrame, as_of: date | None) -> Pair | None:
    """The last day on which both places were priced, unless that is more than a week before ``as_of``."""
    legs = [readings.filter(pl.col("series_id") == id) for id in (NEW_YORK[metal], LONDON[metal])]
    days = set(legs[0]["observed_on"]) & set(legs[1]["observed_on"])
    if not days or (as_of is not None and max(days) < as_of - FRESH):
        return None
    on = max(days)
    rows = [leg.filter(pl.col("observed_on") == on).to_dicts()[0] for leg in legs]
    units = [catalogue()[row["series_id"]].unit for row in rows]
    close, london = (usd_per_t(row["value"], unit) for row, unit in zip(rows, units, strict=True))
    share = LONDON_SHARE.get(metal)
    earlier = legs[0].filter(pl.col("observed_on").is_between(on - timedelta(days=SHUT_DAYS), on, closed="left"))
    before = usd_per_t(earlier["value"][-1], units[0]) if share is not None and earlier.height else None
    return on, price_at(before, close, share or 1.0), london, kind_of(rows), tuple(map(observed, rows, units))


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
    """The last value of a series not too old for a day."""
    first = on - NEAR[catalogue()[id].frequency]
    rows = readings.filter((pl.col("series_id") == id) & pl.col("observed_on").is_between(first, on))
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


def _day(as_of: date | datetime | None) -> date | None:
    return as_of.date() if isinstance(as_of, datetime) else as_of


def _missing(metal: Metal, as_of: date | datetime | None, readings: pl.DataFrame) -> ObservationMissing:
    """Says on which day each place was last priced."""
    legs = readings.filter(pl.col("series_id").is_in([NEW_YORK[metal], LONDON[metal]]))
    last = legs.group_by("series_id").agg(pl.col("observed_on").max()).sort("series_id")
    return ObservationMissing(
        Text("The metal is not priced in both places near that day.", "該日附近沒有兩地同時的報價。"),
        received=f"{metal.value}" + (f", as of {as_of}" if as_of else ""),
        expected=f"{NEW_YORK[metal]}, {LONDON[metal]}",
        nearest=[f"{id}: {day}" for id, day in last.iter_rows()],
        fix=Text("Import both with: tomnext import", "可用 tomnext import 匯入兩者"),
    )
