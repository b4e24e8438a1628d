"""Contracts, lending bands, halts, rents and balances: what the sources say, asked the way a study asks."""

import json
from datetime import date, timedelta

import pytest

from tomnext.facts.kinds.balance import CopperBalanceRow, Standing, WorldUsageRow
from tomnext.facts.kinds.contract import LmeContract
from tomnext.facts.kinds.halt import MarketHaltFact
from tomnext.facts.kinds.lending import LendingRule
from tomnext.facts.load import load_facts
from tomnext.studies.fact_lookup import fact_on, facts_under, whole_fact
from tomnext.vocabulary.clocks import IN_FORCE
from tomnext.vocabulary.errors import FactMissing
from tomnext.vocabulary.metals import Metal

FACTS = load_facts()


@pytest.mark.parametrize(
    ("metal", "code", "lot_t", "before_2008", "after"),
    [
        ("aluminium", "AH", 25, 63, 123),  # Mondo Visione 2008-06-26
        ("copper", "CA", 25, 63, 123),
        ("zinc", "ZS", 25, 27, 63),
        ("lead", "PB", 25, 15, 63),
        ("nickel", "NI", 6, 27, 63),
        ("tin", "SN", 5, 15, 15),
    ],
)
def test_lme_contracts_before_and_after_the_extension(
    metal: str, code: str, lot_t: float, before_2008: int, after: int
) -> None:
    last_day, first_day = date(2008, 9, 28), date(2008, 9, 29)
    old: LmeContract = FACTS.value(f"lme/contract/{metal}", last_day).value
    new: LmeContract = FACTS.value(f"lme/contract/{metal}", first_day).value
    assert (old.monthly_to_months, new.monthly_to_months) == (before_2008, after)
    assert (new.code, new.lot_t) == (code, lot_t)


@pytest.mark.parametrize(("held_pct", "usd_per_t"), [(50, None), (60, 50.0), (80, 50.0), (85, 25.0), (92, 0.0)])
def test_lending_guidance_on_cash_of_10_000(held_pct: float, usd_per_t: float | None) -> None:
    """The worked number of the guidance: 60 % lends at 50 USD/t a day at most, 85 % at 25, 92 % at level."""
    rule: LendingRule = FACTS.value("lme/lending/guidance", date(2021, 10, 1)).value
    band = rule.band_for(held_pct)
    if usd_per_t is None:
        assert band is None
    else:
        assert band is not None
        assert band.max_premium_pct_of_cash_per_day is not None
        assert band.max_premium_pct_of_cash_per_day / 100 * 10_000 == usd_per_t


def test_front_month_rule_became_permanent_and_its_other_reading_is_assumed() -> None:
    with pytest.raises(FactMissing):
        FACTS.value("lme/lending/front_month", date(2025, 6, 22))
    last, first = (FACTS.value("lme/lending/front_month", day) for day in (date(2026, 2, 19), date(2026, 2, 20)))
    assert last.value == first.value
    assert first.value.band_for(100) is None
    assert first.value.band_for(101).max_premium_pct_of_cash_per_day == 0
    assert first.value.stock_floor_lots["copper"] * 25 == 80_000
    other = FACTS.value("lme/lending/front_month_press_reading", date(2026, 3, 1))
    assert other.status.value == "assumed"
    assert other.is_assumed
    assert other.value.band_for(51).max_premium_pct_of_cash_per_day is None


def test_temporary_measures_do_not_bind_today() -> None:
    for id in ("copper_2021_press_reading", "tom_next_limit_copper", "backwardation_limit_nickel"):
        assert not FACTS.get(f"lme/lending/{id}").has(date(2026, 11, 1))


def test_the_halt_as_one_could_know_it() -> None:
    fact = FACTS.get("lme/halt/nickel")
    assert isinstance(fact, MarketHaltFact)
    assert fact.days() == {date(2022, 3, 8) + timedelta(days=ahead) for ahead in range(8)}
    assert fact.days(known_on=date(2022, 3, 7)) == set()
    assert fact.days(known_on=date(2022, 3, 10)) == {date(2022, 3, day) for day in (8, 9, 10)}
    assert fact.days(known_on=date(2022, 3, 14)) == fact.days()


def test_rent_outside_the_tariffs_read_is_assumed() -> None:
    read, carried = (FACTS.value("lme/warehouse/rent/copper", day) for day in (date(2015, 6, 1), date(2021, 10, 18)))
    assert (read.value, read.is_assumed) == (0.46, False)
    assert (carried.value, carried.is_assumed) == (0.46, True)
    assert FACTS.value("lme/warehouse/rent/nickel", date(2024, 4, 1)).value == 0.58
    assert not FACTS.get("lme/warehouse/queue_rule_proposal").has(date(2027, 6, 1), statuses=IN_FORCE)


def test_copper_balance_is_production_less_usage_where_all_three_are_printed() -> None:
    """ICSG rows; the factbook row of 2024 prints no balance because it does not agree with the one published."""
    rows = FACTS.table("balance/copper", CopperBalanceRow)
    checked = [
        row
        for row in rows
        if row.balance_kt is not None and row.refined_production_kt is not None and row.refined_usage_kt is not None
    ]
    assert len(checked) == 4
    for row in checked:
        assert row.refined_production_kt is not None
        assert row.refined_usage_kt is not None
        assert row.balance_kt == pytest.approx(row.refined_production_kt - row.refined_usage_kt, abs=1)
    assert {row.balance_kt for row in rows if row.year == 2026} == {-150, 96, 396, 360, -640}
    assert all(row.published_on.year >= row.year for row in rows if row.standing is Standing.ACTUAL)


def test_every_base_metal_has_a_usage_to_count_days_by() -> None:
    rows = FACTS.table("balance/world_usage", WorldUsageRow)
    assert {row.metal for row in rows} == {metal for metal in Metal if not metal.is_precious}
    for metal in {row.metal for row in rows}:
        years = [row.year for row in rows if row.metal is metal]
        assert years == sorted(set(years))


def test_nothing_licensed_is_among_the_facts() -> None:
    for id in FACTS.ids():
        told = json.dumps(whole_fact(id), default=str).casefold()
        assert "wind-derived" not in told
        assert "lease_rates.json" not in told


def test_a_fact_is_shown_whole_and_a_table_listed() -> None:
    listed = {row["id"]: row["entries"] for row in facts_under("lme/")}
    assert listed["lme/contract/copper"] == 2
    assert {row["id"] for row in facts_under("holidays/")} == {"holidays/london", "holidays/united_states"}
    whole = whole_fact("holidays/london")
    assert whole is not None
    assert whole["rows"][0]["day"] == "2000-01-03"  # type: ignore[index]
    assert whole_fact("holidays/") is None
    assert fact_on("lme/contract/tin", date(2025, 1, 1))["value"] == {
        "code": "SN",
        "lot_t": 5.0,
        "monthly_to_months": 15,
        "min_purity_pct": 99.85,
        "standard": "BS EN 610:1996",
    }
