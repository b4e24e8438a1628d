"""Plain factor paths against their closed form; the lattice against fresh paths."""

import numpy as np
import pytest
from tests.scenarios.histories import made_up

from tomnext.scenarios.factor_paths import two_factor_prices
from tomnext.scenarios.reduce import _shared_out, build_lattice, lattice_errors
from tomnext.scenarios.self_check import calibrate
from tomnext.scenarios.two_factor import TwoFactor
from tomnext.vocabulary.errors import InputRejected

PUBLISHED = TwoFactor(-0.0125, 0.0115, 0.157, 1.49, 0.145, 0.286, 0.3)


def test_moments_of_factor_paths_are_those_of_the_exact_law() -> None:
    """Schwartz and Smith (2000), equations 3 to 4: mean and variance of the log spot after a year."""
    prices = two_factor_prices(PUBLISHED, (2.857, 0.119), 1 / 52, (52, 60_000), seed=1)
    logs = np.log(prices[-1])
    decay = np.exp(-1.49)
    mean = 2.857 - 0.0125 + decay * 0.119
    variance = (1 - decay**2) * 0.286**2 / 2.98 + 0.145**2 + 2 * (1 - decay) * 0.3 * 0.145 * 0.286 / 1.49
    error = 4 / np.sqrt(logs.size)
    assert logs.mean() == pytest.approx(mean, abs=error * np.sqrt(variance))
    assert logs.var() == pytest.approx(variance, abs=error * variance * np.sqrt(2))


def test_futures_price_is_the_risk_neutral_mean_of_the_paths() -> None:
    """Under the pricing drift (χ reverting to −λ/κ, done here by shifting χ) the mean spot is the futures price."""
    shift = PUBLISHED.lambda_chi / PUBLISHED.kappa
    neutral = TwoFactor(PUBLISHED.mu_xi_star, 0.0, 0.0, 1.49, 0.145, 0.286, 0.3)
    spot = two_factor_prices(neutral, (2.857 - shift, 0.119 + shift), 1 / 12, (12, 60_000), seed=2)[-1]
    assert spot.mean() == pytest.approx(
        PUBLISHED.futures_price(2.857, 0.119, 1.0), abs=4 * spot.std() / np.sqrt(60_000)
    )


def test_factor_paths_are_the_same_bits_for_any_workers() -> None:
    one, two = (two_factor_prices(PUBLISHED, (3.0, 0.0), 1 / 52, (5, 9000), seed=3, workers=n) for n in (1, 3))
    assert (one == two).all()


@pytest.fixture(scope="module")
def market():  # type: ignore[no-untyped-def]
    return calibrate([made_up("copper", seed=1), made_up("silver", seed=3, two_prices=False)])


def test_lattice_keeps_moments_tails_and_squeezes(market) -> None:  # type: ignore[no-untyped-def]
    """Stated error in standard deviations, beside fresh paths (with their own scatter) and beside its own paths.

    A price: sd 0.01, CVaR 95 0.05 off its paths. Cash minus three-month, whose squeezes are exponential: 0.12, 0.10.
    """
    lattice = build_lattice(market, [20, 60, 120], n_nodes=40, n_paths=20_000)
    limits = {"mean": 0.02, "sd": 0.10, "cvar95_high": 0.25, "cvar95_low": 0.15, "squeeze_frequency": 0.02}
    for one in lattice_errors(lattice, market):
        assert abs(one.difference) < limits[one.statistic], one
    for one in lattice_errors(lattice, market, seed=0):
        is_price = "minus" not in one.series
        own = {"mean": 1e-9, "sd": 0.01 if is_price else 0.12, "squeeze_frequency": 0.005}
        assert abs(one.difference) < own.get(one.statistic, 0.05 if is_price else 0.10), one
    assert all(level.shape[0] <= 40 for level in lattice.values)


def test_nodes_are_spread_out_to_the_variance_of_what_they_stand_for() -> None:
    """0 to 99 in two halves: means 24.5 and 74.5 hold a variance of 625 of (100² − 1)/12 = 833.25."""
    nodes = _shared_out(np.arange(100.0), np.array([50, 50]))
    np.testing.assert_allclose(nodes, 49.5 + np.array([-1, 1]) * np.sqrt(833.25), rtol=1e-12)


def test_no_node_leaves_the_values_it_stands_for() -> None:
    """Ninety-nine at nought and one at a hundred, cut 50 and 50: the low node may not go below nought."""
    nodes = _shared_out(np.append(np.zeros(99), 100.0), np.array([50, 50]))
    np.testing.assert_allclose(nodes, [0.0, 2.0], atol=1e-12)


def test_lattice_is_deterministic_and_takes_no_view(market) -> None:  # type: ignore[no-untyped-def]
    first, second = (build_lattice(market, [20, 60], n_nodes=20, n_paths=4000, workers=n) for n in (1, 2))
    assert all((a == b).all() for a, b in zip(first.values, second.values, strict=True))
    assert all((a == b).all() for a, b in zip(first.transition, second.transition, strict=True))
    silver = first.column("silver_price_usd_per_t")
    for level, chance in zip(first.values, first.probabilities(), strict=True):
        assert chance @ level[:, silver] == pytest.approx(market.level[1], rel=1e-9)


def test_too_few_paths_for_the_nodes_are_refused(market) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputRejected):
        build_lattice(market, [20], n_nodes=100, n_paths=500)
