"""Scores and rivals against integration, arch and hand calculation; the walk-forward proof."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import lognorm, norm
from tests.scenarios.histories import made_up, real

from tomnext.scenarios.rivals import garch_sd, random_walk_sd
from tomnext.scenarios.scores import (
    coverage,
    crps_of_lognormal,
    crps_of_normal,
    crps_of_sample,
    pit_histogram,
    skill,
    skill_error,
)
from tomnext.scenarios.walk_forward import walk_forward


@pytest.mark.parametrize("seen", [0.4, 1.0, 3.0])
def test_scores_equal_the_integral_that_defines_them(seen: float) -> None:
    for law, score in (
        (norm(0.5, 0.7), crps_of_normal(np.array([seen - 0.5]), np.array([0.7]))),
        (lognorm(0.4, scale=1.2), crps_of_lognormal(np.array([1.2]), np.array([0.4]), np.array([seen]))),
    ):
        low, _ = quad(lambda x, law=law: law.cdf(x) ** 2, -20, seen, limit=200)
        high, _ = quad(lambda x, law=law: (1 - law.cdf(x)) ** 2, seen, 40, limit=200)
        assert score[0] == pytest.approx(low + high, abs=1e-6)
        sample = law.rvs(20_000, random_state=1)
        assert crps_of_sample(sample, seen) == pytest.approx(low + high, abs=0.01)


def test_a_small_sample_scores_as_its_law_on_average() -> None:
    rng = np.random.default_rng(5)
    scores = [crps_of_sample(rng.standard_normal(4), 0.6) for _ in range(20_000)]
    law = crps_of_normal(np.array([0.6]), np.array([1.0]))[0]
    assert np.mean(scores) == pytest.approx(law, abs=4 * np.std(scores) / np.sqrt(len(scores)))


def test_a_single_number_scores_its_absolute_error() -> None:
    assert crps_of_sample(np.array([3.0]), 5.0) == 2.0


def test_garch_agrees_with_the_forecast_of_arch() -> None:
    """Oracle: arch's own analytic forecast from the same sample."""
    from arch import arch_model

    rng = np.random.default_rng(0)
    moves, variance = np.zeros(1501), 1e-4
    for t in range(1, 1501):
        moves[t] = np.sqrt(variance) * rng.standard_normal()
        variance = 2e-6 + 0.08 * moves[t] ** 2 + 0.90 * variance
    horizons = np.array([1, 5, 20])
    mine = garch_sd(moves, np.array([1500]), horizons)[0]
    found = arch_model(1000 * moves[1:], mean="Zero", rescale=False).fit(disp="off").forecast(horizon=20)
    theirs = np.sqrt(np.cumsum(found.variance.to_numpy()[-1])[horizons - 1]) / 1000
    np.testing.assert_allclose(mine, theirs, rtol=0.02)


def test_random_walk_is_the_rolling_root_mean_square() -> None:
    moves = np.append(0.0, np.where(np.arange(100) % 2 == 0, 0.01, -0.03))
    expected = np.sqrt((0.01**2 + 0.03**2) / 2)
    np.testing.assert_allclose(random_walk_sd(moves, np.array([90]), np.array([4])), [[2 * expected]], rtol=1e-12)


def test_error_of_a_skill_is_that_of_a_mean_and_grows_where_neighbours_are_alike() -> None:
    """Against a rival of one the skill is 1 − mean: its error is sd/√n, and √10 of that when ten in a row are equal."""
    score = 1 + 0.3 * np.random.default_rng(3).standard_normal(12_000)
    assert skill_error(score, np.ones(12_000), n_blocks=200) == pytest.approx(0.3 / np.sqrt(12_000), rel=0.15)
    alike = np.repeat(score[:1200], 10)
    assert skill_error(alike, np.ones(12_000), n_blocks=200) == pytest.approx(0.3 / np.sqrt(1200), rel=0.15)
    assert np.isnan(skill_error(score[:5], np.ones(5)))


def test_calibration_of_a_perfect_forecast_is_flat() -> None:
    pit = (np.arange(1000) + 0.5) / 1000
    assert coverage(pit)["80"] == pytest.approx(0.8, abs=0.001)
    assert pit_histogram(pit) == pytest.approx([0.1] * 10)
    assert skill(np.array([1.0, 1.0]), np.array([2.0, 2.0])) == 0.5


def test_a_planted_future_changes_no_earlier_forecast() -> None:
    whole = made_up(n_days=900)
    assert whole.cash is not None
    shock = np.where(np.arange(900) >= 800, 3.0, 1.0)
    planted = replace(whole, level=whole.level * shock, cash=whole.cash * shock)
    first, second = (walk_forward(one, every=20, n_paths=200, has_garch=False) for one in (whole, planted))
    early = np.arange(500, 840, 20) + 60 < 800
    for target in first.scores:
        assert (first.scores[target].pit[early] == second.scores[target].pit[early]).all()
        assert (first.scores[target].crps[early] == second.scores[target].crps[early]).all()


def test_made_up_metal_is_forecast_with_honest_intervals() -> None:
    found = walk_forward(made_up(n_days=3000, seed=11), every=10, n_paths=400, has_garch=False)
    for target in ("price", "cash_minus_three_month"):
        assert 0.74 <= coverage(found.scores[target].pit[:, 1])["80"] <= 0.87
    tight = found.scores["cash_minus_three_month"]
    assert skill(tight.crps, tight.random_walk) > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("metal", ["zinc", "tin"])
def test_real_metals_on_years_no_parameter_was_chosen_on(real_data: Path, metal: str) -> None:
    """The constants were chosen on 2003–2015; issue: 75–85 % at 20 days, tightness better than a random walk."""
    found = walk_forward(real(real_data, metal), every=10, n_paths=500, first_day=np.datetime64("2016-01-01"))
    for scores in found.scores.values():
        assert 0.75 <= coverage(scores.pit[:, 1])["80"] <= 0.85
    tight, price = found.scores["cash_minus_three_month"], found.scores["price"]
    assert skill(tight.crps, tight.random_walk) > 0.05
    assert skill(price.crps, price.random_walk) > -0.01
