"""Carbon prices paid where metal is made: Taiwan's carbon fee on a facility's emissions.

Climate Change Response Act (氣候變遷因應法) Article 28 and its fee rules: facilities above 25,000 t CO2e a year pay a
rate per tonne; industries at high risk of carbon leakage pay on a part of their emissions (coefficient 0.2 at first).
"""

from dataclasses import dataclass

from tomnext.landed_cost.intensity import refuse_negative_price


@dataclass(frozen=True, slots=True)
class OriginFee:
    """A fee paid at origin: rate per t CO2e, the part of emissions that pays (0–1), and the fee per tonne of metal.

    Money in ``currency``; what CBAM deducts is this, where it was effectively paid, at a dated exchange rate.
    """

    scheme: str
    currency: str
    rate_per_tco2e: float
    paying_share: float
    fee_per_t: float


def taiwan_fee(emissions_tco2e_per_t: float, rate_twd_per_tco2e: float, leakage_coefficient: float = 1.0) -> OriginFee:
    """The fee on a tonne of metal (TWD per t) carrying ``emissions_tco2e_per_t``, made above the threshold.

    >>> taiwan_fee(1.15, 300, 0.2).fee_per_t
    69.0
    """
    refuse_negative_price(rate_twd_per_tco2e)
    fee = emissions_tco2e_per_t * rate_twd_per_tco2e * leakage_coefficient
    return OriginFee("Taiwan carbon fee", "twd", rate_twd_per_tco2e, leakage_coefficient, fee)
