"""A section on a terminal: its sentences as they are read, its tables aligned for wide characters, its notes dim."""

from datetime import date
from typing import Literal

from rich.console import Console
from rich.table import Table as RichTable

from tomnext.faces.report.markdown import ARROWS
from tomnext.faces.report.wording import Wording, capitalised
from tomnext.studies.sections import Cell, Number, Section, Sentence, Table


def print_section(section: Section, wording: Wording, console: Console) -> None:
    """Print a section in one language; charts are left to pages."""
    wording = wording.of(section.topic)
    console.print(wording.say(f"{section.id}.title"), style="bold")
    for sentence in section.sentences:
        console.print(f"• {wording.plain(sentence, section.id)}", markup=False)
    for table in section.tables:
        console.print()
        if title := wording.maybe(f"{section.id}.{table.id}.title"):
            console.print(title, style="bold", markup=False)
        console.print(_grid(table, section, wording))
    console.print()
    for note in section.notes:
        console.print(wording.plain(note, section.id), style="dim", markup=False)


def _grid(table: Table, section: Section, wording: Wording) -> RichTable:
    printed = RichTable(box=None, header_style="dim", padding=(0, 1), pad_edge=False)
    for at, column in enumerate(table.columns):
        heading = capitalised(wording.heading(section, table, column))
        unit = wording.heading_unit(column.unit)
        printed.add_column(f"{heading}\n{unit}" if unit else heading, justify=_side(table, at))
    for row in table.rows:
        printed.add_row(*[_shown(cell, section, wording) for cell in row])
    return printed


def _side(table: Table, at: int) -> Literal["left", "right"]:
    """Numbers, and amounts with their unit, stand on the right."""
    cells = [row[at] for row in table.rows]
    return "right" if any(isinstance(one, Number) or _is_amount(one) for one in cells) else "left"


def _is_amount(cell: Cell) -> bool:
    return isinstance(cell, Sentence) and len(cell.values) == 1 and isinstance(next(iter(cell.values.values())), Number)


def _shown(cell: Cell, section: Section, wording: Wording) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, Number):
        return (ARROWS[cell.direction] if cell.moves else "") + wording.number(cell)
    return cell.isoformat() if isinstance(cell, date) else wording.plain(cell, section.id)
