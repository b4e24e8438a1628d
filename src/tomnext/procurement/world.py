"""Prices and crises as one Markov chain: every node of the price lattice in every state of the lanes.

A crisis closes or slows some lanes for a while. One crisis holds at a time (assumption Q1): from calm the chance of
each is stated a month, and it ends with the same chance every month, so it lasts ``mean_months`` on average. Into a
month in which its metal is squeezed the chance is multiplied.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tomnext.procurement.programme import Floats
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

Integers = NDArray[np.int64]
CALM = 0
"""The state of the lanes in which nothing is broken; crisis ``k`` of the list is state ``k + 1``."""


@dataclass(frozen=True)
class Crisis:
    """Something that breaks lanes: what still flows (0–1, one share a lane), how often a month, for how long.

    ``chance_per_month`` (0–1) from calm; ``mean_months`` at least 1; in squeezes the chance is multiplied by
    ``squeeze_multiplier``.
    """

    name: str
    flow_share: tuple[float, ...]
    chance_per_month: float
    mean_months: float
    squeeze_multiplier: float = 1.0


@dataclass(frozen=True)
class World:
    """The joint chain. ``price_node[t]`` and ``crisis[t]``: (nodes of t,) which price node and which lane state."""

    transition: tuple[Floats, ...]
    price_node: tuple[Integers, ...]
    crisis: tuple[Integers, ...]

    def spread(self, by_price_node: tuple[Floats, ...]) -> tuple[Floats, ...]:
        """Figures (any unit) of the price nodes, one array a stage, laid out on the nodes of the joint chain."""
        return tuple(figures[nodes] for figures, nodes in zip(by_price_node, self.price_node, strict=True))


def joint_world(
    transition: tuple[Floats, ...], squeezed: tuple[NDArray[np.bool_], ...], crises: tuple[Crisis, ...], now: int = CALM
) -> World:
    """The chain of prices and crises from a price chain and its squeeze flags.

    ``transition[t]``: probabilities (price nodes of t, price nodes of t+1). ``squeezed[t]``: (price nodes of t, crises)
    whether the metal is squeezed whose lanes a crisis breaks. ``now`` is the state of the lanes today.
    Raises InputRejected when the chances of all crises together exceed one.
    """
    width = len(crises) + 1
    nodes, states = [np.zeros(1, dtype=np.int64)], [np.full(1, now, dtype=np.int64)]
    joint = []
    for stage, prices in enumerate(transition):
        n_next = prices.shape[1]
        moves = np.stack([_moves(crises, tuple(flags)) for flags in squeezed[stage + 1].tolist()])
        here = moves[:, states[stage], :]
        chances = prices[nodes[stage]][:, :, None] * here.transpose(1, 0, 2)
        joint.append(chances.reshape(len(nodes[stage]), n_next * width))
        nodes.append(np.repeat(np.arange(n_next), width))
        states.append(np.tile(np.arange(width), n_next))
    return World(tuple(joint), tuple(nodes), tuple(states))


@cache
def _moves(crises: tuple[Crisis, ...], is_squeezed: tuple[bool, ...]) -> Floats:
    """Monthly probabilities between lane states, rows from, columns to."""
    moves = np.eye(len(crises) + 1)
    for state, (crisis, squeeze) in enumerate(zip(crises, is_squeezed, strict=True), start=1):
        chance = crisis.chance_per_month * (crisis.squeeze_multiplier if squeeze else 1.0)
        ends = 1.0 / max(crisis.mean_months, 1.0)
        moves[CALM, state] = chance
        moves[CALM, CALM] -= chance
        moves[state, state], moves[state, CALM] = 1.0 - ends, ends
    if moves[CALM, CALM] < 0:
        raise InputRejected(
            Text(
                "The monthly chances of all disruptions together exceed one.",
                "各種中斷每月發生的機率合計超過一。",
            ),
            received=f"{1.0 - moves[CALM, CALM]:.2f}",
            expected=Text("a sum of at most 1, squeeze multipliers included", "合計不超過 1，含擠倉時的倍數"),
        )
    return moves
