"""From thousands of simulated futures to a Markov lattice, and an honest account of what was lost.

At every stage the paths are cut, regime by regime, into groups of similar prices and spreads: again and again the
group with the most squared deviation is split at its mean along its widest series, so that tails get nodes of their
own. The nodes, ordered by a series, take the means of the matching slices of the paths' own distribution of it, and are
then spread out within its middle and within either tail until the variance there is the paths', as far as every node
stays inside the values it stands for. That keeps mean, variance and tails of every series; a transition is the share of
paths that go from group to group. No random choice is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.scenarios.calibrate import Market
from tomnext.scenarios.lattice import Lattice
from tomnext.scenarios.simulate import Simulation, simulate
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Text

SPREAD = "_cash_minus_three_month_"
"""What the name of a spread holds; every other series is a price."""
RAREST_REGIME = 0.002
TAIL = 0.05
DIFFERENCE_WEIGHT = 0.4
"""A spread counts this much beside a price when paths are grouped: the price decides most of the cost."""


@dataclass(frozen=True)
class LatticeError:
    """One statistic of one series at one stage: of the lattice, of fresh paths, and the difference in standard
    deviations of the series at that stage (for ``squeeze_frequency`` as a share).

    ``statistic``: mean, sd, cvar95_high and cvar95_low (mean of the highest and lowest 5 %), squeeze_frequency.
    """

    series: str
    stage: int
    statistic: str
    lattice: float
    fresh: float
    difference: float


def build_lattice(
    market: Market,
    stage_days: Sequence[int],
    n_nodes: int = 40,
    n_paths: int = 20_000,
    seed: int = 0,
    workers: int = 1,
    has_view: bool = False,
) -> Lattice:
    """A lattice of ``market`` with stage 0 today and then ``stage_days`` (rising trading days), ``n_nodes`` a stage.

    Unless ``has_view``, prices are scaled so that every three-month (or only) price keeps today's value on average:
    a plan must not be paid for by a drift nobody forecast. Values in each series' unit.
    """
    if n_nodes < 2 or n_paths < 10 * n_nodes:
        raise InputRejected(
            Text(
                "A lattice needs two nodes a stage and ten paths a node.",
                "晶格每階段至少兩個節點、每節點至少十條路徑。",
            ),
            received=f"{n_nodes} nodes, {n_paths} paths",
        )
    paths = centred(simulate(market, n_paths, stage_days, seed, workers), market, has_view)
    return reduced(paths, market.today, regime_today(market), n_nodes)


def reduced(paths: Simulation, today: NDArray[np.float64], regime: NDArray[np.int64], n_nodes: int) -> Lattice:
    """A lattice of given paths: ``today`` (n_series,) in each series' unit, ``regime`` today (1, n_metals) 0 or 1."""
    values, regimes, transitions = [today[None, :]], [regime], []
    before, weight = np.zeros(len(paths.values), dtype=np.int64), _weights(paths.series)
    for stage in range(len(paths.days)):
        stage_values = paths.values[:, stage]
        group = _groups(stage_values, paths.regime[:, stage], n_nodes, weight)
        values.append(_node_values(stage_values, group))
        regimes.append(_majority(paths.regime[:, stage], group))
        transitions.append(_transition(before, group))
        before = group
    days = (0, *paths.days)
    return Lattice(paths.series, tuple(values), tuple(transitions), tuple(regimes), paths.metals, days)


def lattice_errors(
    lattice: Lattice, market: Market, n_paths: int = 20_000, seed: int = 1, has_view: bool = False, workers: int = 1
) -> list[LatticeError]:
    """The lattice beside fresh paths (another seed), stage by stage, in each series' unit."""
    fresh = centred(simulate(market, n_paths, lattice.stage_days[1:], seed, workers), market, has_view)
    found = []
    for stage, chance in enumerate(lattice.probabilities()[1:], start=1):
        for k, series in enumerate(lattice.series):
            sample = fresh.values[:, stage - 1, k]
            own = _statistics(lattice.values[stage][:, k], chance)
            other = _statistics(sample, np.full(n_paths, 1 / n_paths))
            scale = other["sd"] or 1.0
            for name, value in own.items():
                found.append(LatticeError(series, stage, name, value, other[name], (value - other[name]) / scale))
        for k, metal in enumerate(lattice.metals):
            own_share, share = float(chance @ lattice.regime[stage][:, k]), float(fresh.regime[:, stage - 1, k].mean())
            found.append(LatticeError(metal, stage, "squeeze_frequency", own_share, share, own_share - share))
    return found


def centred(paths: Simulation, market: Market, has_view: bool = False) -> Simulation:
    """Paths whose three-month (or only) prices are scaled to keep today's value on average, unless ``has_view``."""
    if has_view:
        return paths
    values, column = paths.values.copy(), 0
    for level, two in zip(market.level, market.has_tightness, strict=True):
        width = 2 if two else 1
        anchor = values[:, :, column] - values[:, :, column + 1] if two else values[:, :, column]
        values[:, :, column : column + width] *= (level / anchor.mean(axis=0))[:, None]
        column += width
    return Simulation(paths.series, paths.metals, paths.days, values, paths.regime, paths.touched)


