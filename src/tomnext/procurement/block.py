"""What a company can do with metals that share something (a store, a budget, a lane): one block of the plan.

Everything is counted in tonnes and US dollars of the month in which it falls due; ``discount`` turns months into
today. Arrays named ``..._by_node`` are tuples over stages (months) of one figure a node of the price-and-crisis
chain; stage 0 is this month and has one node. A hedge is not metal: futures appear in money only, and metal enters
the line only in a form the line eats.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.procurement.programme import Floats
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

ByNode = tuple[Floats, ...]


@dataclass(frozen=True)
class Form:
    """A commercial form of a metal kept in stock, and how much of it the line eats.

    ``opening_t``; ``demand_t``: (stages,) expected use, ``demand_spread`` its standard deviation as a share (0–1);
    ``lost_usd_per_t_by_node``: what a tonne not delivered to the line costs, the value of the metal that was not
    bought included; ``holding_usd_per_t_by_node``: storage less lease income for a month;
    ``reference_usd_per_t_by_node``: the metal's exchange price; ``final_usd_per_t``: (nodes of the last stage,)
    what a tonne left at the end is worth.
    """

    name: str
    metal: str
    opening_t: float
    demand_t: Floats
    demand_spread: float
    lost_usd_per_t_by_node: ByNode
    holding_usd_per_t_by_node: ByNode
    reference_usd_per_t_by_node: ByNode
    final_usd_per_t: Floats


@dataclass(frozen=True)
class Pipeline:
    """Metal on its way along a lane: ``opening_t[p]`` needs ``p + 1`` more monthly steps.

    In a month the share ``flow_share_by_node`` (0 closed, 1 open) of everything moves one step unless the lane is
    late, when nothing moves. ``arrival_usd_per_t_by_node`` is paid when metal arrives (0 when it was paid before).
    """

    name: str
    lane: int
    form: int
    opening_t: Floats
    flow_share_by_node: ByNode
    arrival_usd_per_t_by_node: ByNode


@dataclass(frozen=True)
class Offer:
    """A way to order: ``delay`` monthly steps along ``pipeline`` (or at once), priced now at ``order_usd_per_t``.

    ``later_share`` (0–1) of an order takes one step more: a wait of a month and a half is half one, half two months.
    ``minimum_t``: an order is nothing or at least this much.
    """

    name: str
    lane: int
    form: int
    pipeline: int | None
    delay: int
    order_usd_per_t_by_node: ByNode
    minimum_t: float = 0.0
    later_share: float = 0.0

    @property
    def parts(self) -> list[tuple[int, float]]:
        """In how many monthly steps which share (0–1) of an order arrives."""
        return parts_of(self.delay, self.later_share)

    @property
    def wait_months(self) -> float:
        """The mean wait in months."""
        return self.delay + self.later_share

    @property
    def whole_months(self) -> int:
        """The wait in months as a rule of thumb counts it."""
        return round(self.wait_months)


@dataclass(frozen=True)
class Lane:
    """What all offers of a supplier and route share: monthly capacity by node in t, and how often it is late (0–1)."""

    name: str
    capacity_t_by_node: ByNode
    late_share: float


@dataclass(frozen=True)
class Conversion:
    """Turning a form into another: USD per t put in, share (0–1) that comes out, after ``delay`` months.

    ``later_share`` (0–1) of it takes a month more.
    """

    name: str
    source: int
    target: int
    cost_usd_per_t: float
    yield_share: float
    delay: int
    capacity_t: float
    later_share: float = 0.0

    @property
    def parts(self) -> list[tuple[int, float]]:
        """In how many monthly steps which share (0–1) of what is put in comes out."""
        return parts_of(self.delay, self.later_share)

    @property
    def n_steps(self) -> int:
        """Months in which something may still be in work."""
        return self.parts[-1][0]

    @property
    def wait_months(self) -> float:
        """The mean wait in months."""
        return self.delay + self.later_share


@dataclass(frozen=True)
class Store:
    """Own storage for some forms: ``limit_t``, and what a tonne above it costs a month outside."""

    name: str
    forms: tuple[int, ...]
    limit_t: float
    overflow_usd_per_t: float


@dataclass(frozen=True)
class Hedge:
    """A futures position held long against purchases, never above ``limit_t`` (stages,), closed at the last stage.

    Bought this month at ``futures_usd_per_t_by_node`` for the next, it settles at next month's
    ``settle_usd_per_t_by_node``; ``carry_usd_per_t_by_node`` is a month's roll cost and margin finance.
    """

    metal: str
    opening_t: float
    limit_t: Floats
    futures_usd_per_t_by_node: ByNode
    settle_usd_per_t_by_node: ByNode
    carry_usd_per_t_by_node: ByNode
    trade_usd_per_t: float


@dataclass(frozen=True)
class Promise:
    """Metal that must stand in stock at a month's end: Σ weight · stock ≥ ``need_t`` (stages,), else USD per t."""

    name: str
    weight: Floats
    need_t: Floats
    short_usd_per_t: float


