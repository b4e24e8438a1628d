"""The brief as one HTML file: inline SVG and CSS, nothing fetched, no script, right on screen, in the dark, on paper.

Every number stands in ``<data value="…">printed</data>`` with the library's unrounded value beside what is printed,
so that a test (and a reader's own script) can read the page back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from tomnext.faces.charts.draw import Drawing, draw
from tomnext.faces.charts.sparkline import sparkline, split_bar
from tomnext.faces.report.footnotes import Footnotes
from tomnext.faces.report.markdown import ARROWS, line_label
from tomnext.faces.report.wording import Piece, Wording, beginning, capitalised, column_nature, own_marks
from tomnext.studies.sections import Brief, Cell, Chart, Line, Number, Plot, Section, Sentence, Spark, Split, Table
from tomnext.vocabulary.evidence import Nature
from tomnext.vocabulary.words import Language, Text


class Colours(StrEnum):
    """Which colour means up: red in Taiwan, green abroad, orange beside blue for every kind of sight."""

    TAIWAN = "tw"
    INTERNATIONAL = "intl"
    COLOUR_BLIND = "cb"


@dataclass(frozen=True)
class Sheet:
    """What the template asks of one section: its words and its drawn charts and tables."""

    section: Section
    wording: Wording
    footnotes: list[tuple[int, str]]

    @property
    def title(self) -> str:
        """The section's heading."""
        return self.wording.say(f"{self.section.id}.title")

    def chart(self, chart: Chart) -> "Figure":
        """One chart with its words."""
        return Figure(chart, self.section, self.wording)

    def table(self, table: Table) -> "Grid":
        """One table with its words."""
        return Grid(table, self.section, self.wording)

    def sentence(self, sentence: Cell) -> Markup:
        """A sentence with its numbers and days marked up."""
        return marked(self.wording, sentence, self.section.id)


@dataclass(frozen=True)
class Figure:
    """A chart's title, drawings and the line that says how to read it."""

    chart: Chart
    section: Section
    wording: Wording

    @property
    def key(self) -> str:
        """Where the chart's words are found."""
        return f"{self.section.id}.{self.chart.id}"

    @property
    def title(self) -> str:
        """The chart's title."""
        return self.wording.say(f"{self.key}.title")

    @property
    def how(self) -> str:
        """How to read this chart."""
        return self.wording.say(f"{self.key}.how")

    def heads(self) -> list[Markup]:
        """What stands above each plot: its title and unit."""
        return [
            Markup('<span class="plot-title">{}</span> <span class="unit">{}{}</span>').format(
                marked(self.wording, plot.title, self.section.id), self.wording.unit(plot.unit), self._nature(plot)
            )
            for plot in self.chart.plots
        ] or [Markup('<span class="unit">{}</span>').format(self.wording.unit(self.chart.unit))]

    def _nature(self, plot: Plot) -> str:
        natures = {line.nature for line in plot.lines}
        is_said_here = self.chart.is_grid and Nature.SIMULATED in natures
        return self.wording.bracketed(self.wording.nature(Nature.SIMULATED)) if is_said_here else ""

    def drawing(self) -> Drawing:
        """The SVGs; a line's name says so when the line is simulated."""

        def name(one: str | Line | Text | Sentence | None) -> str:
            if not isinstance(one, str | Line):
                return self.wording.plain(one, self.section.id)
            if isinstance(one, str):
                return self.wording.within(one, self.key, self.section.id)
            label = line_label(one, self.key, self.wording)
            is_marked = label and one.nature is Nature.SIMULATED and not self.chart.is_grid
            return label + self.wording.bracketed(self.wording.nature(one.nature)) if is_marked else label

        return draw(self.chart, name, self.title)


