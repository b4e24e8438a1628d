"""A brief made by hand: every kind of cell, chart and caveat once, with values chosen to be awkward to print."""

from datetime import date, timedelta

import pytest

from tomnext.studies.sections import (
    Bar,
    Brief,
    Chart,
    Column,
    Level,
    Line,
    Number,
    Plot,
    Section,
    Sentence,
    Span,
    Spark,
    Table,
    Tone,
)
from tomnext.vocabulary.evidence import Evidence, Nature
from tomnext.vocabulary.metals import Metal

DAY = date(2021, 10, 18)
DAYS = tuple(DAY - timedelta(20 - one) for one in range(20))


def carry(value: float | None, absent: str = "absent") -> Number:
    return Number(value, "usd_per_t", 1, signed=True, nature=Nature.LICENSED, absent=absent)


@pytest.fixture(scope="session")
def hand_made() -> Brief:
    """A small brief about copper and nickel."""
    why = Sentence("why.backwardation", {"carry": carry(1103.5), "percentile": Number(99.96, "pct", 1)})
    tight = Sentence("verdict.metal", {"metal": Metal.COPPER.title, "why": (why,)})
    return Brief(
        as_of=DAY,
        basis=Sentence("basis.store", {"store": "desk.sqlite", "as_of": DAY}),
        verdict=(
            Sentence("verdict.tight", {"metals": (tight,)}),
            Sentence("verdict.halted", {"metals": (Metal.NICKEL.title,)}),
        ),
        sections=(_board(why), _ratio(), _curves(), _copper(), _silver()),
    )


def _board(why: Sentence) -> Section:
    columns = (
        Column("metal"),
        Column("price", "usd_per_t", "London Metal Exchange"),
        Column("day", "pct"),
        Column("path"),
        Column("carry", "usd_per_t"),
        Column("cancelled", "share"),
        Column("reading"),
    )
    rows = (
        (
            Metal.COPPER.title,
            Number(10288.25, "usd_per_t", 2, nature=Nature.LICENSED),
            Number(-0.0049, "share", 2, signed=True, moves=True, nature=Nature.LICENSED),
            Spark((1.0, 2.5, None, 2.0, 3.0), Nature.LICENSED),
            carry(1103.5),
            Number(0.92345, "share", 1, nature=Nature.LICENSED),
            Sentence("reading.tight", {"why": (why,)}),
        ),
        (
            Metal.NICKEL.title,
            Number(48196.0, "usd_per_t", 2, nature=Nature.SIMULATED),
            Number(0.00001, "share", 2, signed=True, moves=True, nature=Nature.LICENSED),
            Spark((1.0, 1.0), Nature.SIMULATED),
            carry(None, "halted"),
            Number(None, "share", 1),
            Sentence("reading.halted", {"day": date(2022, 3, 7)}),
        ),
    )
    fact = Evidence(
        "lme/warehouse/queue_rent_cap", 80.0, "days", Nature.DECREED, "Reuters 2019-11-01", date(2020, 11, 1),
        confidence="high",
    )  # fmt: skip
    return Section("board", tables=(Table("base", columns, rows),), evidence=(fact,))


def _ratio() -> Section:
    values = tuple(None if one == 7 else 60.0 + one * 1.37 for one in range(20))
    line = Line("ratio", DAYS, values, Nature.MEASURED, end=Number(values[-1], "ratio", 1))
    levels = tuple(Level(Number(level, "ratio", 0)) for level in (70.0, 50.0))
    plot = Plot("ratio", "ratio", (line,), levels)
    now = Sentence(
        "now",
        {
            "value": Number(values[-1], "ratio", 1),
            "day": DAY,
            "percentile": Number(88.8, "pct", 1),
            "start": date(1960, 1, 31),
        },
    )
    return Section("ratio", (now,), (Chart("history", (plot,)),))


def _curves() -> Section:
    months = (0.0, 3.0, 12.0, 24.0)
    prices, earlier = (10288.25, 9184.75, 9000.0, 8800.0), (9300.0, 9290.0, 9250.0, 9100.0)
    now = Line("line", months, prices, Nature.SIMULATED, has_points=True, label=_dated(DAY))
    before = Line("line", months, earlier, Nature.SIMULATED, Tone.QUIET, label=_dated(DAYS[0]))
    title = Sentence("curves.plot", {"metal": Metal.COPPER.title, "carry": carry(1103.5)})
    plot = Plot("copper", "usd_per_t", (before, now), x="months", title=title)
    return Section("curves", charts=(Chart("grid", (plot,), is_grid=True),))


def _dated(day: date) -> Sentence:
    return Sentence("curves.line", {"day": day})


def _copper() -> Section:
    free = tuple(100.0 - one for one in range(20))
    booked = tuple(10.0 + one for one in range(20))
    on_warrant = Line("on_warrant", DAYS, free, Nature.LICENSED, end=Number(81.0, "t"), is_area=True)
    cancelled = Line("cancelled", DAYS, booked, Nature.LICENSED, Tone.QUIET, Number(29.0, "t"), is_area=True)
    plot = Plot("stock", "t", (on_warrant, cancelled), spans=(Span(DAYS[3], DAYS[6], "halt"),))
    return Section("copper", charts=(Chart("history", (plot,)),), notes=(Sentence("missing"),))


def _silver() -> Section:
    bars = (
        Bar("2016", Number(68.0, "moz"), _edition("2022")),
        Bar("2024", Number(-137.9, "moz", 1), _edition("2026")),
        Bar("2026", Number(-46.3, "moz", 1), _edition("2026"), is_forecast=True),
    )
    return Section("silver", charts=(Chart("balance", bars=bars, unit="moz"),))


def _edition(year: str) -> Sentence:
    return Sentence("edition_of", {"year": year})
