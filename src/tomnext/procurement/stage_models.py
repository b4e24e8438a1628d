"""One small HiGHS model for every stage and node, kept hot; every bound taken from it is re-derived by weak duality.

HiGHS may report a wrong objective after a hot start (ERGO-Code/HiGHS issue 3294), so no objective value enters a
cut: from the duals alone, whatever their quality, a valid minorant of the value follows by arithmetic.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from tomnext.procurement.programme import Floats, Programme
from tomnext.vocabulary.errors import ModelFailed
from tomnext.vocabulary.words import Text

NO_INDICES = np.zeros(0, dtype=np.int32)
NO_VALUES = np.zeros(0)
CRUMB = 1e-6
"""A share of a minimum order below which an order is a rounding error, and above one less it, an order in full."""

LEVEL_TOLERANCE = 1e-9
"""Relative height below the highest cut at which a cut still counts as being among the highest."""

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
    """The models of one stage: solved hot for any incoming state, tightened by cuts on the value of the future."""

    def __init__(self, programme: Programme, number: int, floor: float, money_scale: float) -> None:
        self._programme = programme
        self._stage = programme.stages[number]
        self._is_last = number == len(programme.stages) - 1
        self._scale = money_scale
        self._floor = floor
        self._rows = programme.matrix.shape[0]
        self._row_indices = np.arange(self._rows, dtype=np.int32)
        self._intercepts: list[Floats] = []
        self._slopes: list[Floats] = []
        self._kept: list[list[int]] = [[] for _ in range(self._stage.n_nodes)]
        self._models = [self._built(node) for node in range(self._stage.n_nodes)]

    def _built(self, node: int) -> highspy.Highs:
        model = highspy.Highs()
        for name, value in OPTIONS.items():
            model.setOptionValue(name, value)
        stage, columns = self._stage, self._programme.matrix.shape[1]
        cost = stage.cost[node] / self._scale
        model.addCols(columns, cost, stage.lower[node], stage.upper[node], 0, NO_INDICES, NO_INDICES, NO_VALUES)
        if not self._is_last:
            model.addCol(1.0, self._floor / self._scale, highspy.kHighsInf, 0, NO_INDICES, NO_VALUES)
        for row in self._programme.matrix:
            used = np.nonzero(row)[0].astype(np.int32)
            model.addRow(0.0, 0.0, len(used), used, row[used])
        for number in self._kept[node]:
            self._add_row(model, node, number)
        return model

    def _add_row(self, model: highspy.Highs, node: int, number: int) -> None:
        slope = self._slopes[number][node]
        used = np.append(self._programme.state_columns, self._programme.matrix.shape[1]).astype(np.int32)
        values = np.append(-slope / self._scale, 1.0)
        model.addRow(self._intercepts[number][node] / self._scale, highspy.kHighsInf, len(used), used, values)

    def add_cuts(self, intercepts: Floats, slopes: Floats) -> None:
        """Add to every node: future cost ≥ intercepts[k, node] USD + slopes[k, node] USD per t · outgoing state."""
        for intercept, slope in zip(intercepts, slopes, strict=True):
            self._intercepts.append(intercept)
            self._slopes.append(slope)
            for node, model in enumerate(self._models):
                self._kept[node].append(len(self._intercepts) - 1)
                self._add_row(model, node, self._kept[node][-1])

    def keep_useful_cuts(self, states: Floats) -> None:
        """Leave out of the models every cut that is highest at none of ``states`` (k, states) t; build them anew.

        Level-1 selection (de Matos, Philpott & Finardi 2015, J. Comput. Appl. Math. 290, 196–208). A bound never
        rests on a cut that was left out, so it stays valid; what was left out is not forgotten by the caller.
        """
        if not self._intercepts:
            return
        heights = np.einsum("kns,vs->knv", np.array(self._slopes), states) + np.array(self._intercepts)[:, :, None]
        tolerance = LEVEL_TOLERANCE * (1.0 + np.abs(heights).max(axis=0))
        is_useful = (heights >= heights.max(axis=0) - tolerance).any(axis=2)
        self._kept = [np.nonzero(is_useful[:, node])[0].tolist() for node in range(self._stage.n_nodes)]
        self._models = [self._built(node) for node in range(self._stage.n_nodes)]

    def solve(self, node: int, outcome: int, state: Floats) -> Floats:
        """Decisions (columns,) t at one node and outcome, coming with ``state`` (t); minimum orders relaxed."""
        stage = self._stage
        rhs = stage.rhs[node, outcome] + stage.incoming[node, outcome] @ state
        decided = np.array(self._run(node, rhs).getSolution().col_value)[: self._programme.matrix.shape[1]]
        return np.asarray(np.clip(decided, stage.lower[node], stage.upper[node]), dtype=np.float64)

    def decide(self, node: int, outcome: int, state: Floats) -> Floats:
        """Decisions (columns,) t that obey minimum orders, by a stated heuristic (docs/decisions/0083).

        While some order is above nothing and below its minimum, the one nearest its minimum is settled: nothing or
        at least the minimum, whichever leaves the lower total of this month and the bound on the future. What this
        loses is bounded by the gap between the policy's simulated cost and the lower bound, which ignores minimums.
        """
        decided = self.solve(node, outcome, state)
        settled: list[int] = []
        while (column := self._below_minimum(decided, settled)) is not None:
            settled.append(column)
            decided = self._settle(column, node, outcome, state)
        for column in settled:
            bounds = self._stage.lower[node, column], self._stage.upper[node, column]
            self._models[node].changeColBounds(column, *bounds)
        return decided

    def _below_minimum(self, decided: Floats, settled: list[int]) -> int | None:
        minimum = self._programme.minimum
        share = np.divide(decided, minimum, out=np.zeros_like(decided), where=minimum > 0)
        share[settled] = 0.0
        share[share > 1 - CRUMB] = 0.0
        nearest = int(np.argmax(share))
        return nearest if share[nearest] > CRUMB else None

    def _settle(self, column: int, node: int, outcome: int, state: Floats) -> Floats:
        """Bind one order to nothing or to at least its minimum, whichever is cheaper, and decide again."""
        upper, minimum = float(self._stage.upper[node, column]), float(self._programme.minimum[column])
        rhs = self._stage.rhs[node, outcome] + self._stage.incoming[node, outcome] @ state
        model, values = self._models[node], {}
        for bounds in [(0.0, 0.0), (minimum, upper)] if minimum <= upper else [(0.0, 0.0)]:
            model.changeColBounds(column, *bounds)
            values[bounds] = model.getObjectiveValue() if self._is_solved(model, rhs) else np.inf
        best = min(values, key=lambda one: values[one])
        model.changeColBounds(column, *best)
        if not self._is_solved(model, rhs):
            raise _unsolved(model, node)
        return np.array(model.getSolution().col_value)[: self._programme.matrix.shape[1]]

    def _is_solved(self, model: highspy.Highs, rhs: Floats) -> bool:
        upper = np.where(self._programme.is_equality, rhs, highspy.kHighsInf)
        model.changeRowsBounds(self._rows, self._row_indices, rhs, upper)
        model.run()
        return bool(model.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    def _run(self, node: int, rhs: Floats) -> highspy.Highs:
        """Solve hot; when HiGHS stumbles, once more from nothing."""
        model = self._models[node]
        if not self._is_solved(model, rhs):
            self._models[node] = model = self._built(node)
            if not self._is_solved(model, rhs):
                raise _unsolved(model, node)
        return model

    def row_prices(self, node: int, outcome: int, state: Floats) -> Floats:
        """What one more tonne of room in each row's right side would save, USD per t, at one node and outcome."""
        rhs = self._stage.rhs[node, outcome] + self._stage.incoming[node, outcome] @ state
        duals = np.array(self._run(node, rhs).getSolution().row_dual[: self._rows])
        return np.asarray(self._scale * duals, dtype=np.float64)

    def minorants(self, state: Floats) -> Minorants:
        """Lower bounds of the value of every node and outcome, exact at ``state`` (t) up to the solver's tolerance."""
        stage = self._stage
        rhs = stage.rhs + stage.incoming @ state
        duals = np.zeros((stage.n_nodes, stage.n_outcomes, self._rows + len(self._intercepts)))
        for node in range(stage.n_nodes):
            rows = np.r_[0 : self._rows, np.array(self._kept[node], dtype=np.int64) + self._rows]
            for outcome in range(stage.n_outcomes):
                duals[node, outcome, rows] = self._run(node, rhs[node, outcome]).getSolution().row_dual
        value = self._scale * self._bound_from_duals(duals, rhs)
        carried = stage.incoming_cost @ state + stage.constant
        row_duals = self._row_duals(duals)
        slope = self._scale * np.einsum("nwr,nwrs->nws", row_duals, stage.incoming) + stage.incoming_cost
        return Minorants(state, value + carried, slope)

    def _row_duals(self, duals: Floats) -> Floats:
        rows = duals[:, :, : self._rows]
        return np.where(self._programme.is_equality, rows, np.maximum(rows, 0.0))

    def _bound_from_duals(self, duals: Floats, rhs: Floats) -> Floats:
        """Weak duality with finite bounds: π·rhs + μ·intercepts + Σ least reduced cost of each column in its box."""
        stage = self._stage
        rows = self._row_duals(duals)
        bound: Floats = np.einsum("nwr,nwr->nw", rows, rhs)
        reduced = (stage.cost / self._scale)[:, None, :] - rows @ self._programme.matrix
        if not self._is_last:
            cuts = np.maximum(duals[:, :, self._rows :], 0.0)
            total = cuts.sum(axis=2, keepdims=True)
            cuts = cuts / np.maximum(total, 1.0)
            bound += (1 - np.minimum(total[:, :, 0], 1.0)) * self._floor / self._scale
            if self._intercepts:
                bound += np.einsum("nwk,kn->nw", cuts, np.array(self._intercepts)) / self._scale
                slopes = np.einsum("nwk,kns->nws", cuts, np.array(self._slopes)) / self._scale
                reduced[:, :, self._programme.state_columns] += slopes
        low, high = stage.lower[:, None, :], stage.upper[:, None, :]
        box: Floats = np.minimum(reduced * low, reduced * high).sum(axis=2)
        return bound + box


def _unsolved(model: highspy.Highs, node: int) -> ModelFailed:
    return ModelFailed(
        Text("A month of the plan could not be solved.", "計畫中的某個月無法求解。"),
        received=f"HiGHS: {model.modelStatusToString(model.getModelStatus())}, node {node}",
    )
