"""What to hold, what to buy when and from whom, how much to hedge, what it costs, and what would change the answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from tomnext.observations.reading import Observations
from tomnext.procurement.policies import Rule, days_of_cover, just_in_time
from tomnext.procurement.sddp import Effort
from tomnext.procurement.unavoidable import unavoidable_cost
from tomnext.studies.company_defaults import Default, defaults_used
from tomnext.studies.company_sheet import CompanySheet, RuleTable
from tomnext.studies.plan_blocks import metal_groups
from tomnext.studies.plan_charges import LaneShipment, Law
from tomnext.studies.plan_figures import Difference, Figures, Walked, difference, efficient, fan_of, resilience_of
from tomnext.studies.plan_lattice import plan_futures
from tomnext.studies.plan_prices import end_of_month, first_of_month, price_view
from tomnext.studies.plan_problem import NEARLY_NOTHING, Answer, PlanOptions, Problem, Solver, Watch, problem_of
from tomnext.studies.plan_promise import STEPS, KeptPromise, keep_promises, promised
from tomnext.studies.plan_service import refuse_impossible_promises
from tomnext.studies.plan_what_if import flips_of, iterations_of, lanes_worth
from tomnext.studies.plan_worth import shadow_prices
from tomnext.studies.sources import open_source
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

__all__ = ["BuyingPlan", "Figures", "MetalPlan", "PlanOptions", "buying_plan"]

RESTS_ON = ("Q1", "Q13", "Q14", "Q30", "Q31", "Q32", "Q36", "Q37", "Q38")
JIT_DAYS = 7.0
COVER_SWEEP = (10.0, 20.0, 30.0, 45.0, 60.0, 90.0)
WEIGHT_SWEEP = (0.05, 0.1, 0.25, 0.5)
"""Weights λ of the worst 5 % beside none and the sheet's own, by which the frontier is drawn."""
SWEPT = Effort(gap=0.004, max_iterations=40, check_every=20, n_paths=30)
"""How hard each further weight is solved: its cuts begin as those of the weight below, which bound it from below."""
JUDGING_PATHS = 60


@dataclass(frozen=True)
class MetalPlan:
    """The answer for one metal; keys of :meth:`record` are the contract of ``tomnext plan --format json``."""

    metal: Metal
    planned_with: tuple[Metal, ...]
    use_t_per_month: float
    months: tuple[date, ...]
    target_days_of_cover: tuple[float, ...]
    buy_now: tuple[dict[str, Any], ...]
    schedule: tuple[dict[str, Any], ...]
    hedge_share: tuple[float, ...]
    hedge_t: tuple[float, ...]
    plan: Figures
    baseline_jit: Figures
    present_rule: Figures
    minus_jit: Difference
    minus_present: Difference
    compared: tuple[Figures, ...]
    sweep: tuple[Figures, ...]
    frontier: tuple[Figures, ...]
    cost_fan: dict[str, float]
    resilience: tuple[dict[str, Any], ...]
    lower_bound: float
    upper_bound_ci: tuple[float, float]
    gap: float
    unavoidable_cost: float
    gap_of_avoidable: float | None
    status: str
    iterations: int
    lanes: tuple[dict[str, Any], ...]
    promises: tuple[KeptPromise, ...]
    shadow_prices: dict[str, float]
    flips: tuple[dict[str, Any], ...]
    landed_now: tuple[LaneShipment, ...]
    evidence: tuple[Evidence, ...]
    assumptions: tuple[str, ...]

    @property
    def pivotal_lane(self) -> str | None:
        """The lane whose loss would cost most, where that is more than sampling noise."""
        return self.lanes[0]["lane"] if self.lanes and self.lanes[0]["is_found"] else None

    def record(self) -> dict[str, object]:
        """The plan, JSON-ready."""
        return {
            "metal": self.metal.value,
            "planned_with": [one.value for one in self.planned_with],
            "use_t_per_month": self.use_t_per_month,
            "months": [one.isoformat()[:7] for one in self.months],
            "target_days_of_cover": list(self.target_days_of_cover),
            "buy_now": list(self.buy_now),
            "schedule": list(self.schedule),
            "hedge_share": list(self.hedge_share),
            "hedge_t": list(self.hedge_t),
            **self._costs(),
            "sweep": [one.record() for one in self.sweep],
            "frontier": [one.record() for one in self.frontier],
            "cost_fan": self.cost_fan,
            "price_of_resilience": list(self.resilience),
            "lower_bound": self.lower_bound,
            "upper_bound_ci": list(self.upper_bound_ci),
            "gap": self.gap,
            "unavoidable_cost": self.unavoidable_cost,
            "gap_of_avoidable": self.gap_of_avoidable,
            "status": self.status,
            "iterations": self.iterations,
            "pivotal_lane": self.pivotal_lane,
            "lanes_worth": list(self.lanes),
            "promises": [one.record() for one in self.promises],
            "shadow_prices": self.shadow_prices,
            "flips": list(self.flips),
            "landed_now": [one.record() for one in self.landed_now],
            "assumptions": list(self.assumptions),
            "evidence": [one.record() for one in self.evidence],
        }

    def _costs(self) -> dict[str, object]:
        plan = self.plan.record()
        beside = {"minus_jit": self.minus_jit, "minus_present_rule": self.minus_present}
        return {
            **{key: plan[key] for key in plan if key not in ("name", "weight", "by_kind", "mean_days_of_cover")},
            "cost_by_kind": self.plan.by_kind,
            "baseline_jit": self.baseline_jit.record(),
            "present_rule": self.present_rule.record(),
            **{
                key: {"cost": one.cost, "cost_se": one.cost_se, "cvar_95": one.cvar, "cvar_95_se": one.cvar_se}
                for key, one in beside.items()
            },
            "compared": [one.record() for one in self.compared],
        }


