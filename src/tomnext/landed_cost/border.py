"""What the border takes: duty, fees, carbon certificates and value-added tax, or why a zone or a rule spares them."""

from tomnext.landed_cost.cbam import CbamCharge
from tomnext.landed_cost.duty import Duty, DutyLine
from tomnext.landed_cost.finance import interest
from tomnext.landed_cost.free_zone import Treatment, treatment
from tomnext.landed_cost.freight import incoterm_named
from tomnext.landed_cost.ledger import Ledger
from tomnext.landed_cost.statement import Group, NotCharged
from tomnext.landed_cost.tax import fee_amount, vat_on
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Text


def buyer_clears(ledger: Ledger) -> bool:
    """Whether the buyer pays what the border takes (nothing is counted under DDP, and the ledger says so, no units)."""
    term = incoterm_named(ledger.shipment.carriage.incoterm, ledger.rules.incoterms)
    if not term.buyer_pays_duty:
        label = Text("duty, fees, carbon and VAT", "關稅、規費、碳費與加值稅")
        ledger.spare("import", label, Text("the seller clears and pays under DDP", "DDP 由賣方清關並負擔"), term.source)
    return term.buyer_pays_duty


def _spared(ledger: Ledger, charge: str, label: Text) -> Treatment | None:
    """The zone rule that spares a charge, noted in the ledger; nothing when there is none."""
    terms, shipment = ledger.shipment.terms, ledger.shipment
    if terms.zone is None:
        return None
    own = [one for one in ledger.rules.zones if one.id.startswith(f"free_zone/{terms.zone}/")]
    what = treatment(charge, terms.zone_case, own, shipment.on, shipment.known_on)
    if what.effect == "unknown":
        ledger.unknown.append(
            NotCharged(charge, label, Text("no rule of this zone is carried", "未收錄該區規定"), None)
        )
        return None
    if what.evidence is not None:
        ledger.evidence.append(what.evidence)
    if what.spares and what.evidence is not None:
        why = Text(f"{what.title.en} ({what.who.en})", f"{what.title.zh}（{what.who.zh}）")
        ledger.spare(charge, label, why, what.evidence.source)
        return what
    return None


def write_duty(ledger: Ledger, duty: Duty | float | None) -> None:
    """The duty as lines in US dollars, with what does not apply and what cannot be told, or why a zone spares it."""
    label = Text("customs duty", "關稅")
    if _spared(ledger, "customs_duty", label) is not None:
        return
    if isinstance(duty, float):
        value, stated = ledger.customs_value_usd, Text("customs duty, rate as stated", "關稅（自填稅率）")
        ledger.add(
            "duty/stated", Group.DUTY, stated, value * duty / 100, "usd",
            base="customs_value", base_amount=value, rate=duty, rate_unit="pct", citation="stated by the user",
        )  # fmt: skip
        return
    if duty is None:
        why = Text("no tariff of this territory is held", "未收錄該關稅領域之稅則")
        ledger.unknown.append(NotCharged("customs_duty", label, why))
        return
    for line in duty.lines:
        _duty_line(ledger, line)
    for silent in duty.not_applied:
        ledger.spare(f"duty/{silent.measure.path}", silent.measure.title, silent.why)
    for silent in duty.unknown:
        ledger.unknown.append(NotCharged(f"duty/{silent.measure.path}", silent.measure.title, silent.why))


def _duty_line(ledger: Ledger, line: DutyLine) -> None:
    ledger.evidence.append(line.evidence)
    value = ledger.customs_value_usd
    note = None
    if line.assumed:
        note = Text("; ".join(one.en for one in line.assumed), "；".join(one.zh for one in line.assumed))
    on_value = line.base_share is not None
    ledger.add(
        f"duty/{line.measure.path}", Group.DUTY, line.title, value * line.contribution_pct / 100, "usd",
        base=line.base, base_amount=value * line.base_share if line.base_share is not None else None,
        rate=line.rate_pct if on_value else None, rate_unit="pct" if on_value else None,
        authority=line.title.en, citation=line.source, in_force_from=line.in_force_from, in_force_to=line.in_force_to,
        known_from=line.evidence.known_at, nature=line.evidence.nature, confidence=line.confidence.value, note=note,
    )  # fmt: skip


