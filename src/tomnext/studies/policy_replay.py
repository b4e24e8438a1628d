"""What ways of buying would have cost on the real past: at each month only what was known then.

Prices are measured; lanes break and deliveries are late by the sheet's own chances, drawn by seed, because nobody
keeps a public record of them (assumption Q16). Every way of buying meets the same draws.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from tomnext.observations.reading import Observations
from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block
from tomnext.procurement.hindsight import best_in_hindsight
from tomnext.procurement.ledger import Decide, Ledger, run
from tomnext.procurement.physics import Integers
from tomnext.procurement.policies import (
    Rule,
    days_of_cover,
    deciding,
    dip_buying,
    just_in_time,
    newsvendor,
    reorder_and_fill,
)
from tomnext.procurement.programme import Floats
from tomnext.studies.buying_plan import JIT_DAYS, present_rule
from tomnext.studies.company_sheet import CompanySheet
from tomnext.studies.plan_blocks import metal_groups
from tomnext.studies.replay_figures import (
    Difference,
    Monthly,
    Resampling,
    difference,
    difference_of_mean_plus_cvar,
    interval_95,
    monthly_of,
    opening_worth,
)
from tomnext.studies.replay_market import KnownPast, as_it_looked, below_promise, known_past, months_between, past_block
from tomnext.studies.replay_planning import Planning, months_ahead
from tomnext.studies.sources import open_source
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

JIT = "just_in_time"
PLAN = "plan"
CAVEAT = Text(
    "Prices and law are measured and known only as of each month; lane breaks, delays and swings in use are drawn by"
    " the sheet's own chances, which the plan knows and a real buyer does not.",
    "價格與法規為實際紀錄，且逐月僅採當時已知者；路線中斷、延遲與用量波動則依公司表機率抽樣，"
    "計畫知道這些機率，實際採購者未必知道。",
)
SHORT_CAVEAT = Text(
    "The months are few: the intervals know only the market these months saw, rising or falling. Over so short a time"
    " read the cost without price luck first.",
    "月份不多：區間僅反映這段期間的漲跌行情。期間如此之短，請先看扣除價格運氣後的成本。",
)
FEW_MONTHS = 60
LONG_STOP_SHARE = 0.05
SMALLEST_NEED_T = 1e-9


@dataclass(frozen=True)
class PolicyRecord:
    """One way of buying over the replay: present-value USD at the first month, mean over the draws of luck.

    ``stop_months``: mean number of months in which the line lacked metal, however little, and ``long_stop_months``
    those in which it lacked over a twentieth of the month's use; ``lost_share`` of all use (0–1).
    ``below_promise_months``: mean number of months that ended with less in stock than promised.
    ``worst_month``: the dearest month above the metal's own price. ``parts`` sum to ``cost``. ``cost_and_cvar``: mean
    plus mean of the worst 5 % of stretches, USD a stretch above a budget at the price of its first month.
    ``minus_jit`` and ``plan_minus``: this less just in time and the plan less this, by basis (cost, without price
    luck, cost and CVaR).
    """

    policy: str
    cost: float
    ci: tuple[float, float]
    cost_without_price_luck: float
    cost_and_cvar: float
    stop_months: float
    long_stop_months: float
    lost_share: float
    below_promise_months: float
    worst_month: str
    worst_month_cost: float
    regret_share: float
    parts: dict[str, float]
    minus_jit: dict[str, Difference]
    plan_minus: dict[str, Difference]

    def record(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "policy": self.policy, "cost": self.cost, "ci": list(self.ci), "stop_months": self.stop_months,
            "long_stop_months": self.long_stop_months, "lost_share": self.lost_share,
            "below_promise_months": self.below_promise_months,
            "worst_month": self.worst_month, "worst_month_cost": self.worst_month_cost,
            "regret_share": self.regret_share, "parts": self.parts,
            "cost_without_price_luck": self.cost_without_price_luck, "cost_and_cvar": self.cost_and_cvar,
            "minus_just_in_time": {name: one.record() for name, one in self.minus_jit.items()},
            "plan_minus_this": {name: one.record() for name, one in self.plan_minus.items()},
        }  # fmt: skip


@dataclass(frozen=True)
class Replay:
    """One metal's replay; ``plan_won``: ``won``, ``lost`` or ``not_distinguishable`` against just in time."""

    metal: Metal
    months: tuple[date, ...]
    draws: int
    stretch_months: int
    plan_gap: float
    is_promised: bool
    policies: tuple[PolicyRecord, ...]

    @property
    def plan(self) -> PolicyRecord:
        """The optimised plan's row."""
        return next(one for one in self.policies if one.policy == PLAN)

    @property
    def plan_won(self) -> str:
        """The verdict on cost plus CVaR against just in time."""
        return self.plan.minus_jit["cost_and_cvar"].verdict

    @property
    def beaten_by(self) -> tuple[str, ...]:
        """The ways of buying to which the plan lost on cost, on cost without price luck or on cost plus CVaR."""
        return tuple(one.policy for one in self.policies if any(it.verdict == "lost" for it in one.plan_minus.values()))

    @property
    def caveats(self) -> tuple[Text, ...]:
        """What must be kept in mind when the record is read."""
        return (CAVEAT, SHORT_CAVEAT) if len(self.months) < FEW_MONTHS else (CAVEAT,)

    def record(self) -> dict[str, object]:
        """JSON-ready; ``policies`` by name."""
        return {
            "metal": self.metal.value,
            "months": len(self.months),
            "from": self.months[0].isoformat()[:7],
            "to": self.months[-1].isoformat()[:7],
            "draws": self.draws,
            "stretch_months": self.stretch_months,
            "policies": {one.policy: one.record() for one in self.policies},
            "plan_won": self.plan_won,
            "plan_against_just_in_time": {name: one.verdict for name, one in self.plan.minus_jit.items()},
            "plan_beaten_by": list(self.beaten_by),
            "plan_gap": self.plan_gap,
            "assumptions": ["Q9", "Q10", "Q11", "Q12", "Q16", "Q35", "Q36", "Q50", "Q51", "Q52"],
            "caveats": [one.en for one in self.caveats],
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
    """Every metal replayed from one month to another (inclusive), each with its own stores.

    ``watch`` is told the metal, steps done and steps in all (two a month: what was known, then the plan). Raises
    InputRejected for months in the wrong order and for metals that share a store, ObservationMissing, before anything
    is computed, for months without a price.
    """
    months = months_between(start, end)
    source = observations or open_source()
    metals = [_alone(group) for group in metal_groups(sheet)]
    known = []
    for metal in metals:
        tell = _telling(watch, metal, 0, months)
        known.append(known_past(sheet, metal, months, source, months_ahead(sheet, metal), tell))
    tells = [_telling(watch, metal, len(months), months) for metal in metals]
    pairs = zip(known, tells, strict=True)
    return tuple(_Replayed(sheet, one, draws, seed, tell).replay() for one, tell in pairs)


def _telling(
    watch: Callable[[str, int, int], None] | None, metal: Metal, before: int, months: tuple[date, ...]
) -> Callable[[int], None] | None:
    """Who is told how many months of a pass are done, the pass beginning after ``before`` steps."""
    if watch is None:
        return None
    return lambda done: watch(metal.value, before + done, 2 * len(months))


def _alone(group: tuple[Metal, ...]) -> Metal:
    if len(group) > 1:
        raise InputRejected(
            Text(
                f"{', '.join(group)} share a store; metals are replayed one by one so far.",
                f"{'、'.join(one.title.zh for one in group)}共用倉儲，目前僅能逐一重演各金屬。",
            ),
            fix=Text("Give each metal its own store with its share of the room.", "請為各金屬分列倉儲並分配容量。"),
        )
    return group[0]


class _Replayed:
    """One metal's past, lived again month by month."""

    def __init__(
        self, sheet: CompanySheet, known: KnownPast, draws: int, seed: int,
        tell: Callable[[int], None] | None,
    ) -> None:  # fmt: skip
        self.known, self.sheet, self.seed = known, sheet, seed
        past = past_block(sheet, known).block
        self.promises = past.promises
        self.block = replace(past, promises=())  # what a plan charges itself for a broken promise nobody pays
        self.nodes, self.outcomes = luck_of(self.block, draws, np.random.default_rng([seed, 0]))
        self.again = Resampling(draws, len(known.months), np.random.default_rng([seed, 1]))
        self.planning = Planning(sheet, known, np.random.default_rng([seed, 2]), tell)

    def replay(self) -> Replay:
        """All ways of buying on the same past."""
        looked = as_it_looked(self.sheet, self.known, self.block)
        ledgers = {rule.name: self._run(deciding(looked, rule)) for rule in self._rules()}
        ledgers[PLAN] = self._run(self.planning.decide)
        parted = {name: monthly_of(self.block, ledger) for name, ledger in ledgers.items()}
        best = self._best() + opening_worth(self.block)
        return Replay(
            metal=self.known.metal,
            months=self.known.months,
            draws=len(self.nodes),
            stretch_months=self.again.stretch,
            plan_gap=float(np.mean(self.planning.gaps)),
            is_promised=bool(self.promises),
            policies=tuple(self._record(name, ledger, parted, best) for name, ledger in ledgers.items()),
        )

    def _rules(self) -> list[Rule]:
        rules = [just_in_time(JIT_DAYS), days_of_cover(30.0), reorder_and_fill(15.0, 60.0), newsvendor(self.block)]
        return [*rules, dip_buying(0.1, 60.0, cover_days=JIT_DAYS), present_rule(self.sheet.rule)]

    def _run(self, decide: Decide) -> Ledger:
        return run(self.block, decide, self.nodes, self.outcomes)

    def _best(self) -> float:
        """The mean over draws of the least cost with all hindsight, prices included."""
        programme = programme_of(self.block)
        pairs = zip(self.nodes, self.outcomes, strict=True)
        return float(np.mean([best_in_hindsight(programme, nodes, outcomes) for nodes, outcomes in pairs]))

    def _record(self, name: str, ledger: Ledger, parted: dict[str, Monthly], best: float) -> PolicyRecord:
        own = parted[name]
        total, above = float(own.cost.mean(axis=0).sum()), own.above_metal.mean(axis=0)
        worst = int(above.argmax())
        return PolicyRecord(
            policy=name,
            cost=total,
            ci=interval_95(self.again.totals(own.cost)),
            cost_without_price_luck=float(own.without_luck.mean(axis=0).sum()),
            cost_and_cvar=self.again.mean_and_worst(own)[0],
            stop_months=float(ledger.is_stopped.max(axis=2).sum(axis=1).mean()),
            long_stop_months=float(_is_long(ledger).sum(axis=1).mean()),
            lost_share=float(ledger.lost_t.sum() / ledger.need_t.sum()),
            below_promise_months=float(below_promise(self.promises, ledger.stock_t).sum(axis=1).mean()),
            worst_month=self.known.months[worst].isoformat()[:7],
            worst_month_cost=float(above[worst]),
            regret_share=(total - best) / abs(best),
            parts={part: float(amount.mean(axis=0).sum()) for part, amount in own.parts.items()},
            minus_jit=self._compared(own, parted[JIT]),
            plan_minus=self._compared(parted[PLAN], own),
        )

    def _compared(self, one: Monthly, other: Monthly) -> dict[str, Difference]:
        return {
            "cost": difference(one.cost, other.cost, self.again),
            "without_price_luck": difference(one.without_luck, other.without_luck, self.again),
            "cost_and_cvar": difference_of_mean_plus_cvar(one, other, self.again),
        }


def _is_long(ledger: Ledger) -> Floats:
    """Whether over a twentieth of a month's use of any form was missing, (draws, months) of 0 or 1."""
    missing = ledger.lost_t > LONG_STOP_SHARE * np.maximum(ledger.need_t, SMALLEST_NEED_T)
    return np.asarray(missing.any(axis=2), dtype=np.float64)


def luck_of(block: Block, draws: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """The same states of the lanes, use and delays for everybody: nodes and outcomes, (draws, months)."""
    nodes = np.zeros((draws, block.n_stages), dtype=np.int64)
    outcomes = np.zeros_like(nodes)
    for stage, chances in enumerate(block.transition, start=1):
        for draw in range(draws):
            nodes[draw, stage] = rng.choice(chances.shape[1], p=chances[nodes[draw, stage - 1]])
        outcomes[:, stage] = rng.choice(len(block.outcomes.chance), draws, p=block.outcomes.chance)
    return nodes, outcomes
