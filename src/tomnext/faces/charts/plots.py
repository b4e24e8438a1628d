"""One plot as a Vega-Lite specification: lines or stacked areas with their names written beside them, no legend."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import altair as alt
import polars as pl

from tomnext.faces.charts.axes import Size, day_ticks, spread_apart, text_width, thinned, tick_decimals, ticks
from tomnext.faces.charts.palette import FONT, Ink
from tomnext.studies.sections import Level, Line, Plot, Sentence, Span, Tone
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Text

TONES = {Tone.ACCENT: Ink.ACCENT, Tone.INK: Ink.INK, Tone.QUIET: Ink.QUIET}
TOP, BOTTOM, LABEL_GAP = 16, 24, 15.0
Name = Callable[[str | Line | Text | Sentence | None], str]
"""Finds the words for a line, for a key (a level's or a span's), or for a bar's group."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place of the plot area, in pixels from its top left."""

    text: str
    x: float
    y: float
    font: float
    ink: Ink = Ink.QUIET
    align: str = "left"
    weight: int = 400


@dataclass(frozen=True)
class Frame:
    """Where values land on the page: both domains in data units, the size in pixels."""

    x: tuple[Any, Any]
    y: tuple[float, float]
    y_ticks: list[float]
    size: Size
    is_time: bool

    @classmethod
    def around(cls, plot: Plot, size: Size, x: tuple[Any, Any] | None = None) -> "Frame":
        """The frame that holds a plot's lines and levels, on round ticks; ``x`` shares an axis between plots."""
        tops = _tops(plot.lines)
        known = [value for _, values in tops for value in values if value is not None]
        known += [level.at.value for level in plot.levels if level.at.value is not None]
        starts_at_zero = plot.from_zero or any(line.is_area for line in plot.lines)
        known += [0.0] if starts_at_zero or not known else []
        room = 0.0 if starts_at_zero else 0.04 * (max(known) - min(known))
        marks = ticks(min(known) - room, max(known), 4 if size.height < 200 else 5)
        every_x = [one for line in plot.lines for one in line.xs]
        labels = [_tick_text(value, marks) for value in marks]
        ends = x or (min(every_x), max(every_x))
        return cls(ends, (marks[0], marks[-1]), marks, size.with_left(labels), plot.x == "day")

    def y_pixel(self, value: float) -> float:
        """Distance of a value from the top of the plot area, in pixels."""
        low, high = self.y
        return (self.size.height - TOP - BOTTOM) * (high - value) / ((high - low) or 1.0)

    def x_pixel(self, value: Any) -> float:
        """Distance of an x from the left of the plot area, in pixels."""
        first, last = self.x
        return float(self.size.inner_width * ((value - first) / ((last - first) or 1)))

    def x_encoding(self, field: str = "x") -> Any:
        """The x channel for a field of the data; the axis is fixed, so plots line up below each other."""
        if self.is_time:
            ends = [_milliseconds(one) for one in self.x]
            return alt.X(field, type="temporal", scale=alt.Scale(domain=ends, type="utc", nice=False), axis=None)
        return alt.X(field, type="quantitative", scale=alt.Scale(domain=list(self.x), nice=False), axis=None)

    def y_encoding(self, field: str = "y") -> Any:
        """The y channel for a field of the data."""
        return alt.Y(field, type="quantitative", scale=alt.Scale(domain=list(self.y), nice=False), axis=None)


def plot_chart(plot: Plot, name: Name, size: Size, x: tuple[Any, Any] | None = None) -> Any:
    """The whole plot as a layered Altair chart whose outer size is exactly ``size``."""
    frame = Frame.around(plot, size, x)
    spans = [span for span in plot.spans if span.end >= frame.x[0] and span.start <= frame.x[1]]
    layers = [_rules(frame.y_ticks, frame, Ink.FAINT)]
    layers += [_shade(spans, frame)] if spans else []
    layers += [_rules([level.at.value for level in plot.levels], frame, Ink.INK, [1, 3])] if plot.levels else []
    layers += [layer for line, bottoms, kept in _thinned(plot.lines) for layer in _line(line, bottoms, kept, frame)]
    labels = [*_y_labels(frame), *_x_labels(frame, plot, name), *_end_labels(plot, name, frame)]
    labels += [Label(name(span.key), _inside(span, frame) + 3, -7, frame.size.font) for span in spans]
    return framed([*layers, *text_layers(labels)], frame.size)


