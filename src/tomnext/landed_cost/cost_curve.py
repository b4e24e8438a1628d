"""``price = cost + carbon``: the cost curve of routes at a carbon price, who is pushed out, what being clean is worth.

The curve is the merit order of microeconomics: makers sorted by cash cost plus carbon, each as wide as its capacity;
the price that clears a demand is the cost of the last maker needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tomnext.landed_cost.intensity import refuse_negative_price
from tomnext.vocabulary.errors import InfeasiblePlan, InputRejected
from tomnext.vocabulary.words import Text


@dataclass(frozen=True, slots=True)
class Maker:
    """A route or plant: capacity in kt a year, cash cost and carbon per tonne of metal (one currency throughout)."""

    name: str
    capacity_kt: float
    cash_cost_per_t: float
    tco2e_per_t: float

    def cost_per_t(self, carbon_price_per_tco2e: float) -> float:
        """Cash cost plus carbon, per tonne.

        >>> Maker("coal-fired", 10, 2000, 16.0).cost_per_t(50)
        2800.0
        """
        return self.cash_cost_per_t + self.tco2e_per_t * carbon_price_per_tco2e


@dataclass(frozen=True, slots=True)
class Step:
    """One maker on the curve: from which to which cumulative capacity (kt), at what cost per tonne, and how used."""

    maker: Maker
    from_kt: float
    to_kt: float
    cost_per_t: float
    used_kt: float


@dataclass(frozen=True, slots=True)
class Displacement:
    """A maker that supplies less at a carbon price than without: tonnes lost (kt) and its new cost per tonne."""

    maker: Maker
    used_without_kt: float
    used_with_kt: float
    cost_per_t: float
    exit_price_per_tco2e: float | None


def curve(makers: Sequence[Maker], carbon_price_per_tco2e: float, demand_kt: float | None = None) -> tuple[Step, ...]:
    """The merit order at a carbon price, cheapest first; ``used_kt`` is what a demand (kt) draws, or all capacity.

    Raises InputRejected for no makers, negative figures or a carbon price below zero.
    """
    _refuse(makers, carbon_price_per_tco2e)
    steps, start = [], 0.0
    for maker in sorted(makers, key=lambda one: (one.cost_per_t(carbon_price_per_tco2e), one.name)):
        end = start + maker.capacity_kt
        used = maker.capacity_kt if demand_kt is None else min(max(demand_kt - start, 0.0), maker.capacity_kt)
        steps.append(Step(maker, start, end, maker.cost_per_t(carbon_price_per_tco2e), used))
        start = end
    return tuple(steps)


def clearing_price_per_t(makers: Sequence[Maker], demand_kt: float, carbon_price_per_tco2e: float) -> float:
    """The cost per tonne of the last maker a demand (kt) needs; InfeasiblePlan when capacity falls short.

    >>> hydro, coal = Maker("hydro", 5, 1900, 2.0), Maker("coal", 5, 1700, 14.0)
    >>> clearing_price_per_t([hydro, coal], 6, 0), clearing_price_per_t([hydro, coal], 6, 50)
    (1900.0, 2400.0)
    """
    steps = curve(makers, carbon_price_per_tco2e, demand_kt)
    if steps[-1].to_kt < demand_kt:
        raise InfeasiblePlan(
            Text("The makers' capacity does not reach the demand.", "各廠產能不足以滿足需求。"),
            received=f"{demand_kt:g} kt",
            expected=f"≤ {steps[-1].to_kt:g} kt",
        )
    return max(step.cost_per_t for step in steps if step.used_kt > 0) if demand_kt > 0 else steps[0].cost_per_t


def pushed_out(makers: Sequence[Maker], demand_kt: float, carbon_price_per_tco2e: float) -> tuple[Displacement, ...]:
    """Makers that lose tonnes (kt) when carbon is priced, hardest hit first.

    ``exit_price_per_tco2e`` is the carbon price at which the maker's own cost meets the clearing price at this
    carbon price: above it the maker earns nothing. It is empty for a maker without emissions.
    """
    clearing = clearing_price_per_t(makers, demand_kt, carbon_price_per_tco2e)
    before = {step.maker: step.used_kt for step in curve(makers, 0.0, demand_kt)}
    after = {step.maker: step.used_kt for step in curve(makers, carbon_price_per_tco2e, demand_kt)}
    lost = [
        Displacement(
            maker,
            before[maker],
            after[maker],
            maker.cost_per_t(carbon_price_per_tco2e),
            (clearing - maker.cash_cost_per_t) / maker.tco2e_per_t if maker.tco2e_per_t else None,
        )
        for maker in makers
        if after[maker] < before[maker]
    ]
    return tuple(sorted(lost, key=lambda one: one.used_with_kt - one.used_without_kt))


def break_even_green_premium_per_t(
    clean_tco2e_per_t: float, dirty_tco2e_per_t: float, carbon_price_per_tco2e: float
) -> float:
    """What a tonne of the cleaner metal may cost more before the dirtier one with its carbon is cheaper.

    Negative when the "clean" one emits more. Same currency as the carbon price.

    >>> break_even_green_premium_per_t(4.0, 16.0, 25.0)
    300.0
    """
    return (dirty_tco2e_per_t - clean_tco2e_per_t) * carbon_price_per_tco2e


def _refuse(makers: Sequence[Maker], carbon_price_per_tco2e: float) -> None:
    refuse_negative_price(carbon_price_per_tco2e)
    if not makers:
        raise InputRejected(Text("No makers were given.", "未提供任何廠商或製程。"), expected="≥ 1")
    for maker in makers:
        if maker.capacity_kt <= 0 or maker.cash_cost_per_t < 0 or maker.tco2e_per_t < 0:
            raise InputRejected(
                Text(
                    "A maker's figures cannot be negative, nor its capacity zero.", "廠商數值不可為負，產能不可為零。"
                ),
                received=f"{maker.name}: {maker.capacity_kt} kt, {maker.cash_cost_per_t}, {maker.tco2e_per_t} t/t",
            )
