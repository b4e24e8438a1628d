"""Futures drawn once for everybody: every way of buying, and every altered future, is walked on the same luck."""

from dataclasses import dataclass

import numpy as np

from tomnext.procurement.block import Block
from tomnext.procurement.ledger import View
from tomnext.procurement.physics import Integers, Orders
from tomnext.procurement.programme import Floats, Programme
from tomnext.procurement.stage_models import StageModels


@dataclass(frozen=True)
class Paths:
    """Which node and which outcome each path meets in each month, both (paths, months)."""

    nodes: Integers
    outcomes: Integers

    def first(self, count: int) -> "Paths":
        """The first ``count`` paths."""
        return Paths(self.nodes[:count], self.outcomes[:count])


def draw_paths(block: Block, rng: np.random.Generator, n_paths: int) -> Paths:
    """``n_paths`` paths of a block's chain, (paths, months) of node and outcome numbers.

    The same generator gives the same uniform draws whatever the block, so that two blocks of as many months, one of
    them altered, meet the same luck and their difference has little noise (common random numbers).
    """
    draws = rng.random((block.n_stages, 2, n_paths))
    nodes = np.zeros((n_paths, block.n_stages), dtype=np.int64)
    outcomes = np.zeros_like(nodes)
    for stage in range(1, block.n_stages):
        reached = np.cumsum(block.transition[stage - 1], axis=1)[nodes[:, stage - 1]]
        nodes[:, stage] = _place(reached, draws[stage, 0])
        outcomes[:, stage] = _place(np.cumsum(block.outcomes.chance)[None, :], draws[stage, 1])
    return Paths(nodes, outcomes)


def _place(reached: Floats, draws: Floats) -> Integers:
    """Where each draw (0–1) falls among cumulated chances, the last place taking what rounding leaves."""
    places = (draws[:, None] * reached[:, -1:] >= reached).sum(axis=1)
    return np.asarray(np.minimum(places, reached.shape[1] - 1), dtype=np.int64)


class CutPolicy:
    """The policy that models with cuts hold, as something a ledger can run: orders in t, futures in t.

    ``visited``: for each month the states in t, (paths, states), that its decisions led to.
    """

    def __init__(self, block: Block, programme: Programme, models: list[StageModels]) -> None:
        self._programme, self._models = programme, models
        column = {name: place for place, name in enumerate(programme.column_names)}
        self._ordered = [column[f"order:{one.name}"] for one in block.offers]
        self._converted = [column[f"convert:{one.name}"] for one in block.conversions]
        self._hedged = [column[f"futures:{one.metal}"] for one in block.hedges]
        self.visited: list[Floats] = []

    def __call__(self, view: View) -> Orders:
        """This month's decisions of every path."""
        month = view.month
        if month.stage == 0:
            self.visited = []
        states = self.visited[-1] if self.visited else np.tile(self._programme.initial_state, (len(month.node), 1))
        decided = self._models[month.stage].decide_all(month.node, month.outcome, states)
        self.visited.append(decided[:, self._programme.state_columns])
        return Orders(decided[:, self._ordered], decided[:, self._converted], decided[:, self._hedged])
