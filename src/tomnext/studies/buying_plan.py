"""What to hold, what to buy when and from whom, how much to hedge, what it costs, and what would change the answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from tomnext.observations.reading import Observations
from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.ledger import Ledger, run, run_walk, usable_weights
from tomnext.procurement.policies import DAYS_A_MONTH, Rule, days_of_cover, deciding, just_in_time
from tomnext.procurement.policy_value import Walk, walk_policy
from tomnext.procurement.programme import Programme, Risk
from tomnext.procurement.sddp import Effort, Progress, Solution, models_of, solve
from tomnext.procurement.unavoidable import unavoidable_cost
from tomnext.studies.company_defaults import Default, defaults_used
from tomnext.studies.company_sheet import CompanySheet, RuleTable
from tomnext.studies.plan_blocks import LaneCharges, PlannedBlock, lanes_of, metal_groups, months_needed, planned_block
from tomnext.studies.plan_charges import LaneShipment, Law, charges_of
from tomnext.studies.plan_lattice import PlanFutures, plan_futures
from tomnext.studies.plan_prices import first_of_month, price_view
from tomnext.studies.plan_service import refuse_impossible_promises
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

JIT_DAYS = 7.0
COVER_SWEEP = (10.0, 20.0, 30.0, 45.0, 60.0, 90.0)
TAIL = 0.05
NEARLY_NOTHING = 1e-6
FLIP_DAYS = 10.0
RESTS_ON = ("Q1", "Q13", "Q14", "Q30", "Q31", "Q32", "Q36", "Q37")
WHAT_IF = Effort(gap=0.02, max_iterations=10, check_every=5, n_paths=60)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How hard to look: gaps, iterations, ``paths`` of the reported figures, ``seed``, what-ifs or not.

    ``gap`` is a share of the whole cost, ``avoidable_gap`` of the part that decisions change; both must be met.
    """

    gap: float = 0.01
    avoidable_gap: float = 0.10
    max_iterations: int = 400
    paths: int = 300
    seed: int = 1
    what_if: bool = True


@dataclass(frozen=True)
class Figures:
    """What a way of buying comes to: present-value USD, and what the line goes without.

    ``lost_share`` (0–1) is the share of all use that is not met, ``stop_months`` the mean number of months in which
    any is missing, ``stop_probability`` (0–1) the chance that this happens in at least one month of the plan, however
    small the missing amount (above 0.01 % of the month's use).
    """

    name: str
    expected_cost: float
    cvar_95: float
    lost_share: float
    stop_months: float
    stop_probability: float
    mean_days_of_cover: float

    def record(self) -> dict[str, object]:
        """The figures, JSON-ready."""
        return {
            "name": self.name,
            "expected_cost": self.expected_cost,
            "cvar_95": self.cvar_95,
            "lost_share": self.lost_share,
            "stop_months": self.stop_months,
            "stop_probability": self.stop_probability,
            "mean_days_of_cover": self.mean_days_of_cover,
        }


@dataclass(frozen=True)
class MetalPlan:
    """The answer for one metal; keys of :meth:`record` are the contract of ``tomnext plan --format json``."""

    metal: Metal
    months: tuple[date, ...]
    target_days_of_cover: tuple[float, ...]
    buy_now: tuple[dict[str, object], ...]
    schedule: tuple[dict[str, object], ...]
    hedge_share: tuple[float, ...]
    plan: Figures
    baseline_jit: Figures
    present_rule: Figures
    compared: tuple[Figures, ...]
    frontier: tuple[Figures, ...]
    cost_fan: dict[str, float]
    resilience: tuple[dict[str, object], ...]
    lower_bound: float
    upper_bound_ci: tuple[float, float]
    gap: float
    unavoidable_cost: float
    gap_of_avoidable: float | None
    status: str
    iterations: int
    pivotal_lane: str | None
    shadow_prices: dict[str, float]
    flips: tuple[dict[str, object], ...]
    landed_now: tuple[LaneShipment, ...]
    evidence: tuple[Evidence, ...]
    assumptions: tuple[str, ...]

    def record(self) -> dict[str, object]:
        """The plan, JSON-ready."""
        return {
            "metal": self.metal.value,
            "months": [one.isoformat()[:7] for one in self.months],
            "target_days_of_cover": list(self.target_days_of_cover),
            "buy_now": list(self.buy_now),
            "schedule": list(self.schedule),
            "hedge_share": list(self.hedge_share),
            "expected_cost": self.plan.expected_cost,
            "cvar_95": self.plan.cvar_95,
            "stop_probability": self.plan.stop_probability,
            "stop_months": self.plan.stop_months,
            "lost_share": self.plan.lost_share,
            "baseline_jit": self.baseline_jit.record(),
            "present_rule": self.present_rule.record(),
            "compared": [one.record() for one in self.compared],
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
            "shadow_prices": self.shadow_prices,
            "flips": list(self.flips),
            "landed_now": [one.record() for one in self.landed_now],
            "assumptions": list(self.assumptions),
            "evidence": [one.record() for one in self.evidence],
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
    watch: Callable[[str, Progress], bool] | None = None,
) -> BuyingPlan:
    """The plan of every metal in the sheet, from what was known by ``as_of``.

    Raises InputRejected for a sheet that cannot be planned and InfeasiblePlan for a promise that cannot be kept.
    """
    source = observations or open_source()
    options = options or PlanOptions()
    views = {row.metal: price_view(row.metal, source, as_of) for row in sheet.metal}
    day = max(view.observed_on for view in views.values())
    first = sheet.company.start or first_of_month(as_of or day)
    plans: list[MetalPlan] = []
    for group in metal_groups(sheet):
        if len(group) > 1:
            raise _shared_store(group)
        futures = plan_futures({metal: views[metal] for metal in group}, source, as_of)
        planner = _Planner(sheet, group, futures, first, as_of or day, source, options, watch)
        plans += planner.plans()
    return BuyingPlan(sheet.company.name, as_of or day, tuple(plans), tuple(defaults_used(sheet)))


