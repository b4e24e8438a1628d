"""What carbon adds to a tonne of metal: CBAM on a good of an origin on a day, with every step and its source."""

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tomnext.facts.kinds.carbon import CarbonIntensity, CbamBenchmark, CbamCountry, CbamDefault, CbamScope
from tomnext.facts.load import Facts, load_facts
from tomnext.landed_cost.carbon import OriginFee, taiwan_fee
from tomnext.landed_cost.cbam import CarbonStep, CbamCharge, CbamRules, ImportedGood, cbam_charge
from tomnext.landed_cost.cbam_goods import clean_code, scope_of
from tomnext.landed_cost.cost_curve import (
    Displacement,
    Maker,
    Step,
    clearing_price_per_t,
    curve,
    pushed_out,
)
from tomnext.landed_cost.intensity import RouteCarbon, carbon_of_routes
from tomnext.studies.duty import country
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Language, Text

CBAM = "carbon/eu/cbam"
CarbonQuestion = ImportedGood
FEE_TIERS = ("fee_standard", "fee_preferential_a", "fee_preferential_b")


@dataclass(frozen=True, slots=True)
class CarbonAnswer:
    """The charge and how to print it."""

    charge: CbamCharge
    paid_at_origin: tuple[OriginFee, ...] = ()

    def record(self, language: Language = Language.ENGLISH) -> dict[str, object]:
        """The answer as ``tomnext carbon --format json`` prints it."""
        charge = self.charge
        return {
            "cn_code": charge.cn_code,
            "origin": charge.origin,
            "on": charge.on.isoformat(),
            "in_scope": charge.scope.in_scope,
            "why": charge.scope.why.in_(language),
            "sector": charge.scope.sector,
            "route": charge.route,
            "payable_tco2e_per_t": charge.payable_tco2e_per_t,
            "price_eur_per_tco2e": charge.price_eur_per_tco2e,
            "cost_eur_per_t": charge.cost_eur_per_t,
            "lines": [_line(step, language) for step in charge.steps],
            "other_prices": [one.record() for one in charge.other_prices],
            "defaults": [one.in_(language) for one in charge.defaults_taken],
            "paid_at_origin": [asdict(one) for one in self.paid_at_origin],
            "source": [one.record() for one in charge.evidence],
        }


def cbam_rules(facts: Facts) -> CbamRules:
    """The facts of CBAM gathered for the core."""
    return CbamRules(
        scope=facts.table(f"{CBAM}/scope", CbamScope),
        countries=facts.table(f"{CBAM}/countries", CbamCountry),
        defaults=facts.table(f"{CBAM}/default_values", CbamDefault),
        benchmarks=facts.table(f"{CBAM}/benchmarks", CbamBenchmark),
        demand=facts.get(f"{CBAM}/definitive_period"),
        share_pct=facts.get(f"{CBAM}/phase_in"),
        markup_pct=facts.get(f"{CBAM}/default_value_markup"),
        price=facts.get(f"{CBAM}/certificate_price"),
        de_minimis_t=facts.get(f"{CBAM}/de_minimis"),
    )


def carbon_on(good: ImportedGood, facts: Facts | None = None) -> CarbonAnswer:
    """CBAM on one good: certificates per tonne, price, cost per tonne in EUR, and every line with its citation.

    >>> from datetime import date
    >>> foil = carbon_on(ImportedGood("7607", "TW", date(2026, 9, 15)))
    >>> round(foil.charge.payable_tco2e_per_t, 3), round(foil.charge.cost_eur_per_t, 1)
    (1.013, 83.4)
    """
    facts = facts or load_facts()
    charge = cbam_charge(named(good), cbam_rules(facts))
    return CarbonAnswer(charge, taiwan_fees(charge, good, facts) if charge.origin == "TW" else ())


def named(good: ImportedGood) -> ImportedGood:
    """The good with an origin typed as a name (Taiwan, 臺灣) as its ISO code; InputRejected names near ones."""
    typed = good.origin.strip()
    return good if len(typed) == 2 and typed.isascii() else replace(good, origin=country(typed))


