"""The problem of metals planned together, how it can be altered to ask 'what if', and how it is solved and walked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from tomnext.procurement.assembly import programme_of
from tomnext.procurement.block import Block, Form
from tomnext.procurement.cuts import Cuts
from tomnext.procurement.given_paths import CutPolicy, Paths, draw_paths
from tomnext.procurement.ledger import run
from tomnext.procurement.policies import Rule, deciding
from tomnext.procurement.programme import Floats, Programme, Risk
from tomnext.procurement.sddp import Effort, Progress, Solution, models_of, solve
from tomnext.scenarios.lattice import Lattice
from tomnext.studies.company_sheet import CompanySheet
from tomnext.studies.plan_blocks import LaneCharges, PlannedBlock, lanes_of, months_needed, planned_block
from tomnext.studies.plan_charges import Charged, Law, Proposed, charges_of, proposed_of
from tomnext.studies.plan_figures import TAIL, Walked
from tomnext.studies.plan_lattice import PlanFutures
from tomnext.studies.plan_prices import first_of_month
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

NEARLY_NOTHING = 1e-6
KEPT_CUTS = 40
"""How many cuts an altered problem begins with: the latest, which know most; a cut left out only lowers a bound."""
Watch = Callable[[str, Text, float], bool]
"""Told a metal, what is being done and the share done (0–1); answering False ends the search with what is known."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How hard to look: gaps, iterations, ``paths`` of the reported figures, ``seed``, what-ifs or not.

    ``gap`` is a share of the whole cost, ``avoidable_gap`` of the part that decisions change; both must be met.
    """

    gap: float = 0.005
    avoidable_gap: float = 0.25
    max_iterations: int = 100
    paths: int = 600
    seed: int = 1
    what_if: bool = True


@dataclass(frozen=True)
class Problem:
    """One block, of a metal or of several that share something, with everything it was made of."""

    sheet: CompanySheet
    metals: tuple[Metal, ...]
    futures: PlanFutures
    lattice: Lattice
    first: date
    charged: Charged
    proposed: Proposed
    planned: PlannedBlock

    @property
    def block(self) -> Block:
        """The block that is optimised."""
        return self.planned.block

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of the months that are planned; the block looks a few further (no end effect)."""
        return tuple(first_of_month(self.first, later) for later in range(self.sheet.company.months))

    def taxed(self, names: tuple[str, ...], share: float, first_month: int) -> Block:
        """The block with ``share`` (0–1) of value added to the duty of some lanes from a month of the plan on."""
        added = np.where(np.arange(self.block.n_stages) >= first_month, share, 0.0)
        return self._charged({name: replace(one, duty_share=one.duty_share + added) for name, one in self._of(names)})

    def with_carbon(self, names: tuple[str, ...], usd_per_t: float) -> Block:
        """The block with a carbon charge in USD per t of metal added to some lanes at once."""
        return self._charged(
            {name: replace(one, border_usd_per_t=one.border_usd_per_t + usd_per_t) for name, one in self._of(names)}
        )

    def with_proposals(self) -> Block:
        """The block in which every measure proposed by the plan's day comes into force as it stands."""
        return self._charged(self.proposed.by_lane)

    def _of(self, names: tuple[str, ...]) -> list[tuple[str, LaneCharges]]:
        return [(name, one) for name, one in self.charged.by_lane.items() if name in names]

    def _charged(self, changed: dict[str, LaneCharges]) -> Block:
        """Charges changed, what is left at the end valued as before: no state gets cheaper, so kept cuts stay valid."""
        block = planned_block(self.sheet, self.metals, self.lattice, self.charged.by_lane | changed)
        pairs = zip(block.block.forms, self.block.forms, strict=True)
        forms = tuple(replace(form, final_usd_per_t=before.final_usd_per_t) for form, before in pairs)
        return replace(block.block, forms=forms)

    def without(self, lane: int) -> Block:
        """The block in which nothing can be ordered from a lane any more; what is under way still arrives."""
        nothing = tuple(np.zeros(nodes) for nodes in self.block.nodes)
        lanes = tuple(
            replace(one, capacity_t_by_node=nothing) if number == lane else one
            for number, one in enumerate(self.block.lanes)
        )
        return replace(self.block, lanes=lanes)

    def with_stops(self, times: float) -> Block:
        """The block in which lost production costs ``times`` as much, on top of the metal's own price."""
        return replace(
            self.block, forms=tuple(with_extra(one, lambda extra: times * extra) for one in self.block.forms)
        )

    def with_squeezes(self, times: float) -> Block:
        """The block in which squeezes begin ``times`` as often."""
        lattice = self.futures.lattice(len(self.block.transition), times)
        return planned_block(self.sheet, self.metals, lattice, self.charged.by_lane).block


