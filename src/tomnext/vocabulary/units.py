"""Units of mass and price with exact factors, and the one way to convert between them.

Troy ounce 31.1034768 g, avoirdupois pound 0.45359237 kg, short ton 907.18474 kg: exact by definition
(NIST Handbook 44, appendix C).
"""

from difflib import get_close_matches
from fractions import Fraction

from tomnext.vocabulary.errors import UnitMismatch
from tomnext.vocabulary.words import Text

GRAMS_IN: dict[str, Fraction] = {
    "mg": Fraction(1, 1000),
    "g": Fraction(1),
    "kg": Fraction(1000),
    "t": Fraction(1_000_000),
    "kt": Fraction(1_000_000_000),
    "oz": Fraction(311034768, 10_000_000),
    "koz": Fraction(311034768, 10_000),
    "moz": Fraction(311034768, 10),
    "lb": Fraction(45359237, 100_000),
    "short_ton": Fraction(90718474, 100),
}
"""Grams in one unit of mass; ``oz`` is the troy ounce, ``t`` the metric tonne, ``moz`` a million troy ounces."""

MINOR_CURRENCY: dict[str, tuple[str, Fraction]] = {"usc": ("usd", Fraction(1, 100))}
"""Quoted minor units: ``usc`` is the US cent."""


def mass_factor(from_unit: str, to_unit: str) -> float:
    """How many ``to_unit`` are in one ``from_unit`` (masses only).

    >>> round(mass_factor("t", "oz"), 4)
    32150.7466
    """
    return float(_grams(from_unit) / _grams(to_unit))


def price_factor(from_unit: str, to_unit: str) -> float:
    """What multiplies a price in ``from_unit`` to give it in ``to_unit``; both are ``currency_per_mass``.

    Raises UnitMismatch when the currencies differ: money is converted by a dated rate, never by a factor.

    >>> round(price_factor("usd_per_lb", "usd_per_t"), 4)
    2204.6226
    """
    from_money, from_mass = _split_price(from_unit)
    to_money, to_mass = _split_price(to_unit)
    from_currency, from_share = MINOR_CURRENCY.get(from_money, (from_money, Fraction(1)))
    to_currency, to_share = MINOR_CURRENCY.get(to_money, (to_money, Fraction(1)))
    if from_currency != to_currency:
        raise UnitMismatch(
            Text("A price cannot change its currency by a unit factor.", "價格不能只靠單位換算改變幣別。"),
            received=f"{from_unit} → {to_unit}",
            fix=Text("Convert with a dated exchange rate first.", "請先以有日期的匯率換算。"),
        )
    return float(from_share / to_share * _grams(to_mass) / _grams(from_mass))


def factor(from_unit: str, to_unit: str) -> float:
    """What multiplies a quantity in ``from_unit`` to give it in ``to_unit``: equal units, masses or prices.

    >>> factor("short_ton", "t")
    0.90718474
    """
    if from_unit == to_unit:
        return 1.0
    if ("_per_" in from_unit) != ("_per_" in to_unit):
        raise UnitMismatch(
            Text("A price and a quantity cannot become each other.", "價格與數量不能互相換算。"),
            received=from_unit,
            expected=to_unit,
        )
    return price_factor(from_unit, to_unit) if "_per_" in from_unit else mass_factor(from_unit, to_unit)


def _split_price(unit: str) -> tuple[str, str]:
    money, separator, mass = unit.partition("_per_")
    if not separator:
        raise UnitMismatch(
            Text("This is not a price unit.", "這不是價格單位。"),
            received=unit,
            expected="currency_per_mass, as in usd_per_t",
        )
    return money, mass


def _grams(unit: str) -> Fraction:
    try:
        return GRAMS_IN[unit]
    except KeyError:
        raise UnitMismatch(
            Text("This is not a known unit of mass.", "不認得這個重量單位。"),
            received=unit,
            expected=", ".join(GRAMS_IN),
            nearest=get_close_matches(unit, GRAMS_IN) or [known for known in GRAMS_IN if unit in known],
        ) from None
