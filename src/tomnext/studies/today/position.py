"""What positions suffer, on the page: the reader's own, or a short of 1,000 t in the metal likeliest to be squeezed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tomnext.studies.position_exposure import PositionReading, RuleReading, position_exposure
from tomnext.studies.sections import Cell, Chart, Column, Line, Number, Plot, Section, Sentence, Table
from tomnext.studies.squeeze_watch import PARTS_HORIZON_DAYS, SqueezeReading
from tomnext.studies.today.asked import Asked, years_before
from tomnext.vocabulary.errors import ObservationMissing
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal

EXAMPLE_TONNES = -1000.0
DAYS = 20
N_PATHS = 1000
SHOWN_YEARS = 5
TOPIC = "signals"


@dataclass(frozen=True)
class Position:
    """Tonnes of a metal; negative is short."""

    metal: Metal
    tonnes: float


def position_section(asked: Asked, own: Sequence[Position], readings: Sequence[SqueezeReading]) -> Section:
    """Rolling twenty trading days, in simulated futures too, and what the lending rules ask."""
    held = list(own) or _example(readings)
    found = [one for wanted in held if (one := _read(asked, wanted)) is not None]
    if not found:
        return Section("position", (Sentence("missing"),), topic=TOPIC)
    said = [sentence for one in found for sentence in _said(one)]
    evidence: dict[Evidence, None] = {note: None for one in found for note in _evidence(one)}
    return Section(
        "position",
        (*(() if own else (Sentence("example"),)), *said),
        _charts(asked, found[0]),
        (_table(found),),
        (*_records(found), Sentence("caveat")),
        tuple(evidence),
        TOPIC,
    )


def _example(readings: Sequence[SqueezeReading]) -> list[Position]:
    alive = [one for one in readings if one.status in ("watched", "in_event")]
    likeliest = max(alive, key=_chance, default=None)
    return [Position(likeliest.metal, EXAMPLE_TONNES)] if likeliest else []


def _chance(one: SqueezeReading) -> float:
    return 1.0 if one.status == "in_event" else one.horizons[PARTS_HORIZON_DAYS].probability or 0.0


def _read(asked: Asked, wanted: Position) -> PositionReading | None:
    try:
        return position_exposure(
            wanted.metal, wanted.tonnes, asked.as_of, DAYS, None, asked.observations, asked.facts, N_PATHS
        )
    except ObservationMissing:
        return None


def _said(one: PositionReading) -> list[Sentence]:
    named: dict[str, Cell] = {"metal": one.metal.title, "tonnes": Number(one.tonnes, "t", signed=True)}
    if one.is_halted:
        return [Sentence("halted", named)]
    if one.is_stale:
        return [Sentence("stale", named | {"day": one.observed_on})]
    said = [_rolling(one, named)]
    if one.resumed_on is not None:
        said.append(Sentence("resumed", named | {"day": one.resumed_on}))
    return [*said, *(_lending(one, rule, named) for rule in one.rules if rule.duty.binds)]


def _rolling(one: PositionReading, named: dict[str, Cell]) -> Sentence:
    kind, past = Nature(one.kind), one.rolls.linear
    values = named | {
        "days": Number(DAYS, "days"),
        "today": _usd(past.today_usd, kind),
        "carry": _usd(one.three_month_usd, kind),
    }
    if one.simulated is None:
        return Sentence("rolling_unsimulated", values | {"worst": _usd(past.worst_usd, kind)})
    linear, front = one.simulated.linear, one.simulated.front_loaded
    values |= {"share": Number(linear.squeezed_paths / linear.paths, "share", 1, nature=Nature.SIMULATED)}
    squeezed = (linear.squeezed_mean_usd, front.squeezed_mean_usd)
    key = "rolling"
    if linear.squeezed_mean_usd is None:
        key, squeezed = "rolling_past", (past.squeezed_mean_usd, one.rolls.front_loaded.squeezed_mean_usd)
    if squeezed[0] is None:
        return Sentence("rolling_unsimulated", values | {"worst": _usd(past.worst_usd, kind)})
    nature = Nature.SIMULATED if key == "rolling" else Nature.ASSUMED
    return Sentence(key, values | {"low": _usd(squeezed[0], nature), "high": _usd(squeezed[1], nature)})


def _lending(one: PositionReading, rule: RuleReading, named: dict[str, Cell]) -> Sentence:
    duty = rule.duty
    values = named | {
        "held": Number(duty.held_pct, "pct", 0),
        "available": Number(one.available_t, "t"),
        "lend": Number(duty.to_lend_t, "t"),
        "rule": rule.title,
        "cap": Number(duty.cap_pct_of_cash, "pct", 2),
        "usd": Number(duty.cap_usd_per_t, "usd_per_t"),
    }
    if duty.cap_pct_of_cash is None:
        return Sentence("lend_unknown", values)
    return Sentence("lend_level" if duty.cap_pct_of_cash == 0 else "lend", values)


def _usd(amount: float | None, nature: Nature) -> Number:
    return Number(amount, "usd", 0, signed=True, nature=nature)


def _table(found: Sequence[PositionReading]) -> Table:
    money = ("today", "carry", "past_bad", "calm", "squeezed_low", "squeezed_high", "worst_low", "worst_high")
    columns = (Column("metal"), Column("tonnes", "t"), *(Column(key, "usd") for key in money), Column("share", "share"))
    return Table("costs", columns, tuple(map(_row, found)))


def _row(one: PositionReading) -> tuple[Cell, ...]:
    kind, simulated = Nature(one.kind), one.simulated
    linear, front = (simulated.linear, simulated.front_loaded) if simulated else (None, None)
    futures = (
        linear.calm_mean_usd if linear else None,
        linear.squeezed_mean_usd if linear else None,
        front.squeezed_mean_usd if front else None,
        linear.worst_twentieth_usd if linear else None,
        front.worst_twentieth_usd if front else None,
    )
    why = "halted" if one.is_halted else "stale" if one.is_stale else "absent"
    today = Number(one.rolls.linear.today_usd, "usd", 0, signed=True, nature=Nature.ASSUMED, absent=why)
    share = linear.squeezed_paths / linear.paths if linear else None
    return (
        one.metal.title,
        Number(one.tonnes, "t", signed=True),
        today,
        _usd(one.three_month_usd, kind),
        _usd(one.rolls.linear.bad_usd, Nature.ASSUMED),
        *(Number(value, "usd", 0, signed=True, nature=Nature.SIMULATED, absent="few") for value in futures),
        Number(share, "share", 1, nature=Nature.SIMULATED, absent=why),
    )


def _records(found: Sequence[PositionReading]) -> list[Sentence]:
    said = []
    for one in found:
        record = one.simulated.record if one.simulated else None
        if record is not None:
            counts = {key: Number(getattr(record, key), "count") for key in ("windows", "dearer", "cheaper")}
            values: dict[str, Cell] = {"metal": one.metal.title, "first": record.first, "last": record.last, **counts}
            said.append(Sentence("record", values | {"right": Number(record.windows / 20, "count")}))
    return said


def _charts(asked: Asked, one: PositionReading) -> tuple[Chart, ...]:
    """What every past window of that length cost, by its last day; above zero the position paid."""
    first = years_before(asked.as_of, SHOWN_YEARS)
    kept = [(day, usd) for day, usd in zip(one.rolls.past_days, one.rolls.past_usd, strict=False) if day >= first]
    if len(kept) < DAYS or asked.as_of - kept[-1][0] > timedelta(days=30):
        return ()
    days, costs = zip(*kept, strict=True)
    line = Line("window", tuple(days), tuple(costs), Nature(one.kind), label=one.metal.title)
    return (Chart("past", (Plot("past", "usd", (line,), from_zero=True),)),)


def _evidence(one: PositionReading) -> tuple[Evidence, ...]:
    return (*one.evidence, *(rule.evidence for rule in one.rules if rule.duty.binds))
