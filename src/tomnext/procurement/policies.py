"""Rules of buying that people use, as functions of what a buyer sees: the plan is measured against these.

All order up to a target of metal on hand and under way, in tonnes the line can eat, from the cheapest lanes that are
open. They differ in the target: just in time covers the wait and nothing more; days of cover add a fixed stock;
(s, S) waits for a low and fills up; the newsvendor weighs a stop against a month's holding at today's price and never
looks at it again; dip buying adds months when the price is below its own average.

None is a straw man: when what is under way will not last until the usual lane can bring more (a late delivery, a
closed lane), the missing tonnes are ordered from the cheapest lane that is quick enough, and metal is converted in
time into the form the line eats, the rule's own days of stock included. A wait that is no whole month is shared out:
only what a lane or a shop brings by a month counts in it, so more is ordered or put in where a part would come too
late. Lanes are compared by the shortest way of pricing each offers; nobody who buys just in time fixes a price months
ahead.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tomnext.procurement.assembly import is_eaten
from tomnext.procurement.block import Block, Conversion, Offer
from tomnext.procurement.ledger import Decide, View, usable_weights
from tomnext.procurement.physics import Integers, Orders, demand_t
from tomnext.procurement.programme import Floats

DAYS_A_MONTH = 365.25 / 12
SMALLEST_ORDER = 1e-9
"""Days of use below which nothing is missing but a rounding error."""
RESERVE_DAYS = 7.0
"""The most a rule keeps in hand by asking a quicker lane (assumption Q52); a stock beyond it is there to be used."""
MOST = 0.5
"""A lane whose orders arrive over two months is quick enough for a month by which it brings this share (0–1)."""


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

    @property
    def reserve_days(self) -> float:
        """Days of use kept in hand when what is late is made good: the rule's own stock, a week of it at most."""
        return min(self.cover_days if self.reorder_days is None else self.reorder_days, RESERVE_DAYS)


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
        _convert(view, rule, orders, convert)
        is_last = view.month.stage == block.n_stages - 1
        share = 0.0 if is_last else rule.hedge_share
        futures = [share * float(hedge.limit_t[view.month.stage]) for hedge in block.hedges]
        return Orders(orders, convert, np.tile(futures, (n_paths, 1)))

    return decide


@dataclass(frozen=True)
class _Way:
    """An offer as the line sees it: usable t out of a tonne, and the share (0–1) of an order it can have by month."""

    number: int
    offer: Offer
    weight: float
    there_by: Floats

    @property
    def reaches(self) -> int:
        """Months until the line can have most of an order."""
        return int(np.argmax(self.there_by >= MOST))


