"""How good the squeeze warning has been on the data at hand, each forecast made by a model that had not seen the day.

Three ways of not having seen it: *walk-forward* (refitted each January on what had come true by then), *leave one
metal out* (every metal forecast by a model of the others), *leave one episode out* (all metals' days around a labelled
squeeze withheld). The rival is a logistic rule on the spread alone, fitted the same way on the same days.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

import numpy as np

from tomnext.facts.kinds.history import Squeeze
from tomnext.facts.load import Facts, load_facts
from tomnext.market.forecast_record import AlarmRecord, alarms, episodes, lead_days
from tomnext.market.squeeze import HORIZON_DAYS, STANDARD_PCT, Question
from tomnext.market.squeeze_trials import (
    Scores,
    Trial,
    metal_left_out,
    scores,
    trained_until,
    walk_forward,
    window_left_out,
)
from tomnext.market.tightness import Days, Floats
from tomnext.observations.reading import Observations
from tomnext.studies.squeeze_watch import PARTS_HORIZON_DAYS, questions_of
from tomnext.studies.tapes import TapeRead, lme_tapes, no_tape, weakest
from tomnext.vocabulary.errors import InputRejected, ModelFailed, ObservationMissing
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

WARN_AT = 0.25
"""Probability from which a day counts as a warning: about four times the base rate (assumption G2)."""

QUIET_DAYS = 20
LOOK_BACK_DAYS = 60
WITHHELD_BEFORE, WITHHELD_AFTER = timedelta(days=365), timedelta(days=180)
_SIMULATED = Nature.SIMULATED.value
_QUEUE = (date(2013, 6, 1), date(2013, 9, 30))

Progress = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True)
class HeldOutEpisode:
    """One labelled squeeze forecast without its own time: days from first warning to peak, and the highest forecast.

    ``highest_forecast`` is that of the days before the peak on which cash–3M was not yet beyond 1.5 %.
    """

    event_id: str
    metal: str
    peaked_on: date
    lead_days: int | None
    highest_forecast: float | None


@dataclass(frozen=True)
class SqueezeRecord:
    """The whole record. ``standard`` is 20 days, walk-forward (or after ``train_until`` when that was asked).

    ``copper_queue_2013`` is the highest forecast of June to September 2013, when 375,425 t of copper stood cancelled
    in load-out queues and nothing was squeezed; empty when it was not forecast.
    """

    protocol: str
    tested_from: date
    tested_to: date
    standard: Scores
    by_metal: Mapping[str, Scores]
    horizons: Mapping[int, Scores]
    leave_one_metal_out: Mapping[str, Scores]
    leave_one_episode_out: tuple[HeldOutEpisode, ...]
    false_alarms_per_year: float
    false_alarms_by_metal: Mapping[str, float]
    copper_queue_2013: float | None
    n_episodes: int
    warn_at: float
    kind: str


@dataclass(frozen=True)
class Standing:
    """What stands beside a warning: its walk-forward record at 20 days and 1.5 % on the source at hand.

    ``forecasts`` holds by metal the days and the probabilities given on them by models that had not seen the year, nan
    on days already beyond.
    """

    scores: Scores
    false_alarms_per_year: float
    tested_from: date
    tested_to: date
    n_episodes: int
    warn_at: float
    forecasts: Mapping[str, tuple[Days, Floats]]


def standing(reads: Mapping[Metal, TapeRead]) -> Standing | None:
    """The record beside a warning (probabilities 0 to 1), from the tapes it was read from.

    Empty for simulated prices, of which it would say nothing, and when the past holds too few squeezes to test on.
    """
    if not reads or weakest(read.kind for read in reads.values()) == _SIMULATED:
        return None
    questions = questions_of(reads, PARTS_HORIZON_DAYS)
    try:
        trial = walk_forward(questions, PARTS_HORIZON_DAYS)
    except ModelFailed:
        return None
    metals = [metal.value for metal in reads]
    tested = [day for metal in metals for day in trial.days(metal)[trial.tested(metal)]]
    made = {metal: np.isfinite(trial.model[metal]) for metal in metals}
    return Standing(
        scores=scores(trial),
        false_alarms_per_year=_rate(_alarms(trial, metal) for metal in metals),
        tested_from=min(tested).item(),
        tested_to=max(tested).item(),
        n_episodes=_episodes(questions),
        warn_at=WARN_AT,
        forecasts={metal: (trial.days(metal)[made[metal]], _watched(trial, metal)[made[metal]]) for metal in metals},
    )


def squeeze_record(
    source: Observations,
    as_of: datetime | date | None = None,
    train_until: date | None = None,
    hold_out: Sequence[Metal] = (),
    facts: Facts | None = None,
    progress: Progress | None = None,
) -> SqueezeRecord:
    """Score the squeeze warning on a source, walk-forward, or trained once on what was known by ``train_until``.

    ``hold_out`` metals (only with ``train_until``) never teach and are tested on all their days. Raises
    ObservationMissing without any LME price, ModelFailed when the history holds too few squeezes to teach or test.
    """
    facts = facts or load_facts()
    reads = lme_tapes(source, as_of, facts=facts)
    if not reads:
        raise ObservationMissing(Text("There are no LME prices to test on.", "沒有可供檢驗的 LME 價格。"))
    _check_withheld(hold_out, train_until, reads)
    kind = weakest(read.kind for read in reads.values())
    tell = _Steps(progress, len(HORIZON_DAYS) + len(reads) + 1)
    asked = {days: questions_of(reads, days) for days in HORIZON_DAYS}
    trials = {days: _trial(some, days, train_until, hold_out) for days, some in tell(asked.items())}
    standard, questions = trials[PARTS_HORIZON_DAYS], asked[PARTS_HORIZON_DAYS]
    metals = [metal.value for metal in reads]
    tested = [day for metal in metals for day in standard.days(metal)[standard.tested(metal)][[0, -1]]]
    alarm = {metal: _alarms(standard, metal) for metal in metals}
    left_out = {metal: _without(metal, questions) for metal in tell(metals)}
    return SqueezeRecord(
        protocol="trained_once" if train_until else "walk_forward",
        tested_from=min(tested).item(),
        tested_to=max(tested).item(),
        standard=scores(standard),
        by_metal={metal: scores(standard, [metal]) for metal in metals},
        horizons={days: scores(trial) for days, trial in trials.items()},
        leave_one_metal_out={metal: score for metal, score in left_out.items() if score},
        leave_one_episode_out=tuple(one for _ in tell([0]) for one in _held_out(questions, facts, kind)),
        false_alarms_per_year=_rate(alarm.values()),
        false_alarms_by_metal={metal: _rate([one]) for metal, one in alarm.items()},
        copper_queue_2013=None if kind == _SIMULATED else _highest(standard, Metal.COPPER.value, *_QUEUE),
        n_episodes=_episodes(questions),
        warn_at=WARN_AT,
        kind=kind,
    )


def _check_withheld(hold_out: Sequence[Metal], train_until: date | None, reads: Mapping[Metal, TapeRead]) -> None:
    if hold_out and train_until is None:
        raise InputRejected(
            Text("A metal can be held out only when the model is trained once.", "只有一次訓練時才能保留金屬不訓練。"),
            received=", ".join(hold_out),
            fix=Text("Name the last day of training: --train-until.", "請以 --train-until 指定訓練截止日。"),
        )
    for metal in hold_out:
        if metal not in reads:
            raise no_tape(metal, held=reads)


def _trial(
    questions: Sequence[Question], horizon_days: int, train_until: date | None, hold_out: Sequence[Metal]
) -> Trial:
    if train_until is None:
        return walk_forward(questions, horizon_days)
    return trained_until(questions, horizon_days, np.datetime64(train_until, "D"), [one.value for one in hold_out])


def _without(metal: str, questions: Sequence[Question]) -> Scores | None:
    try:
        return scores(metal_left_out(questions, PARTS_HORIZON_DAYS, metal), [metal])
    except ModelFailed:
        return None


def _held_out(questions: Sequence[Question], facts: Facts, kind: str) -> Iterator[HeldOutEpisode]:
    """Each labelled LME squeeze of a metal and time at hand, forecast by a model that saw nothing of that time.

    The labels are of the real market: a simulated one has none.
    """
    if kind == _SIMULATED:
        return
    metals = {one.tape.metal: one.tape.days for one in questions}
    for event in facts.table("history/squeezes", Squeeze):
        days, peak = metals.get(event.metal), event.peaked_on
        if event.venue != "LME" or days is None or peak is None or not days[0] <= np.datetime64(peak) <= days[-1]:
            continue
        window = np.datetime64(peak - WITHHELD_BEFORE), np.datetime64(peak + WITHHELD_AFTER)
        trial = window_left_out(questions, PARTS_HORIZON_DAYS, *window)
        forecast = _watched(trial, event.metal)
        place = int(np.searchsorted(days, np.datetime64(peak)))
        before = forecast[max(place - LOOK_BACK_DAYS, 0) : place]
        yield HeldOutEpisode(
            event.event_id,
            event.metal,
            peak,
            lead_days(forecast, place, WARN_AT, LOOK_BACK_DAYS),
            float(np.nanmax(before)) if np.isfinite(before).any() else None,
        )


def _watched(trial: Trial, metal: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Forecasts of the days on which nothing had happened yet; nan on days already beyond."""
    tape = next(one.tape for one in trial.questions if one.tape.metal == metal)
    return np.where(tape.cash_minus_three_month_pct > STANDARD_PCT, np.nan, trial.model[metal])


def _alarms(trial: Trial, metal: str) -> AlarmRecord:
    made = np.isfinite(trial.model[metal])
    forecast = np.nan_to_num(_watched(trial, metal)[made])
    return alarms(forecast, trial.answers(metal)[made], trial.days(metal)[made], WARN_AT, QUIET_DAYS)


def _episodes(questions: Sequence[Question]) -> int:
    return episodes([one.tape.cash_minus_three_month_pct > STANDARD_PCT for one in questions])


def _rate(records: Iterable[AlarmRecord]) -> float:
    """False alarms a metal and year."""
    some = list(records)
    years = sum(one.years for one in some)
    return sum(one.false_spells for one in some) / years if years else float("nan")


def _highest(trial: Trial, metal: str, first: date, last: date) -> float | None:
    if metal not in trial.model:
        return None
    days = trial.days(metal)
    forecast = trial.model[metal][(days >= np.datetime64(first)) & (days <= np.datetime64(last))]
    return float(np.nanmax(forecast)) if np.isfinite(forecast).any() else None


class _Steps:
    """Iterators that tell ``progress`` how far the whole work has come."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.done, self.total = progress, 0, total

    def __call__(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            yield item
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, self.total)