def regime_today(market: Market) -> NDArray[np.int64]:
    """Whether each metal is squeezed on the market's day, (1, n_metals) of 0 or 1, no units."""
    return (market.has_tightness & (market.squeeze_probability > 0.5)).astype(np.int64)[None, :]


def _groups(
    values: NDArray[np.float64], regime: NDArray[np.int8], n_nodes: int, weight: NDArray[np.float64]
) -> NDArray[np.int64]:
    """A group number for every path; groups hold one regime unless it is rarer than 0.2 %."""
    code = regime.astype(np.int64) @ (1 << np.arange(regime.shape[1]))
    kinds, counts = np.unique(code, return_counts=True)
    common = kinds[counts >= max(RAREST_REGIME * code.size, 2)][:n_nodes]
    code = np.where(np.isin(code, common), code, kinds[np.argmax(counts)])
    scaled = _normal_scores(values) * weight
    members = [np.flatnonzero(code == kind) for kind in common]
    spread = [_spread(scaled[rows]) for rows in members]
    while len(members) < n_nodes and max(one[0] for one in spread) > 0:
        widest = int(np.argmax([one[0] for one in spread]))
        rows, along = members[widest], spread[widest][1]
        above = scaled[rows, along] > scaled[rows, along].mean()
        members[widest : widest + 1] = [rows[~above], rows[above]]
        spread[widest : widest + 1] = [_spread(scaled[rows[~above]]), _spread(scaled[rows[above]])]
    group = np.empty(code.size, dtype=np.int64)
    for number, rows in enumerate(members):
        group[rows] = number
    return group


def _spread(scaled: NDArray[np.float64]) -> tuple[float, int]:
    """Total squared deviation of a group and its widest series."""
    squares = scaled.var(axis=0)
    return float(squares.sum() * scaled.shape[0]), int(np.argmax(squares))


def _normal_scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtri

    ranks = np.argsort(np.argsort(values, axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(ndtri((ranks + 0.5) / values.shape[0]))


def _weights(series: Sequence[str]) -> NDArray[np.float64]:
    return np.array([DIFFERENCE_WEIGHT if SPREAD in name else 1.0 for name in series])


def _node_values(values: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each series the nodes in the order of their means share out the paths' sorted values."""
    counts = np.bincount(group)
    nodes = np.empty((counts.size, values.shape[1]))
    for k in range(values.shape[1]):
        order = np.argsort(np.bincount(group, weights=values[:, k]) / counts, kind="stable")
        nodes[order, k] = _shared_out(np.sort(values[:, k]), counts[order])
    return nodes


def _shared_out(ordered: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Slice means of sorted values, spread out within the low tail, the middle and the high tail to their variance."""
    ends = np.cumsum(counts)
    starts = ends - counts
    means = np.add.reduceat(ordered, starts) / counts
    middle = (starts + ends) / (2 * ordered.size)
    for part in (middle < TAIL, (middle >= TAIL) & (middle <= 1 - TAIL), middle > 1 - TAIL):
        at = np.flatnonzero(part)
        if at.size < 2:
            continue
        own = ordered[starts[at[0]] : ends[at[-1]]]
        away = means[at] - own.mean()
        kept = counts[at] @ away**2 / own.size
        if kept == 0:
            continue
        room = min((own.mean() - own[0]) / -away[0], (own[-1] - own.mean()) / away[-1])
        means[at] = own.mean() + away * min(np.sqrt(own.var() / kept), room)
    return np.asarray(means)


def _majority(regime: NDArray[np.int8], group: NDArray[np.int64]) -> NDArray[np.int64]:
    counts = np.bincount(group)
    shares = [np.bincount(group, weights=regime[:, k]) / counts for k in range(regime.shape[1])]
    return (np.column_stack(shares) > 0.5).astype(np.int64)


def _transition(before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.float64]:
    counts = np.zeros((int(before.max()) + 1, int(after.max()) + 1))
    np.add.at(counts, (before, after), 1.0)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _statistics(values: NDArray[np.float64], chance: NDArray[np.float64]) -> dict[str, float]:
    mean = float(chance @ values)
    order = np.argsort(values, kind="stable")
    return {
        "mean": mean,
        "sd": float(np.sqrt(chance @ (values - mean) ** 2)),
        "cvar95_high": _tail_mean(values[order[::-1]], chance[order[::-1]]),
        "cvar95_low": _tail_mean(values[order], chance[order]),
    }


def _tail_mean(values: NDArray[np.float64], chance: NDArray[np.float64]) -> float:
    """The mean of the first 5 % of probability, the last value taken in part."""
    taken = np.clip(TAIL - (np.cumsum(chance) - chance), 0.0, chance)
    return float(taken @ values / taken.sum())
