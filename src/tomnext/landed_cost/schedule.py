"""Rates as a schedule prints them, read into parts that can be charged."""

import re
from dataclasses import dataclass

from tomnext.facts.kinds.tariff import Base, Unit

_NUMBER = r"(?P<rate>\d+(?:\.\d+)?)"
_METAL = r"(?P<metal>[a-z]+)"
_FORMS: tuple[tuple[re.Pattern[str], Unit, Base], ...] = (
    (re.compile(rf"{_NUMBER}%$"), Unit.PCT, Base.FULL_VALUE),
    (re.compile(rf"{_NUMBER}% on the value of the {_METAL} content$"), Unit.PCT, Base.CONTENT_VALUE),
    (re.compile(rf"{_NUMBER}¢/kg$"), Unit.USC_PER_KG, Base.WEIGHT),
    (re.compile(rf"{_NUMBER}¢/kg on {_METAL} content$"), Unit.USC_PER_KG, Base.CONTENT_WEIGHT),
)
_SPECIAL = re.compile(r"(?P<rate>[^()]+?)\s*\((?P<symbols>[^)]*)\)")


@dataclass(frozen=True, slots=True)
class Rate:
    """One part of a duty: a number in ``unit`` on a base, of a metal where the base is a content."""

    number: float
    unit: Unit
    base: Base
    metal: str | None = None


def rates(text: str) -> tuple[Rate, ...] | None:
    """The parts of a printed rate (percent, US cents per kg); none when Free; ``None`` when it cannot be read.

    >>> rates("17.6¢/kg on tungsten content + 3.8%")[1].number, rates("Free"), rates("16¢ each + 45%")
    (3.8, (), None)
    """
    if text.strip() == "Free":
        return ()
    parts = [_rate(part.strip()) for part in text.split(" + ")]
    return None if None in parts else tuple(part for part in parts if part is not None)


def special_rate(text: str | None, symbol: str) -> str | None:
    """The printed rate of one preference symbol in a special column (percent or Free), or nothing.

    >>> special_rate("Free (A,AU,S,SG) 2.75% (JP)", "JP"), special_rate("Free (A*,AU)", "KR")
    ('2.75%', None)
    """
    for found in _SPECIAL.finditer(text or ""):
        if symbol in [one.strip() for one in found["symbols"].split(",")]:
            return found["rate"].strip()
    return None


def _rate(text: str) -> Rate | None:
    for form, unit, base in _FORMS:
        if found := form.match(text):
            return Rate(float(found["rate"]), unit, base, found.groupdict().get("metal"))
    return None
