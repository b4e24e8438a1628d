"""The rows of a CSV file or a worksheet as text, each with the line it stands on."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any

import polars as pl

from tomnext.observations.importing.map import ImportMap
from tomnext.observations.importing.payload import FileBytes, decode
from tomnext.observations.importing.workbook import worksheet
from tomnext.vocabulary.errors import SourceFormatError
from tomnext.vocabulary.words import Text

BLOCK_ROWS = 50_000
"""How many rows are looked at together: enough to be fast, few enough to show progress and spare memory."""

LINE = "__line__"
_HEADER_SEARCH_ROWS = 60


@dataclass(frozen=True)
class Ragged:
    """A row that has more or fewer cells than the heading."""

    line: int
    cells: int
    expected: int


@dataclass(frozen=True)
class Block:
    """Some rows: one String column for each needed column, and ``LINE``; ``done`` is the share of the file read."""

    cells: pl.DataFrame
    ragged: tuple[Ragged, ...]
    done: float


def read_rows(payload: FileBytes, layout: ImportMap) -> Iterator[Block]:
    """The rows of a file in blocks, with only the columns the map needs; SourceFormatError when it has not got them."""
    if payload.is_workbook:
        yield from _worksheet_rows(payload, layout)
    else:
        yield from _csv_rows(payload, layout)


def _csv_rows(payload: FileBytes, layout: ImportMap) -> Iterator[Block]:
    text = decode(payload, layout.file.encoding, _words_of(layout))
    if "\x00" in text:
        raise SourceFormatError(
            Text("The file holds zero bytes: it is not text.", "檔案含有零位元組，不是文字檔。"), received=payload.name
        )
    delimiter = _delimiter(text, layout)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = max(text.count("\n"), 1)
    try:
        above = list(islice(reader, layout.file.header_row))
        peek = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _HEADER_SEARCH_ROWS))
        places = _places(payload, above, layout, peek)
        for _ in range(layout.file.rows_below_header):
            next(reader, None)
        while rows := list(_numbered(reader, BLOCK_ROWS)):
            yield _block(rows, len(above[-1]), places, min(reader.line_num / lines, 1.0))
    except csv.Error as error:
        raise SourceFormatError(
            Text("The text of the file breaks the rules of CSV.", "檔案內容不符合 CSV 規則。"),
            received=f"{payload.name}, line {reader.line_num}: {error}",
        ) from None


def _numbered(reader: Any, count: int) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line they begin on (a quoted cell may span lines)."""
    for _ in range(count):
        begins = reader.line_num + 1
        row = next(reader, None)
        if row is None:
            return
        yield begins, row


def _block(rows: list[tuple[int, list[str]]], width: int, places: dict[str, int], done: float) -> Block:
    good, ragged = [], []
    for line, row in rows:
        if not any(cell and not cell.isspace() for cell in row):
            continue
        if len(row) == width or (len(row) > width and not any(row[width:])):
            good.append((line, row))
        else:
            ragged.append(Ragged(line, len(row), width))
    columns: dict[str, list[object]] = {LINE: [line for line, _ in good]}
    for name, place in places.items():
        columns[name] = [row[place] for _, row in good]
    schema = {LINE: pl.Int64, **dict.fromkeys(places, pl.String)}
    return Block(pl.DataFrame(columns, schema=schema), tuple(ragged), done)


def _worksheet_rows(payload: FileBytes, layout: ImportMap) -> Iterator[Block]:
    cells = worksheet(payload, layout.file.sheet)
    search = max(_HEADER_SEARCH_ROWS, layout.file.header_row)
    peek = [["" if cell is None else cell for cell in row] for row in cells.head(search).rows()]
    places = _places(payload, peek[: layout.file.header_row], layout, peek)
    start = layout.file.header_row + layout.file.rows_below_header
    body = cells.with_row_index(LINE, offset=1).slice(start)
    blank = pl.all_horizontal(pl.exclude(LINE).is_null() | (pl.exclude(LINE) == ""))
    wanted = body.filter(~blank).select(
        pl.col(LINE).cast(pl.Int64),
        *[pl.col(cells.columns[place]).fill_null("").alias(name) for name, place in places.items()],
    )
    for start in range(0, max(wanted.height, 1), BLOCK_ROWS):
        part = wanted.slice(start, BLOCK_ROWS)
        yield Block(part, (), min((start + BLOCK_ROWS) / max(wanted.height, 1), 1.0))


def _words_of(layout: ImportMap) -> list[str]:
    """The words of a map that are not plain ASCII: what tells one Chinese encoding from another."""
    filters = [word for wanted in layout.where.values() for word in ([wanted] if isinstance(wanted, str) else wanted)]
    words = [*layout.needed_columns, *layout.targets, *filters]
    return [word for word in words if not word.isascii()]


def _delimiter(text: str, layout: ImportMap) -> str:
    if layout.file.delimiter != "auto":
        return {"tab": "\t"}.get(layout.file.delimiter, layout.file.delimiter)
    lines = text.splitlines()[: layout.file.header_row]
    header = lines[-1] if lines else ""
    return max(",;\t|", key=header.count)


def _places(payload: FileBytes, above: list[list[str]], layout: ImportMap, peek: list[list[str]]) -> dict[str, int]:
    """Where each needed column stands, from the rows down to the heading; ``#3`` is the third column whatever its name.

    ``peek`` are the first rows of the file: when a column is not in the heading, they may show where the heading is.
    """
    if len(above) < layout.file.header_row:
        raise SourceFormatError(
            Text("The file ends before its heading.", "檔案在標題列之前就結束。"),
            received=f"{payload.name}: {len(above)} rows",
            expected=f"header_row = {layout.file.header_row}",
        )
    header = [" ".join(cell.split()) for cell in above[-1]]
    places = {}
    for column in layout.needed_columns:
        found = [place for place, name in enumerate(header) if name == " ".join(column.split())]
        if column.startswith("#") and column[1:].isdecimal() and 0 < int(column[1:]) <= len(header):
            found = [int(column[1:]) - 1]
        if len(found) != 1:
            raise _column_not_found(payload, column, header, len(found), peek)
        places[column] = found[0]
    return places


def _column_not_found(
    payload: FileBytes, column: str, header: list[str], times: int, peek: list[list[str]]
) -> SourceFormatError:
    if times:
        what = Text("The column {column} stands in the file {times} times.", "欄位 {column} 在檔案中出現 {times} 次。")
        fix = Text("Name it by its place, as in #3.", "請以位置指定，例如 #3。")
        return SourceFormatError(what.format(column=column, times=times), received=payload.name, fix=fix)
    rows = [row for row, cells in enumerate(peek, start=1) if column in [" ".join(cell.split()) for cell in cells]]
    hint = Text("It stands on row {row}: set header_row = {row}.", "它在第 {row} 列：請設 header_row = {row}。")
    return SourceFormatError(
        Text("The file has no column {column}.", "檔案沒有欄位 {column}。").format(column=column),
        received=f"{payload.name}: {', '.join(header)}"[:300],
        expected=column,
        nearest=get_close_matches(column, header, n=3),
        fix=hint.format(row=rows[0]) if rows else None,
    )
