"""The company sheet and today's market as the blocks that are optimised, one for each group of metals.

Metals that share a store or a limit stand in one block; the others are planned apart, which is exact for expected cost
and careful for the worst cases (risks of separate blocks are added, not netted).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from tomnext.procurement.block import (
    Block,
    ByNode,
    Conversion,
    Form,
    Hedge,
    Lane,
    Limit,
    Offer,
    Outcomes,
    Pipeline,
    Promise,
    Store,
    parts_of,
)
from tomnext.procurement.policies import DAYS_A_MONTH
from tomnext.procurement.programme import Floats
from tomnext.procurement.world import Crisis, World, joint_world
from tomnext.scenarios.lattice import SQUEEZE, Lattice
from tomnext.studies.amounts import Price
from tomnext.studies.company_check import DOLLAR, metal_of_forms
from tomnext.studies.company_sheet import CompanySheet, HedgeTable, LaneTable
from tomnext.vocabulary.metals import Metal

RESALE_SHARE = 0.97
"""What a tonne left at the end is worth of what it costs to buy again (assumption Q13)."""
PROMISE_WEIGHT = 0.5
"""A tonne short of the promised stock is charged this share of a stopped line's cost in the plan (Q15)."""
OUTSIDE_TIMES = 3.0
NEARLY_WHOLE = 0.05
AFTER_A_MONTH = 2 / 3
"""How far from cash a three-month contract stands after a month, in shares of the way (assumption Q38)."""
LATE_TOGETHER = 0.6
"""Above this sum of late shares lanes are taken to be late together, below it one at a time (assumption Q14)."""


@dataclass(frozen=True)
class LaneCharges:
    """What a lane's metal is charged at the border, by month of arrival (months,).

    ``duty_share``: duty and fees on a dollar of price and premium (0–1). ``border_usd_per_t``: what does not grow with
    the price: carbon, duty and fees on freight or weight.
    """

    duty_share: Floats
    border_usd_per_t: Floats

    def frozen(self, month: int, n_months: int) -> "LaneCharges":
        """The charges of one month as if they held for ``n_months``: what a buyer knew who foresaw no change."""
        shares, fixed = self.duty_share[month], self.border_usd_per_t[month]
        return LaneCharges(np.full(n_months, shares), np.full(n_months, fixed))


@dataclass(frozen=True)
class PlannedBlock:
    """A block with what is needed to speak of it: its metals and its lanes' names."""

    metals: tuple[Metal, ...]
    block: Block
    world: World
    crises: tuple[Crisis, ...]


def metal_groups(sheet: CompanySheet) -> list[tuple[Metal, ...]]:
    """Metals that share a store or a limit of the company's own, together; in the order of the sheet."""
    metals = metal_of_forms(sheet)
    groups: list[set[Metal]] = [{row.metal} for row in sheet.metal]
    shared = [{metals[form] for form in store.forms if form in metals} for store in sheet.store]
    shared += [{metals[lane.form] for lane in sheet.lane if lane.name in limit.lanes} for limit in sheet.limit]
    for inside in shared:
        touched = [group for group in groups if group & inside]
        groups = [group for group in groups if not group & inside]
        groups.append(set().union(inside, *touched))
    order = list(dict.fromkeys(row.metal for row in sheet.metal))
    ordered = [tuple(metal for metal in order if metal in group) for group in groups if group]
    return sorted(dict.fromkeys(ordered), key=lambda group: order.index(group[0]))


def months_needed(sheet: CompanySheet, metals: Sequence[Metal]) -> int:
    """Months of the block after this one: the plan's months and a tail as long as the longest wait (no end effect)."""
    longest = max((max(waits_of(lane).values()) for lane in lanes_of(sheet, metals)), default=0.0)
    return sheet.company.months - 1 + ceil(longest)


def lanes_of(sheet: CompanySheet, metals: Sequence[Metal]) -> list[LaneTable]:
    """The lanes that deliver forms of these metals."""
    by_form = metal_of_forms(sheet)
    return [lane for lane in sheet.lane if by_form[lane.form] in metals]


def waits_of(lane: LaneTable) -> dict[str, float]:
    """Months from order to arrival by way of pricing."""
    wait = months_in(lane.lead_time_days)
    return {one: wait + (lane.fixed_months if one == "fixed" else 0) for one in lane.pricing}


