"""What a buyer knew at the beginning of each month of a replay, and what the border then really took.

Prices, volatility and squeezes are those available by the last day of the month before; law is that announced by that
day, for the months in which an order would arrive. What is paid is the law in force in the month of arrival.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from tomnext.observations.catalogue import series_named
from tomnext.observations.reading import Observations
from tomnext.procurement.block import Block, Promise
from tomnext.procurement.price_chain import DAYS_A_STAGE
from tomnext.procurement.programme import Floats
from tomnext.scenarios.lattice import Lattice
from tomnext.studies.company_sheet import CompanySheet
from tomnext.studies.plan_blocks import RESALE_SHARE, LaneCharges, PlannedBlock, lanes_of, planned_block
from tomnext.studies.plan_charges import Law, charges_of
from tomnext.studies.plan_prices import PriceView, end_of_month, first_of_month, price_view
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

STALE_DAYS = {"daily": 21, "weekly": 21}
STALE_DAYS_MONTHLY = 70
"""A monthly average of the month before last is the newest there is on the first of a month."""
PROMISE_CRUMB = 1e-3
"""A share of a promised stock below which nothing is missing but rounding."""


@dataclass(frozen=True)
class KnownPast:
    """A metal's months with what was known on the first day of each.

    ``views``: prices. ``announced``: by month, every lane's charges for that month and the ``reach`` months after it
    as announced then. ``paid``: every lane's charges in force, one figure a month.
    """

    metal: Metal
    months: tuple[date, ...]
    reach: int
    views: tuple[PriceView, ...]
    announced: tuple[dict[str, LaneCharges], ...]
    paid: dict[str, LaneCharges]


def months_between(start: date, end: date) -> tuple[date, ...]:
    """First days of the months from one to another, both inside; InputRejected for fewer than two.

    >>> len(months_between(date(2023, 11, 1), date(2024, 2, 1)))
    4
    """
    months = [first_of_month(start)]
    while (following := first_of_month(months[-1], 1)) <= end:
        months.append(following)
    if end < start:
        raise InputRejected(
            Text("The replay ends before it begins.", "重演的結束早於開始。"),
            received=f"{start:%Y-%m} – {end:%Y-%m}",
            fix=Text("Swap --from and --to.", "請對調 --from 與 --to。"),
        )
    if len(months) < 2:
        raise InputRejected(
            Text("A replay needs two months or more.", "重演至少需要兩個月。"),
            received=f"{start:%Y-%m} – {end:%Y-%m}",
            fix=Text("Let --to be a later month.", "請將 --to 設為較晚的月份。"),
        )
    return tuple(months)


def known_past(
    sheet: CompanySheet, metal: Metal, months: tuple[date, ...], source: Observations, reach: int,
    tell: Callable[[int], None] | None = None,
) -> KnownPast:  # fmt: skip
    """What was known month by month; ObservationMissing names the months for which there is no price.

    ``tell`` is told after every month how many are done.
    """
    views = _views(metal, months, source)
    lanes = lanes_of(sheet, (metal,))
    announced, paid = [], []
    for month, view in zip(months, views, strict=True):
        price = {metal: view.walk.price_usd_per_t}
        law_then = Law(month - timedelta(days=1), source)
        law_of_month = Law(end_of_month(month), source)
        announced.append(charges_of(sheet, lanes, month, reach, law_then, price).by_lane)
        paid.append(charges_of(sheet, lanes, month, 0, law_of_month, price).by_lane)
        if tell is not None:
            tell(len(paid))
    return KnownPast(metal, months, reach, views, tuple(announced), _one_a_month(paid))


def past_block(sheet: CompanySheet, known: KnownPast) -> PlannedBlock:
    """The past as a block (t, USD): one price a month, charges as paid, lanes by the sheet's chances.

    Metal left at the end is worth what it costs to buy again: the line goes on, and nobody sells.
    """
    then = in_months(sheet, 0, len(known.months))
    planned = planned_block(then, (known.metal,), _past_lattice(known), known.paid, flat_forward=True)
    return replace(planned, block=line_goes_on(planned.block))


def below_promise(promises: Sequence[Promise], stock_t: Floats) -> Floats:
    """Whether a promised stock was not there at a month's end, (draws, months) of 0 or 1; stock (.., .., forms) t."""
    short = np.zeros(stock_t.shape[:2], dtype=np.bool_)
    for promise in promises:
        short |= stock_t @ promise.weight < promise.need_t * (1.0 - PROMISE_CRUMB)
    return np.asarray(short, dtype=np.float64)


