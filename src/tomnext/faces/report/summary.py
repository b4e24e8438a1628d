"""The brief on a terminal, and as the record behind ``--format json``."""

from collections.abc import Mapping
from datetime import date

from rich.console import Console
from rich.table import Table as RichTable

from tomnext.faces.report.markdown import ARROWS
from tomnext.faces.report.wording import Wording, capitalised, column_nature
from tomnext.studies.sections import Brief, Cell, Number, Section, Sentence, Spark, Split, Table
from tomnext.vocabulary.evidence import Nature

SHOWN = ("metal", "price", "price_monthly", "month", "carry", "carry_percentile", "lease", "cancelled", "cover", "rank")
"""Columns of the board that fit a terminal of a hundred characters."""


def print_summary(brief: Brief, wording: Wording) -> None:
    """The verdict and a narrow board, readable without colour."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{wording.say('page.title')} {brief.as_of.isoformat()}", style="bold")
    for sentence in brief.verdict:
        console.print(f"• {wording.plain(sentence)}", markup=False)
    board = brief.section("board")
    for table in board.tables:
        console.print()
        console.print(_narrow(table, board, wording))
    console.print()
    console.print(wording.plain(brief.basis), style="dim", markup=False)


def _narrow(table: Table, section: Section, wording: Wording) -> RichTable:
    shown = [at for at, column in enumerate(table.columns) if column.key in SHOWN]
    printed = RichTable(box=None, header_style="dim", padding=(0, 1), pad_edge=False)
    for at in shown:
        is_simulated = column_nature(table, at) is Nature.SIMULATED
        heading = capitalised(wording.heading(section, table, table.columns[at])).replace(" ", "\n")
        notes = [wording.unit(table.columns[at].unit), wording.nature(Nature.SIMULATED) if is_simulated else ""]
        is_number = any(isinstance(row[at], Number) for row in table.rows)
        printed.add_column("\n".join([heading, *notes]), justify="right" if is_number else "left", no_wrap=True)
    for row in table.rows:
        printed.add_row(*[_shown(row[at], wording) for at in shown])
    return printed


def _shown(cell: Cell, wording: Wording) -> str:
    if isinstance(cell, Number):
        is_told = cell.value is not None or cell.absent == "halted"
        return (ARROWS[cell.direction] if cell.moves else "") + (wording.number(cell) if is_told else cell.printed)
    return wording.plain(cell, "board")


def brief_record(brief: Brief, wording: Wording) -> dict[str, object]:
    """The brief as JSON-ready values: the verdict in words, every table with its keys, units, natures and values."""
    return {
        "as_of": brief.as_of.isoformat(),
        "kind": "simulated" if brief.is_simulated else "measured",
        "basis": wording.plain(brief.basis),
        "verdict": [wording.plain(sentence) for sentence in brief.verdict],
        "sections": {section.id: _section_record(section, wording.of(section.topic)) for section in brief.sections},
    }


def _section_record(section: Section, wording: Wording) -> dict[str, object]:
    return {
        "title": wording.say(f"{section.id}.title"),
        "sentences": [wording.plain(sentence, section.id) for sentence in section.sentences],
        "tables": {one.id: [_row_record(one, row, section, wording) for row in one.rows] for one in section.tables},
        "evidence": [one.record() for one in section.evidence],
    }


def _row_record(table: Table, row: tuple[Cell, ...], section: Section, wording: Wording) -> Mapping[str, object]:
    return {
        column.key: _plain(cell, section, wording)
        for column, cell in zip(table.columns, row, strict=True)
        if not isinstance(cell, Spark | Split)
    }


def _plain(cell: Cell, section: Section, wording: Wording) -> object:
    if isinstance(cell, Number):
        why = {"why": cell.absent} if cell.value is None else {}
        return {"value": cell.value, "unit": cell.unit, "kind": cell.nature.value if cell.nature else None} | why
    if isinstance(cell, date):
        return cell.isoformat()
    return wording.plain(cell, section.id) if isinstance(cell, Sentence | tuple) else wording.plain(cell)