def taiwan_fees(charge: CbamCharge, good: ImportedGood, facts: Facts) -> tuple[OriginFee, ...]:
    """Taiwan's carbon fee on a tonne of the good by tier: standard, preferential A and B, and at high leakage risk.

    The emissions are the verified ones, else the default value before its mark-up; nothing before the fee began. It is
    shown for comparison and deducted only when the user states what was paid.
    """
    emissions = next((step.value for step in charge.steps if step.key in ("default", "embedded")), None)
    standard = facts.get("carbon/tw/fee_standard")
    if emissions is None or not standard.has(good.on, good.known_on):
        return ()
    rates = [facts.value(f"carbon/tw/{name}", good.on, good.known_on).value for name in FEE_TIERS]
    coefficient = facts.get("carbon/tw/leakage_coefficient")
    fees = [taiwan_fee(emissions, rate) for rate in rates]
    if coefficient.has(good.on, good.known_on):
        fees.append(taiwan_fee(emissions, rates[0], coefficient.at(good.on, good.known_on).value))
    return tuple(fees)


def _line(step: CarbonStep, language: Language) -> dict[str, object]:
    return {
        "item": step.key,
        "label": step.label.in_(language),
        "value": step.value,
        "unit": step.unit,
        "nature": step.evidence.nature.value if step.evidence else "derived",
        "confidence": step.evidence.confidence if step.evidence else None,
        "source": step.evidence.source if step.evidence else None,
    }


@dataclass(frozen=True, slots=True)
class UkAnswer:
    """What is known of the UK's carbon border charge on a good on a day; the rate is not (``cost`` stays empty)."""

    in_scope: bool
    why: Text
    source: str | None

    def record(self, language: Language = Language.ENGLISH) -> dict[str, object]:
        """The answer with the keys of ``tomnext carbon``; figures nobody has published are null."""
        return {
            "into": "GB", "in_scope": self.in_scope, "why": self.why.in_(language), "payable_tco2e_per_t": None,
            "price_eur_per_tco2e": None, "cost_eur_per_t": None if self.in_scope else 0.0, "lines": [],
            "source": [self.source] if self.source else [],
        }  # fmt: skip


def carbon_into_uk(good: ImportedGood, facts: Facts | None = None) -> UkAnswer:
    """Whether the UK's charge (from 2027) covers a good; the sectors are the EU's metals, copper stays out.

    >>> from datetime import date
    >>> carbon_into_uk(ImportedGood("7607", "TW", date(2026, 9, 15))).in_scope
    False
    """
    facts = facts or load_facts()
    charge = facts.get("carbon/uk/cbam/goods_charge")
    rules = cbam_rules(facts)
    scope = scope_of(clean_code(good.cn_code), "CN", rules.scope, rules.countries)
    if not charge.has(good.on, good.known_on):
        start = charge.spans[0]
        return UkAnswer(
            False,
            Text("the UK charge begins on {day}", "英國機制自 {day} 起實施").format(day=start.in_force_from),
            start.source,
        )
    span = charge.at(good.on, good.known_on)
    if not (scope.in_scope and scope.sector in span.value.split()):
        return UkAnswer(False, Text("this sector is not listed", "未列入適用類別"), span.source)
    return UkAnswer(
        True, Text("in scope; no rate has been published that we could find", "在範圍內；尚未找到公告費率"), span.source
    )


@dataclass(frozen=True, slots=True)
class GreenPremium:
    """Two suppliers of the same good: what the first may charge more per tonne before the second is cheaper."""

    first: CbamCharge
    second: CbamCharge

    @property
    def break_even_eur_per_t(self) -> float:
        """EUR per tonne; positive when the first carries less carbon cost into the Union."""
        return self.second.cost_eur_per_t - self.first.cost_eur_per_t


def green_premium(first: ImportedGood, second: ImportedGood, facts: Facts | None = None) -> GreenPremium:
    """The break-even premium between two suppliers at the border, EUR per tonne.

    >>> from datetime import date
    >>> day = date(2026, 9, 15)
    >>> round(green_premium(ImportedGood("7601", "TW", day), ImportedGood("7601", "CN", day)).break_even_eur_per_t, 1)
    132.1
    """
    rules = cbam_rules(facts or load_facts())
    return GreenPremium(cbam_charge(named(first), rules), cbam_charge(named(second), rules))


