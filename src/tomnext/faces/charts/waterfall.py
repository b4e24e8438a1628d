"""A statement as a waterfall: each line begins where the one above ended, what law takes in the accent colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from typing import Any

import altair as alt

from tomnext.faces.charts.axes import Size, text_width
from tomnext.faces.charts.draw import WIDE, svg_of
from tomnext.faces.charts.palette import Ink
from tomnext.faces.charts.plots import BOTTOM, TOP, Label, framed, text_layers

ROW, TALL_ROW = 26, 42
"""Height of one line in pixels: its name beside the bar, or above it where the page is narrow."""
NARROW_FROM = 500
"""Below this width names stand above their bars."""


@dataclass(frozen=True, slots=True)
class Fall:
    """One step: its name, its amount, how the amount is printed, and whether law takes it."""

    name: str
    amount: float
    printed: str
    is_law: bool


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where rows stand: their height, the top of the bar in a row, whether names stand above."""

    row: float
    bar_top: float
    is_narrow: bool

    def bar(self, place: int) -> tuple[float, float]:
        return self.row * place + self.bar_top, self.row * (place + 1) - 5

    def middle(self, place: int) -> float:
        top, bottom = self.bar(place)
        return (top + bottom) / 2


def waterfall_svg(falls: Sequence[Fall], total: Fall, title: str, width: int = WIDE) -> str:
    """The SVG of a waterfall from the first amount to the total, one row a step."""
    return svg_of(waterfall_chart(falls, total, width), title)


def waterfall_chart(falls: Sequence[Fall], total: Fall, width: int = WIDE) -> Any:
    """The waterfall as a layered Altair chart of an exact outer width; negative steps are hollow."""
    rows = [*falls, total]
    layout = _Layout(TALL_ROW, 19, True) if width < NARROW_FROM else _Layout(ROW, 5, False)
    font = 11.5 if layout.is_narrow else 12.5
    left = 2 if layout.is_narrow else ceil(max(text_width(row.name, font) for row in rows)) + 12
    right = ceil(max(text_width(row.printed, font) for row in rows)) + 12
    size = Size(width, int(TOP + BOTTOM + layout.row * len(rows)), right, font, left)
    ends = [*accumulate(fall.amount for fall in falls), total.amount]
    starts = [0.0, *ends[:-2], 0.0]
    low, high = min(0.0, *ends), max(0.0, *ends)

    def pixel(value: float) -> float:
        return size.inner_width * (value - low) / ((high - low) or 1.0)

    spans = [(pixel(min(a, b)), pixel(max(a, b))) for a, b in zip(starts, ends, strict=True)]
    bars = [_bar(row, span, layout.bar(place)) for place, (row, span) in enumerate(zip(rows, spans, strict=True))]
    labels = [
        label
        for place, (row, span) in enumerate(zip(rows, spans, strict=True))
        for label in _labels(row, span[1], place, layout, font, row is total)
    ]
    joints = [(pixel(end), layout.bar(place)[1], layout.bar(place + 1)[0]) for place, end in enumerate(ends[:-1])]
    return framed([_joints(joints), _rects(bars), *text_layers(labels)], size)


def _labels(row: Fall, end: float, place: int, layout: _Layout, font: float, is_total: bool) -> list[Label]:
    weight, middle = (600 if is_total else 400), layout.middle(place)
    name = Label(row.name, -10, middle, font, Ink.INK, align="right", weight=weight)
    if layout.is_narrow:
        name = Label(row.name, 0, layout.row * place + 9, font, Ink.INK, weight=weight)
    return [name, Label(row.printed, end + 6, middle, font, Ink.INK if is_total else Ink.QUIET, weight=weight)]


def _bar(row: Fall, span: tuple[float, float], ys: tuple[float, float]) -> dict[str, Any]:
    ink = (Ink.ACCENT if row.is_law else Ink.QUIET).value
    return {
        "x": span[0], "x2": max(span[1], span[0] + 1.0), "y": ys[0], "y2": ys[1], "stroke": ink,
        "fill": Ink.PAPER.value if row.amount < 0 else ink,
    }  # fmt: skip


def _rects(rows: Sequence[dict[str, Any]]) -> Any:
    rect = alt.Chart(alt.Data(values=list(rows))).mark_rect(strokeWidth=1.25)
    return rect.encode(
        x=alt.X("x:Q", scale=None, axis=None),
        x2="x2",
        y=alt.Y("y:Q", scale=None, axis=None),
        y2="y2",
        fill=alt.Fill("fill:N", scale=None, legend=None),
        stroke=alt.Stroke("stroke:N", scale=None, legend=None),
    )


def _joints(joints: Sequence[tuple[float, float, float]]) -> Any:
    """Hair lines from the end of one bar to the start of the next."""
    data = [{"x": x, "y": y, "y2": y2} for x, y, y2 in joints]
    rule = alt.Chart(alt.Data(values=data)).mark_rule(strokeWidth=1, color=Ink.FAINT.value)
    place = {"x": alt.X("x:Q", scale=None, axis=None), "y": alt.Y("y:Q", scale=None, axis=None)}
    return rule.encode(y2="y2", **place)
