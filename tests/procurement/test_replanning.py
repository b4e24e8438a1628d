"""A plan made anew in the middle: metal stands where it stands, and the answer is the whole tree's for every start."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.ledger import View, run
from tomnext.procurement.physics import Holding, Month, Orders
from tomnext.procurement.programme import Programme, Risk, Stage
from tomnext.procurement.replanning import from_arrived_month, replanned, states_of
from tomnext.procurement.sddp import Effort

MakeBlock = Callable[..., Block]


def middle(block: Block, n_paths: int) -> list[View]:
    """What buyers who order 6 t a month from the far lane see, month after month; in month 2 it is late for one."""
    seen = []
    far = [offer.name for offer in block.offers].index("far spot")

    def decide(view: View) -> Orders:
        seen.append(view)
        order = np.zeros((n_paths, len(block.offers)))
        order[:, far] = 6.0 + np.arange(n_paths) + view.month.stage
        return Orders(order, np.zeros((n_paths, 1)), np.full((n_paths, len(block.hedges)), 4.0))

    nodes, outcomes = np.zeros((n_paths, 4), dtype=np.int64), np.zeros((n_paths, 4), dtype=np.int64)
    outcomes[-1, 2] = 2  # the far lane late (see conftest)
    run(block, decide, nodes, outcomes)
    return seen


def test_nothing_moves_before_the_decision(make_block: MakeBlock) -> None:
    """After the late month the last path still has 7 t one step and 8 t two steps away; they are not put nearer."""
    block = make_block(stages=4)
    held = middle(block, 2)[2].held
    programme = from_arrived_month(programme_of(block))
    names = [programme.column_names[column] for column in programme.state_columns]
    state = states_of(held)[1]
    assert [state[names.index(f"pipe:far/{step}")] for step in (1, 2)] == pytest.approx([7.0, 8.0])
    first = programme.stages[0]
    assert (first.n_nodes, first.n_outcomes) == (4 * 3, 1)  # two prices, far lane open or closed; three outcomes
    for node in range(first.n_nodes):
        brought = first.incoming[node, 0] @ state
        for step, t in ((1, 7.0), (2, 8.0)):
            assert brought[programme.row_names.index(f"move:far/{step}")] == pytest.approx(t)
        assert brought[programme.row_names.index("futures:silver")] == pytest.approx(4.0)


def test_use_of_the_month_is_known_to_whoever_decides(make_block: MakeBlock) -> None:
    """The three outcomes of a node stand side by side, with low, high and usual use of 10 t."""
    programme = from_arrived_month(programme_of(make_block(stages=4, cv=0.2)))
    demand = programme.stages[0].rhs[:3, 0, programme.row_names.index("demand:grain")]
    assert demand.tolist() == pytest.approx([8.0, 12.0, 10.0])


def one_start(programme: Programme, node: int, state: np.ndarray) -> Programme:
    first = programme.stages[0]
    alone = Stage(**{name: getattr(first, name)[[node]] for name in Stage.__dataclass_fields__})
    onward = (programme.transition[0][[node]], *programme.transition[1:])
    return replace(programme, stages=(alone, *programme.stages[1:]), transition=onward, initial_state=state)


@pytest.mark.parametrize("weight", [0.0, 0.3])
def test_every_path_gets_the_decision_of_its_own_tree(make_block: MakeBlock, weight: float) -> None:
    """Three buyers with different holdings, lanes and use: each first month's cost is that of the exact tree."""
    block = make_block(stages=4, cv=0.2, hedge=False)
    view = middle(block, 3)[2]
    month = Month(1, np.array([0, 1, 3]), np.array([0, 1, 2]))
    risk = Risk(weight, 0.2)
    found = replanned(block, view.held, month, risk, Effort(1e-9, 150, 150, 60), np.random.default_rng(2))
    programme = from_arrived_month(programme_of(block))
    far = [offer.name for offer in block.offers].index("far spot")
    for path, node in enumerate((0 * 3 + 0, 1 * 3 + 1, 3 * 3 + 2)):
        tree = solve_tree(one_start(programme, node, states_of(view.held)[path]), risk)
        exact = tree.first_decision[programme.column_names.index("order:far spot")]
        near = tree.first_decision[programme.column_names.index("order:near spot")]
        assert found.orders.order[path, far] == pytest.approx(exact, abs=1e-4)
        assert found.orders.order[path, 0] == pytest.approx(near, abs=1e-4)
    assert found.gap < 1e-4


def test_states_are_in_the_programmes_order(make_block: MakeBlock) -> None:
    block = make_block(stages=4)
    names = [programme_of(block).column_names[column] for column in programme_of(block).state_columns]
    assert names == [
        "stock:bar", "stock:grain", "pipe:near/1", "pipe:far/1", "pipe:far/2", "pipe:far average/1",
        "pipe:far average/2", "futures:silver",
    ]  # fmt: skip
    held = Holding(
        np.array([[1.0, 2.0]]), (np.array([[3.0]]), np.array([[4.0, 5.0]]), np.array([[6.0, 7.0]])),
        (np.zeros((1, 0)),), np.array([[8.0]]), np.zeros((1, 1)),
    )  # fmt: skip
    assert states_of(held).tolist() == [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]
