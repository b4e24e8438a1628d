"""A dated curve: every quoted tenor on its prompt date, and what lies between.

Prices between two prompts lie on a straight line in days, the way the market deals a carry; nothing is read beyond
the first and the last prompt.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from tomnext.market.prompts import LmeCalendar, cash_prompt, months_on, prompt_for, third_wednesday, tom_prompt
from tomnext.vocabulary.errors import InputRejected, ObservationMissing
from tomnext.vocabulary.words import Text

CASH, TOM, THREE_MONTH = "cash", "tom", "3m"
_MONTHS = re.compile(r"(\d{1,3})m")
_LAST_DAILY_MONTH = 3


class Shape(StrEnum):
    """What every adjacent pair of prompts agrees on; mixed when they do not, halted when nothing is traded."""

    CONTANGO = "contango"
    BACKWARDATION = "backwardation"
    FLAT = "flat"
    MIXED = "mixed"
    HALTED = "halted"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One quoted tenor, the prompt date it has on the trade date, and its price in USD/t."""

    tenor: str
    prompt_date: date
    price_usd_per_t: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of one trade date in the order of their prompt dates."""

    trade_date: date
    points: tuple[CurvePoint, ...]

    def point(self, tenor: str) -> CurvePoint | None:
        """The point of a tenor, or nothing when it was not quoted."""
        return next((one for one in self.points if one.tenor == tenor), None)

    @property
    def shape(self) -> Shape:
        """Contango when every later prompt is dearer, backwardation when every later one is cheaper."""
        steps = {_sign(far.price_usd_per_t - near.price_usd_per_t) for near, far in pairwise(self.points)}
        if not steps:
            return Shape.NOT_KNOWN
        if len(steps) > 1:
            return Shape.MIXED
        return {1: Shape.CONTANGO, -1: Shape.BACKWARDATION, 0: Shape.FLAT}[steps.pop()]

    def price_usd_per_t(self, prompt_date: date) -> float:
        """The price in USD/t for any date between the first and last prompt, straight-line in days on the carry.

        Raises ObservationMissing, naming both ends, outside them.

        >>> ends = (CurvePoint("cash", date(2025, 6, 20), 9700.0), CurvePoint("3m", date(2025, 9, 18), 9610.0))
        >>> Curve(date(2025, 6, 18), ends).price_usd_per_t(date(2025, 7, 20))
        9670.0
        """
        for near, far in pairwise(self.points):
            if near.prompt_date <= prompt_date <= far.prompt_date:
                share = (prompt_date - near.prompt_date) / (far.prompt_date - near.prompt_date)
                return near.price_usd_per_t + share * (far.price_usd_per_t - near.price_usd_per_t)
        raise ObservationMissing(
            Text("The curve does not reach this prompt date.", "曲線未涵蓋這個交割日。"),
            received=prompt_date,
            nearest=[f"{one.tenor} {one.prompt_date}" for one in (*self.points[:1], *self.points[-1:])],
        )

    def near_minus_far_usd_per_t(self, near: date, far: date) -> float:
        """The near price less the far price in USD/t between two prompt dates: positive is backwardation."""
        return self.price_usd_per_t(near) - self.price_usd_per_t(far)


def dated_curve(trade_date: date, prices_usd_per_t: Mapping[str, float], calendar: LmeCalendar) -> Curve:
    """The curve of a trade date from whatever tenors were quoted (``cash``, ``tom``, ``3m``, ``12m``…), in USD/t.

    A tom price on a day without tom is left out. Raises InputRejected for a tenor that has no prompt date.
    """
    dated = ((tenor, tenor_prompt(tenor, trade_date, calendar), price) for tenor, price in prices_usd_per_t.items())
    points = [CurvePoint(tenor, prompt, price) for tenor, prompt, price in dated if prompt is not None]
    return Curve(trade_date, tuple(sorted(points, key=lambda one: one.prompt_date)))


def tenor_prompt(tenor: str, trade_date: date, calendar: LmeCalendar) -> date | None:
    """The prompt date a tenor has on a trade date.

    To three months it is the day itself, moved by the rulebook; beyond, the third Wednesday of that month, because no
    other day that far out is listed every day (assumption M4).
    """
    if tenor == CASH:
        return cash_prompt(trade_date, calendar)
    if tenor == TOM:
        return tom_prompt(trade_date, calendar)
    written = _MONTHS.fullmatch(tenor)
    if written is None or int(written.group(1)) == 0:
        raise InputRejected(
            Text("This tenor has no prompt date.", "這個期別沒有對應的交割日。"),
            received=tenor,
            expected="cash, tom, 3m, 12m, 15m, 24m, 27m …",
        )
    wanted = months_on(trade_date, int(written.group(1)))
    if int(written.group(1)) <= _LAST_DAILY_MONTH:
        return prompt_for(wanted, calendar)
    return prompt_for(third_wednesday(wanted), calendar)


def is_tenor(word: str) -> bool:
    """Whether a word of a series name is a tenor with a prompt date.

    >>> is_tenor("12m"), is_tenor("settlement")
    (True, False)
    """
    return word in (CASH, TOM) or _MONTHS.fullmatch(word) is not None


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
