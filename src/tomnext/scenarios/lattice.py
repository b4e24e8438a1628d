"""A Markov lattice: the simulated futures reduced to stages and nodes small enough to optimise on.

Stage 0 is one node, today. Each node of a stage carries the values of every series and the regime of every metal;
a transition matrix between neighbouring stages says how likely each next node is. What is decided at a node may
depend on that node and on nothing later.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

CALM, SQUEEZE = 0, 1
"""Regime labels; they never change their meaning."""

ROW_SUM_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Lattice:
    """Stages of nodes with Markov transitions.

    ``series``: names with their units, e.g. ``copper_cash_usd_per_t``, ``copper_cash_minus_three_month_usd_per_t``
    (positive is backwardation, convention 1). ``values[t]``: (n_nodes_t, n_series). ``transition[t]``:
    (n_nodes_t, n_nodes_{t+1}), rows sum to 1 within 1e-12. ``regime[t]``: (n_nodes_t, n_metals), 0 calm, 1 squeeze.
    ``stage_days[t]``: trading days from today, 0 first and rising.

    Raises InputRejected when shapes disagree, the root is not one node, a probability is negative or a row does not
    sum to one.

    >>> one = Lattice(("copper_cash_usd_per_t",), (np.array([[9000.0]]), np.array([[8800.0], [9200.0]])),
    ...               (np.array([[0.5, 0.5]]),), (np.array([[0]]), np.array([[0], [1]])), ("copper",), (0, 20))
    >>> [level.tolist() for level in one.probabilities()]
    [[1.0], [0.5, 0.5]]
    """

    series: tuple[str, ...]
    values: tuple[NDArray[np.float64], ...]
    transition: tuple[NDArray[np.float64], ...]
    regime: tuple[NDArray[np.int64], ...]
    metals: tuple[str, ...]
    stage_days: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse a lattice that is not one."""
        stages = len(self.values)
        if not len(self.regime) == len(self.stage_days) == len(self.transition) + 1 == stages:
            raise _refused(f"{stages} values, {len(self.regime)} regimes, {len(self.transition)} transitions")
        if self.values[0].shape[0] != 1:
            raise _refused(f"{self.values[0].shape[0]} nodes at stage 0")
        if self.stage_days[0] != 0 or any(np.diff(self.stage_days) <= 0):
            raise _refused(f"stage_days {self.stage_days}")
        for stage, (values, regime) in enumerate(zip(self.values, self.regime, strict=True)):
            nodes = values.shape[0]
            if values.shape != (nodes, len(self.series)) or regime.shape != (nodes, len(self.metals)):
                raise _refused(f"stage {stage}: values {values.shape}, regime {regime.shape}")
            if not np.isfinite(values).all() or not np.isin(regime, (CALM, SQUEEZE)).all():
                raise _refused(f"stage {stage}: a value is not finite or a regime is neither 0 nor 1")
        for stage, rows in enumerate(self.transition):
            if rows.shape != (self.values[stage].shape[0], self.values[stage + 1].shape[0]):
                raise _refused(f"transition {stage}: {rows.shape}")
            if (rows < 0).any() or not np.all(np.abs(rows.sum(axis=1) - 1) <= ROW_SUM_TOLERANCE):
                raise _refused(f"transition {stage}: rows sum to {rows.sum(axis=1)}")

    @property
    def n_stages(self) -> int:
        """How many stages there are, today included."""
        return len(self.values)

    def probabilities(self) -> tuple[NDArray[np.float64], ...]:
        """The unconditional probability (0–1) of every node of every stage, each stage summing to one."""
        level = np.ones(1)
        levels = [level]
        for rows in self.transition:
            level = level @ rows
            levels.append(level)
        return tuple(levels)

    def sample(self, n_paths: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Node numbers of random walks through the lattice, shape (n_paths, n_stages); column 0 is the root."""
        nodes = np.zeros((n_paths, self.n_stages), dtype=np.int64)
        for stage, rows in enumerate(self.transition):
            cumulative = np.cumsum(rows, axis=1)
            cumulative[:, -1] = 1.0
            uniform = rng.random(n_paths)
            nodes[:, stage + 1] = (uniform[:, None] >= cumulative[nodes[:, stage]]).sum(axis=1)
        return nodes

    def column(self, series: str) -> int:
        """The column of a series by its name with unit; InputRejected names those there are."""
        if series not in self.series:
            raise InputRejected(
                Text("The lattice does not carry this series.", "晶格沒有這個序列。"),
                received=series,
                expected=", ".join(self.series),
            )
        return self.series.index(series)


def _refused(received: str) -> InputRejected:
    return InputRejected(
        Text("This is not a usable lattice.", "這不是可用的晶格。"),
        received=received,
        expected=Text(
            "one root at stage 0, rising stage days, matching shapes, rows of probabilities that sum to one",
            "第 0 階段僅一個根節點、階段日遞增、形狀相符、每列機率合計為一",
        ),
    )
