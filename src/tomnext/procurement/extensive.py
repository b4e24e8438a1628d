"""The whole scenario tree as one linear programme: exact, and only possible while the tree is small.

The oracle for :mod:`tomnext.procurement.sddp` and the yardstick for its speed. Without risk the objective is the
probability-weighted cost. With nested risk every history has its value V, its level η and its excess e:
V = own cost + (1 − λ) Σ p V' + λ (η + Σ p e' / tail) and e' ≥ V' − η (Rockafellar & Uryasev 2000; nested as in
Philpott & de Matos 2012, section 3); minimising the root's V is exact.
"""

from dataclasses import dataclass, field

import highspy
import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from tomnext.procurement.cuts import joint_chances
from tomnext.procurement.programme import Floats, Programme, Risk
from tomnext.vocabulary.errors import ModelFailed
from tomnext.vocabulary.words import Text

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class TreeAnswer:
    """The exact optimum in USD, today's decisions in t, and how many tree nodes were written down."""

    objective: float
    first_decision: Floats
    n_tree_nodes: int


@dataclass(frozen=True)
class _Level:
    """All histories of one stage: their numbers, their parents' numbers, node, outcome, chances given the parent."""

    number: int
    own: Integers
    parent: Integers
    node: Integers
    outcome: Integers
    chance: Floats
    reach: Floats


@dataclass
class _Rows:
    """A sparse matrix and its rows' bounds while they are written."""

    entries: list[tuple[NDArray[np.generic], NDArray[np.generic], Floats]] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)
    n_rows: int = 0

    def add(self, row: Integers, column: Integers, value: Floats) -> None:
        """Entries of the block being written; rows counted from its beginning, the three broadcast together."""
        row, column, value = np.broadcast_arrays(row, column, value)
        self.entries.append((row.ravel() + self.n_rows, column.ravel(), value.ravel().astype(np.float64)))

    def close(self, low: Floats, high: Floats) -> None:
        """End the block of rows with its bounds."""
        self.low.append(low.ravel())
        self.high.append(high.ravel())
        self.n_rows += low.size


def solve_tree(programme: Programme, risk: Risk, solver: str = "simplex") -> TreeAnswer:
    """The optimum in USD by writing down every history; ``solver`` is a HiGHS solver name (``simplex``, ``ipm``).

    Raises ModelFailed when HiGHS does not finish.
    """
    tree = _Tree(programme, risk)
    model = tree.model()
    for name, value in (("output_flag", False), ("solver", solver), ("run_crossover", "off"), ("threads", 1)):
        model.setOptionValue(name, value)
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise ModelFailed(
            Text("The extensive form could not be solved.", "完整展開的線性規劃無法求解。"),
            received=model.modelStatusToString(model.getModelStatus()),
        )
    decided = np.array(model.getSolution().col_value[: programme.matrix.shape[1]])
    return TreeAnswer(model.getObjectiveValue(), decided, len(tree.cost))


