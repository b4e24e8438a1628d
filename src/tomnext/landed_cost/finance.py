"""Interest on money that is tied up, actual days over 360 (the money-market convention for US dollars)."""

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text


def interest(principal: float, rate_pct: float, days: float) -> float:
    """Simple interest on a principal for some days at a yearly rate in percent, act/360; the principal's currency.

    >>> round(interest(100_000, 6.0, 30), 2)
    500.0
    """
    if days < 0:
        raise InputRejected(Text("Days cannot be negative.", "天數不可為負。"), received=days, expected="≥ 0")
    return principal * rate_pct / 100.0 * days / 360.0