def months_in(days: float) -> float:
    """A wait in months; what is within a twentieth of a whole number of months is that number (assumption Q36).

    >>> months_in(60), round(months_in(45), 3)
    (2.0, 1.478)
    """
    months = days / DAYS_A_MONTH
    return float(round(months)) if abs(months - round(months)) <= NEARLY_WHOLE else months


def planned_block(
    sheet: CompanySheet,
    metals: tuple[Metal, ...],
    lattice: Lattice,
    charges: dict[str, LaneCharges],
    flat_forward: bool = False,
) -> PlannedBlock:
    """The block of some metals on a lattice that carries their cash prices in USD per t.

    Forward and futures prices are the lattice's own expectation; with ``flat_forward`` they are the price of the
    month itself, as on a past whose next month nobody knew.
    """
    return _Builder(sheet, metals, lattice, charges, flat_forward).planned()


class _Builder:
    """The parts of a block, one after another."""

    def __init__(
        self, sheet: CompanySheet, metals: tuple[Metal, ...], lattice: Lattice, charges: dict[str, LaneCharges],
        flat_forward: bool,
    ) -> None:  # fmt: skip
        self.flat_forward = flat_forward
        self.sheet, self.metals, self.lattice, self.charges = sheet, metals, lattice, charges
        self.by_form = metal_of_forms(sheet)
        self.forms = [form for form in self.by_form if self.by_form[form] in metals]
        self.lanes = lanes_of(sheet, metals)
        self.crises = self._crises()
        hit = [[lattice.metals.index(metal) for metal in self._hit(one)] for one in self.crises]
        squeezed = tuple(
            np.array([(regime[:, metals] == SQUEEZE).any(axis=1) for metals in hit]).reshape(len(hit), len(regime)).T
            for regime in lattice.regime
        )
        self.world = joint_world(lattice.transition, squeezed, self.crises)
        self.squeezed = {
            metal: self.world.spread(tuple(1.0 * (regime[:, k] == SQUEEZE) for regime in lattice.regime))
            for k, metal in enumerate(lattice.metals)
        }
        self.stages = range(lattice.n_stages)
        self.discount = 1.0 / (1.0 + sheet.money.finance_rate_pct / 100 / 12)
        self.price = {metal: self._price(metal) for metal in metals}

    def _hit(self, crisis: Crisis) -> set[str]:
        """The metals whose lanes a crisis breaks."""
        pairs = zip(self.lanes, crisis.flow_share, strict=True)
        return {self.by_form[lane.form].value for lane, flow in pairs if flow < 1.0}

    def _is_squeezed(self, lane: LaneTable, stage: int) -> NDArray[np.bool_]:
        return self.squeezed[self.by_form[lane.form]][stage] > 0

    def usd(self, price: Price) -> float:
        """A price of the sheet in USD per t."""
        return price.per_t if price.currency == DOLLAR else price.per_t / self.sheet.money.rates[price.currency]

    def by_node(self, figure: Callable[[int], Floats | float]) -> ByNode:
        """A figure a stage, spread over the nodes of the stage."""
        return tuple(np.zeros(len(self.world.crisis[t])) + figure(t) for t in self.stages)

    def _price(self, metal: Metal) -> ByNode:
        column = self.lattice.column(f"{metal}_cash_usd_per_t")
        return self.world.spread(tuple(values[:, column] for values in self.lattice.values))

    def _spread(self, metal: Metal) -> ByNode:
        """Cash minus three months, USD per t; nothing where the lattice does not carry it."""
        name = f"{metal}_cash_minus_three_month_usd_per_t"
        if name not in self.lattice.series:
            return self.by_node(lambda t: 0.0)
        column = self.lattice.column(name)
        return self.world.spread(tuple(values[:, column] for values in self.lattice.values))

    def _expected(self, figures: ByNode, ahead: int) -> ByNode:
        """The mean of a figure ``ahead`` months later, at every node; the last stage stands for all after it."""
        means = list(figures)
        for _ in range(0 if self.flat_forward else ahead):
            means = [*(self.world.transition[t] @ means[t + 1] for t in self.stages[:-1]), means[-1]]
        return tuple(means)

    def _crises(self) -> tuple[Crisis, ...]:
        found = []
        for number, lane in enumerate(self.lanes):
            kinds = (
                ("closed", lane.closed_chance_pct, lane.closed_months, 0.0),
                ("slowed", lane.slowed_chance_pct, lane.slowed_months, lane.slowed_flow_share),
            )
            for name, chance, months, flow in kinds:
                flows = tuple(flow if other == number else 1.0 for other in range(len(self.lanes)))
                found.append(Crisis(f"{lane.name} {name}", flows, a_month(chance), months, lane.squeeze_breaks_times))
        for row in self.sheet.crisis:
            flows = tuple(row.flow_share if lane.name in row.lanes else 1.0 for lane in self.lanes)
            if min(flows) < 1.0:
                found.append(Crisis(row.name, flows, a_month(row.chance_pct), row.months, row.squeeze_breaks_times))
        return tuple(one for one in found if one.chance_per_month > 0)

    def planned(self) -> PlannedBlock:
        """The block with its parts."""
        lanes = tuple(self._lane(number, lane) for number, lane in enumerate(self.lanes))
        pipelines, offers = self._ways()
        block = Block(
            forms=tuple(self._form(name) for name in self.forms),
            lanes=lanes,
            pipelines=tuple(pipelines),
            offers=tuple(offers),
            conversions=tuple(self._conversions()),
            stores=tuple(self._stores()),
            hedges=tuple(self._hedge(row) for row in self.sheet.hedge if row.metal in self.metals),
            promises=tuple(self._promises()),
            limits=tuple(self._limits(offers)),
            outcomes=_outcomes([late_a_month(lane) for lane in self.lanes]),
            transition=self.world.transition,
            monthly_discount=self.discount,
        )
        return PlannedBlock(self.metals, block, self.world, self.crises)

    def _form(self, name: str) -> Form:
        metal = self.by_form[name]
        price = self.price[metal]
        held = [row for row in self.sheet.stock if row.form == name]
        store = next(one for one in self.sheet.store if name in one.forms)
        lease = max((row.lease_pct for row in held), default=0.0) / 100 / 12
        eaten = next((row for row in self.sheet.metal if row.form == name), None)
        stopped = self.usd(eaten.stopped_line_cost) if eaten else 0.0
        return Form(
            name=name,
            metal=metal.value,
            opening_t=sum((row.on_hand for row in held), 0.0),
            demand_t=self._use(name),
            demand_spread=eaten.use_uncertainty_pct / 100 if eaten else 0.0,
            lost_usd_per_t_by_node=self.by_node(lambda t: price[t] + stopped),
            holding_usd_per_t_by_node=self.by_node(lambda t: self.usd(store.cost_per_month) - lease * price[t]),
            reference_usd_per_t_by_node=price,
            final_usd_per_t=RESALE_SHARE * self._replacement(name),
        )

    def _replacement(self, form: str) -> Floats:
        """What a tonne of a form costs to buy again at the end, outside squeezes: the cheapest lane, or conversion."""
        metal = self.by_form[form]
        price = self.price[metal][-1] - np.where(self.squeezed[metal][-1] > 0, self._spread(metal)[-1], 0.0)
        costs = []
        for lane in self.lanes:
            if lane.form == form:
                charges = self.charges[lane.name]
                beside = self.usd(lane.freight) + float(charges.border_usd_per_t[-1])
                costs.append((price + self.usd(lane.premium)) * (1 + charges.duty_share[-1]) + beside)
        if not costs:
            made = [one for one in self.sheet.conversion if one.target == form and one.source != form]
            costs = [(self._replacement(one.source) + self.usd(one.cost)) / one.yield_share for one in made]
        return np.asarray(np.min(costs, axis=0) if costs else price, dtype=np.float64)

    def _use(self, form: str) -> Floats:
        row = next((one for one in self.sheet.metal if one.form == form), None)
        if row is None:
            return np.zeros(len(self.stages))
        uses = row.use_per_month
        return np.array([uses[min(t, len(uses) - 1)] for t in self.stages])

    def _lane(self, number: int, lane: LaneTable) -> Lane:
        left = [np.where(self._is_squeezed(lane, t), lane.squeeze_capacity_share, 1.0) for t in self.stages]
        return Lane(
            name=lane.name,
            capacity_t_by_node=self.by_node(lambda t: lane.capacity_per_month * self._flow(number)[t] * left[t]),
            late_share=late_a_month(lane),
        )

    def _flow(self, lane: int) -> ByNode:
        shares = np.array([1.0, *(crisis.flow_share[lane] for crisis in self.crises)])
        return tuple(shares[states] for states in self.world.crisis)

    def _landed(self, lane: LaneTable, price: ByNode, wait: int) -> ByNode:
        """Price of a tonne at the gate when metal priced in a month arrives ``wait`` months later, USD per t."""
        charges = self.charges[lane.name]
        last = self.stages[-1]

        def landed(t: int) -> Floats:
            times = np.where(self._is_squeezed(lane, t), lane.squeeze_premium_times, 1.0)
            arrives = min(t + wait, last)
            value = price[t] + self.usd(lane.premium) * times
            beside = self.usd(lane.freight) + float(charges.border_usd_per_t[arrives])
            return np.asarray(value * (1 + charges.duty_share[arrives]) + beside, dtype=np.float64)

        return self.by_node(landed)

    def _ways(self) -> tuple[list[Pipeline], list[Offer]]:
        """Pipelines and offers; what is priced when ordered shares one pipeline with metal bought before."""
        pipelines: list[Pipeline] = []
        offers: list[Offer] = []
        for number, lane in enumerate(self.lanes):
            waits = waits_of(lane)
            at_once = next((one for one, wait in waits.items() if wait == 0), None)
            if at_once is not None:
                offers.append(self._offer(number, lane, at_once, 0.0, None))
                waits = {one: wait for one, wait in waits.items() if wait > 0}
            priced = {one: wait for one, wait in waits.items() if one != "average"}
            under_way = [row for row in self.sheet.transit if row.lane == lane.name]
            if priced or under_way:
                steps = [*(ceil(wait) for wait in priced.values()), *(row.arrives_in_months for row in under_way)]
                opening = np.zeros(max(steps))
                for row in under_way:
                    opening[row.arrives_in_months - 1] += row.amount
                pipelines.append(self._pipeline(number, lane, opening, "priced"))
                offers += [self._offer(number, lane, one, priced[one], len(pipelines) - 1) for one in priced]
            if "average" in waits:
                pipelines.append(self._pipeline(number, lane, np.zeros(ceil(waits["average"])), "average"))
                offers.append(self._offer(number, lane, "average", waits["average"], len(pipelines) - 1))
        return pipelines, offers

    def _pipeline(self, number: int, lane: LaneTable, opening: Floats, kind: str) -> Pipeline:
        on_arrival = self._landed(lane, self.price[self.by_form[lane.form]], 0)
        return Pipeline(
            name=f"{lane.name} {kind}",
            lane=number,
            form=self.forms.index(lane.form),
            opening_t=opening,
            flow_share_by_node=self._flow(number),
            arrival_usd_per_t_by_node=on_arrival if kind == "average" else self.by_node(lambda t: 0.0),
        )

    def _offer(self, number: int, lane: LaneTable, pricing: str, wait: float, pipeline: int | None) -> Offer:
        price = self.price[self.by_form[lane.form]]
        arrivals = parts_of(int(wait), wait - int(wait))
        parts = []
        for months, share in arrivals:
            if pricing == "average" and months > 0:
                continue
            quoted = self._expected(price, months) if pricing == "fixed" else price
            surcharge = self.usd(lane.fixed_surcharge) if pricing == "fixed" else 0.0
            landed = self._landed(lane, quoted, months)
            parts.append([(one + surcharge) * share * self.discount**months for one in landed])
        return Offer(
            name=f"{lane.name} {pricing}",
            lane=number,
            form=self.forms.index(lane.form),
            pipeline=pipeline,
            delay=int(wait),
            order_usd_per_t_by_node=self.by_node(lambda t: np.sum([part[t] for part in parts], axis=0)),
            minimum_t=lane.minimum_order,
            later_share=wait - int(wait),
        )

    def _conversions(self) -> list[Conversion]:
        return [
            Conversion(
                name=f"{row.source} → {row.target}",
                source=self.forms.index(row.source),
                target=self.forms.index(row.target),
                cost_usd_per_t=self.usd(row.cost),
                yield_share=row.yield_share,
                delay=int(months_in(row.days)),
                capacity_t=row.capacity_per_month,
                later_share=months_in(row.days) % 1.0,
            )
            for row in self.sheet.conversion
            if row.target in self.forms
        ]

    def _stores(self) -> list[Store]:
        found = []
        for row in self.sheet.store:
            inside = tuple(self.forms.index(form) for form in row.forms if form in self.forms)
            if inside:
                own = self.usd(row.cost_per_month)
                outside = self.usd(row.outside_cost_per_month) if row.outside_cost_per_month else OUTSIDE_TIMES * own
                found.append(Store(row.name, inside, row.limit, max(outside - own, 0.0)))
        return found

    def _hedge(self, row: HedgeTable) -> Hedge:
        price, spread = self.price[row.metal], self._spread(row.metal)
        contract = self.by_node(lambda t: price[t] - AFTER_A_MONTH * spread[t])
        use = np.sum([self._use(form) for form in self.forms if self.by_form[form] is row.metal], axis=0)
        ahead = np.array([np.sum(use[t + 1 : t + 1 + row.months_ahead]) for t in self.stages])
        margin = row.margin_pct / 100 * self.sheet.money.finance_rate_pct / 100 / 12
        roll = self.usd(row.roll_cost_per_month)
        limit = np.maximum(row.max_share * ahead, 0.0)
        limit[0] = max(limit[0], row.position)
        return Hedge(
            metal=row.metal.value,
            opening_t=row.position,
            limit_t=limit,
            futures_usd_per_t_by_node=self._expected(contract, 1),
            settle_usd_per_t_by_node=contract,
            carry_usd_per_t_by_node=self.by_node(lambda t: roll + margin * price[t]),
            trade_usd_per_t=self.usd(row.trade_cost),
        )

    def _promises(self) -> Iterator[Promise]:
        for row in self.sheet.metal:
            if row.metal not in self.metals or not row.promise_days:
                continue
            weight = np.zeros(len(self.forms))
            weight[self.forms.index(row.form)] = 1.0
            for one in self.sheet.conversion:
                if one.target == row.form:
                    weight[self.forms.index(one.source)] = one.yield_share
            need = row.promise_days / DAYS_A_MONTH * float(self._use(row.form).mean())
            short = PROMISE_WEIGHT * self.usd(row.stopped_line_cost)
            yield Promise(row.form, weight, np.full(len(self.stages), need), short)

    def _limits(self, offers: list[Offer]) -> list[Limit]:
        names = [lane.name for lane in self.lanes]
        return [
            Limit(
                row.name,
                np.array([1.0 if names[offer.lane] in row.lanes else 0.0 for offer in offers]),
                row.most_per_month,
            )
            for row in self.sheet.limit
            if set(row.lanes) & set(names)
        ]