@dataclass(frozen=True)
class Limit:
    """A constraint the user wrote: Σ coefficient · order_t ≤ ``at_most_t`` in every month; one coefficient an offer."""

    name: str
    coefficient: Floats
    at_most_t: float


@dataclass(frozen=True)
class Outcomes:
    """What else chance decides each month: use in standard deviations (w,), late lanes (w, lanes), chances (w,)."""

    demand_deviation: Floats
    late: NDArray[np.bool_]
    chance: Floats


@dataclass(frozen=True)
class Block:
    """One block of the plan with its chain; see the parts for units.

    ``transition[t]``: (nodes of t, nodes of t+1). ``monthly_discount``: present value of a dollar a month later.
    Raises InputRejected when a part points nowhere or its stages do not fit.
    """

    forms: tuple[Form, ...]
    lanes: tuple[Lane, ...]
    pipelines: tuple[Pipeline, ...]
    offers: tuple[Offer, ...]
    conversions: tuple[Conversion, ...]
    stores: tuple[Store, ...]
    hedges: tuple[Hedge, ...]
    promises: tuple[Promise, ...]
    limits: tuple[Limit, ...]
    outcomes: Outcomes
    transition: tuple[Floats, ...]
    monthly_discount: float

    def __post_init__(self) -> None:
        """Refuse parts that do not fit together."""
        for offer in self.offers:
            longest = 0 if offer.pipeline is None else len(self.pipelines[offer.pipeline].opening_t)
            last = offer.parts[-1][0]
            if offer.delay < 0 or last > longest or (offer.pipeline is None) != (last == 0):
                raise _refused(f"{offer.name}: delay {offer.wait_months}, pipeline of {longest}")
        for figures in self._figures():
            shapes = [len(one) for one in figures]
            if shapes != self.nodes:
                raise _refused(f"nodes by stage {shapes} instead of {self.nodes}")
        if any(len(form.demand_t) != self.n_stages for form in self.forms):
            raise _refused("a demand that is not one figure a month")

    def _figures(self) -> list[ByNode]:
        figures = [form.holding_usd_per_t_by_node for form in self.forms]
        figures += [form.lost_usd_per_t_by_node for form in self.forms]
        figures += [form.reference_usd_per_t_by_node for form in self.forms]
        figures += [lane.capacity_t_by_node for lane in self.lanes]
        figures += [pipe.flow_share_by_node for pipe in self.pipelines]
        figures += [pipe.arrival_usd_per_t_by_node for pipe in self.pipelines]
        return figures + [offer.order_usd_per_t_by_node for offer in self.offers]

    @property
    def n_stages(self) -> int:
        """How many months the block looks at."""
        return len(self.transition) + 1

    @property
    def nodes(self) -> list[int]:
        """How many nodes each stage has."""
        return [1, *(chances.shape[1] for chances in self.transition)]

    def outcomes_of(self, stage: int) -> Outcomes:
        """The outcomes of a stage: this month is known, so stage 0 has one, with demand as expected and no delay."""
        if stage > 0:
            return self.outcomes
        return Outcomes(np.zeros(1), np.zeros((1, len(self.lanes)), dtype=np.bool_), np.ones(1))

    def need_t(self, form: Form, stage: int) -> Floats:
        """What the line wants of a form in a month by outcome, (w,) t, never below nothing."""
        factor = 1.0 + form.demand_spread * self.outcomes_of(stage).demand_deviation
        return np.asarray(form.demand_t[stage] * np.maximum(factor, 0.0), dtype=np.float64)

    def quoted_usd_per_t(self, offer: Offer, stage: int) -> Floats:
        """What a tonne ordered in a month costs at that month's prices, paid now or on arrival, by node, USD per t."""
        quoted = offer.order_usd_per_t_by_node[stage]
        if offer.pipeline is None:
            return quoted
        piped = sum(share for wait, share in offer.parts if wait > 0)
        return quoted + piped * self.pipelines[offer.pipeline].arrival_usd_per_t_by_node[stage]

    def moving_share(self, pipeline: Pipeline, stage: int) -> Floats:
        """The share (0–1) of a pipeline that moves a step, by node and outcome of a stage."""
        late = self.outcomes_of(stage).late[:, pipeline.lane]
        return np.asarray(pipeline.flow_share_by_node[stage][:, None] * ~late[None, :], dtype=np.float64)


def parts_of(delay: int, later_share: float) -> list[tuple[int, float]]:
    """Monthly steps and the share (0–1) that takes them, none that nothing takes.

    >>> parts_of(1, 0.0), parts_of(0, 0.25)
    ([(1, 1.0)], [(0, 0.75), (1, 0.25)])
    """
    both = [(delay, 1.0 - later_share), (delay + 1, later_share)]
    return [one for one in both if one[1] > 0]


def _refused(received: str) -> InputRejected:
    return InputRejected(
        Text("The parts of this plan do not fit together.", "計畫的各部分彼此不符。"), received=received
    )
