"""What was learnt about the value of the future: cuts to decide with and minorants to judge with; both are arrays."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from tomnext.procurement.programme import Floats, Programme, Risk
from tomnext.procurement.stage_models import Minorants


@dataclass(frozen=True)
class Cuts:
    """Everything a solved plan knows, ready to be kept and used again.

    ``intercept[t]``: (cuts, nodes of t) USD and ``slope[t]``: (cuts, nodes of t, states) USD per t bound the cost
    of all stages after ``t``. ``at[t]``: (cuts, states) t, the states visited at the end of stage ``t``.
    ``seen_value[t]``: (cuts, nodes of t+1, outcomes) USD and ``seen_slope[t]``: (cuts, nodes of t+1, outcomes,
    states) are the bounds of every single successor from which each cut was averaged.
    """

    intercept: tuple[Floats, ...]
    slope: tuple[Floats, ...]
    at: tuple[Floats, ...]
    seen_value: tuple[Floats, ...]
    seen_slope: tuple[Floats, ...]

    @property
    def n_cuts(self) -> int:
        """How many states of the first stage's end have been looked at."""
        return len(self.at[0]) if self.at else 0

    def arrays(self) -> dict[str, Floats]:
        """The arrays by name (``slope_3`` for stage 3), ready for ``numpy.savez``; units as in the class."""
        names = ("intercept", "slope", "at", "seen_value", "seen_slope")
        return {f"{name}_{stage}": array for name in names for stage, array in enumerate(getattr(self, name))}

    @classmethod
    def from_arrays(cls, arrays: dict[str, Floats]) -> "Cuts":
        """The cuts that :meth:`arrays` took apart."""
        stages = range(sum(name.startswith("at_") for name in arrays))
        parts = [
            tuple(np.asarray(arrays[f"{name}_{stage}"], dtype=np.float64) for stage in stages)
            for name in ("intercept", "slope", "at", "seen_value", "seen_slope")
        ]
        return cls(*parts)


class Learning:
    """Cuts while they are being gathered, one list a stage.

    Of ``kept`` cuts the bounds of single successors are averaged anew, under this programme's chances and this risk.
    """

    def __init__(self, programme: Programme, risk: Risk, kept: Cuts | None = None) -> None:
        self._risk = risk
        self._chances = [joint_chances(programme, number) for number in range(len(programme.stages) - 1)]
        self._found: list[list[tuple[Floats, Floats, Minorants]]] = [[] for _ in self._chances]
        if kept is not None:
            for number, parts in enumerate(zip(kept.at, kept.seen_value, kept.seen_slope, strict=True)):
                for at, value, slope in zip(*parts, strict=True):
                    self.learn(number, Minorants(at, value, slope, is_exact=True))

    def learn(self, number: int, seen: Minorants) -> tuple[Floats, Floats]:
        """The cut for every node of stage ``number`` from bounds of its successors, in USD and USD per t.

        Where not every successor was solved and an earlier bound is higher at the same state, that one stands in.
        """
        if not seen.is_exact:
            seen = self._sharpened(number, seen)
        values = seen.value.ravel()
        worst_first = np.argsort(-values, kind="stable")
        slopes = seen.slope.reshape(len(values), -1)
        weight, tail = self._risk.weight, self._risk.tail_share
        mean, slope = _averaged(self._chances[number], values, slopes, worst_first, weight, tail)
        intercept: Floats = mean - slope @ seen.at
        self._found[number].append((intercept, slope, seen))
        return intercept, slope

    def _sharpened(self, number: int, seen: Minorants) -> Minorants:
        value, slope = seen.value.copy(), seen.slope.copy()
        for _, _, earlier in self._found[number]:
            height = earlier.value + earlier.slope @ (seen.at - earlier.at)
            is_higher = height > value
            if is_higher.any():
                value[is_higher], slope[is_higher] = height[is_higher], earlier.slope[is_higher]
        return Minorants(seen.at, value, slope, is_exact=False)

    def cuts(self) -> Cuts:
        """What has been gathered so far; safe to call at any time, so a cancelled run keeps everything."""
        whole = min((len(found) for found in self._found), default=0)
        kept = [found[:whole] for found in self._found]
        return Cuts(
            intercept=tuple(np.array([one[0] for one in found]) for found in kept),
            slope=tuple(np.array([one[1] for one in found]) for found in kept),
            at=tuple(np.array([one[2].at for one in found]) for found in kept),
            seen_value=tuple(np.array([one[2].value for one in found]) for found in kept),
            seen_slope=tuple(np.array([one[2].slope for one in found]) for found in kept),
        )


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _averaged(
    chances: Floats, values: Floats, slopes: Floats, worst_first: NDArray[np.int64], weight: float, tail: float
) -> tuple[Floats, Floats]:
    """Means of values and slopes for every row of chances under :func:`risk_adjusted` probabilities, without them."""
    mean, slope = np.zeros(len(chances)), np.zeros((len(chances), slopes.shape[1]))
    for row in range(len(chances)):
        left = 1.0 if weight > 0.0 else 0.0
        for pair in worst_first:
            if left <= 0.0:
                break
            share = min(chances[row, pair] / tail, left)
            left -= share
            if share > 0.0:
                mean[row] += weight * share * values[pair]
                for s in range(slopes.shape[1]):
                    slope[row, s] += weight * share * slopes[pair, s]
        for pair in range(len(values)):
            share = (1.0 - weight) * chances[row, pair]
            if share > 0.0:
                mean[row] += share * values[pair]
                for s in range(slopes.shape[1]):
                    slope[row, s] += share * slopes[pair, s]
    return mean, slope


def joint_chances(programme: Programme, number: int) -> Floats:
    """Probability of every (node, outcome) of the next stage given a node of stage ``number``; (nodes, next pairs)."""
    following = programme.stages[number + 1]
    joint: Floats = programme.transition[number][:, :, None] * following.chance[None, :, :]
    return joint.reshape(programme.stages[number].n_nodes, -1)


def successor_values(cuts: Cuts, number: int, states: Floats) -> Floats:
    """Best known lower bound in USD of every (node, outcome) after stage ``number``; states (k, states) t → (k, pairs).

    The largest of the kept minorants at each state.
    """
    slopes = cuts.seen_slope[number]
    kept, pairs = slopes.shape[0], slopes.shape[1] * slopes.shape[2]
    flat = slopes.reshape(kept, pairs, -1)
    base = cuts.seen_value[number].reshape(kept, pairs) - np.einsum("cps,cs->cp", flat, cuts.at[number])
    best = np.full((len(states), pairs), -np.inf)
    for one in range(kept):
        np.maximum(best, base[one] + states @ flat[one].T, out=best)
    return best
