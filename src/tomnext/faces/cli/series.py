"""``tomnext series``: the catalogue of series, and what a source holds of each."""

from typing import Annotated

import typer

from tomnext.faces.cli.options import FormatOption, LanguageOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.series_lookup import series_in_catalogue


def run(
    pattern: Annotated[str, typer.Argument(help="Part of a name, or with * and ? · 名稱的一部分，可用 * 與 ?")] = "",
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """List series with unit, lag and terms, and how much of each is held · 列出序列的單位、公布時差、授權與筆數"""
    said = words("series")
    rows = [
        {**row, "title": row["title"].in_(lang)}  # type: ignore[attr-defined]
        for row in series_in_catalogue(pattern, store)
    ]
    keys = ("series_id", "title", "unit", "frequency", "lag_weekdays", "licence", "readings", "first", "last")
    headline = said["listed"].format(count=f"{len(rows):,}")
    table = [{**row, **{key: said[str(row[key])].in_(lang) for key in ("frequency", "licence")}} for row in rows]
    shown = rows if fmt is Format.CSV else table
    show({"series": rows}, fmt, lang, [Column(key, said[key]) for key in keys], shown, headline)
