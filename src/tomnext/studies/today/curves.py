"""The forward curves of the base metals now and a month before, side by side."""

from collections.abc import Sequence
from datetime import date

from tomnext.market.curve import CASH, THREE_MONTH, Shape
from tomnext.studies.curve import CurveReading
from tomnext.studies.sections import (
    Cell,
    Chart,
    Column,
    Line,
    Number,
    Plot,
    Section,
    Sentence,
    Table,
    Tone,
    percentile_number,
)
from tomnext.studies.today.metals import MetalToday
from tomnext.vocabulary.evidence import Nature

TENORS = {CASH: "cash", THREE_MONTH: "three_month", "12m": "year", "24m": "two_years"}
MONTHS = {CASH: 0.0, THREE_MONTH: 3.0, "12m": 12.0, "15m": 15.0, "24m": 24.0, "27m": 27.0}


def curves_section(metals: Sequence[MetalToday]) -> Section:
    """Every metal that has a curve: its shape, what cash pays over three months, and the earlier day's curve."""
    read = [one for one in metals if one.curve is not None]
    if not read:
        return Section("curves", (Sentence("missing"),))
    plots = tuple(plot for one in read if (plot := _plot(one)) is not None)
    charts = (Chart("grid", plots, is_grid=True),) if plots else ()
    evidence = tuple(note for one in read if one.curve for note in one.curve.evidence)
    return Section("curves", (_count(read),), charts, (_table(read),), evidence=evidence)


def carry_number(reading: CurveReading | None) -> Number:
    """Cash minus three-month in USD/t as the page prints it; halted and missing say so."""
    if reading is None or reading.carry is None:
        is_halted = reading is not None and reading.shape is Shape.HALTED
        return Number(None, "usd_per_t", 1, absent="halted" if is_halted else "absent")
    value, nature = reading.carry.cash_minus_three_month_usd_per_t, Nature(reading.kind)
    return Number(value, "usd_per_t", 1, signed=True, nature=nature)


def carry_percentile(reading: CurveReading | None) -> Number:
    """Where cash minus three-month stands in its own history (percentile 0–100)."""
    if reading is None or reading.carry is None:
        return Number(None, "pct", 0, absent=carry_number(reading).absent)
    return percentile_number(reading.carry.percentile, Nature(reading.kind), "too_short")


def _count(read: Sequence[MetalToday]) -> Sentence:
    known = [one for one in read if one.curve and one.curve.carry]
    back = [one for one in known if one.carry_usd_per_t is not None and one.carry_usd_per_t > 0]
    values: dict[str, Cell] = {"known": Number(len(known), "count")}
    if not back:
        return Sentence("none", values)
    names = tuple(one.metal.title for one in back)
    return Sentence("count", values | {"back": Number(len(back), "count"), "metals": names})


def _plot(one: MetalToday) -> Plot | None:
    lines = [
        line
        for reading, tone in ((one.curve_before, Tone.QUIET), (one.curve, Tone.ACCENT))
        if reading is not None and (line := _line(reading, tone)) is not None
    ]
    if not lines or lines[-1].tone is not Tone.ACCENT:
        return None
    title = Sentence("plot", {"metal": one.metal.title, "carry": carry_number(one.curve)})
    return Plot(one.metal.value, "usd_per_t", tuple(lines), x="months", title=title)


def _line(reading: CurveReading, tone: Tone) -> Line | None:
    quoted = reading.curve.points if reading.curve else ()
    points = [(MONTHS[one.tenor], one.price_usd_per_t) for one in quoted if one.tenor in MONTHS]
    if len(points) < 2:
        return None
    label = Sentence("line", {"day": reading.observed_on})
    xs, prices = tuple(x for x, _ in points), tuple(price for _, price in points)
    return Line("line", xs, prices, Nature(reading.kind), tone, label=label, has_points=True)


def _table(read: Sequence[MetalToday]) -> Table:
    columns = (
        Column("metal"),
        Column("shape"),
        Column("day"),
        *(Column(key, "usd_per_t", "LME") for key in TENORS.values()),
        Column("carry", "usd_per_t", "LME"),
        Column("carry_before", "usd_per_t", "LME"),
        Column("annualised", "pct", "LME"),
        Column("percentile", "pct", "LME"),
    )
    return Table("now", columns, tuple(_row(one) for one in read))


def _row(one: MetalToday) -> tuple[Cell, ...]:
    reading = one.curve
    assert reading is not None
    nature, absent = Nature(reading.kind), "halted" if reading.shape is Shape.HALTED else "not_quoted"
    points = {point.tenor: point.price_usd_per_t for point in (reading.curve.points if reading.curve else ())}
    paid = reading.carry.annualised_carry_pct if reading.carry else None
    return (
        one.metal.title,
        Sentence(f"shape.{reading.shape.value}"),
        _day(reading),
        *(Number(points.get(tenor), "usd_per_t", 1, nature=nature, absent=absent) for tenor in TENORS),
        carry_number(reading),
        carry_number(one.curve_before),
        Number(paid, "pct", 1, signed=True, nature=nature, absent=absent),
        carry_percentile(reading),
    )


def _day(reading: CurveReading) -> date:
    return reading.observed_on
