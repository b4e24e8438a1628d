"""Trying the squeeze model on days it had not seen, beside the rival rule on the spread alone.

A trial hands back, metal by metal, the forecast of the model, of the rival and of the base rate of its own training
days. Training days are only those whose outcome was known before the first tested day; a tested day is one whose
outcome is known and on which cash–3M was not already beyond 1.5 percent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tomnext.market.forecast_record import CalibrationBin, area_under_curve, calibration, skill
from tomnext.market.squeeze import STANDARD_PCT, Question, fit_spread_rule, fit_squeeze, logistic, spread_rule_inputs
from tomnext.vocabulary.errors import ModelFailed
from tomnext.vocabulary.words import Text

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FIRST_YEARS = 5
"""Years of history before the first walk-forward forecast (half of a history shorter than ten)."""


@dataclass(frozen=True)
class Trial:
    """Forecasts (0 to 1) by metal over each metal's days; nan where none was made. All arrays as long as the tape."""

    questions: Sequence[Question]
    model: Mapping[str, Floats]
    rule: Mapping[str, Floats]
    base: Mapping[str, Floats]

    def tested(self, metal: str) -> Flags:
        """The days of a metal that have both a forecast and a known outcome."""
        answers = self._question(metal).answers[STANDARD_PCT]
        marked: Flags = np.isfinite(self.model[metal]) & np.isfinite(answers)
        return marked

    def answers(self, metal: str) -> Floats:
        """What happened (1, 0 or nan) after each day of a metal."""
        return self._question(metal).answers[STANDARD_PCT]

    def days(self, metal: str) -> NDArray[np.datetime64]:
        """The days of a metal's tape."""
        return self._question(metal).tape.days

    def _question(self, metal: str) -> Question:
        return next(one for one in self.questions if one.tape.metal == metal)


@dataclass(frozen=True)
class Scores:
    """Forecasts against outcomes: days, days before an event, mean forecast, ROC area, Brier skills, calibration."""

    days: int
    event_days: int
    mean_forecast: float
    auc: float
    brier_skill_vs_base_rate: float
    brier_skill_vs_spread_rule: float
    spread_rule_skill_vs_base_rate: float
    calibration: tuple[CalibrationBin, ...]


