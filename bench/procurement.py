"""The planner beside HiGHS and stockpyl: correctness first, then the ratio of processor times in the same run.

stockpyl pins an old sphinx, so name an interpreter of its own in TOMNEXT_STOCKPYL_PYTHON
(``python -m venv X; X/bin/pip install stockpyl==1.0.2``); without it only the ledger is timed.
"""

import json
import os
import subprocess
from math import lgamma, log
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block, Form, Lane, Offer, Outcomes, Pipeline, Store
from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.ledger import View, run
from tomnext.procurement.physics import Orders, demand_t
from tomnext.procurement.programme import Programme, Risk, Stage
from tomnext.procurement.sddp import Effort, gap_of_avoidable, solve
from tomnext.procurement.two_stage import TwoStage, solve_two_stage
from tomnext.procurement.unavoidable import unavoidable_cost


def tree_programme(months: int, outcomes: int, seed: int = 0) -> Programme:
    """Stage-wise independent prices 10·exp(N(0, 0.2)) and demands Gamma(4, 1.25), one node an outcome."""
    rng = np.random.default_rng(seed)
    stages, transition = [], []
    for month in range(months):
        n = 1 if month == 0 else outcomes
        price, demand = 10 * np.exp(rng.normal(0, 0.2, n)), rng.gamma(4, 1.25, n)
        stages.append(
            Stage(
                cost=np.column_stack([price, np.full(n, 40.0), np.full(n, 0.4)]),
                lower=np.zeros((n, 3)),
                upper=np.tile([8.0, 60.0, 90.0], (n, 1)),
                rhs=-demand[:, None, None],
                incoming=np.ones((n, 1, 1, 1)),
                incoming_cost=np.zeros((n, 1, 1)),
                constant=np.zeros((n, 1)),
                chance=np.ones((n, 1)),
            )
        )
        if month:
            transition.append(np.full((stages[month - 1].n_nodes, n), 1.0 / n))
    return Programme(
        np.array([[-1.0, -1.0, 1.0]]), np.array([True]), np.array([2]), tuple(stages), tuple(transition),
        np.array([5.0]), np.zeros(3), ("buy", "lost", "stock"), ("balance",),
    )  # fmt: skip


def timed(work: object, repeats: int = 3) -> tuple[float, object]:
    """Median processor seconds and the last answer."""
    seconds, answer = [], None
    for _ in range(repeats):
        start = process_time()
        answer = work()  # type: ignore[operator]
        seconds.append(process_time() - start)
    return median(seconds), answer


def sddp_beside_the_tree() -> None:
    """56,000 tree nodes: time to a lower bound within 1e-4 of the optimum, and to an interval certified within it."""
    programme = tree_programme(7, 6)
    to_bound = Effort(gap=0.0, max_iterations=55, check_every=56, n_paths=2)
    certified = Effort(gap=1e-4, max_iterations=200, check_every=20, n_paths=100)
    solve(programme, Risk(), np.random.default_rng(0), Effort(max_iterations=1))
    rows = []
    for _ in range(5):
        ours, found = timed(lambda: solve(programme, Risk(), np.random.default_rng(0), to_bound), 1)
        whole, exact = timed(lambda: solve_tree(programme, Risk()), 1)
        proved, sure = timed(lambda: solve(programme, Risk(), np.random.default_rng(0), certified), 1)
        rows.append((whole / ours, whole / proved, whole, ours, proved))
    below = (exact.objective - found.lower_bound) / exact.objective  # type: ignore[attr-defined]
    assert -1e-9 <= below <= 1e-4, below
    assert sure.gap <= 1e-4, sure.gap  # type: ignore[attr-defined]
    ratio, proved_ratio, whole, ours, proved = (median(column) for column in zip(*rows, strict=True))
    print(f"SDDP: {exact.n_tree_nodes:,} nodes, extensive form {whole:.2f} s")  # type: ignore[attr-defined]
    print(f"  bound {below:.1e} below the optimum: {ours:.3f} s, {ratio:.1f}x (≥ 10)")
    print(f"  both bounds certified within {sure.gap:.1e}: {proved:.3f} s, {proved_ratio:.1f}x")  # type: ignore[attr-defined]


