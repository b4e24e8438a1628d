"""Fix purchases today, buy the rest at scenario prices: the separable two-stage plan, solved by cuts.

Benders' L-shaped method (Van Slyke & Wets 1969, SIAM J. Appl. Math. 17, 638–663) with the exact greedy recourse of
:mod:`tomnext.procurement.greedy_recourse` and its own dual prices as slopes, one cut an iteration for mean and CVaR
together. It needs separable months: no minimum orders, no fixed costs, no lead-time coupling in the second stage.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from tomnext.procurement.greedy_recourse import recourse
from tomnext.procurement.programme import Floats, Risk, risk_adjusted

INCUMBENT_SHARE = 0.7
"""Weight of the best point so far in the next one; every third step goes to the master's optimum itself."""


@dataclass(frozen=True)
class TwoStage:
    """The problem; ``price``, ``demand``: (scenarios, months) USD per t and t, all scenarios equally likely.

    First stage: forwards at ``forward_usd_per_t`` (months,) up to ``forward_cap_t`` each, an opening buffer at
    ``buffer_usd_per_t`` up to ``buffer_cap_t``. Second: spot up to ``spot_cap_t`` a month, ``holding_usd_per_t`` a
    month, ``penalty_usd_per_t`` for lost use. Objective: mean + ``tail_weight`` · mean of the worst ``tail_share``.
    """

    price: Floats
    demand: Floats
    forward_usd_per_t: Floats
    forward_cap_t: float
    buffer_usd_per_t: float
    buffer_cap_t: float
    spot_cap_t: float
    holding_usd_per_t: float
    penalty_usd_per_t: float
    tail_weight: float
    tail_share: float = 0.05


@dataclass(frozen=True)
class TwoStageAnswer:
    """Bounds in USD, the decision (forwards (months,) and buffer in t) and how many cuts it took."""

    lower_bound: float
    upper_bound: float
    forwards_t: Floats
    buffer_t: float
    n_cuts: int

    @property
    def gap(self) -> float:
        """Relative distance of the bounds."""
        return (self.upper_bound - self.lower_bound) / max(abs(self.upper_bound), 1e-12)


def solve_two_stage(problem: TwoStage, gap: float = 1e-4, max_cuts: int = 500) -> TwoStageAnswer:
    """Forwards and buffer in t whose cost in USD is certified within ``gap`` (relative) of the optimum."""
    master = _Master(problem)
    best, best_point, lower = np.inf, np.zeros(len(problem.forward_usd_per_t) + 1), -np.inf
    point, cuts = best_point, 0
    while cuts < max_cuts:
        value, intercept, slope = _cut(problem, point)
        total = master.first_stage_cost(point) + value
        if total < best:
            best, best_point = total, point
        master.add(intercept, slope)
        cuts += 1
        lower, optimum = master.solve()
        if best - lower <= gap * abs(best):
            break
        share = 0.0 if cuts % 3 == 0 else INCUMBENT_SHARE
        point = share * best_point + (1 - share) * optimum
    return TwoStageAnswer(lower, best, best_point[:-1], float(best_point[-1]), cuts)


def _cut(problem: TwoStage, point: Floats) -> tuple[float, float, Floats]:
    """The weighted recourse cost in USD at a point, and the cut it gives: intercept USD, slopes USD per t."""
    cost, value, constant = recourse(
        problem.price, problem.demand, point[:-1], float(point[-1]),
        problem.spot_cap_t, problem.holding_usd_per_t, problem.penalty_usd_per_t,
    )  # fmt: skip
    chances = np.full((1, len(cost)), 1.0 / len(cost))
    weights = (chances + problem.tail_weight * risk_adjusted(chances, cost, Risk(1.0, problem.tail_share)))[0]
    slope = -np.append(weights @ value, weights @ value[:, 0])
    return float(weights @ cost), float(weights @ constant), slope


class _Master:
    """First-stage decisions and one variable for the future, in HiGHS."""

    def __init__(self, problem: TwoStage) -> None:
        months = len(problem.forward_usd_per_t)
        whole = 1.0 + problem.tail_weight
        self.cost = whole * np.append(problem.forward_usd_per_t, problem.buffer_usd_per_t)
        self.model = highspy.Highs()
        self.model.setOptionValue("output_flag", False)
        upper = np.append(np.full(months, problem.forward_cap_t), problem.buffer_cap_t)
        for cost, cap in zip(self.cost, upper, strict=True):
            self.model.addVar(0.0, cap)
            self.model.changeColCost(self.model.getNumCol() - 1, cost)
        self.model.addVar(0.0, highspy.kHighsInf)
        self.model.changeColCost(months + 1, 1.0)

    def first_stage_cost(self, point: Floats) -> float:
        """USD of a first-stage decision, the worst cases' share of it included."""
        return float(self.cost @ point)

    def add(self, intercept: float, slope: Floats) -> None:
        """The future costs at least intercept + slope · decision."""
        columns = np.arange(len(slope) + 1, dtype=np.int32)
        self.model.addRow(intercept, highspy.kHighsInf, len(columns), columns, np.append(-slope, 1.0))

    def solve(self) -> tuple[float, Floats]:
        """The lower bound in USD and the decision that attains it."""
        self.model.run()
        return self.model.getObjectiveValue(), np.array(self.model.getSolution().col_value)[:-1]
