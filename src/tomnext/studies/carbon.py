"""What carbon adds to a tonne of metal: CBAM on a good of an origin on a day, with every step and its source."""

from dataclasses import dataclass

from tomnext.facts.kinds.carbon import CbamBenchmark, CbamCountry, CbamDefault, CbamScope
from tomnext.facts.load import Facts, load_facts
from tomnext.landed_cost.cbam import CarbonStep, CbamCharge, CbamRules, ImportedGood, cbam_charge
from tomnext.vocabulary.words import Language

CBAM = "carbon/eu/cbam"
CarbonQuestion = ImportedGood


@dataclass(frozen=True, slots=True)
class CarbonAnswer:
    """The charge and how to print it."""

    charge: CbamCharge

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
    return CarbonAnswer(cbam_charge(good, cbam_rules(facts or load_facts())))


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
