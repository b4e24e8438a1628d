"""What CBAM costs a tonne of imported metal.

``certificates = max(0, embedded − benchmark × (1 − share))`` and ``cost = certificates × price − paid abroad``:
Regulation (EU) 2023/956 Articles 9, 21, 22 and 31 with Implementing Regulations (EU) 2025/2548 (price), 2025/2620
(free allocation adjustment) and 2025/2621 (default values). The cross-sectoral correction factor is taken as 1
(assumption C3).
"""

from dataclasses import dataclass, field, replace
from datetime import date

from tomnext.facts.kinds.base import DatedFact, DatedValue, Table
from tomnext.facts.kinds.carbon import CbamBenchmark, CbamCountry, CbamDefault, CbamScope, CertificatePrice
from tomnext.landed_cost.cbam_goods import (
    Scope,
    benchmark_of,
    clean_code,
    default_of,
    dotted,
    route_letter,
    scope_of,
)
from tomnext.vocabulary.errors import FactMissing, InputRejected
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.words import Text


@dataclass(frozen=True, slots=True)
class CbamRules:
    """The facts CBAM is computed from; a scenario replaces one of them."""

    scope: Table[CbamScope]
    countries: Table[CbamCountry]
    defaults: Table[CbamDefault]
    benchmarks: Table[CbamBenchmark]
    demand: DatedFact[str]
    share_pct: DatedFact[float]
    markup_pct: DatedFact[float]
    price: DatedFact[CertificatePrice]
    de_minimis_t: DatedFact[float]


@dataclass(frozen=True, slots=True)
class ImportedGood:
    """One good on its way into the Union and what its importer states about it.

    ``emissions_tco2e_per_t`` are verified actual direct emissions; ``default_value_tco2e_per_t`` a published base
    default value typed in by hand; ``price_eur_per_tco2e`` replaces the certificate price;
    ``paid_abroad_eur_per_t`` is carbon price effectively paid at origin per tonne of product, net of rebates;
    ``year_mass_t`` is all CBAM mass of the importer in the year.
    """

    cn_code: str
    origin: str
    on: date
    known_on: date | None = None
    route: str | None = None
    emissions_tco2e_per_t: float | None = None
    default_value_tco2e_per_t: float | None = None
    price_eur_per_tco2e: float | None = None
    paid_abroad_eur_per_t: float = 0.0
    year_mass_t: float | None = None


@dataclass(frozen=True, slots=True)
class CarbonStep:
    """One step of the sum: what it is, its figure with unit, and the fact behind it."""

    key: str
    label: Text
    value: float
    unit: str
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class CbamCharge:
    """The answer for one good: scope, certificates per tonne, price, cost per tonne, every step and every default."""

    cn_code: str
    origin: str
    on: date
    scope: Scope
    payable_tco2e_per_t: float = 0.0
    price_eur_per_tco2e: float | None = None
    cost_eur_per_t: float = 0.0
    route: str | None = None
    steps: tuple[CarbonStep, ...] = ()
    other_prices: tuple[Evidence, ...] = ()
    defaults_taken: tuple[Text, ...] = ()
    evidence: tuple[Evidence, ...] = field(default=())


def payable_tco2e_per_t(embedded_tco2e_per_t: float, benchmark_tco2e_per_t: float, share_pct: float) -> float:
    """Certificates owed per tonne of product: t CO2e per t, never below zero; ``share_pct`` is CBAM's share, 0–100.

    >>> round(payable_tco2e_per_t(1.265, 0.258, 2.5), 5)  # Taiwanese foil, 2026
    1.01345
    """
    return max(0.0, embedded_tco2e_per_t - benchmark_tco2e_per_t * (1.0 - share_pct / 100.0))


def cbam_charge(good: ImportedGood, rules: CbamRules) -> CbamCharge:
    """The charge in EUR per tonne on one good, or the reason why there is none.

    Raises InputRejected for a wrong code, country, route or negative figure; FactMissing when a value is in scope but
    not carried, or when no price had been published by ``known_on``.
    """
    code = clean_code(good.cn_code)
    _refuse_negative(good)
    scope = scope_of(code, good.origin, rules.scope, rules.countries)
    none = CbamCharge(dotted(code), good.origin.upper(), good.on, scope, evidence=_scope_evidence(scope))
    if not scope.in_scope:
        return none
    why_free = _why_nothing_is_owed(good, rules)
    if why_free is not None:
        return replace(none, defaults_taken=(why_free,))
    embedded, letter, steps, defaults = _embedded(code, good, rules)
    benchmark = benchmark_of(code, letter, rules.benchmarks)
    share = rules.share_pct.at(good.on, good.known_on)
    payable = payable_tco2e_per_t(embedded, benchmark.for_defaults_tco2e_per_t, share.value)
    steps += (
        _benchmark_step(benchmark, good.on),
        CarbonStep("share", Text("CBAM's share", "CBAM 占比"), share.value, "pct", rules.share_pct.evidence(share)),
        CarbonStep("payable", Text("certificates owed", "應繳憑證"), payable, "tco2e_per_t"),
    )
    price, price_steps, others, price_defaults = _price(good, rules)
    steps += price_steps
    cost = max(0.0, payable * price - good.paid_abroad_eur_per_t)
    if good.paid_abroad_eur_per_t:
        steps += (
            CarbonStep("paid_abroad", Text("paid at origin", "原產地已付"), -good.paid_abroad_eur_per_t, "eur_per_t"),
        )
        defaults += (Text("paid at origin is deducted in full (C4)", "原產地已付碳價全額扣抵（C4）"),)
    steps += (CarbonStep("cost", Text("CBAM cost", "CBAM 成本"), cost, "eur_per_t"),)
    return CbamCharge(
        none.cn_code, none.origin, good.on, scope, payable, price, cost, letter, steps, others,
        (*defaults, *price_defaults), (*none.evidence, *(step.evidence for step in steps if step.evidence)),
    )  # fmt: skip


