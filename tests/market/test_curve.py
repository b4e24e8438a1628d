"""Dated curves: prompts, interpolation, carry by hand, halted and closed days, and nothing from the future."""

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomnext.facts.load import load_facts
from tomnext.market.carry import annualised_carry_pct, full_carry, implied_lease_rate_pct
from tomnext.market.curve import Curve, CurvePoint, Shape, dated_curve, tenor_prompt
from tomnext.market.percentile import percentile_rank
from tomnext.studies.curve import curve_reading
from tomnext.studies.prompts import lme_calendar
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal

CALENDAR = lme_calendar(load_facts())
MONDAY = date(2021, 10, 18)
PRICES = {"cash": 10_000.0, "3m": 10_100.0, "12m": 10_300.0}


def copper(days: dict[date, tuple[float, float]], **more: dict[date, float]) -> dict[str, dict[date, float]]:
    """Cash and three-month copper by day."""
    legs = {"cash": {day: legs[0] for day, legs in days.items()}, "3m": {day: legs[1] for day, legs in days.items()}}
    return {f"lme.copper.price.{tenor}": values for tenor, values in legs.items()} | {
        f"lme.copper.{name.replace('__', '.')}": values for name, values in more.items()
    }


def test_tenors_stand_on_their_prompts() -> None:
    curve = dated_curve(MONDAY, {**PRICES, "24m": 10_500.0}, CALENDAR)
    assert [(one.tenor, one.prompt_date) for one in curve.points] == [
        ("cash", date(2021, 10, 20)),
        ("3m", date(2022, 1, 18)),
        ("12m", date(2022, 10, 19)),
        ("24m", date(2023, 10, 18)),
    ]
    assert curve.shape is Shape.CONTANGO
    assert tenor_prompt("tom", date(2025, 6, 18), CALENDAR) is None
    assert dated_curve(date(2025, 6, 18), {"tom": 1.0, "cash": 2.0}, CALENDAR).point("tom") is None
    with pytest.raises(InputRejected, match="no prompt date"):
        tenor_prompt("settlement", MONDAY, CALENDAR)


@pytest.mark.parametrize(
    ("prices", "shape"),
    [
        ([1.0, 2.0, 3.0], Shape.CONTANGO),
        ([3.0, 2.0, 1.0], Shape.BACKWARDATION),
        ([2.0, 2.0, 2.0], Shape.FLAT),
        ([3.0, 2.0, 2.5], Shape.MIXED),
        ([2.0, 2.0, 2.5], Shape.MIXED),
        ([2.0], Shape.NOT_KNOWN),
    ],
)
def test_shape_needs_every_pair_to_agree(prices: list[float], shape: Shape) -> None:
    quoted = dict(zip(("cash", "3m", "12m"), prices, strict=False))
    assert dated_curve(MONDAY, quoted, CALENDAR).shape is shape


def test_between_prompts_the_carry_is_straight_and_beyond_them_nothing_is_read() -> None:
    curve = dated_curve(MONDAY, PRICES, CALENDAR)
    assert curve.price_usd_per_t(date(2021, 12, 4)) == pytest.approx(10_050.0)  # half of the 90 days from cash to 3M
    assert curve.near_minus_far_usd_per_t(date(2021, 10, 20), date(2022, 1, 18)) == -100.0
    for outside in (date(2021, 10, 19), date(2022, 10, 20)):
        with pytest.raises(ObservationMissing, match="2022-10-19"):
            curve.price_usd_per_t(outside)


@given(prices=st.lists(st.floats(1.0, 1e5), min_size=2, max_size=6), where=st.floats(0.0, 1.0))
@settings(deadline=None, max_examples=200)
def test_interpolation_meets_the_points_and_stays_between_neighbours(prices: list[float], where: float) -> None:
    days = [MONDAY + timedelta(days=37 * number) for number in range(len(prices))]
    curve = Curve(
        MONDAY, tuple(CurvePoint(str(n), day, price) for n, (day, price) in enumerate(zip(days, prices, strict=True)))
    )
    assert [curve.price_usd_per_t(day) for day in days] == pytest.approx(prices)
    day = days[0] + timedelta(days=round(where * 37 * (len(prices) - 1)))
    near = min(int(where * (len(prices) - 1)), len(prices) - 2)
    neighbours = prices[max(near - 1, 0) : near + 3]
    assert min(neighbours) - 1e-6 <= curve.price_usd_per_t(day) <= max(neighbours) + 1e-6


