"""The programmes of a stage, solved by HiGHS and kept hot; every bound taken from them is re-derived by weak duality.

Decisions are taken node by node. Bounds are wanted for all nodes at once: there the nodes' programmes stand side by
side in one model, because a call of the solver costs more than the few pivots a programme of a month needs. The
outcomes of a node differ in their right side only, so the duals of one bound all of them (docs/decisions/0084).

HiGHS may report a wrong objective after a hot start (ERGO-Code/HiGHS issue 3294), so no objective value enters a
cut: from the duals alone, whatever their quality, a valid minorant of the value follows by arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from tomnext.procurement.programme import Floats, Programme
from tomnext.vocabulary.errors import ModelFailed
from tomnext.vocabulary.words import Text

Integers = NDArray[np.int64]
FIRST_ROOM = 64
CRUMB = 1e-6
"""A share of a minimum order below which an order is a rounding error, and above one less it, an order in full."""
LEVEL_TOLERANCE = 1e-9
"""Relative height below the highest cut at which a cut still counts as being among the highest."""
OPTIONS = {
    "output_flag": False, "presolve": "off", "solver": "simplex", "threads": 1, "parallel": "off",
    "simplex_dual_edge_weight_strategy": 0,
}  # fmt: skip
"""Dantzig's rule: a hot start needs few pivots, fewer than steepest-edge weights are worth."""


@dataclass(frozen=True)
class Minorants:
    """Affine lower bounds of the value of every node and outcome of one stage, as functions of the incoming state.

    ``at``: (states,) t, where they were taken. ``value``: (nodes, outcomes) USD there. ``slope``:
    (nodes, outcomes, states) USD per t. ``is_exact``: whether every one of them was solved there.
    """

    at: Floats
    value: Floats
    slope: Floats
    is_exact: bool


