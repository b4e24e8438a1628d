"""From a shipment to its itemised statement: price, way, duty, fees, carbon, tax, finance, conversion, refunds.

Two steps, because the duty needs the customs value first: :func:`opening.opened` puts the price and the way into a
ledger and finds the customs value; :func:`landed` adds what law and money take and closes the statement.
"""

from datetime import date

from tomnext.landed_cost.border import buyer_clears, write_carbon, write_duty, write_fees, write_vat
from tomnext.landed_cost.cbam import CbamCharge
from tomnext.landed_cost.conversion import chain, convert
from tomnext.landed_cost.duty import Duty
from tomnext.landed_cost.finance import interest
from tomnext.landed_cost.ledger import Ledger
from tomnext.landed_cost.shipment import Shipment
from tomnext.landed_cost.statement import Group, NotCharged, Statement
from tomnext.landed_cost.tax import drawback_for
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Text


def landed(ledger: Ledger, duty: Duty | float | None, cbam: CbamCharge | None) -> Statement:
    """The statement closed: duty, fees, carbon, tax, finance, conversion and refunds, in that order.

    ``duty`` is what the tariff says or a rate the buyer states, in percent of the customs value; it is empty where no
    tariff of the territory is held: the statement then names it as unknown.
    """
    shipment = ledger.shipment
    if buyer_clears(ledger):
        write_duty(ledger, duty)
        write_fees(ledger)
        write_carbon(ledger, cbam)
        write_vat(ledger)
    _write_finance(ledger)
    _write_conversion(ledger)
    if shipment.terms.drawback:
        _write_drawback(ledger)
    return Statement(
        name=shipment.name,
        on=shipment.on,
        currency=shipment.currency,
        mass_t=shipment.mass_t,
        usable_t=ledger.usable_t,
        days=ledger.days,
        customs_value=ledger.customs_value_usd * ledger.rates.between("usd", shipment.currency),
        lines=tuple(ledger.lines),
        not_charged=tuple(ledger.not_charged),
        unknown=tuple(ledger.unknown),
        defaults=tuple(ledger.defaults),
        evidence=tuple(ledger.evidence),
    )


def _write_finance(ledger: Ledger) -> None:
    shipment, carriage = ledger.shipment, ledger.shipment.carriage
    transit = _transit_days(ledger)
    ledger.days += transit + carriage.storage_days
    days = transit + carriage.storage_days
    if shipment.terms.finance_pct is None:
        ledger.defaults.append(Text("no finance rate is given: no interest is charged", "未提供資金利率：不計利息"))
    elif days:
        principal = sum(line.amount for line in ledger.lines if line.group in (Group.METAL, Group.FREIGHT))
        cost = interest(principal, shipment.terms.finance_pct, days)
        ledger.add(
            "finance/transit", Group.FINANCE, Text("interest while under way and in store", "在途與倉儲期間利息"), cost,
            shipment.currency, base="price_and_freight", base_amount=principal,
            rate=shipment.terms.finance_pct * days / 360, rate_unit="pct",
            citation=f"act/360, {days:g} days at {shipment.terms.finance_pct:g} %",
        )  # fmt: skip
    if carriage.rent_per_t_day and carriage.storage_days:
        rent = carriage.rent_per_t_day * shipment.mass_t * carriage.storage_days
        ledger.add(
            "rent", Group.FINANCE, Text("warehouse rent", "倉租"), rent, carriage.currency, citation="contract · 合約"
        )


def _transit_days(ledger: Ledger) -> float:
    shipment = ledger.shipment
    if shipment.carriage.transit_days is not None:
        return shipment.carriage.transit_days
    lane = (shipment.origin, shipment.destination)
    row = next((one for one in ledger.rules.transit if (one.from_country, one.to_country) == lane), None)
    if row is None:
        ledger.defaults.append(Text("transit days are not given: taken as nil", "未提供在途天數：以零計"))
        return 0.0
    ledger.defaults.append(
        Text("transit of {d} days is a round figure (L53)", "在途 {d} 天為概數（L53）").format(d=f"{row.days:g}")
    )
    return row.days


def _write_conversion(ledger: Ledger) -> None:
    shipment = ledger.shipment
    if not shipment.use_form or shipment.use_form == shipment.form:
        return
    if not shipment.form or not shipment.metal:
        raise InputRejected(
            Text("use_form needs form and metal beside it.", "填 use_form 時須同時填 form 與 metal。"),
            received=shipment.use_form,
        )
    own = [one for one in ledger.rules.conversions if one.id.split("/")[1] == shipment.metal]
    steps = chain(shipment.form, shipment.use_form, own, shipment.on, shipment.known_on)
    worth = ledger.usd(shipment.price.metal_per_t, shipment.price.currency)
    for step in convert(steps, shipment.mass_t, worth, shipment.on, shipment.known_on):
        ledger.evidence.append(step.evidence)
        ledger.days += step.days
        ledger.usable_t = step.out_t
        rate = step.cost_usd / step.out_t
        ledger.add(
            step.fact.id, Group.CONVERSION, step.fact.title, step.cost_usd, "usd", base="mass_out_t",
            base_amount=step.out_t, rate=rate, rate_unit="usd_per_t", citation=step.evidence.source,
            nature=step.evidence.nature, confidence=step.evidence.confidence,
        )  # fmt: skip
        ledger.add(
            f"{step.fact.id}/scrap", Group.CONVERSION, Text("scrap of this step sold", "該道加工餘料變賣"),
            -step.scrap_value_usd, "usd", citation=step.evidence.source, nature=step.evidence.nature,
        )  # fmt: skip


def _write_drawback(ledger: Ledger) -> None:
    named = {"fee/merchandise_processing_fee": "us/fees/mpf", "fee/harbor_maintenance_fee": "us/fees/hmf"}
    for line in [one for one in ledger.lines if one.group in (Group.DUTY, Group.FEE)]:
        programme = named.get(line.key, line.key.removeprefix("duty/"))
        row = drawback_for(programme, ledger.rules.drawback)
        label = Text(f"drawback of {line.label.en}", f"退稅：{line.label.zh}")
        if row is None or row.allowed == "unknown":
            why = Text("whether it comes back is not verified", "是否退還未經查證")
            ledger.unknown.append(NotCharged(f"drawback/{line.key}", label, why, row.source if row else None))
        elif row.allowed == "no":
            ledger.spare(
                f"drawback/{line.key}", label, Text("no drawback on this programme", "此項目不予退稅"), row.source
            )
        else:
            ledger.add(
                f"drawback/{line.key}", Group.REFUND, label, -line.own_amount * row.refund_pct / 100, line.own_currency,
                base=line.key, base_amount=line.own_amount, rate=-row.refund_pct, rate_unit="pct", authority="drawback",
                citation=f"{row.source} {row.locator or ''}".strip(), confidence=row.confidence.value,
                nature=Nature.ASSUMED if row.is_assumed else Nature.DECREED,
            )  # fmt: skip


def duty_day(shipment: Shipment) -> date:
    """The day whose rates apply (a date): the entry, or admission to a zone whose rules fix the rate then."""
    admitted = shipment.terms.zone_admitted_on
    return admitted if admitted is not None and shipment.terms.zone_case == "domestic" else shipment.on
