"""The squeeze warning on the page: each metal's probability beside its base rate, highest first, and its record."""

from collections.abc import Mapping, Sequence

import numpy as np

from tomnext.market.tightness import Floats
from tomnext.studies.sections import Cell, Chart, Column, Level, Line, Number, Plot, Section, Sentence, Table, Tone
from tomnext.studies.squeeze_record import Standing, standing
from tomnext.studies.squeeze_watch import PARTS_HORIZON_DAYS, SqueezeReading, squeeze_watch
from tomnext.studies.tapes import TapeRead, lme_tapes
from tomnext.studies.today.asked import Asked
from tomnext.studies.today.metals import MetalToday
from tomnext.vocabulary.errors import ModelFailed, ObservationMissing
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.metals import Metal

HORIZONS = (5, 20, 60)
SHOWN_DAYS = 750
"""Trading days of past forecasts that are drawn."""


def squeeze_readings(asked: Asked, metals: Sequence[MetalToday]) -> tuple[list[SqueezeReading], Standing | None]:
    """The readings of the metals with real curves and their record; simulated curves get none."""
    if not any(one.curve is not None and one.curve.kind != Nature.SIMULATED for one in metals):
        return [], None
    reads = lme_tapes(asked.observations, asked.as_of, facts=asked.facts)
    real = {metal: read for metal, read in reads.items() if read.kind != Nature.SIMULATED.value}
    return _readings(asked, real), standing(real)


def squeeze_section(readings: Sequence[SqueezeReading], beside: Standing | None) -> Section:
    """Whoever cannot be judged first, then the likeliest; the forecasts as they were made; how they came true."""
    if not readings:
        return Section("squeeze", (Sentence("missing"),))
    watched = sorted((one for one in readings if one.status == "watched"), key=_chance, reverse=True)
    others = [one for one in readings if one.status != "watched"]
    resumed = [one for one in watched[1:] if one.resumed_on is not None]
    said = (*others, *resumed, *watched[:1])
    fitted = readings[0]
    note: dict[str, Cell] = {
        "days": Number(fitted.fitted_on_days, "count"),
        "events": Number(fitted.fitted_on_event_days, "count"),
    }
    evidence = tuple(dict.fromkeys(note for one in readings for note in one.evidence))
    table = Table("watch", _columns(readings), tuple(_row(one) for one in (*watched, *others)))
    return Section(
        "squeeze",
        (*(Sentence("lead", {"reading": one.lead_reading}) for one in said), _record(beside)),
        _charts(watched[:1] or others[:1], beside),
        (table,),
        (Sentence("note", note), Sentence("limits")),
        evidence,
    )


def _readings(asked: Asked, reads: Mapping[Metal, TapeRead]) -> list[SqueezeReading]:
    try:
        return squeeze_watch(asked.observations, as_of=asked.as_of, facts=asked.facts, reads=reads)
    except (ObservationMissing, ModelFailed):
        return []


def _record(beside: Standing | None) -> Sentence:
    if beside is None:
        return Sentence("no_record")
    scores = beside.scores
    values: dict[str, Cell] = {
        "first": beside.tested_from,
        "last": beside.tested_to,
        "days": Number(scores.days, "count"),
        "base": Number(scores.brier_skill_vs_base_rate, "index", 2, signed=True),
        "rule": Number(scores.brier_skill_vs_spread_rule, "index", 2, signed=True),
        "auc": Number(scores.auc, "index", 2),
        "false": Number(beside.false_alarms_per_year, "count", 1),
        "at": Number(beside.warn_at, "share", 0),
        "episodes": Number(beside.n_episodes, "count"),
        "holding": Number(sum(one.holds for one in scores.calibration), "count"),
        "bins": Number(len(scores.calibration), "count"),
    }
    return Sentence("record", values)


def _charts(first: Sequence[SqueezeReading], beside: Standing | None) -> tuple[Chart, ...]:
    """Past forecasts of the likeliest metal, and forecast against outcome over all metals and years."""
    if beside is None or not first or first[0].metal.value not in beside.forecasts:
        return ()
    one, nature = first[0], Nature(first[0].kind)
    every_day, every_forecast = beside.forecasts[one.metal.value]
    days, given = every_day[-SHOWN_DAYS:], every_forecast[-SHOWN_DAYS:]
    usual = one.horizons[PARTS_HORIZON_DAYS].base_rate
    past = Line(
        "given", tuple(days.tolist()), tuple(None if np.isnan(one) else 100.0 * one for one in given.tolist()), nature,
        end=_last(given), label=one.metal.title,
    )  # fmt: skip
    named = {"usual": usual, "warning": beside.warn_at}
    levels = tuple(Level(Number(100.0 * share, "pct", 0), key) for key, share in named.items())
    bins = beside.scores.calibration
    said = tuple(round(100.0 * bin.forecast, 1) for bin in bins)
    lines = (
        Line("perfect", said, said, nature, tone=Tone.QUIET),
        Line("came_true", said, tuple(100.0 * bin.observed for bin in bins), nature, has_points=True),
    )
    return (
        Chart("past", (Plot("past", "pct", (past,), levels, from_zero=True),)),
        Chart("calibration", (Plot("calibration", "pct", lines, x="pct", from_zero=True),)),
    )


def _last(given: Floats) -> Number | None:
    return None if np.isnan(given[-1]) else Number(float(given[-1]), "share", 0)


def _chance(one: SqueezeReading) -> float:
    return one.horizons[PARTS_HORIZON_DAYS].probability or 0.0


def _columns(readings: Sequence[SqueezeReading]) -> tuple[Column, ...]:
    model = "squeeze model, fitted on this source as of the day"
    chances = (Column(f"in_{days}", "share", model) for days in HORIZONS)
    bounds = (Column(key, "share", model) for key in ("low", "high", "base"))
    return (Column("metal"), Column("status"), Column("day"), Column("level", "pct", "LME"), *chances, *bounds)


def _row(one: SqueezeReading) -> tuple[Cell, ...]:
    main, nature = one.horizons[PARTS_HORIZON_DAYS], Nature(one.kind)
    shares = (*(one.horizons[days].probability for days in HORIZONS), main.low, main.high, main.base_rate)
    return (
        one.metal.title,
        Sentence(f"status.{one.status}"),
        one.observed_on,
        Number(one.cash_minus_three_month_pct, "pct", 2, signed=True, nature=nature),
        *(Number(share, "share", 1, nature=nature, absent="not_quoted") for share in shares),
    )