def test_carry_by_hand() -> None:
    """Buy 10,000 sell 9,700 in 90 days: loses 300 a quarter, 12 % a year; metal lent at 5 % money earns 17 %."""
    carry = annualised_carry_pct(10_000.0, 9_700.0, 90)
    assert carry == pytest.approx(-12.0)
    assert implied_lease_rate_pct(5.0, carry) == pytest.approx(17.0)
    cost = full_carry(10_000.0, 90, money_rate_pct=5.0, rent_usd_per_t_day=0.51, insurance_pct_per_year=0.05)
    assert cost.finance_usd_per_t == pytest.approx(125.0)
    assert cost.rent_usd_per_t == pytest.approx(45.9)
    assert cost.insurance_usd_per_t == pytest.approx(1.25)
    assert cost.total_usd_per_t == pytest.approx(172.15)
    assert cost.share_paid(10_000.0, 10_172.15) == pytest.approx(1.0)
    assert cost.share_paid(10_000.0, 9_700.0) == pytest.approx(-300 / 172.15)


@given(values=st.lists(st.integers(-5, 5), min_size=2, max_size=40), gaps=st.integers(0, 5))
@settings(deadline=None)
def test_percentile_counts_below_and_half_of_equal(values: list[int], gaps: int) -> None:
    history = np.array([*map(float, values), *[np.nan] * gaps])
    naive = sum(1.0 if one < values[-1] else 0.5 for one in values if one <= values[-1]) / len(values) * 100
    assert percentile_rank(history, float(values[-1])) == pytest.approx(naive)
    assert percentile_rank(history[:1], 1.0) is None


def test_published_difference_is_preferred_and_never_mixed_with_legs(in_memory: Any) -> None:
    days = {date(2021, 10, day): (9_000.0 + day, 9_000.0) for day in (13, 14, 15, 18)}
    published = {date(2021, 10, 15): 12.5, MONDAY: 20.0}
    both = curve_reading(Metal.COPPER, MONDAY, observations=in_memory(copper(days, carry__cash_minus_3m=published)))
    assert both.carry is not None
    assert (both.carry.cash_minus_three_month_usd_per_t, both.carry.basis) == (20.0, "published")
    assert both.carry.history_days == 2
    silent = curve_reading(
        Metal.COPPER, MONDAY, observations=in_memory(copper(days, carry__cash_minus_3m={date(2021, 10, 15): 12.5}))
    )
    assert silent.carry is not None
    assert (silent.carry.cash_minus_three_month_usd_per_t, silent.carry.basis) == (18.0, "legs")
    assert silent.carry.history_days == 4


def test_a_carried_forward_holiday_is_no_observation(in_memory: Any) -> None:
    """Christmas Eve's prices repeated on 27 and 28 December 2021, both bank holidays."""
    days = {date(2021, 12, day): (9_600.0, 9_580.0) for day in (23, 24, 27, 28)}
    found = curve_reading(Metal.COPPER, date(2021, 12, 28), observations=in_memory(copper(days)))
    assert found.observed_on == date(2021, 12, 24)
    assert found.carry is not None
    assert found.carry.history_days == 2


def test_money_rate_prices_lease_and_full_carry_only_when_known(in_memory: Any) -> None:
    market = copper({MONDAY: (10_000.0, 9_700.0)})
    without = curve_reading(Metal.COPPER, MONDAY, observations=in_memory(market)).carry
    assert without is not None
    assert without.implied_lease_rate_pct is None
    assert without.full_carry is None
    funds = {"rates.us.fed_funds": {MONDAY - timedelta(days=3): 5.0, MONDAY + timedelta(days=1): 9.0}}
    read = curve_reading(Metal.COPPER, MONDAY, observations=in_memory(market | funds))
    assert read.carry is not None
    assert read.carry.money_rate_pct == 5.0
    assert read.carry.implied_lease_rate_pct == pytest.approx(5.0 + 300 / 10_000 * 360 / 90 * 100)
    assert {"rates.us.fed_funds", "lme/warehouse/rent/copper"} <= {one.id for one in read.evidence}
    stated = curve_reading(Metal.COPPER, MONDAY, 1.0, observations=in_memory(market | funds)).carry
    assert stated is not None
    assert stated.money_rate_pct == 1.0
    early = curve_reading(
        Metal.COPPER, date(2008, 7, 1), 5.0, in_memory(copper({date(2008, 7, 1): (8_500.0, 8_400.0)}))
    )
    assert early.carry is not None
    assert early.carry.full_carry is None  # no rent is known before April 2015