@dataclass(frozen=True)
class Grid:
    """A table's headings and cells; a last column of sentences becomes a second line below each row."""

    table: Table
    section: Section
    wording: Wording

    @property
    def title(self) -> str:
        """The table's own title, when it has one."""
        return self.wording.maybe(f"{self.section.id}.{self.table.id}.title")

    @property
    def has_reading(self) -> bool:
        """Whether a sentence stands below each row."""
        return self.table.columns[-1].key == "reading"

    def heads(self) -> list[dict[str, Any]]:
        """Heading, unit, nature and alignment of each column that stands in the grid."""
        return [
            {
                "text": capitalised(self.wording.heading(self.section, self.table, column)),
                "unit": self.wording.heading_unit(column.unit),
                "nature": self.wording.nature(column_nature(self.table, index)),
                "is_simulated": column_nature(self.table, index) is Nature.SIMULATED,
                "kind": self._kind(index),
            }
            for index, column in enumerate(self.table.columns[: -1 if self.has_reading else None])
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Each row's marked-up cells and the sentence below it."""
        width = len(self.heads())
        return [
            {
                "cells": [self._cell(row[index], index, row) for index in range(width)],
                "reading": marked(self.wording, row[-1], self.section.id) if self.has_reading else "",
            }
            for row in self.table.rows
        ]

    def _kind(self, index: int) -> str:
        cells = [row[index] for row in self.table.rows]
        if any(isinstance(cell, Number) for cell in cells):
            return "number"
        return "spark" if any(isinstance(cell, Spark | Split) for cell in cells) else "word"

    def _cell(self, cell: Cell, index: int, row: tuple[Cell, ...]) -> Markup:
        title = str(escape(self.wording.plain(row[0], self.section.id)))
        if isinstance(cell, Split):
            return Markup(split_bar(cell.free_share, title)) if cell.free_share is not None else Markup("")
        if isinstance(cell, Spark):
            return Markup(sparkline(cell.values, title, cell.nature is Nature.SIMULATED))
        if isinstance(cell, Number):
            words = own_marks(self.wording, cell, column_nature(self.table, index))
            mark = Markup('<span class="nature">{}</span>').format(words) if words else Markup("")
            return number_mark(self.wording, cell) + mark
        return marked(self.wording, cell, self.section.id)


def write_html(brief: Brief, language: Language, colours: Colours | None = None) -> str:
    """The whole brief as one file's text; colours default to Taiwan's in Chinese and to the others' in English."""
    wording = Wording(language)
    notes = Footnotes.of(brief.sections)
    sheets = [Sheet(one, wording.of(one.topic), notes.runs(one)) for one in brief.sections]
    default = Colours.TAIWAN if language is Language.TAIWAN else Colours.INTERNATIONAL
    page: str = _template("brief.html.j2").render(
        brief=brief,
        wording=wording,
        language=language.value,
        colours=(colours or default).value,
        sheets=sheets,
        footnotes=list(notes.lines(wording)),
        style=Markup(files(__package__).joinpath("brief.css").read_text(encoding="utf-8")),
        marked=_marker(wording),
    )
    return page


def _template(name: str) -> Any:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _marker(wording: Wording) -> Callable[[Cell], Markup]:
    return lambda cell: marked(wording, cell)


def marked(wording: Wording, cell: Cell, section: str = "") -> Markup:
    """A cell or sentence as markup: numbers in ``<data>``, days in ``<time>``, text escaped."""
    pieces = list(wording.pieces(cell, section))
    if pieces and isinstance(pieces[0], str):
        pieces[0] = beginning(cell, pieces[0])
    return Markup("").join(_piece(wording, piece) for piece in pieces)


def _piece(wording: Wording, piece: Piece) -> Markup:
    if isinstance(piece, Number):
        return number_mark(wording, piece)
    if isinstance(piece, date):
        return Markup('<time datetime="{0}">{0}</time>').format(piece.isoformat())
    return escape(piece)


def number_mark(wording: Wording, number: Number) -> Markup:
    """A number as ``<data>``: arrowed and coloured when it moves, underlined when simulated, a word when missing."""
    if number.value is None:
        return Markup('<span class="missing">{}</span>').format(wording.number(number))
    classes = [
        *([{1: "up", 0: "flat", -1: "down"}[number.direction]] if number.moves else []),
        *(["simulated"] if number.nature is Nature.SIMULATED else []),
    ]
    arrow = Markup('<span class="arrow">{}</span>').format(ARROWS[number.direction]) if number.moves else Markup("")
    return Markup('<data value="{}" class="{}">{}{}</data>').format(
        repr(float(number.value)), " ".join(classes), arrow, number.printed
    )
