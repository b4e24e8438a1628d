"""How every command prints: a table for people, JSON and CSV for programs, errors in the reader's language."""

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from rich.console import Console
from rich.table import Table as RichTable

from tomnext.faces.words import words
from tomnext.vocabulary.errors import TomnextError
from tomnext.vocabulary.words import Language, Text


class Format(StrEnum):
    """What a command prints."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def number(value: float | None, places: int = 0, signed: bool = False) -> str:
    """A figure as a reader sees it: digits grouped, a true minus, never minus nought, missing as an en dash.

    >>> number(-1234.5, 1), number(-0.001, 2), number(7, signed=True), number(None)
    ('−1,234.5', '0.00', '+7', '–')
    """
    if value is None:
        return "–"
    return f"{round(value, places) + 0.0:{'+' if signed else ''},.{places}f}".replace("-", "−")


@dataclass(frozen=True)
class Column:
    """One column of a printed table: its key in the rows, its heading, and how a value is written."""

    key: str
    heading: Text
    decimals: int | None = None

    def cell(self, value: object) -> str:
        """A value as a reader sees it: digits grouped, missing as an en dash, true minus signs."""
        if value is None:
            return "–"
        if isinstance(value, bool | str):
            return str(value)
        if isinstance(value, int | float):
            places = self.decimals if self.decimals is not None else (0 if isinstance(value, int) else 2)
            return number(value, places)
        return value.isoformat() if isinstance(value, date) else str(value)


def show(
    record: Mapping[str, object],
    fmt: Format,
    language: Language,
    columns: Sequence[Column] = (),
    rows: Sequence[Mapping[str, object]] = (),
    headline: Text | None = None,
    notes: Sequence[Text] = (),
) -> None:
    """Print a result: the whole ``record`` as JSON, or ``rows`` as CSV or as an aligned table with its sentence."""
    if fmt is Format.JSON:
        sys.stdout.write(json.dumps(record, ensure_ascii=False, indent=2, default=_plain) + "\n")
    elif fmt is Format.CSV:
        sys.stdout.write(_csv(columns, rows))
    else:
        _table(columns, rows, language, headline, notes)


def wide_console() -> Console:
    """A console that never cuts a figure: as wide as the terminal, or 200 columns into a pipe or file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=200)


def old_data(newest: date, as_of: date, days: int = 14) -> list[Text]:
    """A note that the newest figure lies more than so many days before the day asked for, or nothing."""
    age = (as_of - newest).days
    return [words("common")["old_data"].format(days=age, newest=newest)] if age > days else []


def complain(error: BaseException, argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Print an error for people (or as JSON when JSON was asked for) and give the exit code.

    Anything tomnext did not foresee is raised again: hiding a defect would be worse than a traceback.
    """
    if not isinstance(error, TomnextError):
        raise error
    language = wanted_language(argv, environment)
    if "json" in argv:
        sys.stderr.write(json.dumps(error.record(language), ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(error.text(language) + "\n")
    return error.exit_code


def wanted_language(argv: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language of ``--lang``, else of TOMNEXT_LANG, else of the locale; Taiwan when nothing says otherwise."""
    for option, value in pairwise([*argv, ""]):
        if option == "--lang" and value in tuple(Language):
            return Language(value)
        if option.startswith("--lang=") and option[7:] in tuple(Language):
            return Language(option[7:])
    stated = environment.get("TOMNEXT_LANG") or environment.get("LANG", "")
    return Language.ENGLISH if stated.startswith("en") else Language.TAIWAN


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else str(value)


def _csv(columns: Sequence[Column], rows: Sequence[Mapping[str, object]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.key for column in columns])
    writer.writerows([[row.get(column.key) for column in columns] for row in rows])
    return buffer.getvalue()


def _table(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, object]],
    language: Language,
    headline: Text | None,
    notes: Sequence[Text],
) -> None:
    console = wide_console()
    if headline is not None:
        console.print(headline.in_(language))
    if columns:
        table = RichTable(box=None, header_style="dim", padding=(0, 1), pad_edge=False)
        for column in columns:
            numeric = any(isinstance(row.get(column.key), int | float) for row in rows)
            table.add_column(column.heading.in_(language), justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*[column.cell(row.get(column.key)) for column in columns])
        console.print(table)
    for note in notes:
        console.print(note.in_(language), style="dim")