class _Family:
    """The forms of one metal: what they are worth to the line, how long the usual lane takes, who is asked first."""

    def __init__(self, block: Block, metal: str) -> None:
        self.block = block
        self.weights = usable_weights(block) * np.array([form.metal == metal for form in block.forms])
        self.members = [number for number, form in enumerate(block.forms) if form.metal == metal]
        self.monthly = np.sum([block.forms[number].demand_t for number in self.members], axis=0)
        self.daily = float(self.monthly.mean()) / DAYS_A_MONTH
        self.made = [self._quickest(form) for form in range(len(block.forms))]
        longest = max((len(pipe.opening_t) for pipe in block.pipelines), default=0)
        self.n_months = longest + max((one.n_steps for one in block.conversions), default=0) + 2
        today = np.zeros(1, dtype=np.int64)
        self.ranked = sorted(self._usual(), key=lambda way: self.cost(way, 0, today)[0])
        needed = self._needed()
        self.wait = max((way.reaches for way in needed), default=0)
        self.tail = max((float((1.0 - way.there_by[self.wait :]).sum()) for way in needed), default=0.0)

    def _usual(self) -> list[_Way]:
        """The offers of usable forms by each lane's shortest way of pricing."""
        usable = [(number, one) for number, one in enumerate(self.block.offers) if self.weights[one.form] > 0]
        lanes = {one.lane for _, one in usable}
        shortest = {lane: min(one.wait_months for _, one in usable if one.lane == lane) for lane in lanes}
        return [self._way(number, one) for number, one in usable if one.wait_months == shortest[one.lane]]

    def _way(self, number: int, offer: Offer) -> _Way:
        """An offer with the months of its lane and, where its form is worked, of the shop behind it."""
        made = self.made[offer.form]
        there = np.zeros(self.n_months)
        for wait, share in offer.parts:
            for work, part in made.parts if made else [(0, 1.0)]:
                there[wait + work :] += share * part
        return _Way(number, offer, float(self.weights[offer.form]), there)

    def _needed(self) -> list[_Way]:
        """The cheapest offers whose lanes, all open, carry the use of a month together."""
        use, carried = float(self.monthly.mean()), 0.0
        needed: list[_Way] = []
        for way in self.ranked:
            if carried < use or not needed:
                needed.append(way)
                carried += float(self.block.lanes[way.offer.lane].capacity_t_by_node[0][0]) * way.weight
        return needed

    def _quickest(self, form: int) -> Conversion | None:
        """The conversion that makes a form eatable soonest; none for what is eaten as it is."""
        if is_eaten(self.block.forms[form]):
            return None
        made = [one for one in self.block.conversions if one.source == form]
        return min(made, key=lambda one: one.wait_months, default=None)

    def cost(self, way: _Way, stage: int, node: Integers) -> Floats:
        """What a usable tonne costs now by this offer in USD, conversion included, priced at this month's prices."""
        offer = way.offer
        now = offer.order_usd_per_t_by_node[stage][node].astype(np.float64)
        on_arrival = self.block.quoted_usd_per_t(offer, stage)[node] - now
        cost = now + self.block.monthly_discount**offer.wait_months * on_arrival
        if not is_eaten(self.block.forms[offer.form]):
            cost = cost + min(one.cost_usd_per_t for one in self.block.conversions if one.source == offer.form)
        return np.asarray(cost / way.weight, dtype=np.float64)

    def order(self, view: View, rule: Rule, orders: Floats) -> None:
        """Fill ``orders`` (paths, offers) t: what would be missing sooner first, then up to the rule's target.

        This month's use is known; the reserve is kept against the swings of the months after it. What no lane within
        the usual wait has room for is asked of the slower ones.
        """
        stage = view.month.stage
        room = [lane.capacity_t_by_node[stage][view.month.node].copy() for lane in self.block.lanes]
        asked = self._asked(view)
        there = self._coming(view).cumsum(axis=1)
        need = self._wanted_now(view)
        for ahead in range(self.wait + 1):
            need = need + (self._use(stage + ahead) if ahead else 0.0)
            quick = [way for way in asked if way.reaches <= ahead]
            kept = rule.reserve_days * self.daily if ahead else 0.0
            there += self._place(quick, need + kept - there[:, ahead], ahead, room, orders)
        spare = there[:, -1] - need - self.tail * self._use(stage + self.wait + 1)
        asked.sort(key=lambda way: way.reaches > self.wait)
        self._place(asked, self._stock_t(rule, view, spare) - spare, -1, room, orders)

    def _place(self, ways: list[_Way], missing: Floats, month: int, room: list[Floats], orders: Floats) -> Floats:
        """Order what is ``missing`` (usable t) by a month from the first of ``ways`` that have room.

        Returns the usable t of these orders there by every month, (paths, months).
        """
        there = np.zeros((len(missing), self.n_months))
        for way in ways:
            left = missing - there[:, month]
            left = np.where(left > SMALLEST_ORDER * max(self.daily, SMALLEST_ORDER), left, 0.0)
            least = np.where(orders[:, way.number] > 0, 0.0, way.offer.minimum_t)
            wanted = np.where(left > 0, np.maximum(left / (way.weight * way.there_by[month]), least), 0.0)
            ordered = np.minimum(wanted, room[way.offer.lane])
            ordered = np.where(ordered < least, 0.0, ordered)
            orders[:, way.number] += ordered
            room[way.offer.lane] = room[way.offer.lane] - ordered
            there += way.weight * ordered[:, None] * way.there_by
        return there

    def _use(self, stage: int) -> float:
        return float(self.monthly[min(stage, len(self.monthly) - 1)])

    def _stock_t(self, rule: Rule, view: View, spare: Floats) -> Floats | float:
        """The stock (t) the rule wants on top of all needs, when ``spare`` t are there already."""
        if rule.reorder_days is None:
            return _days(rule, view, self.weights) * self.daily
        return np.where(spare < rule.reorder_days * self.daily, rule.fill_days * self.daily, 0.0)

    def _wanted_now(self, view: View) -> Floats:
        return np.asarray(demand_t(self.block, view.month)[:, self.members].sum(axis=1), dtype=np.float64)

    def _asked(self, view: View) -> list[_Way]:
        """Offers in the order they are asked: by what they cost on average over the paths this month."""
        month = view.month
        return sorted(self.ranked, key=lambda way: float(self.cost(way, month.stage, month.node).mean()))

    def _coming(self, view: View) -> Floats:
        """Usable tonnes by the month from now in which the line can have them, (paths, months).

        Of metal on a slowed or closed lane only what still flows counts.
        """
        held, month, block = view.held, view.month, self.block
        arriving = np.zeros((len(block.forms), len(held.stock), self.n_months))
        arriving[:, :, 0] = held.stock.T
        for pipeline, inside in zip(block.pipelines, held.pipes, strict=True):
            flowing = pipeline.flow_share_by_node[month.stage][month.node]
            arriving[pipeline.form, :, 1 : inside.shape[1] + 1] += flowing[:, None] * inside
        coming = np.zeros_like(arriving[0])
        for form in np.flatnonzero(self.weights):
            coming += self.weights[form] * self._worked(arriving[form], self.made[form])
        for conversion, inside in zip(block.conversions, held.work, strict=True):
            coming[:, 1 : inside.shape[1] + 1] += self.weights[conversion.target] * inside
        return np.asarray(coming, dtype=np.float64)

    def _worked(self, arriving: Floats, made: Conversion | None) -> Floats:
        """What is arriving (paths, months) by the month the shop is done with it, loss aside, as fast as it can work.

        What is not done within the months looked at stands in the last of them.
        """
        if made is None:
            return arriving
        done, waiting = np.zeros_like(arriving), np.zeros(len(arriving))
        for month in range(self.n_months):
            waiting = waiting + arriving[:, month]
            put_in = np.minimum(waiting, made.capacity_t)
            waiting = waiting - put_in
            for work, part in made.parts:
                done[:, min(month + work, self.n_months - 1)] += part * put_in
        done[:, -1] += waiting
        return done


