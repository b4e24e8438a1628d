"""A block of the plan: its programme against the whole tree, and the optimiser's months settled a second way."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.given_paths import draw_paths
from tomnext.procurement.ledger import run
from tomnext.procurement.physics import Holding, Month, Orders, arrive, carry_out, final_value, opening
from tomnext.procurement.policies import deciding, just_in_time
from tomnext.procurement.policy_value import Walk, walk_policy
from tomnext.procurement.programme import Programme, Risk
from tomnext.procurement.sddp import Effort, models_of, solve
from tomnext.procurement.world import Crisis, joint_world
from tomnext.studies.plan_figures import Walked
from tomnext.vocabulary.errors import InputRejected

MakeBlock = Callable[..., Block]


@pytest.mark.parametrize("weight", [0.0, 0.2])
def test_the_plan_meets_the_whole_tree(make_block: MakeBlock, weight: float) -> None:
    programme = programme_of(make_block(stages=4, cv=0.2, promise=6.0))
    risk = Risk(weight, 0.1)
    exact = solve_tree(programme, risk)
    found = solve(programme, risk, np.random.default_rng(0), Effort(max_iterations=160, check_every=161))
    assert found.lower_bound == pytest.approx(exact.objective, rel=1e-6)
    assert found.upper.mean == pytest.approx(exact.objective, rel=1e-5)


def settled(block: Block, programme: Programme, walk: Walk) -> np.ndarray:
    """Every path's present-value cost with the walk's decisions carried out month by month."""
    column = {name: position for position, name in enumerate(programme.column_names)}
    n_paths = len(walk.nodes)
    held, total = opening(block, n_paths), np.zeros(n_paths)
    for stage in range(block.n_stages):
        month = Month(stage, walk.nodes[:, stage], walk.outcomes[:, stage])
        decided = walk.decided[stage]
        orders = Orders(
            decided[:, [column[f"order:{one.name}"] for one in block.offers]],
            decided[:, [column[f"convert:{one.name}"] for one in block.conversions]],
            decided[:, [column[f"futures:{one.metal}"] for one in block.hedges]],
        )
        arrived, paid = arrive(block, held, month)
        held, bill = carry_out(block, arrived, paid, orders, month)
        assert_same_state(block, programme, held, decided)
        total += block.monthly_discount**stage * bill.total
    return total - block.monthly_discount ** (block.n_stages - 1) * final_value(block, held, walk.nodes[:, -1])


def assert_same_state(block: Block, programme: Programme, held: Holding, decided: np.ndarray) -> None:
    states = decided[:, programme.state_columns]
    mine = [held.stock]
    mine += [pipe for pipe in held.pipes]
    mine += [work for work in held.work if work.shape[1]]
    mine.append(held.futures)
    assert np.abs(np.hstack(mine) - states).max() < 1e-6


@pytest.mark.parametrize("hedge", [True, False])
def test_the_optimisers_months_cost_the_same_when_settled_apart(make_block: MakeBlock, hedge: bool) -> None:
    block = make_block(stages=5, cv=0.2, hedge=hedge, promise=8.0)
    programme = programme_of(block)
    risk = Risk(0.1, 0.1)
    found = solve(programme, risk, np.random.default_rng(0), Effort(max_iterations=20))
    walk = walk_policy(programme, models_of(programme, found.cuts), found.cuts, Risk(), np.random.default_rng(5), 40)
    assert settled(block, programme, walk) == pytest.approx(walk.cost.sum(axis=1), rel=1e-8)


def test_a_closed_lane_keeps_its_metal(make_block: MakeBlock) -> None:
    """Six tonnes one step away on a lane that is closed this month arrive only when it opens."""
    block = make_block(stages=3, opening=0.0, late=(0.0, 0.0))
    held = opening(block, 1)
    held.pipes[1][0, 0] = 6.0
    closed, calm = np.array([1]), np.array([0])
    arrived, _ = arrive(block, held, Month(1, closed, np.array([0])))
    assert arrived.stock[0, 0] == 0.0
    assert arrived.pipes[1][0, 0] == 6.0
    arrived, _ = arrive(block, arrived, Month(2, calm, np.array([0])))
    assert arrived.stock[0, 0] == 6.0


def test_metal_priced_on_arrival_is_paid_then(make_block: MakeBlock) -> None:
    block = make_block(stages=3, spread=0.0, opening=0.0)
    held = opening(block, 1)
    held.pipes[2][0, 0] = 4.0
    _, paid = arrive(block, held, Month(1, np.array([0]), np.array([0])))
    assert paid[0] == pytest.approx(4.0 * 1010.0)


def test_crises_last_as_long_as_they_were_said_to() -> None:
    """Chance 0.1 a month, four months on average: the chain's own stationary share is 0.1·4 / (1 + 0.1·4)."""
    prices = tuple([np.ones((1, 1))] * 200)
    squeezed = tuple([np.array([[False]])] * 201)
    world = joint_world(prices, squeezed, (Crisis("closed", (0.0,), 0.1, 4.0),))
    level = np.ones(1)
    for rows in world.transition:
        assert np.allclose(rows.sum(axis=1), 1.0)
        level = level @ rows
    assert level[1] == pytest.approx(0.4 / 1.4, rel=1e-6)


