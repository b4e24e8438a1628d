"""A shipment as the landed-cost statement needs it: typed, its price already found, its defaults already chosen."""

from dataclasses import dataclass
from datetime import date

from tomnext.facts.kinds.base import DatedFact, Table
from tomnext.facts.kinds.border_tax import BorderFee, CustomsValue, Drawback, VatRate
from tomnext.facts.kinds.conversion import ConversionFact
from tomnext.facts.kinds.free_zone import ZoneRuleFact
from tomnext.facts.kinds.freight import Incoterm, Transit
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.words import Text


@dataclass(frozen=True, slots=True)
class Price:
    """What the metal costs per tonne under the contract, in one currency, with the evidence of its exchange part."""

    currency: str
    metal_per_t: float
    premium_per_t: float
    fabrication_per_t: float
    evidence: Evidence

    @property
    def total_per_t(self) -> float:
        """Exchange price, premium and fabrication together, per tonne."""
        return self.metal_per_t + self.premium_per_t + self.fabrication_per_t


@dataclass(frozen=True, slots=True)
class Carriage:
    """The way: Incoterm, money per tonne in ``currency``, the insurance rate in percent, days, and how it travels.

    ``freight_in_price_per_t`` and ``insurance_in_price_per_t`` are what a C- or D-term price already holds.
    """

    incoterm: str
    currency: str
    origin_charges_per_t: float | None = None
    freight_per_t: float | None = None
    freight_in_price_per_t: float | None = None
    insurance_pct: float | None = None
    insurance_in_price_per_t: float | None = None
    transit_days: float | None = None
    storage_days: float = 0.0
    rent_per_t_day: float | None = None
    by_sea: bool = True


@dataclass(frozen=True, slots=True)
class Terms:
    """The buyer's own terms: money cost in percent a year, VAT, preference, and what happens to the goods afterwards.

    ``zone_case`` is stored, reexport or domestic; ``zone_admitted_on`` fixes the rate of a US zone.
    """

    finance_pct: float | None = None
    vat_pct: float | None = None
    vat_recoverable: bool = True
    vat_refund_days: float | None = None
    fee_free: bool = False
    zone: str | None = None
    zone_case: str = "domestic"
    zone_admitted_on: date | None = None
    drawback: bool = False


@dataclass(frozen=True, slots=True)
class Shipment:
    """One shipment: what, whence, whither, when, how much, at which price, over which way, on which terms.

    ``on`` is the day of entry, ``known_on`` the day of the reader; ``currency`` is the statement's; ``form`` is bought
    and ``use_form`` wanted.
    """

    name: str
    code: str
    origin: str
    destination: str
    territory: str
    on: date
    known_on: date | None
    currency: str
    mass_t: float
    metal: str | None
    form: str | None
    use_form: str | None
    price: Price
    carriage: Carriage
    terms: Terms
    defaults: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class LandedRules:
    """The facts a landed-cost statement is computed from, duty and CBAM apart."""

    incoterms: Table[Incoterm]
    transit: Table[Transit]
    customs_values: Table[CustomsValue]
    vat: Table[VatRate]
    drawback: Table[Drawback]
    fees: tuple[DatedFact[BorderFee], ...]
    zones: tuple[ZoneRuleFact, ...]
    conversions: tuple[ConversionFact, ...]
