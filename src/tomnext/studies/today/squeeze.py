"""The squeeze warning on the page: each metal's probability beside its base rate, highest first."""

from collections.abc import Sequence

from tomnext.studies.sections import Cell, Column, Number, Section, Sentence, Table
from tomnext.studies.squeeze_watch import PARTS_HORIZON_DAYS, SqueezeReading, squeeze_watch
from tomnext.studies.today.asked import Asked
from tomnext.studies.today.metals import MetalToday
from tomnext.vocabulary.errors import ModelFailed, ObservationMissing
from tomnext.vocabulary.evidence import Nature

HORIZONS = (5, 20, 60)


def squeeze_section(asked: Asked, metals: Sequence[MetalToday]) -> Section:
    """Probabilities for the metals with real curves; simulated curves get none, because none would mean anything."""
    real = [one for one in metals if one.curve is not None and one.curve.kind != Nature.SIMULATED]
    readings = _readings(asked) if real else []
    if not readings:
        return Section("squeeze", (Sentence("missing"),))
    watched = sorted((one for one in readings if one.status == "watched"), key=_chance, reverse=True)
    others = [one for one in readings if one.status != "watched"]
    sentences = tuple(Sentence("lead", {"reading": one.lead_reading}) for one in (*others, *watched[:1]))
    fitted = readings[0]
    note: dict[str, Cell] = {
        "days": Number(fitted.fitted_on_days, "count"),
        "events": Number(fitted.fitted_on_event_days, "count"),
    }
    evidence = tuple(dict.fromkeys(note for one in readings for note in one.evidence))
    table = Table("watch", _columns(readings), tuple(_row(one) for one in (*watched, *others)))
    return Section("squeeze", sentences, tables=(table,), notes=(Sentence("note", note),), evidence=evidence)


def _readings(asked: Asked) -> list[SqueezeReading]:
    try:
        return squeeze_watch(asked.observations, as_of=asked.as_of, facts=asked.facts)
    except (ObservationMissing, ModelFailed):
        return []


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