def _scope_evidence(scope: Scope) -> tuple[Evidence, ...]:
    """The row of Annex I (or of the countries) that decided, as a footnote; nothing for a code no row names."""
    row = scope.row
    if row is None:
        return ()
    source = f"{row.source}, {row.locator}" if row.locator else row.source
    nature = Nature.ASSUMED if row.is_assumed else Nature.DECREED
    said = "in scope" if scope.in_scope else "not in scope"
    return (Evidence("carbon/eu/cbam/scope", said, None, nature, source, confidence=row.confidence.value),)


def _refuse_negative(good: ImportedGood) -> None:
    for name in ("emissions_tco2e_per_t", "default_value_tco2e_per_t", "price_eur_per_tco2e", "year_mass_t"):
        value = getattr(good, name)
        if value is not None and value < 0:
            raise InputRejected(
                Text("{name} is negative.", "{name} 為負值。").format(name=name), received=value, expected="≥ 0"
            )
    if good.paid_abroad_eur_per_t < 0:
        raise InputRejected(
            Text("A carbon price paid abroad is negative.", "原產地已付碳價為負值。"),
            received=good.paid_abroad_eur_per_t,
            expected="≥ 0",
        )


def _why_nothing_is_owed(good: ImportedGood, rules: CbamRules) -> Text | None:
    if not rules.demand.has(good.on, good.known_on):
        return Text("CBAM did not exist on that day", "該日 CBAM 尚未實施")
    if rules.demand.at(good.on, good.known_on).value == "reporting":
        return Text("transitional period: reports only, no certificates", "過渡期：僅申報，無須憑證")
    limit_t = rules.de_minimis_t.at(good.on, good.known_on).value
    if good.year_mass_t is not None and good.year_mass_t <= limit_t:
        return Text(
            "the importer stays within {limit} t a year, so no certificates are owed",
            "進口人全年不逾 {limit} 公噸，無須憑證",
        ).format(limit=f"{limit_t:g}")
    return None


def _embedded(
    code: str, good: ImportedGood, rules: CbamRules
) -> tuple[float, str | None, tuple[CarbonStep, ...], tuple[Text, ...]]:
    letter = route_letter(good.route)
    threshold = () if good.year_mass_t is not None else (
        Text("the importer is taken to exceed 50 t a year", "假定進口人全年逾 50 公噸"),
    )  # fmt: skip
    if good.emissions_tco2e_per_t is not None:
        defaults: tuple[Text, ...] = (
            Text("benchmark column B stands for A plus precursors (C2)", "以標竿 B 欄代替 A 欄加前驅物（C2）"),
        )
        if letter is None:
            letter = _route_of_default(code, good, rules)
            defaults += (
                Text("route taken from the default value: {r}", "生產路線取自預設值：{r}").format(r=letter or "–"),
            )
        step = CarbonStep(
            "embedded", Text("verified emissions", "查證排放量"), good.emissions_tco2e_per_t, "tco2e_per_t",
            Evidence("user/emissions", good.emissions_tco2e_per_t, "tco2e_per_t", Nature.ASSUMED, "stated by the user"),
        )  # fmt: skip
        return good.emissions_tco2e_per_t, letter, (step,), (*threshold, *defaults)
    base, evidence, route = _base_default(code, good, rules)
    if letter is not None and route is not None and letter != route:
        raise InputRejected(
            Text("The default value of this origin is for another route.", "此原產國的預設值屬於另一生產路線。"),
            received=letter,
            expected=route,
            fix=Text("Another route needs verified emissions: --emissions.", "其他路線須提供查證排放量：--emissions。"),
        )
    markup = rules.markup_pct.at(good.on, good.known_on)
    embedded = base * (1.0 + markup.value / 100.0)
    steps = (
        CarbonStep("default", Text("default value", "預設值"), base, "tco2e_per_t", evidence),
        CarbonStep("markup", Text("mark-up", "加成"), markup.value, "pct", rules.markup_pct.evidence(markup)),
        CarbonStep("embedded", Text("embedded emissions", "隱含排放量"), embedded, "tco2e_per_t"),
    )
    return (
        embedded,
        route or letter,
        steps,
        (*threshold, Text("default value, not actual emissions", "採預設值，非實際排放量")),
    )


