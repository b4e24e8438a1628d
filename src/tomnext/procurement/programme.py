"""A multistage decision on a Markov chain, written as arrays: what every optimiser and every oracle here solves.

At stage ``t`` the node ``j`` and the outcome ``w`` are seen first, then decisions ``y`` are taken:

    minimise   cost[j] · y + incoming_cost[j, w] · x + constant[j, w] + risk(cost of what follows)
    subject to matrix y = rhs[j, w] + incoming[j, w] x        (rows marked as equalities; the others are ≥)
               lower[j] ≤ y ≤ upper[j],                       x' = y[state_columns] goes to the next stage.

Money is present value in US dollars, quantities are tonnes. Every bound is finite: a bound on the value of the
future then follows from duals by arithmetic alone, whatever a solver claims (Neumaier & Shcherbina 2004,
Mathematical Programming 99, 283–296).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

Floats = NDArray[np.float64]

PROBABILITY_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Stage:
    """One stage's figures by node (n) and outcome (w); see the module for what each multiplies.

    ``cost``, ``lower``, ``upper``: (n, columns), USD per t and t. ``rhs``: (n, w, rows) t. ``incoming``:
    (n, w, rows, states), pure numbers. ``incoming_cost``: (n, w, states) USD per t. ``constant``: (n, w) USD.
    ``chance``: (n, w), the outcome's probability given its node.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    rhs: Floats
    incoming: Floats
    incoming_cost: Floats
    constant: Floats
    chance: Floats

    @property
    def n_nodes(self) -> int:
        """How many nodes the stage has."""
        return int(self.rhs.shape[0])

    @property
    def n_outcomes(self) -> int:
        """How many outcomes every node has."""
        return int(self.rhs.shape[1])

    @property
    def floor(self) -> float:
        """The least USD the stage's own decisions can cost, by their bounds; the incoming state is left out."""
        boxed = np.minimum(self.cost * self.lower, self.cost * self.upper).sum(axis=1)
        return float((boxed[:, None] + self.constant).min())


@dataclass(frozen=True)
class Programme:
    """The whole decision: one matrix for all stages, figures by stage, Markov transitions, what is held today.

    ``transition[t]``: (nodes of t, nodes of t+1), rows sum to one. ``initial_state``: (states,) t. ``minimum``:
    (columns,) t, a decision is nothing or at least this much; bounds ignore it, whoever carries decisions out obeys.
    The first stage is known: one outcome a node, and decisions begin at node 0 unless :class:`Starts` says otherwise.
    Raises InputRejected when shapes disagree, a figure is not finite or probabilities do not sum to one.
    """

    matrix: Floats
    is_equality: NDArray[np.bool_]
    state_columns: NDArray[np.int64]
    stages: tuple[Stage, ...]
    transition: tuple[Floats, ...]
    initial_state: Floats
    minimum: Floats
    column_names: tuple[str, ...]
    row_names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse figures that do not fit together."""
        rows, columns = self.matrix.shape
        if len(self.column_names) != columns or len(self.row_names) != rows or self.is_equality.shape != (rows,):
            raise _refused("the names do not fit the matrix")
        if self.stages[0].n_outcomes != 1:
            raise _refused("today has more than one outcome")
        for number, stage in enumerate(self.stages):
            self._check_stage(number, stage)
        for number, chances in enumerate(self.transition):
            shape = (self.stages[number].n_nodes, self.stages[number + 1].n_nodes)
            if chances.shape != shape or not _are_chances(chances):
                raise _refused(f"transition {number}")

    def _check_stage(self, number: int, stage: Stage) -> None:
        rows, columns = self.matrix.shape
        n, w, s = stage.n_nodes, stage.n_outcomes, len(self.state_columns)
        shapes = {
            "cost": (n, columns), "lower": (n, columns), "upper": (n, columns), "rhs": (n, w, rows),
            "incoming": (n, w, rows, s), "incoming_cost": (n, w, s), "constant": (n, w), "chance": (n, w),
        }  # fmt: skip
        for name, shape in shapes.items():
            array = getattr(stage, name)
            if array.shape != shape or not np.isfinite(array).all():
                raise _refused(f"stage {number}: {name} {array.shape} instead of {shape}, or not finite")
        if (stage.lower > stage.upper).any() or not _are_chances(stage.chance):
            raise _refused(f"stage {number}: a lower bound above its upper one, or chances that do not sum to 1")

    @property
    def n_states(self) -> int:
        """How many quantities are carried from month to month."""
        return len(self.state_columns)

    def floors(self) -> Floats:
        """For every stage, the least USD that all later stages together can cost by bounds alone; shape (stages,)."""
        floors = np.zeros(len(self.stages))
        for number in range(len(self.stages) - 1, 0, -1):
            before, stage = self.stages[number - 1], self.stages[number]
            low = before.lower[:, self.state_columns].min(axis=0)
            high = before.upper[:, self.state_columns].max(axis=0)
            carried = np.minimum(stage.incoming_cost * low, stage.incoming_cost * high).sum(axis=2).min()
            floors[number - 1] = floors[number] + stage.floor + carried
        return floors


@dataclass(frozen=True)
class Starts:
    """Where decisions begin: ``node`` (k,) of the first stage and what is held there, ``state`` (k, states) t.

    A policy solved for several starts is good at each of them; its bound and cost are means over them.
    """

    node: NDArray[np.int64]
    state: Floats

    @classmethod
    def of(cls, programme: Programme) -> "Starts":
        """The one start of a programme: node 0 with what is held today (t)."""
        return cls(np.zeros(1, dtype=np.int64), programme.initial_state[None])

    def check(self, programme: Programme) -> None:
        """Raise InputRejected when the rows (t) do not fit the programme's first stage."""
        fits = self.state.shape == (len(self.node), programme.n_states) and np.isfinite(self.state).all()
        n_nodes = programme.stages[0].n_nodes
        if not fits or len(self.node) == 0 or self.node.min() < 0 or self.node.max() >= n_nodes:
            raise _refused(f"starts: nodes {self.node}, states {self.state.shape}; {n_nodes} nodes in the first stage")


