"""The greedy recourse and the L-shaped method against HiGHS on the same linear programmes."""

import highspy
import numpy as np
import pytest

from tomnext.procurement.greedy_recourse import recourse
from tomnext.procurement.two_stage import TwoStage, solve_two_stage

MONTHS = 12


def instance(n: int, harder: bool = False, seed: int = 0) -> TwoStage:
    """The instance of bench/procurement.py: price 100·exp(walk of 7 %), demand Gamma(9, 10/9)."""
    rng = np.random.default_rng(seed)
    price = 100 * np.exp(np.cumsum(rng.normal(0, 0.07, (n, MONTHS)), axis=1))
    demand = rng.gamma(9, 10 / 9, (n, MONTHS))
    months = np.arange(MONTHS)
    forward = 98.5 - 0.1 * months if harder else 101 + 0.3 * months
    return TwoStage(price, demand, forward, 60.0, 100.0, 200.0, 6.0, 0.4, 400.0, 0.5)


def extensive(problem: TwoStage) -> float:
    """The same problem written down whole: mean + weight · CVaR by Rockafellar and Uryasev."""
    n, months = problem.price.shape
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    first = [model.addVariable(0, problem.forward_cap_t, float(c)) for c in problem.forward_usd_per_t]
    buffer = model.addVariable(0, problem.buffer_cap_t, problem.buffer_usd_per_t)
    level = model.addVariable(-highspy.kHighsInf, highspy.kHighsInf, problem.tail_weight)
    stage_one = sum(float(c) * x for c, x in zip(problem.forward_usd_per_t, first, strict=True))
    stage_one = stage_one + problem.buffer_usd_per_t * buffer
    for scenario in range(n):
        excess = model.addVariable(0, highspy.kHighsInf, problem.tail_weight / problem.tail_share / n)
        cost, stock = stage_one, buffer
        for t in range(months):
            spot = model.addVariable(0, problem.spot_cap_t, float(problem.price[scenario, t]) / n)
            lost = model.addVariable(0, highspy.kHighsInf, problem.penalty_usd_per_t / n)
            end = model.addVariable(0, highspy.kHighsInf, problem.holding_usd_per_t / n)
            model.addConstr(end == stock + first[t] + spot + lost - float(problem.demand[scenario, t]))
            cost = cost + float(problem.price[scenario, t]) * spot + 400.0 * lost + 0.4 * end
            stock = end
        model.addConstr(excess >= cost - level)
    model.run()
    return float(model.getObjectiveValue())


def test_the_greedy_is_the_recourse_and_its_prices_are_its_dual() -> None:
    problem = instance(60, seed=3)
    rng = np.random.default_rng(1)
    for _ in range(3):
        arrivals, buffer = rng.uniform(0, 12, MONTHS) * (rng.random(MONTHS) < 0.4), rng.uniform(0, 40)
        cost, value, constant = recourse(problem.price, problem.demand, arrivals, buffer, 6.0, 0.4, 400.0)
        assert constant - value @ arrivals - value[:, 0] * buffer == pytest.approx(cost, rel=1e-9)
        for scenario in range(10):
            model = highspy.Highs()
            model.setOptionValue("output_flag", False)
            stock = buffer
            for t in range(MONTHS):
                spot = model.addVariable(0, 6.0, float(problem.price[scenario, t]))
                lost = model.addVariable(0, highspy.kHighsInf, 400.0)
                end = model.addVariable(0, highspy.kHighsInf, 0.4)
                model.addConstr(end == stock + float(arrivals[t]) + spot + lost - float(problem.demand[scenario, t]))
                stock = end
            model.run()
            assert cost[scenario] == pytest.approx(model.getObjectiveValue(), rel=1e-9)


@pytest.mark.parametrize("harder", [False, True])
def test_bounds_hold_the_extensive_form_between_them(harder: bool) -> None:
    problem = instance(120, harder)
    answer = solve_two_stage(problem, gap=1e-6)
    exact = extensive(problem)
    assert answer.lower_bound <= exact * (1 + 1e-9)
    assert answer.upper_bound >= exact * (1 - 1e-9)
    assert answer.gap <= 1e-6


def test_the_measured_instance_has_its_known_optimum() -> None:
    """1,000 scenarios, seed 0: 19466.355997 by HiGHS, cvxpy and linopy alike."""
    answer = solve_two_stage(instance(1000), gap=1e-7)
    assert answer.upper_bound == pytest.approx(19466.355997, rel=1e-6)
    assert answer.buffer_t > 90
    assert answer.forwards_t.sum() == pytest.approx(0.0, abs=1e-6)
