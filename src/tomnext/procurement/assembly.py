"""A block of the plan written as the arrays of a :class:`~tomnext.procurement.programme.Programme`.

Columns are named ``kind:name`` (``order:…``, ``stock:…``); pipelines carry a position, ``pipe:lane/2`` needing two
more steps. Money of month ``t`` is multiplied by ``monthly_discount ** t``, so finance is charged on everything that
is paid before it is needed and appears nowhere else.
"""

from dataclasses import dataclass

import numpy as np

from tomnext.procurement.block import Block, Form, Hedge
from tomnext.procurement.programme import Floats, Programme, Stage


def programme_of(block: Block) -> Programme:
    """The block (t, USD) as a programme; its columns are found by name in ``column_names``."""
    layout = _Layout(block)
    stages = tuple(_stage(block, layout, number) for number in range(block.n_stages))
    return Programme(
        matrix=layout.matrix(),
        is_equality=np.array(layout.is_equality),
        state_columns=np.array([layout.column[name] for name in layout.states], dtype=np.int64),
        stages=stages,
        transition=block.transition,
        initial_state=_opening(block, layout),
        minimum=_minimum(block, layout),
        column_names=tuple(layout.column),
        row_names=tuple(layout.row),
    )


class _Layout:
    """Where each decision and each balance stands, and the entries of the matrix."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.column: dict[str, int] = {}
        self.row: dict[str, int] = {}
        self.is_equality: list[bool] = []
        self.states: list[str] = []
        self.entries: list[tuple[str, str, float]] = []
        self._forms()
        self._flows()
        self._limits()

    def add_column(self, name: str, is_state: bool = False) -> None:
        self.column[name] = len(self.column)
        if is_state:
            self.states.append(name)

    def add_row(self, name: str, entries: list[tuple[str, float]], is_equality: bool = True) -> None:
        self.row[name] = len(self.row)
        self.is_equality.append(is_equality)
        self.entries += [(name, column, value) for column, value in entries]

    def matrix(self) -> Floats:
        matrix = np.zeros((len(self.row), len(self.column)))
        for row, column, value in self.entries:
            matrix[self.row[row], self.column[column]] += value
        return matrix

    def _forms(self) -> None:
        for form in self.block.forms:
            self.add_column(f"stock:{form.name}", is_state=True)
            self.add_row(f"balance:{form.name}", [(f"stock:{form.name}", 1.0)])
            if is_eaten(form):
                self.add_column(f"use:{form.name}")
                self.add_column(f"lost:{form.name}")
                self.add_row(f"demand:{form.name}", [(f"use:{form.name}", 1.0), (f"lost:{form.name}", 1.0)])
                self.entries.append((f"balance:{form.name}", f"use:{form.name}", 1.0))

    def _flows(self) -> None:
        block = self.block
        for pipeline in block.pipelines:
            for step in range(1, len(pipeline.opening_t) + 1):
                self.add_column(f"pipe:{pipeline.name}/{step}", is_state=True)
                self.add_row(f"move:{pipeline.name}/{step}", [(f"pipe:{pipeline.name}/{step}", 1.0)])
        for offer in block.offers:
            self.add_column(f"order:{offer.name}")
            for wait, share in offer.parts:
                into = f"balance:{block.forms[offer.form].name}"
                if wait and offer.pipeline is not None:
                    into = f"move:{block.pipelines[offer.pipeline].name}/{wait}"
                self.entries.append((into, f"order:{offer.name}", -share))
        for conversion in block.conversions:
            self.add_column(f"convert:{conversion.name}")
            source, target = block.forms[conversion.source].name, block.forms[conversion.target].name
            self.entries.append((f"balance:{source}", f"convert:{conversion.name}", 1.0))
            for step in range(1, conversion.n_steps + 1):
                self.add_column(f"work:{conversion.name}/{step}", is_state=True)
                self.add_row(f"work:{conversion.name}/{step}", [(f"work:{conversion.name}/{step}", 1.0)])
            for wait, share in conversion.parts:
                into = f"work:{conversion.name}/{wait}" if wait else f"balance:{target}"
                self.entries.append((into, f"convert:{conversion.name}", -share * conversion.yield_share))
        for hedge in block.hedges:
            position, buy, sell = (f"{kind}:{hedge.metal}" for kind in ("futures", "futures_buy", "futures_sell"))
            self.add_column(position, is_state=True)
            self.add_column(buy)
            self.add_column(sell)
            self.add_row(position, [(position, 1.0), (buy, -1.0), (sell, 1.0)])

    def _limits(self) -> None:
        block = self.block
        for number, lane in enumerate(block.lanes):
            orders = [(f"order:{offer.name}", -1.0) for offer in block.offers if offer.lane == number]
            self.add_row(f"capacity:{lane.name}", orders, is_equality=False)
        for store in block.stores:
            self.add_column(f"over:{store.name}")
            stocks = [(f"stock:{block.forms[form].name}", -1.0) for form in store.forms]
            self.add_row(f"storage:{store.name}", [(f"over:{store.name}", 1.0), *stocks], is_equality=False)
        for promise in block.promises:
            self.add_column(f"short:{promise.name}")
            pairs = zip(block.forms, promise.weight, strict=True)
            stocks = [(f"stock:{form.name}", float(weight)) for form, weight in pairs]
            self.add_row(f"promise:{promise.name}", [(f"short:{promise.name}", 1.0), *stocks], is_equality=False)
        for limit in block.limits:
            shares = zip(block.offers, limit.coefficient, strict=True)
            orders = [(f"order:{offer.name}", -float(value)) for offer, value in shares]
            self.add_row(f"limit:{limit.name}", orders, is_equality=False)


def is_eaten(form: Form) -> bool:
    """Whether the line eats this form in any month (t > 0)."""
    return bool((form.demand_t > 0).any())


def _opening(block: Block, layout: _Layout) -> Floats:
    opening = dict.fromkeys(layout.states, 0.0)
    for form in block.forms:
        opening[f"stock:{form.name}"] = form.opening_t
    for pipeline in block.pipelines:
        for step, t in enumerate(pipeline.opening_t, start=1):
            opening[f"pipe:{pipeline.name}/{step}"] = float(t)
    for hedge in block.hedges:
        opening[f"futures:{hedge.metal}"] = hedge.opening_t
    return np.array(list(opening.values()))


def _minimum(block: Block, layout: _Layout) -> Floats:
    minimum = np.zeros(len(layout.column))
    for offer in block.offers:
        minimum[layout.column[f"order:{offer.name}"]] = offer.minimum_t
    return minimum


@dataclass
class _Figures:
    """The arrays of one stage while they are filled, addressed by names."""

    layout: _Layout
    n: int
    w: int

    def __post_init__(self) -> None:
        columns, rows, states = len(self.layout.column), len(self.layout.row), len(self.layout.states)
        self.cost = np.zeros((self.n, columns))
        self.upper = np.zeros((self.n, columns))
        self.rhs = np.zeros((self.n, self.w, rows))
        self.incoming = np.zeros((self.n, self.w, rows, states))
        self.incoming_cost = np.zeros((self.n, self.w, states))
        self.state = {name: position for position, name in enumerate(self.layout.states)}

    def bring(self, row: str, state: str, share: Floats | float) -> None:
        self.incoming[:, :, self.layout.row[row], self.state[state]] += share

    def price(self, column: str, usd_per_t: Floats | float) -> None:
        self.cost[:, self.layout.column[column]] += usd_per_t

    def bound(self, column: str, t: Floats | float) -> None:
        self.upper[:, self.layout.column[column]] = t

    def right(self, row: str, t: Floats | float) -> None:
        self.rhs[:, :, self.layout.row[row]] = t


def _stage(block: Block, layout: _Layout, number: int) -> Stage:
    outcomes = block.outcomes_of(number)
    figures = _Figures(layout, block.nodes[number], len(outcomes.chance))
    _fill_forms(block, figures, number)
    _fill_lanes(block, figures, number)
    _fill_conversions(block, figures, number)
    for hedge in block.hedges:
        _fill_hedge(block, hedge, figures, number)
    _fill_limits(block, figures, number)
    discount = block.monthly_discount**number
    return Stage(
        cost=figures.cost * discount,
        lower=np.zeros_like(figures.upper),
        upper=figures.upper,
        rhs=figures.rhs,
        incoming=figures.incoming,
        incoming_cost=figures.incoming_cost * discount,
        constant=np.zeros((figures.n, figures.w)),
        chance=np.tile(outcomes.chance, (figures.n, 1)),
    )


def most_t(block: Block) -> float:
    """More tonnes than could ever stand anywhere in the block: opening metal and all capacity of all months."""
    opening = sum(form.opening_t for form in block.forms) + sum(float(p.opening_t.sum()) for p in block.pipelines)
    orders = sum(float(month.max()) for lane in block.lanes for month in lane.capacity_t_by_node)
    return opening + orders + 1.0


def _fill_forms(block: Block, figures: _Figures, number: int) -> None:
    last = number == block.n_stages - 1
    for form in block.forms:
        figures.bring(f"balance:{form.name}", f"stock:{form.name}", 1.0)
        figures.price(f"stock:{form.name}", form.holding_usd_per_t_by_node[number])
        figures.bound(f"stock:{form.name}", most_t(block))
        if last:
            figures.price(f"stock:{form.name}", -form.final_usd_per_t)
        if is_eaten(form):
            demand = block.need_t(form, number)
            figures.right(f"demand:{form.name}", demand[None, :])
            figures.bound(f"use:{form.name}", demand.max())
            figures.bound(f"lost:{form.name}", demand.max())
            figures.price(f"lost:{form.name}", form.lost_usd_per_t_by_node[number])


def _fill_lanes(block: Block, figures: _Figures, number: int) -> None:
    last = number == block.n_stages - 1
    for pipeline in block.pipelines:
        moving = block.moving_share(pipeline, number)
        arrived = pipeline.arrival_usd_per_t_by_node[number][:, None]
        form = block.forms[pipeline.form]
        figures.bring(f"balance:{form.name}", f"pipe:{pipeline.name}/1", moving)
        figures.incoming_cost[:, :, figures.state[f"pipe:{pipeline.name}/1"]] += moving * arrived
        for step in range(1, len(pipeline.opening_t) + 1):
            name = f"{pipeline.name}/{step}"
            figures.bring(f"move:{name}", f"pipe:{name}", 1.0 - moving)
            if step < len(pipeline.opening_t):
                figures.bring(f"move:{name}", f"pipe:{pipeline.name}/{step + 1}", moving)
            figures.bound(f"pipe:{name}", most_t(block))
            if last:
                figures.price(f"pipe:{name}", pipeline.arrival_usd_per_t_by_node[number] - form.final_usd_per_t)
    for lane_number, lane in enumerate(block.lanes):
        figures.right(f"capacity:{lane.name}", -lane.capacity_t_by_node[number][:, None])
        for offer in block.offers:
            if offer.lane == lane_number:
                figures.bound(f"order:{offer.name}", lane.capacity_t_by_node[number])
                figures.price(f"order:{offer.name}", offer.order_usd_per_t_by_node[number])


def _fill_conversions(block: Block, figures: _Figures, number: int) -> None:
    last = number == block.n_stages - 1
    for conversion in block.conversions:
        figures.bound(f"convert:{conversion.name}", conversion.capacity_t)
        figures.price(f"convert:{conversion.name}", conversion.cost_usd_per_t)
        target = block.forms[conversion.target]
        for step in range(1, conversion.n_steps + 1):
            name = f"work:{conversion.name}/{step}"
            into = f"balance:{target.name}" if step == 1 else f"work:{conversion.name}/{step - 1}"
            figures.bring(into, name, 1.0)
            figures.bound(name, most_t(block))
            if last:
                figures.price(name, -target.final_usd_per_t)


def _fill_hedge(block: Block, hedge: Hedge, figures: _Figures, number: int) -> None:
    position, buy, sell = (f"{kind}:{hedge.metal}" for kind in ("futures", "futures_buy", "futures_sell"))
    last = number == block.n_stages - 1
    figures.bring(position, position, 1.0)
    figures.incoming_cost[:, :, figures.state[position]] -= hedge.settle_usd_per_t_by_node[number][:, None]
    limit = 0.0 if last else float(hedge.limit_t[number])
    traded = max(float(hedge.limit_t.max()), hedge.opening_t)
    figures.bound(position, limit)
    figures.bound(buy, traded)
    figures.bound(sell, traded)
    later = block.monthly_discount * hedge.futures_usd_per_t_by_node[number]
    figures.price(position, later + hedge.carry_usd_per_t_by_node[number])
    figures.price(buy, hedge.trade_usd_per_t)
    figures.price(sell, hedge.trade_usd_per_t)


def _fill_limits(block: Block, figures: _Figures, number: int) -> None:
    for store in block.stores:
        figures.bound(f"over:{store.name}", most_t(block) * len(store.forms))
        figures.price(f"over:{store.name}", store.overflow_usd_per_t)
        figures.right(f"storage:{store.name}", -store.limit_t)
    for promise in block.promises:
        figures.bound(f"short:{promise.name}", float(promise.need_t.max()))
        figures.price(f"short:{promise.name}", promise.short_usd_per_t)
        figures.right(f"promise:{promise.name}", float(promise.need_t[number]))
    for limit in block.limits:
        figures.right(f"limit:{limit.name}", -limit.at_most_t)
