"""The best plan with all hindsight on a known past: what no buyer can beat."""

from dataclasses import replace

import numpy as np

from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.physics import Integers
from tomnext.procurement.programme import Programme, Risk, Stage


def best_in_hindsight(programme: Programme, nodes: Integers, outcomes: Integers) -> float:
    """The least USD that any buyer could have paid on one known path; ``nodes``, ``outcomes``: (months,)."""
    pairs = zip(programme.stages, nodes, outcomes, strict=True)
    stages = tuple(_only(stage, int(node), int(outcome)) for stage, node, outcome in pairs)
    known = replace(programme, stages=stages, transition=tuple(np.ones((1, 1)) for _ in stages[1:]))
    return solve_tree(known, Risk()).objective


def _only(stage: Stage, node: int, outcome: int) -> Stage:
    """A stage in which one node and one outcome are certain."""
    return Stage(
        cost=stage.cost[[node]],
        lower=stage.lower[[node]],
        upper=stage.upper[[node]],
        rhs=stage.rhs[[node]][:, [outcome]],
        incoming=stage.incoming[[node]][:, [outcome]],
        incoming_cost=stage.incoming_cost[[node]][:, [outcome]],
        constant=stage.constant[[node]][:, [outcome]],
        chance=np.ones((1, 1)),
    )