def with_extra(form: Form, change: Callable[[float], float]) -> Form:
    """A form whose unmet tonne costs something else on top of the metal's own price, USD per t."""
    pairs = zip(form.lost_usd_per_t_by_node, form.reference_usd_per_t_by_node, strict=True)
    lost = tuple(price + change(float((lost - price)[0])) for lost, price in pairs)
    return replace(form, lost_usd_per_t_by_node=lost)


def problem_of(sheet: CompanySheet, metals: tuple[Metal, ...], futures: PlanFutures, first: date, law: Law) -> Problem:
    """The problem of metals planned together from its first month on, under the law of a day."""
    months = months_needed(sheet, metals)
    asked = (sheet, lanes_of(sheet, metals), first, months, law, futures.price_usd_per_t)
    charged, proposed = charges_of(*asked), proposed_of(*asked)
    lattice = futures.lattice(months)
    planned = planned_block(sheet, metals, lattice, charged.by_lane)
    return Problem(sheet, metals, futures, lattice, first, charged, proposed, planned)


@dataclass(frozen=True)
class Answer:
    """A solved block: the programme, the policy's certificate, and the policy on the common futures.

    ``visited``: for each month the states in t, (paths, states), that the policy led to on those futures.
    """

    block: Block
    programme: Programme
    solution: Solution
    walked: Walked
    policy: CutPolicy
    visited: tuple[Floats, ...]

    def order_now_t(self) -> dict[str, float]:
        """Tonnes ordered this month by offer name."""
        column = {name: place for place, name in enumerate(self.programme.column_names)}
        found = {
            one.name: float(self.solution.first_decision[column[f"order:{one.name}"]]) for one in self.block.offers
        }
        return {name: t for name, t in found.items() if t > NEARLY_NOTHING}

    def by_lane_now_t(self) -> dict[str, float]:
        """Tonnes ordered this month by lane name."""
        lanes: dict[str, float] = {}
        for offer in self.block.offers:
            if offer.name in (now := self.order_now_t()):
                name = self.block.lanes[offer.lane].name
                lanes[name] = lanes.get(name, 0.0) + now[offer.name]
        return lanes


def latest(cuts: Cuts, count: int) -> Cuts:
    """The last ``count`` cuts that were learnt."""
    parts = (cuts.intercept, cuts.slope, cuts.at, cuts.seen_value, cuts.seen_slope)
    return Cuts(*(tuple(one[-count:] for one in part) for part in parts))


class Solver:
    """Solves blocks and walks policies, always on the same futures; counts what is done for whoever waits."""

    def __init__(self, problem: Problem, options: PlanOptions, watch: Watch | None, total: int) -> None:
        self.problem, self.options, self.watch, self.total = problem, options, watch, max(total, 1)
        self.done = 0
        self.is_cancelled = False
        self.paths = self.futures_of(problem.block)

    def _rng(self, use: int) -> np.random.Generator:
        return np.random.default_rng([self.options.seed, use])

    def futures_of(self, block: Block) -> Paths:
        """The common luck in a block's own chain: the same futures wherever its chances are those of the problem."""
        return draw_paths(block, self._rng(1), self.options.paths)

    def search_paths(self) -> Paths:
        """Other futures than those of the report, to tune on: what is reported was not tuned on."""
        return draw_paths(self.problem.block, self._rng(2), self.options.paths)

    def answer(
        self, what: Text, block: Block, weight: float, effort: Effort, kept: Solution | None,
        n_paths: int | None = None, judged_by: Block | None = None, unavoidable: float | None = None,
    ) -> Answer:  # fmt: skip
        """Solve a block and walk the policy on its first ``n_paths`` futures (default: all).

        ``judged_by`` is the block whose bills are counted (default: its own).
        """
        programme = programme_of(block)
        aim = min(self.total, self.done + effort.max_iterations)

        def watching(_: Progress) -> bool:
            self.done = min(self.done + 1, aim)
            self.is_cancelled |= self.watch is not None and not self.watch(
                " + ".join(self.problem.metals), what, self.done / self.total
            )
            return not self.is_cancelled

        cuts = latest(kept.cuts, KEPT_CUTS) if kept else None
        solution = solve(programme, Risk(weight, TAIL), self._rng(0), effort, cuts, watching, unavoidable=unavoidable)
        self.done = aim
        policy = CutPolicy(block, programme, models_of(programme, solution.cuts))
        paths, counted = self.futures_of(block).first(n_paths or self.options.paths), judged_by or block
        ledger = run(counted, policy, paths.nodes, paths.outcomes)
        walked = Walked(what.en, counted, paths, ledger, len(self.problem.months), weight)
        return Answer(block, programme, solution, walked, policy, tuple(policy.visited))

    def by_rule(self, rule: Rule, name: str | None = None) -> Walked:
        """A rule of buying on the common futures."""
        block, paths = self.problem.block, self.paths
        ledger = run(block, deciding(block, rule), paths.nodes, paths.outcomes)
        return Walked(name or rule.name, block, paths, ledger, len(self.problem.months))