def walk_forward(questions: Sequence[Question], horizon_days: int) -> Trial:
    """Refit at each turn of the year on what was known by then, forecast that year; days are trading days.

    Years whose past holds too few squeezes to learn from are left without a forecast; ModelFailed when all are.
    """
    trial = _blank(questions)
    first, last = _years(questions)
    begin = first + (FIRST_YEARS if last - first >= 2 * FIRST_YEARS else max((last - first) // 2, 1))
    for year in range(begin, last + 1):
        start, end = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01")
        teach = [_known_by(one, start, horizon_days) for one in questions]
        test = [(one.tape.days >= start) & (one.tape.days < end) for one in questions]
        _try(trial, teach, test, horizon_days)
    return _checked(trial)


def trained_until(
    questions: Sequence[Question], horizon_days: int, last: np.datetime64, never_seen: Iterable[str] = ()
) -> Trial:
    """Fit once on what was known by a day, forecast all that follows; metals ``never_seen`` teach nothing at all.

    A metal never seen is forecast on every day it has, before and after.
    """
    trial, outside = _blank(questions), set(never_seen)
    begin = last + np.timedelta64(1, "D")
    none = [np.zeros(len(one.tape), dtype=bool) for one in questions]
    teach = [
        empty if one.tape.metal in outside else _known_by(one, begin, horizon_days)
        for one, empty in zip(questions, none, strict=True)
    ]
    test = [(one.tape.days > last) | (one.tape.metal in outside) for one in questions]
    _try(trial, teach, test, horizon_days)
    return _checked(trial)


def metal_left_out(questions: Sequence[Question], horizon_days: int, metal: str) -> Trial:
    """One metal forecast on every day it has by a model that saw only the others."""
    trial = _blank(questions)
    teach = [np.full(len(one.tape), one.tape.metal != metal) for one in questions]
    test = [np.full(len(one.tape), one.tape.metal == metal) for one in questions]
    _try(trial, teach, test, horizon_days)
    return _checked(trial)


def window_left_out(
    questions: Sequence[Question], horizon_days: int, first: np.datetime64, last: np.datetime64
) -> Trial:
    """The days from ``first`` to ``last`` forecast by a model that saw neither them nor days whose outcome they are."""
    trial = _blank(questions)
    test = [(one.tape.days >= first) & (one.tape.days <= last) for one in questions]
    teach = [_known_by(one, first, horizon_days) | (one.tape.days > last) for one in questions]
    _try(trial, teach, test, horizon_days)
    return trial


def scores(trial: Trial, metals: Sequence[str] | None = None) -> Scores:
    """Everything a trial says of its metals together (skills and probabilities as shares, 0 to 1)."""
    metals = [one.tape.metal for one in trial.questions] if metals is None else metals
    marks = {metal: trial.tested(metal) for metal in metals}

    def gathered(pick: Callable[[str], NDArray[np.generic]]) -> NDArray[np.generic]:
        return np.concatenate([pick(metal)[marks[metal]] for metal in metals])

    event = gathered(trial.answers).astype(np.float64)
    model, rule, base = (
        gathered(kept.__getitem__).astype(np.float64) for kept in (trial.model, trial.rule, trial.base)
    )
    month = gathered(lambda metal: trial.days(metal).astype("datetime64[M]").astype(np.int64)).astype(np.int64)
    number = np.concatenate([np.full(int(marks[metal].sum()), place) for place, metal in enumerate(metals)])
    return Scores(
        days=int(event.size),
        event_days=int(event.sum()),
        mean_forecast=float(model.mean()) if event.size else float("nan"),
        auc=area_under_curve(event, model),
        brier_skill_vs_base_rate=skill(event, model, base) if event.size else float("nan"),
        brier_skill_vs_spread_rule=skill(event, model, rule) if event.size else float("nan"),
        spread_rule_skill_vs_base_rate=skill(event, rule, base) if event.size else float("nan"),
        calibration=tuple(calibration(event, model, month * 100 + number, month // 3 * 100 + number)),
    )


def _blank(questions: Sequence[Question]) -> Trial:
    empty = [{one.tape.metal: np.full(len(one.tape), np.nan) for one in questions} for _ in range(3)]
    return Trial(questions, *empty)


def _years(questions: Sequence[Question]) -> tuple[int, int]:
    years = np.concatenate([one.tape.days.astype("datetime64[Y]").astype(np.int64) + 1970 for one in questions])
    return int(years.min()), int(years.max())


def _known_by(one: Question, day: np.datetime64, horizon_days: int) -> Flags:
    """Days whose outcome was settled before a day: the whole window lies before it."""
    before = int(np.searchsorted(one.tape.days, day))
    settled: Flags = np.arange(len(one.tape)) + horizon_days < before
    return settled


def _try(trial: Trial, teach: Sequence[Flags], test: Sequence[Flags], horizon_days: int) -> None:
    """Fit model and rival on the days that teach and write their forecasts onto the days that test."""
    try:
        model = fit_squeeze(trial.questions, horizon_days, teach, errors=False)
    except ModelFailed:
        return
    rivals = [spread_rule_inputs(one.inputs[STANDARD_PCT]) for one in trial.questions]
    use = [marked & np.isfinite(one.answers[STANDARD_PCT]) for one, marked in zip(trial.questions, teach, strict=True)]
    answers = [one.answers[STANDARD_PCT][marked] for one, marked in zip(trial.questions, use, strict=True)]
    rule = fit_spread_rule(
        np.vstack([inputs[marked] for inputs, marked in zip(rivals, use, strict=True)]), np.concatenate(answers)
    )
    for one, inputs, marked in zip(trial.questions, rivals, test, strict=True):
        metal = one.tape.metal
        seen_metal = metal if any(np.any(m) for q, m in zip(trial.questions, teach, strict=True) if q is one) else ""
        trial.model[metal][marked] = model.probability(one.inputs[STANDARD_PCT][marked], seen_metal)
        trial.rule[metal][marked] = logistic(rule[0] + inputs[marked] @ rule[1:])
        trial.base[metal][marked] = model.base_rates[STANDARD_PCT]


def _checked(trial: Trial) -> Trial:
    if any(trial.tested(one.tape.metal).any() for one in trial.questions):
        return trial
    raise ModelFailed(
        Text("No day could be tested: too few squeezes came before it.", "沒有可檢驗的日子：之前的擠倉太少。"),
        fix=Text("Import a longer history or more metals.", "請匯入更長的歷史或更多金屬。"),
    )
