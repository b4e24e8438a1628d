"""How much carbon a tonne of metal carries, by route, with its range; and what that is worth at a carbon price."""

from collections.abc import Iterable
from dataclasses import dataclass

from tomnext.facts.kinds.carbon import CarbonIntensity
from tomnext.vocabulary.errors import FactMissing, InputRejected
from tomnext.vocabulary.words import Text


@dataclass(frozen=True, slots=True)
class RouteCarbon:
    """The carbon of one route and its cost per tonne of metal at a carbon price, in the price's currency.

    ``tco2e_per_t`` is the stated value, or the middle of a stated range; ``low`` and ``high`` equal it when no range
    is stated.
    """

    row: CarbonIntensity
    tco2e_per_t: float
    low_tco2e_per_t: float
    high_tco2e_per_t: float
    cost_per_t: float
    low_cost_per_t: float
    high_cost_per_t: float


def carbon_of_routes(
    metal: str, rows: Iterable[CarbonIntensity], carbon_price_per_tco2e: float
) -> tuple[RouteCarbon, ...]:
    """Every carried route, average and study of a metal with its carbon cost per tonne, cleanest first.

    A ceiling states only an upper end, so it stands for itself. Raises FactMissing when no intensity of the metal is
    carried, InputRejected for a negative carbon price.
    """
    refuse_negative_price(carbon_price_per_tco2e)
    rows = list(rows)
    own = [row for row in rows if row.metal == metal]
    if not own:
        raise FactMissing(
            Text("No carbon intensity of {metal} is carried.", "未收錄 {metal} 的碳強度。").format(metal=metal),
            received=metal,
            expected=", ".join(sorted({row.metal for row in rows})),
        )
    return tuple(sorted((_priced(row, carbon_price_per_tco2e) for row in own), key=lambda one: one.tco2e_per_t))


def refuse_negative_price(carbon_price_per_tco2e: float) -> None:
    """Raise InputRejected for a carbon price (per t CO2e) below zero."""
    if not carbon_price_per_tco2e >= 0:
        raise InputRejected(
            Text("A carbon price cannot be negative.", "碳價不可為負。"),
            received=carbon_price_per_tco2e,
            expected="≥ 0",
        )


def _priced(row: CarbonIntensity, price: float) -> RouteCarbon:
    ends = [one for one in (row.low_tco2e_per_t, row.high_tco2e_per_t) if one is not None]
    middle = row.tco2e_per_t if row.tco2e_per_t is not None else sum(ends) / len(ends)
    low, high = min([middle, *ends]), max([middle, *ends])
    return RouteCarbon(row, middle, low, high, middle * price, low * price, high * price)