class _Planner:
    """One block: its problem, its solutions, and what can be said of them."""

    def __init__(
        self, sheet: CompanySheet, metals: tuple[Metal, ...], futures: PlanFutures, first: date, known_on: date,
        source: Observations, options: PlanOptions, watch: Callable[[str, Progress], bool] | None,
    ) -> None:  # fmt: skip
        self.sheet, self.metals, self.futures, self.options, self.watch = sheet, metals, futures, options, watch
        self.months = months_needed(sheet, metals)
        self.days = tuple(first_of_month(first, later) for later in range(sheet.company.months))
        law = Law(known_on, source)
        self.charged = charges_of(sheet, lanes_of(sheet, metals), first, self.months, law, futures.price_usd_per_t)
        self.planned = self._planned(self.charged.by_lane)
        refuse_impossible_promises(sheet, self.planned)
        self.block = self.planned.block
        self.programme = programme_of(self.block)
        self.unavoidable = unavoidable_cost(self.block)
        self.lanes_now: list[str] = []
        self.risk = Risk(sheet.money.worst_case_weight, TAIL)

    def _planned(self, charges: dict[str, LaneCharges], squeezes_times: float = 1.0) -> PlannedBlock:
        lattice = self.futures.lattice(self.months, squeezes_times)
        return planned_block(self.sheet, self.metals, lattice, charges)

    def _rng(self, use: int) -> np.random.Generator:
        return np.random.default_rng([self.options.seed, use])

    def _watching(self, progress: Progress) -> bool:
        return self.watch is None or self.watch(self.metals[0].value, progress)

    def _solved(
        self, programme: Programme, risk: Risk, effort: Effort, kept: Solution | None = None,
        unavoidable: float | None = None,
    ) -> Solution:  # fmt: skip
        cuts = kept.cuts if kept else None
        return solve(programme, risk, self._rng(0), effort, cuts, self._watching, unavoidable=unavoidable)

    def _ledger(self, programme: Programme, block: Block, solution: Solution) -> tuple[Ledger, Walk]:
        models = models_of(programme, solution.cuts)
        walk = walk_policy(programme, models, solution.cuts, Risk(), self._rng(1), self.options.paths)
        return run_walk(block, programme, walk), walk

    def plans(self) -> Iterator[MetalPlan]:
        """The plan of every metal of the block."""
        effort = Effort(self.options.gap, self.options.max_iterations, avoidable_gap=self.options.avoidable_gap)
        neutral = self._solved(self.programme, Risk(0.0, TAIL), effort, None, self.unavoidable)
        solution = self._solved(self.programme, self.risk, effort, neutral, self.unavoidable)
        ledger, walk = self._ledger(self.programme, self.block, solution)
        neutral_ledger, _ = self._ledger(self.programme, self.block, neutral)
        rules = {rule.name: self._by_rule(rule, walk) for rule in self._rules()}
        own = self.figures("plan", ledger)
        self.lanes_now = sorted({str(one["lane"]) for one in self._buy_now(solution)})
        present = self._by_rule(present_rule(self.sheet.rule), walk)
        named = replace(present, name="present_rule")
        compared = [own, self.figures("plan_no_weight", neutral_ledger), named, *rules.values()]
        flips = tuple(self._flips(solution, own)) if self.options.what_if else ()
        for metal in self.metals:
            yield MetalPlan(
                metal=metal,
                months=self.days,
                target_days_of_cover=tuple(self._days(ledger).mean(axis=0).round(1).tolist()),
                buy_now=tuple(self._buy_now(solution)),
                schedule=tuple(self._schedule(ledger)),
                hedge_share=tuple(self._hedge_share(ledger)),
                plan=own,
                baseline_jit=rules["just_in_time"],
                present_rule=named,
                compared=tuple(compared),
                frontier=tuple(frontier_of(compared)),
                cost_fan=fan_of(ledger),
                resilience=tuple(resilience_of([rules[days_of_cover(days).name] for days in COVER_SWEEP])),
                lower_bound=solution.lower_bound,
                upper_bound_ci=solution.upper.interval_95,
                gap=solution.gap,
                unavoidable_cost=self.unavoidable,
                gap_of_avoidable=solution.gap_of_avoidable,
                status=solution.status,
                iterations=neutral.iterations + solution.iterations,
                pivotal_lane=self._pivotal(ledger),
                shadow_prices=self._shadow_prices(solution),
                flips=flips,
                landed_now=self.charged.shipments,
                evidence=(*self.futures.evidence, *self.charged.evidence),
                assumptions=(*RESTS_ON, *self.futures.assumptions),
            )

    def _rules(self) -> list[Rule]:
        return [just_in_time(JIT_DAYS), *(days_of_cover(days) for days in COVER_SWEEP)]

    def _by_rule(self, rule: Rule, walk: Walk) -> Figures:
        return self.figures(rule.name, run(self.block, deciding(self.block, rule), walk.nodes, walk.outcomes))

    def _use_a_day(self) -> float:
        return float(sum(form.demand_t.mean() for form in self.block.forms)) / DAYS_A_MONTH

    def _days(self, ledger: Ledger) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        usable = ledger.usable_t(usable_weights(self.block)) / self._use_a_day()
        return np.asarray(usable[:, : len(self.days)], dtype=np.float64)

    def figures(self, name: str, ledger: Ledger) -> Figures:
        """Cost, bad cases, stops and cover of a ledger."""
        totals = np.sort(ledger.total)
        worst = totals[-max(round(TAIL * len(totals)), 1) :]
        stopped = ledger.is_stopped[:, : len(self.days)].max(axis=2)
        lost, need = (tonnes[:, : len(self.days)].sum() for tonnes in (ledger.lost_t, ledger.need_t))
        return Figures(
            name=name,
            expected_cost=float(totals.mean()),
            cvar_95=float(worst.mean()),
            lost_share=float(lost / need) if need > 0 else 0.0,
            stop_months=float(stopped.sum(axis=1).mean()),
            stop_probability=float(stopped.max(axis=1).mean()),
            mean_days_of_cover=float(self._days(ledger).mean()),
        )

    def _buy_now(self, solution: Solution) -> Iterator[dict[str, object]]:
        column = {name: place for place, name in enumerate(self.programme.column_names)}
        for offer in self.block.offers:
            t = float(solution.first_decision[column[f"order:{offer.name}"]])
            if t > NEARLY_NOTHING:
                pricing = offer.name.rsplit(" ", 1)[-1]
                form, lane = self.block.forms[offer.form].name, self.block.lanes[offer.lane].name
                yield {"lane": lane, "spec": form, "t": t, "pricing": pricing, "arrives_in_months": offer.wait_months}

    def _schedule(self, ledger: Ledger) -> Iterator[dict[str, object]]:
        for stage, month in enumerate(self.days):
            for number, offer in enumerate(self.block.offers):
                t = float(ledger.order_t[:, stage, number].mean())
                if t > NEARLY_NOTHING:
                    yield {"month": month.isoformat()[:7], "offer": offer.name, "mean_t": t}

    def _hedge_share(self, ledger: Ledger) -> Iterator[float]:
        for stage in range(len(self.days)):
            limits = sum(float(hedge.limit_t[stage]) for hedge in self.block.hedges)
            share = max((row.max_share for row in self.sheet.hedge if row.metal in self.metals), default=0.0)
            position = float(ledger.futures_t[:, stage].sum(axis=1).mean()) if self.block.hedges else 0.0
            yield round(position / limits * share, 4) if limits > 0 else 0.0

    def _pivotal(self, ledger: Ledger) -> str | None:
        bought = ledger.order_t.mean(axis=0).sum(axis=0)
        by_lane = np.zeros(len(self.block.lanes))
        for number, offer in enumerate(self.block.offers):
            by_lane[offer.lane] += bought[number]
        return self.block.lanes[int(by_lane.argmax())].name if by_lane.any() else None

    def _shadow_prices(self, solution: Solution) -> dict[str, float]:
        """USD a unit would save: a tonne in stock or under way, a tonne of room, a tonne more of a lane this month."""
        first = models_of(self.programme, solution.cuts)[0]
        state = self.programme.initial_state
        slope = first.minorants(state).slope[0, 0]
        names = [self.programme.column_names[place] for place in self.programme.state_columns]
        worth = {f"{name}_usd_per_t": -float(value) for name, value in zip(names, slope, strict=True)}
        prices = first.row_prices(0, 0, state)
        for name, value in zip(self.programme.row_names, prices, strict=True):
            if name.startswith(("capacity:", "storage:", "limit:")):
                worth[f"{name}_usd_per_t"] = float(value)
        return worth

    def _flips(self, solution: Solution, own: Figures) -> Iterator[dict[str, object]]:
        """The same question under a proposed measure, ten points of duty, three times the squeezes."""
        for row in self.sheet.measure:
            if {lane.name for lane in lanes_of(self.sheet, self.metals)} & set(row.lanes):
                yield self._what_if(
                    Text(row.name, row.name), self._taxed(row.lanes, row.duty_pct / 100, row.first_month), solution, own
                )
        lanes = [lane.name for lane in lanes_of(self.sheet, self.metals)]
        first = [lanes[0]]
        more = Text(f"+10 points of duty on {first[0]}", f"{first[0]} 關稅增加 10 個百分點")
        yield self._what_if(more, self._taxed(first, 0.10, 0), solution, own)
        squeezed = Text("squeezes three times as likely", "擠倉機率為三倍")
        yield self._what_if(squeezed, self._planned(self.charged.by_lane, 3.0), None, own)

    def _taxed(self, names: list[str] | tuple[str, ...], share: float, first_month: int) -> PlannedBlock:
        added = np.where(np.arange(self.months + 1) >= first_month, share, 0.0)
        changed = {
            name: replace(one, duty_share=one.duty_share + added) if name in names else one
            for name, one in self.charged.by_lane.items()
        }
        return self._planned(changed)

    def _what_if(self, name: Text, planned: PlannedBlock, kept: Solution | None, own: Figures) -> dict[str, object]:
        programme = programme_of(planned.block)
        effort = WHAT_IF if kept is not None else replace(WHAT_IF, max_iterations=30)
        solution = self._solved(programme, self.risk, effort, kept)
        ledger, _ = self._ledger(programme, planned.block, solution)
        then = self.figures(name.en, ledger)
        lanes = sorted({str(one["lane"]) for one in self._buy_now(solution)})
        more_days = then.mean_days_of_cover - own.mean_days_of_cover
        return {
            "what": name.en,
            "what_zh": name.zh,
            "expected_cost_change": then.expected_cost - own.expected_cost,
            "days_of_cover_change": more_days,
            "buy_now_lanes": lanes,
            "flips": abs(more_days) > FLIP_DAYS or lanes != self.lanes_now,
            "gap": solution.gap,
        }


