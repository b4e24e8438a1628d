"""What a way of buying costs on given paths: decide, carry out, write down, month after month."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tomnext.procurement.assembly import is_eaten
from tomnext.procurement.block import Block
from tomnext.procurement.physics import (
    Bill,
    Holding,
    Integers,
    Month,
    Orders,
    arrive,
    carry_out,
    demand_t,
    final_value,
    opening,
)
from tomnext.procurement.programme import Floats

STOPPED_SHARE = 1e-4
"""The share of a month's need above which a shortage counts as a stop (below it, it is rounding)."""


@dataclass(frozen=True)
class View:
    """What a buyer sees in a month before deciding: arrivals are in stock; ``reference`` has one price a past month.

    ``reference``: (paths, months so far, forms) USD per t, this month last.
    """

    block: Block
    month: Month
    held: Holding
    reference: Floats


Decide = Callable[[View], Orders]


@dataclass(frozen=True)
class Ledger:
    """One row a path, one column a month: present-value ``cost`` USD (the last month less what is left over).

    ``lost_t``, ``need_t``, ``stock_t`` at month's end: (paths, months, forms); ``futures_t``: (paths, months, hedges);
    ``order_t``: (paths, months, offers). ``owned_t`` at month's end: (paths, months, forms), metal whose price is
    settled, in stock, under way or being converted. ``bills``: USD of each kind by month, not discounted.
    """

    cost: Floats
    lost_t: Floats
    need_t: Floats
    stock_t: Floats
    futures_t: Floats
    order_t: Floats
    owned_t: Floats
    bills: tuple[Bill, ...]

    @property
    def total(self) -> Floats:
        """Present-value USD of every path."""
        return np.asarray(self.cost.sum(axis=1), dtype=np.float64)

    @property
    def is_stopped(self) -> Floats:
        """Whether the line stood still for want of a form, (paths, months, forms) of 0 or 1."""
        return (self.lost_t > STOPPED_SHARE * np.maximum(self.need_t, 1e-12)).astype(np.float64)

    def usable_t(self, weights: Floats) -> Floats:
        """Stock at month's end in tonnes the line could eat after conversion, (paths, months); weights by form."""
        return np.asarray(self.stock_t @ weights, dtype=np.float64)


def run(block: Block, decide: Decide, nodes: Integers, outcomes: Integers) -> Ledger:
    """Follow one way of deciding along given paths; ``nodes``, ``outcomes``: (paths, months); t and USD."""
    held = opening(block, len(nodes))
    seen = np.empty((len(nodes), block.n_stages, len(block.forms)))
    months: list[tuple[Holding, Bill, Floats, Floats]] = []
    for stage in range(block.n_stages):
        month = Month(stage, nodes[:, stage], outcomes[:, stage])
        seen[:, stage] = _reference(block, month)
        arrived, paid = arrive(block, held, month)
        orders = decide(View(block, month, arrived, seen[:, : stage + 1]))
        held, bill = carry_out(block, arrived, paid, orders, month)
        months.append((held, bill, orders.order, demand_t(block, month)))
    cost = np.column_stack([block.monthly_discount**t * one[1].total for t, one in enumerate(months)])
    cost[:, -1] -= block.monthly_discount ** (block.n_stages - 1) * final_value(block, held, nodes[:, -1])
    return Ledger(
        cost=cost,
        lost_t=np.stack([one[1].lost_t for one in months], axis=1),
        need_t=np.stack([one[3] for one in months], axis=1),
        stock_t=np.stack([one[0].stock for one in months], axis=1),
        futures_t=np.stack([one[0].futures for one in months], axis=1),
        order_t=np.stack([one[2] for one in months], axis=1),
        owned_t=np.stack([owned(block, one[0]) for one in months], axis=1),
        bills=tuple(one[1] for one in months),
    )


def owned(block: Block, held: Holding) -> Floats:
    """Metal by form whose price is settled (t), (paths, forms): stock, paid metal under way, and what is being made."""
    total = held.stock.copy()
    for pipeline, inside in zip(block.pipelines, held.pipes, strict=True):
        if not any(paid.any() for paid in pipeline.arrival_usd_per_t_by_node):
            total[:, pipeline.form] += inside.sum(axis=1)
    for conversion, inside in zip(block.conversions, held.work, strict=True):
        total[:, conversion.target] += inside.sum(axis=1)
    return total


def usable_weights(block: Block) -> Floats:
    """For every form, how many tonnes the line can eat out of one tonne of it, by its best conversion; pure numbers.

    >>> usable_weights.__name__
    'usable_weights'
    """
    weights = np.array([1.0 if is_eaten(form) else 0.0 for form in block.forms])
    for conversion in block.conversions:
        if is_eaten(block.forms[conversion.target]):
            weights[conversion.source] = max(weights[conversion.source], conversion.yield_share)
    return weights


def _reference(block: Block, month: Month) -> Floats:
    return np.column_stack([form.reference_usd_per_t_by_node[month.stage][month.node] for form in block.forms])
