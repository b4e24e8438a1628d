"""``tomnext get``: the readings of one series, as known on a day."""

from typing import Annotated

import typer

from tomnext.faces.cli.options import AsOfOption, EndOption, FormatOption, LanguageOption, StartOption, StoreOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.series_lookup import readings_of

_TABLE_ROWS = 20


def run(
    series: Annotated[str, typer.Argument(help="Series name · 序列名稱")],
    as_of: AsOfOption = None,
    start: StartOption = None,
    end: EndOption = None,
    store: StoreOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Show what was known of a series, day by day; the table has the last 20 days, JSON and CSV have all
    · 顯示序列逐日的已知數值；表格列出最近 20 天，JSON 與 CSV 列出全部
    """
    said = words("series")
    record = readings_of(series, as_of, start, end, store)
    title = record["title"].in_(lang)  # type: ignore[attr-defined]
    readings: list[dict[str, object]] = record["readings"]  # type: ignore[assignment]
    keys = ("observed_on", "value", "available_at", "revision", "nature", "source")
    headline = said["headline"].format(series=series, title=title, unit=record["unit"], count=f"{len(readings):,}")
    nature = words("natures")
    table = [{**one, "nature": nature[str(one["nature"])].in_(lang)} for one in readings[-_TABLE_ROWS:]]
    shown = readings if fmt is Format.CSV else table
    show({**record, "title": title}, fmt, lang, [Column(key, said[key]) for key in keys], shown, headline)
