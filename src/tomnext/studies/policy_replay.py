"""What ways of buying would have cost on the real past: at each month only what was known then.

Prices are measured; lanes break and deliveries are late by the sheet's own chances, drawn by seed, because nobody
keeps a public record of them (assumption Q16). Every way of buying meets the same draws.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from tomnext.observations.reading import Observations
from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.hindsight import best_in_hindsight, with_waiting_month
from tomnext.procurement.ledger import Decide, Ledger, View, run
from tomnext.procurement.physics import Holding, Integers, Orders
from tomnext.procurement.policies import Rule, days_of_cover, deciding, dip_buying, just_in_time, newsvendor
from tomnext.procurement.price_chain import DAYS_A_STAGE, price_lattice
from tomnext.procurement.programme import Floats, Risk
from tomnext.procurement.sddp import Effort, models_of, solve
from tomnext.scenarios.lattice import Lattice
from tomnext.studies.company_sheet import CompanySheet
from tomnext.studies.plan_blocks import PlannedBlock, lanes_of, metal_groups, planned_block
from tomnext.studies.plan_charges import Law, charges_of
from tomnext.studies.plan_prices import PriceView, first_of_month, price_view
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

LOOK_AHEAD = 6
LEVELS = 3
BOOTSTRAPS = 2000
BLOCK_MONTHS = 12
PLAN_EFFORT = Effort(gap=0.01, max_iterations=45, check_every=15, n_paths=30)
STOP_TONNES = 1e-6


@dataclass(frozen=True)
class PolicyRecord:
    """One way of buying over the replay: present-value USD at the first month, mean over the draws of luck."""

    policy: str
    cost: float
    stop_months: float
    worst_month: str
    worst_month_cost: float
    regret_share: float
    ci: tuple[float, float]
    minus_jit: float
    minus_jit_ci: tuple[float, float]

    def record(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "policy": self.policy, "cost": self.cost, "stop_months": self.stop_months,
            "worst_month": self.worst_month, "worst_month_cost": self.worst_month_cost,
            "regret_share": self.regret_share, "ci": list(self.ci),
            "cost_minus_just_in_time": self.minus_jit, "cost_minus_just_in_time_ci": list(self.minus_jit_ci),
        }  # fmt: skip


CAVEAT = Text(
    "The record of the plan is experimental: replayed month by month it has left use unmet that a planner should have"
    " met, and lane breaks are simulated. Do not judge the plan by it yet.",
    "計畫的重演成績屬實驗性質：逐月重演時曾出現本應避免的缺料，且路線中斷為模擬值。請勿據此評斷本計畫。",
)


@dataclass(frozen=True)
class Replay:
    """One metal's replay."""

    metal: Metal
    months: tuple[date, ...]
    policies: tuple[PolicyRecord, ...]
    plan_won: bool

    def record(self) -> dict[str, object]:
        """JSON-ready; ``policies`` by name."""
        return {
            "metal": self.metal.value,
            "months": len(self.months),
            "from": self.months[0].isoformat()[:7],
            "to": self.months[-1].isoformat()[:7],
            "policies": {one.policy: one.record() for one in self.policies},
            "plan_won": self.plan_won,
            "assumptions": ["Q16"],
            "caveats": [CAVEAT.en],
        }


def policy_replay(
    sheet: CompanySheet,
    start: date,
    end: date,
    observations: Observations | None = None,
    draws: int = 8,
    seed: int = 1,
    watch: Callable[[str, int, int], None] | None = None,
) -> tuple[Replay, ...]:
    """Every group of metals replayed from one month to another (inclusive); ObservationMissing without prices."""
    if end <= start:
        raise InputRejected(
            Text("The replay ends before it begins.", "重演的結束早於開始。"), received=f"{start} – {end}"
        )
    source = observations or open_source()
    months = [first_of_month(start)]
    while (following := first_of_month(months[-1], 1)) <= end:
        months.append(following)
    groups = [group for group in metal_groups(sheet) if len(group) == 1]
    return tuple(_Replayed(sheet, group[0], tuple(months), source, draws, seed, watch).replay() for group in groups)