class _Model:
    """One HiGHS model of some nodes side by side, with a row for every cut of every node it holds.

    ``cut`` and ``place``: which cut and which of the nodes each cut row belongs to, in the order of the rows;
    ``told``: how many of the stage's cuts it has heard of.
    """

    def __init__(
        self, cost: Floats, lower: Floats, upper: Floats, matrix: Floats, is_equality: NDArray[np.bool_]
    ) -> None:
        """Costs and bounds (nodes, columns) of every node in scaled money and t, and the rows they share."""
        self.nodes, self.columns = cost.shape
        self.is_equality = np.tile(is_equality, self.nodes)
        self.told = 0
        self.rows = len(matrix)
        self.highs = highspy.Highs()
        for name, value in OPTIONS.items():
            self.highs.setOptionValue(name, value)
        empty = np.zeros(0, dtype=np.int32)
        n = cost.size
        self.highs.addCols(n, cost.ravel(), lower.ravel(), upper.ravel(), 0, empty, empty, np.zeros(0))
        row, column = np.nonzero(matrix)
        first = np.searchsorted(row, np.arange(self.rows))
        apart = np.arange(self.nodes)[:, None]
        self._add(
            np.zeros(self.nodes * self.rows), (first + len(row) * apart).ravel(),
            (column + self.columns * apart).ravel(), np.tile(matrix[row, column], self.nodes),
        )  # fmt: skip
        self.row_indices = np.arange(self.nodes * self.rows, dtype=np.int32)
        self.cut = np.zeros(0, dtype=np.int64)
        self.place = np.zeros(0, dtype=np.int64)

    def _add(self, low: Floats, starts: Integers, columns: Integers, values: Floats) -> None:
        high = np.full(len(low), highspy.kHighsInf)
        count, indices = len(values), columns.astype(np.int32)
        self.highs.addRows(len(low), low, high, count, starts.astype(np.int32), indices, values)

    def add_cuts(self, cut: Integers, place: Integers, intercept: Floats, slope: Floats, states: Integers) -> None:
        """Rows «future − slope · state ≥ intercept» for some nodes: (rows,), (rows, states) in scaled money."""
        width = len(states) + 1
        columns = np.hstack([np.tile(states, (len(cut), 1)), np.full((len(cut), 1), self.columns - 1)])
        values = np.hstack([-slope, np.ones((len(cut), 1))])
        columns = columns + self.columns * place[:, None]
        self._add(intercept, width * np.arange(len(cut)), columns.ravel(), values.ravel())
        self.cut, self.place = np.append(self.cut, cut), np.append(self.place, place)

    def is_solved(self, low: Floats) -> bool:
        """Solve hot with the right sides (nodes · rows,) in t."""
        high = np.where(self.is_equality, low, highspy.kHighsInf)
        self.highs.changeRowsBounds(len(low), self.row_indices, low, high)
        self.highs.run()
        return bool(self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    @property
    def duals(self) -> Floats:
        """The dual of every row in scaled money per t, cut rows last."""
        return np.array(self.highs.getSolution().row_dual)

    @property
    def decided(self) -> Floats:
        """The decisions (nodes, columns) t, the cost of the future last."""
        return np.array(self.highs.getSolution().col_value).reshape(self.nodes, self.columns)


class StageModels:
    """The models of one stage: solved hot for any incoming state, tightened by cuts on the value of the future."""

    def __init__(self, programme: Programme, number: int, floor: float, money_scale: float) -> None:
        self._programme = programme
        self._stage = stage = programme.stages[number]
        self._scale = money_scale
        is_last = number == len(programme.stages) - 1
        self._floor = 0.0 if is_last else floor / money_scale
        n = stage.n_nodes
        self._cost = np.hstack([stage.cost / money_scale, np.ones((n, 1))])
        self._lower = np.hstack([stage.lower, np.full((n, 1), self._floor)])
        self._upper = np.hstack([stage.upper, np.full((n, 1), 0.0 if is_last else highspy.kHighsInf)])
        self._matrix = np.hstack([programme.matrix, np.zeros((len(programme.matrix), 1))])
        self._n_cuts = 0
        self._intercept = np.zeros((FIRST_ROOM, n))
        self._slope = np.zeros((FIRST_ROOM, n, programme.n_states))
        self._n_sifted = 0
        self._useful = [np.zeros(0, dtype=np.int64)] * n
        self._models: dict[tuple[int, ...], _Model] = {}
        self._all = tuple(range(n))

    def _model(self, nodes: tuple[int, ...]) -> _Model:
        """The model of one node, or of all side by side, with all cuts; built when it is first wanted."""
        model = self._models.get(nodes)
        if model is None:
            at = list(nodes)
            rows = self._matrix, self._programme.is_equality
            self._models[nodes] = model = _Model(self._cost[at], self._lower[at], self._upper[at], *rows)
            useful = [self._useful[node] for node in nodes]
            self._add_rows(model, nodes, np.concatenate(useful), np.repeat(np.arange(len(at)), [*map(len, useful)]))
            model.told = self._n_sifted
        if model.told < self._n_cuts:
            new, places = np.arange(model.told, self._n_cuts), np.arange(len(nodes))
            self._add_rows(model, nodes, np.repeat(new, len(nodes)), np.tile(places, len(new)))
            model.told = self._n_cuts
        return model

    def _add_rows(self, model: _Model, nodes: tuple[int, ...], cut: Integers, place: Integers) -> None:
        if len(cut):
            node, states = np.array(nodes)[place], self._programme.state_columns
            model.add_cuts(cut, place, self._intercept[cut, node], self._slope[cut, node], states)

    def add_cuts(self, intercepts: Floats, slopes: Floats) -> None:
        """Add to every node: future cost ≥ intercepts[k, node] USD + slopes[k, node] USD per t · outgoing state."""
        count = self._n_cuts + len(intercepts)
        if count > len(self._intercept):
            self._intercept = np.concatenate([self._intercept, np.zeros((count, *self._intercept.shape[1:]))])
            self._slope = np.concatenate([self._slope, np.zeros((count, *self._slope.shape[1:]))])
        self._intercept[self._n_cuts : count] = intercepts / self._scale
        self._slope[self._n_cuts : count] = slopes / self._scale
        self._n_cuts = count

    def keep_useful_cuts(self, states: Floats) -> None:
        """Leave out of the models every cut that is highest at none of ``states`` (k, states) t; build them anew.

        Level-1 selection (de Matos, Philpott & Finardi 2015, J. Comput. Appl. Math. 290, 196–208). A bound never
        rests on a cut that was left out, so it stays valid; what was left out is not forgotten by the caller.
        """
        if not self._n_cuts:
            return
        heights = self._slope[: self._n_cuts] @ states.T + self._intercept[: self._n_cuts, :, None]
        tolerance = LEVEL_TOLERANCE * (1.0 + np.abs(heights).max(axis=0))
        is_useful = (heights >= heights.max(axis=0) - tolerance).any(axis=2)
        self._useful = [np.nonzero(is_useful[:, node])[0] for node in self._all]
        self._n_sifted = self._n_cuts
        self._models = {}

    def _right_side(self, node: int, outcome: int, state: Floats) -> Floats:
        right: Floats = self._stage.rhs[node, outcome] + self._stage.incoming[node, outcome] @ state
        return right

    def _run(self, nodes: tuple[int, ...], rhs: Floats) -> _Model:
        """Solve hot; when HiGHS stumbles, once more from nothing."""
        model = self._model(nodes)
        if model.is_solved(rhs):
            return model
        del self._models[nodes]
        model = self._model(nodes)
        if model.is_solved(rhs):
            return model
        raise _unsolved(model, nodes)

    def _decided(self, model: _Model, node: int) -> Floats:
        decided = model.decided[0, :-1]
        return np.asarray(np.clip(decided, self._stage.lower[node], self._stage.upper[node]), dtype=np.float64)

    def solve(self, node: int, outcome: int, state: Floats) -> Floats:
        """Decisions (columns,) t at one node and outcome, coming with ``state`` (t); minimum orders relaxed."""
        return self._decided(self._run((node,), self._right_side(node, outcome, state)), node)

    def decide(self, node: int, outcome: int, state: Floats) -> Floats:
        """Decisions (columns,) t that obey minimum orders, by a stated heuristic (docs/decisions/0083).

        While some order is above nothing and below its minimum, the one nearest its minimum is settled: nothing or
        at least the minimum, whichever leaves the lower total of this month and the bound on the future. What this
        loses is bounded by the gap between the policy's simulated cost and the lower bound, which ignores minimums.
        """
        rhs = self._right_side(node, outcome, state)
        decided = self._decided(self._run((node,), rhs), node)
        settled: list[int] = []
        while (column := self._below_minimum(decided, settled)) is not None:
            settled.append(column)
            decided = self._settle(column, node, rhs)
        for column in settled:
            bounds = self._stage.lower[node, column], self._stage.upper[node, column]
            self._model((node,)).highs.changeColBounds(column, *bounds)
        return decided

    def decide_all(self, nodes: Integers, outcomes: Integers, states: Floats) -> Floats:
        """:meth:`decide` for many paths at once: (paths,), (paths,), (paths, states) t → (paths, columns) t.

        Paths at the same node follow one another, which keeps its model warm.
        """
        decided = np.empty((len(nodes), self._stage.cost.shape[1]))
        for path in np.lexsort((outcomes, nodes)):
            decided[path] = self.decide(int(nodes[path]), int(outcomes[path]), states[path])
        return decided

    def _below_minimum(self, decided: Floats, settled: list[int]) -> int | None:
        minimum = self._programme.minimum
        share = np.divide(decided, minimum, out=np.zeros_like(decided), where=minimum > 0)
        share[settled] = 0.0
        share[share > 1 - CRUMB] = 0.0
        nearest = int(np.argmax(share))
        return nearest if share[nearest] > CRUMB else None

    def _settle(self, column: int, node: int, rhs: Floats) -> Floats:
        """Bind one order to nothing or to at least its minimum, whichever is cheaper, and decide again."""
        upper, minimum = float(self._stage.upper[node, column]), float(self._programme.minimum[column])
        model, values = self._model((node,)), {}
        for bounds in [(0.0, 0.0), (minimum, upper)] if minimum <= upper else [(0.0, 0.0)]:
            model.highs.changeColBounds(column, *bounds)
            values[bounds] = model.highs.getObjectiveValue() if model.is_solved(rhs) else np.inf
        best = min(values, key=lambda one: values[one])
        model.highs.changeColBounds(column, *best)
        if not model.is_solved(rhs):
            raise _unsolved(model, (node,))
        return self._decided(model, node)

    def row_prices(self, node: int, outcome: int, state: Floats) -> Floats:
        """What one more tonne of room in each row's right side would save, USD per t, at one node and outcome."""
        model = self._run((node,), self._right_side(node, outcome, state))
        return self._scale * model.duals[: model.rows]

    def bound(self, node: int, outcome: int, state: Floats) -> float:
        """A lower bound of the value in USD at one node, outcome and state (t); cold on models not yet used."""
        stage, rhs = self._stage, self._right_side(node, outcome, state)
        constant, price = self._proved((node,), rhs)
        carried = stage.incoming_cost[node, outcome] @ state + stage.constant[node, outcome]
        return float(self._scale * (constant[0] + price[0] @ rhs) + carried)

    def minorants(self, state: Floats, outcomes: Sequence[int] | None = None) -> Minorants:
        """Lower bounds of the value of every node and outcome at ``state`` (t).

        Only ``outcomes`` (all by default) are solved; there the bounds are exact up to the solver's tolerance. The
        duals found bound the node's other outcomes from below as well.
        """
        stage = self._stage
        rhs = stage.rhs + stage.incoming @ state
        solved = range(stage.n_outcomes) if outcomes is None else outcomes
        proofs = [self._proved(self._all, rhs[:, one].ravel()) for one in solved]
        constants = np.stack([one[0] for one in proofs], axis=1)
        prices = np.stack([one[1] for one in proofs], axis=1)
        heights = constants[:, None, :] + rhs @ prices.transpose(0, 2, 1)
        best = heights.argmax(axis=2)
        slope = (prices[np.arange(stage.n_nodes)[:, None], best][:, :, None, :] @ stage.incoming)[:, :, 0]
        carried = stage.incoming_cost @ state + stage.constant
        value = self._scale * heights.max(axis=2) + carried
        return Minorants(state, value, self._scale * slope + stage.incoming_cost, len(solved) == stage.n_outcomes)

    def _proved(self, nodes: tuple[int, ...], rhs: Floats) -> tuple[Floats, Floats]:
        """What duals prove in scaled money: value ≥ constant (nodes,) + price (nodes, rows) · right side (t).

        Weak duality with finite bounds: π·rhs + μ·intercepts + Σ least reduced cost of each column in its box; the
        future's column has no upper bound, so its cuts' weights are held to a sum of at most one.
        """
        model, chosen = self._run(nodes, rhs), list(nodes)
        duals, n = model.duals, len(nodes)
        rows = duals[: n * model.rows].reshape(n, model.rows)
        rows = np.where(self._programme.is_equality, rows, np.maximum(rows, 0.0))
        reduced = self._stage.cost[chosen] / self._scale - rows @ self._programme.matrix
        weight = np.maximum(duals[n * model.rows :], 0.0)
        used = np.nonzero(weight)[0]
        cut, place = model.cut[used], model.place[used]
        total = np.bincount(place, weight[used], n)
        share = weight[used] / np.maximum(total, 1.0)[place]
        node = np.array(nodes)[place]
        constant = (1.0 - np.minimum(total, 1.0)) * self._floor
        constant += np.bincount(place, share * self._intercept[cut, node], n)
        slope = np.zeros((n, self._programme.n_states))
        np.add.at(slope, place, share[:, None] * self._slope[cut, node])
        reduced[:, self._programme.state_columns] += slope
        box = np.minimum(reduced * self._stage.lower[chosen], reduced * self._stage.upper[chosen]).sum(axis=1)
        return constant + box, rows


def _unsolved(model: _Model, nodes: tuple[int, ...]) -> ModelFailed:
    status = model.highs.modelStatusToString(model.highs.getModelStatus())
    return ModelFailed(
        Text("A month of the plan could not be solved.", "計畫中的某個月無法求解。"),
        received=f"HiGHS: {status}, nodes {nodes[0]}–{nodes[-1]}",
    )
