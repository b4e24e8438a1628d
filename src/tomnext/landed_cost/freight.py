"""What the buyer pays on the way under an Incoterm, and the value customs will tax.

Insurance covers 110 % of the CIF value including its own premium (Incoterms 2020, CIF and CIP, A5): with rate r on
1.1 × (C + F + I), the premium is I = 1.1 r (C + F) / (1 − 1.1 r).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from tomnext.facts.kinds.border_tax import CustomsValue
from tomnext.facts.kinds.freight import Incoterm
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

INSURED_SHARE = 1.1
"""Part of the CIF value that is insured."""


@dataclass(frozen=True, slots=True)
class Way:
    """Money of the way for a whole shipment, one currency: what the buyer pays and what the price already holds."""

    origin_charges: float
    freight: float
    insurance: float
    freight_in_price: float
    insurance_in_price: float


def incoterm_named(term: str, terms: Iterable[Incoterm]) -> Incoterm:
    """The rule of a three-letter code (no unit); InputRejected names the nearest of the eleven."""
    by_code = {one.term: one for one in terms}
    code = term.strip().upper()
    if code not in by_code:
        raise InputRejected(
            Text("This is not an Incoterm of 2020.", "這不是 2020 年版國貿條規。"),
            received=term,
            expected=", ".join(by_code),
            nearest=get_close_matches(code, by_code, n=3, cutoff=0.3),
        )
    return by_code[code]


def insurance_premium(cost_and_freight: float, rate_pct: float) -> float:
    """The premium on 110 % of the CIF value at a rate in percent of the insured value; same currency as the cost.

    >>> round(insurance_premium(10_000, 0.2), 4)
    22.0485
    """
    loaded = INSURED_SHARE * rate_pct / 100.0
    return loaded * cost_and_freight / (1.0 - loaded)


def customs_value(price: float, way: Way, rule: CustomsValue) -> float:
    """What customs tax, in the currency of its parts: the price with or without the way to the border.

    A territory that leaves the way out (the United States) takes back what the price holds of it.
    """
    value = price + way.origin_charges
    value += way.freight if rule.includes_freight else -way.freight_in_price
    value += way.insurance if rule.includes_insurance else -way.insurance_in_price
    return value
