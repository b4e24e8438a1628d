"""Leads: a planted one is found, noise is not; dips by hand; intervals that cover."""

from datetime import date, timedelta

import numpy as np
import pytest
from tests.signals.shelf import Shelf, readings, weekdays

from tomnext.market.dips import DipRule, _year, dip_record, interval, volatility_draws
from tomnext.market.leads import forecast_gain, rank_leads
from tomnext.studies.dips import dips
from tomnext.studies.leading_indicators import Of, leading_indicators
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal


def test_a_planted_lead_holds_and_noise_does_not() -> None:
    rng = np.random.default_rng(2)
    leader, target = rng.normal(size=400), rng.normal(size=400)
    target[2:] += 0.5 * leader[:-2]
    short = np.full(400, np.nan)
    short[:40] = 1.0
    named = [("noise", rng.normal(size=400)), ("leader", leader), ("short", short), ("other", rng.normal(size=400))]
    found = {one.name: one for one in rank_leads(target, named, np.random.default_rng(0), draws=199)}
    assert next(iter(found)) == "leader"
    assert (found["leader"].standing, found["leader"].lag) == ("holds", 2)
    assert found["leader"].forecast_gain == pytest.approx(0.2, abs=0.08)
    assert found["noise"].standing == found["other"].standing == "does_not_hold"
    assert found["short"].standing == "not_testable"


def test_a_lag_is_not_a_lead() -> None:
    """A series that follows the target must not pass for one that precedes it."""
    rng = np.random.default_rng(4)
    target = rng.normal(size=300)
    follower = np.concatenate([[0.0], target[:-1]]) + 0.3 * rng.normal(size=300)
    assert rank_leads(target, [("follower", follower)], rng, draws=99)[0].standing == "does_not_hold"


def test_the_gain_uses_the_past_alone() -> None:
    rng = np.random.default_rng(5)
    target, other = rng.normal(size=120), rng.normal(size=120)
    one = forecast_gain(target, other)
    changed = other.copy()
    changed[-1] = 99.0
    assert forecast_gain(target, changed) == one


def test_the_lag_forecast_with_is_not_chosen_with_hindsight() -> None:
    """The lead sits three weeks back in the later half only: a lag picked on all weeks would find it, ours may not."""
    rng = np.random.default_rng(6)
    target, other = rng.normal(size=400), rng.normal(size=400)
    target[1:200] += 0.4 * other[:199]
    target[203:] += 0.8 * other[200:-3]
    found = rank_leads(target, [("other", other)], np.random.default_rng(0), draws=99)[0]
    assert found.lag == 3
    assert found.forecast_gain is not None
    assert found.forecast_gain < 0.02
    assert found.standing == "does_not_hold"


def test_a_spread_can_be_led_and_nothing_leads_itself() -> None:
    """On-warrant stock planted to move cash less three months two weeks later."""
    rng = np.random.default_rng(12)
    days = weekdays(date(2018, 1, 1), 1300)
    stock = rng.normal(0, 0.02, 1300)
    gap = rng.normal(0, 0.2, 1300)
    gap[10:] -= 20.0 * stock[:-10]
    later = 8000 * np.exp(np.cumsum(rng.normal(0, 0.01, 1300)))
    cash = later * (1 + np.cumsum(gap) / 100 * 0.02)
    shelf = readings("lme.copper.price.cash", days, cash).joined(readings("lme.copper.price.3m", days, later))
    shelf = shelf.joined(readings("lme.copper.stock.on_warrant", days, 100_000 * np.exp(np.cumsum(stock))))
    found = leading_indicators(Metal.COPPER, observations=shelf, of=Of.SPREAD, also=["lme.copper.stock.on_warrant"])
    assert found.target == "lme.copper.price.cash − lme.copper.price.3m"
    assert (found.leads[0].name, found.leads[0].standing, found.leads[0].lag) == (
        "lme.copper.stock.on_warrant", "holds", 2,
    )  # fmt: skip
    assert found.leads[0].correlation is not None
    assert found.leads[0].correlation < 0
    assert [one.name for one in found.leads].count("lme.copper.stock.on_warrant") == 1
    with pytest.raises(InputRejected):
        leading_indicators(Metal.COPPER, also=["lme.copper.price.3m"], observations=shelf)
    with pytest.raises(ObservationMissing):
        leading_indicators(Metal.SILVER, observations=silver_market(), of=Of.SPREAD)


def test_a_year_by_hand() -> None:
    """Dip on day 1 buys days 1 to 3 at 90 with waits of 0, 1 and 2 days at 1 a day; the rest at the day's price."""
    price = np.array([100.0, 90, 95, 100, 110])
    dip = np.array([False, True, False, False, False])
    cost, early = _year(price, dip, np.ones(5), 3)
    assert cost == pytest.approx(100 + 3 * 90 + 3 + 110)
    assert early == pytest.approx(3 / 5)


