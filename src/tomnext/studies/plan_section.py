"""The plan as sentences, tables and a chart: one section for the terminal, the brief and every other page."""

from collections.abc import Iterator

from tomnext.procurement.policies import DAYS_A_MONTH
from tomnext.studies.buying_plan import BuyingPlan, MetalPlan
from tomnext.studies.plan_amounts import amount, day_name, metal_price, money, month_name
from tomnext.studies.plan_figures import KINDS
from tomnext.studies.plan_tables import frontier_chart, tables_of
from tomnext.studies.sections import Cell, Number, Section, Sentence
from tomnext.vocabulary.words import Text

WORTH_TELLING_DAYS = 5.0
REASON_SHARE = 0.1
"""A kind of cost is named as a reason when it makes at least this share of the largest."""


def plan_section(plan: BuyingPlan) -> Section:
    """The whole answer as a section; its words are the topic ``plan``."""
    evidence = dict.fromkeys(note for one in plan.metals for note in one.evidence)
    return Section(
        "plan",
        sentences=tuple(sentence for one in plan.metals for sentence in _sentences(one)),
        charts=(frontier_chart(plan.metals),),
        tables=tuple(tables_of(plan.metals)),
        notes=tuple(_notes(plan)),
        evidence=tuple(evidence),
        topic="plan",
    )


def _sentences(one: MetalPlan) -> Iterator[Sentence]:
    if one.planned_with:
        titles = [other.title for other in one.planned_with]
        others = Text(", ".join(title.en for title in titles), "、".join(title.zh for title in titles))
        yield Sentence("together", {"metal": one.metal.title, "others": others})
    yield _hold(one)
    yield from _split(one)
    yield _buy(one)
    yield _hedge(one)
    yield from _cost(one)
    yield from _promises(one)
    yield from _resilience(one)
    yield from _changes(one)
    yield _certificate(one)


def _hold(one: MetalPlan) -> Sentence:
    days = one.target_days_of_cover
    mean, most = sum(days) / len(days), max(days)
    held = one.use_t_per_month * mean / DAYS_A_MONTH
    return Sentence(
        "hold",
        {
            "metal": one.metal.title,
            "days": _days(mean),
            "amount": amount(one.metal, held),
            "now": _days(days[0]),
            "month": month_name(one.months[0]),
            "most": _days(most),
            "peak": month_name(one.months[days.index(most)]),
        },
    )


def _split(one: MetalPlan) -> Iterator[Sentence]:
    """How much of the stock guards the line and how much guards against a dear market."""
    mean, own = one.sweep[0], one.plan
    more = own.mean_days_of_cover - mean.mean_days_of_cover
    if mean.weight != 0 or more < WORTH_TELLING_DAYS:
        return
    yield Sentence(
        "split",
        {
            "days": _days(mean.mean_days_of_cover), "more": _days(more),
            "cost": money(own.expected_cost - mean.expected_cost), "worst": money(mean.cvar_95 - own.cvar_95),
        },
    )  # fmt: skip


def _days(value: float) -> Number:
    return Number(value, "days", 0)


def _share(value: float, decimals: int = 0) -> Number:
    return Number(value, "share", decimals)


def _buy(one: MetalPlan) -> Sentence:
    if not one.buy_now:
        return Sentence("buy_nothing", {"metal": one.metal.title, "month": month_name(one.months[0])})
    orders = tuple(
        Sentence(
            "order",
            {
                "amount": amount(one.metal, row["t"]),
                "spec": row["spec"],
                "lane": row["lane"],
                "pricing": Sentence(f"pricing.{row['pricing']}"),
                "arrives": month_name(row["arrives"]),
                "price": metal_price(one.metal, row["landed_usd_per_t"]),
            },
        )
        for row in one.buy_now
    )
    day = day_name(one.buy_now[0]["order_by"])
    return Sentence("buy", {"metal": one.metal.title, "day": day, "orders": orders})


def _hedge(one: MetalPlan) -> Sentence:
    if not any(one.hedge_t):
        return Sentence("hedge_none", {"metal": one.metal.title})
    return Sentence(
        "hedge",
        {
            "metal": one.metal.title,
            "share": _share(one.hedge_share[0]),
            "amount": amount(one.metal, one.hedge_t[0]),
            "later": _share(one.hedge_share[-1]),
            "month": month_name(one.months[-1]),
        },
    )


