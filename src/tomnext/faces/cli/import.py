"""``tomnext import``: a file of any layout into the user's own store."""  # noqa: N999

from dataclasses import asdict
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from tomnext.faces.cli.options import FormatOption, LanguageOption, PublishedOption
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.data_import import import_observations

_QUIET_SECONDS = 2.0
_TABLE_ROWS = 30


def run(
    file: Annotated[str, typer.Argument(help="CSV or Excel file · CSV 或 Excel 檔")],
    map_file: Annotated[str, typer.Option("--map", metavar="MAP", help="What stands where, TOML · 欄位對應檔")],
    store: Annotated[str, typer.Option("--store", metavar="FILE", help="Your store; made when missing · 你的資料庫")],
    published: PublishedOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Import a file through a map; refused rows are listed with the reason · 依對應檔匯入，並列出被拒的資料列與原因"""
    said = words("import")
    with _Bar(said["reading"].in_(lang)) as bar:
        report = import_observations(file, map_file, store, published, bar.advance)
    rejected = [
        {"line": one.line, "column": one.column, "value": one.value, "why": one.why.in_(lang),
         "why_en": one.why.en, "why_zh": one.why.zh}
        for one in report.rejected
    ]  # fmt: skip
    record = {**asdict(report), "rejected": rejected, "series": list(report.series)}
    counts = {key: f"{value:,}" for key, value in record.items() if isinstance(value, int)}
    headline = said["already" if report.already_imported else "done"].format(**{**record, **counts})
    notes = [said["holiday_repeats"].format(**counts)] if report.holiday_repeats else []
    if rejected:
        notes.append(said["rejected"].format(count=f"{len(rejected):,}"))
    columns = [Column(key, said[key]) for key in ("line", "column", "value", "why")]
    shown = rejected if fmt is Format.CSV else rejected[:_TABLE_ROWS]
    show(record, fmt, lang, columns if rejected or fmt is Format.CSV else (), shown, headline, notes)


class _Bar:
    """A progress bar on stderr that shows itself only when a file takes more than two seconds."""

    def __init__(self, label: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=Console(stderr=True),
            transient=True,
        )  # fmt: skip
        self._task = self._progress.add_task(label, total=1.0)
        self._began = monotonic()
        self._shown = False

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._shown:
            self._progress.stop()

    def advance(self, share: float) -> None:
        """Show the share of the file read, once it has taken a while."""
        if not self._shown and monotonic() - self._began > _QUIET_SECONDS:
            self._progress.start()
            self._shown = True
        self._progress.update(self._task, completed=share)
