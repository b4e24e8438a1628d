"""``tomnext measures``: what applied when to a line of goods, drawn as bars over the years."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from tomnext.faces.cli.duty import shares
from tomnext.faces.cli.options import FormatOption, LanguageOption, parse_day
from tomnext.faces.cli.output import Column, Format, show
from tomnext.faces.words import words
from tomnext.studies.duty import Entry, Timeline, measures_over_time, spans_in, with_folder
from tomnext.vocabulary.words import Language, Text

BAR_CELLS = 48
NAME_CELLS = 40
FILL = {"enacted": "█", "proposed": "░", "suspended": "░", "assumed": "▒"}
"""How a span is filled; what ended in court or by its own terms was charged until then and is filled as law."""


def run(
    hts: Annotated[str, typer.Argument(metavar="HTS", help="Tariff code, 7408.11.60 · 稅號")],
    origin: Annotated[str, typer.Option(help="Country of origin, code or name · 原產國代碼或國名")] = "",
    since: Annotated[
        date | None, typer.Option(parser=parse_day, metavar="DATE", help="First day · 起日（2018-01-01）")
    ] = None,
    until: Annotated[
        date | None, typer.Option(parser=parse_day, metavar="DATE", help="Last day · 迄日（今天後一年）")
    ] = None,
    to: Annotated[str, typer.Option("--to", help="Importing territory: us, eu, tw · 進口地")] = "us",
    metal_share: Annotated[
        list[str] | None, typer.Option(metavar="METAL=0-1", help="Share of the value · 金屬占價值比例")
    ] = None,
    weight_share: Annotated[
        list[str] | None, typer.Option(metavar="METAL=0-1", help="Share of the weight · 金屬占重量比例")
    ] = None,
    melted_in: Annotated[
        list[str] | None, typer.Option(metavar="COUNTRY=0-1", help="Metal melted there · 熔煉或鑄造國占比")
    ] = None,
    declare: Annotated[list[str] | None, typer.Option(help="What is declared, usmca · 申報事項")] = None,
    facts: Annotated[Path | None, typer.Option(help="Folder of one's own facts · 自備事實資料夾")] = None,
    fmt: FormatOption = Format.TABLE,
    lang: LanguageOption = ...,  # type: ignore[assignment]
) -> None:
    """The measures on a line of goods over the years, and the total from day to day · 歷年措施與總稅率"""
    first, last = since or date(2018, 1, 1), until or date.today() + timedelta(365)
    entry = Entry(
        hts, origin, last,
        metal_shares=shares(metal_share), weight_shares=shares(weight_share), melted_in=shares(melted_in),
        declared=frozenset(declare or ()),
    )  # fmt: skip
    told = measures_over_time(entry, first, last, to.lower(), with_folder(facts))
    if fmt is Format.TABLE:
        _draw(told, first, last, lang)
    show(_record(told, first, last, lang), fmt, lang, _COLUMNS, _rows(told, lang))


_COLUMNS = [
    Column("first", Text("from", "自")),
    Column("last", Text("to", "至")),
    Column("total_rate_pct", Text("total %", "總稅率 %"), 2),
    Column("measures", Text("made of", "組成")),
]


def _rows(told: Timeline, lang: Language) -> list[dict[str, object]]:
    return [
        {
            "first": one.first,
            "last": one.last,
            "total_rate_pct": one.total_rate_pct,
            "measures": " + ".join(f"{line.contribution_pct:g}" for line in one.duty.lines if line.contribution_pct),
        }
        for one in told.periods
    ]


def _record(told: Timeline, since: date, until: date, lang: Language) -> dict[str, object]:
    return {
        "hts": told.periods[0].duty.dotted_code,
        "origin": told.entry.origin,
        "since": since,
        "until": until,
        "measures": [
            {
                "measure": one.id,
                "title": one.title.in_(lang),
                "heading": one.heading,
                "spans": [
                    {
                        "in_force_from": span.in_force_from,
                        "in_force_to": span.in_force_to,
                        "known_from": span.known_from,
                        "rate": span.value,
                        "unit": one.unit.value,
                        "status": span.status.value,
                        "source": one.evidence(span).source,
                        "confidence": span.confidence.value,
                    }
                    for span in spans_in(one, since, until)
                ],
            }
            for one in told.measures
            if any(spans_in(one, since, until))
        ],
        "totals": [
            {
                "in_force_from": one.first,
                "in_force_to": one.last,
                "total_rate_pct": None if one.total_rate_pct is None else round(one.total_rate_pct, 10),
                "measures": list(one.measures),
            }
            for one in told.periods
        ],
    }


def _draw(told: Timeline, since: date, until: date, lang: Language) -> None:
    """Bars over the years; names are cut and padded by the cells a terminal needs, two for a Chinese character."""
    say = words("duty")
    console = Console(highlight=False, soft_wrap=True)
    code, origin = told.periods[0].duty.dotted_code, told.entry.origin
    console.print(say["measures_headline"].format(code=code, origin=origin, since=since, until=until).in_(lang))
    console.print(f"{' ' * NAME_CELLS} {_axis(since, until)}", style="dim")
    for one in told.measures:
        spans = list(spans_in(one, since, until))
        if spans:
            bar = _bar([(span.in_force_from, span.in_force_to, span.status.value) for span in spans], since, until)
            rates = " → ".join(_rate(span.value, lang) for span in spans)
            console.print(f"{padded(one.title.in_(lang), NAME_CELLS)} {bar} {rates}")
    console.print(say["bar_key"].in_(lang), style="dim")
    console.print()


def _rate(value: float | str, lang: Language) -> str:
    known = words("duty").get(f"rate_{value}")
    return known.in_(lang) if known else f"{value:g} %" if isinstance(value, int | float) else str(value)


def padded(text: str, cells: int) -> str:
    """A text cut or padded to so many terminal cells; Chinese characters take two.

    >>> cell_len(padded("銅 232 關稅", 12)), padded("copper", 8)
    (12, 'copper  ')
    """
    return set_cell_size(text if cell_len(text) <= cells else set_cell_size(text, cells - 1) + "…", cells)


def _axis(since: date, until: date) -> str:
    line = [" "] * BAR_CELLS
    for year in range(since.year, until.year + 1):
        cell = _cell(max(date(year, 1, 1), since), since, until)
        if cell + 2 <= BAR_CELLS and (cell == 0 or line[cell - 1] == " "):
            line[cell : cell + 2] = f"{year % 100:02d}"
    return "".join(line)


def _bar(spans: Sequence[tuple[date, date | None, str]], since: date, until: date) -> str:
    line = ["·"] * BAR_CELLS
    for start, end, status in spans:
        first, last = _cell(max(start, since), since, until), _cell(min(end or until, until), since, until)
        for cell in range(first, max(last, first) + 1):
            line[cell] = FILL.get(status, "█")
    return "".join(line)


def _cell(day: date, since: date, until: date) -> int:
    return min(int((day - since).days / max((until - since).days, 1) * BAR_CELLS), BAR_CELLS - 1)