def framed(layers: Sequence[Any], size: Size) -> Any:
    """Layers as one chart of exactly that outer size, without axes or borders of the library's own."""
    inner = {"width": size.inner_width, "height": size.height - TOP - BOTTOM}
    padding = {"left": size.left, "right": size.right, "top": TOP, "bottom": BOTTOM}
    chart = alt.layer(*layers).resolve_axis(x="shared", y="shared")
    return (
        chart.properties(**inner, padding=padding, autosize=alt.AutoSizeParams(type="none"))
        .configure(font=FONT, background="transparent")
        .configure_view(stroke=None)
    )


def text_layers(labels: Sequence[Label]) -> list[Any]:
    """Labels as few layers: one for each alignment and weight."""
    groups: dict[tuple[str, int], list[Label]] = {}
    for label in labels:
        groups.setdefault((label.align, label.weight), []).append(label)
    return [_text_layer(group, align, weight) for (align, weight), group in groups.items()]


def _text_layer(labels: Sequence[Label], align: str, weight: int) -> Any:
    rows = [{"t": one.text, "px": one.x, "py": one.y, "c": one.ink.value, "s": one.font} for one in labels]
    mark = rows_chart(rows).mark_text(font=FONT, align=align, baseline="middle", fontWeight=weight)
    colour = alt.Color("c:N", scale=None, legend=None)
    place = {"x": alt.X("px:Q", scale=None, axis=None), "y": alt.Y("py:Q", scale=None, axis=None)}
    return mark.encode(text="t:N", size=alt.Size("s:Q", scale=None, legend=None), color=colour, **place)


def rows_chart(rows: list[dict[str, Any]]) -> Any:
    """A chart of some rows; a frame, because Altair copies a list of rows again and again and a frame never."""
    return alt.Chart(pl.DataFrame(rows, infer_schema_length=None))


def _rules(values: Sequence[float | None], frame: Frame, ink: Ink, dash: Sequence[int] = (1, 0)) -> Any:
    marks = rows_chart([{"y": value} for value in values])
    return marks.mark_rule(color=ink.value, strokeWidth=1, strokeDash=list(dash)).encode(y=frame.y_encoding())


def _y_labels(frame: Frame) -> list[Label]:
    font = frame.size.font
    return [Label(_tick_text(v, frame.y_ticks), -8, frame.y_pixel(v), font, align="right") for v in frame.y_ticks]


