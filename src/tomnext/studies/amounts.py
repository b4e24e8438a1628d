"""Amounts as people write them: ``1,200 kg``, ``0.35 USD/oz``, ``60 USD/t/month``, ``０．５公噸``."""

import re
import unicodedata
from dataclasses import dataclass
from math import isfinite

from pydantic_core import PydanticCustomError

from tomnext.vocabulary.units import GRAMS_IN, mass_factor

MASS_WORDS = {
    "公噸": "t", "公斤": "kg", "公克": "g", "克": "g", "盎司": "oz", "金衡盎司": "oz", "磅": "lb", "短噸": "short_ton",
    "tonne": "t", "tonnes": "t", "mt": "t", "toz": "oz", "ozt": "oz", "lbs": "lb",
}  # fmt: skip
"""Other spellings of units of mass, in both languages."""
MONTH_WORDS = {"month", "mo", "月", "每月"}
CURRENCY_WORDS = {
    "美元": "USD",
    "新臺幣": "TWD",
    "台幣": "TWD",
    "臺幣": "TWD",
    "歐元": "EUR",
    "日圓": "JPY",
    "人民幣": "CNY",
}
_AMOUNT = re.compile(r"^\s*([-+]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")


@dataclass(frozen=True, slots=True)
class Price:
    """Money for a tonne, in the currency it was written in (ISO 4217); by month when the field says so."""

    per_t: float
    currency: str


def refuse(en: str, zh: str) -> PydanticCustomError:
    """A validation error that carries its words in both languages."""
    return PydanticCustomError("tomnext", "{en}", {"en": en, "zh": zh})


def mass_t(written: object) -> float:
    """A mass in tonnes from how it was written; refuses a bare number, a price, or another unit.

    >>> mass_t("1,200 kg"), mass_t("０．５公噸")
    (1.2, 0.5)
    """
    number, unit = _split(written, "1.2 t, 800 kg, 25,000 oz")
    return number * mass_factor(_mass_unit(unit, written), "t")


def mass_t_per_month(written: object) -> float:
    """A mass a month in tonnes; ``/month`` may be left out, another period may not be written."""
    number, unit = _split(written, "1.2 t/month, 800 kg/month")
    mass, _, period = unit.partition("/")
    if period and period.strip().casefold() not in MONTH_WORDS:
        raise refuse(
            f"“{written}” is not an amount of metal a month: write it as in 1.2 t/month",
            f"「{written}」不是每月用量，請寫成 1.2 公噸/月 或 1.2 t/month",
        )
    return number * mass_factor(_mass_unit(mass, written), "t")


def price(written: object) -> Price:
    """Money for a mass, brought to a tonne; the currency stays as written.

    >>> price("0.35 USD/oz").currency, round(price("0.35 USD/oz").per_t, 2)
    ('USD', 11252.76)
    """
    number, unit = _split(written, "0.35 USD/oz, 60 USD/t")
    money, _, mass = unit.partition("/")
    mass, _, period = mass.partition("/")
    if not mass or (period and period.strip().casefold() not in MONTH_WORDS):
        raise refuse(
            f"“{written}” is not a price: write money for a mass, as in 0.35 USD/oz",
            f"「{written}」不是價格，請寫成 0.35 USD/oz 這樣的單位",
        )
    return Price(number / mass_factor(_mass_unit(mass, written), "t"), _currency(money, written))


def charge(written: object) -> Price:
    """A price that is paid, never received: refuses what is below zero."""
    found = price(written)
    if found.per_t < 0:
        raise refuse(
            f"“{written}” is below zero; a cost is written without a minus sign", f"「{written}」小於零；成本不帶負號"
        )
    return found


def _split(written: object, example: str) -> tuple[float, str]:
    text = unicodedata.normalize("NFKC", str(written)).replace("−", "-")
    match = _AMOUNT.match(text)
    if match is None:
        raise refuse(
            f"“{written}” is not an amount: write it as in {example}", f"「{written}」不是數量，請寫成 {example}"
        )
    number, unit = float(match[1].replace(",", "")), match[2].replace(" per ", "/").strip()
    if not isfinite(number):
        raise refuse(f"“{written}” is not a finite amount", f"「{written}」不是有限的數量")
    if not unit:
        raise refuse(f"“{written}” has no unit: write it as in {example}", f"「{written}」沒有單位，請寫成 {example}")
    return number, unit


def _mass_unit(written: str, whole: object) -> str:
    unit = written.strip().casefold()
    unit = MASS_WORDS.get(unit, unit)
    if unit not in GRAMS_IN:
        raise refuse(
            f"“{whole}”: “{written}” is not a unit of mass; known are t, kg, g, oz (troy), lb, short_ton",
            f"「{whole}」：「{written}」不是重量單位，可用 t 公噸、kg 公斤、g 公克、oz 金衡盎司、lb 磅、short_ton 短噸",
        )
    return unit


def _currency(written: str, whole: object) -> str:
    code = CURRENCY_WORDS.get(written.strip(), written.strip().upper())
    if not _CURRENCY.match(code):
        raise refuse(
            f"“{whole}”: “{written}” is not a currency code (ISO 4217, as in USD, TWD, EUR)",
            f"「{whole}」：「{written}」不是幣別代碼（ISO 4217，例如 USD、TWD、EUR）",
        )
    return code
