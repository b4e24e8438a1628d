"""Price = cost + carbon: merit order, who is pushed out, green premium; and the concentration of supply."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.facts.kinds.carbon import CarbonIntensity
from tomnext.facts.kinds.concentration import Production
from tomnext.facts.load import load_facts
from tomnext.landed_cost.cbam import ImportedGood
from tomnext.landed_cost.concentration import concentration
from tomnext.landed_cost.cost_curve import (
    Maker,
    break_even_green_premium_per_t,
    clearing_price_per_t,
    curve,
    pushed_out,
)
from tomnext.landed_cost.intensity import carbon_of_routes
from tomnext.studies.carbon import carbon_by_route, carbon_into_uk, green_premium, makers_in
from tomnext.studies.concentration import supply_concentration
from tomnext.vocabulary.errors import FactMissing, InfeasiblePlan, InputRejected

COAL = Maker("coal", 40, 1700, 16.0)
GAS = Maker("gas", 30, 1850, 8.0)
HYDRO = Maker("hydro", 20, 1950, 4.0)
SCRAP = Maker("scrap", 20, 2100, 0.6)
MAKERS = [COAL, GAS, HYDRO, SCRAP]


def test_merit_order_turns_over_with_the_carbon_price() -> None:
    """By hand at 40: scrap 2124, hydro 2110, gas 2170, coal 2340."""
    assert [step.maker.name for step in curve(MAKERS, 0)] == ["coal", "gas", "hydro", "scrap"]
    assert [step.maker.name for step in curve(MAKERS, 40)] == ["hydro", "scrap", "gas", "coal"]
    assert [step.cost_per_t for step in curve(MAKERS, 40)] == [2110, 2124, 2170, 2340]


def test_who_is_pushed_out_by_hand() -> None:
    """Demand 80 of 110: without carbon scrap idles and hydro runs 10; at 40 coal runs 10 of 40 and sets 2,340."""
    assert clearing_price_per_t(MAKERS, 80, 0) == 1950
    assert clearing_price_per_t(MAKERS, 80, 40) == 2340
    (out,) = pushed_out(MAKERS, 80, 40)
    assert (out.maker, out.used_without_kt, out.used_with_kt) == (COAL, 40, 10)
    assert out.exit_price_per_tco2e == pytest.approx((2340 - 1700) / 16)


def test_capacity_short_of_demand_and_bad_makers_are_refused() -> None:
    with pytest.raises(InfeasiblePlan):
        clearing_price_per_t(MAKERS, 111, 40)
    with pytest.raises(InputRejected):
        curve([], 40)
    with pytest.raises(InputRejected):
        curve([Maker("x", 0, 1, 1)], 40)
    with pytest.raises(InputRejected):
        curve(MAKERS, -1)


@settings(deadline=None, max_examples=80)
@given(
    costs=st.lists(st.tuples(st.floats(1, 50), st.floats(0, 4000), st.floats(0, 25)), min_size=1, max_size=7),
    price=st.floats(0, 300),
    fraction=st.floats(0.01, 1.0),
)
def test_curve_conserves_tonnes_and_costs_rise(
    costs: list[tuple[float, float, float]], price: float, fraction: float
) -> None:
    makers = [Maker(f"m{i}", *one) for i, one in enumerate(costs)]
    demand = fraction * sum(maker.capacity_kt for maker in makers)
    steps = curve(makers, price, demand)
    assert sum(step.used_kt for step in steps) == pytest.approx(demand)
    assert all(a.cost_per_t <= b.cost_per_t for a, b in pairwise(steps))
    lost = {one.maker for one in pushed_out(makers, demand * 0.999, price)}
    assert not lost or price > 0


def test_green_premium_is_the_difference_in_carbon() -> None:
    assert break_even_green_premium_per_t(0.739, 4.1, 80) == pytest.approx((4.1 - 0.739) * 80)
    assert break_even_green_premium_per_t(4.1, 0.739, 80) < 0
    day = date(2026, 9, 15)
    pair = green_premium(ImportedGood("7607", "TW", day), ImportedGood("7607", "CN", day))
    assert pair.break_even_eur_per_t == pytest.approx((5.559098489 * 1.1 - 1.599 * 0.975 - 1.01345) * 82.32)


def test_routes_carry_ranges_and_price_them() -> None:
    routes = carbon_of_routes("aluminium", load_facts().table("carbon/intensity", CarbonIntensity), 50.0)
    smelters = next(one for one in routes if one.row.route == "primary, smelter range")
    assert (smelters.low_cost_per_t, smelters.high_cost_per_t) == (225.0, 1100.0)
    latest = next(one for one in routes if one.row.year == "2022")
    assert latest.cost_per_t == pytest.approx(15.1 * 50)
    assert [one.tco2e_per_t for one in routes] == sorted(one.tco2e_per_t for one in routes)
    with pytest.raises(FactMissing):
        carbon_by_route("palladium", 50)


def test_makers_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "makers.toml"
    file.write_text('[[maker]]\nname="coal"\ncapacity_kt=40\ncash_cost_per_t=1700\ntco2e_per_t=16\n', encoding="utf-8")
    answer = carbon_by_route("aluminium", 40, makers_in(file), 30)
    assert answer.clearing_price_per_t == 2340
    assert answer.record()["pushed_out"] == []
    file.write_text("[[maker]]\nname='coal'\nprice=3\n", encoding="utf-8")
    with pytest.raises(InputRejected) as caught:
        makers_in(file)
    assert "cash_cost_per_t" in caught.value.text("zh-TW")


@pytest.mark.parametrize(
    ("code", "on", "in_scope"),
    [("7607", date(2026, 12, 31), False), ("7607", date(2027, 1, 1), True), ("7403", date(2027, 1, 1), False)],
)
def test_the_uk_charge_begins_in_2027_and_leaves_copper_out(code: str, on: date, in_scope: bool) -> None:
    answer = carbon_into_uk(ImportedGood(code, "TW", on))
    assert answer.in_scope is in_scope
    assert answer.record()["cost_eur_per_t"] == (None if in_scope else 0.0)


def row(country: str, tonnes: float, **more: object) -> Production:
    facts = {"metal": "tin", "stage": "mine", "year": 2024, "source": "a survey", "confidence": "high", **more}
    return Production.model_validate({"country": country, "production_t": tonnes, **facts})


def test_concentration_by_hand() -> None:
    """50, 30 and 10 of 100: 2500 + 900 + 100 = 3,500, and 100 more if the unnamed tenth is one producer."""
    answer = concentration("tin", "mine", [row("CN", 50), row("ID", 30), row("PE", 10), row("WORLD", 100)], {"PE"})
    assert (answer.hhi, answer.hhi_high) == (pytest.approx(3500), pytest.approx(3600))
    assert answer.top3_share == pytest.approx(0.9)
    assert answer.friend_share == pytest.approx(0.1)
    assert answer.unnamed_share == pytest.approx(0.1)


def test_named_countries_beyond_a_rounded_total_set_the_base() -> None:
    answer = concentration("tin", "mine", [row("CN", 60), row("ID", 50), row("WORLD", 100)], ())
    assert answer.world_t == 110
    assert answer.unnamed_share == 0


def test_published_copper_shares_and_natures() -> None:
    """Mine 11,200 of 23,000 and refinery 16,400 of 27,000 kt in the three largest (USGS, MCS 2025)."""
    mine, refinery = supply_concentration("copper", date(2026, 1, 1)).stages
    assert mine.top3_share == pytest.approx(11_200 / 23_000)
    assert refinery.top3_share == pytest.approx(16_400 / 27_000)
    assert not mine.is_assumed
    assert supply_concentration("aluminium", date(2026, 1, 1)).stages[0].is_assumed
    with pytest.raises(FactMissing):
        supply_concentration("lead", date(2026, 1, 1))


def test_friends_may_be_the_readers_own() -> None:
    latin = supply_concentration("copper", date(2026, 1, 1), friends=["CL", "PE"]).stages[0]
    assert latin.friend_share == pytest.approx(7_900 / 23_000)
