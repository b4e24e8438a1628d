"""What a metal's LME curve says today: its shape, what it pays or costs to carry, and how unusual that is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

import polars as pl

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.halt import MarketHalt
from tomnext.facts.load import Facts, load_facts
from tomnext.market.carry import FullCarry, annualised_carry_pct, full_carry, implied_lease_rate_pct
from tomnext.market.curve import CASH, THREE_MONTH, Curve, Shape, dated_curve, is_tenor
from tomnext.market.percentile import percentile_rank
from tomnext.observations.reading import Observations, wide
from tomnext.studies.prompts import lme_calendar
from tomnext.studies.sources import kind_of, observed, open_source
from tomnext.studies.trading_days import halt_on, traded_only
from tomnext.vocabulary.errors import FactMissing, ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

MONEY_SERIES = "rates.us.fed_funds"
_FRESH_DAYS = 45


@dataclass(frozen=True)
class Carry:
    """The stretch from cash to three months: prices as a difference and a rate, and what holding would cost.

    ``basis`` is ``published`` when the difference was published as such, else ``legs``. Rates are percent a year on
    actual/360; ``annualised_carry_pct`` is positive in contango. What could not be known is empty.
    """

    days: int
    cash_minus_three_month_usd_per_t: float
    basis: str
    annualised_carry_pct: float
    percentile: float | None
    history_days: int
    history_from: date | None
    money_rate_pct: float | None = None
    implied_lease_rate_pct: float | None = None
    full_carry: FullCarry | None = None
    full_carry_share: float | None = None


@dataclass(frozen=True)
class CurveReading:
    """One metal's curve as of a day; ``curve`` is empty while the metal is halted."""

    metal: Metal
    as_of: date
    observed_on: date
    kind: str
    shape: Shape
    halt: MarketHalt | None = None
    curve: Curve | None = None
    carry: Carry | None = None
    tom_next_usd_per_t: float | None = None
    evidence: tuple[Evidence, ...] = ()


def curve_reading(
    metal: Metal,
    as_of: date | datetime | None = None,
    money_rate_pct: float | None = None,
    observations: Observations | None = None,
    facts: Facts | None = None,
) -> CurveReading:
    """The LME curve of a metal with nothing later than ``as_of`` seen (default: everything there is).

    ``money_rate_pct`` (percent a year, actual/360) prices the implied lease rate and full carry; without it the
    federal funds rate of the day is used when the source holds it. Raises ObservationMissing when no LME price of the
    metal was available by then.
    """
    observations, facts = observations or open_source(), facts or load_facts()
    calendar = lme_calendar(facts)
    quotes = _quotes(metal, as_of, observations)
    day = quotes.last_day if as_of is None else as_of.date() if isinstance(as_of, datetime) else as_of
    halted = halt_on(metal, day, facts) or halt_on(metal, quotes.last_day, facts)
    if halted:
        fact, span = halted
        last, kind = quotes.last_day, kind_of(quotes.on(quotes.last_day).values())
        return CurveReading(metal, day, last, kind, Shape.HALTED, span.value, evidence=(fact.evidence(span),))
    traded = quotes.only(traded_only(quotes.readings, metal, calendar, facts))
    rows = traded.on(traded.last_day)
    prices = {tenor: rows[id]["value"] for tenor, id in traded.tenors.items() if id in rows}
    curve = dated_curve(traded.last_day, prices, calendar)
    carry, costs = _carry(metal, curve, traded, _money(money_rate_pct, curve.trade_date, as_of, observations), facts)
    return CurveReading(
        metal=metal,
        as_of=day,
        observed_on=curve.trade_date,
        kind=kind_of(rows.values()),
        shape=curve.shape,
        curve=curve,
        carry=carry,
        tom_next_usd_per_t=rows[traded.tom_next]["value"] if traded.tom_next in rows else None,
        evidence=(*(observed(row, "usd_per_t") for row in rows.values()), *costs),
    )


@dataclass(frozen=True)
class _Quotes:
    """Everything read for one curve: prices by tenor, and the differences published as such."""

    tenors: Mapping[str, str]
    cash_minus_three_month: str
    tom_next: str
    readings: pl.DataFrame

    def only(self, readings: pl.DataFrame) -> "_Quotes":
        return replace(self, readings=readings)

    @property
    def last_day(self) -> date:
        """The last day with any price."""
        days = self.readings.filter(pl.col("series_id").is_in(list(self.tenors.values())))["observed_on"]
        return cast(date, days.max())

    def on(self, day: date) -> dict[str, dict[str, Any]]:
        return {row["series_id"]: row for row in self.readings.filter(pl.col("observed_on") == day).to_dicts()}

    def difference(self, on: date) -> tuple[str, pl.DataFrame]:
        """Near less far by day, from the series published as such when it speaks on a day, else from the two legs.

        The two differ by a few USD/t and are never mixed in one history.
        """
        by_day = wide(self.readings)
        published = pl.lit(self.cash_minus_three_month)
        if self.readings.filter(pl.col("series_id") == published, pl.col("observed_on") == on).height:
            basis, column = "published", pl.col(self.cash_minus_three_month)
        else:
            basis, column = "legs", pl.col(self.tenors[CASH]) - pl.col(self.tenors[THREE_MONTH])
        return basis, by_day.select("observed_on", column.alias("difference")).drop_nulls()


