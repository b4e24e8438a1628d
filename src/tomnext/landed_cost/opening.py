"""The first half of a statement: the price, the way under its Incoterm, and the value customs will tax."""

from tomnext.landed_cost.freight import Way, customs_value, incoterm_named, insurance_premium
from tomnext.landed_cost.ledger import Ledger
from tomnext.landed_cost.shipment import LandedRules, Shipment
from tomnext.landed_cost.statement import Group, Rates
from tomnext.vocabulary.errors import FactMissing, InputRejected
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Text


def opened(shipment: Shipment, rules: LandedRules, rates: Rates) -> Ledger:
    """The ledger with price, freight and insurance written and the customs value (US dollars) found.

    Raises InputRejected for an unknown Incoterm, a missing freight the buyer must pay, or a currency without a rate.
    """
    ledger = Ledger(shipment, rules, rates, usable_t=shipment.mass_t, defaults=list(shipment.defaults))
    if shipment.mass_t <= 0:
        raise InputRejected(Text("The mass must be above zero.", "數量必須大於零。"), received=shipment.mass_t)
    _write_price(ledger)
    way = _write_way(ledger)
    rule = next((one for one in rules.customs_values if one.territory == shipment.territory), None)
    if rule is None:
        raise FactMissing(
            Text("How {t} values imports is not carried.", "未收錄 {t} 的完稅價格規定。").format(t=shipment.territory),
            received=shipment.destination,
            expected=", ".join(one.territory for one in rules.customs_values),
        )
    if rule.is_assumed:
        ledger.defaults.append(
            Text(
                "what {t} counts into the customs value is recalled: {s}", "{t} 完稅價格之範圍憑記憶，未經查證：{s}"
            ).format(t=rule.territory, s=f"{rule.source}, {rule.locator}")
        )
    price = ledger.usd(shipment.price.total_per_t * shipment.mass_t, shipment.price.currency)
    ledger.customs_value_usd = customs_value(price, way, rule)
    return ledger


def _write_price(ledger: Ledger) -> None:
    price, mass = ledger.shipment.price, ledger.shipment.mass_t
    stated = Nature.ASSUMED
    ledger.evidence.append(price.evidence)
    parts = (
        ("metal", Text("metal at the exchange price", "金屬（交易所價格）"), price.metal_per_t, price.evidence.nature),
        ("premium", Text("premium", "升水"), price.premium_per_t, stated),
        ("fabrication", Text("maker's fabrication charge", "製造加工費"), price.fabrication_per_t, stated),
    )
    for key, label, per_t, nature in parts:
        if per_t or key == "metal":
            source = price.evidence.source if key == "metal" else "contract · 合約"
            ledger.add(
                key, Group.METAL, label, per_t * mass, price.currency,
                base="mass_t", base_amount=mass, rate=per_t, rate_unit=f"{price.currency}_per_t", nature=nature,
                citation=source,
            )  # fmt: skip


def _write_way(ledger: Ledger) -> Way:
    shipment, carriage = ledger.shipment, ledger.shipment.carriage
    term = incoterm_named(carriage.incoterm, ledger.rules.incoterms)
    citation = f"{term.source}, {term.term}"
    mass, currency = shipment.mass_t, carriage.currency
    origin = freight = 0.0
    if term.buyer_pays_origin:
        if carriage.origin_charges_per_t is None:
            ledger.defaults.append(Text("EXW without origin charges: taken as nil", "EXW 未提供出口地費用：以零計"))
        origin = (carriage.origin_charges_per_t or 0.0) * mass
        _way_line(ledger, "origin_charges", Text("to the port of loading", "出口地內陸與報關"), origin, citation)
    if term.buyer_pays_carriage:
        if carriage.freight_per_t is None:
            raise InputRejected(
                Text("Under {t} the buyer pays the freight, and none is given.", "{t} 由買方付運費，但未提供。").format(
                    t=term.term
                ),
                expected="freight_per_t",
                fix=Text(
                    "Give freight_per_t, or a price that includes it (CFR, CIF).",
                    "請提供 freight_per_t，或改用含運費條件。",
                ),
            )
        freight = carriage.freight_per_t * mass
        _way_line(ledger, "freight", Text("main carriage", "主運費"), freight, citation)
    insurance = 0.0
    if term.buyer_bears_transit_risk and term.insured_share is None:
        if carriage.insurance_pct is None:
            ledger.defaults.append(Text("the way is the buyer's risk and is not insured", "運送風險由買方負擔且未投保"))
        else:
            held = shipment.price.total_per_t * mass * ledger.rates.between(shipment.price.currency, currency)
            insurance = insurance_premium(held + origin + freight, carriage.insurance_pct)
            _way_line(
                ledger,
                "insurance",
                Text("cargo insurance, 110 % of CIF", "貨物保險（CIF 之 110 %）"),
                insurance,
                citation,
            )
    is_carried = not term.buyer_pays_carriage
    held_freight = (carriage.freight_in_price_per_t or 0.0) * mass * is_carried
    held_insurance = (carriage.insurance_in_price_per_t or 0.0) * mass * is_carried
    if is_carried and carriage.freight_in_price_per_t is None:
        ledger.defaults.append(
            Text(
                "freight inside the price is not stated: nothing is taken off the customs value",
                "未說明價內運費：完稅價格不予扣除",
            )
        )
    return Way(*(ledger.usd(one, currency) for one in (origin, freight, insurance, held_freight, held_insurance)))


def _way_line(ledger: Ledger, key: str, label: Text, amount: float, citation: str) -> None:
    ledger.add(key, Group.FREIGHT, label, amount, ledger.shipment.carriage.currency, citation=citation)