def as_it_looked(sheet: CompanySheet, known: KnownPast, past: Block) -> Block:
    """The past block (t, USD) with every offer at the price that a buyer reckoned with when ordering.

    Rules choose lanes by it; what they pay is in the past block.
    """
    then, lattice = in_months(sheet, 0, len(known.months)), _past_lattice(known)
    offers = list(past.offers)
    for delay in sorted({offer.delay for offer in past.offers}):
        looked = [
            planned_block(then, (known.metal,), lattice, _announced(known, delay, first), flat_forward=True).block
            for first in (0, 1)
        ]
        for number, offer in enumerate(past.offers):
            if offer.delay == delay:
                both = [block.offers[number].order_usd_per_t_by_node for block in looked]
                cost = tuple(both[stage % 2][stage] for stage in range(past.n_stages))
                offers[number] = replace(offer, order_usd_per_t_by_node=cost)
    return replace(past, offers=tuple(offers))


def _announced(known: KnownPast, delay: int, first: int) -> dict[str, LaneCharges]:
    """Charges by month of arrival as announced when ordering, ``delay`` months before and one more.

    Right for orders of every second month, from month ``first`` on: what of an order takes a month longer arrives
    where the main part of the next month's order does, which knew more.
    """
    n_months = len(known.months)
    placed = []
    for arrival in range(n_months):
        ordered = arrival - delay if (arrival - delay) % 2 == first else arrival - delay - 1
        ordered = max(ordered, 0)
        placed.append(_single(known.announced[ordered], min(arrival - ordered, known.reach)))
    return _one_a_month(placed)


def in_months(sheet: CompanySheet, first: int, count: int) -> CompanySheet:
    """The sheet with its use (t) in ``count`` months from month ``first`` of the replay; stated months repeat."""
    rows = []
    for row in sheet.metal:
        uses = row.use_per_month
        repeated = tuple(uses[(first + later) % len(uses)] for later in range(count))
        rows.append(row.model_copy(update={"use_per_month": repeated}))
    return sheet.model_copy(update={"metal": tuple(rows)})


def line_goes_on(block: Block) -> Block:
    """The block with metal left at the end worth the whole of what it costs to buy again (USD per t)."""
    worth = [replace(form, final_usd_per_t=form.final_usd_per_t / RESALE_SHARE) for form in block.forms]
    return replace(block, forms=tuple(worth))


def _views(metal: Metal, months: tuple[date, ...], source: Observations) -> tuple[PriceView, ...]:
    views, missing = [], []
    for month in months:
        try:
            view = price_view(metal, source, month - timedelta(days=1))
        except ObservationMissing:
            missing.append(month)
            continue
        views.append(view)
        if (month - view.observed_on).days > _stale_days(view):
            missing.append(month)
    if missing:
        raise _no_price(metal, missing, source)
    return tuple(views)


def _stale_days(view: PriceView) -> int:
    return STALE_DAYS.get(series_named(view.evidence[0].id).frequency, STALE_DAYS_MONTHLY)


def _no_price(metal: Metal, missing: Sequence[date], source: Observations) -> ObservationMissing:
    """The months without a price, and those that have one, told together; price_view's own error when none has."""
    last = price_view(metal, source)
    days = source.read([last.evidence[0].id])["observed_on"]
    first = first_of_month(min(days), 1)
    until = first_of_month(last.observed_on + timedelta(days=_stale_days(last)))
    some = ", ".join(f"{month:%Y-%m}" for month in missing[:3]) + (" …" if len(missing) > 3 else "")
    return ObservationMissing(
        Text(
            f"There is no price of {metal} for {len(missing)} of the months asked for.",
            f"所求月份中有 {len(missing)} 個月沒有{metal.title.zh}的價格。",
        ),
        received=some,
        expected=Text(f"months between {first:%Y-%m} and {until:%Y-%m}", f"{first:%Y-%m} 至 {until:%Y-%m} 之間的月份"),
        fix=Text(
            "Choose other months, or import prices with: tomnext import FILE --map MAP --store STORE",
            "請改選月份，或以 tomnext import 匯入價格",
        ),
    )


def _single(charges: dict[str, LaneCharges], later: int) -> dict[str, LaneCharges]:
    """One month's charges out of those announced."""
    return {name: one.frozen(later, 1) for name, one in charges.items()}


def _one_a_month(months: Sequence[dict[str, LaneCharges]]) -> dict[str, LaneCharges]:
    """Single months' charges side by side."""
    return {
        name: LaneCharges(
            np.array([one[name].duty_share[0] for one in months]),
            np.array([one[name].border_usd_per_t[0] for one in months]),
        )
        for name in months[0]
    }


def _past_lattice(known: KnownPast) -> Lattice:
    """The past as a lattice with one node a month."""
    walks = [view.walk for view in known.views]
    values = tuple(np.array([[walk.price_usd_per_t]]) for walk in walks)
    regimes = tuple(np.array([[int(walk.is_squeezed)]]) for walk in walks)
    days = tuple(DAYS_A_STAGE * stage for stage in range(len(walks)))
    ones = tuple(np.ones((1, 1)) for _ in walks[1:])
    return Lattice((f"{known.metal}_cash_usd_per_t",), values, ones, regimes, (known.metal.value,), days)
