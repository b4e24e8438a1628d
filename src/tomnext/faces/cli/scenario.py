"""``tomnext scenario``: what events do to prices, with probabilities, drivers and what would flip each arrow."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table as RichTable
from rich.text import Text as RichText

from tomnext.faces.cli.options import FormatOption, KnownOption, LanguageOption
from tomnext.faces.cli.output import Column, Format, number, show, wide_console
from tomnext.studies.event_scenario import ScenarioOutlook, event_outlook, scenario_names
from tomnext.vocabulary.errors import InputRejected
from tomnext.vocabulary.words import Language, Text

CONTRIBUTION = Text("contribution, % points", "貢獻，百分點")
ID = Column("id", Text("id", "代號"))
COLUMNS = [
    Column("market", Text("market", "市場")),
    Column("arrow", Text("arrow", "方向")),
    Column("p_up_pct", Text("chance of rise %", "上漲機率 %"), 0),
    Column("median_change_pct", Text("median %", "中位數 %"), 1),
    Column("p10", Text("10 %", "第 10 百分位"), 1),
    Column("p90", Text("90 %", "第 90 百分位"), 1),
]

NAMED = [Column("name", Text("name", "名稱")), Column("title", Text("event", "事件"))]
ENDS = {"absent": Text("absent", "不發生"), "low": Text("low end", "低端"), "high": Text("high end", "高端")}
FIELDS = {
    "supply_elasticity": Text("supply elasticity", "供給彈性"),
    "demand_elasticity": Text("demand elasticity", "需求彈性"),
    "stock_cover_days": Text("days of stock cover", "庫存可用天數"),
    "haven_pct_per_unit": Text("response to risk", "避險反應"),
    "monetary_pct_per_unit": Text("response to official buying", "官方買盤反應"),
    "gold_pass_through": Text("share of gold's move", "跟隨黃金的比例"),
}


def run(
    what: Annotated[str, typer.Argument(help="Set, events or FILE.toml · 情境、事件清單或檔案")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Random seed · 亂數種子")] = 7,
    picture: Annotated[str, typer.Option(metavar="FILE.svg", help="Draw the heat map · 繪出熱圖")] = "",
    known_on: KnownOption = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """Price outlook under events; without an argument the events on file · 事件下的價格分布，不給參數則列出事件"""
    if not what:
        named: list[dict[str, object]] = [{"name": n, "title": t.in_(lang)} for n, t in scenario_names().items()]
        show({"scenarios": named}, fmt, lang, NAMED, named)
        return
    answer = event_outlook(_read(what) if what.endswith(".toml") else what, known_on, seed)
    rows = [_row(answer, name, lang) for name in answer.markets]
    headline = Text(
        "Simulated price change {a} to {b}; sizes and elasticities carry their sources, several are assumed.",
        "模擬價格變動 {a} 至 {b}；規模與彈性均附來源，部分為假設值。",
    ).format(a=answer.horizon[0], b=answer.horizon[1])
    if picture:
        _draw(answer, lang, headline, picture)
    show(answer.record(), fmt, lang, [ID, *COLUMNS] if fmt is Format.CSV else COLUMNS, rows, headline)
    if fmt is Format.TABLE:
        _heat_map(answer, lang)


def _draw(answer: ScenarioOutlook, lang: Language, title: Text, file: str) -> None:
    import vl_convert

    from tomnext.faces.charts.heat_map import heat_map

    columns = {
        name: f"{answer.titles[name].in_(lang)}|{one.arrow} {100 * one.p_up:.0f} %"
        for name, one in answer.markets.items()
    }
    rows = [_title(event, answer, lang) for event in _felt(answer)]
    cells = {
        (_title(event, answer, lang), name): points
        for name, one in answer.markets.items()
        for event, points in one.drivers
    }
    chart = heat_map(rows, columns, cells, title.in_(lang), CONTRIBUTION.in_(lang))
    try:
        Path(file).write_text(vl_convert.vegalite_to_svg(chart.to_json(validate=False)), encoding="utf-8")
    except OSError as error:
        raise InputRejected(
            Text("The picture cannot be written there.", "無法在該處寫入圖檔。"), received=f"{file}: {error.strerror}"
        ) from None


def _read(path: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputRejected(Text("There is no such scenario file.", "找不到情境檔。"), received=path) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputRejected(
            Text("The scenario file is not valid TOML.", "情境檔不是有效的 TOML。"), received=str(error)
        ) from None


def _row(answer: ScenarioOutlook, name: str, lang: Language) -> dict[str, object]:
    one = answer.markets[name]
    return {
        "id": name,
        "market": answer.titles[name].in_(lang),
        "arrow": one.arrow,
        "p_up_pct": one.p_up * 100,
        "median_change_pct": one.median_change_pct,
        "p10": one.p10,
        "p90": one.p90,
    }


def _heat_map(answer: ScenarioOutlook, lang: Language) -> None:
    """Events by markets: mean contribution in percent, shaded by size, signed so that colour is never alone."""
    table = RichTable(box=None, header_style="dim", padding=(0, 1), pad_edge=False)
    table.add_column(CONTRIBUTION.in_(lang), overflow="fold")
    for name in answer.markets:
        table.add_column(answer.titles[name].in_(lang), justify="right")
    parts = {name: dict(one.drivers) for name, one in answer.markets.items()}
    for event in _felt(answer):
        table.add_row(_title(event, answer, lang), *[_shaded(parts[name].get(event)) for name in answer.markets])
    console = wide_console()
    console.print()
    console.print(table)
    console.print()
    for name, one in answer.markets.items():
        flips = Text("; ", "；").in_(lang).join(_spoken(label, answer, lang) for label in one.fragile_to)
        alone = Text("no single event or assumption flips it", "沒有單一事件或假設足以改變方向").in_(lang)
        console.print(f"{answer.titles[name].in_(lang)} {one.arrow}  {flips or alone}", style="dim")


def _felt(answer: ScenarioOutlook) -> list[str]:
    """The events that move a market, in the order of the first market they move most."""
    return list(dict.fromkeys(event for one in answer.markets.values() for event, _ in one.drivers))


def _title(event: str, answer: ScenarioOutlook, lang: Language) -> str:
    return answer.titles[event].in_(lang) if event in answer.titles else event


def _spoken(label: str, answer: ScenarioOutlook, lang: Language) -> str:
    """A flip in the reader's words: the event's title or the assumption, and at which end it was set."""
    what, _, end = label.rpartition(": ")
    title = answer.titles.get(what) or FIELDS.get(what.partition(".")[2])
    return Text("{} ({})", "{}（{}）").in_(lang).format(title.in_(lang) if title else what, ENDS[end].in_(lang))


def _shaded(pct: float | None) -> RichText:
    if pct is None:
        return RichText("·", style="dim")
    weight = "bold " if abs(pct) >= 3 else ""
    return RichText(number(pct, 1, signed=True), style=weight + ("red" if pct > 0 else "green"))
