"""The small programmes of a stage, kept hot; every bound taken from them is re-derived by weak duality.

They are solved by :mod:`tomnext.procurement.month_simplex`; where that is unsure, and for the last word on a bound,
HiGHS solves the same programme from nothing. No objective value of either enters a cut: from the duals alone,
whatever their quality, a valid minorant of the value follows by arithmetic.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from tomnext.procurement.month_simplex import (
    SOLVED,
    SPARE_ROWS,
    Answer,
    Month,
    Tableau,
    bound_by_duals,
    bounds_of_all,
    decisions_of_all,
    optimise,
    room_for_answer,
)
from tomnext.procurement.programme import Floats, Programme
from tomnext.vocabulary.errors import ModelFailed
from tomnext.vocabulary.words import Text

CRUMB = 1e-6
"""A share of a minimum order below which an order is a rounding error, and above one less it, an order in full."""

FIRST_ROOM = 32
OPTIONS = {"output_flag": False, "presolve": "off", "solver": "simplex", "threads": 1, "parallel": "off"}


@dataclass(frozen=True)
class Minorants:
    """Affine lower bounds of the value of every node and outcome of one stage, as functions of the incoming state.

    ``at``: (states,) t, where they were taken. ``value``: (nodes, outcomes) USD there. ``slope``:
    (nodes, outcomes, states) USD per t.
    """

    at: Floats
    value: Floats
    slope: Floats


class StageModels:
    """The programmes of one stage: solved for any incoming state, tightened by cuts on the value of the future."""

    def __init__(self, programme: Programme, number: int, floor: float, money_scale: float) -> None:
        self._programme = programme
        self._stage = programme.stages[number]
        self._scale = money_scale
        is_last = number == len(programme.stages) - 1
        self._n_cuts = 0
        self._months = self._figures(0.0 if is_last else floor / money_scale, 0.0 if is_last else np.inf)
        self._tableaus = self._room()

    def _figures(self, future_low: float, future_high: float) -> Month:
        """The stage's figures with the cost of the future as one more column, and room for cuts."""
        stage, programme = self._stage, self._programme
        rows, n, s = len(programme.matrix), stage.n_nodes, programme.n_states
        return Month(
            matrix=np.hstack([programme.matrix, np.zeros((rows, 1))]),
            is_equality=programme.is_equality,
            state_columns=programme.state_columns,
            cost=np.hstack([stage.cost / self._scale, np.ones((n, 1))]),
            lower=np.hstack([stage.lower, np.full((n, 1), future_low)]),
            upper=np.hstack([stage.upper, np.full((n, 1), future_high)]),
            intercept=np.zeros((n, FIRST_ROOM)),
            slope=np.zeros((n, FIRST_ROOM, s)),
        )

    def _room(self) -> Tableau:
        (rows, columns), n = self._months.matrix.shape, self._stage.n_nodes
        most = rows + columns + SPARE_ROWS
        return Tableau(
            table=np.zeros((n, most, columns)),
            price=np.zeros((n, columns)),
            basic=np.zeros((n, most), dtype=np.int64),
            nonbasic=np.zeros((n, columns), dtype=np.int64),
            is_high=np.zeros((n, columns), dtype=np.bool_),
            size=np.zeros((n, 1), dtype=np.int64),
        )

    def add_cuts(self, intercepts: Floats, slopes: Floats) -> None:
        """Add to every node: future cost ≥ intercepts[k, node] USD + slopes[k, node] USD per t · outgoing state."""
        new = self._n_cuts + len(intercepts)
        if new > self._months.intercept.shape[1]:
            more = ((0, 0), (0, new))
            intercept, slope = np.pad(self._months.intercept, more), np.pad(self._months.slope, (*more, (0, 0)))
            self._months = self._months._replace(intercept=intercept, slope=slope)
        self._months.intercept[:, self._n_cuts : new] = intercepts.T / self._scale
        self._months.slope[:, self._n_cuts : new] = slopes.transpose(1, 0, 2) / self._scale
        self._n_cuts = new

    def _month(self, node: int) -> Month:
        one, k = self._months, self._n_cuts
        return one._replace(
            cost=one.cost[node], lower=one.lower[node], upper=one.upper[node],
            intercept=one.intercept[node, :k], slope=one.slope[node, :k],
        )  # fmt: skip

    def _tableau(self, node: int) -> Tableau:
        return Tableau(*(part[node] for part in self._tableaus))

    def _right_side(self, node: int, outcome: int, state: Floats) -> Floats:
        right: Floats = self._stage.rhs[node, outcome] + self._stage.incoming[node, outcome] @ state
        return right

    def _optimum(self, node: int, rhs: Floats, month: Month | None = None) -> Answer | None:
        """The best decisions at a node, by HiGHS where the tableau is unsure; None when there are none."""
        month = month or self._month(node)
        answer: Answer = room_for_answer(self._months)
        if optimise(self._tableau(node), month, rhs, answer) == SOLVED:
            return answer
        return by_highs(month, rhs)

    def _needed(self, node: int, rhs: Floats) -> Answer:
        answer = self._optimum(node, rhs)
        if answer is None:
            raise ModelFailed(
                Text("A month of the plan could not be solved.", "計畫中的某個月無法求解。"), received=f"node {node}"
            )
        return answer

    def solve(self, node: int, outcome: int, state: Floats) -> Floats:
        """Decisions (columns,) t at one node and outcome, coming with ``state`` (t); minimum orders relaxed."""
        answer = self._needed(node, self._right_side(node, outcome, state))
        return self._within(node, answer.x[:-1])

    def _within(self, nodes: int | NDArray[np.int64], decided: Floats) -> Floats:
        return np.asarray(np.clip(decided, self._stage.lower[nodes], self._stage.upper[nodes]), dtype=np.float64)

    def decide(self, node: int, outcome: int, state: Floats) -> Floats:
        """Decisions (columns,) t that obey minimum orders, by a stated heuristic (docs/decisions/0083).

        While some order is above nothing and below its minimum, the one nearest its minimum is settled: nothing or
        at least the minimum, whichever leaves the lower total of this month and the bound on the future. What this
        loses is bounded by the gap between the policy's simulated cost and the lower bound, which ignores minimums.
        """
        alone: Floats = self.decide_all(np.array([node]), np.array([outcome]), state[None])[0]
        return alone

    def decide_all(self, nodes: NDArray[np.int64], outcomes: NDArray[np.int64], states: Floats) -> Floats:
        """:meth:`decide` for many paths at once: (paths,), (paths,), (paths, states) t → (paths, columns) t."""
        rhs = self._stage.rhs[nodes, outcomes] + np.einsum("prs,ps->pr", self._stage.incoming[nodes, outcomes], states)
        decided = np.empty((len(nodes), self._months.matrix.shape[1]))
        unsolved = decisions_of_all(self._tableaus, self._months, self._n_cuts, nodes, rhs, decided)
        for path in np.nonzero(unsolved)[0]:
            decided[path] = self._needed(int(nodes[path]), rhs[path]).x
        chosen = self._within(nodes, decided[:, :-1])
        minimum = self._programme.minimum
        lumpy = np.nonzero(minimum)[0]
        broken = (chosen[:, lumpy] > CRUMB * minimum[lumpy]) & (chosen[:, lumpy] < (1 - CRUMB) * minimum[lumpy])
        for path in np.nonzero(broken.any(axis=1))[0]:
            chosen[path] = self._settled(int(nodes[path]), rhs[path], chosen[path])
        return chosen

    def _settled(self, node: int, rhs: Floats, decided: Floats) -> Floats:
        month = self._month(node)
        month = month._replace(lower=month.lower.copy(), upper=month.upper.copy())
        settled: list[int] = []
        while (column := self._below_minimum(decided, settled)) is not None:
            settled.append(column)
            decided = self._settle(month, column, node, rhs)
        return self._within(node, decided)

    def _below_minimum(self, decided: Floats, settled: list[int]) -> int | None:
        minimum = self._programme.minimum
        share = np.divide(decided, minimum, out=np.zeros_like(decided), where=minimum > 0)
        share[settled] = 0.0
        share[share > 1 - CRUMB] = 0.0
        nearest = int(np.argmax(share))
        return nearest if share[nearest] > CRUMB else None

    def _settle(self, month: Month, column: int, node: int, rhs: Floats) -> Floats:
        """Bind one order to nothing or to at least its minimum, whichever is cheaper, and decide again."""
        upper, minimum = float(month.upper[column]), float(self._programme.minimum[column])
        found: list[tuple[float, tuple[float, float], Floats]] = []
        for bounds in [(0.0, 0.0), (minimum, upper)] if minimum <= upper else [(0.0, 0.0)]:
            month.lower[column], month.upper[column] = bounds
            answer = self._optimum(node, rhs, month)
            if answer is not None:
                found.append((float(month.cost @ answer.x), bounds, answer.x[:-1]))
        if not found:
            raise ModelFailed(
                Text("A month of the plan could not be solved.", "計畫中的某個月無法求解。"), received=f"node {node}"
            )
        _, (month.lower[column], month.upper[column]), decided = min(found, key=lambda one: one[0])
        return decided

    def row_prices(self, node: int, outcome: int, state: Floats) -> Floats:
        """What one more tonne of room in each row's right side would save, USD per t, at one node and outcome."""
        return self._scale * self._needed(node, self._right_side(node, outcome, state)).row_price

    def minorants(self, state: Floats) -> Minorants:
        """Lower bounds of the value of every node and outcome, exact at ``state`` (t) up to the solver's tolerance."""
        stage = self._stage
        value, slope = np.empty(stage.constant.shape), np.empty(stage.incoming_cost.shape)
        unsolved = bounds_of_all(
            self._tableaus, self._months, self._n_cuts, stage.rhs, stage.incoming, state, value, slope
        )
        for node, outcome in np.argwhere(unsolved):
            answer = self._needed(int(node), self._right_side(node, outcome, state))
            value[node, outcome] = answer.bound[0]
            slope[node, outcome] = answer.row_price @ stage.incoming[node, outcome]
        carried = stage.incoming_cost @ state + stage.constant
        return Minorants(state, self._scale * value + carried, self._scale * slope + stage.incoming_cost)

    def cold_bound(self, node: int, outcome: int, state: Floats) -> float:
        """A lower bound of the value in USD at one node, outcome and state (t), from duals of HiGHS from nothing."""
        stage = self._stage
        answer = by_highs(self._month(node), self._right_side(node, outcome, state))
        if answer is None:
            return -np.inf
        carried = stage.incoming_cost[node, outcome] @ state + stage.constant[node, outcome]
        return float(self._scale * answer.bound[0] + carried)


