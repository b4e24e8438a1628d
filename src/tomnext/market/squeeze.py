"""How likely a squeeze is: a ridge-penalised logistic model, pooled over metals, with every part of its score named.

The question is asked of each metal and evening on which cash less three months is not beyond a threshold (1.5 percent
of cash): will it be on some day of the next 5, 20 or 60 trading days? One model a horizon answers for three thresholds
at once, because all three tell it about the same few dozen episodes. Metals share every coefficient; each has an
intercept of its own that the penalty all but pins to zero, so a metal never seen is answered by the pool.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.market.tightness import (
    CURVE_INPUTS,
    INPUTS,
    PARTS,
    STOCK_INPUTS,
    Tape,
    asked_of,
    halts_after,
    tightness_inputs,
)
from tomnext.vocabulary.errors import ModelFailed
from tomnext.vocabulary.words import Text

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HORIZON_DAYS = (5, 20, 60)
"""Trading days ahead for which a probability is given."""

THRESHOLDS_PCT = (0.75, 1.5, 3.0)
"""Backwardations, cash less three months in percent of cash, that count as an event; 1.5 is the standard one."""

STANDARD_PCT = 1.5
WARM_UP_DAYS = 100
"""Trading days a tape needs before its inputs are used."""

FEWEST_EVENT_DAYS = 20
"""Days followed by an event below which nothing can be fitted."""

CURVE_PENALTY, STOCK_PENALTY, METAL_PENALTY = 300.0, 3000.0, 2000.0
"""Ridge penalties on standardised inputs (assumption G1): overlapping days make the data far fewer than their rows."""


@dataclass(frozen=True)
class Question:
    """One metal's fresh tape with the inputs and the answers (1 event, 0 none, nan not to be used) of each day."""

    tape: Tape
    inputs: Mapping[float, Floats]
    answers: Mapping[float, Floats]


@dataclass(frozen=True)
class SqueezeModel:
    """A fitted model of one horizon: standardisation, coefficients by input, intercepts, and what it was fitted on.

    ``base_rates`` is by threshold the share of training days followed by an event. ``covariance`` is that of
    intercept and coefficients, robust to the dependence of days within a metal and year.
    """

    horizon_days: int
    means: Floats
    scales: Floats
    intercept: float
    coefficients: Floats
    metal_offsets: Mapping[str, float]
    base_rates: Mapping[float, float]
    covariance: Floats
    n_days: int
    n_event_days: int

    def log_odds(self, inputs: Floats, metal: str = "") -> Floats:
        """Log-odds of an event for rows of inputs ``(n, len(INPUTS))``; a missing input counts as average."""
        scores: Floats = self._standardised(inputs) @ self.coefficients
        return scores + self.intercept + self.metal_offsets.get(metal, 0.0)

    def probability(self, inputs: Floats, metal: str = "") -> Floats:
        """Probability of an event within the horizon, 0 to 1, for rows of inputs ``(n, len(INPUTS))``."""
        return logistic(self.log_odds(inputs, metal))

    def parts(self, row: Floats) -> dict[str, float]:
        """What each named part adds to the log-odds of one row of inputs, against an average day.

        The parts, the intercept and the metal's offset sum to the log-odds.
        """
        terms = self._standardised(row[None, :])[0] * self.coefficients
        return {part: float(sum(terms[INPUTS.index(name)] for name in names)) for part, names in PARTS.items()}

    def interval(self, row: Floats, metal: str = "", width: float = 1.645) -> tuple[float, float]:
        """Probabilities (0 to 1) ``width`` standard errors of the log-odds below and above, for estimation alone."""
        design = np.concatenate([[1.0], self._standardised(row[None, :])[0]])
        error = float(np.sqrt(max(design @ self.covariance @ design, 0.0)))
        centre = float(self.log_odds(row[None, :], metal)[0])
        low, high = logistic(np.array([centre - width * error, centre + width * error]))
        return float(low), float(high)

    def _standardised(self, inputs: Floats) -> Floats:
        rows: Floats = np.nan_to_num((inputs - self.means) / self.scales, nan=0.0)
        return rows


def logistic(log_odds: Floats) -> Floats:
    """Probability (0 to 1) of given log-odds.

    >>> logistic(np.array([0.0])).tolist()
    [0.5]
    """
    chance: Floats = 1.0 / (1.0 + np.exp(-np.clip(log_odds, -30.0, 30.0)))
    return chance


