"""What is known from elsewhere: a textbook's newsvendor, exact dynamic programming, degenerate cases, properties."""

import dataclasses
from collections.abc import Callable
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block, Limit
from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.programme import Programme, Risk, Stage
from tomnext.procurement.sddp import Effort, models_of, solve

MakeBlock = Callable[..., Block]


def ordering(
    demands: list[np.ndarray], chances: list[np.ndarray], price: float, holding: float, short: float, opening: float,
    delivers_late: bool = False, discount: float = 1.0, again_at_the_end: bool = False,
) -> Programme:  # fmt: skip
    """Order now, demand comes after: stock + order is carried over, holding or shortage is paid when it is seen.

    Shortage is lost unless one ``delivers_late``; ``again_at_the_end`` charges what is left or short once more.
    """
    # decisions: order, position carried (order-up-to), left over, short
    matrix = np.array([[-1.0, 1.0, -1.0, 1.0 if delivers_late else 0.0], [0.0, 0.0, 1.0, -1.0]])
    stages, transitions = [], []
    for number in range(len(demands) + 1):
        w = 1 if number == 0 else len(demands[number - 1])
        last = number == len(demands)
        rhs = np.zeros((1, w, 2))
        incoming = np.zeros((1, w, 2, 1))
        if number == 0:
            rhs[:, :, 1] = 0.0
            incoming[:, :, 0, 0] = 1.0
            upper = np.array([[500.0, 1000.0, 0.0, 0.0]])
        else:
            rhs[0, :, 1] = -demands[number - 1]
            incoming[:, :, 1, 0] = 1.0
            upper = np.array([[0.0 if last else 500.0, 1000.0, 1000.0, 1000.0]])
        times = discount ** max(number - 1, 0) + (discount**number if last and again_at_the_end else 0.0)
        stages.append(
            Stage(
                cost=np.array([[price * discount**number, 0.0, holding * times, short * times]]),
                lower=np.array([[0.0, -1000.0 if delivers_late else 0.0, 0.0, 0.0]]),
                upper=upper,
                rhs=rhs,
                incoming=incoming,
                incoming_cost=np.zeros((1, w, 1)),
                constant=np.zeros((1, w)),
                chance=np.ones((1, 1)) if number == 0 else chances[number - 1][None, :],
            )
        )
        if number:
            transitions.append(np.ones((1, 1)))
    return Programme(
        matrix, np.array([True, True]), np.array([1]), tuple(stages), tuple(transitions), np.array([opening]),
        np.zeros(4), ("order", "position", "left", "short"), ("carry", "meet"),
    )  # fmt: skip


def test_the_textbook_newsvendor() -> None:
    """Snyder & Shen, Fundamentals of Supply Chain Theory, 2nd ed., Example 4.3: h 0.18, p 0.70, demand N(50, 8²).

    S* = 56.6 and an expected cost of 1.9976.
    """
    n = 4000
    demand = np.array([NormalDist(50, 8).inv_cdf((k + 0.5) / n) for k in range(n)])
    programme = ordering([demand], [np.full(n, 1 / n)], 0.0, 0.18, 0.70, 0.0)
    found = solve(programme, Risk(), np.random.default_rng(0), Effort(max_iterations=40, check_every=41, n_paths=50))
    assert found.first_decision[0] == pytest.approx(56.604, abs=0.02)
    assert found.lower_bound == pytest.approx(1.9976, abs=5e-4)


def test_exact_dynamic_programming_on_one_metal() -> None:
    """Three periods, order cost 2, holding 1, shortage 20: backward recursion on a grid of 0.05 t."""
    demand = np.array([80.0, 95.0, 100.0, 110.0, 130.0])
    chance = np.array([0.1, 0.2, 0.4, 0.2, 0.1])
    programme = ordering([demand] * 3, [chance] * 3, 2.0, 1.0, 20.0, 30.0)
    found = solve(programme, Risk(), np.random.default_rng(0), Effort(max_iterations=80, check_every=81, n_paths=50))
    grid = np.arange(0, 400.001, 0.05)
    future = np.zeros(len(grid))
    for _ in range(3):
        left = grid[:, None] - demand
        carried = np.interp(np.maximum(left, 0.0), grid, future)
        seen = (chance * (np.maximum(left, 0.0) + 20.0 * np.maximum(-left, 0.0) + carried)).sum(axis=1)
        after = 2.0 * grid + seen
        future = np.minimum.accumulate(after[::-1])[::-1] - 2.0 * grid
    assert found.lower_bound == pytest.approx(float(np.interp(30.0, grid, future)), rel=1e-3)