@given(future=st.floats(1.0, 1e6), ahead=st.integers(1, 30))
@settings(deadline=None, max_examples=40)
def test_a_planted_future_value_changes_nothing(in_memory: Any, future: float, ahead: int) -> None:
    days = {date(2021, 10, day): (9_000.0 + day, 9_000.0) for day in (13, 14, 15, 18)}
    planted = days | {MONDAY + timedelta(days=ahead): (future, 1.0)}
    plain = curve_reading(Metal.COPPER, MONDAY, observations=in_memory(copper(days)))
    assert curve_reading(Metal.COPPER, MONDAY, observations=in_memory(copper(planted))) == plain


def test_official_prices_serve_when_there_are_no_closing_ones(in_memory: Any) -> None:
    official = {"lme.copper.price.settlement": {MONDAY: 10_250.0}, "lme.copper.price.settlement_3m": {MONDAY: 10_000.0}}
    found = curve_reading(Metal.COPPER, observations=in_memory(official))
    assert found.carry is not None
    assert found.carry.cash_minus_three_month_usd_per_t == 250.0


def test_no_price_names_the_metals_that_have_one(in_memory: Any) -> None:
    with pytest.raises(ObservationMissing) as caught:
        curve_reading(Metal.SILVER, observations=in_memory(copper({MONDAY: (1.0, 1.0)})))
    assert list(caught.value.nearest) == ["copper"]


def test_copper_on_18_october_2021(real_copper: Any) -> None:
    """The published backwardation of the 2021 squeeze (squeeze_events, CU2021: 1,103.5 USD/t)."""
    found = curve_reading(Metal.COPPER, MONDAY, observations=real_copper)
    assert found.carry is not None
    assert found.carry.cash_minus_three_month_usd_per_t == 1103.5
    assert found.shape is Shape.BACKWARDATION
    assert found.carry.percentile is not None
    assert found.carry.percentile > 99.98
    assert found.kind == "licensed"
    assert found.curve is not None
    cash, three_month = found.curve.points[:2]
    assert (three_month.prompt_date - cash.prompt_date).days == 90
    assert found.carry.annualised_carry_pct == pytest.approx(-1103.5 / cash.price_usd_per_t * 360 / 90 * 100)


@pytest.mark.parametrize("day", [8, 9, 10, 11, 12, 13, 14, 15])
def test_nickel_in_march_2022_is_halted_not_calm(real_nickel: Any, day: int) -> None:
    found = curve_reading(Metal.NICKEL, date(2022, 3, day), observations=real_nickel)
    assert found.shape is Shape.HALTED
    assert found.curve is None
    assert found.carry is None
    assert found.halt is not None


def test_nickel_before_and_after_the_halt(real_nickel: Any) -> None:
    before = curve_reading(Metal.NICKEL, date(2022, 3, 7), observations=real_nickel)
    after = curve_reading(Metal.NICKEL, date(2022, 3, 16), observations=real_nickel)
    assert before.carry is not None
    assert after.carry is not None
    assert after.carry.history_days == before.carry.history_days + 1


def test_cli_json_holds_the_contract(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from tomnext.faces.cli.main import main

    monkeypatch.setattr("sys.argv", ["tomnext", "curve", "copper", "--as-of", "2021-10-18", "--format", "json"])
    with pytest.raises(SystemExit) as done:
        main()
    assert not done.value.code
    record = json.loads(capsys.readouterr().out)
    wanted = ("as_of", "points", "cash_minus_three_month_usd_per_t", "annualised_carry_pct", "percentile", "shape")
    assert {*wanted, "kind", "evidence"} <= set(record)
    assert set(record["points"][0]) == {"tenor", "prompt_date", "price_usd_per_t"}
    assert record["kind"] == "simulated"
    assert record["as_of"] == "2021-10-18"