def events_ahead(level_pct: Floats, halted_after: Flags, horizon_days: int, beyond_pct: float) -> Floats:
    """For each day: 1 if the level exceeds ``beyond_pct`` on some of the next ``horizon_days`` days, 0 if on none.

    nan where it already exceeds it that day, where the window is not over yet, and where a halt interrupts a window
    without an event (a halted market is not a calm one). ``level_pct`` is cash–3M in percent, fresh days only.

    >>> events_ahead(np.array([0.0, 1.0, 2.0, 0.0, 0.0]), np.zeros(5, bool), 1, 1.5).tolist()
    [0.0, 1.0, nan, 0.0, nan]
    """
    places = np.arange(level_pct.size)
    beyond = level_pct > beyond_pct
    wait = _next_marked(beyond) - places
    answers = np.where(wait <= horizon_days, 1.0, 0.0)
    unknown = (wait > horizon_days) & (places + horizon_days >= level_pct.size)
    interrupted = (wait > horizon_days) & (_next_marked(halted_after, itself=True) - places < horizon_days)
    answers[beyond | unknown | interrupted] = np.nan
    return answers


def question(tape: Tape, horizon_days: int) -> Question:
    """The rows of one metal's fresh tape that can teach or test, for all thresholds (percent of cash)."""
    level, halted = tape.cash_minus_three_month_pct, halts_after(tape.days)
    warm = np.arange(len(tape)) >= WARM_UP_DAYS
    answers = {}
    for beyond in THRESHOLDS_PCT:
        known = events_ahead(level, halted, horizon_days, beyond)
        known[~warm] = np.nan
        answers[beyond] = known
    inputs = tightness_inputs(tape, STANDARD_PCT)
    return Question(tape, {beyond: asked_of(inputs, tape, beyond) for beyond in THRESHOLDS_PCT}, answers)


def fit_squeeze(
    questions: Sequence[Question], horizon_days: int, teach: Sequence[Flags] | None = None, errors: bool = True
) -> SqueezeModel:
    """Fit the pooled model of one horizon (trading days) on every metal's answered days, or those marked ``teach``.

    Without ``errors`` the covariance is left at nan, which saves a third of the time. Raises ModelFailed when fewer
    than twenty days were followed by an event: nothing can be learnt from that.
    """
    taught = [_Taught(one, number, teach[number] if teach else None) for number, one in enumerate(questions)]
    rates = {beyond: np.concatenate([one.answers[beyond] for one in taught]) for beyond in THRESHOLDS_PCT}
    if rates[STANDARD_PCT].sum() < FEWEST_EVENT_DAYS:
        raise _too_few(int(rates[STANDARD_PCT].sum()))
    inputs = np.vstack([one.inputs[beyond] for one in taught for beyond in THRESHOLDS_PCT])
    event = np.concatenate([one.answers[beyond] for one in taught for beyond in THRESHOLDS_PCT])
    cluster = np.concatenate([one.cluster[beyond] for one in taught for beyond in THRESHOLDS_PCT])
    means, scales = _moments(inputs)
    own = (cluster % _METALS)[:, None] == np.arange(len(questions))
    design = np.column_stack([np.ones(event.size), np.nan_to_num((inputs - means) / scales, nan=0.0), own])
    penalty = _penalties(len(questions))
    weights = ridge_logistic(design, event, penalty)
    covariance = np.full((weights.size, weights.size), np.nan)
    if errors:
        covariance = _clustered(design, event, weights, penalty, cluster)
    shared = 1 + len(INPUTS)
    return SqueezeModel(
        horizon_days=horizon_days,
        means=means,
        scales=scales,
        intercept=float(weights[0]),
        coefficients=weights[1:shared],
        metal_offsets={one.tape.metal: float(w) for one, w in zip(questions, weights[shared:], strict=True)},
        base_rates={beyond: float(known.mean()) if known.size else float("nan") for beyond, known in rates.items()},
        covariance=covariance[:shared, :shared],
        n_days=int(rates[STANDARD_PCT].size),
        n_event_days=int(rates[STANDARD_PCT].sum()),
    )


def spread_rule_inputs(inputs: Floats) -> Floats:
    """The rival that must be beaten: of the inputs only cash–3M percent, its 20-day highest and 20-day change."""
    rule: Floats = np.nan_to_num(inputs[:, [INPUTS.index(name) for name in ("level", "highest_20d", "change_20d")]])
    return rule


