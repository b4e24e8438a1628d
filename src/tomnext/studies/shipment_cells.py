"""A shipment's cells, as typed by a user, made into numbers, days, shares and words; unknown keys are refused."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

KEYS = (
    "name", "code", "origin", "destination", "mass_t", "metal", "form", "use_form",
    "price_per_t", "price_basis", "quotation", "price_currency", "premium_per_t", "fabrication_per_t",
    "incoterm", "freight_currency", "origin_charges_per_t", "freight_per_t", "freight_in_price_per_t", "insurance_pct",
    "insurance_in_price_per_t", "transit_days", "storage_days", "rent_per_t_day", "by_sea",
    "finance_pct", "vat_pct", "vat_recoverable", "vat_refund_days", "fee_free", "zone", "zone_case", "zone_admitted_on",
    "drawback", "metal_shares", "weight_shares", "melted_in", "emissions", "route", "default_value", "carbon_price",
    "paid_abroad_eur_per_t", "year_mass_t", "currency", "friends", "declared", "duty_pct",
)  # fmt: skip
"""Every key a shipment, or the defaults of a file, may have."""

_YES = frozenset({"true", "yes", "1", "y", "是"})
_NO = frozenset({"false", "no", "0", "n", "否"})


class Cells:
    """The cells of one row over the file's defaults, read by key with a clear refusal for what cannot be read."""

    def __init__(self, row: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        for key in (*row, *defaults):
            if key not in KEYS:
                raise InputRejected(
                    Text("There is no such column.", "沒有這個欄位。"),
                    received=key,
                    nearest=get_close_matches(str(key), KEYS, n=3),
                )
        self._cells = {**defaults, **row}

    def has(self, key: str) -> bool:
        """Whether a key is filled."""
        return self._cells.get(key) not in (None, "")

    def text(self, key: str, default: str | None = None) -> str:
        """A word; InputRejected when it is missing and has no default."""
        if self.has(key):
            return _plain(self._cells[key])
        if default is None:
            raise InputRejected(Text("{key} is missing.", "缺少 {key}。").format(key=key), expected=key)
        return default

    def maybe(self, key: str) -> str | None:
        """A word or nothing."""
        return _plain(self._cells[key]) if self.has(key) else None

    def number(self, key: str) -> float | None:
        """A number or nothing; text that is not one is refused, thousands separators too (they are ambiguous)."""
        if not self.has(key):
            return None
        raw = self._cells[key]
        try:
            value = float(raw if isinstance(raw, int | float) else _plain(raw).replace("−", "-"))
        except ValueError:
            raise InputRejected(
                Text("{key} is not a number.", "{key} 不是數字。").format(key=key),
                received=raw,
                expected=Text("digits with a decimal point, as in 1234.5", "以小數點書寫的數字，例如 1234.5"),
            ) from None
        if value != value or value < 0:
            raise InputRejected(
                Text("{key} cannot be negative.", "{key} 不可為負。").format(key=key), received=raw, expected="≥ 0"
            )
        return value

    def amount(self, key: str, default: float) -> float:
        """A number or its default."""
        value = self.number(key)
        return default if value is None else value

    def flag(self, key: str, default: bool) -> bool:
        """Yes or no."""
        if not self.has(key):
            return default
        raw = self._cells[key]
        word = str(raw).casefold() if isinstance(raw, bool) else _plain(raw).casefold()
        if word not in _YES | _NO:
            raise InputRejected(
                Text("{key} is neither yes nor no.", "{key} 須填是或否。").format(key=key),
                received=raw,
                expected="true, false",
            )
        return word in _YES

    def day(self, key: str) -> date | None:
        """An ISO day or nothing."""
        if not self.has(key):
            return None
        raw = self._cells[key]
        return as_day(raw, key)

    def shares(self, key: str) -> dict[str, float]:
        """Shares by name: a table in TOML, ``copper=0.9;zinc=0.1`` in a cell."""
        if not self.has(key):
            return {}
        raw = self._cells[key]
        if isinstance(raw, Mapping):
            return {str(name): float(share) for name, share in raw.items()}
        pairs = [part.partition("=") for part in _plain(raw).replace(",", ";").split(";") if part.strip()]
        try:
            return {name.strip(): float(share) for name, _, share in pairs}
        except ValueError:
            raise InputRejected(
                Text("{key} cannot be read.", "{key} 無法判讀。").format(key=key),
                received=raw,
                expected="copper=0.9;zinc=0.1",
            ) from None

    def names(self, key: str) -> list[str]:
        """Several words: a list in TOML, separated by ``;`` or ``,`` in a cell."""
        if not self.has(key):
            return []
        raw = self._cells[key]
        parts = raw if isinstance(raw, list | tuple) else _plain(raw).replace(",", ";").split(";")
        return [str(part).strip() for part in parts if str(part).strip()]


def as_day(raw: object, key: str) -> date:
    """An ISO day, or InputRejected naming the key.

    >>> as_day("2025-12-01", "on")
    datetime.date(2025, 12, 1)
    """
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(_plain(raw)[:10])
    except ValueError:
        raise InputRejected(
            Text("{key} is not a date.", "{key} 不是日期。").format(key=key), received=raw, expected="YYYY-MM-DD"
        ) from None


def _plain(raw: object) -> str:
    return unicodedata.normalize("NFKC", str(raw)).strip()