def cost_of(block: Block, weight: float = 0.0) -> float:
    return solve_tree(programme_of(block), Risk(weight, 0.1)).objective


def test_no_demand_costs_nothing_and_buys_nothing(make_block: MakeBlock) -> None:
    block = make_block(stages=3, demand=0.0, opening=0.0, hedge=False, nodes=1, spread=0.0)
    answer = solve_tree(programme_of(block), Risk())
    assert answer.objective == pytest.approx(0.0, abs=1e-9)
    assert answer.first_decision == pytest.approx(0.0, abs=1e-9)


def test_stock_enough_for_ever_buys_nothing(make_block: MakeBlock) -> None:
    block = make_block(stages=3, opening=400.0, store=1e4, storage=0.0, hedge=False)
    answer = solve_tree(programme_of(block), Risk())
    orders = [place for place, name in enumerate(programme_of(block).column_names) if name.startswith("order:")]
    assert answer.first_decision[orders] == pytest.approx(0.0, abs=1e-7)


def test_one_certain_lane_is_priced_by_hand(make_block: MakeBlock) -> None:
    """Price 1,000 for ever, near lane only (one month, premium 60), 10 t a month, 10 t of grain today, nothing risky.

    Month 0 eats the stock; months 1 and 2 are bought a month before at 1,060 each; a dollar a month later is 1/1.005.
    """
    block = make_block(
        stages=3, nodes=1, spread=0.0, late=(0.0, 0.0), chance=0.0, hedge=False, opening=20.0, capacity=(30.0, 0.0),
        storage=0.0,
    )  # fmt: skip
    lone = dataclasses.replace(
        block, conversions=(), forms=(dataclasses.replace(block.forms[0], opening_t=0.0), block.forms[1])
    )
    bought = 10 * 1060.0 + 10 * 1060.0 / 1.005
    assert cost_of(lone) == pytest.approx(bought, rel=1e-9)


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_dearer_storage_never_means_more_stock(make_block: MakeBlock, weight: float) -> None:
    stocks = []
    for storage in (0.0, 10.0, 40.0, 120.0):
        programme = programme_of(make_block(stages=3, storage=storage, cv=0.2, hedge=False))
        first = solve_tree(programme, Risk(weight, 0.1)).first_decision
        names = programme.column_names
        stocks.append(sum(first[place] for place, name in enumerate(names) if name.startswith("stock:")))
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(stocks))


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_a_safer_lane_never_costs_more(make_block: MakeBlock, weight: float) -> None:
    costs = [cost_of(make_block(stages=3, chance=chance, cv=0.1), weight) for chance in (0.0, 0.05, 0.2, 0.4)]
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(costs))


def test_the_objective_rises_with_the_weight_of_the_worst(make_block: MakeBlock) -> None:
    costs = [cost_of(make_block(stages=3, cv=0.2), weight) for weight in (0.0, 0.2, 0.5, 1.0)]
    assert costs == sorted(costs)


def test_base_stock_levels_of_a_finite_horizon() -> None:
    """stockpyl 1.0.2, finite_horizon_dp(3, 1, 20, 1, 20, 2, 0, 100, 20, discount_factor=0.98): levels 133, 133, 126.

    Its cost from no stock is 808.854; demand N(100, 20²) in whole units, what is short is delivered late.
    """
    units = np.arange(20, 181)
    normal = NormalDist(100, 20)
    chance = np.array([normal.cdf(k + 0.5) - normal.cdf(k - 0.5) for k in units])
    three = ([units.astype(float)] * 3, [chance / chance.sum()] * 3)
    programme = ordering(*three, 2.0, 1.0, 20.0, 0.0, delivers_late=True, discount=0.98, again_at_the_end=True)
    found = solve(programme, Risk(), np.random.default_rng(0), Effort(max_iterations=120, check_every=121, n_paths=50))
    assert found.lower_bound == pytest.approx(808.854, rel=1e-3)
    assert found.first_decision[1] == pytest.approx(133.0, abs=1.0)
    models = models_of(programme, found.cuts)
    # 130 carried into a period whose demand is the k-th of 20 … 180: 130 − demand is what the period begins with
    for demand in (80, 100, 150):
        up_to = [models[stage].decide(0, demand - 20, np.array([130.0]))[1] for stage in (1, 2)]
        assert up_to == pytest.approx([133.0, 126.0], abs=1.0)


