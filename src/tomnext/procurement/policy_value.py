"""What a policy of cuts costs, by walking it; the kept minorants take almost all the noise out of the estimate."""

from dataclasses import dataclass

import numpy as np

from tomnext.procurement.cuts import Cuts, joint_chances, successor_values
from tomnext.procurement.programme import Floats, Programme, Risk, Starts, risk_adjusted
from tomnext.procurement.stage_models import StageModels

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean in USD with its standard error in USD from ``n_paths`` independent paths."""

    mean: float
    standard_error: float
    n_paths: int

    @property
    def interval_95(self) -> tuple[float, float]:
        """The 95 % confidence interval of the mean in USD."""
        half = NORMAL_95 * self.standard_error
        return self.mean - half, self.mean + half


@dataclass(frozen=True)
class Walk:
    """Paths walked under a policy: ``decided``[stage] (paths, columns) t, ``nodes`` and ``outcomes`` (paths, stages).

    ``cost``: (paths, stages) USD; ``surprise``: (paths,) USD, the part of the total explained by luck that the
    minorants foresaw (its mean is zero by construction).
    """

    decided: tuple[Floats, ...]
    nodes: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    outcomes: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    cost: Floats
    surprise: Floats


def walk_policy(
    programme: Programme,
    models: list[StageModels],
    cuts: Cuts,
    risk: Risk,
    rng: np.random.Generator,
    n_paths: int,
    starts: Starts | None = None,
) -> Walk:
    """Walk ``n_paths`` paths (t, USD) deciding by the cuts; ``risk`` tilts the chances towards what would hurt.

    With ``Risk(0)`` paths come as the chain has them; with weight they come under the risk-adjusted probabilities.
    Path ``i`` begins at start ``i`` modulo the number of ``starts`` (by default the programme's own).
    """
    starts = starts or Starts.of(programme)
    last, begun = len(models) - 1, np.arange(n_paths) % len(starts.node)
    states = starts.state[begun]
    nodes = np.zeros((n_paths, last + 1), dtype=np.int64)
    nodes[:, 0] = starts.node[begun]
    outcomes = np.zeros((n_paths, last + 1), dtype=np.int64)
    cost, surprise, decided = np.zeros((n_paths, last + 1)), np.zeros(n_paths), []
    for number in range(last + 1):
        at, seen = nodes[:, number], outcomes[:, number]
        decisions = models[number].decide_all(at, seen, states)
        cost[:, number] = _stage_cost(programme, number, at, seen, states, decisions)
        decided.append(decisions)
        states = decisions[:, programme.state_columns]
        if number < last:
            pairs, gained = _next_pairs(programme, cuts, number, at, states, risk, rng)
            width = programme.stages[number + 1].n_outcomes
            nodes[:, number + 1], outcomes[:, number + 1] = pairs // width, pairs % width
            surprise += gained
    return Walk(tuple(decided), nodes, outcomes, cost, surprise)


def value_of_policy(
    programme: Programme,
    models: list[StageModels],
    cuts: Cuts,
    risk: Risk,
    rng: np.random.Generator,
    n_paths: int,
    starts: Starts | None = None,
) -> Estimate:
    """The policy's risk-adjusted cost in USD with its standard error, the mean over ``starts``.

    ``n_paths`` is rounded up so that each start counts alike, with two paths or more.

    Paths come under the risk-adjusted chances of the kept minorants, so for weight 0 this estimates an upper bound
    of the optimum without bias; for a nested risk it estimates the policy's cost under the worst measure that the
    minorants know, which meets the lower bound exactly when the policy is optimal (docs/explanation/optimiser.md).
    """
    starts = starts or Starts.of(programme)
    k = len(starts.node)
    walk = walk_policy(programme, models, cuts, risk, rng, max(-(-n_paths // k), 2) * k, starts)
    by_start = (walk.cost.sum(axis=1) - walk.surprise).reshape(-1, k)
    variance = by_start.var(axis=0, ddof=1).mean() / by_start.size
    return Estimate(float(by_start.mean()), float(np.sqrt(variance)), by_start.size)


def _stage_cost(
    programme: Programme,
    number: int,
    nodes: np.ndarray[tuple[int], np.dtype[np.int64]],
    outcomes: np.ndarray[tuple[int], np.dtype[np.int64]],
    states: Floats,
    decisions: Floats,
) -> Floats:
    stage = programme.stages[number]
    carried = (stage.incoming_cost[nodes, outcomes] * states).sum(axis=1) + stage.constant[nodes, outcomes]
    spent: Floats = (stage.cost[nodes] * decisions).sum(axis=1) + carried
    return spent


def _next_pairs(
    programme: Programme,
    cuts: Cuts,
    number: int,
    nodes: np.ndarray[tuple[int], np.dtype[np.int64]],
    states: Floats,
    risk: Risk,
    rng: np.random.Generator,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats]:
    """The (node, outcome) pair each path goes to, and how much worse in USD it is than the mean of all it could."""
    values = successor_values(cuts, number, states)
    chances = joint_chances(programme, number)[nodes]
    for path in range(len(states)):
        chances[path] = risk_adjusted(chances[path : path + 1], values[path], risk)[0]
    reached = np.cumsum(chances, axis=1)
    draws = rng.random(len(states)) * reached[:, -1]
    pairs = np.minimum((draws[:, None] >= reached).sum(axis=1), chances.shape[1] - 1)
    expected = (chances * values).sum(axis=1) / reached[:, -1]
    return pairs, values[np.arange(len(states)), pairs] - expected
