"""A small company for the tests: silver bars and grain, a near lane and a cheap far one, crises, futures."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tomnext.procurement.block import (
    Block,
    Conversion,
    Form,
    Hedge,
    Lane,
    Offer,
    Outcomes,
    Pipeline,
    Promise,
    Store,
)
from tomnext.procurement.world import Crisis, World, joint_world

PRICE = 1000.0


def price_chain(stages: int, nodes: int, spread: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Prices by stage and node round 1,000 with equal chances of moving, drifting nowhere."""
    levels = np.exp(spread * np.linspace(-1, 1, nodes)) if nodes > 1 else np.ones(1)
    levels /= levels.mean()
    prices = [np.array([PRICE])] + [PRICE * levels for _ in range(stages - 1)]
    transition = [np.full((len(prices[t]), nodes), 1.0 / nodes) for t in range(stages - 1)]
    return prices, transition


def make_world(stages: int, nodes: int, spread: float, crises: tuple[Crisis, ...]) -> tuple[World, list[np.ndarray]]:
    prices, transition = price_chain(stages, nodes, spread)
    squeezed = [price >= price.max() if len(price) > 1 else np.array([False]) for price in prices]
    flags = tuple(np.tile(one[:, None], len(crises)) for one in squeezed)
    return joint_world(tuple(transition), flags, crises), prices


def build(**change: Any) -> Block:
    """The small company; keywords replace its figures (see the defaults below)."""
    given = {
        "stages": 4, "nodes": 2, "spread": 0.2, "storage": 2.0, "lost": 6000.0, "demand": 10.0, "cv": 0.0,
        "opening": 12.0, "late": (0.0, 0.2), "chance": 0.05, "months": 2.0, "hedge": True, "promise": None,
        "minimum": 0.0, "premium": (60.0, 10.0), "capacity": (30.0, 30.0), "store": 60.0, "rate": 0.005,
        "lanes": 2, "far_flow": 0.0, "trade": 1.0,
    } | change  # fmt: skip
    crises = (Crisis("far lane closed", (1.0, given["far_flow"]), given["chance"], given["months"], 2.0),)
    world, prices = make_world(given["stages"], given["nodes"], given["spread"], crises)
    price = world.spread(tuple(prices))
    n = range(given["stages"])
    flow = [np.array([1.0, given["far_flow"]])[world.crisis[t]] for t in n]
    demand = np.full(given["stages"], given["demand"])
    opening = given["opening"]
    no_charge = tuple(np.zeros(len(price[t])) for t in n)
    forms = (
        Form("bar", "silver", opening / 2, np.zeros(given["stages"]), 0.0, no_charge,
             tuple(np.full(len(price[t]), given["storage"]) for t in n), price, 0.97 * price[-1]),
        Form("grain", "silver", opening / 2, demand, given["cv"],
             tuple(np.full(len(price[t]), given["lost"]) for t in n),
             tuple(np.full(len(price[t]), given["storage"]) for t in n), price, 0.95 * price[-1]),
    )  # fmt: skip
    open_always = tuple(np.ones(len(price[t])) for t in n)
    lanes = (
        Lane("near", tuple(np.full(len(price[t]), given["capacity"][0]) for t in n), given["late"][0]),
        Lane("far", tuple(given["capacity"][1] * (flow[t] > 0) for t in n), given["late"][1]),
    )
    pipelines = (
        Pipeline("near", 0, 1, np.zeros(1), open_always, no_charge),
        Pipeline("far", 1, 0, np.zeros(2), tuple(flow), no_charge),
        Pipeline("far average", 1, 0, np.zeros(2), tuple(flow), tuple(price[t] + given["premium"][1] for t in n)),
    )
    offers = (
        Offer("near spot", 0, 1, 0, 1, tuple(price[t] + given["premium"][0] for t in n), given["minimum"]),
        Offer("far spot", 1, 0, 1, 2, tuple(price[t] + given["premium"][1] for t in n), given["minimum"]),
        Offer("far average", 1, 0, 2, 2, tuple(np.zeros(len(price[t])) for t in n), given["minimum"]),
    )
    late = given["late"][1]
    outcomes = Outcomes(
        demand_deviation=np.array([-1.0, 1.0, 0.0]),
        late=np.array([[False, False], [False, False], [False, True]]),
        chance=np.array([(1 - late) / 2, (1 - late) / 2, late]),
    )
    mean_next = [*(chances @ price[t + 1] for t, chances in enumerate(world.transition)), price[-1]]
    hedge = Hedge(
        "silver", 0.0, np.full(given["stages"], 20.0), tuple(mean_next), price,
        tuple(0.0005 * price[t] for t in n), given["trade"],
    )  # fmt: skip
    promise = given["promise"]
    return Block(
        forms=forms, lanes=lanes, pipelines=pipelines, offers=offers,
        conversions=(Conversion("bar to grain", 0, 1, 15.0, 0.99, 0, 100.0),),
        stores=(Store("vault", (0, 1), given["store"], 8.0),),
        hedges=(hedge,) if given["hedge"] else (),
        promises=() if promise is None else (
            Promise("cover", np.array([0.99, 1.0]), np.full(given["stages"], promise), given["lost"] / 4),
        ),
        limits=(), outcomes=outcomes, transition=world.transition, monthly_discount=1 / (1 + given["rate"]),
    )  # fmt: skip


@pytest.fixture(scope="session")
def make_block() -> Callable[..., Block]:
    """The factory of small companies."""
    return build
