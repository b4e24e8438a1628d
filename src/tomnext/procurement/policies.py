"""Rules of buying that people use, as functions of what a buyer sees: the plan is measured against these.

All order up to a target of metal on hand and under way, in tonnes the line can eat, from the cheapest lanes that are
open. They differ in the target: just in time covers the wait and nothing more; days of cover add a fixed stock;
(s, S) waits for a low and fills up; the newsvendor weighs a stop against a month's holding at today's price and never
looks at it again; dip buying adds months when the price is below its own average.

None is a straw man: when what is under way will not last until the usual lane can bring more (a late delivery, a
closed lane), the missing tonnes are ordered from the cheapest lane that is quick enough, and metal is converted in
time into the form the line eats, the rule's own days of stock included. Lanes are compared by the shortest way of
pricing each offers; nobody who buys just in time fixes a price months ahead.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tomnext.procurement.assembly import is_eaten
from tomnext.procurement.block import Block, Offer
from tomnext.procurement.ledger import Decide, View, usable_weights
from tomnext.procurement.physics import Integers, Orders, demand_t
from tomnext.procurement.programme import Floats

DAYS_A_MONTH = 365.25 / 12
SMALLEST_ORDER = 1e-9
"""Days of use below which nothing is missing but a rounding error."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of buying by its name and figures; unused figures stay at nothing.

    ``cover_days``: stock on top of the wait. ``reorder_days`` and ``fill_days``: s and S on top of the wait.
    ``dip_share`` below the mean of ``window_months`` buys ``extra_days`` more. ``hedge_share``: futures as a share
    (0–1) of the most that may be hedged.
    """

    name: str
    cover_days: float = 0.0
    reorder_days: float | None = None
    fill_days: float = 0.0
    dip_share: float | None = None
    window_months: int = 12
    extra_days: float = 0.0
    hedge_share: float = 0.0


def just_in_time(days: float = 0.0) -> Rule:
    """Metal ordered to arrive in the month it is used, with a few ``days`` of use in hand against small surprises."""
    return Rule("just_in_time", cover_days=days)


def days_of_cover(days: float) -> Rule:
    """A fixed stock of so many days of use on top of the wait."""
    return Rule(f"cover_{days:g}_days", cover_days=days)


def reorder_and_fill(reorder_days: float, fill_days: float) -> Rule:
    """(s, S) in days of use on top of the wait: below ``reorder_days`` fill up to ``fill_days``."""
    return Rule("s_S", reorder_days=reorder_days, fill_days=fill_days)


def dip_buying(dip_share: float, extra_days: float, window_months: int = 12, cover_days: float = 0.0) -> Rule:
    """``cover_days``, and ``extra_days`` of use more whenever the price is ``dip_share`` below its trailing mean."""
    return Rule("dip_buying", cover_days, None, 0.0, dip_share, window_months, extra_days)


def newsvendor(block: Block) -> Rule:
    """Cover at the critical ratio of a stop against a month's holding, at today's price for ever, in days of use.

    Underage is the lost production less the price, overage a month's storage and finance (Snyder & Shen 2019,
    section 4.3); demand over the wait plus one month is normal with the block's own spread.
    """
    form = next(one for one in block.forms if is_eaten(one))
    price = float(form.reference_usd_per_t_by_node[0][0])
    underage = max(float(form.lost_usd_per_t_by_node[0][0]) - price, 1e-9)
    overage = float(form.holding_usd_per_t_by_node[0][0]) + price * (1.0 - block.monthly_discount)
    ratio = underage / (underage + max(overage, 1e-9))
    wait = max((offer.whole_months for offer in block.offers), default=0)
    days = NormalDist().inv_cdf(min(ratio, 1 - 1e-12)) * form.demand_spread * np.sqrt(wait + 1) * DAYS_A_MONTH
    return Rule("newsvendor", cover_days=max(float(days), 0.0))


def deciding(block: Block, rule: Rule) -> Decide:
    """The rule as something a ledger can run: what it sees in, orders in t out."""
    families = [_Family(block, metal) for metal in dict.fromkeys(form.metal for form in block.forms)]

    def decide(view: View) -> Orders:
        n_paths = len(view.held.stock)
        orders = np.zeros((n_paths, len(block.offers)))
        convert = np.zeros((n_paths, len(block.conversions)))
        for family in families:
            family.order(view, rule, orders)
        _convert(view, rule, convert)
        is_last = view.month.stage == block.n_stages - 1
        share = 0.0 if is_last else rule.hedge_share
        futures = [share * float(hedge.limit_t[view.month.stage]) for hedge in block.hedges]
        return Orders(orders, convert, np.tile(futures, (n_paths, 1)))

    return decide


class _Family:
    """The forms of one metal: what they are worth to the line, how long the usual lane takes, who is asked first."""

    def __init__(self, block: Block, metal: str) -> None:
        self.block = block
        self.weights = usable_weights(block) * np.array([form.metal == metal for form in block.forms])
        self.members = [number for number, form in enumerate(block.forms) if form.metal == metal]
        self.forms = [block.forms[number] for number in self.members]
        self.work = [self._work(form) for form in range(len(block.forms))]
        today = np.zeros(1, dtype=np.int64)
        self.ranked = sorted(self._usual(), key=lambda offer: self.cost(offer, 0, today)[0])
        self.wait = max((self.reaches(offer) for offer in self._needed()), default=0)
        self.soonest = min((self.reaches(offer) for offer in self.ranked), default=0)

    def _usual(self) -> list[Offer]:
        """The offers of usable forms by each lane's shortest way of pricing."""
        usable = [offer for offer in self.block.offers if self.weights[offer.form] > 0]
        lanes = {one.lane for one in usable}
        shortest = {lane: min(one.wait_months for one in usable if one.lane == lane) for lane in lanes}
        return [offer for offer in usable if offer.wait_months == shortest[offer.lane]]

    def _needed(self) -> list[Offer]:
        """The cheapest offers whose lanes, all open, carry the use of a month together."""
        use, carried = float(np.sum([form.demand_t.mean() for form in self.forms])), 0.0
        needed: list[Offer] = []
        for offer in self.ranked:
            if carried < use or not needed:
                needed.append(offer)
                carried += float(self.block.lanes[offer.lane].capacity_t_by_node[0][0]) * self.weights[offer.form]
        return needed

    def _work(self, form: int) -> int:
        """Months until metal of a form can be eaten once it is in stock."""
        if is_eaten(self.block.forms[form]):
            return 0
        return min((one.whole_months for one in self.block.conversions if one.source == form), default=0)

    def reaches(self, offer: Offer) -> int:
        """Months from an order to metal the line can eat."""
        return offer.whole_months + self.work[offer.form]

    def cost(self, offer: Offer, stage: int, node: Integers) -> Floats:
        """What a usable tonne costs now by this offer in USD, conversion included, priced at this month's prices."""
        now = offer.order_usd_per_t_by_node[stage][node].astype(np.float64)
        on_arrival = self.block.quoted_usd_per_t(offer, stage)[node] - now
        cost = now + self.block.monthly_discount**offer.wait_months * on_arrival
        if not is_eaten(self.block.forms[offer.form]):
            cost = cost + min(one.cost_usd_per_t for one in self.block.conversions if one.source == offer.form)
        return np.asarray(cost / self.weights[offer.form], dtype=np.float64)

    def order(self, view: View, rule: Rule, orders: Floats) -> None:
        """Fill ``orders`` (paths, offers) t: what would be missing sooner first, then up to the rule's target.

        What no lane within the usual wait has room for is asked of the slower ones.
        """
        stage = view.month.stage
        monthly = np.sum([form.demand_t for form in self.forms], axis=0)
        daily = monthly.mean() / DAYS_A_MONTH
        coming = self._coming(view)
        room = [lane.capacity_t_by_node[stage][view.month.node].copy() for lane in self.block.lanes]
        need = self._wanted_now(view)
        ordered = np.zeros(len(orders))
        for ahead in range(self.wait + 1):
            need = need + (monthly[min(stage + ahead, len(monthly) - 1)] if ahead else 0.0)
            position = coming[:, : ahead + 1].sum(axis=1) if ahead < self.wait else coming.sum(axis=1)
            target = need if ahead < self.wait else need + self._stock_t(rule, view, position + ordered - need, daily)
            missing = np.maximum(target - position - ordered, 0.0)
            missing[missing <= SMALLEST_ORDER * max(daily, SMALLEST_ORDER)] = 0.0
            if ahead >= self.soonest and missing.any():
                asked = self._asked(view)
                offers = [offer for offer in asked if self.reaches(offer) <= ahead]
                if ahead == self.wait:
                    offers += [offer for offer in asked if self.reaches(offer) > ahead]
                ordered = ordered + self._place(offers, missing, room, orders)

    def _place(self, offers: list[Offer], missing: Floats, room: list[Floats], orders: Floats) -> Floats:
        """Order ``missing`` usable t from the first of ``offers`` that have room; the usable t that were ordered."""
        total = np.zeros_like(missing)
        for offer in offers:
            number, weight = self.block.offers.index(offer), self.weights[offer.form]
            left = np.maximum(missing - total, 0.0)
            wanted = np.where(left > 0, np.maximum(left / weight, offer.minimum_t), 0.0)
            ordered = np.minimum(wanted, room[offer.lane])
            ordered = np.where(ordered < offer.minimum_t, 0.0, ordered)
            orders[:, number] += ordered
            room[offer.lane] = room[offer.lane] - ordered
            total = total + ordered * weight
        return total

    def _stock_t(self, rule: Rule, view: View, spare: Floats, daily: float) -> Floats | float:
        """The stock (t) the rule wants on top of all needs, when ``spare`` t are there already."""
        if rule.reorder_days is None:
            return _days(rule, view, self.weights) * daily
        return np.where(spare < rule.reorder_days * daily, rule.fill_days * daily, 0.0)

    def _wanted_now(self, view: View) -> Floats:
        return np.asarray(demand_t(self.block, view.month)[:, self.members].sum(axis=1), dtype=np.float64)

    def _asked(self, view: View) -> list[Offer]:
        """Offers in the order they are asked: by what they cost on average over the paths this month."""
        month = view.month
        return sorted(self.ranked, key=lambda offer: float(self.cost(offer, month.stage, month.node).mean()))

    def _coming(self, view: View) -> Floats:
        """Usable tonnes by the month from now in which the line can have them, (paths, months).

        Of metal on a slowed or closed lane only what still flows counts.
        """
        held, month, block = view.held, view.month, self.block
        longest = max((len(pipe.opening_t) for pipe in block.pipelines), default=0) + max(self.work) + 1
        coming = np.zeros((len(held.stock), max(longest, self.wait) + 1))
        for form, weight in enumerate(self.weights):
            coming[:, self.work[form]] += weight * held.stock[:, form]
        for pipeline, inside in zip(block.pipelines, held.pipes, strict=True):
            flowing = pipeline.flow_share_by_node[month.stage][month.node] * self.weights[pipeline.form]
            for step in range(inside.shape[1]):
                coming[:, step + 1 + self.work[pipeline.form]] += flowing * inside[:, step]
        for conversion, inside in zip(block.conversions, held.work, strict=True):
            for step in range(inside.shape[1]):
                coming[:, step + 1] += self.weights[conversion.target] * inside[:, step]
        return coming


