"""Facts about what a border takes besides duty: value rules, fees, value-added tax, drawback."""

from datetime import date

from pydantic import Field

from tomnext.facts.kinds.base import DatedFact, Record, Row


class VatRate(Row, row="vat_rate"):
    """The standard rate of value-added tax on imports into a country (ISO code), percent, and since when."""

    country: str = Field(pattern=r"^[A-Z]{2}$")
    rate_pct: float = Field(ge=0, le=50)
    in_force_from: date
    in_force_to: date | None = None


class CustomsValue(Row, row="customs_value"):
    """Whether customs of a territory count freight and insurance to the border into the value they tax."""

    territory: str = Field(pattern=r"^[A-Z]{2}$")
    includes_freight: bool
    includes_insurance: bool


class Member(Row, row="customs_member"):
    """The customs territory a country belongs to (DE to EU, TW to TW)."""

    country: str = Field(pattern=r"^[A-Z]{2}$")
    territory: str = Field(pattern=r"^[A-Z]{2}$")


class BorderFee(Record):
    """A fee on the customs value: percent, with the least and most per entry in its currency; by sea only or always.

    ``waived_below`` is the amount under which nothing is collected.
    """

    rate_pct: float = Field(ge=0)
    currency: str = Field(pattern=r"^[a-z]{3}$")
    minimum: float | None = None
    maximum: float | None = None
    waived_below: float | None = None
    by_sea_only: bool = False


class BorderFeeFact(DatedFact[BorderFee], kind="border_fee"):
    """A border fee through time; its path names the territory (``tax/us/…``)."""


class Drawback(Row, row="drawback"):
    """Whether duties of a programme (a path below ``tariff/``) are refunded when the goods leave again."""

    programme: str
    allowed: str = Field(pattern=r"^(yes|no|unknown)$")
    refund_pct: float = Field(ge=0, le=100)
