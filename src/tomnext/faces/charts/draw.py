"""A study's chart as inline SVG in the page's colours, one drawing for wide pages and one for a phone."""

import re
from dataclasses import dataclass
from html import escape
from typing import Any

import vl_convert

from tomnext.faces.charts.axes import Size, text_width
from tomnext.faces.charts.bars import bar_chart
from tomnext.faces.charts.palette import in_page_colours
from tomnext.faces.charts.plots import Frame, Name, plot_chart
from tomnext.studies.sections import Chart, Plot

WIDE, NARROW, CELL = 980, 372, 312
"""Outer widths in pixels of a chart on a wide page, on a phone, and of one cell of a grid."""


@dataclass(frozen=True)
class Drawing:
    """The SVGs of one chart, from top to bottom (or cell by cell of a grid), for both widths."""

    wide: tuple[str, ...]
    narrow: tuple[str, ...]


def draw(chart: Chart, name: Name, title: str) -> Drawing:
    """Every plot of a chart as SVG text; ``name`` finds words, ``title`` is read aloud by a screen reader."""
    if chart.bars:
        return Drawing((_bars(chart, name, WIDE, title),), (_bars(chart, name, NARROW, title),))
    if chart.is_grid:
        cells = tuple(svg_of(plot_chart(plot, name, _size(plot, name, CELL, 190, 11.5)), title) for plot in chart.plots)
        return Drawing(cells, ())
    return Drawing(_panels(chart, name, title, WIDE), _panels(chart, name, title, NARROW))


def _panels(chart: Chart, name: Name, title: str, width: int) -> tuple[str, ...]:
    every = [x for plot in chart.plots for line in plot.lines for x in line.xs]
    shared: tuple[Any, Any] = (min(every), max(every))
    height = {1: 300, 2: 210}.get(len(chart.plots), 170)
    right = max(_size(plot, name, width, height, 12.0).right for plot in chart.plots)
    size = Size(width, height, right)
    left = max(Frame.around(plot, size, shared).size.left for plot in chart.plots)
    size = Size(width, height, right, left=left)
    return tuple(svg_of(plot_chart(plot, name, size, shared), title) for plot in chart.plots)


def _size(plot: Plot, name: Name, width: int, height: int, font: float) -> Size:
    labels = [part for line in plot.lines for part in (name(line), line.end.printed if line.end else "")]
    labels += [f"{level.at.printed} {name(level.key) if level.key else ''}" for level in plot.levels]
    return Size(width, height, int(max((text_width(one, font) for one in labels), default=0.0)) + 14, font)


def _bars(chart: Chart, name: Name, width: int, title: str) -> str:
    return svg_of(bar_chart(chart.bars, name, Size(width, 290, 8, 12.0 if width == WIDE else 10.5)), title)


def svg_of(chart: Any, title: str) -> str:
    """A chart as inline SVG text in the page's colours; ``title`` is read aloud by a screen reader."""
    drawn = vl_convert.vegalite_to_svg(chart.to_json(indent=None, validate=False))
    opening = f'<svg role="img" aria-label="{escape(title)}" class="plot" '
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawn)
    fixed = f'style="max-width:{float(size[1]):.0f}px" ' if size else ""
    box = re.search(r'viewBox="[^"]*"', drawn)
    drawn = re.sub(r"<svg [^>]*>", f"{opening}{fixed}{box[0] if box else ''}>", drawn, count=1)
    return in_page_colours(drawn)
