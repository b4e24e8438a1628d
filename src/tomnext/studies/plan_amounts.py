"""Amounts, prices and months of a plan as a metal's buyers write them; cells for every page and terminal."""

from datetime import date

from tomnext.studies.sections import Number, Sentence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.units import factor, mass_factor
from tomnext.vocabulary.words import Text

MILLION, THOUSAND = 1e6, 1e3
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def mass_unit(metal: Metal) -> str:
    """The unit a metal's buyers count in: kilograms of silver, troy ounces of gold and platinum, else tonnes."""
    if metal is Metal.SILVER:
        return "kg"
    return "oz" if metal.is_precious else "t"


def amount(metal: Metal, t: float) -> Sentence:
    """An amount of metal in its own unit with the unit behind it."""
    return Sentence(f"amount.{mass_unit(metal)}", {"n": amount_number(metal, t)})


def amount_number(metal: Metal, t: float) -> Number:
    """An amount of metal in its own unit, to three significant digits or whole units."""
    unit = mass_unit(metal)
    value = t / mass_factor(unit, "t")
    return Number(value, unit, 0 if abs(value) >= 100 else 1)


def metal_price(metal: Metal, usd_per_t: float) -> Sentence:
    """A price as quoted: USD an ounce of precious metal, else USD a tonne."""
    if metal.is_precious:
        return Sentence("price.oz", {"n": Number(usd_per_t * factor("usd_per_t", "usd_per_oz"), "usd_per_oz", 2)})
    return Sentence("price.t", {"n": Number(usd_per_t, "usd_per_t", 0)})


def money_a_unit(metal: Metal, usd_per_t: float) -> Sentence:
    """Money for one unit more of a metal, in the unit its buyers count in."""
    unit = mass_unit(metal)
    return Sentence(f"worth_a.{unit}", {"n": money(usd_per_t * mass_factor(unit, "t"))})


def money(usd: float, signed: bool = False) -> Sentence:
    """An amount of money to three or four digits, in millions, thousands or dollars."""
    size = abs(usd)
    if size >= MILLION:
        return Sentence("money.million", {"n": Number(usd / MILLION, "usd_million", 1 if size >= 1e7 else 2, signed)})
    if size >= THOUSAND:
        return Sentence(
            "money.thousand", {"n": Number(usd / THOUSAND, "usd_thousand", 0 if size >= 1e4 else 1, signed)}
        )
    return Sentence("money.dollar", {"n": Number(usd, "usd", 0, signed)})


def thousands(usd: float, signed: bool = False) -> Number:
    """Money for a column that counts in thousands."""
    return Number(usd / THOUSAND, "usd_thousand", 0, signed)


def month_name(month: date | str) -> Text:
    """A month in words.

    >>> month_name(date(2026, 5, 1)).en, month_name("2026-05").zh
    ('May 2026', '2026 年 5 月')
    """
    day = date.fromisoformat(f"{month}-01") if isinstance(month, str) else month
    return Text(f"{MONTH_NAMES[day.month - 1]} {day.year}", f"{day.year} 年 {day.month} 月")


def day_name(day: date | str) -> Text:
    """A day in words.

    >>> day_name("2026-05-31").en, day_name("2026-05-31").zh
    ('31 May 2026', '2026 年 5 月 31 日')
    """
    when = date.fromisoformat(day) if isinstance(day, str) else day
    return Text(
        f"{when.day} {MONTH_NAMES[when.month - 1]} {when.year}", f"{when.year} 年 {when.month} 月 {when.day} 日"
    )