def two_stage_beside_ipx(n: int = 10_000) -> None:
    """10,000 scenarios with CVaR at 1e-4 beside HiGHS interior point."""
    from scipy import sparse

    rng = np.random.default_rng(0)
    price = 100 * np.exp(np.cumsum(rng.normal(0, 0.07, (n, 12)), axis=1))
    demand = rng.gamma(9, 10 / 9, (n, 12))
    for name, forward in (("easy", 101 + 0.3 * np.arange(12)), ("harder", 98.5 - 0.1 * np.arange(12))):
        problem = TwoStage(price, demand, forward, 60.0, 100.0, 200.0, 6.0, 0.4, 400.0, 0.5)
        solve_two_stage(problem, 0.1)
        ours, answer = timed(lambda problem=problem: solve_two_stage(problem), 2)  # type: ignore[misc]
        seconds, objective = _interior_point(problem, sparse)
        inside = answer.lower_bound * (1 - 1e-6) <= objective <= answer.upper_bound * (1 + 1e-4)  # type: ignore[attr-defined]
        assert inside, (answer, objective)
        print(f"two stages, {name}: HiGHS {objective:.3f} in [{answer.lower_bound:.3f}, {answer.upper_bound:.3f}]")  # type: ignore[attr-defined]
        print(f"  IPX {seconds:.1f} s, L-shaped {ours:.2f} s ({answer.n_cuts} cuts): {seconds / ours:.1f}x")  # type: ignore[attr-defined]


def _interior_point(problem: TwoStage, sparse: object) -> tuple[float, float]:
    """The extensive form by HiGHS IPX without crossover: seconds and objective."""
    import highspy

    n, months = problem.price.shape
    first, width = months + 2, 3 * months + 1
    columns = first + n * width
    cost, upper = np.zeros(columns), np.full(columns, np.inf)
    lower = np.zeros(columns)
    cost[:months], cost[months] = problem.forward_usd_per_t, problem.buffer_usd_per_t
    cost[months + 1], lower[months + 1] = problem.tail_weight, -np.inf
    upper[:months], upper[months] = problem.forward_cap_t, problem.buffer_cap_t
    base = first + width * np.arange(n)[:, None]
    month = np.arange(months)[None, :]
    spot, lost, end, excess = base + month, base + months + month, base + 2 * months + month, base[:, 0] + 3 * months
    cost[spot], cost[lost], cost[end] = problem.price / n, problem.penalty_usd_per_t / n, problem.holding_usd_per_t / n
    cost[excess] = problem.tail_weight / problem.tail_share / n
    upper[spot] = problem.spot_cap_t
    rows, cols, values = [], [], []

    def put(row: np.ndarray, column: np.ndarray, value: np.ndarray | float) -> None:
        row, column, value = np.broadcast_arrays(row, column, value)
        rows.append(row.ravel())
        cols.append(column.ravel())
        values.append(value.ravel().astype(float))

    balance = np.arange(n)[:, None] * (months + 1) + month
    put(balance, end, 1.0), put(balance, spot, -1.0), put(balance, lost, -1.0), put(balance, month, -1.0)
    put(balance[:, 1:], end[:, :-1], -1.0), put(balance[:, :1], np.full((n, 1), months), -1.0)
    tail = np.arange(n) * (months + 1) + months
    put(tail, excess, 1.0), put(tail, np.full(n, months + 1), 1.0)
    (
        put(tail[:, None], month, -problem.forward_usd_per_t[None, :]),
        put(tail, np.full(n, months), -problem.buffer_usd_per_t),
    )
    put(tail[:, None], spot, -problem.price), put(tail[:, None], lost, -problem.penalty_usd_per_t)
    put(tail[:, None], end, -problem.holding_usd_per_t)
    low = np.zeros((n, months + 1))
    low[:, :months] = -problem.demand
    high = low.copy()
    high[:, months] = np.inf
    shape = (n * (months + 1), columns)
    triplets = (np.concatenate(values), (np.concatenate(rows), np.concatenate(cols)))
    matrix = sparse.csc_matrix(triplets, shape=shape)  # type: ignore[attr-defined]
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_, lp.col_cost_, lp.col_lower_, lp.col_upper_ = columns, shape[0], cost, lower, upper
    lp.row_lower_, lp.row_upper_ = low.ravel(), high.ravel()
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    model = highspy.Highs()
    for name, value in (("output_flag", False), ("solver", "ipm"), ("run_crossover", "off"), ("threads", 1)):
        model.setOptionValue(name, value)
    model.passModel(lp)
    start = process_time()
    model.run()
    return process_time() - start, model.getObjectiveValue()


REORDER_T, FILL_T, MEAN_USE, HOLDING, STOCKOUT = 150.0, 220.0, 50, 0.18, 0.7


