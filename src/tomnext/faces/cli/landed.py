"""``tomnext landed``: shipments in, itemised statements out, with what changed, lanes ranked, files written."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from tomnext.faces.cli.options import DayOption, FormatOption, KnownOption, LanguageOption, StoreOption, parse_day
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.report.landed_words import Speaker
from tomnext.studies.duty import statuses_with
from tomnext.studies.landed_cost import LandedReport, Lanes, Priced, landed_costs
from tomnext.studies.landed_record import change_record, line_record, report_record
from tomnext.studies.shipment_file import read_shipments
from tomnext.studies.sources import open_source
from tomnext.vocabulary.words import Language, Text

MANY = 60
"""Rows from which progress is shown."""

_File = Annotated[Path, typer.Argument(metavar="FILE", help="Shipments: .toml, .csv or .xlsx · 貨批檔")]
_Against = Annotated[
    date | None, typer.Option("--against", parser=parse_day, metavar="DATE", help="Compare with this day · 比較日")
]
_Include = Annotated[
    list[str] | None, typer.Option("--include", help="Also count: proposed … · 另計入：proposed（擬議）等")
]
_Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page · 輸出網頁")]
_Xlsx = Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write a workbook · 輸出活頁簿")]


def run(
    file: _File,
    on: DayOption = None,
    against: _Against = None,
    known_on: KnownOption = None,
    include: _Include = None,
    store: StoreOption = None,
    html: _Html = None,
    xlsx: _Xlsx = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """What each shipment costs at the gate, what changed and which law did it · 每批貨到廠成本、變動與其法源"""
    shipments = read_shipments(file)
    with _progress(len(shipments.rows)) as tell:
        report = landed_costs(
            shipments, on or date.today(), against, known_on, statuses_with(include or ()), open_source(store),
            progress=tell,
        )  # fmt: skip
    speak = Speaker(lang)
    if html is not None:
        from tomnext.faces.report.landed_page import landed_page

        html.write_text(landed_page(report, lang), encoding="utf-8")
    if xlsx is not None:
        from tomnext.faces.report.landed_workbook import write_landed_workbook

        write_landed_workbook(report, lang, xlsx)
    if fmt is Format.TABLE:
        _print(report, speak, lang)
    else:
        rows = [
            {"shipment": one.statement.name, **line_record(line, lang)}
            for one in report.priced
            for line in one.statement.lines
        ]
        keys = ("shipment", *(_LINE_KEYS), "group", "in_force_from", "in_force_to", "confidence")
        show(report_record(report, lang), fmt, lang, [Column(key, Text(key, key)) for key in ("item", *keys)], rows)
    for one in report.rejected:
        sys.stderr.write(f"{speak.filled('rejected', where=one.where).in_(lang)}\n{one.error.text(lang)}\n")
    if not report.priced:
        raise typer.Exit(report.rejected[0].error.exit_code)


_LINE_KEYS = ("label", "amount", "currency", "base_amount", "rate", "rate_unit", "nature", "citation")
_CHANGE_KEYS = ("label", "difference", "by_law", "by_base", "by_currency", "why", "since", "citation")


def _print(report: LandedReport, speak: Speaker, lang: Language) -> None:
    for one in report.priced:
        _print_statement(one, speak, lang)
        if one.comparison is not None and one.comparison.changes:
            rows = [change_record(change, lang) for change in one.comparison.changes]
            headline = speak.change(one, report.against)
            show({}, Format.TABLE, lang, speak.columns(_CHANGE_KEYS), rows, headline)
        sys.stdout.write("\n")
    for lanes in report.lanes:
        _print_lanes(lanes, speak, lang)


def _print_statement(priced: Priced, speak: Speaker, lang: Language) -> None:
    rows: list[dict[str, Any]] = []
    for line in priced.statement.lines:
        row = line_record(line, lang)
        rows.append({**row, "nature": speak.nature(line.nature).in_(lang), "rate_unit": speak.unit(line.rate_unit)})
    total = {"label": speak.said["total"].in_(lang), "amount": priced.statement.total}
    notes = [*speak.unknown(priced), *speak.defaults(priced), *speak.supply(priced)]
    show({}, Format.TABLE, lang, speak.columns(_LINE_KEYS), [*rows, total], speak.sentence(priced), notes)


def _print_lanes(lanes: Lanes, speak: Speaker, lang: Language) -> None:
    rows = [
        {"lane": one.statement.name, "per_t": one.per_t, "gap_per_t": one.gap_per_t, "days": one.statement.days}
        for one in lanes.ranks
    ]
    columns = speak.columns(("lane", "per_t", "gap_per_t", "days"))
    headline = speak.filled("lanes", title=speak.title(lanes))
    show({}, Format.TABLE, lang, columns, rows, headline, [speak.premium(one) for one in lanes.premiums])
    sys.stdout.write("\n")


@contextmanager
def _progress(rows: int) -> Iterator[Any]:
    if rows < MANY:
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=rows)
        yield lambda done: bar.update(task, completed=done)