def by_highs(month: Month, rhs: Floats) -> Answer | None:
    """One month (scaled money, t) solved by HiGHS from nothing, its bound by arithmetic; None when it has no answer."""
    model = highspy.Highs()
    for name, value in OPTIONS.items():
        model.setOptionValue(name, value)
    (rows, n), k = month.matrix.shape, len(month.intercept)
    cut_rows = np.zeros((k, n))
    cut_rows[:, month.state_columns] = -month.slope
    cut_rows[:, -1] = 1.0
    empty = np.zeros(0, dtype=np.int32)
    model.addCols(n, month.cost, month.lower, month.upper, 0, empty, empty, np.zeros(0))
    matrix = np.vstack([month.matrix, cut_rows])
    low = np.concatenate([rhs, month.intercept])
    high = np.where(np.concatenate([month.is_equality, np.zeros(k, dtype=np.bool_)]), low, highspy.kHighsInf)
    starts = np.concatenate([[0], np.cumsum(np.count_nonzero(matrix, axis=1))[:-1]]).astype(np.int32)
    at, used = np.nonzero(matrix)
    model.addRows(len(matrix), low, high, len(used), starts, used.astype(np.int32), matrix[at, used])
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = model.getSolution()
    duals = np.array(solution.row_dual)
    answer = Answer(np.array(solution.col_value), duals[:rows].copy(), np.empty(1), np.empty(len(month.state_columns)))
    bound_by_duals(month, rhs, duals[rows:].copy(), answer)
    return answer
