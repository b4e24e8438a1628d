"""Leads: a planted one is found, noise is not; dips by hand; intervals that cover."""

from datetime import date, timedelta

import numpy as np
import pytest
from tests.signals.shelf import Shelf, readings, weekdays

from tomnext.market.dips import DipRule, _year, dip_record, volatility_interval
from tomnext.market.leads import forecast_gain, rank_leads
from tomnext.studies.dips import dips
from tomnext.studies.leading_indicators import leading_indicators
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
    one = forecast_gain(target, other, 1)
    changed = other.copy()
    changed[-1] = 99.0
    assert forecast_gain(target, changed, 1) == one


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
        low, high = volatility_interval(rng.normal(0, 0.01, 252), rng)
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
