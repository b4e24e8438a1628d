"""The quick price lattice keeps the moments of the walk it stands for."""

import numpy as np
import pytest

from tomnext.procurement.price_chain import PriceWalk, price_lattice

WALK = PriceWalk("silver", 1e6, 0.08, 0.02, 0.4, 0.05, -0.005, 0.03)


def test_mean_stays_and_spread_grows_with_the_root_of_time() -> None:
    calm = PriceWalk("silver", 1e6, 0.08, 0.0, 1.0, 0.05, -0.005, 0.03)
    lattice = price_lattice(calm, 12, 20)
    for stage, chances in enumerate(lattice.probabilities()):
        price = lattice.values[stage][:, 0]
        assert chances @ price == pytest.approx(1e6, rel=1e-9)
        spread = np.sqrt(chances @ np.log(price / 1e6) ** 2)
        assert spread == pytest.approx(0.08 * np.sqrt(stage), rel=0.05, abs=1e-9)


def test_no_node_promises_a_profit_from_waiting() -> None:
    lattice = price_lattice(PriceWalk("silver", 1e6, 0.08, 0.0, 1.0, 0.05, -0.005, 0.03), 14, 5)
    for stage, chances in enumerate(lattice.transition):
        calm = lattice.regime[stage][:, 0] == 0
        expected = chances @ lattice.values[stage + 1][:, 0]
        assert expected[calm] == pytest.approx(lattice.values[stage][calm, 0], rel=1e-9)


def test_a_step_has_the_walks_volatility() -> None:
    lattice = price_lattice(WALK, 12, 30)
    calm = lattice.regime[6][:, 0] == 0
    logs = [np.log(values[:, 0]) for values in lattice.values]
    chances = lattice.transition[6] * (lattice.regime[7][:, 0] == 0)
    chances /= chances.sum(axis=1, keepdims=True)
    middle = np.nonzero(calm)[0][len(np.nonzero(calm)[0]) // 2]
    mean = chances[middle] @ logs[7]
    assert np.sqrt(chances[middle] @ (logs[7] - mean) ** 2) == pytest.approx(0.08, rel=0.15)
    assert mean == pytest.approx(logs[6][middle], abs=0.01)


def test_squeezes_come_and_go_at_their_rates() -> None:
    lattice = price_lattice(WALK, 120, 3)
    chances = lattice.probabilities()[-1]
    assert chances @ lattice.regime[-1][:, 0] == pytest.approx(0.02 / 0.42, rel=1e-6)
    squeezed = lattice.regime[5][:, 0] == 1
    assert (lattice.values[5][squeezed, 1] > 0).all()
    assert (lattice.values[5][~squeezed, 1] < 0).all()
