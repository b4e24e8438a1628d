"""The process in which workbooks are opened, so that a hostile one can only bring down this one.

Its memory and its time are limited. It reads requests from standard input (a line of JSON with ``sheet`` and ``size``,
then the bytes) and answers on standard output (a line of JSON with ``size`` and the cells as an Arrow file, or with
``problem`` and the names of the ``sheets``).
"""

import io
import json
import sys
from typing import Any, BinaryIO

LARGEST_MEMORY = 2 * 2**30
"""Bytes of address space; an ordinary workbook needs a tenth of it beyond what the libraries take."""

_NUMERIC = r"^-?\d+(\.\d+)?$"


def main() -> None:
    """Answer requests until the input ends."""
    _limit_memory()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while line := requests.readline():
        request = json.loads(line)
        _answer(answers, requests.read(request["size"]), request["sheet"])


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY, LARGEST_MEMORY))


def _answer(answers: BinaryIO, content: bytes, sheet: str | int | None) -> None:
    cells = b""
    header: dict[str, object]
    try:
        found = _cells(content, sheet)
        if isinstance(found, bytes):
            cells, header = found, {"size": len(found)}
        else:
            header = {"problem": "sheet", "sheets": found}
    except BaseException as error:
        header = {"problem": f"{type(error).__name__}: {error}"[:300]}
    answers.write(json.dumps(header).encode() + b"\n" + cells)
    answers.flush()


def _cells(content: bytes, sheet: str | int | None) -> bytes | list[str]:
    """Every cell of a sheet as text in an Arrow file, numbers with all their digits; else the names of the sheets."""
    import fastexcel
    import polars as pl

    book = fastexcel.read_excel(content)
    names: list[str] = book.sheet_names
    if sheet is None:
        sheet = 1
    name = names[sheet - 1] if isinstance(sheet, int) and 0 < sheet <= len(names) else sheet
    if name not in names:
        return names
    shape: dict[str, Any] = {"header_row": None, "skip_rows": 0}
    text: pl.DataFrame = book.load_sheet(name, dtypes="string", **shape).to_polars()
    exact: pl.DataFrame = book.load_sheet(name, dtypes="float", dtype_coercion="coerce", **shape).to_polars()
    columns = [
        pl.select(
            pl.when(words.str.contains(_NUMERIC) & number.is_not_null())
            .then(number.cast(pl.String))
            .otherwise(words)
            .alias(f"c{place}")
        ).to_series()
        for place, (words, number) in enumerate(zip(text, exact, strict=True))
    ]
    file = io.BytesIO()
    pl.DataFrame(columns).write_ipc(file)
    return file.getvalue()


if __name__ == "__main__":
    main()