class _Replayed:
    """One metal's past, lived again month by month."""

    def __init__(
        self, sheet: CompanySheet, metal: Metal, months: tuple[date, ...], source: Observations, draws: int, seed: int,
        watch: Callable[[str, int, int], None] | None,
    ) -> None:  # fmt: skip
        self.sheet, self.metal, self.months, self.watch = sheet, metal, months, watch
        self.rng = np.random.default_rng(seed)
        self.views = [price_view(metal, source, month - timedelta(days=1)) for month in months]
        lanes = lanes_of(sheet, (metal,))
        law, price = Law(months[-1], source), {metal: self.views[0].walk.price_usd_per_t}
        self.charges = charges_of(sheet, lanes, months[0], len(months) - 1, law, price).by_lane
        self.past = planned_block(sheet, (metal,), _past_lattice(metal, self.views), self.charges, flat_forward=True)
        self.block = self.past.block
        self.nodes, self.outcomes = self._luck(draws)

    def _luck(self, draws: int) -> tuple[Integers, Integers]:
        """The same states of the lanes, use and delays for everybody: (draws, months)."""
        nodes = np.zeros((draws, len(self.months)), dtype=np.int64)
        outcomes = np.zeros_like(nodes)
        for stage, chances in enumerate(self.block.transition, start=1):
            for draw in range(draws):
                nodes[draw, stage] = self.rng.choice(chances.shape[1], p=chances[nodes[draw, stage - 1]])
            outcomes[:, stage] = self.rng.choice(len(self.block.outcomes.chance), draws, p=self.block.outcomes.chance)
        return nodes, outcomes

    def replay(self) -> Replay:
        """All ways of buying on the same past."""
        rules: list[Rule] = [just_in_time(7.0), days_of_cover(30.0), Rule("s_S", reorder_days=15.0, fill_days=60.0)]
        rules += [newsvendor(self.block), dip_buying(0.1, 60.0)]
        ledgers = {rule.name: self._run(deciding(self.block, rule)) for rule in rules}
        ledgers["plan"] = self._run(self._planning())
        programme = programme_of(self.block)
        pairs = zip(self.nodes, self.outcomes, strict=True)
        best = float(np.mean([best_in_hindsight(programme, nodes, outcomes) for nodes, outcomes in pairs]))
        lean = ledgers["just_in_time"].cost.mean(axis=0)
        records = tuple(self._record(name, ledger, lean, best) for name, ledger in ledgers.items())
        return Replay(self.metal, self.months, records, records[-1].minus_jit < 0)

    def _run(self, decide: Decide) -> Ledger:
        return run(self.block, decide, self.nodes, self.outcomes)

    def _record(self, name: str, ledger: Ledger, lean: Floats, best: float) -> PolicyRecord:
        monthly = ledger.cost.mean(axis=0)
        worst = int(monthly.argmax())
        total = float(monthly.sum())
        stops = float((ledger.lost_t.sum(axis=2) > STOP_TONNES).sum(axis=1).mean())
        difference = monthly - lean
        return PolicyRecord(
            policy=name,
            cost=total,
            stop_months=stops,
            worst_month=self.months[worst].isoformat()[:7],
            worst_month_cost=float(monthly[worst]),
            regret_share=(total - best) / abs(best),
            ci=block_bootstrap(monthly, self.rng),
            minus_jit=float(difference.sum()),
            minus_jit_ci=block_bootstrap(difference, self.rng),
        )

    def _planning(self) -> Decide:
        """Plan anew every month from what was known on its first day, then decide for every draw."""

        def decide(view: View) -> Orders:
            stage = view.month.stage
            if self.watch is not None:
                self.watch(self.metal.value, stage + 1, len(self.months))
            ahead = self._ahead(stage)
            weight = self.sheet.money.worst_case_weight
            orders = _decided(ahead, self._nodes_then(ahead, view), view, self.rng, weight)
            is_last = stage == len(self.months) - 1
            return replace(orders, futures=np.zeros_like(orders.futures)) if is_last else orders

        return decide

    def _ahead(self, stage: int) -> PlannedBlock:
        """The future as it looked at the beginning of a month; lanes only open or closed, to be quick."""
        quick = self.sheet.model_copy(
            update={
                "lane": tuple(lane.model_copy(update={"slowed_chance_pct": 0.0}) for lane in self.sheet.lane),
                "stock": self.sheet.stock,
            }
        )
        lattice = _with_present_twice(price_lattice(self.views[stage].walk, LOOK_AHEAD, LEVELS))
        places = np.minimum(np.arange(lattice.n_stages) + stage - 1, len(self.months) - 1).clip(min=0)
        charges = {name: one.frozen(stage, len(places)) for name, one in self.charges.items()}
        return planned_block(quick, (self.metal,), lattice, charges)

    def _nodes_then(self, ahead: PlannedBlock, view: View) -> Integers:
        """Where each draw stands in the planning chain: the same closed lane, slowed ones taken as open."""
        names = ["", *(crisis.name for crisis in ahead.crises)]
        real = ["", *(crisis.name for crisis in self.past.crises)]
        states = self.past.world.crisis[view.month.stage][view.month.node]
        return np.array([names.index(real[state]) if real[state] in names else 0 for state in states], dtype=np.int64)


