"""A plan made anew in the middle of things: what is held now, arrivals already in, for several buyers at once.

A replay lives one past with several draws of luck. They share the month's prices and law and differ in what they hold
and in what has befallen their lanes and their use; one policy is solved that is good at all of them.
"""

from dataclasses import dataclass, replace

import numpy as np

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.physics import Holding, Month, Orders
from tomnext.procurement.programme import Floats, Programme, Risk, Stage, Starts
from tomnext.procurement.sddp import Effort, models_of, solve

ROW_OF_STATE = {"stock": "balance", "pipe": "move", "work": "work", "futures": "futures"}


@dataclass(frozen=True)
class Replanned:
    """Orders of every path, and the relative gap of the policy that gave them."""

    orders: Orders
    gap: float


def replanned(
    block: Block, held: Holding, month: Month, risk: Risk, effort: Effort, rng: np.random.Generator
) -> Replanned:
    """What every path should order now (t).

    ``block`` begins with a stand-in for the month before (one node); its second month is the present. ``held``: t
    after this month's arrivals. ``month``: the nodes of the present where the paths stand, and their outcomes.
    """
    programme = from_arrived_month(programme_of(block))
    starts = Starts(month.node * len(block.outcomes.chance) + month.outcome, states_of(held))
    found = solve(programme, risk, rng, effort, starts=starts)
    present = models_of(programme, found.cuts)[0]
    pairs = zip(starts.node, starts.state, strict=True)
    decided = np.array([present.decide(int(node), 0, state) for node, state in pairs])
    return Replanned(_orders(block, programme, decided), found.gap)


def from_arrived_month(programme: Programme) -> Programme:
    """The programme (t, USD) from its second month on, once that month's arrivals are in and its use is known.

    Every node and outcome of that month is a node of the new first month (outcomes of a node side by side): metal
    stands where it stands and nothing moves before the decision; futures are settled at the month's price.
    """
    first = programme.stages[1]
    n, w, s = first.n_nodes, first.n_outcomes, programme.n_states
    standing = np.zeros((1, 1, len(programme.row_names), s))
    kinds = [programme.column_names[column].partition(":")[::2] for column in programme.state_columns]
    for position, (kind, name) in enumerate(kinds):
        standing[0, 0, programme.row_names.index(f"{ROW_OF_STATE[kind]}:{name}"), position] = 1.0
    is_futures = np.array([kind == "futures" for kind, _ in kinds])
    present = Stage(
        cost=np.repeat(first.cost, w, axis=0),
        lower=np.repeat(first.lower, w, axis=0),
        upper=np.repeat(first.upper, w, axis=0),
        rhs=first.rhs.reshape(n * w, 1, -1),
        incoming=np.repeat(standing, n * w, axis=0),
        incoming_cost=np.where(is_futures, first.incoming_cost, 0.0).reshape(n * w, 1, s),
        constant=first.constant.reshape(n * w, 1),
        chance=np.ones((n * w, 1)),
    )
    onward = (np.repeat(programme.transition[1], w, axis=0), *programme.transition[2:])
    return replace(programme, stages=(present, *programme.stages[2:]), transition=onward)


def states_of(held: Holding) -> Floats:
    """Holdings (paths, states) t in the order of a programme's states: stock, pipelines, work, futures."""
    return np.hstack([held.stock, *held.pipes, *held.work, held.futures])


def _orders(block: Block, programme: Programme, decided: Floats) -> Orders:
    column = {name: place for place, name in enumerate(programme.column_names)}
    return Orders(
        decided[:, [column[f"order:{one.name}"] for one in block.offers]],
        decided[:, [column[f"convert:{one.name}"] for one in block.conversions]],
        decided[:, [column[f"futures:{one.metal}"] for one in block.hedges]],
    )
