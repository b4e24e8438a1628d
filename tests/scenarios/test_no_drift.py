"""A lattice without drift: waiting promises nothing, and what was simulated stays as it was."""

import numpy as np
import pytest
from tests.scenarios.histories import made_up

from tomnext.scenarios.lattice import Lattice
from tomnext.scenarios.no_drift import anchors, step_variance, without_drift
from tomnext.scenarios.reduce import centred, reduced, regime_today
from tomnext.scenarios.self_check import calibrate
from tomnext.scenarios.simulate import Simulation, simulate
from tomnext.vocabulary.errors import ModelFailed


def paths_of(*stages: list[float]) -> Simulation:
    values = np.array(stages).T[:, :, None]
    flat = np.zeros((*values.shape[:2], 1), dtype=np.int8)
    return Simulation(("copper_cash_usd_per_t",), ("copper",), (21, 42)[: len(stages)], values, flat, flat[:, 0])


def by_hand(last: list[float], rows: list[list[float]]) -> Lattice:
    calm = [np.zeros((n, 1), dtype=np.int64) for n in (1, 2, len(last))]
    values = (np.array([[100.0]]), np.array([[90.0], [120.0]]), np.array(last)[:, None])
    chances = (np.array([[0.5, 0.5]]), np.array(rows))
    return Lattice(("copper_cash_usd_per_t",), values, chances, tuple(calm), ("copper",), (0, 21, 42))


PATHS = paths_of([90.0, 120.0, 100.0, 90.0], [80.0, 130.0, 110.0, 80.0])


def test_two_ways_on_leave_one_fair_chance() -> None:
    """From 100 to 90 or 120 only a chance of one third of the higher is fair; from 90 to 80 or 130, one fifth; from
    120 to 80 or 130, four fifths."""
    fair = without_drift(by_hand([80.0, 130.0], [[0.5, 0.5], [0.5, 0.5]]), PATHS)
    assert fair.transition[0][0] == pytest.approx([2 / 3, 1 / 3], abs=1e-8)
    assert fair.transition[1][:, 1] == pytest.approx([0.2, 0.8], abs=1e-8)
    assert [values[:, 0].tolist() for values in fair.values[:2]] == [[100.0], pytest.approx([90.0, 120.0], rel=1e-8)]


def test_a_node_at_the_rim_takes_the_price_it_can_reach() -> None:
    """No way leads from 120 above 115, so the node cannot be worth more; the others keep their prices."""
    fair = without_drift(by_hand([80.0, 115.0], [[0.5, 0.5], [0.5, 0.5]]), PATHS)
    assert 114.0 < fair.values[1][1, 0] <= 115.0
    assert fair.values[1][0, 0] == pytest.approx(90.0, rel=1e-8)
    assert fair.transition[0] @ fair.values[1] == pytest.approx(100.0, rel=1e-10)


def test_ways_that_are_never_taken_stay_closed() -> None:
    fair = without_drift(by_hand([80.0, 100.0, 130.0], [[0.6, 0.4, 0.0], [0.0, 0.4, 0.6]]), PATHS)
    assert fair.transition[1][0, 2] == fair.transition[1][1, 0] == 0.0


def test_a_price_today_outside_all_futures_is_refused() -> None:
    low = by_hand([60.0, 70.0], [[0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(ModelFailed):
        without_drift(low, PATHS)


def test_a_simulated_lattice_keeps_price_spread_and_squeezes() -> None:
    market = calibrate([made_up()])
    days = [21 * month for month in range(1, 8)]
    paths = centred(simulate(market, 8000, days, seed=1), market)
    whole = reduced(paths, market.today, regime_today(market), 12)
    fair = without_drift(whole, paths)
    fresh = centred(simulate(market, 8000, days, seed=2), market)
    for stage, rows in enumerate(fair.transition):
        here, after = (anchors(fair.series, fair.values[t]) for t in (stage, stage + 1))
        assert rows @ after == pytest.approx(here, rel=1e-9)
    for stage, chance in enumerate(fair.probabilities()[1:]):
        price = anchors(fair.series, fair.values[stage + 1])[:, 0]
        sample = anchors(fresh.series, fresh.values[:, stage])[:, 0]
        spread = np.sqrt(chance @ (price - chance @ price) ** 2)
        assert spread == pytest.approx(sample.std(), rel=0.05)
        squeezes = float(chance @ fair.regime[stage + 1][:, 0])
        assert squeezes == pytest.approx(fresh.regime[:, stage, 0].mean(), abs=0.02)
        cash, distance = fair.values[stage + 1].T
        assert cash - distance == pytest.approx(price, rel=1e-12)
    assert step_variance(market.today[None, 0] - market.today[None, 1], paths).min() > 0
