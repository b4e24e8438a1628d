"""What a curve pays or costs for carrying metal from one prompt to a later one.

Two signs, both named (convention 1):

* ``cash_minus_three_month_usd_per_t`` is near less far: positive is backwardation, metal is dear now.
* ``annualised_carry_pct`` is what the curve pays a holder who buys near and sells far (a *borrow*, convention 3),
  in percent of the near price a year on 360 days: positive is contango, negative is backwardation.

Between them: ``annualised_carry_pct = -cash_minus_three_month / cash * 360 / days * 100``.
"""

from dataclasses import dataclass

YEAR_DAYS = 360
"""Money-market year for US dollars and for metal leases: actual days over 360."""


def annualised_carry_pct(near_usd_per_t: float, far_usd_per_t: float, days: int) -> float:
    """Return of buying near and selling far, percent a year of the near price, actual/360; positive is contango.

    >>> annualised_carry_pct(10_000.0, 10_100.0, 90)
    4.0
    """
    return (far_usd_per_t - near_usd_per_t) / near_usd_per_t * YEAR_DAYS / days * 100


def implied_lease_rate_pct(money_rate_pct: float, carry_pct: float) -> float:
    """What lending the metal earns, percent a year (actual/360): the money rate less the curve's carry.

    Money lent on the swap earns the carry, so metal lent earns the rest; historically LIBOR less GOFO. The money rate
    must be of the same span and its name belongs beside the figure.

    >>> implied_lease_rate_pct(5.25, -3.0)
    8.25
    """
    return money_rate_pct - carry_pct


@dataclass(frozen=True, slots=True)
class FullCarry:
    """What holding one tonne between two prompts costs, in USD/t, and its three parts."""

    finance_usd_per_t: float
    rent_usd_per_t: float
    insurance_usd_per_t: float

    @property
    def total_usd_per_t(self) -> float:
        """Finance, rent and insurance together in USD/t: no contango can stay above it for long."""
        return self.finance_usd_per_t + self.rent_usd_per_t + self.insurance_usd_per_t

    def share_paid(self, near_usd_per_t: float, far_usd_per_t: float) -> float:
        """The contango as a share of full carry: 1 pays all of it, 0 is flat, negative is backwardation."""
        return (far_usd_per_t - near_usd_per_t) / self.total_usd_per_t


def full_carry(
    near_usd_per_t: float,
    days: int,
    money_rate_pct: float,
    rent_usd_per_t_day: float,
    insurance_pct_per_year: float,
) -> FullCarry:
    """The cost in USD/t of buying at the near price, storing and insuring for that many days and paying back the money.

    Finance is price x rate x days / 360, rent is a rate a day, insurance a percent of value a year of 360 days.

    >>> full_carry(10_000.0, 90, 4.0, 0.5, 0.1).total_usd_per_t
    147.5
    """
    year_share = days / YEAR_DAYS
    return FullCarry(
        finance_usd_per_t=near_usd_per_t * money_rate_pct / 100 * year_share,
        rent_usd_per_t=rent_usd_per_t_day * days,
        insurance_usd_per_t=near_usd_per_t * insurance_pct_per_year / 100 * year_share,
    )
