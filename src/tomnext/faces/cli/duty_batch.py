"""``tomnext duty-batch``: duty on every row of a table, in one pass, with a column for each authority."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.progress import Progress

from tomnext.faces.cli.options import FormatOption, KnownOption, LanguageOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.duty import statuses_with, with_folder
from tomnext.studies.duty_batch import duty_on_table, read_table, write_table
from tomnext.vocabulary.words import Text


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Shipments, .csv or .parquet · 貨件表")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every row here · 寫出逐列結果")] = None,
    to: Annotated[str, typer.Option("--to", help="Importing territory: us, eu, tw · 進口地")] = "us",
    known_on: KnownOption = None,
    declare: Annotated[list[str] | None, typer.Option(help="Declared for every row · 各列皆申報")] = None,
    include: Annotated[list[str] | None, typer.Option(help="Also count: proposed · 一併計入提案")] = None,
    facts: Annotated[Path | None, typer.Option(help="Folder of one's own facts · 自備事實資料夾")] = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Duty on every row of a table; rows that cannot be used are named and the rest is priced · 逐列計算關稅"""
    table = read_table(file)
    with _progress(len(table)) as tell:
        priced = duty_on_table(
            table, to.lower(), known_on, declare or (), statuses_with(include or ()), with_folder(facts), tell, lang
        )
    if out is not None:
        write_table(priced, out)
    say = words("duty")
    refused = priced.filter(pl.col("error").is_not_null())
    done = len(priced) - len(refused)
    total = float(priced["duty_usd"].sum())
    by_authority = [
        {"authority": name.removeprefix("usd_").replace("_", "/", 1), "duty_usd": float(priced[name].sum())}
        for name in priced.columns
        if name.startswith("usd_")
    ]
    record = {
        "rows": len(priced),
        "priced": done,
        "duty_usd": total,
        "by_authority": by_authority,
        "errors": [{"row": row, "why": why} for row, why in _errors(priced)[:100]],
    }
    notes = [
        say["batch_refused"].format(rows=count, why=why)
        for why, count in refused["error"].value_counts(sort=True).head(5).iter_rows()
    ]
    headline = say["batch_headline"].format(priced=f"{done:,}", rows=f"{len(priced):,}", total=f"{total:,.2f}")
    columns = [Column("authority", Text("authority", "法源")), Column("duty_usd", Text("USD", "美元"), 2)]
    show(record, fmt, lang, columns, by_authority, headline, notes)


def _errors(priced: pl.DataFrame) -> list[tuple[int, str]]:
    """Row numbers as a spreadsheet shows them, the heading being row 1, and what is wrong."""
    wrong = priced.with_row_index("row", offset=2).filter(pl.col("error").is_not_null())
    return [(int(row), str(why)) for row, why in wrong.select("row", "error").iter_rows()]


@contextmanager
def _progress(rows: int) -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=rows)
        yield lambda done: bar.update(task, completed=done)
