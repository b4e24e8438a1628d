"""What metal costs in two places, what moving it would leave, and what the market says of a duty by paying more.

``implied_probability`` reads a premium as the expected duty: (premium share − logistics share) / duty rate. It is an
upper reading while metal is still on the water and a number outside 0 to 1 says that the reading does not fit.
"""

from dataclasses import dataclass

from tomnext.vocabulary.units import price_factor

DAYS_A_YEAR = 360


@dataclass(frozen=True)
class MoveCosts:
    """What it takes to bring metal from one place to the other (assumption G7): USD/t, days, shares 0–1, percent.

    ``duty_share`` is of the price at origin; ``logistics_share`` is what a premium must pay before it speaks of a
    duty at all.
    """

    freight_usd_per_t: float
    handling_usd_per_t: float
    days_under_way: float
    finance_pct_a_year: float
    duty_share: float
    logistics_share: float = 0.015

    def per_t(self, price_usd_per_t: float) -> dict[str, float]:
        """Each cost in USD/t for metal at a price of USD/t."""
        return {
            "freight": self.freight_usd_per_t,
            "handling": self.handling_usd_per_t,
            "finance": price_usd_per_t * self.finance_pct_a_year / 100.0 * self.days_under_way / DAYS_A_YEAR,
            "duty": price_usd_per_t * self.duty_share,
        }


@dataclass(frozen=True)
class Gap:
    """One place over another: gross and net of moving, USD/t, the gross as a share of the cheaper place's price."""

    gross_usd_per_t: float
    net_usd_per_t: float
    share: float
    costs_usd_per_t: dict[str, float]


@dataclass(frozen=True)
class Clocked:
    """A market's price at the moment another one fixed, from its own closes before and after that moment.

    ``value`` is empty when the two closes lie further apart than the limit: then nobody can say what it was. Without
    a close before, the two markets close together and the close is the price.
    """

    before: float | None
    after: float
    value: float | None
    is_artefact: bool


@dataclass(frozen=True)
class ParityGap:
    """Shanghai over import parity, CNY/t: against the western close before it and the one after it.

    ``value`` is their mean, empty when the two readings lie further apart than the limit: then the gap is an artefact
    of closing times (a market that moved while the other was shut), not a premium anybody could earn.
    """

    before_cny_per_t: float
    after_cny_per_t: float | None
    parity_cny_per_t: float
    value_cny_per_t: float | None
    is_artefact: bool


def price_at(before: float | None, after: float, share: float, limit_share: float = 0.03) -> Clocked:
    """A price a ``share`` (0–1) of the way from one close to the next, straight in logarithms; any one unit.

    >>> price_at(100.0, 102.01, 0.5).is_artefact, round(price_at(100.0, 102.01, 0.5).value, 9)
    (False, 101.0)
    >>> price_at(114.4, 78.5, 0.73)
    Clocked(before=114.4, after=78.5, value=None, is_artefact=True)
    """
    if before is None:
        return Clocked(None, after, after, False)
    artefact = abs(after / before - 1.0) > limit_share
    return Clocked(before, after, None if artefact else before ** (1.0 - share) * after**share, artefact)


def venue_gap(far_usd_per_t: float, near_usd_per_t: float, costs: MoveCosts) -> Gap:
    """What selling in the far place leaves over buying in the near one, all in USD/t.

    >>> venue_gap(10100.0, 10000.0, MoveCosts(40, 10, 0, 5, 0.0)).net_usd_per_t
    50.0
    """
    parts = costs.per_t(near_usd_per_t)
    gross = far_usd_per_t - near_usd_per_t
    return Gap(gross, gross - sum(parts.values()), gross / near_usd_per_t, parts)


def implied_probability(premium_share: float, logistics_share: float, duty_share: float) -> float:
    """Probability (not clipped) of a duty of ``duty_share`` that a premium pays for, shares 0–1 of the near price.

    >>> round(implied_probability(0.31, 0.0, 0.50), 2)
    0.62
    """
    return (premium_share - logistics_share) / duty_share


def usd_per_t(price: float, unit: str) -> float:
    """A price in any unit of US dollars or cents per mass, as USD/t.

    >>> round(usd_per_t(5.8955, "usd_per_lb"), 1)
    12997.4
    """
    return price * price_factor(unit, "usd_per_t")


def import_parity_cny_per_t(
    west_usd_per_t: float, premium_usd_per_t: float, cny_per_usd: float, vat_share: float, duty_share: float = 0.0
) -> float:
    """What imported metal costs in Shanghai with tax, CNY/t, from a western price and a shipping premium in USD/t.

    >>> round(import_parity_cny_per_t(10000.0, 100.0, 7.0, 0.13))
    79891
    """
    return (west_usd_per_t + premium_usd_per_t) * cny_per_usd * (1.0 + duty_share) * (1.0 + vat_share)


def parity_gap(
    shanghai_cny_per_t: float, parity_before: float, parity_after: float | None, limit_share: float = 0.03
) -> ParityGap:
    """Shanghai's close (07:00 UTC) over parity at the western closes either side of it; all CNY/t.

    >>> parity_gap(100.0, 95.0, 96.0).value_cny_per_t, parity_gap(100.0, 70.0, 98.0).is_artefact
    (4.5, True)
    """
    before = shanghai_cny_per_t - parity_before
    if parity_after is None:
        return ParityGap(before, None, parity_before, before, False)
    after = shanghai_cny_per_t - parity_after
    artefact = abs(before - after) > limit_share * parity_before
    mean = (parity_before + parity_after) / 2.0
    return ParityGap(before, after, mean, None if artefact else (before + after) / 2.0, artefact)


def booked_as_certain(booked_usd_per_t: float, found_usd_per_t: float, tonnes: float = 1000.0) -> float:
    """What a premium booked as earned and found smaller on arrival costs, in USD for a tonnage (t).

    >>> booked_as_certain(3100.0, 106.0)
    2994000.0
    """
    return (booked_usd_per_t - found_usd_per_t) * tonnes
