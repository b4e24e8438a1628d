"""The price a contract refers to: an exchange's price of a day, or its average over a quotational period.

A quotational period (QP) is named against the month of shipment ``M``: ``M`` the month itself, ``M+1`` the month after,
``M-1`` the month before; the price is the arithmetic mean of the period's daily (or monthly) prices, the usual form of
LME contract pricing. Nothing later than the reader knows may enter: a period that has not ended is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum

from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.words import Text

LATEST_BACK = timedelta(days=7)
"""How far back the price of a day without trading may be taken (a long holiday, no more)."""


@dataclass(frozen=True, slots=True)
class QuotedPrice:
    """A price per unit of its series with the first and last day it rests on and how many days it averages."""

    value: float
    first: date
    last: date
    days: int


def quotational_period(quotation: str, on: date) -> tuple[date, date]:
    """First and last day of the period a contract names (``day``, ``M``, ``M+1``, ``M-2`` …) for a shipment day.

    ``last`` is the last price known by that day, however old: for a first look, never for a contract.

    >>> quotational_period("M+1", date(2025, 12, 1))
    (datetime.date(2026, 1, 1), datetime.date(2026, 1, 31))
    """
    if quotation in ("day", "last"):
        return on, on
    match = re.fullmatch(r"M([+-]\d{1,2})?", quotation.strip().upper())
    if match is None:
        raise InputRejected(
            Text("This is not a quotational period.", "這不是計價期間。"),
            received=quotation,
            expected="day, M, M+1, M-1, last",
        )
    month = on.year * 12 + on.month - 1 + int(match.group(1) or 0)
    first = date(month // 12, month % 12 + 1, 1)
    after = month + 1
    return first, date(after // 12, after % 12 + 1, 1) - timedelta(days=1)


def price_of_period(points: Sequence[tuple[date, float]], quotation: str, on: date) -> QuotedPrice:
    """The price of a day (or the last within a week before it), or the mean over a period; per unit of the series.

    ``points`` are (day, price) in day order. A monthly series is dated at the month's last day and so answers for its
    month. Raises ObservationMissing when the period holds no price or has not ended in the data.
    """
    first, last = quotational_period(quotation, on)
    if quotation in ("day", "last"):
        oldest = last - LATEST_BACK if quotation == "day" else date.min
        known = [point for point in points if oldest <= point[0] <= last]
        if not known:
            raise _nothing(points, first, last)
        return QuotedPrice(known[-1][1], known[-1][0], known[-1][0], 1)
    inside = [point for point in points if first <= point[0] <= last]
    if not inside or points[-1][0] < last - LATEST_BACK:
        raise _nothing(points, first, last)
    return QuotedPrice(fsum(value for _, value in inside) / len(inside), inside[0][0], inside[-1][0], len(inside))


def _nothing(points: Sequence[tuple[date, float]], first: date, last: date) -> ObservationMissing:
    return ObservationMissing(
        Text("No complete price for {a} to {b} is known.", "{a} 至 {b} 沒有完整的已知價格。").format(a=first, b=last),
        received=f"{first} – {last}",
        nearest=[str(points[0][0]), str(points[-1][0])] if points else [],
        fix=Text(
            "Give price_per_t, or another price_basis or quotation.",
            "請提供 price_per_t，或改用其他價格基準或計價期間。",
        ),
    )