def test_crises_that_are_more_than_certain_are_refused() -> None:
    crises = (Crisis("a", (0.0,), 0.3, 2.0, squeeze_multiplier=4.0),)
    with pytest.raises(InputRejected) as caught:
        joint_world((np.ones((1, 1)),), (np.array([[False]]), np.array([[True]])), crises)
    assert "1.20" in str(caught.value)


def test_a_squeeze_breaks_only_the_lanes_of_its_own_metal() -> None:
    """Two lanes break with 0.1 a month, three times as often in a squeeze of their metal; only the first's is on."""
    crises = (Crisis("first", (0.0, 1.0), 0.1, 2.0, 3.0), Crisis("second", (1.0, 0.0), 0.1, 2.0, 3.0))
    squeezed = (np.array([[False, False]]), np.array([[True, False]]))
    world = joint_world((np.ones((1, 1)),), squeezed, crises)
    assert world.transition[0][0] == pytest.approx([0.6, 0.3, 0.1])


def test_a_wait_of_a_month_and_a_half_is_half_one_and_half_two(make_block: MakeBlock) -> None:
    block = make_block(stages=4, opening=0.0, late=(0.0, 0.0), chance=0.0)
    offers = (*block.offers[:1], replace(block.offers[1], delay=1, later_share=0.5), *block.offers[2:])
    block = replace(block, offers=offers)
    orders = Orders(np.array([[0.0, 8.0, 0.0]]), np.zeros((1, 1)), np.zeros((1, 1)))
    none = Orders(np.zeros((1, 3)), np.zeros((1, 1)), np.zeros((1, 1)))
    held, bars = opening(block, 1), []
    for stage in range(3):
        month = Month(stage, np.array([0]), np.array([0]))
        arrived, paid = arrive(block, held, month)
        bars.append(float(arrived.stock[0, 0]))
        held, _ = carry_out(block, arrived, paid, orders if stage == 0 else none, month)
    assert bars == [0.0, 4.0, 8.0]


@pytest.mark.parametrize("delay", [0, 1])
def test_waits_and_work_in_part_cost_the_same_when_settled_apart(make_block: MakeBlock, delay: int) -> None:
    block = make_block(stages=5, cv=0.2)
    offers = (*block.offers[:1], *(replace(one, delay=delay, later_share=0.3) for one in block.offers[1:]))
    work = tuple(replace(one, delay=delay, later_share=0.6) for one in block.conversions)
    block = replace(block, offers=offers, conversions=work)
    programme = programme_of(block)
    found = solve(programme, Risk(), np.random.default_rng(0), Effort(max_iterations=20))
    walk = walk_policy(programme, models_of(programme, found.cuts), found.cuts, Risk(), np.random.default_rng(5), 40)
    assert settled(block, programme, walk) == pytest.approx(walk.cost.sum(axis=1), rel=1e-8)


def test_minimum_orders_are_obeyed_and_their_loss_is_bounded(make_block: MakeBlock) -> None:
    free, lumpy = make_block(stages=4, cv=0.2), make_block(stages=4, cv=0.2, minimum=14.0)
    effort = Effort(max_iterations=60, check_every=61)
    relaxed = solve(programme_of(free), Risk(), np.random.default_rng(0), effort)
    programme = programme_of(lumpy)
    found = solve(programme, Risk(), np.random.default_rng(0), effort)
    assert found.lower_bound == pytest.approx(relaxed.lower_bound, rel=1e-9)
    assert relaxed.upper.mean < found.upper.mean < 1.1 * relaxed.upper.mean
    walk = walk_policy(programme, models_of(programme, found.cuts), found.cuts, Risk(), np.random.default_rng(5), 100)
    orders = [position for position, name in enumerate(programme.column_names) if name.startswith("order:")]
    placed = np.stack([decided[:, orders] for decided in walk.decided])
    assert ((placed < 1e-4) | (placed > 14.0 - 1e-4)).all()
    assert (placed > 1.0).any()


def test_a_way_on_its_first_paths_is_the_way_walked_on_them_alone(make_block: MakeBlock) -> None:
    block = make_block(stages=4, cv=0.2)
    paths = draw_paths(block, np.random.default_rng(3), 9)
    few = paths.first(4)
    whole, part = (
        Walked("jit", block, one, run(block, deciding(block, just_in_time(7.0)), one.nodes, one.outcomes), 4)
        for one in (paths, few)
    )
    assert whole.first(4).of("silver").figures() == part.of("silver").figures()