@dataclass(frozen=True)
class BuyingPlan:
    """The whole answer with every default that was used."""

    company: str
    as_of: date
    metals: tuple[MetalPlan, ...]
    defaults: tuple[Default, ...]

    def record(self) -> dict[str, object]:
        """The plan as ``tomnext plan --format json`` prints it, each metal with the defaults it rests on."""
        defaults = [one.record() for one in self.defaults]
        return {
            "company": self.company,
            "as_of": self.as_of.isoformat(),
            "metals": {one.metal.value: {**one.record(), "defaults_used": defaults} for one in self.metals},
        }


def buying_plan(
    sheet: CompanySheet,
    observations: Observations | None = None,
    as_of: date | None = None,
    options: PlanOptions | None = None,
    watch: Watch | None = None,
) -> BuyingPlan:
    """The plan of every metal in the sheet, from what was known by ``as_of``.

    Raises InputRejected for a sheet that cannot be planned and InfeasiblePlan for a promise that cannot be kept.
    """
    source = observations or open_source()
    groups = metal_groups(sheet)
    views = {metal: price_view(metal, source, as_of) for group in groups for metal in group}
    day = max(view.observed_on for view in views.values())
    first = first_of_month(sheet.company.start or as_of or day)
    law = Law(as_of or day, source)
    futures = [plan_futures({metal: views[metal] for metal in group}, source, as_of) for group in groups]
    problems = [problem_of(sheet, group, one, first, law) for group, one in zip(groups, futures, strict=True)]
    for problem in problems:
        refuse_impossible_promises(sheet, problem.planned)
    plans = [plan for one in problems for plan in _Planner(one, options or PlanOptions(), watch).plans()]
    return BuyingPlan(sheet.company.name, as_of or day, tuple(plans), tuple(defaults_used(sheet)))


@dataclass(frozen=True)
class _Found:
    """Everything that was solved and walked for metals planned together."""

    answer: Answer
    iterations: int
    promises: tuple[KeptPromise, ...]
    sweep: list[Walked]
    present: Walked
    covers: list[Walked]
    lanes: tuple[dict[str, Any], ...]
    flips: tuple[dict[str, Any], ...]


