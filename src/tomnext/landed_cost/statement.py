"""The itemised statement of what a shipment costs at the gate: lines that sum to the total, each with its law.

Money is float64 in the statement's currency; the lines sum to the total to 1e-9 relative (convention 10). Foreign
amounts are converted by dated rates only: a currency without a rate is an error, never a guess.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from math import fsum

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.words import Text


class Group(StrEnum):
    """What kind of cost a line is; the order is the order of the statement and of its waterfall."""

    METAL = "metal"
    FREIGHT = "freight"
    DUTY = "duty"
    FEE = "fee"
    CARBON = "carbon"
    TAX = "tax"
    FINANCE = "finance"
    CONVERSION = "conversion"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Rate:
    """How many US dollars one unit of a currency is worth, on which day, and where that stands."""

    currency: str
    usd_per_unit: float
    observed_on: date
    nature: Nature
    source: str


class Rates:
    """Dated exchange rates by currency (ISO 4217 in lower case); the dollar needs none.

    >>> euro = Rate("eur", 1.17, date(2026, 9, 15), Nature.MEASURED, "ECB")
    >>> round(Rates([euro]).between("eur", "usd"), 4), Rates([]).between("usd", "usd")
    (1.17, 1.0)
    """

    def __init__(self, rates: Iterable[Rate] = ()) -> None:
        self._by_currency: Mapping[str, Rate] = {rate.currency: rate for rate in rates}

    def between(self, from_currency: str, to_currency: str) -> float:
        """Units of ``to_currency`` for one of ``from_currency``; InputRejected names the currency without a rate."""
        return self._usd(from_currency) / self._usd(to_currency)

    def used(self, *currencies: str) -> tuple[Rate, ...]:
        """The dated rates behind a conversion among currencies."""
        return tuple(self._by_currency[one] for one in currencies if one in self._by_currency)

    def _usd(self, currency: str) -> float:
        if currency == "usd":
            return 1.0
        rate = self._by_currency.get(currency)
        if rate is None:
            raise InputRejected(
                Text("There is no exchange rate for {c}.", "沒有 {c} 的匯率。").format(c=currency.upper()),
                received=currency,
                expected=", ".join(["usd", *sorted(self._by_currency)]),
                fix=Text(
                    "Give it with its day: [fx] {c} = {{usd_per_unit = …, on = 2026-01-31}}",
                    "請提供有日期的匯率：[fx] {c} = {{usd_per_unit = …, on = 2026-01-31}}",
                ).format(c=currency),
            )
        return rate.usd_per_unit


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line: its amount in the statement's currency, what it is charged on, at which rate, by whose authority.

    ``base_amount`` and ``own_amount`` are in ``own_currency``; ``rate`` times ``base_amount`` (with ``rate_unit``
    pct divided by 100) is ``own_amount``; lines that are plain amounts have no rate. ``key`` stays the same between
    two dates so that statements can be compared.
    """

    key: str
    group: Group
    label: Text
    amount: float
    currency: str
    own_amount: float
    own_currency: str
    base: str | None = None
    base_amount: float | None = None
    rate: float | None = None
    rate_unit: str | None = None
    authority: str | None = None
    citation: str | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    known_from: date | datetime | None = None
    nature: Nature = Nature.ASSUMED
    confidence: str | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class NotCharged:
    """Something a reader might expect to pay and does not, with the reason and the law."""

    key: str
    label: Text
    why: Text
    citation: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A shipment's landed cost on a day: lines, what is not charged, what cannot be told, what was taken as given.

    ``mass_t`` is what arrives, ``usable_t`` what is left in the wanted form; ``days`` from payment to use.
    """

    name: str
    on: date
    currency: str
    mass_t: float
    usable_t: float
    days: float
    customs_value: float
    lines: tuple[StatementLine, ...]
    not_charged: tuple[NotCharged, ...]
    unknown: tuple[NotCharged, ...]
    defaults: tuple[Text, ...]
    evidence: tuple[Evidence, ...]

    @property
    def total(self) -> float:
        """The sum of all lines in the statement's currency."""
        return fsum(line.amount for line in self.lines)

    @property
    def per_t(self) -> float:
        """The total per usable tonne, statement's currency per tonne."""
        return self.total / self.usable_t

    def of(self, *groups: Group) -> float:
        """The sum of the lines of some groups, statement's currency."""
        return fsum(line.amount for line in self.lines if line.group in groups)

    def without(self, key: str) -> "Statement":
        """The statement with one line left out."""
        return replace(self, lines=tuple(line for line in self.lines if line.key != key))


def money_line(
    key: str,
    group: Group,
    label: Text,
    own_amount: float,
    own_currency: str,
    currency: str,
    rates: Rates,
    **more: object,
) -> StatementLine:
    """A line whose amount is converted from its own currency into the statement's by a dated rate.

    >>> line = money_line("freight", Group.FREIGHT, Text("freight", "運費"), 100.0, "usd", "usd", Rates())
    >>> line.amount
    100.0
    """
    factor = rates.between(own_currency, currency)
    return StatementLine(
        key,
        group,
        label,
        own_amount * factor,
        currency,
        own_amount,
        own_currency,
        **more,  # type: ignore[arg-type]
    )