def test_dips_pay_where_prices_come_back_and_not_where_they_fall_on() -> None:
    days = np.arange(1500)
    swinging = np.where(days % 60 < 3, 88.0, 100.0)
    falling = 100 * np.exp(-0.0006 * days + 0.02 * np.sin(2 * np.pi * days / 40))
    rule = DipRule(finance_pct_a_year=3.0, storage_usd_per_t_day=0.0)
    good, bad = dip_record(swinging, rule), dip_record(falling, rule)
    assert good is not None
    assert bad is not None
    assert good.median_pct < 0 < bad.median_pct
    assert good.starts == len(range(120, 1500 - 252, 5))
    assert dip_record(falling[:300], rule) is None


def test_volatility_interval_covers_the_truth() -> None:
    hits = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        low, high = interval(volatility_draws(rng.normal(0, 0.01, 252), rng))
        hits += low <= 0.01 * np.sqrt(252) * 100 <= high
    assert 28 <= hits <= 40


def silver_market() -> Shelf:
    rng = np.random.default_rng(8)
    days = weekdays(date(2018, 1, 1), 1300)
    stock = rng.normal(0, 0.01, 1300)
    price = rng.normal(0, 0.01, 1300)
    price[7:] -= 0.8 * stock[:-7]
    shelf = readings("comex.silver.price.front", days, 20 * np.exp(np.cumsum(price)))
    return shelf.joined(readings("shfe.silver.stock", days, 1000 * np.exp(np.cumsum(stock))))


def test_the_study_ranks_names_and_says_what_is_not_there() -> None:
    found = leading_indicators(Metal.SILVER, observations=silver_market())
    standing = {one.name: one.standing for one in found.leads}
    assert found.leads[0].name == "shfe.silver.stock"
    assert standing["shfe.silver.stock"] == "holds"
    assert standing["pv.raw_material.turnover_days"] == "not_testable"
    with pytest.raises(ObservationMissing):
        leading_indicators(Metal.LEAD, observations=silver_market())
    with pytest.raises(InputRejected):
        leading_indicators(Metal.SILVER, also=["no.such.series"], observations=silver_market())


def test_the_ranking_of_movement_and_the_as_of_day() -> None:
    days = [date(2020, 1, 1) + timedelta(days=number) for number in range(900)]
    days = [day for day in days if day.weekday() < 5]
    rng = np.random.default_rng(1)
    calm = readings("comex.gold.price.front", days, 1500 * np.exp(np.cumsum(rng.normal(0, 0.005, len(days)))))
    wild = readings("comex.silver.price.front", days, 20 * np.exp(np.cumsum(rng.normal(0, 0.02, len(days)))))
    found = dips(observations=calm.joined(wild))
    assert [one.metal for one in found] == [Metal.SILVER, Metal.GOLD]
    assert found[0].volatility_low_pct < found[0].volatility_pct < found[0].volatility_high_pct
    early = dips(as_of=date(2021, 6, 1), observations=calm.joined(wild))
    assert early[0].observed_on <= date(2021, 6, 1)
    assert early[0].record is None


def test_ranks_come_with_intervals_and_near_tenors_move_more() -> None:
    """Cash moves 0.02 a day, 12 months 0.01: 31.7 and 15.9 % a year; two like metals share their ranks."""
    days = weekdays(date(2020, 1, 1), 700)
    rng = np.random.default_rng(4)
    shelf = readings("lme.copper.price.cash", days, 8000 * np.exp(np.cumsum(rng.normal(0, 0.02, 700))))
    shelf = shelf.joined(readings("lme.copper.price.12m", days, 8000 * np.exp(np.cumsum(rng.normal(0, 0.01, 700)))))
    for metal in ("zinc", "nickel"):
        walk = np.exp(np.cumsum(rng.normal(0, 0.008, 700)))
        shelf = shelf.joined(readings(f"lme.{metal}.price.cash", days, 3000 * walk))
    found = {one.metal: one for one in dips(observations=shelf)}
    copper = found[Metal.COPPER]
    assert (copper.rank_low, copper.rank_high) == (1, 1)
    assert {found[one].rank_low for one in (Metal.ZINC, Metal.NICKEL)} == {2}
    assert {found[one].rank_high for one in (Metal.ZINC, Metal.NICKEL)} == {3}
    assert copper.by_tenor["cash"] == pytest.approx(0.02 * np.sqrt(252) * 100, rel=0.12)
    assert copper.by_tenor["12m"] == pytest.approx(0.01 * np.sqrt(252) * 100, rel=0.12)
    assert copper.by_tenor["24m"] is None
    assert set(copper.by_window) == {20, 60, 120, 252}


def test_a_halted_stretch_is_not_a_calm_window() -> None:
    days = weekdays(date(2020, 1, 1), 400)
    walk = 20 * np.exp(np.cumsum(np.random.default_rng(4).normal(0, 0.02, 400)))
    kept = [place for place in range(400) if place < 340 or place % 7 == 0]
    shelf = readings("comex.silver.price.front", [days[at] for at in kept], [walk[at] for at in kept])
    found = dips((Metal.SILVER,), observations=shelf)[0]
    assert found.by_window[20] is None
    assert found.by_window[252] is not None
