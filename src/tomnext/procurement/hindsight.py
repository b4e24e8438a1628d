"""Two ways round a known past: a month of waiting put before a programme, and the best plan with all hindsight."""

from dataclasses import replace

import numpy as np

from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.physics import Integers
from tomnext.procurement.programme import Floats, Programme, Risk, Stage

ROW_OF_STATE = {"stock": "balance", "pipe": "move", "work": "work", "futures": "futures"}


def with_waiting_month(programme: Programme, state: Floats) -> Programme:
    """The programme with a first stage in which nothing happens, starting from ``state`` (t).

    The stage after it is the real present and may have many nodes, so one solve answers for whatever state of the
    lanes is met; stage 0 of ``programme`` must be such a stand-in already and is replaced. For several holdings at
    once use :func:`from_second_month` and ``solve(..., starts=Starts(nodes, states))`` instead.
    """
    first = programme.stages[0]
    rows, columns = programme.matrix.shape
    incoming = np.zeros((1, 1, rows, programme.n_states))
    for position, column in enumerate(programme.state_columns):
        kind, _, name = programme.column_names[column].partition(":")
        incoming[0, 0, programme.row_names.index(f"{ROW_OF_STATE[kind]}:{name}"), position] = 1.0
    rhs = np.zeros((1, 1, rows))
    upper = np.zeros((1, columns))
    upper[0, programme.state_columns] = programme.stages[-1].upper[0, programme.state_columns].max() + state.max()
    for place, name in enumerate(programme.column_names):
        if name.startswith("over:"):
            upper[0, place] = first.upper[0, place] + state.sum()
    for place, name in enumerate(programme.row_names):
        if name.startswith("storage:"):
            rhs[0, 0, place] = first.rhs[0, 0, place]
    waiting = Stage(
        cost=np.zeros((1, columns)), lower=np.zeros((1, columns)), upper=upper, rhs=rhs, incoming=incoming,
        incoming_cost=np.zeros((1, 1, programme.n_states)), constant=np.zeros((1, 1)), chance=np.ones((1, 1)),
    )  # fmt: skip
    return replace(programme, stages=(waiting, *programme.stages[1:]), initial_state=state)


def from_second_month(programme: Programme, outcome: int) -> Programme:
    """The programme (t, USD) without its first month; what the second month brings is known to be ``outcome``.

    The new first month has all its nodes: solve it for several nodes and holdings at once with
    :class:`~tomnext.procurement.programme.Starts`.
    """
    first = programme.stages[1]
    known = replace(
        first,
        rhs=first.rhs[:, [outcome]],
        incoming=first.incoming[:, [outcome]],
        incoming_cost=first.incoming_cost[:, [outcome]],
        constant=first.constant[:, [outcome]],
        chance=np.ones((first.n_nodes, 1)),
    )
    return replace(programme, stages=(known, *programme.stages[2:]), transition=programme.transition[1:])


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
