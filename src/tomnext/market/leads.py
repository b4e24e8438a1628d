"""Whether one series moves before another: lead–lag with block bootstrap, and whether it helps to forecast.

A lead *holds* when two things are true: the correlation of the candidate's past moves with the target's next ones is
beyond what a circular block bootstrap of the candidate allows (Politis and Romano 1992, after false-discovery control
over all candidates), and forecasts with it beat an autoregression without it on later data. The lag forecast with is
chosen on the earlier data alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.market.decoupling import false_discovery

Floats = NDArray[np.float64]
LAGS = (1, 2, 3, 4)
FEWEST = 60
BLOCK = 8


@dataclass(frozen=True)
class Lead:
    """One candidate: its strongest lag (periods), correlation there, p-values, forecast gain (share of squared error).

    ``standing``: holds, does_not_hold, not_testable. ``periods`` is how many the two had in common.
    """

    name: str
    periods: int
    lag: int | None
    correlation: float | None
    p_value: float | None
    adjusted_p: float | None
    forecast_gain: float | None
    standing: str


def rank_leads(
    target: Floats,
    candidates: Sequence[tuple[str, Floats]],
    rng: np.random.Generator,
    draws: int = 499,
    rate: float = 0.10,
) -> list[Lead]:
    """Rank candidates by whether their moves lead the target's; arrays of moves on the same periods, nan missing.

    The index of an array is the period; a candidate's move must have been known at the end of its period.
    """
    tested = [(name, *_tested(target, moves, rng, draws)) for name, moves in candidates]
    usable = [one for one in tested if one[4] is not None]
    adjusted = dict(zip((one[0] for one in usable), false_discovery(np.array([one[4] for one in usable])), strict=True))
    leads = []
    for name, periods, lag, correlation, p_value, gain in tested:
        if p_value is None:
            leads.append(Lead(name, periods, None, None, None, None, None, "not_testable"))
            continue
        q = float(adjusted[name])
        holds = q <= rate and gain is not None and gain > 0
        leads.append(Lead(name, periods, lag, correlation, p_value, q, gain, "holds" if holds else "does_not_hold"))
    order = {"holds": 0, "does_not_hold": 1, "not_testable": 2}
    return sorted(leads, key=lambda one: (order[one.standing], one.adjusted_p if one.adjusted_p is not None else 2.0))


def forecast_gain(target: Floats, candidate: Floats, first_share: float = 0.5) -> float | None:
    """Share of squared error saved by adding the candidate's past move to an AR(1), out of sample.

    The lag is the strongest of the first ``first_share`` of the common periods; both regressions are refitted each
    period on the past alone from there on. Shares 0–1, negative when it costs; empty with fewer than 20 to judge on.
    """
    early = _first_part(target, candidate, first_share)
    lag = LAGS[int(np.abs(_by_lag(target[:early], candidate[:early])).argmax())]
    own = np.concatenate([[np.nan], target[:-1]])
    other = np.concatenate([np.full(lag, np.nan), candidate[:-lag]])
    rows = np.isfinite(target) & np.isfinite(own) & np.isfinite(other)
    y, plain = target[rows], np.column_stack([np.ones(int(rows.sum())), own[rows]])
    wide = np.column_stack([plain, other[rows]])
    begin = max(int(first_share * y.size), 20)
    if y.size - begin < 20:
        return None
    errors = [np.array([y[t] - x[t] @ _fit(x[:t], y[:t]) for t in range(begin, y.size)]) for x in (plain, wide)]
    return float(1.0 - (errors[1] ** 2).sum() / (errors[0] ** 2).sum())


def _fit(design: Floats, target: Floats) -> Floats:
    bend = design.T @ design + 1e-9 * np.eye(design.shape[1])
    return np.asarray(np.linalg.solve(bend, design.T @ target), dtype=np.float64)


def _tested(
    target: Floats, moves: Floats, rng: np.random.Generator, draws: int
) -> tuple[int, int | None, float | None, float | None, float | None]:
    both = np.isfinite(target) & np.isfinite(moves)
    periods = int(both.sum())
    if periods < FEWEST or np.nanstd(moves) == 0.0:
        return periods, None, None, None, None
    found = _by_lag(target, moves)
    best = int(np.abs(found).argmax())
    beyond = 0
    known = np.flatnonzero(np.isfinite(moves))
    for _ in range(draws):
        shuffled = moves.copy()
        shuffled[known] = moves[known][_blocks(known.size, rng)]
        beyond += np.max(np.abs(_by_lag(target, shuffled))) >= np.abs(found[best])
    p_value = (1.0 + beyond) / (draws + 1.0)
    return periods, LAGS[best], float(found[best]), p_value, forecast_gain(target, moves)


def _first_part(target: Floats, candidate: Floats, share: float) -> int:
    """How many periods hold the first share of those the two have in common."""
    both = np.cumsum(np.isfinite(target) & np.isfinite(candidate))
    return int(np.searchsorted(both, share * both[-1])) + 1


def _by_lag(target: Floats, moves: Floats) -> Floats:
    return np.array([_correlation(target, moves, lag) for lag in LAGS])


def _correlation(target: Floats, moves: Floats, lag: int) -> float:
    later, earlier = target[lag:], moves[:-lag]
    both = np.isfinite(later) & np.isfinite(earlier)
    if np.count_nonzero(both) < 3:
        return 0.0
    a, b = later[both] - later[both].mean(), earlier[both] - earlier[both].mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def _blocks(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places of a circular block resample."""
    starts = rng.integers(0, count, size=count // BLOCK + 1)
    return ((starts[:, None] + np.arange(BLOCK)) % count).ravel()[:count]