def present_rule(row: RuleTable) -> Rule:
    """The company's own rule as one that can be run."""
    if row.kind == "reorder_and_fill":
        return Rule("present_rule", reorder_days=row.days, fill_days=row.fill_days, hedge_share=row.hedge_share)
    return Rule("present_rule", cover_days=row.days, hedge_share=row.hedge_share)


def frontier_of(points: list[Figures]) -> list[Figures]:
    """The points no other beats on both expected cost and the worst 5 %, from cheap to safe: monotone by nature."""
    kept: list[Figures] = []
    for point in sorted(points, key=lambda one: (one.expected_cost, one.cvar_95)):
        if not kept or point.cvar_95 < kept[-1].cvar_95:
            kept.append(point)
    return kept


def fan_of(ledger: Ledger) -> dict[str, float]:
    """Quantiles of the total cost in USD."""
    return {f"p{q}": float(np.quantile(ledger.total, q / 100)) for q in (5, 25, 50, 75, 95)}


def resilience_of(covers: list[Figures]) -> Iterator[dict[str, object]]:
    """What each step of cover costs and what it does to the chance of standing still, from rules of fixed days."""
    for before, after in pairwise(covers):
        yield {
            "from": before.name,
            "to": after.name,
            "cost_change": after.expected_cost - before.expected_cost,
            "lost_share_from": before.lost_share,
            "lost_share_to": after.lost_share,
            "stop_probability_from": before.stop_probability,
            "stop_probability_to": after.stop_probability,
        }


def _shared_store(group: tuple[Metal, ...]) -> InputRejected:
    return InputRejected(
        Text(
            f"{', '.join(group)} share a store; metals are planned one by one so far.",
            f"{'、'.join(one.title.zh for one in group)}共用倉儲，目前僅能逐一規劃各金屬。",
        ),
        fix=Text("Give each metal its own store with its share of the room.", "請為各金屬分列倉儲並分配容量。"),
    )
