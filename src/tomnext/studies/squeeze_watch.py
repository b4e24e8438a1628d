"""Which metal is about to be squeezed: the probability on an evening, its parts, and what may be said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from tomnext.facts.load import Facts, load_facts
from tomnext.market.squeeze import (
    HORIZON_DAYS,
    STANDARD_PCT,
    THRESHOLDS_PCT,
    WARM_UP_DAYS,
    Question,
    SqueezeModel,
    fit_squeeze,
    question,
)
from tomnext.market.tightness import (
    HALT_WEEKDAYS,
    INPUTS,
    PARTS,
    UNJUDGED_DAYS,
    Floats,
    Tape,
    fresh_days,
    resumed_on,
    tightness_inputs,
)
from tomnext.observations.reading import Observations
from tomnext.studies.tapes import TapeRead, lme_tapes, no_tape
from tomnext.studies.trading_days import halt_on
from tomnext.vocabulary.evidence import Evidence
from tomnext.vocabulary.metals import Metal
from tomnext.vocabulary.words import Text

PARTS_HORIZON_DAYS = 20
"""The horizon whose log-odds the parts explain."""

_PART_NAMES = {
    "tightness": Text("how tight the nearby already is", "近月已經有多緊"),
    "momentum": Text("how fast it is moving", "變動的速度"),
    "availability": Text("metal leaving the warrant", "可用倉單的流失"),
    "concentration": Text("open interest standing over little stock", "未平倉量相對庫存過大"),
}


@dataclass(frozen=True)
class HorizonReading:
    """The probability (0 to 1) of cash–3M beyond 1.5 % of cash within a horizon, beside the base rate.

    ``low`` and ``high`` bound it at 90 % for errors of estimation alone. ``beyond`` holds the probabilities of the
    other thresholds. All are empty when the market is halted, stale or already beyond.
    """

    days: int
    probability: float | None
    low: float | None
    high: float | None
    base_rate: float
    beyond: Mapping[float, float | None]


@dataclass(frozen=True)
class PartReading:
    """What a named part adds to the log-odds against an average day, and the inputs it is made of."""

    log_odds: float
    inputs: Mapping[str, float | None]


@dataclass(frozen=True)
class SqueezeReading:
    """One metal on one evening. ``status``: watched, in_event (already beyond), halted, stale or too_short.

    ``resumed_on`` is the day prices came back after a halt or a gap, when that is at most twenty trading days ago;
    ``is_unjudged`` when at most five: prices may still stand at daily limits and no alert may call them quiet.
    """

    metal: Metal
    as_of: date | None
    observed_on: date
    status: str
    resumed_on: date | None
    is_unjudged: bool
    cash_minus_three_month_pct: float
    horizons: Mapping[int, HorizonReading]
    parts: Mapping[str, PartReading]
    baseline_log_odds: float
    lead_reading: Text
    fitted_on_days: int
    fitted_on_event_days: int
    kind: str
    evidence: tuple[Evidence, ...]


def squeeze_watch(
    source: Observations,
    metals: Sequence[Metal] | None = None,
    as_of: datetime | date | None = None,
    facts: Facts | None = None,
    reads: Mapping[Metal, TapeRead] | None = None,
) -> list[SqueezeReading]:
    """The squeeze reading of each metal asked for (default: all at hand), models fitted on what was known by ``as_of``.

    ``reads`` are the tapes as of that time when they are at hand already. Raises ObservationMissing when a metal has
    no cash and three-month prices, ModelFailed when history is too short.
    """
    facts = facts or load_facts()
    reads = lme_tapes(source, as_of, facts=facts) if reads is None else reads
    for metal in metals or ():
        if metal not in reads:
            raise no_tape(metal, as_of, reads)
    questions = {days: [question(_fresh(read), days) for read in reads.values()] for days in HORIZON_DAYS}
    models = {days: fit_squeeze(asked, days) for days, asked in questions.items()}
    return [_reading(reads[metal], models, _day(as_of), facts) for metal in metals or reads]


def questions_of(reads: Mapping[Metal, TapeRead], days: int) -> list[Question]:
    """The fresh days of every metal as questions of one horizon (trading days)."""
    return [question(_fresh(read), days) for read in reads.values()]


def _fresh(read: TapeRead) -> Tape:
    return read.tape.only(fresh_days(read.tape))


def _reading(read: TapeRead, models: Mapping[int, SqueezeModel], as_of: date | None, facts: Facts) -> SqueezeReading:
    tape = _fresh(read)
    level = float(tape.cash_minus_three_month_pct[-1])
    status, resumed = _status(read, as_of, level, facts), resumed_on(tape.days)
    rows = {beyond: tightness_inputs(tape, beyond)[-1] for beyond in THRESHOLDS_PCT}
    watched = status == "watched"
    horizons, floor = {}, dict.fromkeys(THRESHOLDS_PCT, 0.0)
    for days, model in models.items():
        chances: dict[float, float | None] = dict.fromkeys(THRESHOLDS_PCT)
        for beyond, row in rows.items():
            if watched and level <= beyond:
                floor[beyond] = max(floor[beyond], float(model.probability(row[None, :], read.metal.value)[0]))
                chances[beyond] = floor[beyond]
        low, high = model.interval(rows[STANDARD_PCT], read.metal.value) if watched else (None, None)
        horizons[days] = HorizonReading(
            days, chances.pop(STANDARD_PCT), low, high, model.base_rates[STANDARD_PCT], chances
        )
    model = models[PARTS_HORIZON_DAYS]
    parts = _parts(model, rows[STANDARD_PCT])
    return SqueezeReading(
        metal=read.metal,
        as_of=as_of,
        observed_on=tape.days[-1].item(),
        status=status,
        resumed_on=resumed,
        is_unjudged=resumed_on(tape.days, UNJUDGED_DAYS) is not None,
        cash_minus_three_month_pct=level,
        horizons=horizons,
        parts=parts,
        baseline_log_odds=model.intercept + model.metal_offsets.get(read.metal.value, 0.0),
        lead_reading=_sentence(read.metal, status, level, horizons[PARTS_HORIZON_DAYS], parts, resumed),
        fitted_on_days=model.n_days,
        fitted_on_event_days=model.n_event_days,
        kind=read.kind,
        evidence=read.evidence,
    )


def _status(read: TapeRead, as_of: date | None, level_pct: float, facts: Facts) -> str:
    """Whether the last fresh day may speak for the evening asked about."""
    fresh = read.tape.days[fresh_days(read.tape)]
    day = read.tape.days[-1].item() if as_of is None else as_of
    if halt_on(read.metal, day, facts) or np.busday_count(fresh[-1], read.tape.days[-1]) >= HALT_WEEKDAYS:
        return "halted"
    if np.busday_count(fresh[-1], np.datetime64(day, "D")) > HALT_WEEKDAYS:
        return "stale"
    if fresh.size < WARM_UP_DAYS:
        return "too_short"
    return "in_event" if level_pct > STANDARD_PCT else "watched"


def _parts(model: SqueezeModel, row: Floats) -> dict[str, PartReading]:
    adds = model.parts(row)
    return {
        part: PartReading(
            adds[part],
            {name: float(row[INPUTS.index(name)]) if np.isfinite(row[INPUTS.index(name)]) else None for name in names},
        )
        for part, names in PARTS.items()
    }


def _sentence(
    metal: Metal,
    status: str,
    level: float,
    horizon: HorizonReading,
    parts: Mapping[str, PartReading],
    resumed: date | None,
) -> Text:
    name = Text(metal.title.en.capitalize(), metal.title.zh)
    caveat = Text("", "") if resumed is None or status not in ("watched", "in_event") else _RESUMED.format(day=resumed)
    if status != "watched" or horizon.probability is None:
        said = _STATUS[status].format(level=f"{level:.2f}")
        return Text(f"{name.en}: {said.en}{caveat.en}", f"{name.zh}：{said.zh}{caveat.zh}")
    main = _PART_NAMES[max(parts, key=lambda part: parts[part].log_odds)]
    why = _WHY if horizon.probability > horizon.base_rate else _END if resumed else _NO_MORE_THAN_USUAL
    share, base = _percent(horizon.probability), f"{horizon.base_rate:.0%}"
    return Text(
        f"{name.en}: {_CHANCE.en}{why.en}".format(p=share, days=horizon.days, base=base, part=main.en) + caveat.en,
        f"{name.zh}：{_CHANCE.zh}{why.zh}".format(p=share, days=horizon.days, base=base, part=main.zh) + caveat.zh,
    )


def _percent(chance: float) -> str:
    """Whole percent; a chance that is not none is never written as none."""
    return f"{chance:.0%}" if chance >= 0.005 else "<1%"


_CHANCE = Text(
    "{p} chance that cash–3M passes 1.5 % of cash within {days} trading days (usual {base})",
    "{days} 個交易日內現貨對三月期逆價差超過現貨價 1.5% 的機率為 {p}（平時 {base}）",
)
_WHY = Text("; most from {part}.", "；主要來自{part}。")
_END = Text(".", "。")
_RESUMED = Text(
    " Prices resumed on {day} after a halt or a gap: they may stand at daily limits and the inputs span the gap,"
    " so a low figure is not calm.",
    "價格在暫停或中斷後於 {day} 恢復，可能停在每日漲跌限制，輸入也跨越該段空白，數字低不代表平靜。",
)
_NO_MORE_THAN_USUAL = Text(", no more than usual.", "，不高於平時。")
_STATUS = {
    "in_event": Text(
        "already squeezed, cash–3M stands at {level} % of cash.", "已在擠倉中，現貨對三月期逆價差為現貨價的 {level}%。"
    ),
    "halted": Text(
        "the market is halted: there is no price. This is not calm.", "市場暫停交易，沒有價格。這不是平靜。"
    ),
    "stale": Text(
        "the newest price is a week old or more; nothing is said about today.",
        "最新價格已超過一週，無法判斷目前情況。",
    ),
    "too_short": Text("the price history is too short for a reading.", "價格歷史太短，無法判讀。"),
}


def _day(as_of: datetime | date | None) -> date | None:
    return as_of.date() if isinstance(as_of, datetime) else as_of
