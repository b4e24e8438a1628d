"""Ties to other markets: against statsmodels, on made breaks, on nothing at all; attribution that sums."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.signals.shelf import Shelf, readings

from tomnext.market.attribution import attribute
from tomnext.market.decoupling import beta_path, break_tests, correlation, false_discovery, least_squares
from tomnext.studies.official_buying import official_buying
from tomnext.studies.silver_drivers import silver_drivers
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal

Array = np.ndarray[Any, np.dtype[np.float64]]


def made(seed: int, betas: Array, noise: float = 1.5) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=betas.shape) * np.array([2.0, 3.0])
    return (betas * factors).sum(axis=1) + noise * rng.standard_t(5, betas.shape[0]), factors


def test_newey_west_bounds_agree_with_statsmodels() -> None:
    import statsmodels.api as sm

    moves, factors = made(1, np.tile([1.2, -0.4], (300, 1)))
    lags = int(4 * (300 / 100) ** (2 / 9))
    peer = sm.OLS(moves, sm.add_constant(factors)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    for number, ours in enumerate(least_squares(moves, factors), start=1):
        assert ours.value == pytest.approx(peer.params[number])
        assert ours.high - ours.value == pytest.approx(1.645 * peer.bse[number])


def test_discount_one_is_recursive_least_squares() -> None:
    moves, factors = made(2, np.tile([1.2, -0.4], (400, 1)))
    path = beta_path(moves, factors, forget=1.0)
    assert path.mean[-1] == pytest.approx([one.value for one in least_squares(moves, factors)], abs=0.02)


def test_bands_cover_the_truth_and_follow_a_change() -> None:
    truth = np.tile([1.4, 0.0], (600, 1))
    truth[300:] = [0.6, 0.3]
    inside = []
    for seed in range(12):
        moves, factors = made(seed, truth)
        path = beta_path(moves, factors)
        at = [250, 299, 500, 599]
        inside.append(np.abs(path.mean[at] - truth[at]) <= path.reach[at])
    assert np.mean(inside) >= 0.85


def test_betas_of_a_week_know_nothing_later() -> None:
    moves, factors = made(3, np.tile([1.2, -0.4], (200, 1)))
    whole, part = beta_path(moves, factors), beta_path(moves[:120], factors[:120])
    np.testing.assert_array_equal(part.mean, whole.mean[:120])
    np.testing.assert_allclose(whole.ahead[1:], whole.mean[:-1])


def test_a_made_break_is_found_and_the_rest_left_alone() -> None:
    truth = np.tile([1.4, 0.2], (400, 1))
    truth[220:, 0] = 0.5
    moves, factors = made(4, truth)
    gold, ai = break_tests(moves, factors, ["gold", "ai"], np.random.default_rng(0), draws=199)
    assert gold.holds
    assert abs(gold.break_at - 220) < 30
    assert gold.before == pytest.approx(1.4, abs=0.25)
    assert gold.after == pytest.approx(0.5, abs=0.25)
    assert not ai.holds


def test_without_breaks_discoveries_are_rare() -> None:
    found = 0
    for seed in range(25):
        moves, factors = made(50 + seed, np.tile([1.0, 0.2], (220, 1)))
        found += any(one.holds for one in break_tests(moves, factors, "ab", np.random.default_rng(seed), draws=99))
    assert found <= 6


def test_false_discovery_agrees_with_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    p = np.array([0.001, 0.2, 0.03, 0.04, 0.5, 0.012])
    np.testing.assert_allclose(false_discovery(p), multipletests(p, method="fdr_bh")[1])


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 80))
def test_attribution_sums_to_the_return(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    names = ["gold", "usd", "ai", "copper"]
    moves, factors, betas = rng.normal(size=count) * 9, rng.normal(size=(count, 4)) * 3, rng.normal(size=(count, 4)) * 2
    premium = rng.normal(size=count) if seed % 2 else None
    found = attribute(moves, factors, betas, names, premium)
    parts = [part for part in found.by_force.values() if part is not None]
    assert (found.by_force["trade_policy"] is None) == (premium is None)
    assert sum(parts) + found.residual == pytest.approx(moves.sum(), rel=1e-12, abs=1e-12)
    assert sum(found.by_factor.values()) == pytest.approx(sum(parts), abs=1e-10)


def market(weeks: int = 300, break_at: int = 180, ai_until: int | None = None) -> Shelf:
    """Silver that leaves gold for AI half way, from daily prices on Fridays."""
    rng = np.random.default_rng(11)
    days = [date(2018, 1, 5) + timedelta(weeks=number) for number in range(weeks)]
    gold, ai, usd = (rng.normal(0, size, weeks) for size in (0.02, 0.03, 0.008))
    tie = np.where(np.arange(weeks) < break_at, 1.5, 0.4)
    pull = np.where(np.arange(weeks) < break_at, 0.0, 0.8)
    silver = tie * gold + pull * ai + rng.normal(0, 0.015, weeks)
    shelf = readings("comex.silver.price.front", days, 20 * np.exp(np.cumsum(silver)))
    shelf = shelf.joined(readings("comex.gold.price.front", days, 1500 * np.exp(np.cumsum(gold))))
    shelf = shelf.joined(readings("fx.usd_broad", days, 110 * np.exp(np.cumsum(usd))))
    return shelf.joined(readings("equity.smh", days[:ai_until], (90 * np.exp(np.cumsum(ai)))[:ai_until]))


def test_silver_that_leaves_gold_for_ai_is_said_to() -> None:
    found = silver_drivers(observations=market())
    assert found.verdict == "yes"
    ties = {one.driver: one for one in found.ties}
    assert abs((ties["gold"].broke_on - date(2018, 1, 5)).days / 7 - 180) < 20
    assert ties["ai"].now.low > 0
    assert list(found.not_testable) == ["real_yield", "copper", "venue_premium"]
    assert found.not_testable["venue_premium"] == ("comex.silver.price.front", "lbma.silver.price")
    assert found.attribution.by_force["trade_policy"] is None
    total = found.attribution.explained + found.attribution.residual
    assert total == pytest.approx(found.attribution.total, abs=1e-10)
    weeks = [one.week for one in found.history]
    assert weeks[-1] == found.sample_to
    assert {(later - one).days for one, later in pairwise(weeks)} == {13 * 7}
    assert found.history[-1].betas["gold"] == ties["gold"].now
    assert found.history[-1].correlations["gold"] == ties["gold"].correlation
    calm, late = found.history[2].correlations["gold"], found.history[-1].correlations["gold"]
    assert late.high < calm.low
    before = silver_drivers(observations=market(), as_of=date(2020, 12, 31))
    assert before.verdict == "no"


def test_a_planted_future_moves_no_beta() -> None:
    import polars as pl

    day = date(2021, 3, 31)
    wild = market()
    changed = wild.frame.with_columns(
        value=pl.when(pl.col("observed_on") > day).then(pl.col("value") * 3).otherwise(pl.col("value"))
    )
    one, two = silver_drivers(observations=wild, as_of=day), silver_drivers(observations=Shelf(changed), as_of=day)
    assert one.ties == two.ties
    assert one.attribution == two.attribution


def test_a_driver_that_ended_is_named_not_used() -> None:
    found = silver_drivers(observations=market(ai_until=250))
    assert "ai" in found.not_testable
    assert found.verdict == "not_testable"
    assert found.weeks > 290


def test_a_break_of_the_last_year_is_looked_for() -> None:
    """Ten years of weeks, the tie gone for the last nine months: the usual trim of 15 % would not look there."""
    truth = np.tile([1.4, 0.2], (520, 1))
    truth[480:, 0] = -0.2
    moves, factors = made(9, truth)
    gold, ai = break_tests(moves, factors, ["gold", "ai"], np.random.default_rng(0), draws=199)
    assert gold.holds
    assert abs(gold.break_at - 480) < 15
    assert not ai.holds


def test_correlation_bounds_cover_when_moves_follow_themselves() -> None:
    """True correlation 0.5, serial correlation 0.3, fat tails: bounds that ignore them are too narrow."""
    ours = naive = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        shocks = rng.standard_t(5, (460, 2)) @ np.linalg.cholesky(np.array([[1.0, 0.5], [0.5, 1.0]])).T
        walk = np.zeros_like(shocks)
        for place in range(1, 460):
            walk[place] = 0.3 * walk[place - 1] + shocks[place]
        found = correlation(walk[60:, 0], walk[60:, 1])
        ours += found.low <= 0.5 <= found.high
        reach = 1.645 / np.sqrt(400 - 3)
        naive += np.tanh(np.arctanh(found.value) - reach) <= 0.5 <= np.tanh(np.arctanh(found.value) + reach)
    assert ours >= 48
    assert ours > naive


def with_premium(shelf: Shelf, weeks: int = 300, collapse_at: int = 280) -> Shelf:
    """London silver beside New York's, whose premium of 20 % ends in one week; days around each fix made the same."""
    import polars as pl

    own = shelf.frame.filter(pl.col("series_id") == "comex.silver.price.front").sort("observed_on")
    premium = np.where(np.arange(weeks) < collapse_at, 1.2, 1.0)
    london, dear = own["value"].to_numpy(), own["value"].to_numpy() * premium
    fridays = own["observed_on"].to_list()
    days = [friday - timedelta(days=back) for friday in fridays for back in (1, 0)]
    rest = Shelf(shelf.frame.filter(pl.col("series_id") != "comex.silver.price.front"))
    priced = readings("comex.silver.price.front", days, list(np.repeat(dear, 2)))
    return rest.joined(priced).joined(readings("lbma.silver.price", days, list(np.repeat(london, 2))))