class _Tree:
    """Columns of history h begin at h · (decisions + 3): the decisions, then V, η and e."""

    def __init__(self, programme: Programme, risk: Risk) -> None:
        self.programme, self.risk = programme, risk
        self.columns = programme.matrix.shape[1]
        self.rows = _Rows()
        self.levels = self._grown()
        self.cost = np.concatenate([programme.stages[one.number].cost[one.node] for one in self.levels])
        self.offset = 0.0
        for level, following in zip(self.levels, [*self.levels[1:], None], strict=True):
            self._balance(level)
            if risk.weight > 0:
                self._values(level, following)

    def _grown(self) -> list[_Level]:
        zero = np.zeros(1, dtype=np.int64)
        levels = [_Level(0, zero, zero, zero, zero, np.ones(1), np.ones(1))]
        for number in range(len(self.programme.transition)):
            before = levels[-1]
            joint = joint_chances(self.programme, number)[before.node]
            which, pair = np.nonzero(joint)
            width = self.programme.stages[number + 1].n_outcomes
            own = before.own[-1] + 1 + np.arange(len(which))
            chance = joint[which, pair]
            reach = before.reach[which] * chance
            levels.append(_Level(number + 1, own, before.own[which], pair // width, pair % width, chance, reach))
        return levels

    def _at(self, histories: Integers, column: int | Integers = 0) -> Integers:
        return np.asarray(histories * (self.columns + 3) + column, dtype=np.int64)

    def _balance(self, level: _Level) -> None:
        programme, stage = self.programme, self.programme.stages[level.number]
        n_rows, count = len(programme.row_names), len(level.own)
        row, column = np.nonzero(programme.matrix)
        block = np.arange(count)[:, None] * n_rows
        self.rows.add(block + row, self._at(level.own)[:, None] + column, programme.matrix[row, column])
        rhs = stage.rhs[level.node, level.outcome].copy()
        incoming = stage.incoming[level.node, level.outcome]
        if level.number == 0:
            rhs += incoming[0] @ programme.initial_state
        else:
            which, row, state = np.nonzero(incoming)
            came = self._at(level.parent[which], programme.state_columns[state])
            self.rows.add(which * n_rows + row, came, -incoming[which, row, state])
        self.rows.close(rhs, np.where(programme.is_equality, rhs, np.inf))

    def _carried(self, level: _Level) -> tuple[Floats, Floats]:
        """Cost per t of the incoming state and the constant in USD, by history; the root's state is known."""
        stage = self.programme.stages[level.number]
        per_t = stage.incoming_cost[level.node, level.outcome]
        constant = stage.constant[level.node, level.outcome]
        if level.number == 0:
            return np.zeros_like(per_t), constant + per_t @ self.programme.initial_state
        return per_t, constant

    def _values(self, level: _Level, following: _Level | None) -> None:
        value, level_at, excess = self.columns, self.columns + 1, self.columns + 2
        count = np.arange(len(level.own))
        per_t, constant = self._carried(level)
        self.rows.add(count, self._at(level.own, value), np.ones(1))
        own = self._at(level.own)[:, None] + np.arange(self.columns)
        self.rows.add(count[:, None], own, -self.programme.stages[level.number].cost[level.node])
        came = self._at(level.parent)[:, None] + self.programme.state_columns
        self.rows.add(count[:, None], came, -per_t)
        if following is not None:
            parent = following.parent - level.own[0]
            weight, tail = self.risk.weight, self.risk.tail_share
            self.rows.add(parent, self._at(following.own, value), -(1 - weight) * following.chance)
            self.rows.add(parent, self._at(following.own, excess), -weight * following.chance / tail)
            self.rows.add(count, self._at(level.own, level_at), np.full(1, -weight))
        self.rows.close(constant, np.full(len(count), np.inf))
        if level.number > 0:
            self.rows.add(count, self._at(level.own, excess), np.ones(1))
            self.rows.add(count, self._at(level.own, value), -np.ones(1))
            self.rows.add(count, self._at(level.parent, level_at), np.ones(1))
            self.rows.close(np.zeros(len(count)), np.full(len(count), np.inf))

    def _objective(self) -> tuple[Floats, float]:
        costs = np.zeros((len(self.cost), self.columns + 3))
        if self.risk.weight > 0:
            costs[0, self.columns] = 1.0
            return costs.ravel(), 0.0
        offset = 0.0
        for level in self.levels:
            per_t, constant = self._carried(level)
            costs[level.own, : self.columns] += level.reach[:, None] * self.cost[level.own]
            where = (level.parent[:, None], self.programme.state_columns[None, :])
            np.add.at(costs, where, level.reach[:, None] * per_t)
            offset += float(level.reach @ constant)
        return costs.ravel(), offset

    def model(self) -> highspy.Highs:
        """The programme in HiGHS."""
        infinite = highspy.kHighsInf
        low, high = np.full((2, len(self.cost), self.columns + 3), infinite)
        low, high = -low, high
        for level in self.levels:
            low[level.own, : self.columns] = self.programme.stages[level.number].lower[level.node]
            high[level.own, : self.columns] = self.programme.stages[level.number].upper[level.node]
        low[:, self.columns + 2] = 0.0
        costs, offset = self._objective()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = costs.size, self.rows.n_rows
        lp.col_cost_, lp.offset_ = costs, offset
        lp.col_lower_, lp.col_upper_ = low.ravel(), high.ravel()
        lp.row_lower_ = np.concatenate(self.rows.low)
        lp.row_upper_ = np.concatenate(self.rows.high)
        rows, columns, values = (np.concatenate(part) for part in zip(*self.rows.entries, strict=True))
        matrix = sparse.csc_matrix((values, (rows, columns)), shape=(self.rows.n_rows, costs.size))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        model = highspy.Highs()
        model.setOptionValue("output_flag", False)
        model.passModel(lp)
        return model