@dataclass(frozen=True, slots=True)
class Risk:
    """How much the worst outcomes count: (1 − weight) · mean + weight · mean of the worst ``tail_share``.

    ``weight`` 0–1 (λ); ``tail_share`` in (0, 1], 0.05 for CVaR 95 (Rockafellar & Uryasev 2000, J. Risk 2, 21–41).
    Over stages the measure is nested, each month looking at the next (Ruszczyński 2010, Math. Programming 125).
    """

    weight: float = 0.0
    tail_share: float = 0.05

    def __post_init__(self) -> None:
        """Refuse shares outside their range."""
        if not 0 <= self.weight <= 1 or not 0 < self.tail_share <= 1:
            raise InputRejected(
                Text("The weight of the worst cases is outside its range.", "最壞情況的權重超出範圍。"),
                received=f"weight {self.weight}, tail_share {self.tail_share}",
                expected="0 ≤ weight ≤ 1, 0 < tail_share ≤ 1",
            )


def risk_adjusted(chances: Floats, values: Floats, risk: Risk) -> Floats:
    """Probabilities under which the plain mean of ``values`` is the risk measure; shapes (k, m), (m,) → (k, m).

    ``values`` are costs in USD, larger is worse; every row of ``chances`` sums to one and so does the answer's.

    >>> risk_adjusted(np.array([[0.5, 0.5]]), np.array([10.0, 20.0]), Risk(weight=1.0, tail_share=0.5)).tolist()
    [[0.0, 1.0]]
    """
    if risk.weight == 0:
        return chances
    worst_first = np.argsort(-values, kind="stable")
    reached = np.minimum(np.cumsum(chances[:, worst_first], axis=1) / risk.tail_share, 1.0)
    tail = np.empty_like(chances)
    tail[:, worst_first] = np.diff(reached, axis=1, prepend=0.0)
    return (1 - risk.weight) * chances + risk.weight * tail


def _are_chances(chances: Floats) -> bool:
    sums = chances.sum(axis=-1)
    return bool((chances >= 0).all() and np.all(np.abs(sums - 1) <= PROBABILITY_TOLERANCE))


def _refused(received: str) -> InputRejected:
    return InputRejected(
        Text("These figures do not form a decision problem.", "這些數字無法構成決策問題。"), received=received
    )
