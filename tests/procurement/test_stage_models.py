"""The programmes of a month: side by side they answer what each answers alone; bounds stay below the truth."""

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.procurement.test_sddp import small_programme

from tomnext.procurement.programme import Floats, Programme
from tomnext.procurement.sddp import models_of
from tomnext.vocabulary.errors import ModelFailed


def alone(programme: Programme, cuts: tuple[Floats, Floats], node: int, rhs: Floats) -> float:
    """Value of one node and right side by a fresh HiGHS model written down here, the future's floor included."""
    stage, (intercept, slope) = programme.stages[1], cuts
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    columns = [model.addVariable(low, high) for low, high in zip(stage.lower[node], stage.upper[node], strict=True)]
    future = model.addVariable(programme.floors()[1], highspy.kHighsInf)
    for row, right in zip(programme.matrix, rhs, strict=True):
        model.addConstr(sum(float(a) * x for a, x in zip(row, columns, strict=True)) == float(right))
    for k in range(len(intercept)):
        carried = sum(float(s) * columns[int(c)] for s, c in zip(slope[k, node], programme.state_columns, strict=True))
        model.addConstr(future - carried >= float(intercept[k, node]))
    cost = sum(float(c) * x for c, x in zip(stage.cost[node], columns, strict=True))
    model.minimize(cost + future)
    return float(model.getInfo().objective_function_value)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), stock=st.floats(0, 30))
def test_side_by_side_is_each_alone(seed: int, stock: float) -> None:
    """Three nodes, two outcomes, three cuts: values to 1e-7; one outcome solved bounds the other from below."""
    programme = small_programme(seed)
    rng = np.random.default_rng(seed)
    cuts = rng.uniform(100, 300, (3, 3)), rng.uniform(-40, 0, (3, 3, 1))
    models = models_of(programme)[1]
    models.add_cuts(*cuts)
    state = np.array([stock])
    stage = programme.stages[1]
    exact = np.array(
        [
            [alone(programme, cuts, node, stage.rhs[node, w] + stage.incoming[node, w] @ state) for w in (0, 1)]
            for node in range(3)
        ]
    )
    found = models.minorants(state)
    assert found.value == pytest.approx(exact, rel=1e-7)
    assert found.is_exact
    assert [models.bound(node, 0, state) for node in range(3)] == pytest.approx(exact[:, 0], rel=1e-7)
    partly = models.minorants(state, outcomes=[1])
    assert not partly.is_exact
    assert partly.value[:, 1] == pytest.approx(exact[:, 1], rel=1e-7)
    assert (partly.value[:, 0] <= exact[:, 0] * (1 + 1e-9)).all()


def test_cuts_that_are_highest_nowhere_leave_and_later_ones_are_heard() -> None:
    programme = small_programme(3)
    models = models_of(programme)[1]
    state = np.array([6.0])
    models.add_cuts(np.array([[200.0] * 3, [150.0] * 3]), np.zeros((2, 3, 1)))
    before = models.minorants(state).value
    models.keep_useful_cuts(np.array([[0.0], [20.0]]))
    assert models.minorants(state).value == pytest.approx(before)
    models.add_cuts(np.full((1, 3), 260.0), np.zeros((1, 3, 1)))
    assert models.minorants(state).value == pytest.approx(before + 60.0)


def test_a_month_without_answer_says_so() -> None:
    programme = small_programme(3)
    models = models_of(programme)[1]
    with pytest.raises(ModelFailed, match="could not be solved"):
        models.solve(0, 0, np.array([1e6]))