class _Planner:
    """Metals planned together (mostly one): their answers, and what can be said of them."""

    def __init__(self, problem: Problem, options: PlanOptions, watch: Watch | None) -> None:
        self.problem, self.options = problem, options
        self.block = problem.block
        self.unavoidable = unavoidable_cost(self.block)
        self.weight = problem.sheet.money.worst_case_weight
        total = 2 * options.max_iterations + (5 * STEPS if promised(problem) else 0)
        total += len(self._weights()) * SWEPT.max_iterations + iterations_of(problem) if options.what_if else 0
        self.solver = Solver(problem, options, watch, total)

    def _weights(self) -> list[float]:
        """The weights of the frontier above the sheet's own; below it there is weight nothing."""
        return [weight for weight in WEIGHT_SWEEP if weight > self.weight + 0.02]

    def plans(self) -> list[MetalPlan]:
        """The whole answer for every metal of the problem."""
        neutral, answer = self._solved()
        answer, promises = keep_promises(self.solver, answer)
        sweep = [neutral.walked, *([answer.walked] if self.weight > 0 else []), *self._swept(answer, bool(promises))]
        rules = [just_in_time(JIT_DAYS), *(days_of_cover(days) for days in COVER_SWEEP)]
        is_asked = self.options.what_if and not self.solver.is_cancelled
        found = _Found(
            answer=answer,
            iterations=neutral.solution.iterations + answer.solution.iterations,
            promises=promises,
            sweep=sweep,
            present=self.solver.by_rule(present_rule(self.problem.sheet.rule), "present_rule"),
            covers=[self.solver.by_rule(rule) for rule in rules],
            lanes=tuple(lanes_worth(self.solver, answer) if is_asked else ()),
            flips=tuple(flips_of(self.solver, answer, self._main_lane(answer)) if is_asked else ()),
        )
        return [self._plan_of(metal, found) for metal in self.problem.metals]

    def _plan_of(self, metal: Metal, found: "_Found") -> MetalPlan:
        """What was found, told of one metal; costs are of all metals planned together."""
        answer, solution = found.answer, found.answer.solution
        walked, present = answer.walked.of(metal), found.present.of(metal)
        covers, swept = [one.of(metal) for one in found.covers], [one.of(metal).figures() for one in found.sweep]
        use = [form.demand_t[: len(self.problem.months)].mean() for form in self.block.forms if form.metal == metal]
        forms = {form.name for form in self.block.forms if form.metal == metal}
        return MetalPlan(
            metal=metal,
            planned_with=tuple(one for one in self.problem.metals if one is not metal),
            use_t_per_month=float(sum(use)),
            months=self.problem.months,
            target_days_of_cover=tuple(walked.days().mean(axis=0).round(1).tolist()),
            buy_now=tuple(one for one in self._buy_now(answer) if one["spec"] in forms),
            schedule=tuple(one for one in self._schedule(walked) if one["spec"] in forms),
            hedge_share=tuple(self._hedge_share(walked)),
            hedge_t=tuple(self._hedge_t(walked)),
            plan=walked.figures(),
            baseline_jit=covers[0].figures(),
            present_rule=present.figures(),
            minus_jit=difference(walked, covers[0]),
            minus_present=difference(walked, present),
            compared=(walked.figures(), present.figures(), *(one.figures() for one in covers)),
            sweep=tuple(swept),
            frontier=tuple(efficient(swept)),
            cost_fan=fan_of(walked),
            resilience=tuple(resilience_of(covers)),
            lower_bound=solution.lower_bound,
            upper_bound_ci=solution.upper.interval_95,
            gap=solution.gap,
            unavoidable_cost=self.unavoidable,
            gap_of_avoidable=solution.gap_of_avoidable,
            status=solution.status,
            iterations=found.iterations,
            lanes=found.lanes,
            promises=tuple(one for one in found.promises if one.form in forms),
            shadow_prices=shadow_prices(answer),
            flips=found.flips,
            landed_now=self.problem.charged.shipments,
            evidence=(*self.problem.futures.evidence, *self.problem.charged.evidence),
            assumptions=(*RESTS_ON, *self.problem.futures.assumptions),
        )

    def _solved(self) -> tuple[Answer, Answer]:
        """The plan without weight on the worst cases and, from its cuts, the plan with the sheet's weight."""
        options = self.options
        effort = Effort(options.gap, options.max_iterations, 10, JUDGING_PATHS, options.avoidable_gap)
        plain = Text("plan for the mean", "平均成本計畫")
        neutral = self.solver.answer(plain, self.block, 0.0, effort, None, unavoidable=self.unavoidable)
        if self.weight == 0:
            return neutral, neutral
        own = Text("plan", "計畫")
        answer = self.solver.answer(
            own, self.block, self.weight, effort, neutral.solution, unavoidable=self.unavoidable
        )
        return neutral, answer

    def _swept(self, answer: Answer, is_charged: bool) -> Iterator[Walked]:
        """Plans with more weight on the worst cases; with a promise they keep its charge and the sheet's bills."""
        if not self.options.what_if:
            return
        kept = answer.solution
        for weight in self._weights():
            if self.solver.is_cancelled:
                return
            what = Text(f"weight {weight:g} on the worst cases", f"最壞情況權重 {weight:g}")
            judged_by = self.block if is_charged else None
            one = self.solver.answer(what, answer.block, weight, SWEPT, kept, judged_by=judged_by)
            kept = one.solution
            yield one.walked

    def _buy_now(self, answer: Answer) -> Iterator[dict[str, Any]]:
        now = answer.order_now_t()
        for offer in self.block.offers:
            if offer.name not in now:
                continue
            yield {
                "lane": self.block.lanes[offer.lane].name,
                "spec": self.block.forms[offer.form].name,
                "t": now[offer.name],
                "pricing": offer.name.rsplit(" ", 1)[-1],
                "order_by": end_of_month(self.problem.first).isoformat(),
                "arrives": first_of_month(self.problem.first, offer.whole_months).isoformat()[:7],
                "arrives_in_months": offer.wait_months,
                "landed_usd_per_t": self._landed(offer.name),
            }

    def _landed(self, name: str) -> float:
        """A tonne at the gate at this month's price, by lane and pricing; finance to the month of arrival is inside."""
        offer = next(one for one in self.block.offers if one.name == name)
        return float(self.block.quoted_usd_per_t(offer, 0)[0])

    def _schedule(self, walked: Walked) -> Iterator[dict[str, Any]]:
        for stage, month in enumerate(self.problem.months):
            for number, offer in enumerate(self.block.offers):
                t = float(walked.ledger.order_t[:, stage, number].mean())
                if t > NEARLY_NOTHING:
                    lane, spec = self.block.lanes[offer.lane].name, self.block.forms[offer.form].name
                    pricing = offer.name.rsplit(" ", 1)[-1]
                    yield {
                        "month": month.isoformat()[:7], "offer": offer.name, "lane": lane, "spec": spec,
                        "pricing": pricing, "mean_t": t,
                        "arrives": first_of_month(month, offer.whole_months).isoformat()[:7],
                    }  # fmt: skip

    def _hedge_t(self, walked: Walked) -> Iterator[float]:
        own = [number for number, hedge in enumerate(self.block.hedges) if hedge.metal == walked.metal]
        for stage in range(len(self.problem.months)):
            yield float(walked.ledger.futures_t[:, stage, own].sum(axis=1).mean())

    def _hedge_share(self, walked: Walked) -> Iterator[float]:
        """Futures as a share of the use that the hedge counts, by month."""
        share = max((row.max_share for row in self.problem.sheet.hedge if row.metal == walked.metal), default=0.0)
        for stage, position in enumerate(self._hedge_t(walked)):
            limits = sum(float(hedge.limit_t[stage]) for hedge in self.block.hedges if hedge.metal == walked.metal)
            yield round(position / limits * share, 4) if limits > 0 else 0.0

    def _main_lane(self, answer: Answer) -> str | None:
        """The lane most is bought from over the plan."""
        bought = answer.walked.ledger.order_t.mean(axis=0).sum(axis=0)
        lanes = [sum(t for t, offer in zip(bought, self.block.offers, strict=True) if offer.lane == number)
                 for number in range(len(self.block.lanes))]  # fmt: skip
        return self.block.lanes[lanes.index(max(lanes))].name if max(lanes) > 0 else None


def present_rule(row: RuleTable) -> Rule:
    """The company's own rule as one that can be run."""
    if row.kind == "reorder_and_fill":
        return Rule("present_rule", reorder_days=row.days, fill_days=row.fill_days, hedge_share=row.hedge_share)
    return Rule("present_rule", cover_days=row.days, hedge_share=row.hedge_share)