def _base_default(code: str, good: ImportedGood, rules: CbamRules) -> tuple[float, Evidence, str | None]:
    if good.default_value_tco2e_per_t is not None:
        stated = good.default_value_tco2e_per_t
        return stated, Evidence("user/default_value", stated, "tco2e_per_t", Nature.ASSUMED, "stated by the user"), None
    row = default_of(code, good.origin, rules.defaults, rules.countries)
    evidence = Evidence(
        id=f"{rules.defaults.id}#{row.country}/{dotted(row.cn_code)}",
        value=row.base_tco2e_per_t,
        unit="tco2e_per_t",
        nature=Nature.ASSUMED if row.is_assumed else Nature.DECREED,
        source=f"{row.source}, {row.locator}" if row.locator else row.source,
        valid_from=date(2026, 1, 1),
        known_at=date(2025, 12, 31),
        confidence=row.confidence.value,
    )
    return row.base_tco2e_per_t, evidence, row.route


def _route_of_default(code: str, good: ImportedGood, rules: CbamRules) -> str | None:
    try:
        return default_of(code, good.origin, rules.defaults, rules.countries).route
    except FactMissing:
        return None


def _benchmark_step(row: CbamBenchmark, on: date) -> CarbonStep:
    evidence = Evidence(
        id=f"carbon/eu/cbam/benchmarks#{dotted(row.cn_code)}/{row.route or '-'}",
        value=row.for_defaults_tco2e_per_t,
        unit="tco2e_per_t",
        nature=Nature.DECREED,
        source=f"{row.source}, {row.locator}" if row.locator else row.source,
        valid_from=date(2026, 1, 1),
        confidence=row.confidence.value,
    )
    return CarbonStep("benchmark", Text("benchmark", "標竿值"), row.for_defaults_tco2e_per_t, "tco2e_per_t", evidence)


def _price(
    good: ImportedGood, rules: CbamRules
) -> tuple[float, tuple[CarbonStep, ...], tuple[Evidence, ...], tuple[Text, ...]]:
    label = Text("certificate price", "憑證價格")
    if good.price_eur_per_tco2e is not None:
        stated = good.price_eur_per_tco2e
        evidence = Evidence("user/carbon_price", stated, "eur_per_tco2e", Nature.ASSUMED, "stated by the user")
        return stated, (CarbonStep("price", label, stated, "eur_per_tco2e", evidence),), (), ()
    defaults: tuple[Text, ...] = ()
    if rules.price.has(good.on, good.known_on):
        span = rules.price.at(good.on, good.known_on)
        nature = Nature.ASSUMED if span.is_assumed else Nature.DECREED
    else:
        span, nature = _last_published(good, rules), Nature.ASSUMED
        defaults = (
            Text(
                "the price for {on} is not published; that of {start} to {end} stands in (C1)",
                "{on} 的價格尚未公布，暫以 {start} 至 {end} 之價格代替（C1）",
            ).format(on=good.on, start=span.in_force_from, end=span.in_force_to or "…"),
        )
    chosen = span.value
    step = CarbonStep("price", label, chosen.eur_per_tco2e, "eur_per_tco2e", _price_evidence(rules, span, nature))
    return chosen.eur_per_tco2e, (step,), _contradictions(rules, span), defaults


def _last_published(good: ImportedGood, rules: CbamRules) -> DatedValue[CertificatePrice]:
    known = [
        span for span in rules.price.spans
        if good.known_on is None or (span.known_from or span.in_force_from) <= good.known_on
    ]  # fmt: skip
    earlier = [span for span in known if span.in_force_from <= good.on]
    if not earlier:
        raise FactMissing(
            Text("No certificate price had been published.", "當時尚無已公布的憑證價格。"),
            received=f"on {good.on}, known on {good.known_on}",
            nearest=[f"{one.in_force_from} (published {one.known_from})" for one in rules.price.spans[:1]],
            fix=Text("Give a price with --carbon-price.", "請以 --carbon-price 提供價格。"),
        )
    return max(earlier, key=lambda one: one.in_force_from)


def _price_evidence(rules: CbamRules, span: DatedValue[CertificatePrice], nature: Nature) -> Evidence:
    return Evidence(
        id=rules.price.id,
        value=span.value.eur_per_tco2e,
        unit="eur_per_tco2e",
        nature=nature,
        source=span.source,
        valid_from=span.in_force_from,
        valid_to=span.in_force_to,
        known_at=span.known_from,
        confidence=span.value.confidence.value,
    )


def _contradictions(rules: CbamRules, span: DatedValue[CertificatePrice]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            id=rules.price.id,
            value=other.eur_per_tco2e,
            unit="eur_per_tco2e",
            nature=Nature.ASSUMED,
            source=other.source,
            valid_from=span.in_force_from,
            valid_to=span.in_force_to,
            known_at=span.known_from,
            confidence=other.confidence.value,
        )
        for other in span.value.contradicted_by
    )
