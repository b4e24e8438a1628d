"""The frozen shape of a lattice: what is refused, and walks through it."""

import numpy as np
import pytest

from tomnext.scenarios.lattice import Lattice
from tomnext.vocabulary.errors import InputRejected


def lattice(**changed: object) -> Lattice:
    whole: dict[str, object] = {
        "series": ("copper_cash_usd_per_t",),
        "values": (np.array([[100.0]]), np.array([[90.0], [110.0]]), np.array([[80.0], [100.0], [120.0]])),
        "transition": (np.array([[0.4, 0.6]]), np.array([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]])),
        "regime": (np.array([[0]]), np.array([[0], [1]]), np.array([[0], [0], [1]])),
        "metals": ("copper",),
        "stage_days": (0, 20, 40),
    }
    return Lattice(**{**whole, **changed})  # type: ignore[arg-type]


def test_node_probabilities_follow_the_chain() -> None:
    levels = lattice().probabilities()
    assert levels[1].tolist() == [0.4, 0.6]
    np.testing.assert_allclose(levels[2], [0.2, 0.2 + 0.15, 0.45], atol=1e-15)


def test_walks_start_at_the_root_and_never_take_an_impossible_step() -> None:
    walks = lattice().sample(50_000, np.random.default_rng(1))
    assert (walks[:, 0] == 0).all()
    assert not ((walks[:, 1] == 0) & (walks[:, 2] == 2)).any()
    assert not ((walks[:, 1] == 1) & (walks[:, 2] == 0)).any()
    share = np.bincount(walks[:, 2], minlength=3) / 50_000
    np.testing.assert_allclose(share, [0.2, 0.35, 0.45], atol=4 * np.sqrt(0.25 / 50_000))


def test_same_seed_same_walks() -> None:
    first, second = (lattice().sample(100, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize(
    "changed",
    [
        {"transition": (np.array([[0.4, 0.5]]), np.array([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]]))},
        {"transition": (np.array([[1.4, -0.4]]), np.array([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]]))},
        {"stage_days": (0, 20, 20)},
        {"stage_days": (1, 20, 40)},
        {"metals": ("copper", "tin")},
        {"regime": (np.array([[0]]), np.array([[0], [2]]), np.array([[0], [0], [1]]))},
        {"values": (np.array([[1.0], [2.0]]), np.array([[90.0], [110.0]]), np.array([[80.0], [100.0], [120.0]]))},
        {"values": (np.array([[np.nan]]), np.array([[90.0], [110.0]]), np.array([[80.0], [100.0], [120.0]]))},
    ],
)
def test_what_is_not_a_lattice_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(InputRejected):
        lattice(**changed)


def test_an_unknown_series_is_named_with_those_there_are() -> None:
    with pytest.raises(InputRejected, match="copper_cash_usd_per_t"):
        lattice().column("tin_cash_usd_per_t")
