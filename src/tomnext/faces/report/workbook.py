"""The brief as a workbook: one sheet a section, typed cells, a unit row, a source row, a frozen heading.

Text never becomes a formula, a link or a number. Tables stand side by side so that one frozen heading serves them
all; a chart's lines follow as tables of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tomnext.faces.report.markdown import line_label
from tomnext.faces.report.wording import Wording, capitalised, column_nature
from tomnext.studies.sections import Brief, Cell, Chart, Number, Plot, Section, Spark, Split, Table

HEADING, UNIT, SOURCE, FIRST = 1, 2, 3, 4
"""Rows of a sheet, counted from 0: a block's title stands in row 0, its figures begin in row 4."""
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


@dataclass(frozen=True)
class Block:
    """One table as a sheet holds it; ``columns`` are (heading, unit, source) and cells are numbers, days or text.

    ``names`` are defined in the workbook, one a column (``board_base_carry``), for the reader's own formulas.
    """

    title: str
    columns: tuple[tuple[str, str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    names: tuple[str, ...] = ()


class Formats:
    """The workbook's cell formats, made once each."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._numbers: dict[tuple[int, bool, str, bool], Any] = {}
        self.title = book.add_format({"bold": True, "font_size": 13})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.small = book.add_format({"italic": True, "font_color": "#5f6b73", "text_wrap": True, "valign": "top"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"})

    def number(self, number: Number) -> Any:
        """The format that prints a number exactly as the page does."""
        is_simulated = number.nature is not None and number.nature.value == "simulated"
        sign = {"share": "%", "pct": '"%"'}.get(number.unit, "")
        key = (number.decimals, number.signed, sign, is_simulated)
        if key not in self._numbers:
            digits = "#,##0" + ("." + "0" * number.decimals if number.decimals else "")
            digits += sign
            form = f"+{digits};-{digits};{digits}" if number.signed else digits
            look = {"num_format": form, "valign": "top"} | ({"underline": 1, "italic": True} if is_simulated else {})
            self._numbers[key] = self._book.add_format(look)
        return self._numbers[key]


def write_workbook(brief: Brief, wording: Wording, path: Path) -> None:
    """Write the whole brief as an .xlsx file in one language."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        formats = Formats(book)
        _summary(book.add_worksheet(wording.say("page.summary")), brief, wording, formats)
        for section in brief.sections:
            blocks = list(_blocks(section, wording.of(section.topic)))
            if blocks:
                sheet = book.add_worksheet(_sheet_name(section, wording))
                _sheet(sheet, blocks, formats)
                _define_names(book, sheet, blocks)


def _summary(sheet: Any, brief: Brief, wording: Wording, formats: Formats) -> None:
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, f"{wording.say('page.title')} {brief.as_of.isoformat()}", formats.title)
    lines: list[tuple[str, Any]] = [(wording.plain(brief.basis), formats.small)]
    lines += [(wording.plain(sentence), formats.text) for sentence in brief.verdict]
    for section in brief.sections:
        own = wording.of(section.topic)
        lines.append((own.say(f"{section.id}.title"), formats.head))
        lines += [(own.plain(sentence, section.id), formats.text) for sentence in section.sentences]
        for chart in section.charts:
            how = own.say(f"{section.id}.{chart.id}.how")
            lines.append((f"{own.say(f'{section.id}.{chart.id}.title')} — {own.say('page.how')}{how}", formats.small))
        lines += [(own.plain(sentence, section.id), formats.small) for sentence in section.notes]
    lines.append((wording.say("page.disclaimer"), formats.small))
    for row, (text, form) in enumerate(lines, start=1):
        sheet.write_string(row, 0, text, form)
    sheet.freeze_panes(1, 0)


def _sheet(sheet: Any, blocks: Sequence[Block], formats: Formats) -> None:
    left = 0
    for block in blocks:
        sheet.write_string(0, left, block.title, formats.title)
        for index, (heading, unit, source) in enumerate(block.columns):
            sheet.write_string(HEADING, left + index, heading, formats.head)
            sheet.write_string(UNIT, left + index, unit, formats.small)
            sheet.write_string(SOURCE, left + index, source, formats.small)
            sheet.set_column(left + index, left + index, 16 if source or unit else 20)
        for row, cells in enumerate(block.rows, start=FIRST):
            for index, cell in enumerate(cells):
                _write(sheet, row, left + index, cell, formats)
        left += len(block.columns) + 1
    sheet.freeze_panes(FIRST, 1)


def _define_names(book: Any, sheet: Any, blocks: Sequence[Block]) -> None:
    from xlsxwriter.utility import xl_rowcol_to_cell

    left = 0
    for block in blocks:
        for index, name in enumerate(block.names):
            ends = [
                xl_rowcol_to_cell(row, left + index, row_abs=True, col_abs=True)
                for row in (FIRST, FIRST + len(block.rows) - 1)
            ]
            book.define_name(name, f"='{sheet.get_name()}'!{ends[0]}:{ends[1]}")
        left += len(block.columns) + 1


def _write(sheet: Any, row: int, column: int, cell: Any, formats: Formats) -> None:
    if isinstance(cell, Number):
        if cell.value is not None:
            sheet.write_number(row, column, cell.value, formats.number(cell))
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats.day)
    elif cell:
        sheet.write_string(row, column, cell, formats.text)


