"""What happens to metal and money in a month when given decisions are carried out, for many paths at once.

The optimiser's months and every policy's months are settled here, so that all are charged the same way; quantities
are tonnes with one row a path, money is US dollars of that month, not discounted.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tomnext.procurement.block import Block
from tomnext.procurement.programme import Floats

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Holding:
    """What is held at a month's end, one row a path: stock (paths, forms), pipelines, work, futures (paths, hedges).

    ``taken_at``: USD per t at which the futures were last marked.
    """

    stock: Floats
    pipes: tuple[Floats, ...]
    work: tuple[Floats, ...]
    futures: Floats
    taken_at: Floats


@dataclass(frozen=True)
class Orders:
    """What is decided in a month, one row a path: orders (paths, offers) t, conversion (paths, conversions) t put in.

    ``futures``: (paths, hedges) t, the positions wanted at the month's end.
    """

    order: Floats
    convert: Floats
    futures: Floats


@dataclass(frozen=True)
class Bill:
    """A month's money in USD, one row a path, and the tonnes of use lost (paths, forms).

    ``metal``: orders and arrivals paid; ``holding``: storage, own and outside; ``conversion``; ``stopped``: lost
    production; ``futures``: settlement, roll, margin finance and trading, negative when the hedge paid;
    ``promise``: the charge for stock below the promise, a planning figure that nobody pays.
    """

    metal: Floats
    holding: Floats
    conversion: Floats
    stopped: Floats
    futures: Floats
    promise: Floats
    lost_t: Floats

    @property
    def total(self) -> Floats:
        """Everything that is charged in the month, USD a path, the promise's planning figure included."""
        return self.metal + self.holding + self.conversion + self.stopped + self.futures + self.promise


@dataclass(frozen=True)
class Month:
    """Which month it is on every path: the stage, and each path's node and outcome."""

    stage: int
    node: Integers
    outcome: Integers


def opening(block: Block, n_paths: int) -> Holding:
    """What the block holds today (t), the same on every path."""
    return Holding(
        stock=np.tile([form.opening_t for form in block.forms], (n_paths, 1)),
        pipes=tuple(np.tile(pipe.opening_t, (n_paths, 1)) for pipe in block.pipelines),
        work=tuple(np.zeros((n_paths, one.n_steps)) for one in block.conversions),
        futures=np.tile([hedge.opening_t for hedge in block.hedges], (n_paths, 1)),
        taken_at=np.zeros((n_paths, len(block.hedges))),
    )


def arrive(block: Block, held: Holding, month: Month) -> tuple[Holding, Floats]:
    """Metal moves before anything is decided: the holding with arrivals (t) in stock, and their cost in USD."""
    stock, paid = held.stock.copy(), np.zeros(len(held.stock))
    pipes = []
    for pipeline, inside in zip(block.pipelines, held.pipes, strict=True):
        moving = block.moving_share(pipeline, month.stage)[month.node, month.outcome]
        arrived = moving * inside[:, 0]
        stock[:, pipeline.form] += arrived
        paid += arrived * pipeline.arrival_usd_per_t_by_node[month.stage][month.node]
        onward = np.column_stack([inside[:, 1:], np.zeros(len(inside))])
        pipes.append(moving[:, None] * onward + (1.0 - moving[:, None]) * inside)
    work = []
    for conversion, inside in zip(block.conversions, held.work, strict=True):
        if conversion.n_steps:
            stock[:, conversion.target] += inside[:, 0]
            inside = np.column_stack([inside[:, 1:], np.zeros(len(inside))])
        work.append(inside)
    return replace(held, stock=stock, pipes=tuple(pipes), work=tuple(work)), paid