def test_a_premium_that_collapses_is_the_trade_policy_part() -> None:
    """The premium of 20 % goes: ln(1/1.2) = -18.23 %, none of it given to gold, AI or the unexplained."""
    plain = silver_drivers(observations=market())
    found = silver_drivers(observations=with_premium(market()))
    assert "venue_premium" not in found.not_testable
    assert found.attribution.by_force["trade_policy"] == pytest.approx(100 * np.log(1 / 1.2), abs=0.01)
    assert found.attribution.residual == pytest.approx(plain.attribution.residual, abs=0.5)
    total = found.attribution.explained + found.attribution.residual
    assert total == pytest.approx(found.attribution.total, abs=1e-10)
    assert found.attribution.total == pytest.approx(plain.attribution.total + 100 * np.log(1 / 1.2), abs=0.01)


def bank_market(effect_pct_per_100_t: float, seed: int = 3) -> Shelf:
    """Gold moved in the middle of each quarter by its purchases, or not; yields and the dollar held."""
    rng = np.random.default_rng(seed)
    ends = [date(year, month, 28) for year in range(2008, 2025) for month in (3, 6, 9, 12)]
    days = [date(2008, 1, 4) + timedelta(weeks=number) for number in range(17 * 52)]
    bought = rng.uniform(50, 400, len(ends))
    jump = {
        day.replace(month=day.month - 1): effect_pct_per_100_t * t / 100 for day, t in zip(ends, bought, strict=True)
    }
    moves = np.array([0.3 * rng.standard_normal() + sum(jump.get(day - timedelta(days=back), 0.0) for back in range(7))
                      for day in days])  # fmt: skip
    shelf = readings("comex.gold.price.front", days, 1000 * np.exp(np.cumsum(moves) / 100))
    shelf = shelf.joined(readings("rates.us.10y_real", days, rng.normal(0, 0.05, len(days)).cumsum()))
    shelf = shelf.joined(readings("fx.usd_broad", days, 110 * np.exp(rng.normal(0, 0.005, len(days)).cumsum())))
    return shelf.joined(readings("official.gold.net_purchases", ends, bought))