def write_fees(ledger: Ledger) -> None:
    """Border fees in percent of the customs value, each in its own currency (usd, twd)."""
    shipment = ledger.shipment
    for fact in ledger.rules.fees:
        charge = fact.id.rsplit("/", 1)[-1]
        if _spared(ledger, charge, fact.title) is not None:
            continue
        if shipment.terms.fee_free:
            ledger.spare(fact.id, fact.title, Text("claimed free under a trade agreement", "依貿易協定主張免收"))
            continue
        if not fact.has(shipment.on, shipment.known_on):
            ledger.unknown.append(
                NotCharged(fact.id, fact.title, Text("no rate is carried for that day", "該日無費率資料"))
            )
            continue
        span = fact.at(shipment.on, shipment.known_on)
        fee = span.value
        value = ledger.customs_value_usd * ledger.rates.between("usd", fee.currency)
        amount = fee_amount(fee, value, shipment.carriage.by_sea)
        evidence = fact.evidence(span)
        if amount == 0:
            ledger.spare(
                fact.id, fact.title, Text("not due on this way or amount", "此運送方式或金額免收"), evidence.source
            )
            continue
        ledger.evidence.append(evidence)
        ledger.add(
            f"fee/{charge}", Group.FEE, fact.title, amount, fee.currency,
            base="customs_value", base_amount=value, rate=100 * amount / value, rate_unit="pct",
            authority=fact.title.en, citation=evidence.source,
            in_force_from=span.in_force_from, in_force_to=span.in_force_to,
            known_from=span.known_from, nature=evidence.nature, confidence=span.confidence.value,
        )  # fmt: skip


def write_carbon(ledger: Ledger, cbam: CbamCharge | None) -> None:
    """The CBAM certificates (EUR) of the shipment, or why there are none."""
    label = Text("CBAM certificates", "CBAM 憑證")
    if ledger.shipment.territory != "EU":
        return
    if cbam is None:
        why = Text("the value this needs is not carried", "未收錄所需之數值")
        ledger.unknown.append(NotCharged("carbon/eu/cbam", label, why))
        return
    if not cbam.scope.in_scope:
        row = cbam.scope.row
        ledger.spare("carbon/eu/cbam", label, cbam.scope.why, row.source if row else None)
        return
    ledger.defaults += cbam.defaults_taken
    if cbam.price_eur_per_tco2e is None:
        ledger.spare("carbon/eu/cbam", label, cbam.defaults_taken[0] if cbam.defaults_taken else cbam.scope.why)
        return
    ledger.evidence += [*cbam.evidence, *cbam.other_prices]
    mass = ledger.shipment.mass_t
    assumed = any(one.nature is Nature.ASSUMED for one in cbam.evidence)
    price, share = (next(step.evidence for step in cbam.steps if step.key == key) for key in ("price", "share"))
    ledger.add(
        "carbon/eu/cbam", Group.CARBON, label, cbam.cost_eur_per_t * mass, "eur",
        base="certificates_tco2e", base_amount=cbam.payable_tco2e_per_t * mass, rate=cbam.price_eur_per_tco2e,
        rate_unit="eur_per_tco2e", authority="Regulation (EU) 2023/956",
        citation=price.source if price else None, in_force_from=share.valid_from if share else None,
        in_force_to=share.valid_to if share else None, known_from=price.known_at if price else None,
        nature=Nature.ASSUMED if assumed else Nature.DECREED, confidence=price.confidence if price else None,
    )  # fmt: skip


def write_vat(ledger: Ledger) -> None:
    """Import VAT on customs value and duty, its recovery and the interest until then, in the statement's currency."""
    shipment, terms = ledger.shipment, ledger.shipment.terms
    label = Text("value-added tax on import", "進口加值稅")
    if shipment.territory == "US" or _spared(ledger, "vat", label) is not None:
        return
    rate_pct, citation, confidence, since = terms.vat_pct, "stated by the user", None, None
    if rate_pct is None:
        row = vat_on(shipment.destination, shipment.on, ledger.rules.vat)
        rate_pct, confidence, since = row.rate_pct, row.confidence.value, row.in_force_from
        citation = f"{row.source}, {row.locator}" if row.locator else row.source
    duties = sum(line.amount for line in ledger.lines if line.group is Group.DUTY)
    base = ledger.customs_value_usd * ledger.rates.between("usd", shipment.currency) + duties
    weak = confidence in (None, "low", "recall")
    more = {
        "base": "customs_value_and_duty", "base_amount": base, "rate": rate_pct, "rate_unit": "pct",
        "authority": label.en,
        "citation": citation, "in_force_from": since, "nature": Nature.ASSUMED if weak else Nature.DECREED,
        "confidence": confidence,
    }  # fmt: skip
    amount = base * rate_pct / 100
    ledger.add("tax/vat", Group.TAX, label, amount, shipment.currency, **more)
    if not terms.vat_recoverable:
        return
    back = Text("input VAT recovered", "進項稅額扣抵")
    ledger.add("tax/vat_recovered", Group.TAX, back, -amount, shipment.currency, **{**more, "rate": -rate_pct})
    if terms.vat_refund_days and terms.finance_pct:
        cost = interest(amount, terms.finance_pct, terms.vat_refund_days)
        ledger.add(
            "finance/vat", Group.FINANCE, Text("interest on VAT until refund", "加值稅退還前利息"), cost,
            shipment.currency,
            base="vat", base_amount=amount, rate=100 * cost / amount, rate_unit="pct", citation="act/360",
        )  # fmt: skip