def _x_labels(frame: Frame, plot: Plot, name: Name) -> list[Label]:
    bottom = frame.size.height - TOP - BOTTOM
    marks: list[tuple[Any, str]]
    if frame.is_time:
        days, form = day_ticks(*frame.x, most=max(4, frame.size.inner_width // 70))
        marks = [(day, day.strftime(form)) for day in days]
    else:
        marks = [(x, f"{x:g}") for x in sorted({x for line in plot.lines for x in line.xs})]
        marks[-1] = (marks[-1][0], f"{marks[-1][1]} {name(f'unit.{plot.x}')}")
    font = frame.size.font
    return [Label(text, frame.x_pixel(x), bottom + 13, font, align="center") for x, text in _uncrowded(marks, frame)]


def _uncrowded(marks: list[tuple[Any, str]], frame: Frame) -> list[tuple[Any, str]]:
    """The marks whose texts do not touch, the last one kept first: it carries the unit."""
    kept: list[tuple[float, float, Any, str]] = []
    for x, text in reversed(marks):
        middle, half = frame.x_pixel(x), text_width(text, frame.size.font) / 2
        if not kept or middle + half + 4 < kept[-1][0] - kept[-1][1]:
            kept.append((middle, half, x, text))
    return [(x, text) for _, _, x, text in reversed(kept)]


def _shade(spans: Sequence[Span], frame: Frame) -> Any:
    ends = [(max(span.start, frame.x[0]), min(span.end + timedelta(1), frame.x[1])) for span in spans]
    rows = [{"x": start.isoformat(), "x2": end.isoformat()} for start, end in ends]
    return rows_chart(rows).mark_rect(color=Ink.WASH.value).encode(x=frame.x_encoding(), x2="x2:T")


def _inside(span: Span, frame: Frame) -> float:
    return frame.x_pixel(max(span.start, frame.x[0]))


def _thinned(lines: Sequence[Line]) -> list[tuple[Line, list[float], list[int]]]:
    """Each line with what lies below it and the points to draw; stacked areas keep the same days, or seams show."""
    placed = _stacked(lines)
    kept = [set(thinned(line.values)) for line, _ in placed]
    together = set[int]().union(*(one for (line, _), one in zip(placed, kept, strict=True) if line.is_area))
    is_shared = len({line.xs for line in lines if line.is_area}) == 1
    return [
        (line, bottoms, sorted(together if line.is_area and is_shared else own))
        for (line, bottoms), own in zip(placed, kept, strict=True)
    ]


def _line(line: Line, bottoms: Sequence[float], kept: Sequence[int], frame: Frame) -> list[Any]:
    rows = [
        {"x": _plain(line.xs[at]), "y": None if (value := line.values[at]) is None else value + bottoms[at],
         "y2": bottoms[at]}
        for at in kept
    ]  # fmt: skip
    base = rows_chart(rows).encode(x=frame.x_encoding(), y=frame.y_encoding())
    colour = TONES[line.tone].value
    if line.is_area:
        opacity = 0.75 if line.tone is Tone.ACCENT else 0.3
        return [base.mark_area(color=colour, opacity=opacity, line=False).encode(y2="y2:Q")]
    dash = [4, 2] if line.nature is Nature.SIMULATED else [1, 0]
    width = 1.25 if line.tone is Tone.QUIET else 1.75
    layers = [base.mark_line(color=colour, strokeWidth=width, strokeDash=dash, strokeJoin="round")]
    if line.has_points:
        layers.append(base.mark_point(color=colour, fill=Ink.PAPER.value, size=26, opacity=1, strokeWidth=width))
    return layers


def _end_labels(plot: Plot, name: Name, frame: Frame) -> list[Label]:
    """Names beside the last points and the levels, moved apart where they would touch."""
    ends = [_line_end(line, top, frame.x_pixel(x), name) for line, top, x in _last_points(plot.lines)]
    ends += [_level_end(level, name, frame) for level in plot.levels]
    heights = [LABEL_GAP * len(end.rows) for end in ends]
    wanted = [frame.y_pixel(end.value) for end in ends]
    places = spread_apart(wanted, heights, 2.0 - TOP / 2, frame.size.height - TOP - BOTTOM + 4.0)
    labels = []
    for end, y in zip(ends, places, strict=True):
        for row, (text, ink, weight) in enumerate(end.rows):
            at = y + (row - (len(end.rows) - 1) / 2) * LABEL_GAP
            labels.append(Label(text, end.x + 7, at, frame.size.font, ink, weight=weight))
    return labels


@dataclass(frozen=True)
class _End:
    """What stands at the right end of a line or a level: rows of text, colour and weight, at a value."""

    value: float
    x: float
    rows: list[tuple[str, Ink, int]]


def _line_end(line: Line, top: float, x: float, name: Name) -> _End:
    texts = [part for part in (line.end.printed if line.end else "", name(line)) if part]
    first = (TONES[line.tone], 600 if line.tone is Tone.ACCENT else 400)
    return _End(top, x, [(text, *(first if row == 0 else (Ink.QUIET, 400))) for row, text in enumerate(texts)])


def _level_end(level: Level, name: Name, frame: Frame) -> _End:
    word = f"{level.at.printed} {name(level.key)}" if level.key else level.at.printed
    return _End(level.at.value or 0.0, float(frame.size.inner_width), [(word, Ink.QUIET, 400)])


def _last_points(lines: Sequence[Line]) -> list[tuple[Line, float, Any]]:
    found: list[tuple[Line, float, Any]] = []
    for line, bottoms in _stacked(lines):
        known = [at for at, value in enumerate(line.values) if value is not None]
        if known:
            value = line.values[known[-1]] or 0.0
            middle = value / 2 if line.is_area else value
            found.append((line, middle + bottoms[known[-1]], line.xs[known[-1]]))
    return found


def _stacked(lines: Sequence[Line]) -> list[tuple[Line, list[float]]]:
    below: dict[Any, float] = {}
    placed: list[tuple[Line, list[float]]] = []
    for line in lines:
        placed.append((line, [below.get(x, 0.0) if line.is_area else 0.0 for x in line.xs]))
        if line.is_area:
            below |= {x: below.get(x, 0.0) + (value or 0.0) for x, value in zip(line.xs, line.values, strict=True)}
    return placed


def _tops(lines: Sequence[Line]) -> list[tuple[Line, list[float | None]]]:
    return [
        (line, [None if value is None else value + base for value, base in zip(line.values, bottoms, strict=True)])
        for line, bottoms in _stacked(lines)
    ]


def _tick_text(value: float, marks: Sequence[float]) -> str:
    return f"{value:,.{tick_decimals(marks)}f}".replace("-", "−")


def _plain(x: Any) -> Any:
    return x.isoformat() if isinstance(x, date) else x


def _milliseconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000