def test_central_bank_buying_is_tested_once_it_is_imported() -> None:
    planted = official_buying(bank_market(2.0))
    assert planted.quarters >= 60
    assert planted.beyond == ("rates.us.10y_real", "fx.usd_broad")
    assert planted.effect is not None
    by_hand = 0.3 * np.sqrt(13) / np.std(np.random.default_rng(3).uniform(50, 400, 68) / 100) / np.sqrt(67)
    assert planted.effect.value == pytest.approx(2.0, abs=3 * by_hand)
    assert planted.effect.low > 0
    nothing = [official_buying(bank_market(0.0, seed)).effect for seed in range(20)]
    assert sum(one is None or one.low > 0 for one in nothing) <= 4, "one in twenty is due by chance"
    assert official_buying(bank_market(2.0), date(2012, 6, 30)).effect is None
    assert official_buying(market()).quarters == 0
    assert silver_drivers(Metal.GOLD, observations=bank_market(2.0)).new_tie_rose


def test_nothing_after_the_day_asked_from_is_refused() -> None:
    with pytest.raises(ObservationMissing):
        silver_drivers(since=date(2031, 1, 1), observations=market())


def test_too_little_and_the_wrong_metal_are_refused() -> None:
    with pytest.raises(ObservationMissing):
        silver_drivers(observations=market(weeks=60, break_at=30))
    with pytest.raises(InputRejected):
        silver_drivers(Metal.TIN, observations=market())
