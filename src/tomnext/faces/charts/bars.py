"""Signed bars by year: deficits in the accent, forecasts hollow, vintages kept apart by a gap and their name."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import altair as alt

from tomnext.faces.charts.axes import Size, tick_decimals, ticks
from tomnext.faces.charts.palette import Ink
from tomnext.faces.charts.plots import BOTTOM, TOP, Label, Name, framed, rows_chart, text_layers
from tomnext.studies.sections import Bar, Sentence
from tomnext.vocabulary.words import Text

GROUP_GAP = 0.8
"""Empty bar widths between two vintages, so that no eye reads a trend across them."""


def bar_chart(bars: Sequence[Bar], name: Name, size: Size) -> Any:
    """Bars as a layered Altair chart whose outer size is exactly ``size``; each wide enough carries its value."""
    values = [bar.value.value or 0.0 for bar in bars]
    marks = ticks(min(0.0, *values), max(0.0, *values))
    texts = [f"{value:,.{tick_decimals(marks)}f}".replace("-", "−") for value in marks]
    size = size.with_left(texts)
    inner = size.height - TOP - BOTTOM - 14

    def pixel(value: float) -> float:
        return 14 + inner * (marks[-1] - value) / ((marks[-1] - marks[0]) or 1.0)

    lefts, names, step = _places(bars, size)
    labels = [Label(text, -8, pixel(at), size.font, align="right") for at, text in zip(marks, texts, strict=True)]
    labels += [Label(name(group), left, -11.0 * (at % 2), size.font) for at, (left, group) in enumerate(names)]
    for bar, left in zip(bars, lefts, strict=True):
        labels += _labels(bar, left + step / 2, step, pixel, size)
    return framed([_rules(marks, pixel, size), _rects(bars, lefts, step, pixel), *text_layers(labels)], size)


def _places(bars: Sequence[Bar], size: Size) -> tuple[list[float], list[tuple[float, Text | Sentence | None]], float]:
    step = size.inner_width / (len(bars) + GROUP_GAP * sum(1 for _ in groupby(bars, key=lambda bar: bar.group)))
    left, lefts = 0.0, []
    names: list[tuple[float, Text | Sentence | None]] = []
    for before, bar in zip([None, *bars], bars, strict=False):
        if before is None or before.group != bar.group:
            left += step * GROUP_GAP / (2 if before is None else 1)
            names.append((left, bar.group))
        lefts.append(left)
        left += step
    return lefts, names, step


def _rules(marks: Sequence[float], pixel: Callable[[float], float], size: Size) -> Any:
    rows = [{"py": pixel(at), "c": (Ink.QUIET if at == 0 else Ink.FAINT).value} for at in marks]
    rule = rows_chart(rows).mark_rule(strokeWidth=1)
    ends = {"x": alt.value(0), "x2": alt.value(size.inner_width)}
    colour = alt.Color("c:N", scale=None, legend=None)
    return rule.encode(y=alt.Y("py:Q", scale=None, axis=None), color=colour, **ends)


def _rects(bars: Sequence[Bar], lefts: Sequence[float], step: float, pixel: Callable[[float], float]) -> Any:
    rows = []
    for bar, left in zip(bars, lefts, strict=True):
        value = bar.value.value or 0.0
        ink = (Ink.ACCENT if value < 0 else Ink.QUIET).value
        place = {"x": left + step * 0.1, "x2": left + step * 0.9, "y": pixel(max(value, 0)), "y2": pixel(min(value, 0))}
        rows.append({**place, "stroke": ink, "fill": Ink.PAPER.value if bar.is_forecast else ink})
    rect = rows_chart(rows).mark_rect(strokeWidth=1.25)
    colours = {
        "fill": alt.Fill("fill:N", scale=None, legend=None),
        "stroke": alt.Stroke("stroke:N", scale=None, legend=None),
    }
    place = {"x": alt.X("x:Q", scale=None, axis=None), "y": alt.Y("y:Q", scale=None, axis=None)}
    return rect.encode(x2="x2", y2="y2", **place, **colours)


def _labels(bar: Bar, middle: float, step: float, pixel: Callable[[float], float], size: Size) -> list[Label]:
    value = bar.value.value or 0.0
    beyond = pixel(value) + (9 if value < 0 else -8)
    year = bar.name if step > 34 else bar.name[-2:]
    found = [Label(year, middle, size.height - TOP - BOTTOM + 13, size.font, align="center")]
    if step > 34:
        found.append(Label(bar.value.printed, middle, beyond, size.font, Ink.INK, align="center"))
    return found