def _days(rule: Rule, view: View, weights: Floats) -> Floats | float:
    if rule.dip_share is None:
        return rule.cover_days
    form = int(np.argmax(weights))
    history = view.reference[:, -rule.window_months :, form]
    is_dip = history[:, -1] <= (1.0 - rule.dip_share) * history.mean(axis=1)
    return rule.cover_days + np.where(is_dip, rule.extra_days, 0.0)


def _convert(view: View, rule: Rule, convert: Floats) -> None:
    """Turn source forms into what the line will want by the time the work is done, and the rule's own stock."""
    block, month = view.block, view.month
    stock = view.held.stock.copy()
    coming = np.zeros_like(stock)
    for conversion, inside in zip(block.conversions, view.held.work, strict=True):
        coming[:, conversion.target] += inside.sum(axis=1)
    need = demand_t(block, month)
    for number, conversion in enumerate(block.conversions):
        target = block.forms[conversion.target]
        days = rule.cover_days if rule.reorder_days is None else rule.fill_days
        later = target.demand_t[month.stage + 1 : month.stage + conversion.whole_months + 1].sum()
        wanted = need[:, conversion.target] + later + days * target.demand_t.mean() / DAYS_A_MONTH
        there = stock[:, conversion.target] + coming[:, conversion.target]
        missing = np.maximum(wanted - there, 0.0) / conversion.yield_share
        put_in = np.minimum(np.minimum(missing, stock[:, conversion.source]), conversion.capacity_t)
        convert[:, number] = put_in
        stock[:, conversion.source] -= put_in
        coming[:, conversion.target] += put_in * conversion.yield_share