def _quotes(metal: Metal, as_of: date | datetime | None, observations: Observations) -> _Quotes:
    """Closing evaluations where the source holds them, else the official prices."""
    stem = f"lme.{metal.value}"
    held = [id for id in observations.series_ids() if id.startswith(f"{stem}.price.")]
    tenors = {word: id for id in held if is_tenor(word := id.rsplit(".", 1)[-1])}
    official = {CASH: f"{stem}.price.settlement", THREE_MONTH: f"{stem}.price.settlement_3m"}
    if not tenors:
        tenors = {tenor: id for tenor, id in official.items() if id in held}
    published, tom_next = f"{stem}.carry.cash_minus_3m", f"{stem}.carry.tom_minus_next"
    readings = observations.read([*tenors.values(), published, tom_next], as_of).drop_nulls("value")
    if readings.filter(pl.col("series_id").is_in(list(tenors.values()))).is_empty():
        curves = {id.split(".")[1] for id in observations.series_ids() if id.startswith("lme.") and ".price." in id}
        raise ObservationMissing(
            Text("No LME price of this metal was available.", "當時沒有這種金屬的 LME 價格。"),
            received=f"{metal.value}" + (f", as of {as_of}" if as_of else ""),
            nearest=sorted(curves),
            fix=Text("Import its history with: tomnext import", "可用 tomnext import 匯入歷史資料"),
        )
    return _Quotes(tenors, published, tom_next, readings)


def _carry(
    metal: Metal, curve: Curve, quotes: _Quotes, money: tuple[float, Evidence] | None, facts: Facts
) -> tuple[Carry | None, tuple[Evidence, ...]]:
    cash, three_month = curve.point(CASH), curve.point(THREE_MONTH)
    if cash is None or three_month is None:
        return None, ()
    days = (three_month.prompt_date - cash.prompt_date).days
    basis, history = quotes.difference(curve.trade_date)
    difference = history["difference"][-1]
    far = cash.price_usd_per_t - difference
    paid = annualised_carry_pct(cash.price_usd_per_t, far, days)
    known = Carry(
        days=days,
        cash_minus_three_month_usd_per_t=difference,
        basis=basis,
        annualised_carry_pct=paid,
        percentile=percentile_rank(history["difference"].to_numpy(), difference),
        history_days=history.height,
        history_from=history["observed_on"][0],
    )
    if money is None:
        return known, ()
    rate, footnote = money
    costs = _storage(metal, curve.trade_date, facts)
    holding = full_carry(cash.price_usd_per_t, days, rate, *(cost.value for cost, _ in costs)) if costs else None
    priced = replace(
        known,
        money_rate_pct=rate,
        implied_lease_rate_pct=implied_lease_rate_pct(rate, paid),
        full_carry=holding,
        full_carry_share=holding.share_paid(cash.price_usd_per_t, far) if holding else None,
    )
    return priced, (footnote, *(note for _, note in costs))


def _storage(metal: Metal, on: date, facts: Facts) -> list[tuple[DatedValue[float], Evidence]]:
    """Rent and insurance in force on a day; nothing when no rent of the metal is known for it."""
    ids = (f"lme/warehouse/rent/{metal.value}", "lme/warehouse/insurance")
    try:
        return [(value := facts.value(id, on), facts.get(id).evidence(value)) for id in ids]
    except FactMissing:
        return []


def _money(
    stated_pct: float | None, on: date, as_of: date | datetime | None, observations: Observations
) -> tuple[float, Evidence] | None:
    """The money rate a user stated, else the last federal funds rate of the weeks before the trade date."""
    if stated_pct is not None:
        return stated_pct, Evidence("money_rate", stated_pct, "pct", Nature.ASSUMED, "stated by the user")
    read = observations.read([MONEY_SERIES], as_of, start=on - timedelta(days=_FRESH_DAYS), end=on).drop_nulls("value")
    if read.is_empty():
        return None
    last = read.sort("observed_on").row(-1, named=True)
    return last["value"], observed(last, "pct")
