"""The tariff episode of 2025 as the press printed it: premiums, the duty talked of, metal moving, money lost."""

from dataclasses import dataclass
from datetime import date, timedelta

from tomnext.facts.kinds.base import DatedValue
from tomnext.facts.kinds.history import ExpectedDuty, VenueGap, VenueStock
from tomnext.facts.load import Facts
from tomnext.market.arbitrage import MoveCosts, booked_as_certain, implied_probability, venue_gap
from tomnext.vocabulary.clocks import IN_FORCE, Status
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.words import Text

TALKED_OF = "expectation/us_refined_copper_tariff"
PREMIUMS, STOCKS = "history/comex_lme_copper", "history/copper_stocks"
COLLAPSED = date(2025, 7, 30)
"""The proclamation that spared refined copper; premiums booked before it were found on the first day printed after."""


@dataclass(frozen=True)
class Booked:
    """One dated press premium: booked as certain that day, found on 1 August 2025.

    ``implied_probability`` is clipped to 0–1; ``lost_usd_per_1000_t`` is against the books, ``made_usd_per_1000_t``
    the cash left after moving the metal (negative: lost). Empty where the press printed too little.
    """

    quoted_on: date
    booked_usd_per_t: float | None
    premium_share: float | None
    duty_talked_of_pct: float | None
    implied_probability: float | None
    found_usd_per_t: float | None
    lost_usd_per_1000_t: float | None
    made_usd_per_1000_t: float | None
    event: Text | None
    source: str


@dataclass(frozen=True)
class Reported:
    """Copper in three exchanges' warehouses on a day as printed, t."""

    quoted_on: date
    comex_t: float | None
    lme_t: float | None
    shfe_t: float | None
    source: str


@dataclass(frozen=True)
class Printed:
    """A dated press pair of prices, USD/t."""

    on: date
    new_york_usd_per_t: float
    london_usd_per_t: float
    evidence: Evidence


def talked_of(on: date, facts: Facts) -> DatedValue[ExpectedDuty] | None:
    """The duty on refined copper the market talked of on a day, as known that day."""
    fact, talked = facts.get(TALKED_OF), IN_FORCE | {Status.PROPOSED}
    return fact.at(on, on, talked) if fact.has(on, on, talked) else None


def printed_pair(as_of: date | None, within: timedelta, facts: Facts) -> Printed | None:
    """The newest press pair within some days before a day (or the newest of all)."""
    rows = [row for row in facts.table(PREMIUMS, VenueGap) if _premium(row) is not None and _london(row) is not None]
    near = [row for row in rows if as_of is None or as_of - within <= row.quoted_on <= as_of]
    if not near:
        return None
    row = max(near, key=lambda one: one.quoted_on)
    london, premium = _london(row) or 0.0, _premium(row) or 0.0
    note = Evidence(
        PREMIUMS, premium, "usd_per_t", Nature.DECREED, row.source, row.quoted_on,
        known_at=row.quoted_on, confidence=row.confidence.value,
    )  # fmt: skip
    return Printed(row.quoted_on, london + premium, london, note)


def booked_premiums(facts: Facts, costs: MoveCosts, as_of: date | None) -> tuple[Booked, ...]:
    """The dated premiums of the episode up to a day, and what each would have lost if booked as certain."""
    rows = [row for row in facts.table(PREMIUMS, VenueGap) if as_of is None or row.quoted_on <= as_of]
    after = (row for row in rows if row.quoted_on > COLLAPSED and _premium(row) is not None)
    found = next(after, None)
    return tuple(
        _booked(row, found if row.quoted_on < COLLAPSED else None, costs, facts)
        for row in rows
        if _premium(row) is not None or row.premium_pct_of_lme is not None
    )


def reported_stocks(facts: Facts, as_of: date | None) -> tuple[Reported, ...]:
    """Exchange stocks of copper as printed up to a day."""
    return tuple(
        Reported(row.quoted_on, row.comex_t, row.lme_t, row.shfe_t, row.source)
        for row in facts.table(STOCKS, VenueStock)
        if as_of is None or row.quoted_on <= as_of
    )


def _booked(row: VenueGap, found: VenueGap | None, costs: MoveCosts, facts: Facts) -> Booked:
    premium, london, share = _premium(row), _london(row), row.premium_pct_of_lme
    if share is None and premium is not None and london is not None:
        share = 100.0 * premium / london
    duty = talked_of(row.quoted_on, facts)
    likely = None
    if duty is not None and share is not None:
        odds = implied_probability(share / 100.0, costs.logistics_share, duty.value.rate_pct / 100.0)
        likely = min(max(odds, 0.0), 1.0)
    there = None if found is None else _premium(found)
    arrival = None if found is None or there is None else _london(found)
    moved = None if there is None or arrival is None else venue_gap(arrival + there, arrival, costs).net_usd_per_t
    return Booked(
        quoted_on=row.quoted_on,
        booked_usd_per_t=premium,
        premium_share=None if share is None else share / 100.0,
        duty_talked_of_pct=None if duty is None else duty.value.rate_pct,
        implied_probability=likely,
        found_usd_per_t=there,
        lost_usd_per_1000_t=None if there is None or premium is None else booked_as_certain(premium, there),
        made_usd_per_1000_t=None if moved is None else 1000.0 * moved,
        event=None if row.event is None else Text(row.event, row.event_zh or row.event),
        source=row.source,
    )


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