def stock_of_one_place(months: int) -> Block:
    """One stock, use Poisson 50 a period, orders arrive a period later; levels so high that nothing is ever short.

    stockpyl delivers late what is short and the ledger loses it, so only cases without shortage can be compared.
    """
    ones = tuple(np.ones(1) for _ in range(months))
    nothing = tuple(np.zeros(1) for _ in range(months))
    holding = tuple(np.full(1, HOLDING) for _ in range(months))
    lost = tuple(np.full(1, STOCKOUT) for _ in range(months))
    use = np.arange(10, 111)
    chance = np.exp([k * log(MEAN_USE) - MEAN_USE - lgamma(k + 1) for k in use])
    outcomes = Outcomes((use - MEAN_USE) / MEAN_USE, np.zeros((len(use), 1), dtype=np.bool_), chance / chance.sum())
    form = Form("part", "copper", FILL_T, np.full(months, float(MEAN_USE)), 1.0, lost, holding, ones, np.zeros(1))
    return Block(
        forms=(form,), lanes=(Lane("lane", tuple(np.full(1, 1e9) for _ in range(months)), 0.0),),
        pipelines=(Pipeline("lane", 0, 0, np.zeros(1), ones, nothing),), offers=(Offer("spot", 0, 0, 0, 1, nothing),),
        conversions=(), stores=(), hedges=(), promises=(), limits=(), outcomes=outcomes,
        transition=tuple(np.ones((1, 1)) for _ in range(months - 1)), monthly_discount=1.0,
    )  # fmt: skip


def reorder_and_fill(view: View) -> Orders:
    """After use is seen: at or below s, order up to S (the peer's order of events)."""
    left = view.held.stock[:, 0] + view.held.pipes[0][:, 0] - demand_t(view.block, view.month)[:, 0]
    order = np.where(left <= REORDER_T, FILL_T - left, 0.0)
    return Orders(order[:, None], np.zeros((len(left), 0)), np.zeros((len(left), 0)))


def ledger_beside_stockpyl(paths: int = 20_000, months: int = 200) -> None:
    """Months simulated a second; gate: the same use gives the same cost in every single month."""
    block = stock_of_one_place(months)
    nodes = np.zeros((paths, months), dtype=np.int64)
    outcomes = np.random.default_rng(3).choice(len(block.outcomes.chance), (paths, months), p=block.outcomes.chance)
    outcomes[:, 0] = 0
    seconds, ledger = timed(lambda: run(block, reorder_and_fill, nodes, outcomes))
    speed = paths * months / seconds
    cost = ledger.cost  # type: ignore[attr-defined]
    print(f"inventory: ledger {speed / 1e6:.1f} million months/s, {cost.mean():.3f} a month over {paths:,} paths")
    interpreter = os.environ.get("TOMNEXT_STOCKPYL_PYTHON")
    if interpreter is None:
        print("  stockpyl skipped: TOMNEXT_STOCKPYL_PYTHON names no interpreter that has it")
        return
    use = ledger.need_t[:5, :, 0]  # type: ignore[attr-defined]
    told = []
    for one in use:
        asked = {"demand": one.tolist(), "holding": HOLDING, "stockout": STOCKOUT, "s": REORDER_T, "S": FILL_T}
        script = str(Path(__file__).with_name("_stockpyl_peer.py"))
        text = json.dumps(asked | {"opening": FILL_T})
        done = subprocess.run([interpreter, script], input=text, capture_output=True, text=True, check=True)
        told.append(json.loads(done.stdout))
    theirs = np.array([one["cost"] for one in told])
    assert np.abs(theirs - cost[:5]).max() < 1e-9, np.abs(theirs - cost[:5]).max()
    peer = months / median(one["seconds"] for one in told)
    print(
        f"  stockpyl {told[0]['version']} {peer:,.0f} months/s, equal in every month of 5 paths: {speed / peer:,.0f}x"
    )