def carry_out(block: Block, arrived: Holding, paid: Floats, orders: Orders, month: Month) -> tuple[Holding, Bill]:
    """The holding at the month's end (t) and the month's bill (USD), from what :func:`arrive` left and the orders.

    The line eats all it can; what it lacks is lost production.
    """
    stage, node = month.stage, month.node
    stock = arrived.stock.copy()
    pipes, work = [one.copy() for one in arrived.pipes], [one.copy() for one in arrived.work]
    metal = paid.copy()
    for number, offer in enumerate(block.offers):
        ordered = orders.order[:, number]
        metal += ordered * offer.order_usd_per_t_by_node[stage][node]
        for wait, share in offer.parts:
            if wait and offer.pipeline is not None:
                pipes[offer.pipeline][:, wait - 1] += share * ordered
            else:
                stock[:, offer.form] += share * ordered
    made = np.zeros(len(stock))
    for number, conversion in enumerate(block.conversions):
        put_in = orders.convert[:, number]
        made += put_in * conversion.cost_usd_per_t
        stock[:, conversion.source] -= put_in
        gained = put_in * conversion.yield_share
        for wait, share in conversion.parts:
            if wait:
                work[number][:, wait - 1] += share * gained
            else:
                stock[:, conversion.target] += share * gained
    stopped, lost = _eat(block, stock, month)
    marks = [hedge.futures_usd_per_t_by_node[stage][node] for hedge in block.hedges]
    taken_at = np.column_stack(marks) if marks else np.zeros((len(stock), 0))
    held = Holding(stock, tuple(pipes), tuple(work), orders.futures, taken_at)
    bill = Bill(
        metal=metal,
        holding=_storage(block, stock, month),
        conversion=made,
        stopped=stopped,
        futures=_futures(block, arrived, orders.futures, month),
        promise=_promise(block, stock, stage),
        lost_t=lost,
    )
    return held, bill


def final_value(block: Block, held: Holding, node: Integers) -> Floats:
    """What all that is left at the end is worth in USD, by path: stock, metal under way (less what is unpaid), work."""
    worth = np.zeros(len(held.stock))
    for number, form in enumerate(block.forms):
        worth += held.stock[:, number] * form.final_usd_per_t[node]
    for pipeline, inside in zip(block.pipelines, held.pipes, strict=True):
        unpaid = pipeline.arrival_usd_per_t_by_node[-1][node]
        worth += inside.sum(axis=1) * (block.forms[pipeline.form].final_usd_per_t[node] - unpaid)
    for conversion, inside in zip(block.conversions, held.work, strict=True):
        worth += inside.sum(axis=1) * block.forms[conversion.target].final_usd_per_t[node]
    return worth


def demand_t(block: Block, month: Month) -> Floats:
    """What the line wants this month, (paths, forms) t."""
    return np.column_stack([block.need_t(form, month.stage)[month.outcome] for form in block.forms])


def _eat(block: Block, stock: Floats, month: Month) -> tuple[Floats, Floats]:
    wanted = demand_t(block, month)
    used = np.minimum(wanted, np.maximum(stock, 0.0))
    stock -= used
    lost = wanted - used
    prices = np.column_stack([form.lost_usd_per_t_by_node[month.stage][month.node] for form in block.forms])
    return (lost * prices).sum(axis=1), lost


def _storage(block: Block, stock: Floats, month: Month) -> Floats:
    cost = np.zeros(len(stock))
    for number, form in enumerate(block.forms):
        cost += stock[:, number] * form.holding_usd_per_t_by_node[month.stage][month.node]
    for store in block.stores:
        over = np.maximum(stock[:, list(store.forms)].sum(axis=1) - store.limit_t, 0.0)
        cost += over * store.overflow_usd_per_t
    return cost


def _futures(block: Block, held: Holding, after: Floats, month: Month) -> Floats:
    """What the position of last month lost since it was marked, and what this month's costs to trade and carry.

    A programme charges the same by paying the marked price when the position is taken and getting the settlement
    back a month later; present values agree.
    """
    stage, node = month.stage, month.node
    cost = np.zeros(len(after))
    for number, hedge in enumerate(block.hedges):
        before = held.futures[:, number]
        cost -= before * (hedge.settle_usd_per_t_by_node[stage][node] - held.taken_at[:, number])
        cost += after[:, number] * hedge.carry_usd_per_t_by_node[stage][node]
        cost += np.abs(after[:, number] - before) * hedge.trade_usd_per_t
    return cost


def _promise(block: Block, stock: Floats, stage: int) -> Floats:
    cost = np.zeros(len(stock))
    for promise in block.promises:
        short = promise.need_t[stage] - stock @ promise.weight
        cost += np.maximum(short, 0.0) * promise.short_usd_per_t
    return cost