def fit_spread_rule(inputs: Floats, event: Floats) -> Floats:
    """Intercept and three coefficients of the unpenalised logistic rule on spread percent alone."""
    design = np.column_stack([np.ones(event.size), inputs])
    return ridge_logistic(design, event, np.full(design.shape[1], 1e-6))


def ridge_logistic(design: Floats, event: Floats, penalty: Floats, steps: int = 60) -> Floats:
    """Coefficients (log-odds per unit of each column) minimising log-loss + ½ Σ penalty·coefficient², by Newton.

    ``design`` is ``(n, k)`` and begins with the constant 1, ``event`` is 0 or 1, ``penalty`` one figure a column (0
    leaves it free). Raises ModelFailed when sixty steps do not settle it.
    """
    weights = np.zeros(design.shape[1])
    weights[0] = np.log((event.mean() + 1e-6) / (1.0 - event.mean() + 1e-6))
    for _ in range(steps):
        chance = logistic(design @ weights)
        slope = design.T @ (chance - event) + penalty * weights
        rooted = design * np.sqrt(chance * (1.0 - chance))[:, None]
        bend = rooted.T @ rooted + np.diag(penalty + 1e-9)
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-7:
            return weights
    raise ModelFailed(
        Text("The squeeze model did not settle.", "擠倉模型未能收斂。"),
        received=f"largest last step {np.abs(step).max():.2g}",
        fix=Text("Give it a longer history.", "請提供更長的歷史資料。"),
    )


_METALS = 1000
"""Clusters are numbered year × 1000 + metal."""


class _Taught:
    """The rows of one question that teach, by threshold: inputs, answers and the cluster of each."""

    def __init__(self, one: Question, number: int, teach: Flags | None) -> None:
        years = one.tape.days.astype("datetime64[Y]").astype(np.int64)
        self.inputs, self.answers, self.cluster = {}, {}, {}
        for beyond, known in one.answers.items():
            use = np.isfinite(known) if teach is None else np.isfinite(known) & teach
            self.inputs[beyond], self.answers[beyond] = one.inputs[beyond][use], known[use]
            self.cluster[beyond] = years[use] * _METALS + number


def _next_marked(marked: Flags, itself: bool = False) -> NDArray[np.int64]:
    """The place of the first mark after each place (or at it); far beyond the end when there is none."""
    far = 4 * marked.size + 1_000_000
    places = np.where(marked, np.arange(marked.size), far)
    first: NDArray[np.int64] = np.minimum.accumulate(places[::-1])[::-1]
    return first if itself else np.concatenate([first[1:], [far]])


def _moments(inputs: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each column over what it has; 0 and 1 for a column nobody has."""
    known = np.isfinite(inputs)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, inputs, 0.0)
    means = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, inputs - means, 0.0) ** 2).sum(axis=0) / count)
    return means, np.where(spread > 1e-9, spread, 1.0)


def _penalties(n_metals: int) -> Floats:
    return np.concatenate(
        [
            [0.0],
            np.full(len(CURVE_INPUTS), CURVE_PENALTY),
            np.full(len(STOCK_INPUTS), STOCK_PENALTY),
            np.full(n_metals, METAL_PENALTY),
        ]
    )


def _clustered(design: Floats, event: Floats, weights: Floats, penalty: Floats, cluster: NDArray[np.int64]) -> Floats:
    """Sandwich covariance with scores summed within clusters (Liang and Zeger 1986, Biometrika 73, equation 2)."""
    chance = logistic(design @ weights)
    bend = (design.T * (chance * (1.0 - chance))) @ design + np.diag(penalty + 1e-9)
    _, place = np.unique(cluster, return_inverse=True)
    scores = np.column_stack([np.bincount(place, weights=column * (event - chance)) for column in design.T])
    bread = np.linalg.inv(bend)
    covariance: Floats = bread @ scores.T @ scores @ bread
    return covariance


def _too_few(events: int) -> ModelFailed:
    return ModelFailed(
        Text("There are too few squeezes in this history to learn from.", "這段歷史中的擠倉太少，無法學習。"),
        received=events,
        expected=Text(
            f"at least {FEWEST_EVENT_DAYS} days followed by an event",
            f"至少 {FEWEST_EVENT_DAYS} 個隨後發生事件的交易日",
        ),
        fix=Text("Import more metals or more years.", "請匯入更多金屬或更多年份。"),
    )
