"""Stochastic dual dynamic programming on a Markov chain, with nested risk, certified bounds and cuts that are kept.

Pereira & Pinto 1991 (Math. Programming 52, 359–375); Markov states and one averaged cut a node after
Philpott & de Matos 2012 (EJOR 218, 470–483); nested risk by re-weighting after Shapiro 2011 (EJOR 209, 63–72).
Because every node of the next stage is solved at each visited state, every node of the stage before gets its cut.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tomnext.procurement.cuts import Cuts, Learning
from tomnext.procurement.policy_value import Estimate, value_of_policy
from tomnext.procurement.programme import Floats, Programme, Risk, Starts
from tomnext.procurement.stage_models import StageModels

NOTHING_AVOIDABLE = 1e-6
"""Share of the cost below which nothing is left to decide; keeps the second gap finite."""


SOLVED_AT_ONCE = 60
"""How many programmes of a stage a backward pass solves; never fewer than one a node."""
SPREAD_OVER = 12
"""How many paths of a kind share out the chances of every month evenly among them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: iterations done, the lower bound in USD, the relative gap when it was last measured."""

    iteration: int
    lower_bound: float
    gap: float | None


@dataclass(frozen=True, slots=True)
class Effort:
    """When to stop: both gaps small enough, or a number of iterations; ``n_paths`` judge the policy each time.

    ``gap`` is a share (0–1) of the whole cost, ``avoidable_gap`` of the part that decisions can change, looked at
    when the unavoidable part is known.
    """

    gap: float = 0.01
    max_iterations: int = 400
    check_every: int = 20
    n_paths: int = 100
    avoidable_gap: float = 0.10


@dataclass(frozen=True)
class Solution:
    """A policy with its certificate; money in USD of the risk-adjusted objective.

    ``lower_bound`` comes from fresh models and from duals checked by arithmetic; ``upper`` is the policy's simulated
    value with its standard error; ``gap`` is (upper end of its 95 % interval − lower bound) / \\|upper mean\\|, and
    ``gap_of_avoidable`` the same over what exceeds the unavoidable cost (None when that was not given).
    With several starts, bound and ``upper`` are means over them and ``first_decision`` (columns,) t is the first's.
    ``status``: ``gap_reached``, ``iterations_used`` or ``cancelled``.
    ``hot_minus_cold`` is what the last hot lower bound differed by from the cold one.
    """

    lower_bound: float
    upper: Estimate
    gap: float
    gap_of_avoidable: float | None
    first_decision: Floats
    cuts: Cuts
    risk: Risk
    iterations: int
    status: str
    hot_minus_cold: float


def solve(
    programme: Programme,
    risk: Risk,
    rng: np.random.Generator,
    effort: Effort | None = None,
    kept: Cuts | None = None,
    watch: Callable[[Progress], bool] | None = None,
    starts: Starts | None = None,
    unavoidable: float | None = None,
) -> Solution:
    """A policy whose expected (or risk-adjusted) cost in USD is within the stated gap of the best possible.

    ``starts`` are the nodes and holdings (t) of today for which the policy must be good, all alike: forward passes
    begin at each in turn, and what to do at any of them is ``models_of(programme, cuts)[0].decide(node, 0, state)``.
    Without them there is one: node 0 and what the programme holds. Raises InputRejected for starts that do not fit.
    ``kept`` are valid cuts of an earlier run: of any lower risk weight, or of costs nowhere higher. ``unavoidable``
    is what is spent whatever is decided (USD, :mod:`tomnext.procurement.unavoidable`). ``watch`` is called after
    every iteration and ends the run by answering False; an interrupt from the keyboard does the same, and nothing
    learnt is lost. The same seed gives the same answer.
    """
    run = _Run(programme, risk, rng, effort or Effort(), kept, starts or Starts.of(programme), unavoidable)
    if kept is not None and (answer := run.finished()) is not None:
        return answer
    try:
        return run.to_the_end(watch)
    except KeyboardInterrupt:
        if run.learning.cuts().n_cuts == 0:
            raise
        return run.certified("cancelled")


def models_of(programme: Programme, cuts: Cuts | None = None) -> list[StageModels]:
    """Fresh models of every stage (quantities in t, money in USD) holding the given cuts: a policy ready to walk."""
    floors = programme.floors()
    scale = _money_scale(programme)
    models = [StageModels(programme, number, floors[number], scale) for number in range(len(floors))]
    if cuts is not None and cuts.n_cuts:
        for number, (intercepts, slopes) in enumerate(zip(cuts.intercept, cuts.slope, strict=True)):
            models[number].add_cuts(intercepts, slopes)
    return models


def relative_gap(lower_bound: float, upper: Estimate) -> float:
    """How far the policy may be from the best, as a share (0–1) of its cost: 95 % upper end minus lower bound."""
    return (upper.interval_95[1] - lower_bound) / max(abs(upper.mean), 1e-12)


def gap_of_avoidable(lower_bound: float, upper: Estimate, unavoidable: float) -> float:
    """The same distance as a share of what the policy costs beyond the ``unavoidable`` (USD).

    Where buying at good moments makes a policy cheaper than that, the difference counts just as well.
    """
    avoidable = max(abs(upper.mean - unavoidable), NOTHING_AVOIDABLE * abs(upper.mean), 1e-12)
    return (upper.interval_95[1] - lower_bound) / avoidable


class _Run:
    """The models, the cuts and the walk of one solve."""

    def __init__(
        self, programme: Programme, risk: Risk, rng: np.random.Generator, effort: Effort, kept: Cuts | None,
        starts: Starts, unavoidable: float | None,
    ) -> None:  # fmt: skip
        starts.check(programme)
        self.starts, self.unavoidable = starts, unavoidable
        self.programme, self.risk, self.rng, self.effort = programme, risk, rng, effort
        self.learning = Learning(programme, risk, kept)
        self.models = models_of(programme, self.learning.cuts())
        self.iteration = 0
        self.gap: float | None = None

    def to_the_end(self, watch: Callable[[Progress], bool] | None) -> Solution:
        """Iterate until the gaps are small, the iterations are used or the watcher says stop."""
        for _ in range(self.effort.max_iterations):
            self.iterate()
            if watch is not None and not watch(Progress(self.iteration, self.bound(), self.gap)):
                return self.certified("cancelled")
            if self.iteration % self.effort.check_every == 0 and (answer := self.finished()) is not None:
                return answer
        return self.certified("iterations_used")

    def iterate(self) -> None:
        """Walk forward once by chance, then learn backward at the states visited."""
        states = self._walk()
        for number in range(len(self.models) - 2, -1, -1):
            seen = self.models[number + 1].minorants(states[number], self._solved_outcomes(number + 1))
            intercept, slope = self.learning.learn(number, seen)
            self.models[number].add_cuts(intercept[None], slope[None])
        self.iteration += 1

    def _solved_outcomes(self, number: int) -> list[int]:
        """As many outcomes of every node as ``SOLVED_AT_ONCE`` allows, in turn; every other time the likeliest is one.

        Their duals bound the outcomes that are left out.
        """
        nodes, outcomes = self.programme.stages[number].chance.shape
        count = max(min(SOLVED_AT_ONCE // nodes, outcomes), 1)
        begin = self.iteration // 2 * count
        turn = [(begin + later) % outcomes for later in range(count)]
        if self.iteration % 2 == 0 and count < outcomes:
            turn[0] = int(self.programme.stages[number].chance.sum(axis=0).argmax())
        return sorted(set(turn))

    def _walk(self) -> list[Floats]:
        """States visited on one path; every other path gives rare months (a squeeze, a closed lane) equal chances."""
        begun = self.iteration // 2 % len(self.starts.node)
        node, outcome, state, visited = int(self.starts.node[begun]), 0, self.starts.state[begun], []
        draws = self._draws()
        for number in range(len(self.models) - 1):
            state = self.models[number].solve(node, outcome, state)[self.programme.state_columns]
            visited.append(state)
            node = self._place(self.programme.transition[number][node], draws[number, 0])
            outcome = self._place(self.programme.stages[number + 1].chance[node], draws[number, 1])
        return visited

    def _draws(self) -> Floats:
        """A draw (0–1) for the node and the outcome of every month, spread evenly over ``SPREAD_OVER`` paths.

        Latin hypercube (McKay, Beckman & Conover 1979, Technometrics 21, 239–245), apart for the two kinds of path.
        """
        turn = self.iteration // 2 % SPREAD_OVER
        if turn == 0 and self.iteration % 2 == 0:
            shape = (SPREAD_OVER, 2, len(self.models) - 1, 2)
            self._spread = (self.rng.random(shape).argsort(axis=0) + self.rng.random(shape)) / SPREAD_OVER
        draws: Floats = self._spread[turn, self.iteration % 2]
        return draws

    def _place(self, chances: Floats, draw: float) -> int:
        if self.iteration % 2:
            chances = (chances > 0) / np.count_nonzero(chances)
        reached = np.cumsum(chances)
        return min(int(np.searchsorted(reached, draw * reached[-1], side="right")), len(chances) - 1)

    def bound(self) -> float:
        """The lower bound in USD, the mean over starts, from the duals of the first month's models."""
        pairs = zip(self.starts.node, self.starts.state, strict=True)
        return float(np.mean([self.models[0].bound(int(node), 0, state) for node, state in pairs]))

    def finished(self) -> Solution | None:
        """The solution when its gaps are small enough twice: by the paths of the day, and certified by new ones."""
        for number, visited in enumerate(self.learning.cuts().at):
            self.models[number].keep_useful_cuts(visited)
        lower_bound, upper = self.bound(), self._upper()
        self.gap = relative_gap(lower_bound, upper)
        if not self._is_enough(self.gap, self._share(lower_bound, upper)):
            return None
        answer = self.certified("gap_reached")
        return answer if self._is_enough(answer.gap, answer.gap_of_avoidable) else None

    def _is_enough(self, gap: float, share: float | None) -> bool:
        return gap <= self.effort.gap and (share is None or share <= self.effort.avoidable_gap)

    def _share(self, lower_bound: float, upper: Estimate) -> float | None:
        return None if self.unavoidable is None else gap_of_avoidable(lower_bound, upper, self.unavoidable)

    def certified(self, status: str) -> Solution:
        """Throw every hot model away and measure bound and policy again from cold ones."""
        hot = self.bound()
        self.models = models_of(self.programme, self.learning.cuts())
        pairs = zip(self.starts.node, self.starts.state, strict=True)
        cold = float(np.mean([self.models[0].bound(int(node), 0, state) for node, state in pairs]))
        upper = self._upper()
        return Solution(
            lower_bound=cold,
            upper=upper,
            gap=relative_gap(cold, upper),
            gap_of_avoidable=self._share(cold, upper),
            first_decision=self.models[0].decide(int(self.starts.node[0]), 0, self.starts.state[0]),
            cuts=self.learning.cuts(),
            risk=self.risk,
            iterations=self.iteration,
            status=status,
            hot_minus_cold=hot - cold,
        )

    def _upper(self) -> Estimate:
        cuts = self.learning.cuts()
        n_paths = self.effort.n_paths
        return value_of_policy(self.programme, self.models, cuts, self.risk, self.rng, n_paths, self.starts)


def _money_scale(programme: Programme) -> float:
    """A typical cost per tonne in USD, so that the solver sees figures near one."""
    costs = np.concatenate([np.abs(stage.cost).ravel() for stage in programme.stages])
    typical = costs[costs > 0]
    return float(np.median(typical)) if len(typical) else 1.0