def _blocks(section: Section, wording: Wording) -> Iterator[Block]:
    for table in section.tables:
        yield _table_block(table, section, wording)
    for chart in section.charts:
        for plot in chart.plots:
            yield _plot_block(plot, chart, section, wording)


def _table_block(table: Table, section: Section, wording: Wording) -> Block:
    drawn = {at for row in table.rows for at, cell in enumerate(row) if isinstance(cell, Spark | Split)}
    shown = [at for at in range(len(table.columns)) if at not in drawn]
    columns = []
    for at in shown:
        column = table.columns[at]
        parts = [wording.nature(column_nature(table, at)), column.source or ""]
        heading = capitalised(wording.heading(section, table, column))
        columns.append((heading, wording.unit(column.unit), " · ".join(part for part in parts if part)))
    title = wording.maybe(f"{section.id}.{table.id}.title") or wording.say(f"{section.id}.title")
    rows = tuple(tuple(_typed(row[at], section, wording) for at in shown) for row in table.rows)
    names = tuple(f"{section.id}_{table.id}_{table.columns[at].key}" for at in shown)
    return Block(title, tuple(columns), rows, names if rows else ())


def _typed(cell: Cell, section: Section, wording: Wording) -> Number | date | str:
    if isinstance(cell, Number) and cell.value is None:
        return wording.number(cell)
    return cell if isinstance(cell, Number | date) else wording.plain(cell, section.id)


def _plot_block(plot: Plot, chart: Chart, section: Section, wording: Wording) -> Block:
    key = f"{section.id}.{chart.id}"
    first = wording.say("chart.day") if plot.x == "day" else wording.unit(plot.x)
    heads = [(capitalised(first), "", "")]
    heads += [
        (capitalised(line_label(line, key, wording)), wording.unit(plot.unit), wording.nature(line.nature))
        for line in plot.lines
    ]
    every_x = sorted({x for line in plot.lines for x in line.xs})
    at = [dict(zip(line.xs, line.values, strict=True)) for line in plot.lines]
    decimals = [line.end.decimals if line.end else 2 for line in plot.lines]
    rows = tuple(
        (
            x if isinstance(x, date) else Number(x, plot.x, 2),
            *(
                Number(values.get(x), plot.unit, places, nature=line.nature)
                for values, places, line in zip(at, decimals, plot.lines, strict=True)
            ),
        )
        for x in every_x
    )
    title = f"{wording.say(f'{key}.title')} {wording.plain(plot.title, section.id) if plot.title else ''}".strip()
    return Block(title, tuple(heads), rows)


def _sheet_name(section: Section, wording: Wording) -> str:
    title = wording.of(section.topic).say(f"{section.id}.title")
    return "".join(char for char in title if char not in "[]:*?/\\")[:31]