def company(months: int = 12, levels: int = 10, duty: float = 0.0) -> Block:
    """Three metals in one store, a near and a far lane each; fifty nodes: ten price levels by five states of the lanes.

    Prices move together one step of 8 % up or down so that none is expected to move, as in the planner's own chains;
    a crisis (a far lane closed, or all three) starts with 3 % a month and lasts three months.
    """
    step, crises = 0.08, 5
    up = (1 - np.exp(-step)) / (np.exp(step) - np.exp(-step))
    walk = np.diag(np.full(levels - 1, up), 1) + np.diag(np.full(levels - 1, 1 - up), -1)
    walk[[0, -1]] = np.eye(levels)[[0, -1]]
    world = np.eye(crises) * 2 / 3
    world[:, 0] += 1 / 3
    world[0] = [0.88, 0.03, 0.03, 0.03, 0.03]
    stay = np.kron(walk, world)
    today = np.kron(walk[levels // 2], world[0])[None, :]
    level = np.repeat(step * (np.arange(levels) - levels // 2), crises)[:, None]
    price = [price_of(np.zeros((1, 1)))] + [price_of(level) for _ in range(months - 1)]
    state = [np.zeros(1, dtype=np.int64)] + [np.tile(np.arange(crises), levels)] * (months - 1)
    use, names = (40.0, 90.0, 12.0), ("copper", "aluminium", "nickel")
    forms, lanes, pipes, offers = [], [], [], []
    for metal, (name, need) in enumerate(zip(names, use, strict=True)):
        own = tuple(one[:, metal] for one in price)
        forms.append(
            Form(name, name, 1.2 * need, np.full(months, need), 0.2, tuple(4 * one for one in own),
                 tuple(0.004 * one for one in own), own, 0.97 * own[-1])
        )  # fmt: skip
        for far in (0, 1):
            lane, taxed = len(lanes), duty if not lanes else 0.0
            flow = tuple(1.0 - far * np.isin(one, [metal + 1, 4]).astype(np.float64) for one in state)
            lanes.append(Lane(f"{name} {far}", tuple(2.5 * need * one for one in flow), 0.0))
            nothing = tuple(np.zeros(len(one)) for one in own)
            pipes.append(Pipeline(f"{name} {far}", lane, metal, np.zeros(1 + far), flow, nothing))
            paid = tuple(one * (1.0 + taxed + (0.06 if far == 0 else 0.01)) for one in own)
            offers.append(Offer(f"{name} {far}", lane, metal, lane, 1 + far, paid))
    late = np.zeros((4, 6), dtype=np.bool_)
    late[3, 1::2] = True
    outcomes = Outcomes(np.array([-1.3, 0.0, 1.3, 0.0]), late, np.array([0.25, 0.4, 0.25, 0.1]))
    return Block(
        tuple(forms), tuple(lanes), tuple(pipes), tuple(offers), (), (Store("yard", (0, 1, 2), 300.0, 60.0),), (), (),
        (), outcomes, (today, *[stay] * (months - 2)), 1 / 1.005,
    )  # fmt: skip


def price_of(level: np.ndarray) -> np.ndarray:
    """USD per t of the three metals at every node."""
    return np.array([9000.0, 2400.0, 16000.0]) * np.exp(level)


def full_plan() -> None:
    """Three metals, six lanes, a year, fifty nodes to 1 %; then ten points of duty from kept cuts to 2 %."""
    before, after = programme_of(company()), programme_of(company(duty=0.10))
    effort, risk = Effort(gap=0.01, max_iterations=600), Risk(0.1)
    solve(before, risk, np.random.default_rng(0), Effort(max_iterations=1))
    whole, found = timed(lambda: solve(before, risk, np.random.default_rng(0), effort), 1)
    kept = found.cuts  # type: ignore[attr-defined]
    quick = Effort(gap=0.02, max_iterations=100, check_every=5)
    again, told = timed(lambda: solve(after, risk, np.random.default_rng(1), quick, kept=kept), 1)
    # a dearer lane can only cost more
    assert found.lower_bound <= told.upper.interval_95[1], (found, told)  # type: ignore[attr-defined]
    assert told.lower_bound <= told.upper.interval_95[1]  # type: ignore[attr-defined]
    for name, seconds, one in (("full plan", whole, found), ("  duty from kept cuts", again, told)):
        share = gap_of_avoidable(one.lower_bound, one.upper, unavoidable_cost(company()))  # type: ignore[attr-defined]
        print(f"{name}: {seconds:.2f} s, {one.iterations} iterations, {one.status}, gap {one.gap:.2%}")  # type: ignore[attr-defined]
        print(f"  {share:.0%} of the avoidable")
    print(f"  a changed duty takes {again / whole:.2f} of the plan's time")


def main() -> None:
    """Run every comparison."""
    sddp_beside_the_tree()
    ledger_beside_stockpyl()
    full_plan()
    two_stage_beside_ipx()


if __name__ == "__main__":
    main()
