"""What the use would cost if nothing broke: the part of a bill that no way of buying can save.

Most of a plan's cost is the value of metal that will be eaten whatever is decided. What decisions change is the
rest, so how near a plan is to the best is judged against that.
"""

from dataclasses import replace

import numpy as np

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block, ByNode, Outcomes
from tomnext.procurement.extensive import solve_tree
from tomnext.procurement.programme import Floats, Risk


def unavoidable_cost(block: Block) -> float:
    """Present-value USD of the cheapest way to meet every month's expected use when nothing breaks.

    Every price is its mean over the chain, every lane is open and on time, use is as expected and minimum orders are
    waived; lead times, storage, promises and what is held today count. One deterministic linear programme.
    """
    return solve_tree(programme_of(calm(block)), Risk()).objective


def calm(block: Block) -> Block:
    """The block (t, USD) with one node a month: expected prices and use, open and punctual lanes."""
    reach = chances_of_nodes(block)

    def mean(figures: ByNode) -> ByNode:
        return tuple(np.array([chances @ figure]) for chances, figure in zip(reach, figures, strict=True))

    def best(figures: ByNode) -> ByNode:
        return tuple(np.array([figure.max()]) for figure in figures)

    forms = tuple(
        replace(
            form,
            lost_usd_per_t_by_node=mean(form.lost_usd_per_t_by_node),
            holding_usd_per_t_by_node=mean(form.holding_usd_per_t_by_node),
            reference_usd_per_t_by_node=mean(form.reference_usd_per_t_by_node),
            final_usd_per_t=np.array([reach[-1] @ form.final_usd_per_t]),
            demand_t=_expected_use(block, number),
        )
        for number, form in enumerate(block.forms)
    )
    pipelines = tuple(
        replace(
            pipe,
            flow_share_by_node=best(pipe.flow_share_by_node),
            arrival_usd_per_t_by_node=mean(pipe.arrival_usd_per_t_by_node),
        )
        for pipe in block.pipelines
    )
    offers = tuple(replace(one, order_usd_per_t_by_node=mean(one.order_usd_per_t_by_node)) for one in block.offers)
    hedges = tuple(
        replace(
            one,
            futures_usd_per_t_by_node=mean(one.futures_usd_per_t_by_node),
            settle_usd_per_t_by_node=mean(one.settle_usd_per_t_by_node),
            carry_usd_per_t_by_node=mean(one.carry_usd_per_t_by_node),
        )
        for one in block.hedges
    )
    return replace(
        block, forms=forms, pipelines=pipelines, offers=offers, hedges=hedges,
        lanes=tuple(replace(one, capacity_t_by_node=best(one.capacity_t_by_node)) for one in block.lanes),
        outcomes=Outcomes(np.zeros(1), np.zeros((1, len(block.lanes)), dtype=np.bool_), np.ones(1)),
        transition=tuple(np.ones((1, 1)) for _ in block.transition),
    )  # fmt: skip


def chances_of_nodes(block: Block) -> list[Floats]:
    """The probability of every node of every month, seen from today."""
    reach = [np.ones(1)]
    for chances in block.transition:
        reach.append(reach[-1] @ chances)
    return reach


def _expected_use(block: Block, form: int) -> Floats:
    """Use in t by month: the mean over outcomes, which is the sheet's figure unless use is cut off at nothing."""
    one = block.forms[form]
    months = range(block.n_stages)
    return np.array([block.outcomes_of(month).chance @ block.need_t(one, month) for month in months])