def test_degenerate_companies_are_answered_exactly_by_the_optimiser(make_block: MakeBlock) -> None:
    idle = programme_of(make_block(stages=3, demand=0.0, opening=0.0, hedge=False, nodes=1, spread=0.0))
    rich = programme_of(make_block(stages=3, opening=400.0, store=1e4, storage=0.0, hedge=False))
    some = programme_of(make_block(stages=3))
    blank = [
        dataclasses.replace(one, cost=0 * one.cost, incoming_cost=0 * one.incoming_cost, constant=0 * one.constant)
        for one in some.stages
    ]
    free = dataclasses.replace(some, stages=tuple(blank))
    for programme, exact in ((idle, 0.0), (rich, solve_tree(rich, Risk()).objective), (free, 0.0)):
        found = solve(programme, Risk(0.3, 0.1), np.random.default_rng(0), Effort(gap=1e-6, max_iterations=60))
        plain = solve(programme, Risk(), np.random.default_rng(0), Effort(gap=1e-6, max_iterations=60))
        assert plain.lower_bound == pytest.approx(exact, rel=1e-6, abs=1e-6)
        assert plain.upper.mean == pytest.approx(exact, rel=1e-6, abs=1e-6)
        assert plain.status == found.status == "gap_reached"
    for programme in (idle, rich):
        first = solve(programme, Risk(), np.random.default_rng(0), Effort(max_iterations=20)).first_decision
        orders = [place for place, name in enumerate(programme.column_names) if name.startswith("order:")]
        assert first[orders] == pytest.approx(0.0, abs=1e-6)


def in_cvxpy(programme: Programme, written: Callable[[object], list[object]]) -> float:
    """The expected cost of every history written out in cvxpy; ``written`` are a user's constraints on decisions."""
    cvxpy = pytest.importorskip("cvxpy")
    rules, total = [], 0.0

    def grow(number: int, node: int, outcome: int, chance: float, came: object) -> None:
        nonlocal total
        stage = programme.stages[number]
        y = cvxpy.Variable(len(programme.column_names))
        right = stage.rhs[node, outcome] + stage.incoming[node, outcome] @ came
        left, same = programme.matrix @ y, programme.is_equality
        rules.extend([left[same] == right[same], left[~same] >= right[~same]])
        rules.extend([y >= stage.lower[node], y <= stage.upper[node], *written(y)])
        total = total + chance * (stage.cost[node] @ y + stage.incoming_cost[node, outcome] @ came)
        if number + 1 < len(programme.stages):
            following = programme.stages[number + 1].chance
            for then, share in enumerate(programme.transition[number][node]):
                for what, odds in enumerate(following[then]):
                    if share * odds > 0:
                        grow(number + 1, then, what, chance * share * odds, y[programme.state_columns])

    grow(0, 0, 0, 1.0, programme.initial_state)
    return float(cvxpy.Problem(cvxpy.Minimize(total), rules).solve(solver="HIGHS"))


@pytest.mark.slow
def test_a_constraint_that_a_user_wrote_is_the_one_cvxpy_is_given(make_block: MakeBlock) -> None:
    """At most 9 t a month from the near lane and the far average together, the average counting half."""
    block = make_block(stages=3, nodes=1, spread=0.0, cv=0.2, opening=8.0, hedge=False)
    names = [offer.name for offer in block.offers]
    limited = dataclasses.replace(block, limits=(Limit("permit", np.array([1.0, 0.0, 0.5]), 9.0),))
    assert names == ["near spot", "far spot", "far average"]
    free = programme_of(block)
    near, average = (free.column_names.index(f"order:{name}") for name in ("near spot", "far average"))
    peer = in_cvxpy(free, lambda y: [y[near] + 0.5 * y[average] <= 9.0])  # type: ignore[index]
    assert solve_tree(programme_of(limited), Risk()).objective == pytest.approx(peer, rel=1e-6)
    effort = Effort(max_iterations=80, check_every=81, n_paths=50)
    found = solve(programme_of(limited), Risk(), np.random.default_rng(0), effort)
    assert found.lower_bound == pytest.approx(peer, rel=1e-6)
    assert peer > solve_tree(free, Risk()).objective + 1.0


def test_stockpyl_agrees_when_it_is_there() -> None:
    """The same newsvendor by stockpyl, where that package is installed."""
    newsvendor = pytest.importorskip("stockpyl.newsvendor")
    level, cost = newsvendor.newsvendor_normal(0.18, 0.70, 50, 8)
    assert level == pytest.approx(56.604, abs=1e-3)
    assert cost == pytest.approx(1.9976, abs=1e-4)