@dataclass(frozen=True, slots=True)
class RouteCurve:
    """A metal's routes at a carbon price and, where makers with cash costs were given, the curve and who leaves it."""

    metal: str
    carbon_price_per_tco2e: float
    routes: tuple[RouteCarbon, ...]
    steps: tuple[Step, ...] = ()
    clearing_price_per_t: float | None = None
    clearing_price_without_carbon_per_t: float | None = None
    pushed_out: tuple[Displacement, ...] = ()

    def record(self) -> dict[str, object]:
        """The answer as ``tomnext carbon METAL --format json`` prints it."""
        return {
            "metal": self.metal,
            "carbon_price_per_tco2e": self.carbon_price_per_tco2e,
            "routes": [_route(one) for one in self.routes],
            "curve": [_step(one) for one in self.steps],
            "clearing_price_per_t": self.clearing_price_per_t,
            "clearing_price_without_carbon_per_t": self.clearing_price_without_carbon_per_t,
            "pushed_out": [_displaced(one) for one in self.pushed_out],
        }


def carbon_by_route(
    metal: str,
    carbon_price_per_tco2e: float,
    makers: Sequence[Maker] = (),
    demand_kt: float | None = None,
    facts: Facts | None = None,
) -> RouteCurve:
    """Carbon cost per tonne by route; with makers (user's cash costs) the cost curve and who is pushed out.

    Intensities are whole-chain figures with the boundary each source states; what a border charge counts is less
    (CBAM counts direct emissions of aluminium only).
    """
    facts = facts or load_facts()
    routes = carbon_of_routes(metal, facts.table("carbon/intensity", CarbonIntensity), carbon_price_per_tco2e)
    if not makers:
        return RouteCurve(metal, carbon_price_per_tco2e, routes)
    demand = demand_kt if demand_kt is not None else sum(maker.capacity_kt for maker in makers)
    return RouteCurve(
        metal,
        carbon_price_per_tco2e,
        routes,
        curve(makers, carbon_price_per_tco2e, demand),
        clearing_price_per_t(makers, demand, carbon_price_per_tco2e),
        clearing_price_per_t(makers, demand, 0.0),
        pushed_out(makers, demand, carbon_price_per_tco2e),
    )


def makers_in(file: Path) -> list[Maker]:
    """The makers of a TOML file: ``[[maker]]`` with name, capacity_kt, cash_cost_per_t and tco2e_per_t."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))["maker"]
        return [
            Maker(str(one["name"]), *(float(one[key]) for key in ("capacity_kt", "cash_cost_per_t", "tco2e_per_t")))
            for one in raw
        ]
    except FileNotFoundError:
        raise InputRejected(Text("There is no file at this place.", "這個位置沒有檔案。"), received=file) from None
    except (KeyError, TypeError, ValueError) as error:
        raise InputRejected(
            Text("The file of makers cannot be read.", "廠商檔案無法讀取。"),
            received=f"{file.name}: {error}",
            expected="[[maker]] name, capacity_kt, cash_cost_per_t, tco2e_per_t",
        ) from None


def _route(one: RouteCarbon) -> dict[str, object]:
    return {
        "route": one.row.route, "kind": one.row.kind, "tco2e_per_t": one.tco2e_per_t,
        "low_tco2e_per_t": one.low_tco2e_per_t,
        "high_tco2e_per_t": one.high_tco2e_per_t, "cost_per_t": one.cost_per_t, "low_cost_per_t": one.low_cost_per_t,
        "high_cost_per_t": one.high_cost_per_t, "boundary": one.row.boundary, "year": one.row.year,
        "nature": "assumed" if one.row.is_assumed else "decreed", "confidence": one.row.confidence.value,
        "source": one.row.source,
    }  # fmt: skip


def _step(one: Step) -> dict[str, object]:
    return {
        "maker": one.maker.name, "from_kt": one.from_kt, "to_kt": one.to_kt, "used_kt": one.used_kt,
        "cash_cost_per_t": one.maker.cash_cost_per_t, "tco2e_per_t": one.maker.tco2e_per_t,
        "cost_per_t": one.cost_per_t,
    }  # fmt: skip


def _displaced(one: Displacement) -> dict[str, object]:
    return {
        "maker": one.maker.name, "used_without_kt": one.used_without_kt, "used_with_kt": one.used_with_kt,
        "cost_per_t": one.cost_per_t, "exit_price_per_tco2e": one.exit_price_per_tco2e,
    }  # fmt: skip
