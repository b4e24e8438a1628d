"""A statement while it is being written: lines, what is spared, what is unknown, what was taken as given."""

from dataclasses import dataclass, field

from tomnext.landed_cost.shipment import LandedRules, Shipment
from tomnext.landed_cost.statement import Group, NotCharged, Rates, StatementLine, money_line
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.words import Text


@dataclass
class Ledger:
    """A statement while it is being written; amounts in the shipment's currencies."""

    shipment: Shipment
    rules: LandedRules
    rates: Rates
    customs_value_usd: float = 0.0
    days: float = 0.0
    usable_t: float = 0.0
    lines: list[StatementLine] = field(default_factory=list)
    not_charged: list[NotCharged] = field(default_factory=list)
    unknown: list[NotCharged] = field(default_factory=list)
    defaults: list[Text] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    def add(self, key: str, group: Group, label: Text, amount: float, currency: str, **more: object) -> None:
        """Write one line given in its own currency."""
        line = money_line(key, group, label, amount, currency, self.shipment.currency, self.rates, **more)
        self.lines.append(line)

    def usd(self, amount: float, currency: str) -> float:
        """An amount in US dollars by the dated rates."""
        return amount * self.rates.between(currency, "usd")

    def spare(self, key: str, label: Text, why: Text, citation: str | None = None) -> None:
        """Note something that is not charged."""
        self.not_charged.append(NotCharged(key, label, why, citation))