def _cost(one: MetalPlan) -> Iterator[Sentence]:
    plan, lean, gain = one.plan, one.baseline_jit, one.minus_jit
    yield Sentence(
        "costs",
        {
            "cost": money(plan.expected_cost), "error": money(plan.expected_cost_se), "worst": money(plan.cvar_95),
            "worst_error": money(plan.cvar_95_se), "lost": _share(plan.lost_share, 2),
            "stop": _share(plan.stop_probability),
        },
    )  # fmt: skip
    values: dict[str, Cell] = {
        "amount": money(abs(gain.cost)), "error": money(gain.cost_se), "worst": money(abs(gain.cvar)),
        "lost": _share(lean.lost_share, 1), "reasons": tuple(_reasons(one)),
    }  # fmt: skip
    key = "beside_jit.same" if not gain.is_cost_found else "beside_jit.less" if gain.cost < 0 else "beside_jit.more"
    yield Sentence(key, values)
    rule = one.minus_present
    key = "beside_rule.same" if not rule.is_cost_found else "beside_rule.less" if rule.cost < 0 else "beside_rule.more"
    yield Sentence(
        key,
        {
            "amount": money(abs(rule.cost)), "error": money(rule.cost_se),
            "lost": _share(one.present_rule.lost_share, 1), "days": _days(one.present_rule.mean_days_of_cover),
        },
    )  # fmt: skip


def _reasons(one: MetalPlan) -> Iterator[Sentence]:
    """Where plan and just in time part, the largest difference first."""
    changes = {kind: one.plan.by_kind[kind] - one.baseline_jit.by_kind[kind] for kind in KINDS}
    ranked = sorted(changes, key=lambda kind: -abs(changes[kind]))
    most = abs(changes[ranked[0]])
    for kind in ranked:
        if most > 0 and abs(changes[kind]) >= REASON_SHARE * most:
            way = "less" if changes[kind] < 0 else "more"
            yield Sentence(f"reason.{kind}.{way}", {"amount": money(abs(changes[kind]))})


def _promises(one: MetalPlan) -> Iterator[Sentence]:
    for row in one.promises:
        is_dearer = row.charge_failed_usd_per_t is not None
        yield Sentence(
            "promise.dearer" if is_dearer else "promise.kept",
            {
                "form": row.form,
                "promised": _share(row.promised, 2),
                "achieved": _share(row.achieved, 2),
                "error": _share(row.achieved_se, 2),
                "price": metal_price(one.metal, row.charge_usd_per_t),
                "failed": metal_price(one.metal, row.charge_failed_usd_per_t or 0.0),
            },
        )


def _resilience(one: MetalPlan) -> Iterator[Sentence]:
    """Up to where fixed stock pays for itself, and what ten days cost from there on."""
    steps = [row for row in one.resilience if row["cost_per_ten_days"] is not None]
    dear = [row for row in steps if row["is_found"] and row["cost_change"] > 0]
    if not dear:
        return
    row = dear[0]
    yield Sentence(
        "resilience",
        {
            "days": _days(row["days_from"]),
            "cost": money(row["cost_per_ten_days"]),
            "lost_from": _share(row["lost_share_from"], 1),
            "lost_to": _share(row["lost_share_to"], 1),
            "stop_from": _share(row["stop_probability_from"]),
            "stop_to": _share(row["stop_probability_to"]),
            "to": _days(row["days_to"]),
        },
    )


def _changes(one: MetalPlan) -> Iterator[Sentence]:
    if one.pivotal_lane is not None:
        first = one.lanes[0]
        worth, error = money(first["worth_usd"]), money(first["worth_usd_se"])
        yield Sentence("pivotal", {"lane": one.pivotal_lane, "worth": worth, "error": error})
    elif one.lanes:
        yield Sentence("pivotal_none")
    if not one.flips:
        return
    flipping = tuple(
        Sentence("change", {"what": Text(row["what"], row["what_zh"])}) for row in one.flips if row["flips"]
    )
    count = Number(len(one.flips), "count")
    yield (
        Sentence("would_flip", {"changes": flipping, "count": count})
        if flipping
        else Sentence("would_not_flip", {"count": count})
    )


def _certificate(one: MetalPlan) -> Sentence:
    values: dict[str, Cell] = {"bound": money(one.lower_bound), "gap": _share(one.gap, 2)}
    if one.gap_of_avoidable is None:
        return Sentence("certificate", values)
    return Sentence("certificate_avoidable", {**values, "avoidable": _share(one.gap_of_avoidable, 0)})


def _notes(plan: BuyingPlan) -> Iterator[Sentence]:
    if any(one.status == "cancelled" for one in plan.metals):
        yield Sentence("cancelled")
    if plan.defaults:
        yield Sentence("defaults", {"count": Number(len(plan.defaults), "count")})
    numbers = sorted({number for one in plan.metals for number in one.assumptions}, key=lambda one: int(one[1:]))
    yield Sentence("assumptions", {"numbers": ", ".join(numbers)})
    yield Sentence("young")