def _days(rule: Rule, view: View, weights: Floats) -> Floats | float:
    if rule.dip_share is None:
        return rule.cover_days
    form = int(np.argmax(weights))
    history = view.reference[:, -rule.window_months :, form]
    is_dip = history[:, -1] <= (1.0 - rule.dip_share) * history.mean(axis=1)
    return rule.cover_days + np.where(is_dip, rule.extra_days, 0.0)


def _convert(view: View, rule: Rule, orders: Floats, convert: Floats) -> None:
    """Turn source forms into what the line will want by the time the work is done, and the rule's own stock.

    What ``orders`` bring this very month is there to be used. Where some of what is put in comes out a month later,
    what is out by then must do for both months, and what is out first for the first.
    """
    block, stage = view.block, view.month.stage
    months = 1 + max((one.n_steps for one in block.conversions), default=0)
    held = np.zeros((*view.held.stock.shape, months))
    held[:, :, 0] = view.held.stock
    for number, offer in enumerate(block.offers):
        held[:, offer.form, 0] += orders[:, number] * sum(part for wait, part in offer.parts if wait == 0)
    for conversion, inside in zip(block.conversions, view.held.work, strict=True):
        held[:, conversion.target, 1 : inside.shape[1] + 1] += inside
    need = demand_t(block, view.month)
    days = rule.cover_days if rule.reorder_days is None else rule.fill_days
    for number, conversion in enumerate(block.conversions):
        use = block.forms[conversion.target].demand_t
        wanted = need[:, conversion.target] + days * use.mean() / DAYS_A_MONTH
        there, out, missing = held[:, conversion.target].cumsum(axis=1), 0.0, np.zeros(len(need))
        for wait, part in conversion.parts:
            out += part
            later = use[stage + 1 : stage + wait + 1].sum()
            missing = np.maximum(missing, (wanted + later - there[:, wait]) / out)
        missing = missing / conversion.yield_share
        put_in = np.minimum(np.minimum(missing, held[:, conversion.source, 0]), conversion.capacity_t)
        convert[:, number] = put_in
        held[:, conversion.source, 0] -= put_in
        for wait, part in conversion.parts:
            held[:, conversion.target, wait] += part * conversion.yield_share * put_in
