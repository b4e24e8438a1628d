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

ROW = 26
"""Height of one line in pixels."""


@dataclass(frozen=True, slots=True)
class Fall:
    """One step: its name, its amount, how the amount is printed, and whether law takes it."""

    name: str
    amount: float
    printed: str
    is_law: bool


def waterfall_svg(falls: Sequence[Fall], total: Fall, title: str, width: int = WIDE) -> str:
    """The SVG of a waterfall from the first amount to the total, one row a step."""
    return svg_of(waterfall_chart(falls, total, width), title)


def waterfall_chart(falls: Sequence[Fall], total: Fall, width: int = WIDE) -> Any:
    """The waterfall as a layered Altair chart of an exact outer width; negative steps are hollow."""
    font = 12.5 if width > 500 else 11.0
    rows = [*falls, total]
    left = ceil(max(text_width(row.name, font) for row in rows)) + 12
    right = ceil(max(text_width(row.printed, font) for row in rows)) + 12
    size = Size(width, TOP + BOTTOM + ROW * len(rows), right, font, left)
    ends = list(accumulate(fall.amount for fall in falls))
    starts = [0.0, *ends[:-1], 0.0]
    ends = [*ends, total.amount]
    low, high = min(0.0, *ends, *starts), max(0.0, *ends, *starts)

    def pixel(value: float) -> float:
        return size.inner_width * (value - low) / ((high - low) or 1.0)

    bars = [
        _bar(row, start, end, place, pixel)
        for place, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True))
    ]
    labels = []
    for place, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True)):
        middle = ROW * (place + 0.5)
        is_total = row is total
        weight = 600 if is_total else 400
        labels.append(Label(row.name, -10, middle, font, Ink.INK, align="right", weight=weight))
        labels.append(
            Label(
                row.printed, pixel(max(start, end)) + 6, middle, font, Ink.INK if is_total else Ink.QUIET, weight=weight
            )
        )
    return framed([_joints(ends, rows, pixel), _rects(bars), *text_layers(labels)], size)


def _bar(row: Fall, start: float, end: float, place: int, pixel: Any) -> dict[str, Any]:
    ink = (Ink.ACCENT if row.is_law else Ink.QUIET).value
    first, last = pixel(min(start, end)), pixel(max(start, end))
    return {
        "x": first, "x2": max(last, first + 1.0), "y": ROW * place + 5, "y2": ROW * (place + 1) - 5, "stroke": ink,
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


def _joints(ends: Sequence[float], rows: Sequence[Fall], pixel: Any) -> Any:
    """Hair lines from the end of one bar to the start of the next."""
    data = [
        {"x": pixel(end), "y": ROW * (place + 1) - 5, "y2": ROW * (place + 1) + 5}
        for place, end in enumerate(ends[:-1])
    ]
    rule = alt.Chart(alt.Data(values=data)).mark_rule(strokeWidth=1, color=Ink.FAINT.value)
    place = {"x": alt.X("x:Q", scale=None, axis=None), "y": alt.Y("y:Q", scale=None, axis=None)}
    return rule.encode(y2="y2", **place)