def a_month(chance_pct_a_year: float) -> float:
    """The monthly chance (0–1) that gives a chance a year in percent.

    >>> round(a_month(12.0), 5)
    0.0106
    """
    return float(1.0 - (1.0 - min(chance_pct_a_year, 99.9) / 100) ** (1 / 12))


def late_a_month(lane: LaneTable) -> float:
    """The chance (0–1) that a lane's metal stands still in a month, so that the stated share of deliveries is late."""
    return float(1.0 - (1.0 - lane.late_share) ** (1.0 / max(months_in(lane.lead_time_days), 1.0)))


def _outcomes(late: list[float]) -> Outcomes:
    """Low, usual and high use (Gauss–Hermite, three points) when all lanes are on time, usual use when one is late."""
    apart = sum(late) <= LATE_TOGETHER
    ranked = sorted(range(len(late)), key=lambda lane: -late[lane])
    sets = [[lane] for lane in range(len(late))] if apart else [ranked[: k + 1] for k in range(len(late))]
    chances = list(late) if apart else [late[a] - (late[b] if b is not None else 0.0) for a, b in _pairs(ranked)]
    deviation = [-np.sqrt(3.0), np.sqrt(3.0), 0.0, *np.zeros(len(late))]
    rows = [[], [], [], *sets]
    usual = 1.0 - 1.0 / 3.0 - sum(chances)
    return Outcomes(
        demand_deviation=np.array(deviation),
        late=np.array([[lane in row for lane in range(len(late))] for row in rows], dtype=np.bool_),
        chance=np.array([1 / 6, 1 / 6, usual, *chances]),
    )


def _pairs(ranked: list[int]) -> list[tuple[int, int | None]]:
    return [(lane, ranked[k + 1] if k + 1 < len(ranked) else None) for k, lane in enumerate(ranked)]