def _decided(ahead: PlannedBlock, nodes: Integers, view: View, rng: np.random.Generator, weight: float) -> Orders:
    """This month's orders of every draw by a plan solved from the draws' mean state."""
    block = ahead.block
    programme = programme_of(block)
    states = _states(block, view.held)
    waiting = with_waiting_month(programme, states.mean(axis=0))
    found = solve(waiting, Risk(weight), rng, PLAN_EFFORT)
    present = models_of(waiting, found.cuts)[1]
    column = {name: place for place, name in enumerate(programme.column_names)}
    on_time = int(np.argmax(~block.outcomes.late.any(axis=1) & (block.outcomes.demand_deviation == 0)))
    decided = []
    for node, state in zip(nodes, states, strict=True):
        decided.append(present.decide(int(node), on_time, state))
    table = np.array(decided)
    arrived = view.held.stock
    convert = table[:, [column[f"convert:{one.name}"] for one in block.conversions]]
    for number, one in enumerate(block.conversions):
        convert[:, number] = np.minimum(convert[:, number], np.maximum(arrived[:, one.source], 0.0))
    return Orders(
        table[:, [column[f"order:{one.name}"] for one in block.offers]],
        convert,
        table[:, [column[f"futures:{one.metal}"] for one in block.hedges]],
    )


def _states(block: Block, held: Holding) -> Floats:
    """The draws' holdings after this month's arrivals as states of a programme, nothing left to arrive at once.

    The planning month moves pipelines one step by itself, so metal is put one step back before it.
    """
    parts = [held.stock]
    for pipeline, inside in zip(block.pipelines, held.pipes, strict=True):
        back = np.column_stack([np.zeros(len(inside)), inside])[:, : len(pipeline.opening_t)]
        back[:, -1] += inside[:, -1]
        parts.append(back)
    for inside in held.work:
        back = np.column_stack([np.zeros(len(inside)), inside])[:, : inside.shape[1]]
        if inside.shape[1]:
            back[:, -1] += inside[:, -1]
        parts.append(back)
    parts.append(held.futures)
    return np.hstack(parts)


def _past_lattice(metal: Metal, views: list[PriceView]) -> Lattice:
    """The past as a lattice with one node a month."""
    values = tuple(np.array([[view.walk.price_usd_per_t]]) for view in views)
    regimes = tuple(np.array([[int(view.walk.is_squeezed)]]) for view in views)
    days = tuple(DAYS_A_STAGE * stage for stage in range(len(views)))
    ones = tuple(np.ones((1, 1)) for _ in views[1:])
    return Lattice((f"{metal}_cash_usd_per_t",), values, ones, regimes, (metal.value,), days)


def _with_present_twice(lattice: Lattice) -> Lattice:
    """A lattice whose first stage stands for the month before, at today's price."""
    days = (0, *(day + DAYS_A_STAGE for day in lattice.stage_days))
    return replace(
        lattice,
        values=(lattice.values[0], *lattice.values),
        transition=(np.ones((1, 1)), *lattice.transition),
        regime=(lattice.regime[0], *lattice.regime),
        stage_days=days,
    )


def block_bootstrap(monthly: Floats, rng: np.random.Generator) -> tuple[float, float]:
    """The 95 % interval of a sum over months, by resampling whole years (Künsch 1989, Ann. Statist. 17, 1217–1241)."""
    length = min(BLOCK_MONTHS, len(monthly))
    count = -(-len(monthly) // length)
    starts = rng.integers(0, len(monthly) - length + 1, (BOOTSTRAPS, count))
    picked = (starts[:, :, None] + np.arange(length)).reshape(BOOTSTRAPS, -1)[:, : len(monthly)]
    low, high = np.quantile(monthly[picked].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)
